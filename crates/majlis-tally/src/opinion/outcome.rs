//! Groups and what they say, as one result.

use serde::Serialize;

use super::OpinionRule;
use super::bridging::{Bridge, bridges};
use super::components::Components;
use super::groups::{Grouping, groupings};
use super::represent::{
    Consensus, Representative, Side, group_informed_consensus, overall_consensus, representative,
};
use super::votes::Votes;
use crate::canonical::{Canonical, ResultHash, Writer};

/// Where a participant stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Point {
    /// The participant.
    pub participant: String,
    /// Billionths along the two directions in which opinions differ most.
    pub at: [i64; 2],
    /// The group; absent where there are none.
    pub group: Option<usize>,
}

/// Groups of opinion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpinionOutcome {
    /// The rule that was applied.
    pub rule: OpinionRule,
    /// How many took part, and how many of them answered enough to be grouped.
    pub participants: usize,
    /// Statements that were asked about.
    pub statements: usize,
    /// Who is grouped, in the order of ids.
    pub points: Vec<Point>,
    /// All groupings that were looked at, fewest groups first: how the picture depends on how many
    /// groups one wants to see.
    pub groupings: Vec<Grouping>,
    /// How many groups there are in the one that counts; zero where nobody stands apart.
    pub groups: usize,
    /// Whether the groups are clear enough to speak of: else they are an aid and no finding.
    pub clear: bool,
    /// What stands for each group, the strongest first.
    pub representative: Vec<Vec<Representative>>,
    /// What groups share, the most agreed first.
    pub consensus: Vec<Consensus>,
    /// What most agree with whatever their group, and what most disagree with.
    pub overall: [Vec<Representative>; 2],
    /// Bridges between people who stand far apart, whatever the groups.
    pub bridges: Vec<Bridge>,
}

pub(super) fn count(votes: &Votes, rule: &OpinionRule) -> OpinionOutcome {
    let members = votes.members(rule.least_votes, rule.least_people);
    let components = Components::of(votes, &members);
    let groupings = groupings(&components.points);
    let chosen = match rule.groups {
        Some(wanted) => groupings
            .iter()
            .find(|one| one.groups == usize::from(wanted)),
        // The first of equals has the fewest groups.
        None => groupings.iter().rev().max_by_key(|one| one.silhouette),
    };
    let groups = chosen.map_or(0, |one| one.groups);
    let mut labels: Vec<Option<usize>> = vec![None; votes.participants().len()];
    let mut inside = vec![false; votes.participants().len()];
    for (at, member) in members.iter().enumerate() {
        if let (Some(label), Some(inside)) = (labels.get_mut(*member), inside.get_mut(*member)) {
            *label = chosen.and_then(|one| one.labels.get(at)).copied();
            *inside = true;
        }
    }
    let points = members
        .iter()
        .zip(&components.points)
        .map(|(member, at)| Point {
            participant: votes
                .participants()
                .get(*member)
                .cloned()
                .unwrap_or_default(),
            at: *at,
            group: labels.get(*member).copied().flatten(),
        });
    let clear_from = i64::from(rule.clear_from).saturating_mul(1_000_000);
    let asked = votes.statements().iter().filter(|one| !one.moderated_out);
    OpinionOutcome {
        rule: rule.clone(),
        participants: votes.participants().len(),
        statements: asked.count(),
        points: points.collect(),
        clear: chosen.is_some_and(|one| one.silhouette >= clear_from)
            && members.len() >= rule.clear_people as usize,
        groups,
        representative: representative(votes, &labels, groups),
        consensus: group_informed_consensus(votes, &labels, groups),
        overall: overall_consensus(votes, &inside),
        bridges: bridges(votes, &members, &components.points),
        groupings,
    }
}

fn write_representative(writer: &mut Writer, one: &Representative) {
    writer.text(&one.statement);
    writer.byte(match one.side {
        Side::Agree => 1,
        Side::Disagree => 2,
    });
    writer.length(one.votes);
    writer.length(one.seen);
    for value in [one.share, one.ratio, one.test, one.difference] {
        writer.signed(value);
    }
    writer.flag(one.significant);
}

impl Canonical for OpinionOutcome {
    fn canonical_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new("majlis opinion-v1 outcome", 1);
        writer.number(u64::from(self.rule.least_votes));
        writer.number(u64::from(self.rule.least_people));
        writer.maybe(self.rule.groups.as_ref(), |writer, groups| {
            writer.byte(*groups);
        });
        writer.number(u64::from(self.rule.clear_from));
        writer.number(u64::from(self.rule.clear_people));
        writer.length(self.participants);
        writer.length(self.statements);
        writer.list(&self.points, |writer, point| {
            writer.text(&point.participant);
            writer.signed(point.at[0]);
            writer.signed(point.at[1]);
            writer.maybe(point.group.as_ref(), |writer, group| writer.length(*group));
        });
        writer.list(&self.groupings, |writer, one| {
            writer.length(one.groups);
            writer.signed(one.silhouette);
            writer.list(&one.labels, |writer, label| writer.length(*label));
        });
        writer.length(self.groups);
        writer.flag(self.clear);
        writer.list(&self.representative, |writer, group| {
            writer.list(group, write_representative);
        });
        writer.list(&self.consensus, |writer, one| {
            writer.text(&one.statement);
            writer.ratio(&one.agreement);
            writer.ratio(&one.disagreement);
        });
        for side in &self.overall {
            writer.list(side, write_representative);
        }
        writer.list(&self.bridges, |writer, one| {
            writer.text(&one.statement);
            writer.ratio(&one.score);
            writer.length(one.agree);
            writer.length(one.seen);
        });
        writer.finish()
    }
}

/// An outcome as JSON.
#[derive(Serialize)]
struct Shown<'a> {
    profile: &'static str,
    groups: usize,
    clear: bool,
    hash: ResultHash,
    participants: usize,
    grouped: usize,
    statements: usize,
    rule: &'a OpinionRule,
    points: &'a [Point],
    groupings: &'a [Grouping],
    representative: &'a [Vec<Representative>],
    consensus: &'a [Consensus],
    overall_agree: &'a [Representative],
    overall_disagree: &'a [Representative],
    bridges: &'a [Bridge],
}

impl Serialize for OpinionOutcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let [overall_agree, overall_disagree] = &self.overall;
        Shown {
            profile: "opinion-v1",
            groups: self.groups,
            clear: self.clear,
            hash: self.result_hash(),
            participants: self.participants,
            grouped: self.points.len(),
            statements: self.statements,
            rule: &self.rule,
            points: &self.points,
            groupings: &self.groupings,
            representative: &self.representative,
            consensus: &self.consensus,
            overall_agree,
            overall_disagree,
            bridges: &self.bridges,
        }
        .serialize(serializer)
    }
}
