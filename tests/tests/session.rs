//! What two devices tell each other, and what they keep to themselves: real spaces, real stores,
//! frames handed over one by one.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test"
)]

use std::collections::VecDeque;

use majlis_core::effect::{HangUp, LinkId, Write};
use majlis_core::entry::Signed;
use majlis_core::id::{EntryHash, LaneClass, LaneId};
use majlis_core::membership::{Invite, Rank};
use majlis_core::record::{Known, Record, Withdraw};
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::DeviceKey;
use majlis_core::space::{Command, Founding, Input, Joining, Reply, Space, invite_key};
use majlis_core::sync::message::{Message, decode};
use majlis_core::sync::session::Ends;
use majlis_core::time::Timestamp;
use majlis_store::Store;
use majlis_tests::town::{Fate, Resident};
use zeroize::Zeroizing;

#[path = "session/again.rs"]
mod again;
#[path = "session/choice.rs"]
mod choice;
#[path = "session/hall.rs"]
mod hall;
#[path = "session/media.rs"]
mod media;
#[path = "session/order.rs"]
mod order;
#[path = "session/room.rs"]
mod room;
#[path = "session/skew.rs"]
mod skew;
#[path = "session/torn.rs"]
mod torn;
#[path = "session/wanted.rs"]
mod wanted;
#[path = "session/worn.rs"]
mod worn;
#[path = "session/worn_signed.rs"]
mod worn_signed;

const LINK: LinkId = LinkId(1);

fn process() -> LaneId {
    LaneId::new(LaneClass::Process, [1; 16])
}

fn founder() -> Resident {
    let founding = Founding {
        name: "Tell Hamra".to_owned(),
        purpose: String::new(),
        founder_name: "Ana".to_owned(),
        recovery: Vec::new(),
    };
    let key = DeviceKey::from_secret(&[1; 32]);
    let (space, writes) = Space::found(founding, &key, Timestamp(1), [9; 32]).unwrap();
    Resident::new("Ana".to_owned(), [1; 32], space, &writes)
}

fn order(who: &mut Resident, command: Command) -> Option<Reply> {
    let reply = who.step(Input::Command(command), 0, Fate::Lives).reply;
    reply.and_then(Result::ok)
}

/// The founder's invite of number `secret`.
fn invite(ana: &mut Resident, secret: u8, uses: u32) -> EntryHash {
    let invite = Invite {
        key: invite_key(&[secret; 32]),
        rank: Rank::Member,
        uses,
        label: String::new(),
    };
    match order(ana, Command::Invite(invite)) {
        Some(Reply::Entry(entry)) => entry,
        other => panic!("no invite: {other:?}"),
    }
}

fn joiner(ana: &Resident, number: u8, invite: EntryHash, secret: u8) -> Resident {
    let joining = Joining {
        space: ana.space.id(),
        invite,
        secret: Zeroizing::new([secret; 32]),
        name: format!("P{number}"),
    };
    let key = DeviceKey::from_secret(&[number; 32]);
    let (space, writes) = Space::join(&joining, &key, Timestamp(1), [number; 32]).unwrap();
    let mut resident = Resident::new(format!("P{number}"), [number; 32], space, &writes);
    resident.ticket = Some([secret; 32]);
    resident
}

fn say(who: &mut Resident, number: u8) -> EntryHash {
    say_in(who, process(), number)
}

/// Something that a person states of their own; no two of one number.
fn statement(number: u8) -> Box<Record> {
    Box::new(Record::Withdraw(Withdraw {
        form: majlis_core::id::FormId::from_bytes([number; 32]),
        speaker: Known::Own {
            supersedes: Vec::new(),
            salt: [number; 8],
        },
    }))
}

fn say_in(who: &mut Resident, lane: LaneId, number: u8) -> EntryHash {
    let record = statement(number);
    let before = who.space.index().len();
    assert!(
        order(
            who,
            Command::Record {
                lane,
                record,
                seal: true
            }
        )
        .is_some()
    );
    assert_eq!(who.space.index().len(), before + 1);
    let device = who.device();
    let chain = majlis_core::entry::ChainId { lane, device };
    who.space.index().next(chain).1
}

