//! Writes change chunks byte by byte, as no library would: what a hostile device can sign.

use sha2::{Digest as _, Sha256};

pub(crate) const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];

pub(crate) fn unsigned(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if value == 0 {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

pub(crate) fn signed(mut value: i64, out: &mut Vec<u8>) {
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        if (value == 0 && low & 0x40 == 0) || (value == -1 && low & 0x40 != 0) {
            out.push(low);
            return;
        }
        out.push(low | 0x80);
    }
}

/// A chunk of a type with the right length and checksum.
pub(crate) fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut hashed = vec![kind];
    unsigned(body.len() as u64, &mut hashed);
    hashed.extend_from_slice(body);
    let sum = Sha256::digest(&hashed);
    [&MAGIC[..], &sum[..4], &hashed].concat()
}

/// The type and body of a chunk; `None` when it is cut short.
pub(crate) fn open(chunk: &[u8]) -> Option<(u8, &[u8])> {
    let kind = *chunk.get(8)?;
    let (mut len, mut shift, mut at) = (0_usize, 0, 9);
    loop {
        let byte = *chunk.get(at)?;
        len |= usize::from(byte & 0x7f).checked_shl(shift)?;
        at += 1;
        shift += 7;
        if byte & 0x80 == 0 {
            break;
        }
    }
    Some((kind, chunk.get(at..at.checked_add(len)?)?))
}

/// A change whose columns are given as bytes.
pub(crate) struct Raw {
    pub(crate) deps: Vec<[u8; 32]>,
    pub(crate) actor: Vec<u8>,
    pub(crate) seq: u64,
    pub(crate) start: u64,
    pub(crate) others: Vec<Vec<u8>>,
    pub(crate) columns: Vec<(u64, Vec<u8>)>,
}

impl Raw {
    pub(crate) fn body(&self) -> Vec<u8> {
        let mut out = Vec::new();
        unsigned(self.deps.len() as u64, &mut out);
        self.deps.iter().for_each(|dep| out.extend_from_slice(dep));
        let bytes = |bytes: &[u8], out: &mut Vec<u8>| {
            unsigned(bytes.len() as u64, out);
            out.extend_from_slice(bytes);
        };
        bytes(&self.actor, &mut out);
        unsigned(self.seq, &mut out);
        unsigned(self.start, &mut out);
        signed(0, &mut out);
        unsigned(0, &mut out);
        unsigned(self.others.len() as u64, &mut out);
        self.others.iter().for_each(|actor| bytes(actor, &mut out));
        unsigned(self.columns.len() as u64, &mut out);
        for (spec, column) in &self.columns {
            unsigned(*spec, &mut out);
            unsigned(column.len() as u64, &mut out);
        }
        self.columns
            .iter()
            .for_each(|(_, column)| out.extend_from_slice(column));
        out
    }

    pub(crate) fn chunk(&self) -> Vec<u8> {
        chunk(1, &self.body())
    }
}

/// One run of the same number.
pub(crate) fn run(times: i64, value: u64) -> Vec<u8> {
    let mut out = Vec::new();
    signed(times, &mut out);
    unsigned(value, &mut out);
    out
}

/// One run of nothing.
pub(crate) fn nulls(times: u64) -> Vec<u8> {
    let mut out = vec![0];
    unsigned(times, &mut out);
    out
}

/// One run of the same text.
pub(crate) fn texts(times: i64, text: &str) -> Vec<u8> {
    let mut out = Vec::new();
    signed(times, &mut out);
    unsigned(text.len() as u64, &mut out);
    out.extend_from_slice(text.as_bytes());
    out
}
