//! Ballot boxes over real nodes: sealed apart, signed by a second officer, joined at the closing, and those
//! that never arrived.

use majlis_node::api::boxes::{
    BoxNew, BoxSealed, BoxState, BoxesView, OpenWithBoxes, PictureBox, SealBox, SignBox,
};
use majlis_node::api::export::{AnswersExport, AnswersFormat, AnswersWritten};
use majlis_node::api::field::DayView;
use majlis_node::api::media::{BlobRef, BlobView, KeepMedia, PhotoView};
use majlis_node::api::members::RankName;
use majlis_node::api::outcome::{OutcomeView, RecountView, ResultView};
use majlis_node::api::proceedings::{StepName, StepNew, SubjectView};
use majlis_node::api::process::{
    AnswerValue, AssistedModeName, ConsultationNew, ConsultationRef, ConsultationView,
    QuestionKindView, ResponseStatus,
};
use majlis_node::api::results::Figures;
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined, joined_as, person, verified};
use crate::votes::{ballot, budget, close, on_paper};

async fn boxes(node: &Node, at: &ConsultationRef) -> BoxesView {
    let view: Option<BoxesView> = get(node, Request::BallotBoxes(at.clone())).await;
    view.unwrap()
}

fn opening(at: &ConsultationRef, names: &[&str], signatures: u8) -> Request {
    Request::OpenWithBoxes(OpenWithBoxes {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        boxes: names
            .iter()
            .map(|name| BoxNew {
                name: (*name).to_owned(),
                keeper: "somebody".to_owned(),
            })
            .collect(),
        signatures,
    })
}

fn sealing(at: &ConsultationRef, number: u16, papers: u32) -> Request {
    Request::SealBox(SealBox {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        number,
        papers,
        note: "counted aloud".to_owned(),
    })
}

fn signing(at: &ConsultationRef, minutes: &str) -> Request {
    Request::SignBox(SignBox {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        minutes: minutes.to_owned(),
    })
}

async fn projects(node: &Node, at: &ConsultationRef) -> Vec<u16> {
    let view: ConsultationView = get(node, Request::Consultation(at.clone())).await;
    let QuestionKindView::MultipleChoice { options, .. } = &view.form.questions[0].kind else {
        panic!("{:?}", view.form.questions);
    };
    options.iter().map(|one| one.id).collect()
}

async fn drafted(node: &Node, space: &SpaceRef) -> ConsultationRef {
    let draft = ConsultationNew {
        space: space.space.clone(),
        draft: budget(),
    };
    get(node, Request::NewConsultation(draft)).await
}

