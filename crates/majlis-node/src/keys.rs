//! This device's keys: one that signs, one for transport that the first certifies, in one file
//! that says how it is opened. A restored backup is noticed here and becomes a new device.
//! Not here: what is signed.

use std::io;
use std::path::{Path, PathBuf};

use argon2::{Algorithm, Argon2, Params, Version};
use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use data_encoding::BASE32_NOPAD;
use majlis_core::id::{DeviceId, SpaceId};
use majlis_core::sign::{DeviceKey, Purpose, Signature, Signer as _, verify};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{clock, disk};

const KEY_FILE: &str = "device.key";
/// Kept out of backups: its absence or another value means that the key file was copied.
const INSTALL_FILE: &str = "install-id.nobackup";
const VERSION: u32 = 1;
/// What one try at a passphrase costs: 64 MiB of memory, three passes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
/// The most that a key file may ask for, so that a planted one cannot exhaust the device.
const MAX_MEMORY_KIB: u32 = 1024 * 1024;
const MAX_PASSES: u32 = 16;

/// The keys of this device.
#[derive(Debug)]
pub struct Keys {
    /// Signs entries.
    pub device: DeviceKey,
    /// The transport's secret; another key, so that it can change without the device changing.
    pub transport: TransportKey,
    /// The files in which others are kept that lay here until now, with their install id where it was
    /// theirs: put back under their names, they go on where what they signed is.
    pub aside: Vec<PathBuf>,
    /// Whether they were made just now.
    pub is_new: bool,
    /// Where everything lies that they signed, as it was noted beside them; `None` where a version made
    /// them that noted nothing.
    pub(crate) past: Option<Past>,
}

/// Where everything lies that keys signed: going on without it, they would sign other entries at the
/// same places. Whatever is named has to be there; while a folder moves into a pool, both are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Past {
    /// The database of a folder, by its name.
    pub(crate) database: Option<String>,
    /// The pool, by its name.
    pub(crate) pool: Option<String>,
}

impl Past {
    /// Whether everything that it names is `here`. Nothing is named of keys that never signed.
    pub(crate) fn is_in(&self, here: &Self) -> bool {
        let is = |named: &Option<String>, here: &Option<String>| named.is_none() || named == here;
        is(&self.database, &here.database) && is(&self.pool, &here.pool)
    }

    /// Whether it names the database that is `here`.
    pub(crate) fn names(&self, here: &Self) -> bool {
        self.database.is_some() && self.database == here.database
    }
}

impl Keys {
    /// The key that signs in a space which this device joined after having forgotten it so often: the
    /// device's own, or one made from it that has never signed there.
    #[must_use]
    pub fn of(&self, space: SpaceId, forgotten: u32) -> DeviceKey {
        let secret = self.device.secret();
        if forgotten == 0 {
            return DeviceKey::from_secret(&secret);
        }
        let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 device key again v1");
        hasher.update(&*secret);
        hasher.update(space.as_bytes());
        hasher.update(&forgotten.to_be_bytes());
        DeviceKey::from_secret(hasher.finalize().as_bytes())
    }
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
    /// The key file is sealed and no passphrase was given.
    #[error("opening the keys in {0}, which are sealed with a passphrase")]
    Locked(PathBuf),
    /// The passphrase does not open the key file.
    #[error("opening the keys in {0} with this passphrase")]
    WrongPassphrase(PathBuf),
    /// The key file holds others than it held when it was opened; they are left alone.
    #[error("noting beside the keys in {0}, which are others by now")]
    Replaced(PathBuf),
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
    past: Option<Past>,
}

/// How the secrets are opened. A new way is a new variant; an unknown one is refused.
#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum OpenedBy {
    /// Not sealed; the file is readable by its user only.
    Plain,
    /// Sealed with XChaCha20-Poly1305 under a key that Argon2id makes of a passphrase.
    Passphrase {
        salt: String,
        nonce: String,
        memory_kib: u32,
        passes: u32,
    },
}

type Secrets = Zeroizing<Vec<u8>>;

/// The file of the keys in `folder`.
#[must_use]
pub fn file(folder: &Path) -> PathBuf {
    folder.join(KEY_FILE)
}

/// Whether keys lie in `folder`. Where that cannot be seen, opening them says why.
#[must_use]
pub fn are_in(folder: &Path) -> bool {
    !matches!(file(folder).try_exists(), Ok(false))
}

