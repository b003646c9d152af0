//! Calls about sync: who has what, whom to meet, addresses, carry files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use majlis_core::effect::LinkId;
use majlis_core::id::{DeviceId, SpaceId};
use majlis_core::shelf::Shelf;
use majlis_core::space::{Command, Input, Reply, Space};
use majlis_core::sync::session::PeerView as Live;
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_net::{CarryError, CarryHead, CarryReader, CarryWriter, MAX_CARRY_NAME};

use crate::api::space::SpaceRef;
use crate::api::sync::{
    AddPeer, CarryExport, CarryImported, CarryPath, MyAddress, PeerView, SyncNow, SyncView,
};
use crate::api::{ApiError, ErrorCode, Event, Nothing};
use crate::desk::{Desk, command_error, store_error};
use crate::node::Node;
use crate::node::parts::{EXPORTS, INCOMING};
use crate::{address, clock, plain, qr};

impl Node {
    pub(super) async fn sync_state(&self, at: SpaceRef) -> Result<SyncView, ApiError> {
        let space: SpaceId = plain::id(&at.space, "space")?;
        let mut view = self.at(&at.space, Desk::sync_view).await?;
        match &self.0.links {
            Some(links) => {
                let around = links.around(space).await;
                view.nearby = u32::try_from(around.nearby).unwrap_or(u32::MAX);
                view.discovery = links.discovery_problem();
                let found = around.found;
                view.findings = self
                    .at(&at.space, move |desk| desk.name_findings(found))
                    .await?;
            }
            None => view.discovery = Some(self.0.offline.clone()),
        }
        Ok(view)
    }

    pub(super) async fn sync_now(&self, at: SyncNow) -> Result<Nothing, ApiError> {
        let space: SpaceId = plain::id(&at.space, "space")?;
        self.at(&at.space, |desk| desk.command(Command::Seal))
            .await?;
        if let Some(links) = &self.0.links {
            links.meet(space, at.over_budget);
        }
        Ok(Nothing {})
    }

    pub(super) fn my_address(&self) -> Result<MyAddress, ApiError> {
        let links = self.0.links.as_ref().ok_or_else(|| self.no_network())?;
        let mine = links.address();
        let text = address::to_text(&mine);
        let svg = qr::draw(&text.to_uppercase())
            .map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
        let sockets = mine.sockets.iter().map(ToString::to_string).collect();
        Ok(MyAddress {
            address: text,
            svg,
            sockets,
        })
    }

    pub(super) async fn add_peer(&self, at: AddPeer) -> Result<Nothing, ApiError> {
        let bad = || {
            ApiError::new(
                ErrorCode::BadAddress,
                "reading an address that is damaged or none",
            )
        };
        let address = address::from_text(&at.address).ok_or_else(bad)?;
        let links = self.0.links.as_ref().ok_or_else(|| self.no_network())?;
        let mut answered = false;
        for (space, _) in self.all() {
            answered |= links.dial(space, address.clone()).await;
        }
        if answered {
            Ok(Nothing {})
        } else {
            Err(ApiError::new(
                ErrorCode::Unreachable,
                "dialling an address where nobody answers",
            ))
        }
    }

    fn no_network(&self) -> ApiError {
        ApiError::new(ErrorCode::Unreachable, "using the network").about(&self.0.offline)
    }

    pub(super) async fn export_carry(&self, wanted: CarryExport) -> Result<CarryPath, ApiError> {
        let default = self.0.folder.join(EXPORTS);
        let path = wanted.path.map(PathBuf::from);
        self.at(&wanted.space, move |desk| desk.export(path, &default))
            .await
    }

