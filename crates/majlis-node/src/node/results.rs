//! What came out of a consultation: counted, and what is shown of answers that cannot be added up.

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::count::Status;
use majlis_core::consultation::tally::{Results, Split, Tally};
use majlis_core::consultation::{Answer, QuestionKind};
use majlis_core::id::{LaneId, QuestionId};
use majlis_core::time::Timestamp;
use majlis_store::{GivenRow, OpeningRow};

use crate::api::me::Language;
use crate::api::results::{Figures, ResultsView};
use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::node::consultations::{phase, short};
use crate::node::dividing::balance;
use crate::plain::sealed::Reader;
use crate::plain::spoken::spoken;
use crate::plain::{form, results};

/// Texts, photos and sounds shown with results; the rest are paged.
const GIVEN: usize = 200;

/// What was read of sealed answers.
#[derive(Default)]
struct Read {
    /// Answers that count of which the sealed part could not be read.
    unread: u64,
    /// What is shown of answers that cannot be added up.
    given: BTreeMap<QuestionId, Vec<GivenRow>>,
}

fn newest(list: &mut Vec<(Option<Timestamp>, GivenRow)>) {
    list.sort_by_key(|(claimed, row)| {
        let claimed = claimed.unwrap_or(Timestamp(u64::MAX));
        (core::cmp::Reverse(claimed), row.slot)
    });
    list.truncate(GIVEN);
}

/// Whether answers of a kind are shown one by one.
const fn is_told(kind: &QuestionKind) -> bool {
    matches!(
        kind,
        QuestionKind::Text
            | QuestionKind::Photo
            | QuestionKind::Sound
            | QuestionKind::Barcode
            | QuestionKind::Calculate
            | QuestionKind::Hidden
            | QuestionKind::Metadata(_)
            | QuestionKind::Other(_)
    )
}

impl Desk {
    pub(super) fn results(
        &mut self,
        lane: LaneId,
        language: Option<Language>,
    ) -> Result<ResultsView, ApiError> {
        let row = self.process(lane)?;
        let asked = spoken(self.form(&row)?, language);
        let withheld = self.withheld(&row)?;
        let told = !self.withholds_number(&row)?;
        let reader = match &row.opening {
            Some(opening) => self.reader(lane, opening)?,
            None => None,
        };
        let mut read = Read::default();
        let counted = match (&reader, &row.opening) {
            (Some(reader), Some(opening)) => Some(self.count_read(opening, reader, &mut read)?),
            _ => {
                let counted = self.store.results(self.id(), lane);
                counted.map_err(|error| store_error(&error))?
            }
        };
        let counts = self
            .store
            .status_counts(self.id(), lane)
            .map_err(|error| store_error(&error))?;
        let of = |statuses: &[Status]| {
            short(statuses.iter().map(|status| counts.of(*status).all()).sum())
        };
        let counted = counted.filter(|_| !withheld);
        let reads = reader.is_some();
        let questions = match &counted {
            None => results::none(&asked),
            Some(counted) => {
                let mut questions = Vec::new();
                let sealed = asked.sealed_questions();
                for (question, counted) in asked.questions.iter().zip(&counted.questions) {
                    let given = match read.given.remove(&question.id) {
                        Some(given) => given,
                        None => self.given(lane, question.id, &question.kind)?,
                    };
                    let mut view = results::question(question, counted, given);
                    if reader.is_none() && sealed.contains(&question.id) {
                        view.figures = Figures::Sealed;
                        view.answered = results::split(Split::default());
                    }
                    questions.push(view);
                }
                questions
            }
        };
        Ok(ResultsView {
            form: form::shown_of(&asked),
            phase: phase(&row),
            counted: results::split(if told { row.counted } else { Split::default() }),
            told,
            superseded: of(&[Status::Superseded, Status::Concurrent, Status::Claimed]),
            withdrawn: of(&[Status::Withdrawal]),
            late: of(&[Status::Late]),
            not_counted: of(&[
                Status::Unfit,
                Status::OtherForm,
                Status::WaitingForForm,
                Status::SlipUsed,
                Status::Unsigned,
            ]),
            balance: counted
                .as_ref()
                .and_then(|counted| balance(&asked, counted, reads)),
            questions,
            unread: short(read.unread),
        })
    }

    /// Counts what is sealed too, on a device that can read it, and finds what is shown of answers
    /// that cannot be added up.
    fn count_read(
        &self,
        opening: &OpeningRow,
        reader: &Reader,
        read: &mut Read,
    ) -> Result<Results, ApiError> {
        let form = &opening.form;
        let mut tally = Tally::new(opening.form_id, form);
        let sealed = form.sealed_questions();
        let told = form.questions.iter();
        let told = told.filter(|one| is_told(&one.kind) && sealed.contains(&one.id));
        let told: BTreeSet<QuestionId> = told.map(|one| one.id).collect();
        let mut given: BTreeMap<QuestionId, Vec<(Option<Timestamp>, GivenRow)>> =
            told.iter().map(|id| (*id, Vec::new())).collect();
        self.each_read(reader.place.lane, Some(reader), |row, whole| {
            read.unread = read.unread.saturating_add(u64::from(whole.is_none()));
            let answers = whole.unwrap_or(row.response.answers);
            let added = tally.add(row.slot, row.assisted, &answers);
            added.map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
            let mut inside: Vec<&[(QuestionId, Answer)]> = vec![&answers];
            while let Some(some) = inside.pop() {
                for (id, answer) in some {
                    if let Answer::Rows(rows) = answer {
                        inside.extend(rows.iter().map(Vec::as_slice));
                    }
                    let Some(list) = given.get_mut(id) else {
                        continue;
                    };
                    let shown = GivenRow {
                        slot: row.slot,
                        answer: answer.clone(),
                        assisted: row.assisted,
                    };
                    list.push((row.claimed, shown));
                    // The newest, unsealed work before all; the rest is paged.
                    if list.len() > 2 * GIVEN {
                        newest(list);
                    }
                }
            }
            Ok(())
        })?;
        for (id, mut list) in given {
            newest(&mut list);
            let rows = list.into_iter().map(|(_, row)| row);
            read.given.insert(id, rows.collect());
        }
        Ok(tally.finish())
    }

    /// What is shown of answers that cannot be added up.
    fn given(
        &self,
        lane: LaneId,
        question: QuestionId,
        kind: &QuestionKind,
    ) -> Result<Vec<GivenRow>, ApiError> {
        if !is_told(kind) {
            return Ok(Vec::new());
        }
        self.store
            .given(self.id(), lane, question, GIVEN)
            .map_err(|error| store_error(&error))
    }
}
