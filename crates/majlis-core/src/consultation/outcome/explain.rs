//! Why an option did not win: the nearest changes with which it would, found by counting the same
//! ballots again by the same rule with the change made (`majlis_tally::explain`). It decides nothing.
//! Not here: what it lacked in the count as it was, which the outcome itself says.

use majlis_tally::explain::opinion::{OpinionExplanation, explain as shared};
use majlis_tally::explain::{Nearest, budget as budgets, poll as polls, ranked as rankings};
use majlis_tally::opinion;
use majlis_tally::poll::Bound;

use super::ballots::{budget_election, ranked_election};
use super::{Ballots, Count, Counted, Rule, opinion_rule, opinions, seed};

/// What would have to be otherwise for an option to win.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// There is no such option, it won, or nothing is won in this activity.
    Nothing,
    /// There are so many ballots that the search was called off before a single change was counted.
    TooMany,
    /// Of an option that failed its test: the votes that it needs, that it has, and how many ballots
    /// would have to change to it.
    Test {
        /// The fewest that pass; `None` where no ballots are a share of anything.
        needed: Option<u64>,
        /// What it has.
        votes: u64,
        /// So many who voted would have to change to it.
        changed: Option<u64>,
        /// So many further ballots for it would do.
        more: Option<u64>,
    },
    /// Of an option without a test: how far it is behind the first.
    Behind {
        /// Votes or points between it and the first.
        by: u64,
    },
    /// Of somebody who is not elected: further ballots that name them alone.
    Election {
        /// How many.
        more: Nearest,
    },
    /// Of a project that is not funded. The money is in the smallest unit.
    Budget {
        /// Further voters who support it alone.
        more: Nearest,
        /// Voters who are there and support it too.
        added: Nearest,
        /// By how much less it would have to cost.
        cheaper: Nearest,
    },
    /// Of a conversation, where no statement wins: what groups of opinion support of each other.
    Groups(Box<OpinionExplanation>),
}

impl Count {
    /// The nearest changes with which `option` would win, looked for as long as `go_on` says so: it is asked
    /// before each change is counted, with the part of the whole search that it belongs to, of three. What
    /// was found until then is a bound, and says so.
    ///
    /// # Errors
    /// As the count of the outcome, in English.
    pub fn why(self, option: u16, go_on: &mut dyn FnMut(usize) -> bool) -> Result<Why, String> {
        let id = option.to_string();
        let lot = seed(self.id, &self.ballots);
        let nothing =
            |one: &Nearest| matches!(one, Nearest::NotFound { tried: 0, certain } if !certain);
        match (&self.form.activity.rule, &self.ballots) {
            (Rule::Election(rule), Ballots::Ranked(ballots)) => {
                let election = ranked_election(&self.form, rule, ballots)?;
                // One search, which has the time of all three.
                let go_on = &mut || go_on(2);
                let found = rankings::nearest_while(&election, &rule.tallied(lot), &id, go_on);
                let found = found.map_err(|error| error.to_string())?;
                Ok(match found.map(|one| one.new_ballots) {
                    None => Why::Nothing,
                    Some(more) if nothing(&more) => Why::TooMany,
                    Some(more) => Why::Election { more },
                })
            }
            (Rule::Budget(rule), Ballots::Budget(ballots)) => {
                let election = budget_election(rule, ballots)?;
                let rule = rule.tallied(lot);
                let found = budgets::nearest_win_while(&election, &rule, &id, go_on);
                let found = found.map_err(|error| error.to_string())?;
                Ok(match found {
                    None => Why::Nothing,
                    Some(one)
                        if nothing(&one.new_voters)
                            && nothing(&one.added_approvals)
                            && nothing(&one.cost_reduction) =>
                    {
                        Why::TooMany
                    }
                    Some(one) => Why::Budget {
                        more: one.new_voters,
                        added: one.added_approvals,
                        cheaper: one.cost_reduction,
                    },
                })
            }
            (Rule::Poll(_), Ballots::Poll(_)) => Ok(self.poll(&id)),
            (Rule::Conversation(rule), Ballots::Votes(votes)) => {
                let votes = opinions(votes, &self.statements)?;
                let outcome = opinion::count(&votes, &opinion_rule(rule));
                Ok(Why::Groups(Box::new(shared(&votes, &outcome))))
            }
            (
                Rule::Survey
                | Rule::Poll(_)
                | Rule::Election(_)
                | Rule::Budget(_)
                | Rule::Petition(_)
                | Rule::Conversation(_),
                _,
            ) => Ok(Why::Nothing),
        }
    }

    fn poll(self, id: &str) -> Why {
        let Counted::Poll(outcome) = self.finish().counted else {
            return Why::Nothing;
        };
        let explained = polls::explain(&outcome, None);
        let test = explained.tests.iter().find(|test| test.option == id);
        if let Some(test) = test {
            return if test.passed || test.bound != Bound::AtLeast {
                Why::Nothing
            } else {
                Why::Test {
                    needed: test.limit,
                    votes: test.votes,
                    changed: test.by_changed,
                    more: test.by_new,
                }
            };
        }
        let of = |id: &str| outcome.results.iter().find(|one| one.id == id);
        let first = outcome.first.first().and_then(|id| of(id));
        match (of(id), first) {
            (Some(one), Some(first)) if !outcome.first.contains(&one.id) => Why::Behind {
                by: u64::try_from(first.total.saturating_sub(one.total)).unwrap_or(0),
            },
            _ => Why::Nothing,
        }
    }
}
