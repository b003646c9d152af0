//! Drafts go to the core and back, and what is malformed is refused.

use super::*;
use crate::api::details::ChoiceDetailsView;
use crate::api::process::StageName;

#[test]
fn a_draft_goes_to_the_core_and_back_with_new_ids_given() {
    let view = |id: &str, kind| QuestionView {
        details: None,
        id: id.to_owned(),
        label: "Which?".to_owned(),
        hint: String::new(),
        required: true,
        kind,
    };
    let option = |id, label: &str| ChoiceView {
        details: None,
        id,
        label: label.to_owned(),
        project: None,
    };
    let draft = ConsultationDraft {
        details: None,
        title: " Wells ".to_owned(),
        description: String::new(),
        audience: String::new(),
        stage: StageName::Decide,
        questions: vec![
            view(
                "",
                QuestionKindView::SingleChoice {
                    options: vec![option(0, "A"), option(7, "B"), option(0, "C")],
                },
            ),
            view(
                "00000000000000ff",
                QuestionKindView::Number {
                    min: Some("٠٫٥".into()),
                    max: None,
                },
            ),
        ],
        activity: None,
    };
    let mut next = 0;
    let form = form_of(&draft, &mut || {
        next += 1;
        QuestionId::from_bytes([next; 8])
    })
    .unwrap();
    let back = draft_of(&form);
    assert_eq!(back.title, "Wells");
    assert_eq!(back.questions[0].id, "0101010101010101");
    assert_eq!(back.questions[1].id, "00000000000000ff");
    assert_eq!(
        back.questions[0].kind,
        QuestionKindView::SingleChoice {
            options: vec![option(8, "A"), option(7, "B"), option(9, "C")]
        }
    );
    assert_eq!(
        back.questions[1].kind,
        QuestionKindView::Number {
            min: Some("0.5".into()),
            max: None
        }
    );
    assert_eq!(
        form_of(&back, &mut || QuestionId::from_bytes([0; 8])).unwrap(),
        form
    );
    assert!(form.check().is_ok());
}

#[test]
fn a_malformed_id_or_bound_is_refused() {
    let mut draft = ConsultationDraft {
        details: None,
        title: "T".to_owned(),
        description: String::new(),
        audience: String::new(),
        stage: StageName::Inform,
        questions: vec![QuestionView {
            details: None,
            id: "xyz".to_owned(),
            label: "Q".to_owned(),
            hint: String::new(),
            required: false,
            kind: QuestionKindView::Text,
        }],
        activity: None,
    };
    let mut fresh = || QuestionId::from_bytes([1; 8]);
    assert_eq!(
        form_of(&draft, &mut fresh).unwrap_err().code,
        ErrorCode::BadInput
    );
    draft.questions[0].id.clear();
    draft.questions[0].kind = QuestionKindView::Number {
        min: Some("many".into()),
        max: None,
    };
    assert_eq!(
        form_of(&draft, &mut fresh).unwrap_err().code,
        ErrorCode::BadInput
    );
}

#[test]
fn what_has_no_words_in_the_main_language_is_shown_in_another_or_by_name() {
    let option = |id, label: &str, name: &str, others: &[(&str, &str)]| {
        let each = others
            .iter()
            .map(|(language, text)| ((*language).to_owned(), (*text).to_owned()));
        ChoiceView {
            details: Some(Box::new(ChoiceDetailsView {
                name: name.to_owned(),
                label: each.collect(),
                properties: BTreeMap::new(),
                media: Vec::new(),
            })),
            id,
            label: label.to_owned(),
            project: None,
        }
    };
    let draft = ConsultationDraft {
        details: None,
        title: "T".to_owned(),
        description: String::new(),
        audience: String::new(),
        stage: StageName::Inform,
        questions: vec![QuestionView {
            details: None,
            id: String::new(),
            label: "Far?".to_owned(),
            hint: String::new(),
            required: false,
            kind: QuestionKindView::SingleChoice {
                options: vec![
                    option(1, "", "yes", &[("chinese", "是"), ("default", "Yes")]),
                    option(2, "", "no", &[("ar", "لا")]),
                    option(3, "Perhaps", "perhaps", &[("ar", "ربما")]),
                    option(4, "", "other", &[]),
                ],
            },
        }],
        activity: None,
    };
    let form = form_of(&draft, &mut || QuestionId::from_bytes([1; 8])).unwrap();
    let words = |draft: &ConsultationDraft| match &draft.questions[0].kind {
        QuestionKindView::SingleChoice { options } => options
            .iter()
            .map(|one| one.label.clone())
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(words(&shown_of(&form)), ["Yes", "لا", "Perhaps", "other"]);
    // Whoever writes it sees what is missing.
    assert_eq!(words(&draft_of(&form)), ["", "", "Perhaps", ""]);
}
