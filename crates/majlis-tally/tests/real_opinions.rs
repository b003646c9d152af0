//! Conversations that were held on Polis, grouped again.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::Path;

use majlis_tally::opinion::{
    OpinionRule, Side, adjusted_rand_index, count, group_informed_consensus, representative,
};
use majlis_tally::polis::{Conversation, ExportSet};

fn conversation(name: &str) -> Option<Conversation> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/polis").join(name);
    let file = |name: &str| std::fs::read(folder.join(name)).ok();
    let (comments, votes) = (file("comments.csv"), file("votes.csv"));
    let (participants, summary) = (file("participants-votes.csv"), file("summary.csv"));
    if comments.is_none() {
        println!("skipped: {name} is not beside the repository");
        return None;
    }
    let set = ExportSet {
        comments: comments.as_deref(),
        votes: votes.as_deref().filter(|_| std::env::var_os("RAW").is_some()),
        participants_votes: participants.as_deref(),
        summary: summary.as_deref(),
    };
    Some(Conversation::read(&set).unwrap())
}

#[test]
fn vtaiwan_with_its_published_groups() {
    let Some(conversation) = conversation("vtaiwan.uberx") else { return };
    for strict in [false, true] {
        let votes = conversation.opinions(strict).unwrap();
        let (labels, groups) = conversation.published(&votes);
        let consensus = group_informed_consensus(&votes, &labels, groups);
        for one in consensus.iter().take(5) {
            println!("{strict} {} {}", one.statement, one.agreement.decimal(6));
        }
        for group in representative(&votes, &labels, groups) {
            println!("{strict} {} {:?}", group.len(), group[0]);
        }
    }
}

#[test]
fn groups_are_those_published() {
    for name in ["vtaiwan.uberx", "15-per-hour-seattle", "scoop-hivemind.ubi"] {
        let Some(conversation) = conversation(name) else { continue };
        for strict in [false, true] {
            let votes = conversation.opinions(strict).unwrap();
            let (labels, groups) = conversation.published(&votes);
            for forced in [None, Some(u8::try_from(groups).unwrap())] {
                let rule = OpinionRule { groups: forced, ..OpinionRule::default() };
                let outcome = count(&votes, &rule);
                let (mut ours, mut theirs) = (Vec::new(), Vec::new());
                for point in &outcome.points {
                    let at = votes.participant(&point.participant).unwrap();
                    if let (Some(group), Some(label)) = (point.group, labels[at]) {
                        ours.push(group);
                        theirs.push(label);
                    }
                }
                println!("{name} strict {strict} forced {forced:?}: in {} groups {} both {} index {} silhouettes {:?}",
                    outcome.points.len(), outcome.groups, ours.len(), adjusted_rand_index(&ours, &theirs),
                    outcome.groupings.iter().map(|one| one.silhouette).collect::<Vec<_>>());
            }
        }
    }
    let _ = Side::Agree;
}
