//! Calls about carry files: what one says, and the order in which parts are taken in.
//! Not here: how entries go into a file (`write`) and come out of one (`take`), and the way of a
//! file between a page and its node (`parts`).

mod card;
mod load;
mod media;
mod missing;
mod pace;
mod take;
mod write;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use majlis_core::id::{LaneClass, LaneId, SpaceId};
use majlis_core::sync::manifest::{Known, Manifest};
use majlis_net::{Block, CarryError, CarryHead, CarryReader, MAX_CARRY_FILE, last_manifest};
use tokio::sync::oneshot;

use crate::api::carry::{
    CarriedAnswers, CarriedDocument, CarryExport, CarryImported, CarryPath, CarrySummary,
    CarryWritten, ManifestView, ManifestWord,
};
use crate::api::{ApiError, ErrorCode, Event};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::carry::pace::Pace;
use crate::node::media::as_core;
use crate::node::parts::{EXPORTS, INCOMING, drop_left, waiting};
use crate::plain;
use crate::profile::disk_error;

pub(super) use media::each_media_run;
pub(super) use write::each_run;

/// How carry files end.
pub(super) const ENDING: &str = "majlis";
/// The smallest part that one may ask for, in bytes.
const LEAST_PART: u64 = 64 * 1024;

impl Node {
    pub(super) async fn export_carry(&self, wanted: CarryExport) -> Result<CarryWritten, ApiError> {
        let folder = self.0.folder.join(EXPORTS);
        let path = wanted.path.map(PathBuf::from);
        let limit = wanted.part_size.unwrap_or(MAX_CARRY_FILE);
        if limit < LEAST_PART {
            return Err(card::too_small(LEAST_PART));
        }
        let media = as_core(wanted.media);
        let space = plain::id(&wanted.space, "space")?;
        let desk = self.desk(space)?;
        let turn = Arc::clone(&self.0.writing).acquire_owned().await;
        let turn = turn.map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        let load = desk.ask(move |desk| desk.load(media)).await?;
        // The other end is dropped with this call, which ends the writing.
        let (asked, _asks) = oneshot::channel();
        let (desks, tell) = (self.0.desks.clone(), self.0.events.clone());
        let mut pace = Pace::new(space, desks, tell, asked);
        waiting(move || {
            let _turn = turn;
            if let Some(path) = path {
                let path = write::place(path, &load)?;
                return write::write(&load, &path, limit, &mut pace);
            }
            fs::create_dir_all(&folder).map_err(|error| disk_error(&error))?;
            let path = folder.join(load.file_name(media, wanted.part_size));
            let written = write::write(&load, &path, limit, &mut pace)?;
            // What it takes the place of, once it is there. Files of other spaces may be all that is left
            // of them.
            drop_left(&folder, |file| load.is_of_its_days(file));
            Ok(written)
        })
        .await
    }

    pub(super) async fn carry_summary(&self, file: CarryPath) -> Result<CarrySummary, ApiError> {
        let path = PathBuf::from(&file.path);
        let at = path.clone();
        let read = waiting(move || {
            let bytes = fs::metadata(&at)
                .map_err(|error| carry_error(&CarryError::Disk(error), &at))?
                .len();
            let said = Said::of(&at).map_err(|error| carry_error(&error, &at))?;
            Ok((said, bytes))
        });
        let (said, bytes) = read.await?;
        let space = SpaceId::from_bytes(said.head.space);
        let mut summary = CarrySummary {
            space: space.to_string(),
            name: said.head.name.clone(),
            joined: false,
            bytes,
            word: said.word,
            manifest: said.manifest.as_ref().map(view_of),
            resumes: 0,
        };
        if let Ok(desk) = self.desk(space) {
            summary.joined = true;
            return desk
                .ask(move |desk| {
                    if let (Some(view), Some(manifest)) = (&mut summary.manifest, &said.manifest) {
                        desk.complete(view, manifest)?;
                    }
                    summary.resumes = desk
                        .noted(&path, said.print)?
                        .map_or(0, |noted| noted.read());
                    Ok(summary)
                })
                .await;
        }
        Ok(summary)
    }

