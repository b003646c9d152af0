//! The closing report over real nodes: answers sorted into themes, replies, and the notice that who
//! answered gets of them.

use majlis_node::api::document::{DocumentNew, DocumentRef};
use majlis_node::api::export::{AnswersExport, AnswersFormat, AnswersWritten};
use majlis_node::api::held::HeldAboutMe;
use majlis_node::api::me::Home;
use majlis_node::api::members::RankName;
use majlis_node::api::proceedings::{StepName, SubjectView};
use majlis_node::api::process::{
    AnswerValue, ConsultationNew, ConsultationRef, ConsultationSummary, Responded,
};
use majlis_node::api::report::{
    ReportView, ThemeChange, ThemeView, Themed, ThemedPage, ThemedQuery,
};
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined, joined_as, person, verified};
use crate::votes::step;
use crate::{answer, assisted, form, opened};

async fn read(node: &Node, at: &ConsultationRef) -> ReportView {
    get(node, Request::Report(at.clone())).await
}

fn asked(at: &ConsultationRef, of: Themed, text: &str) -> Request {
    Request::ThemedAnswers(ThemedQuery {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        of,
        text: text.into(),
        offset: 0,
        limit: 0,
    })
}

fn change(at: &ConsultationRef, text: &str, add: &[&str], remove: &[&str]) -> Request {
    let owned = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    Request::ChangeTheme(ThemeChange {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        text: text.into(),
        add: owned(add),
        remove: owned(remove),
    })
}

fn theme<'a>(report: &'a ReportView, text: &str) -> &'a ThemeView {
    let mut themes = report.themes.iter();
    themes.find(|theme| theme.text == text).expect("a theme")
}

async fn row(node: &Node) -> ConsultationSummary {
    let home: Home = get(node, Request::Home(Nothing {})).await;
    let mut all = home
        .asked
        .into_iter()
        .chain(home.answered)
        .chain(home.results);
    all.next().expect("a consultation")
}

