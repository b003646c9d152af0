//! Tables of a form's answers: their columns, and their rows from a response.

use rust_decimal::Decimal;

use super::{Options, Response};
use crate::answer::{Answers, Entry, Geopoint};
use crate::form::Kind;
use crate::logic::{Logic, ROOT};

/// A table: the responses themselves, or the instances of one repeat.
#[derive(Clone, Debug)]
pub struct Table {
    /// `responses`, or the path of the repeat.
    pub name: String,
    pub(super) columns: Vec<Column>,
    /// Keys of the repeats to go through, from the outermost.
    way: Vec<String>,
}

#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) heading: String,
    pub(super) source: Source,
    /// The question's kind, where it comes from one.
    pub(super) kind: Option<Kind>,
    /// The question's place in the logic.
    pub(super) item: Option<usize>,
}

/// Where the cells of a column come from; a question is named by its key among the answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    Key,
    ParentKey,
    SubmittedAt,
    Channel,
    Conflict,
    EverCorrected,
    Attribute(String),
    Answer(String),
    /// Whether a choice is among those chosen.
    Chosen(String, String),
    /// Labels of what was chosen, in a language.
    Label(String, String),
    /// Latitude, longitude, altitude, accuracy.
    Coordinate(String, usize),
}

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Nothing.
    Empty,
    /// A text.
    Text(String),
    /// A number, in plain digits.
    Number(String),
    /// Yes or no.
    Truth(bool),
}

/// The parts of a place that have columns of their own.
pub(super) const COORDINATES: [&str; 4] = ["latitude", "longitude", "altitude", "accuracy"];

/// The tables of a form, the responses first, then repeats in the order of the form.
#[must_use]
pub fn tables(logic: &Logic, options: &Options) -> Vec<Table> {
    let mut tables = vec![table(logic, options, ROOT)];
    for (item, part) in logic.parts().iter().enumerate() {
        if part.item.kind == Kind::Repeat {
            tables.push(table(logic, options, item));
        }
    }
    tables
}

fn table(logic: &Logic, options: &Options, section: usize) -> Table {
    let plain = |heading: &str, source| Column {
        heading: heading.to_owned(),
        source,
        kind: None,
        item: None,
    };
    let mut columns = vec![plain("KEY", Source::Key)];
    if section == ROOT {
        columns.push(plain("submitted_at", Source::SubmittedAt));
        columns.push(plain("channel", Source::Channel));
        columns.push(plain("conflict", Source::Conflict));
        columns.push(plain("ever_corrected", Source::EverCorrected));
        for attribute in &options.attributes {
            columns.push(plain(attribute, Source::Attribute(attribute.clone())));
        }
    } else {
        columns.push(plain("PARENT_KEY", Source::ParentKey));
    }
    answer_columns(logic, options, section, "", &mut columns);
    let mut way = Vec::new();
    let mut around: Option<usize> = None;
    for step in logic.chain(section) {
        let Some(part) = logic.part(step) else {
            continue;
        };
        if part.item.kind == Kind::Repeat {
            way.push(key_within(logic, around, &part.path));
            around = Some(step);
        }
    }
    let name = match logic.part(section) {
        Some(part) if section != ROOT => part.path.clone(),
        Some(_) | None => "responses".to_owned(),
    };
    Table { name, columns, way }
}

/// A path without the path of the repeat around it.
fn key_within(logic: &Logic, around: Option<usize>, path: &str) -> String {
    around
        .and_then(|around| logic.part(around))
        .and_then(|around| path.strip_prefix(&around.path)?.strip_prefix('/'))
        .unwrap_or(path)
        .to_owned()
}

fn answer_columns(
    logic: &Logic,
    options: &Options,
    section: usize,
    around: &str,
    columns: &mut Vec<Column>,
) {
    for child in logic.part(section).map_or(&[][..], |part| &part.children) {
        let Some(part) = logic.part(*child) else {
            continue;
        };
        let key = format!("{around}{}", part.item.name);
        match &part.item.kind {
            Kind::Repeat | Kind::Note => {}
            Kind::Group => answer_columns(logic, options, *child, &format!("{key}/"), columns),
            kind => {
                let mut push = |heading: String, source| {
                    columns.push(Column {
                        heading,
                        source,
                        kind: Some(kind.clone()),
                        item: Some(*child),
                    });
                };
                push(key.clone(), Source::Answer(key.clone()));
                if let Kind::SelectMultiple { list, .. } = kind
                    && let Some((_, list)) = logic.list(list)
                {
                    for choice in &list.choices {
                        push(
                            format!("{key}/{}", choice.name),
                            Source::Chosen(key.clone(), choice.name.clone()),
                        );
                    }
                }
                if kind.list().is_some() {
                    for language in &options.labels {
                        push(
                            format!("{key}::{language}"),
                            Source::Label(key.clone(), language.clone()),
                        );
                    }
                }
                if *kind == Kind::Geopoint {
                    for (index, name) in COORDINATES.iter().enumerate() {
                        push(
                            format!("{key}/{name}"),
                            Source::Coordinate(key.clone(), index),
                        );
                    }
                }
            }
        }
    }
}

