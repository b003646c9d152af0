//! A PostgreSQL of a test's own, Debian's: in a folder of its own, on a private socket, without TCP.
//! Gone when dropped.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_postgres::types::ToSql;
use tokio_postgres::{NoTls, Row};

use crate::village::until;

/// Who runs it when a test runs as root, whom it refuses.
const ACCOUNT: &str = "postgres";

/// A database server and its folder.
#[derive(Debug)]
pub struct Database {
    folder: TempDir,
    programs: PathBuf,
    runtime: Runtime,
    running: Option<Child>,
}

impl Database {
    /// A server that runs; `None`, said aloud, where PostgreSQL is not installed.
    ///
    /// # Panics
    /// When it is there and does not start.
    #[must_use]
    pub fn start() -> Option<Self> {
        let Some(programs) = programs() else {
            println!("skipped: PostgreSQL is not installed (Debian: postgresql)");
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        if is_root() {
            let owner = number_of(ACCOUNT);
            std::os::unix::fs::chown(folder.path(), Some(owner), None).unwrap();
        }
        let runtime = Runtime::new().unwrap();
        let mut database = Self {
            folder,
            programs,
            runtime,
            running: None,
        };
        let mut make = database.program("initdb");
        make.args(["--auth=trust", "--username=postgres", "--no-sync", "-D"]);
        let made = make.arg(database.data()).output().unwrap();
        let errors = String::from_utf8_lossy(&made.stderr);
        assert!(made.status.success(), "initdb: {errors}");
        database.run();
        Some(database)
    }

    /// How gateways reach it.
    #[must_use]
    pub fn address(&self) -> String {
        format!(
            "host={} user=postgres dbname=postgres",
            self.folder.path().display()
        )
    }

    /// Starts it again.
    ///
    /// # Panics
    /// When it does not come up.
    pub fn run(&mut self) {
        let mut server = self.program("postgres");
        server.arg("-D").arg(self.data());
        server.arg("-k").arg(self.folder.path());
        server.args(["-c", "listen_addresses="]);
        server.stdout(Stdio::null()).stderr(Stdio::null());
        self.running = Some(server.spawn().unwrap());
        until("the database answers", || {
            self.try_rows("SELECT 1", &[]).is_some()
        });
    }

    /// Stops it at once, as a crash would: whatever is on its way is lost.
    ///
    /// # Panics
    /// When it does not run.
    pub fn crash(&mut self) {
        let mut server = self.running.take().unwrap();
        signal(&server, "QUIT");
        server.wait().unwrap();
    }

    /// What a statement answers.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn rows(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Vec<Row> {
        self.try_rows(sql, values).unwrap()
    }

    /// The number that a statement answers.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn count(&self, sql: &str) -> u64 {
        let count: i64 = self.rows(sql, &[]).first().unwrap().get(0);
        u64::try_from(count).unwrap()
    }

    fn try_rows(&self, sql: &str, values: &[&(dyn ToSql + Sync)]) -> Option<Vec<Row>> {
        let address = self.address();
        self.runtime.block_on(async {
            let (client, connection) = tokio_postgres::connect(&address, NoTls).await.ok()?;
            tokio::spawn(connection);
            client.query(sql, values).await.ok()
        })
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// One of its programs, run by somebody it accepts.
    fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            let account = [format!("--reuid={ACCOUNT}"), format!("--regid={ACCOUNT}")];
            command.args(account).arg("--clear-groups").arg(path);
            command
        } else {
            Command::new(path)
        };
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Some(mut server) = self.running.take() {
            signal(&server, "QUIT");
            let _ = server.wait();
        }
    }
}

/// Where its programs are; of several versions, the newest by name.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let mut found: Vec<PathBuf> = versions.flatten().map(|it| it.path().join("bin")).collect();
    found.sort();
    let said = Command::new("pg_config").arg("--bindir").output().ok();
    let said = said.and_then(|said| String::from_utf8(said.stdout).ok());
    let said = said.map(|said| Path::new(said.trim()).to_path_buf());
    let mut all = found.into_iter().rev().chain(said);
    all.find(|folder| folder.join("initdb").is_file())
}

fn signal(process: &Child, name: &str) {
    let mut kill = Command::new("kill");
    let _ = kill.args(["-s", name, &process.id().to_string()]).status();
}

fn is_root() -> bool {
    id(&["-u"]) == Some(0)
}

fn number_of(account: &str) -> u32 {
    id(&["-u", account]).unwrap()
}

fn id(args: &[&str]) -> Option<u32> {
    let said = Command::new("id").args(args).output().ok()?;
    String::from_utf8(said.stdout).ok()?.trim().parse().ok()
}
