//! The call that gathers what is held about this person. Not here: changing or taking back any of it,
//! which are the calls about answers and spaces.

use majlis_core::consultation::request::about_document;
use majlis_core::id::{LaneClass, LaneId};
use majlis_core::membership::Rank;
use majlis_store::VersionQuery;

use crate::api::ApiError;
use crate::api::held::{
    HeldAboutMe, HeldAnswer, HeldDocument, HeldInSpace, HeldStatement, HeldStatements,
};
use crate::api::me::Language;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::short;
use crate::plain::spoken::spoken;
use crate::plain::{self, form};

impl Node {
    pub(super) async fn held_about_me(&self) -> Result<HeldAboutMe, ApiError> {
        let me = self.me()?;
        let mut spaces = Vec::new();
        let language = self.language();
        for (_, desk) in self.all() {
            spaces.push(desk.ask(move |desk| desk.held_about_me(language)).await?);
        }
        spaces.sort_by(|a, b| (&a.name, &a.space).cmp(&(&b.name, &b.space)));
        Ok(HeldAboutMe {
            name: me.name,
            device: me.device,
            spaces,
        })
    }
}

impl Desk {
    fn held_about_me(&mut self, language: Option<Language>) -> Result<HeldInSpace, ApiError> {
        let answers = self.my_answers(language)?;
        let statements = self.my_statements(language)?;
        let (documents, entries, bytes) = self.my_writing()?;
        let entered = self.entered_in_all()?;
        self.note_replies_read()?;
        let me = self.space.me();
        let roster = self.space.roster();
        let genesis = roster.genesis();
        let mut others: Vec<_> = roster
            .members()
            .filter(|row| row.device != me && row.rank.is_some())
            .collect();
        others.sort_by(|a, b| (&a.name, a.device).cmp(&(&b.name, b.device)));
        let stewards = others.iter().filter(|row| row.rank == Some(Rank::Steward));
        Ok(HeldInSpace {
            space: self.id().to_string(),
            name: genesis
                .map(|genesis| genesis.name.clone())
                .unwrap_or_default(),
            rank: roster.rank(me).map(plain::rank_name),
            known_as: roster.name(me).unwrap_or_default().to_owned(),
            stewards: stewards.map(|row| row.name.clone()).collect(),
            readers: others.into_iter().map(|row| row.name).collect(),
            answers,
            statements,
            documents,
            entered,
            entries,
            bytes,
        })
    }

    fn my_answers(&mut self, language: Option<Language>) -> Result<Vec<HeldAnswer>, ApiError> {
        let rows = self.store.processes(self.id());
        let mut found = Vec::new();
        for row in rows.map_err(|error| store_error(&error))? {
            let Some(mine) = self.my_response(row.lane)? else {
                continue;
            };
            let form = self.form(&row)?;
            let (sealed_to, sealed_needed) = self.readers_of(&form);
            let asked = form::shown_of(&spoken(form, language));
            found.push(HeldAnswer {
                consultation: row.lane.to_string(),
                title: asked.title,
                questions: form::answered_of(asked.questions, &[&mine.answers]),
                answers: mine.answers,
                time: mine.time,
                versions: mine.versions,
                withdrawn: mine.withdrawn,
                open: row.opening.is_some() && !row.is_closed(),
                sealed_to,
                sealed_needed,
                erasure: self.requests_of(&row)?.into_iter().rfind(|one| one.mine),
            });
        }
        found.sort_by_key(|one| core::cmp::Reverse(one.time));
        Ok(found)
    }

    fn my_statements(
        &mut self,
        language: Option<Language>,
    ) -> Result<Vec<HeldStatements>, ApiError> {
        let me = self.space.me();
        let rows = self.store.processes(self.id());
        let mut found = Vec::new();
        for row in rows.map_err(|error| store_error(&error))? {
            let said = self.proceedings(row.lane)?;
            let own = said.statements.iter();
            let own = own.filter(|one| one.device == me && !one.said.assisted);
            let own = own.map(|one| HeldStatement {
                text: one.said.text.clone(),
                time: said.claimed.get(&one.id).map_or(0, |time| time.0),
            });
            let own: Vec<HeldStatement> = own.collect();
            if own.is_empty() {
                continue;
            }
            found.push(HeldStatements {
                consultation: row.lane.to_string(),
                title: spoken(self.form(&row)?, language).title,
                said: own,
                erasure: self.requests_of(&row)?.into_iter().rfind(|one| one.mine),
            });
        }
        Ok(found)
    }

    /// The documents in which this device wrote, the entries that it signed, and the bytes in them.
    fn my_writing(&mut self) -> Result<(Vec<HeldDocument>, u32, u64), ApiError> {
        let written = self.store.written_by(self.id(), self.space.me());
        let written = written.map_err(|error| store_error(&error))?;
        let titles = self.outlines(LaneClass::Document)?;
        let title = |lane: LaneId| titles.iter().find(|row| row.lane == lane);
        let asked = self.requests_of_documents()?;
        let last = |lane: LaneId| {
            let mine = asked.iter().filter(|(_, one)| one.mine);
            let about = mine.filter(|(subject, _)| *subject == about_document(lane));
            about.map(|(_, one)| one.clone()).next_back()
        };
        let documents = written.iter().filter_map(|row| {
            Some(HeldDocument {
                document: row.lane.to_string(),
                title: title(row.lane)?.title.clone(),
                entries: short(row.entries),
                erasure: last(row.lane),
            })
        });
        let documents = documents.collect();
        let sum = |of: fn(&majlis_store::WrittenRow) -> u64| {
            written.iter().map(of).fold(0, u64::saturating_add)
        };
        Ok((
            documents,
            short(sum(|row| row.entries)),
            sum(|row| row.bytes),
        ))
    }

    /// How many answers of others this device entered.
    fn entered_in_all(&self) -> Result<u32, ApiError> {
        let rows = self.store.processes(self.id());
        let wanted = VersionQuery {
            by: Some(self.space.me()),
            unsealed: true,
            assisted: true,
            limit: 1,
            ..VersionQuery::default()
        };
        let mut all = 0_u32;
        for row in rows.map_err(|error| store_error(&error))? {
            let page = self.store.versions(self.id(), row.lane, &wanted);
            all = all.saturating_add(page.map_err(|error| store_error(&error))?.total);
        }
        Ok(all)
    }
}
