//! Blobs on a link: what each side wants and holds, what is being fetched, and what is served when
//! nothing that weighs more waits. A blob is fetched by whoever lacks it, so nothing is sent that
//! came by another way.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_bytes::ByteBuf;

use crate::blob::{Blob, PIECE, Pieces};
use crate::sync::message::{MAX_PART, Message, ProtocolError, Scope, Stream};
use crate::time::Timestamp;

use super::flow::What;
use super::{Rights, Session};

/// The most blobs that a peer may want at once.
const MAX_WANTED: usize = 10_000;
/// So many are said to be wanted in one list: on a slow link a second or two of it.
pub const WANT_LIST: usize = 100;
/// While the peer holds so many that did not come yet, it is told of no more that are wanted.
const ENOUGH_HELD: usize = 2 * WANT_LIST;
/// A peer that was told what is here and takes nothing of it for so long may not want the rest any more,
/// in milliseconds.
const DECLINED_MS: u64 = 30_000;
/// The most blobs that are on their way on one link.
const MAX_FETCHES: usize = 4;
/// With so many bytes on their way no other blob is asked for. What was asked for comes, whatever is
/// chosen meanwhile, so on a slow link that is little more than one photo.
const ENOUGH: u64 = 64 * 1024;

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
    /// What this side said that it wants and is not here, each with how many were said before it.
    wanted: BTreeMap<Blob, u64>,
    said: u64,
    /// How many had been said before the last list.
    before: u64,
    /// How many parts had gone out when thanks were asked for with the last list, where more follows it.
    asked: Option<u64>,
    /// How much had been referred to here when all that is wanted was said.
    said_of: Option<u64>,
    /// Of these, what the peer holds.
    offered: BTreeSet<Blob>,
    /// What it holds and is not wanted any more, by what was chosen here since it was said to be.
    declined: BTreeSet<Blob>,
    /// How much had been chosen when the two were told apart.
    sifted_of: u64,
    /// Whether anything was left to move there and here when that was last noted.
    noted: (bool, bool),
    fetching: VecDeque<Fetch>,
    /// What the peer wants, and whether it was told that it is here.
    wanted_there: BTreeSet<Blob>,
    told: BTreeSet<Blob>,
    serving: VecDeque<(Blob, u32)>,
    /// When the peer was last told of something, or took some of it.
    stirred: Timestamp,
    /// As of the last step.
    now: Timestamp,
    /// How many parts had gone out with the last piece of a blob.
    out: u64,
}

impl Media {
    /// It is as late as that.
    pub(super) const fn pass(&mut self, now: Timestamp) {
        self.now = now;
    }

    /// Whether the peer may still want what it was told of. What it does not want any more it does not
    /// say; while it wants some, it fetches one after the other.
    fn is_taken(&self) -> bool {
        !self.serving.is_empty() || self.now.since(self.stirred) < DECLINED_MS
    }

    /// A blob is not to be fetched from the peer any more.
    fn forget(&mut self, blob: Blob) {
        self.offered.remove(&blob);
        self.declined.remove(&blob);
    }
}

impl Session {
    /// Whether blobs may be spoken of: each side has what the other's membership lane says, so that
    /// both know that they may.
    #[must_use]
    pub fn shares_media(&self, rights: Rights) -> bool {
        let told = self.same || self.sent.contains(&Scope::Membership);
        self.peer.is_some() && told && self.may_tell(Scope::Content, rights)
    }

    /// How many blobs the peer wants and was told to be here, as far as it still takes them, and how many
    /// it offers of those wanted here.
    #[must_use]
    pub fn media_left(&self) -> (usize, usize) {
        let media = &self.media;
        let there = if self.still_takes() {
            media.told.len()
        } else {
            0
        };
        (there, media.offered.len())
    }

    /// Whether what the peer was told of is still to go there: it takes some of it, or has not thanked for
    /// what was said last.
    fn still_takes(&self) -> bool {
        self.media.is_taken() || !self.flow.is_thanked_for(self.media.out)
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
        let there = if self.still_takes() {
            sum(&media.told, &under_way)
        } else {
            (0, 0)
        };
        [there, sum(&media.offered, &fetched)]
    }

