//! What changed is told to the interface, a burst of it at once. Not here: what the pages do then.

use std::time::{Duration, Instant};

use majlis_core::blob::Blob;
use majlis_core::effect::Notice;
use majlis_core::id::LaneId;

use crate::api::Event;
use crate::desk::Desk;

/// Announcements are told at most this late, so that a burst of frames is one announcement.
const TELL_WITHIN: Duration = Duration::from_millis(80);

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Told {
    Membership,
    Process(LaneId),
    Document(LaneId),
    Quarantine,
    Sync,
    Blob(Blob),
    /// After the document, whose version its places are counted in.
    Presence(LaneId),
}

impl Desk {
    pub(crate) fn note(&mut self, notice: &Notice) {
        let told = match notice {
            Notice::Membership => Told::Membership,
            Notice::Process(lane) => {
                self.secrets.heard(*lane);
                Told::Process(*lane)
            }
            Notice::Document(lane) => {
                if self.presences.is_shared(*lane) {
                    self.notices.insert(Told::Presence(*lane));
                }
                Told::Document(*lane)
            }
            Notice::Quarantine => Told::Quarantine,
            Notice::Sync => Told::Sync,
            Notice::Blob(blob) => {
                self.photos.is_crowded = true;
                Told::Blob(*blob)
            }
        };
        self.notices.insert(told);
        self.tell_soon();
    }

    /// Somebody else came to a text, moved in it or left it.
    pub(crate) fn note_presence(&mut self, lane: LaneId) {
        self.notices.insert(Told::Presence(lane));
        self.tell_soon();
    }

    fn tell_soon(&mut self) {
        self.tell_at
            .get_or_insert_with(|| Instant::now() + TELL_WITHIN);
    }

    pub(super) fn tell_now(&mut self) {
        self.tell_at = None;
        let space = self.id.to_string();
        for told in std::mem::take(&mut self.notices) {
            let space = space.clone();
            let event = match told {
                Told::Membership => Event::Membership { space },
                Told::Process(lane) => Event::Process {
                    space,
                    process: lane.to_string(),
                },
                Told::Document(lane) => {
                    self.tell_editors(lane);
                    Event::Document {
                        space,
                        document: lane.to_string(),
                    }
                }
                Told::Presence(lane) => {
                    self.tell_presence(lane);
                    continue;
                }
                Told::Quarantine => Event::Quarantine { space },
                Told::Sync => Event::Sync { space },
                Told::Blob(blob) => Event::Blob {
                    space,
                    blob: blob.to_string(),
                },
            };
            let _ = self.tell.send(event);
        }
    }

    /// Tells the interface something outside of a step.
    pub(crate) fn announce(&self, event: Event) {
        let _ = self.tell.send(event);
    }
}
