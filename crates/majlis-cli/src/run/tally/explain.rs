//! `majlis tally explain`: why a result came out as it did, in words.

use std::path::Path;

use anyhow::Context as _;
use majlis_tally::Ratio;
use majlis_tally::budget::{self, Method, Outcome, Utility};
use majlis_tally::explain::Nearest;
use majlis_tally::explain::area::{self, AreaDistribution};
use majlis_tally::explain::budget::{self as why_budget, BudgetExplanation, Funded, NearestWin};
use majlis_tally::explain::opinion as why_opinion;
use majlis_tally::explain::ranked::{self as why_ranked, Link};
use majlis_tally::opinion::{self, OpinionRule, Side};
use majlis_tally::pabulib::PbFile;
use majlis_tally::ranked;
use serde_json::json;

use crate::Said;
use crate::args::ExplainArgs;

pub(super) fn explain(args: ExplainArgs) -> anyhow::Result<Said> {
    if args.file.is_dir() {
        opinions(&args.file)
    } else if super::compare::is_budget(&args.file) {
        budgets(args)
    } else {
        ranks(args)
    }
}

fn budgets(args: ExplainArgs) -> anyhow::Result<Said> {
    let (file, election) = super::pabulib_file(&args.file)?;
    let method = args.method.as_deref().map(str::parse).transpose()?;
    let rule = args
        .budget
        .rule(method.unwrap_or(Method::EqualShares), args.lot);
    let outcome = budget::count(&election, &rule)?;
    let why = why_budget::explain(&election, &outcome);
    let mut wanted: Vec<&str> = Vec::new();
    for id in &args.project {
        election
            .place(id)
            .with_context(|| format!("--project {id}: there is no such project"))?;
        wanted.push(id);
    }
    let mut losers: Vec<_> = outcome.losers.iter().collect();
    losers.sort_by_key(|one| std::cmp::Reverse(one.votes));
    let usual = if election.voters() > 2_000 { 1 } else { 5 };
    wanted.extend(
        losers
            .iter()
            .take(args.nearest.unwrap_or(usual))
            .map(|one| one.id.as_str()),
    );
    let mut nearest: Vec<NearestWin> = Vec::new();
    for id in wanted {
        if !nearest.iter().any(|one| one.id == id) {
            nearest.extend(why_budget::nearest_win(&election, &rule, id)?);
        }
    }
    let column = match &args.area {
        Some(column) => {
            let there = file.votes.column(column);
            there.with_context(|| format!("--area {column}: ballots have no such column"))?;
            Some(column.as_str())
        }
        None => ["neighborhood", "district"].into_iter().find(|column| {
            let mut rows = file.votes.rows.iter();
            rows.any(|row| file.votes.field(row, column).is_some())
        }),
    };
    let areas = match column {
        Some(column) => {
            let ballots = file.ballots_with(column)?;
            let ballots = ballots.iter().map(|(area, ballot)| (*area, ballot));
            area::distribution(&outcome, ballots, args.smallest)
        }
        None => None,
    };
    let mut lines = budget_lines(&outcome, &why, &nearest, &file);
    lines.extend(areas.iter().flat_map(|areas| area_lines(&outcome, areas)));
    lines.push(format!("result {}", why.hash));
    let json = json!({
        "kind": "budget", "why": why, "nearest": nearest, "areas": areas,
    });
    Said::new(json, lines.join("\n"))
}

fn budget_lines(
    outcome: &Outcome,
    why: &BudgetExplanation,
    nearest: &[NearestWin],
    file: &PbFile,
) -> Vec<String> {
    let money = |amount: &Ratio| outcome.share(amount, outcome.decimals.max(2));
    let mut lines = Vec::new();
    for (round, funded) in why.picture.iter().zip(&why.funded) {
        lines.push(format!(
            "{:>3}. {} {}: {}{}; {} of the budget left",
            round.round,
            round.id,
            super::name(file, &round.id),
            outcome.money(round.cost),
            paid(outcome, funded),
            outcome.money(round.budget_left)
        ));
        if let Some(lead) = &funded.lead {
            lines.push(if lead.by.is_zero() {
                format!("     as strong as {}, which lost the tie", lead.next)
            } else {
                let given = given(outcome);
                let strength = match outcome.rule.method {
                    Method::EqualShares if !outcome.replaced_by_greedy => {
                        "effective votes".to_owned()
                    }
                    Method::EqualShares | Method::Greedy => given.to_owned(),
                    Method::GreedyPerCost => format!("{given} for each 1000 of cost"),
                    Method::Phragmen => "of what each voter must earn".to_owned(),
                    Method::Knapsack => "votes".to_owned(),
                };
                // What a vote weighs for each unit of cost is mostly far below one.
                let by = match outcome.rule.method {
                    Method::GreedyPerCost => {
                        let unit = 10_u64.saturating_pow(outcome.decimals.into());
                        let each = Ratio::from(unit.saturating_mul(1_000));
                        &lead.by * &each
                    }
                    Method::EqualShares | Method::Greedy | Method::Phragmen | Method::Knapsack => {
                        lead.by.clone()
                    }
                };
                format!(
                    "     ahead of {} by {} {strength}",
                    lead.next,
                    by.decimal(2)
                )
            });
        }
    }
    for one in &why.unfunded {
        let reason = match &one.dropped {
            Some(dropped) => {
                let since = dropped.after.as_ref().map_or_else(
                    || "from the beginning its supporters".to_owned(),
                    |after| format!("after {after} its supporters"),
                );
                format!(
                    "{since} had {} and lacked {}",
                    money(&dropped.left),
                    money(&dropped.missing)
                )
            }
            None => super::lacked(outcome, &one.lack),
        };
        lines.push(format!(
            "  -  {} {}: {}, {}; {reason}",
            one.id,
            super::name(file, &one.id),
            outcome.money(one.cost),
            super::support(outcome, one.votes, &one.points)
        ));
        if let Some(near) = nearest.iter().find(|near| near.id == one.id) {
            lines.push(format!("     {}", would_win(outcome, near)));
        }
    }
    lines
}

