//! What an operator orders besides running: asked of the running gateway where there is one.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use majlis_node::api::me::Language;
use majlis_node::api::members::{JoinSpace, RankName, TicketCard, TicketText};
use majlis_node::api::process::AssistedModeName;
use majlis_node::api::receipts::ReceiptsView;
use majlis_node::api::space::{SpaceRef, SpaceSummary};
use majlis_node::api::sync::{MyAddress, SyncView};
use majlis_node::api::tablets::{NewTablet, TabletMade, TabletRef, TabletsView};
use majlis_node::api::{Nothing, Request};
use majlis_node::loopback::Loopback;
use majlis_node::node::{Became, Node, OpenError, back_up, is_open, is_replica};
use majlis_node::ticket::Ticket;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::args::{Mode, Order, Spoken, TabletsOrder};
use crate::config::Config;
use crate::elsewhere::Elsewhere;
use crate::run;

/// So long a gateway that was just started may take to say where it listens.
const STARTING: Duration = Duration::from_secs(10);

/// The gateway of a folder: opened here, or the one that runs.
enum Reach {
    Here(Node),
    There(Loopback),
}

impl Reach {
    async fn open(config: &Config, online: bool) -> anyhow::Result<Self> {
        match run::open(config, online).await {
            Ok(node) => Ok(Self::Here(node)),
            // A gateway that runs has what is lacking here, be it a setting or the pool.
            Err(error) => match running(&config.data).await {
                Ok(there) => Ok(Self::There(there)),
                Err(_) => Err(error),
            },
        }
    }

    async fn call<T: DeserializeOwned>(&self, request: Request) -> anyhow::Result<T> {
        let value = match self {
            Self::Here(node) => serde_json::to_value(node.call(request).await?)?,
            Self::There(there) => {
                let there = there.clone();
                tokio::task::spawn_blocking(move || there.call(&request)).await??
            }
        };
        serde_json::from_value(value).context("reading an answer")
    }

    async fn close(self) {
        if let Self::Here(node) = self {
            node.shutdown().await;
        }
    }
}

/// The gateway that runs on a folder; one that was just started is waited for.
async fn running(folder: &Path) -> anyhow::Result<Loopback> {
    let began = Instant::now();
    while is_open(folder) && began.elapsed() < STARTING {
        if let Some(there) = Loopback::of(folder) {
            return Ok(there);
        }
        tokio::time::sleep(STARTING / 100).await;
    }
    bail!("no gateway is running on {}", folder.display())
}

/// An order about a gateway makes none: a folder that is written wrongly is said, and not filled.
fn there_is_one(config: &Config) -> anyhow::Result<()> {
    // With a pool, a folder may be lost and is filled again.
    let pooled = config.storage.postgres.is_some() && config.data.is_dir();
    if !pooled && !is_replica(&config.data) {
        bail!(
            "no gateway has its data in {}: see that the folder is written rightly",
            config.data.display()
        );
    }
    Ok(())
}

/// Does what is ordered; gives what to print.
pub(crate) async fn carry_out(config: &Config, order: Order) -> anyhow::Result<String> {
    let begins = match &order {
        // Looked at before there is a folder.
        Order::Join { ticket, .. } => Ticket::from_text(ticket).map(|_| true)?,
        Order::Restore { .. } => true,
        _ => false,
    };
    // The database of a pool may have heard of the keys.
    let made = begins && config.storage.postgres.is_none() && !config.data.exists();
    let done = carry(config, order, begins).await;
    let came_to_nothing = |error: &anyhow::Error| made && !is_noted(config, error);
    if done.as_ref().is_err_and(came_to_nothing) {
        // What came to nothing leaves nothing behind.
        let _ = std::fs::remove_dir_all(&config.data);
    }
    done
}

/// Whether keys that lie apart say by now that they go on with the data folder alone, for it was opened.
fn is_noted(config: &Config, error: &anyhow::Error) -> bool {
    let was_refused = error.chain().any(<dyn std::error::Error>::is::<OpenError>);
    config.storage.keys.is_some() && !was_refused
}

