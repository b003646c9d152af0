//! What can be read and is probably not as meant is said where it stands: nothing else would ever say so.

use majlis_formats::message::Severity;
use majlis_formats::workbook::Workbook;

use super::read;

const CHOICES: &str = "list_name|name|label|gov\n\
    yn|yes|Yes|\nyn|no|No|\ngov|s|Sousse|\nvil|k|Kalaa|s\nvil|j|Jem|m";

/// The warnings of a form that is usable, by code, row and column.
fn warned(survey: &str) -> Vec<(String, Option<u32>, String)> {
    let reading = read(survey, CHOICES);
    assert!(reading.is_usable(), "{survey}: {:?}", reading.messages);
    let found = reading.messages.iter();
    found
        .filter(|one| one.severity == Severity::Warning)
        .map(|one| {
            let column = one.place.column.clone().unwrap_or_default();
            (one.problem.code(), one.place.row, column)
        })
        .collect()
}

fn one(code: &str, row: u32, column: &str) -> Vec<(String, Option<u32>, String)> {
    vec![(code.to_owned(), Some(row), column.to_owned())]
}

#[test]
fn a_filter_by_a_column_that_no_choice_has_is_said() {
    let form = |filter: &str| {
        format!("type|name|label|choice_filter\nselect_one gov|g|G|\nselect_one vil|v|V|{filter}")
    };
    assert_eq!(warned(&form("gov=${g}")), []);
    assert_eq!(warned(&form("name != ${g}")), []);
    // A name among other nodes is no column of this list.
    let other = "selected(${g}, instance('gov')/root/item[name = 's']/name) or gov = 's'";
    assert_eq!(warned(&form(other)), []);
    let said = one("unknown_choice_column", 3, "choice_filter");
    assert_eq!(warned(&form("gouv=${g}")), said);
    assert_eq!(warned(&form("${g} != '' and gouv=${g}")), said);
}

#[test]
fn an_answer_beside_a_choice_that_is_not_there_is_said() {
    let form = |relevant: &str| {
        format!("type|name|label|relevant\nselect_multiple yn|o|O|\ntext|t|T|\ntext|a|A|{relevant}")
    };
    for sound in [
        "${o} = 'yes'",
        "${o} = 'yes no'",
        "${o} != ''",
        "selected(${o}, 'no')",
        "selected(${o}, ${t})",
        "${t} = 'oui'",
        "'no' = ${o}",
    ] {
        assert_eq!(warned(&form(sound)), [], "{sound}");
    }
    let said = one("no_such_choice", 4, "relevant");
    for wrong in [
        "${o} = 'oui'",
        "'Yes' = ${o}",
        "${t} = 'x' or not(selected(${o}, 'maybe'))",
        "${o} = 1",
        "if(${o} = 'yes and no', true(), false())",
    ] {
        assert_eq!(warned(&form(wrong)), said, "{wrong}");
    }
    // Its label was written for its name: the name is proposed.
    let reading = read(&form("${o} = 'Yes'"), CHOICES);
    assert!(
        reading.messages[0]
            .to_string()
            .contains("perhaps \"yes\" is meant")
    );
    // Who may say something else says it by the name that was added.
    let other = "type|name|label|relevant\nselect_one yn or_other|o|O|\ntext|a|A|${o} = 'other'";
    assert_eq!(warned(other), []);
}

#[test]
fn a_day_without_quotes_is_no_sum() {
    let form = |constraint: &str| format!("type|name|label|constraint\ndate|d|D|{constraint}");
    assert_eq!(warned(&form(". <= '2026-01-05'")), []);
    assert_eq!(warned(&form("string-length(.) - 1 - 1 < 2000 - 5")), []);
    let said = one("day_without_quotes", 2, "constraint");
    assert_eq!(warned(&form(". <= 2026-01-05")), said);
}