/// One link between two residents: what went over it, and how it ended.
struct Talk {
    queue: VecDeque<(bool, Vec<u8>)>,
    bytes: usize,
    frames: usize,
    /// Entries sent.
    entries: u32,
    /// Entries of runs whose last frame arrived.
    arrived: u32,
    /// Comparisons begun.
    compared: usize,
    ended: Option<(bool, HangUp)>,
    /// One of the two had to start again.
    died: bool,
}

impl Talk {
    fn begin(one: &mut Resident, two: &mut Resident, link: u64) -> Self {
        let binding = *majlis_core::id::PayloadHash::of(&link.to_be_bytes()).as_bytes();
        let mut talk = Self {
            queue: VecDeque::new(),
            bytes: 0,
            frames: 0,
            entries: 0,
            arrived: 0,
            compared: 0,
            ended: None,
            died: false,
        };
        let transports = [two.transport(), one.transport()];
        for ((first, who), transport) in [(true, one), (false, two)].into_iter().zip(transports) {
            let up = Input::LinkUp(Ends {
                link: LINK,
                binding,
                transport,
                dialled: first,
            });
            talk.give(first, who, up);
        }
        talk
    }

    fn give(&mut self, first: bool, who: &mut Resident, input: Input) {
        let outcome = who.step(input, 0, Fate::Lives);
        self.died |= outcome.died;
        for (_, frame) in outcome.sends {
            self.bytes += frame.len();
            self.frames += 1;
            self.entries += entries_ended(&frame);
            if let Ok((_, Message::Differ { last, wants, .. })) = decode(&frame) {
                // Whoever began says its outcome; the answer wants nothing.
                self.compared += usize::from(first && last);
                assert!(first || wants.is_empty());
            }
            self.queue.push_back((first, frame));
        }
        if let Some((_, why)) = outcome.hang_ups.first() {
            self.ended = self.ended.or(Some((first, *why)));
        }
    }

    /// Hands frames over until nothing is left to say.
    fn go_on(&mut self, one: &mut Resident, two: &mut Resident) {
        self.go_on_for(usize::MAX, one, two);
    }

    /// Hands over so many frames at most.
    fn go_on_for(&mut self, frames: usize, one: &mut Resident, two: &mut Resident) {
        for _ in 0..frames {
            let Some((first, bytes)) = self.queue.pop_front() else {
                return;
            };
            self.arrived += entries_ended(&bytes);
            let (to, who) = if first {
                (false, &mut *two)
            } else {
                (true, &mut *one)
            };
            self.give(to, who, Input::Frame { link: LINK, bytes });
        }
    }

    fn end(self, one: &mut Resident, two: &mut Resident) -> Self {
        one.step(Input::LinkDown { link: LINK }, 0, Fate::Lives);
        two.step(Input::LinkDown { link: LINK }, 0, Fate::Lives);
        self
    }
}

/// How many entries the run holds that ends in this frame.
fn entries_ended(frame: &[u8]) -> u32 {
    match decode(frame) {
        Ok((
            _,
            Message::Run {
                entries,
                last: true,
                ..
            },
        )) => entries,
        _ => 0,
    }
}

fn meet(one: &mut Resident, two: &mut Resident, link: u64) -> Talk {
    let mut talk = Talk::begin(one, two, link);
    talk.go_on(one, two);
    talk.end(one, two)
}

fn same(one: &Resident, two: &Resident) -> bool {
    one.space.entries_digest() == two.space.entries_digest()
}

/// Ana with a member, both knowing everything.
fn pair() -> (Resident, Resident) {
    let mut ana = founder();
    let ticket = invite(&mut ana, 50, 9);
    let mut bo = joiner(&ana, 2, ticket, 50);
    assert_eq!(meet(&mut bo, &mut ana, 1).ended, None);
    assert!(same(&ana, &bo));
    assert_eq!(bo.space.roster().rank(bo.device()), Some(Rank::Member));
    (ana, bo)
}

