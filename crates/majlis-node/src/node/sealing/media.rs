//! Photos and sounds of sealed questions: sealed before anything names them, and opened to be looked at.
//! Not here: the bytes (`plain::sealed_media`).

use std::collections::BTreeSet;

use majlis_core::blob::{Blob, Photo};
use majlis_core::consultation::Answer;
use majlis_core::consultation::count::Said;
use majlis_core::consultation::form::SealedQuestions;
use majlis_core::id::{LaneId, QuestionId, SlotId};
use majlis_core::space::{Command, Reply};
use majlis_store::OpeningRow;

use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::node::media::media_gone;
use crate::plain::form;
use crate::plain::sealed::Answers;
use crate::plain::sealed_media::SealedMedium;

/// The bytes of a blob as a person may see them.
pub(in crate::node) enum Seen {
    /// Those that anybody sees, or that this device could read.
    Clear(Vec<u8>),
    /// Sealed to others, or not to be read yet.
    Sealed,
}

/// The photos and sounds that answer these questions, those in rows too.
fn media_of<'a>(
    answers: &'a mut Answers,
    questions: &BTreeSet<QuestionId>,
    found: &mut Vec<(QuestionId, &'a mut Answer)>,
) {
    for (id, answer) in answers.iter_mut().filter(|(id, _)| questions.contains(id)) {
        match answer {
            Answer::Photo(_) | Answer::Sound(_) => found.push((*id, answer)),
            Answer::Rows(rows) => {
                for row in rows {
                    media_of(row, questions, found);
                }
            }
            _ => {}
        }
    }
}

impl Desk {
    /// Puts sealed bytes in the place of those that answers to sealed questions name. What an earlier
    /// version of the same voice named is sealed already, and stays. Gives what is to be let go of
    /// once they are recorded.
    pub(super) fn seal_media(
        &mut self,
        (lane, slot): (LaneId, SlotId),
        opening: &OpeningRow,
        sealed: &SealedQuestions,
        answers: &mut Answers,
    ) -> Result<Vec<Blob>, ApiError> {
        let questions = opening.form.sealed_questions();
        let mut media = Vec::new();
        media_of(answers, &questions, &mut media);
        if media.is_empty() {
            return Ok(Vec::new());
        }
        let before = self.named_before(lane, slot)?;
        let mut clear = Vec::new();
        for (id, answer) in media {
            let mut seal = |blob: Blob| -> Result<Blob, ApiError> {
                if before.contains(&blob) {
                    return Ok(blob);
                }
                let unfit = || {
                    let why = "sealing a photo or a sound that is too long";
                    ApiError::new(ErrorCode::BadMedia, why).about(form::question_id(id))
                };
                let bytes = self.store.whole_blob(self.id(), blob);
                let bytes = bytes.map_err(|error| store_error(&error))?;
                let bytes = bytes.ok_or_else(|| media_gone(id))?;
                let place = self.place(lane);
                let made = place.seal_medium(opening.form_id, sealed, slot, bytes);
                match self.command(Command::KeepBlob(made.ok_or_else(unfit)?)) {
                    Ok(Reply::Blob(made)) => {
                        clear.push(blob);
                        Ok(made)
                    }
                    Err(error) if error.code != ErrorCode::BadInput => Err(error),
                    // Sealing made it longer than a blob may be.
                    Ok(_) | Err(_) => Err(unfit()),
                }
            };
            match answer {
                Answer::Photo(photo) => {
                    let preview = seal(photo.preview)?;
                    let full = seal(photo.full)?;
                    *photo = Photo { full, preview };
                }
                Answer::Sound(sound) => *sound = seal(*sound)?,
                _ => {}
            }
        }
        Ok(clear)
    }

    /// Lets go of what was sealed meanwhile, and is recorded. Nothing that comes after takes a receipt away.
    pub(in crate::node) fn drop_clear(&mut self, clear: &[Blob]) {
        if clear.is_empty() {
            return;
        }
        if let Err(error) = self.store.drop_unused_blobs(self.id(), clear) {
            tracing::warn!(%error, "letting go of photos and sounds that are sealed now");
        }
        self.settle();
    }

    /// The photos and sounds that a voice named in any version.
    fn named_before(&self, lane: LaneId, slot: SlotId) -> Result<BTreeSet<Blob>, ApiError> {
        let voice = self.voice(lane, slot)?;
        let said = voice
            .versions
            .iter()
            .filter_map(|version| match &version.said {
                Said::Response(response) => Some(&response.answers),
                Said::Withdraw(_) => None,
            });
        let answers = said.flatten();
        Ok(answers
            .flat_map(|(_, answer)| answer.blobs())
            .map(|(_, blob)| blob)
            .collect())
    }

    /// What a person on this device may see of the bytes of a blob.
    pub(in crate::node) fn seen(&self, bytes: Vec<u8>) -> Result<Seen, ApiError> {
        let Some(medium) = SealedMedium::read(&bytes) else {
            return Ok(Seen::Clear(bytes));
        };
        let opened = self.opened(medium.lane).ok();
        let opening = opened.map(|(_, opening)| opening);
        let opening = opening.filter(|opening| opening.form_id == medium.form);
        let reader = match opening {
            Some(opening) => self.reader(medium.lane, &opening)?,
            None => None,
        };
        let clear = reader.and_then(|reader| medium.open(&reader));
        Ok(clear.map_or(Seen::Sealed, Seen::Clear))
    }
}
