//! The window: opens the node, shows the interface, and carries calls and events between them.
//! Not here: anything the node or the interface decides.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use majlis_node::node::{NetworkConfig, Node, NodeConfig, machine_folder};
use tauri::webview::{PermissionKind, PermissionResponse};
use tauri::{App, AppHandle, Manager as _, RunEvent, Url};

mod bridge;
#[cfg(target_os = "linux")]
mod metered;

use bridge::Replica;

/// Another folder for the replica, so that several can be tried on one machine.
const DATA: &str = "MAJLIS_DATA";

/// What the page may use of this machine. It is our own page, and asks only where somebody pressed a
/// button for it: to speak an answer, to say where one stands. Where the system asks as well, it does so
/// all the same; on Linux nobody would ask, and the answer would be no.
const fn may(kind: &PermissionKind) -> PermissionResponse {
    match kind {
        PermissionKind::Microphone | PermissionKind::Geolocation => PermissionResponse::Allow,
        _ => PermissionResponse::Default,
    }
}

/// Opens the window and returns when it is closed.
#[must_use]
pub fn run() -> ExitCode {
    let builder = tauri::Builder::default();
    // First of all: a second start ends here and does nothing else, unless it is another replica.
    #[cfg(desktop)]
    let builder = match std::env::var_os(DATA) {
        None => builder.plugin(tauri_plugin_single_instance::init(again)),
        Some(_) => builder,
    };
    let built = builder
        .setup(|app| Ok(open(app)?))
        .on_permission_request(|_, kind| may(&kind))
        .invoke_handler(tauri::generate_handler![bridge::call])
        .build(tauri::generate_context!());
    let app = match built {
        Ok(app) => app,
        Err(error) => {
            complain(&format!("opening the window: {error}"));
            return ExitCode::FAILURE;
        }
    };
    app.run(|app, event| match event {
        RunEvent::Exit => close(app),
        // How files of ours arrive where the system does not start a program with a path.
        #[cfg(any(target_os = "macos", target_os = "ios", target_os = "android"))]
        RunEvent::Opened { urls } => {
            let files = urls.iter().filter_map(|url| url.to_file_path().ok());
            offer(app, files.collect());
        }
        _ => {}
    });
    ExitCode::SUCCESS
}

/// A second start of the app: its window is this one, and the file that it was given comes here.
#[cfg(desktop)]
fn again(app: &AppHandle, arguments: Vec<String>, folder: String) {
    if let Some(window) = app.get_webview_window("main") {
        let _ = window.unminimize();
        let _ = window.set_focus();
    }
    let folder = PathBuf::from(folder);
    offer(app, files(arguments.into_iter().skip(1), &folder));
}

/// Lets the interface show what files hold that were opened with this app.
fn offer(app: &AppHandle, files: Vec<PathBuf>) {
    let replica = app.try_state::<Replica>();
    if let Some(node) = replica.as_ref().and_then(|replica| replica.node()) {
        node.offer_carry(files);
    }
}

/// The files that a start was given, as paths or as addresses of files.
fn files(arguments: impl Iterator<Item = String>, folder: &Path) -> Vec<PathBuf> {
    arguments
        .filter(|argument| !argument.starts_with('-'))
        .map(|argument| {
            let url = Url::parse(&argument).ok();
            let path = url.and_then(|url| url.to_file_path().ok());
            path.unwrap_or_else(|| folder.join(argument))
        })
        .collect()
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
    let mut config = NodeConfig::new(data, Some(NetworkConfig::default()));
    config.machine = machine_folder();
    let replica = match tauri::async_runtime::block_on(Node::open_when_free(config)) {
        Ok(node) => {
            tauri::async_runtime::spawn(bridge::carry_events(app.handle().clone(), node.events()));
            #[cfg(target_os = "linux")]
            metered::tell(node.clone());
            Replica::open(node)
        }
        Err(error) => {
            let shut = Replica::shut(&error);
            complain(&format!("{:#}", anyhow::Error::new(error)));
            shut
        }
    };
    app.manage(replica);
    // A double click on a file starts the app with its path.
    let arguments = std::env::args_os().skip(1);
    let arguments = arguments.map(|one| one.to_string_lossy().into_owned());
    offer(app.handle(), files(arguments, &std::env::current_dir()?));
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