    /// Takes a file in, and then parts that waited for it.
    pub(super) async fn import_carry(&self, file: CarryPath) -> Result<CarryImported, ApiError> {
        let path = PathBuf::from(&file.path);
        let mut imported = self.take(&path).await?;
        let mut fresh = imported.new + imported.media_bytes;
        while fresh > 0 {
            fresh = 0;
            for other in self.waiting_parts(&imported.space).await? {
                if other == path || !other.is_file() {
                    continue;
                }
                // A part that cannot be read now goes on waiting.
                if let Ok(more) = self.take(&other).await {
                    fresh += more.new + more.media_bytes;
                    imported.new += more.new;
                    imported.media.join(more.media);
                    imported.media_bytes += more.media_bytes;
                    imported.missing = more.missing;
                }
            }
        }
        let _ = self.0.events.send(Event::Me);
        Ok(imported)
    }

    async fn take(&self, path: &Path) -> Result<CarryImported, ApiError> {
        let at = path.to_path_buf();
        let opened = waiting(move || take::Source::open(&at));
        let source = opened.await?;
        let desk = self.desk(source.space).map_err(|_| {
            ApiError::new(ErrorCode::NotJoined, "taking in a file of another space")
                .about(source.name.clone())
        })?;
        let mut taking = desk.ask(move |desk| desk.begin_taking(source)).await?;
        while !taking.is_over() {
            taking = desk.ask(move |desk| desk.take_some(taking)).await?;
            let _ = self.0.events.send(taking.progress());
        }
        let imported = desk.ask(move |desk| desk.end_taking(taking)).await?;
        let came_in = path.parent() == Some(self.0.folder.join(INCOMING).as_path());
        if came_in && !imported.waits() {
            // It came through a page, for this once; it is not needed again.
            let _ = fs::remove_file(path);
        }
        Ok(imported)
    }

    async fn waiting_parts(&self, space: &str) -> Result<Vec<PathBuf>, ApiError> {
        self.at(space, |desk| desk.waiting_parts()).await
    }

    /// Offers carry files that the system opened with this app: whoever shows the interface is told,
    /// and asks for them once.
    pub fn offer_carry(&self, files: Vec<PathBuf>) {
        if !files.is_empty() {
            super::locked(&self.0.offered).extend(files);
            let _ = self.0.events.send(Event::CarryOffered);
        }
    }

    pub(super) fn offered_carry(&self) -> Vec<CarryPath> {
        let files = std::mem::take(&mut *super::locked(&self.0.offered));
        files
            .into_iter()
            .map(|path| CarryPath {
                path: path.display().to_string(),
            })
            .collect()
    }
}

/// What a file says about itself.
struct Said {
    head: CarryHead,
    word: ManifestWord,
    manifest: Option<Manifest>,
    /// The hash of the manifest at the end, by which a file is known again.
    print: Option<[u8; 32]>,
}

impl Said {
    /// Reads the head and the last manifest; a file that does not end as it should is read through.
    fn of(path: &Path) -> Result<Self, CarryError> {
        let (head, last) = last_manifest(path)?;
        let space = SpaceId::from_bytes(head.space);
        if let Some(bytes) = last {
            let manifest = opened(&bytes, space);
            return Ok(Self {
                head,
                word: if manifest.is_some() {
                    ManifestWord::Signed
                } else {
                    ManifestWord::Altered
                },
                manifest,
                print: Some(print(&bytes)),
            });
        }
        let mut reader = CarryReader::open(path)?;
        let mut manifest = None;
        loop {
            match reader.next_block() {
                Ok(Some(Block::Run(_) | Block::Media(_))) => {}
                Ok(Some(Block::Manifest { bytes, .. })) => {
                    manifest = opened(&bytes, space).or(manifest);
                }
                Err(error @ CarryError::Disk(_)) => return Err(error),
                Ok(None) | Err(_) => break,
            }
        }
        Ok(Self {
            head,
            word: ManifestWord::Missing,
            manifest,
            print: None,
        })
    }
}

