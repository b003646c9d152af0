//! Search: one spelling for all, and nothing that anybody can type breaks it.

use majlis_core::effect::Write;
use majlis_core::id::SpaceId;
use majlis_store::{Found, Hit, Store};

use crate::replica::{Replica, Said, form, lane, page};

const SPACE: SpaceId = SpaceId::from_bytes([5; 32]);

fn with_texts(texts: &[&str]) -> Store {
    let store = Store::in_memory().unwrap();
    for (number, text) in (0..).zip(texts) {
        let title = format!("Document {number}");
        let outline = Write::Outline {
            lane: page(number),
            title,
            text: Some((*text).to_owned()),
        };
        store.persist(SPACE, &[outline]).unwrap();
    }
    store
}

fn find(store: &Store, text: &str) -> Vec<Hit> {
    store.search(text, None, 50).unwrap()
}

#[test]
fn arabic_and_french_are_found_in_every_spelling() {
    let store = with_texts(&[
        "قرّر المَجْلِسُ حفر بئرٍ جديدة في ٢٠٢٦",
        "Réunion à l'école d'Aïn Safa, cœur du village",
        "إلى أهل القرية: المدرسة مغلقة",
    ]);
    for (asked, at, matched) in [
        ("مجلس", Some(0), "مَجْلِسُ"),
        ("بمجلس", None, ""),
        ("المجلس", Some(0), "المَجْلِسُ"),
        ("المجـلس", Some(0), "المَجْلِسُ"),
        ("بئر", Some(0), "بئرٍ"),
        ("2026", Some(0), "٢٠٢٦"),
        ("۲۰۲۶", Some(0), "٢٠٢٦"),
        ("ecole", Some(1), "école"),
        ("ÉCOL", Some(1), "écol"),
        ("coeur", Some(1), "cœur"),
        ("ain safa", Some(1), "Aïn"),
        ("الى", Some(2), "إلى"),
        ("المدرسه", Some(2), "المدرسة"),
        ("المدرسة مغلقه", Some(2), "المدرسة"),
        ("المدرسة بئر", None, ""),
    ] {
        let hits = find(&store, asked);
        assert_eq!(hits.len(), usize::from(at.is_some()), "{asked}: {hits:?}");
        if let Some(number) = at {
            assert_eq!(hits[0].lane, page(number), "{asked}");
            assert_eq!(hits[0].excerpt.matched, matched, "{asked}");
            assert_eq!(hits[0].title, format!("Document {number}"));
        }
    }
}

#[test]
fn nothing_that_can_be_typed_breaks_the_query() {
    let store = with_texts(&["a plain text NEAR the river", "or not"]);
    for asked in [
        "\"", "'", "''", "\"\"\"", "*", "a*", "^a", "(", ")", "a AND", "NOT", "OR", "NEAR(",
        "folded:a", "a:b", "{a b}", "a + b", "-a", "--", ";", "\0", "a\0b", "%", "_", "\\",
        "\u{202e}", "🕌", "",
    ] {
        let _ = find(&store, asked);
    }
    assert_eq!(find(&store, "NEAR").len(), 1);
    assert_eq!(find(&store, "or").len(), 1);
    assert_eq!(find(&store, "\"plain\" OR*").len(), 0);
    let mut random = fastrand::Rng::with_seed(3);
    for _ in 0..2_000 {
        let asked: String = (0..random.usize(..12)).map(|_| random.char(..)).collect();
        let _ = find(&store, &asked);
    }
    let long = "word ".repeat(10_000);
    assert_eq!(find(&store, &long).len(), 0);
}

#[test]
fn a_changed_text_is_found_as_it_is_now() {
    let store = with_texts(&["the old well"]);
    let outline = |text: Option<&str>| Write::Outline {
        lane: page(0),
        title: "Plan".into(),
        text: text.map(str::to_owned),
    };
    store
        .persist(SPACE, &[outline(Some("the new mill"))])
        .unwrap();
    assert_eq!(find(&store, "well").len(), 0);
    assert_eq!(find(&store, "mill").len(), 1);
    assert_eq!(find(&store, "plan").len(), 1);
    // A title alone leaves the text as it was indexed.
    store.persist(SPACE, &[outline(None)]).unwrap();
    assert_eq!(find(&store, "mill").len(), 1);
}

#[test]
fn an_answer_for_somebody_is_found_by_the_officers_note() {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let form = form("Well");
    amina.open_form(lane(1), form.clone());
    let said = Said {
        claim: Some(1),
        text: "near the school",
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &said));
    let hits = find(&amina.store, "house 7");
    assert_eq!((hits.len(), hits[0].excerpt.matched.as_str()), (1, "house"));
}

#[test]
fn only_answers_that_count_are_found() {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let form = form("Well");
    amina.open_form(lane(1), form.clone());
    assert!(amina.answer(
        lane(1),
        &form,
        &Said {
            text: "لأن الظلّ هناك",
            ..Said::default()
        }
    ));
    let hits = find(&amina.store, "الظل");
    assert_eq!(
        (hits.len(), hits[0].found, hits[0].title.as_str()),
        (1, Found::Answer, "Well")
    );
    assert_eq!(hits[0].excerpt.matched, "الظلّ");
    assert!(amina.answer(
        lane(1),
        &form,
        &Said {
            text: "near the market",
            ..Said::default()
        }
    ));
    assert_eq!(find(&amina.store, "الظل").len(), 0);
    assert_eq!(find(&amina.store, "market").len(), 1);
    let elsewhere = SpaceId::from_bytes([1; 32]);
    assert_eq!(
        amina
            .store
            .search("market", Some(elsewhere), 5)
            .unwrap()
            .len(),
        0
    );
    assert_eq!(
        amina
            .store
            .search("market", Some(amina.id()), 5)
            .unwrap()
            .len(),
        1
    );
    assert_eq!(amina.store.search("market", None, 0).unwrap().len(), 0);
}
