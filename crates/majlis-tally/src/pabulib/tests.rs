//! Both forms of the file, what the checker says, and bytes that are no file.

use proptest::prelude::*;

use super::*;
use crate::budget::{BudgetRule, CountError, Election, Method, Outcome, Utility, count};
use crate::explain::budget::explain;
use crate::ratio::Ratio;

const NEW: &str = "META\nkey;value\ndescription;Two works\ncountry;Tunisia\nunit;Menzel Bourguiba\ninstance;2014\nnum_projects;2\nnum_votes;3\nbudget;100.50\nvote_type;cumulative\nrule;greedy\ndate_begin;2014\ndate_end;01.06.2014\nmax_sum_points;5\nPROJECTS\nproject_id;cost;votes;score;name;beneficiaries;selected\na;40.25;2;7;\"Lamps; and paving\";children;1\nb;60;2;4;مدرسة;adults;1\nVOTES\nvoter_id;vote;points\n1;a,b;3,2\n2;a;4\n3;b;2\n";

#[test]
fn the_present_form_is_written_as_it_was_read() {
    let file = read(NEW.as_bytes()).unwrap();
    assert_eq!(file.check(), []);
    assert_eq!(file.write(), NEW);
    let election = file.election().unwrap();
    // 40.25 needs two digits, so everything has them.
    assert_eq!((election.budget(), election.decimals()), (10_050, 2));
    assert_eq!(election.cost(0), 4_025);
    assert_eq!((election.points(0), election.votes(1)), (7, 2));
}

#[test]
fn the_old_form_is_read_and_noted() {
    let old = NEW
        .replace(";beneficiaries;", "; target ;")
        .replace("VOTES\n", "\r\nVOTES \r\n");
    let file = read(format!("\u{feff}{old}").as_bytes()).unwrap();
    assert_eq!(file.write(), NEW);
    let said: Vec<String> = file.check().iter().map(ToString::to_string).collect();
    assert_eq!(said.len(), 3, "{said:?}");
    assert!(said[0].contains("call it beneficiaries"), "{said:?}");
}

#[test]
fn a_table_without_the_column_of_votes_is_not_an_election_of_empty_ballots() {
    for (from, to, column) in [
        ("voter_id;vote;points", "voter_id;votes;points", "vote"),
        ("voter_id;vote;points", "voter_id;vote;point", "points"),
    ] {
        let file = read(NEW.replacen(from, to, 1).as_bytes()).unwrap();
        let error = file.election().unwrap_err().to_string();
        assert!(
            error.ends_with(&format!("VOTES has no column {column}; add it")),
            "{error}"
        );
        let said: Vec<String> = file.check().iter().map(ToString::to_string).collect();
        let wanted = format!("VOTES, {column}: the column is missing; add it");
        assert!(said.contains(&wanted), "{said:?}");
    }
}

#[test]
fn an_amount_beyond_what_is_counted_is_said_to_be_too_large_and_a_negative_one_to_be_none() {
    for (from, to, said) in [
        (
            "budget;100.50",
            "budget;184467440737095516.16",
            "META line 9: budget is \"184467440737095516.16\", which is more than is counted",
        ),
        (
            "a;40.25",
            "a;99999999999999999999",
            "PROJECTS line 17: cost is \"99999999999999999999\", which is more",
        ),
        (
            "a;40.25",
            "a;-5",
            "PROJECTS line 17: cost is \"-5\"; write digits",
        ),
        (
            "a;40.25",
            "a;121/3",
            "PROJECTS line 17: cost is \"121/3\"; write digits",
        ),
    ] {
        let file = read(NEW.replacen(from, to, 1).as_bytes()).unwrap();
        let error = file.election().unwrap_err().to_string();
        assert!(error.contains(said), "{error}");
    }
}

#[test]
fn a_semicolon_in_a_value_of_meta_is_no_end_of_the_file() {
    let file = read(NEW.replacen("Two works", "Two;works", 1).as_bytes()).unwrap();
    assert_eq!(file.meta("description"), Some("Two"));
    let said: Vec<String> = file.check().iter().map(ToString::to_string).collect();
    assert!(
        said.len() == 1 && said[0].contains("double quotes"),
        "{said:?}"
    );
    assert_eq!(file.election(), read(NEW.as_bytes()).unwrap().election());
    let error = read(NEW.replace(';', ",").as_bytes())
        .unwrap_err()
        .to_string();
    assert!(error.contains("put ; between fields"), "{error}");
    // Old spreadsheet programs end lines with a carriage return alone.
    assert_eq!(
        read(NEW.replace('\n', "\r").as_bytes()).unwrap().write(),
        NEW
    );
}

