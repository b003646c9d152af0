//! With which keys the replica of a folder goes on: its own, or new ones where not all is there that
//! they signed, so that they would sign beside it. Not here: the keys' file (`keys`).

use std::path::Path;
use std::time::Instant;

use data_encoding::BASE32_NOPAD;
use majlis_core::sign::Signer as _;
use majlis_store::{ReadError, Store};

use crate::api::ApiError;
use crate::clock;
use crate::desk::store_error;
use crate::high_water::{Asked, HighWater};
use crate::keys::{self, Keys, Past};
use crate::node::notes::{is_sample, rejoined};
use crate::node::spaces::forgot_some;
use crate::node::{ENDING, NodeConfig, OpenError};
use crate::pooling::was_given;

/// Under which name a database keeps its own: another one, or one made anew, has another.
const DATABASE: &str = "database";

/// The keys of the replica in the folder of `config`, and where the machine remembers how far they
/// signed. A pool is never behind what was signed from it, so nothing is remembered then.
pub(super) async fn keys(
    config: &NodeConfig,
    store: &Store,
) -> Result<(Keys, Option<HighWater>), OpenError> {
    let folder = config.keys.as_deref().unwrap_or(&config.data);
    let pool = config.pool.as_ref().map(|pool| pool.name());
    let mut keys = keys::open(folder, None).map_err(OpenError::Keys)?;
    let mut here = Past {
        database: Some(name_of(store).map_err(OpenError::Database)?),
        pool: pool.map(|name| BASE32_NOPAD.encode(&name)),
    };
    // A folder is lost now and then. A pool that is not there was left out of the settings.
    if keys.past.pool.is_some() && keys.past.pool != here.pool && !config.new_device {
        return Err(OpenError::OtherPool(folder.to_path_buf()));
    }
    let machine = config.machine.as_deref().filter(|_| pool.is_none());
    let mut known = asked(machine, folder).await?;
    if let Some(why) = lacking(&keys, &here, known.as_ref(), store).map_err(OpenError::Spaces)? {
        tracing::warn!(folder = %config.data.display(), why, "becoming a new device");
        keys = keys::renew(folder, None).map_err(OpenError::Keys)?;
        // No other state of this database has what the new keys will sign.
        here.database = Some(name_anew(store).map_err(OpenError::Database)?);
        known = asked(machine, folder).await?;
    }
    let past = from_now_on(&keys.past, here, pool, store).map_err(OpenError::Spaces)?;
    if keys.past != past {
        keys::note(folder, past.clone()).map_err(OpenError::Keys)?;
        keys.past = past;
    }
    let high = match known {
        Some(Asked::Remembers(high)) => Some(high),
        None | Some(Asked::OpenElsewhere) => None,
    };
    Ok((keys, high))
}

/// Why keys must not sign here any more: something that they signed may not be here.
fn lacking(
    keys: &Keys,
    here: &Past,
    known: Option<&Asked>,
    store: &Store,
) -> Result<Option<&'static str>, ReadError> {
    if !keys.past.is_in(here) {
        return Ok(Some("what its keys signed is in another database"));
    }
    Ok(match known {
        Some(Asked::OpenElsewhere) => Some("a copy of the folder is open on this machine"),
        Some(Asked::Remembers(high)) if is_behind(store, keys, high)? => {
            Some("the folder is older than what its device signed on this machine")
        }
        None | Some(Asked::Remembers(_)) => None,
    })
}

/// Where everything will lie that the keys signed and sign: here, and in the pool alone once that has
/// all of it, so that the folder may be lost.
fn from_now_on(
    before: &Past,
    here: Past,
    pool: Option<[u8; 16]>,
    store: &Store,
) -> Result<Past, ReadError> {
    let Some(name) = pool else { return Ok(here) };
    let in_pool = Past {
        database: None,
        ..here.clone()
    };
    // While a lost folder is filled again, spaces are here of which it is not noted that the pool has them.
    let all = *before == in_pool || has_all(store, name)?;
    Ok(if all { in_pool } else { here })
}

