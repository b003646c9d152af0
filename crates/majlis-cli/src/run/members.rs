//! `majlis members`, `invite`, `join`, `quarantine`, `adopt`.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Context as _;
use majlis_node::api::members::{
    Adopted, AgreeToChange, ChangeRank, CreateInvite, InviteCreated, JoinSpace, MemberView,
    PendingChange, QuarantineItem, RankName, Recover, RemoveMember, StewardsView, TicketCard,
    TicketText,
};
use majlis_node::api::space::{SpaceRef, SpaceSummary, SpaceView};
use majlis_node::api::{Nothing, Request};
use serde_json::json;
use tokio::time::Instant;

use crate::args::{InSpace, MembersCommand};
use crate::reach::Reach;
use crate::text::{short, word};
use crate::{Said, find};

pub(super) async fn run(
    reach: &Reach,
    space: InSpace,
    command: Option<MembersCommand>,
) -> anyhow::Result<Said> {
    let space = find::space(reach, space.space.as_deref()).await?;
    match command.unwrap_or(MembersCommand::List) {
        MembersCommand::List => {
            let list: Vec<MemberView> = reach.call(Request::Members(SpaceRef { space })).await?;
            let lines: Vec<String> = list
                .iter()
                .map(|member| {
                    let rank = member.rank.map_or_else(|| "out".to_owned(), word);
                    let me = if member.me { " (this device)" } else { "" };
                    format!("{} {}: {rank}{me}", short(&member.device), member.name)
                })
                .collect();
            Said::new(list, lines.join("\n"))
        }
        MembersCommand::Rank { member, rank } => {
            let device = find::member(reach, &space, &member).await?;
            let change = ChangeRank {
                space,
                device,
                rank: rank.into(),
            };
            let _: Nothing = reach.call(Request::ChangeRank(change)).await?;
            Said::new(Nothing {}, "changed")
        }
        MembersCommand::Remove { member, reason } => {
            let device = find::member(reach, &space, &member).await?;
            let remove = RemoveMember {
                space,
                device,
                reason,
            };
            let _: Nothing = reach.call(Request::RemoveMember(remove)).await?;
            Said::new(Nothing {}, "removed")
        }
        MembersCommand::Pending => {
            let view: StewardsView = reach.call(Request::Stewards(SpaceRef { space })).await?;
            let lines: Vec<String> = view.pending.iter().map(|one| pending(one, &view)).collect();
            Said::new(view, lines.join("\n"))
        }
        MembersCommand::Agree { change } => {
            let at = SpaceRef {
                space: space.clone(),
            };
            let view: StewardsView = reach.call(Request::Stewards(at)).await?;
            let change = change.to_lowercase();
            let begins = |pending: &PendingChange| pending.change.starts_with(&change);
            let mut found: Vec<PendingChange> = view.pending.into_iter().filter(begins).collect();
            let change = match (found.pop(), found.len()) {
                (Some(only), 0) => only.change,
                (last, more) => anyhow::bail!(
                    "{} pending changes begin with {change}",
                    more.saturating_add(usize::from(last.is_some()))
                ),
            };
            let _: Nothing = reach
                .call(Request::Agree(AgreeToChange { space, change }))
                .await?;
            Said::new(Nothing {}, "agreed")
        }
        MembersCommand::Recover {
            card,
            remove,
            reason,
        } => {
            let mut devices = Vec::new();
            for member in remove {
                devices.push(find::member(reach, &space, &member).await?);
            }
            let recover = Recover {
                space,
                card: super::read(&card)?,
                remove: devices,
                reason,
            };
            let _: Nothing = reach.call(Request::Recover(recover)).await?;
            Said::new(Nothing {}, "this device is a steward now")
        }
    }
}

fn pending(change: &PendingChange, view: &StewardsView) -> String {
    let what = if change.removes {
        "is to be removed"
    } else {
        "is to become a steward"
    };
    format!(
        "{} {} {what}: {} of {} agreed ({})",
        short(&change.change),
        change.name,
        change.agreed.len(),
        view.majority,
        change.agreed.join(", ")
    )
}

