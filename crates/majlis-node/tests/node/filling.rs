//! Filling in forms with conditions: what is asked, what is wrong, rows, languages, and what a device
//! that was off in the middle still has.

use std::path::Path;
use std::sync::Arc;

use data_encoding::BASE64;
use majlis_formats::answer::{Answers, Entry};
use majlis_formats::form::{Form, Item, Kind, Language, Metadata, Settings, Texts};
use majlis_formats::simulate::simulate;
use majlis_formats::workbook::Workbook;
use majlis_formats::{Logic, Moment, Surroundings, xlsform};
use majlis_node::api::export::{AnswersExport, AnswersFormat, AnswersWritten};
use majlis_node::api::filling::{
    BeginFilling, Fill, FillRow, FilledQuestion, FillingLanguage, FillingRef, FillingView,
    FinishFilling, UnfinishedFilling, WrongName,
};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, AssistedModeName, AssistedView, ConsultationNew, ConsultationRef,
    ConsultationView, MyResponse, Respond, Responded, ResponsePage, ResponsesQuery, StageName,
};
use majlis_node::api::results::{Figures, ResultsView};
use majlis_node::api::sheet::{ReadSheet, SheetRead, SheetWritten};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use super::scene::{call, found, get, named, open};

fn both(en: &str, ar: &str) -> Texts {
    Texts(
        [("English (en)", en), ("العربية (ar)", ar)]
            .map(|(a, b)| (a.into(), b.into()))
            .into(),
    )
}

fn item(name: &str, kind: Kind, en: &str, ar: &str) -> Item {
    let mut item = Item::new(name, kind);
    item.label = both(en, ar);
    item
}

/// A household: who heads it, its members, what the youngest of age do, and where it is.
fn household() -> Form {
    let mut head = item(
        "head",
        Kind::Text,
        "Who heads the household?",
        "من رب الأسرة؟",
    );
    head.rules.required = Some("true()".into());
    let mut age = item("age", Kind::Integer, "Age of member", "العمر");
    age.rules.constraint = Some(". >= 0 and . < 120".into());
    age.constraint_message = both("Nobody is that old", "لا أحد بهذا العمر");
    let mut works = item(
        "works",
        Kind::Acknowledge,
        "Does this member work?",
        "هل يعمل؟",
    );
    works.rules.relevant = Some("${age} > 15".into());
    let mut member = item("member", Kind::Repeat, "Member", "فرد");
    member.items = vec![age, works];
    let mut total = Item::new("total", Kind::Calculate);
    total.rules.calculation = Some("sum(${age})".into());
    let mut said = item(
        "said",
        Kind::Note,
        "${head} and all are ${total} years old",
        "${head}: ${total}",
    );
    said.rules.relevant = Some("${total} > 0".into());
    let mut inside = item("place", Kind::Group, "Place", "المكان");
    inside.items = vec![item("at", Kind::Geopoint, "Where?", "أين؟")];
    // Nothing is no answer to it, though any text is one.
    let card = item("card", Kind::Barcode, "Family card", "البطاقة");
    let start = Item::new(
        "start",
        Kind::Metadata {
            what: Metadata::Start,
        },
    );
    let end = Item::new(
        "end",
        Kind::Metadata {
            what: Metadata::End,
        },
    );
    let who = Item::new(
        "who",
        Kind::Metadata {
            what: Metadata::Username,
        },
    );
    Form {
        settings: Settings {
            title: "Households".into(),
            id: "households".into(),
            default_language: Some("English (en)".into()),
            ..Settings::default()
        },
        languages: ["English (en)", "العربية (ar)"]
            .map(Language::named)
            .to_vec(),
        items: vec![start, end, who, head, member, total, said, inside, card],
        ..Form::default()
    }
}

async fn read(node: &Node, bytes: &[u8]) -> SheetRead {
    let read = ReadSheet {
        name: "form.xlsx".into(),
        base64: BASE64.encode(bytes),
        language: None,
        stage: StageName::Consult,
    };
    get(node, Request::ReadSheet(read)).await
}

async fn opened(node: &Node, at: &SpaceRef, bytes: &[u8]) -> ConsultationRef {
    let draft = read(node, bytes).await.draft.unwrap();
    let space = at.space.clone();
    let made: ConsultationRef = get(
        node,
        Request::NewConsultation(ConsultationNew { space, draft }),
    )
    .await;
    let _: Nothing = get(node, Request::OpenConsultation(made.clone())).await;
    made
}

fn begin(at: &ConsultationRef, assisted: bool) -> Request {
    Request::BeginFilling(BeginFilling {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        assisted,
        slot: None,
        language: None,
    })
}

