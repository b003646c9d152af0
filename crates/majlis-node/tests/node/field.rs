//! Answers seen together, an officer's day, and answers that are asked again.

use majlis_node::api::details::{ChoiceDetailsView, QuestionDetails};
use majlis_node::api::field::{BackChecksView, DayView, DrawBackChecks, TellDay};
use majlis_node::api::members::{JoinSpace, RankName};
use majlis_node::api::outcome::OutcomeView;
use majlis_node::api::process::{
    AnswerTo, AnswerValue, AssistedModeName, ConsultationDraft, ConsultationNew, ConsultationRef,
    ConsultationView, QuestionKindView, Responded,
};
use majlis_node::api::results::{
    ActorName, AxisName, CategoryView, CensusFigure, CensusRead, CensusRow, CrossAsked, CrossView,
    DividedAsked, DividedView, ReadCensus, RepresentationAsked, RepresentedView, ResultsView,
    WeightName,
};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;
use tempfile::TempDir;

use crate::scene::{call, carry, found, get, named, ticket};
use crate::{answer, assisted, opened};

/// Two officers of one space, who both have the consultation that one of them opened.
pub(crate) struct Two {
    pub(crate) amina: Node,
    pub(crate) bilal: Node,
    pub(crate) at: SpaceRef,
    pub(crate) here: ConsultationRef,
    pub(crate) form: ConsultationDraft,
    _folders: [TempDir; 2],
}

