//! Replicas of one space: the real core over the real store, with runs of entries between them.

use majlis_core::consultation::claim::assisted_slot;
use majlis_core::consultation::count::own_slot;
use majlis_core::consultation::form::{Answer, Choice, Form, Question, QuestionKind, Stage};
use majlis_core::effect::Effect;
use majlis_core::entry::Signed;
use majlis_core::id::{
    Claim, DeviceId, EntryHash, InviteKey, LaneClass, LaneId, QuestionId, SlotId, SpaceId,
};
use majlis_core::membership::{Invite, Rank};
use majlis_core::record::{
    Assisted, AssistedMode, Known, Record, RecordId, Response, Speaker, Withdraw,
};
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{
    Command, CommandError, Founding, Input, Joining, Reply, Space, Surroundings,
};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_core::time::Timestamp;
use majlis_store::Store;
use zeroize::Zeroizing;

pub(crate) const TEXT: QuestionId = QuestionId::from_bytes([1; 8]);
pub(crate) const CHOICE: QuestionId = QuestionId::from_bytes([2; 8]);

/// One device with its store.
pub(crate) struct Replica {
    pub(crate) store: Store,
    pub(crate) space: Space,
    pub(crate) key: DeviceKey,
    now: u64,
}

pub(crate) fn lane(number: u8) -> LaneId {
    LaneId::new(LaneClass::Process, [number; 16])
}

pub(crate) fn page(number: u8) -> LaneId {
    LaneId::new(LaneClass::Document, [number; 16])
}

pub(crate) fn form(title: &str) -> Form {
    let question = |id, label: &str, required, kind| Question {
        details: Default::default(),
        id,
        label: label.into(),
        hint: String::new(),
        required,
        kind,
    };
    let options = ["Market", "Gate"];
    let options = (1..).zip(options).map(|(id, label)| Choice {
        details: Default::default(),
        id,
        label: label.into(),
    });
    Form {
        details: Default::default(),
        title: title.into(),
        description: "Where should the new well be?".into(),
        audience: String::new(),
        stage: Stage::Consult,
        questions: vec![
            question(TEXT, "Why there?", false, QuestionKind::Text),
            question(
                CHOICE,
                "Which place?",
                true,
                QuestionKind::SingleChoice(options.collect()),
            ),
        ],
        activity: majlis_core::consultation::Activity::default(),
        sealing: None,
    }
}

impl Replica {
    pub(crate) fn found(store: Store, seed: u8) -> Self {
        let key = DeviceKey::from_secret(&[seed; 32]);
        let founding = Founding {
            name: "Ain Safa".into(),
            purpose: "Water".into(),
            founder_name: "Amina".into(),
            recovery: Vec::new(),
        };
        let (space, writes) = Space::found(founding, &key, Timestamp(1), [seed; 32]).unwrap();
        store.persist(space.id(), &writes).unwrap();
        Self {
            store,
            space,
            key,
            now: 1,
        }
    }

    pub(crate) fn join(store: Store, seed: u8, space: SpaceId, invite: EntryHash) -> Self {
        let key = DeviceKey::from_secret(&[seed; 32]);
        let joining = Joining {
            space,
            invite,
            secret: Zeroizing::new([77; 32]),
            name: format!("Member {seed}"),
        };
        let (space, writes) = Space::join(&joining, &key, Timestamp(1), [seed; 32]).unwrap();
        store.persist(space.id(), &writes).unwrap();
        Self {
            store,
            space,
            key,
            now: 1,
        }
    }

    /// A replica that is on disk already.
    pub(crate) fn opened(store: Store, seed: u8, space: SpaceId) -> Self {
        let key = DeviceKey::from_secret(&[seed; 32]);
        let space = Space::open(space, key.device(), &store.shelf(space)).unwrap();
        Self {
            store,
            space,
            key,
            now: 1_000_000_000,
        }
    }

    /// An invite that every [`Replica::join`] can use.
    pub(crate) fn invite(&mut self, rank: Rank) -> EntryHash {
        let key = DeviceKey::from_secret(&[77; 32]).device();
        let invite = Invite {
            key: InviteKey::from_bytes(*key.as_bytes()),
            rank,
            uses: 20,
            label: rank_label(rank),
        };
        match self.ask(Command::Invite(invite)) {
            Ok(Reply::Entry(entry)) => entry,
            other => panic!("{other:?}"),
        }
    }

    pub(crate) fn id(&self) -> SpaceId {
        self.space.id()
    }

    pub(crate) fn me(&self) -> DeviceId {
        self.space.me()
    }

    pub(crate) fn ask(&mut self, command: Command) -> Result<Reply, CommandError> {
        self.input(Input::Command(command)).unwrap()
    }

