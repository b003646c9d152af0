//! What a replica keeps on disk: entries and their payloads, work that no entry carries yet, and
//! projections that can always be made again from those.
//!
//! Read in this order: [`Store`] (opening, one writer, many readers), the `Shelf` that the core
//! reads through ([`SpaceShelf`]), `persist` (one transaction a step, projections included),
//! `project` (records become versions of voices), `claims`, `consultations`, `proceedings`, `lists` and `search` (what
//! screens ask), `reindex` (making projections again, and comparing).
//!
//! **Entries are the truth.** **A step is stored whole or not at all, and is on disk when `persist`
//! returns.** No rule lives here: what counts is decided by `majlis_core::consultation::count`.

mod ballots;
mod blobs;
mod boxes;
mod claims;
mod consultations;
mod counted;
mod kept;
mod lists;
mod migrate;
mod naming;
mod pages;
mod payloads;
mod peers;
mod persist;
mod proceedings;
mod project;
mod reindex;
mod rows;
mod search;
mod settings;
mod shelf;
mod store;
mod terms;

pub use ballots::HeldBallot;
pub use blobs::BlobFigures;
pub use boxes::{GatheredBoxes, GatheredPart};
pub use consultations::{
    ClosingRow, GivenRow, OpeningRow, ProcessRow, StatusCounts, VersionRow, Voice,
};
pub use counted::{CountedRow, StoredRow};
pub use lists::{AsideRow, Figures, OutlineRow, WrittenRow};
pub use migrate::SCHEMA;
pub use naming::name_new;
pub use pages::{Slots, VersionPage, VersionQuery};
pub use persist::PersistError;
pub use proceedings::{Proceedings, StatedMark};
pub use reindex::ReindexError;
pub use search::{Found, Hit};
pub use settings::InterfaceDraft;
pub use shelf::SpaceShelf;
pub use store::{OpenError, ReadError, Store, WriteError};
