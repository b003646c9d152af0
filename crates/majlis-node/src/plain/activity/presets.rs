//! What polls and petitions usually begin with.

use majlis_core::consultation::activity::PetitionRule;
use majlis_tally::poll::{PollKind, PollRule as TallyPoll};

use super::petition_view;
use crate::api::activity::{PointsPreset, PollPreset, PresetsView};

/// What activities usually begin with.
pub(crate) fn presets() -> PresetsView {
    let polls = PollKind::ALL.iter().map(|kind| {
        let rule = TallyPoll::preset(*kind, &["1", "2"]);
        let points = match kind {
            PollKind::DotVote => Some((0, rule.points, false)),
            PollKind::Score => Some((rule.points, 0, false)),
            PollKind::Meeting => Some((2, 0, false)),
            PollKind::Quadratic => Some((0, rule.points, true)),
            PollKind::Proposal
            | PollKind::Check
            | PollKind::Count
            | PollKind::Question
            | PollKind::Poll
            | PollKind::Approval
            | PollKind::RankedChoice => None,
        };
        PollPreset {
            kind: kind.word().to_owned(),
            options: kind
                .usual_options()
                .iter()
                .map(|one| (*one).to_owned())
                .collect(),
            days: kind.usual_days(),
            may_be_anonymous: kind.may_be_anonymous(),
            binds: kind.binds(),
            points: points.map(|(each, all, squared)| PointsPreset { each, all, squared }),
        }
    });
    let petitions = majlis_tally::petition::presets();
    let petitions = petitions.iter().filter_map(PetitionRule::pinned);
    PresetsView {
        polls: polls.collect(),
        petitions: petitions.map(|rule| petition_view(&rule)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plain::activity::petition;

    #[test]
    fn every_petition_preset_is_pinned_as_it_is() {
        let presets = presets();
        assert_eq!(
            presets.petitions.len(),
            majlis_tally::petition::presets().len()
        );
        for view in presets.petitions {
            assert_eq!(petition_view(&petition(&view).unwrap()), view);
        }
        assert_eq!(presets.polls.len(), PollKind::ALL.len());
    }
}