    /// Whether it is time to say more of what is wanted here, when `of` counts what is: nothing waits that
    /// goes before, the peer has answered the last list, remembers another one, and holds little that did
    /// not come yet.
    #[must_use]
    pub fn is_to_want(&self, of: u64, rights: Rights) -> bool {
        let media = &self.media;
        !self.is_all_said(of)
            && self.has_answered()
            && media.offered.len() < ENOUGH_HELD
            && MAX_WANTED.saturating_sub(media.wanted.len()) >= WANT_LIST
            && self.is_idle(rights)
    }

    /// Whether all that is wanted here was said, when `of` counts what is.
    #[must_use]
    pub fn is_all_said(&self, of: u64) -> bool {
        self.media.said_of == Some(of)
    }

    /// Whether a blob that is not here was said to be wanted.
    #[must_use]
    pub fn has_said(&self, blob: Blob) -> bool {
        self.media.wanted.contains_key(&blob)
    }

    /// What was said to be wanted and is not here, in the order in which it was said. Whether nothing
    /// comes of that: the peer has answered, and does not hold it.
    #[must_use]
    pub fn said_in_order(&self) -> Vec<(Blob, bool)> {
        let media = &self.media;
        let answered = self.has_answered();
        let mut said: Vec<(u64, Blob)> = media.wanted.iter().map(|(of, at)| (*at, *of)).collect();
        said.sort_unstable();
        let said = said.into_iter().map(|(at, blob)| {
            let in_vain = (answered || at < media.before) && !media.offered.contains(&blob);
            (blob, in_vain)
        });
        said.collect()
    }

    /// Who does not hold what is wanted says nothing, but thanks when asked to.
    fn has_answered(&self) -> bool {
        let asked = self.media.asked;
        asked.is_none_or(|parts| self.flow.is_thanked_for(parts))
    }

    /// Whether pieces of blobs are still to be said.
    pub(super) fn serves_media(&self) -> bool {
        !self.media.serving.is_empty()
    }

    /// Whether nothing waits that goes before blobs.
    fn is_idle(&self, rights: Rights) -> bool {
        self.flow.bulk.is_none() && !self.has_pending(rights)
    }

    /// Says that these are wanted here, at most [`WANT_LIST`] of them. `all` counts what is, when nothing
    /// more is wanted than was said now. Else the peer's thanks are asked for, by a part of a run without
    /// a byte in it: they show that the list got over, and come behind what the peer holds of it.
    pub fn want(&mut self, list: Vec<Blob>, all: Option<u64>, now: Timestamp) -> Vec<Vec<u8>> {
        let media = &mut self.media;
        (media.said_of, media.before, media.asked) = (all, media.said, None);
        for blob in &list {
            media.wanted.insert(*blob, media.said);
            media.said = media.said.saturating_add(1);
        }
        if list.is_empty() {
            return Vec::new();
        }
        let mut frames = vec![self.frame(&Message::Want(list))];
        if all.is_none() {
            let bytes = frames.iter().map(Vec::len).sum();
            let thank = self.flow.part(What::Blobs, bytes, false, now);
            self.media.asked = Some(self.flow.said());
            frames.push(self.frame(&Message::Run {
                stream: Stream::First,
                part: ByteBuf::new(),
                entries: 0,
                last: false,
                thank,
            }));
        }
        frames
    }

    /// A blob is whole and on disk here, by whatever way: the peer is told, if it heard that it is
    /// wanted.
    #[must_use]
    pub fn got(&mut self, blob: Blob) -> Option<Vec<u8>> {
        self.media.forget(blob);
        let said = self.media.wanted.remove(&blob);
        said.map(|_| self.frame(&Message::Kept(vec![blob])))
    }

    /// Whether the peer holds what is wanted here.
    #[must_use]
    pub fn offers(&self, blob: Blob) -> bool {
        self.media.offered.contains(&blob)
    }

    /// Whether another blob may be fetched beside these, which are about to be asked for.
    #[must_use]
    pub fn may_fetch(&self, beside: &[(Blob, u32)]) -> bool {
        let under_way = self.media.fetching.iter();
        let under_way = under_way.map(|fetch| (fetch.blob, fetch.at));
        let (mut count, mut bytes) = (0_usize, 0_u64);
        for (blob, at) in under_way.chain(beside.iter().copied()) {
            count = count.saturating_add(1);
            bytes = bytes.saturating_add(blob.size.saturating_sub(at).into());
        }
        count < MAX_FETCHES && bytes < ENOUGH
    }

