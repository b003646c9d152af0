//! A real gateway process on this machine, ordered about as an operator would.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use serde_json::Value;
use tempfile::TempDir;

use crate::namespace::{command, exchange};
use crate::village::{built, until};

fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| built("majlis-gateway"))
}

/// A gateway and its folder.
#[derive(Debug)]
pub struct Gateway {
    folder: TempDir,
    settings: String,
    namespace: Option<String>,
    running: Option<Child>,
    /// Where it listens, as it said when it started.
    said: Value,
}

impl Gateway {
    /// A gateway that is not started yet; `settings` are added to the usual ones.
    ///
    /// # Panics
    /// When there is no temporary folder to be had.
    #[must_use]
    pub fn new(settings: &str) -> Self {
        let gateway = Self {
            folder: tempfile::tempdir().unwrap(),
            settings: String::new(),
            namespace: None,
            running: None,
            said: Value::Null,
        };
        gateway.with(settings)
    }

    /// The same, in a network namespace.
    #[must_use]
    pub fn within(mut self, namespace: &str) -> Self {
        self.namespace = Some(namespace.to_owned());
        self
    }

    /// The same with other settings, from the next start.
    ///
    /// # Panics
    /// When they cannot be written.
    #[must_use]
    pub fn with(mut self, settings: &str) -> Self {
        // What stands in no section stands first.
        self.settings = format!("{settings}\n[status]\nlisten = \"127.0.0.1:0\"\n");
        std::fs::write(self.settings_file(), &self.settings).unwrap();
        self
    }

    /// Its data folder.
    #[must_use]
    pub fn folder(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// A file beside its data.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn settings_file(&self) -> PathBuf {
        self.beside("gateway.toml")
    }

    fn command(&self) -> Command {
        let mut command = command(self.namespace.as_deref(), program());
        command
            .arg("--data")
            .arg(self.folder())
            .arg("--config")
            .arg(self.settings_file())
            .stdin(Stdio::null());
        command
    }

    /// Gives an order, whatever comes of it.
    ///
    /// # Panics
    /// When the program cannot be started.
    #[must_use]
    pub fn run(&self, order: &[&str]) -> Output {
        self.command().args(order).output().unwrap()
    }

    /// Gives an order that must be carried out; what it prints.
    ///
    /// # Panics
    /// When it is not.
    #[must_use]
    pub fn order(&self, order: &[&str]) -> String {
        let output = self.run(order);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{order:?}: {errors}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// What it carries, space by space.
    ///
    /// # Panics
    /// When it does not say.
    #[must_use]
    pub fn status(&self) -> Value {
        serde_json::from_str(&self.order(&["status"])).unwrap()
    }

    /// Starts it and waits until it says where it listens.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start(&mut self) {
        self.start_by(&[]);
    }

    /// The same by an order such as `run --new-device`.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn start_by(&mut self, order: &[&str]) {
        let mut command = self.command();
        command.args(order);
        command.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().unwrap();
        let mut first = String::new();
        let out = child.stdout.as_mut().unwrap();
        BufReader::new(out).read_line(&mut first).unwrap();
        self.said = serde_json::from_str(&first).expect("it says where it listens");
        self.running = Some(child);
    }

    /// The number of its process.
    ///
    /// # Panics
    /// When it does not run.
    #[must_use]
    pub fn process(&self) -> u32 {
        self.running.as_ref().unwrap().id()
    }

    /// Kills it as a power cut would.
    ///
    /// # Panics
    /// When it does not run.
    pub fn kill(&mut self) {
        let mut child = self.running.take().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Asks it to stop, as the system does; whether it ended well.
    ///
    /// # Panics
    /// When it does not run.
    pub fn stop(&mut self) -> bool {
        let mut child = self.running.take().unwrap();
        let process = child.id().to_string();
        assert!(
            Command::new("kill")
                .arg(process)
                .status()
                .unwrap()
                .success()
        );
        let mut ended = None;
        until("the gateway stops", || {
            ended = child.try_wait().unwrap();
            ended.is_some()
        });
        ended.is_some_and(|status| status.success())
    }

    /// Where tablets reach it, as a web address.
    ///
    /// # Panics
    /// When it does not serve tablets.
    #[must_use]
    pub fn for_tablets(&self) -> String {
        format!("http://{}", self.said["tablets"].as_str().unwrap())
    }

    /// What it answers to whoever watches over it: the status and the text.
    ///
    /// # Panics
    /// When nobody answers.
    #[must_use]
    pub fn watch(&self, path: &str) -> (u16, String) {
        let address = self.said["status"].as_str().unwrap();
        let request =
            format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
        let answer = exchange(self.namespace.as_deref(), address, &request).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        (status, body.to_owned())
    }

    /// The sum of one of its figures over all spaces.
    ///
    /// # Panics
    /// When it has no such figure.
    #[must_use]
    pub fn figure(&self, name: &str) -> u64 {
        let (status, text) = self.watch("/metrics");
        assert_eq!(status, 200);
        let lines = text.lines().filter(|line| {
            let rest = line.strip_prefix(name);
            rest.is_some_and(|rest| rest.starts_with(['{', ' ']))
        });
        let values: Vec<u64> = lines
            .map(|line| line.rsplit(' ').next().unwrap().parse().unwrap())
            .collect();
        assert!(!values.is_empty(), "no {name} in {text}");
        values.iter().sum()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(mut child) = self.running.take() {
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}
