//! A node: one replica of everything in one folder, open. Every program makes its calls here.
//! Not here: what a space decides (its desk and the core), what a call answers (`node/*`).

mod answers;
mod backchecks;
mod ballots;
pub(crate) mod booth;
mod boxes;
mod calls;
mod carry;
pub(crate) mod checkpoints;
mod choices;
mod claims;
mod consultations;
mod crossing;
mod dividing;
mod documents;
mod elsewhere;
mod explanations;
mod exports;
mod field;
pub(crate) mod filling;
mod forks;
mod ground;
mod held;
mod ideas;
mod identity;
mod joining;
mod known;
mod me;
pub(crate) mod media;
mod members;
mod memory_cards;
mod network;
mod notes;
mod outcomes;
mod parts;
mod pool;
pub(crate) mod presence;
mod progress;
mod receipts;
pub(crate) mod relay;
mod report;
pub(crate) mod requests;
mod restore;
mod results;
pub(crate) mod sealing;
pub(crate) mod secret;
mod sheets;
mod slips;
mod spaces;
mod stated;
mod statements;
mod stewards;
pub(crate) mod submissions;
mod sync;
pub(crate) mod tablets;
mod trustees;
pub(crate) mod until;

pub use crate::high_water::machine_folder;
pub use booth::verify_file as verify_transcript;
pub use identity::NewKeys;
pub use network::NetworkConfig;
pub use receipts::SpaceFigures;
pub use restore::{Became, Restored, back_up, is_replica};
pub(crate) use spaces::charter_title;

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use majlis_core::id::SpaceId;
use majlis_core::sign::Signer as _;
use majlis_store::Store;
use tokio::sync::{Semaphore, broadcast};
use tokio::task::JoinHandle;

use crate::api::{ApiError, ErrorCode, Event, Request, Response};
use crate::carriage::Terms;
use crate::desk::{Desk, DeskMail, store_error};
use crate::desks::Desks;
use crate::host::TOKEN_FILE;
use crate::keys::{Keys, KeysError};
use crate::links::Links;
use crate::meter::Meter;
use crate::pool::{Pool, PoolError};
use crate::pooling::full_text;
use crate::profile::Profile;
use crate::ticket::{MAX_SOCKETS, Ticket};
use crate::trust::Trusts;
use crate::{clock, disk, plain};
use notes::Note;

const LOCK_FILE: &str = "lock";
/// So long another process may take to end.
const ENDING: Duration = Duration::from_secs(5);
const STORE_FILE: &str = "majlis.sqlite";
/// Events kept for a listener that is slow; one that is slower asks for everything again.
const EVENTS: usize = 1_024;

/// How a node is opened.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// The folder of this replica; made when it is not there.
    pub data: PathBuf,
    /// The folder of its keys, when that is another one.
    pub keys: Option<PathBuf>,
    /// Whether it is known that the replica was opened beside that folder before. Then keys of an earlier
    /// version, which noted nothing beside them, go on with it though it is in no space yet.
    pub keys_known: bool,
    /// How it reaches other devices; `None` for not at all.
    pub network: Option<NetworkConfig>,
    /// The pool that has everything first, where several processes share one.
    pub pool: Option<Arc<dyn Pool>>,
    /// The folder in which this machine remembers how far each replica on it had signed, so that an
    /// older copy of a folder does not sign beside it; see [`machine_folder`].
    pub machine: Option<PathBuf>,
    /// When it goes on as a new device. Where its keys signed in another pool than this one, or in one and
    /// none is given, it does so only if it was told: the pool was left out, or another was named.
    pub new_keys: NewKeys,
}

impl NodeConfig {
    /// The replica in a folder, with nothing but this device.
    #[must_use]
    pub const fn new(data: PathBuf, network: Option<NetworkConfig>) -> Self {
        Self {
            data,
            keys: None,
            keys_known: false,
            network,
            pool: None,
            machine: None,
            new_keys: NewKeys::InItsFolder,
        }
    }
}

