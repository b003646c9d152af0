//! Blobs that answers refer to: which are missing here, from whom they are fetched, and serving
//! them to others. They come after everything else and hold nothing up.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use crate::blob::{Blob, MAX_BLOB, PIECE, Part, Pieces};
use crate::effect::{LinkId, Notice, Write};
use crate::id::DeviceId;
use crate::record::{Record, Records};
use crate::shelf::{MissingBlob, Shelf, ShelfError};
use crate::space::Space;
use crate::space::command::{CommandError, Done, Reply};
use crate::space::step::Step;
use crate::sync::manifest;
use crate::sync::media::read_media_run;
use crate::sync::message::ProtocolError;
use crate::sync::session::{Rights, Session};
use crate::time::Timestamp;
use asking::Asked;
pub use room::MediaPolicy;
use room::Room;

mod asking;
mod room;

/// Numbers of what was referred to since the space was opened begin here, after those on disk.
const FRESH: u64 = 1 << 40;
/// After so long without a piece of it, a blob is fetched from somebody else too, in milliseconds.
const PATIENCE_MS: u64 = 30_000;

/// A blob that is not whole here.
#[derive(Debug)]
struct Missing {
    blob: Blob,
    part: Part,
    /// Its place among those that were referred to.
    number: u64,
    held: u32,
    /// The person asked for it.
    asked: bool,
    /// It was here and made room for others.
    let_go: bool,
    /// From whom it is being fetched, and when a piece last came.
    from: Option<(LinkId, Timestamp)>,
}

impl Missing {
    /// Of bytes that begin at `at`, those that come next here; `None` when there are none, or
    /// something before them is missing.
    fn fresh<'a>(&self, at: u32, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let skip = self.held.checked_sub(at)?;
        let fresh = bytes.get(skip as usize..)?;
        (!fresh.is_empty()).then_some(fresh)
    }

    /// Keeps proven bytes that come next.
    fn grow(&mut self, bytes: Vec<u8>, step: &mut Step<'_>) {
        let (blob, at) = (self.blob, self.held);
        self.held = at.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        step.writes.push(Write::BlobPart { blob, at, bytes });
    }
}

/// The blobs of a space, as far as they are not simply here.
#[derive(Debug, Default)]
pub(super) struct Media {
    policy: MediaPolicy,
    room: Room,
    missing: BTreeMap<Blob, Missing>,
    /// In the order in which they are wanted.
    order: BTreeSet<(Part, u64, Blob)>,
    fresh: u64,
    /// Grows whenever more may be wanted than before.
    wishes: u64,
    /// Grows whenever what was wanted may not be any more, or may be again.
    turns: u64,
    /// Peers whose links ended before all was said that is wanted.
    asked: BTreeMap<DeviceId, Asked>,
}

impl Media {
    /// All that is missing by what is stored.
    pub(super) fn load(shelf: &dyn Shelf) -> Result<Self, ShelfError> {
        let mut media = Self::default();
        for missing in shelf.missing_blobs()? {
            media.add(missing);
        }
        Ok(media)
    }

    fn add(&mut self, missing: MissingBlob) {
        let MissingBlob {
            number,
            blob,
            part,
            held,
            let_go,
        } = missing;
        if !blob.is_sized() || self.missing.contains_key(&blob) {
            return;
        }
        self.wishes = self.wishes.saturating_add(1);
        self.order.insert((part, number, blob));
        let missing = Missing {
            blob,
            part,
            number,
            held,
            asked: false,
            let_go,
            from: None,
        };
        self.turns = self.turns.saturating_add(self.room.enter(&missing).into());
        self.missing.insert(blob, missing);
    }

    /// What is wanted is chosen anew.
    const fn choose(&mut self) {
        self.wishes = self.wishes.saturating_add(1);
        self.turns = self.turns.saturating_add(1);
    }

    /// The place of what is referred to now.
    const fn next_number(&mut self) -> u64 {
        let number = self.following();
        self.fresh = self.fresh.saturating_add(1);
        number
    }

    fn remove(&mut self, id: Blob) {
        if let Some(missing) = self.missing.remove(&id) {
            self.order.remove(&(missing.part, missing.number, id));
            self.turns = self.turns.saturating_add(self.room.keep(&missing).into());
        }
    }

