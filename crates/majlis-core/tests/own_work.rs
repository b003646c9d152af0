//! Own work that was taken out of a document, and what is written after it. Not here: what becomes
//! of others' work (`hostile_order`).

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    dead_code,
    reason = "tests say what they expect; the scene is shared with tests that use more of it"
)]

#[path = "hostile/scene.rs"]
mod scene;
#[path = "hostile/village.rs"]
mod village;

use majlis_core::admission::{Aside, State};
use majlis_core::changes::Changes;
use majlis_core::sync::wire::Carried;
use village::Village;

fn session_of(entry: &Carried) -> u32 {
    Changes::decode(entry.payload.as_ref().unwrap())
        .unwrap()
        .session
}

#[test]
fn what_is_written_after_work_was_taken_out_is_in_a_fresh_session() {
    let mut village = Village::new();
    let (bo, mut device) = village.member();
    let session = device.opens_editor();
    let lost = device.types(session, "The well is mine");
    assert_eq!(session_of(&lost), session);
    let (removal, back) = (village.removes(bo), village.promotes(bo));
    device.take(&[removal, back]);
    assert_eq!(device.state(&lost), State::Quarantined(Aside::Removed));

    let mut sessions = vec![session];
    for _ in 0..2 {
        // An editor that is still open says the session it began with.
        for number in 0..3 {
            let entry = device.types(session, "x");
            assert_eq!(device.state(&entry), State::Admitted);
            assert!(!sessions.contains(&session_of(&entry)), "edit {number}");
            sessions.push(session_of(&entry));
        }
        let before = device.reads(&lost);
        device.types(session, "y");
        device.types(session, "z");
        assert_eq!(device.reads(&lost), before, "read at every edit");
        // And so it is after a restart.
        device.restart();
    }
    // A session of which nothing was taken out goes on.
    let next = device.opens_editor();
    let (first, second) = (device.types(next, "a"), device.types(next, "b"));
    assert_eq!([session_of(&first), session_of(&second)], [next; 2]);
    assert_eq!(device.document().plain_text(), "bazyxxxzyxxx");
}
