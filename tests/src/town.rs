//! The town: many replicas of one space, their links, their people, and one device that cheats.
//!
//! A day in town is a sequence of random steps: people act, links come up, deliver, break; devices
//! die and start again; groups cannot reach each other. Then the weather clears, everyone meets
//! everyone, and all who are members must agree on everything.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a simulation stops at the first thing that is not as it must be"
)]

mod acts;
mod check;
mod links;
mod nonsense;
mod resident;
mod villain;
mod worn;

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};

use fastrand::Rng;
use majlis_core::id::{EntryHash, LaneClass, LaneId, SpaceId};
use majlis_core::sign::DeviceKey;
use majlis_core::space::{Command, CommandError, Founding, Input, Joining, Reply, Space};
use majlis_core::time::Timestamp;
use zeroize::Zeroizing;

use crate::weather::Weather;
use links::Link;
pub use resident::{Fate, Picture, Resident};
pub use worn::{Failing, Wear};

const YEAR: i64 = 365 * 24 * 3_600_000;
const LOG: usize = 120;

/// How a town is: how many live there and how long a day is.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// Steps before the weather clears.
    pub steps: usize,
    /// The most replicas, the cheater's twin included.
    pub residents: usize,
    /// In how many of a hundred steps the town falls into groups that cannot reach each other, or
    /// comes together again; at most 22.
    pub splits: u32,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            steps: 160,
            residents: 12,
            splits: 2,
        }
    }
}

/// Why a seed failed.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// What was not as it must be.
    pub what: String,
    /// The last steps.
    pub log: Vec<String>,
}

#[derive(Clone, Debug)]
struct Ticket {
    invite: EntryHash,
    secret: [u8; 32],
}

/// A town.
#[derive(Debug)]
pub struct Town {
    rng: Rng,
    now: u64,
    space: SpaceId,
    residents: Vec<Resident>,
    groups: Vec<u8>,
    links: Vec<Link>,
    next_link: u64,
    weather: Weather,
    tickets: Vec<Ticket>,
    processes: Vec<LaneId>,
    documents: Vec<LaneId>,
    most: usize,
    splits: u32,
    partitions: usize,
    log: VecDeque<String>,
}

/// Lives one seed through.
///
/// # Errors
/// [`Failure`] with the seed and the last steps.
pub fn live(seed: u64, plan: Plan) -> Result<Report, Failure> {
    let mut town = Town::found(seed, plan);
    let lived = catch_unwind(AssertUnwindSafe(|| {
        for step in 0..plan.steps {
            town.step(step);
        }
        town.heal();
        town.compare()
    }));
    match lived {
        Ok(report) => Ok(report),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
            let what = text.unwrap_or_else(|| "a panic without words".to_owned());
            Err(Failure {
                seed,
                what,
                log: town.log.into_iter().collect(),
            })
        }
    }
}

/// What happened in a town, to see that a day was worth living.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Replicas that had to agree.
    pub members: usize,
    /// Entries they hold.
    pub entries: usize,
    /// Entries set aside.
    pub aside: usize,
    /// Entries refused.
    pub refused: usize,
    /// Chains that were forked.
    pub forks: usize,
    /// Rounds of meetings until all agreed.
    pub rounds: usize,
    /// How often residents were parted who could reach each other before.
    pub partitions: usize,
}

impl Town {
    fn found(seed: u64, plan: Plan) -> Self {
        let mut rng = Rng::with_seed(seed);
        let secret = bytes(&mut rng);
        let founding = Founding {
            name: "Tell Hamra".to_owned(),
            purpose: "water".to_owned(),
            founder_name: "Ana".to_owned(),
            recovery: Vec::new(),
        };
        let key = DeviceKey::from_secret(&secret);
        let fresh = bytes(&mut rng);
        let (space, writes) =
            Space::found(founding, &key, Timestamp(1_760_000_000_000), fresh).unwrap();
        let id = space.id();
        let most = rng.usize(3..=plan.residents.max(3));
        let lane = |class, rng: &mut Rng| LaneId::new(class, bytes(rng));
        let processes = (0..2).map(|_| lane(LaneClass::Process, &mut rng)).collect();
        let documents = (0..2)
            .map(|_| lane(LaneClass::Document, &mut rng))
            .collect();
        let founder = Resident::new("Ana".to_owned(), secret, space, &writes);
        Self {
            now: 0,
            space: id,
            residents: vec![founder],
            groups: vec![0],
            links: Vec::new(),
            next_link: 1,
            weather: Weather::FOUL,
            tickets: Vec::new(),
            processes,
            documents,
            most,
            splits: plan.splits,
            partitions: 0,
            log: VecDeque::new(),
            rng,
        }
    }

    fn say(&mut self, line: String) {
        if self.log.len() >= LOG {
            self.log.pop_front();
        }
        self.log.push_back(line);
    }

    fn lanes(&self) -> Vec<LaneId> {
        self.processes
            .iter()
            .chain(&self.documents)
            .copied()
            .collect()
    }

