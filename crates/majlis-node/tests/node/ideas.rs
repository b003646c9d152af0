//! From ideas to a budget over real nodes: joined with the consent of who brought them, what can be done, and
//! the draft of the ballot.

use majlis_node::api::activity::{ConversationRuleView, RuleView, ShownName};
use majlis_node::api::explain::{Explain, WhyView};
use majlis_node::api::members::RankName;
use majlis_node::api::proceedings::{
    BudgetOfIdeas, KeepApart, StandingName, StatementNew, StatementRef, StatementView, StepName,
    StepNew, SubjectView,
};
use majlis_node::api::process::{
    AnswerValue, ConsultationRef, ConsultationSummary, ConsultationView, Phase, QuestionKindView,
};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined, joined_as, person, verified};
use crate::votes::{close, draft, on_paper, opened, step, vote};

async fn say(node: &Node, at: &ConsultationRef, text: &str) -> String {
    let new = StatementNew {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        text: text.to_owned(),
        assisted: false,
    };
    let said: StatementRef = get(node, Request::AddStatement(new)).await;
    said.statement
}

async fn statements(node: &Node, at: &ConsultationRef) -> Vec<StatementView> {
    get(node, Request::Statements(at.clone())).await
}

async fn one(node: &Node, at: &ConsultationRef, id: &str) -> StatementView {
    let all = statements(node, at).await;
    all.into_iter().find(|one| one.statement == id).unwrap()
}

fn about(id: &str) -> SubjectView {
    SubjectView::Statement(id.to_owned())
}

async fn join(node: &Node, at: &ConsultationRef, from: &str, into: &str) {
    let Request::Step(mut joining) = step(at, StepName::Merged, about(from), "") else {
        unreachable!()
    };
    joining.sources = vec![about(into)];
    let _: Nothing = get(node, Request::Step(joining)).await;
}

fn apart(at: &ConsultationRef, statement: &str) -> Request {
    Request::KeepApart(KeepApart {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        statement: statement.to_owned(),
        text: "for the children".to_owned(),
    })
}

async fn is_told(node: &Node, at: &ConsultationRef) -> bool {
    let space = SpaceRef {
        space: at.space.clone(),
    };
    let all: Vec<ConsultationSummary> = get(node, Request::Consultations(space)).await;
    all.iter()
        .any(|one| one.consultation == at.consultation && one.idea_told)
}

