//! Calls about filling in forms with conditions. A filling is in memory while somebody works on it, and on
//! the disk after every answer, so that it goes on after this device was off.
//! Not here: what is shown of it (`filling::view`), handing in (`answers`).

mod keeping;
mod session;
mod trying;
mod view;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use majlis_core::consultation::Answer;
use majlis_core::consultation::claim::ClaimCode;
use majlis_core::consultation::count::Said;
use majlis_core::consultation::slip::SlipCode;
use majlis_core::id::LaneId;
use majlis_core::sign::Signer as _;
use majlis_core::time::Timestamp;
use majlis_formats::Filling;
use majlis_formats::answer::Answers;
use majlis_store::{OpeningRow, ProcessRow, VersionRow, Voice};
use serde::{Deserialize, Serialize};

use crate::api::filling::{
    BeginFilling, Fill, FillRow, FilledQuestion, FillingLanguage, FillingRef, FillingView,
    FinishFilling, UnfinishedFilling,
};
use crate::api::process::Responded;
use crate::api::space::SpaceRef;
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, not_open};
use crate::node::submissions::Offered;
use crate::plain::answers::{Media, named};
use crate::plain::logic::{Ready, seed};
use crate::plain::{self, form};

/// Forms that are kept ready.
pub(crate) const READY: usize = 4;
/// Fillings that are kept in memory; the others are read from the disk when they are needed.
const OPEN: usize = 8;
/// The most bytes of a filling on the disk.
const MAX_SAVED: usize = 1_000_000;
/// The most fillings that are listed.
const MAX_LISTED: usize = 500;

/// What is being filled in on this device in one space.
#[derive(Default)]
pub(crate) struct Fillings {
    pub(crate) ready: Vec<Ready>,
    /// Forms that are kept ready for tablets.
    pub(crate) offered: Vec<Arc<Offered>>,
    /// When what was typed in the clear is overwritten again, where it could not be at once.
    pub(crate) settle_at: Option<Instant>,
    open: Vec<Session>,
}

/// A filling in memory.
struct Session {
    id: String,
    /// The consultation; none where a form is only tried, of which nothing is stored.
    lane: Option<LaneId>,
    saved: Saved,
    at: Timestamp,
    ready: Ready,
    filling: Filling,
    /// What the page has.
    sent: BTreeMap<String, FilledQuestion>,
}

/// A filling on the disk.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Saved {
    consultation: String,
    form: String,
    assisted: bool,
    slot: Option<String>,
    language: String,
    started: u64,
    /// Questions with an answer, of those that are asked; what the form fills in by itself is none.
    #[serde(default)]
    answered: u32,
    /// Where a person answered last.
    #[serde(default)]
    last: String,
    /// Whether it corrects an answer with a sealed part, and whether one of those questions was
    /// answered anew in it: until then that part stays as it is.
    #[serde(default)]
    sealed_before: bool,
    #[serde(default)]
    sealed_anew: bool,
    answers: Answers,
}

impl Node {
    pub(super) async fn begin_filling(&self, begin: BeginFilling) -> Result<FillingView, ApiError> {
        let lane = lane(&begin.consultation)?;
        let space = begin.space.clone();
        self.at(&space, move |desk| desk.begin_filling(lane, begin))
            .await
    }

    pub(super) async fn filling(&self, at: FillingRef) -> Result<FillingView, ApiError> {
        let FillingRef { space, filling } = at;
        self.at(&space, move |desk| {
            desk.in_filling(&filling, |session| {
                session.sent.clear();
                Ok(())
            })
        })
        .await
    }

    pub(super) async fn fill(&self, fill: Fill) -> Result<FillingView, ApiError> {
        let space = fill.space.clone();
        self.at(&space, move |desk| {
            desk.in_filling(&fill.filling, |session| {
                session.set(&fill.path, fill.value.as_ref())?;
                if !fill.beforehand {
                    session.saved.last = fill.path;
                }
                Ok(())
            })
        })
        .await
    }

