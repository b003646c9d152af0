//! With which keys the replica of a folder goes on: its own, or new ones where not all is there that
//! they signed, so that they would sign beside it. Not here: the keys' file (`keys`).

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::time::Instant;

use data_encoding::BASE32_NOPAD;
use majlis_core::sign::Signer as _;
use majlis_store::{ReadError, Store};

use crate::api::ApiError;
use crate::desk::store_error;
use crate::high_water::{Asked, HighWater};
use crate::keys::{self, Keys, KeysError, Past};
use crate::node::notes::{is_sample, rejoined};
use crate::node::restore::clear_away;
use crate::node::spaces::forgot_some;
use crate::node::{ENDING, Node, NodeConfig, OpenError, STORE_FILE, lock};
use crate::pooling::{full_text, was_given};
use crate::profile::disk_error;
use crate::{clock, disk, plain};

/// Under which name a database keeps its own: another one, or one made anew, has another.
const DATABASE: &str = "database";
/// Not the name of a replica's own lock: keys may be said to lie apart in its folder.
const LOCK_FILE: &str = "keys.lock";
/// Under which name a database keeps that its keys lie in another folder.
const APART: &str = "keys_apart";

/// Why keys must not sign here any more: something that they signed may not be here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Lacking {
    /// Where it is was not noted, and it is not here for certain.
    Unknown,
    /// It is in another database.
    InAnother,
    /// A copy of the replica signs at this moment.
    OpenElsewhere,
    /// The machine remembers more.
    Behind,
}

impl Lacking {
    const fn why(self) -> &'static str {
        match self {
            Self::Unknown => {
                "an earlier version made them, and did not note where all is that they signed"
            }
            Self::InAnother => {
                "what they signed is in another database, or in a newer state of this one"
            }
            Self::OpenElsewhere => "a copy of the folder is open on this machine",
            Self::Behind => "the folder is older than what they signed on this machine",
        }
    }
}

/// Whether new keys are made where there are some, or where the database has had others: with what is
/// there, something would be signed beside what is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum NewKeys {
    /// Where they lie in the replica's own folder. Those of a folder apart stay as they are, and opening
    /// is refused: of the two folders the wrong one may have been named, or one is not mounted yet.
    #[default]
    InItsFolder,
    /// Wherever they are needed: it was told to go on as a new device.
    Told,
    /// Beside an empty database, for this backup is restored into it next. Nothing is made before the
    /// backup was found and read.
    Restoring(PathBuf),
}

impl Node {
    /// Whether its keys were made at this start.
    #[must_use]
    pub fn has_new_keys(&self) -> bool {
        self.0.keys.is_new
    }

    /// The files in which keys are kept that lay in the place of its own until this start.
    #[must_use]
    pub fn kept_aside(&self) -> &[PathBuf] {
        &self.0.keys.aside
    }
}

/// Takes the folder of keys that lie apart for this process, as that of the replica was: another replica
/// may be opened beside them. With a pool, who opens them last goes on with them. A backup that is to be
/// restored is read before.
pub(super) fn take(config: &NodeConfig) -> Result<Option<File>, OpenError> {
    if let NewKeys::Restoring(backup) = &config.new_keys {
        let read = read_backup(backup, &config.data);
        read.map_err(|error| OpenError::Backup(backup.clone(), error))?;
    }
    let Some(keys) = &config.keys else {
        return Ok(None);
    };
    fs::create_dir_all(keys).map_err(|error| OpenError::Folder(keys.clone(), error))?;
    if config.pool.is_some() {
        return Ok(None);
    }
    match lock(keys, LOCK_FILE) {
        // One that can only be read is used without.
        Err(OpenError::Folder(at, error)) => {
            tracing::debug!(%error, folder = %at.display(), "the folder of the keys is not locked");
            Ok(None)
        }
        taken => taken.map(Some),
    }
}

