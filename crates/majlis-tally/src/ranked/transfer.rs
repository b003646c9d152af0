//! Votes that move on: instant runoff, and the transferable vote of Scottish local elections.
//!
//! Source: The Scottish Local Government Elections Order 2011, schedule 1, part III: the quota is
//! the votes over the seats plus one, rounded down, plus one (rule 46); a surplus moves on with all
//! papers of the elected, each at its worth times the surplus over the total held, cut to five
//! places (rules 48, 49); among equal surpluses or weakest the last round that set them apart
//! decides, and then a lot (rules 49, 51). Instant runoff is the same with one seat, except that it
//! needs a majority of the votes that still count.
//!
//! A ballot with equals at the place that is due gives each a share there; shares are exact.

#![allow(
    clippy::indexing_slicing,
    reason = "candidates are indices into tables of their number"
)]

use super::outcome::{Event, RankedOutcome};
use super::{RankedElection, RankedRule};
use crate::ratio::Ratio;

/// Worth is cut to whole multiples of this part of a vote.
const PLACES: u64 = 100_000;

/// Some equal ballots at what each is worth now, lying with one candidate or with nobody.
#[derive(Clone)]
struct Parcel<'a> {
    ranking: &'a [Vec<u32>],
    ballots: u64,
    worth: Ratio,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Open,
    Elected,
    Out,
}

struct Count<'a> {
    election: &'a RankedElection,
    ties: Vec<usize>,
    standing: Vec<Standing>,
    piles: Vec<Vec<Parcel<'a>>>,
    exhausted: Ratio,
    /// What each held at the beginning of each round.
    history: Vec<Vec<Ratio>>,
    outcome: RankedOutcome,
}

impl<'a> Count<'a> {
    fn new(election: &'a RankedElection, rule: &RankedRule) -> Self {
        let size = election.candidates().len();
        let mut count = Self {
            election,
            ties: election.tie_places(&rule.tie, &rule.seed),
            standing: vec![Standing::Open; size],
            piles: vec![Vec::new(); size],
            exhausted: Ratio::zero(),
            history: Vec::new(),
            outcome: RankedOutcome::empty(election, rule),
        };
        for (ranking, ballots) in election.ballots() {
            let parcel = Parcel {
                ranking,
                ballots: *ballots,
                worth: Ratio::from(1),
            };
            count.lay(&parcel);
        }
        count
    }

    /// Puts ballots with the next who is still in; equals share.
    fn lay(&mut self, parcel: &Parcel<'a>) {
        for group in parcel.ranking {
            let open = |one: &&u32| self.standing[**one as usize] == Standing::Open;
            let next: Vec<usize> = group.iter().filter(open).map(|one| *one as usize).collect();
            let share = u64::try_from(next.len()).unwrap_or(u64::MAX);
            let Some(worth) = parcel.worth.over(&Ratio::from(share)) else {
                continue;
            };
            for one in next {
                self.piles[one].push(Parcel {
                    worth: worth.clone(),
                    ..parcel.clone()
                });
            }
            return;
        }
        self.exhausted = &self.exhausted + &(&parcel.worth * &Ratio::from(parcel.ballots));
    }

    fn held(&self, place: usize) -> Ratio {
        let pile = self.piles[place].iter();
        pile.fold(Ratio::zero(), |sum, one| {
            &sum + &(&one.worth * &Ratio::from(one.ballots))
        })
    }

    fn open(&self) -> Vec<usize> {
        let places = 0..self.standing.len();
        places
            .filter(|one| self.standing[*one] == Standing::Open)
            .collect()
    }

    fn ids(&self, places: &[usize]) -> Vec<String> {
        places
            .iter()
            .map(|place| self.election.id(*place))
            .collect()
    }

