//! A newer version of the program finds what an older one stored and could not read. Not here:
//! what an older version does with such entries (`session/skew` in `tests`).

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

use majlis_core::admission::{Missing, State};
use majlis_core::space::{Command, Input};
use village::Village;

#[test]
fn what_an_older_version_could_not_read_counts_after_the_upgrade() {
    let mut village = Village::new();
    let anas = village.ana_writes("The well is dry");
    let mut reader = village.reader();
    reader.take(&village.membership);
    reader.take(std::slice::from_ref(&anas));
    assert_eq!(reader.state(&anas), State::Admitted);
    let heads = reader.document().heads();

    reader.stored_as(&anas, State::Unknown);
    reader.restart();
    assert_eq!(reader.state(&anas), State::Unknown);
    assert_ne!(reader.document().heads(), heads);

    reader.step(Input::Command(Command::Reconsider));
    assert_eq!(reader.state(&anas), State::Admitted);
    assert_eq!(reader.document().heads(), heads);
    reader.restart();
    assert_eq!(reader.state(&anas), State::Admitted);
    assert_eq!(reader.document().heads(), heads);
}

#[test]
fn a_membership_operation_read_at_last_sets_again_what_it_decides_about() {
    let mut village = Village::new();
    let (_, mut member) = village.member();
    member.take(&village.membership);
    let session = member.opens_editor();
    let written = member.types(session, "a well");
    let joining = village.membership.last().unwrap().clone();
    let mut reader = village.reader();
    reader.take(&village.membership);
    reader.take(std::slice::from_ref(&written));
    assert_eq!(reader.state(&written), State::Admitted);
    let heads = reader.document().heads();

    reader.stored_as(&joining, State::Unknown);
    reader.stored_as(&written, State::Waiting(Missing::Warrant));
    reader.restart();
    assert_eq!(reader.state(&joining), State::Unknown);
    assert_eq!(reader.state(&written), State::Waiting(Missing::Warrant));
    assert_ne!(reader.document().heads(), heads);

    reader.step(Input::Command(Command::Reconsider));
    assert_eq!(reader.state(&joining), State::Admitted);
    assert_eq!(reader.state(&written), State::Admitted);
    assert_eq!(reader.document().heads(), heads);
}
