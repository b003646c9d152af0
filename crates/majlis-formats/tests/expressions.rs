//! Expressions give what Collect gives, and exact numbers besides.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a test fails by panicking and says what it skips"
)]

use std::sync::Arc;

use majlis_formats::answer::{Answers, Entry};
use majlis_formats::form::{Choice, ChoiceList, Form, Item, Kind, Texts};
use majlis_formats::{Filling, Logic, Moment, Surroundings};

fn item(name: &str, kind: Kind) -> Item {
    Item::new(name, kind)
}

fn around() -> Surroundings {
    Surroundings {
        now: Moment::read("2026-11-26T10:30:00.000+02:00"),
        device_id: "tablet 7".to_owned(),
        seed: 7,
        ..Surroundings::default()
    }
}

fn form(expression: &str) -> Form {
    let mut resident = item("resident", Kind::Repeat);
    resident.items = vec![item("first", Kind::Text), item("years", Kind::Integer)];
    let mut household = item("household", Kind::Group);
    household.items = vec![resident];
    let mut result = item("result", Kind::Calculate);
    result.rules.calculation = Some(expression.to_owned());
    let choice = |name: &str, label: &str, area: &str| Choice {
        name: name.to_owned(),
        label: Texts([("default".to_owned(), label.to_owned())].into()),
        properties: [("area".to_owned(), area.to_owned())].into(),
        ..Choice::default()
    };
    Form {
        items: vec![
            item("age", Kind::Integer),
            item("income", Kind::Decimal),
            item("blank", Kind::Text),
            item("who", Kind::Text),
            item("spaced", Kind::Text),
            item(
                "services",
                Kind::SelectMultiple {
                    list: "services".to_owned(),
                    or_other: false,
                },
            ),
            item("born", Kind::Date),
            item("spot", Kind::Geopoint),
            household,
            result,
        ],
        lists: vec![ChoiceList {
            name: "services".to_owned(),
            choices: vec![
                choice("water", "Water", "north"),
                choice("power", "Power", "south"),
                choice("waste", "Waste", "north"),
            ],
        }],
        ..Form::default()
    }
}

fn answers() -> Answers {
    let text = |text: &str| Entry::Text(text.to_owned());
    let resident = |first: &str, years: &str| {
        Answers(
            [
                ("first".to_owned(), text(first)),
                ("years".to_owned(), text(years)),
            ]
            .into(),
        )
    };
    Answers(
        [
            ("age".to_owned(), text("42")),
            ("income".to_owned(), text("1500.5")),
            ("who".to_owned(), text("Maria da Silva")),
            ("spaced".to_owned(), text("  padded  ")),
            ("services".to_owned(), text("water power")),
            ("born".to_owned(), text("1984-02-29")),
            ("spot".to_owned(), text("33.9 35.5 10 4")),
            (
                "household/resident".to_owned(),
                Entry::Repeat(vec![
                    resident("Ana", "34"),
                    resident("Bia", "7"),
                    resident("Caio", "19"),
                ]),
            ),
        ]
        .into(),
    )
}

fn run(expression: &str) -> String {
    let logic = Logic::new(&form(expression))
        .unwrap_or_else(|messages| panic!("{expression}: {}", messages[0]));
    let (filling, unknown) = Filling::resume(Arc::new(logic), around(), &answers());
    assert!(unknown.is_empty(), "{unknown:?}");
    filling.answer("/result").to_owned()
}

