//! The device that cheats: it signs what no honest program signs, in the name of its own key and
//! of others', backdated, forked, malformed and out of place.

use majlis_core::changes::Changes;
use majlis_core::entry::{ChainId, Header, Kind, Signed, VERSION};
use majlis_core::id::{DeviceId, EntryHash, LaneClass, LaneId, PayloadHash};
use majlis_core::membership::{
    Adopt, CloseInvite, Cut, ForkProof, Invite, Join, Operation, Person, Rank, Remove, SetRank,
    StewardChange, Stewards,
};
use majlis_core::record::{Close, Known, Record, Records, Withdraw};
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::{DeviceKey, Purpose, Signer as _};
use majlis_core::space::{Input, invite_key};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;

use super::acts::strange_form;
use super::check::choose;
use super::resident::Fate;
use super::{Town, bytes};

impl Town {
    /// The device that cheats does so.
    pub(super) fn cheat(&mut self, who: usize) {
        let victim = self.rng.usize(0..self.residents.len());
        if self.rng.u32(0..3) == 0 {
            self.talk_nonsense(who, victim);
            return;
        }
        let count = self.rng.usize(1..4);
        let entries: Vec<Carried> = (0..count).map(|_| self.crafted(who)).collect();
        let mut run = RunWriter::default();
        for entry in &entries {
            let header = entry.signed.unchecked();
            let line = format!(
                "Zed crafts {:?} at {} on {:?}: {:?}",
                header.hash(),
                header.seq,
                header.lane,
                entry
                    .payload
                    .as_deref()
                    .map(|bytes| Operation::decode(bytes).map(|it| brief(&it))),
            );
            self.say(line);
            run.push(entry);
        }
        let fate = Fate::Lives;
        self.drive_to(victim, Input::Carried { run: run.take() }, fate);
    }

    pub(super) fn pick_entry(&mut self, who: usize) -> EntryHash {
        let index = self.residents[who].space.index();
        let all: Vec<EntryHash> = index.items().map(|(_, item)| item.hash).collect();
        let random = EntryHash::from_bytes(bytes(&mut self.rng));
        choose(&mut self.rng, &all).copied().unwrap_or(random)
    }

    pub(super) fn pick_device(&mut self) -> DeviceId {
        let at = self.rng.usize(0..self.residents.len());
        self.residents[at].device()
    }

    fn pick_cuts(&mut self, device: DeviceId) -> Vec<Cut> {
        let mut cuts = Vec::new();
        for at in 0..self.residents.len() {
            for (place, item) in self.residents[at].space.index().items() {
                if place.chain.device == device && self.rng.u32(0..6) == 0 {
                    let seq = if self.rng.u32(0..9) == 0 {
                        self.rng.u64(..)
                    } else {
                        place.seq
                    };
                    cuts.push(Cut {
                        lane: place.chain.lane,
                        seq,
                        hash: item.hash,
                    });
                }
            }
        }
        cuts.truncate(20);
        cuts
    }

    pub(super) fn crafted(&mut self, who: usize) -> Carried {
        let me = self.residents[who].device();
        let lane = match self.rng.u32(0..8) {
            0..4 => LaneId::MEMBERSHIP,
            4..7 => {
                let lanes = self.lanes();
                lanes[self.rng.usize(0..lanes.len())]
            }
            _ => LaneId::new(LaneClass::Unknown(self.rng.u8(3..)), [3; 16]),
        };
        let (kind, payload) = if lane == LaneId::MEMBERSHIP {
            (Kind::Membership, self.operation(who))
        } else if self.rng.bool() {
            (Kind::Records, self.records())
        } else {
            (Kind::Changes, self.changes(who))
        };
        let kind = if self.rng.u32(0..12) == 0 {
            Kind::from_byte(self.rng.u8(..))
        } else {
            kind
        };
        let device = if self.rng.u32(0..10) == 0 {
            self.pick_device()
        } else {
            me
        };
        let chain = ChainId { lane, device: me };
        let index = self.residents[who].space.index();
        let own: Vec<_> = index
            .items_of(chain)
            .map(|(place, item)| (place, *item))
            .collect();
        let (seq, prev) = match choose(&mut self.rng, &own) {
            _ if self.rng.u32(0..4) > 0 => index.next(chain),
            Some((place, item)) => (place.seq + 1, item.hash),
            None if self.rng.bool() => (0, EntryHash::ZERO),
            None => (self.rng.u64(..), EntryHash::from_bytes([9; 32])),
        };
        let warrant = match self.rng.u32(0..5) {
            0 => self.pick_entry(who),
            _ => {
                let roster = self.residents[who].space.roster();
                let first = index_first(
                    self,
                    who,
                    ChainId {
                        lane: LaneId::MEMBERSHIP,
                        device: me,
                    },
                );
                roster.warrant(me).or(first).unwrap_or(EntryHash::ZERO)
            }
        };
        let header = Header {
            version: if self.rng.u32(0..12) == 0 {
                self.rng.u8(..)
            } else {
                VERSION
            },
            space: self.space,
            lane,
            device,
            seq,
            prev,
            warrant,
            kind,
            claimed: Timestamp(self.rng.u64(..)),
            payload: PayloadHash::of(&payload),
            payload_len: payload.len() as u32,
        };
        let signed = header.sign(self.residents[who].key());
        Carried {
            signed,
            payload: Some(payload),
        }
    }

