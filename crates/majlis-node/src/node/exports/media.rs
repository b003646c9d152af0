//! Photos and sounds that answers name, in one file beside an export. They are read one at a time, so a
//! device with little memory writes a file that is larger than it. Not here: the export itself.

use std::collections::BTreeSet;
use std::fs;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use majlis_core::blob::{Blob, Part};
use majlis_core::shelf::Shelf as _;
use majlis_core::space::Command;
use majlis_formats::export::ExportError;
use tempfile::NamedTempFile;
use tokio::runtime::Handle;
use zip::result::ZipError;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Read, Source, To, failure, file_name, is_free};
use crate::api::export::{MediaExport, MediaWritten};
use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, DeskMail, store_error};
use crate::node::Node;
use crate::node::consultations::lane;
use crate::node::parts::{EXPORTS, waiting};
use crate::node::sealing::Seen;
use crate::picture;
use crate::plain::answers::{Endings, PHOTO_ENDING};
use crate::plain::sealed_media::SealedMedium;

/// What the file is called by.
const ENDING: &str = "zip";

/// As much of a sound as tells what it is, or that it is sealed, in bytes.
const HEAD: u32 = 128;

/// How one of them stands on this device.
enum Found {
    Here(Vec<u8>),
    Sealed,
    Missing,
}

impl Node {
    pub(in crate::node) async fn export_media(
        &self,
        wanted: MediaExport,
    ) -> Result<MediaWritten, ApiError> {
        let lane = lane(&wanted.consultation)?;
        let space = crate::plain::id(&wanted.space, "space")?;
        let desk = self.desk(space)?;
        let folder = self.0.folder.join(EXPORTS);
        let path = wanted.path.map(PathBuf::from);
        let runtime = Handle::current();
        waiting(move || {
            if let Some(path) = &path {
                is_free(path, ENDING, &[])?;
            }
            let source = runtime.block_on(desk.ask(move |desk| desk.export_source(lane)))?;
            let to = match path {
                Some(path) => To::New(path),
                None => To::Ours(folder.join(format!(
                    "{}-media.{ENDING}",
                    file_name(&source, "").trim_end_matches('.')
                ))),
            };
            let written = write(&source, &to, &desk, &runtime);
            written.map_err(|error| failure(&error))
        })
        .await
    }
}

/// What the answers that count name, each once.
fn named(source: &Source, desk: &DeskMail, runtime: &Handle) -> Result<BTreeSet<Blob>, ApiError> {
    let mut all = BTreeSet::new();
    let mut after = None;
    loop {
        let (lane, from) = (source.lane, after);
        let page = runtime.block_on(desk.ask(move |desk| desk.counted(lane, from)))?;
        let Some(last) = page.last() else {
            return Ok(all);
        };
        after = Some(last.slot);
        for row in &page {
            let given = &row.response.answers;
            let reader = source.reader.as_ref();
            let whole = reader.and_then(|reader| reader.whole(row.slot, given));
            let answers = whole.as_ref().unwrap_or(given);
            let blobs = answers.iter().flat_map(|(_, answer)| answer.blobs());
            let large = blobs.filter(|(part, _)| !matches!(part, Part::Preview));
            all.extend(large.map(|(_, blob)| blob));
        }
    }
}

fn write(
    source: &Source,
    to: &To,
    desk: &DeskMail,
    runtime: &Handle,
) -> Result<MediaWritten, ExportError> {
    let at_source = |error: ApiError| ExportError::Source(error.into());
    let all = named(source, desk, runtime).map_err(at_source)?;
    let mut told = MediaWritten {
        path: None,
        files: 0,
        missing: 0,
        sealed: 0,
        bytes: 0,
    };
    let path = to.path();
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    fs::create_dir_all(folder)?;
    // Half a file is none.
    let part = NamedTempFile::new_in(folder)?;
    let mut zip = ZipWriter::new(BufWriter::new(part.as_file()));
    // Photos and sounds are packed already.
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
    for blob in all {
        let found = runtime.block_on(desk.ask(move |desk| desk.medium_of(blob)));
        match found.map_err(at_source)? {
            Found::Here(bytes) => {
                let name = format!("{blob}.{}", ending(&bytes));
                zip.start_file(name, options).map_err(zip_error)?;
                zip.write_all(&bytes)?;
                told.files = told.files.saturating_add(1);
            }
            Found::Sealed => told.sealed = told.sealed.saturating_add(1),
            Found::Missing => told.missing = told.missing.saturating_add(1),
        }
    }
    let mut out = zip.finish().map_err(zip_error)?;
    out.flush()?;
    drop(out);
    if told.files > 0 {
        to.put(part, path)?;
        told.bytes = fs::metadata(path)?.len();
        told.path = Some(path.display().to_string());
    }
    Ok(told)
}

fn zip_error(error: ZipError) -> ExportError {
    match error {
        ZipError::Io(error) => ExportError::Write(error),
        error => ExportError::Write(std::io::Error::other(error)),
    }
}

