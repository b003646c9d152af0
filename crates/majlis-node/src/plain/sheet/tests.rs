//! Forms of other programs come back the same.

use std::path::Path;

use majlis_core::record::{Record, Records};
use majlis_formats::{Logic, xlsform};

use super::*;

/// Whatever is in neither is not compared: the order of lists means nothing.
fn sorted(mut form: other::Form) -> other::Form {
    form.lists.sort_by(|a, b| a.name.cmp(&b.name));
    form
}

pub(crate) fn numbered() -> impl FnMut() -> QuestionId {
    let mut next = 0_u64;
    move || {
        next += 1;
        QuestionId::from_bytes(next.to_be_bytes())
    }
}

fn there_and_back(form: &other::Form) -> Form {
    let core = form_of(form, &mut numbered()).unwrap();
    assert_eq!(sorted(sheet(&core, "id")), sorted(form.clone()));
    // And once more, frozen.
    let records = vec![Record::Open(core.clone())];
    let bytes = Records { records }.encode();
    let read = Records::decode(&bytes).unwrap().records;
    assert_eq!(read, [Record::Open(core.clone())]);
    core
}

#[test]
fn the_shared_forms_come_back_the_same() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/xlsform");
    let Ok(files) = std::fs::read_dir(&folder) else {
        println!("SKIPPED: no forms in {}", folder.display());
        return;
    };
    let mut seen = 0;
    for file in files {
        let path = file.unwrap().path();
        let reading = xlsform::read(&std::fs::read(&path).unwrap(), "form");
        let Some(form) = reading.form else { continue };
        let logic = Logic::new(&form).unwrap();
        let core = there_and_back(logic.form());
        core.check()
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        seen += 1;
    }
    assert_eq!(seen, 13);
}

/// Forms below the folder that `FORMS` names, for whoever has some: every file that is read without an
/// error, by its path.
pub(crate) fn other_forms() -> Vec<(String, other::Form)> {
    let mut folders: Vec<std::path::PathBuf> = std::env::var_os("FORMS")
        .into_iter()
        .map(Into::into)
        .collect();
    let mut forms = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let reading = xlsform::read(&std::fs::read(&path).unwrap(), "form");
            if reading.is_usable()
                && let Some(form) = reading.form
            {
                forms.push((path.display().to_string(), form));
            }
        }
    }
    forms
}

/// Tries something with each form and says at the end which ones it went wrong with.
pub(crate) fn with_each(forms: Vec<(String, other::Form)>, try_it: impl Fn(&str, &other::Form)) {
    let mut wrong = Vec::new();
    for (name, form) in forms {
        let tried = std::panic::AssertUnwindSafe(|| try_it(&name, &form));
        if std::panic::catch_unwind(tried).is_err() {
            wrong.push(name);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn other_forms_come_back_the_same() {
    with_each(other_forms(), |name, form| {
        let logic = Logic::new(form).unwrap();
        match form_of(logic.form(), &mut numbered()) {
            Ok(_) => drop(there_and_back(logic.form())),
            Err(error) => println!("not taken: {name}: {error:?}"),
        }
    });
}

#[test]
fn made_up_forms_come_back_the_same() {
    for seed in 0..500 {
        let mut rng = fastrand::Rng::with_seed(seed);
        let form = made_up(&mut rng);
        if Logic::new(&form).is_ok() {
            there_and_back(&form);
        }
    }
}

fn words(rng: &mut fastrand::Rng) -> other::Texts {
    let languages = ["English (en)", "العربية (ar)"];
    let each = languages.into_iter().filter(|_| rng.bool());
    let each: Vec<&str> = each.collect();
    let text = |language: &str| (language.to_owned(), format!("{language} {}", rng.u8(..)));
    other::Texts(each.into_iter().map(text).collect())
}

fn items(rng: &mut fastrand::Rng, depth: usize, number: &mut u32) -> Vec<other::Item> {
    let list = "things".to_owned();
    let or_other = false;
    (0..rng.usize(1..5))
        .map(|_| {
            *number += 1;
            let kinds = [
                other::Kind::Text,
                other::Kind::Integer,
                other::Kind::Decimal,
                other::Kind::Note,
                other::Kind::SelectOne {
                    list: list.clone(),
                    or_other,
                },
                other::Kind::SelectMultiple {
                    list: list.clone(),
                    or_other,
                },
                other::Kind::Rank { list: list.clone() },
                other::Kind::Range,
                other::Kind::Time,
                other::Kind::DateTime,
                other::Kind::Geopoint,
                other::Kind::Image,
                other::Kind::Geotrace,
                other::Kind::SelectFromFile {
                    multiple: true,
                    file: "villages.csv".to_owned(),
                },
                other::Kind::Calculate,
                other::Kind::Metadata {
                    what: other::Metadata::SimSerial,
                },
                other::Kind::Other {
                    written: "audit".to_owned(),
                },
                other::Kind::Group,
                other::Kind::Repeat,
            ];
            let kind = kinds[rng.usize(..kinds.len())].clone();
            let mut item = other::Item::new(&format!("q{number}"), kind);
            item.label = words(rng);
            item.hint = words(rng);
            item.constraint_message = words(rng);
            let some = |rng: &mut fastrand::Rng, text: &str| rng.bool().then(|| text.to_owned());
            item.rules.relevant = some(rng, "1 = 1");
            let required = if rng.bool() { "true()" } else { "2 > 1" };
            item.rules.required = some(rng, required);
            item.rules.default = some(rng, "3");
            item.appearance = some(rng, "minimal");
            if item.kind == other::Kind::Range {
                for name in ["start", "end", "step"] {
                    let part = ["0", "2", "0.5", "9", "x"][rng.usize(..5)];
                    if rng.bool() {
                        item.parameters.insert(name.to_owned(), part.to_owned());
                    }
                }
            }
            if rng.bool() {
                item.kept.insert("low".to_owned(), "never".to_owned());
                item.media.insert(other::MediaKind::Audio, words(rng));
                item.media.retain(|_, texts| !texts.is_empty());
            }
            if item.kind.is_section() && depth < 3 {
                item.items = items(rng, depth + 1, number);
            }
            item
        })
        .collect()
}

pub(crate) fn made_up(rng: &mut fastrand::Rng) -> other::Form {
    let choice = |name: &str, rng: &mut fastrand::Rng| other::Choice {
        name: name.to_owned(),
        label: words(rng),
        properties: [("kind".to_owned(), "1".to_owned())].into(),
        ..other::Choice::default()
    };
    let mut lists = Vec::new();
    for name in ["read_only_by_expressions", "things"] {
        lists.push(other::ChoiceList {
            name: name.to_owned(),
            choices: vec![choice("a", rng), choice("b", rng)],
        });
    }
    other::Form {
        settings: other::Settings {
            title: "Made up".to_owned(),
            id: "made_up".to_owned(),
            kept: [("public_key".to_owned(), "k".to_owned())].into(),
            ..other::Settings::default()
        },
        languages: vec![
            other::Language::named("English (en)"),
            other::Language::named("العربية (ar)"),
        ],
        items: items(rng, 0, &mut 0),
        lists,
        kept_sheets: Vec::new(),
    }
}
