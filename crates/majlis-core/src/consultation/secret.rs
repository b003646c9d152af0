//! Secret votes: what a form fixes for them, what their trustees still owe, and what came out. Pure
//! functions of the records held, over `majlis_secret`; order of arrival changes nothing.
//! Not here: seeds, shares of keys and the disk they are on (the node), formulas (`majlis_secret`).
//!
//! The published rule:
//! 1. Of each trustee and round the first message on the trustee's own chain takes part; whatever else
//!    they send in that round is not looked at, nor what comes after their first thirty-two messages.
//! 2. The key is there once every trustee has confirmed it. Until then no ballot can be cast.
//! 3. A form makes one attempt at a key. When it fails, by somebody's name, the vote is closed and
//!    opened anew, with other trustees or the same.
//! 4. A ballot is the answer in force of a slot, and names the person whose slot it is.
//! 5. Totals are opened of the ballots that the closing names, by shares made for exactly these. Of
//!    several closings each is judged by itself, and one stands ([`closings`]).

pub mod closings;
mod counting;
mod making;
mod terms;

use majlis_secret::election::{Election, Roll, Terms};
use majlis_secret::question::SecretQuestion;

use super::form::Form;
use super::statement::Placed;
use crate::id::{DeviceId, FormId, LaneId, SpaceId};
use crate::record::{Custody, CustodySaid};

pub use closings::ClosedBox;
pub use counting::{Fate, Listed, SecretOutcome, SecretState, TwiceError, Voices, verify_twice};
pub use making::{Failure, Key, MAX_WORD, MAX_WORDS, Making, Sent, Step, TrusteeStands, Word};
pub use terms::{MAX_ROLL, SecretBallots, SecretError};

/// What trustees sent about a form, of all that was stated in custody of keys.
pub fn sent<'c>(
    form: FormId,
    custody: impl IntoIterator<Item = &'c Placed<Custody>>,
) -> impl Iterator<Item = Sent<'c>> {
    custody
        .into_iter()
        .filter_map(move |one| match &one.said.said {
            CustodySaid::Trustee(bytes) if one.said.form == form => Some(Sent {
                device: one.device,
                seq: one.seq,
                id: one.id,
                bytes,
            }),
            CustodySaid::Trustee(_)
            | CustodySaid::Released(_)
            | CustodySaid::Published(_)
            | CustodySaid::PublishedOf(..) => None,
        })
}

/// A secret vote as a form, in a process, fixes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretVote {
    election: Election,
    roll: Roll,
    trustees: Vec<DeviceId>,
    options: Vec<u16>,
}

impl SecretVote {
    /// The secret vote that this form opens on `lane`; `None` where it opens none, or one that could
    /// not be held.
    #[must_use]
    pub fn of(space: SpaceId, lane: LaneId, (id, form): (FormId, &Form)) -> Option<Self> {
        let ballots = form.secret_ballots()?;
        let question = ballots.question(form).ok()?;
        let roll = ballots.roll.iter().map(|person| *person.as_bytes());
        let roll = Roll::new(roll.collect()).ok()?;
        let vote = blake3::derive_key("majlis 2026 secret vote v1", lane.as_bytes());
        let trustees = ballots.trustees.iter().map(|one| *one.as_bytes());
        let election = Election::new(Terms {
            space: *space.as_bytes(),
            vote,
            text: *id.as_bytes(),
            question,
            roll_root: roll.root(),
            voters: roll.len(),
            minimum: ballots.minimum,
            threshold: ballots.threshold,
            trustees: trustees.collect(),
        });
        Some(Self {
            election: election.ok()?,
            roll,
            trustees: ballots.trustees.clone(),
            options: ballots_options(form),
        })
    }

    /// What is voted on, in the words of the proofs.
    #[must_use]
    pub const fn election(&self) -> &Election {
        &self.election
    }

    /// Who may vote.
    #[must_use]
    pub const fn roll(&self) -> &Roll {
        &self.roll
    }

    /// The trustees, by number from 1.
    #[must_use]
    pub fn trustees(&self) -> &[DeviceId] {
        &self.trustees
    }

    /// The number of the trustee with this device.
    #[must_use]
    pub fn number_of(&self, device: DeviceId) -> Option<u8> {
        let at = self.trustees.iter().position(|one| *one == device)?;
        u8::try_from(at).ok()?.checked_add(1)
    }

    /// The options, in the order of the ballot's numbers.
    #[must_use]
    pub fn options(&self) -> &[u16] {
        &self.options
    }

    /// What is asked.
    #[must_use]
    pub fn question(&self) -> &SecretQuestion {
        &self.election.terms().question
    }
}

fn ballots_options(form: &Form) -> Vec<u16> {
    let options = form
        .ballot()
        .map_or(&[][..], |ballot| ballot.kind.options());
    options.iter().map(|option| option.id).collect()
}
