//! `majlis held` and `majlis requests`: what is held about this person, and what people ask to have deleted.

use std::fmt::Write as _;

use majlis_node::api::held::HeldAboutMe;
use majlis_node::api::process::ConsultationRef;
use majlis_node::api::requests::{
    AskDocumentErasure, AskErasure, ReplyErasure, RequestState, RequestView, RequestsView,
};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{Nothing, Request};

use super::consultation::meant;
use crate::args::{InSpace, RequestsCommand};
use crate::reach::Reach;
use crate::text::{count, short};
use crate::{Said, find, text};

pub(super) async fn held(reach: &Reach) -> anyhow::Result<Said> {
    let held: HeldAboutMe = reach.call(Request::HeldAboutMe(Nothing {})).await?;
    let mut out = String::new();
    for space in &held.spaces {
        let _ = writeln!(
            out,
            "{}: known as {}; {} signed here; {} can read it",
            space.name,
            space.known_as,
            count(space.entries, "entry", "entries"),
            count(space.readers.len(), "other", "others")
        );
        for one in &space.answers {
            let mut state = count(one.versions, "version", "versions");
            if one.withdrawn {
                state.push_str(", taken back");
            }
            if !one.sealed_to.is_empty() {
                let _ = write!(state, ", sealed to {}", one.sealed_to.join(", "));
            }
            if let Some(request) = &one.erasure {
                let _ = write!(state, ", {}", word(request.state));
            }
            let _ = writeln!(
                out,
                "  answer to {} ({state}): {}",
                one.title,
                text::answers(&one.questions, &one.answers)
            );
        }
        for one in &space.statements {
            for said in &one.said {
                let _ = writeln!(out, "  said in {}: {}", one.title, said.text);
            }
        }
        for one in &space.documents {
            let mut state = count(one.entries, "entry", "entries");
            if let Some(request) = &one.erasure {
                let _ = write!(state, ", {}", word(request.state));
            }
            let _ = writeln!(out, "  wrote in {} ({state})", one.title);
        }
    }
    Said::new(held, out.trim_end().to_owned())
}

const fn word(state: RequestState) -> &'static str {
    match state {
        RequestState::Open => "asked to delete it, no reply yet",
        RequestState::Refused => "asked to delete it, refused",
        RequestState::Done => "asked to delete it, done",
    }
}

pub(super) async fn run(
    reach: &Reach,
    space: &InSpace,
    command: Option<RequestsCommand>,
) -> anyhow::Result<Said> {
    match command {
        None => list(reach, space).await,
        Some(RequestsCommand::Ask { consultation, why }) => {
            let ConsultationRef {
                space,
                consultation,
            } = meant(reach, space, &consultation).await?;
            let ask = AskErasure {
                space,
                consultation,
                text: why,
            };
            let _: Nothing = reach.call(Request::AskErasure(ask)).await?;
            Said::new(Nothing {}, "asked")
        }
        Some(RequestsCommand::AskDocument { document, why }) => {
            let space = find::space(reach, space.space.as_deref()).await?;
            let document = find::document(reach, &space, &document).await?;
            let ask = AskDocumentErasure {
                space,
                document,
                text: why,
            };
            let _: Nothing = reach.call(Request::AskDocumentErasure(ask)).await?;
            Said::new(Nothing {}, "asked")
        }
        Some(RequestsCommand::Done { request, text }) => {
            reply(reach, space, &request, true, text).await
        }
        Some(RequestsCommand::Refuse { request, text }) => {
            reply(reach, space, &request, false, text).await
        }
    }
}

async fn all(reach: &Reach, space: &InSpace) -> anyhow::Result<(String, RequestsView)> {
    let space = find::space(reach, space.space.as_deref()).await?;
    let at = SpaceRef {
        space: space.clone(),
    };
    Ok((space, reach.call(Request::ErasureRequests(at)).await?))
}

fn line(one: &RequestView) -> String {
    let mut line = format!(
        "{} {} about {}: {}",
        short(&one.request),
        one.by,
        one.title,
        word(one.state)
    );
    if !one.text.is_empty() {
        let _ = write!(line, " ({})", one.text);
    }
    for reply in &one.replies {
        let said = if reply.done { "done" } else { "refused" };
        let _ = write!(line, "\n  {}: {said}: {}", reply.by, reply.text);
    }
    line
}

async fn list(reach: &Reach, space: &InSpace) -> anyhow::Result<Said> {
    let (_, view) = all(reach, space).await?;
    let lines: Vec<String> = view.requests.iter().map(line).collect();
    let text = format!("{}\n{} without a reply", lines.join("\n"), view.open);
    Said::new(view, text.trim_start().to_owned())
}

async fn reply(
    reach: &Reach,
    space: &InSpace,
    request: &str,
    done: bool,
    text: String,
) -> anyhow::Result<Said> {
    let (space, view) = all(reach, space).await?;
    let mut meant = view
        .requests
        .into_iter()
        .filter(|one| one.request.starts_with(request));
    let (Some(one), None) = (meant.next(), meant.next()) else {
        anyhow::bail!("no one request begins with {request}");
    };
    let reply = ReplyErasure {
        space,
        consultation: one.consultation,
        request: one.request,
        done,
        text,
    };
    let _: Nothing = reach.call(Request::ReplyErasure(reply)).await?;
    Said::new(Nothing {}, if done { "done" } else { "refused" })
}