    /// Begins a round: what everybody holds is kept and logged.
    fn round(&mut self) -> Vec<Ratio> {
        let held: Vec<Ratio> = (0..self.standing.len()).map(|one| self.held(one)).collect();
        self.history.push(held.clone());
        let listed = (0..held.len()).filter(|one| self.standing[*one] != Standing::Out);
        let votes = listed.map(|one| (self.election.id(one), held[one].clone()));
        self.outcome.log.push(Event::Round {
            round: u64::try_from(self.history.len()).unwrap_or(u64::MAX),
            votes: votes.collect(),
            exhausted: self.exhausted.clone(),
        });
        held
    }

    /// One of equals: the strongest or weakest in the last earlier round that sets them apart, and
    /// else by the tie rule (the weakest is who would lose the tie).
    fn pick(&mut self, mut among: Vec<usize>, strongest: bool) -> usize {
        among.sort_by_key(|one| self.ties[*one]);
        let by_rule = if strongest {
            among[0]
        } else {
            among[among.len() - 1]
        };
        if among.len() == 1 {
            return by_rule;
        }
        let all = self.ids(&among);
        for round in (0..self.history.len()).rev().skip(1) {
            let held = &self.history[round];
            let extreme = if strongest {
                among.iter().map(|one| &held[*one]).max()
            } else {
                among.iter().map(|one| &held[*one]).min()
            };
            let Some(extreme) = extreme.cloned() else {
                break;
            };
            let before = among.len();
            among.retain(|one| held[*one] == extreme);
            if among.len() < before && among.len() == 1 {
                self.outcome.log.push(Event::TieByRound {
                    among: all,
                    round: u64::try_from(round + 1).unwrap_or(u64::MAX),
                    picked: self.election.id(among[0]),
                });
                return among[0];
            }
        }
        let picked = if strongest {
            among[0]
        } else {
            among[among.len() - 1]
        };
        self.outcome.log.push(Event::Tie {
            among: self.ids(&among),
            picked: self.election.id(picked),
        });
        picked
    }

    fn elect(&mut self, place: usize, held: &Ratio) {
        self.standing[place] = Standing::Elected;
        let id = self.election.id(place);
        self.outcome.winners.push(id.clone());
        let votes = held.clone();
        self.outcome.log.push(Event::Elected { id, votes });
    }

    /// Takes the weakest out and moves its ballots on at what they are worth.
    fn exclude(&mut self, held: &[Ratio]) -> usize {
        let open = self.open();
        let least = open.iter().map(|one| &held[*one]).min().cloned();
        let weakest = open
            .into_iter()
            .filter(|one| Some(&held[*one]) == least.as_ref());
        let out = self.pick(weakest.collect(), false);
        self.standing[out] = Standing::Out;
        self.outcome.log.push(Event::Excluded {
            id: self.election.id(out),
            votes: held[out].clone(),
        });
        for parcel in std::mem::take(&mut self.piles[out]) {
            self.lay(&parcel);
        }
        out
    }

    /// Moves the surplus of an elected candidate on.
    fn transfer(&mut self, from: usize, held: &Ratio, quota: &Ratio) {
        let surplus = held - quota;
        let part = surplus.over(held).unwrap_or_else(Ratio::zero);
        self.outcome.log.push(Event::Transfer {
            from: self.election.id(from),
            surplus,
            part: part.clone(),
        });
        for mut parcel in std::mem::take(&mut self.piles[from]) {
            parcel.worth = cut(&(&parcel.worth * &part));
            self.lay(&parcel);
        }
        // What stays with the elected is the quota.
        let rest = Parcel {
            ranking: &[],
            ballots: 1,
            worth: quota.clone(),
        };
        self.piles[from].push(rest);
    }
}

/// Cut to five places.
fn cut(worth: &Ratio) -> Ratio {
    let scale = Ratio::from(PLACES);
    Ratio::new((worth * &scale).floor(), PLACES).unwrap_or_else(Ratio::zero)
}

