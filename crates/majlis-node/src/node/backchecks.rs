//! Calls about asking some answers again by another officer: the draw, whose turn each is, and what came
//! of it. Drawing itself and what records mean are the core's (`consultation::backcheck`).

mod drawn;
mod figures;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::backcheck::{self, Again};
use majlis_core::id::{FormId, LaneId, PersonId, SlotId};
use majlis_core::membership::Capability;
use majlis_core::record::step::MAX_SOURCES;
use majlis_core::record::{Record, RecordId, Step, StepKind, Subject};
use majlis_core::sign::Signer as _;
use majlis_core::space::Command;

use crate::api::field::{
    BackCheckView, BackChecksView, CheckedInAll, CheckedOfficer, DrawBackChecks, SinceName,
    TellBackCheck,
};
use crate::api::me::Language;
use crate::api::process::ConsultationRef;
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::Desk;
use crate::node::Node;
use crate::node::consultations::lane;
use crate::node::outcomes::record_text;
use crate::plain;
use crate::plain::spoken::spoken;
use drawn::{Drawn, Officers};
use figures::{Found, by_officer, by_question, checked, drawing_view, told};

/// The longest seed, in bytes.
const MAX_SEED: usize = 500;
/// The longest word about somebody who could not be asked, in bytes.
const MAX_WHY: usize = 1_000;

impl Node {
    pub(super) async fn draw_back_checks(
        &self,
        draw: DrawBackChecks,
    ) -> Result<BackChecksView, ApiError> {
        let lane = lane(&draw.consultation)?;
        let language = self.language();
        if draw.seed.trim().is_empty() || draw.seed.len() > MAX_SEED {
            return Err(plain::bad("seed"));
        }
        if !(1..=100).contains(&draw.percent) {
            return Err(plain::bad("percent"));
        }
        let space = draw.space.clone();
        self.at(&space, move |desk| {
            desk.draw(lane, &draw)?;
            desk.back_checks(lane, language)
        })
        .await
    }

    pub(super) async fn back_checks(
        &self,
        at: ConsultationRef,
    ) -> Result<BackChecksView, ApiError> {
        let lane = lane(&at.consultation)?;
        let language = self.language();
        self.at(&at.space, move |desk| desk.back_checks(lane, language))
            .await
    }

    pub(super) async fn tell_back_check(
        &self,
        tell: TellBackCheck,
    ) -> Result<BackChecksView, ApiError> {
        let lane = lane(&tell.consultation)?;
        let language = self.language();
        let space = tell.space.clone();
        self.at(&space, move |desk| {
            desk.tell_back_check(lane, &tell)?;
            desk.back_checks(lane, language)
        })
        .await
    }
}

impl Desk {
    /// Draws, and records what was drawn: what comes later does not change it.
    fn draw(&mut self, lane: LaneId, wanted: &DrawBackChecks) -> Result<(), ApiError> {
        let (_, opening) = self.opened(lane)?;
        let (form, seed) = (opening.form_id, backcheck::plain_seed(&wanted.seed));
        let said = self.proceedings(lane)?;
        let me = self.key.device();
        let before = backcheck::drawings(form, &said.steps).into_iter();
        let before =
            before.filter(|one| (one.by, &one.seed, one.percent) == (me, &seed, wanted.percent));
        // What was drawn stays as it is when answers came since; another seed draws among all.
        if before.count() > 0 {
            return Ok(());
        }
        // What is drawn is named, and only what is in an entry has a name.
        self.command(Command::Seal)?;
        let entered = self.entered_for_others(lane, &Officers::of(self))?;
        let each = entered.iter().map(|(slot, (officer, _))| (*slot, *officer));
        let drawn = backcheck::draw(&seed, form, wanted.percent, each);
        let drawn: Vec<(SlotId, Option<RecordId>)> = drawn
            .into_keys()
            .map(|slot| (slot, entered.get(&slot).and_then(|(_, answer)| *answer)))
            .collect();
        for part in drawn.chunks(MAX_SOURCES) {
            let answers: Option<Vec<RecordId>> = part.iter().map(|(_, answer)| *answer).collect();
            let step = Step {
                kind: StepKind::Drawn,
                text: seed.clone(),
                number: Some(wanted.percent.into()),
                sources: part.iter().map(|(slot, _)| Subject::Voice(*slot)).collect(),
                replaces: answers.unwrap_or_default(),
                ..self.empty_step(form)
            };
            self.state(lane, Record::Step(step))?;
        }
        Ok(())
    }

