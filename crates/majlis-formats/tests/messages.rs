//! A mistake in a form is said with its sheet, row and column, and with what to do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

#[path = "messages/doubts.rs"]
mod doubts;
#[path = "messages/taken.rs"]
mod taken;

use majlis_formats::message::{Problem, Severity};
use majlis_formats::workbook::{Row, Sheet, Workbook};
use majlis_formats::xlsform::{self, Reading};

fn sheet(name: &str, text: &str) -> Sheet {
    let rows = (1..).zip(text.lines()).map(|(number, line)| Row {
        number,
        numbers: Default::default(),
        cells: (0..)
            .zip(line.split('|'))
            .map(|(column, cell)| (column, cell.trim().to_owned()))
            .filter(|(_, cell)| !cell.is_empty())
            .collect(),
    });
    Sheet {
        name: name.to_owned(),
        rows: rows.filter(|row: &Row| !row.cells.is_empty()).collect(),
        unworked: Vec::new(),
    }
}

fn read(survey: &str, choices: &str) -> Reading {
    let sheets = [("survey", survey), ("choices", choices)];
    let workbook = Workbook {
        sheets: sheets
            .into_iter()
            .filter(|(_, text)| !text.is_empty())
            .map(|(name, text)| sheet(name, text))
            .collect(),
    };
    xlsform::read_workbook(&workbook, "form")
}

