//! Backing up a replica while it is in use, and restoring one. The keys stay where they are: what
//! is restored is a new device that joins again, so that it never signs beside what the old one
//! signed after the backup.

use std::path::Path;

use majlis_core::id::{DeviceId, SpaceId};
use majlis_core::space::{Input, MediaPolicy, Reply, Space};
use majlis_store::{OpenError, Store};

use crate::api::members::JoinSpace;
use crate::api::space::MustJoin;
use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, command_error, store_error};
use crate::node::joining::{Footing, first_words, is_used_up};
use crate::node::members::read;
use crate::node::{Node, Note, STORE_FILE};
use crate::plain;
use crate::ticket::Ticket;

/// One space of a backup that was restored, or was not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The space.
    pub space: String,
    /// Entries taken in from the backup; `None` where this device is not in the space, or not all of
    /// the backup could be read.
    pub entries: Option<u64>,
    /// How this device stands in it now, by what the backup holds.
    pub became: Became,
}

/// How a device stands in a space that it restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Became {
    /// There is no ticket to join again by, or the one of the old device is used up or closed.
    Lacking,
    /// Joining failed, or reading what the backup holds of the space.
    Failed(ApiError),
    /// It is in. Whether it joined just now, or before.
    In {
        /// Just now.
        now: bool,
    },
    /// Joined. It is let in when it meets somebody who knows its invite, which the backup does not.
    Waiting,
    /// Joined, and not let in: it needs another ticket.
    KeptOut(MustJoin),
    /// It was in, and was removed since.
    Removed,
}

/// What a backup is copied to while it is read.
const COPY: &str = "restoring.sqlite";

/// Removes what a restore that was killed left in a folder: it holds the secrets of tickets, and the
/// log of one backup would be replayed into the copy of the next.
pub(super) fn clear_away(folder: &Path) {
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(folder.join(format!("{COPY}{ending}")));
    }
}

/// Whether a folder holds a replica: one was opened there before.
#[must_use]
pub fn is_replica(folder: &Path) -> bool {
    folder.join(STORE_FILE).is_file()
}

/// Copies the database of a folder into a new file, whether or not a Majlis is running on it; gives
/// how many spaces it holds.
///
/// # Errors
/// [`ErrorCode::NotFound`] when there is none; [`ErrorCode::Storage`] or [`ErrorCode::DiskFull`].
pub fn back_up(folder: &Path, file: &Path) -> Result<usize, ApiError> {
    let at = folder.join(STORE_FILE);
    if file.exists() {
        let taken = ApiError::new(ErrorCode::NameTaken, "a file of that name is there already");
        return Err(taken.about(file.display().to_string()));
    }
    let store = open(&at, Store::open_to_copy)?;
    store
        .backup(file)
        .map_err(|error| store_error(&error).about(file.display().to_string()))?;
    let spaces = store.spaces().map_err(|error| store_error(&error))?;
    Ok(spaces.len())
}

fn open(
    file: &Path,
    how: impl FnOnce(&Path) -> Result<Store, OpenError>,
) -> Result<Store, ApiError> {
    if !file.is_file() {
        return Err(plain::missing("database").about(file.display().to_string()));
    }
    how(file).map_err(|error| store_error(&error))
}

impl Node {
    /// Takes in a backup: joins each of its spaces again, by a ticket given here or else by the one
    /// that the old device joined by, and takes in every entry, photo and sound as from a carry file.
    /// A space that was joined before, when others lacked a ticket, is not joined once more; one that
    /// fails keeps no other from being restored.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is no backup; [`ErrorCode::BadInput`] for tickets of spaces
    /// that it does not hold, beside spaces that it does not hold, and on the device that it is of;
    /// and what storing says.
    pub async fn restore(
        &self,
        backup: &Path,
        tickets: &[String],
    ) -> Result<Vec<Restored>, ApiError> {
        // The backup is only read: what opening a database writes is written to a copy.
        let copy = self.0.folder.join(COPY);
        let disk = |error: std::io::Error| crate::profile::disk_error(&error);
        if !backup.is_file() {
            return Err(plain::missing("backup").about(backup.display().to_string()));
        }
        clear_away(&self.0.folder);
        let done = match std::fs::copy(backup, &copy) {
            Ok(_) => self.take_back(&copy, tickets).await,
            Err(error) => Err(disk(error)),
        };
        clear_away(&self.0.folder);
        done
    }

    async fn take_back(&self, copy: &Path, tickets: &[String]) -> Result<Vec<Restored>, ApiError> {
        let old = open(copy, Store::open)?;
        let spaces = old.spaces().map_err(|error| store_error(&error))?;
        let given = tickets.iter().map(|text| read(text));
        let given = given.collect::<Result<Vec<Ticket>, ApiError>>()?;
        if let Some(other) = given.iter().find(|one| !spaces.contains(&one.space)) {
            return Err(refused(
                "a ticket of a space that is not in the backup",
                other.space,
            ));
        }
        for (space, desk) in self.all() {
            if !spaces.contains(&space) {
                let why = "restoring into a folder that has spaces which are not in the backup";
                return Err(refused(why, space));
            }
            // What cannot be read, here or there, is told of that space when its turn comes.
            let Ok(me) = desk.ask(|desk| Ok(desk.space.me())).await else {
                continue;
            };
            let Ok(held) = opened(&old, space, me) else {
                continue;
            };
            // Told as a new device, it would come to be removed as the old one.
            if held.index().items_of(first_words(me)).next().is_some() {
                let why = "this device is in the backup itself: restore into an empty folder";
                return Err(refused(why, space));
            }
        }
        let mut list = Vec::new();
        for space in spaces {
            list.push(self.take_back_one(space, &given, &old).await?);
        }
        Ok(list)
    }

