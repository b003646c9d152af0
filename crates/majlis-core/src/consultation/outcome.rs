//! The outcome of an activity: the ballots that count, given one by one in order of slot, and the
//! pinned rule, to what `majlis_tally` counts. The result has one canonical form and a hash: every
//! device that counts the same ballots gets the same.
//! Not here: which ballots count (`count`), the methods (`majlis_tally`).
//!
//! **The lot** that breaks the last ties is drawn from a seed over the form and, per option, how many
//! ballots name it and what they give it together: the very figures that are announced. Salts,
//! times, notes, slots, claims, empty entries and ballots that name nothing do not change it, so
//! nobody can draw again by signing again, as one could with a hash over entries. Two can still touch
//! it, and both leave their trace in the figures: whoever casts the last ballot while knowing all
//! others chooses among the ballots that they may cast, each counted as it says; and whoever closes
//! chooses which entries are named. The form was frozen before there were figures.

use std::collections::BTreeMap;

use majlis_tally::budget;
use majlis_tally::opinion::{self, Opinion, OpinionOutcome, Votes};
use majlis_tally::petition::{self, PetitionStanding, Signature};
use majlis_tally::poll::{self, PollKind, PollOutcome};
use majlis_tally::ranked::{self, RankedOutcome};
use majlis_tally::{Canonical as _, LotSeed, Ratio};

use self::ballots::{budget_election, ranked_election};
use super::activity::{BudgetBallot, BudgetRule, ConversationRule, PollRule, Rule, opinion_rule};
use super::form::{Answer, Form};
use super::secret::{SecretOutcome, Voices};
use super::statement::{Heard, Standing};
use super::tally::{OutOfOrder, Results, Tally};
use crate::id::{FormId, QuestionId, SlotId, StatementId};

mod ballots;
pub mod explain;
mod secret;
pub mod trial;

/// What came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// How many count, and the figures of each question.
    pub results: Results,
    /// Who took part, of how many; `None` where the form does not say how many are entitled.
    pub turnout: Option<Turnout>,
    /// What the rule of the activity makes of it.
    pub counted: Counted,
}

/// How many of those entitled took part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Turnout {
    /// Who are entitled, as the form says.
    pub people: u32,
    /// Voices that count.
    pub voices: u64,
    /// Whether the quorum is reached; `None` where there is none.
    pub quorum: Option<bool>,
}

/// What the rule of an activity makes of its ballots.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Nothing beyond the figures of each question.
    Survey,
    /// A poll.
    Poll(Box<PollOutcome>),
    /// An election.
    Election(Box<RankedOutcome>),
    /// A budget.
    Budget(Box<budget::Outcome>),
    /// A petition.
    Petition(Box<PetitionStanding>),
    /// A conversation.
    Conversation(Box<OpinionOutcome>),
    /// A secret vote, and, where its totals are known and say all that its rule asks for, the poll.
    Secret(Box<(SecretOutcome, Option<PollOutcome>)>),
    /// Nothing can be counted (yet), and why, in English: nobody voted, or numbers are out of range.
    Nothing(String),
}

/// A count under way.
#[derive(Debug)]
pub struct Count {
    form: Form,
    id: FormId,
    tally: Tally,
    ballot: Option<QuestionId>,
    statements: BTreeMap<StatementId, bool>,
    ballots: Ballots,
}

/// Ballots, equal ones together where the method does not ask who cast them.
#[derive(Debug)]
enum Ballots {
    None,
    Poll(BTreeMap<poll::Answer, u64>),
    Ranked(BTreeMap<Vec<u16>, u64>),
    Budget(BTreeMap<Vec<(u16, u32)>, u64>),
    Signatures(BTreeMap<Option<u16>, u64>),
    Votes(Vec<(SlotId, Vec<(StatementId, i8)>)>),
    Secret(Voices),
}

impl Count {
    /// Begins a count of answers to `form`. `heard` are the statements of a conversation.
    #[must_use]
    pub fn new(id: FormId, form: &Form, heard: &[Heard]) -> Self {
        let ballots = match &form.activity.rule {
            _ if form.secret_ballots().is_some() => Ballots::Secret(Vec::new()),
            Rule::Survey => Ballots::None,
            Rule::Poll(_) => Ballots::Poll(BTreeMap::new()),
            Rule::Election(_) => Ballots::Ranked(BTreeMap::new()),
            Rule::Budget(_) => Ballots::Budget(BTreeMap::new()),
            Rule::Petition(_) => Ballots::Signatures(BTreeMap::new()),
            Rule::Conversation(_) => Ballots::Votes(Vec::new()),
        };
        let asked = heard.iter().filter(|one| match one.standing {
            Standing::In | Standing::Hidden | Standing::Merged => true,
            Standing::Waiting => false,
        });
        Self {
            id,
            tally: Tally::new(id, form),
            ballot: form.ballot().map(|ballot| ballot.id),
            statements: asked
                .map(|one| (one.id, one.standing == Standing::In))
                .collect(),
            ballots,
            form: form.clone(),
        }
    }

