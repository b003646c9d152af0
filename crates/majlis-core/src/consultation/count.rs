//! Which version of which voice counts, and why the others do not. Pure functions of the records
//! held, never of their order of arrival, of clocks or of who looks.
//! Not here: adding up (`consultation::tally`), storing and paging (the store).
//!
//! The published rule, for each slot:
//! 1. Only versions that answer the form in force, fit it and were not late take part.
//! 2. Someone's own voice is theirs: it has the slot of their person and no other, and any own
//!    version outranks every version entered by an officer.
//! 3. A version gives way to one that names it, and to a later one of the same chain; on the device
//!    that has just made one, to that one, before any entry carries it.
//! 4. Of versions made apart, a withdrawal goes before an answer; of two equals the one whose
//!    entry has the smaller hash counts. Which of the two that is has no meaning.
//! 5. An assisted slot that a holder of its receipt claimed gives way to what that person says
//!    themselves, and to whatever they say later, whoever enters what for the slot and in whichever
//!    order. So a claim never adds a voice: who answered themselves and through an officer too has
//!    one, and if two people claim one slot, each has their own voice and the slot has none.
//! 6. Where slips vote, nobody else does, and of several ballots of one slip the first by the order of
//!    `consultation::slip` counts: they replace nothing, whoever cast them, and when.
//! 7. Where the form lists ballot boxes and asks for signatures, what an officer entered takes part only in
//!    a box that has them (`consultation::boxes`). A correction outside of one replaces nothing.

mod closing;

use std::collections::{BTreeMap, BTreeSet};

use crate::consultation::Form;
use crate::consultation::boxes::{Gathered, Minuted};
use crate::consultation::claim::assisted_slot;
use crate::consultation::slip::{self, SlipProof, slip_slot};
use crate::id::{DeviceId, FormId, LaneId, PersonId, SlotId};
use crate::record::{Assisted, Known, RecordId, Response, Speaker, Withdraw};

pub use closing::{closed, closings};

/// The slot of a person's own voice in the process on `lane`: the same on all their devices, and
/// nobody else's.
#[must_use]
pub fn own_slot(lane: LaneId, person: PersonId) -> SlotId {
    let mut slot = [0; 16];
    blake3::Hasher::new_derive_key("majlis 2026 own slot v1")
        .update(lane.as_bytes())
        .update(person.as_bytes())
        .finalize_xof()
        .fill(&mut slot);
    SlotId::from_bytes(slot)
}

/// Where a record stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In an entry.
    Sealed {
        /// The record.
        id: RecordId,
        /// Whose chain it is on.
        device: DeviceId,
        /// The entry's position there.
        seq: u64,
    },
    /// In no entry yet: this device's, numbered in the order in which they were made.
    Unsealed(u64),
}

/// What a version says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// An answer.
    Response(Response),
    /// That the answer is taken back.
    Withdraw(Withdraw),
}

/// One version of one voice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub said: Said,
}

/// What every voice of a process is counted under.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// The form in force, with its id.
    pub form: Option<(FormId, Form)>,
    /// Once closed: per chain the last position that counts.
    pub closed: Option<BTreeMap<DeviceId, u64>>,
    /// Where the form lists ballot boxes: how they were sealed and signed.
    pub boxes: Option<Gathered>,
}

/// Whether a version counts, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// The answer in force of its slot.
    Counted,
    /// The withdrawal in force of its slot.
    Withdrawal,
    /// A later or higher version of the same voice is in force.
    Superseded,
    /// Made apart from the version in force; the rule chose that one.
    Concurrent,
    /// The voice was taken back.
    Withdrawn,
    /// Not among what the closing record names.
    Late,
    /// The answers do not fit the form.
    Unfit,
    /// It answers another form than the one in force.
    OtherForm,
    /// No form has arrived here.
    WaitingForForm,
    /// The holder of the receipt claimed the slot and speaks for themselves.
    Claimed,
    /// The slip was used for another ballot too, and that one counts.
    SlipUsed,
    /// It is in no ballot box that so many officers signed as the form asks for.
    Unsigned,
}

impl Status {
    /// All of them, in the order of their codes.
    pub const ALL: [Self; 12] = [
        Self::Counted,
        Self::Withdrawal,
        Self::Superseded,
        Self::Concurrent,
        Self::Withdrawn,
        Self::Late,
        Self::Unfit,
        Self::OtherForm,
        Self::WaitingForForm,
        Self::Claimed,
        Self::SlipUsed,
        Self::Unsigned,
    ];

    /// The code under which it is stored.
    #[must_use]
    pub const fn code(self) -> u8 {
        self as u8
    }

    /// Reads a code; `None` for one that names nothing.
    #[must_use]
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.get(usize::from(code)).copied()
    }
}

impl Terms {
    /// Says how the form's ballot boxes were sealed and signed, where it lists some.
    pub fn gather<'m>(&mut self, minutes: impl IntoIterator<Item = &'m Minuted>) {
        self.boxes = self.form.as_ref().and_then(|(id, form)| {
            let boxes = form.boxes()?;
            Some(Gathered::of(*id, boxes, minutes, self.closed.as_ref()))
        });
    }
}

