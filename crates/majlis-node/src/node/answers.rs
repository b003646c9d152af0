//! Calls about answers: one's own and those entered for others, corrected and taken back.

use std::collections::BTreeMap;

use majlis_core::consultation::claim::ClaimCode;
use majlis_core::consultation::count::{Place, Said, Status};
use majlis_core::consultation::{Answer, Form};
use majlis_core::id::{FormId, LaneId, QuestionId, SlotId};
use majlis_core::record::{Assisted, Known, Record, RecordId, Response, Speaker, Withdraw};
use majlis_core::sign::Signer as _;
use majlis_core::space::Command;
use majlis_store::{OpeningRow, ProcessRow, Slots, VersionQuery, VersionRow, Voice};

use crate::api::process::{
    AnswerTo, AssistedView, ConsultationRef, MyResponse, Respond, Responded, ResponsePage,
    ResponseStatus, ResponseView, ResponsesQuery, WithdrawResponse,
};
use crate::api::sealing::SealedPart;
use crate::api::space::SyncWord;
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, not_open};
use crate::node::filling::READY;
use crate::node::outcomes::record_text;
use crate::plain::logic::{Around, Ready};
use crate::plain::sealed::sealed_part;
use crate::plain::{self, form, logic, value};

const PAGE: u32 = 50;
const MAX_PAGE: u32 = 500;
/// The longest note to find a person again, in bytes.
const MAX_NOTE: usize = 500;

/// How many answers a page has that asks for so many; 0 leaves it open.
pub(super) fn page_of(limit: u32) -> u32 {
    if limit == 0 {
        PAGE
    } else {
        limit.min(MAX_PAGE)
    }
}

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

/// Typed answers in the form's order; an answer that says nothing is left out. Whether they fit is
/// seen afterwards.
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
            Answer::Number(_)
            | Answer::Scale(_)
            | Answer::Date(_)
            | Answer::Photo(_)
            | Answer::Sound(_)
            | Answer::Time(_)
            | Answer::DateTime(_)
            | Answer::Place(_)
            | Answer::Acknowledged => false,
            // Nobody hands in what is sealed already.
            Answer::Sealed(_) => return Err(unfit(&one.question)),
            Answer::Ranking(order) => order.is_empty(),
            Answer::Points(points) => points.is_empty(),
            Answer::Votes(votes) => votes.is_empty(),
            Answer::Rows(rows) => rows.is_empty(),
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
    Ok(read)
}

