//! Photos and sounds in carry files: added to a card, in parts, cut and bent.

#[path = "photos/kept.rs"]
mod kept;

use std::path::{Path, PathBuf};

use majlis_net::{Block, CarryReader};
use majlis_node::api::carry::{
    CarriedMedia, CarryExport, CarryImported, CarryPath, CarrySummary, CarryWritten, ManifestWord,
};
use majlis_node::api::media::{
    BlobRef, BlobView, KeepMedia, MediaPolicyName, PhotoView, SoundView,
};
use majlis_node::api::members::{JoinSpace, RankName};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ConsultationNew, ConsultationRef, ConsultationView, QuestionKindView,
    QuestionView, Respond, Responded,
};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{Nothing, Request};
use majlis_node::node::Node;
use tempfile::TempDir;

use crate::form;
use crate::scene::{found, get, named, ticket, verified};

/// Bytes of the sound that is said.
const SOUND: usize = 300_000;

struct Scene {
    folders: [TempDir; 2],
    files: TempDir,
    amina: Node,
    bilal: Node,
    at: SpaceRef,
    photo: PhotoView,
    sound: String,
    made: ConsultationRef,
}

/// Amina answered with a photo and a sound; Bilal holds a ticket and nothing else.
async fn scene() -> Scene {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let files = tempfile::tempdir().unwrap();
    let amina = named(folders[0].path(), false, "Amina").await;
    let bilal = named(folders[1].path(), false, "Bilal").await;
    let at = found(&amina).await;
    let ticket = ticket(&amina, &at, RankName::Member).await;
    let mut draft = form();
    draft.questions = [QuestionKindView::Photo, QuestionKindView::Sound]
        .map(|kind| QuestionView {
            details: None,
            id: String::new(),
            label: "Show us".into(),
            hint: String::new(),
            required: false,
            kind,
        })
        .to_vec();
    let space = at.space.clone();
    let new = ConsultationNew { space, draft };
    let made: ConsultationRef = get(&amina, Request::NewConsultation(new)).await;
    let _: Nothing = get(&amina, Request::OpenConsultation(made.clone())).await;
    let view: ConsultationView = get(&amina, Request::Consultation(made.clone())).await;
    let mut rng = fastrand::Rng::with_seed(7);
    let grain = image::RgbImage::from_fn(700, 500, |x, y| {
        let at = u8::try_from((x + y) % 200).unwrap();
        image::Rgb([at + rng.u8(..50), at, at + rng.u8(..50)])
    });
    let kept = |name: &str| {
        let path = files.path().join(name);
        let space = at.space.clone();
        let keep = KeepMedia {
            space,
            path: path.display().to_string(),
        };
        (path, keep)
    };
    let (path, keep) = kept("well.png");
    grain.save(path).unwrap();
    let photo: PhotoView = get(&amina, Request::KeepPhoto(keep)).await;
    let (path, keep) = kept("said.ogg");
    let noise = b"OggS"
        .iter()
        .copied()
        .chain((4..SOUND).map(|_| rng.u8(..)));
    std::fs::write(path, noise.collect::<Vec<u8>>()).unwrap();
    let SoundView { sound } = get(&amina, Request::KeepSound(keep)).await;
    let values = [
        AnswerValue::Photo(photo.clone()),
        AnswerValue::Sound(sound.clone()),
    ];
    let questions = view.form.questions.iter().zip(values);
    let respond = Respond {
        space: at.space.clone(),
        consultation: made.consultation.clone(),
        answers: questions
            .map(|(question, value)| AnswerTo {
                question: question.id.clone(),
                value,
            })
            .collect(),
        assisted: None,
        slot: None,
    };
    let _: Responded = get(&amina, Request::Respond(respond)).await;
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    Scene {
        folders,
        files,
        amina,
        bilal,
        at,
        photo,
        sound,
        made,
    }
}

impl Scene {
    fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    async fn export(
        &self,
        name: &str,
        media: MediaPolicyName,
        part_size: Option<u64>,
    ) -> CarryWritten {
        let export = CarryExport {
            space: self.at.space.clone(),
            path: Some(self.path(name).display().to_string()),
            part_size,
            media,
        };
        get(&self.amina, Request::ExportCarry(export)).await
    }

    async fn blob(&self, node: &Node, blob: &str) -> BlobView {
        let blob = BlobRef {
            space: self.at.space.clone(),
            blob: blob.to_owned(),
        };
        get(node, Request::Blob(blob)).await
    }

