//! What came out of a budget, and why: winners in order, rounds, money, and what losers lacked.

use serde::Serialize;

use super::election::Election;
use super::rule::BudgetRule;
use crate::canonical::{Canonical, ResultHash, Writer};
use crate::ratio::Ratio;

/// How a winner came to be funded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum How {
    /// By the method itself.
    Method,
    /// After it, because it fits what was left and has the most votes of those that do.
    Votes,
    /// After it, because everything that anybody supports fits the budget.
    EverythingFits,
}

/// A funded project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Winner {
    /// Its id.
    pub id: String,
    /// What it costs.
    pub cost: u64,
    /// How many support it.
    pub votes: u64,
    /// All points it was given, in whole ones. What is hashed does not say it: the ballots do.
    pub points: Ratio,
    /// How it came to be funded.
    pub how: How,
    /// Money per unit of utility that its supporters pay at most; for cost utility, the part of
    /// the cost. Equal Shares only.
    pub rho: Option<Ratio>,
    /// What the supporter who pays most pays; for points, per point. Equal Shares only.
    pub payment: Option<Ratio>,
    /// Its effective votes when it was chosen: cost over `payment`. Equal Shares only.
    pub effective_votes: Option<Ratio>,
}

/// What a project not yet chosen had at the beginning of a round.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// Its id.
    pub id: String,
    /// Its effective votes; for greedy methods its votes, points, or those over the cost; for
    /// Phragmén the money each supporter must have earned. `None` for votes over a cost of nothing.
    pub strength: Option<Ratio>,
}

/// One choice of the method.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Round {
    /// Who was chosen.
    pub chosen: String,
    /// How many others were exactly as strong and lost the tie.
    pub tied: u64,
    /// All that could still be chosen, the strongest first. Greedy methods have one order for all
    /// rounds, and keep it in the first.
    pub standings: Vec<Standing>,
}

/// The money that voters were given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endowment {
    /// The share of each at first.
    pub start: Ratio,
    /// The share of each in the run that counts.
    pub reached: Ratio,
    /// Steps from one to the other.
    pub steps: u64,
    /// The part of the money handed out that is not in the budget. A large part means that some
    /// voters' money counted for more than others'.
    pub virtual_part: Ratio,
}

/// What stood between a project and its money.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "reason")]
pub enum Lack {
    /// Nobody supports it.
    Support,
    /// Its supporters had `left` of their shares at the end; it needed `missing` more.
    SharesOfSupporters {
        /// What they had.
        left: Ratio,
        /// What it needed beyond that.
        missing: Ratio,
    },
    /// It did not fit the budget when its turn came or at the end; it needed `missing` more.
    Budget {
        /// What it needed beyond what was left.
        missing: u64,
    },
    /// Money is left for it, but the method had stopped at `before`, which did not fit.
    Stopped {
        /// The project whose turn ended the count.
        before: String,
    },
    /// More units of other projects were wanted; it was given `granted`.
    Units {
        /// Units of money that it was given.
        granted: u64,
    },
}

/// A project that is not funded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loser {
    /// Its id.
    pub id: String,
    /// What it costs.
    pub cost: u64,
    /// How many support it.
    pub votes: u64,
    /// All points it was given, as of a [`Winner`].
    pub points: Ratio,
    /// What it lacked.
    pub lack: Lack,
}

/// Money that a project got without reaching its cost (knapsack per unit).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Funding {
    /// The project.
    pub id: String,
    /// Units of money that it was given.
    pub amount: u64,
}

/// What one kind of ballot had left at the end. Private to those who cast it: no part of an
/// outcome, and not serialised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Purse {
    /// The ids on the ballot.
    pub supports: Vec<String>,
    /// How many cast it.
    pub voters: u64,
    /// What each of them had left.
    pub left: Ratio,
}

