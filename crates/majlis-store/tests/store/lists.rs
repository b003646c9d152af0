//! Pages and lists.

use std::collections::BTreeSet;

use majlis_core::consultation::count::{Place, Status};
use majlis_core::document::Edit;
use majlis_core::id::{LaneClass, SlotId};
use majlis_core::space::{Command, Reply};
use majlis_store::{Store, VersionPage, VersionQuery};

use crate::replica::{Replica, Said, form, lane, page};

fn with_answers(number: u8) -> Replica {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let form = form("Well");
    amina.open_form(lane(1), form.clone());
    for slot in 0..number {
        let said = Said {
            slot: Some(SlotId::from_bytes([slot; 16])),
            option: 1 + u16::from(slot % 2),
            text: if slot % 5 == 0 {
                "بِئْرٌ قديمة"
            } else {
                ""
            },
            seal: slot % 3 == 0,
            ..Said::default()
        };
        assert!(amina.answer(lane(1), &form, &said));
    }
    amina
}

fn ask(replica: &Replica, query: &VersionQuery) -> VersionPage {
    replica
        .store
        .versions(replica.id(), lane(1), query)
        .unwrap()
}

#[test]
fn pages_hold_every_version_once_newest_first() {
    let mut amina = with_answers(50);
    assert!(amina.answer(
        lane(1),
        &form("Well"),
        &Said {
            seal: false,
            ..Said::default()
        }
    ));
    let mut places = Vec::new();
    for offset in (0..).step_by(7) {
        let page = ask(
            &amina,
            &VersionQuery {
                offset,
                limit: 7,
                ..VersionQuery::default()
            },
        );
        assert_eq!(page.total, 51);
        if page.versions.is_empty() {
            break;
        }
        assert!(page.versions.len() <= 7);
        places.extend(
            page.versions
                .iter()
                .map(|version| (version.claimed, version.place)),
        );
    }
    let unique: BTreeSet<Place> = places.iter().map(|(_, place)| *place).collect();
    assert_eq!((places.len(), unique.len()), (51, 51));
    let unsealed = places
        .iter()
        .take_while(|(_, place)| matches!(place, Place::Unsealed(_)));
    let count = unsealed.count();
    assert!(count > 0, "unsealed work comes first");
    let times: Vec<_> = places[count..]
        .iter()
        .map(|(claimed, _)| claimed.unwrap())
        .collect();
    assert!(times.is_sorted_by(|a, b| a >= b));
}

#[test]
fn answers_for_several_people_are_listed_as_they_were_entered_sealed_or_not() {
    let mut amina = with_answers(0);
    let claims = [7, 1, 9, 3];
    let slots = claims.map(|claim| amina.assisted_slot(lane(1), claim));
    for claim in claims {
        let said = Said {
            claim: Some(claim),
            seal: false,
            ..Said::default()
        };
        assert!(amina.answer(lane(1), &form("Well"), &said));
    }
    let listed = |amina: &Replica| -> Vec<SlotId> {
        let query = VersionQuery {
            limit: 9,
            ..VersionQuery::default()
        };
        let newest = ask(amina, &query).versions.into_iter();
        newest.rev().map(|version| version.slot).collect()
    };
    assert_eq!(listed(&amina), slots);
    amina.ask(Command::Seal).unwrap();
    assert_eq!(listed(&amina), slots);
}

#[test]
fn pages_are_filtered_by_channel_device_status_and_text() {
    let mut amina = with_answers(20);
    assert!(amina.answer(
        lane(1),
        &form("Well"),
        &Said {
            seal: false,
            ..Said::default()
        }
    ));
    let all = VersionQuery {
        limit: 500,
        ..VersionQuery::default()
    };
    let total = |query: &VersionQuery| ask(&amina, query).total;
    assert_eq!(total(&all), 21);
    assert_eq!(
        total(&VersionQuery {
            assisted: true,
            ..all.clone()
        }),
        20
    );
    let text = |text: &str| VersionQuery {
        text: text.into(),
        ..all.clone()
    };
    assert_eq!(total(&text("بئر")), 4);
    assert_eq!(total(&text("قديمه بئ")), 4);
    assert_eq!(total(&text("school")), 0);
    assert_eq!(total(&text("\"'*(")), 21);
    let status = |status| VersionQuery {
        status: Some(status),
        ..all.clone()
    };
    assert_eq!(total(&status(Status::Counted)), 21);
    assert_eq!(total(&status(Status::Late)), 0);
    let by = VersionQuery {
        by: Some(amina.me()),
        ..all.clone()
    };
    let mine = total(&by);
    assert_eq!(
        total(&VersionQuery {
            unsealed: true,
            ..by
        }),
        21
    );
    assert!(mine < 21, "unsealed work is in no entry of this device");
    let nobody = VersionQuery {
        by: Some(majlis_core::id::DeviceId::from_bytes([0; 32])),
        ..all
    };
    assert_eq!(total(&nobody), 0);
}

#[test]
fn documents_are_listed_with_their_writers() {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let outlines = |replica: &Replica, class| replica.store.outlines(replica.id(), class).unwrap();
    assert_eq!(outlines(&amina, LaneClass::Document), []);
    let Ok(Reply::Session(session)) = amina.ask(Command::OpenEditor(page(1))) else {
        panic!("a session");
    };
    let title = Command::SetTitle {
        lane: page(1),
        session,
        title: "محضر".into(),
    };
    amina.ask(title).unwrap();
    let row = outlines(&amina, LaneClass::Document).remove(0);
    assert_eq!((row.lane, row.title.as_str()), (page(1), "محضر"));
    assert_eq!((row.writers, row.changed.0, row.unsealed), (0, 0, true));
    amina.ask(Command::Seal).unwrap();
    let row = outlines(&amina, LaneClass::Document).remove(0);
    assert_eq!((row.writers, row.unsealed), (1, false));
    assert!(row.changed.0 > 0);
    assert_eq!(outlines(&amina, LaneClass::Process), []);
    assert_eq!(amina.store.processes(amina.id()).unwrap(), []);
}

#[test]
fn reindexing_brings_documents_back_to_what_they_say() {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let Ok(Reply::Session(session)) = amina.ask(Command::OpenEditor(page(1))) else {
        panic!("a session");
    };
    let title = Command::SetTitle {
        lane: page(1),
        session,
        title: "Minutes".into(),
    };
    amina.ask(title).unwrap();
    for word in ["harvest ", "mill "] {
        let shelf = amina.store.shelf(amina.id());
        let base = amina.space.document(page(1), &shelf).unwrap().heads();
        let marks = majlis_core::document::Marks::default();
        let edits = vec![Edit::Insert {
            at: 1,
            text: word.into(),
            marks,
        }];
        amina
            .ask(Command::Edit {
                lane: page(1),
                session,
                base,
                edits,
            })
            .unwrap();
        amina.ask(Command::Seal).unwrap();
    }
    let live = amina.store.search("mill", None, 5).unwrap();
    assert_eq!((live.len(), live[0].title.as_str()), (1, "Minutes"));
    assert_eq!(live[0].excerpt.matched, "mill");
    let heads = |replica: &mut Replica| {
        replica.reopen();
        let shelf = replica.store.shelf(replica.id());
        replica.space.document(page(1), &shelf).unwrap().heads()
    };
    let before = heads(&mut amina);
    amina.store.reindex(amina.id()).unwrap();
    assert_eq!(amina.store.search("mill", None, 5).unwrap(), live);
    assert_eq!(heads(&mut amina), before);
}