#[test]
fn expressions_give_what_collect_gives() {
    for (expression, wanted) in [
        // Paths.
        ("/data/age", "42"),
        ("../age", "42"),
        ("${household}/resident[position() = 2]/years", "7"),
        ("count(/data/household/resident)", "3"),
        ("count(${resident}[years > 10])", "2"),
        ("count(//years)", "3"),
        ("/data/household/resident[years > 10][2]/first", "Caio"),
        // Texts.
        ("concat('a', \"b\", 'c')", "abc"),
        ("string-length(${who})", "14"),
        ("string-length(${blank})", "0"),
        ("normalize-space(${spaced})", "padded"),
        ("contains(${who}, 'Silva')", "true"),
        ("contains(${who}, 'silva')", "false"),
        ("ends-with(${who}, 'Silva')", "true"),
        ("substring-before(${who}, ' ')", "Maria"),
        ("substring-after(${who}, ' ')", "da Silva"),
        ("substr('hello', 2, 3)", "l"),
        ("substr('hello', 0, 2)", "he"),
        ("substr('hello', -2)", "lo"),
        ("substring('12345', 1.5, 2.6)", "234"),
        ("translate('bar', 'abc', 'ABC')", "BAr"),
        ("join(', ', ${first})", "Ana, Bia, Caio"),
        ("regex('12345678901', '[0-9]{11}')", "true"),
        ("regex('a12345678901b', '[0-9]{11}')", "false"),
        // Numbers.
        ("1 + 1", "2"),
        ("7 div 2", "3.5"),
        ("-7 mod 3", "-1"),
        ("1 div 0", "Infinity"),
        ("number('abc')", ""),
        ("number(${blank})", ""),
        ("${blank} + 1", ""),
        ("sum(${years})", "60"),
        ("sum(/data/household/resident/years)", "60"),
        ("round(-1.5)", "-1"),
        ("round(1.2345, 2)", "1.23"),
        ("round(1235.5, -2)", "1200"),
        ("int(-1.9)", "-1"),
        ("pow(2, 10)", "1024"),
        ("min(${years})", "7"),
        ("max(3, 1, 2)", "3"),
        ("0.1 + 0.2", "0.3"),
        ("${income} * 3", "4501.5"),
        ("(1 div 3) * 3 = 1", "true"),
        ("12345678901234567890 + 1", "12345678901234567891"),
        // Truth, and what is empty.
        ("boolean('0')", "true"),
        ("boolean(${blank})", "false"),
        ("boolean-from-string('TRUE')", "true"),
        ("boolean-from-string('no')", "false"),
        ("${age} > 18", "true"),
        ("${age} = '42'", "true"),
        ("${blank} = ''", "true"),
        ("${blank} != ''", "false"),
        ("${blank} > 0", "false"),
        ("${blank} < 5", "false"),
        ("${blank} = 0", "false"),
        ("${blank} != 0", "true"),
        ("number('abc') = number('abc')", "false"),
        ("'a' < 'b'", "false"),
        ("1 > 2 or 2 < 3 and true()", "true"),
        ("${years} = 7", "true"),
        ("not(${blank} = '' or ${age} = 1)", "false"),
        // OpenRosa.
        ("selected(${services}, 'water')", "true"),
        ("selected(${services}, 'wat')", "false"),
        ("selected(${blank}, '')", "false"),
        ("count-selected(${services})", "2"),
        ("selected-at(${services}, 1)", "power"),
        ("selected-at(${services}, 5)", ""),
        ("coalesce(${blank}, 'fallback')", "fallback"),
        ("coalesce(${age}, 'fallback')", "42"),
        ("if(${age} > 18, 'adult', 'child')", "adult"),
        ("once('first')", "first"),
        (
            "jr:choice-name(selected-at(${services}, 0), '${services}')",
            "Water",
        ),
        ("indexed-repeat(${first}, ${resident}, 3)", "Caio"),
        ("indexed-repeat(${first}, ${resident}, 4)", ""),
        (
            "instance('services')/root/item[name = 'power']/label",
            "Power",
        ),
        ("count(instance('services')/root/item[area = 'north'])", "2"),
        (
            "checklist(1, 2, ${age} = 42, false(), ${blank} = '')",
            "true",
        ),
        ("checklist(-1, 1, true(), true())", "false"),
        // Days.
        ("today()", "2026-11-26"),
        ("now()", "2026-11-26T10:30:00+02:00"),
        ("format-date(${born}, '%e/%n/%y')", "29/2/84"),
        (
            "format-date-time('2026-08-07T06:31:13.834-03:00', '%Y%m%d%H%M%S%3')",
            "20260807063113834",
        ),
        (
            "format-date-time('2026-08-07T06:31:13.834-03:00', '%d %b %Y')",
            "07 Aug 2026",
        ),
        ("int((today() - ${born}) div 365.25)", "42"),
        ("date('2026-11-25') < today()", "true"),
        ("${born} < '1990-01-01'", "true"),
        ("date(decimal-date-time('1970-01-02') + 1)", "1970-01-03"),
        ("decimal-time('06:00')", "0.25"),
        // Places.
        (
            "round(distance('-23.5505 -46.6333 0 0;-23.5605 -46.6333 0 0'))",
            "1113",
        ),
    ] {
        assert_eq!(run(expression), wanted, "{expression}");
    }
}

