//! Whether this network costs money, as the system says it: on Linux NetworkManager, which learns it
//! from the person or guesses it (a phone's hotspot tells). Not here: what is then saved.

use std::sync::mpsc::{self, Sender};
use std::thread;

use majlis_node::api::Request;
use majlis_node::api::network::Metered;
use majlis_node::node::Node;
use zbus::blocking::Connection;
use zbus::blocking::fdo::{DBusProxy, PropertiesProxy};
use zbus::names::InterfaceName;

/// The service, and its interface, have the same name.
const MANAGER: &str = "org.freedesktop.NetworkManager";
const PATH: &str = "/org/freedesktop/NetworkManager";
/// Of its property `Metered`: chosen, and guessed. The others are unknown, chosen not, guessed not.
const COSTS: [u32; 2] = [1, 3];

/// Tells the node now and whenever it changes. Where nobody answers nothing is told, and links show
/// by themselves that they are slow.
pub(crate) fn tell(node: Node) {
    let watching = thread::Builder::new().name("metered".to_owned());
    let _ = watching.spawn(move || {
        let Ok(system) = Connection::system() else {
            return;
        };
        let _ = watch(&system, |metered| {
            let request = Request::SetMetered(Metered { metered });
            tauri::async_runtime::block_on(node.call(request)).is_ok()
        });
    });
}

/// Says what holds, then each change, until nobody hears it any more or the bus is gone. A service
/// that starts later, or again, is asked then.
fn watch(system: &Connection, mut heard: impl FnMut(bool) -> bool) -> zbus::Result<()> {
    let manager = PropertiesProxy::builder(system)
        .destination(MANAGER)?
        .path(PATH)?
        .build()?;
    let bus = DBusProxy::new(system)?;
    // Both are listened to before the first question: what changes between is not missed.
    let changes = manager.receive_properties_changed()?;
    let owners = bus.receive_name_owner_changed_with_args(&[(0, MANAGER)])?;
    let (ask, asked) = mpsc::channel();
    let _ = ask.send(());
    whenever(changes, ask.clone());
    whenever(owners, ask);
    let interface = InterfaceName::try_from(MANAGER)?;
    let mut before = None;
    for () in asked {
        let level = manager.get(interface.clone(), "Metered").ok();
        let level = level.and_then(|level| u32::try_from(level).ok());
        let metered = level.is_some_and(|level| COSTS.contains(&level));
        if before.replace(metered) != Some(metered) && !heard(metered) {
            break;
        }
    }
    Ok(())
}

/// Asks again whenever a signal comes.
fn whenever<S: Send + 'static>(signals: impl Iterator<Item = S> + Send + 'static, ask: Sender<()>) {
    let listening = thread::Builder::new().name("metered".to_owned());
    let _ = listening.spawn(move || {
        for _ in signals {
            if ask.send(()).is_err() {
                return;
            }
        }
    });
}

#[cfg(test)]
#[allow(
    clippy::unwrap_used,
    reason = "a test stops at the first thing that is not as it must be"
)]
mod tests {
    use std::io::{BufRead as _, BufReader};
    use std::process::{Child, Command, Stdio};
    use std::sync::mpsc;
    use std::time::Duration;

    use zbus::blocking::connection::Builder;

    use super::*;

    /// A bus of the test's own; gone with it.
    struct Bus {
        daemon: Child,
        address: String,
    }

    impl Bus {
        fn start() -> Option<Self> {
            let started = Command::new("dbus-daemon")
                .args(["--session", "--nofork", "--print-address"])
                .stdout(Stdio::piped())
                .spawn();
            let Ok(mut daemon) = started else {
                eprintln!("SKIPPED: dbus-daemon is not installed");
                return None;
            };
            let mut address = String::new();
            let mut told = BufReader::new(daemon.stdout.take().unwrap());
            told.read_line(&mut address).unwrap();
            let address = address.trim().to_owned();
            Some(Self { daemon, address })
        }

        fn connect(&self) -> Builder<'_> {
            Builder::address(self.address.as_str()).unwrap()
        }
    }

    impl Drop for Bus {
        fn drop(&mut self) {
            let _ = self.daemon.kill();
            let _ = self.daemon.wait();
        }
    }

    /// Says on the bus what NetworkManager would.
    struct Stand(u32);

    #[zbus::interface(name = "org.freedesktop.NetworkManager")]
    impl Stand {
        #[zbus(property)]
        fn metered(&self) -> u32 {
            self.0
        }

        #[zbus(property)]
        fn set_metered(&mut self, level: u32) {
            self.0 = level;
        }
    }

    #[test]
    fn what_the_system_says_is_told_once_and_again_when_it_changes() {
        let Some(bus) = Bus::start() else { return };
        let manager = bus.connect().serve_at(PATH, Stand(3)).unwrap();
        let manager = manager.name(MANAGER).unwrap();
        let manager = manager.build().unwrap();
        let system = bus.connect().build().unwrap();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || watch(&system, |metered| tell.send(metered).is_ok()));
        let next = || told.recv_timeout(Duration::from_secs(10));
        assert_eq!(next(), Ok(true), "it is guessed to cost");
        let stand = manager.object_server();
        let stand = stand.interface::<_, Stand>(PATH).unwrap();
        let change = |level: u32| {
            let mut held = stand.get_mut();
            held.0 = level;
            let emitter = stand.signal_emitter();
            zbus::block_on(held.metered_changed(emitter)).unwrap();
        };
        change(1);
        change(4);
        assert_eq!(next(), Ok(false), "chosen after guessed is no news");
        change(1);
        assert_eq!(next(), Ok(true));
    }

    #[test]
    fn a_manager_that_comes_later_is_heard() {
        let Some(bus) = Bus::start() else { return };
        let system = bus.connect().build().unwrap();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || watch(&system, |metered| tell.send(metered).is_ok()));
        let next = || told.recv_timeout(Duration::from_secs(10));
        assert_eq!(next(), Ok(false), "nobody says that it costs");
        let manager = bus.connect();
        let manager = manager.serve_at(PATH, Stand(1)).unwrap();
        let manager = manager.name(MANAGER).unwrap();
        let _manager = manager.build().unwrap();
        assert_eq!(next(), Ok(true));
    }
}
