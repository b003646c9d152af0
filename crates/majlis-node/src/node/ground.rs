//! The call about answers that are places. What a map on a wall may tell is the core's
//! (`consultation::ground`).

use majlis_core::consultation::form::Place;
use majlis_core::consultation::ground::gathered;
use majlis_core::consultation::{Answer, Form, QuestionKind};
use majlis_core::id::{LaneId, QuestionId, SlotId};

use crate::api::ApiError;
use crate::api::ground::{GroundAsked, GroundCell, GroundPoint, GroundView};
use crate::api::me::Language;
use crate::api::results::CategoryView;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, short};
use crate::plain::spoken::spoken;
use crate::plain::{self, form};

/// The most places that are told one by one.
const MOST: usize = 20_000;

impl Node {
    pub(super) async fn ground(&self, asked: GroundAsked) -> Result<GroundView, ApiError> {
        let lane = lane(&asked.consultation)?;
        let space = asked.space.clone();
        let language = self.language();
        self.at(&space, move |desk| desk.ground(lane, &asked, language))
            .await
    }
}

/// What gives a place its group.
struct By {
    question: QuestionId,
    /// Options or steps, in the form's order.
    ids: Vec<i32>,
    groups: Vec<CategoryView>,
}

impl By {
    fn of(whole: &Form, id: &str) -> Result<Self, ApiError> {
        let wrong = || plain::bad("question").about(id);
        let question = form::read_question_id(id).ok_or_else(wrong)?;
        let mut asked = whole.questions.iter();
        let asked = asked.find(|one| one.id == question).ok_or_else(wrong)?;
        let (ids, groups): (Vec<i32>, Vec<CategoryView>) = match &asked.kind {
            QuestionKind::SingleChoice(options) => options
                .iter()
                .map(|one| (i32::from(one.id), CategoryView::Option(one.label.clone())))
                .unzip(),
            QuestionKind::Scale { from, to, .. } => (*from..=*to)
                .map(|step| (i32::from(step), CategoryView::Step(step)))
                .unzip(),
            _ => return Err(wrong()),
        };
        let mut groups = groups;
        groups.push(CategoryView::Unanswered);
        Ok(Self {
            question,
            ids,
            groups,
        })
    }

    fn group(&self, answers: &[(QuestionId, Answer)]) -> Option<u16> {
        let given = answers.iter().find(|(id, _)| *id == self.question);
        let id = match given.map(|(_, answer)| answer) {
            Some(Answer::Choices(chosen)) => chosen.first().map(|id| i32::from(*id)),
            Some(Answer::Scale(step)) => Some(i32::from(*step)),
            _ => None,
        };
        let at = id.and_then(|id| self.ids.iter().position(|one| *one == id));
        u16::try_from(at.unwrap_or(self.ids.len())).ok()
    }
}

/// The places in answers to a question, those in rows too.
fn places(answers: &[(QuestionId, Answer)], question: QuestionId, found: &mut Vec<Place>) {
    for (id, answer) in answers {
        match answer {
            Answer::Place(place) if *id == question => found.push(*place),
            Answer::Rows(rows) => rows.iter().for_each(|row| places(row, question, found)),
            _ => {}
        }
    }
}

impl Desk {
    fn ground(
        &mut self,
        lane: LaneId,
        asked: &GroundAsked,
        language: Option<Language>,
    ) -> Result<GroundView, ApiError> {
        let (row, opening) = self.opened(lane)?;
        self.shown(&row)?;
        let whole = &opening.form;
        let wrong = || plain::bad("question").about(&asked.question);
        let question = form::read_question_id(&asked.question).ok_or_else(wrong)?;
        let mut questions = whole.questions.iter();
        let is_place = |kind: &QuestionKind| matches!(kind, QuestionKind::Place);
        if !questions.any(|one| one.id == question && is_place(&one.kind)) {
            return Err(wrong());
        }
        let read = spoken(whole.clone(), language);
        let by = asked.by.as_deref().map(|id| By::of(&read, id));
        let by = by.transpose()?;
        let mut all: Vec<(SlotId, Place, Option<u16>)> = Vec::new();
        let counted = self.store.each_counted(self.id(), lane, |row| {
            let answers = &row.response.answers;
            let mut found = Vec::new();
            places(answers, question, &mut found);
            let group = by.as_ref().and_then(|by| by.group(answers));
            all.extend(found.into_iter().map(|place| (row.slot, place, group)));
        });
        counted.map_err(|error| store_error(&error))?;
        // So that every device leaves out the same ones.
        all.sort_by_key(|(slot, ..)| *slot);
        let shown = if asked.least == 0 { MOST } else { 0 };
        let points = all
            .iter()
            .take(shown)
            .map(|(slot, place, group)| GroundPoint {
                slot: slot.to_string(),
                latitude: place.latitude,
                longitude: place.longitude,
                group: *group,
            });
        let points = points.collect();
        let all: Vec<(SlotId, Place)> =
            all.iter().map(|(slot, place, _)| (*slot, *place)).collect();
        let told = (asked.least > 0).then(|| gathered(&all, asked.least.into()));
        let told = told.unwrap_or_default();
        let narrow = |edge: i64| i32::try_from(edge).unwrap_or_default();
        let cells = told.cells.iter().map(|cell| GroundCell {
            south: narrow(cell.south),
            west: narrow(cell.west),
            count: short(cell.count),
        });
        Ok(GroundView {
            groups: by.map(|by| by.groups).unwrap_or_default(),
            points,
            total: short(all.len() as u64),
            cells: cells.collect(),
            side: short(told.side.unsigned_abs()),
            left_out: short(told.left_out),
        })
    }
}
