//! The closing report on the command line: reading it, and sorting answers into themes.

use std::fmt::Write as _;

use majlis_node::api::proceedings::StepView;
use majlis_node::api::process::ConsultationRef;
use majlis_node::api::report::{ReportView, ThemeChange, Themed, ThemedPage, ThemedQuery};
use majlis_node::api::{ApiError, ErrorCode, Nothing, Request};

use crate::reach::Reach;
use crate::text::word;
use crate::{Said, find};

/// Answers asked for at once.
const PAGE: u32 = 500;

/// What is to be put behind a theme or taken away from it.
pub(super) struct Sorted {
    pub(super) add: Vec<String>,
    pub(super) remove: Vec<String>,
    pub(super) with: Option<String>,
}

pub(super) async fn show(reach: &Reach, at: ConsultationRef) -> anyhow::Result<Said> {
    let view: ReportView = reach.call(Request::Report(at)).await?;
    let text = text(&view);
    Said::new(view, text)
}

pub(super) async fn sort(
    reach: &Reach,
    at: ConsultationRef,
    theme: String,
    sorted: Sorted,
) -> anyhow::Result<Said> {
    let Sorted { add, remove, with } = sorted;
    let (mut add, remove) = (
        find::slots(reach, &at, add).await?,
        find::slots(reach, &at, remove).await?,
    );
    if let Some(words) = with {
        let mut offset = 0;
        loop {
            let query = ThemedQuery {
                space: at.space.clone(),
                consultation: at.consultation.clone(),
                of: Themed::All,
                text: words.clone(),
                offset,
                limit: PAGE,
            };
            let page: ThemedPage = reach.call(Request::ThemedAnswers(query)).await?;
            let slots = page.answers.into_iter().map(|one| one.response.slot);
            add.extend(slots);
            offset = offset.saturating_add(PAGE);
            if offset >= page.total {
                break;
            }
        }
    }
    let change = ThemeChange {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        text: theme,
        add,
        remove,
    };
    let _: Nothing = reach.call(Request::ChangeTheme(change)).await?;
    let view: ReportView = reach.call(Request::Report(at)).await?;
    let text = text(&view);
    Said::new(view, text)
}

/// The theme of the report with these words.
pub(super) async fn theme(
    reach: &Reach,
    at: &ConsultationRef,
    words: &str,
) -> anyhow::Result<String> {
    let view: ReportView = reach.call(Request::Report(at.clone())).await?;
    let mut themes = view.themes.into_iter();
    let found = themes.find(|one| one.text.trim() == words.trim());
    let none = || ApiError::new(ErrorCode::NotFound, "no such theme here").about(words);
    Ok(found.ok_or_else(none)?.theme)
}

fn text(view: &ReportView) -> String {
    let mut out = format!(
        "{} of {} answers are behind a theme\n",
        view.themed, view.counted
    );
    for theme in &view.themes {
        let mine = if theme.mine {
            ", your own among them"
        } else {
            ""
        };
        let many = if theme.answers == 1 { "" } else { "s" };
        let _ = writeln!(out, "{} ({} answer{many}{mine})", theme.text, theme.answers);
        replies(&mut out, &theme.replies);
    }
    if !view.whole.is_empty() {
        out.push_str("about all of it\n");
        replies(&mut out, &view.whole);
    }
    if let Some(again) = &view.again {
        let _ = writeln!(
            out,
            "asked again by other officers: {} of {} drawn, {} of {} answers the same, {} could not be asked",
            again.asked,
            again.drawn,
            again.same,
            again.same.saturating_add(again.other),
            again.not_asked
        );
    }
    if view.mine_left_out {
        out.push_str("your own answer is behind no theme\n");
    }
    out.trim_end().to_owned()
}

fn replies(out: &mut String, replies: &[StepView]) {
    for reply in replies {
        let kind = word(reply.kind);
        let day = reply
            .day
            .as_deref()
            .map_or(String::new(), |day| format!(", {day}"));
        let _ = writeln!(out, "  {kind}{day}: {} ({})", reply.text, reply.by);
    }
}
