//! `majlis respond` and `withdraw`.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use anyhow::Context as _;
use majlis_node::api::media::{BlobRef, BlobView, KeepMedia, PhotoView, SoundView};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, AssistedModeName, AssistedView, ConsultationDraft, ConsultationView,
    QuestionKindView, Respond, Responded, WithdrawResponse,
};
use majlis_node::api::{ApiError, ErrorCode, Nothing, Request};
use serde_json::json;

use crate::args::InSpace;
use crate::named::Names;
use crate::reach::Reach;
use crate::run::consultation::meant;
use crate::{Said, find, forms};

/// What was given to answer with.
pub(super) struct Given {
    pub(super) answers: Vec<String>,
    pub(super) file: Option<PathBuf>,
    /// Whether the lines of the file are keyed by names.
    pub(super) by_name: bool,
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
        let answers = keep(reach, &at.space, &view.form, answers?).await?;
        let taken: Responded = reach
            .call(respond(answers, given.note.clone(), given.slot.clone()))
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
    let names = Names::of(&view.form);
    let mut taken: Vec<Responded> = Vec::new();
    for (number, line) in lines.lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let about = || format!("line {} of the answers", number + 1);
        let read = if given.by_name {
            let line: anyhow::Result<_> = serde_json::from_str(&line).map_err(Into::into);
            line.and_then(|line| names.answers(&line))
                .map(|answers| (answers, given.note.clone(), given.slot.clone()))
        } else {
            let line: anyhow::Result<forms::Line> = serde_json::from_str(&line).map_err(Into::into);
            line.and_then(|line| Ok((line.answers(&view.form)?, line.note, line.slot)))
        };
        let read = read.with_context(about);
        let (answers, note, slot) = read.map_err(|error| forms::mistyped(&error))?;
        let answers = keep(reach, &at.space, &view.form, answers)
            .await
            .with_context(about)?;
        let one: Responded = reach
            .call(respond(answers, note, slot))
            .await
            .with_context(about)?;
        taken.push(one);
    }
    let text = format!("{} answers taken", taken.len());
    Said::new(json!({ "taken": taken }), text)
}

/// Keeps the files that answers name, and puts what they are kept as in their place.
async fn keep(
    reach: &Reach,
    space: &str,
    form: &ConsultationDraft,
    mut answers: Vec<AnswerTo>,
) -> anyhow::Result<Vec<AnswerTo>> {
    for answer in &mut answers {
        if let AnswerValue::Rows(rows) = &mut answer.value {
            for row in rows {
                let inner = Box::pin(keep(reach, space, form, std::mem::take(row)));
                *row = inner.await?;
            }
            continue;
        }
        let question = form.questions.iter().find(|q| q.id == answer.question);
        let (Some(question), AnswerValue::Text(path)) = (question, &answer.value) else {
            continue;
        };
        let path = std::path::absolute(path).context("naming the file of an answer")?;
        let keep = KeepMedia {
            space: space.to_owned(),
            path: path.display().to_string(),
        };
        match question.kind {
            QuestionKindView::Photo => {
                let photo: PhotoView = reach.call(Request::KeepPhoto(keep)).await?;
                answer.value = AnswerValue::Photo(photo);
            }
            QuestionKindView::Sound => {
                let kept: SoundView = reach.call(Request::KeepSound(keep)).await?;
                answer.value = AnswerValue::Sound(kept.sound);
            }
            _ => {}
        }
    }
    Ok(answers)
}

/// Writes a photo or a sound into a file.
pub(super) async fn save_blob(
    reach: &Reach,
    blob: String,
    space: InSpace,
    to: &std::path::Path,
) -> anyhow::Result<Said> {
    let space = find::space(reach, space.space.as_deref()).await?;
    // As an export names it, too: with the ending of its file.
    let blob = blob.split('.').take(2).collect::<Vec<_>>().join(".");
    let at = BlobRef { space, blob };
    let view: BlobView = reach.call(Request::Blob(at.clone())).await?;
    if view.sealed {
        let why = "it is sealed to others, or cannot be read yet";
        return Err(ApiError::new(ErrorCode::SealedAway, why).into());
    }
    let Some(base64) = view.base64 else {
        let _: Nothing = reach.call(Request::FetchBlob(at)).await?;
        return Err(ApiError::new(
            ErrorCode::NotFound,
            "it is not whole here yet; it is fetched at the next meeting",
        )
        .into());
    };
    let bytes = data_encoding::BASE64
        .decode(base64.as_bytes())
        .context("reading a blob")?;
    std::fs::write(to, &bytes).with_context(|| format!("writing {}", to.display()))?;
    Said::new(
        json!({ "type": view.media_type, "size": bytes.len() }),
        format!("{}, {} bytes", view.media_type, bytes.len()),
    )
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
    let slot = match slot {
        Some(slot) => Some(find::slot(reach, &at, &slot).await?),
        None => None,
    };
    let withdraw = WithdrawResponse {
        space: at.space,
        consultation: at.consultation,
        slot,
    };
    let _: Nothing = reach.call(Request::Withdraw(withdraw)).await?;
    Said::new(Nothing {}, "taken back")
}
