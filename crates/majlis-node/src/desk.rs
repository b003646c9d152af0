//! The desk of one space: one thread owns the open space and performs its effects strictly in
//! order; everyone else sends it jobs and frames. Not here: what the space decides (the core), and
//! which devices are dialled (`links`).

mod errors;
mod mail;
mod photos;
mod sealing;
mod settling;
mod telling;

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Instant;

use majlis_core::document::Document;
use majlis_core::effect::{Effect, LinkId};
use majlis_core::id::{LaneClass, LaneId, SpaceId};
use majlis_core::shelf::ShelfError;
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{Command, CommandError, Input, Reply, Space, Surroundings};
use majlis_core::sync::session::Exchange;
use majlis_store::{OutlineRow, Store};
use tokio::sync::broadcast;
use zeroize::Zeroizing;

use crate::api::{ApiError, ErrorCode, Event};
use crate::carriage::{self, Carriage, Terms};
use crate::clock;
use crate::links::Ending;
use crate::node::checkpoints::Checkpoints;
use crate::node::filling::Fillings;
use crate::node::requests::FoundRequests;
use crate::node::sealing::FoundParts;
use crate::node::secret::Secrets;
use crate::node::until::Untils;
use crate::node::{media, presence, relay};
use crate::plain::sealed::Opened;
use crate::pooling::{self, Pooling};
use crate::presence::Presences;
pub(crate) use errors::{command_error, store_error, text_error};
pub(crate) use mail::{Board, DeskMail, Line, Mail, Proof, Standing};
use photos::Photos;
use telling::Told;

/// An open editor of a document.
pub(crate) struct Editor {
    pub(crate) lane: LaneId,
    /// Whether anything was handed in through it.
    pub(crate) writes: bool,
    /// Whether its person is in the text, and it is on the screen.
    pub(crate) shown: bool,
    /// The version that the page has.
    pub(crate) heads: Vec<automerge::ChangeHash>,
}

/// One open space and what it needs to act.
pub(crate) struct Desk {
    pub(crate) space: Space,
    pub(crate) store: Store,
    /// Signs for this device in this space.
    pub(crate) key: Arc<DeviceKey>,
    pub(crate) editors: BTreeMap<u32, Editor>,
    id: SpaceId,
    /// The secret of the ticket by which this device joined.
    invite: Option<Secret>,
    tell: broadcast::Sender<Event>,
    pub(crate) lines: BTreeMap<LinkId, Line>,
    /// For who waits for news, and says what stands in the way.
    board: Arc<Board>,
    pub(crate) carriage: Carriage,
    pub(crate) checkpoints: Checkpoints,
    pub(crate) presences: Presences,
    /// What is being filled in on this device.
    pub(crate) fillings: Fillings,
    /// What was read of sealed answers.
    pub(crate) opened: RefCell<Opened>,
    /// Until when consultations are open, as far as that was read.
    pub(crate) untils: RefCell<Untils>,
    /// What people ask to have deleted, as far as that was read.
    pub(crate) requests: RefCell<FoundRequests>,
    /// The parts of keys that are here, and what is wrong with them.
    pub(crate) parts: RefCell<FoundParts>,
    pub(crate) secrets: Secrets,
    /// Whether this device's person wants to be shown to others, and shown others.
    pub(crate) tells_presence: bool,
    pub(crate) pooling: Option<Pooling>,
    pub(crate) telling: relay::Telling,
    /// What is in memory could not be stored.
    is_ahead: bool,
    photos: Photos,
    seal_at: Option<Instant>,
    /// When it was last sealed because it was time.
    sealed: Option<Instant>,
    notices: BTreeSet<Told>,
    tell_at: Option<Instant>,
}

