//! `majlis claim`.

use majlis_node::api::claims::{ClaimBar, ClaimSlot, ReceiptView, ShownReceipt};
use majlis_node::api::process::Responded;
use majlis_node::api::{ApiError, ErrorCode, Request};

use crate::args::{InSpace, Keep};
use crate::reach::Reach;
use crate::text::short;
use crate::{Said, find};

pub(super) async fn run(
    reach: &Reach,
    code: String,
    space: InSpace,
    keep: Option<Keep>,
    slot: Option<&str>,
) -> anyhow::Result<Said> {
    let space = match space.space {
        Some(named) => Some(find::space(reach, Some(&named)).await?),
        None => None,
    };
    let shown = ShownReceipt {
        code: code.clone(),
        space,
    };
    let mut found: Vec<ReceiptView> = reach.call(Request::ReadReceipt(shown)).await?;
    if let Some(slot) = slot {
        found.retain(|one| one.slot.starts_with(slot));
    }
    let Some(keep) = keep else {
        let lines: Vec<String> = found.iter().map(line).collect();
        let text = lines.join("\n");
        return Said::new(found, text);
    };
    let mut open: Vec<ReceiptView> = found
        .iter()
        .filter(|one| one.bar.is_none())
        .cloned()
        .collect();
    if open.len() > 1 {
        let why = "claiming one of several answers that show this code: name it with --slot";
        return Err(ApiError::new(ErrorCode::SeveralAnswers, why).into());
    }
    // What cannot be claimed is refused by the node, which says why.
    let Some(one) = open.pop().or_else(|| found.into_iter().next()) else {
        let why = "no answer of this receipt is here: sync first";
        return Err(ApiError::new(ErrorCode::NotFound, why).into());
    };
    let claim = ClaimSlot {
        space: one.space,
        consultation: one.consultation,
        code,
        slot: one.slot,
        keep: keep.into(),
    };
    let taken: Responded = reach.call(Request::Claim(claim)).await?;
    Said::new(taken, "claimed: this device speaks for it from now on")
}

fn line(one: &ReceiptView) -> String {
    let stands = match (one.mine, one.others, one.withdrawn) {
        (true, ..) => "claimed by you".to_owned(),
        (false, 1.., _) => format!("claimed by {} other", one.others),
        (false, 0, true) => "taken back".to_owned(),
        (false, 0, false) => "not claimed".to_owned(),
    };
    let bar = match one.bar {
        None => "",
        Some(ClaimBar::EnteredHere) => "; entered on this device: claim it on your own",
        Some(ClaimBar::Closed) => "; the consultation is closed",
        Some(ClaimBar::NotMember) => "; this device may only look on",
        Some(ClaimBar::Earlier) => "; an earlier kind of receipt, which cannot be claimed",
    };
    let count = one.answers.len();
    format!(
        "{} {}: {}, {count} questions answered, entered by {}, {stands}{bar}",
        short(&one.slot),
        one.space_name,
        one.title,
        one.by
    )
}
