//! Reaching the replica in a folder: opened here, or, while the app or `majlis serve` has it
//! open, through that one's loopback address. Not here: what is asked of it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow};
use majlis_node::api::{ApiError, ErrorCode, Request};
use majlis_node::host::TOKEN_FILE;
use majlis_node::node::{NetworkConfig, Node, NodeConfig, OpenError};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A replica.
pub(crate) enum Reach {
    /// Opened by this process.
    Here(Box<Node>),
    /// Open in another process of this user on this machine.
    There(Loopback),
}

/// Another process's loopback host.
pub(crate) struct Loopback {
    address: SocketAddr,
    token: String,
}

impl Reach {
    /// Reaches the replica in `folder`; `network` says whether this process must go online itself.
    pub(crate) async fn open(
        folder: &Path,
        network: Option<NetworkConfig>,
    ) -> anyhow::Result<Self> {
        let config = NodeConfig {
            data: folder.to_path_buf(),
            network,
        };
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
                let body = serde_json::to_vec(&request)?;
                let (address, token) = (loopback.address, loopback.token.clone());
                tokio::task::spawn_blocking(move || post(address, &token, &body)).await?
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

impl Loopback {
    fn of(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(PathBuf::from(folder).join(TOKEN_FILE)).ok()?;
        let (address, token) = text
            .trim()
            .strip_prefix("http://")?
            .split_once("/#token=")?;
        Some(Self {
            address: address.parse().ok()?,
            token: token.to_owned(),
        })
    }
}

/// One call over HTTP. The other side is our own host on this machine, so the little of HTTP that
/// it speaks is enough.
fn post(address: SocketAddr, token: &str, body: &[u8]) -> anyhow::Result<Value> {
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))
        .with_context(|| format!("reaching the running Majlis at {address}"))?;
    let head = format!(
        "POST /api HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .ok_or_else(|| anyhow!("the running Majlis at {address} broke off"))?;
    let (head, rest) = answer.split_at(end);
    let body = rest.get(4..).unwrap_or_default();
    let head = String::from_utf8_lossy(head);
    let good = head
        .lines()
        .next()
        .is_some_and(|line| line.contains(" 200 "));
    if good {
        return Ok(serde_json::from_slice(body)?);
    }
    match serde_json::from_slice::<ApiError>(body) {
        Ok(error) => Err(error.into()),
        Err(_) => Err(anyhow!(
            "the running Majlis answered: {}",
            head.lines().next().unwrap_or("")
        )),
    }
}