fn fill(at: &FillingView, path: &str, text: &str) -> Request {
    Request::Fill(Fill {
        space: at.space.clone(),
        filling: at.filling.clone(),
        path: path.into(),
        value: (!text.is_empty()).then(|| AnswerValue::Text(text.into())),
        beforehand: false,
    })
}

fn row(at: &FillingView, path: &str) -> FillRow {
    FillRow {
        space: at.space.clone(),
        filling: at.filling.clone(),
        path: path.into(),
    }
}

fn this(at: &FillingView) -> FillingRef {
    FillingRef {
        space: at.space.clone(),
        filling: at.filling.clone(),
    }
}

fn finish(at: &FillingView, assisted: bool) -> Request {
    Request::FinishFilling(FinishFilling {
        space: at.space.clone(),
        filling: at.filling.clone(),
        assisted: assisted.then(|| AssistedView {
            mode: AssistedModeName::Spoken,
            consent: true,
            note: String::new(),
        }),
    })
}

fn shown<'a>(view: &'a FillingView, path: &str) -> Option<&'a FilledQuestion> {
    view.changed.iter().find(|one| one.path == path)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_with_conditions_is_filled_in_and_survives_a_device_that_is_off() {
    let folder = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let consultation = opened(&node, &at, &xlsform::write(&household()).unwrap()).await;

    let view: FillingView = get(&node, begin(&consultation, false)).await;
    assert_eq!(
        view.order,
        [
            "/head",
            "/member[1]",
            "/member[1]/age",
            "/place",
            "/place/at",
            "/card"
        ]
    );
    assert_eq!(view.wrong, ["/head"]);
    assert_eq!(view.repeats[0].rows, 1);
    // An own-made error keeps the answer, and the form's own words say what is wrong.
    let view: FillingView = get(&node, fill(&view, "/member[1]/age", "١٤٠")).await;
    let age = shown(&view, "/member[1]/age").unwrap();
    assert_eq!(age.value, Some(AnswerValue::Number("140".into())));
    let wrong = age.wrong.as_ref().unwrap();
    assert_eq!(wrong.why, WrongName::Constraint);
    assert_eq!(wrong.message.as_deref(), Some("Nobody is that old"));
    let refused = call::<Responded>(&node, finish(&view, false))
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::AnswerMissing);
    let view: FillingView = get(&node, fill(&view, "/head", "Salma")).await;
    let refused = call::<Responded>(&node, finish(&view, false))
        .await
        .unwrap_err();
    assert_eq!(refused.code, ErrorCode::AnswerBreaksRule);
    assert_eq!(refused.message, "Nobody is that old");
    let view: FillingView = get(&node, fill(&view, "/member[1]/age", "40")).await;
    assert!(view.order.contains(&"/member[1]/works".to_owned()));
    let note = shown(&view, "/said").unwrap();
    assert_eq!(note.label, "Salma and all are 40 years old");
    assert!(shown(&view, "/head").is_none(), "only what changed");
    let view: FillingView = get(&node, Request::FillAddRow(row(&view, "/member"))).await;
    let view: FillingView = get(&node, fill(&view, "/member[2]/age", "7")).await;
    assert!(!view.order.contains(&"/member[2]/works".to_owned()));

    // Off in the middle, without a word: everything is still there, with what and when.
    drop(node);
    let node = open(folder.path(), false).await;
    let list: Vec<UnfinishedFilling> = get(&node, Request::Fillings(at.clone())).await;
    assert_eq!(
        (list.len(), list[0].open, list[0].assisted),
        (1, true, false)
    );
    assert_eq!((list[0].started, list[0].saved), (view.started, view.saved));
    assert_eq!((list[0].answered, &list[0].slot), (view.answered, &None));
    let again: FillingView = get(&node, Request::Filling(this(&view))).await;
    assert_eq!(again.order, view.order);
    let speak = FillingLanguage {
        space: view.space.clone(),
        filling: view.filling.clone(),
        language: "ar".into(),
    };
    let view: FillingView = get(&node, Request::SpeakFilling(speak)).await;
    assert_eq!(shown(&view, "/said").unwrap().label, "Salma: 47");
    let place = Fill {
        space: view.space.clone(),
        filling: view.filling.clone(),
        path: "/place/at".into(),
        value: Some(AnswerValue::Text("15.5527 48.5161 0 4.8".into())),
        beforehand: false,
    };
    let view: FillingView = get(&node, Request::Fill(place)).await;
    assert_eq!(view.wrong, Vec::<String>::new());
    let _: Responded = get(&node, finish(&view, false)).await;
    let list: Vec<UnfinishedFilling> = get(&node, Request::Fillings(at.clone())).await;
    assert!(list.is_empty());

    let mine: Option<MyResponse> = get(&node, Request::MyResponse(consultation.clone())).await;
    let mine = mine.unwrap();
    let form: ConsultationView = get(&node, Request::Consultation(consultation.clone())).await;
    let id_of = |name: &str| {
        let named = |one: &&majlis_node::api::process::QuestionView| {
            one.details.as_ref().is_some_and(|it| it.name == name)
        };
        form.form.questions.iter().find(named).unwrap().id.clone()
    };
    let value = |name: &str| {
        let id = id_of(name);
        let answer = mine.answers.iter().find(|one| one.question == id);
        answer.map(|one| one.value.clone())
    };
    assert_eq!(value("total"), Some(AnswerValue::Text("47".into())));
    assert_eq!(value("who"), Some(AnswerValue::Text("Amina".into())));
    let (Some(AnswerValue::Text(from)), Some(AnswerValue::Text(to))) =
        (value("start"), value("end"))
    else {
        panic!("a beginning and an end")
    };
    assert!(from < to, "{from} {to}");
    let Some(AnswerValue::Rows(rows)) = value("member") else {
        panic!("rows")
    };
    assert_eq!(rows.len(), 2);

    // The simple way goes through the same conditions, and fills in what the form computes.
    let simple = |age: &str| {
        let row = vec![AnswerTo {
            question: id_of("age"),
            value: AnswerValue::Number(age.into()),
        }];
        let answer = |name: &str, value| AnswerTo {
            question: id_of(name),
            value,
        };
        Request::Respond(Respond {
            space: at.space.clone(),
            consultation: consultation.consultation.clone(),
            answers: vec![
                answer("head", AnswerValue::Text("Huda".into())),
                answer("member", AnswerValue::Rows(vec![row])),
            ],
            assisted: Some(AssistedView {
                mode: AssistedModeName::Paper,
                consent: true,
                note: String::new(),
            }),
            slot: None,
        })
    };
    let refused = call::<Responded>(&node, simple("121")).await.unwrap_err();
    assert_eq!(refused.code, ErrorCode::AnswerBreaksRule);
    assert_eq!(refused.detail.as_deref(), Some(id_of("age").as_str()));
    let _: Responded = get(&node, simple("12")).await;
    let results: ResultsView = get(&node, Request::Results(consultation.clone())).await;
    assert_eq!(results.counted.all, 2);
    let figures = |name: &str| {
        let id = id_of(name);
        let found = results.questions.iter().find(|one| one.question == id);
        found.unwrap().clone()
    };
    assert_eq!(figures("member").figures, Figures::Rows { rows: 3 });
    assert_eq!(figures("age").answered.all, 3);
    let Figures::Places { points } = figures("at").figures else {
        panic!("places")
    };
    assert_eq!(points[0].place.latitude, "15.5527");
    let Figures::Texts { texts } = figures("total").figures else {
        panic!("texts")
    };
    assert_eq!(texts.len(), 2);
    let page: ResponsePage = get(
        &node,
        Request::Responses(ResponsesQuery {
            space: at.space.clone(),
            consultation: consultation.consultation.clone(),
            mine: false,
            counted: false,
            slots: Vec::new(),
            text: String::new(),
            offset: 0,
            limit: 0,
        }),
    )
    .await;
    assert!(page.responses.iter().all(|one| !one.breaks_rules));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_that_means_nothing_keeps_a_draft_from_being_opened() {
    let folder = tempfile::tempdir().unwrap();
    let node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let bytes = xlsform::write(&household()).unwrap();
    let mut draft = read(&node, &bytes).await.draft.unwrap();
    let asked = draft
        .questions
        .iter_mut()
        .find(|one| one.label == "Age of member");
    let asked = asked.unwrap();
    let id = asked.id.clone();
    asked.details.as_mut().unwrap().rules.constraint = "${nobody} > 1".into();
    let space = at.space.clone();
    let made: ConsultationRef = get(
        &node,
        Request::NewConsultation(ConsultationNew { space, draft }),
    )
    .await;
    let refused = call::<Nothing>(&node, Request::OpenConsultation(made.clone())).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, ErrorCode::FormIncomplete);
    assert_eq!(refused.detail.as_deref(), Some(id.as_str()));
    let view: ConsultationView = get(&node, Request::Consultation(made.clone())).await;
    assert!(view.problem.is_some());
    let written: SheetWritten = get(&node, Request::WriteSheet(made)).await;
    assert!(!written.base64.is_empty());
}

