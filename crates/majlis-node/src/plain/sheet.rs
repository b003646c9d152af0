//! A consultation's form as a form of other programs, and back. Whatever such a form says on level 1 of
//! XLSForm comes back the same; what is beyond that is kept and written back.
//! Not here: answers (`plain::answers`), what a form's conditions mean (`majlis_formats`).

mod back;
mod names;

use majlis_core::consultation::form::Metadata;
use majlis_core::consultation::form::details::{Medium, Rules, Text, Translations};
use majlis_core::consultation::{Choice, Form, Question, QuestionKind, Stage};
use majlis_core::id::QuestionId;
use majlis_formats::form as other;

pub(crate) use back::form_of;
pub(crate) use names::Names;

use crate::plain::value;

/// The language of texts that name none.
const LANGUAGE: &str = "label";
/// Settings of a consultation that an XLSForm has no column for.
const OWN: [&str; 3] = ["description", "audience", "stage"];
/// What the ends of a scale mean, in columns of their own.
const ENDS: [&str; 2] = ["low", "high"];

/// The name of the language that a form's texts are in.
pub(crate) fn language(form: &Form) -> &str {
    if form.details.language.is_empty() {
        LANGUAGE
    } else {
        &form.details.language
    }
}

fn texts(language: &str, main: &str, further: &Translations) -> other::Texts {
    let main = (!main.is_empty()).then(|| (language.to_owned(), main.to_owned()));
    let further = further.iter();
    let further = further.map(|(name, text)| (name.clone(), text.clone()));
    other::Texts(main.into_iter().chain(further).collect())
}

fn in_all(language: &str, text: &Text) -> other::Texts {
    texts(language, &text.main, &text.others)
}

fn media(list: &[Medium]) -> std::collections::BTreeMap<other::MediaKind, other::Texts> {
    let kinds = [
        other::MediaKind::Image,
        other::MediaKind::BigImage,
        other::MediaKind::Audio,
        other::MediaKind::Video,
    ];
    let mut out = std::collections::BTreeMap::<_, other::Texts>::new();
    for medium in list {
        if let Some(kind) = kinds.into_iter().find(|kind| kind.written() == medium.kind) {
            let texts = &mut out.entry(kind).or_default().0;
            texts.insert(medium.language.clone(), medium.file.clone());
        }
    }
    out
}

/// The form; `id` names it where it brought no name of its own.
pub(crate) fn sheet(form: &Form, id: &str) -> other::Form {
    let language = language(form);
    let mut kept = form.details.kept.settings.clone();
    let mut own = |name: &str| kept.remove(name);
    let settings = other::Settings {
        title: form.title.clone(),
        id: own("form_id").unwrap_or_else(|| id.to_owned()),
        version: own("version"),
        default_language: own("default_language"),
        instance_name: own("instance_name"),
        allow_choice_duplicates: own("allow_choice_duplicates").is_some(),
        kept: std::collections::BTreeMap::new(),
    };
    let names = Names::of(form);
    let mut whole = other::Form {
        settings,
        ..other::Form::default()
    };
    whole.languages = if form.details.language.is_empty() {
        vec![other::Language::named(LANGUAGE)]
    } else {
        let all = form.details.languages.iter();
        all.map(|name| other::Language::named(name)).collect()
    };
    let stage = match form.stage {
        Stage::Inform => "inform",
        Stage::Consult => "",
        Stage::Decide => "decide",
    };
    for (name, text) in OWN
        .into_iter()
        .zip([&form.description, &form.audience, stage])
    {
        if !text.is_empty() {
            kept.insert(name.to_owned(), text.to_owned());
        }
    }
    for (what, texts) in [
        ("form_title", &form.details.title),
        ("description", &form.details.description),
    ] {
        let further = texts.iter();
        kept.extend(further.map(|(name, text)| (format!("{what}::{name}"), text.clone())));
    }
    whole.settings.kept = kept;
    let mut lists = Lists(Vec::new());
    for list in &form.details.kept.lists {
        let choices = list.choices.iter().map(|(label, details)| other::Choice {
            name: details.name.clone(),
            label: texts(language, label, &details.label),
            media: media(&details.media),
            properties: details.properties.clone(),
            row: other::Origin(None),
        });
        lists.0.push(other::ChoiceList {
            name: list.name.clone(),
            choices: choices.collect(),
        });
    }
    let sheets = form.details.kept.sheets.iter();
    let sheets = sheets.map(|kept| other::KeptSheet {
        name: kept.name.clone(),
        cells: kept.cells.clone(),
    });
    whole.kept_sheets = sheets.collect();
    let mut written: Vec<(Option<QuestionId>, QuestionId, other::Item)> = Vec::new();
    for question in &form.questions {
        let name = names.name(question.id);
        let item = item(question, name, language, &mut lists);
        written.push((question.details.part_of, question.id, item));
    }
    // What stands in a section comes after it, so the last is whole first.
    let mut inside: std::collections::BTreeMap<QuestionId, Vec<other::Item>> =
        std::collections::BTreeMap::new();
    for (part_of, id, mut item) in written.into_iter().rev() {
        let mut items = inside.remove(&id).unwrap_or_default();
        items.reverse();
        item.items = items;
        match part_of {
            Some(section) => inside.entry(section).or_default().push(item),
            None => whole.items.push(item),
        }
    }
    whole.items.reverse();
    whole.lists = lists.0;
    whole
}

/// Lists of choices, each once.
struct Lists(Vec<other::ChoiceList>);

