//! Outcomes for people who read a terminal.

use std::fmt::Write as _;

use majlis_node::api::explain::{GroupPairView, NearestView, WantedView, WhyView};
use majlis_node::api::outcome::{
    BudgetResultView, ConversationResultView, LackView, LadderStanding, NamedOption, OutcomeView,
    RecountView, ResultView,
};
use majlis_node::api::proceedings::{StatedView, StatementView};
use majlis_node::api::process::Phase;

use super::{short, word};

/// The outcome, what officers state and what they did.
pub(crate) fn outcome(view: &OutcomeView) -> String {
    if !view.told {
        return format!(
            "{}: how many signatures there are is not told yet\n",
            word(view.phase)
        );
    }
    let mut out = format!(
        "{}: {} ballots count: {} own, {} assisted; {} corrected, {} withdrawn, {} late, {} not counted\n",
        word(view.phase),
        view.counted.all,
        view.counted.own,
        view.counted.assisted,
        view.superseded,
        view.withdrawn,
        view.late,
        view.not_counted
    );
    if let Some(turnout) = &view.turnout {
        let _ = write!(
            out,
            "{} of {} entitled ({} %; {})",
            turnout.voices, turnout.people, turnout.percent, turnout.source
        );
        let _ = match turnout.quorum {
            None => writeln!(out),
            Some(true) => writeln!(out, ", quorum reached"),
            Some(false) => writeln!(out, ", quorum not reached"),
        };
    }
    out.push_str(&result(&view.result));
    lacking(&mut out, view.lacking);
    if view.forked > 0 {
        let _ = writeln!(
            out,
            "ALARM: {} devices signed two different things in one place; `majlis quarantine` lists what they signed",
            view.forked
        );
    }
    if let Some(earlier) = &view.earlier {
        let _ = writeln!(
            out,
            "ALARM: this device knew another outcome before, of {} ballots, hash {}:",
            earlier.counted.all, earlier.hash
        );
        for line in result(&earlier.result).lines() {
            let _ = writeln!(out, "  {line}");
        }
    }
    for (devices, what) in [
        (view.forked, "this vote"),
        (view.forked_members, "who belongs to the space"),
    ] {
        if devices > 0 {
            let _ = writeln!(
                out,
                "ALARM: two different things were signed in one place of {what} (devices that did so: \
                 {devices}); see `majlis quarantine`"
            );
        }
    }
    if let Some(hash) = &view.hash {
        let _ = writeln!(out, "hash {hash}");
    }
    if view.hash.is_some() && view.phase == Phase::Closed {
        let differs = view.stated.iter().any(|one| !one.agrees);
        let needed = view.signatures_needed;
        let said = standing(view.signatures, needed, view.lacking, differs);
        let _ = writeln!(out, "{said}");
        if view.signers < view.signatures_needed {
            let _ = writeln!(
                out,
                "only {} of the {} who must sign are officers here: a steward makes somebody else one \
                 with `majlis members rank`",
                view.signers, view.signatures_needed
            );
        }
    }
    stated(&mut out, &view.stated);
    for step in &view.steps {
        let _ = writeln!(out, "{} by {}: {}", word(step.kind), step.by, step.text);
    }
    out.trim_end().to_owned()
}

/// How far a closed outcome stands: final once enough officers signed it, on a device that lacks nothing.
fn standing(signed: u32, needed: u32, lacking: u32, differs: bool) -> String {
    let here = "counted on this device";
    match (lacking, signed, differs) {
        (0, signed, _) if signed >= needed => format!("final: signed by {signed} officers"),
        (0, 0, false) => format!("{here}; no officer signed it yet"),
        (0, 0, true) => format!("{here}; officers signed another outcome"),
        (0, signed, false) => format!("{here}; signed by {signed} of {needed} officers"),
        (0, signed, true) => {
            format!(
                "{here}; signed by {signed} of {needed} officers, and another outcome was signed"
            )
        }
        (_, 0, false) => format!("{here} without all that counts; no officer signed it yet"),
        _ => format!("{here} without all that counts; what officers signed cannot be compared yet"),
    }
}

/// A count from entries alone.
pub(crate) fn recount(view: &RecountView) -> String {
    let mut out = format!(
        "counted again from entries: {} ballots count: {} own, {} assisted\n",
        view.counted.all, view.counted.own, view.counted.assisted
    );
    for one in &view.discarded {
        let _ = writeln!(
            out,
            "  does not count: {} ({})",
            short(&one.slot),
            word(one.reason)
        );
    }
    out.push_str(&result(&view.result));
    lacking(&mut out, view.lacking);
    let lists = if view.lists_agree {
        "the lists of this device agree"
    } else {
        "the lists of this device differ: run majlis reindex"
    };
    if !view.hash.is_empty() {
        let _ = writeln!(out, "hash {}", view.hash);
    }
    let _ = writeln!(out, "{lists}");
    stated(&mut out, &view.stated);
    out.trim_end().to_owned()
}

