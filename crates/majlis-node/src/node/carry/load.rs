//! What goes into a carry file: one state of the space, looked up at its desk in one go. It is then
//! written while the desk does other things; what arrives meanwhile is for the next file.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use majlis_core::blob::{Blob, Part};
use majlis_core::id::{DeviceId, EntryHash, SpaceId};
use majlis_core::sign::DeviceKey;
use majlis_core::space::{Command, MediaPolicy, Space};
use majlis_core::time::Timestamp;
use majlis_store::Store;

use crate::api::ApiError;
use crate::desk::{Desk, store_error};
use crate::node::carry::ENDING;
use crate::{clock, plain};

/// What goes into a carry file, and who signs it.
pub(super) struct Load {
    pub(super) space: SpaceId,
    /// The name of the space.
    pub(super) name: String,
    pub(super) store: Store,
    pub(super) key: Arc<DeviceKey>,
    pub(super) device: DeviceId,
    /// The name of the device's person.
    pub(super) writer: String,
    /// When it was all here.
    pub(super) made: Timestamp,
    /// Every entry, in the order in which they are written.
    pub(super) entries: Vec<EntryHash>,
    /// Bytes of a payload, on average.
    pub(super) entry_bytes: u64,
    /// The photos and sounds that are meant and whole, in the order in which they are written.
    pub(super) blobs: Vec<(Part, Blob)>,
    /// Ends of chains.
    pub(super) tips: usize,
    /// Lanes.
    pub(super) lanes: usize,
}

impl Desk {
    /// Everything that is held here now, with the photos and sounds that `media` means.
    pub(super) fn load(&mut self, media: MediaPolicy) -> Result<Load, ApiError> {
        self.command(Command::Seal)?;
        let blobs = self.store.whole_blobs(self.id());
        let mut blobs = blobs.map_err(|error| store_error(&error))?;
        blobs.retain(|(part, _)| media.fetches(*part));
        let amounts = self.store.amounts(self.id());
        let amounts = amounts.map_err(|error| store_error(&error))?;
        let bytes: u64 = amounts.iter().map(|(_, _, bytes)| bytes).sum();
        let index = self.space.index();
        let entries: Vec<EntryHash> = in_order(&self.space).collect();
        let lanes: BTreeSet<_> = index.chains().map(|chain| chain.lane).collect();
        let (roster, device) = (self.space.roster(), self.space.me());
        let genesis = roster.genesis();
        Ok(Load {
            space: self.id(),
            name: genesis.map_or_else(String::new, |genesis| genesis.name.clone()),
            store: self.store.clone(),
            key: Arc::clone(&self.key),
            device,
            writer: roster.name(device).unwrap_or_default().to_owned(),
            made: clock::now(),
            entry_bytes: bytes / (entries.len() as u64).max(1),
            entries,
            blobs,
            tips: index.tips().count(),
            lanes: lanes.len(),
        })
    }
}

impl Load {
    /// What its file is called unless somebody says otherwise: another choice is another file, and none
    /// gets what was chosen for one before.
    pub(super) fn file_name(&self, media: MediaPolicy, part_size: Option<u64>) -> String {
        let day = i32::try_from(clock::day(self.made)).unwrap_or(0);
        let day = plain::value::date(day);
        let media = match media {
            MediaPolicy::All => "",
            MediaPolicy::Previews => "-previews",
            MediaPolicy::Nothing => "-texts",
        };
        let size = part_size.map_or_else(String::new, |bytes| format!("-{}k", bytes / 1_000));
        format!("{}{day}{media}{size}.{ENDING}", self.beginning())
    }

    /// Whether a file has such a name, of whatever day.
    pub(super) fn is_of_its_days(&self, file: &Path) -> bool {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        file.extension().is_some_and(|it| it == ENDING) && name.starts_with(&self.beginning())
    }

    fn beginning(&self) -> String {
        format!("majlis-{}-", self.space.short())
    }

    /// What its file is called on a card. Every device and every day calls it the same: what is there
    /// is added to, whoever wrote it, so that one card collects from many.
    pub(super) fn card_name(&self) -> String {
        format!("majlis-{}.{ENDING}", self.space.short())
    }

    /// About how many bytes it has.
    pub(super) fn bytes(&self) -> u64 {
        let blobs = self.blobs.iter().map(|(_, blob)| u64::from(blob.size));
        self.entry_bytes * self.entries.len() as u64 + blobs.sum::<u64>()
    }
}

/// Every entry of a space: membership first, then chain by chain, so that whoever reads them needs
/// no second pass.
pub(super) fn in_order(space: &Space) -> impl Iterator<Item = EntryHash> {
    let index = space.index();
    let mut chains: Vec<_> = index.chains().collect();
    chains.sort_unstable();
    let items = chains
        .into_iter()
        .flat_map(move |chain| index.items_of(chain));
    items.map(|(_, item)| item.hash)
}
