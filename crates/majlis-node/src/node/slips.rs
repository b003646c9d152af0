//! Calls about slips: opening a vote with them, printing them, and what a code is good for. What a slip
//! proves and which of its ballots counts is the core's (`consultation::slip`).
//!
//! The codes follow from this device's key, so nothing is kept that could be lost between opening and
//! printing, and the same sheet can be printed again.

use majlis_core::consultation::activity::Voters;
use majlis_core::consultation::form::{Answer, Form};
use majlis_core::consultation::slip::{MAX_SLIPS, ParseSlipError, SlipCode, Slips};
use majlis_core::id::{LaneClass, LaneId, QuestionId};
use majlis_core::membership::Capability;
use majlis_core::record::{Record, Response, Speaker};
use majlis_core::space::Command;
use majlis_store::OpeningRow;
use zeroize::Zeroizing;

use crate::api::process::Responded;
use crate::api::slips::{
    OpenWithSlips, ShownSlip, SlipOf, SlipSheetAt, SlipState, SlipView, SlipsView,
};
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, not_open, short};
use crate::plain::{self, form};
use crate::qr;

/// So many slips are drawn by one call.
const PAGE: usize = 60;

impl Node {
    pub(super) async fn open_with_slips(&self, open: OpenWithSlips) -> Result<Nothing, ApiError> {
        let lane = lane(&open.consultation)?;
        let count = usize::try_from(open.slips).unwrap_or(usize::MAX);
        self.at(&open.space, move |desk| {
            if desk.process(lane)?.opening.is_some() {
                return Err(not_open());
            }
            if !(1..=MAX_SLIPS).contains(&count) {
                return Err(plain::bad("slips").about(MAX_SLIPS.to_string()));
            }
            let mut form: Form = desk.form_to_open(lane)?;
            form.activity.voters = Voters::Slips(Slips::of(lane, &desk.slip_codes(lane, count)));
            form.check().map_err(|error| form::form_error(&error))?;
            desk.open_form(lane, form)
        })
        .await
    }

    pub(super) async fn slip_sheet(&self, at: SlipSheetAt) -> Result<Vec<SlipView>, ApiError> {
        let lane = lane(&at.consultation)?;
        let codes = self
            .at(&at.space, move |desk| desk.slips_of_mine(lane))
            .await?;
        let number = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
        let drawn = (1_u32..).zip(&codes).skip(number(at.offset));
        let drawn = drawn
            .take(number(at.limit).min(PAGE))
            .map(|(number, code)| {
                let code = code.to_string();
                let svg = qr::draw(&code).map_err(|_| plain::bad("code"))?;
                Ok(SlipView { number, code, svg })
            });
        drawn.collect()
    }

    /// The votes here that a slip is of, in all spaces.
    pub(super) async fn read_slip(&self, shown: ShownSlip) -> Result<Vec<SlipOf>, ApiError> {
        let code = read(&shown.code)?;
        let mut found = Vec::new();
        for (_, desk) in self.all() {
            let code = code.clone();
            found.extend(desk.ask(move |desk| desk.slips_at(&code)).await?);
        }
        Ok(found)
    }
}

/// Reads a code as somebody typed it.
pub(super) fn read(text: &str) -> Result<SlipCode, ApiError> {
    text.parse().map_err(|error| match error {
        ParseSlipError::Shape => plain::bad("slip"),
        ParseSlipError::Mistyped => plain::bad("slip").about("mistyped"),
    })
}

impl Desk {
    /// The first codes that this device makes for a process.
    fn slip_codes(&self, lane: LaneId, count: usize) -> Vec<SlipCode> {
        let secret = self.key.secret();
        let codes = (0_u32..).take(count).map(|number| {
            let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 slips of a device v1");
            hasher.update(&*secret);
            hasher.update(lane.as_bytes());
            hasher.update(&number.to_be_bytes());
            let mut fresh = Zeroizing::new([0; 16]);
            hasher.finalize_xof().fill(&mut *fresh);
            SlipCode::new(&fresh)
        });
        codes.collect()
    }

    /// The slips of a vote, where this device made them.
    fn slips_of_mine(&self, lane: LaneId) -> Result<Vec<SlipCode>, ApiError> {
        let (_, opening) = self.opened(lane)?;
        let missing = || plain::missing("slips");
        let slips = opening.form.slips().ok_or_else(missing)?;
        let codes = self.slip_codes(lane, slips.len());
        if Slips::of(lane, &codes) == *slips {
            Ok(codes)
        } else {
            let why = "printing slips that another device made";
            Err(ApiError::new(ErrorCode::NotAllowed, why))
        }
    }