#[test]
fn a_first_value_that_is_no_answer_is_said() {
    let form = |kind: &str, value: &str| format!("type|name|label|default\n{kind}|d|D|{value}");
    for (kind, sound, wrong) in [
        ("date", "2026-01-05", "46027"),
        ("date", "today()", "05/01/2026"),
        ("integer", "12", "twelve"),
        ("decimal", "1,5", "1.5.2"),
        ("time", "9:30", "noon"),
        ("select_one yn", "yes", "Yes"),
        ("select_multiple yn", "yes no", "yes maybe"),
    ] {
        assert_eq!(warned(&form(kind, sound)), [], "{kind} {sound}");
        let said = one("no_such_default", 2, "default");
        assert_eq!(warned(&form(kind, wrong)), said, "{kind} {wrong}");
    }
}

#[test]
fn a_heading_that_is_almost_one_with_an_effect_is_no_note() {
    for (heading, meant) in [
        ("relevent", Some("relevant")),
        ("Constrain", Some("constraint")),
        ("requierd", Some("required")),
        ("lable::English (en)", Some("label")),
        ("chioce filter", Some("choice_filter")),
        ("remarks", None),
        ("media", None),
        ("rows", None),
        ("notes", None),
    ] {
        let reading = read(&format!("type|name|label|{heading}\ntext|a|A|x"), "");
        assert!(reading.is_usable());
        let severity = meant.map_or(Severity::Note, |_| Severity::Warning);
        assert_eq!(reading.messages[0].severity, severity, "{heading}");
        if let Some(meant) = meant {
            assert_eq!(reading.messages[0].problem.code(), "misspelt_column");
            let said = reading.messages[0].to_string();
            assert!(
                said.contains(&format!("perhaps {meant:?} is meant")),
                "{said}"
            );
        }
    }
}

#[test]
fn a_title_above_the_headings_is_said_and_nothing_that_only_follows() {
    let reading = read("Our survey\n\ntype|name|label\ntext|a|A", "");
    let errors: Vec<_> = reading.errors().map(|one| one.problem.code()).collect();
    assert_eq!(errors, ["headings_below"]);
    assert!(reading.messages[0].to_string().contains("row 3"));
    let reading = read("name|label\na|A", "");
    let errors: Vec<_> = reading.errors().map(|one| one.problem.code()).collect();
    assert_eq!(errors, ["missing_column"]);
    assert_eq!(reading.messages[0].place.row, Some(1));
}

#[test]
fn texts_that_a_language_lacks_are_said_with_the_first_of_them() {
    let survey = "type|name|label::Arabic (ar)|label::French (fr)\n\
        text|a|ا|A\nbegin group|g|م|G\ntext|b|ب|\nend group|||\ntext|c|ج|";
    let reading = read(survey, "");
    let said = &reading.messages[0];
    assert_eq!(said.problem.code(), "missing_translation");
    assert_eq!(said.place.row, Some(4));
    assert_eq!(said.place.column.as_deref(), Some("label::French (fr)"));
    assert!(said.to_string().contains("2 labels"), "{said}");
}

#[test]
fn a_picture_for_all_languages_is_no_language() {
    let survey = "type|name|label::Arabic (ar)|label::French (fr)|media::image\ntext|a|ا|A|a.png";
    let reading = read(survey, "");
    assert_eq!(reading.messages, []);
    let form = reading.form.unwrap();
    let names: Vec<_> = form.languages.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Arabic (ar)", "French (fr)"]);
    // Written and read again it goes with all of them still.
    let bytes = majlis_formats::xlsform::write(&form).unwrap();
    let again = majlis_formats::xlsform::read(&bytes, "form");
    let again = again.form.unwrap();
    assert_eq!(again.languages, form.languages);
    assert_eq!(again.items[0].media, form.items[0].media);
}

#[test]
fn an_appearance_that_no_program_has_is_said() {
    let form = |look: &str| format!("type|name|label|appearance\nimage|a|A|{look}");
    for known in [
        "signature",
        "w2 minimal",
        "columns-3 no-buttons",
        "Likert",
        "ex:org.x(a='b')",
        "search('x')",
    ] {
        assert_eq!(warned(&form(known)), [], "{known}");
        assert!(read(&form(known), CHOICES).messages.is_empty(), "{known}");
    }
    let said = one("unknown_appearance", 2, "appearance");
    for misspelt in ["signiture", "multi-line", "minimal horizontel"] {
        assert_eq!(warned(&form(misspelt)), said, "{misspelt}");
    }
    // One of another program may be meant: it is kept, and no warning.
    let reading = read(&form("sparkling"), CHOICES);
    let first = reading
        .messages
        .first()
        .map(|one| (one.severity, one.problem.code()));
    assert_eq!(
        first,
        Some((Severity::Note, "unknown_appearance".to_owned()))
    );
}

