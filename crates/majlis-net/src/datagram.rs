//! What is told beside the frames of a link: datagrams, which may be lost or overtaken and which
//! nobody acknowledges. Not here: what they say, and how often that may be.

use iroh::endpoint::Connection;

/// The longest datagram that is sent or taken, in bytes: it fits a packet on every path.
pub const MAX_DATAGRAM: usize = 1_100;

/// The datagrams of one link, as secret and as surely from the other device as its frames. Clones
/// are of the same link; they do not keep it open.
#[derive(Clone, Debug)]
pub struct Datagrams {
    connection: Connection,
}

impl Datagrams {
    pub(crate) fn new(connection: &Connection) -> Self {
        Self {
            connection: connection.clone(),
        }
    }

    /// Sends a datagram if it can be sent now, and says whether it was; that it arrives nobody
    /// says. A device of an older version takes none.
    #[must_use]
    pub fn send(&self, bytes: Vec<u8>) -> bool {
        bytes.len() <= MAX_DATAGRAM && self.connection.send_datagram(bytes.into()).is_ok()
    }

    /// The next datagram; longer ones than [`MAX_DATAGRAM`] are left out. `None` when the link has
    /// ended. May be cancelled.
    pub async fn recv(&self) -> Option<Vec<u8>> {
        loop {
            let bytes = self.connection.read_datagram().await.ok()?;
            if bytes.len() <= MAX_DATAGRAM {
                return Some(bytes.to_vec());
            }
        }
    }
}
