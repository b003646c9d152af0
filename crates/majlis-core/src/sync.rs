//! How two replicas find out what the other lacks and exchange it: messages, frames and one
//! session per link. No sockets and no clock; bytes in, bytes out.

mod dictionary;
pub mod manifest;
pub mod media;
pub mod message;
pub mod names;
pub mod presence;
pub mod session;
pub mod wire;

pub use message::{Message, ProtocolError};
pub use session::{PeerView, Session};
