//! Presence at a desk: what the pages tell goes to the members on direct links, and what these tell
//! goes to the pages. Whether it is told at all is this device's person's choice.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use majlis_core::document::{Document, NotInText};
use majlis_core::effect::LinkId;
use majlis_core::id::{DeviceId, LaneId};
use majlis_core::sync::presence::{Caret, Presence};
use majlis_store::{ReadError, Store};

use crate::api::presence::{CaretAt, CaretView, HereView, ShowPresence};
use crate::api::{ApiError, Event, Nothing};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::choices::chosen;
use crate::plain::text;
use crate::presence::To;

/// Under which name the choice is kept.
const SETTING: &str = "presence";

/// Whether this device's person is shown to others in a text, and shown others; so unless they
/// chose otherwise.
pub(crate) fn is_chosen(store: &Store) -> Result<bool, ReadError> {
    Ok(chosen(store, SETTING)?.unwrap_or(true))
}

impl Node {
    pub(super) async fn show_presence(&self, told: ShowPresence) -> Result<Nothing, ApiError> {
        self.desk(self.space_of(told.editor)?)?
            .ask(move |desk| desk.show_presence(&told))
            .await
    }

    /// Whether presence is told and shown.
    pub(super) fn presence(&self) -> Result<bool, ApiError> {
        is_chosen(&self.0.store).map_err(|error| store_error(&error))
    }

    /// From now on presence is told and shown, or neither, in every space.
    pub(super) async fn set_presence(&self, chosen: bool) -> Result<(), ApiError> {
        self.choose(SETTING, &chosen, move |desk| {
            desk.choose_presence(chosen);
            Ok(())
        })
        .await
    }
}

impl Desk {
    fn show_presence(&mut self, told: &ShowPresence) -> Result<Nothing, ApiError> {
        let editor = self.editors.get_mut(&told.editor);
        let editor = editor.ok_or_else(super::documents::no_editor)?;
        editor.shown = told.shown;
        let lane = editor.lane;
        if !told.shown {
            self.leave_text(lane);
        } else if self.tells_presence {
            let caret = match &told.caret {
                Some(at) => self.caret(lane, at)?,
                None => None,
            };
            let now = Instant::now();
            self.presences.show(lane, caret, now);
            self.presence_on_time(now);
            // A page that was not shown heard nothing meanwhile.
            self.tell_presence(lane);
        }
        Ok(Nothing {})
    }

    /// A caret by the letters around it; `None` when the version is no longer known here.
    fn caret(&mut self, lane: LaneId, at: &CaretAt) -> Result<Option<Caret>, ApiError> {
        let heads = text::read_heads(&at.heads)?;
        let document = self.document(lane)?;
        let place = |unit: u32| document.place(&heads, usize::try_from(unit).ok()?);
        let places = place(at.anchor).zip(place(at.head));
        Ok(places.map(|(anchor, head)| Caret { anchor, head }))
    }

    /// When no page shows a text any more, this device is no longer in it.
    pub(crate) fn leave_text(&mut self, lane: LaneId) {
        let stays = |editor: &crate::desk::Editor| editor.lane == lane && editor.shown;
        if !self.editors.values().any(stays)
            && let Some((to, bytes)) = self.presences.hide(lane)
        {
            self.send_presence(&to, &bytes);
        }
    }

    fn choose_presence(&mut self, chosen: bool) {
        self.tells_presence = chosen;
        let shown = self.editors.values().filter(|editor| editor.shown);
        let lanes: BTreeSet<LaneId> = shown.map(|editor| editor.lane).collect();
        let now = Instant::now();
        if chosen {
            for lane in &lanes {
                self.presences.show(*lane, None, now);
            }
            self.presence_on_time(now);
        } else {
            for (to, bytes) in self.presences.clear() {
                self.send_presence(&to, &bytes);
            }
        }
        for lane in lanes {
            self.tell_presence(lane);
        }
    }