async fn carry(config: &Config, order: Order, begins: bool) -> anyhow::Result<String> {
    let pooled = config.storage.postgres.is_some() || Elsewhere::noted(&config.data)?.pool;
    match order {
        Order::Run { .. } => Ok(String::new()),
        Order::Backup { .. } | Order::Restore { .. } if pooled => bail!(
            "backing up or restoring a folder whose gateway has everything in a database: use pg_dump and pg_restore for that; see docs/gateway.md"
        ),
        order => {
            if !begins {
                there_is_one(config)?;
            }
            match order {
                Order::Web => web(&config.data).await,
                Order::Backup { file } => back_up_to(&config.data, &file).await,
                Order::Restore { file, tickets } => restore(config, &file, &tickets).await,
                order => {
                    let reach = Reach::open(config, matches!(order, Order::Address)).await?;
                    let said = ask(config, &reach, order).await;
                    reach.close().await;
                    said
                }
            }
        }
    }
}

/// The first line for this machine; then those for others, when the web part is served to them.
async fn web(folder: &Path) -> anyhow::Result<String> {
    let running = running(folder).await?;
    let mut text = format!("{}\n", running.url());
    let reaches =
        |url: &&String| !url.starts_with("https://127.") && !url.starts_with("https://[::1]");
    for other in running.others().iter().filter(reaches) {
        text += &format!("from another machine: {other}\n");
    }
    Ok(text)
}

async fn back_up_to(folder: &Path, file: &Path) -> anyhow::Result<String> {
    let (folder, to) = (folder.to_path_buf(), file.to_path_buf());
    let spaces = tokio::task::spawn_blocking(move || back_up(&folder, &to)).await??;
    let file = file.display();
    Ok(match spaces {
        0 => format!("written to {file}; this gateway is in no space yet\n"),
        1 => format!("written to {file}: 1 space\n"),
        many => format!("written to {file}: {many} spaces\n"),
    })
}

async fn ask(config: &Config, reach: &Reach, order: Order) -> anyhow::Result<String> {
    match order {
        Order::Join {
            ticket,
            for_tablets,
        } => join(reach, ticket, for_tablets).await,
        Order::Tablets { space, order } => {
            let order = order.unwrap_or(TabletsOrder::List);
            tablets(config, reach, space.as_deref(), order).await
        }
        Order::Address => {
            let mine: MyAddress = reach.call(Request::MyAddress(Nothing {})).await?;
            Ok(format!("{}\n", mine.address))
        }
        Order::Status => {
            let spaces: Vec<SpaceSummary> = reach.call(Request::Spaces(Nothing {})).await?;
            let mut list = Vec::new();
            for space in spaces {
                list.push(state(reach, &space).await?);
            }
            let running = matches!(reach, Reach::There(_));
            let status = json!({ "running": running, "spaces": list });
            Ok(format!("{status:#}\n"))
        }
        Order::Run { .. } | Order::Web | Order::Backup { .. } | Order::Restore { .. } => {
            Ok(String::new())
        }
    }
}

async fn state(reach: &Reach, space: &SpaceSummary) -> anyhow::Result<Value> {
    let at = SpaceRef {
        space: space.space.clone(),
    };
    let sync: SyncView = reach.call(Request::SyncState(at.clone())).await?;
    let receipts: ReceiptsView = reach.call(Request::Receipts(at)).await?;
    let connected = sync.peers.iter().filter(|peer| peer.connected).count();
    Ok(json!({
        "space": space.space,
        "name": space.name,
        "rank": space.rank,
        "waiting": space.waiting,
        "entries": sync.entries,
        "media": sync.media,
        "connected": connected,
        "refusals": receipts.refusals,
        "other_carriers": receipts.carriers,
    }))
}

/// A gateway holds no authority: it joins as an observer or not at all. An intake device has the rank
/// that entering answers for others takes, because a steward gave it a ticket for that.
async fn join(reach: &Reach, ticket: String, for_tablets: bool) -> anyhow::Result<String> {
    let text = TicketText {
        ticket: ticket.clone(),
    };
    let card: TicketCard = reach.call(Request::ReadTicket(text)).await?;
    if for_tablets && card.rank != RankName::Facilitator {
        bail!("joining to take answers from tablets takes a ticket for a facilitator");
    }
    if !for_tablets && card.rank != RankName::Observer {
        bail!(
            "joining by a ticket that gives more than a gateway needs; ask for one for an observer"
        );
    }
    let _: SpaceRef = reach.call(Request::Join(JoinSpace { ticket })).await?;
    let digits = card.fingerprint.join(" ");
    let (name, inviter) = (&card.name, &card.inviter);
    Ok(format!("joined {name}, invited by {inviter} ({digits})\n"))
}

