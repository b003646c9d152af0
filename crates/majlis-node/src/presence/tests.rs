//! When a presence is told, to whom, and for how long it is believed; time is made here.

use majlis_core::document::Document;
use majlis_core::id::LaneClass;

use super::*;

const AMINA: LinkId = LinkId(1);
const SALEM: LinkId = LinkId(2);

fn lane(number: u8) -> LaneId {
    LaneId::new(LaneClass::Document, [number; 16])
}

fn device(link: LinkId) -> DeviceId {
    DeviceId::from_bytes([u8::try_from(link.0).unwrap(); 32])
}

fn caret() -> Caret {
    let document = Document::new(lane(1));
    let place = document.place(&document.heads(), 1).unwrap();
    Caret {
        anchor: place,
        head: place,
    }
}

fn here(number: u64) -> Presence {
    Presence {
        lane: lane(1),
        number,
        stay: Stay::Here(None),
    }
}

fn gone(number: u64) -> Presence {
    Presence {
        stay: Stay::Gone,
        ..here(number)
    }
}

/// Everything that is told within a time, with when it was since its beginning.
fn told(presences: &mut Presences, from: Instant, until: Instant) -> Vec<(Duration, To, Stay)> {
    let mut out = Vec::new();
    while let Some(at) = presences.next().filter(|at| *at <= until) {
        let at = at.max(from);
        // The page is there all the time, and says so.
        for mine in presences.mine.values_mut() {
            mine.until = at + SHOWN_FOR;
        }
        for (to, bytes) in presences.due(at) {
            let read = Presence::decode(&bytes).unwrap();
            out.push((at.saturating_duration_since(from), to, read.stay));
        }
        presences.expire(at);
    }
    out
}

fn times(told: &[(Duration, To, Stay)]) -> Vec<u128> {
    told.iter().map(|(at, ..)| at.as_millis()).collect()
}

#[test]
fn who_is_alone_calls_three_times_and_is_silent() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    presences.show(lane(1), None, now);
    let all = told(&mut presences, now, now + Duration::from_secs(600));
    assert_eq!(times(&all), [0, 1_000, 3_000]);
    assert!(all.iter().all(|(_, to, _)| *to == To::All));
    // A caret that moves where nobody sees it is told to nobody.
    let moved = now + Duration::from_secs(601);
    presences.show(lane(1), Some(caret()), moved);
    assert_eq!(presences.next(), Some(moved + SHOWN_FOR));
    assert_eq!(presences.due(moved + SHOWN_FOR / 2), []);
    // Somebody comes into reach: it is called again.
    let later = now + Duration::from_secs(700);
    presences.link_up(later);
    let again = told(&mut presences, later, later + Duration::from_secs(600));
    assert_eq!(times(&again), [0, 1_000, 3_000]);
}

#[test]
fn who_comes_is_answered_at_once_and_then_told_only_now_and_then() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    presences.show(lane(1), None, now);
    told(&mut presences, now, now + Duration::from_secs(100));
    let mut at = now + Duration::from_secs(100);
    assert_eq!(
        presences.hear(AMINA, device(AMINA), &here(1), at),
        Some(lane(1))
    );
    assert!(presences.is_shared(lane(1)) && presences.is_company());
    // They are heard every five seconds, and nothing moves.
    let mut all = Vec::new();
    for number in 2..8 {
        let next = at + Duration::from_secs(5);
        all.extend(told(&mut presences, at, next));
        assert_eq!(
            presences.hear(AMINA, device(AMINA), &here(number), next),
            None
        );
        at = next;
    }
    assert!(all.iter().all(|(_, to, _)| *to == To::Links(vec![AMINA])));
    assert!((6..=7).contains(&all.len()), "{all:?}");
    assert_eq!(all[0].0, Duration::ZERO);
}

#[test]
fn a_caret_that_moves_all_the_time_is_told_four_times_a_second() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    presences.show(lane(1), None, now);
    presences.hear(AMINA, device(AMINA), &here(1), now);
    let mut all = Vec::new();
    for step in 0..200_u32 {
        let at = now + Duration::from_millis(10) * step;
        let moved = (step % 2 == 0).then(caret);
        presences.show(lane(1), moved, at);
        all.extend(told(&mut presences, at, at));
    }
    assert!((7..=10).contains(&all.len()), "{:?}", times(&all));
    let last = told(
        &mut presences,
        now + Duration::from_secs(2),
        now + Duration::from_secs(3),
    );
    assert_eq!(last[0].2, Stay::Here(None), "the last place is told");
}

#[test]
fn who_is_not_heard_any_more_or_says_so_is_gone() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    presences.show(lane(1), None, now);
    presences.hear(AMINA, device(AMINA), &here(1), now);
    presences.hear(SALEM, device(SALEM), &here(1), now);
    assert_eq!(
        presences.hear(SALEM, device(SALEM), &gone(2), now),
        Some(lane(1))
    );
    assert_eq!(presences.hear(SALEM, device(SALEM), &gone(3), now), None);
    let names: Vec<LinkId> = presences.others(lane(1)).map(|(link, _)| link).collect();
    assert_eq!(names, [AMINA]);
    let before = now + GONE_AFTER - Duration::from_millis(1);
    assert_eq!(presences.expire(before), []);
    assert_eq!(presences.expire(now + GONE_AFTER), [lane(1)]);
    assert!(!presences.is_company());
    // A link that ends takes its peer with it at once, and its numbers begin anew.
    presences.hear(AMINA, device(AMINA), &here(2), now);
    assert_eq!(presences.link_down(AMINA), [lane(1)]);
    assert_eq!(presences.link_down(AMINA), []);
    assert_eq!(
        presences.hear(AMINA, device(AMINA), &here(1), now),
        Some(lane(1))
    );
}