    fn empty_step(&self, form: FormId) -> Step {
        Step {
            form,
            kind: StepKind::Drawn,
            about: Subject::Whole,
            text: String::new(),
            number: None,
            day: Some(clock::local_day_number(clock::now())),
            sources: Vec::new(),
            replaces: Vec::new(),
            salt: clock::fresh(),
        }
    }

    fn tell_back_check(&mut self, lane: LaneId, tell: &TellBackCheck) -> Result<(), ApiError> {
        let (_, opening) = self.opened(lane)?;
        let slot: SlotId = plain::id(&tell.slot, "answer")?;
        let why = tell.not_asked.trim();
        let told = !tell.same.is_empty() || !tell.other.is_empty();
        if told != why.is_empty() || why.len() > MAX_WHY {
            return Err(plain::bad("not_asked"));
        }
        let officers = Officers::of(self);
        let said = self.proceedings(lane)?;
        let mut drawings = backcheck::drawings(opening.form_id, &said.steps);
        drawings.retain(|one| one.slots.contains(&slot));
        let drawn = self.drawn(lane, &drawings, &officers)?;
        let officer = drawn.get(&slot).and_then(|one| one.officer);
        let officer = officer.ok_or_else(|| plain::missing("answer").about(&tell.slot))?;
        let me = self.key.device();
        if officer == officers.person(me) {
            let why = "checking an answer that one entered oneself: another officer asks again";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let mut seen = BTreeSet::new();
        let same = checked(&opening.form, &tell.same, &mut seen)?;
        let other = checked(&opening.form, &tell.other, &mut seen)?;
        let mut again = backcheck::asked_again(opening.form_id, &said.steps);
        let before = again.remove(&slot).unwrap_or_default().into_iter();
        let before = before.filter(|one| one.by == me);
        let mut replaces: Vec<RecordId> = before.flat_map(|one| one.ids).collect();
        replaces.truncate(MAX_SOURCES);
        let kinds = [
            (StepKind::SaidSame, same, ""),
            (StepKind::SaidOther, other, ""),
            (StepKind::NotAsked, Vec::new(), why),
        ];
        let told = kinds.into_iter();
        let told = told.filter(|(_, sources, text)| !sources.is_empty() || !text.is_empty());
        let steps: Vec<Step> = told
            .map(|(kind, sources, text)| Step {
                kind,
                about: Subject::Voice(slot),
                text: text.to_owned(),
                sources,
                ..self.empty_step(opening.form_id)
            })
            .collect();
        self.state_together(lane, steps, replaces)
    }

    /// Makes one entry of several steps, the last of which takes the place of others: whatever is cut off
    /// in the middle has taken nothing away.
    fn state_together(
        &mut self,
        lane: LaneId,
        mut steps: Vec<Step>,
        replaces: Vec<RecordId>,
    ) -> Result<(), ApiError> {
        let Some(mut last) = steps.pop() else {
            return Ok(());
        };
        last.replaces = replaces;
        self.command(Command::Seal)?;
        for (step, seal) in steps
            .into_iter()
            .map(|one| (one, false))
            .chain([(last, true)])
        {
            let record = Box::new(Record::Step(step));
            self.command(Command::Record { lane, record, seal })?;
        }
        Ok(())
    }

    fn back_checks(
        &self,
        lane: LaneId,
        language: Option<Language>,
    ) -> Result<BackChecksView, ApiError> {
        let (_, opening) = self.opened(lane)?;
        let officers = Officers::of(self);
        let said = self.proceedings(lane)?;
        let drawings = backcheck::drawings(opening.form_id, &said.steps);
        let drawn = self.drawn(lane, &drawings, &officers)?;
        let mut again = backcheck::asked_again(opening.form_id, &said.steps);
        let checkers = self.checkers(&officers);
        let me = officers.person(self.key.device());
        let mut turns: BTreeMap<SlotId, PersonId> = BTreeMap::new();
        for drawing in &drawings {
            let slots = drawing.slots.iter();
            let each = slots.filter_map(|slot| Some((*slot, drawn.get(slot)?.officer?)));
            for one in backcheck::turns(&drawing.seed, opening.form_id, each, &checkers) {
                if let Some(checker) = one.checker {
                    turns.entry(one.slot).or_insert(checker);
                }
            }
        }
        let mut checks = Vec::new();
        let mut found: Vec<Found> = Vec::new();
        for (slot, one) in &drawn {
            let checker = turns.get(slot).copied();
            let outcome = again.remove(slot).unwrap_or_default();
            let outcome = whose(outcome, &officers, (one.officer, checker));
            checks.push(BackCheckView {
                slot: slot.to_string(),
                officer: one.officer.map(|id| officers.name(id)).unwrap_or_default(),
                checker: checker.map(|id| officers.name(id)),
                mine: checker == Some(me),
                open: outcome.is_none() && one.is_to_ask(),
                note: one.note.clone(),
                answer: one.answer.map(record_text),
                since: one.since.clone(),
                outcome: outcome.as_ref().map(|one| told(one, &officers)),
            });
            found.push(Found {
                officer: one.officer,
                since: one.since.is_some(),
                outcome,
            });
        }
        let form = spoken(opening.form, language);
        let drawings = drawings.iter();
        Ok(BackChecksView {
            drawings: drawings.map(|one| drawing_view(one, &officers)).collect(),
            checks,
            questions: by_question(&form, &found),
            officers: by_officer(&found, &officers),
            may_tell: self.space.may(Capability::RespondForOthers),
        })
    }
}

impl Drawn {
    /// Whether somebody is still to be asked. Whoever took their answer back, or speaks for themselves,
    /// is not visited because of what an officer entered; that it was drawn stays for all to see.
    fn is_to_ask(&self) -> bool {
        let since = self.since.as_ref().map(|since| since.what);
        matches!(since, None | Some(SinceName::Corrected))
    }
}

impl Desk {
    /// What asking again found of all officers together; nothing where nobody was drawn.
    pub(super) fn checked_in_all(&self, lane: LaneId) -> Result<Option<CheckedInAll>, ApiError> {
        let (_, opening) = self.opened(lane)?;
        let said = self.proceedings(lane)?;
        if backcheck::drawings(opening.form_id, &said.steps).is_empty() {
            return Ok(None);
        }
        let officers = self.back_checks(lane, None)?.officers;
        let sum = |of: fn(&CheckedOfficer) -> u32| {
            let each = officers.iter().map(of);
            each.fold(0, u32::saturating_add)
        };
        Ok(Some(CheckedInAll {
            drawn: sum(|one| one.drawn),
            asked: sum(|one| one.asked),
            not_asked: sum(|one| one.not_asked),
            same: sum(|one| one.same),
            other: sum(|one| one.other),
        }))
    }
}

/// What counts of what was told of a voice: of those who did not enter it, whoever was to ask first.
fn whose(
    told: Vec<Again>,
    officers: &Officers,
    (officer, checker): (Option<PersonId>, Option<PersonId>),
) -> Option<Again> {
    let others = told
        .into_iter()
        .filter(|one| Some(officers.person(one.by)) != officer);
    others.min_by_key(|one| (Some(officers.person(one.by)) != checker, one.by))
}
