//! The carry files of one name: what is in those that are there, and adding to them or beside them,
//! in parts where it must be.
//!
//! What a file holds is read from its runs, each entry's signature checked: a manifest may be
//! damaged, missing or a lie, and an entry left out because of it would not arrive.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use majlis_core::blob::Blob;
use majlis_core::id::{EntryHash, SpaceId};
use majlis_core::sync::manifest::{
    Contents, Holdings, MAX_PARTS, MAX_WRITER, Manifest, Media, Part, SPAN_BYTES,
};
use majlis_core::sync::wire::{Carried, read_run};
use majlis_net::{
    Block, CarryError, CarryHead, CarryPlace, CarryReader, CarryWriter, MAX_CARRY_FILE,
    MAX_CARRY_NAME,
};

use crate::api::carry::CarryWritten;
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::node::carry::load::Load;
use crate::node::carry::media::{Blobs, media_view};
use crate::node::carry::pace::Pace;
use crate::node::carry::{carry_error, opened};

/// Below this size of a part, there may only be few, so that the manifest stays small beside them.
const SMALL_PART: u64 = 16 * 1024 * 1024;
const FEW_PARTS: usize = 64;

/// A part that is there or being written.
struct Open {
    path: PathBuf,
    holds: Holdings,
    /// Bytes of its runs.
    bytes: u64,
    /// Where the next block goes, when the file was there before.
    place: Option<CarryPlace>,
    /// Whether it ends with a manifest that holds; then it may stay as it is.
    closed: bool,
    /// What its parts have in common, as its last manifest says.
    set: Option<[u8; 16]>,
    writer: Option<CarryWriter>,
}

/// The files of one name.
pub(super) struct Card {
    path: PathBuf,
    head: CarryHead,
    limit: u64,
    /// Bytes that a manifest may need.
    room: usize,
    parts: Vec<Open>,
    /// What all parts hold of photos and sounds.
    blobs: Blobs,
    /// The highest number in a name.
    highest: usize,
}

impl Card {
    /// Whether what is there under a name is of this space, or there is nothing.
    pub(super) fn fits(path: &Path, space: SpaceId) -> bool {
        numbered(path)
            .iter()
            .all(|(_, file)| match CarryReader::open(file) {
                Ok(reader) => reader.head().space == *space.as_bytes(),
                Err(error) => matches!(error, CarryError::Empty),
            })
    }

    /// Reads what is there under a name.
    pub(super) fn read(
        path: &Path,
        load: &Load,
        limit: u64,
        pace: &mut Pace,
    ) -> Result<Self, ApiError> {
        let files = numbered(path);
        let there = files.iter().map(|(_, file)| bytes_at(file));
        pace.begin(there.sum::<u64>() + load.bytes());
        let mut card = Self {
            path: path.to_path_buf(),
            head: CarryHead {
                space: *load.space.as_bytes(),
                name: crate::ticket::cut(&load.name, MAX_CARRY_NAME).to_owned(),
            },
            limit,
            room: 0,
            parts: Vec::new(),
            blobs: Blobs::default(),
            highest: 0,
        };
        for (number, file) in files {
            if let Some(part) = Open::read(file, load.space, &mut card.blobs, pace)? {
                card.parts.push(part);
            }
            card.highest = card.highest.max(number);
        }
        card.room = card.manifest_room(load);
        Ok(card)
    }

    /// Whether an entry is in one of the parts.
    pub(super) fn holds(&self, entry: EntryHash) -> bool {
        self.parts.iter().any(|part| part.holds.holds(entry))
    }

    /// The photos and sounds that are whole with what is in the parts.
    pub(super) const fn whole(&self) -> &BTreeSet<Blob> {
        self.blobs.whole()
    }

    const fn most_parts(&self) -> usize {
        if self.limit < SMALL_PART {
            FEW_PARTS
        } else {
            MAX_PARTS
        }
    }

    /// The most bytes that a manifest of all parts may come to.
    fn manifest_room(&self, load: &Load) -> usize {
        let there = |count: fn(&Part) -> usize| -> usize {
            let parts = self.parts.iter();
            parts.map(|part| count(&part.holds.part(0))).sum()
        };
        // Each part may break one chain.
        let spans = there(|part| part.spans.len()) + load.tips + self.most_parts();
        let blobs = there(|part| part.blobs.len()) + load.blobs.len();
        let named = (spans * SPAN_BYTES) + (blobs * 8) + (load.lanes * 42);
        1_024 + MAX_WRITER + named + (self.most_parts() * 30)
    }