impl Said {
    /// The form it speaks of.
    #[must_use]
    pub const fn form(&self) -> FormId {
        match self {
            Self::Response(response) => response.form,
            Self::Withdraw(withdraw) => withdraw.form,
        }
    }

    /// Whose voice it is, when `device` says it on `lane`. `None` while nobody is known to stand
    /// behind a device that speaks for its own person.
    #[must_use]
    pub fn slot(&self, lane: LaneId, device: DeviceId, person: Option<PersonId>) -> Option<SlotId> {
        let known = match self {
            Self::Response(response) => match &response.speaker {
                Speaker::New { claim, .. } => return Some(assisted_slot(lane, device, *claim)),
                Speaker::Slip(slip) => return Some(slip_slot(lane, &slip.key)),
                Speaker::Known(known) => known,
            },
            Self::Withdraw(withdraw) => &withdraw.speaker,
        };
        match known {
            Known::Own { .. } => person.map(|person| own_slot(lane, person)),
            Known::Assisted { slot, .. } => Some(*slot),
        }
    }

    /// The versions it names as replaced.
    #[must_use]
    pub fn supersedes(&self) -> &[RecordId] {
        match self {
            Self::Response(response) => response.speaker.supersedes(),
            Self::Withdraw(withdraw) => withdraw.speaker.supersedes(),
        }
    }

    /// What an officer says about entering it; `None` for one's own.
    #[must_use]
    pub const fn entered(&self) -> Option<&Assisted> {
        match self {
            Self::Response(response) => response.speaker.assisted(),
            Self::Withdraw(withdraw) => withdraw.speaker.assisted(),
        }
    }

    /// The slip that it is the ballot of.
    #[must_use]
    pub const fn slip(&self) -> Option<&SlipProof> {
        match self {
            Self::Response(Response {
                speaker: Speaker::Slip(slip),
                ..
            }) => Some(slip),
            Self::Response(_) | Self::Withdraw(_) => None,
        }
    }

    /// Where it stands among the ballots of its slip.
    fn slip_order(&self) -> Option<[u8; 32]> {
        match self {
            Self::Response(response) => {
                let slip = self.slip()?;
                Some(slip::order(slip, response.form, &response.answers))
            }
            Self::Withdraw(_) => None,
        }
    }

    /// Whether an officer entered it.
    #[must_use]
    pub const fn assisted(&self) -> bool {
        self.entered().is_some()
    }
}

/// An opening of a process, as far as choosing the form looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening {
    /// The record.
    pub id: RecordId,
    /// Who opened.
    pub device: DeviceId,
    /// The entry's position in the opener's chain.
    pub seq: u64,
    /// The form it freezes.
    pub form: FormId,
}

/// The opening in force: the first of each opener, and of several openers' the one whose entry has
/// the smallest hash. A process that is open is not opened again by its opener.
#[must_use]
pub fn in_force(openings: &[Opening]) -> Option<&Opening> {
    let mut first: BTreeMap<DeviceId, &Opening> = BTreeMap::new();
    for opening in openings {
        let held = first.entry(opening.device).or_insert(opening);
        if (opening.seq, opening.id.index) < (held.seq, held.id.index) {
            *held = opening;
        }
    }
    first.into_values().min_by_key(|opening| opening.id)
}

/// The status of every version of one slot, in the order given.
///
/// A function of the set of versions: order and repetition change nothing but the order of the
/// answer. At most one is [`Status::Counted`] or [`Status::Withdrawal`], and that one is `Counted`
/// or `Withdrawal` on every replica that holds the same versions.
#[must_use]
pub fn resolve(versions: &[Version], terms: &Terms) -> Vec<Status> {
    let mut statuses: Vec<Option<Status>> = versions
        .iter()
        .map(|version| barred(version, terms))
        .collect();
    let standing: Vec<&Version> = versions
        .iter()
        .zip(&statuses)
        .filter_map(|(version, barred)| barred.is_none().then_some(version))
        .collect();
    if standing.iter().any(|version| version.said.slip().is_some()) {
        let counted = standing
            .iter()
            .filter_map(|version| Some((version.said.slip_order()?, version.place)))
            .min();
        let statuses = versions.iter().zip(statuses).map(|(version, barred)| {
            barred.unwrap_or(match counted {
                Some((_, place)) if place == version.place => Status::Counted,
                _ => Status::SlipUsed,
            })
        });
        return statuses.collect();
    }
    let owned = standing.iter().any(|version| !version.said.assisted());
    let highest: Vec<&Version> = standing
        .into_iter()
        .filter(|version| version.said.assisted() != owned)
        .collect();
    let later = Later::of(&highest);
    let heads: BTreeSet<Place> = highest
        .iter()
        .map(|version| version.place)
        .filter(|place| !later.replace(place))
        .collect();
    let order = |version: &&&Version| (rank(version), version.place);
    // Versions that all replace each other take a forked chain; then any of them is a head.
    let force = highest
        .iter()
        .filter(|version| heads.contains(&version.place))
        .min_by_key(order)
        .or_else(|| highest.iter().min_by_key(order));
    let withdrawn = force.is_some_and(|version| matches!(version.said, Said::Withdraw(_)));
    for (version, status) in versions.iter().zip(&mut statuses) {
        if status.is_some() {
            continue;
        }
        let answer = matches!(version.said, Said::Response(_));
        *status = Some(if force.is_some_and(|force| force.place == version.place) {
            if withdrawn {
                Status::Withdrawal
            } else {
                Status::Counted
            }
        } else if withdrawn && answer {
            Status::Withdrawn
        } else if heads.contains(&version.place) {
            Status::Concurrent
        } else {
            Status::Superseded
        });
    }
    statuses
        .into_iter()
        .map(|status| status.unwrap_or(Status::Superseded))
        .collect()
}

