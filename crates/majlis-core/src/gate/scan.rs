//! Adding up what a change chunk claims, from its raw bytes, before any library reads it.
//!
//! A chunk's columns are run-length encoded: a few bytes may claim a billion operations. Source
//! of the layout: the Automerge binary format (chunk header, change chunk, column encodings).

use super::{GateRefusal, MAX_CHANGE, MAX_DEPS, MAX_OPS};

const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHANGE: u8 = 1;
const MAX_ACTORS: u64 = 600;
const MAX_COLUMNS: u64 = 32;
const MAX_ACTOR_LEN: u64 = 64;
/// Predecessors may outnumber operations where values conflict.
const MAX_ITEMS: u64 = MAX_OPS * 4;
/// The longest key and the longest name of a mark, in bytes.
pub(super) const MAX_KEY: u64 = 200;

struct Bytes<'a>(&'a [u8]);

impl<'a> Bytes<'a> {
    fn take(&mut self, count: u64) -> Result<&'a [u8], GateRefusal> {
        let count = usize::try_from(count).map_err(|_| GateRefusal::NotAChange)?;
        let (head, tail) = self
            .0
            .split_at_checked(count)
            .ok_or(GateRefusal::NotAChange)?;
        self.0 = tail;
        Ok(head)
    }

    fn byte(&mut self) -> Result<u8, GateRefusal> {
        self.take(1)?
            .first()
            .copied()
            .ok_or(GateRefusal::NotAChange)
    }

    fn unsigned(&mut self) -> Result<u64, GateRefusal> {
        let mut value: u64 = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            let moved = bits
                .checked_shl(shift)
                .filter(|moved| moved >> shift == bits);
            value |= moved.ok_or(GateRefusal::NotAChange)?;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(GateRefusal::NotAChange)
    }

    fn signed(&mut self) -> Result<i64, GateRefusal> {
        let mut value: i64 = 0;
        let mut shift: u32 = 0;
        loop {
            let byte = self.byte()?;
            if shift >= 64 {
                return Err(GateRefusal::NotAChange);
            }
            value |= i64::from(byte & 0x7f).wrapping_shl(shift);
            shift = shift.saturating_add(7);
            if byte & 0x80 == 0 {
                if shift < 64 && byte & 0x40 != 0 {
                    value |= -1_i64 << shift;
                }
                return Ok(value);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Item {
    Unsigned,
    Signed,
    Text,
}

/// Refuses a chunk that is no plain change or claims too much; gives how many items its longest
/// column claims, which is at least the number of its operations.
pub(super) fn scan(raw: &[u8]) -> Result<u64, GateRefusal> {
    if raw.len() > MAX_CHANGE {
        return Err(GateRefusal::TooLarge);
    }
    let mut chunk = Bytes(raw);
    if chunk.take(4)? != MAGIC {
        return Err(GateRefusal::NotAChange);
    }
    chunk.take(4)?;
    if chunk.byte()? != CHANGE {
        return Err(GateRefusal::NotAChange);
    }
    let len = chunk.unsigned()?;
    let mut body = Bytes(chunk.take(len)?);
    if !chunk.0.is_empty() {
        return Err(GateRefusal::NotAChange);
    }
    let deps = body.unsigned()?;
    if deps > MAX_DEPS as u64 {
        return Err(GateRefusal::BadDependencies);
    }
    body.take(deps.saturating_mul(32))?;
    actor(&mut body)?;
    body.unsigned()?;
    body.unsigned()?;
    body.signed()?;
    let message = body.unsigned()?;
    body.take(message)?;
    let others = body.unsigned()?;
    if others > MAX_ACTORS {
        return Err(GateRefusal::TooManyOperations);
    }
    for _ in 0..others {
        actor(&mut body)?;
    }
    let count = body.unsigned()?;
    if count > MAX_COLUMNS {
        return Err(GateRefusal::TooManyOperations);
    }
    let mut columns = Vec::new();
    for _ in 0..count {
        columns.push((body.unsigned()?, body.unsigned()?));
    }
    let mut longest: u64 = 0;
    for (spec, len) in columns {
        // The fourth bit says that the column is deflated.
        if spec & 0b1000 != 0 {
            return Err(GateRefusal::NotAChange);
        }
        longest = longest.max(column(spec & 0b111, body.take(len)?)?);
    }
    Ok(longest)
}

fn actor(body: &mut Bytes<'_>) -> Result<(), GateRefusal> {
    let len = body.unsigned()?;
    if len > MAX_ACTOR_LEN {
        return Err(GateRefusal::NotAChange);
    }
    body.take(len).map(|_| ())
}

fn column(kind: u64, bytes: &[u8]) -> Result<u64, GateRefusal> {
    match kind {
        // Group cardinality: the values say how many items follow elsewhere, so they count too.
        0 => runs(bytes, Item::Unsigned, true),
        1 | 2 | 6 => runs(bytes, Item::Unsigned, false),
        3 => runs(bytes, Item::Signed, false),
        4 => flags(bytes),
        5 => runs(bytes, Item::Text, false),
        // Raw values: as long as they are.
        _ => Ok(0),
    }
}

fn runs(bytes: &[u8], item: Item, values_count: bool) -> Result<u64, GateRefusal> {
    let mut bytes = Bytes(bytes);
    let (mut items, mut values): (u64, u64) = (0, 0);
    while !bytes.0.is_empty() {
        let run = bytes.signed()?;
        let length = run.unsigned_abs();
        let (count, read) = match run {
            0 => (bytes.unsigned()?, 0),
            1.. => (length, 1),
            _ => (length, length),
        };
        items = items.saturating_add(count);
        if items > MAX_ITEMS {
            return Err(GateRefusal::TooManyOperations);
        }
        for _ in 0..read {
            let value = match item {
                Item::Unsigned => bytes.unsigned()?,
                Item::Signed => bytes.signed().map(i64::unsigned_abs)?,
                Item::Text => {
                    // A long text in a run would be written out once for each operation.
                    let len = bytes.unsigned()?;
                    if len > MAX_KEY {
                        return Err(GateRefusal::BadValue);
                    }
                    bytes.take(len)?;
                    0
                }
            };
            let times = if run > 0 { length } else { 1 };
            values = values.saturating_add(value.saturating_mul(times));
        }
        if values_count && values > MAX_ITEMS {
            return Err(GateRefusal::TooManyOperations);
        }
    }
    Ok(items)
}

fn flags(bytes: &[u8]) -> Result<u64, GateRefusal> {
    let mut bytes = Bytes(bytes);
    let mut items: u64 = 0;
    while !bytes.0.is_empty() {
        items = items.saturating_add(bytes.unsigned()?);
        if items > MAX_ITEMS {
            return Err(GateRefusal::TooManyOperations);
        }
    }
    Ok(items)
}
