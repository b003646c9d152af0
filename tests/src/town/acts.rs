//! What people do with their devices: everything the rules allow, and much that they refuse.

use fastrand::Rng;
use majlis_core::admission::State;
use majlis_core::blob::Blob;
use majlis_core::consultation::claim::assisted_slot;
use majlis_core::consultation::{Answer, Choice, Form, Question, QuestionKind, Stage};
use majlis_core::document::{BlockKind, Edit, Marks};
use majlis_core::id::{Claim, DeviceId, EntryHash, FormId, LaneId, QuestionId, SlotId};
use majlis_core::membership::{Invite, Rank, Remove, StewardChange};
use majlis_core::record::{
    Assisted, AssistedMode, Known, Record, RecordId, Response, Speaker, Withdraw,
};
use majlis_core::space::{Command, Input, Reply, invite_key};

use super::check::choose;
use super::resident::Voice;
use super::{Ticket, Town, bytes};

const WORDS: [&str; 6] = [
    "water ",
    "school ",
    "\u{645}\u{627}\u{621} ",
    "r\u{f4}le ",
    "\u{1f331}",
    "x",
];

fn assisted() -> Assisted {
    Assisted {
        mode: AssistedMode::Spoken,
        consent: true,
        note: String::new(),
    }
}

impl Town {
    /// A resident does something.
    pub(super) fn act(&mut self, who: usize) {
        match self.rng.u32(0..100) {
            0..4 => self.invite(who),
            4..6 => self.close_invite(who),
            6..14 => self.rank(who),
            14..18 => self.remove(who),
            18..23 => self.endorse(who),
            23 => {
                if who > 0 {
                    self.order(who, "leaves", Command::Leave);
                }
            }
            24..27 => {
                let name = format!("N{}", self.rng.u32(0..99));
                self.order(who, "is renamed", Command::Rename(name));
            }
            27..33 => self.adopt(who),
            33..37 => self.open_process(who),
            37..39 => self.close_process(who),
            39..55 => self.answer(who),
            55..58 => self.withdraw(who),
            58..88 => self.edit(who),
            88..90 => self.checkpoint(who),
            90..92 => self.title(who),
            92..96 => {
                self.order(who, "signs a receipt", Command::Receipt);
            }
            96..98 => {
                self.order(who, "makes room", Command::LetGo(u64::MAX));
            }
            _ => {
                self.order(who, "seals", Command::Seal);
            }
        }
    }

    fn order(&mut self, who: usize, what: &str, command: Command) -> Option<Reply> {
        let name = self.residents[who].name.clone();
        match self.drive(who, Input::Command(command)) {
            Some(Ok(reply)) => {
                self.say(format!("{name} {what}"));
                Some(reply)
            }
            Some(Err(error)) => {
                self.say(format!("{name} {what}: refused: {error}"));
                None
            }
            None => None,
        }
    }

    fn someone(&mut self, who: usize) -> DeviceId {
        let rows: Vec<DeviceId> = self.residents[who]
            .space
            .roster()
            .members()
            .map(|row| row.device)
            .collect();
        let me = self.residents[who].device();
        choose(&mut self.rng, &rows).copied().unwrap_or(me)
    }

    /// The founder opens the way in that most will use.
    pub(super) fn first_invite(&mut self) {
        let secret: [u8; 32] = bytes(&mut self.rng);
        let rank = if self.rng.bool() {
            Rank::Member
        } else {
            Rank::Facilitator
        };
        let invite = Invite {
            key: invite_key(&secret),
            rank,
            uses: 50,
            label: String::new(),
        };
        if let Some(Reply::Entry(invite)) = self.order(0, "invites", Command::Invite(invite)) {
            self.tickets.extend(vec![Ticket { invite, secret }; 6]);
        }
    }

    fn invite(&mut self, who: usize) {
        let secret: [u8; 32] = bytes(&mut self.rng);
        let ranks = [
            Rank::Observer,
            Rank::Member,
            Rank::Member,
            Rank::Facilitator,
        ];
        let rank = ranks[self.rng.usize(0..4)];
        let uses = [1, 2, 20][self.rng.usize(0..3)];
        let invite = Invite {
            key: invite_key(&secret),
            rank,
            uses,
            label: String::new(),
        };
        if let Some(Reply::Entry(invite)) = self.order(
            who,
            &format!("invites {uses} {rank:?}"),
            Command::Invite(invite),
        ) {
            self.tickets.push(Ticket { invite, secret });
        }
    }

    fn close_invite(&mut self, who: usize) {
        let open: Vec<EntryHash> = self.residents[who]
            .space
            .roster()
            .invites()
            .map(|row| row.entry)
            .collect();
        if let Some(invite) = choose(&mut self.rng, &open).copied() {
            self.order(who, "closes an invite", Command::CloseInvite(invite));
        }
    }

    fn rank(&mut self, who: usize) {
        let device = self.someone(who);
        let rank = Rank::ALL[self.rng.usize(0..3)];
        let what = format!("ranks {} {rank:?}", device.short());
        self.order(who, &what, Command::SetRank { device, rank });
    }

