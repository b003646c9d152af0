//! Results split by a group: what each group answered to every question. Groups of few are put
//! together and small numbers left out, so that no voice is singled out.
//! Not here: the split by channel within one count (`consultation::tally`), a table of two questions
//! (`consultation::cross`).

use std::collections::{BTreeMap, BTreeSet};

use crate::consultation::actor::in_repeat;
use crate::consultation::cross::{Axis, Category, NotCategories, Side, categories};
use crate::consultation::form::{Answer, Form, QuestionKind};
use crate::id::QuestionId;

/// The most groups that are told; those with the fewest voices are put together.
pub const MOST_GROUPS: usize = 8;

/// A split under way. Answers are added in any order, each once, and none is kept.
#[derive(Debug)]
pub struct Dividing {
    by: Side,
    voices: BTreeMap<Category, u64>,
    questions: Vec<Asked>,
}

#[derive(Debug)]
struct Asked {
    question: QuestionId,
    rows: Vec<Category>,
    /// Whether every voice stands in one row at most.
    one_each: bool,
    answered: BTreeMap<Category, u64>,
    cells: BTreeMap<(Category, Category), u64>,
    /// Of numbers and steps, what they add up to in millionths.
    sums: Option<BTreeMap<Category, i128>>,
}

/// What each group answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divided {
    /// The groups, in the form's order.
    pub groups: Vec<Group>,
    /// Every question that can be split, in the form's order.
    pub questions: Vec<DividedQuestion>,
}

/// A group and its voices.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group {
    /// Which; `None` for those that are put together, because each has few voices or there are many.
    pub of: Option<Category>,
    /// How many voices.
    pub voices: u64,
}

/// What each group answered to one question; where a number is `None`, it is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DividedQuestion {
    /// The question.
    pub question: QuestionId,
    /// How many of each group answered.
    pub answered: Vec<Option<u64>>,
    /// The options or steps; none where there are none.
    pub rows: Vec<Category>,
    /// Row by row, for each group.
    pub cells: Vec<Vec<Option<u64>>>,
    /// The mean of each group in millionths; none of what has no mean.
    pub means: Vec<Option<i64>>,
}

impl Dividing {
    /// Begins a split of answers to `form`; `without` are questions that cannot be read here.
    ///
    /// # Errors
    /// [`NotCategories`] names the question that puts no voice into one group.
    pub fn new(
        form: &Form,
        by: Axis,
        without: &BTreeSet<QuestionId>,
    ) -> Result<Self, NotCategories> {
        if let Axis::Question(id) = by {
            let asked = form.questions.iter().find(|question| question.id == id);
            match asked.map(|question| &question.kind) {
                Some(QuestionKind::SingleChoice(_) | QuestionKind::Scale { .. }) => {}
                _ => return Err(NotCategories(id)),
            }
        }
        let asked = form.questions.iter().filter(|question| {
            !question.kind.is_section()
                && !matches!(question.kind, QuestionKind::Note)
                && !without.contains(&question.id)
                && Axis::Question(question.id) != by
                && !in_repeat(form, question)
        });
        let questions = asked.map(|question| {
            let several = matches!(
                question.kind,
                QuestionKind::MultipleChoice { .. } | QuestionKind::Points { .. }
            );
            let rows = match &question.kind {
                QuestionKind::Points { options, .. } => Some(
                    options
                        .iter()
                        .map(|option| Category::Option(option.id))
                        .collect(),
                ),
                kind => categories(kind),
            };
            let adds_up = matches!(
                question.kind,
                QuestionKind::Number { .. }
                    | QuestionKind::WholeNumber { .. }
                    | QuestionKind::Range { .. }
                    | QuestionKind::Scale { .. }
            );
            Asked {
                question: question.id,
                rows: rows.unwrap_or_default(),
                one_each: !several,
                answered: BTreeMap::new(),
                cells: BTreeMap::new(),
                sums: adds_up.then(BTreeMap::new),
            }
        });
        Ok(Self {
            by: Side::of(form, by)?,
            voices: BTreeMap::new(),
            questions: questions.collect(),
        })
    }

