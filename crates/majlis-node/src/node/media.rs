//! Calls about photos and sounds: keeping them for an answer, and showing what came.

use std::path::PathBuf;
use std::time::Duration;

use data_encoding::BASE64;
use majlis_core::blob::{Blob, MAX_BLOB, Photo};
use majlis_core::consultation::Answer;
use majlis_core::id::{QuestionId, SpaceId};
use majlis_core::shelf::Shelf as _;
use majlis_core::space::{Command, MediaPolicy, Reply};
use majlis_store::{ReadError, Store};

use crate::api::media::{
    BlobRef, BlobView, KeepMedia, MediaPolicyName, MediaState, PhotoView, SoundView,
};
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::choices::chosen;
use crate::node::parts::INCOMING;
use crate::node::sealing::Seen;
use crate::picture::{self, Developed};
use crate::plain::form::question_id;
use crate::profile::disk_error;
use crate::{clock, plain, sound};

/// What was kept for an answer that never came is forgotten after so long.
pub(super) const UNUSED: Duration = Duration::from_secs(3 * 24 * 60 * 60);

/// Under which names the policy and the room are kept.
const SETTING: &str = "media";
const ROOM: &str = "media_room";

fn bad_media(path: &str) -> ApiError {
    ApiError::new(
        ErrorCode::BadMedia,
        "keeping a file that is no photo or sound of a known kind",
    )
    .about(path)
}

/// A photo or a sound that an answer names is not here, or not any more.
pub(super) fn media_gone(question: QuestionId) -> ApiError {
    let why = "answering with a photo or a sound that is not here";
    ApiError::new(ErrorCode::MediaGone, why).about(question_id(question))
}

fn read_blob(text: &str) -> Result<Blob, ApiError> {
    text.parse().map_err(|_| plain::bad("blob").about(text))
}

impl Node {
    pub(super) async fn keep_photo(&self, keep: KeepMedia) -> Result<PhotoView, ApiError> {
        let file = self.take_file(&keep.path, picture::MAX_FILE).await?;
        let photo = self.keep_photo_file(&keep.space, &keep.path, file).await?;
        self.done_with(&keep.path);
        Ok(PhotoView {
            full: photo.full.to_string(),
            preview: photo.preview.to_string(),
        })
    }

    pub(super) async fn keep_sound(&self, keep: KeepMedia) -> Result<SoundView, ApiError> {
        let file = self.take_file(&keep.path, sound::MAX_FILE).await?;
        let sound = self.keep_sound_file(&keep.space, &keep.path, file).await?;
        self.done_with(&keep.path);
        Ok(SoundView {
            sound: sound.to_string(),
        })
    }

    /// Makes a photo small and keeps it; `name` is for the error.
    pub(super) async fn keep_photo_file(
        &self,
        space: &str,
        name: &str,
        file: Vec<u8>,
    ) -> Result<Photo, ApiError> {
        let made = tokio::task::spawn_blocking(move || picture::develop(&file));
        let Developed { full, preview } = made
            .await
            .map_err(|_| ApiError::new(ErrorCode::Internal, "making a photo small"))?
            .map_err(|_| bad_media(name))?;
        self.at(space, move |desk| {
            let preview = desk.keep(preview)?;
            let full = desk.keep(full)?;
            Ok(Photo { full, preview })
        })
        .await
    }

    /// Keeps a sound, made small where it came as plain samples; `name` is for the error.
    pub(super) async fn keep_sound_file(
        &self,
        space: &str,
        name: &str,
        file: Vec<u8>,
    ) -> Result<Blob, ApiError> {
        let made = tokio::task::spawn_blocking(move || sound::of_speech(&file).unwrap_or(file));
        let file = made
            .await
            .map_err(|_| ApiError::new(ErrorCode::Internal, "making a recording small"))?;
        if file.len() > MAX_BLOB as usize || picture::sound_type(&file).is_none() {
            return Err(bad_media(name));
        }
        self.at(space, move |desk| desk.keep(file)).await
    }