#[test]
fn a_joiner_is_in_after_one_meeting_with_all_there_is() {
    let mut ana = founder();
    say(&mut ana, 1);
    let ticket = invite(&mut ana, 50, 9);
    let mut bo = joiner(&ana, 2, ticket, 50);
    assert!(bo.space.is_waiting());
    let talk = meet(&mut bo, &mut ana, 1);
    assert_eq!((talk.ended, talk.entries), (None, 4));
    assert!(same(&ana, &bo));
}

#[test]
fn what_is_made_while_linked_goes_over_at_once() {
    let (mut ana, mut bo) = pair();
    let mut talk = Talk::begin(&mut ana, &mut bo, 2);
    talk.go_on(&mut ana, &mut bo);
    for number in 0..5 {
        let record = Box::new(Record::Withdraw(Withdraw {
            form: majlis_core::id::FormId::from_bytes([number; 32]),
            speaker: Known::Own {
                supersedes: Vec::new(),
                salt: [number; 8],
            },
        }));
        let command = Command::Record {
            lane: process(),
            record,
            seal: true,
        };
        talk.give(false, &mut bo, Input::Command(command));
        talk.go_on(&mut ana, &mut bo);
        assert!(same(&ana, &bo));
        let (_, view) = ana.space.peers().next().unwrap();
        assert!(
            view.complete && view.lacks == 0 && view.missing_here == 0,
            "{view:?}"
        );
    }
}

#[test]
fn what_is_made_between_the_two_greetings_is_not_lost() {
    let (mut ana, mut bo) = pair();
    // Both have greeted with equal digests; then something new comes before the greetings arrive.
    let mut talk = Talk::begin(&mut ana, &mut bo, 2);
    let mine = say_on(&mut talk, true, &mut ana, 1);
    let theirs = say_on(&mut talk, false, &mut bo, 2);
    talk.go_on(&mut ana, &mut bo);
    assert!(same(&ana, &bo));
    assert!(bo.stores(mine) && ana.stores(theirs));
    assert_eq!(talk.entries, 2);
}

fn say_on(talk: &mut Talk, first: bool, who: &mut Resident, number: u8) -> EntryHash {
    let record = Box::new(Record::Withdraw(Withdraw {
        form: majlis_core::id::FormId::from_bytes([number; 32]),
        speaker: Known::Own {
            supersedes: Vec::new(),
            salt: [number; 8],
        },
    }));
    let (lane, device) = (process(), who.device());
    talk.give(
        first,
        who,
        Input::Command(Command::Record {
            lane,
            record,
            seal: true,
        }),
    );
    let chain = majlis_core::entry::ChainId { lane, device };
    who.space.index().next(chain).1
}

#[test]
fn a_stranger_hears_nothing() {
    let (mut ana, _) = pair();
    let mut zed = joiner(&ana, 9, EntryHash::from_bytes([3; 32]), 60);
    let talk = meet(&mut zed, &mut ana, 5);
    assert_eq!(talk.ended, Some((false, HangUp::Stranger)));
    assert_eq!(talk.entries, 0, "nothing but greetings went over");
    assert_eq!(ana.space.roster().members().count(), 2);
}

#[test]
fn who_joined_under_an_invite_that_was_closed_learns_it_and_can_be_adopted() {
    let (mut ana, _) = pair();
    let ticket = invite(&mut ana, 51, 9);
    let mut late = joiner(&ana, 3, ticket, 51);
    order(&mut ana, Command::CloseInvite(ticket)).unwrap();
    say(&mut ana, 1);
    assert_eq!(meet(&mut late, &mut ana, 6).ended, None);
    assert_eq!(late.space.roster().rank(late.device()), None);
    assert!(!late.space.is_waiting());
    let content = |who: &Resident| {
        let items = who.space.index().items();
        items
            .filter(|(place, _)| place.chain.lane == process())
            .count()
    };
    assert_eq!(content(&late), 0, "the membership, and nothing else");
    let join = ana
        .space
        .roster()
        .members()
        .find(|row| row.device == late.device());
    let join = join.expect("the join was handed in").joined;
    order(&mut ana, Command::Adopt(vec![join])).unwrap();
    meet(&mut late, &mut ana, 7);
    assert_eq!(late.space.roster().rank(late.device()), Some(Rank::Member));
    assert_eq!(content(&late), 1);
}

