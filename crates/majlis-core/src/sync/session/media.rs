//! Blobs on a link: what each side wants and holds, what is being fetched, and what is served when
//! nothing that weighs more waits. A blob is fetched by whoever lacks it, so nothing is sent that
//! came by another way.

use std::collections::{BTreeSet, VecDeque};

use serde_bytes::ByteBuf;

use crate::blob::{Blob, PIECE, Pieces};
use crate::sync::message::{MAX_PART, MAX_TIPS, Message, ProtocolError, Scope};
use crate::time::Timestamp;

use super::flow::What;
use super::{Rights, Session};

/// The most blobs that a peer may want at once.
const MAX_WANTED: usize = 10_000;
/// The most blobs that are on their way on one link.
const MAX_FETCHES: usize = 4;

/// A blob on its way.
#[derive(Debug)]
pub struct Fetch {
    /// Which.
    pub blob: Blob,
    /// The next byte of it.
    pub at: u32,
    /// What proves its pieces, once that is here.
    pub proof: Option<Pieces>,
}

/// Blobs on one link.
#[derive(Debug, Default)]
pub(super) struct Media {
    /// What this side said that it wants, and how much had been referred to here then.
    wanted: BTreeSet<Blob>,
    wanted_of: Option<u64>,
    /// Of these, what the peer holds.
    offered: BTreeSet<Blob>,
    fetching: VecDeque<Fetch>,
    /// What the peer wants, and whether it was told that it is here.
    wanted_there: BTreeSet<Blob>,
    told: BTreeSet<Blob>,
    serving: VecDeque<(Blob, u32)>,
}

impl Session {
    /// Whether blobs may be spoken of: each side has what the other's membership lane says, so that
    /// both know that they may.
    #[must_use]
    pub fn shares_media(&self, rights: Rights) -> bool {
        let told = self.same || self.sent.contains(&Scope::Membership);
        self.peer.is_some() && told && self.may_tell(Scope::Content, rights)
    }

    /// How many blobs the peer wants and was told to be here, and how many it offers of those
    /// wanted here.
    #[must_use]
    pub fn media_left(&self) -> (usize, usize) {
        (self.media.told.len(), self.media.offered.len())
    }

    /// How many blobs are to move there and here, and how many bytes of them still.
    pub(super) fn media_moving(&self) -> [(u64, u64); 2] {
        let media = &self.media;
        let under_way = |blob: &Blob| {
            let served = media.serving.iter().find(|(of, _)| of == blob);
            served.map_or(0, |(_, at)| *at)
        };
        let fetched = |blob: &Blob| {
            let fetched = media.fetching.iter().find(|fetch| fetch.blob == *blob);
            fetched.map_or(0, |fetch| fetch.at)
        };
        let sum = |blobs: &BTreeSet<Blob>, at: &dyn Fn(&Blob) -> u32| {
            let left = blobs
                .iter()
                .map(|blob| u64::from(blob.size.saturating_sub(at(blob))));
            (blobs.len() as u64, left.fold(0, u64::saturating_add))
        };
        [sum(&media.told, &under_way), sum(&media.offered, &fetched)]
    }

    /// Whether more may be wanted here than was said, when `of` tells one list from a longer one.
    pub fn is_to_hear(&mut self, of: u64) -> bool {
        self.media.wanted_of.replace(of) != Some(of)
    }

    /// Says what is wanted here, as far as it was not said.
    pub fn want(&mut self, blobs: impl Iterator<Item = Blob>) -> Vec<Vec<u8>> {
        let fresh: Vec<Blob> = blobs
            .filter(|blob| !self.media.wanted.contains(blob))
            .take(MAX_WANTED.saturating_sub(self.media.wanted.len()))
            .collect();
        self.media.wanted.extend(&fresh);
        let lists = fresh.chunks(MAX_TIPS).map(<[_]>::to_vec);
        lists.map(|list| self.frame(&Message::Want(list))).collect()
    }

    /// A blob is whole and on disk here, by whatever way: the peer is told, if it heard that it is
    /// wanted.
    #[must_use]
    pub fn got(&mut self, blob: Blob) -> Option<Vec<u8>> {
        self.media.offered.remove(&blob);
        let said = self.media.wanted.remove(&blob);
        said.then(|| self.frame(&Message::Kept(vec![blob])))
    }

    /// Whether the peer holds what is wanted here.
    #[must_use]
    pub fn offers(&self, blob: Blob) -> bool {
        self.media.offered.contains(&blob)
    }

    /// How many more may be fetched.
    #[must_use]
    pub fn may_fetch(&self) -> usize {
        MAX_FETCHES.saturating_sub(self.media.fetching.len())
    }

