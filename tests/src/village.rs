//! Real processes on one machine: a village is a data folder and, when it has one, a network
//! namespace of its own; the `majlis` program is run in it as a person would run it.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::ffi::OsStr;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;
use tempfile::TempDir;

use crate::namespace::{command, exchange};

/// The longest anything between two processes may take on a slow machine.
const PATIENCE: Duration = Duration::from_secs(120);

/// The `majlis` program of this workspace.
///
/// # Panics
/// When it cannot be built.
#[must_use]
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| built("majlis"))
}

/// A program of this workspace: the one beside this test when nothing changed since it was built,
/// otherwise built now, as this program was.
pub(crate) fn built(name: &str) -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates");
    let newest = newest(&crates);
    // A test lies one folder deeper than a program.
    let mut beside = this.ancestors().skip(1).take(2).map(|it| it.join(name));
    if let Some(program) = beside.find(|it| changed(it) > newest && is_as_wanted(it)) {
        return program;
    }
    let mut build = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    build.args(["build", "--quiet", "--bin", name, "--message-format=json"]);
    // What Cargo told this test is not for the build: some of it counts as a change there.
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            build.env_remove(&name);
        }
    }
    if !cfg!(debug_assertions) {
        build.arg("--release");
    }
    if cfg!(feature = "postgres") {
        build.args(["--features", "postgres"]);
    }
    build.current_dir(crates);
    let built = build.stderr(Stdio::inherit()).output().unwrap();
    assert!(built.status.success(), "building {name}");
    let lines = String::from_utf8(built.stdout).unwrap();
    let made = lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let path = made
        .filter_map(|line| line["executable"].as_str().map(PathBuf::from))
        .next_back();
    path.expect("cargo says where the program is")
}

/// Whether a program was built with a database, where tests need one: its version says so.
fn is_as_wanted(program: &Path) -> bool {
    let is_gateway = program.ends_with("majlis-gateway");
    if !cfg!(feature = "postgres") || !is_gateway {
        return true;
    }
    let said = Command::new(program).arg("--version").output();
    said.is_ok_and(|said| String::from_utf8_lossy(&said.stdout).contains("PostgreSQL"))
}

fn changed(path: &Path) -> Option<SystemTime> {
    path.metadata().and_then(|it| it.modified()).ok()
}

/// When anything in a folder last changed.
fn newest(folder: &Path) -> Option<SystemTime> {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let times = files.map(|file| {
        let path = file.path();
        if path.is_dir() {
            newest(&path)
        } else {
            changed(&path)
        }
    });
    times.max().flatten()
}

/// One replica and where it lives.
#[derive(Debug)]
pub struct Village {
    folder: TempDir,
    program: PathBuf,
    /// What its machine remembers beside it, when no other replica is on that machine.
    machine: Option<TempDir>,
    namespace: Option<String>,
    discovery: bool,
    serving: Option<Child>,
}

impl Village {
    /// A new, empty replica; its processes run in `namespace`.
    ///
    /// # Panics
    /// When there is no temporary folder to be had.
    #[must_use]
    pub fn new(namespace: Option<&str>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            program: program().to_owned(),
            machine: None,
            namespace: namespace.map(str::to_owned),
            discovery: true,
            serving: None,
        }
    }

    /// The same, neither finding others on its network nor being found.
    #[must_use]
    pub fn without_discovery(mut self) -> Self {
        self.discovery = false;
        self
    }

    /// The same, run by another program than this workspace's.
    #[must_use]
    pub fn running(mut self, program: &Path) -> Self {
        program.clone_into(&mut self.program);
        self
    }

    /// The same on a machine that never saw it, from what a folder holds.
    ///
    /// # Panics
    /// When the files cannot be copied.
    #[must_use]
    pub fn moved_from(mut self, folder: &Path) -> Self {
        for file in std::fs::read_dir(folder).unwrap().flatten() {
            std::fs::copy(file.path(), self.folder().join(file.file_name())).unwrap();
        }
        self.machine = Some(tempfile::tempdir().unwrap());
        self
    }

    /// Its data folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The `majlis` program on this replica, to be given arguments; started in a namespace it is
    /// the very process that was started.
    #[must_use]
    pub fn command(&self) -> Command {
        let mut command = command(self.namespace.as_deref(), &self.program);
        if let Some(machine) = &self.machine {
            command.env("XDG_STATE_HOME", machine.path());
        }
        command.arg("--json").arg("--data").arg(self.folder());
        if !self.discovery {
            command.arg("--no-discovery");
        }
        command.env("USER", "tester").stdin(Stdio::null());
        command
    }

    /// Runs `majlis` with arguments, whatever comes of it.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn run(&self, args: &[impl AsRef<OsStr>]) -> Output {
        self.command().args(args).output().unwrap()
    }

    /// Opens a consultation called "Water" with this one question, as it is typed.
    ///
    /// # Panics
    /// When it fails.
    pub fn ask_about_water(&self, question: &str) {
        let begins = ["consultation", "new", "--open", "--title", "Water"];
        self.majlis(&[&begins[..], &["--question", question]].concat());
    }

    /// Runs `majlis` and reads its answer.
    ///
    /// # Panics
    /// When it fails.
    pub fn majlis(&self, args: &[impl AsRef<OsStr>]) -> Value {
        let output = self.run(args);
        let line: Vec<_> = args
            .iter()
            .map(|arg| arg.as_ref().to_string_lossy())
            .collect();
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "majlis {}: {errors}",
            line.join(" ")
        );
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Starts `majlis serve` and waits until it answers.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn serve(&mut self) {
        let mut command = self.command();
        command.arg("serve").stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut first = String::new();
        let out = child.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut first).unwrap();
        assert!(first.contains("http://127.0.0.1:"), "serve said {first:?}");
        self.serving = Some(child);
    }

    /// Makes one call of the API to the serving process, as the interface does; `None` when it
    /// is gone before it answers.
    ///
    /// # Panics
    /// When the answer is an error.
    #[must_use]
    pub fn call(&self, call: &str, args: &Value) -> Option<Value> {
        let url = std::fs::read_to_string(self.folder().join("http-token")).ok()?;
        let (address, token) = url.trim().strip_prefix("http://")?.split_once("/#token=")?;
        let body = serde_json::json!({ "call": call, "args": args }).to_string();
        let head = format!(
            "POST /api HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let namespace = self.namespace.as_deref();
        let answer = exchange(namespace, address, &format!("{head}{body}"))?;
        let (head, body) = answer.split_once("\r\n\r\n")?;
        let value: Value = serde_json::from_str(body).ok()?;
        assert!(head.contains(" 200 "), "{call}: {value}");
        Some(value)
    }

    /// Kills the serving process as a power cut would.
    pub fn kill(&mut self) {
        if let Some(mut child) = self.serving.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }

    /// The number of the serving process, to be killed from elsewhere.
    #[must_use]
    pub fn process(&self) -> Option<u32> {
        self.serving.as_ref().map(Child::id)
    }

    /// What `verify` says of the only space here; it must be clean.
    ///
    /// # Panics
    /// When something is wrong.
    #[must_use]
    pub fn verified(&self) -> Value {
        let all = self.majlis(&["verify"]);
        let found = all.as_object().unwrap().values().next().cloned().unwrap();
        assert_eq!(found["clean"], true, "{}", found["problems"]);
        found
    }
}

