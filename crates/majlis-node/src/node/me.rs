//! Calls about this device, its person, codes and interface drafts.

use std::collections::BTreeSet;

use data_encoding::BASE64;
use majlis_core::consultation::claim::ClaimCode;
use majlis_core::id::{LaneClass, LaneId, SpaceId};
use majlis_core::sign::Signer as _;
use majlis_core::space::Command;
use majlis_store::{Found, Hit};

use crate::api::me::{
    DraftAt, DraftValue, HitPlace, Home, Language, Me, QrImage, QrText, Search, SearchHit,
    SetProfile, Svg,
};
use crate::api::process::Phase;
use crate::api::{ApiError, ErrorCode, Event, Nothing};
use crate::desk::{Desk, store_error};
use crate::node::consultations::lane;
use crate::node::{Node, locked};
use crate::qr::{self, QrError};
use crate::{card, clock, plain};

const MAX_DRAFT_KEY: usize = 200;
const MAX_DRAFT: usize = 1_000_000;
const MAX_HITS: u32 = 50;

impl Node {
    pub(super) fn me(&self) -> Result<Me, ApiError> {
        let profile = locked(&self.0.profile).clone();
        let device = self.0.keys.device.device();
        Ok(Me {
            media: self.media()?,
            media_room: self.media_room()?,
            media_used: self.media_used()?,
            carries: self.0.terms.carrier,
            presence: self.presence()?,
            device: device.to_string(),
            fingerprint: card::fingerprint(device),
            name: profile.name,
            language: profile.language,
            settings: profile.settings,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        })
    }

    /// The language of whoever looks here, once they chose one.
    pub(super) fn language(&self) -> Option<Language> {
        locked(&self.0.profile).language
    }

    pub(super) async fn set_profile(&self, new: SetProfile) -> Result<Me, ApiError> {
        if let Some(media) = new.media {
            self.set_media(media).await?;
        }
        if let Some(room) = new.media_room {
            self.set_media_room(room).await?;
        }
        if let Some(presence) = new.presence {
            self.set_presence(presence).await?;
        }
        let (before, after) = {
            let mut profile = locked(&self.0.profile);
            let before = profile.name.clone();
            profile.change(&self.0.folder, new)?;
            (before, profile.name.clone())
        };
        // Others see the new name too, wherever this device is known under the old one.
        if let (Some(_), Some(name)) = (before.filter(|b| Some(b) != after.as_ref()), after) {
            for (_, desk) in self.all() {
                let name = name.clone();
                let renamed = desk.ask(move |desk| {
                    if desk.is_member() {
                        desk.command(Command::Rename(name))?;
                    }
                    Ok(())
                });
                renamed.await?;
            }
        }
        let _ = self.0.events.send(Event::Me);
        self.me()
    }

    pub(super) async fn home(&self) -> Result<Home, ApiError> {
        let mut home = Home {
            asked: Vec::new(),
            answered: Vec::new(),
            results: Vec::new(),
            alarmed: Vec::new(),
            forked: Vec::new(),
            to_close: Vec::new(),
            drafts: Vec::new(),
            trusted: Vec::new(),
            to_reply: Vec::new(),
            replied: Vec::new(),
        };
        let language = self.language();
        for (_, desk) in self.all() {
            let list = desk.ask(move |desk| {
                let may = desk.may_respond_and_open();
                let all = desk.consultations(language)?.into_iter();
                let all = all.map(|one| {
                    let lane = lane(&one.consultation)?;
                    let alarms = one.undone || (one.forked && desk.forks_unseen(lane)?);
                    let (may_respond, may_open) = may;
                    let open = one.phase == Phase::Open;
                    let may_respond = may_respond && !(open && desk.keyless(lane)?);
                    let done =
                        one.answered || one.withdrawn || (open && desk.slips_are_done(lane)?);
                    Ok((one, (alarms, done), (may_respond, may_open)))
                });
                all.collect::<Result<Vec<_>, ApiError>>()
            });
            for (one, (alarms, done), (may_respond, may_open)) in list.await? {
                if alarms {
                    home.alarmed.push(one.clone());
                }
                if one.phase == Phase::Open && one.until.is_some() && may_open {
                    home.to_close.push(one.clone());
                }
                match one.phase {
                    Phase::Open if done => home.answered.push(one),
                    Phase::Open if may_respond => home.asked.push(one),
                    Phase::Closed => home.results.push(one),
                    Phase::Draft if may_open => home.drafts.push(one),
                    Phase::Open | Phase::Draft => {}
                }
            }
        }
        for (_, desk) in self.all() {
            home.trusted.extend(desk.ask(Desk::calls_to_trustee).await?);
            home.forked.extend(desk.ask(Desk::forked_space).await?);
            let (to_reply, replied) = desk.ask(Desk::news_of_requests).await?;
            home.to_reply.extend(to_reply);
            home.replied.extend(replied);
        }
        for list in [
            &mut home.asked,
            &mut home.answered,
            &mut home.results,
            &mut home.alarmed,
            &mut home.to_close,
            &mut home.drafts,
        ] {
            list.sort_by_key(|one| core::cmp::Reverse(one.time));
        }
        Ok(home)
    }
}