    /// Asks for blobs that the peer offers, each from a byte on; at most [`Session::may_fetch`].
    #[must_use]
    pub fn fetch(&mut self, blobs: Vec<(Blob, u32)>) -> Option<Vec<u8>> {
        let fetches = blobs.iter().map(|(blob, from)| Fetch {
            blob: *blob,
            at: *from,
            proof: None,
        });
        self.media.fetching.extend(fetches);
        (!blobs.is_empty()).then(|| self.frame(&Message::Fetch(blobs)))
    }

    /// What comes next.
    pub fn fetched_first(&mut self) -> Option<&mut Fetch> {
        self.media.fetching.front_mut()
    }

    /// The first fetch has ended.
    pub fn fetch_ended(&mut self) {
        if let Some(fetch) = self.media.fetching.pop_front() {
            self.media.offered.remove(&fetch.blob);
        }
    }

    /// The peer wants these. Gives those that it did not want before.
    ///
    /// # Errors
    /// [`ProtocolError::TooLarge`] when it wants more than is remembered.
    pub fn wants(&mut self, blobs: Vec<Blob>) -> Result<Vec<Blob>, ProtocolError> {
        let media = &mut self.media;
        let fresh = blobs
            .into_iter()
            .filter(|blob| media.wanted_there.insert(*blob));
        let fresh: Vec<Blob> = fresh.collect();
        if self.media.wanted_there.len() > MAX_WANTED {
            return Err(ProtocolError::TooLarge);
        }
        Ok(fresh)
    }

    /// The peer says to hold these.
    pub fn hears_held(&mut self, blobs: Vec<Blob>) {
        let media = &mut self.media;
        let wanted = blobs.into_iter().filter(|blob| media.wanted.contains(blob));
        let wanted: Vec<Blob> = wanted.collect();
        self.media.offered.extend(wanted);
    }

    /// The peer has these whole and on disk.
    pub fn hears_kept(&mut self, blobs: &[Blob]) {
        for blob in blobs {
            self.media.wanted_there.remove(blob);
            self.media.told.remove(blob);
        }
    }

    /// Says which of these, whole here, the peer wants and was not told of.
    #[must_use]
    pub fn holds(&mut self, blobs: impl Iterator<Item = Blob>) -> Option<Vec<u8>> {
        let media = &mut self.media;
        let news = blobs.filter(|blob| media.wanted_there.contains(blob));
        let news: Vec<Blob> = news.collect();
        let news: Vec<Blob> = news
            .into_iter()
            .filter(|blob| self.media.told.insert(*blob))
            .collect();
        (!news.is_empty()).then(|| self.frame(&Message::Holds(news)))
    }

    /// The peer fetches blobs.
    ///
    /// # Errors
    /// [`ProtocolError::Unexpected`] for more at once than there may be, or no place in a blob.
    pub fn serve(&mut self, blobs: Vec<(Blob, u32)>) -> Result<(), ProtocolError> {
        let sound = |(blob, from): &(Blob, u32)| blob.is_sized() && blob.piece_at(*from).is_some();
        let many = self.media.serving.len().saturating_add(blobs.len()) > MAX_FETCHES;
        if many || !blobs.iter().all(sound) {
            return Err(ProtocolError::Unexpected);
        }
        self.media.serving.extend(blobs);
        Ok(())
    }

    /// What of which blob the peer may be sent now: from where, and how many bytes. Nothing while
    /// entries wait or too much is on its way.
    #[must_use]
    pub fn served_next(&self, rights: Rights) -> Option<(Blob, u32, u32)> {
        let idle = self.flow.bulk.is_none() && !self.has_pending(rights);
        let (blob, at) = self.media.serving.front().copied()?;
        let pieces = self.flow.run_bytes().min(MAX_PART) / PIECE as usize;
        let most = PIECE.saturating_mul(u32::try_from(pieces.max(1)).unwrap_or(1));
        (idle && self.flow.is_open(What::Blobs)).then_some((blob, at, most))
    }

    /// Sends what proves the pieces of the blob that is served first.
    #[must_use]
    pub fn say_pieces(&mut self, pieces: Vec<u8>, now: Timestamp) -> Vec<u8> {
        let thank = self.flow.part(What::Blobs, pieces.len(), true, now);
        let pieces = ByteBuf::from(pieces);
        self.frame(&Message::Pieces { pieces, thank })
    }

    /// Sends the next pieces of the blob that is served first; none ends it.
    #[must_use]
    pub fn say_media(&mut self, pieces: Vec<u8>, now: Timestamp) -> Vec<u8> {
        let mut ended = pieces.is_empty();
        if let Some((blob, at)) = self.media.serving.front_mut() {
            *at = at.saturating_add(u32::try_from(pieces.len()).unwrap_or(u32::MAX));
            ended |= *at >= blob.size;
        }
        if ended {
            self.media.serving.pop_front();
        }
        let follows = !self.media.serving.is_empty();
        let thank = self.flow.part(What::Blobs, pieces.len(), follows, now);
        let pieces = ByteBuf::from(pieces);
        self.frame(&Message::Media { pieces, thank })
    }
}
