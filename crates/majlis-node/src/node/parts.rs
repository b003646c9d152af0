//! Calls that bring a carry file to this device part by part, and give one out again: a page in a
//! browser can read and save files, but not name a path. And one that keeps a file that a page in the
//! window made, which cannot save it. Not here: what is in the file (`carry`).

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use data_encoding::BASE64;
use majlis_store::name_new;
use tempfile::NamedTempFile;

use crate::api::carry::{FileHeld, FilePart, FileWhole, PartAt};
use crate::api::{ApiError, ErrorCode};
use crate::node::Node;
use crate::plain;
use crate::profile::disk_error;

/// Carry files that are written here, unless another path is given; those of
/// a space that are older than a week make way for the next one.
pub(super) const EXPORTS: &str = "exports";
/// Carry files on their way in; each is gone when it was taken in, or was left for a week.
pub(super) const INCOMING: &str = "incoming";
/// The bytes of a part that is given out.
const PART: u64 = 512 * 1024;
/// The most bytes of a part that is taken in.
const MAX_PART: usize = 4 * 1024 * 1024;
/// The most bytes of a file that a page made.
const MAX_WHOLE: usize = 64 * 1024 * 1024;
const MAX_NAME: usize = 100;
/// Files of one name.
const MOST_OF_A_NAME: u32 = 1_000;
/// A file that nobody goes on with is kept so long.
const LEFT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

impl Node {
    pub(super) async fn put_part(&self, part: FilePart) -> Result<FileHeld, ApiError> {
        let folder = self.folder().join(INCOMING);
        waiting(move || put(&folder, &part)).await
    }

    pub(super) async fn keep_file(&self, file: FileWhole) -> Result<FileHeld, ApiError> {
        let folder = self.folder().join(EXPORTS);
        waiting(move || keep(&folder, &file)).await
    }

    pub(super) async fn part(&self, at: PartAt) -> Result<FilePart, ApiError> {
        let folder = self.folder().join(EXPORTS);
        waiting(move || give(&folder, &at)).await
    }
}

pub(super) async fn waiting<T: Send + 'static>(
    job: impl FnOnce() -> Result<T, ApiError> + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(job).await;
    done.map_err(|_| ApiError::new(ErrorCode::Internal, "waiting for the disk"))?
}

/// A plain file name; whatever else a name holds is left out.
fn plain_name(name: &str) -> Option<String> {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    let name: String = name.chars().filter(kept).collect();
    let name = name.trim_start_matches('.');
    let name = crate::ticket::cut(name, MAX_NAME);
    (!name.is_empty()).then(|| name.to_owned())
}

/// Adds a part to a file on its way in, when it is the next one; how much of the file is there. The
/// first part goes on with what came of a file of this name before.
fn put(folder: &Path, part: &FilePart) -> Result<FileHeld, ApiError> {
    let name = plain_name(&part.name).ok_or_else(|| plain::bad("name"))?;
    let bytes = BASE64
        .decode(part.base64.as_bytes())
        .map_err(|_| plain::bad("part"))?;
    if bytes.len() > MAX_PART {
        return Err(plain::bad("part"));
    }
    fs::create_dir_all(folder).map_err(|error| disk_error(&error))?;
    let path = folder.join(name);
    if part.offset == 0 {
        drop_left(folder, |_| true);
    }
    let mut options = OpenOptions::new();
    let mut file = options
        .create(true)
        .append(true)
        .open(&path)
        .map_err(|error| disk_error(&error))?;
    let there = file.metadata().map_err(|error| disk_error(&error))?.len();
    let mut held = FileHeld {
        path: path.display().to_string(),
        bytes: there,
    };
    if there == part.offset {
        if let Err(error) = file.write_all(&bytes) {
            // Half a part is none.
            let _ = file.set_len(there);
            return Err(disk_error(&error));
        }
        held.bytes += bytes.len() as u64;
    }
    Ok(held)
}

/// Drops files that nobody went on with, of those that are `meant`.
pub(super) fn drop_left(folder: &Path, meant: impl Fn(&Path) -> bool) {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    for file in files.filter(|file| meant(&file.path())) {
        let changed = file.metadata().and_then(|about| about.modified());
        let age = changed.ok().and_then(|changed| changed.elapsed().ok());
        if age.is_some_and(|age| age > LEFT) {
            let _ = fs::remove_file(file.path());
        }
    }
}

/// Writes a whole file under its name, or under that name with a number where another one has it.
fn keep(folder: &Path, whole: &FileWhole) -> Result<FileHeld, ApiError> {
    let words: Vec<&str> = whole.name.split_whitespace().collect();
    let name = plain_name(&words.join("-")).ok_or_else(|| plain::bad("name"))?;
    let bytes = BASE64.decode(whole.base64.as_bytes());
    let bytes = bytes.map_err(|_| plain::bad("file"))?;
    if bytes.len() > MAX_WHOLE {
        return Err(plain::bad("file"));
    }
    fs::create_dir_all(folder).map_err(|error| disk_error(&error))?;
    let (stem, ending) = match name.rsplit_once('.') {
        Some((stem, ending)) => (stem, format!(".{ending}")),
        None => (&*name, String::new()),
    };
    for number in 1_u32.. {
        let path = match number {
            1 => folder.join(&name),
            more => folder.join(format!("{stem}-{more}{ending}")),
        };
        // What is there already is not written twice.
        if fs::read(&path).ok().as_ref() != Some(&bytes) {
            let mut file = NamedTempFile::new_in(folder).map_err(|error| disk_error(&error))?;
            file.write_all(&bytes).map_err(|error| disk_error(&error))?;
            match name_new(file.into_temp_path(), &path) {
                Ok(()) => {}
                Err(_) if path.exists() && number < MOST_OF_A_NAME => continue,
                Err(error) => return Err(disk_error(&error)),
            }
        }
        return Ok(FileHeld {
            path: path.to_string_lossy().into_owned(),
            bytes: bytes.len() as u64,
        });
    }
    Err(plain::bad("name"))
}

