//! Calls for officers who enter answers for others: their day. Entering is in `answers`, asking some of
//! them again in `backchecks`.

use std::collections::BTreeSet;

use majlis_core::consultation::count::Place;
use majlis_core::consultation::day::{self, MOST_A_DAY, Told};
use majlis_core::id::{DeviceId, FormId, LaneId};
use majlis_core::record::step::MAX_SOURCES;
use majlis_core::record::{Record, RecordId, Step, StepKind, Subject};
use majlis_core::sign::Signer as _;
use majlis_core::space::Command;
use majlis_store::{VersionQuery, VersionRow};

use crate::api::ApiError;
use crate::api::field::{DayView, EnteredView, ModeCount, TellDay};
use crate::api::process::{AssistedModeName, ConsultationRef};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::lane;
use crate::plain;

/// Versions read at once.
const PAGE: u32 = 500;
/// The most lines of a day's report.
const LINES: usize = 500;

impl Node {
    pub(super) async fn field_day(&self, at: ConsultationRef) -> Result<DayView, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.field_day(lane)).await
    }

    pub(super) async fn tell_day(&self, tell: TellDay) -> Result<DayView, ApiError> {
        let lane = lane(&tell.consultation)?;
        let space = tell.space.clone();
        self.at(&space, move |desk| desk.tell_day(lane, &tell))
            .await
    }
}

impl Desk {
    /// Every version that officers entered, newest first by their clocks, page by page; ends when
    /// `each` says that it has seen enough.
    pub(super) fn entered(
        &self,
        lane: LaneId,
        wanted: VersionQuery,
        mut each: impl FnMut(&VersionRow) -> bool,
    ) -> Result<(), ApiError> {
        let mut wanted = VersionQuery {
            assisted: true,
            limit: PAGE,
            ..wanted
        };
        loop {
            let page = self.store.versions(self.id(), lane, &wanted);
            let page = page.map_err(|error| store_error(&error))?;
            let last = page.versions.len() < PAGE as usize;
            if !page.versions.iter().all(&mut each) || last {
                return Ok(());
            }
            wanted.offset = wanted.offset.saturating_add(PAGE);
        }
    }

    /// The devices of this device's person, itself among them.
    fn own_devices(&self) -> BTreeSet<DeviceId> {
        let (me, roster) = (self.key.device(), self.space.roster());
        let person = roster.person(me);
        let own = roster.members().filter(|row| Some(row.person) == person);
        own.map(|row| row.device).chain([me]).collect()
    }

    /// What this officer's devices told of today.
    fn told_today(&self, lane: LaneId) -> Result<(FormId, Told, i32), ApiError> {
        let (_, opening) = self.opened(lane)?;
        let said = self.proceedings(lane)?;
        let today = clock::local_day_number(clock::now());
        let own = self.own_devices();
        let whose = (&own, self.key.device());
        let told = day::told(opening.form_id, &said.steps, whose, today);
        Ok((opening.form_id, told, today))
    }

    fn tell_day(&mut self, lane: LaneId, tell: &TellDay) -> Result<DayView, ApiError> {
        let (form, told, today) = self.told_today(lane)?;
        let refused = i64::from(told.refused_here).saturating_add(tell.refused.into());
        let refused = u32::try_from(refused).unwrap_or(0).min(MOST_A_DAY);
        if refused != told.refused_here {
            self.tell(lane, form, (StepKind::Refusals, refused, today), told.here)?;
        }
        if let Some(target) = tell.target.map(|target| target.min(MOST_A_DAY))
            && target != told.aim
        {
            self.tell(lane, form, (StepKind::Aim, target, today), told.aims)?;
        }
        self.field_day(lane)
    }

    fn tell(
        &mut self,
        lane: LaneId,
        form: FormId,
        (kind, number, day): (StepKind, u32, i32),
        mut replaces: Vec<RecordId>,
    ) -> Result<(), ApiError> {
        replaces.truncate(MAX_SOURCES);
        let record = Box::new(Record::Step(Step {
            form,
            kind,
            about: Subject::Whole,
            text: String::new(),
            number: Some(number.into()),
            day: Some(day),
            sources: Vec::new(),
            replaces,
            salt: clock::fresh(),
        }));
        let seal = true;
        self.command(Command::Record { lane, record, seal })?;
        Ok(())
    }

    fn field_day(&mut self, lane: LaneId) -> Result<DayView, ApiError> {
        let here = self.only_here(&BTreeSet::from([lane]))?;
        let first_here = here.get(&lane).map(|(first, _)| *first);
        let (_, told, _) = self.told_today(lane)?;
        let (_, opening) = self.opened(lane)?;
        // Whose a paper out of a box is nobody knows, so nobody was asked.
        let boxed = opening.form.boxes().is_some();
        let me = self.key.device();
        let now = clock::now();
        let today = clock::local_day(now);
        let mut all = BTreeSet::new();
        let mut only_here: u32 = 0;
        let is_only_here = |version: &VersionRow| match version.place {
            Place::Unsealed(_) => true,
            Place::Sealed { device, seq, .. } => {
                device == me && first_here.is_some_and(|first| seq >= first)
            }
        };
        let mut entered: Vec<(EnteredView, AssistedModeName, bool)> = Vec::new();
        // Whoever was given another tablet in the middle of the day has one day.
        for device in self.own_devices() {
            let mine = VersionQuery {
                by: Some(device),
                unsealed: device == me,
                ..VersionQuery::default()
            };
            self.entered(lane, mine, |version| {
                all.insert(version.slot);
                only_here = only_here.saturating_add(u32::from(is_only_here(version)));
                let time = version.claimed.unwrap_or(now);
                let Some(assisted) = version
                    .said
                    .entered()
                    .filter(|_| clock::local_day(time) == today)
                else {
                    return true;
                };
                let line = EnteredView {
                    slot: version.slot.to_string(),
                    time: time.0,
                    note: assisted.note.clone(),
                    correction: matches!(
                        &version.said,
                        majlis_core::consultation::count::Said::Response(response)
                            if matches!(response.speaker, majlis_core::record::Speaker::Known(_))
                    ),
                };
                let mode = plain::mode_name(assisted.mode);
                let unasked = boxed && mode == AssistedModeName::Paper;
                entered.push((line, mode, assisted.consent || unasked));
                true
            })?;
        }
        // Of one device they came newest first; what is not sealed yet has no time of its own.
        entered.reverse();
        entered.sort_by_key(|(line, ..)| line.time);
        let number = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let corrected = entered.iter().filter(|(line, ..)| line.correction).count();
        let modes = [
            AssistedModeName::Spoken,
            AssistedModeName::Paper,
            AssistedModeName::Phone,
        ];
        let modes = modes.map(|mode| ModeCount {
            mode,
            count: number(
                entered
                    .iter()
                    .filter(|(_, given, _)| *given == mode)
                    .count(),
            ),
        });
        Ok(DayView {
            day: today,
            officer: self.space.roster().name(me).unwrap_or_default().to_owned(),
            people: number(entered.len().saturating_sub(corrected)),
            corrected: number(corrected),
            without_consent: number(entered.iter().filter(|(.., fine)| !fine).count()),
            modes: modes.into_iter().filter(|mode| mode.count > 0).collect(),
            first: entered.first().map(|(line, ..)| line.time),
            last: entered.last().map(|(line, ..)| line.time),
            in_all: number(all.len()),
            only_here,
            entered: entered
                .into_iter()
                .map(|(line, ..)| line)
                .take(LINES)
                .collect(),
            refused: told.refused,
            refused_here: told.refused_here,
            target: told.aim,
        })
    }
}
