//! What must stay as it is for replicas of different versions to agree.

use super::*;
use crate::id::LaneClass;

#[test]
fn the_skeleton_of_a_lane_is_the_one_written_down() {
    let lane = LaneId::new(LaneClass::Document, [7; 16]);
    assert_eq!(
        skeleton::hash(lane).to_string(),
        "eb3aa0646ea7d496482b236ea131b941074847e7f11f1701a453008aa32a1002"
    );
    let document = Document::new(lane);
    assert_eq!(document.heads(), [skeleton::hash(lane)]);
    assert_eq!(document.blocks(), [Block::default()]);
    assert_eq!(document.actors().len(), 0);
}

#[test]
fn the_checksum_of_blocks_is_the_one_the_page_computes() {
    let link = Some("https://example.org/".to_owned());
    let marks = Marks {
        strong: true,
        em: false,
        link,
    };
    let run = Run {
        text: "\u{645}\u{627}\u{621} \u{1f30a}".to_owned(),
        marks,
    };
    let kind = BlockKind::Item {
        ordered: true,
        depth: 2,
    };
    assert_eq!(
        checksum(&[Block {
            kind,
            runs: vec![run]
        }]),
        "a0f5408e"
    );
}

#[test]
fn a_link_of_a_peer_that_runs_something_is_shown_to_nobody() {
    use automerge::marks::{ExpandMark, Mark};
    use automerge::transaction::Transactable as _;

    let shown = |to: &str| {
        let mut document = skeleton::make(LaneId::new(LaneClass::Document, [7; 16]));
        let body = skeleton::body(&document).unwrap();
        document
            .transact(|transaction| {
                transaction.splice_text(&body, 1, 0, "water")?;
                let mark = Mark::new("link".to_owned(), to, 1, 6);
                transaction.mark(&body, mark, ExpandMark::None)
            })
            .unwrap();
        text::blocks(&document, None)[0].runs[0].marks.link.clone()
    };
    assert_eq!(
        shown("HTTPS://example.org").as_deref(),
        Some("HTTPS://example.org")
    );
    for to in [
        "javascript:alert(1)",
        " https://example.org",
        "file:///etc/passwd",
        "tel:",
    ] {
        assert_eq!(shown(to), None, "{to}");
    }
}
