//! What was sealed of an answer that is corrected: it stays as it is until one of those questions is
//! answered anew. Not here: sealing (`plain::sealed`).

use majlis_core::blob::Blob;
use majlis_core::consultation::Answer;
use majlis_core::consultation::count::Said;
use majlis_core::consultation::form::is_list_of_media;
use majlis_core::id::QuestionId;
use majlis_store::OpeningRow;

use super::Session;
use crate::api::ApiError;
use crate::desk::Desk;
use crate::plain::answers::by_id;

impl Session {
    /// Notes that a sealed question was answered: what was sealed before is replaced as a whole.
    pub(super) fn touch(&mut self, path: &str) {
        self.saved.sealed_anew |= self.ready.is_sealed_at(path);
    }

    /// The photos and sounds that were given to sealed questions, in the clear so far.
    pub(super) fn media_to_seal(&self) -> Vec<Blob> {
        let answers = by_id(&self.ready.form, &self.ready.names, &self.filling.answers());
        let sealed = answers.unwrap_or_default().into_iter();
        let sealed = sealed.filter(|(question, _)| self.ready.sealed.contains(question));
        sealed
            .flat_map(|(_, answer)| answer.blobs())
            .map(|(_, blob)| blob)
            .collect()
    }

    /// Whether what was sealed before stays as it is.
    pub(super) const fn keeps_sealed(&self) -> bool {
        self.saved.sealed_before && !self.saved.sealed_anew
    }
}

impl Desk {
    /// What was sealed of the answer that a filling corrects, where it stays as it is, with the lists of
    /// what it names.
    pub(super) fn kept_piece(
        &self,
        session: &Session,
        opening: &OpeningRow,
    ) -> Result<Vec<(QuestionId, Answer)>, ApiError> {
        let lane = session.lane.filter(|_| session.keeps_sealed());
        let Some(lane) = lane else {
            return Ok(Vec::new());
        };
        let voice = match session.saved.slot.as_deref() {
            Some(slot) => Some(self.assisted(lane, slot)?.1),
            None => {
                let own = self.own_slot(lane);
                own.map(|slot| self.voice(lane, slot)).transpose()?
            }
        };
        let counted = voice.as_ref().and_then(|voice| voice.counted());
        let Some(Said::Response(said)) = counted.map(|version| &version.said) else {
            return Ok(Vec::new());
        };
        if said.form != opening.form_id {
            return Ok(Vec::new());
        }
        let sealed = said.answers.iter().filter(|(id, answer)| {
            matches!(answer, Answer::Sealed(_)) || is_list_of_media(*id, answer)
        });
        Ok(sealed.cloned().collect())
    }
}
