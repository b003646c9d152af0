//! Cross tables: how many voices gave each pair of answers to two questions. Small numbers can be
//! left out, so that a published table names nobody.
//! Not here: which answers count (`consultation::count`), the count of one question
//! (`consultation::tally`).

use std::collections::BTreeMap;

use crate::consultation::form::{Answer, Form, QuestionKind};
use crate::consultation::tally::Split;
use crate::id::QuestionId;

/// What the rows or columns of a table are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Axis {
    /// The answers to a question with options or steps.
    Question(QuestionId),
    /// How the answer came in.
    Channel,
}

/// One row or column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// This option was chosen, or put first.
    Option(u16),
    /// This step of a scale.
    Step(i16),
    /// People themselves.
    Own,
    /// Entered by officers.
    Assisted,
    /// The question was not answered.
    Unanswered,
}

/// A question that a table cannot be made of: it has no options and no steps, or is not in the form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("crossing a question that has neither options nor steps")]
pub struct NotCategories(pub QuestionId);

/// A table under way. Answers are added in any order, each once, and none is kept.
#[derive(Debug)]
pub struct Crossing {
    rows: Side,
    columns: Side,
    total: u64,
    cells: BTreeMap<(Category, Category), u64>,
    row_totals: BTreeMap<Category, u64>,
    column_totals: BTreeMap<Category, u64>,
}

/// One side of a table: what its categories are, and in which of them a voice stands.
#[derive(Debug)]
pub(super) struct Side {
    axis: Axis,
    categories: Vec<Category>,
}

/// A cross table.
///
/// Where several options may be chosen, a voice stands in several rows, so rows may add up to more
/// than the total, which counts voices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrossTable {
    /// The rows, in the form's order; `Unanswered` last.
    pub rows: Vec<Category>,
    /// The columns, likewise.
    pub columns: Vec<Category>,
    /// Row by row. `None`: left out, because few voices are in it or a few could be worked out.
    pub cells: Vec<Vec<Option<u64>>>,
    /// Voices in each row.
    pub row_totals: Vec<Option<u64>>,
    /// Voices in each column.
    pub column_totals: Vec<Option<u64>>,
    /// Voices counted.
    pub total: u64,
}

impl Side {
    pub(super) fn of(form: &Form, axis: Axis) -> Result<Self, NotCategories> {
        let categories = match axis {
            Axis::Channel => vec![Category::Own, Category::Assisted],
            Axis::Question(id) => {
                let question = form.questions.iter().find(|question| question.id == id);
                let kind = &question.ok_or(NotCategories(id))?.kind;
                let mut categories = categories(kind).ok_or(NotCategories(id))?;
                categories.push(Category::Unanswered);
                categories
            }
        };
        Ok(Self { axis, categories })
    }

    /// In the form's order.
    pub(super) fn categories(&self) -> &[Category] {
        &self.categories
    }

    /// Where a voice stands on this side.
    pub(super) fn stands(&self, assisted: bool, answers: &[(QuestionId, Answer)]) -> Vec<Category> {
        let id = match self.axis {
            Axis::Channel if assisted => return vec![Category::Assisted],
            Axis::Channel => return vec![Category::Own],
            Axis::Question(id) => id,
        };
        let answer = answers.iter().find(|(question, _)| *question == id);
        let mut stands: Vec<Category> = match answer {
            Some((_, Answer::Choices(chosen))) => {
                chosen.iter().copied().map(Category::Option).collect()
            }
            Some((_, Answer::Ranking(order))) => {
                let first = order.first().copied();
                first.map(Category::Option).into_iter().collect()
            }
            Some((_, Answer::Scale(step))) => vec![Category::Step(*step)],
            _ => Vec::new(),
        };
        stands.retain(|category| self.categories.contains(category));
        if stands.is_empty() {
            stands.push(Category::Unanswered);
        }
        stands
    }
}

/// The rows or columns of a question of that kind; `None` when it has none: whoever shares out
/// points stands with several options by degrees, not in one category.
#[must_use]
pub fn categories(kind: &QuestionKind) -> Option<Vec<Category>> {
    if let QuestionKind::Scale { from, to, .. } = kind {
        return Some((*from..=*to).map(Category::Step).collect());
    }
    if matches!(kind, QuestionKind::Points { .. }) {
        return None;
    }
    let options = kind.options().iter();
    let options: Vec<Category> = options.map(|option| Category::Option(option.id)).collect();
    (!options.is_empty()).then_some(options)
}

