//! Outcomes that this device knew. Entries can take an outcome back: a chain that forks, a removal back to
//! before the vote, a second closing. Whoever knew it keeps it, shows both, and raises the alarm. It is this
//! device's own memory, no entry: what others knew, their signed outcomes say.

use majlis_core::consultation::outcome::{Counted, Outcome};
use majlis_core::consultation::secret::SecretState;
use majlis_core::id::LaneId;
use majlis_store::ProcessRow;
use serde::{Deserialize, Serialize};

use data_encoding::HEXLOWER;

use crate::api::ApiError;
use crate::api::outcome::{EarlierView, ResultView};
use crate::api::results::Split;
use crate::clock;
use crate::desk::{Desk, store_error};

/// Of so many ballots at most a device counts by itself when something comes to a closed vote.
const BY_ITSELF: u64 = 5_000;

/// An outcome as it was known here first.
#[derive(Debug, Serialize, Deserialize)]
struct Known {
    hash: String,
    time: u64,
    counted: Split,
    result: ResultView,
}

fn known_key(lane: LaneId) -> String {
    format!("known/{lane}")
}

fn alarm_key(lane: LaneId) -> String {
    format!("known-alarm/{lane}")
}

/// Whether nothing of an outcome is left to come.
fn is_final(outcome: &Outcome) -> bool {
    match &outcome.counted {
        Counted::Secret(found) => matches!(
            found.0.state,
            SecretState::Known | SecretState::TooFewBallots
        ),
        Counted::Nothing(_) => false,
        Counted::Survey
        | Counted::Poll(_)
        | Counted::Election(_)
        | Counted::Budget(_)
        | Counted::Petition(_)
        | Counted::Conversation(_) => true,
    }
}

/// What of a result is kept: not where each person stands on a map of opinions.
fn kept(result: &ResultView) -> ResultView {
    let mut result = result.clone();
    if let ResultView::Conversation(one) = &mut result {
        one.points.clear();
        one.mine = None;
    }
    result
}

impl Desk {
    /// Remembers an outcome that is whole, and gives the one that was known here before where it was another.
    pub(super) fn remember(
        &self,
        row: &ProcessRow,
        lacking: u32,
        outcome: &Outcome,
        (counted, result): (Split, &ResultView),
    ) -> Result<Option<EarlierView>, ApiError> {
        let space = Some(self.id());
        let key = known_key(row.lane);
        let before = self.store.setting(space, &key);
        let before = before.map_err(|error| store_error(&error))?;
        let before = before.and_then(|bytes| serde_json::from_slice::<Known>(&bytes).ok());
        let hash = HEXLOWER.encode(&outcome.hash());
        let whole = row.is_closed() && lacking == 0 && is_final(outcome);
        let earlier = match before {
            None if whole => {
                let known = Known {
                    hash,
                    time: clock::now().0,
                    counted,
                    result: kept(result),
                };
                let bytes = serde_json::to_vec(&known).unwrap_or_default();
                let put = self.store.put_setting(space, &key, &bytes);
                put.map_err(|error| store_error(&error))?;
                None
            }
            None => None,
            Some(known) if known.hash == hash => None,
            Some(known) => Some(EarlierView {
                hash: known.hash,
                time: known.time,
                counted: known.counted,
                result: known.result,
            }),
        };
        self.raise(row.lane, earlier.is_some())?;
        Ok(earlier)
    }

    fn raise(&self, lane: LaneId, on: bool) -> Result<(), ApiError> {
        if self.is_undone(lane)? == on {
            return Ok(());
        }
        let (space, key) = (Some(self.id()), alarm_key(lane));
        let written = if on {
            self.store.put_setting(space, &key, b"1")
        } else {
            self.store.drop_setting(space, &key).map(|_| ())
        };
        written.map_err(|error| store_error(&error))
    }

    /// Whether an outcome that was known here is another one now, as far as was looked.
    pub(super) fn is_undone(&self, lane: LaneId) -> Result<bool, ApiError> {
        let found = self.store.setting(Some(self.id()), &alarm_key(lane));
        Ok(found.map_err(|error| store_error(&error))?.is_some())
    }

    fn knows(&self, lane: LaneId) -> Result<bool, ApiError> {
        let found = self.store.setting(Some(self.id()), &known_key(lane));
        Ok(found.map_err(|error| store_error(&error))?.is_some())
    }

    /// Something came to a process: where it is closed, or its outcome was known, looks at that whether or not
    /// anybody opens the page.
    pub(super) fn look_at_outcome(&mut self, lane: LaneId) -> Result<(), ApiError> {
        let row = self.process(lane)?;
        let Some(opening) = &row.opening else {
            return Ok(());
        };
        if row.counted.all() > BY_ITSELF || (!row.is_closed() && !self.knows(lane)?) {
            return Ok(());
        }
        if opening.form.secret_ballots().is_some() && !self.look_at_some(lane)? {
            self.secrets.heard(lane);
            return Ok(());
        }
        self.outcome(lane).map(|_| ())
    }
}
