//! Photos and sounds in pieces: what came of each, who else has it, and which nobody refers to.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use majlis_core::blob::{Blob, Part, Pieces};
use majlis_core::id::{BlobId, DeviceId, SpaceId};
use majlis_core::shelf::{HeldBlob, MissingBlob, WholeBlob};
use majlis_core::time::Timestamp;
use rusqlite::{Connection, OptionalExtension as _};

use crate::persist::{PersistError, Writing};
use crate::rows::{damaged, number, stored};
use crate::shelf::Reading;
use crate::store::{ReadError, Store, space_no};

/// How a list of blobs stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BlobFigures {
    /// Photos and sounds that are whole here, as people count them: without small pictures.
    pub whole: u64,
    /// The bytes of all blobs that are whole here.
    pub bytes: u64,
    /// Bytes of all that is kept, unfinished and not yet used blobs among them.
    pub kept_bytes: u64,
    /// Photos and sounds kept here for own answers that no other device is known to have.
    pub only_here: u64,
}

const fn code(part: Part) -> u8 {
    match part {
        Part::Preview => 0,
        Part::Sound => 1,
        Part::Photo => 2,
    }
}

fn part(code: u8) -> rusqlite::Result<Part> {
    match code {
        0 => Ok(Part::Preview),
        1 => Ok(Part::Sound),
        2 => Ok(Part::Photo),
        _ => Err(damaged(2)),
    }
}

fn size(number: i64) -> rusqlite::Result<u32> {
    u32::try_from(number).map_err(|_| damaged(1))
}