impl Desk {
    /// Opens a desk on its own thread. The space is read from the store on that thread: opening
    /// many spaces at the start costs nothing until they are asked something.
    pub(crate) fn open(
        id: SpaceId,
        store: Store,
        key: Arc<DeviceKey>,
        tell: broadcast::Sender<Event>,
        invite: Option<Secret>,
        terms: Terms,
        pooling: Option<Pooling>,
    ) -> std::io::Result<DeskMail> {
        let (mail, box_) = channel();
        let vouchers = relay::vouchers(&key, invite.as_ref(), &terms.transport);
        let board = Arc::<Board>::default();
        let shown = Arc::clone(&board);
        std::thread::Builder::new()
            .name(format!("space {}", id.short()))
            .spawn(move || {
                let opened = read(id, &store, &key, invite.as_ref()).and_then(|space| {
                    let carriage = Carriage::new(&terms, id, key.device(), &store)?;
                    let tells = presence::is_chosen(&store);
                    let tells = tells.map_err(|error| ShelfError::Failed(error.into()))?;
                    Ok((space, carriage, tells))
                });
                match opened {
                    Ok((space, carriage, tells)) => {
                        let mut desk = Self::new(space, store, key, tell, invite, carriage);
                        desk.board = shown;
                        desk.tells_presence = tells;
                        match pooling {
                            Some(_) => desk.pooling = pooling,
                            None => pooling::forget_place(&desk.store, id),
                        }
                        desk.stand();
                        if let Err(error) = desk.command(Command::Reconsider) {
                            tracing::warn!(%error, space = %id.short(), "asking about entries again");
                        }
                        desk.begin_as_trustee();
                        desk.run(&box_);
                    }
                    Err(error) => {
                        let error = store_error(&error).message;
                        tracing::error!(%error, space = %id.short(), "opening a space");
                    }
                }
            })?;
        Ok(DeskMail::new(mail, board, vouchers))
    }

    fn new(
        space: Space,
        store: Store,
        key: Arc<DeviceKey>,
        tell: broadcast::Sender<Event>,
        invite: Option<Secret>,
        carriage: Carriage,
    ) -> Self {
        let mut desk = Self {
            invite,
            id: space.id(),
            space,
            store,
            key,
            tell,
            editors: BTreeMap::new(),
            lines: BTreeMap::new(),
            board: Arc::default(),
            secrets: Secrets::new(carriage.trusts.clone()),
            carriage,
            checkpoints: Checkpoints::default(),
            presences: Presences::default(),
            fillings: Fillings::default(),
            opened: RefCell::default(),
            untils: RefCell::default(),
            requests: RefCell::default(),
            parts: RefCell::default(),
            tells_presence: false,
            pooling: None,
            telling: relay::Telling::default(),
            is_ahead: false,
            photos: Photos::default(),
            seal_at: None,
            sealed: None,
            notices: BTreeSet::new(),
            tell_at: None,
        };
        desk.plan_seal();
        desk
    }