/// What to do one after the other: rows to add, and answers.
fn walk(around: &str, answers: &Answers, out: &mut Vec<(String, Option<String>)>) {
    for (path, entry) in &answers.0 {
        let path = format!("{around}/{path}");
        match entry {
            Entry::Text(text) => out.push((path, Some(text.clone()))),
            Entry::Repeat(rows) => {
                for (number, row) in (1..).zip(rows) {
                    let row_path = format!("{path}[{number}]");
                    out.push((row_path.clone(), None));
                    walk(&row_path, row, out);
                }
            }
        }
    }
}

/// The largest of the shared forms: read, opened, filled in five times through the calls, counted,
/// written; both agree.
#[tokio::test(flavor = "multi_thread")]
async fn the_shared_form_is_filled_in_counted_and_written() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/xlsform/xlsform_spec_test.xlsx");
    let Ok(bytes) = std::fs::read(&file) else {
        println!("SKIPPED: {} is not here", file.display());
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let mut node = named(folder.path(), false, "Amina").await;
    let at = found(&node).await;
    let consultation = opened(&node, &at, &bytes).await;
    let written: SheetWritten = get(&node, Request::WriteSheet(consultation.clone())).await;
    let again = xlsform::read(&BASE64.decode(written.base64.as_bytes()).unwrap(), "form");
    let form = xlsform::read(&bytes, "form").form.unwrap();
    assert_eq!(
        again.form.unwrap().items,
        Logic::new(&form).unwrap().form().items
    );

    let logic = Arc::new(Logic::new(&form).unwrap());
    let around = Surroundings {
        now: Moment::read("2026-08-07T06:31:13.834+03:00"),
        ..Surroundings::default()
    };
    let (mut refused, mut all) = (0, 0);
    for (number, answers) in simulate(logic, around, 7).take(5).enumerate() {
        let answers = answers.unwrap();
        let mut view: FillingView = get(&node, begin(&consultation, true)).await;
        let mut steps = Vec::new();
        walk("", &answers, &mut steps);
        let mut given = 0;
        // Twice, because what is offered may hang on an answer that comes later.
        for (path, text) in steps.iter().chain(&steps) {
            let request = match text {
                // A row: there is one at the beginning already.
                None => {
                    let repeat = path.split_at(path.rfind('[').unwrap()).0;
                    let rows = view.repeats.iter().find(|it| it.path == repeat);
                    let there = rows.map_or(0, |it| it.rows as usize);
                    if path[repeat.len()..] <= *format!("[{there}]") {
                        continue;
                    }
                    Request::FillAddRow(row(&view, repeat))
                }
                Some(text) => fill(&view, path, text),
            };
            match call::<FillingView>(&node, request).await {
                Ok(next) => {
                    view = next;
                    given += 1;
                }
                // What a form computes is not given, and files are of other devices.
                Err(error) => {
                    println!("{path}: {error:?}");
                    refused += 1;
                }
            }
            if number == 2 && given == 3 {
                drop(node);
                node = open(folder.path(), false).await;
                view = get(&node, Request::Filling(this(&view))).await;
            }
        }
        all += given;
        let mut view: FillingView = get(&node, Request::Filling(this(&view))).await;
        // What came out as a file that is not here, and what it must not leave out.
        for path in view.wrong.clone() {
            view = get(&node, fill(&view, &path, "")).await;
        }
        let taken = call::<Responded>(&node, finish(&view, true)).await;
        taken.unwrap_or_else(|error| panic!("response {number}: {error:?}"));
    }
    println!("{all} answers taken, {refused} are computed or files");
    assert!(all > 40, "{all}");
    let results: ResultsView = get(&node, Request::Results(consultation.clone())).await;
    assert_eq!(results.counted.all, 5);
    let export = |name: &str, format| {
        Request::ExportAnswers(AnswersExport {
            space: at.space.clone(),
            consultation: consultation.consultation.clone(),
            format,
            path: Some(folder.path().join(name).display().to_string()),
        })
    };
    let written: AnswersWritten = get(&node, export("out.xlsx", AnswersFormat::Xlsx)).await;
    assert_eq!(written.answers, 5);
    let book = Workbook::read(&std::fs::read(folder.path().join("out.xlsx")).unwrap()).unwrap();
    assert_eq!(book.sheets[0].rows.len(), 6);
    // Dictionary, provenance and rows of repeats are beside the answers; nothing there is replaced.
    let written: AnswersWritten = get(&node, export("out.csv", AnswersFormat::Csv)).await;
    let repeats = book.sheets.len() - 3;
    assert_eq!((written.paths.len(), repeats), (3 + repeats, 1));
    let rows = std::fs::read_to_string(folder.path().join("out.rows-1.csv")).unwrap();
    assert!(rows.contains("PARENT_KEY"), "{rows}");
    assert_eq!(rows.lines().count(), book.sheets[1].rows.len());
    let refused = call::<AnswersWritten>(&node, export("out.csv", AnswersFormat::Csv)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::BadInput);
}