/// A claim of a slot, as far as counting looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Claiming {
    /// The slot.
    pub slot: SlotId,
    /// The slot of the own voice of whoever claims it.
    pub holder: SlotId,
    /// The form that it is about.
    pub form: FormId,
    /// Where the claim stands: whose chain it is on.
    pub device: DeviceId,
    /// And at which position.
    pub seq: u64,
}

impl Claiming {
    /// Whether the slot gives way by this claim: it was not late, it is about the form in force, and
    /// the holder says something of their own that takes part. `own` are the versions of their voice.
    #[must_use]
    pub fn holds(&self, own: &[Version], terms: &Terms) -> bool {
        let in_time = terms.closed.as_ref().is_none_or(|closed| {
            closed
                .get(&self.device)
                .is_some_and(|last| self.seq <= *last)
        });
        in_time
            && terms.form.as_ref().is_some_and(|(id, _)| *id == self.form)
            && own
                .iter()
                .any(|version| !version.said.assisted() && barred(version, terms).is_none())
    }
}

/// The statuses of a slot whose holder speaks for themselves, from those it has by itself: what
/// never took part keeps its reason.
#[must_use]
pub fn given_way(statuses: Vec<Status>) -> Vec<Status> {
    let each = statuses.into_iter().map(|status| match status {
        Status::Counted
        | Status::Withdrawal
        | Status::Superseded
        | Status::Concurrent
        | Status::Withdrawn
        | Status::Claimed => Status::Claimed,
        Status::Late
        | Status::Unfit
        | Status::OtherForm
        | Status::WaitingForForm
        | Status::SlipUsed
        | Status::Unsigned => status,
    });
    each.collect()
}

/// What keeps a version from taking part, whatever the others are.
fn barred(version: &Version, terms: &Terms) -> Option<Status> {
    let Some((id, form)) = &terms.form else {
        return Some(Status::WaitingForForm);
    };
    if version.said.form() != *id {
        return Some(Status::OtherForm);
    }
    if let Said::Response(response) = &version.said
        && form.accepts(&response.answers).is_err()
    {
        return Some(Status::Unfit);
    }
    if version.said.assisted() && !form.takes_assisted() {
        return Some(Status::Unfit);
    }
    let by_slip = match (form.slips(), version.said.slip(), &version.said) {
        (None, None, _) => true,
        (Some(slips), Some(slip), Said::Response(response)) => {
            slips.take(*id, slip, &response.answers)
        }
        _ => false,
    };
    if !by_slip {
        return Some(Status::Unfit);
    }
    if let Some(closed) = &terms.closed {
        let counted = match version.place {
            Place::Sealed { device, seq, .. } => {
                closed.get(&device).is_some_and(|last| seq <= *last)
            }
            Place::Unsealed(_) => false,
        };
        if !counted {
            return Some(Status::Late);
        }
    }
    let boxed = terms
        .boxes
        .as_ref()
        .is_none_or(|boxes| boxes.count(version));
    (!boxed).then_some(Status::Unsigned)
}

/// What replaces earlier versions: names, and the last version on each chain.
#[derive(Default)]
struct Later {
    named: BTreeSet<RecordId>,
    last: BTreeMap<DeviceId, (u64, u16)>,
    unsealed: Option<u64>,
}

impl Later {
    fn of(versions: &[&Version]) -> Self {
        let mut later = Self::default();
        for version in versions {
            later.named.extend(version.said.supersedes());
            match version.place {
                Place::Sealed { id, device, seq } => {
                    let last = later.last.entry(device).or_insert((seq, id.index));
                    *last = (*last).max((seq, id.index));
                }
                Place::Unsealed(number) => later.unsealed = later.unsealed.max(Some(number)),
            }
        }
        later
    }

    fn replace(&self, place: &Place) -> bool {
        match place {
            Place::Sealed { id, device, seq } => {
                self.unsealed.is_some()
                    || self.named.contains(id)
                    || self
                        .last
                        .get(device)
                        .is_some_and(|last| *last > (*seq, id.index))
            }
            Place::Unsealed(number) => self.unsealed > Some(*number),
        }
    }
}

/// Of heads made apart, a withdrawal goes before an answer.
const fn rank(version: &Version) -> u8 {
    match version.said {
        Said::Withdraw(_) => 0,
        Said::Response(_) => 1,
    }
}

#[cfg(test)]
mod slip_tests;
#[cfg(test)]
mod tests;
