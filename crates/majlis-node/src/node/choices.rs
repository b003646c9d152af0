//! What this device's person chose for all spaces: kept under a name, and told to every open desk.

use majlis_store::{ReadError, Store};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::node::Node;

/// The choice kept under a name; a damaged one is none.
pub(super) fn chosen<C: DeserializeOwned>(
    store: &Store,
    name: &str,
) -> Result<Option<C>, ReadError> {
    let kept = store.setting(None, name)?;
    Ok(kept.and_then(|text| serde_json::from_slice(&text).ok()))
}

impl Node {
    /// Keeps a choice, and then tells every desk of it.
    pub(super) async fn choose(
        &self,
        name: &str,
        choice: &impl Serialize,
        tell: impl Fn(&mut Desk) -> Result<(), ApiError> + Clone + Send + 'static,
    ) -> Result<(), ApiError> {
        let text = serde_json::to_vec(choice)
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        let kept = self.0.store.put_setting(None, name, &text);
        kept.map_err(|error| store_error(&error))?;
        for (_, desk) in self.all() {
            desk.ask(tell.clone()).await?;
        }
        Ok(())
    }
}
