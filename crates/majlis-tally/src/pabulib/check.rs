//! What a strict reader of `.pb` files would say of one, and what to do about it.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::convert::list;
use super::{PbFile, Section};
use crate::delimited::Row;
use crate::ratio::Ratio;

/// Whether the checker of pabulib.org refuses the file for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Weight {
    /// It does.
    Error,
    /// It does not, but somebody should look.
    Warning,
}

/// Something that is not as the format has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub weight: Weight,
    /// Where.
    pub section: Section,
    /// The line, from one; zero where it is about the whole section.
    pub line: usize,
    /// The field, where it is about one.
    pub field: String,
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub advice: String,
    /// Whether the ballots may be others than those that were cast: somebody should look before the
    /// result is believed.
    pub doubt: bool,
}

impl std::fmt::Display for Finding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.section)?;
        if self.line > 0 {
            write!(f, " line {}", self.line)?;
        }
        if !self.field.is_empty() {
            write!(f, ", {}", self.field)?;
        }
        write!(f, ": {}; {}", self.problem, self.advice)
    }
}

impl Finding {
    fn new(section: Section, line: usize, field: &str, problem: String, advice: &str) -> Self {
        Self {
            weight: Weight::Error,
            section,
            line,
            field: field.chars().take(60).collect(),
            problem,
            advice: advice.to_owned(),
            doubt: false,
        }
    }

    fn doubtful(mut self) -> Self {
        self.doubt = true;
        self
    }

    fn warning(mut self) -> Self {
        self.weight = Weight::Warning;
        self
    }

    pub(super) fn empty_line(section: Section, line: usize) -> Self {
        Self::new(
            section,
            line,
            "",
            "the line is empty".to_owned(),
            "delete it",
        )
    }

    pub(super) fn more_than_a_value(line: usize) -> Self {
        let problem = "a ; stands in the value, and what comes after it is not read".to_owned();
        let advice = "put the value in double quotes";
        Self::new(Section::Meta, line, "", problem, advice)
    }

    pub(super) fn renamed_target() -> Self {
        let problem = "the column is called target, as before April 2026".to_owned();
        Self::new(
            Section::Projects,
            0,
            "target",
            problem,
            "call it beneficiaries",
        )
    }

    pub(super) fn blanks(section: Section, line: usize, field: &str) -> Self {
        let problem = "blanks stand around the field".to_owned();
        Self::new(section, line, field, problem, "delete them")
    }
}

const REQUIRED: &[&str] = &[
    "description",
    "country",
    "unit",
    "instance",
    "num_projects",
    "num_votes",
    "budget",
    "vote_type",
    "rule",
    "date_begin",
    "date_end",
];

/// `YYYY` or `DD.MM.YYYY`.
fn is_date(text: &str) -> bool {
    let number = |part: &str, digits: usize| -> Option<u32> {
        let plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        plain.then(|| part.parse().ok())?
    };
    let parts: Vec<&str> = text.split('.').collect();
    match parts.as_slice() {
        [year] => number(year, 4).is_some(),
        [day, month, year] => {
            number(day, 2).is_some_and(|day| (1..=31).contains(&day))
                && number(month, 2).is_some_and(|month| (1..=12).contains(&month))
                && number(year, 4).is_some()
        }
        _ => false,
    }
}

impl PbFile {
    /// All that the checker would say, in the order of sections and lines.
    #[must_use]
    pub fn check(&self) -> Vec<Finding> {
        let mut found = self.noted.clone();
        self.check_tables(&mut found);
        self.check_meta(&mut found);
        self.check_projects(&mut found);
        self.check_votes(&mut found);
        found.sort_by(|one, other| {
            let at = |finding: &Finding| (finding.section, finding.line);
            at(one).cmp(&at(other))
        });
        found
    }

    /// Columns that must be there.
    fn check_tables(&self, found: &mut Vec<Finding>) {
        let scored = matches!(self.meta("vote_type"), Some("cumulative" | "scoring"));
        let votes: &[&str] = match scored {
            true => &["voter_id", "vote", "points"],
            false => &["voter_id", "vote"],
        };
        let tables = [
            (
                Section::Projects,
                &self.projects,
                &["project_id", "cost"][..],
            ),
            (Section::Votes, &self.votes, votes),
        ];
        for (section, table, columns) in tables {
            for column in columns.iter().filter(|one| table.column(one).is_none()) {
                let problem = "the column is missing".to_owned();
                found.push(Finding::new(section, 0, column, problem, "add it"));
            }
        }
    }

    fn number(&self, key: &str) -> Option<Ratio> {
        self.meta(key)?.parse().ok()
    }

