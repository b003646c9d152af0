//! Outcomes in the API's words: options get the labels that people read, fractions become decimals.
//! Not here: counting (`majlis_core::consultation::outcome`).

use std::collections::BTreeMap;

use majlis_core::consultation::Form;
use majlis_core::consultation::activity::Rule;
use majlis_core::consultation::outcome::{Counted, Turnout};
use majlis_core::id::SlotId;
use majlis_core::record::{StepKind, Subject};
use majlis_tally::Ratio;
use majlis_tally::budget::{How, Lack, Method, Outcome as BudgetOutcome, Utility};
use majlis_tally::opinion::{OpinionOutcome, Representative, Side};
use majlis_tally::petition::PetitionStanding;
use majlis_tally::poll::PollOutcome;
use majlis_tally::ranked::{Event, RankedOutcome};

use self::secret::secret;
use crate::api::ApiError;
use crate::api::outcome::{
    AreaStandingView, BudgetResultView, ContestView, ConversationResultView, CountEvent,
    ElectionResultView, EndowmentView, FundedView, GroupTrust, GroupView, LackView, LadderStanding,
    LoserView, NamedOption, PetitionResultView, PollOptionView, PollResultView, ResultView,
    SharedStatement, TurnoutView, VotedStatement,
};
use crate::api::proceedings::{StepName, SubjectView};
use crate::plain::{self, form as plain_form};

mod secret;

fn short(number: u64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn size(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn hundredths(ratio: &Ratio) -> String {
    (ratio * &Ratio::from(100)).decimal(1)
}

/// The labels of a ballot's options.
struct Labels<'f>(&'f Form);

impl Labels<'_> {
    fn named(&self, id: &str) -> NamedOption {
        let option = id.parse().unwrap_or(0);
        let options = self
            .0
            .ballot()
            .map_or(&[][..], |ballot| ballot.kind.options());
        let label = options.iter().find(|one| one.id == option);
        NamedOption {
            option,
            label: label.map(|one| one.label.clone()).unwrap_or_default(),
        }
    }

    fn all(&self, ids: &[String]) -> Vec<NamedOption> {
        ids.iter().map(|id| self.named(id)).collect()
    }
}

/// What a result is shown with, beside the form.
pub(crate) struct Words {
    /// What statements say.
    pub(crate) texts: BTreeMap<String, String>,
    /// Whose device this is, to find their place among points.
    pub(crate) mine: Option<SlotId>,
}

/// Who took part.
pub(crate) fn turnout(form: &Form, turnout: Option<Turnout>) -> Option<TurnoutView> {
    let turnout = turnout?;
    let source = form.activity.roll.as_ref().map(|roll| roll.source.clone());
    let part = Ratio::new(turnout.voices, turnout.people).unwrap_or_else(Ratio::zero);
    Some(TurnoutView {
        people: turnout.people,
        source: source.unwrap_or_default(),
        voices: short(turnout.voices),
        percent: hundredths(&part),
        quorum: turnout.quorum,
    })
}

/// What came out, as people read it.
pub(crate) fn result(form: &Form, counted: &Counted, words: &Words) -> ResultView {
    let labels = Labels(form);
    match counted {
        Counted::Survey => ResultView::Survey,
        Counted::Nothing(why) => ResultView::Nothing { why: why.clone() },
        Counted::Poll(one) => ResultView::Poll(poll(&labels, one)),
        Counted::Election(one) => ResultView::Election(election(&labels, one)),
        Counted::Budget(one) => ResultView::Budget(budget(&labels, one)),
        Counted::Petition(one) => ResultView::Petition(petition(&labels, one)),
        Counted::Conversation(one) => ResultView::Conversation(conversation(one, words)),
        Counted::Secret(one) => ResultView::Secret(secret(form, &labels, &one.0, one.1.as_ref())),
    }
}

