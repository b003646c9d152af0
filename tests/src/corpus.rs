//! A made-up country of spaces, for training the dictionary of the wire: founders, joiners, open
//! forms, answers, corrections, withdrawals and texts that are written and mended, in Arabic, French
//! and English. Everything goes through the real core and store; the same from the same seed.

#![allow(
    clippy::unwrap_used,
    reason = "a program for developers that stops at the first surprise"
)]

mod words;

use std::collections::BTreeSet;

use fastrand::Rng;
use majlis_core::consultation::{Answer, Choice, Form, Question, QuestionKind, Stage};
use majlis_core::document::{BlockKind, Edit, Marks};
use majlis_core::id::{Claim, LaneClass, LaneId, QuestionId};
use majlis_core::record::{Assisted, AssistedMode, Known, Record, Response, Speaker};
use majlis_core::sign::DeviceKey;
use majlis_core::space::{Command, Reply};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_store::Store;

use crate::device::Device;
use words::{LANGUAGES, Language};

/// Spaces of the country.
const SPACES: u64 = 60;

fn pick<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from.get(rng.usize(0..from.len())).copied().unwrap_or("")
}

fn bytes<const N: usize>(rng: &mut Rng) -> [u8; N] {
    let mut out = [0; N];
    rng.fill(&mut out);
    out
}

fn title(rng: &mut Rng, language: &Language) -> String {
    format!(
        "{}{}",
        pick(rng, language.titles),
        pick(rng, language.matters)
    )
}

fn sentence(rng: &mut Rng, language: &Language) -> String {
    let parts = rng.usize(1..4);
    let each = (0..parts).map(|_| match rng.u8(0..4) {
        0 => pick(rng, language.matters),
        _ => pick(rng, language.phrases),
    });
    let words: Vec<&str> = each.map(str::trim).collect();
    words.join(" ")
}

fn choices(rng: &mut Rng, language: &Language) -> Vec<Choice> {
    (1..=rng.u16(2..6))
        .map(|id| Choice {
            details: Default::default(),
            id,
            label: pick(rng, language.choices).to_owned(),
        })
        .collect()
}

fn form(rng: &mut Rng, language: &Language) -> Form {
    let question = |rng: &mut Rng| Question {
        details: Default::default(),
        id: QuestionId::from_bytes(bytes(rng)),
        label: title(rng, language),
        hint: String::new(),
        required: rng.bool(),
        kind: match rng.u8(0..8) {
            0..=2 => QuestionKind::SingleChoice(choices(rng, language)),
            3 => QuestionKind::MultipleChoice {
                options: choices(rng, language),
                most: 2,
            },
            4 => QuestionKind::Number {
                min: Some(0),
                max: None,
            },
            5 => QuestionKind::Scale {
                from: 1,
                to: 5,
                low: pick(rng, language.choices).to_owned(),
                high: pick(rng, language.choices).to_owned(),
            },
            6 => QuestionKind::Date,
            _ => QuestionKind::Text,
        },
    };
    Form {
        details: Default::default(),
        title: title(rng, language),
        description: sentence(rng, language),
        audience: pick(rng, language.matters).to_owned(),
        stage: Stage::Consult,
        questions: (0..rng.usize(3..12)).map(|_| question(rng)).collect(),
        activity: majlis_core::consultation::Activity::default(),
        sealing: None,
    }
}

fn answers(rng: &mut Rng, form: &Form, language: &Language) -> Vec<(QuestionId, Answer)> {
    let mut out = Vec::new();
    for question in &form.questions {
        if !question.required && rng.u8(0..5) == 0 {
            continue;
        }
        let chosen = |rng: &mut Rng, options: &[Choice]| {
            let first = rng.usize(0..options.len()).min(rng.usize(0..options.len()));
            options.get(first).map_or(1, |option| option.id)
        };
        let answer = match &question.kind {
            QuestionKind::SingleChoice(options) | QuestionKind::MultipleChoice { options, .. } => {
                Answer::Choices(vec![chosen(rng, options)])
            }
            QuestionKind::Number { .. } => Answer::Number(rng.i64(0..12) * 1_000_000),
            QuestionKind::Scale { .. } => Answer::Scale(rng.i16(1..=5)),
            QuestionKind::Date => Answer::Date(rng.i32(19_000..21_000)),
            QuestionKind::Text => Answer::Text(sentence(rng, language)),
            // Their names are random: a dictionary learns nothing from them.
            _ => continue,
        };
        out.push((question.id, answer));
    }
    out
}

