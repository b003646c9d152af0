//! `majlis consultation cross`, `split`, `day` and `back-check`: answers seen together, an officer's day, and
//! which answers are asked again.

use majlis_node::api::Request;
use majlis_node::api::field::{BackCheckView, DayView, DrawBackChecks, TellDay};
use majlis_node::api::process::{ConsultationRef, ConsultationView};
use majlis_node::api::results::{
    AxisName, CategoryView, CrossAsked, CrossView, DividedAsked, DividedView,
};

use crate::reach::Reach;
use crate::text::{short, word};
use crate::{Said, find};

/// The side of a table that was meant: `channel`, or a question by its number.
fn axis(view: &ConsultationView, wanted: &str) -> anyhow::Result<AxisName> {
    if wanted == "channel" {
        return Ok(AxisName::Channel);
    }
    let question = find::question(&view.form.questions, wanted)?;
    Ok(AxisName::Question(question.id.clone()))
}

/// A row, a column or a group in words.
pub(super) fn named(category: &CategoryView) -> String {
    match category {
        CategoryView::Option(label) => label.clone(),
        CategoryView::Step(step) => step.to_string(),
        CategoryView::Own => "own".to_owned(),
        CategoryView::Assisted => "assisted".to_owned(),
        CategoryView::Unanswered => "(not answered)".to_owned(),
    }
}

pub(super) async fn cross(
    reach: &Reach,
    at: ConsultationRef,
    rows: &str,
    columns: &str,
    least: u32,
) -> anyhow::Result<Said> {
    let view: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
    let asked = CrossAsked {
        space: at.space,
        consultation: at.consultation,
        rows: axis(&view, rows)?,
        columns: axis(&view, columns)?,
        least,
    };
    let table: CrossView = reach.call(Request::CrossTable(asked)).await?;
    let cell = |held: &Option<u32>| held.map_or_else(|| "..".to_owned(), |held| held.to_string());
    let mut lines = vec![
        table
            .columns
            .iter()
            .map(named)
            .chain(["all".to_owned()])
            .fold(String::new(), |line, column| format!("{line} | {column}")),
    ];
    let each = table.rows.iter().zip(&table.cells).zip(&table.row_totals);
    for ((row, cells), total) in each {
        let cells = cells.iter().chain([total]).map(cell);
        lines.push(cells.fold(named(row), |line, cell| format!("{line} | {cell}")));
    }
    let all = table.column_totals.iter().map(cell);
    let all = all.fold("all".to_owned(), |line, cell| format!("{line} | {cell}"));
    lines.push(format!("{all} | {}", table.total));
    Said::new(table, lines.join("\n"))
}

pub(super) async fn split(reach: &Reach, at: ConsultationRef, by: &str) -> anyhow::Result<Said> {
    let view: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
    let asked = DividedAsked {
        space: at.space,
        consultation: at.consultation,
        by: axis(&view, by)?,
    };
    let split: DividedView = reach.call(Request::Divided(asked)).await?;
    let cell = |held: &Option<u32>| held.map_or_else(|| "..".to_owned(), |held| held.to_string());
    let line = |name: String, cells: Vec<String>| {
        cells
            .into_iter()
            .fold(name, |line, cell| format!("{line} | {cell}"))
    };
    let groups = split.groups.iter().map(|group| {
        let name = group.group.as_ref().map(named);
        name.unwrap_or_else(|| "(others)".to_owned())
    });
    let voices = split.groups.iter().map(|group| group.voices.to_string());
    let mut lines = vec![
        line(String::new(), groups.collect()),
        line("voices".to_owned(), voices.collect()),
    ];
    for one in &split.questions {
        let asked = view.form.questions.iter();
        let asked = asked.clone().find(|asked| asked.id == one.question);
        lines.push(asked.map(|asked| asked.label.clone()).unwrap_or_default());
        for (row, cells) in one.rows.iter().zip(&one.cells) {
            let cells = cells.iter().map(cell).collect();
            lines.push(line(format!("  {}", named(row)), cells));
        }
        let answered = one.answered.iter().map(cell).collect();
        lines.push(line("  answered".to_owned(), answered));
        if !one.means.is_empty() {
            let means = one.means.iter();
            let means = means.map(|mean| mean.clone().unwrap_or_else(|| "..".to_owned()));
            lines.push(line("  mean".to_owned(), means.collect()));
        }
    }
    Said::new(split, lines.join("\n"))
}

pub(super) async fn day(
    reach: &Reach,
    at: ConsultationRef,
    refused: i32,
    target: Option<u32>,
) -> anyhow::Result<Said> {
    let day: DayView = if refused == 0 && target.is_none() {
        reach.call(Request::FieldDay(at)).await?
    } else {
        let tell = TellDay {
            space: at.space,
            consultation: at.consultation,
            refused,
            target,
        };
        reach.call(Request::TellDay(tell)).await?
    };
    let mut lines = vec![format!(
        "{}, {}: {} people asked, {} answers corrected; {} people in all",
        day.day, day.officer, day.people, day.corrected, day.in_all
    )];
    let modes = day.modes.iter();
    lines.extend(modes.map(|mode| format!("  {}: {}", word(mode.mode), mode.count)));
    if day.refused > 0 {
        lines.push(format!("  would not be asked: {}", day.refused));
    }
    if day.target > 0 {
        lines.push(format!("  meant for the day: {}", day.target));
    }
    if day.without_consent > 0 {
        lines.push(format!("  without agreement: {}", day.without_consent));
    }
    if day.unsealed > 0 {
        lines.push(format!("  on this device only: {}", day.unsealed));
    }
    for one in &day.entered {
        let mut line = format!("  {}", short(&one.slot));
        if one.correction {
            line.push_str(" corrected");
        }
        if !one.note.is_empty() {
            line = format!("{line} ({})", one.note);
        }
        lines.push(line);
    }
    Said::new(day, lines.join("\n"))
}

pub(super) async fn back_check(
    reach: &Reach,
    at: ConsultationRef,
    seed: String,
    percent: u8,
) -> anyhow::Result<Said> {
    let draw = DrawBackChecks {
        space: at.space,
        consultation: at.consultation,
        seed,
        percent,
    };
    let drawn: Vec<BackCheckView> = reach.call(Request::DrawBackChecks(draw)).await?;
    let lines = drawn.iter().map(|one| {
        let checker = one
            .checker
            .as_deref()
            .unwrap_or("nobody: there is no other officer");
        let note = if one.note.is_empty() {
            String::new()
        } else {
            format!(" ({})", one.note)
        };
        let (slot, officer) = (short(&one.slot), &one.officer);
        format!("{slot}{note}, entered by {officer}, to be asked again by {checker}")
    });
    let text = format!(
        "{}\n{} to ask again",
        lines.collect::<Vec<_>>().join("\n"),
        drawn.len()
    );
    Said::new(drawn, text.trim_start().to_owned())
}
