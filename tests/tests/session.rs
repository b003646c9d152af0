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

use majlis_core::document::{BlockKind, Edit, Marks};
use majlis_core::effect::{HangUp, LinkId, Write};
use majlis_core::entry::Signed;
use majlis_core::id::{EntryHash, LaneClass, LaneId, SlotId};
use majlis_core::membership::{Invite, Rank};
use majlis_core::record::{Channel, Record, Withdraw};
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::DeviceKey;
use majlis_core::space::{Command, Founding, Input, Joining, Reply, Space, invite_key};
use majlis_core::sync::message::{Message, decode};
use majlis_core::sync::session::Ends;
use majlis_core::time::Timestamp;
use majlis_store::Store;
use majlis_tests::town::{Fate, Resident};
use zeroize::Zeroizing;

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

fn say_in(who: &mut Resident, lane: LaneId, number: u8) -> EntryHash {
    let record = Box::new(Record::Withdraw(Withdraw {
        form: majlis_core::id::FormId::from_bytes([number; 32]),
        slot: SlotId::from_bytes([number; 16]),
        supersedes: Vec::new(),
        channel: Channel::Own,
    }));
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
fn nothing_new_costs_little_and_sends_no_entry() {
    let (mut ana, mut bo) = pair();
    for number in 0..40 {
        say(&mut ana, number);
    }
    assert_eq!(meet(&mut ana, &mut bo, 2).entries, 40);
    let quiet = meet(&mut ana, &mut bo, 3);
    assert_eq!(quiet.entries, 0);
    assert!(quiet.bytes < 120, "{} bytes", quiet.bytes);
    assert_eq!(quiet.frames, 2, "one opening from each side, and no more");
    say(&mut bo, 99);
    let one = meet(&mut ana, &mut bo, 4);
    assert_eq!(one.entries, 1);
    assert!(same(&ana, &bo));
    // After a restart as well: what is remembered is on disk.
    ana.restart();
    bo.restart();
    let quiet = meet(&mut ana, &mut bo, 5);
    assert_eq!((quiet.entries, quiet.frames), (0, 2));
}

#[test]
fn news_for_a_known_peer_cost_the_same_however_much_is_held() {
    let mut costs = Vec::new();
    for devices in [3, 40] {
        let (mut ana, mut bo) = pair();
        let ticket = invite(&mut ana, 60, 200);
        for number in 0..devices {
            let mut other = joiner(&ana, 100 + number, ticket, 60);
            meet(&mut other, &mut ana, 1_000 + u64::from(number));
            say(&mut other, number);
            meet(&mut other, &mut ana, 2_000 + u64::from(number));
        }
        meet(&mut ana, &mut bo, 3);
        assert!(same(&ana, &bo));
        say(&mut ana, 9);
        let talk = meet(&mut bo, &mut ana, 4);
        assert_eq!(talk.entries, 1);
        assert!(same(&ana, &bo));
        costs.push(talk.bytes);
    }
    assert!(costs[1] < costs[0] + 20 && costs[1] < 600, "{costs:?}");
}

#[test]
fn a_cut_link_costs_only_what_was_on_its_way() {
    let (mut ana, mut bo) = pair();
    meet(&mut ana, &mut bo, 2);
    for number in 0..1_000 {
        say(&mut bo, (number % 200) as u8);
    }
    // The link breaks after so many frames, again and again; what arrived is not sent again.
    let (mut entries, mut meetings) = (0, 0);
    while !same(&ana, &bo) {
        meetings += 1;
        assert!(meetings < 60, "it gets nowhere");
        let mut talk = Talk::begin(&mut bo, &mut ana, 100 + meetings);
        talk.go_on_for(6, &mut bo, &mut ana);
        entries += talk.arrived;
        let _ = talk.end(&mut bo, &mut ana);
        if meetings % 3 == 0 {
            ana.restart();
        }
    }
    assert!(meetings > 2, "it was cut");
    assert_eq!(entries, 1_000, "every entry arrived once");
}

#[test]
fn what_came_from_somebody_else_since_is_not_sent_again() {
    let (mut ana, mut bo) = pair();
    let ticket = invite(&mut ana, 61, 9);
    let mut cy = joiner(&ana, 4, ticket, 61);
    meet(&mut cy, &mut ana, 9);
    meet(&mut ana, &mut bo, 10);
    meet(&mut bo, &mut cy, 11);
    for number in 0..30 {
        say(&mut ana, number);
    }
    assert_eq!(meet(&mut ana, &mut bo, 12).entries, 30);
    assert_eq!(meet(&mut bo, &mut cy, 13).entries, 30);
    // Both know the thirty, and neither knows that of the other.
    assert_eq!(meet(&mut ana, &mut cy, 14).entries, 0);
}

#[test]
fn who_does_not_remember_the_other_is_introduced_again() {
    let (mut ana, mut bo) = pair();
    meet(&mut ana, &mut bo, 2);
    say(&mut bo, 1);
    // Bo's tablet is set up anew from an old copy: it remembers nobody.
    let mut twin = copy(&bo);
    let talk = meet(&mut twin, &mut ana, 3);
    assert_eq!(talk.ended, None);
    assert!(same(&ana, &twin));
    let (mut ana, mut bo) = pair();
    meet(&mut ana, &mut bo, 2);
    let mut fresh = copy(&ana);
    say(&mut bo, 2);
    let talk = meet(&mut bo, &mut fresh, 4);
    assert_eq!(talk.ended, None);
    assert!(same(&fresh, &bo));
}

#[test]
fn a_store_from_an_old_copy_is_not_taken_for_the_one_that_was_read() {
    let (mut ana, mut bo) = pair();
    let ticket = invite(&mut ana, 62, 9);
    let mut cy = joiner(&ana, 4, ticket, 62);
    meet(&mut cy, &mut ana, 9);
    meet(&mut bo, &mut ana, 10);
    let mut old = copy(&ana);
    for number in 0..5 {
        say(&mut bo, number);
    }
    meet(&mut bo, &mut ana, 11);
    meet(&mut bo, &mut ana, 12);
    // Ana's store is lost; the old copy grows to the same length by other entries.
    for number in 10..18 {
        say(&mut cy, number);
    }
    meet(&mut cy, &mut old, 13);
    let talk = meet(&mut bo, &mut old, 14);
    assert_eq!(talk.ended, None);
    assert!(same(&old, &bo), "by comparing anew");
    assert_eq!(talk.entries, 13, "five one way and eight the other");
}

#[test]
fn two_with_many_chains_compare_them_instead_of_listing() {
    let mut ana = founder();
    let ticket = invite(&mut ana, 63, 9);
    let mut cy = joiner(&ana, 5, ticket, 63);
    let mut dara = joiner(&ana, 6, ticket, 63);
    meet(&mut cy, &mut ana, 1);
    meet(&mut dara, &mut ana, 2);
    for number in 0..700 {
        say_in(&mut ana, nth(number), 1);
    }
    // Two who hold the same from somebody else, each with a little of its own, meet first.
    for (link, who, own) in [(3, &mut cy, 0..5), (4, &mut dara, 100..104)] {
        meet(who, &mut ana, link);
        for number in own {
            say_in(who, nth(number), 2);
        }
    }
    let talk = meet(&mut cy, &mut dara, 5);
    assert!(same(&cy, &dara));
    assert_eq!(talk.compared, 2, "membership and content, by comparing");
    assert_eq!(talk.entries, 9, "five answers one way and four the other");
    assert!(talk.bytes < 9_000, "{} bytes", talk.bytes);
}

/// A lane of many.
fn nth(number: u16) -> LaneId {
    let mut fresh = [9; 16];
    fresh[1..3].copy_from_slice(&number.to_be_bytes());
    LaneId::new(LaneClass::Process, fresh)
}

#[test]
fn a_long_document_does_not_delay_an_answer() {
    let (mut ana, mut bo) = pair();
    meet(&mut ana, &mut bo, 2);
    let page = LaneId::new(LaneClass::Document, [4; 16]);
    let session = match order(&mut ana, Command::OpenEditor(page)) {
        Some(Reply::Session(session)) => session,
        other => panic!("no session: {other:?}"),
    };
    for round in 0..40_u32 {
        write_noise(&mut ana, page, session, round);
    }
    order(&mut ana, Command::Seal);
    let mut talk = Talk::begin(&mut ana, &mut bo, 3);
    talk.go_on_for(9, &mut ana, &mut bo);
    assert!(!same(&ana, &bo), "it is long");
    let answer = say_on(&mut talk, true, &mut ana, 7);
    let mut waited = 0;
    while !bo.stores(answer) {
        waited += 1;
        talk.go_on_for(1, &mut ana, &mut bo);
        assert!(waited < 200);
    }
    assert!(!same(&ana, &bo), "the document is still on its way");
    talk.go_on(&mut ana, &mut bo);
    assert!(same(&ana, &bo));
}

/// Writes two thousand letters that do not compress.
fn write_noise(who: &mut Resident, lane: LaneId, session: u32, seed: u32) {
    let mut rng = fastrand::Rng::with_seed(u64::from(seed));
    let text: String = (0..2_000).map(|_| rng.alphanumeric()).collect();
    let base = {
        let shelf = who.shelf();
        who.space.document(lane, &shelf).unwrap().heads()
    };
    let mut edits = vec![Edit::Insert {
        at: 1,
        text,
        marks: Marks::default(),
    }];
    if seed == 0 {
        let kind = BlockKind::Paragraph;
        edits.insert(0, Edit::Split { at: 0, kind });
    }
    let edit = Command::Edit {
        lane,
        session,
        base,
        edits,
    };
    let reply = who.step(Input::Command(edit), 0, Fate::Lives).reply;
    assert!(matches!(reply, Some(Ok(_))), "{reply:?}");
}

#[test]
fn what_is_made_while_linked_goes_over_at_once() {
    let (mut ana, mut bo) = pair();
    let mut talk = Talk::begin(&mut ana, &mut bo, 2);
    talk.go_on(&mut ana, &mut bo);
    for number in 0..5 {
        let record = Box::new(Record::Withdraw(Withdraw {
            form: majlis_core::id::FormId::from_bytes([number; 32]),
            slot: SlotId::from_bytes([number; 16]),
            supersedes: Vec::new(),
            channel: Channel::Own,
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
        slot: SlotId::from_bytes([number; 16]),
        supersedes: Vec::new(),
        channel: Channel::Own,
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
