//! Which parts of a set of carry files are still to be taken in. A photo ends in one part and may have
//! begun in earlier ones, and only its beginning can be kept while the next piece is missing; so what is
//! asked for are all parts that it may lie in, but those that were taken in whole or wait already.

use std::collections::BTreeSet;
use std::path::Path;

use majlis_core::sync::manifest::{Known, Manifest, Part};
use majlis_net::last_manifest;
use serde::{Deserialize, Serialize};

use crate::api::ApiError;
use crate::desk::{Desk, store_error};
use crate::node::carry::opened;

/// The setting of a space that says which parts of which sets were taken in.
const TAKEN: &str = "carry/taken";
/// The most sets that are remembered.
const MAX_SETS: usize = 16;

/// Parts of one set that were taken in, with how much was in each then: a part may grow later.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Taken {
    set: [u8; 16],
    parts: BTreeSet<(u16, u64)>,
}

impl Desk {
    /// Parts, from 1, without which something of the set is not whole here. The part itself is not
    /// among them.
    pub(super) fn missing_parts(
        &self,
        known: &Known<'_>,
        manifest: &Manifest,
    ) -> Result<Vec<u32>, ApiError> {
        let mut here = self.waiting_of(manifest)?;
        let taken = self.taken()?;
        if let Some(taken) = taken.iter().find(|taken| taken.set == manifest.set) {
            let as_it_is = |(number, bytes): &&(u16, u64)| {
                let part = manifest.parts.get(usize::from(*number));
                part.is_some_and(|part| part.bytes == *bytes)
            };
            let parts = taken.parts.iter().filter(as_it_is);
            here.extend(parts.map(|(number, _)| usize::from(*number)));
        }
        let this = usize::from(manifest.part);
        let read = here.contains(&this);
        here.insert(this);
        let mut parts = needed(known, &manifest.parts, &here, (!read).then_some(this));
        parts.remove(&this);
        let numbers = parts.into_iter();
        Ok(numbers
            .filter_map(|at| u32::try_from(at + 1).ok())
            .collect())
    }

    /// Notes that nothing of a part is left to be taken in.
    pub(super) fn remember_taken(&self, manifest: &Manifest) -> Result<(), ApiError> {
        let Some(part) = manifest.this() else {
            return Ok(());
        };
        if manifest.parts.len() < 2 {
            return Ok(());
        }
        let mut taken = self.taken()?;
        let known = taken.iter().position(|one| one.set == manifest.set);
        let mut of = known.map_or_else(Taken::default, |at| taken.remove(at));
        of.set = manifest.set;
        of.parts.retain(|(number, _)| *number != manifest.part);
        of.parts.insert((manifest.part, part.bytes));
        taken.push(of);
        let over = taken.len().saturating_sub(MAX_SETS);
        taken.drain(..over);
        let bytes = serde_json::to_vec(&taken).unwrap_or_default();
        let kept = self.store.put_setting(Some(self.id()), TAKEN, &bytes);
        kept.map_err(|error| store_error(&error))
    }

    fn taken(&self) -> Result<Vec<Taken>, ApiError> {
        let kept = self.store.setting(Some(self.id()), TAKEN);
        let kept = kept.map_err(|error| store_error(&error))?;
        Ok(kept
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    /// Places of the parts of a set that wait for others, as far as they are still where they were.
    fn waiting_of(&self, manifest: &Manifest) -> Result<BTreeSet<usize>, ApiError> {
        // Of one that is cut off nothing tells without reading it through, and it is asked for again.
        let place = |path: &Path| {
            let (_, last) = last_manifest(path).ok()?;
            let of = opened(&last?, self.id()).filter(|of| of.set == manifest.set)?;
            Some(usize::from(of.part))
        };
        let paths = self.waiting_parts()?;
        Ok(paths.iter().filter_map(|path| place(path)).collect())
    }
}

/// Places of parts without which something is not whole, but those that are `here`. Where only such
/// could hold it, they are named all the same: it was there once, and was let go of. A part that is
/// `unread` still has to give what it holds.
fn needed(
    known: &Known<'_>,
    parts: &[Part],
    here: &BTreeSet<usize>,
    unread: Option<usize>,
) -> BTreeSet<usize> {
    let mut named = BTreeSet::new();
    // Where the photo that is written next begins at the earliest.
    let mut begins = 0;
    for (at, part) in parts.iter().enumerate() {
        let mut lacking = BTreeSet::new();
        if known.missing(part) > 0 && !here.contains(&at) {
            named.insert(at);
        }
        if known.missing_blobs(part) > 0 {
            lacking.extend(begins..=at);
        }
        if !part.blobs.is_empty() || !part.spans.is_empty() {
            begins = at;
        }
        let elsewhere: BTreeSet<usize> = lacking.difference(here).copied().collect();
        let may_come = unread.is_some_and(|unread| lacking.contains(&unread));
        named.extend(if elsewhere.is_empty() && !may_come {
            lacking
        } else {
            elsewhere
        });
    }
    named
}

#[cfg(test)]
mod tests {
    use majlis_core::chain::ChainIndex;

    use super::*;

    /// A part in which one photo ends.
    fn part(photo: u8) -> Part {
        Part {
            entries: 0,
            bytes: 100,
            spans: Vec::new(),
            blobs: vec![[photo; 8]],
        }
    }

    #[test]
    fn what_a_part_that_is_looked_at_will_bring_is_not_missed_in_others() {
        let index = ChainIndex::default();
        let nothing = Known::of(&index, std::iter::empty());
        let parts = [part(1), part(2), part(3)];
        let named = |here: &[usize], unread| -> Vec<usize> {
            let here = here.iter().copied().collect();
            needed(&nothing, &parts, &here, unread)
                .into_iter()
                .collect()
        };
        // The first was taken in and its photo let go of; the second is looked at.
        assert_eq!(named(&[0, 1], Some(1)), [0, 2]);
        // Only the photo of the second lacks: it comes with the second.
        let [one, three] = [part(1), part(3)];
        let parts = [
            Part {
                blobs: Vec::new(),
                ..one
            },
            part(2),
            Part {
                blobs: Vec::new(),
                ..three
            },
        ];
        let named = |unread| -> Vec<usize> {
            let here = BTreeSet::from([0, 1, 2]);
            needed(&nothing, &parts, &here, unread)
                .into_iter()
                .collect()
        };
        assert_eq!(named(Some(1)), Vec::<usize>::new());
        assert_eq!(
            named(None),
            [0, 1],
            "it was taken in, and the photo let go of"
        );
    }
}
