//! Answers as plain text for a person at a terminal.

mod network;
pub(crate) mod outcome;
pub(crate) mod secret;

use std::fmt::{Display, Write as _};

use majlis_node::api::document::{BlockKind, BlockView};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ConsultationDraft, PlaceView, QuestionKindView, QuestionView,
};
use majlis_node::api::receipts::{AlarmName, ReceiptsView};
use majlis_node::api::results::{Figures, ResultsView};
use majlis_node::api::space::SyncWord;
use serde::Serialize;

pub(crate) use network::{size, sync, traffic};

/// The first characters of an id, enough to type back.
pub(crate) fn short(id: &str) -> String {
    id.chars().take(10).collect()
}

/// A number with what it counts: one entry, two entries.
pub(crate) fn count<N>(number: N, one: &str, more: &str) -> String
where
    N: Copy + Display + PartialEq + From<u8>,
{
    let what = if number == N::from(1) { one } else { more };
    format!("{number} {what}")
}

/// A word of the API as it is spelled in JSON.
pub(crate) fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word.replace('_', " "),
        Ok(other) => other.to_string(),
        Err(_) => String::new(),
    }
}

/// The plain state of sync.
pub(crate) fn sync_word(word: SyncWord, with: u32) -> String {
    match word {
        SyncWord::SavedHere => "saved here".to_owned(),
        SyncWord::WithOthers => format!("with {}", count(with, "other device", "other devices")),
        SyncWord::EverythingExchanged => "everything exchanged".to_owned(),
    }
}

/// Receipts, a line a carrier and a line an alarm.
pub(crate) fn receipts(view: &ReceiptsView) -> String {
    let mut out = String::new();
    for carrier in &view.carriers {
        let name = named(&carrier.name, &carrier.device);
        let here = count(
            carrier.confirmed,
            "entry that is here",
            "entries that are here",
        );
        let (mine, all) = (carrier.mine, carrier.mine_all);
        let _ = write!(out, "{name}: signed for {here}, {mine} of your own {all}");
        if carrier.owed > 0 {
            let owed = count(carrier.owed, "that is not here", "that are not here");
            let _ = write!(out, ", and {owed}");
        }
        out.push('\n');
        for alarm in &carrier.alarms {
            let what = match alarm.alarm {
                AlarmName::Hides => "kept back an entry that it signed for",
                AlarmName::Misstates => "signed for an entry at a place where it is not",
                AlarmName::Equivocates => "signed two receipts for one place",
                AlarmName::Alters => "handed over an entry that its author did not sign",
                AlarmName::Misquotes => "signed that a document says something else than it does",
            };
            let _ = write!(out, "  ALARM: {what}");
            if !alarm.author.is_empty() {
                let _ = write!(out, "; of {}", alarm.author);
            }
            if let Some(entry) = &alarm.entry {
                let _ = write!(out, "; entry {}", short(entry));
            }
            for receipt in &alarm.receipts {
                let _ = write!(out, "; receipt {}", short(receipt));
            }
            out.push('\n');
        }
    }
    for refusal in &view.refusals {
        let name = named(&refusal.name, &refusal.device);
        let limit = refusal.limit.word();
        let _ = if refusal.here {
            writeln!(out, "{name} is refused here: over the limit {limit}")
        } else {
            writeln!(out, "{name} refuses this device: over its limit {limit}")
        };
    }
    if out.is_empty() {
        out.push_str("nobody here signs receipts\n");
    }
    out
}

fn named(name: &str, device: &str) -> String {
    if name.is_empty() {
        short(device)
    } else {
        name.to_owned()
    }
}

/// Blocks as lines.
pub(crate) fn blocks(blocks: &[BlockView]) -> String {
    let mut out = String::new();
    for block in blocks {
        let prefix = match &block.kind {
            BlockKind::Paragraph => String::new(),
            BlockKind::Heading { level } => format!("{} ", "#".repeat(usize::from(*level))),
            BlockKind::Item { ordered, depth } => {
                let mark = if *ordered { "1." } else { "-" };
                format!("{}{mark} ", "  ".repeat(usize::from(*depth)))
            }
            BlockKind::Quote => "> ".to_owned(),
        };
        out.push_str(&prefix);
        for run in &block.runs {
            out.push_str(&run.text);
        }
        out.push('\n');
    }
    out
}

