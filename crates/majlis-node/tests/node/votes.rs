//! Activities over real nodes: ballots cast apart, merged, closed, counted, counted again and signed.

use majlis_node::api::activity::{
    ActivityView, BudgetRuleView, ConversationRuleView, PetitionRuleView, PresetsView, ProjectView,
    RollView, RuleView, ShownName, VotersName,
};
use majlis_node::api::export::{AnswersExport, AnswersFormat};
use majlis_node::api::outcome::{
    BallotsExport, BallotsWritten, OutcomeView, RecountView, ResultView,
};
use majlis_node::api::proceedings::{
    StandingName, StateResult, StatementNew, StatementRef, StatementView, StepName, StepNew,
    SubjectView,
};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, AssistedModeName, AssistedView, ChoiceView, CloseConsultation,
    ConsultationDraft, ConsultationNew, ConsultationRef, ConsultationView, MyResponse,
    QuestionKindView, QuestionView, Respond, Responded, ResponsePage, ResponseStatus,
    ResponsesQuery, StageName,
};
use majlis_node::api::results::{AxisName, CrossAsked, RepresentationAsked, ResultsView};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined, named, person, verified};

#[path = "votes/petition.rs"]
mod petition;

pub(crate) fn draft(title: &str, kind: QuestionKindView, rule: RuleView) -> ConsultationDraft {
    ConsultationDraft {
        details: None,
        title: title.into(),
        description: String::new(),
        audience: String::new(),
        stage: StageName::Decide,
        questions: vec![QuestionView {
            details: None,
            id: String::new(),
            label: "Which?".into(),
            hint: String::new(),
            required: true,
            kind,
        }],
        activity: Some(ActivityView {
            rule,
            voters: VotersName::Guests,
            shown: ShownName::AfterClose,
            roll: Some(RollView {
                people: 12,
                source: "the register of the village".into(),
            }),
            quorum: Some("25".into()),
            least: 0,
        }),
    }
}

pub(crate) fn budget() -> ConsultationDraft {
    let project = |label: &str, cost: &str| ChoiceView {
        details: None,
        id: 0,
        label: label.into(),
        project: Some(ProjectView {
            cost: cost.into(),
            place: Some(("33.5".into(), "-36.3".into())),
            ..ProjectView::default()
        }),
    };
    let options = vec![
        project("Well", "٦٠٠"),
        project("Lamps", "300.5"),
        project("Bench", "100"),
    ];
    let rule = BudgetRuleView {
        money: "900".into(),
        decimals: 2,
        currency: "TND".into(),
        ballot: "knapsack".into(),
        method: "equal-shares".into(),
        utility: "cost".into(),
        completion: "add1u".into(),
        step: None,
        exhaustive_stop: false,
        integral_start: false,
        comparison: "none".into(),
        tie: Vec::new(),
    };
    draft(
        "Spring budget",
        QuestionKindView::MultipleChoice { options, most: 0 },
        RuleView::Budget(rule),
    )
}

/// Every other call that would tell what was voted says that it is not shown yet.
async fn nothing_tells_the_outcome(node: &Node, at: &ConsultationRef) {
    let view: ConsultationView = get(node, Request::Consultation(at.clone())).await;
    let (space, consultation) = (at.space.clone(), at.consultation.clone());
    let question = view.form.questions[0].id.clone();
    let responses = |mine| {
        Request::Responses(ResponsesQuery {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            mine,
            counted: false,
            slots: Vec::new(),
            text: String::new(),
            offset: 0,
            limit: 0,
        })
    };
    let asked = [
        responses(false),
        Request::CrossTable(CrossAsked {
            space: space.clone(),
            consultation: consultation.clone(),
            rows: AxisName::Question(question.clone()),
            columns: AxisName::Channel,
            least: 0,
        }),
        Request::Representation(RepresentationAsked {
            space: space.clone(),
            consultation: consultation.clone(),
            question,
            census: Vec::new(),
        }),
        Request::ExportAnswers(AnswersExport {
            space,
            consultation,
            format: AnswersFormat::Json,
            path: None,
        }),
    ];
    for request in asked {
        let name = request.name();
        let refused = call::<serde_json::Value>(node, request).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::Withheld, "{name}");
    }
    let _: ResponsePage = get(node, responses(true)).await;
}

