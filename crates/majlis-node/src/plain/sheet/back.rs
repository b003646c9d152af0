//! From a form of other programs to a consultation's form.

use std::collections::BTreeMap;

use majlis_core::consultation::form::details::{
    ChoiceList, FormKept, Kept, KeptSheet, Medium, Rules, Text, Translations,
};
use majlis_core::consultation::form::{MAX_OPTIONS, Metadata};
use majlis_core::consultation::{
    Activity, Choice, ChoiceDetails, Details, Form, FormDetails, Question, QuestionKind, Stage,
};
use majlis_core::id::QuestionId;
use majlis_formats::form as other;

use super::{ENDS, LANGUAGE, OWN};
use crate::plain::value;

/// What of a form cannot be asked in a consultation: the name of the question, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotTaken {
    pub(crate) name: String,
    pub(crate) why: &'static str,
}

/// The form, with `or_other` written out before. Questions get ids from `fresh`.
pub(crate) fn form_of(
    sheet: &other::Form,
    fresh: &mut dyn FnMut() -> QuestionId,
) -> Result<Form, NotTaken> {
    let language = sheet.first_language().to_owned();
    let mut reading = Reading {
        sheet,
        language: &language,
        questions: Vec::new(),
        fresh,
    };
    reading.items(&sheet.items, None)?;
    let questions = reading.questions;
    let settings = &sheet.settings;
    let mut kept = settings.kept.clone();
    let [description, audience, stage] = OWN.map(|name| kept.remove(name).unwrap_or_default());
    let mut further = |what: &str| {
        let keys: Vec<String> = kept.keys().cloned().collect();
        let of = |key: String| {
            let name = key.strip_prefix(what)?.strip_prefix("::")?.to_owned();
            Some((name, kept.remove(&key)?))
        };
        keys.into_iter().filter_map(of).collect::<Translations>()
    };
    let (title_in, description_in) = (further("form_title"), further("description"));
    for (name, text) in [
        ("form_id", Some(&settings.id)),
        ("version", settings.version.as_ref()),
        ("default_language", settings.default_language.as_ref()),
        ("instance_name", settings.instance_name.as_ref()),
    ] {
        kept.extend(text.map(|text| (name.to_owned(), text.clone())));
    }
    if settings.allow_choice_duplicates {
        kept.insert("allow_choice_duplicates".to_owned(), "yes".to_owned());
    }
    let asked: std::collections::BTreeSet<&str> = questions
        .iter()
        .map(|question| question.details.kept.list.as_str())
        .collect();
    let lists = sheet.lists.iter();
    let lists = lists.filter(|list| !asked.contains(list.name.as_str()));
    let lists = lists.map(|list| ChoiceList {
        name: list.name.clone(),
        choices: list
            .choices
            .iter()
            .map(|choice| (main(&language, &choice.label), details(&language, choice)))
            .collect(),
    });
    let sheets = sheet.kept_sheets.iter();
    let details = FormDetails {
        // The language of texts that name none is that of a consultation which names none.
        language: if language == LANGUAGE {
            String::new()
        } else {
            language.clone()
        },
        languages: if language == LANGUAGE {
            Vec::new()
        } else {
            sheet.languages.iter().map(|one| one.name.clone()).collect()
        },
        title: title_in,
        description: description_in,
        kept: FormKept {
            settings: kept,
            lists: lists.collect(),
            sheets: sheets
                .map(|kept| KeptSheet {
                    name: kept.name.clone(),
                    cells: kept.cells.clone(),
                })
                .collect(),
        },
    };
    Ok(Form {
        title: settings.title.clone(),
        description,
        audience,
        stage: match stage.as_str() {
            "inform" => Stage::Inform,
            "decide" => Stage::Decide,
            _ => Stage::Consult,
        },
        questions,
        activity: Activity::default(),
        sealing: None,
        details: Box::new(details),
    })
}

struct Reading<'a> {
    sheet: &'a other::Form,
    language: &'a str,
    questions: Vec<Question>,
    fresh: &'a mut dyn FnMut() -> QuestionId,
}

