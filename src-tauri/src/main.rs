//! The desktop program; everything is in the library, which the mobile shell loads too.
// No console window beside the app on Windows.
#![cfg_attr(not(debug_assertions), windows_subsystem = "windows")]

use std::process::ExitCode;

fn main() -> ExitCode {
    majlis_app::run()
}
