//! A villager's device: a real replica in memory. Not here: what its person does.

use majlis_core::effect::{Effect, Write};
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::DeviceKey;
use majlis_core::space::{Input, Reply, Space, Surroundings};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;
use majlis_store::Store;

use crate::api::ApiError;
use crate::desk::{command_error, store_error};
use crate::sample::broken;

/// One person's device.
pub(super) struct Replica {
    pub(super) space: Space,
    pub(super) store: Store,
    pub(super) key: DeviceKey,
}

impl Replica {
    pub(super) fn new(space: Space, writes: &[Write], key: DeviceKey) -> Result<Self, ApiError> {
        let store = Store::in_memory().map_err(|error| store_error(&error))?;
        store
            .persist(space.id(), writes)
            .map_err(|error| store_error(&error))?;
        Ok(Self { space, store, key })
    }

    pub(super) fn input(&mut self, input: Input, now: Timestamp) -> Result<Reply, ApiError> {
        let shelf = self.store.shelf(self.space.id());
        let with = Surroundings {
            shelf: &shelf,
            signer: &self.key,
            now,
        };
        let effects = self
            .space
            .handle(input, &with)
            .map_err(|error| store_error(&error))?;
        for effect in effects.list {
            if let Effect::Persist(writes) = effect {
                let done = self.store.persist(self.space.id(), &writes);
                done.map_err(|error| store_error(&error))?;
            }
        }
        match effects.reply {
            Some(Ok(reply)) => Ok(reply),
            Some(Err(error)) => Err(command_error(&error)),
            None => Err(broken("no answer")),
        }
    }

    pub(super) fn runs(&self) -> Result<Vec<Vec<u8>>, ApiError> {
        let shelf = self.store.shelf(self.space.id());
        let (mut runs, mut run) = (Vec::new(), RunWriter::default());
        let index = self.space.index();
        let mut chains: Vec<_> = index.chains().collect();
        chains.sort_unstable();
        for (_, item) in chains.into_iter().flat_map(|chain| index.items_of(chain)) {
            let signed = shelf
                .signed(item.hash)
                .map_err(|error| store_error(&error))?;
            let payload = shelf
                .payload(item.hash)
                .map_err(|error| store_error(&error))?;
            let signed = signed.ok_or_else(|| broken("an entry is missing"))?;
            if run.is_full_for(payload.as_ref().map_or(0, Vec::len)) {
                runs.push(run.take());
            }
            run.push(&Carried { signed, payload });
        }
        if !run.is_empty() {
            runs.push(run.take());
        }
        Ok(runs)
    }
}
