//! Reaching the replica in a folder: opened here, or, while the app or `majlis serve` has it
//! open, through that one's loopback address. Not here: what is asked of it.

use std::path::Path;

use anyhow::Context as _;
use majlis_node::api::{ApiError, ErrorCode, Request};
use majlis_node::loopback::Loopback;
use majlis_node::node::{NetworkConfig, Node, NodeConfig, OpenError, machine_folder};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A replica.
pub(crate) enum Reach {
    /// Opened by this process.
    Here(Box<Node>),
    /// Open in another process of this user on this machine.
    There(Loopback),
}

impl Reach {
    /// Reaches the replica in `folder`; `network` says whether this process must go online itself.
    pub(crate) async fn open(
        folder: &Path,
        network: Option<NetworkConfig>,
    ) -> anyhow::Result<Self> {
        let mut config = NodeConfig::new(folder.to_path_buf(), network);
        config.machine = machine_folder();
        match Node::open(config).await {
            Ok(node) => Ok(Self::Here(Box::new(node))),
            Err(OpenError::InUse(at)) => match Loopback::of(folder) {
                Some(there) => Ok(Self::There(there)),
                None => Err(in_use(&at)),
            },
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a call and reads its answer as the type the API promises.
    pub(crate) async fn call<T: DeserializeOwned>(&self, request: Request) -> anyhow::Result<T> {
        let name = request.name();
        let value = self.value(request).await?;
        serde_json::from_value(value).with_context(|| format!("reading the answer to {name}"))
    }

    /// Makes a call and gives its answer as JSON.
    pub(crate) async fn value(&self, request: Request) -> anyhow::Result<Value> {
        match self {
            Self::Here(node) => Ok(serde_json::to_value(node.call(request).await?)?),
            Self::There(loopback) => {
                let there = loopback.clone();
                let called = tokio::task::spawn_blocking(move || there.call(&request));
                Ok(called.await??)
            }
        }
    }

    /// Lets go of the replica: everything sealed and on disk.
    pub(crate) async fn close(self) {
        if let Self::Here(node) = self {
            node.shutdown().await;
        }
    }
}

fn in_use(folder: &Path) -> anyhow::Error {
    let shown = folder.display().to_string();
    ApiError::new(
        ErrorCode::InUse,
        "the folder is in use by another running Majlis",
    )
    .about(shown)
    .into()
}
