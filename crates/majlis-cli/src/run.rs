//! Doing what was typed: which replica, how much network, which command.

mod answers;
mod beside;
mod boxes;
mod carry;
mod claim;
mod consultation;
mod doc;
mod field;
mod form;
mod ground;
mod members;
mod outcome;
mod report;
mod requests;
mod respond;
mod sealed;
mod secret;
mod shown;
mod slips;
mod space;
mod sync;
mod tally;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use majlis_node::api::Nothing;
use majlis_node::api::Request;
use majlis_node::api::me::{HitPlace, Me, Search, SearchHit, SetProfile};
use majlis_node::api::network::SetTraffic;
use majlis_node::api::sync::MyAddress;
use majlis_node::node::NetworkConfig;

use crate::args::{Cli, Command, SecretCommand};
use crate::reach::Reach;
use crate::{Said, find, text};

/// Runs one command.
pub(crate) async fn run(cli: Cli) -> anyhow::Result<Said> {
    let command = match cli.command {
        Command::Form(command) => return form::run(command),
        Command::Tally(command) => return tally::run(command),
        Command::Secret(SecretCommand::Verify { file }) => return secret::verify(&file),
        command => command,
    };
    let folder = match cli.data {
        Some(folder) => folder,
        None => default_folder()?,
    };
    let network = online(&command).then(|| NetworkConfig {
        discovery: !cli.no_discovery,
        ..NetworkConfig::default()
    });
    let reach = Reach::open(&folder, network).await?;
    let said = perform(&reach, command, cli.json).await;
    reach.close().await;
    said
}

/// Which commands need a link to other devices; the others never touch the network.
fn online(command: &Command) -> bool {
    match command {
        // How sync stands is known here.
        Command::Sync {
            patience: 0, peer, ..
        } => !peer.is_empty(),
        Command::Serve { .. }
        | Command::Sync { .. }
        | Command::Address
        | Command::Invite { .. }
        | Command::Join { wait: Some(_), .. } => true,
        Command::Me { .. }
        | Command::Space(_)
        | Command::Join { wait: None, .. }
        | Command::Members { .. }
        | Command::Consultation(_)
        | Command::Respond { .. }
        | Command::Secret(_)
        | Command::Withdraw { .. }
        | Command::Claim { .. }
        | Command::Held
        | Command::Requests { .. }
        | Command::Slip { .. }
        | Command::Recount { .. }
        | Command::Why { .. }
        | Command::Save { .. }
        | Command::Doc(_)
        | Command::Export { .. }
        | Command::Cards
        | Command::Import { .. }
        | Command::Verify { .. }
        | Command::Reindex
        | Command::Demo { .. }
        | Command::Quarantine { .. }
        | Command::Adopt { .. }
        | Command::Receipts { .. }
        | Command::Traffic { .. }
        | Command::Form(_)
        | Command::Tally(_)
        | Command::Search { .. } => false,
    }
}

/// The text of a file; `-` is standard input.
fn read(path: &Path) -> anyhow::Result<String> {
    if path == Path::new("-") {
        return std::io::read_to_string(std::io::stdin()).context("reading standard input");
    }
    std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))
}

