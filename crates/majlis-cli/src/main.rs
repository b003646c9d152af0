//! `majlis`: a replica on the command line, for operators, scripts, audits and walkthroughs.
//! Not here: rules. Every command is one or a few calls of the node's API.

mod args;
mod find;
mod forms;
mod named;
mod reach;
mod run;
mod text;

use std::io::Write as _;
use std::process::ExitCode;

use clap::Parser as _;
use majlis_node::api::ApiError;
use serde_json::json;

use crate::args::Cli;

/// What a command has to say, to a program and to a person.
pub(crate) struct Said {
    /// The API's answer.
    pub(crate) json: serde_json::Value,
    /// The same for reading.
    pub(crate) text: String,
    /// Whether all is well; `verify` and `sync` may say no.
    pub(crate) well: bool,
}

/// What is logged when nothing is said: errors, but for what the transport says when it lets go of a
/// relay, or of a device that never answered, which are none.
const USUAL: &str = "error,iroh::socket=off";

impl Said {
    /// Says `json`, or `text` to a person.
    pub(crate) fn new(
        json: impl serde::Serialize,
        text: impl Into<String>,
    ) -> anyhow::Result<Self> {
        Ok(Self {
            json: serde_json::to_value(json)?,
            text: text.into(),
            well: true,
        })
    }
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("MAJLIS_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(USUAL));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    let json = cli.json;
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(error) => return complain(&error.into(), json),
    };
    let result = runtime.block_on(run::run(cli));
    runtime.shutdown_timeout(std::time::Duration::from_secs(2));
    match result {
        Ok(said) => {
            let code = if said.well {
                ExitCode::SUCCESS
            } else {
                ExitCode::FAILURE
            };
            let text = match (json, said.json) {
                (true, serde_json::Value::Null) => String::new(),
                (true, value) => value.to_string(),
                (false, _) => said.text,
            };
            let mut out = std::io::stdout().lock();
            // A reader that went away (`| head`) is no failure.
            if !text.is_empty() {
                let _ = writeln!(out, "{}", text.trim_end_matches('\n'));
            }
            code
        }
        Err(error) => complain(&error, json),
    }
}

/// Errors go to the error stream: one line for a person, one JSON object for a program.
fn complain(error: &anyhow::Error, json: bool) -> ExitCode {
    let api = error.downcast_ref::<ApiError>();
    let line = if json {
        let value = api.map_or_else(
            || json!({ "code": "internal", "message": format!("{error:#}"), "detail": null }),
            |error| json!(error),
        );
        json!({ "error": value }).to_string()
    } else {
        let detail = api.and_then(|error| error.detail.as_deref());
        let detail = detail
            .map(|detail| format!(" ({detail})"))
            .unwrap_or_default();
        format!("majlis: {error:#}{detail}")
    };
    let _ = writeln!(std::io::stderr().lock(), "{line}");
    ExitCode::FAILURE
}
