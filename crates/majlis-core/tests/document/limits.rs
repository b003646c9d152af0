//! What an editor may hand in at once, and what it may not.

use majlis_core::changes::Changes;
use majlis_core::document::{Block, BlockKind, Document, Edit, EditError, Edited, Marks, Run};
use majlis_core::gate::{self, MAX_BATCH_OPS};
use majlis_core::id::DeviceId;
use majlis_core::time::Timestamp;

use super::town::{Replica, lane, send, settle, take};

fn ana() -> DeviceId {
    DeviceId::from_bytes([1; 32])
}

fn plain(at: usize, text: &str) -> Edit {
    Edit::Insert {
        at,
        text: text.to_owned(),
        marks: Marks::default(),
    }
}

/// Gives what was made to another replica, in batches as large as they may be.
fn give(edited: &Edited, other: &mut Document) {
    let mut batches: Vec<(u64, Changes)> = Vec::new();
    for change in &edited.changes {
        assert!(change.len() <= gate::MAX_CHANGE);
        let claim = gate::claim(change).expect("an honest change");
        match batches.last_mut() {
            Some((sum, batch)) if *sum + claim <= MAX_BATCH_OPS => {
                *sum += claim;
                batch.changes.push(change.clone().into());
            }
            _ => {
                let changes = vec![change.clone().into()];
                batches.push((
                    claim,
                    Changes {
                        session: 0,
                        changes,
                    },
                ));
            }
        }
    }
    for (_, batch) in batches {
        assert!(take(other, ana(), &batch), "nothing is missing");
    }
}

#[test]
fn a_long_text_is_taken_marked_and_thrown_away_in_one_edit_each() {
    let (mut here, mut there) = (Document::new(lane()), Document::new(lane()));
    let actor = ana().actor(lane(), 0);
    let text = "The well \u{1f30a} \u{627}\u{644}\u{642}\u{631}\u{64a}\u{629}. ".repeat(400);
    let units = text.encode_utf16().count();
    let step = |here: &mut Document, there: &mut Document, edits: &[Edit]| {
        let heads = here.heads();
        let edited = here.edit(actor, &heads, edits, Timestamp(0)).unwrap();
        give(&edited, there);
        assert_eq!(here.blocks(), there.blocks());
    };
    step(&mut here, &mut there, &[plain(1, &text)]);
    let link = Some(format!("https://example.org/{}", "x".repeat(1_900)));
    let marks = Marks {
        strong: true,
        em: true,
        link,
    };
    // Every third letter first, so that marking all of it has a thousand parts.
    let thirds = (1..units - 2).step_by(3).filter_map(|at| {
        let halves: Vec<u16> = text.encode_utf16().skip(at - 1).take(2).collect();
        let whole = halves.iter().all(|half| !(0xd800..=0xdfff).contains(half));
        let marks = Marks {
            strong: true,
            ..Marks::default()
        };
        whole.then_some(Edit::Mark {
            from: at,
            to: at + 1,
            marks,
        })
    });
    let thirds: Vec<Edit> = thirds.take(400).collect();
    step(&mut here, &mut there, &thirds);
    step(
        &mut here,
        &mut there,
        &[Edit::Mark {
            from: 1,
            to: units + 1,
            marks: marks.clone(),
        }],
    );
    let whole = Block {
        kind: BlockKind::Paragraph,
        runs: vec![Run { text, marks }],
    };
    assert_eq!(there.blocks(), [whole]);
    step(
        &mut here,
        &mut there,
        &[Edit::Delete {
            at: 1,
            count: units,
        }],
    );
    assert_eq!(there.blocks(), [Block::default()]);
    assert_eq!(
        Document::load(lane(), &there.save()).unwrap().heads(),
        here.heads()
    );
}

#[test]
fn more_people_than_a_change_may_name_are_merged() {
    let mut town: Vec<Replica> = (1..=60).map(Replica::new).collect();
    for (number, replica) in town.iter_mut().enumerate() {
        let letter = char::from_u32(0x4e00 + number as u32).unwrap();
        replica.edit(&[plain(1, &letter.to_string())], Timestamp(0));
    }
    let random = &mut fastrand::Rng::with_seed(1);
    for who in 0..town.len() {
        send(&mut town, who);
    }
    // One hears of all the others and writes on.
    town[7].read_inbox(1_000, random);
    assert_eq!(town[7].document.heads().len(), 60);
    town[7].catch_up();
    town[7].edit(&[plain(1, "together")], Timestamp(1_000));
    assert_eq!(town[7].document.heads().len(), 1);
    settle(&mut town, random);
    let actor = town[9].actor();
    let title = town[9]
        .document
        .set_title(actor, "Sixty", Timestamp(0))
        .unwrap();
    town[9].follow(title);
    settle(&mut town, random);
    assert_eq!(town[0].document.title(), "Sixty");
}

