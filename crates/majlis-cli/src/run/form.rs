//! `majlis form`: forms of other programs, with no replica and no network.

use std::io::Write as _;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use majlis_formats::form::{Form, Item};
use majlis_formats::message::Severity;
use majlis_formats::simulate::simulate;
use majlis_formats::xlsform::{self, Reading};
use majlis_formats::{Logic, Moment, Surroundings, openrosa};

use crate::Said;
use crate::args::FormCommand;
use crate::run::tally::bytes;

pub(super) fn run(command: FormCommand) -> anyhow::Result<Said> {
    match command {
        FormCommand::Check { file } => check(&read(&file)?),
        FormCommand::Convert { file, to } => convert(&file, &to),
        FormCommand::Simulate {
            file,
            responses,
            seed,
            now,
        } => made_up(&file, responses, seed, &now),
    }
}

fn read(path: &Path) -> anyhow::Result<Reading> {
    let name = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = if path == Path::new("-") {
        "form"
    } else {
        &name
    };
    Ok(xlsform::read(&bytes(path)?, name))
}

fn messages(reading: &Reading) -> Vec<String> {
    let each = reading.messages.iter();
    each.map(|message| {
        let severity = match message.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Note => "note",
        };
        let place = message.place.to_string();
        let place = if place.is_empty() {
            place
        } else {
            format!("{place}: ")
        };
        let advice = message.problem.advice();
        format!("{severity}: {place}{}; {advice}", message.problem)
    })
    .collect()
}

/// How many questions there are, those in groups and repeats among them.
fn questions(items: &[Item]) -> usize {
    let each = items.iter();
    each.map(|item| {
        if item.items.is_empty() {
            usize::from(item.kind.is_asked())
        } else {
            questions(&item.items)
        }
    })
    .sum()
}

fn check(reading: &Reading) -> anyhow::Result<Said> {
    let mut lines = messages(reading);
    if let Some(form) = &reading.form {
        let languages: Vec<&str> = form.languages.iter().map(|one| one.name.as_str()).collect();
        lines.push(format!(
            "{}: {} questions, {} lists of choices{}",
            form.settings.title,
            questions(&form.items),
            form.lists.len(),
            if languages.is_empty() {
                String::new()
            } else {
                format!(", in {}", languages.join(", "))
            }
        ));
    }
    let mut said = Said::new(reading, lines.join("\n"))?;
    said.well = reading.is_usable();
    Ok(said)
}

/// The form of a file that has no errors.
pub(super) fn form(path: &Path) -> anyhow::Result<Form> {
    let reading = read(path)?;
    let said = messages(&reading);
    match reading.form {
        Some(form) => {
            // What is kept without effect, people should know before they go on.
            for line in said {
                let _ = writeln!(std::io::stderr().lock(), "{line}");
            }
            Ok(form)
        }
        None => bail!("the form has errors:\n{}", said.join("\n")),
    }
}

fn logic(form: &Form) -> anyhow::Result<Logic> {
    Logic::new(form).map_err(|errors| {
        let lines: Vec<String> = errors
            .iter()
            .map(|error| error.problem.to_string())
            .collect();
        anyhow::anyhow!("the form's logic does not hold:\n{}", lines.join("\n"))
    })
}

fn convert(file: &Path, to: &Path) -> anyhow::Result<Said> {
    let form = form(file)?;
    let ending = to.extension().unwrap_or_default().to_string_lossy();
    let written = match ending.to_lowercase().as_str() {
        "xlsx" => xlsform::write(&form)?,
        "xml" => openrosa::write_form(&logic(&form)?).into_bytes(),
        "json" => serde_json::to_vec_pretty(&form)?,
        _ => bail!("the name of the file to write must end in .xlsx, .xml or .json"),
    };
    std::fs::write(to, &written).with_context(|| format!("writing {}", to.display()))?;
    let size = written.len();
    Said::new(
        serde_json::json!({ "file": to, "bytes": size }),
        format!("{} ({size} bytes)", to.display()),
    )
}

fn made_up(file: &Path, responses: u64, seed: u64, now: &str) -> anyhow::Result<Said> {
    let logic = Arc::new(logic(&form(file)?)?);
    let moment = Moment::read(now);
    let around = Surroundings {
        now: Some(moment.with_context(|| format!("reading the time {now:?}"))?),
        device_id: "majlis".to_owned(),
        username: "majlis".to_owned(),
        ..Surroundings::default()
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let wanted = usize::try_from(responses).unwrap_or(usize::MAX);
    for answers in simulate(logic, around, seed).take(wanted) {
        let answers = answers.map_err(|error| {
            let lines: Vec<String> = error
                .violations
                .iter()
                .map(|violation| format!("{violation:?}"))
                .collect();
            anyhow::anyhow!("{error}:\n{}", lines.join("\n"))
        })?;
        serde_json::to_writer(&mut out, &answers)?;
        out.write_all(b"\n")?;
    }
    out.flush()?;
    Said::new(serde_json::Value::Null, "")
}
