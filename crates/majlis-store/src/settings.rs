//! Small things that this device alone keeps: settings of the replica and of spaces, half-filled
//! fields of the interface. Durable when a call returns.

use majlis_core::id::SpaceId;
use majlis_core::time::Timestamp;
use rusqlite::OptionalExtension as _;

use crate::rows;
use crate::store::{ReadError, Store, WriteError};

/// What the interface had in a field, under a name that it chose.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InterfaceDraft {
    /// The content.
    pub value: String,
    /// When it was saved.
    pub saved: Timestamp,
}

impl Store {
    /// Keeps a setting of a space, which need not be stored yet; of the replica with `None`.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn put_setting(
        &self,
        space: Option<SpaceId>,
        key: &str,
        value: &[u8],
    ) -> Result<(), WriteError> {
        self.write(|write| {
            let sql = "INSERT INTO settings (space, key, value) VALUES (?1, ?2, ?3) \
                 ON CONFLICT DO UPDATE SET value = excluded.value";
            write
                .prepare_cached(sql)?
                .execute((of(space), key, value))?;
            Ok(())
        })
    }

    /// A setting.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn setting(&self, space: Option<SpaceId>, key: &str) -> Result<Option<Vec<u8>>, ReadError> {
        Ok(self.read(|read| {
            let mut find =
                read.prepare_cached("SELECT value FROM settings WHERE space = ?1 AND key = ?2")?;
            find.query_row((of(space), key), |row| row.get(0))
                .optional()
        })?)
    }

    /// Settings whose name begins with `prefix`, by name.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn settings(
        &self,
        space: Option<SpaceId>,
        prefix: &str,
    ) -> Result<Vec<(String, Vec<u8>)>, ReadError> {
        Ok(self.read(|read| {
            let mut list = read.prepare_cached(
                "SELECT key, value FROM settings \
                 WHERE space = ?1 AND substr(key, 1, length(?2)) = ?2 ORDER BY key",
            )?;
            let rows = list.query_map((of(space), prefix), |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect()
        })?)
    }

    /// Drops a setting; whether there was one.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn drop_setting(&self, space: Option<SpaceId>, key: &str) -> Result<bool, WriteError> {
        self.write(|write| {
            let sql = "DELETE FROM settings WHERE space = ?1 AND key = ?2";
            Ok(write.prepare_cached(sql)?.execute((of(space), key))? > 0)
        })
    }

    /// Keeps what the interface has in a field.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn put_draft(&self, key: &str, value: &str, now: Timestamp) -> Result<(), WriteError> {
        self.write(|write| {
            let sql = "INSERT INTO interface_drafts (key, value, saved) VALUES (?1, ?2, ?3) \
                 ON CONFLICT DO UPDATE SET value = excluded.value, saved = excluded.saved";
            write
                .prepare_cached(sql)?
                .execute((key, value, rows::stored(now.0)))?;
            Ok(())
        })
    }

    /// What the interface had in a field.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn draft(&self, key: &str) -> Result<Option<InterfaceDraft>, ReadError> {
        Ok(self.read(|read| {
            let mut find =
                read.prepare_cached("SELECT value, saved FROM interface_drafts WHERE key = ?1")?;
            let draft = find.query_row([key], |row| {
                let saved = Timestamp(rows::number(row.get(1)?));
                Ok(InterfaceDraft {
                    value: row.get(0)?,
                    saved,
                })
            });
            draft.optional()
        })?)
    }

    /// What the interface has in the fields whose keys begin with `prefix`, newest first, at most
    /// `limit` of them.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn drafts(
        &self,
        prefix: &str,
        limit: usize,
    ) -> Result<Vec<(String, InterfaceDraft)>, ReadError> {
        Ok(self.read(|read| {
            let mut list = read.prepare_cached(
                "SELECT key, value, saved FROM interface_drafts \
                 WHERE substr(key, 1, length(?1)) = ?1 ORDER BY saved DESC, key LIMIT ?2",
            )?;
            let limit = i64::try_from(limit).unwrap_or(i64::MAX);
            let drafts = list.query_map((prefix, limit), |row| {
                let draft = InterfaceDraft {
                    value: row.get(1)?,
                    saved: Timestamp(rows::number(row.get(2)?)),
                };
                Ok((row.get(0)?, draft))
            })?;
            drafts.collect()
        })?)
    }

    /// Drops what the interface had in a field; whether there was something.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn drop_draft(&self, key: &str) -> Result<bool, WriteError> {
        self.write(|write| {
            let sql = "DELETE FROM interface_drafts WHERE key = ?1";
            Ok(write.prepare_cached(sql)?.execute([key])? > 0)
        })
    }
}

const fn of(space: Option<SpaceId>) -> [u8; 32] {
    match space {
        Some(space) => *space.as_bytes(),
        None => [0; 32],
    }
}
