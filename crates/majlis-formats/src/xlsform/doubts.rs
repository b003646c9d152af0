//! What can be read and is probably not as meant: nothing else would ever say so.

use rust_decimal::Decimal;

use crate::answer::Answer;
use crate::expression::{Expression, Operator, Path, Start, Step, To};
use crate::form::{ChoiceList, Kind};
use crate::logic::{Default, Logic, Part};
use crate::message::{Meant, Message, Place, Problem};

/// Looks through every expression and first value of a form that is sound.
pub(super) fn say(logic: &Logic, messages: &mut Vec<Message>) {
    for (index, part) in logic.parts().iter().enumerate() {
        appearance(part, messages);
        let computed = match &part.default {
            Some(Default::Computed(expression)) => Some(expression),
            Some(Default::Literal(text)) => {
                first_value(logic, part, text, messages);
                None
            }
            None => None,
        };
        let mut doubts = Doubts {
            logic,
            own: index,
            filtered: None,
            said: Vec::new(),
        };
        for (expression, column) in [
            (part.relevant.as_ref(), "relevant"),
            (part.required.as_ref(), "required"),
            (part.constraint.as_ref(), "constraint"),
            (part.calculation.as_ref(), "calculation"),
            (part.filter.as_ref(), "choice_filter"),
            (part.count.as_ref(), "repeat_count"),
            (part.read_only.as_ref(), "read_only"),
            (computed, "default"),
        ] {
            let Some(expression) = expression else {
                continue;
            };
            // Inside a filter of choices a bare name is a column of the list.
            doubts.filtered = list_of(logic, part).filter(|_| column == "choice_filter");
            doubts.look(expression);
            for problem in doubts.said.drain(..) {
                let place = Place::cell("survey", part.item.row.0, column);
                messages.push(Message::warning(place, problem));
            }
        }
    }
}

fn list_of<'a>(logic: &'a Logic, part: &Part) -> Option<&'a ChoiceList> {
    let (_, list) = logic.list(part.item.kind.list()?)?;
    Some(list).filter(|list| !list.choices.is_empty())
}

/// What questions can look like, in XLSForm and in the programs that extended it.
const APPEARANCES: [&str; 54] = [
    "annotate",
    "autocomplete",
    "bearing",
    "bikram-sambat",
    "buddhist",
    "coptic",
    "counter",
    "draw",
    "dynamic",
    "ethiopian",
    "field-list",
    "front",
    "geopoint",
    "hidden",
    "hidden-answer",
    "hide-input",
    "horizontal",
    "horizontal-compact",
    "image-map",
    "islamic",
    "label",
    "likert",
    "list",
    "list-nolabel",
    "map",
    "maps",
    "masked",
    "minimal",
    "month-year",
    "multiline",
    "myanmar",
    "new",
    "new-front",
    "new-rear",
    "no-buttons",
    "no-calendar",
    "no-collapse",
    "no-ticks",
    "numbers",
    "persian",
    "picker",
    "placement-map",
    "printer",
    "quick",
    "quickcompact",
    "rating",
    "search",
    "selfie",
    "signature",
    "table-list",
    "thousands-sep",
    "url",
    "vertical",
    "year",
];

/// One word of an appearance that is nearly one with an effect.
fn appearance(part: &Part, messages: &mut Vec<Message>) {
    let words = part.item.appearance.as_deref().unwrap_or_default();
    // Programs and searches are named with what they need.
    let plain = |word: &&str| !word.is_empty() && !words.contains(['(', ':', '$']);
    for word in words.split_whitespace().filter(plain) {
        let folded = word.to_lowercase();
        // As wide as is written behind it: `w2`, `columns-3`, `compact-2`.
        let bare = folded.trim_end_matches(|letter: char| letter.is_ascii_digit());
        let sized = matches!(bare.trim_end_matches('-'), "w" | "columns" | "compact");
        if sized || folded == "columns-pack" || APPEARANCES.contains(&folded.as_str()) {
            continue;
        }
        let meant = Meant::within(2, &folded, APPEARANCES.into_iter());
        let place = Place::cell("survey", part.item.row.0, "appearance");
        let name = word.to_owned();
        messages.push(if meant.0.is_some() && folded.chars().count() > 4 {
            Message::warning(place, Problem::UnknownAppearance { name, meant })
        } else {
            let meant = Meant(None);
            Message::note(place, Problem::UnknownAppearance { name, meant })
        });
    }
}

/// A first value that is no answer to its question is never shown.
fn first_value(logic: &Logic, part: &Part, text: &str, messages: &mut Vec<Message>) {
    let (read, list) = (Answer::read(&part.item, text), list_of(logic, part));
    let offered = |name: &String| {
        list.is_none_or(|list| list.choices.iter().any(|choice| choice.name == *name))
    };
    let sound = match &read {
        Ok(Some(Answer::Choice(name))) => offered(name),
        Ok(Some(Answer::Choices(names))) => names.iter().all(offered),
        Ok(_) => true,
        Err(_) => matches!(part.item.kind, Kind::Group | Kind::Repeat | Kind::Note),
    };
    if !sound {
        let value = text.to_owned();
        let place = Place::cell("survey", part.item.row.0, "default");
        messages.push(Message::warning(place, Problem::NoSuchDefault { value }));
    }
}

