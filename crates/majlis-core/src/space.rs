//! One open space of one replica: the aggregate that decides everything. Inputs in, effects out.
//!
//! **A replica's state is a function of the set of entries it holds, never of their order of
//! arrival, repetition or route.** **Nothing here reads a clock, a disk or a socket**: time, fresh
//! bytes, the signer and the shelf come with each step.

mod assess;
mod beginning;
mod checkpoints;
mod command;
mod documents;
mod intake;
mod link;
mod media;
mod receipts;
mod seal;
mod step;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::admission::{Missing, State};
use crate::chain::{ChainIndex, Item};
use crate::document::Document;
use crate::effect::{Effect, LinkId, MemberRow, Write};
use crate::entry::{ChainId, Header, Kind, Signed, Verified};
use crate::id::{DeviceId, EntryHash, InviteKey, LaneId, SpaceId};
use crate::membership::roster::{Proven, Roster};
use crate::membership::{Capability, Operation, Rank};
use crate::shelf::{Shelf, ShelfError};
use crate::sign::{DeviceKey, Signer};
use crate::sync::session::{Ends, LinkStanding, Moving, PeerView, Session, digest};
use crate::sync::wire::Carried;
use crate::time::Timestamp;

pub use beginning::{Founding, Joining};
pub use checkpoints::Coming;
pub use command::{Command, CommandError, Reply};
use documents::OpenDocument;
pub use media::MediaPolicy;
pub use receipts::{CarrierView, OwnChain};
use step::Step;

/// Nothing says that a peer does not want a photo any more, or has stopped sending one: so long after the
/// last step it is looked at, a little longer than such a peer is waited for.
const LOOK_AT_MEDIA_MS: u64 = 31_000;

/// What a step may use of the world: the caller's, for the length of one call.
#[derive(Clone, Copy)]
pub struct Surroundings<'a> {
    /// What is stored.
    pub shelf: &'a dyn Shelf,
    /// This device's key.
    pub signer: &'a dyn Signer,
    /// Now, by this device's clock.
    pub now: Timestamp,
}

impl core::fmt::Debug for Surroundings<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "Surroundings({:?})", self.now)
    }
}

/// What happens to a space.
#[derive(Debug)]
pub enum Input {
    /// This device's person or program wants something.
    Command(Command),
    /// A link to a peer is up.
    LinkUp(Ends),
    /// A peer sent a frame.
    Frame {
        /// On which link.
        link: LinkId,
        /// The frame.
        bytes: Vec<u8>,
    },
    /// A link is gone.
    LinkDown {
        /// Which.
        link: LinkId,
    },
    /// A run of entries from a carry file.
    Carried {
        /// The compressed run.
        run: Vec<u8>,
    },
    /// A run of photos and sounds from a carry file.
    CarriedMedia {
        /// The run.
        run: Vec<u8>,
    },
    /// Time passed and nothing else came: it is looked again at what is not passed on yet, and at photos
    /// that nobody takes or sends.
    Time,
}

/// What a step asks for, in order, and the answer to a command.
#[derive(Debug, Default)]
pub struct Effects {
    /// What to do, in this order.
    pub list: Vec<Effect>,
    /// The answer, when the input was a command or a carried run.
    pub reply: Option<Result<Reply, CommandError>>,
}

/// Own work that no entry carries yet.
#[derive(Debug, Default)]
struct Unsealed {
    changes: VecDeque<(u32, Vec<u8>)>,
    records: VecDeque<Vec<u8>>,
}

