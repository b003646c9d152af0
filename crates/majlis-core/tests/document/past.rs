//! Blame and versions say who wrote what.

use majlis_core::document::{Document, Edit, Marks};
use majlis_core::time::Timestamp;

use super::editor::any_edit;
use super::seeds;
use super::town::{Replica, lane, send, settle};

/// Each writes in a letter of their own, some of them two units wide.
const HANDS: [&str; 4] = ["a", "\u{628}", "\u{1f30a}", "\u{64e}"];

fn everyone_writes(seed: u64) -> Vec<Replica> {
    let random = &mut fastrand::Rng::with_seed(seed);
    let mut town: Vec<Replica> = (1..=4).map(Replica::new).collect();
    for round in 0..60_u64 {
        let who = random.usize(..town.len());
        match random.u8(..6) {
            0 => send(&mut town, who),
            1 => town[who].read_inbox(3, random),
            _ => {
                let mut edit = any_edit(&town[who].editor, random);
                if let Edit::Insert { text, .. } = &mut edit {
                    *text = HANDS[who].repeat(random.usize(1..9));
                }
                town[who].edit(&[edit], Timestamp(round * 200_000));
            }
        }
    }
    settle(&mut town, random);
    town
}

#[test]
fn everyone_is_blamed_for_their_own_letters_only() {
    for seed in seeds(8) {
        println!("SEED={seed}");
        let town = everyone_writes(seed);
        let blame = town[0].document.blame();
        for run in &blame {
            let who = town
                .iter()
                .position(|replica| replica.actor()[..] == run.actor[..]);
            let hand = HANDS[who.expect("one of the town")];
            assert_eq!(run.text, hand.repeat(run.text.len() / hand.len()));
        }
        let blocks = town[0].document.blocks();
        for (number, block) in blocks.iter().enumerate() {
            let runs: String = block.runs.iter().map(|run| run.text.as_str()).collect();
            let blamed = blame.iter().filter(|run| run.block == number);
            assert_eq!(
                runs,
                blamed.map(|run| run.text.as_str()).collect::<String>()
            );
        }
        for replica in &town {
            assert_eq!(replica.document.blame(), blame);
        }
    }
}

#[test]
fn versions_are_the_same_everywhere_and_lead_to_now() {
    for seed in seeds(8) {
        println!("SEED={seed}");
        let town = everyone_writes(seed);
        let versions = town[0].document.versions();
        for replica in &town {
            assert_eq!(replica.document.versions(), versions);
            let loaded = Document::load(lane(), &replica.document.save()).unwrap();
            assert_eq!(loaded.versions(), versions);
        }
        let now = &town[0].document;
        assert_eq!(versions.last().expect("somebody wrote").heads, now.heads());
        for version in &versions {
            assert!(
                town.iter()
                    .any(|replica| replica.actor()[..] == version.actor[..])
            );
            assert!(now.blocks_at(&version.heads).is_some());
        }
        let shown: u32 = now
            .blame()
            .iter()
            .map(|run| run.text.chars().count() as u32)
            .sum();
        let written: u32 = versions.iter().map(|version| version.inserted).sum();
        let deleted: u32 = versions.iter().map(|version| version.deleted).sum();
        assert!(
            shown <= written && written - shown <= deleted,
            "{shown} of {written} - {deleted}"
        );
    }
}

#[test]
fn a_pause_begins_a_version() {
    let mut replica = Replica::new(1);
    for (seconds, text) in [(0, "abc"), (10, "de"), (1_000, "f"), (1_001, "g")] {
        let insert = Edit::Insert {
            at: 1,
            text: text.to_owned(),
            marks: Marks::default(),
        };
        replica.edit(&[insert], Timestamp(seconds * 1_000));
    }
    let versions = replica.document.versions();
    assert_eq!(
        versions
            .iter()
            .map(|version| version.inserted)
            .collect::<Vec<_>>(),
        [5, 2]
    );
    let before = replica.document.blocks_at(&versions[0].heads).unwrap();
    assert_eq!(before[0].runs[0].text, "deabc");
    assert_eq!(versions[1].time, Timestamp(1_000_000));
}
