//! What devices wrote that were not let in: a member may bring some of it, not fill the disks of others
//! with it, and what members wrote is not held up by it.

use majlis_core::effect::HangUp;
use majlis_core::entry::{ChainId, Header, Kind, Signed, VERSION};
use majlis_core::id::{EntryHash, LaneId, PayloadHash};
use majlis_core::space::Input;
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;
use majlis_tests::town::{Fate, Resident};

use super::{invite, joiner, meet, pair, process, same, say};

const MANY: usize = 1_400;

/// What a device signed one after the other without having met anybody, as a carry file brings it.
fn wrote(who: &Resident, count: usize) -> Vec<Carried> {
    let (lane, device) = (process(), who.device());
    let joined = ChainId {
        lane: LaneId::MEMBERSHIP,
        device,
    };
    let (_, warrant) = who.space.index().next(joined);
    let mut prev = EntryHash::ZERO;
    (0..count)
        .map(|seq| {
            let payload = b"an answer".to_vec();
            let header = Header {
                version: VERSION,
                space: who.space.id(),
                lane,
                device,
                seq: seq as u64,
                prev,
                warrant,
                kind: Kind::Records,
                claimed: Timestamp(5),
                payload: PayloadHash::of(&payload),
                payload_len: u32::try_from(payload.len()).unwrap(),
            };
            prev = header.hash();
            let signed: Signed = header.sign(who.key());
            let payload = Some(payload);
            Carried { signed, payload }
        })
        .collect()
}

fn carry(who: &mut Resident, entries: &[Carried]) {
    for part in entries.chunks(100) {
        let mut run = RunWriter::default();
        part.iter().for_each(|entry| run.push(entry));
        who.step(Input::Carried { run: run.take() }, 0, Fate::Lives);
    }
}

#[test]
fn a_member_brings_only_so_much_of_strangers_and_all_of_it_once_they_are_let_in() {
    let (mut ana, mut bo) = pair();
    let ticket = invite(&mut ana, 60, 9);
    let mut cy = joiner(&ana, 3, ticket, 60);
    let mut dara = joiner(&ana, 4, ticket, 60);
    assert_eq!(meet(&mut cy, &mut ana, 2).ended, None);
    assert_eq!(meet(&mut bo, &mut ana, 3).ended, None);
    // Dara met nobody; a card with her answers came to Bo.
    let entries = wrote(&dara, MANY);
    carry(&mut bo, &entries);
    let word = say(&mut cy, 7);
    let past = |one_refuses| Some((one_refuses, HangUp::BringsStrangers));
    assert_eq!(meet(&mut cy, &mut bo, 4).ended, past(true));
    let author = dara.device();
    let held = |who: &Resident| who.written_by(author).len();
    assert_eq!(held(&bo), MANY, "a person takes in all of a card");
    for link in 5..8 {
        let talk = meet(&mut bo, &mut ana, link);
        assert_eq!(talk.ended, past(false));
        assert!(
            ana.stores(word),
            "what members wrote comes first, in each meeting"
        );
        let here = held(&ana);
        assert!((1_000..MANY).contains(&here), "{here}");
    }
    let here = held(&ana);

    assert_eq!(meet(&mut dara, &mut ana, 9).ended, None);
    assert_eq!(held(&ana), here + 1, "her join");
    assert_eq!(meet(&mut bo, &mut ana, 10).ended, None);
    assert_eq!(held(&ana), MANY + 1);
    assert!(same(&ana, &bo));
}