    /// Adds the ballot that counts of one slot.
    ///
    /// # Errors
    /// [`OutOfOrder`] when `slot` is not after the slot added before.
    pub fn add(
        &mut self,
        slot: SlotId,
        assisted: bool,
        answers: &[(QuestionId, Answer)],
    ) -> Result<(), OutOfOrder> {
        self.tally.add(slot, assisted, answers)?;
        let answer = answers.iter().find(|(id, _)| Some(*id) == self.ballot);
        let answer = answer.map(|(_, answer)| answer);
        let one_more = |count: &mut u64| *count = count.saturating_add(1);
        match (&mut self.ballots, &self.form.activity.rule) {
            (Ballots::Poll(ballots), Rule::Poll(rule)) => {
                if let Some(answer) = answer {
                    let said = poll_answer(rule, answer);
                    one_more(ballots.entry(said).or_default());
                }
            }
            (Ballots::Ranked(ballots), Rule::Election(rule)) => {
                if let Some(Answer::Ranking(order)) = answer {
                    let mut order = order.clone();
                    // Without anybody preferred, it is a ballot still.
                    order.retain(|option| Some(*option) != rule.abstain);
                    one_more(ballots.entry(order).or_default());
                }
            }
            (Ballots::Budget(ballots), Rule::Budget(rule)) => {
                if let Some(answer) = answer {
                    one_more(ballots.entry(budget_ballot(rule, answer)).or_default());
                }
            }
            (Ballots::Signatures(areas), _) => {
                let area = match answer {
                    Some(Answer::Choices(chosen)) => chosen.first().copied(),
                    _ => None,
                };
                one_more(areas.entry(area).or_default());
            }
            (Ballots::Votes(votes), _) => {
                if let Some(Answer::Votes(said)) = answer {
                    let known = |(id, _): &&(StatementId, i8)| self.statements.contains_key(id);
                    votes.push((slot, said.iter().filter(known).copied().collect()));
                }
            }
            (Ballots::Secret(voices), _) => {
                if let Some(Answer::Sealed(bytes)) = answer {
                    voices.push((slot, bytes.clone()));
                }
            }
            (Ballots::None | Ballots::Poll(_) | Ballots::Ranked(_) | Ballots::Budget(_), _) => {}
        }
        Ok(())
    }

    /// The outcome; of a secret vote, which [`Count::finish_secret`] finishes, nothing.
    #[must_use]
    pub fn finish(self) -> Outcome {
        let Self {
            form,
            id,
            tally,
            ballots,
            statements,
            ..
        } = self;
        let results = tally.finish();
        let voices = results.counted.all();
        let seed = seed(id, &ballots);
        let turnout = turnout(&form, voices);
        let counted = counted(&form, &ballots, &statements, seed, voices);
        Outcome {
            results,
            turnout,
            counted: counted.unwrap_or_else(Counted::Nothing),
        }
    }

    /// The votes of a conversation so far; `None` for other activities.
    #[must_use]
    pub fn votes(&self) -> Option<Votes> {
        match &self.ballots {
            Ballots::Votes(votes) => opinions(votes, &self.statements).ok(),
            Ballots::None
            | Ballots::Poll(_)
            | Ballots::Ranked(_)
            | Ballots::Budget(_)
            | Ballots::Signatures(_)
            | Ballots::Secret(_) => None,
        }
    }
}

/// How many of those entitled took part.
fn turnout(form: &Form, voices: u64) -> Option<Turnout> {
    form.activity.roll.as_ref().map(|roll| Turnout {
        people: roll.people,
        voices,
        quorum: form.activity.quorum.map(|quorum| {
            let part = Ratio::new(voices.saturating_mul(100), roll.people);
            part.is_some_and(|part| part >= quorum.ratio())
        }),
    })
}

impl Outcome {
    /// The hash: equal on every device that counted the same ballots by the same rule.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let (kind, bytes) = match &self.counted {
            Counted::Survey => (0_u8, Vec::new()),
            Counted::Poll(one) => (1, one.canonical_bytes()),
            Counted::Election(one) => (2, one.canonical_bytes()),
            Counted::Budget(one) => (3, one.canonical_bytes()),
            Counted::Petition(one) => (4, one.canonical_bytes()),
            Counted::Conversation(one) => (5, one.canonical_bytes()),
            Counted::Nothing(_) => (6, Vec::new()),
            Counted::Secret(one) => {
                let (secret, poll) = &**one;
                let mut bytes = secret.hash().to_vec();
                if let Some(poll) = poll {
                    bytes.extend(poll.canonical_bytes());
                }
                (7, bytes)
            }
        };
        *blake3::Hasher::new_derive_key("majlis 2026 outcome v1")
            .update(&self.results.hash())
            .update(&[kind])
            .update(&bytes)
            .finalize()
            .as_bytes()
    }
}