#[test]
fn what_a_form_makes_up_follows_from_the_seed() {
    assert_eq!(run("uuid()"), run("uuid()"));
    assert_eq!(run("string-length(uuid())"), "36");
    assert_eq!(run("random() < 1 and random() >= 0"), "true");
}

#[test]
fn what_is_not_understood_is_said_with_its_place() {
    for (expression, code) in [
        ("1 +", "syntax"),
        ("(1", "syntax"),
        ("'open", "syntax"),
        ("1 2", "syntax"),
        ("nonsense(1)", "syntax"),
        ("if(1, 2)", "syntax"),
        ("${nobody}", "unknown_reference"),
        ("/data/nobody", "unknown_reference"),
        ("regex(${who}, '[')", "bad_pattern"),
        ("${result2} + 1", "unknown_reference"),
    ] {
        let messages = Logic::new(&form(expression)).expect_err(expression);
        let json = serde_json::to_value(&messages[0]).unwrap();
        assert_eq!(json["code"], code, "{expression}");
        assert_eq!(json["column"], "calculation");
        assert!(!json["advice"].as_str().unwrap().is_empty());
    }
}

#[test]
fn what_is_not_supported_yet_is_said_and_forbids_nothing() {
    for expression in [
        "pulldata('a', 'b', 'c', 'd')",
        "${last-saved#age}",
        "regex(${who}, '(?=.*[0-9]).+')",
    ] {
        let logic = Logic::new(&form(expression)).unwrap();
        let json = serde_json::to_value(logic.notes()).unwrap();
        assert_eq!(json[0]["code"], "not_supported_yet", "{expression}");
        assert_eq!(json[0]["severity"], "note");
    }
    let mut form = form("1");
    form.items[0].rules.constraint = Some("pulldata('a', 'b', 'c', .) = 1".to_owned());
    form.items[0].rules.relevant = Some("digest('a', 'MD5') = 'x'".to_owned());
    let mut filling = Filling::start(Arc::new(Logic::new(&form).unwrap()), around());
    assert!(filling.set("/age", "3").unwrap().violations.is_empty());
}

#[test]
fn a_form_of_a_stranger_has_sound_names_and_depth() {
    let mut form = form("1");
    form.items.push(item("a/><script", Kind::Text));
    form.items.push(item("age", Kind::Text));
    let json = serde_json::to_value(Logic::new(&form).unwrap_err()).unwrap();
    assert_eq!(json[0]["code"], "invalid_name");
    assert_eq!(json[1]["code"], "repeated_name");
    let mut deep = item("g", Kind::Group);
    for _ in 0..100 {
        let mut outer = item("g", Kind::Group);
        outer.items = vec![deep];
        deep = outer;
    }
    let form = Form {
        items: vec![deep],
        ..Form::default()
    };
    assert!(Logic::new(&form).is_err());
}

#[test]
fn a_circle_is_refused() {
    let mut form = form("${other} + 1");
    let mut other = item("other", Kind::Calculate);
    other.rules.calculation = Some("${result} + 1".to_owned());
    form.items.push(other);
    let messages = Logic::new(&form).unwrap_err();
    let json = serde_json::to_value(&messages).unwrap();
    assert_eq!(json[0]["code"], "circular");
}

#[test]
fn no_expression_exhausts_the_stack_or_the_clock() {
    for expression in [
        "(".repeat(40_000),
        format!("{}1{}", "(".repeat(5_000), ")".repeat(5_000)),
        format!("{}1", "-".repeat(5_000)),
        format!("a{}", "[a".repeat(5_000)),
        "1+".repeat(15_000),
        "${".repeat(10_000),
    ] {
        assert!(Logic::new(&form(&expression)).is_err());
    }
    // As long as may be: it is read and runs.
    let long = format!("1{}", "+1".repeat(1_400));
    assert_eq!(run(&long), "1401");
    // A condition in a condition in a condition, each over everything.
    let inner =
        "//*[count(//*[count(//*[count(//*[count(//*[count(//*) > 0]) > 0]) > 0]) > 0]) > 0]";
    let began = std::time::Instant::now();
    run(&format!("count({inner})"));
    assert!(began.elapsed().as_secs() < 30);
}