impl Store {
    /// The bytes of a blob that is whole here; `None` when it is not.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn whole_blob(&self, space: SpaceId, blob: Blob) -> Result<Option<Vec<u8>>, ReadError> {
        let found = self.read(|connection| {
            let Some(reading) = Reading::of(connection, space)? else {
                return Ok(None);
            };
            match reading.find_blob(blob)? {
                Some(here) if here.held >= blob.size => {
                    reading.read_blob(blob, 0, blob.size).map(Some)
                }
                Some(_) | None => Ok(None),
            }
        });
        found.map_err(ReadError::from)
    }

    /// The blobs that something admitted refers to and that are whole here: small pictures, then
    /// sounds, then photos, each in the order in which they were referred to.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn whole_blobs(&self, space: SpaceId) -> Result<Vec<(Part, Blob)>, ReadError> {
        let found = self.read(|connection| {
            let Some(no) = space_no(connection, space)? else {
                return Ok(Vec::new());
            };
            let mut list = connection.prepare_cached(
                "SELECT part, id, size FROM blobs \
                 WHERE space = ?1 AND held >= size AND part IS NOT NULL ORDER BY part, no",
            )?;
            let rows = list.query_map([no], |row| {
                let id = BlobId::from_bytes(row.get(1)?);
                let size = size(row.get(2)?)?;
                Ok((part(row.get(0)?)?, Blob { id, size }))
            })?;
            rows.collect::<rusqlite::Result<_>>()
        });
        found.map_err(ReadError::from)
    }

    /// The blobs of which something here is not what their names say: the disk damaged it.
    /// [`Store::reindex`] forgets it, so that it is fetched again.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn damaged_blobs(&self, space: SpaceId) -> Result<Vec<Blob>, ReadError> {
        let found = self.read(|connection| match Reading::of(connection, space)? {
            Some(reading) => reading.damaged_blobs(),
            None => Ok(Vec::new()),
        });
        found.map_err(ReadError::from)
    }

    /// Lets go of blobs that nothing refers to, at once: what is sealed is not kept in the clear.
    ///
    /// # Errors
    /// [`PersistError`]
    pub fn drop_unused_blobs(&self, space: SpaceId, blobs: &[Blob]) -> Result<(), PersistError> {
        self.write(|connection| {
            if let Some(no) = space_no(connection, space)? {
                let sql = "DELETE FROM blobs \
                     WHERE space = ?1 AND id = ?2 AND size = ?3 AND part IS NULL";
                for blob in blobs {
                    let values = (no, blob.id.as_bytes(), blob.size);
                    connection.prepare_cached(sql)?.execute(values)?;
                }
            }
            Ok(())
        })
    }

    /// What is here of the blobs of a space.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn blob_figures(&self, space: SpaceId) -> Result<BlobFigures, ReadError> {
        let found = self.read(|connection| {
            let sql = "SELECT count(*) FILTER (WHERE whole AND part > 0), \
                   coalesce(sum(size) FILTER (WHERE whole), 0), coalesce(sum(held), 0), \
                   count(*) FILTER (WHERE whole AND part > 0 AND kept > 0 AND no NOT IN \
                     (SELECT blob FROM blob_copies)) \
                 FROM (SELECT *, held >= size AND part IS NOT NULL AS whole FROM blobs \
                       WHERE space = ?1)";
            let Some(no) = space_no(connection, space)? else {
                return Ok(BlobFigures::default());
            };
            connection.prepare_cached(sql)?.query_row([no], |row| {
                Ok(BlobFigures {
                    whole: number(row.get(0)?),
                    bytes: number(row.get(1)?),
                    kept_bytes: number(row.get(2)?),
                    only_here: number(row.get(3)?),
                })
            })
        });
        found.map_err(ReadError::from)
    }

    /// Bytes of the photos and sounds of others that are here, whole or not, of every space in which
    /// others have some.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn bytes_of_others(&self) -> Result<BTreeMap<SpaceId, u64>, ReadError> {
        let found = self.read(|connection| {
            let sql = "SELECT s.id, sum(b.held) FROM blobs b JOIN spaces s ON s.no = b.space \
                 WHERE b.part > 0 AND b.kept = 0 GROUP BY b.space";
            let mut sums = connection.prepare_cached(sql)?;
            let rows = sums.query_map([], |row| {
                Ok((SpaceId::from_bytes(row.get(0)?), number(row.get(1)?)))
            })?;
            rows.collect()
        });
        found.map_err(ReadError::from)
    }

    /// How many bytes of photos and sounds of others each space would let go of for so many to be free:
    /// those that came first before others, in whichever space they are.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn oldest_of_others(&self, bytes: u64) -> Result<BTreeMap<SpaceId, u64>, ReadError> {
        let found = self.read(|connection| {
            let sql = "SELECT s.id, b.size FROM blobs b JOIN spaces s ON s.no = b.space \
                 WHERE b.held >= b.size AND b.part > 0 AND b.kept = 0 \
                 ORDER BY b.part DESC, (SELECT max(rowid) FROM blob_parts WHERE blob = b.no)";
            let mut list = connection.prepare_cached(sql)?;
            let mut rows = list.query([])?;
            let (mut of, mut sum) = (BTreeMap::new(), 0_u64);
            while sum < bytes
                && let Some(row) = rows.next()?
            {
                let size = u64::from(size(row.get(1)?)?);
                let all: &mut u64 = of.entry(SpaceId::from_bytes(row.get(0)?)).or_default();
                (*all, sum) = (all.saturating_add(size), sum.saturating_add(size));
            }
            Ok(of)
        });
        found.map_err(ReadError::from)
    }

    /// Deletes what was kept for an answer that never came, when that is longer ago than `age`. What
    /// unfinished work names is kept anew: `spared`, and whatever the text of an interface draft names,
    /// a filling among them.
    ///
    /// # Errors
    /// [`PersistError`]
    pub fn forget_unused_blobs(
        &self,
        space: SpaceId,
        now: Timestamp,
        age: Duration,
        spared: &[Blob],
    ) -> Result<(), PersistError> {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        self.write(|connection| {
            let Some(no) = space_no(connection, space)? else {
                return Ok(());
            };
            let old = unused_blobs(connection, no, stored(now.0.saturating_sub(age)))?;
            if old.is_empty() {
                return Ok(());
            }
            let mut named = named_in_drafts(connection)?;
            named.extend(spared);
            for (row, blob) in old {
                if named.contains(&blob) {
                    let sql = "UPDATE blobs SET kept = ?2 WHERE no = ?1 AND kept > 0";
                    let values = (row, stored(now.0));
                    connection.prepare_cached(sql)?.execute(values)?;
                } else {
                    let sql = "DELETE FROM blobs WHERE no = ?1";
                    connection.prepare_cached(sql)?.execute([row])?;
                }
            }
            Ok(())
        })
    }
}