#[test]
fn who_came_in_by_an_invite_is_not_put_out_by_who_kept_it() {
    let mut ana = founder();
    let ticket = invite(&mut ana, 50, 1);
    let mut bo = joiner(&ana, 2, ticket, 50);
    assert_eq!(meet(&mut bo, &mut ana, 1).ended, None);
    // Among so many joins under the same secret some hash lower than his.
    for number in 3..23 {
        let mut late = joiner(&ana, number, ticket, 50);
        meet(&mut late, &mut ana, u64::from(number));
        assert_eq!(ana.space.roster().rank(late.device()), None, "P{number}");
        assert_eq!(ana.space.roster().rank(bo.device()), Some(Rank::Member));
    }
    meet(&mut bo, &mut ana, 30);
    assert!(same(&ana, &bo));
    assert_eq!(bo.space.roster().rank(bo.device()), Some(Rank::Member));
}

#[test]
fn a_removed_device_is_told_so_and_nothing_more() {
    let (mut ana, mut bo) = pair();
    let device = bo.device();
    order(
        &mut ana,
        Command::Remove {
            device,
            reason: "left".to_owned(),
        },
    )
    .unwrap();
    say(&mut ana, 1);
    let late = say(&mut bo, 2);
    let talk = meet(&mut bo, &mut ana, 8);
    assert_eq!(talk.ended, Some((false, HangUp::Removed)));
    assert_eq!(bo.space.roster().rank(device), None, "it knows now");
    assert!(!ana.stores(late), "what it made afterwards stays with it");
    assert_eq!(talk.entries, 1, "the removal");
}

/// The same device with the same entries on another disk.
fn copy(of: &Resident) -> Resident {
    let (id, device, shelf) = (of.space.id(), of.device(), of.shelf());
    let mut writes = Vec::new();
    let each = &mut |signed: Signed, state| {
        let payload = shelf.payload(signed.unchecked().hash()).unwrap().unwrap();
        writes.push(Write::Entry {
            signed,
            payload,
            state,
        });
    };
    shelf.entries(each).unwrap();
    let empty = Space::open(id, device, &Store::in_memory().unwrap().shelf(id)).unwrap();
    let mut twin = Resident::new("the twin".to_owned(), of.secret, empty, &writes);
    twin.ticket = of.ticket;
    twin.restart();
    twin
}

#[test]
fn two_branches_of_one_device_meet_within_one_session() {
    let (mut ana, mut bo) = pair();
    let cy_ticket = invite(&mut ana, 52, 9);
    let mut cy = joiner(&ana, 4, cy_ticket, 52);
    meet(&mut cy, &mut ana, 9);
    meet(&mut bo, &mut ana, 10);
    // The same device twice, as after a restored backup; each went on by itself.
    let mut twin = copy(&bo);
    meet(&mut twin, &mut cy, 11);
    for number in 0..3 {
        say(&mut bo, number);
    }
    for number in 10..16 {
        say(&mut twin, number);
    }
    meet(&mut bo, &mut ana, 12);
    meet(&mut twin, &mut cy, 13);
    meet(&mut ana, &mut cy, 14);
    assert!(same(&ana, &cy), "one session was enough");
    assert_eq!(ana.space.roster().forks().len(), 1);
    let own = |(place, _): &(majlis_core::chain::Place, &majlis_core::chain::Item)| {
        place.chain.device == bo.device() && place.chain.lane == process()
    };
    assert_eq!(ana.space.index().items().filter(own).count(), 9);
}
