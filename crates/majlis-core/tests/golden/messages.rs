//! One message of each kind, as it is written down.

use majlis_core::chain::{ArrivalCheck, Tip};
use majlis_core::document::Document;
use majlis_core::entry::ChainId;
use majlis_core::id::{InviteKey, LaneClass, LaneId};
use majlis_core::sync::message::{
    Again, Arrived, Hello, Message, NEWEST, OLDEST, Resume, Scope, ShortTip, SpaceTag, Stand,
    Stream,
};
use majlis_core::sync::names::Names;
use majlis_core::sync::presence::{Caret, Presence, Stay};

use super::{ENTRY, SPACE, blob, device, process};

pub(super) fn messages() -> Vec<(&'static str, Message)> {
    let binding = [14; 32];
    let names = Names::new(binding);
    let chain = ChainId {
        lane: process(),
        device: device(),
    };
    let (seq, hash) = (300, ENTRY);
    let tip = ShortTip {
        chain: names.chain(chain),
        seq,
        check: names.check(hash),
    };
    let wanted = names.tip(&Tip { chain, seq, hash });
    let upto = Arrived {
        count: 300,
        check: ArrivalCheck([18; 8]),
    };
    let stand = |resume| Stand {
        digest: names.digest([Tip { chain, seq, hash }].into_iter()),
        tips: 300,
        resume,
    };
    let scope = Scope::Content;
    vec![
        (
            "hello",
            Message::Hello(Hello {
                oldest: OLDEST,
                newest: NEWEST,
                tag: SpaceTag::new(SPACE, &binding),
                device: device(),
                proof: vec![15; 64].into(),
                invite: Some((InviteKey::from_bytes([9; 32]), vec![16; 64].into())),
                stand: stand(None),
            }),
        ),
        (
            "again",
            Message::Again(Again {
                oldest: OLDEST,
                newest: NEWEST,
                tag: SpaceTag::new(SPACE, &binding),
                stand: stand(Some(Resume {
                    upto,
                    since: vec![tip],
                })),
            }),
        ),
        ("tell", Message::Tell),
        (
            "have",
            Message::Have {
                scope,
                tips: vec![tip],
                last: true,
            },
        ),
        (
            "compare",
            Message::Compare {
                scope,
                body: vec![1, 2, 3].into(),
            },
        ),
        (
            "differ",
            Message::Differ {
                scope,
                tips: vec![tip],
                wants: vec![wanted],
                last: true,
            },
        ),
        (
            "offer",
            Message::Offer {
                lanes: vec![(process(), 300)],
                others: 2,
            },
        ),
        (
            "run",
            Message::Run {
                stream: Stream::Bulk,
                part: vec![1, 2, 3].into(),
                entries: 300,
                last: false,
                thank: true,
            },
        ),
        ("sent", Message::Sent(Scope::Membership)),
        ("upto", Message::Upto(upto)),
        (
            "ack",
            Message::Ack {
                parts: 300,
                entries: 70_000,
            },
        ),
        (
            "ask",
            Message::Ask {
                lane: process(),
                device: device(),
                from: 300,
            },
        ),
        ("want", Message::Want(vec![blob(150_000)])),
        ("holds", Message::Holds(vec![blob(150_000)])),
        ("kept", Message::Kept(vec![blob(150_000)])),
        ("fetch", Message::Fetch(vec![(blob(150_000), 4_096)])),
        (
            "pieces",
            Message::Pieces {
                pieces: vec![1, 2, 3].into(),
                thank: true,
            },
        ),
        (
            "media",
            Message::Media {
                pieces: vec![1, 2, 3].into(),
                thank: false,
            },
        ),
        ("got", Message::Got(vec![tip])),
    ]
}

/// A presence of each kind, the caret in a text of nothing but its first block.
pub(super) fn presences() -> Vec<(&'static str, Presence)> {
    let lane = LaneId::new(LaneClass::Document, [4; 16]);
    let text = Document::new(lane);
    let place = text.place(&text.heads(), 1).unwrap();
    let caret = Caret {
        anchor: place,
        head: place,
    };
    let told = |stay| Presence {
        lane,
        number: 300,
        stay,
    };
    vec![
        ("caret", told(Stay::Here(Some(caret)))),
        ("here", told(Stay::Here(None))),
        ("gone", told(Stay::Gone)),
    ]
}
