//! Casting secret ballots. A ballot is sealed first and shows its receipt; only then does its person say
//! whether it is cast or tested. Cast, what opens it is dropped at once; tested, it is shown and never cast.
//! Prepared ballots are in memory only.

use std::path::{Path, PathBuf};

use data_encoding::BASE64URL_NOPAD;
use majlis_core::consultation::form::{Answer, QuestionKind};
use majlis_core::consultation::secret::verify_twice;
use majlis_core::id::LaneId;
use majlis_secret::Seed;
use majlis_secret::ballot::{Ballot, Opening};
use majlis_secret::outcome::Totals;
use majlis_secret::receipt::Receipt;
use majlis_secret::share::ShareStatus;
use majlis_secret::transcript::TooLong;
use majlis_store::name_new;

use crate::api::process::{AnswerValue, Responded};
use crate::api::secret::{
    BallotAt, BallotSealed, BallotTested, CheckTest, SealBallot, TestChecked, TranscriptAt,
    TranscriptTo, TranscriptView,
};
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::desk::Desk;
use crate::node::Node;
use crate::node::consultations::{lane, not_open, short};
use crate::node::parts::{EXPORTS, waiting};
use crate::node::trustees::no_key;
use crate::plain;
use crate::profile::disk_error;

/// How the text of a tested ballot begins.
const TEST: &str = "majlis-test-ballot:1:";
/// The longest file that is taken for a transcript.
const MAX_TRANSCRIPT: u64 = 512 * 1024 * 1024;

/// A ballot that is sealed, and neither cast nor tested.
pub(super) struct Prepared {
    receipt: Receipt,
    ballot: Vec<u8>,
    opening: Opening,
}

impl Node {
    pub(super) async fn seal_ballot(&self, seal: SealBallot) -> Result<BallotSealed, ApiError> {
        let lane = lane(&seal.consultation)?;
        self.at(&seal.space, move |desk| {
            desk.seal_ballot(lane, &seal.answer)
        })
        .await
    }

    pub(super) async fn cast_ballot(&self, at: BallotAt) -> Result<Responded, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.cast_ballot(lane, &at.receipt))
            .await
    }

    pub(super) async fn test_ballot(&self, at: BallotAt) -> Result<BallotTested, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| desk.test_ballot(lane, &at.receipt))
            .await
    }

    pub(super) async fn check_test(&self, check: CheckTest) -> Result<TestChecked, ApiError> {
        let lane = lane(&check.consultation)?;
        self.at(&check.space, move |desk| desk.check_test(lane, &check.text))
            .await
    }

    pub(super) async fn write_transcript(
        &self,
        to: TranscriptTo,
    ) -> Result<TranscriptView, ApiError> {
        let lane = lane(&to.consultation)?;
        let bytes = self
            .at(&to.space, move |desk| desk.transcript(lane))
            .await?;
        let folder = self.folder().join(EXPORTS);
        let given = to.path.map(PathBuf::from);
        let name = format!("secret-vote-{}.transcript", lane.short());
        waiting(move || {
            let path = given.clone().unwrap_or_else(|| folder.join(name));
            let view = verified(&path.display().to_string(), &bytes)?;
            put(&path, given.is_none(), &bytes)?;
            Ok(view)
        })
        .await
    }

    pub(super) async fn verify_transcript(
        &self,
        at: TranscriptAt,
    ) -> Result<TranscriptView, ApiError> {
        waiting(move || verify_file(&at.path)).await
    }
}

/// Writes a file whole or not at all. What stands under a name that was given is not replaced.
fn put(path: &Path, ours: bool, bytes: &[u8]) -> Result<(), ApiError> {
    use std::io::Write as _;
    let folder = path.parent().unwrap_or_else(|| Path::new("."));
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| tempfile::NamedTempFile::new_in(folder))
        .and_then(|mut file| {
            file.write_all(bytes)?;
            file.as_file().sync_all()?;
            Ok(file.into_temp_path())
        });
    let file = written.map_err(|error| disk_error(&error))?;
    let kept = if ours {
        file.persist(path).map_err(|error| error.error)
    } else {
        name_new(file, path)
    };
    match kept {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            let why = "writing over a file that is there";
            Err(ApiError::new(ErrorCode::NameTaken, why).about(path.display().to_string()))
        }
        Err(error) => Err(disk_error(&error)),
    }
}

