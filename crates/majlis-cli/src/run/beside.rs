//! Photos and sounds that answers name, as files beside an export. Not here: the export itself.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Context as _;
use majlis_node::api::media::{BlobRef, BlobView};
use majlis_node::api::process::{
    AnswerTo, AnswerValue, ConsultationRef, ResponsePage, ResponsesQuery,
};
use majlis_node::api::{ApiError, ErrorCode, Nothing, Request};

use crate::reach::Reach;

/// Answers that are asked for at once.
const PAGE: u32 = 500;

/// How it went.
#[derive(Debug, Default)]
pub(super) struct Beside {
    /// Files in the folder.
    pub(super) written: usize,
    /// What is not whole here, or sealed to others.
    pub(super) missing: usize,
}

/// Writes what the answers that count name into a folder: by the name in the export's cell, with the
/// ending of what it is.
pub(super) async fn write(
    reach: &Reach,
    at: &ConsultationRef,
    folder: &Path,
) -> anyhow::Result<Beside> {
    std::fs::create_dir_all(folder)
        .with_context(|| format!("making the folder {}", folder.display()))?;
    let mut all = BTreeSet::new();
    let mut offset = 0;
    loop {
        let query = ResponsesQuery {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            mine: false,
            counted: true,
            slots: Vec::new(),
            text: String::new(),
            offset,
            limit: PAGE,
        };
        let page: ResponsePage = reach.call(Request::Responses(query)).await?;
        for response in &page.responses {
            named_in(&response.answers, &mut all);
        }
        offset = offset.saturating_add(PAGE);
        if page.responses.is_empty() || offset >= page.total {
            break;
        }
    }
    let mut beside = Beside::default();
    for blob in all {
        let at = BlobRef {
            space: at.space.clone(),
            blob: blob.clone(),
        };
        let view: BlobView = reach.call(Request::Blob(at.clone())).await?;
        let Some(base64) = view.base64 else {
            beside.missing = beside.missing.saturating_add(1);
            if !view.sealed {
                // Sealed rows may name what no answer refers to: nobody could have it.
                match reach.call::<Nothing>(Request::FetchBlob(at)).await {
                    Ok(Nothing {}) => {}
                    Err(error) if is_missing(&error) => {}
                    Err(error) => return Err(error),
                }
            }
            continue;
        };
        let bytes = data_encoding::BASE64
            .decode(base64.as_bytes())
            .context("reading a blob")?;
        let path = folder.join(format!("{blob}.{}", ending(&view.media_type)));
        std::fs::write(&path, bytes).with_context(|| format!("writing {}", path.display()))?;
        beside.written = beside.written.saturating_add(1);
    }
    Ok(beside)
}

fn is_missing(error: &anyhow::Error) -> bool {
    let error = error.downcast_ref::<ApiError>();
    error.is_some_and(|error| error.code == ErrorCode::NotFound)
}

/// The photos and sounds of some answers, those inside rows too.
fn named_in(answers: &[AnswerTo], all: &mut BTreeSet<String>) {
    for answer in answers {
        match &answer.value {
            AnswerValue::Photo(photo) => {
                all.insert(photo.full.clone());
            }
            AnswerValue::Sound(sound) => {
                all.insert(sound.clone());
            }
            AnswerValue::Rows(rows) => rows.iter().for_each(|row| named_in(row, all)),
            _ => {}
        }
    }
}

/// What a file of a type is called by; letters and digits alone, as the type may come from anybody.
fn ending(media_type: &str) -> String {
    let kind = media_type.rsplit('/').next().unwrap_or_default();
    let kind: String = kind.chars().filter(char::is_ascii_alphanumeric).collect();
    match kind.as_str() {
        "jpeg" => "jpg".to_owned(),
        "mpeg" => "mp3".to_owned(),
        "" => "bin".to_owned(),
        _ => kind.to_ascii_lowercase(),
    }
}
