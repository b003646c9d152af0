//! A card that is put into the machine: found, written to for all spaces, and added to.

use std::path::Path;
use std::process::Command;

use majlis_tests::village::Village;
use serde_json::Value;

/// What `majlis` says on a machine with this folder mounted as a card; `None`, after saying so, where
/// nothing may be mounted.
#[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
fn with_card(card: &Path, village: &Village, args: &[&str]) -> Option<Value> {
    // In a namespace of mounts that ends with the process. What is in memory alone is no card.
    let mount = "[ \"$(stat -f -c %T \"$0\")\" != tmpfs ] && mount -t tmpfs none /media \
                 && mkdir /media/card && mount --bind \"$0\" /media/card";
    let inside = |then: &str| {
        let mut command = Command::new("unshare");
        command.args(["--mount", "sh", "-c", &format!("{mount} && {then}")]);
        command.arg(card);
        command
    };
    if !inside("true").status().is_ok_and(|it| it.success()) {
        eprintln!("SKIPPED: nothing can be mounted here (unshare --mount)");
        return None;
    }
    let mut majlis = village.command();
    majlis.args(args);
    let mut majlis_inside = inside("exec \"$@\"");
    majlis_inside
        .arg(majlis.get_program())
        .args(majlis.get_args());
    let output = majlis_inside.output().unwrap();
    let said = serde_json::from_slice(&output.stdout);
    assert!(said.is_ok(), "{args:?} said {output:?}");
    said.ok()
}

#[test]
fn all_spaces_go_along_on_a_card_that_is_put_in_and_more_are_added_to_what_is_there() {
    let card = tempfile::tempdir().unwrap();
    let (amina, bilal) = (Village::new(None), Village::new(None));
    amina.majlis(&["me", "--name", "Amina"]);
    bilal.majlis(&["me", "--name", "Bilal"]);
    amina.majlis(&["space", "new", "Ain Safa"]);
    amina.majlis(&["space", "new", "Beit Nour"]);
    amina.majlis(&[
        "doc",
        "new",
        "Minutes",
        "--text",
        "Present: 34",
        "--space",
        "Ain Safa",
    ]);
    let invite = amina.majlis(&["--no-discovery", "invite", "--space", "Ain Safa"]);
    bilal.majlis(&["join", invite["ticket"].as_str().unwrap()]);

    let Some(cards) = with_card(card.path(), &amina, &["cards"]) else {
        return;
    };
    assert_eq!(cards[0]["path"], "/media/card");
    assert_eq!(cards[0]["writable"], true);
    assert_eq!(cards[0]["files"], serde_json::json!([]));
    let everything = ["export", "/media/card", "--everything"];
    let along = with_card(card.path(), &amina, &everything).unwrap();
    assert_eq!(along.as_array().unwrap().len(), 2, "{along}");

    let listed = with_card(card.path(), &bilal, &["cards"]).unwrap();
    let files = listed[0]["files"].as_array().unwrap();
    assert_eq!(files.len(), 2, "{listed}");
    let of_ain_safa = along.as_array().unwrap().iter();
    let of_ain_safa = of_ain_safa.filter(|one| one["name"] == "Ain Safa");
    let file = of_ain_safa
        .map(|one| one["written"]["paths"][0].as_str().unwrap())
        .next();
    let taken = with_card(card.path(), &bilal, &["import", file.unwrap()]).unwrap();
    assert_eq!(taken["whole"], true);
    bilal.majlis(&[
        "doc",
        "edit",
        "Minutes",
        "--append",
        "The pump was repaired.",
    ]);

    // Bilal adds to the file that Amina wrote, and only what is not in it.
    let back = with_card(card.path(), &bilal, &everything).unwrap();
    assert_eq!(back[0]["written"]["paths"][0].as_str(), file);
    let (all, added) = (&back[0]["written"]["entries"], &back[0]["written"]["added"]);
    assert!(
        added.as_u64().unwrap() > 0 && added.as_u64() < all.as_u64(),
        "{back}"
    );
    with_card(card.path(), &amina, &["import", file.unwrap()]).unwrap();
    let shown = ["doc", "show", "Minutes", "--space", "Ain Safa"];
    assert_eq!(
        amina.majlis(&shown),
        bilal.majlis(&["doc", "show", "Minutes"])
    );

    // What somebody else put under the name stays as it is, and the file is another one.
    let at = card
        .path()
        .join(Path::new(file.unwrap()).file_name().unwrap());
    std::fs::write(&at, "a list of songs").unwrap();
    let again = with_card(card.path(), &bilal, &everything).unwrap();
    assert_ne!(again[0]["written"]["paths"][0].as_str(), file);
    assert_eq!(std::fs::read(&at).unwrap(), b"a list of songs");
}
