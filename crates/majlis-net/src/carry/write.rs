//! Writing a carry file: into a file beside it first, so that what stands under its name is
//! always whole.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use super::{
    CarryError, CarryHead, END_SIZE, MAX_CARRY_FILE, MAX_CARRY_RUN, RUN, RUN_HEAD, end, head,
    run_check,
};

/// Writes one carry file. Dropped before [`CarryWriter::finish`], it leaves nothing behind.
#[derive(Debug)]
pub struct CarryWriter {
    head: CarryHead,
    path: PathBuf,
    beside: PathBuf,
    file: BufWriter<File>,
    size: u64,
    finished: bool,
}

impl CarryWriter {
    /// Begins a file at `path`; a file that is there is replaced when this one is finished. The
    /// counts of runs and bytes in `head` are counted anew.
    ///
    /// # Errors
    /// [`CarryError::Disk`].
    pub fn create(path: &Path, head: CarryHead) -> Result<Self, CarryError> {
        let mut name = path.file_name().unwrap_or_default().to_os_string();
        name.push(".part");
        let beside = path.with_file_name(name);
        let mut options = OpenOptions::new();
        let file = options
            .write(true)
            .create(true)
            .truncate(true)
            .open(&beside);
        let file = BufWriter::new(file.map_err(CarryError::Disk)?);
        let head = CarryHead {
            runs: 0,
            bytes: 0,
            ..head
        };
        let path = path.to_path_buf();
        let size = u64::try_from(2 * head::SIZE).unwrap_or(0);
        let mut writer = Self {
            head,
            path,
            beside,
            file,
            size,
            finished: false,
        };
        head::write(&writer.head, &mut writer.file).map_err(CarryError::Disk)?;
        Ok(writer)
    }

    /// Adds a run.
    ///
    /// # Errors
    /// [`CarryError::RunSize`] or [`CarryError::Full`], and nothing is written;
    /// [`CarryError::Disk`], and the file cannot be finished.
    pub fn add(&mut self, run: &[u8]) -> Result<(), CarryError> {
        if run.is_empty() || run.len() > MAX_CARRY_RUN {
            return Err(CarryError::RunSize(run.len()));
        }
        let length = u32::try_from(run.len()).map_err(|_| CarryError::RunSize(run.len()))?;
        let added = u64::try_from(RUN_HEAD)
            .unwrap_or(0)
            .saturating_add(u64::from(length));
        let size = self.size.saturating_add(added);
        let room = u64::try_from(END_SIZE).unwrap_or(0);
        let number = self.head.runs;
        let next = number.checked_add(1).ok_or(CarryError::Full)?;
        if size.saturating_add(room) > MAX_CARRY_FILE {
            return Err(CarryError::Full);
        }
        let mut write = || -> io::Result<()> {
            self.file.write_all(&RUN)?;
            self.file.write_all(&number.to_le_bytes())?;
            self.file.write_all(&length.to_le_bytes())?;
            self.file.write_all(&run_check(number, length, run))?;
            self.file.write_all(run)
        };
        write().map_err(CarryError::Disk)?;
        self.size = size;
        self.head.runs = next;
        self.head.bytes = self.head.bytes.saturating_add(u64::from(length));
        Ok(())
    }

    /// Writes the end and the counts, waits for the disk, and puts the file under its name.
    ///
    /// # Errors
    /// [`CarryError::Disk`]; what stood under the name before still does.
    pub fn finish(mut self) -> Result<CarryHead, CarryError> {
        self.put().map_err(CarryError::Disk)?;
        self.finished = true;
        Ok(self.head.clone())
    }

    fn put(&mut self) -> io::Result<()> {
        self.file.write_all(&end(self.head.runs, self.head.bytes))?;
        self.file.seek(SeekFrom::Start(0))?;
        head::write(&self.head, &mut self.file)?;
        self.file.flush()?;
        self.file.get_ref().sync_all()?;
        std::fs::rename(&self.beside, &self.path)?;
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        // A folder cannot be opened everywhere, and not every card knows how to wait for one.
        if let Ok(folder) = File::open(folder.unwrap_or(Path::new("."))) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// What has been written so far.
    #[must_use]
    pub const fn head(&self) -> &CarryHead {
        &self.head
    }
}

impl Drop for CarryWriter {
    fn drop(&mut self) {
        if !self.finished {
            let _ = std::fs::remove_file(&self.beside);
        }
    }
}
