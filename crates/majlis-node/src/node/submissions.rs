//! What tablets of other programs are offered and what they send: forms of open consultations, and
//! submissions that become assisted answers.
//! Not here: their tokens (`tablets`), the protocol (`tablets` of this crate), reading and writing
//! OpenRosa (`majlis_formats::openrosa`).
//!
//! **One submission is one voice, however often it is sent.** The code of its voice is a keyed hash
//! of the tablet's name for it, so its slot is known before anything is recorded: whatever this
//! device forgot when its power was cut, the entries say whether the answer is there.

use std::collections::BTreeMap;
use std::sync::Arc;

use majlis_core::consultation::claim::{ClaimCode, assisted_slot};
use majlis_core::consultation::count::Said;
use majlis_core::consultation::{Answer, Form, QuestionKind};
use majlis_core::id::{LaneClass, LaneId, QuestionId, SlotId, SpaceId};
use majlis_core::sign::Signer as _;
use majlis_formats::Logic;
use majlis_formats::answer::{Answers, Entry};
use majlis_formats::openrosa::{self, Submission, SubmissionError};
use majlis_store::{OpeningRow, ProcessRow};
use serde::{Deserialize, Serialize};

use crate::api::process::AssistedView;
use crate::api::tablets::{TabletForm, UnfinishedSubmission};
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::tablets::Tablet;
use crate::plain;
use crate::plain::answers::by_id;
use crate::plain::form::answer_error;
use crate::plain::sheet::{Names, sheet};

/// The longest answers of one submission, in bytes of XML: far more than a record may have.
pub(crate) const MAX_XML: usize = 1 << 20;
/// The longest name of a submission, in bytes.
const MAX_INSTANCE: usize = 200;
/// The longest part of a note that a submission's own name gives, in bytes.
const MAX_INSTANCE_NAME: usize = 200;
/// Submissions without all of their files that are kept, in one space.
const MAX_UNFINISHED: usize = 500;
/// Forms kept ready for tablets.
const READY: usize = 16;
const SECRET: &str = "tablets/secret";
const DONE: &str = "tablets/done/";

/// A form as tablets have it.
#[derive(Debug)]
pub(crate) struct Offered {
    pub(crate) lane: LaneId,
    pub(crate) title: String,
    pub(crate) version: String,
    pub(crate) xml: String,
    /// Files that it shows or plays.
    pub(crate) files: Vec<String>,
    form: Form,
    names: Names,
    logic: Logic,
}

/// What a tablet sent, taken apart.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sent {
    /// The answers, as XML.
    pub(crate) xml: Vec<u8>,
    /// The files, by their names.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// Whether it arrived to its end.
    pub(crate) whole: bool,
    /// Whether the tablet says that more is coming.
    pub(crate) more: bool,
}

/// What became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    /// Recorded, now or before, with the code of the voice where it is a new one.
    Recorded { code: Option<String>, before: bool },
    /// Kept until these files come.
    Waits(Vec<String>),
}

/// Why it was not recorded. What arrived whole is kept where the form is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Untaken {
    /// No submission, or not of this form's kind.
    Malformed(String),
    /// No such form, or not in this version.
    UnknownForm,
    /// The consultation is closed.
    Closed,
    /// This device, or this tablet, may not.
    NotAllowed(String),
    /// Longer than is taken.
    TooLarge,
    /// A file is no photo or sound that can be kept.
    BadFile(String),
    /// It broke off.
    Broken,
    /// The tablet says that it is all, and these files are not there.
    Missing(Vec<String>),
    /// Too much is waiting for files.
    Full,
    /// This device cannot store it now.
    Failed(ApiError),
}

/// What is remembered of a recorded submission.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Done {
    slot: String,
    officer: String,
}

/// A submission of which files are missing.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Unfinished {
    instance: String,
    officer: String,
    consultation: String,
    xml: String,
    /// Files that are kept, as the text of their answer.
    files: BTreeMap<String, String>,
}

/// A submission that was read, with what is known of it.
struct Read {
    form: Arc<Offered>,
    row: ProcessRow,
    opening: OpeningRow,
    submission: Submission,
    instance: String,
}

/// What a file must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Photo,
    Sound,
}