/// Whether a backup can be restored from: seen on a copy, as [`Node::restore`] reads it, and under the
/// name that is cleared away where somebody was killed meanwhile.
fn read_backup(backup: &Path, folder: &Path) -> Result<(), ApiError> {
    if !backup.is_file() {
        return Err(plain::missing("backup").about(backup.display().to_string()));
    }
    let copy = folder.join("restoring.sqlite");
    let read = match fs::copy(backup, &copy) {
        Ok(_) => Store::open(&copy)
            .map_err(|error| store_error(&error))
            .and_then(|store| store.spaces().map_err(|error| store_error(&error))),
        Err(error) => Err(disk_error(&error)),
    };
    clear_away(folder);
    read.map(drop)
}

/// Opens the database in the folder of `config`, and its keys. One that was made for a start that comes to
/// nothing goes with it: the next would take it for the replica that was there before.
pub(super) async fn open(
    config: &NodeConfig,
) -> Result<(Store, Keys, Option<HighWater>), OpenError> {
    let database = config.data.join(STORE_FILE);
    // SQLite gives its other files the owner of this one; what went wrong it says itself.
    let is_new = disk::make(&database).is_ok();
    let opened = open_at(config, &database).await;
    if is_new && opened.is_err() {
        let _ = fs::remove_file(&database);
    }
    opened
}

async fn open_at(
    config: &NodeConfig,
    database: &Path,
) -> Result<(Store, Keys, Option<HighWater>), OpenError> {
    let store = Store::open(database).map_err(OpenError::Store)?;
    let (keys, high_water) = keys(config, &store).await?;
    Ok((store, keys, high_water))
}

/// The keys of the replica in the folder of `config`, and where the machine remembers how far they
/// signed. A pool is never behind what was signed from it, so nothing is remembered then.
async fn keys(config: &NodeConfig, store: &Store) -> Result<(Keys, Option<HighWater>), OpenError> {
    let folder = config.keys.as_deref().unwrap_or(&config.data);
    let pool = config.pool.as_ref().map(|pool| pool.name());
    let unread = |error: ReadError| OpenError::Database(store_error(&error));
    let were_apart = store.setting(None, APART).map_err(unread)?.is_some();
    let mut here = Past {
        database: name_of(store).map_err(unread)?,
        pool: pool.map(|name| BASE32_NOPAD.encode(&name)),
    };
    let is_empty = store.spaces().map_err(OpenError::Spaces)?.is_empty();
    let may = match config.new_keys {
        NewKeys::InItsFolder => config.keys.is_none(),
        NewKeys::Told => true,
        NewKeys::Restoring(_) => config.keys.is_none() || is_empty,
    };
    let refused = |why| OpenError::OtherKeys {
        keys: keys::file(folder),
        data: config.data.clone(),
        why,
    };
    let are_in = keys::are_in(folder);
    let are_unnamed = were_apart && config.keys.is_none();
    if !are_in && are_unnamed && config.new_keys != NewKeys::Told {
        // Others would give the database another name, and those that it has would go on nowhere.
        return Err(refused(
            "there are none, and those of its database lie in a folder that is not named",
        ));
    }
    if !may && !are_in && (here.database.is_some() || !is_empty) {
        return Err(refused("there are none, and its database has had some"));
    }
    if !may && keys::are_from_elsewhere(folder).map_err(OpenError::Keys)? {
        return Err(refused(
            "the install-id.nobackup that belongs beside them is missing, or is that of others",
        ));
    }
    let mut keys = keys::open(folder, None).map_err(OpenError::Keys)?;
    // A folder is lost now and then. A pool that is not there was left out of the settings.
    let signed_in = keys.past.as_ref().and_then(|past| past.pool.as_ref());
    if signed_in.is_some() && signed_in != here.pool.as_ref() && config.new_keys != NewKeys::Told {
        return Err(OpenError::OtherPool(folder.to_path_buf()));
    }
    let machine = config.machine.as_deref().filter(|_| pool.is_none());
    let mut known = asked(machine, folder).await?;
    let why = if are_unknown(&keys, config, is_empty) {
        Some(Lacking::Unknown)
    } else {
        lacking(&keys, &here, known.as_ref(), store).map_err(OpenError::Spaces)?
    };
    if let Some(why) = why {
        if !may {
            // An older copy never goes on with these keys, also where nothing is remembered of them: each
            // user has a memory of the machine. Where none is noted, it may be the folder of others.
            if why == Lacking::Behind && keys.past.as_ref().is_some_and(|past| past.names(&here)) {
                name_anew(store).map_err(OpenError::Database)?;
            }
            return Err(refused(why.why()));
        }
        // No other state of this database has what the new keys will sign. Named before they are made:
        // who is killed in between finds keys that lack their database, and comes here again.
        here.database = Some(name_anew(store).map_err(OpenError::Database)?);
        keys = keys::renew(folder, keys.device.device(), None).map_err(OpenError::Keys)?;
        known = asked(machine, folder).await?;
    } else if keys.past == Some(Past::default()) {
        // As new, at this start or one that came to nothing.
        here.database = Some(name_anew(store).map_err(OpenError::Database)?);
    } else if here.database.is_none() {
        match name_anew(store) {
            Ok(name) => here.database = Some(name),
            // These keys signed before databases had names, and go on as they did.
            Err(error) => tracing::warn!(%error, "the database is not named yet"),
        }
    }
    if !keys.aside.is_empty() {
        let why = why.map_or("they came from elsewhere", Lacking::why);
        let file = keys::file(folder);
        tracing::warn!(
            folder = %config.data.display(), keys = %file.display(), kept = ?keys.aside, why,
            "became a new device; the keys that were here are kept"
        );
    }
    note_apart(config, were_apart, store);
    note_past(&mut keys, config, here, pool, store)?;
    let high = match known {
        Some(Asked::Remembers(high)) => Some(high),
        None | Some(Asked::OpenElsewhere) => None,
    };
    Ok((keys, high))
}

