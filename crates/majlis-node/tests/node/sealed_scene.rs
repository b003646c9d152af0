//! A consultation of which some questions are sealed, and looking for what must not be readable.

use crate::scene::{get, member};
use majlis_node::api::details::QuestionDetails;
use majlis_node::api::filling::{BeginFilling, Fill, FillingView, FinishFilling};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ChoiceView, ConsultationDraft, ConsultationNew, ConsultationRef,
    QuestionKindView, QuestionView, Respond, Responded, ResponsePage, ResponsesQuery, StageName,
};
use majlis_node::api::results::{AxisName, CrossAsked, ResultsView};
use majlis_node::api::sealing::{OpenSealed, SealingView};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{Nothing, Request};
use majlis_node::node::Node;
use std::path::Path;

pub(crate) const SECRET: &str = "syphilis at the old mill";

pub(crate) fn question(id: u8, label: &str, kind: QuestionKindView) -> QuestionView {
    let details = QuestionDetails {
        name: label.to_lowercase(),
        ..QuestionDetails::default()
    };
    QuestionView {
        id: format!("{id:016x}"),
        label: label.into(),
        hint: String::new(),
        required: false,
        kind,
        details: Some(Box::new(details)),
    }
}

/// Where somebody lives, whether they were ill and with what; and where they were treated, which is
/// asked of those who were.
pub(crate) fn draft() -> ConsultationDraft {
    let options = |labels: &[&str]| {
        let each = (1..).zip(labels).map(|(id, label)| ChoiceView {
            id,
            label: (*label).into(),
            project: None,
            details: None,
        });
        each.collect::<Vec<_>>()
    };
    let village = options(&["Upper", "Lower"]);
    let ill = options(&["Yes", "No"]);
    let mut treated = question(4, "Treated", QuestionKindView::Text);
    let details = treated.details.as_mut().unwrap();
    details.rules.relevant = "${ill} = 'o1'".into();
    let mut asks_ill = question(2, "Ill", QuestionKindView::SingleChoice { options: ill });
    asks_ill.required = true;
    if let QuestionKindView::SingleChoice { options } = &mut asks_ill.kind {
        for (at, option) in options.iter_mut().enumerate() {
            let details = majlis_node::api::details::ChoiceDetailsView {
                name: format!("o{}", at + 1),
                ..Default::default()
            };
            option.details = Some(Box::new(details));
        }
    }
    ConsultationDraft {
        title: "Health".into(),
        description: String::new(),
        audience: String::new(),
        stage: StageName::Consult,
        questions: vec![
            question(
                1,
                "Village",
                QuestionKindView::SingleChoice { options: village },
            ),
            asks_ill,
            question(3, "What", QuestionKindView::Text),
            treated,
            question(5, "Picture", QuestionKindView::Photo),
        ],
        activity: None,
        details: None,
    }
}

pub(crate) fn id(question: u8) -> String {
    format!("{question:016x}")
}

pub(crate) async fn drafted(node: &Node, at: &SpaceRef) -> ConsultationRef {
    let new = ConsultationNew {
        space: at.space.clone(),
        draft: draft(),
    };
    get(node, Request::NewConsultation(new)).await
}

pub(crate) async fn sealing(node: &Node, at: &ConsultationRef) -> SealingView {
    let view: Option<SealingView> = get(node, Request::Sealing(at.clone())).await;
    view.unwrap()
}

pub(crate) fn answers(at: &ConsultationRef, village: u16, ill: u16, what: &str) -> Respond {
    let choice = |question, option| AnswerTo {
        question: id(question),
        value: AnswerValue::Choices(vec![option]),
    };
    let mut answers = vec![choice(1, village), choice(2, ill)];
    if !what.is_empty() {
        answers.push(AnswerTo {
            question: id(3),
            value: AnswerValue::Text(what.into()),
        });
    }
    Respond {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        answers,
        assisted: None,
        slot: None,
    }
}

pub(crate) async fn results(node: &Node, at: &ConsultationRef) -> ResultsView {
    get(node, Request::Results(at.clone())).await
}

pub(crate) async fn responses(node: &Node, at: &ConsultationRef) -> ResponsePage {
    let query = ResponsesQuery {
        counted: false,
        slots: Vec::new(),
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        mine: false,
        text: String::new(),
        offset: 0,
        limit: 0,
    };
    get(node, Request::Responses(query)).await
}

pub(crate) fn crossed(at: &ConsultationRef) -> Request {
    Request::CrossTable(CrossAsked {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        rows: AxisName::Question(id(1)),
        columns: AxisName::Question(id(2)),
        least: 0,
    })
}

/// All bytes of all files below a folder.
pub(crate) fn bytes_below(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(bytes_below(&path));
        } else {
            all.extend(std::fs::read(&path).unwrap());
        }
    }
    all
}

pub(crate) fn holds(folder: &Path, text: &str) -> bool {
    let bytes = bytes_below(folder);
    bytes
        .windows(text.len())
        .any(|window| window == text.as_bytes())
}

pub(crate) async fn opened(
    node: &Node,
    at: &SpaceRef,
    questions: &[u8],
    keepers: &[&str],
    threshold: u8,
) -> ConsultationRef {
    let made = drafted(node, at).await;
    let mut devices = Vec::new();
    for name in keepers {
        devices.push(member(node, at, name).await.device);
    }
    let open = OpenSealed {
        space: made.space.clone(),
        consultation: made.consultation.clone(),
        questions: questions.iter().copied().map(id).collect(),
        keepers: devices,
        threshold,
    };
    let _: Nothing = get(node, Request::OpenSealed(open)).await;
    made
}

/// A person corrects where they live, which is open, and hands it in.
pub(crate) async fn corrected(node: &Node, made: &ConsultationRef) {
    let begin = BeginFilling {
        space: made.space.clone(),
        consultation: made.consultation.clone(),
        assisted: false,
        slot: None,
        language: None,
    };
    let view: FillingView = get(node, Request::BeginFilling(begin)).await;
    let village = view.changed.iter().find(|one| one.question == id(1));
    let fill = Fill {
        space: made.space.clone(),
        beforehand: false,
        filling: view.filling.clone(),
        path: village.unwrap().path.clone(),
        value: Some(AnswerValue::Choices(vec![2])),
    };
    let _: FillingView = get(node, Request::Fill(fill)).await;
    let finish = FinishFilling {
        space: made.space.clone(),
        filling: view.filling,
        assisted: None,
    };
    let _: Responded = get(node, Request::FinishFilling(finish)).await;
}