/// The space that is meant.
async fn space(reach: &Reach, named: Option<&str>) -> anyhow::Result<SpaceRef> {
    let spaces: Vec<SpaceSummary> = reach.call(Request::Spaces(Nothing {})).await?;
    let meant = |one: &&SpaceSummary| {
        named.is_none_or(|named| one.name == named || one.space.starts_with(named))
    };
    let mut found = spaces.iter().filter(meant);
    match (found.next(), found.next()) {
        (Some(one), None) => Ok(SpaceRef {
            space: one.space.clone(),
        }),
        (None, _) => bail!("finding the space: this gateway is in none of that name"),
        (Some(_), Some(_)) => bail!("finding the space: there are several; name one with --space"),
    }
}

async fn tablets(
    config: &Config,
    reach: &Reach,
    named: Option<&str>,
    order: TabletsOrder,
) -> anyhow::Result<String> {
    let at = space(reach, named).await?;
    match order {
        TabletsOrder::List => {
            let list: TabletsView = reach.call(Request::Tablets(at)).await?;
            Ok(format!("{:#}\n", serde_json::to_value(list)?))
        }
        TabletsOrder::Add {
            officer,
            mode,
            consent,
            language,
            address,
            code,
        } => {
            let address = address.or_else(|| config.tablets.address());
            let address = address.context(
                "knowing where tablets reach this gateway: give --address, or `url` under [tablets]",
            )?;
            let new = NewTablet {
                space: at.space,
                officer,
                mode: match mode {
                    Mode::Spoken => AssistedModeName::Spoken,
                    Mode::Paper => AssistedModeName::Paper,
                    Mode::Phone => AssistedModeName::Phone,
                },
                consent,
                language: match language {
                    Spoken::Ar => Language::Ar,
                    Spoken::Fr => Language::Fr,
                    Spoken::En => Language::En,
                },
                address,
            };
            let made: TabletMade = reach.call(Request::NewTablet(new)).await?;
            if let Some(file) = &code {
                write_secret(file, made.code.svg.as_bytes())?;
            }
            let told = json!({
                "tablet": made.tablet.id,
                "officer": made.tablet.officer,
                "address": made.address,
                "token": made.token,
                "settings": made.settings,
                "code": code,
            });
            Ok(format!("{told:#}\n"))
        }
        TabletsOrder::Revoke { tablet } => {
            let told = format!("{tablet}: revoked\n");
            let space = at.space;
            let one = TabletRef { space, tablet };
            let _: Nothing = reach.call(Request::RevokeTablet(one)).await?;
            Ok(told)
        }
    }
}

/// A file that only this user can read, and that was not there.
fn write_secret(file: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let writing = || format!("writing {}", file.display());
    let mut opened = options.open(file).with_context(writing)?;
    std::io::Write::write_all(&mut opened, bytes).with_context(writing)
}

async fn restore(config: &Config, file: &Path, tickets: &[String]) -> anyhow::Result<String> {
    // Looked at before there are new keys.
    for ticket in tickets {
        Ticket::from_text(ticket)?;
    }
    let node = run::open_to_restore(config, file).await?;
    let restored = node.restore(file, tickets).await;
    node.shutdown().await;
    let mut text = String::new();
    for kept in node.kept_aside() {
        text += &format!(
            "of the device that was here before, kept: {}\n",
            kept.display()
        );
    }
    let restored = restored.with_context(|| format!("{text}restoring from {}", file.display()))?;
    for space in restored {
        let short: String = space.space.chars().take(8).collect();
        let entries = space.entries.unwrap_or_default();
        text += &match space.became {
            Became::Lacking => format!(
                "{short}: not restored; the ticket of the old device is used up, closed or not here: restore once more with another (--ticket)\n"
            ),
            Became::Failed(error) => format!("{short}: not restored: {error}\n"),
            Became::In { now: true } => format!("{short}: {entries} entries, joined again\n"),
            Became::In { now: false } => format!("{short}: {entries} entries, joined before\n"),
            Became::Waiting => format!(
                "{short}: {entries} entries, joined again; it is let in when it meets a device that knows its ticket\n"
            ),
            Became::KeptOut(_) => format!(
                "{short}: {entries} entries, not let in, its ticket does not count or no more: restore once more with a fresh one (--ticket)\n"
            ),
            Became::Removed => {
                format!("{short}: {entries} entries; this device was removed from the space\n")
            }
        };
    }
    Ok(text)
}
