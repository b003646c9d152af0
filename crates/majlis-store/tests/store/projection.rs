//! Projections: what counts, as the store says it; and live ones equal to those made again,
//! whatever happened in whatever order.

use majlis_core::consultation::count::Status;
use majlis_core::consultation::tally::Split;
use majlis_core::effect::Write;
use majlis_core::id::{SlotId, SpaceId};
use majlis_core::membership::Rank;
use majlis_core::space::Command;
use majlis_core::sync::wire::Carried;
use majlis_store::Store;

use crate::replica::{Replica, Said, form, lane};

fn split(own: u64, assisted: u64) -> Split {
    Split { own, assisted }
}

fn counted(replica: &Replica) -> Split {
    replica
        .store
        .results(replica.id(), lane(1))
        .unwrap()
        .map(|results| results.counted)
        .unwrap()
}

fn statuses(replica: &Replica, slot: SlotId) -> Vec<Status> {
    let voice = replica.store.voice(replica.id(), lane(1), slot).unwrap();
    voice
        .versions
        .iter()
        .map(|version| version.status)
        .collect()
}

/// The live projection, checked against one made from nothing.
fn digest(replica: &Replica) -> [u8; 32] {
    let live = replica.store.projection_digest(replica.id()).unwrap();
    assert_eq!(live, replica.store.rebuilt_digest(replica.id()).unwrap());
    live
}

#[test]
fn a_voice_is_corrected_withdrawn_and_late() {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let (form, space) = (form("Well"), amina.id());
    let slot = amina.slot(lane(1));
    let before = Said {
        text: "shade",
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &before));
    assert_eq!(statuses(&amina, slot), [Status::WaitingForForm]);
    amina.open_form(lane(1), form.clone());
    assert_eq!(counted(&amina), split(1, 0));
    // Not sealed yet, and shown at once.
    let draft = Said {
        option: 2,
        text: "no, the market",
        seal: false,
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &draft));
    assert_eq!(
        statuses(&amina, slot),
        [Status::Superseded, Status::Counted]
    );
    digest(&amina);
    amina.ask(Command::Seal).unwrap();
    assert_eq!(
        statuses(&amina, slot),
        [Status::Superseded, Status::Counted]
    );
    let texts = |replica: &Replica| {
        let texts = replica
            .store
            .texts(space, lane(1), crate::replica::TEXT, 10)
            .unwrap();
        texts.into_iter().map(|row| row.text).collect::<Vec<_>>()
    };
    assert_eq!(texts(&amina), ["no, the market"]);

    let (one, other) = (SlotId::from_bytes([41; 16]), SlotId::from_bytes([42; 16]));
    for slot in [one, other] {
        let said = Said {
            slot: Some(slot),
            assisted: true,
            ..Said::default()
        };
        assert!(amina.answer(lane(1), &form, &said));
    }
    assert_eq!(counted(&amina), split(1, 2));
    let back = Said {
        slot: Some(one),
        assisted: true,
        ..Said::default()
    };
    assert!(amina.withdraw(lane(1), &form, &back));
    assert_eq!(
        statuses(&amina, one),
        [Status::Withdrawn, Status::Withdrawal]
    );
    let theirs = Said {
        slot: Some(other),
        text: "mine now",
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &theirs));
    assert_eq!(
        statuses(&amina, other),
        [Status::Counted, Status::NotTheirs]
    );
    assert_eq!(counted(&amina), split(1, 1));

    let close = Command::CloseProcess {
        lane: lane(1),
        form: form.id(),
        note: "done".into(),
    };
    amina.ask(close).unwrap();
    let hash = amina.store.results(space, lane(1)).unwrap().unwrap().hash();
    let late = Said {
        text: "too late",
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &late));
    assert_eq!(statuses(&amina, slot)[2], Status::Late);
    assert_eq!(
        amina.store.results(space, lane(1)).unwrap().unwrap().hash(),
        hash
    );
    assert_eq!(texts(&amina), ["no, the market"]);

    let process = amina.store.process(space, lane(1)).unwrap().unwrap();
    assert!(process.is_closed() && process.closings[0].2.note == "done");
    assert_eq!(
        (process.title.as_str(), process.counted),
        ("Well", split(1, 1))
    );
    let counts = amina.store.status_counts(space, lane(1)).unwrap();
    let of = |status| counts.of(status);
    assert_eq!(of(Status::Counted), split(1, 1));
    assert_eq!(of(Status::Superseded), split(1, 0));
    assert_eq!(
        (of(Status::Withdrawn), of(Status::Withdrawal)),
        (split(0, 1), split(0, 1))
    );
    assert_eq!(
        (of(Status::Late), of(Status::NotTheirs)),
        (split(1, 0), split(1, 0))
    );
    digest(&amina);
}

