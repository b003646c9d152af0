//! Writing to a pool: in a turn, numbered without gaps, nothing twice.

use std::collections::BTreeSet;

use majlis_node::pool::{Batch, Blob, Pooled, Turn, Written};
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error, Row, Transaction};

use crate::pool::postgres::{blob, id, number};

/// Why a write was not done.
pub(super) enum NotWritten {
    TurnOver,
    Failed(Error),
}

impl From<Error> for NotWritten {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

/// Writes a batch in one transaction, in a turn of `process`.
pub(super) async fn write(
    client: &mut Client,
    process: &[u8; 16],
    turn: Turn,
    batch: &Batch,
) -> Result<Written, NotWritten> {
    let transaction = client.transaction().await?;
    let (space, device) = (
        turn.space.as_bytes().as_slice(),
        turn.device.as_bytes().as_slice(),
    );
    let sql = "SELECT process, turn FROM seats WHERE space = $1 AND device = $2 FOR SHARE";
    let values: &[(&(dyn ToSql + Sync), Type)] = &[(&space, Type::BYTEA), (&device, Type::BYTEA)];
    let row = query(&transaction, sql, values).await?;
    let row = row.into_iter().next();
    let holds = row.is_some_and(|row| {
        let held: Result<Vec<u8>, _> = row.try_get(0);
        let number: Result<i64, _> = row.try_get(1);
        held.is_ok_and(|it| it == process) && number.is_ok_and(|it| it == turn.number)
    });
    if !holds {
        return Err(NotWritten::TurnOver);
    }
    // From here on nobody else numbers anything in this space.
    let sql = "SELECT arrivals FROM spaces WHERE id = $1 FOR UPDATE";
    let rows = query(&transaction, sql, &[(&space, Type::BYTEA)]).await?;
    let before: i64 = match rows.first() {
        Some(row) => row.try_get(0)?,
        None => return Err(NotWritten::TurnOver),
    };
    let (entries, mended) = absent_entries(&transaction, space, batch).await?;
    let blobs = absent_blobs(&transaction, space, batch).await?;
    let new = i64::try_from(entries.len() + blobs.len()).unwrap_or(i64::MAX);
    let sql = "UPDATE spaces SET arrivals = arrivals + $2 WHERE id = $1 RETURNING arrivals";
    let rows = query(
        &transaction,
        sql,
        &[(&space, Type::BYTEA), (&new, Type::INT8)],
    )
    .await?;
    let after: i64 = match rows.first() {
        Some(row) => row.try_get(0)?,
        None => before,
    };
    let numbers: Vec<i64> = (before + 1..=after).collect();
    let (of_entries, of_blobs) = numbers.split_at(entries.len().min(numbers.len()));
    delete_entries(&transaction, space, &mended).await?;
    insert_entries(&transaction, space, &entries, of_entries).await?;
    for ((blob, content), arrival) in blobs.iter().zip(of_blobs) {
        let (name, size) = (
            blob.id.as_bytes().as_slice(),
            i32::try_from(blob.size).unwrap_or(i32::MAX),
        );
        let sql = "INSERT INTO blobs (space, name, size, arrival, bytes) \
             VALUES ($1, $2, $3, $4, $5) ON CONFLICT (space, name, size) DO UPDATE \
             SET arrival = excluded.arrival, bytes = excluded.bytes";
        let values: &[(&(dyn ToSql + Sync), Type)] = &[
            (&space, Type::BYTEA),
            (&name, Type::BYTEA),
            (&size, Type::INT4),
            (arrival, Type::INT8),
            (&content.as_slice(), Type::BYTEA),
        ];
        query(&transaction, sql, values).await?;
    }
    transaction.commit().await?;
    let last = entries.last().zip(of_entries.last());
    Ok(Written {
        before: number(before),
        after: number(after),
        last: last.map(|(entry, arrival)| (number(*arrival), entry.name)),
    })
}

/// One round trip: nothing is prepared, so a proxy that shares connections serves too.
pub(super) async fn query(
    transaction: &Transaction<'_>,
    sql: &str,
    values: &[(&(dyn ToSql + Sync), Type)],
) -> Result<Vec<Row>, Error> {
    transaction.query_typed(sql, values).await
}

/// Entries of a batch that are to be inserted, and those that are to be deleted before.
async fn absent_entries<'b>(
    transaction: &Transaction<'_>,
    space: &[u8],
    batch: &'b Batch,
) -> Result<(Vec<&'b Pooled>, Vec<&'b [u8]>), Error> {
    if batch.entries.is_empty() {
        return Ok((Vec::new(), Vec::new()));
    }
    let names: Vec<&[u8]> = batch
        .entries
        .iter()
        .map(|it| it.name.as_bytes().as_slice())
        .collect();
    let sql = "SELECT name FROM entries WHERE space = $1 AND name = ANY($2)";
    let values: &[(&(dyn ToSql + Sync), Type)] =
        &[(&space, Type::BYTEA), (&names, Type::BYTEA_ARRAY)];
    let rows = query(transaction, sql, values).await?;
    let held: Result<BTreeSet<[u8; 32]>, Error> = rows.iter().map(|row| id(row, 0)).collect();
    let held = held?;
    let (mut absent, mut mended) = (Vec::new(), Vec::new());
    for entry in &batch.entries {
        let is_held = held.contains(entry.name.as_bytes());
        if is_held && batch.mended.contains(&entry.name) {
            mended.push(entry.name.as_bytes().as_slice());
        } else if is_held {
            continue;
        }
        absent.push(entry);
    }
    Ok((absent, mended))
}