/// The statement that a voice sees next, drawn by weight among those it has not seen: the same on
/// every device that holds the same votes. `None` when all are seen.
#[must_use]
pub fn next_statement(
    (id, rule): (FormId, &ConversationRule),
    votes: &Votes,
    slot: SlotId,
) -> Option<StatementId> {
    let slot = slot.to_string();
    let rows = votes.participant(&slot).and_then(|at| votes.rows().get(at));
    let seen = u64::try_from(rows.map_or(0, Vec::len)).unwrap_or(u64::MAX);
    let mut draw = id.as_bytes().to_vec();
    draw.extend_from_slice(&seen.to_be_bytes());
    let weights = opinion::statement_weights(votes, &opinion_rule(rule));
    opinion::next_statement(votes, &weights, &slot, &draw)?
        .parse()
        .ok()
}

fn seed(form: FormId, ballots: &Ballots) -> LotSeed {
    let mut named: BTreeMap<String, (u64, i64)> = BTreeMap::new();
    let mut add = |option: String, given: i64, count: u64| {
        let (ballots, total) = named.entry(option).or_default();
        *ballots = ballots.saturating_add(count);
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        *total = total.saturating_add(given.saturating_mul(count));
    };
    match ballots {
        Ballots::Poll(ballots) => {
            for (answer, count) in ballots {
                match answer {
                    poll::Answer::Options(values) => values
                        .iter()
                        .for_each(|(id, value)| add(id.clone(), *value, *count)),
                    poll::Answer::NoneOfThese | poll::Answer::Words => {}
                }
            }
        }
        // Who comes first, as it is read out.
        Ballots::Ranked(ballots) => ballots.iter().for_each(|(order, count)| {
            let first = order.first();
            first
                .into_iter()
                .for_each(|id| add(id.to_string(), 1, *count));
        }),
        Ballots::Budget(ballots) => ballots.iter().for_each(|(points, count)| {
            let each = points.iter();
            each.for_each(|(id, points)| add(id.to_string(), i64::from(*points), *count));
        }),
        Ballots::None | Ballots::Signatures(_) | Ballots::Votes(_) | Ballots::Secret(_) => {}
    }
    let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 lot v1");
    hasher.update(form.as_bytes());
    for (option, (ballots, total)) in named {
        hasher.update(blake3::hash(option.as_bytes()).as_bytes());
        hasher
            .update(&ballots.to_be_bytes())
            .update(&total.to_be_bytes());
    }
    LotSeed::new(hasher.finalize().as_bytes().to_vec())
}

fn poll_answer(rule: &PollRule, answer: &Answer) -> poll::Answer {
    let (kind, none) = (rule.kind, rule.none_of_these);
    let one = |id: &u16| (id.to_string(), 1);
    match answer {
        Answer::Choices(chosen) | Answer::Ranking(chosen)
            if none.is_some_and(|none| chosen.contains(&none)) =>
        {
            poll::Answer::NoneOfThese
        }
        Answer::Points(points) if points.iter().any(|(id, _)| Some(*id) == none) => {
            poll::Answer::NoneOfThese
        }
        Answer::Choices(chosen) => poll::Answer::Options(chosen.iter().map(one).collect()),
        Answer::Ranking(order) => {
            // What stands below the last place that gives points gives none.
            let most = match rule.places {
                0 => order.len(),
                places => usize::from(places),
            };
            let places = (1_i64..)
                .zip(order.iter().take(most))
                .map(|(place, id)| (id.to_string(), place));
            poll::Answer::Options(places.collect())
        }
        Answer::Points(points) => {
            let points = points
                .iter()
                .map(|(id, given)| (id.to_string(), i64::from(*given)));
            poll::Answer::Options(points.collect())
        }
        Answer::Text(_) if kind == PollKind::Question => poll::Answer::Words,
        Answer::Text(_)
        | Answer::Number(_)
        | Answer::Scale(_)
        | Answer::Date(_)
        | Answer::Photo(_)
        | Answer::Sound(_)
        | Answer::Votes(_)
        | Answer::Time(_)
        | Answer::DateTime(_)
        | Answer::Place(_)
        | Answer::Acknowledged
        | Answer::Rows(_)
        | Answer::Sealed(_) => poll::Answer::Words,
    }
}