/// One open space. Owned by one task; a step that fails leaves it unusable, and it is opened again.
#[derive(Debug)]
pub struct Space {
    id: SpaceId,
    me: DeviceId,
    index: ChainIndex,
    operations: BTreeMap<EntryHash, (Header, Operation)>,
    roster: Roster,
    proven: Proven,
    shown: BTreeMap<DeviceId, MemberRow>,
    documents: BTreeMap<LaneId, OpenDocument>,
    unsealed: BTreeMap<LaneId, Unsealed>,
    /// Editing sessions of own entries that are in no document, as far as they were asked for.
    own_sessions: BTreeMap<EntryHash, u32>,
    sessions: BTreeMap<LinkId, Session>,
    gaps: intake::Gaps,
    waiting: documents::WaitingChanges,
    /// Entries that the disk did not give when it was asked for them.
    lost: BTreeSet<EntryHash>,
    /// Entries of changes judged by the rules since a document last took in; none between steps.
    judged: BTreeMap<LaneId, Vec<EntryHash>>,
    /// The secret of the invite this device joined under. It is shown to every peer: one that has
    /// not heard of the join yet takes it for a stranger otherwise.
    invite: Option<DeviceKey>,
    receipts: receipts::Watch,
    checkpoints: checkpoints::Known,
    media: media::Media,
}

impl Space {
    fn empty(id: SpaceId, me: DeviceId) -> Self {
        let (index, operations) = (ChainIndex::default(), BTreeMap::new());
        let roster = Roster::fold(id, &operations, &index, &mut Proven::new());
        Self {
            id,
            me,
            index,
            operations,
            roster,
            proven: Proven::new(),
            shown: BTreeMap::new(),
            documents: BTreeMap::new(),
            unsealed: BTreeMap::new(),
            own_sessions: BTreeMap::new(),
            sessions: BTreeMap::new(),
            gaps: intake::Gaps::default(),
            waiting: BTreeMap::new(),
            lost: BTreeSet::new(),
            judged: BTreeMap::new(),
            invite: None,
            receipts: receipts::Watch::default(),
            checkpoints: checkpoints::Known::default(),
            media: media::Media::default(),
        }
    }

    /// Gives the secret of the invite this device joined under, to be shown to peers on links.
    pub fn present_invite(&mut self, secret: &[u8; 32]) {
        self.invite = Some(DeviceKey::from_secret(secret));
    }

    /// Opens a space from what is stored.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails, or does not give an operation of the membership whole.
    pub fn open(id: SpaceId, me: DeviceId, shelf: &dyn Shelf) -> Result<Self, ShelfError> {
        let mut space = Self::empty(id, me);
        let (mut membership, mut checkpoints) = (Vec::new(), Vec::new());
        shelf.entries(&mut |signed: Signed, state: State| {
            let verified = Verified::from_own_store(signed);
            let header = verified.header();
            let fit = space.index.fit(verified.hash(), header);
            let item = Item {
                hash: verified.hash(),
                warrant: header.warrant,
                kind: header.kind,
                claimed: header.claimed,
                state,
                authority: None,
            };
            space.index.insert(fit, header.chain(), header.seq, item);
            if state == State::Waiting(Missing::Changes) {
                space
                    .waiting
                    .entry(header.lane)
                    .or_default()
                    .insert(verified.hash());
            }
            if state == State::Waiting(Missing::Payload) {
                space.lost.insert(verified.hash());
            }
            space.checkpoints.weigh(header);
            if header.lane == LaneId::MEMBERSHIP {
                // What an older version of the program could not read counts from
                // `Command::Reconsider` on, which sets again whatever it changes.
                if state != State::Unknown {
                    membership.push(verified);
                }
            } else if header.lane == LaneId::CHECKPOINTS
                && matches!(state, State::Admitted | State::Waiting(_))
            {
                checkpoints.push((verified, space.index.arrivals().now().0));
            }
        })?;
        for verified in membership {
            match read_whole(verified.hash(), shelf)? {
                Some(payload) => space.remember_operation(&verified, &payload),
                // Folded without it, other people would be in than elsewhere.
                None if verified.header().kind == Kind::Membership => {
                    let why = "an operation of the membership is not whole";
                    return Err(ShelfError::Damaged(why.into()));
                }
                None => {}
            }
        }
        for (verified, arrived) in checkpoints {
            // One that is not whole here shows nothing until it is.
            if let Some(payload) = read_whole(verified.hash(), shelf)? {
                space.checkpoints.read(&verified, &payload, arrived);
            }
        }
        space.checkpoints.give(shelf.given()?);
        space.refold();
        let _ = space.changed_members();
        let places: Vec<_> = space
            .index
            .items()
            .map(|(place, item)| (place, *item))
            .collect();
        for (place, item) in places {
            let authority = space.authority_of(place, &item);
            space.index.stand(item.hash, authority, item.state);
        }
        space.rest_checkpoints();
        space.media = media::Media::load(shelf)?;
        for lane in shelf.unsealed_lanes()? {
            let unsealed = space.unsealed.entry(lane).or_default();
            unsealed.changes = shelf.draft_changes(lane)?.into();
            unsealed.records = shelf.draft_records(lane)?.into();
        }
        Ok(space)
    }