impl Node {
    pub(super) async fn put_draft(&self, draft: DraftValue) -> Result<Nothing, ApiError> {
        let key = draft_key(&draft.key)?;
        if draft.value.len() > MAX_DRAFT {
            return Err(plain::bad("draft"));
        }
        let store = self.0.store.clone();
        let put = move || store.put_draft(&key, &draft.value, clock::now());
        blocking(put).await?.map_err(|error| store_error(&error))?;
        Ok(Nothing {})
    }

    pub(super) async fn draft(&self, at: DraftAt) -> Result<Option<DraftValue>, ApiError> {
        let key = draft_key(&at.key)?;
        let store = self.0.store.clone();
        let draft = blocking(move || store.draft(&key))
            .await?
            .map_err(|error| store_error(&error))?;
        Ok(draft.map(|draft| DraftValue {
            key: at.key,
            value: draft.value,
            saved: draft.saved.0,
        }))
    }

    pub(super) async fn drop_draft(&self, at: DraftAt) -> Result<Nothing, ApiError> {
        let key = draft_key(&at.key)?;
        let store = self.0.store.clone();
        blocking(move || store.drop_draft(&key))
            .await?
            .map_err(|error| store_error(&error))?;
        Ok(Nothing {})
    }

    pub(super) async fn search(&self, wanted: Search) -> Result<Vec<SearchHit>, ApiError> {
        let space = wanted
            .space
            .as_deref()
            .map(|id| plain::id(id, "space"))
            .transpose()?;
        let store = self.0.store.clone();
        let text = wanted.text.clone();
        let mut found = blocking(move || store.search(&text, space, MAX_HITS))
            .await?
            .map_err(|error| store_error(&error))?;
        // What was answered is told where answers are.
        let answers = found
            .iter()
            .filter(|hit| matches!(hit.found, Found::Answer));
        let lanes: BTreeSet<(SpaceId, LaneId)> = answers.map(|hit| (hit.space, hit.lane)).collect();
        for (space, lane) in lanes {
            let named = space.to_string();
            let withheld = self.at(&named, move |desk| {
                let row = desk.process(lane)?;
                desk.withheld(&row)
            });
            if withheld.await.unwrap_or(true) {
                found.retain(|hit| hit.lane != lane || !matches!(hit.found, Found::Answer));
            }
        }
        if found.is_empty() && wanted.text.parse::<ClaimCode>().is_ok() {
            return Ok(self.of_code(&wanted.text, space).await);
        }
        Ok(found.into_iter().map(hit).collect())
    }

    /// Where the answer is whose receipt shows this code.
    async fn of_code(&self, code: &str, space: Option<SpaceId>) -> Vec<SearchHit> {
        let mut hits = Vec::new();
        for (id, desk) in self.0.desks.all() {
            if space.is_none_or(|only| only == id) {
                let code = code.to_owned();
                let found = desk.ask(move |desk| desk.answers_of_code(&code)).await;
                hits.extend(found.unwrap_or_default());
            }
        }
        hits
    }
}

fn hit(hit: Hit) -> SearchHit {
    let lane = hit.lane.to_string();
    SearchHit {
        space: hit.space.to_string(),
        place: match (hit.found, hit.lane.class()) {
            (Found::Answer, _) => HitPlace::Answer(lane),
            (Found::Outline, LaneClass::Process) => HitPlace::Consultation(lane),
            (Found::Outline, _) => HitPlace::Document(lane),
        },
        title: hit.title,
        before: hit.excerpt.before,
        matched: hit.excerpt.matched,
        after: hit.excerpt.after,
    }
}

fn draft_key(key: &str) -> Result<String, ApiError> {
    if key.is_empty() || key.len() > MAX_DRAFT_KEY {
        return Err(plain::bad("key"));
    }
    Ok(key.to_owned())
}

/// Runs what waits for the disk where waiting is allowed.
async fn blocking<T: Send + 'static>(
    job: impl FnOnce() -> T + Send + 'static,
) -> Result<T, ApiError> {
    let done = tokio::task::spawn_blocking(job).await;
    done.map_err(|_| ApiError::new(ErrorCode::Internal, "waiting for the disk"))
}

pub(super) fn qr(text: &QrText) -> Result<Svg, ApiError> {
    let svg = qr::draw(&text.text).map_err(|error| qr_error(&error))?;
    Ok(Svg { svg })
}

pub(super) async fn read_qr(picture: QrImage) -> Result<QrText, ApiError> {
    let read = tokio::task::spawn_blocking(move || {
        // A data URL's head is taken off, line breaks too.
        let text = picture.base64.rsplit(',').next().unwrap_or_default();
        let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
        let file = BASE64
            .decode(text.as_bytes())
            .map_err(|_| plain::bad("picture"))?;
        qr::read(&file).map_err(|error| qr_error(&error))
    });
    let text = read
        .await
        .map_err(|_| ApiError::new(ErrorCode::NoCode, "reading the picture"))??;
    Ok(QrText { text })
}

fn qr_error(error: &QrError) -> ApiError {
    let code = match error {
        QrError::TooLong => ErrorCode::BadInput,
        QrError::NotAPicture | QrError::NoCode => ErrorCode::NoCode,
    };
    ApiError::new(code, error.to_string())
}
