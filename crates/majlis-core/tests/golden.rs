//! The bytes of everything that is signed, stored or sent, as written down. A change here is a
//! change of the format: older devices would no longer understand newer ones.
//!
//! `GOLDEN=write` writes the file again; the difference belongs into a review.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::disallowed_methods,
    reason = "a test"
)]

use data_encoding::HEXLOWER;
use majlis_core::blob::{self, Blob, Photo};
use majlis_core::changes::Changes;
use majlis_core::consultation::claim::{ClaimCode, assisted_slot};
use majlis_core::consultation::count::own_slot;
use majlis_core::consultation::{Activity, Answer, Choice, Form, Question, QuestionKind, Stage};
use majlis_core::entry::{Header, Kind, VERSION};
use majlis_core::id::{
    BlobId, Claim, DeviceId, EntryHash, InviteKey, LaneClass, LaneId, PayloadHash, QuestionId,
    RecoveryKey, SlotId, SpaceId,
};
use majlis_core::membership::{
    Adopt, CloseInvite, Cut, ForkProof, Genesis, Invite, Join, Operation, Person, Rank, Remove,
    SetRank, StewardChange, Stewards,
};
use majlis_core::receipt::{self, Receipt};
use majlis_core::record::{
    Assisted, AssistedMode, Close, Counted, Known, Record, RecordId, Records, Response, Speaker,
    Withdraw,
};
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::sync::manifest::{Contents, Manifest, Media, Part, Span};
use majlis_core::sync::media::{CarriedPieces, MediaRunWriter};
use majlis_core::sync::message::encode;
use majlis_core::time::Timestamp;

#[path = "golden/boxes.rs"]
mod boxes;
#[path = "golden/claimed.rs"]
mod claimed;
#[path = "golden/details.rs"]
mod details;
#[path = "golden/least.rs"]
mod least;
#[path = "golden/messages.rs"]
mod messages;
#[path = "golden/packed.rs"]
mod packed;
#[path = "golden/sealed.rs"]
mod sealed;
#[path = "golden/second.rs"]
mod second;
#[path = "golden/secret.rs"]
mod secret;
#[path = "golden/slips.rs"]
mod slips;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/encodings.txt");
const SPACE: SpaceId = SpaceId::from_bytes([1; 32]);
const ENTRY: EntryHash = EntryHash::from_bytes([2; 32]);

fn key() -> DeviceKey {
    DeviceKey::from_secret(&[3; 32])
}

fn device() -> DeviceId {
    key().device()
}

fn process() -> LaneId {
    LaneId::new(LaneClass::Process, [4; 16])
}

fn header(kind: Kind, payload: &[u8]) -> Header {
    Header {
        version: VERSION,
        space: SPACE,
        lane: process(),
        device: device(),
        seq: 258,
        prev: ENTRY,
        warrant: EntryHash::from_bytes([5; 32]),
        kind,
        claimed: Timestamp(1_700_000_000_123),
        payload: PayloadHash::of(payload),
        payload_len: payload.len() as u32,
    }
}

fn person() -> Person {
    Person {
        device: device(),
        recovery: Some(RecoveryKey::from_bytes([6; 32])),
        salt: [7; 16],
    }
}

fn removal() -> Remove {
    let cut = Cut {
        lane: process(),
        seq: 300,
        hash: ENTRY,
    };
    Remove {
        device: device(),
        cuts: vec![cut],
        reason: "left town".to_owned(),
    }
}

fn operations() -> Vec<(&'static str, Operation)> {
    let one = header(Kind::Records, b"one").sign(&key());
    let other = header(Kind::Records, b"other").sign(&key());
    let proof = ForkProof::new(&one, &other).unwrap();
    let stewards = |change, recovery| {
        Operation::Stewards(Stewards {
            parent: ENTRY,
            change,
            recovery,
        })
    };
    let card = (RecoveryKey::from_bytes([6; 32]), vec![9; 64].into());
    vec![
        (
            "genesis",
            Operation::Genesis(Genesis {
                name: "Tell Hamra".to_owned(),
                purpose: "\u{645}\u{627}\u{621}".to_owned(),
                founder_name: "Ana".to_owned(),
                founder: person(),
                recovery: vec![RecoveryKey::from_bytes([6; 32])],
                salt: [8; 16],
            }),
        ),
        (
            "invite",
            Operation::Invite(Invite {
                key: InviteKey::from_bytes([9; 32]),
                rank: Rank::Member,
                uses: 500,
                label: "meeting".to_owned(),
            }),
        ),
        (
            "join",
            Operation::Join(Join {
                invite: ENTRY,
                person: person(),
                name: "Bo".to_owned(),
                proof: vec![10; 64],
            }),
        ),
        (
            "set-rank",
            Operation::SetRank(SetRank {
                device: device(),
                rank: Rank::Facilitator,
                after: vec![ENTRY],
            }),
        ),
        ("remove", Operation::Remove(removal())),
        ("leave", Operation::Leave),
        (
            "adopt",
            Operation::Adopt(Adopt {
                entries: vec![ENTRY],
            }),
        ),
        (
            "close-invite",
            Operation::CloseInvite(CloseInvite {
                invite: ENTRY,
                joins: vec![ENTRY],
            }),
        ),
        ("steward-add", stewards(StewardChange::Add(device()), None)),
        (
            "steward-remove",
            stewards(StewardChange::Remove(removal()), Some(card)),
        ),
        ("fork", Operation::Fork(Box::new(proof))),
        ("rename", Operation::Rename("Chidi".to_owned())),
    ]
}

