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
use tokio::sync::broadcast::error::RecvError;

use crate::api::media::{
    BlobRef, BlobView, KeepMedia, MediaPolicyName, MediaState, PhotoView, SoundView,
};
use crate::api::{ApiError, ErrorCode, Event, Nothing};
use crate::desk::{Desk, store_error};
use crate::desks::Desks;
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
        self.choose(ROOM, &room, Desk::take_share).await?;
        make_room(&self.0.store, &self.0.desks).await
    }

    /// Has photos and sounds of others make room whenever some came, as long as this node is open.
    pub(super) fn keep_room(&self) {
        let (mut events, desks) = (self.events(), self.0.desks.weak());
        let store = self.0.store.clone();
        let keeping = tokio::spawn(async move {
            while let Some(desks) = desks.get() {
                if let Err(error) = make_room(&store, &desks).await {
                    tracing::warn!(%error, "making room for photos");
                }
                drop(desks);
                loop {
                    match events.recv().await {
                        // What was missed may have been a photo.
                        Ok(Event::Blob { .. }) | Err(RecvError::Lagged(_)) => break,
                        Ok(_) => {}
                        Err(RecvError::Closed) => return,
                    }
                }
            }
        });
        *super::locked(&self.0.keeping_room) = Some(keeping);
    }

    /// How many bytes photos and sounds of others may take up.
    pub(super) fn media_room(&self) -> Result<Option<u64>, ApiError> {
        room(&self.0.store).map_err(|error| store_error(&error))
    }

    /// How many bytes photos and sounds of others take up.
    pub(super) fn media_used(&self) -> Result<u64, ApiError> {
        let used = self.0.store.bytes_of_others();
        let used = used.map_err(|error| store_error(&error))?;
        Ok(used.values().sum())
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

/// How many bytes photos and sounds of others in one space may take up: what those of other spaces
/// leave, and at least as much as each space would have if all had the same. Where others have more than
/// that, their oldest make room as soon as something is there.
pub(crate) fn share(store: &Store, space: SpaceId) -> Result<Option<u64>, ReadError> {
    let Some(room) = room(store)? else {
        return Ok(None);
    };
    let used = store.bytes_of_others()?;
    let others = used.iter().filter(|(other, _)| **other != space);
    let others: Vec<u64> = others.map(|(_, bytes)| *bytes).collect();
    Ok(Some(share_of(room, &others)))
}

fn share_of(room: u64, others: &[u64]) -> u64 {
    let spaces = (others.len() as u64).saturating_add(1);
    let left = room.saturating_sub(others.iter().sum());
    left.max(room / spaces)
}

/// Lets go of photos and sounds of others, as far as they take up more than they may and are kept
/// elsewhere: those that came first before others, in whichever space they are.
async fn make_room(store: &Store, desks: &Desks) -> Result<(), ApiError> {
    let failed = |error: ReadError| store_error(&error);
    let Some(room) = room(store).map_err(failed)? else {
        return Ok(());
    };
    let used = store.bytes_of_others().map_err(failed)?;
    let mut over = used.values().sum::<u64>().saturating_sub(room);
    if over == 0 {
        return Ok(());
    }
    let oldest = store.oldest_of_others(over).map_err(failed)?;
    // What one space cannot spare, because nobody else is known to keep it, others have to.
    let others = used.into_keys().map(|space| (space, u64::MAX));
    for (space, bytes) in oldest.into_iter().chain(others) {
        let bytes = bytes.min(over);
        if let Some(desk) = desks.get(space)
            && bytes > 0
        {
            match desk.ask(move |desk| desk.let_go(bytes)).await {
                Ok(freed) => over = over.saturating_sub(freed),
                // What cannot be read frees nothing, and keeps no other space from it.
                Err(error) => tracing::warn!(%error, space = %space.short(), "making room"),
            }
        }
    }
    Ok(())
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

    /// Fetches from now on as many photos and sounds of others as this space may have now.
    pub(crate) fn take_share(&mut self) -> Result<(), ApiError> {
        let share = share(&self.store, self.id());
        let share = share.map_err(|error| store_error(&error))?;
        self.command(Command::MediaRoom(share)).map(drop)
    }

    /// Lets go of so many bytes of photos and sounds of others, as far as they are kept elsewhere. Gives
    /// how many that are.
    fn let_go(&mut self, bytes: u64) -> Result<u64, ApiError> {
        let Reply::LetGo(freed) = self.command(Command::LetGo(bytes))? else {
            return Ok(0);
        };
        if freed > 0 {
            tracing::info!(freed, space = %self.id().short(), "photos and sounds made room");
        }
        Ok(freed)
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use majlis_core::effect::LinkId;
    use tokio::sync::{mpsc, oneshot, watch};

    use super::*;
    use crate::desk::{Line, Standing};
    use crate::links::Ending;
    use crate::node::claims::tests::scene;

    /// A link on which nobody is.
    fn line(end: oneshot::Sender<Ending>) -> Line {
        Line {
            frames: mpsc::unbounded_channel().0,
            datagrams: mpsc::channel(1).0,
            quiet: Arc::default(),
            end,
            standing: watch::channel(Standing::default()).0,
            relay: watch::channel(None).0,
            reached: watch::channel(Vec::new()).0,
        }
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn links_that_end_on_a_full_disk_say_so() {
        let scene = scene().await;
        let space = plain::id(&scene.at.space, "space").unwrap();
        let desk = scene.amina.desk(space).unwrap();
        let limit = |bytes: Option<u64>| {
            desk.ask(move |desk| desk.store.limit(bytes).map_err(|error| store_error(&error)))
        };
        let keep =
            |bytes: Vec<u8>| desk.ask(move |desk| desk.command(Command::KeepBlob(bytes)).map(drop));
        let (end, ended) = oneshot::channel();
        let linked = desk.ask(move |desk| {
            desk.command(Command::Seal)?;
            desk.lines.insert(LinkId(1), line(end));
            Ok(())
        });
        linked.await.unwrap();
        limit(Some(400_000)).await.unwrap();
        let full = keep(vec![7; 3_000_000]).await.unwrap_err();
        assert_eq!(full.code, ErrorCode::DiskFull);
        assert_eq!(ended.await, Ok(Ending::CannotStore));
        assert!(desk.is_full());
        limit(None).await.unwrap();
        keep(vec![8; 3_000_000]).await.unwrap();
        assert!(!desk.is_full());
    }

    #[test]
    fn a_space_has_what_others_leave_and_no_less_than_its_part() {
        assert_eq!(share_of(90, &[]), 90);
        assert_eq!(share_of(90, &[0, 10]), 80);
        assert_eq!(share_of(90, &[90]), 45, "the old of others make room");
        assert_eq!(share_of(90, &[200, 1]), 30);
    }
}
