//! A file on a card that has bad sectors: what cannot be read is zeros, which are damage like any other,
//! and what lies behind it is read. Not here: a card that was taken out, of which nothing can be read.

use std::io::{self, Read, Seek, SeekFrom};

/// What is given up at once around a place that cannot be read. Each try may take a card seconds.
const STRIDE: u64 = 64 * 1024;
/// So far, doubling each time, is looked for what can be read again: four megabytes in seven tries.
const TRIES: u32 = 7;

/// Reads over places that cannot be read.
#[derive(Debug)]
pub struct Sectors<F> {
    file: F,
    /// Where the next byte is.
    at: u64,
    /// Up to here nothing can be read.
    gap: u64,
}

impl<F: Read + Seek> Sectors<F> {
    /// Reads a file that was opened now, from its beginning.
    pub(super) const fn new(file: F) -> Self {
        Self {
            file,
            at: 0,
            gap: 0,
        }
    }

    /// Looks for what can be read again behind a place that cannot.
    fn step_over(&mut self, failed: io::Error) -> io::Result<()> {
        let mut stride = STRIDE;
        for _ in 0..TRIES {
            let behind = (self.at / STRIDE)
                .saturating_mul(STRIDE)
                .saturating_add(stride);
            self.file.seek(SeekFrom::Start(behind))?;
            let mut byte = [0];
            match self.file.read(&mut byte) {
                Ok(1) => {
                    self.file.seek(SeekFrom::Start(behind))?;
                    self.gap = behind;
                    return Ok(());
                }
                // Where the file ends here, nothing tells a bad end from a card that is out.
                Ok(_) => break,
                Err(_) => stride = stride.saturating_mul(2),
            }
        }
        self.file.seek(SeekFrom::Start(self.at))?;
        Err(failed)
    }
}

impl<F: Read + Seek> Read for Sectors<F> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.gap {
            match self.file.read(into) {
                Ok(read) => {
                    self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(0));
                    return Ok(read);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return Err(error),
                Err(error) => self.step_over(error)?,
            }
        }
        let left = usize::try_from(self.gap.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let most = left.min(into.len());
        if let Some(gap) = into.get_mut(..most) {
            gap.fill(0);
        }
        self.at = self.at.saturating_add(u64::try_from(most).unwrap_or(0));
        Ok(most)
    }
}

impl<F: Read + Seek> Seek for Sectors<F> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.at = self.file.seek(to)?;
        self.gap = self.at;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;
    use std::ops::Range;

    use super::*;

    /// A card of which some bytes cannot be read.
    struct Card {
        bytes: Cursor<Vec<u8>>,
        bad: Range<u64>,
        tries: u32,
    }

    impl Read for Card {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let at = self.bytes.position();
            if self.bad.contains(&at) {
                self.tries += 1;
                return Err(io::Error::other("bad sector"));
            }
            let most = if at < self.bad.start {
                usize::try_from(self.bad.start - at).unwrap()
            } else {
                into.len()
            };
            let most = most.min(into.len());
            self.bytes.read(&mut into[..most])
        }
    }

    impl Seek for Card {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.bytes.seek(to)
        }
    }

    fn read(bad: Range<u64>) -> (io::Result<usize>, Vec<u8>, u32) {
        let card = Card {
            bytes: Cursor::new(vec![7; 1_000_000]),
            bad,
            tries: 0,
        };
        let mut sectors = Sectors::new(card);
        let mut bytes = Vec::new();
        let read = sectors.read_to_end(&mut bytes);
        (read, bytes, sectors.file.tries)
    }

    #[test]
    fn what_lies_behind_a_bad_sector_is_read_and_stands_where_it_stood() {
        let (done, bytes, tries) = read(200_000..210_000);
        assert_eq!(done.unwrap(), 1_000_000);
        let zeros = bytes.iter().filter(|byte| **byte == 0).count();
        assert!(zeros >= 10_000, "what cannot be read is zeros: {zeros}");
        assert!(zeros <= 2 * 65_536 && tries <= 2, "{zeros} after {tries}");
        assert!(bytes[..200_000].iter().all(|byte| *byte == 7));
        assert!(bytes[262_144..].iter().all(|byte| *byte == 7));
    }

    #[test]
    fn a_card_that_is_out_is_said_to_be_and_not_read_for_hours() {
        let (done, bytes, tries) = read(300_000..u64::MAX);
        assert_eq!(done.unwrap_err().to_string(), "bad sector");
        assert_eq!(bytes.len(), 300_000);
        assert!(tries <= 1 + TRIES);
    }
}
