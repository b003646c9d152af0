//! Filling: what an answer shows, hides, computes and breaks.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use majlis_formats::answer::AnswerError;
use majlis_formats::filling::{Reason, SetError};
use majlis_formats::{Filling, Surroundings};

#[path = "filling/scene.rs"]
mod scene;

use scene::{AR, EN, filling};

#[test]
fn an_answer_shows_and_hides_and_what_is_hidden_is_kept_and_not_seen() {
    let mut filling = filling(&[
        &[("type", "select_one yes_no"), ("name", "child"), (AR, "؟")],
        &[
            ("type", "begin group"),
            ("name", "about"),
            (AR, "؟"),
            ("relevant", "${child} = 'yes'"),
        ],
        &[
            ("type", "integer"),
            ("name", "age"),
            (AR, "؟"),
            ("required", "yes"),
        ],
        &[("type", "end group")],
        &[
            ("type", "calculate"),
            ("name", "double"),
            ("calculation", "${age} * 2"),
        ],
    ]);
    assert!(filling.question("/about/age").is_err());
    let changes = filling.set("/child", "yes").unwrap();
    assert_eq!(changes.shown, ["/about"]);
    let changes = filling.set("/about/age", "٣٤").unwrap();
    assert_eq!(filling.answer("/about/age"), "34");
    assert_eq!(changes.computed, [("/double".to_owned(), "68".to_owned())]);
    let changes = filling.set("/child", "no").unwrap();
    assert_eq!(changes.hidden, ["/about"]);
    assert_eq!(changes.computed, [("/double".to_owned(), String::new())]);
    assert!(filling.answers().text("about/age").is_none());
    assert!(filling.finish().is_ok());
    // Back again: nothing was lost.
    filling.set("/child", "yes").unwrap();
    assert_eq!(filling.answer("/about/age"), "34");
    assert_eq!(filling.answer("/double"), "68");
}

#[test]
fn constraints_are_said_in_the_language_of_the_filling_and_not_asked_of_the_empty() {
    let mut filling = filling(&[
        &[("type", "text"), ("name", "who"), (AR, "؟")],
        &[
            ("type", "integer"),
            ("name", "age"),
            (AR, "كم عمر ${who}؟"),
            (EN, "How old is ${who}?"),
            ("constraint", ". >= 18 and . < 120"),
            ("constraint_message::Arabic (ar)", "${who}: من 18"),
        ],
        &[
            ("type", "integer"),
            ("name", "must"),
            (AR, "؟"),
            ("required", "${age} > 20"),
        ],
    ]);
    filling.set("/who", "سلمى").unwrap();
    let changes = filling.set("/age", "12").unwrap();
    assert_eq!(changes.violations[0].reason, Reason::Constraint);
    assert_eq!(
        changes.violations[0].message.as_deref(),
        Some("سلمى: من 18")
    );
    assert_eq!(filling.answer("/age"), "12");
    assert_eq!(filling.finish().unwrap_err().len(), 1);
    filling.set("/age", "").unwrap();
    assert!(filling.finish().is_ok());
    filling.speak("English (en)");
    assert_eq!(
        filling.question("/age").unwrap().label.as_deref(),
        Some("How old is سلمى?")
    );
    filling.set("/age", "40").unwrap();
    assert!(filling.question("/must").unwrap().required);
    let violations = filling.finish().unwrap_err();
    assert_eq!(
        (violations[0].path.as_str(), violations[0].reason),
        ("/must", Reason::Required)
    );
}

#[test]
fn a_filter_offers_and_takes_away() {
    let mut filling = filling(&[
        &[("type", "select_one region"), ("name", "region"), (AR, "؟")],
        &[
            ("type", "select_multiple town"),
            ("name", "towns"),
            (AR, "؟"),
            ("choice_filter", "region = ${region}"),
        ],
    ]);
    assert!(filling.question("/towns").unwrap().choices.is_empty());
    filling.set("/region", "north").unwrap();
    let names: Vec<String> = filling
        .question("/towns")
        .unwrap()
        .choices
        .into_iter()
        .map(|choice| choice.name)
        .collect();
    assert_eq!(names, ["n1", "n2"]);
    filling.set("/towns", "n2 n1").unwrap();
    assert_eq!(
        filling.set("/towns", "s1"),
        Err(SetError::Malformed(AnswerError::NotAChoice))
    );
    let changes = filling.set("/region", "south").unwrap();
    assert_eq!(changes.computed, [("/towns".to_owned(), String::new())]);
}