fn poll(labels: &Labels<'_>, one: &PollOutcome) -> PollResultView {
    let options = one.results.iter().map(|option| {
        let NamedOption { option: id, label } = labels.named(&option.id);
        PollOptionView {
            option: id,
            label,
            votes: short(option.votes),
            total: option.total,
            mean: option.mean.decimal(2),
            percent: hundredths(&option.share_of_cast),
            by_value: option
                .by_value
                .iter()
                .map(|(value, count)| (*value, short(*count)))
                .collect(),
            passed: option.test.as_ref().map(|test| test.passed),
        }
    });
    // Nobody is first before anybody voted.
    let first = if one.results.iter().all(|option| option.votes == 0) {
        Vec::new()
    } else {
        labels.all(&one.first)
    };
    PollResultView {
        first,
        options: options.collect(),
        none_of_these: short(one.none_of_these),
    }
}

fn election(labels: &Labels<'_>, one: &RankedOutcome) -> ElectionResultView {
    ElectionResultView {
        winners: labels.all(&one.winners),
        order: one.order.iter().map(|place| labels.all(place)).collect(),
        scores: one
            .scores
            .iter()
            .map(|(id, score)| (labels.named(id), score.decimal(2)))
            .collect(),
        contests: one
            .contests
            .iter()
            .map(|pair| ContestView {
                one: labels.named(&pair.one),
                other: labels.named(&pair.other),
                for_one: short(pair.for_one),
                for_other: short(pair.for_other),
            })
            .collect(),
        log: one
            .log
            .iter()
            .map(|event| happened(labels, event))
            .collect(),
    }
}

fn happened(labels: &Labels<'_>, event: &Event) -> CountEvent {
    let new = |event: &str| CountEvent {
        event: event.to_owned(),
        round: None,
        options: Vec::new(),
        votes: None,
    };
    let held = |id: &String, votes: &Ratio| vec![(labels.named(id), Some(votes.decimal(5)))];
    let picked = |among: &[String], picked: &String| {
        let others = among.iter().filter(|id| *id != picked);
        let order = core::iter::once(picked).chain(others);
        order.map(|id| (labels.named(id), None)).collect()
    };
    match event {
        Event::Round {
            round,
            votes,
            exhausted,
        } => CountEvent {
            round: Some(short(*round)),
            options: votes
                .iter()
                .flat_map(|(id, votes)| held(id, votes))
                .collect(),
            votes: Some(exhausted.decimal(5)),
            ..new("round")
        },
        Event::Quota { votes } => CountEvent {
            votes: Some(votes.to_string()),
            ..new("quota")
        },
        Event::Elected { id, votes } => CountEvent {
            options: held(id, votes),
            ..new("elected")
        },
        Event::Transfer { from, surplus, .. } => CountEvent {
            options: vec![(labels.named(from), None)],
            votes: Some(surplus.decimal(5)),
            ..new("transfer")
        },
        Event::Excluded { id, votes } => CountEvent {
            options: held(id, votes),
            ..new("excluded")
        },
        Event::TieByRound {
            among,
            round,
            picked: one,
        } => CountEvent {
            round: Some(short(*round)),
            options: picked(among, one),
            ..new("tie-by-round")
        },
        Event::Tie { among, picked: one } => CountEvent {
            options: picked(among, one),
            ..new("tie")
        },
        Event::LastSeats { ids } => CountEvent {
            options: ids.iter().map(|id| (labels.named(id), None)).collect(),
            ..new("last-seats")
        },
        Event::DoesNotBeatStatusQuo { id, above, below } => CountEvent {
            options: vec![(labels.named(id), Some(below.to_string()))],
            votes: Some(above.to_string()),
            ..new("does-not-beat-status-quo")
        },
    }
}

