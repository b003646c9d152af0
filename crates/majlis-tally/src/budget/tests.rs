//! Budgets from the field's literature, and what never changes a byte.

use proptest::prelude::*;

use super::*;
use crate::canonical::Canonical;
use crate::{Ratio, pabulib};

/// The example of the format page of pabulib.org, in the form it had before 2026.
const EXAMPLE: &str = "META\nkey; value\ndescription; Municipal PB in Wieliczka\ncountry; Poland\nunit; Wieliczka\ninstance; 2020\nnum_projects; 5\nnum_votes; 10\nbudget; 2500\nrule; greedy\nvote_type; approval\nmin_length; 1\nmax_length; 3\ndate_begin; 16.03.2020\ndate_end; 19.03.2020\nPROJECTS\nproject_id; cost; category\n1; 600; culture, education\n2; 800; sport\n4; 1400; culture\n5; 1000; health, sport\n7; 1200; education\nVOTES\nvoter_id; age; sex; vote\n1; 34; f; 1,2,4\n2; 51; m; 1,2\n3; 23; m; 2,4,5\n4; 19; f; 5,7\n5; 62; f; 1,4,7\n6; 54; m; 1,7\n7; 49; m; 5\n8; 27; f; 4\n9; 39; f; 2,4,5\n10; 44; m; 4,5\n";

fn example() -> Election {
    pabulib::read(EXAMPLE.as_bytes())
        .unwrap()
        .election()
        .unwrap()
}

fn rule(completion: Completion) -> BudgetRule {
    BudgetRule {
        completion,
        step: "1".parse().unwrap(),
        tie: "cost,votes,id".parse().unwrap(),
        ..BudgetRule::default()
    }
}

#[test]
fn the_example_of_the_format_page() {
    let election = example();
    let of = |rule: &BudgetRule| count(&election, rule).unwrap();
    assert_eq!(of(&rule(Completion::None)).ids(), ["4"]);
    let late = of(&rule(Completion::Add1));
    assert_eq!((late.ids(), late.spent), (vec!["4", "1"], 2_000));
    let endowment = late.endowment.unwrap();
    assert_eq!(
        (endowment.steps, endowment.reached.to_string()),
        (89, "339".to_owned())
    );
    let early = of(&BudgetRule {
        exhaustive_stop: true,
        ..rule(Completion::Add1)
    });
    assert_eq!(early.ids(), ["4", "1"]);
    let endowment = early.endowment.unwrap();
    assert_eq!(
        (endowment.steps, endowment.reached.to_string()),
        (17, "267".to_owned())
    );
    let greedy = of(&BudgetRule {
        method: Method::Greedy,
        ..rule(Completion::None)
    });
    assert_eq!(greedy.ids(), ["4", "5"]);
    let cardinality = |completion| {
        let rule = BudgetRule {
            utility: Utility::Cardinality,
            ..rule(completion)
        };
        let outcome = of(&rule);
        let mut ids: Vec<String> = outcome.ids().into_iter().map(str::to_owned).collect();
        ids.sort();
        ids
    };
    assert_eq!(cardinality(Completion::None), ["1", "5"]);
    assert_eq!(cardinality(Completion::Add1), ["1", "2", "5"]);
}

/// Two projects, costs 6 and 4, three voters, budget 9: counted by hand.
fn small() -> Election {
    let projects = [("a", 6), ("b", 4), ("c", 5)];
    let projects = projects.map(|(id, cost)| Project {
        id: id.to_owned(),
        cost,
    });
    let ballots = [vec!["a"], vec!["a", "b"], vec!["b"]];
    let ballot = |ids: Vec<&str>| ids.into_iter().map(|id| (id.to_owned(), 1)).collect();
    Election::new(9, 0, projects.to_vec(), ballots.map(ballot)).unwrap()
}

#[test]
fn shares_and_lacks_add_up() {
    let outcome = count(&small(), &rule(Completion::None)).unwrap();
    // Both have two votes; b is cheaper. It takes 2 of each of its two supporters; a then needs 6
    // and its supporters have 3 and 1.
    assert_eq!(outcome.ids(), ["b"]);
    assert_eq!(outcome.rounds[0].tied, 1);
    assert_eq!(outcome.winners[0].payment, Some(Ratio::from(2)));
    assert_eq!(outcome.winners[0].rho, Ratio::new(1, 2));
    assert_eq!(outcome.winners[0].effective_votes, Some(Ratio::from(2)));
    let lack = Lack::SharesOfSupporters {
        left: Ratio::from(4),
        missing: Ratio::from(2),
    };
    assert_eq!(outcome.losers[0].lack, lack);
    assert_eq!(outcome.losers[1].lack, Lack::Support);
}

