//! `majlis space`, `verify`, `reindex`, `demo`.

use majlis_node::api::me::{Language, Me, SetProfile};
use majlis_node::api::space::{
    FoundSpace, LeaveSpace, MustJoin, SpaceFounded, SpaceRef, SpaceSummary, SpaceView, Verification,
};
use majlis_node::api::{Nothing, Request};
use serde_json::json;

use crate::args::SpaceCommand;
use crate::reach::Reach;
use crate::text::{count, short, sync_word, word};
use crate::{Said, find};

pub(super) async fn run(reach: &Reach, command: SpaceCommand) -> anyhow::Result<Said> {
    match command {
        SpaceCommand::New {
            name,
            purpose,
            charter,
            founder,
        } => {
            super::named(reach, founder).await?;
            let found = FoundSpace {
                name,
                purpose,
                charter,
            };
            let founded: SpaceFounded = reach.call(Request::FoundSpace(found)).await?;
            let text = format!(
                "space {}\nrecovery card (shown once; write it down and keep it offline):\n{}",
                founded.space, founded.recovery
            );
            Said::new(founded, text)
        }
        SpaceCommand::List => {
            let list: Vec<SpaceSummary> = reach.call(Request::Spaces(Nothing {})).await?;
            let lines: Vec<String> = list.iter().map(line).collect();
            Said::new(list, lines.join("\n"))
        }
        SpaceCommand::Show { space } => {
            let space = find::space(reach, space.as_deref()).await?;
            let view: SpaceView = reach.call(Request::Space(SpaceRef { space })).await?;
            let text = format!(
                "{}\n{}\nfounded by {}; {}, {}, {} set aside",
                line(&view.summary),
                view.purpose,
                view.founder,
                count(view.consultations, "consultation", "consultations"),
                count(view.documents, "document", "documents"),
                count(view.set_aside, "entry", "entries")
            );
            Said::new(view, text)
        }
        SpaceCommand::Leave { space, anyway } => {
            let space = find::space(reach, Some(&space)).await?;
            let leave = LeaveSpace { space, anyway };
            let _: Nothing = reach.call(Request::LeaveSpace(leave)).await?;
            Said::new(Nothing {}, "left")
        }
        SpaceCommand::Forget { space, anyway } => {
            let space = find::space(reach, Some(&space)).await?;
            let forget = LeaveSpace { space, anyway };
            let _: Nothing = reach.call(Request::ForgetSpace(forget)).await?;
            Said::new(Nothing {}, "forgotten")
        }
    }
}

fn line(space: &SpaceSummary) -> String {
    let rank = match space.rank {
        Some(rank) => word(rank),
        None if space.must_join == Some(MustJoin::Copied) => {
            "a copy from another device, join again".to_owned()
        }
        None if space.must_join == Some(MustJoin::KeptOut) => {
            "not let in, its ticket was used up or closed: join by another".to_owned()
        }
        None if space.must_join == Some(MustJoin::InviteVoid) => {
            "not let in, its invite does not count: join by another".to_owned()
        }
        None if space.must_join == Some(MustJoin::Forked) => {
            "not let in, its joining was signed twice: join by another".to_owned()
        }
        None => "no rank".to_owned(),
    };
    let name = if space.waiting {
        "(waiting for the first meeting)"
    } else {
        &space.name
    };
    let sample = if space.sample { " (sample)" } else { "" };
    format!(
        "{} {name}{sample}: {rank}, {}, {}",
        short(&space.space),
        count(space.members, "member", "members"),
        sync_word(space.sync, space.with)
    )
}

pub(super) async fn verify(reach: &Reach, space: Option<String>) -> anyhow::Result<Said> {
    let mut all = serde_json::Map::new();
    let mut text = Vec::new();
    let mut well = true;
    for space in find::spaces(reach, space.as_deref()).await? {
        let found: Verification = reach
            .call(Request::Verify(SpaceRef {
                space: space.clone(),
            }))
            .await?;
        well &= found.clean;
        text.push(format!(
            "{}: {}; {}, {} count, {} do not\n  entries    {}\n  projection {}\n  documents  {}",
            short(&space),
            if found.clean { "clean" } else { "NOT CLEAN" },
            count(found.entries, "entry", "entries"),
            found.admitted,
            found.not_counting,
            found.entries_digest,
            found.projection_digest,
            found.documents_digest
        ));
        text.extend(found.problems.iter().map(|problem| format!("  {problem}")));
        all.insert(space, json!(found));
    }
    let mut said = Said::new(all, text.join("\n"))?;
    said.well = well;
    Ok(said)
}

pub(super) async fn reindex(reach: &Reach) -> anyhow::Result<Said> {
    let spaces = find::spaces(reach, None).await?;
    for space in &spaces {
        let _: Nothing = reach
            .call(Request::Reindex(SpaceRef {
                space: space.clone(),
            }))
            .await?;
    }
    Said::new(
        json!({ "spaces": spaces }),
        format!("rebuilt {}", count(spaces.len(), "space", "spaces")),
    )
}

pub(super) async fn demo(
    reach: &Reach,
    language: Option<Language>,
    reset: bool,
) -> anyhow::Result<Said> {
    super::named(reach, None).await?;
    if language.is_some() {
        let profile = SetProfile {
            language,
            ..SetProfile::default()
        };
        let _: Me = reach.call(Request::SetProfile(profile)).await?;
    }
    if reset {
        let list: Vec<SpaceSummary> = reach.call(Request::Spaces(Nothing {})).await?;
        for space in list.into_iter().filter(|space| space.sample) {
            let forget = LeaveSpace {
                space: space.space,
                anyway: false,
            };
            let _: Nothing = reach.call(Request::ForgetSpace(forget)).await?;
        }
    }
    let sample: SpaceRef = reach.call(Request::SampleSpace(Nothing {})).await?;
    let text = format!("sample space {}", sample.space);
    Said::new(sample, text)
}