pub(crate) async fn two() -> Two {
    let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let amina = named(folders[0].path(), false, "Amina").await;
    let bilal = named(folders[1].path(), false, "Bilal").await;
    let at = found(&amina).await;
    let ticket = ticket(&amina, &at, RankName::Facilitator).await;
    let (here, form) = opened(&amina, &at).await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    carry(&bilal, &amina, &at).await;
    carry(&amina, &bilal, &at).await;
    Two {
        amina,
        bilal,
        at,
        here,
        form,
        _folders: folders,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_are_crossed_compared_and_drawn_alike_on_two_devices() {
    let Two {
        amina,
        bilal,
        at,
        here,
        form,
        ..
    } = two().await;

    let own = answer(&here, &form, 0, "");
    let _: Responded = get(&amina, Request::Respond(own)).await;
    for (officer, option) in [(&amina, 0), (&amina, 1), (&bilal, 1), (&bilal, 1)] {
        let entered = assisted(answer(&here, &form, option, ""), None);
        let entered: Responded = get(officer, Request::Respond(entered)).await;
        if option == 0 {
            let mut again = assisted(answer(&here, &form, 1, ""), Some(entered.slot));
            if let Some(view) = &mut again.assisted {
                (view.mode, view.consent) = (AssistedModeName::Phone, false);
            }
            let _: Responded = get(officer, Request::Respond(again)).await;
        }
    }
    carry(&bilal, &amina, &at).await;
    carry(&amina, &bilal, &at).await;

    let day: DayView = get(&amina, Request::FieldDay(here.clone())).await;
    assert_eq!((day.people, day.corrected, day.in_all), (2, 1, 2));
    assert_eq!((day.without_consent, day.officer.as_str()), (1, "Amina"));
    assert_eq!(day.entered.len(), 3);
    assert_eq!(day.entered[0].note, "house 7");
    assert!(day.first <= day.last && day.first.is_some());

    let crossed = |least| CrossAsked {
        space: here.space.clone(),
        consultation: here.consultation.clone(),
        rows: AxisName::Question(form.questions[0].id.clone()),
        columns: AxisName::Channel,
        least,
    };
    let table: CrossView = get(&bilal, Request::CrossTable(crossed(0))).await;
    assert_eq!(table.rows[1], CategoryView::Option("Market".to_owned()));
    assert_eq!(table.columns, [CategoryView::Own, CategoryView::Assisted]);
    assert_eq!(table.cells[0], [Some(1), Some(0)]);
    assert_eq!(table.cells[1], [Some(0), Some(4)]);
    assert_eq!(table.total, 5);
    let again: CrossView = get(&amina, Request::CrossTable(crossed(0))).await;
    assert_eq!(again, table);
    let hidden: CrossView = get(&amina, Request::CrossTable(crossed(5))).await;
    assert_eq!(hidden.cells[1][1], None);
    let text = CrossAsked {
        columns: AxisName::Question(form.questions[1].id.clone()),
        ..crossed(0)
    };
    let refused = call::<CrossView>(&amina, Request::CrossTable(text)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, ErrorCode::BadInput);
    assert_eq!(
        refused.detail.as_deref(),
        Some(form.questions[1].id.as_str())
    );

    let QuestionKindView::SingleChoice { options } = &form.questions[0].kind else {
        panic!("a choice")
    };
    let row = |at: usize, people| CensusRow {
        id: options[at].id.into(),
        people,
    };
    let asked = RepresentationAsked {
        space: here.space.clone(),
        consultation: here.consultation.clone(),
        question: form.questions[0].id.clone(),
        census: vec![row(0, 600), row(1, 400)],
    };
    let groups: Vec<RepresentedView> = get(&amina, Request::Representation(asked)).await;
    let shares: Vec<(u32, u32)> = groups.iter().map(|one| (one.share, one.expected)).collect();
    assert_eq!(shares, [(200, 600), (800, 400)]);
    // Of five answers nothing is said.
    assert!(groups.iter().all(|one| one.weight == WeightName::Unsure));
    let table = format!(
        "Group;People\n{};600\n{} ;400\nElsewhere;3\n",
        options[0].label, options[1].label
    );
    let read = |question: &str| {
        Request::ReadCensus(ReadCensus {
            space: here.space.clone(),
            consultation: here.consultation.clone(),
            question: question.to_owned(),
            base64: data_encoding::BASE64.encode(table.as_bytes()),
            column: None,
        })
    };
    let found: CensusRead = get(&amina, read(&form.questions[0].id)).await;
    let figure = |at: usize, people: &str| CensusFigure {
        id: options[at].id.into(),
        people: people.to_owned(),
    };
    assert_eq!(found.rows, vec![figure(0, "600"), figure(1, "400")]);
    assert_eq!(
        (found.column, found.columns[0].title.as_str()),
        (Some(2), "People")
    );
    assert_eq!((found.strays.len(), found.strays[0].row), (1, 4));
    let refused = call::<CensusRead>(&amina, read(&form.questions[1].id)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::BadInput);

    let draw = |seed: &str, percent| {
        Request::DrawBackChecks(DrawBackChecks {
            space: here.space.clone(),
            consultation: here.consultation.clone(),
            seed: seed.to_owned(),
            percent,
        })
    };
    let drawn: BackChecksView = get(&amina, draw("6 2 2", 50)).await;
    let other: BackChecksView = get(&bilal, draw("6 2 2", 50)).await;
    assert_eq!(drawn.checks.len(), 2);
    for (one, same) in drawn.checks.iter().zip(&other.checks) {
        assert_eq!((&one.slot, &one.checker), (&same.slot, &same.checker));
        assert_ne!(one.checker.as_ref(), Some(&one.officer));
        assert_ne!(one.mine, same.mine, "one of two officers checks");
    }
    for (seed, percent) in [("  ", 5), ("6", 0), ("6", 101)] {
        let refused = call::<BackChecksView>(&amina, draw(seed, percent)).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::BadInput);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_would_not_be_asked_is_counted_with_the_officer_and_kept() {
    let Two {
        amina,
        bilal,
        at,
        here,
        ..
    } = two().await;
    let tell = |refused: i32, target: Option<u32>| {
        Request::TellDay(TellDay {
            space: here.space.clone(),
            consultation: here.consultation.clone(),
            refused,
            target,
        })
    };
    let seen = |day: &DayView| (day.refused, day.refused_here, day.target);
    for (refused, target, expected) in [
        (1, None, (1, 1, 0)),
        (1, Some(40), (2, 2, 40)),
        (0, Some(40), (2, 2, 40)),
        (-1, Some(30), (1, 1, 30)),
        // Fewer than nobody is nobody.
        (-5, None, (0, 0, 30)),
        (3, None, (3, 3, 30)),
    ] {
        let day: DayView = get(&amina, tell(refused, target)).await;
        assert_eq!(seen(&day), expected);
    }
    carry(&amina, &bilal, &at).await;
    let others: DayView = get(&bilal, Request::FieldDay(here.clone())).await;
    assert_eq!(seen(&others), (0, 0, 0));
    let day: DayView = get(&bilal, tell(1, None)).await;
    assert_eq!(seen(&day), (1, 1, 0));
    carry(&bilal, &amina, &at).await;
    let day: DayView = get(&amina, Request::FieldDay(here.clone())).await;
    assert_eq!(seen(&day), (3, 3, 30));
    // It is no step of the consultation that people are shown.
    let outcome: OutcomeView = get(&amina, Request::Outcome(here)).await;
    assert!(outcome.steps.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn results_say_who_is_heard_and_are_split_so_that_nobody_is_singled_out() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let mut draft = crate::form();
    let names = ["citizen", "government", "private"];
    let mut actor = draft.questions[0].clone();
    actor.id = String::new();
    actor.label = "In which capacity?".into();
    actor.required = false;
    let details = QuestionDetails {
        name: "actor_type".into(),
        ..QuestionDetails::default()
    };
    actor.details = Some(Box::new(details));
    let QuestionKindView::SingleChoice { options } = &mut actor.kind else {
        panic!("a choice")
    };
    let first = options[0].clone();
    options.clear();
    for (id, name) in (1..).zip(names) {
        let mut option = first.clone();
        (option.id, option.label) = (id, name.to_owned());
        let details = ChoiceDetailsView {
            name: name.into(),
            ..ChoiceDetailsView::default()
        };
        option.details = Some(Box::new(details));
        options.push(option);
    }
    draft.questions.push(actor);
    let new = ConsultationNew {
        space: at.space.clone(),
        draft,
    };
    let here: ConsultationRef = get(&amina, Request::NewConsultation(new)).await;
    let _: Nothing = get(&amina, Request::OpenConsultation(here.clone())).await;
    let view: ConsultationView = get(&amina, Request::Consultation(here.clone())).await;
    let last = view.form.questions.last().unwrap().id.clone();
    // Seven citizens, one official, and six who do not say.
    for number in 0..14 {
        let mut said = assisted(answer(&here, &view.form, number % 2, ""), None);
        let actor = match number {
            0..7 => Some(1),
            7 => Some(2),
            _ => None,
        };
        said.answers.extend(actor.map(|actor| AnswerTo {
            question: last.clone(),
            value: AnswerValue::Choices(vec![actor]),
        }));
        let _: Responded = get(&amina, Request::Respond(said)).await;
    }
    let results: ResultsView = get(&amina, Request::Results(here.clone())).await;
    let balance = results.balance.unwrap();
    let voices: Vec<u32> = balance.voices.iter().map(|one| one.voices).collect();
    assert_eq!((voices, balance.untold), (vec![1, 0, 7], 6));
    assert_eq!(balance.most, Some(ActorName::Citizen));
    assert_eq!(balance.silent, [ActorName::Private]);

    let split = |by: AxisName| {
        Request::Divided(DividedAsked {
            space: here.space.clone(),
            consultation: here.consultation.clone(),
            by,
        })
    };
    let divided: DividedView = get(&amina, split(AxisName::Question(last.clone()))).await;
    let groups: Vec<_> = divided
        .groups
        .iter()
        .map(|one| (one.group.clone(), one.voices))
        .collect();
    // The official is with those who did not say.
    let citizen = Some(CategoryView::Option("citizen".into()));
    assert_eq!(groups, [(citizen, 7), (None, 7)]);
    let told = |cell: &Option<u32>| cell.is_none_or(|cell| cell == 0 || cell >= divided.least);
    let cells = || {
        divided
            .questions
            .iter()
            .flat_map(|one| one.cells.iter().flatten())
    };
    assert!(cells().all(told));
    // Four and three of seven: neither may be told, nor what would give them away.
    assert!(cells().take(4).all(Option::is_none));
    let channel: DividedView = get(&amina, split(AxisName::Channel)).await;
    assert_eq!(channel.groups.len(), 1);
    let text = view.form.questions[1].id.clone();
    let refused = call::<DividedView>(&amina, split(AxisName::Question(text))).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::BadInput);
}
