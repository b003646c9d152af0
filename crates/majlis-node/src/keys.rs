//! This device's keys: one that signs, one for transport that the first certifies, in one file
//! that says how it is opened. A restored backup is noticed here and becomes a new device.
//! Not here: what is signed.

use std::io;
use std::path::{Path, PathBuf};

use data_encoding::BASE32_NOPAD;
use majlis_core::id::DeviceId;
use majlis_core::sign::{DeviceKey, Purpose, Signer, verify};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{clock, disk};

const KEY_FILE: &str = "device.key";
/// Kept out of backups: its absence or another value means that the key file was copied.
const INSTALL_FILE: &str = "install-id.nobackup";
const VERSION: u32 = 1;

/// The keys of this device.
#[derive(Debug)]
pub struct Keys {
    /// Signs entries.
    pub device: DeviceKey,
    /// The transport's secret; another key, so that it can change without the device changing.
    pub transport: TransportKey,
    /// Set when the key file came from elsewhere and a new device was made; the one it held.
    pub restored_from: Option<DeviceId>,
}

/// The secret that the transport proves itself with.
pub struct TransportKey(Zeroizing<[u8; 32]>);

impl core::fmt::Debug for TransportKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str("TransportKey(..)")
    }
}

impl TransportKey {
    /// The secret bytes.
    #[must_use]
    pub fn secret(&self) -> &[u8; 32] {
        &self.0
    }

    /// The public key.
    #[must_use]
    pub fn public(&self) -> [u8; 32] {
        *DeviceKey::from_secret(&self.0).device().as_bytes()
    }
}

/// Why the keys cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The disk failed.
    #[error("reading or writing {0}")]
    Disk(PathBuf, #[source] io::Error),
    /// The key file is damaged; nothing is overwritten.
    #[error("reading the keys in {0}")]
    Damaged(PathBuf),
    /// The key file is opened in a way that this version does not know.
    #[error("reading the keys in {0}, which were written by a newer version")]
    Newer(PathBuf),
}

#[derive(Serialize, Deserialize)]
struct KeyFile {
    version: u32,
    /// Which copy of Majlis this belongs to: a hash of the install id.
    install: String,
    opened_by: OpenedBy,
    device: String,
    /// The secrets of device and transport, then the certificate, in the form `opened_by` says.
    secrets: String,
}

/// How the secrets are opened. A new way is a new variant; an unknown one is refused.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OpenedBy {
    /// Not sealed; the file is readable by its user only.
    Plain,
}

/// Opens the keys in `folder`, making them at the first start.
///
/// # Errors
/// [`KeysError`]; a damaged file is never replaced, for it may hold the only copy of a key.
pub fn open(folder: &Path) -> Result<Keys, KeysError> {
    let key_path = folder.join(KEY_FILE);
    let install = install_id(&folder.join(INSTALL_FILE))?;
    let bytes = disk::read(&key_path).map_err(|error| KeysError::Disk(key_path.clone(), error))?;
    let Some(bytes) = bytes.map(Zeroizing::new) else {
        return make(&key_path, &install, None);
    };
    let (keys, written_for) = parse(&bytes, &key_path)?;
    if written_for == install {
        return Ok(keys);
    }
    let old = keys.device.device();
    let aside = folder.join(format!("device-{}.restored", old.short()));
    std::fs::rename(&key_path, &aside).map_err(|error| KeysError::Disk(aside, error))?;
    make(&key_path, &install, Some(old))
}

fn install_id(path: &Path) -> Result<String, KeysError> {
    let disk_error = |error| KeysError::Disk(path.to_path_buf(), error);
    let id = match disk::read(path).map_err(disk_error)? {
        Some(id) if id.len() == 32 => id,
        _ => {
            let id = clock::fresh::<32>().to_vec();
            disk::replace(path, &id).map_err(disk_error)?;
            id
        }
    };
    Ok(BASE32_NOPAD.encode(&blake3::derive_key("majlis 2026 install id v1", &id)))
}

