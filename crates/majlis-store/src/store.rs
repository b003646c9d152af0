//! Opening the database; one writer, readers on their own connections, and the errors of both.

use core::fmt;
use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use majlis_core::id::SpaceId;
use rusqlite::backup::{Backup, StepResult};
use rusqlite::{
    Connection, ErrorCode, OpenFlags, OptionalExtension as _, Transaction, TransactionBehavior,
};

use crate::kept::Counts;
use crate::migrate::{self, Schema};
use crate::naming::name_new;

/// How long a connection waits for another one's lock.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long emptying the log waits for who reads.
const SETTLING: Duration = Duration::from_millis(200);
/// The most pages that a file can have.
const MOST_PAGES: u64 = 4_294_967_294;
/// The pages of a step that copies all of them.
const ALL_PAGES: core::ffi::c_int = -1;
/// Idle readers that are kept.
const KEPT_READERS: usize = 4;

/// The database of one replica. Cheap to clone; all clones are the same one.
///
/// Writes go one after the other through one connection; reads have their own and see the last
/// committed state.
#[derive(Clone)]
pub struct Store(Arc<Shared>);

struct Shared {
    source: Source,
    writer: Mutex<Connection>,
    readers: Mutex<Vec<Connection>>,
    counts: Mutex<Counts>,
}

#[derive(Clone, Debug)]
enum Source {
    File(PathBuf),
    /// Named, so that several connections of this process share it.
    Memory(String),
}

/// Why a store cannot be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// A newer version of Majlis wrote it.
    #[error("opening a store of schema {found}; this version knows up to {known}")]
    Newer {
        /// Its schema.
        found: u32,
        /// The newest this version knows.
        known: u32,
    },
    /// The disk is full.
    #[error("opening the store on a full disk")]
    DiskFull(#[source] Box<dyn core::error::Error + Send + Sync>),
    /// The file is no store of Majlis, or is damaged.
    #[error("opening a file that is no store or is damaged")]
    Damaged(#[source] Box<dyn core::error::Error + Send + Sync>),
    /// The file cannot be used.
    #[error("opening the store")]
    Failed(#[source] Box<dyn core::error::Error + Send + Sync>),
}

/// The store could not answer.
#[derive(Debug, thiserror::Error)]
#[error("reading the store")]
pub struct ReadError(#[source] Box<dyn core::error::Error + Send + Sync>);

/// Something small could not be written: a setting, an interface draft.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WriteError {
    /// The disk is full; nothing was written.
    #[error("writing to a full disk")]
    DiskFull(#[source] Box<dyn core::error::Error + Send + Sync>),
    /// The store failed; nothing was written.
    #[error("writing to the store")]
    Failed(#[source] Box<dyn core::error::Error + Send + Sync>),
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.0.source).finish()
    }
}

impl From<rusqlite::Error> for ReadError {
    fn from(error: rusqlite::Error) -> Self {
        Self(Box::new(error))
    }
}

impl From<rusqlite::Error> for WriteError {
    fn from(error: rusqlite::Error) -> Self {
        if is_full(&error) {
            Self::DiskFull(Box::new(error))
        } else {
            Self::Failed(Box::new(error))
        }
    }
}

impl From<rusqlite::Error> for OpenError {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
                Self::Damaged(Box::new(error))
            }
            _ if is_full(&error) => Self::DiskFull(Box::new(error)),
            _ => Self::Failed(Box::new(error)),
        }
    }
}

const fn newer(found: u32) -> OpenError {
    OpenError::Newer {
        found,
        known: migrate::SCHEMA,
    }
}

/// What the file system says.
fn disk(error: std::io::Error) -> WriteError {
    if error.kind() == std::io::ErrorKind::StorageFull {
        WriteError::DiskFull(Box::new(error))
    } else {
        WriteError::Failed(Box::new(error))
    }
}

/// Whether an error says that there is no room left.
pub(crate) fn is_full(error: &rusqlite::Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::DiskFull)
}

