//! Secret votes over records: trustees make a key, people vote, trustees open. Whatever arrives in
//! whatever order, every replica comes to the same, and both verifiers stand behind it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    missing_docs,
    reason = "a test"
)]

#[path = "secret/closings.rs"]
mod closings;
#[path = "secret/hall.rs"]
mod hall;

use majlis_core::consultation::activity::Voters;
use majlis_core::consultation::form::{AnswerError, FormError, Sealing, SealingError};
use majlis_core::consultation::outcome::Counted;
use majlis_core::consultation::secret::{
    Failure, Fate, MAX_WORDS, Making, SecretBallots, SecretError, SecretState, Sent, Step,
    TwiceError,
};
use majlis_core::consultation::{Answer, Form, QuestionKind, Rule};
use majlis_core::id::QuestionId;
use majlis_core::record::{CustodySaid, Record, RecordId};
use majlis_secret::ballot::Ballot;
use majlis_secret::ceremony::Fault;
use majlis_secret::count::BallotStatus;
use majlis_secret::share::ShareStatus;
use majlis_tally::poll::PollKind;

use hall::*;

#[test]
fn a_meeting_votes_in_secret_and_every_order_of_arrival_gives_the_same() {
    let mut hall = Hall::open(choice());
    assert_eq!(secret(&hall.outcome()).state, SecretState::Making);
    let mut early = Hall::open(choice());
    early.close();
    assert_eq!(secret(&early.outcome()).state, SecretState::Keyless);
    hall.make_key();
    for voter in 1..=5 {
        let ballot = hall.ballot(voter, 0, &[1, 0, 0]);
        hall.hand_in(voter, ballot);
    }
    // Somebody votes again: the last one counts.
    let again = hall.ballot(5, 1, &[0, 1, 0]);
    hall.hand_in(5, again);
    let open = hall.outcome();
    assert_eq!(secret(&open).state, SecretState::Open);
    assert_eq!((secret(&open).counted, &secret(&open).totals), (5, &None));
    hall.close();
    // Late: not among what the closing names.
    let late = hall.ballot(6, 0, &[0, 0, 1]);
    hall.hand_in(6, late);
    hall.share(1);
    hall.share(4);
    assert_eq!(secret(&hall.outcome()).state, SecretState::Opening);
    // Whoever is bad with their part delays nothing: any three right ones do.
    let wrong = {
        let share = hall
            .entries
            .iter()
            .rev()
            .find_map(|(_, _, record)| match record {
                Record::Custody(custody) => match &custody.said {
                    CustodySaid::Trustee(bytes) if bytes.first() == Some(&11) => {
                        Some(bytes.clone())
                    }
                    _ => None,
                },
                _ => None,
            });
        let mut share = share.unwrap();
        share[2] = 2;
        share
    };
    hall.say(2, wrong);
    hall.share(5);
    let outcome = hall.outcome();
    let found = secret(&outcome);
    assert_eq!(found.state, SecretState::Known);
    assert_eq!(found.totals, Some(vec![(1, 4), (2, 1), (3, 0)]));
    assert_eq!(found.shares[&2], ShareStatus::Unproven);
    assert_eq!(found.shares[&5], ShareStatus::Valid);
    let Counted::Secret(both) = &outcome.counted else {
        panic!("a secret vote")
    };
    let poll = both.1.as_ref().unwrap();
    assert_eq!((poll.cast, &poll.first[..]), (5, &["1".to_owned()][..]));
    for salt in 0..8_u64 {
        let order = |at: usize| {
            let bytes = [salt.to_be_bytes(), u64::try_from(at).unwrap().to_be_bytes()].concat();
            let hash = blake3::hash(&bytes);
            u64::from_be_bytes(hash.as_bytes()[..8].try_into().unwrap())
        };
        assert_eq!(hall.recount(order), outcome);
    }
    // A trustee who comes later changes neither totals nor hash.
    hall.share(3);
    assert_eq!(hall.outcome().hash(), outcome.hash());
}