#[test]
fn work_beyond_a_removal_stops_counting_and_counts_again_when_adopted() {
    let form = form("Well");
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let invite = amina.invite(Rank::Facilitator);
    amina.open_form(lane(1), form.clone());
    let mut others: Vec<Replica> = (2..4)
        .map(|seed| Replica::join(Store::in_memory().unwrap(), seed, amina.id(), invite))
        .collect();
    for other in &mut others {
        other.take(&amina.entries());
        amina.take(&other.entries());
    }
    let (mut bilal, mut carol) = (others.remove(0), others.remove(0));
    let answer = |replica: &mut Replica, slot: u8| {
        let slot = Some(SlotId::from_bytes([slot; 16]));
        let said = Said {
            slot,
            assisted: true,
            text: "shade",
            ..Said::default()
        };
        assert!(replica.answer(lane(1), &form, &said));
    };
    answer(&mut bilal, 1);
    amina.take(&bilal.entries());
    answer(&mut bilal, 2);
    carol.take(&bilal.entries());
    assert_eq!(counted(&carol), split(0, 2));
    assert_eq!(carol.store.search("shade", None, 9).unwrap().len(), 2);

    let remove = Command::Remove {
        device: bilal.me(),
        reason: "gone".into(),
    };
    amina.ask(remove).unwrap();
    carol.take(&amina.entries());
    assert_eq!(counted(&carol), split(0, 1));
    assert_eq!(carol.store.search("shade", None, 9).unwrap().len(), 1);
    assert_eq!(statuses(&carol, SlotId::from_bytes([2; 16])), []);
    let aside = carol.store.set_aside(carol.id(), 0, 9).unwrap();
    assert_eq!((aside.len(), aside[0].device), (1, bilal.me()));
    digest(&carol);

    carol.ask(Command::Adopt(vec![aside[0].entry])).unwrap();
    assert_eq!(counted(&carol), split(0, 2));
    assert_eq!(carol.store.search("shade", None, 9).unwrap().len(), 2);
    amina.take(&carol.entries());
    assert_eq!(digest(&amina), digest(&carol));
}

#[test]
fn whose_voice_it_is_follows_the_person_behind_a_device() {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let form = form("Well");
    amina.open_form(lane(1), form.clone());
    assert!(amina.answer(lane(1), &form, &Said::default()));
    let row = amina.store.members(amina.id()).unwrap().remove(0);
    let other = majlis_core::id::PersonId::from_bytes([8; 32]);
    for (person, own) in [(other, 0), (row.person, 1)] {
        let row = majlis_core::effect::MemberRow {
            person,
            ..row.clone()
        };
        amina
            .store
            .persist(amina.id(), &[Write::Member(row)])
            .unwrap();
        assert_eq!(counted(&amina), split(own, 0));
    }
}

#[test]
fn unsealed_work_is_in_no_digest() {
    let mut amina = Replica::found(Store::in_memory().unwrap(), 1);
    let form = form("Well");
    amina.open_form(lane(1), form.clone());
    assert!(amina.answer(lane(1), &form, &Said::default()));
    let sealed = digest(&amina);
    let more = Said {
        seal: false,
        option: 2,
        ..Said::default()
    };
    assert!(amina.answer(lane(1), &form, &more));
    let officer = Said {
        slot: Some(SlotId::from_bytes([4; 16])),
        assisted: true,
        ..more
    };
    assert!(amina.answer(lane(1), &form, &officer));
    assert_eq!(counted(&amina), split(1, 1));
    assert_eq!(digest(&amina), sealed);
    amina.ask(Command::Seal).unwrap();
    assert_ne!(digest(&amina), sealed);
}