#[test]
fn repeats_grow_by_hand_and_see_their_own_instance() {
    let mut filling = filling(&[
        &[("type", "begin repeat"), ("name", "member"), (AR, "؟")],
        &[("type", "integer"), ("name", "age"), (AR, "؟")],
        &[
            ("type", "calculate"),
            ("name", "place"),
            ("calculation", "position(..)"),
        ],
        &[
            ("type", "calculate"),
            ("name", "before"),
            (
                "calculation",
                "indexed-repeat(${age}, ${member}, position(..) - 1)",
            ),
        ],
        &[
            ("type", "note"),
            ("name", "grown"),
            (AR, "!"),
            ("relevant", "${age} >= 18"),
        ],
        &[("type", "end repeat")],
        &[
            ("type", "calculate"),
            ("name", "all"),
            ("calculation", "sum(${age})"),
        ],
        &[
            ("type", "calculate"),
            ("name", "many"),
            ("calculation", "count(${member})"),
        ],
    ]);
    assert_eq!(filling.answer("/many"), "1");
    filling.set("/member[1]/age", "40").unwrap();
    let (path, _) = filling.add_instance("/member").unwrap();
    assert_eq!(path, "/member[2]");
    let changes = filling.set("/member[2]/age", "5").unwrap();
    assert!(
        changes
            .computed
            .contains(&("/all".to_owned(), "45".to_owned()))
    );
    assert_eq!(filling.answer("/member[2]/place"), "2");
    assert_eq!(filling.answer("/member[2]/before"), "40");
    assert!(filling.question("/member[1]/grown").is_ok());
    assert!(filling.question("/member[2]/grown").is_err());
    filling.remove_instance("/member[1]").unwrap();
    assert_eq!(filling.answer("/member[1]/age"), "5");
    assert_eq!(filling.answer("/member[1]/place"), "1");
    assert_eq!(
        (filling.answer("/all"), filling.answer("/many")),
        ("5", "1")
    );
    let answers = filling.finish().unwrap();
    assert_eq!(answers.instances("member")[0].text("age"), Some("5"));
}

#[test]
fn repeats_are_counted_by_the_form() {
    let mut filling = filling(&[
        &[("type", "integer"), ("name", "size"), (AR, "؟")],
        &[
            ("type", "begin repeat"),
            ("name", "member"),
            (AR, "؟"),
            ("repeat_count", "${size}"),
        ],
        &[
            ("type", "text"),
            ("name", "first"),
            (AR, "؟"),
            ("default", "x"),
        ],
        &[("type", "begin repeat"), ("name", "trip"), (AR, "؟")],
        &[("type", "text"), ("name", "where"), (AR, "؟")],
        &[("type", "end repeat")],
        &[("type", "end repeat")],
    ]);
    assert!(filling.answers().instances("member").is_empty());
    let changes = filling.set("/size", "3").unwrap();
    assert_eq!(changes.repeats, ["/member"]);
    assert_eq!(filling.answers().instances("member").len(), 3);
    assert_eq!(filling.answer("/member[3]/first"), "x");
    filling.set("/member[2]/trip[1]/where", "Tyre").unwrap();
    filling.add_instance("/member[2]/trip").unwrap();
    assert_eq!(filling.add_instance("/member"), Err(SetError::Counted));
    filling.set("/size", "2").unwrap();
    let members = filling.answers();
    assert_eq!(members.instances("member").len(), 2);
    assert_eq!(members.instances("member")[1].instances("trip").len(), 2);
    // While a number is corrected it is none for a moment; nobody's rows go for that.
    filling.set("/size", "").unwrap();
    assert_eq!(filling.answers().instances("member").len(), 2);
    filling.set("/size", "0").unwrap();
    assert!(filling.answers().instances("member").is_empty());
    filling.set("/size", "1000000").unwrap();
    assert!(filling.answers().instances("member").len() <= 10_000);
}

#[test]
fn a_repeat_asks_whether_there_is_another() {
    let mut filling = filling(&[
        &[
            ("type", "begin repeat"),
            ("name", "child"),
            (AR, "؟"),
            (
                "repeat_count",
                "if(count(${child}) = 0 or ${child}[position() = last()]/more = 'yes', count(${child}) + 1, count(${child}))",
            ),
        ],
        &[("type", "select_one yes_no"), ("name", "more"), (AR, "؟")],
        &[("type", "end repeat")],
    ]);
    assert_eq!(filling.answers().instances("child").len(), 1);
    filling.set("/child[1]/more", "yes").unwrap();
    assert_eq!(filling.answers().instances("child").len(), 2);
    filling.set("/child[2]/more", "no").unwrap();
    assert_eq!(filling.answers().instances("child").len(), 2);
}