impl Reading<'_> {
    fn items(
        &mut self,
        items: &[other::Item],
        part_of: Option<QuestionId>,
    ) -> Result<(), NotTaken> {
        for item in items {
            let id = (self.fresh)();
            let question = self.question(item, id, part_of)?;
            self.questions.push(question);
            self.items(&item.items, Some(id))?;
        }
        Ok(())
    }

    fn question(
        &self,
        item: &other::Item,
        id: QuestionId,
        part_of: Option<QuestionId>,
    ) -> Result<Question, NotTaken> {
        let language = self.language;
        let mut kept = Kept {
            list: item.kind.list().unwrap_or_default().to_owned(),
            parameters: item.parameters.clone(),
            cells: item.kept.clone(),
        };
        let kind = self.kind(item, &mut kept)?;
        let rules = &item.rules;
        let text = |rule: &Option<String>| rule.clone().unwrap_or_default();
        let required = rules.required.as_deref() == Some("true()");
        let in_all = |texts: &other::Texts| Text {
            main: main(language, texts),
            others: further(language, texts),
        };
        Ok(Question {
            id,
            label: main(language, &item.label),
            hint: main(language, &item.hint),
            required,
            kind,
            details: Details {
                name: item.name.clone(),
                part_of,
                rules: Rules {
                    relevant: text(&rules.relevant),
                    required_if: if required {
                        String::new()
                    } else {
                        text(&rules.required)
                    },
                    constraint: text(&rules.constraint),
                    calculation: text(&rules.calculation),
                    trigger: rules.trigger.join(", "),
                    default: text(&rules.default),
                    read_only: text(&rules.read_only),
                    choice_filter: text(&rules.choice_filter),
                    repeat_count: text(&rules.repeat_count),
                },
                label: further(language, &item.label),
                hint: further(language, &item.hint),
                guidance: in_all(&item.guidance_hint),
                constraint_message: in_all(&item.constraint_message),
                required_message: in_all(&item.required_message),
                appearance: item.appearance.clone().unwrap_or_default(),
                media: media(&item.media),
                kept,
            },
        })
    }

    fn options(&self, item: &other::Item, list: &str) -> Result<Vec<Choice>, NotTaken> {
        let refused = |why| NotTaken {
            name: item.name.clone(),
            why,
        };
        let list = self.sheet.list(list);
        let list = list.ok_or_else(|| refused("its list of choices is not there"))?;
        if list.choices.is_empty() || list.choices.len() > MAX_OPTIONS {
            return Err(refused("its list of choices is empty or too long"));
        }
        let numbered = (1_u16..).zip(&list.choices);
        let option = |(id, choice): (u16, &other::Choice)| Choice {
            id,
            label: main(self.language, &choice.label),
            details: details(self.language, choice),
        };
        Ok(numbered.map(option).collect())
    }

    fn kind(&self, item: &other::Item, kept: &mut Kept) -> Result<QuestionKind, NotTaken> {
        let (min, max) = (None, None);
        Ok(match &item.kind {
            other::Kind::Group => QuestionKind::Group,
            other::Kind::Repeat => QuestionKind::Repeat,
            other::Kind::Text => QuestionKind::Text,
            other::Kind::Integer => QuestionKind::WholeNumber { min, max },
            other::Kind::Decimal => QuestionKind::Number { min, max },
            other::Kind::Note => QuestionKind::Note,
            other::Kind::SelectOne { list, .. } => {
                QuestionKind::SingleChoice(self.options(item, list)?)
            }
            other::Kind::SelectMultiple { list, .. } => QuestionKind::MultipleChoice {
                options: self.options(item, list)?,
                most: 0,
            },
            other::Kind::Rank { list } => QuestionKind::Ranking(self.options(item, list)?),
            other::Kind::Range => range(kept),
            other::Kind::Date => QuestionKind::Date,
            other::Kind::Time => QuestionKind::Time,
            other::Kind::DateTime => QuestionKind::DateTime,
            other::Kind::Geopoint => QuestionKind::Place,
            other::Kind::Image => QuestionKind::Photo,
            other::Kind::Audio => QuestionKind::Sound,
            other::Kind::Barcode => QuestionKind::Barcode,
            other::Kind::Acknowledge => QuestionKind::Acknowledge,
            other::Kind::Calculate => QuestionKind::Calculate,
            other::Kind::Hidden => QuestionKind::Hidden,
            other::Kind::Metadata { what } => match what {
                other::Metadata::Start => QuestionKind::Metadata(Metadata::Start),
                other::Metadata::End => QuestionKind::Metadata(Metadata::End),
                other::Metadata::Today => QuestionKind::Metadata(Metadata::Today),
                other::Metadata::DeviceId => QuestionKind::Metadata(Metadata::Device),
                other::Metadata::Username => QuestionKind::Metadata(Metadata::User),
                // What would tell a telephone or a person apart is not asked of a device.
                _ => QuestionKind::Other(item.kind.written()),
            },
            kind => QuestionKind::Other(kind.written()),
        })
    }
}

