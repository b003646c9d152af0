//! What the columns of an export mean, in three languages.

use serde::Serialize;

use super::table::{COORDINATES, Column, Source, tables};
use super::{Options, Provenance, Written};
use crate::form::{Kind, Texts};
use crate::logic::Logic;

/// Languages of the dictionary, by their subtags.
const LANGUAGES: [&str; 3] = ["ar", "fr", "en"];

/// The meaning of all columns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dictionary {
    /// Columns in the order of the tables.
    pub columns: Vec<Described>,
}

/// The meaning of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Described {
    /// The table.
    pub table: String,
    /// The heading.
    pub column: String,
    /// The type of the question as in XLSForm, or what the column is.
    pub kind: String,
    /// In Arabic.
    pub ar: String,
    /// In French.
    pub fr: String,
    /// In English.
    pub en: String,
    /// What its codes mean.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub choices: Vec<DescribedChoice>,
}

/// The meaning of a code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DescribedChoice {
    /// What is stored.
    pub name: String,
    /// In Arabic.
    pub ar: String,
    /// In French.
    pub fr: String,
    /// In English.
    pub en: String,
}

/// Describes the columns of an export. What a form does not say in a language is said in the
/// language it shows first.
#[must_use]
pub fn dictionary(logic: &Logic, options: &Options) -> Dictionary {
    let mut columns = Vec::new();
    for table in tables(logic, options) {
        for column in &table.columns {
            columns.push(describe(logic, options, &table.name, column));
        }
    }
    Dictionary { columns }
}

fn describe(logic: &Logic, options: &Options, table: &str, column: &Column) -> Described {
    let [ar, fr, en] = meaning(logic, options, column);
    let asked = matches!(column.source, Source::Answer(_));
    let choices = column
        .kind
        .as_ref()
        .filter(|_| asked)
        .and_then(Kind::list)
        .and_then(|name| logic.list(name))
        .map(|(_, list)| {
            list.choices
                .iter()
                .map(|choice| {
                    let [ar, fr, en] = spoken(logic, &choice.label, &choice.name);
                    DescribedChoice {
                        name: choice.name.clone(),
                        ar,
                        fr,
                        en,
                    }
                })
                .collect()
        })
        .unwrap_or_default();
    let kind = match (&column.source, &column.kind) {
        (Source::Answer(_), Some(kind)) => kind.written(),
        (Source::Chosen(..), _) => "0/1".to_owned(),
        (Source::Coordinate(..), _) => "decimal".to_owned(),
        (Source::Conflict | Source::EverCorrected, _) => "boolean".to_owned(),
        (Source::SubmittedAt, _) => "dateTime".to_owned(),
        _ => "text".to_owned(),
    };
    Described {
        table: table.to_owned(),
        column: column.heading.clone(),
        kind,
        ar,
        fr,
        en,
        choices,
    }
}

/// A text of the form in the three languages.
fn spoken(logic: &Logic, texts: &Texts, otherwise: &str) -> [String; 3] {
    LANGUAGES.map(|code| {
        let language = logic.form().language_of(code);
        texts.in_language(language).unwrap_or(otherwise).to_owned()
    })
}

fn meaning(logic: &Logic, options: &Options, column: &Column) -> [String; 3] {
    let fixed = |ar: &str, fr: &str, en: &str| [ar.to_owned(), fr.to_owned(), en.to_owned()];
    let label = || {
        let item = column.item.and_then(|item| logic.part(item));
        item.map(|part| spoken(logic, &part.item.label, &part.item.name))
            .unwrap_or_default()
    };
    let with = |more: [String; 3]| {
        let [ar, fr, en] = label();
        let [more_ar, more_fr, more_en] = more;
        [
            format!("{ar} – {more_ar}"),
            format!("{fr} – {more_fr}"),
            format!("{en} – {more_en}"),
        ]
    };
    match &column.source {
        Source::Key => fixed(
            "معرّف السطر",
            "identifiant de la ligne",
            "identifier of the row",
        ),
        Source::ParentKey => fixed(
            "معرّف السطر الذي يتبع له هذا السطر",
            "identifiant de la ligne à laquelle celle-ci appartient",
            "identifier of the row this one belongs to",
        ),
        Source::SubmittedAt => fixed("وقت الإرسال", "moment de l'envoi", "time of submission"),
        Source::Channel => fixed(
            "القناة التي وردت منها الإجابة",
            "canal par lequel la réponse est arrivée",
            "channel by which the response came",
        ),
        Source::Conflict => fixed(
            "هل تتعارض إجابتان للصوت نفسه",
            "deux réponses de la même voix se contredisent",
            "two responses of the same voice stand against each other",
        ),
        Source::EverCorrected => fixed(
            "هل صُحّحت الإجابة يومًا",
            "la réponse a déjà été corrigée",
            "the response was ever corrected",
        ),
        Source::Attribute(name) => match options.meanings.get(name) {
            Some(meaning) => meaning.clone(),
            None => fixed(name, name, name),
        },
        Source::Answer(_) => label(),
        Source::Chosen(_, name) => {
            let choice = column
                .kind
                .as_ref()
                .and_then(Kind::list)
                .and_then(|list| logic.list(list))
                .and_then(|(_, list)| list.choices.iter().find(|choice| choice.name == *name));
            with(match choice {
                Some(choice) => spoken(logic, &choice.label, name),
                None => fixed(name, name, name),
            })
        }
        Source::Label(_, language) => with(fixed(language, language, language)),
        Source::Coordinate(_, index) => with(match COORDINATES.get(*index) {
            Some(&"latitude") => fixed("خط العرض", "latitude", "latitude"),
            Some(&"longitude") => fixed("خط الطول", "longitude", "longitude"),
            Some(&"altitude") => fixed(
                "الارتفاع بالأمتار",
                "altitude en mètres",
                "altitude in metres",
            ),
            _ => fixed("الدقة بالأمتار", "précision en mètres", "accuracy in metres"),
        }),
    }
}

impl Dictionary {
    /// The dictionary as rows of a table, headings first; each choice has a row of its own.
    #[must_use]
    pub fn rows(&self) -> Vec<Vec<String>> {
        let mut rows = vec![
            ["table", "column", "choice", "type", "ar", "fr", "en"]
                .map(str::to_owned)
                .to_vec(),
        ];
        for column in &self.columns {
            rows.push(vec![
                column.table.clone(),
                column.column.clone(),
                String::new(),
                column.kind.clone(),
                column.ar.clone(),
                column.fr.clone(),
                column.en.clone(),
            ]);
            for choice in &column.choices {
                rows.push(vec![
                    column.table.clone(),
                    column.column.clone(),
                    choice.name.clone(),
                    String::new(),
                    choice.ar.clone(),
                    choice.fr.clone(),
                    choice.en.clone(),
                ]);
            }
        }
        rows
    }
}

impl Provenance {
    /// Names and values, with what was written.
    #[must_use]
    pub fn rows(&self, written: &Written) -> Vec<(String, String)> {
        let mut rows: Vec<(String, String)> = [
            ("title", &self.title),
            ("form_id", &self.form_id),
            ("form_version", &self.form_version),
            ("exported_at", &self.exported_at),
            ("exported_by", &self.exported_by),
            ("licence", &self.licence),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.clone()))
        .collect();
        rows.push(("responses".to_owned(), written.responses.to_string()));
        for (table, count) in &written.rows {
            rows.push((format!("rows of {table}"), count.to_string()));
        }
        rows.extend(
            self.source
                .iter()
                .map(|(name, value)| (name.clone(), value.clone())),
        );
        rows
    }
}
