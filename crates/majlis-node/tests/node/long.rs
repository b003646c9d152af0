//! Answers that are longer than what is recorded at once.

use majlis_node::api::process::{
    AnswerTo, AnswerValue, ConsultationNew, ConsultationRef, ConsultationView, QuestionKindView,
    QuestionView, Respond, Responded,
};
use majlis_node::api::{ErrorCode, Nothing, Request};

use crate::form;
use crate::scene::{call, found, get, named};

#[tokio::test]
async fn an_answer_that_is_too_long_is_told_to_be_too_long() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let mut draft = form();
    draft.questions = (0..13)
        .map(|number| QuestionView {
            details: None,
            id: String::new(),
            label: format!("Tell us, part {number}"),
            hint: String::new(),
            required: false,
            kind: QuestionKindView::Text,
        })
        .collect();
    let space = at.space.clone();
    let new = ConsultationNew { space, draft };
    let made: ConsultationRef = get(&amina, Request::NewConsultation(new)).await;
    let _: Nothing = get(&amina, Request::OpenConsultation(made.clone())).await;
    let view: ConsultationView = get(&amina, Request::Consultation(made.clone())).await;
    let respond = |questions: usize| Respond {
        space: at.space.clone(),
        consultation: made.consultation.clone(),
        answers: view.form.questions[..questions]
            .iter()
            .map(|question| AnswerTo {
                question: question.id.clone(),
                value: AnswerValue::Text("x".repeat(8_000)),
            })
            .collect(),
        assisted: None,
        slot: None,
    };
    let refused: Result<Responded, _> = call(&amina, Request::Respond(respond(13))).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::TooLong);
    let _: Responded = get(&amina, Request::Respond(respond(11))).await;
}