/// The outcome of a budget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The rule that was applied.
    pub rule: BudgetRule,
    /// The money there was.
    pub budget: u64,
    /// How many ballots there were.
    pub voters: u64,
    /// Digits after the point of amounts.
    pub decimals: u8,
    /// Funded projects in the order of choice.
    pub winners: Vec<Winner>,
    /// What they cost together.
    pub spent: u64,
    /// The money that voters were given; for Equal Shares only.
    pub endowment: Option<Endowment>,
    /// The choices of the method.
    pub rounds: Vec<Round>,
    /// Projects that are not funded, in the order of their ids.
    pub losers: Vec<Loser>,
    /// Projects funded in part, in the order of their ids; for knapsack per unit only.
    pub partly: Vec<Funding>,
    /// Whether greedy by votes replaced the outcome by the comparison step.
    pub replaced_by_greedy: bool,
}

impl Outcome {
    /// An outcome with nothing in it.
    pub(super) fn empty(election: &Election, rule: &BudgetRule) -> Self {
        Self {
            rule: rule.clone(),
            budget: election.budget(),
            voters: election.voters(),
            decimals: election.decimals(),
            winners: Vec::new(),
            spent: 0,
            endowment: None,
            rounds: Vec::new(),
            losers: Vec::new(),
            partly: Vec::new(),
            replaced_by_greedy: false,
        }
    }

    /// Says of whole points what was counted in `parts` of one: prices are per point, strengths are points or
    /// votes worth one.
    pub(super) fn in_whole_points(&mut self, parts: u32) {
        if parts <= 1 {
            return;
        }
        let parts = Ratio::from(u64::from(parts));
        let price = |one: &mut Option<Ratio>| *one = one.as_ref().map(|one| one * &parts);
        let strength =
            |one: &mut Option<Ratio>| *one = one.as_ref().and_then(|one| one.over(&parts));
        for one in &mut self.winners {
            price(&mut one.rho);
            price(&mut one.payment);
            strength(&mut one.effective_votes);
        }
        for one in self.rounds.iter_mut().flat_map(|one| &mut one.standings) {
            strength(&mut one.strength);
        }
    }

    /// The ids of the winners, in the order of choice.
    #[must_use]
    pub fn ids(&self) -> Vec<&str> {
        self.winners.iter().map(|one| one.id.as_str()).collect()
    }

    /// Whether the project called `id` is funded.
    #[must_use]
    pub fn funds(&self, id: &str) -> bool {
        self.winners.iter().any(|one| one.id == id)
    }

    /// Money that is not spent.
    #[must_use]
    pub const fn left(&self) -> u64 {
        self.budget.saturating_sub(self.spent)
    }

    /// An amount as a decimal in the currency's unit.
    #[must_use]
    pub fn money(&self, amount: u64) -> String {
        self.share(&Ratio::from(amount), self.decimals)
    }

    /// A share of money as a decimal in the currency's unit, rounded to `places`.
    #[must_use]
    pub fn share(&self, amount: &Ratio, places: u8) -> String {
        let unit = Ratio::from(10_u64.saturating_pow(u32::from(self.decimals)));
        amount
            .over(&unit)
            .unwrap_or_else(Ratio::zero)
            .decimal(places)
    }

    pub(super) fn fund(&mut self, election: &Election, place: usize, how: How) {
        let Some(project) = election.projects().get(place) else {
            return;
        };
        self.spent = self.spent.saturating_add(project.cost);
        self.winners.push(Winner {
            id: project.id.clone(),
            cost: project.cost,
            votes: election.votes(place),
            points: election.whole_points(place),
            how,
            rho: None,
            payment: None,
            effective_votes: None,
        });
    }

    /// Lists as losers all that did not win, each with what `lack` says of its place.
    pub(super) fn list_losers(&mut self, election: &Election, lack: impl Fn(usize) -> Lack) {
        let mut losers = Vec::new();
        for (place, project) in election.projects().iter().enumerate() {
            if self.funds(&project.id) {
                continue;
            }
            let votes = election.votes(place);
            let lack = if votes == 0 {
                Lack::Support
            } else {
                lack(place)
            };
            losers.push(Loser {
                id: project.id.clone(),
                cost: project.cost,
                votes,
                points: election.whole_points(place),
                lack,
            });
        }
        self.losers = losers;
    }
}

