//! Calls about ideas that people bring into a conversation: keeping one apart from what it was joined to, what
//! became of one's own, and the draft of a budget from those that can be done.
//! Not here: what stands joined (`majlis_core::consultation::statement`).

use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::activity::{
    Activity, BudgetRule, MAX_ABOUT, MAX_PROJECTS, Project, Rule, Shown,
};
use majlis_core::consultation::outcome::Count;
use majlis_core::consultation::statement::{Heard, Placed, Standing, standing};
use majlis_core::consultation::{Choice, Form, Question, QuestionKind, Stage};
use majlis_core::id::{LaneClass, LaneId, QuestionId, StatementId};
use majlis_core::record::request::Says;
use majlis_core::record::step::MAX_STEP_TEXT;
use majlis_core::record::{RecordId, Step, StepKind, Subject};
use majlis_store::{Proceedings, ProcessRow};
use majlis_tally::explain::opinion::wanted;

use crate::api::proceedings::{BudgetOfIdeas, FeasibilityView, KeepApart};
use crate::api::process::ConsultationRef;
use crate::api::{ApiError, ErrorCode, Nothing};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, not_open};
use crate::plain;

/// The longest name of a project, evidence or list of proposers, in bytes.
const MAX_WORDS: usize = 1_000;

impl Node {
    pub(super) async fn keep_apart(&self, keep: KeepApart) -> Result<Nothing, ApiError> {
        let lane = lane(&keep.consultation)?;
        let statement = plain::id(&keep.statement, "statement")?;
        self.at(&keep.space, move |desk| {
            desk.keep_apart(lane, statement, keep.text.trim())
        })
        .await
    }

    pub(super) async fn budget_of_ideas(
        &self,
        at: BudgetOfIdeas,
    ) -> Result<ConsultationRef, ApiError> {
        let from = lane(&at.consultation)?;
        let to = LaneId::new(LaneClass::Process, clock::fresh());
        let title = cut(at.title.trim(), MAX_WORDS);
        let count = self.at(&at.space, move |desk| desk.votes_to_order(from));
        let count = count.await?;
        // The order of many statements takes its time, while the space goes on.
        let wanted = tokio::task::spawn_blocking(move || places(count)).await;
        let wanted =
            wanted.map_err(|_| ApiError::new(ErrorCode::Internal, "ordering statements"))?;
        self.at(&at.space, move |desk| {
            desk.budget_of_ideas(from, to, title, &wanted)
        })
        .await?;
        Ok(ConsultationRef {
            space: at.space,
            consultation: to.to_string(),
        })
    }
}

/// The places of statements in the list of what is wanted most.
fn places(count: Option<Count>) -> BTreeMap<String, usize> {
    let votes = count.and_then(|count| count.votes());
    let order = votes.map(|votes| wanted(&votes)).unwrap_or_default();
    let ids = order.into_iter().map(|one| one.statement);
    ids.enumerate().map(|(at, id)| (id, at)).collect()
}

/// A text cut at a letter so that it fits.
fn cut(text: &str, most: usize) -> String {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default().to_owned()
}

/// Steps about statements that stand, by the statement.
fn about(said: &Proceedings) -> BTreeMap<StatementId, Vec<&Placed<Step>>> {
    let mut found: BTreeMap<StatementId, Vec<&Placed<Step>>> = BTreeMap::new();
    for step in standing(&said.steps) {
        if let Subject::Statement(id) = step.said.about {
            found.entry(id).or_default().push(step);
        }
    }
    found
}

/// What officers found about an idea: of several, that it cannot be done goes before that it can, and the
/// larger cost before the smaller.
fn finding<'s>(steps: &[&'s Placed<Step>]) -> Option<&'s Step> {
    let found = steps.iter().map(|step| &step.said);
    let found = found.filter(|step| matches!(step.kind, StepKind::Feasible | StepKind::Infeasible));
    found.max_by_key(|step| (step.kind == StepKind::Infeasible, step.number))
}

/// What became of statements, as it is told beside each.
pub(super) struct Told<'s> {
    about: BTreeMap<StatementId, Vec<&'s Placed<Step>>>,
    apart: BTreeSet<RecordId>,
}

impl<'s> Told<'s> {
    pub(super) fn of(said: &'s Proceedings) -> Self {
        let apart = said.requests.iter().filter_map(|one| match &one.said.says {
            Says::Apart { step, .. } => Some(*step),
            Says::Erase { .. } | Says::Reply { .. } => None,
        });
        Self {
            about: about(said),
            apart: apart.collect(),
        }
    }

