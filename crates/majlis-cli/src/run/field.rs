//! `majlis consultation cross`, `split`, `day` and `back-check`: answers seen together, an officer's day, and
//! which answers are asked again.

use majlis_node::api::field::{
    BackCheckView, BackChecksView, DayView, DrawBackChecks, SinceName, SinceView, TellBackCheck,
    TellDay,
};
use majlis_node::api::process::{ConsultationRef, ConsultationView};
use majlis_node::api::results::{
    AxisName, CategoryView, CrossAsked, CrossView, DividedAsked, DividedView,
};
use majlis_node::api::{ApiError, ErrorCode, Request};

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
    if day.only_here > 0 {
        lines.push(format!("  on this device only: {}", day.only_here));
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
    seed: Option<String>,
    percent: u8,
) -> anyhow::Result<Said> {
    let checks: BackChecksView = match seed {
        None => reach.call(Request::BackChecks(at)).await?,
        Some(seed) => {
            let draw = DrawBackChecks {
                space: at.space,
                consultation: at.consultation,
                seed,
                percent,
            };
            reach.call(Request::DrawBackChecks(draw)).await?
        }
    };
    checks_said(checks)
}

/// Tells what came of asking somebody again; questions by their numbers.
pub(super) async fn asked_again(
    reach: &Reach,
    at: ConsultationRef,
    slot: &str,
    (same, other): (&[String], &[String]),
    not_asked: String,
) -> anyhow::Result<Said> {
    let view: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
    let ids = |wanted: &[String]| -> anyhow::Result<Vec<String>> {
        let each = wanted.iter();
        let each = each.map(|one| find::question(&view.form.questions, one));
        each.map(|one| one.map(|one| one.id.clone())).collect()
    };
    let known: BackChecksView = reach.call(Request::BackChecks(at.clone())).await?;
    let tell = TellBackCheck {
        space: at.space,
        consultation: at.consultation,
        slot: meant(&known.checks, slot)?,
        same: ids(same)?,
        other: ids(other)?,
        not_asked,
    };
    checks_said(reach.call(Request::TellBackCheck(tell)).await?)
}

/// The answer that was meant: by all of its letters, or by the first of them where no other begins so.
fn meant(checks: &[BackCheckView], slot: &str) -> anyhow::Result<String> {
    let slot = slot.trim();
    let mut starting = checks
        .iter()
        .filter(|one| one.slot == slot || short(&one.slot) == slot);
    match (starting.next(), starting.next()) {
        (Some(_), Some(_)) => {
            let why = "several answers begin so; give all letters of the one meant";
            Err(ApiError::new(ErrorCode::BadInput, why).about(slot).into())
        }
        (Some(one), None) => Ok(one.slot.clone()),
        // The node says what is wrong with it.
        (None, _) => Ok(slot.to_owned()),
    }
}

fn since_said(since: &SinceView) -> String {
    let by = since.by.join(", ");
    match since.what {
        SinceName::Corrected => format!("; corrected since by {by}"),
        SinceName::TakenBack => format!("; taken back since by {by}"),
        SinceName::Claimed => format!("; claimed since by {by}"),
        SinceName::NotCounted => "; does not count any more".to_owned(),
    }
}

fn checks_said(checks: BackChecksView) -> anyhow::Result<Said> {
    let lines = checks.checks.iter().map(|one| {
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
        let since = one.since.as_ref().map(since_said).unwrap_or_default();
        let asked = match &one.outcome {
            None if !one.open => "not asked again".to_owned(),
            None => format!("to be asked again by {checker}"),
            Some(told) if !told.not_asked.is_empty() => {
                format!("nothing compared by {}: {}", told.by, told.not_asked)
            }
            Some(told) => format!(
                "asked again by {}: {} the same, {} not",
                told.by,
                told.same.len(),
                told.other.len()
            ),
        };
        format!("{slot}{note}, entered by {officer}, {asked}{since}")
    });
    let mut lines: Vec<String> = lines.collect();
    let left = checks.checks.iter().filter(|one| one.open);
    lines.push(format!("{} to ask again", left.count()));
    for one in &checks.officers {
        let answers = one.same.saturating_add(one.other);
        if one.asked > 0 || one.not_asked > 0 || one.since > 0 {
            let since = match one.since {
                0 => String::new(),
                since => format!("; {since} no longer as they were when drawn"),
            };
            lines.push(format!(
                "  entered by {}: {} of {} asked again, {} could not be; {} of {answers} answers the same{since}",
                one.officer, one.asked, one.drawn, one.not_asked, one.same
            ));
        }
    }
    let text = lines.join("\n");
    Said::new(checks, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_letters_mean_an_answer_only_where_no_other_begins_so() {
        let check = |slot: &str| BackCheckView {
            slot: slot.to_owned(),
            officer: String::new(),
            checker: None,
            mine: false,
            open: true,
            note: String::new(),
            answer: None,
            since: None,
            outcome: None,
        };
        let (one, other) = ("abcdefghij2222", "abcdefghij3333");
        let checks = [check(one), check(other), check("zzzzzzzzzz2222")];
        assert_eq!(meant(&checks, "zzzzzzzzzz").unwrap(), "zzzzzzzzzz2222");
        assert_eq!(meant(&checks, other).unwrap(), other);
        let refused = meant(&checks, "abcdefghij").unwrap_err();
        let refused = refused.downcast_ref::<ApiError>().unwrap();
        assert_eq!(refused.code, ErrorCode::BadInput);
    }
}
