//! Taking a carry file in, some runs at a time: other work goes on in between, and an import that
//! was interrupted goes on where it was. What is in the file is verified as if a peer had sent it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use majlis_core::blob::Blob;
use majlis_core::entry::ChainId;
use majlis_core::id::{EntryHash, SpaceId};
use majlis_core::space::{CommandError, Input, Reply};
use majlis_core::sync::manifest::Manifest;
use majlis_net::{Block, CarryError, CarryPlace, CarryReader};
use serde::{Deserialize, Serialize};

use crate::api::carry::{CarryImported, ManifestWord};
use crate::api::{ApiError, ErrorCode, Event};
use crate::desk::{Desk, command_error, store_error};
use crate::node::carry::media::{MediaCame, media_view};
use crate::node::carry::{Said, carry_error, opened};

/// So long a desk reads without doing anything else.
const AT_ONCE: Duration = Duration::from_millis(150);
/// The settings of a space that say where an import stopped, and which parts wait.
const NOTED: &str = "carry/noted";
const WAITING: &str = "carry/waiting";
/// The most blobs of which something was left that are noted with a place.
const MAX_BEHIND: usize = 256;
/// The most parts that are remembered as waiting.
const MAX_WAITING: usize = 100;

/// A file that was opened to be taken in.
pub(super) struct Source {
    path: PathBuf,
    pub(super) space: SpaceId,
    pub(super) name: String,
    print: Option<[u8; 32]>,
    /// Its size.
    bytes: u64,
}

impl Source {
    pub(super) fn open(path: &Path) -> Result<Self, ApiError> {
        let said = Said::of(path).map_err(|error| carry_error(&error, path))?;
        Ok(Self {
            path: path.to_path_buf(),
            space: SpaceId::from_bytes(said.head.space),
            name: said.head.name,
            print: said.print,
            bytes: std::fs::metadata(path).map_or(0, |about| about.len()),
        })
    }
}

/// What has been counted.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
struct Counted {
    entries: u64,
    new: u64,
    altered: u64,
    media: MediaCame,
    malformed: bool,
    #[serde(default)]
    not_counting: u64,
}

/// How far an import came: everything before is on disk here.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Noted {
    print: [u8; 32],
    offset: u64,
    number: u32,
    digest: [u8; 32],
    counted: Counted,
    /// Blobs of which something was left by then.
    #[serde(default)]
    behind: BTreeSet<Blob>,
}

impl Noted {
    /// Entries read so far.
    pub(super) const fn read(&self) -> u64 {
        self.counted.entries
    }
}

/// An import on its way.
pub(super) struct Taking {
    source: Source,
    reader: CarryReader,
    counted: Counted,
    resumed: u64,
    /// Whether a place in it is noted.
    noted: bool,
    /// Of each chain that does not join on: how many entries, and the last.
    waiting: BTreeMap<ChainId, (u64, EntryHash)>,
    /// Blobs of which something was left.
    behind: BTreeSet<Blob>,
    /// The last manifest, and whether it fits what stands before it.
    last: Option<(Option<Manifest>, bool)>,
    whole: bool,
    over: bool,
}

impl Taking {
    pub(super) const fn is_over(&self) -> bool {
        self.over
    }

    pub(super) fn progress(&self) -> Event {
        Event::Carrying {
            path: self.source.path.display().to_string(),
            entries: self.counted.entries,
            new: self.counted.new,
            read: self.reader.place().offset,
            of: self.source.bytes,
        }
    }
}

impl Desk {
    /// Where an import of this very file stopped, if it did.
    pub(super) fn noted(
        &self,
        path: &Path,
        print: Option<[u8; 32]>,
    ) -> Result<Option<Noted>, ApiError> {
        let kept = self
            .store
            .setting(Some(self.id()), NOTED)
            .map_err(|error| store_error(&error))?;
        let noted: Option<Noted> = kept.and_then(|bytes| serde_json::from_slice(&bytes).ok());
        let size = std::fs::metadata(path).map_or(0, |about| about.len());
        Ok(noted.filter(|noted| Some(noted.print) == print && noted.offset <= size))
    }

    pub(super) fn begin_taking(&mut self, source: Source) -> Result<Taking, ApiError> {
        let reading = |error: CarryError| carry_error(&error, &source.path);
        let noted = self.noted(&source.path, source.print)?;
        let reader = match &noted {
            Some(noted) => {
                let place = CarryPlace {
                    offset: noted.offset,
                    number: noted.number,
                    digest: noted.digest,
                };
                CarryReader::open_at(&source.path, place).map_err(reading)?
            }
            None => CarryReader::open(&source.path).map_err(reading)?,
        };
        let is_noted = noted.is_some();
        let (counted, behind) = noted.map_or_else(Default::default, |noted| {
            let Noted {
                counted, behind, ..
            } = noted;
            (counted, behind)
        });
        Ok(Taking {
            reader,
            resumed: counted.entries,
            noted: is_noted,
            waiting: BTreeMap::new(),
            behind,
            last: None,
            whole: !counted.malformed,
            over: false,
            counted,
            source,
        })
    }

