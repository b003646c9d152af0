//! What a book of addresses keeps, forgets and prefers.

use super::*;

/// A device that is met without relays.
fn direct(id: [u8; 32], sockets: Vec<SocketAddr>) -> Address {
    Address {
        id,
        sockets,
        relays: Vec::new(),
    }
}

#[test]
fn addresses_are_there_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let space = SpaceId::from_bytes([7; 32]);
    let at = |port| SocketAddr::from(([192, 168, 1, 4], port));
    let mut book = Book::read(folder.path());
    book.set_port(4_100);
    book.remember(space, &direct([1; 32], vec![at(1)]));
    book.remember(space, &direct([1; 32], vec![at(2)]));
    let again = Book::read(folder.path());
    assert_eq!(again.port(), 4_100);
    assert_eq!(again.peers(space).collect::<Vec<_>>(), [[1; 32]]);
    assert_eq!(again.sockets(space, [1; 32]), [at(2), at(1)]);
    assert_eq!(again.peers(SpaceId::from_bytes([8; 32])).count(), 0);
}

#[test]
fn what_a_carrier_says_of_itself_takes_nothing_from_what_others_say() {
    let folder = tempfile::tempdir().unwrap();
    let space = SpaceId::from_bytes([7; 32]);
    let at = |port| SocketAddr::from(([192, 168, 1, 4], port));
    let mut book = Book::read(folder.path());
    book.remember(space, &direct([1; 32], vec![at(1)]));
    for first in [10, 20] {
        let bridges = (first..first + 9).map(at).collect();
        book.told(space, [1; 32], bridges);
    }
    let want: Vec<_> = [1, 20, 21, 22, 23, 24, 25].map(at).to_vec();
    assert_eq!(book.sockets(space, [1; 32]), want);
    book.told(space, [1; 32], vec![at(1)]);
    // Whoever dialled this device stands in no ticket.
    book.told(space, [2; 32], vec![at(30)]);
    let again = Book::read(folder.path());
    assert_eq!(again.sockets(space, [1; 32]), [at(1)]);
    assert_eq!(again.sockets(space, [2; 32]), [at(30)]);
}

#[test]
fn a_keeper_has_one_relay_and_nobody_forgets_whose_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let space = SpaceId::from_bytes([7; 32]);
    let at = |url, pin, keeper| KnownRelay {
        place: RelayPlace::new(url, pin, Some(7)).unwrap(),
        keeper,
    };
    let mut book = Book::read(folder.path());
    let first = at("https://a.org", Some([1; 32]), None);
    book.remember_relay(space, &first);
    let whose = at("https://a.org", Some([1; 32]), Some([9; 32]));
    book.remember_relay(space, &whose);
    book.remember_relay(space, &first);
    assert_eq!(book.relays(space), [whose]);
    let moved = at("https://b.org", Some([2; 32]), Some([9; 32]));
    book.remember_relay(space, &moved);
    assert_eq!(book.relays(space), [moved]);
    let named = |book: &Book| -> Vec<String> {
        let known = book.relays(space).into_iter();
        known.map(|known| known.place.url().to_owned()).collect()
    };
    for url in ["https://c.org", "https://d.org", "https://e.org"] {
        book.remember_relay(space, &at(url, None, None));
    }
    let again = Book::read(folder.path());
    assert_eq!(
        named(&again),
        ["https://b.org", "https://e.org", "https://d.org"]
    );
    book.forget(space);
    assert!(Book::read(folder.path()).relays(space).is_empty());
}

#[test]
fn nobody_but_its_keeper_changes_the_certificate_of_a_relay() {
    let folder = tempfile::tempdir().unwrap();
    let space = SpaceId::from_bytes([7; 32]);
    let at = |pin, keeper| KnownRelay {
        place: RelayPlace::new("https://a.org", pin, None).unwrap(),
        keeper,
    };
    let mut book = Book::read(folder.path());
    let whose = at(Some([1; 32]), Some([9; 32]));
    book.remember_relay(space, &whose);
    // A ticket or an address of somebody: without a certificate, or with another one.
    book.remember_relay(space, &at(None, None));
    let said = at(Some([2; 32]), None);
    book.remember_relay(space, &said);
    assert_eq!(book.relays(space), [whose.clone(), said]);
    // Two that say that one address is theirs are both believed, each about its own.
    let other = at(Some([3; 32]), Some([8; 32]));
    book.remember_relay(space, &other);
    book.remember_relay(space, &whose);
    assert_eq!(book.relays(space), [other.clone(), whose]);
    let renewed = at(Some([4; 32]), Some([9; 32]));
    book.remember_relay(space, &renewed);
    assert_eq!(book.relays(space), [renewed, other]);
}