fn kind(question: &QuestionView) -> String {
    match &question.kind {
        QuestionKindView::Text => "text".to_owned(),
        QuestionKindView::Date => "date".to_owned(),
        QuestionKindView::Photo => "photo".to_owned(),
        QuestionKindView::Sound => "sound".to_owned(),
        QuestionKindView::Number { min, max } => {
            let bound = |bound: &Option<String>| bound.clone().unwrap_or_default();
            format!("number {}..{}", bound(min), bound(max))
        }
        QuestionKindView::SingleChoice { options } => {
            let labels: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
            format!("one of: {}", labels.join(" | "))
        }
        QuestionKindView::MultipleChoice { options, .. } => {
            let labels: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
            format!("any of: {}", labels.join(" | "))
        }
        QuestionKindView::Scale { from, to, .. } => format!("scale {from} to {to}"),
        QuestionKindView::Group => "group".to_owned(),
        QuestionKindView::Repeat => "repeat".to_owned(),
        QuestionKindView::Note => "note".to_owned(),
        QuestionKindView::WholeNumber { min, max } => {
            let bound = |bound: &Option<String>| bound.clone().unwrap_or_default();
            format!("whole number {}..{}", bound(min), bound(max))
        }
        QuestionKindView::Range { from, to, step } => {
            format!("from {from} to {to} in steps of {step}")
        }
        QuestionKindView::Time => "time".to_owned(),
        QuestionKindView::DateTime => "date and time".to_owned(),
        QuestionKindView::Place => "place".to_owned(),
        QuestionKindView::Barcode => "barcode".to_owned(),
        QuestionKindView::Acknowledge => "acknowledge".to_owned(),
        QuestionKindView::Calculate => "computed".to_owned(),
        QuestionKindView::Hidden => "hidden".to_owned(),
        QuestionKindView::Metadata { what } => word(what),
        QuestionKindView::Other { written } => format!("{written}, not supported yet, kept"),
        QuestionKindView::Ranking { options } => {
            let labels: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
            format!("in order: {}", labels.join(" | "))
        }
        QuestionKindView::Points {
            options, each, all, ..
        } => {
            let labels: Vec<&str> = options.iter().map(|o| o.label.as_str()).collect();
            let most = if *all > 0 { all } else { each };
            format!("points up to {most}: {}", labels.join(" | "))
        }
        QuestionKindView::Statements => "statements".to_owned(),
    }
}

/// A form.
pub(crate) fn form(form: &ConsultationDraft) -> String {
    let mut out = format!("{}\n", form.title);
    for text in [&form.description, &form.audience] {
        if !text.is_empty() {
            let _ = writeln!(out, "{text}");
        }
    }
    for (at, question) in form.questions.iter().enumerate() {
        let must = if question.required { " (required)" } else { "" };
        let _ = writeln!(
            out,
            "{}. {}{must} [{}]",
            at + 1,
            question.label,
            kind(question)
        );
    }
    out
}

/// An answer on one line.
pub(crate) fn answers(questions: &[QuestionView], given: &[AnswerTo]) -> String {
    let each = given.iter().map(|answer| {
        let question = questions.iter().find(|q| q.id == answer.question);
        let value = match &answer.value {
            AnswerValue::Text(text)
            | AnswerValue::Number(text)
            | AnswerValue::Date(text)
            | AnswerValue::Time(text)
            | AnswerValue::DateTime(text) => text.clone(),
            AnswerValue::Place(place) => place_text(place),
            AnswerValue::Acknowledged => "yes".to_owned(),
            AnswerValue::Sealed => "(sealed)".to_owned(),
            AnswerValue::Rows(rows) => {
                let rows = rows
                    .iter()
                    .map(|row| format!("({})", answers(questions, row)));
                rows.collect::<Vec<_>>().join(" ")
            }
            AnswerValue::Scale(step) => step.to_string(),
            AnswerValue::Photo(photo) => photo.full.clone(),
            AnswerValue::Sound(sound) => sound.clone(),
            AnswerValue::Points(points) => {
                let each = points.iter().map(|(id, given)| format!("{id}:{given}"));
                each.collect::<Vec<_>>().join(" | ")
            }
            AnswerValue::Votes(votes) => {
                let each = votes
                    .iter()
                    .map(|(id, vote)| format!("{}:{vote}", short(id)));
                each.collect::<Vec<_>>().join(" | ")
            }
            AnswerValue::Choices(chosen) | AnswerValue::Ranking(chosen) => {
                let label = |id: &u16| match question.map(|q| &q.kind) {
                    Some(
                        QuestionKindView::SingleChoice { options }
                        | QuestionKindView::MultipleChoice { options, .. }
                        | QuestionKindView::Ranking { options },
                    ) => options
                        .iter()
                        .find(|o| o.id == *id)
                        .map(|o| o.label.clone()),
                    _ => None,
                };
                let labels: Vec<String> = chosen
                    .iter()
                    .map(|id| label(id).unwrap_or_else(|| id.to_string()))
                    .collect();
                labels.join(" | ")
            }
        };
        format!("{}: {value}", question.map_or("?", |q| q.label.as_str()))
    });
    each.collect::<Vec<_>>().join("; ")
}

