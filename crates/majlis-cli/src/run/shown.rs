//! Pictures and sounds that a spreadsheet names, taken from beside it. Not here: those of answers (`beside`).

use std::collections::BTreeMap;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use majlis_node::api::Request;
use majlis_node::api::details::MediumView;
use majlis_node::api::media::{KeepMedia, PhotoView, SoundView};
use majlis_node::api::process::{ConsultationDraft, QuestionKindView};

use crate::reach::Reach;

/// Puts the files that a draft names into it, as far as they lie beside the sheet, or in the folder that
/// other programs put them into (`NAME-media`, `media`). What is not there is told, and can be added later.
pub(super) async fn take(
    reach: &Reach,
    space: &str,
    sheet: &Path,
    draft: &mut ConsultationDraft,
) -> anyhow::Result<()> {
    let folder = match sheet.parent() {
        Some(folder) if folder != Path::new("") => folder.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let stem = sheet.file_stem().unwrap_or_default().to_string_lossy();
    let folders = [
        folder.clone(),
        folder.join(format!("{stem}-media")),
        folder.join("media"),
    ];
    let mut beside = Beside {
        reach,
        space,
        folders,
        known: BTreeMap::new(),
    };
    for question in &mut draft.questions {
        let of_question = question.details.as_mut().map(|details| &mut details.media);
        for medium in of_question.into_iter().flatten() {
            beside.keep(medium, false).await?;
        }
        let options = options(&mut question.kind).into_iter().flatten();
        for option in options {
            let of_option = option.details.as_mut().map(|details| &mut details.media);
            for medium in of_option.into_iter().flatten() {
                beside.keep(medium, true).await?;
            }
        }
    }
    Ok(())
}

fn options(kind: &mut QuestionKindView) -> Option<&mut Vec<majlis_node::api::process::ChoiceView>> {
    match kind {
        QuestionKindView::SingleChoice { options }
        | QuestionKindView::MultipleChoice { options, .. }
        | QuestionKindView::Ranking { options }
        | QuestionKindView::Points { options, .. } => Some(options),
        _ => None,
    }
}

/// The files beside a sheet, each kept once however often it is named.
struct Beside<'r> {
    reach: &'r Reach,
    space: &'r str,
    folders: [PathBuf; 3],
    /// What was made of a file, by its kind, and whether a small picture is enough.
    known: BTreeMap<(String, String, bool), Option<String>>,
}

impl Beside<'_> {
    async fn keep(&mut self, medium: &mut MediumView, small: bool) -> anyhow::Result<()> {
        let named = (medium.kind.clone(), medium.file.clone(), small);
        if let Some(known) = self.known.get(&named) {
            medium.blob.clone_from(known);
            return Ok(());
        }
        medium.blob = match self.made(medium, small).await {
            Ok(blob) => blob,
            Err(error) => {
                let mut told = std::io::stderr().lock();
                let _ = writeln!(told, "warning: {}: {error:#}", medium.file);
                None
            }
        };
        self.known.insert(named, medium.blob.clone());
        Ok(())
    }

    async fn made(&self, medium: &MediumView, small: bool) -> anyhow::Result<Option<String>> {
        // A sheet may come from anybody: what it names lies in these folders and nowhere else.
        let plain = Path::new(&medium.file).file_name() == Some(medium.file.as_ref());
        let mut paths = self.folders.iter().map(|folder| folder.join(&medium.file));
        let path = paths.find(|path| plain && path.is_file());
        let path = path.context("not beside the sheet; put it there, or add it at its question")?;
        let keep = KeepMedia {
            space: self.space.to_owned(),
            path: std::path::absolute(&path)?.display().to_string(),
        };
        Ok(match medium.kind.as_str() {
            "image" | "big-image" => {
                let photo: PhotoView = self.reach.call(Request::KeepPhoto(keep)).await?;
                Some(if small { photo.preview } else { photo.full })
            }
            "audio" => {
                let sound: SoundView = self.reach.call(Request::KeepSound(keep)).await?;
                Some(sound.sound)
            }
            // Films are not shown yet; their names are kept.
            _ => None,
        })
    }
}
