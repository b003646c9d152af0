//! The calls that say why an option did not win, and what other rules would make of made-up ballots. The search is in
//! the core; here are its words.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use majlis_core::consultation::Form;
use majlis_core::consultation::activity::Rule;
use majlis_core::consultation::outcome::Count;
use majlis_core::consultation::outcome::explain::Why;
use majlis_core::id::LaneId;
use majlis_store::OpeningRow;
use majlis_tally::Ratio;
use majlis_tally::explain::Nearest;
use majlis_tally::explain::opinion::Wanted;

use crate::api::explain::{
    Explain, GroupPairView, NearestView, RulesTried, TriedRule, TryRules, WantedView, WhyView,
};
use crate::api::outcome::NamedOption;
use crate::api::{ApiError, ErrorCode};
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{form_of, lane, not_open, short};
use crate::plain::activity::money as written;

/// So long changes are looked for: what somebody waits who asked why. On a slow device less is found in it,
/// and said to be a bound.
const PATIENCE: Duration = Duration::from_secs(6);
/// Parts of the search, each of which has its share of the time.
const PARTS: u32 = 3;

impl Node {
    pub(super) async fn explain(&self, ask: Explain) -> Result<WhyView, ApiError> {
        let lane = lane(&ask.consultation)?;
        let _turn = self.0.turn.lock().await;
        let (count, opening) = self
            .at(&ask.space, move |desk| desk.ballots_behind(lane))
            .await?;
        // Hundreds of counts, while the space goes on.
        let began = Instant::now();
        let mut go_on = move |part: usize| {
            let share = u32::try_from(part).unwrap_or(PARTS).saturating_add(1);
            began.elapsed() < PATIENCE * share.min(PARTS) / PARTS
        };
        let found = tokio::task::spawn_blocking(move || count.why(ask.option, &mut go_on)).await;
        let found =
            found.map_err(|_| ApiError::new(ErrorCode::Internal, "looking for a change"))?;
        let why = found.map_err(|error| {
            let why = "explaining what cannot be counted";
            ApiError::new(ErrorCode::BadInput, why).about(error)
        })?;
        Ok(shown(why, &opening))
    }
}

impl Desk {
    fn ballots_behind(&mut self, lane: LaneId) -> Result<(Count, OpeningRow), ApiError> {
        let (row, opening) = self.opened(lane)?;
        self.shown(&row)?;
        let count = self.store.count(self.id(), lane);
        let count = count.map_err(|error| store_error(&error))?;
        Ok((count.ok_or_else(not_open)?, opening))
    }
}

fn shown(why: Why, opening: &OpeningRow) -> WhyView {
    let (_, decimals) = words_of(&opening.form);
    let people = |nearest: &Nearest| view(nearest, |amount| amount.to_string());
    let money = |nearest: &Nearest| view(nearest, |amount| written(amount, decimals));
    match why {
        Why::Nothing => WhyView::Nothing,
        Why::TooMany => WhyView::TooMany,
        Why::Test {
            needed,
            votes,
            changed,
            more,
        } => WhyView::Test {
            needed: needed.map(short),
            votes: short(votes),
            changed: changed.map(short),
            more: more.map(short),
        },
        Why::Behind { by } => WhyView::Behind { by: short(by) },
        Why::Election { more } => WhyView::Election {
            more: people(&more),
        },
        Why::Budget {
            more,
            added,
            cheaper,
        } => WhyView::Budget {
            more: people(&more),
            added: people(&added),
            cheaper: money(&cheaper),
        },
        Why::Groups(shared) => WhyView::Groups {
            pairs: shared
                .pairs
                .into_iter()
                .map(|pair| GroupPairView {
                    one: short(pair.one as u64),
                    other: short(pair.other as u64),
                    of_one: pair.of_one,
                    of_other: pair.of_other,
                })
                .collect(),
            wanted: shared.wanted.into_iter().map(wanted).collect(),
        },
    }
}

fn wanted(one: Wanted) -> WantedView {
    let tenths = |weight: &Ratio| (weight * &Ratio::from(10_u64)).floor();
    let tenths = one.weight.as_ref().map(tenths);
    WantedView {
        statement: one.statement,
        agree: short(one.agree),
        weight_tenths: tenths.map(|tenths| short(tenths.try_into().unwrap_or(u64::MAX))),
    }
}

/// Counts made-up ballots by the draft's rule and by others, besides everything else that goes on.
pub(super) async fn try_rules(ask: TryRules) -> Result<RulesTried, ApiError> {
    let form = form_of(&ask.draft)?;
    let camps: Vec<u64> = ask.camps.iter().copied().map(u64::from).collect();
    let (named, decimals) = words_of(&form);
    let counted = tokio::task::spawn_blocking(move || form.try_rules(&camps, &ask.support)).await;
    let counted = counted.map_err(|_| ApiError::new(ErrorCode::Internal, "trying rules"))?;
    let table = counted.map_err(|error| ApiError::new(ErrorCode::BadInput, error.to_string()))?;
    let names = |ids: Vec<String>| ids.iter().filter_map(|id| named.get(id).cloned()).collect();
    Ok(RulesTried {
        voters: short(table.voters),
        rules: table
            .rules
            .into_iter()
            .map(|rule| TriedRule {
                method: rule.name,
                winners: names(rule.winners),
                spent: rule.spent.map(|spent| written(spent, decimals)),
                served: short(rule.voters_served),
            })
            .collect(),
        always: names(table.always),
        sometimes: names(table.sometimes),
        never: names(table.never),
    })
}

/// The options of a form's ballot by their numbers as text, and the decimals of its money.
fn words_of(form: &Form) -> (BTreeMap<String, NamedOption>, u8) {
    let options = form
        .ballot()
        .map_or(&[][..], |ballot| ballot.kind.options());
    let named = options.iter().map(|option| {
        let named = NamedOption {
            option: option.id,
            label: option.label.clone(),
        };
        (option.id.to_string(), named)
    });
    let decimals = match &form.activity.rule {
        Rule::Budget(rule) => rule.decimals,
        Rule::Survey
        | Rule::Poll(_)
        | Rule::Election(_)
        | Rule::Petition(_)
        | Rule::Conversation(_) => 0,
    };
    (named.collect(), decimals)
}

fn view(nearest: &Nearest, write: impl Fn(u64) -> String) -> NearestView {
    match nearest {
        Nearest::Smallest { amount } => NearestView {
            amount: Some(write(*amount)),
            certain: true,
            tried: None,
        },
        Nearest::AtMost { amount } => NearestView {
            amount: Some(write(*amount)),
            certain: false,
            tried: None,
        },
        Nearest::NotFound { tried, certain } => NearestView {
            amount: None,
            certain: *certain,
            tried: Some(write(*tried)),
        },
    }
}
