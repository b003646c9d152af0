//! Calls about outcomes: counting, counting again from entries, stating the outcome, the steps of
//! officers. Ballots are answers, in `answers`; statements of conversations are in `statements`.

use std::collections::BTreeSet;

use data_encoding::HEXLOWER;
use majlis_core::consultation::Answer;
use majlis_core::consultation::activity::{Rule, Shown};
use majlis_core::consultation::count::{Place, Said, Status};
use majlis_core::consultation::outcome::{Counted, Outcome};
use majlis_core::consultation::recount::{Recount, Recounted};
use majlis_core::consultation::statement::{Heard, Placed, Standing, standing};
use majlis_core::consultation::tally::Split;
use majlis_core::id::LaneId;
use majlis_core::membership::Capability;
use majlis_core::record::step::SIGNATURES;
use majlis_core::record::{Record, RecordId, Stated, Step, StepKind, Subject};
use majlis_core::space::Command;
use majlis_store::{OpeningRow, Proceedings, ProcessRow};

use crate::api::outcome::{DiscardedView, OutcomeView, RecountView, ResultView};
use crate::api::proceedings::{StateResult, StepNew, StepView};
use crate::api::process::ConsultationRef;
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::answers::response_status;
use crate::node::boxes::only_turn;
use crate::node::consultations::{lane, not_open, phase, short};
use crate::plain::outcome as shown;
use crate::plain::{self, results, value};

/// Ballots that do not count, shown one by one at most.
const DISCARDED: usize = 10_000;

impl Node {
    pub(super) async fn outcome(&self, at: ConsultationRef) -> Result<OutcomeView, ApiError> {
        let lane = lane(&at.consultation)?;
        self.look_at_ballots(&at.space, lane).await?;
        self.at(&at.space, move |desk| desk.outcome(lane)).await
    }

    pub(super) async fn recount(&self, at: ConsultationRef) -> Result<RecountView, ApiError> {
        let lane = lane(&at.consultation)?;
        let again = self.counted_again(&at.space, lane).await?;
        self.look_at_ballots(&at.space, lane).await?;
        self.at(&at.space, move |desk| desk.recount(lane, &again))
            .await
    }

    pub(super) async fn state_result(&self, state: StateResult) -> Result<Nothing, ApiError> {
        let lane = lane(&state.consultation)?;
        let closed = move |desk: &mut Desk| desk.closed_whole(lane);
        self.at(&state.space, closed).await?;
        let again = self.counted_again(&state.space, lane).await?;
        self.at(&state.space, move |desk| {
            desk.state_result(lane, &state.summary, &again.outcome)
        })
        .await
    }

    pub(super) async fn step(&self, step: StepNew) -> Result<Nothing, ApiError> {
        let lane = lane(&step.consultation)?;
        let space = step.space.clone();
        self.at(&space, move |desk| desk.take_step(lane, &step))
            .await
    }
}

/// A record by its place, as text.
pub(super) fn record_text(id: RecordId) -> String {
    format!("{}/{}", id.entry, id.index)
}

pub(super) fn read_record(text: &str) -> Result<RecordId, ApiError> {
    let parts = text.split_once('/');
    let id = parts.and_then(|(entry, index)| {
        Some(RecordId {
            entry: entry.parse().ok()?,
            index: index.parse().ok()?,
        })
    });
    id.ok_or_else(|| plain::missing("step").about(text))
}

fn moderates(kind: StepKind) -> bool {
    matches!(kind, StepKind::LetIn | StepKind::Hidden | StepKind::Merged)
}

impl Desk {
    /// Whether the outcome is not to be shown to this person now. Nobody can be kept from adding up
    /// what they hold; every answer to a call keeps to it.
    pub(super) fn withheld(&self, row: &ProcessRow) -> Result<bool, ApiError> {
        let Some(opening) = &row.opening else {
            return Ok(false);
        };
        Ok(match opening.form.activity.shown {
            Shown::Always => false,
            Shown::AfterClose => !row.is_closed(),
            Shown::AfterVoting => !row.is_closed() && self.own_ballot(row.lane)?.is_none(),
        })
    }

    /// Whether even the number of voices is not to be told: of a petition it is the outcome.
    pub(super) fn withholds_number(&self, row: &ProcessRow) -> Result<bool, ApiError> {
        let petition = row
            .opening
            .as_ref()
            .is_some_and(|opening| matches!(opening.form.activity.rule, Rule::Petition(_)));
        Ok(petition && self.withheld(row)?)
    }

