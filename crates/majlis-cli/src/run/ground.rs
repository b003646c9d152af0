//! `majlis consultation places` and `represented`: where answers are, and who answered beside a census.

use std::fmt::Write as _;
use std::path::Path;

use data_encoding::BASE64;
use majlis_node::api::Request;
use majlis_node::api::ground::{GroundAsked, GroundView};
use majlis_node::api::process::{
    ConsultationRef, ConsultationView, QuestionKindView, QuestionView,
};
use majlis_node::api::results::{
    CensusColumn, CensusRead, CensusRow, ReadCensus, RepresentationAsked, RepresentedView,
    WeightName,
};

use super::field::named;
use crate::reach::Reach;
use crate::text::short;
use crate::{Said, find, forms};

/// Degrees of ten-millionths as they are written.
fn degrees(value: i32) -> String {
    format!("{:.7}", f64::from(value) / 1e7)
}

pub(super) async fn places(
    reach: &Reach,
    at: ConsultationRef,
    question: Option<&str>,
    by: Option<&str>,
    least: u32,
) -> anyhow::Result<Said> {
    let view: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
    let asked = &view.form.questions;
    let question = match question {
        Some(wanted) => find::question(asked, wanted)?,
        None => {
            let mut places = asked
                .iter()
                .filter(|one| matches!(one.kind, QuestionKindView::Place));
            match (places.next(), places.next()) {
                (Some(one), None) => one,
                (None, _) => anyhow::bail!("no question asks for a place"),
                (Some(_), Some(_)) => {
                    anyhow::bail!("several questions ask for a place: name one with --question")
                }
            }
        }
    };
    let by = by.map(|wanted| find::question(asked, wanted)).transpose()?;
    let wanted = GroundAsked {
        space: at.space,
        consultation: at.consultation,
        question: question.id.clone(),
        by: by.map(|one| one.id.clone()),
        least,
    };
    let ground: GroundView = reach.call(Request::Ground(wanted)).await?;
    let mut text = String::new();
    for point in &ground.points {
        let group = point
            .group
            .and_then(|at| ground.groups.get(usize::from(at)));
        let group = group.map(|group| format!(" {}", named(group)));
        let (north, east) = (degrees(point.latitude), degrees(point.longitude));
        let _ = writeln!(
            text,
            "{} {north} {east}{}",
            short(&point.slot),
            group.unwrap_or_default()
        );
    }
    for cell in &ground.cells {
        let (south, west) = (degrees(cell.south), degrees(cell.west));
        let side = degrees(i32::try_from(ground.side).unwrap_or(i32::MAX));
        let _ = writeln!(text, "{} from {south} {west}, {side} wide", cell.count);
    }
    let _ = write!(text, "{} places in all", ground.total);
    if ground.left_out > 0 {
        let _ = write!(text, ", {} left out", ground.left_out);
    }
    Said::new(ground, text)
}

/// What a census may name of a question: options and steps, with their numbers.
fn groups(question: &QuestionView) -> Vec<(i32, String)> {
    match &question.kind {
        QuestionKindView::SingleChoice { options }
        | QuestionKindView::MultipleChoice { options, .. } => {
            let each = options.iter();
            each.map(|one| (i32::from(one.id), one.label.clone()))
                .collect()
        }
        QuestionKindView::Scale { from, to, .. } => (*from..=*to)
            .map(|step| (i32::from(step), step.to_string()))
            .collect(),
        _ => Vec::new(),
    }
}

/// Numbers that may have decimals, in one unit in which all are whole.
fn in_one_unit(typed: &[(i32, String)]) -> anyhow::Result<Vec<CensusRow>> {
    let wrong = |text: &str| {
        forms::mistyped(&anyhow::anyhow!(
            "{text} is no number of people: write it as 1200 or 51.5"
        ))
    };
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, rest)| rest.len());
    let most = typed.iter().map(|(_, text)| decimals(text)).max();
    let most = most.unwrap_or(0);
    let row = |(id, text): &(i32, String)| {
        let zeros = most.saturating_sub(decimals(text));
        let whole = format!("{}{}", text.replacen('.', "", 1), "0".repeat(zeros));
        let people = whole.parse().map_err(|_| wrong(text))?;
        Ok(CensusRow { id: *id, people })
    };
    typed.iter().map(row).collect()
}

