//! A pool in PostgreSQL, or in a database that speaks as it does: plain SQL, no sequences, no
//! advisory locks, no extensions. Not here: what the entries in it say.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use majlis_node::clock;
use majlis_node::pool::{
    Batch, Blob, BlobId, DeviceId, EntryHash, MAX_BLOB, MAX_PAYLOAD, Page, Pool, PoolError, Pooled,
    Seat, SpaceId, Turn, Written,
};
use prometheus_client::metrics::histogram::Histogram;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, broadcast};
use tokio_postgres::config::Host;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Config, Error, NoTls, Row};
use zeroize::Zeroizing;

use crate::pool::schema::{bring_up, is_rivalry};
use crate::pool::told::Hints;
use crate::pool::writing::{NotWritten, query, write};

/// So long one call may take, connecting included.
const PATIENCE: Duration = Duration::from_secs(8);
/// The server gives up a statement, and a transaction whose process fell asleep, before that: its
/// locks keep others waiting.
const ON_THE_SERVER: &str = "SET statement_timeout = 5000; \
     SET idle_in_transaction_session_timeout = 5000";
/// Connections of one process; spaces share them.
const CONNECTIONS: usize = 4;
/// The most entries of a page.
const PAGE: i64 = 128;
/// Bytes of a row that are read at most: one more than there may be, so that a larger one is refused.
const SIGNED: usize = 1_024;
const MOST: usize = MAX_PAYLOAD + 1;
/// A commit that others got in the way of is tried so often.
const TRIES: usize = 8;

/// A pool in a database.
#[derive(Debug)]
pub(crate) struct Postgres {
    runtime: Handle,
    settings: Config,
    name: [u8; 16],
    /// This process, among those that may hold the same keys.
    process: [u8; 16],
    turns: AtomicI64,
    clients: [Mutex<Option<Client>>; CONNECTIONS],
    hints: Hints,
    commits: Histogram,
}

/// Reads how to reach the database.
///
/// # Errors
/// When it is another machine, to which nothing here encrypts, and that was not allowed.
pub(crate) fn settings(address: &str, unencrypted: bool) -> anyhow::Result<Config> {
    let mut settings: Config = address
        .parse()
        .context("reading `postgres` under [storage]")?;
    let far = |host: &Host| match host {
        Host::Tcp(name) => !matches!(name.as_str(), "localhost" | "127.0.0.1" | "::1"),
        Host::Unix(_) => false,
    };
    if !unencrypted && settings.get_hosts().iter().any(far) {
        bail!(
            "reaching a database on another machine, to which nothing encrypts: use a tunnel, or set `unencrypted = true` under [storage] where the network is your own"
        );
    }
    if settings.get_application_name().is_none() {
        settings.application_name("majlis-gateway");
    }
    if settings.get_connect_timeout().is_none() {
        settings.connect_timeout(PATIENCE / 2);
    }
    Ok(settings)
}

impl Postgres {
    /// Connects, and brings the database to this version's schema.
    ///
    /// # Errors
    /// [`PoolError::Unreachable`] when nobody answers, and what bringing it up says.
    pub(crate) async fn open(settings: Config, commits: Histogram) -> anyhow::Result<Self> {
        let mut client = connect(&settings).await.map_err(unreachable)?;
        let name = bring_up(&mut client, clock::fresh()).await?;
        Ok(Self {
            runtime: Handle::current(),
            name,
            process: clock::fresh(),
            turns: AtomicI64::new(0),
            clients: [const { Mutex::const_new(None) }; CONNECTIONS],
            hints: Hints::start(settings.clone()),
            settings,
            commits,
        })
    }

    /// Does something over the connection of a space, connecting first where there is none. After
    /// any failure the connection is given up: what was begun on it is undone.
    fn over<T>(
        &self,
        space: Option<SpaceId>,
        work: impl AsyncFnOnce(&mut Client) -> Result<T, Error>,
    ) -> Result<T, PoolError> {
        let first = space.map_or(0, |space| usize::from(space.as_bytes()[0]));
        let Some(slot) = self.clients.get(first % CONNECTIONS) else {
            return Err(PoolError::Unreachable("no connection".into()));
        };
        let done = async {
            let mut slot = slot.lock().await;
            let mut client = match slot.take().filter(|client| !client.is_closed()) {
                Some(client) => client,
                None => connect(&self.settings).await?,
            };
            let done = work(&mut client).await?;
            *slot = Some(client);
            Ok(done)
        };
        let waited = self
            .runtime
            .block_on(async { tokio::time::timeout(PATIENCE, done).await });
        match waited {
            Ok(done) => done.map_err(unreachable),
            Err(late) => Err(PoolError::Unreachable(late.into())),
        }
    }
}

