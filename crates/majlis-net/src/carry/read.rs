//! Reading a carry file from front to back, past damage: after a block that is not whole, the next
//! mark of a block is looked for.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek as _, SeekFrom};
use std::path::Path;

use super::head::take;
use super::sectors::Sectors;
use super::{
    BLOCK_HEAD, CHECK, CarryError, CarryHead, CarryPlace, END, END_SIZE, Kind, MANIFEST, MEDIA,
    RUN, block_hash, digest, end, short,
};

/// Bytes asked for at once.
const STEP: usize = 64 * 1024;

/// Reads a carry file.
#[derive(Debug)]
pub struct CarryReader<R = BufReader<Sectors<File>>> {
    head: CarryHead,
    from: R,
    /// Read and not yet used; from `at`.
    held: Vec<u8>,
    at: usize,
    dry: bool,
    good: u32,
    /// Stretches that were skipped.
    holes: u32,
    /// After the last whole block or end.
    place: CarryPlace,
    /// Blocks missing between the numbers of whole ones.
    missing: u32,
    last: Last,
    over: bool,
    /// Where it began to read blocks.
    base: u64,
    passed: u64,
    vain: u64,
}

/// What was read last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Last {
    /// The head, or a block.
    Block,
    End,
    /// Nothing that is whole.
    Hole,
}

/// A whole block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// A run of entries.
    Run(Vec<u8>),
    /// A run of pieces of photos and sounds.
    Media(Vec<u8>),
    /// A manifest of what stands before it.
    Manifest {
        /// Its bytes.
        bytes: Vec<u8>,
        /// The digest of all whole blocks before it, to compare with what it says.
        before: [u8; 32],
    },
}

/// Bytes that may be checked in vain, for each byte passed and at the start: damage costs less, and
/// a file made of false marks does not keep a device busy for hours.
const VAIN_PER_BYTE: u64 = 16;
const VAIN: u64 = 64 * 1024 * 1024;

/// What stands at the current place.
enum Found {
    Block(Kind, u32, [u8; 32], Vec<u8>),
    End(u32),
    Nothing,
    Dry,
}

impl CarryReader {
    /// Opens a file and reads its head.
    ///
    /// # Errors
    /// As [`CarryHead::read`].
    pub fn open(path: &Path) -> Result<Self, CarryError> {
        let file = File::open(path).map_err(CarryError::Disk)?;
        Self::new(BufReader::with_capacity(STEP, Sectors::new(file)))
    }

    /// Opens a file and goes on at a place that [`CarryReader::place`] gave for it.
    ///
    /// # Errors
    /// As [`CarryHead::read`].
    pub fn open_at(path: &Path, place: CarryPlace) -> Result<Self, CarryError> {
        let mut reader = Self::open(path)?;
        let to = SeekFrom::Start(place.offset);
        reader.from.seek(to).map_err(CarryError::Disk)?;
        reader.base = place.offset;
        reader.place = place;
        Ok(reader)
    }
}

impl<R: Read> CarryReader<R> {
    /// Reads the head from any source of bytes, and goes on from there.
    ///
    /// # Errors
    /// As [`CarryHead::read`].
    pub fn new(mut from: R) -> Result<Self, CarryError> {
        let head = CarryHead::read(&mut from)?;
        let place = head.after();
        Ok(Self {
            place,
            base: place.offset,
            head,
            from,
            held: Vec::new(),
            at: 0,
            dry: false,
            good: 0,
            holes: 0,
            missing: 0,
            last: Last::Block,
            over: false,
            passed: 0,
            vain: 0,
        })
    }

    /// What the file is about.
    #[must_use]
    pub const fn head(&self) -> &CarryHead {
        &self.head
    }

    /// The place after the last whole block or end.
    #[must_use]
    pub const fn place(&self) -> CarryPlace {
        self.place
    }

    /// Whether nothing before [`CarryReader::place`] was damaged or missing.
    #[must_use]
    pub const fn is_sound(&self) -> bool {
        self.missing == 0
            && (self.holes == 0 || (self.holes == 1 && matches!(self.last, Last::Hole)))
    }

    /// Whether the last thing read was an end: the file may stop here.
    #[must_use]
    pub const fn has_ended(&self) -> bool {
        matches!(self.last, Last::End)
    }

