//! What tablets of other programs are offered and what they send: forms of open consultations, and
//! submissions that become assisted answers.
//! Not here: their tokens (`tablets`), the protocol (`tablets` of this crate), reading and writing
//! OpenRosa (`majlis_formats::openrosa`).
//!
//! **One submission is one voice, however often it is sent.** The code of its voice is a keyed hash
//! of the tablet's name for it, so its slot is known before anything is recorded: whatever this
//! device forgot when its power was cut, the entries say whether the answer is there.

mod kept;
mod offered;

use std::collections::BTreeMap;
use std::sync::Arc;

use majlis_core::consultation::Answer;
use majlis_core::consultation::count::Said;
use majlis_core::id::{LaneClass, LaneId, QuestionId, SlotId, SpaceId};
use majlis_core::sign::Signer as _;
use majlis_formats::openrosa::{self, Submission, SubmissionError};
use majlis_store::{OpeningRow, ProcessRow, VersionRow};

use crate::api::process::AssistedView;
use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::tablets::Tablet;
use crate::plain::answers::by_id;
use crate::plain::form::{answer_error, check_sealing, question_id};
use kept::Done;
pub(crate) use offered::Offered;
use offered::Wanted;

/// The longest answers of one submission, in bytes of XML: far more than a record may have.
pub(crate) const MAX_XML: usize = 1 << 20;
/// The longest name of a submission, in bytes.
const MAX_INSTANCE: usize = 200;
/// The longest part of a note that a submission's own name gives, in bytes.
const MAX_INSTANCE_NAME: usize = 200;

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
    /// No submission; why, in English, as those know it who made the tablet's program.
    Malformed(String),
    /// Encrypted for a key that is not ours.
    Encrypted,
    /// A question that must be answered is not; its name.
    Unanswered(String),
    /// An answer does not fit its question; its name, or where it stands.
    Unfit(String),
    /// No such form, or not in this version.
    UnknownForm,
    /// The consultation is closed.
    Closed,
    /// Something else was recorded under this name.
    Different,
    /// This device may not enter answers for others here.
    NotAllowed,
    /// The form asks for answers to be sealed, and cannot be sealed as it says.
    SealingUnfit,
    /// It was handed in, or what it corrects, from a tablet of another officer.
    OfAnother,
    /// Whoever holds its receipt claimed what it corrects: their own device speaks for it.
    Claimed,
    /// What it corrects is not here.
    NotHere,
    /// What is to be sealed of it is too long, from this question on.
    SealedTooLong(String),
    /// Its answers together are longer than can be recorded.
    TooLong,
    /// More bytes than are taken at once.
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

/// A submission that was read, with what is known of it.
struct Read {
    form: Arc<Offered>,
    row: ProcessRow,
    opening: OpeningRow,
    submission: Submission,
    instance: String,
}

impl From<ApiError> for Untaken {
    fn from(error: ApiError) -> Self {
        match error.code {
            ErrorCode::NotAllowed => Self::NotAllowed,
            ErrorCode::SealingUnfit => Self::SealingUnfit,
            ErrorCode::NotOpen => Self::Closed,
            ErrorCode::Claimed => Self::Claimed,
            ErrorCode::NotFound => Self::NotHere,
            ErrorCode::SealedTooLong => Self::SealedTooLong(error.detail.unwrap_or_default()),
            ErrorCode::TooLong => Self::TooLong,
            // It was let go of meanwhile: the tablet still has it.
            ErrorCode::MediaGone => Self::Missing(error.detail.into_iter().collect()),
            ErrorCode::BadMedia => Self::BadFile(error.detail.unwrap_or_default()),
            ErrorCode::AnswerMissing => Self::Unanswered(error.detail.unwrap_or_default()),
            ErrorCode::AnswerUnfit => Self::Unfit(error.detail.unwrap_or_default()),
            ErrorCode::BadInput => {
                let about = error.detail.map(|detail| format!(" ({detail})"));
                Self::Malformed(format!("{}{}", error.message, about.unwrap_or_default()))
            }
            _ => Self::Failed(error),
        }
    }
}

