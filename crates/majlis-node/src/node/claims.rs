//! Calls about receipts that their holders show: what was entered for them, and claiming it. What a
//! claim means for what counts is the core's (`consultation::count`).

use majlis_core::consultation::claim::ClaimCode;
use majlis_core::consultation::count::Said;
use majlis_core::id::{DeviceId, LaneClass, LaneId, SlotId, SpaceId};
use majlis_core::membership::Capability;
use majlis_core::record::{Known, Record, Response, Speaker, Withdraw};
use majlis_core::sign::Signer as _;
use majlis_core::space::Command;
use majlis_store::{ProcessRow, VersionRow, Voice};

use crate::api::claims::{ClaimBar, ClaimKeep, ClaimSlot, ReceiptView, ShownReceipt};
use crate::api::process::Responded;
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::answers::{answers_of, supersedes, view_of};
use crate::node::consultations::{lane, not_open, short};
use crate::plain::{self, form};

impl Node {
    pub(super) async fn read_receipt(
        &self,
        shown: ShownReceipt,
    ) -> Result<Vec<ReceiptView>, ApiError> {
        let space = shown.space.as_deref();
        let only: Option<SpaceId> = space.map(|id| plain::id(id, "space")).transpose()?;
        let code: ClaimCode = shown.code.parse().map_err(|_| plain::bad("code"))?;
        let mut found = Vec::new();
        for (id, desk) in self.all() {
            if only.is_none_or(|only| only == id) {
                let code = code.clone();
                found.extend(desk.ask(move |desk| desk.receipts_of(&code)).await?);
            }
        }
        found.sort_by(|a, b| (&a.space_name, &a.title).cmp(&(&b.space_name, &b.title)));
        Ok(found)
    }

    pub(super) async fn claim(&self, claim: ClaimSlot) -> Result<Responded, ApiError> {
        let lane = lane(&claim.consultation)?;
        let code = claim.code.parse().map_err(|_| plain::bad("code"))?;
        self.at(&claim.space, move |desk| {
            desk.claim(lane, &code, claim.keep)
        })
        .await
    }
}

/// Who first entered what a voice says: the device, or none for work that no entry carries yet, and
/// whether the claim in it has a key behind it.
fn entered(voice: &Voice) -> Option<(Option<DeviceId>, &Speaker)> {
    voice
        .versions
        .iter()
        .find_map(|version| match &version.said {
            Said::Response(response) => match &response.speaker {
                speaker @ Speaker::New { .. } => Some((version.device, speaker)),
                Speaker::Known(_) => None,
            },
            Said::Withdraw(_) => None,
        })
}

/// What a voice says: what counts, or else what officers entered last.
fn said(voice: &Voice) -> Option<&VersionRow> {
    let mut answers = voice.versions.iter();
    voice
        .counted()
        .or_else(|| answers.rfind(|version| matches!(version.said, Said::Response(_))))
}

impl Desk {
    fn receipts_of(&mut self, code: &ClaimCode) -> Result<Vec<ReceiptView>, ApiError> {
        let mut found = Vec::new();
        for process in self.outlines(LaneClass::Process)? {
            let Ok((slot, voice)) = self.assisted(process.lane, &code.to_string()) else {
                continue;
            };
            let row = self.process(process.lane)?;
            found.extend(self.receipt_of(&row, slot, &voice, code)?);
        }
        Ok(found)
    }

    fn receipt_of(
        &mut self,
        row: &ProcessRow,
        slot: SlotId,
        voice: &Voice,
        code: &ClaimCode,
    ) -> Result<Option<ReceiptView>, ApiError> {
        let Some(shown) = said(voice) else {
            return Ok(None);
        };
        let bar = self.claim_bar(row, voice, code);
        let form = self.form(row)?;
        let asked = form::shown_of(&form);
        let answers = answers_of(shown, Some(&form));
        let answered = |id: &str| answers.iter().any(|answer| answer.question == id);
        let mine = self.own_slot(row.lane);
        let holders = self.holders(row.lane, slot)?;
        let me = self.space.me();
        let own = self.my_response(row.lane)?;
        let roster = self.space.roster();
        let genesis = roster.genesis();
        Ok(Some(ReceiptView {
            space: self.id().to_string(),
            space_name: genesis
                .map(|genesis| genesis.name.clone())
                .unwrap_or_default(),
            known_as: roster.name(me).unwrap_or_default().to_owned(),
            consultation: row.lane.to_string(),
            title: asked.title,
            questions: asked
                .questions
                .into_iter()
                .filter(|one| answered(&one.id))
                .collect(),
            slot: slot.to_string(),
            by: roster
                .name(shown.device.unwrap_or(me))
                .unwrap_or_default()
                .to_owned(),
            assisted: shown.said.entered().map(view_of),
            time: shown.claimed.unwrap_or_else(clock::now).0,
            versions: short(voice.versions.len() as u64),
            withdrawn: voice.is_withdrawn(),
            open: row.opening.is_some() && !row.is_closed(),
            mine: holders.iter().any(|holder| Some(*holder) == mine),
            others: short(holders.iter().filter(|one| Some(**one) != mine).count() as u64),
            own,
            bar,
            answers,
        }))
    }

