//! Small files that must survive a power cut: written beside, synced, renamed, synced again. Each is its
//! folder's owner's, whoever makes it. Not here: anything that belongs in the database.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::Path;

/// The largest file of this kind.
const MAX: u64 = 64 * 1024;

/// Replaces `path` with `bytes` durably, readable by its owner only.
///
/// # Errors
/// What the file system says; then the old file, if any, is still whole.
pub fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let beside = path.with_extension("new");
    match fs::remove_file(&beside) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut file = make(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&beside, path)?;
    sync_folder(path)
}

/// Makes an empty file that was not there, readable by its owner only.
///
/// # Errors
/// What the file system says, also when there is a file of that name.
pub(crate) fn make(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    private(&mut options);
    let file = options.open(path)?;
    hand_over(&file, path);
    Ok(file)
}

/// Gives a file that was just made to the owner of its folder: what an order makes that is given as root
/// must be readable for the user as whom the program runs. Nobody but root may give files away.
#[cfg(unix)]
fn hand_over(file: &File, path: &Path) {
    use std::os::unix::fs::{MetadataExt as _, fchown};
    let folder = path.parent().map(fs::metadata);
    if let (Ok(made), Some(Ok(folder))) = (file.metadata(), folder)
        && made.uid() != folder.uid()
    {
        let _ = fchown(file, Some(folder.uid()), Some(folder.gid()));
    }
}

#[cfg(not(unix))]
fn hand_over(_: &File, _: &Path) {}

/// Reads a small file; `None` when there is none.
///
/// # Errors
/// What the file system says; a file that is too large is invalid.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = Vec::new();
    file.take(MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "file is too large",
        ));
    }
    Ok(Some(bytes))
}

/// A file that is made is for this user alone.
#[cfg(unix)]
pub(crate) fn private(options: &mut OpenOptions) {
    use std::os::unix::fs::OpenOptionsExt as _;
    options.mode(0o600);
}

#[cfg(not(unix))]
pub(crate) fn private(_: &mut OpenOptions) {}

#[cfg(unix)]
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent()
        .map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

#[cfg(not(unix))]
fn sync_folder(_: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[cfg(unix)]
    fn what_root_makes_in_the_folder_of_another_user_is_theirs() {
        use std::os::unix::fs::{MetadataExt as _, chown};
        let folder = tempfile::tempdir().unwrap();
        if chown(folder.path(), Some(65_534), Some(65_534)).is_err() {
            // Only root can make such a folder.
            return;
        }
        let path = folder.path().join("file.json");
        for bytes in [b"one", b"two"] {
            replace(&path, bytes).unwrap();
            let made = fs::metadata(&path).unwrap();
            assert_eq!((made.uid(), made.gid()), (65_534, 65_534));
            assert_eq!(made.mode() & 0o777, 0o600);
        }
        assert_eq!(read(&path).unwrap().unwrap(), b"two");
    }
}
