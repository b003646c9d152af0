//! Ballot boxes: where ballots on paper are gathered for one vote, each sealed by itself and joined at the
//! closing. Pure functions of the records held.
//! Not here: what minutes say (`record::minutes`), which version of a voice counts (`count`).
//!
//! The published rule:
//! 1. The form lists the boxes, and how many officers must sign the minutes of one: it is frozen before
//!    there is a ballot, so nobody adds a box afterwards, and everybody sees which never arrived.
//! 2. An officer's device seals a box: what it entered for others in this process since it last sealed one
//!    is in this box. Several devices may gather for one box, and one device for several, one after the
//!    other. A ballot is in the first box that its device sealed after it, and in no other.
//! 3. Another officer signs minutes by name. The name is a hash over the whole chain up to there, so two
//!    signatures are under the same ballots or under nothing. Signatures are counted by person; of whom it is
//!    not known who stands behind the device none is counted.
//! 4. Where the form asks for signatures, what an officer entered for others counts only in a box that so
//!    many signed; the rest is listed with the reason. Where it asks for none, minutes decide nothing.
//! 5. Once the vote is closed, only minutes and signatures that the closing names take part.
//! 6. Of each device the first [`MAX_MINUTES`] minutes and signatures are looked at, and as many photos.
//! 7. Photos of minutes are shown beside them, whenever they were taken, and decide nothing. One that an officer
//!    hides, with a reason, stays and is listed as hidden.
//!
//! What people say on their own devices, or by slips, is in no box.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::count::{Place, Version};
use crate::blob::Photo;
use crate::id::{DeviceId, FormId, PersonId};
use crate::record::minutes::Sealed;
use crate::record::{Minutes, MinutesSaid, RecordId};

/// The most boxes of one vote.
pub const MAX_BOXES: usize = 200;
/// The longest name of a box or of who keeps it, in bytes of UTF-8.
pub const MAX_BOX_NAME: usize = 300;
/// The most minutes and signatures of one device that are looked at.
pub const MAX_MINUTES: usize = 500;
/// The most signatures that may be asked for.
pub const MAX_SIGNATURES: u8 = 2;

/// The boxes of a vote.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Boxes {
    /// Forums, villages, polling places.
    pub places: Vec<BoxPlace>,
    /// How many officers must sign the minutes of a box for its ballots to count, whoever sealed it among
    /// them; 0 where ballots count without.
    pub signatures: u8,
}

/// A box before there is anything in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct BoxPlace {
    /// Its name: of a forum, a village, a polling place.
    pub name: String,
    /// Who keeps it, in words; empty where that is not settled.
    pub keeper: String,
}

impl Boxes {
    /// Whether a vote can be held with them.
    #[must_use]
    pub fn are_whole(&self) -> bool {
        let mut names = BTreeSet::new();
        (1..=MAX_BOXES).contains(&self.places.len())
            && self.signatures <= MAX_SIGNATURES
            && self.places.iter().all(|one| {
                let name = one.name.trim();
                !name.is_empty()
                    && one.name.len() <= MAX_BOX_NAME
                    && one.keeper.len() <= MAX_BOX_NAME
                    && names.insert(name)
            })
    }
}

/// Minutes or a signature, and where they stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Minuted {
    /// The record.
    pub id: RecordId,
    /// Whose chain it is on.
    pub device: DeviceId,
    /// The entry's position there.
    pub seq: u64,
    /// Who stands behind the device, as far as is known.
    pub person: Option<PersonId>,
    /// What is stated.
    pub said: Minutes,
}

/// What one device gathered for a box and sealed at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxPart {
    /// The minutes.
    pub id: RecordId,
    /// The device that sealed.
    pub device: DeviceId,
    /// What they say.
    pub sealed: Sealed,
    /// Who signed, the one who sealed among them.
    pub signed: BTreeSet<PersonId>,
    /// Whether a closing left the minutes out.
    pub late: bool,
    /// Whether so many signed in time that its ballots count.
    pub counts: bool,
    /// Photos of the minutes on paper.
    pub photos: Vec<BoxPhoto>,
}

/// A photo of minutes on paper.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoxPhoto {
    /// The record that brings it.
    pub id: RecordId,
    /// Whose device brought it.
    pub device: DeviceId,
    /// The photo.
    pub photo: Photo,
}

