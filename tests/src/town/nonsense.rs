//! The device that cheats, on a link of its own: it speaks the protocol by hand, and says what comes
//! to its mind.

use majlis_core::chain::ArrivalCheck;
use majlis_core::effect::LinkId;
use majlis_core::entry::ChainId;
use majlis_core::id::LaneId;
use majlis_core::sign::{Purpose, Signer as _};
use majlis_core::space::Input;
use majlis_core::sync::message::{
    Arrived, Hello, Message, NEWEST, OLDEST, Resume, Scope, ShortTip, SpaceTag, Stand, Stream,
    encode,
};
use majlis_core::sync::names::{Names, TipName, TipsDigest};
use majlis_core::sync::session::Ends;
use majlis_core::sync::wire::RunWriter;

use super::resident::Fate;
use super::{Town, bytes};

impl Town {
    /// Speaks the protocol by hand on a link of its own, and says what comes to its mind.
    pub(super) fn talk_nonsense(&mut self, who: usize, victim: usize) {
        if self.residents[victim].device() == self.residents[who].device() {
            return;
        }
        let id = self.next_link;
        self.next_link += 1;
        let link = LinkId(id);
        let binding: [u8; 32] = bytes(&mut self.rng);
        let transport = self.residents[who].transport();
        let names = Names::new(binding);
        self.say(format!(
            "Zed talks nonsense to {} ({id})",
            self.residents[victim].name
        ));
        let drive = |town: &mut Self, input| town.drive_to(victim, input, Fate::Lives);
        drive(
            self,
            Input::LinkUp(Ends {
                link,
                binding,
                transport,
                dialled: false,
            }),
        );
        let device = self.residents[who].device();
        let message = Hello::message(&binding, true, self.space, device);
        let proof = self.residents[who].key().sign(Purpose::Link, &message);
        let hello = Message::Hello(Hello {
            oldest: OLDEST,
            newest: NEWEST,
            tag: SpaceTag::new(self.space, &binding),
            device,
            proof: proof.as_bytes().to_vec().into(),
            invite: None,
            stand: self.nonsense_stand(who, &names),
        });
        drive(
            self,
            Input::Frame {
                link,
                bytes: encode(0, &hello),
            },
        );
        for number in 1..self.rng.u32(2..12) {
            let message = self.nonsense(who, &names);
            let mut frame = encode(number, &message);
            if self.rng.u32(0..6) == 0 {
                let at = self.rng.usize(0..frame.len());
                frame[at] ^= 1 << self.rng.u32(0..8);
            }
            drive(self, Input::Frame { link, bytes: frame });
        }
        drive(self, Input::LinkDown { link });
    }

    fn nonsense_stand(&mut self, who: usize, names: &Names) -> Stand {
        let lanes = self.lanes();
        let since = (0..self.rng.usize(0..4))
            .map(|_| {
                let lane = lanes[self.rng.usize(0..lanes.len())];
                self.nonsense_tip(who, lane, names)
            })
            .collect();
        let upto = Arrived {
            count: self.rng.u64(0..40),
            check: ArrivalCheck(bytes(&mut self.rng)),
        };
        Stand {
            digest: TipsDigest(bytes(&mut self.rng)),
            tips: if self.rng.bool() { 3 } else { u64::MAX },
            resume: self.rng.bool().then_some(Resume { upto, since }),
        }
    }

    fn nonsense_tip(&mut self, who: usize, lane: LaneId, names: &Names) -> ShortTip {
        let device = self.pick_device();
        ShortTip {
            chain: names.chain(ChainId { lane, device }),
            seq: if self.rng.bool() {
                self.rng.u64(0..9)
            } else {
                self.rng.u64(..)
            },
            check: names.check(self.pick_entry(who)),
        }
    }

    fn nonsense(&mut self, who: usize, names: &Names) -> Message {
        let scope = if self.rng.bool() {
            Scope::Membership
        } else {
            Scope::Content
        };
        let lanes = self.lanes();
        let lane = match scope {
            Scope::Membership => LaneId::MEMBERSHIP,
            Scope::Content => lanes[self.rng.usize(0..lanes.len())],
        };
        let stream = if self.rng.bool() {
            Stream::First
        } else {
            Stream::Bulk
        };
        match self.rng.u32(0..12) {
            0 | 1 => {
                let tips = (0..self.rng.usize(0..6))
                    .map(|_| self.nonsense_tip(who, lane, names))
                    .collect();
                Message::Have {
                    scope,
                    tips,
                    last: self.rng.bool(),
                }
            }
            2 => {
                let mut run = RunWriter::default();
                let entry = self.crafted(who);
                run.push(&entry);
                Message::Run {
                    stream,
                    part: run.take().into(),
                    entries: 1,
                    last: true,
                    thank: true,
                }
            }
            3 => {
                let mut noise = vec![0; self.rng.usize(0..300)];
                self.rng.fill(&mut noise);
                Message::Run {
                    stream,
                    part: noise.into(),
                    entries: 9,
                    last: self.rng.bool(),
                    thank: self.rng.bool(),
                }
            }
            4 => Message::Sent(scope),
            5 => Message::Ack {
                parts: self.rng.u64(0..9),
                entries: self.rng.u64(0..40),
            },
            6 => Message::Tell,
            7 => {
                let mut noise = vec![0x61; self.rng.usize(1..90)];
                self.rng.fill(&mut noise[1..]);
                Message::Compare {
                    scope,
                    body: noise.into(),
                }
            }
            8 => Message::Differ {
                scope,
                tips: vec![self.nonsense_tip(who, lane, names)],
                wants: vec![TipName(bytes(&mut self.rng))],
                last: self.rng.bool(),
            },
            9 => Message::Offer {
                lanes: vec![(lane, self.rng.u64(..))],
                others: self.rng.u64(..),
            },
            10 => Message::Upto(Arrived {
                count: self.rng.u64(..),
                check: ArrivalCheck(bytes(&mut self.rng)),
            }),
            _ => Message::Ask {
                lane,
                device: self.pick_device(),
                from: self.rng.u64(..),
            },
        }
    }
}