    /// What is wanted, in order.
    fn wanted(&self) -> impl Iterator<Item = &Missing> {
        let first = self.room.first();
        let missing = self
            .order
            .iter()
            .filter_map(|(_, _, id)| self.missing.get(id));
        missing.filter(move |missing| self.comes(missing, first))
    }

    fn release(&mut self, link: LinkId) {
        for missing in self.missing.values_mut() {
            missing.from = missing.from.filter(|(from, _)| *from != link);
        }
    }
}

impl Space {
    /// Records count now: what they refer to is missing, unless it is here.
    pub(super) fn refer(&mut self, records: &Records, step: &Step<'_>) -> Result<(), ShelfError> {
        let each = records.records.iter().flat_map(|record| match record {
            Record::Response(response) => {
                let answers = response.answers.iter();
                answers.flat_map(|(_, answer)| answer.blobs()).collect()
            }
            Record::Open(form) => form.blobs(),
            Record::Minutes(minutes) => minutes.blobs(),
            Record::Close(_)
            | Record::Withdraw(_)
            | Record::Statement(_)
            | Record::Step(_)
            | Record::Stated(_)
            | Record::Claimed(_)
            | Record::Custody(_)
            | Record::Request(_) => Vec::new(),
        });
        for (part, blob) in each {
            if self.media.missing.contains_key(&blob) {
                continue;
            }
            let held = step.blob(blob)?.map_or(0, |here| here.held);
            if held < blob.size {
                let number = self.media.next_number();
                self.media.add(MissingBlob {
                    number,
                    blob,
                    part,
                    held,
                    let_go: false,
                });
            }
        }
        Ok(())
    }

    /// Keeps a blob that an answer is going to refer to.
    pub(super) fn keep_blob(&mut self, bytes: &[u8], step: &mut Step<'_>) -> Done {
        let Some(blob) = Blob::of(bytes) else {
            return Ok(Err(CommandError::BadInput));
        };
        let from = step.blob(blob)?.map_or(0, |here| here.held);
        if from < blob.size {
            let pieces = Pieces::of(bytes).to_bytes();
            let kept = Some(step.with.now);
            step.writes.push(Write::Pieces { blob, pieces, kept });
            let rest = bytes.get(from as usize..).unwrap_or_default();
            let starts = (from..).step_by(PIECE as usize * 16);
            for (part, at) in rest.chunks(PIECE as usize * 16).zip(starts) {
                let bytes = part.to_vec();
                step.writes.push(Write::BlobPart { blob, at, bytes });
            }
            self.whole(blob, step);
        }
        Ok(Ok(Reply::Blob(blob)))
    }

    /// Fetches a blob whatever the policy, unless it is here.
    pub(super) fn ask_for(&mut self, blob: Blob, step: &Step<'_>) -> Done {
        if let Some(missing) = self.media.missing.get_mut(&blob) {
            missing.asked = true;
            self.media.choose();
        } else if step.blob(blob)?.is_none() {
            return Ok(Err(CommandError::NotFound));
        }
        Ok(Ok(Reply::Done))
    }

    /// How many blobs are missing and wanted here, and how many bytes of them.
    #[must_use]
    pub fn media_missing(&self) -> (u64, u64) {
        let each = self.media.wanted();
        each.fold((0, 0), |(count, bytes): (u64, u64), missing| {
            let left = missing.blob.size.saturating_sub(missing.held);
            (count.saturating_add(1), bytes.saturating_add(left.into()))
        })
    }

    /// A blob is whole here now: others may have it.
    fn whole(&mut self, id: Blob, step: &mut Step<'_>) {
        self.media.remove(id);
        for (link, session) in &mut self.sessions {
            if let Some(frame) = session.got(id) {
                step.send(*link, frame);
            }
            if let Some(frame) = session.holds([id].into_iter(), step.with.now) {
                step.send(*link, frame);
            }
        }
        step.notice(Notice::Blob(id));
    }

    pub(super) fn no_media_from(&mut self, link: LinkId) {
        self.media.release(link);
    }

