//! Between the core's values and columns. What cannot be read back was not written by this code:
//! it is reported as a damaged row, never guessed.

use majlis_core::admission::{Aside, Missing, Refusal, State};
use majlis_core::chain::ArrivalCheck;
use majlis_core::effect::Cursor;
use majlis_core::entry::{Header, Kind, Signed};
use majlis_core::id::{DeviceId, EntryHash, LaneId, PayloadHash, PersonId, SpaceId};
use majlis_core::membership::Rank;
use majlis_core::sync::message::Arrived;
use majlis_core::time::Timestamp;
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension as _, Row};

/// The columns that [`signed`] reads, from `entries e`, `lanes l` and `devices d`.
pub(crate) const SIGNED: &str = "e.version, l.id, d.id, e.seq, e.prev, e.warrant, e.kind, \
     e.claimed, e.payload_hash, e.payload_len, e.signature, e.state, e.reason";

/// A column holds what this version never writes there.
pub(crate) fn damaged(column: usize) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Blob, "a damaged row".into())
}

/// A signed header and where it stands, from the columns of [`SIGNED`].
pub(crate) fn signed(space: SpaceId, row: &Row<'_>) -> rusqlite::Result<(Signed, State)> {
    let header = Header {
        version: row.get(0)?,
        space,
        lane: LaneId::from_bytes(row.get(1)?),
        device: DeviceId::from_bytes(row.get(2)?),
        seq: number(row.get(3)?),
        prev: EntryHash::from_bytes(row.get(4)?),
        warrant: EntryHash::from_bytes(row.get(5)?),
        kind: Kind::from_byte(row.get(6)?),
        claimed: Timestamp(number(row.get(7)?)),
        payload: PayloadHash::from_bytes(row.get(8)?),
        payload_len: row.get(9)?,
    };
    let state = state((row.get(11)?, row.get(12)?)).ok_or_else(|| damaged(11))?;
    Ok((Signed::new(header, row.get(10)?), state))
}

/// SQLite counts in signed numbers; the bits stay.
pub(crate) const fn number(stored: i64) -> u64 {
    stored.cast_unsigned()
}

pub(crate) const fn stored(number: u64) -> i64 {
    number.cast_signed()
}

/// Times for sorting: those beyond what a signed number holds come last.
pub(crate) fn sortable(time: Timestamp) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}

/// State and reason as two columns.
pub(crate) fn state_columns(state: State) -> (u8, u16) {
    match state {
        State::Admitted => (0, 0),
        State::Carried => (1, 0),
        State::Waiting(missing) => {
            let reason = match missing {
                Missing::Warrant => 0,
                Missing::Changes => 1,
                Missing::Payload => 2,
                Missing::Agreement => 3,
            };
            (2, reason)
        }
        State::Quarantined(aside) => {
            let reason = match aside {
                Aside::Removed => 0,
                Aside::Left => 1,
                Aside::Forked => 2,
                Aside::WarrantVoid => 3,
            };
            (3, reason)
        }
        State::Refused(refusal) => {
            let reason = match refusal {
                Refusal::NoWarrant => 0,
                Refusal::NotAllowed => 1,
                Refusal::Malformed => 2,
                Refusal::WrongLane => 3,
                Refusal::Gate(code) => 256_u16.saturating_add(code.into()),
            };
            (4, reason)
        }
        State::Unknown => (5, 0),
    }
}

/// Reads what [`state_columns`] gave.
pub(crate) fn state((state, reason): (u8, u16)) -> Option<State> {
    Some(match (state, reason) {
        (0, 0) => State::Admitted,
        (1, 0) => State::Carried,
        (2, 0) => State::Waiting(Missing::Warrant),
        (2, 1) => State::Waiting(Missing::Changes),
        (2, 2) => State::Waiting(Missing::Payload),
        (2, 3) => State::Waiting(Missing::Agreement),
        (3, 0) => State::Quarantined(Aside::Removed),
        (3, 1) => State::Quarantined(Aside::Left),
        (3, 2) => State::Quarantined(Aside::Forked),
        (3, 3) => State::Quarantined(Aside::WarrantVoid),
        (4, 0) => State::Refused(Refusal::NoWarrant),
        (4, 1) => State::Refused(Refusal::NotAllowed),
        (4, 2) => State::Refused(Refusal::Malformed),
        (4, 3) => State::Refused(Refusal::WrongLane),
        (4, 256..=511) => State::Refused(Refusal::Gate(u8::try_from(reason & 255).ok()?)),
        (5, 0) => State::Unknown,
        _ => return None,
    })
}

pub(crate) const fn rank_column(rank: Rank) -> u8 {
    match rank {
        Rank::Observer => 0,
        Rank::Member => 1,
        Rank::Facilitator => 2,
        Rank::Steward => 3,
    }
}

pub(crate) fn rank(column: u8) -> Option<Rank> {
    Rank::ALL.get(usize::from(column)).copied()
}

pub(crate) fn person(row: &Row<'_>, column: usize) -> rusqlite::Result<PersonId> {
    row.get(column).map(PersonId::from_bytes)
}

/// A payload as it is stored: packed when that is shorter.
pub(crate) fn pack(payload: &[u8]) -> (bool, Vec<u8>) {
    match zstd::bulk::compress(payload, 3) {
        Ok(packed) if packed.len() < payload.len() => (true, packed),
        _ => (false, payload.to_vec()),
    }
}

/// The payload of an entry by its local number.
pub(crate) fn payload(connection: &Connection, entry: i64) -> rusqlite::Result<Option<Vec<u8>>> {
    let mut find = connection.prepare_cached(
        "SELECT p.packed, p.body, e.payload_len FROM payloads p JOIN entries e ON e.no = p.entry \
         WHERE p.entry = ?1",
    )?;
    let found: Option<(bool, Vec<u8>, u32)> = find
        .query_row([entry], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    Ok(match found {
        Some((true, body, length)) => {
            let length = usize::try_from(length).unwrap_or(usize::MAX);
            Some(zstd::bulk::decompress(&body, length).map_err(|_| damaged(1))?)
        }
        Some((false, body, _)) => Some(body),
        None => None,
    })
}

/// How far a peer's arrivals are known to be here, from three columns.
pub(crate) fn cursor(row: &Row<'_>, first: usize) -> rusqlite::Result<Option<Cursor>> {
    let upto: Option<i64> = row.get(first)?;
    let check: Option<[u8; 8]> = row.get(first.saturating_add(1))?;
    let held: Option<i64> = row.get(first.saturating_add(2))?;
    Ok(match (upto, check, held) {
        (Some(count), Some(check), Some(held)) => Some(Cursor {
            upto: Arrived {
                count: number(count),
                check: ArrivalCheck(check),
            },
            held: number(held),
        }),
        _ => None,
    })
}
