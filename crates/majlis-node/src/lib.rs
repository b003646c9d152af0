//! A running replica: performs the core's effects over store and net.

mod address;
pub mod api;
mod book;
pub mod card;
mod claim;
pub mod clock;
mod desk;
mod desks;
mod disk;
pub mod host;
pub mod keys;
mod links;
pub mod node;
mod plain;
mod profile;
pub mod qr;
mod sample;
pub mod ticket;
mod verify;
