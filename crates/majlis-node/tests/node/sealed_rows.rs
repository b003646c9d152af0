//! Photos in rows that are sealed: carried by all, seen by keepers, and of which row only they know.

use majlis_node::api::export::{MediaExport, MediaWritten};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ConsultationDraft, ConsultationNew, ConsultationRef, QuestionKindView,
    Respond, Responded,
};
use majlis_node::api::results::Figures;
use majlis_node::api::sealing::{OpenBecause, OpenSealed, SealChoices, SealedPart};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Nothing, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined, member, named, verified};
use crate::sealed_media::{blob, taken};
use crate::sealed_scene::{
    SECRET, bytes_below, corrected, draft, holds, id, question, responses, results, sealing,
};

/// Where somebody lives; of each child the name and a photo; and a photo that is asked because of a name.
fn household() -> ConsultationDraft {
    let mut draft = draft();
    draft.questions.truncate(1);
    let within = |number, label, kind| {
        let mut one = question(number, label, kind);
        one.details.as_mut().unwrap().part_of = Some(id(2));
        one
    };
    draft.questions.extend([
        question(2, "Children", QuestionKindView::Repeat),
        within(3, "Child", QuestionKindView::Text),
        within(4, "Wound", QuestionKindView::Photo),
    ]);
    draft
}

async fn drafted(node: &Node, at: &SpaceRef, draft: ConsultationDraft) -> ConsultationRef {
    let new = ConsultationNew {
        space: at.space.clone(),
        draft,
    };
    get(node, Request::NewConsultation(new)).await
}

async fn sealed(node: &Node, at: &SpaceRef, made: &ConsultationRef) -> Result<(), ErrorCode> {
    let open = OpenSealed {
        space: made.space.clone(),
        consultation: made.consultation.clone(),
        questions: vec![id(2)],
        keepers: vec![member(node, at, "Amina").await.device],
        threshold: 1,
    };
    let opened = call::<Nothing>(node, Request::OpenSealed(open)).await;
    opened.map(|_| ()).map_err(|error| error.code)
}