/// Verifies a file of a secret vote twice, without any replica.
///
/// # Errors
/// [`ErrorCode::UnreadableFile`] when it cannot be read, [`ErrorCode::BadTranscript`] when a verifier
/// refuses it or the two disagree.
pub fn verify_file(path: &str) -> Result<TranscriptView, ApiError> {
    use std::io::Read as _;
    let unreadable = |error: std::io::Error| {
        ApiError::new(ErrorCode::UnreadableFile, error.to_string()).about(path)
    };
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(unreadable)?;
    let mut file = file.take(MAX_TRANSCRIPT);
    file.read_to_end(&mut bytes).map_err(unreadable)?;
    verified(path, &bytes)
}

fn verified(path: &str, bytes: &[u8]) -> Result<TranscriptView, ApiError> {
    let bad = |error: &dyn std::error::Error| {
        let mut why = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            why = format!("{why}: {error}");
            source = error.source();
        }
        ApiError::new(ErrorCode::BadTranscript, why).about(path)
    };
    let transcript = majlis_secret::transcript::Transcript::decode(bytes).map_err(|e| bad(&e))?;
    let outcome = verify_twice(bytes).map_err(|error| bad(&error))?;
    let parts = outcome.shares().iter();
    let parts = parts.filter(|(_, status)| *status == ShareStatus::Valid);
    let ballots = outcome.tally().ballots().len();
    Ok(TranscriptView {
        path: path.to_owned(),
        hash: outcome.hash().to_string(),
        roll: transcript.election().terms().voters,
        ballots: short(ballots as u64),
        counted: outcome.tally().counted(),
        parts: short(parts.count() as u64),
        totals: match outcome.totals() {
            Totals::Known(totals) => Some(totals.clone()),
            Totals::TooFewBallots | Totals::TooFewShares | Totals::Beyond => None,
        },
    })
}

fn unfit(about: &str) -> ApiError {
    ApiError::new(ErrorCode::AnswerUnfit, "sealing a ballot that does not fit").about(about)
}

fn bad_test(why: &str) -> ApiError {
    ApiError::new(ErrorCode::BadTest, why)
}

/// A choice as one number an option.
fn values(options: &[u16], answer: &AnswerValue) -> Option<Vec<u8>> {
    let mut values = vec![0_u8; options.len()];
    let mut put = |id: u16, value: u32| {
        let at = options.iter().position(|option| *option == id)?;
        let place = values.get_mut(at).filter(|place| **place == 0)?;
        *place = u8::try_from(value).ok()?;
        Some(())
    };
    match answer {
        AnswerValue::Choices(chosen) => chosen.iter().try_for_each(|id| put(*id, 1))?,
        AnswerValue::Points(points) => points.iter().try_for_each(|(id, n)| put(*id, *n))?,
        _ => return None,
    }
    Some(values)
}

/// The same back again.
fn answer(kind: &QuestionKind, options: &[u16], values: &[u8]) -> AnswerValue {
    let each = options.iter().zip(values).filter(|(_, value)| **value > 0);
    match kind {
        QuestionKind::Points { .. } => {
            AnswerValue::Points(each.map(|(id, value)| (*id, (*value).into())).collect())
        }
        _ => AnswerValue::Choices(each.map(|(id, _)| *id).collect()),
    }
}

impl Desk {
    fn seal_ballot(
        &mut self,
        lane: LaneId,
        choice: &AnswerValue,
    ) -> Result<BallotSealed, ApiError> {
        let (row, opening) = self.opened(lane)?;
        let me = self.space.roster().person(self.space.me());
        let outside = || ApiError::new(ErrorCode::NotOnRoll, "voting without being on the roll");
        let me = me.ok_or_else(outside)?;
        let versions = self.voice(lane, majlis_core::consultation::count::own_slot(lane, me))?;
        let number = short(versions.versions.len() as u64);
        let kept = self.secret(lane)?.ok_or_else(not_open)?;
        if row.is_closed() {
            return Err(not_open());
        }
        if !kept.vote.roll().holds(me.as_bytes()) {
            return Err(outside());
        }
        let booth = &kept.making.key().ok_or_else(no_key)?.booth;
        let asked = opening.form.ballot().map(|asked| asked.id);
        let about = asked.map(plain::form::question_id).unwrap_or_default();
        let values = values(kept.vote.options(), choice).ok_or_else(|| unfit(&about))?;
        let choice = kept.vote.question().choice(&values);
        let choice = choice.map_err(|_| unfit(&about))?;
        let seed = Seed::from_bytes(clock::fresh());
        let cast = booth.cast(*me.as_bytes(), number, &choice, &seed);
        let (ballot, opening) = cast.map_err(|_| unfit(&about))?;
        let receipt = Receipt::of(&ballot.hash(kept.vote.election().id()));
        let prepared = Prepared {
            receipt,
            ballot: ballot.encode(),
            opening,
        };
        self.secrets.prepared.insert(lane, prepared);
        Ok(BallotSealed {
            receipt: receipt.to_string(),
        })
    }

