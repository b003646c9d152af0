//! Small cases counted by hand. What holds for all is in `properties`.

mod duels;
mod patience;
mod properties;

use std::collections::BTreeSet;

use super::*;
use crate::budget::{BudgetRule, Completion, Election, Method, Project, RawBallot, Utility};
use crate::petition::{Distribution, PetitionRule, Place, Signature, Step, Threshold};
use crate::poll::{Answer, Base, Bound, PassTest, PollKind, PollRule};
use crate::ranked::{Method as Ranking, RankedElection, RankedRule};
use crate::{Canonical as _, Ratio};

fn projects(costs: &[(&str, u64)]) -> Vec<Project> {
    let project = |(id, cost): &(&str, u64)| Project {
        id: (*id).to_owned(),
        cost: *cost,
    };
    costs.iter().map(project).collect()
}

fn ballot(ids: &[&str]) -> RawBallot {
    ids.iter().map(|id| ((*id).to_owned(), 1)).collect()
}

fn plain() -> BudgetRule {
    BudgetRule {
        completion: Completion::None,
        ..BudgetRule::default()
    }
}

/// Three voters with 3 each. The two supporters of b pay 2 each; a then needs 6 and finds 4.
fn small() -> Election {
    let ballots = [ballot(&["a"]), ballot(&["a", "b"]), ballot(&["b"])];
    Election::new(9, 0, projects(&[("a", 6), ("b", 4), ("c", 5)]), ballots).unwrap()
}

fn tennessee() -> RankedElection {
    let ballots = [(42, "MNCK"), (26, "NCKM"), (15, "CKNM"), (17, "KCNM")];
    let ballots = ballots.map(|(count, order)| {
        (
            order.chars().map(|one| vec![one.to_string()]).collect(),
            count,
        )
    });
    let candidates = "MNCK".chars().map(String::from).collect();
    RankedElection::new(candidates, ballots).unwrap()
}

fn by(method: Ranking) -> RankedRule {
    RankedRule {
        method,
        ..RankedRule::default()
    }
}

#[test]
fn a_budget_says_who_paid_and_what_was_missing_when() {
    let outcome = crate::budget::count(&small(), &plain()).unwrap();
    let why = budget::explain(&small(), &outcome);
    assert_eq!(why.hash, outcome.result_hash());
    let paid = why.funded[0].payments.as_ref().unwrap();
    assert_eq!(paid.full.len(), 1);
    assert_eq!(
        (paid.full[0].voters, paid.full[0].each.to_string()),
        (2, "2".to_owned())
    );
    assert_eq!((paid.rest_voters, paid.nothing), (0, 0));
    // Both had two effective votes, and b costs less.
    let lead = why.funded[0].lead.as_ref().unwrap();
    assert_eq!(
        (lead.next.as_str(), lead.by.to_string()),
        ("a", "0".to_owned())
    );
    let a = &why.unfunded[0];
    assert_eq!(
        (a.last_round, a.last_strength.clone()),
        (Some(1), Some(Ratio::from(2)))
    );
    let dropped = a.dropped.as_ref().unwrap();
    assert_eq!(dropped.after.as_deref(), Some("b"));
    assert_eq!(
        (dropped.left.clone(), dropped.missing.clone()),
        (4.into(), 2.into())
    );
    assert_eq!(why.unfunded[1].dropped, None);
    let round = &why.picture[0];
    assert_eq!(
        (round.voters_left.clone(), round.budget_left),
        (Some(5.into()), 5)
    );

    let near = budget::nearest_win(&small(), &plain(), "a")
        .unwrap()
        .unwrap();
    assert_eq!(near.cost_reduction, Nearest::Smallest { amount: 2 });
    assert_eq!(near.at_cost, Some(4));
    assert_eq!(near.new_voters, Nearest::Smallest { amount: 1 });
    assert_eq!(near.added_approvals, Nearest::Smallest { amount: 1 });
    assert_eq!(budget::nearest_win(&small(), &plain(), "b").unwrap(), None);
    assert_eq!(budget::nearest_win(&small(), &plain(), "z").unwrap(), None);
    // Nobody supports c; with three voters more, shares of 3/2 leave it at 9/2 of the 5 it costs.
    let near = budget::nearest_win(&small(), &plain(), "c")
        .unwrap()
        .unwrap();
    assert!(near.cost_reduction.amount().is_none(), "{near:?}");
    assert!(near.new_voters.amount().is_none(), "{near:?}");
}

