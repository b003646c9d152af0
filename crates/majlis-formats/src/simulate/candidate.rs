//! Answers worth trying: near the numbers, days and texts that a question's rules name.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

use super::{Chance, pattern};
use crate::expression::{Expression, Start};
use crate::filling::{Filling, Question};
use crate::form::Kind;
use crate::moment::Moment;

const WORDS: &[&str] = &[
    "ماء",
    "مدرسة",
    "طريق",
    "مستشفى",
    "الحي القديم",
    "eau potable",
    "école",
    "marché",
    "la route",
    "water",
    "a new well",
    "street lights",
    "the old bridge",
    "health centre",
    "Amina",
    "Youssef",
];

/// What the constraint of a question names.
#[derive(Default)]
pub(super) struct Sources {
    numbers: Vec<Decimal>,
    texts: Vec<String>,
    patterns: Vec<String>,
    today: Option<Moment>,
    /// Whether a repeat has as many instances as the answer says.
    counts: bool,
}

impl Sources {
    pub(super) fn of(filling: &Filling, path: &str) -> Self {
        let mut sources = Self {
            today: filling.clock(),
            counts: filling.counts_instances(path),
            ..Self::default()
        };
        if let Some(constraint) = filling.constraint(path) {
            sources.look(filling, path, constraint);
        }
        sources
    }

    fn look(&mut self, filling: &Filling, path: &str, expression: &Expression) {
        match expression {
            Expression::Number(value) => self.numbers.push(*value),
            Expression::Text(text) => self.texts.push(text.clone()),
            Expression::Negative(inner) => {
                if let Expression::Number(value) = inner.as_ref() {
                    self.numbers.push(-*value);
                }
                self.look(filling, path, inner);
            }
            Expression::Two(_, left, right) => {
                self.look(filling, path, left);
                self.look(filling, path, right);
            }
            Expression::Call(name, arguments) => {
                if name == "regex"
                    && let Some(Expression::Text(pattern)) = arguments.get(1)
                {
                    self.patterns.push(pattern.clone());
                }
                for argument in arguments {
                    self.look(filling, path, argument);
                }
            }
            Expression::Path(inner) => {
                if let Start::Reference(name, _) = &inner.start {
                    for text in filling.answers_seen(path, name) {
                        if let Ok(number) = text.parse() {
                            self.numbers.push(number);
                        }
                        self.texts.push(text);
                    }
                }
            }
        }
    }

    pub(super) fn candidate(
        &self,
        filling: &Filling,
        question: &Question,
        chance: &mut Chance,
    ) -> String {
        match &question.kind {
            Kind::Integer => self.number(chance).trunc().normalize().to_string(),
            Kind::Decimal => {
                let places = chance.between(0, 2).unsigned_abs();
                let places = u32::try_from(places).unwrap_or(0);
                self.number(chance).round_dp(places).normalize().to_string()
            }
            Kind::Range => {
                let (start, end, step) = super::range(&filling.parameters(&question.path));
                let steps = (end - start)
                    .abs()
                    .checked_div(step)
                    .and_then(|steps| steps.to_i64())
                    .unwrap_or(0);
                let past = Decimal::from(chance.between(0, steps.max(0))) * step;
                let value = if end < start {
                    start - past
                } else {
                    start + past
                };
                value.normalize().to_string()
            }
            Kind::Date => self.day(chance),
            Kind::DateTime => format!("{}T{}", self.day(chance), time(chance)),
            Kind::Time => time(chance),
            Kind::Geopoint => point(chance),
            Kind::Geotrace | Kind::Geoshape => {
                let first = point(chance);
                format!("{first}; {}; {}; {first}", point(chance), point(chance))
            }
            Kind::SelectOne { .. } => chance
                .pick(&question.choices)
                .map(|choice| choice.name.clone())
                .unwrap_or_default(),
            Kind::SelectMultiple { .. } => {
                let share = 20 + chance.below(60) as u64;
                let mut names: Vec<&str> = question
                    .choices
                    .iter()
                    .filter(|_| chance.percent(share))
                    .map(|choice| choice.name.as_str())
                    .collect();
                if names.is_empty() {
                    names.extend(chance.pick(&question.choices).map(|one| one.name.as_str()));
                }
                names.join(" ")
            }
            Kind::Rank { .. } => {
                let mut names: Vec<&str> = question
                    .choices
                    .iter()
                    .map(|choice| choice.name.as_str())
                    .collect();
                // Fisher and Yates, from the end.
                for last in (1..names.len()).rev() {
                    names.swap(last, chance.below(last + 1));
                }
                names.join(" ")
            }
            Kind::SelectFromFile { .. } => format!("row_{}", chance.below(100)),
            Kind::Image => format!("photo_{}.jpg", chance.below(1_000_000)),
            Kind::Audio => format!("voice_{}.ogg", chance.below(1_000_000)),
            Kind::Video => format!("film_{}.mp4", chance.below(1_000_000)),
            Kind::File => format!("file_{}.pdf", chance.below(1_000_000)),
            Kind::Barcode => format!("{:012}", chance.draw() % 1_000_000_000_000),
            Kind::Acknowledge => "OK".to_owned(),
            _ => self.text(question, chance),
        }
    }

