//! The sample space: a village whose people each have a device of their own for the length of the
//! making. Everything in it was signed by its author and admitted like anything else.
//! Not here: what they say (`sample/story`).

mod replica;
mod story;

use majlis_core::consultation::{Activity, Answer, Choice, Form, Question, QuestionKind, Stage};
use majlis_core::document::{Block, BlockKind, Edit, Marks};
use majlis_core::id::{Claim, InviteKey, LaneClass, LaneId, QuestionId, SpaceId};
use majlis_core::membership::{Invite, Rank};
use majlis_core::record::{Assisted, AssistedMode, Known, Record, Response, Speaker};
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{Command, Founding, Input, Joining, Reply, Space};
use majlis_core::time::Timestamp;
use majlis_store::Store;
use zeroize::Zeroizing;

use crate::api::me::Language;
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::{command_error, store_error};
use crate::node::charter_title;
use replica::Replica;
use story::{Asked, Consulted, Given, Story, story};

/// The village was founded so long before the sample is looked at.
const AGE_MS: u64 = 24 * DAY_MS;
const DAY_MS: u64 = 86_400_000;
/// Between two things that happen.
const STEP_MS: u64 = 5 * 3_600_000;

/// Makes the sample for this device and stores it.
///
/// # Errors
/// When the store fails.
pub(crate) fn make(
    store: &Store,
    key: &DeviceKey,
    name: Option<String>,
    language: Option<Language>,
) -> Result<SpaceId, ApiError> {
    let title = charter_title(language);
    let story = story(language.unwrap_or(Language::En));
    let mut village = Village::found(story, key, name)?;
    village.live(story, title)?;
    let id = village.me()?.space.id();
    let opened = Space::open(id, key.device(), &store.shelf(id));
    let space = opened.map_err(|error| store_error(&error))?;
    let mut mine = Replica {
        space,
        store: store.clone(),
        key: DeviceKey::from_secret(&key.secret()),
    };
    let now = clock::now();
    for run in village.me()?.runs()? {
        mine.input(Input::Carried { run }, now)?;
    }
    Ok(id)
}

fn broken(what: &str) -> ApiError {
    ApiError::new(ErrorCode::Internal, format!("making the sample: {what}"))
}

struct Village {
    /// This device first, then the people of the story in order.
    people: Vec<Replica>,
    now: Timestamp,
}

impl Village {
    fn found(story: &Story, key: &DeviceKey, name: Option<String>) -> Result<Self, ApiError> {
        let now = Timestamp(clock::now().0.saturating_sub(AGE_MS));
        let founding = Founding {
            name: story.name.to_owned(),
            purpose: story.purpose.to_owned(),
            founder_name: name.unwrap_or_else(|| story.founder.to_owned()),
            recovery: Vec::new(),
        };
        let key = DeviceKey::from_secret(&key.secret());
        let (space, writes) = Space::found(founding, &key, now, clock::fresh())
            .map_err(|error| command_error(&error))?;
        Ok(Self {
            people: vec![Replica::new(space, &writes, key)?],
            now,
        })
    }

    fn me(&self) -> Result<&Replica, ApiError> {
        self.people.first().ok_or_else(|| broken("nobody"))
    }

    fn does(&mut self, who: usize, command: Command) -> Result<Reply, ApiError> {
        let person = self
            .people
            .get_mut(who)
            .ok_or_else(|| broken("nobody of that number"))?;
        person.input(Input::Command(command), self.now)
    }

    /// A person and this device meet: both have everything afterwards.
    fn meet(&mut self, who: usize) -> Result<(), ApiError> {
        let (mine, theirs) = (self.me()?.runs()?, self.nth(who)?.runs()?);
        for (at, runs) in [(0, theirs), (who, mine)] {
            for run in runs {
                let person = self.people.get_mut(at).ok_or_else(|| broken("nobody"))?;
                person.input(Input::Carried { run }, self.now)?;
            }
        }
        Ok(())
    }

    fn nth(&self, who: usize) -> Result<&Replica, ApiError> {
        self.people
            .get(who)
            .ok_or_else(|| broken("nobody of that number"))
    }

    fn later(&mut self) {
        self.now = Timestamp(self.now.0.saturating_add(STEP_MS).min(clock::now().0));
    }

    fn live(&mut self, story: &Story, charter: &str) -> Result<(), ApiError> {
        let space = self.me()?.space.id();
        self.write(0, LaneId::charter(space), charter, story.charter.lines())?;
        for (number, name) in story.people.iter().enumerate() {
            let rank = if number < 2 {
                Rank::Facilitator
            } else {
                Rank::Member
            };
            self.join(rank, name)?;
        }
        self.later();
        let closed = self.consult(&story.closed, true)?;
        self.answer(&story.closed, &closed)?;
        self.does(0, Command::Seal)?;
        let form = closed.1.id();
        let note = story.closed.note.to_owned();
        self.does(
            0,
            Command::CloseProcess {
                lane: closed.0,
                form,
                note,
            },
        )?;
        self.later();
        let mut last = None;
        for written in &story.documents {
            let lane = LaneId::new(LaneClass::Document, clock::fresh());
            for said in written.lines {
                self.meet_if_other(said.by)?;
                self.write(said.by, lane, written.title, core::iter::once(said.text))?;
                self.does(said.by, Command::Seal)?;
                self.meet_if_other(said.by)?;
                self.later();
            }
            last = Some((lane, written.title));
        }
        self.part(story, last)?;
        let open = self.consult(&story.open, true)?;
        self.answer(&story.open, &open)?;
        self.consult(&story.draft, false)?;
        self.does(0, Command::Seal)?;
        Ok(())
    }