impl Crossing {
    /// Begins a table over answers to `form`.
    ///
    /// # Errors
    /// [`NotCategories`] names the question that no table can be made of.
    pub fn new(form: &Form, rows: Axis, columns: Axis) -> Result<Self, NotCategories> {
        Ok(Self {
            rows: Side::of(form, rows)?,
            columns: Side::of(form, columns)?,
            total: 0,
            cells: BTreeMap::new(),
            row_totals: BTreeMap::new(),
            column_totals: BTreeMap::new(),
        })
    }

    /// Adds the answer that counts of one voice.
    pub fn add(&mut self, assisted: bool, answers: &[(QuestionId, Answer)]) {
        self.total = self.total.saturating_add(1);
        let (rows, columns) = (
            self.rows.stands(assisted, answers),
            self.columns.stands(assisted, answers),
        );
        for row in &rows {
            one_more(&mut self.row_totals, *row);
            for column in &columns {
                one_more(&mut self.cells, (*row, *column));
            }
        }
        for column in columns {
            one_more(&mut self.column_totals, column);
        }
    }

    /// The table. Cells and totals of 1 to `least` − 1 voices are left out, and others beside them
    /// until none of those can be had by subtraction; zero or one for `least` leaves nothing out.
    ///
    /// Secondary suppression as in Hundepool et al., *Statistical Disclosure Control* (2012), 4.3,
    /// in its plain form: a row or column, its total among its cells, never has exactly one gap.
    #[must_use]
    pub fn finish(self, least: u64) -> CrossTable {
        let (rows, columns) = (self.rows.categories, self.columns.categories);
        let held = |number: Option<&u64>| Some(number.copied().unwrap_or(0));
        let cells = rows.iter().map(|row| {
            let each = columns.iter();
            each.map(|column| held(self.cells.get(&(*row, *column))))
                .collect()
        });
        let mut table = CrossTable {
            cells: cells.collect(),
            row_totals: rows
                .iter()
                .map(|row| held(self.row_totals.get(row)))
                .collect(),
            column_totals: columns
                .iter()
                .map(|column| held(self.column_totals.get(column)))
                .collect(),
            total: self.total,
            rows,
            columns,
        };
        table.leave_out(least);
        table
    }
}

fn one_more<K: Ord>(counts: &mut BTreeMap<K, u64>, key: K) {
    let count = counts.entry(key).or_default();
    *count = count.saturating_add(1);
}

/// A place in the table with its totals as one more row and column.
type At = (usize, usize);

impl CrossTable {
    fn leave_out(&mut self, least: u64) {
        let (height, width) = (self.rows.len(), self.columns.len());
        let line = |row: usize| (0..=width).map(move |column| (row, column));
        let standing = |column: usize| (0..=height).map(move |row| (row, column));
        let small = |held: Option<u64>| held.is_some_and(|held| held > 0 && held < least);
        let mut todo: Vec<At> = (0..=height).flat_map(line).collect();
        todo.retain(|at| small(self.get(*at)));
        while !todo.is_empty() {
            todo.iter().for_each(|at| self.clear(*at));
            let rows = (0..=height).map(|row| line(row).collect::<Vec<At>>());
            let columns = (0..=width).map(|column| standing(column).collect::<Vec<At>>());
            let beside = rows
                .chain(columns)
                .filter_map(|places| self.to_hide_in(&places));
            todo = beside.collect();
        }
    }

    /// What goes beside the only gap of a row or column: the smallest number, and of two alike the
    /// first. A zero says nothing of anybody, but it hides as well as others when all are zero.
    fn to_hide_in(&self, places: &[At]) -> Option<At> {
        let gaps = places.iter().filter(|at| self.get(**at).is_none()).count();
        if gaps != 1 {
            return None;
        }
        let held = places
            .iter()
            .filter_map(|at| Some((self.get(*at)?, *at)))
            .filter(|(_, at)| *at != (self.rows.len(), self.columns.len()));
        held.min_by_key(|(number, at)| (*number == 0, *number, *at))
            .map(|(_, at)| at)
    }

