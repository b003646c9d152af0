//! Opening the app: the window where there is a display, else the interface at a loopback address.

use anyhow::Result;

use crate::shell::{cargo, run as finish, say};
use crate::{setup, ui};

/// Sets up, builds the interface and opens the app.
pub(crate) fn run() -> Result<()> {
    if setup::display() {
        setup::for_window()?;
        ui::build()?;
        say("Building the program; the first time takes some minutes. Then its window opens.");
        return finish(&mut cargo(&["run", "--package", "majlis-app"]));
    }
    setup::for_serving()?;
    ui::build()?;
    // With what it compiles in sight: the first time takes minutes.
    say("Building the program; the first time takes some minutes.");
    finish(&mut cargo(&["build", "--package", "majlis-cli"]))?;
    say(
        "No display here: serving the interface. Open the printed address in a browser; Ctrl-C ends it.",
    );
    let serve = [
        "run",
        "--quiet",
        "--package",
        "majlis-cli",
        "--",
        "serve",
        "--ui",
        "ui/dist",
    ];
    finish(&mut cargo(&serve))
}
