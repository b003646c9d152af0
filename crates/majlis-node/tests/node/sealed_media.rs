//! Photos of sealed questions, which only keepers see, and sealed answers whose holders claim them.

use data_encoding::BASE64;
use majlis_node::api::claims::{ClaimKeep, ClaimSlot, ReceiptView, ShownReceipt};
use majlis_node::api::media::{BlobRef, BlobView, KeepMedia, PhotoView};
use majlis_node::api::members::RankName;
use majlis_node::api::process::{AnswerTo, AnswerValue, Responded};
use majlis_node::api::sealing::SealedPart;
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Request};
use majlis_node::node::Node;

use crate::scene::{call, carry, found, get, joined, joined_as, named, verified};
use crate::sealed_scene::{SECRET, answers, bytes_below, corrected, id, opened, responses};
use crate::votes::paper;

pub(crate) async fn blob(node: &Node, at: &SpaceRef, blob: &str) -> BlobView {
    let wanted = BlobRef {
        space: at.space.clone(),
        blob: blob.to_owned(),
    };
    get(node, Request::Blob(wanted)).await
}

/// A photo that a person just took, and the file that was made of it.
pub(crate) async fn taken(node: &Node, at: &SpaceRef) -> (PhotoView, Vec<u8>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("wound.png");
    let mut rng = fastrand::Rng::with_seed(11);
    let grain = image::RgbImage::from_fn(400, 300, |_, _| image::Rgb([rng.u8(..), 90, rng.u8(..)]));
    grain.save(&path).unwrap();
    let keep = KeepMedia {
        space: at.space.clone(),
        path: path.display().to_string(),
    };
    let photo: PhotoView = get(node, Request::KeepPhoto(keep)).await;
    let file = blob(node, at, &photo.full).await.base64.unwrap();
    (photo, BASE64.decode(file.as_bytes()).unwrap())
}

/// The photo that the first answer names.
async fn shown(node: &Node, at: &majlis_node::api::process::ConsultationRef) -> PhotoView {
    let page = responses(node, at).await;
    let given = page.responses[0].answers.iter();
    let mut photos = given.filter_map(|answer| match &answer.value {
        AnswerValue::Photo(photo) => Some(photo.clone()),
        _ => None,
    });
    photos.next().unwrap()
}

#[tokio::test]
async fn a_photo_of_a_sealed_question_is_seen_by_keepers_and_carried_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let (bilal, dara) = (
        joined("Bilal", &amina, &at).await,
        joined("Dara", &amina, &at).await,
    );
    carry(&amina, &dara.node, &at).await;
    let made = opened(&amina, &at, &[2, 3, 5], &["Amina"], 1).await;
    carry(&amina, &dara.node, &at).await;

    // What is not here cannot be sealed, and that is what is said.
    let (elsewhere, _) = taken(&amina, &at).await;
    let mut given = answers(&made, 1, 1, SECRET);
    given.answers.push(AnswerTo {
        question: id(5),
        value: AnswerValue::Photo(elsewhere),
    });
    let refused: Result<Responded, _> = call(&dara.node, Request::Respond(given)).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.code, ErrorCode::MediaGone);
    assert_eq!(refused.detail, Some(id(5)));

    let (clear, file) = taken(&dara.node, &at).await;
    let mut given = answers(&made, 1, 1, SECRET);
    given.answers.push(AnswerTo {
        question: id(5),
        value: AnswerValue::Photo(clear.clone()),
    });
    let _: Responded = get(&dara.node, Request::Respond(given)).await;

    // What was taken is gone from the device that took it, and what took its place is not readable there.
    let named_now = shown(&dara.node, &made).await;
    assert_ne!(
        (&named_now.full, &named_now.preview),
        (&clear.full, &clear.preview)
    );
    assert_eq!(blob(&dara.node, &at, &clear.full).await.held, 0);
    carry(&dara.node, &amina, &at).await;
    carry(&dara.node, &bilal.node, &at).await;
    for carrier in [&dara, &bilal] {
        for part in [&named_now.full, &named_now.preview] {
            let there = blob(&carrier.node, &at, part).await;
            assert_eq!((there.held, there.sealed), (there.size, true));
            assert_eq!(there.base64, None);
        }
        let disk = bytes_below(carrier.folder());
        let middle = &file[file.len() / 2..][..48];
        assert!(!disk.windows(48).any(|window| window == middle));
    }
    // Sizes are those of a few steps.
    let size = blob(&dara.node, &at, &named_now.preview).await.size;
    assert!(size > 4_096 && size < 9_000, "{size}");

    // The keeper sees what was taken.
    let seen = blob(&amina, &at, &named_now.full).await;
    assert!(!seen.sealed);
    assert_eq!(
        BASE64.decode(seen.base64.unwrap().as_bytes()).unwrap(),
        file
    );
    assert_eq!(seen.media_type, "image/jpeg");

    // A correction of something open leaves the photo and the sealed piece as they are.
    corrected(&dara.node, &made).await;
    assert_eq!(shown(&dara.node, &made).await, named_now);
    carry(&dara.node, &amina, &at).await;
    let page = responses(&amina, &made).await;
    assert_eq!(page.responses[0].sealed, Some(SealedPart::Opened));
    verified(&dara.node, &at).await;
    verified(&amina, &at).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sealed_for_the_holder_of_a_receipt_is_read_after_they_claimed_it() {
    let folder = tempfile::tempdir().unwrap();
    let amina = named(folder.path(), false, "Amina").await;
    let at = found(&amina).await;
    let bilal = joined_as(RankName::Facilitator, "Bilal", &amina, &at).await;
    let salma = joined("Salma", &amina, &at).await;
    let dara = joined("Dara", &amina, &at).await;
    let made = opened(&amina, &at, &[2, 3], &["Amina"], 1).await;
    for person in [&bilal, &salma, &dara] {
        carry(&amina, &person.node, &at).await;
    }
    let mut entered = answers(&made, 1, 1, SECRET);
    entered.assisted = Some(paper());
    let taken: Responded = get(&bilal.node, Request::Respond(entered)).await;
    carry(&bilal.node, &salma.node, &at).await;
    carry(&bilal.node, &amina, &at).await;
    // A receipt shows what it is for to who can read it, and to nobody else.
    let code = taken.claim.clone().unwrap();
    for (node, reads) in [(&amina, true), (&salma.node, false)] {
        let shown = ShownReceipt {
            code: code.clone(),
            space: None,
        };
        let found: Vec<ReceiptView> = get(node, Request::ReadReceipt(shown)).await;
        assert_eq!(format!("{found:?}").contains(SECRET), reads);
    }
    let claim = |code: String, slot: String| {
        Request::Claim(ClaimSlot {
            space: at.space.clone(),
            consultation: made.consultation.clone(),
            slot,
            code,
            keep: ClaimKeep::Entered,
        })
    };
    let code = taken.claim.unwrap();
    let _: Responded = get(&salma.node, claim(code, taken.slot.clone())).await;
    carry(&salma.node, &amina, &at).await;
    let page = responses(&amina, &made).await;
    let counted = page
        .responses
        .iter()
        .find(|one| one.slot != taken.slot)
        .unwrap();
    assert_eq!(counted.sealed, Some(SealedPart::Opened), "{counted:?}");
    assert!(format!("{:?}", counted.answers).contains(SECRET));

    // Nobody else reads by claiming what is not theirs.
    let guess = call::<Responded>(&dara.node, claim("0000-1111-VVVV".into(), taken.slot)).await;
    assert_eq!(guess.unwrap_err().code, ErrorCode::NotFound);
}
