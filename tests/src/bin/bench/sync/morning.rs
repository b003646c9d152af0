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

/// Bytes of the longest packet that is sent, its headers included.
const LONGEST_PACKET: f64 = 1_228.0;
/// What a photo is made to fit, about.
const BLOB_BYTES: usize = 140_000;

pub(super) fn run(wanted: &Sync, profile: Profile) {
    if let Some(blobs) = wanted.blobs {
        run_blobs(wanted, profile, blobs);
        return;
    }
    let count = wanted.count.unwrap_or(ANSWERS);
    let Some(whole) = meet(wanted, profile, count, &[]) else {
        return;
    };
    if wanted.cuts == 0 {
        return;
    }
    let torn = meet(wanted, profile, count, &script(wanted, &whole));
    let Some(torn) = torn else { return };
    cost_of_cuts(wanted, profile, &whole, &torn);
}

/// Cuts evenly spread over what such a meeting sends.
fn script(wanted: &Sync, whole: &Met) -> Vec<Cut> {
    let up = whole.wire.up.bytes;
    let parts = u64::from(wanted.cuts) + 1;
    let cuts = (1..parts).map(|part| Cut {
        after: up * part / parts,
        lasts: Duration::from_secs(wanted.cut_seconds),
    });
    cuts.collect()
}

/// "Nine cuts cost at most 5 % more bytes plus handshakes": a link that lives through a cut makes no
/// handshake and says again what was on its way; one that does not makes one. Told are both: what
/// the cuts cost with everything in it, beside what such a bar allows with a handshake for each, and
/// what is beyond handshakes alone. Each cut is made by a packet, which is lost: no less is possible.
fn cost_of_cuts(wanted: &Sync, profile: Profile, whole: &Met, torn: &Met) {
    let beyond = |met: &Met| float(met.wire.bytes() - met.wire.handshake_bytes());
    let more = (beyond(torn) / beyond(whole) - 1.0) * 100.0;
    let cuts = float(u64::from(torn.wire.cuts));
    let handshake = float(whole.wire.handshake_bytes());
    figure::print(
        wanted.json,
        &json!({
            "workload": "W1", "profile": profile.name, "case": "cost of cuts",
            "cuts": torn.wire.cuts,
            "bytes_more": round(float(torn.wire.bytes()) - float(whole.wire.bytes())),
            "bytes_allowed": round(beyond(whole) * 0.05 + cuts * handshake),
            "percent_more_beyond_handshakes": round(more),
            "percent_of_packets_that_were_hit":
                round(cuts * LONGEST_PACKET / beyond(whole) * 100.0),
        }),
    );
}

/// Recordings of the size of photos, and nothing else that is new.
fn run_blobs(wanted: &Sync, profile: Profile, blobs: u64) {
    let meet = |script: &[Cut]| -> Option<Met> {
        let morning = Morning::prepare(10, SEED)?;
        morning::open_recording(&morning.peer);
        let _ = morning.meet(Profile::LAN, &[]);
        morning::record(&morning.tablet, blobs, BLOB_BYTES);
        let met = morning.meet(profile, script);
        assert_eq!(morning::recordings(&morning.peer), blobs, "all have come");
        let beyond = float(met.wire.bytes() - met.wire.handshake_bytes());
        let least = float(blobs) * float(BLOB_BYTES as u64);
        figure::print(
            wanted.json,
            &json!({
                "workload": "W1", "profile": profile.name, "case": "blobs",
                "blobs": blobs, "blob_bytes": BLOB_BYTES, "cuts": met.wire.cuts, "links": met.links,
                "wire": wire(&met.wire),
                "percent_beyond_bound": round((beyond / least - 1.0) * 100.0),
                "seconds_with_start": round(met.seconds),
                "tablet": process(met.tablet), "peer": process(met.peer),
            }),
        );
        Some(met)
    };
    let Some(whole) = meet(&[]) else { return };
    if wanted.cuts == 0 {
        return;
    }
    if let Some(torn) = meet(&script(wanted, &whole)) {
        cost_of_cuts(wanted, profile, &whole, &torn);
    }
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