    /// Reads a whole file that may have so many bytes.
    async fn take_file(&self, path: &str, most: usize) -> Result<Vec<u8>, ApiError> {
        let at = PathBuf::from(path);
        let read = tokio::task::spawn_blocking(move || {
            let len = std::fs::metadata(&at)?.len();
            if len > most as u64 {
                return Ok(None);
            }
            std::fs::read(&at).map(Some)
        });
        let read = read
            .await
            .map_err(|_| ApiError::new(ErrorCode::Internal, "waiting for the disk"))?;
        match read {
            Ok(Some(file)) => Ok(file),
            Ok(None) => Err(bad_media(path)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                Err(plain::missing("file").about(path))
            }
            Err(error) => Err(disk_error(&error)),
        }
    }

    /// The bytes of a blob in the clear, where all of it is here.
    pub(crate) async fn bytes_of(&self, space: SpaceId, blob: Blob) -> Option<Vec<u8>> {
        let space = space.to_string();
        let found = self.at(&space, move |desk| {
            let whole = desk.store.whole_blob(desk.id(), blob);
            whole.map_err(|error| store_error(&error))
        });
        found.await.ok().flatten()
    }

    /// A file that came through a page is not needed again.
    fn done_with(&self, path: &str) {
        let path = PathBuf::from(path);
        if path.parent() == Some(self.folder().join(INCOMING).as_path()) {
            let _ = std::fs::remove_file(path);
        }
    }

    pub(super) async fn blob(&self, at: BlobRef) -> Result<BlobView, ApiError> {
        let blob = read_blob(&at.blob)?;
        self.at(&at.space, move |desk| desk.blob(blob)).await
    }

    pub(super) async fn fetch_blob(&self, at: BlobRef) -> Result<Nothing, ApiError> {
        let blob = read_blob(&at.blob)?;
        self.at(&at.space, move |desk| {
            desk.command(Command::FetchBlob(blob))?;
            Ok(Nothing {})
        })
        .await
    }

    /// Which photos and sounds are fetched from now on, in every space.
    pub(super) async fn set_media(&self, name: MediaPolicyName) -> Result<(), ApiError> {
        self.choose(SETTING, &name, move |desk| {
            desk.command(Command::Media(as_core(name))).map(drop)
        })
        .await
    }

    /// How many bytes photos and sounds of others may take up from now on; 0 for no limit.
    pub(super) async fn set_media_room(&self, room: u64) -> Result<(), ApiError> {
        if self.0.terms.carrier && room > 0 {
            return Err(ApiError::new(
                ErrorCode::NotAllowed,
                "limiting photos on a device that keeps them for others",
            ));
        }
        self.choose(ROOM, &room, move |desk| {
            let limit = (room > 0).then_some(room);
            desk.command(Command::MediaRoom(limit))?;
            desk.make_room()
        })
        .await
    }

    /// How many bytes photos and sounds of others may take up.
    pub(super) fn media_room(&self) -> Result<Option<u64>, ApiError> {
        room(&self.0.store).map_err(|error| store_error(&error))
    }

    /// How many bytes photos and sounds of others take up.
    pub(super) fn media_used(&self) -> Result<u64, ApiError> {
        let used = self.0.store.bytes_of_others();
        used.map_err(|error| store_error(&error))
    }

    /// Which photos and sounds are fetched.
    pub(super) fn media(&self) -> Result<MediaPolicyName, ApiError> {
        policy(&self.0.store).map_err(|error| store_error(&error))
    }
}

/// The policy that was set; a damaged one is none.
pub(crate) fn policy(store: &Store) -> Result<MediaPolicyName, ReadError> {
    Ok(chosen(store, SETTING)?.unwrap_or_default())
}

/// The room that was set; a damaged one is none.
pub(crate) fn room(store: &Store) -> Result<Option<u64>, ReadError> {
    Ok(chosen(store, ROOM)?.filter(|room| *room > 0))
}

/// The policy, as the core knows it.
pub(crate) const fn as_core(name: MediaPolicyName) -> MediaPolicy {
    match name {
        MediaPolicyName::All => MediaPolicy::All,
        MediaPolicyName::Previews => MediaPolicy::Previews,
        MediaPolicyName::Nothing => MediaPolicy::Nothing,
    }
}

