//! What this device keeps as a trustee of secret votes: for each, the seed of its part of the key, which
//! ceremony it confirmed and which tally it opened. Small files beside the key file, sealed under this
//! device's key: no backup of the database has them, and a copied one is of no use elsewhere.
//! Not here: when a trustee sends what (`node::trustees`).

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use data_encoding::BASE32_NOPAD;
use majlis_core::sign::DeviceKey;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::{clock, disk};

const FOLDER: &str = "trustee";
const VERSION: u32 = 1;

/// What a trustee keeps about one secret vote.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Trust {
    /// What the part of the key is made from; gone once the totals were opened.
    pub(crate) seed: Option<Zeroizing<[u8; 32]>>,
    /// The ceremony that was confirmed: one, ever.
    pub(crate) confirmed: Option<[u8; 32]>,
    /// The tally that a part was given for: one, ever.
    pub(crate) opened: Option<[u8; 32]>,
    /// The kinds of messages that were said: each once, ever. One that does not count, because this
    /// device's chain was set aside, is not said again.
    pub(crate) said: BTreeSet<u8>,
}

/// The folder in which trusts are kept. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Trusts(Arc<Path>);

#[derive(Serialize, Deserialize)]
struct TrustFile {
    version: u32,
    sealed: Option<String>,
    confirmed: Option<String>,
    opened: Option<String>,
    #[serde(default)]
    said: BTreeSet<u8>,
}

impl Trusts {
    /// Those beside the key file in `keys`.
    pub(crate) fn new(keys: &Path) -> Self {
        Self(keys.join(FOLDER).into())
    }

    /// Removes what a power cut left half written: a part of a key must not outlive its file.
    ///
    /// # Errors
    /// What the disk says.
    pub(crate) fn clean(&self) -> io::Result<()> {
        if self.is_empty() {
            return Ok(());
        }
        for file in std::fs::read_dir(&self.0)? {
            let path = file?.path();
            if path.extension().is_some_and(|end| end == "new") {
                overwrite(std::fs::OpenOptions::new().write(true).open(&path)?)?;
                std::fs::remove_file(&path)?;
            }
        }
        Ok(())
    }

    /// Whether this device was never a trustee of anything.
    pub(crate) fn is_empty(&self) -> bool {
        !self.0.is_dir()
    }

    fn path(&self, election: &[u8; 32]) -> PathBuf {
        let name = BASE32_NOPAD.encode(election).to_lowercase();
        self.0.join(format!("{name}.nobackup"))
    }

    /// What is kept about a vote; `None` where nothing is.
    ///
    /// # Errors
    /// What the disk says; a damaged file is not taken for none.
    pub(crate) fn read(&self, key: &DeviceKey, election: &[u8; 32]) -> io::Result<Option<Trust>> {
        let Some(bytes) = disk::read(&self.path(election))? else {
            return Ok(None);
        };
        let bytes = Zeroizing::new(bytes);
        let file: TrustFile = serde_json::from_slice(&bytes).map_err(io::Error::other)?;
        let damaged = || io::Error::other("a file about a secret vote is damaged");
        if file.version != VERSION {
            return Err(damaged());
        }
        let hash = |text: Option<String>| match text {
            None => Ok(None),
            Some(text) => {
                let bytes = BASE32_NOPAD.decode(text.as_bytes());
                let hash = bytes.ok().and_then(|bytes| bytes.try_into().ok());
                hash.map(Some).ok_or_else(damaged)
            }
        };
        let seed = match file.sealed {
            None => None,
            Some(text) => {
                let sealed = BASE32_NOPAD
                    .decode(text.as_bytes())
                    .map_err(|_| damaged())?;
                // Of another device: then there is no part here, and what was done stays known.
                open(key, election, &sealed)
            }
        };
        Ok(Some(Trust {
            seed,
            confirmed: hash(file.confirmed)?,
            opened: hash(file.opened)?,
            said: file.said,
        }))
    }

