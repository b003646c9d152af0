//! Calls about answers: one's own and those entered for others, corrected and taken back.

use majlis_core::consultation::count::{Place, Said, Status};
use majlis_core::consultation::{Answer, Form};
use majlis_core::id::{LaneId, QuestionId, SlotId};
use majlis_core::record::{Assisted, Channel, Record, RecordId, Response, Withdraw};
use majlis_core::sign::Signer as _;
use majlis_core::space::Command;
use majlis_store::{VersionQuery, VersionRow, Voice};

use crate::api::process::{
    AnswerTo, AssistedView, ConsultationRef, MyResponse, Respond, Responded, ResponsePage,
    ResponseStatus, ResponseView, ResponsesQuery, WithdrawResponse,
};
use crate::api::space::SyncWord;
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, not_open};
use crate::plain::{self, form, value};
use crate::{claim, clock};

const PAGE: u32 = 50;
const MAX_PAGE: u32 = 500;
/// The longest note to find a person again, in bytes.
const MAX_NOTE: usize = 500;

impl Node {
    pub(super) async fn respond(&self, respond: Respond) -> Result<Responded, ApiError> {
        let lane = lane(&respond.consultation)?;
        let space = respond.space.clone();
        self.at(&space, move |desk| desk.respond(lane, respond))
            .await
    }

    pub(super) async fn withdraw(&self, withdraw: WithdrawResponse) -> Result<Nothing, ApiError> {
        let lane = lane(&withdraw.consultation)?;
        self.at(&withdraw.space, move |desk| {
            desk.withdraw(lane, withdraw.slot)
        })
        .await
    }

    pub(super) async fn my_response(
        &self,
        at: ConsultationRef,
    ) -> Result<Option<MyResponse>, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.my_response(lane)).await
    }

    pub(super) async fn responses(&self, query: ResponsesQuery) -> Result<ResponsePage, ApiError> {
        let lane = lane(&query.consultation)?;
        let space = query.space.clone();
        self.at(&space, move |desk| desk.responses(lane, query))
            .await
    }
}

/// Typed answers in the form's order; an answer that says nothing is left out.
fn answers(form: &Form, given: &[AnswerTo]) -> Result<Vec<(QuestionId, Answer)>, ApiError> {
    let unfit = |id: &str| {
        ApiError::new(
            ErrorCode::AnswerUnfit,
            "giving an answer that does not fit its question",
        )
        .about(id)
    };
    let mut read = Vec::new();
    for one in given {
        let id = form::read_question_id(&one.question).ok_or_else(|| unfit(&one.question))?;
        let answer = value::answer(&one.value).ok_or_else(|| unfit(&one.question))?;
        let empty = match &answer {
            Answer::Text(text) => text.is_empty(),
            Answer::Choices(chosen) => chosen.is_empty(),
            Answer::Number(_) | Answer::Scale(_) | Answer::Date(_) => false,
        };
        if !empty {
            read.push((id, answer));
        }
    }
    let order = |id: &QuestionId| {
        form.questions
            .iter()
            .position(|question| question.id == *id)
    };
    read.sort_by_key(|(id, _)| order(id));
    form.accepts(&read)
        .map_err(|error| form::answer_error(&error))?;
    Ok(read)
}

/// What a new version replaces: everything that nothing else replaced yet.
fn supersedes(voice: &Voice) -> Vec<RecordId> {
    let open = voice.versions.iter().filter(|version| {
        matches!(
            version.status,
            Status::Counted | Status::Withdrawal | Status::Concurrent
        )
    });
    open.filter_map(|version| match version.place {
        Place::Sealed { id, .. } => Some(id),
        Place::Unsealed(_) => None,
    })
    .collect()
}

fn view_of(assisted: &Assisted) -> AssistedView {
    AssistedView {
        mode: plain::mode_name(assisted.mode),
        consent: assisted.consent,
        note: assisted.note.clone(),
    }
}

fn assisted_of(version: &VersionRow) -> Option<&Assisted> {
    match version.said.channel() {
        Channel::Own => None,
        Channel::Assisted(assisted) => Some(assisted),
    }
}

fn answers_of(version: &VersionRow) -> Vec<AnswerTo> {
    let Said::Response(response) = &version.said else {
        return Vec::new();
    };
    let each = response.answers.iter().map(|(id, answer)| AnswerTo {
        question: form::question_id(*id),
        value: value::answer_value(answer),
    });
    each.collect()
}

const fn status(status: Status) -> ResponseStatus {
    match status {
        Status::Counted => ResponseStatus::Counted,
        Status::Superseded | Status::Concurrent => ResponseStatus::Superseded,
        Status::Withdrawn | Status::Withdrawal => ResponseStatus::Withdrawn,
        Status::Late => ResponseStatus::Late,
        Status::Unfit | Status::OtherForm => ResponseStatus::Unfit,
        Status::WaitingForForm => ResponseStatus::WaitingForForm,
        Status::NotTheirs => ResponseStatus::NotTheirs,
    }
}

impl Desk {
    fn voice(&self, lane: LaneId, slot: SlotId) -> Result<Voice, ApiError> {
        self.store
            .voice(self.id(), lane, slot)
            .map_err(|error| store_error(&error))
    }

    fn my_slot(&self, lane: LaneId) -> Result<SlotId, ApiError> {
        let outside = || {
            ApiError::new(
                ErrorCode::NotAllowed,
                "acting in a space without being a member",
            )
        };
        self.own_slot(lane).ok_or_else(outside)
    }

