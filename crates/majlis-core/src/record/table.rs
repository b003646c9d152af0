//! The tables of a batch: each value once, by its number. Not here: what they are written as (`batch`).

use std::collections::BTreeMap;

/// Values in order of first use.
pub(super) struct Table<T> {
    pub(super) rows: Vec<T>,
    at: BTreeMap<T, usize>,
}

impl<T: Ord + Clone> Table<T> {
    pub(super) const fn new() -> Self {
        Self {
            rows: Vec::new(),
            at: BTreeMap::new(),
        }
    }

    pub(super) fn index(&mut self, value: T) -> usize {
        if let Some(at) = self.at.get(&value) {
            return *at;
        }
        let at = self.rows.len();
        self.rows.push(value.clone());
        self.at.insert(value, at);
        at
    }
}