/// What a new version replaces: everything that nothing else replaced yet.
pub(super) fn supersedes(voice: &Voice) -> Vec<RecordId> {
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

/// The voices that a list is narrowed to.
fn named(slots: &[String]) -> Result<Slots, ApiError> {
    if slots.is_empty() {
        return Ok(Slots::All);
    }
    let read = slots.iter().take(MAX_PAGE as usize);
    let read: Result<_, ApiError> = read.map(|slot| plain::id(slot, "answer")).collect();
    Ok(Slots::Among(read?))
}

pub(super) fn view_of(assisted: &Assisted) -> AssistedView {
    AssistedView {
        mode: plain::mode_name(assisted.mode),
        consent: assisted.consent,
        note: assisted.note.clone(),
    }
}

pub(super) fn answers_of(version: &VersionRow, form: Option<&Form>) -> Vec<AnswerTo> {
    match &version.said {
        Said::Response(response) => value::answer_views(&response.answers, form),
        Said::Withdraw(_) => Vec::new(),
    }
}

pub(super) const fn response_status(status: Status) -> ResponseStatus {
    match status {
        Status::Counted => ResponseStatus::Counted,
        Status::Superseded | Status::Concurrent => ResponseStatus::Superseded,
        Status::Withdrawn | Status::Withdrawal => ResponseStatus::Withdrawn,
        Status::Late => ResponseStatus::Late,
        Status::Unfit | Status::OtherForm => ResponseStatus::Unfit,
        Status::WaitingForForm => ResponseStatus::WaitingForForm,
        Status::Claimed => ResponseStatus::Claimed,
        Status::SlipUsed => ResponseStatus::SlipUsed,
        Status::Unsigned => ResponseStatus::Unsigned,
    }
}

impl Desk {
    pub(super) fn voice(&self, lane: LaneId, slot: SlotId) -> Result<Voice, ApiError> {
        self.store
            .voice(self.id(), lane, slot)
            .map_err(|error| store_error(&error))
    }

    pub(super) fn my_slot(&self, lane: LaneId) -> Result<SlotId, ApiError> {
        let outside = || {
            ApiError::new(
                ErrorCode::NotAllowed,
                "acting in a space without being a member",
            )
        };
        self.own_slot(lane).ok_or_else(outside)
    }

    /// A form made ready to be filled; the few that were asked for last are kept.
    pub(super) fn ready(&mut self, id: FormId, form: &Form) -> Result<Ready, ApiError> {
        if let Some(ready) = self.fillings.ready.iter().find(|ready| ready.id == id) {
            return Ok(ready.clone());
        }
        let ready = Ready::new(id, form)?;
        self.fillings.ready.insert(0, ready.clone());
        self.fillings.ready.truncate(READY);
        Ok(ready)
    }

    /// A form made ready for a person to fill in. One of another device may have conditions that mean
    /// nothing: then everything is asked, and what fits is taken, as `respond` does.
    pub(super) fn ready_to_fill(&mut self, id: FormId, form: &Form) -> Result<Ready, ApiError> {
        self.ready(id, form)
            .or_else(|_| Ready::without_conditions(id, form))
    }

    /// What a form's fields see of who fills it in: names that people see anyway.
    pub(super) fn around(&self) -> Around {
        let me = self.space.me();
        let name = self.space.roster().name(me).unwrap_or_default();
        Around {
            device: me.short(),
            person: name.to_owned(),
        }
    }

    fn respond(&mut self, lane: LaneId, respond: Respond) -> Result<Responded, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        if opening.form.secret_ballots().is_some() {
            let why = "voting in the clear in a secret vote: its ballots are sealed by their voters, and for others there is the paper box";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let answers = answers(&opening.form, &respond.answers)?;
        // Everything that is handed in here goes through the form's conditions, whoever filled it in.
        // A form of another device may have conditions that mean nothing: then what fits is taken.
        let newer = opening.form.has_conditions();
        let ready = newer.then(|| self.ready(opening.form_id, &opening.form).ok());
        let answers = match ready.flatten() {
            Some(ready) => ready.settled(&self.around(), clock::now(), &answers)?,
            None => {
                let fits = logic::unsealed(&opening.form).accepts(&answers);
                fits.map_err(|error| form::answer_error(&error))?;
                answers
            }
        };
        self.hand_in(
            lane,
            &opening,
            answers,
            respond.assisted,
            respond.slot.as_deref(),
        )
    }

    /// Hands in answers that were looked at.
    pub(super) fn hand_in(
        &mut self,
        lane: LaneId,
        opening: &OpeningRow,
        answers: Vec<(QuestionId, Answer)>,
        entered: Option<AssistedView>,
        corrected: Option<&str>,
    ) -> Result<Responded, ApiError> {
        let code = ClaimCode::new(clock::fresh());
        self.hand_in_under(lane, opening, answers, entered, corrected, &code)
    }

    /// Hands in answers that were looked at, a new voice under a given code: the single door into
    /// the record.
    pub(super) fn hand_in_under(
        &mut self,
        lane: LaneId,
        opening: &OpeningRow,
        answers: Vec<(QuestionId, Answer)>,
        entered: Option<AssistedView>,
        corrected: Option<&str>,
        code: &ClaimCode,
    ) -> Result<Responded, ApiError> {
        self.holds_media(&answers)?;
        if entered.is_some() && !opening.form.takes_assisted() {
            let why = "entering a ballot for somebody where only members' own ballots count";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let mut printed = None;
        // Answers for others gather until thirty share a seal; one's own is sealed when handed in.
        let seal = entered.is_none();
        if opening.form.slips().is_some() {
            return self.hand_in_by_slip(lane, opening, answers, corrected);
        }
        let (slot, speaker) = match entered {
            None => {
                let slot = self.my_slot(lane)?;
                let supersedes = supersedes(&self.voice(lane, slot)?);
                let salt = clock::fresh();
                (slot, Speaker::Known(Known::Own { supersedes, salt }))
            }
            Some(view) => {
                let note = view.note.trim().to_owned();
                if note.len() > MAX_NOTE {
                    return Err(plain::bad("note"));
                }
                let assisted = Assisted {
                    mode: plain::mode(view.mode),
                    consent: view.consent,
                    note,
                };
                match corrected {
                    Some(slot) => {
                        let (slot, voice) = self.assisted(lane, slot)?;
                        self.unclaimed(lane, slot)?;
                        // The receipt that the person holds stays good: it proves this slot.
                        let known = Known::Assisted {
                            slot,
                            supersedes: supersedes(&voice),
                            salt: clock::fresh(),
                            assisted,
                        };
                        (slot, Speaker::Known(known))
                    }
                    None => {
                        let (holder, me) = (code.holder(lane), self.key.device());
                        printed = Some(code.to_string());
                        let claim = holder.claim(me);
                        (holder.slot(me), Speaker::New { claim, assisted })
                    }
                }
            }
        };
        let (answers, clear) = self.sealed(lane, opening, slot, answers)?;
        let record = Box::new(Record::Response(Response {
            form: opening.form_id,
            speaker,
            answers,
        }));
        self.command(Command::Record { lane, record, seal })?;
        self.drop_clear(&clear);
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
            Some(slot) => {
                let (slot, voice) = self.assisted(lane, &slot)?;
                self.unclaimed(lane, slot)?;
                (slot, voice)
            }
            None => {
                let slot = self.my_slot(lane)?;
                (slot, self.voice(lane, slot)?)
            }
        };
        let counted = voice.counted().ok_or_else(|| plain::missing("answer"))?;
        let (supersedes, salt) = (supersedes(&voice), clock::fresh());
        let speaker = match counted.said.entered().cloned() {
            None => Known::Own { supersedes, salt },
            Some(assisted) => Known::Assisted {
                slot,
                supersedes,
                salt,
                assisted,
            },
        };
        let form = opening.form_id;
        let record = Box::new(Record::Withdraw(Withdraw { form, speaker }));
        self.command(Command::Record {
            lane,
            record,
            seal: true,
        })?;
        Ok(Nothing {})
    }

    pub(super) fn my_response(&mut self, lane: LaneId) -> Result<Option<MyResponse>, ApiError> {
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
        let opening = self.process(lane)?.opening;
        let (sync, with) = match shown.place {
            Place::Unsealed(_) => (SyncWord::SavedHere, 0),
            Place::Sealed { .. } => self.sync_word()?,
        };
        Ok(Some(MyResponse {
            answers: answers_of(shown, opening.as_ref().map(|opening| &opening.form)),
            versions: u32::try_from(answers().count()).unwrap_or(u32::MAX),
            withdrawn: voice.is_withdrawn(),
            time: shown.claimed.unwrap_or_else(clock::now).0,
            sync,
            with,
            status: response_status(shown.status),
        }))
    }

    fn responses(&mut self, lane: LaneId, query: ResponsesQuery) -> Result<ResponsePage, ApiError> {
        let row = self.process(lane)?;
        let me = self.key.device();
        let mut wanted = VersionQuery {
            by: query.mine.then_some(me),
            unsealed: query.mine,
            assisted: query.mine,
            status: query.counted.then_some(Status::Counted),
            slots: named(&query.slots)?,
            text: query.text,
            offset: query.offset,
            limit: page_of(query.limit),
        };
        // What reads as the code of a receipt looks for the answer of that code.
        let code = wanted.text.parse::<ClaimCode>();
        let of_code = code.map_or_else(|_| Ok(Vec::new()), |code| self.of_code(lane, &code))?;
        if !of_code.is_empty() {
            let slots = of_code.into_iter().map(|one| one.slot).collect();
            (wanted.slots, wanted.text) = (Slots::Among(slots), String::new());
        } else if !query.mine {
            self.shown(&row)?;
        }
        let page = self.store.versions(self.id(), lane, &wanted);
        let page = page.map_err(|error| store_error(&error))?;
        Ok(ResponsePage {
            responses: self.response_views(&row, &page.versions)?,
            total: page.total,
        })
    }

    /// Versions of answers as lists show them.
    pub(super) fn response_views(
        &mut self,
        row: &ProcessRow,
        versions: &[VersionRow],
    ) -> Result<Vec<ResponseView>, ApiError> {
        let me = self.key.device();
        let opening = row.opening.as_ref();
        let reader = match opening {
            Some(opening) => self.reader(row.lane, opening)?,
            None => None,
        };
        let asked = opening.map(|opening| &opening.form);
        let opening = opening.filter(|opening| opening.form.has_conditions());
        let ready = opening.and_then(|opening| self.ready(opening.form_id, &opening.form).ok());
        let roster = self.space.roster();
        let mut holders = BTreeMap::new();
        for version in versions {
            if version.status == Status::Claimed && !holders.contains_key(&version.slot) {
                holders.insert(version.slot, self.holder_names(row.lane, version.slot)?);
            }
        }
        let views = versions.iter().map(|version| {
            let (part, whole) = sealed_part(reader.as_ref(), version.slot, &version.said);
            // Of what cannot be read nobody can say whether it breaks a condition.
            let known = !matches!(part, Some(SealedPart::Closed | SealedPart::Spoiled));
            let breaks = match (&ready, &version.said) {
                (Some(ready), Said::Response(response)) if known && response.form == ready.id => {
                    let answers = whole.as_ref().unwrap_or(&response.answers);
                    ready.breaks(answers, version.claimed)
                }
                _ => false,
            };
            ResponseView {
                slot: version.slot.to_string(),
                record: match version.place {
                    Place::Sealed { id, .. } => Some(record_text(id)),
                    Place::Unsealed(_) => None,
                },
                by: roster
                    .name(version.device.unwrap_or(me))
                    .unwrap_or_default()
                    .to_owned(),
                assisted: version.said.entered().map(view_of),
                answers: whole.map_or_else(
                    || answers_of(version, asked),
                    |whole| value::answer_views(&whole, None),
                ),
                time: version.claimed.unwrap_or_else(clock::now).0,
                status: response_status(version.status),
                claimed_by: match version.status {
                    Status::Claimed => holders.get(&version.slot).cloned().unwrap_or_default(),
                    _ => Vec::new(),
                },
                breaks_rules: breaks,
                sealed: part,
            }
        });
        Ok(views.collect())
    }
}
