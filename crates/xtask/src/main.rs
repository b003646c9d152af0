//! The project's one runner: set-up, tests, checks and the app, by `cargo xtask <command>`.
//! Not here: anything of the product; this package depends on none of the others.

use std::process::ExitCode;

use clap::{Parser, Subcommand};

mod bench;
mod bindings;
mod browser;
mod ci;
mod demo;
mod gallery;
mod run;
mod served;
mod setup;
mod shell;
mod skew;
mod tidy;
mod ui;
mod window;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Project tasks, set-up included")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Sets up, builds the interface and opens the app; without a display, serves it and prints the address.
    Run,
    /// Installs what is missing on this machine for building and testing.
    Setup,
    /// Sets up and runs every test: Rust, interface, window, browsers.
    Test,
    /// Everything a reviewer would check, tests included.
    Ci,
    /// Checks what lints cannot: page paths, package arrows, file heads and lengths, names.
    Tidy,
    /// Writes the interface's TypeScript types from the node's API.
    Bindings,
    /// Two replicas on one machine meet and agree.
    Demo,
    /// A program of an earlier version and this one meet and come to the same.
    Skew {
        /// The earlier commit; without it the newest release, or else the last commit of an earlier day.
        revision: Option<String>,
    },
    /// Trains the dictionary of the wire anew; commit what it wrote with the golden runs.
    Dictionary,
    /// Measures sizes and times; `bench sync --help` says what else.
    Bench {
        /// For the program that measures.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
    /// Renders every screen in three languages, three sizes, light and dark, to `out/gallery`.
    Gallery,
}

fn main() -> ExitCode {
    let done = match Cli::parse().task {
        Task::Run => run::run(),
        Task::Setup => setup::everything(),
        Task::Test => ci::test(),
        Task::Ci => ci::ci(),
        Task::Tidy => tidy::run(),
        Task::Bindings => bindings::write(),
        Task::Demo => demo::demo(),
        Task::Skew { revision } => skew::skew(revision),
        Task::Bench { args } => bench::bench(&args),
        Task::Dictionary => bench::dictionary(),
        Task::Gallery => gallery::gallery(),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            shell::say(&format!("\nStopped: {error:#}"));
            ExitCode::FAILURE
        }
    }
}