#[test]
fn of_more_keepers_than_are_remembered_the_one_heard_of_first_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let space = SpaceId::from_bytes([7; 32]);
    let at = |name: &str, keeper: Option<u8>| KnownRelay {
        place: RelayPlace::new(&format!("https://{name}.org"), Some([6; 32]), None).unwrap(),
        keeper: keeper.map(|keeper| [keeper; 32]),
    };
    let mut book = Book::read(folder.path());
    book.remember_relay(space, &at("said", None));
    for (name, keeper) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
        book.remember_relay(space, &at(name, Some(keeper)));
    }
    let want = [at("d", Some(4)), at("c", Some(3)), at("b", Some(2))];
    // What is said again is no news, and what nobody keeps has no room beside those.
    for known in [&want[2], &want[0], &at("said", None)] {
        book.remember_relay(space, known);
        assert_eq!(book.relays(space), want);
    }
    let again = Book::read(folder.path());
    assert_eq!(again.relays(space), want);
    assert!(again.relays(SpaceId::from_bytes([8; 32])).is_empty());
}

#[test]
fn a_relay_whose_certificate_cannot_be_read_is_none_and_others_stay() {
    let folder = tempfile::tempdir().unwrap();
    let space = SpaceId::from_bytes([7; 32]);
    let line = |url: &str, pin: Option<&str>| serde_json::json!({ "url": url, "pin": pin });
    let pages = serde_json::json!({ "relays": { (space.to_string()): [
        line("https://a.org", Some("not one")),
        line("ftp://b.org", None),
        line("https://c.org", None),
    ] } });
    let file = folder.path().join(FILE);
    std::fs::write(&file, pages.to_string()).unwrap();
    let relays = Book::read(folder.path()).relays(space);
    let urls: Vec<&str> = relays.iter().map(|known| known.place.url()).collect();
    assert_eq!(urls, ["https://c.org"], "nobody else's is trusted instead");
    // A book that cannot be read at all is begun anew.
    std::fs::write(&file, "noise").unwrap();
    let mut book = Book::read(folder.path());
    assert!(book.relays(space).is_empty());
    book.remember_relay(space, &relays[0]);
    assert_eq!(Book::read(folder.path()).relays(space), relays);
}

#[test]
fn who_was_only_guessed_to_be_of_a_space_is_struck_out_unless_it_proved_to_be() {
    let folder = tempfile::tempdir().unwrap();
    let [one, other] = [7, 8].map(|number| SpaceId::from_bytes([number; 32]));
    let at = |port| SocketAddr::from(([192, 168, 1, 4], port));
    let mut book = Book::read(folder.path());
    let typed = direct([1; 32], vec![at(1)]);
    book.guess(one, &typed);
    book.guess(other, &typed);
    book.proved(one, [1; 32], false);
    // A ticket names its space.
    book.remember(one, &direct([2; 32], vec![at(2)]));
    book.guess(one, &direct([2; 32], vec![at(3)]));
    let mut book = Book::read(folder.path());
    assert!(book.strike(other, [1; 32]));
    assert!(!book.strike(one, [1; 32]) && !book.strike(one, [2; 32]));
    let again = Book::read(folder.path());
    assert_eq!(again.peers(one).collect::<Vec<_>>(), [[1; 32], [2; 32]]);
    assert_eq!(again.peers(other).count(), 0);
    // Of who came through a relay the key is kept, and of who came otherwise nothing.
    book.proved(other, [3; 32], false);
    book.proved(other, [4; 32], true);
    assert_eq!(book.peers(other).collect::<Vec<_>>(), [[4; 32]]);
}

#[test]
fn the_one_not_reached_for_longest_is_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let space = SpaceId::from_bytes([7; 32]);
    let mut book = Book::read(folder.path());
    for number in 0..=u8::try_from(MAX_PEERS).unwrap() {
        book.remember(space, &direct([number; 32], Vec::new()));
        book.met(space, [0; 32]);
    }
    let peers: Vec<_> = book.peers(space).collect();
    assert_eq!(peers.len(), MAX_PEERS);
    assert!(peers.contains(&[0; 32]) && !peers.contains(&[1; 32]));
}
