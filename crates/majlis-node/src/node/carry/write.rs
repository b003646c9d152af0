//! Writing a carry file, or adding to one what it lacks, beside the desk: the space goes on meanwhile.
//! Not here: what goes in (`load`), and how it is put into parts (`card`).

use std::path::{Path, PathBuf};

use majlis_core::id::EntryHash;
use majlis_core::shelf::Shelf;
use majlis_core::space::{MediaPolicy, Space};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_net::Block;

use crate::api::ApiError;
use crate::api::carry::CarryWritten;
use crate::desk::store_error;
use crate::node::carry::card::Card;
use crate::node::carry::load::{Load, in_order};
use crate::node::carry::media::each_media_run_of;
use crate::node::carry::pace::Pace;
use crate::plain;

/// Where to write: as somebody said, or in the folder that somebody named.
pub(super) fn place(path: PathBuf, load: &Load) -> Result<PathBuf, ApiError> {
    if path.is_dir() {
        let name = path.join(load.card_name());
        // What has the name and is not of this space, or cannot be read any more, stays as it is.
        return Ok(if Card::fits(&name, load.space) {
            name
        } else {
            path.join(load.file_name(MediaPolicy::default(), None))
        });
    }
    // Where a card is not in, nothing is to be written beside it.
    let folder = path.parent().filter(|at| !at.as_os_str().is_empty());
    let missing = folder.filter(|at| !at.is_dir());
    if let Some(missing) = missing {
        return Err(plain::missing("folder").about(missing.display().to_string()));
    }
    Ok(path)
}

/// Writes to the files of one name everything that is to go in and is not in them.
pub(super) fn write(
    load: &Load,
    path: &Path,
    limit: u64,
    pace: &mut Pace,
) -> Result<CarryWritten, ApiError> {
    let mut card = Card::read(path, load, limit, pace)?;
    let lacks = |hash: &EntryHash| !card.holds(*hash);
    let entries: Vec<EntryHash> = load.entries.iter().copied().filter(lacks).collect();
    let there = load.entries.len() - entries.len();
    pace.on(load.entry_bytes * there as u64)?;
    let shelf = load.store.shelf(load.space);
    let mut added = 0;
    let unreadable = each_run_of(entries.into_iter(), &shelf, &mut |run, packed| {
        added += packed.len() as u64;
        card.add(&Block::Run(run), packed)?;
        pace.on(load.entry_bytes * packed.len() as u64)
    })?;
    // Entries first: what refers to a blob is then here before it.
    let held = card.whole().clone();
    let (there, blobs): (Vec<_>, Vec<_>) = load
        .blobs
        .iter()
        .copied()
        .partition(|(_, blob)| held.contains(blob));
    pace.on(there.iter().map(|(_, blob)| u64::from(blob.size)).sum())?;
    let lost = each_media_run_of(&load.store, load.space, blobs.into_iter(), &mut |run| {
        let bytes = run.len() as u64;
        card.add(&Block::Media(run), &[])?;
        pace.on(bytes)
    })?;
    let added_media = card.whole().difference(&held).count() as u64;
    pace.end()?;
    let mut written = card.finish(load, added, added_media)?;
    written.unreadable = unreadable + lost;
    Ok(written)
}

/// Everything a space holds and `skip` does not name, run by run, each with its entries: membership
/// first, then chain by chain, so that whoever reads it needs no second pass. Gives how many entries
/// the disk did not give any more; they are left out.
pub(in crate::node) fn each_run(
    space: &Space,
    shelf: &dyn Shelf,
    skip: impl Fn(EntryHash) -> bool,
    each: &mut impl FnMut(Vec<u8>, &[Carried]) -> Result<(), ApiError>,
) -> Result<u64, ApiError> {
    let entries = in_order(space).filter(|hash| !skip(*hash));
    each_run_of(entries, shelf, each)
}

/// Those of these entries that are here, run by run, each with its entries; how many the disk did not
/// give.
fn each_run_of(
    entries: impl Iterator<Item = EntryHash>,
    shelf: &dyn Shelf,
    each: &mut impl FnMut(Vec<u8>, &[Carried]) -> Result<(), ApiError>,
) -> Result<u64, ApiError> {
    let mut run = RunWriter::default();
    let mut packed = Vec::new();
    let mut unreadable = 0;
    for hash in entries {
        let Some(one) = Carried::read(hash, shelf).map_err(|error| store_error(&error))? else {
            // One place of a disk is worn out, and everything else is still to be saved.
            unreadable += 1;
            continue;
        };
        if run.is_full_for(one.payload.as_ref().map_or(0, Vec::len)) {
            each(run.take(), &packed)?;
            packed.clear();
        }
        run.push(&one);
        packed.push(one);
    }
    if !run.is_empty() {
        each(run.take(), &packed)?;
    }
    Ok(unreadable)
}