/// What projects are compared by, besides their cost.
const fn given(outcome: &Outcome) -> &'static str {
    match outcome.rule.utility {
        Utility::Points => "points",
        Utility::Cost | Utility::Cardinality => "votes",
    }
}

/// Who paid for a project.
fn paid(outcome: &Outcome, funded: &Funded) -> String {
    let most = given(outcome);
    let Some(paid) = &funded.payments else {
        return match funded.how {
            budget::How::Method => String::new(),
            budget::How::Votes => format!(", by most {most} of what still fits"),
            budget::How::EverythingFits => ", because everything fits".to_owned(),
        };
    };
    let money = |amount: &Ratio| outcome.share(amount, outcome.decimals.max(2));
    let mut parts: Vec<String> = match paid.full.as_slice() {
        [first, .., last] => {
            let voters: u64 = paid.full.iter().map(|one| one.voters).sum();
            vec![format!(
                "{voters} voters pay {} to {} by their points",
                money(&first.each),
                money(&last.each)
            )]
        }
        one => one
            .iter()
            .map(|one| format!("{} voters pay {} each", one.voters, money(&one.each)))
            .collect(),
    };
    if paid.rest_voters > 0 {
        let rest = money(&paid.rest_paid);
        parts.push(format!(
            "{} pay what they have left, {rest} in all",
            paid.rest_voters
        ));
    }
    if paid.nothing > 0 {
        parts.push(format!("{} have nothing left", paid.nothing));
    }
    format!(", {}", parts.join(", "))
}

fn enough(nearest: &Nearest) -> Option<(u64, &'static str)> {
    match nearest {
        Nearest::Smallest { amount } => Some((*amount, "")),
        Nearest::AtMost { amount } => Some((*amount, "at most ")),
        Nearest::NotFound { .. } => None,
    }
}

fn would_win(outcome: &Outcome, near: &NearestWin) -> String {
    let mut ways = Vec::new();
    if let Some((more, about)) = enough(&near.new_voters) {
        let who = if more == 1 {
            "voter who supports"
        } else {
            "voters who support"
        };
        ways.push(format!("with {about}{more} more {who} it alone"));
    }
    if let Some((more, about)) = enough(&near.added_approvals) {
        ways.push(format!(
            "with the support of {about}{more} more of those who voted"
        ));
    }
    if let (Some((_, about)), Some(cost)) = (enough(&near.cost_reduction), near.at_cost) {
        let about = if about.is_empty() {
            ""
        } else {
            ", or perhaps at a higher one"
        };
        ways.push(format!("at a cost of {}{about}", outcome.money(cost)));
    }
    if ways.is_empty() {
        "no change that was tried makes it win".to_owned()
    } else {
        format!("it would win {}", ways.join(", or "))
    }
}

fn area_lines(outcome: &Outcome, areas: &AreaDistribution) -> Vec<String> {
    let mut lines = vec![format!(
        "by area (numbers under {} are left out, and where one would follow, another too)",
        areas.smallest
    )];
    let money = |amount: &Ratio| outcome.share(amount, outcome.decimals);
    for area in &areas.areas {
        let name = match (&area.name, area.areas) {
            (Some(name), _) => name.clone(),
            (None, 0) => "no area".to_owned(),
            (None, areas) => format!("{areas} small areas"),
        };
        lines.push(format!(
            "  {name}: {} voters, a share of {}, support that brought {}{}",
            area.voters,
            money(&area.share),
            if area.hidden > 0 { "at least " } else { "" },
            money(&area.money)
        ));
    }
    lines
}

