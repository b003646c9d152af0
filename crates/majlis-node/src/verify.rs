//! Checking a replica from the ground up: every signature and hash, then the whole admission again
//! from nothing into a second replica in memory, compared with what is stored. Photos and sounds are
//! compared with their names.
//! Not here: mending (`reindex` does that for everything that is derived).

use data_encoding::HEXLOWER;
use majlis_core::admission::State;
use majlis_core::effect::Effect;
use majlis_core::entry::Signed;
use majlis_core::id::{EntryHash, LaneClass, LaneId, PayloadHash, SpaceId};
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{Command, Input, Space, Surroundings};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_store::Store;

use crate::api::ApiError;
use crate::api::space::Verification;
use crate::clock;
use crate::desk::{Desk, store_error};

/// At most so many problems are listed; the rest are counted.
const MAX_PROBLEMS: usize = 100;

/// What is wrong, as it is found.
#[derive(Default)]
struct Problems {
    list: Vec<String>,
    more: usize,
}

impl Problems {
    fn add(&mut self, text: String) {
        if self.list.len() < MAX_PROBLEMS {
            self.list.push(text);
        } else {
            self.more += 1;
        }
    }
}

/// Checks everything of a desk's space.
pub(crate) fn verify(desk: &mut Desk) -> Result<Verification, ApiError> {
    desk.command(Command::Seal)?;
    let id = desk.id();
    let mut problems = Problems::default();
    let shelf = desk.store.shelf(id);
    let mut entries: Vec<(Signed, State)> = Vec::new();
    shelf
        .entries(&mut |signed, state| entries.push((signed, state)))
        .map_err(|error| store_error(&error))?;
    let mut again = Again::new(id)?.replay(&entries, desk, &mut problems)?;
    for (signed, state) in &entries {
        let hash = signed.unchecked().hash();
        let now = again.space.state_of(hash);
        if now != Some(*state) {
            problems.add(format!(
                "{hash}: stored as {state:?}, but from the entries it is {now:?}"
            ));
        }
        if desk.space.state_of(hash) != Some(*state) {
            problems.add(format!("{hash}: the open space and the store disagree"));
        }
    }
    let digest = |store: &Store| {
        store
            .projection_digest(id)
            .map_err(|error| store_error(&error))
    };
    let projection = digest(&desk.store)?;
    if digest(&again.store)? != projection {
        problems.add("lists and results differ from what the entries say".to_owned());
    }
    for row in desk
        .store
        .processes(id)
        .map_err(|error| store_error(&error))?
    {
        let kept = desk.store.results(id, row.lane);
        let anew = desk.store.counted_anew(id, row.lane);
        if kept.map_err(|error| store_error(&error))?
            != anew.map_err(|error| store_error(&error))?
        {
            problems.add(format!(
                "{}: a count that was kept differs from one from nothing",
                row.lane
            ));
        }
    }
    let read = documents(&mut desk.space, &desk.store)?;
    if desk.space.unsealed() == 0 && documents(&mut again.space, &again.store)? != read {
        problems.add("documents differ from what the entries say".to_owned());
    }
    let damaged = desk.store.damaged_blobs(id);
    for blob in damaged.map_err(|error| store_error(&error))? {
        problems.add(format!(
            "photo or sound {blob}: its bytes are not what its name says; `majlis reindex` forgets \
             them, and they are fetched again"
        ));
    }
    let counting = entries.iter().filter(|(_, state)| state.counts()).count() as u64;
    if problems.more > 0 {
        problems.list.push(format!("and {} more", problems.more));
    }
    Ok(Verification {
        clean: problems.list.is_empty(),
        entries_digest: HEXLOWER.encode(&desk.space.entries_digest()),
        projection_digest: HEXLOWER.encode(&projection),
        documents_digest: HEXLOWER.encode(&read.versions),
        entries: entries.len() as u64,
        admitted: counting,
        not_counting: entries.len() as u64 - counting,
        problems: problems.list,
    })
}

