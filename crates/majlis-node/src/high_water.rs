//! How far the replica of a folder had signed, remembered by the machine outside of that folder. When
//! a person puts an older copy of the whole folder back, the machine remembers more than the folder
//! holds: going on with the same keys would sign other entries at the same places.
//! Not here: a copy on another machine, of which this one cannot know.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use data_encoding::BASE32_NOPAD;
use majlis_core::effect::Write;
use majlis_core::id::{DeviceId, SpaceId};

/// Each line of the file: which device in which space, and how many entries it had signed there.
const NAME: usize = 16;
const LINE: usize = NAME + 8;
/// More lines are not read: a device has one for each space.
const MAX_LINES: u64 = 65_536;

/// What the machine remembers of one replica. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct HighWater(Arc<Remembered>);

#[derive(Debug)]
struct Remembered {
    /// What only this replica knows: from the file alone nobody learns which devices it is about.
    secret: [u8; 32],
    kept: Mutex<Kept>,
}

#[derive(Debug)]
struct Kept {
    /// Locked as long as the replica is open.
    file: File,
    /// Where a line begins, and its number.
    lines: BTreeMap<[u8; NAME], (u64, u64)>,
}

/// What came of asking the machine.
#[derive(Debug)]
pub(crate) enum Asked {
    /// It remembers, or begins to.
    Remembers(HighWater),
    /// A copy of the same replica is open, in another folder.
    OpenElsewhere,
}

impl HighWater {
    /// Asks what `machine` remembers of the replica with this install id.
    ///
    /// # Errors
    /// What the file system says; then nothing is remembered.
    pub(crate) fn open(machine: &Path, install: &[u8]) -> io::Result<Asked> {
        let secret = blake3::derive_key("majlis 2026 high water v1", install);
        let (name, _) = secret.split_at(NAME);
        fs::create_dir_all(machine)?;
        let path = machine.join(BASE32_NOPAD.encode(name).to_lowercase());
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        crate::disk::private(&mut options);
        let mut file = options.open(path)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Asked::OpenElsewhere),
            Err(TryLockError::Error(error)) => return Err(error),
        }
        let mut bytes = Vec::new();
        (&mut file)
            .take(MAX_LINES * LINE as u64)
            .read_to_end(&mut bytes)?;
        let mut lines = BTreeMap::new();
        for (at, line) in (0_u64..).step_by(LINE).zip(bytes.as_chunks::<LINE>().0) {
            if let Some((name, Ok(count))) = line
                .split_first_chunk::<NAME>()
                .map(|(name, count)| (*name, count.try_into().map(u64::from_le_bytes)))
            {
                lines.insert(name, (at, count));
            }
        }
        let kept = Mutex::new(Kept { file, lines });
        let remembered = Remembered { secret, kept };
        Ok(Asked::Remembers(Self(Arc::new(remembered))))
    }

    /// How many entries a device had signed in a space; 0 when nothing is remembered of it.
    pub(crate) fn of(&self, space: SpaceId, device: DeviceId) -> u64 {
        let kept = self.kept();
        kept.lines
            .get(&self.name(space, device))
            .map_or(0, |line| line.1)
    }

    /// Remembers that a device has signed so many entries in a space, all of them on disk. Not synced:
    /// after a power cut less may be remembered, which does no harm.
    ///
    /// # Errors
    /// What the file system says.
    pub(crate) fn reached(&self, space: SpaceId, device: DeviceId, signed: u64) -> io::Result<()> {
        let name = self.name(space, device);
        let mut kept = self.kept();
        let end = (kept.lines.len() * LINE) as u64;
        let (at, known) = kept.lines.get(&name).copied().unwrap_or((end, 0));
        if signed <= known {
            return Ok(());
        }
        let mut line = [0; LINE];
        let (first, second) = line.split_at_mut(NAME);
        first.copy_from_slice(&name);
        second.copy_from_slice(&signed.to_le_bytes());
        kept.file.seek(SeekFrom::Start(at))?;
        kept.file.write_all(&line)?;
        kept.lines.insert(name, (at, signed));
        Ok(())
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        let kept = &self.0.kept;
        kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn name(&self, space: SpaceId, device: DeviceId) -> [u8; NAME] {
        let mut hasher = blake3::Hasher::new_keyed(&self.0.secret);
        hasher.update(space.as_bytes());
        hasher.update(device.as_bytes());
        let hash = hasher.finalize();
        let mut name = [0; NAME];
        name.copy_from_slice(hash.as_bytes().split_at(NAME).0);
        name
    }
}

