//! Secret votes as lines of text.

use std::fmt::Write as _;

use majlis_node::api::process::{AnswerValue, ChoiceView, ConsultationDraft, QuestionKindView};
use majlis_node::api::secret::{SecretResultView, SecretStateName, SecretView, TranscriptView};

use super::word;

/// The words before every secret vote.
pub(crate) fn words(view: &SecretView) -> String {
    let names: Vec<&str> = view.trustees.iter().map(|one| one.name.as_str()).collect();
    format!(
        "Your vote goes into a sealed count. Any {} of these {} people together could open single votes: {}. \
         The device you vote on sees your vote. Whoever stands beside you can see it too: vote alone. \
         Until the vote closes you may vote again; only the last counts. If everybody votes the same, \
         everybody knows your vote. Whoever closes the vote chooses which ballots are counted; with fewer \
         than {} nothing is opened. That you voted, and when, everybody in this space can see. This program has not been examined by independent experts. For \
         anything that matters much, use a paper box.\n",
        view.threshold,
        names.len(),
        names.join(", "),
        view.minimum
    )
}

/// How a vote stands.
pub(crate) fn shown(view: &SecretView) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{}: {} on the roll, {} ballots count, {} of {} trustees open, nothing under {} ballots",
        word(view.state),
        view.roll,
        view.counted,
        view.threshold,
        view.trustees.len(),
        view.minimum
    );
    if let Some(key) = &view.key {
        let _ = writeln!(out, "key {key}");
    }
    if let Some(failure) = &view.failure {
        let who = failure.trustee.and_then(|number| {
            let mut all = view.trustees.iter();
            all.find(|one| one.number == number)
        });
        let who = who.map_or("nobody", |one| one.name.as_str());
        let _ = writeln!(
            out,
            "no key: {} by {who}; close it and open it anew",
            failure.what
        );
    }
    for one in &view.trustees {
        let part = match one.part.as_str() {
            "none" => String::new(),
            part => format!(", part {}", part.replace('_', " ")),
        };
        let aside = if one.aside { ", SET ASIDE" } else { "" };
        let complains = if one.complained { ", complains" } else { "" };
        let _ = writeln!(
            out,
            "  trustee {} {}: {} of 3 rounds{complains}{aside}{part}",
            one.number, one.name, one.rounds
        );
    }
    if view.unnamed > 0 {
        let _ = writeln!(
            out,
            "NOT NAMED by the closing, though they are here and hold: {} ballots",
            view.unnamed
        );
    }
    if let Some(mine) = &view.mine {
        let said = if !mine.agreed {
            "agree with `majlis secret keep`"
        } else if mine.given_otherwise {
            "this device gave its part for another set of ballots"
        } else if mine.may_give {
            "open the totals with `majlis secret give`"
        } else if mine.here {
            "this device keeps its part"
        } else {
            "this device's part is destroyed"
        };
        let _ = writeln!(out, "you are trustee {}: {said}", mine.number);
    }
    for one in &view.ballots {
        let mine = if view.receipt.as_ref() == Some(&one.receipt) {
            " (yours)"
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "  {} {}{mine}",
            one.receipt,
            one.fate.replace('_', " ")
        );
    }
    out.truncate(out.trim_end().len());
    out
}

/// What came out.
pub(crate) fn result(out: &mut String, one: &SecretResultView) -> std::fmt::Result {
    match one.state {
        SecretStateName::Known => {
            for option in &one.options {
                writeln!(out, "  {}: {}", option.label, option.total)?;
            }
            Ok(())
        }
        SecretStateName::Opening => writeln!(
            out,
            "secret: {} trustees have still to give their part",
            one.waiting
        ),
        SecretStateName::Making => writeln!(out, "secret: the trustees are making the key"),
        SecretStateName::Failed => writeln!(out, "secret: there will be no key"),
        SecretStateName::Keyless => writeln!(out, "secret: closed before the key was made"),
        SecretStateName::Open => writeln!(out, "secret: nothing is opened before the closing"),
        SecretStateName::TooFewBallots => writeln!(out, "secret: too few ballots to open any"),
        SecretStateName::Beyond => writeln!(out, "secret: the parts open to no possible total"),
    }
}

/// What two verifiers found.
pub(crate) fn transcript(view: &TranscriptView) -> String {
    let totals = view.totals.as_ref().map_or_else(
        || "no totals".to_owned(),
        |totals| {
            let each: Vec<String> = totals.iter().map(u32::to_string).collect();
            format!("totals {}", each.join(" "))
        },
    );
    format!(
        "both verifiers agree: {} of {} ballots count, {} on the roll, {} right parts, {totals}\nhash {}",
        view.counted, view.ballots, view.roll, view.parts, view.hash
    )
}

/// A choice in the words of the form.
pub(crate) fn choice(form: &ConsultationDraft, answer: &AnswerValue) -> String {
    let options: &[ChoiceView] = match form.questions.first().map(|one| &one.kind) {
        Some(
            QuestionKindView::SingleChoice { options }
            | QuestionKindView::MultipleChoice { options, .. }
            | QuestionKindView::Points { options, .. },
        ) => options,
        _ => &[],
    };
    let label = |id: &u16| {
        let found = options.iter().find(|one| one.id == *id);
        found.map_or_else(|| id.to_string(), |one| one.label.clone())
    };
    let each: Vec<String> = match answer {
        AnswerValue::Choices(ids) => ids.iter().map(label).collect(),
        AnswerValue::Points(points) => points
            .iter()
            .map(|(id, given)| format!("{}: {given}", label(id)))
            .collect(),
        _ => Vec::new(),
    };
    each.join(", ")
}