fn form() -> Form {
    let choice = |id, label: &str| Choice {
        details: Default::default(),
        id,
        label: label.to_owned(),
    };
    let kinds = vec![
        QuestionKind::Text,
        QuestionKind::Number {
            min: Some(-1_500_000),
            max: None,
        },
        QuestionKind::SingleChoice(vec![choice(1, "Well"), choice(2, "School")]),
        QuestionKind::MultipleChoice {
            options: vec![choice(300, "Road")],
            most: 2,
        },
        QuestionKind::Scale {
            from: -2,
            to: 2,
            low: "no".to_owned(),
            high: "yes".to_owned(),
        },
        QuestionKind::Date,
        QuestionKind::Photo,
        QuestionKind::Sound,
    ];
    let question = |(number, kind)| Question {
        details: Default::default(),
        id: QuestionId::from_bytes([number; 8]),
        label: "What?".to_owned(),
        hint: "Say".to_owned(),
        required: number == 0,
        kind,
    };
    Form {
        details: Default::default(),
        title: "Water".to_owned(),
        description: "About water".to_owned(),
        audience: "All".to_owned(),
        stage: Stage::Decide,
        questions: (0_u8..).zip(kinds).map(question).collect(),
        activity: Activity::default(),
        sealing: None,
    }
}

fn assisted() -> Assisted {
    Assisted {
        mode: AssistedMode::Phone,
        consent: true,
        note: "house 4".to_owned(),
    }
}

const fn blob(size: u32) -> Blob {
    Blob {
        id: BlobId::from_bytes([15; 32]),
        size,
    }
}

fn records() -> Vec<(&'static str, Record)> {
    let form_id = form().id();
    let before = RecordId {
        entry: ENTRY,
        index: 300,
    };
    let id = |number| QuestionId::from_bytes([number; 8]);
    vec![
        ("open", Record::Open(form())),
        (
            "close",
            Record::Close(Close {
                form: form_id,
                counted: vec![Counted {
                    device: device(),
                    seq: 300,
                    hash: ENTRY,
                }],
                note: "done".to_owned(),
            }),
        ),
        (
            "response",
            Record::Response(Response {
                form: form_id,
                speaker: Speaker::Known(Known::Own {
                    supersedes: vec![before],
                    salt: [12; 8],
                }),
                answers: vec![
                    (id(0), Answer::Text("\u{646}\u{639}\u{645}".to_owned())),
                    (id(1), Answer::Number(-1_250_000)),
                    (id(2), Answer::Choices(vec![2])),
                    (id(4), Answer::Scale(-1)),
                    (id(5), Answer::Date(-3)),
                    (
                        id(6),
                        Answer::Photo(Photo {
                            full: blob(150_000),
                            preview: blob(4_000),
                        }),
                    ),
                    (id(7), Answer::Sound(blob(30_000))),
                ],
            }),
        ),
        (
            "response-new",
            Record::Response(Response {
                form: form_id,
                speaker: Speaker::New {
                    claim: Claim::from_bytes([14; 12]),
                    assisted: assisted(),
                },
                answers: vec![(id(3), Answer::Choices(Vec::new()))],
            }),
        ),
        (
            "withdraw",
            Record::Withdraw(Withdraw {
                form: form_id,
                speaker: Known::Assisted {
                    slot: SlotId::from_bytes([11; 16]),
                    supersedes: vec![before],
                    salt: [13; 8],
                    assisted: assisted(),
                },
            }),
        ),
    ]
}

fn receipt() -> Receipt {
    let at = |lane, seq| receipt::Position {
        lane,
        device: DeviceId::from_bytes([8; 32]),
        seq,
        hash: ENTRY,
    };
    Receipt {
        positions: vec![at(process(), 300), at(LaneId::RECEIPTS, 2)],
    }
}

fn manifest() -> Manifest {
    let span = |chain, from, to| Span {
        chain: [chain; 8],
        from,
        to,
        tip: [9; 8],
    };
    let document = LaneId::new(LaneClass::Document, [6; 16]);
    Manifest {
        space: SPACE,
        device: device(),
        name: "\u{623}\u{645}\u{64a}\u{646}\u{629}".to_owned(),
        made: Timestamp(1_700_000_000_123),
        set: [7; 16],
        part: 1,
        before: [8; 32],
        contents: Contents {
            members: 2,
            answers: [(process(), 212)].into(),
            documents: [document].into(),
            media: Media {
                previews: 3,
                sounds: 1,
                photos: 2,
                bytes: 300_000,
            },
        },
        parts: vec![
            Part {
                entries: 301,
                bytes: 40_000,
                spans: vec![span(1, 0, 0), span(2, 0, 299)],
                blobs: vec![[4; 8], [5; 8]],
            },
            Part {
                entries: 4,
                bytes: 1_000,
                spans: vec![span(2, 300, 302), span(3, 0, 0)],
                blobs: Vec::new(),
            },
        ],
    }
}

