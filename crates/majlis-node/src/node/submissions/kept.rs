//! What this device remembers of submissions: those that are recorded, by their voices, and those of
//! which files are missing. Not here: answers, which are entries.

use std::collections::BTreeMap;

use majlis_core::consultation::claim::ClaimCode;
use majlis_core::id::{LaneId, SlotId};
use majlis_core::sign::Signer as _;
use serde::{Deserialize, Serialize};

use super::{Read, Untaken};
use crate::api::ApiError;
use crate::api::tablets::UnfinishedSubmission;
use crate::desk::{Desk, store_error};
use crate::node::media::UNUSED;
use crate::node::tablets::Tablet;
use crate::{clock, plain};

/// Submissions without all of their files that are kept, in one space.
const MAX_UNFINISHED: usize = 500;
const SECRET: &str = "tablets/secret";
const DONE: &str = "tablets/done/";
/// Under which names corrections are kept that may not have been recorded, with the voice they are of.
const CORRECTS: &str = "tablets/corrects/";

/// What is remembered of a recorded submission.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Done {
    pub(super) slot: String,
    pub(super) officer: String,
    /// What tells what it said from anything else; not known of one that only a correction named.
    #[serde(default)]
    pub(super) said: Option<String>,
}

/// A submission of which files are missing: its files alone. A tablet sends the answers each time, and
/// those to sealed questions may not wait here in the clear.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Unfinished {
    instance: String,
    officer: String,
    consultation: String,
    /// Files that are kept, as the text of their answer.
    files: BTreeMap<String, String>,
}

impl Desk {
    pub(in crate::node) fn unfinished_submissions(
        &self,
    ) -> Result<Vec<UnfinishedSubmission>, ApiError> {
        let kept = self
            .store
            .drafts(&self.keys_of_unfinished(), MAX_UNFINISHED);
        let kept = kept.map_err(|error| store_error(&error))?;
        let read = kept.into_iter().filter_map(|(_, draft)| {
            let one: Unfinished = serde_json::from_str(&draft.value).ok()?;
            Some(UnfinishedSubmission {
                instance: one.instance,
                officer: one.officer,
                consultation: one.consultation,
                here: u32::try_from(one.files.len()).unwrap_or(u32::MAX),
                saved: draft.saved.0,
            })
        });
        Ok(read.collect())
    }

    /// The voice of a submission that is recorded.
    pub(super) fn slot_of(&self, lane: LaneId, instance: &str) -> Result<Option<SlotId>, ApiError> {
        let known = match self.done(lane, instance)? {
            Some(done) => Some(done),
            None => self.kept_voice(CORRECTS, lane, instance)?,
        };
        if let Some(done) = known {
            return Ok(done.slot.parse().ok());
        }
        let holder = self.code_of(lane, instance)?.holder(lane);
        let slot = holder.slot(self.key.device());
        Ok((!self.voice(lane, slot)?.versions.is_empty()).then_some(slot))
    }

    /// Remembers whose voice a submission corrects, before anything can be wrong with it.
    pub(super) fn note_correction(
        &self,
        lane: LaneId,
        tablet: &Tablet,
        old: &str,
        instance: &str,
    ) -> Result<(), ApiError> {
        let before = match self.done(lane, old)? {
            Some(done) => Some(done),
            None => self.kept_voice(CORRECTS, lane, old)?,
        };
        let own = before.filter(|done| done.officer == tablet.officer);
        match own {
            Some(voice) if self.done(lane, instance)?.is_none() => {
                self.keep_voice(CORRECTS, lane, instance, &voice)
            }
            _ => Ok(()),
        }
    }

    /// What tells the answers of a submission from others: a hash that only this device can compute,
    /// for they may be sealed in what it records.
    pub(super) fn mark_of(&self, lane: LaneId, xml: &[u8]) -> Result<String, ApiError> {
        let mut hasher = blake3::Hasher::new_keyed(&self.secret_of_tablets()?);
        hasher.update(b"submission").update(lane.as_bytes());
        Ok(hasher.update(xml).finalize().to_hex().to_string())
    }

