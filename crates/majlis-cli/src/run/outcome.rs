//! Outcomes on the command line: counting, counting again, stating, steps and statements.

use std::path::Path;

use anyhow::anyhow;
use majlis_node::api::activity::RuleView;
use majlis_node::api::explain::{Explain, WhyView};
use majlis_node::api::outcome::{BallotsExport, BallotsWritten, OutcomeView, RecountView};
use majlis_node::api::proceedings::{
    KeepApart, StateResult, StatementNew, StatementRef, StatementView, StepName, StepNew,
    SubjectView,
};
use majlis_node::api::process::{ChoiceView, ConsultationRef, ConsultationView, QuestionKindView};
use majlis_node::api::{Nothing, Request};

use crate::reach::Reach;
use crate::text::{outcome as text, word};
use crate::{Said, find, forms};

/// A step as it was typed.
pub(super) struct Typed {
    pub(super) kind: String,
    pub(super) about: String,
    pub(super) text: String,
    pub(super) number: Option<i64>,
    pub(super) day: Option<String>,
    pub(super) sources: Vec<String>,
}

pub(super) async fn show(reach: &Reach, at: ConsultationRef) -> anyhow::Result<Said> {
    let view: OutcomeView = reach.call(Request::Outcome(at)).await?;
    let text = text::outcome(&view);
    Said::new(view, text)
}

pub(super) async fn recount(reach: &Reach, at: ConsultationRef) -> anyhow::Result<Said> {
    let view: RecountView = reach.call(Request::Recount(at)).await?;
    let well = view.lists_agree && view.lacking == 0 && view.stated.iter().all(|one| one.agrees);
    let text = text::recount(&view);
    let mut said = Said::new(view, text)?;
    said.well = well;
    Ok(said)
}

/// Why an option did not win; of a conversation, what is wanted most.
pub(super) async fn why(
    reach: &Reach,
    at: ConsultationRef,
    option: Option<&str>,
) -> anyhow::Result<Said> {
    let view: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
    let Some(option) = option else {
        return wanted(reach, at, &view).await;
    };
    let options: &[ChoiceView] = match view.form.questions.first().map(|one| &one.kind) {
        Some(
            QuestionKindView::SingleChoice { options }
            | QuestionKindView::MultipleChoice { options, .. }
            | QuestionKindView::Ranking { options }
            | QuestionKindView::Points { options, .. },
        ) => options,
        _ => &[],
    };
    let number: Option<u16> = option.parse().ok();
    let found = options
        .iter()
        .find(|one| one.label == option || Some(one.id) == number);
    let found = found.ok_or_else(|| anyhow!("there is no option {option}"))?;
    let ask = Explain {
        space: at.space,
        consultation: at.consultation,
        option: found.id,
    };
    let why: WhyView = reach.call(Request::Explain(ask)).await?;
    let text = text::why(&found.label, &why);
    Said::new(why, text)
}

/// What is wanted most in a conversation, and what its groups share.
async fn wanted(
    reach: &Reach,
    at: ConsultationRef,
    view: &ConsultationView,
) -> anyhow::Result<Said> {
    let rule = view.form.activity.as_ref().map(|activity| &activity.rule);
    if !matches!(rule, Some(RuleView::Conversation(_))) {
        let error = anyhow!("say which option: its words or its number");
        return Err(forms::mistyped(&error));
    }
    let all: Vec<StatementView> = reach.call(Request::Statements(at.clone())).await?;
    let ask = Explain {
        space: at.space,
        consultation: at.consultation,
        option: 0,
    };
    let why: WhyView = reach.call(Request::Explain(ask)).await?;
    let said = |id: &str| {
        let found = all.iter().find(|one| one.statement == id);
        found.map_or_else(|| id.to_owned(), |one| one.text.clone())
    };
    let text = match &why {
        WhyView::Groups { pairs, wanted } => text::wanted(pairs, wanted, said),
        other => text::why(&view.form.title, other),
    };
    Said::new(why, text)
}

pub(super) async fn state(
    reach: &Reach,
    at: ConsultationRef,
    summary: String,
) -> anyhow::Result<Said> {
    let state = StateResult {
        space: at.space,
        consultation: at.consultation,
        summary,
    };
    let _: Nothing = reach.call(Request::StateResult(state)).await?;
    Said::new(Nothing {}, "stated")
}

