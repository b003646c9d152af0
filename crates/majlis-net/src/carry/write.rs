//! Writing a carry file: a new one beside its place first, so that what stands under its name is
//! always whole; a further section behind what is there, which is not touched.

use std::fs::{File, OpenOptions};
use std::io::{self, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::{
    BLOCK_HEAD, CarryError, CarryHead, CarryPlace, END_SIZE, Kind, MAX_CARRY_FILE, block_hash,
    digest, end, short,
};

/// Writes one section of a carry file. Dropped before [`CarryWriter::finish`], it leaves nothing
/// behind.
#[derive(Debug)]
pub struct CarryWriter {
    file: File,
    target: Target,
    place: CarryPlace,
    limit: u64,
    bytes: u64,
    finished: bool,
}

#[derive(Debug)]
enum Target {
    /// A new file, under this name until it is finished.
    Beside(PathBuf),
    /// A file that was as long as this.
    Behind(u64),
}

impl CarryWriter {
    /// Begins a new file of at most `limit` bytes beside `path`; nothing is there under that name
    /// before it is finished.
    ///
    /// # Errors
    /// [`CarryError::Disk`].
    pub fn create(path: &Path, head: &CarryHead, limit: u64) -> Result<Self, CarryError> {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".part");
        let beside = path.with_file_name(name);
        let file = File::create(&beside).map_err(CarryError::Disk)?;
        let mut writer = Self {
            file,
            target: Target::Beside(beside),
            place: head.after(),
            limit: limit.min(MAX_CARRY_FILE),
            bytes: 0,
            finished: false,
        };
        let copies = head.to_bytes();
        writer.file.write_all(&copies).map_err(CarryError::Disk)?;
        Ok(writer)
    }

    /// Begins a further section of the file at `path`, which may become `limit` bytes long. What
    /// stands behind `place`, the place after its last whole block, is cut away.
    ///
    /// # Errors
    /// [`CarryError::Disk`].
    pub fn append(path: &Path, place: CarryPlace, limit: u64) -> Result<Self, CarryError> {
        let open = || -> io::Result<File> {
            let mut file = OpenOptions::new().write(true).open(path)?;
            if file.metadata()?.len() > place.offset {
                file.set_len(place.offset)?;
            }
            file.seek(SeekFrom::Start(place.offset))?;
            Ok(file)
        };
        Ok(Self {
            file: open().map_err(CarryError::Disk)?,
            target: Target::Behind(place.offset),
            place,
            limit: limit.min(MAX_CARRY_FILE),
            bytes: 0,
            finished: false,
        })
    }

    /// Adds a run, leaving `room` bytes for a manifest.
    ///
    /// # Errors
    /// [`CarryError::BlockSize`] or [`CarryError::Full`], and nothing is written;
    /// [`CarryError::Disk`], and the file cannot be finished.
    pub fn add(&mut self, run: &[u8], room: usize) -> Result<(), CarryError> {
        self.block(Kind::Run, run, room)?;
        self.bytes = self.bytes.saturating_add(wide(run.len()));
        Ok(())
    }

    /// Adds a run of pieces, leaving `room` bytes for a manifest.
    ///
    /// # Errors
    /// As [`CarryWriter::add`].
    pub fn add_media(&mut self, run: &[u8], room: usize) -> Result<(), CarryError> {
        self.block(Kind::Media, run, room)?;
        self.bytes = self.bytes.saturating_add(wide(run.len()));
        Ok(())
    }

    fn block(&mut self, kind: Kind, bytes: &[u8], room: usize) -> Result<u32, CarryError> {
        if bytes.is_empty() || bytes.len() > kind.most() {
            return Err(CarryError::BlockSize(bytes.len()));
        }
        let size = BLOCK_HEAD.saturating_add(bytes.len());
        let length = u32::try_from(bytes.len()).map_err(|_| CarryError::BlockSize(bytes.len()))?;
        let offset = self.place.offset.saturating_add(wide(size));
        let ending = wide(room).saturating_add(wide(END_SIZE));
        let number = self.place.number;
        let next = number.checked_add(1).ok_or(CarryError::Full)?;
        if offset.saturating_add(ending) > self.limit {
            return Err(CarryError::Full);
        }
        let hash = block_hash(kind, number, length, bytes);
        let mut block = Vec::with_capacity(size);
        block.extend_from_slice(&kind.mark());
        block.extend_from_slice(&number.to_le_bytes());
        block.extend_from_slice(&length.to_le_bytes());
        block.extend_from_slice(short(&hash));
        block.extend_from_slice(bytes);
        self.file.write_all(&block).map_err(CarryError::Disk)?;
        self.place = CarryPlace {
            offset,
            number: next,
            digest: digest(&self.place.digest, &hash),
        };
        u32::try_from(size).map_err(|_| CarryError::BlockSize(bytes.len()))
    }

    /// Writes the manifest and the end, waiting for the disk before and after, and puts a new file
    /// under the name `path`.
    ///
    /// # Errors
    /// [`CarryError::Full`], [`CarryError::BlockSize`] or [`CarryError::Disk`]; what stood under the
    /// name before still does.
    pub fn finish(mut self, manifest: &[u8], path: &Path) -> Result<(), CarryError> {
        // Runs first: an end that is there says that everything before it is.
        self.file.sync_all().map_err(CarryError::Disk)?;
        let back = self.block(Kind::Manifest, manifest, 0)?;
        let mut put = || -> io::Result<()> {
            self.file.write_all(&end(self.place.number, back))?;
            self.file.sync_all()?;
            if let Target::Beside(beside) = &self.target {
                std::fs::rename(beside, path)?;
            }
            Ok(())
        };
        put().map_err(CarryError::Disk)?;
        self.finished = true;
        let folder = path.parent().filter(|f| !f.as_os_str().is_empty());
        // A folder cannot be opened everywhere, and not every card knows how to wait for one.
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// Where the next block goes, and the digest of all before it.
    #[must_use]
    pub const fn place(&self) -> CarryPlace {
        self.place
    }

    /// Bytes of the runs added.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }
}

impl Drop for CarryWriter {
    fn drop(&mut self) {
        if self.finished {
            return;
        }
        match &self.target {
            Target::Beside(beside) => {
                let _ = std::fs::remove_file(beside);
            }
            Target::Behind(length) => {
                let _ = self.file.set_len(*length);
            }
        }
    }
}

fn wide(size: usize) -> u64 {
    u64::try_from(size).unwrap_or(u64::MAX)
}
