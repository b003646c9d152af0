//! Runs the shell sessions in `docs/walkthroughs` with the real binary: they are the user guide
//! and cannot go stale. In a `console` block, `amina$ command` runs in the replica "amina"; what
//! follows is what must be printed, `[..]` standing for anything and `...` for any lines.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]
#![cfg(unix)]

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};

/// Processes left running in the background, ended with the walkthrough.
#[derive(Default)]
struct Background(BTreeMap<String, Child>);

impl Background {
    fn end(&mut self, who: &str) {
        let Some(mut child) = self.0.remove(who) else {
            return;
        };
        let _ = Command::new("kill").arg(child.id().to_string()).status();
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            if child.try_wait().unwrap().is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = child.kill();
        let _ = child.wait();
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        for who in self.0.keys().cloned().collect::<Vec<_>>() {
            self.end(&who);
        }
    }
}

struct Step {
    line: usize,
    who: String,
    command: String,
    expected: Vec<String>,
}

fn steps(text: &str) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    let mut inside = false;
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            inside = line == "```console";
            continue;
        }
        if !inside {
            continue;
        }
        let prompt = line
            .split_once("$ ")
            .filter(|(who, _)| !who.is_empty() && who.chars().all(|c| c.is_ascii_lowercase()));
        match prompt {
            Some((who, command)) => steps.push(Step {
                line: number + 1,
                who: who.to_owned(),
                command: command.to_owned(),
                expected: Vec::new(),
            }),
            None => match steps.last_mut() {
                Some(step) => step.expected.push(line.to_owned()),
                None => panic!("line {}: output before any command", number + 1),
            },
        }
    }
    steps
}

/// Whether `line` is as `pattern` says, `[..]` standing for anything.
fn fits(pattern: &str, line: &str) -> bool {
    let mut parts = pattern.split("[..]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = line.strip_prefix(first) else {
        return false;
    };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    true
}

fn all_fit(patterns: &[String], lines: &[&str]) -> bool {
    match patterns.split_first() {
        None => lines.is_empty(),
        Some((first, more)) if first == "..." => {
            (0..=lines.len()).any(|skip| all_fit(more, &lines[skip..]))
        }
        Some((first, more)) => lines
            .split_first()
            .is_some_and(|(line, rest)| fits(first, line) && all_fit(more, rest)),
    }
}

fn shell(step: &Step, command: &str, place: &Path) -> Command {
    let binary = PathBuf::from(env!("CARGO_BIN_EXE_majlis"));
    let folder = binary.parent().unwrap().to_path_buf();
    let path = std::env::join_paths(
        std::iter::once(folder).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let mut shell = Command::new("sh");
    shell
        .args(["-c", command])
        .current_dir(place)
        .env("PATH", path.unwrap())
        .env("MAJLIS_DATA", place.join(&step.who))
        .env("USER", &step.who)
        .env("XDG_STATE_HOME", place)
        .stdin(Stdio::null());
    shell
}

/// Another program of this workspace, beside the one that Cargo hands to this test: built now when
/// anything changed since it was.
fn build_gateway() {
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let beside = Path::new(env!("CARGO_BIN_EXE_majlis")).with_file_name("majlis-gateway");
    if changed(&beside) > newest(&crates) {
        return;
    }
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--bin", "majlis-gateway"]);
    assert!(build.current_dir(crates).status().unwrap().success());
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|it| it.modified()).ok()
}

/// When anything in a folder last changed.
fn newest(folder: &Path) -> Option<SystemTime> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let times = files.map(|file| match file.path() {
        path if path.is_dir() => newest(&path),
        path => changed(&path),
    });
    times.max().flatten()
}

fn walk(name: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/walkthroughs");
    let text = std::fs::read_to_string(folder.join(name)).unwrap();
    let place = tempfile::tempdir().unwrap();
    let mut background = Background::default();
    let steps = steps(&text);
    assert!(!steps.is_empty(), "{name} has no command");
    for step in &steps {
        let at = format!("{name}:{}: {}", step.line, step.command);
        if step.command == "kill %1" {
            background.end(&step.who);
            continue;
        }
        if let Some(command) = step.command.strip_suffix(" &") {
            let mut command = shell(step, &format!("exec {command}"), place.path());
            let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
            let mut out = BufReader::new(child.stdout.take().unwrap());
            let mut first = String::new();
            out.read_line(&mut first).unwrap();
            background.0.insert(step.who.clone(), child);
            assert!(
                all_fit(&step.expected, &[first.trim_end()]),
                "{at}\nprinted: {first}"
            );
            std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
            continue;
        }
        let output = shell(step, &step.command, place.path()).output().unwrap();
        let printed =
            String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr);
        let lines: Vec<&str> = printed.lines().collect();
        assert!(
            all_fit(&step.expected, &lines),
            "{at}\nexpected:\n{}\nprinted ({}):\n{printed}",
            step.expected.join("\n"),
            output.status
        );
    }
}

#[test]
fn two_devices_meet() {
    walk("two-devices-meet.md");
}

#[test]
fn a_consultation() {
    walk("a-consultation.md");
}

#[test]
fn a_carry_file() {
    walk("a-carry-file.md");
}

#[test]
fn through_a_gateway() {
    build_gateway();
    walk("through-a-gateway.md");
}

#[test]
fn counting_and_exports() {
    walk("counting-and-exports.md");
}

#[test]
fn ballot_boxes() {
    walk("ballot-boxes.md");
}

#[test]
fn a_vote_of_slips() {
    walk("slips.md");
}

#[test]
fn a_secret_vote() {
    walk("a-secret-vote.md");
}

#[test]
fn a_vote() {
    walk("a-vote.md");
}

#[test]
fn sealed_answers() {
    walk("sealed-answers.md");
}

#[test]
fn every_walkthrough_is_run() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/walkthroughs");
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(
        names,
        [
            "a-carry-file.md",
            "a-consultation.md",
            "a-secret-vote.md",
            "a-vote.md",
            "ballot-boxes.md",
            "counting-and-exports.md",
            "sealed-answers.md",
            "slips.md",
            "through-a-gateway.md",
            "two-devices-meet.md"
        ]
    );
}

#[test]
fn patterns_fit_as_described() {
    assert!(fits("a [..] c", "a b c"));
    assert!(fits("[..]", ""));
    assert!(fits("a[..]b[..]", "a1b2"));
    assert!(!fits("a [..] c", "a b d"));
    assert!(!fits("a", "ab"));
    let patterns: Vec<String> = ["x", "...", "y"].map(str::to_owned).to_vec();
    assert!(all_fit(&patterns, &["x", "1", "2", "y"]));
    assert!(all_fit(&patterns, &["x", "y"]));
    assert!(!all_fit(&patterns, &["x", "1"]));
}