#[test]
fn the_checker_says_what_to_do() {
    let says = |from: &str, to: &str| -> Vec<String> {
        let text = NEW.replacen(from, to, 1);
        assert_ne!(text, NEW);
        let found = read(text.as_bytes()).unwrap().check();
        found.iter().map(ToString::to_string).collect()
    };
    let one = |from: &str, to: &str, expected: &str| {
        let said = says(from, to);
        assert!(said.len() == 1 && said[0].contains(expected), "{said:?}");
    };
    one(
        "num_votes;3",
        "num_votes;4",
        "it says 4 and the file has 3 ballots",
    );
    one(
        "country;Tunisia\n",
        "",
        "META, country: the key is missing; add it",
    );
    one(
        "date_begin;2014",
        "date_begin;1.1.2014",
        "is no date; write DD.MM.YYYY",
    );
    one(
        "a;40.25;2",
        "a;40.25;3",
        "PROJECTS line 17, votes: it says 3 and the ballots give 2",
    );
    one(
        "a;40.25;2;7",
        "a;40.25;2;8",
        "score: it says 8 and the ballots give 7",
    );
    one("budget;100.50", "budget;90", "more than the budget");
    one(
        "adults;1",
        "adults;0",
        "is unspent and the project costs 60",
    );
    one(
        "3;b;2",
        "2;b;2",
        "VOTES line 23, voter_id: the id \"2\" stands there twice",
    );
    one(
        "max_sum_points;5",
        "max_sum_points;4",
        "5 points are outside",
    );
    one("max_sum_points;5", "max_length;1", "2 projects are outside");
    let said = says("3;b;2", "3;b,b,x;2,0,0");
    assert!(
        said.iter()
            .any(|one| one.contains("\"b\" stands there twice")),
        "{said:?}"
    );
    assert!(
        said.iter().any(|one| one.contains("\"x\" is no project")),
        "{said:?}"
    );
    one(
        "rule;greedy",
        "comment;hello\nrule;greedy",
        "number comments",
    );
}

#[test]
fn what_is_no_file_is_refused_with_the_line() {
    let error = |text: &str| read(text.as_bytes()).unwrap_err();
    assert_eq!(error(""), ReadError::NoSection(Section::Meta));
    assert_eq!(error("x\nMETA\n"), ReadError::OutsideSections { line: 1 });
    let twice = ReadError::RepeatedSection {
        section: Section::Meta,
        line: 3,
    };
    assert_eq!(error("META\nkey;value\nMETA\n"), twice);
    let error = |from: &str, to: &str| {
        read(NEW.replacen(from, to, 1).as_bytes())
            .unwrap()
            .election()
            .unwrap_err()
            .to_string()
    };
    assert!(error("b;60;", "b;6O;").contains("PROJECTS line 18: cost is \"6O\""));
    assert!(error("1;a,b;3,2", "1;a,b;3").contains("VOTES line 21 names 2 projects and gives 1"));
    assert!(error("cumulative", "guess").contains("vote_type is \"guess\""));
    // Every message names the line and what to do.
    let approval = NEW
        .replace("cumulative", "approval")
        .replace(";points\n", "\n")
        .replace("1;a,b;3,2\n2;a;4\n3;b;2\n", "1;a,b\n2;a,c\n3;b\n");
    let said = read(approval.as_bytes()).unwrap().election().unwrap_err();
    let said = said.to_string();
    assert!(
        said.contains("VOTES line 22 names \"c\", which is no project; correct"),
        "{said}"
    );
    assert!(error("\nb;60", "\na;60").contains("PROJECTS line 18 has the id \"a\" again"));
    assert!(error("2;a;4", "2;a;4,5").contains("VOTES line 22 names 1 projects and gives 2"));
    assert!(error("2;a;4", "2;a;-4").contains("VOTES line 22: points are \"-4\"; write numbers"));
    assert!(error("2;a;4", "2;a;many").contains("write numbers"));
    assert!(error("2;a;4", "2;a;0.1234567").contains("round them"));
    assert!(error("b;60;", "b;-60;").contains("line 18: cost"));
    assert!(error("b;60;", "b;1.000,5;").contains("line 18: cost is \"1.000,5\""));
    // A thousand, or one and nothing after the comma?
    assert!(error("b;60;", "b;1,000;").contains("line 18: cost is \"1,000\""));
    assert!(error("b;60;", "b;0.1234567;").contains("line 18 has more than 6 digits"));
    assert!(error("100.50", "1e9").contains("META line 9: budget"));
    assert!(error("100.50", "100.1234567").contains("META line 9 has more than 6"));
    assert!(error("budget;100.50\n", "").contains("META has no budget"));
    let wide = read(NEW.replacen("2;a;4", "2;a;4;5", 1).as_bytes()).unwrap_err();
    assert!(
        wide.to_string()
            .contains("line 22 has 4 fields and VOTES has 3 columns"),
        "{wide}"
    );
}