fn to(question: u8, value: AnswerValue) -> AnswerTo {
    AnswerTo {
        question: id(question),
        value,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn photos_of_sealed_rows_reach_keepers_through_people_who_cannot_see_them() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let (bilal, dara) = (
        joined("Bilal", &amina, &at).await,
        joined("Dara", &amina, &at).await,
    );
    let made = drafted(&amina, &at, household()).await;
    let choices: SealChoices = get(&amina, Request::SealChoices(made.clone())).await;
    let can: Vec<&str> = choices
        .questions
        .iter()
        .map(|one| one.question.as_str())
        .collect();
    assert_eq!(can, [id(1), id(2)]);
    // That their number shows is told before anybody opens.
    assert_eq!(choices.media_in_rows, ["Wound"]);
    assert_eq!(choices.open, []);
    sealed(&amina, &at, &made).await.unwrap();
    assert_eq!(sealing(&amina, &made).await.questions, [id(2)]);
    carry(&amina, &dara.node, &at).await;

    let (clear, file) = taken(&dara.node, &at).await;
    let row = |name: &str, photo: Option<&majlis_node::api::media::PhotoView>| {
        let mut row = vec![to(3, AnswerValue::Text(name.to_owned()))];
        row.extend(photo.map(|photo| to(4, AnswerValue::Photo(photo.clone()))));
        row
    };
    let rows = vec![row("Omar", None), row(SECRET, Some(&clear))];
    let given = Respond {
        space: at.space.clone(),
        consultation: made.consultation.clone(),
        answers: vec![
            to(1, AnswerValue::Choices(vec![1])),
            to(2, AnswerValue::Rows(rows)),
        ],
        assisted: None,
        slot: None,
    };
    let _: Responded = get(&dara.node, Request::Respond(given)).await;
    assert_eq!(blob(&dara.node, &at, &clear.full).await.held, 0);
    carry(&dara.node, &bilal.node, &at).await;
    carry(&bilal.node, &amina, &at).await;

    let photo_of = |answers: &[AnswerTo]| {
        let AnswerValue::Rows(rows) = &answers[1].value else {
            panic!("rows: {answers:?}")
        };
        assert_eq!((rows.len(), rows[0].len(), rows[1].len()), (2, 1, 2));
        let AnswerValue::Photo(photo) = &rows[1][1].value else {
            panic!("a photo: {rows:?}")
        };
        photo.clone()
    };
    let page = responses(&amina, &made).await;
    assert_eq!(page.responses[0].sealed, Some(SealedPart::Opened));
    assert_eq!(page.responses[0].answers.len(), 2);
    let named_now = photo_of(&page.responses[0].answers);
    assert_ne!(named_now, clear);
    let seen = blob(&amina, &at, &named_now.full).await;
    assert_eq!(
        data_encoding::BASE64
            .decode(seen.base64.unwrap().as_bytes())
            .unwrap(),
        file
    );
    // Counted once, and by those alone who can read it.
    let counted = results(&amina, &made).await;
    assert_eq!(counted.questions[3].answered.own, 1);
    assert!(!matches!(counted.questions[3].figures, Figures::Sealed));
    let counted = results(&bilal.node, &made).await;
    assert_eq!(counted.questions[3].figures, Figures::Sealed);
    assert_eq!(counted.questions[3].answered.own, 0);

    for carrier in [&bilal, &dara] {
        let there = blob(&carrier.node, &at, &named_now.full).await;
        assert_eq!((there.held, there.sealed), (there.size, true));
        let disk = bytes_below(carrier.folder());
        let middle = &file[file.len() / 2..][..48];
        assert!(!disk.windows(48).any(|window| window == middle));
        assert!(!holds(carrier.folder(), SECRET));
        let page = responses(&carrier.node, &made).await;
        let shown = format!("{:?}", page.responses[0].answers);
        assert!(!shown.contains("Photo"), "{shown}");
    }

    // Beside an export the keeper has the photo; a carrier is told that it is sealed.
    let export = MediaExport {
        space: at.space.clone(),
        consultation: made.consultation.clone(),
        path: None,
    };
    let told: MediaWritten = get(&amina, Request::ExportMedia(export.clone())).await;
    assert_eq!((told.files, told.missing, told.sealed), (1, 0, 0));
    let bytes = std::fs::read(told.path.unwrap()).unwrap();
    assert_eq!(told.bytes, bytes.len() as u64);
    let name = format!("{}.jpg", named_now.full);
    let has = |what: &[u8]| bytes.windows(what.len()).any(|window| window == what);
    assert!(has(name.as_bytes()) && has(&file));
    let told: MediaWritten = get(&bilal.node, Request::ExportMedia(export)).await;
    assert_eq!((told.path, told.files, told.sealed), (None, 0, 1));

    // A correction of what is open keeps the rows, and the photo that they name.
    corrected(&dara.node, &made).await;
    carry(&dara.node, &amina, &at).await;
    let page = responses(&amina, &made).await;
    let newest = page
        .responses
        .iter()
        .find(|one| one.answers[0].value == AnswerValue::Choices(vec![2]));
    assert_eq!(photo_of(&newest.unwrap().answers), named_now);
    verified(&dara.node, &at).await;
    verified(&amina, &at).await;
}

#[tokio::test]
async fn a_photo_that_a_sealed_row_asks_for_by_an_answer_keeps_the_rows_open_and_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let mut draft = household();
    let details = draft.questions[3].details.as_mut().unwrap();
    details.rules.relevant = "${child} = 'Omar'".into();
    let made = drafted(&amina, &at, draft).await;
    let choices: SealChoices = get(&amina, Request::SealChoices(made.clone())).await;
    assert_eq!(choices.questions.len(), 1);
    let [open] = choices.open.as_slice() else {
        panic!("{:?}", choices.open)
    };
    assert_eq!(
        (open.question.as_str(), open.because),
        (&*id(2), OpenBecause::Shown)
    );
    assert_eq!(open.by.as_deref(), Some("Wound"));
    assert_eq!(sealed(&amina, &at, &made).await, Err(ErrorCode::CannotSeal));
}
