//! What is told of photos and sounds that a link did not bring before it was gone.

use majlis_tests::morning::{self, Morning};
use majlis_tests::village::until;
use majlis_tests::weak_link::Profile;
use serde_json::Value;

use super::state;

#[test]
fn sounds_that_did_not_come_are_told_after_the_link_is_gone() {
    let Some(mut morning) = Morning::prepare(3, 1) else {
        return;
    };
    morning::open_recording(&morning.peer);
    let _ = morning.meet(Profile::LAN, &[]);
    morning::record(&morning.tablet, 5, 60_000);
    morning.link.set(Profile::EDGE);
    morning.tablet.serve();
    let tablet = |morning: &Morning| state(&morning.peer)["peers"][0].clone();
    let has_all_entries = |view: &Value| view["missing_here"] == 0 && view["lacks"] == 0;
    until("nothing but sounds is to come", || {
        let view = tablet(&morning);
        has_all_entries(&view) && view["blobs_here"].as_u64() > Some(0)
    });
    morning.tablet.kill();
    until("the peer is alone", || {
        tablet(&morning)["connected"] == false
    });
    let view = tablet(&morning);
    assert!(has_all_entries(&view), "{view}");
    let left = view["blobs_here"].as_u64().unwrap();
    assert!(left > 0 && view["complete"] == false, "{view}");
    assert_eq!(view["coming"]["media"], left);
    assert!(view["coming"]["media_bytes"].as_u64() > Some(0));
    // From the disk, too, and after a power cut.
    morning.peer.kill();
    morning.peer.serve();
    let again = tablet(&morning);
    assert_eq!(again["blobs_here"], left);
    assert_eq!(again["complete"], false);

    morning.link.set(Profile::LAN);
    morning.tablet.serve();
    until("both have everything", || {
        let view = tablet(&morning);
        view["connected"] == true && view["complete"] == true && view["blobs_here"] == 0
    });
}
