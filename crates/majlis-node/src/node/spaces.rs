//! Calls about spaces: founding, listing, leaving, forgetting, checking.

use majlis_core::effect::Write;
use majlis_core::id::{LaneClass, LaneId, SpaceId};
use majlis_core::membership::Capability;
use majlis_core::sign::Signer as _;
use majlis_core::space::{Command, Founding, Space};
use majlis_store::{ReadError, Store};
use zeroize::Zeroizing;

use crate::api::me::Language;
use crate::api::space::{
    FoundSpace, LeaveSpace, SpaceFounded, SpaceRef, SpaceSummary, SpaceView, SyncWord, Verification,
};
use crate::api::{ApiError, ErrorCode, Event, Nothing};
use crate::card::RecoveryCard;
use crate::desk::{Desk, command_error, store_error};
use crate::node::elsewhere::Parting;
use crate::node::notes::is_sample;
use crate::node::{Node, Note};
use crate::ticket::Ticket;
use crate::{clock, plain, sample, verify};

/// How the names begin under which forgotten spaces are counted.
const FORGOTTEN: &str = "forgotten/";

impl Node {
    pub(super) async fn spaces(&self) -> Result<Vec<SpaceSummary>, ApiError> {
        let mut list = Vec::new();
        for (space, desk) in self.all() {
            let sample = self.is_sample(space)?;
            let waiting_name = self.ticket_name(space)?;
            let name = waiting_name.clone();
            let asked = desk.ask(move |desk| desk.summary(sample, name)).await;
            list.push(asked.unwrap_or_else(|error| {
                tracing::warn!(%error, space = %space.short(), "listing a space");
                unread(space, waiting_name, sample)
            }));
        }
        list.sort_by(|a, b| (a.sample, &a.name, &a.space).cmp(&(b.sample, &b.name, &b.space)));
        Ok(list)
    }

    pub(super) async fn found_space(&self, wanted: FoundSpace) -> Result<SpaceFounded, ApiError> {
        let founder_name = self.me()?.name.ok_or_else(|| plain::bad("name"))?;
        let card = RecoveryCard::new(Zeroizing::new(clock::fresh()));
        let founding = Founding {
            name: wanted.name.trim().to_owned(),
            purpose: wanted.purpose.trim().to_owned(),
            founder_name,
            recovery: vec![card.key()],
        };
        if founding.name.is_empty() {
            return Err(plain::bad("name"));
        }
        let (space, writes) =
            Space::found(founding, &self.0.keys.device, clock::now(), clock::fresh())
                .map_err(|error| command_error(&error))?;
        let id = space.id();
        self.take_up(space, writes).await?;
        let charter = wanted.charter;
        let title = charter_title(self.me()?.language);
        if !charter.trim().is_empty() {
            let write = move |desk: &mut Desk| {
                desk.write_document(LaneId::charter(id), title.to_owned(), &charter)
            };
            self.desk(id)?.ask(write).await?;
        }
        let _ = self.0.events.send(Event::Me);
        Ok(SpaceFounded {
            space: id.to_string(),
            recovery: card.to_text(),
        })
    }

    /// Stores a new space and opens its desk.
    pub(crate) async fn take_up(&self, space: Space, writes: Vec<Write>) -> Result<(), ApiError> {
        let id = space.id();
        drop(space);
        let store = self.0.store.clone();
        let stored = tokio::task::spawn_blocking(move || store.persist(id, &writes));
        stored
            .await
            .map_err(|_| ApiError::new(ErrorCode::Internal, "storing a space"))?
            .map_err(|error| store_error(&error))?;
        self.open_desk(id)?;
        if let Some(links) = &self.0.links {
            links.spaces_changed();
        }
        Ok(())
    }

    pub(super) async fn sample_space(&self) -> Result<SpaceRef, ApiError> {
        for (space, _) in self.all() {
            if self.is_sample(space)? {
                return Ok(SpaceRef {
                    space: space.to_string(),
                });
            }
        }
        let me = self.me()?;
        let node = self.clone();
        let made = tokio::task::spawn_blocking(move || {
            sample::make(&node.0.store, &node.0.keys.device, me.name, me.language)
        });
        let id = made
            .await
            .map_err(|_| ApiError::new(ErrorCode::Internal, "making the sample"))??;
        self.keep(Note::Sample(id), "")?;
        self.open_desk(id)?;
        let _ = self.0.events.send(Event::Me);
        Ok(SpaceRef {
            space: id.to_string(),
        })
    }

