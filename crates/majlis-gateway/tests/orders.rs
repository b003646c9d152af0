//! The program as an operator meets it first: what it says when it lacks something.

#![allow(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::process::{Command, Output};

fn order(args: &[&str]) -> Output {
    let mut program = Command::new(env!("CARGO_BIN_EXE_majlis-gateway"));
    for name in ["DATA", "CONFIG", "TICKET"] {
        program.env_remove(format!("MAJLIS_GATEWAY_{name}"));
    }
    program.args(args).output().unwrap()
}

fn refused(args: &[&str]) -> String {
    let output = order(args);
    assert!(!output.status.success(), "{args:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn what_is_missing_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let data = data.to_str().unwrap();
    assert!(refused(&["run"]).contains("needs a folder"));
    assert!(refused(&["--data", data, "web"]).contains("no gateway is running"));
    assert!(refused(&["--data", data, "join", "nonsense"]).contains("reading"));
    let copy = folder.path().join("backup.sqlite");
    let copy = copy.to_str().unwrap();
    let elsewhere = folder.path().join("elsewhere");
    let elsewhere = elsewhere.to_str().unwrap();
    assert!(refused(&["--data", elsewhere, "backup", copy]).contains("no such"));
    assert!(refused(&["--data", elsewhere, "restore", copy]).contains("no such"));
}

#[test]
fn an_empty_gateway_is_backed_up_and_never_over_something_else() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    let (data, copy) = (at("data"), at("backup.sqlite"));
    // A folder that is written wrongly is no gateway.
    for asked in ["status", "address"] {
        assert!(refused(&["--data", &data, asked]).contains("no gateway has its data in"));
    }
    assert!(!std::path::Path::new(&data).exists());
    std::fs::create_dir(&data).unwrap();
    let status = order(&["--data", &data, "status"]);
    assert!(status.status.success());
    assert!(order(&["--data", &data, "backup", &copy]).status.success());
    let before = std::fs::read(&copy).unwrap();
    assert!(!order(&["--data", &data, "backup", &copy]).status.success());
    assert_eq!(std::fs::read(&copy).unwrap(), before);
}