impl Read {
    /// An error that names a question by its id names it as the form's file has it: there the office finds it.
    fn untaken(&self, error: ApiError) -> Untaken {
        let mut questions = self.form.form.questions.iter();
        let about = error.detail.as_deref();
        let about = questions.find(|one| Some(question_id(one.id).as_str()) == about);
        let name = about.map(|one| self.form.names.name(one.id).to_owned());
        Untaken::from(match name {
            Some(name) => error.about(name),
            None => error,
        })
    }
}

impl From<SubmissionError> for Untaken {
    fn from(error: SubmissionError) -> Self {
        match error {
            SubmissionError::TooLarge => Self::TooLarge,
            SubmissionError::Encrypted => Self::Encrypted,
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
        // A space that is not there now is no matter of the form: it is to be sent again.
        let wanted = match first.await.map_err(Untaken::Failed)?? {
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
        let taken = last.await.map_err(Untaken::Failed)?;
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

impl Desk {
    fn look_at(&mut self, tablet: &Tablet, xml: &[u8]) -> Result<Look, Untaken> {
        let read = self.read_submission(tablet, xml)?;
        if let Some(taken) = self.recorded(tablet, &read, xml)? {
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
        let read = self.read_submission(tablet, &sent.xml)?;
        if let Some(taken) = self.recorded(tablet, &read, &sent.xml)? {
            // What was kept for it, where this device went off between recording and letting go.
            let dropped = self
                .store
                .drop_draft(&self.key_of_unfinished(&read.instance));
            dropped.map_err(|error| store_error(&error))?;
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
            self.keep_unfinished(tablet, &read, files)?;
            return match (sent.whole, sent.more) {
                (false, _) => Err(Untaken::Broken),
                (true, true) => Ok(Taken::Waits(missing)),
                (true, false) => Err(Untaken::Missing(missing)),
            };
        }
        let answers = read.form.filled(answers, None, &files);
        let answers = by_id(&read.form.form, &read.form.names, &answers);
        let answers = answers.map_err(|unread| Untaken::Unfit(unread.name))?;
        // Conditions are the tablet's to see to, as those of another device are: what breaks one
        // counts as what it is, and is shown as breaking it.
        let fits = read.form.form.accepts(&answers);
        fits.map_err(|error| read.untaken(answer_error(&error)))?;
        let taken = self.record_submission(tablet, &read, &sent.xml, answers)?;
        let dropped = self
            .store
            .drop_draft(&self.key_of_unfinished(&read.instance));
        dropped.map_err(|error| store_error(&error))?;
        if read.opening.form.sealed().is_some() {
            // What the tablet sent in the clear is in the log beside the file too.
            self.settle();
        }
        if matches!(taken, Taken::Recorded { before: false, .. }) {
            self.count_for_tablet(&tablet.id)?;
        }
        Ok(taken)
    }

    fn read_submission(&mut self, tablet: &Tablet, xml: &[u8]) -> Result<Read, Untaken> {
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
        if let Some(old) = &submission.deprecated_id {
            // Whatever becomes of this one, who corrects it corrects the same voice.
            self.note_correction(lane, tablet, old, &instance)?;
        }
        let odd = submission.malformed.first().cloned().or_else(|| {
            let mut unknown = submission.unknown.iter();
            let said = unknown.find(|(_, text)| !text.trim().is_empty());
            said.map(|(path, _)| path.clone())
        });
        if let Some(path) = odd {
            return Err(Untaken::Unfit(path));
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
        // Before anything of it is kept that could not be sealed.
        check_sealing(&read.opening.form)?;
        if let Some(old) = &read.submission.deprecated_id
            && let Some(done) = self.done(read.row.lane, old)?
            && done.officer != tablet.officer
        {
            return Err(Untaken::OfAnother);
        }
        Ok(())
    }

    /// What was recorded of it before.
    fn recorded(&self, tablet: &Tablet, read: &Read, xml: &[u8]) -> Result<Option<Taken>, Untaken> {
        let lane = read.row.lane;
        let Some(done) = self.done(lane, &read.instance)? else {
            return Ok(None);
        };
        // The code of a receipt is told to whoever handed it in, and to nobody else.
        if done.officer != tablet.officer {
            return Err(Untaken::OfAnother);
        }
        // A tablet names a correction anew. Who says something else under the same name is told so,
        // and not that it was taken.
        let said = self.mark_of(lane, xml)?;
        if done.said.is_some_and(|before| before != said) {
            return Err(Untaken::Different);
        }
        // The answer to the first request may have been lost on its way, and with it the code.
        let code = self.code_of(lane, &read.instance)?;
        let own = code.holder(lane).slot(self.key.device());
        let code = (done.slot == own.to_string()).then(|| code.to_string());
        let before = true;
        Ok(Some(Taken::Recorded { code, before }))
    }

    /// Records it under its own voice, or under that of the submission that it replaces.
    fn record_submission(
        &mut self,
        tablet: &Tablet,
        read: &Read,
        xml: &[u8],
        answers: Vec<(QuestionId, Answer)>,
    ) -> Result<Taken, Untaken> {
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
        let mut before = false;
        let done = match slot {
            // Recorded just before the power was cut. What is sealed anew is never the same bytes: there
            // it is the slot that tells, which only this submission gives.
            Some(slot) if known.is_none() && old.is_none() => {
                let voice = self.voice(lane, slot)?;
                let mut versions = voice.versions.iter();
                if !self.sealed_here(read, slot)?
                    && !versions.any(|version| says_this(version, &answers))
                {
                    return Err(Untaken::Different);
                }
                before = true;
                slot.to_string()
            }
            Some(slot)
                if self
                    .voice(lane, slot)?
                    .counted()
                    .is_some_and(|version| says_this(version, &answers)) =>
            {
                before = true;
                slot.to_string()
            }
            slot => {
                let entered = AssistedView {
                    mode: tablet.mode,
                    consent: tablet.consent,
                    // What a form calls an answer may be made of what is sealed in it.
                    note: note(
                        &tablet.officer,
                        read.submission
                            .instance_name
                            .as_deref()
                            .filter(|_| read.opening.form.sealed().is_none()),
                    ),
                };
                let slot = slot.map(|slot| slot.to_string());
                let (entered, opening) = (Some(entered), &read.opening);
                self.hand_in_under(lane, opening, answers, entered, slot.as_deref(), &code)
                    .map_err(|error| read.untaken(error))?
                    .slot
            }
        };
        let mut done = Done {
            slot: done,
            officer: tablet.officer.clone(),
            said: Some(self.mark_of(lane, xml)?),
        };
        self.put_done(lane, &read.instance, &done)?;
        if let Some(old) = old {
            // What the first one said is kept where it came, and not known where it never did.
            let before = self.done(lane, old)?;
            done.said = before.and_then(|before| before.said);
            self.put_done(lane, old, &done)?;
        }
        let code = known.is_none().then(|| code.to_string());
        Ok(Taken::Recorded { code, before })
    }

    /// Whether this device recorded a sealed answer in a slot before.
    fn sealed_here(&self, read: &Read, slot: SlotId) -> Result<bool, ApiError> {
        if read.opening.form.sealed().is_none() {
            return Ok(false);
        }
        let me = self.key.device();
        let voice = self.voice(read.row.lane, slot)?;
        let mut versions = voice.versions.iter();
        Ok(versions.any(|version| version.device.is_none_or(|device| device == me)))
    }
}

/// Whether a version says just this.
fn says_this(version: &VersionRow, answers: &[(QuestionId, Answer)]) -> bool {
    match &version.said {
        Said::Response(response) => response.answers == answers,
        Said::Withdraw(_) => false,
    }
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