impl Reading<'_> {
    pub(crate) fn find_blob(&self, blob: Blob) -> rusqlite::Result<Option<HeldBlob>> {
        let mut find = self.connection.prepare_cached(
            "SELECT held, pieces FROM blobs WHERE space = ?1 AND id = ?2 AND size = ?3",
        )?;
        find.query_row((self.no, blob.id.as_bytes(), blob.size), |row| {
            Ok(HeldBlob {
                held: size(row.get(0)?)?,
                pieces: row.get(1)?,
            })
        })
        .optional()
    }

    pub(crate) fn read_blob(&self, blob: Blob, at: u32, most: u32) -> rusqlite::Result<Vec<u8>> {
        let end = at.saturating_add(most).min(blob.size);
        let mut list = self.connection.prepare_cached(
            "SELECT p.at, p.bytes FROM blobs b JOIN blob_parts p ON p.blob = b.no \
             WHERE b.space = ?1 AND b.id = ?2 AND b.size = ?3 AND p.at < ?5 \
             AND p.at >= (SELECT max(q.at) FROM blob_parts q WHERE q.blob = b.no AND q.at <= ?4) \
             ORDER BY p.at",
        )?;
        let mut rows = list.query((self.no, blob.id.as_bytes(), blob.size, at, end))?;
        let mut out = Vec::new();
        while let Some(row) = rows.next()? {
            let begins = size(row.get(0)?)?;
            let bytes = row.get_ref(1)?.as_blob()?;
            let from = at.saturating_sub(begins) as usize;
            let upto = (end.saturating_sub(begins) as usize).min(bytes.len());
            out.extend_from_slice(bytes.get(from..upto).unwrap_or_default());
        }
        Ok(out)
    }

    /// Compares everything held with its names.
    fn damaged_blobs(&self) -> rusqlite::Result<Vec<Blob>> {
        let sql =
            "SELECT id, size, held, pieces FROM blobs WHERE space = ?1 AND held > 0 ORDER BY no";
        let mut list = self.connection.prepare_cached(sql)?;
        let mut rows = list.query([self.no])?;
        let mut damaged = Vec::new();
        while let Some(row) = rows.next()? {
            let id = BlobId::from_bytes(row.get(0)?);
            let (size, held): (u32, u32) = (size(row.get(1)?)?, size(row.get(2)?)?);
            let blob = Blob { id, size };
            let bytes = self.read_blob(blob, 0, held)?;
            let proof = Pieces::from_bytes(blob, row.get_ref(3)?.as_blob()?);
            let proven = proof.is_some_and(|proof| proof.prove(blob, 0, &bytes));
            if !proven || bytes.len() != held as usize {
                damaged.push(blob);
            }
        }
        Ok(damaged)
    }

    pub(crate) fn list_missing_blobs(&self) -> rusqlite::Result<Vec<MissingBlob>> {
        let mut list = self.connection.prepare_cached(
            "SELECT id, size, part, held, let_go, no FROM blobs INDEXED BY blobs_missing \
             WHERE space = ?1 AND held < size AND part IS NOT NULL ORDER BY no",
        )?;
        let rows = list.query_map([self.no], |row| {
            Ok(MissingBlob {
                number: number(row.get(5)?),
                blob: Blob {
                    id: BlobId::from_bytes(row.get(0)?),
                    size: size(row.get(1)?)?,
                },
                part: part(row.get(2)?)?,
                held: size(row.get(3)?)?,
                let_go: row.get(4)?,
            })
        })?;
        rows.collect()
    }

    /// Of one after another, as they came whole: each was finished by the last of its parts.
    pub(crate) fn each_blob_of_others(
        &self,
        each: &mut dyn FnMut(WholeBlob) -> bool,
    ) -> rusqlite::Result<()> {
        let mut list = self.connection.prepare_cached(
            "SELECT b.id, b.size, b.part, d.id, b.no FROM blobs b INDEXED BY blobs_of_others \
             JOIN devices d ON d.no = b.author \
             WHERE b.space = ?1 AND b.held >= b.size AND b.part > 0 AND b.kept = 0 \
             ORDER BY b.part DESC, (SELECT max(rowid) FROM blob_parts WHERE blob = b.no)",
        )?;
        let mut copies = self.connection.prepare_cached(
            "SELECT d.id FROM blob_copies c JOIN devices d ON d.no = c.device WHERE c.blob = ?1",
        )?;
        let mut rows = list.query([self.no])?;
        while let Some(row) = rows.next()? {
            let id = BlobId::from_bytes(row.get(0)?);
            let no: i64 = row.get(4)?;
            let devices = copies.query_map([no], |row| row.get(0).map(DeviceId::from_bytes))?;
            let whole = WholeBlob {
                number: number(no),
                blob: Blob {
                    id,
                    size: size(row.get(1)?)?,
                },
                part: part(row.get(2)?)?,
                author: DeviceId::from_bytes(row.get(3)?),
                copies: devices.collect::<rusqlite::Result<_>>()?,
            };
            if !each(whole) {
                break;
            }
        }
        Ok(())
    }
}

