//! `majlis respond` and `withdraw`.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use anyhow::Context as _;
use majlis_node::api::process::{
    AnswerTo, AssistedModeName, AssistedView, ConsultationView, Respond, Responded,
    WithdrawResponse,
};
use majlis_node::api::{Nothing, Request};
use serde_json::json;

use crate::args::InSpace;
use crate::reach::Reach;
use crate::run::consultation::meant;
use crate::{Said, forms};

/// What was given to answer with.
pub(super) struct Given {
    pub(super) answers: Vec<String>,
    pub(super) file: Option<PathBuf>,
    pub(super) note: String,
    pub(super) consent: bool,
    pub(super) slot: Option<String>,
}

pub(super) async fn run(
    reach: &Reach,
    consultation: &str,
    space: InSpace,
    given: Given,
    mode: Option<AssistedModeName>,
) -> anyhow::Result<Said> {
    let at = meant(reach, &space, consultation).await?;
    let view: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
    let respond = |answers: Vec<AnswerTo>, note: String, slot: Option<String>| {
        let assisted = mode.map(|mode| AssistedView {
            mode,
            consent: given.consent,
            note,
        });
        Request::Respond(Respond {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            answers,
            assisted,
            slot,
        })
    };
    let Some(path) = given.file else {
        let answers: Result<Vec<AnswerTo>, _> = given
            .answers
            .iter()
            .map(|text| forms::answer(&view.form, text).map_err(|error| forms::mistyped(&error)))
            .collect();
        let taken: Responded = reach
            .call(respond(answers?, given.note.clone(), given.slot.clone()))
            .await?;
        let text = receipt(&taken);
        return Said::new(taken, text);
    };
    let lines: Box<dyn BufRead + Send> = if path.as_os_str() == "-" {
        Box::new(BufReader::new(std::io::stdin()))
    } else {
        let file =
            std::fs::File::open(&path).with_context(|| format!("reading {}", path.display()))?;
        Box::new(BufReader::new(file))
    };
    let mut taken: Vec<Responded> = Vec::new();
    for (number, line) in lines.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let about = || format!("line {} of the answers", number + 1);
        let line: anyhow::Result<forms::Line> = serde_json::from_str(&line).with_context(about);
        let line = line.map_err(|error| forms::mistyped(&error))?;
        let answers = line.answers(&view.form).with_context(about);
        let answers = answers.map_err(|error| forms::mistyped(&error))?;
        let one: Responded = reach
            .call(respond(answers, line.note, line.slot))
            .await
            .with_context(about)?;
        taken.push(one);
    }
    let text = format!("{} answers taken", taken.len());
    Said::new(json!({ "taken": taken }), text)
}

fn receipt(taken: &Responded) -> String {
    match &taken.claim {
        Some(claim) => format!("taken; slot {}, claim code {claim}", taken.slot),
        None => "taken".to_owned(),
    }
}

pub(super) async fn withdraw(
    reach: &Reach,
    consultation: &str,
    space: InSpace,
    slot: Option<String>,
) -> anyhow::Result<Said> {
    let at = meant(reach, &space, consultation).await?;
    let withdraw = WithdrawResponse {
        space: at.space,
        consultation: at.consultation,
        slot,
    };
    let _: Nothing = reach.call(Request::Withdraw(withdraw)).await?;
    Said::new(Nothing {}, "taken back")
}
