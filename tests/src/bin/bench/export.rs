//! Taking many answers along: what the program takes in memory and time, from its own database into
//! each kind of file, measured from outside.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use majlis_core::consultation::form::Place;
use majlis_core::consultation::{Answer, Form, QuestionKind};
use majlis_core::id::QuestionId;
use majlis_tests::village::program;
use serde_json::json;

use crate::figure::{self, float, round};

const TITLE: &str = "Big";
const WORDS: [&str; 8] = [
    "ماء",
    "طريق",
    "مدرسة",
    "near the school",
    "au marché",
    "before winter",
    "ليلًا",
    "بعيد",
];

/// How many answers, and where they are written down; a folder in memory spares the disk.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
    /// Answers.
    #[arg(long, default_value_t = 250_000)]
    count: u64,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
    /// A folder that was filled by an earlier run, to measure again; made when it is not there.
    #[arg(long)]
    data: Option<std::path::PathBuf>,
}

pub(super) fn run(wanted: &Wanted) {
    let own = tempfile::tempdir().unwrap();
    let folder = wanted.data.as_deref().unwrap_or(own.path());
    if !folder.join("majlis.sqlite").exists() {
        fill(folder, wanted.count);
    }
    let out = tempfile::tempdir().unwrap();
    let says = |what: &str, took: Taken, file: Option<&Path>| {
        let bytes = file.map_or(0, |file| fs::metadata(file).unwrap().len());
        let figures = json!({
            "what": what,
            "seconds": round(took.time.as_secs_f64()),
            "peak_mb": round(float(took.peak) / 1e6),
            "file_mb": round(float(bytes) / 1e6),
        });
        figure::print(wanted.json, &figures);
    };
    let counted = measured(majlis(folder).args(["consultation", "results", TITLE]));
    says("counting", counted, None);
    for ending in ["csv", "json", "geojson", "xlsx"] {
        let file = out.path().join(format!("answers.{ending}"));
        let mut export = majlis(folder);
        export.args(["consultation", "export", TITLE, "--to"]);
        let took = measured(export.arg(&file));
        says(ending, took, Some(&file));
        fs::remove_file(file).unwrap();
    }
}

fn majlis(folder: &Path) -> Command {
    let mut majlis = Command::new(program());
    majlis.arg("--data").arg(folder).arg("--no-discovery");
    majlis.stdout(Stdio::null());
    majlis
}

/// Officers' answers of nine questions, texts in two scripts, a place and a day among them.
fn fill(folder: &Path, count: u64) {
    let done = |command: &mut Command| assert!(command.status().unwrap().success());
    done(majlis(folder).args(["space", "new", "Ain Safa", "--as", "Amina"]));
    let questions = [
        "single!:Area:North|South|East|West",
        "single:Who:Citizen|Association|Business|Authority",
        "multiple:Missing:Water|Road|Light|School",
        "scale:How urgent:1..5",
        "number:People",
        "date:Since",
        "text:Why",
        "text:What else",
        "place:Where",
    ];
    let asked = questions.iter().flat_map(|one| ["--question", one]);
    let new = ["consultation", "new", "--open", "--title", TITLE];
    done(majlis(folder).args(new.into_iter().chain(asked)));
    majlis_tests::crowd::entered(folder, count, answered);
}

/// What the officer entered for one person.
fn answered(form: &Form, rng: &mut fastrand::Rng) -> Vec<(QuestionId, Answer)> {
    let mut answers = Vec::with_capacity(form.questions.len());
    for question in &form.questions {
        let answer = match &question.kind {
            QuestionKind::SingleChoice(options) => {
                Answer::Choices(vec![options[rng.usize(..options.len())].id])
            }
            QuestionKind::MultipleChoice { options, .. } => {
                let ids = options.iter().map(|one| one.id);
                Answer::Choices(ids.filter(|_| rng.bool()).collect())
            }
            QuestionKind::Scale { .. } => Answer::Scale(rng.i16(1..=5)),
            QuestionKind::Number { .. } => Answer::Number(rng.i64(1..=9) * 1_000_000),
            QuestionKind::Date => Answer::Date(rng.i32(19_700..20_000)),
            QuestionKind::Place => Answer::Place(Place {
                latitude: 330_000_000 + rng.i32(0..9_999_999),
                longitude: 360_000_000 + rng.i32(0..9_999_999),
                altitude: 0,
                accuracy: 0,
            }),
            _ => {
                let words = (0..5).map(|_| WORDS[rng.usize(..WORDS.len())]);
                Answer::Text(words.collect::<Vec<_>>().join(" "))
            }
        };
        let is_empty = matches!(&answer, Answer::Choices(chosen) if chosen.is_empty());
        if !is_empty {
            answers.push((question.id, answer));
        }
    }
    answers
}

/// What a process took.
struct Taken {
    time: Duration,
    /// The most memory that it held at once, in bytes.
    peak: u64,
}

fn measured(command: &mut Command) -> Taken {
    let began = Instant::now();
    let mut child = command.spawn().unwrap();
    let mut peak = 0;
    loop {
        peak = peak.max(held(&child));
        if let Some(ended) = child.try_wait().unwrap() {
            assert!(ended.success(), "{ended}");
            let time = began.elapsed();
            return Taken { time, peak };
        }
        sleep(Duration::from_millis(5));
    }
}

/// The most that a process held so far, as the kernel counts it.
fn held(child: &Child) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id()));
    let line = status.unwrap_or_default();
    let line = line.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes =
        line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kilobytes.unwrap_or(0) * 1024
}