async fn absent_blobs<'b>(
    transaction: &Transaction<'_>,
    space: &[u8],
    batch: &'b Batch,
) -> Result<Vec<&'b (Blob, Vec<u8>)>, Error> {
    if batch.blobs.is_empty() {
        return Ok(Vec::new());
    }
    let names: Vec<&[u8]> = batch
        .blobs
        .iter()
        .map(|(it, _)| it.id.as_bytes().as_slice())
        .collect();
    let sql = "SELECT name, size FROM blobs WHERE space = $1 AND name = ANY($2)";
    let values: &[(&(dyn ToSql + Sync), Type)] =
        &[(&space, Type::BYTEA), (&names, Type::BYTEA_ARRAY)];
    let rows = query(transaction, sql, values).await?;
    let held: Result<BTreeSet<Blob>, Error> = rows.iter().map(blob).collect();
    let held = held?;
    let absent =
        |it: &&(Blob, Vec<u8>)| !held.contains(&it.0) || batch.mended_blobs.contains(&it.0);
    Ok(batch.blobs.iter().filter(absent).collect())
}

async fn delete_entries(
    transaction: &Transaction<'_>,
    space: &[u8],
    names: &[&[u8]],
) -> Result<(), Error> {
    if names.is_empty() {
        return Ok(());
    }
    let sql = "DELETE FROM entries WHERE space = $1 AND name = ANY($2)";
    let values: &[(&(dyn ToSql + Sync), Type)] =
        &[(&space, Type::BYTEA), (&names, Type::BYTEA_ARRAY)];
    query(transaction, sql, values).await.map(drop)
}

async fn insert_entries(
    transaction: &Transaction<'_>,
    space: &[u8],
    entries: &[&Pooled],
    arrivals: &[i64],
) -> Result<(), Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let names: Vec<&[u8]> = entries
        .iter()
        .map(|it| it.name.as_bytes().as_slice())
        .collect();
    let authors: Vec<&[u8]> = entries
        .iter()
        .map(|it| it.author.as_bytes().as_slice())
        .collect();
    let signed: Vec<&[u8]> = entries.iter().map(|it| it.signed.as_slice()).collect();
    let payloads: Vec<&[u8]> = entries.iter().map(|it| it.payload.as_slice()).collect();
    let sql = "INSERT INTO entries (space, name, arrival, author, signed, payload) \
         SELECT $1, name, arrival, author, signed, payload \
         FROM unnest($2, $3, $4, $5, $6) AS new (name, arrival, author, signed, payload)";
    let values: &[(&(dyn ToSql + Sync), Type)] = &[
        (&space, Type::BYTEA),
        (&names, Type::BYTEA_ARRAY),
        (&arrivals, Type::INT8_ARRAY),
        (&authors, Type::BYTEA_ARRAY),
        (&signed, Type::BYTEA_ARRAY),
        (&payloads, Type::BYTEA_ARRAY),
    ];
    query(transaction, sql, values).await.map(drop)
}
