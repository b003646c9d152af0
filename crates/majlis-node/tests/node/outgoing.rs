//! A carry file on its way out, while its space goes on.

use std::path::{Path, PathBuf};
use std::time::Duration;

use majlis_node::api::carry::{CarryExport, CarryImported, CarryPath, CarryWritten, ManifestWord};
use majlis_node::api::media::MediaPolicyName;
use majlis_node::api::members::{JoinSpace, RankName};
use majlis_node::api::space::{LeaveSpace, SpaceRef};
use majlis_node::api::{ApiError, ErrorCode, Event, Nothing, Request};
use tempfile::TempDir;
use tokio::task::JoinHandle;

use crate::scene::{Person, call, found, get, person, ticket, verified};

/// Time enough for any device.
const DEADLINE: Duration = Duration::from_secs(60);

async fn in_time<T>(done: impl Future<Output = T>) -> T {
    let done = tokio::time::timeout(DEADLINE, done).await;
    done.expect("an answer in time")
}

fn export(at: &SpaceRef, path: &Path) -> Request {
    Request::ExportCarry(CarryExport {
        space: at.space.clone(),
        path: Some(path.display().to_string()),
        part_size: None,
        media: MediaPolicyName::All,
    })
}

async fn import(to: &Person, path: &Path) -> CarryImported {
    let path = path.display().to_string();
    let taken: CarryImported = get(&to.node, Request::ImportCarry(CarryPath { path })).await;
    assert!(
        taken.whole && taken.word == ManifestWord::Signed,
        "{taken:?}"
    );
    taken
}

/// Amina writes to a card that does not answer.
struct Slow {
    amina: Person,
    at: SpaceRef,
    files: TempDir,
    /// A part whose bytes nobody gives.
    part: PathBuf,
    /// Dropped, the card answers that the part is empty.
    card: Option<std::sync::mpsc::Sender<()>>,
}

