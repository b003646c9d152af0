//! The one payload encoding: a version byte, then postcard, read back only when it is the
//! canonical form of what it says. Not here: the entry header, which has its own fixed layout.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Why bytes are not a payload of the expected type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// Written by a newer version, or a kind of content this one does not know.
    #[error("reading content of a newer version")]
    Newer,
    /// Not canonical bytes of this type.
    #[error("reading malformed content")]
    Malformed,
}

/// Encodes `value` under format `version`.
///
/// Values of this crate always encode; a value that cannot (none exists) becomes the bare version
/// byte, which no reader accepts.
#[must_use]
pub fn encode<T: Serialize>(version: u8, value: &T) -> Vec<u8> {
    postcard::to_extend(value, vec![version]).unwrap_or_else(|_| vec![version])
}

/// Decodes what [`encode`] wrote under `version`.
///
/// # Errors
/// [`DecodeError::Newer`] for a higher version byte; [`DecodeError::Malformed`] when the bytes
/// are not exactly what [`encode`] would write for the value they give.
pub fn decode<T: Serialize + DeserializeOwned>(
    version: u8,
    bytes: &[u8],
) -> Result<T, DecodeError> {
    let (first, rest) = bytes.split_first().ok_or(DecodeError::Malformed)?;
    if *first != version {
        return Err(if *first > version {
            DecodeError::Newer
        } else {
            DecodeError::Malformed
        });
    }
    let value: T = postcard::from_bytes(rest).map_err(|_| DecodeError::Malformed)?;
    if encode(version, &value) == bytes {
        Ok(value)
    } else {
        Err(DecodeError::Malformed)
    }
}