    /// Adds a run to the last part, or to a new one when it is full; with its entries, if it is one
    /// of entries.
    pub(super) fn add(&mut self, run: &Block, packed: &[Carried]) -> Result<(), ApiError> {
        if self.parts.is_empty() {
            self.next_part()?;
        }
        loop {
            let (limit, room) = (self.limit, self.room);
            let Some(part) = self.parts.last_mut() else {
                return Ok(());
            };
            let fresh = part.place.is_none() && part.bytes == 0;
            match part.add(run, room, limit) {
                Ok(()) => {
                    for one in packed {
                        part.holds
                            .add(one.signed.unchecked(), one.payload.as_deref());
                    }
                    if let Block::Media(run) = run {
                        for (part_of, blob) in self.blobs.add(run) {
                            part.holds.add_blob(part_of, blob);
                        }
                    }
                    return Ok(());
                }
                Err(CarryError::Full) if fresh => {
                    let least = (bytes_of(run).len() + room) as u64 + LEAST_BESIDES;
                    return Err(too_small(least.next_multiple_of(1_024)));
                }
                Err(CarryError::Full) => self.next_part()?,
                Err(error) => return Err(carry_error(&error, &part.path)),
            }
        }
    }

    /// Signs what was written, part by part, and puts it in place, once the disk has it.
    pub(super) fn finish(
        mut self,
        load: &Load,
        added: u64,
        added_media: u64,
    ) -> Result<CarryWritten, ApiError> {
        if self.parts.is_empty() {
            self.next_part()?;
        }
        let said: Vec<Part> = self
            .parts
            .iter()
            .map(|part| part.holds.part(part.bytes))
            .collect();
        let set = self.parts.iter().find_map(|part| part.set);
        let mut manifest = Manifest {
            space: load.space,
            device: load.device,
            name: crate::ticket::cut(&load.writer, MAX_WRITER).to_owned(),
            made: load.made,
            set: set.unwrap_or_else(clock::fresh),
            part: 0,
            before: [0; 32],
            contents: Contents::default(),
            parts: said,
        };
        let mut media = Media::default();
        let alone = self.parts.len() == 1;
        for (number, part) in (0..).zip(&mut self.parts) {
            if part.writer.is_none() && !part.closed {
                // It is longer by no more than a manifest.
                part.append(MAX_CARRY_FILE)?;
            }
            media.join(part.holds.contents().media);
            let Some(writer) = part.writer.take() else {
                continue;
            };
            manifest.part = number;
            manifest.before = writer.place().digest;
            manifest.contents = part.holds.contents().clone();
            if alone && part.place.is_none() {
                part.path.clone_from(&self.path);
            }
            writer
                .finish(&manifest.seal(&*load.key), &part.path)
                .map_err(|error| carry_error(&error, &part.path))?;
        }
        Ok(CarryWritten {
            bytes: self.parts.iter().map(|part| bytes_at(&part.path)).sum(),
            entries: manifest.parts.iter().map(|part| part.entries).sum(),
            added,
            unreadable: 0,
            media: media_view(media),
            added_media,
            paths: self
                .parts
                .iter()
                .map(|part| part.path.display().to_string())
                .collect(),
        })
    }

    fn next_part(&mut self) -> Result<(), ApiError> {
        if self.parts.len() >= self.most_parts() {
            return Err(too_small(self.limit.saturating_mul(2)));
        }
        self.highest += 1;
        let path = part_name(&self.path, self.highest);
        let writer = CarryWriter::create(&path, &self.head, self.limit)
            .map_err(|error| carry_error(&error, &path))?;
        self.parts.push(Open {
            path,
            holds: Holdings::default(),
            bytes: 0,
            place: None,
            closed: false,
            set: None,
            writer: Some(writer),
        });
        Ok(())
    }
}

fn bytes_at(file: &Path) -> u64 {
    std::fs::metadata(file).map_or(0, |about| about.len())
}

/// Head, frames and end of the smallest part.
const LEAST_BESIDES: u64 = 1_024;

/// The files that belong to a name, the name itself first, each with its number.
fn numbered(path: &Path) -> Vec<(usize, PathBuf)> {
    let mut found = Vec::new();
    let (stem, ending) = halves(path);
    let folder = path.parent().filter(|at| !at.as_os_str().is_empty());
    let listing = std::fs::read_dir(folder.unwrap_or(Path::new(".")));
    for file in listing.into_iter().flatten().flatten() {
        let name = file.file_name().to_string_lossy().into_owned();
        let number = name
            .strip_prefix(&stem)
            .and_then(|rest| rest.strip_prefix('.'))
            .and_then(|rest| rest.strip_suffix(&ending))
            .and_then(|rest| rest.strip_suffix('.'))
            .filter(|digits| digits.bytes().all(|byte| byte.is_ascii_digit()))
            .and_then(|digits| digits.parse().ok())
            .filter(|number| (1..=MAX_PARTS).contains(number));
        if let Some(number) = number {
            found.push((number, path.with_file_name(name)));
        }
    }
    found.sort_unstable();
    if path.exists() {
        // A name without a number is the first part.
        found.insert(0, (1, path.to_path_buf()));
    }
    found
}

