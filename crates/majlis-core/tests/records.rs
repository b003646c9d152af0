//! Batches of records: whatever is written reads back, nothing reads that is not written that way,
//! and what is made to do harm costs little. `SEED=n` runs one seed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and may be given a seed"
)]

use fastrand::Rng;
use majlis_core::blob::{Blob, Photo};
use majlis_core::codec::DecodeError;
use majlis_core::consultation::form::MAX_QUESTIONS;
use majlis_core::consultation::form::details::Translations;
use majlis_core::consultation::form::{DateTime, MAX_REPEATS, Place, Row};
use majlis_core::consultation::{
    Answer, Choice, ChoiceDetails, Details, Form, Question, QuestionKind,
};
use majlis_core::id::{
    BlobId, Claim, DeviceId, EntryHash, FormId, QuestionId, SlotId, StatementId,
};
use majlis_core::record::{
    Assisted, AssistedMode, Close, Counted, Known, MAX_BATCH, Record, RecordId, Records, Response,
    Speaker, Stated, Statement, Step, StepKind, Subject, Withdraw,
};

fn bytes<const N: usize>(rng: &mut Rng) -> [u8; N] {
    let mut bytes = [0; N];
    rng.fill(&mut bytes);
    bytes
}

fn words(rng: &mut Rng) -> String {
    let words = ["", "ماء", "au marché", "well", "٣", "\u{200f}", "a"];
    (0..rng.usize(..4))
        .filter_map(|_| rng.choice(words))
        .collect()
}

fn number(rng: &mut Rng) -> i64 {
    let all = [0, 1, -1, 1_000_000, -2_500_000, i64::MAX, i64::MIN];
    match rng.u8(..3) {
        0 => all[rng.usize(..all.len())],
        1 => rng.i64(..),
        _ => rng.i64(-9..9) * 1_000_000,
    }
}

fn blob(rng: &mut Rng) -> Blob {
    Blob {
        id: BlobId::from_bytes([rng.u8(..); 32]),
        size: rng.u32(..),
    }
}

fn answer(rng: &mut Rng, kind: u8) -> Answer {
    match kind {
        0 => Answer::Text(words(rng)),
        1 => Answer::Number(number(rng)),
        2 => Answer::Choices(vec![rng.u16(..)]),
        3 => Answer::Choices((0..rng.usize(..4)).map(|_| rng.u16(..)).collect()),
        4 => Answer::Scale(rng.i16(..)),
        5 => Answer::Date(rng.i32(..)),
        6 => Answer::Sound(blob(rng)),
        7 => Answer::Ranking((0..rng.usize(..4)).map(|_| rng.u16(..)).collect()),
        8 => Answer::Points(
            (0..rng.usize(..4))
                .map(|_| (rng.u16(..), rng.u32(..)))
                .collect(),
        ),
        9 => {
            let vote = |rng: &mut Rng| (StatementId::from_bytes([rng.u8(..4); 16]), rng.i8(-1..=1));
            Answer::Votes((0..rng.usize(..5)).map(|_| vote(rng)).collect())
        }
        10 => Answer::Time(rng.u32(..)),
        11 => Answer::DateTime(DateTime {
            millis: number(rng),
            ahead: rng.bool().then(|| rng.i16(..)),
        }),
        12 => Answer::Place(Place {
            latitude: rng.i32(..),
            longitude: rng.i32(..),
            altitude: rng.i32(..),
            accuracy: rng.u32(..),
        }),
        13 => Answer::Acknowledged,
        14 => Answer::Rows(rows(rng, 0)),
        _ => Answer::Photo(Photo {
            full: blob(rng),
            preview: blob(rng),
        }),
    }
}

/// Rows of rows, as deep as they may be.
fn rows(rng: &mut Rng, depth: usize) -> Vec<Row> {
    let row = |rng: &mut Rng| {
        let answered = |rng: &mut Rng| {
            let question = rng.u8(..16);
            let inner = if question == 14 && depth + 1 < MAX_REPEATS {
                Answer::Rows(rows(rng, depth + 1))
            } else {
                let kind = if question == 14 { 0 } else { question };
                answer(rng, kind)
            };
            (QuestionId::from_bytes([question; 8]), inner)
        };
        (0..rng.usize(..4)).map(|_| answered(rng)).collect()
    };
    (0..rng.usize(..4)).map(|_| row(rng)).collect()
}