#[test]
fn without_a_key_a_ballot_cannot_count() {
    let mut hall = Hall::open(choice());
    let mut other = Hall::open(choice());
    other.make_key();
    let ballot = other.ballot(1, 0, &[1, 0, 0]);
    hall.hand_in(1, ballot);
    assert_eq!(fate(&hall.outcome(), 1), Fate::NoKey);
}

#[test]
fn copies_forgeries_and_ballots_in_the_clear_are_listed_with_their_reason() {
    let mut hall = Hall::open(choice());
    hall.make_key();
    for voter in 1..=3 {
        let ballot = hall.ballot(voter, 0, &[1, 0, 0]);
        hall.hand_in(voter, ballot);
    }
    // The very ballot of another: it names them, and not who signs.
    let copied = hall.ballot(1, 0, &[1, 0, 0]);
    hall.hand_in(4, copied.clone());
    // The same under one's own name: its proof was made for another.
    let mut renamed = copied;
    renamed[2..34].copy_from_slice(person(5).as_bytes());
    hall.hand_in(5, renamed);
    // Not a ballot at all, though it begins as one.
    let mut cut = hall.ballot(6, 0, &[1, 0, 0]);
    cut.pop();
    hall.hand_in(6, cut);
    let outcome = hall.outcome();
    assert_eq!(secret(&outcome).counted, 3);
    assert_eq!(fate(&outcome, 1), counted(BallotStatus::Counted));
    assert_eq!(fate(&outcome, 4), Fate::NotTheirs);
    assert_eq!(fate(&outcome, 5), counted(BallotStatus::Unproven));
    assert_eq!(fate(&outcome, 6), counted(BallotStatus::Malformed));

    let clear = vec![(ASKED, Answer::Choices(vec![1]))];
    let refused = hall.form.accepts(&clear);
    assert_eq!(refused, Err(AnswerError::InTheClear(ASKED)));
    assert_eq!(hall.form.accepts(&[]), Err(AnswerError::Missing(ASKED)));
    let stranger = hall.ballot(1, 0, &[0, 1, 0]);
    let mut stranger = Ballot::decode(&stranger).unwrap().encode();
    stranger[2..34].copy_from_slice(person(OFFICER).as_bytes());
    let refused = hall.form.accepts(&[(ASKED, Answer::Sealed(stranger))]);
    assert_eq!(refused, Err(AnswerError::OutOfRange(ASKED)));
}

#[test]
fn nothing_is_opened_of_fewer_ballots_than_the_minimum() {
    let mut hall = Hall::open(choice());
    hall.make_key();
    for voter in 1..=2 {
        let ballot = hall.ballot(voter, 0, &[0, 1, 0]);
        hall.hand_in(voter, ballot);
    }
    hall.close();
    let outcome = hall.outcome();
    assert_eq!(secret(&outcome).state, SecretState::TooFewBallots);
    assert_eq!(secret(&outcome).totals, None);
}

#[test]
fn nobody_signs_a_secret_vote_that_both_verifiers_did_not_count() {
    let mut hall = Hall::open(choice());
    hall.make_key();
    for voter in 1..=4 {
        let ballot = hall.ballot(voter, 0, &[0, 1, 0]);
        hall.hand_in(voter, ballot);
    }
    assert!(!hall.outcome().may_be_signed(&hall.form));
    hall.close();
    assert!(!hall.outcome().may_be_signed(&hall.form));
    (1..=3).for_each(|trustee| hall.share(trustee));
    let mut outcome = hall.outcome();
    assert!(outcome.may_be_signed(&hall.form));
    // As a recount has it when a verifier refuses.
    outcome.counted = Counted::Nothing("verify a secret vote".to_owned());
    assert!(!outcome.may_be_signed(&hall.form));
    assert!(outcome.may_be_signed(&Form::empty()));

    // With a key there is no outcome by one verifier alone.
    let making = hall.making();
    let mut voices = hall.voices();
    voices[0]
        .1
        .resize(majlis_secret::transcript::MAX_PIECE + 1, 0);
    let found = hall.vote.outcome_twice(lane(), &making, &voices, true);
    assert!(matches!(found, Err(TwiceError::Unwritten(_))), "{found:?}");
}

