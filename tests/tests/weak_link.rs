//! A tablet meets, over every kind of link, the peer that holds the others' answers: those of a day
//! reach it, also when the link breaks on the way. What counts here is that both sides end equal; how
//! long it takes is for `cargo xtask bench sync`.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::io::{Seek as _, Write as _};
use std::time::Duration;

use majlis_tests::morning::{self, Morning};
use majlis_tests::village::{Village, until};
use majlis_tests::weak_link::{Cut, Profile, WeakLink};

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

/// Forty times somebody writes one of four paragraphs anew, in words that nothing can compress.
fn write_much(village: &Village) {
    village.majlis(&[
        "doc",
        "new",
        "Statutes",
        "--text",
        "First\nSecond\nThird\nFourth",
    ]);
    let mut rng = fastrand::Rng::with_seed(7);
    let mut paragraphs = vec![String::new(); 4];
    for round in 0..40 {
        let word = |rng: &mut fastrand::Rng| format!("{:08x}", rng.u32(..));
        let words: Vec<String> = (0..120).map(|_| word(&mut rng)).collect();
        paragraphs[round % 4] = words.join(" ");
        let mut text = tempfile::tempfile().unwrap();
        text.write_all(paragraphs.join("\n").as_bytes()).unwrap();
        text.rewind().unwrap();
        let mut edit = village.command();
        edit.args(["doc", "edit", "Statutes", "--replace"])
            .stdin(text);
        assert!(edit.output().unwrap().status.success());
    }
}

#[test]
fn who_joins_over_a_weak_link_reads_a_long_text_before_its_history_came() {
    let Some(link) = WeakLink::lay(Profile::LAN, 5) else {
        return;
    };
    let [near, far] = link.ends();
    let mut tablet = Village::new(Some(near)).without_discovery();
    let mut peer = Village::new(Some(far)).without_discovery();
    peer.majlis(&["space", "new", "Ain Safa", "--as", "Amina"]);
    peer.serve();
    let invite = peer.majlis(&["invite", "--rank", "member"]);
    let ticket = invite["ticket"].as_str().unwrap();
    tablet.majlis(&["join", ticket, "--as", "Bilal", "--wait", "60"]);
    write_much(&peer);
    peer.majlis(&["doc", "checkpoint", "Statutes"]);
    let whole = peer.majlis(&["doc", "show", "Statutes"]);
    link.set(Profile::GPRS);
    tablet.serve();
    let coming = |tablet: &Village| {
        let list = tablet.majlis(&["doc", "list"]);
        let one = list.as_array().unwrap().iter();
        let mut one = one.filter(|one| one["title"] == "Statutes");
        one.next().map(|one| one["coming"].clone())
    };
    until("the text to be readable", || coming(&tablet).is_some());
    let read = tablet.majlis(&["doc", "show", "Statutes", "--signed"]);
    let still = &read["signed"];
    assert_eq!(still["name"], "Amina", "{still}");
    assert!(still["missing"].as_u64() > Some(20), "{still}");
    assert_eq!(read["blocks"], whole["blocks"]);
    until("its history to be here", || {
        coming(&tablet).is_some_and(|coming| coming.is_null())
    });
    assert_eq!(tablet.majlis(&["doc", "show", "Statutes"]), whole);
    peer.kill();
    tablet.kill();
    assert!(morning::same(&[tablet.verified(), peer.verified()]));
}