pub(crate) async fn opened(
    node: &Node,
    at: &SpaceRef,
    draft: ConsultationDraft,
) -> ConsultationRef {
    let space = at.space.clone();
    let new = ConsultationNew { space, draft };
    let made: ConsultationRef = get(node, Request::NewConsultation(new)).await;
    let _: Nothing = get(node, Request::OpenConsultation(made.clone())).await;
    made
}

pub(crate) async fn ballot(at: &ConsultationRef, node: &Node, value: AnswerValue) -> Respond {
    let view: ConsultationView = get(node, Request::Consultation(at.clone())).await;
    Respond {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        answers: vec![AnswerTo {
            question: view.form.questions[0].id.clone(),
            value,
        }],
        assisted: None,
        slot: None,
    }
}

pub(crate) async fn vote(node: &Node, at: &ConsultationRef, value: AnswerValue) {
    let ballot = ballot(at, node, value).await;
    let _: Responded = get(node, Request::Respond(ballot)).await;
}

pub(crate) fn paper() -> AssistedView {
    AssistedView {
        mode: AssistedModeName::Paper,
        consent: true,
        note: String::new(),
    }
}

pub(crate) async fn on_paper(node: &Node, at: &ConsultationRef, value: AnswerValue) -> Responded {
    let mut ballot = ballot(at, node, value).await;
    ballot.assisted = Some(paper());
    let taken: Responded = get(node, Request::Respond(ballot)).await;
    assert!(taken.claim.is_some());
    taken
}

pub(crate) async fn close(node: &Node, at: &ConsultationRef) {
    let close = CloseConsultation {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        note: String::new(),
    };
    let _: Nothing = get(node, Request::CloseConsultation(close)).await;
}

async fn outcome(node: &Node, at: &ConsultationRef) -> OutcomeView {
    get(node, Request::Outcome(at.clone())).await
}

async fn recount(node: &Node, at: &ConsultationRef) -> RecountView {
    get(node, Request::Recount(at.clone())).await
}

fn state(at: &ConsultationRef, summary: &str) -> Request {
    Request::StateResult(StateResult {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        summary: summary.into(),
    })
}

