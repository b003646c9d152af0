//! Ballot boxes: `majlis consultation open --box` and `majlis consultation boxes`.

use anyhow::{Context as _, anyhow, bail};
use majlis_node::api::boxes::{
    BoxNew, BoxPartView, BoxSealed, BoxView, BoxesView, OpenWithBoxes, PictureBox, SealBox, SignBox,
};
use majlis_node::api::media::{KeepMedia, PhotoView};
use majlis_node::api::proceedings::{StepName, StepNew, SubjectView};
use majlis_node::api::process::ConsultationRef;
use majlis_node::api::{Nothing, Request};

use crate::Said;
use crate::reach::Reach;
use crate::text::word;

pub(super) async fn open(
    reach: &Reach,
    at: ConsultationRef,
    boxes: &[String],
    signatures: u8,
) -> anyhow::Result<Said> {
    let named = boxes.iter().map(|typed| {
        let (name, keeper) = typed.split_once(':').unwrap_or((typed, ""));
        BoxNew {
            name: name.trim().to_owned(),
            keeper: keeper.trim().to_owned(),
        }
    });
    let open = OpenWithBoxes {
        space: at.space,
        consultation: at.consultation,
        boxes: named.collect(),
        signatures,
    };
    let _: Nothing = reach.call(Request::OpenWithBoxes(open)).await?;
    let text = match signatures {
        0 => format!("open, with {} ballot boxes", boxes.len()),
        number => format!(
            "open, with {} ballot boxes; a box counts with {number} signatures",
            boxes.len()
        ),
    };
    Said::new(Nothing {}, text)
}

async fn boxes(reach: &Reach, at: ConsultationRef) -> anyhow::Result<BoxesView> {
    let found: Option<BoxesView> = reach.call(Request::BallotBoxes(at)).await?;
    found.ok_or_else(|| anyhow!("this vote has no ballot boxes"))
}

pub(super) async fn show(reach: &Reach, at: ConsultationRef) -> anyhow::Result<Said> {
    let view = boxes(reach, at).await?;
    let text = told(&view);
    Said::new(view, text)
}

fn told(view: &BoxesView) -> String {
    let mut lines = Vec::new();
    for one in &view.boxes {
        lines.push(format!(
            "{}: {}, {} ballots, {} count, {} papers",
            one.name,
            word(one.state),
            one.ballots,
            one.counted,
            one.papers
        ));
        lines.extend(one.parts.iter().map(part));
    }
    if view.loose > 0 {
        lines.push(format!(
            "in no box yet: {} ballots, {} of this device",
            view.loose, view.loose_here
        ));
    }
    if !view.missing.is_empty() {
        lines.push(format!("nothing arrived of: {}", view.missing.join(", ")));
    }
    if !view.unsigned.is_empty() {
        lines.push(format!(
            "a signature is missing: {}",
            view.unsigned.join(", ")
        ));
    }
    lines.join("\n")
}

fn part(one: &BoxPartView) -> String {
    let mut line = format!(
        "  sealed by {}: {} ballots, {} papers",
        one.by, one.ballots, one.papers
    );
    if !one.signed.is_empty() {
        line.push_str(&format!("; signed by {}", one.signed.join(", ")));
    }
    if !one.agrees {
        line.push_str("; DIFFERS from what this device has");
    }
    if !one.photos.is_empty() {
        line.push_str(&format!("; photos {}", one.photos.len()));
    }
    for photo in &one.photos {
        if let Some(hidden) = &photo.hidden {
            line.push_str(&format!(", one hidden by {}: {}", hidden.by, hidden.why));
        } else if let Some(shown) = &photo.shown_again {
            line.push_str(&format!(", one shown again by {}: {}", shown.by, shown.why));
        }
    }
    if one.late {
        line.push_str("; not named by the closing");
    } else if !one.counts {
        line.push_str("; a signature is missing");
    }
    line
}