fn budget(labels: &Labels<'_>, one: &BudgetOutcome) -> BudgetResultView {
    let currency = match &labels.0.activity.rule {
        Rule::Budget(rule) => rule.currency.clone(),
        Rule::Survey
        | Rule::Poll(_)
        | Rule::Election(_)
        | Rule::Petition(_)
        | Rule::Conversation(_) => String::new(),
    };
    let fine = one.decimals.max(2);
    let tied = |id: &str| {
        let round = one.rounds.iter().find(|round| round.chosen == id);
        round.map_or(0, |round| short(round.tied))
    };
    let earned = |id: &str| {
        if one.rule.method != Method::Phragmen {
            return None;
        }
        let round = one.rounds.iter().find(|round| round.chosen == id)?;
        let mut standings = round.standings.iter();
        let strength = standings.find(|one| one.id == id)?.strength.as_ref();
        strength.map(|money| one.share(money, fine))
    };
    let pointed = one.rule.utility == Utility::Points && one.rule.method != Method::Phragmen;
    let points = |all: &Ratio| pointed.then(|| all.to_string());
    let funded = one.winners.iter().map(|winner| {
        let NamedOption { option, label } = labels.named(&winner.id);
        FundedView {
            option,
            label,
            cost: one.money(winner.cost),
            votes: short(winner.votes),
            points: points(&winner.points),
            how: match winner.how {
                How::Method => "method",
                How::Votes => "votes",
                How::EverythingFits => "everything-fits",
            }
            .to_owned(),
            payment: winner.payment.as_ref().map(|paid| one.share(paid, fine)),
            effective_votes: winner
                .effective_votes
                .as_ref()
                .map(|votes| votes.decimal(1)),
            earned: earned(&winner.id),
            tied: tied(&winner.id),
        }
    });
    let losers = one.losers.iter().map(|loser| {
        let NamedOption { option, label } = labels.named(&loser.id);
        LoserView {
            option,
            label,
            cost: one.money(loser.cost),
            votes: short(loser.votes),
            points: points(&loser.points),
            lack: match &loser.lack {
                Lack::Support => LackView::Support,
                Lack::SharesOfSupporters { left, missing } => LackView::Shares {
                    left: one.share(left, fine),
                    missing: one.share(missing, fine),
                },
                Lack::Budget { missing } => LackView::Budget {
                    missing: one.money(*missing),
                },
                Lack::Stopped { before } => LackView::Stopped {
                    before: labels.named(before),
                },
                Lack::Units { granted } => LackView::Units {
                    granted: one.money(*granted),
                },
            },
        }
    });
    BudgetResultView {
        currency,
        money: one.money(one.budget),
        spent: one.money(one.spent),
        left: one.money(one.left()),
        funded: funded.collect(),
        losers: losers.collect(),
        endowment: one.endowment.as_ref().map(|given| EndowmentView {
            start: one.share(&given.start, fine),
            reached: one.share(&given.reached, fine),
            beyond: hundredths(&given.virtual_part),
        }),
        partly: one
            .partly
            .iter()
            .map(|part| (labels.named(&part.id), one.money(part.amount)))
            .collect(),
        replaced_by_greedy: one.replaced_by_greedy,
    }
}

fn petition(labels: &Labels<'_>, one: &PetitionStanding) -> PetitionResultView {
    let steps = one.steps.iter().map(|step| LadderStanding {
        name: step.name.clone(),
        required: short(step.required),
        missing: short(step.missing),
        reached: step.reached,
        answer_days: step.answer_days,
        areas_required: short(step.areas_required),
        areas_reached: short(step.areas_reached),
        by_area: step
            .areas
            .iter()
            .map(|area| AreaStandingView {
                area: labels.named(&area.area),
                signatures: short(area.signatures),
                missing: short(area.missing),
            })
            .collect(),
    });
    // A signature that names no area where there are none is of one area, the whole place.
    let none = one.areas == 0;
    PetitionResultView {
        signatures: short(one.valid),
        steps: steps.collect(),
        heard_from: if none { 0 } else { short(one.heard_from) },
        areas: short(one.areas),
        text_fixed: one.text_fixed,
    }
}

