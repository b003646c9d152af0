//! A hall where many are linked with many: how often what one writes crosses the air, and that nobody
//! goes without it where a link is missing. Time passes here.

use std::collections::BTreeMap;

use majlis_core::sync::message::encode;

use super::*;

/// Milliseconds that everything settles in.
const A_WHILE: u64 = 4_000;

struct Hall {
    people: Vec<Resident>,
    links: BTreeMap<u64, [usize; 2]>,
    /// Frames on their way: when each arrives, in which order, to whom, on which link.
    on_way: BTreeMap<(u64, u64), (usize, LinkId, Vec<u8>)>,
    now: u64,
    /// Milliseconds that a frame takes.
    delay: u64,
    count: u64,
    /// Entries sent, and times that it was said what is held as well.
    entries: u32,
    got: u32,
    /// Who speaks the first version of the protocol.
    old: Option<usize>,
}

impl Hall {
    /// So many people who all know each other, without links.
    fn of(number: u8) -> Self {
        let mut ana = founder();
        let ticket = invite(&mut ana, 60, number.into());
        let others = (2..=number).map(|number| joiner(&ana, number, ticket, 60));
        let mut people: Vec<Resident> = others.collect();
        for round in 0..2 {
            for (other, link) in people.iter_mut().zip(1_000..) {
                meet(&mut ana, other, link + round * 100);
            }
        }
        people.insert(0, ana);
        Self {
            people,
            links: BTreeMap::new(),
            on_way: BTreeMap::new(),
            now: 1_000,
            delay: 1,
            count: 0,
            entries: 0,
            got: 0,
            old: None,
        }
    }

    fn link(&mut self, one: usize, two: usize) -> LinkId {
        self.count += 1;
        let link = LinkId(self.count);
        self.links.insert(link.0, [one, two]);
        let binding = *majlis_core::id::PayloadHash::of(&link.0.to_be_bytes()).as_bytes();
        for (who, other, dialled) in [(one, two, true), (two, one, false)] {
            let transport = self.people[other].transport();
            let ends = Ends {
                link,
                binding,
                transport,
                dialled,
            };
            self.give(who, Input::LinkUp(ends));
        }
        link
    }

    /// Gives the link between the first and the third.
    fn link_all(&mut self) -> LinkId {
        let mut between = None;
        for one in 0..self.people.len() {
            for two in 0..one {
                let link = self.link(one, two);
                between = between.or_else(|| (one == 2).then_some(link));
            }
        }
        self.pass(A_WHILE);
        between.unwrap()
    }

    fn cut(&mut self, link: LinkId) {
        for who in self.links.remove(&link.0).unwrap() {
            self.give(who, Input::LinkDown { link });
        }
    }

    fn give(&mut self, who: usize, input: Input) {
        let outcome = self.people[who].step(input, self.now, Fate::Lives);
        assert!(outcome.hang_ups.is_empty(), "{:?}", outcome.hang_ups);
        for (link, frame) in outcome.sends {
            let Some(ends) = self.links.get(&link.0) else {
                continue;
            };
            let other = ends[usize::from(ends[0] == who)];
            let is_old = self.old.is_some_and(|old| ends.contains(&old));
            let (number, mut message) = decode(&frame).unwrap();
            match &mut message {
                Message::Hello(hello) if is_old => hello.newest = 1,
                Message::Again(again) if is_old => again.newest = 1,
                Message::Run { entries, last, .. } if *last => self.entries += *entries,
                Message::Got(_) => {
                    assert!(
                        !is_old,
                        "nobody says to an old version what it does not know"
                    );
                    self.got += 1;
                }
                _ => {}
            }
            self.count += 1;
            let at = (self.now + self.delay, self.count);
            self.on_way
                .insert(at, (other, link, encode(number, &message)));
        }
    }

    /// Lets so many milliseconds pass.
    fn pass(&mut self, milliseconds: u64) {
        let end = self.now + milliseconds;
        loop {
            let arrives = self.on_way.keys().next().copied();
            let due = self.people.iter().enumerate().filter_map(|(at, who)| {
                let after = who.space.time_due_in(who.clock(self.now))?;
                Some((self.now + after, at))
            });
            let due = due.min();
            let frame_first = arrives.is_some_and(|(at, _)| due.is_none_or(|(due, _)| at <= due));
            match (arrives, due) {
                (Some(key), _) if frame_first && key.0 <= end => {
                    self.now = self.now.max(key.0);
                    let (who, link, bytes) = self.on_way.remove(&key).unwrap();
                    if self.links.contains_key(&link.0) {
                        self.give(who, Input::Frame { link, bytes });
                    }
                }
                (_, Some((at, who))) if !frame_first && at <= end => {
                    self.now = at;
                    self.give(who, Input::Time);
                    let who = &self.people[who];
                    let left = who.space.time_due_in(who.clock(at));
                    assert_ne!(left, Some(0), "it looks at the time without end");
                }
                _ => break,
            }
        }
        self.now = end;
    }

    /// One person states something.
    fn says(&mut self, who: usize, number: u8) -> EntryHash {
        let command = Command::Record {
            lane: process(),
            record: statement(number),
            seal: true,
        };
        self.give(who, Input::Command(command));
        let here = &self.people[who];
        let chain = majlis_core::entry::ChainId {
            lane: process(),
            device: here.device(),
        };
        here.space.index().next(chain).1
    }

