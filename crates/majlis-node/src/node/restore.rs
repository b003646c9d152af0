//! Backing up a replica while it is in use, and restoring one. The keys stay where they are: what
//! is restored is a new device that joins again, so that it never signs beside what the old one
//! signed after the backup.

use std::path::Path;

use majlis_core::id::{DeviceId, SpaceId};
use majlis_core::space::{Input, MediaPolicy, Space};
use majlis_store::Store;

use crate::api::members::JoinSpace;
use crate::api::{ApiError, ErrorCode, Request, Response};
use crate::desk::{Desk, store_error};
use crate::node::joining::is_used_up;
use crate::node::members::read;
use crate::node::{Node, Note, STORE_FILE};
use crate::plain;
use crate::ticket::Ticket;

/// What became of one space of a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restored {
    /// The space.
    pub space: String,
    /// Entries taken in from the backup; `None` when there is no ticket to join again by, or the one
    /// of the old device is used up or closed.
    pub entries: Option<u64>,
    /// Whether this device counts as a member by what the backup holds.
    pub member: bool,
    /// Whether the backup holds nothing of others: the old device had met nobody yet.
    pub waiting: bool,
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
    let store = open(&at)?;
    store
        .backup(file)
        .map_err(|error| store_error(&error).about(file.display().to_string()))?;
    let spaces = store.spaces().map_err(|error| store_error(&error))?;
    Ok(spaces.len())
}

fn open(file: &Path) -> Result<Store, ApiError> {
    if !file.is_file() {
        return Err(plain::missing("database").about(file.display().to_string()));
    }
    Store::open(file).map_err(|error| store_error(&error))
}

impl Node {
    /// Takes in a backup: joins each of its spaces again, by a ticket given here or else by the one
    /// that the old device joined by, and takes in every entry, photo and sound as from a carry file.
    /// A space that was joined before, when others lacked a ticket, is not joined once more.
    ///
    /// # Errors
    /// [`ErrorCode::NotFound`] when there is no backup, and what joining and storing say.
    pub async fn restore(
        &self,
        backup: &Path,
        tickets: &[String],
    ) -> Result<Vec<Restored>, ApiError> {
        // The backup is only read: what opening a database writes is written to a copy.
        let copy = self.0.folder.join("restoring.sqlite");
        let disk = |error: std::io::Error| crate::profile::disk_error(&error);
        if !backup.is_file() {
            return Err(plain::missing("backup").about(backup.display().to_string()));
        }
        std::fs::copy(backup, &copy).map_err(disk)?;
        let done = self.take_back(&copy, tickets).await;
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{ending}", copy.display()));
        }
        done
    }

    async fn take_back(&self, copy: &Path, tickets: &[String]) -> Result<Vec<Restored>, ApiError> {
        let old = open(copy)?;
        let mut list = Vec::new();
        let spaces = old.spaces().map_err(|error| store_error(&error))?;
        if let Some((other, _)) = self.all().iter().find(|(id, _)| !spaces.contains(id)) {
            let why = "restoring into a folder that has spaces which are not in the backup";
            return Err(ApiError::new(ErrorCode::BadInput, why).about(other.to_string()));
        }
        for space in spaces {
            if !self.is_joined(space).await? {
                let Some(ticket) = ticket_for(space, tickets, &old)? else {
                    list.push(Restored {
                        space: space.to_string(),
                        entries: None,
                        member: false,
                        waiting: false,
                    });
                    continue;
                };
                let join = Request::Join(JoinSpace { ticket });
                let Response::Join(_) = self.call(join).await? else {
                    return Err(ApiError::new(ErrorCode::Internal, "joining again"));
                };
            }
            let old = old.clone();
            let take = move |desk: &mut Desk| {
                let entries = desk.take_back(&old)?;
                Ok((entries, desk.is_member(), desk.space.is_waiting()))
            };
            let (entries, member, waiting) = self.desk(space)?.ask(take).await?;
            list.push(Restored {
                space: space.to_string(),
                entries: Some(entries),
                member,
                waiting,
            });
        }
        Ok(list)
    }
}

impl Node {
    /// Whether this device joined a space, and was not kept out of it.
    async fn is_joined(&self, space: SpaceId) -> Result<bool, ApiError> {
        let Ok(desk) = self.desk(space) else {
            return Ok(false);
        };
        desk.ask(|desk| Ok(desk.must_join().is_none())).await
    }
}

/// The ticket to join a space again by.
fn ticket_for(space: SpaceId, tickets: &[String], old: &Store) -> Result<Option<String>, ApiError> {
    let given = tickets
        .iter()
        .find(|text| Ticket::from_text(text).is_ok_and(|ticket| ticket.space == space));
    if let Some(given) = given {
        return Ok(Some(given.clone()));
    }
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
    let nobody = DeviceId::from_bytes([0; 32]);
    let space = Space::open(space, nobody, &old.shelf(space));
    let space = space.map_err(|error| store_error(&error))?;
    Ok((!is_used_up(space.roster(), invite)).then_some(text))
}

impl Desk {
    /// Takes in everything another store holds of this space.
    fn take_back(&mut self, old: &Store) -> Result<u64, ApiError> {
        let shelf = old.shelf(self.id());
        let space =
            Space::open(self.id(), self.space.me(), &shelf).map_err(|error| store_error(&error))?;
        let mut entries = 0;
        crate::node::carry::each_run(&space, &shelf, |_| false, &mut |run, packed| {
            entries += packed.len() as u64;
            self.input(Input::Carried { run }).map(drop)
        })?;
        let all = MediaPolicy::All;
        crate::node::carry::each_media_run(old, self.id(), all, |_| false, &mut |run| {
            self.input(Input::CarriedMedia { run }).map(drop)
        })?;
        Ok(entries)
    }
}