impl From<ApiError> for Untaken {
    fn from(error: ApiError) -> Self {
        match error.code {
            ErrorCode::NotAllowed => Self::NotAllowed(error.message),
            ErrorCode::NotOpen => Self::Closed,
            ErrorCode::NotFound => Self::UnknownForm,
            ErrorCode::BadMedia => Self::BadFile(error.detail.unwrap_or_default()),
            ErrorCode::AnswerMissing | ErrorCode::AnswerUnfit | ErrorCode::BadInput => {
                let about = error.detail.map(|detail| format!(" ({detail})"));
                Self::Malformed(format!("{}{}", error.message, about.unwrap_or_default()))
            }
            _ => Self::Failed(error),
        }
    }
}

impl From<SubmissionError> for Untaken {
    fn from(error: SubmissionError) -> Self {
        match error {
            SubmissionError::TooLarge => Self::TooLarge,
            error => Self::Malformed(error.to_string()),
        }
    }
}

impl Node {
    /// The forms that tablets of a space are offered.
    pub(crate) async fn offered_forms(
        &self,
        space: SpaceId,
    ) -> Result<Vec<Arc<Offered>>, ApiError> {
        self.at(&space.to_string(), Desk::offered_forms).await
    }

    /// Takes what a tablet sent.
    pub(crate) async fn take_submission(
        &self,
        space: SpaceId,
        tablet: Tablet,
        sent: Sent,
    ) -> Result<Taken, Untaken> {
        let at = space.to_string();
        let sent = Arc::new(sent);
        let (of, reading) = (tablet.clone(), Arc::clone(&sent));
        let first = self.at(&at, move |desk| Ok(desk.look_at(&of, &reading.xml)));
        let wanted = match first.await?? {
            Look::Done(taken) => return Ok(taken),
            Look::Wants(wanted) => wanted,
        };
        let (mut kept, mut bad) = (BTreeMap::new(), None);
        for (name, wanted) in wanted {
            let Some(file) = sent.files.get(&name) else {
                continue;
            };
            let text = match wanted {
                Wanted::Photo => self
                    .keep_photo_file(&at, &name, file.clone())
                    .await
                    .map(|photo| format!("{} {}", photo.full, photo.preview)),
                Wanted::Sound => self
                    .keep_sound_file(&at, &name, file.clone())
                    .await
                    .map(|sound| sound.to_string()),
            };
            match text {
                Ok(text) => drop(kept.insert(name, text)),
                // The others are kept all the same.
                Err(error) => bad = Some(error),
            }
        }
        let last = self.at(&at, move |desk| Ok(desk.take_in(&tablet, &sent, kept)));
        let taken = last.await?;
        match (taken, bad) {
            (Ok(Taken::Waits(_)) | Err(Untaken::Missing(_) | Untaken::Broken), Some(error)) => {
                Err(error.into())
            }
            (taken, _) => taken,
        }
    }
}

/// What a first look at a submission says.
enum Look {
    Done(Taken),
    /// The files that it names.
    Wants(BTreeMap<String, Wanted>),
}

impl Offered {
    /// A form for tablets: under the id of its consultation, in the version of its hash, so that
    /// neither can be confused with another's.
    fn new(lane: LaneId, opening: &OpeningRow) -> Result<Self, String> {
        let form = &opening.form;
        if !form.takes_assisted() {
            return Err("only members' own ballots count in it".to_owned());
        }
        for question in &form.questions {
            let what = match &question.kind {
                QuestionKind::Points { .. } => "gives points",
                QuestionKind::Statements => "votes on statements",
                QuestionKind::Other(written)
                    if matches!(written.as_str(), "video" | "file" | "background-audio") =>
                {
                    "asks for a kind of file that is not kept here"
                }
                _ => continue,
            };
            return Err(format!("a question {what}: {}", question.label));
        }
        let mut written = sheet(form, &lane.to_string());
        written.settings.id = lane.to_string();
        written.settings.version = Some(opening.form_id.to_string());
        let logic = Logic::new(&written).map_err(|errors| {
            let first = errors.first().map(|error| error.problem.to_string());
            format!("its conditions mean nothing: {}", first.unwrap_or_default())
        })?;
        Ok(Self {
            lane,
            title: form.title.clone(),
            version: opening.form_id.to_string(),
            xml: openrosa::write_form(&logic),
            files: openrosa::media_names(logic.form()),
            form: form.clone(),
            names: Names::of(form),
            logic,
        })
    }

