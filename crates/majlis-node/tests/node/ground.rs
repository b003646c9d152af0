//! Where answers are: each place for a map, or only how many lie together.

use majlis_node::api::details::QuestionDetails;
use majlis_node::api::export::{AnswersExport, AnswersFormat, AnswersWritten};
use majlis_node::api::ground::{GroundAsked, GroundView};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ChoiceView, ConsultationNew, ConsultationRef, ConsultationView,
    PlaceView, QuestionKindView, QuestionView, Respond, Responded, ResponsePage, ResponsesQuery,
};
use majlis_node::api::results::CategoryView;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, found, get, named};
use crate::votes::{budget, paper};

async fn asked(node: &Node) -> (ConsultationRef, Vec<String>) {
    let at = found(node).await;
    let mut draft = budget();
    draft.activity = None;
    let question = |label: &str, kind| QuestionView {
        details: None,
        id: String::new(),
        label: label.into(),
        hint: String::new(),
        required: false,
        kind,
    };
    let option = |label: &str| ChoiceView {
        details: None,
        id: 0,
        label: label.into(),
        project: None,
    };
    let options = vec![option("Tap"), option("Well")];
    draft.questions = vec![
        question("Where?", QuestionKindView::Place),
        question("What?", QuestionKindView::SingleChoice { options }),
    ];
    let new = ConsultationNew {
        space: at.space,
        draft,
    };
    let at: ConsultationRef = get(node, Request::NewConsultation(new)).await;
    let _: Nothing = get(node, Request::OpenConsultation(at.clone())).await;
    let view: ConsultationView = get(node, Request::Consultation(at.clone())).await;
    let ids = view.form.questions.into_iter().map(|one| one.id);
    (at, ids.collect())
}

async fn put(node: &Node, at: &ConsultationRef, ids: &[String], place: (&str, &str), what: u16) {
    let place = PlaceView {
        latitude: place.0.into(),
        longitude: place.1.into(),
        altitude: String::new(),
        accuracy: String::new(),
    };
    let mut answers = vec![AnswerTo {
        question: ids[0].clone(),
        value: AnswerValue::Place(place),
    }];
    if what > 0 {
        answers.push(AnswerTo {
            question: ids[1].clone(),
            value: AnswerValue::Choices(vec![what]),
        });
    }
    let respond = Respond {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        answers,
        assisted: Some(paper()),
        slot: None,
    };
    let _: Responded = get(node, Request::Respond(respond)).await;
}