#[tokio::test(flavor = "multi_thread")]
async fn who_answered_is_told_what_became_of_it() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let (process, form) = opened(&amina.node, &at).await;
    let bilal = joined("Bilal", &amina.node, &at).await;
    let dara = joined_as(RankName::Facilitator, "Dara", &amina.node, &at).await;
    let far: Responded = get(
        &bilal.node,
        Request::Respond(answer(&process, &form, 0, "the well is far")),
    )
    .await;
    carry(&bilal.node, &amina.node, &at).await;
    let heard = assisted(answer(&process, &form, 1, "water is far away"), None);
    let heard: Responded = get(&amina.node, Request::Respond(heard)).await;
    let other = assisted(answer(&process, &form, 1, "the road"), None);
    let other: Responded = get(&amina.node, Request::Respond(other)).await;

    // Sorting: found by their words, put behind a theme, no longer among those without one.
    let loose: ThemedPage = get(&amina.node, asked(&process, Themed::None, "far")).await;
    assert_eq!(loose.total, 2);
    let slots: Vec<&str> = loose
        .answers
        .iter()
        .map(|one| one.response.slot.as_str())
        .collect();
    let _: Nothing = get(&amina.node, change(&process, "Water is far", &slots, &[])).await;
    let loose: ThemedPage = get(&amina.node, asked(&process, Themed::None, "")).await;
    assert_eq!(
        (loose.total, loose.answers[0].response.slot.as_str()),
        (1, other.slot.as_str())
    );
    let report = read(&amina.node, &process).await;
    let water = theme(&report, "Water is far");
    assert_eq!((water.answers, report.counted, report.themed), (2, 3, 2));
    let behind: ThemedPage = get(
        &amina.node,
        asked(&process, Themed::Theme(water.theme.clone()), ""),
    )
    .await;
    assert!(
        behind.total == 2
            && behind
                .answers
                .iter()
                .all(|one| one.themes == [water.theme.clone()])
    );

    // A facilitator sorts apart from her, with the same words; both become one theme.
    carry(&amina.node, &dara.node, &at).await;
    assert!(!read(&dara.node, &process).await.may_report);
    let _: Nothing = get(
        &dara.node,
        change(&process, "Water is far", &[&other.slot], &[]),
    )
    .await;
    let _: Nothing = get(
        &amina.node,
        change(&process, "Water is far", &[], &[&heard.slot]),
    )
    .await;
    carry(&dara.node, &amina.node, &at).await;
    let report = read(&amina.node, &process).await;
    assert_eq!(
        (report.themes.len(), theme(&report, "Water is far").answers),
        (1, 2)
    );

    // Bilal hears of it only once something is done about it, and until he has read it.
    carry(&amina.node, &bilal.node, &at).await;
    assert_eq!(row(&bilal.node).await.notice, None);
    let about = SubjectView::Statement(theme(&report, "Water is far").theme.clone());
    let _: Nothing = get(
        &amina.node,
        step(&process, StepName::Done, about.clone(), "A second well"),
    )
    .await;
    carry(&amina.node, &bilal.node, &at).await;
    let notice = row(&bilal.node).await.notice.expect("he is told");
    assert!(notice.mine);
    let report = read(&bilal.node, &process).await;
    let water = theme(&report, "Water is far");
    assert!(water.mine && !report.mine_left_out && !report.may_report);
    assert_eq!(water.replies[0].text, "A second well");
    assert_eq!(row(&bilal.node).await.notice, None);
    let _: Nothing = get(
        &amina.node,
        step(&process, StepName::NotDone, SubjectView::Whole, "No road"),
    )
    .await;
    carry(&amina.node, &bilal.node, &at).await;
    assert!(row(&bilal.node).await.notice.is_some());
    assert_eq!(read(&bilal.node, &process).await.whole[0].text, "No road");
    // Amina did not answer, so nobody tells her.
    assert_eq!(row(&amina.node).await.notice, None);
    assert_eq!(
        verified(&amina.node, &at).await,
        verified(&bilal.node, &at).await
    );

    // An answer that is taken away from the theme is behind none.
    let _: Nothing = get(
        &amina.node,
        change(&process, "Water is far", &[], &[&far.slot]),
    )
    .await;
    carry(&amina.node, &bilal.node, &at).await;
    let report = read(&bilal.node, &process).await;
    assert!(report.mine_left_out && !theme(&report, "Water is far").mine);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_a_draft_nothing_was_said() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let new = ConsultationNew {
        space: at.space.clone(),
        draft: form(),
    };
    let draft: ConsultationRef = get(&amina.node, Request::NewConsultation(new)).await;
    let report = read(&amina.node, &draft).await;
    assert!(report.themes.is_empty() && report.counted == 0);
    let none: ThemedPage = get(&amina.node, asked(&draft, Themed::All, "")).await;
    assert_eq!(none.total, 0);
    let error = call::<Nothing>(&amina.node, change(&draft, "Water", &[], &[])).await;
    assert_eq!(error.unwrap_err().code, ErrorCode::NotOpen);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_who_decides_reports_and_only_of_what_was_said() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let (process, form) = opened(&amina.node, &at).await;
    let bilal = joined("Bilal", &amina.node, &at).await;
    let own: Responded = get(
        &bilal.node,
        Request::Respond(answer(&process, &form, 0, "far")),
    )
    .await;
    let error = call::<Nothing>(&bilal.node, change(&process, "Water", &[&own.slot], &[]));
    assert_eq!(error.await.unwrap_err().code, ErrorCode::NotAllowed);
    // His answer has not come to her device yet.
    let error = call::<Nothing>(&amina.node, change(&process, "Water", &[&own.slot], &[]));
    assert_eq!(error.await.unwrap_err().code, ErrorCode::NotFound);
    for text in ["", " \n "] {
        let error = call::<Nothing>(&amina.node, change(&process, text, &[], &[]));
        assert_eq!(error.await.unwrap_err().code, ErrorCode::BadInput);
    }
    let _: Nothing = get(&amina.node, change(&process, "Water", &[], &[])).await;
    let report = read(&amina.node, &process).await;
    let about = SubjectView::Statement(report.themes[0].theme.clone());
    // What is no statement of a conversation is not hidden, and no theme is replied to before it is there.
    let error = call::<Nothing>(
        &amina.node,
        step(&process, StepName::Hidden, about.clone(), "no"),
    );
    assert_eq!(error.await.unwrap_err().code, ErrorCode::NotFound);
    let other = SubjectView::Statement("0".repeat(about_id(&about).len()));
    let error = call::<Nothing>(&amina.node, step(&process, StepName::Done, other, "no"));
    assert_eq!(error.await.unwrap_err().code, ErrorCode::NotFound);
    let empty = call::<Nothing>(&amina.node, step(&process, StepName::NotDone, about, " "));
    assert_eq!(empty.await.unwrap_err().code, ErrorCode::BadInput);
}

