//! Memory cards and sticks that are in this machine now, and the carry files on them.
//! Not here: what is in a carry file, and writing one (`carry`).

use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use sysinfo::{Disk, DiskRefreshKind, Disks};

use crate::api::carry::{CardFile, MemoryCard};
use crate::api::{ApiError, ErrorCode};
use crate::node::Node;
use crate::node::carry::ENDING;
use crate::node::parts::waiting;

/// Where systems put what is plugged in while they run.
const PLACES: [&str; 3] = ["/media", "/run/media", "/Volumes"];
/// Carry files of one card that are told.
const MOST_FILES: usize = 100;
/// What is looked at on one card; on one with a hundred thousand photos, carry files may be missed that
/// lie deep in it, and are then chosen by hand.
const MOST_LOOKED_AT: usize = 5_000;

impl Node {
    /// Looks again at every call: nothing tells every system's programs of a card that is put in.
    pub(super) async fn memory_cards(&self) -> Result<Vec<MemoryCard>, ApiError> {
        let own = self.folder().to_owned();
        waiting(move || {
            let kind = DiskRefreshKind::nothing().with_storage();
            let disks = Disks::new_with_refreshed_list_specifics(kind);
            let disks =
                disks.map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
            let mut cards: Vec<MemoryCard> = among(&disks, &own).filter_map(card).collect();
            cards.sort_by(|one, other| one.path.cmp(&other.path));
            Ok(cards)
        })
        .await
    }
}

/// Of these disks, those that somebody can take out and carry elsewhere, but for the one that this
/// replica itself is on.
fn among<'a>(disks: &'a [Disk], own: &Path) -> impl Iterator<Item = &'a Disk> {
    let own = own.canonicalize().unwrap_or_else(|_| own.to_owned());
    let mounts = disks.iter().map(Disk::mount_point);
    let ours = mounts.filter(|at| own.starts_with(at)).max_by_key(|at| {
        let parts = at.components();
        parts.count()
    });
    disks.iter().filter(move |disk| {
        let at = disk.mount_point();
        let put_in = PLACES.iter().any(|place| at.starts_with(place));
        (put_in || disk.is_removable()) && ours != Some(at)
    })
}

fn card(disk: &Disk) -> Option<MemoryCard> {
    let at = disk.mount_point();
    let label = at.file_name().unwrap_or_else(|| disk.name());
    let name = match label.to_string_lossy() {
        name if name.is_empty() => at.to_string_lossy().into_owned(),
        name => name.into_owned(),
    };
    Some(MemoryCard {
        // What cannot be said in a call cannot be written to.
        path: at.to_str()?.to_owned(),
        name,
        free: disk.available_space(),
        writable: !disk.is_read_only(),
        files: carry_files(at),
    })
}

/// Carry files on a card and in its folders, the newest first.
fn carry_files(at: &Path) -> Vec<CardFile> {
    let mut looked_at = 0;
    let mut found = Vec::new();
    let mut folders = vec![at.to_owned()];
    collect(at, &mut looked_at, &mut found, Some(&mut folders));
    for folder in folders.into_iter().skip(1) {
        collect(&folder, &mut looked_at, &mut found, None);
    }
    found.sort_by_key(|(changed, file)| (Reverse(*changed), file.path.clone()));
    let files = found.into_iter().map(|(_, file)| file);
    files.take(MOST_FILES).collect()
}

fn collect(
    at: &Path,
    looked_at: &mut usize,
    found: &mut Vec<(SystemTime, CardFile)>,
    mut folders: Option<&mut Vec<PathBuf>>,
) {
    for one in std::fs::read_dir(at).into_iter().flatten().flatten() {
        *looked_at += 1;
        if *looked_at > MOST_LOOKED_AT {
            return;
        }
        let path = one.path();
        let hidden = one.file_name().to_string_lossy().starts_with('.');
        // A link on a card leads where its maker likes.
        let Ok(about) = one.metadata() else { continue };
        if hidden {
        } else if about.is_dir() {
            if let Some(folders) = &mut folders {
                folders.push(path);
            }
        } else if about.is_file()
            && path
                .extension()
                .is_some_and(|it| it.eq_ignore_ascii_case(ENDING))
            && let Some(path) = path.to_str()
        {
            let changed = about.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            let file = CardFile {
                path: path.to_owned(),
                bytes: about.len(),
            };
            found.push((changed, file));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn carry_files_are_found_in_a_card_and_its_folders_and_nothing_else_is() {
        let card = tempfile::tempdir().unwrap();
        let at = card.path();
        std::fs::create_dir_all(at.join("Download/deep")).unwrap();
        std::fs::create_dir_all(at.join(".Trash")).unwrap();
        for name in [
            "first.majlis",
            "DOWN.MAJLIS",
            "photo.jpg",
            ".hidden.majlis",
            "Download/second.majlis",
            "Download/deep/third.majlis",
            ".Trash/gone.majlis",
        ] {
            std::fs::write(at.join(name), "x").unwrap();
        }
        std::fs::create_dir(at.join("folder.majlis")).unwrap();
        #[cfg(unix)]
        std::os::unix::fs::symlink("/etc/passwd", at.join("elsewhere.majlis")).unwrap();
        let names = |files: &[CardFile]| -> Vec<String> {
            let mut names: Vec<String> = files
                .iter()
                .map(|file| {
                    let path = Path::new(&file.path).strip_prefix(at).unwrap();
                    path.display().to_string()
                })
                .collect();
            names.sort();
            names
        };
        let files = carry_files(at);
        assert_eq!(
            names(&files),
            ["DOWN.MAJLIS", "Download/second.majlis", "first.majlis"]
        );
        assert!(files.iter().all(|file| file.bytes == 1));
    }

    #[test]
    fn a_card_that_is_full_of_files_does_not_hold_up_the_rest() {
        let card = tempfile::tempdir().unwrap();
        for number in 0..MOST_FILES + 10 {
            std::fs::write(card.path().join(format!("{number}.majlis")), "x").unwrap();
        }
        assert_eq!(carry_files(card.path()).len(), MOST_FILES);
    }
}
