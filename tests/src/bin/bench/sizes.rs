//! Sizes and times of one replica: answers, opening a space, a long document.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use majlis_core::consultation::{Answer, Choice, Form, Question, QuestionKind, Stage};
use majlis_core::document::Edit;
use majlis_core::id::{Claim, EntryHash, LaneClass, LaneId, QuestionId, SpaceId};
use majlis_core::record::{Assisted, AssistedMode, Record, Response, Speaker};
use majlis_core::sign::DeviceKey;
use majlis_core::space::{Command, Reply, Space};
use majlis_store::Store;
use majlis_tests::device::Device;
use majlis_tests::recording::{self, Patch};

const TRACE: &str = "automerge-paper";
const FILE: &str = "majlis.sqlite";
/// Keystrokes of the trace that go into one change.
const BURST: usize = 40;

/// Measures and prints everything.
pub(super) fn run() {
    answers();
    opening();
    match history() {
        Some(trace) => long_document(&trace),
        None => println!("long document: skipped, {TRACE} is not here"),
    }
}

/// One replica on a real disk.
fn found(folder: &Path) -> Device {
    Device::found(Store::open(&folder.join(FILE)).unwrap(), [7; 32])
}

/// What all entries take on the wire, after the same compression that links use.
fn wire_bytes(device: &Device) -> u64 {
    let runs = device.news(&mut BTreeSet::new());
    runs.iter().map(|run| run.len() as u64).sum()
}

fn form() -> Form {
    let question = |id: u8, label: &str, kind| Question {
        details: Default::default(),
        id: QuestionId::from_bytes([id; 8]),
        label: label.to_owned(),
        hint: String::new(),
        required: false,
        kind,
    };
    let option = |id, label: &str| Choice {
        details: Default::default(),
        id,
        label: label.to_owned(),
    };
    Form {
        details: Default::default(),
        title: "Where should the second water point stand?".to_owned(),
        description: String::new(),
        audience: "Every household".to_owned(),
        stage: Stage::Consult,
        questions: vec![
            question(
                1,
                "Which place?",
                QuestionKind::SingleChoice(vec![option(1, "School"), option(2, "Market")]),
            ),
            question(
                2,
                "How many people?",
                QuestionKind::Number {
                    min: None,
                    max: None,
                },
            ),
            question(3, "What should be kept in mind?", QuestionKind::Text),
        ],
        activity: majlis_core::consultation::Activity::default(),
        sealing: None,
    }
}

/// An answer as an officer enters it; what is random in a real one is random here too.
fn response(form: &Form, number: u64) -> Record {
    let mut rng = fastrand::Rng::with_seed(number);
    let mut claim = [0; Claim::LEN];
    rng.fill(&mut claim);
    let words = [
        "ماء",
        "طريق",
        "مدرسة",
        "near the school",
        "au marché",
        "before winter",
        "ليلًا",
        "بعيد",
    ];
    let text: Vec<&str> = (0..6).filter_map(|_| rng.choice(words)).collect();
    Record::Response(Response {
        form: form.id(),
        speaker: Speaker::New {
            claim: Claim::from_bytes(claim),
            assisted: Assisted {
                mode: AssistedMode::Spoken,
                consent: true,
                note: String::new(),
            },
        },
        answers: vec![
            (
                QuestionId::from_bytes([1; 8]),
                Answer::Choices(vec![rng.u16(1..=2)]),
            ),
            (
                QuestionId::from_bytes([2; 8]),
                Answer::Number(rng.i64(1..=9) * 1_000_000),
            ),
            (QuestionId::from_bytes([3; 8]), Answer::Text(text.join(" "))),
        ],
    })
}

fn opened(replica: &mut Device) -> (LaneId, Form) {
    let lane = LaneId::new(LaneClass::Process, [9; 16]);
    let form = form();
    let record = Box::new(Record::Open(form.clone()));
    replica.does(Command::Record {
        lane,
        record,
        seal: true,
    });
    (lane, form)
}

/// Bytes of the files in a folder.
pub(super) fn size(folder: &Path) -> u64 {
    std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().metadata().unwrap().len())
        .sum()
}

/// Bytes stored and sent per answer, one by one and thirty to a seal.
fn answers() {
    const COUNT: u64 = 900;
    println!("answers: {COUNT} of three questions, a text among them");
    let (stored_without, sent_without, _) = given(0, 1);
    for per_seal in [1, 30] {
        let (stored, sent, each) = given(COUNT, per_seal);
        let stored = (stored - stored_without) / COUNT;
        let sent = (sent - sent_without) / COUNT;
        println!(
            "  {per_seal:>2} to a seal: {stored} bytes stored, {sent} sent, {each:?} each, durable"
        );
    }
}