#[test]
fn who_had_less_than_the_price_paid_what_was_left() {
    // Shares of 10. x takes 8 of five; y costs 50: four with 10, five with 2 each pay all of it.
    let mut ballots = vec![ballot(&["x", "y"]); 5];
    ballots.extend(vec![ballot(&["y"]); 4]);
    let costs = projects(&[("x", 40), ("y", 50)]);
    let election = Election::new(90, 0, costs, ballots).unwrap();
    let rule = BudgetRule {
        utility: Utility::Cardinality,
        ..plain()
    };
    // By one for each, y is first: nine pay 50/9 each.
    let outcome = crate::budget::count(&election, &rule).unwrap();
    assert_eq!(outcome.ids(), ["y"]);
    let why = budget::explain(&election, &outcome);
    assert_eq!(
        why.funded[0].payments.as_ref().unwrap().full[0]
            .each
            .to_string(),
        "50/9"
    );
    let dropped = why.unfunded[0].dropped.as_ref().unwrap();
    assert_eq!(
        (dropped.left.to_string(), dropped.missing.to_string()),
        ("200/9".to_owned(), "160/9".to_owned())
    );

    let mut ballots = vec![ballot(&["x", "y"]); 5];
    ballots.extend(vec![ballot(&["y"]); 4]);
    let costs = projects(&[("x", 20), ("y", 75)]);
    let election = Election::new(90, 0, costs, ballots).unwrap();
    let outcome = crate::budget::count(&election, &rule).unwrap();
    assert_eq!(outcome.ids(), ["x"]);
    let costs = projects(&[("x", 20), ("y", 65)]);
    let mut ballots = vec![ballot(&["x", "y"]); 5];
    ballots.extend(vec![ballot(&["y"]); 4]);
    let election = Election::new(90, 0, costs, ballots).unwrap();
    let outcome = crate::budget::count(&election, &rule).unwrap();
    // x takes 4 of five. y: five have 6, four have 10; 65 = 5 * 6 + 4 * 35/4.
    assert_eq!(outcome.ids(), ["x", "y"]);
    let why = budget::explain(&election, &outcome);
    let paid = why.funded[1].payments.as_ref().unwrap();
    assert_eq!((paid.rest_voters, paid.rest_paid.clone()), (5, 30.into()));
    assert_eq!(paid.rest_between, Some((6.into(), 6.into())));
    assert_eq!(
        (paid.full[0].voters, paid.full[0].each.to_string()),
        (4, "35/4".to_owned())
    );
    assert_eq!(paid.total(), 65.into());
}

#[test]
fn a_poll_says_what_it_lacks() {
    let mut rule = PollRule::preset(PollKind::Proposal, &["agree", "abstain", "block"]);
    rule.eligible = Some(10);
    rule.quorum = Some(Ratio::from(45));
    let test = |bound, percent: u64| PassTest {
        bound,
        percent: Ratio::from(percent),
        of: Base::Cast,
    };
    rule.options[0].test = Some(test(Bound::AtLeast, 75));
    rule.options[2].test = Some(test(Bound::AtMost, 0));
    let say = |id: &str| Answer::Options([(id.to_owned(), 1)].into());
    let answers = [say("agree"), say("agree"), say("block")];
    let voices = ["1", "2", "3"].into_iter().zip(&answers);
    let outcome = crate::poll::count(&rule, voices).unwrap();
    let why = poll::explain(&outcome, PollKind::Count.usual_target());
    assert_eq!(
        why.quorum,
        Some(poll::Needed {
            required: 5,
            there: 3,
            missing: 2
        })
    );
    assert_eq!(
        why.target,
        Some(poll::Needed {
            required: 5,
            there: 2,
            missing: 3
        })
    );
    let of = |id: &str| why.tests.iter().find(|one| one.option == id).unwrap();
    let agree = of("agree");
    // Three of three, or three of four.
    assert_eq!(
        (agree.limit, agree.by_changed, agree.by_new),
        (Some(3), Some(1), Some(1))
    );
    let block = of("block");
    assert_eq!(
        (block.limit, block.by_changed, block.by_new),
        (Some(0), Some(1), None)
    );
    assert_eq!((why.passes, why.lead), (false, Some(1)));
}