    /// Adds the answer that counts of one voice. Answers in rows of a repeat are nobody's own, and not split.
    pub fn add(&mut self, assisted: bool, answers: &[(QuestionId, Answer)]) {
        let group = self.by.stands(assisted, answers).into_iter().next();
        let group = group.unwrap_or(Category::Unanswered);
        more(self.voices.entry(group).or_default());
        let mut given: BTreeMap<QuestionId, &Answer> =
            answers.iter().map(|(id, answer)| (*id, answer)).collect();
        for asked in &mut self.questions {
            if let Some(answer) = given.remove(&asked.question) {
                asked.add(group, answer);
            }
        }
    }

    /// The split. Groups of fewer than `least` voices are put together, and with them the smallest
    /// others until they are as many; numbers of 1 to `least` − 1 are left out, and beside each as
    /// many as it takes that none can be had by subtraction, the totals being known to all.
    #[must_use]
    pub fn finish(self, least: u64) -> Divided {
        let together = together(&self.voices, least);
        let mut groups: Vec<Vec<Category>> = self
            .by
            .categories()
            .iter()
            .filter(|one| self.voices.contains_key(one) && !together.contains(one))
            .map(|one| vec![*one])
            .collect();
        if !together.is_empty() {
            groups.push(together.iter().copied().collect());
        }
        let questions = self
            .questions
            .iter()
            .map(|asked| asked.told(&groups, least));
        let questions = questions.collect();
        let groups = groups.iter().map(|of| Group {
            of: match of.as_slice() {
                [one] => Some(*one),
                _ => None,
            },
            voices: sum_of(&self.voices, of),
        });
        Divided {
            groups: groups.collect(),
            questions,
        }
    }
}

impl Asked {
    fn add(&mut self, group: Category, answer: &Answer) {
        let number = match answer {
            Answer::Number(millionths) => Some(i128::from(*millionths)),
            Answer::Scale(step) => Some(i128::from(*step).saturating_mul(1_000_000)),
            _ => None,
        };
        let stands: Vec<Category> = match answer {
            Answer::Choices(chosen) => chosen.iter().copied().map(Category::Option).collect(),
            Answer::Ranking(order) => order
                .iter()
                .take(1)
                .copied()
                .map(Category::Option)
                .collect(),
            Answer::Scale(step) => vec![Category::Step(*step)],
            Answer::Points(points) => {
                let given = points.iter().filter(|(_, given)| *given > 0);
                given.map(|(option, _)| Category::Option(*option)).collect()
            }
            // What is sealed and not opened says nothing of what is in it, nor that anything is.
            Answer::Sealed(_) => return,
            _ => Vec::new(),
        };
        more(self.answered.entry(group).or_default());
        for row in stands {
            more(self.cells.entry((row, group)).or_default());
        }
        if let (Some(sums), Some(number)) = (&mut self.sums, number) {
            let sum = sums.entry(group).or_default();
            *sum = sum.saturating_add(number);
        }
    }

    fn told(&self, groups: &[Vec<Category>], least: u64) -> DividedQuestion {
        let mut answered = vec![groups.iter().map(|of| sum_of(&self.answered, of)).collect()];
        let mut gone = hidden(&answered, least, false);
        let (answered, gone) = (
            answered.pop().unwrap_or_default(),
            gone.pop().unwrap_or_default(),
        );
        let mut numbers: Vec<Vec<u64>> = Vec::new();
        for row in &self.rows {
            let each = groups.iter().map(|of| {
                of.iter().fold(0_u64, |sum, group| {
                    let held = self.cells.get(&(*row, *group)).copied();
                    sum.saturating_add(held.unwrap_or(0))
                })
            });
            numbers.push(each.collect());
        }
        let hides = hidden(&numbers, least, self.one_each);
        let shown = |number: &u64, gone: &bool| (!gone).then_some(*number);
        let cells = numbers.iter().zip(&hides).map(|(row, gone)| {
            let each = row.iter().zip(gone);
            each.map(|(number, gone)| shown(number, gone)).collect()
        });
        let means = self.sums.as_ref().map(|sums| {
            let each = groups.iter().zip(answered.iter().zip(&gone)).enumerate();
            let each = each.map(|(at, (of, (voices, gone)))| {
                // With a mean, two numbers that are left out could be worked out.
                let full = hides
                    .iter()
                    .all(|row| !row.get(at).copied().unwrap_or(true));
                let told = !gone && full && *voices >= least.max(1);
                let sum = of.iter().fold(0_i128, |sum, group| {
                    sum.saturating_add(sums.get(group).copied().unwrap_or(0))
                });
                told.then(|| crate::consultation::tally::mean_of(sum, *voices))
                    .flatten()
            });
            each.collect()
        });
        DividedQuestion {
            question: self.question,
            rows: self.rows.clone(),
            cells: cells.collect(),
            means: means.unwrap_or_default(),
            answered: answered
                .iter()
                .zip(&gone)
                .map(|(number, gone)| shown(number, gone))
                .collect(),
        }
    }
}