    async fn take_back_one(
        &self,
        space: SpaceId,
        given: &[Ticket],
        old: &Store,
    ) -> Result<Restored, ApiError> {
        let not_in = |became| Restored {
            space: space.to_string(),
            entries: None,
            became,
        };
        let now = match self.join_to_restore(space, given, old).await {
            Ok(Some(now)) => now,
            Ok(None) => return Ok(not_in(Became::Lacking)),
            Err(error) => return Ok(not_in(Became::Failed(error))),
        };
        let old = old.clone();
        let take = move |desk: &mut Desk| Ok((desk.take_back(&old)?, desk.became(now)));
        let taken = match self.desk(space) {
            Ok(desk) => desk.ask(take).await,
            Err(error) => Err(error),
        };
        Ok(match taken {
            Ok((entries, became)) => Restored {
                space: space.to_string(),
                entries: Some(entries),
                became,
            },
            Err(error) => not_in(Became::Failed(half_done(&error))),
        })
    }

    /// Joins a space where there is a ticket that this device did not join by; whether it did just
    /// now, or `None` when it is in none and lacks one.
    async fn join_to_restore(
        &self,
        space: SpaceId,
        given: &[Ticket],
        old: &Store,
    ) -> Result<Option<bool>, ApiError> {
        let given = given.iter().find(|ticket| ticket.space == space);
        let ticket = match given.map(Ticket::to_text) {
            Some(text) => text,
            // By the old device's ticket it is joined once, whatever came of that.
            None if self.desk(space).is_ok() => return Ok(Some(false)),
            None => match old_ticket(space, old)? {
                Some(text) => text,
                None => return Ok(None),
            },
        };
        if self.footing(&read(&ticket)?).await? == Footing::In {
            return Ok(Some(false));
        }
        self.join(JoinSpace { ticket }).await?;
        Ok(Some(true))
    }
}

/// The space is joined, and what the backup holds of it is not all here.
fn half_done(error: &ApiError) -> ApiError {
    ApiError {
        message: format!(
            "joined, but not all of the backup was read: {}",
            error.message
        ),
        ..error.clone()
    }
}

fn refused(why: &str, space: SpaceId) -> ApiError {
    ApiError::new(ErrorCode::BadInput, why).about(space.to_string())
}

fn opened(old: &Store, space: SpaceId, me: DeviceId) -> Result<Space, ApiError> {
    Space::open(space, me, &old.shelf(space)).map_err(|error| store_error(&error))
}

/// The ticket that the old device joined a space by, where somebody may still come in by it.
fn old_ticket(space: SpaceId, old: &Store) -> Result<Option<String>, ApiError> {
    let (at, key) = Note::Joined(space).place();
    let kept = old.setting(Some(at), &key);
    let kept = kept.map_err(|error| store_error(&error))?;
    let Some(text) = kept.and_then(|bytes| String::from_utf8(bytes).ok()) else {
        return Ok(None);
    };
    // One that cannot be read any more is none, and keeps no other space from being restored.
    let Ok(invite) = read(&text).map(|ticket| ticket.invite) else {
        return Ok(None);
    };
    let space = opened(old, space, DeviceId::from_bytes([0; 32]))?;
    Ok((!is_used_up(space.roster(), invite)).then_some(text))
}

impl Desk {
    /// How this device stands after joining, just `now` or before.
    fn became(&self, now: bool) -> Became {
        match self.must_join() {
            _ if self.is_member() => Became::In { now },
            Some(why) => Became::KeptOut(why),
            None if self.awaits_meeting() => Became::Waiting,
            None => Became::Removed,
        }
    }

    /// Takes in everything another store holds of this space.
    fn take_back(&mut self, old: &Store) -> Result<u64, ApiError> {
        let shelf = old.shelf(self.id());
        let space = opened(old, self.id(), self.space.me())?;
        let mut entries = 0;
        // Of who had met nobody there is a joining: told to others, it would take a place for nobody.
        if space.is_waiting() && space.index().items().count() <= 1 {
            return Ok(entries);
        }
        let mut bad = 0;
        let lost = crate::node::carry::each_run(&space, &shelf, |_| false, &mut |run, _| {
            match self.input(Input::Carried { run })? {
                Some(Ok(Reply::TakenIn {
                    entries: taken,
                    altered,
                    ..
                })) => {
                    entries += taken.saturating_sub(altered);
                    bad += altered;
                }
                Some(Err(error)) => return Err(command_error(&error)),
                Some(Ok(_)) | None => {}
            }
            Ok(())
        })?;
        let all = MediaPolicy::All;
        let mut take = |run| match self.input(Input::CarriedMedia { run })? {
            Some(Err(error)) => Err(command_error(&error)),
            Some(Ok(_)) | None => Ok(()),
        };
        let id = space.id();
        let media = crate::node::carry::each_media_run(old, id, all, |_| false, &mut take)?;
        let lost = lost + bad;
        if lost + media > 0 {
            let why = format!("{lost} entries and {media} photos or sounds of it cannot be read");
            return Err(ApiError::new(ErrorCode::Storage, why));
        }
        Ok(entries)
    }
}