impl Pool for Postgres {
    fn name(&self) -> [u8; 16] {
        self.name
    }

    fn seats(&self, device: DeviceId) -> Result<Vec<Seat>, PoolError> {
        let sql = "SELECT space, forgotten, ticket, gone FROM seats WHERE device = $1";
        let rows = self.over(None, async |client: &mut Client| {
            let device = device.as_bytes().as_slice();
            client.query_typed(sql, &[(&device, Type::BYTEA)]).await
        })?;
        rows.iter()
            .map(|row| seat(row, device).map_err(unreachable))
            .collect()
    }

    fn begin(&self, seat: &Seat) -> Result<Turn, PoolError> {
        let turn = self.turns.fetch_add(1, Ordering::Relaxed) + 1;
        let forgotten = i32::try_from(seat.forgotten).unwrap_or(i32::MAX);
        let (space, device) = (bytes(&seat.space), seat.device.as_bytes().as_slice());
        let ticket = seat.ticket.as_ref().map(|ticket| ticket.as_str());
        self.over(Some(seat.space), async |client: &mut Client| {
            let transaction = client.transaction().await?;
            let sql = "INSERT INTO spaces (id, arrivals) VALUES ($1, 0) ON CONFLICT DO NOTHING";
            query(&transaction, sql, &[(&space, Type::BYTEA)]).await?;
            // A turn that this process asked for before and gave up waiting for comes to nothing.
            let sql = "INSERT INTO seats \
                 (space, device, forgotten, ticket, gone, process, turn) \
                 VALUES ($1, $2, $3, $4, false, $5, $6) \
                 ON CONFLICT (space, device) DO UPDATE SET forgotten = excluded.forgotten, \
                 ticket = coalesce(excluded.ticket, seats.ticket), gone = false, \
                 process = excluded.process, turn = excluded.turn \
                 WHERE seats.process <> excluded.process OR seats.turn < excluded.turn";
            let values: &[(&(dyn ToSql + Sync), Type)] = &[
                (&space, Type::BYTEA),
                (&device, Type::BYTEA),
                (&forgotten, Type::INT4),
                (&ticket, Type::TEXT),
                (&self.process.as_slice(), Type::BYTEA),
                (&turn, Type::INT8),
            ];
            query(&transaction, sql, values).await?;
            transaction.commit().await
        })?;
        Ok(Turn {
            space: seat.space,
            device: seat.device,
            number: turn,
        })
    }

    fn leave(&self, space: SpaceId, device: DeviceId) -> Result<(), PoolError> {
        let (at, device) = (bytes(&space), device.as_bytes().as_slice());
        let sql = "UPDATE seats SET gone = true, ticket = NULL WHERE space = $1 AND device = $2";
        self.over(Some(space), async |client: &mut Client| {
            let values: &[(&(dyn ToSql + Sync), Type)] =
                &[(&at, Type::BYTEA), (&device, Type::BYTEA)];
            client.query_typed(sql, values).await.map(drop)
        })
    }

    fn write(&self, turn: Turn, batch: &Batch) -> Result<Written, PoolError> {
        let began = Instant::now();
        let written = self.over(Some(turn.space), async |client: &mut Client| {
            let mut tried = 0;
            loop {
                tried += 1;
                match write(client, &self.process, turn, batch).await {
                    Ok(written) => return Ok(Ok(written)),
                    Err(NotWritten::TurnOver) => return Ok(Err(PoolError::TurnOver)),
                    Err(NotWritten::Failed(error)) if tried < TRIES && is_rivalry(&error) => {}
                    Err(NotWritten::Failed(error)) => return Err(error),
                }
            }
        })??;
        self.commits.observe(began.elapsed().as_secs_f64());
        if written.after > written.before {
            self.hints.tell(turn.space);
        }
        Ok(written)
    }

    fn read(
        &self,
        space: SpaceId,
        after: u64,
        author: Option<DeviceId>,
    ) -> Result<Page, PoolError> {
        let at = bytes(&space);
        let from = i64::try_from(after).unwrap_or(i64::MAX);
        let (end, rows) = self.over(Some(space), async |client: &mut Client| {
            // Read first: whatever came up to this number is in the second answer.
            let sql = "SELECT arrivals FROM spaces WHERE id = $1";
            let found = client.query_typed(sql, &[(&at, Type::BYTEA)]).await?;
            let end: i64 = match found.first() {
                Some(row) => row.try_get(0)?,
                None => 0,
            };
            let author = author.as_ref().map(|author| author.as_bytes().as_slice());
            let by = if author.is_some() {
                "AND author = $4"
            } else {
                ""
            };
            let sql = format!(
                "SELECT arrival, name, author, substr(signed, 1, {SIGNED}), \
                 substr(payload, 1, {MOST}) FROM entries \
                 WHERE space = $1 AND arrival > $2 {by} ORDER BY arrival LIMIT $3"
            );
            let mut values: Vec<(&(dyn ToSql + Sync), Type)> =
                vec![(&at, Type::BYTEA), (&from, Type::INT8), (&PAGE, Type::INT8)];
            if author.is_some() {
                values.push((&author, Type::BYTEA));
            }
            Ok((end, client.query_typed(&sql, &values).await?))
        })?;
        let entries: Result<Vec<Pooled>, Error> = rows.iter().map(pooled).collect();
        let entries = entries.map_err(unreachable)?;
        let is_full = i64::try_from(entries.len()).is_ok_and(|len| len >= PAGE);
        let last = entries.last().map_or(after, |entry| entry.arrival);
        let end = entries
            .last()
            .map_or(0, |entry| entry.arrival)
            .max(number(end));
        Ok(Page {
            upto: if is_full { last } else { end.max(after) },
            end,
            entries,
        })
    }

