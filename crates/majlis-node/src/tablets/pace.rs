//! How much a tablet and an address may do: counted in whole minutes and days of this process, anew
//! after a restart. Not here: what a space may hold.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use serde::Deserialize;

use crate::clock;

/// Addresses and tablets that are counted at once; who comes beyond that waits for the next minute.
const MAX_COUNTED: usize = 20_000;
const MINUTE_MS: u64 = 60_000;
const DAY_MS: u64 = 24 * 60 * MINUTE_MS;

/// How much a tablet and an address may do.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Pace {
    /// Requests of one tablet in a minute.
    pub requests_a_minute: u64,
    /// Requests from one address in a minute, of all its tablets together.
    pub address_requests_a_minute: u64,
    /// Wrong tokens from one address in a minute; after that whoever shows a wrong one there is told
    /// to wait. Who shows a right one is not: they are too long to be found by trying.
    pub wrong_tokens_a_minute: u64,
    /// Bytes that one tablet may send in a day (UTC).
    pub bytes_a_day: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            requests_a_minute: 120,
            address_requests_a_minute: 1_200,
            wrong_tokens_a_minute: 10,
            bytes_a_day: 1 << 30,
        }
    }
}

#[derive(Debug)]
pub(super) struct Paces {
    pace: Pace,
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    minute: u64,
    asked: BTreeMap<Option<IpAddr>, u64>,
    wrong: BTreeMap<Option<IpAddr>, u64>,
    requests: BTreeMap<String, u64>,
    day: u64,
    bytes: BTreeMap<String, u64>,
}

/// A network is one address where everybody has as many as they please.
fn network(address: Option<IpAddr>) -> Option<IpAddr> {
    address.map(|address| match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => v4.into(),
            None => {
                let bits = v6.to_bits() >> 64 << 64;
                std::net::Ipv6Addr::from_bits(bits).into()
            }
        },
    })
}

/// Counts `more` under a name; whether that is still within `most`.
fn count<K: Ord>(counts: &mut BTreeMap<K, u64>, name: K, more: u64, most: u64) -> bool {
    if counts.len() >= MAX_COUNTED && !counts.contains_key(&name) {
        return false;
    }
    let counted = counts.entry(name).or_default();
    let sum = counted.saturating_add(more);
    if sum <= most {
        *counted = sum;
    }
    sum <= most
}

impl Paces {
    pub(super) fn new(pace: Pace) -> Self {
        Self {
            pace,
            counts: Mutex::default(),
        }
    }

    fn counts<T>(&self, act: impl FnOnce(&mut Counts) -> T) -> T {
        let now = clock::now().0;
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.minute != now / MINUTE_MS {
            counts.minute = now / MINUTE_MS;
            counts.asked.clear();
            counts.wrong.clear();
            counts.requests.clear();
        }
        if counts.day != now / DAY_MS {
            counts.day = now / DAY_MS;
            counts.bytes.clear();
        }
        act(&mut counts)
    }

    /// Whether an address may ask once more.
    pub(super) fn may_ask(&self, address: Option<IpAddr>) -> bool {
        let (address, most) = (network(address), self.pace.address_requests_a_minute);
        self.counts(|counts| count(&mut counts.asked, address, 1, most))
    }

    /// A token from this address was wrong; whether it may try another one now.
    pub(super) fn may_be_wrong(&self, address: Option<IpAddr>) -> bool {
        let (address, most) = (network(address), self.pace.wrong_tokens_a_minute);
        self.counts(|counts| count(&mut counts.wrong, address, 1, most))
    }

    /// Whether a tablet may ask once more.
    pub(super) fn may_go_on(&self, tablet: &str) -> bool {
        let most = self.pace.requests_a_minute;
        self.counts(|counts| count(&mut counts.requests, tablet.to_owned(), 1, most))
    }

    /// Whether a tablet may send so many bytes more.
    pub(super) fn may_send(&self, tablet: &str, bytes: u64) -> bool {
        let most = self.pace.bytes_a_day;
        self.counts(|counts| count(&mut counts.bytes, tablet.to_owned(), bytes, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_wrong_tokens_waits_and_others_do_not() {
        let paces = Paces::new(Pace {
            wrong_tokens_a_minute: 2,
            ..Pace::default()
        });
        let at = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        // A minute may end between two calls; then nobody waits, and it is tried again.
        for _ in 0..3 {
            for _ in 0..2 {
                paces.may_be_wrong(at("2001:db8::1"));
            }
        }
        assert!(
            !paces.may_be_wrong(at("2001:db8::ffff:2")),
            "the same network"
        );
        assert!(paces.may_be_wrong(at("2001:db8:0:1::1")));
        assert!(paces.may_be_wrong(at("10.0.0.1")));
        for _ in 0..4 {
            paces.may_be_wrong(at("::ffff:10.0.0.1"));
        }
        assert!(!paces.may_be_wrong(at("10.0.0.1")));
        // Others behind the same address go on.
        assert!(paces.may_ask(at("10.0.0.1")));
    }

    #[test]
    fn a_tablet_past_its_bytes_sends_no_more_and_less_still_fits() {
        let paces = Paces::new(Pace {
            bytes_a_day: 100,
            ..Pace::default()
        });
        assert!(paces.may_send("a", 90));
        assert!(!paces.may_send("a", 11));
        assert!(paces.may_send("a", 10));
        assert!(paces.may_send("b", 100));
    }
}
