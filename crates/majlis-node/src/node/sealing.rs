//! Calls about answers that only named people can read: opening with a key in parts, sealing what is
//! handed in, and who can read what.
//! Not here: the bytes of sealed answers (`plain::sealed`), which questions show others (`choosing`),
//! the parts of a key and giving one's own (`parts`), what is told to everybody (`figures`).

mod choosing;
mod figures;
mod media;
mod parts;

pub(super) use media::Seen;
pub(crate) use parts::FoundParts;

use std::collections::BTreeSet;

use majlis_core::blob::Blob;
use majlis_core::consultation::Form;
use majlis_core::consultation::form::{HeldShare, Keeper, SealedQuestions, Sealing};
use majlis_core::id::{DeviceId, LaneId, SlotId};
use majlis_core::membership::Capability;
use majlis_core::record::{Custody, CustodySaid, Record};
use majlis_core::space::Command;
use majlis_sealed::{Key, Part};
use majlis_store::{CountedRow, OpeningRow, ProcessRow};

use crate::api::process::ConsultationRef;
use crate::api::sealing::{
    KeeperView, OpenSealed, PartReleased, PublishFigures, SealChoices, SealingView,
};
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::clock::{self, Fresh};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::lane;
use crate::plain::sealed::{Answers, Place, Purpose, Reader};
use crate::plain::{self, form};

/// Answers held at once while they are read.
const PAGE: usize = 2_000;

impl Node {
    pub(super) async fn seal_choices(&self, at: ConsultationRef) -> Result<SealChoices, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.seal_choices(lane))
            .await
    }

    pub(super) async fn open_sealed(&self, open: OpenSealed) -> Result<Nothing, ApiError> {
        let lane = lane(&open.consultation)?;
        let space = open.space.clone();
        self.at(&space, move |desk| {
            let mut form = desk.form_to_open(lane)?;
            form.sealing = Some(Box::new(desk.sealing_of(lane, &form, &open)?));
            desk.open_form(lane, form)
        })
        .await
    }

    pub(super) async fn sealing(
        &self,
        at: ConsultationRef,
    ) -> Result<Option<SealingView>, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| {
            let row = desk.process(lane)?;
            desk.sealing(&row)
        })
        .await
    }

    pub(super) async fn release_part(&self, at: ConsultationRef) -> Result<PartReleased, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.release_part(lane))
            .await
    }

    pub(super) async fn publish_figures(
        &self,
        publish: PublishFigures,
    ) -> Result<Nothing, ApiError> {
        let lane = lane(&publish.consultation)?;
        self.at(&publish.space, move |desk| {
            desk.publish_figures(lane, publish.least)
        })
        .await
    }
}

/// That the sealed answers cannot be read on this device.
pub(super) fn sealed_away() -> ApiError {
    ApiError::new(
        ErrorCode::SealedAway,
        "reading answers that are sealed to others, or not to be read yet",
    )
}

impl Desk {
    fn place(&self, lane: LaneId) -> Place {
        Place {
            space: self.id(),
            lane,
        }
    }

    /// Draws a key, splits it, seals the parts to their keepers, and forgets it.
    fn sealing_of(
        &mut self,
        lane: LaneId,
        form: &Form,
        open: &OpenSealed,
    ) -> Result<Sealing, ApiError> {
        let questions = choosing::sealed_with(form, &open.questions)?;
        let keepers = self.keepers(&open.keepers)?;
        let all = u8::try_from(keepers.len()).map_err(|_| plain::bad("keepers"))?;
        let key = Key::draw(&mut Fresh);
        let public = key.public();
        let parts = key.split(open.threshold, all, &mut Fresh);
        let parts = parts.map_err(|_| plain::bad("threshold"))?;
        let keeper = |(devices, part): (Vec<DeviceId>, &Part)| {
            let each = devices.into_iter().map(|device| HeldShare {
                device,
                sealed: Vec::new(),
            });
            Keeper {
                commitment: part.commitment(&public),
                devices: each.collect(),
            }
        };
        let mut sealed = SealedQuestions {
            questions,
            key: public,
            threshold: open.threshold,
            keepers: keepers.into_iter().zip(&parts).map(keeper).collect(),
        };
        self.seal_parts(lane, form, &mut sealed, &parts)?;
        Ok(Sealing::Answers(sealed))
    }

    /// Seals each part to its keeper's devices, and to the form as it stands without them: it opens
    /// for no other keepers.
    fn seal_parts(
        &self,
        lane: LaneId,
        form: &Form,
        sealed: &mut SealedQuestions,
        parts: &[Part],
    ) -> Result<(), ApiError> {
        let without = Form {
            sealing: Some(Box::new(Sealing::Answers(sealed.clone()))),
            ..form.clone()
        };
        let (place, digest) = (self.place(lane), without.digest_without_parts());
        for (keeper, part) in sealed.keepers.iter_mut().zip(parts) {
            for share in &mut keeper.devices {
                let made = place.seal_part(Purpose::Part, &digest, part, share.device);
                share.sealed = made.ok_or_else(|| plain::bad("keepers"))?;
            }
        }
        Ok(())
    }