#[test]
fn reindexing_repairs_a_damaged_projection() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("majlis.sqlite");
    let mut amina = Replica::found(Store::open(&path).unwrap(), 1);
    let form = form("Well");
    amina.open_form(lane(1), form.clone());
    assert!(amina.answer(
        lane(1),
        &form,
        &Said {
            text: "shade",
            ..Said::default()
        }
    ));
    let (live, results) = (
        digest(&amina),
        amina.store.results(amina.id(), lane(1)).unwrap(),
    );
    let connection = rusqlite::Connection::open(&path).unwrap();
    for damage in [
        "UPDATE versions SET status = 2",
        "DELETE FROM versions",
        "UPDATE openings SET in_force = 0",
        "DELETE FROM members",
    ] {
        connection.execute(damage, []).unwrap();
        let damaged = amina.store.projection_digest(amina.id()).unwrap();
        assert_ne!(damaged, live, "{damage}");
        assert_eq!(
            amina.store.rebuilt_digest(amina.id()).unwrap(),
            live,
            "{damage}"
        );
        assert_eq!(
            amina.store.projection_digest(amina.id()).unwrap(),
            damaged,
            "{damage}"
        );
        amina.store.reindex(amina.id()).unwrap();
        assert_eq!(
            amina.store.projection_digest(amina.id()).unwrap(),
            live,
            "{damage}"
        );
        assert_eq!(
            amina.store.results(amina.id(), lane(1)).unwrap(),
            results,
            "{damage}"
        );
        assert_eq!(
            amina.store.search("shade", None, 5).unwrap().len(),
            1,
            "{damage}"
        );
    }
}

/// Random deeds on four devices with runs of entries carried between them in random pieces and
/// order; every live projection is what it would be if made again, and in the end all are one.
///
/// Gives how many entries of records were set aside, and how many answers count in the end.
fn story(seed: u64) -> (usize, u64) {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut founder = Replica::found(Store::in_memory().unwrap(), 1);
    let ranks = [Rank::Facilitator, Rank::Member, Rank::Facilitator];
    let invites: Vec<_> = ranks.iter().map(|rank| founder.invite(*rank)).collect();
    let space = founder.id();
    let mut all = vec![founder];
    for (seed, invite) in (2..).zip(invites) {
        all.push(Replica::join(
            Store::in_memory().unwrap(),
            seed,
            space,
            invite,
        ));
    }
    let forms = [form("Well"), form("School")];
    all[0].open_form(lane(1), forms[0].clone());
    if random.u8(..4) > 0 {
        for at in 1..all.len() {
            let entries = all[0].entries();
            all[at].take(&entries);
            let entries = all[at].entries();
            all[0].take(&entries);
        }
    }
    for turn in 0..50 {
        // The founder acts more often than others: who rules changes what counts.
        let at = random.usize(..all.len() + 2).saturating_sub(2);
        deed(&mut all, at, &forms, &mut random);
        if random.u8(..3) == 0 {
            let entries = all[random.usize(..all.len())].entries();
            let part = pieces(entries, &mut random);
            let to = random.usize(..all.len());
            all[to].take(&part);
        }
        if random.u8(..12) == 0 {
            all[at].reopen();
        }
        if turn % 8 == 7 {
            digest(&all[at]);
        }
    }
    for replica in &mut all {
        replica.ask(Command::Seal).unwrap();
    }
    // Two rounds: what a fork's proof or a late join adds in the first travels in the second.
    for _ in 0..2 {
        for from in 0..all.len() {
            let entries = all[from].entries();
            for to in &mut all {
                to.take(&entries);
            }
        }
    }
    let digests: Vec<_> = all.iter().map(digest).collect();
    let entries: Vec<_> = all
        .iter()
        .map(|replica| replica.space.entries_digest())
        .collect();
    assert!(
        entries.windows(2).all(|pair| pair[0] == pair[1]),
        "seed {seed}: entries differ"
    );
    assert!(
        digests.windows(2).all(|pair| pair[0] == pair[1]),
        "seed {seed}: projections differ"
    );
    for number in 1..=2 {
        let results: Vec<_> = all
            .iter()
            // Who was removed cannot seal any more, and sees what they wrote last alone.
            .filter(|replica| replica.space.unsealed() == 0)
            .map(|replica| replica.store.results(space, lane(number)).unwrap())
            .collect();
        assert!(
            results.windows(2).all(|pair| pair[0] == pair[1]),
            "seed {seed}: results differ"
        );
    }
    let one = &all[random.usize(..all.len())];
    whole(one, space);
    let aside = one.store.set_aside(space, 0, 10_000).unwrap();
    let aside = aside
        .iter()
        .filter(|row| row.kind == majlis_core::entry::Kind::Records)
        .count();
    (
        aside,
        one.store
            .processes(space)
            .unwrap()
            .iter()
            .map(|row| row.counted.all())
            .sum(),
    )
}

/// Entries in pieces and out of order, with repeats.
fn pieces(mut entries: Vec<Carried>, random: &mut fastrand::Rng) -> Vec<Carried> {
    match random.u8(..3) {
        0 => random.shuffle(&mut entries),
        1 => entries.truncate(random.usize(..=entries.len())),
        _ => entries.extend(entries.clone().into_iter().rev().take(3)),
    }
    entries
}