    fn who_has(&self, entry: EntryHash) -> usize {
        let has = |who: &&Resident| who.space.index().contains(entry);
        self.people.iter().filter(has).count()
    }

    /// Whether on every link both sides have everything, by each other's word.
    fn is_complete(&self) -> bool {
        let mut peers = self.people.iter().flat_map(|who| who.space.peers());
        peers.all(|(_, peer)| peer.complete && peer.lacks == 0)
    }
}

#[test]
fn what_one_of_twenty_writes_is_sent_to_each_once_and_by_nobody_else() {
    let mut hall = Hall::of(20);
    hall.link_all();
    for round in 0..5 {
        (hall.entries, hall.got) = (0, 0);
        let entry = hall.says(7, round);
        hall.pass(100);
        assert_eq!(hall.who_has(entry), 20, "from its author, at once");
        hall.pass(A_WHILE);
        assert!(hall.is_complete(), "round {round}");
        if round > 0 {
            assert_eq!(hall.entries, 19, "round {round}");
        }
    }
    // Once everybody hears everybody, what all write together is said to be held in one message for each
    // link and half second.
    for (who, number) in (0..20).zip(10..) {
        hall.says(who, number);
        hall.pass(A_WHILE);
    }
    (hall.entries, hall.got) = (0, 0);
    let last: Vec<EntryHash> = (0..20)
        .zip(40..)
        .map(|(who, n)| hall.says(who, n))
        .collect();
    hall.pass(A_WHILE);
    assert!(last.iter().all(|entry| hall.who_has(*entry) == 20));
    assert_eq!(hall.entries, 20 * 19);
    assert!(hall.got <= 2 * 20 * 19, "{}", hall.got);
    assert!(hall.is_complete());
}

#[test]
fn who_lost_the_link_to_an_author_is_sent_it_by_others_after_a_moment_and_then_at_once() {
    let mut hall = Hall::of(4);
    let between = hall.link(0, 1);
    for (one, two) in [(0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
        hall.link(one, two);
    }
    hall.pass(A_WHILE);
    for number in 0..3 {
        hall.says(0, number);
        hall.pass(A_WHILE);
    }
    hall.cut(between);
    let entry = hall.says(0, 10);
    hall.pass(1_000);
    assert_eq!(hall.who_has(entry), 3, "the others wait for its word");
    hall.pass(1_000);
    assert_eq!(hall.who_has(entry), 4);
    hall.pass(A_WHILE);
    let entry = hall.says(0, 11);
    hall.pass(100);
    assert_eq!(
        hall.who_has(entry),
        4,
        "it is known to hear the author through others"
    );
    hall.pass(A_WHILE);
    assert!(hall.is_complete());
}

#[test]
fn along_a_row_nothing_waits() {
    let mut hall = Hall::of(5);
    for one in 0..4 {
        hall.link(one, one + 1);
    }
    hall.pass(A_WHILE);
    for number in 0..4 {
        let entry = hall.says(usize::from(number), number);
        hall.pass(100);
        assert_eq!(hall.who_has(entry), 5);
    }
    assert_eq!(hall.got, 0);
}

#[test]
fn an_older_version_is_sent_everything_at_once() {
    let mut hall = Hall::of(5);
    hall.old = Some(2);
    let between = hall.link_all();
    for number in 0..4 {
        let entry = hall.says(usize::from(number), number);
        hall.pass(100);
        assert_eq!(hall.who_has(entry), 5);
        hall.pass(A_WHILE);
        assert!(hall.is_complete());
    }
    assert_ne!(hall.got, 0, "the others say it to each other");
    hall.cut(between);
    let entry = hall.says(0, 10);
    hall.pass(100);
    assert_eq!(hall.who_has(entry), 5, "the others wait for no word of it");
}

#[test]
fn who_comes_in_while_all_write_hears_when_everything_is_there() {
    let mut hall = Hall::of(5);
    for (one, two) in [(0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3)] {
        hall.link(one, two);
    }
    for number in 0..200 {
        hall.says(3, number);
    }
    hall.pass(A_WHILE);
    hall.delay = 150;
    for other in 0..4 {
        hall.link(4, other);
    }
    for number in 0..40 {
        for who in 0..4 {
            hall.says(who, number);
            hall.pass(70);
        }
    }
    let missing: Vec<u64> = hall.people[4]
        .space
        .peers()
        .map(|(_, peer)| peer.missing_here)
        .collect();
    assert_eq!(
        missing, [0; 4],
        "what came from one is not waited for from the others"
    );
    hall.pass(A_WHILE);
    assert!(hall.is_complete());
}

#[test]
fn where_everybody_is_slow_their_word_is_waited_for_longer() {
    let mut hall = Hall::of(6);
    hall.link_all();
    // It takes two seconds to hear, and as long to say so.
    hall.delay = 1_700;
    let mut sent = Vec::new();
    for number in 0..8 {
        hall.entries = 0;
        hall.says(3, number);
        hall.pass(20_000);
        sent.push(hall.entries);
        assert!(hall.is_complete());
    }
    assert!(sent[0] > 5, "{sent:?}");
    assert_eq!(sent[6..], [5, 5], "{sent:?}");
}