    /// The member on a link with whom presence is exchanged: proven, in the roster now, on a link
    /// that does not save, and not one that carries for others.
    fn presence_peer(&self, link: LinkId) -> Option<DeviceId> {
        let line = self.lines.get(&link)?;
        let peer = self.space.peer_on(link)?;
        let member = self.space.roster().rank(peer).is_some() && self.is_member();
        (!line.is_quiet() && member && !self.space.is_carrier(peer)).then_some(peer)
    }

    fn send_presence(&self, to: &To, bytes: &[u8]) {
        let links: Vec<LinkId> = match to {
            To::All => self.lines.keys().copied().collect(),
            To::Links(links) => links.clone(),
        };
        for link in links {
            if self.presence_peer(link).is_some()
                && let Some(line) = self.lines.get(&link)
            {
                // What cannot go now is too old later.
                let _ = line.datagrams.try_send(bytes.to_vec());
            }
        }
    }

    /// Takes what came on a link. It is of the device that proved itself there, whatever it says;
    /// what cannot be read is no reason to end the link.
    pub(crate) fn hear_presence(&mut self, link: LinkId, bytes: &[u8]) {
        let Some(peer) = self.presence_peer(link) else {
            return;
        };
        let Ok(told) = Presence::decode(bytes) else {
            return;
        };
        if let Some(lane) = self.presences.hear(link, peer, &told, Instant::now()) {
            self.note_presence(lane);
        }
    }

    /// Tells what is due, and forgets who was not heard, and pages that are gone.
    pub(crate) fn presence_on_time(&mut self, now: Instant) {
        for (to, bytes) in self.presences.lapse(now) {
            self.send_presence(&to, &bytes);
        }
        for (to, bytes) in self.presences.due(now) {
            self.send_presence(&to, &bytes);
        }
        for lane in self.presences.expire(now) {
            self.note_presence(lane);
        }
    }

    /// Tells the pages that show a text who else is in it, and where.
    pub(crate) fn tell_presence(&mut self, lane: LaneId) {
        // Places are told in the version that the page is led to just before.
        self.tell_editors(lane);
        let shown = self.editors.iter();
        let shown = shown.filter(|(_, editor)| editor.lane == lane && editor.shown);
        let editors: Vec<u32> = shown.map(|(number, _)| *number).collect();
        if editors.is_empty() {
            return;
        }
        let here = self.here(lane);
        let Ok(document) = self.document(lane) else {
            return;
        };
        let heads = text::heads(&document.heads());
        for editor in editors {
            self.announce(Event::Presence {
                editor,
                heads: heads.clone(),
                here: here.clone(),
            });
        }
    }

    fn here(&mut self, lane: LaneId) -> Vec<HereView> {
        let others: Vec<_> = self.presences.others(lane).collect();
        let mut here = BTreeMap::new();
        for (link, other) in others {
            if self.presence_peer(link) != Some(other.device) {
                continue;
            }
            let Ok(document) = self.document(lane) else {
                continue;
            };
            let caret = match other.caret.map(|caret| view(document, &caret)).transpose() {
                Ok(caret) => caret.flatten(),
                Err(error) => {
                    tracing::warn!(%error, device = %other.device.short(), "not hearing a presence");
                    self.presences.mute(link);
                    continue;
                }
            };
            let name = self.space.roster().name(other.device).unwrap_or_default();
            let view = HereView {
                device: other.device.to_string(),
                name: name.to_owned(),
                caret,
            };
            here.insert(other.device, view);
        }
        here.into_values().collect()
    }
}

/// Where a caret is in a text; `None` while the words around it are not here.
fn view(document: &Document, caret: &Caret) -> Result<Option<CaretView>, NotInText> {
    let unit = |place| {
        let found = document.boundary(place)?;
        Ok(found.and_then(|at| u32::try_from(at).ok()))
    };
    let (anchor, head) = (unit(&caret.anchor)?, unit(&caret.head)?);
    let both = anchor.zip(head);
    Ok(both.map(|(anchor, head)| CaretView { anchor, head }))
}
