//! A running replica: performs the core's effects over store and net.

mod address;
pub mod api;
mod book;
pub mod card;
mod carriage;
pub mod clock;
mod desk;
mod desks;
mod disk;
pub mod host;
pub mod keys;
pub mod limits;
mod links;
pub mod loopback;
mod meter;
pub mod node;
pub mod picture;
mod plain;
pub mod pool;
mod pooling;
mod presence;
mod profile;
pub mod qr;
pub mod relay;
mod sample;
pub mod ticket;
mod verify;