    fn get(&self, (row, column): At) -> Option<u64> {
        if row == self.rows.len() && column == self.columns.len() {
            return Some(self.total);
        }
        if row == self.rows.len() {
            return self.column_totals.get(column).copied().flatten();
        }
        if column == self.columns.len() {
            return self.row_totals.get(row).copied().flatten();
        }
        self.cells.get(row)?.get(column).copied().flatten()
    }

    fn clear(&mut self, (row, column): At) {
        let held = if row == self.rows.len() {
            self.column_totals.get_mut(column)
        } else if column == self.columns.len() {
            self.row_totals.get_mut(row)
        } else {
            self.cells.get_mut(row).and_then(|row| row.get_mut(column))
        };
        held.into_iter().for_each(|held| *held = None);
    }
}

/// How a group's share of the voices compares with its share of the people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Representation {
    /// The group.
    pub category: Category,
    /// Its voices.
    pub voices: Split,
    /// Its share of the voices that said which group they are of, in thousandths, rounded half up.
    pub share: u32,
    /// Its share of the people, in thousandths, rounded half up.
    pub expected: u32,
    /// What can be said of it.
    pub weight: Weight,
}

/// Whether a group is heard as much as its share of the people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Weight {
    /// Too few answered for anybody to say.
    Unsure,
    /// Clearly less.
    Less,
    /// About as much.
    Even,
    /// Clearly more.
    More,
}

/// With fewer voices in all, nothing is said of any group.
const FEW_VOICES: u64 = 30;
/// Nor of a group that fewer would be expected of.
const FEW_EXPECTED: u64 = 5;

/// Clearly is both: by more than a fifth of what is expected, and further than two deviations of a
/// sample drawn by lot, so that it is hardly chance. Who answers is not drawn by lot, and chance does
/// more then: it is a hint where to look, and no proof.
fn weight(part: u64, voices: u64, expected: u64, people: u64) -> Weight {
    let [part, voices, expected, people] = [part, voices, expected, people].map(u128::from);
    let due = voices.saturating_mul(expected);
    if voices < FEW_VOICES.into() || due < people.saturating_mul(FEW_EXPECTED.into()) {
        return Weight::Unsure;
    }
    // All times `people`, so that nothing is rounded.
    let had = part.saturating_mul(people);
    let apart = had.abs_diff(due);
    let rest = people.saturating_sub(expected);
    let chance = voices.saturating_mul(expected).saturating_mul(rest);
    let beyond = apart.saturating_mul(apart) > chance.saturating_mul(4);
    match (beyond && apart.saturating_mul(5) > due, had < due) {
        (false, _) => Weight::Even,
        (true, true) => Weight::Less,
        (true, false) => Weight::More,
    }
}

/// Compares the answers to one question with what a census says of it: people for each category,
/// in any unit. Categories that the census does not name are left out of both.
///
/// `None` when the census names nobody, or nobody answered.
#[must_use]
pub fn represented(
    counts: &[(Category, Split)],
    census: &BTreeMap<Category, u64>,
) -> Option<Vec<Representation>> {
    let named: Vec<&(Category, Split)> = counts
        .iter()
        .filter(|(category, _)| census.contains_key(category))
        .collect();
    let voices = named
        .iter()
        .fold(0_u64, |sum, (_, split)| sum.saturating_add(split.all()));
    let people = named.iter().fold(0_u64, |sum, (category, _)| {
        sum.saturating_add(census.get(category).copied().unwrap_or(0))
    });
    if voices == 0 || people == 0 {
        return None;
    }
    let thousandths = |part: u64, of: u64| {
        let doubled = u128::from(part)
            .saturating_mul(2_000)
            .saturating_add(of.into());
        let share = doubled.checked_div(u128::from(of).saturating_mul(2))?;
        u32::try_from(share).ok()
    };
    let each = named.into_iter().map(|(category, split)| {
        let expected = census.get(category).copied().unwrap_or(0);
        Some(Representation {
            category: *category,
            voices: *split,
            share: thousandths(split.all(), voices)?,
            expected: thousandths(expected, people)?,
            weight: weight(split.all(), voices, expected, people),
        })
    });
    each.collect()
}

#[cfg(test)]
mod tests;