impl Writing<'_> {
    /// The row of a blob, made when there is none.
    fn blob_row(&self, blob: Blob) -> rusqlite::Result<i64> {
        let sql = "INSERT OR IGNORE INTO blobs (space, id, size, held, pieces, kept) \
             VALUES (?1, ?2, ?3, 0, x'', 0)";
        let key = (self.no, blob.id.as_bytes(), blob.size);
        self.connection.prepare_cached(sql)?.execute(key)?;
        let sql = "SELECT no FROM blobs WHERE space = ?1 AND id = ?2 AND size = ?3";
        let mut find = self.connection.prepare_cached(sql)?;
        find.query_row(key, |row| row.get(0))
    }

    /// An answer, or a form, of a device refers to blobs.
    pub(crate) fn refer(
        &mut self,
        blobs: impl Iterator<Item = (Part, Blob)>,
        author: DeviceId,
    ) -> rusqlite::Result<()> {
        for (part, blob) in blobs {
            let no = self.blob_row(blob)?;
            let author = self.device(author)?;
            let sql = "UPDATE blobs SET part = ?2, author = ?3 WHERE no = ?1 AND part IS NULL";
            let mut mark = self.connection.prepare_cached(sql)?;
            mark.execute((no, code(part), author))?;
        }
        Ok(())
    }

    pub(crate) fn pieces(
        &self,
        blob: Blob,
        pieces: &[u8],
        kept: Option<Timestamp>,
    ) -> rusqlite::Result<()> {
        let no = self.blob_row(blob)?;
        let sql = "UPDATE blobs SET pieces = ?2, kept = ?3 WHERE no = ?1";
        let kept = kept.map_or(0, |kept| stored(kept.0.max(1)));
        let mut write = self.connection.prepare_cached(sql)?;
        write.execute((no, pieces, kept))?;
        Ok(())
    }

    pub(crate) fn blob_part(&self, blob: Blob, at: u32, bytes: &[u8]) -> Result<(), PersistError> {
        let no = self.blob_row(blob)?;
        let sql = "UPDATE blobs SET held = held + ?3, let_go = let_go AND held + ?3 < size \
             WHERE no = ?1 AND held = ?2 AND ?3 <= size - ?2";
        let mut grow = self.connection.prepare_cached(sql)?;
        let len = i64::try_from(bytes.len()).unwrap_or(i64::MAX);
        if grow.execute((no, at, len))? == 0 {
            return Err(PersistError::Contradiction);
        }
        let sql = "INSERT INTO blob_parts (blob, at, bytes) VALUES (?1, ?2, ?3)";
        self.connection
            .prepare_cached(sql)?
            .execute((no, at, bytes))?;
        Ok(())
    }

    /// The bytes of a blob make room for others.
    pub(crate) fn let_go(&self, blob: Blob) -> rusqlite::Result<()> {
        forget_bytes(self.connection, self.no, blob)?;
        let sql = "UPDATE blobs SET let_go = 1 WHERE space = ?1 AND id = ?2 AND size = ?3";
        let key = (self.no, blob.id.as_bytes(), blob.size);
        self.connection.prepare_cached(sql)?.execute(key)?;
        Ok(())
    }

    /// A device has a whole blob; of one that is not known here that means nothing.
    pub(crate) fn copy(&mut self, blob: Blob, device: DeviceId) -> rusqlite::Result<()> {
        let device = self.device(device)?;
        let sql = "INSERT OR IGNORE INTO blob_copies (blob, device) \
             SELECT no, ?4 FROM blobs WHERE space = ?1 AND id = ?2 AND size = ?3";
        let mut write = self.connection.prepare_cached(sql)?;
        write.execute((self.no, blob.id.as_bytes(), blob.size, device))?;
        Ok(())
    }
}

