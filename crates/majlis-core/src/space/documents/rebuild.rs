//! Making a document anew when a new membership takes work out of it or brings it back.

use std::collections::{BTreeMap, BTreeSet};

use super::standing::{Role, read_changes};
use super::{OpenDocument, size};
use crate::admission::{Aside, Missing, Refusal, State};
use crate::chain::Place;
use crate::changes::Changes;
use crate::document::{Document, Offer};
use crate::effect::Notice;
use crate::entry::{ChainId, Kind};
use crate::gate;
use crate::id::{EntryHash, LaneId};
use crate::membership::roster::Authority;
use crate::shelf::ShelfError;
use crate::space::Space;
use crate::space::step::Step;

use before::{Before, Earlier};
use selection::Selection;

mod before;
mod selection;

/// An entry that may be part of the document.
struct Part {
    place: Place,
    changes: Changes,
    /// Whether it counts by itself.
    counts: bool,
}

type Parts = BTreeMap<EntryHash, Part>;

/// A document made from some of the parts, and what became of those.
struct Built {
    document: Document,
    bytes: usize,
    taken: BTreeSet<EntryHash>,
    refused: BTreeMap<EntryHash, State>,
}

/// What building from earlier choices told of entries that count.
#[derive(Debug, Default)]
struct Tried {
    /// The gate turned them away: nothing is carried for them, and they decide no fork. They are
    /// offered again, because what turned them away may have been carried for another of them.
    refused: BTreeMap<EntryHash, State>,
    /// They wait: what they state is no reason not to carry the same for others.
    waiting: BTreeSet<EntryHash>,
}

impl Tried {
    /// Takes down how building went; whether that was news, so that another choice may follow.
    fn learn(&mut self, parts: &Parts, selection: &Selection, built: &Built) -> bool {
        let before = (self.refused.len(), self.waiting.len());
        self.refused.extend(&built.refused);
        let mut waiting = selection.also_aside(parts);
        waiting.retain(|hash| {
            let settled = built.taken.contains(hash) || self.refused.contains_key(hash);
            selection.chosen.contains(hash) && !settled
        });
        self.waiting.extend(waiting);
        before != (self.refused.len(), self.waiting.len())
    }
}

impl Built {
    fn empty(lane: LaneId) -> Self {
        Self {
            document: Document::new(lane),
            bytes: 0,
            taken: BTreeSet::new(),
            refused: BTreeMap::new(),
        }
    }
}

impl Space {
    /// Makes a document anew from the entries that count and what they build on.
    ///
    /// A pure function of the lane's entries and their authority: entries that count go in; of
    /// those set aside, just the ones that work in the document builds on, and that no entry in it
    /// which counts states, are carried; of the branches of a forked chain one goes on, first one
    /// with work that counts, then the one whose first entry has the smallest hash.
    pub(super) fn rebuild(&mut self, lane: LaneId, step: &mut Step<'_>) -> Result<(), ShelfError> {
        self.seal(lane, step)?;
        self.waiting.remove(&lane);
        self.judged.remove(&lane);
        let parts = self.parts(lane, step)?;
        let before = Before::of(lane, &self.index, &parts);
        let mut tried = Tried::default();
        let (selection, mut built) = loop {
            let selection = Selection::of(&parts, &tried, &self.index);
            let built = build(lane, (&parts, &before), &selection.chosen);
            if !tried.learn(&parts, &selection, &built) {
                break (selection, built);
            }
        };
        let refused = core::mem::take(&mut built.refused);
        let needed = selection.needed(&parts, &built.taken);
        if !built.taken.is_subset(&needed) {
            built = build(lane, (&parts, &before), &needed);
        }
        for (hash, part) in &parts {
            let authority = self.index.item(*hash).and_then(|item| item.authority);
            let state = match (part.counts, built.taken.contains(hash), authority) {
                (true, true, _) => State::Admitted,
                (false, true, _) => State::Carried,
                (false, false, Some(Authority::Aside(aside))) => State::Quarantined(aside),
                (false, false, _) => continue,
                (true, false, _) => match refused.get(hash).or_else(|| tried.refused.get(hash)) {
                    Some(state) => *state,
                    None if selection.out_forked.contains(hash) => {
                        State::Quarantined(Aside::Forked)
                    }
                    None => {
                        self.waiting.entry(lane).or_default().insert(*hash);
                        State::Waiting(Missing::Changes)
                    }
                },
            };
            self.settle_one(*hash, authority, state, step);
        }
        let mut document = built.document;
        document.take(self.unsealed_changes(lane));
        let open = OpenDocument {
            document,
            unsaved: built.bytes,
            stale: true,
            due: true,
            anew: true,
        };
        self.documents.insert(lane, open);
        step.notice(Notice::Document(lane));
        Ok(())
    }