/// A part of a file that was written here; no other file is given out.
fn give(folder: &Path, at: &PartAt) -> Result<FilePart, ApiError> {
    let missing = || plain::missing("file").about(&at.path);
    let folder = folder.canonicalize().map_err(|_| missing())?;
    let path = PathBuf::from(&at.path)
        .canonicalize()
        .map_err(|_| missing())?;
    if path.parent() != Some(folder.as_path()) || !path.is_file() {
        return Err(missing());
    }
    let name = path
        .file_name()
        .map(|name| name.to_string_lossy().into_owned());
    let mut file = File::open(&path).map_err(|error| disk_error(&error))?;
    file.seek(SeekFrom::Start(at.offset))
        .map_err(|error| disk_error(&error))?;
    let mut bytes = Vec::new();
    file.take(PART)
        .read_to_end(&mut bytes)
        .map_err(|error| disk_error(&error))?;
    Ok(FilePart {
        name: name.unwrap_or_default(),
        offset: at.offset,
        base64: BASE64.encode(&bytes),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(name: &str, offset: u64, bytes: &[u8]) -> FilePart {
        FilePart {
            name: name.to_owned(),
            offset,
            base64: BASE64.encode(bytes),
        }
    }

    #[test]
    fn parts_make_the_file_they_were_cut_from() {
        let folder = tempfile::tempdir().unwrap();
        let bytes: Vec<u8> = (0..1_300_000_u32).map(|n| n.to_le_bytes()[0]).collect();
        let mut path = String::new();
        for (number, piece) in bytes.chunks(500_000).enumerate() {
            let offset = number as u64 * 500_000;
            path = put(folder.path(), &part("card.majlis", offset, piece))
                .unwrap()
                .path;
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
        let mut read = Vec::new();
        loop {
            let at = PartAt {
                path: path.clone(),
                offset: read.len() as u64,
            };
            let piece = give(folder.path(), &at).unwrap();
            let piece = BASE64.decode(piece.base64.as_bytes()).unwrap();
            if piece.is_empty() {
                break;
            }
            read.extend(piece);
        }
        assert_eq!(read, bytes);
        // A part that is not the next one changes nothing, and is told where to go on.
        for offset in [0, 500_000, 2_000_000] {
            let held = put(folder.path(), &part("card.majlis", offset, b"x")).unwrap();
            assert_eq!(held.bytes, 1_300_000);
        }
        assert_eq!(fs::read(&path).unwrap(), bytes);
    }

    #[test]
    fn a_file_of_a_page_is_kept_whole_and_replaces_nothing() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("exports");
        let keep = |name: &str, bytes: &[u8]| {
            let whole = FileWhole {
                name: name.to_owned(),
                base64: BASE64.encode(bytes),
            };
            keep(&folder, &whole).map(|held| PathBuf::from(held.path))
        };
        let form = keep("الماء في البيوت.xlsx", b"one").unwrap();
        assert_eq!(form, folder.join("الماء-في-البيوت.xlsx"));
        assert_eq!(keep("الماء في البيوت.xlsx", b"one").unwrap(), form);
        let other = keep("الماء في البيوت.xlsx", b"two").unwrap();
        assert_eq!(other, folder.join("الماء-في-البيوت-2.xlsx"));
        assert_eq!(fs::read(&form).unwrap(), b"one");
        assert_eq!(fs::read(&other).unwrap(), b"two");
        for name in ["../out.svg", "/etc/out.svg", "a/../../out.svg"] {
            let path = keep(name, b"x").unwrap();
            assert_eq!(path.parent(), Some(folder.as_path()), "{name}");
        }
        assert!(keep("..", b"x").is_err() && keep(" ", b"x").is_err());
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("incoming");
        for name in [
            "../out.majlis",
            "/etc/out.majlis",
            "..",
            "a/../../out.majlis",
            ".hidden",
        ] {
            if let Ok(path) = put(&folder, &part(name, 0, b"x")) {
                assert_eq!(
                    PathBuf::from(path.path).parent(),
                    Some(folder.as_path()),
                    "{name}"
                );
            }
        }
        let secret = place.path().join("device.key");
        fs::write(&secret, "key").unwrap();
        for path in [secret.clone(), folder.join("../device.key")] {
            let at = PartAt {
                path: path.display().to_string(),
                offset: 0,
            };
            assert!(give(&folder, &at).is_err(), "{path:?}");
        }
    }
}