impl Desk {
    /// The pictures and sounds of forms that are not opened yet.
    fn drafted_blobs(&mut self) -> Result<Vec<Blob>, ApiError> {
        let rows = self.store.processes(self.id());
        let rows = rows.map_err(|error| store_error(&error))?;
        let mut blobs = Vec::new();
        for row in rows.iter().filter(|row| row.opening.is_none()) {
            let form = self.form(row)?;
            blobs.extend(form.blobs().into_iter().map(|(_, blob)| blob));
        }
        Ok(blobs)
    }

    fn keep(&mut self, bytes: Vec<u8>) -> Result<Blob, ApiError> {
        let drafted = self.drafted_blobs()?;
        self.store
            .forget_unused_blobs(self.id(), clock::now(), UNUSED, &drafted)
            .map_err(|error| store_error(&error))?;
        match self.command(Command::KeepBlob(bytes))? {
            Reply::Blob(blob) => Ok(blob),
            _ => Err(ApiError::new(ErrorCode::Internal, "keeping a blob")),
        }
    }

    /// Lets go of photos and sounds of others, as far as they take up more than they may and are
    /// kept elsewhere.
    pub(crate) fn make_room(&mut self) -> Result<(), ApiError> {
        let failed = |error: ReadError| store_error(&error);
        let Some(room) = room(&self.store).map_err(failed)? else {
            return Ok(());
        };
        let used = self.store.bytes_of_others().map_err(failed)?;
        let over = used.saturating_sub(room);
        if over > 0
            && let Reply::LetGo(freed @ 1..) = self.command(Command::LetGo(over))?
        {
            tracing::info!(freed, space = %self.id().short(), "photos and sounds made room");
        }
        Ok(())
    }

    /// How photos and sounds stand here.
    pub(crate) fn media_state(&self) -> Result<MediaState, ApiError> {
        let figures = self.store.blob_figures(self.id());
        let figures = figures.map_err(|error| store_error(&error))?;
        let (missing, missing_bytes) = self.space.media_missing();
        Ok(MediaState {
            whole: figures.whole,
            bytes: figures.bytes,
            only_here: figures.only_here,
            missing,
            missing_bytes,
        })
    }

    fn blob(&self, blob: Blob) -> Result<BlobView, ApiError> {
        let shelf = self.store.shelf(self.id());
        let here = shelf.blob(blob).map_err(|error| store_error(&error))?;
        let held = here.map_or(0, |here| here.held);
        let whole = self.store.whole_blob(self.id(), blob);
        let whole = whole.map_err(|error| store_error(&error))?;
        let (whole, sealed) = match whole.map(|bytes| self.seen(bytes)).transpose()? {
            Some(Seen::Clear(bytes)) => (Some(bytes), false),
            Some(Seen::Sealed) => (None, true),
            None => (None, false),
        };
        let media_type = whole.as_deref().map(|bytes| {
            let sound = picture::sound_type(bytes);
            sound.unwrap_or("image/jpeg").to_owned()
        });
        Ok(BlobView {
            size: blob.size,
            held,
            sealed,
            media_type: media_type.unwrap_or_default(),
            base64: whole.map(|bytes| BASE64.encode(&bytes)),
        })
    }

    /// Whether a photo or a sound is kept here, to its last byte.
    pub(super) fn holds(&self, blob: Blob) -> Result<bool, ApiError> {
        let here = self.store.shelf(self.id()).blob(blob);
        let here = here.map_err(|error| store_error(&error))?;
        Ok(here.is_some_and(|here| here.held >= blob.size))
    }

    /// Whether every photo and sound that answers name is kept here.
    pub(super) fn holds_media(&self, answers: &[(QuestionId, Answer)]) -> Result<(), ApiError> {
        for (question, answer) in answers {
            for (_, blob) in answer.blobs() {
                if !self.holds(blob)? {
                    return Err(media_gone(*question));
                }
            }
        }
        Ok(())
    }
}
