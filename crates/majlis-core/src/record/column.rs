//! The answers of a batch to one question, together: numbers as their distances from the smallest in
//! as few bits as the largest takes, texts one after the other. Like stands beside like, which is what compression lives on.

use std::collections::BTreeMap;

use crate::blob::{Blob, Photo};
use crate::codec::DecodeError;
use crate::consultation::Answer;
use crate::id::{BlobId, StatementId};
use crate::record::batch::{FIRST, FOURTH, SECOND, THIRD};
use crate::record::bytes::{Reader, put, put_bits, put_len, put_texts, unzigzag, zigzag};

mod parts;
mod rows;

use parts::{part_count, parts, whole_of};
use rows::{put_rows, rows, rows_of};

/// The most zeros at the end of a number that are left out: numbers are millionths.
const MAX_ZEROS: u32 = 6;

/// What kind of answers a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Text,
    Number,
    Choices,
    Scale,
    Date,
    Photo,
    Sound,
    Ranking,
    Points,
    Votes,
    Time,
    DateTime,
    Place,
    Acknowledged,
    Rows,
    Sealed,
}

impl Kind {
    const ALL: [Self; 16] = [
        Self::Text,
        Self::Number,
        Self::Choices,
        Self::Scale,
        Self::Date,
        Self::Photo,
        Self::Sound,
        Self::Ranking,
        Self::Points,
        Self::Votes,
        Self::Time,
        Self::DateTime,
        Self::Place,
        Self::Acknowledged,
        Self::Rows,
        Self::Sealed,
    ];

    pub(super) const fn of(answer: &Answer) -> Self {
        match answer {
            Answer::Text(_) => Self::Text,
            Answer::Number(_) => Self::Number,
            Answer::Choices(_) => Self::Choices,
            Answer::Scale(_) => Self::Scale,
            Answer::Date(_) => Self::Date,
            Answer::Photo(_) => Self::Photo,
            Answer::Sound(_) => Self::Sound,
            Answer::Ranking(_) => Self::Ranking,
            Answer::Points(_) => Self::Points,
            Answer::Votes(_) => Self::Votes,
            Answer::Time(_) => Self::Time,
            Answer::DateTime(_) => Self::DateTime,
            Answer::Place(_) => Self::Place,
            Answer::Acknowledged => Self::Acknowledged,
            Answer::Rows(_) => Self::Rows,
            Answer::Sealed(_) => Self::Sealed,
        }
    }

    /// The lowest version of a batch that knows it.
    pub(super) const fn version(self) -> u8 {
        match self {
            Self::Text
            | Self::Number
            | Self::Choices
            | Self::Scale
            | Self::Date
            | Self::Photo
            | Self::Sound => FIRST,
            Self::Ranking | Self::Points | Self::Votes => SECOND,
            Self::Time | Self::DateTime | Self::Place | Self::Acknowledged | Self::Rows => THIRD,
            Self::Sealed => FOURTH,
        }
    }

    pub(super) const fn to_byte(self) -> u8 {
        self as u8
    }

    /// The kind of a byte, of those that a batch of this version may hold.
    pub(super) fn from_byte(byte: u8, version: u8) -> Result<Self, DecodeError> {
        let kind = Self::ALL.get(usize::from(byte)).copied();
        let kind = kind.filter(|kind| kind.version() <= version);
        kind.ok_or(DecodeError::Malformed)
    }
}

/// The lowest version of a batch that can say an answer, with what stands in its rows.
pub(super) fn lowest(answer: &Answer) -> u8 {
    let own = Kind::of(answer).version();
    let inside = rows_of(answer).iter().flatten();
    inside.fold(own, |least, (_, answer)| least.max(lowest(answer)))
}

