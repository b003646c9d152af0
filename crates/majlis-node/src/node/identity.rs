//! With which keys the replica of a folder goes on: its own, or new ones where it is a copy that would
//! sign beside what was signed already. Not here: the keys' file (`keys`).

use std::path::Path;
use std::time::Instant;

use majlis_core::sign::Signer as _;
use majlis_store::{ReadError, Store};

use crate::high_water::{Asked, HighWater};
use crate::keys::{self, Keys};
use crate::node::notes::rejoined;
use crate::node::{ENDING, NodeConfig, OpenError};

/// The keys of the replica in the folder of `config`, and where the machine remembers how far they
/// signed. A pool is never behind what was signed from it, so nothing is remembered then.
pub(super) async fn keys(
    config: &NodeConfig,
    store: &Store,
) -> Result<(Keys, Option<HighWater>), OpenError> {
    let folder = config.keys.as_deref().unwrap_or(&config.data);
    let own = keys::open(folder, None).map_err(OpenError::Keys)?;
    let Some(machine) = config.machine.as_deref().filter(|_| config.pool.is_none()) else {
        return Ok((own, None));
    };
    let why = match asked(machine, folder).await? {
        None => return Ok((own, None)),
        Some(Asked::Remembers(high)) => {
            if !is_behind(store, &own, &high).map_err(OpenError::Spaces)? {
                return Ok((own, Some(high)));
            }
            "the folder is older than what its device signed on this machine"
        }
        Some(Asked::OpenElsewhere) => "a copy of the folder is open on this machine",
    };
    tracing::warn!(folder = %config.data.display(), why, "becoming a new device");
    let new = keys::renew(folder, None).map_err(OpenError::Keys)?;
    match asked(machine, folder).await? {
        Some(Asked::Remembers(high)) => Ok((new, Some(high))),
        None | Some(Asked::OpenElsewhere) => Ok((new, None)),
    }
}

/// What the machine remembers; `None` where it cannot. Who had the folder until a moment ago may
/// still be ending.
async fn asked(machine: &Path, folder: &Path) -> Result<Option<Asked>, OpenError> {
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
