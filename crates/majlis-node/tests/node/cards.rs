//! Carry files that were damaged, altered or made to harm: nothing panics, nothing good is lost, and
//! nothing is passed over in silence.

use std::path::{Path, PathBuf};

use majlis_core::entry::Signed;
use majlis_core::id::SpaceId;
use majlis_core::sign::DeviceKey;
use majlis_core::sync::manifest::{Contents, Holdings, MAX_MANIFEST, Manifest};
use majlis_core::sync::wire::{Carried, RunWriter, read_run};
use majlis_core::time::Timestamp;
use majlis_net::{Block, CarryHead, CarryReader, CarryWriter, MAX_CARRY_FILE};
use majlis_node::api::carry::{
    CarryExport, CarryImported, CarryPath, CarrySummary, CarryWritten, ManifestWord,
};
use majlis_node::api::media::MediaPolicyName;
use majlis_node::api::members::{JoinSpace, RankName};
use majlis_node::api::process::Responded;
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{ErrorCode, Request};
use majlis_node::node::Node;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::scene::{call, found, get, named, ticket, verified};
use crate::{answer, opened};

struct Scene {
    folders: [TempDir; 2],
    files: TempDir,
    amina: Node,
    bilal: Node,
    at: SpaceRef,
}

/// Amina's space with two answers; Bilal holds a ticket and nothing else.
async fn scene() -> Scene {
    let folders = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let amina = named(folders[0].path(), false, "Amina").await;
    let bilal = named(folders[1].path(), false, "Bilal").await;
    let at = found(&amina).await;
    let ticket = ticket(&amina, &at, RankName::Member).await;
    let (process, form) = opened(&amina, &at).await;
    for option in 0..2 {
        let answer = answer(&process, &form, option, "Near the school");
        let _: Responded = get(&amina, Request::Respond(answer)).await;
    }
    let _: SpaceRef = get(&bilal, Request::Join(JoinSpace { ticket })).await;
    Scene {
        folders,
        files: tempfile::tempdir().unwrap(),
        amina,
        bilal,
        at,
    }
}

impl Scene {
    fn path(&self, name: &str) -> PathBuf {
        self.files.path().join(name)
    }

    async fn export(&self, from: &Node, name: &str) -> PathBuf {
        self.write(from, name).await;
        self.path(name)
    }

    async fn write(&self, from: &Node, name: &str) -> CarryWritten {
        let export = CarryExport {
            space: self.at.space.clone(),
            path: Some(self.path(name).display().to_string()),
            part_size: None,
            media: MediaPolicyName::All,
        };
        get(from, Request::ExportCarry(export)).await
    }

    /// What Bilal has goes to Amina; then both have the same.
    async fn is_even(&self) {
        let back = self.export(&self.bilal, "back.majlis").await;
        import(&self.amina, &back).await.unwrap();
        assert_eq!(
            verified(&self.bilal, &self.at).await,
            verified(&self.amina, &self.at).await
        );
    }

    fn space(&self) -> SpaceId {
        self.at.space.parse().unwrap()
    }
}

async fn import(node: &Node, path: &Path) -> Result<CarryImported, ErrorCode> {
    let path = path.display().to_string();
    let taken = call(node, Request::ImportCarry(CarryPath { path })).await;
    taken.map_err(|error| error.code)
}

async fn summary(node: &Node, path: &Path) -> Result<CarrySummary, ErrorCode> {
    let path = path.display().to_string();
    let said = call(node, Request::CarrySummary(CarryPath { path })).await;
    said.map_err(|error| error.code)
}

/// The runs of a file, and its last manifest.
fn blocks(path: &Path) -> (Vec<Vec<u8>>, Vec<u8>) {
    let mut reader = CarryReader::open(path).unwrap();
    let (mut runs, mut last) = (Vec::new(), Vec::new());
    while let Some(block) = reader.next_block().unwrap() {
        match block {
            Block::Run(run) => runs.push(run),
            Block::Media(_) => panic!("no photo was taken"),
            Block::Manifest { bytes, .. } => last = bytes,
        }
    }
    (runs, last)
}