/// Writes a column; every answer is of its kind.
pub(super) fn put_column(out: &mut Vec<u8>, kind: Kind, answers: &[&Answer]) {
    match kind {
        Kind::Text => put_texts(out, answers.iter().map(|answer| text(answer))),
        Kind::Number => {
            let values: Vec<i64> = answers.iter().map(|answer| whole(answer)).collect();
            let zeros = zeros(&values);
            put(out, zeros.into());
            let unit = unit(zeros);
            let values = values.iter().filter_map(|value| value.checked_div(unit));
            put_numbers(out, &values.collect::<Vec<i64>>());
        }
        Kind::Choices => {
            let lists: Vec<&[u16]> = answers.iter().map(|answer| chosen(answer)).collect();
            let single = lists.iter().all(|list| list.len() == 1);
            out.push(u8::from(!single));
            if single {
                let options = lists.into_iter().flatten();
                put_numbers(out, &options.map(|id| i64::from(*id)).collect::<Vec<i64>>());
            } else {
                put_lists(out, &lists);
            }
        }
        Kind::Ranking => {
            let lists: Vec<&[u16]> = answers.iter().map(|answer| chosen(answer)).collect();
            put_lists(out, &lists);
        }
        Kind::Points => {
            answers
                .iter()
                .for_each(|answer| put_len(out, given(answer).len()));
            for (option, points) in answers.iter().flat_map(|answer| given(answer)) {
                put(out, (*option).into());
                put(out, (*points).into());
            }
        }
        Kind::Votes => put_votes(out, answers),
        Kind::Scale | Kind::Date | Kind::Time => {
            let values: Vec<i64> = answers.iter().map(|answer| whole(answer)).collect();
            put_numbers(out, &values);
        }
        Kind::DateTime | Kind::Place => {
            let parts: Vec<[i64; 4]> = answers.iter().map(|answer| parts(answer)).collect();
            for part in 0..part_count(kind) {
                let part = |parts: &[i64; 4]| parts.get(part).copied().unwrap_or(0);
                put_numbers(out, &parts.iter().map(part).collect::<Vec<i64>>());
            }
        }
        Kind::Acknowledged => {}
        Kind::Rows => put_rows(out, answers),
        Kind::Sealed => {
            answers
                .iter()
                .for_each(|answer| put_len(out, sealed(answer).len()));
            let bytes = answers.iter().flat_map(|answer| sealed(answer));
            out.extend(bytes);
        }
        Kind::Photo | Kind::Sound => {
            let blobs = answers.iter().flat_map(|answer| answer.blobs());
            blobs.for_each(|(_, blob)| put_blob(out, blob));
        }
    }
}

/// Reads a column of `count` answers of a batch of some version, so many repeats inside each other.
pub(super) fn column(
    from: &mut Reader<'_>,
    kind: Kind,
    count: usize,
    (version, depth): (u8, usize),
) -> Result<Vec<Answer>, DecodeError> {
    Ok(match kind {
        Kind::Text => from.texts(count)?.into_iter().map(Answer::Text).collect(),
        Kind::Number => {
            let zeros = u32::try_from(from.number()?).map_err(|_| DecodeError::Malformed)?;
            if zeros > MAX_ZEROS {
                return Err(DecodeError::Malformed);
            }
            let unit = unit(zeros);
            let values = numbers(from, count)?.into_iter().map(|value| {
                let value = value.checked_mul(unit);
                value.map(Answer::Number).ok_or(DecodeError::Malformed)
            });
            values.collect::<Result<_, _>>()?
        }
        Kind::Choices => match from.byte()? {
            0 => narrow(&numbers(from, count)?, |id| Answer::Choices(vec![id]))?,
            1 => lists(from, count, Answer::Choices)?,
            _ => return Err(DecodeError::Malformed),
        },
        Kind::Scale => narrow(&numbers(from, count)?, Answer::Scale)?,
        Kind::Date => narrow(&numbers(from, count)?, Answer::Date)?,
        Kind::Photo => from.each(count, |from| {
            let (preview, full) = (blob(from)?, blob(from)?);
            Ok(Answer::Photo(Photo { full, preview }))
        })?,
        Kind::Sound => from.each(count, |from| blob(from).map(Answer::Sound))?,
        Kind::Ranking => lists(from, count, Answer::Ranking)?,
        Kind::Points => {
            let lens = from.each(count, Reader::len)?;
            let each = lens.into_iter().map(|len| {
                let points = from.each(len, |from| Ok((small(from)?, small(from)?)));
                points.map(Answer::Points)
            });
            each.collect::<Result<_, _>>()?
        }
        Kind::Votes => votes(from, count)?,
        Kind::Time => narrow(&numbers(from, count)?, Answer::Time)?,
        Kind::DateTime | Kind::Place => {
            let mut columns = Vec::new();
            for _ in 0..part_count(kind) {
                columns.push(numbers(from, count)?);
            }
            let each = (0..count).map(|at| {
                let part = |column: usize| {
                    let column = columns.get(column)?;
                    column.get(at).copied()
                };
                whole_of(kind, part).ok_or(DecodeError::Malformed)
            });
            each.collect::<Result<_, _>>()?
        }
        Kind::Acknowledged => vec![Answer::Acknowledged; count],
        Kind::Rows => rows(from, count, (version, depth))?,
        Kind::Sealed => {
            let lens = from.each(count, Reader::len)?;
            let each = lens
                .into_iter()
                .map(|len| Ok(Answer::Sealed(from.take(len)?.to_vec())));
            each.collect::<Result<_, _>>()?
        }
    })
}

