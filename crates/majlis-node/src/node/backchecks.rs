//! Calls about asking some answers again by another officer: the draw, whose turn each is, and what came
//! of it. Drawing itself and what records mean are the core's (`consultation::backcheck`).

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::Form;
use majlis_core::consultation::backcheck::{self, Again, Drawing};
use majlis_core::consultation::count::{Place, Status};
use majlis_core::effect::MemberRow;
use majlis_core::id::{DeviceId, LaneId, QuestionId, SlotId};
use majlis_core::membership::{Capability, Rank};
use majlis_core::record::step::MAX_SOURCES;
use majlis_core::record::{Record, RecordId, Step, StepKind, Subject};
use majlis_core::sign::Signer as _;
use majlis_core::space::Command;
use majlis_store::VersionQuery;

use crate::api::field::{
    AskedAgain, BackCheckView, BackChecksView, CheckedOfficer, CheckedQuestion, DrawBackChecks,
    DrawingView, TellBackCheck,
};
use crate::api::me::Language;
use crate::api::process::ConsultationRef;
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::Desk;
use crate::node::Node;
use crate::node::consultations::lane;
use crate::plain::spoken::spoken;
use crate::plain::{self, form, value};

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

/// An answer that an officer entered and that counts: who entered it, and how to find the person again.
struct Entered {
    officer: DeviceId,
    note: String,
}

/// An officer with two tablets is one officer: everybody by the first of their devices that is here.
struct Officers {
    first: BTreeMap<DeviceId, DeviceId>,
}

impl Officers {
    fn of(desk: &Desk) -> Self {
        let members: Vec<MemberRow> = desk.space.roster().members().collect();
        let mut of_person: BTreeMap<_, DeviceId> = BTreeMap::new();
        for row in &members {
            let first = of_person.entry(row.person).or_insert(row.device);
            *first = row.device.min(*first);
        }
        let first = members.iter().filter_map(|row| {
            let first = of_person.get(&row.person)?;
            Some((row.device, *first))
        });
        Self {
            first: first.collect(),
        }
    }

    fn officer(&self, device: DeviceId) -> DeviceId {
        self.first.get(&device).copied().unwrap_or(device)
    }
}

impl Desk {
    /// The answers that officers entered and that count.
    fn entered_for_others(
        &self,
        lane: LaneId,
        officers: &Officers,
    ) -> Result<BTreeMap<SlotId, Entered>, ApiError> {
        let me = self.key.device();
        let counted = VersionQuery {
            status: Some(Status::Counted),
            ..VersionQuery::default()
        };
        let mut entered = BTreeMap::new();
        self.entered(lane, counted, |version| {
            let device = match version.place {
                Place::Sealed { device, .. } => device,
                Place::Unsealed(_) => me,
            };
            let note = version.said.entered().map(|assisted| assisted.note.clone());
            let one = Entered {
                officer: officers.officer(device),
                note: note.unwrap_or_default(),
            };
            entered.insert(version.slot, one);
            true
        })?;
        Ok(entered)
    }

    /// Who may ask again: everybody who may enter answers for others.
    fn checkers(&self, officers: &Officers) -> BTreeSet<DeviceId> {
        let may = |rank: Rank| rank.may(Capability::RespondForOthers);
        let members = self.space.roster().members();
        let members = members.filter(|row| row.rank.is_some_and(may));
        members.map(|row| officers.officer(row.device)).collect()
    }

