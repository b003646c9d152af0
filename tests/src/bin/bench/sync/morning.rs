//! W1: a tablet brings two thousand new answers of ten questions, entered by an officer and sealed
//! thirty together, to a peer that holds two thousand: without drops, and with the link cut at
//! evenly spread points. Each run starts from the same state.

use std::time::Duration;

use majlis_tests::morning::{self, Met, Morning};
use majlis_tests::weak_link::{Cut, Profile};
use serde_json::json;

use super::{SEED, Sync, bound, process, wire};
use crate::figure::{self, float, round};

/// Answers on each side.
const ANSWERS: u64 = 2_000;

pub(super) fn run(wanted: &Sync, profile: Profile) {
    let count = wanted.count.unwrap_or(ANSWERS);
    let Some(whole) = meet(wanted, profile, count, &[]) else {
        return;
    };
    if wanted.cuts == 0 {
        return;
    }
    let up = whole.wire.up.bytes;
    let parts = u64::from(wanted.cuts) + 1;
    let script: Vec<Cut> = (1..parts)
        .map(|part| Cut {
            after: up * part / parts,
            lasts: Duration::from_secs(wanted.cut_seconds),
        })
        .collect();
    let torn = meet(wanted, profile, count, &script);
    let Some(torn) = torn else { return };
    // "At most 5 % more bytes plus handshakes."
    let beyond = |met: &Met| float(met.wire.bytes() - met.wire.handshake_bytes());
    let more = (beyond(&torn) / beyond(&whole) - 1.0) * 100.0;
    figure::print(
        wanted.json,
        &json!({
            "workload": "W1", "profile": profile.name, "case": "cost of cuts",
            "cuts": torn.wire.cuts, "percent_more_beyond_handshakes": round(more),
        }),
    );
}

fn meet(wanted: &Sync, profile: Profile, count: u64, script: &[Cut]) -> Option<Met> {
    let morning = Morning::prepare(count, SEED)?;
    morning::answer(&morning.tablet, count..count * 2);
    let met = morning.meet(profile, script);
    assert!(morning::same(&morning.verified()), "both sides are equal");
    let beyond = met.wire.bytes() - met.wire.handshake_bytes();
    let case = if script.is_empty() { "whole" } else { "cut" };
    figure::print(
        wanted.json,
        &json!({
            "workload": "W1", "profile": profile.name, "case": case,
            "answers": count, "cuts": met.wire.cuts, "links": met.links,
            "lost_of_thousand": profile.lost,
            "wire": wire(&met.wire),
            "beyond_handshake_per_answer": round(float(beyond) / float(count)),
            "session_bytes_up": met.session[0], "session_bytes_down": met.session[1],
            "session_per_answer": round(float(met.session[0] + met.session[1]) / float(count)),
            "bound": bound::of(morning.tablet.folder(), count..count * 2),
            "seconds_with_start": round(met.seconds),
            "tablet": process(met.tablet), "peer": process(met.peer),
        }),
    );
    Some(met)
}