    /// Takes some runs in, and notes how far it came.
    pub(super) fn take_some(&mut self, mut taking: Taking) -> Result<Taking, ApiError> {
        let until = Instant::now() + AT_ONCE;
        while !taking.over {
            match taking.reader.next_block() {
                Ok(Some(Block::Run(run))) => self.take_run(run, &mut taking)?,
                Ok(Some(Block::Media(run))) => {
                    taking.last = None;
                    let media = &mut taking.counted.media;
                    if !self.take_media(run, media, &mut taking.behind)? {
                        taking.counted.malformed = true;
                        taking.whole = false;
                    }
                }
                Ok(Some(Block::Manifest { bytes, before })) => {
                    let manifest = opened(&bytes, self.id());
                    let fits = manifest.as_ref().is_some_and(|said| said.before == before);
                    taking.last = Some((manifest, fits));
                }
                Ok(None) => taking.over = true,
                Err(CarryError::Damaged { .. } | CarryError::Truncated { .. }) => {
                    taking.whole = false;
                    taking.over = true;
                }
                Err(error) => return Err(carry_error(&error, &taking.source.path)),
            }
            if Instant::now() >= until {
                break;
            }
        }
        if !taking.over {
            self.note_place(&mut taking)?;
        }
        Ok(taking)
    }

    fn take_run(&mut self, run: Vec<u8>, taking: &mut Taking) -> Result<(), ApiError> {
        taking.last = None;
        match self.input(Input::Carried { run })? {
            Some(Ok(Reply::TakenIn {
                entries,
                new,
                not_counting,
                altered,
                waiting,
            })) => {
                taking.counted.entries += entries;
                taking.counted.new += new;
                taking.counted.altered += altered;
                taking.counted.not_counting += not_counting;
                for (chain, hash) in waiting {
                    let row = taking.waiting.entry(chain).or_insert((0, hash));
                    *row = (row.0 + 1, hash);
                }
            }
            Some(Err(CommandError::BadInput)) => {
                taking.counted.malformed = true;
                taking.whole = false;
            }
            Some(Err(error)) => return Err(command_error(&error)),
            Some(Ok(_)) | None => {}
        }
        Ok(())
    }

    /// Notes a place up to which everything is on disk; entries that wait are not, and what a manifest
    /// said is not noted.
    fn note_place(&self, taking: &mut Taking) -> Result<(), ApiError> {
        let Some(print) = taking.source.print else {
            return Ok(());
        };
        let told = taking.last.is_some() || taking.behind.len() > MAX_BEHIND;
        if !taking.reader.is_sound() || !taking.waiting.is_empty() || told {
            return Ok(());
        }
        let place = taking.reader.place();
        let noted = Noted {
            print,
            offset: place.offset,
            number: place.number,
            digest: place.digest,
            counted: taking.counted,
            behind: taking.behind.clone(),
        };
        let bytes = serde_json::to_vec(&noted)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        self.store
            .put_setting(Some(self.id()), NOTED, &bytes)
            .map_err(|error| store_error(&error))?;
        taking.noted = true;
        Ok(())
    }

    pub(super) fn end_taking(&mut self, taking: Taking) -> Result<CarryImported, ApiError> {
        let index = self.space.index();
        let waiting: u64 = taking
            .waiting
            .values()
            .filter(|(_, last)| !index.contains(*last))
            .map(|(entries, _)| entries)
            .sum();
        if taking.noted {
            self.store
                .drop_setting(Some(self.id()), NOTED)
                .map_err(|error| store_error(&error))?;
        }
        let ended = taking.reader.has_ended();
        let word = match &taking.last {
            Some((_, true)) if ended && taking.whole => ManifestWord::Signed,
            // Behind damage a manifest cannot fit; it is the damage that is told.
            Some((Some(_), _)) if ended && !taking.whole => ManifestWord::Signed,
            Some(_) if ended => ManifestWord::Altered,
            _ => ManifestWord::Missing,
        };
        let manifest = taking.last.and_then(|(manifest, _)| manifest);
        let media_left = self.not_whole(&taking.behind)?;
        let roster = self.space.roster();
        let name = roster.genesis().map(|genesis| genesis.name.clone());
        let mut imported = CarryImported {
            space: self.id().to_string(),
            name: name.unwrap_or(taking.source.name),
            entries: taking.counted.entries,
            new: taking.counted.new,
            not_counting: taking.counted.not_counting,
            altered: taking.counted.altered,
            waiting,
            resumed: taking.resumed,
            whole: taking.whole,
            word,
            missing: Vec::new(),
            media: media_view(taking.counted.media.whole),
            media_bytes: taking.counted.media.bytes,
            media_altered: taking.counted.media.altered,
            media_left,
            parts: manifest
                .as_ref()
                .map_or(1, |of| u32::try_from(of.parts.len()).unwrap_or(u32::MAX)),
        };
        let waits = imported.waits();
        self.remember_waiting(&taking.source.path, waits)?;
        if let Some(manifest) = manifest {
            if imported.whole && word == ManifestWord::Signed && !waits {
                self.remember_taken(&manifest)?;
            }
            imported.missing = self.missing_parts(&self.known()?, &manifest)?;
        }
        Ok(imported)
    }

    /// Parts that need another part first, by where they were.
    pub(super) fn waiting_parts(&self) -> Result<Vec<PathBuf>, ApiError> {
        let kept = self
            .store
            .setting(Some(self.id()), WAITING)
            .map_err(|error| store_error(&error))?;
        Ok(kept
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    fn remember_waiting(&self, path: &Path, waits: bool) -> Result<(), ApiError> {
        let mut list = self.waiting_parts()?;
        let known = list.iter().position(|one| one == path);
        match (known, waits) {
            (Some(_), true) | (None, false) => return Ok(()),
            (Some(at), false) => drop(list.remove(at)),
            (None, true) => list.push(path.to_path_buf()),
        }
        let over = list.len().saturating_sub(MAX_WAITING);
        list.drain(..over);
        let bytes = serde_json::to_vec(&list)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        self.store
            .put_setting(Some(self.id()), WAITING, &bytes)
            .map_err(|error| store_error(&error))
    }
}
