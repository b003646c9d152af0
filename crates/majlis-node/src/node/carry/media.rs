//! Photos and sounds in carry files: which go into one, which are there already, and taking them in.

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::blob::{Blob, Part, Pieces};
use majlis_core::id::SpaceId;
use majlis_core::shelf::{Shelf as _, ShelfError};
use majlis_core::space::{CommandError, Input, MediaPolicy, Reply};
use majlis_core::sync::manifest::Media;
use majlis_core::sync::media::{CarriedPieces, MediaRunWriter, read_media_run};
use majlis_store::Store;
use serde::{Deserialize, Serialize};

use crate::api::ApiError;
use crate::api::carry::CarriedMedia;
use crate::desk::{Desk, command_error, store_error};

/// What a file holds of blobs, read from its runs and proven.
#[derive(Default)]
pub(super) struct Blobs {
    whole: BTreeSet<Blob>,
    /// Those of which more may follow: what proves them, and up to where they are there.
    begun: BTreeMap<Blob, (Pieces, u32)>,
}

impl Blobs {
    /// Those that are whole.
    pub(super) const fn whole(&self) -> &BTreeSet<Blob> {
        &self.whole
    }

    /// Looks at a run; gives the blobs that are whole with it.
    pub(super) fn add(&mut self, run: &[u8]) -> Vec<(Part, Blob)> {
        let mut ended = Vec::new();
        for pieces in read_media_run(run).unwrap_or_default() {
            let blob = pieces.blob;
            if pieces.at == 0
                && let Some(proof) = Pieces::from_bytes(blob, &pieces.proof)
            {
                self.begun.insert(blob, (proof, 0));
            }
            let Some((proof, held)) = self.begun.get_mut(&blob) else {
                continue;
            };
            if *held != pieces.at || !proof.prove(blob, pieces.at, &pieces.bytes) {
                continue;
            }
            *held = pieces.end();
            if *held >= blob.size {
                self.begun.remove(&blob);
                if self.whole.insert(blob) {
                    ended.push((pieces.part, blob));
                }
            }
        }
        ended
    }
}

/// Every blob of a space that is whole, that `policy` means and `skip` does not, run by run: small
/// pictures first, then sounds, then photos. What the disk damaged is left out; how many that are.
pub(in crate::node) fn each_media_run(
    store: &Store,
    space: SpaceId,
    policy: MediaPolicy,
    skip: impl Fn(Blob) -> bool,
    each: &mut impl FnMut(Vec<u8>) -> Result<(), ApiError>,
) -> Result<u64, ApiError> {
    let list = store.whole_blobs(space);
    let list = list.map_err(|error| store_error(&error))?.into_iter();
    let meant = list.filter(|(part, blob)| policy.fetches(*part) && !skip(*blob));
    each_media_run_of(store, space, meant, each)
}

/// Those of these blobs that are whole here, run by run. What the disk damaged is left out; how many that
/// are.
pub(super) fn each_media_run_of(
    store: &Store,
    space: SpaceId,
    blobs: impl Iterator<Item = (Part, Blob)>,
    each: &mut impl FnMut(Vec<u8>) -> Result<(), ApiError>,
) -> Result<u64, ApiError> {
    let shelf = store.shelf(space);
    let mut run = MediaRunWriter::default();
    let mut unreadable = 0;
    for (part, blob) in blobs {
        let bytes = match shelf.blob_bytes(blob, 0, blob.size) {
            Ok(bytes) if Blob::of(&bytes) == Some(blob) => bytes,
            Ok(_) | Err(ShelfError::Damaged(_)) => {
                unreadable += 1;
                continue;
            }
            Err(error) => return Err(store_error(&error)),
        };
        for pieces in CarriedPieces::of(part, blob, &bytes) {
            if run.is_full_for(pieces.bytes.len()) {
                each(run.take())?;
            }
            run.push(pieces);
        }
    }
    if !run.is_empty() {
        each(run.take())?;
    }
    Ok(unreadable)
}

/// What came of photos and sounds in a file.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize)]
pub(super) struct MediaCame {
    /// What is whole now.
    pub(super) whole: Media,
    /// Bytes that are new here.
    pub(super) bytes: u64,
    /// Pieces that are not what their names say.
    pub(super) altered: u64,
}

impl Desk {
    /// Takes a run in. Adds to what came, and to the blobs of which something was left; gives
    /// whether it was a run at all.
    pub(super) fn take_media(
        &mut self,
        run: Vec<u8>,
        all: &mut MediaCame,
        behind: &mut BTreeSet<Blob>,
    ) -> Result<bool, ApiError> {
        match self.input(Input::CarriedMedia { run })? {
            Some(Ok(Reply::MediaTaken {
                came,
                bytes,
                altered,
                left,
            })) => {
                all.whole.join(came);
                all.bytes += bytes;
                all.altered += altered;
                behind.extend(left);
                Ok(true)
            }
            Some(Err(CommandError::BadInput)) => Ok(false),
            Some(Err(error)) => Err(command_error(&error)),
            Some(Ok(_)) | None => Ok(true),
        }
    }

    /// How many of these are not whole here.
    pub(super) fn not_whole(&self, blobs: &BTreeSet<Blob>) -> Result<u64, ApiError> {
        let here = self.store.whole_blobs(self.id());
        let here = here.map_err(|error| store_error(&error))?;
        let here: BTreeSet<Blob> = here.into_iter().map(|(_, blob)| blob).collect();
        Ok(blobs.difference(&here).count() as u64)
    }
}

/// As people are told.
pub(super) const fn media_view(media: Media) -> CarriedMedia {
    CarriedMedia {
        previews: media.previews,
        sounds: media.sounds,
        photos: media.photos,
        bytes: media.bytes,
    }
}
