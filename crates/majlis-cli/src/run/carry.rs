//! `majlis export`, `import`.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use majlis_node::api::Request;
use majlis_node::api::carry::{
    CarriedMedia, CarryExport, CarryImported, CarryPath, CarrySummary, CarryWritten, ManifestView,
    ManifestWord,
};

use majlis_node::api::media::MediaPolicyName;

use crate::args::InSpace;
use crate::reach::Reach;
use crate::{Said, find};

/// The other process may stand in another folder: paths are made whole before they are handed over.
fn whole(path: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(path)?;
    let path = path.to_str().context("the path is not readable as text")?;
    Ok(path.to_owned())
}

pub(super) async fn export(
    reach: &Reach,
    file: PathBuf,
    part_size: Option<u64>,
    media: MediaPolicyName,
    space: InSpace,
) -> anyhow::Result<Said> {
    let space = find::space(reach, space.space.as_deref()).await?;
    let export = CarryExport {
        space,
        path: Some(whole(&file)?),
        part_size,
        media,
    };
    let written: CarryWritten = reach.call(Request::ExportCarry(export)).await?;
    let mut text = format!("written to {}", written.paths.join(", "));
    if written.added == 0 && written.added_media == 0 {
        text = format!(
            "nothing new for {}: {} entries",
            written.paths.join(", "),
            written.entries
        );
    } else if written.added < written.entries {
        text += &format!(
            ": {} entries added, {} in all",
            written.added, written.entries
        );
    }
    if let Some(media) = media_text(written.media) {
        text += &format!("; {media}");
    }
    Said::new(written, text)
}

pub(super) async fn import(reach: &Reach, file: PathBuf, summary: bool) -> anyhow::Result<Said> {
    let from = CarryPath {
        path: whole(&file)?,
    };
    if summary {
        let said: CarrySummary = reach.call(Request::CarrySummary(from)).await?;
        let (text, well) = (summary_text(&said), said.word == ManifestWord::Signed);
        let mut said = Said::new(said, text)?;
        said.well = well;
        return Ok(said);
    }
    let taken: CarryImported = reach.call(Request::ImportCarry(from)).await?;
    let well = taken.whole && taken.altered == 0 && taken.media_altered == 0;
    let text = imported_text(&taken);
    let mut said = Said::new(taken, text)?;
    said.well = well;
    Ok(said)
}

/// Photos and sounds, when there are any.
fn media_text(media: CarriedMedia) -> Option<String> {
    let CarriedMedia {
        previews,
        sounds,
        photos,
        bytes,
    } = media;
    let any = previews + sounds + photos > 0;
    any.then(|| {
        let kib = bytes.div_ceil(1024);
        format!("{photos} photos, {previews} small pictures, {sounds} sounds ({kib} KiB)")
    })
}

fn imported_text(taken: &CarryImported) -> String {
    let mut lines = vec![format!(
        "{}: {} entries, {} new, {} do not count",
        taken.name, taken.entries, taken.new, taken.not_counting
    )];
    if let Some(media) = media_text(taken.media) {
        lines.push(format!("new: {media}"));
    }
    if taken.media_altered > 0 {
        lines.push("parts of photos or sounds were altered and are not taken in".to_owned());
    }
    if taken.media_left > 0 {
        lines.push(format!(
            "{} photos or sounds are not whole: another part, link or file brings the rest",
            taken.media_left
        ));
    }
    if taken.resumed > 0 {
        lines.push(format!(
            "went on after {} entries read before",
            taken.resumed
        ));
    }
    if taken.altered > 0 {
        lines.push(format!(
            "{} entries were altered on the way and are not taken in",
            taken.altered
        ));
    }
    if !taken.whole {
        lines.push("the file is damaged or cut off; what is whole in it was taken in".to_owned());
    }
    match taken.word {
        ManifestWord::Signed => {}
        ManifestWord::Missing => lines.push("no signed manifest at its end".to_owned()),
        ManifestWord::Altered => lines.push("its manifest does not fit it".to_owned()),
    }
    if taken.waiting > 0 {
        lines.push(format!(
            "{} entries need another part first; this part is read again with that one",
            taken.waiting
        ));
    }
    if !taken.missing.is_empty() {
        lines.push(missing(&taken.missing, taken.parts));
    }
    lines.join("\n")
}

fn missing(parts: &[u32], of: u32) -> String {
    let list: Vec<String> = parts.iter().map(u32::to_string).collect();
    format!("not here yet: part {} of {of}", list.join(", "))
}

fn summary_text(said: &CarrySummary) -> String {
    let mut lines = vec![format!("{}, {} bytes", said.name, said.bytes)];
    if let Some(view) = &said.manifest {
        lines.extend(manifest_lines(view, said.joined));
    }
    match said.word {
        ManifestWord::Signed => {}
        ManifestWord::Missing => {
            lines.push("cut off or damaged: no manifest at its end".to_owned());
        }
        ManifestWord::Altered => lines.push("its manifest was altered".to_owned()),
    }
    if said.resumes > 0 {
        lines.push(format!("an import goes on after {} entries", said.resumes));
    }
    if !said.joined {
        lines.push("this device is not in that space: join by a ticket first".to_owned());
    }
    lines.join("\n")
}

fn manifest_lines(view: &ManifestView, joined: bool) -> Vec<String> {
    let who = match (view.me, view.rank, joined) {
        (true, ..) => " (this device)",
        (false, None, true) => " (no member as far as known here)",
        _ => "",
    };
    let mut lines = vec![format!(
        "written by {}{who}, {}",
        view.writer,
        ago(view.made)
    )];
    if view.parts > 1 {
        lines.push(format!("part {} of {}", view.part, view.parts));
    }
    lines.push(format!("{} entries, {} new here", view.entries, view.new));
    lines.push(format!("{} members", view.members));
    if let Some(media) = media_text(view.media) {
        lines.push(format!("{media}, {} not here", view.new_media));
    }
    for one in &view.answers {
        let title = one
            .title
            .as_deref()
            .unwrap_or("a consultation not known here");
        lines.push(format!("{} answers: {title}", one.answers));
    }
    for one in &view.documents {
        let title = one.title.as_deref().unwrap_or("a document not known here");
        lines.push(format!("document: {title}"));
    }
    if !view.missing.is_empty() {
        lines.push(missing(&view.missing, view.parts));
    }
    lines
}

/// How long ago, by the writer's clock and this one.
fn ago(made: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_or(0, |now| u64::try_from(now.as_millis()).unwrap_or(u64::MAX));
    match now.checked_sub(made).map(|ms| ms / 60_000) {
        None => "in the future by its clock".to_owned(),
        Some(minutes @ 0..60) => format!("{minutes} minutes ago"),
        Some(minutes @ 60..2_880) => format!("{} hours ago", minutes / 60),
        Some(minutes) => format!("{} days ago", minutes / 1_440),
    }
}
