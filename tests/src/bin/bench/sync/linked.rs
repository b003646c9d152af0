//! W7 as an operator meets it: a real gateway process in a network namespace, and devices that come
//! to it from another over the real transport. Memory is the gateway's own, seen from outside.

use std::time::{Duration, Instant};

use majlis_tests::gateway::Gateway;
use majlis_tests::hall::Hall;
use serde_json::{Value, json};

use super::Sync;
use super::crowd::{Crowd, PATIENCE};
use super::devices::resident_of;
use crate::figure::{float, print, round};

const DEVICES: [u64; 2] = [200, 1_000];
/// Devices that join before it is looked whether they are in.
const TOGETHER: u64 = 20;
/// What a gateway keeps linked of those who have nothing to say, where nothing else is set.
const IDLE: u64 = 256;
/// So long nothing happens before memory is looked at.
const QUIET: Duration = Duration::from_secs(40);

pub(super) fn run(wanted: &Sync) {
    let sizes = wanted.count.map_or(DEVICES.to_vec(), |count| vec![count]);
    for count in sizes {
        if let Some(hall) = Hall::open(2) {
            linked(wanted, &hall, count);
        }
    }
}

/// A gateway with its crowd.
struct Scene {
    gateway: Gateway,
    crowd: Crowd,
    count: u64,
}

fn linked(wanted: &Sync, hall: &Hall, count: u64) {
    let seats: Vec<&str> = hall.seats().collect();
    // Every device of this crowd has the same address; how many stay linked is the usual number.
    let settings = format!(
        "[peers]\ndiscovery = false\n[limits]\nlinks = {0}\nlinks_per_address = {0}\n",
        count * 2
    );
    let mut scene = Scene {
        gateway: Gateway::new(&settings).within(seats[0]),
        crowd: Crowd::start(hall.command(1, &std::env::current_exe().unwrap())),
        count,
    };
    let found = json!({ "do": "found", "count": count + 1 });
    let tickets = scene.crowd.order(&found);
    scene.gateway.start();
    let carry = tickets["carry"].as_str().unwrap();
    let _ = scene.gateway.order(&["join", carry]);
    let address = scene.gateway.order(&["address"]);
    let met = json!({ "do": "founder meets", "address": address });
    let _ = scene.crowd.order(&met);
    let gateway = &scene.gateway;
    until("the gateway carries the space", || {
        gateway.status()["spaces"][0]["rank"] == "observer"
    });
    let _ = scene.crowd.order(&json!({ "do": "founder leaves" }));
    let left = |gateway: &Gateway| gateway.figure("majlis_space_links") == 0;
    until("the founder is gone", || left(gateway));

    let alone = scene.resident();
    let joining = scene.comes("join", &tickets["ticket"], &address);
    print(
        wanted.json,
        &scene.figures("joined one after another", alone, joining),
    );
    let _ = scene.crowd.order(&json!({ "do": "leave" }));
    let gateway = &scene.gateway;
    until("they are gone", || left(gateway));
    std::thread::sleep(QUIET);
    let after = scene.resident();

    // Started again, it knows them all from its disk.
    assert!(scene.gateway.stop());
    scene.gateway.start();
    assert!(scene.gateway.figure("majlis_space_entries") > count);
    let alone = scene.resident();
    let address = scene.gateway.order(&["address"]);
    let coming = scene.comes("come back", &Value::Null, &address);
    let mut figures = scene.figures("came back to a gateway that was started", alone, coming);
    figures["resident_bytes_when_all_had_left_before"] = json!(after);
    print(wanted.json, &figures);
}

impl Scene {
    fn resident(&self) -> u64 {
        resident_of(&self.gateway.process().to_string())
    }

    /// All of them come, in groups; the seconds that took. What holds on afterwards is quiet.
    fn comes(&mut self, how: &str, ticket: &Value, address: &str) -> f64 {
        let held = self.gateway.figure("majlis_space_entries");
        let began = Instant::now();
        let mut come = 0;
        while come < self.count {
            let group = TOGETHER.min(self.count - come);
            let order = json!({
                "do": how, "count": group, "ticket": ticket, "address": address,
            });
            let _ = self.crowd.order(&order);
            come += group;
            let gateway = &self.gateway;
            until("they are in", || {
                how != "join" || gateway.figure("majlis_space_entries") >= held + come
            });
        }
        let took = began.elapsed().as_secs_f64();
        let gateway = &self.gateway;
        // A thousand devices that take each other in are slow on few cores: as long as they go on, it is waited.
        let mut fewest = u64::MAX;
        while fewest > IDLE {
            until("fewer are linked than before", || {
                let links = gateway.figure("majlis_space_links");
                let fewer = links < fewest;
                fewest = fewest.min(links);
                fewer
            });
        }
        std::thread::sleep(QUIET);
        took
    }

    fn figures(&self, case: &str, alone: u64, seconds: f64) -> Value {
        let links = self.gateway.figure("majlis_space_links");
        let resident = self.resident();
        json!({
            "workload": "W7", "profile": "lan", "case": case, "devices": self.count,
            "links_at_the_end": links,
            "resident_bytes_alone": alone, "resident_bytes_with_them": resident,
            "resident_bytes_per_device": resident.saturating_sub(alone) / self.count.max(1),
            "milliseconds_each": round(seconds * 1_000.0 / float(self.count)),
        })
    }
}

/// Looks until it is so.
fn until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "waiting until {what}");
        std::thread::sleep(Duration::from_millis(200));
    }
}