    /// The files that answers name, and what each must be.
    fn wanted(
        &self,
        answers: &Answers,
        repeat: Option<QuestionId>,
        wanted: &mut BTreeMap<String, Wanted>,
    ) {
        for (path, entry) in &answers.0 {
            let at = self.names.at(repeat, path);
            let Some(question) = at.and_then(|at| self.form.questions.get(at)) else {
                continue;
            };
            match entry {
                Entry::Text(name) => match question.kind {
                    QuestionKind::Photo => drop(wanted.insert(name.clone(), Wanted::Photo)),
                    QuestionKind::Sound => drop(wanted.insert(name.clone(), Wanted::Sound)),
                    _ => {}
                },
                Entry::Repeat(rows) => {
                    for row in rows {
                        self.wanted(row, Some(question.id), wanted);
                    }
                }
            }
        }
    }

    /// The answers, with what is kept in the place of files' names.
    fn filled(
        &self,
        answers: &Answers,
        repeat: Option<QuestionId>,
        files: &BTreeMap<String, String>,
    ) -> Answers {
        let each = answers.0.iter().map(|(path, entry)| {
            let at = self.names.at(repeat, path);
            let question = at.and_then(|at| self.form.questions.get(at));
            let entry = match (entry, question) {
                (Entry::Repeat(rows), Some(question)) => {
                    let rows = rows.iter();
                    let rows = rows.map(|row| self.filled(row, Some(question.id), files));
                    Entry::Repeat(rows.collect())
                }
                (Entry::Text(name), Some(question))
                    if matches!(question.kind, QuestionKind::Photo | QuestionKind::Sound) =>
                {
                    Entry::Text(files.get(name).unwrap_or(name).clone())
                }
                (entry, _) => entry.clone(),
            };
            (path.clone(), entry)
        });
        Answers(each.collect())
    }
}

impl Desk {
    /// The form for tablets, made once.
    fn offered(&mut self, row: &ProcessRow) -> Result<Arc<Offered>, String> {
        let opening = row.opening.as_ref().ok_or("it is not open")?;
        let ready = &mut self.fillings.offered;
        let known =
            |one: &Arc<Offered>| one.lane == row.lane && one.version == opening.form_id.to_string();
        if let Some(found) = ready.iter().find(|one| known(one)) {
            return Ok(Arc::clone(found));
        }
        let made = Arc::new(Offered::new(row.lane, opening)?);
        ready.insert(0, Arc::clone(&made));
        ready.truncate(READY);
        Ok(made)
    }

    /// Consultations that are open now.
    fn open_ones(&self) -> Result<Vec<ProcessRow>, ApiError> {
        let rows = self.store.processes(self.id());
        let rows = rows.map_err(|error| store_error(&error))?;
        let open = |row: &ProcessRow| row.opening.is_some() && !row.is_closed();
        Ok(rows.into_iter().filter(open).collect())
    }

    /// The forms of open consultations that tablets can fill; none without the rank for it.
    fn offered_forms(&mut self) -> Result<Vec<Arc<Offered>>, ApiError> {
        self.may_enter_for_others()?;
        let rows = self.open_ones()?;
        let forms = rows.iter().filter_map(|row| self.offered(row).ok());
        Ok(forms.collect())
    }

    /// The open consultations, and why tablets are not offered some of them.
    pub(super) fn tablet_forms(&mut self) -> Result<Vec<TabletForm>, ApiError> {
        let rows = self.open_ones()?;
        let forms = rows.iter().filter_map(|row| {
            let opening = row.opening.as_ref()?;
            Some(TabletForm {
                consultation: row.lane.to_string(),
                title: opening.form.title.clone(),
                version: opening.form_id.to_string(),
                withheld: self.offered(row).err().unwrap_or_default(),
            })
        });
        Ok(forms.collect())
    }

    pub(super) fn unfinished_submissions(&self) -> Result<Vec<UnfinishedSubmission>, ApiError> {
        let kept = self
            .store
            .drafts(&self.keys_of_unfinished(), MAX_UNFINISHED);
        let kept = kept.map_err(|error| store_error(&error))?;
        let read = kept.into_iter().filter_map(|(_, draft)| {
            let one: Unfinished = serde_json::from_str(&draft.value).ok()?;
            Some(UnfinishedSubmission {
                instance: one.instance,
                officer: one.officer,
                consultation: one.consultation,
                here: u32::try_from(one.files.len()).unwrap_or(u32::MAX),
                saved: draft.saved.0,
            })
        });
        Ok(read.collect())
    }

