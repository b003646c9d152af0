//! Bringing a database to the schema of this version, a numbered step at a time. A step that was
//! released is never edited; the next one changes what it made.

use anyhow::{Context as _, bail};
use majlis_node::pool::PoolError;
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Error};

/// The schema this version knows.
const SCHEMA: i32 = 1;
const STEPS: [&str; SCHEMA as usize] = [include_str!("../../migrations/0001_first.sql")];

/// Processes that start at once may get in each other's way so often.
const TRIES: usize = 10;

/// The name is that of one database: another one, or one made anew, has another.
const FIRST: &str = "CREATE TABLE IF NOT EXISTS pool (\
     one integer PRIMARY KEY, name bytea NOT NULL, schema integer NOT NULL)";

/// Takes every step that is missing; gives the pool's name. `fresh` is the name of a new one.
pub(super) async fn bring_up(client: &mut Client, fresh: [u8; 16]) -> anyhow::Result<[u8; 16]> {
    let mut tried = 0;
    loop {
        tried += 1;
        match step_by_step(client, fresh).await {
            Ok((name, schema)) if schema <= SCHEMA => {
                let name = <[u8; 16]>::try_from(name).ok();
                return name.context("reading the name of the pool");
            }
            Ok((_, schema)) => bail!(
                "opening a pool of schema {schema}, written by a newer version; this version knows up to {SCHEMA}"
            ),
            Err(error) if tried < TRIES && is_rivalry(&error) => {}
            // The database went away meanwhile.
            Err(error) if error.as_db_error().is_none() => {
                return Err(PoolError::Unreachable(error.into()).into());
            }
            Err(error) => return Err(error).context("bringing the pool to this version's schema"),
        }
    }
}

async fn step_by_step(client: &mut Client, fresh: [u8; 16]) -> Result<(Vec<u8>, i32), Error> {
    client.batch_execute(FIRST).await?;
    let transaction = client.transaction().await?;
    let first = "INSERT INTO pool (one, name, schema) VALUES (1, $1, 0) ON CONFLICT DO NOTHING";
    transaction.execute(first, &[&fresh.as_slice()]).await?;
    // Whoever has the row takes the steps.
    let found = "SELECT name, schema FROM pool WHERE one = 1 FOR UPDATE";
    let row = transaction.query_one(found, &[]).await?;
    let (name, mut schema): (Vec<u8>, i32) = (row.try_get(0)?, row.try_get(1)?);
    while let Some(step) = usize::try_from(schema).ok().and_then(|at| STEPS.get(at)) {
        transaction.batch_execute(step).await?;
        schema += 1;
        let done = "UPDATE pool SET schema = $1 WHERE one = 1";
        transaction.execute(done, &[&schema]).await?;
    }
    transaction.commit().await?;
    Ok((name, schema))
}

/// Whether others were at it at the same time, so that it is worth trying again.
pub(super) fn is_rivalry(error: &Error) -> bool {
    let states = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::UNIQUE_VIOLATION,
        SqlState::DUPLICATE_TABLE,
    ];
    error.code().is_some_and(|code| states.contains(code))
}