fn deed(
    all: &mut [Replica],
    at: usize,
    forms: &[majlis_core::consultation::Form; 2],
    random: &mut fastrand::Rng,
) {
    let number = random.u8(1..=2);
    let form = &forms[usize::from(number - 1)];
    let slot = SlotId::from_bytes([random.u8(..4); 16]);
    let assisted = random.bool();
    let said = Said {
        // Sometimes a voice that is nobody's, or not the author's.
        slot: (assisted || random.u8(..6) == 0).then_some(slot),
        assisted,
        option: random.u16(1..=3),
        text: if random.bool() { "shade" } else { "" },
        seal: random.bool(),
        supersedes: &[],
    };
    let ids: Vec<_> = all.iter().map(Replica::me).collect();
    let replica = &mut all[at];
    let id = replica.id();
    if replica.space.roster().person(replica.me()).is_none() {
        return;
    }
    let slot = said.slot.unwrap_or_else(|| replica.slot(lane(number)));
    let voice = replica.store.voice(id, lane(number), slot).unwrap();
    let held: Vec<_> = voice
        .counted()
        .into_iter()
        .filter_map(|version| match version.place {
            majlis_core::consultation::count::Place::Sealed { id, .. } => Some(id),
            majlis_core::consultation::count::Place::Unsealed(_) => None,
        })
        .collect();
    let said = Said {
        supersedes: &held,
        ..said
    };
    match random.u8(..24) {
        0..=13 => drop(replica.answer(lane(number), form, &said)),
        14..=16 => drop(replica.withdraw(lane(number), form, &said)),
        17 | 18 => {
            let record = Box::new(majlis_core::record::Record::Open(form.clone()));
            drop(replica.ask(Command::Record {
                lane: lane(number),
                record,
                seal: true,
            }));
        }
        19 => {
            let note = String::new();
            let close = Command::CloseProcess {
                lane: lane(number),
                form: form.id(),
                note,
            };
            drop(replica.ask(close));
        }
        // One that holds less than others removes: work beyond its cuts stops counting elsewhere.
        20 => {
            let (device, reason) = (ids[random.usize(..ids.len())], "test".into());
            drop(replica.ask(Command::Remove { device, reason }));
        }
        21 => {
            let device = ids[random.usize(..ids.len())];
            let rank = if random.bool() {
                Rank::Member
            } else {
                Rank::Facilitator
            };
            drop(replica.ask(Command::SetRank { device, rank }));
        }
        22 => {
            let aside = replica.store.set_aside(id, 0, 100).unwrap();
            let entries: Vec<_> = aside
                .into_iter()
                .filter(|row| matches!(row.state, majlis_core::admission::State::Quarantined(_)))
                .map(|row| row.entry)
                .take(2)
                .collect();
            if !entries.is_empty() {
                drop(replica.ask(Command::Adopt(entries)));
            }
        }
        _ => drop(replica.ask(Command::Seal)),
    }
}

/// Pages, counts and lists of one replica say the same as each other.
fn whole(replica: &Replica, space: SpaceId) {
    let figures = replica.store.figures(space).unwrap();
    assert_eq!(figures.entries, replica.entries().len() as u64);
    let aside = replica.store.set_aside(space, 0, 10_000).unwrap();
    assert_eq!(figures.not_counting, aside.len() as u64);
    let roster: Vec<_> = replica.space.roster().members().collect();
    let mut members = replica.store.members(space).unwrap();
    members.sort_by_key(|row| roster.iter().position(|other| other.device == row.device));
    assert_eq!(members, roster);
    for row in replica.store.processes(space).unwrap() {
        let counts = replica.store.status_counts(space, row.lane).unwrap();
        assert_eq!(counts.of(Status::Counted), row.counted);
    }
}

#[test]
fn live_projections_are_what_they_would_be_if_made_again() {
    let seeds = match std::env::var("SEED") {
        Ok(seed) => {
            let seed = seed.parse().unwrap();
            seed..seed + 1
        }
        Err(_) => 0..30,
    };
    let one = seeds.end - seeds.start == 1;
    let (mut aside, mut counted) = (0, 0);
    for seed in seeds {
        println!("seed {seed}");
        let (set_aside, in_force) = story(seed);
        aside += set_aside;
        counted += in_force;
    }
    println!("{aside} entries set aside, {counted} answers count");
    assert!(
        one || (aside > 20 && counted > 20),
        "the stories are about what counts"
    );
}