    fn check_meta(&self, found: &mut Vec<Finding>) {
        for key in REQUIRED {
            if self.meta(key).is_none() {
                let problem = "the key is missing".to_owned();
                found.push(Finding::new(Section::Meta, 0, key, problem, "add it"));
            }
        }
        let counts = [
            ("num_projects", self.projects.rows.len(), "projects"),
            ("num_votes", self.votes.rows.len(), "ballots"),
        ];
        for (key, rows, what) in counts {
            if let Some(said) = self.meta(key).filter(|said| **said != *rows.to_string()) {
                let problem = format!("it says {said} and the file has {rows} {what}");
                let advice = "correct it, or look for rows that are missing or double";
                let finding = Finding::new(Section::Meta, 0, key, problem, advice);
                found.push(finding.doubtful());
            }
        }
        for key in ["date_begin", "date_end"] {
            if let Some(date) = self.meta(key).filter(|date| !is_date(date)) {
                let problem = format!("{date:?} is no date");
                let advice = "write DD.MM.YYYY, or the year alone";
                found.push(Finding::new(Section::Meta, 0, key, problem, advice));
            }
        }
        let kind = self.meta("vote_type").unwrap_or("approval");
        if !["approval", "ordinal", "cumulative", "scoring", "choose-1"].contains(&kind) {
            let problem = format!("{kind:?} is no kind of ballot");
            let advice = "write approval, ordinal, cumulative or scoring";
            found.push(Finding::new(Section::Meta, 0, "vote_type", problem, advice));
        }
        if self
            .meta("comment")
            .is_some_and(|comment| !comment.starts_with("#1: "))
        {
            let problem = "the comment does not begin with \"#1: \"".to_owned();
            let advice = "number comments: #1: first #2: second";
            found.push(Finding::new(Section::Meta, 0, "comment", problem, advice));
        }
        let mut keys = BTreeSet::new();
        for row in &self.meta.rows {
            let key = row.fields.first().map(String::as_str).unwrap_or_default();
            if !keys.insert(key) {
                let problem = "the key stands there twice".to_owned();
                let advice = "keep the right one; the first is read";
                found.push(Finding::new(Section::Meta, row.line, key, problem, advice));
            }
        }
    }

    fn check_projects(&self, found: &mut Vec<Finding>) {
        let table = &self.projects;
        let budget = self.number("budget");
        let mut spent = Ratio::zero();
        let mut unfunded: Vec<(&Row, Ratio)> = Vec::new();
        let mut ids = BTreeSet::new();
        for row in &table.rows {
            let Some(id) = table.field(row, "project_id") else {
                let problem = "the project has no id".to_owned();
                let finding =
                    Finding::new(Section::Projects, row.line, "project_id", problem, "add it");
                found.push(finding);
                continue;
            };
            if !ids.insert(id) {
                let problem = format!("the id {id:?} stands there twice");
                let advice = "give every project its own";
                let finding =
                    Finding::new(Section::Projects, row.line, "project_id", problem, advice);
                found.push(finding);
            }
            let cost = table
                .field(row, "cost")
                .and_then(|cost| cost.parse::<Ratio>().ok());
            let Some(cost) = cost.filter(|cost| *cost > Ratio::zero()) else {
                let problem = "the cost is missing or not above zero".to_owned();
                let advice = "write digits, with a point before the fraction";
                found.push(Finding::new(
                    Section::Projects,
                    row.line,
                    "cost",
                    problem,
                    advice,
                ));
                continue;
            };
            if budget.as_ref().is_some_and(|budget| cost > *budget) {
                let problem = format!("{id} costs more than the whole budget");
                let advice = "see whether both are right";
                let finding = Finding::new(Section::Projects, row.line, "cost", problem, advice);
                found.push(finding.warning());
            }
            match table.field(row, "selected") {
                Some("1") => spent = &spent + &cost,
                Some("0") => unfunded.push((row, cost)),
                _ => {}
            }
        }
        let Some(budget) = budget else {
            return;
        };
        if spent > budget {
            let problem = format!("selected projects cost {spent}, more than the budget");
            let advice = "correct selected, or the budget";
            found.push(Finding::new(
                Section::Projects,
                0,
                "selected",
                problem,
                advice,
            ));
            return;
        }
        // Equal Shares leaves money on purpose.
        let rule = self.meta("rule").unwrap_or_default();
        if table.column("selected").is_none() || rule.starts_with("equalshares") {
            return;
        }
        let left = &budget - &spent;
        for (row, cost) in unfunded.iter().filter(|(_, cost)| *cost <= left) {
            let problem = format!("{left} is unspent and the project costs {cost}");
            let advice = "see whether it should have been selected, or say why in a comment";
            let finding = Finding::new(Section::Projects, row.line, "selected", problem, advice);
            found.push(finding.warning());
        }
    }

