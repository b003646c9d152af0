//! Calls about the statements of conversations: saying something, listing, and which one comes next.
//! Votes on them are answers, in `answers`; moderation is a step, in `outcomes`.

use std::collections::BTreeMap;

use majlis_core::consultation::Answer;
use majlis_core::consultation::activity::Rule;
use majlis_core::consultation::outcome::next_statement;
use majlis_core::consultation::statement::{Heard, Standing};
use majlis_core::consultation::tally::{Figures, Votes};
use majlis_core::id::{LaneId, StatementId};
use majlis_core::record::step::is_statement;
use majlis_core::record::{Record, RecordId, Statement};
use majlis_store::{OpeningRow, Proceedings};
use majlis_tally::flood::{Contingent, Post, beyond};

use crate::api::ApiError;
use crate::api::proceedings::{StandingName, StatementNew, StatementRef, StatementView};
use crate::api::process::ConsultationRef;
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, not_open, short};
use crate::node::ideas::Told;
use crate::node::outcomes::record_text;
use crate::plain;

impl Node {
    pub(super) async fn statements(
        &self,
        at: ConsultationRef,
    ) -> Result<Vec<StatementView>, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.statements(lane)).await
    }

    pub(super) async fn add_statement(&self, new: StatementNew) -> Result<StatementRef, ApiError> {
        let lane = lane(&new.consultation)?;
        self.at(&new.space, move |desk| {
            desk.add_statement(lane, &new.text, new.assisted)
        })
        .await
    }

    pub(super) async fn next_statement(
        &self,
        at: ConsultationRef,
    ) -> Result<Option<StatementView>, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.next_statement(lane))
            .await
    }
}

impl Desk {
    fn add_statement(
        &mut self,
        lane: LaneId,
        text: &str,
        assisted: bool,
    ) -> Result<StatementRef, ApiError> {
        let (row, opening) = self.opened(lane)?;
        let open = match &opening.form.activity.rule {
            Rule::Conversation(rule) => rule.open,
            Rule::Survey
            | Rule::Poll(_)
            | Rule::Election(_)
            | Rule::Budget(_)
            | Rule::Petition(_) => false,
        };
        if row.is_closed() || !open {
            return Err(not_open());
        }
        // One line; the same words with other blanks are the same statement.
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        if !is_statement(&text) {
            return Err(plain::bad("statement"));
        }
        let statement = Statement {
            form: opening.form_id,
            text,
            assisted,
            salt: clock::fresh(),
        };
        let id = statement.id();
        self.state(lane, Record::Statement(statement))?;
        Ok(StatementRef {
            statement: id.to_string(),
        })
    }

    fn statements(&mut self, lane: LaneId) -> Result<Vec<StatementView>, ApiError> {
        let (row, opening) = self.opened(lane)?;
        let heard = self.heard(lane, false)?;
        let said = self.proceedings(lane)?;
        let votes = if self.withheld(&row)? {
            None
        } else {
            Some(self.votes(lane, &opening)?)
        };
        let mine = self.my_votes(lane)?;
        let mut views: Vec<(u64, bool, StatementView)> = Vec::new();
        let front = match &opening.form.activity.rule {
            Rule::Conversation(rule) => rule.in_front,
            Rule::Survey
            | Rule::Poll(_)
            | Rule::Election(_)
            | Rule::Budget(_)
            | Rule::Petition(_) => 0,
        };
        let time = |id: &RecordId| said.claimed.get(id).map_or(0, |time| time.0);
        // Each saying by itself: what somebody said within their room stays in front, whoever repeats it,
        // and whatever time they claim.
        let saying = |one: &Heard, id: &RecordId| format!("{} {}", one.id, record_text(*id));
        let posts = heard.iter().flat_map(|one| {
            one.by.iter().map(move |(id, device)| Post {
                time: i64::try_from(time(id)).unwrap_or(i64::MAX),
                id: saying(one, id),
                member: device.to_string(),
            })
        });
        let posts: Vec<Post> = posts.collect();
        let contingent = Contingent {
            within: u64::MAX,
            most: front.into(),
        };
        let behind = beyond(&[contingent], &posts);
        let told = Told::of(&said);
        for one in heard {
            let first = one.by.iter().map(|(id, _)| time(id)).min();
            let mut sayings = one.by.iter();
            let last = !one.seed
                && !one.by.is_empty()
                && sayings.all(|(id, _)| behind.contains(&*saying(&one, id)));
            let open = !row.is_closed();
            let mut view = self.statement_view(&one, &said, votes.as_ref(), &mine);
            view.apart = told.is_apart(one.id);
            view.may_keep_apart = open && view.mine && one.standing == Standing::Merged;
            view.finding = told.finding(one.id);
            views.push((first.filter(|_| !one.seed).unwrap_or(0), last, view));
        }
        self.note_ideas_read(&row, &said)?;
        // What is voted on first, and of it what does not come of a flood.
        views.sort_by_key(|(time, behind, view)| {
            (view.standing as u8, *behind, *time, view.statement.clone())
        });
        Ok(views.into_iter().map(|(_, _, view)| view).collect())
    }

