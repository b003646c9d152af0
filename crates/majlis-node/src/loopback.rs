//! Calling the replica that another process on this machine has open, through its loopback host.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use crate::api::{ApiError, ErrorCode, Request};
use crate::host::TOKEN_FILE;

const CONNECT_WITHIN: Duration = Duration::from_secs(5);

/// Another process's loopback host.
#[derive(Clone)]
pub struct Loopback {
    address: SocketAddr,
    token: String,
    others: Vec<String>,
}

impl core::fmt::Debug for Loopback {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Loopback({})", self.address)
    }
}

impl Loopback {
    /// The host of the process that has a folder open; `None` when none says that it is there.
    #[must_use]
    pub fn of(folder: &Path) -> Option<Self> {
        let text = std::fs::read_to_string(folder.join(TOKEN_FILE)).ok()?;
        let mut lines = text.lines();
        let (address, token) = lines
            .next()?
            .trim()
            .strip_prefix("http://")?
            .split_once("/#token=")?;
        Some(Self {
            address: address.parse().ok()?,
            token: token.to_owned(),
            others: lines.map(str::to_owned).collect(),
        })
    }

    /// The addresses to open from elsewhere, where it is served under other names as well.
    #[must_use]
    pub fn others(&self) -> &[String] {
        &self.others
    }

    /// The address to open in a browser on this machine.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/#token={}", self.address, self.token)
    }

    /// Makes a call and waits for its answer as JSON. Blocks.
    ///
    /// # Errors
    /// What the call says; [`ErrorCode::Unreachable`] when nobody answers, [`ErrorCode::Internal`]
    /// when the answer is none.
    pub fn call(&self, request: &Request) -> Result<Value, ApiError> {
        let gone = |error: std::io::Error| {
            ApiError::new(ErrorCode::Unreachable, "reaching the running Majlis")
                .about(format!("{}: {error}", self.address))
        };
        let odd = |what: &str| {
            ApiError::new(ErrorCode::Internal, "reading the running Majlis's answer").about(what)
        };
        let body = serde_json::to_vec(request).map_err(|error| odd(&error.to_string()))?;
        let answer = self.post(&body).map_err(gone)?;
        let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
        let (head, rest) = answer.split_at(end.ok_or_else(|| odd("it broke off"))?);
        let body = rest.get(4..).unwrap_or_default();
        let head = String::from_utf8_lossy(head);
        let first = head.lines().next().unwrap_or_default();
        if first.contains(" 200 ") {
            return serde_json::from_slice(body).map_err(|error| odd(&error.to_string()));
        }
        Err(serde_json::from_slice(body).unwrap_or_else(|_| odd(first)))
    }

    /// One request over HTTP. The other side is our own host on this machine, so the little of HTTP
    /// that it speaks is enough.
    fn post(&self, body: &[u8]) -> std::io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect_timeout(&self.address, CONNECT_WITHIN)?;
        let head = format!(
            "POST /api HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            self.address,
            self.token,
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        stream.write_all(body)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(answer)
    }
}
