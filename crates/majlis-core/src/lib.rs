//! What a civic space is and how its replicas agree.
//!
//! This crate has no clock, disk, network, randomness, environment or async: those come in
//! as parameters. Read in this order: [`id`], [`sign`], [`entry`].

pub mod document;
pub mod entry;
pub mod gate;
pub mod id;
pub mod sign;
pub mod time;
