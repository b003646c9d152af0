//! What this device's person chose: name, language, settings. Theirs alone: it never travels by
//! itself, only the name does, inside the entries that say it.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::api::me::{Language, SetProfile};
use crate::api::{ApiError, ErrorCode};
use crate::disk;
use crate::plain;

const FILE: &str = "profile.json";
const MAX_SETTINGS: usize = 16_000;

/// The profile.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Profile {
    pub(crate) name: Option<String>,
    pub(crate) language: Option<Language>,
    pub(crate) settings: String,
}

impl Profile {
    /// Reads the profile; a missing or damaged one is an empty one: nothing depends on it.
    pub(crate) fn read(folder: &Path) -> io::Result<Self> {
        let bytes = disk::read(&path(folder))?;
        Ok(bytes
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default())
    }

    /// Takes new values and writes them durably.
    pub(crate) fn change(&mut self, folder: &Path, new: SetProfile) -> Result<(), ApiError> {
        let mut next = self.clone();
        if let Some(name) = new.name {
            let name = name.trim();
            if name.is_empty() || name.len() > majlis_core::membership::operation::MAX_NAME {
                return Err(plain::bad("name"));
            }
            next.name = Some(name.to_owned());
        }
        if let Some(settings) = new.settings {
            if settings.len() > MAX_SETTINGS {
                return Err(plain::bad("settings"));
            }
            next.settings = settings;
        }
        next.language = new.language.or(next.language);
        let bytes = serde_json::to_vec_pretty(&next)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        disk::replace(&path(folder), &bytes).map_err(|error| disk_error(&error))?;
        *self = next;
        Ok(())
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(FILE)
}

/// A failing disk, as an error of a call.
pub(crate) fn disk_error(error: &io::Error) -> ApiError {
    let code = if error.kind() == io::ErrorKind::StorageFull {
        ErrorCode::DiskFull
    } else {
        ErrorCode::Storage
    };
    ApiError::new(code, format!("writing to the disk: {error}"))
}