async fn outcome(node: &Node, at: &ConsultationRef) -> OutcomeView {
    get(node, Request::Outcome(at.clone())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn boxes_are_sealed_apart_count_with_two_signatures_and_join_at_the_closing() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let bilal = joined_as(RankName::Facilitator, "Bilal", amina, &space).await;
    let hala = joined_as(RankName::Facilitator, "Hala", amina, &space).await;
    let salma = joined("Salma", amina, &space).await;
    let [bilal, hala, salma] = [&bilal.node, &hala.node, &salma.node];
    for node in [bilal, hala] {
        carry(amina, node, &space).await;
    }
    let at = drafted(amina, &space).await;
    for (names, signatures) in [(&[][..], 2), (&["School", "School "], 2), (&["School"], 3)] {
        let refused = call::<Nothing>(amina, opening(&at, names, signatures)).await;
        assert_eq!(refused.unwrap_err().code, ErrorCode::BadInput);
    }
    let _: Nothing = get(amina, opening(&at, &["School", "Mosque", "Suq"], 2)).await;
    for node in [bilal, hala, salma] {
        carry(amina, node, &space).await;
    }
    let all = projects(bilal, &at).await;
    let of = |places: &[usize]| AnswerValue::Choices(places.iter().map(|at| all[*at]).collect());

    // Two villages with a tablet each, and a member at home.
    for places in [&[0][..], &[0, 2], &[1]] {
        on_paper(bilal, &at, of(places)).await;
    }
    on_paper(hala, &at, of(&[1, 2])).await;
    on_paper(hala, &at, of(&[0])).await;
    let own = ballot(&at, salma, of(&[2])).await;
    let _: majlis_node::api::process::Responded = get(salma, Request::Respond(own)).await;
    assert_eq!(boxes(bilal, &at).await.loose_here, 3);
    let refused = call::<BoxSealed>(salma, sealing(&at, 0, 3)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotAllowed);
    let refused = call::<BoxSealed>(bilal, sealing(&at, 3, 3)).await;
    assert_eq!(refused.unwrap_err().code, ErrorCode::NotFound);
    let school: BoxSealed = get(bilal, sealing(&at, 0, 3)).await;
    assert_eq!(school.ballots, 3);
    let again = call::<BoxSealed>(bilal, sealing(&at, 0, 3)).await;
    assert_eq!(again.unwrap_err().code, ErrorCode::NotAllowed);
    let _: BoxSealed = get(hala, sealing(&at, 1, 2)).await;
    let own = call::<Nothing>(bilal, signing(&at, &school.minutes)).await;
    assert_eq!(own.unwrap_err().code, ErrorCode::NotAllowed);

    // One signature is not two: nothing of it counts, and it says so.
    let view = boxes(bilal, &at).await;
    assert_eq!((view.boxes[0].state, view.loose), (BoxState::Unsigned, 0));
    assert_eq!(view.missing, ["Mosque", "Suq"]);
    assert_eq!(view.unsigned, ["School"]);
    assert_eq!(outcome(bilal, &at).await.not_counted, 3);

    // The officers meet. Hala signs for the school; nobody signs for the mosque.
    carry(bilal, hala, &space).await;
    let part = boxes(hala, &at).await.boxes[0].parts[0].clone();
    assert!(part.agrees && part.may_sign && !part.counts, "{part:?}");
    let _: Nothing = get(hala, signing(&at, &part.minutes)).await;
    let twice = call::<Nothing>(hala, signing(&at, &part.minutes)).await;
    assert_eq!(twice.unwrap_err().code, ErrorCode::NotAllowed);
    assert_eq!(boxes(hala, &at).await.boxes[0].parts[0].signed, ["Hala"]);
    for node in [bilal, hala, salma] {
        carry(node, amina, &space).await;
    }
    // What is entered after the seal is in no box.
    on_paper(bilal, &at, of(&[1])).await;
    carry(bilal, amina, &space).await;
    assert_eq!(boxes(amina, &at).await.loose, 1);
    assert_eq!(boxes(amina, &at).await.boxes[0].figures, None);
    close(amina, &at).await;
    // A photo of the minutes decides nothing, and may come when all is over; whose it is is said.
    let files = tempfile::tempdir().unwrap();
    let path = files.path().join("minutes.png");
    image::RgbImage::from_fn(600, 400, |x, y| {
        image::Rgb([u8::try_from((x + y) % 250).unwrap(), 9, 9])
    })
    .save(&path)
    .unwrap();
    let keep = Request::KeepPhoto(KeepMedia {
        space: space.space.clone(),
        path: path.display().to_string(),
    });
    let photo: PhotoView = get(amina, keep).await;
    let picturing = |minutes: &str, photo: &PhotoView| {
        Request::PictureBox(PictureBox {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            minutes: minutes.to_owned(),
            photo: photo.clone(),
        })
    };
    let nowhere = call::<Nothing>(bilal, picturing(&part.minutes, &photo)).await;
    assert_eq!(nowhere.unwrap_err().code, ErrorCode::BadInput, "not here");
    let member = call::<Nothing>(salma, picturing(&part.minutes, &photo)).await;
    assert!(member.is_err());
    let _: Nothing = get(amina, picturing(&part.minutes, &photo)).await;
    carry(amina, hala, &space).await;
    let seen = boxes(hala, &at).await.boxes[0].parts[0].photos.clone();
    assert_eq!((seen.len(), seen[0].by.as_str()), (1, "Amina"));
    assert_eq!(seen[0].photo, photo);
    let blob = Request::Blob(BlobRef {
        space: space.space.clone(),
        blob: photo.preview.clone(),
    });
    let blob: BlobView = get(hala, blob).await;
    assert!(blob.base64.is_some(), "it came along");
    // A photo that should not be there is hidden with a reason, for all to see, and stays.
    let turning = |kind: StepName, record: &str, text: &str| {
        Request::Step(StepNew {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            kind,
            about: SubjectView::Whole,
            text: text.to_owned(),
            number: None,
            day: None,
            sources: Vec::new(),
            replaces: vec![record.to_owned()],
        })
    };
    let hiding = |record: &str, text: &str| turning(StepName::Hidden, record, text);
    let wrong = call::<Nothing>(hala, hiding(&part.minutes, "no photo")).await;
    assert_eq!(wrong.unwrap_err().code, ErrorCode::NotFound);
    let why = "it shows another box";
    assert!(
        call::<Nothing>(salma, hiding(&seen[0].record, why))
            .await
            .is_err()
    );
    assert!(
        call::<Nothing>(hala, hiding(&seen[0].record, " "))
            .await
            .is_err()
    );
    let _: Nothing = get(hala, hiding(&seen[0].record, why)).await;
    carry(hala, amina, &space).await;
    let seen = boxes(amina, &at).await.boxes[0].parts[0].photos.clone();
    assert_eq!((seen.len(), seen[0].may_hide), (1, false));
    let hidden = seen[0].hidden.as_ref().unwrap();
    assert_eq!((hidden.by.as_str(), hidden.why.as_str()), ("Hala", why));
    assert_eq!(outcome(amina, &at).await.steps, [], "told beside the photo");
    // It was the right box after all: it is shown again, with a reason, and may be hidden once more.
    assert!(seen[0].may_show);
    let again = |text: &str| turning(StepName::LetIn, &seen[0].record, text);
    let silent = call::<Nothing>(amina, again(" ")).await;
    assert_eq!(silent.unwrap_err().code, ErrorCode::BadInput);
    let _: Nothing = get(amina, again("it is the right one")).await;
    let twice = call::<Nothing>(amina, again("it is")).await;
    assert_eq!(twice.unwrap_err().code, ErrorCode::NotFound);
    carry(amina, hala, &space).await;
    let open = boxes(hala, &at).await.boxes[0].parts[0].photos[0].clone();
    assert_eq!(
        (&open.hidden, open.may_hide, open.may_show),
        (&None, true, false)
    );
    let shown = open.shown_again.unwrap();
    assert_eq!(
        (shown.by.as_str(), shown.why.as_str()),
        ("Amina", "it is the right one")
    );
    assert_eq!(outcome(hala, &at).await.steps, [], "told beside the photo");
    let _: Nothing = get(hala, hiding(&seen[0].record, why)).await;
    let seen = boxes(hala, &at).await.boxes[0].parts[0].photos.clone();
    assert!(seen[0].hidden.is_some() && seen[0].shown_again.is_none());
    // A signature that comes now is late.
    let late = call::<Nothing>(amina, signing(&at, &part.minutes)).await;
    assert_eq!(late.unwrap_err().code, ErrorCode::NotOpen);
    let mut hashes = Vec::new();
    for node in [bilal, hala, salma, amina] {
        carry(amina, node, &space).await;
        let found = outcome(node, &at).await;
        assert_eq!((found.counted.assisted, found.counted.own), (3, 1));
        assert_eq!(found.not_counted, 3);
        assert!(matches!(found.result, ResultView::Budget(_)));
        let recounted: RecountView = get(node, Request::Recount(at.clone())).await;
        assert!(recounted.lists_agree);
        assert_eq!(recounted.counted, found.counted);
        let reasons = recounted.discarded.iter().map(|one| one.reason);
        assert_eq!(reasons.collect::<Vec<_>>(), [ResponseStatus::Unsigned; 3]);
        hashes.push((found.hash, recounted.hash));
        let view = boxes(node, &at).await;
        let states: Vec<BoxState> = view.boxes.iter().map(|one| one.state).collect();
        assert_eq!(
            states,
            [BoxState::Whole, BoxState::Unsigned, BoxState::Missing]
        );
        let school = &view.boxes[0];
        assert_eq!((school.ballots, school.counted, school.papers), (3, 3, 3));
        let Some(Figures::Options { bars, .. }) = school.figures.as_ref().map(|one| &one.figures)
        else {
            panic!("{school:?}");
        };
        let bars: Vec<u32> = bars.iter().map(|bar| bar.count.all).collect();
        assert_eq!(bars, [2, 1, 1]);
        assert_eq!((view.boxes[1].ballots, view.boxes[1].counted), (2, 0));
        verified(node, &space).await;
        let _: Nothing = get(node, Request::Reindex(space.clone())).await;
        assert_eq!(outcome(node, &at).await.hash, hashes.last().unwrap().0);
    }
    hashes.dedup();
    assert_eq!(hashes.len(), 1, "{hashes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_signatures_minutes_only_show_what_was_in_a_box() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let at = drafted(amina, &space).await;
    let _: Nothing = get(amina, opening(&at, &["School", "Mosque"], 0)).await;
    let all = projects(amina, &at).await;
    let taken = on_paper(amina, &at, AnswerValue::Choices(vec![all[0]])).await;
    on_paper(amina, &at, AnswerValue::Choices(vec![all[1]])).await;
    let _: BoxSealed = get(amina, sealing(&at, 0, 2)).await;
    // A correction behind the seal is in the next box, and what it replaced is not counted there.
    let mut corrected = ballot(&at, amina, AnswerValue::Choices(vec![all[2]])).await;
    corrected.assisted = Some(crate::votes::paper());
    corrected.slot = Some(taken.slot.clone());
    let _: majlis_node::api::process::Responded = get(amina, Request::Respond(corrected)).await;
    let _: BoxSealed = get(amina, sealing(&at, 1, 1)).await;
    close(amina, &at).await;
    let view = boxes(amina, &at).await;
    let told: Vec<_> = view
        .boxes
        .iter()
        .map(|one| (one.state, one.ballots, one.counted, one.parts[0].agrees))
        .collect();
    let whole = BoxState::Whole;
    assert_eq!(told, [(whole, 2, 1, true), (whole, 1, 1, true)]);
    // Each ballot that counts is exported with its box; the one that was corrected, with the later one.
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("out.csv");
    let export = Request::ExportAnswers(AnswersExport {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        format: AnswersFormat::Csv,
        path: Some(path.display().to_string()),
    });
    let _: AnswersWritten = get(amina, export).await;
    let table = majlis_formats::import::read_csv("responses", &std::fs::read(&path).unwrap());
    let rows = table.unwrap().rows;
    let place = rows[0].iter().position(|one| one == "ballot_box").unwrap();
    let mut found: Vec<_> = rows[1..]
        .iter()
        .map(|row| (row.contains(&taken.slot), row[place].clone()))
        .collect();
    found.sort();
    assert_eq!(found, [(false, "School".into()), (true, "Mosque".into())]);
    assert_eq!(outcome(amina, &at).await.counted.all, 2);
    assert!(!view.may_seal);
    verified(amina, &space).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_paper_out_of_a_box_lacks_nobodys_agreement() {
    let amina = person("Amina").await;
    let amina = &amina.node;
    let space = found(amina).await;
    let at = drafted(amina, &space).await;
    let _: Nothing = get(amina, opening(&at, &["School"], 1)).await;
    let all = projects(amina, &at).await;
    for mode in [AssistedModeName::Paper, AssistedModeName::Spoken] {
        let mut entered = ballot(&at, amina, AnswerValue::Choices(vec![all[0]])).await;
        let mut assisted = crate::votes::paper();
        (assisted.mode, assisted.consent) = (mode, false);
        entered.assisted = Some(assisted);
        let _: majlis_node::api::process::Responded = get(amina, Request::Respond(entered)).await;
    }
    let day: DayView = get(amina, Request::FieldDay(at)).await;
    assert_eq!((day.people, day.without_consent), (2, 1));
}