    fn remove(&mut self, who: usize) {
        let device = self.someone(who);
        let what = format!("removes {}", device.short());
        self.order(
            who,
            &what,
            Command::Remove {
                device,
                reason: "why".to_owned(),
            },
        );
    }

    fn endorse(&mut self, who: usize) {
        let roster = self.residents[who].space.roster();
        let pending: Vec<StewardChange> = roster
            .pending()
            .values()
            .map(|(change, _)| change.clone())
            .collect();
        let change = match self.rng.u32(0..3) {
            0 | 1 if !pending.is_empty() => pending[self.rng.usize(0..pending.len())].clone(),
            0 | 1 => StewardChange::Add(self.someone(who)),
            _ => {
                let device = self.someone(who);
                // The founder stays, so that a town does not end without anyone to ask.
                if device == self.residents[0].device() {
                    return;
                }
                StewardChange::Remove(Remove {
                    device,
                    cuts: Vec::new(),
                    reason: String::new(),
                })
            }
        };
        self.order(
            who,
            &format!("endorses {change:?}"),
            Command::Endorse(change),
        );
    }

    fn adopt(&mut self, who: usize) {
        let index = self.residents[who].space.index();
        let aside = index
            .items()
            .filter(|(_, item)| matches!(item.state, State::Quarantined(_)));
        let aside: Vec<EntryHash> = aside.map(|(_, item)| item.hash).collect();
        if aside.is_empty() {
            return;
        }
        let count = self.rng.usize(1..=aside.len().min(4));
        let entries = (0..count)
            .map(|_| aside[self.rng.usize(0..aside.len())])
            .collect();
        self.order(who, &format!("adopts {count}"), Command::Adopt(entries));
    }

    fn open_process(&mut self, who: usize) {
        let lane = self.processes[self.rng.usize(0..self.processes.len())];
        let record = Box::new(Record::Open(form(lane)));
        self.order(
            who,
            "opens a process",
            Command::Record {
                lane,
                record,
                seal: true,
            },
        );
    }

    fn close_process(&mut self, who: usize) {
        let lane = self.processes[self.rng.usize(0..self.processes.len())];
        let command = Command::CloseProcess {
            lane,
            form: form(lane).id(),
            note: String::new(),
        };
        self.order(who, "closes a process", command);
    }

    fn answer(&mut self, who: usize) {
        let lane = self.processes[self.rng.usize(0..self.processes.len())];
        let own = self.residents[who]
            .voices
            .iter()
            .position(|voice| voice.lane == lane);
        let again = own.filter(|_| self.rng.bool());
        let version = again.and_then(|at| self.residents[who].voices[at].version);
        let slot = again.and_then(|at| self.residents[who].voices[at].slot);
        let (speaker, slot) = self.speaker(who, lane, slot, version);
        let mut answers = vec![(QuestionId::from_bytes([1; 8]), Answer::Choices(vec![1]))];
        if self.rng.u32(0..8) == 0
            && let Some(sound) = self.record_sound(who)
        {
            answers.push((QuestionId::from_bytes([2; 8]), Answer::Sound(sound)));
        }
        let record = Box::new(Record::Response(Response {
            form: form(lane).id(),
            speaker,
            answers,
        }));
        let seal = self.rng.bool();
        let done = self.order(who, "answers", Command::Record { lane, record, seal });
        if done.is_none() {
            return;
        }
        let resident = &self.residents[who];
        let chain = majlis_core::entry::ChainId {
            lane,
            device: resident.device(),
        };
        let last = resident.space.index().items_of(chain).last();
        let version = last.map(|(_, item)| RecordId {
            entry: item.hash,
            index: 0,
        });
        self.residents[who].voices.push(Voice {
            lane,
            slot,
            version,
        });
    }

    /// A sound of some pieces, which sometimes is one that somebody else recorded as well.
    fn record_sound(&mut self, who: usize) -> Option<Blob> {
        let mut rng = Rng::with_seed(self.rng.u64(0..200));
        let len = rng.usize(1..30_000);
        let sound = std::iter::repeat_with(|| rng.u8(..)).take(len).collect();
        match self.order(who, "records a sound", Command::KeepBlob(sound))? {
            Reply::Blob(blob) => Some(blob),
            _ => None,
        }
    }

    /// For oneself, or for somebody without a device: somebody new, unless there is a slot. Gives
    /// the slot of those too.
    fn speaker(
        &mut self,
        who: usize,
        lane: LaneId,
        slot: Option<SlotId>,
        version: Option<RecordId>,
    ) -> (Speaker, Option<SlotId>) {
        if self.rng.u32(0..3) > 0 {
            return (Speaker::Known(self.known(None, version)), None);
        }
        if slot.is_some() {
            return (Speaker::Known(self.known(slot, version)), slot);
        }
        let claim = Claim::from_bytes(bytes(&mut self.rng));
        let slot = assisted_slot(lane, self.residents[who].device(), claim);
        let assisted = assisted();
        (Speaker::New { claim, assisted }, Some(slot))
    }