#[test]
fn mistakes_are_said_with_their_place() {
    let choices = "list_name|name|label\nyes_no|yes|Yes\nyes_no|no|No\n";
    for (survey, choices, code, row, column) in [
        ("type|name|label\ninteg|a|A", "", "unknown_type", 2, "type"),
        ("type|name|label\n|a|A", "", "missing_type", 2, "type"),
        ("type|name|label\ntext||A", "", "missing_name", 2, "name"),
        ("type|name|label\ntext|1a|A", "", "invalid_name", 2, "name"),
        ("type|name|label\ntext|a b|A", "", "invalid_name", 2, "name"),
        (
            "type|name|label\ntext|a|A\ntext|a|B",
            "",
            "repeated_name",
            3,
            "name",
        ),
        (
            "type|name|label\nselect_one yesno|a|A",
            choices,
            "unknown_list",
            2,
            "type",
        ),
        (
            "type|name|label\nselect_one|a|A",
            choices,
            "missing_list",
            2,
            "type",
        ),
        (
            "type|name|label\nbegin group|a|A",
            "",
            "not_closed",
            2,
            "type",
        ),
        ("type|name|label", "", "nothing_asked", 2, "type"),
        ("type|name|label\nend group||", "", "not_opened", 2, "type"),
        (
            "type|name|label\nbegin repeat|a|A\nend group||",
            "",
            "wrong_end",
            3,
            "type",
        ),
        (
            "type|name|label|relevant\ntext|a|A|${b} = 1",
            "",
            "unknown_reference",
            2,
            "relevant",
        ),
        (
            "type|name|label|constraint\ntext|a|A|. > ",
            "",
            "syntax",
            2,
            "constraint",
        ),
        (
            "type|name|label\ntext|a|Hello ${b}",
            "",
            "unknown_reference",
            2,
            "label::default",
        ),
        (
            "type|name|label\ntext|a|A\nbegin group|g|G\ntext|a|About ${a}\nend group||",
            "",
            "ambiguous_reference",
            4,
            "label::default",
        ),
        (
            "type|name|label|relevant\ntext|a|A|${a} = 1",
            "",
            "circular",
            2,
            "relevant",
        ),
        (
            "type|name|label|relevant\ntext|a|A|${b} = 1\ntext|b|B|${a} = 1",
            "",
            "circular",
            2,
            "relevant",
        ),
        (
            "type|name|label|parameters\nrange|a|A|end=ten",
            "",
            "bad_parameter",
            2,
            "parameters",
        ),
        (
            "type|name|label|parameters\nrange|a|A|start=2 stop=9",
            "",
            "unknown_parameter",
            2,
            "parameters",
        ),
        (
            "type|name|label|parameters\nrange|a|A|step=0",
            "",
            "bad_parameter",
            2,
            "parameters",
        ),
        (
            "type|name|label|parameters\nrange|a|A|start=7 end=3 step=2 placeholder=9",
            "",
            "bad_parameter",
            2,
            "parameters",
        ),
        (
            "type|name|label|parameters\nrange|a|A|end=6 step=2 tick_interval=3",
            "",
            "bad_parameter",
            2,
            "parameters",
        ),
        (
            "type|name|label|parameters\nrange|a|A|tick_labelset=l",
            "list_name|name|label\nl|eleven|A",
            "bad_parameter",
            2,
            "parameters",
        ),
        (
            "type|name|label|parameters\nselect_one yes_no|a|A|randomize=perhaps",
            choices,
            "bad_parameter",
            2,
            "parameters",
        ),
        (
            "type|name|label|parameters\nimage|a|A|max-pixels=big",
            "",
            "bad_parameter",
            2,
            "parameters",
        ),
        (
            "type|name|label|parameters\ngeopoint|a|A|capture-accuracy==5",
            "",
            "bad_parameter",
            2,
            "parameters",
        ),
        (
            "type|name|label|trigger|calculation\ncalculate|a|||1 + 1\ncalculate|b||${a}|now()\ntext|c|C||",
            "",
            "trigger_not_asked",
            3,
            "trigger",
        ),
        (
            "type|name|label\nselect_one l|a|A",
            "list_name|name|label\nl|x|Like ${b}",
            "unknown_reference",
            2,
            "label::default",
        ),
        (
            "type|name|label|trigger\ntext|a|A|${b}",
            "",
            "unknown_reference",
            2,
            "trigger",
        ),
        (
            "type|name|label\nselect_multiple l|a|A",
            "list_name|name|label\nl|a b|AB",
            "space_in_choice",
            2,
            "name",
        ),
        (
            "type|name|label\nselect_one l|a|A",
            "list_name|name|label\nl|a|A\nl|a|B",
            "repeated_choice",
            3,
            "name",
        ),
        (
            "type|name|label\nselect_one l|a|A",
            "list_name|name|label\nl||A",
            "missing_choice_name",
            2,
            "name",
        ),
    ] {
        let reading = read(survey, choices);
        assert!(!reading.is_usable(), "{survey}");
        let json = serde_json::to_value(&reading.messages).unwrap();
        let found = json.as_array().unwrap().iter().any(|message| {
            message["code"] == code
                && message["severity"] == "error"
                && message["row"] == row
                && (column.is_empty() || message["column"] == column)
                && message["sheet"].is_string()
                && message["text"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
                && message["advice"]
                    .as_str()
                    .is_some_and(|text| !text.is_empty())
        });
        assert!(found, "{code} is not among {json:#}");
    }
}

#[test]
fn all_mistakes_are_said_at_once() {
    let reading = read(
        "type|name|label|relevant\ninteg|a|A|\ntext|b|B|${c}\ntext|b|B|1 +\nselect_one x|d|D|",
        "",
    );
    let codes: Vec<_> = reading
        .errors()
        .map(|message| serde_json::to_value(message).unwrap()["code"].clone())
        .collect();
    assert!(codes.len() >= 3, "{codes:?}");
}

#[test]
fn a_near_name_is_offered() {
    let reading = read(
        "type|name|label|relevant\ninteger|age|A|\ntext|b|B|${aeg} > 1",
        "",
    );
    let json = serde_json::to_value(&reading.messages).unwrap();
    assert_eq!(json[0]["meant"], "age");
}

#[test]
fn what_is_beyond_is_kept_and_said() {
    let reading = read(
        "type|name|label|colour|save_to\ntext|a|A|red|prop\naudit|log||\ngeoshape|g|G||\nselect_one_from_file f.csv|f|F||",
        "",
    );
    assert!(reading.is_usable(), "{:?}", reading.messages);
    assert!(
        reading
            .messages
            .iter()
            .all(|one| one.severity == Severity::Note)
    );
    let form = reading.form.unwrap();
    assert_eq!(form.items[0].kept["colour"], "red");
    assert_eq!(form.items[0].kept["save_to"], "prop");
    let kept = reading
        .messages
        .iter()
        .filter(|one| matches!(one.problem, Problem::NotSupportedYet { .. }))
        .count();
    assert_eq!(kept, 4);
}

#[test]
fn empty_rows_are_allowed_and_a_long_gap_ends_the_sheet() {
    let survey = format!(
        "type|name|label\ntext|a|A\n\n\ntext|b|B\n{}text|c|C",
        "\n".repeat(25)
    );
    let reading = read(&survey, "");
    assert_eq!(reading.form.unwrap().items.len(), 2);
    assert!(
        reading
            .messages
            .iter()
            .any(|one| matches!(one.problem, Problem::RowsAfterGap { first: 31 }))
    );
}

#[test]
fn direction_follows_from_the_code() {
    let reading = read(
        "type|name|label::Arabic (ar)|label::French (fr)|label::Kurdish (ku-Arab)\ntext|a|Name?|Nom.|.",
        "",
    );
    let form = reading.form.unwrap();
    let directions: Vec<bool> = form.languages.iter().map(|one| one.right_to_left).collect();
    assert_eq!(directions, [true, false, true]);
    assert_eq!(form.language_of("fr"), "French (fr)");
}

#[test]
fn the_order_of_languages_stays_whatever_the_default_is() {
    let survey = "type|name|label::Swahili (sw)|label::English (en)\ntext|a|Jina|Name";
    let workbook = Workbook {
        sheets: vec![
            sheet("survey", survey),
            sheet("settings", "form_id|default_language\nf|English (en)"),
        ],
    };
    let form = xlsform::read_workbook(&workbook, "form").form.unwrap();
    let again = xlsform::read(&xlsform::write(&form).unwrap(), "form").form;
    assert_eq!(again.as_ref(), Some(&form));
    assert_eq!(form.languages[0].name, "Swahili (sw)");
    assert_eq!(form.first_language(), "English (en)");
}

#[test]
fn a_file_of_choices_takes_any_answer_though_it_be_filtered() {
    let reading = read(
        "type|name|label|choice_filter|required\ntext|r|R||\nselect_one_from_file f.csv|d|D|r = ${r}|yes",
        "",
    );
    let logic = majlis_formats::Logic::new(&reading.form.unwrap()).unwrap();
    let mut filling =
        majlis_formats::Filling::start(logic.into(), majlis_formats::Surroundings::default());
    filling.set("/r", "x").unwrap();
    filling.set("/d", "row_1").unwrap();
    filling.set("/r", "y").unwrap();
    assert_eq!(filling.answer("/d"), "row_1");
    assert!(filling.finish().is_ok());
}

#[test]
fn groups_do_not_lie_without_end() {
    let deep: String = (0..60)
        .map(|number| format!("begin group|g{number}|G\n"))
        .collect();
    let ends = "end group||\n".repeat(60);
    let reading = read(&format!("type|name|label\n{deep}{ends}"), "");
    assert!(!reading.is_usable());
}

#[test]
fn every_code_is_listed() {
    let codes = Problem::codes();
    assert!(codes.contains(&"unknown_reference".to_owned()));
    assert!(codes.len() > 30);
}

#[test]
fn what_pyxform_refuses_is_refused_with_its_place() {
    let said = |survey: &str| {
        let reading = read(survey, "");
        assert!(!reading.is_usable(), "{survey}");
        let found = reading.messages.iter();
        let errors = found.filter(|one| one.severity == Severity::Error);
        let errors: Vec<_> = errors
            .map(|one| (one.problem.code(), one.place.row))
            .collect();
        errors
    };
    let code = |name: &str, row| vec![(name.to_owned(), Some(row))];
    let lost = "type|name|label|caption\ntext|a|A|B";
    assert_eq!(said(lost), code("repeated_column", 1));
    let idle = "type|name|label|calculation\ncalculate|a||\ncalculate|b||1 + 1";
    assert_eq!(said(idle), code("missing_calculation", 2));
    let unnamed = "type|name|label\nbegin group||G\ntext|a|A\nend group||";
    assert_eq!(said(unnamed), code("missing_name", 2));
    // A calculation may be a first value that is worked out.
    assert!(read("type|name|label|default\ncalculate|a||today()", "").is_usable());
    // A choice without a list is never offered, and harms nothing.
    let reading = read(
        "type|name|label\nselect_one l|a|A",
        "list_name|name|label\nl|x|X\n|y|Y",
    );
    assert!(reading.is_usable());
    assert!(
        reading
            .messages
            .iter()
            .any(|one| one.problem.code() == "missing_list_name")
    );
}

#[test]
fn messages_name_earlier_rows_in_words() {
    let reading = read("type|name|label\ntext|a|A\ntext|a|B", "");
    let said: Vec<String> = reading.messages.iter().map(ToString::to_string).collect();
    assert!(
        said.iter()
            .any(|one| one.contains("(the first is in row 2)")),
        "{said:?}"
    );
}

/// Whoever mends a form mends all of it at once, and is not sent after what only follows.
#[test]
fn a_broken_expression_is_said_beside_mistakes_of_other_kinds() {
    let survey = "type|name|label|relevant|constraint\n\
        integ|a|A||\n\
        text|b|B|${a} > 1|\n\
        text|c|C||. >\n\
        text|d|D|${nowhere} = 1|\n\
        text|e|E|${a_other} = 1|\n";
    let reading = read(survey, "");
    assert!(reading.form.is_none());
    let said: Vec<(String, Option<u32>)> = reading
        .messages
        .iter()
        .filter(|message| message.severity == Severity::Error)
        .map(|message| (message.problem.code(), message.place.row))
        .collect();
    let expected = [("unknown_type", 2), ("syntax", 4), ("unknown_reference", 5)];
    assert_eq!(
        said,
        expected.map(|(code, row)| (code.to_owned(), Some(row)))
    );
}

#[test]
fn a_text_that_begins_to_name_an_answer_is_said_where_it_stands() {
    let reading = read(
        "type|name|label::Arabic (ar)\ntext|crop|المحصول\ntext|b|ماذا فعلت بمخلفات ${crop خلال السنة؟",
        "",
    );
    assert!(reading.is_usable());
    let json = serde_json::to_value(&reading.messages).unwrap();
    let said = json.as_array().unwrap().iter();
    let said: Vec<_> = said
        .filter(|one| one["code"] == "broken_reference")
        .collect();
    assert_eq!(said.len(), 1, "{json:#}");
    assert_eq!(said[0]["severity"], "warning");
    assert_eq!(said[0]["row"], 3);
    assert_eq!(said[0]["column"], "label::Arabic (ar)");
}
