//! The measurements: ratios and figures of one run on one machine, to be compared with another run
//! on the same machine, never with a clock in a test.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::expect_used,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a program for developers that stops at the first surprise"
)]
#![cfg_attr(
    not(target_os = "linux"),
    allow(dead_code, reason = "sync is measured on Linux")
)]

mod ballots;
#[cfg(target_os = "linux")]
mod export;
mod figure;
mod hall;
mod sizes;
#[cfg(target_os = "linux")]
mod sync;
mod tally;

use clap::{Parser, Subcommand, ValueEnum};

#[derive(Debug, Parser)]
#[command(name = "bench", about = "Measures Majlis on this machine")]
struct Cli {
    #[command(subcommand)]
    what: Option<What>,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Sizes and times of one replica; also without a command.
    Sizes,
    /// Sync between real processes over links of a profile.
    Sync(Sync),
    /// Counting ballots, budgets and opinions.
    Tally(Tally),
    /// Writing many answers into files: memory and time.
    #[cfg(target_os = "linux")]
    Export(export::Wanted),
    /// The devices of W7, started by it.
    #[cfg(target_os = "linux")]
    #[command(hide = true)]
    Crowd,
    /// Ten thousand ballots in a space: cast, gathered in boxes, closed, counted and counted again.
    Vote(Vote),
}

/// How to measure a vote.
#[derive(Debug, clap::Args)]
struct Vote {
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
}

/// How to measure counting.
#[derive(Debug, clap::Args)]
struct Tally {
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
    /// Also count by the reference library; needs Python, and minutes.
    #[arg(long)]
    compare: bool,
}

/// Which measurement of sync.
#[derive(Debug, clap::Args)]
struct Sync {
    /// The workload; all of them when left out.
    #[arg(long, value_enum, ignore_case = true)]
    workload: Vec<Workload>,
    /// The link: gprs, edge, 3g or lan.
    #[arg(long, default_value = "edge")]
    profile: Vec<String>,
    /// Print one JSON object a line.
    #[arg(long)]
    json: bool,
    /// Records, answers or devices instead of the workload's own number.
    #[arg(long)]
    count: Option<u64>,
    /// W1: how often the link is cut in the run with cuts; 0 leaves that run out.
    #[arg(long, default_value_t = 9)]
    cuts: u32,
    /// W1: how long each cut lasts. A connection lives through a short one.
    #[arg(long, default_value_t = 45)]
    cut_seconds: u64,
    /// W1: this many answers with a recording of the size of a photo instead, a blob each.
    #[arg(long)]
    blobs: Option<u64>,
    /// Frames of a thousand that the link loses.
    #[arg(long, default_value_t = 0)]
    lost: u16,
    /// W1: also what Yjs, Automerge and PouchDB would send for the same answers; needs npm.
    #[arg(long)]
    compare: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Workload {
    /// Morning sync: 2,000 new answers to a peer that holds 2,000.
    W1,
    /// No news: a reconnect with 10,000 and 100,000 records.
    W2,
    /// Village: ten devices in one hall, one text and 50 votes each.
    W3,
    /// Cold start with 100,000 records and 500 documents.
    W4,
    /// Bytes on disk per answer and per document.
    W6,
    /// Devices linked to one replica, idle and active.
    W7,
}

fn main() {
    match Cli::parse().what.unwrap_or(What::Sizes) {
        What::Sizes => sizes::run(),
        What::Tally(wanted) => tally::run(&wanted),
        What::Vote(wanted) => hall::run(wanted.json),
        #[cfg(target_os = "linux")]
        What::Export(wanted) => export::run(&wanted),
        #[cfg(target_os = "linux")]
        What::Sync(wanted) => sync::run(&wanted),
        #[cfg(target_os = "linux")]
        What::Crowd => sync::crowd(),
        #[cfg(not(target_os = "linux"))]
        What::Sync(_) => eprintln!("SKIPPED: sync is measured in network namespaces of Linux"),
    }
}
