//! The one place that reads the clock and draws randomness; the core gets both as parameters.

use std::time::{SystemTime, UNIX_EPOCH};

use majlis_core::time::Timestamp;

/// Now, as this device's clock says.
#[must_use]
pub fn now() -> Timestamp {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    Timestamp(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}

/// Fresh random bytes from the operating system.
///
/// # Panics
/// When the operating system has no randomness to give: no key or id may be made then.
#[must_use]
pub fn fresh<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    #[expect(
        clippy::expect_used,
        reason = "without randomness nothing may be signed or made"
    )]
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// The same as a source of randomness for what draws by itself.
#[derive(Debug)]
pub(crate) struct Fresh;

impl rand_core::TryRng for Fresh {
    type Error = core::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        Ok(u32::from_le_bytes(fresh()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        Ok(u64::from_le_bytes(fresh()))
    }

    fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> {
        for piece in to.chunks_mut(32) {
            let drawn: [u8; 32] = fresh();
            piece
                .iter_mut()
                .zip(drawn)
                .for_each(|(byte, drawn)| *byte = drawn);
        }
        Ok(())
    }
}

impl rand_core::TryCryptoRng for Fresh {}

/// The UTC day of a time, counted from 1970.
#[must_use]
pub const fn day(time: Timestamp) -> u64 {
    time.0 / 86_400_000
}

/// The day of a time in the time zone of this device, `YYYY-MM-DD`; in UTC where the zone is not
/// known.
#[must_use]
pub fn local_day(time: Timestamp) -> String {
    let millis = i64::try_from(time.0).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    jiff::tz::TimeZone::system()
        .to_datetime(at)
        .date()
        .to_string()
}

/// The same day in days since 1970.
#[must_use]
pub fn local_day_number(time: Timestamp) -> i32 {
    let millis = i64::try_from(time.0).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    let date = jiff::tz::TimeZone::system().to_datetime(at).date();
    (date - jiff::civil::date(1970, 1, 1)).get_days()
}

/// A time on the clock of this device, in ISO 8601 with what it is ahead of UTC.
#[must_use]
pub fn local_moment(time: Timestamp) -> String {
    let millis = i64::try_from(time.0).unwrap_or(i64::MAX);
    let at = jiff::Timestamp::from_millisecond(millis).unwrap_or(jiff::Timestamp::MAX);
    let zone = jiff::tz::TimeZone::system();
    let offset = zone.to_offset(at);
    let (sign, minutes) = match offset.seconds() / 60 {
        minutes @ 0.. => ('+', minutes),
        minutes => ('-', -minutes),
    };
    let clock = offset.to_datetime(at).strftime("%Y-%m-%dT%H:%M:%S%.3f");
    format!("{clock}{sign}{:02}:{:02}", minutes / 60, minutes % 60)
}