/// The sounds that an answer names.
pub(super) fn sounds_of((row, whole): &Read) -> impl Iterator<Item = Blob> + '_ {
    let answers = whole.as_ref().unwrap_or(&row.response.answers);
    let blobs = answers.iter().flat_map(|(_, answer)| answer.blobs());
    let sounds = blobs.filter(|(part, _)| matches!(part, Part::Sound));
    sounds.map(|(_, blob)| blob)
}

/// How the files of these sounds end, for those that are whole here and can be read. The desk is asked
/// about each by itself: to open a sealed one takes its time, and a page names thousands.
pub(super) fn endings(
    sounds: BTreeSet<Blob>,
    desk: &DeskMail,
    runtime: &Handle,
) -> Result<Endings, ApiError> {
    let mut found = Endings::new();
    for sound in sounds {
        let ending = runtime.block_on(desk.ask(move |desk| desk.ending_of(sound)))?;
        found.extend(ending.map(|ending| (sound, ending)));
    }
    Ok(found)
}

fn ending(bytes: &[u8]) -> &'static str {
    match picture::sound_type(bytes) {
        None => PHOTO_ENDING,
        Some("audio/ogg") => "ogg",
        Some("audio/webm") => "webm",
        Some("audio/mp4") => "mp4",
        Some("audio/mpeg") => "mp3",
        Some("audio/wav") => "wav",
        Some(_) => "bin",
    }
}

impl Desk {
    /// How the file of a sound ends; `None` for one that is not whole here, or not to be read.
    fn ending_of(&self, sound: Blob) -> Result<Option<&'static str>, ApiError> {
        if !self.holds(sound)? {
            return Ok(None);
        }
        let head = self.store.shelf(self.id()).blob_bytes(sound, 0, HEAD);
        let head = head.map_err(|error| store_error(&error))?;
        if SealedMedium::read(&head).is_none() {
            return Ok(Some(ending(&head)));
        }
        // A box is opened as a whole or not at all.
        let whole = self.store.whole_blob(self.id(), sound);
        let whole = whole.map_err(|error| store_error(&error))?;
        match whole.map(|bytes| self.seen(bytes)).transpose()? {
            Some(Seen::Clear(bytes)) => Ok(Some(ending(&bytes))),
            Some(Seen::Sealed) | None => Ok(None),
        }
    }

    /// The bytes of a photo or a sound; what is not whole here is asked for.
    fn medium_of(&mut self, blob: Blob) -> Result<Found, ApiError> {
        let whole = self.store.whole_blob(self.id(), blob);
        let whole = whole.map_err(|error| store_error(&error))?;
        match whole.map(|bytes| self.seen(bytes)).transpose()? {
            Some(Seen::Clear(bytes)) => Ok(Found::Here(bytes)),
            Some(Seen::Sealed) => Ok(Found::Sealed),
            None => {
                match self.command(Command::FetchBlob(blob)) {
                    // Sealed rows may name what no answer refers to: nobody could have it.
                    Ok(_) => {}
                    Err(error) if error.code == ErrorCode::NotFound => {}
                    Err(error) => return Err(error),
                }
                Ok(Found::Missing)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::ready;
    use std::pin::pin;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;
    use crate::node::claims::tests::scene;

    #[tokio::test(flavor = "multi_thread")]
    async fn the_space_goes_on_between_two_sounds() {
        let scene = scene().await;
        let space = crate::plain::id(&scene.at.space, "space").unwrap();
        let desk = scene.amina.desk(space).unwrap();
        let mut sounds = [b"OggS, the one", b"OggS, another"].map(|bytes| {
            let bytes = bytes.to_vec();
            (Blob::of(&bytes).unwrap(), bytes)
        });
        sounds.sort();
        let [(first, here), (second, comes)] = sounds;
        let all = BTreeSet::from([first, second]);
        let keep =
            |bytes: Vec<u8>| desk.ask(move |desk| desk.command(Command::KeepBlob(bytes)).map(drop));
        keep(here).await.unwrap();

        // The desk is busy until the question about the sounds waits, and behind it a sound that comes.
        let (go_on, busy) = channel::<()>();
        let mut held = pin!(desk.ask(move |_| {
            let _ = busy.recv();
            Ok(())
        }));
        let mut coming = pin!(keep(comes));
        tokio::select! {
            biased;
            _ = &mut held => panic!("the desk is not busy"),
            () = ready(()) => {}
        }
        let (mail, runtime) = (desk.clone(), Handle::current());
        let asked = tokio::task::spawn_blocking(move || endings(all, &mail, &runtime));
        tokio::time::sleep(Duration::from_millis(300)).await;
        tokio::select! {
            biased;
            _ = &mut coming => panic!("the desk is not busy"),
            () = ready(()) => {}
        }
        go_on.send(()).unwrap();
        held.await.unwrap();
        coming.await.unwrap();
        let found = asked.await.unwrap().unwrap();
        assert_eq!(found, Endings::from([(first, "ogg"), (second, "ogg")]));
    }
}
