//! Counting again from nothing but the records of admitted entries: no list of versions, no status
//! of theirs and no sum that was kept is believed. Signatures are `majlis verify`'s to check.
//! What `majlis recount` does, on any device.
//! Secret votes are verified twice. Not here: reading and verifying entries.

use std::collections::{BTreeMap, BTreeSet};

use super::boxes::Minuted;
use super::count::{
    Claiming, Opening, Place, Said, Status, Terms, Version, closed, given_way, in_force, own_slot,
    resolve,
};
use super::form::Form;
use super::outcome::{Count, Counted, Outcome};
use super::secret::{self, Making, SecretVote};
use super::statement::{Placed, heard};
use crate::id::{DeviceId, EntryHash, FormId, LaneId, PersonId, SlotId, SpaceId};
use crate::record::{Close, Custody, Record, RecordId, Records, Request, Statement, Step};
use majlis_secret::count::Seen;

/// The records of a process, put in one by one in any order.
#[derive(Debug)]
pub struct Recount {
    space: SpaceId,
    lane: LaneId,
    openings: Vec<(Opening, Form)>,
    closes: Vec<Placed<Close>>,
    voices: BTreeMap<SlotId, Vec<Version>>,
    claims: Vec<Claiming>,
    statements: Vec<Placed<Statement>>,
    steps: Vec<Placed<Step>>,
    custody: Vec<Placed<Custody>>,
    requests: Vec<Placed<Request>>,
    minutes: Vec<Minuted>,
}

/// An entry that counts, as far as a recount looks at it.
#[derive(Clone, Copy, Debug)]
pub struct Source {
    /// The entry.
    pub entry: EntryHash,
    /// Who signed it.
    pub device: DeviceId,
    /// Its position on that device's chain.
    pub seq: u64,
    /// Who stands behind the device.
    pub person: Option<PersonId>,
}

/// What a recount found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recounted {
    /// The outcome.
    pub outcome: Outcome,
    /// Versions that do not count, with the reason, in order of slot and place.
    pub discarded: Vec<(SlotId, Place, Status)>,
}

impl Recount {
    /// Nothing yet of the process on `lane`.
    #[must_use]
    pub const fn new(space: SpaceId, lane: LaneId) -> Self {
        Self {
            space,
            lane,
            openings: Vec::new(),
            closes: Vec::new(),
            voices: BTreeMap::new(),
            claims: Vec::new(),
            statements: Vec::new(),
            steps: Vec::new(),
            custody: Vec::new(),
            requests: Vec::new(),
            minutes: Vec::new(),
        }
    }

    /// Takes the records of an entry that counts.
    pub fn take(&mut self, from: Source, records: Records) {
        let Source {
            entry,
            device,
            seq,
            person,
        } = from;
        for (index, record) in (0_u16..).zip(records.records) {
            let id = RecordId { entry, index };
            let said = match record {
                Record::Open(form) => {
                    let opening = Opening {
                        id,
                        device,
                        seq,
                        form: form.id(),
                    };
                    self.openings.push((opening, form));
                    continue;
                }
                Record::Close(said) => {
                    let placed = Placed {
                        id,
                        device,
                        seq,
                        said,
                    };
                    self.closes.push(placed);
                    continue;
                }
                Record::Request(said) => {
                    let placed = Placed {
                        id,
                        device,
                        seq,
                        said,
                    };
                    self.requests.push(placed);
                    continue;
                }
                Record::Minutes(said) => {
                    self.minutes.push(Minuted {
                        id,
                        device,
                        seq,
                        person,
                        said,
                    });
                    continue;
                }
                Record::Statement(said) => {
                    let placed = Placed {
                        id,
                        device,
                        seq,
                        said,
                    };
                    self.statements.push(placed);
                    continue;
                }
                Record::Step(said) => {
                    let placed = Placed {
                        id,
                        device,
                        seq,
                        said,
                    };
                    self.steps.push(placed);
                    continue;
                }
                Record::Stated(_) => continue,
                Record::Claimed(claimed) => {
                    let slots = claimed.slot(self.lane, device).zip(person);
                    self.claims.extend(slots.map(|(slot, person)| Claiming {
                        slot,
                        holder: own_slot(self.lane, person),
                        form: claimed.form,
                        device,
                        seq,
                    }));
                    continue;
                }
                Record::Custody(said) => {
                    let placed = Placed {
                        id,
                        device,
                        seq,
                        said,
                    };
                    self.custody.push(placed);
                    continue;
                }
                Record::Response(response) => Said::Response(response),
                Record::Withdraw(withdraw) => Said::Withdraw(withdraw),
            };
            if let Some(slot) = said.slot(self.lane, device, person) {
                let place = Place::Sealed { id, device, seq };
                self.voices
                    .entry(slot)
                    .or_default()
                    .push(Version { place, said });
            }
        }
    }

