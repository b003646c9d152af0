//! What people ask to have deleted: it reaches the office, and the reply reaches them.

use majlis_node::api::activity::{ConversationRuleView, RuleView};
use majlis_node::api::document::{DocumentNew, DocumentRef};
use majlis_node::api::held::HeldAboutMe;
use majlis_node::api::me::Home;
use majlis_node::api::members::RankName;
use majlis_node::api::outcome::OutcomeView;
use majlis_node::api::proceedings::{StatementNew, StatementRef};
use majlis_node::api::process::{
    AnswerValue, ConsultationRef, ConsultationSummary, QuestionKindView, Responded,
    WithdrawResponse,
};
use majlis_node::api::requests::{
    AskDocumentErasure, AskErasure, ReplyErasure, RequestState, RequestView, RequestsView,
};
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined_as, person, verified};
use crate::votes::{ballot, budget, close, draft, opened};

fn ask(at: &ConsultationRef, text: &str) -> Request {
    Request::AskErasure(AskErasure {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        text: text.to_owned(),
    })
}

fn reply(at: &ConsultationRef, request: &str, done: bool, text: &str) -> Request {
    Request::ReplyErasure(ReplyErasure {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        request: request.to_owned(),
        done,
        text: text.to_owned(),
    })
}

async fn mine(node: &Node) -> Option<RequestView> {
    let held: HeldAboutMe = get(node, Request::HeldAboutMe(Nothing {})).await;
    held.spaces[0].answers[0].erasure.clone()
}