    pub(super) async fn space(&self, at: SpaceRef) -> Result<SpaceView, ApiError> {
        let id: SpaceId = plain::id(&at.space, "space")?;
        let sample = self.is_sample(id)?;
        let name = self.ticket_name(id)?;
        self.at(&at.space, move |desk| desk.view(sample, name))
            .await
    }

    pub(super) async fn leave_space(&self, at: LeaveSpace) -> Result<Nothing, ApiError> {
        let minds = !at.anyway && !self.is_sample(plain::id(&at.space, "space")?)?;
        self.at(&at.space, move |desk| {
            if desk.is_member() {
                // Whoever has left hands over nothing but that.
                if minds {
                    desk.nothing_only_here(Parting::Left).map_err(untold)?;
                }
                desk.command(Command::Leave)?;
            }
            Ok(())
        })
        .await?;
        let _ = self.0.events.send(Event::Me);
        Ok(Nothing {})
    }

    pub(super) async fn forget_space(&self, at: LeaveSpace) -> Result<Nothing, ApiError> {
        let id: SpaceId = plain::id(&at.space, "space")?;
        if !at.anyway && !self.is_sample(id)? {
            let desk = self.desk(id)?;
            let looked = desk.ask(|desk| desk.nothing_only_here(Parting::Forgotten));
            looked.await.map_err(untold)?;
        }
        self.forget(id).await?;
        let _ = self.0.events.send(Event::Me);
        Ok(Nothing {})
    }

    /// Removes everything of a space from this device.
    pub(super) async fn forget(&self, id: SpaceId) -> Result<(), ApiError> {
        let desk = self
            .0
            .desks
            .remove(id)
            .ok_or_else(|| plain::missing("space").about(id.to_string()))?;
        if let Err(error) = self.leave_pool(id).await {
            self.0.desks.insert(id, desk);
            return Err(error);
        }
        desk.close().await;
        self.count_forgotten(id)?;
        self.0
            .store
            .forget(id)
            .map_err(|error| store_error(&error))?;
        if let Some(links) = &self.0.links {
            links.forget(id);
        }
        // What it had of the room for photos is for the others.
        for (_, desk) in self.all() {
            if let Err(error) = desk.ask(Desk::take_share).await {
                tracing::warn!(%error, "sharing the room for photos");
            }
        }
        Ok(())
    }

    /// From now on this device signs with another key in a space.
    pub(super) fn count_forgotten(&self, space: SpaceId) -> Result<(), ApiError> {
        let times = self.times_forgotten(space)?.saturating_add(1);
        self.keep_times_forgotten(space, times)
    }

    pub(super) fn keep_times_forgotten(&self, space: SpaceId, times: u32) -> Result<(), ApiError> {
        let text = times.to_string();
        let stored = self
            .0
            .store
            .put_setting(None, &forgotten(space), text.as_bytes());
        stored.map_err(|error| store_error(&error))
    }

    /// How often this device forgot a space.
    pub(super) fn times_forgotten(&self, space: SpaceId) -> Result<u32, ApiError> {
        let kept = self.0.store.setting(None, &forgotten(space));
        let kept = kept.map_err(|error| store_error(&error))?;
        let text = kept.and_then(|bytes| String::from_utf8(bytes).ok());
        Ok(text.and_then(|text| text.parse().ok()).unwrap_or(0))
    }

    pub(super) async fn verify(&self, at: SpaceRef) -> Result<Verification, ApiError> {
        self.at(&at.space, verify::verify).await
    }

    pub(super) async fn reindex(&self, at: SpaceRef) -> Result<Nothing, ApiError> {
        let found = |desk: &mut Desk| {
            desk.reindex()?;
            Ok(Nothing {})
        };
        self.at(&at.space, found).await
    }

    pub(super) fn is_sample(&self, space: SpaceId) -> Result<bool, ApiError> {
        is_sample(&self.0.store, space).map_err(|error| store_error(&error))
    }

    /// What the ticket called a space whose founding has not arrived yet.
    fn ticket_name(&self, space: SpaceId) -> Result<String, ApiError> {
        let text = self.kept(Note::Joined(space))?;
        let ticket = text.and_then(|text| Ticket::from_text(&text).ok());
        Ok(ticket.map(|ticket| ticket.name).unwrap_or_default())
    }
}

/// Whether this device forgot any space.
pub(super) fn forgot_some(store: &Store) -> Result<bool, ReadError> {
    Ok(!store.settings(None, FORGOTTEN)?.is_empty())
}

