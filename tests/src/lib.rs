//! The town: simulated people, devices and broken links around the real core and the real store.
//! Time is virtual and every choice comes from one seed, so a failure replays.

#![allow(
    clippy::missing_panics_doc,
    reason = "a simulation panics at the first thing that is not as it must be: that is its verdict"
)]

pub mod corpus;
pub mod crowd;
#[cfg(unix)]
pub mod database;
pub mod device;
pub mod gateway;
pub mod hall;
pub mod households;
pub mod meeting;
#[cfg(target_os = "linux")]
pub mod morning;
mod namespace;
pub mod recording;
#[cfg(target_os = "linux")]
pub mod roads;
#[cfg(target_os = "linux")]
pub mod shores;
pub mod tablet;
pub mod town;
pub mod village;
#[cfg(target_os = "linux")]
pub mod weak_link;
pub mod weather;

pub use town::Town;