#[test]
fn first_values_are_given_once_and_triggers_wait() {
    let mut filling = filling(&[
        &[
            ("type", "date"),
            ("name", "day"),
            (AR, "؟"),
            ("default", "today()"),
        ],
        &[
            ("type", "integer"),
            ("name", "n"),
            (AR, "؟"),
            ("default", "٧"),
        ],
        &[
            ("type", "text"),
            ("name", "t"),
            (AR, "؟"),
            ("default", "a-b (c)"),
        ],
        &[
            ("type", "dateTime"),
            ("name", "when"),
            ("calculation", "now()"),
            ("trigger", "${n}"),
        ],
        &[("type", "deviceid"), ("name", "device")],
        &[("type", "end"), ("name", "end")],
    ]);
    assert_eq!(filling.answer("/day"), "2026-11-26");
    assert_eq!(filling.answer("/n"), "7");
    assert_eq!(filling.answer("/t"), "a-b (c)");
    assert_eq!(filling.answer("/when"), "");
    assert_eq!(filling.answer("/device"), "tablet");
    filling.set("/day", "").unwrap();
    filling.set("/n", "8").unwrap();
    assert_eq!(filling.answer("/day"), "");
    assert_eq!(filling.answer("/when"), "2026-11-26T10:30:00+02:00");
    assert!(filling.finish().unwrap().text("end").is_some());
}

#[test]
fn every_kind_takes_its_answers_and_refuses_others() {
    let mut filling = filling(&[
        &[("type", "integer"), ("name", "integer"), (AR, "؟")],
        &[("type", "decimal"), ("name", "decimal"), (AR, "؟")],
        &[("type", "date"), ("name", "date"), (AR, "؟")],
        &[("type", "time"), ("name", "time"), (AR, "؟")],
        &[("type", "dateTime"), ("name", "moment"), (AR, "؟")],
        &[("type", "geopoint"), ("name", "place"), (AR, "؟")],
        &[("type", "rank region"), ("name", "rank"), (AR, "؟")],
        &[
            ("type", "range"),
            ("name", "range"),
            (AR, "؟"),
            ("parameters", "start=1 end=5 step=2"),
        ],
        &[("type", "acknowledge"), ("name", "ok"), (AR, "؟")],
        &[
            ("type", "text"),
            ("name", "phone"),
            (AR, "؟"),
            ("appearance", "numbers"),
        ],
        &[
            ("type", "text"),
            ("name", "fixed"),
            (AR, "؟"),
            ("read_only", "yes"),
            ("default", "z"),
        ],
        &[("type", "note"), ("name", "note"), (AR, "؟")],
    ]);
    for (path, text, canonical) in [
        ("/integer", "۱۲۳", "123"),
        ("/integer", "-5", "-5"),
        ("/decimal", "٣٫١٤٠", "3.14"),
        ("/decimal", "١٬٢٣٤٫٥", "1234.5"),
        ("/decimal", "7,25", "7.25"),
        ("/decimal", "-٧،٥", "-7.5"),
        ("/decimal", "0,250", "0.25"),
        ("/date", "٢٠٢٦-٠١-٠٩", "2026-01-09"),
        ("/time", "٦:٣٠", "06:30:00"),
        ("/moment", "2026-01-09 06:30", "2026-01-09T06:30:00"),
        ("/place", "33.90 35.50", "33.9 35.5 0 0"),
        ("/place", "33.9, 35.5, 10, 4.50", "33.9 35.5 10 4.5"),
        ("/rank", "south  north", "south north"),
        // A ballot may rank some and leave the rest.
        ("/rank", "north", "north"),
        ("/range", "3", "3"),
        ("/ok", "yes", "OK"),
        ("/phone", "٠٧٠ ١٢٣", "070 123"),
    ] {
        let changes = filling.set(path, text).unwrap();
        assert!(changes.violations.is_empty(), "{path} {text}: {changes:?}");
        assert_eq!(filling.answer(path), canonical, "{text}");
    }
    for (path, text) in [
        ("/integer", "1.5"),
        ("/integer", "one"),
        ("/integer", "1e9"),
        ("/decimal", "1,5,"),
        ("/date", "2026-13-01"),
        ("/time", "25:00"),
        ("/moment", "tomorrow"),
        ("/place", "91 0"),
        ("/place", "1"),
        ("/rank", "north west"),
        ("/fixed", "a"),
        ("/note", "a"),
        ("/nowhere", "a"),
        ("/integer[2]", "1"),
    ] {
        assert!(filling.set(path, text).is_err(), "{path} {text}");
    }
    let changes = filling.set("/range", "4").unwrap();
    assert_eq!(changes.violations[0].reason, Reason::Constraint);
}

