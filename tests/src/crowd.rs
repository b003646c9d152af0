//! Many people with a device each, who answer one consultation and whose answers reach one
//! replica. They exist in memory for the length of the making; everything they sign is real.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use majlis_core::consultation::{Answer, Form, QuestionKind};
use majlis_core::id::{Claim, LaneId, QuestionId};
use majlis_core::record::{Assisted, AssistedMode, Known, Record, Records, Response, Speaker};
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::DeviceKey;
use majlis_core::space::Command;
use majlis_node::keys;
use majlis_store::Store;

use crate::device::Device;

const SECRET: [u8; 32] = [42; 32];

/// Lets `count` people join the only space in a closed replica's folder and answer its only open
/// consultation, each on a device of their own.
///
/// # Panics
/// When the folder holds no such space, or anything is refused.
pub fn answers(folder: &Path, count: u32) {
    let store = Store::open(&folder.join("majlis.sqlite")).unwrap();
    let id = store.spaces().unwrap()[0];
    let mut host = Device::open(id, store, keys::open(folder, None).unwrap().device);
    let (lane, form) = opened(&host);
    let invite = host.invite(SECRET, count);
    let everything = host.news(&mut BTreeSet::new());
    for number in 0..count {
        let key = DeviceKey::from_secret(&blake3::derive_key("crowd", &number.to_le_bytes()));
        let mut device = Device::join(id, invite, SECRET, key, &format!("Person {number}"));
        let mut known = BTreeSet::new();
        for run in everything.clone() {
            device.take(run);
        }
        known.extend(host.space.index().items().map(|(_, item)| item.hash));
        let me = device.space.me();
        assert!(
            device.space.roster().person(me).is_some(),
            "the join counts"
        );
        let record = Record::Response(Response {
            form: form.id(),
            speaker: Speaker::Known(Known::Own {
                supersedes: Vec::new(),
                salt: number.to_le_bytes().repeat(2).try_into().unwrap(),
            }),
            answers: answered(&form, number),
        });
        device.does(Command::Record {
            lane,
            record: Box::new(record),
            seal: true,
        });
        for run in device.news(&mut known) {
            host.take(run);
        }
    }
}

/// Enters `count` answers for others into the only open consultation of a closed replica's folder, thirty to a
/// signature as the node seals them. `answered` makes what each person says.
///
/// # Panics
/// When the folder holds no such space, or anything is refused.
pub fn entered(
    folder: &Path,
    count: u64,
    mut answered: impl FnMut(&Form, &mut fastrand::Rng) -> Vec<(QuestionId, Answer)>,
) {
    let store = Store::open(&folder.join("majlis.sqlite")).unwrap();
    let id = store.spaces().unwrap()[0];
    let mut host = Device::open(id, store, keys::open(folder, None).unwrap().device);
    let (lane, form) = opened(&host);
    let mut rng = fastrand::Rng::with_seed(1);
    for number in 1..=count {
        let mut claim = [0; Claim::LEN];
        rng.fill(&mut claim);
        let assisted = Assisted {
            mode: AssistedMode::Paper,
            consent: true,
            note: String::new(),
        };
        let record = Record::Response(Response {
            form: form.id(),
            speaker: Speaker::New {
                claim: Claim::from_bytes(claim),
                assisted,
            },
            answers: answered(&form, &mut rng),
        });
        host.does(Command::Record {
            lane,
            record: Box::new(record),
            seal: number % 30 == 0,
        });
    }
    host.does(Command::Seal);
}

/// The only open consultation of a device: its lane and its form.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn opened(host: &Device) -> (LaneId, Form) {
    let shelf = host.store.shelf(host.space.id());
    let mut found = BTreeMap::new();
    for (place, item) in host.space.index().items() {
        let payload = shelf.payload(item.hash).unwrap().unwrap_or_default();
        for record in Records::decode(&payload)
            .map(|batch| batch.records)
            .unwrap_or_default()
        {
            if let Record::Open(form) = record {
                found.insert(place.chain.lane, form);
            }
        }
    }
    found.into_iter().next().expect("an open consultation")
}

fn answered(form: &Form, number: u32) -> Vec<(QuestionId, Answer)> {
    let answers = form.questions.iter().filter_map(|question| {
        let answer = match &question.kind {
            QuestionKind::SingleChoice(options) => {
                let at = usize::try_from(number).ok()?.checked_rem(options.len())?;
                Answer::Choices(vec![options.get(at)?.id])
            }
            QuestionKind::Text => Answer::Text(format!("لأن الطريق طويل ({number})")),
            _ => return None,
        };
        Some((question.id, answer))
    });
    answers.collect()
}