    fn secret_of_tablets(&self) -> Result<[u8; 32], ApiError> {
        let failed = |error: &(dyn std::error::Error + 'static)| store_error(error);
        let kept = self.store.setting(Some(self.id()), SECRET);
        let kept = kept.map_err(|error| failed(&error))?;
        if let Some(secret) = kept.and_then(|kept| kept.try_into().ok()) {
            return Ok(secret);
        }
        let secret = clock::fresh::<32>();
        let put = self.store.put_setting(Some(self.id()), SECRET, &secret);
        put.map_err(|error| failed(&error))?;
        Ok(secret)
    }

    /// The code of the voice of a submission: a hash of its name that only this device can compute.
    pub(super) fn code_of(&self, lane: LaneId, instance: &str) -> Result<ClaimCode, ApiError> {
        let mut fresh = [0; 8];
        blake3::Hasher::new_keyed(&self.secret_of_tablets()?)
            .update(lane.as_bytes())
            .update(instance.as_bytes())
            .finalize_xof()
            .fill(&mut fresh);
        Ok(ClaimCode::new(fresh))
    }

    pub(super) fn done(&self, lane: LaneId, instance: &str) -> Result<Option<Done>, ApiError> {
        self.kept_voice(DONE, lane, instance)
    }

    fn kept_voice(
        &self,
        kind: &str,
        lane: LaneId,
        instance: &str,
    ) -> Result<Option<Done>, ApiError> {
        let key = format!("{kind}{}", name_of(lane, instance));
        let kept = self.store.setting(Some(self.id()), &key);
        let kept = kept.map_err(|error| store_error(&error))?;
        Ok(kept.and_then(|kept| serde_json::from_slice(&kept).ok()))
    }

    pub(super) fn put_done(
        &self,
        lane: LaneId,
        instance: &str,
        done: &Done,
    ) -> Result<(), ApiError> {
        self.keep_voice(DONE, lane, instance, done)
    }

    fn keep_voice(
        &self,
        kind: &str,
        lane: LaneId,
        instance: &str,
        done: &Done,
    ) -> Result<(), ApiError> {
        let key = format!("{kind}{}", name_of(lane, instance));
        let value = serde_json::to_vec(done).unwrap_or_default();
        let put = self.store.put_setting(Some(self.id()), &key, &value);
        put.map_err(|error| store_error(&error))
    }

    fn keys_of_unfinished(&self) -> String {
        format!("tablet:{}:", self.id())
    }

    pub(super) fn key_of_unfinished(&self, instance: &str) -> String {
        let name = blake3::hash(instance.as_bytes()).to_hex();
        format!("{}{name}", self.keys_of_unfinished())
    }

    fn unfinished_one(&self, read: &Read) -> Result<Option<Unfinished>, ApiError> {
        let kept = self.store.draft(&self.key_of_unfinished(&read.instance));
        let kept = kept.map_err(|error| store_error(&error))?;
        let kept = kept.and_then(|kept| serde_json::from_str::<Unfinished>(&kept.value).ok());
        let consultation = read.row.lane.to_string();
        Ok(kept.filter(|kept| kept.consultation == consultation))
    }

    /// The files of a submission that came before, as far as they are still kept.
    pub(super) fn files_here(&self, read: &Read) -> Result<BTreeMap<String, String>, ApiError> {
        let kept = self.unfinished_one(read)?;
        let mut files = kept.map(|kept| kept.files).unwrap_or_default();
        let mut gone = Vec::new();
        for (name, text) in &files {
            for blob in text.split(' ') {
                let blob = blob.parse().map_err(|_| plain::bad("blob"))?;
                if !self.holds(blob)? {
                    gone.push(name.clone());
                }
            }
        }
        files.retain(|name, _| !gone.contains(name));
        Ok(files)
    }

    pub(super) fn keep_unfinished(
        &self,
        tablet: &Tablet,
        read: &Read,
        files: BTreeMap<String, String>,
    ) -> Result<(), Untaken> {
        let failed = |error: &(dyn std::error::Error + 'static)| Untaken::from(store_error(error));
        let all = self
            .store
            .drafts(&self.keys_of_unfinished(), MAX_UNFINISHED);
        let mut all = all.map_err(|error| failed(&error))?;
        // Without the files that came, which are let go of as well, it waits for nothing.
        let now = clock::now();
        let age = u64::try_from(UNUSED.as_millis()).unwrap_or(u64::MAX);
        let old = all.extract_if(.., |(_, draft)| now.since(draft.saved) > age);
        for (key, _) in old.collect::<Vec<_>>() {
            let dropped = self.store.drop_draft(&key);
            dropped.map_err(|error| failed(&error))?;
        }
        if all.len() >= MAX_UNFINISHED && self.unfinished_one(read)?.is_none() {
            return Err(Untaken::Full);
        }
        let unfinished = Unfinished {
            instance: read.instance.clone(),
            officer: tablet.officer.clone(),
            consultation: read.row.lane.to_string(),
            files,
        };
        let value = serde_json::to_string(&unfinished).unwrap_or_default();
        let key = self.key_of_unfinished(&read.instance);
        let put = self.store.put_draft(&key, &value, clock::now());
        put.map_err(|error| failed(&error))
    }
}

/// What a submission is remembered by.
fn name_of(lane: LaneId, instance: &str) -> String {
    blake3::Hasher::new()
        .update(lane.as_bytes())
        .update(instance.as_bytes())
        .finalize()
        .to_hex()
        .to_string()
}
