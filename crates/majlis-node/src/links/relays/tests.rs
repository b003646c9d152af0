//! What is believed of relays, which are held, and who is met through them, with nobody at the other end.

use tokio::sync::watch;

use super::*;
use crate::links::tests::{Far, direct, linked, scene, space};
use crate::relay::OwnRelay;

fn place(name: &str) -> RelayPlace {
    RelayPlace::new(&format!("https://{name}.example"), None, None).unwrap()
}

fn known(name: &str, keeper: Option<Peer>) -> KnownRelay {
    let place = place(name);
    KnownRelay { place, keeper }
}

/// The peer of a link says that it runs a relay, and who is there; it is heard.
fn says(operator: &mut Operator, keeper: &Far, name: &str, guests: &[Peer]) {
    let told = RelayTold {
        place: place(name),
        guests: guests.iter().copied().collect(),
    };
    let (_, told) = watch::channel(Some(told));
    let mut links = operator.open.values_mut();
    let open = links.find(|open| open.peer == keeper.peer).unwrap();
    open.relay = told;
    operator.hear();
}

fn hold_back(operator: &mut Operator, space: SpaceId, peer: Peer) {
    for _ in 0..3 {
        operator.hold_back(space, peer);
    }
}

fn failures(operator: &Operator, space: SpaceId, peer: Peer) -> Option<u32> {
    let attempt = operator.tries.get(&(space, peer))?;
    Some(attempt.failures)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_at_a_relay_is_met_through_it_as_long_as_its_keeper_says_so() {
    let one = space(1);
    let (guest, late, member) = ([21; 32], [22; 32], [23; 32]);
    let mut scene = scene(&[one]).await;
    let operator = &mut scene.operator;
    let keeper = linked(operator, one, 5).await;
    operator.book.remember(one, &direct(member, 9));
    for peer in [guest, late, member] {
        hold_back(operator, one, peer);
    }
    let me = operator.me;
    says(operator, &keeper, "a", &[guest, me]);
    assert_eq!(operator.book.relays(one), [known("a", Some(keeper.peer))]);
    let candidates: BTreeSet<Peer> = operator.candidates(one).collect();
    assert!(candidates.contains(&guest) && !candidates.contains(&me));
    assert_eq!(operator.relays_for(one, guest), [place("a")]);
    assert_eq!(operator.relays_for(one, member), [], "it is not there");
    // Who came is not left waiting for what failed before, and who stays is.
    assert_eq!(failures(operator, one, guest), Some(0));
    hold_back(operator, one, guest);
    says(operator, &keeper, "a", &[guest, late]);
    assert_eq!(failures(operator, one, guest), Some(3));
    assert_eq!(failures(operator, one, late), Some(0));
    // Of who went nothing is left but what stands in the book.
    says(operator, &keeper, "a", &[]);
    assert_eq!(operator.relays_for(one, guest), []);
    assert_eq!(failures(operator, one, guest), None);
    assert_eq!(failures(operator, one, member), Some(3));
    assert!(!operator.candidates(one).any(|peer| peer == guest));
    // Whoever has no link with the keeper tries those it knows.
    operator.open.clear();
    operator.hear();
    assert_eq!(operator.relays_for(one, member), [place("a")]);
    assert_eq!(operator.relays_for(one, guest), []);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keeper_is_believed_once_in_a_while_that_its_relay_moved() {
    let (one, guest) = (space(1), [21; 32]);
    let mut scene = scene(&[one]).await;
    let operator = &mut scene.operator;
    let keeper = linked(operator, one, 5).await;
    says(operator, &keeper, "a", &[]);
    says(operator, &keeper, "b", &[guest]);
    assert_eq!(operator.book.relays(one), [known("a", Some(keeper.peer))]);
    assert_eq!(operator.relays_for(one, guest), []);
    says(operator, &keeper, "a", &[guest]);
    assert_eq!(operator.relays_for(one, guest), [place("a")]);
    let long_ago = Instant::now().checked_sub(MOVES_AGAIN).unwrap();
    operator.moved.insert((one, keeper.peer), long_ago);
    says(operator, &keeper, "b", &[guest]);
    assert_eq!(operator.book.relays(one), [known("b", Some(keeper.peer))]);
    assert_eq!(operator.relays_for(one, guest), [place("b")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_keepers_the_same_few_are_heard_and_of_many_members_few_are_met_so() {
    let (one, guest) = (space(1), [21; 32]);
    let mut scene = scene(&[one]).await;
    let operator = &mut scene.operator;
    let mut keepers = Vec::new();
    for (secret, name) in [(5, "a"), (6, "b"), (7, "c"), (8, "d")] {
        let keeper = linked(operator, one, secret).await;
        says(operator, &keeper, name, &[guest]);
        keepers.push(keeper);
    }
    // Which of them, is settled by the next time.
    operator.hear();
    let (heard, written) = (operator.guests.clone(), operator.book.relays(one));
    assert_eq!((heard[&one].len(), written.len()), (MAX_RELAYS, MAX_RELAYS));
    for _ in 0..3 {
        operator.hear();
        assert_eq!(operator.guests, heard);
        assert_eq!(operator.book.relays(one), written);
    }
    assert!(!operator.relays_for(one, guest).is_empty());
    for open in operator.open.values_mut() {
        open.through = Some(place("a"));
    }
    assert_eq!(operator.open.len(), MOST_RELAYED);
    assert_eq!(operator.relays_for(one, guest), []);
    // What carries passes everything on, and is met besides.
    operator.book.remember(one, &direct(guest, 9));
    operator.book.carries(one, guest, true);
    assert!(!operator.relays_for(one, guest).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_relay_that_was_tried_in_vain_is_told_of_and_not_used() {
    let (one, keeper, member) = (space(1), [20; 32], [23; 32]);
    let mut scene = scene(&[one]).await;
    let operator = &mut scene.operator;
    operator.book.remember_relay(one, &known("b", None));
    operator.book.remember_relay(one, &known("a", Some(keeper)));
    operator.book.remember(one, &direct(member, 9));
    assert_eq!(operator.relays_for(one, member), [place("a"), place("b")]);
    assert_eq!(operator.relay_told(Some(one)), Some(place("a")));
    let in_vain = |state| InVain::after(None, state, Instant::now());
    let refused = in_vain(RelayState::Refused);
    operator.in_vain.insert(place("a"), refused);
    assert_eq!(operator.relays_for(one, member), [place("b")]);
    assert_eq!(operator.relay_told(Some(one)), Some(place("b")));
    assert_eq!(operator.relay_told(Some(space(2))), None);
    let refuses = (Finding::RelayRefuses, Some(keeper));
    assert_eq!(operator.relay_findings(one), [refuses]);
    let unreached = in_vain(RelayState::Unreached);
    operator.in_vain.insert(place("b"), unreached);
    assert_eq!(operator.relays_for(one, member), []);
    // It may answer others, who may come by it later.
    assert_eq!(operator.relay_told(None), Some(place("b")));
    let unreached = (Finding::RelayUnreached, None);
    assert_eq!(operator.relay_findings(one), [refuses, unreached]);
}

#[test]
fn a_relay_in_vain_is_tried_ever_less_often_up_to_five_minutes() {
    let now = Instant::now();
    let mut last = None;
    let mut pauses = Vec::new();
    for _ in 0..40 {
        let it = InVain::after(last.as_ref(), RelayState::Unreached, now);
        pauses.push((it.until - now).as_secs());
        last = Some(it);
    }
    assert_eq!(pauses[..6], [10, 20, 40, 80, 160, 300]);
    assert!(pauses[6..].iter().all(|pause| *pause == 300));
}

#[tokio::test(flavor = "multi_thread")]
async fn relays_are_held_for_all_spaces_while_that_may_cost_something() {
    let [one, two] = [space(1), space(2)];
    let mut scene = scene(&[one, two]).await;
    let operator = &mut scene.operator;
    for name in ["a", "b", "c"] {
        operator.book.remember_relay(one, &known(name, None));
    }
    for name in ["d", "e", "a"] {
        operator.book.remember_relay(two, &known(name, None));
    }
    operator.metered = true;
    operator.meter.settled.saving = Saving::Never;
    let held = |operator: &Operator| -> Vec<RelayPlace> {
        let wanted = operator.wanted(false);
        wanted.into_keys().collect()
    };
    let all = operator.wanted(false);
    assert_eq!(all.len(), MOST_HELD);
    // One that is of both spaces is shown a word for each.
    assert_eq!(all[&place("a")].len(), 2);
    assert_eq!(all[&place("b")].len(), 1);
    assert!(operator.wanted(true).is_empty(), "the budget is used up");
    operator.meter.settled.saving = Saving::Automatic;
    assert_eq!(held(operator), []);
    // For a dial, or where a link goes through it, and not where it was just tried in vain.
    let soon = Instant::now() + FOR_A_DIAL;
    operator.until.insert(place("b"), soon);
    let _far = linked(operator, one, 5).await;
    operator.open.values_mut().next().unwrap().through = Some(place("d"));
    assert_eq!(held(operator), [place("b"), place("d")]);
    let in_vain = InVain::after(None, RelayState::Unreached, Instant::now());
    operator.in_vain.insert(place("b"), in_vain);
    assert_eq!(held(operator), [place("d")]);
    operator.metered = false;
    assert_eq!(held(operator).len(), MOST_HELD);
    // What stays on this device's own networks costs nothing.
    operator.meter.settled.saving = Saving::Always;
    let near = RelayPlace::new("http://127.0.0.1:3340", None, None).unwrap();
    let known = KnownRelay {
        place: near.clone(),
        keeper: None,
    };
    operator.book.remember_relay(one, &known);
    assert_eq!(held(operator), [near, place("d")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_runs_a_relay_holds_its_own_and_no_other() {
    let (one, guest) = (space(1), [21; 32]);
    let mut scene = scene(&[one]).await;
    let operator = &mut scene.operator;
    let keeper = linked(operator, one, 5).await;
    operator.own = Some(OwnRelay {
        told: place("mine"),
        home: place("home"),
    });
    says(operator, &keeper, "a", &[guest]);
    operator.book.remember_relay(one, &known("b", None));
    operator.book.remember(one, &direct(guest, 9));
    let wanted = operator.wanted(true).into_iter();
    let wanted: Vec<(RelayPlace, usize)> = wanted
        .map(|(place, vouchers)| (place, vouchers.len()))
        .collect();
    assert_eq!(wanted, [(place("home"), 0)]);
    assert!(operator.guests.is_empty());
    assert_eq!(operator.relays_for(one, guest), []);
    assert_eq!(operator.relay_told(Some(one)), Some(place("mine")));
}