/// The reference library reads points as fractions; so parts of points count, and all that is said is of whole ones.
#[test]
fn parts_of_points_count_exactly() {
    let election = |text: &str| read(text.as_bytes()).unwrap().election().unwrap();
    let halves = NEW
        .replace(";3,2", ";1.5,1")
        .replace("2;a;4", "2;a;2.0")
        .replace("3;b;2", "3;b;1/1");
    let (whole, halves) = (election(NEW), election(&halves));
    assert_eq!(halves.parts(), 2);
    for method in [
        Method::EqualShares,
        Method::Greedy,
        Method::GreedyPerCost,
        Method::Phragmen,
    ] {
        let rule = BudgetRule {
            method,
            utility: Utility::Points,
            ..BudgetRule::default()
        };
        let (one, other) = (
            count(&whole, &rule).unwrap(),
            count(&halves, &rule).unwrap(),
        );
        assert_eq!((one.ids(), one.spent), (other.ids(), other.spent));
        assert_eq!(one.endowment, other.endowment);
        let two = Ratio::from(2);
        for (one, other) in one.winners.iter().zip(&other.winners) {
            assert_eq!(
                one.payment.as_ref().map(|price| price * &two),
                other.payment
            );
        }
        let strength = |outcome: &Outcome| {
            outcome
                .rounds
                .first()
                .and_then(|one| one.standings.first()?.strength.clone())
        };
        if method == Method::Phragmen {
            assert_eq!(strength(&one), strength(&other));
        } else {
            assert_eq!(strength(&one), strength(&other).map(|one| &one * &two));
        }
        // What supporters pay is the same money, for so many whole points.
        let paid = |election: &Election, outcome: &Outcome, points: &Ratio| {
            let told = explain(election, outcome).funded.into_iter();
            told.filter_map(|one| one.payments)
                .map(|one| {
                    let full = one.full.into_iter();
                    let full = full.map(|one| (one.each, &one.points * points));
                    (full.collect::<Vec<_>>(), one.rest_paid)
                })
                .collect::<Vec<_>>()
        };
        let unit = Ratio::from(1);
        assert_eq!(paid(&whole, &one, &unit), paid(&halves, &other, &two));
        let given = |election: &Election, outcome: &Outcome, points: &Ratio| {
            let told = explain(election, outcome).unfunded.into_iter();
            told.map(|one| &one.points * points).collect::<Vec<_>>()
        };
        assert_eq!(given(&whole, &one, &unit), given(&halves, &other, &two));
    }
    let knapsack = BudgetRule {
        method: Method::Knapsack,
        utility: Utility::Points,
        ..BudgetRule::default()
    };
    // Money has hundredths there, so half points are amounts; thirds are none.
    assert!(count(&halves, &knapsack).is_ok());
    let thirds = election(&NEW.replace("2;a;4", "2;a;1/3"));
    assert_eq!(count(&thirds, &knapsack), Err(CountError::PartsOfPoints));
}

#[test]
fn too_many_points_are_not_called_too_fine_and_are_found_where_they_stand() {
    let said = |text: &str| {
        let file = read(text.as_bytes()).unwrap();
        file.election().unwrap_err().to_string()
    };
    let default =
        |points: &str| NEW.replacen("budget;", &format!("default_score;{points}\nbudget;"), 1);
    for (text, place) in [
        (NEW.replace("2;a;4", "2;a;5000000000"), "VOTES line 22"),
        (NEW.replace("2;a;4", "2;a;1000000001"), "VOTES line 22"),
        (default("5000000000"), "META line 9"),
    ] {
        let said = said(&text);
        assert!(
            said.contains(place) && said.contains("more than the 1000000000"),
            "{said}"
        );
    }
    // In halves, half as many.
    let halves = NEW
        .replace("2;a;4", "2;a;600000000")
        .replace("3;b;2", "3;b;0.5");
    assert!(
        said(&halves).contains("more than the 500000000"),
        "{}",
        said(&halves)
    );
    let fine = said(&default("0.00000001"));
    assert!(
        fine.contains("META line 9") && fine.contains("so small"),
        "{fine}"
    );
}