#[test]
fn one_question_at_a_time_goes_there_and_back() {
    let mut filling = filling(&[
        &[("type", "note"), ("name", "hello"), (AR, "!")],
        &[("type", "begin group"), ("name", "g"), (AR, "؟")],
        &[
            ("type", "select_one yes_no or_other"),
            ("name", "a"),
            (AR, "؟"),
        ],
        &[("type", "end group")],
        &[
            ("type", "text"),
            ("name", "b"),
            (AR, "؟"),
            ("relevant", "${a} = 'yes'"),
        ],
        &[("type", "text"), ("name", "c"), (AR, "؟")],
    ]);
    let walk = |filling: &Filling| {
        let mut path = String::new();
        let mut met = Vec::new();
        while let Some(next) = filling.next(&path) {
            met.push(next.clone());
            path = next;
        }
        let mut back = vec![path.clone()];
        while let Some(earlier) = filling.previous(&path) {
            back.push(earlier.clone());
            path = earlier;
        }
        back.reverse();
        assert_eq!(met, back);
        met
    };
    assert_eq!(walk(&filling), ["/hello", "/g/a", "/c"]);
    filling.set("/g/a", "yes").unwrap();
    assert_eq!(walk(&filling), ["/hello", "/g/a", "/b", "/c"]);
    assert_eq!(filling.progress(), (1, 3));
    filling.set("/g/a", "other").unwrap();
    assert_eq!(walk(&filling), ["/hello", "/g/a", "/g/a_other", "/c"]);
    let question = filling.question("/g/a_other").unwrap();
    assert_eq!(question.label.as_deref(), Some("حدّد"));
    let json = serde_json::to_value(filling.page()).unwrap();
    assert_eq!(json[0]["path"], "/hello");
}

#[test]
fn a_draft_goes_on_where_it_was() {
    let rows: &[&[(&str, &str)]] = &[
        &[
            ("type", "text"),
            ("name", "a"),
            (AR, "؟"),
            ("default", "first"),
        ],
        &[("type", "begin repeat"), ("name", "r"), (AR, "؟")],
        &[("type", "integer"), ("name", "n"), (AR, "؟")],
        &[("type", "end repeat")],
    ];
    let mut first = filling(rows);
    first.set("/a", "").unwrap();
    first.set("/r[1]/n", "1").unwrap();
    first.add_instance("/r").unwrap();
    first.set("/r[2]/n", "2").unwrap();
    let json = serde_json::to_string(&first.answers()).unwrap();
    let mut answers: majlis_formats::answer::Answers = serde_json::from_str(&json).unwrap();
    answers.0.insert(
        "gone".to_owned(),
        majlis_formats::answer::Entry::Text("x".to_owned()),
    );
    let (again, unknown) =
        Filling::resume(first.logic().clone(), Surroundings::default(), &answers);
    assert_eq!(unknown, ["gone"]);
    assert_eq!(again.answers(), first.answers());
    assert_eq!(again.answer("/a"), "");
}

#[test]
fn decimals_are_read_as_tablets_write_them() {
    let mut filling = filling(&[&[("type", "decimal"), ("name", "price"), (AR, "؟")]]);
    for (sent, kept) in [("1.25E7", "12500000"), ("5.0E-4", "0.0005"), ("٣٫٥", "3.5")] {
        filling.set("/price", sent).unwrap();
        assert_eq!(filling.answer("/price"), kept, "{sent}");
    }
    for broken in ["E7", "1E", "1E99999", "1e5x"] {
        assert!(filling.set("/price", broken).is_err(), "{broken}");
    }
}

#[test]
fn what_is_divided_by_zero_is_no_number_and_holds_nobody_back() {
    let mut filling = filling(&[
        &[("type", "integer"), ("name", "by"), (AR, "؟")],
        &[
            ("type", "decimal"),
            ("name", "share"),
            (AR, "؟"),
            ("calculation", "1 div ${by}"),
        ],
        &[
            ("type", "calculate"),
            ("name", "text"),
            ("calculation", "1 div ${by}"),
        ],
    ]);
    filling.set("/by", "4").unwrap();
    assert_eq!(filling.answer("/share"), "0.25");
    filling.set("/by", "0").unwrap();
    assert_eq!(
        (filling.answer("/share"), filling.answer("/text")),
        ("", "Infinity")
    );
    assert!(filling.finish().is_ok());
}