    /// The slot of an assisted answer that is here, and what it said.
    fn assisted_slot(&self, lane: LaneId, slot: &str) -> Result<(SlotId, Voice), ApiError> {
        let id: SlotId = plain::id(slot, "answer")?;
        let voice = self.voice(lane, id)?;
        if voice.versions.iter().any(|version| version.said.assisted()) {
            Ok((id, voice))
        } else {
            Err(plain::missing("answer").about(slot))
        }
    }

    fn respond(&mut self, lane: LaneId, respond: Respond) -> Result<Responded, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        let answers = answers(&opening.form, &respond.answers)?;
        let mut printed = None;
        let (slot, voice, channel) = match respond.assisted {
            None => {
                let slot = self.my_slot(lane)?;
                (slot, self.voice(lane, slot)?, Channel::Own)
            }
            Some(view) => {
                let note = view.note.trim().to_owned();
                if note.len() > MAX_NOTE {
                    return Err(plain::bad("note"));
                }
                let (slot, voice, claim) = match &respond.slot {
                    Some(slot) => {
                        let (slot, voice) = self.assisted_slot(lane, slot)?;
                        // The receipt that the person holds stays good.
                        let claim = voice.versions.iter().rev().find_map(assisted_of);
                        let claim = claim.map(|assisted| assisted.claim).unwrap_or_default();
                        (slot, voice, claim)
                    }
                    None => {
                        let (code, claim) = claim::fresh();
                        printed = Some(code);
                        (SlotId::from_bytes(clock::fresh()), Voice::default(), claim)
                    }
                };
                let mode = plain::mode(view.mode);
                let assisted = Assisted {
                    mode,
                    consent: view.consent,
                    claim,
                    note,
                };
                (slot, voice, Channel::Assisted(assisted))
            }
        };
        // Answers for others gather until thirty share a seal; one's own is sealed when handed in.
        let seal = matches!(channel, Channel::Own);
        let record = Box::new(Record::Response(Response {
            form: opening.form_id,
            slot,
            supersedes: supersedes(&voice),
            channel,
            answers,
            salt: clock::fresh(),
        }));
        self.command(Command::Record { lane, record, seal })?;
        Ok(Responded {
            slot: slot.to_string(),
            claim: printed,
        })
    }

    fn withdraw(&mut self, lane: LaneId, slot: Option<String>) -> Result<Nothing, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        let (slot, voice) = match slot {
            Some(slot) => self.assisted_slot(lane, &slot)?,
            None => {
                let slot = self.my_slot(lane)?;
                (slot, self.voice(lane, slot)?)
            }
        };
        let counted = voice.counted().ok_or_else(|| plain::missing("answer"))?;
        let channel = counted.said.channel().clone();
        let supersedes = supersedes(&voice);
        let form = opening.form_id;
        let record = Box::new(Record::Withdraw(Withdraw {
            form,
            slot,
            supersedes,
            channel,
        }));
        self.command(Command::Record {
            lane,
            record,
            seal: true,
        })?;
        Ok(Nothing {})
    }

    fn my_response(&mut self, lane: LaneId) -> Result<Option<MyResponse>, ApiError> {
        let Some(slot) = self.own_slot(lane) else {
            return Ok(None);
        };
        let voice = self.voice(lane, slot)?;
        let answers = || {
            voice
                .versions
                .iter()
                .filter(|v| matches!(v.said, Said::Response(_)))
        };
        let Some(shown) = voice.counted().or_else(|| answers().next_back()) else {
            return Ok(None);
        };
        let (sync, with) = match shown.place {
            Place::Unsealed(_) => (SyncWord::SavedHere, 0),
            Place::Sealed { .. } => self.sync_word()?,
        };
        Ok(Some(MyResponse {
            answers: answers_of(shown),
            versions: u32::try_from(answers().count()).unwrap_or(u32::MAX),
            withdrawn: voice.is_withdrawn(),
            time: shown.claimed.unwrap_or_else(clock::now).0,
            sync,
            with,
        }))
    }

    fn responses(&mut self, lane: LaneId, query: ResponsesQuery) -> Result<ResponsePage, ApiError> {
        self.process(lane)?;
        let me = self.key.device();
        let mut wanted = VersionQuery {
            by: query.mine.then_some(me),
            unsealed: query.mine,
            assisted: query.mine,
            status: None,
            text: query.text,
            offset: query.offset,
            limit: if query.limit == 0 {
                PAGE
            } else {
                query.limit.min(MAX_PAGE)
            },
        };
        let find = |wanted: &VersionQuery| {
            let page = self.store.versions(self.id(), lane, wanted);
            page.map_err(|error| store_error(&error))
        };
        let mut page = find(&wanted)?;
        if page.total == 0
            && let Some(word) = claim::word(&wanted.text)
        {
            wanted.text = word;
            page = find(&wanted)?;
        }
        let roster = self.space.roster();
        let views = page.versions.iter().map(|version| ResponseView {
            slot: version.said.slot().to_string(),
            by: roster
                .name(version.device.unwrap_or(me))
                .unwrap_or_default()
                .to_owned(),
            assisted: assisted_of(version).map(view_of),
            answers: answers_of(version),
            time: version.claimed.unwrap_or_else(clock::now).0,
            status: status(version.status),
        });
        Ok(ResponsePage {
            responses: views.collect(),
            total: page.total,
        })
    }
}