pub(crate) fn step(
    at: &ConsultationRef,
    kind: StepName,
    about: SubjectView,
    text: &str,
) -> Request {
    Request::Step(StepNew {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        kind,
        about,
        text: text.into(),
        number: None,
        day: None,
        sources: Vec::new(),
        replaces: Vec::new(),
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_voted_apart_has_one_hash_on_every_device() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let bilal = joined("Bilal", &amina, &at).await;
    let hala = joined("Hala", &amina, &at).await;
    let process = opened(&amina, &at, budget()).await;
    carry(&amina, &bilal.node, &at).await;
    carry(&amina, &hala.node, &at).await;
    let view: ConsultationView = get(&bilal.node, Request::Consultation(process.clone())).await;
    let QuestionKindView::MultipleChoice { options, .. } = &view.form.questions[0].kind else {
        panic!("the ballot of a budget");
    };
    // As it was drafted, whatever digits the costs were typed in.
    let shown = options[0].project.as_ref().unwrap();
    assert_eq!((shown.cost.as_str(), options[1].id), ("600.00", 2));
    assert_eq!(shown.place, Some(("33.5".into(), "-36.3".into())));

    // Nobody meets anybody: two devices, and a guest of the room on Amina's.
    vote(&amina, &process, AnswerValue::Choices(vec![2, 3])).await;
    on_paper(&amina, &process, AnswerValue::Choices(vec![2])).await;
    vote(&bilal.node, &process, AnswerValue::Choices(vec![1, 3])).await;
    vote(&bilal.node, &process, AnswerValue::Choices(vec![1])).await;
    vote(&hala.node, &process, AnswerValue::Choices(vec![3])).await;
    let over = ballot(&process, &bilal.node, AnswerValue::Choices(vec![1, 2, 3])).await;
    let error = call::<Responded>(&bilal.node, Request::Respond(over))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::AnswerUnfit);
    let early = outcome(&bilal.node, &process).await;
    assert_eq!(early.result, ResultView::Withheld);
    assert_eq!((early.hash, early.counted.all), (None, 1));
    let figures: ResultsView = get(&bilal.node, Request::Results(process.clone())).await;
    assert_eq!(figures.questions[0].answered.all, 0, "withheld too");
    nothing_tells_the_outcome(&bilal.node, &process).await;

    carry(&bilal.node, &amina, &at).await;
    // Hala's ballot has not come when Amina closes.
    close(&amina, &process).await;
    carry(&hala.node, &amina, &at).await;
    let _: Nothing = get(&amina, state(&process, "lamps and a bench")).await;
    carry(&amina, &bilal.node, &at).await;
    let here = recount(&amina, &process).await;
    let there = recount(&bilal.node, &process).await;
    assert_eq!((&here.hash, &here.result), (&there.hash, &there.result));
    assert!(here.lists_agree && there.lists_agree);
    assert_eq!((there.counted.all, there.counted.assisted), (3, 1));
    assert!(there.stated[0].agrees && there.stated[0].by == "Amina");
    assert_eq!(
        here.stated, there.stated,
        "whoever counts again reads the same"
    );
    assert!(outcome(&amina, &process).await.signed);
    assert!(!outcome(&bilal.node, &process).await.signed);
    let reasons = |view: &RecountView| -> Vec<ResponseStatus> {
        view.discarded.iter().map(|one| one.reason).collect()
    };
    assert!(reasons(&here).contains(&ResponseStatus::Late));
    assert!(reasons(&here).contains(&ResponseStatus::Superseded));
    match &there.result {
        ResultView::Budget(budget) => {
            let funded: Vec<&str> = budget.funded.iter().map(|one| one.label.as_str()).collect();
            assert_eq!(funded, ["Lamps", "Bench"]);
            assert_eq!(
                (budget.spent.as_str(), budget.left.as_str()),
                ("400.50", "499.50")
            );
            assert_eq!(budget.losers[0].label, "Well");
        }
        other => panic!("{other:?}"),
    }
    // A member counts the same, and signs nothing.
    carry(&amina, &hala.node, &at).await;
    let hers = outcome(&hala.node, &process).await;
    assert_eq!(hers.hash.as_ref(), Some(&here.hash));
    assert_eq!(hers.turnout.as_ref().unwrap().quorum, Some(true));
    // Each is told whether their own is among what the closing names.
    let own = async |node: &Node| -> ResponseStatus {
        let mine: Option<MyResponse> = get(node, Request::MyResponse(process.clone())).await;
        mine.unwrap().status
    };
    assert_eq!(own(&bilal.node).await, ResponseStatus::Counted);
    assert_eq!(own(&hala.node).await, ResponseStatus::Late);
    let error = call::<Nothing>(&hala.node, state(&process, ""))
        .await
        .unwrap_err();
    assert_eq!(error.code, ErrorCode::NotAllowed);
    // What is done with the money is reported, and stays beside the outcome.
    let told = step(
        &process,
        StepName::Milestone,
        SubjectView::Option(2),
        "lamps are up",
    );
    let _: Nothing = get(&amina, told).await;
    let after = outcome(&amina, &process).await;
    assert_eq!(after.hash, hers.hash);
    assert_eq!(
        (after.steps[0].kind, after.steps[0].text.as_str()),
        (StepName::Milestone, "lamps are up")
    );
    verified(&amina, &at).await;
    let _: Nothing = get(&amina, Request::Reindex(at.clone())).await;
    assert_eq!(outcome(&amina, &process).await, after);
    let few = BallotsExport {
        space: at.space.clone(),
        consultation: process.consultation.clone(),
        path: "/nowhere/at/all.pb".into(),
        least: 0,
    };
    let error = call::<BallotsWritten>(&amina, Request::ExportBallots(few))
        .await
        .unwrap_err();
    assert_eq!(
        error.code,
        ErrorCode::NotAllowed,
        "three voices could be told apart"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_hides_with_a_reason_and_exports_what_counts_again_alike() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let bilal = joined("Bilal", &amina, &at).await;
    let rule = ConversationRuleView {
        seeds: vec!["Water first".into(), "A school first".into()],
        ..ConversationRuleView::default()
    };
    let mut draft = draft(
        "What first?",
        QuestionKindView::Statements,
        RuleView::Conversation(rule),
    );
    draft.activity.as_mut().unwrap().shown = ShownName::Always;
    let process = opened(&amina, &at, draft).await;
    carry(&amina, &bilal.node, &at).await;
    let say = |text: &str| StatementNew {
        space: at.space.clone(),
        consultation: process.consultation.clone(),
        text: text.into(),
        assisted: false,
    };
    let said: StatementRef = get(
        &bilal.node,
        Request::AddStatement(say("  The  road\nfirst ")),
    )
    .await;
    let empty = call::<StatementRef>(&bilal.node, Request::AddStatement(say(" \n"))).await;
    assert_eq!(empty.unwrap_err().code, ErrorCode::BadInput);
    let next: Option<StatementView> =
        get(&bilal.node, Request::NextStatement(process.clone())).await;
    let first = next.unwrap().statement;
    vote(
        &bilal.node,
        &process,
        AnswerValue::Votes(vec![(first.clone(), 1)]),
    )
    .await;
    let next: Option<StatementView> =
        get(&bilal.node, Request::NextStatement(process.clone())).await;
    assert_ne!(next.unwrap().statement, first);
    carry(&bilal.node, &amina, &at).await;
    let road = SubjectView::Statement(said.statement.clone());
    let silent = call::<Nothing>(&amina, step(&process, StepName::Hidden, road.clone(), " ")).await;
    assert_eq!(
        silent.unwrap_err().code,
        ErrorCode::BadInput,
        "nothing is hidden without a reason"
    );
    let hide = || {
        step(
            &process,
            StepName::Hidden,
            road.clone(),
            "it names a neighbour",
        )
    };
    let error = call::<Nothing>(&bilal.node, hide()).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::NotAllowed);
    let _: Nothing = get(&amina, hide()).await;
    let list: Vec<StatementView> = get(&amina, Request::Statements(process.clone())).await;
    let hidden = list
        .iter()
        .find(|one| one.statement == said.statement)
        .unwrap();
    assert_eq!(
        (hidden.standing, hidden.text.as_str()),
        (StandingName::Hidden, "The road first")
    );
    assert_eq!(hidden.reason, "it names a neighbour");
    // One statement is joined into one other that is voted on.
    let join = |into: Vec<SubjectView>| {
        let about = SubjectView::Statement(list[0].statement.clone());
        let mut join = step(&process, StepName::Merged, about, "");
        if let Request::Step(new) = &mut join {
            new.sources = into;
        }
        join
    };
    let statement = |at: usize| SubjectView::Statement(list[at].statement.clone());
    for into in [
        Vec::new(),
        vec![SubjectView::Whole],
        vec![statement(0)],
        vec![road.clone()],
        vec![statement(1), statement(1)],
    ] {
        let refused = call::<Nothing>(&amina, join(into)).await.unwrap_err();
        assert_eq!(refused.code, ErrorCode::BadInput);
    }
    for number in 0..6 {
        let votes = list
            .iter()
            .map(|one| (one.statement.clone(), if number < 3 { 1 } else { -1 }));
        on_paper(&amina, &process, AnswerValue::Votes(votes.collect())).await;
    }
    close(&amina, &process).await;
    let view = outcome(&amina, &process).await;
    let ResultView::Conversation(result) = &view.result else {
        panic!("{:?}", view.result);
    };
    assert_eq!((result.people, result.statements), (7, 2));
    assert!(recount(&amina, &process).await.lists_agree);
    let to = folder.path().join("polis");
    let export = BallotsExport {
        space: at.space.clone(),
        consultation: process.consultation.clone(),
        path: to.display().to_string(),
        least: 0,
    };
    let written: BallotsWritten = get(&amina, Request::ExportBallots(export)).await;
    assert_eq!(written.ballots, 7);
    let votes = std::fs::read_to_string(to.join("participants-votes.csv")).unwrap();
    assert_eq!(votes.lines().count(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn phragmen_says_what_everybody_had_been_given_when_a_project_was_bought() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let mut plan = budget();
    let Some(RuleView::Budget(rule)) = plan.activity.as_mut().map(|one| &mut one.rule) else {
        panic!("no budget");
    };
    rule.method = "phragmen".into();
    let at = opened(amina, &space, plan).await;
    for wanted in [vec![1, 3], vec![3]] {
        on_paper(amina, &at, AnswerValue::Choices(wanted)).await;
    }
    close(amina, &at).await;
    let ResultView::Budget(budget) = outcome(amina, &at).await.result else {
        panic!("no budget");
    };
    let earned = budget.funded.iter();
    let earned: Vec<_> = earned
        .map(|one| (one.label.as_str(), one.earned.as_deref()))
        .collect();
    // Two buy the bench for 50 each; one of them has the well when 600 more were given.
    assert_eq!(earned, [("Bench", Some("50.00")), ("Well", Some("650.00"))]);
}
