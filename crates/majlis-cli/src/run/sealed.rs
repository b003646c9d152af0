//! Answers that only named people can read, on the command line.

use std::fmt::Write as _;

use anyhow::bail;
use majlis_node::api::process::ConsultationRef;
use majlis_node::api::process::ConsultationView;
use majlis_node::api::sealing::{
    DeviceStanding, KeeperView, OpenSealed, PartReleased, PartState, PublishFigures, PublishedView,
    SealChoices, SealingView,
};
use majlis_node::api::{Nothing, Request};

use crate::reach::Reach;
use crate::{Said, find};

pub(super) async fn open(
    reach: &Reach,
    at: ConsultationRef,
    seal: &[String],
    keepers: &[String],
    threshold: u8,
) -> anyhow::Result<Said> {
    let view: ConsultationView = reach.call(Request::Consultation(at.clone())).await?;
    let all = seal.len() == 1 && seal.iter().any(|one| one == "all");
    let mut questions = Vec::new();
    for wanted in seal.iter().filter(|_| !all) {
        questions.push(find::question(&view.form.questions, wanted)?.id.clone());
    }
    let choices: SealChoices = reach.call(Request::SealChoices(at.clone())).await?;
    let mut devices = Vec::new();
    for name in keepers {
        let found = choices.keepers.iter();
        let mut found = found.filter(|one| one.name == *name || one.device.starts_with(name));
        match (found.next(), found.next()) {
            (Some(one), None) => devices.push(one.device.clone()),
            (None, _) => bail!("no member who may hold a part of the key is called {name}"),
            (Some(_), Some(_)) => bail!("several members are called {name}: give the device"),
        }
    }
    let open = OpenSealed {
        space: at.space.clone(),
        consultation: at.consultation.clone(),
        questions,
        keepers: devices,
        threshold,
    };
    let _: Nothing = reach.call(Request::OpenSealed(open)).await?;
    let view: Option<SealingView> = reach.call(Request::Sealing(at)).await?;
    let text = view.as_ref().map_or_else(String::new, |view| {
        let count = view.questions.len();
        format!("open; {count} questions are sealed\n{}", keepers_text(view))
    });
    Said::new(view, text.trim_end())
}

fn keepers_text(view: &SealingView) -> String {
    let each = view.keepers.iter().map(|keeper: &KeeperView| {
        let me = if keeper.me { " (me)" } else { "" };
        let part = match keeper.part {
            PartState::Kept => "",
            PartState::Given => ", gave their part",
            PartState::Wrong => ", gave something that is not their part",
        };
        let mut text = format!("{}{me}{part}", keeper.name);
        for one in &keeper.devices {
            match one.standing {
                DeviceStanding::In => {}
                DeviceStanding::Out => {
                    let _ = write!(text, ", device {} is out", one.device);
                }
                DeviceStanding::Unknown => {
                    let _ = write!(text, ", device {} is unknown", one.device);
                }
            }
        }
        if keeper.doubtful {
            text.push_str(", DEVICES OF SEVERAL PEOPLE: do not give a part");
        }
        text
    });
    let each: Vec<String> = each.collect();
    let (needed, all) = (view.threshold, view.keepers.len());
    format!("{needed} of {all} can read: {}\n", each.join("; "))
}

fn published_text(out: &mut String, told: &PublishedView) {
    let checked = match told.agrees {
        Some(true) => "counted again here: the same",
        Some(false) => "counted again here: NOT the same",
        None if told.of_others => "of other answers than are here",
        None => "others cannot count it again",
    };
    let _ = writeln!(
        out,
        "published by {} ({checked}): {} read, {} could not be read, numbers below {} left out",
        told.by, told.read, told.unread, told.least
    );
    let number = |number: Option<u32>| number.map_or_else(|| "-".to_owned(), |n| n.to_string());
    for question in &told.questions {
        let answered = number(question.answered);
        let _ = writeln!(out, "{} ({answered} answered)", question.label);
        for bar in &question.bars {
            let _ = writeln!(out, "  {}: {}", bar.label, number(bar.voices));
        }
    }
}

pub(super) async fn show(reach: &Reach, at: ConsultationRef) -> anyhow::Result<Said> {
    let view: Option<SealingView> = reach.call(Request::Sealing(at)).await?;
    let Some(view) = view else {
        return Said::new(view, "nothing is sealed");
    };
    let mut text = keepers_text(&view);
    if view.spoiled {
        text.push_str("the part of the key that was made for this device is none\n");
    }
    text.push_str(if view.readable {
        "this device can read the answers\n"
    } else {
        "this device cannot read the answers\n"
    });
    for told in &view.published {
        published_text(&mut text, told);
    }
    let text = text.trim_end().to_owned();
    Said::new(view, text)
}

pub(super) async fn release(reach: &Reach, at: ConsultationRef) -> anyhow::Result<Said> {
    let released: PartReleased = reach.call(Request::ReleasePart(at)).await?;
    let mut text = "given to the other keepers".to_owned();
    if !released.left_out.is_empty() {
        let names = released.left_out.join(", ");
        let _ = write!(text, "; not to those who are out: {names}");
    }
    Said::new(released, text)
}

pub(super) async fn publish(
    reach: &Reach,
    at: ConsultationRef,
    least: u32,
) -> anyhow::Result<Said> {
    let publish = PublishFigures {
        space: at.space,
        consultation: at.consultation,
        least,
    };
    let _: Nothing = reach.call(Request::PublishFigures(publish)).await?;
    Said::new(Nothing {}, "published")
}