/// The blobs of a space that no record refers to and that were kept before a time.
fn unused_blobs(
    connection: &Connection,
    space: i64,
    before: i64,
) -> rusqlite::Result<Vec<(i64, Blob)>> {
    let sql = "SELECT no, id, size FROM blobs WHERE space = ?1 AND part IS NULL AND kept < ?2";
    let mut list = connection.prepare_cached(sql)?;
    let rows = list.query_map((space, before), |row| {
        let id = BlobId::from_bytes(row.get(1)?);
        let size = size(row.get(2)?)?;
        Ok((row.get(0)?, Blob { id, size }))
    })?;
    rows.collect()
}

/// The blobs that are named in what this device alone keeps of unfinished work: fillings, fields of the
/// interface, submissions of which files are missing. Whatever wrote such a text names a blob in it as
/// [`Blob`] is written, so that nothing of it has to be understood here.
fn named_in_drafts(connection: &Connection) -> rusqlite::Result<BTreeSet<Blob>> {
    let mut named = BTreeSet::new();
    let mut list = connection.prepare_cached("SELECT value FROM interface_drafts")?;
    let mut rows = list.query([])?;
    while let Some(row) = rows.next()? {
        let text = row.get_ref(0)?.as_str()?;
        let words = text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.');
        named.extend(words.filter_map(|word| word.parse::<Blob>().ok()));
    }
    Ok(named)
}

/// Forgets what the disk damaged of the blobs of a space: they are missing again.
pub(crate) fn mend(reading: &Reading<'_>) -> rusqlite::Result<()> {
    for blob in reading.damaged_blobs()? {
        forget_bytes(reading.connection, reading.no, blob)?;
    }
    Ok(())
}

fn forget_bytes(connection: &Connection, space: i64, blob: Blob) -> rusqlite::Result<()> {
    let key = (space, blob.id.as_bytes(), blob.size);
    let sql = "DELETE FROM blob_parts WHERE blob = \
         (SELECT no FROM blobs WHERE space = ?1 AND id = ?2 AND size = ?3)";
    connection.prepare_cached(sql)?.execute(key)?;
    let sql = "UPDATE blobs SET held = 0, pieces = x'' WHERE space = ?1 AND id = ?2 AND size = ?3";
    connection.prepare_cached(sql)?.execute(key)?;
    Ok(())
}

/// Nothing refers to any blob of a space, until what does is projected again.
pub(crate) fn forget_uses(connection: &Connection, space: i64) -> rusqlite::Result<()> {
    let sql = "UPDATE blobs SET part = NULL, author = NULL WHERE space = ?1";
    connection.execute(sql, [space])?;
    Ok(())
}

#[cfg(test)]
mod tests;