fn small<T: TryFrom<u64>>(from: &mut Reader<'_>) -> Result<T, DecodeError> {
    T::try_from(from.number()?).map_err(|_| DecodeError::Malformed)
}

/// The statements once, in order of first use; then for each answer how many it votes on, and for
/// each vote three times the statement's place, and one more for a pass or two for disagreeing.
fn put_votes(out: &mut Vec<u8>, answers: &[&Answer]) {
    let mut places: BTreeMap<StatementId, u64> = BTreeMap::new();
    let mut order = Vec::new();
    for (statement, _) in answers.iter().flat_map(|answer| voted(answer)) {
        let next = u64::try_from(places.len()).unwrap_or(u64::MAX);
        places.entry(*statement).or_insert_with(|| {
            order.push(*statement);
            next
        });
    }
    put_len(out, order.len());
    order
        .iter()
        .for_each(|statement| out.extend_from_slice(statement.as_bytes()));
    answers
        .iter()
        .for_each(|answer| put_len(out, voted(answer).len()));
    for (statement, vote) in answers.iter().flat_map(|answer| voted(answer)) {
        let place = places.get(statement).copied().unwrap_or(u64::MAX);
        let sign = match vote {
            1 => 0,
            0 => 1,
            _ => 2,
        };
        put(out, place.saturating_mul(3).saturating_add(sign));
    }
}

fn votes(from: &mut Reader<'_>, count: usize) -> Result<Vec<Answer>, DecodeError> {
    let statements = from.len()?;
    let statements = from.each(statements, |from| from.array().map(StatementId::from_bytes))?;
    let lens = from.each(count, Reader::len)?;
    let each = lens.into_iter().map(|len| {
        let votes = from.each(len, |from| {
            let number = from.number()?;
            let place = usize::try_from(number / 3).map_err(|_| DecodeError::Malformed)?;
            let statement = statements.get(place).ok_or(DecodeError::Malformed)?;
            let vote = match number % 3 {
                0 => 1,
                1 => 0,
                _ => -1,
            };
            Ok((*statement, vote))
        });
        votes.map(Answer::Votes)
    });
    each.collect()
}

/// The lengths of all lists, then all that is in them.
fn put_lists(out: &mut Vec<u8>, lists: &[&[u16]]) {
    lists.iter().for_each(|list| put_len(out, list.len()));
    let all = lists.iter().copied().flatten();
    all.for_each(|id| put(out, u64::from(*id)));
}

fn lists(
    from: &mut Reader<'_>,
    count: usize,
    answer: fn(Vec<u16>) -> Answer,
) -> Result<Vec<Answer>, DecodeError> {
    let lens = from.each(count, Reader::len)?;
    let lists = lens.into_iter().map(|len| {
        let list = from.each(len, |from| {
            u16::try_from(from.number()?).map_err(|_| DecodeError::Malformed)
        });
        list.map(answer)
    });
    lists.collect()
}

fn put_blob(out: &mut Vec<u8>, blob: Blob) {
    out.extend_from_slice(blob.id.as_bytes());
    put(out, blob.size.into());
}

fn blob(from: &mut Reader<'_>) -> Result<Blob, DecodeError> {
    Ok(Blob {
        id: BlobId::from_bytes(from.array()?),
        size: u32::try_from(from.number()?).map_err(|_| DecodeError::Malformed)?,
    })
}