    fn run(mut self, mail: &Receiver<Mail>) {
        // Before anything else, what is in the pool is read.
        self.keep_up();
        loop {
            let pool = self.pooling.as_ref().and_then(Pooling::due);
            let (looks, owed) = (self.checkpoints.look_at, self.secrets.look_at);
            let photos = self.photos.look_at;
            let acts = [self.seal_at, self.carriage.sign_at, looks, owed, photos];
            let acts = acts.map(|at| at.filter(|_| self.may_act()));
            let others = [
                self.tell_at,
                self.presences.next(),
                pool,
                self.fillings.settle_at,
            ];
            let times = acts.into_iter().chain(others);
            let next = match times.flatten().min() {
                Some(at) => mail.recv_timeout(at.saturating_duration_since(Instant::now())),
                None => mail.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let well = match next {
                Ok(Mail::Job(job)) => {
                    job(&mut self);
                    Ok(())
                }
                Ok(Mail::Up { line, .. }) if !self.may_act() => {
                    let _ = line.end.send(Ending::CannotStore);
                    Ok(())
                }
                Ok(Mail::Up { ends, line }) => {
                    self.lines.insert(ends.link, line);
                    self.presences.link_up(Instant::now());
                    self.input(Input::LinkUp(ends)).map(drop)
                }
                Ok(Mail::Frame {
                    link,
                    bytes,
                    permit,
                }) => {
                    let done = self.frame(link, bytes);
                    drop(permit);
                    done
                }
                Ok(Mail::Presence { link, bytes }) => {
                    self.hear_presence(link, &bytes);
                    Ok(())
                }
                Ok(Mail::Told { link, bytes }) => {
                    self.hear_told(link, &bytes);
                    Ok(())
                }
                Ok(Mail::Tell(reached)) => {
                    self.tell_reached(&reached);
                    Ok(())
                }
                Ok(Mail::Down { link, told }) => {
                    self.telling.forget(link);
                    for lane in self.presences.link_down(link) {
                        self.note_presence(lane);
                    }
                    let let_down = self.lines.remove(&link).is_none();
                    self.ended(link, told.and_then(Ending::limit), let_down);
                    self.perform(Input::LinkDown { link }).map(drop)
                }
                Ok(Mail::Hint) => {
                    self.hear_hint();
                    Ok(())
                }
                Ok(Mail::Close(done)) => {
                    self.close();
                    let _ = done.send(());
                    return;
                }
                Err(RecvTimeoutError::Timeout) => Ok(()),
                Err(RecvTimeoutError::Disconnected) => {
                    self.close();
                    return;
                }
            };
            if let Err(error) = well {
                tracing::error!(%error, space = %self.id.short(), "a step failed");
            }
            self.on_time(Instant::now());
        }
    }

    fn on_time(&mut self, now: Instant) {
        self.settle_by(Some(now));
        let due = self.pooling.as_ref().and_then(Pooling::due);
        if due.is_some_and(|at| at <= now) {
            self.keep_up();
        }
        if self.presences.next().is_some_and(|at| at <= now) {
            self.presence_on_time(now);
        }
        if self.tell_at.is_some_and(|at| at <= now) {
            self.tell_now();
        }
        if !self.may_act() {
            return;
        }
        if self.seal_at.is_some_and(|at| at <= now) {
            self.seal_at = None;
            self.sealed = Some(now);
            if let Err(error) = self.command(Command::Seal) {
                tracing::warn!(%error, space = %self.id.short(), "sealing");
            }
        }
        if self.carriage.sign_at.is_some_and(|at| at <= now) {
            self.sign(now);
        }
        if self.checkpoints.look_at.is_some_and(|at| at <= now) {
            self.sign_checkpoints();
        }
        self.trustee_on_time(now);
        self.photos_on_time(now);
    }

    /// The pool is there again: what waited for it is due.
    pub(crate) fn acts_again(&mut self) {
        self.carriage.sign_again(Instant::now());
        self.plan_seal();
        self.stand();
    }

    /// Does something with the space, and performs what it asks for.
    pub(crate) fn command(&mut self, command: Command) -> Result<Reply, ApiError> {
        let reply = self.input(Input::Command(command))?;
        match reply {
            Some(Ok(reply)) => Ok(reply),
            Some(Err(error)) => Err(command_error(&error)),
            None => Err(ApiError::new(
                ErrorCode::Internal,
                "the core gave no answer to a command",
            )),
        }
    }

    /// Gives the space one input and performs its effects strictly in order.
    pub(crate) fn input(&mut self, input: Input) -> Done {
        self.pool_gate()?;
        self.perform(input)
    }

    /// The same, also while the pool is being read.
    pub(crate) fn perform(&mut self, input: Input) -> Done {
        if self.is_ahead {
            self.read_again().map_err(|error| store_error(&error))?;
        }
        let shelf = self.store.shelf(self.id);
        let surroundings = Surroundings {
            shelf: &shelf,
            signer: &*self.key,
            now: clock::now(),
        };
        let effects = match self.space.handle(input, &surroundings) {
            Ok(effects) => effects,
            Err(error) => return Err(self.start_over(store_error(&error))),
        };
        for effect in effects.list {
            match effect {
                Effect::Persist(writes) => {
                    let written = match self.pool_first(&writes) {
                        Ok(written) => written,
                        Err(error) => return Err(self.start_over(error)),
                    };
                    if let Err(error) = self.store.persist(self.id, &writes) {
                        return Err(self.start_over(store_error(&error)));
                    }
                    self.board.full.store(false, Ordering::Relaxed);
                    self.pool_has(written);
                    self.carriage.stored(&writes, Instant::now());
                    self.checkpoints.stored(&writes, Instant::now());
                }
                Effect::Send(link, bytes) => {
                    if let Some(line) = self.lines.get(&link) {
                        self.carriage.sent += bytes.len() as u64;
                        let _ = line.frames.send(bytes);
                    }
                }
                Effect::HangUp(link, why) => {
                    tracing::debug!(?link, ?why, space = %self.id.short(), "hanging up");
                    if let (Some(line), Some(ending)) = (self.lines.remove(&link), Ending::of(why))
                    {
                        let _ = line.end.send(ending);
                    }
                }
                Effect::Announce(notice) => self.note(&notice),
                // The node keeps its own times: sealing and telling.
            }
        }
        self.plan_seal();
        self.plan_photos();
        self.keep_alarms();
        self.stand();
        Ok(effects.reply)
    }

    /// Tells the owner of the links how each session stands, where that changed.
    fn stand(&self) {
        let held = self.space.index().len() as u64;
        self.board.held.store(held, Ordering::Relaxed);
        let drafted = self.space.unsealed() > 0 && self.may_seal();
        for (link, line) in &self.lines {
            let of = self.space.standing(*link);
            let peer = self.space.peer_on(*link);
            let now = Standing {
                rests: of.exchange == Exchange::Complete && !of.media && !drafted,
                exchange: of.exchange,
                held,
                media: of.media,
                rate: of.rate,
                brought: of.brought,
                carrier: peer.is_some_and(|device| self.space.is_carrier(device)),
                proof: peer.map_or(Proof::Due, |_| Proof::Given),
            };
            line.standing.send_if_modified(|before| {
                let changed = *before != now;
                *before = now;
                changed
            });
        }
    }

    /// A step that could not be stored leaves the space in memory ahead of the disk: it is read
    /// again before anything else is done, and links begin anew. Nothing was sent or acknowledged,
    /// so open editors are where the disk is.
    fn start_over(&mut self, error: ApiError) -> ApiError {
        self.is_ahead = true;
        if error.code == ErrorCode::DiskFull {
            // Both sides are to know why the links end.
            self.board.full.store(true, Ordering::Relaxed);
            for line in core::mem::take(&mut self.lines).into_values() {
                let _ = line.end.send(Ending::CannotStore);
            }
        }
        // The step may be in the pool all the same.
        self.lapse();
        if let Err(again) = self.read_again() {
            tracing::error!(%again, space = %self.id.short(), "opening it again");
        }
        error
    }

    fn read_again(&mut self) -> Result<(), ShelfError> {
        self.lines.clear();
        self.space = read(self.id, &self.store, &self.key, self.invite.as_ref())?;
        self.is_ahead = false;
        Ok(())
    }

    /// The document of a lane, with own unsealed work.
    pub(crate) fn document(&mut self, lane: LaneId) -> Result<&Document, ApiError> {
        let shelf = self.store.shelf(self.id);
        self.space
            .document(lane, &shelf)
            .map_err(|error| text_error(&error))
    }

    /// What lists show of documents and consultations.
    pub(crate) fn outlines(&self, class: LaneClass) -> Result<Vec<OutlineRow>, ApiError> {
        self.store
            .outlines(self.id, class)
            .map_err(|error| store_error(&error))
    }

    /// Rebuilds everything that is derived from entries, and reads the space again.
    pub(crate) fn reindex(&mut self) -> Result<(), ApiError> {
        self.command(Command::Seal)?;
        self.store
            .reindex(self.id)
            .map_err(|error| store_error(&error))?;
        self.read_again().map_err(|error| store_error(&error))
    }

    pub(crate) const fn id(&self) -> SpaceId {
        self.id
    }
}

/// What came of an input: the answer to it, when it was a command or a carried run.
type Done = Result<Option<Result<Reply, CommandError>>, ApiError>;

/// The secret half of an invite.
type Secret = Zeroizing<[u8; 32]>;

fn read(
    id: SpaceId,
    store: &Store,
    key: &DeviceKey,
    invite: Option<&Secret>,
) -> Result<Space, ShelfError> {
    let shelf = store.shelf(id);
    let mut space = Space::open(id, key.device(), &shelf)?;
    if let Some(secret) = invite {
        space.present_invite(secret);
    }
    carriage::recall_alarms(&mut space, store)?;
    let media = media::policy(store).map_err(|error| ShelfError::Failed(error.into()))?;
    space.set_media(media::as_core(media));
    let room = media::share(store, id).map_err(|error| ShelfError::Failed(error.into()))?;
    space.set_media_room(room, &shelf)?;
    Ok(space)
}