fn of_name<'b>(view: &'b BoxesView, name: &str) -> anyhow::Result<&'b BoxView> {
    let found = view.boxes.iter().find(|one| one.name == name);
    let names = || {
        let names = view.boxes.iter().map(|one| one.name.as_str());
        names.collect::<Vec<_>>().join(", ")
    };
    found.ok_or_else(|| anyhow!("there is no box {name}; there are {}", names()))
}

pub(super) async fn seal(
    reach: &Reach,
    at: ConsultationRef,
    name: &str,
    papers: u32,
    note: String,
) -> anyhow::Result<Said> {
    let view = boxes(reach, at.clone()).await?;
    let seal = SealBox {
        space: at.space,
        consultation: at.consultation,
        number: of_name(&view, name)?.number,
        papers,
        note,
    };
    let sealed: BoxSealed = reach.call(Request::SealBox(seal)).await?;
    let mut text = format!("{name} is sealed with {} ballots", sealed.ballots);
    if sealed.ballots != papers {
        text.push_str(&format!(", which are not as many as its {papers} papers"));
    }
    Said::new(sealed, text)
}

pub(super) async fn sign(reach: &Reach, at: ConsultationRef, name: &str) -> anyhow::Result<Said> {
    let view = boxes(reach, at.clone()).await?;
    let found = of_name(&view, name)?;
    let due: Vec<&BoxPartView> = found.parts.iter().filter(|one| one.may_sign).collect();
    if due.is_empty() {
        bail!("there are no minutes of {name} that this person could sign");
    }
    for one in &due {
        let sign = SignBox {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            minutes: one.minutes.clone(),
        };
        let _: Nothing = reach.call(Request::SignBox(sign)).await?;
    }
    let view = boxes(reach, at).await?;
    Said::new(view, format!("{name}: signed {} minutes", due.len()))
}

/// Adds a photo to the minutes of a box that were made last.
pub(super) async fn picture(
    reach: &Reach,
    at: ConsultationRef,
    name: &str,
    file: &std::path::Path,
) -> anyhow::Result<Said> {
    let view = boxes(reach, at.clone()).await?;
    let part = of_name(&view, name)?
        .parts
        .iter()
        .max_by_key(|one| one.time);
    let part = part.ok_or_else(|| anyhow!("there are no minutes of {name} yet"))?;
    let path = std::path::absolute(file).context("naming the photo")?;
    let keep = KeepMedia {
        space: at.space.clone(),
        path: path.display().to_string(),
    };
    let photo: PhotoView = reach.call(Request::KeepPhoto(keep)).await?;
    let picture = PictureBox {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        minutes: part.minutes.clone(),
        photo,
    };
    let _: Nothing = reach.call(Request::PictureBox(picture)).await?;
    let view = boxes(reach, at).await?;
    Said::new(view, format!("{name}: its minutes have a photo"))
}

/// Hides a photo of the minutes of a box, or shows it again.
pub(super) async fn turn(
    reach: &Reach,
    at: ConsultationRef,
    (name, number): (&str, usize),
    kind: StepName,
    why: String,
) -> anyhow::Result<Said> {
    let view = boxes(reach, at.clone()).await?;
    let parts = of_name(&view, name)?.parts.iter();
    let photo = parts
        .flat_map(|one| &one.photos)
        .nth(number.wrapping_sub(1))
        .ok_or_else(|| anyhow!("the minutes of {name} have no photo {number}"))?;
    let step = StepNew {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        kind,
        about: SubjectView::Whole,
        text: why,
        number: None,
        day: None,
        sources: Vec::new(),
        replaces: vec![photo.record.clone()],
    };
    let _: Nothing = reach.call(Request::Step(step)).await?;
    let done = if kind == StepName::Hidden {
        "hidden"
    } else {
        "shown again"
    };
    let view = boxes(reach, at).await?;
    Said::new(
        view,
        format!("{name}: photo {number} of its minutes is {done}"),
    )
}