/// Notes in the database whether its keys lie apart, so that it is not opened as if it had none. One that
/// cannot be written keeps nobody out.
fn note_apart(config: &NodeConfig, were_apart: bool, store: &Store) {
    let noted = match (were_apart, config.keys.is_some()) {
        (false, true) => store.put_setting(None, APART, b"1"),
        (true, false) => store.drop_setting(None, APART).map(|_| ()),
        (false, false) | (true, true) => Ok(()),
    };
    if let Err(error) = noted {
        tracing::warn!(%error, "it is not noted yet whether the keys lie apart");
    }
}

/// Notes beside the keys where everything lies that they sign from now on. Where a note does not need to
/// be, one that cannot be written keeps nobody out: the disk may be full, and keys may be mounted to be read.
fn note_past(
    keys: &mut Keys,
    config: &NodeConfig,
    here: Past,
    pool: Option<[u8; 16]>,
    store: &Store,
) -> Result<(), OpenError> {
    if here.database.is_none() {
        return Ok(());
    }
    let folder = config.keys.as_deref().unwrap_or(&config.data);
    let now = from_now_on(keys.past.as_ref(), here, pool, store);
    let (past, kept_for) = now.map_err(OpenError::Spaces)?;
    if let Some(why) = kept_for {
        tracing::warn!(
            folder = %config.data.display(), why,
            "this folder must be kept: without it, its keys do not go on"
        );
    }
    if keys.past.as_ref() == Some(&past) {
        return Ok(());
    }
    match keys::note(folder, keys, &past) {
        Ok(()) => keys.past = Some(past),
        Err(error @ KeysError::Disk(..)) if asks_for_all(keys.past.as_ref(), &past) => {
            let why = full_text(&error);
            tracing::warn!(why, "going on with keys beside which nothing can be noted");
        }
        Err(error) => return Err(OpenError::Note(folder.to_path_buf(), error)),
    }
    Ok(())
}

/// Whether what is `noted` lets keys go on nowhere where `past` would not. Where nothing is, an earlier
/// version made them, and went on so at every start.
fn asks_for_all(noted: Option<&Past>, past: &Past) -> bool {
    noted.is_none_or(|noted| past.is_in(noted))
}

