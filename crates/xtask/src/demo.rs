//! Two replicas on one machine, by the command line a person would use: they part, differ, meet and agree.

use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::shell::{build, command, output, say, step, target};

/// Runs the story; every line printed with `$` can be typed by hand.
pub(crate) fn demo() -> Result<()> {
    step("Building the command line");
    build(&["majlis"])?;
    let folder = target().join("demo");
    if folder.exists() {
        std::fs::remove_dir_all(&folder)?;
    }
    std::fs::create_dir_all(&folder)?;
    let (ana, bo) = (Town::of("ana", &folder), Town::of("bo", &folder));

    step("Ana starts a space, asks a question and begins a text");
    ana.majlis(&[
        "space",
        "new",
        "Valley",
        "--purpose",
        "Water for both banks",
        "--as",
        "Ana",
    ])?;
    let question = "single!:Where should the well be dug?:By the school|By the market";
    ana.majlis(&[
        "consultation",
        "new",
        "--title",
        "The well",
        "--question",
        question,
        "--open",
    ])?;
    ana.majlis(&["doc", "new", "Minutes", "--text", "We met under the tree."])?;
    let ticket = ana.majlis(&["invite"])?;
    let ticket = ticket.trim();

    step("Bo joins with the ticket; a carry file goes there, one comes back");
    bo.majlis(&["join", ticket, "--as", "Bo"])?;
    meet(&ana, &bo, &folder)?;
    meet(&bo, &ana, &folder)?;
    meet(&ana, &bo, &folder)?;

    step("Apart, each answers and writes");
    ana.majlis(&["respond", "The well", "--answer", "1=By the school"])?;
    bo.majlis(&["respond", "The well", "--answer", "1=By the market"])?;
    ana.majlis(&[
        "doc",
        "edit",
        "Minutes",
        "--append",
        "Ana: the school has shade.",
    ])?;
    bo.majlis(&[
        "doc",
        "edit",
        "Minutes",
        "--append",
        "Bo: the market has people.",
    ])?;

    step("They meet again, both ways, and agree");
    meet(&ana, &bo, &folder)?;
    meet(&bo, &ana, &folder)?;
    for look in [
        &["consultation", "results", "The well"][..],
        &["doc", "show", "Minutes"],
        &["--json", "verify"],
    ] {
        let (one, other) = (ana.majlis(look)?, bo.majlis(look)?);
        ensure!(
            one == other,
            "the two replicas differ about `majlis {}`",
            look.join(" ")
        );
    }
    say("\nBoth replicas give the same count, the same text and the same digest.");
    Ok(())
}

/// Carries everything `from` has to `to`, as on a memory card.
fn meet(from: &Town, to: &Town, folder: &Path) -> Result<()> {
    let file = folder.join(format!("{}.majlis", from.name));
    let file = file.to_string_lossy();
    from.majlis(&["export", &file])?;
    to.majlis(&["import", &file])?;
    Ok(())
}

struct Town {
    name: &'static str,
    data: PathBuf,
}

impl Town {
    fn of(name: &'static str, folder: &Path) -> Self {
        Self {
            name,
            data: folder.join(name),
        }
    }

    fn majlis(&self, args: &[&str]) -> Result<String> {
        let short = args
            .iter()
            .map(|word| quoted(word))
            .collect::<Vec<_>>()
            .join(" ");
        say(&format!("$ majlis --data {} {short}", self.name));
        let program = target().join("debug/majlis");
        let mut majlis = command(&program.to_string_lossy(), &["--no-discovery", "--data"]);
        let printed = output(majlis.arg(&self.data).args(args))?;
        say(printed.trim_end());
        Ok(printed)
    }
}

fn quoted(word: &str) -> String {
    if word.contains([' ', '|', '!']) {
        format!("'{word}'")
    } else {
        word.to_owned()
    }
}