    fn input(&mut self, input: Input) -> Option<Result<Reply, CommandError>> {
        self.now += 1_000;
        let shelf = self.store.shelf(self.space.id());
        let with = Surroundings {
            shelf: &shelf,
            signer: &self.key,
            now: Timestamp(self.now),
        };
        let effects = self.space.handle(input, &with).unwrap();
        for effect in effects.list {
            if let Effect::Persist(writes) = effect {
                self.store.persist(self.space.id(), &writes).unwrap();
            }
        }
        effects.reply
    }

    /// The space as it is on disk.
    pub(crate) fn reopen(&mut self) {
        let (id, me) = (self.space.id(), self.space.me());
        self.space = Space::open(id, me, &self.store.shelf(id)).unwrap();
    }

    pub(crate) fn entries(&self) -> Vec<Carried> {
        let mut all = Vec::new();
        self.store
            .carry(self.id(), |signed: Signed, payload| {
                all.push(Carried { signed, payload });
                true
            })
            .unwrap();
        all
    }

    pub(crate) fn take(&mut self, entries: &[Carried]) {
        for some in entries.chunks(7) {
            let mut writer = RunWriter::default();
            some.iter().for_each(|entry| writer.push(entry));
            let run = writer.take();
            self.input(Input::Carried { run }).unwrap().unwrap();
        }
    }

    /// This device's own voice on a lane.
    pub(crate) fn slot(&self, lane: LaneId) -> SlotId {
        own_slot(lane, self.space.roster().person(self.me()).unwrap())
    }

    /// The slot of somebody whom this device answered for first, under a claim.
    pub(crate) fn assisted_slot(&self, lane: LaneId, claim: u8) -> SlotId {
        assisted_slot(lane, self.me(), Claim::from_bytes([claim; 12]))
    }

    pub(crate) fn open_form(&mut self, lane: LaneId, form: Form) {
        let record = Box::new(Record::Open(form));
        self.ask(Command::Record {
            lane,
            record,
            seal: true,
        })
        .unwrap();
    }

    pub(crate) fn answer(&mut self, lane: LaneId, form: &Form, said: &Said<'_>) -> bool {
        let response = Response {
            form: form.id(),
            speaker: said.speaker(),
            answers: said.answers(),
        };
        let record = Box::new(Record::Response(response));
        self.ask(Command::Record {
            lane,
            record,
            seal: said.seal,
        })
        .is_ok()
    }

    pub(crate) fn withdraw(&mut self, lane: LaneId, form: &Form, said: &Said<'_>) -> bool {
        let withdraw = Withdraw {
            form: form.id(),
            speaker: said.known(),
        };
        let record = Box::new(Record::Withdraw(withdraw));
        self.ask(Command::Record {
            lane,
            record,
            seal: said.seal,
        })
        .is_ok()
    }
}

fn rank_label(rank: Rank) -> String {
    format!("{rank:?}")
}

fn assisted() -> Assisted {
    Assisted {
        mode: AssistedMode::Paper,
        consent: true,
        note: "house 7".into(),
    }
}

/// What is answered, and how.
pub(crate) struct Said<'a> {
    /// For somebody new, under this claim.
    pub(crate) claim: Option<u8>,
    /// For somebody with this slot. With neither it is one's own.
    pub(crate) slot: Option<SlotId>,
    pub(crate) supersedes: &'a [RecordId],
    pub(crate) option: u16,
    pub(crate) text: &'a str,
    pub(crate) seal: bool,
}

impl Default for Said<'_> {
    fn default() -> Self {
        Self {
            claim: None,
            slot: None,
            supersedes: &[],
            option: 1,
            text: "",
            seal: true,
        }
    }
}

impl Said<'_> {
    fn speaker(&self) -> Speaker {
        match self.claim {
            Some(claim) => Speaker::New {
                claim: Claim::from_bytes([claim; 12]),
                assisted: assisted(),
            },
            None => Speaker::Known(self.known()),
        }
    }

    fn known(&self) -> Known {
        let (supersedes, salt) = (self.supersedes.to_vec(), [3; 8]);
        match self.slot {
            Some(slot) => Known::Assisted {
                slot,
                supersedes,
                salt,
                assisted: assisted(),
            },
            None => Known::Own { supersedes, salt },
        }
    }

    pub(crate) fn answers(&self) -> Vec<(QuestionId, Answer)> {
        let mut answers = vec![(CHOICE, Answer::Choices(vec![self.option]))];
        if !self.text.is_empty() {
            answers.push((TEXT, Answer::Text(self.text.into())));
        }
        answers
    }
}