fn encodings() -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut add = |name: String, bytes: Vec<u8>| all.push((name, bytes));
    let entry = header(Kind::Records, b"one");
    add("entry header".to_owned(), entry.to_bytes());
    add("entry hash".to_owned(), entry.hash().as_bytes().to_vec());
    add("entry signed".to_owned(), entry.sign(&key()).to_bytes());
    for kind in [
        Kind::Records,
        Kind::Changes,
        Kind::Membership,
        Kind::Checkpoint,
        Kind::Receipt,
    ] {
        add(format!("kind {kind:?}"), vec![kind.to_byte()]);
    }
    for (name, operation) in operations() {
        let bytes = operation.encode();
        assert_eq!(Operation::decode(&bytes).as_ref(), Ok(&operation));
        if let Operation::Stewards(stewards) = &operation {
            add(
                format!("epoch {name}"),
                stewards.epoch().as_bytes().to_vec(),
            );
        }
        add(format!("operation {name}"), bytes);
    }
    let founding = operations().remove(0).1.encode();
    add(
        "space id".to_owned(),
        SpaceId::of_genesis(&founding).as_bytes().to_vec(),
    );
    add("person id".to_owned(), person().id().as_bytes().to_vec());
    add("form id".to_owned(), form().id().as_bytes().to_vec());
    let code = ClaimCode::new([0x9d, 0x27, 0xe1, 0x44, 0x08, 0x6b, 0x31, 0xf2]);
    let earlier = code.holder(process()).earlier();
    add("claim code".to_owned(), code.to_string().into_bytes());
    add("claim".to_owned(), earlier.as_bytes().to_vec());
    let slot = assisted_slot(process(), device(), earlier);
    add("assisted slot".to_owned(), slot.as_bytes().to_vec());
    let slot = own_slot(process(), person().id());
    add("own slot".to_owned(), slot.as_bytes().to_vec());
    add("actor".to_owned(), device().actor(process(), 3).to_vec());
    for (name, record) in records() {
        let batch = Records {
            records: vec![record],
        };
        assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
        add(format!("record {name}"), batch.encode());
    }
    // All of them twice: tables, columns, and an order of records that is not that of their kinds.
    let records = records().into_iter().map(|(_, record)| record);
    let batch = Records {
        records: records.clone().chain(records.rev()).collect(),
    };
    assert_eq!(Records::decode(&batch.encode()).as_ref(), Ok(&batch));
    add("records".to_owned(), batch.encode());
    second::add_to(&mut add);
    details::add_to(&mut add);
    claimed::add_to(&mut add);
    sealed::add_to(&mut add);
    secret::add_to(&mut add);
    slips::add_to(&mut add);
    least::add_to(&mut add);
    boxes::add_to(&mut add);
    let changes = Changes {
        session: 300,
        changes: vec![vec![1, 2].into(), vec![3].into()],
    };
    assert_eq!(Changes::decode(&changes.encode()).as_ref(), Ok(&changes));
    add("changes".to_owned(), changes.encode());
    let receipt = receipt();
    let read = Receipt::decode(device(), &receipt.encode());
    assert_eq!(read.as_ref(), Ok(&receipt));
    add("receipt".to_owned(), receipt.encode());
    for lane in [
        LaneId::MEMBERSHIP,
        LaneId::RECEIPTS,
        LaneId::CHECKPOINTS,
        LaneId::REQUESTS,
    ] {
        add(format!("lane {:?}", lane.class()), lane.as_bytes().to_vec());
    }
    let manifest = manifest();
    let sealed = manifest.seal(&key());
    assert_eq!(Manifest::open(&sealed).as_ref(), Ok(&manifest));
    add("manifest".to_owned(), sealed);
    let bytes = [3; 5_000];
    let blob = Blob::of(&bytes).unwrap();
    let mut pieces = MediaRunWriter::default();
    for lot in CarriedPieces::of(blob::Part::Photo, blob, &bytes) {
        pieces.push(lot);
    }
    add("pieces".to_owned(), pieces.take());
    for (name, message) in messages::messages() {
        add(format!("frame {name}"), encode(300, &message));
    }
    for (name, presence) in messages::presences() {
        add(format!("presence {name}"), presence.encode());
    }
    all
}

#[test]
fn every_encoding_is_the_one_written_down() {
    let lines = encodings()
        .into_iter()
        .map(|(name, bytes)| format!("{name}: {}\n", HEXLOWER.encode(&bytes)));
    let text: String = lines.collect();
    if std::env::var("GOLDEN").is_ok_and(|value| value == "write") {
        std::fs::write(FILE, &text).unwrap();
    }
    let expected = std::fs::read_to_string(FILE).unwrap();
    for (line, written) in text.lines().zip(expected.lines()) {
        assert_eq!(line, written);
    }
    assert_eq!(text.lines().count(), expected.lines().count());
}
