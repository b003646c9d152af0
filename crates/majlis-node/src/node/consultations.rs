//! Calls about consultations: drafting, opening, closing. Answers are in `answers`, what came out is in
//! `results`.

use majlis_core::consultation::Form;
use majlis_core::consultation::secret::SecretBallots;
use majlis_core::id::{LaneClass, LaneId, QuestionId, SlotId};
use majlis_core::membership::Capability;
use majlis_core::record::Record;
use majlis_core::space::Command;
use majlis_store::{OpeningRow, ProcessRow};

use crate::api::me::Language;
use crate::api::process::{
    CloseConsultation, ConsultationDraft, ConsultationEdit, ConsultationNew, ConsultationRef,
    ConsultationSummary, ConsultationView, FormProblem, Phase,
};
use crate::api::results::ResultsView;
use crate::api::space::SpaceRef;
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::plain::spoken::spoken;
use crate::plain::{self, form, logic};

impl Node {
    pub(super) async fn consultations(
        &self,
        at: SpaceRef,
    ) -> Result<Vec<ConsultationSummary>, ApiError> {
        let language = self.language();
        self.at(&at.space, move |desk| desk.consultations(language))
            .await
    }

    pub(super) async fn new_consultation(
        &self,
        new: ConsultationNew,
    ) -> Result<ConsultationRef, ApiError> {
        let lane = LaneId::new(LaneClass::Process, clock::fresh());
        let draft = form_of(&new.draft)?;
        self.at(&new.space, move |desk| desk.define(lane, draft))
            .await?;
        Ok(ConsultationRef {
            space: new.space,
            consultation: lane.to_string(),
        })
    }

    pub(super) async fn consultation(
        &self,
        at: ConsultationRef,
    ) -> Result<ConsultationView, ApiError> {
        let lane = lane(&at.consultation)?;
        let language = self.language();
        self.at(&at.space, move |desk| desk.consultation(lane, language))
            .await
    }

    pub(super) async fn edit_consultation(
        &self,
        edit: ConsultationEdit,
    ) -> Result<ConsultationDraft, ApiError> {
        let lane = lane(&edit.consultation)?;
        let draft = form_of(&edit.draft)?;
        self.at(&edit.space, move |desk| {
            if desk.process(lane)?.opening.is_some() {
                return Err(ApiError::new(
                    ErrorCode::NotAllowed,
                    "changing a consultation that was opened: its form is frozen",
                ));
            }
            desk.define(lane, draft)?;
            Ok(form::draft_of(&desk.document(lane)?.definition()))
        })
        .await
    }

    pub(super) async fn open_consultation(&self, at: ConsultationRef) -> Result<Nothing, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| {
            let form = desk.form_to_open(lane)?;
            desk.open_form(lane, form)
        })
        .await
    }

    pub(super) async fn close_consultation(
        &self,
        close: CloseConsultation,
    ) -> Result<Nothing, ApiError> {
        let lane = lane(&close.consultation)?;
        self.at(&close.space, move |desk| {
            let (row, opened) = desk.opened(lane)?;
            if row.is_closed() {
                return Err(not_open());
            }
            let note = close.note.trim().to_owned();
            desk.command(Command::CloseProcess {
                lane,
                form: opened.form_id,
                note,
            })?;
            Ok(Nothing {})
        })
        .await
    }

    pub(super) async fn results(&self, at: ConsultationRef) -> Result<ResultsView, ApiError> {
        let lane = lane(&at.consultation)?;
        let language = self.language();
        self.at(&at.space, move |desk| desk.results(lane, language))
            .await
    }
}

pub(super) fn not_open() -> ApiError {
    ApiError::new(
        ErrorCode::NotOpen,
        "answering or closing a consultation that is not open",
    )
}

/// The lane of a consultation named in a call.
pub(super) fn lane(id: &str) -> Result<LaneId, ApiError> {
    let lane: LaneId = plain::id(id, "consultation")?;
    if lane.class() == LaneClass::Process {
        Ok(lane)
    } else {
        Err(plain::missing("consultation").about(id))
    }
}

/// A draft of a call as the core takes it.
pub(super) fn form_of(draft: &ConsultationDraft) -> Result<Form, ApiError> {
    form::form_of(draft, &mut || QuestionId::from_bytes(clock::fresh()))
}

pub(super) fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

pub(super) fn phase(row: &ProcessRow) -> Phase {
    match &row.opening {
        None => Phase::Draft,
        Some(_) if row.is_closed() => Phase::Closed,
        Some(_) => Phase::Open,
    }
}

/// A condition that means nothing, which stops a draft from being opened.
fn bad_rule(whole: &Form) -> Option<FormProblem> {
    let (question, what) = logic::problem(whole)?;
    let question = question.map(form::question_id);
    Some(FormProblem::BadRule { question, what })
}

impl Desk {
    pub(super) fn define(&mut self, lane: LaneId, definition: Form) -> Result<(), ApiError> {
        let session = self.session(lane)?;
        self.command(Command::Define {
            lane,
            session,
            definition: Box::new(definition),
        })?;
        Ok(())
    }