#[test]
fn edits_that_do_not_fit_change_nothing() {
    let mut document = Document::new(lane());
    let actor = ana().actor(lane(), 0);
    let empty = document.heads();
    let now = Timestamp(0);
    document
        .edit(actor, &empty, &[plain(1, "a\u{1f30a}b")], now)
        .unwrap();
    let (heads, blocks) = (document.heads(), document.blocks());
    let marks = Marks::default;
    let outside = [
        plain(0, "x"),
        plain(6, "x"),
        plain(3, "x"),
        Edit::Delete { at: 0, count: 1 },
        Edit::Delete { at: 1, count: 0 },
        Edit::Delete { at: 1, count: 2 },
        Edit::Delete { at: 3, count: 1 },
        Edit::Delete { at: 4, count: 2 },
        Edit::Delete {
            at: usize::MAX,
            count: 2,
        },
        Edit::Mark {
            from: 0,
            to: 2,
            marks: marks(),
        },
        Edit::Mark {
            from: 2,
            to: 2,
            marks: marks(),
        },
        Edit::Mark {
            from: 2,
            to: 3,
            marks: marks(),
        },
        Edit::Mark {
            from: 2,
            to: 9,
            marks: marks(),
        },
        Edit::Split {
            at: 0,
            kind: BlockKind::Quote,
        },
        Edit::Split {
            at: 3,
            kind: BlockKind::Quote,
        },
        Edit::Block {
            at: 1,
            kind: BlockKind::Quote,
        },
        Edit::Block {
            at: 9,
            kind: BlockKind::Quote,
        },
    ];
    for edit in outside {
        // Something fitting before it is undone with it.
        let edits = [
            plain(1, "x"),
            Edit::Delete { at: 1, count: 1 },
            edit.clone(),
        ];
        let refused = document.edit(actor, &heads, &edits, now);
        assert_eq!(refused, Err(EditError::OutOfRange), "{edit:?}");
        assert_eq!(
            (document.heads(), document.blocks()),
            (heads.clone(), blocks.clone())
        );
    }
    for text in ["", "a\nb", "\u{fffc}", "\u{0}"] {
        let refused = document.edit(actor, &heads, &[plain(1, text)], now);
        assert_eq!(refused, Err(EditError::BadText), "{text:?}");
    }
    let long = format!("https://example.org/{}", "x".repeat(2_000));
    let bad = [
        "",
        "https://",
        "javascript:alert(1)",
        "data:text/html,x",
        "www.example.org",
        "https://a b",
    ];
    for link in bad.map(str::to_owned).into_iter().chain([long]) {
        let marks = Marks {
            link: Some(link),
            ..marks()
        };
        let refused = document.edit(
            actor,
            &heads,
            &[Edit::Mark {
                from: 1,
                to: 2,
                marks,
            }],
            now,
        );
        assert_eq!(refused, Err(EditError::BadText));
    }
    let unknown = [automerge::ChangeHash([3; 32])];
    let refused = document.edit(ana().actor(lane(), 1), &unknown, &[plain(1, "x")], now);
    assert_eq!(refused, Err(EditError::UnknownBase));
    assert_eq!(document.blocks(), blocks);
    // Another session may build on old heads.
    document
        .edit(ana().actor(lane(), 1), &empty, &[plain(1, "x")], now)
        .unwrap();
}

#[test]
fn a_saved_document_is_of_its_lane_or_nothing() {
    let mut replica = Replica::new(1);
    replica.edit(&[plain(1, "text")], Timestamp(0));
    let save = replica.document.save();
    let loaded = Document::load(lane(), &save).unwrap();
    assert_eq!(loaded.blocks(), replica.document.blocks());
    let other = majlis_core::id::LaneId::new(majlis_core::id::LaneClass::Document, [8; 16]);
    assert!(Document::load(other, &save).is_err());
    for at in (0..save.len()).step_by(7) {
        let mut bent = save.clone();
        bent[at] ^= 0x55;
        // Bent, it does not load, or it loads as what it was.
        if let Ok(loaded) = Document::load(lane(), &bent) {
            assert_eq!(loaded.blocks(), replica.document.blocks());
        }
    }
    assert!(Document::load(lane(), &[]).is_err());
}