/// The boxes of a vote as they were sealed and signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Per device the parts that it sealed, by where their minutes stand: the order of its chain.
    parts: BTreeMap<DeviceId, BTreeMap<(u64, u16), BoxPart>>,
    needed: u8,
}

impl Gathered {
    /// What these minutes come to. Order and repeats change nothing.
    #[must_use]
    pub fn of<'m>(
        form: FormId,
        boxes: &Boxes,
        minutes: impl IntoIterator<Item = &'m Minuted>,
        closed: Option<&BTreeMap<DeviceId, u64>>,
    ) -> Self {
        let mut looked: BTreeMap<DeviceId, BTreeMap<(u64, u16), &Minuted>> = BTreeMap::new();
        // Apart, so that photos take no place of what decides.
        let mut pictures = looked.clone();
        for one in minutes.into_iter().filter(|one| one.said.form == form) {
            let of_device = match one.said.said {
                MinutesSaid::Sealed(_) | MinutesSaid::Signed(_) => &mut looked,
                MinutesSaid::Pictured { .. } => &mut pictures,
            };
            let of_device = of_device.entry(one.device).or_default();
            of_device.insert((one.seq, one.id.index), one);
            while of_device.len() > MAX_MINUTES {
                of_device.pop_last();
            }
        }
        let in_time = |one: &Minuted| {
            closed.is_none_or(|closed| closed.get(&one.device).is_some_and(|last| one.seq <= *last))
        };
        let mut gathered = Self {
            parts: BTreeMap::new(),
            needed: boxes.signatures,
        };
        let mut places: BTreeMap<RecordId, (DeviceId, (u64, u16))> = BTreeMap::new();
        for (device, of_device) in &looked {
            for (at, one) in of_device {
                let MinutesSaid::Sealed(sealed) = &one.said.said else {
                    continue;
                };
                if usize::from(sealed.place) >= boxes.places.len() {
                    continue;
                }
                let late = !in_time(one);
                places.insert(one.id, (*device, *at));
                let part = BoxPart {
                    id: one.id,
                    device: *device,
                    sealed: sealed.clone(),
                    signed: one.person.into_iter().collect(),
                    late,
                    counts: false,
                    photos: Vec::new(),
                };
                gathered.parts.entry(*device).or_default().insert(*at, part);
            }
        }
        for one in looked.values().flat_map(BTreeMap::values) {
            if let MinutesSaid::Signed(id) = &one.said.said
                && in_time(one)
                && let Some((device, at)) = places.get(id)
                && let Some(person) = one.person
                && let Some(part) = gathered.parts.get_mut(device)
                && let Some(part) = part.get_mut(at)
            {
                part.signed.insert(person);
            }
        }
        for one in pictures.values().flat_map(BTreeMap::values) {
            if let MinutesSaid::Pictured { minutes, photo } = &one.said.said
                && let Some((device, at)) = places.get(minutes)
                && let Some(part) = gathered.parts.get_mut(device)
                && let Some(part) = part.get_mut(at)
                && !part
                    .photos
                    .iter()
                    .any(|known| (known.device, known.photo) == (one.device, *photo))
            {
                part.photos.push(BoxPhoto {
                    id: one.id,
                    device: one.device,
                    photo: *photo,
                });
            }
        }
        for part in gathered.parts.values_mut().flat_map(BTreeMap::values_mut) {
            part.counts = !part.late && part.signed.len() >= usize::from(boxes.signatures);
        }
        gathered
    }

    /// Every part, device by device in the order of its chain.
    pub fn parts(&self) -> impl Iterator<Item = &BoxPart> {
        self.parts.values().flat_map(BTreeMap::values)
    }

    /// The part that a place is in; `None` while nothing was sealed behind it.
    #[must_use]
    pub fn part_of(&self, place: &Place) -> Option<&BoxPart> {
        let Place::Sealed { id, device, seq } = place else {
            return None;
        };
        let of_device = self.parts.get(device)?;
        let mut behind = of_device.range((*seq, id.index)..);
        behind.next().map(|(_, part)| part)
    }

    /// Whether a version counts as far as boxes decide: all that people say themselves, and what was
    /// entered for others where its box has the signatures that the form asks for.
    #[must_use]
    pub fn count(&self, version: &Version) -> bool {
        self.needed == 0
            || !version.said.assisted()
            || self.part_of(&version.place).is_some_and(|part| part.counts)
    }
}

#[cfg(test)]
mod tests;