    /// The form of a draft that may be opened.
    pub(super) fn form_to_open(&mut self, lane: LaneId) -> Result<Form, ApiError> {
        if self.process(lane)?.opening.is_some() {
            let why = "opening a consultation that was opened before";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let form = self.document(lane)?.definition();
        if let Some((question, what)) = logic::problem(&form) {
            let about = question.map(form::question_id).unwrap_or_default();
            return Err(ApiError::new(ErrorCode::FormIncomplete, what).about(about));
        }
        Ok(form)
    }

    pub(super) fn open_form(&mut self, lane: LaneId, form: Form) -> Result<Nothing, ApiError> {
        let record = Box::new(Record::Open(form));
        self.command(Command::Record {
            lane,
            record,
            seal: true,
        })?;
        Ok(Nothing {})
    }

    /// A process that is here.
    pub(super) fn process(&self, lane: LaneId) -> Result<ProcessRow, ApiError> {
        let found = self
            .store
            .process(self.id(), lane)
            .map_err(|error| store_error(&error))?;
        found.ok_or_else(|| plain::missing("consultation").about(lane.to_string()))
    }

    /// A process that was opened, and its opening.
    pub(super) fn opened(&self, lane: LaneId) -> Result<(ProcessRow, OpeningRow), ApiError> {
        let row = self.process(lane)?;
        let opening = row.opening.clone().ok_or_else(not_open)?;
        Ok((row, opening))
    }

    /// The slot of this person's own voice; `None` before this device counts as somebody's.
    pub(super) fn own_slot(&self, lane: LaneId) -> Option<SlotId> {
        let person = self.space.roster().person(self.space.me())?;
        Some(majlis_core::consultation::count::own_slot(lane, person))
    }

    pub(super) fn consultations(
        &mut self,
        language: Option<Language>,
    ) -> Result<Vec<ConsultationSummary>, ApiError> {
        let rows = self
            .store
            .processes(self.id())
            .map_err(|error| store_error(&error))?;
        let mut list = Vec::new();
        for row in &rows {
            match self.brief(row, language) {
                Ok(brief) => list.push(brief),
                // A draft that lost a part on this disk keeps no other out of the list.
                Err(error) if error.code == ErrorCode::TextUnreadable => {
                    tracing::warn!(lane = %row.lane.short(), "leaving out a draft that cannot be read");
                }
                Err(error) => return Err(error),
            }
        }
        list.sort_by_key(|one| core::cmp::Reverse(one.time));
        Ok(list)
    }

    /// The frozen form, or the draft as it stands.
    pub(super) fn form(&mut self, row: &ProcessRow) -> Result<Form, ApiError> {
        match &row.opening {
            Some(opening) => Ok(opening.form.clone()),
            None => Ok(self.document(row.lane)?.definition()),
        }
    }

    fn brief(
        &mut self,
        row: &ProcessRow,
        language: Option<Language>,
    ) -> Result<ConsultationSummary, ApiError> {
        let form = spoken(self.form(row)?, language);
        let (answered, withdrawn) = match self.own_slot(row.lane) {
            Some(slot) => {
                let voice = self.store.voice(self.id(), row.lane, slot);
                let voice = voice.map_err(|error| store_error(&error))?;
                (voice.counted().is_some(), voice.is_withdrawn())
            }
            None => (false, false),
        };
        let last = row.closings.last().map(|closing| closing.claimed.0);
        let opened = row.opening.as_ref().map(|opening| opening.claimed.0);
        let name = self
            .space
            .roster()
            .genesis()
            .map(|genesis| genesis.name.clone());
        let told = !self.withholds_number(row)?;
        Ok(ConsultationSummary {
            space: self.id().to_string(),
            space_name: name.unwrap_or_default(),
            consultation: row.lane.to_string(),
            kind: form::activity_name(&form),
            stage: plain::stage_name(form.stage),
            title: form.title,
            phase: phase(row),
            questions: short(form.questions.len() as u64),
            answers: told.then(|| short(row.counted.all())),
            assisted: told.then(|| short(row.counted.assisted)),
            answered,
            withdrawn,
            notice: if answered { self.notice(row)? } else { None },
            undone: self.is_undone(row.lane)?,
            forked: !self.forks(row.lane).is_empty(),
            until: self.until(row)?.map(Box::new),
            idea_told: self.is_told_of_idea(row)?,
            time: last.or(opened).unwrap_or(row.changed.0),
        })
    }

    fn consultation(
        &mut self,
        lane: LaneId,
        language: Option<Language>,
    ) -> Result<ConsultationView, ApiError> {
        let row = self.process(lane)?;
        let form = self.form(&row)?;
        let summary = self.brief(&row, language)?;
        let (draft, open) = (summary.phase == Phase::Draft, summary.phase == Phase::Open);
        let roster = self.space.roster();
        let opener = row
            .opening
            .as_ref()
            .and_then(|opening| roster.name(opening.device));
        let note = row
            .closings
            .iter()
            .map(|closing| closing.close.note.as_str());
        let may = |capability| self.space.may(capability);
        Ok(ConsultationView {
            form: if draft {
                form::draft_of(&form)
            } else {
                form::shown_of(&form)
            },
            form_id: row
                .opening
                .as_ref()
                .map(|opening| opening.form_id.to_string()),
            opened_by: opener.unwrap_or_default().to_owned(),
            sealed: form.sealed().is_some(),
            close_note: note
                .filter(|note| !note.is_empty())
                .collect::<Vec<_>>()
                .join("\n"),
            may_edit: draft && may(Capability::DefineProcess),
            may_open: (draft || open) && may(Capability::OpenProcess),
            may_be_secret: draft
                && may(Capability::OpenProcess)
                && SecretBallots::question_of(&form).is_ok(),
            may_respond: open && may(Capability::Respond) && form.slips().is_none(),
            slips: self.slips_view(lane, &form, short(row.counted.all())),
            may_use_slips: open && may(Capability::Respond) && form.slips().is_some(),
            boxes: form.boxes().is_some(),
            may_assist: open && form.takes_assisted() && may(Capability::RespondForOthers),
            secret: form.secret_ballots().is_some(),
            withheld: self.withheld(&row)?,
            problem: form
                .check()
                .err()
                .filter(|_| draft)
                .map(|error| form::problem(&error))
                .or_else(|| bad_rule(&form).filter(|_| draft))
                .map(Box::new),
            summary,
        })
    }
}