    fn look_at(&mut self, tablet: &Tablet, xml: &[u8]) -> Result<Look, Untaken> {
        let read = self.read_submission(xml)?;
        if let Some(taken) = self.recorded(&read)? {
            return Ok(Look::Done(taken));
        }
        self.takes(tablet, &read)?;
        let mut wanted = BTreeMap::new();
        let answers = &read.submission.answers;
        read.form.wanted(answers, None, &mut wanted);
        let here = self.files_here(&read)?;
        wanted.retain(|name, _| !here.contains_key(name));
        Ok(Look::Wants(wanted))
    }

    /// Keeps what came, and records it when nothing is missing.
    fn take_in(
        &mut self,
        tablet: &Tablet,
        sent: &Sent,
        kept: BTreeMap<String, String>,
    ) -> Result<Taken, Untaken> {
        let read = self.read_submission(&sent.xml)?;
        if let Some(taken) = self.recorded(&read)? {
            return Ok(taken);
        }
        self.takes(tablet, &read)?;
        let mut files = self.files_here(&read)?;
        files.extend(kept);
        let mut wanted = BTreeMap::new();
        let answers = &read.submission.answers;
        read.form.wanted(answers, None, &mut wanted);
        let missing: Vec<String> = wanted
            .into_keys()
            .filter(|name| !files.contains_key(name))
            .collect();
        if !missing.is_empty() || !sent.whole {
            self.keep_unfinished(tablet, &read, &sent.xml, files)?;
            return match (sent.whole, sent.more) {
                (false, _) => Err(Untaken::Broken),
                (true, true) => Ok(Taken::Waits(missing)),
                (true, false) => Err(Untaken::Missing(missing)),
            };
        }
        let answers = read.form.filled(answers, None, &files);
        let answers = by_id(&read.form.form, &read.form.names, &answers);
        let answers = answers.map_err(|unread| {
            Untaken::Malformed(format!(
                "an answer does not fit its question ({})",
                unread.name
            ))
        })?;
        // Conditions are the tablet's to see to, as those of another device are: what breaks one
        // counts as what it is, and is shown as breaking it.
        let fits = read.form.form.accepts(&answers);
        fits.map_err(|error| Untaken::from(answer_error(&error)))?;
        let code = self.record_submission(tablet, &read, answers)?;
        let dropped = self
            .store
            .drop_draft(&self.key_of_unfinished(&read.instance));
        dropped.map_err(|error| store_error(&error))?;
        self.count_for_tablet(&tablet.id)?;
        let before = false;
        Ok(Taken::Recorded { code, before })
    }

    fn read_submission(&mut self, xml: &[u8]) -> Result<Read, Untaken> {
        if xml.len() > MAX_XML {
            return Err(Untaken::TooLarge);
        }
        let (id, version) = openrosa::answered_form(xml)?;
        let lane: LaneId = id.parse().map_err(|_| Untaken::UnknownForm)?;
        if lane.class() != LaneClass::Process {
            return Err(Untaken::UnknownForm);
        }
        let (row, opening) = self.opened(lane).map_err(|_| Untaken::UnknownForm)?;
        let form = self.offered(&row).map_err(|_| Untaken::UnknownForm)?;
        if version.as_deref() != Some(form.version.as_str()) {
            return Err(Untaken::UnknownForm);
        }
        let submission = openrosa::read_submission(&form.logic, xml)?;
        let instance = submission.instance_id.clone().unwrap_or_default();
        if instance.is_empty() || instance.len() > MAX_INSTANCE {
            let why = "it has no instanceID, or one that is too long";
            return Err(Untaken::Malformed(why.to_owned()));
        }
        let odd = submission.malformed.first().cloned().or_else(|| {
            let mut unknown = submission.unknown.iter();
            let said = unknown.find(|(_, text)| !text.trim().is_empty());
            said.map(|(path, _)| path.clone())
        });
        if let Some(path) = odd {
            return Err(Untaken::Malformed(format!(
                "an answer does not fit its question ({path})"
            )));
        }
        Ok(Read {
            form,
            row,
            opening,
            submission,
            instance,
        })
    }

