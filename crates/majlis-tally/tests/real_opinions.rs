//! Conversations that were held on Polis, grouped again.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::Path;

use majlis_tally::opinion::{
    OpinionRule, Side, adjusted_rand_index, count, group_informed_consensus, representative,
};
use majlis_tally::polis::{Conversation, ExportSet};

/// Where votes are read from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Events,
    Participants,
}

fn conversation(name: &str, from: From) -> Option<Conversation> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/polis")
        .join(name);
    let file = |name: &str| std::fs::read(folder.join(name)).ok();
    let (comments, votes) = (file("comments.csv"), file("votes.csv"));
    let (participants, summary) = (file("participants-votes.csv"), file("summary.csv"));
    if comments.is_none() {
        println!("skipped: {name} is not beside the repository");
        return None;
    }
    let set = ExportSet {
        comments: comments.as_deref(),
        votes: votes.as_deref().filter(|_| from == From::Events),
        participants_votes: participants.as_deref(),
        summary: summary.as_deref(),
    };
    Some(Conversation::read(&set).unwrap())
}

#[test]
fn vtaiwan_with_its_published_groups() {
    let Some(conversation) = conversation("vtaiwan.uberx", From::Participants) else {
        return;
    };
    let votes = conversation.opinions(false).unwrap();
    let (labels, groups) = conversation.published(&votes);
    let consensus = group_informed_consensus(&votes, &labels, groups);
    let first: Vec<(&str, String)> = consensus
        .iter()
        .take(5)
        .map(|one| (one.statement.as_str(), one.agreement.decimal(6)))
        .collect();
    let expected = [
        ("40", "0.859745"),
        ("16", "0.801474"),
        ("7", "0.801179"),
        ("111", "0.760355"),
        ("64", "0.707552"),
    ];
    assert_eq!(first, expected.map(|(id, value)| (id, value.to_owned())));
    let found = representative(&votes, &labels, groups);
    assert_eq!([found[0].len(), found[1].len()], [45, 60]);
    let lead = &found[0][0];
    assert_eq!((lead.statement.as_str(), lead.side), ("44", Side::Agree));
    assert_eq!((lead.votes, lead.seen), (195, 220));
    let lead = &found[1][0];
    assert_eq!((lead.statement.as_str(), lead.side), ("18", Side::Disagree));
    assert_eq!((lead.votes, lead.seen), (321, 458));
    assert_eq!((lead.ratio + 500_000) / 1_000_000, 20_067);
    assert_eq!((lead.difference + 500_000) / 1_000_000, 17_159);
}

/// How our groups agree with the published ones: members, groups, and the adjusted Rand index in
/// thousandths.
fn likeness(name: &str, from: From, groups: Option<u8>) -> Option<(usize, usize, i64)> {
    let conversation = conversation(name, from)?;
    let votes = conversation.opinions(false).unwrap();
    let (labels, _) = conversation.published(&votes);
    let rule = OpinionRule {
        groups,
        ..OpinionRule::default()
    };
    let outcome = count(&votes, &rule);
    let pairs = outcome.points.iter().filter_map(|point| {
        let at = votes.participant(&point.participant).unwrap();
        Some((point.group?, labels[at]?))
    });
    let (ours, theirs): (Vec<usize>, Vec<usize>) = pairs.unzip();
    let index = adjusted_rand_index(&ours, &theirs);
    println!(
        "{name}: {} grouped, {} groups, index {index:.3}",
        outcome.points.len(),
        outcome.groups
    );
    #[allow(clippy::cast_possible_truncation, reason = "an index is at most one")]
    let thousandths = (index * 1000.0) as i64;
    Some((outcome.points.len(), outcome.groups, thousandths))
}

/// The published groups of this one follow from the votes alone.
#[test]
fn vtaiwan_falls_into_the_published_groups() {
    let Some((members, groups, index)) = likeness("vtaiwan.uberx", From::Participants, None) else {
        return;
    };
    assert_eq!((members, groups), (1_218, 2));
    assert!(index >= 915, "{index}");
}

/// The published groups of these also follow from what came before: who was in, earlier groups.
/// What is pinned is that ours stay as near to them as they are.
#[test]
fn groups_with_a_history_are_near_the_published_ones() {
    if let Some((members, groups, index)) =
        likeness("15-per-hour-seattle", From::Participants, None)
    {
        assert_eq!((members, groups), (138, 2));
        assert!(index >= 560, "{index}");
    }
    if let Some((members, _, _)) = likeness("scoop-hivemind.ubi", From::Participants, Some(4)) {
        assert_eq!(members, 174);
    }
}

#[test]
fn events_give_the_votes_of_the_table() {
    for name in ["vtaiwan.uberx", "15-per-hour-seattle", "scoop-hivemind.ubi"] {
        let (Some(events), Some(table)) = (
            conversation(name, From::Events),
            conversation(name, From::Participants),
        ) else {
            continue;
        };
        assert_eq!(events.flipped, Some(false), "{name}");
        let differ = table.votes.iter().filter(|(key, vote)| {
            events
                .votes
                .get(*key)
                .is_none_or(|other| other.opinion != vote.opinion)
        });
        let differ = differ.count();
        println!("{name}: {differ} of {} votes differ", table.votes.len());
        assert!(differ * 100 < table.votes.len(), "{name}: {differ}");
    }
}