    fn steps(&self, id: StatementId) -> &[&'s Placed<Step>] {
        self.about.get(&id).map_or(&[], Vec::as_slice)
    }

    fn merges(&self, id: StatementId) -> impl Iterator<Item = &'s Placed<Step>> {
        let steps = self.steps(id).iter().copied();
        steps.filter(|step| step.said.kind == StepKind::Merged)
    }

    /// Whether somebody who said it asked that it stand by itself.
    pub(super) fn is_apart(&self, id: StatementId) -> bool {
        self.merges(id).any(|step| self.apart.contains(&step.id))
    }

    pub(super) fn finding(&self, id: StatementId) -> Option<FeasibilityView> {
        let step = finding(self.steps(id))?;
        Some(FeasibilityView {
            feasible: step.kind == StepKind::Feasible,
            text: step.text.clone(),
            cost: step.number,
        })
    }
}

/// Whether a step tells whoever said an idea what becomes of it.
const fn tells(kind: StepKind) -> bool {
    matches!(
        kind,
        StepKind::Merged | StepKind::Hidden | StepKind::Feasible | StepKind::Infeasible
    )
}

impl Desk {
    fn ideas_key(&self, lane: LaneId) -> String {
        format!("ideas-read/{}/{lane}", self.id())
    }

    fn ideas_mark(&self, row: &ProcessRow, said: &Proceedings) -> Result<String, ApiError> {
        let me = self.space.me();
        let heard = self.heard(row.lane, false)?;
        let mine = heard
            .iter()
            .filter(|one| one.by.iter().any(|(_, by)| *by == me));
        let told = Told::of(said);
        let mut ids: Vec<String> = mine
            .flat_map(|one| told.steps(one.id))
            .filter(|step| tells(step.said.kind) && step.device != me)
            .map(|step| format!("{}/{}", step.id.entry, step.id.index))
            .collect();
        ids.sort_unstable();
        Ok(if ids.is_empty() {
            String::new()
        } else {
            blake3::hash(ids.join("\n").as_bytes()).to_string()
        })
    }

    /// Whether something became of an idea of this person's that they did not see yet.
    pub(super) fn is_told_of_idea(&self, row: &ProcessRow) -> Result<bool, ApiError> {
        let talk = row
            .opening
            .as_ref()
            .is_some_and(|opening| matches!(opening.form.activity.rule, Rule::Conversation(_)));
        if !talk {
            return Ok(false);
        }
        let mark = self.ideas_mark(row, &self.proceedings(row.lane)?)?;
        let read = self.store.draft(&self.ideas_key(row.lane));
        let read = read.map_err(|error| store_error(&error))?;
        Ok(!mark.is_empty() && read.is_none_or(|read| read.value != mark))
    }

    /// This person sees what became of their ideas.
    pub(super) fn note_ideas_read(
        &self,
        row: &ProcessRow,
        said: &Proceedings,
    ) -> Result<(), ApiError> {
        let (key, mark) = (self.ideas_key(row.lane), self.ideas_mark(row, said)?);
        let before = self.store.draft(&key);
        let before = before.map_err(|error| store_error(&error))?;
        if before.map_or(String::new(), |before| before.value) != mark {
            let put = self.store.put_draft(&key, &mark, clock::now());
            put.map_err(|error| store_error(&error))?;
        }
        Ok(())
    }

