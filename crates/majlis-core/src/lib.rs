//! What a civic space is and how its replicas agree.
//!
//! This crate has no clock, disk, network, randomness, environment or async: those come in
//! as parameters. Read in this order: [`id`], [`sign`], [`entry`], [`membership`], [`blob`], [`record`],
//! [`consultation`], [`document`], [`gate`], [`checkpoint`], [`receipt`],
//! [`space`], [`sync`].

pub mod admission;
pub mod blob;
pub mod chain;
pub mod changes;
pub mod checkpoint;
pub mod codec;
pub mod consultation;
pub mod document;
pub mod effect;
pub mod entry;
pub mod fold_text;
pub mod gate;
pub mod id;
pub mod membership;
pub mod receipt;
pub mod record;
pub mod shelf;
pub mod sign;
pub mod space;
pub mod sync;
pub mod time;