    fn known(&mut self, slot: Option<SlotId>, version: Option<RecordId>) -> Known {
        let supersedes = version.into_iter().collect();
        let salt = bytes(&mut self.rng);
        match slot {
            None => Known::Own { supersedes, salt },
            Some(slot) => Known::Assisted {
                slot,
                supersedes,
                salt,
                assisted: assisted(),
            },
        }
    }

    fn withdraw(&mut self, who: usize) {
        let Some(voice) = choose(&mut self.rng, &self.residents[who].voices).copied() else {
            return;
        };
        let record = Box::new(Record::Withdraw(Withdraw {
            form: form(voice.lane).id(),
            speaker: self.known(voice.slot, voice.version),
        }));
        self.order(
            who,
            "withdraws",
            Command::Record {
                lane: voice.lane,
                record,
                seal: true,
            },
        );
    }

    fn editor(&mut self, who: usize, lane: LaneId) -> Option<u32> {
        if let Some(session) = self.residents[who].editors.get(&lane) {
            return Some(*session);
        }
        match self.order(who, "opens an editor", Command::OpenEditor(lane)) {
            Some(Reply::Session(session)) => {
                self.residents[who].editors.insert(lane, session);
                Some(session)
            }
            _ => None,
        }
    }

    fn edit(&mut self, who: usize) {
        let lanes = self.lanes();
        let lane = lanes[self.rng.usize(0..lanes.len())];
        let Some(session) = self.editor(who, lane) else {
            return;
        };
        let resident = &mut self.residents[who];
        let document = resident.space.document(lane, &resident.shelf()).unwrap();
        // Somebody types on what is on their screen, which may be a while old.
        let screen = resident
            .screens
            .get(&lane)
            .filter(|_| self.rng.u32(0..3) == 0);
        let held = screen.and_then(|heads| Some((heads.clone(), document.blocks_at(heads)?)));
        let (base, blocks) = held.unwrap_or_else(|| (document.heads(), document.blocks()));
        let units: usize = blocks
            .iter()
            .map(|block| {
                1 + block
                    .runs
                    .iter()
                    .map(|run| run.text.encode_utf16().count())
                    .sum::<usize>()
            })
            .sum();
        let mut edits = Vec::new();
        let at = self.rng.usize(1..=units);
        match self.rng.u32(0..10) {
            0..5 => {
                let text = WORDS[self.rng.usize(0..WORDS.len())].to_owned();
                let strong = self.rng.u32(0..4) == 0;
                let marks = Marks {
                    strong,
                    ..Marks::default()
                };
                edits.push(Edit::Insert { at, text, marks });
            }
            5 | 6 if at < units => {
                let count = self.rng.usize(1..=(units - at).min(5));
                edits.push(Edit::Delete { at, count });
            }
            7 if at < units => {
                let to = self.rng.usize(at..=units);
                let marks = Marks {
                    em: self.rng.bool(),
                    ..Marks::default()
                };
                edits.push(Edit::Mark {
                    from: at,
                    to,
                    marks,
                });
            }
            8 => edits.push(Edit::Split {
                at,
                kind: BlockKind::Quote,
            }),
            _ => edits.push(Edit::Block {
                at: 0,
                kind: BlockKind::Heading(1),
            }),
        }
        let command = Command::Edit {
            lane,
            session,
            base,
            edits,
        };
        if let Some(Reply::Edited(edited)) = self.order(who, "types", command) {
            self.residents[who].screens.insert(lane, edited.heads);
        }
    }

    fn checkpoint(&mut self, who: usize) {
        let Some(lane) = choose(&mut self.rng, &self.documents).copied() else {
            return;
        };
        self.order(who, "signs a checkpoint", Command::Checkpoint(lane));
    }

    fn title(&mut self, who: usize) {
        let lanes = self.lanes();
        let lane = lanes[self.rng.usize(0..lanes.len())];
        let Some(session) = self.editor(who, lane) else {
            return;
        };
        let title = WORDS[self.rng.usize(0..WORDS.len())].repeat(2);
        self.order(
            who,
            "titles",
            Command::SetTitle {
                lane,
                session,
                title,
            },
        );
    }
}

/// The form of a process, the same whoever opens it.
pub(super) fn form(lane: LaneId) -> Form {
    let option = |id: u16, label: &str| Choice {
        details: Default::default(),
        id,
        label: label.to_owned(),
    };
    Form {
        details: Default::default(),
        title: lane.short(),
        description: String::new(),
        audience: String::new(),
        stage: Stage::Consult,
        questions: vec![Question {
            details: Default::default(),
            id: QuestionId::from_bytes([1; 8]),
            label: "Well or school?".to_owned(),
            hint: String::new(),
            required: true,
            kind: QuestionKind::SingleChoice(vec![option(1, "Well"), option(2, "School")]),
        }],
        activity: majlis_core::consultation::Activity::default(),
        sealing: None,
    }
}

/// A form that nobody opened.
pub(super) const fn strange_form() -> FormId {
    FormId::from_bytes([7; 32])
}
