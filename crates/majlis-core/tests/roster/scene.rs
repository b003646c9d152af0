//! A space as a pile of signed operations and works, to fold in any order.

use std::collections::BTreeMap;

use majlis_core::admission::State;
use majlis_core::chain::{ChainIndex, Fit, Item};
use majlis_core::entry::{ChainId, Header, Kind, Signed, VERSION};
use majlis_core::id::{DeviceId, EntryHash, InviteKey, LaneId, PayloadHash, RecoveryKey, SpaceId};
use majlis_core::membership::roster::{Authority, EntryPlace, Proven};
use majlis_core::membership::{Cut, Genesis, Invite, Join, Operation, Person, Rank, Roster};
use majlis_core::sign::{DeviceKey, Purpose, Signer as _};
use majlis_core::time::Timestamp;

/// The lane on which people work.
pub fn works() -> LaneId {
    LaneId::new(majlis_core::id::LaneClass::Process, [8; 16])
}

/// The key of person number `n`.
pub fn key(n: u8) -> DeviceKey {
    DeviceKey::from_secret(&[n; 32])
}

/// The device of person number `n`.
pub fn device(n: u8) -> DeviceId {
    key(n).device()
}

/// The secret of an invite, by number.
pub fn invite_key(n: u8) -> DeviceKey {
    DeviceKey::from_secret(&[200_u8.wrapping_add(n); 32])
}

/// A recovery card, by number.
pub fn card(n: u8) -> DeviceKey {
    DeviceKey::from_secret(&[100_u8.wrapping_add(n); 32])
}

/// The public half as the kind of key that is asked for.
pub fn public(key: &DeviceKey) -> [u8; 32] {
    *key.device().as_bytes()
}

/// One entry of the pile.
#[derive(Clone, Debug)]
pub struct Made {
    pub hash: EntryHash,
    pub header: Header,
    pub operation: Option<Operation>,
}

/// A pile of entries. Person 0 founds.
#[derive(Clone, Debug)]
pub struct Scene {
    pub space: SpaceId,
    pub made: Vec<Made>,
    pub genesis: EntryHash,
    tips: BTreeMap<ChainId, (u64, EntryHash)>,
    clock: u64,
}

impl Scene {
    pub fn found() -> Self {
        let genesis = Operation::Genesis(Genesis {
            name: "Tell Hamra".to_owned(),
            purpose: String::new(),
            founder_name: "Ana".to_owned(),
            founder: Person {
                device: device(0),
                recovery: None,
                salt: [0; 16],
            },
            recovery: vec![RecoveryKey::from_bytes(public(&card(0)))],
            salt: [1; 16],
        });
        let mut scene = Self {
            space: SpaceId::of_genesis(&genesis.encode()),
            made: Vec::new(),
            genesis: EntryHash::ZERO,
            tips: BTreeMap::new(),
            clock: 0,
        };
        scene.genesis = scene.sign(0, EntryHash::ZERO, genesis);
        scene
    }

    fn header(&mut self, who: u8, lane: LaneId, warrant: EntryHash, payload: &[u8]) -> Header {
        let device = device(who);
        let chain = ChainId { lane, device };
        let tip = self.tips.get(&chain).copied();
        self.clock += 1;
        Header {
            version: VERSION,
            space: self.space,
            lane,
            device,
            seq: tip.map_or(0, |(seq, _)| seq + 1),
            prev: tip.map_or(EntryHash::ZERO, |(_, hash)| hash),
            warrant,
            kind: if lane == LaneId::MEMBERSHIP {
                Kind::Membership
            } else {
                Kind::Records
            },
            claimed: Timestamp(self.clock),
            payload: PayloadHash::of(payload),
            payload_len: payload.len() as u32,
        }
    }

    fn put(&mut self, header: Header, operation: Option<Operation>) -> EntryHash {
        let hash = header.hash();
        self.tips.insert(header.chain(), (header.seq, hash));
        self.made.push(Made {
            hash,
            header,
            operation,
        });
        hash
    }

    /// The next membership entry of somebody, under a warrant.
    pub fn sign(&mut self, who: u8, warrant: EntryHash, operation: Operation) -> EntryHash {
        let header = self.header(who, LaneId::MEMBERSHIP, warrant, &operation.encode());
        self.put(header, Some(operation))
    }

    /// The next work of somebody on the common lane, under a warrant.
    pub fn work(&mut self, who: u8, warrant: EntryHash) -> EntryHash {
        let header = self.header(who, works(), warrant, &[]);
        self.put(header, None)
    }

    /// Goes back in a chain: the next entry on that lane stands beside the one after `entry`.
    pub fn go_back(&mut self, who: u8, lane: LaneId, entry: Option<EntryHash>) {
        let chain = ChainId {
            lane,
            device: device(who),
        };
        match entry.and_then(|entry| self.made.iter().find(|made| made.hash == entry)) {
            Some(made) => self.tips.insert(chain, (made.header.seq, made.hash)),
            None => self.tips.remove(&chain),
        };
    }

