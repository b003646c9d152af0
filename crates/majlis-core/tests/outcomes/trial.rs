//! Rules tried on made-up ballots before anything is opened, and what groups of opinion support of each other.

use majlis_core::consultation::count::own_slot;
use majlis_core::consultation::outcome::Count;
use majlis_core::consultation::outcome::explain::Why;
use majlis_core::consultation::outcome::trial::TrialError;

use super::*;

/// A large group wants the well and the bench, a small one the lamps.
const CAMPS: [u64; 2] = [60, 30];

fn support() -> Vec<Vec<u8>> {
    vec![vec![100, 0], vec![0, 100], vec![90, 0]]
}

#[test]
fn a_budget_shows_for_whom_the_rule_decides() {
    let asked = budget(BudgetBallot::Approval);
    let table = asked.try_rules(&CAMPS, &support()).unwrap();
    assert_eq!(table.voters, 90);
    let of = |name: &str| table.rules.iter().find(|one| one.name == name).unwrap();
    assert_eq!(table.rules[0].name, "equal-shares", "its own is the first");
    let names: Vec<&str> = table.rules.iter().map(|one| one.name.as_str()).collect();
    let all = [
        "equal-shares",
        "greedy",
        "greedy-per-cost",
        "phragmen",
        "knapsack",
    ];
    assert_eq!(names, all, "every rule that may be chosen");
    for ballot in [BudgetBallot::Points, BudgetBallot::Ranked] {
        let tried = budget(ballot).try_rules(&CAMPS, &support()).unwrap();
        let names: Vec<&str> = tried.rules.iter().map(|one| one.name.as_str()).collect();
        assert_eq!(names, all[..3], "those that heed what the ballot says");
    }
    let sorted = |name: &str| {
        let mut won = of(name).winners.clone();
        won.sort();
        won
    };
    // An equal share of the money is the lamps' for those who want them; most votes first gives them nothing.
    assert_eq!(sorted("equal-shares"), ["1", "2"]);
    assert_eq!(sorted("greedy"), ["1", "3"]);
    assert_eq!(of("equal-shares").voters_served, 90);
    assert_eq!(of("greedy").voters_served, 60);
    assert!(table.sometimes.contains(&"2".to_owned()));
    assert_eq!(asked.try_rules(&CAMPS, &support()).unwrap(), table);
}

#[test]
fn the_rule_of_the_form_is_the_first_whatever_it_is() {
    let mut asked = budget(BudgetBallot::Approval);
    if let Rule::Budget(rule) = &mut asked.activity.rule {
        rule.method = majlis_tally::budget::Method::Greedy;
    }
    let table = asked.try_rules(&CAMPS, &support()).unwrap();
    assert_eq!(table.rules[0].name, "greedy");
    let names: Vec<&str> = table.rules.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names.iter().filter(|name| **name == "greedy").count(), 1);
    assert!(names.contains(&"equal-shares"));
}

#[test]
fn an_election_is_tried_by_rules_that_can_hold_it() {
    let election = |method, seats, status_quo| {
        let rule = ElectionRule {
            method,
            seats,
            status_quo,
            abstain: None,
            tie: usual_tie(),
        };
        let kind = QuestionKind::Ranking(options(&["Ana", "Bo", "as it is"]));
        let asked = form(kind, Rule::Election(rule));
        asked.try_rules(&CAMPS, &[vec![90, 10], vec![10, 90], vec![5, 5]])
    };
    let named = |tried: Result<majlis_tally::explain::rules::RuleTable, TrialError>| {
        let table = tried.unwrap();
        let one = |rule: &majlis_tally::explain::rules::RuleColumn| rule.winners.len() == 1;
        assert!(table.rules.iter().all(one), "{table:?}");
        let names = table.rules.into_iter().map(|one| one.name);
        names.collect::<Vec<String>>()
    };
    let alone = named(election(Ranked::Schulze, 1, None));
    assert_eq!(alone, ["schulze", "irv", "borda"]);
    let against = named(election(Ranked::Borda, 1, Some(3)));
    assert_eq!(against, ["borda", "schulze"]);
    // Several seats have one rule only.
    let several = election(Ranked::ScottishStv, 2, None);
    assert_eq!(several, Err(TrialError::OneRule));
}

#[test]
fn what_cannot_be_tried_says_so() {
    let asked = budget(BudgetBallot::Approval);
    assert_eq!(asked.try_rules(&[], &support()), Err(TrialError::Voters));
    assert_eq!(
        asked.try_rules(&[u64::MAX, 1], &support()),
        Err(TrialError::Voters)
    );
    // Nothing guessed is nothing liked, and no panic.
    let nothing = asked.try_rules(&[5], &[]).unwrap();
    assert!(nothing.rules.iter().all(|one| one.winners.is_empty()));
    let talk = conversations::conversation();
    assert_eq!(talk.try_rules(&CAMPS, &[]), Err(TrialError::OneRule));
}

#[test]
fn what_one_group_stands_for_and_another_supports_is_told() {
    let mut asked = conversations::conversation();
    if let Rule::Conversation(rule) = &mut asked.activity.rule {
        rule.let_in = false;
        rule.seeds = (0..10)
            .map(|number| format!("Statement {number}"))
            .collect();
        rule.groups = Some(2);
    }
    let form = asked.id();
    let heard = heard((form, &asked), &[], (&[], &[]), None);
    let mut voters: Vec<_> = (0..40_u8)
        .map(|person| (own_slot(lane(), PersonId::from_bytes([person; 32])), person))
        .collect();
    voters.sort();
    let mut count = Count::new(form, &asked, &heard);
    for (slot, person) in voters {
        let one = person % 2 == 0;
        let mut votes: Vec<(StatementId, i8)> = heard
            .iter()
            .enumerate()
            .map(|(place, statement)| {
                let agrees = match place {
                    // All of one group, and most of the other.
                    0 => one || person % 3 != 0,
                    _ => one == (place % 2 == 0),
                };
                (statement.id, if agrees { 1 } else { -1 })
            })
            .collect();
        votes.sort_unstable();
        count
            .add(slot, false, &[(ASKED, Answer::Votes(votes))])
            .unwrap();
    }
    let why = count.why(0, &mut |_| true).unwrap();
    let Why::Groups(shared) = why else {
        panic!("{why:?}");
    };
    assert_eq!(shared.pairs.len(), 1);
    let pair = &shared.pairs[0];
    let both: Vec<&String> = pair.of_one.iter().chain(&pair.of_other).collect();
    assert_eq!(both, [&heard[0].id.to_string()]);
}