    fn number(&self, chance: &mut Chance) -> Decimal {
        // Nobody lists ten thousand trees of one stand.
        if self.counts && chance.percent(80) {
            return Decimal::from(chance.between(0, 4));
        }
        if self.counts {
            let near = chance.pick(&self.numbers).copied().unwrap_or_default();
            let near = near + Decimal::from(chance.between(-2, 2));
            return near.min(Decimal::from(20));
        }
        let delta = Decimal::new(chance.between(-300, 300), 2);
        match (chance.below(4), chance.pick(&self.numbers)) {
            (0, Some(near)) => near.checked_add(delta).unwrap_or(*near),
            (1, Some(one)) => {
                let other = chance.pick(&self.numbers).unwrap_or(one);
                let part = Decimal::new(chance.between(0, 100), 2);
                (*other - *one)
                    .checked_mul(part)
                    .and_then(|past| one.checked_add(past))
                    .unwrap_or(*one)
            }
            (2, Some(near)) => near
                .checked_add(Decimal::from(chance.between(-1000, 1000)))
                .unwrap_or(*near),
            _ => Decimal::new(chance.between(0, 12_000), 2),
        }
    }

    fn day(&self, chance: &mut Chance) -> String {
        let today = self
            .today
            .map_or(Decimal::from(20_000), |today| today.day().days());
        let near = self
            .texts
            .iter()
            .filter_map(|text| Moment::read(text))
            .map(|moment| moment.day().days())
            .chain(self.numbers.iter().map(|days| today - days))
            .collect::<Vec<_>>();
        let base = match (chance.below(3), chance.pick(&near)) {
            (0, Some(near)) => *near,
            _ => today,
        };
        let spread = *chance.pick(&[1, 30, 400, 20_000]).unwrap_or(&1);
        let days = base + Decimal::from(chance.between(-spread, spread));
        Moment::from_days(days.floor())
            .map(|moment| moment.day().to_string())
            .unwrap_or_default()
    }

    fn text(&self, question: &Question, chance: &mut Chance) -> String {
        if let Some(wanted) = chance.pick(&self.patterns)
            && let Some(text) = pattern::matching(wanted, chance)
        {
            return text;
        }
        if !self.texts.is_empty() && chance.percent(40) {
            return chance.pick(&self.texts).cloned().unwrap_or_default();
        }
        let numeric = question
            .appearance
            .as_deref()
            .is_some_and(|words| words.contains("numbers"));
        if numeric || (!self.numbers.is_empty() && chance.percent(30)) {
            let length = match chance.pick(&self.numbers) {
                Some(length) => length.to_usize().unwrap_or(8).clamp(1, 200),
                None => 8,
            };
            return (0..length)
                .map(|_| char::from(b'0' + u8::try_from(chance.below(10)).unwrap_or(0)))
                .collect();
        }
        let count = 1 + chance.below(4);
        let words: Vec<&str> = (0..count)
            .filter_map(|_| chance.pick(WORDS).copied())
            .collect();
        words.join(" ")
    }
}

fn time(chance: &mut Chance) -> String {
    format!("{:02}:{:02}:00", chance.below(24), chance.below(60))
}

/// A place between the Atlantic and the Gulf, to a decimetre.
fn point(chance: &mut Chance) -> String {
    format!(
        "{} {} {} {}",
        Decimal::new(chance.between(12_000_000, 37_000_000), 6).normalize(),
        Decimal::new(chance.between(-17_000_000, 60_000_000), 6).normalize(),
        Decimal::new(chance.between(0, 9_000), 1).normalize(),
        Decimal::new(chance.between(20, 500), 1).normalize(),
    )
}