    pub(super) fn slips_view(&self, lane: LaneId, form: &Form, used: u32) -> Option<SlipsView> {
        form.slips().map(|slips| SlipsView {
            made: short(slips.len() as u64),
            used,
            here: self.slips_of_mine(lane).is_ok(),
        })
    }

    fn slips_at(&mut self, code: &SlipCode) -> Result<Vec<SlipOf>, ApiError> {
        let mut found = Vec::new();
        for process in self.outlines(LaneClass::Process)? {
            let row = self.process(process.lane)?;
            let Some(opening) = &row.opening else {
                continue;
            };
            let slips = opening.form.slips();
            if !slips.is_some_and(|slips| slips.has(code.claim(row.lane))) {
                continue;
            }
            let state = if row.is_closed() {
                SlipState::Closed
            } else if self.is_used(row.lane, code)? {
                SlipState::Used
            } else if self.space.may(Capability::Respond) {
                SlipState::Ready
            } else {
                SlipState::NotMember
            };
            let genesis = self.space.roster().genesis();
            found.push(SlipOf {
                space: self.id().to_string(),
                space_name: genesis
                    .map(|genesis| genesis.name.clone())
                    .unwrap_or_default(),
                consultation: row.lane.to_string(),
                title: opening.form.title.clone(),
                state,
            });
        }
        Ok(found)
    }

    /// Whether a ballot of a slip is here that takes part.
    fn is_used(&self, lane: LaneId, code: &SlipCode) -> Result<bool, ApiError> {
        Ok(self.voice(lane, code.slot(lane))?.counted().is_some())
    }

    /// Casts the ballot of a slip.
    pub(super) fn hand_in_by_slip(
        &mut self,
        lane: LaneId,
        opening: &OpeningRow,
        answers: Vec<(QuestionId, Answer)>,
        code: Option<&str>,
    ) -> Result<Responded, ApiError> {
        let code = self.slip(lane, &opening.form, code)?;
        let record = Box::new(Record::Response(Response {
            form: opening.form_id,
            speaker: Speaker::Slip(code.sign(lane, opening.form_id, &answers)),
            answers,
        }));
        let seal = true;
        self.command(Command::Record { lane, record, seal })?;
        let noted = self
            .store
            .put_setting(Some(self.id()), &used_here(lane), b"1");
        noted.map_err(|error| store_error(&error))?;
        Ok(Responded {
            slot: code.slot(lane).to_string(),
            claim: None,
        })
    }

    /// Whether a vote of slips asks nobody here any more: a slip was used on this device, whoever's it was,
    /// or every slip was used.
    pub(super) fn slips_are_done(&self, lane: LaneId) -> Result<bool, ApiError> {
        let row = self.process(lane)?;
        let opening = row.opening.as_ref();
        let Some(slips) = opening.and_then(|opening| opening.form.slips()) else {
            return Ok(false);
        };
        if row.counted.all() >= slips.len() as u64 {
            return Ok(true);
        }
        let noted = self.store.setting(Some(self.id()), &used_here(lane));
        Ok(noted.map_err(|error| store_error(&error))?.is_some())
    }

    /// The slip that a ballot is cast with: known to the form, and not used as far as this device knows.
    pub(super) fn slip(
        &self,
        lane: LaneId,
        form: &Form,
        code: Option<&str>,
    ) -> Result<SlipCode, ApiError> {
        let Some(slips) = form.slips() else {
            return Err(plain::missing("slips"));
        };
        let Some(code) = code else {
            let why = "voting without a slip where only slips vote";
            return Err(ApiError::new(ErrorCode::SlipNeeded, why));
        };
        let code = read(code)?;
        if !slips.has(code.claim(lane)) {
            let why = "voting with a slip that is not of this vote";
            return Err(ApiError::new(ErrorCode::SlipUnknown, why));
        }
        if self.is_used(lane, &code)? {
            let why = "voting a second time with a slip";
            return Err(ApiError::new(ErrorCode::SlipUsed, why));
        }
        Ok(code)
    }
}

/// Where this device notes that a slip was used on it.
fn used_here(lane: LaneId) -> String {
    format!("slip_used/{lane}")
}
