//! `majlis export`, `import`, `cards`.

use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use majlis_node::api::carry::{
    CarriedMedia, CarryExport, CarryImported, CarryPath, CarrySummary, CarryWritten, ManifestView,
    ManifestWord, MemoryCard,
};
use majlis_node::api::media::MediaPolicyName;
use majlis_node::api::space::SpaceSummary;
use majlis_node::api::{ApiError, Nothing, Request};
use serde::Serialize;

use crate::args::InSpace;
use crate::reach::Reach;
use crate::text::{count, size};
use crate::{Said, find};

/// The other process may stand in another folder: paths are made whole before they are handed over.
fn whole(path: &Path) -> anyhow::Result<String> {
    let path = std::path::absolute(path)?;
    let path = path.to_str().context("the path is not readable as text")?;
    Ok(path.to_owned())
}

/// Where to write, and what goes along.
pub(super) struct Wanted {
    pub(super) file: PathBuf,
    pub(super) part_size: Option<u64>,
    pub(super) media: MediaPolicyName,
}

impl Wanted {
    fn of(&self, space: String) -> anyhow::Result<CarryExport> {
        Ok(CarryExport {
            space,
            path: Some(whole(&self.file)?),
            part_size: self.part_size,
            media: self.media,
        })
    }
}

pub(super) async fn export(reach: &Reach, wanted: Wanted, space: InSpace) -> anyhow::Result<Said> {
    let space = find::space(reach, space.space.as_deref()).await?;
    let written: CarryWritten = reach.call(Request::ExportCarry(wanted.of(space)?)).await?;
    let (text, well) = (written_text(&written), written.unreadable == 0);
    let mut said = Said::new(written, text)?;
    said.well = well;
    Ok(said)
}

/// What became of one space of those that were all to be written.
#[derive(Serialize)]
struct Along {
    space: String,
    name: String,
    written: Option<CarryWritten>,
    error: Option<ApiError>,
}

/// Writes every space; what fails for one keeps no other from being written.
pub(super) async fn export_everything(reach: &Reach, wanted: Wanted) -> anyhow::Result<Said> {
    anyhow::ensure!(
        wanted.file.is_dir(),
        "name a folder that is there, such as a memory card"
    );
    let spaces: Vec<SpaceSummary> = reach.call(Request::Spaces(Nothing {})).await?;
    let (mut all, mut lines, mut well) = (Vec::new(), Vec::new(), true);
    for one in spaces.into_iter().filter(|one| !one.sample) {
        let export = Request::ExportCarry(wanted.of(one.space.clone())?);
        let (written, error, text) = match reach.call::<CarryWritten>(export).await {
            Ok(written) => {
                let text = written_text(&written);
                (Some(written), None, text)
            }
            Err(error) => {
                let error: ApiError = error.downcast()?;
                let text = format!("not written: {error}");
                (None, Some(error), text)
            }
        };
        well &= written.as_ref().is_some_and(|it| it.unreadable == 0);
        lines.push(format!("{}: {text}", one.name));
        all.push(Along {
            space: one.space,
            name: one.name,
            written,
            error,
        });
    }
    let mut said = Said::new(all, lines.join("\n"))?;
    said.well = well;
    Ok(said)
}

pub(super) async fn cards(reach: &Reach) -> anyhow::Result<Said> {
    let cards: Vec<MemoryCard> = reach.call(Request::MemoryCards(Nothing {})).await?;
    let mut lines = Vec::new();
    for card in &cards {
        let state = if card.writable {
            format!("{} MB free", card.free / 1_000_000)
        } else {
            "cannot be written to".to_owned()
        };
        lines.push(format!("{}: {state}", card.path));
        lines.extend(card.files.iter().map(|file| format!("  {}", file.path)));
    }
    if cards.is_empty() {
        lines.push("no memory card is in".to_owned());
    }
    Said::new(cards, lines.join("\n"))
}

fn written_text(written: &CarryWritten) -> String {
    let mut text = format!("written to {}", written.paths.join(", "));
    if written.added == 0 && written.added_media == 0 {
        text = format!(
            "nothing new for {}: {}",
            written.paths.join(", "),
            count(written.entries, "entry", "entries")
        );
    } else if written.added < written.entries {
        let added = count(written.added, "entry", "entries");
        text += &format!(": {added} added, {} in all", written.entries);
    }
    if let Some(media) = media_text(written.media) {
        text += &format!("; {media}");
    }
    if written.unreadable > 0 {
        let out = count(
            written.unreadable,
            "entry is left out, which the disk does not give any more",
            "entries are left out, which the disk does not give any more",
        );
        text += &format!("; {out}");
    }
    text
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
        format!(
            "{}, {}, {} ({})",
            count(photos, "photo", "photos"),
            count(previews, "small picture", "small pictures"),
            count(sounds, "sound", "sounds"),
            size(bytes)
        )
    })
}

fn imported_text(taken: &CarryImported) -> String {
    let mut lines = vec![format!(
        "{}: {}, {} new, {}",
        taken.name,
        count(taken.entries, "entry", "entries"),
        taken.new,
        count(taken.not_counting, "does not count", "do not count")
    )];
    if let Some(media) = media_text(taken.media) {
        lines.push(format!("new: {media}"));
    }
    if taken.media_altered > 0 {
        lines.push("parts of photos or sounds were altered and are not taken in".to_owned());
    }
    if taken.media_left > 0 {
        let left = count(
            taken.media_left,
            "photo or sound is not whole",
            "photos or sounds are not whole",
        );
        lines.push(format!(
            "{left}: another part, link or file brings the rest"
        ));
    }
    if taken.resumed > 0 {
        let read = count(taken.resumed, "entry", "entries");
        lines.push(format!("went on after {read} read before"));
    }
    if taken.altered > 0 {
        lines.push(count(
            taken.altered,
            "entry was altered on the way and is not taken in",
            "entries were altered on the way and are not taken in",
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
        let waiting = count(
            taken.waiting,
            "entry needs another part first",
            "entries need another part first",
        );
        lines.push(format!("{waiting}; this part is read again with that one"));
    }
    if !taken.missing.is_empty() {
        lines.push(missing(&taken.missing, taken.parts));
    }
    lines.join("\n")
}

fn missing(parts: &[u32], of: u32) -> String {
    let list: Vec<String> = parts.iter().map(u32::to_string).collect();
    let parts = if list.len() == 1 { "part" } else { "parts" };
    format!("not here yet: {parts} {} of {of}", list.join(", "))
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
        let read = count(said.resumes, "entry", "entries");
        lines.push(format!("an import goes on after {read}"));
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
    let entries = count(view.entries, "entry", "entries");
    lines.push(format!("{entries}, {} new here", view.new));
    lines.push(count(view.members, "member", "members"));
    if let Some(media) = media_text(view.media) {
        lines.push(format!("{media}, {} not here", view.new_media));
    }
    for one in &view.answers {
        let title = one
            .title
            .as_deref()
            .unwrap_or("a consultation not known here");
        let answers = count(one.answers, "answer", "answers");
        lines.push(format!("{answers}: {title}"));
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
        Some(minutes @ 0..60) => count(minutes, "minute ago", "minutes ago"),
        Some(minutes @ 60..2_880) => count(minutes / 60, "hour ago", "hours ago"),
        Some(minutes) => count(minutes / 1_440, "day ago", "days ago"),
    }
}
