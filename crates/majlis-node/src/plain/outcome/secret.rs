//! The outcome of a secret vote, as people read it. Not here: its ballots and trustees (`node::secret`).

use majlis_core::consultation::Form;
use majlis_core::consultation::secret::SecretOutcome;
use majlis_secret::share::ShareStatus;
use majlis_tally::Ratio;
use majlis_tally::poll::PollOutcome;

use super::{Labels, poll};
use crate::api::secret::{SecretOptionView, SecretResultView};
use crate::node::secret::state_name;

pub(super) fn secret(
    form: &Form,
    labels: &Labels<'_>,
    one: &SecretOutcome,
    polled: Option<&PollOutcome>,
) -> SecretResultView {
    let mut totals = one.totals.clone().unwrap_or_default();
    totals.sort_by_key(|(option, total)| (core::cmp::Reverse(*total), *option));
    let right = |status: &&ShareStatus| matches!(status, ShareStatus::Valid);
    let parts = u32::try_from(one.shares.values().filter(right).count()).unwrap_or(u32::MAX);
    let threshold = form.secret_ballots().map_or(0, |ballots| ballots.threshold);
    let listed = u32::try_from(one.listed.len()).unwrap_or(u32::MAX);
    SecretResultView {
        state: state_name(one.state),
        counted: one.counted,
        refused: listed.saturating_sub(one.counted),
        waiting: u32::from(threshold).saturating_sub(parts),
        options: totals
            .iter()
            .map(|(option, total)| SecretOptionView {
                option: *option,
                label: labels.named(&option.to_string()).label,
                total: *total,
                mean: Ratio::new(*total, one.counted)
                    .unwrap_or_else(Ratio::zero)
                    .decimal(2),
            })
            .collect(),
        poll: polled.map(|polled| poll(labels, polled)),
    }
}
