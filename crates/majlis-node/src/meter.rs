//! The data meter: bytes on the wire by day and kind of link, kept over restarts, and what a person
//! settled about them. Days and months are those of the time that is passed in, in the time zone of
//! this device. Not here: what is counted (the links) and what follows from it (`links/thrift`).

use std::time::{Duration, Instant};

use majlis_core::time::Timestamp;
use majlis_net::Traffic;
use majlis_store::Store;
use serde::{Deserialize, Serialize};

use crate::api::network::{BudgetState, BytesView, Saving, SetTraffic, UsageView};
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::store_error;
use crate::plain;

/// What begins the name of a day's row in the store.
const DAYS: &str = "traffic/";
const SETTINGS: &str = "network";
/// So many days with counts are kept, the latest by name: two months. By number and not by age, for with a
/// clock that is years ahead for a moment the days of this month would be old.
const DAYS_KEPT: usize = 62;
/// A count is on disk at most this late: so much is lost when power goes.
const KEEP_WITHIN: Duration = Duration::from_secs(3);
/// From this many hundredths of the budget on, people are told.
const NEAR: u64 = 80;
const NEWS_MINUTES: u32 = 30;
/// What may be set.
const NEWS: core::ops::RangeInclusive<u32> = 5..=1_440;

/// What a person settled about the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Settled {
    /// Bytes over the internet in a month.
    pub(crate) budget: Option<u64>,
    pub(crate) saving: Saving,
    pub(crate) news_minutes: u32,
}

impl Default for Settled {
    fn default() -> Self {
        Self {
            budget: None,
            saving: Saving::default(),
            news_minutes: NEWS_MINUTES,
        }
    }
}

/// Counts, and keeps what it counted.
#[derive(Debug)]
pub(crate) struct Meter {
    store: Store,
    pub(crate) settled: Settled,
    day: String,
    today: UsageView,
    /// The other days of the month.
    month: UsageView,
    keep_at: Option<Instant>,
}

impl Meter {
    /// Goes on where the last start ended. What cannot be read is counted anew: nothing else
    /// depends on it.
    pub(crate) fn open(store: Store, now: Timestamp) -> Self {
        let settled = store.setting(None, SETTINGS).unwrap_or_default();
        let settled = settled.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let mut meter = Self {
            store,
            settled: settled.unwrap_or_default(),
            day: String::new(),
            today: UsageView::default(),
            month: UsageView::default(),
            keep_at: None,
        };
        meter.turn_to(now);
        meter
    }

    /// Counts bytes on the wire; whether it is told within some seconds.
    pub(crate) fn count(&mut self, near: bool, bytes: Traffic, now: Timestamp) {
        if bytes == Traffic::default() {
            return;
        }
        self.turn_to(now);
        let kind = if near {
            &mut self.today.near
        } else {
            &mut self.today.internet
        };
        kind.sent = kind.sent.saturating_add(bytes.sent);
        kind.received = kind.received.saturating_add(bytes.received);
        self.keep_at
            .get_or_insert_with(|| Instant::now() + KEEP_WITHIN);
    }

    /// Writes the counts down when it is time, or `now`; whether there was something to write.
    pub(crate) fn keep(&mut self, at_once: bool) -> bool {
        let due = self
            .keep_at
            .is_some_and(|at| at_once || at <= Instant::now());
        if !due {
            return false;
        }
        self.keep_at = None;
        let kept = serde_json::to_vec(&self.today).map_err(|error| error.to_string());
        let kept = kept.and_then(|bytes| {
            let put = self
                .store
                .put_setting(None, &format!("{DAYS}{}", self.day), &bytes);
            put.map_err(|error| error.to_string())
        });
        if let Err(error) = kept {
            tracing::warn!(error, "keeping the data meter");
        }
        true
    }

    /// Takes new settings; durable when this returns.
    pub(crate) fn settle(&mut self, new: &SetTraffic) -> Result<(), ApiError> {
        let mut next = self.settled;
        if let Some(budget) = new.budget {
            next.budget = (budget > 0).then_some(budget);
        }
        next.saving = new.saving.unwrap_or(next.saving);
        if let Some(minutes) = new.news_minutes {
            if !NEWS.contains(&minutes) {
                return Err(plain::bad("news_minutes"));
            }
            next.news_minutes = minutes;
        }
        let bytes = serde_json::to_vec(&next)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        self.store
            .put_setting(None, SETTINGS, &bytes)
            .map_err(|error| store_error(&error))?;
        self.settled = next;
        Ok(())
    }

    /// The day, its count and the month's.
    pub(crate) fn read(&mut self, now: Timestamp) -> (String, UsageView, UsageView) {
        self.turn_to(now);
        (self.day.clone(), self.today, sum(self.month, self.today))
    }

    /// How far the budget is used.
    pub(crate) fn state(&mut self, now: Timestamp) -> BudgetState {
        let Some(budget) = self.settled.budget else {
            return BudgetState::Off;
        };
        let used = self.read(now).2.internet;
        let used = used.sent.saturating_add(used.received);
        if used >= budget {
            BudgetState::Spent
        } else if used.saturating_mul(100) >= budget.saturating_mul(NEAR) {
            BudgetState::Near
        } else {
            BudgetState::Fine
        }
    }

