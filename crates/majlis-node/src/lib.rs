//! A running replica: performs the core's effects over store and net.

pub mod api;
pub mod card;
pub mod clock;
mod disk;
pub mod keys;
mod plain;
pub mod qr;
pub mod ticket;