impl Store {
    /// Opens the store in a file, making it when it is not there.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let store = Self::at(Source::File(path.to_path_buf()))?;
        // What an earlier run deleted and could not overwrite; the next who asks for it tries again.
        let _ = store.settle();
        Ok(store)
    }

    /// Opens the store in a file as it lies there, to copy it: an older schema is brought to no other, for
    /// an earlier version may be running on it. What this version added to it cannot be asked here.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn open_to_copy(path: &Path) -> Result<Self, OpenError> {
        let source = Source::File(path.to_path_buf());
        let writer = source.connect()?;
        match migrate::version(&writer)? {
            0 => Err(OpenError::Damaged("there is nothing in it".into())),
            found if found > migrate::SCHEMA => Err(newer(found)),
            _ => Ok(Self::of(source, writer)),
        }
    }

    /// A store that is gone with its last clone, for tests and samples.
    ///
    /// # Errors
    /// [`OpenError`]
    pub fn in_memory() -> Result<Self, OpenError> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        Self::at(Source::Memory(format!("file:/majlis-{number}?vfs=memdb")))
    }

    fn at(source: Source) -> Result<Self, OpenError> {
        let mut writer = source.connect()?;
        match migrate::migrate(&mut writer)? {
            Schema::Ready => Ok(Self::of(source, writer)),
            Schema::Newer(found) => Err(newer(found)),
        }
    }

    fn of(source: Source, writer: Connection) -> Self {
        Self(Arc::new(Shared {
            source,
            writer: Mutex::new(writer),
            readers: Mutex::new(Vec::new()),
            counts: Mutex::new(Counts::default()),
        }))
    }

    /// Limits how large the file may grow, in bytes: a step that needs more fails as on a full
    /// disk, and nothing of it is stored. `None` takes the limit away. Holds until the store is
    /// closed.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn limit(&self, bytes: Option<u64>) -> Result<(), WriteError> {
        let connection = lock(&self.0.writer);
        let size: u32 = connection.pragma_query_value(None, "page_size", |row| row.get(0))?;
        let pages = bytes.map_or(MOST_PAGES, |bytes| bytes / u64::from(size.max(1)));
        let pages = u32::try_from(pages.min(MOST_PAGES)).unwrap_or(u32::MAX);
        let sql = format!("PRAGMA max_page_count = {pages}");
        connection.query_row(&sql, [], |_| Ok(()))?;
        Ok(())
    }

    /// Copies the whole store as it is now into a new file, while it is in use: what is written
    /// meanwhile is not in the copy, and does not hold it up. The file has its name once it is whole
    /// and on disk; before, it lies beside, under a name that ends in `.part`.
    ///
    /// # Errors
    /// [`WriteError`], also when there is a file of that name; then it is left as it was.
    pub fn backup(&self, file: &Path) -> Result<(), WriteError> {
        let folder = file.parent().filter(|at| !at.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        let mut name = file.file_name().unwrap_or_default().to_os_string();
        name.push(".");
        // Nobody else reads it at any time: it holds the secrets of tickets.
        let beside = tempfile::Builder::new()
            .prefix(&name)
            .suffix(".part")
            .tempfile_in(folder)
            .map_err(disk)?
            .into_temp_path();
        self.copy_into(&beside)?;
        let copy = OpenOptions::new().write(true).open(&beside);
        copy.and_then(|copy| copy.sync_all()).map_err(disk)?;
        name_new(beside, file).map_err(disk)?;
        // A folder cannot be opened everywhere, and not every card knows how to wait for one.
        if let Ok(folder) = File::open(folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// In one step, which reads one state and lets others write. Copied in several, it would begin
    /// anew whenever another connection wrote in between, and might never end.
    fn copy_into(&self, file: &Path) -> rusqlite::Result<()> {
        let source = self.0.source.connect()?;
        let mut copy = Connection::open(file)?;
        let step = Backup::new(&source, &mut copy)?.step(ALL_PAGES)?;
        match step {
            StepResult::Done => Ok(()),
            // Somebody kept it locked beyond all patience.
            _ => Err(rusqlite::Error::SqliteFailure(
                rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_BUSY),
                None,
            )),
        }
    }

    /// Brings what is in the log beside the file into it, and empties the log. A folder that is copied
    /// or measured is then as small as it can be, and what was deleted is nowhere in it. `false` when
    /// somebody reads or writes meanwhile, so that the log stays; then it is tried again later.
    ///
    /// # Errors
    /// [`WriteError`]
    pub fn settle(&self) -> Result<bool, WriteError> {
        lock(&self.0.readers).clear();
        let writer = lock(&self.0.writer);
        // Nobody waits long for it, least of all with the only connection that writes.
        writer.busy_timeout(SETTLING)?;
        let busy = writer.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0));
        writer.busy_timeout(PATIENCE)?;
        let busy: i64 = busy?;
        Ok(busy == 0)
    }

    /// Counts that are gone on with.
    pub(crate) fn counts(&self) -> MutexGuard<'_, Counts> {
        lock(&self.0.counts)
    }

    /// Reads, everything of one state.
    pub(crate) fn read<T>(
        &self,
        read: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<T> {
        let idle = lock(&self.0.readers).pop();
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.0.source.connect()?,
        };
        let transaction = connection.transaction()?;
        let found = read(&transaction)?;
        transaction.finish()?;
        let mut readers = lock(&self.0.readers);
        if readers.len() < KEPT_READERS {
            readers.push(connection);
        }
        Ok(found)
    }

    /// Writes in one transaction, which is on disk when this returns. Any error undoes all of it.
    pub(crate) fn write<T, E: From<rusqlite::Error>>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = lock(&self.0.writer);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let written = write(&transaction)?;
        transaction.commit()?;
        Ok(written)
    }

    /// Does something in a transaction that is then undone.
    pub(crate) fn undone<T, E: From<rusqlite::Error>>(
        &self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = lock(&self.0.writer);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let written = write(&transaction)?;
        transaction.rollback()?;
        Ok(written)
    }
}

impl Source {
    fn connect(&self) -> rusqlite::Result<Connection> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
            | OpenFlags::SQLITE_OPEN_CREATE
            | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = match self {
            Self::File(path) => Connection::open_with_flags(path, flags)?,
            Self::Memory(name) => {
                Connection::open_with_flags(name, flags | OpenFlags::SQLITE_OPEN_URI)?
            }
        };
        connection.busy_timeout(PATIENCE)?;
        if matches!(self, Self::File(_)) {
            connection.pragma_update(None, "journal_mode", "wal")?;
            connection.pragma_update(None, "journal_size_limit", 8 * 1024 * 1024)?;
        }
        // Power may go at any instant: a commit is on disk when it returns.
        connection.pragma_update(None, "synchronous", "full")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        // What is dropped is overwritten, not only forgotten.
        connection.pragma_update(None, "secure_delete", true)?;
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.set_prepared_statement_cache_capacity(64);
        Ok(connection)
    }
}

/// A lock whose holder panicked guards a connection all the same: its transaction was undone.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The local number of a space; `None` when nothing of it is stored.
pub(crate) fn space_no(connection: &Connection, space: SpaceId) -> rusqlite::Result<Option<i64>> {
    let mut find = connection.prepare_cached("SELECT no FROM spaces WHERE id = ?1")?;
    find.query_row([space.as_bytes()], |row| row.get(0))
        .optional()
}