#[test]
fn a_second_message_of_a_round_changes_nothing() {
    let mut hall = Hall::open(choice());
    hall.make_key();
    let before = *hall.making().key().unwrap().booth.key_id();
    let other = Making::of(&hall.vote, []);
    let more = other.due(&hall.vote, 2, seed(50)).unwrap();
    hall.say(2, more[0].clone());
    // And nobody speaks for another trustee.
    hall.say(3, more[0].clone());
    assert_eq!(*hall.making().key().unwrap().booth.key_id(), before);
}

#[test]
fn a_trustee_who_floods_is_heard_no_more() {
    let mut hall = Hall::open(choice());
    let word = hall.making().due(&hall.vote, 1, seed(1)).unwrap().remove(0);
    for _ in 0..MAX_WORDS - 1 {
        hall.say(1, vec![99]);
    }
    let mut flooded = Hall::open(choice());
    flooded.entries.clone_from(&hall.entries);
    hall.say(1, word.clone());
    assert!(hall.making().stands()[0].committed);
    flooded.say(1, vec![99]);
    flooded.say(1, word);
    assert!(!flooded.making().stands()[0].committed);
}

#[test]
fn of_two_messages_at_one_place_the_same_one_counts_on_every_device() {
    let hall = Hall::open(choice());
    // Both branches of a forked chain were adopted.
    let none = Making::of(&hall.vote, []);
    let words = [2, 50].map(|begun| none.due(&hall.vote, 2, seed(begun)).unwrap());
    let sent = |at: usize| Sent {
        device: device(12),
        seq: 0,
        id: RecordId {
            entry: entry(at),
            index: 0,
        },
        bytes: &words[at][0],
    };
    let first = Making::of(&hall.vote, [sent(0), sent(1)]);
    let other = Making::of(&hall.vote, [sent(1), sent(0)]);
    // Whoever began with the seed of the message that counts owes the same next on both.
    let owed = |making: &Making| {
        let mut rest = Hall::open(choice());
        for number in [1, 3, 4, 5] {
            let word = making.due(&rest.vote, number, seed(number)).unwrap();
            rest.say(number, word[0].clone());
        }
        let said = rest
            .entries
            .iter()
            .filter_map(|(_, _, record)| match record {
                Record::Custody(custody) => match &custody.said {
                    CustodySaid::Trustee(bytes) => Some(bytes.clone()),
                    _ => None,
                },
                _ => None,
            });
        said.collect::<Vec<_>>()
    };
    let others = owed(&first);
    let with = |two: [usize; 2]| {
        let rest = [11, 13, 14, 15].iter().zip(&others);
        let rest = rest.map(|(who, bytes)| Sent {
            device: device(*who),
            bytes,
            ..sent(0)
        });
        let making = Making::of(&hall.vote, two.map(sent).into_iter().chain(rest));
        assert!(matches!(making.step(), Step::Contributing(_)));
        [2, 50].map(|begun| making.due(&hall.vote, 2, seed(begun)).is_ok())
    };
    let counts = with([0, 1]);
    assert_eq!(counts, with([1, 0]));
    assert!(counts[0] != counts[1]);
    assert_eq!(first.stands(), other.stands());
}

#[test]
fn who_breaks_the_making_of_a_key_is_named() {
    let mut hall = Hall::open(choice());
    for number in 1..=5 {
        let word = hall.making().due(&hall.vote, number, seed(number)).unwrap();
        hall.say(number, word[0].clone());
    }
    // Trustee 4 contributes what it did not promise: it made that from another seed, apart.
    let mut apart = Hall::open(choice());
    for number in 1..=5 {
        let begun = if number == 4 { 77 } else { number };
        let word = apart
            .making()
            .due(&apart.vote, number, seed(begun))
            .unwrap();
        apart.say(number, word[0].clone());
    }
    let word = apart.making().due(&apart.vote, 4, seed(77)).unwrap();
    hall.say(4, word[0].clone());
    let making = hall.making();
    assert!(
        matches!(
            making.step(),
            Step::Failed(Failure::Fault(4, Fault::Promise))
        ),
        "{:?}",
        making.step()
    );
    assert_eq!(secret(&hall.outcome()).state, SecretState::Failed);
    assert!(making.due(&hall.vote, 1, seed(1)).unwrap().is_empty());
}

