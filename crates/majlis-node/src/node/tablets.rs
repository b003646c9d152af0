//! Calls about tablets of other programs: which may send answers here, and by what token.
//! Not here: what they send (`submissions`), the protocol (`tablets` of this crate).

use std::io::Write as _;

use data_encoding::{BASE32_NOPAD, BASE64};
use flate2::Compression;
use flate2::write::ZlibEncoder;
use majlis_core::id::SpaceId;
use majlis_core::membership::Capability;
use majlis_store::Store;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::api::me::{Language, Svg};
use crate::api::process::AssistedModeName;
use crate::api::space::SpaceRef;
use crate::api::tablets::{NewTablet, TabletMade, TabletRef, TabletView, TabletsView};
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::{plain, qr};

/// The longest name of an officer, in bytes.
const MAX_OFFICER: usize = 100;
/// The longest address, in bytes: its code must still be read by cheap cameras.
const MAX_ADDRESS: usize = 200;
/// The most tablets of a space, those without a token among them.
const MAX_TABLETS: usize = 1_000;
/// When a tablet was last heard of is written so often at most.
const USED_EVERY_MS: u64 = 60_000;
const PREFIX: &str = "tablet/";
const HASHED_FOR: &str = "majlis 2026 tablet token v1";

/// A tablet, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Tablet {
    #[serde(skip)]
    pub(crate) id: String,
    pub(crate) officer: String,
    pub(crate) mode: AssistedModeName,
    pub(crate) consent: bool,
    /// What its officer reads.
    #[serde(default)]
    pub(crate) language: Language,
    /// Of the token, which is nowhere. It has 160 random bits, so a fast hash is enough.
    hash: [u8; 32],
    made: u64,
    used: Option<u64>,
    revoked: Option<u64>,
    answers: u32,
}

impl Tablet {
    fn view(&self) -> TabletView {
        TabletView {
            id: self.id.clone(),
            officer: self.officer.clone(),
            mode: self.mode,
            consent: self.consent,
            language: self.language,
            made: self.made,
            used: self.used,
            revoked: self.revoked,
            answers: self.answers,
        }
    }
}

impl Node {
    pub(super) async fn tablets(&self, at: SpaceRef) -> Result<TabletsView, ApiError> {
        self.at(&at.space, |desk| {
            let mut tablets = read_all(&desk.store, desk.id())?;
            tablets.sort_by_key(|tablet| core::cmp::Reverse(tablet.made));
            Ok(TabletsView {
                may: desk.space.may(Capability::RespondForOthers),
                tablets: tablets.iter().map(Tablet::view).collect(),
                forms: desk.tablet_forms()?,
                unfinished: desk.unfinished_submissions()?,
            })
        })
        .await
    }

    pub(super) async fn new_tablet(&self, new: NewTablet) -> Result<TabletMade, ApiError> {
        let officer = new.officer.trim().to_owned();
        // A name and a password are sent with a colon between them.
        if officer.is_empty()
            || officer.len() > MAX_OFFICER
            || officer.contains(|letter: char| letter == ':' || letter.is_control())
        {
            return Err(plain::bad("officer"));
        }
        let address = new.address.trim().trim_end_matches('/').to_owned();
        let host = address
            .strip_prefix("https://")
            .or_else(|| address.strip_prefix("http://"));
        let plain_host = |host: &str| !host.is_empty() && !host.contains(['?', '#', '@', ' ']);
        if address.len() > MAX_ADDRESS || !host.is_some_and(plain_host) {
            return Err(plain::bad("address"));
        }
        self.at(&new.space, move |desk| {
            desk.may_enter_for_others()?;
            if read_all(&desk.store, desk.id())?.len() >= MAX_TABLETS {
                let why = "letting in more tablets than a space may have";
                return Err(ApiError::new(ErrorCode::NotAllowed, why));
            }
            let text = |bytes: &[u8]| BASE32_NOPAD.encode(bytes).to_ascii_lowercase();
            let token = text(&clock::fresh::<20>());
            let tablet = Tablet {
                id: text(&clock::fresh::<5>()),
                officer,
                mode: new.mode,
                consent: new.consent,
                language: new.language,
                hash: hash(&token),
                made: clock::now().0,
                used: None,
                revoked: None,
                answers: 0,
            };
            write(&desk.store, desk.id(), &tablet)?;
            let genesis = desk.space.roster().genesis();
            let name = genesis.map(|genesis| genesis.name.clone());
            let address = format!("{address}/t/{token}");
            let settings = settings(&address, &name.unwrap_or_default());
            let svg = qr::draw(&settings);
            let svg = svg.map_err(|error| ApiError::new(ErrorCode::BadInput, error.to_string()))?;
            Ok(TabletMade {
                tablet: tablet.view(),
                token,
                address,
                settings,
                code: Svg { svg },
            })
        })
        .await
    }