#[tokio::test(flavor = "multi_thread")]
async fn ideas_are_joined_unless_who_brought_them_keeps_them_apart_and_become_a_budget() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let bilal = joined_as(RankName::Facilitator, "Bilal", amina, &space).await;
    let hala = joined("Hala", amina, &space).await;
    let dara = joined("Dara", amina, &space).await;
    let [bilal, hala, dara] = [&bilal.node, &hala.node, &dara.node];
    let rule = RuleView::Conversation(ConversationRuleView::default());
    let talk = draft(
        "What does the village need?",
        QuestionKindView::Statements,
        rule,
    );
    let at = opened(amina, &space, talk).await;
    for node in [bilal, hala, dara] {
        carry(amina, node, &space).await;
    }
    let well = say(hala, &at, "A well at the school").await;
    let lamps = say(dara, &at, "Lamps on the road").await;
    let second = say(dara, &at, "Water for the school").await;
    let moon = say(bilal, &at, "A tower to the moon").await;
    for node in [hala, dara] {
        carry(node, bilal, &space).await;
    }
    join(bilal, &at, &second, &well).await;
    join(bilal, &at, &lamps, &well).await;
    // Of findings made one after the other the last one stands.
    for (idea, kind, text, number) in [
        (&well, StepName::Infeasible, "no water there", None),
        (&well, StepName::Feasible, "asked the engineer", Some(600)),
        (&moon, StepName::Infeasible, "too high", None),
    ] {
        let Request::Step(mut finding) = step(&at, kind, about(idea), text) else {
            unreachable!()
        };
        finding = StepNew { number, ..finding };
        let _: Nothing = get(bilal, Request::Step(finding)).await;
    }
    assert!(!is_told(dara, &at).await);
    carry(bilal, dara, &space).await;
    carry(bilal, hala, &space).await;
    // Those who brought them are told, and one of them keeps hers apart.
    assert!(is_told(dara, &at).await && is_told(hala, &at).await);
    let mine = one(dara, &at, &lamps).await;
    assert_eq!(
        (mine.standing, mine.may_keep_apart),
        (StandingName::Merged, true)
    );
    assert!(!is_told(dara, &at).await);
    assert!(!one(hala, &at, &lamps).await.may_keep_apart);
    let refused = call::<Nothing>(hala, apart(&at, &lamps)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotFound);
    let _: Nothing = get(dara, apart(&at, &lamps)).await;
    let mine = one(dara, &at, &lamps).await;
    assert_eq!(mine.standing, StandingName::In);
    assert!(mine.apart && !mine.may_keep_apart);
    carry(dara, bilal, &space).await;
    let seen = one(bilal, &at, &lamps).await;
    assert_eq!((seen.standing, seen.apart), (StandingName::In, true));
    let found = one(bilal, &at, &well).await.finding.unwrap();
    assert_eq!((found.feasible, found.cost), (true, Some(600)));

    let ask = |title: &str| {
        Request::BudgetOfIdeas(BudgetOfIdeas {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            title: title.to_owned(),
        })
    };
    let refused = call::<ConsultationRef>(hala, ask("")).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotAllowed);
    let made: ConsultationRef = get(bilal, ask(" The money of the village ")).await;
    let view: ConsultationView = get(bilal, Request::Consultation(made.clone())).await;
    assert_eq!(view.summary.phase, Phase::Draft);
    assert_eq!(view.form.title, "The money of the village");
    let QuestionKindView::MultipleChoice { options, .. } = &view.form.questions[0].kind else {
        panic!("{:?}", view.form.questions);
    };
    let mut told: Vec<_> = options
        .iter()
        .map(|one| {
            let project = one.project.clone().unwrap();
            let words = (project.about, project.proposer, project.evidence);
            (one.label.as_str(), project.cost, words)
        })
        .collect();
    told.sort();
    let words = |about: &str, proposer: &str, evidence: &str| {
        (about.to_owned(), proposer.to_owned(), evidence.to_owned())
    };
    assert_eq!(
        told,
        [
            (
                "A well at the school",
                "600".to_owned(),
                words("Water for the school", "Dara, Hala", "asked the engineer")
            ),
            ("Lamps on the road", "0".to_owned(), words("", "Dara", "")),
        ]
    );
    verified(bilal, &space).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_says_much_stands_behind_and_takes_nobody_along() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let bilal = joined("Bilal", amina, &space).await;
    let bilal = &bilal.node;
    let rule = RuleView::Conversation(ConversationRuleView {
        seeds: vec!["asked".to_owned()],
        in_front: 2,
        let_in: false,
        ..ConversationRuleView::default()
    });
    let talk = draft("Ideas", QuestionKindView::Statements, rule);
    let at = opened(amina, &space, talk).await;
    carry(amina, bilal, &space).await;
    // Much of one person, some of which another one says too, apart and later, or the form begins with.
    // What claims one millisecond is in no order that people gave it.
    let a_moment = || tokio::time::sleep(std::time::Duration::from_millis(3));
    for text in ["one", "two", "three", "four", "shared", "asked"] {
        say(amina, &at, text).await;
        a_moment().await;
    }
    for text in ["shared", "mine"] {
        say(bilal, &at, text).await;
        a_moment().await;
    }
    carry(bilal, amina, &space).await;
    carry(amina, bilal, &space).await;
    for node in [amina, bilal] {
        let all = statements(node, &at).await;
        let texts: Vec<&str> = all.iter().map(|one| one.text.as_str()).collect();
        let front = ["asked", "one", "two", "shared", "mine"];
        assert_eq!(texts, [&front[..], &["three", "four"]].concat());
    }
}