pub(super) async fn invite(
    reach: &Reach,
    space: InSpace,
    rank: RankName,
    uses: u32,
    label: String,
    qr: Option<PathBuf>,
) -> anyhow::Result<Said> {
    let space = find::space(reach, space.space.as_deref()).await?;
    let create = CreateInvite {
        space,
        rank,
        uses,
        label,
    };
    let created: InviteCreated = reach.call(Request::Invite(create)).await?;
    if let Some(path) = qr {
        std::fs::write(&path, &created.svg)
            .with_context(|| format!("writing the QR code to {}", path.display()))?;
    }
    let text = created.ticket.clone();
    Said::new(created, text)
}

pub(super) async fn join(
    reach: &Reach,
    ticket: String,
    name: Option<String>,
    wait: Option<u64>,
) -> anyhow::Result<Said> {
    let text = TicketText {
        ticket: ticket.clone(),
    };
    let card: TicketCard = reach.call(Request::ReadTicket(text)).await?;
    super::named(reach, name).await?;
    let space = if card.joined {
        card.space.clone()
    } else {
        let joined: SpaceRef = reach.call(Request::Join(JoinSpace { ticket })).await?;
        joined.space
    };
    let until = Instant::now() + Duration::from_secs(wait.unwrap_or_default());
    let mut summary = summary(reach, &space).await?;
    while (summary.waiting || summary.rank.is_none()) && Instant::now() < until {
        tokio::time::sleep(Duration::from_millis(200)).await;
        summary = self::summary(reach, &space).await?;
    }
    let met = !summary.waiting && summary.rank.is_some();
    let text = if met {
        format!(
            "joined {} as {}",
            summary.name,
            summary.rank.map(word).unwrap_or_default()
        )
    } else {
        format!("joined {}; waiting for the first meeting", card.name)
    };
    let json = json!({ "space": space, "name": card.name, "waiting": !met, "summary": summary });
    let mut said = Said::new(json, text)?;
    said.well = met || wait.is_none();
    Ok(said)
}

async fn summary(reach: &Reach, space: &str) -> anyhow::Result<SpaceSummary> {
    let at = SpaceRef {
        space: space.to_owned(),
    };
    let view: SpaceView = reach.call(Request::Space(at)).await?;
    Ok(view.summary)
}

pub(super) async fn quarantine(reach: &Reach, space: InSpace) -> anyhow::Result<Said> {
    let space = find::space(reach, space.space.as_deref()).await?;
    let list: Vec<QuarantineItem> = reach.call(Request::Quarantine(SpaceRef { space })).await?;
    let lines: Vec<String> = list
        .iter()
        .map(|item| {
            let may = if item.may_adopt {
                ", may be adopted"
            } else {
                ""
            };
            let name = if item.name.is_empty() {
                short(&item.device)
            } else {
                item.name.clone()
            };
            format!(
                "{} {} by {name}: {}{may}",
                short(&item.entry),
                word(item.kind),
                word(item.reason)
            )
        })
        .collect();
    Said::new(list, lines.join("\n"))
}

pub(super) async fn adopt(
    reach: &Reach,
    wanted: Vec<String>,
    space: InSpace,
) -> anyhow::Result<Said> {
    let space = find::space(reach, space.space.as_deref()).await?;
    let at = SpaceRef {
        space: space.clone(),
    };
    let list: Vec<QuarantineItem> = reach.call(Request::Quarantine(at)).await?;
    let mut entries = Vec::new();
    for wanted in wanted {
        let found: Vec<&QuarantineItem> = list
            .iter()
            .filter(|item| item.entry.starts_with(&wanted.to_lowercase()))
            .collect();
        match found.as_slice() {
            [item] => entries.push(item.entry.clone()),
            _ => anyhow::bail!(
                "{} entries that do not count begin with {wanted}",
                found.len()
            ),
        }
    }
    let count = entries.len();
    let _: Nothing = reach
        .call(Request::Adopt(Adopted { space, entries }))
        .await?;
    Said::new(json!({ "adopted": count }), format!("adopted {count}"))
}
