//! A mistake in a form is said with its sheet, row and column, and with what to do.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

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

#[test]
fn quotes_that_a_word_processor_bent_are_read_as_they_were_meant() {
    let survey = "type|name|label|relevant|calculation\n\
        select_one l|a|A||\n\
        text|c|C|${a} = “yes\"|\n\
        calculate|e|||concat('it’s', ' ', “so”)";
    let reading = read(survey, "list_name|name|label\nl|don’t_know|?\nl|yes|Yes");
    assert!(reading.is_usable(), "{:?}", reading.messages);
    let form = reading.form.unwrap();
    assert_eq!(form.lists[0].choices[0].name, "don't_know");
    assert_eq!(
        form.items[1].rules.relevant.as_deref(),
        Some("${a} = \"yes\"")
    );
    assert_eq!(
        form.items[2].rules.calculation.as_deref(),
        Some("concat('it’s', ' ', “so”)")
    );
    // Where an apostrophe cannot be told from a quote, what is bent stays a mistake.
    let reading = read(
        "type|name|label|relevant\ntext|a|A|\ntext|b|B|${a} = ’don’t_know'",
        "",
    );
    assert!(!reading.is_usable());
}

#[test]
fn functions_of_other_programs_are_kept_without_effect() {
    let survey = "type|name|label|calculation\ndate|a|A|\ncalculate|b||difference-in-months(${a}, today())\ncalculate|c||cht:extension-lib('x.js', ${a})\ncalculate|d||diference(${a})";
    let reading = read(survey, "");
    let found = |row| {
        let mut messages = reading.messages.iter();
        let found = messages.find(|one| one.place.row == Some(row)).unwrap();
        (found.problem.code(), found.severity)
    };
    let kept = ("not_supported_yet".to_owned(), Severity::Note);
    assert_eq!(found(3), kept);
    assert_eq!(found(4), kept);
    assert_eq!(found(5), ("syntax".to_owned(), Severity::Error));
}

#[test]
fn a_loop_is_a_group_for_each_choice() {
    let survey = "type|name|label::English (en)|label::French (fr)|relevant\n\
        begin loop over means_of|by|Means|Moyens|\n\
        integer|n|How many with %(label)s?|Combien avec %(label)s ?|'%(name)s' != ''\n\
        text|of_%(name)s|Which?|Lequel ?|\n\
        end loop||||";
    let choices = "list_name|name|label::English (en)|label::French (fr)\n\
        means_of|bus|the bus|le bus\nmeans_of|none|nothing|rien\nmeans_of|boat|a boat|un bateau";
    let reading = read(survey, choices);
    assert!(reading.is_usable(), "{:?}", reading.messages);
    let form = reading.form.unwrap();
    let groups: Vec<&str> = form.items[0]
        .items
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(groups, ["bus", "boat"]);
    let boat = &form.items[0].items[1];
    assert_eq!(boat.label.in_language("French (fr)"), Some("un bateau"));
    let asked = &boat.items[0];
    assert_eq!(
        asked.label.in_language("English (en)"),
        Some("How many with a boat?")
    );
    assert_eq!(
        asked.label.in_language("French (fr)"),
        Some("Combien avec un bateau ?")
    );
    assert_eq!(asked.rules.relevant.as_deref(), Some("'boat' != ''"));
    assert_eq!(boat.items[1].name, "of_boat");
    let again = xlsform::read(&xlsform::write(&form).unwrap(), "form").form;
    let again = again.unwrap();
    let xform =
        |form| majlis_formats::openrosa::write_form(&majlis_formats::Logic::new(form).unwrap());
    assert_eq!(xform(&again), xform(&form));

    let errors = |survey: &str| -> Vec<String> {
        let reading = read(survey, choices);
        let found = reading.messages.iter();
        let found = found.filter(|one| one.severity == Severity::Error);
        found.map(|one| one.problem.code()).collect()
    };
    assert_eq!(
        errors("type|name|label\nbegin loop|a|A\ntext|b|B\nend loop||"),
        ["missing_list", "not_opened"]
    );
    assert_eq!(
        errors("type|name|label\nbegin loop over x|a|A\ntext|b|B\nend loop||"),
        ["unknown_list"]
    );
    assert_eq!(
        errors("type|name|label\nbegin_loop means_of|a|A\ntext|b|B\nend group||"),
        ["wrong_end"]
    );
    // Loops in loops multiply; what becomes too many is not written out.
    let many: String = (0..200).map(|number| format!("\nl|c{number}|C")).collect();
    let deep = "type|name|label\nbegin loop over l|a|A\nbegin loop over l|b|B\ntext|t|T\nend loop||\nend loop||";
    let reading = read(deep, &format!("list_name|name|label{many}"));
    assert!(
        reading
            .messages
            .iter()
            .any(|one| one.problem.code() == "too_large")
    );
}