/// Whether nothing is noted of where keys signed, and it is not here for certain: there is nothing here,
/// or it was told that something is given up.
fn are_unknown(keys: &Keys, config: &NodeConfig, is_empty: bool) -> bool {
    let somewhere = match config.new_keys {
        NewKeys::InItsFolder => is_empty && config.keys.is_some() && !config.keys_known,
        NewKeys::Told => true,
        NewKeys::Restoring(_) => is_empty,
    };
    keys.past.is_none() && config.pool.is_none() && somewhere
}

/// What is lacking here for keys to sign, where not all is here that they signed.
fn lacking(
    keys: &Keys,
    here: &Past,
    known: Option<&Asked>,
    store: &Store,
) -> Result<Option<Lacking>, ReadError> {
    if keys.past.as_ref().is_some_and(|past| !past.is_in(here)) {
        return Ok(Some(Lacking::InAnother));
    }
    Ok(match known {
        Some(Asked::OpenElsewhere) => Some(Lacking::OpenElsewhere),
        Some(Asked::Remembers(high)) if is_behind(store, keys, high)? => Some(Lacking::Behind),
        None | Some(Asked::Remembers(_)) => None,
    })
}

/// Where everything will lie that the keys signed and sign: here, and in the pool alone once that has
/// all of it, so that the folder may be lost. Until then, also why it may not.
fn from_now_on(
    before: Option<&Past>,
    here: Past,
    pool: Option<[u8; 16]>,
    store: &Store,
) -> Result<(Past, Option<&'static str>), ReadError> {
    let Some(name) = pool else {
        return Ok((here, None));
    };
    let in_pool = Past {
        database: None,
        ..here.clone()
    };
    // While a lost folder is filled again, spaces are here of which it is not noted that the pool has them.
    if before == Some(&in_pool) {
        return Ok((in_pool, None));
    }
    Ok(match kept_for(store, name)? {
        None => (in_pool, None),
        why => (here, why),
    })
}

/// What a pool may not know of all that this device signed.
fn kept_for(store: &Store, pool: [u8; 16]) -> Result<Option<&'static str>, ReadError> {
    if forgot_some(store)? {
        let why = "a space was left from here, or joined once more by another ticket, and the pool may not know of it";
        return Ok(Some(why));
    }
    for space in store.spaces()? {
        if !was_given(store, space, pool)? && !is_sample(store, space)? {
            return Ok(Some("the pool was not given all of it before this start"));
        }
    }
    Ok(None)
}

/// Which database this is; `None` for one without a name.
fn name_of(store: &Store) -> Result<Option<String>, ReadError> {
    let kept = store.setting(None, DATABASE)?;
    Ok(kept.and_then(|bytes| String::from_utf8(bytes).ok()))
}

fn name_anew(store: &Store) -> Result<String, ApiError> {
    let name = BASE32_NOPAD.encode(&clock::fresh::<16>());
    let put = store.put_setting(None, DATABASE, name.as_bytes());
    put.map_err(|error| store_error(&error))?;
    Ok(name)
}

/// What the machine remembers; `None` where it cannot, or is not asked. Who had the folder until a moment
/// ago may still be ending.
async fn asked(machine: Option<&Path>, folder: &Path) -> Result<Option<Asked>, OpenError> {
    let Some(machine) = machine else {
        return Ok(None);
    };
    let install = keys::install(folder).map_err(OpenError::Keys)?;
    let began = Instant::now();
    loop {
        match HighWater::open(machine, &install) {
            Ok(Asked::OpenElsewhere) if began.elapsed() < ENDING => {
                tokio::time::sleep(ENDING / 50).await;
            }
            Ok(asked) => return Ok(Some(asked)),
            Err(error) => {
                let place = machine.display();
                tracing::debug!(%error, %place, "the machine does not remember what was signed");
                return Ok(None);
            }
        }
    }
}

/// Whether some space holds less of what this replica's device signed than the machine remembers.
fn is_behind(store: &Store, keys: &Keys, high: &HighWater) -> Result<bool, ReadError> {
    for space in store.spaces()? {
        let device = keys.of(space, rejoined(store, space)?).device();
        if store.signed_by(space, device)? < high.of(space, device) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests;