    /// Begins a new day when the time says so, and forgets days long gone by.
    fn turn_to(&mut self, now: Timestamp) {
        let day = clock::local_day(now);
        if day == self.day {
            return;
        }
        self.keep(true);
        let days = self.store.settings(None, DAYS).unwrap_or_default();
        (self.today, self.month) = Default::default();
        let month = month_of(&day);
        let old = days.len().saturating_sub(DAYS_KEPT);
        for (at, (key, bytes)) in days.into_iter().enumerate() {
            let of = key.strip_prefix(DAYS).unwrap_or_default();
            let usage: UsageView = serde_json::from_slice(&bytes).unwrap_or_default();
            if of == day {
                self.today = usage;
            } else if month_of(of) == month {
                self.month = sum(self.month, usage);
            } else if at < old
                && let Err(error) = self.store.drop_setting(None, &key)
            {
                tracing::warn!(%error, "forgetting a day of the data meter");
            }
        }
        self.day = day;
    }
}

/// `YYYY-MM` of `YYYY-MM-DD`.
fn month_of(day: &str) -> &str {
    day.rsplit_once('-').map_or(day, |(month, _)| month)
}

fn sum(one: UsageView, other: UsageView) -> UsageView {
    let add = |one: BytesView, other: BytesView| BytesView {
        sent: one.sent.saturating_add(other.sent),
        received: one.received.saturating_add(other.received),
    };
    UsageView {
        near: add(one.near, other.near),
        internet: add(one.internet, other.internet),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 86_400_000;
    /// Noon of 30 January 2026 in UTC: the same day in every time zone but the last two.
    const JANUARY_30: Timestamp = Timestamp(1_769_774_400_000);

    fn later(days: u64) -> Timestamp {
        Timestamp(JANUARY_30.0 + days * DAY)
    }

    fn bytes(sent: u64, received: u64) -> Traffic {
        Traffic { sent, received }
    }

    #[test]
    fn days_add_up_to_a_month_and_months_do_not() {
        let store = Store::in_memory().unwrap();
        let mut meter = Meter::open(store.clone(), JANUARY_30);
        meter.count(false, bytes(1_000, 200), JANUARY_30);
        meter.count(true, bytes(7, 8), JANUARY_30);
        meter.count(false, bytes(30, 0), later(1));
        let (_, today, month) = meter.read(later(1));
        assert_eq!(
            today.internet,
            BytesView {
                sent: 30,
                received: 0
            }
        );
        assert_eq!(
            month.internet,
            BytesView {
                sent: 1_030,
                received: 200
            }
        );
        assert_eq!(
            month.near,
            BytesView {
                sent: 7,
                received: 8
            }
        );
        let (day, _, month) = meter.read(later(2));
        assert!(day.ends_with("-01"), "{day}");
        assert_eq!(month, UsageView::default());
        for day in 2..200 {
            meter.count(false, bytes(1, 0), later(day));
        }
        let kept = store.settings(None, DAYS).unwrap().len();
        assert!(kept <= DAYS_KEPT + 1, "old months are forgotten: {kept}");
        let (_, _, month) = meter.read(later(199));
        assert!((1..=31).contains(&month.internet.sent), "{month:?}");
    }

    #[test]
    fn a_clock_that_jumps_for_a_moment_takes_no_month_away() {
        let store = Store::in_memory().unwrap();
        let mut meter = Meter::open(store.clone(), JANUARY_30);
        meter.count(false, bytes(1_000, 0), JANUARY_30);
        for wrong in [later(3_650), Timestamp(0)] {
            meter.count(false, bytes(7, 0), wrong);
            assert_eq!(meter.read(wrong).2.internet.sent, 7);
            let mut again = Meter::open(store.clone(), wrong);
            assert_eq!(again.read(JANUARY_30).2.internet.sent, 1_000);
            assert_eq!(meter.read(JANUARY_30).2.internet.sent, 1_000);
        }
    }

    #[test]
    fn counts_are_there_after_a_restart() {
        let store = Store::in_memory().unwrap();
        let mut meter = Meter::open(store.clone(), JANUARY_30);
        meter.count(false, bytes(5, 6), JANUARY_30);
        assert!(
            !meter.keep(false),
            "not every packet is written down by itself"
        );
        assert!(meter.keep(true));
        let mut again = Meter::open(store, JANUARY_30);
        again.count(false, bytes(1, 1), JANUARY_30);
        assert_eq!(
            again.read(JANUARY_30).1.internet,
            BytesView {
                sent: 6,
                received: 7
            }
        );
    }

    #[test]
    fn a_budget_is_near_at_four_fifths_and_spent_at_its_end() {
        let mut meter = Meter::open(Store::in_memory().unwrap(), JANUARY_30);
        assert_eq!(meter.state(JANUARY_30), BudgetState::Off);
        let budget = |bytes| SetTraffic {
            budget: Some(bytes),
            ..SetTraffic::default()
        };
        meter.settle(&budget(1_000)).unwrap();
        for (sent, state) in [
            (799, BudgetState::Fine),
            (1, BudgetState::Near),
            (199, BudgetState::Near),
            (1, BudgetState::Spent),
        ] {
            meter.count(false, bytes(sent, 0), JANUARY_30);
            meter.count(true, bytes(1_000_000, 0), JANUARY_30);
            assert_eq!(meter.state(JANUARY_30), state);
        }
        assert_eq!(meter.state(later(2)), BudgetState::Fine, "a new month");
        meter.settle(&budget(0)).unwrap();
        assert_eq!(meter.state(JANUARY_30), BudgetState::Off);
        let often = SetTraffic {
            news_minutes: Some(1),
            ..SetTraffic::default()
        };
        assert_eq!(
            meter.settle(&often).unwrap_err().detail.as_deref(),
            Some("news_minutes")
        );
    }
}
