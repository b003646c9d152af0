//! Numbers, lists and texts as bytes, and back. Reading never takes more memory than a small
//! multiple of the bytes that are there.

use crate::codec::DecodeError;

type Read<T> = Result<T, DecodeError>;

/// Writes a number in groups of seven bits, lowest first.
pub(super) fn put(out: &mut Vec<u8>, mut number: u64) {
    while let high @ 1.. = number >> 7 {
        out.push(0x80 | low(number));
        number = high;
    }
    out.push(low(number));
}

/// Writes a length or an index.
pub(super) fn put_len(out: &mut Vec<u8>, number: usize) {
    put(out, u64::try_from(number).unwrap_or(u64::MAX));
}

fn low(number: u64) -> u8 {
    u8::try_from(number & 0x7f).unwrap_or(0)
}

/// Small for numbers near zero on either side.
pub(super) const fn zigzag(number: i64) -> u64 {
    ((number << 1) ^ (number >> 63)).cast_unsigned()
}

/// Back from [`zigzag`].
pub(super) const fn unzigzag(number: u64) -> i64 {
    (number >> 1).cast_signed() ^ (number & 1).cast_signed().wrapping_neg()
}

/// What is left to read.
pub(super) struct Reader<'b>(pub(super) &'b [u8]);

impl<'b> Reader<'b> {
    pub(super) fn take(&mut self, bytes: usize) -> Read<&'b [u8]> {
        let (head, rest) = self
            .0
            .split_at_checked(bytes)
            .ok_or(DecodeError::Malformed)?;
        self.0 = rest;
        Ok(head)
    }

    pub(super) fn array<const N: usize>(&mut self) -> Read<[u8; N]> {
        let (head, rest) = self.0.split_first_chunk().ok_or(DecodeError::Malformed)?;
        self.0 = rest;
        Ok(*head)
    }

    pub(super) fn byte(&mut self) -> Read<u8> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn number(&mut self) -> Read<u64> {
        let mut number = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(DecodeError::Malformed)
    }

    /// A length of things that take at least a byte each; more than there are bytes is refused.
    pub(super) fn len(&mut self) -> Read<usize> {
        let len = usize::try_from(self.number()?).map_err(|_| DecodeError::Malformed)?;
        if len > self.0.len() {
            return Err(DecodeError::Malformed);
        }
        Ok(len)
    }

    /// An index into a table of `rows`.
    pub(super) fn index(&mut self, rows: usize) -> Read<usize> {
        let at = usize::try_from(self.number()?).map_err(|_| DecodeError::Malformed)?;
        if at < rows {
            Ok(at)
        } else {
            Err(DecodeError::Malformed)
        }
    }

    /// So many things of the same kind.
    pub(super) fn each<T>(
        &mut self,
        count: usize,
        mut one: impl FnMut(&mut Self) -> Read<T>,
    ) -> Read<Vec<T>> {
        (0..count).map(|_| one(self)).collect()
    }

    /// So many numbers of `width` bits each.
    pub(super) fn bits(&mut self, width: u32, count: usize) -> Read<Vec<u64>> {
        if width > u64::BITS {
            return Err(DecodeError::Malformed);
        }
        let (mut held, mut have) = (0_u128, 0_u32);
        self.each(count, |from| {
            while have < width {
                held |= u128::from(from.byte()?) << have;
                have = have.saturating_add(8);
            }
            let number = held & ((1_u128 << width) - 1);
            held >>= width;
            have = have.saturating_sub(width);
            u64::try_from(number).map_err(|_| DecodeError::Malformed)
        })
    }

    /// So many texts: their lengths, then all their letters.
    pub(super) fn texts(&mut self, count: usize) -> Read<Vec<String>> {
        let lens = self.each(count, Self::len)?;
        let each = lens.into_iter().map(|len| {
            let text = core::str::from_utf8(self.take(len)?);
            text.map(str::to_owned).map_err(|_| DecodeError::Malformed)
        });
        each.collect()
    }
}

/// Writes what [`Reader::bits`] reads: no number takes more than `width` bits. The last byte is
/// filled up with zeros.
pub(super) fn put_bits(out: &mut Vec<u8>, width: u32, numbers: impl Iterator<Item = u64>) {
    let (mut held, mut have) = (0_u128, 0_u32);
    for number in numbers {
        held |= u128::from(number) << have;
        have = have.saturating_add(width);
        while have >= 8 {
            out.push(u8::try_from(held & 0xff).unwrap_or(0));
            held >>= 8;
            have = have.saturating_sub(8);
        }
    }
    if have > 0 {
        out.push(u8::try_from(held & 0xff).unwrap_or(0));
    }
}

/// Writes what [`Reader::texts`] reads.
pub(super) fn put_texts<'t>(out: &mut Vec<u8>, texts: impl Iterator<Item = &'t str> + Clone) {
    texts.clone().for_each(|text| put_len(out, text.len()));
    texts.for_each(|text| out.extend_from_slice(text.as_bytes()));
}