    pub(super) async fn import_carry(&self, file: CarryPath) -> Result<CarryImported, ApiError> {
        let path = PathBuf::from(&file.path);
        let at = path.clone();
        let head = tokio::task::spawn_blocking(move || {
            CarryReader::open(&at).map(|reader| reader.head().clone())
        });
        let head = head
            .await
            .map_err(|_| ApiError::new(ErrorCode::Internal, "reading a carry file"))?
            .map_err(|error| carry_error(&error, &path))?;
        let space = SpaceId::from_bytes(head.space);
        let desk = self
            .desk(space)
            .map_err(|error| error.about(head.name.clone()))?;
        let from = path.clone();
        let mut imported = desk.ask(move |desk| desk.import(&from)).await?;
        if path.parent() == Some(self.0.folder.join(INCOMING).as_path()) {
            // It came through a page, for this once; a whole file is not needed again.
            let _ = std::fs::remove_file(&path);
        }
        if imported.name.is_empty() {
            imported.name = head.name;
        }
        let _ = self.0.events.send(Event::Me);
        Ok(imported)
    }
}

/// What is known of a peer here.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Peer {
    pub(crate) device: DeviceId,
    pub(crate) connected: bool,
    pub(crate) has: u64,
    pub(crate) lacks: u64,
    pub(crate) missing_here: u64,
    pub(crate) heard: u64,
    pub(crate) complete: bool,
    /// Whether it was ever met.
    pub(crate) known: bool,
}

impl Desk {
    /// Every other device that is in, and what is known of it.
    pub(crate) fn peers(&mut self) -> Result<Vec<Peer>, ApiError> {
        let stored = self
            .store
            .peers(self.id())
            .map_err(|error| store_error(&error))?;
        let live: BTreeMap<DeviceId, (LinkId, Live)> = self
            .space
            .peers()
            .map(|(link, view)| (view.device, (link, view)))
            .collect();
        let held = self.space.index().len() as u64;
        let me = self.space.me();
        let roster = self.space.roster();
        let others = roster
            .members()
            .filter(|row| row.rank.is_some() && row.device != me);
        let mut list: Vec<Peer> = others
            .map(|row| {
                let met = stored.iter().find(|peer| peer.device == row.device);
                let heard = met.map_or(0, |peer| peer.heard.0);
                if let Some((_, view)) = live.get(&row.device) {
                    return Peer {
                        device: row.device,
                        connected: true,
                        has: view.has,
                        lacks: view.lacks,
                        missing_here: view.missing_here,
                        heard: clock::now().0,
                        complete: view.complete,
                        known: true,
                    };
                }
                let has = met.map_or(0, |peer| peer.has.min(held));
                let missing_here = met.map_or(0, |peer| peer.missing_here);
                let lacks = held.saturating_sub(has);
                Peer {
                    device: row.device,
                    connected: false,
                    has,
                    lacks,
                    missing_here,
                    heard,
                    complete: met.is_some() && lacks == 0 && missing_here == 0,
                    known: met.is_some(),
                }
            })
            .collect();
        list.sort_by_key(|peer| (!peer.connected, core::cmp::Reverse(peer.heard), peer.device));
        Ok(list)
    }

    fn sync_view(&mut self) -> Result<SyncView, ApiError> {
        let peers = self.peers()?;
        let (word, with) = self.sync_word()?;
        let mut moving = self.moving()?;
        let roster = self.space.roster();
        let peers = peers.into_iter().map(|peer| {
            let (sending, coming) = moving.remove(&peer.device).unwrap_or_default();
            PeerView {
                device: peer.device.to_string(),
                name: roster.name(peer.device).unwrap_or_default().to_owned(),
                connected: peer.connected,
                has: peer.has,
                lacks: peer.lacks,
                missing_here: peer.missing_here,
                heard: peer.heard,
                complete: peer.complete,
                sending,
                coming,
            }
        });
        Ok(SyncView {
            word,
            with,
            entries: self.space.index().len() as u64,
            unsealed: u32::try_from(self.space.unsealed()).unwrap_or(u32::MAX),
            peers: peers.collect(),
            nearby: 0,
            discovery: None,
            findings: Vec::new(),
        })
    }