    pub(super) async fn fill_add_row(&self, row: FillRow) -> Result<FillingView, ApiError> {
        let space = row.space.clone();
        self.at(&space, move |desk| {
            desk.in_filling(&row.filling, |session| {
                session.add_row(&row.path)?;
                session.touch(&row.path);
                Ok(())
            })
        })
        .await
    }

    pub(super) async fn fill_remove_row(&self, row: FillRow) -> Result<FillingView, ApiError> {
        let space = row.space.clone();
        self.at(&space, move |desk| {
            desk.in_filling(&row.filling, |session| {
                let removed = session.filling.remove_instance(&row.path);
                removed.map_err(|error| session.refused(&row.path, error))?;
                session.touch(&row.path);
                Ok(())
            })
        })
        .await
    }

    pub(super) async fn speak_filling(
        &self,
        wanted: FillingLanguage,
    ) -> Result<FillingView, ApiError> {
        let space = wanted.space.clone();
        self.at(&space, move |desk| {
            desk.in_filling(&wanted.filling, |session| {
                session.speak(Some(&wanted.language));
                Ok(())
            })
        })
        .await
    }

    pub(super) async fn finish_filling(
        &self,
        finish: FinishFilling,
    ) -> Result<Responded, ApiError> {
        let space = finish.space.clone();
        self.at(&space, move |desk| desk.finish_filling(finish))
            .await
    }

    pub(super) async fn drop_filling(&self, at: FillingRef) -> Result<Nothing, ApiError> {
        let FillingRef { space, filling } = at;
        self.at(&space, move |desk| {
            let dropped = desk.take(&filling);
            desk.forget_filling(&filling)?;
            match dropped {
                Ok(session) if session.ready.sealed.is_empty() => {}
                Ok(session) => {
                    desk.drop_clear(&session.media_to_seal());
                    desk.settle();
                }
                Err(_) => desk.settle(),
            }
            Ok(Nothing {})
        })
        .await
    }

    pub(super) async fn fillings(&self, at: SpaceRef) -> Result<Vec<UnfinishedFilling>, ApiError> {
        self.at(&at.space, Desk::unfinished).await
    }
}

impl Desk {
    fn key_of(&self, filling: &str) -> String {
        format!("{}{filling}", self.keys_of_fillings())
    }

    fn keys_of_fillings(&self) -> String {
        format!("filling:{}:", self.id())
    }

    fn begin_filling(
        &mut self,
        lane: LaneId,
        begin: BeginFilling,
    ) -> Result<FillingView, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        // Before anybody types what could not be sealed.
        form::check_sealing(&opening.form)?;
        if begin.assisted && !opening.form.takes_assisted() {
            let why = "filling in for somebody where only members' own ballots count";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let ready = self.ready_to_fill(opening.form_id, &opening.form)?;
        let by_slip = opening.form.slips().is_some();
        if by_slip {
            // Before anybody chooses what could not be cast.
            self.slip(lane, &opening.form, begin.slot.as_deref())?;
        }
        let voice = match (&begin.slot, begin.assisted) {
            _ if by_slip => None,
            (Some(slot), _) => Some(self.gone_on_from(&row, slot)?),
            (None, true) => None,
            (None, false) => {
                let slot = self.own_slot(lane);
                slot.map(|slot| self.voice(lane, slot)).transpose()?
            }
        };
        let now = clock::now();
        let around = self.around().at(now, seed(now));
        let before = voice.as_ref().and_then(|voice| voice.counted());
        let before = before.and_then(|version| match &version.said {
            Said::Response(response) if response.form == ready.id => Some(&response.answers),
            _ => None,
        });
        let is_sealed = |(_, answer): &(_, Answer)| matches!(answer, Answer::Sealed(_));
        let sealed_before = before.is_some_and(|answers| answers.iter().any(is_sealed));
        let filling = match before {
            None => Filling::start(ready.logic.clone(), around),
            Some(answers) => {
                // What was sealed this device cannot read either: it stays, or is answered anew.
                let open = answers.iter().cloned();
                let open = open.filter(|answer| !is_sealed(answer));
                let answers: &Vec<_> = &open.collect();
                let answers = named(&ready.form, &ready.names, answers, Media::Kept);
                Filling::resume(ready.logic.clone(), around, &answers).0
            }
        };
        let id = data_encoding::HEXLOWER.encode(&clock::fresh::<8>());
        let mut session = Session {
            lane: Some(lane),
            saved: Saved {
                consultation: lane.to_string(),
                form: ready.id.to_string(),
                assisted: begin.assisted || (begin.slot.is_some() && !by_slip),
                slot: begin.slot,
                language: String::new(),
                started: now.0,
                answered: 0,
                last: String::new(),
                sealed_before,
                sealed_anew: false,
                answers: Answers::default(),
            },
            id: id.clone(),
            at: now,
            ready,
            filling,
            sent: BTreeMap::new(),
        };
        session.speak(begin.language.as_deref());
        self.hold(session);
        self.in_filling(&id, |_| Ok(()))
    }