/// Instant runoff.
pub(super) fn irv(election: &RankedElection, rule: &RankedRule) -> RankedOutcome {
    let mut count = Count::new(election, rule);
    let mut out = Vec::new();
    loop {
        let held = count.round();
        let open = count.open();
        let total = open
            .iter()
            .fold(Ratio::zero(), |sum, one| &sum + &held[*one]);
        let double = |one: usize| &held[one] * &Ratio::from(2);
        let winner = open
            .iter()
            .copied()
            .find(|one| double(*one) > total || open.len() == 1);
        if let Some(winner) = winner {
            count.elect(winner, &held[winner]);
            // The rest in the order of what they hold, then those out, the last first.
            let mut rest: Vec<usize> = open.into_iter().filter(|one| *one != winner).collect();
            rest.sort_by(|one, other| {
                held[*other]
                    .cmp(&held[*one])
                    .then(count.ties[*one].cmp(&count.ties[*other]))
            });
            let mut order = vec![vec![winner]];
            for one in rest {
                match order.last_mut() {
                    Some(group) if group[0] != winner && held[group[0]] == held[one] => {
                        group.push(one);
                    }
                    _ => order.push(vec![one]),
                }
            }
            order.extend(out.into_iter().rev().map(|one| vec![one]));
            count.outcome.order = order.iter().map(|group| count.ids(group)).collect();
            return count.outcome;
        }
        let excluded = count.exclude(&held);
        out.push(excluded);
    }
}

/// The transferable vote.
pub(super) fn scottish(election: &RankedElection, rule: &RankedRule) -> RankedOutcome {
    let mut count = Count::new(election, rule);
    let seats = usize::try_from(rule.seats).unwrap_or(usize::MAX);
    // Papers without any preference are no valid votes.
    let valid = election
        .ballots()
        .iter()
        .filter(|(ranking, _)| !ranking.is_empty());
    let valid: u64 = valid.map(|(_, ballots)| *ballots).sum();
    let votes = valid / u64::from(rule.seats).saturating_add(1) + 1;
    let quota = Ratio::from(votes);
    count.outcome.log.push(Event::Quota { votes });
    let mut out = Vec::new();
    let mut surpluses: Vec<usize> = Vec::new();
    loop {
        let held = count.round();
        let mut reached: Vec<usize> = count.open();
        reached.retain(|one| held[*one] >= quota);
        reached.sort_by(|one, other| {
            held[*other]
                .cmp(&held[*one])
                .then(count.ties[*one].cmp(&count.ties[*other]))
        });
        for one in reached {
            count.elect(one, &held[one]);
            if held[one] > quota {
                surpluses.push(one);
            }
        }
        let filled = count.outcome.winners.len();
        let open = count.open();
        if filled >= seats || open.is_empty() {
            break;
        }
        if open.len() <= seats - filled {
            let mut last = open;
            last.sort_by(|one, other| {
                held[*other]
                    .cmp(&held[*one])
                    .then(count.ties[*one].cmp(&count.ties[*other]))
            });
            let ids = count.ids(&last);
            count.outcome.log.push(Event::LastSeats { ids });
            for one in last {
                count.elect(one, &held[one]);
            }
            break;
        }
        let largest = surpluses.iter().map(|one| &held[*one]).max().cloned();
        if let Some(largest) = largest {
            let equals = surpluses
                .iter()
                .copied()
                .filter(|one| held[*one] == largest);
            let from = count.pick(equals.collect(), true);
            surpluses.retain(|one| *one != from);
            count.transfer(from, &held[from], &quota);
        } else {
            let excluded = count.exclude(&held);
            out.push(excluded);
        }
    }
    let winners = count.outcome.winners.iter().map(|id| vec![id.clone()]);
    let mut order: Vec<Vec<String>> = winners.collect();
    let mut rest = count.open();
    rest.sort_by_key(|one| count.ties[*one]);
    if !rest.is_empty() {
        order.push(count.ids(&rest));
    }
    order.extend(out.into_iter().rev().map(|one| vec![election.id(one)]));
    count.outcome.order = order;
    count.outcome
}