/// A second replica of the same entries, in memory.
///
/// It has a key of its own: what it would sign (the proof of a fork it comes across) goes nowhere.
struct Again {
    space: Space,
    store: Store,
    key: DeviceKey,
}

impl Again {
    fn new(id: SpaceId) -> Result<Self, ApiError> {
        let store = Store::in_memory().map_err(|error| store_error(&error))?;
        let key = DeviceKey::from_secret(&clock::fresh());
        let opened = Space::open(id, key.device(), &store.shelf(id));
        let space = opened.map_err(|error| store_error(&error))?;
        Ok(Self { space, store, key })
    }

    fn replay(
        mut self,
        entries: &[(Signed, State)],
        desk: &Desk,
        problems: &mut Problems,
    ) -> Result<Self, ApiError> {
        let shelf = desk.store.shelf(desk.id());
        let mut run = RunWriter::default();
        for (signed, _) in entries {
            let header = signed.unchecked();
            let hash: EntryHash = header.hash();
            if signed.clone().verify().is_err() {
                problems.add(format!("{hash}: its signature is not its author's"));
            }
            let payload = shelf.payload(hash).map_err(|error| store_error(&error))?;
            match &payload {
                Some(payload) if PayloadHash::of(payload) != header.payload => {
                    problems.add(format!("{hash}: its content is not what was signed"));
                }
                Some(_) => {}
                None => problems.add(format!("{hash}: its content is missing")),
            }
            if run.is_full_for(payload.as_ref().map_or(0, Vec::len)) {
                self.take(run.take())?;
            }
            run.push(&Carried {
                signed: signed.clone(),
                payload,
            });
        }
        if !run.is_empty() {
            self.take(run.take())?;
        }
        Ok(self)
    }

    fn take(&mut self, run: Vec<u8>) -> Result<(), ApiError> {
        let shelf = self.store.shelf(self.space.id());
        let with = Surroundings {
            shelf: &shelf,
            signer: &self.key,
            now: clock::now(),
        };
        let effects = self.space.handle(Input::Carried { run }, &with);
        for effect in effects.map_err(|error| store_error(&error))?.list {
            if let Effect::Persist(writes) = effect {
                let done = self.store.persist(self.space.id(), &writes);
                done.map_err(|error| store_error(&error))?;
            }
        }
        Ok(())
    }
}

/// Every document and definition, in short.
#[derive(PartialEq, Eq)]
struct Documents {
    /// Digest over which changes each consists of: equal on devices that hold the same, whatever
    /// version of the program they run.
    versions: [u8; 32],
    /// Digest over what this program reads in them.
    contents: [u8; 32],
}

fn documents(space: &mut Space, store: &Store) -> Result<Documents, ApiError> {
    let shelf = store.shelf(space.id());
    let mut lanes: Vec<LaneId> = Vec::new();
    for class in [LaneClass::Document, LaneClass::Process] {
        let outlines = store
            .outlines(space.id(), class)
            .map_err(|error| store_error(&error))?;
        lanes.extend(outlines.into_iter().map(|outline| outline.lane));
    }
    lanes.sort_unstable();
    let mut versions = blake3::Hasher::new_derive_key("majlis 2026 documents digest v2");
    let mut contents = blake3::Hasher::new();
    for lane in lanes {
        let document = space
            .document(lane, &shelf)
            .map_err(|error| store_error(&error))?;
        let mut heads = document.heads();
        heads.sort_unstable();
        versions.update(lane.as_bytes());
        versions.update(&(heads.len() as u64).to_le_bytes());
        for head in heads {
            versions.update(&head.0);
        }
        let blocks = document.blocks();
        let (title, definition) = (document.title(), document.definition());
        contents.update(format!("{lane}\n{title}\n{blocks:?}\n{definition:?}\n").as_bytes());
    }
    Ok(Documents {
        versions: *versions.finalize().as_bytes(),
        contents: *contents.finalize().as_bytes(),
    })
}