fn speaker(rng: &mut Rng) -> Speaker {
    if rng.u8(0..4) == 0 {
        return Speaker::Known(Known::Own {
            supersedes: Vec::new(),
            salt: bytes(rng),
        });
    }
    Speaker::New {
        claim: Claim::from_bytes(bytes(rng)),
        assisted: Assisted {
            mode: AssistedMode::Spoken,
            consent: true,
            note: if rng.bool() {
                rng.u16(1..400).to_string()
            } else {
                String::new()
            },
        },
    }
}

/// Writes a text and mends it, a few words to a change.
fn write(rng: &mut Rng, device: &mut Device, lane: LaneId, language: &Language) {
    let Reply::Session(session) = device.does(Command::OpenEditor(lane)) else {
        return;
    };
    let mut length = 1;
    for _ in 0..rng.usize(4..30) {
        let base = {
            let shelf = device.store.shelf(device.space.id());
            device.space.document(lane, &shelf).unwrap().heads()
        };
        let text = format!("{} ", sentence(rng, language));
        let at = if rng.u8(0..4) == 0 { 1 } else { length };
        let added = text.encode_utf16().count();
        let mut edits = vec![Edit::Insert {
            at,
            text,
            marks: Marks::default(),
        }];
        if rng.u8(0..4) == 0 {
            edits.push(Edit::Split {
                at: at + added,
                kind: BlockKind::Paragraph,
            });
            length += 1;
        }
        length += added;
        device.does(Command::Edit {
            lane,
            session,
            base,
            edits,
        });
        if rng.u8(0..3) == 0 {
            device.does(Command::Seal);
        }
    }
}

fn space(number: u64) -> Vec<Carried> {
    let mut rng = Rng::with_seed(number);
    let language = LANGUAGES
        .get(rng.usize(0..LANGUAGES.len()))
        .unwrap_or(&LANGUAGES[0]);
    let mut known = BTreeSet::new();
    let mut founder = Device::found(Store::in_memory().unwrap(), bytes(&mut rng));
    let secret = bytes(&mut rng);
    let invite = founder.invite(secret, 40);
    for _ in 0..rng.usize(2..9) {
        let name = pick(&mut rng, language.names).to_owned();
        let key = DeviceKey::from_secret(&bytes(&mut rng));
        let store = Store::in_memory().unwrap();
        let space = founder.space.id();
        let joiner = Device::join_in(store, space, invite, secret, key, &name);
        for run in joiner.news(&mut known) {
            founder.take(run);
        }
    }
    for _ in 0..rng.usize(1..4) {
        let lane = LaneId::new(LaneClass::Process, bytes(&mut rng));
        let form = form(&mut rng, language);
        let record = Box::new(Record::Open(form.clone()));
        founder.does(Command::Record {
            lane,
            record,
            seal: true,
        });
        let together = if rng.bool() { 30 } else { rng.usize(1..6) };
        for at in 1..rng.usize(20..150) {
            let record = Box::new(Record::Response(Response {
                form: form.id(),
                speaker: speaker(&mut rng),
                answers: answers(&mut rng, &form, language),
            }));
            founder.does(Command::Record {
                lane,
                record,
                seal: at % together == 0,
            });
        }
    }
    for _ in 0..rng.usize(1..4) {
        let lane = LaneId::new(LaneClass::Document, bytes(&mut rng));
        write(&mut rng, &mut founder, lane, language);
    }
    founder.does(Command::Seal);
    founder.entries()
}

/// Runs before compression, as links and carry files have them: alone, and a few entries together.
#[must_use]
pub fn runs() -> Vec<Vec<u8>> {
    let mut rng = Rng::with_seed(7);
    let mut runs = Vec::new();
    for number in 0..SPACES {
        let entries = space(number);
        let mut at = 0;
        while at < entries.len() {
            let mut writer = RunWriter::default();
            let together = if rng.bool() { 1 } else { rng.usize(2..12) };
            for entry in entries.iter().skip(at).take(together) {
                writer.push(entry);
            }
            at += together;
            runs.push(writer.plain());
        }
    }
    runs
}