/// How far this replica's device has signed in one space, told to the machine as it goes on.
#[derive(Debug)]
pub(crate) struct Signed {
    high: HighWater,
    space: SpaceId,
    device: DeviceId,
    entries: u64,
}

impl Signed {
    /// As far as the store is.
    pub(crate) fn new(high: HighWater, space: SpaceId, device: DeviceId, entries: u64) -> Self {
        let signed = Self {
            high,
            space,
            device,
            entries,
        };
        signed.tell();
        signed
    }

    /// Counts what was stored.
    pub(crate) fn stored(&mut self, writes: &[Write]) {
        let own = |write: &&Write| match write {
            Write::Entry { signed, .. } => signed.unchecked().device == self.device,
            _ => false,
        };
        let more = writes.iter().filter(own).count();
        if more > 0 {
            self.entries = self.entries.saturating_add(more as u64);
            self.tell();
        }
    }

    fn tell(&self) {
        if let Err(error) = self.high.reached(self.space, self.device, self.entries) {
            tracing::debug!(%error, "telling the machine how far this device has signed");
        }
    }
}

/// Where this user's programs keep what concerns this machine alone, apart from the folders of
/// replicas; `None` where the system has no such place.
#[must_use]
pub fn machine_folder() -> Option<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let home = || from("HOME");
    let base = if cfg!(windows) {
        from("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support"))
    } else if cfg!(any(target_os = "android", target_os = "ios")) {
        None
    } else {
        from("XDG_STATE_HOME").or_else(|| home().map(|home| home.join(".local/state")))
    };
    base.map(|base| base.join("majlis-signed"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SPACE: SpaceId = SpaceId::from_bytes([5; 32]);

    fn device(byte: u8) -> DeviceId {
        DeviceId::from_bytes([byte; 32])
    }

    fn remembers(machine: &Path, install: &[u8]) -> HighWater {
        match HighWater::open(machine, install).unwrap() {
            Asked::Remembers(high) => high,
            Asked::OpenElsewhere => panic!("it is open"),
        }
    }

    #[test]
    fn what_was_reached_is_remembered_for_each_device() {
        let machine = tempfile::tempdir().unwrap();
        let high = remembers(machine.path(), b"one");
        assert_eq!(high.of(SPACE, device(1)), 0);
        high.reached(SPACE, device(1), 3).unwrap();
        high.reached(SPACE, device(2), 1).unwrap();
        high.reached(SPACE, device(1), 7).unwrap();
        high.reached(SPACE, device(1), 5).unwrap();
        assert_eq!(
            (high.of(SPACE, device(1)), high.of(SPACE, device(2))),
            (7, 1)
        );
        drop(high);
        let again = remembers(machine.path(), b"one");
        assert_eq!(
            (again.of(SPACE, device(1)), again.of(SPACE, device(2))),
            (7, 1)
        );
        again.reached(SPACE, device(3), 2).unwrap();
        drop(again);
        let again = remembers(machine.path(), b"one");
        assert_eq!(
            [1, 2, 3, 4].map(|byte| again.of(SPACE, device(byte))),
            [7, 1, 2, 0]
        );
        let other = SpaceId::from_bytes([6; 32]);
        assert_eq!(again.of(other, device(1)), 0);
        assert_eq!(remembers(machine.path(), b"two").of(SPACE, device(1)), 0);
    }

    #[test]
    fn a_copy_that_is_open_is_noticed() {
        let machine = tempfile::tempdir().unwrap();
        let first = remembers(machine.path(), b"one");
        assert!(matches!(
            HighWater::open(machine.path(), b"one").unwrap(),
            Asked::OpenElsewhere
        ));
        drop(first);
        remembers(machine.path(), b"one");
    }

    #[test]
    fn a_line_that_was_cut_off_is_written_again() {
        let machine = tempfile::tempdir().unwrap();
        remembers(machine.path(), b"one")
            .reached(SPACE, device(1), 3)
            .unwrap();
        let file = fs::read_dir(machine.path())
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        let mut bytes = fs::read(&file).unwrap();
        bytes.extend_from_slice(&[9; 5]);
        fs::write(&file, &bytes).unwrap();
        let high = remembers(machine.path(), b"one");
        assert_eq!(high.of(SPACE, device(1)), 3);
        high.reached(SPACE, device(2), 4).unwrap();
        drop(high);
        let again = remembers(machine.path(), b"one");
        assert_eq!(
            (again.of(SPACE, device(1)), again.of(SPACE, device(2))),
            (3, 4)
        );
    }
}
