//! Giving a file that is whole its name, and nothing that is there another one.

use std::io;
use std::path::Path;

use tempfile::TempPath;

/// Gives a file that was written beside its name, unless something has that name.
///
/// Where a file system can neither rename without replacing nor link, as on some memory cards, it is
/// looked up first whether the name is free; two that write at the same moment are then not told apart.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] when the name is taken, which is left as it was; otherwise what the
/// file system says. The file that was written beside is gone then.
pub fn name_new(beside: TempPath, name: &Path) -> io::Result<()> {
    match beside.persist_noclobber(name) {
        Ok(()) => Ok(()),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Err(failed.error),
        Err(failed) => rename_free(failed.path, name),
    }
}

fn rename_free(beside: TempPath, name: &Path) -> io::Result<()> {
    if name.symlink_metadata().is_ok() {
        return Err(io::ErrorKind::AlreadyExists.into());
    }
    beside.persist(name).map_err(|failed| failed.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_is_taken_is_left_whatever_the_file_system_can() {
        let folder = tempfile::tempdir().unwrap();
        let name = folder.path().join("name");
        let beside = || {
            let file = tempfile::NamedTempFile::new_in(&folder).unwrap();
            std::fs::write(file.path(), "new").unwrap();
            file.into_temp_path()
        };
        for give in [name_new, rename_free] {
            std::fs::write(&name, "old").unwrap();
            let refused = give(beside(), &name).unwrap_err();
            assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(std::fs::read(&name).unwrap(), b"old");
            std::fs::remove_file(&name).unwrap();
            give(beside(), &name).unwrap();
            assert_eq!(std::fs::read(&name).unwrap(), b"new");
            let files = std::fs::read_dir(&folder).unwrap();
            assert_eq!(files.count(), 1, "nothing is left beside");
        }
    }
}