impl Slow {
    async fn new() -> Self {
        let amina = person("Amina").await;
        let at = found(&amina.node).await;
        let files = tempfile::tempdir().unwrap();
        let part = files.path().join("card.1.majlis");
        let made = std::process::Command::new("mkfifo").arg(&part).status();
        assert!(made.unwrap().success());
        let (card, answers) = std::sync::mpsc::channel();
        let end = part.clone();
        std::thread::spawn(move || {
            let _ = answers.recv();
            drop(std::fs::OpenOptions::new().write(true).open(end));
        });
        Self {
            amina,
            at,
            files,
            part,
            card: Some(card),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    /// Begins to write, and comes back once it has to wait.
    async fn begin(&self) -> JoinHandle<Result<CarryWritten, ApiError>> {
        let mut heard = self.amina.node.events();
        let node = self.amina.node.clone();
        let asked = export(&self.at, &self.path("card.majlis"));
        let writing = tokio::spawn(async move { call(&node, asked).await });
        in_time(async { while !matches!(heard.recv().await, Ok(Event::CarryWriting { .. })) {} })
            .await;
        writing
    }

    fn answer(&mut self) -> bool {
        self.card.take().is_some()
    }

    /// What lies on the card besides the part that nobody gives.
    fn names(&self) -> Vec<String> {
        let files = std::fs::read_dir(self.files.path()).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        names.filter(|name| name != "card.1.majlis").collect()
    }
}

impl Drop for Slow {
    fn drop(&mut self) {
        if self.answer() {
            // A test failed: whoever waits for the card hears of it before the card is gone.
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_answers_while_a_file_is_written_and_what_comes_then_is_for_the_next_one() {
    let mut slow = Slow::new().await;
    let (node, at) = (slow.amina.node.clone(), slow.at.clone());
    let first = ticket(&node, &at, RankName::Member).await;
    let bilal = person("Bilal").await;
    let join = JoinSpace { ticket: first };
    let _: SpaceRef = get(&bilal.node, Request::Join(join)).await;
    let before = verified(&node, &at).await.entries;
    let writing = slow.begin().await;
    let after = in_time(async {
        ticket(&node, &at, RankName::Observer).await;
        verified(&node, &at).await.entries
    })
    .await;
    assert!(after > before && !writing.is_finished());
    slow.answer();
    let written = in_time(writing).await.unwrap().unwrap();
    let card = slow.path("card.majlis");
    assert_eq!(written.paths, [card.display().to_string()]);
    assert_eq!((written.entries, written.added), (before, before));
    assert_eq!(slow.names(), ["card.majlis"]);
    assert_eq!(import(&bilal, &card).await.new, before);
    // The next one adds what came meanwhile.
    std::fs::remove_file(&slow.part).unwrap();
    let written: CarryWritten = get(&node, export(&at, &card)).await;
    assert_eq!((written.entries, written.added), (after, after - before));
    assert_eq!(import(&bilal, &card).await.new, after - before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_nobody_waits_for_is_not_finished() {
    let mut slow = Slow::new().await;
    let writing = slow.begin().await;
    writing.abort();
    assert!(in_time(writing).await.unwrap_err().is_cancelled());
    slow.answer();
    // Whoever comes next waits until it was given up.
    let next = export(&slow.at, &slow.path("next.majlis"));
    let _: CarryWritten = in_time(get(&slow.amina.node, next)).await;
    assert_eq!(slow.names(), ["next.majlis"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_space_that_is_forgotten_meanwhile_leaves_no_file() {
    let mut slow = Slow::new().await;
    let writing = slow.begin().await;
    let forget = Request::ForgetSpace(LeaveSpace {
        space: slow.at.space.clone(),
        anyway: true,
    });
    let _: Nothing = in_time(get(&slow.amina.node, forget)).await;
    slow.answer();
    let refused = in_time(writing).await.unwrap().unwrap_err();
    assert_eq!(refused.code, ErrorCode::NotFound);
    assert_eq!(slow.names(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn how_far_a_file_came_is_told_from_its_beginning_to_its_end() {
    let amina = person("Amina").await;
    let at = found(&amina.node).await;
    let files = tempfile::tempdir().unwrap();
    let card = files.path().join("card.majlis");
    let mut whole = 0;
    // The second time, what is there is gone through as well.
    for _ in 0..2 {
        let mut heard = amina.node.events();
        let _: CarryWritten = get(&amina.node, export(&at, &card)).await;
        let mut told = Vec::new();
        while let Ok(event) = heard.try_recv() {
            if let Event::CarryWriting { space, done, of } = event {
                assert_eq!(space, at.space);
                told.push((done, of));
            }
        }
        let of = told[0].1;
        assert!(of > whole, "{of} after {whole}");
        assert_eq!((told[0], told[told.len() - 1]), ((0, of), (of, of)));
        assert!(told.is_sorted(), "{told:?}");
        whole = of;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_last_week_makes_way_for_the_next_one_of_its_space_and_of_no_other() {
    let amina = person("Amina").await;
    let written = async |at: &SpaceRef, media| {
        let wanted = CarryExport {
            space: at.space.clone(),
            path: None,
            part_size: None,
            media,
        };
        let written: CarryWritten = get(&amina.node, Request::ExportCarry(wanted)).await;
        PathBuf::from(&written.paths[0])
    };
    let (one, other) = (found(&amina.node).await, found(&amina.node).await);
    let all = written(&one, MediaPolicyName::All).await;
    let only = written(&other, MediaPolicyName::All).await;
    // Another choice is another file, and what was written today stays.
    let texts = written(&one, MediaPolicyName::Nothing).await;
    assert!(all.is_file() && texts.is_file() && all != texts);
    let last_week = std::time::SystemTime::now() - Duration::from_secs(8 * 24 * 60 * 60);
    for file in [&all, &only] {
        let file = std::fs::File::options().write(true).open(file).unwrap();
        file.set_modified(last_week).unwrap();
    }
    let again = written(&one, MediaPolicyName::Previews).await;
    assert!(again.is_file() && texts.is_file() && !all.exists());
    assert!(only.is_file(), "it may be all that is left of its space");
}