#[test]
fn a_petition_says_from_where_it_lacks() {
    let rule = PetitionRule {
        name: "ten".to_owned(),
        source: String::new(),
        read_on: "2026-01".to_owned(),
        steps: vec![Step {
            name: "heard".to_owned(),
            threshold: Threshold::Number { signatures: 10 },
            answer_days: None,
        }],
        committee: None,
        distribution: Some(Distribution {
            percent: Ratio::from(20),
            of_areas: Ratio::from(100),
        }),
        window_days: None,
        least_age: None,
        text_fixed_at: None,
    };
    let place = Place {
        areas: BTreeSet::from(["a", "b", "c"].map(str::to_owned)),
        ..Place::default()
    };
    let sign = |(person, area): (usize, &str)| Signature {
        person: person.to_string(),
        area: area.to_owned(),
        day: 0,
        age: None,
        withdrawn: false,
    };
    let signed: Vec<_> = ["a", "a", "a", "a", "a", "a", "a", "b"]
        .into_iter()
        .enumerate()
        .map(sign)
        .collect();
    let standing = crate::petition::count(&rule, &place, &signed).unwrap();
    let why = &petition::explain(&standing)[0];
    // Two are missing to ten, but b lacks one of its two and c both.
    assert_eq!(
        (why.missing, why.areas_missing, why.fewest),
        (2, 2, Some(3))
    );
    let areas: Vec<_> = why
        .nearest_areas
        .iter()
        .map(|one| (one.area.as_str(), one.signatures))
        .collect();
    assert_eq!(areas, [("b", 1), ("c", 2)]);
}

#[test]
fn groups_say_what_they_share() {
    use crate::opinion::{Opinion, OpinionRule, Side, Statement, Votes, count};
    let ids: Vec<String> = (0..10).map(|id| id.to_string()).collect();
    let people: Vec<String> = (0..40).map(|id| format!("p{id}")).collect();
    let statements = ids.iter().map(|id| Statement {
        id: id.clone(),
        moderated_out: false,
        metadata: false,
    });
    let mut votes = Vec::new();
    for (number, person) in people.iter().enumerate() {
        for (at, id) in ids.iter().enumerate() {
            // All agree on 9; on the others the halves are of two minds, now and then of another.
            let agrees = at == 9 || (number < 20) != (number % 7 == at);
            let opinion = if agrees {
                Opinion::Agree
            } else {
                Opinion::Disagree
            };
            votes.push((person.as_str(), id.as_str(), opinion));
        }
    }
    let votes = Votes::new(statements.collect(), votes).unwrap();
    let outcome = count(&votes, &OpinionRule::default());
    assert_eq!(outcome.groups, 2);
    let why = opinion::explain(&votes, &outcome);
    let everywhere: Vec<_> = why
        .everywhere
        .iter()
        .map(|one| (one.statement.as_str(), one.side))
        .collect();
    assert_eq!(everywhere, [("9", Side::Agree)]);
    let pair = &why.pairs[0];
    assert_eq!(pair.shared[0].shares, [Ratio::from(1), Ratio::from(1)]);
    assert_eq!(pair.apart.len(), 9);
}

