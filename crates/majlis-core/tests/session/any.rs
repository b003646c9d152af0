//! Any message, tip or entry: random in everything that may vary.

use fastrand::Rng;
use majlis_core::chain::ArrivalCheck;
use majlis_core::entry::{Header, Kind};
use majlis_core::id::{EntryHash, InviteKey, LaneClass, LaneId, PayloadHash};
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::sync::message::{
    Again, Arrived, Hello, MAX_PART, MAX_TIPS, Message, Resume, Scope, ShortTip, SpaceTag, Stand,
    Stream,
};
use majlis_core::sync::names::{ChainName, Check, TipName, TipsDigest};
use majlis_core::sync::wire::Carried;
use majlis_core::time::Timestamp;

use super::SPACE;

pub(crate) fn bytes<const N: usize>(rng: &mut Rng) -> [u8; N] {
    let mut out = [0; N];
    rng.fill(&mut out);
    out
}

pub(crate) fn noise(rng: &mut Rng, most: usize) -> Vec<u8> {
    let mut out = vec![0; rng.usize(0..=most)];
    rng.fill(&mut out);
    out
}

pub(crate) fn lane(rng: &mut Rng) -> LaneId {
    match rng.u8(0..4) {
        0 => LaneId::MEMBERSHIP,
        1 => LaneId::new(LaneClass::Process, bytes(rng)),
        2 => LaneId::new(LaneClass::Document, bytes(rng)),
        _ => LaneId::from_bytes(bytes(rng)),
    }
}

pub(crate) fn carried(rng: &mut Rng) -> Carried {
    let payload = noise(rng, 300);
    let key = DeviceKey::from_secret(&[rng.u8(0..3); 32]);
    let header = Header {
        version: rng.u8(..),
        space: SPACE,
        lane: lane(rng),
        device: key.device(),
        seq: rng.u64(..),
        prev: EntryHash::from_bytes(bytes(rng)),
        warrant: EntryHash::from_bytes(bytes(rng)),
        kind: Kind::from_byte(rng.u8(..)),
        claimed: Timestamp(rng.u64(..)),
        payload: PayloadHash::of(&payload),
        payload_len: payload.len() as u32,
    };
    Carried {
        signed: header.sign(&key),
        payload: Some(payload),
    }
}

pub(crate) fn tips(rng: &mut Rng) -> Vec<ShortTip> {
    (0..rng.usize(0..=MAX_TIPS))
        .map(|_| ShortTip {
            chain: ChainName(bytes(rng)),
            seq: rng.u64(..),
            check: Check(bytes(rng)),
        })
        .collect()
}

pub(crate) fn arrived(rng: &mut Rng) -> Arrived {
    Arrived {
        count: rng.u64(..),
        check: ArrivalCheck(bytes(rng)),
    }
}

pub(crate) fn stand(rng: &mut Rng) -> Stand {
    Stand {
        digest: TipsDigest(bytes(rng)),
        tips: rng.u64(..),
        resume: rng.bool().then(|| Resume {
            upto: arrived(rng),
            since: tips(rng),
        }),
    }
}

pub(crate) fn message(rng: &mut Rng) -> Message {
    let scope = if rng.bool() {
        Scope::Membership
    } else {
        Scope::Content
    };
    let stream = if rng.bool() {
        Stream::First
    } else {
        Stream::Bulk
    };
    match rng.u8(0..12) {
        0 => Message::Hello(Hello {
            oldest: rng.u16(..),
            newest: rng.u16(..),
            tag: SpaceTag::new(SPACE, &bytes(rng)),
            device: DeviceKey::from_secret(&bytes(rng)).device(),
            proof: noise(rng, 80).into(),
            invite: rng
                .bool()
                .then(|| (InviteKey::from_bytes(bytes(rng)), noise(rng, 80).into())),
            stand: stand(rng),
        }),
        1 => Message::Have {
            scope,
            tips: tips(rng),
            last: rng.bool(),
        },
        2 => Message::Run {
            stream,
            part: noise(rng, MAX_PART).into(),
            entries: rng.u32(..),
            last: rng.bool(),
            thank: rng.bool(),
        },
        3 => Message::Sent(scope),
        4 => Message::Ack {
            parts: rng.u64(..),
            entries: rng.u64(..),
        },
        5 => Message::Again(Again {
            oldest: rng.u16(..),
            newest: rng.u16(..),
            tag: SpaceTag::new(SPACE, &bytes(rng)),
            stand: stand(rng),
        }),
        6 => Message::Tell,
        7 => Message::Compare {
            scope,
            body: noise(rng, 32 * 1024).into(),
        },
        8 => Message::Differ {
            scope,
            tips: Vec::new(),
            wants: (0..rng.usize(0..=MAX_TIPS))
                .map(|_| TipName(bytes(rng)))
                .collect(),
            last: rng.bool(),
        },
        9 => Message::Offer {
            lanes: vec![(lane(rng), rng.u64(..))],
            others: rng.u64(..),
        },
        10 => Message::Upto(arrived(rng)),
        _ => Message::Ask {
            lane: lane(rng),
            device: DeviceKey::from_secret(&[2; 32]).device(),
            from: rng.u64(..),
        },
    }
}