    fn operation(&mut self, who: usize) -> Vec<u8> {
        let device = self.pick_device();
        let entry = self.pick_entry(who);
        let operation = match self.rng.u32(0..14) {
            0 => Operation::Invite(Invite {
                key: invite_key(&[5; 32]),
                rank: Rank::ALL[self.rng.usize(0..4)],
                uses: self.rng.u32(1..4),
                label: String::new(),
            }),
            1 => Operation::SetRank(SetRank {
                device,
                rank: Rank::ALL[self.rng.usize(0..4)],
                after: vec![entry],
            }),
            2 | 3 => {
                let cuts = self.pick_cuts(device);
                Operation::Remove(Remove {
                    device,
                    cuts,
                    reason: "mine".to_owned(),
                })
            }
            4 => Operation::Leave,
            5 => Operation::Adopt(Adopt {
                entries: vec![entry, self.pick_entry(who)],
            }),
            6 => Operation::CloseInvite(CloseInvite {
                invite: entry,
                joins: Vec::new(),
            }),
            7 => {
                let parent = self.residents[who].space.roster().epoch();
                let change = StewardChange::Add(device);
                Operation::Stewards(Stewards {
                    parent,
                    change,
                    recovery: None,
                })
            }
            8 => {
                let cuts = self.pick_cuts(device);
                let change = StewardChange::Remove(Remove {
                    device,
                    cuts,
                    reason: String::new(),
                });
                let parent = self.residents[0].space.roster().epoch();
                Operation::Stewards(Stewards {
                    parent,
                    change,
                    recovery: None,
                })
            }
            9 => match self.fork_proof(who) {
                Some(proof) => Operation::Fork(Box::new(proof)),
                None => Operation::Leave,
            },
            10 => Operation::Rename("Zed the Just".to_owned()),
            11 => {
                let joiner = DeviceKey::from_secret(&[6; 32]).device();
                let message = Join::message(self.space, entry, joiner);
                let key = DeviceKey::from_secret(&[5; 32]);
                Operation::Join(Join {
                    invite: entry,
                    person: Person {
                        device: joiner,
                        recovery: None,
                        salt: [0; 16],
                    },
                    name: "Sybil".to_owned(),
                    proof: key.sign(Purpose::Join, &message).as_bytes().to_vec(),
                })
            }
            _ => {
                let mut noise = vec![0; self.rng.usize(0..200)];
                self.rng.fill(&mut noise);
                return noise;
            }
        };
        operation.encode()
    }

    /// Two entries of the cheat at one position, or two that are none.
    fn fork_proof(&mut self, who: usize) -> Option<ForkProof> {
        let entries = [self.pick_entry(who), self.pick_entry(who)];
        let shelf = self.residents[who].shelf();
        let read = |entry| -> Option<Signed> { shelf.signed(entry).unwrap() };
        let (first, second) = (read(entries[0])?, read(entries[1])?);
        Some(ForkProof {
            first: first.to_bytes(),
            second: second.to_bytes(),
        })
    }

    fn records(&mut self) -> Vec<u8> {
        let record = match self.rng.u32(0..3) {
            0 => Record::Close(Close {
                form: strange_form(),
                counted: Vec::new(),
                note: "over".to_owned(),
            }),
            1 => Record::Withdraw(Withdraw {
                form: strange_form(),
                speaker: Known::Own {
                    supersedes: Vec::new(),
                    salt: [0; 8],
                },
            }),
            _ => {
                let mut noise = vec![0; self.rng.usize(0..200)];
                self.rng.fill(&mut noise);
                return noise;
            }
        };
        Records {
            records: vec![record],
        }
        .encode()
    }

    /// Somebody's changes under the cheat's name, its own again, or bent ones.
    fn changes(&mut self, who: usize) -> Vec<u8> {
        let index = self.residents[who].space.index();
        let all: Vec<EntryHash> = index
            .items()
            .filter(|(_, item)| item.kind == Kind::Changes)
            .map(|(_, item)| item.hash)
            .collect();
        let Some(entry) = choose(&mut self.rng, &all).copied() else {
            return vec![1];
        };
        let Some(mut payload) = self.residents[who].shelf().payload(entry).unwrap() else {
            return vec![1];
        };
        match self.rng.u32(0..3) {
            0 if !payload.is_empty() => {
                let at = self.rng.usize(0..payload.len());
                payload[at] ^= 1 << self.rng.u32(0..8);
            }
            1 => {
                if let Ok(mut changes) = Changes::decode(&payload) {
                    changes.session = self.rng.u32(0..5);
                    payload = changes.encode();
                }
            }
            _ => {}
        }
        payload
    }
}

fn index_first(town: &Town, who: usize, chain: ChainId) -> Option<EntryHash> {
    town.residents[who]
        .space
        .index()
        .items_of(chain)
        .next()
        .map(|(_, item)| item.hash)
}

fn brief(operation: &Operation) -> String {
    format!("{operation:?}").chars().take(120).collect()
}
