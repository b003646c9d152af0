//! What can be typed after `majlis-gateway`. Not here: doing it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::{RelayAccess, Tls};

/// What `--version` says.
const VERSION: &str = if cfg!(feature = "postgres") {
    concat!(env!("CARGO_PKG_VERSION"), " with PostgreSQL")
} else {
    env!("CARGO_PKG_VERSION")
};

/// A replica on a server: it carries for others, signs receipts, and has no vote.
#[derive(Debug, Parser)]
#[command(name = "majlis-gateway", version = VERSION, propagate_version = true)]
pub(crate) struct Cli {
    /// The folder of this gateway.
    #[arg(long, global = true, value_name = "DIR", env = "MAJLIS_GATEWAY_DATA")]
    pub(crate) data: Option<PathBuf>,
    /// A file of settings; see docs/gateway.md.
    #[arg(
        long,
        global = true,
        value_name = "FILE",
        env = "MAJLIS_GATEWAY_CONFIG"
    )]
    pub(crate) config: Option<PathBuf>,
    /// How to reach a PostgreSQL database that several gateway processes share, such as
    /// `host=/run/postgresql dbname=majlis`; see docs/gateway.md.
    #[arg(
        long,
        global = true,
        value_name = "ADDRESS",
        env = "MAJLIS_GATEWAY_POSTGRES",
        hide_env_values = true
    )]
    pub(crate) postgres: Option<String>,
    /// Encrypt the web part here: `self-signed` makes a certificate of its own.
    #[arg(long, global = true, value_name = "KIND")]
    pub(crate) tls: Option<Tls>,
    /// Where health and metrics are served; port 0 takes any.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) status: Option<SocketAddr>,
    /// Run a relay here, through which devices meet that cannot reach each other; see
    /// docs/gateway.md.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) relay: Option<SocketAddr>,
    /// Whom the relay lets in.
    #[arg(long, global = true, value_name = "WHOM")]
    pub(crate) relay_access: Option<RelayAccess>,
    #[command(subcommand)]
    pub(crate) order: Option<Order>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Order {
    /// Runs until it is told to stop; this is what happens when nothing else is said.
    Run,
    /// Joins a space by a ticket for an observer.
    Join {
        /// The ticket; better in the environment than on the command line, where others may see it.
        #[arg(env = "MAJLIS_GATEWAY_TICKET", hide_env_values = true)]
        ticket: String,
    },
    /// Prints the address at which others meet this gateway.
    Address,
    /// Prints what this gateway carries, one JSON object.
    Status,
    /// Prints the address of the web part with this start's token, for a browser on this machine.
    Web,
    /// Copies the database into a new file, while the gateway runs.
    Backup {
        /// The file; it must not be there yet.
        file: PathBuf,
    },
    /// Makes a new gateway of a backup, in a folder that has none: a new device joins every space
    /// again and takes in what the backup holds.
    Restore {
        /// The backup.
        file: PathBuf,
        /// A fresh ticket for a space whose old ticket is used up or closed.
        #[arg(
            long = "ticket",
            value_name = "TICKET",
            env = "MAJLIS_GATEWAY_TICKET",
            hide_env_values = true
        )]
        tickets: Vec<String>,
    },
}