    /// Takes one input and says what is to be done.
    ///
    /// # Errors
    /// [`ShelfError`] when the store failed in the middle: drop this space and open it again.
    pub fn handle(&mut self, input: Input, with: &Surroundings<'_>) -> Result<Effects, ShelfError> {
        let mut step = Step::new(*with);
        let reply = match input {
            Input::Command(command) => Some(self.command(command, &mut step)?),
            Input::Carried { run } => Some(self.carried(&run, &mut step)?),
            Input::CarriedMedia { run } => Some(self.carried_media(&run, &mut step)?),
            Input::LinkUp(ends) => {
                self.link_up(ends, &mut step)?;
                None
            }
            Input::Frame { link, bytes } => {
                self.frame(link, &bytes, &mut step)?;
                None
            }
            Input::LinkDown { link } => {
                self.link_down(link, &mut step);
                None
            }
            Input::Time => None,
        };
        self.speak(&mut step)?;
        self.tell_whereabouts(&mut step);
        self.write_saves(&mut step)?;
        Ok(Effects {
            list: step.finish(&self.index),
            reply,
        })
    }

    /// The space's id.
    #[must_use]
    pub const fn id(&self) -> SpaceId {
        self.id
    }

    /// This replica's device.
    #[must_use]
    pub const fn me(&self) -> DeviceId {
        self.me
    }

    /// Who is in, at which rank.
    #[must_use]
    pub const fn roster(&self) -> &Roster {
        &self.roster
    }

    /// The chains held.
    #[must_use]
    pub const fn index(&self) -> &ChainIndex {
        &self.index
    }

    /// Where an entry stands; `None` when it is not held.
    #[must_use]
    pub fn state_of(&self, entry: EntryHash) -> Option<State> {
        self.index.item(entry).map(|item| item.state)
    }

    /// Whether this device may do something here now.
    #[must_use]
    pub fn may(&self, capability: Capability) -> bool {
        self.roster
            .rank(self.me)
            .is_some_and(|rank| rank.may(capability))
    }

