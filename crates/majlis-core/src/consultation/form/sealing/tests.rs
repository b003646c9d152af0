//! What a form can say about sealed answers, and which answers fit it.

use super::*;
use crate::consultation::form::{Choice, FormError};

const SEEN: QuestionId = QuestionId::from_bytes([1; 8]);
const ILL: QuestionId = QuestionId::from_bytes([2; 8]);
const WHY: QuestionId = QuestionId::from_bytes([3; 8]);
const PEOPLE: QuestionId = QuestionId::from_bytes([4; 8]);
const NAME: QuestionId = QuestionId::from_bytes([5; 8]);

fn question(id: QuestionId, kind: QuestionKind) -> Question {
    Question {
        id,
        label: "What?".to_owned(),
        hint: String::new(),
        required: true,
        kind,
        details: Default::default(),
    }
}

fn keeper(number: u8) -> Keeper {
    Keeper {
        commitment: [number; 32],
        devices: vec![HeldShare {
            device: DeviceId::from_bytes([number; 32]),
            sealed: vec![number; 80],
        }],
    }
}

fn sealed(form: &mut Form) -> &mut SealedQuestions {
    let Some(Sealing::Answers(sealed)) = form.sealing.as_deref_mut() else {
        panic!("answers are sealed")
    };
    sealed
}

/// Whether a person was seen by all; whether they were ill, and why, by two of three keepers.
fn form() -> Form {
    let yes = vec![Choice {
        id: 1,
        label: "yes".to_owned(),
        details: Default::default(),
    }];
    let mut name = question(NAME, QuestionKind::Text);
    name.details.part_of = Some(PEOPLE);
    Form {
        title: "Health".to_owned(),
        questions: vec![
            question(SEEN, QuestionKind::Text),
            question(ILL, QuestionKind::SingleChoice(yes)),
            question(WHY, QuestionKind::Text),
            question(PEOPLE, QuestionKind::Repeat),
            name,
        ],
        sealing: Some(Box::new(Sealing::Answers(SealedQuestions {
            questions: vec![ILL, WHY],
            key: [9; 32],
            threshold: 2,
            keepers: (1..=3).map(keeper).collect(),
        }))),
        ..Form::empty()
    }
}

fn text() -> Answer {
    Answer::Text("yes".to_owned())
}

#[test]
fn a_response_carries_one_piece_of_bytes_for_all_that_is_sealed() {
    let form = form();
    assert_eq!(form.check(), Ok(()));
    let piece = |bytes| (ILL, Answer::Sealed(vec![7; bytes]));
    assert_eq!(form.accepts(&[(SEEN, text()), piece(1)]), Ok(()));
    assert_eq!(
        form.accepts(&[(SEEN, text())]),
        Err(AnswerError::Missing(ILL))
    );
    for bytes in [0, MAX_SEALED + 1] {
        let answers = [(SEEN, text()), piece(bytes)];
        assert_eq!(form.accepts(&answers), Err(AnswerError::OutOfRange(ILL)));
    }
    // What everybody sees is still asked for.
    assert_eq!(form.accepts(&[piece(1)]), Err(AnswerError::Missing(SEEN)));
}

#[test]
fn a_sealed_question_is_not_answered_in_the_clear() {
    let form = form();
    let piece = (ILL, Answer::Sealed(vec![7]));
    for (answers, at) in [
        (vec![(SEEN, text()), (ILL, Answer::Choices(vec![1]))], ILL),
        (vec![(SEEN, text()), (WHY, text())], WHY),
        (vec![(SEEN, text()), piece.clone(), (WHY, text())], WHY),
        (vec![(SEEN, text()), (WHY, Answer::Sealed(vec![7]))], WHY),
        (vec![(SEEN, text()), piece.clone(), piece.clone()], ILL),
    ] {
        assert_eq!(form.accepts(&answers), Err(AnswerError::InTheClear(at)));
    }
}