    /// The next whole block; `None` at the end.
    ///
    /// # Errors
    /// [`CarryError::Damaged`] or [`CarryError::Truncated`] once, at the end and after all whole
    /// blocks, when the file is not whole; [`CarryError::Disk`] when it cannot be read on.
    pub fn next_block(&mut self) -> Result<Option<Block>, CarryError> {
        while !self.over {
            match self.look()? {
                Found::Block(kind, number, hash, bytes) => {
                    let before = self.place.digest;
                    self.advance(BLOCK_HEAD.saturating_add(bytes.len()));
                    // A number that was passed already, as in a file glued together, changes no
                    // count of what is missing.
                    if let Some(skipped) = number.checked_sub(self.place.number) {
                        self.missing = self.missing.saturating_add(skipped);
                        self.place.number = number.saturating_add(1);
                    }
                    self.place.digest = digest(&before, &hash);
                    self.here(Last::Block);
                    self.good = self.good.saturating_add(1);
                    return Ok(Some(match kind {
                        Kind::Run => Block::Run(bytes),
                        Kind::Media => Block::Media(bytes),
                        Kind::Manifest => Block::Manifest { bytes, before },
                    }));
                }
                Found::End(blocks) => {
                    self.advance(END_SIZE);
                    let skipped = blocks.saturating_sub(self.place.number);
                    self.missing = self.missing.saturating_add(skipped);
                    self.place.number = self.place.number.max(blocks);
                    self.here(Last::End);
                }
                Found::Nothing => {
                    if self.last != Last::Hole {
                        self.last = Last::Hole;
                        self.holes = self.holes.saturating_add(1);
                    }
                    self.advance(1);
                    self.skip_to_mark();
                    if self.vain > VAIN.saturating_add(self.passed.saturating_mul(VAIN_PER_BYTE)) {
                        self.over = true;
                        let (good, bad) = (self.good, self.holes.max(self.missing));
                        return Err(CarryError::Damaged { good, bad });
                    }
                }
                Found::Dry => {
                    self.over = true;
                    let (good, bad) = (self.good, self.missing.max(self.holes));
                    let whole = self.has_ended() && self.rest().is_empty();
                    return match (whole, self.is_sound()) {
                        (true, true) => Ok(None),
                        // Whole blocks and then nothing: cut off. With holes as well it is both,
                        // and the damage is what matters.
                        (false, true) => Err(CarryError::Truncated { good }),
                        (_, false) => Err(CarryError::Damaged { good, bad }),
                    };
                }
            }
        }
        Ok(None)
    }

    /// Notes that what was read so far is whole.
    fn here(&mut self, last: Last) {
        self.last = last;
        self.place.offset = self.base.saturating_add(self.passed);
    }

    fn look(&mut self) -> Result<Found, CarryError> {
        if self.fill(RUN.len())? < RUN.len() {
            return Ok(Found::Dry);
        }
        if self.rest().starts_with(&END) {
            self.fill(END_SIZE)?;
            let mut fields = self.rest().get(END.len()..).unwrap_or_default();
            let said = take(&mut fields).zip(take(&mut fields));
            let said = said.map(|(b, m)| (u32::from_le_bytes(b), u32::from_le_bytes(m)));
            return Ok(match said {
                Some((blocks, back)) if self.rest().starts_with(&end(blocks, back)) => {
                    Found::End(blocks)
                }
                _ => Found::Nothing,
            });
        }
        let kind = match self.rest() {
            rest if rest.starts_with(&RUN) => Kind::Run,
            rest if rest.starts_with(&MEDIA) => Kind::Media,
            rest if rest.starts_with(&MANIFEST) => Kind::Manifest,
            _ => return Ok(Found::Nothing),
        };
        self.fill(BLOCK_HEAD)?;
        let Some((number, length, sum)) = block_head(self.rest()) else {
            return Ok(Found::Nothing);
        };
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        if size == 0 || size > kind.most() {
            return Ok(Found::Nothing);
        }
        self.fill(BLOCK_HEAD.saturating_add(size))?;
        let Some(bytes) = self.rest().get(BLOCK_HEAD..BLOCK_HEAD.saturating_add(size)) else {
            // The length may itself be damaged: look for blocks in what is left.
            return Ok(Found::Nothing);
        };
        let hash = block_hash(kind, number, length, bytes);
        if short(&hash) == sum {
            return Ok(Found::Block(kind, number, hash, bytes.to_vec()));
        }
        self.vain = self.vain.saturating_add(u64::from(length));
        Ok(Found::Nothing)
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, by: usize) {
        let at = self.at.saturating_add(by).min(self.held.len());
        let passed = u64::try_from(at.saturating_sub(self.at)).unwrap_or(0);
        self.passed = self.passed.saturating_add(passed);
        self.at = at;
    }