    /// Whether it may be recorded now, by what is known before its files.
    fn takes(&self, tablet: &Tablet, read: &Read) -> Result<(), Untaken> {
        self.may_enter_for_others()?;
        if read.row.is_closed() {
            return Err(Untaken::Closed);
        }
        if let Some(old) = &read.submission.deprecated_id
            && let Some(done) = self.done(read.row.lane, old)?
            && done.officer != tablet.officer
        {
            let why = "an answer of another officer cannot be corrected from this tablet";
            return Err(Untaken::NotAllowed(why.to_owned()));
        }
        Ok(())
    }

    /// What was recorded of it before.
    fn recorded(&self, read: &Read) -> Result<Option<Taken>, Untaken> {
        let done = self.done(read.row.lane, &read.instance)?;
        Ok(done.map(|_| Taken::Recorded {
            code: None,
            before: true,
        }))
    }

    /// Records it under its own voice, or under that of the submission that it replaces.
    fn record_submission(
        &mut self,
        tablet: &Tablet,
        read: &Read,
        answers: Vec<(QuestionId, Answer)>,
    ) -> Result<Option<String>, Untaken> {
        let lane = read.row.lane;
        let old = read.submission.deprecated_id.as_deref();
        let known = match old {
            Some(old) => self.slot_of(lane, old)?,
            None => None,
        };
        // A correction of what never came is the first of its voice, and what comes late is known.
        let voice = old.filter(|_| known.is_none()).unwrap_or(&read.instance);
        let code = self.code_of(lane, voice)?;
        let slot = match known {
            Some(slot) => Some(slot),
            None => self.slot_of(lane, voice)?,
        };
        let done = match slot {
            Some(slot) if self.says(lane, slot, &answers)? => slot.to_string(),
            slot => {
                let entered = AssistedView {
                    mode: tablet.mode,
                    consent: tablet.consent,
                    note: note(&tablet.officer, read.submission.instance_name.as_deref()),
                };
                let slot = slot.map(|slot| slot.to_string());
                let (entered, code) = (Some(entered), code.clone());
                self.hand_in_under(lane, &read.opening, answers, entered, slot.as_deref(), code)?
                    .slot
            }
        };
        for instance in old.into_iter().chain([read.instance.as_str()]) {
            let done = Done {
                slot: done.clone(),
                officer: tablet.officer.clone(),
            };
            self.put_done(lane, instance, &done)?;
        }
        Ok(known.is_none().then(|| code.to_string()))
    }

    /// Whether what counts of a voice says just this.
    fn says(
        &self,
        lane: LaneId,
        slot: SlotId,
        answers: &[(QuestionId, Answer)],
    ) -> Result<bool, ApiError> {
        let voice = self.voice(lane, slot)?;
        Ok(voice.counted().is_some_and(|version| match &version.said {
            Said::Response(response) => response.answers == answers,
            Said::Withdraw(_) => false,
        }))
    }

    /// The voice of a submission that is recorded.
    fn slot_of(&self, lane: LaneId, instance: &str) -> Result<Option<SlotId>, ApiError> {
        if let Some(done) = self.done(lane, instance)? {
            return Ok(done.slot.parse().ok());
        }
        let claim = self.code_of(lane, instance)?.claim(lane);
        let slot = assisted_slot(lane, self.key.device(), claim);
        Ok((!self.voice(lane, slot)?.versions.is_empty()).then_some(slot))
    }

