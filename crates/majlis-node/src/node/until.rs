//! The call about until when people are asked to take part. What holds is the core's (`consultation::until`).

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::until::{Until, until};
use majlis_core::id::{DeviceId, FormId, LaneId};
use majlis_core::record::step::{MAX_SOURCES, MAX_STEP_TEXT};
use majlis_core::record::{Record, RecordId, Step, StepKind, Subject};
use majlis_store::ProcessRow;

use crate::api::process::{OpenUntil, UntilView};
use crate::api::{ApiError, Nothing};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, not_open};
use crate::plain::{self, value};

impl Node {
    pub(super) async fn open_until(&self, say: OpenUntil) -> Result<Nothing, ApiError> {
        let lane = lane(&say.consultation)?;
        let at = read(&say.until).ok_or_else(|| plain::bad("until").about(&say.until))?;
        let why = say.why.trim().to_owned();
        if why.len() > MAX_STEP_TEXT {
            return Err(plain::bad("why"));
        }
        self.at(&say.space, move |desk| desk.open_until(lane, at, why))
            .await
    }
}

/// `2026-12-06T18:00`, in any of the digits that days are read in.
fn read(text: &str) -> Option<Until> {
    let (day, time) = text.trim().split_once('T')?;
    let (hour, minute) = time.split_once(':')?;
    let part = |text: &str, below: u16| -> Option<u16> {
        let digits: Vec<i64> = text.chars().map(value::digit).collect::<Option<_>>()?;
        let [tens, ones] = digits.try_into().ok()?;
        let part = u16::try_from(tens * 10 + ones).ok()?;
        (part < below).then_some(part)
    };
    Some(Until {
        day: value::days(day)?,
        minute: part(hour, 24)? * 60 + part(minute, 60)?,
    })
}

fn written(until: Until) -> String {
    let (hour, minute) = (until.minute / 60, until.minute % 60);
    format!("{}T{hour:02}:{minute:02}", value::date(until.day))
}

impl Desk {
    fn open_until(&mut self, lane: LaneId, at: Until, why: String) -> Result<Nothing, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        let said = self.proceedings(lane)?;
        let mut replaces: Vec<RecordId> = Vec::new();
        if let Some((holds, _)) = until(&said.steps) {
            if Until::of(&holds.said) == Some(at) {
                return Ok(Nothing {});
            }
            if why.is_empty() {
                return Err(plain::bad("why"));
            }
            // All that is known here: of days said apart, each gives way. Where there are too many to name,
            // those that somebody named already are left to them.
            let all = || {
                let all = said.steps.iter();
                all.filter(|step| step.said.kind == StepKind::OpenUntil)
            };
            let named: BTreeSet<RecordId> = all()
                .flat_map(|step| step.said.replaces.iter().copied())
                .collect();
            replaces.extend(all().map(|step| step.id));
            replaces.sort_unstable_by_key(|id| (named.contains(id), *id));
            replaces.dedup();
            replaces.truncate(MAX_SOURCES);
            replaces.sort_unstable();
        }
        let record = Record::Step(Step {
            form: opening.form_id,
            kind: StepKind::OpenUntil,
            about: Subject::Whole,
            text: why,
            number: Some(at.minute.into()),
            day: Some(at.day),
            sources: Vec::new(),
            replaces,
            salt: clock::fresh(),
        });
        self.state(lane, record)
    }

    /// Until when people are asked to take part, as far as somebody said so. Every list asks it of every
    /// consultation, so what was found is kept until something else is stated there.
    pub(super) fn until(&self, row: &ProcessRow) -> Result<Option<UntilView>, ApiError> {
        let Some(opening) = &row.opening else {
            return Ok(None);
        };
        let mark = self.store.stated_mark(self.id(), row.lane);
        let mark = (opening.form_id, mark.map_err(|error| store_error(&error))?);
        let kept = self.untils.borrow().get(&row.lane).cloned();
        let found = match kept {
            Some((then, found)) if then == mark => found,
            _ => {
                let found = self.read_until(row.lane)?;
                let mut untils = self.untils.borrow_mut();
                untils.insert(row.lane, (mark, found.clone()));
                found
            }
        };
        Ok(found.map(|found| UntilView {
            by: self
                .space
                .roster()
                .name(found.by)
                .unwrap_or_default()
                .to_owned(),
            at: found.at,
            time: found.time,
            why: found.why,
            before: found.before,
        }))
    }

    fn read_until(&self, lane: LaneId) -> Result<Option<FoundUntil>, ApiError> {
        let said = self.proceedings(lane)?;
        let Some((holds, before)) = until(&said.steps) else {
            return Ok(None);
        };
        let at = |step: &Step| Until::of(step).map(written).unwrap_or_default();
        Ok(Some(FoundUntil {
            at: at(&holds.said),
            by: holds.device,
            time: said.claimed.get(&holds.id).map_or(0, |time| time.0),
            why: holds.said.text.clone(),
            before: before.iter().map(|step| at(&step.said)).collect(),
        }))
    }
}

/// Until when a consultation is open, as found in what was stated.
#[derive(Clone)]
pub(crate) struct FoundUntil {
    at: String,
    by: DeviceId,
    time: u64,
    why: String,
    before: Vec<String>,
}

/// What was found for each consultation, and of which form and statements.
pub(crate) type Untils = BTreeMap<LaneId, ((FormId, [i64; 3]), Option<FoundUntil>)>;
