//! Two people and a gateway that may be made to lie.

use std::collections::VecDeque;

use majlis_core::effect::{HangUp, LinkId};
use majlis_core::id::{DeviceId, EntryHash, FormId, LaneClass, LaneId, PayloadHash};
use majlis_core::membership::{Invite, Rank};
use majlis_core::receipt::{Alarm, Position, Receipt};
use majlis_core::record::{Known, Record, Withdraw};
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{
    CarrierView, Command, Founding, Input, Joining, Reply, Space, invite_key,
};
use majlis_core::sync::session::Ends;
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;
use majlis_tests::town::{Fate, Resident};
use zeroize::Zeroizing;

pub(super) const ANA: u8 = 1;
pub(super) const BO: u8 = 2;
pub(super) const GATEWAY: u8 = 3;

pub(super) fn process() -> LaneId {
    LaneId::new(LaneClass::Process, [1; 16])
}

pub(super) fn order(who: &mut Resident, command: Command) -> Reply {
    let reply = who.step(Input::Command(command), 0, Fate::Lives).reply;
    reply.unwrap().unwrap()
}

pub(super) fn withdrawal(number: u8) -> Record {
    Record::Withdraw(Withdraw {
        form: FormId::from_bytes([number; 32]),
        speaker: Known::Own {
            supersedes: Vec::new(),
            salt: [number; 8],
        },
    })
}

/// Someone states something; gives the entry.
pub(super) fn say(who: &mut Resident, number: u8) -> EntryHash {
    let command = Command::Record {
        lane: process(),
        record: Box::new(withdrawal(number)),
        seal: true,
    };
    order(who, command);
    newest(who, process())
}

pub(super) fn newest(who: &Resident, lane: LaneId) -> EntryHash {
    let device = who.device();
    who.space
        .index()
        .next(majlis_core::entry::ChainId { lane, device })
        .1
}

pub(super) fn receipt(who: &mut Resident) -> EntryHash {
    match order(who, Command::Receipt) {
        Reply::Entry(entry) => entry,
        other => panic!("no receipt: {other:?}"),
    }
}

pub(super) fn founder() -> Resident {
    let founding = Founding {
        name: "Tell Hamra".to_owned(),
        purpose: String::new(),
        founder_name: "Ana".to_owned(),
        recovery: Vec::new(),
    };
    let key = DeviceKey::from_secret(&[ANA; 32]);
    let (space, writes) = Space::found(founding, &key, Timestamp(1), [9; 32]).unwrap();
    Resident::new("Ana".to_owned(), [ANA; 32], space, &writes)
}

pub(super) fn joiner(ana: &mut Resident, number: u8, rank: Rank) -> Resident {
    let invite = Invite {
        key: invite_key(&[number + 100; 32]),
        rank,
        uses: 1,
        label: String::new(),
    };
    let Reply::Entry(invite) = order(ana, Command::Invite(invite)) else {
        panic!("no invite");
    };
    let joining = Joining {
        space: ana.space.id(),
        invite,
        secret: Zeroizing::new([number + 100; 32]),
        name: format!("P{number}"),
    };
    let key = DeviceKey::from_secret(&[number; 32]);
    let (space, writes) = Space::join(&joining, &key, Timestamp(1), [number; 32]).unwrap();
    let mut joiner = Resident::new(format!("P{number}"), [number; 32], space, &writes);
    joiner.ticket = Some([number + 100; 32]);
    joiner
}

/// A link over which frames go one by one, perhaps bent on the way from the second to the first.
pub(super) struct Talk {
    pub(super) link: LinkId,
    pub(super) queue: VecDeque<(bool, Vec<u8>)>,
    pub(super) ended: Option<(bool, HangUp)>,
}

impl Talk {
    pub(super) fn begin(one: &mut Resident, two: &mut Resident, link: u64) -> Self {
        let binding = *PayloadHash::of(&link.to_be_bytes()).as_bytes();
        let link = LinkId(link);
        let mut talk = Self {
            link,
            queue: VecDeque::new(),
            ended: None,
        };
        let transports = [two.transport(), one.transport()];
        for ((dialled, who), transport) in [(true, one), (false, two)].into_iter().zip(transports) {
            let up = Input::LinkUp(Ends {
                link,
                binding,
                transport,
                dialled,
            });
            talk.give(dialled, who, up);
        }
        talk
    }

    /// Gives an input; what it makes the device say goes on the link.
    pub(super) fn give(&mut self, first: bool, who: &mut Resident, input: Input) {
        let outcome = who.step(input, 0, Fate::Lives);
        let ours = outcome.sends.into_iter().filter(|(on, _)| *on == self.link);
        self.queue.extend(ours.map(|(_, frame)| (first, frame)));
        if let Some((_, why)) = outcome.hang_ups.first() {
            self.ended = self.ended.or(Some((first, *why)));
        }
    }