/// Whether a pool knows all that this device signed. Of a space that was forgotten, it may know nothing.
fn has_all(store: &Store, pool: [u8; 16]) -> Result<bool, ReadError> {
    if forgot_some(store)? {
        return Ok(false);
    }
    for space in store.spaces()? {
        if !was_given(store, space, pool)? && !is_sample(store, space)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Which database this is; one without a name is given one.
fn name_of(store: &Store) -> Result<String, ApiError> {
    let kept = store.setting(None, DATABASE);
    let kept = kept.map_err(|error| store_error(&error))?;
    match kept.and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(name) => Ok(name),
        None => name_anew(store),
    }
}

fn name_anew(store: &Store) -> Result<String, ApiError> {
    let name = BASE32_NOPAD.encode(&clock::fresh::<16>());
    let put = store.put_setting(None, DATABASE, name.as_bytes());
    put.map_err(|error| store_error(&error))?;
    Ok(name)
}

/// What the machine remembers; `None` where it cannot, or is not asked. Who had the folder until a moment
/// ago may still be ending.
async fn asked(machine: Option<&Path>, folder: &Path) -> Result<Option<Asked>, OpenError> {
    let Some(machine) = machine else {
        return Ok(None);
    };
    let install = keys::install(folder).map_err(OpenError::Keys)?;
    let began = Instant::now();
    loop {
        match HighWater::open(machine, &install) {
            Ok(Asked::OpenElsewhere) if began.elapsed() < ENDING => {
                tokio::time::sleep(ENDING / 50).await;
            }
            Ok(asked) => return Ok(Some(asked)),
            Err(error) => {
                let place = machine.display();
                tracing::debug!(%error, %place, "the machine does not remember what was signed");
                return Ok(None);
            }
        }
    }
}

/// Whether some space holds less of what this replica's device signed than the machine remembers.
fn is_behind(store: &Store, keys: &Keys, high: &HighWater) -> Result<bool, ReadError> {
    for space in store.spaces()? {
        let device = keys.of(space, rejoined(store, space)?).device();
        if store.signed_by(space, device)? < high.of(space, device) {
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use majlis_core::sign::DeviceKey;
    use majlis_core::space::{Founding, Space};
    use zeroize::Zeroizing;

    use super::*;
    use crate::card::RecoveryCard;

    const POOL: [u8; 16] = [7; 16];

    fn past(database: Option<&str>, pool: Option<&str>) -> Past {
        let [database, pool] = [database, pool].map(|name| name.map(str::to_owned));
        Past { database, pool }
    }

    #[test]
    fn a_folder_may_be_lost_once_the_pool_has_all_of_it() {
        let store = Store::in_memory().unwrap();
        let here = past(Some("a"), Some("p"));
        let (in_pool, nothing) = (past(None, Some("p")), Past::default());
        let now = |before: &Past| from_now_on(before, here.clone(), Some(POOL), &store).unwrap();
        assert_eq!(now(&nothing), in_pool, "keys that signed nothing yet");

        let founding = Founding {
            name: "Ain Safa".to_owned(),
            purpose: "Water".to_owned(),
            founder_name: "Amina".to_owned(),
            recovery: vec![RecoveryCard::new(Zeroizing::new(clock::fresh())).key()],
        };
        let key = DeviceKey::from_secret(&[1; 32]);
        let founded = Space::found(founding, &key, clock::now(), clock::fresh());
        let (space, writes) = founded.unwrap();
        store.persist(space.id(), &writes).unwrap();
        let alone = past(Some("a"), None);
        for before in [&nothing, &alone, &here] {
            assert_eq!(now(before), here, "both have to be there while it moves");
        }
        assert_eq!(now(&in_pool), in_pool, "it is filled again");
        let outside = from_now_on(&here, alone.clone(), None, &store).unwrap();
        assert_eq!(outside, alone);

        let noted = serde_json::json!({ "pool": POOL, "upto": 4, "last": null }).to_string();
        let put = store.put_setting(Some(space.id()), "pool", noted.as_bytes());
        put.unwrap();
        assert_eq!(now(&here), in_pool);
        let other = from_now_on(&here, here.clone(), Some([8; 16]), &store).unwrap();
        assert_eq!(other, here, "another pool was given nothing");
        store.put_setting(None, "forgotten/00", b"1").unwrap();
        assert_eq!(now(&here), here, "the pool knows nothing of that space");
    }

    #[test]
    fn a_database_keeps_its_name_until_its_device_is_another() {
        let store = Store::in_memory().unwrap();
        let name = name_of(&store).unwrap();
        assert_eq!(name_of(&store).unwrap(), name);
        assert_ne!(name_of(&Store::in_memory().unwrap()).unwrap(), name);
        let anew = name_anew(&store).unwrap();
        assert_ne!(anew, name);
        assert_eq!(name_of(&store).unwrap(), anew);
    }
}