    /// Writes everything held here to a carry file.
    fn export(&mut self, path: Option<PathBuf>, folder: &Path) -> Result<CarryPath, ApiError> {
        self.command(Command::Seal)?;
        let name = self
            .space
            .roster()
            .genesis()
            .map(|genesis| genesis.name.clone());
        let path = path.unwrap_or_else(|| {
            let day = plain::value::date(i32::try_from(clock::day(clock::now())).unwrap_or(0));
            folder.join(format!("majlis-{}-{day}.majlis", self.id().short()))
        });
        let writing = |error: CarryError| carry_error(&error, &path);
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            std::fs::create_dir_all(parent).map_err(|error| crate::profile::disk_error(&error))?;
        }
        let head = CarryHead {
            space: *self.id().as_bytes(),
            name: crate::ticket::cut(&name.unwrap_or_default(), MAX_CARRY_NAME).to_owned(),
            made_ms: clock::now().0,
            part: 0,
            entries: self.space.index().len() as u64,
            runs: 0,
            bytes: 0,
        };
        let mut file = CarryWriter::create(&path, head).map_err(writing)?;
        let shelf = self.store.shelf(self.id());
        each_run(&self.space, &shelf, &mut |run, _| {
            file.add(&run).map_err(writing)
        })?;
        file.finish().map_err(writing)?;
        Ok(CarryPath {
            path: path.display().to_string(),
        })
    }

    /// Takes in a carry file, run by run; a damaged run is passed over and reported.
    fn import(&mut self, path: &Path) -> Result<CarryImported, ApiError> {
        let reading = |error: CarryError| carry_error(&error, path);
        let mut file = CarryReader::open(path).map_err(reading)?;
        let mut imported = CarryImported {
            space: self.id().to_string(),
            name: String::new(),
            entries: 0,
            new: 0,
            not_counting: 0,
            whole: true,
        };
        loop {
            match file.next_run() {
                Ok(Some(run)) => match self.input(Input::Carried { run })? {
                    Some(Ok(Reply::TakenIn {
                        entries,
                        new,
                        not_counting,
                    })) => {
                        imported.entries += entries;
                        imported.new += new;
                        imported.not_counting += not_counting;
                    }
                    Some(Err(majlis_core::space::CommandError::BadInput)) => imported.whole = false,
                    Some(Err(error)) => return Err(command_error(&error)),
                    Some(Ok(_)) | None => {}
                },
                Ok(None) => break,
                Err(CarryError::Damaged { .. } | CarryError::Truncated { .. }) => {
                    imported.whole = false;
                    break;
                }
                Err(error) => return Err(reading(error)),
            }
        }
        let roster = self.space.roster();
        imported.name = roster
            .genesis()
            .map(|genesis| genesis.name.clone())
            .unwrap_or_default();
        Ok(imported)
    }
}

/// Everything a space holds, run by run, each with its number of entries: membership first, then
/// chain by chain, so that whoever reads it needs no second pass.
pub(super) fn each_run(
    space: &Space,
    shelf: &dyn Shelf,
    each: &mut dyn FnMut(Vec<u8>, u64) -> Result<(), ApiError>,
) -> Result<(), ApiError> {
    let mut run = RunWriter::default();
    let index = space.index();
    let mut chains: Vec<_> = index.chains().collect();
    chains.sort_unstable();
    for (_, item) in chains.into_iter().flat_map(|chain| index.items_of(chain)) {
        let signed = shelf.signed(item.hash);
        let Some(signed) = signed.map_err(|error| store_error(&error))? else {
            continue;
        };
        let payload = shelf.payload(item.hash);
        let payload = payload.map_err(|error| store_error(&error))?;
        if run.is_full_for(payload.as_ref().map_or(0, Vec::len)) {
            let count = run.len() as u64;
            each(run.take(), count)?;
        }
        run.push(&Carried { signed, payload });
    }
    if run.is_empty() {
        return Ok(());
    }
    let count = run.len() as u64;
    each(run.take(), count)
}

fn carry_error(error: &CarryError, path: &Path) -> ApiError {
    let code = match error {
        CarryError::Disk(error) if error.kind() == std::io::ErrorKind::NotFound => {
            ErrorCode::NotFound
        }
        CarryError::Disk(error) if error.kind() == std::io::ErrorKind::StorageFull => {
            ErrorCode::DiskFull
        }
        CarryError::Disk(_) => ErrorCode::Storage,
        _ => ErrorCode::BadCarryFile,
    };
    ApiError::new(code, error.to_string()).about(path.display().to_string())
}