    /// Asks that a statement which this person said, and which is joined to another one, stand by itself.
    fn keep_apart(
        &mut self,
        lane: LaneId,
        statement: StatementId,
        text: &str,
    ) -> Result<Nothing, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if row.is_closed() {
            return Err(not_open());
        }
        if text.len() > MAX_STEP_TEXT {
            return Err(plain::bad("text"));
        }
        let me = self.space.me();
        let heard = self.heard(lane, false)?;
        let mine = |one: &&Heard| {
            one.id == statement
                && one.standing == Standing::Merged
                && one.by.iter().any(|(_, device)| *device == me)
        };
        let missing = || plain::missing("statement").about(statement.to_string());
        heard.iter().find(mine).ok_or_else(missing)?;
        let said = self.proceedings(lane)?;
        let told = Told::of(&said);
        let merges: Vec<RecordId> = told.merges(statement).map(|step| step.id).collect();
        for step in merges {
            let text = text.to_owned();
            self.request(lane, opening.form_id, Says::Apart { step, text })?;
        }
        Ok(Nothing {})
    }

    /// The votes that ideas are ordered by; none while the outcome is withheld from anybody: the draft is
    /// everybody's, and must not tell of it.
    fn votes_to_order(&mut self, lane: LaneId) -> Result<Option<Count>, ApiError> {
        let (row, opening) = self.opened(lane)?;
        if !row.is_closed() && opening.form.activity.shown != Shown::Always {
            return Ok(None);
        }
        let count = self.store.count(self.id(), row.lane);
        count.map_err(|error| store_error(&error))
    }

    /// Makes the draft of a budget on `to` from the ideas of a conversation that are in and that nobody found
    /// out cannot be done, each with what was joined to it. What is wanted most comes first, and stays where
    /// there are more than a budget takes.
    fn budget_of_ideas(
        &mut self,
        from: LaneId,
        to: LaneId,
        title: String,
        wanted: &BTreeMap<String, usize>,
    ) -> Result<(), ApiError> {
        let (row, opening) = self.opened(from)?;
        let title = if title.is_empty() {
            opening.form.title.clone()
        } else {
            title
        };
        let Rule::Conversation(_) = opening.form.activity.rule else {
            return Err(plain::missing("conversation"));
        };
        let heard = self.heard(from, row.is_closed())?;
        let said = self.proceedings(from)?;
        let told = Told::of(&said);
        let inside = heard.iter().filter(|one| {
            let found = finding(told.steps(one.id));
            one.standing == Standing::In && found.is_none_or(|step| step.kind == StepKind::Feasible)
        });
        let mut inside: Vec<&Heard> = inside.collect();
        // What nobody said a word about is behind; where nothing is ordered, all stay as they came.
        let place = |one: &&Heard| wanted.get(&one.id.to_string()).copied();
        inside.sort_by_key(|one| place(one).unwrap_or(usize::MAX));
        inside.truncate(MAX_PROJECTS);
        if inside.is_empty() {
            return Err(plain::missing("ideas"));
        }
        let mut options = Vec::new();
        let mut projects = Vec::new();
        for (number, one) in (1_u16..).zip(inside) {
            let joined: Vec<&Heard> = joined_to(one.id, &heard, &told);
            let found = finding(told.steps(one.id));
            let text = joined.iter().map(|other| other.text.as_str());
            let lines: Vec<&str> = text.collect();
            options.push(Choice {
                id: number,
                label: cut(&one.text, MAX_WORDS),
                details: Default::default(),
            });
            projects.push(Project {
                option: number,
                cost: found
                    .and_then(|step| u64::try_from(step.number?).ok())
                    .unwrap_or(0),
                about: cut(&lines.join("\n"), MAX_ABOUT),
                proposer: self.proposers(one, &joined),
                evidence: found.map_or_else(String::new, |step| cut(&step.text, MAX_WORDS)),
                ..Project::default()
            });
        }
        let form = Form {
            title: title.clone(),
            description: opening.form.description.clone(),
            audience: opening.form.audience.clone(),
            stage: Stage::Decide,
            questions: vec![Question {
                id: QuestionId::from_bytes(clock::fresh()),
                label: title,
                hint: String::new(),
                required: true,
                kind: QuestionKind::MultipleChoice { options, most: 0 },
                details: Default::default(),
            }],
            activity: Activity {
                rule: Rule::Budget(Box::new(BudgetRule::usual(projects))),
                ..Activity::default()
            },
            ..Form::empty()
        };
        self.define(to, form)
    }

    /// Who brought an idea and what was joined to it, by name.
    fn proposers(&self, one: &Heard, joined: &[&Heard]) -> String {
        let roster = self.space.roster();
        let all = [one].into_iter().chain(joined.iter().copied());
        let devices = all.flat_map(|one| one.by.iter().map(|(_, device)| *device));
        let names: BTreeSet<&str> = devices.filter_map(|device| roster.name(device)).collect();
        let names: Vec<&str> = names.into_iter().filter(|name| !name.is_empty()).collect();
        cut(&names.join(", "), MAX_WORDS)
    }
}

/// What became part of a statement, directly or by way of another one.
fn joined_to<'h>(into: StatementId, heard: &'h [Heard], told: &Told<'_>) -> Vec<&'h Heard> {
    let mut found: Vec<&Heard> = Vec::new();
    let mut reached = BTreeSet::from([into]);
    loop {
        let next = heard.iter().filter(|one| {
            one.standing == Standing::Merged
                && !reached.contains(&one.id)
                && told.merges(one.id).any(|step| {
                    let sources = step.said.sources.iter();
                    let mut named = sources.filter_map(|source| match source {
                        Subject::Statement(id) => Some(id),
                        _ => None,
                    });
                    named.any(|id| reached.contains(id))
                })
        });
        let next: Vec<&Heard> = next.collect();
        if next.is_empty() {
            return found;
        }
        reached.extend(next.iter().map(|one| one.id));
        found.extend(next);
    }
}