/// Why an option did not win.
pub(crate) fn why(label: &str, view: &WhyView) -> String {
    let enough = |near: &NearestView| match (&near.amount, near.certain) {
        (Some(amount), true) => format!("{amount} (no less would do)"),
        (Some(amount), false) => format!("{amount} (perhaps less)"),
        (None, _) => format!("none up to {}", near.tried.as_deref().unwrap_or("0")),
    };
    let number = |number: &Option<u32>| number.map_or("none".to_owned(), |one| one.to_string());
    match view {
        WhyView::Nothing => format!("{label}: nothing stood between it and winning"),
        WhyView::TooMany => {
            format!("{label}: too many ballots to look for the nearest change here")
        }
        WhyView::Test {
            needed,
            votes,
            changed,
            more,
        } => format!(
            "{label}: {votes} votes of {} needed\nwould pass with changed ballots: {}\nor with further ballots: {}",
            number(needed),
            number(changed),
            number(more)
        ),
        WhyView::Behind { by } => format!("{label}: {by} behind the first"),
        WhyView::Election { more } => {
            format!(
                "{label}: would be elected with further ballots: {}",
                enough(more)
            )
        }
        WhyView::Budget {
            more,
            added,
            cheaper,
        } => format!(
            "{label}: would be funded with further voters: {}\nor if so many who voted supported it too: {}\nor if it cost less by: {}",
            enough(more),
            enough(added),
            enough(cheaper)
        ),
        WhyView::Groups { pairs, wanted } => self::wanted(pairs, wanted, str::to_owned),
    }
}

/// What is wanted most in a conversation, and what groups of opinion support of each other. `said` gives the words
/// of a statement.
pub(crate) fn wanted(
    pairs: &[GroupPairView],
    wanted: &[WantedView],
    said: impl Fn(&str) -> String,
) -> String {
    let most = wanted.iter().map(|one| {
        let weight = one.weight_tenths.map_or_else(String::new, |tenths| {
            format!(", counted as {}.{}", tenths / 10, tenths % 10)
        });
        format!("{} agree{weight}: {}", one.agree, said(&one.statement))
    });
    let between = pairs.iter().map(|pair| {
        format!(
            "groups {} and {}: of what stands for the first the other supports {}, the other way round {}",
            pair.one + 1,
            pair.other + 1,
            pair.of_one.len(),
            pair.of_other.len()
        )
    });
    most.chain(between).collect::<Vec<_>>().join("\n")
}

fn lacking(out: &mut String, lacking: u32) {
    if lacking > 0 {
        let _ = writeln!(out, "work of {lacking} devices that counts is not here yet");
    }
}

fn stated(out: &mut String, stated: &[StatedView]) {
    for one in stated {
        let says = if one.agrees { "agrees" } else { "differs" };
        let _ = writeln!(
            out,
            "stated by {}: {} ballots, {} ({says}){}{}",
            one.by,
            one.counted,
            one.hash.get(..8).unwrap_or_default(),
            if one.summary.is_empty() { "" } else { ": " },
            one.summary
        );
    }
}

/// A statement on one line.
pub(crate) fn statement(one: &StatementView) -> String {
    let mine = match one.vote {
        Some(1) => ", you agree",
        Some(0) => ", you pass",
        Some(_) => ", you disagree",
        None => "",
    };
    let votes = one
        .votes
        .map_or_else(String::new, |(agree, disagree, pass)| {
            format!(" ({agree} agree, {disagree} disagree, {pass} pass{mine})")
        });
    let reason = if one.reason.is_empty() {
        String::new()
    } else {
        format!(": {}", one.reason)
    };
    format!(
        "{} [{}{reason}] {}{votes}",
        one.statement,
        word(one.standing),
        one.text
    )
}

fn labels(options: &[NamedOption]) -> String {
    let labels: Vec<&str> = options.iter().map(|one| one.label.as_str()).collect();
    labels.join(" = ")
}