#[test]
fn what_keyboards_for_arabic_write_is_read() {
    let survey = "type|\u{200f}name|label::Arabic (ar)|constraint|relevant|parameters\n\
        \u{feff}integer|\u{200f}age\u{200e}|\u{200f}العمر؟\u{200f}|. >= ٥ and . < ١٢٫٥|\n\
        text|سؤال_١|س||${age} = '٥' or ${age} > ۷|\n\
        select_one\u{200b} l|b|س||${سؤال_١} != ''|\n\
        range|r|س|||start=٠ end=٢٠ step=٥";
    let reading = read(survey, "list_name|name|label\nl|x\u{200f}|X");
    assert!(reading.is_usable(), "{:?}", reading.messages);
    let form = reading.form.unwrap();
    let names: Vec<&str> = form.items.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["age", "سؤال_١", "b", "r"]);
    // What people read keeps its marks.
    let label = form.items[0].label.in_language("Arabic (ar)");
    assert_eq!(label, Some("\u{200f}العمر؟\u{200f}"));
    assert_eq!(
        form.items[0].rules.constraint.as_deref(),
        Some(". >= 5 and . < 12.5")
    );
    let relevant = form.items[1].rules.relevant.as_deref();
    assert_eq!(relevant, Some("${age} = '٥' or ${age} > 7"));
    assert_eq!(
        form.items[2].rules.relevant.as_deref(),
        Some("${سؤال_١} != ''")
    );
    assert_eq!(form.items[3].parameters["end"], "20");
    assert_eq!(form.lists[0].choices[0].name, "x");
}

#[test]
fn a_word_without_quotes_is_like_no_answer_and_said() {
    let reading = read(
        "type|name|label|relevant\ntext|a|A|\ntext|b|B|${a} = yes\ntext|c|C|../x = 1",
        "",
    );
    let found: Vec<_> = reading
        .messages
        .iter()
        .map(|one| (one.problem.code(), one.severity, one.place.row))
        .collect();
    let unknown = || "unknown_reference".to_owned();
    assert_eq!(
        found,
        [
            (unknown(), Severity::Error, Some(4)),
            (unknown(), Severity::Warning, Some(3))
        ]
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
fn what_is_sound_elsewhere_is_taken_here() {
    let choices = "list_name|name|label\nl|a|A\nl|b|B";
    for survey in [
        "type|name|label|parameters\nrange|a|A|start=7; end = 3, step=2 placeholder=5 tick_interval=2",
        "type|name|label|parameters\nrange|a|A|start=-1 end=1 step=0.5",
        "type|name|label|parameters\nselect_one l|a|A|randomize=True seed=${n}\ninteger|n|N|",
        "type|name|label|parameters\naudio|a|A|quality=voice-only\ntext|b|B|rows=3",
        "type|name|label|parameters\ngeopoint|a|A|capture-accuracy=2.5 warning-accuracy=10 allow-mock-accuracy=true",
        "type|name|label\naudit||\ntext|a|A",
        "type|name|label|calculation\nnote|n|Code ${instanceID}|\ncalculate|a||${instanceID}",
        "type|name|label|constraint\ntext|a|A|regex(., '^[\\w-\\.]+@([\\w-]+\\.)+[\\w-]{2,}$')",
        "type|name|label|constraint\ntext|a|A|regex(., '\\p{InArabic}+')",
        "type|name|label|calculation\nbegin group|inputs|I|\ntext|a|A|\nend group|||\ncalculate|b||../inputs/meta/location/lat",
        "type|name|label|calculation\ngeoshape|a|A|\ncalculate|b||enclosed-area(${a})",
        "type|name|label|jr:count\nbegin repeat|a|A|3\ntext|b|B|\nend repeat|||",
        "type|name|label|trigger|calculation\ntext|a|A||\ncalculate|b||${a}|now()",
    ] {
        let reading = read(survey, choices);
        let said: Vec<_> = reading.errors().map(ToString::to_string).collect();
        assert!(reading.is_usable(), "{survey}\n{said:?}");
    }
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