    /// Whether the genesis has not arrived: the space was joined and nobody was met yet.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.roster.genesis().is_none()
    }

    /// Digest of the set of entries held; equal on replicas that hold the same.
    #[must_use]
    pub fn entries_digest(&self) -> [u8; 32] {
        digest(&self.index)
    }

    /// How many pieces of own work no entry carries yet.
    #[must_use]
    pub fn unsealed(&self) -> usize {
        let each = self.unsealed.values();
        each.map(|work| work.changes.len().saturating_add(work.records.len()))
            .sum()
    }

    /// Who is on a link, once they proved it.
    #[must_use]
    pub fn peer_on(&self, link: LinkId) -> Option<DeviceId> {
        self.sessions.get(&link).and_then(Session::peer)
    }

    /// How the session on a link stands.
    #[must_use]
    pub fn standing(&self, link: LinkId) -> LinkStanding {
        let session = self.sessions.get(&link);
        session.map_or_else(LinkStanding::default, |session| LinkStanding {
            exchange: session.exchange(),
            media: session.media_left() != (0, 0),
            rate: session.rate(),
            brought: session.brought(),
        })
    }

    /// Whether receipts of a device are held here: it carries for others.
    #[must_use]
    pub fn is_carrier(&self, device: DeviceId) -> bool {
        let lane = LaneId::RECEIPTS;
        let mut signed = self.index.items_of(ChainId { lane, device });
        signed.next().is_some()
    }

    /// In how many milliseconds [`Input::Time`] is due, when nothing else comes before.
    #[must_use]
    pub fn time_due_in(&self, now: Timestamp) -> Option<u64> {
        let moves = |session: &Session| session.media_left() != (0, 0);
        let media = self
            .sessions
            .values()
            .any(moves)
            .then_some(LOOK_AT_MEDIA_MS);
        let passing = self.sessions.values();
        let passing = passing.filter_map(|session| session.passes_in(self.rights_of(session), now));
        media.into_iter().chain(passing).min()
    }

    /// What is left to move on open links: to the peer, and from it.
    pub fn moving(&self) -> impl Iterator<Item = (DeviceId, Moving, Moving)> + '_ {
        self.sessions.values().filter_map(|session| {
            let (sending, coming) = session.moving(&self.index);
            Some((session.peer()?, sending, coming))
        })
    }

    /// What is known of the peers on open links.
    pub fn peers(&self) -> impl Iterator<Item = (LinkId, PeerView)> + '_ {
        self.sessions
            .iter()
            .filter_map(|(link, session)| Some((*link, session.view(&self.index)?)))
    }

    /// The document of a lane, loaded when needed; own unsealed changes included.
    ///
    /// # Errors
    /// [`ShelfError`] when the store fails, or did not give a part of the document.
    pub fn document(&mut self, lane: LaneId, shelf: &dyn Shelf) -> Result<&Document, ShelfError> {
        if self.lacks(lane, Kind::Changes) {
            let why = "an entry of a document is not whole";
            return Err(ShelfError::Damaged(why.into()));
        }
        self.load(lane, shelf).map(|open| &open.document)
    }

    /// Forgets loaded documents that nothing needs now; they load again when asked for.
    pub fn rest(&mut self, keep: &BTreeSet<LaneId>) {
        self.documents.retain(|lane, _| keep.contains(lane));
    }

    /// Whether the disk did not give an entry of a kind on a lane when it was asked for it.
    fn lacks(&self, lane: LaneId, kind: Kind) -> bool {
        let mut lost = self.lost.iter().filter_map(|hash| {
            let (place, item) = (self.index.place(*hash)?, self.index.item(*hash)?);
            Some((place.chain.lane, item.kind))
        });
        lost.any(|of| of == (lane, kind))
    }

    fn set_state(&mut self, entry: EntryHash, state: State) {
        let authority = self.index.item(entry).and_then(|item| item.authority);
        self.index.stand(entry, authority, state);
    }

    fn refold(&mut self) {
        self.roster = Roster::fold(self.id, &self.operations, &self.index, &mut self.proven);
    }

    /// Member rows that differ from what was last written.
    fn changed_members(&mut self) -> Vec<Write> {
        let rows: BTreeMap<DeviceId, MemberRow> =
            self.roster.members().map(|row| (row.device, row)).collect();
        let changed = rows
            .iter()
            .filter(|(device, row)| self.shown.get(device) != Some(row));
        let writes = changed.map(|(_, row)| Write::Member(row.clone())).collect();
        self.shown = rows;
        writes
    }

    fn rank(&self) -> Option<Rank> {
        self.roster.rank(self.me)
    }

    fn chain(&self, lane: LaneId) -> ChainId {
        ChainId {
            lane,
            device: self.me,
        }
    }
}

/// The payload of an entry, when the store gives the entry whole.
fn read_whole(entry: EntryHash, shelf: &dyn Shelf) -> Result<Option<Vec<u8>>, ShelfError> {
    Ok(Carried::read(entry, shelf)?.and_then(|carried| carried.payload))
}

/// An invite key as the public half of a secret.
#[must_use]
pub fn invite_key(secret: &[u8; 32]) -> InviteKey {
    InviteKey::from_bytes(*DeviceKey::from_secret(secret).device().as_bytes())
}