fn write_rule(writer: &mut Writer, rule: &BudgetRule) {
    writer.text(rule.method.word());
    writer.text(rule.utility.word());
    writer.text(rule.completion.word());
    writer.text(&rule.step.to_string());
    writer.flag(rule.exhaustive_stop);
    writer.flag(rule.integral_start);
    writer.text(rule.comparison.word());
    writer.text(&rule.tie.to_string());
    writer.raw(rule.seed.as_bytes());
}

fn write_lack(writer: &mut Writer, lack: &Lack) {
    match lack {
        Lack::Support => writer.byte(0),
        Lack::SharesOfSupporters { left, missing } => {
            writer.byte(1);
            writer.ratio(left);
            writer.ratio(missing);
        }
        Lack::Budget { missing } => {
            writer.byte(2);
            writer.number(*missing);
        }
        Lack::Stopped { before } => {
            writer.byte(3);
            writer.text(before);
        }
        Lack::Units { granted } => {
            writer.byte(4);
            writer.number(*granted);
        }
    }
}

impl Canonical for Outcome {
    fn canonical_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::new("majlis budget outcome", 1);
        write_rule(&mut writer, &self.rule);
        writer.number(self.budget);
        writer.number(self.voters);
        writer.byte(self.decimals);
        writer.list(&self.winners, |writer, one| {
            writer.text(&one.id);
            writer.number(one.cost);
            writer.number(one.votes);
            writer.byte(match one.how {
                How::Method => 0,
                How::Votes => 1,
                How::EverythingFits => 2,
            });
            for share in [&one.rho, &one.payment, &one.effective_votes] {
                writer.maybe(share.as_ref(), Writer::ratio);
            }
        });
        writer.number(self.spent);
        writer.maybe(self.endowment.as_ref(), |writer, one| {
            writer.ratio(&one.start);
            writer.ratio(&one.reached);
            writer.number(one.steps);
            writer.ratio(&one.virtual_part);
        });
        writer.list(&self.rounds, |writer, round| {
            writer.text(&round.chosen);
            writer.number(round.tied);
            writer.list(&round.standings, |writer, one| {
                writer.text(&one.id);
                writer.maybe(one.strength.as_ref(), Writer::ratio);
            });
        });
        writer.list(&self.losers, |writer, one| {
            writer.text(&one.id);
            writer.number(one.cost);
            writer.number(one.votes);
            write_lack(writer, &one.lack);
        });
        writer.list(&self.partly, |writer, one| {
            writer.text(&one.id);
            writer.number(one.amount);
        });
        writer.flag(self.replaced_by_greedy);
        writer.finish()
    }
}

impl Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Shown {
            winners: self.ids(),
            spent: self.money(self.spent),
            budget: self.money(self.budget),
            endowment: self
                .endowment
                .as_ref()
                .map(|one| self.share(&one.reached, 6)),
            hash: self.result_hash(),
            voters: self.voters,
            decimals: self.decimals,
            rule: &self.rule,
            money: self.endowment.as_ref(),
            funded: &self.winners,
            rounds: &self.rounds,
            losers: &self.losers,
            partly: &self.partly,
            replaced_by_greedy: self.replaced_by_greedy,
        }
        .serialize(serializer)
    }
}

/// An outcome as JSON: amounts in `winners` to `endowment` in the currency's unit, in the lists
/// below in the smallest unit.
#[derive(Serialize)]
struct Shown<'a> {
    winners: Vec<&'a str>,
    spent: String,
    budget: String,
    endowment: Option<String>,
    hash: ResultHash,
    voters: u64,
    decimals: u8,
    rule: &'a BudgetRule,
    money: Option<&'a Endowment>,
    funded: &'a [Winner],
    rounds: &'a [Round],
    losers: &'a [Loser],
    partly: &'a [Funding],
    replaced_by_greedy: bool,
}
