//! Running programs from the project's root, and saying so in one line each.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};

/// The project's root folder: of the tree that Cargo runs this from, which a shared target folder
/// need not have compiled it in.
pub(crate) fn root() -> PathBuf {
    let here = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    here.ancestors().nth(2).unwrap_or(&here).to_path_buf()
}

/// Where Cargo puts what it builds.
pub(crate) fn target() -> PathBuf {
    match std::env::var_os("CARGO_TARGET_DIR") {
        Some(folder) => root().join(folder),
        None => root().join("target"),
    }
}

/// Prints one line.
pub(crate) fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    // A reader that went away is no failure of the task.
    let _ = writeln!(out, "{line}").and_then(|()| out.flush());
}

/// Prints what is being done, in plain words.
pub(crate) fn step(words: &str) {
    say(&format!("\n== {words}"));
}

/// `program` with `args`, to be run in the root.
pub(crate) fn command<S: AsRef<OsStr>>(program: &str, args: &[S]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(root());
    command
}

/// Cargo with `args`.
pub(crate) fn cargo<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned());
    command(&cargo, args)
}

/// Every package, with every feature. What the checks build is built like this: a smaller choice has
/// fewer features of what packages share, and half of it would be built once more.
pub(crate) const EVERYTHING: &[&str] = &["--locked", "--workspace", "--features", "postgres"];

/// Builds programs beside each other, as the checks do.
pub(crate) fn build(programs: &[&str]) -> Result<()> {
    let mut build = cargo(&["build"]);
    build.args(EVERYTHING);
    for program in programs {
        build.args(["--bin", program]);
    }
    run(&mut build)
}

/// Builds an example beside everything else; where it is then.
pub(crate) fn example(name: &str) -> Result<PathBuf> {
    let mut build = cargo(&["build", "--quiet", "--example", name]);
    run(build.args(EVERYTHING))?;
    Ok(target().join("debug/examples").join(name))
}

/// npm in the interface's folder.
pub(crate) fn npm<S: AsRef<OsStr>>(args: &[S]) -> Command {
    let mut npm = command("npm", args);
    npm.current_dir(root().join("ui"));
    npm
}

/// Runs to the end; any status but success is an error that names the command.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let line = words(command);
    say(&format!("-> {line}"));
    let begun = Instant::now();
    let status = command
        .status()
        .with_context(|| format!("starting `{line}`"))?;
    if !status.success() {
        bail!("`{line}` failed ({status})");
    }
    say(&format!(
        "   done in {:.0} s",
        begun.elapsed().as_secs_f32()
    ));
    Ok(())
}

/// What it printed, when it succeeds.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let line = words(command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("starting `{line}`"))?;
    if !output.status.success() {
        bail!("`{line}` failed ({})", output.status);
    }
    String::from_utf8(output.stdout).with_context(|| format!("reading what `{line}` printed"))
}

/// Whether a program can be found.
pub(crate) fn has(program: &str) -> bool {
    let Some(path) = std::env::var_os("PATH") else {
        return false;
    };
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn words(command: &Command) -> String {
    let program = Path::new(command.get_program())
        .file_name()
        .unwrap_or_default();
    let mut line = program.to_string_lossy().into_owned();
    for word in command.get_args() {
        line.push(' ');
        line.push_str(&word.to_string_lossy());
    }
    line
}