/// In how many spaces somebody waits for this device, and this person has a reply to read.
async fn news(node: &Node) -> (usize, usize) {
    let home: Home = get(node, Request::Home(Nothing {})).await;
    (home.to_reply.len(), home.replied.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_took_an_answer_back_is_not_asked_again() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let process = opened(&amina.node, &at, budget()).await;
    let own = ballot(&process, &amina.node, AnswerValue::Choices(vec![1])).await;
    let _: Responded = get(&amina.node, Request::Respond(own)).await;
    let withdraw = WithdrawResponse {
        space: process.space.clone(),
        consultation: process.consultation.clone(),
        slot: None,
    };
    let _: Nothing = get(&amina.node, Request::Withdraw(withdraw)).await;
    let home: Home = get(&amina.node, Request::Home(Nothing {})).await;
    assert_eq!((home.asked.len(), home.answered.len()), (0, 1));
    assert_eq!(
        (home.answered[0].answered, home.answered[0].withdrawn),
        (false, true)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_reaches_the_office_and_its_reply_the_person() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let salma = joined_as(RankName::Member, "Salma", &amina.node, &at).await;
    let dara = joined_as(RankName::Facilitator, "Dara", &amina.node, &at).await;
    let process = opened(&amina.node, &at, budget()).await;
    for member in [&salma.node, &dara.node] {
        carry(&amina.node, member, &at).await;
    }
    let own = ballot(&process, &salma.node, AnswerValue::Choices(vec![1])).await;
    let _: Responded = get(&salma.node, Request::Respond(own)).await;
    assert_eq!(mine(&salma.node).await, None);
    for text in ["  I moved away ", "asked again"] {
        let _: Nothing = get(&salma.node, ask(&process, text)).await;
    }
    let asked = mine(&salma.node).await.unwrap();
    assert_eq!(
        (asked.state, asked.text.as_str()),
        (RequestState::Open, "I moved away")
    );
    carry(&salma.node, &amina.node, &at).await;
    carry(&salma.node, &dara.node, &at).await;

    assert_eq!(news(&amina.node).await, (1, 0));
    assert_eq!(
        (news(&dara.node).await, news(&salma.node).await),
        ((0, 0), (0, 0))
    );
    let list = || Request::ErasureRequests(at.clone());
    let there: RequestsView = get(&amina.node, list()).await;
    assert_eq!((there.open, there.may_reply), (1, true));
    assert_eq!(
        (there.requests[0].by.as_str(), there.requests[0].mine),
        ("Salma", false)
    );
    let there: RequestsView = get(&dara.node, list()).await;
    assert_eq!((there.open, there.may_reply), (1, false));
    // Who may not decide may not reply, and nobody replies to what is not there, or without a word.
    let id = asked.request.clone();
    for (node, request, text, code) in [
        (&dara.node, id.as_str(), "done", ErrorCode::NotAllowed),
        (&amina.node, id.as_str(), "  ", ErrorCode::BadInput),
        (&amina.node, "nothing", "done", ErrorCode::NotFound),
    ] {
        let refused = call::<Nothing>(node, reply(&process, request, true, text)).await;
        assert_eq!(refused.unwrap_err().code, code);
    }
    let before: OutcomeView = get(&amina.node, Request::Outcome(process.clone())).await;
    let _: Nothing = get(&amina.node, reply(&process, &id, false, "it is counted")).await;
    carry(&amina.node, &salma.node, &at).await;
    assert_eq!(
        (news(&amina.node).await, news(&salma.node).await),
        ((0, 0), (0, 1))
    );
    let told = mine(&salma.node).await.unwrap();
    assert_eq!(news(&salma.node).await, (0, 0));
    assert_eq!(told.state, RequestState::Refused);
    assert_eq!(
        (told.replies[0].by.as_str(), told.replies[0].text.as_str()),
        ("Amina", "it is counted")
    );

    // Refused is not the end: they ask again, and it is done. Nothing of it is counted.
    let _: Nothing = get(&salma.node, ask(&process, "please")).await;
    carry(&salma.node, &amina.node, &at).await;
    let there: RequestsView = get(&amina.node, list()).await;
    assert_eq!((there.open, there.requests.len()), (1, 2));
    let id = there.requests[0].request.clone();
    close(&amina.node, &process).await;
    let _: Nothing = get(
        &amina.node,
        reply(&process, &id, true, "gone from the web page"),
    )
    .await;
    carry(&amina.node, &salma.node, &at).await;
    assert_eq!(mine(&salma.node).await.unwrap().state, RequestState::Done);
    let after: OutcomeView = get(&salma.node, Request::Outcome(process.clone())).await;
    assert_eq!(before.counted, after.counted);
    for node in [&amina.node, &salma.node] {
        assert!(verified(node, &at).await.clean);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_said_something_in_a_conversation_may_ask_as_whoever_answered() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let salma = joined_as(RankName::Member, "Salma", &amina.node, &at).await;
    let rule = RuleView::Conversation(ConversationRuleView::default());
    let conversation = draft("What first?", QuestionKindView::Statements, rule);
    let process = opened(&amina.node, &at, conversation).await;
    carry(&amina.node, &salma.node, &at).await;
    let say = StatementNew {
        space: at.space.clone(),
        consultation: process.consultation.clone(),
        text: "A school first".into(),
        assisted: false,
    };
    let _: StatementRef = get(&salma.node, Request::AddStatement(say)).await;
    let held =
        async |node: &Node| -> HeldAboutMe { get(node, Request::HeldAboutMe(Nothing {})).await };
    let before = held(&salma.node).await;
    let said = &before.spaces[0].statements[0];
    assert_eq!((said.said.len(), said.title.as_str()), (1, "What first?"));
    assert_eq!(said.said[0].text, "A school first");
    assert_eq!(said.erasure, None);
    let _: Nothing = get(&salma.node, ask(&process, "I regret it")).await;
    carry(&salma.node, &amina.node, &at).await;
    let all: RequestsView = get(&amina.node, Request::ErasureRequests(at.clone())).await;
    let request = &all.requests[0].request;
    let _: Nothing = get(&amina.node, reply(&process, request, true, "Hidden.")).await;
    carry(&amina.node, &salma.node, &at).await;
    let after = held(&salma.node).await;
    let state = after.spaces[0].statements[0].erasure.as_ref().unwrap();
    assert_eq!(state.state, RequestState::Done);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wrote_in_a_text_may_ask_and_is_replied_to() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let salma = joined_as(RankName::Member, "Salma", &amina.node, &at).await;
    let text = DocumentNew {
        space: at.space.clone(),
        title: "Minutes".into(),
        text: "Salma's brother owes forty.".into(),
    };
    let written: DocumentRef = get(&salma.node, Request::NewDocument(text)).await;
    let ask = || {
        Request::AskDocumentErasure(AskDocumentErasure {
            space: at.space.clone(),
            document: written.document.clone(),
            text: "the forty".into(),
        })
    };
    let held = async |node: &Node| -> Option<RequestView> {
        let held: HeldAboutMe = get(node, Request::HeldAboutMe(Nothing {})).await;
        held.spaces[0].documents[0].erasure.clone()
    };
    carry(&salma.node, &amina.node, &at).await;
    assert_eq!(held(&salma.node).await, None);
    // Asked twice is asked once.
    for _ in 0..2 {
        let _: Nothing = get(&salma.node, ask()).await;
    }
    carry(&salma.node, &amina.node, &at).await;
    let all: RequestsView = get(&amina.node, Request::ErasureRequests(at.clone())).await;
    assert_eq!((all.open, all.requests.len()), (1, 1));
    let asked = &all.requests[0];
    assert_eq!(asked.document.as_ref(), Some(&written.document));
    assert_eq!(
        (asked.title.as_str(), asked.text.as_str(), asked.mine),
        ("Minutes", "the forty", false)
    );
    // It is no consultation.
    let none: Vec<ConsultationSummary> = get(&amina.node, Request::Consultations(at.clone())).await;
    assert!(none.is_empty());
    let to = ConsultationRef {
        space: at.space.clone(),
        consultation: asked.consultation.clone(),
    };
    // A member replies to nobody.
    let refused = call::<Nothing>(&salma.node, reply(&to, &asked.request, true, "so")).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotAllowed);
    let done = reply(&to, &asked.request, true, "Gone on in a new text.");
    let _: Nothing = get(&amina.node, done).await;
    carry(&amina.node, &salma.node, &at).await;
    let after = held(&salma.node).await.unwrap();
    assert_eq!(after.state, RequestState::Done);
    assert_eq!(after.replies[0].text, "Gone on in a new text.");
    // About a text that is not there nobody asks.
    let stray = Request::AskDocumentErasure(AskDocumentErasure {
        space: at.space.clone(),
        document: "aifq".into(),
        text: String::new(),
    });
    assert!(call::<Nothing>(&salma.node, stray).await.is_err());
    for node in [&amina.node, &salma.node] {
        assert!(verified(node, &at).await.clean);
    }
}