#[test]
fn towns_write_files_in_many_ways() {
    let election = |text: &str| read(text.as_bytes()).unwrap().election().unwrap();
    let usual = election(NEW);
    for (from, to) in [
        ("1;a,b;3,2", "1;\"a,b\";\"3,2\""),
        ("1;a,b;3,2", "1;a , b;3 , 2"),
        ("1;a,b;3,2", "1;a,b;3.0,2.00"),
        ("1;a,b;3,2", "1;a,b;٣,۲"),
        ("META", "meta"),
        ("VOTES", "Votes"),
        ("100.50", "100,5"),
        ("a;40.25", "a;40,25"),
        ("a;40.25", "a;\u{200f}٤٠٫٢٥"),
        ("b;60;", "b;۶۰;"),
        ("40.25", "040.250"),
        ("\nb;60;", "\nb;60.00;"),
    ] {
        assert_eq!(
            election(&NEW.replacen(from, to, 1)),
            usual,
            "{from} as {to}"
        );
    }
    assert_eq!(election(&NEW.replace('\n', "\r\n")), usual);
    // No votes at all, an empty ballot, what costs nothing, and what costs more than there is.
    let empty = election(&NEW.replace("1;a,b;3,2\n2;a;4\n3;b;2\n", ""));
    assert_eq!(empty.voters(), 0);
    let odd = NEW
        .replace("2;a;4", "2;;")
        .replace("b;60;", "b;0;")
        .replace("a;40.25", "a;4025");
    let odd = election(&odd);
    assert_eq!(
        (odd.voters(), odd.votes(0), odd.cost(0), odd.cost(1)),
        (3, 1, 40_250, 0)
    );
    for method in Method::ALL {
        let rule = BudgetRule {
            method: *method,
            ..Default::default()
        };
        assert_eq!(count(&odd, &rule).unwrap().ids(), ["b"], "{method}");
    }
    // A project named twice without points is supported once, at its first place.
    let approval = NEW
        .replace("cumulative", "approval")
        .replace("1;a,b;3,2", "1;a,b,a;");
    assert_eq!(election(&approval).votes(0), 2);
    // With points, the last ones count; without any, the ballot supports nothing.
    let twice = election(&NEW.replace("1;a,b;3,2", "1;a,b,a;3,2,1"));
    assert_eq!((twice.votes(0), twice.points(0)), (2, 1 + 4));
    let none = election(&NEW.replace("1;a,b;3,2", "1;a,b;none"));
    assert_eq!((none.voters(), none.votes(0), none.points(0)), (3, 1, 4));
    let ordinal = NEW
        .replace("cumulative", "ordinal")
        .replace("1;a,b;3,2", "1;b,a,b;");
    let ordinal = election(&ordinal);
    assert_eq!((ordinal.points(0), ordinal.points(1)), (1 + 2, 2 + 2));
}

#[test]
fn ordinal_ballots_give_points_by_place() {
    let text = NEW
        .replace("vote_type;cumulative", "vote_type;ordinal\nmax_length;3")
        .replace(
            "voter_id;vote;points\n1;a,b;3,2\n2;a;4\n3;b;2\n",
            "voter_id;vote\n1;b,a\n2;a\n",
        );
    let election = read(text.as_bytes()).unwrap().election().unwrap();
    assert_eq!((election.points(0), election.points(1)), (5, 3));
}

/// What stands in no column is left out, and where nothing else stood the line is none.
#[test]
fn a_row_of_nothing_under_a_single_column_is_no_row() {
    let text = NEW.replacen("META\nkey;value", "META\nk\n;ey;value", 1);
    let file = read(text.as_bytes()).unwrap();
    let again = read(file.write().as_bytes()).unwrap();
    assert_eq!(again.write(), file.write());
}

proptest! {
    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = read(&bytes).map(|file| (file.check(), file.election(), file.write()));
    }

    #[test]
    fn no_damage_panics(at in 0_usize..NEW.len(), gone in 0_usize..40, put in "[;\"\n,0-9.-]{0,5}") {
        let mut bytes = NEW.as_bytes().to_vec();
        let end = (at + gone).min(bytes.len());
        bytes.splice(at..end, put.bytes());
        if let Ok(file) = read(&bytes) {
            let _ = file.check();
            if let Ok(election) = file.election() {
                let _ = count(&election, &BudgetRule::default());
            }
            prop_assert_eq!(read(file.write().as_bytes()).unwrap().write(), file.write());
        }
    }
}
