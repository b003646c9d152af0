//! Network namespaces that a test makes for itself and that are gone after it, also when it was
//! killed. Not here: what joins them.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;

const PREFIX: &str = "majlis-ns-";
/// Names given by this process.
static GIVEN: AtomicU32 = AtomicU32::new(0);

/// A number that no other namespace or interface of this process has.
pub(crate) fn number() -> u32 {
    GIVEN.fetch_add(1, Ordering::Relaxed)
}

/// A namespace; gone when dropped.
#[derive(Debug)]
pub(crate) struct Namespace(String);

impl Namespace {
    /// Makes a namespace with a loopback interface.
    pub(crate) fn make(number: u32) -> Result<Self, String> {
        let name = format!("{PREFIX}{}-{number}", std::process::id());
        ip(&["netns", "add", &name])?;
        let namespace = Self(name);
        namespace.ip(&["link", "set", "lo", "up"])?;
        Ok(namespace)
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.0
    }

    /// Bytes of IP that went out and came in through one of its interfaces, as the kernel counts.
    pub(crate) fn moved(&self, device: &str) -> [u64; 2] {
        let asked = Command::new("ip")
            .args(["-n", &self.0, "-s", "-j", "link", "show", device])
            .output()
            .unwrap();
        let said: Value = serde_json::from_slice(&asked.stdout).unwrap();
        ["tx", "rx"].map(|way| {
            let of = &said[0]["stats64"][way];
            let number = |name: &str| of[name].as_u64().unwrap();
            number("bytes") - 14 * number("packets")
        })
    }

    /// Runs `ip` in it.
    pub(crate) fn ip(&self, args: &[&str]) -> Result<(), String> {
        ip(&[&["-n", &self.0], args].concat())
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        let _ = ip(&["netns", "del", &self.0]);
    }
}

/// Removes what runs left behind that were killed.
pub(crate) fn sweep() {
    let entries = std::fs::read_dir("/run/netns");
    for entry in entries.into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let rest = name.strip_prefix(PREFIX);
        let process = rest.and_then(|rest| rest.split('-').next()?.parse::<u32>().ok());
        let lives = |process: u32| std::fs::exists(format!("/proc/{process}")).unwrap_or(true);
        if process.is_some_and(|process| !lives(process)) {
            let _ = ip(&["netns", "del", &name]);
        }
    }
}

/// Runs `ip`, of the package iproute2.
pub(crate) fn ip(args: &[&str]) -> Result<(), String> {
    let done = Command::new("ip").args(args).output();
    let done = done.map_err(|error| format!("running ip: {error}"))?;
    if done.status.success() {
        return Ok(());
    }
    let why = String::from_utf8_lossy(&done.stderr).trim().to_owned();
    Err(format!("ip {}: {why}", args.join(" ")))
}

/// Says something to an address and hears what comes back. In a namespace, whose loopback is its
/// own, only another process can speak.
pub(crate) fn exchange(namespace: Option<&str>, address: &str, said: &str) -> Option<String> {
    let mut answer = String::new();
    let Some(namespace) = namespace else {
        let mut stream = TcpStream::connect(address).ok()?;
        stream.write_all(said.as_bytes()).ok()?;
        stream.read_to_string(&mut answer).ok()?;
        return Some(answer);
    };
    let (host, port) = address.split_once(':')?;
    let script = format!("exec 3<>/dev/tcp/{host}/{port} && cat >&3 && cat <&3");
    let mut speaker = Command::new("ip")
        .args(["netns", "exec", namespace, "bash", "-c", &script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    speaker.stdin.take()?.write_all(said.as_bytes()).ok()?;
    speaker.stdout.take()?.read_to_string(&mut answer).ok()?;
    speaker.wait().ok()?;
    Some(answer)
}

/// A program, to be run in a namespace when there is one; started there it is the very process that
/// was started.
pub(crate) fn command(namespace: Option<&str>, program: &std::path::Path) -> Command {
    let mut command = match namespace {
        None => Command::new(program),
        Some(namespace) => {
            let mut command = Command::new("ip");
            command.args(["netns", "exec", namespace]).arg(program);
            command
        }
    };
    // What the machine remembers of tests' replicas lies beside the programs, not with who runs them.
    command.env("XDG_STATE_HOME", program.with_file_name("machine"));
    command
}
