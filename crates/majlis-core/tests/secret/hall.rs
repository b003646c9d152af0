//! A hall in which trustees make a key, people vote and trustees open, over records alone.

use majlis_core::consultation::activity::{PollRule, Voters, usual_tie};
use majlis_core::consultation::form::Sealing;
use majlis_core::consultation::outcome::{Counted, Outcome};
use majlis_core::consultation::recount::{Recount, Source};
use majlis_core::consultation::secret::{
    Fate, Making, SecretBallots, SecretOutcome, SecretVote, Sent, Voices,
};
use majlis_core::consultation::{Answer, Choice, Form, Question, QuestionKind, Rule};
use majlis_core::id::{DeviceId, EntryHash, LaneClass, LaneId, PersonId, QuestionId, SpaceId};
use majlis_core::record::{
    self, Close, Custody, CustodySaid, Known, Record, RecordId, Records, Response, Speaker,
};
use majlis_secret::Seed;
use majlis_secret::count::{BallotStatus, Seen};
use majlis_tally::poll::PollKind;

pub(crate) const ASKED: QuestionId = QuestionId::from_bytes([1; 8]);
pub(crate) const SPACE: SpaceId = SpaceId::from_bytes([3; 32]);
pub(crate) const VOTERS: u8 = 7;
pub(crate) const OFFICER: u8 = 99;

pub(crate) fn lane() -> LaneId {
    LaneId::new(LaneClass::Process, [4; 16])
}

pub(crate) fn device(number: u8) -> DeviceId {
    DeviceId::from_bytes([number; 32])
}

pub(crate) fn person(number: u8) -> PersonId {
    PersonId::from_bytes([number; 32])
}

pub(crate) fn options(count: u16) -> Vec<Choice> {
    (1..=count)
        .map(|id| Choice {
            details: Default::default(),
            id,
            label: format!("Option {id}"),
        })
        .collect()
}

/// Three of five trustees, devices 11 to 15; seven people may vote.
pub(crate) fn form(kind: PollKind, asked: QuestionKind) -> Form {
    let mut form = Form::empty();
    "Who chairs?".clone_into(&mut form.title);
    form.questions = vec![Question {
        details: Default::default(),
        id: ASKED,
        label: "Who?".to_owned(),
        hint: String::new(),
        required: true,
        kind: asked,
    }];
    form.activity.rule = Rule::Poll(PollRule {
        kind,
        none_of_these: None,
        tests: Vec::new(),
        places: 0,
        tie: usual_tie(),
    });
    form.activity.voters = Voters::Members;
    form.sealing = Some(Box::new(Sealing::Ballots(SecretBallots {
        trustees: (11..=15).map(device).collect(),
        threshold: 3,
        minimum: 3,
        roll: (1..=VOTERS).map(person).collect(),
        risk: 0,
    })));
    form
}

pub(crate) fn choice() -> Form {
    form(PollKind::Poll, QuestionKind::SingleChoice(options(3)))
}

/// A seed that belongs to a trustee, or to a ballot.
pub(crate) fn seed(number: u8) -> Seed {
    Seed::from_bytes(*blake3::hash(&[number]).as_bytes())
}

/// Everything that was signed, by whom.
pub(crate) struct Hall {
    pub(crate) form: Form,
    pub(crate) vote: SecretVote,
    pub(crate) entries: Vec<(DeviceId, u64, Record)>,
}

impl Hall {
    pub(crate) fn open(form: Form) -> Self {
        form.check().unwrap();
        let vote = SecretVote::of(SPACE, lane(), (form.id(), &form)).unwrap();
        let mut hall = Self {
            form: form.clone(),
            vote,
            entries: Vec::new(),
        };
        hall.sign(device(OFFICER), Record::Open(form));
        hall
    }

    pub(crate) fn sign(&mut self, device: DeviceId, record: Record) {
        let own = self.entries.iter().filter(|(who, ..)| *who == device);
        let seq = u64::try_from(own.count()).unwrap();
        // As it would come from a peer.
        let batch = Records {
            records: vec![record],
        };
        let mut batch = Records::decode(&batch.encode()).unwrap();
        self.entries
            .push((device, seq, batch.records.pop().unwrap()));
    }

    pub(crate) fn say(&mut self, trustee: u8, bytes: Vec<u8>) {
        let said = Custody {
            form: self.form.id(),
            said: CustodySaid::Trustee(bytes),
            salt: [7; 8],
        };
        self.sign(device(10 + trustee), Record::Custody(said));
    }

    pub(crate) fn making(&self) -> Making {
        let sent = self.entries.iter().enumerate();
        let sent = sent.filter_map(|(at, (device, seq, record))| {
            let Record::Custody(custody) = record else {
                return None;
            };
            let CustodySaid::Trustee(bytes) = &custody.said else {
                return None;
            };
            Some(Sent {
                device: *device,
                seq: *seq,
                id: RecordId {
                    entry: entry(at),
                    index: 0,
                },
                bytes,
            })
        });
        Making::of(&self.vote, sent)
    }