    /// Draws, and records what was drawn: an answer that comes later does not change it.
    fn draw(&mut self, lane: LaneId, wanted: &DrawBackChecks) -> Result<(), ApiError> {
        let (_, opening) = self.opened(lane)?;
        let officers = Officers::of(self);
        let entered = self.entered_for_others(lane, &officers)?;
        let each = entered.iter().map(|(slot, one)| (*slot, one.officer));
        let checkers = self.checkers(&officers);
        let (form, seed) = (opening.form_id, backcheck::plain_seed(&wanted.seed));
        let drawn = backcheck::draw(&seed, form, wanted.percent, each, &checkers);
        let slots: BTreeSet<SlotId> = drawn.into_iter().map(|one| one.slot).collect();
        let said = self.proceedings(lane)?;
        let me = self.key.device();
        let before = backcheck::drawings(form, &said.steps).into_iter();
        let before =
            before.filter(|one| (one.by, &one.seed, one.percent) == (me, &seed, wanted.percent));
        // What was drawn stays as it is when answers came since; another seed draws among all.
        if before.count() > 0 {
            return Ok(());
        }
        let slots: Vec<Subject> = slots.into_iter().map(Subject::Voice).collect();
        for sources in slots.chunks(MAX_SOURCES) {
            self.state_check(
                lane,
                Step {
                    kind: StepKind::Drawn,
                    text: seed.clone(),
                    number: Some(wanted.percent.into()),
                    sources: sources.to_vec(),
                    ..self.empty_step(form)
                },
            )?;
        }
        Ok(())
    }

