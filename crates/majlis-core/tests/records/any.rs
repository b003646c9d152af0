//! Records of every kind, made up: what can be said, whether or not it would count.

use fastrand::Rng;
use majlis_core::blob::{Blob, MAX_BLOB, Photo};
use majlis_core::consultation::form::details::Translations;
use majlis_core::consultation::form::{
    DateTime, HeldShare, Keeper, MAX_REPEATS, Place, Row, SealedQuestions, Sealing,
};
use majlis_core::consultation::published::{Bar, BarAnswer, Published, PublishedQuestion};
use majlis_core::consultation::{
    Answer, Choice, ChoiceDetails, Details, Form, Question, QuestionKind,
};
use majlis_core::id::{
    BlobId, Claim, DeviceId, EntryHash, FormId, QuestionId, SlotId, StatementId,
};
use majlis_core::record::minutes::Sealed;
use majlis_core::record::request::Says;
use majlis_core::record::{
    Assisted, AssistedMode, Claimed, Close, Counted, Custody, CustodySaid, Known, Minutes,
    MinutesSaid, Record, RecordId, Request, Response, Speaker, Stated, Statement, Step, StepKind,
    Subject, Withdraw,
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

/// One that may be so large.
fn sized(rng: &mut Rng) -> Blob {
    Blob {
        size: rng.u32(1..=MAX_BLOB),
        ..blob(rng)
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
        15 => Answer::Sealed(vec![rng.u8(..); rng.usize(..4)]),
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
            let question = rng.u8(..17);
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
    if rng.u8(..4) == 0 {
        let keeper = |rng: &mut Rng| Keeper {
            commitment: bytes(rng),
            devices: shares(rng),
        };
        form.sealing = Some(Box::new(Sealing::Answers(SealedQuestions {
            questions: vec![QuestionId::from_bytes([0; 8]); rng.usize(..3)],
            key: bytes(rng),
            threshold: rng.u8(..),
            keepers: (0..rng.usize(..3)).map(|_| keeper(rng)).collect(),
        })));
    }
    form
}

/// As few as one, each to a device of its own: more is not sized.
fn shares(rng: &mut Rng) -> Vec<HeldShare> {
    let share = |rng: &mut Rng| HeldShare {
        device: DeviceId::from_bytes(bytes(rng)),
        sealed: vec![rng.u8(..); rng.usize(..200)],
    };
    (0..rng.usize(1..4)).map(|_| share(rng)).collect()
}

fn custody(rng: &mut Rng, form: FormId) -> Custody {
    let bar = |rng: &mut Rng| Bar {
        answer: if rng.bool() {
            BarAnswer::Option(rng.u16(..))
        } else {
            BarAnswer::Step(rng.i16(..))
        },
        voices: rng.bool().then(|| rng.u64(..)),
    };
    let question = |rng: &mut Rng, number: u8| PublishedQuestion {
        question: QuestionId::from_bytes([number; 8]),
        answered: rng.bool().then(|| rng.u64(..)),
        bars: (0..rng.usize(..4)).map(|_| bar(rng)).collect(),
    };
    let said = if rng.bool() {
        CustodySaid::Released(shares(rng))
    } else {
        let figures = Published {
            read: rng.u64(..),
            unread: rng.u64(..),
            least: rng.u64(..9),
            questions: (0..rng.u8(..3)).map(|at| question(rng, at)).collect(),
        };
        if rng.bool() {
            CustodySaid::Published(figures)
        } else {
            CustodySaid::PublishedOf(figures, bytes(rng))
        }
    };
    Custody {
        form,
        said,
        salt: bytes(rng),
    }
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

fn id(rng: &mut Rng) -> RecordId {
    RecordId {
        entry: EntryHash::from_bytes(bytes(rng)),
        index: rng.u16(..),
    }
}

fn minutes(rng: &mut Rng, form: FormId) -> Minutes {
    let said = match rng.u8(..3) {
        0 => MinutesSaid::Signed(id(rng)),
        1 => MinutesSaid::Pictured {
            minutes: id(rng),
            photo: Photo {
                full: sized(rng),
                preview: sized(rng),
            },
        },
        _ => MinutesSaid::Sealed(Sealed {
            place: rng.u16(..),
            papers: rng.u32(..),
            ballots: rng.u64(..),
            hash: bytes(rng),
            note: words(rng),
        }),
    };
    Minutes {
        form,
        said,
        salt: bytes(rng),
    }
}

pub(crate) fn record(rng: &mut Rng) -> Record {
    let form = FormId::from_bytes([rng.u8(..3); 32]);
    match rng.u8(..15) {
        14 => Record::Minutes(minutes(rng, form)),
        13 => Record::Request(Request {
            form,
            says: match rng.u8(..3) {
                0 => Says::Erase { text: words(rng) },
                1 => Says::Apart {
                    step: id(rng),
                    text: words(rng),
                },
                _ => Says::Reply {
                    to: id(rng),
                    done: rng.bool(),
                    text: format!("so {}", words(rng)),
                },
            },
            salt: bytes(rng),
        }),
        11 => Record::Claimed(Claimed {
            form,
            officer: DeviceId::from_bytes(bytes(rng)),
            key: bytes(rng),
            proof: bytes(rng),
        }),
        12 => Record::Custody(custody(rng, form)),
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
                let question = rng.u8(..17);
                let kind = if rng.u8(..9) == 0 {
                    rng.u8(..17)
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