/// A file of these runs with this manifest, every check of it right.
fn write(path: &Path, space: SpaceId, runs: &[Vec<u8>], manifest: &[u8]) {
    let head = CarryHead {
        space: *space.as_bytes(),
        name: "Ain Safa".into(),
    };
    let mut writer = CarryWriter::create(path, &head, MAX_CARRY_FILE).unwrap();
    for run in runs {
        writer.add(run, MAX_MANIFEST).unwrap();
    }
    writer.finish(manifest, path).unwrap();
}

fn is_quiet(taken: &CarryImported) -> bool {
    taken.whole && taken.altered == 0 && taken.word == ManifestWord::Signed
}

#[tokio::test(flavor = "multi_thread")]
async fn no_byte_of_a_file_can_change_or_be_cut_in_silence() {
    let scene = scene().await;
    let path = scene.export(&scene.amina, "card.majlis").await;
    let whole = std::fs::read(&path).unwrap();
    let entries = import(&scene.bilal, &path).await.unwrap().entries;
    assert!(entries > 0);
    let bent = scene.path("bent.majlis");
    // Two copies of the head: one of them serves.
    let head = 512;
    for at in 0..whole.len() {
        let mut bytes = whole.clone();
        bytes[at] ^= 1 << (at % 8);
        std::fs::write(&bent, &bytes).unwrap();
        let taken = import(&scene.bilal, &bent).await.unwrap();
        assert_eq!(is_quiet(&taken), at < head, "bent at {at}: {taken:?}");
        let said = summary(&scene.bilal, &bent).await.unwrap();
        assert!(said.joined, "bent at {at}");
        std::fs::write(&bent, &whole[..at]).unwrap();
        match import(&scene.bilal, &bent).await {
            Ok(taken) => assert!(!taken.whole, "cut at {at}: {taken:?}"),
            Err(code) => {
                assert_eq!(code, ErrorCode::BadCarryFile, "cut at {at}");
                assert!(at < head, "cut at {at}");
            }
        }
    }
    verified(&scene.bilal, &scene.at).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_altered_entry_is_told_and_the_others_come() {
    let scene = scene().await;
    let path = scene.export(&scene.amina, "card.majlis").await;
    let (runs, manifest) = blocks(&path);
    let read = |run: &Vec<u8>| read_run(scene.space(), run).unwrap();
    let mut entries: Vec<Carried> = runs.iter().flat_map(read).collect();
    // The last one in the file: nothing builds on it.
    let last = entries.last_mut().unwrap();
    let mut signature = *last.signed.signature().as_bytes();
    signature[5] ^= 1;
    last.signed = Signed::new(last.signed.unchecked().clone(), signature);
    let mut writer = RunWriter::default();
    entries.iter().for_each(|one| writer.push(one));
    let bent = scene.path("bent.majlis");
    write(&bent, scene.space(), &[writer.take()], &manifest);
    // Its manifest is Amina's, and does not fit.
    assert_eq!(
        summary(&scene.bilal, &bent).await.unwrap().word,
        ManifestWord::Signed
    );
    let taken = import(&scene.bilal, &bent).await.unwrap();
    assert_eq!((taken.altered, taken.word), (1, ManifestWord::Altered));
    assert!(taken.whole && taken.new > 0);
    // Whoever adds to that file does not take the altered entry for the real one.
    let before = std::fs::read(&bent).unwrap();
    scene.export(&scene.amina, "bent.majlis").await;
    assert!(std::fs::read(&bent).unwrap().starts_with(&before));
    let taken = import(&scene.bilal, &bent).await.unwrap();
    assert_eq!((taken.altered, taken.word), (1, ManifestWord::Signed));
    scene.is_even().await;
}

/// Whoever read it would take it for a lie of Amina's.
#[tokio::test(flavor = "multi_thread")]
async fn an_entry_that_the_disk_altered_goes_into_no_file_and_is_told() {
    let scene = scene().await;
    let all = verified(&scene.amina, &scene.at).await.entries;
    let disk = Connection::open(scene.folders[0].path().join("majlis.sqlite")).unwrap();
    let alter = "UPDATE payloads SET packed = 0, \
         body = zeroblob((SELECT payload_len FROM entries WHERE no = entry)) \
         WHERE entry = (SELECT max(no) FROM entries)";
    assert_eq!(disk.execute(alter, []).unwrap(), 1);
    let written = scene.write(&scene.amina, "card.majlis").await;
    assert_eq!((written.entries, written.unreadable), (all - 1, 1));
    let taken = import(&scene.bilal, &scene.path("card.majlis")).await;
    let taken = taken.unwrap();
    assert!(is_quiet(&taken) && taken.entries == all - 1, "{taken:?}");
    // Nor does it grow by it whenever something is added.
    let again = scene.write(&scene.amina, "card.majlis").await;
    assert_eq!((again.added, again.unreadable), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lie_in_a_manifest_costs_nothing_but_its_own_word() {
    let scene = scene().await;
    let path = scene.export(&scene.amina, "card.majlis").await;
    let (runs, manifest) = blocks(&path);
    let true_one = Manifest::open(&manifest).unwrap();
    let stranger = DeviceKey::from_secret(&[9; 32]);
    let mut holds = Holdings::default();
    for one in runs
        .iter()
        .flat_map(|run| read_run(scene.space(), run).unwrap())
    {
        holds.add(one.signed.unchecked(), None);
    }
    let lie = |space, part| Manifest {
        space,
        device: majlis_core::sign::Signer::device(&stranger),
        name: "Amina".into(),
        made: Timestamp(u64::MAX),
        contents: Contents {
            members: u64::MAX,
            ..Contents::default()
        },
        part,
        ..true_one.clone()
    };
    let bent = scene.path("bent.majlis");
    // Everything is said to be there, and nothing is.
    let here = lie(scene.space(), 0).seal(&stranger);
    write(&bent, scene.space(), &[], &here);
    let said = summary(&scene.bilal, &bent).await.unwrap();
    let view = said.manifest.unwrap();
    assert_eq!(
        (view.rank, view.members),
        (None, u64::MAX),
        "no member wrote it"
    );
    scene.export(&scene.amina, "bent.majlis").await;
    let taken = import(&scene.bilal, &bent).await.unwrap();
    assert_eq!(
        taken.entries,
        holds.part(0).entries,
        "what was missing was added"
    );
    assert!(is_quiet(&taken), "{taken:?}");

    // About another space, as a part that is none, or no manifest at all.
    let elsewhere = lie(SpaceId::from_bytes([4; 32]), 0).seal(&stranger);
    let no_part = lie(scene.space(), 7).seal(&stranger);
    let noise = vec![0xff; 70_000];
    for manifest in [elsewhere, no_part, noise] {
        write(&bent, scene.space(), &runs, &manifest);
        let said = summary(&scene.bilal, &bent).await.unwrap();
        assert_eq!((said.word, said.manifest), (ManifestWord::Altered, None));
        let taken = import(&scene.bilal, &bent).await.unwrap();
        assert_eq!(taken.word, ManifestWord::Altered);
        assert_eq!((taken.whole, taken.altered), (true, 0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn runs_repeated_and_runs_of_another_space_change_nothing() {
    let scene = scene().await;
    let path = scene.export(&scene.amina, "card.majlis").await;
    let (mut runs, manifest) = blocks(&path);
    let other = found(&scene.amina).await;
    let elsewhere = CarryExport {
        space: other.space,
        path: Some(scene.path("other.majlis").display().to_string()),
        part_size: None,
        media: MediaPolicyName::All,
    };
    let _: CarryWritten = get(&scene.amina, Request::ExportCarry(elsewhere)).await;
    let (foreign, _) = blocks(&scene.path("other.majlis"));
    let strange = read_run(scene.space(), &foreign[0]).unwrap().len() as u64;
    runs.extend(runs.clone());
    runs.push(foreign[0].clone());
    runs.push(b"no run at all".to_vec());
    let bent = scene.path("bent.majlis");
    write(&bent, scene.space(), &runs, &manifest);
    let taken = import(&scene.bilal, &bent).await.unwrap();
    assert_eq!(taken.new * 2 + strange, taken.entries);
    assert_eq!((taken.altered, taken.whole), (strange, false));
    let again = import(&scene.bilal, &path).await.unwrap();
    assert!(again.new == 0 && is_quiet(&again), "{again:?}");
    scene.is_even().await;
}