    /// The outcome; `None` while no form is here.
    #[must_use]
    pub fn finish(mut self) -> Option<Recounted> {
        let openings: Vec<Opening> = self.openings.iter().map(|(opening, _)| *opening).collect();
        let chosen = in_force(&openings)?.id;
        let at = self
            .openings
            .iter()
            .position(|(opening, _)| opening.id == chosen)?;
        let (opening, form) = self.openings.swap_remove(at);
        let id: FormId = opening.form;
        let mut terms = Terms {
            form: Some((id, form)),
            closed: closed(id, &self.closes),
            boxes: None,
        };
        terms.gather(&self.minutes);
        for versions in self.voices.values_mut() {
            versions.sort_by_key(|version| version.place);
            versions.dedup_by_key(|version| version.place);
        }
        let vote = terms
            .form
            .as_ref()
            .and_then(|(id, form)| SecretVote::of(self.space, self.lane, (*id, form)));
        let vote = vote.map(|vote| {
            let making = Making::of(&vote, secret::sent(id, &self.custody));
            (vote, making)
        });
        // Closings of a secret vote are judged one by one, and what one of them names is counted.
        if let Some((vote, making)) = &vote {
            let boxes = secret::closings::boxes(&terms, &self.closes, &self.voices);
            let mut seen = making.key().map(|key| Seen::new(&key.booth));
            let stands = vote.standing(self.lane, making, &boxes, seen.as_mut());
            if let Some((stands, _)) = stands {
                terms.closed = Some(stands.positions());
            }
        }
        let (_, form) = terms.form.as_ref()?;
        let heard = heard(
            (id, form),
            &self.statements,
            (&self.steps, &self.requests),
            terms.closed.as_ref(),
        );
        let mut count = Count::new(id, form, &heard);
        let mut discarded = Vec::new();
        let mut given: BTreeSet<SlotId> = BTreeSet::new();
        for claim in &self.claims {
            let own = self
                .voices
                .get(&claim.holder)
                .map_or(&[][..], Vec::as_slice);
            if claim.holds(own, &terms) {
                given.insert(claim.slot);
            }
        }
        for (slot, versions) in self.voices {
            let mut statuses = resolve(&versions, &terms);
            if given.contains(&slot) {
                statuses = given_way(statuses);
            }
            for (version, status) in versions.iter().zip(statuses) {
                match (&version.said, status) {
                    (Said::Response(response), Status::Counted) => {
                        // Slots come in their order, each once.
                        let _ = count.add(slot, version.said.assisted(), &response.answers);
                    }
                    (Said::Response(_), _) => discarded.push((slot, version.place, status)),
                    (Said::Withdraw(_), _) => {}
                }
            }
        }
        let outcome = match (vote, count.secret()) {
            (Some((vote, making)), Some(voices)) => {
                let closed = terms.closed.is_some();
                // Here everything is checked anew, and by both verifiers.
                match vote.outcome_twice(self.lane, &making, voices, closed) {
                    Ok(found) => count.finish_secret(found),
                    Err(error) => Outcome {
                        counted: Counted::Nothing(error.to_string()),
                        ..count.finish()
                    },
                }
            }
            _ => count.finish(),
        };
        Some(Recounted { outcome, discarded })
    }
}