    /// Which of small picture, sound and photo are whole at Bilal's, the same as at Amina's.
    async fn there(&self) -> [bool; 3] {
        let mut there = [false; 3];
        let blobs = [&self.photo.preview, &self.sound, &self.photo.full];
        for (there, blob) in there.iter_mut().zip(blobs) {
            let (one, other) = (
                self.blob(&self.amina, blob).await,
                self.blob(&self.bilal, blob).await,
            );
            assert!(one.base64.is_some());
            assert!(other.base64.is_none() || other == one);
            *there = other.base64.is_some();
        }
        there
    }

    /// Bytes of all three.
    fn bytes(&self) -> u64 {
        let size = |name: &String| name.rsplit_once('.').unwrap().1.parse::<u64>().unwrap();
        [&self.photo.preview, &self.sound, &self.photo.full]
            .map(size)
            .iter()
            .sum()
    }
}

async fn import(node: &Node, path: &Path) -> CarryImported {
    let path = path.display().to_string();
    get(node, Request::ImportCarry(CarryPath { path })).await
}

async fn summary(node: &Node, path: &Path) -> CarrySummary {
    let path = path.display().to_string();
    get(node, Request::CarrySummary(CarryPath { path })).await
}

fn three(bytes: u64) -> CarriedMedia {
    CarriedMedia {
        previews: 1,
        sounds: 1,
        photos: 1,
        bytes,
    }
}

