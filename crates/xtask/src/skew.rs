//! Two versions of the program meet: an earlier one is built from the repository's own past.

use anyhow::{Result, ensure};

use crate::shell::{EVERYTHING, cargo, command, output, run, say, step, target};

/// Builds the program of `revision`, or of the newest release or else of the last day before this
/// commit's, and runs the scene in which it meets the present one.
pub(crate) fn skew(revision: Option<String>) -> Result<()> {
    let revision = match revision {
        Some(revision) => revision,
        None => earlier()?,
    };
    let said = output(&mut command(
        "git",
        &["log", "-1", "--format=%h of %cs: %s", &revision],
    ))?;
    step(&format!("Building {}", said.trim()));
    let folder = target().join("earlier");
    let tree = folder.join("tree");
    if tree.exists() {
        std::fs::remove_dir_all(&tree)?;
    }
    std::fs::create_dir_all(&tree)?;
    let packed = folder.join("tree.tar");
    let (packed, unpacked) = (packed.to_string_lossy(), tree.to_string_lossy());
    run(&mut command(
        "git",
        &["archive", "--output", &packed, &revision],
    ))?;
    run(&mut command("tar", &["-xf", &packed, "-C", &unpacked]))?;
    let built = folder.join("built");
    run(cargo(&["build", "--locked", "--package", "majlis-cli"])
        .arg("--target-dir")
        .arg(&built)
        .current_dir(&tree))?;

    step("The two meet");
    let mut meeting = cargo(&["test", "--test", "skew"]);
    meeting.args(EVERYTHING);
    run(meeting.env("MAJLIS_EARLIER", built.join("debug/majlis")))
}

fn earlier() -> Result<String> {
    let tag = command("git", &["describe", "--tags", "--abbrev=0", "HEAD^"]).output()?;
    if tag.status.success() {
        return Ok(String::from_utf8(tag.stdout)?.trim().to_owned());
    }
    let day = output(&mut command("git", &["log", "-1", "--format=%cs", "HEAD"]))?;
    let midnight = format!("--before={}T00:00:00", day.trim());
    let found = output(&mut command("git", &["rev-list", "-1", &midnight, "HEAD"]))?;
    ensure!(
        !found.trim().is_empty(),
        "there is no earlier release, and no commit of an earlier day; name one"
    );
    say("no release yet: the last commit of an earlier day");
    Ok(found.trim().to_owned())
}