fn ranks(args: ExplainArgs) -> anyhow::Result<Said> {
    let read = super::ballots(&args.file);
    let (election, seats) = read.with_context(|| format!("reading {}", args.file.display()))?;
    let method = args.method.as_deref().map(str::parse).transpose()?;
    let method = method.unwrap_or(ranked::Method::Schulze);
    let rule = super::ranked_rule(method, args.ranked, args.lot, seats)?;
    let outcome = ranked::count(&election, &rule)?;
    let why = why_ranked::explain(&outcome);
    let nearest = if args.nearest != Some(0) {
        why_ranked::nearest(&election, &rule)?
    } else {
        Vec::new()
    };
    let mut lines = vec![format!(
        "{method}: {}; {} ballots",
        outcome.winners.join(", "),
        outcome.voters
    )];
    for duel in &why.duels {
        lines.push(format!(
            "{} above {}: {} rank it higher, {} lower",
            duel.above, duel.below, duel.wins, duel.losses
        ));
        // A direct majority that is its own strongest path needs no second line.
        if duel.path.len() > 1 || !duel.back.is_empty() {
            lines.push(format!("  by {}", path_text(&duel.path)));
            lines.push(format!("  back {}", path_text(&duel.back)));
        }
    }
    for round in &why.flow {
        let votes: Vec<String> = round
            .votes
            .iter()
            .map(|(id, votes)| format!("{id} {}", super::whole(votes)))
            .collect();
        lines.push(format!("round {}: {}", round.round, votes.join(", ")));
        if !round.elected.is_empty() {
            lines.push(format!("  elected: {}", round.elected.join(", ")));
        }
        if let Some(from) = &round.from {
            let to: Vec<String> = round
                .moves
                .iter()
                .map(|one| {
                    let to = one.to.as_deref().unwrap_or("nobody");
                    format!("{} to {to}", super::whole(&one.votes))
                })
                .collect();
            let what = if round.excluded {
                "is out"
            } else {
                "has more than it needs"
            };
            lines.push(format!("  {from} {what}: {}", to.join(", ")));
        }
    }
    if let Some(lead) = &why.lead {
        lines.push(format!("ahead by {}", super::whole(lead)));
    }
    lines.extend(nearest.iter().filter_map(|one| {
        let (more, about) = enough(&one.new_ballots)?;
        Some(format!(
            "{} would win with {about}{more} more ballots for it alone",
            one.id
        ))
    }));
    lines.push(format!("result {}", why.hash));
    Said::new(
        json!({ "kind": "ranked", "why": why, "nearest": nearest }),
        lines.join("\n"),
    )
}

fn path_text(path: &[Link]) -> String {
    let Some(first) = path.first() else {
        return "nothing".to_owned();
    };
    let mut text = first.from.clone();
    for link in path {
        text.push_str(&format!(" > {} ({}:{})", link.to, link.wins, link.losses));
    }
    text
}

fn opinions(folder: &Path) -> anyhow::Result<Said> {
    let conversation = super::conversation(folder)?;
    let votes = conversation.opinions(false);
    let votes = votes.with_context(|| format!("reading {}", folder.display()))?;
    let outcome = opinion::count(&votes, &OpinionRule::default());
    let why = why_opinion::explain(&votes, &outcome);
    let side = |side: Side| match side {
        Side::Agree => "agree",
        Side::Disagree => "disagree",
    };
    let line = |one: &why_opinion::SharedStatement| {
        let parts: Vec<String> = one.shares.iter().map(super::percent).collect();
        format!(
            "  {} ({}): {}",
            side(one.side),
            parts.join(", "),
            super::body(&conversation, &one.statement)
        )
    };
    let mut lines =
        vec!["what is wanted most; who agrees with several shares one voice among them".to_owned()];
    lines.extend(why.wanted.iter().take(10).map(|one| {
        let weight = one.weight.as_ref().map_or_else(String::new, |weight| {
            format!(", counted as {}", weight.decimal(1))
        });
        let words = super::body(&conversation, &one.statement);
        format!("  {} agree{weight}: {words}", one.agree)
    }));
    lines.push(format!("{} groups; what all of them say", outcome.groups));
    lines.extend(why.everywhere.iter().take(5).map(line));
    for pair in &why.pairs {
        lines.push(format!(
            "groups {} and {} say the same of {} statements and the opposite of {}",
            pair.one + 1,
            pair.other + 1,
            pair.shared.len(),
            pair.apart.len()
        ));
        for (ids, of, other) in [
            (&pair.of_one, pair.one, pair.other),
            (&pair.of_other, pair.other, pair.one),
        ] {
            lines.extend(ids.iter().take(3).map(|id| {
                format!(
                    "  stands for group {}, and group {} supports it: {}",
                    of + 1,
                    other + 1,
                    super::body(&conversation, id)
                )
            }));
        }
    }
    lines.push(format!(
        "result {}",
        majlis_tally::Canonical::result_hash(&outcome)
    ));
    Said::new(json!({ "kind": "opinions", "why": why }), lines.join("\n"))
}