    fn empty_step(&self, form: majlis_core::id::FormId) -> Step {
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

    fn state_check(&mut self, lane: LaneId, step: Step) -> Result<(), ApiError> {
        let record = Box::new(Record::Step(step));
        let seal = true;
        self.command(Command::Record { lane, record, seal })?;
        Ok(())
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
        let entered = self.entered_for_others(lane, &officers)?;
        let said = self.proceedings(lane)?;
        let drawings = backcheck::drawings(opening.form_id, &said.steps);
        let drawn = drawings.iter().any(|one| one.slots.contains(&slot));
        let entered = entered.get(&slot).filter(|_| drawn);
        let entered = entered.ok_or_else(|| plain::missing("answer").about(&tell.slot))?;
        let me = self.key.device();
        if entered.officer == officers.officer(me) {
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
        for (kind, sources, text) in kinds {
            if sources.is_empty() && text.is_empty() {
                continue;
            }
            self.state_check(
                lane,
                Step {
                    kind,
                    about: Subject::Voice(slot),
                    text: text.to_owned(),
                    sources,
                    replaces: replaces.clone(),
                    ..self.empty_step(opening.form_id)
                },
            )?;
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
        let entered = self.entered_for_others(lane, &officers)?;
        let said = self.proceedings(lane)?;
        let drawings = backcheck::drawings(opening.form_id, &said.steps);
        let mut again = backcheck::asked_again(opening.form_id, &said.steps);
        let checkers = self.checkers(&officers);
        let me = officers.officer(self.key.device());
        let name = |device| {
            self.space
                .roster()
                .name(device)
                .unwrap_or_default()
                .to_owned()
        };
        let mut checks: BTreeMap<SlotId, BackCheckView> = BTreeMap::new();
        let mut found: BTreeMap<SlotId, (DeviceId, Option<Again>)> = BTreeMap::new();
        for drawing in &drawings {
            let slots = drawing.slots.iter();
            let each = slots.filter_map(|slot| Some((*slot, entered.get(slot)?.officer)));
            let form = opening.form_id;
            for one in backcheck::draw(&drawing.seed, form, 100, each, &checkers) {
                if checks.contains_key(&one.slot) {
                    continue;
                }
                let outcome = again.remove(&one.slot).unwrap_or_default();
                let outcome = whose(outcome, &officers, (one.officer, one.checker));
                checks.insert(
                    one.slot,
                    BackCheckView {
                        slot: one.slot.to_string(),
                        officer: name(one.officer),
                        checker: one.checker.map(name),
                        mine: one.checker == Some(me),
                        note: entered
                            .get(&one.slot)
                            .map(|one| one.note.clone())
                            .unwrap_or_default(),
                        outcome: outcome.as_ref().map(|one| told(one, &name)),
                    },
                );
                found.insert(one.slot, (one.officer, outcome));
            }
        }
        let form = spoken(opening.form, language);
        Ok(BackChecksView {
            drawings: drawings
                .iter()
                .map(|one| drawing_view(one, &name))
                .collect(),
            checks: checks.into_values().collect(),
            questions: by_question(&form, &found),
            officers: by_officer(&found, &name),
            may_tell: self.space.may(Capability::RespondForOthers),
        })
    }
}

/// What counts of what was told of a voice: of those who did not enter it, whoever was to ask first.
fn whose(
    told: Vec<Again>,
    officers: &Officers,
    (officer, checker): (DeviceId, Option<DeviceId>),
) -> Option<Again> {
    let others = told
        .into_iter()
        .filter(|one| officers.officer(one.by) != officer);
    others.min_by_key(|one| (Some(officers.officer(one.by)) != checker, one.by))
}

/// The questions that were named, each once; those that nobody is asked are none.
fn checked(
    asked: &Form,
    named: &[String],
    seen: &mut BTreeSet<QuestionId>,
) -> Result<Vec<Subject>, ApiError> {
    let sealed = asked.sealed_questions();
    let each = named.iter().map(|text| {
        let id = form::read_question_id(text);
        let id = id.filter(|id| {
            let mut asked = asked.questions.iter();
            asked.any(|one| one.id == *id && one.kind.is_asked()) && !sealed.contains(id)
        });
        let id = id.ok_or_else(|| plain::missing("question").about(text))?;
        if !seen.insert(id) || seen.len() > MAX_SOURCES {
            return Err(plain::bad("question").about(text));
        }
        Ok(Subject::Question(id))
    });
    each.collect()
}

fn short(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

fn drawing_view(one: &Drawing, name: &impl Fn(DeviceId) -> String) -> DrawingView {
    DrawingView {
        by: name(one.by),
        seed: one.seed.clone(),
        percent: one.percent,
        day: one.day.map(value::date),
        drawn: short(one.slots.len()),
    }
}

fn told(one: &Again, name: &impl Fn(DeviceId) -> String) -> AskedAgain {
    let ids = |all: &BTreeSet<QuestionId>| all.iter().map(|id| form::question_id(*id)).collect();
    AskedAgain {
        by: name(one.by),
        same: ids(&one.same),
        other: ids(&one.other),
        not_asked: one.not_asked.clone(),
    }
}

/// The questions that somebody was asked again, in the order of the form.
fn by_question(
    asked: &Form,
    found: &BTreeMap<SlotId, (DeviceId, Option<Again>)>,
) -> Vec<CheckedQuestion> {
    let sealed = asked.sealed_questions();
    let each = asked.questions.iter();
    let each = each.filter(|one| one.kind.is_asked() && !sealed.contains(&one.id));
    let each = each.map(|one| {
        let told = found.values().filter_map(|(_, again)| again.as_ref());
        let same = told.clone().filter(|again| again.same.contains(&one.id));
        let other = told.filter(|again| again.other.contains(&one.id));
        CheckedQuestion {
            question: form::question_id(one.id),
            label: one.label.clone(),
            same: short(same.count()),
            other: short(other.count()),
        }
    });
    each.collect()
}

fn by_officer(
    found: &BTreeMap<SlotId, (DeviceId, Option<Again>)>,
    name: &impl Fn(DeviceId) -> String,
) -> Vec<CheckedOfficer> {
    let mut all: BTreeMap<DeviceId, CheckedOfficer> = BTreeMap::new();
    for (officer, again) in found.values() {
        let line = all.entry(*officer).or_insert_with(|| CheckedOfficer {
            officer: name(*officer),
            drawn: 0,
            asked: 0,
            not_asked: 0,
            same: 0,
            other: 0,
        });
        line.drawn = line.drawn.saturating_add(1);
        if let Some(again) = again {
            let count = if again.not_asked.is_empty() {
                &mut line.asked
            } else {
                &mut line.not_asked
            };
            *count = count.saturating_add(1);
            line.same = line.same.saturating_add(short(again.same.len()));
            line.other = line.other.saturating_add(short(again.other.len()));
        }
    }
    all.into_values().collect()
}