fn place_text(place: &PlaceView) -> String {
    format!("{} {}", place.latitude, place.longitude)
}

/// The count.
pub(crate) fn results(view: &ResultsView) -> String {
    let mut out = format!(
        "{} ({})\n{} answers count: {} own, {} assisted; {} corrected, {} withdrawn, {} late, {} not counted\n",
        view.form.title,
        word(view.phase),
        view.counted.all,
        view.counted.own,
        view.counted.assisted,
        view.superseded,
        view.withdrawn,
        view.late,
        view.not_counted,
    );
    if let Some(balance) = view.balance.as_ref().filter(|_| view.counted.all > 0) {
        let each = balance.voices.iter();
        let each = each.map(|one| format!("{} {}", word(one.actor), one.voices));
        let each: Vec<String> = each.collect();
        let _ = writeln!(
            out,
            "who is heard: {}; not told {}",
            each.join(", "),
            balance.untold
        );
    }
    for result in &view.questions {
        let label = view
            .form
            .questions
            .iter()
            .find(|q| q.id == result.question)
            .map_or("?", |q| q.label.as_str());
        let _ = match result.figures {
            Figures::Sealed => writeln!(out, "{label}"),
            _ => writeln!(out, "{label} ({} answered)", result.answered.all),
        };
        match &result.figures {
            Figures::None | Figures::Plain => {}
            Figures::Sealed => {
                let _ = writeln!(out, "  sealed ({} answers)", view.counted.all);
            }
            Figures::Options { bars, mean } => {
                for bar in bars {
                    let _ = writeln!(
                        out,
                        "  {}: {} ({} assisted)",
                        bar.label, bar.count.all, bar.count.assisted
                    );
                }
                if let Some(mean) = mean {
                    let _ = writeln!(out, "  mean {mean}");
                }
            }
            Figures::Numbers {
                min,
                max,
                mean,
                median,
                ..
            } => {
                let _ = writeln!(out, "  from {min} to {max}, mean {mean}, median {median}");
            }
            Figures::Ranks { options } => {
                for option in options {
                    let mean = option.mean.as_deref().unwrap_or("-");
                    let _ = writeln!(
                        out,
                        "  {}: first for {}, mean place {mean}",
                        option.label, option.first.all
                    );
                }
            }
            Figures::Points { options } => {
                for option in options {
                    let givers = option.givers.all;
                    let _ = writeln!(
                        out,
                        "  {}: {} points of {givers}",
                        option.label, option.points
                    );
                }
            }
            Figures::Statements { voted } => {
                let _ = writeln!(out, "  {voted} statements voted on");
            }
            Figures::Rows { rows } => {
                let _ = writeln!(out, "  {rows} rows");
            }
            Figures::Places { points } => {
                for point in points {
                    let _ = writeln!(out, "  {}", place_text(&point.place));
                }
            }
            Figures::Dates { bars } | Figures::Hours { bars } => {
                for bar in bars {
                    let _ = writeln!(out, "  {}: {}", bar.label, bar.count.all);
                }
            }
            Figures::Media { given } => {
                for one in given {
                    let mark = if one.assisted { " (assisted)" } else { "" };
                    let name = match &one.value {
                        AnswerValue::Photo(photo) => photo.full.as_str(),
                        AnswerValue::Sound(sound) => sound.as_str(),
                        _ => "",
                    };
                    let _ = writeln!(out, "  {name}{mark}");
                }
            }
            Figures::Texts { texts } => {
                for text in texts {
                    let mark = if text.assisted { " (assisted)" } else { "" };
                    let _ = writeln!(out, "  \"{}\"{mark}", text.text);
                }
            }
        }
    }
    out
}
