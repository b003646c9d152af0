//! Which spaces are open, and the way to each desk. Not here: what a desk does (`desk`).

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, Weak};

use majlis_core::id::SpaceId;

use crate::desk::DeskMail;

/// The open spaces of a node. Cheap to clone; all clones are the same list.
#[derive(Clone, Debug, Default)]
pub(crate) struct Desks(Arc<RwLock<BTreeMap<SpaceId, DeskMail>>>);

/// The same list for a task that does not keep it: the desks close with the last [`Desks`].
#[derive(Clone, Debug)]
pub(crate) struct WeakDesks(Weak<RwLock<BTreeMap<SpaceId, DeskMail>>>);

impl WeakDesks {
    /// The list, while it is there.
    pub(crate) fn get(&self) -> Option<Desks> {
        self.0.upgrade().map(Desks)
    }
}

impl Desks {
    pub(crate) fn weak(&self) -> WeakDesks {
        WeakDesks(Arc::downgrade(&self.0))
    }

    pub(crate) fn get(&self, space: SpaceId) -> Option<DeskMail> {
        self.read().get(&space).cloned()
    }

    pub(crate) fn insert(&self, space: SpaceId, desk: DeskMail) {
        self.write().insert(space, desk);
    }

    pub(crate) fn remove(&self, space: SpaceId) -> Option<DeskMail> {
        self.write().remove(&space)
    }

    pub(crate) fn all(&self) -> Vec<(SpaceId, DeskMail)> {
        self.read()
            .iter()
            .map(|(id, desk)| (*id, desk.clone()))
            .collect()
    }

    /// Takes every desk out: the node closes.
    pub(crate) fn take(&self) -> Vec<DeskMail> {
        std::mem::take(&mut *self.write()).into_values().collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<SpaceId, DeskMail>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<SpaceId, DeskMail>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
