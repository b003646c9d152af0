//! What Yjs, Automerge and PouchDB would send for the same answers to a peer that holds as many:
//! the bytes of their own sync messages, without transport. Their packages are installed below
//! `tests/compare` by this mode alone.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use majlis_tests::households;
use majlis_tests::morning::DISTRICT;
use serde_json::Value;

use super::Sync;
use crate::figure;

const ANSWERS: u64 = 2_000;

pub(super) fn run(wanted: &Sync) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("compare");
    let installed = Command::new("npm")
        .args(["ci", "--silent", "--no-audit", "--no-fund"])
        .current_dir(&folder)
        .status();
    if !installed.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: npm could not install what is compared with");
        return;
    }
    let count = wanted.count.unwrap_or(ANSWERS);
    let mut child = Command::new("node")
        .arg(folder.join("sizes.mjs"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let writing = std::thread::spawn(move || {
        for number in 0..count * 2 {
            writeln!(input, "{}", households::household(DISTRICT, number).plain()).unwrap();
        }
    });
    let output = child.wait_with_output().unwrap();
    writing.join().unwrap();
    assert!(output.status.success(), "comparing failed");
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let figures: Value = serde_json::from_str(line).unwrap();
        figure::print(wanted.json, &figures);
    }
}