    /// The devices of each keeper that was chosen: all that count of the same person.
    fn keepers(&self, chosen: &[String]) -> Result<Vec<Vec<DeviceId>>, ApiError> {
        let roster = self.space.roster();
        let mut persons = BTreeSet::new();
        let mut keepers = Vec::new();
        for text in chosen {
            let device: DeviceId = plain::id(text, "member")?;
            let may = |rank: majlis_core::membership::Rank| rank.may(Capability::Respond);
            let person = roster
                .person(device)
                .filter(|_| roster.rank(device).is_some_and(may));
            let person = person.ok_or_else(|| plain::missing("member").about(text))?;
            if !persons.insert(person) {
                return Err(plain::bad("keepers").about(text));
            }
            let mut own: Vec<DeviceId> = roster
                .members()
                .filter(|row| row.person == person && row.rank.is_some())
                .map(|row| row.device)
                .collect();
            // The one that was named, whatever else there is.
            own.sort_by_key(|one| (*one != device, *one));
            own.truncate(majlis_core::consultation::form::MAX_KEEPER_DEVICES);
            keepers.push(own);
        }
        if keepers.is_empty() {
            return Err(plain::bad("keepers"));
        }
        Ok(keepers)
    }

    /// The answers of a response as it is recorded, with those to sealed questions sealed; and the bytes
    /// in the clear that are to be let go of then.
    pub(super) fn sealed(
        &mut self,
        lane: LaneId,
        opening: &OpeningRow,
        slot: SlotId,
        mut answers: Answers,
    ) -> Result<(Answers, Vec<Blob>), ApiError> {
        // A form of a peer may say what cannot be done: then nothing is handed in, least of all in
        // the clear.
        form::check_sealing(&opening.form)?;
        let Some(sealed) = opening.form.sealed() else {
            return Ok((answers, Vec::new()));
        };
        let clear = self.seal_media((lane, slot), opening, sealed, &mut answers)?;
        let form = (opening.form_id, &opening.form);
        let answers = self.place(lane).seal_answers(form, sealed, slot, answers);
        let answers = answers.map_err(|first| {
            let why = "giving more answers than can be sealed together";
            ApiError::new(ErrorCode::SealedTooLong, why).about(form::question_id(first))
        })?;
        let fits = opening.form.accepts(&answers);
        fits.map_err(|error| form::answer_error(&error))?;
        Ok((answers, clear))
    }

    /// Goes through the answers that count in order of slot, each with what it says in all: `None`
    /// where that cannot be read. Nothing that was read is kept.
    pub(super) fn each_read(
        &self,
        lane: LaneId,
        reader: Option<&Reader>,
        mut each: impl FnMut(CountedRow, Option<Answers>) -> Result<(), ApiError>,
    ) -> Result<(), ApiError> {
        let mut after = None;
        loop {
            let page = self.store.counted(self.id(), lane, after, PAGE);
            let page = page.map_err(|error| store_error(&error))?;
            let Some(last) = page.last() else {
                return Ok(());
            };
            after = Some(last.slot);
            for row in page {
                let whole = match reader {
                    None => Some(row.response.answers.clone()),
                    Some(reader) => {
                        let mut opened = self.opened.borrow_mut();
                        opened.whole(reader, row.slot, &row.response.answers)
                    }
                };
                each(row, whole)?;
            }
        }
    }

    fn state_custody(
        &mut self,
        lane: LaneId,
        opening: &OpeningRow,
        said: CustodySaid,
    ) -> Result<Nothing, ApiError> {
        let record = Box::new(Record::Custody(Custody {
            form: opening.form_id,
            said,
            salt: clock::fresh(),
        }));
        self.command(Command::Record {
            lane,
            record,
            seal: true,
        })?;
        Ok(Nothing {})
    }

    pub(super) fn sealing(&self, row: &ProcessRow) -> Result<Option<SealingView>, ApiError> {
        let Some(opening) = &row.opening else {
            return Ok(None);
        };
        let Some(sealed) = opening.form.sealed() else {
            return Ok(None);
        };
        let lane = row.lane;
        let me = self.space.me();
        let own = sealed.keeper_of(me);
        let parts = self.parts(lane, opening, sealed)?;
        let reader = self.reader_of(lane, opening, &parts);
        let keepers = sealed.keepers.iter().enumerate();
        let keepers: Vec<KeeperView> = keepers
            .map(|(at, keeper)| KeeperView {
                me: own == Some(at),
                part: parts.state(at),
                ..self.keeper(keeper)
            })
            .collect();
        let trusted = !keepers.iter().any(|keeper| keeper.doubtful);
        let published = self.published(lane, opening, sealed, reader.as_ref())?;
        let waits = sealed.threshold > 1 && own.is_some_and(|own| !parts.given.contains(&own));
        let may_publish =
            reader.is_some() && row.is_closed() && self.space.may(Capability::Moderate);
        let questions = sealed.questions.iter().copied();
        Ok(Some(SealingView {
            questions: questions.map(form::question_id).collect(),
            threshold: sealed.threshold.into(),
            keepers,
            readable: reader.is_some(),
            spoiled: parts.spoiled,
            may_release: waits && trusted && !parts.spoiled && self.space.may(Capability::Respond),
            may_publish,
            published,
        }))
    }
}

#[cfg(test)]
mod tests;