fn budget_ballot(rule: &BudgetRule, answer: &Answer) -> Vec<(u16, u32)> {
    match (rule.ballot, answer) {
        (BudgetBallot::Ranked, Answer::Ranking(order)) => {
            let all = u32::try_from(rule.projects.len()).unwrap_or(u32::MAX);
            let points = (0_u32..).zip(order);
            let mut points: Vec<(u16, u32)> = points
                .map(|(above, id)| (*id, all.saturating_sub(above)))
                .collect();
            points.sort_unstable();
            points
        }
        (_, Answer::Choices(chosen)) => chosen.iter().map(|id| (*id, 1)).collect(),
        (_, Answer::Points(points)) => points.clone(),
        _ => Vec::new(),
    }
}

fn opinions(
    votes: &[(SlotId, Vec<(StatementId, i8)>)],
    statements: &BTreeMap<StatementId, bool>,
) -> Result<Votes, String> {
    let names: BTreeMap<StatementId, String> =
        statements.keys().map(|id| (*id, id.to_string())).collect();
    let asked = statements.iter().map(|(id, shown)| opinion::Statement {
        id: id.to_string(),
        moderated_out: !shown,
        metadata: false,
    });
    let voters: Vec<String> = votes.iter().map(|(slot, _)| slot.to_string()).collect();
    let each = votes.iter().zip(&voters).flat_map(|((_, said), voter)| {
        said.iter().filter_map(|(id, vote)| {
            let opinion = match vote.signum() {
                1 => Opinion::Agree,
                -1 => Opinion::Disagree,
                _ => Opinion::Pass,
            };
            Some((voter.as_str(), names.get(id)?.as_str(), opinion))
        })
    });
    Votes::new(asked.collect(), each).map_err(|error| error.to_string())
}

fn counted(
    form: &Form,
    ballots: &Ballots,
    statements: &BTreeMap<StatementId, bool>,
    seed: LotSeed,
    voices: u64,
) -> Result<Counted, String> {
    // A peer's form is counted only if it could have been opened here.
    form.check_rule().map_err(|error| error.to_string())?;
    if matches!(ballots, Ballots::Secret(_)) {
        return Err("the secret vote could not have been opened as its form says".to_owned());
    }
    match (&form.activity.rule, ballots) {
        (Rule::Poll(rule), Ballots::Poll(ballots)) => {
            let ballot = form.ballot().ok_or("the form has no ballot")?;
            let roll = form.activity.roll.as_ref();
            // More voices than the roll has people are shown as such, and break no count.
            let eligible = roll.map(|roll| u64::from(roll.people).max(voices));
            let rule = rule.tallied(ballot, eligible, seed);
            let each = ballots
                .iter()
                .flat_map(|(answer, count)| (0..*count).map(move |_| answer));
            // Nobody's name: the tally only has to tell them apart.
            let names: Vec<String> = (0..voices).map(|number| number.to_string()).collect();
            let voices = names.iter().map(String::as_str).zip(each);
            let outcome = poll::count(&rule, voices).map_err(|error| error.to_string())?;
            Ok(Counted::Poll(Box::new(outcome)))
        }
        (Rule::Election(rule), Ballots::Ranked(ballots)) => {
            let election = ranked_election(form, rule, ballots)?;
            let outcome = ranked::count(&election, &rule.tallied(seed));
            let outcome = outcome.map_err(|error| error.to_string())?;
            Ok(Counted::Election(Box::new(outcome)))
        }
        (Rule::Budget(rule), Ballots::Budget(ballots)) => {
            let election = budget_election(rule, ballots)?;
            let outcome = budget::count(&election, &rule.tallied(seed));
            let outcome = outcome.map_err(|error| error.to_string())?;
            Ok(Counted::Budget(Box::new(outcome)))
        }
        (Rule::Petition(rule), Ballots::Signatures(areas)) => {
            let mut number = 0_u64;
            let each = areas
                .iter()
                .flat_map(|(area, count)| (0..*count).map(move |_| area));
            let signatures: Vec<Signature> = each
                .map(|area| {
                    number = number.saturating_add(1);
                    Signature {
                        person: number.to_string(),
                        area: area.map_or_else(String::new, |area| area.to_string()),
                        day: 0,
                        age: None,
                        withdrawn: false,
                    }
                })
                .collect();
            let standing = petition::count(&rule.tallied(), &rule.place(form), &signatures);
            let standing = standing.map_err(|error| error.to_string())?;
            Ok(Counted::Petition(Box::new(standing)))
        }
        (Rule::Conversation(rule), Ballots::Votes(votes)) => {
            let votes = opinions(votes, statements)?;
            let outcome = opinion::count(&votes, &opinion_rule(rule));
            Ok(Counted::Conversation(Box::new(outcome)))
        }
        (
            Rule::Survey
            | Rule::Poll(_)
            | Rule::Election(_)
            | Rule::Budget(_)
            | Rule::Petition(_)
            | Rule::Conversation(_),
            _,
        ) => Ok(Counted::Survey),
    }
}
