//! Writes the TypeScript types of the API into the folder given as first argument.

use std::path::PathBuf;

use ts_rs::{Config, TS};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let out = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or("usage: bindings FOLDER")?;
    let config = Config::new().with_large_int("number").with_out_dir(out);
    majlis_node::api::Calls::export_all(&config)?;
    majlis_node::api::ApiError::export_all(&config)?;
    majlis_node::api::Event::export_all(&config)?;
    Ok(())
}
