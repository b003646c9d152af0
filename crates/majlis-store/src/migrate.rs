//! Bringing a database to the schema of this version, a numbered step at a time. A step that was
//! released is never edited; the next one changes what it made.

use rusqlite::{Connection, TransactionBehavior};

/// The schema this version writes.
pub const SCHEMA: u32 = 7;

const STEPS: [&str; SCHEMA as usize] = [
    include_str!("../migrations/0001_first.sql"),
    include_str!("../migrations/0002_room.sql"),
    include_str!("../migrations/0003_proceedings.sql"),
    include_str!("../migrations/0004_claims.sql"),
    include_str!("../migrations/0005_turns.sql"),
    include_str!("../migrations/0006_left.sql"),
    include_str!("../migrations/0007_media_left.sql"),
];

/// What a database's schema says about it.
pub(crate) enum Schema {
    Ready,
    /// Written by a newer version.
    Newer(u32),
}

/// Which schema a database has; 0 when there is nothing in it.
pub(crate) fn version(connection: &Connection) -> rusqlite::Result<u32> {
    connection.query_row("PRAGMA user_version", [], |row| row.get(0))
}

/// Takes every step that is missing, each in its own transaction.
pub(crate) fn migrate(connection: &mut Connection) -> rusqlite::Result<Schema> {
    loop {
        let step = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let version = version(&step)?;
        if version > SCHEMA {
            return Ok(Schema::Newer(version));
        }
        let Some(sql) = usize::try_from(version).ok().and_then(|at| STEPS.get(at)) else {
            return Ok(Schema::Ready);
        };
        step.execute_batch(sql)?;
        step.pragma_update(None, "user_version", version.saturating_add(1))?;
        step.commit()?;
    }
}