/// Why a node cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another running Majlis has the folder open.
    #[error("opening {0}, which another running Majlis has open")]
    InUse(PathBuf),
    /// The folder cannot be used.
    #[error("using the folder {0}")]
    Folder(PathBuf, #[source] io::Error),
    /// The keys cannot be had.
    #[error("opening the keys of this device")]
    Keys(#[source] KeysError),
    /// What the keys in the folder signed is in another pool, or in one and none is given.
    #[error("opening the keys in {0}, which go on with a pool that is not given here")]
    OtherPool(PathBuf),
    /// The keys that lie apart cannot go on with what is in the folder, or were not named; they stay as
    /// they are.
    #[error("opening {data} with the keys in {keys}: {why}")]
    OtherKeys {
        /// The file in which they were looked for.
        keys: PathBuf,
        /// The folder of the replica.
        data: PathBuf,
        /// What is wrong with them.
        why: &'static str,
    },
    /// What must be noted beside the keys could not be.
    #[error(
        "noting in {0} where all lies that its keys sign, for which it has to be written to this once"
    )]
    Note(PathBuf, #[source] KeysError),
    /// The backup that is to be restored is not there, or cannot be read.
    #[error("reading the backup {0}")]
    Backup(PathBuf, #[source] ApiError),
    /// The database does not say which one it is.
    #[error("asking the database which one it is")]
    Database(#[source] ApiError),
    /// The database cannot be opened.
    #[error("opening the store")]
    Store(#[source] majlis_store::OpenError),
    /// The list of spaces cannot be read.
    #[error("reading the list of spaces")]
    Spaces(#[source] majlis_store::ReadError),
    /// A space cannot be opened.
    #[error("opening a space")]
    Desk(#[source] ApiError),
    /// The pool does not say in which spaces this device is.
    #[error("asking the pool in which spaces this device is")]
    Pool(#[source] PoolError),
}

/// An open replica. Cheap to clone; all clones are the same one.
#[derive(Clone, Debug)]
pub struct Node(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    folder: PathBuf,
    keys: Arc<Keys>,
    store: Store,
    profile: Mutex<Profile>,
    desks: Desks,
    editors: Mutex<BTreeMap<u32, SpaceId>>,
    next_editor: AtomicU32,
    events: broadcast::Sender<Event>,
    /// Carry files that were opened with this app and not looked at yet.
    offered: Mutex<Vec<PathBuf>>,
    links: Option<Links>,
    pool: Option<Arc<dyn Pool>>,
    terms: Terms,
    /// Why links could not be opened, in English; `None` where there are some, or none were wanted.
    offline: Option<String>,
    /// Held while something is worked out that takes seconds: one at a time, so that what two pages ask
    /// for is worked out once, and a small device stays usable.
    turn: tokio::sync::Mutex<()>,
    /// Held while a carry file is written: two that were written under one name at once would be neither.
    writing: Arc<Semaphore>,
    /// Has photos of others make room; ended before the node is closed, for it holds the store.
    keeping_room: Mutex<Option<JoinHandle<()>>>,
    /// Held as long as the node is open: the folder, and that of keys apart.
    _locks: (File, Option<File>),
}

impl Node {
    /// Opens the replica in a folder as [`Node::open`] does, and waits some seconds for another
    /// process to let go of it: one that was killed a moment ago may still be ending, and whoever
    /// opens the app again after a crash is not turned away.
    ///
    /// # Errors
    /// As [`Node::open`].
    pub async fn open_when_free(config: NodeConfig) -> Result<Self, OpenError> {
        let began = Instant::now();
        loop {
            match Self::open(config.clone()).await {
                Err(OpenError::InUse(_)) if began.elapsed() < ENDING => {
                    tokio::time::sleep(ENDING / 20).await;
                }
                opened => return opened,
            }
        }
    }

    /// The UDP port on which others reach this device; `None` without the network.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        self.0.links.as_ref().map(Links::port)
    }

    /// Opens the replica in a folder, making keys and database at the first start.
    ///
    /// # Errors
    /// [`OpenError`]. A network that cannot be had is not one: the node works without, and says so
    /// in its sync state.
    pub async fn open(config: NodeConfig) -> Result<Self, OpenError> {
        let folder = config.data.clone();
        let in_folder = |error| OpenError::Folder(folder.clone(), error);
        if !folder.is_dir() {
            std::fs::create_dir_all(&folder).map_err(in_folder)?;
            only_ours(&folder).map_err(in_folder)?;
        }
        let lock = lock(&folder, LOCK_FILE)?;
        // What a process that was killed left says where nobody listens any more.
        let _ = std::fs::remove_file(folder.join(TOKEN_FILE));
        restore::clear_away(&folder);
        let profile = Profile::read(&folder).map_err(in_folder)?;
        let keys_lock = identity::take(&config)?;
        let (store, keys, high_water) = identity::open(&config).await?;
        let keys = Arc::new(keys);
        let (events, _) = broadcast::channel(EVENTS);
        let desks = Desks::default();
        let (links, offline) = match &config.network {
            None => (None, None),
            Some(network) => {
                let meter = Meter::open(store.clone(), clock::now());
                let opened = Links::open(
                    network,
                    &folder,
                    &keys,
                    desks.clone(),
                    meter,
                    store.clone(),
                    events.clone(),
                );
                match opened.await {
                    Ok(links) => (Some(links), None),
                    Err(error) => {
                        let why = full_text(&error);
                        tracing::warn!(error = why, "going on without the network");
                        (None, Some(why))
                    }
                }
            }
        };
        let network = config.network.as_ref();
        let trusts = Trusts::new(config.keys.as_deref().unwrap_or(&folder));
        if let Err(error) = trusts.clean() {
            tracing::warn!(%error, "clearing away what a power cut left of a part of a key");
        }
        let terms = Terms {
            carrier: network.is_some_and(|network| network.carrier),
            limits: network.map(|network| network.limits).unwrap_or_default(),
            transport: keys.transport.public(),
            trusts,
            high_water,
        };
        let node = Self(Arc::new(Shared {
            terms,
            folder,
            keys,
            store,
            profile: Mutex::new(profile),
            desks,
            editors: Mutex::new(BTreeMap::new()),
            next_editor: AtomicU32::new(1),
            events,
            offered: Mutex::new(Vec::new()),
            links,
            pool: config.pool,
            offline,
            turn: tokio::sync::Mutex::new(()),
            writing: Arc::new(Semaphore::new(1)),
            keeping_room: Mutex::new(None),
            _locks: (lock, keys_lock),
        }));
        let mut spaces = node.0.store.spaces().map_err(OpenError::Spaces)?;
        spaces.extend(node.seats(&spaces).await?);
        for space in spaces {
            node.open_desk(space).map_err(OpenError::Desk)?;
            node.dial_joined(space).map_err(OpenError::Desk)?;
        }
        node.join_again().await;
        node.hear_hints();
        node.keep_room();
        if let Some(links) = &node.0.links {
            links.spaces_changed();
        }
        Ok(node)
    }

    /// Opens the desk of a stored space.
    fn open_desk(&self, space: SpaceId) -> Result<(), ApiError> {
        let shared = &self.0;
        // The secret of the ticket is shown to peers that have not heard of the join yet.
        let ticket = self.kept(Note::Joined(space))?;
        let invite = ticket.and_then(|text| Ticket::from_text(&text).ok());
        let invite = invite.map(|ticket| members::secret_key(&ticket.secret).secret());
        let times = notes::rejoined(&shared.store, space).map_err(|error| store_error(&error))?;
        let key = Arc::new(shared.keys.of(space, times));
        let pooling = self.pooling(space, key.device())?;
        let opened = Desk::open(
            space,
            shared.store.clone(),
            key,
            shared.events.clone(),
            invite,
            shared.terms.clone(),
            pooling,
        );
        let desk = opened.map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        shared.desks.insert(space, desk);
        Ok(())
    }

    /// Makes a call.
    ///
    /// # Errors
    /// [`ApiError`] with the code that the interface shows a sentence for.
    pub async fn call(&self, request: Request) -> Result<Response, ApiError> {
        let name = request.name();
        let answer = Box::pin(self.answer(request)).await;
        if let Err(error) = &answer {
            tracing::debug!(call = name, code = ?error.code, %error, "a call failed");
        }
        answer
    }

    /// What changes from now on.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<Event> {
        self.0.events.subscribe()
    }

    /// The folder of this replica.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.0.folder
    }

    /// Hangs up, seals everything and closes every space. Calls after this find nothing.
    pub async fn shutdown(&self) {
        let keeping = locked(&self.0.keeping_room).take();
        if let Some(keeping) = keeping {
            keeping.abort();
            let _ = keeping.await;
        }
        if let Some(links) = &self.0.links {
            links.close().await;
        }
        for desk in self.0.desks.take() {
            desk.close().await;
        }
        if let Err(error) = self.0.store.settle() {
            tracing::warn!(%error, "emptying the log of the store");
        }
    }

    /// The desk of a space.
    fn desk(&self, space: SpaceId) -> Result<DeskMail, ApiError> {
        self.0
            .desks
            .get(space)
            .ok_or_else(|| plain::missing("space").about(space.to_string()))
    }

    /// Runs `job` at the desk of the space named in a call.
    async fn at<T: Send + 'static>(
        &self,
        space: &str,
        job: impl FnOnce(&mut Desk) -> Result<T, ApiError> + Send + 'static,
    ) -> Result<T, ApiError> {
        self.desk(plain::id(space, "space")?)?.ask(job).await
    }

    /// Every open space, samples among them.
    fn all(&self) -> Vec<(SpaceId, DeskMail)> {
        self.0.desks.all()
    }

    /// A number no other editor of this start has.
    fn next_editor(&self) -> u32 {
        self.0.next_editor.fetch_add(1, Ordering::Relaxed)
    }

    /// Where this device listens now; empty when it is offline.
    fn sockets(&self) -> Vec<SocketAddr> {
        let address = self.0.links.as_ref().map(Links::address);
        let sockets = address.map(|address| address.sockets).unwrap_or_default();
        sockets.into_iter().take(MAX_SOCKETS).collect()
    }
}

/// Whether a running Majlis has a folder open.
#[must_use]
pub fn is_open(folder: &Path) -> bool {
    let lock = File::open(folder.join(LOCK_FILE));
    lock.is_ok_and(|lock| matches!(lock.try_lock_shared(), Err(TryLockError::WouldBlock)))
}

/// Locks; a thread that panicked while holding it left nothing half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is in a new folder is for its owner alone: the database holds tickets, and what people said.
fn only_ours(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700))?;
    }
    let _ = folder;
    Ok(())
}

/// Takes the folder for this process; the operating system lets go of it when the process ends,
/// however it ends.
fn lock(folder: &Path, name: &str) -> Result<File, OpenError> {
    let path = folder.join(name);
    let in_folder = |error| OpenError::Folder(folder.to_path_buf(), error);
    let file = match disk::make(&path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            OpenOptions::new().write(true).open(&path)
        }
        made => made,
    };
    let file = file.map_err(in_folder)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(OpenError::InUse(folder.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(in_folder(error)),
    }
}