#[test]
fn where_nothing_is_sealed_a_sealed_answer_does_not_fit() {
    let mut open = form();
    let answers = [
        (SEEN, Answer::Sealed(vec![7])),
        (ILL, Answer::Sealed(vec![7])),
    ];
    assert_eq!(open.accepts(&answers), Err(AnswerError::WrongKind(SEEN)));
    open.sealing = None;
    assert_eq!(
        open.accepts(&[(ILL, Answer::Sealed(vec![7]))]),
        Err(AnswerError::WrongKind(ILL))
    );
    let row = vec![(NAME, Answer::Sealed(vec![7]))];
    assert_eq!(
        open.accepts(&[(PEOPLE, Answer::Rows(vec![row]))]),
        Err(AnswerError::WrongKind(NAME))
    );
}

#[test]
fn what_was_sealed_fits_when_it_answers_sealed_questions() {
    let form = form();
    assert_eq!(form.accepts_sealed(&[]), Ok(()));
    assert_eq!(
        form.accepts_sealed(&[(ILL, Answer::Choices(vec![1])), (WHY, text())]),
        Ok(())
    );
    for (answer, error) in [
        ((SEEN, text()), AnswerError::NoSuchQuestion(SEEN)),
        (
            (ILL, Answer::Choices(vec![2])),
            AnswerError::OutOfRange(ILL),
        ),
        ((ILL, text()), AnswerError::WrongKind(ILL)),
        ((WHY, Answer::Sealed(vec![1])), AnswerError::WrongKind(WHY)),
    ] {
        assert_eq!(form.accepts_sealed(&[answer]), Err(error));
    }
    let twice = [(WHY, text()), (WHY, text())];
    assert_eq!(
        form.accepts_sealed(&twice),
        Err(AnswerError::NoSuchQuestion(WHY))
    );
}

#[test]
fn a_form_that_cannot_be_sealed_as_it_says_is_not_opened() {
    let bad = |change: fn(&mut Form), error| {
        let mut form = form();
        change(&mut form);
        assert_eq!(form.check(), Err(FormError::Sealing(error)));
    };
    bad(
        |form| sealed(form).questions.clear(),
        SealingError::Questions,
    );
    bad(
        |form| sealed(form).questions.reverse(),
        SealingError::Questions,
    );
    bad(
        |form| sealed(form).questions.push(WHY),
        SealingError::Questions,
    );
    bad(
        |form| {
            form.questions[1].kind = QuestionKind::Photo;
            form.questions[2].kind = QuestionKind::Sound;
        },
        SealingError::Questions,
    );
    bad(
        |form| sealed(form).questions.push(NAME),
        SealingError::Question(NAME),
    );
    bad(
        |form| {
            sealed(form).questions.push(PEOPLE);
            form.questions[4].kind = QuestionKind::Statements;
        },
        SealingError::Question(PEOPLE),
    );
    bad(|form| sealed(form).keepers.clear(), SealingError::Keepers);
    bad(
        |form| sealed(form).keepers[0] = keeper(2),
        SealingError::Keepers,
    );
    bad(
        |form| sealed(form).keepers[0].devices.clear(),
        SealingError::Keepers,
    );
    bad(
        |form| sealed(form).keepers[0].devices[0].sealed = vec![0; MAX_SHARE + 1],
        SealingError::Keepers,
    );
    bad(|form| sealed(form).threshold = 0, SealingError::Threshold);
    bad(|form| sealed(form).threshold = 4, SealingError::Threshold);
}

#[test]
fn rows_are_sealed_all_together() {
    let mut form = form();
    sealed(&mut form).questions = vec![PEOPLE];
    assert_eq!(form.check(), Ok(()));
    assert!(form.is_sealed(PEOPLE) && form.is_sealed(NAME) && !form.is_sealed(ILL));
    let rows = Answer::Rows(vec![vec![(NAME, text())]]);
    assert_eq!(form.accepts_sealed(&[(PEOPLE, rows)]), Ok(()));
}