#[test]
fn phragmen_buys_when_supporters_have_earned_enough() {
    let phragmen = BudgetRule {
        method: Method::Phragmen,
        ..rule(Completion::None)
    };
    let outcome = count(&small(), &phragmen).unwrap();
    // b at moment 2; then a when one supporter has earned t and the other t - 2: at t = 4, but the
    // budget is 9.
    assert_eq!(outcome.ids(), ["b"]);
    assert_eq!(
        outcome.rounds[0].standings[0].strength,
        Some(Ratio::from(2))
    );
    assert_eq!(outcome.losers[0].lack, Lack::Budget { missing: 1 });
}

#[test]
fn knapsack_gives_units_to_the_most_wanted_and_then_to_those_who_need_least() {
    let knapsack = BudgetRule {
        method: Method::Knapsack,
        ..rule(Completion::None)
    };
    let outcome = count(&small(), &knapsack).unwrap();
    assert_eq!(outcome.ids(), ["b"]);
    assert_eq!(
        outcome.partly,
        [Funding {
            id: "a".to_owned(),
            amount: 5
        }]
    );
    // With amounts: two want 3 units of a, one wants 6; one wants 4 of b.
    let projects = [("a", 6), ("b", 4)].map(|(id, cost)| Project {
        id: id.to_owned(),
        cost,
    });
    let ballot = |list: &[(&str, u32)]| list.iter().map(|(id, n)| ((*id).to_owned(), *n)).collect();
    let ballots = [
        ballot(&[("a", 3)]),
        ballot(&[("a", 6)]),
        ballot(&[("b", 4)]),
    ];
    let election = Election::new(7, 0, projects.to_vec(), ballots).unwrap();
    let by_amount = BudgetRule {
        utility: Utility::Points,
        ..knapsack
    };
    let outcome = count(&election, &by_amount).unwrap();
    // 3 units of a wanted twice; of those wanted once, a needs 3 more and b 4.
    assert_eq!(outcome.ids(), ["a"]);
    assert_eq!(
        outcome.partly,
        [Funding {
            id: "b".to_owned(),
            amount: 1
        }]
    );
}

#[test]
fn a_single_supporter_of_a_dear_project_does_not_hold_up_the_count() {
    let projects = [("dear", 900_000), ("cheap", 1_000), ("also", 200_000)];
    let projects = projects.map(|(id, cost)| Project {
        id: id.to_owned(),
        cost,
    });
    let ballots = (0..1_000).map(|voter| match voter {
        0 => vec![("dear".to_owned(), 1)],
        1..500 => vec![("cheap".to_owned(), 1)],
        _ => vec![("also".to_owned(), 1)],
    });
    let election = Election::new(1_000_000, 0, projects.to_vec(), ballots).unwrap();
    let outcome = count(&election, &rule(Completion::Add1)).unwrap();
    assert_eq!(outcome.spent, 201_000);
    // One step less than the share at which the one supporter could pay alone.
    assert_eq!(outcome.endowment.unwrap().reached.to_string(), "899999");
}

#[test]
fn what_fits_whole_is_funded_whole() {
    let mut election = small();
    election = Election::new(
        10,
        0,
        election.projects().to_vec(),
        [vec![("a".to_owned(), 1)], vec![("b".to_owned(), 1)], vec![]],
    )
    .unwrap();
    let outcome = count(&election, &rule(Completion::Add1)).unwrap();
    assert_eq!(outcome.ids().len(), 2);
    assert_eq!(outcome.winners[0].how, How::EverythingFits);
    assert_eq!(outcome.endowment.unwrap().steps, 0);
}

#[test]
fn the_comparison_counts_voters_with_nothing() {
    // Greedy funds the two of the many; Equal Shares the dear one of the few as well or instead.
    let projects = [("x", 60), ("y", 60), ("z", 40)];
    let projects = projects.map(|(id, cost)| Project {
        id: id.to_owned(),
        cost,
    });
    let many = (0..6).map(|_| vec![("x".to_owned(), 1), ("y".to_owned(), 1)]);
    let few = (0..4).map(|_| vec![("z".to_owned(), 1)]);
    let election = Election::new(120, 0, projects.to_vec(), many.chain(few)).unwrap();
    let plain = count(&election, &rule(Completion::None)).unwrap();
    assert_eq!(plain.ids(), ["x", "z"]);
    let by_count = BudgetRule {
        comparison: Comparison::Count,
        ..rule(Completion::None)
    };
    let compared = count(&election, &by_count).unwrap();
    assert_eq!(compared.ids(), ["x", "y"]);
    assert!(compared.replaced_by_greedy);
    let by_any = BudgetRule {
        comparison: Comparison::Any,
        ..rule(Completion::None)
    };
    assert_eq!(count(&election, &by_any).unwrap().ids(), ["x", "z"]);
}

