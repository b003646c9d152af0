//! Figures of sealed answers, told to everybody: publishing them, and what was published.
//! Not here: which numbers are left out (`majlis_core::consultation::published`).

use majlis_core::consultation::form::SealedQuestions;
use majlis_core::consultation::published::{Published, Publishing};
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
        let published = self.count_sealed(lane, &opening, &reader, least.into())?;
        self.state_custody(lane, &opening, CustodySaid::Published(published))
    }

    fn count_sealed(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
        reader: &Reader,
        least: u64,
    ) -> Result<Published, ApiError> {
        let mut publishing = Publishing::new(&opening.form);
        self.each_read(lane, Some(reader), |_, whole| {
            publishing.add(whole.as_deref());
            Ok(())
        })?;
        Ok(publishing.finish(least))
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
            let CustodySaid::Published(told) = &placed.said.said else {
                continue;
            };
            // Who holds no part has read nothing that they could tell.
            if sealed.keeper_of(placed.device).is_none() {
                continue;
            }
            let own = reader.map(|reader| self.count_sealed(lane, opening, reader, told.least));
            let agrees = own.transpose()?.map(|own| own == *told);
            let time = proceedings.claimed.get(&placed.id);
            published.push(PublishedView {
                by: roster.name(placed.device).unwrap_or_default().to_owned(),
                time: time.map_or(0, |time| time.0),
                agrees,
                ..results::published(&opening.form, told)
            });
        }
        published.reverse();
        Ok(published)
    }
}
