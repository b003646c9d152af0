//! `majlis-gateway`: a replica on a server, for those who are never online together. It stores,
//! forwards and signs receipts, and holds no authority. Not here: rules, which are the core's.

mod args;
mod config;
mod elsewhere;
mod orders;
mod pool;
mod relay;
mod run;
mod status;
mod tls;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;
use majlis_node::api::ApiError;

use crate::args::{Cli, Order};
use crate::config::Config;

fn main() -> ExitCode {
    let cli = Cli::parse();
    match start(cli) {
        Ok(text) => {
            // A reader that went away (`| head`) is no failure.
            let _ = std::io::stdout().lock().write_all(text.as_bytes());
            ExitCode::SUCCESS
        }
        Err(error) => {
            let api = error.downcast_ref::<ApiError>();
            let detail = api.and_then(|error| error.detail.as_deref());
            let detail = detail.map(|detail| format!(" ({detail})"));
            let detail = detail.unwrap_or_default();
            let line = format!("majlis-gateway: {error:#}{detail}");
            let _ = writeln!(std::io::stderr().lock(), "{line}");
            ExitCode::FAILURE
        }
    }
}

fn start(cli: Cli) -> anyhow::Result<String> {
    let config = Config::read(&cli)?;
    let order = cli.order.unwrap_or(Order::Run { new_device: false });
    log(&config, &order)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("starting")?;
    let done = runtime.block_on(async {
        match order {
            Order::Run { new_device } => {
                run::run(&config, new_device).await.map(|()| String::new())
            }
            order => orders::carry_out(&config, order).await,
        }
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    done
}

/// A running gateway logs one JSON object a line to the error stream; a command says only what
/// went wrong.
fn log(config: &Config, order: &Order) -> anyhow::Result<()> {
    let level = match order {
        Order::Run { .. } => config.log.as_str(),
        _ => "error",
    };
    let filter = tracing_subscriber::EnvFilter::try_new(level)
        .with_context(|| format!("reading the log level {level:?}"))?;
    tracing_subscriber::fmt()
        .json()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    Ok(())
}