#[test]
fn rules_stand_side_by_side() {
    let rules = ["equal-shares+none", "greedy", "phragmen"]
        .map(|name| (name.to_owned(), rules::budget_rule(name, &plain()).unwrap()));
    let table = rules::budgets(&small(), &rules).unwrap();
    let winners: Vec<_> = table
        .rules
        .iter()
        .map(|one| one.winners.join(" "))
        .collect();
    // Equal votes: the cheaper one first, and a does not fit beside it.
    assert_eq!(winners, ["b", "b", "b"]);
    assert_eq!(
        (table.always, table.never),
        (vec!["b".to_owned()], vec!["a".to_owned(), "c".to_owned()])
    );
    let ranked: Vec<_> = Ranking::ALL
        .iter()
        .map(|method| (method.to_string(), by(*method)))
        .collect();
    let table = rules::ranked(&tennessee(), &ranked).unwrap();
    assert_eq!(table.sometimes, ["K", "N"]);
    assert_eq!(table.never, ["C", "M"]);
    let irv = table.rules.iter().find(|one| one.name == "irv").unwrap();
    assert_eq!(
        (irv.gained.join(""), irv.lost.join("")),
        ("K".to_owned(), "N".to_owned())
    );
    assert!(rules::budget_rule("equal-shares+all", &plain()).is_err());
    assert!(rules::budget_rule("lottery", &plain()).is_err());
}

#[test]
fn a_sample_is_the_same_everywhere_and_near_the_guess() {
    let guess = |id: &str, support: &[u8]| sample::Guess {
        id: id.to_owned(),
        support: support.to_vec(),
    };
    let guesses = [
        guess("all", &[100]),
        guess("none", &[0]),
        guess("some", &[60, 10]),
    ];
    let ballots = sample::ballots(&guesses, &[1_000, 500], b"seed");
    assert_eq!(ballots, sample::ballots(&guesses, &[1_000, 500], b"seed"));
    assert_ne!(ballots, sample::ballots(&guesses, &[1_000, 500], b"other"));
    let votes = |id: &str, ballots: &[RawBallot]| {
        let has = |ballot: &&RawBallot| ballot.iter().any(|one| one.0 == id);
        ballots.iter().filter(has).count()
    };
    assert_eq!(
        (votes("all", &ballots), votes("none", &ballots)),
        (1_500, 0)
    );
    assert!((550..650).contains(&votes("some", &ballots[..1_000])));
    assert!((30..70).contains(&votes("some", &ballots[1_000..])));
}

#[test]
fn small_numbers_are_not_shown() {
    let mut cast: Vec<(Option<&str>, RawBallot)> = Vec::new();
    cast.extend(vec![(Some("hill"), ballot(&["x"])); 12]);
    cast.extend(vec![(Some("hill"), ballot(&["y"])); 2]);
    cast.extend(vec![(Some("valley"), ballot(&["y"])); 9]);
    cast.extend(vec![(Some("valley"), ballot(&["x"])); 6]);
    cast.extend(vec![(Some("mill"), ballot(&["x", "y"])); 3]);
    cast.extend(vec![(None, ballot(&["x"])); 2]);
    let costs = projects(&[("x", 46), ("y", 28)]);
    let election = Election::new(100, 0, costs, cast.iter().map(|one| one.1.clone())).unwrap();
    let outcome = crate::budget::count(&election, &plain()).unwrap();
    let of = |smallest| {
        let ballots = cast.iter().map(|(area, ballot)| (*area, ballot));
        area::distribution(&outcome, ballots, smallest)
    };
    assert_eq!(outcome.ids(), ["x", "y"]);
    let shown = of(SMALLEST_SHOWN).unwrap();
    let rows: Vec<_> = shown
        .areas
        .iter()
        .map(|one| {
            (
                one.name.as_deref(),
                one.areas,
                one.voters,
                one.votes.iter().map(|one| one.votes).collect::<Vec<_>>(),
            )
        })
        .collect();
    // The mill and those of no place are five together. Two of hill for y are hidden, and three of
    // the rest; five of the rest for x are not.
    assert_eq!(
        rows,
        [
            (Some("hill"), 1, 14, vec![Some(12), None]),
            (Some("valley"), 1, 15, vec![Some(6), Some(9)]),
            (None, 1, 5, vec![Some(5), None]),
        ]
    );
    assert_eq!(shown.areas[0].money, 24.into());
    assert_eq!(shown.areas[1].money, 30.into());
    // With six, those five are too few: the smallest area joins them.
    let rest = of(6).unwrap();
    assert_eq!(rest.areas.len(), 2);
    assert_eq!(
        (rest.areas[1].name.as_deref(), rest.areas[1].voters),
        (None, 19)
    );
    assert_eq!(of(35), None);
}
