//! A village that votes: trustees who made a key, voters on a roll, and a source of numbers.

use majlis_secret::Seed;
use majlis_secret::ballot::{Ballot, Opening};
use majlis_secret::booth::Booth;
use majlis_secret::ceremony::{Ceremony, Deal, DecryptionKey, Session, Trustee};
use majlis_secret::count::{Tally, count};
use majlis_secret::election::{Election, Roll, Terms};
use majlis_secret::question::{QuestionKind, SecretQuestion};
use majlis_secret::share::Share;

/// Numbers that follow from a seed (SplitMix64, Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    pub fn bytes(&mut self) -> [u8; 32] {
        let mut all = [0; 32];
        for part in all.chunks_mut(8) {
            part.copy_from_slice(&self.next().to_le_bytes());
        }
        all
    }

    pub fn seed(&mut self) -> Seed {
        Seed::from_bytes(self.bytes())
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for at in (1..items.len()).rev() {
            items.swap(at, self.below(at + 1));
        }
    }
}

/// What a village is asked and by how many.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub kind: QuestionKind,
    pub options: u8,
    pub voters: usize,
    pub trustees: u8,
    pub threshold: u8,
    pub minimum: u32,
}

pub const SMALL: Plan = Plan {
    kind: QuestionKind::Single,
    options: 2,
    voters: 5,
    trustees: 3,
    threshold: 2,
    minimum: 3,
};

pub struct Village {
    pub numbers: Numbers,
    pub roll: Roll,
    pub voters: Vec<[u8; 32]>,
    pub ceremony: Ceremony,
    pub booth: Booth,
    pub keys: Vec<DecryptionKey>,
}

impl Village {
    pub fn found(plan: Plan, seed: u64) -> Self {
        let mut numbers = Numbers(seed);
        let voters: Vec<[u8; 32]> = (0..plan.voters).map(|_| numbers.bytes()).collect();
        let trustees: Vec<[u8; 32]> = (0..plan.trustees).map(|_| numbers.bytes()).collect();
        Self::on(plan, numbers, voters, trustees, [1; 32])
    }

    /// With everything given that an election fixes; `space` is where it is held.
    pub fn on(
        plan: Plan,
        mut numbers: Numbers,
        voters: Vec<[u8; 32]>,
        mut trustees: Vec<[u8; 32]>,
        space: [u8; 32],
    ) -> Self {
        trustees.sort_unstable();
        let roll = Roll::new(voters.clone()).unwrap();
        let election = Election::new(Terms {
            space,
            vote: [2; 32],
            text: [3; 32],
            question: SecretQuestion::new(plan.kind, plan.options).unwrap(),
            roll_root: roll.root(),
            voters: roll.len(),
            minimum: plan.minimum,
            threshold: plan.threshold,
            trustees,
        })
        .unwrap();
        let trustees: Vec<Trustee> = (1..=plan.trustees)
            .map(|number| Trustee::new(election.clone(), number, numbers.seed()).unwrap())
            .collect();
        let commitments: Vec<_> = trustees.iter().map(Trustee::commitment).collect();
        let session = Session::new(election.clone(), commitments.clone()).unwrap();
        let contributions: Vec<_> = trustees
            .iter()
            .map(|trustee| trustee.contribution(&session).unwrap())
            .collect();
        let deal = Deal::new(session, contributions.clone()).unwrap();
        let confirmations = trustees
            .iter()
            .map(|trustee| trustee.confirmation(&deal).unwrap())
            .collect();
        let keys = trustees
            .iter()
            .map(|trustee| trustee.decryption_key(&deal).unwrap())
            .collect();
        let (ceremony, booth) =
            Ceremony::new(&election, commitments, contributions, confirmations).unwrap();
        Self {
            numbers,
            roll,
            voters,
            ceremony,
            booth,
            keys,
        }
    }

    pub fn question(&self) -> SecretQuestion {
        self.booth.election().terms().question
    }

    /// An answer that the question allows, each about as likely.
    pub fn any_choice(&mut self) -> Vec<u8> {
        let question = self.question();
        let options = usize::from(question.options());
        let each = usize::from(question.each());
        let (low, high) = question.sum().unwrap_or((0, u8::MAX));
        let mut values = vec![0_u8; options];
        if question.sum().is_none() {
            for value in &mut values {
                *value = self.numbers.below(each + 1) as u8;
            }
            return values;
        }
        let wanted = usize::from(low) + self.numbers.below(usize::from(high - low) + 1);
        let mut left = wanted;
        while left > 0 {
            let at = self.numbers.below(options);
            if usize::from(values[at]) < each {
                values[at] += 1;
                left -= 1;
            }
        }
        values
    }

    pub fn cast(&mut self, voter: usize, number: u32, values: &[u8]) -> (Ballot, Opening) {
        let choice = self.question().choice(values).unwrap();
        let seed = self.numbers.seed();
        self.booth
            .cast(self.voters[voter], number, &choice, &seed)
            .unwrap()
    }

    /// One ballot of every voter, and what they add up to.
    pub fn everybody(&mut self) -> (Vec<Vec<u8>>, Vec<u32>) {
        let mut totals = vec![0; usize::from(self.question().options())];
        let mut ballots = Vec::new();
        for voter in 0..self.voters.len() {
            let values = self.any_choice();
            for (total, value) in totals.iter_mut().zip(&values) {
                *total += u32::from(*value);
            }
            ballots.push(self.cast(voter, 0, &values).0.encode());
        }
        (ballots, totals)
    }

    pub fn count(&self, ballots: &[Vec<u8>], openings: &[Vec<u8>]) -> Tally {
        count(
            &self.booth,
            &self.roll,
            ballots.iter().map(Vec::as_slice),
            openings.iter().map(Vec::as_slice),
        )
        .unwrap()
    }

    pub fn share(&mut self, trustee: usize, tally: &Tally) -> Share {
        let seed = self.numbers.seed();
        self.keys[trustee]
            .share(&self.booth, tally, None, &seed)
            .unwrap()
    }
}