    /// Asks for blobs that the peer offers, each from a byte on; as many as [`Session::may_fetch`] lets.
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
            self.media.forget(fetch.blob);
        }
    }

    /// Whether something was chosen here since what the peer holds was last told apart, when `of`
    /// counts what was.
    #[must_use]
    pub const fn is_to_sift(&mut self, of: u64) -> bool {
        core::mem::replace(&mut self.media.sifted_of, of) != of
    }

    /// Of what the peer holds, tells what is wanted here from what is not any more.
    pub fn sift(&mut self, is_wanted: impl Fn(Blob) -> bool) {
        let media = &mut self.media;
        let mut held = core::mem::take(&mut media.offered);
        held.append(&mut media.declined);
        (media.offered, media.declined) = held.into_iter().partition(|blob| is_wanted(*blob));
    }

    /// Whether it came about or ended, since this was last asked, that something is left to move there
    /// or here. It is worth noting at once: the device may end before the link does.
    pub fn media_turned(&mut self) -> bool {
        let (there, here) = self.media_left();
        let left = (there > 0, here > 0);
        core::mem::replace(&mut self.media.noted, left) != left
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

    /// The peer says to hold these, of which some may not be wanted any more.
    pub fn hears_held(&mut self, blobs: Vec<Blob>, is_wanted: impl Fn(Blob) -> bool) {
        let media = &mut self.media;
        for blob in blobs {
            if !media.wanted.contains_key(&blob) {
                continue;
            }
            let list = if is_wanted(blob) {
                &mut media.offered
            } else {
                &mut media.declined
            };
            list.insert(blob);
        }
    }

    /// The peer has these whole and on disk.
    pub fn hears_kept(&mut self, blobs: &[Blob], now: Timestamp) {
        let media = &mut self.media;
        for blob in blobs {
            media.wanted_there.remove(blob);
            if media.told.remove(blob) {
                media.stirred = now;
            }
        }
    }

    /// Says which of these, whole here, the peer wants and was not told of.
    #[must_use]
    pub fn holds(&mut self, blobs: impl Iterator<Item = Blob>, now: Timestamp) -> Option<Vec<u8>> {
        let media = &mut self.media;
        let news = blobs.filter(|blob| media.wanted_there.contains(blob));
        let news: Vec<Blob> = news.collect();
        let news: Vec<Blob> = news
            .into_iter()
            .filter(|blob| self.media.told.insert(*blob))
            .collect();
        if news.is_empty() {
            return None;
        }
        self.media.stirred = now;
        Some(self.frame(&Message::Holds(news)))
    }

    /// The peer fetches blobs.
    ///
    /// # Errors
    /// [`ProtocolError::Unexpected`] for more at once than there may be, or no place in a blob.
    pub fn serve(&mut self, blobs: Vec<(Blob, u32)>, now: Timestamp) -> Result<(), ProtocolError> {
        let sound = |(blob, from): &(Blob, u32)| blob.is_sized() && blob.piece_at(*from).is_some();
        let many = self.media.serving.len().saturating_add(blobs.len()) > MAX_FETCHES;
        if many || !blobs.iter().all(sound) {
            return Err(ProtocolError::Unexpected);
        }
        self.media.serving.extend(blobs);
        self.media.stirred = now;
        Ok(())
    }

    /// What of which blob the peer may be sent now: from where, and how many bytes. Nothing while
    /// entries wait or too much is on its way.
    #[must_use]
    pub fn served_next(&self, rights: Rights) -> Option<(Blob, u32, u32)> {
        let (blob, at) = self.media.serving.front().copied()?;
        let pieces = self.flow.run_bytes().min(MAX_PART) / PIECE as usize;
        let most = PIECE.saturating_mul(u32::try_from(pieces.max(1)).unwrap_or(1));
        (self.is_idle(rights) && self.flow.is_open(What::Blobs)).then_some((blob, at, most))
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
        self.media.out = self.flow.said();
        let pieces = ByteBuf::from(pieces);
        self.frame(&Message::Media { pieces, thank })
    }
}

#[cfg(test)]
mod tests;