    /// One random step of the day.
    fn step(&mut self, number: usize) {
        self.now += self.rng.u64(1..400);
        if self.tickets.is_empty() {
            self.first_invite();
        }
        match self.rng.u32(0..100) {
            _ if self.residents.len() < self.most
                && !self.tickets.is_empty()
                && self.rng.u32(0..4) == 0 =>
            {
                self.arrive();
            }
            0..35 => {
                let who = self.rng.usize(0..self.residents.len());
                if self.residents[who].honest || self.rng.bool() {
                    self.act(who);
                } else {
                    self.cheat(who);
                }
            }
            35..55 => {
                let (a, b) = self.pair();
                self.connect(a, b);
            }
            55..70 => {
                let calls = self.rng.usize(1..40);
                self.deliver(calls);
            }
            70..74 => {
                let who = self.rng.usize(0..self.residents.len());
                self.restart(who, number);
            }
            74..78 if !self.links.is_empty() => {
                let at = self.rng.usize(0..self.links.len());
                let id = self.links[at].id;
                self.cut(id);
            }
            roll if (78..78 + self.splits).contains(&roll) => {
                let groups = self.rng.u8(1..4);
                let before = core::mem::take(&mut self.groups);
                self.groups = (0..self.residents.len())
                    .map(|_| self.rng.u8(0..groups))
                    .collect();
                let parted = |a: usize, b: usize| self.groups[a] != self.groups[b];
                let together = |a: usize, b: usize| before[a] == before[b];
                let mut pairs = (0..before.len()).flat_map(|a| (0..a).map(move |b| (a, b)));
                let is_parted = pairs.any(|(a, b)| parted(a, b) && together(a, b));
                self.partitions += usize::from(is_parted);
                self.say(format!("the town falls into {groups}"));
                self.cut_between_groups();
            }
            _ => {
                let calls = self.rng.usize(40..200);
                self.deliver(calls);
            }
        }
    }

    fn pair(&mut self) -> (usize, usize) {
        let n = self.residents.len();
        (self.rng.usize(0..n), self.rng.usize(0..n))
    }

    /// Someone new comes in by a ticket, perhaps without having met anyone.
    fn arrive(&mut self) {
        let ticket = self.tickets[self.rng.usize(0..self.tickets.len())].clone();
        let number = self.residents.len();
        let cheats = !self.residents.iter().any(|resident| !resident.honest) && number >= 2;
        let secret: [u8; 32] = bytes(&mut self.rng);
        let fresh: [u8; 32] = bytes(&mut self.rng);
        let name = if cheats {
            "Zed".to_owned()
        } else {
            format!("P{number}")
        };
        let room = self.most - number;
        let copies = if cheats && room >= 2 { 2 } else { 1 };
        for copy in 0..copies {
            let key = DeviceKey::from_secret(&secret);
            let joining = Joining {
                space: self.space,
                invite: ticket.invite,
                secret: Zeroizing::new(ticket.secret),
                name: name.clone(),
            };
            let now = Timestamp(1_760_000_000_000 + self.now);
            let (space, writes) = Space::join(&joining, &key, now, fresh).unwrap();
            let called = if copy == 0 {
                name.clone()
            } else {
                format!("{name}'")
            };
            self.say(format!("{called} comes with a ticket"));
            let mut resident = Resident::new(called, secret, space, &writes);
            resident.honest = !cheats;
            resident.ticket = Some(ticket.secret);
            resident.skew = match self.rng.u32(0..4) {
                0 => YEAR,
                1 => -YEAR,
                _ => self.rng.i64(-5_000..5_000),
            };
            self.residents.push(resident);
            self.groups.push(0);
        }
    }

    fn restart(&mut self, who: usize, number: usize) {
        let name = self.residents[who].name.clone();
        self.say(format!("{number}: {name} starts again"));
        let lanes = self.lanes();
        self.residents[who].restart_and_compare(&lanes);
        self.lose_links_of(who);
    }

    /// Gives an input to a resident, and does what comes of it.
    fn drive(&mut self, who: usize, input: Input) -> Option<Result<Reply, CommandError>> {
        let dies = self.weather.cut > 0;
        let fate = match self.rng.u32(0..300) {
            0 if dies => Fate::DiesBefore,
            1 if dies => Fate::DiesAfter,
            _ => Fate::Lives,
        };
        self.drive_to(who, input, fate)
    }

    fn drive_to(
        &mut self,
        who: usize,
        input: Input,
        fate: Fate,
    ) -> Option<Result<Reply, CommandError>> {
        let outcome = self.residents[who].step(input, self.now, fate);
        if outcome.died {
            let name = self.residents[who].name.clone();
            self.say(format!("{name} dies: {fate:?}"));
            self.lose_links_of(who);
            return None;
        }
        for (link, frame) in outcome.sends {
            let (now, weather) = (self.now, self.weather);
            let Some(link) = self.links.iter_mut().find(|held| held.id == link.0) else {
                continue;
            };
            let side = usize::from(link.ends[0] != who);
            let (id, lives) = (
                link.id,
                link.pipes[side].send(frame, now, weather, &mut self.rng),
            );
            if !lives {
                self.cut(id);
            }
        }
        for (link, why) in outcome.hang_ups {
            self.hung_up(who, link, why);
        }
        outcome.reply
    }

    /// The weather clears and everyone meets everyone, until nobody learns anything new.
    fn heal(&mut self) {
        self.weather = Weather::FAIR;
        self.groups = vec![0; self.residents.len()];
        for link in self.links.iter().map(|link| link.id).collect::<Vec<_>>() {
            self.cut(link);
        }
        self.seal_all();
    }

    fn seal_all(&mut self) {
        for who in 0..self.residents.len() {
            self.drive(who, Input::Command(Command::Seal));
        }
    }

    fn meet_all(&mut self) {
        for a in 0..self.residents.len() {
            for b in 0..a {
                self.connect(a, b);
            }
        }
        let arrived = self.deliver(200_000);
        assert!(arrived < 200_000, "replicas talk without end");
        for who in 0..self.residents.len() {
            self.check_claims(who);
        }
        for link in self.links.iter().map(|link| link.id).collect::<Vec<_>>() {
            self.cut(link);
        }
    }
}

fn bytes<const N: usize>(rng: &mut Rng) -> [u8; N] {
    let mut out = [0; N];
    rng.fill(&mut out);
    out
}