    fn check_votes(&self, found: &mut Vec<Finding>) {
        let table = &self.votes;
        let mut counted: BTreeMap<&str, (u64, Ratio)> = BTreeMap::new();
        let costs: BTreeMap<&str, Ratio> = self
            .projects
            .rows
            .iter()
            .filter_map(|row| {
                let cost = self.projects.field(row, "cost")?.parse().ok()?;
                Some((self.projects.field(row, "project_id")?, cost))
            })
            .collect();
        let bounds = |low: &str, high: &str| (self.number(low), self.number(high));
        let lengths = bounds("min_length", "max_length");
        let sums = bounds("min_sum_points", "max_sum_points");
        let each = bounds("min_points", "max_points");
        let money = bounds("min_sum_cost", "max_sum_cost");
        let scored = matches!(self.meta("vote_type"), Some("cumulative" | "scoring"));
        let mut voters = BTreeSet::new();
        for row in &table.rows {
            let mut add = |finding: Finding| found.push(finding);
            let at = |field: &str, problem: String, advice: &str| {
                Finding::new(Section::Votes, row.line, field, problem, advice)
            };
            match table.field(row, "voter_id") {
                None => add(at("voter_id", "the ballot has no id".to_owned(), "add one")),
                Some(id) if !voters.insert(id) => {
                    let problem = format!("the id {id:?} stands there twice");
                    add(at("voter_id", problem, "keep the ballot that counts").doubtful());
                }
                Some(_) => {}
            }
            let field = table.field(row, "vote").unwrap_or_default();
            if field.contains(", ") || field.contains(" ,") {
                let problem = "blanks stand around a comma".to_owned();
                add(at(
                    "vote",
                    problem,
                    "write ids with commas alone between them",
                ));
            }
            let ids: Vec<&str> = list(field).collect();
            let given: Vec<Option<Ratio>> = list(table.field(row, "points").unwrap_or_default())
                .map(|points| points.parse().ok())
                .collect();
            if scored && given.len() != ids.len() {
                let problem = format!("{} projects and {} points", ids.len(), given.len());
                add(at("points", problem, "give one number for each project").doubtful());
            }
            let mut own = BTreeSet::new();
            let mut cost = Ratio::zero();
            for (place, id) in ids.iter().enumerate() {
                match costs.get(id) {
                    Some(one) => cost = &cost + one,
                    None => add(at(
                        "vote",
                        format!("{id:?} is no project"),
                        "correct or delete it",
                    )),
                }
                if !own.insert(*id) {
                    add(at("vote", format!("{id:?} stands there twice"), "keep one"));
                }
                let points = given
                    .get(place)
                    .cloned()
                    .flatten()
                    .unwrap_or_else(Ratio::zero);
                if scored && outside(&points, &each) {
                    let problem = format!("{points} points are outside min_points and max_points");
                    add(at("points", problem, "correct the ballot or the bounds").doubtful());
                }
                let slot = counted.entry(id).or_insert((0, Ratio::zero()));
                *slot = (slot.0 + 1, &slot.1 + &points);
            }
            let length = Ratio::from(u64::try_from(ids.len()).unwrap_or(u64::MAX));
            if outside(&length, &lengths) {
                let problem = format!("{length} projects are outside min_length and max_length");
                add(at("vote", problem, "correct the ballot or the bounds").doubtful());
            }
            let sum = given
                .iter()
                .flatten()
                .fold(Ratio::zero(), |sum, one| &sum + one);
            if scored && outside(&sum, &sums) {
                let problem = format!("{sum} points are outside min_sum_points and max_sum_points");
                add(at("points", problem, "correct the ballot or the bounds").doubtful());
            }
            if outside(&cost, &money) {
                let problem =
                    format!("projects for {cost} are outside min_sum_cost and max_sum_cost");
                add(at("vote", problem, "correct the ballot or the bounds").doubtful());
            }
        }
        self.check_columns(&counted, found);
    }

    /// The columns `votes` and `score` against the ballots.
    fn check_columns(&self, counted: &BTreeMap<&str, (u64, Ratio)>, found: &mut Vec<Finding>) {
        let table = &self.projects;
        let scored = matches!(self.meta("vote_type"), Some("cumulative" | "scoring"));
        for row in &table.rows {
            let id = table.field(row, "project_id").unwrap_or_default();
            let (votes, score) = counted.get(id).cloned().unwrap_or((0, Ratio::zero()));
            let mut differs = |column: &str, counted: String| {
                let said = table.field(row, column);
                if let Some(said) = said.filter(|said| said.parse() != counted.parse::<Ratio>()) {
                    let problem = format!("it says {said} and the ballots give {counted}");
                    let advice = "correct it, or look for ballots that are missing or double";
                    found.push(Finding::new(
                        Section::Projects,
                        row.line,
                        column,
                        problem,
                        advice,
                    ));
                }
            };
            differs("votes", votes.to_string());
            if scored {
                differs("score", score.to_string());
            }
        }
    }
}

fn outside(value: &Ratio, (low, high): &(Option<Ratio>, Option<Ratio>)) -> bool {
    low.as_ref().is_some_and(|low| value < low) || high.as_ref().is_some_and(|high| value > high)
}