/// The options of the ballot that is made of the ideas.
async fn budget_of(node: &Node, at: &ConsultationRef) -> Vec<String> {
    let ask = Request::BudgetOfIdeas(BudgetOfIdeas {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        title: String::new(),
    });
    let made: ConsultationRef = get(node, ask).await;
    let view: ConsultationView = get(node, Request::Consultation(made)).await;
    let QuestionKindView::MultipleChoice { options, .. } = &view.form.questions[0].kind else {
        panic!("{:?}", view.form.questions);
    };
    options.iter().map(|one| one.label.clone()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn many_of_one_mind_do_not_fill_the_list_of_what_is_wanted() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let rule = RuleView::Conversation(ConversationRuleView {
        seeds: [
            "school",
            "a school",
            "the school",
            "a well",
            "a pump",
            "lamps",
        ]
        .map(str::to_owned)
        .to_vec(),
        ..ConversationRuleView::default()
    });
    let mut talk = draft("Ideas", QuestionKindView::Statements, rule);
    talk.activity.as_mut().unwrap().shown = ShownName::Always;
    let at = opened(amina, &space, talk).await;
    let all = statements(amina, &at).await;
    let id = |text: &str| {
        let one = all.iter().find(|one| one.text == text).unwrap();
        one.statement.clone()
    };
    // Seven of one mind say the same three times, five want the well, and two of them a pump.
    for person in 0..12 {
        let of: &[&str] = match person {
            0..7 => &["school", "a school", "the school"],
            7..9 => &["a well", "a pump"],
            _ => &["a well"],
        };
        let mut votes: Vec<(String, i8)> = of.iter().map(|text| (id(text), 1)).collect();
        votes.push((id("lamps"), -1));
        votes.sort();
        on_paper(amina, &at, AnswerValue::Votes(votes)).await;
    }
    let ask = Explain {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        option: 0,
    };
    let why: WhyView = get(amina, Request::Explain(ask)).await;
    let WhyView::Groups { wanted, .. } = why else {
        panic!("{why:?}");
    };
    let places: Vec<(&str, u32, Option<u32>)> = wanted
        .iter()
        .map(|one| (one.statement.as_str(), one.agree, one.weight_tenths))
        .collect();
    assert_eq!((places[0].1, places[0].2), (7, Some(70)));
    assert_eq!(places[1], (id("a well").as_str(), 5, Some(50)));
    assert_eq!((places[2].1, places[2].2), (7, Some(35)));
    assert_eq!((places[3].1, places[3].2), (7, Some(23)));
    // What so few agree with would tell what else they do, by its weight or by its place.
    assert_eq!(places[4], (id("a pump").as_str(), 2, None));
    assert_eq!(places[5], (id("lamps").as_str(), 0, None));

    // The ballot that comes of it begins with the same.
    let options = budget_of(amina, &at).await;
    let labels: Vec<String> = options.iter().map(|one| id(one)).collect();
    let ids: Vec<&str> = wanted.iter().map(|one| one.statement.as_str()).collect();
    assert_eq!(labels, ids);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_all_read_tells_nobody_an_order_that_is_withheld() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let rule = RuleView::Conversation(ConversationRuleView {
        seeds: ["lamps", "school"].map(str::to_owned).to_vec(),
        ..ConversationRuleView::default()
    });
    let mut talk = draft("Ideas", QuestionKindView::Statements, rule);
    talk.activity.as_mut().unwrap().shown = ShownName::AfterVoting;
    let at = opened(amina, &space, talk).await;
    let before = budget_of(amina, &at).await;
    // All want what is last; whoever makes the draft is among them, and is shown the outcome.
    let all = statements(amina, &at).await;
    let last = all.iter().find(|one| Some(&one.text) == before.last());
    let votes = AnswerValue::Votes(vec![(last.unwrap().statement.clone(), 1)]);
    vote(amina, &at, votes).await;
    assert_eq!(budget_of(amina, &at).await, before);
    close(amina, &at).await;
    let after = budget_of(amina, &at).await;
    assert_eq!(after.first(), before.last());
}