    /// The last of the people writes a line that does not travel before they are removed.
    fn part(&mut self, story: &Story, document: Option<(LaneId, &str)>) -> Result<(), ApiError> {
        let who = story.people.len();
        self.meet_if_other(who)?;
        if let Some((lane, title)) = document {
            self.write(who, lane, title, core::iter::once(story.late_line))?;
            self.does(who, Command::Seal)?;
        }
        let device = self.nth(who)?.key.device();
        let reason = story.removed_for.to_owned();
        self.does(0, Command::Remove { device, reason })?;
        self.meet_if_other(who)?;
        self.later();
        Ok(())
    }

    fn meet_if_other(&mut self, who: usize) -> Result<(), ApiError> {
        if who == 0 { Ok(()) } else { self.meet(who) }
    }

    fn join(&mut self, rank: Rank, name: &str) -> Result<(), ApiError> {
        let secret = Zeroizing::new(clock::fresh::<32>());
        let invite = Invite {
            key: InviteKey::from_bytes(*DeviceKey::from_secret(&secret).device().as_bytes()),
            rank,
            uses: 1,
            label: name.to_owned(),
        };
        let Reply::Entry(invite) = self.does(0, Command::Invite(invite))? else {
            return Err(broken("an invite made no entry"));
        };
        let key = DeviceKey::from_secret(&Zeroizing::new(clock::fresh()));
        let space = self.me()?.space.id();
        let joining = Joining {
            space,
            invite,
            secret,
            name: name.to_owned(),
        };
        let (space, writes) = Space::join(&joining, &key, self.now, clock::fresh())
            .map_err(|error| command_error(&error))?;
        self.people.push(Replica::new(space, &writes, key)?);
        self.meet(self.people.len().saturating_sub(1))
    }

    /// Adds lines at the end of a document, a paragraph each.
    fn write<'a>(
        &mut self,
        who: usize,
        lane: LaneId,
        title: &str,
        lines: impl Iterator<Item = &'a str>,
    ) -> Result<(), ApiError> {
        let Reply::Session(session) = self.does(who, Command::OpenEditor(lane))? else {
            return Err(broken("an editor gave no session"));
        };
        let (blocks, known) = self.read(who, lane)?;
        if !known {
            self.does(
                who,
                Command::SetTitle {
                    lane,
                    session,
                    title: title.to_owned(),
                },
            )?;
        }
        let mut at: usize = blocks.iter().map(units).sum();
        let mut fresh = blocks.iter().all(|block| block.runs.is_empty());
        let mut edits = Vec::new();
        for line in lines {
            if !fresh {
                edits.push(Edit::Split {
                    at,
                    kind: BlockKind::Paragraph,
                });
                at = at.saturating_add(1);
            }
            fresh = false;
            edits.push(Edit::Insert {
                at,
                text: line.to_owned(),
                marks: Marks::default(),
            });
            at = at.saturating_add(line.encode_utf16().count());
        }
        let person = self.people.get_mut(who).ok_or_else(|| broken("nobody"))?;
        let shelf = person.store.shelf(person.space.id());
        let document = person
            .space
            .document(lane, &shelf)
            .map_err(|error| store_error(&error))?;
        let base = document.heads();
        self.does(
            who,
            Command::Edit {
                lane,
                session,
                base,
                edits,
            },
        )?;
        Ok(())
    }

    /// A document's blocks, and whether it has a title already.
    fn read(&mut self, who: usize, lane: LaneId) -> Result<(Vec<Block>, bool), ApiError> {
        let person = self.people.get_mut(who).ok_or_else(|| broken("nobody"))?;
        let shelf = person.store.shelf(person.space.id());
        let document = person
            .space
            .document(lane, &shelf)
            .map_err(|error| store_error(&error))?;
        Ok((document.blocks(), !document.title().is_empty()))
    }

    fn consult(&mut self, consulted: &Consulted, open: bool) -> Result<(LaneId, Form), ApiError> {
        let lane = LaneId::new(LaneClass::Process, clock::fresh());
        let form = form(consulted);
        let Reply::Session(session) = self.does(0, Command::OpenEditor(lane))? else {
            return Err(broken("an editor gave no session"));
        };
        let definition = Box::new(form.clone());
        self.does(
            0,
            Command::Define {
                lane,
                session,
                definition,
            },
        )?;
        if open {
            let record = Box::new(Record::Open(form.clone()));
            self.does(
                0,
                Command::Record {
                    lane,
                    record,
                    seal: true,
                },
            )?;
        }
        self.does(0, Command::Seal)?;
        self.later();
        Ok((lane, form))
    }

    fn answer(&mut self, consulted: &Consulted, to: &(LaneId, Form)) -> Result<(), ApiError> {
        let (lane, form) = to;
        for given in consulted.given {
            self.meet_if_other(given.by)?;
            let record = Record::Response(Response {
                form: form.id(),
                speaker: speaker(given),
                answers: answers(given, form, self.now),
            });
            let record = Box::new(record);
            self.does(
                given.by,
                Command::Record {
                    lane: *lane,
                    record,
                    seal: true,
                },
            )?;
            self.meet_if_other(given.by)?;
            self.later();
        }
        Ok(())
    }
}

