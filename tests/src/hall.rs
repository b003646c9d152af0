//! A hall: many network namespaces on one switch, and no way out. Everybody hears everybody.

#![allow(
    clippy::indexing_slicing,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::path::Path;
use std::process::Command;

use crate::namespace::{Namespace, command, number, sweep};

/// The hall; gone when dropped.
#[derive(Debug)]
pub struct Hall {
    seats: Vec<Namespace>,
    _switch: Namespace,
}

impl Hall {
    /// Opens a hall of so many seats; `None`, after saying so, where this machine does not allow
    /// it.
    #[must_use]
    #[allow(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub fn open(seats: u8) -> Option<Self> {
        sweep();
        match Self::make(seats) {
            Ok(hall) => Some(hall),
            Err(why) => {
                eprintln!("SKIPPED: no hall can be opened here: {why}");
                None
            }
        }
    }

    fn make(seats: u8) -> Result<Self, String> {
        let switch = Namespace::make(number())?;
        switch.ip(&["link", "add", "switch", "type", "bridge"])?;
        switch.ip(&["link", "set", "switch", "up"])?;
        let mut taken = Vec::new();
        for seat in 1..=seats {
            let namespace = Namespace::make(number())?;
            let port = format!("port{seat}");
            let cable = ["link", "add", "seat", "type", "veth", "peer", "name", &port];
            namespace.ip(&[&cable[..], &["netns", switch.name()]].concat())?;
            switch.ip(&["link", "set", &port, "master", "switch"])?;
            switch.ip(&["link", "set", &port, "up"])?;
            let address = format!("10.77.1.{seat}/24");
            namespace.ip(&["addr", "add", &address, "dev", "seat"])?;
            namespace.ip(&["link", "set", "seat", "up"])?;
            namespace.ip(&["route", "add", "224.0.0.0/4", "dev", "seat"])?;
            taken.push(namespace);
        }
        Ok(Self {
            seats: taken,
            _switch: switch,
        })
    }

    /// Bytes of IP that came in at all seats so far.
    ///
    /// # Panics
    /// When the kernel does not say.
    #[must_use]
    pub fn heard(&self) -> u64 {
        self.seats.iter().map(|seat| seat.moved("seat")[1]).sum()
    }

    /// A program, to be run on a seat.
    ///
    /// # Panics
    /// When there is no such seat.
    #[must_use]
    pub fn command(&self, seat: usize, program: &Path) -> Command {
        command(Some(self.seats[seat].name()), program)
    }

    /// The namespaces.
    pub fn seats(&self) -> impl Iterator<Item = &str> {
        self.seats.iter().map(Namespace::name)
    }
}
