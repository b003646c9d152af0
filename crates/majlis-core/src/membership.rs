//! Who is in a space, at which rank, and whose work counts up to where.
//!
//! The roster is a fold over a set of signed [`Operation`]s, computed rank by rank from the
//! top; order of arrival and clocks play no part. Read [`rank`] for who may do what.

pub mod operation;
pub mod rank;
pub mod roster;

pub use operation::{
    Adopt, CloseInvite, Cut, ForkProof, Genesis, Invite, Join, Operation, Person, Remove, SetRank,
    StewardChange, Stewards,
};
pub use rank::{Capability, Rank};
pub use roster::Roster;