    pub(super) async fn revoke_tablet(&self, at: TabletRef) -> Result<Nothing, ApiError> {
        self.at(&at.space, move |desk| {
            let all = read_all(&desk.store, desk.id())?;
            let found = all.into_iter().find(|tablet| tablet.id == at.tablet);
            let mut tablet = found.ok_or_else(|| plain::missing("tablet").about(at.tablet))?;
            tablet.revoked.get_or_insert(clock::now().0);
            write(&desk.store, desk.id(), &tablet)?;
            Ok(Nothing {})
        })
        .await
    }

    /// The tablet whose token this is, and its space; none when there is no such token any more.
    ///
    /// Hashes are compared in constant time, and all of them are, so that the time it takes tells
    /// nothing about any token.
    pub(crate) fn tablet_of(&self, token: &str) -> Result<Option<(SpaceId, Tablet)>, ApiError> {
        let wanted = blake3::Hash::from_bytes(hash(token));
        let mut found = None;
        for (space, _) in self.all() {
            for tablet in read_all(&self.0.store, space)? {
                let is_it = blake3::Hash::from_bytes(tablet.hash) == wanted;
                if is_it && tablet.revoked.is_none() {
                    found = Some((space, tablet));
                }
            }
        }
        Ok(found)
    }

    /// Notes that a tablet was heard of.
    pub(crate) async fn heard_of(&self, space: SpaceId, tablet: &Tablet) -> Result<(), ApiError> {
        let now = clock::now().0;
        let due = |used: Option<u64>| used.is_none_or(|used| used + USED_EVERY_MS <= now);
        if !due(tablet.used) {
            return Ok(());
        }
        let id = tablet.id.clone();
        self.at(&space.to_string(), move |desk| {
            desk.change_tablet(&id, |tablet| tablet.used = Some(now))
        })
        .await
    }
}

impl Desk {
    /// Changes what is stored of a tablet, if it is there.
    fn change_tablet(&self, id: &str, change: impl FnOnce(&mut Tablet)) -> Result<(), ApiError> {
        let mut all = read_all(&self.store, self.id())?;
        let Some(tablet) = all.iter_mut().find(|tablet| tablet.id == id) else {
            return Ok(());
        };
        change(tablet);
        write(&self.store, self.id(), tablet)
    }

    /// Notes that an answer of a tablet was recorded.
    pub(super) fn count_for_tablet(&self, id: &str) -> Result<(), ApiError> {
        let more = |tablet: &mut Tablet| tablet.answers = tablet.answers.saturating_add(1);
        self.change_tablet(id, more)
    }

    /// Whether this device has the rank to enter answers for others.
    pub(super) fn may_enter_for_others(&self) -> Result<(), ApiError> {
        if self.space.may(Capability::RespondForOthers) {
            return Ok(());
        }
        let why = "taking answers from tablets without the rank of a facilitator in this space";
        Err(ApiError::new(ErrorCode::NotAllowed, why))
    }
}

fn hash(token: &str) -> [u8; 32] {
    blake3::derive_key(HASHED_FOR, token.as_bytes())
}

fn read_all(store: &Store, space: SpaceId) -> Result<Vec<Tablet>, ApiError> {
    let kept = store.settings(Some(space), PREFIX);
    let kept = kept.map_err(|error| store_error(&error))?;
    let read = kept.into_iter().filter_map(|(key, value)| {
        let mut tablet: Tablet = serde_json::from_slice(&value).ok()?;
        key.strip_prefix(PREFIX)?.clone_into(&mut tablet.id);
        Some(tablet)
    });
    Ok(read.collect())
}

fn write(store: &Store, space: SpaceId, tablet: &Tablet) -> Result<(), ApiError> {
    let key = format!("{PREFIX}{}", tablet.id);
    let value = serde_json::to_vec(tablet).unwrap_or_default();
    let put = store.put_setting(Some(space), &key, &value);
    put.map_err(|error| store_error(&error))
}

/// The settings of ODK Collect for a tablet, as its code has them: JSON, packed by zlib, in Base64.
///
/// Forms come and go by themselves, answers leave as soon as there is a network, and stay on the
/// tablet until somebody deletes them there.
fn settings(address: &str, project: &str) -> String {
    let settings = json!({
        "general": {
            "protocol": "odk_default",
            "server_url": address,
            "form_update_mode": "match_exactly",
            "autosend": "wifi_and_cellular",
            "delete_send": false,
        },
        "admin": {},
        "project": { "name": project, "icon": "M" },
    });
    let mut packed = ZlibEncoder::new(Vec::new(), Compression::best());
    // Writing into memory does not fail.
    let _ = packed.write_all(settings.to_string().as_bytes());
    BASE64.encode(&packed.finish().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn the_settings_unpack_to_what_collect_reads() {
        let text = settings("https://a.example/t/abc", "عين الصفا");
        let packed = BASE64.decode(text.as_bytes()).unwrap();
        let mut json = String::new();
        let mut unpack = flate2::read::ZlibDecoder::new(packed.as_slice());
        unpack.read_to_string(&mut json).unwrap();
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["general"]["server_url"], "https://a.example/t/abc");
        assert_eq!(read["project"]["name"], "عين الصفا");
        assert!(qr::draw(&text).is_ok());
    }
}
