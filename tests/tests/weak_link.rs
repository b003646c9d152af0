//! A tablet meets, over every kind of link, the peer that holds the others' answers: those of a day
//! reach it, also when the link breaks on the way. What counts here is that both sides end equal; how
//! long it takes is for `cargo xtask bench sync`.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::time::Duration;

use majlis_tests::morning::{self, Morning};
use majlis_tests::weak_link::{Cut, Profile};

const HELD: u64 = 60;
const FRESH: u64 = 90;

#[test]
fn a_morning_over_a_torn_link_leaves_both_sides_equal() {
    let Some(morning) = Morning::prepare(HELD, 1) else {
        return;
    };
    let before = morning.verified();
    assert!(morning::same(&before), "both hold what was there");
    morning::answer(&morning.tablet, HELD..HELD + FRESH);
    // The first cut is short enough for the connection to live through it, the second is not.
    let script = [(5_500, 4), (9_000, 40)].map(|(after, seconds)| Cut {
        after,
        lasts: Duration::from_secs(seconds),
    });
    let met = morning.meet(Profile::GPRS, &script);
    assert_eq!(met.wire.cuts, 2, "the link was cut as the script says");
    assert!(met.wire.up.lost + met.wire.down.lost > 0, "a cut loses");
    assert!(met.links > 1, "the second cut ended a link");
    let after = morning.verified();
    assert!(morning::same(&after), "both hold everything");
    assert_ne!(after[0]["entries_digest"], before[0]["entries_digest"]);
    let title = majlis_tests::households::form(majlis_tests::households::Tongue::Arabic).title;
    let results = morning.peer.majlis(&["consultation", "results", &title]);
    assert_eq!(results["counted"]["assisted"], HELD + FRESH);
}

#[test]
fn every_kind_of_link_carries_a_morning() {
    for (profile, seed) in [Profile::EDGE, Profile::THREE_G, Profile::LAN]
        .into_iter()
        .zip(2..)
    {
        let Some(morning) = Morning::prepare(HELD, seed) else {
            return;
        };
        morning::answer(&morning.tablet, HELD..HELD + FRESH);
        morning::open_recording(&morning.peer);
        let _ = morning.meet(Profile::LAN, &[]);
        morning::record(&morning.tablet, 1, 30_000);
        let cut = Cut {
            after: 9_000,
            lasts: Duration::from_secs(3),
        };
        let met = morning.meet(profile, &[cut]);
        assert_eq!(met.wire.cuts, 1, "the link was cut");
        assert!(morning::same(&morning.verified()), "both hold everything");
        assert_eq!(morning::recordings(&morning.peer), 1);
        // Nothing new: a meeting over the same link, and both stay as they are.
        let quiet = morning.meet(profile, &[]);
        assert!(
            quiet.session.iter().sum::<u64>() < 400,
            "{:?}",
            quiet.session
        );
    }
}