    fn claim_bar(&self, row: &ProcessRow, voice: &Voice, code: &ClaimCode) -> Option<ClaimBar> {
        let (device, speaker) = entered(voice)?;
        let claim = code.holder(row.lane).claim();
        let keyed = matches!(speaker, Speaker::New { claim: of, .. } if *of == claim);
        let here = device.is_none_or(|device| device == self.key.device());
        if here {
            Some(ClaimBar::EnteredHere)
        } else if row.is_closed() {
            Some(ClaimBar::Closed)
        } else if !self.space.may(Capability::Respond) {
            Some(ClaimBar::NotMember)
        } else {
            (!keyed).then_some(ClaimBar::Earlier)
        }
    }

    pub(super) fn holders(&self, lane: LaneId, slot: SlotId) -> Result<Vec<SlotId>, ApiError> {
        let holders = self.store.holders(self.id(), lane, slot);
        holders.map_err(|error| store_error(&error))
    }

    /// Refuses to change, for somebody else, a voice whose holder speaks for it.
    pub(super) fn unclaimed(&self, lane: LaneId, slot: SlotId) -> Result<(), ApiError> {
        if self.holders(lane, slot)?.is_empty() {
            return Ok(());
        }
        let why = "changing an answer whose holder claimed it: their own device speaks for it";
        Err(ApiError::new(ErrorCode::Claimed, why))
    }

    fn claim(
        &mut self,
        lane: LaneId,
        code: &ClaimCode,
        keep: ClaimKeep,
    ) -> Result<Responded, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        let (slot, voice) = self.assisted(lane, &code.to_string())?;
        let missing = || plain::missing("answer");
        let officer = entered(&voice).and_then(|(device, _)| device);
        if self.claim_bar(&row, &voice, code).is_some() {
            let why = "claiming an answer that cannot be claimed on this device";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let officer = officer.ok_or_else(missing)?;
        let mine = self.my_slot(lane)?;
        let own = self.voice(lane, mine)?;
        let answers = |version: &VersionRow| match &version.said {
            Said::Response(response) => Some(response.answers.clone()),
            Said::Withdraw(_) => None,
        };
        // What was entered for them is here, or was let go of: its author keeps what it refers to.
        let kept = match keep {
            ClaimKeep::Entered => Some(said(&voice).and_then(answers).ok_or_else(missing)?),
            ClaimKeep::Own => Some(own.counted().and_then(answers).ok_or_else(missing)?),
            ClaimKeep::Nothing => None,
        };
        let form = opening.form_id;
        if !self.holders(lane, slot)?.contains(&mine) {
            let holder = code.holder(lane);
            let claimed = holder.claimed((lane, form), officer, self.key.device());
            let record = Box::new(Record::Claimed(claimed));
            // Alone it changes nothing; it is sealed together with what the holder says.
            let seal = false;
            self.command(Command::Record { lane, record, seal })?;
        }
        let (supersedes, salt) = (supersedes(&own), clock::fresh());
        let speaker = Known::Own { supersedes, salt };
        let record = Box::new(match kept {
            Some(answers) => Record::Response(Response {
                form,
                speaker: Speaker::Known(speaker),
                answers,
            }),
            None => Record::Withdraw(Withdraw { form, speaker }),
        });
        let seal = true;
        self.command(Command::Record { lane, record, seal })?;
        Ok(Responded {
            slot: mine.to_string(),
            claim: None,
        })
    }
}
