//! Figures of sealed answers, told to everybody: publishing them, and what was published.
//! Not here: which numbers are left out (`majlis_core::consultation::published`).

use majlis_core::consultation::form::SealedQuestions;
use majlis_core::consultation::published::{Published, Publishing, Voices};
use majlis_core::id::LaneId;
use majlis_core::record::CustodySaid;
use majlis_store::OpeningRow;

use super::sealed_away;
use crate::api::sealing::PublishedView;
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::desk::Desk;
use crate::plain;
use crate::plain::results;
use crate::plain::sealed::Reader;

/// Fewer than this may not be told of anybody, however small the place.
const LEAST_OF_ALL: u32 = 3;

impl Desk {
    /// Publishes what the close names, so that it is the same whoever publishes and whenever: figures
    /// of two moments, told one after the other, would tell of those who answered in between.
    pub(super) fn publish_figures(
        &mut self,
        lane: LaneId,
        least: u32,
    ) -> Result<Nothing, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if least < LEAST_OF_ALL {
            return Err(plain::bad("least"));
        }
        if !row.is_closed() {
            let why = "publishing figures of sealed answers while more may come";
            return Err(ApiError::new(ErrorCode::StillOpen, why));
        }
        let reader = self.reader(lane, &opening)?.ok_or_else(sealed_away)?;
        if self.lacking(lane)? > 0 {
            let why = "publishing figures while answers that the close names are not here";
            return Err(ApiError::new(ErrorCode::AnswersLacking, why));
        }
        let (figures, voices) = self.count_sealed(lane, &opening, &reader, least.into())?;
        let sealed = opening.form.sealed().ok_or_else(sealed_away)?;
        let mut others = self
            .proceedings(lane)?
            .custody
            .into_iter()
            .filter(|placed| {
                let of_others = match &placed.said.said {
                    CustodySaid::Released(_) | CustodySaid::Trustee(_) => false,
                    CustodySaid::Published(_) => true,
                    CustodySaid::PublishedOf(_, of) => *of != voices,
                };
                of_others && sealed.keeper_of(placed.device).is_some()
            });
        if others.next().is_some() {
            let why = "publishing figures beside those of other answers, which could be subtracted";
            return Err(ApiError::new(ErrorCode::FiguresDiffer, why));
        }
        self.state_custody(lane, &opening, CustodySaid::PublishedOf(figures, voices))
    }

    /// The figures, and of which answers they are.
    fn count_sealed(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
        reader: &Reader,
        least: u64,
    ) -> Result<(Published, [u8; 32]), ApiError> {
        let mut publishing = Publishing::new(&opening.form);
        let mut voices = Voices::default();
        self.each_read(lane, Some(reader), |row, whole| {
            voices.add(row.slot, &row.response.answers);
            publishing.add(whole.as_deref());
            Ok(())
        })?;
        Ok((publishing.finish(least), voices.digest()))
    }

    /// What keepers published, newest first, and whether this device counts the same.
    pub(super) fn published(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
        sealed: &SealedQuestions,
        reader: Option<&Reader>,
    ) -> Result<Vec<PublishedView>, ApiError> {
        let roster = self.space.roster();
        let mut published = Vec::new();
        let proceedings = self.proceedings(lane)?;
        for placed in &proceedings.custody {
            let (told, of) = match &placed.said.said {
                CustodySaid::Trustee(_) | CustodySaid::Released(_) => continue,
                CustodySaid::Published(told) => (told, None),
                CustodySaid::PublishedOf(told, of) => (told, Some(of)),
            };
            // Who holds no part has read nothing that they could tell.
            if sealed.keeper_of(placed.device).is_none() {
                continue;
            }
            let own = reader.map(|reader| self.count_sealed(lane, opening, reader, told.least));
            let own = own.transpose()?;
            // Only figures of the same answers can be compared.
            let same = own.as_ref().map(|(_, voices)| Some(voices) == of);
            let agrees = own
                .filter(|_| same == Some(true))
                .map(|(own, _)| own == *told);
            let time = proceedings.claimed.get(&placed.id);
            published.push(PublishedView {
                by: roster.name(placed.device).unwrap_or_default().to_owned(),
                time: time.map_or(0, |time| time.0),
                agrees,
                of_others: same == Some(false),
                ..results::published(&opening.form, told)
            });
        }
        published.reverse();
        Ok(published)
    }
}