    /// Keeps this, durably, and overwrites what stood there before, which is all that a program can do:
    /// what flash memory keeps elsewhere of a seed that is gone, none reaches.
    ///
    /// # Errors
    /// What the disk says; then what stood there stands still.
    pub(crate) fn write(
        &self,
        key: &DeviceKey,
        election: &[u8; 32],
        trust: &Trust,
    ) -> io::Result<()> {
        std::fs::create_dir_all(&self.0)?;
        let path = self.path(election);
        let text = |hash: &[u8; 32]| BASE32_NOPAD.encode(hash);
        let sealed = trust.seed.as_ref().map(|seed| seal(key, election, seed));
        let sealed = match sealed {
            Some(None) => return Err(io::Error::other("sealing a part of a key")),
            Some(sealed) => sealed,
            None => None,
        };
        let file = TrustFile {
            version: VERSION,
            sealed: sealed.map(|sealed| BASE32_NOPAD.encode(&sealed)),
            confirmed: trust.confirmed.as_ref().map(text),
            opened: trust.opened.as_ref().map(text),
            said: trust.said.clone(),
        };
        let bytes = Zeroizing::new(serde_json::to_vec(&file).map_err(io::Error::other)?);
        // What stood there is overwritten only once the new file is whole in its place.
        let old = std::fs::OpenOptions::new().write(true).open(&path);
        disk::replace(&path, &bytes)?;
        match old {
            Ok(old) => overwrite(old),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Spaces over what a file holds, which no name leads to any more.
fn overwrite(mut file: std::fs::File) -> io::Result<()> {
    use std::io::Write as _;
    let length = usize::try_from(file.metadata()?.len()).unwrap_or_default();
    file.write_all(&vec![b' '; length])?;
    file.sync_all()
}

fn cipher(key: &DeviceKey, election: &[u8; 32]) -> XChaCha20Poly1305 {
    let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 trustee seed v1");
    hasher.update(&*key.secret());
    hasher.update(election);
    let key = Zeroizing::new(*hasher.finalize().as_bytes());
    XChaCha20Poly1305::new(&Key::from(*key))
}

fn seal(key: &DeviceKey, election: &[u8; 32], seed: &[u8; 32]) -> Option<Vec<u8>> {
    let nonce = clock::fresh::<24>();
    let payload = Payload {
        msg: seed,
        aad: election,
    };
    let sealed = cipher(key, election).encrypt(&XNonce::from(nonce), payload);
    Some([nonce.as_slice(), &sealed.ok()?].concat())
}

fn open(key: &DeviceKey, election: &[u8; 32], sealed: &[u8]) -> Option<Zeroizing<[u8; 32]>> {
    let (nonce, sealed) = sealed.split_first_chunk::<24>()?;
    let payload = Payload {
        msg: sealed,
        aad: election,
    };
    let seed = cipher(key, election).decrypt(&XNonce::from(*nonce), payload);
    let seed: [u8; 32] = Zeroizing::new(seed.ok()?).as_slice().try_into().ok()?;
    Some(Zeroizing::new(seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_trustee_did_outlives_its_part_of_the_key() {
        let folder = tempfile::tempdir().unwrap();
        let trusts = Trusts::new(folder.path());
        let key = DeviceKey::from_secret(&[5; 32]);
        let election = [7; 32];
        assert_eq!(trusts.read(&key, &election).unwrap(), None);
        let mut trust = Trust {
            seed: Some(Zeroizing::new([9; 32])),
            confirmed: Some([1; 32]),
            opened: None,
            said: BTreeSet::from([4, 5]),
        };
        trusts.write(&key, &election, &trust).unwrap();
        assert_eq!(trusts.read(&key, &election).unwrap(), Some(trust.clone()));
        // In the hands of another device there is no part, and what was done is known.
        let other = DeviceKey::from_secret(&[6; 32]);
        let read = trusts.read(&other, &election).unwrap().unwrap();
        assert_eq!((read.seed, read.confirmed), (None, Some([1; 32])));
        trust.seed = None;
        trust.opened = Some([2; 32]);
        trusts.write(&key, &election, &trust).unwrap();
        assert_eq!(trusts.read(&key, &election).unwrap(), Some(trust));
        // A power cut left a file with a seed beside it.
        let beside = trusts.path(&election).with_extension("new");
        std::fs::write(&beside, b"{\"sealed\":\"X\"}").unwrap();
        trusts.clean().unwrap();
        assert!(!beside.exists() && trusts.path(&election).exists());
        std::fs::write(trusts.path(&election), b"{}").unwrap();
        assert!(trusts.read(&key, &election).is_err());
    }
}