    /// Refuses what would tell an outcome that is not to be shown to this person now.
    pub(super) fn shown(&self, row: &ProcessRow) -> Result<(), ApiError> {
        if self.withheld(row)? {
            let why = "asking for ballots whose outcome is not shown yet";
            return Err(ApiError::new(ErrorCode::Withheld, why));
        }
        Ok(())
    }

    /// This person's ballot in force.
    pub(super) fn own_ballot(&self, lane: LaneId) -> Result<Option<Vec<Answer>>, ApiError> {
        let Some(slot) = self.own_slot(lane) else {
            return Ok(None);
        };
        let voice = self.store.voice(self.id(), lane, slot);
        let voice = voice.map_err(|error| store_error(&error))?;
        Ok(voice.counted().and_then(|version| match &version.said {
            Said::Response(response) => Some(
                response
                    .answers
                    .iter()
                    .map(|(_, answer)| answer.clone())
                    .collect(),
            ),
            Said::Withdraw(_) => None,
        }))
    }

    pub(super) fn heard(&self, lane: LaneId, closed: bool) -> Result<Vec<Heard>, ApiError> {
        let heard = self.store.heard(self.id(), lane, closed);
        heard.map_err(|error| store_error(&error))
    }

    pub(super) fn proceedings(&self, lane: LaneId) -> Result<Proceedings, ApiError> {
        let said = self.store.proceedings(self.id(), lane);
        said.map_err(|error| store_error(&error))
    }

    fn words(&self, lane: LaneId) -> Result<shown::Words, ApiError> {
        let heard = self.heard(lane, false)?.into_iter();
        Ok(shown::Words {
            texts: heard.map(|one| (one.id.to_string(), one.text)).collect(),
            mine: self.own_slot(lane),
        })
    }