#[test]
fn of_two_sheets_of_one_name_the_second_is_said_and_written_back_under_another() {
    let two = [
        ("survey", "type|name|label\nselect_one yn|a|A"),
        ("choices", "list_name|name|label\nyn|yes|Yes"),
        ("Choices", "list_name|name|label\nyn|no|No"),
        ("extra", "a\n1"),
        ("extra", "a\n2"),
    ];
    let sheets = two.map(|(name, text)| super::sheet(name, text)).to_vec();
    let reading = majlis_formats::xlsform::read_workbook(&Workbook { sheets }, "form");
    let codes: Vec<_> = reading
        .messages
        .iter()
        .map(|one| one.problem.code())
        .collect();
    assert_eq!(codes, ["misspelt_sheet", "unknown_sheet", "unknown_sheet"]);
    let form = reading.form.unwrap();
    let written = majlis_formats::xlsform::write(&form).unwrap();
    let again = majlis_formats::xlsform::read(&written, "form")
        .form
        .unwrap();
    let names = again.kept_sheets.iter().map(|one| one.name.as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["Choices 2", "extra", "extra 2"]);
}

#[test]
fn a_picture_of_no_language_is_one_of_all_when_written_and_read_again() {
    let survey = "type|name|label::Arabic (ar)|label::French (fr)|media::audio::\ntext|a|A|B|a.ogg";
    let form = read(survey, "list_name|name|label::Arabic (ar)")
        .form
        .unwrap();
    let names = |form: &majlis_formats::form::Form| {
        form.languages
            .iter()
            .map(|one| one.name.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&form), ["Arabic (ar)", "French (fr)"]);
    // As a form of the app has it.
    let mut built = form.clone();
    for texts in built
        .items
        .iter_mut()
        .flat_map(|item| item.media.values_mut())
    {
        texts.0 = std::iter::once((String::new(), "a.ogg".to_owned())).collect();
    }
    let written = majlis_formats::xlsform::write(&built).unwrap();
    let again = majlis_formats::xlsform::read(&written, "form");
    assert!(
        again
            .messages
            .iter()
            .all(|one| one.severity != Severity::Error),
        "{:?}",
        again.messages
    );
    let again = again.form.unwrap();
    assert_eq!(names(&again), names(&form));
    assert_eq!(
        again.items.first().map(|item| &item.media),
        form.items.first().map(|item| &item.media)
    );
}

#[test]
fn a_sheet_that_is_almost_one_that_is_read_is_no_note() {
    let book = |name: &str| {
        let sheets = [
            ("survey", "type|name|label\ntext|a|A"),
            (name, "list_name|name|label\nyn|yes|Yes"),
        ];
        let sheets = sheets.map(|(name, text)| super::sheet(name, text));
        let sheets = sheets.to_vec();
        let reading = majlis_formats::xlsform::read_workbook(&Workbook { sheets }, "form");
        assert!(reading.is_usable());
        let first = reading.messages.first();
        first.map(|one| (one.severity, one.problem.code()))
    };
    let warned = Some((Severity::Warning, "misspelt_sheet".to_owned()));
    for name in ["Choice", "choises", "Survey ", "setings"] {
        assert_eq!(book(name), warned, "{name}");
    }
    let kept = Some((Severity::Note, "unknown_sheet".to_owned()));
    assert_eq!(book("columns"), kept);
    assert_eq!(book("Choices"), None);
}

#[test]
fn a_type_that_other_programs_have_is_answered_with_ours() {
    for (found, meant) in [
        ("number", "integer"),
        ("Radio yn", "select_one"),
        ("checkbox yn", "select_multiple"),
        ("float", "decimal"),
    ] {
        let reading = read(&format!("type|name|label\n{found}|a|A"), CHOICES);
        let said = reading.messages[0].to_string();
        assert!(
            said.contains(&format!("perhaps {meant:?} is meant")),
            "{said}"
        );
    }
}