struct Doubts<'a> {
    logic: &'a Logic,
    /// The item that has the expression.
    own: usize,
    /// The list that is filtered.
    filtered: Option<&'a ChoiceList>,
    said: Vec<Problem>,
}

impl Doubts<'_> {
    fn look(&mut self, expression: &Expression) {
        match expression {
            Expression::Number(_) | Expression::Text(_) => {}
            Expression::Negative(inner) => self.look(inner),
            Expression::Two(operator, left, right) => {
                if let Some(text) = day_without_quotes(expression) {
                    self.said.push(Problem::DayWithoutQuotes { text });
                    return;
                }
                if matches!(operator, Operator::Equal | Operator::NotEqual) {
                    self.compared(left, right);
                    self.compared(right, left);
                }
                self.look(left);
                self.look(right);
            }
            Expression::Call(name, arguments) => {
                if let ("selected", [question, choice]) = (name.as_str(), arguments.as_slice()) {
                    self.compared(question, choice);
                }
                for argument in arguments {
                    self.look(argument);
                }
            }
            Expression::Path(path) => self.path(path),
        }
    }

    fn path(&mut self, path: &Path) {
        if let (Start::Context, Some(list), [Step { to, .. }]) =
            (&path.start, self.filtered, path.steps.as_slice())
            && let To::Child(name) = to
            && !is_column(list, name)
        {
            let columns = list.choices.iter().flat_map(|one| one.properties.keys());
            let problem = Problem::UnknownChoiceColumn {
                list: list.name.clone(),
                name: name.clone(),
                meant: Meant::among(name, columns.map(String::as_str)),
            };
            self.said.push(problem);
        }
        // Conditions stand among other nodes, where a bare name is something else.
        let filtered = self.filtered.take();
        let starts: &[Expression] = match &path.start {
            Start::Reference(_, conditions) => conditions,
            Start::Expression(inner, conditions) => {
                self.look(inner);
                conditions
            }
            Start::Root | Start::Context => &[],
        };
        for condition in starts {
            self.look(condition);
        }
        for condition in path.steps.iter().flat_map(|step| &step.conditions) {
            self.look(condition);
        }
        self.filtered = filtered;
    }

    /// An answer beside something that none of its choices is called.
    fn compared(&mut self, question: &Expression, with: &Expression) {
        let Expression::Path(path) = question else {
            return;
        };
        let Some(list) = self
            .answered(path)
            .and_then(|part| list_of(self.logic, part))
        else {
            return;
        };
        let names = || list.choices.iter().map(|choice| choice.name.as_str());
        let unknown: Option<String> = match with {
            // Several chosen are a text with spaces between.
            Expression::Text(text) if !names().any(|name| name == text.trim()) => text
                .split_whitespace()
                .find(|word| !names().any(|name| name == *word))
                .map(str::to_owned),
            Expression::Number(number) => {
                let same = |name: &str| name.trim().parse::<Decimal>() == Ok(*number);
                (!names().any(same)).then(|| number.normalize().to_string())
            }
            _ => None,
        };
        if let Some(name) = unknown {
            let labelled = list
                .choices
                .iter()
                .find(|one| one.label.0.values().any(|label| label.trim() == name));
            let meant = match labelled {
                Some(choice) => Meant(Some(choice.name.clone())),
                None => Meant::among(&name, names()),
            };
            let list = list.name.clone();
            self.said.push(Problem::NoSuchChoice { list, name, meant });
        }
    }

    /// The item whose answer a path is, where it is one and no other.
    fn answered(&self, path: &Path) -> Option<&Part> {
        let index = match (&path.start, path.steps.as_slice()) {
            (Start::Reference(name, _), []) if !self.logic.is_named_often(name) => {
                self.logic.named(name)?
            }
            (Start::Context, [Step { to: To::Here, .. }]) if self.filtered.is_none() => self.own,
            _ => return None,
        };
        self.logic.part(index)
    }
}

fn is_column(list: &ChoiceList, name: &str) -> bool {
    matches!(name, "name" | "label" | "list_name")
        || list
            .choices
            .iter()
            .any(|one| one.properties.contains_key(name))
}

/// `2026-01-05`, which takes one number from the other.
fn day_without_quotes(expression: &Expression) -> Option<String> {
    let Expression::Two(Operator::Subtract, left, day) = expression else {
        return None;
    };
    let Expression::Two(Operator::Subtract, year, month) = left.as_ref() else {
        return None;
    };
    let whole = |one: &Expression, from: i64, to: i64| match one {
        Expression::Number(number) if number.is_integer() => i64::try_from(*number)
            .ok()
            .filter(|number| (from..=to).contains(number)),
        _ => None,
    };
    let (year, month) = (whole(year, 1900, 2100)?, whole(month, 1, 12)?);
    Some(format!("{year}-{month:02}-{:02}", whole(day, 1, 31)?))
}
