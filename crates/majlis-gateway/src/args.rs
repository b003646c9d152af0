//! What can be typed after `majlis-gateway`. Not here: doing it.

use std::net::SocketAddr;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::config::{RelayAccess, Tls, reachable};

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
    /// Where people reach this gateway, when that is not an address of this machine (in a container,
    /// behind a router): told before its own. Several with commas between.
    #[arg(
        long,
        global = true,
        value_name = "ADDRESS",
        env = "MAJLIS_GATEWAY_ADDRESSES",
        value_delimiter = ',',
        value_parser = reachable
    )]
    pub(crate) addresses: Vec<SocketAddr>,
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
    /// Take answers from tablets with ODK Collect or KoboCollect here; see docs/tablets.md.
    #[arg(long, global = true, value_name = "ADDRESS")]
    pub(crate) tablets: Option<SocketAddr>,
    #[command(subcommand)]
    pub(crate) order: Option<Order>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Order {
    /// Runs until it is told to stop; this is what happens when nothing else is said.
    Run {
        /// Goes on as a new device where what its keys signed is given up: the database that this gateway
        /// shared, or the folder of its data. Its keys are kept aside. Once is enough.
        #[arg(long)]
        new_device: bool,
    },
    /// Joins a space by a ticket for an observer.
    Join {
        /// Joins as an intake device instead: by a ticket for a facilitator, to record in its own
        /// name what tablets send.
        #[arg(long)]
        for_tablets: bool,
        /// The ticket; better in the environment than on the command line, where others may see it.
        #[arg(env = "MAJLIS_GATEWAY_TICKET", hide_env_values = true)]
        ticket: String,
    },
    /// Prints the address at which others meet this gateway.
    Address,
    /// Prints what this gateway carries, one JSON object.
    Status,
    /// Prints the address of the web part with this start's token, for a browser on this machine, and
    /// those for other machines where it is served to them.
    Web,
    /// Tablets that may send answers here: who they are, letting one in, taking its token back.
    Tablets {
        /// The space, by its name or the beginning of its id, where there are several.
        #[arg(long, global = true)]
        space: Option<String>,
        #[command(subcommand)]
        order: Option<TabletsOrder>,
    },
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

#[derive(Debug, Subcommand)]
pub(crate) enum TabletsOrder {
    /// Prints the tablets, the forms they are offered, and what came without all of its files.
    List,
    /// Lets one officer's tablet in; prints its address and token, this once.
    Add {
        /// What the officer is called; it stands in the note of each answer.
        officer: String,
        /// How the officer asks people.
        #[arg(long, value_enum, default_value = "spoken")]
        mode: Mode,
        /// The officer asks everybody for their agreement before entering an answer.
        #[arg(long)]
        consent: bool,
        /// In which language the tablet is told what became of an answer.
        #[arg(long, value_enum, default_value = "en")]
        language: Spoken,
        /// Where the tablet reaches this gateway, when the settings do not say.
        #[arg(long, value_name = "ADDRESS")]
        address: Option<String>,
        /// Writes the settings as a QR code (SVG) for the tablet to scan into a new file.
        #[arg(long, value_name = "FILE")]
        code: Option<PathBuf>,
    },
    /// Takes a tablet's token back.
    Revoke {
        /// The tablet's id, as `list` says.
        tablet: String,
    },
}

/// The languages of what tablets are told.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Spoken {
    /// Arabic.
    Ar,
    /// French.
    Fr,
    /// English.
    En,
}

/// How people give their answers to an officer.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Mode {
    /// Face to face.
    Spoken,
    /// On paper.
    Paper,
    /// By telephone.
    Phone,
}