    /// Goes to where a mark may begin in what is held.
    fn skip_to_mark(&mut self) {
        let rest = self.rest();
        let [mark, ..] = RUN;
        let skipped = rest
            .iter()
            .position(|byte| *byte == mark)
            .unwrap_or(rest.len());
        self.advance(skipped);
    }

    /// Reads until `want` bytes are held, or the file has no more; how many are held.
    fn fill(&mut self, want: usize) -> Result<usize, CarryError> {
        while self.rest().len() < want && !self.dry {
            self.held.drain(..self.at.min(self.held.len()));
            self.at = 0;
            let more = want.saturating_sub(self.held.len()).max(STEP);
            let most = u64::try_from(more).unwrap_or(u64::MAX);
            let read = self.from.by_ref().take(most).read_to_end(&mut self.held);
            self.dry = read.map_err(CarryError::Disk)? == 0;
        }
        Ok(self.rest().len())
    }
}

/// Number, length and check of a block.
fn block_head(bytes: &[u8]) -> Option<(u32, u32, [u8; CHECK])> {
    let mut fields = bytes.get(RUN.len()..)?;
    let number = u32::from_le_bytes(take(&mut fields)?);
    let length = u32::from_le_bytes(take(&mut fields)?);
    Some((number, length, take(&mut fields)?))
}

/// The head of a file and its last manifest, without reading what stands between. `None` when the
/// file does not end as it should: only reading it through tells what is in it.
///
/// # Errors
/// As [`CarryHead::read`].
pub fn last_manifest(path: &Path) -> Result<(CarryHead, Option<Vec<u8>>), CarryError> {
    let mut file = File::open(path).map_err(CarryError::Disk)?;
    let head = CarryHead::read(&mut file)?;
    // Where the end cannot be read, reading the file through tells what can.
    Ok((head, from_the_end(&mut file).unwrap_or(None)))
}

fn from_the_end(file: &mut File) -> io::Result<Option<Vec<u8>>> {
    let size = file.metadata()?.len();
    let from_end = |by: u64| size.checked_sub(by).map(SeekFrom::Start);
    let Some(at) = from_end(u64::try_from(END_SIZE).unwrap_or(0)) else {
        return Ok(None);
    };
    file.seek(at)?;
    let mut bytes = [0; END_SIZE];
    file.read_exact(&mut bytes)?;
    let mut fields = bytes.get(END.len()..).unwrap_or_default();
    let said = take(&mut fields).zip(take(&mut fields));
    let Some((blocks, back)) = said.map(|(b, m)| (u32::from_le_bytes(b), u32::from_le_bytes(m)))
    else {
        return Ok(None);
    };
    let most = BLOCK_HEAD.saturating_add(Kind::Manifest.most());
    let length = usize::try_from(back).unwrap_or(usize::MAX);
    let at = from_end(u64::from(back).saturating_add(u64::try_from(END_SIZE).unwrap_or(0)));
    let (true, Some(at)) = (bytes == end(blocks, back) && length <= most, at) else {
        return Ok(None);
    };
    file.seek(at)?;
    let mut block = vec![0; length];
    file.read_exact(&mut block)?;
    let Some((number, length, sum)) = block_head(&block).filter(|_| block.starts_with(&MANIFEST))
    else {
        return Ok(None);
    };
    let body = block.split_off(BLOCK_HEAD.min(block.len()));
    let whole = usize::try_from(length).is_ok_and(|length| length == body.len())
        && short(&block_hash(Kind::Manifest, number, length, &body)) == sum;
    Ok(whole.then_some(body))
}
