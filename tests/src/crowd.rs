//! Many people with a device each, who answer one consultation and whose answers reach one
//! replica. They exist in memory for the length of the making; everything they sign is real.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test stops at the first thing that is not as it must be"
)]

use std::collections::BTreeMap;
use std::path::Path;

use majlis_core::consultation::count::own_slot;
use majlis_core::consultation::{Answer, Form, QuestionKind};
use majlis_core::effect::Effect;
use majlis_core::id::{InviteKey, LaneId, QuestionId};
use majlis_core::membership::{Invite, Rank};
use majlis_core::record::{Channel, Record, Records, Response};
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{Command, Input, Joining, Reply, Space, Surroundings, invite_key};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;
use majlis_node::keys;
use majlis_store::Store;
use zeroize::Zeroizing;

const NOW: u64 = 1_790_000_000_000;

struct Device {
    space: Space,
    store: Store,
    key: DeviceKey,
}

impl Device {
    fn input(&mut self, input: Input) -> Reply {
        let shelf = self.store.shelf(self.space.id());
        let with = Surroundings {
            shelf: &shelf,
            signer: &self.key,
            now: Timestamp(NOW),
        };
        let effects = self.space.handle(input, &with).unwrap();
        for effect in effects.list {
            if let Effect::Persist(writes) = effect {
                self.store.persist(self.space.id(), &writes).unwrap();
            }
        }
        effects.reply.unwrap().unwrap()
    }

    fn runs(&self, only_mine: bool) -> Vec<Vec<u8>> {
        let shelf = self.store.shelf(self.space.id());
        let (mut runs, mut run) = (Vec::new(), RunWriter::default());
        let index = self.space.index();
        let me = self.space.me();
        for chain in index
            .chains()
            .filter(|chain| !only_mine || chain.device == me)
        {
            for (_, item) in index.items_of(chain) {
                let signed = shelf.signed(item.hash).unwrap().unwrap();
                let payload = shelf.payload(item.hash).unwrap();
                if run.is_full_for(payload.as_ref().map_or(0, Vec::len)) {
                    runs.push(run.take());
                }
                run.push(&Carried { signed, payload });
            }
        }
        if !run.is_empty() {
            runs.push(run.take());
        }
        runs
    }
}

/// Lets `count` people join the only space in a closed replica's folder and answer its only open
/// consultation, each on a device of their own.
///
/// # Panics
/// When the folder holds no such space, or anything is refused.
pub fn answers(folder: &Path, count: u32) {
    let store = Store::open(&folder.join("majlis.sqlite")).unwrap();
    let id = store.spaces().unwrap()[0];
    let key = keys::open(folder, None).unwrap().device;
    let space = Space::open(id, key.device(), &store.shelf(id)).unwrap();
    let mut host = Device { space, store, key };
    let (lane, form) = opened(&host);
    let secret = Zeroizing::new([42_u8; 32]);
    let key: InviteKey = invite_key(&secret);
    let invite = Invite {
        key,
        rank: Rank::Member,
        uses: count,
        label: "crowd".to_owned(),
    };
    let Reply::Entry(invite) = host.input(Input::Command(Command::Invite(invite))) else {
        panic!("an invite is an entry");
    };
    let everything = host.runs(false);
    for number in 0..count {
        let key = DeviceKey::from_secret(&blake3::derive_key("crowd", &number.to_le_bytes()));
        let joining = Joining {
            space: id,
            invite,
            secret: secret.clone(),
            name: format!("Person {number}"),
        };
        let fresh = blake3::derive_key("crowd fresh", &number.to_le_bytes());
        let (space, writes) = Space::join(&joining, &key, Timestamp(NOW), fresh).unwrap();
        let store = Store::in_memory().unwrap();
        store.persist(id, &writes).unwrap();
        let mut device = Device { space, store, key };
        for run in everything.clone() {
            device.input(Input::Carried { run });
        }
        let me = device.space.me();
        let person = device.space.roster().person(me).expect("the join counts");
        let record = Record::Response(Response {
            form: form.id(),
            slot: own_slot(lane, person),
            supersedes: Vec::new(),
            channel: Channel::Own,
            answers: answered(&form, number),
            salt: number.to_le_bytes().repeat(2).try_into().unwrap(),
        });
        device.input(Input::Command(Command::Record {
            lane,
            record: Box::new(record),
            seal: true,
        }));
        for run in device.runs(true) {
            host.input(Input::Carried { run });
        }
    }
}

fn opened(host: &Device) -> (LaneId, Form) {
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