    /// The ballot with this receipt, which is prepared no more.
    fn take_prepared(&mut self, lane: LaneId, receipt: &str) -> Result<Prepared, ApiError> {
        let none = || plain::missing("sealed ballot").about(receipt);
        let wanted: Receipt = receipt.parse().map_err(|_| none())?;
        // Asking for another one loses nothing.
        let prepared = self.secrets.prepared.get(&lane);
        prepared
            .filter(|prepared| prepared.receipt == wanted)
            .ok_or_else(none)?;
        self.secrets.prepared.remove(&lane).ok_or_else(none)
    }

    fn cast_ballot(&mut self, lane: LaneId, receipt: &str) -> Result<Responded, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        let asked = opening.form.ballot().ok_or_else(not_open)?.id;
        let prepared = self.take_prepared(lane, receipt)?;
        let answers = vec![(asked, Answer::Sealed(prepared.ballot.clone()))];
        let handed = self.hand_in(lane, &opening, answers, None, None);
        // What opens it is dropped here; but what was not cast can be cast again.
        if handed.is_err() {
            self.secrets.prepared.insert(lane, prepared);
        }
        handed
    }

    fn test_ballot(&mut self, lane: LaneId, receipt: &str) -> Result<BallotTested, ApiError> {
        let (_, opening) = self.opened(lane)?;
        let asked = opening.form.ballot().ok_or_else(not_open)?;
        self.secret(lane)?.ok_or_else(not_open)?;
        let prepared = self.take_prepared(lane, receipt)?;
        let kept = self.secret(lane)?.ok_or_else(not_open)?;
        let ballot = BASE64URL_NOPAD.encode(&prepared.ballot);
        let opened = BASE64URL_NOPAD.encode(&prepared.opening.encode());
        let text = format!("{TEST}{ballot}.{opened}");
        Ok(BallotTested {
            receipt: prepared.receipt.to_string(),
            answer: answer(&asked.kind, kept.vote.options(), prepared.opening.values()),
            svg: crate::qr::draw(&text).ok(),
            text,
        })
    }

    fn check_test(&mut self, lane: LaneId, text: &str) -> Result<TestChecked, ApiError> {
        let (_, opening) = self.opened(lane)?;
        let asked = opening.form.ballot().ok_or_else(not_open)?;
        let malformed = || bad_test("checking a text that is no tested ballot of this vote");
        let text = text.trim().strip_prefix(TEST).ok_or_else(malformed)?;
        let (ballot, opened) = text.split_once('.').ok_or_else(malformed)?;
        let read = |text: &str| BASE64URL_NOPAD.decode(text.as_bytes()).ok();
        let bytes = read(ballot).ok_or_else(malformed)?;
        let opened = read(opened).and_then(|bytes| Opening::decode(&bytes).ok());
        let (ballot, opened) = (Ballot::decode(&bytes).ok(), opened);
        let (Some(ballot), Some(opened)) = (ballot, opened) else {
            return Err(malformed());
        };
        let voices = self.voices(lane)?;
        let kept = self.secret(lane)?.ok_or_else(not_open)?;
        let booth = &kept.making.key().ok_or_else(no_key)?.booth;
        if let Err(error) = opened.check(booth, &ballot) {
            return Err(bad_test(&error.to_string()).about("different"));
        }
        Ok(TestChecked {
            receipt: Receipt::of(opened.ballot()).to_string(),
            answer: answer(&asked.kind, kept.vote.options(), opened.values()),
            cast: voices.iter().any(|(_, one)| *one == bytes),
        })
    }

    fn transcript(&mut self, lane: LaneId) -> Result<Vec<u8>, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if !row.is_closed() {
            let why = "writing the transcript of a vote that is not closed";
            return Err(ApiError::new(ErrorCode::NotAllowed, why));
        }
        let voices = self
            .judged(lane, &row, &opening)?
            .ok_or_else(not_open)?
            .voices;
        let kept = self.secret(lane)?.ok_or_else(not_open)?;
        let bytes = kept.vote.transcript(lane, &kept.making, &voices);
        let too_long = |error: TooLong| ApiError::new(ErrorCode::BadTranscript, error.to_string());
        bytes.map_err(too_long)?.ok_or_else(no_key)
    }
}