impl Drop for Village {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Asks again and again until the answer is yes.
///
/// # Panics
/// When it is not within two minutes.
pub fn until(what: &str, mut check: impl FnMut() -> bool) {
    let began = Instant::now();
    while !check() {
        assert!(began.elapsed() < PATIENCE, "not within two minutes: {what}");
        std::thread::sleep(Duration::from_millis(250));
    }
}

/// Two network namespaces joined by one wire and by nothing else.
#[derive(Debug)]
pub struct Wire {
    names: [String; 2],
}

impl Wire {
    /// Lays the wire; `None`, after saying so, where this machine does not allow it.
    ///
    /// # Panics
    /// When it is allowed, but fails.
    #[must_use]
    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn lay(label: &str) -> Option<Self> {
        let id = std::process::id();
        let names = [format!("mj{label}a{id}"), format!("mj{label}b{id}")];
        for (number, name) in names.iter().enumerate() {
            if !ip(&["netns", "add", name]) {
                eprintln!("SKIPPED: network namespaces are not allowed here (ip netns add failed)");
                if number == 1 {
                    ip(&["netns", "del", &names[0]]);
                }
                return None;
            }
        }
        let wire = Self { names };
        let [a, b] = &wire.names;
        let ends = [format!("ma{id}"), format!("mb{id}")];
        let laid = ip(&[
            "link", "add", &ends[0], "netns", a, "type", "veth", "peer", "name", &ends[1], "netns",
            b,
        ]);
        assert!(laid, "laying a wire between two namespaces");
        for (number, (name, end)) in wire.names.iter().zip(&ends).enumerate() {
            let address = format!("10.77.0.{}/24", number + 1);
            assert!(ip(&["-n", name, "link", "set", "lo", "up"]));
            assert!(ip(&["-n", name, "addr", "add", &address, "dev", end]));
            assert!(ip(&["-n", name, "link", "set", end, "up"]));
            // Discovery asks a multicast group; without a default route it needs one of its own.
            assert!(ip(&["-n", name, "route", "add", "224.0.0.0/4", "dev", end]));
        }
        Some(wire)
    }

    /// The names of the two ends.
    #[must_use]
    pub fn ends(&self) -> [&str; 2] {
        let [a, b] = &self.names;
        [a, b]
    }

    /// Cuts the wire, or mends it.
    ///
    /// # Panics
    /// When it fails.
    pub fn set(&self, whole: bool) {
        let id = std::process::id();
        let state = if whole { "up" } else { "down" };
        assert!(ip(&[
            "-n",
            &self.names[0],
            "link",
            "set",
            &format!("ma{id}"),
            state
        ]));
        if whole {
            // The route goes away with the link.
            ip(&[
                "-n",
                &self.names[0],
                "route",
                "replace",
                "224.0.0.0/4",
                "dev",
                &format!("ma{id}"),
            ]);
        }
    }
}

impl Drop for Wire {
    fn drop(&mut self) {
        for name in &self.names {
            ip(&["netns", "del", name]);
        }
    }
}

fn ip(args: &[&str]) -> bool {
    let done = Command::new("ip")
        .args(args)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    done.is_ok_and(|status| status.success())
}