/// The kind that is written so, of those that a consultation keeps and does not ask.
pub(super) fn kind_written(written: &str) -> other::Kind {
    let file = |multiple, file: &str| other::Kind::SelectFromFile {
        multiple,
        file: file.to_owned(),
    };
    let what = |what| other::Kind::Metadata { what };
    match written {
        "geotrace" => other::Kind::Geotrace,
        "geoshape" => other::Kind::Geoshape,
        "file" => other::Kind::File,
        "video" => other::Kind::Video,
        "background-audio" => other::Kind::BackgroundAudio,
        "range" => other::Kind::Range,
        "email" => what(other::Metadata::Email),
        "phonenumber" => what(other::Metadata::PhoneNumber),
        "simserial" => what(other::Metadata::SimSerial),
        "subscriberid" => what(other::Metadata::SubscriberId),
        _ => {
            if let Some(name) = written.strip_prefix("select_one_from_file ") {
                file(false, name)
            } else if let Some(name) = written.strip_prefix("select_multiple_from_file ") {
                file(true, name)
            } else {
                other::Kind::Other {
                    written: written.to_owned(),
                }
            }
        }
    }
}

/// Where a range begins and ends and its step, in millionths; `None` for what is no such number.
fn range_of(parameters: &BTreeMap<String, String>) -> Option<(i64, i64, i64)> {
    let part = |name: &str, usual: i64| match parameters.get(name) {
        None => Some(usual * 1_000_000),
        Some(text) => value::number(text),
    };
    let (from, to, step) = (part("start", 0)?, part("end", 10)?, part("step", 1)?);
    (from < to && step > 0).then_some((from, to, step))
}

/// Says the range, where the parameters do not say it already.
pub(super) fn put_range(parameters: &mut BTreeMap<String, String>, from: i64, to: i64, step: i64) {
    if range_of(parameters) != Some((from, to, step)) {
        for (name, number) in [("start", from), ("end", to), ("step", step)] {
            parameters.insert(name.to_owned(), value::decimal(number));
        }
    }
}

/// A scale where it has few whole steps.
fn range(kept: &mut Kept) -> QuestionKind {
    let Some((from, to, step)) = range_of(&kept.parameters) else {
        return QuestionKind::Other("range".to_owned());
    };
    let whole = |number: i64| {
        let whole = (number % 1_000_000 == 0).then_some(number / 1_000_000)?;
        i16::try_from(whole).ok()
    };
    match (whole(from), whole(to)) {
        (Some(first), Some(last))
            if step == 1_000_000 && i32::from(last) - i32::from(first) <= 100 =>
        {
            let [low, high] = ENDS.map(|column| kept.cells.remove(column).unwrap_or_default());
            QuestionKind::Scale {
                from: first,
                to: last,
                low,
                high,
            }
        }
        _ => QuestionKind::Range { from, to, step },
    }
}

fn main(language: &str, texts: &other::Texts) -> String {
    texts.0.get(language).cloned().unwrap_or_default()
}

fn further(language: &str, texts: &other::Texts) -> Translations {
    let further = texts.0.iter().filter(|(name, _)| *name != language);
    further
        .map(|(name, text)| (name.clone(), text.clone()))
        .collect()
}

fn media(media: &BTreeMap<other::MediaKind, other::Texts>) -> Vec<Medium> {
    let each = media.iter().flat_map(|(kind, texts)| {
        texts.0.iter().map(|(language, file)| Medium {
            kind: kind.written().to_owned(),
            language: language.clone(),
            file: file.clone(),
            blob: None,
        })
    });
    each.collect()
}

fn details(language: &str, choice: &other::Choice) -> ChoiceDetails {
    ChoiceDetails {
        name: choice.name.clone(),
        label: further(language, &choice.label),
        properties: choice.properties.clone(),
        media: media(&choice.media),
    }
}