impl Table {
    /// Headings of the columns, in order.
    pub fn headings(&self) -> impl Iterator<Item = &str> {
        self.columns.iter().map(|column| column.heading.as_str())
    }

    /// Calls `row` with the cells of each row that a response has in this table.
    pub(super) fn rows<E>(
        &self,
        logic: &Logic,
        options: &Options,
        response: &Response,
        row: &mut dyn FnMut(&[Cell]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let mut count = 0;
        self.walk(
            &response.answers,
            &response.id,
            "",
            &self.way,
            &mut |answers, key, parent| {
                let cells: Vec<Cell> = self
                    .columns
                    .iter()
                    .map(|column| cell(logic, options, column, response, answers, key, parent))
                    .collect();
                count += 1;
                row(&cells)
            },
        )?;
        Ok(count)
    }

    fn walk<E>(
        &self,
        answers: &Answers,
        key: &str,
        parent: &str,
        way: &[String],
        found: &mut dyn FnMut(&Answers, &str, &str) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some((next, rest)) = way.split_first() else {
            return found(answers, key, parent);
        };
        for (number, instance) in (1..).zip(answers.instances(next)) {
            let inner = format!("{key}/{next}[{number}]");
            self.walk(instance, &inner, key, rest, found)?;
        }
        Ok(())
    }
}

fn cell(
    logic: &Logic,
    options: &Options,
    column: &Column,
    response: &Response,
    answers: &Answers,
    key: &str,
    parent: &str,
) -> Cell {
    let text = |text: &str| {
        if text.is_empty() {
            Cell::Empty
        } else {
            Cell::Text(text.to_owned())
        }
    };
    match &column.source {
        Source::Key => text(key),
        Source::ParentKey => text(parent),
        Source::SubmittedAt => text(&response.submitted_at),
        Source::Channel => text(&response.channel),
        Source::Conflict => Cell::Truth(response.conflict),
        Source::EverCorrected => Cell::Truth(response.ever_corrected),
        Source::Attribute(name) => text(response.attributes.get(name).map_or("", String::as_str)),
        Source::Answer(path) => answer_cell(options, column.kind.as_ref(), answers, path),
        Source::Chosen(path, name) => match answers.text(path) {
            None => Cell::Empty,
            Some(chosen) => {
                let among = chosen.split_whitespace().any(|other| other == name);
                Cell::Number(u8::from(among).to_string())
            }
        },
        Source::Label(path, language) => {
            let list = column
                .kind
                .as_ref()
                .and_then(Kind::list)
                .and_then(|name| logic.list(name));
            match (answers.text(path), list) {
                (Some(chosen), Some((_, list))) => {
                    let labels: Vec<&str> = chosen
                        .split_whitespace()
                        .map(|name| {
                            list.choices
                                .iter()
                                .find(|choice| choice.name == name)
                                .and_then(|choice| choice.label.in_language(language))
                                .unwrap_or(name)
                        })
                        .collect();
                    text(&labels.join("; "))
                }
                _ => Cell::Empty,
            }
        }
        Source::Coordinate(path, index) => {
            match answers.text(path).and_then(|text| place(options, text)) {
                Some(point) => {
                    let part = [
                        point.latitude,
                        point.longitude,
                        point.altitude,
                        point.accuracy,
                    ]
                    .get(*index)
                    .copied()
                    .unwrap_or_default();
                    Cell::Number(part.to_string())
                }
                None => Cell::Empty,
            }
        }
    }
}

fn answer_cell(options: &Options, kind: Option<&Kind>, answers: &Answers, path: &str) -> Cell {
    let Some(Entry::Text(text)) = answers.0.get(path) else {
        return Cell::Empty;
    };
    match kind {
        Some(Kind::Integer | Kind::Decimal | Kind::Range) if text.parse::<Decimal>().is_ok() => {
            Cell::Number(text.clone())
        }
        Some(Kind::Geopoint) => match place(options, text) {
            Some(point) => Cell::Text(point.to_string()),
            None => Cell::Text(text.clone()),
        },
        // Lines have no columns of their own; coarser than asked they must not be.
        Some(Kind::Geotrace | Kind::Geoshape) => {
            let points: Vec<String> = text
                .split(';')
                .map(|part| place(options, part).map_or(String::new(), |point| point.to_string()))
                .collect();
            Cell::Text(points.join("; "))
        }
        _ => Cell::Text(text.clone()),
    }
}

/// A place, as coarse as is asked; how sure it was then says nothing any more.
pub(super) fn place(options: &Options, text: &str) -> Option<Geopoint> {
    let point = Geopoint::read(text)?;
    Some(match options.coordinate_digits {
        None => point,
        Some(digits) => Geopoint {
            latitude: point.latitude.round_dp(digits).normalize(),
            longitude: point.longitude.round_dp(digits).normalize(),
            altitude: Decimal::ZERO,
            accuracy: Decimal::ZERO,
        },
    })
}
