//! Slips: `majlis consultation open --slips`, `majlis consultation slips` and `majlis slip`.

use majlis_node::api::process::ConsultationRef;
use majlis_node::api::slips::{OpenWithSlips, ShownSlip, SlipOf, SlipSheetAt, SlipState, SlipView};
use majlis_node::api::{Nothing, Request};
use serde_json::json;

use crate::Said;
use crate::reach::Reach;

pub(super) async fn open(reach: &Reach, at: ConsultationRef, slips: u32) -> anyhow::Result<Said> {
    let open = OpenWithSlips {
        space: at.space,
        consultation: at.consultation,
        slips,
    };
    let _: Nothing = reach.call(Request::OpenWithSlips(open)).await?;
    Said::new(Nothing {}, format!("open: {slips} slips vote"))
}

/// Codes alone: pictures are for the window's sheet.
pub(super) async fn list(reach: &Reach, at: ConsultationRef) -> anyhow::Result<Said> {
    let mut slips: Vec<SlipView> = Vec::new();
    loop {
        let page = SlipSheetAt {
            space: at.space.clone(),
            consultation: at.consultation.clone(),
            offset: u32::try_from(slips.len()).unwrap_or(u32::MAX),
            limit: u32::MAX,
        };
        let page: Vec<SlipView> = reach.call(Request::SlipSheet(page)).await?;
        if page.is_empty() {
            break;
        }
        slips.extend(page);
    }
    let lines = slips
        .iter()
        .map(|one| format!("{}  {}", one.number, one.code));
    let text = lines.collect::<Vec<_>>().join("\n");
    let codes = slips.iter();
    let codes = codes.map(|one| json!({ "number": one.number, "code": one.code }));
    Said::new(codes.collect::<Vec<_>>(), text)
}

pub(super) async fn show(reach: &Reach, code: String) -> anyhow::Result<Said> {
    let found: Vec<SlipOf> = reach.call(Request::ReadSlip(ShownSlip { code })).await?;
    let lines = found.iter().map(|one| {
        let state = match one.state {
            SlipState::Ready => "not used yet",
            SlipState::Used => "was used",
            SlipState::Closed => "the vote is closed",
            SlipState::NotMember => "this device may only look on",
        };
        format!("{}: {}, {state}", one.space_name, one.title)
    });
    let mut lines: Vec<String> = lines.collect();
    if lines.is_empty() {
        lines.push("no vote of this slip is here: sync first".to_owned());
    }
    Said::new(found, lines.join("\n"))
}