    fn statement_view(
        &self,
        one: &Heard,
        said: &Proceedings,
        votes: Option<&BTreeMap<StatementId, Votes>>,
        mine: &BTreeMap<StatementId, i8>,
    ) -> StatementView {
        let reasons = said
            .steps
            .iter()
            .filter(|step| one.steps.contains(&step.id));
        let reasons: Vec<&str> = reasons
            .map(|step| step.said.text.as_str())
            .filter(|text| !text.is_empty())
            .collect();
        let of = |votes: &BTreeMap<StatementId, Votes>| {
            let votes = votes.get(&one.id).copied().unwrap_or_default();
            (short(votes.agree), short(votes.disagree), short(votes.pass))
        };
        StatementView {
            statement: one.id.to_string(),
            text: one.text.clone(),
            standing: match one.standing {
                Standing::In => StandingName::In,
                Standing::Waiting => StandingName::Waiting,
                Standing::Merged => StandingName::Merged,
                Standing::Hidden => StandingName::Hidden,
            },
            reason: reasons.join("\n"),
            seed: one.seed,
            mine: one.by.iter().any(|(_, device)| *device == self.space.me()),
            vote: mine.get(&one.id).copied(),
            votes: votes.map(of),
            apart: false,
            may_keep_apart: false,
            finding: None,
        }
    }

    fn votes(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
    ) -> Result<BTreeMap<StatementId, Votes>, ApiError> {
        let counted = self.store.results(self.id(), lane);
        let counted = counted.map_err(|error| store_error(&error))?;
        let ballot = opening.form.ballot().map(|ballot| ballot.id);
        let questions = counted.map(|counted| counted.questions).unwrap_or_default();
        let asked = questions
            .into_iter()
            .find(|one| Some(one.question) == ballot);
        Ok(match asked.map(|one| one.figures) {
            Some(Figures::Votes(votes)) => votes.into_iter().collect(),
            _ => BTreeMap::new(),
        })
    }

    fn my_votes(&self, lane: LaneId) -> Result<BTreeMap<StatementId, i8>, ApiError> {
        let ballot = self.own_ballot(lane)?.unwrap_or_default();
        let votes = ballot.into_iter().filter_map(|answer| match answer {
            Answer::Votes(votes) => Some(votes),
            _ => None,
        });
        Ok(votes.flatten().collect())
    }

    fn next_statement(&mut self, lane: LaneId) -> Result<Option<StatementView>, ApiError> {
        let (row, opening) = self.opened(lane)?;
        let Rule::Conversation(rule) = &opening.form.activity.rule else {
            return Ok(None);
        };
        let Some(slot) = self.own_slot(lane).filter(|_| !row.is_closed()) else {
            return Ok(None);
        };
        let count = self.store.count(self.id(), lane);
        let count = count.map_err(|error| store_error(&error))?;
        let Some(votes) = count.and_then(|count| count.votes()) else {
            return Ok(None);
        };
        let Some(next) = next_statement((opening.form_id, rule), &votes, slot) else {
            return Ok(None);
        };
        let statements = self.statements(lane)?;
        let next = next.to_string();
        Ok(statements.into_iter().find(|one| one.statement == next))
    }
}