async fn perform(reach: &Reach, command: Command, json: bool) -> anyhow::Result<Said> {
    match command {
        Command::Me {
            name,
            lang,
            media,
            media_room,
            presence,
        } => {
            let new = SetProfile {
                name,
                language: lang.map(Into::into),
                media: media.map(Into::into),
                media_room: media_room.map(|megabytes| megabytes.saturating_mul(1_000_000)),
                presence,
                ..SetProfile::default()
            };
            me(reach, new).await
        }
        Command::Space(command) => space::run(reach, command).await,
        Command::Invite {
            space,
            rank,
            uses,
            label,
            qr,
        } => members::invite(reach, space, rank.into(), uses, label, qr).await,
        Command::Join { ticket, name, wait } => members::join(reach, ticket, name, wait).await,
        Command::Members { space, command } => members::run(reach, space, command).await,
        Command::Consultation(command) => consultation::run(reach, command).await,
        Command::Respond {
            consultation,
            space,
            answers,
            file,
            named,
            assisted,
            note,
            no_consent,
            slot,
            slip,
        } => {
            let given = respond::Given {
                answers,
                by_name: named.is_some(),
                file: file.or(named),
                note,
                consent: !no_consent,
                slot: slot.or(slip),
            };
            respond::run(reach, &consultation, space, given, assisted.map(Into::into)).await
        }
        Command::Secret(command) => secret::run(reach, command).await,
        Command::Withdraw {
            consultation,
            space,
            slot,
        } => respond::withdraw(reach, &consultation, space, slot).await,
        Command::Slip { code } => slips::show(reach, code).await,
        Command::Claim {
            code,
            space,
            keep,
            slot,
        } => claim::run(reach, code, space, keep, slot.as_deref()).await,
        Command::Held => requests::held(reach).await,
        Command::Requests { space, command } => requests::run(reach, &space, command).await,
        Command::Recount { names, space } => {
            let which = consultation::in_order(names, space)?;
            outcome::recount(reach, consultation::named(reach, &which).await?).await
        }
        Command::Why { which, option } => {
            let at = consultation::named(reach, &which).await?;
            outcome::why(reach, at, option.as_deref()).await
        }
        Command::Save { blob, space, to } => respond::save_blob(reach, blob, space, &to).await,
        Command::Doc(command) => doc::run(reach, command).await,
        Command::Sync {
            space,
            peer,
            patience,
            over_budget,
        } => sync::run(reach, space, peer, patience, over_budget).await,
        Command::Traffic {
            budget,
            saving,
            news,
        } => {
            let new = SetTraffic {
                budget: budget.map(|megabytes| megabytes.saturating_mul(1_000_000)),
                saving: saving.map(Into::into),
                news_minutes: news,
            };
            sync::traffic(reach, new).await
        }
        Command::Receipts { space } => sync::receipts(reach, space).await,
        Command::Address => {
            let mine: MyAddress = reach.call(Request::MyAddress(Nothing {})).await?;
            let text = mine.address.clone();
            Said::new(mine, text)
        }
        Command::Serve { port, ui } => sync::serve(reach, port, ui, json).await,
        Command::Export {
            file,
            everything,
            part_size,
            media,
            space,
        } => {
            let wanted = carry::Wanted {
                file,
                part_size,
                media: media.into(),
            };
            if everything {
                carry::export_everything(reach, wanted).await
            } else {
                carry::export(reach, wanted, space).await
            }
        }
        Command::Cards => carry::cards(reach).await,
        Command::Import { file, summary } => carry::import(reach, file, summary).await,
        Command::Verify { space } => space::verify(reach, space).await,
        Command::Reindex => space::reindex(reach).await,
        Command::Demo { lang, reset } => space::demo(reach, lang.map(Into::into), reset).await,
        Command::Quarantine { space } => members::quarantine(reach, space).await,
        Command::Adopt { entries, space } => members::adopt(reach, entries, space).await,
        Command::Form(command) => form::run(command),
        Command::Tally(command) => tally::run(command),
        Command::Search { text, space } => search(reach, text, space).await,
    }
}

async fn me(reach: &Reach, new: SetProfile) -> anyhow::Result<Said> {
    let request = if new == SetProfile::default() {
        Request::Me(Nothing {})
    } else {
        Request::SetProfile(new)
    };
    let me: Me = reach.call(request).await?;
    let name = me
        .name
        .clone()
        .unwrap_or_else(|| "(no name yet)".to_owned());
    let room = match me.media_room {
        Some(room) => format!("of {}", text::size(room)),
        None => "without a limit".to_owned(),
    };
    let text = format!(
        "{name}\ndevice {}\nfingerprint {}\nphotos and sounds of others: {}, {room}",
        me.device,
        me.fingerprint.join(" "),
        text::size(me.media_used),
    );
    Said::new(me, text)
}

/// Gives this device a name when it has none: the one given, or the computer's user.
async fn named(reach: &Reach, name: Option<String>) -> anyhow::Result<()> {
    let me: Me = reach.call(Request::Me(Nothing {})).await?;
    let name = match (name, me.name) {
        (Some(name), _) => name,
        (None, Some(_)) => return Ok(()),
        (None, None) => std::env::var("USER")
            .ok()
            .filter(|u| !u.is_empty())
            .unwrap_or_else(|| "majlis".to_owned()),
    };
    let profile = SetProfile {
        name: Some(name),
        ..SetProfile::default()
    };
    let _: Me = reach.call(Request::SetProfile(profile)).await?;
    Ok(())
}

async fn search(reach: &Reach, text: String, space: Option<String>) -> anyhow::Result<Said> {
    let space = match space {
        Some(space) => Some(find::space(reach, Some(&space)).await?),
        None => None,
    };
    let hits: Vec<SearchHit> = reach.call(Request::Search(Search { text, space })).await?;
    let lines: Vec<String> = hits
        .iter()
        .map(|hit| {
            let place = match hit.place {
                HitPlace::Document(_) => "document",
                HitPlace::Consultation(_) => "consultation",
                HitPlace::Answer(_) => "answer to",
            };
            format!(
                "{place} {}: {}[{}]{}",
                hit.title, hit.before, hit.matched, hit.after
            )
        })
        .collect();
    Said::new(hits, lines.join("\n"))
}

/// Where this user's programs keep what is theirs.
fn default_folder() -> anyhow::Result<PathBuf> {
    let from = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let home = || from("HOME");
    let base = if cfg!(windows) {
        from("LOCALAPPDATA")
    } else if cfg!(target_os = "macos") {
        home().map(|home| home.join("Library/Application Support"))
    } else {
        from("XDG_DATA_HOME").or_else(|| home().map(|home| home.join(".local/share")))
    };
    Ok(base
        .context("there is no folder for data on this system; name one with --data")?
        .join("majlis"))
}
