//! Authenticated links that carry frames between devices, finding devices on the local network,
//! and files that carry frames where there is no network. Bytes, no meaning: what a frame says is
//! for the core, whom to dial is for the node.
//!
//! - [`Net::open`] takes the transport secret, a port and whether to find and be found;
//!   [`Net::dial`] and [`Net::accept`] give [`Link`]s, [`Net::advertise`] tells the network which
//!   tags of the day ([`day_tag`]) this device has, [`Net::seen`] gives [`Seen`] events,
//!   [`Net::address`] is what to put into a ticket, [`Net::close`] lets frames out and ends.
//! - A [`RelayPlace`] is a relay that somebody hosts. [`Net::hold_relays`] says which are held, so
//!   that others may meet this device through them; without one nothing leads through a relay.
//! - A [`Link`] sends and receives whole frames of up to [`MAX_FRAME`] bytes: [`Link::send`],
//!   [`Link::recv`] (cancelling it loses nothing), [`Link::close`], or [`Link::split`] into a
//!   [`LinkSender`] and a [`LinkReceiver`] that share one connection. [`Link::binding`] is the
//!   same at both ends of one connection and differs between connections; [`Link::remote`] is the
//!   other device's transport key, proven by the handshake; [`Link::traffic`] counts bytes of
//!   frames, [`Link::gauge`] what the link costs on the wire. [`Link::datagrams`] are what is told
//!   beside the frames and may be lost.
//! - [`CarryWriter`] and [`CarryReader`] write and read carry files, blocking: one head, then runs
//!   of up to [`MAX_CARRY_RUN`] bytes and manifests. [`last_manifest`] reads no more than these two.
//! - [`backoff`] is how long to wait before dialling again.

mod backoff;
mod carry;
mod datagram;
mod discover;
mod door;
mod frame;
mod gauge;
mod link;
mod meet;
mod net;
mod peer;
mod relay;
mod relayed;
mod surroundings;

pub use backoff::backoff;
pub use carry::{
    Block, CarryError, CarryHead, CarryPlace, CarryReader, CarryWriter, MAX_CARRY_FILE,
    MAX_CARRY_MANIFEST, MAX_CARRY_NAME, MAX_CARRY_RUN, last_manifest,
};
pub use datagram::{Datagrams, MAX_DATAGRAM};
pub use discover::{MAX_TAGS, Seen, Tag, day_tag};
pub use door::DoorLimits;
pub use frame::{FrameError, MAX_FRAME};
pub use gauge::Gauge;
pub use link::{Link, LinkError, LinkReceiver, LinkSender, Traffic};
pub use meet::DialError;
pub use net::{Address, Moves, Net, NetOptions, OpenError};
pub use relay::{MAX_RELAY_URL, RelayPlace, pin_of};
pub use relayed::{HeldRelay, RelayState};
pub use surroundings::Move;