fn about_id(about: &SubjectView) -> &str {
    match about {
        SubjectView::Statement(id) => id,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_sees_all_that_is_held_about_them() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let (process, form) = opened(&amina.node, &at).await;
    let bilal = joined("Bilal", &amina.node, &at).await;
    let fresh: HeldAboutMe = get(&bilal.node, Request::HeldAboutMe(Nothing {})).await;
    assert!(fresh.spaces[0].answers.is_empty() && fresh.spaces[0].documents.is_empty());
    for text in ["far", "very far"] {
        let _: Responded = get(
            &bilal.node,
            Request::Respond(answer(&process, &form, 0, text)),
        )
        .await;
    }
    let new = DocumentNew {
        space: at.space.clone(),
        title: "Minutes".into(),
        text: "We met.".into(),
    };
    let document: DocumentRef = get(&bilal.node, Request::NewDocument(new)).await;
    carry(&bilal.node, &amina.node, &at).await;
    let heard = assisted(answer(&process, &form, 1, ""), None);
    let _: Responded = get(&amina.node, Request::Respond(heard)).await;

    let held: HeldAboutMe = get(&bilal.node, Request::HeldAboutMe(Nothing {})).await;
    let space = &held.spaces[0];
    assert_eq!(
        (space.known_as.as_str(), space.rank),
        ("Bilal", Some(RankName::Member))
    );
    assert_eq!(
        (&space.readers[..], &space.stewards[..]),
        (&["Amina".to_owned()][..], &["Amina".to_owned()][..])
    );
    let [own] = &space.answers[..] else {
        panic!("{:?}", space.answers)
    };
    assert_eq!(
        (own.versions, own.withdrawn, own.open, own.questions.len()),
        (2, false, true, 2)
    );
    assert!(matches!(&own.answers[1].value, AnswerValue::Text(text) if text == "very far"));
    let written: Vec<&str> = space
        .documents
        .iter()
        .map(|one| one.document.as_str())
        .collect();
    assert_eq!(written, [document.document.as_str()]);
    assert!(space.entries >= 4 && space.bytes > 0 && space.entered == 0);
    // What Amina entered for somebody is theirs, and hers only to have entered.
    let hers: HeldAboutMe = get(&amina.node, Request::HeldAboutMe(Nothing {})).await;
    assert_eq!(
        (hers.spaces[0].answers.len(), hers.spaces[0].entered),
        (0, 1)
    );
    assert_eq!(hers.spaces[0].readers, ["Bilal"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_says_under_which_themes_each_answer_was_sorted() {
    let folder = tempfile::tempdir().unwrap();
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let (process, form) = opened(&amina.node, &at).await;
    let put = |number, text: &str| {
        Request::Respond(assisted(answer(&process, &form, number, text), None))
    };
    let far: Responded = get(&amina.node, put(1, "the well is far")).await;
    let road: Responded = get(&amina.node, put(0, "the road")).await;
    let export = |name: &str, format| {
        Request::ExportAnswers(AnswersExport {
            space: at.space.clone(),
            consultation: process.consultation.clone(),
            format,
            path: Some(folder.path().join(name).display().to_string()),
        })
    };
    let file = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    // Nothing was sorted: no column.
    let _: AnswersWritten = get(&amina.node, export("before.csv", AnswersFormat::Csv)).await;
    assert!(!file("before.csv").contains("theme"));

    for (text, slots) in [
        ("Water is far", vec![far.slot.as_str()]),
        ("Roads, and \"bridges\"", vec![&far.slot, &road.slot]),
    ] {
        let _: Nothing = get(&amina.node, change(&process, text, &slots, &[])).await;
    }
    let _: AnswersWritten = get(&amina.node, export("out.csv", AnswersFormat::Csv)).await;
    let table = majlis_formats::import::read_csv("responses", file("out.csv").as_bytes());
    let rows = table.unwrap().rows;
    let at_column = |name: &str| rows[0].iter().position(|one| one == name).unwrap();
    let report = read(&amina.node, &process).await;
    let column = |text: &str| at_column(&format!("theme_{}", theme(&report, text).theme));
    let of = |slot: &str| {
        rows.iter()
            .find(|row| row.contains(&slot.to_owned()))
            .unwrap()
    };
    let (water, roads, all) = (
        column("Water is far"),
        column("Roads, and \"bridges\""),
        at_column("themes"),
    );
    let marks = |slot: &str| (of(slot)[water].clone(), of(slot)[roads].clone());
    assert_eq!(marks(&far.slot), ("1".to_owned(), "1".to_owned()));
    assert_eq!(marks(&road.slot), ("0".to_owned(), "1".to_owned()));
    assert_eq!(of(&far.slot)[all], "Roads, and \"bridges\" | Water is far");
    assert_eq!(of(&road.slot)[all], "Roads, and \"bridges\"");
    // What a column means stands beside it in three languages.
    let meaning = file("out.dictionary.csv");
    for words in [
        "sous le thème : Water is far",
        "under the theme: Water is far",
        "تحت الموضوع: Water is far",
    ] {
        assert!(meaning.contains(words), "{meaning}");
    }
    let _: AnswersWritten = get(&amina.node, export("out.json", AnswersFormat::Json)).await;
    let json: serde_json::Value = serde_json::from_str(&file("out.json")).unwrap();
    let responses = json["responses"].as_array().unwrap();
    let one = responses
        .iter()
        .find(|one| one["KEY"] == road.slot.as_str())
        .unwrap();
    assert_eq!(one["themes"], "Roads, and \"bridges\"");
    assert_eq!(
        one[format!("theme_{}", theme(&report, "Water is far").theme)],
        "0"
    );
    assert!(json["provenance"]["source"]["themes"].is_string());
    let _: AnswersWritten = get(&amina.node, export("out.xlsx", AnswersFormat::Xlsx)).await;
    let book = std::fs::read(folder.path().join("out.xlsx")).unwrap();
    let book = majlis_formats::workbook::Workbook::read(&book).unwrap();
    assert!(
        book.sheets[0].rows[0]
            .cells
            .values()
            .any(|cell| cell == "themes")
    );
}
