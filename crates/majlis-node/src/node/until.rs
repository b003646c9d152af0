//! The call about until when people are asked to take part. What holds is the core's (`consultation::until`).

use majlis_core::consultation::until::{Until, until};
use majlis_core::id::LaneId;
use majlis_core::record::step::MAX_STEP_TEXT;
use majlis_core::record::{Record, RecordId, Step, StepKind, Subject};
use majlis_store::ProcessRow;

use crate::api::process::{OpenUntil, UntilView};
use crate::api::{ApiError, Nothing};
use crate::clock;
use crate::desk::Desk;
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
        let two = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        text.parse().ok().filter(|part| two && *part < below)
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
            // All that is known here: of days said apart, each gives way.
            let all = said.steps.iter();
            let all = all.filter(|step| step.said.kind == StepKind::OpenUntil);
            replaces.extend(all.map(|step| step.id));
            replaces.sort_unstable();
            replaces.dedup();
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

    /// Until when people are asked to take part, as far as somebody said so.
    pub(super) fn until(&self, row: &ProcessRow) -> Result<Option<UntilView>, ApiError> {
        if row.opening.is_none() {
            return Ok(None);
        }
        let said = self.proceedings(row.lane)?;
        let Some((holds, before)) = until(&said.steps) else {
            return Ok(None);
        };
        let at = |step: &Step| Until::of(step).map(written).unwrap_or_default();
        let roster = self.space.roster();
        Ok(Some(UntilView {
            at: at(&holds.said),
            by: roster.name(holds.device).unwrap_or_default().to_owned(),
            time: said.claimed.get(&holds.id).map_or(0, |time| time.0),
            why: holds.said.text.clone(),
            before: before.iter().map(|step| at(&step.said)).collect(),
        }))
    }
}