    /// An assisted answer to go on from, for who may see it now: whoever has the receipt, the device
    /// that entered what counts, and everybody once answers are shown.
    fn gone_on_from(&self, row: &ProcessRow, slot: &str) -> Result<Voice, ApiError> {
        let (of, voice) = self.assisted(row.lane, slot)?;
        self.unclaimed(row.lane, of)?;
        let me = self.key.device();
        let here = |version: &VersionRow| version.device.is_none_or(|device| device == me);
        if slot.parse::<ClaimCode>().is_err() && !voice.counted().is_none_or(here) {
            self.shown(row)?;
        }
        Ok(voice)
    }

    /// Does something in a filling, saves it, and gives what is shown now.
    fn in_filling(
        &mut self,
        id: &str,
        act: impl FnOnce(&mut Session) -> Result<(), ApiError>,
    ) -> Result<FillingView, ApiError> {
        let mut session = self.take(id)?;
        let done = act(&mut session);
        let saved = done.and_then(|()| self.save(&mut session));
        let readers = self.names_of_readers(&session.ready);
        let view = saved.map(|()| view::of(&mut session, self.id(), readers));
        self.hold(session);
        view
    }

    fn save(&self, session: &mut Session) -> Result<(), ApiError> {
        session.saved.answers = session.filling.answers();
        let (answered, _) = session.filling.progress();
        session.saved.answered = u32::try_from(answered).unwrap_or(u32::MAX);
        session.at = clock::now();
        if session.lane.is_none() {
            return Ok(());
        }
        let value = serde_json::to_string(&session.saved).unwrap_or_default();
        if value.len() > MAX_SAVED {
            return Err(plain::bad("filling"));
        }
        let put = self
            .store
            .put_draft(&self.key_of(&session.id), &value, session.at);
        put.map_err(|error| store_error(&error))
    }

    fn hold(&mut self, session: Session) {
        self.fillings.open.insert(0, session);
        self.fillings.open.truncate(OPEN);
    }

