//! Calls about what groups say: results split by a question or by channel, and who is heard at all.
//! Not here: a table of two questions, or a census (`crossing`).

use std::collections::BTreeSet;

use majlis_core::consultation::actor::{self, ActorType};
use majlis_core::consultation::cross::Axis;
use majlis_core::consultation::divided::{Divided, Dividing};
use majlis_core::consultation::published::LEAST;
use majlis_core::consultation::tally::Results;
use majlis_core::consultation::{Answer, Form};
use majlis_core::id::{LaneId, QuestionId};
use majlis_store::OpeningRow;

use crate::api::results::{
    ActorName, ActorVoices, BalanceView, DividedAsked, DividedQuestionView, DividedView,
    GroupVoices,
};
use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::lane;
use crate::node::crossing::{axis, category, question};
use crate::node::sealing::sealed_away;
use crate::plain::sealed::Reader;
use crate::plain::spoken::spoken;
use crate::plain::{form, value};

impl Node {
    pub(super) async fn divided(&self, asked: DividedAsked) -> Result<DividedView, ApiError> {
        let lane = lane(&asked.consultation)?;
        let (by, language) = (axis(&asked.by)?, self.language());
        self.at(&asked.space, move |desk| {
            let (row, opening) = desk.opened(lane)?;
            desk.shown(&row)?;
            let divided = desk.dividing(lane, &opening, by)?.finish(LEAST);
            Ok(view(&spoken(opening.form, language), by, &divided))
        })
        .await
    }
}

impl Desk {
    /// What each group said, over everything that counts and that this device can read.
    fn dividing(&self, lane: LaneId, opening: &OpeningRow, by: Axis) -> Result<Dividing, ApiError> {
        let form = &opening.form;
        let reader = self.reader(lane, opening)?;
        if let Axis::Question(id) = by
            && form.is_sealed(id)
            && reader.is_none()
        {
            return Err(sealed_away());
        }
        let without = match reader {
            Some(_) => BTreeSet::new(),
            None => form.sealed_questions().into_iter().collect(),
        };
        let mut dividing = Dividing::new(form, by, &without).map_err(|error| {
            let why = "splitting results by a question that puts nobody into one group: it takes a single choice or a scale";
            ApiError::new(ErrorCode::BadInput, why).about(form::question_id(error.0))
        })?;
        self.each_voice(lane, reader.as_ref(), |assisted, answers| {
            dividing.add(assisted, answers);
        })?;
        Ok(dividing)
    }

    /// What every voice that counts says, as far as it can be read, and whether an officer entered it;
    /// in no order that means anything.
    pub(super) fn each_voice(
        &self,
        lane: LaneId,
        reader: Option<&Reader>,
        mut each: impl FnMut(bool, &[(QuestionId, Answer)]),
    ) -> Result<(), ApiError> {
        let counted = self.store.each_counted(self.id(), lane, |row| {
            let given = &row.response.answers;
            let whole =
                reader.and_then(|reader| self.opened.borrow_mut().whole(reader, row.slot, given));
            each(row.assisted, whole.as_ref().unwrap_or(given));
        });
        counted.map_err(|error| store_error(&error))
    }
}

fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn view(form: &Form, by: Axis, divided: &Divided) -> DividedView {
    let line = |line: &[Option<u64>]| line.iter().map(|cell| cell.map(short)).collect();
    let groups = divided.groups.iter().map(|group| GroupVoices {
        group: group.of.map(|of| category(question(form, by), of)),
        voices: short(group.voices),
    });
    let questions = divided.questions.iter().map(|one| {
        let asked = question(form, Axis::Question(one.question));
        let rows = one.rows.iter().map(|row| category(asked, *row));
        let means = one.means.iter().map(|mean| mean.map(value::decimal));
        DividedQuestionView {
            question: form::question_id(one.question),
            answered: line(&one.answered),
            rows: rows.collect(),
            cells: one.cells.iter().map(|row| line(row)).collect(),
            means: means.collect(),
        }
    });
    DividedView {
        least: short(LEAST),
        groups: groups.collect(),
        questions: questions.collect(),
    }
}

/// Who is heard by a count; `None` where the form does not ask, or what was said is not read here.
pub(super) fn balance(asked: &Form, counted: &Results, reads: bool) -> Option<BalanceView> {
    let by = actor::actor_question(asked)?;
    if !reads && asked.is_sealed(by.question.id) {
        return None;
    }
    let balance = by.balance(counted)?;
    let voices = balance.voices.iter().map(|(actor, voices)| ActorVoices {
        actor: actor_name(*actor),
        voices: short(*voices),
    });
    Some(BalanceView {
        question: form::question_id(by.question.id),
        voices: voices.collect(),
        untold: short(balance.untold),
        most: balance.most.map(actor_name),
        silent: balance.silent.into_iter().map(actor_name).collect(),
    })
}

const fn actor_name(actor: ActorType) -> ActorName {
    match actor {
        ActorType::Government => ActorName::Government,
        ActorType::Private => ActorName::Private,
        ActorType::Social => ActorName::Social,
        ActorType::Citizen => ActorName::Citizen,
    }
}