    pub(super) fn one_frame(
        &mut self,
        one: &mut Resident,
        two: &mut Resident,
        bend: &mut impl FnMut(Vec<u8>) -> Vec<u8>,
    ) -> bool {
        let Some((first, bytes)) = self.queue.pop_front() else {
            return false;
        };
        let link = self.link;
        if first {
            self.give(false, two, Input::Frame { link, bytes });
        } else {
            let bytes = bend(bytes);
            self.give(true, one, Input::Frame { link, bytes });
        }
        true
    }

    pub(super) fn end(self, one: &mut Resident, two: &mut Resident) -> Option<(bool, HangUp)> {
        let link = self.link;
        one.step(Input::LinkDown { link }, 0, Fate::Lives);
        two.step(Input::LinkDown { link }, 0, Fate::Lives);
        self.ended
    }
}

/// Two devices meet and say everything, the second one's frames bent on their way.
pub(super) fn meet_bent(
    one: &mut Resident,
    two: &mut Resident,
    link: u64,
    mut bend: impl FnMut(Vec<u8>) -> Vec<u8>,
) -> Option<(bool, HangUp)> {
    let mut talk = Talk::begin(one, two, link);
    while talk.ended.is_none() && talk.one_frame(one, two, &mut bend) {}
    talk.end(one, two)
}

pub(super) fn meet(one: &mut Resident, two: &mut Resident, link: u64) {
    assert_eq!(meet_bent(one, two, link, |frame| frame), None);
}

/// Ana, Bo and a gateway that all know each other.
pub(super) fn town() -> (Resident, Resident, Resident) {
    let mut ana = founder();
    let mut bo = joiner(&mut ana, BO, Rank::Member);
    let mut gateway = joiner(&mut ana, GATEWAY, Rank::Observer);
    meet(&mut bo, &mut ana, 1);
    meet(&mut gateway, &mut ana, 2);
    meet(&mut bo, &mut ana, 3);
    (ana, bo, gateway)
}

pub(super) fn carrier(who: &mut Resident, of: u8) -> CarrierView {
    let shelf = who.shelf();
    let device = DeviceKey::from_secret(&[of; 32]).device();
    let all = who.space.carriers(&shelf).unwrap();
    all.into_iter()
        .find(|view| view.device == device)
        .expect("the carrier is known")
}

pub(super) fn alarms(who: &mut Resident) -> Vec<Alarm> {
    let shelf = who.shelf();
    let all = who.space.carriers(&shelf).unwrap();
    all.into_iter().flat_map(|view| view.alarms).collect()
}

pub(super) fn position(who: &Resident, entry: EntryHash) -> Position {
    let place = who.space.index().place(entry).unwrap();
    Position {
        lane: place.chain.lane,
        device: place.chain.device,
        seq: place.seq,
        hash: entry,
    }
}

pub(super) fn carried(who: &Resident, entry: EntryHash) -> Carried {
    Carried {
        signed: who.shelf().signed(entry).unwrap().unwrap(),
        payload: who.shelf().payload(entry).unwrap(),
    }
}

/// What a receipt that someone holds says, checked as a third party would.
pub(super) fn checked(who: &Resident, receipt: EntryHash) -> (DeviceId, Receipt) {
    let Carried { signed, payload } = carried(who, receipt);
    let verified = signed.verify().expect("signed by who is named");
    let payload = payload.unwrap();
    assert_eq!(PayloadHash::of(&payload), verified.header().payload);
    let device = verified.header().device;
    (device, Receipt::decode(device, &payload).unwrap())
}

/// Another replica under a resident's key, that holds all of `from`'s entries but some.
pub(super) fn twin(from: &Resident, without: &[EntryHash]) -> Resident {
    let index = from.space.index();
    let mut chains: Vec<_> = index.chains().collect();
    chains.sort_unstable();
    let items = chains.into_iter().flat_map(|chain| index.items_of(chain));
    let hashes: Vec<EntryHash> = items
        .map(|(_, item)| item.hash)
        .filter(|hash| !without.contains(hash))
        .collect();
    let nothing = majlis_store::Store::in_memory().unwrap();
    let id = from.space.id();
    let space = Space::open(id, from.device(), &nothing.shelf(id)).unwrap();
    let mut twin = Resident::new("twin".to_owned(), from.secret, space, &[]);
    twin.ticket = from.ticket;
    twin.restart();
    let mut run = RunWriter::default();
    for hash in &hashes {
        run.push(&carried(from, *hash));
    }
    twin.step(Input::Carried { run: run.take() }, 0, Fate::Lives);
    assert_eq!(twin.space.index().len(), hashes.len());
    twin
}
