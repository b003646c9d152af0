//! Batches of records: whatever is written reads back, nothing reads that is not written that way,
//! and what is made to do harm costs little. `SEED=n` runs one seed.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    reason = "a test stops at the first surprise, and may be given a seed"
)]

#[path = "records/any.rs"]
mod any;

use any::record;
use fastrand::Rng;
use majlis_core::codec::DecodeError;
use majlis_core::consultation::form::{MAX_QUESTIONS, MAX_REPEATS};
use majlis_core::consultation::{Answer, Choice, Form, Question, QuestionKind};
use majlis_core::id::{FormId, QuestionId};
use majlis_core::record::{Known, MAX_BATCH, Record, Records, Response, Speaker};

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
    newer.head[0] = 9;
    assert_eq!(Records::decode(&newer.payload()), Err(DecodeError::Newer));
    assert!(!refused(|_| ()));
}

#[test]
fn a_batch_is_of_the_second_version_only_when_the_first_cannot_say_it() {
    assert!(
        refused(|parts| parts.head[0] = 2),
        "what the first version says, written in the second"
    );
    assert!(
        refused(|parts| parts.head[0] = 4),
        "what the first version says, written in the fourth"
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