    /// A peer says which blobs it wants: it hears which of them are here.
    pub(super) fn media_wanted(
        &mut self,
        link: LinkId,
        blobs: Vec<Blob>,
        step: &mut Step<'_>,
    ) -> Result<Result<(), ProtocolError>, ShelfError> {
        let Some(mut session) = self.sessions.remove(&link) else {
            return Ok(Ok(()));
        };
        let fresh = match session.wants(blobs) {
            Ok(fresh) => fresh,
            Err(error) => return Ok(Err(error)),
        };
        let mut here = Vec::new();
        for blob in fresh {
            if step.blob(blob)?.is_some_and(|here| here.held >= blob.size) {
                here.push(blob);
            }
        }
        if let Some(frame) = session.holds(here.into_iter(), step.with.now) {
            step.send(link, frame);
        }
        self.sessions.insert(link, session);
        Ok(Ok(()))
    }

    /// A peer says that it has blobs whole.
    pub(super) fn media_kept(&mut self, link: LinkId, blobs: &[Blob], step: &mut Step<'_>) {
        if let Some(session) = self.sessions.get_mut(&link)
            && let Some(device) = session.peer()
        {
            session.hears_kept(blobs, step.with.now);
            let copies = blobs.iter().map(|blob| Write::Copy {
                blob: *blob,
                device,
            });
            step.writes.extend(copies);
        }
    }

    /// What proves the pieces of the blob that comes next.
    pub(super) fn media_pieces(
        &mut self,
        link: LinkId,
        bytes: Vec<u8>,
        step: &mut Step<'_>,
    ) -> Result<(), ProtocolError> {
        let session = self.sessions.get_mut(&link);
        let Some(fetch) = session.and_then(Session::fetched_first) else {
            return Err(ProtocolError::Unexpected);
        };
        let blob = fetch.blob;
        let proof = Pieces::from_bytes(blob, &bytes).ok_or(ProtocolError::Malformed)?;
        fetch.proof = Some(proof);
        if self.media.missing.contains_key(&blob) {
            let (pieces, kept) = (bytes, None);
            step.writes.push(Write::Pieces { blob, pieces, kept });
        }
        Ok(())
    }

    /// Pieces of a blob that is fetched.
    pub(super) fn media_came(
        &mut self,
        link: LinkId,
        bytes: &[u8],
        step: &mut Step<'_>,
    ) -> Result<Result<(), ProtocolError>, ShelfError> {
        let Some(session) = self.sessions.get_mut(&link) else {
            return Ok(Ok(()));
        };
        let Some(fetch) = session.fetched_first() else {
            return Ok(Err(ProtocolError::Unexpected));
        };
        let (blob, at) = (fetch.blob, fetch.at);
        if bytes.is_empty() {
            session.fetch_ended();
            if let Some(missing) = self.media.missing.get_mut(&blob) {
                missing.from = missing.from.filter(|(from, _)| *from != link);
            }
            return Ok(Ok(()));
        }
        if fetch.proof.is_none() {
            let here = step.blob(blob)?;
            let pieces = here.map(|here| here.pieces).unwrap_or_default();
            fetch.proof = Pieces::from_bytes(blob, &pieces);
        }
        let proven = fetch.proof.as_ref();
        if !proven.is_some_and(|proof| proof.prove(blob, at, bytes)) {
            return Ok(Err(ProtocolError::Malformed));
        }
        let after = at.saturating_add(u32::try_from(bytes.len()).unwrap_or(u32::MAX));
        fetch.at = after;
        let ended = after >= blob.size;
        if ended {
            session.fetch_ended();
        }
        if let Some(missing) = self.media.missing.get_mut(&blob) {
            missing.from = Some((link, step.with.now));
            if let Some(fresh) = missing.fresh(at, bytes) {
                missing.grow(fresh.to_vec(), step);
            }
            if missing.held >= blob.size {
                let device = session.peer();
                self.whole(blob, step);
                step.writes
                    .extend(device.map(|device| Write::Copy { blob, device }));
            } else if ended {
                missing.from = None;
            }
        }
        Ok(Ok(()))
    }