#[test]
fn a_keeper_is_found_by_any_of_their_devices() {
    let mut form = form();
    let further = HeldShare {
        device: DeviceId::from_bytes([8; 32]),
        sealed: Vec::new(),
    };
    sealed(&mut form).keepers[1].devices.push(further);
    let keeper_of =
        |device| sealed(&mut form.clone()).keeper_of(DeviceId::from_bytes([device; 32]));
    assert_eq!(keeper_of(8), Some(1));
    assert_eq!(keeper_of(3), Some(2));
    assert_eq!(keeper_of(7), None);
}

#[test]
fn a_form_that_seals_no_question_is_not_sealed() {
    let mut form = form();
    sealed(&mut form).questions.clear();
    assert!(form.sealed().is_none() && !form.is_sealed(ILL));
    assert_eq!(form.check_sealing(), Err(SealingError::Questions));
}

#[test]
fn what_stands_in_a_section_that_a_form_seals_is_sealed_wherever_one_asks() {
    let mut form = form();
    form.questions[3].kind = QuestionKind::Group;
    sealed(&mut form).questions = vec![PEOPLE];
    // Such a form is not opened, and nothing is handed in to it; nor is anything taken in the clear.
    assert_eq!(form.check_sealing(), Err(SealingError::Question(PEOPLE)));
    assert!(form.is_sealed(NAME) && form.sealed_questions() == [PEOPLE, NAME].into());
    let answers = [
        (SEEN, text()),
        (ILL, Answer::Choices(vec![1])),
        (WHY, text()),
    ];
    let clear = [answers.as_slice(), &[(NAME, text())]].concat();
    assert_eq!(form.accepts(&clear), Err(AnswerError::InTheClear(NAME)));
    let piece = [answers.as_slice(), &[(PEOPLE, Answer::Sealed(vec![1]))]].concat();
    assert_eq!(form.accepts(&piece), Ok(()));
}

#[test]
fn a_key_that_keeps_nothing_is_refused() {
    for (first, middle, last) in [
        (0, 0, 0),
        (1, 0, 0),
        (0xec, 0xff, 0x7f),
        (0xee, 0xff, 0xff),
        (0, 0, 0x80),
    ] {
        let mut form = form();
        let mut key = [middle; 32];
        key[0] = first;
        key[31] = last;
        sealed(&mut form).key = key;
        assert_eq!(form.check_sealing(), Err(SealingError::Key));
    }
    for key in &LOW_ORDER {
        assert!(is_low_order(key));
    }
}

#[test]
fn the_digest_is_of_everything_but_the_sealed_parts() {
    let digest = form().digest_without_parts();
    let after = |change: fn(&mut Form)| {
        let mut form = form();
        change(&mut form);
        form.digest_without_parts()
    };
    assert_eq!(
        after(|form| sealed(form).keepers[0].devices[0].sealed = vec![1; 9]),
        digest
    );
    let changes: [fn(&mut Form); 7] = [
        |form| sealed(form).keepers.push(keeper(7)),
        |form| sealed(form).keepers[0].devices[0].device = DeviceId::from_bytes([9; 32]),
        |form| sealed(form).keepers[0].commitment = [9; 32],
        |form| sealed(form).threshold = 1,
        |form| sealed(form).key = [8; 32],
        |form| sealed(form).questions = vec![ILL],
        |form| form.title.push('!'),
    ];
    for change in changes {
        assert_ne!(after(change), digest);
    }
}