    fn entry_at(&self, space: SpaceId, arrival: u64) -> Result<Option<EntryHash>, PoolError> {
        let at = bytes(&space);
        let arrival = i64::try_from(arrival).unwrap_or(i64::MAX);
        let sql = "SELECT name FROM entries WHERE space = $1 AND arrival = $2";
        let rows = self.over(Some(space), async |client: &mut Client| {
            let values: &[(&(dyn ToSql + Sync), Type)] =
                &[(&at, Type::BYTEA), (&arrival, Type::INT8)];
            client.query_typed(sql, values).await
        })?;
        let name = rows.first().map(|row| id(row, 0)).transpose();
        Ok(name.map_err(unreachable)?.map(EntryHash::from_bytes))
    }

    fn blobs(&self, space: SpaceId, wanted: &[Blob]) -> Result<Vec<(Blob, Vec<u8>)>, PoolError> {
        let at = bytes(&space);
        let names: Vec<&[u8]> = wanted
            .iter()
            .map(|blob| blob.id.as_bytes().as_slice())
            .collect();
        let most = u64::from(MAX_BLOB) + 1;
        let sql = format!(
            "SELECT name, size, substr(bytes, 1, {most}) FROM blobs \
             WHERE space = $1 AND name = ANY($2)"
        );
        let rows = self.over(Some(space), async |client: &mut Client| {
            let values: &[(&(dyn ToSql + Sync), Type)] =
                &[(&at, Type::BYTEA), (&names, Type::BYTEA_ARRAY)];
            client.query_typed(&sql, values).await
        })?;
        let read = |row: &Row| Ok((blob(row)?, row.try_get(2)?));
        let found: Result<Vec<(Blob, Vec<u8>)>, Error> = rows.iter().map(read).collect();
        let mut found = found.map_err(unreachable)?;
        found.retain(|(blob, _)| wanted.contains(blob));
        Ok(found)
    }

    fn hints(&self) -> broadcast::Receiver<SpaceId> {
        self.hints.hear()
    }
}

async fn connect(settings: &Config) -> Result<Client, Error> {
    let (client, connection) = settings.connect(NoTls).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to the pool ended");
        }
    });
    client.batch_execute(ON_THE_SERVER).await?;
    Ok(client)
}

fn seat(row: &Row, device: DeviceId) -> Result<Seat, Error> {
    let ticket: Option<String> = row.try_get(2)?;
    Ok(Seat {
        space: SpaceId::from_bytes(id(row, 0)?),
        device,
        forgotten: u32::try_from(row.try_get::<_, i32>(1)?).unwrap_or(0),
        ticket: ticket.map(Zeroizing::new),
        gone: row.try_get(3)?,
    })
}

fn pooled(row: &Row) -> Result<Pooled, Error> {
    Ok(Pooled {
        arrival: number(row.try_get(0)?),
        name: EntryHash::from_bytes(id(row, 1)?),
        author: DeviceId::from_bytes(id(row, 2)?),
        signed: row.try_get(3)?,
        payload: row.try_get(4)?,
    })
}

pub(super) fn blob(row: &Row) -> Result<Blob, Error> {
    let size: i32 = row.try_get(1)?;
    Ok(Blob {
        id: BlobId::from_bytes(id(row, 0)?),
        size: u32::try_from(size).unwrap_or(0),
    })
}

/// A name in a row; of another length it is no name of anything.
pub(super) fn id(row: &Row, at: usize) -> Result<[u8; 32], Error> {
    let found: &[u8] = row.try_get(at)?;
    Ok(found.try_into().unwrap_or([0; 32]))
}

fn bytes(space: &SpaceId) -> &[u8] {
    space.as_bytes()
}

pub(super) fn number(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}

fn unreachable(error: Error) -> PoolError {
    PoolError::Unreachable(error.into())
}
