//! What a person reads of the answers that are held about them: in their language, rows and all.

use majlis_node::api::claims::{ReceiptView, ShownReceipt};
use majlis_node::api::held::HeldAboutMe;
use majlis_node::api::me::{Language, SetProfile};
use majlis_node::api::members::RankName;
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ConsultationSummary, QuestionKindView, QuestionView, Responded,
};
use majlis_node::api::{Nothing, Request};
use serde_json::json;

use crate::scene::{carry, found, get, joined_as, named};
use crate::votes::{opened, paper};

fn id(number: u8) -> String {
    format!("{number:016x}")
}

/// A household in Arabic and French: whose name stands in a group within rows.
fn household() -> majlis_node::api::process::ConsultationDraft {
    let words = |name: &str, french: &str, inside: Option<u8>| {
        json!({
            "name": name,
            "part_of": inside.map(id),
            "label": { "Français (fr)": french },
        })
    };
    let question = |number, label: &str, kind: &str, details| {
        json!({ "id": id(number), "label": label, "hint": "", "required": false,
            "kind": { "type": kind }, "details": details })
    };
    let draft = json!({
        "title": "البيت", "description": "", "audience": "", "stage": "consult", "activity": null,
        "details": { "language": "العربية (ar)", "languages": ["العربية (ar)", "Français (fr)"],
            "title": { "Français (fr)": "Le ménage" }, "description": {}, "kept": "" },
        "questions": [
            question(1, "أفراد", "repeat", words("members", "Membres", None)),
            question(2, "من هو", "group", words("who", "Qui", Some(1))),
            question(3, "الاسم", "text", words("name", "Nom", Some(2))),
            question(4, "المهنة", "text", words("trade", "Métier", Some(2))),
            question(5, "رأيكم", "text", words("view", "Avis", None)),
        ],
    });
    serde_json::from_value(draft).unwrap()
}

fn answers(form: &[QuestionView], name: &str) -> Vec<AnswerTo> {
    let row = AnswerTo {
        question: form[2].id.clone(),
        value: AnswerValue::Text(name.to_owned()),
    };
    vec![AnswerTo {
        question: form[0].id.clone(),
        value: AnswerValue::Rows(vec![vec![row]]),
    }]
}

fn labels(questions: &[QuestionView]) -> Vec<&str> {
    questions.iter().map(|one| one.label.as_str()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_reads_what_stands_in_rows_and_in_their_language() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let salma = joined_as(RankName::Member, "Salma", &amina, &at).await;
    let french = SetProfile {
        language: Some(Language::Fr),
        ..SetProfile::default()
    };
    let _: serde_json::Value = get(&salma.node, Request::SetProfile(french)).await;
    let process = opened(&amina, &at, household()).await;
    let view: majlis_node::api::process::ConsultationView =
        get(&amina, Request::Consultation(process.clone())).await;
    let asked = view.form.questions;
    assert_eq!(asked[1].kind, QuestionKindView::Group);
    let respond = |name: &str, assisted| majlis_node::api::process::Respond {
        space: at.space.clone(),
        consultation: process.consultation.clone(),
        answers: answers(&asked, name),
        assisted,
        slot: None,
    };
    let taken: Responded = get(&amina, Request::Respond(respond("ليلى", Some(paper())))).await;
    carry(&amina, &salma.node, &at).await;

    let shown = ShownReceipt {
        code: taken.claim.unwrap(),
        space: None,
    };
    let receipts: Vec<ReceiptView> = get(&salma.node, Request::ReadReceipt(shown.clone())).await;
    assert_eq!(receipts[0].title, "Le ménage");
    assert_eq!(labels(&receipts[0].questions), ["Membres", "Qui", "Nom"]);
    // What nobody answered is not among what was said, and is not in another language to others.
    let receipts: Vec<ReceiptView> = get(&amina, Request::ReadReceipt(shown)).await;
    assert_eq!(labels(&receipts[0].questions), ["أفراد", "من هو", "الاسم"]);

    let _: Responded = get(&salma.node, Request::Respond(respond("سالم", None))).await;
    // Her list names the consultation in her language, the officer's in its own.
    for (node, title) in [(&salma.node, "Le ménage"), (&amina, "البيت")] {
        let list: Vec<ConsultationSummary> = get(node, Request::Consultations(at.clone())).await;
        assert_eq!(list[0].title, title);
    }
    let held: HeldAboutMe = get(&salma.node, Request::HeldAboutMe(Nothing {})).await;
    let answer = &held.spaces[0].answers[0];
    assert_eq!(answer.title, "Le ménage");
    assert_eq!(labels(&answer.questions), ["Membres", "Qui", "Nom"]);
    assert_eq!(answer.answers, answers(&asked, "سالم"));
}
