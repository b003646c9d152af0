//! Places that stay at their letter.

use majlis_core::changes::Changes;
use majlis_core::document::{Document, Edit, Marks, NotInText, Place};
use majlis_core::id::DeviceId;
use majlis_core::time::Timestamp;

use super::editor::{Unit, any_edit};
use super::seeds;
use super::town::{Replica, lane, send, settle, take};

/// Letters that nobody else writes; the last takes two units.
const LETTERS: [char; 4] = ['\u{2460}', '\u{2461}', '\u{2462}', '\u{1d11e}'];

fn insert(at: usize, text: &str) -> Edit {
    let (text, marks) = (text.to_owned(), Marks::default());
    Edit::Insert { at, text, marks }
}

/// The boundary behind a letter, as an editor shows the text.
fn behind(replica: &Replica, letter: char) -> Option<usize> {
    let mut halves = [0; 2];
    let halves = letter.encode_utf16(&mut halves);
    let units = &replica.editor.0;
    let here = |at: usize| {
        let mut shown = units[at..].iter().zip(halves.iter());
        at + halves.len() <= units.len()
            && shown.all(|(unit, half)| matches!(unit, Unit::Half(unit, _) if unit == half))
    };
    (0..units.len())
        .find(|at| here(*at))
        .map(|at| at + halves.len())
}

#[test]
fn a_place_stays_behind_its_letter_whatever_everybody_writes() {
    let (mut stood, mut fell) = (0, 0);
    for seed in seeds(12) {
        let random = &mut fastrand::Rng::with_seed(seed);
        let mut town: Vec<Replica> = (1..=3).map(Replica::new).collect();
        let text: String = LETTERS
            .iter()
            .flat_map(|letter| ['a', *letter, 'b'])
            .collect();
        town[0].edit(&[insert(1, &text)], Timestamp(0));
        settle_all(&mut town, random);
        let places: Vec<(char, Place)> = LETTERS
            .iter()
            .map(|letter| {
                let at = behind(&town[1], *letter).unwrap();
                let heads = town[1].document.heads();
                (*letter, town[1].document.place(&heads, at).unwrap())
            })
            .collect();
        for round in 0..60_u64 {
            let who = random.usize(..town.len());
            let edit = any_edit(&town[who].editor, random);
            town[who].edit(&[edit], Timestamp(round * 1_000));
            if round % 7 == 0 {
                settle_all(&mut town, random);
            }
            for replica in &mut town {
                replica.catch_up();
                for (letter, place) in &places {
                    let found = replica.document.boundary(place).unwrap().unwrap();
                    if let Some(at) = behind(replica, *letter) {
                        assert_eq!(found, at, "SEED={seed} round {round}: {letter}");
                        stood += 1;
                    } else {
                        assert!((1..=replica.editor.len()).contains(&found));
                        assert!(replica.editor.is_place(found), "SEED={seed}");
                        fell += 1;
                    }
                }
            }
        }
    }
    assert!(stood > 1_000 && fell > 100, "{stood} stood, {fell} fell");
}

fn settle_all(town: &mut [Replica], random: &mut fastrand::Rng) {
    for who in 0..town.len() {
        send(town, who);
    }
    settle(town, random);
}

/// Two devices with the same text, and what the first writes next, sealed.
fn two() -> (Document, Document, [u8; 16], DeviceId) {
    let device = DeviceId::from_bytes([1; 32]);
    let actor = device.actor(lane(), 1);
    let (mut one, mut other) = (Document::new(lane()), Document::new(lane()));
    let edited = one.edit(actor, &one.heads(), &[insert(1, "one two")], Timestamp(0));
    let batch = batch(edited.unwrap().changes);
    assert!(take(&mut other, device, &batch));
    (one, other, actor, device)
}

fn batch(changes: Vec<Vec<u8>>) -> Changes {
    Changes {
        session: 1,
        changes: changes.into_iter().map(Into::into).collect(),
    }
}

#[test]
fn a_caret_behind_words_that_have_not_come_stands_where_they_will_stand() {
    let (mut one, mut other, actor, device) = two();
    for (at, before, after, words) in [(4, 4, 6, "xy"), (10, 10, 13, "xyz")] {
        let typed = insert(at, words);
        let edited = one.edit(actor, &one.heads(), &[typed], Timestamp(1));
        let changes = edited.unwrap().changes;
        let place = one.place(&one.heads(), after).unwrap();
        assert_eq!(one.boundary(&place), Ok(Some(after)));
        assert_eq!(other.boundary(&place), Ok(Some(before)), "not here yet");
        assert!(take(&mut other, device, &batch(changes)));
        assert_eq!(other.boundary(&place), Ok(Some(after)), "here now");
    }
}

#[test]
fn a_caret_stays_in_front_of_what_others_write_there() {
    let (one, mut other, ..) = two();
    let place = one.place(&one.heads(), 8).unwrap();
    let bilal = DeviceId::from_bytes([2; 32]).actor(lane(), 1);
    let heads = other.heads();
    let three = [insert(8, " three")];
    other.edit(bilal, &heads, &three, Timestamp(1)).unwrap();
    assert_eq!(other.boundary(&place), Ok(Some(8)));
}

#[test]
fn a_place_is_of_a_version_that_is_held_and_inside_of_it() {
    let (mut one, other, actor, _) = two();
    let old = one.heads();
    let more = [insert(1, "zero ")];
    one.edit(actor, &old, &more, Timestamp(1)).unwrap();
    // Counted in the old text, found in the new one.
    let place = one.place(&old, 4).unwrap();
    assert_eq!(one.boundary(&place), Ok(Some(9)));
    assert_eq!(one.place(&old, 0), None);
    assert_eq!(one.place(&old, 9), None);
    assert_eq!(one.place(&old, usize::MAX), None);
    assert_eq!(one.place(&[], 1), None);
    assert_eq!(other.place(&one.heads(), 1), None);
}

/// Every operation of the document that is no letter of its text is said to be none, and none of
/// them does any harm.
#[test]
fn what_is_no_letter_of_the_text_is_no_place() {
    let (mut one, ..) = two();
    let actor = DeviceId::from_bytes([1; 32]).actor(lane(), 2);
    one.set_title(actor, "Minutes", Timestamp(1)).unwrap();
    let strong = Marks {
        strong: true,
        ..Marks::default()
    };
    let mark = Edit::Mark {
        from: 2,
        to: 4,
        marks: strong,
    };
    let heads = one.heads();
    one.edit(actor, &heads, &[mark], Timestamp(2)).unwrap();
    let place = one.place(&one.heads(), 3).unwrap();
    let bytes = postcard::to_extend(&place, Vec::new()).unwrap();
    // The counter comes first, in one byte, then the actor.
    let of = |counter: u8, actor: &[u8; 16]| -> Place {
        let mut bytes = bytes.clone();
        bytes[0] = counter;
        bytes[1..17].copy_from_slice(actor);
        postcard::from_bytes(&bytes).unwrap()
    };
    let mut nonsense = 0;
    for counter in 0..60 {
        match one.boundary(&of(counter, &actor)) {
            Err(NotInText) => nonsense += 1,
            Ok(found) => assert!(found.is_some_and(|at| at <= one.length())),
        }
    }
    assert!(
        nonsense >= 7,
        "the letters of the title are not of the text"
    );
    assert_eq!(one.boundary(&of(3, &[0; 16])), one.boundary(&place));
}