fn units(block: &Block) -> usize {
    let text: usize = block
        .runs
        .iter()
        .map(|run| run.text.encode_utf16().count())
        .sum();
    text.saturating_add(1)
}

fn speaker(given: &Given) -> Speaker {
    if given.assisted {
        // Nobody holds a receipt of a sample.
        Speaker::New {
            claim: Claim::from_bytes(clock::fresh()),
            assisted: Assisted {
                mode: AssistedMode::Spoken,
                consent: true,
                note: String::new(),
            },
        }
    } else {
        let (supersedes, salt) = (Vec::new(), clock::fresh());
        Speaker::Known(Known::Own { supersedes, salt })
    }
}

fn form(consulted: &Consulted) -> Form {
    let choices = |labels: &[&str]| -> Vec<Choice> {
        let numbered = labels.iter().zip(1..);
        numbered
            .map(|(label, id)| Choice {
                details: Default::default(),
                id,
                label: (*label).to_owned(),
            })
            .collect()
    };
    let question = |asked: &Asked| {
        let (label, kind) = match asked {
            Asked::Text(label) => (label, QuestionKind::Text),
            Asked::Number(label, min, max) => {
                let millionths = |value: &i64| Some(value.saturating_mul(1_000_000));
                (
                    label,
                    QuestionKind::Number {
                        min: millionths(min),
                        max: millionths(max),
                    },
                )
            }
            Asked::Single(label, options) => (label, QuestionKind::SingleChoice(choices(options))),
            Asked::Multiple(label, options) => (
                label,
                QuestionKind::MultipleChoice {
                    options: choices(options),
                    most: 0,
                },
            ),
            Asked::Scale(label, low, high) => {
                let (low, high) = ((*low).to_owned(), (*high).to_owned());
                (
                    label,
                    QuestionKind::Scale {
                        from: 1,
                        to: 5,
                        low,
                        high,
                    },
                )
            }
            Asked::Date(label) => (label, QuestionKind::Date),
        };
        Question {
            details: Default::default(),
            id: QuestionId::from_bytes(clock::fresh()),
            label: (*label).to_owned(),
            hint: String::new(),
            required: matches!(asked, Asked::Single(..)),
            kind,
        }
    };
    Form {
        details: Default::default(),
        title: consulted.title.to_owned(),
        description: consulted.description.to_owned(),
        audience: consulted.audience.to_owned(),
        stage: Stage::Consult,
        questions: consulted.questions.iter().map(question).collect(),
        activity: Activity::default(),
        sealing: None,
    }
}

fn answers(given: &Given, form: &Form, now: Timestamp) -> Vec<(QuestionId, Answer)> {
    let values = given.values.iter().copied().chain(core::iter::repeat(None));
    let pairs = form.questions.iter().zip(values);
    let answer = |question: &Question, value: Option<i64>| match &question.kind {
        QuestionKind::Text => (!given.text.is_empty()).then(|| Answer::Text(given.text.to_owned())),
        QuestionKind::Number { .. } => {
            value.map(|value| Answer::Number(value.saturating_mul(1_000_000)))
        }
        QuestionKind::SingleChoice(options) | QuestionKind::MultipleChoice { options, .. } => {
            let at = usize::try_from(value?).ok()?;
            Some(Answer::Choices(vec![options.get(at)?.id]))
        }
        QuestionKind::Scale { .. } => Some(Answer::Scale(i16::try_from(value?).ok()?)),
        QuestionKind::Date => {
            let day = i64::try_from(clock::day(now)).ok()?.checked_add(value?)?;
            Some(Answer::Date(i32::try_from(day).ok()?))
        }
        QuestionKind::Photo
        | QuestionKind::Sound
        | QuestionKind::Ranking(_)
        | QuestionKind::Points { .. }
        | QuestionKind::Statements
        | QuestionKind::Group
        | QuestionKind::Repeat
        | QuestionKind::Note
        | QuestionKind::WholeNumber { .. }
        | QuestionKind::Range { .. }
        | QuestionKind::Time
        | QuestionKind::DateTime
        | QuestionKind::Place
        | QuestionKind::Barcode
        | QuestionKind::Acknowledge
        | QuestionKind::Calculate
        | QuestionKind::Hidden
        | QuestionKind::Metadata(_)
        | QuestionKind::Other(_) => None,
    };
    pairs
        .filter_map(|(question, value)| Some((question.id, answer(question, value)?)))
        .collect()
}