    /// A filling out of memory, or from the disk.
    fn take(&mut self, id: &str) -> Result<Session, ApiError> {
        let mut open = self.fillings.open.iter();
        if let Some(at) = open.position(|session| session.id == id) {
            return Ok(self.fillings.open.remove(at));
        }
        let missing = || plain::missing("filling").about(id);
        if id.len() != 16 || !id.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(missing());
        }
        let draft = self.store.draft(&self.key_of(id));
        let draft = draft.map_err(|error| store_error(&error))?;
        let draft = draft.ok_or_else(missing)?;
        let saved: Saved = serde_json::from_str(&draft.value).map_err(|_| missing())?;
        let lane = lane(&saved.consultation)?;
        let opening = self.opening_of(&saved)?;
        let ready = self.ready_to_fill(opening.form_id, &opening.form)?;
        let around = self.around();
        let around = around.at(clock::now(), seed(Timestamp(saved.started)));
        let (filling, _) = Filling::resume(ready.logic.clone(), around, &saved.answers);
        let language = saved.language.clone();
        let mut session = Session {
            id: id.to_owned(),
            lane: Some(lane),
            at: draft.saved,
            saved,
            ready,
            filling,
            sent: BTreeMap::new(),
        };
        session.speak(Some(&language));
        Ok(session)
    }

    /// The opening of the form that is filled in, exactly.
    fn opening_of(&self, saved: &Saved) -> Result<OpeningRow, ApiError> {
        let (_, opening) = self.opened(lane(&saved.consultation)?)?;
        if opening.form_id.to_string() == saved.form {
            Ok(opening)
        } else {
            Err(not_open())
        }
    }

    fn finish_filling(&mut self, finish: FinishFilling) -> Result<Responded, ApiError> {
        let session = self.take(&finish.filling)?;
        let sealed = !session.ready.sealed.is_empty();
        let done = self.handed_in(&session, finish);
        let id = session.id.clone();
        self.hold(session);
        if done.is_ok() {
            // It is recorded: nothing that comes after takes its receipt away.
            if let Err(error) = self.forget_filling(&id) {
                tracing::warn!(%error, "forgetting a filling that was handed in");
            }
            if sealed {
                // What was typed in the clear is in the log beside the file too.
                self.settle();
            }
        }
        done
    }

    fn handed_in(
        &mut self,
        session: &Session,
        finish: FinishFilling,
    ) -> Result<Responded, ApiError> {
        let saved = &session.saved;
        let lane = session.lane.ok_or_else(not_open)?;
        if finish.assisted.is_some() != saved.assisted {
            return Err(plain::bad("assisted"));
        }
        let (row, _) = self.opened(lane)?;
        let opening = self.opening_of(saved)?;
        if row.is_closed() {
            return Err(not_open());
        }
        // The clock says now when it ended.
        let around = self
            .around()
            .at(clock::now(), seed(Timestamp(saved.started)));
        let answers = session.filling.answers();
        let (mut filling, _) = Filling::resume(session.ready.logic.clone(), around, &answers);
        filling.speak(&saved.language);
        let slot = saved.slot.as_deref();
        let kept = self.kept_piece(session, &opening)?;
        let answers = if kept.is_empty() {
            session.ready.finished(&mut filling)?
        } else {
            let mut answers = session.ready.finished_open(&mut filling)?;
            answers.extend(kept);
            answers
        };
        self.hand_in(lane, &opening, answers, finish.assisted, slot)
    }

    fn forget_filling(&mut self, id: &str) -> Result<(), ApiError> {
        self.fillings.open.retain(|session| session.id != id);
        let dropped = self.store.drop_draft(&self.key_of(id));
        dropped.map(|_| ()).map_err(|error| store_error(&error))
    }

    pub(super) fn unfinished(&mut self) -> Result<Vec<UnfinishedFilling>, ApiError> {
        let keys = self.keys_of_fillings();
        let drafts = self.store.drafts(&keys, MAX_LISTED);
        let drafts = drafts.map_err(|error| store_error(&error))?;
        let mut list = Vec::new();
        for (key, draft) in drafts {
            let Ok(saved) = serde_json::from_str::<Saved>(&draft.value) else {
                continue;
            };
            // Who holds the slip begins anew; nobody else is told that somebody began.
            if saved
                .slot
                .as_ref()
                .is_some_and(|slot| slot.parse::<SlipCode>().is_ok())
            {
                continue;
            }
            let Ok(process) = lane(&saved.consultation).and_then(|lane| self.process(lane)) else {
                continue;
            };
            let open = !process.is_closed() && self.opening_of(&saved).is_ok();
            list.push(UnfinishedFilling {
                filling: key.strip_prefix(&keys).unwrap_or_default().to_owned(),
                space: self.id().to_string(),
                title: process.title,
                assisted: saved.assisted,
                slot: saved.slot,
                open,
                answered: saved.answered,
                started: saved.started,
                saved: draft.saved.0,
                form_id: saved.form,
                consultation: saved.consultation,
            });
        }
        Ok(list)
    }
}
