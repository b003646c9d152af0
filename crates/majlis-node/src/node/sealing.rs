//! Calls about answers that only named people can read: opening with a key in parts, giving one's
//! part to the others, publishing figures, and reading on a device that can.
//! Not here: the bytes of sealed answers (`plain::sealed`), which questions show others (`choosing`).

mod choosing;

use std::collections::BTreeSet;
use std::num::NonZeroU8;
use std::sync::Arc;

use majlis_core::consultation::Form;
use majlis_core::consultation::form::{HeldShare, Keeper, SealedQuestions, Sealing};
use majlis_core::consultation::published::{Published, Publishing};
use majlis_core::id::{DeviceId, LaneId, SlotId};
use majlis_core::membership::Capability;
use majlis_core::record::{Custody, CustodySaid, Record};
use majlis_core::space::Command;
use majlis_sealed::{Key, Part, combine, device_key};
use majlis_store::{CountedRow, OpeningRow, ProcessRow};

use crate::api::process::ConsultationRef;
use crate::api::sealing::{
    KeeperView, OpenSealed, PartState, PublishFigures, PublishedView, SealChoices, SealingView,
};
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::clock::{self, Fresh};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::lane;
use crate::plain::sealed::{Answers, Place, Purpose, Reader};
use crate::plain::{self, form, results};

