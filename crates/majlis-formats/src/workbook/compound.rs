//! The compound file around XLS: streams by name, by chains of sectors ([MS-CFB]).
//!
//! Every chain is followed at most as far as the file is long, so a chain that bites its own tail
//! ends in an error.

use super::WorkbookError;

/// The first bytes of every compound file.
pub(super) const SIGNATURE: [u8; 8] = [0xd0, 0xcf, 0x11, 0xe0, 0xa1, 0xb1, 0x1a, 0xe1];

const END_OF_CHAIN: u32 = 0xffff_fffe;
const MINI_SECTOR: usize = 64;
const ENTRY: usize = 128;

pub(super) struct Compound<'a> {
    bytes: &'a [u8],
    sector: usize,
    table: Vec<u32>,
    mini_table: Vec<u32>,
    mini_cutoff: u32,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    kind: u8,
    start: u32,
    size: usize,
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    let pair = bytes.get(at..at.checked_add(2)?)?;
    Some(u16::from_le_bytes(pair.try_into().ok()?))
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    let four = bytes.get(at..at.checked_add(4)?)?;
    Some(u32::from_le_bytes(four.try_into().ok()?))
}

fn damaged(reason: &str) -> WorkbookError {
    WorkbookError::damaged("compound file", reason)
}

impl<'a> Compound<'a> {
    pub(super) fn open(bytes: &'a [u8]) -> Result<Self, WorkbookError> {
        let short = || damaged("the header ends early");
        let sector = match u16_at(bytes, 30).ok_or_else(short)? {
            9 => 512,
            12 => 4096,
            _ => return Err(damaged("the sector size is neither 512 nor 4096")),
        };
        let mut file = Self {
            bytes,
            sector,
            table: Vec::new(),
            mini_table: Vec::new(),
            mini_cutoff: u32_at(bytes, 56).ok_or_else(short)?,
            entries: Vec::new(),
        };
        file.read_table()?;
        let directory = file.chain(u32_at(bytes, 48).ok_or_else(short)?)?;
        file.entries = directory
            .as_chunks::<ENTRY>()
            .0
            .iter()
            .filter_map(Entry::read)
            .collect();
        let mini = u32_at(bytes, 60).ok_or_else(short)?;
        if mini < END_OF_CHAIN {
            file.mini_table = words(&file.chain(mini)?);
        }
        Ok(file)
    }

    /// Sectors follow the header, which takes the room of one.
    fn sector(&self, index: u32) -> Option<&'a [u8]> {
        let from = (index as usize).checked_add(1)?.checked_mul(self.sector)?;
        let to = from.checked_add(self.sector)?;
        // The last sector of a file may be cut short.
        self.bytes.get(from..to.min(self.bytes.len()))
    }

    fn sectors(&self) -> usize {
        self.bytes.len() / self.sector + 1
    }

    /// The table of sectors is itself in sectors, listed in the header and then in a chain.
    fn read_table(&mut self) -> Result<(), WorkbookError> {
        let mut listed: Vec<u32> = words(self.bytes.get(76..512).unwrap_or_default());
        let mut next = u32_at(self.bytes, 68).unwrap_or(END_OF_CHAIN);
        let mut steps = 0;
        while next < END_OF_CHAIN {
            let mut more = words(self.sector(next).unwrap_or_default());
            next = more.pop().unwrap_or(END_OF_CHAIN);
            listed.extend(more);
            steps += 1;
            if steps > self.sectors() {
                return Err(damaged("the table of sectors never ends"));
            }
        }
        for index in listed {
            if index >= END_OF_CHAIN {
                continue;
            }
            let Some(sector) = self.sector(index) else {
                return Err(damaged("the table of sectors lies outside the file"));
            };
            self.table.extend(words(sector));
            if self.table.len() > self.bytes.len() {
                return Err(damaged("the table of sectors is longer than the file"));
            }
        }
        Ok(())
    }

    fn chain(&self, start: u32) -> Result<Vec<u8>, WorkbookError> {
        let mut bytes = Vec::new();
        let mut next = start;
        let mut steps = 0;
        while next < END_OF_CHAIN {
            let sector = self
                .sector(next)
                .ok_or_else(|| damaged("a chain of sectors leaves the file"))?;
            bytes.extend_from_slice(sector);
            steps += 1;
            if steps > self.sectors() {
                return Err(damaged("a chain of sectors never ends"));
            }
            next = self
                .table
                .get(next as usize)
                .copied()
                .unwrap_or(END_OF_CHAIN);
        }
        Ok(bytes)
    }

    pub(super) fn holds(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries
            .iter()
            .find(|entry| entry.kind == 2 && entry.name.eq_ignore_ascii_case(name))
    }

    /// A stream as bytes.
    pub(super) fn stream(&self, name: &str) -> Result<Option<Vec<u8>>, WorkbookError> {
        let Some(entry) = self.entry(name) else {
            return Ok(None);
        };
        let mut bytes = if entry.size < self.mini_cutoff as usize {
            self.mini_chain(entry.start)?
        } else {
            self.chain(entry.start)?
        };
        bytes.truncate(entry.size);
        Ok(Some(bytes))
    }

    /// Small streams lie in sectors of 64 bytes inside the stream of the root.
    fn mini_chain(&self, start: u32) -> Result<Vec<u8>, WorkbookError> {
        let root = self
            .entries
            .iter()
            .find(|entry| entry.kind == 5)
            .ok_or_else(|| damaged("there is no root"))?;
        let container = self.chain(root.start)?;
        let mut bytes = Vec::new();
        let mut next = start;
        let mut steps = 0;
        while next < END_OF_CHAIN {
            let sector = (next as usize)
                .checked_mul(MINI_SECTOR)
                .and_then(|from| container.get(from..from + MINI_SECTOR))
                .ok_or_else(|| damaged("a chain of small sectors leaves its stream"))?;
            bytes.extend_from_slice(sector);
            steps += 1;
            if steps > container.len() / MINI_SECTOR + 1 {
                return Err(damaged("a chain of small sectors never ends"));
            }
            next = self
                .mini_table
                .get(next as usize)
                .copied()
                .unwrap_or(END_OF_CHAIN);
        }
        Ok(bytes)
    }
}

impl Entry {
    fn read(bytes: &[u8; ENTRY]) -> Option<Self> {
        let length = usize::from(u16_at(bytes, 64)?);
        let units = bytes
            .get(..length.saturating_sub(2).min(64))?
            .as_chunks::<2>()
            .0
            .iter()
            .map(|pair| u16::from_le_bytes(*pair));
        let name = char::decode_utf16(units)
            .map(|letter| letter.unwrap_or(char::REPLACEMENT_CHARACTER))
            .collect();
        Some(Self {
            name,
            kind: *bytes.get(66)?,
            start: u32_at(bytes, 116)?,
            size: u32_at(bytes, 120)? as usize,
        })
    }
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes
        .as_chunks::<4>()
        .0
        .iter()
        .map(|four| u32::from_le_bytes(*four))
        .collect()
}
