//! The window: opens the node, shows the interface, and carries calls and events between them.
//! Not here: anything the node or the interface decides.

use std::path::PathBuf;
use std::process::ExitCode;

use majlis_node::node::{NetworkConfig, Node, NodeConfig};
use tauri::{App, AppHandle, Manager as _, RunEvent};

mod bridge;

use bridge::Replica;

/// Another folder for the replica, so that several can be tried on one machine.
const DATA: &str = "MAJLIS_DATA";

/// Opens the window and returns when it is closed.
#[must_use]
pub fn run() -> ExitCode {
    let built = tauri::Builder::default()
        .setup(|app| Ok(open(app)?))
        .invoke_handler(tauri::generate_handler![bridge::call])
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            complain(&format!("opening the window: {error}"));
            return ExitCode::FAILURE;
        }
    };
    app.run(|app, event| {
        if matches!(event, RunEvent::Exit) {
            close(app);
        }
    });
    ExitCode::SUCCESS
}

#[cfg(mobile)]
#[tauri::mobile_entry_point]
fn mobile() {
    run();
}

/// Opens the node before the first page asks for anything.
fn open(app: &App) -> tauri::Result<()> {
    let data = match std::env::var_os(DATA) {
        Some(folder) => PathBuf::from(folder),
        None => app.path().app_data_dir()?,
    };
    let config = NodeConfig {
        data,
        network: Some(NetworkConfig::default()),
    };
    let replica = match tauri::async_runtime::block_on(Node::open_when_free(config)) {
        Ok(node) => {
            tauri::async_runtime::spawn(bridge::carry_events(app.handle().clone(), node.events()));
            Replica::open(node)
        }
        Err(error) => {
            let shut = Replica::shut(&error);
            complain(&format!("{:#}", anyhow::Error::new(error)));
            shut
        }
    };
    app.manage(replica);
    Ok(())
}

/// Seals and puts down everything before the process ends.
fn close(app: &AppHandle) {
    if let Some(node) = app.state::<Replica>().node() {
        tauri::async_runtime::block_on(node.shutdown());
    }
}

/// Says it on the error stream; a program that cannot open has nowhere else.
fn complain(what: &str) {
    use std::io::Write as _;
    let _ = writeln!(std::io::stderr().lock(), "majlis: {what}");
}