fn print(manifest: &[u8]) -> [u8; 32] {
    *blake3::hash(manifest).as_bytes()
}

/// A manifest that is signed and about this space.
fn opened(bytes: &[u8], space: SpaceId) -> Option<Manifest> {
    Manifest::open(bytes)
        .ok()
        .filter(|manifest| manifest.space == space)
}

/// What a manifest says to somebody who has nothing to compare it with.
fn view_of(manifest: &Manifest) -> ManifestView {
    let entries = manifest.this().map_or(0, |part| part.entries);
    let contents = &manifest.contents;
    let answers = contents.answers.values().map(|answers| CarriedAnswers {
        title: None,
        answers: *answers,
    });
    ManifestView {
        device: manifest.device.to_string(),
        writer: manifest.name.clone(),
        me: false,
        rank: None,
        made: manifest.made.0,
        part: u32::from(manifest.part) + 1,
        parts: u32::try_from(manifest.parts.len()).unwrap_or(u32::MAX),
        missing: Vec::new(),
        entries,
        new: entries,
        members: contents.members,
        answers: answers.collect(),
        documents: vec![CarriedDocument { title: None }; contents.documents.len()],
        media: media::media_view(contents.media),
        new_media: manifest.this().map_or(0, |part| part.blobs.len() as u64),
    }
}

impl Desk {
    /// Adds what this device knows: the writer, titles, what is new here, which parts are missing.
    fn complete(&self, view: &mut ManifestView, manifest: &Manifest) -> Result<(), ApiError> {
        let roster = self.space.roster();
        view.me = manifest.device == self.space.me();
        view.rank = roster.rank(manifest.device).map(plain::rank_name);
        if let Some(name) = roster.name(manifest.device) {
            name.clone_into(&mut view.writer);
        }
        let known = self.known()?;
        let this = manifest.this();
        view.new = this.map_or(0, |part| known.missing(part));
        view.new_media = this.map_or(0, |part| known.missing_blobs(part));
        view.missing = self.missing_parts(&known, manifest)?;
        let titles = |class| -> Result<BTreeMap<LaneId, String>, ApiError> {
            let rows = self.outlines(class)?.into_iter();
            Ok(rows.map(|row| (row.lane, row.title)).collect())
        };
        let title = |known: &BTreeMap<LaneId, String>, lane: &LaneId| {
            known.get(lane).filter(|title| !title.is_empty()).cloned()
        };
        let known = titles(LaneClass::Process)?;
        for (shown, lane) in view
            .answers
            .iter_mut()
            .zip(manifest.contents.answers.keys())
        {
            shown.title = title(&known, lane);
        }
        let known = titles(LaneClass::Document)?;
        for (shown, lane) in view.documents.iter_mut().zip(&manifest.contents.documents) {
            shown.title = title(&known, lane);
        }
        Ok(())
    }

    /// What is here, to compare a manifest with.
    fn known(&self) -> Result<Known<'_>, ApiError> {
        let blobs = self.store.whole_blobs(self.id());
        let blobs = blobs.map_err(|error| store_error(&error))?;
        let whole = blobs.into_iter().map(|(_, blob)| blob);
        Ok(Known::of(self.space.index(), whole))
    }
}

fn carry_error(error: &CarryError, path: &Path) -> ApiError {
    let code = match error {
        CarryError::Disk(error) if error.kind() == std::io::ErrorKind::NotFound => {
            ErrorCode::NotFound
        }
        CarryError::Disk(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            ErrorCode::CardFull
        }
        CarryError::Disk(_) => ErrorCode::UnreadableFile,
        CarryError::NotOurs => ErrorCode::NotCarryFile,
        CarryError::Newer => ErrorCode::NewerCarryFile,
        _ => ErrorCode::BadCarryFile,
    };
    let text = match error {
        CarryError::Disk(source) => format!("{error}: {source}"),
        _ => error.to_string(),
    };
    ApiError::new(code, text).about(path.display().to_string())
}