fn make(path: &Path, install: &str, restored_from: Option<DeviceId>) -> Result<Keys, KeysError> {
    let device = DeviceKey::from_secret(&Zeroizing::new(clock::fresh()));
    let transport = TransportKey(Zeroizing::new(clock::fresh()));
    let mut secrets = Zeroizing::new(Vec::with_capacity(128));
    secrets.extend_from_slice(&*device.secret());
    secrets.extend_from_slice(transport.secret());
    secrets.extend_from_slice(
        device
            .sign(Purpose::Transport, &transport.public())
            .as_bytes(),
    );
    let file = KeyFile {
        version: VERSION,
        install: install.to_owned(),
        opened_by: OpenedBy::Plain,
        device: device.device().to_string(),
        secrets: BASE32_NOPAD.encode(&secrets),
    };
    let text = Zeroizing::new(
        serde_json::to_vec_pretty(&file).map_err(|_| KeysError::Damaged(path.to_path_buf()))?,
    );
    disk::replace(path, &text).map_err(|error| KeysError::Disk(path.to_path_buf(), error))?;
    Ok(Keys {
        device,
        transport,
        restored_from,
    })
}

fn parse(bytes: &[u8], path: &Path) -> Result<(Keys, String), KeysError> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let damaged = || KeysError::Damaged(path.to_path_buf());
    let Versioned { version } = serde_json::from_slice(bytes).map_err(|_| damaged())?;
    if version > VERSION {
        return Err(KeysError::Newer(path.to_path_buf()));
    }
    let file: KeyFile = serde_json::from_slice(bytes).map_err(|_| damaged())?;
    let OpenedBy::Plain = file.opened_by;
    let secrets = Zeroizing::new(
        BASE32_NOPAD
            .decode(file.secrets.as_bytes())
            .map_err(|_| damaged())?,
    );
    let (device, rest) = secrets.split_first_chunk::<32>().ok_or_else(damaged)?;
    let (transport, rest) = rest.split_first_chunk::<32>().ok_or_else(damaged)?;
    let certificate: [u8; 64] = rest.try_into().map_err(|_| damaged())?;
    let device = DeviceKey::from_secret(device);
    let transport = TransportKey(Zeroizing::new(*transport));
    let certified = verify(
        device.device().as_bytes(),
        Purpose::Transport,
        &transport.public(),
        &majlis_core::sign::Signature::from_bytes(certificate),
    );
    if !certified || file.device != device.device().to_string() {
        return Err(damaged());
    }
    Ok((
        Keys {
            device,
            transport,
            restored_from: None,
        },
        file.install,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_read_back() {
        let folder = tempfile::tempdir().unwrap();
        let first = open(folder.path()).unwrap();
        let again = open(folder.path()).unwrap();
        assert_eq!(first.device.device(), again.device.device());
        assert_eq!(first.transport.public(), again.transport.public());
        assert_ne!(first.transport.public(), *first.device.device().as_bytes());
        assert!(again.restored_from.is_none());
    }

    #[test]
    #[cfg(unix)]
    fn only_the_user_can_read_the_keys() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).unwrap();
        let mode = std::fs::metadata(folder.path().join(KEY_FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn a_restored_backup_becomes_a_new_device() {
        let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let original = open(first.path()).unwrap().device.device();
        std::fs::copy(first.path().join(KEY_FILE), second.path().join(KEY_FILE)).unwrap();
        let restored = open(second.path()).unwrap();
        assert_ne!(restored.device.device(), original);
        assert_eq!(restored.restored_from, Some(original));
        let again = open(second.path()).unwrap();
        assert_eq!(again.device.device(), restored.device.device());
        assert!(again.restored_from.is_none());
    }

    #[test]
    fn a_damaged_file_is_refused_and_kept() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).unwrap();
        let path = folder.path().join(KEY_FILE);
        let text = std::fs::read_to_string(&path).unwrap();
        let bent = text.replacen("\"secrets\": \"", "\"secrets\": \"A", 1);
        std::fs::write(&path, &bent).unwrap();
        assert!(matches!(open(folder.path()), Err(KeysError::Damaged(_))));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), bent);
        std::fs::write(&path, text.replace("\"version\": 1", "\"version\": 9")).unwrap();
        assert!(matches!(open(folder.path()), Err(KeysError::Newer(_))));
    }
}
