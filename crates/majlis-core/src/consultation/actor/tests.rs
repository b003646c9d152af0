//! Which questions ask for the actor type, and who is heard by a count.

use super::*;
use crate::consultation::Activity;
use crate::consultation::form::{Answer, Choice, ChoiceDetails, Stage};
use crate::consultation::tally::Tally;
use crate::id::{QuestionId, SlotId};

fn id(number: u8) -> QuestionId {
    QuestionId::from_bytes([number; 8])
}

fn question(number: u8, name: &str, kind: QuestionKind) -> Question {
    let mut question = Question {
        details: Default::default(),
        id: id(number),
        label: number.to_string(),
        hint: String::new(),
        required: false,
        kind,
    };
    question.details.name = name.to_owned();
    question
}

fn options(names: &[&str]) -> Vec<Choice> {
    let each = names.iter().zip(1..).map(|(name, id)| Choice {
        id,
        label: format!("option {id}"),
        details: ChoiceDetails {
            name: (*name).to_owned(),
            ..ChoiceDetails::default()
        },
    });
    each.collect()
}

fn form(questions: Vec<Question>) -> Form {
    Form {
        details: Default::default(),
        title: "T".to_owned(),
        description: String::new(),
        audience: String::new(),
        stage: Stage::Consult,
        questions,
        activity: Activity::default(),
        sealing: None,
    }
}

fn asks(names: &[&str]) -> Form {
    let kind = QuestionKind::SingleChoice(options(names));
    form(vec![question(1, NAME, kind)])
}

#[test]
fn a_question_asks_for_it_by_its_name_and_the_names_of_its_options() {
    let names = ["citizen", "government", "rather_not"];
    let whole = asks(&names);
    let found = actor_question(&whole).unwrap();
    let expected = [(1, ActorType::Citizen), (2, ActorType::Government)];
    assert_eq!(found.options, expected.into_iter().collect());

    assert_eq!(actor_question(&asks(&["citizen", "farmer"])), None);
    assert_eq!(
        actor_question(&asks(&["citizen", "social", "social"])),
        None
    );
    let several = QuestionKind::MultipleChoice {
        options: options(&names),
        most: 0,
    };
    assert_eq!(
        actor_question(&form(vec![question(1, NAME, several)])),
        None
    );
    let other = QuestionKind::SingleChoice(options(&names));
    assert_eq!(
        actor_question(&form(vec![question(1, "work", other)])),
        None
    );
}

#[test]
fn members_of_a_household_are_no_voices_of_their_own() {
    let mut inside = question(
        2,
        NAME,
        QuestionKind::SingleChoice(options(&["social", "citizen"])),
    );
    for (around, found) in [(QuestionKind::Group, true), (QuestionKind::Repeat, false)] {
        inside.details.part_of = Some(id(1));
        let form = form(vec![question(1, "around", around), inside.clone()]);
        assert_eq!(actor_question(&form).is_some(), found);
    }
    // A form of a peer may stand in itself.
    inside.details.part_of = Some(id(2));
    assert_eq!(actor_question(&form(vec![inside])), None);
}

#[test]
fn the_balance_says_who_is_heard_who_is_not_and_who_did_not_tell() {
    let form = asks(&["government", "private", "social", "citizen", "rather_not"]);
    let balance = |said: &[u16]| {
        let mut tally = Tally::new(form.id(), &form);
        for (at, option) in (0_u8..).zip(said) {
            let mut answers = Vec::new();
            if *option != 0 {
                answers.push((id(1), Answer::Choices(vec![*option])));
            }
            tally
                .add(SlotId::from_bytes([at; 16]), at % 2 == 0, &answers)
                .unwrap();
        }
        actor_question(&form)
            .unwrap()
            .balance(&tally.finish())
            .unwrap()
    };
    let (government, private, social, citizen) = (
        ActorType::Government,
        ActorType::Private,
        ActorType::Social,
        ActorType::Citizen,
    );
    let told = balance(&[4, 4, 4, 1, 3, 0, 5]);
    let voices = vec![(government, 1), (private, 0), (social, 1), (citizen, 3)];
    assert_eq!(told.voices, voices);
    assert_eq!((told.untold, told.most), (2, Some(citizen)));
    assert_eq!(told.silent, [private]);
    // Half is not most, and where nobody told, nobody is missing.
    assert_eq!(balance(&[4, 1]).most, None);
    let none = balance(&[0, 5]);
    assert_eq!((none.untold, none.most, none.silent.len()), (2, None, 0));
}