fn result(view: &ResultView) -> String {
    let mut out = String::new();
    let _ = match view {
        ResultView::Withheld => writeln!(out, "the outcome is not shown yet"),
        ResultView::Survey => Ok(()),
        ResultView::Nothing { why } => writeln!(out, "no result: {why}"),
        ResultView::Poll(one) => {
            for option in &one.options {
                let passed = match option.passed {
                    None => "",
                    Some(true) => ", passed",
                    Some(false) => ", not passed",
                };
                let _ = writeln!(
                    out,
                    "  {}: {} of {} ballots ({} %){passed}",
                    option.label, option.total, option.votes, option.percent
                );
            }
            writeln!(out, "first: {}", labels(&one.first))
        }
        ResultView::Election(one) => {
            for (place, group) in (1..).zip(&one.order) {
                let _ = writeln!(out, "{place:>3}. {}", labels(group));
            }
            let winners: Vec<&str> = one.winners.iter().map(|one| one.label.as_str()).collect();
            let none = winners.is_empty();
            let winners = winners.join(", ");
            writeln!(out, "elected: {}", if none { "nobody" } else { &winners })
        }
        ResultView::Budget(one) => budget(&mut out, one),
        ResultView::Petition(one) => {
            for step in &one.steps {
                let state = if step.reached {
                    "reached"
                } else {
                    "not reached"
                };
                let _ = writeln!(
                    out,
                    "  {}: {} of {} signatures, {state}{}",
                    step.name,
                    one.signatures,
                    step.required,
                    spread(step)
                );
            }
            Ok(())
        }
        ResultView::Conversation(one) => conversation(&mut out, one),
        ResultView::Secret(one) => super::secret::result(&mut out, one),
    };
    out
}

/// How far signatures are spread, where the rule asks for it.
fn spread(step: &LadderStanding) -> String {
    if step.areas_required == 0 {
        return String::new();
    }
    let lacking = step.by_area.iter().filter(|one| one.missing > 0);
    let lacking = lacking.map(|one| format!("; {} lacks {}", one.area.label, one.missing));
    format!(
        "; {} of {} areas bring their part{}",
        step.areas_reached,
        step.areas_required,
        lacking.collect::<String>()
    )
}

fn budget(out: &mut String, one: &BudgetResultView) -> std::fmt::Result {
    writeln!(
        out,
        "{} of {} projects funded, {} of {} {} spent",
        one.funded.len(),
        one.funded.len() + one.losers.len(),
        one.spent,
        one.money,
        one.currency
    )?;
    let given = |votes: u32, points: &Option<String>| match points {
        Some(points) => format!("{points} points, {votes} votes"),
        None => format!("{votes} votes"),
    };
    for (place, project) in (1..).zip(&one.funded) {
        writeln!(
            out,
            "{place:>3}. {}: {}, {}",
            project.label,
            project.cost,
            given(project.votes, &project.points)
        )?;
    }
    for project in &one.losers {
        let lack = match &project.lack {
            LackView::Support => "nobody supports it".to_owned(),
            LackView::Shares { left, missing } => {
                format!("its supporters had {left} left and lacked {missing}")
            }
            LackView::Budget { missing } => format!("the budget lacked {missing}"),
            LackView::Stopped { before } => format!("the count ended at {}", before.label),
            LackView::Units { granted } => format!("it was given {granted}"),
        };
        writeln!(
            out,
            "  -  {}: {}, {}; {lack}",
            project.label,
            project.cost,
            given(project.votes, &project.points)
        )?;
    }
    Ok(())
}

fn conversation(out: &mut String, one: &ConversationResultView) -> std::fmt::Result {
    writeln!(
        out,
        "{} people, {} of them in {} groups, {} statements; groups are {}",
        one.people,
        one.grouped,
        one.groups.len(),
        one.statements,
        word(one.trust)
    )?;
    for (number, group) in (1..).zip(&one.groups) {
        writeln!(out, "group {number}, {} people", group.people)?;
        for says in &group.says {
            let side = if says.agrees { "agrees" } else { "disagrees" };
            writeln!(
                out,
                "  {side} ({} of {}): {}",
                says.votes, says.seen, says.text
            )?;
        }
    }
    for shared in one.consensus.iter().take(5) {
        writeln!(out, "shared, {} %: {}", shared.percent, shared.text)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::standing;

    #[test]
    fn a_device_that_lacks_ballots_calls_nothing_final() {
        assert!(standing(2, 2, 0, false).starts_with("final"));
        assert!(!standing(2, 2, 1, false).contains("final"));
        assert!(standing(0, 2, 1, true).contains("cannot be compared yet"));
    }

    #[test]
    fn nobody_is_said_to_be_missing_who_signed_another_outcome() {
        assert!(standing(0, 2, 0, false).contains("no officer"));
        assert!(standing(0, 2, 0, true).contains("officers signed another outcome"));
        assert!(standing(1, 2, 0, true).contains("1 of 2 officers, and another"));
    }
}
