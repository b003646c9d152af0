//! W2: two replicas that hold the same meet again and have nothing to say: what the session says
//! in frames, counted without a network at two sizes, and what that makes of a real link.

use majlis_core::sign::DeviceKey;
use majlis_store::Store;
use majlis_tests::device::Device;
use majlis_tests::meeting;
use majlis_tests::morning::Morning;
use majlis_tests::weak_link::Profile;
use serde_json::json;

use super::devices::{self, Replica};
use super::{SEED, Sync, process, wire};
use crate::figure;

/// Records on both sides.
const SIZES: [u64; 2] = [10_000, 100_000];
/// Records on both sides of the real link.
const ON_A_LINK: u64 = 10_000;

pub(super) fn run(wanted: &Sync, profiles: &[Profile]) {
    let sizes = wanted.count.map_or(SIZES.to_vec(), |count| vec![count]);
    for records in sizes {
        session(wanted, records);
    }
    let Some(morning) = Morning::prepare(wanted.count.unwrap_or(ON_A_LINK), SEED) else {
        return;
    };
    for profile in profiles {
        let met = morning.meet(*profile, &[]);
        figure::print(
            wanted.json,
            &json!({
                "workload": "W2", "profile": profile.name, "case": "link",
                "records": wanted.count.unwrap_or(ON_A_LINK), "wire": wire(&met.wire),
                "session_bytes_up": met.session[0], "session_bytes_down": met.session[1],
                "tablet": process(met.tablet), "peer": process(met.peer),
            }),
        );
    }
}

/// The session alone.
fn session(wanted: &Sync, records: u64) {
    let Replica {
        mut device, invite, ..
    } = devices::replica(Store::in_memory().unwrap(), records, 1);
    let key = DeviceKey::from_secret(&[2; 32]);
    let id = device.space.id();
    let mut other = Device::join(id, invite, devices::SECRET, key, "Bilal");
    // The first meeting brings everything over, the second finds whatever they agree to remember.
    let first = meeting::hold(&mut other, &mut device, 1);
    meeting::hold(&mut other, &mut device, 2);
    assert_eq!(device.space.entries_digest(), other.space.entries_digest());
    let quiet = meeting::hold(&mut other, &mut device, 3);
    figure::print(
        wanted.json,
        &json!({
            "workload": "W2", "profile": "none", "case": "session", "records": records,
            "application_bytes_up": quiet.bytes[0], "application_bytes_down": quiet.bytes[1],
            "application_bytes": quiet.bytes[0] + quiet.bytes[1],
            "frames": quiet.frames[0] + quiet.frames[1], "turns": quiet.turns,
            "first_meeting_bytes": first.bytes[0] + first.bytes[1],
        }),
    );
}
