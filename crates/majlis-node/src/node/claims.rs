//! Calls about receipts that their holders show: what was entered for them, and claiming it. What a
//! claim means for what counts is the core's (`consultation::count`).

use std::collections::BTreeSet;

use majlis_core::consultation::claim::ClaimCode;
use majlis_core::consultation::count::{Claiming, Said};
use majlis_core::id::{DeviceId, LaneClass, LaneId, SlotId, SpaceId};
use majlis_core::membership::Capability;
use majlis_core::record::{Known, Record, Response, Speaker, Withdraw};
use majlis_core::sign::Signer as _;
use majlis_core::space::Command;
use majlis_store::{ProcessRow, VersionRow, Voice};

use crate::api::claims::{ClaimBar, ClaimKeep, ClaimSlot, ReceiptView, ShownReceipt};
use crate::api::me::{HitPlace, Language, SearchHit};
use crate::api::process::Responded;
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::answers::{answers_of, response_status, supersedes, view_of};
use crate::node::consultations::{lane, not_open, short};
use crate::plain::sealed::sealed_part;
use crate::plain::spoken::spoken;
use crate::plain::{self, form, value};

impl Node {
    pub(super) async fn read_receipt(
        &self,
        shown: ShownReceipt,
    ) -> Result<Vec<ReceiptView>, ApiError> {
        let space = shown.space.as_deref();
        let only: Option<SpaceId> = space.map(|id| plain::id(id, "space")).transpose()?;
        let code: ClaimCode = shown.code.parse().map_err(|_| plain::bad("code"))?;
        let mut found = Vec::new();
        let language = self.language();
        for (id, desk) in self.all() {
            if only.is_none_or(|only| only == id) {
                let code = code.clone();
                found.extend(
                    desk.ask(move |desk| desk.receipts_of(&code, language))
                        .await?,
                );
            }
        }
        found.sort_by(|a, b| (&a.space_name, &a.title).cmp(&(&b.space_name, &b.title)));
        Ok(found)
    }

    pub(super) async fn claim(&self, claim: ClaimSlot) -> Result<Responded, ApiError> {
        let lane = lane(&claim.consultation)?;
        let code = claim.code.parse().map_err(|_| plain::bad("code"))?;
        let slot = plain::id(&claim.slot, "answer")?;
        self.at(&claim.space, move |desk| {
            desk.claim(lane, &code, slot, claim.keep)
        })
        .await
    }
}

/// An assisted answer that is here and shows a code.
pub(super) struct OfCode {
    pub(super) slot: SlotId,
    pub(super) voice: Voice,
    /// Whose device first entered it.
    pub(super) officer: DeviceId,
    /// Whether a key proves it. What does not prove anything may be copied from another one.
    pub(super) keyed: bool,
}

/// What a voice says: what counts, or else what officers entered last.
fn said(voice: &Voice) -> Option<&VersionRow> {
    let mut answers = voice.versions.iter();
    voice
        .counted()
        .or_else(|| answers.rfind(|version| matches!(version.said, Said::Response(_))))
}

impl Desk {
    fn receipts_of(
        &mut self,
        code: &ClaimCode,
        language: Option<Language>,
    ) -> Result<Vec<ReceiptView>, ApiError> {
        let mut found = Vec::new();
        for process in self.outlines(LaneClass::Process)? {
            let of_code = self.of_code(process.lane, code)?;
            if of_code.is_empty() {
                continue;
            }
            let row = self.process(process.lane)?;
            for one in &of_code {
                found.extend(self.receipt_of(&row, one, language)?);
            }
        }
        Ok(found)
    }

    /// Everything here that shows a code, what is proved first.
    pub(super) fn of_code(&self, lane: LaneId, code: &ClaimCode) -> Result<Vec<OfCode>, ApiError> {
        let mut found = Vec::new();
        let devices = self.store.officers(self.id(), lane);
        let mut devices = devices.map_err(|error| store_error(&error))?;
        if devices.is_empty() {
            // Nobody entered anything here: the slow hash is not made.
            return Ok(found);
        }
        // What is not sealed yet is in no entry.
        devices.insert(self.key.device());
        let holder = code.holder(lane);
        for keyed in [true, false] {
            for officer in &devices {
                let slot = if keyed {
                    holder.slot(*officer)
                } else {
                    holder.earlier_slot(*officer)
                };
                let voice = self.voice(lane, slot)?;
                if voice.versions.iter().any(|version| version.said.assisted()) {
                    found.push(OfCode {
                        slot,
                        voice,
                        officer: *officer,
                        keyed,
                    });
                }
            }
        }
        Ok(found)
    }

    /// An assisted answer that is here: its slot, and what it said. Named by the slot, or by the
    /// code on the receipt. Where several show the code, it is the one that was entered here.
    pub(super) fn assisted(&self, lane: LaneId, text: &str) -> Result<(SlotId, Voice), ApiError> {
        let missing = || plain::missing("answer").about(text);
        let Ok(code) = text.parse::<ClaimCode>() else {
            let slot = plain::id(text, "answer")?;
            let voice = self.voice(lane, slot)?;
            let found = voice.versions.iter().any(|version| version.said.assisted());
            return found.then_some((slot, voice)).ok_or_else(missing);
        };
        let mut found = self.of_code(lane, &code)?;
        // What is proved goes before what anybody may have copied.
        if found.iter().any(|one| one.keyed) {
            found.retain(|one| one.keyed);
        }
        let here = |one: &OfCode| one.officer == self.key.device();
        if found.len() > 1 && found.iter().any(here) {
            found.retain(here);
        }
        let several = found.len() > 1;
        match found.pop() {
            Some(_) if several => {
                let why = "changing an answer by a code that several answers show";
                Err(ApiError::new(ErrorCode::SeveralAnswers, why))
            }
            Some(one) => Ok((one.slot, one.voice)),
            None => Err(missing()),
        }
    }

