//! The loopback host from outside: who is let in, and that no bytes break it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::panic,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::Path;
use std::time::Duration;

use majlis_node::host::{Host, HostConfig, TOKEN_FILE};
use majlis_node::loopback::Loopback;
use majlis_node::node::{Node, NodeConfig};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

async fn host(folder: &Path, ui: Option<&Path>) -> (Node, Host) {
    let config = NodeConfig::new(folder.to_path_buf(), None);
    let node = Node::open(config).await.unwrap();
    let config = HostConfig {
        port: 0,
        ui: ui.map(Path::to_path_buf),
        built: None,
    };
    let host = Host::start(node.clone(), config).await.unwrap();
    (node, host)
}

async fn raw(host: &Host, request: &[u8]) -> (u16, String, Vec<u8>) {
    let mut stream = TcpStream::connect(host.address()).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let end = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
    let head = String::from_utf8(answer[..end].to_vec()).unwrap();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, head.to_lowercase(), answer[end + 4..].to_vec())
}

fn post(host: &Host, headers: &[(&str, &str)], body: &[u8]) -> Vec<u8> {
    let mut head = format!(
        "POST /api HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    let own = host.address().to_string();
    if !headers.iter().any(|(name, _)| *name == "Host") {
        head += &format!("Host: {own}\r\n");
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    [head.as_bytes(), b"\r\n", body].concat()
}

fn bearer(host: &Host) -> String {
    format!("Bearer {}", host.token())
}

const ME: &[u8] = br#"{"call": "me", "args": {}}"#;

#[tokio::test(flavor = "multi_thread")]
async fn only_the_token_of_this_start_opens() {
    let folder = tempfile::tempdir().unwrap();
    let (node, host) = host(folder.path(), None).await;
    let bearer = bearer(&host);
    let (status, head, body) = raw(&host, &post(&host, &[("Authorization", &bearer)], ME)).await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: application/json"));
    assert!(head.contains("content-security-policy: default-src 'none'"));
    assert!(serde_json::from_slice::<Value>(&body).unwrap()["device"].is_string());
    for headers in [
        &[][..],
        &[("Authorization", "Bearer 00")],
        &[("Authorization", "Basic x")],
    ] {
        let (status, _, body) = raw(&host, &post(&host, headers, ME)).await;
        assert_eq!(status, 401);
        assert_eq!(
            serde_json::from_slice::<Value>(&body).unwrap()["code"],
            "unauthorised"
        );
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(folder.path().join(TOKEN_FILE))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let printed = std::fs::read_to_string(folder.path().join(TOKEN_FILE)).unwrap();
    assert_eq!(printed, host.url());
    host.stop().await;
    assert!(!folder.path().join(TOKEN_FILE).exists());
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_token_no_body_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let (node, host) = host(folder.path(), None).await;
    let own = host.address();
    let head = format!(
        "POST /api HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\nContent-Length: 9000000\r\n\r\n"
    );
    let answered = raw(&host, head.as_bytes());
    let answered = tokio::time::timeout(Duration::from_secs(20), answered).await;
    let (status, ..) = answered.expect("an answer before there is a body");
    assert_eq!(status, 401);
    host.stop().await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_that_it_was_told_is_one_of_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let config = NodeConfig::new(folder.path().to_path_buf(), None);
    let node = Node::open(config).await.unwrap();
    let origins = vec!["https://majlis.example.org".to_owned()];
    let host = Host::start_as(node, HostConfig::default(), origins)
        .await
        .unwrap();
    let bearer = bearer(&host);
    let running = Loopback::of(folder.path()).unwrap();
    assert_eq!(running.url(), host.url());
    let told = format!("https://majlis.example.org/#token={}", host.token());
    assert_eq!(running.others(), [told]);
    let own = host.address().to_string();
    let cases = [
        (
            "majlis.example.org",
            Some("https://majlis.example.org"),
            200,
        ),
        ("majlis.example.org", None, 200),
        (&own, None, 200),
        ("majlis.example.org", Some("http://majlis.example.org"), 401),
        ("majlis.example.org:8443", None, 401),
        ("example.org", Some("https://majlis.example.org"), 401),
    ];
    for (name, origin, expected) in cases {
        let mut headers = vec![("Host", name), ("Authorization", bearer.as_str())];
        headers.extend(origin.map(|origin| ("Origin", origin)));
        let (status, _, _) = raw(&host, &post(&host, &headers, ME)).await;
        assert_eq!(status, expected, "{name} {origin:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_name_or_another_page_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (_node, host) = host(folder.path(), None).await;
    let bearer = bearer(&host);
    let own = host.address().to_string();
    let local = format!("localhost:{}", host.address().port());
    let cases = [
        (own.as_str(), None, 200),
        (&local, Some(format!("http://{local}")), 200),
        (&own, Some(format!("http://{own}")), 200),
        ("evil.example", None, 401),
        ("127.0.0.1", None, 401),
        (&own, Some("http://evil.example".to_owned()), 401),
        (&own, Some("null".to_owned()), 401),
        (&own, Some(format!("https://{own}")), 401),
    ];
    for (name, origin, expected) in cases {
        let mut headers = vec![("Host", name), ("Authorization", bearer.as_str())];
        headers.extend(origin.as_deref().map(|origin| ("Origin", origin)));
        let (status, _, _) = raw(&host, &post(&host, &headers, ME)).await;
        assert_eq!(status, expected, "{name} {origin:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_need_the_token_and_arrive() {
    let folder = tempfile::tempdir().unwrap();
    let (node, host) = host(folder.path(), None).await;
    let upgrade = |token: &str| {
        format!(
            "GET /events HTTP/1.1\r\nHost: {}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Protocol: majlis, {token}\r\n\r\n",
            host.address()
        )
    };
    let mut refused = TcpStream::connect(host.address()).await.unwrap();
    refused
        .write_all(upgrade("wrong").as_bytes())
        .await
        .unwrap();
    let mut buffer = vec![0; 4_096];
    let count = refused.read(&mut buffer).await.unwrap();
    assert!(buffer[..count].starts_with(b"HTTP/1.1 401"));
    let mut socket = TcpStream::connect(host.address()).await.unwrap();
    socket
        .write_all(upgrade(host.token()).as_bytes())
        .await
        .unwrap();
    let count = socket.read(&mut buffer).await.unwrap();
    let head = String::from_utf8_lossy(&buffer[..count]).to_lowercase();
    assert!(head.starts_with("http/1.1 101"), "{head}");
    assert!(
        head.contains("sec-websocket-protocol: majlis\r\n"),
        "the token is not sent back"
    );
    let body = br#"{"call": "set_profile", "args": {"name": "Amina"}}"#;
    let bearer = bearer(&host);
    let (status, _, _) = raw(&host, &post(&host, &[("Authorization", &bearer)], body)).await;
    assert_eq!(status, 200);
    let mut heard = Vec::new();
    let wanted = br#"{"event":"me"}"#;
    while !heard.windows(wanted.len()).any(|w| w == wanted) {
        let read = socket.read(&mut buffer);
        let count = tokio::time::timeout(Duration::from_secs(10), read)
            .await
            .unwrap()
            .unwrap();
        assert!(count > 0, "the stream ended before the event");
        heard.extend_from_slice(&buffer[..count]);
    }
    host.stop().await;
    node.shutdown().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_interface_is_served_from_its_folder_alone() {
    let folder = tempfile::tempdir().unwrap();
    let ui = folder.path().join("ui");
    std::fs::create_dir_all(ui.join("assets")).unwrap();
    std::fs::write(
        ui.join("index.html"),
        "<!doctype html><title>Majlis</title>",
    )
    .unwrap();
    std::fs::write(ui.join("assets/app.js"), "export {}").unwrap();
    std::fs::write(folder.path().join("outside.txt"), "secret").unwrap();
    let data = folder.path().join("data");
    let (_node, host) = host(&data, Some(&ui)).await;
    let get = |path: &str| {
        format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            host.address()
        )
    };
    let (status, head, body) = raw(&host, get("/").as_bytes()).await;
    assert_eq!((status, body.starts_with(b"<!doctype")), (200, true));
    assert!(head.contains("content-type: text/html"));
    assert!(head.contains("x-content-type-options: nosniff"));
    let (status, head, _) = raw(&host, get("/assets/app.js").as_bytes()).await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/javascript"));
    for path in [
        "/../outside.txt",
        "/%2e%2e/outside.txt",
        "/assets/",
        "/data",
        "/missing.html",
    ] {
        let (status, _, body) = raw(&host, get(path).as_bytes()).await;
        assert_eq!(status, 404, "{path}");
        assert!(!body.windows(6).any(|w| w == b"secret"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_an_interface_the_page_says_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let (_node, host) = host(folder.path(), None).await;
    let request = format!(
        "GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        host.address()
    );
    let (status, head, body) = raw(&host, request.as_bytes()).await;
    assert_eq!(status, 404);
    assert!(head.contains("content-type: text/plain; charset=utf-8"));
    let said = String::from_utf8(body).unwrap();
    assert!(said.contains("npm --prefix ui run build"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_program_carries_is_served_unless_a_folder_is_given() {
    fn built(name: &str) -> Option<&'static [u8]> {
        match name {
            "index.html" => Some(b"carried"),
            "assets/app.js" => Some(b"1"),
            "odd.exe" | ".hidden.txt" => Some(b"2"),
            _ => None,
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let config = NodeConfig::new(folder.path().join("data"), None);
    let node = Node::open(config).await.unwrap();
    let start = async |ui: Option<&Path>| {
        let config = HostConfig {
            port: 0,
            ui: ui.map(Path::to_path_buf),
            built: Some(built),
        };
        Host::start(node.clone(), config).await
    };
    let get = async |host: &Host, path: &str| {
        let own = host.address();
        let request = format!("GET {path} HTTP/1.1\r\nHost: {own}\r\nConnection: close\r\n\r\n");
        raw(host, request.as_bytes()).await
    };
    let host = start(None).await.unwrap();
    let (status, head, body) = get(&host, "/").await;
    assert_eq!((status, &body[..]), (200, &b"carried"[..]));
    assert!(head.contains("content-type: text/html"));
    let (status, head, _) = get(&host, "/assets/app.js").await;
    assert_eq!(status, 200);
    assert!(head.contains("content-type: text/javascript") && head.contains("immutable"));
    for path in [
        "/odd.exe",
        "/.hidden.txt",
        "/x/../index.html",
        "//index.html",
    ] {
        assert_eq!(get(&host, path).await.0, 404, "{path}");
    }
    host.stop().await;
    let ui = folder.path().join("ui");
    let missing = start(Some(&ui)).await.unwrap_err().to_string();
    assert!(missing.contains(ui.to_str().unwrap()), "{missing}");
    std::fs::create_dir(&ui).unwrap();
    std::fs::write(ui.join("index.html"), "given").unwrap();
    let host = start(Some(&ui)).await.unwrap();
    assert_eq!(get(&host, "/").await.2, b"given");
}

struct Noise(u64);

impl Noise {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn value(&mut self, depth: u32) -> Value {
        match self.next() % if depth == 0 { 6 } else { 8 } {
            0 => Value::Null,
            1 => json!(self.next().is_multiple_of(2)),
            2 => json!(self.next().cast_signed() >> (self.next() % 64)),
            3 => json!("x".repeat((self.next() % 40) as usize)),
            4 => json!("مجلس\u{0}\u{202e}😀"),
            5 => json!(""),
            6 => (0..self.next() % 4)
                .map(|_| self.value(depth - 1))
                .collect(),
            _ => {
                const KEYS: [&str; 14] = [
                    "space",
                    "name",
                    "ticket",
                    "consultation",
                    "document",
                    "answers",
                    "draft",
                    "title",
                    "editor",
                    "edits",
                    "base",
                    "heads",
                    "path",
                    "text",
                ];
                let pick = |n: u64| KEYS[(n % 14) as usize].to_owned();
                (0..self.next() % 5)
                    .map(|_| (pick(self.next()), self.value(depth - 1)))
                    .collect::<serde_json::Map<_, _>>()
                    .into()
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_json_breaks_a_call() {
    let folder = tempfile::tempdir().unwrap();
    let (node, host) = host(folder.path(), None).await;
    let bearer = bearer(&host);
    let founded =
        br#"{"call": "found_space", "args": {"name": "S", "purpose": "", "charter": ""}}"#;
    let named = br#"{"call": "set_profile", "args": {"name": "A"}}"#;
    raw(&host, &post(&host, &[("Authorization", &bearer)], named)).await;
    let (_, _, body) = raw(&host, &post(&host, &[("Authorization", &bearer)], founded)).await;
    let space = serde_json::from_slice::<Value>(&body).unwrap()["space"].clone();
    let seed = std::env::var("SEED")
        .ok()
        .and_then(|seed| seed.parse().ok())
        .unwrap_or(7);
    println!("SEED={seed}");
    let mut noise = Noise(u64::wrapping_mul(seed, 0x9e37_79b9_7f4a_7c15) | 1);
    let names = majlis_node::api::Request::NAMES;
    // Leaving and forgetting would end the space that the other calls are tried on.
    let names: Vec<&str> = names
        .iter()
        .copied()
        .filter(|n| {
            ![
                "forget_space",
                "leave_space",
                "export_carry",
                "sample_space",
            ]
            .contains(n)
        })
        .collect();
    for round in 0..1_500_usize {
        let mut args = noise.value(3);
        if let Value::Object(args) = &mut args
            && round % 2 == 0
        {
            args.insert("space".to_owned(), space.clone());
        }
        let call = json!({ "call": names[round % names.len()], "args": args });
        let body = if round % 10 == 9 {
            vec![b'{'; (noise.next() % 300) as usize]
        } else {
            call.to_string().into_bytes()
        };
        let (status, _, answer) =
            raw(&host, &post(&host, &[("Authorization", &bearer)], &body)).await;
        let answer: Value =
            serde_json::from_slice(&answer).unwrap_or_else(|e| panic!("{call}: {e}"));
        if status != 200 {
            assert_ne!(answer["code"], "internal", "{call}: {answer}");
            assert!(answer["message"].is_string(), "{call}: {answer}");
        }
    }
    let (status, _, _) = raw(&host, &post(&host, &[("Authorization", &bearer)], ME)).await;
    assert_eq!(status, 200);
    node.shutdown().await;
}
