//! What is not shown yet is told by nothing: not by how many signed, not by a search.

use majlis_node::api::activity::{
    ActivityView, LadderStepView, PetitionRuleView, PollRuleView, RuleView, ShownName,
    ThresholdView, VotersName,
};
use majlis_node::api::me::{HitPlace, Search, SearchHit};
use majlis_node::api::outcome::{OutcomeView, RecountView};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ChoiceView, CloseConsultation, ConsultationDraft, ConsultationNew,
    ConsultationRef, ConsultationView, QuestionKindView, QuestionView, Respond, Responded,
    StageName,
};
use majlis_node::api::results::ResultsView;
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{found, get, person};

async fn opened(
    node: &Node,
    space: &SpaceRef,
    questions: Vec<QuestionView>,
    rule: RuleView,
) -> ConsultationRef {
    let draft = ConsultationDraft {
        details: None,
        title: "Water".into(),
        description: String::new(),
        audience: String::new(),
        stage: StageName::Decide,
        questions,
        activity: Some(ActivityView {
            rule,
            voters: VotersName::Everybody,
            shown: ShownName::AfterClose,
            roll: None,
            quorum: None,
            least: 0,
        }),
    };
    let new = ConsultationNew {
        space: space.space.clone(),
        draft,
    };
    let at: ConsultationRef = get(node, Request::NewConsultation(new)).await;
    let _: Nothing = get(node, Request::OpenConsultation(at.clone())).await;
    at
}

async fn answer(node: &Node, at: &ConsultationRef, answers: Vec<AnswerTo>) {
    let respond = Respond {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        answers,
        assisted: None,
        slot: None,
    };
    let _: Responded = get(node, Request::Respond(respond)).await;
}

async fn close(node: &Node, at: &ConsultationRef) {
    let close = CloseConsultation {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        note: String::new(),
    };
    let _: Nothing = get(node, Request::CloseConsultation(close)).await;
}

fn question(label: &str, required: bool, kind: QuestionKindView) -> QuestionView {
    QuestionView {
        details: None,
        id: String::new(),
        label: label.into(),
        hint: String::new(),
        required,
        kind,
    }
}

#[tokio::test]
async fn how_many_signed_is_not_told_before_the_rule_says_so() {
    let host = person("Amina").await;
    let (node, space) = (&host.node, found(&host.node).await);
    let rule = RuleView::Petition(PetitionRuleView {
        name: "ours".into(),
        source: "the village".into(),
        read_on: "2026-11".into(),
        steps: vec![LadderStepView {
            name: "answer".into(),
            threshold: ThresholdView::Number { signatures: 2 },
            answer_days: Some(15),
        }],
        committee: None,
        distribution: None,
        window_days: None,
        least_age: None,
        text_fixed_at: None,
        population: None,
        areas: false,
        members: Vec::new(),
    });
    let at = opened(node, &space, Vec::new(), rule).await;
    answer(node, &at, Vec::new()).await;
    for told in [false, true] {
        let view: ConsultationView = get(node, Request::Consultation(at.clone())).await;
        assert_eq!(view.summary.answers, told.then_some(1));
        let outcome: OutcomeView = get(node, Request::Outcome(at.clone())).await;
        assert_eq!((outcome.told, outcome.counted.all), (told, told.into()));
        let results: ResultsView = get(node, Request::Results(at.clone())).await;
        assert_eq!((results.told, results.counted.all), (told, told.into()));
        let again: RecountView = get(node, Request::Recount(at.clone())).await;
        assert_eq!(again.counted.all, u32::from(told));
        if !told {
            close(node, &at).await;
        }
    }
}

#[tokio::test]
async fn a_search_tells_no_words_of_ballots_that_are_not_shown_yet() {
    let host = person("Amina").await;
    let (node, space) = (&host.node, found(&host.node).await);
    let option = |label: &str| ChoiceView {
        details: None,
        id: 0,
        label: label.into(),
        project: None,
    };
    let options = vec![option("Well"), option("Road")];
    let questions = vec![
        question("Which?", true, QuestionKindView::SingleChoice { options }),
        question("Why?", false, QuestionKindView::Text),
    ];
    let rule = RuleView::Poll(PollRuleView {
        kind: "poll".into(),
        none_of_these: None,
        tests: Vec::new(),
        places: 0,
        tie: Vec::new(),
    });
    let at = opened(node, &space, questions, rule).await;
    let view: ConsultationView = get(node, Request::Consultation(at.clone())).await;
    let [which, why] = view.form.questions.as_slice() else {
        panic!("{:?}", view.form.questions);
    };
    let QuestionKindView::SingleChoice { options } = &which.kind else {
        panic!("{which:?}");
    };
    let to = |question: &QuestionView, value| AnswerTo {
        question: question.id.clone(),
        value,
    };
    let answers = vec![
        to(which, AnswerValue::Choices(vec![options[0].id])),
        to(why, AnswerValue::Text("pomegranates are thirsty".into())),
    ];
    answer(node, &at, answers).await;
    let search = || {
        Request::Search(Search {
            text: "pomegranates".into(),
            space: None,
        })
    };
    let hits: Vec<SearchHit> = get(node, search()).await;
    assert_eq!(hits, []);
    close(node, &at).await;
    let hits: Vec<SearchHit> = get(node, search()).await;
    assert!(matches!(hits.as_slice(), [hit] if matches!(hit.place, HitPlace::Answer(_))));
}