    /// The consultations in which a code's answer is, each as something found.
    pub(super) fn answers_of_code(&mut self, code: &str) -> Result<Vec<SearchHit>, ApiError> {
        let mut hits = Vec::new();
        let Ok(code) = code.parse::<ClaimCode>() else {
            return Ok(hits);
        };
        for process in self.outlines(LaneClass::Process)? {
            if !self.of_code(process.lane, &code)?.is_empty() {
                hits.push(SearchHit {
                    space: self.id().to_string(),
                    place: HitPlace::Answer(process.lane.to_string()),
                    title: process.title,
                    before: String::new(),
                    matched: code.to_string(),
                    after: String::new(),
                });
            }
        }
        Ok(hits)
    }

    fn receipt_of(
        &mut self,
        row: &ProcessRow,
        one: &OfCode,
        language: Option<Language>,
    ) -> Result<Option<ReceiptView>, ApiError> {
        let (slot, voice) = (one.slot, &one.voice);
        let Some(shown) = said(voice) else {
            return Ok(None);
        };
        let bar = self.claim_bar(row, one);
        let form = self.form(row)?;
        let reader = match row.opening.as_ref() {
            Some(opening) => self.reader(row.lane, opening)?,
            None => None,
        };
        // Who can read what is sealed reads it here as in every list.
        let (_, whole) = sealed_part(reader.as_ref(), slot, &shown.said);
        let answers = whole.map_or_else(
            || answers_of(shown, Some(&form)),
            |whole| value::answer_views(&whole, None),
        );
        let asked = form::shown_of(&spoken(form, language));
        let mine = self.own_slot(row.lane);
        let holders = self.holders(row.lane, slot)?;
        let claimed = mine.map_or_else(
            || Ok(BTreeSet::new()),
            |mine| self.store.claimed_by(self.id(), row.lane, mine),
        );
        let claimed = claimed.map_err(|error| store_error(&error))?;
        let elsewhere = claimed.iter().filter(|other| **other != slot).count();
        let me = self.space.me();
        let own = self.my_response(row.lane)?;
        let also = own.as_ref().map_or(&[][..], |own| &own.answers);
        let questions = form::answered_of(asked.questions, &[&answers, also]);
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
            questions,
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
            status: response_status(shown.status),
            mine: holders.iter().any(|holder| Some(*holder) == mine),
            others: short(holders.iter().filter(|one| Some(**one) != mine).count() as u64),
            own,
            elsewhere: short(elsewhere as u64),
            bar,
            answers,
        }))
    }

    fn claim_bar(&self, row: &ProcessRow, one: &OfCode) -> Option<ClaimBar> {
        if one.officer == self.key.device() {
            Some(ClaimBar::EnteredHere)
        } else if row.is_closed() {
            Some(ClaimBar::Closed)
        } else if !self.space.may(Capability::Respond) {
            Some(ClaimBar::NotMember)
        } else {
            (!one.keyed).then_some(ClaimBar::Earlier)
        }
    }

    pub(super) fn holders(&self, lane: LaneId, slot: SlotId) -> Result<Vec<SlotId>, ApiError> {
        let holders = self.claims_of(lane, slot)?.into_iter();
        let holders: BTreeSet<SlotId> = holders.map(|claim| claim.holder).collect();
        Ok(holders.into_iter().collect())
    }

    fn claims_of(&self, lane: LaneId, slot: SlotId) -> Result<Vec<Claiming>, ApiError> {
        let claims = self.store.claims_of(self.id(), lane, slot);
        claims.map_err(|error| store_error(&error))
    }

    /// The names of those who claimed a slot.
    pub(super) fn holder_names(&self, lane: LaneId, slot: SlotId) -> Result<Vec<String>, ApiError> {
        let roster = self.space.roster();
        let claims = self.claims_of(lane, slot)?.into_iter();
        let names: BTreeSet<String> = claims
            .map(|claim| roster.name(claim.device).unwrap_or_default().to_owned())
            .collect();
        Ok(names.into_iter().collect())
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
        slot: SlotId,
        keep: ClaimKeep,
    ) -> Result<Responded, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        let missing = || plain::missing("answer");
        let of_code = self.of_code(lane, code)?;
        let one = of_code.iter().find(|one| one.slot == slot);
        let one = one.ok_or_else(missing)?;
        if self.claim_bar(&row, one).is_some() {
            let why = "claiming an answer that cannot be claimed on this device";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let mine = self.my_slot(lane)?;
        let own = self.voice(lane, mine)?;
        let answers = |version: &VersionRow| match &version.said {
            Said::Response(response) => Some(response.answers.clone()),
            Said::Withdraw(_) => None,
        };
        // What was entered for them is here, or was let go of: its author keeps what it refers to.
        let kept = match keep {
            ClaimKeep::Entered => Some(said(&one.voice).and_then(answers).ok_or_else(missing)?),
            ClaimKeep::Own => Some(own.counted().and_then(answers).ok_or_else(missing)?),
            ClaimKeep::Nothing => None,
        };
        let form = opening.form_id;
        let holder = code.holder(lane);
        // One person shows one code: whatever else it proves to be theirs gives way too.
        for one in &of_code {
            if self.claim_bar(&row, one).is_some() || self.holders(lane, one.slot)?.contains(&mine)
            {
                continue;
            }
            let claimed = holder.claimed(form, one.officer, self.key.device());
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

#[cfg(test)]
pub(super) mod tests;