fn translations(rng: &mut Rng) -> Translations {
    let languages = ["French (fr)", "العربية (ar)"];
    let each = (0..rng.usize(..3)).filter_map(|_| rng.choice(languages));
    let each: Vec<&str> = each.collect();
    let texts = each.into_iter().map(|name| (name.to_owned(), words(rng)));
    texts.collect()
}

/// Forms that say more than the first version can, and forms that do not.
fn form(rng: &mut Rng) -> Form {
    let mut form = Form::empty();
    form.title = words(rng);
    form.description = words(rng);
    form.audience = words(rng);
    for number in 0..rng.u8(..4) {
        let option = |rng: &mut Rng, id| Choice {
            id,
            label: words(rng),
            details: ChoiceDetails {
                name: words(rng),
                label: translations(rng),
                ..ChoiceDetails::default()
            },
        };
        let kinds = [
            QuestionKind::Text,
            QuestionKind::SingleChoice(vec![option(rng, 1), option(rng, 2)]),
            QuestionKind::Ranking(vec![option(rng, 1)]),
            QuestionKind::Group,
            QuestionKind::Other(words(rng)),
        ];
        let mut details = Details::default();
        if rng.bool() {
            details.name = words(rng);
            details.rules.relevant = words(rng);
            details.hint = translations(rng);
            details.part_of = rng.bool().then(|| QuestionId::from_bytes([0; 8]));
            let cell = (words(rng), words(rng));
            details.kept.cells = rng.bool().then_some(cell).into_iter().collect();
        }
        form.questions.push(Question {
            id: QuestionId::from_bytes([number; 8]),
            label: words(rng),
            hint: words(rng),
            required: rng.bool(),
            kind: kinds[rng.usize(..kinds.len())].clone(),
            details,
        });
    }
    if rng.u8(..3) == 0 {
        form.details.language = words(rng);
        form.details.title = translations(rng);
    }
    form
}

fn supersedes(rng: &mut Rng) -> Vec<RecordId> {
    let one = |rng: &mut Rng| RecordId {
        entry: EntryHash::from_bytes([rng.u8(..3); 32]),
        index: rng.u16(..),
    };
    (0..rng.usize(..3)).map(|_| one(rng)).collect()
}

fn assisted(rng: &mut Rng) -> Assisted {
    let modes = [
        AssistedMode::Spoken,
        AssistedMode::Paper,
        AssistedMode::Phone,
    ];
    Assisted {
        mode: modes[rng.usize(..3)],
        consent: rng.bool(),
        note: words(rng),
    }
}

fn known(rng: &mut Rng) -> Known {
    let (supersedes, salt) = (supersedes(rng), bytes(rng));
    if rng.bool() {
        return Known::Own { supersedes, salt };
    }
    Known::Assisted {
        slot: SlotId::from_bytes(bytes(rng)),
        supersedes,
        salt,
        assisted: assisted(rng),
    }
}

fn step(rng: &mut Rng, form: FormId) -> Step {
    let subject = |rng: &mut Rng| match rng.u8(..5) {
        0 => Subject::Whole,
        1 => Subject::Question(QuestionId::from_bytes(bytes(rng))),
        2 => Subject::Option(rng.u16(..)),
        3 => Subject::Statement(StatementId::from_bytes(bytes(rng))),
        _ => Subject::Voice(SlotId::from_bytes(bytes(rng))),
    };
    Step {
        form,
        // Kinds of newer versions too: they are kept as they are.
        kind: StepKind::from_code(rng.u8(..)),
        about: subject(rng),
        text: format!("because {}", words(rng)),
        number: rng.bool().then(|| rng.i64(..)),
        day: rng.bool().then(|| rng.i32(-9..9_000)),
        sources: (0..rng.usize(..3)).map(|_| subject(rng)).collect(),
        replaces: supersedes(rng),
        salt: bytes(rng),
    }
}