impl Lists {
    fn named(&mut self, question: &Question, name: &str, language: &str) -> String {
        let options = question.kind.options();
        let choices: Vec<other::Choice> = options
            .iter()
            .map(|option| choice(option, language))
            .collect();
        let wanted = &question.details.kept.list;
        let wanted = if wanted.is_empty() { name } else { wanted };
        let mut name = wanted.to_owned();
        let mut number = 2;
        loop {
            match self.0.iter().find(|list| list.name == name) {
                None => {
                    let list = name.clone();
                    self.0.push(other::ChoiceList { name, choices });
                    return list;
                }
                Some(list) if list.choices == choices => return name,
                Some(_) => name = format!("{wanted}_{number}"),
            }
            number += 1;
        }
    }
}

/// The stored value of an option.
pub(crate) fn option_name(option: &Choice) -> String {
    if option.details.name.is_empty() {
        option.id.to_string()
    } else {
        option.details.name.clone()
    }
}

fn choice(option: &Choice, language: &str) -> other::Choice {
    other::Choice {
        name: option_name(option),
        label: texts(language, &option.label, &option.details.label),
        media: media(&option.details.media),
        properties: option.details.properties.clone(),
        row: other::Origin(None),
    }
}

fn item(question: &Question, name: &str, language: &str, lists: &mut Lists) -> other::Item {
    let details = &question.details;
    let or_other = false;
    let mut parameters = details.kept.parameters.clone();
    let mut kept = details.kept.cells.clone();
    let mut limits = Vec::new();
    let bounds = |min: &Option<i64>, max: &Option<i64>| {
        let min = min.map(|min| format!(". >= {}", value::decimal(min)));
        let max = max.map(|max| format!(". <= {}", value::decimal(max)));
        min.into_iter().chain(max).collect::<Vec<String>>()
    };
    let kind = match &question.kind {
        // Points and votes as text: options or statements with what they were given.
        QuestionKind::Text | QuestionKind::Points { .. } | QuestionKind::Statements => {
            other::Kind::Text
        }
        QuestionKind::Number { min, max } => {
            limits = bounds(min, max);
            other::Kind::Decimal
        }
        QuestionKind::WholeNumber { min, max } => {
            limits = bounds(min, max);
            other::Kind::Integer
        }
        QuestionKind::SingleChoice(_) => {
            let list = lists.named(question, name, language);
            other::Kind::SelectOne { list, or_other }
        }
        QuestionKind::MultipleChoice { most, .. } => {
            if *most > 0 {
                limits.push(format!("count-selected(.) <= {most}"));
            }
            let list = lists.named(question, name, language);
            other::Kind::SelectMultiple { list, or_other }
        }
        QuestionKind::Ranking(_) => {
            let list = lists.named(question, name, language);
            other::Kind::Rank { list }
        }
        QuestionKind::Scale {
            from,
            to,
            low,
            high,
        } => {
            let whole = |step: &i16| i64::from(*step).saturating_mul(1_000_000);
            back::put_range(&mut parameters, whole(from), whole(to), 1_000_000);
            for (column, text) in ENDS.into_iter().zip([low, high]) {
                if !text.is_empty() {
                    kept.insert(column.to_owned(), text.clone());
                }
            }
            other::Kind::Range
        }
        QuestionKind::Range { from, to, step } => {
            back::put_range(&mut parameters, *from, *to, *step);
            other::Kind::Range
        }
        QuestionKind::Date => other::Kind::Date,
        QuestionKind::Photo => other::Kind::Image,
        QuestionKind::Sound => other::Kind::Audio,
        QuestionKind::Group => other::Kind::Group,
        QuestionKind::Repeat => other::Kind::Repeat,
        QuestionKind::Note => other::Kind::Note,
        QuestionKind::Time => other::Kind::Time,
        QuestionKind::DateTime => other::Kind::DateTime,
        QuestionKind::Place => other::Kind::Geopoint,
        QuestionKind::Barcode => other::Kind::Barcode,
        QuestionKind::Acknowledge => other::Kind::Acknowledge,
        QuestionKind::Calculate => other::Kind::Calculate,
        QuestionKind::Hidden => other::Kind::Hidden,
        QuestionKind::Metadata(what) => other::Kind::Metadata {
            what: match what {
                Metadata::Start => other::Metadata::Start,
                Metadata::End => other::Metadata::End,
                Metadata::Today => other::Metadata::Today,
                Metadata::Device => other::Metadata::DeviceId,
                Metadata::User => other::Metadata::Username,
            },
        },
        QuestionKind::Other(written) => back::kind_written(written),
    };
    let mut item = other::Item::new(name, kind);
    item.label = texts(language, &question.label, &details.label);
    item.hint = texts(language, &question.hint, &details.hint);
    item.guidance_hint = in_all(language, &details.guidance);
    item.constraint_message = in_all(language, &details.constraint_message);
    item.required_message = in_all(language, &details.required_message);
    item.media = media(&details.media);
    item.appearance = some(&details.appearance);
    item.parameters = parameters;
    item.kept = kept;
    item.rules = rules(&details.rules, question.required, &limits);
    item
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn rules(rules: &Rules, required: bool, limits: &[String]) -> other::Rules {
    let mut constraint = some(&rules.constraint);
    if !limits.is_empty() {
        let limits = limits.join(" and ");
        constraint = Some(match constraint {
            Some(own) => format!("({own}) and {limits}"),
            None => limits,
        });
    }
    let names = rules.trigger.split(',').map(str::trim);
    other::Rules {
        relevant: some(&rules.relevant),
        required: if required {
            Some("true()".to_owned())
        } else {
            some(&rules.required_if)
        },
        constraint,
        calculation: some(&rules.calculation),
        trigger: names
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        default: some(&rules.default),
        read_only: some(&rules.read_only),
        choice_filter: some(&rules.choice_filter),
        repeat_count: some(&rules.repeat_count),
    }
}

#[cfg(test)]
pub(crate) mod tests;
