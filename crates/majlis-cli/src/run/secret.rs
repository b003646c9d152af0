//! `majlis secret`: secret votes from opening to the transcript.

use std::fmt::Write as _;
use std::path::Path;

use anyhow::Context as _;
use majlis_node::api::process::{ConsultationRef, ConsultationView, Responded};
use majlis_node::api::secret::{
    BallotAt, BallotSealed, BallotTested, CheckTest, GivePart, NamedView, OpenSecret, RiskView,
    SealBallot, SecretView, TestChecked, TranscriptTo, TranscriptView,
};
use majlis_node::api::{ApiError, ErrorCode, Nothing, Request};
use majlis_node::node::verify_transcript;

use super::consultation::meant;
use crate::args::{InSpace, Risk, SecretCommand};
use crate::reach::Reach;
use crate::text::secret as text;
use crate::{Said, find, forms};

pub(super) async fn run(reach: &Reach, command: SecretCommand) -> anyhow::Result<Said> {
    match command {
        SecretCommand::Open {
            consultation,
            space,
            risk,
            trustees,
            threshold,
            minimum,
        } => {
            let at = meant(reach, &space, &consultation).await?;
            let mut devices = Vec::new();
            for wanted in &trustees {
                devices.push(find::member(reach, &at.space, wanted).await?);
            }
            let yes = |one: Risk| risk.contains(&one);
            let open = OpenSecret {
                space: at.space,
                consultation: at.consultation,
                risk: RiskView {
                    stakes: yes(Risk::Stakes),
                    pressure: yes(Risk::Pressure),
                    adversary: yes(Risk::Adversary),
                    final_: yes(Risk::Final),
                    small: yes(Risk::Small),
                },
                trustees: devices,
                threshold,
                minimum,
            };
            let _: Nothing = reach.call(Request::OpenSecret(open)).await?;
            Said::new(Nothing {}, "opened; the trustees make the key now")
        }
        SecretCommand::Show {
            consultation,
            space,
        } => {
            let view = shown(reach, &consultation, &space).await?.1;
            let text = text::shown(&view);
            Said::new(view, text)
        }
        SecretCommand::Keep {
            consultation,
            space,
        } => {
            let at = meant(reach, &space, &consultation).await?;
            let _: Nothing = reach.call(Request::KeepPart(at)).await?;
            Said::new(Nothing {}, "this device keeps a part of the key")
        }
        SecretCommand::Cast {
            consultation,
            choice,
            space,
            test,
        } => cast(reach, &consultation, &choice, &space, test).await,
        SecretCommand::Check {
            consultation,
            text,
            space,
        } => check(reach, &consultation, text, &space).await,
        SecretCommand::Give {
            consultation,
            space,
            seen,
        } => {
            let at = meant(reach, &space, &consultation).await?;
            let seen = match seen.as_deref() {
                Some([counted, unnamed]) => Some(NamedView {
                    counted: *counted,
                    unnamed: *unnamed,
                }),
                _ => None,
            };
            let give = GivePart {
                space: at.space,
                consultation: at.consultation,
                seen,
            };
            let _: Nothing = reach.call(Request::GivePart(give)).await?;
            Said::new(Nothing {}, "given")
        }
        SecretCommand::Transcript {
            consultation,
            space,
            to,
        } => {
            let at = meant(reach, &space, &consultation).await?;
            let to = TranscriptTo {
                space: at.space,
                consultation: at.consultation,
                path: Some(std::path::absolute(&to)?.display().to_string()),
            };
            let view: TranscriptView = reach.call(Request::WriteTranscript(to)).await?;
            let text = text::transcript(&view);
            Said::new(view, text)
        }
        SecretCommand::Verify { file } => verify(&file),
    }
}

/// Verifies a transcript with no replica at hand.
pub(super) fn verify(file: &Path) -> anyhow::Result<Said> {
    let view = verify_transcript(&file.display().to_string())?;
    let text = text::transcript(&view);
    Said::new(view, text)
}

async fn shown(
    reach: &Reach,
    consultation: &str,
    space: &InSpace,
) -> anyhow::Result<(ConsultationRef, SecretView)> {
    let at = meant(reach, space, consultation).await?;
    let view: Option<SecretView> = reach.call(Request::SecretVote(at.clone())).await?;
    let none = || ApiError::new(ErrorCode::NotFound, "that is no secret vote");
    Ok((at, view.ok_or_else(none)?))
}

async fn cast(
    reach: &Reach,
    consultation: &str,
    choice: &str,
    space: &InSpace,
    test: bool,
) -> anyhow::Result<Said> {
    let (at, view) = shown(reach, consultation, space).await?;
    let shown: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
    let answer = forms::answer(&shown.form, &format!("1={choice}"))
        .map_err(|error| forms::mistyped(&error))?;
    let seal = SealBallot {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        answer: answer.value,
    };
    let sealed: BallotSealed = reach.call(Request::SealBallot(seal)).await?;
    let ballot = BallotAt {
        space: at.space,
        consultation: at.consultation,
        receipt: sealed.receipt.clone(),
    };
    let mut said = text::words(&view);
    let _ = writeln!(said, "receipt {}", sealed.receipt);
    if test {
        let tested: BallotTested = reach.call(Request::TestBallot(ballot)).await?;
        let _ = write!(
            said,
            "not cast; check it on another device with\n{}",
            tested.text
        );
        return Said::new(tested, said);
    }
    let _: Responded = reach.call(Request::CastBallot(ballot)).await?;
    said.push_str("cast");
    Said::new(sealed, said)
}

async fn check(
    reach: &Reach,
    consultation: &str,
    text: String,
    space: &InSpace,
) -> anyhow::Result<Said> {
    let at = meant(reach, space, consultation).await?;
    let text = if Path::new(&text).is_file() {
        let read = std::fs::read_to_string(&text);
        let read = read.with_context(|| format!("reading {text}"))?;
        // What was printed around it is passed over.
        let mut lines = read.lines().rev();
        lines.next().unwrap_or_default().to_owned()
    } else {
        text
    };
    let view: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
    let check = CheckTest {
        space: at.space,
        consultation: at.consultation,
        text,
    };
    let found: TestChecked = reach.call(Request::CheckTest(check)).await?;
    let choice = text::choice(&view.form, &found.answer);
    let mut said = format!("receipt {}\nthe ballot says: {choice}", found.receipt);
    if found.cast {
        said.push_str("\nIT WAS CAST ALL THE SAME: the device that made it cheats");
    }
    let well = !found.cast;
    let mut said = Said::new(found, said)?;
    said.well = well;
    Ok(said)
}
