//! What real people wrote, replayed as replicas of one document through entries, seals and
//! admission, ends in the recorded text on every replica.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::collections::BTreeSet;

use majlis_core::id::{EntryHash, LaneClass, LaneId};
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{Command, Reply};
use majlis_store::Store;
use majlis_tests::device::Device;
use majlis_tests::recording::{self, Patch};
use serde_json::Value;

const SECRET: [u8; 32] = [42; 32];

fn lane() -> LaneId {
    LaneId::new(LaneClass::Document, [9; 16])
}

/// Someone who types, and what they sealed that the other has not got.
struct Writer {
    device: Device,
    session: u32,
    typed: Vec<Patch>,
    /// Entries made, each with the last recorded step it holds.
    made: Vec<(usize, EntryHash)>,
    given: usize,
}

impl Writer {
    fn new(mut device: Device) -> Self {
        let Reply::Session(session) = device.does(Command::OpenEditor(lane())) else {
            unreachable!("an editor has a session")
        };
        Self {
            device,
            session,
            typed: Vec::new(),
            made: Vec::new(),
            given: 0,
        }
    }

    fn text(&mut self) -> String {
        let shelf = self.device.store.shelf(self.device.space.id());
        recording::text(self.device.space.document(lane(), &shelf).unwrap())
    }

    /// Hands in and seals what was typed up to a recorded step.
    fn seal(&mut self, last: usize) {
        if self.typed.is_empty() {
            return;
        }
        let edits = recording::edits(&std::mem::take(&mut self.typed));
        let shelf = self.device.store.shelf(self.device.space.id());
        let base = self.device.space.document(lane(), &shelf).unwrap().heads();
        let (lane, session) = (lane(), self.session);
        self.device.does(Command::Edit {
            lane,
            session,
            base,
            edits,
        });
        self.device.does(Command::Seal);
        let me = self.device.space.me();
        let index = self.device.space.index();
        let own = majlis_core::entry::ChainId { lane, device: me };
        let sealed = index.items_of(own).skip(self.made.len());
        self.made.extend(sealed.map(|(_, item)| (last, item.hash)));
    }
}

/// Gives `to` what `from` sealed up to a recorded step.
fn give(from: &mut Writer, to: &mut Writer, last: usize) {
    let ready = from.made[from.given..]
        .iter()
        .take_while(|(step, _)| *step <= last);
    let entries: Vec<EntryHash> = ready.map(|(_, entry)| *entry).collect();
    from.given += entries.len();
    for run in from.device.runs(&entries) {
        to.device.take(run);
    }
}

/// Two members of one space who have met.
fn pair() -> [Writer; 2] {
    // The recording settled ties by who came first; devices are named by their keys.
    let mut keys: Vec<DeviceKey> = (1..=2_u8)
        .map(|n| DeviceKey::from_secret(&[n; 32]))
        .collect();
    keys.sort_by_key(|key| key.device().actor(lane(), 0));
    let second = keys.pop().unwrap();
    let first = *keys.pop().unwrap().secret();
    let mut one = Device::found(Store::in_memory().unwrap(), first);
    let invite = one.invite(SECRET, 1);
    let mut two = Device::join(one.space.id(), invite, SECRET, second, "Bo");
    let (mut known, mut known_there) = (BTreeSet::new(), BTreeSet::new());
    for run in one.news(&mut known) {
        two.take(run);
    }
    for run in two.news(&mut known_there) {
        one.take(run);
    }
    [Writer::new(one), Writer::new(two)]
}

fn recorded(name: &str) -> Option<Value> {
    let found = recording::read(name);
    if found.is_none() {
        println!(
            "SKIPPED: the recording {name} is not in {}",
            recording::FOLDER
        );
    }
    found
}

#[test]
fn two_friends_end_in_what_they_wrote() {
    let Some(recording) = recorded("friendsforever") else {
        return;
    };
    let steps = recording["txns"].as_array().unwrap();
    let agents: Vec<usize> = steps
        .iter()
        .map(|step| recording::number(&step["agent"]))
        .collect();
    let parents: Vec<Vec<usize>> = steps
        .iter()
        .map(|step| {
            step["parents"]
                .as_array()
                .unwrap()
                .iter()
                .map(recording::number)
                .collect()
        })
        .collect();
    // A step that the other one builds on ends a change.
    let mut ends = vec![false; steps.len()];
    for (step, parents) in parents.iter().enumerate() {
        for parent in parents
            .iter()
            .filter(|parent| agents[**parent] != agents[step])
        {
            ends[*parent] = true;
        }
    }
    let mut friends = pair();
    let mut before = [0, 0];
    for (step, agent) in agents.iter().enumerate() {
        let (first, second) = friends.split_at_mut(1);
        let (me, other) = if *agent == 0 {
            (&mut first[0], &mut second[0])
        } else {
            (&mut second[0], &mut first[0])
        };
        let heard = parents[step]
            .iter()
            .filter(|parent| agents[**parent] != *agent)
            .max();
        if let Some(heard) = heard {
            me.seal(before[*agent]);
            give(other, me, *heard);
        }
        me.typed.extend(recording::patches(&steps[step]));
        before[*agent] = step;
        if ends[step] {
            me.seal(step);
        }
    }
    let [one, two] = &mut friends;
    one.seal(steps.len());
    two.seal(steps.len());
    give(one, two, steps.len());
    give(two, one, steps.len());
    println!("{} and {} entries", one.made.len(), two.made.len());
    assert_eq!(
        one.device.space.entries_digest(),
        two.device.space.entries_digest()
    );
    let text = recording["endContent"].as_str().unwrap();
    assert!(one.text() == text, "not the recorded text");
    assert!(two.text() == text, "not the recorded text");
}

#[test]
fn one_author_ends_in_what_they_wrote() {
    let Some(recording) = recorded("automerge-paper") else {
        return;
    };
    let [mut author, mut reader] = pair();
    let steps = recording["txns"].as_array().unwrap();
    for (number, some) in steps.chunks(4_000).enumerate() {
        author.typed = some.iter().flat_map(recording::patches).collect();
        author.seal(number);
        give(&mut author, &mut reader, number);
    }
    let text = recording["endContent"].as_str().unwrap();
    assert!(author.text() == text, "not the recorded text");
    assert!(reader.text() == text, "not the recorded text");
}
