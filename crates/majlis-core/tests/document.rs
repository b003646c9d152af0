//! Documents edited by several replicas at once, through the edits an editor speaks and the gate.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "tests say what they expect, and take a seed from the environment"
)]

#[path = "document/again.rs"]
mod again;
#[path = "document/definition.rs"]
mod definition;
#[path = "document/editor.rs"]
mod editor;
#[path = "document/limits.rs"]
mod limits;
#[path = "document/past.rs"]
mod past;
#[path = "document/place.rs"]
mod place;
#[path = "document/town.rs"]
mod town;

fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().expect("SEED is a number")],
        Err(_) => (1..=count).collect(),
    }
}

#[test]
fn replicas_that_write_at_once_agree_and_every_editor_can_follow() {
    let (mut walked, mut whole) = (0, 0);
    for seed in seeds(16) {
        println!("SEED={seed}");
        for replica in town::run(seed, 120) {
            walked += replica.walked;
            whole += replica.whole;
        }
    }
    println!("{walked} edits walked, {whole} times the whole content");
    assert!(whole * 50 <= walked, "editors are mostly led by edits");
}