/// Answers held at once while they are read.
const PAGE: usize = 2_000;
/// Fewer than this may not be told of anybody, however small the place.
const LEAST_OF_ALL: u32 = 3;

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

    pub(super) async fn release_part(&self, at: ConsultationRef) -> Result<Nothing, ApiError> {
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

/// What a device knows of the parts of a key.
#[derive(Default)]
struct Parts {
    /// Those that it has, its own first.
    here: Vec<Part>,
    /// The places of keepers who gave theirs away.
    given: BTreeSet<usize>,
    /// Of those, the places of keepers who gave this device something else.
    wrong: BTreeSet<usize>,
    /// Whether what was made for this device is no part.
    spoiled: bool,
}

/// That the sealed answers cannot be read on this device.
pub(super) fn sealed_away() -> ApiError {
    ApiError::new(
        ErrorCode::SealedAway,
        "reading answers that are sealed to others, or not to be read yet",
    )
}

const fn number_of(keeper: usize) -> Option<NonZeroU8> {
    if keeper >= 255 {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "below 255")]
    NonZeroU8::new(keeper as u8 + 1)
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
        let place = self.place(lane);
        let keeper = |(devices, part): (Vec<DeviceId>, &Part)| {
            let each = devices.into_iter().map(|device| {
                let sealed = place.seal_part(Purpose::Part, &public, part, device);
                let sealed = sealed.ok_or_else(|| plain::bad("keepers"))?;
                Ok(HeldShare { device, sealed })
            });
            Ok(Keeper {
                commitment: part.commitment(&public),
                devices: each.collect::<Result<_, ApiError>>()?,
            })
        };
        let keepers = keepers.into_iter().zip(&parts).map(keeper);
        Ok(Sealing::Answers(SealedQuestions {
            questions,
            key: public,
            threshold: open.threshold,
            keepers: keepers.collect::<Result<_, ApiError>>()?,
        }))
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

    /// The parts that this device has, and what is wrong with them.
    fn parts(&self, lane: LaneId, sealed: &SealedQuestions) -> Result<Parts, ApiError> {
        let me = self.space.me();
        let own = sealed.keeper_of(me);
        let secret = device_key(&self.key.secret());
        let place = self.place(lane);
        let right = |keeper: usize, purpose: Purpose, share: &HeldShare| {
            let number = number_of(keeper)?;
            let mine = (me, &secret);
            let part = place.open_part(purpose, &sealed.key, number, mine, &share.sealed)?;
            let commitment = &sealed.keepers.get(keeper)?.commitment;
            part.is_committed(&sealed.key, commitment).then_some(part)
        };
        let to_me = |shares: &[HeldShare]| shares.iter().find(|share| share.device == me).cloned();
        let mut parts = Parts::default();
        if let Some(at) = own
            && let Some(keeper) = sealed.keepers.get(at)
        {
            let share = to_me(&keeper.devices);
            match share.and_then(|share| right(at, Purpose::Part, &share)) {
                Some(part) => parts.here.push(part),
                None => parts.spoiled = true,
            }
        }
        let mut received = BTreeSet::new();
        for placed in self.proceedings(lane)?.custody {
            let CustodySaid::Released(shares) = &placed.said.said else {
                continue;
            };
            let Some(keeper) = sealed.keeper_of(placed.device) else {
                continue;
            };
            parts.given.insert(keeper);
            let part = to_me(shares).and_then(|share| right(keeper, Purpose::Released, &share));
            if let Some(part) = part
                && Some(keeper) != own
                && received.insert(keeper)
            {
                parts.here.push(part);
            }
        }
        if let Some(own) = own {
            let wrong = parts.given.difference(&received).copied();
            parts.wrong = wrong.filter(|keeper| *keeper != own).collect();
        }
        Ok(parts)
    }

    /// What reads the sealed answers of a form; `None` on a device that cannot, or where nothing is
    /// sealed.
    pub(super) fn reader(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
    ) -> Result<Option<Reader>, ApiError> {
        let Some(sealed) = opening.form.sealed() else {
            return Ok(None);
        };
        if sealed.keeper_of(self.space.me()).is_none() {
            return Ok(None);
        }
        let parts = self.parts(lane, sealed)?;
        Ok(self.reader_of(lane, opening, sealed, &parts))
    }

    fn reader_of(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
        sealed: &SealedQuestions,
        parts: &Parts,
    ) -> Option<Reader> {
        if parts.here.len() < usize::from(sealed.threshold) {
            return None;
        }
        Some(Reader {
            place: self.place(lane),
            id: opening.form_id,
            form: Arc::new(opening.form.clone()),
            key: combine(&sealed.key, &parts.here)?,
        })
    }

    /// The answers of a response as it is recorded: with those to sealed questions sealed.
    pub(super) fn sealed(
        &self,
        lane: LaneId,
        opening: &OpeningRow,
        slot: SlotId,
        answers: Answers,
    ) -> Result<Answers, ApiError> {
        let Some(sealed) = opening.form.sealed() else {
            return Ok(answers);
        };
        let form = (opening.form_id, &opening.form);
        let answers = self.place(lane).seal_answers(form, sealed, slot, answers);
        let answers = answers.map_err(|first| {
            let why = "giving more answers than can be sealed together";
            ApiError::new(ErrorCode::AnswerUnfit, why).about(form::question_id(first))
        })?;
        let fits = opening.form.accepts(&answers);
        fits.map_err(|error| form::answer_error(&error))?;
        Ok(answers)
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

    fn release_part(&mut self, lane: LaneId) -> Result<Nothing, ApiError> {
        let (_, opening) = self.opened(lane)?;
        let sealed = opening.form.sealed().ok_or_else(|| plain::missing("key"))?;
        let me = self.space.me();
        let own = sealed.keeper_of(me).ok_or_else(|| {
            let why = "releasing a part of a key that this device does not hold";
            ApiError::new(ErrorCode::NotAllowed, why)
        })?;
        let parts = self.parts(lane, sealed)?;
        let part = parts.here.first().filter(|_| !parts.spoiled);
        let part = part.ok_or_else(sealed_away)?;
        let others = sealed.keepers.iter().enumerate();
        let others = others.filter(|(at, _)| *at != own);
        let devices = others.flat_map(|(_, keeper)| &keeper.devices);
        let place = self.place(lane);
        let shares = devices.map(|share| {
            let device = share.device;
            let sealed = place.seal_part(Purpose::Released, &sealed.key, part, device);
            let sealed = sealed.ok_or_else(|| plain::bad("keepers"))?;
            Ok(HeldShare { device, sealed })
        });
        let shares: Vec<HeldShare> = shares.collect::<Result<_, ApiError>>()?;
        if shares.is_empty() {
            let why = "releasing the only part of a key, which nobody else waits for";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        self.state_custody(lane, &opening, CustodySaid::Released(shares))
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

    /// Publishes what the close names, so that it is the same whoever publishes and whenever: figures
    /// of two moments, told one after the other, would tell of those who answered in between.
    fn publish_figures(&mut self, lane: LaneId, least: u32) -> Result<Nothing, ApiError> {
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
        let parts = self.parts(lane, sealed)?;
        let reader = self.reader_of(lane, opening, sealed, &parts);
        let roster = self.space.roster();
        let name = |device: DeviceId| roster.name(device).unwrap_or_default().to_owned();
        let keepers = sealed.keepers.iter().enumerate().map(|(at, keeper)| {
            let first = keeper.devices.first().map(|share| share.device);
            KeeperView {
                name: first.map(name).unwrap_or_default(),
                me: own == Some(at),
                part: if parts.wrong.contains(&at) {
                    PartState::Wrong
                } else if parts.given.contains(&at) {
                    PartState::Given
                } else {
                    PartState::Kept
                },
            }
        });
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
            let own = reader
                .as_ref()
                .map(|reader| self.count_sealed(lane, opening, reader, told.least));
            let agrees = own.transpose()?.map(|own| own == *told);
            let time = proceedings.claimed.get(&placed.id);
            published.push(PublishedView {
                by: name(placed.device),
                time: time.map_or(0, |time| time.0),
                agrees,
                ..results::published(&opening.form, told)
            });
        }
        published.reverse();
        let waits = sealed.threshold > 1 && own.is_some_and(|own| !parts.given.contains(&own));
        let may_publish =
            reader.is_some() && row.is_closed() && self.space.may(Capability::Moderate);
        let questions = sealed.questions.iter().copied();
        Ok(Some(SealingView {
            questions: questions.map(form::question_id).collect(),
            threshold: sealed.threshold.into(),
            keepers: keepers.collect(),
            readable: reader.is_some(),
            spoiled: parts.spoiled,
            may_release: waits && !parts.spoiled && self.space.may(Capability::Respond),
            may_publish,
            published,
        }))
    }
}

#[cfg(test)]
mod tests;