fn record(rng: &mut Rng) -> Record {
    let form = FormId::from_bytes([rng.u8(..3); 32]);
    match rng.u8(..11) {
        8 => Record::Statement(Statement {
            form,
            text: "Water first".to_owned(),
            assisted: rng.bool(),
            salt: bytes(rng),
        }),
        9 => Record::Step(step(rng, form)),
        10 => Record::Stated(Stated {
            form,
            counted: rng.u64(..),
            hash: bytes(rng),
            summary: words(rng),
            salt: bytes(rng),
        }),
        0 => Record::Open(self::form(rng)),
        1 => {
            let counted = Counted {
                device: DeviceId::from_bytes(bytes(rng)),
                seq: rng.u64(..),
                hash: EntryHash::from_bytes(bytes(rng)),
            };
            Record::Close(Close {
                form,
                counted: vec![counted; rng.usize(..3)],
                note: words(rng),
            })
        }
        2 => Record::Withdraw(Withdraw {
            form,
            speaker: known(rng),
        }),
        _ => {
            let speaker = if rng.bool() {
                let (claim, assisted) = (Claim::from_bytes(bytes(rng)), assisted(rng));
                Speaker::New { claim, assisted }
            } else {
                Speaker::Known(known(rng))
            };
            let answered = |rng: &mut Rng| {
                // The same question answered in two ways, or twice, can be said, if not counted.
                let question = rng.u8(..16);
                let kind = if rng.u8(..9) == 0 {
                    rng.u8(..16)
                } else {
                    question
                };
                (QuestionId::from_bytes([question; 8]), answer(rng, kind))
            };
            Record::Response(Response {
                form,
                speaker,
                answers: (0..rng.usize(..7)).map(|_| answered(rng)).collect(),
            })
        }
    }
}

fn seeds(count: u64) -> Vec<u64> {
    match std::env::var("SEED") {
        Ok(seed) => vec![seed.parse().unwrap()],
        Err(_) => (0..count).collect(),
    }
}

#[test]
fn every_batch_reads_back() {
    for seed in seeds(2_000) {
        let mut rng = Rng::with_seed(seed);
        let records = (0..rng.usize(1..12)).map(|_| record(&mut rng)).collect();
        let batch = Records { records };
        let payload = batch.encode();
        assert_eq!(
            Records::decode(&payload).as_ref(),
            Ok(&batch),
            "SEED={seed}"
        );
        assert_eq!(Records::from_own_store(&payload).as_ref(), Ok(&batch));
    }
}

#[test]
fn whatever_reads_is_written_that_way_and_no_other() {
    let mut read = 0;
    for seed in seeds(20_000) {
        let mut rng = Rng::with_seed(seed);
        let records = (0..rng.usize(1..5)).map(|_| record(&mut rng)).collect();
        let mut payload = Records { records }.encode();
        for _ in 0..rng.usize(1..3) {
            let at = rng.usize(..payload.len());
            match rng.u8(..4) {
                0 => payload[at] ^= 1 << rng.u8(..8),
                1 => payload[at] = rng.u8(..),
                2 => payload.insert(at, rng.u8(..3)),
                _ => drop(payload.remove(at)),
            }
            if payload.is_empty() {
                break;
            }
        }
        if let Ok(batch) = Records::decode(&payload) {
            assert_eq!(batch.encode(), payload, "SEED={seed}");
            read += 1;
        }
    }
    assert!(
        read > 1_000 || std::env::var("SEED").is_ok(),
        "only {read} read"
    );
}

/// Two people's own answers to two questions, in the parts of their encoding.
struct Parts {
    head: Vec<u8>,
    forms: Vec<u8>,
    questions: Vec<u8>,
    patterns: Vec<u8>,
    form_of: Vec<u8>,
    pattern_of: Vec<u8>,
    speakers: Vec<u8>,
    columns: Vec<u8>,
}

impl Parts {
    fn new() -> Self {
        let mut questions = vec![2];
        questions.extend([[1; 8].as_slice(), &[2], &[2; 8], &[3]].concat());
        Self {
            head: vec![1, 2, 3, 3],
            forms: [&[1], [7; 32].as_slice()].concat(),
            questions,
            patterns: vec![1, 2, 0, 1],
            form_of: vec![0, 0],
            pattern_of: vec![0, 0],
            speakers: [[5; 8].as_slice(), &[6; 8], &[0, 0]].concat(),
            // Options 1 and 2: single, from 1 (zigzag), one bit each. Steps 4 and 4: no bit.
            columns: vec![0, 2, 1, 0b10, 8, 0],
        }
    }

    fn payload(&self) -> Vec<u8> {
        let [a, b, c, d] = [&self.head, &self.forms, &self.questions, &self.patterns];
        let [e, f, g, h] = [
            &self.form_of,
            &self.pattern_of,
            &self.speakers,
            &self.columns,
        ];
        [a, b, c, d, e, f, g, h].map(Vec::as_slice).concat()
    }
}

