//! Frames on a stream of bytes: a length of four bytes, then so many bytes. A length beyond the
//! limit ends the reading before anything is allocated for it. Not here: what a frame says.

use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};

/// The largest frame, in bytes.
pub const MAX_FRAME: usize = 64 * 1024;
/// Bytes that a frame adds to its content.
pub(crate) const PREFIX: usize = 4;
/// A frame that was begun must be whole within this time, also on the slowest links.
const WHOLE_WITHIN: Duration = Duration::from_secs(120);

/// How a stream stopped being frames.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FrameError {
    /// A frame of no bytes, or of more than [`MAX_FRAME`].
    #[error("reading a frame of {0} bytes")]
    Size(u32),
    /// The stream ended inside a frame.
    #[error("reading a frame that breaks off")]
    Cut,
    /// The frame was begun and not finished in time.
    #[error("waiting for the rest of a frame")]
    Stalled,
    /// The other side did not begin as Majlis does.
    #[error("reading the first bytes of the link")]
    Greeting,
    /// The stream failed.
    #[error("reading a frame")]
    Stream(#[source] std::io::Error),
}

/// The next frame; `None` when the stream ended between frames.
pub(crate) async fn read(
    stream: &mut (impl AsyncRead + Unpin),
) -> Result<Option<Vec<u8>>, FrameError> {
    let mut first = [0_u8; 1];
    // Between frames a peer may be silent for as long as it likes.
    match stream.read(&mut first).await {
        Ok(0) => return Ok(None),
        Ok(_) => {}
        Err(error) => return Err(FrameError::Stream(error)),
    }
    let rest = async {
        let [a] = first;
        let mut others = [0_u8; 3];
        exactly(stream, &mut others).await?;
        let [b, c, d] = others;
        let length = u32::from_be_bytes([a, b, c, d]);
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        if size == 0 || size > MAX_FRAME {
            return Err(FrameError::Size(length));
        }
        let mut bytes = vec![0; size];
        exactly(stream, &mut bytes).await?;
        Ok(Some(bytes))
    };
    tokio::time::timeout(WHOLE_WITHIN, rest)
        .await
        .unwrap_or(Err(FrameError::Stalled))
}

/// Writes a frame; the caller has checked its size.
pub(crate) async fn write(
    stream: &mut (impl AsyncWrite + Unpin),
    frame: &[u8],
) -> std::io::Result<()> {
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX);
    stream.write_all(&length.to_be_bytes()).await?;
    stream.write_all(frame).await
}

pub(crate) async fn exactly(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut [u8],
) -> Result<(), FrameError> {
    match stream.read_exact(bytes).await {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => Err(FrameError::Cut),
        Err(error) => Err(FrameError::Stream(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn frames_come_out_as_they_went_in() {
        let (mut near, mut far) = tokio::io::duplex(300);
        let frames: Vec<Vec<u8>> =
            vec![vec![7], vec![1; 299], vec![2; MAX_FRAME], b"last".to_vec()];
        let sent = frames.clone();
        let writing = tokio::spawn(async move {
            for frame in &sent {
                write(&mut near, frame).await.unwrap();
            }
        });
        let mut came = Vec::new();
        while let Some(frame) = read(&mut far).await.unwrap() {
            came.push(frame);
        }
        writing.await.unwrap();
        assert_eq!(came, frames);
    }

    #[tokio::test]
    async fn a_length_beyond_the_limit_is_refused_before_its_bytes_come() {
        for length in [0, 64 * 1024 + 1, 0x4745_5420, u32::MAX] {
            let (mut near, mut far) = tokio::io::duplex(64);
            near.write_all(&length.to_be_bytes()).await.unwrap();
            // Nothing follows and the stream stays open: the length alone is enough to refuse.
            let refused = read(&mut far).await;
            assert!(matches!(refused, Err(FrameError::Size(got)) if got == length));
        }
    }

    #[tokio::test]
    async fn a_frame_that_breaks_off_is_told_from_an_end() {
        let whole = [0, 0, 0, 3, 1, 2, 3];
        for cut in 1..whole.len() {
            let mut part = &whole[..cut];
            assert!(
                matches!(read(&mut part).await, Err(FrameError::Cut)),
                "{cut}"
            );
        }
        let mut none: &[u8] = &[];
        assert!(read(&mut none).await.unwrap().is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_frame_that_never_ends_is_given_up() {
        let (mut near, mut far) = tokio::io::duplex(64);
        near.write_all(&[0, 0, 0, 9, 1]).await.unwrap();
        assert!(matches!(read(&mut far).await, Err(FrameError::Stalled)));
    }
}
