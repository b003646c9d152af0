//! W7: many devices linked to one replica, in one process over the real session and the real
//! store: what each costs in memory while nothing happens, and how fast they hand in one answer
//! each; and a new device that catches up. Transport connections are not in it: those are in `linked`.

use std::time::Instant;

use majlis_core::consultation::Form;
use majlis_core::id::{Claim, EntryHash, LaneClass, LaneId};
use majlis_core::record::{Assisted, AssistedMode, Known, Record, Response, Speaker};
use majlis_core::sign::DeviceKey;
use majlis_core::space::Command;
use majlis_store::Store;
use majlis_tests::device::Device;
use majlis_tests::households::{self, Tongue};
use majlis_tests::meeting;
use majlis_tests::morning::DISTRICT;
use serde_json::json;

use super::{Sync, bound};
use crate::figure::{self, float, round};

/// The secret of the invite under which simulated devices join.
pub(super) const SECRET: [u8; 32] = [42; 32];
/// Devices linked at once.
const DEVICES: [u64; 2] = [200, 1_000];
/// Records that a new device catches up.
const CATCH_UP: u64 = 100_000;
/// Answers to a signature, as the node seals them.
const TOGETHER: u64 = 30;

/// One replica with an open consultation.
pub(super) struct Replica {
    pub(super) device: Device,
    pub(super) lane: LaneId,
    pub(super) form: Form,
    pub(super) invite: EntryHash,
}

/// Founds a space with so many answers in it, and a way in for `uses` devices.
pub(super) fn replica(store: Store, answers: u64, uses: u32) -> Replica {
    let mut device = Device::found(store, [7; 32]);
    let invite = device.invite(SECRET, uses);
    let lane = LaneId::new(LaneClass::Process, [9; 16]);
    let form = households::form(Tongue::Arabic);
    device.does(Command::Record {
        lane,
        record: Box::new(Record::Open(form.clone())),
        seal: true,
    });
    for number in 0..answers {
        device.does(Command::Record {
            lane,
            record: Box::new(response(&form, number)),
            seal: (number + 1) % TOGETHER == 0,
        });
    }
    device.does(Command::Seal);
    Replica {
        device,
        lane,
        form,
        invite,
    }
}

/// A member's own answer.
fn own(form: &Form, number: u64) -> Record {
    Record::Response(Response {
        form: form.id(),
        speaker: Speaker::Known(Known::Own {
            supersedes: Vec::new(),
            salt: number.to_le_bytes(),
        }),
        answers: households::household(DISTRICT, number).answers(form),
    })
}

/// An answer as an officer enters it; what is random in a real one is random here too.
pub(super) fn response(form: &Form, number: u64) -> Record {
    let mut rng = fastrand::Rng::with_seed(number);
    let mut claim = [0; Claim::LEN];
    rng.fill(&mut claim);
    Record::Response(Response {
        form: form.id(),
        speaker: Speaker::New {
            claim: Claim::from_bytes(claim),
            assisted: Assisted {
                mode: AssistedMode::Spoken,
                consent: true,
                note: String::new(),
            },
        },
        answers: households::household(DISTRICT, number).answers(form),
    })
}

pub(super) fn run(wanted: &Sync) {
    let sizes = wanted.count.map_or(DEVICES.to_vec(), |count| vec![count]);
    for count in sizes {
        linked(wanted, count);
    }
    catch_up(wanted, wanted.count.map_or(CATCH_UP, |count| count * 100));
    super::linked::run(wanted);
}

/// Memory of this process now, in bytes.
fn resident() -> u64 {
    resident_of("self")
}

/// Memory of a process now, in bytes.
pub(super) fn resident_of(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kilobytes: u64 = line
        .unwrap()
        .split_whitespace()
        .next()
        .unwrap()
        .parse()
        .unwrap();
    kilobytes * 1_024
}

fn linked(wanted: &Sync, count: u64) {
    let disk = tempfile::tempdir().unwrap();
    let store = Store::open(&disk.path().join("majlis.sqlite")).unwrap();
    let Replica {
        mut device,
        lane,
        form,
        invite,
    } = replica(store, 300, u32::try_from(count).unwrap());
    let id = device.space.id();
    let key = |number: u64| {
        DeviceKey::from_secret(&blake3::derive_key(
            "a simulated device",
            &number.to_le_bytes(),
        ))
    };
    // Everyone joins by a card, so that members are not counted as links.
    for number in 0..count {
        let name = format!("Device {number}");
        let one = Device::join(id, invite, SECRET, key(number), &name);
        for run in one.news(&mut std::collections::BTreeSet::new()) {
            device.take(run);
        }
    }
    let everything = device.news(&mut std::collections::BTreeSet::new());
    let mut ready = Vec::new();
    for number in 0..count.min(50) {
        let name = format!("Device {number}");
        let mut one = Device::join(id, invite, SECRET, key(number), &name);
        for run in everything.clone() {
            one.take(run);
        }
        ready.push(one);
    }
    // The same fifty devices come again and again on other links: only one side keeps them.
    let (before, began) = (resident(), Instant::now());
    for number in 0..count {
        let place = usize::try_from(number).unwrap() % ready.len();
        let one = &mut ready[place];
        meeting::open(one, &mut device, count + number);
        one.step(majlis_core::space::Input::LinkDown {
            link: majlis_core::effect::LinkId(count + number),
        });
    }
    let linking = began.elapsed().as_secs_f64();
    let idle = resident().saturating_sub(before);
    let began = Instant::now();
    let active = ready.len() as u64;
    for (one, number) in ready.iter_mut().zip(0_u64..) {
        one.does(Command::Record {
            lane,
            record: Box::new(own(&form, 10_000 + number)),
            seal: true,
        });
        meeting::hold(one, &mut device, count * 2 + number);
    }
    let active_seconds = began.elapsed().as_secs_f64() / float(active);
    figure::print(
        wanted.json,
        &json!({
            "workload": "W7", "profile": "none", "case": "linked", "devices": count,
            "idle_bytes_per_device": idle / count.max(1),
            "milliseconds_to_link_each": round(linking * 1_000.0 / float(count)),
            "milliseconds_to_take_an_answer_each": round(active_seconds * 1_000.0),
        }),
    );
}

/// A new device, on a disk as a real one, meets a replica that holds so many answers.
fn catch_up(wanted: &Sync, records: u64) {
    let Replica {
        mut device, invite, ..
    } = replica(Store::in_memory().unwrap(), records, 1);
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("majlis.sqlite")).unwrap();
    let key = DeviceKey::from_secret(&[3; 32]);
    let mut new = Device::join_in(store, device.space.id(), invite, SECRET, key, "New");
    let began = Instant::now();
    let said = meeting::hold(&mut new, &mut device, 1);
    let seconds = began.elapsed().as_secs_f64();
    assert_eq!(device.space.entries_digest(), new.space.entries_digest());
    drop(new);
    figure::print(
        wanted.json,
        &json!({
            "workload": "W7", "profile": "none", "case": "catch up", "records": records,
            "application_bytes_up": said.bytes[0], "application_bytes_down": said.bytes[1],
            "turns": said.turns, "seconds": round(seconds),
            "bound_sealed_bytes": bound::of_all(folder.path()),
        }),
    );
}