#[test]
fn scores_points_and_approvals_add_up() {
    let asked = QuestionKind::Points {
        options: options(3),
        each: 5,
        all: 0,
        squared: false,
    };
    let points = QuestionKind::Points {
        options: options(3),
        each: 0,
        all: 10,
        squared: false,
    };
    let several = QuestionKind::MultipleChoice {
        options: options(3),
        most: 2,
    };
    let mut two = form(PollKind::Approval, several.clone());
    two.activity.least = 2;
    let cases = [
        (two, [1, 0, 1], true),
        (form(PollKind::Score, asked), [5, 0, 2], false),
        (form(PollKind::DotVote, points), [10, 0, 0], false),
        (form(PollKind::Approval, several), [1, 0, 1], true),
    ];
    for (form, values, polled) in cases {
        let mut hall = Hall::open(form);
        hall.make_key();
        for voter in 1..=4 {
            let ballot = hall.ballot(voter, 0, &values);
            hall.hand_in(voter, ballot);
        }
        hall.close();
        (1..=3).for_each(|trustee| hall.share(trustee));
        let outcome = hall.outcome();
        let each = |at: usize| 4 * u32::from(values[at]);
        let wanted = vec![(1, each(0)), (2, each(1)), (3, each(2))];
        assert_eq!(secret(&outcome).totals, Some(wanted));
        let Counted::Secret(both) = &outcome.counted else {
            panic!("a secret vote")
        };
        assert_eq!(both.1.is_some(), polled);
        if let Some(poll) = &both.1 {
            assert_eq!(poll.results[0].votes, 4);
            assert_eq!(poll.cast, 4);
        }
    }
}

#[test]
fn what_cannot_be_secret_is_not_opened_as_if_it_were() {
    let refused = |change: &dyn Fn(&mut Form, &mut SecretBallots)| {
        let mut form = choice();
        let mut ballots = form.secret_ballots().unwrap().clone();
        change(&mut form, &mut ballots);
        form.sealing = Some(Box::new(Sealing::Ballots(ballots)));
        match form.check() {
            Err(FormError::Sealing(SealingError::Ballots(error))) => error,
            other => panic!("{other:?}"),
        }
    };
    let ranked = refused(&|form, _| {
        form.questions[0].kind = QuestionKind::Ranking(options(3));
        let Rule::Poll(rule) = &mut form.activity.rule else {
            return;
        };
        rule.kind = PollKind::RankedChoice;
    });
    assert_eq!(ranked, SecretError::Kind);
    let survey = refused(&|form, _| form.activity.rule = Rule::Survey);
    assert_eq!(survey, SecretError::Kind);
    let beside = refused(&|form, _| {
        let mut more = form.questions[0].clone();
        more.id = QuestionId::from_bytes([2; 8]);
        more.kind = QuestionKind::Text;
        form.questions.push(more);
    });
    assert_eq!(beside, SecretError::Questions);
    let entered = refused(&|form, _| form.activity.voters = Voters::Everybody);
    assert_eq!(entered, SecretError::Voters);
    let half = refused(&|_, ballots| {
        ballots.trustees.pop();
        ballots.threshold = 2;
    });
    assert_eq!(half, SecretError::Threshold);
    assert_eq!(
        refused(&|_, ballots| ballots.trustees.reverse()),
        SecretError::Trustees
    );
    assert_eq!(
        refused(&|_, ballots| ballots.roll.truncate(2)),
        SecretError::Roll
    );
    assert_eq!(
        refused(&|_, ballots| ballots.minimum = 8),
        SecretError::Minimum
    );
    // Pressure; and stakes that cannot be voted on again.
    for risk in [0b10, 0b1001, 0b10_0000] {
        assert_eq!(
            refused(&|_, ballots| ballots.risk = risk),
            SecretError::Risk
        );
    }
}
