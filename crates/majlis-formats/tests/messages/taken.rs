//! What is read although it is not written as it should be, as other programs and keyboards write it.

use majlis_formats::message::Severity;
use majlis_formats::xlsform;

use crate::read;

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
    let said = |code: &str, severity, row| (code.to_owned(), severity, Some(row));
    assert_eq!(
        found,
        [
            said("unknown_reference", Severity::Error, 4),
            said("bare_word", Severity::Warning, 3)
        ]
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
