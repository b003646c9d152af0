//! Ten thousand ballots of a budget in a space on a disk: cast on paper and gathered in boxes, sealed, signed
//! by a second officer, closed, counted, counted again from entries alone.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use fastrand::Rng;
use majlis_core::consultation::activity::Voters;
use majlis_core::consultation::boxes::{BoxPlace, Boxes};
use majlis_core::consultation::outcome::Counted;
use majlis_core::consultation::outcome::explain::Why;
use majlis_core::consultation::{Answer, Form};
use majlis_core::id::{Claim, EntryHash, LaneClass, LaneId, SpaceId};
use majlis_core::membership::Rank;
use majlis_core::record::minutes::Sealed;
use majlis_core::record::{
    Assisted, AssistedMode, Minutes, MinutesSaid, Record, Response, Speaker,
};
use majlis_core::sign::DeviceKey;
use majlis_core::space::Command;
use majlis_store::Store;
use majlis_tests::device::Device;
use serde_json::json;

use crate::ballots::{ASKED, PROJECTS, form};
use crate::figure;

const BALLOTS: u64 = 10_000;
const BOXES: u16 = 20;
/// An officer hands in so many at a time.
const TOGETHER: u64 = 30;

pub(super) fn run(as_json: bool) {
    let mut rng = Rng::with_seed(9);
    let mut form = form(&mut rng);
    form.activity.voters = Voters::Boxes(Boxes {
        places: (0..BOXES)
            .map(|number| BoxPlace {
                name: format!("Box {number}"),
                keeper: String::new(),
            })
            .collect(),
        signatures: 2,
    });
    form.check().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let store = |name: &str| Store::open(&folder.path().join(name)).unwrap();
    let mut officer = Device::found(store("one.sqlite"), [7; 32]);
    let secret = [3; 32];
    let invite = officer.invite(secret, 1);
    let key = DeviceKey::from_secret(&[8; 32]);
    let space = officer.space.id();
    let mut second = Device::join_in(store("two.sqlite"), space, invite, secret, key, "Bo");
    let (mut here, mut there) = (BTreeSet::new(), BTreeSet::new());
    hand_over(&officer, &mut second, &mut here);
    hand_over(&second, &mut officer, &mut there);
    officer.does(Command::SetRank {
        device: second.space.me(),
        rank: Rank::Facilitator,
    });
    let lane = LaneId::new(LaneClass::Process, [9; 16]);
    state(&mut officer, lane, Record::Open(form.clone()), true);

    let began = Instant::now();
    for number in 0..BALLOTS {
        let seal = (number + 1) % TOGETHER == 0;
        state(&mut officer, lane, ballot(&form, &mut rng), seal);
        if (number + 1) % (BALLOTS / u64::from(BOXES)) == 0 {
            let place = u16::try_from((number + 1) * u64::from(BOXES) / BALLOTS - 1).unwrap();
            let sealed = Sealed {
                place,
                papers: 500,
                ballots: 500,
                hash: [0; 32],
                note: String::new(),
            };
            let said = MinutesSaid::Sealed(sealed);
            state(&mut officer, lane, minutes(&form, said), true);
        }
    }
    let cast = milliseconds(began);
    let began = Instant::now();
    hand_over(&officer, &mut second, &mut here);
    let took = milliseconds(began);
    let gathered = second.store.boxes(space, lane).unwrap();
    let began = Instant::now();
    for part in &gathered.parts {
        let said = MinutesSaid::Signed(part.part.id);
        state(&mut second, lane, minutes(&form, said), true);
    }
    let signed = milliseconds(began);
    let began = Instant::now();
    hand_over(&second, &mut officer, &mut there);
    let heard = milliseconds(began);
    let began = Instant::now();
    officer.does(Command::CloseProcess {
        lane,
        form: form.id(),
        note: String::new(),
    });
    let closed = milliseconds(began);
    let began = Instant::now();
    let outcome = officer.store.outcome(space, lane).unwrap().unwrap();
    let counted = milliseconds(began);
    assert_eq!(outcome.results.counted.all(), BALLOTS);
    let roster = officer.space.roster();
    let began = Instant::now();
    let person = |device| roster.person(device);
    let again = officer
        .store
        .recount(space, lane, &person)
        .unwrap()
        .unwrap();
    let recounted = milliseconds(began);
    assert_eq!(again.outcome.hash(), outcome.hash());
    let began = Instant::now();
    let boxes = officer.store.boxes(space, lane).unwrap();
    let listed = milliseconds(began);
    assert_eq!(boxes.parts.len(), usize::from(BOXES));
    let (explained, changes) = explained(&officer, space, lane);
    let bytes = size(folder.path(), "one.sqlite");
    let figures = json!({
        "case": "a vote in a space", "ballots": BALLOTS, "projects": PROJECTS + 1, "boxes": BOXES,
        "milliseconds": {
            "cast": cast, "brought_to_another_device": took, "signed_there": signed,
            "signatures_brought_back": heard, "closed": closed, "counted": counted,
            "counted_again": recounted, "boxes_listed": listed, "explained": explained,
        },
        "changes_counted_to_explain": changes,
        "bytes_on_disk_each": bytes / BALLOTS,
        "hash": blake3::Hash::from(outcome.hash()).to_hex().to_string(),
    });
    figure::print(as_json, &figures);
}

/// How long it takes to say why the first loser lost, and how many changes are counted for it.
fn explained(officer: &Device, space: SpaceId, lane: LaneId) -> (u64, u64) {
    let count = officer.store.count(space, lane).unwrap().unwrap();
    let outcome = officer.store.outcome(space, lane).unwrap().unwrap();
    let Counted::Budget(budget) = &outcome.counted else {
        unreachable!("the form is a budget");
    };
    let loser: u16 = budget.losers[0].id.parse().unwrap();
    let mut changes = 0;
    let began = Instant::now();
    let why = count.why(loser, &mut |_| {
        changes += 1;
        true
    });
    let took = milliseconds(began);
    assert!(matches!(why, Ok(Why::Budget { .. })), "{why:?}");
    (took, changes)
}

fn hand_over(from: &Device, to: &mut Device, known: &mut BTreeSet<EntryHash>) {
    from.news(known).into_iter().for_each(|run| to.take(run));
}

fn state(device: &mut Device, lane: LaneId, record: Record, seal: bool) {
    device.does(Command::Record {
        lane,
        record: Box::new(record),
        seal,
    });
}

fn minutes(form: &Form, said: MinutesSaid) -> Record {
    Record::Minutes(Minutes {
        form: form.id(),
        said,
        salt: [1; 8],
    })
}

fn ballot(form: &Form, rng: &mut Rng) -> Record {
    let mut claim = [0; Claim::LEN];
    rng.fill(&mut claim);
    let chosen = (1..=PROJECTS).filter(|_| rng.u8(..6) == 0);
    Record::Response(Response {
        form: form.id(),
        speaker: Speaker::New {
            claim: Claim::from_bytes(claim),
            assisted: Assisted {
                mode: AssistedMode::Paper,
                consent: true,
                note: String::new(),
            },
        },
        answers: vec![(
            ASKED,
            Answer::Choices(chosen.chain([PROJECTS + 1]).collect()),
        )],
    })
}

fn milliseconds(began: Instant) -> u64 {
    u64::try_from(began.elapsed().as_millis()).unwrap()
}

/// Bytes of a database and its log.
fn size(folder: &Path, name: &str) -> u64 {
    let files = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    let own = files.filter(|file| file.file_name().to_string_lossy().starts_with(name));
    own.map(|file| file.metadata().unwrap().len()).sum()
}