/// Where the blocks of photos and sounds stand in a file, from and to.
fn media_blocks(path: &Path) -> Vec<(usize, usize)> {
    let mut reader = CarryReader::open(path).unwrap();
    let mut out = Vec::new();
    loop {
        let from = usize::try_from(reader.place().offset).unwrap();
        match reader.next_block().unwrap() {
            Some(Block::Media(_)) => {
                out.push((from, usize::try_from(reader.place().offset).unwrap()));
            }
            Some(_) => {}
            None => return out,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_brings_photos_and_sounds_and_is_added_to() {
    let scene = scene().await;
    let card = scene.path("card.majlis");
    let none = CarriedMedia::default();
    let written = scene
        .export("card.majlis", MediaPolicyName::Nothing, None)
        .await;
    assert_eq!((written.media, written.added_media), (none, 0));
    assert_eq!(import(&scene.bilal, &card).await.media, none);
    let written = scene
        .export("card.majlis", MediaPolicyName::Previews, None)
        .await;
    assert_eq!((written.added, written.added_media), (0, 1));
    let taken = import(&scene.bilal, &card).await;
    assert_eq!((taken.media.previews, taken.media.photos), (1, 0));
    assert_eq!(scene.there().await, [true, false, false]);
    let written = scene
        .export("card.majlis", MediaPolicyName::All, None)
        .await;
    assert_eq!(written.added_media, 2);
    assert_eq!(written.media, three(scene.bytes()));
    let said = summary(&scene.bilal, &card).await;
    let view = said.manifest.unwrap();
    assert_eq!((view.media, view.new_media), (three(scene.bytes()), 2));
    let taken = import(&scene.bilal, &card).await;
    assert_eq!((taken.media.sounds, taken.media.photos), (1, 1));
    assert_eq!((taken.media_altered, taken.media_left), (0, 0));
    assert_eq!((taken.whole, taken.word), (true, ManifestWord::Signed));
    assert_eq!(scene.there().await, [true; 3]);
    // Nothing twice, neither into the file nor out of it.
    let before = std::fs::read(&card).unwrap();
    let written = scene
        .export("card.majlis", MediaPolicyName::All, None)
        .await;
    assert_eq!((written.added, written.added_media), (0, 0));
    assert_eq!(std::fs::read(&card).unwrap(), before);
    assert_eq!(import(&scene.bilal, &card).await.media_bytes, 0);
    let view = summary(&scene.bilal, &card).await.manifest.unwrap();
    assert_eq!((view.new, view.new_media), (0, 0));
    verified(&scene.bilal, &scene.at).await;
}

/// A sound lies in five parts; only what joins on can be kept of it.
#[tokio::test(flavor = "multi_thread")]
async fn parts_that_hold_pieces_of_a_sound_are_named_until_it_is_whole() {
    let scene = scene().await;
    let written = scene
        .export("card.majlis", MediaPolicyName::All, Some(70_000))
        .await;
    let parts = written.paths.len();
    assert!(parts >= 6, "{written:?}");
    let part = |number: usize| scene.path(&format!("card.{number}.majlis"));
    let odd: Vec<usize> = (1..=parts).filter(|number| number % 2 == 1).collect();
    let even: Vec<u32> = (1..=u32::try_from(parts).unwrap())
        .filter(|number| number % 2 == 0)
        .collect();
    let mut taken = None;
    for number in &odd {
        taken = Some(import(&scene.bilal, &part(*number)).await);
    }
    // Those that are in, or wait where they were, are not asked for again.
    assert_eq!(taken.unwrap().missing, even);
    assert!(!scene.there().await[2]);
    // A part that waited and is gone must be brought again.
    let gone = part(odd[odd.len() - 1]);
    let elsewhere = scene.path("elsewhere");
    std::fs::rename(&gone, &elsewhere).unwrap();
    let said = summary(&scene.bilal, &part(2)).await.manifest.unwrap();
    let last = u32::try_from(odd[odd.len() - 1]).unwrap();
    assert!(said.missing.contains(&last), "{said:?}");
    std::fs::rename(&elsewhere, &gone).unwrap();
    for number in &even {
        let number = usize::try_from(*number).unwrap();
        taken = Some(import(&scene.bilal, &part(number)).await);
        let left = even
            .iter()
            .filter(|one| **one > u32::try_from(number).unwrap());
        assert_eq!(taken.unwrap().missing, left.copied().collect::<Vec<_>>());
    }
    assert_eq!(scene.there().await, [true; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_cut_or_bent_in_a_photo_gives_the_rest_and_the_next_one_what_is_missing() {
    let scene = scene().await;
    scene
        .export("card.majlis", MediaPolicyName::All, None)
        .await;
    let card = scene.path("card.majlis");
    let whole = std::fs::read(&card).unwrap();
    let blocks = media_blocks(&card);
    assert!(blocks.len() > 6, "{blocks:?}");
    let bent = scene.path("bent.majlis");
    // Cut in the middle of the sound.
    let (from, to) = blocks[4];
    std::fs::write(&bent, &whole[..(from + to) / 2]).unwrap();
    let cut = import(&scene.bilal, &bent).await;
    assert!(!cut.whole && cut.media.previews == 1);
    assert_eq!(scene.there().await, [true, false, false]);
    // A bit flipped further on in it: what stands before comes, what stands behind waits.
    let mut bytes = whole.clone();
    let (from, to) = blocks[7];
    bytes[(from + to) / 2] ^= 4;
    std::fs::write(&bent, &bytes).unwrap();
    let flipped = import(&scene.bilal, &bent).await;
    assert!(!flipped.whole && flipped.media_bytes > 0);
    assert_eq!(scene.there().await, [true, false, true], "{flipped:?}");
    assert_eq!(flipped.media_left, 1);
    // The next whole card brings the rest, and no byte twice.
    let rest = import(&scene.bilal, &card).await;
    assert!(rest.whole && rest.media_left == 0);
    assert_eq!(scene.there().await, [true; 3]);
    let all = cut.media_bytes + flipped.media_bytes + rest.media_bytes;
    assert_eq!(all, scene.bytes());
    // Whoever adds to the bent file writes again what is not whole in it.
    let written = scene
        .export("bent.majlis", MediaPolicyName::All, None)
        .await;
    assert_eq!(
        (written.added_media, written.media),
        (1, three(scene.bytes()))
    );
    verified(&scene.bilal, &scene.at).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn parts_keep_to_their_size_and_may_come_in_any_order() {
    let scene = scene().await;
    let limit = 100_000;
    let written = scene
        .export("card.majlis", MediaPolicyName::All, Some(limit))
        .await;
    assert!(written.paths.len() > 3, "{written:?}");
    assert_eq!(written.media, three(scene.bytes()));
    for path in &written.paths {
        assert!(std::fs::metadata(path).unwrap().len() <= limit);
    }
    let first = import(&scene.bilal, Path::new(&written.paths[0])).await;
    assert!(!first.missing.is_empty(), "photos are in other parts");
    for path in written.paths[1..].iter().rev() {
        import(&scene.bilal, Path::new(path)).await;
    }
    assert_eq!(scene.there().await, [true; 3]);
    let again = import(&scene.bilal, Path::new(&written.paths[0])).await;
    assert_eq!(again.missing, Vec::<u32>::new());
    verified(&scene.bilal, &scene.at).await;
}