    /// The code of the voice of a submission: a hash of its name that only this device can compute.
    fn code_of(&self, lane: LaneId, instance: &str) -> Result<ClaimCode, ApiError> {
        let failed = |error: &(dyn std::error::Error + 'static)| store_error(error);
        let kept = self.store.setting(Some(self.id()), SECRET);
        let kept = kept.map_err(|error| failed(&error))?;
        let secret: [u8; 32] = match kept.and_then(|kept| kept.try_into().ok()) {
            Some(secret) => secret,
            None => {
                let secret = clock::fresh::<32>();
                let put = self.store.put_setting(Some(self.id()), SECRET, &secret);
                put.map_err(|error| failed(&error))?;
                secret
            }
        };
        let mut fresh = [0; 8];
        blake3::Hasher::new_keyed(&secret)
            .update(lane.as_bytes())
            .update(instance.as_bytes())
            .finalize_xof()
            .fill(&mut fresh);
        Ok(ClaimCode::new(fresh))
    }

    fn done(&self, lane: LaneId, instance: &str) -> Result<Option<Done>, ApiError> {
        let key = format!("{DONE}{}", name_of(lane, instance));
        let kept = self.store.setting(Some(self.id()), &key);
        let kept = kept.map_err(|error| store_error(&error))?;
        Ok(kept.and_then(|kept| serde_json::from_slice(&kept).ok()))
    }

    fn put_done(&self, lane: LaneId, instance: &str, done: &Done) -> Result<(), ApiError> {
        let key = format!("{DONE}{}", name_of(lane, instance));
        let value = serde_json::to_vec(done).unwrap_or_default();
        let put = self.store.put_setting(Some(self.id()), &key, &value);
        put.map_err(|error| store_error(&error))
    }

    fn keys_of_unfinished(&self) -> String {
        format!("tablet:{}:", self.id())
    }

    fn key_of_unfinished(&self, instance: &str) -> String {
        let name = blake3::hash(instance.as_bytes()).to_hex();
        format!("{}{name}", self.keys_of_unfinished())
    }

    fn unfinished_one(&self, read: &Read) -> Result<Option<Unfinished>, ApiError> {
        let kept = self.store.draft(&self.key_of_unfinished(&read.instance));
        let kept = kept.map_err(|error| store_error(&error))?;
        let kept = kept.and_then(|kept| serde_json::from_str::<Unfinished>(&kept.value).ok());
        let consultation = read.row.lane.to_string();
        Ok(kept.filter(|kept| kept.consultation == consultation))
    }

    /// The files of a submission that came before, as far as they are still kept.
    fn files_here(&self, read: &Read) -> Result<BTreeMap<String, String>, ApiError> {
        let kept = self.unfinished_one(read)?;
        let mut files = kept.map(|kept| kept.files).unwrap_or_default();
        let mut gone = Vec::new();
        for (name, text) in &files {
            for blob in text.split(' ') {
                let blob = blob.parse().map_err(|_| plain::bad("blob"))?;
                if !self.holds(blob)? {
                    gone.push(name.clone());
                }
            }
        }
        files.retain(|name, _| !gone.contains(name));
        Ok(files)
    }

    fn keep_unfinished(
        &self,
        tablet: &Tablet,
        read: &Read,
        xml: &[u8],
        files: BTreeMap<String, String>,
    ) -> Result<(), Untaken> {
        let failed = |error: &(dyn std::error::Error + 'static)| Untaken::from(store_error(error));
        let all = self
            .store
            .drafts(&self.keys_of_unfinished(), MAX_UNFINISHED);
        let all = all.map_err(|error| failed(&error))?;
        if all.len() >= MAX_UNFINISHED && self.unfinished_one(read)?.is_none() {
            return Err(Untaken::Full);
        }
        let unfinished = Unfinished {
            instance: read.instance.clone(),
            officer: tablet.officer.clone(),
            consultation: read.row.lane.to_string(),
            xml: String::from_utf8_lossy(xml).into_owned(),
            files,
        };
        let value = serde_json::to_string(&unfinished).unwrap_or_default();
        let key = self.key_of_unfinished(&read.instance);
        let put = self.store.put_draft(&key, &value, clock::now());
        put.map_err(|error| failed(&error))
    }
}

/// What a submission is remembered by.
fn name_of(lane: LaneId, instance: &str) -> String {
    blake3::Hasher::new()
        .update(lane.as_bytes())
        .update(instance.as_bytes())
        .finalize()
        .to_hex()
        .to_string()
}

/// The note of an answer: the officer, and what the form calls this answer.
fn note(officer: &str, name: Option<&str>) -> String {
    let Some(name) = name.map(str::trim).filter(|name| !name.is_empty()) else {
        return officer.to_owned();
    };
    let mut short = String::new();
    for letter in name.chars() {
        if short.len() + letter.len_utf8() > MAX_INSTANCE_NAME {
            break;
        }
        short.push(letter);
    }
    format!("{officer}: {short}")
}