fn conversation(one: &OpinionOutcome, words: &Words) -> ConversationResultView {
    let text = |id: &str| words.texts.get(id).cloned().unwrap_or_default();
    let voted = |list: &[Representative]| -> Vec<VotedStatement> {
        list.iter()
            .map(|one| VotedStatement {
                statement: one.statement.clone(),
                text: text(&one.statement),
                agrees: match one.side {
                    Side::Agree => true,
                    Side::Disagree => false,
                },
                votes: size(one.votes),
                seen: size(one.seen),
                significant: one.significant,
            })
            .collect()
    };
    let shared = |statement: &str, part: &Ratio| SharedStatement {
        statement: statement.to_owned(),
        text: text(statement),
        percent: hundredths(part),
    };
    let place = |at: [i64; 2], group: Option<usize>| {
        let coordinate = |billionths: i64| i32::try_from(billionths / 1_000).unwrap_or(i32::MAX);
        (coordinate(at[0]), coordinate(at[1]), group.map(size))
    };
    let groups = one.representative.iter().enumerate().map(|(group, says)| {
        let people = one.points.iter().filter(|point| point.group == Some(group));
        GroupView {
            people: size(people.count()),
            says: voted(says),
        }
    });
    // In the order of places: the order of slots would tell whose is whose.
    let mut points: Vec<_> = one
        .points
        .iter()
        .map(|point| place(point.at, point.group))
        .collect();
    points.sort_unstable();
    let mine = words.mine.map(|slot| slot.to_string());
    let mine = one
        .points
        .iter()
        .find(|point| Some(&point.participant) == mine.as_ref());
    let grouped = one.points.len();
    let [agree, disagree] = &one.overall;
    ConversationResultView {
        people: size(one.participants),
        grouped: size(grouped),
        statements: size(one.statements),
        trust: match (grouped, one.clear) {
            (0..30, _) => GroupTrust::Few,
            (30..100, _) => GroupTrust::Some,
            (_, false) => GroupTrust::Unclear,
            (_, true) => GroupTrust::Clear,
        },
        groups: groups.collect(),
        consensus: one
            .consensus
            .iter()
            .map(|one| shared(&one.statement, &one.agreement))
            .collect(),
        agree: voted(agree),
        disagree: voted(disagree),
        bridges: one
            .bridges
            .iter()
            .map(|one| shared(&one.statement, &one.score))
            .collect(),
        points,
        mine: mine.map(|point| place(point.at, point.group)),
    }
}

pub(crate) const fn step_name(kind: StepKind) -> StepName {
    match kind {
        StepKind::LetIn => StepName::LetIn,
        StepKind::Hidden => StepName::Hidden,
        StepKind::Merged => StepName::Merged,
        StepKind::Feasible => StepName::Feasible,
        StepKind::Infeasible => StepName::Infeasible,
        StepKind::Milestone => StepName::Milestone,
        StepKind::Noted => StepName::Noted,
        StepKind::Admitted => StepName::Admitted,
        StepKind::Refused => StepName::Refused,
        StepKind::Received => StepName::Received,
        StepKind::Answered => StepName::Answered,
        StepKind::FollowedUp => StepName::FollowedUp,
        StepKind::Heard => StepName::Heard,
        StepKind::Done => StepName::Done,
        StepKind::NotDone => StepName::NotDone,
        StepKind::OpenUntil => StepName::OpenUntil,
        // Told of a day, and shown there.
        StepKind::Refusals
        | StepKind::Aim
        | StepKind::Drawn
        | StepKind::SaidSame
        | StepKind::SaidOther
        | StepKind::NotAsked
        | StepKind::Unknown(_) => StepName::Unknown,
    }
}

/// The kind that a name stands for; one of a newer version cannot be made here.
pub(crate) fn step_kind(name: StepName) -> Result<StepKind, ApiError> {
    let mut all = StepKind::ALL.iter().copied();
    let mut all = all.by_ref().filter(|kind| !kind.is_of_the_field());
    let found = all.find(|kind| step_name(*kind) == name);
    found.ok_or_else(|| plain::bad("kind of step"))
}

pub(crate) fn subject_view(subject: Subject) -> SubjectView {
    match subject {
        Subject::Whole => SubjectView::Whole,
        Subject::Question(id) => SubjectView::Question(plain_form::question_id(id)),
        Subject::Option(id) => SubjectView::Option(id),
        Subject::Statement(id) => SubjectView::Statement(id.to_string()),
        Subject::Voice(slot) => SubjectView::Voice(slot.to_string()),
    }
}

pub(crate) fn subject(view: &SubjectView) -> Result<Subject, ApiError> {
    Ok(match view {
        SubjectView::Whole => Subject::Whole,
        SubjectView::Question(id) => Subject::Question(
            plain_form::read_question_id(id).ok_or_else(|| plain::missing("question").about(id))?,
        ),
        SubjectView::Option(id) => Subject::Option(*id),
        SubjectView::Statement(id) => Subject::Statement(plain::id(id, "statement")?),
        SubjectView::Voice(slot) => Subject::Voice(plain::id(slot, "answer")?),
    })
}