#[test]
fn who_is_muted_is_not_heard_until_the_link_ends() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    presences.show(lane(1), None, now);
    presences.hear(AMINA, device(AMINA), &here(1), now);
    presences.mute(AMINA);
    assert!(!presences.is_company());
    for number in [2, u64::MAX] {
        let heard = presences.hear(AMINA, device(AMINA), &here(number), now);
        assert_eq!(heard, None);
    }
    presences.link_down(AMINA);
    assert!(
        presences
            .hear(AMINA, device(AMINA), &here(1), now)
            .is_some()
    );
}

#[test]
fn a_page_that_says_nothing_any_more_is_gone() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    presences.show(lane(1), None, now);
    presences.hear(AMINA, device(AMINA), &here(1), now);
    let later = now + SHOWN_FOR / 2;
    presences.show(lane(1), None, later);
    assert_eq!(presences.lapse(now + SHOWN_FOR), []);
    let told = presences.lapse(later + SHOWN_FOR);
    assert_eq!(told[0].0, To::Links(vec![AMINA]));
    assert_eq!(Presence::decode(&told[0].1).unwrap().stay, Stay::Gone);
    assert_eq!((presences.next(), presences.shown().count()), (None, 0));
}

#[test]
fn what_comes_late_or_twice_is_old() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    presences.show(lane(1), None, now);
    assert!(
        presences
            .hear(AMINA, device(AMINA), &here(5), now)
            .is_some()
    );
    assert_eq!(presences.hear(AMINA, device(AMINA), &gone(5), now), None);
    assert_eq!(presences.hear(AMINA, device(AMINA), &gone(4), now), None);
    assert!(presences.is_shared(lane(1)));
    presences.hear(AMINA, device(AMINA), &gone(6), now);
    assert_eq!(presences.hear(AMINA, device(AMINA), &here(5), now), None);
    assert!(!presences.is_shared(lane(1)));
}

#[test]
fn who_is_not_shown_keeps_nobody_and_tells_nothing() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    assert_eq!(presences.hear(AMINA, device(AMINA), &here(1), now), None);
    assert!(!presences.is_company());
    assert_eq!(presences.next(), None);
    assert_eq!(presences.due(now), []);
    // In one text is not in another.
    presences.show(lane(2), None, now);
    assert_eq!(presences.hear(AMINA, device(AMINA), &here(2), now), None);
    assert!(!presences.is_company());
}

#[test]
fn who_leaves_says_so_to_those_who_are_there() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    presences.show(lane(1), None, now);
    assert_eq!(presences.hide(lane(1)), None, "nobody is there");
    assert_eq!(presences.hide(lane(1)), None, "and it is not twice gone");
    presences.show(lane(1), Some(caret()), now);
    presences.hear(AMINA, device(AMINA), &here(1), now);
    let (to, bytes) = presences.hide(lane(1)).unwrap();
    assert_eq!(to, To::Links(vec![AMINA]));
    assert_eq!(Presence::decode(&bytes).unwrap().stay, Stay::Gone);
    assert!(!presences.is_company());
    assert_eq!(presences.next(), None);
}

#[test]
fn words_of_others_are_a_reason_to_call_but_not_for_ever() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    presences.show(lane(1), None, now);
    let mut all = told(&mut presences, now, now + Duration::from_secs(20));
    for second in 20..40 {
        let at = now + Duration::from_secs(second);
        presences.words_came(lane(1), at);
        presences.words_came(lane(2), at);
        all.extend(told(&mut presences, at, at));
    }
    assert!((7..=9).contains(&all.len()), "{:?}", times(&all));
    presences.hear(
        AMINA,
        device(AMINA),
        &here(1),
        now + Duration::from_secs(40),
    );
    presences.words_came(lane(1), now + Duration::from_secs(60));
    let from = now + Duration::from_secs(60);
    let shared = told(&mut presences, from, from + Duration::from_secs(1));
    assert!(shared.iter().all(|(_, to, _)| *to != To::All));
}

#[test]
fn a_peer_is_heard_so_often_and_no_more() {
    let now = Instant::now();
    let mut pace = Pace::new(now);
    let taken = (0..10_000_u32)
        .filter(|step| pace.takes(now + Duration::from_millis(1) * *step))
        .count();
    assert!((80..=97).contains(&taken), "{taken} in ten seconds");
    // An honest one is always heard, also after a long silence.
    let mut pace = Pace::new(now);
    for step in 0..100_u32 {
        assert!(pace.takes(now + MOVES * step));
    }
    let later = now + Duration::from_secs(100_000);
    assert!(pace.takes(later));
}

#[test]
fn a_crowd_does_not_fill_the_memory() {
    let (now, mut presences) = (Instant::now(), Presences::default());
    presences.show(lane(1), None, now);
    for number in 0..1_000 {
        presences.hear(LinkId(number), device(AMINA), &here(1), now);
    }
    assert_eq!(presences.others(lane(1)).count(), MOST);
}
