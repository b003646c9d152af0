//! A tablet as ODK Collect speaks: OpenRosa over plain HTTP, byte by byte, so that uploads can also
//! break off. It knows nothing of Majlis but an address. Not here: filling forms.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

const BOUNDARY: &str = "----OkHttp3f2c";

/// What came back.
#[derive(Clone, Debug)]
pub struct Reply {
    /// The status of HTTP.
    pub status: u16,
    /// Headers, by lower-case names.
    pub headers: BTreeMap<String, String>,
    /// The body.
    pub body: Vec<u8>,
}

impl Reply {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// What stands in the first element of this name.
    #[must_use]
    pub fn element(&self, name: &str) -> Option<String> {
        let text = self.text();
        let (_, rest) = text.split_once(&format!("<{name}>"))?;
        Some(rest.split_once(&format!("</{name}>"))?.0.to_owned())
    }
}

/// A tablet, and how it is let in.
#[derive(Clone, Debug)]
pub struct Tablet {
    /// The host and port it speaks to.
    pub host: String,
    /// What its paths begin with.
    pub path: String,
    /// What it sends as `Authorization`, if anything.
    pub authorization: Option<String>,
}

/// A submission with its files, as one request.
#[derive(Clone, Debug, Default)]
pub struct Upload {
    parts: Vec<u8>,
}

impl Upload {
    /// The answers.
    #[must_use]
    pub fn new(xml: &str) -> Self {
        Self::default().file(
            "xml_submission_file",
            "submission.xml",
            "text/xml",
            xml.as_bytes(),
        )
    }

    /// The same with a file.
    #[must_use]
    pub fn with(self, name: &str, kind: &str, bytes: &[u8]) -> Self {
        self.file(name, name, kind, bytes)
    }

    /// The same, saying that more follows.
    #[must_use]
    pub fn and_more(mut self) -> Self {
        let head = "Content-Disposition: form-data; name=\"*isIncomplete*\"";
        self.parts
            .extend_from_slice(format!("--{BOUNDARY}\r\n{head}\r\n\r\nyes\r\n").as_bytes());
        self
    }

    fn file(mut self, field: &str, name: &str, kind: &str, bytes: &[u8]) -> Self {
        let head = format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
             Content-Type: {kind}\r\nContent-Length: {}\r\n\r\n",
            bytes.len()
        );
        self.parts.extend_from_slice(head.as_bytes());
        self.parts.extend_from_slice(bytes);
        self.parts.extend_from_slice(b"\r\n");
        self
    }

    fn body(&self) -> Vec<u8> {
        [&self.parts, format!("--{BOUNDARY}--\r\n").as_bytes()].concat()
    }
}

impl Tablet {
    /// A tablet with the address that its settings have, `http://…/t/…`.
    ///
    /// # Panics
    /// When that is no such address.
    #[must_use]
    pub fn at(address: &str) -> Self {
        let rest = address.strip_prefix("http://").expect("an address");
        let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
        let path = if path.is_empty() {
            String::new()
        } else {
            format!("/{path}")
        };
        Self {
            host: host.to_owned(),
            path,
            authorization: None,
        }
    }

    fn head(&self, method: &str, target: &str, more: &str) -> String {
        let secret = self.authorization.as_ref();
        let secret = secret.map(|value| format!("Authorization: {value}\r\n"));
        format!(
            "{method} {target} HTTP/1.1\r\nHost: {}\r\nX-OpenRosa-Version: 1.0\r\n\
             Date: Fri, 27 Nov 2026 09:00:00 GMT\r\nUser-Agent: org.odk.collect.android/v2026.1\r\n\
             {}{more}Connection: close\r\n\r\n",
            self.host,
            secret.unwrap_or_default()
        )
    }

    fn say(&self, bytes: &[u8], breaks_off: bool) -> Option<Reply> {
        let mut stream = TcpStream::connect(&self.host).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(120)))
            .unwrap();
        // Who refuses early reads no further; what it said is heard all the same.
        let _ = stream.write_all(bytes);
        if breaks_off {
            let _ = stream.shutdown(Shutdown::Write);
        }
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer);
        read(&answer)
    }

    /// Asks for what is under a path of its own, or at a whole address.
    ///
    /// # Panics
    /// When nobody answers.
    #[must_use]
    pub fn ask(&self, method: &str, what: &str) -> Reply {
        let target = match what.strip_prefix(&format!("http://{}", self.host)) {
            Some(target) => target.to_owned(),
            None => format!("{}{what}", self.path),
        };
        self.say(self.head(method, &target, "").as_bytes(), false)
            .expect("an answer")
    }

    fn post(&self, kind: &str, length: usize, body: &[u8], breaks_off: bool) -> Option<Reply> {
        let more = format!("Content-Type: {kind}\r\nContent-Length: {length}\r\n");
        let target = format!("{}/submission", self.path);
        let head = self.head("POST", &target, &more);
        self.say(&[head.as_bytes(), body].concat(), breaks_off)
    }

    /// Sends a submission.
    ///
    /// # Panics
    /// When nobody answers.
    #[must_use]
    pub fn send(&self, upload: &Upload) -> Reply {
        let body = upload.body();
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.post(&kind, body.len(), &body, false)
            .expect("an answer")
    }

    /// Sends bytes as a submission of some kind.
    ///
    /// # Panics
    /// When nobody answers.
    #[must_use]
    pub fn send_bytes(&self, kind: &str, body: &[u8]) -> Reply {
        self.post(kind, body.len(), body, false).expect("an answer")
    }

    /// Sends a submission that ends before its last delimiter, though it says that it is whole.
    ///
    /// # Panics
    /// When nobody answers.
    #[must_use]
    pub fn send_unended(&self, upload: &Upload) -> Reply {
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        self.send_bytes(&kind, &upload.parts)
    }

    /// Sends all but the last `without` bytes of what it announced, and is gone.
    ///
    /// # Panics
    /// When nobody listens.
    pub fn break_off(&self, upload: &Upload, without: usize) {
        let body = upload.body();
        let kind = format!("multipart/form-data; boundary={BOUNDARY}");
        let sent = &body[..body.len() - without];
        drop(self.post(&kind, body.len(), sent, true));
    }
}

fn read(answer: &[u8]) -> Option<Reply> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8_lossy(&answer[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next()?.split(' ').nth(1)?.parse().ok()?;
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()));
    Some(Reply {
        status,
        headers: headers.collect(),
        body: answer[end + 4..].to_vec(),
    })
}