/// Whether the keys in `folder` came from elsewhere: the install id beside them is not theirs, or missing,
/// so [`open`] would keep them aside and make others. Nothing is written.
///
/// # Errors
/// [`KeysError`]
pub(crate) fn are_from_elsewhere(folder: &Path) -> Result<bool, KeysError> {
    let path = file(folder);
    let bytes = disk::read(&path).map_err(|error| KeysError::Disk(path.clone(), error))?;
    let Some(bytes) = bytes.map(Zeroizing::new) else {
        return Ok(false);
    };
    let found = parse(&bytes, &path)?;
    Ok(installed(folder)?.is_none_or(|id| told_of(&id) != found.install))
}

/// Opens the keys in `folder`, making them at the first start. With a passphrase, keys that were
/// not sealed are sealed now.
///
/// # Errors
/// [`KeysError`]; a damaged file is never replaced, for it may hold the only copy of a key.
pub fn open(folder: &Path, passphrase: Option<&str>) -> Result<Keys, KeysError> {
    let path = file(folder);
    let install = told_of(&install(folder)?);
    let bytes = disk::read(&path).map_err(|error| KeysError::Disk(path.clone(), error))?;
    let Some(bytes) = bytes.map(Zeroizing::new) else {
        return make(&path, &install, passphrase, Vec::new());
    };
    let file = parse(&bytes, &path)?;
    let secrets = unseal(&file, passphrase, &path)?;
    let keys = read(&file, &secrets).ok_or_else(|| KeysError::Damaged(path.clone()))?;
    if file.install != install {
        let old = keys.device.device();
        let aside = folder.join(format!("device-{}.restored", old.short()));
        std::fs::rename(&path, &aside).map_err(|error| KeysError::Disk(aside.clone(), error))?;
        return make(&path, &install, passphrase, vec![aside]);
    }
    if let (OpenedBy::Plain, Some(passphrase)) = (&file.opened_by, passphrase) {
        let (device, past) = (&file.device, file.past.as_ref());
        write(&path, &install, device, &secrets, Some(passphrase), past)?;
    }
    Ok(keys)
}

/// Makes new keys, as if the key file had come from elsewhere: the replica is a copy of one that
/// signed more. Its install id is another from now on, too; that of the `old` ones is kept with them.
///
/// # Errors
/// [`KeysError`]
pub(crate) fn renew(
    folder: &Path,
    old: DeviceId,
    passphrase: Option<&str>,
) -> Result<Keys, KeysError> {
    let path = folder.join(INSTALL_FILE);
    let aside = folder.join(format!("install-id-{}.nobackup", old.short()));
    std::fs::rename(&path, &aside).map_err(|error| KeysError::Disk(path, error))?;
    let mut keys = open(folder, passphrase)?;
    keys.aside.push(aside);
    Ok(keys)
}

/// Notes beside these `keys` in `folder` where everything lies that they signed.
///
/// # Errors
/// [`KeysError`]
pub(crate) fn note(folder: &Path, keys: &Keys, past: &Past) -> Result<(), KeysError> {
    let path = file(folder);
    let bytes = disk::read(&path).map_err(|error| KeysError::Disk(path.clone(), error))?;
    let bytes = bytes.map(Zeroizing::new).unwrap_or_default();
    let found = parse(&bytes, &path)?;
    if found.device != keys.device.device().to_string() {
        return Err(KeysError::Replaced(path));
    }
    let noted = KeyFile {
        past: Some(past.clone()),
        ..found
    };
    put(&path, &noted)
}

/// The install id of a folder; made where there is none.
///
/// # Errors
/// [`KeysError`]
pub(crate) fn install(folder: &Path) -> Result<Vec<u8>, KeysError> {
    if let Some(id) = installed(folder)? {
        return Ok(id);
    }
    let path = folder.join(INSTALL_FILE);
    let id = clock::fresh::<32>().to_vec();
    disk::replace(&path, &id).map_err(|error| KeysError::Disk(path, error))?;
    Ok(id)
}

/// The install id of a folder that has one.
fn installed(folder: &Path) -> Result<Option<Vec<u8>>, KeysError> {
    let path = folder.join(INSTALL_FILE);
    let read = disk::read(&path).map_err(|error| KeysError::Disk(path, error))?;
    Ok(read.filter(|id| id.len() == 32))
}

/// What a key file tells of the install id that belongs beside it.
fn told_of(install: &[u8]) -> String {
    let hash = blake3::derive_key("majlis 2026 install id v1", install);
    BASE32_NOPAD.encode(&hash)
}

fn make(
    path: &Path,
    install: &str,
    passphrase: Option<&str>,
    aside: Vec<PathBuf>,
) -> Result<Keys, KeysError> {
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
    write(
        path,
        install,
        &device.device().to_string(),
        &secrets,
        passphrase,
        Some(&Past::default()),
    )?;
    Ok(Keys {
        device,
        transport,
        aside,
        is_new: true,
        past: Some(Past::default()),
    })
}