    /// An invite of somebody, with the secret number `secret`.
    pub fn invite(
        &mut self,
        who: u8,
        warrant: EntryHash,
        rank: Rank,
        uses: u32,
        secret: u8,
    ) -> EntryHash {
        let key = InviteKey::from_bytes(public(&invite_key(secret)));
        let invite = Invite {
            key,
            rank,
            uses,
            label: String::new(),
        };
        self.sign(who, warrant, Operation::Invite(invite))
    }

    /// Somebody joins under an invite; the join is their warrant.
    pub fn join(&mut self, who: u8, invite: EntryHash, secret: u8) -> EntryHash {
        let message = Join::message(self.space, invite, device(who));
        let proof = invite_key(secret).sign(Purpose::Join, &message);
        let join = Operation::Join(Join {
            invite,
            person: Person {
                device: device(who),
                recovery: None,
                salt: [who; 16],
            },
            name: format!("P{who}"),
            proof: proof.as_bytes().to_vec(),
        });
        self.sign(who, invite, join)
    }

    /// Somebody comes in by an invite of the founder's. Gives the warrant.
    pub fn member(&mut self, who: u8, rank: Rank) -> EntryHash {
        let invite = self.invite(0, self.genesis, rank, 1, who);
        self.join(who, invite, who)
    }

    /// Cuts that keep everything of a device up to where it is now.
    pub fn cuts(&self, who: u8) -> Vec<Cut> {
        let own = self
            .tips
            .iter()
            .filter(|(chain, _)| chain.device == device(who));
        own.map(|(chain, (seq, hash))| Cut {
            lane: chain.lane,
            seq: *seq,
            hash: *hash,
        })
        .collect()
    }

    /// The carried form of an entry, signed by somebody.
    pub fn signed(&self, who: u8, entry: EntryHash) -> Signed {
        let made = self.made.iter().find(|made| made.hash == entry).unwrap();
        made.header.clone().sign(&key(who))
    }

    /// Everything that follows from the pile, in the order in which it lies.
    pub fn fold(&self) -> Folded {
        Folded::of(self.space, &self.made)
    }
}

/// A fold of a pile.
pub struct Folded {
    pub roster: Roster,
    pub index: ChainIndex,
    headers: BTreeMap<EntryHash, Header>,
}

impl Folded {
    pub fn of(space: SpaceId, made: &[Made]) -> Self {
        let mut index = ChainIndex::default();
        let mut waiting: Vec<&Made> = made.iter().collect();
        // A predecessor comes first, whatever the order of the pile.
        loop {
            let before = waiting.len();
            waiting.retain(|made| {
                let fit = index.fit(made.hash, &made.header);
                if fit == Fit::Gap {
                    return true;
                }
                let item = Item {
                    hash: made.hash,
                    warrant: made.header.warrant,
                    kind: made.header.kind,
                    claimed: made.header.claimed,
                    state: State::Admitted,
                    authority: None,
                };
                index.insert(fit, made.header.chain(), made.header.seq, item);
                false
            });
            if waiting.len() == before {
                break;
            }
        }
        let operations = made
            .iter()
            .filter_map(|made| Some((made.hash, (made.header.clone(), made.operation.clone()?))))
            .collect();
        let roster = Roster::fold(space, &operations, &index, &mut Proven::new());
        let headers = made
            .iter()
            .map(|made| (made.hash, made.header.clone()))
            .collect();
        Self {
            roster,
            index,
            headers,
        }
    }

    pub fn rank(&self, who: u8) -> Option<Rank> {
        self.roster.rank(device(who))
    }

    pub fn state(&self, entry: EntryHash) -> State {
        self.roster.state_of(entry)
    }

    /// What the roster says of an entry.
    pub fn authority(&self, entry: EntryHash) -> Authority {
        let header = &self.headers[&entry];
        let place = EntryPlace {
            hash: entry,
            chain: header.chain(),
            seq: header.seq,
            warrant: header.warrant,
        };
        self.roster.authority(&place, &self.index)
    }

    /// Everything that the roster says, to compare.
    pub fn picture(&self) -> String {
        let members: Vec<_> = self.roster.members().collect();
        let invites: Vec<_> = self.roster.invites().collect();
        let standing: Vec<_> = self
            .headers
            .keys()
            .map(|entry| (self.roster.state_of(*entry), self.authority(*entry)))
            .collect();
        let stewards = (
            self.roster.epoch(),
            self.roster.stewards(),
            self.roster.pending(),
        );
        format!("{members:?}\n{invites:?}\n{stewards:?}\n{standing:?}")
    }
}