fn halves(path: &Path) -> (String, String) {
    let part =
        |half: Option<&std::ffi::OsStr>| half.map(|half| half.to_string_lossy().into_owned());
    let ending = part(path.extension()).unwrap_or_else(|| "majlis".to_owned());
    (part(path.file_stem()).unwrap_or_default(), ending)
}

fn part_name(path: &Path, number: usize) -> PathBuf {
    let (stem, ending) = halves(path);
    path.with_file_name(format!("{stem}.{number}.{ending}"))
}

impl Open {
    /// Reads a part that is there; `None` when the file is empty, and may be written over.
    fn read(
        path: PathBuf,
        space: SpaceId,
        blobs: &mut Blobs,
        pace: &mut Pace,
    ) -> Result<Option<Self>, ApiError> {
        let mut reader = match CarryReader::open(&path) {
            Ok(reader) => reader,
            Err(CarryError::Empty) => return Ok(None),
            Err(error @ CarryError::Disk(_)) => return Err(carry_error(&error, &path)),
            Err(_) => return Err(taken(&path)),
        };
        if reader.head().space != *space.as_bytes() {
            return Err(taken(&path));
        }
        let (mut holds, mut bytes) = (Holdings::default(), 0);
        // The last manifest while nothing follows it.
        let mut last: Option<(Manifest, bool)> = None;
        let mut set = None;
        let mut read = 0;
        let sound = loop {
            let block = reader.next_block();
            let at = reader.place().offset;
            pace.on(at.saturating_sub(read))?;
            read = at;
            match block {
                Ok(Some(Block::Run(run))) => {
                    last = None;
                    bytes += run.len() as u64;
                    for one in read_run(space, &run).unwrap_or_default() {
                        if one.signed.clone().verify().is_ok() {
                            holds.add(one.signed.unchecked(), one.payload.as_deref());
                        }
                    }
                }
                Ok(Some(Block::Media(run))) => {
                    last = None;
                    bytes += run.len() as u64;
                    for (part, blob) in blobs.add(&run) {
                        holds.add_blob(part, blob);
                    }
                }
                Ok(Some(Block::Manifest { bytes, before })) => {
                    last = opened(&bytes, space).map(|said| {
                        let fits = said.before == before;
                        (said, fits)
                    });
                    set = last.as_ref().map(|(said, _)| said.set).or(set);
                }
                Ok(None) => break true,
                Err(error @ CarryError::Disk(_)) => return Err(carry_error(&error, &path)),
                Err(_) => break false,
            }
        };
        Ok(Some(Self {
            closed: sound && last.is_some_and(|(_, fits)| fits),
            place: Some(reader.place()),
            path,
            holds,
            bytes,
            set,
            writer: None,
        }))
    }

    fn append(&mut self, limit: u64) -> Result<(), ApiError> {
        if let (None, Some(place)) = (&self.writer, self.place) {
            let writer = CarryWriter::append(&self.path, place, limit);
            self.writer = Some(writer.map_err(|error| carry_error(&error, &self.path))?);
        }
        Ok(())
    }

    fn add(&mut self, run: &Block, room: usize, limit: u64) -> Result<(), CarryError> {
        if let (None, Some(place)) = (&self.writer, self.place) {
            self.writer = Some(CarryWriter::append(&self.path, place, limit)?);
        }
        let Some(writer) = &mut self.writer else {
            return Ok(());
        };
        let added = match run {
            Block::Media(run) => writer.add_media(run, room),
            _ => writer.add(bytes_of(run), room),
        };
        match added {
            Err(CarryError::Full) if writer.bytes() == 0 && self.place.is_some() => {
                // Nothing fits behind what is there: it stays as it is.
                self.writer = None;
                Err(CarryError::Full)
            }
            Ok(()) => {
                self.bytes += bytes_of(run).len() as u64;
                Ok(())
            }
            Err(error) => Err(error),
        }
    }
}

fn bytes_of(block: &Block) -> &[u8] {
    match block {
        Block::Run(bytes) | Block::Media(bytes) | Block::Manifest { bytes, .. } => bytes,
    }
}

fn taken(path: &Path) -> ApiError {
    ApiError::new(
        ErrorCode::NameTaken,
        "writing a carry file where something else is",
    )
    .about(path.display().to_string())
}

pub(super) fn too_small(least: u64) -> ApiError {
    ApiError::new(
        ErrorCode::PartTooSmall,
        format!("writing parts of less than {least} bytes"),
    )
    .about(least.to_string())
}