/// Bytes stored, bytes sent and the time for each of `count` answers.
fn given(count: u64, per_seal: u64) -> (u64, u64, Duration) {
    let folder = tempfile::tempdir().unwrap();
    let mut replica = found(folder.path());
    let (lane, form) = opened(&mut replica);
    let began = Instant::now();
    for number in 0..count {
        let record = Box::new(response(&form, number));
        replica.does(Command::Record {
            lane,
            record,
            seal: (number + 1) % per_seal == 0,
        });
    }
    let each = began.elapsed() / u32::try_from(count.max(1)).unwrap();
    let sent = wire_bytes(&replica);
    // The last connection moves everything into the one file.
    drop(replica);
    (size(folder.path()), sent, each)
}

/// Opening a space that holds ten thousand answers, and counting them.
fn opening() {
    const COUNT: u64 = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let mut replica = found(folder.path());
    let (lane, form) = opened(&mut replica);
    for number in 0..COUNT {
        let record = Box::new(response(&form, number));
        replica.does(Command::Record {
            lane,
            record,
            seal: (number + 1) % 30 == 0,
        });
    }
    replica.does(Command::Seal);
    let (id, me) = (replica.space.id(), replica.space.me());
    drop(replica);
    let began = Instant::now();
    let store = Store::open(&folder.path().join(FILE)).unwrap();
    let space = Space::open(id, me, &store.shelf(id)).unwrap();
    println!(
        "opening: a space with {COUNT} answers in {:?}, {} entries",
        began.elapsed(),
        space.index().len()
    );
    let began = Instant::now();
    let results = store.results(id, lane).unwrap().unwrap();
    assert_eq!(results.counted.all(), COUNT);
    println!("counting: {COUNT} answers in {:?}", began.elapsed());
}

/// The keystrokes of the trace, or `None` where it is not.
fn history() -> Option<Vec<Patch>> {
    let trace = recording::read(TRACE)?;
    let steps = trace["txns"].as_array()?;
    Some(steps.iter().flat_map(recording::patches).collect())
}

fn long_document(trace: &[Patch]) {
    let (here, there) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut writer = found(here.path());
    let lane = LaneId::new(LaneClass::Document, [8; 16]);
    let Reply::Session(session) = writer.does(Command::OpenEditor(lane)) else {
        return;
    };
    let last = trace.len().saturating_sub(100);
    let began = Instant::now();
    let mut longest = Duration::ZERO;
    let mut keys: Vec<Duration> = Vec::new();
    for (number, burst) in trace[..last].chunks(BURST).enumerate() {
        let began = Instant::now();
        typed(&mut writer, lane, session, recording::edits(burst));
        let took = began.elapsed();
        longest = longest.max(took);
        keys.push(took);
        if number % 50 == 49 {
            writer.does(Command::Seal);
        }
    }
    writer.does(Command::Seal);
    println!(
        "long document: {} edits replayed in {:?}",
        last,
        began.elapsed()
    );
    keys.sort_unstable();
    let middle = keys.get(keys.len() / 2).copied().unwrap_or_default();
    println!("  a burst of {BURST} edits to durable draft: middle {middle:?}, longest {longest:?}");
    let mut single: Vec<Duration> = Vec::new();
    // A reader holds everything but the last hundred edits.
    let id = writer.space.id();
    let mut reader = reopened(there.path(), id);
    let mut known = BTreeSet::new();
    carry(&writer, &mut reader, &mut known);
    reader.does(Command::Seal);
    drop(reader);
    let began = Instant::now();
    let mut reader = reopened(there.path(), id);
    let shelf = reader.store.shelf(id);
    let document = reader.space.document(lane, &shelf).unwrap();
    let _ = document.blocks();
    println!("  opening it: {:?}, from disk to blocks", began.elapsed());
    drop(shelf);
    for patch in &trace[last..] {
        let began = Instant::now();
        typed(
            &mut writer,
            lane,
            session,
            recording::edits(core::slice::from_ref(patch)),
        );
        single.push(began.elapsed());
        writer.does(Command::Seal);
    }
    single.sort_unstable();
    println!(
        "  one key to durable draft: middle {:?}",
        single.get(single.len() / 2).copied().unwrap_or_default()
    );
    let began = Instant::now();
    carry(&writer, &mut reader, &mut known);
    println!(
        "  100 remote changes through the gate, stored: {:?}",
        began.elapsed()
    );
    println!(
        "  stored: {} bytes, sent: {} bytes",
        size(here.path()),
        wire_bytes(&writer)
    );
}

fn reopened(folder: &Path, id: SpaceId) -> Device {
    let store = Store::open(&folder.join(FILE)).unwrap();
    Device::open(id, store, DeviceKey::from_secret(&[8; 32]))
}

fn typed(writer: &mut Device, lane: LaneId, session: u32, edits: Vec<Edit>) {
    if edits.is_empty() {
        return;
    }
    let shelf = writer.store.shelf(writer.space.id());
    let base = writer.space.document(lane, &shelf).unwrap().heads();
    drop(shelf);
    writer.does(Command::Edit {
        lane,
        session,
        base,
        edits,
    });
}

/// Brings over what the reader does not have.
fn carry(from: &Device, to: &mut Device, known: &mut BTreeSet<EntryHash>) {
    for run in from.news(known) {
        to.take(run);
    }
}