fn refused(bend: impl FnOnce(&mut Parts)) -> bool {
    let mut parts = Parts::new();
    bend(&mut parts);
    Records::decode(&parts.payload()) == Err(DecodeError::Malformed)
}

#[test]
fn a_batch_is_laid_out_as_described() {
    let own = |salt, option| {
        let supersedes = Vec::new();
        Record::Response(Response {
            form: FormId::from_bytes([7; 32]),
            speaker: Speaker::Known(Known::Own { supersedes, salt }),
            answers: vec![
                (
                    QuestionId::from_bytes([1; 8]),
                    Answer::Choices(vec![option]),
                ),
                (QuestionId::from_bytes([2; 8]), Answer::Scale(4)),
            ],
        })
    };
    let records = vec![own([5; 8], 1), own([6; 8], 2)];
    assert_eq!(Records { records }.encode(), Parts::new().payload());
    let mut newer = Parts::new();
    newer.head[0] = 3;
    assert_eq!(Records::decode(&newer.payload()), Err(DecodeError::Newer));
    assert!(!refused(|_| ()));
}

#[test]
fn a_batch_is_of_the_second_version_only_when_the_first_cannot_say_it() {
    assert!(
        refused(|parts| parts.head[0] = 2),
        "what the first version says, written in the second"
    );
    let newer = |parts: &mut Parts| {
        parts.questions[18] = 7; // The second question takes a ranking: two of none.
        parts.columns = vec![0, 2, 1, 0b10, 0, 0];
    };
    assert!(refused(newer), "a newer answer in the first version");
    assert!(!refused(|parts| {
        newer(parts);
        parts.head[0] = 2;
    }));
    let option = |id| Choice {
        details: Default::default(),
        id,
        label: "A".to_owned(),
    };
    let mut form = Form::empty();
    form.questions = vec![Question {
        details: Default::default(),
        id: QuestionId::from_bytes([1; 8]),
        label: "Which?".to_owned(),
        hint: String::new(),
        required: false,
        kind: QuestionKind::SingleChoice(vec![option(1)]),
    }];
    let open = |form: &Form| Records {
        records: vec![Record::Open(form.clone())],
    };
    assert_eq!(open(&form).encode()[0], 1);
    form.questions[0].kind = QuestionKind::Ranking(vec![option(1)]);
    let mut payload = open(&form).encode();
    assert_eq!(payload[0], 2);
    assert_eq!(Records::decode(&payload), Ok(open(&form)));
    payload[0] = 1;
    assert_eq!(Records::decode(&payload), Err(DecodeError::Malformed));
}

#[test]
fn rows_inside_rows_end() {
    let nested = |depth: usize| {
        let mut answer = Answer::Scale(1);
        for _ in 0..depth {
            answer = Answer::Rows(vec![vec![(QuestionId::from_bytes([1; 8]), answer)]]);
        }
        let response = Record::Response(Response {
            form: FormId::from_bytes([7; 32]),
            speaker: Speaker::Known(Known::Own {
                supersedes: Vec::new(),
                salt: [2; 8],
            }),
            answers: vec![(QuestionId::from_bytes([1; 8]), answer)],
        });
        let records = vec![response];
        Records::decode(&Records { records }.encode()).map(|_| ())
    };
    assert_eq!(nested(MAX_REPEATS), Ok(()));
    assert_eq!(nested(MAX_REPEATS + 1), Err(DecodeError::Malformed));
    // Far deeper than any stack: refused at the limit.
    assert_eq!(nested(2_000), Err(DecodeError::Malformed));
}

#[test]
fn tables_hold_what_is_used_once_and_in_that_order() {
    // A row that nothing uses, at the end or before.
    assert!(refused(|parts| {
        parts.forms[0] = 2;
        parts.forms.extend([8; 32]);
    }));
    assert!(refused(|parts| {
        parts.questions[0] = 3;
        parts.questions.extend([9; 8]);
        parts.questions.push(4);
    }));
    assert!(refused(|parts| parts.patterns = vec![2, 2, 0, 1, 1, 0]));
    assert!(refused(|parts| {
        parts.forms = [&[2], [8; 32].as_slice(), &[7; 32]].concat();
        parts.form_of = vec![1, 1];
    }));
    // A row twice, each used.
    assert!(refused(|parts| {
        parts.forms = [&[2], [7; 32].as_slice(), &[7; 32]].concat();
        parts.form_of = vec![0, 1];
    }));
    assert!(refused(|parts| {
        parts.patterns = vec![2, 2, 0, 1, 2, 0, 1];
        parts.pattern_of = vec![0, 1];
    }));
    // Rows in another order than that of first use.
    assert!(refused(|parts| {
        parts.forms = [&[2], [8; 32].as_slice(), &[7; 32]].concat();
        parts.form_of = vec![1, 0];
    }));
    assert!(refused(|parts| parts.patterns = vec![1, 2, 1, 0]));
    // And what those would be, written well.
    assert!(!refused(|parts| {
        parts.forms = [&[2], [8; 32].as_slice(), &[7; 32]].concat();
        parts.form_of = vec![0, 1];
    }));
}