#[test]
fn a_photo_of_a_sealed_question_is_named_in_the_open_beside_the_piece() {
    let photo = |byte: u8| {
        let full = crate::blob::Blob::of(&[byte; 9]).unwrap();
        let preview = crate::blob::Blob::of(&[byte; 3]).unwrap();
        Answer::Photo(crate::blob::Photo { full, preview })
    };
    let mut form = form();
    let mut picture = question(NAME, QuestionKind::Photo);
    picture.required = false;
    form.questions = vec![
        picture,
        question(ILL, QuestionKind::Text),
        question(SEEN, QuestionKind::Text),
    ];
    sealed(&mut form).questions = vec![NAME, ILL];
    form.check_sealing().unwrap();
    // The piece stands at the first question that is in it, not at the photo.
    assert_eq!(form.first_in_piece(), Some(ILL));
    let piece = || (ILL, Answer::Sealed(vec![1; 80]));
    let with = |answers: Vec<(QuestionId, Answer)>| form.accepts(&answers);
    with(vec![(NAME, photo(1)), piece(), (SEEN, text())]).unwrap();
    with(vec![piece(), (SEEN, text())]).unwrap();
    assert_eq!(
        with(vec![(NAME, photo(1)), (SEEN, text())]),
        Err(AnswerError::Missing(ILL))
    );
    assert_eq!(
        with(vec![
            (NAME, Answer::Sealed(vec![1; 80])),
            piece(),
            (SEEN, text())
        ]),
        Err(AnswerError::WrongKind(NAME))
    );
    // It is not in the piece as well.
    assert!(form.accepts_sealed(&[(NAME, photo(1))]).is_err());
    // Alone it would leave no piece to stand anywhere.
    sealed(&mut form).questions = vec![NAME];
    assert_eq!(form.check_sealing(), Err(SealingError::Questions));
}

#[test]
fn photos_of_sealed_rows_are_listed_in_the_open_and_named_in_the_piece() {
    let photo = |byte: u8| {
        let full = crate::blob::Blob::of(&[byte; 9]).unwrap();
        let preview = crate::blob::Blob::of(&[byte; 3]).unwrap();
        Answer::Photo(crate::blob::Photo { full, preview })
    };
    let mut form = form();
    let mut picture = question(WHY, QuestionKind::Photo);
    picture.required = false;
    picture.details.part_of = Some(PEOPLE);
    form.questions.remove(2);
    form.questions.push(picture);
    sealed(&mut form).questions = vec![PEOPLE];
    form.check_sealing().unwrap();
    assert_eq!(form.listed_media(), [WHY]);
    assert!(form.questions_in_piece().contains(&WHY));
    let open = || {
        let piece = (PEOPLE, Answer::Sealed(vec![1; 80]));
        vec![(SEEN, text()), (ILL, Answer::Choices(vec![1])), piece]
    };
    let with = |rows: Vec<Vec<(QuestionId, Answer)>>| {
        let mut answers = open();
        answers.push((WHY, Answer::Rows(rows)));
        form.accepts(&answers)
    };
    form.accepts(&open()).unwrap();
    with(vec![vec![(WHY, photo(1))], vec![(WHY, photo(2))]]).unwrap();
    // Nothing else of a row is told with it.
    assert_eq!(
        with(vec![vec![(WHY, photo(1)), (NAME, text())]]),
        Err(AnswerError::WrongKind(WHY))
    );
    assert_eq!(
        with(vec![vec![(NAME, text())]]),
        Err(AnswerError::WrongKind(WHY))
    );
    assert_eq!(with(vec![]), Err(AnswerError::OutOfRange(WHY)));
    let mut twice = open();
    twice.extend([1, 2].map(|byte| (WHY, Answer::Rows(vec![vec![(WHY, photo(byte))]]))));
    assert_eq!(form.accepts(&twice), Err(AnswerError::NoSuchQuestion(WHY)));
    let mut bare = open();
    bare.push((WHY, photo(1)));
    assert_eq!(form.accepts(&bare), Err(AnswerError::WrongKind(WHY)));
    let rows = Answer::Rows(vec![vec![(NAME, text()), (WHY, photo(1))]]);
    form.accepts_sealed(&[(PEOPLE, rows)]).unwrap();
    // Where the rows are open, there are no lists.
    form.sealing = None;
    assert!(form.listed_media().is_empty());
    let list = (WHY, Answer::Rows(vec![vec![(WHY, photo(1))]]));
    assert_eq!(
        form.accepts(&[(SEEN, text()), (ILL, Answer::Choices(vec![1])), list]),
        Err(AnswerError::NoSuchQuestion(WHY))
    );
}