/// Under which name a forgotten space is counted: it does not say which space it was.
fn forgotten(space: SpaceId) -> String {
    let name = blake3::derive_key("majlis 2026 forgotten space v1", space.as_bytes());
    format!("{FORGOTTEN}{}", data_encoding::HEXLOWER.encode(&name))
}

/// What a charter is called by its founder; anyone may give it another title.
pub(crate) const fn charter_title(language: Option<Language>) -> &'static str {
    match language {
        Some(Language::Ar) => "الميثاق",
        Some(Language::Fr) => "Charte",
        Some(Language::En) | None => "Charter",
    }
}

/// A space of which nothing can be read. It hides no other one, and can be deleted.
fn unread(space: SpaceId, name: String, sample: bool) -> SpaceSummary {
    SpaceSummary {
        space: space.to_string(),
        name,
        rank: None,
        members: 0,
        sample,
        sync: SyncWord::SavedHere,
        with: 0,
        waiting: false,
        must_join: None,
    }
}

/// Where it cannot be read what is elsewhere, nobody knows, and who says so parts with it all the same.
fn untold(error: ApiError) -> ApiError {
    match error.code {
        ErrorCode::OnlyHere => error,
        _ => ApiError::new(ErrorCode::OnlyHere, error.message),
    }
}

impl Desk {
    pub(crate) fn is_member(&self) -> bool {
        self.space.roster().rank(self.key.device()).is_some()
    }

    fn summary(&mut self, sample: bool, ticket_name: String) -> Result<SpaceSummary, ApiError> {
        let (sync, with) = self.sync_word()?;
        let roster = self.space.roster();
        let members = roster.members().filter(|row| row.rank.is_some()).count();
        let name = roster.genesis().map(|genesis| genesis.name.clone());
        Ok(SpaceSummary {
            space: self.id().to_string(),
            name: name.unwrap_or(ticket_name),
            rank: roster.rank(self.space.me()).map(plain::rank_name),
            members: u32::try_from(members).unwrap_or(u32::MAX),
            sample,
            sync,
            with,
            waiting: self.awaits_meeting(),
            must_join: self.must_join(),
        })
    }

    fn view(&mut self, sample: bool, ticket_name: String) -> Result<SpaceView, ApiError> {
        let summary = self.summary(sample, ticket_name)?;
        let documents = self.outlines(LaneClass::Document)?;
        let processes = self
            .store
            .processes(self.id())
            .map_err(|error| store_error(&error))?;
        let charter = LaneId::charter(self.id());
        let count = |list: usize| u32::try_from(list).unwrap_or(u32::MAX);
        let set_aside = self.space.index().items().filter(|(_, item)| {
            matches!(item.state, majlis_core::admission::State::Quarantined(_))
        });
        let set_aside = u32::try_from(set_aside.count()).unwrap_or(u32::MAX);
        let roster = self.space.roster();
        let founder = roster.founder().and_then(|device| roster.name(device));
        Ok(SpaceView {
            purpose: roster
                .genesis()
                .map(|genesis| genesis.purpose.clone())
                .unwrap_or_default(),
            founder: founder.unwrap_or_default().to_owned(),
            charter: documents
                .iter()
                .any(|row| row.lane == charter)
                .then(|| charter.to_string()),
            consultations: count(processes.len()),
            documents: count(documents.len()),
            set_aside: if self.space.may(Capability::Adopt) {
                set_aside
            } else {
                0
            },
            may: plain::CAPABILITIES
                .into_iter()
                .filter(|(capability, _)| self.space.may(*capability))
                .map(|(_, name)| name)
                .collect(),
            summary,
        })
    }

    /// The state of sync in a word, and how many other devices hold everything written here.
    pub(crate) fn sync_word(&mut self) -> Result<(SyncWord, u32), ApiError> {
        let peers = self.peers()?;
        let unsealed = self.space.unsealed() > 0;
        let with = peers
            .iter()
            .filter(|peer| peer.lacks == 0 && !unsealed && peer.known)
            .count();
        let with = u32::try_from(with).unwrap_or(u32::MAX);
        let media = self.media_state()?;
        let all = !peers.is_empty()
            && peers.iter().all(|peer| peer.complete && !unsealed)
            && media.missing == 0
            && media.only_here == 0;
        let word = if all {
            SyncWord::EverythingExchanged
        } else if with > 0 {
            SyncWord::WithOthers
        } else {
            SyncWord::SavedHere
        };
        Ok((word, with))
    }

    /// Whether this device's person may answer, and open consultations.
    pub(crate) fn may_respond_and_open(&self) -> (bool, bool) {
        (
            self.space.may(Capability::Respond),
            self.space.may(Capability::OpenProcess),
        )
    }
}