#[test]
fn what_points_outside_is_refused() {
    assert!(refused(|parts| parts.form_of = vec![0, 1]));
    assert!(refused(|parts| parts.pattern_of = vec![0, 1]));
    assert!(refused(|parts| parts.patterns = vec![1, 2, 0, 2]));
    assert!(refused(|parts| parts.head[2] = 7));
    assert!(
        refused(|parts| parts.head[3] = 3 | 1 << 3),
        "an own answer with a mode"
    );
    assert!(
        refused(|parts| parts.head[3] = 2 | 3 << 3),
        "a mode that is none"
    );
    assert!(
        refused(|parts| parts.head[3] = 2 | 1 << 6),
        "a bit that means nothing"
    );
    assert!(
        refused(|parts| parts.questions[9] = 5),
        "a kind that is none"
    );
    let tables: [fn(&mut Parts) -> &mut Vec<u8>; 3] = [
        |parts| &mut parts.forms,
        |parts| &mut parts.questions,
        |parts| &mut parts.patterns,
    ];
    for table in tables {
        let huge = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1];
        assert!(refused(|parts| drop(table(parts).splice(..1, huge))));
        assert!(refused(|parts| drop(
            table(parts).splice(..1, [0xff, 0x7f])
        )));
    }
}

#[test]
fn numbers_have_one_spelling() {
    assert!(
        refused(|parts| parts.columns = vec![0, 2, 1, 0b110, 8, 0]),
        "bits beyond the last"
    );
    assert!(
        refused(|parts| parts.columns = vec![0, 2, 2, 0b100, 8, 0]),
        "more bits than needed"
    );
    assert!(
        refused(|parts| parts.columns = vec![0, 0, 2, 0b1001, 8, 0]),
        "from below the least"
    );
    assert!(
        refused(|parts| parts.columns = vec![1, 1, 1, 1, 2, 8, 0]),
        "lists of one each"
    );
    assert!(
        refused(|parts| parts.columns = vec![0, 2, 65, 0b10, 8, 0]),
        "wider than a number"
    );
    assert!(
        refused(|parts| parts.columns = vec![0, 0x82, 0, 1, 0b10, 8, 0]),
        "an overlong number"
    );
    assert!(
        refused(|parts| parts.columns.push(0)),
        "something after the end"
    );
    assert!(
        refused(|parts| parts.columns.truncate(5)),
        "the end missing"
    );
    let largest = 2 * 32_767;
    let step = |parts: &mut Parts, zigzag: u32| {
        let low = |shift: u32| u8::try_from(zigzag >> shift & 0x7f).unwrap();
        parts.columns = vec![0, 2, 1, 0b10, 0x80 | low(0), 0x80 | low(7), low(14), 0];
    };
    assert!(!refused(|parts| step(parts, largest)));
    assert!(
        refused(|parts| step(parts, largest + 2)),
        "a step that is none"
    );
}

#[test]
fn no_batch_is_empty_or_without_end() {
    let batch = |records: usize, answers: usize| {
        let record = Record::Response(Response {
            form: FormId::from_bytes([1; 32]),
            speaker: Speaker::Known(Known::Own {
                supersedes: Vec::new(),
                salt: [2; 8],
            }),
            answers: vec![(QuestionId::from_bytes([3; 8]), Answer::Scale(1)); answers],
        });
        Records::decode(
            &Records {
                records: vec![record; records],
            }
            .encode(),
        )
        .is_ok()
    };
    assert!(!batch(0, 1));
    assert!(batch(MAX_BATCH, 300));
    assert!(batch(150, MAX_QUESTIONS));
    assert!(!batch(151, MAX_QUESTIONS));
    assert!(!batch(MAX_BATCH + 1, 1));
    assert!(!batch(1, MAX_QUESTIONS + 1));
}