/// Reads `option:2`, `statement:ID` and so on.
async fn subject(reach: &Reach, at: &ConsultationRef, text: &str) -> anyhow::Result<SubjectView> {
    let read = match text.split_once(':') {
        None if text == "whole" => Some(SubjectView::Whole),
        Some(("option", id)) => id.trim().parse().ok().map(SubjectView::Option),
        Some(("statement", id)) => Some(SubjectView::Statement(id.trim().to_owned())),
        Some(("question", id)) => Some(SubjectView::Question(id.trim().to_owned())),
        Some(("voice", id)) => {
            let slot = find::slot(reach, at, id.trim()).await?;
            Some(SubjectView::Voice(slot))
        }
        Some(("theme", words)) => {
            let theme = super::report::theme(reach, at, words).await?;
            Some(SubjectView::Statement(theme))
        }
        _ => None,
    };
    let none = || anyhow!("nothing that a step is about: {text}");
    read.ok_or_else(none)
        .map_err(|error| forms::mistyped(&error))
}

pub(super) async fn step(reach: &Reach, at: ConsultationRef, typed: Typed) -> anyhow::Result<Said> {
    let kind: StepName = serde_json::from_value(typed.kind.clone().into())
        .map_err(|_| forms::mistyped(&anyhow!("no such step: {}", typed.kind)))?;
    let mut sources = Vec::new();
    for source in &typed.sources {
        sources.push(subject(reach, &at, source).await?);
    }
    let about = subject(reach, &at, &typed.about).await?;
    let new = StepNew {
        space: at.space,
        consultation: at.consultation,
        kind,
        about,
        text: typed.text,
        number: typed.number,
        day: typed.day,
        sources,
        replaces: Vec::new(),
    };
    let _: Nothing = reach.call(Request::Step(new)).await?;
    Said::new(Nothing {}, word(kind))
}

pub(super) async fn statements(
    reach: &Reach,
    at: ConsultationRef,
    next: bool,
) -> anyhow::Result<Said> {
    let list: Vec<StatementView> = if next {
        let one: Option<StatementView> = reach.call(Request::NextStatement(at)).await?;
        one.into_iter().collect()
    } else {
        reach.call(Request::Statements(at)).await?
    };
    let lines: Vec<String> = list.iter().map(text::statement).collect();
    Said::new(list, lines.join("\n"))
}

pub(super) async fn say(
    reach: &Reach,
    at: ConsultationRef,
    text: String,
    assisted: bool,
) -> anyhow::Result<Said> {
    let new = StatementNew {
        space: at.space,
        consultation: at.consultation,
        text,
        assisted,
    };
    let made: StatementRef = reach.call(Request::AddStatement(new)).await?;
    let text = format!("statement {}", made.statement);
    Said::new(made, text)
}

pub(super) async fn export(reach: &Reach, at: ConsultationRef, to: &Path) -> anyhow::Result<Said> {
    let wanted = BallotsExport {
        space: at.space,
        consultation: at.consultation,
        path: std::path::absolute(to)?.display().to_string(),
        least: 0,
    };
    let written: BallotsWritten = reach.call(Request::ExportBallots(wanted)).await?;
    let text = format!(
        "{} ballots in {}",
        written.ballots,
        written.files.join(" and ")
    );
    Said::new(written, text)
}

/// Asks that one's own statement stand by itself.
pub(super) async fn keep_apart(
    reach: &Reach,
    at: ConsultationRef,
    statement: &str,
    text: String,
) -> anyhow::Result<Said> {
    let all: Vec<StatementView> = reach.call(Request::Statements(at.clone())).await?;
    let mut found = all.iter().filter(|one| {
        one.text == statement || (!statement.is_empty() && one.statement.starts_with(statement))
    });
    let (Some(one), None) = (found.next(), found.next()) else {
        return Err(anyhow!("there is no single statement {statement}"));
    };
    let keep = KeepApart {
        space: at.space,
        consultation: at.consultation,
        statement: one.statement.clone(),
        text,
    };
    let _: Nothing = reach.call(Request::KeepApart(keep)).await?;
    Said::new(Nothing {}, "it stands by itself again")
}