    /// Steps as they are shown, in the order given.
    pub(super) fn step_views<'a>(
        &self,
        said: &Proceedings,
        steps: impl IntoIterator<Item = &'a Placed<Step>>,
    ) -> Vec<StepView> {
        let roster = self.space.roster();
        let view = |step: &Placed<Step>| StepView {
            step: record_text(step.id),
            kind: shown::step_name(step.said.kind),
            about: shown::subject_view(step.said.about),
            text: step.said.text.clone(),
            number: step.said.number,
            day: step.said.day.map(value::date),
            sources: step
                .said
                .sources
                .iter()
                .map(|one| shown::subject_view(*one))
                .collect(),
            by: roster.name(step.device).unwrap_or_default().to_owned(),
            time: said.claimed.get(&step.id).map_or(0, |time| time.0),
        };
        steps.into_iter().map(view).collect()
    }

    pub(super) fn outcome(&mut self, lane: LaneId) -> Result<OutcomeView, ApiError> {
        let (row, opening) = self.opened(lane)?;
        let outcome = self.counted_outcome(lane)?;
        let hash = outcome.hash();
        let said = self.proceedings(lane)?;
        let counts = self.store.status_counts(self.id(), lane);
        let counts = counts.map_err(|error| store_error(&error))?;
        let of = |statuses: &[Status]| {
            short(statuses.iter().map(|status| counts.of(*status).all()).sum())
        };
        let withheld = self.withheld(&row)?;
        let told = !self.withholds_number(&row)?;
        let none = if told { u32::MAX } else { 0 };
        let result = if withheld {
            ResultView::Withheld
        } else {
            shown::result(&opening.form, &outcome.counted, &self.words(lane)?)
        };
        let lacking = match &outcome.counted {
            // Of a secret vote, what another closing names is not counted.
            Counted::Secret(_) => {
                let judged = self.judged(lane, &row, &opening)?;
                judged.map_or(0, |judged| judged.lacking)
            }
            _ => self.lacking(lane)?,
        };
        let counted = results::split(if told {
            outcome.results.counted
        } else {
            Split::default()
        });
        let earlier = self.remember(&row, lacking, &outcome, (counted, &result))?;
        let photos = self.photos_of_minutes(lane, &opening.form)?;
        let turning = only_turn(&said.steps, &photos);
        Ok(OutcomeView {
            phase: phase(&row),
            shown: !withheld,
            told,
            counted,
            earlier: earlier.map(Box::new),
            turnout: shown::turnout(&opening.form, outcome.turnout).filter(|_| told),
            superseded: of(&[Status::Superseded, Status::Concurrent, Status::Claimed]).min(none),
            withdrawn: of(&[Status::Withdrawal]),
            late: of(&[Status::Late]),
            not_counted: of(&[
                Status::Unfit,
                Status::OtherForm,
                Status::WaitingForForm,
                Status::SlipUsed,
                Status::Unsigned,
            ]),
            lacking: self.lacking(lane)?,
            hash: (!withheld).then(|| HEXLOWER.encode(&hash)),
            result,
            stated: if withheld {
                Vec::new()
            } else {
                self.stated(&said, &hash)
            },
            signatures: self.signatures(&said, &hash),
            signatures_needed: SIGNATURES,
            signers: self.signers(),
            forked: short(self.forks(lane).len() as u64),
            forked_members: short(self.forks(LaneId::MEMBERSHIP).len() as u64),
            // What people said is told in the report, with the answers behind it.
            steps: self.step_views(
                &said,
                standing(&said.steps).into_iter().filter(|step| {
                    step.said.kind != StepKind::Heard
                        && !step.said.kind.is_of_the_field()
                        && !turning.contains(&step.id)
                }),
            ),
            signed: self.signed(&said, &hash),
            may_moderate: self.space.may(Capability::Moderate),
            may_decide: self.space.may(Capability::Decide),
        })
    }

    pub(super) fn lacking(&self, lane: LaneId) -> Result<u32, ApiError> {
        let lacking = self.store.lacking(self.id(), lane);
        Ok(short(lacking.map_err(|error| store_error(&error))?))
    }

    /// The entries of a process, to be counted again.
    pub(super) fn entries_again(&self, lane: LaneId) -> Result<Recount, ApiError> {
        let roster = self.space.roster();
        let found = self
            .store
            .entries_again(self.id(), lane, &|device| roster.person(device));
        found
            .map_err(|error| store_error(&error))?
            .ok_or_else(not_open)
    }

    fn recount(&mut self, lane: LaneId, again: &Recounted) -> Result<RecountView, ApiError> {
        let (row, opening) = self.opened(lane)?;
        let hash = again.outcome.hash();
        let lists = self.counted_outcome(lane)?.hash();
        let withheld = self.withheld(&row)?;
        let mut discarded = Vec::new();
        for (slot, place, status) in again.discarded.iter().take(DISCARDED) {
            discarded.push(DiscardedView {
                slot: slot.to_string(),
                record: match place {
                    Place::Sealed { id, .. } => record_text(*id),
                    Place::Unsealed(_) => String::new(),
                },
                reason: response_status(*status),
                claimed_by: match status {
                    Status::Claimed => self.holder_names(lane, *slot)?,
                    _ => Vec::new(),
                },
            });
        }
        let split = if self.withholds_number(&row)? {
            Split::default()
        } else {
            again.outcome.results.counted
        };
        Ok(RecountView {
            counted: results::split(split),
            hash: if withheld {
                String::new()
            } else {
                HEXLOWER.encode(&hash)
            },
            lists_agree: lists == hash,
            result: if withheld {
                ResultView::Withheld
            } else {
                shown::result(&opening.form, &again.outcome.counted, &self.words(lane)?)
            },
            discarded,
            discarded_total: short(again.discarded.len() as u64),
            stated: if withheld {
                Vec::new()
            } else {
                self.stated(&self.proceedings(lane)?, &hash)
            },
            lacking: self.lacking(lane)?,
        })
    }

    /// Signs under the outcome as entries alone give it.
    fn state_result(
        &mut self,
        lane: LaneId,
        summary: &str,
        outcome: &Outcome,
    ) -> Result<Nothing, ApiError> {
        let opening = self.closed_whole(lane)?;
        if !outcome.may_be_signed(&opening.form) {
            let why = "stating the outcome of a secret vote whose totals are not opened";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let record = Record::Stated(Stated {
            form: opening.form_id,
            counted: outcome.results.counted.all(),
            hash: outcome.hash(),
            summary: summary.trim().to_owned(),
            salt: clock::fresh(),
        });
        self.state(lane, record)
    }

    /// The opening of an activity that is closed, and of which all is here that the closing names.
    fn closed_whole(&mut self, lane: LaneId) -> Result<OpeningRow, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if !row.is_closed() {
            let why = "stating the outcome of an activity that is not closed";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let lacking = match self.judged(lane, &row, &opening)? {
            // Of a secret vote, what another closing names is not counted.
            Some(judged) => judged.lacking,
            None => self.lacking(lane)?,
        };
        if lacking > 0 {
            let why = "stating an outcome while something that it counts is not here";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        Ok(opening)
    }

    pub(super) fn state(&mut self, lane: LaneId, record: Record) -> Result<Nothing, ApiError> {
        // A device that does not know this kind of step sets its whole entry aside: no answer may be in it.
        if matches!(record, Record::Step(_)) {
            self.command(Command::Seal)?;
        }
        self.command(Command::Record {
            lane,
            record: Box::new(record),
            seal: true,
        })?;
        Ok(Nothing {})
    }

    fn take_step(&mut self, lane: LaneId, new: &StepNew) -> Result<Nothing, ApiError> {
        let (_, opening) = self.opened(lane)?;
        let kind = shown::step_kind(new.kind)?;
        // A day is said with its time, by a call of its own.
        if kind == StepKind::OpenUntil {
            return Err(plain::bad("kind of step"));
        }
        let about = shown::subject(&new.about)?;
        let photo = matches!(kind, StepKind::Hidden | StepKind::LetIn) && about == Subject::Whole;
        if !self.is_there(lane, &opening, kind, about)?
            || (moderates(kind) && !photo && !matches!(about, Subject::Statement(_)))
        {
            return Err(plain::missing("subject of a step"));
        }
        let text = new.text.trim().to_owned();
        if (kind.needs_text() || photo) && text.is_empty() {
            return Err(plain::bad("text"));
        }
        let sources: Result<Vec<Subject>, ApiError> =
            new.sources.iter().map(shown::subject).collect();
        let sources = sources?;
        if kind == StepKind::Merged && !self.takes_in(lane, about, &sources)? {
            return Err(plain::bad("sources"));
        }
        let replaces: Result<Vec<RecordId>, ApiError> =
            new.replaces.iter().map(|one| read_record(one)).collect();
        let mut replaces: BTreeSet<RecordId> = replaces?.into_iter().collect();
        // Of the whole nothing can be hidden, or shown again, but a photo of minutes, which is named.
        if photo {
            replaces = self.turned((lane, &opening.form), kind, &replaces)?;
        }
        let finds = |kind: StepKind| {
            matches!(kind, StepKind::Feasible | StepKind::Infeasible)
                && matches!(about, Subject::Statement(_))
        };
        if (moderates(kind) && !photo) || finds(kind) {
            let said = self.proceedings(lane)?;
            let same = |step: &&Placed<Step>| {
                let other = step.said.kind;
                step.said.about == about
                    && (moderates(kind) && moderates(other) || finds(kind) && finds(other))
            };
            let earlier = standing(&said.steps).into_iter().filter(same);
            replaces.extend(earlier.map(|step| step.id));
        }
        let day = match new.day.as_deref() {
            None | Some("") => None,
            Some(day) => Some(value::days(day).ok_or_else(|| plain::bad("day").about(day))?),
        };
        let record = Record::Step(Step {
            form: opening.form_id,
            kind,
            about,
            text,
            number: new.number,
            day,
            sources,
            replaces: replaces.into_iter().collect(),
            salt: clock::fresh(),
        });
        self.state(lane, record)
    }

    /// Whether a statement may become part of what a step names: one other statement that is voted on.
    fn takes_in(
        &self,
        lane: LaneId,
        about: Subject,
        sources: &[Subject],
    ) -> Result<bool, ApiError> {
        let named = |one: &Heard| sources == [Subject::Statement(one.id)];
        let heard = self.heard(lane, false)?;
        let into = heard.iter().find(|one| named(one));
        Ok(into
            .is_some_and(|one| one.standing == Standing::In && about != Subject::Statement(one.id)))
    }

    /// Whether what a step is about is part of the activity.
    fn is_there(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
        kind: StepKind,
        about: Subject,
    ) -> Result<bool, ApiError> {
        let form = &opening.form;
        Ok(match about {
            Subject::Whole => true,
            Subject::Question(id) => form.questions.iter().any(|question| question.id == id),
            Subject::Option(id) => {
                let options = form
                    .ballot()
                    .map_or(&[][..], |ballot| ballot.kind.options());
                options.iter().any(|option| option.id == id)
            }
            Subject::Statement(id) => {
                self.heard(lane, false)?.iter().any(|one| one.id == id)
                    || (!moderates(kind) && self.is_theme(lane, opening.form_id, id)?)
            }
            Subject::Voice(slot) => {
                let voice = self.store.voice(self.id(), lane, slot);
                !voice
                    .map_err(|error| store_error(&error))?
                    .versions
                    .is_empty()
            }
        })
    }
}