    /// The entries of changes on a lane that count or are set aside, as far as they can be read.
    fn parts(&mut self, lane: LaneId, step: &mut Step<'_>) -> Result<Parts, ShelfError> {
        let chains: Vec<ChainId> = self
            .index
            .chains()
            .filter(|chain| chain.lane == lane)
            .collect();
        let mut items = Vec::new();
        for chain in chains {
            let of_chain = self.index.items_of(chain);
            items.extend(of_chain.map(|(place, item)| (place, *item)));
        }
        let mut parts = Parts::new();
        for (place, item) in items
            .into_iter()
            .filter(|(_, item)| item.kind == Kind::Changes)
        {
            let authority = self.authority_of(place, &item);
            let counts = match Role::of(authority, lane) {
                Role::Counts => true,
                Role::Aside => false,
                Role::Awaited | Role::Out => continue,
            };
            let mut read = read_changes(item.hash, step)?;
            // What is in the document was found good before.
            if let Ok(changes) = &read
                && !item.state.applies()
                && let Err(refusal) = gate::alone(place.chain.device, lane, changes)
            {
                read = Err(State::Refused(Refusal::Gate(refusal.code())));
            }
            match read {
                Ok(changes) => {
                    let part = Part {
                        place,
                        changes,
                        counts,
                    };
                    parts.insert(item.hash, part);
                }
                Err(state) => {
                    // What is set aside and cannot be read is carried for nobody any more.
                    let state = if let Some(Authority::Aside(aside)) = authority {
                        State::Quarantined(aside)
                    } else {
                        state
                    };
                    self.settle_one(item.hash, authority, state, step);
                }
            }
        }
        Ok(parts)
    }
}

/// Takes the chosen parts in, those before others that build on them or follow in the chain.
fn build(lane: LaneId, parts: (&Parts, &Before), chosen: &BTreeSet<EntryHash>) -> Built {
    // Together costs far less; one by one tells which of them the document does not survive.
    build_in(lane, parts, chosen, false)
        .or_else(|()| build_in(lane, parts, chosen, true))
        .unwrap_or_else(|()| Built::empty(lane))
}

/// One way to build. The error says that what was taken in together does harm.
fn build_in(
    lane: LaneId,
    (parts, before): (&Parts, &Before),
    chosen: &BTreeSet<EntryHash>,
    one_by_one: bool,
) -> Result<Built, ()> {
    let mut before = before.clone();
    let mut left = chosen.clone();
    let mut built = Built::empty(lane);
    loop {
        let mut moved = false;
        for hash in left.clone() {
            let Some(part) = parts.get(&hash) else {
                continue;
            };
            let settled = |hash: &EntryHash| !left.contains(hash) && !built.taken.contains(hash);
            let held_up = match before.nearest(hash, settled) {
                Earlier::Nothing => false,
                Earlier::Awaited => true,
                Earlier::Part(earlier) => left.contains(&earlier),
            };
            if held_up {
                continue;
            }
            let device = part.place.chain.device;
            let mut offer = built.document.offer(device, &part.changes);
            if (one_by_one || built.document.is_laden())
                && let Err(refusal) = built.document.absorb()
            {
                offer = if one_by_one {
                    Offer::Refused(refusal)
                } else {
                    return Err(());
                };
            }
            match offer {
                Offer::Fits { .. } => {
                    built.bytes = built.bytes.saturating_add(size(&part.changes));
                    built.taken.insert(hash);
                }
                Offer::Missing(_) => continue,
                Offer::Refused(refusal) => {
                    if part.counts {
                        let state = State::Refused(Refusal::Gate(refusal.code()));
                        built.refused.insert(hash, state);
                    }
                }
            }
            left.remove(&hash);
            moved = true;
        }
        if moved {
            continue;
        }
        // What is set aside and cannot be carried does not hold up what counts behind it.
        let aside = |hash: &&EntryHash| parts.get(*hash).is_some_and(|part| !part.counts);
        let Some(stuck) = left.iter().find(aside).copied() else {
            return built.document.absorb().map(|()| built).map_err(|_| ());
        };
        left.remove(&stuck);
    }
}