    /// What the trustees owe, all of them, until nothing is due.
    pub(crate) fn make_key(&mut self) {
        for _ in 0..3 {
            let making = self.making();
            for number in 1..=5 {
                for word in making.due(&self.vote, number, seed(number)).unwrap() {
                    self.say(number, word);
                }
            }
        }
        assert!(self.making().key().is_some());
    }

    pub(crate) fn ballot(&self, voter: u8, number: u32, values: &[u8]) -> Vec<u8> {
        let making = self.making();
        let choice = self.vote.question().choice(values).unwrap();
        let fresh = seed(
            voter
                .wrapping_mul(16)
                .wrapping_add(u8::try_from(number).unwrap()),
        );
        let booth = &making.key().unwrap().booth;
        let (ballot, opening) = booth
            .cast(*person(voter).as_bytes(), number, &choice, &fresh)
            .unwrap();
        drop(opening);
        ballot.encode()
    }

    pub(crate) fn hand_in(&mut self, who: u8, ballot: Vec<u8>) {
        let response = Response {
            form: self.form.id(),
            speaker: Speaker::Known(Known::Own {
                supersedes: Vec::new(),
                salt: [5; 8],
            }),
            answers: vec![(ASKED, Answer::Sealed(ballot))],
        };
        self.sign(device(who), Record::Response(response));
    }

    pub(crate) fn close(&mut self) {
        self.close_by(OFFICER, |_| true);
    }

    /// Closes by this officer, naming the chains of these devices alone.
    pub(crate) fn close_by(&mut self, officer: u8, names: impl Fn(DeviceId) -> bool) {
        let mut counted: Vec<record::Counted> = Vec::new();
        for (at, (device, seq, _)) in self.entries.iter().enumerate() {
            counted.retain(|one| one.device != *device);
            counted.push(record::Counted {
                device: *device,
                seq: *seq,
                hash: entry(at),
            });
        }
        counted.retain(|one| names(one.device));
        let close = Close {
            form: self.form.id(),
            counted,
            note: String::new(),
        };
        self.sign(device(officer), Record::Close(close));
    }

    pub(crate) fn share(&mut self, trustee: u8) {
        self.share_for(trustee, &self.voices());
    }

    /// A trustee's part for exactly these ballots, whatever they gave before.
    pub(crate) fn share_for(&mut self, trustee: u8, voices: &Voices) {
        let making = self.making();
        let key = making.key().unwrap();
        let mut seen = Seen::new(&key.booth);
        let tally = self.vote.tally(lane(), &making, voices, &mut seen).unwrap();
        let part = making
            .decryption_key(&self.vote, trustee, seed(trustee))
            .unwrap();
        let share = part.share(&key.booth, &tally, None, &seed(100 + trustee));
        self.say(trustee, share.unwrap().encode());
    }

    /// As a store would give them: from a recount, without those of the outcome.
    pub(crate) fn voices(&self) -> Voices {
        let mut found = std::collections::BTreeMap::new();
        let closed = self
            .entries
            .iter()
            .position(|(.., record)| matches!(record, Record::Close(_)));
        for (at, (device, _, record)) in self.entries.iter().enumerate() {
            if let Record::Response(response) = record
                && closed.is_none_or(|closed| at < closed)
                && let [(_, Answer::Sealed(bytes))] = response.answers.as_slice()
                && self.form.accepts(&response.answers).is_ok()
            {
                let person = PersonId::from_bytes(*device.as_bytes());
                let slot = majlis_core::consultation::count::own_slot(lane(), person);
                found.insert(slot, bytes.clone());
            }
        }
        found.into_iter().collect()
    }

    pub(crate) fn recount(&self, order: impl Fn(usize) -> u64) -> Outcome {
        let mut recount = Recount::new(SPACE, lane());
        let mut list: Vec<usize> = (0..self.entries.len()).collect();
        list.sort_by_key(|at| order(*at));
        for at in list {
            let (device, seq, record) = &self.entries[at];
            let from = Source {
                entry: entry(at),
                device: *device,
                seq: *seq,
                person: Some(PersonId::from_bytes(*device.as_bytes())),
            };
            let records = vec![record.clone()];
            recount.take(from, Records { records });
        }
        recount.finish().unwrap().outcome
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.recount(|at| u64::try_from(at).unwrap())
    }
}

pub(crate) fn entry(at: usize) -> EntryHash {
    EntryHash::from_bytes(*blake3::hash(&at.to_be_bytes()).as_bytes())
}

pub(crate) fn secret(outcome: &Outcome) -> &SecretOutcome {
    match &outcome.counted {
        Counted::Secret(one) => &one.0,
        other => panic!("{other:?}"),
    }
}

pub(crate) fn fate(outcome: &Outcome, who: u8) -> Fate {
    let slot = majlis_core::consultation::count::own_slot(lane(), person(who));
    let listed = secret(outcome).listed.iter();
    listed.clone().find(|one| one.slot == slot).unwrap().fate
}

pub(crate) fn counted(status: BallotStatus) -> Fate {
    Fate::Status(status)
}
