//! What of a gateway is not in its folder, noted there: an order given without the settings would take
//! the folder for all there is, make keys in it, and join by its tickets as another device. Not here:
//! the pool (`pool`), and the keys, which are the node's.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail, ensure};
use majlis_node::node::{OpenError, is_replica};
use majlis_node::{disk, keys};
use serde::{Deserialize, Serialize};

use crate::config::Storage;

const FILE: &str = "elsewhere.json";
/// How what is lacking is given.
const GIVE: &str = "give the settings that it runs with, by --config FILE or MAJLIS_GATEWAY_CONFIG";
/// The same for the database, which mostly stands in a file that only the unit reads.
const GIVE_IT: &str = "or the database by MAJLIS_GATEWAY_POSTGRES, which the unit reads from /etc/majlis-gateway.env; `run --new-device` gives the database up, and goes on without as a new device";
/// What to do about keys that do not go with the data.
const TOGETHER: &str = "nothing was changed of the keys, nor of what people wrote. See that `data` and `keys` under [storage], or --data, name the two folders that belong together, that both are mounted, and that all their files came along. Where one of them is gone, or nothing says that they belong together: `run --new-device` goes on as a new device, and `restore` does so with a backup in an empty folder; both keep the keys that are there aside, for which their folder has to be written to";

/// What is elsewhere.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Elsewhere {
    /// Everything is in a pool before it is in the folder.
    pub(crate) pool: bool,
    /// The folder of the keys.
    pub(crate) keys: Option<PathBuf>,
}

impl Elsewhere {
    /// What the folder of a gateway says.
    pub(crate) fn noted(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(FILE);
        let reading = || format!("reading {}", path.display());
        let Some(bytes) = disk::read(&path).with_context(reading)? else {
            return Ok(Self::default());
        };
        serde_json::from_slice(&bytes).with_context(reading)
    }

    /// Whether the replica in `folder` was opened beside the keys that the settings name. An earlier version,
    /// which noted nothing beside keys, noted this too.
    pub(crate) fn knows_keys(folder: &Path, storage: &Storage) -> bool {
        let is_noted = || Self::noted(folder).is_ok_and(|noted| noted.keys == storage.keys);
        storage.keys.is_some() && is_replica(folder) && is_noted()
    }

    /// Refuses settings that do not name the pool: what a gateway signed there is not all in its folder.
    pub(crate) fn check_pool(&self, storage: &Storage) -> anyhow::Result<()> {
        ensure!(
            !self.pool || storage.postgres.is_some(),
            "the gateway of this folder shares a database, and `postgres` under [storage] is not set: {GIVE}, {GIVE_IT}"
        );
        Ok(())
    }

    /// The same for who runs with settings that do not name the folder of the keys either, unless they were
    /// moved into `folder`: with others it would be another device.
    pub(crate) fn check_to_run(&self, folder: &Path, storage: &Storage) -> anyhow::Result<()> {
        if keys::are_in(folder) {
            self.check_pool(storage)
        } else {
            self.check(storage)
        }
    }

    /// Refuses settings that do not name what is elsewhere.
    pub(crate) fn check(&self, storage: &Storage) -> anyhow::Result<()> {
        self.check_pool(storage)?;
        if let (Some(keys), None) = (&self.keys, &storage.keys) {
            bail!(
                "the gateway of this folder has its keys in {}, and `keys` under [storage] is not set: {GIVE}; `run --new-device` goes on without them as a new device",
                keys.display()
            );
        }
        Ok(())
    }
}

/// Says what to do where the keys signed in a pool that the settings do not name, or in another folder. With
/// a folder that was lost, its note was too.
pub(crate) fn explained(error: OpenError) -> anyhow::Error {
    let what_to_do = match &error {
        OpenError::OtherPool(_) => format!(
            "the keys of this gateway signed in a database, and `postgres` under [storage] is not set or names another: {GIVE}, {GIVE_IT}"
        ),
        OpenError::OtherKeys { .. } => {
            format!("these keys do not go on with this data, and {TOGETHER}")
        }
        _ => return anyhow::Error::new(error),
    };
    anyhow::Error::new(error).context(what_to_do)
}

/// Notes what is elsewhere by the settings with which the folder is open.
pub(crate) fn note(folder: &Path, storage: &Storage) -> anyhow::Result<()> {
    let now = Elsewhere {
        pool: storage.postgres.is_some(),
        keys: storage.keys.clone(),
    };
    let path = folder.join(FILE);
    match Elsewhere::noted(folder) {
        Ok(before) if before == now => return Ok(()),
        Ok(Elsewhere {
            keys: Some(before), ..
        }) if now.keys.is_none() => {
            tracing::warn!(
                keys = %before.display(),
                "`keys` under [storage] is not set any more: going on with the keys in the data folder"
            );
        }
        // One that cannot be read is written anew.
        _ => {}
    }
    let noted = if now == Elsewhere::default() {
        fs::remove_file(&path)
    } else {
        let bytes = serde_json::to_vec(&now).context("noting what is elsewhere")?;
        disk::replace(&path, &bytes)
    };
    noted.with_context(|| format!("writing {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_elsewhere_has_to_be_named_until_it_is_not_any_more() {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let refused = |storage: &Storage| {
            let noted = Elsewhere::noted(at).unwrap();
            noted.check(storage).err().map(|error| error.to_string())
        };
        let nothing = Storage::default();
        let keys = Storage {
            keys: Some(PathBuf::from("/srv/keys")),
            ..Storage::default()
        };
        let both = Storage {
            postgres: Some("host=/run/postgresql".to_owned()),
            keys: keys.keys.clone(),
            ..Storage::default()
        };
        note(at, &nothing).unwrap();
        assert_eq!(refused(&nothing), None);
        assert_eq!(fs::read_dir(at).unwrap().count(), 0);

        note(at, &both).unwrap();
        assert_eq!(refused(&both), None);
        assert!(refused(&nothing).unwrap().contains("`postgres`"));
        // To run without, it has to be told as well.
        let noted = Elsewhere::noted(at).unwrap();
        assert!(noted.check_pool(&both).is_ok());
        for lacks in [&nothing, &keys] {
            let said = noted.check_pool(lacks).unwrap_err().to_string();
            assert!(said.contains("`run --new-device`"), "{said}");
        }
        // Nor without its keys, until they were moved.
        assert!(noted.check_to_run(at, &both).is_ok());
        let without = Storage {
            keys: None,
            postgres: both.postgres.clone(),
            ..Storage::default()
        };
        let said = noted.check_to_run(at, &without).unwrap_err().to_string();
        assert!(said.contains("/srv/keys"), "{said}");
        fs::write(keys::file(at), "").unwrap();
        assert!(noted.check_to_run(at, &without).is_ok());
        fs::remove_file(keys::file(at)).unwrap();
        let said = refused(&keys).unwrap();
        assert!(said.contains("MAJLIS_GATEWAY_POSTGRES"), "{said}");

        // Out of the pool again.
        note(at, &keys).unwrap();
        assert_eq!(refused(&keys), None);
        let said = refused(&nothing).unwrap();
        assert!(
            said.contains("/srv/keys") && said.contains("--config"),
            "{said}"
        );
        note(at, &nothing).unwrap();
        assert_eq!(refused(&nothing), None);
    }

    #[test]
    fn a_note_that_cannot_be_read_stops_orders_and_no_gateway() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILE), "").unwrap();
        assert!(Elsewhere::noted(folder.path()).is_err());
        note(folder.path(), &Storage::default()).unwrap();
        assert!(Elsewhere::noted(folder.path()).is_ok());
    }
}
