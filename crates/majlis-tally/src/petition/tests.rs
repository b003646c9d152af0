//! Bands, spread, windows, committees, and what does not count.

use proptest::prelude::*;

use super::*;
use crate::canonical::Canonical;

fn preset(name: &str) -> PetitionRule {
    presets()
        .into_iter()
        .find(|rule| rule.name == name)
        .unwrap()
}

fn signature(person: usize, area: &str) -> Signature {
    Signature {
        person: format!("p{person}"),
        area: area.to_owned(),
        day: 10,
        age: None,
        withdrawn: false,
    }
}

fn region(population: u64) -> Place {
    Place {
        population: Some(population),
        areas: ["north", "south", "west"].map(str::to_owned).into(),
        ..Place::default()
    }
}

#[test]
fn bands_go_by_population() {
    let step = &preset("morocco-regional").steps[0];
    let needed = |people| step.required(&region(people)).unwrap();
    assert_eq!(
        [999_999, 1_000_000, 3_000_000, 3_000_001].map(needed),
        [300, 400, 400, 500]
    );
    let nowhere = Place::default();
    assert_eq!(
        step.required(&nowhere),
        Err(RuleError::NoPopulation("agenda".to_owned()))
    );
    let community = &preset("community").steps[0];
    let roll = |roll| {
        community
            .required(&Place {
                roll: Some(roll),
                ..Place::default()
            })
            .unwrap()
    };
    assert_eq!([9, 100, 101, 5_000].map(roll), [1, 10, 11, 30]);
}

#[test]
fn every_province_brings_its_part() {
    let rule = preset("morocco-regional");
    // 300 are needed, and 15 from each.
    let mut signed: Vec<Signature> = (0..286).map(|person| signature(person, "north")).collect();
    signed.extend((300..314).map(|person| signature(person, "south")));
    signed.extend((400..420).map(|person| signature(person, "west")));
    let standing = count(&rule, &region(900_000), &signed).unwrap();
    let step = &standing.steps[0];
    assert_eq!(
        (standing.valid, step.missing, step.reached),
        (320, 0, false)
    );
    assert_eq!((step.areas_required, step.areas_reached), (3, 2));
    assert_eq!(
        (step.areas[1].area.as_str(), step.areas[1].missing),
        ("south", 1)
    );
    signed.push(signature(999, "south"));
    assert!(count(&rule, &region(900_000), &signed).unwrap().steps[0].reached);
    let nowhere = Place {
        population: Some(5),
        ..Place::default()
    };
    assert_eq!(count(&rule, &nowhere, &signed), Err(RuleError::NoAreas));
}

#[test]
fn what_does_not_count_is_listed() {
    let rule = preset("consul");
    let place = Place {
        opened: 10,
        ..Place::default()
    };
    let with = |person, day, age, withdrawn| Signature {
        day,
        age,
        withdrawn,
        ..signature(person, "")
    };
    let signed = [
        with(1, 10, Some(16), false),
        with(1, 10, Some(16), false),
        with(1, 11, Some(16), false),
        with(2, 9, Some(30), false),
        with(3, 375, Some(30), false),
        with(4, 374, Some(15), false),
        with(5, 20, None, false),
        with(6, 20, Some(40), false),
        with(6, 25, Some(40), true),
        with(7, 374, Some(40), false),
    ];
    let standing = count(&rule, &place, &signed).unwrap();
    assert_eq!(standing.valid, 2);
    let listed: Vec<(&str, Reason)> = standing
        .discarded
        .iter()
        .map(|one| (one.person.as_str(), one.reason))
        .collect();
    assert_eq!(
        listed,
        [
            ("p1", Reason::Repeated),
            ("p2", Reason::TooEarly),
            ("p3", Reason::TooLate),
            ("p4", Reason::TooYoung),
            ("p5", Reason::TooYoung),
            ("p6", Reason::Withdrawn),
        ]
    );
    assert!(!standing.text_fixed);
}

#[test]
fn a_committee_comes_from_a_third_of_the_regions() {
    let rule = preset("morocco-legislative");
    let mut place = Place {
        areas: (0..12).map(|id| format!("r{id}")).collect(),
        ..Place::default()
    };
    let none: [Signature; 0] = [];
    for member in 0..9 {
        place
            .committee
            .insert(format!("m{member}"), format!("r{}", member % 3));
    }
    let standing = count(&rule, &place, &none).unwrap().committee.unwrap();
    assert_eq!(
        (
            standing.members,
            standing.areas,
            standing.areas_required,
            standing.complete
        ),
        (9, 3, 4, false)
    );
    place.committee.insert("m0".to_owned(), "r7".to_owned());
    assert!(
        count(&rule, &place, &none)
            .unwrap()
            .committee
            .unwrap()
            .complete
    );
    let uk = preset("uk-parliament");
    let crowd = Place {
        committee: (0..22).map(|m| (format!("m{m}"), String::new())).collect(),
        ..Place::default()
    };
    assert!(
        !count(&uk, &crowd, &none)
            .unwrap()
            .committee
            .unwrap()
            .complete
    );
}

#[test]
fn presets_read_as_they_are_written() {
    let json = serde_json::to_string(&presets()).unwrap();
    assert_eq!(
        serde_json::from_str::<Vec<PetitionRule>>(&json).unwrap(),
        presets()
    );
    let taiwan = preset("taiwan-join");
    assert_eq!(
        (
            taiwan.steps[0].required(&Place::default()),
            taiwan.steps[0].answer_days
        ),
        (Ok(5_000), Some(60))
    );
}

proptest! {
    #[test]
    fn order_and_repetition_change_no_byte(
        signed in prop::collection::vec((0_usize..9, "[nsx]", 0_i64..50, any::<bool>()), 0..30),
        turn in any::<prop::sample::Index>(),
    ) {
        let place = Place { areas: ["n", "s"].map(str::to_owned).into(), roll: Some(50), opened: 5, ..Place::default() };
        let signed: Vec<Signature> = signed.into_iter().map(|(person, area, day, back)| Signature {
            day, withdrawn: back && day % 3 == 0, ..signature(person, &area)
        }).collect();
        let rule = preset("community");
        let straight = count(&rule, &place, &signed).unwrap();
        let mut turned = signed.clone();
        if !turned.is_empty() {
            let by = turn.index(turned.len());
            turned.rotate_left(by);
        }
        turned.extend(signed.iter().take(3).cloned());
        prop_assert_eq!(straight.canonical_bytes(), count(&rule, &place, &turned).unwrap().canonical_bytes());
    }
}