pub(super) async fn represented(
    reach: &Reach,
    at: ConsultationRef,
    question: &str,
    people: &[String],
    census: Option<(&Path, Option<u32>)>,
) -> anyhow::Result<Said> {
    let view: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
    let asked = find::question(&view.form.questions, question)?;
    let mut strays = String::new();
    let typed: Vec<(i32, String)> = match census {
        Some((file, column)) => {
            let read = ReadCensus {
                space: at.space.clone(),
                consultation: at.consultation.clone(),
                question: asked.id.clone(),
                base64: BASE64.encode(&super::tally::bytes(file)?),
                column,
            };
            let read: CensusRead = reach.call(Request::ReadCensus(read)).await?;
            if read.columns.len() > 1 {
                let named = |one: &CensusColumn| {
                    let taken = if Some(one.column) == read.column {
                        ", read"
                    } else {
                        ""
                    };
                    format!("{} ({}{taken})", one.column, one.title)
                };
                let columns: Vec<String> = read.columns.iter().map(named).collect();
                let _ = writeln!(strays, "columns with numbers: {}", columns.join(", "));
            }
            for stray in &read.strays {
                let _ = writeln!(strays, "row {} is not taken: {}", stray.row, stray.text);
            }
            let rows = read.rows.into_iter();
            rows.map(|row| (row.id, row.people)).collect()
        }
        None => {
            let groups = groups(asked);
            let row = |typed: &String| {
                let (label, people) = typed.rsplit_once('=')?;
                let mut named = groups.iter();
                let (id, _) = named.find(|(_, one)| one == label.trim())?;
                Some((*id, people.trim().to_owned()))
            };
            let each = people.iter().map(|typed| {
                let none = || anyhow::anyhow!("no option of this question: {typed}");
                row(typed).ok_or_else(|| forms::mistyped(&none()))
            });
            each.collect::<Result<_, _>>()?
        }
    };
    let wanted = RepresentationAsked {
        space: at.space,
        consultation: at.consultation,
        question: asked.id.clone(),
        census: in_one_unit(&typed)?,
    };
    let groups: Vec<RepresentedView> = reach.call(Request::Representation(wanted)).await?;
    let thousandths = |share: u32| format!("{}.{} %", share / 10, share % 10);
    let mut text = strays;
    for one in &groups {
        let weight = match one.weight {
            WeightName::Unsure => "too few answered to say",
            WeightName::Less => "heard less than their share",
            WeightName::Even => "about their share",
            WeightName::More => "heard more than their share",
        };
        let (share, expected) = (thousandths(one.share), thousandths(one.expected));
        let _ = writeln!(
            text,
            "{}: {} answered, {share} of the voices, {expected} of the people: {weight}",
            named(&one.group),
            one.voices.all
        );
    }
    Said::new(groups, text.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::in_one_unit;

    #[test]
    fn shares_of_a_census_are_brought_to_one_unit() {
        let typed = |rows: &[(i32, &str)]| -> Vec<(i32, String)> {
            rows.iter()
                .map(|(id, text)| (*id, (*text).to_owned()))
                .collect()
        };
        let rows = in_one_unit(&typed(&[(1, "51.5"), (2, "48"), (3, "0.25")])).unwrap();
        let people: Vec<u32> = rows.iter().map(|row| row.people).collect();
        assert_eq!(people, [5150, 4800, 25]);
        assert!(in_one_unit(&typed(&[(1, "many")])).is_err());
        assert!(in_one_unit(&typed(&[(1, "-4")])).is_err());
    }
}
