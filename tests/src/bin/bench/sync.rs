//! Sync between real processes, and what it is compared with. Each workload says what it does and
//! prints its figures; the bars are in `docs/performance.md`.

mod bound;
mod cold;
mod compare;
mod crowd;
mod devices;
mod disk;
mod linked;
mod morning;
mod quiet;
mod village;

pub(crate) use crowd::run as crowd;
use majlis_tests::morning::Used;
use majlis_tests::weak_link::{Profile, Wire};
use serde_json::{Value, json};

use super::{Sync, Workload};
use crate::figure::round;

/// Losses and hardware addresses are drawn from this.
const SEED: u64 = 1;

/// Runs what is wanted.
pub(super) fn run(wanted: &Sync) {
    let all = [
        Workload::W1,
        Workload::W2,
        Workload::W6,
        Workload::W4,
        Workload::W3,
        Workload::W7,
    ];
    let profiles: Vec<Profile> = wanted
        .profile
        .iter()
        .map(|name| {
            let profile = Profile::named(name).expect("--profile is gprs, edge, 3g or lan");
            profile.losing(wanted.lost)
        })
        .collect();
    for workload in all {
        if !(wanted.workload.is_empty() || wanted.workload.contains(&workload)) {
            continue;
        }
        match workload {
            Workload::W1 => {
                for profile in &profiles {
                    morning::run(wanted, *profile);
                }
                if wanted.compare {
                    compare::run(wanted);
                }
            }
            Workload::W2 => quiet::run(wanted, &profiles),
            Workload::W3 => village::run(wanted),
            Workload::W4 => cold::run(wanted),
            Workload::W6 => disk::run(wanted),
            Workload::W7 => devices::run(wanted),
        }
    }
}

/// What was on the link, as figures.
fn wire(wire: &Wire) -> Value {
    json!({
        "bytes_up": wire.up.bytes,
        "bytes_down": wire.down.bytes,
        "handshake_bytes_up": wire.up.handshake_bytes,
        "handshake_bytes_down": wire.down.handshake_bytes,
        "packets_up": wire.up.packets,
        "packets_down": wire.down.packets,
        "lost": wire.up.lost + wire.down.lost,
        "turns": wire.turns(),
        "seconds": round(wire.lasted().as_secs_f64()),
    })
}

/// What a process used, as figures.
fn process(used: Used) -> Value {
    json!({
        "peak_rss_kb": used.peak / 1_024,
        "cpu_seconds": (used.cpu * 100.0).round() / 100.0,
    })
}