fn narrow<T: TryFrom<i64>>(
    values: &[i64],
    answer: impl Fn(T) -> Answer,
) -> Result<Vec<Answer>, DecodeError> {
    let values = values.iter().map(|value| {
        let value = T::try_from(*value).map_err(|_| DecodeError::Malformed)?;
        Ok(answer(value))
    });
    values.collect()
}

fn text(answer: &Answer) -> &str {
    match answer {
        Answer::Text(text) => text,
        Answer::Number(_)
        | Answer::Choices(_)
        | Answer::Scale(_)
        | Answer::Date(_)
        | Answer::Photo(_)
        | Answer::Sound(_)
        | Answer::Ranking(_)
        | Answer::Points(_)
        | Answer::Votes(_)
        | Answer::Time(_)
        | Answer::DateTime(_)
        | Answer::Place(_)
        | Answer::Acknowledged
        | Answer::Rows(_)
        | Answer::Sealed(_) => "",
    }
}

fn sealed(answer: &Answer) -> &[u8] {
    if let Answer::Sealed(bytes) = answer {
        bytes
    } else {
        &[]
    }
}

fn given(answer: &Answer) -> &[(u16, u32)] {
    if let Answer::Points(points) = answer {
        points
    } else {
        &[]
    }
}

fn voted(answer: &Answer) -> &[(StatementId, i8)] {
    if let Answer::Votes(votes) = answer {
        votes
    } else {
        &[]
    }
}

fn chosen(answer: &Answer) -> &[u16] {
    match answer {
        Answer::Choices(chosen) | Answer::Ranking(chosen) => chosen,
        Answer::Text(_)
        | Answer::Number(_)
        | Answer::Scale(_)
        | Answer::Date(_)
        | Answer::Photo(_)
        | Answer::Sound(_)
        | Answer::Points(_)
        | Answer::Votes(_)
        | Answer::Time(_)
        | Answer::DateTime(_)
        | Answer::Place(_)
        | Answer::Acknowledged
        | Answer::Rows(_)
        | Answer::Sealed(_) => &[],
    }
}

fn whole(answer: &Answer) -> i64 {
    match answer {
        Answer::Number(value) => *value,
        Answer::Scale(step) => i64::from(*step),
        Answer::Date(days) => i64::from(*days),
        Answer::Time(millis) => i64::from(*millis),
        Answer::Text(_)
        | Answer::Choices(_)
        | Answer::Photo(_)
        | Answer::Sound(_)
        | Answer::Ranking(_)
        | Answer::Points(_)
        | Answer::Votes(_)
        | Answer::DateTime(_)
        | Answer::Place(_)
        | Answer::Acknowledged
        | Answer::Rows(_)
        | Answer::Sealed(_) => 0,
    }
}

/// The zeros that every value ends in.
fn zeros(values: &[i64]) -> u32 {
    let ends_in = |zeros: &u32| {
        let mut values = values.iter();
        values.all(|value| value.checked_rem(unit(*zeros)) == Some(0))
    };
    (0..=MAX_ZEROS).rev().find(ends_in).unwrap_or(0)
}

const fn unit(zeros: u32) -> i64 {
    10_i64.saturating_pow(zeros)
}

/// The smallest number, how many bits the distances from it take, and those bits; nothing for no
/// numbers. Ten households of two to nine people are two bytes and thirty bits.
fn put_numbers(out: &mut Vec<u8>, numbers: &[i64]) {
    let Some(least) = numbers.iter().min() else {
        return;
    };
    let distance = |number: &i64| number.wrapping_sub(*least).cast_unsigned();
    let most = numbers.iter().map(distance).max().unwrap_or(0);
    let width = u64::BITS.saturating_sub(most.leading_zeros());
    put(out, zigzag(*least));
    put(out, width.into());
    put_bits(out, width, numbers.iter().map(distance));
}

fn numbers(from: &mut Reader<'_>, count: usize) -> Result<Vec<i64>, DecodeError> {
    if count == 0 {
        return Ok(Vec::new());
    }
    let least = unzigzag(from.number()?);
    let width = u32::try_from(from.number()?).map_err(|_| DecodeError::Malformed)?;
    let distances = from.bits(width, count)?.into_iter();
    Ok(distances
        .map(|distance| least.wrapping_add(distance.cast_signed()))
        .collect())
}