fn more(count: &mut u64) {
    *count = count.saturating_add(1);
}

fn sum_of(voices: &BTreeMap<Category, u64>, of: &[Category]) -> u64 {
    of.iter().fold(0_u64, |sum, one| {
        sum.saturating_add(voices.get(one).copied().unwrap_or(0))
    })
}

/// Which groups are put together.
fn together(voices: &BTreeMap<Category, u64>, least: u64) -> BTreeSet<Category> {
    let mut by_size: Vec<(u64, Category)> =
        voices.iter().map(|(one, held)| (*held, *one)).collect();
    by_size.sort_unstable();
    let few = by_size.iter().filter(|(held, _)| *held < least).count();
    // One place is for those that are put together.
    let room = MOST_GROUPS.saturating_sub(1);
    let many = if by_size.len() > MOST_GROUPS {
        by_size.len().saturating_sub(room)
    } else {
        0
    };
    let mut take = few.max(many);
    while take > 0 && take < by_size.len() {
        let sum = by_size
            .iter()
            .take(take)
            .fold(0_u64, |sum, (held, _)| sum.saturating_add(*held));
        if sum >= least {
            break;
        }
        take = take.saturating_add(1);
    }
    by_size.into_iter().take(take).map(|(_, one)| one).collect()
}

/// What is left out of rows of numbers whose sums everybody knows: small ones, and the smallest
/// beside them until each line has two gaps at least with `least` voices behind them. Columns are
/// lines too where every voice stands in one row.
fn hidden(numbers: &[Vec<u64>], least: u64, columns: bool) -> Vec<Vec<bool>> {
    let small = |number: &u64| *number > 0 && *number < least;
    let mut gone: Vec<Vec<bool>> = numbers
        .iter()
        .map(|row| row.iter().map(small).collect())
        .collect();
    let width = numbers.first().map_or(0, Vec::len);
    let mut lines: Vec<Vec<(usize, usize)>> = (0..numbers.len())
        .map(|row| (0..width).map(|column| (row, column)).collect())
        .collect();
    if columns {
        let down = |column| (0..numbers.len()).map(move |row| (row, column)).collect();
        lines.extend((0..width).map(down));
    }
    loop {
        let next = lines
            .iter()
            .find_map(|line| beside(line, numbers, &gone, least));
        let Some((row, column)) = next else {
            return gone;
        };
        let held = gone.get_mut(row).and_then(|row| row.get_mut(column));
        held.into_iter().for_each(|held| *held = true);
    }
}

/// What goes next in a line that gives a number away; `None` when it does not, or nothing is left.
fn beside(
    line: &[(usize, usize)],
    numbers: &[Vec<u64>],
    gone: &[Vec<bool>],
    least: u64,
) -> Option<(usize, usize)> {
    let (mut count, mut sum) = (0_usize, 0_u64);
    let mut smallest = None;
    for at in line {
        let number = numbers.get(at.0).and_then(|row| row.get(at.1)).copied()?;
        if gone.get(at.0).and_then(|row| row.get(at.1)).copied()? {
            count = count.saturating_add(1);
            sum = sum.saturating_add(number);
        } else {
            // A zero hides nobody, but hides as well as others when all are zero.
            let order = (number == 0, number, *at);
            smallest =
                Some(smallest.map_or(order, |held: (bool, u64, (usize, usize))| held.min(order)));
        }
    }
    let safe = count == 0 || (count >= 2 && sum >= least);
    smallest.filter(|_| !safe).map(|(_, _, at)| at)
}

#[cfg(test)]
mod tests;