#[test]
fn names_read_as_they_are_written() {
    for method in Method::ALL {
        assert_eq!(method.to_string().parse::<Method>().as_ref(), Ok(method));
    }
    assert_eq!("equal-shares".parse(), Ok(Method::EqualShares));
    assert_eq!("budget".parse(), Ok(Completion::Budget));
    assert!("equalshares".parse::<Method>().is_err());
    let rule = rule(Completion::Add1);
    let json = serde_json::to_string(&rule).unwrap();
    assert_eq!(serde_json::from_str::<BudgetRule>(&json).unwrap(), rule);
    let shown = serde_json::to_value(count(&example(), &rule).unwrap()).unwrap();
    assert_eq!(shown["winners"], serde_json::json!(["4", "1"]));
    assert_eq!(shown["spent"], "2000");
    assert_eq!(shown["endowment"], "339.000000");
}

#[test]
fn a_hash_is_pinned() {
    let hash = count(&example(), &rule(Completion::Add1))
        .unwrap()
        .result_hash();
    assert_eq!(
        hash.to_string(),
        "1a68c79e4c89ecba8f4de817609ded2724ed365806f0812e2792a6cf92bcf062"
    );
}

#[test]
fn unusable_steps_are_refused() {
    let with = |step: &str| BudgetRule {
        step: step.parse().unwrap(),
        ..rule(Completion::Add1)
    };
    assert_eq!(
        count(&example(), &with("0")),
        Err(CountError::StepNotPositive)
    );
    let fine = count(&example(), &with("1/1000000"));
    assert!(
        matches!(fine, Err(CountError::TooManyRuns { .. })),
        "{fine:?}"
    );
    let nobody = Election::new(5, 0, Vec::new(), Vec::new()).unwrap();
    assert_eq!(
        count(&nobody, &rule(Completion::Add1)),
        Err(CountError::NoBallots)
    );
}

fn rules() -> Vec<BudgetRule> {
    let mut rules = Vec::new();
    for method in Method::ALL {
        for utility in Utility::ALL {
            for completion in Completion::ALL {
                rules.push(BudgetRule {
                    method: *method,
                    utility: *utility,
                    completion: *completion,
                    comparison: Comparison::Count,
                    step: Step::Amount(Ratio::from(3)),
                    ..BudgetRule::default()
                });
            }
        }
    }
    rules
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_order_of_projects_and_ballots_changes_no_byte(
        costs in prop::collection::vec(1_u64..40, 2..7),
        ballots in prop::collection::vec(prop::collection::vec((0_usize..7, 1_u32..5), 0..5), 1..12),
        budget in 10_u64..120,
        turn in any::<prop::sample::Index>(),
    ) {
        let projects: Vec<Project> = costs.iter().enumerate()
            .map(|(id, cost)| Project { id: id.to_string(), cost: *cost }).collect();
        let ballots: Vec<RawBallot> = ballots.into_iter().map(|mut ballot| {
            ballot.retain(|one| one.0 < costs.len());
            ballot.sort_unstable();
            ballot.dedup_by_key(|one| one.0);
            ballot.into_iter().map(|(id, points)| (id.to_string(), points)).collect()
        }).collect();
        let straight = Election::new(budget, 0, projects.clone(), ballots.clone()).unwrap();
        let mut turned_projects = projects;
        turned_projects.reverse();
        let mut turned: Vec<RawBallot> = ballots;
        let by = turn.index(turned.len());
        turned.rotate_left(by);
        for ballot in &mut turned {
            ballot.reverse();
        }
        let turned = Election::new(budget, 0, turned_projects, turned).unwrap();
        for rule in rules() {
            let outcome = count(&straight, &rule).unwrap();
            prop_assert_eq!(outcome.canonical_bytes(), count(&turned, &rule).unwrap().canonical_bytes());
            prop_assert!(outcome.spent <= budget);
            let costs: u64 = outcome.winners.iter().map(|one| one.cost).sum();
            prop_assert_eq!(costs, outcome.spent);
            prop_assert_eq!(outcome.winners.len() + outcome.losers.len(), straight.projects().len());
        }
    }
}