fn ground(at: &ConsultationRef, question: &str, by: Option<&str>, least: u32) -> Request {
    Request::Ground(GroundAsked {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        question: question.to_owned(),
        by: by.map(str::to_owned),
        least,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_told_one_by_one_with_their_groups_or_only_where_many_lie() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let (at, ids) = asked(&amina).await;
    for turn in 0..6 {
        put(&amina, &at, &ids, ("33.5138", "36.2765"), turn % 3).await;
    }
    put(&amina, &at, &ids, ("-17.2", "179.9999999"), 1).await;

    let view: GroundView = get(&amina, ground(&at, &ids[0], Some(&ids[1]), 0)).await;
    assert_eq!((view.total, view.points.len()), (7, 7));
    assert_eq!(
        view.groups,
        [
            CategoryView::Option("Tap".into()),
            CategoryView::Option("Well".into()),
            CategoryView::Unanswered
        ]
    );
    let far = view.points.iter().find(|one| one.latitude < 0).unwrap();
    assert_eq!(
        (far.latitude, far.longitude, far.group),
        (-172_000_000, 1_799_999_999, Some(0))
    );
    let of = |group| view.points.iter().filter(|one| one.group == group).count();
    assert_eq!((of(Some(0)), of(Some(1)), of(Some(2))), (3, 2, 2));

    // The answers behind a place are listed by their voices, those that count alone.
    let list = Request::Responses(ResponsesQuery {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        mine: false,
        counted: true,
        slots: vec![far.slot.clone()],
        text: String::new(),
        offset: 0,
        limit: 0,
    });
    let page: ResponsePage = get(&amina, list).await;
    assert_eq!((page.total, &page.responses[0].slot), (1, &far.slot));

    // For a wall: six lie together, and that one more is elsewhere says not where.
    let view: GroundView = get(&amina, ground(&at, &ids[0], None, 5)).await;
    assert!(view.points.is_empty() && view.groups.is_empty(), "{view:?}");
    assert_eq!((view.total, view.left_out), (7, 1));
    assert_eq!((view.cells.len(), view.cells[0].count), (1, 6));
    for _ in 0..20 {
        put(&amina, &at, &ids, ("33.5239", "36.3865"), 0).await;
    }
    let view: GroundView = get(&amina, ground(&at, &ids[0], None, 5)).await;
    assert!(view.points.is_empty(), "{view:?}");
    assert!(view.cells.iter().all(|cell| cell.count >= 5));
    let told: u32 = view.cells.iter().map(|cell| cell.count).sum();
    assert_eq!(told + view.left_out, 27);
    assert_eq!(view.left_out, 1, "{view:?}");

    for wrong in [&ids[1], &"00".to_owned()] {
        let refused = call::<GroundView>(&amina, ground(&at, wrong, None, 0)).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::BadInput);
    }
    let refused = call::<GroundView>(&amina, ground(&at, &ids[0], Some(&ids[0]), 0)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::BadInput);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_plots_of_one_farmer_make_no_square_on_a_wall() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let space = found(&amina).await.space;
    let mut draft = budget();
    draft.activity = None;
    let ids = ["00000000000000a1", "00000000000000a2"];
    let question = |id: &str, label: &str, part_of: Option<&str>, kind| QuestionView {
        details: Some(Box::new(QuestionDetails {
            name: label.to_lowercase(),
            part_of: part_of.map(str::to_owned),
            ..QuestionDetails::default()
        })),
        id: id.to_owned(),
        label: label.into(),
        hint: String::new(),
        required: false,
        kind,
    };
    draft.questions = vec![
        question(ids[0], "Plot", None, QuestionKindView::Repeat),
        question(ids[1], "Place", Some(ids[0]), QuestionKindView::Place),
    ];
    let new = ConsultationNew { space, draft };
    let at: ConsultationRef = get(&amina, Request::NewConsultation(new)).await;
    let _: Nothing = get(&amina, Request::OpenConsultation(at.clone())).await;
    let farmer = async |plots: usize| {
        let place = PlaceView {
            latitude: "33.5138".into(),
            longitude: "36.2765".into(),
            altitude: String::new(),
            accuracy: String::new(),
        };
        let row = vec![AnswerTo {
            question: ids[1].to_owned(),
            value: AnswerValue::Place(place),
        }];
        let respond = Respond {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            answers: vec![AnswerTo {
                question: ids[0].to_owned(),
                value: AnswerValue::Rows(vec![row; plots]),
            }],
            assisted: Some(paper()),
            slot: None,
        };
        let _: Responded = get(&amina, Request::Respond(respond)).await;
    };
    farmer(7).await;
    for _ in 0..3 {
        farmer(2).await;
    }
    let wall = || ground(&at, ids[1], None, 5);
    let view: GroundView = get(&amina, wall()).await;
    assert_eq!((view.total, view.left_out, view.cells.len()), (13, 13, 0));
    farmer(1).await;
    let view: GroundView = get(&amina, wall()).await;
    assert_eq!((view.cells.len(), view.left_out), (1, 0));
    assert_eq!(view.cells[0].count, 14);
}

#[tokio::test(flavor = "multi_thread")]
async fn places_go_out_as_points_with_what_their_columns_mean() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let (at, ids) = asked(&amina).await;
    put(&amina, &at, &ids, ("33.5138", "36.2765"), 1).await;
    put(&amina, &at, &ids, ("-17.2", "179.9999999"), 2).await;
    let path = folder.path().join("places.geojson");
    let export = Request::ExportAnswers(AnswersExport {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        format: AnswersFormat::GeoJson,
        path: Some(path.display().to_string()),
    });
    let written: AnswersWritten = get(&amina, export).await;
    assert_eq!(written.answers, 2);
    let read: serde_json::Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
    assert_eq!(read["type"], "FeatureCollection");
    let points = read["features"].as_array().unwrap().iter();
    let points: std::collections::BTreeSet<String> = points
        .map(|feature| feature["geometry"]["coordinates"].to_string())
        .collect();
    let expected = ["[36.2765,33.5138]", "[179.9999999,-17.2]"];
    assert_eq!(points, expected.map(str::to_owned).into());
    let described = read["dictionary"].to_string();
    assert!(
        described.contains("Where?") && described.contains("channel"),
        "{described}"
    );
    assert_eq!(read["written"]["responses"], 2);
}