    /// Takes in a run of a carry file: of blobs that something here refers to, what comes next.
    pub(super) fn carried_media(&mut self, run: &[u8], step: &mut Step<'_>) -> Done {
        let Ok(list) = read_media_run(run) else {
            return Ok(Err(CommandError::BadInput));
        };
        let (mut came, mut left) = (manifest::Media::default(), Vec::new());
        let (mut bytes, mut altered) = (0_u64, 0_u64);
        let mut proofs: BTreeMap<Blob, Pieces> = BTreeMap::new();
        for pieces in list {
            let blob = pieces.blob;
            let wanted = |missing: &&mut Missing| missing.asked || !missing.let_go;
            let missing = self.media.missing.get_mut(&blob);
            let Some(missing) = missing.filter(wanted) else {
                if self.media.missing.contains_key(&blob) {
                    continue;
                }
                if step.blob(blob)?.is_none_or(|here| here.held < blob.size) {
                    left.push(blob);
                }
                continue;
            };
            let Some(fresh) = missing.fresh(pieces.at, &pieces.bytes) else {
                if pieces.at > missing.held {
                    left.push(blob);
                }
                continue;
            };
            if let Entry::Vacant(place) = proofs.entry(blob) {
                let here = step.blob(blob)?.map(|here| here.pieces);
                let stored = Pieces::from_bytes(blob, &here.unwrap_or_default());
                let known = stored.is_some();
                if let Some(proof) = stored.or_else(|| Pieces::from_bytes(blob, &pieces.proof)) {
                    if !known {
                        let (pieces, kept) = (proof.to_bytes(), None);
                        step.writes.push(Write::Pieces { blob, pieces, kept });
                    }
                    place.insert(proof);
                }
            }
            let proof = proofs.get(&blob);
            if !proof.is_some_and(|proof| proof.prove(blob, missing.held, fresh)) {
                altered = altered.saturating_add(1);
                continue;
            }
            bytes = bytes.saturating_add(fresh.len() as u64);
            missing.grow(fresh.to_vec(), step);
            if missing.held >= blob.size {
                came.add(missing.part, blob);
                self.whole(blob, step);
            }
        }
        Ok(Ok(Reply::MediaTaken {
            came,
            bytes,
            altered,
            left,
        }))
    }

    /// Says what is wanted, fetches what is offered, and serves what was asked for.
    pub(super) fn speak_media(
        &mut self,
        link: LinkId,
        session: &mut Session,
        rights: Rights,
        step: &mut Step<'_>,
    ) -> Result<(), ShelfError> {
        if !session.shares_media(rights) {
            return Ok(());
        }
        if session.is_to_sift(self.media.turns) {
            session.sift(self.media.is_wanted());
        }
        self.media.ask(link, session, rights, step);
        let now = step.with.now;
        let mut fetched = Vec::new();
        for (_, _, blob) in &self.media.order {
            if session.media_left().1 == 0 || !session.may_fetch(&fetched) {
                break;
            }
            let Some(missing) = self.media.missing.get_mut(blob) else {
                continue;
            };
            let taken = missing
                .from
                .is_some_and(|(from, at)| from == link || now.since(at) < PATIENCE_MS);
            if !taken && session.offers(*blob) {
                missing.from = Some((link, now));
                fetched.push((missing.blob, missing.held));
            }
        }
        if let Some(frame) = session.fetch(fetched) {
            step.send(link, frame);
        }
        self.serve_media(link, session, rights, step)
    }

    fn serve_media(
        &self,
        link: LinkId,
        session: &mut Session,
        rights: Rights,
        step: &mut Step<'_>,
    ) -> Result<(), ShelfError> {
        let now = step.with.now;
        let mut known: Option<(Blob, Pieces)> = None;
        while let Some((blob, at, most)) = session.served_next(rights) {
            if known.as_ref().is_none_or(|(of, _)| *of != blob) {
                let here = step.blob(blob)?.filter(|here| here.held >= blob.size);
                let here = here.map(|here| here.pieces).unwrap_or_default();
                // What the disk damaged is not passed on; it would look like a lie.
                let Some(proof) = Pieces::from_bytes(blob, &here) else {
                    step.send(link, session.say_media(Vec::new(), now));
                    continue;
                };
                known = Some((blob, proof));
                if at == 0 && !here.is_empty() {
                    step.send(link, session.say_pieces(here, now));
                }
            }
            let mut bytes = step.blob_bytes(blob, at, most.min(MAX_BLOB))?;
            if !matches!(&known, Some((_, proof)) if proof.prove(blob, at, &bytes)) {
                bytes.clear();
            }
            step.send(link, session.say_media(bytes, now));
        }
        Ok(())
    }
}