fn write(
    path: &Path,
    install: &str,
    device: &str,
    secrets: &Secrets,
    passphrase: Option<&str>,
    past: Option<&Past>,
) -> Result<(), KeysError> {
    let damaged = || KeysError::Damaged(path.to_path_buf());
    let (opened_by, secrets) = match passphrase {
        None => (OpenedBy::Plain, secrets.clone()),
        Some(passphrase) => {
            let (salt, nonce) = (clock::fresh::<16>(), clock::fresh::<24>());
            let key = stretch(passphrase, &salt, MEMORY_KIB, PASSES).ok_or_else(damaged)?;
            let payload = Payload {
                msg: secrets,
                aad: device.as_bytes(),
            };
            let sealed = XChaCha20Poly1305::new(&Key::from(*key))
                .encrypt(&XNonce::from(nonce), payload)
                .map_err(|_| damaged())?;
            let opened_by = OpenedBy::Passphrase {
                salt: BASE32_NOPAD.encode(&salt),
                nonce: BASE32_NOPAD.encode(&nonce),
                memory_kib: MEMORY_KIB,
                passes: PASSES,
            };
            (opened_by, Zeroizing::new(sealed))
        }
    };
    let file = KeyFile {
        version: VERSION,
        install: install.to_owned(),
        opened_by,
        device: device.to_owned(),
        secrets: BASE32_NOPAD.encode(&secrets),
        past: past.cloned(),
    };
    put(path, &file)
}

fn put(path: &Path, file: &KeyFile) -> Result<(), KeysError> {
    let text = serde_json::to_vec_pretty(file).map(Zeroizing::new);
    let text = text.map_err(|_| KeysError::Damaged(path.to_path_buf()))?;
    disk::replace(path, &text).map_err(|error| KeysError::Disk(path.to_path_buf(), error))
}

fn parse(bytes: &[u8], path: &Path) -> Result<KeyFile, KeysError> {
    #[derive(Deserialize)]
    struct Versioned {
        version: u32,
    }
    let damaged = |_| KeysError::Damaged(path.to_path_buf());
    let Versioned { version } = serde_json::from_slice(bytes).map_err(damaged)?;
    if version > VERSION {
        return Err(KeysError::Newer(path.to_path_buf()));
    }
    serde_json::from_slice(bytes).map_err(damaged)
}

fn unseal(file: &KeyFile, passphrase: Option<&str>, path: &Path) -> Result<Secrets, KeysError> {
    let damaged = || KeysError::Damaged(path.to_path_buf());
    let decode = |text: &str| BASE32_NOPAD.decode(text.as_bytes()).map_err(|_| damaged());
    let secrets = Zeroizing::new(decode(&file.secrets)?);
    let OpenedBy::Passphrase {
        salt,
        nonce,
        memory_kib,
        passes,
    } = &file.opened_by
    else {
        return Ok(secrets);
    };
    let passphrase = passphrase.ok_or_else(|| KeysError::Locked(path.to_path_buf()))?;
    if *memory_kib > MAX_MEMORY_KIB || *passes > MAX_PASSES {
        return Err(damaged());
    }
    let nonce: [u8; 24] = decode(nonce)?.try_into().map_err(|_| damaged())?;
    let key = stretch(passphrase, &decode(salt)?, *memory_kib, *passes).ok_or_else(damaged)?;
    let payload = Payload {
        msg: &secrets,
        aad: file.device.as_bytes(),
    };
    XChaCha20Poly1305::new(&Key::from(*key))
        .decrypt(&XNonce::from(nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| KeysError::WrongPassphrase(path.to_path_buf()))
}

/// Argon2id; `None` for parameters that it does not take.
fn stretch(passphrase: &str, salt: &[u8], memory: u32, passes: u32) -> Option<Zeroizing<[u8; 32]>> {
    let params = Params::new(memory, passes, 1, Some(32)).ok()?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), salt, &mut *key)
        .ok()?;
    Some(key)
}

/// The keys in opened secrets; `None` unless the device certified the transport key.
fn read(file: &KeyFile, secrets: &[u8]) -> Option<Keys> {
    let (device, rest) = secrets.split_first_chunk::<32>()?;
    let (transport, rest) = rest.split_first_chunk::<32>()?;
    let certificate = Signature::from_bytes(rest.try_into().ok()?);
    let device = DeviceKey::from_secret(device);
    let transport = TransportKey(Zeroizing::new(*transport));
    let me = device.device();
    let certified = verify(
        me.as_bytes(),
        Purpose::Transport,
        &transport.public(),
        &certificate,
    );
    (certified && file.device == me.to_string()).then_some(Keys {
        device,
        transport,
        aside: Vec::new(),
        is_new: false,
        past: file.past.clone(),
    })
}

#[cfg(test)]
mod tests;
