//! The closings of a secret vote, each judged by itself. Where there are several, the ballots that one of
//! them names are never put together with those of another: whoever closes a second time could undo a
//! result that is known, or learn from two results what a few ballots said.
//! Not here: which version of a voice is in force (`count`).
//!
//! Of several closings one stands: the one whose totals are known; else the one for which most trustees
//! gave a right part; else the one of most ballots; else the first by what it names. It is a function of
//! what is held. Each honest trustee gives one part, ever, and more than half of them open, so a closing
//! that is known stays the one that stands, whatever comes after it.

use std::collections::{BTreeMap, BTreeSet};

use majlis_secret::count::Seen;
use majlis_secret::share::ShareStatus;

use super::making::Making;
use super::{SecretOutcome, SecretState, SecretVote, Voices};
use crate::consultation::count::{Said, Status, Terms, Version, closings, resolve};
use crate::consultation::form::Answer;
use crate::consultation::statement::Placed;
use crate::id::{DeviceId, LaneId, SlotId};
use crate::record::{Close, Counted, Response};

/// What one closing names, and the ballots in force by it alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedBox {
    /// What it names, in ascending order: what it is known by.
    pub named: Vec<Counted>,
    /// The ballots.
    pub voices: Voices,
}

impl ClosedBox {
    /// Per chain the last position that counts by it.
    #[must_use]
    pub fn positions(&self) -> BTreeMap<DeviceId, u64> {
        positions(&self.named)
    }
}

fn positions(named: &[Counted]) -> BTreeMap<DeviceId, u64> {
    let mut last: BTreeMap<DeviceId, u64> = BTreeMap::new();
    for counted in named {
        let held = last.entry(counted.device).or_insert(counted.seq);
        *held = (*held).max(counted.seq);
    }
    last
}

/// What a closing names, in the order in which closings are told apart.
#[must_use]
pub fn named(close: &Close) -> Vec<Counted> {
    let set: BTreeSet<Counted> = close.counted.iter().copied().collect();
    set.into_iter().collect()
}

/// The sealed ballot of an answer.
#[must_use]
pub fn sealed(response: &Response) -> Option<&[u8]> {
    let mut answers = response.answers.iter();
    answers.find_map(|(_, answer)| match answer {
        Answer::Sealed(bytes) => Some(bytes.as_slice()),
        _ => None,
    })
}

/// The boxes of all closings of the form in force, in order of what they name, each once. Voices come
/// with all of their versions.
pub fn boxes<'v>(
    terms: &Terms,
    closes: impl IntoIterator<Item = &'v Placed<Close>>,
    voices: &BTreeMap<SlotId, Vec<Version>>,
) -> Vec<ClosedBox> {
    let Some((form, _)) = &terms.form else {
        return Vec::new();
    };
    let of_form = closings(*form, closes).into_iter();
    let all: BTreeSet<Vec<Counted>> = of_form.map(|close| named(&close.said)).collect();
    let each = all.into_iter().map(|named| {
        let alone = Terms {
            form: terms.form.clone(),
            closed: Some(positions(&named)),
            boxes: None,
        };
        let voices = voices.iter().filter_map(|(slot, versions)| {
            let statuses = resolve(versions, &alone);
            let counted = versions.iter().zip(statuses);
            let mut counted = counted.filter(|(_, status)| *status == Status::Counted);
            let (version, _) = counted.next()?;
            match &version.said {
                Said::Response(response) => Some((*slot, sealed(response)?.to_vec())),
                Said::Withdraw(_) => None,
            }
        });
        let voices = voices.collect();
        ClosedBox { named, voices }
    });
    each.collect()
}

impl SecretVote {
    /// The box that stands, and what it came to; `None` where nothing is closed.
    #[must_use]
    pub fn standing<'b>(
        &self,
        lane: LaneId,
        making: &Making,
        boxes: &'b [ClosedBox],
        mut seen: Option<&mut Seen>,
    ) -> Option<(&'b ClosedBox, SecretOutcome)> {
        let mut best: Option<(&ClosedBox, SecretOutcome)> = None;
        for one in boxes {
            let found = self.outcome(lane, making, &one.voices, true, seen.as_deref_mut());
            let better = best
                .as_ref()
                .is_none_or(|(_, held)| worth(&found) > worth(held));
            if better {
                best = Some((one, found));
            }
        }
        best
    }
}

/// What makes a closing stand before another.
fn worth(found: &SecretOutcome) -> (bool, usize, u32) {
    let right = found.shares.values();
    let right = right.filter(|status| matches!(status, ShareStatus::Valid | ShareStatus::Repeated));
    (
        found.state == SecretState::Known,
        right.count(),
        found.counted,
    )
}
