//! The sheet `survey`: questions, groups and repeats, one a row.

use std::collections::BTreeMap;

use super::columns::{Plain, Sheet, TextColumn};
use super::rows::{Cells, Table};
use super::{choices, loops, parameters, rest, settings, types};
use crate::expression::is_name;
use crate::form::{
    ChoiceList, DEFAULT_LANGUAGE, Form, Item, Kind, Language, Origin, Rules, Support,
};
use crate::message::{Earlier, Meant, Message, Place, Problem, Severity};
use crate::workbook::Workbook;

/// Items of a form.
const MAX_ITEMS: usize = 20_000;
/// How deep groups may lie in each other.
const MAX_DEPTH: usize = 32;

pub(super) fn form(workbook: &Workbook, name: &str, messages: &mut Vec<Message>) -> Option<Form> {
    let sheet = match (workbook.sheet("survey"), workbook.sheets.as_slice()) {
        (Some(sheet), _) => sheet,
        (None, [only]) => {
            messages.push(Message::warning(
                Place::sheet(&only.name),
                Problem::OnlySheet {
                    sheet: only.name.clone(),
                },
            ));
            only
        }
        (None, sheets) => {
            messages.push(Message::error(
                Place::default(),
                Problem::NoSurvey {
                    sheets: sheets.iter().map(|sheet| sheet.name.clone()).collect(),
                },
            ));
            return None;
        }
    };
    let settings = settings::read(workbook, name, messages);
    let unnamed = settings
        .default_language
        .clone()
        .unwrap_or_else(|| DEFAULT_LANGUAGE.to_owned());
    let lists = choices::read(workbook, &settings, &unnamed, messages);
    let Some(table) = Table::read(sheet, Sheet::Survey, messages) else {
        messages.push(Message::error(
            Place::sheet(&sheet.name),
            Problem::MissingColumn {
                heading: Plain::Type.written().to_owned(),
            },
        ));
        return None;
    };
    let below = rest::headings_below(sheet, &table);
    if let Some(row) = below {
        messages.push(Message::error(
            Place::row(&sheet.name, Some(1)),
            Problem::HeadingsBelow { row },
        ));
    }
    for column in [Plain::Type, Plain::Name] {
        if below.is_none() && !table.columns.has(column) {
            messages.push(Message::error(
                Place::row(&sheet.name, table.head),
                Problem::MissingColumn {
                    heading: column.written().to_owned(),
                },
            ));
        }
    }
    let mut survey = Survey {
        lists: &lists,
        unnamed: &unnamed,
        open: vec![Open::default()],
        count: 0,
        messages,
    };
    if table.columns.has(Plain::Type) {
        for cells in table.cells() {
            survey.row(&cells);
        }
    }
    let items = survey.finish(&sheet.name);
    if items.is_empty() && !messages.iter().any(|one| one.severity == Severity::Error) {
        let place = Place::cell(&sheet.name, Some(2), "type");
        messages.push(Message::error(place, Problem::NothingAsked {}));
    }
    let mut form = Form {
        languages: rest::languages(&items, &lists, &table, &unnamed),
        settings,
        items,
        kept_sheets: rest::kept(workbook, &sheet.name, messages),
        lists,
    };
    if form.languages.is_empty() {
        form.languages.push(Language::named(&unnamed));
    }
    rest::say_missing(&form, messages);
    Some(form)
}

/// A section that is not closed yet; the first is the form itself.
#[derive(Default)]
struct Open {
    item: Option<Item>,
    items: Vec<Item>,
    names: BTreeMap<String, Option<u32>>,
    /// The list that a loop goes through.
    over: Option<String>,
}

struct Survey<'a> {
    lists: &'a [ChoiceList],
    unnamed: &'a str,
    open: Vec<Open>,
    count: usize,
    messages: &'a mut Vec<Message>,
}

impl Survey<'_> {
    fn row(&mut self, cells: &Cells<'_>) {
        if cells.plain(Plain::Disabled).is_some_and(settings::is_yes) {
            return;
        }
        let Some(written) = cells.plain(Plain::Type) else {
            // A remark in a column of its own is no question.
            if cells.plain(Plain::Name).is_some()
                || !cells.texts(TextColumn::Label, self.unnamed).is_empty()
            {
                self.messages.push(Message::error(
                    cells.place(Plain::Type),
                    Problem::MissingType {},
                ));
            }
            return;
        };
        match types::read(written) {
            Ok(types::Row::Item(kind, extra)) => {
                if matches!(kind, Kind::Rank { .. }) && types::asks_other(written) {
                    let feature = "or_other of an order".to_owned();
                    self.messages.push(Message::note(
                        cells.place(Plain::Type),
                        Problem::NotSupportedYet { feature },
                    ));
                }
                self.item(cells, kind, extra);
            }
            Ok(types::Row::Loop(list)) => {
                self.check_list(cells, &list);
                self.item(cells, Kind::Group, types::Extra::default());
                if let Some(open) = self.open.last_mut() {
                    open.over = Some(list);
                }
            }
            Ok(types::Row::EndGroup) => self.end(cells, &Kind::Group, false),
            Ok(types::Row::EndRepeat) => self.end(cells, &Kind::Repeat, false),
            Ok(types::Row::EndLoop) => self.end(cells, &Kind::Group, true),
            Err(problem) => self
                .messages
                .push(Message::error(cells.place(Plain::Type), problem)),
        }
    }

    fn item(&mut self, cells: &Cells<'_>, kind: Kind, extra: types::Extra) {
        self.count += 1;
        if self.count > MAX_ITEMS {
            if self.count == MAX_ITEMS + 1 {
                self.too_large(cells, "questions", MAX_ITEMS);
            }
            return;
        }
        let name = self.name(cells, &kind);
        let mut item = Item {
            row: Origin(Some(cells.number())),
            label: cells.texts(TextColumn::Label, self.unnamed),
            hint: cells.texts(TextColumn::Hint, self.unnamed),
            guidance_hint: cells.texts(TextColumn::GuidanceHint, self.unnamed),
            media: cells.media(self.unnamed),
            rules: rules(cells),
            constraint_message: cells.texts(TextColumn::ConstraintMessage, self.unnamed),
            required_message: cells.texts(TextColumn::RequiredMessage, self.unnamed),
            appearance: cells.plain(Plain::Appearance).map(str::to_owned),
            parameters: self.parameters(cells),
            kept: cells.kept(),
            ..Item::new(&name, kind)
        };
        if item.rules.constraint.is_none() {
            item.rules.constraint = extra.constraint.map(str::to_owned);
        }
        if let Some(hint) = extra.hint
            && item.hint.is_empty()
        {
            let mut languages: Vec<String> = item.label.0.keys().cloned().collect();
            if languages.is_empty() {
                languages.push(self.unnamed.to_owned());
            }
            for language in languages {
                item.hint.0.insert(language, hint.to_owned());
            }
        }
        self.check(cells, &item);
        if item.kind.is_section() {
            if self.open.len() > MAX_DEPTH {
                self.too_large(cells, "groups in each other", MAX_DEPTH);
            }
            self.open.push(Open {
                item: Some(item),
                ..Open::default()
            });
        } else if let Some(open) = self.open.last_mut() {
            open.items.push(item);
        }
    }

    fn too_large(&mut self, cells: &Cells<'_>, what: &str, limit: usize) {
        self.messages.push(Message::error(
            cells.row_place(),
            Problem::TooLarge {
                what: what.to_owned(),
                limit: limit as u64,
            },
        ));
    }

    fn name(&mut self, cells: &Cells<'_>, kind: &Kind) -> String {
        let written = cells.plain(Plain::Name).unwrap_or_default();
        let name = if !written.is_empty() {
            // In a loop a name may have that of the choice in it.
            let of_choice =
                written.contains("%(") && self.open.iter().any(|one| one.over.is_some());
            if !is_name(written) && !of_choice {
                self.messages.push(Message::error(
                    cells.place(Plain::Name),
                    Problem::InvalidName {
                        name: written.to_owned(),
                    },
                ));
            }
            written.to_owned()
        } else if matches!(kind, Kind::Other { written } if written.eq_ignore_ascii_case("audit")) {
            // It has one name in every form.
            "audit".to_owned()
        } else if *kind == Kind::Note {
            let name = format!("generated_note_name_{}", cells.number());
            self.messages.push(Message::note(
                cells.place(Plain::Name),
                Problem::NameMade { name: name.clone() },
            ));
            name
        } else {
            self.messages.push(Message::error(
                cells.place(Plain::Name),
                Problem::MissingName {},
            ));
            format!("row_{}", cells.number())
        };
        if let Some(open) = self.open.last_mut() {
            if let Some(first) = open.names.get(&name) {
                self.messages.push(Message::error(
                    cells.place(Plain::Name),
                    Problem::RepeatedName {
                        name: name.clone(),
                        first: Earlier(*first),
                    },
                ));
            }
            open.names
                .entry(name.clone())
                .or_insert(Some(cells.number()));
        }
        name
    }

    fn parameters(&mut self, cells: &Cells<'_>) -> BTreeMap<String, String> {
        let written = cells.plain(Plain::Parameters).unwrap_or_default();
        let (parameters, problems) = parameters::read(written);
        self.say_parameters(cells, problems);
        parameters
    }

    fn say_parameters(&mut self, cells: &Cells<'_>, problems: Vec<Problem>) {
        for problem in problems {
            let place = cells.place(Plain::Parameters);
            self.messages.push(Message::error(place, problem));
        }
    }

    /// The list of that name; that there is none is said.
    fn check_list(&mut self, cells: &Cells<'_>, wanted: &str) -> Option<&ChoiceList> {
        let lists = self.lists;
        let found = lists.iter().find(|list| list.name == wanted);
        if found.is_none() {
            let names = lists.iter().map(|list| list.name.as_str());
            // A list may be named by an answer, which is like no name.
            let meant = if wanted.starts_with("${") {
                Meant(None)
            } else {
                Meant::among(wanted, names)
            };
            let list = wanted.to_owned();
            self.messages.push(Message::error(
                cells.place(Plain::Type),
                Problem::UnknownList { list, meant },
            ));
        }
        found
    }

    fn check(&mut self, cells: &Cells<'_>, item: &Item) {
        if let Some(wanted) = item.kind.list()
            && let Some(list) = self.check_list(cells, wanted)
            && !matches!(item.kind, Kind::SelectOne { .. })
        {
            let spaced = list.choices.iter().filter(|one| one.name.contains(' '));
            let spaced = spaced.map(|choice| {
                let name = choice.name.clone();
                let place = Place::cell("choices", choice.row.0, "name");
                Message::error(place, Problem::SpaceInChoice { name })
            });
            let spaced: Vec<Message> = spaced.collect();
            self.messages.extend(spaced);
        }
        if item.kind == Kind::Calculate
            && item.rules.calculation.is_none()
            && item.rules.default.is_none()
        {
            self.messages.push(Message::error(
                cells.place(Plain::Calculation),
                Problem::MissingCalculation {},
            ));
        }
        let later = match &item.kind {
            kind if kind.support() == Support::Kept => Some(kind.written()),
            _ => None,
        };
        if let Some(feature) = later {
            self.messages.push(Message::note(
                cells.place(Plain::Type),
                Problem::NotSupportedYet { feature },
            ));
        }
        if item.kind.is_asked() || item.kind == Kind::Note {
            let described =
                !item.label.is_empty() || !item.media.is_empty() || !item.hint.is_empty();
            let computed = item.rules.calculation.is_some();
            if !described && !computed {
                self.messages.push(Message::warning(
                    cells.row_place(),
                    Problem::MissingLabel {
                        name: item.name.clone(),
                    },
                ));
            }
        }
        let problems = parameters::check(item, self.lists);
        self.say_parameters(cells, problems);
    }

    fn end(&mut self, cells: &Cells<'_>, kind: &Kind, of_loop: bool) {
        let open = self.open.last();
        let is_loop = open.is_some_and(|open| open.over.is_some());
        let problem = match open.and_then(|open| open.item.as_ref()) {
            None => Some(Problem::NotOpened {}),
            Some(item) if item.kind != *kind || is_loop != of_loop => Some(Problem::WrongEnd {
                name: item.name.clone(),
                opened: Earlier(item.row.0),
            }),
            Some(_) => None,
        };
        match problem {
            Some(problem @ Problem::NotOpened {}) => self
                .messages
                .push(Message::error(cells.place(Plain::Type), problem)),
            Some(problem) => {
                self.messages
                    .push(Message::error(cells.place(Plain::Type), problem));
                self.close();
            }
            None => self.close(),
        }
    }

    fn close(&mut self) {
        if self.open.len() < 2 {
            return;
        }
        if let Some(Open {
            item: Some(mut item),
            items,
            over,
            ..
        }) = self.open.pop()
        {
            let list = over.and_then(|over| self.lists.iter().find(|list| list.name == over));
            item.items = match list {
                None => items,
                Some(list) => {
                    let more = loops::size(&items).saturating_mul(list.choices.len());
                    self.count = self.count.saturating_add(more);
                    if self.count > MAX_ITEMS {
                        let (what, limit) = ("questions".to_owned(), MAX_ITEMS as u64);
                        self.messages.push(Message::error(
                            Place::row("survey", item.row.0),
                            Problem::TooLarge { what, limit },
                        ));
                        items
                    } else {
                        loops::unfold(&items, list, item.row)
                    }
                }
            };
            if let Some(outer) = self.open.last_mut() {
                outer.items.push(item);
            }
        }
    }

    fn finish(mut self, sheet: &str) -> Vec<Item> {
        while self.open.len() > 1 {
            if let Some(item) = self.open.last().and_then(|open| open.item.as_ref()) {
                self.messages.push(Message::error(
                    Place::cell(sheet, item.row.0, "type"),
                    Problem::NotClosed {
                        name: item.name.clone(),
                    },
                ));
            }
            self.close();
        }
        self.open.pop().unwrap_or_default().items
    }
}

fn rules(cells: &Cells<'_>) -> Rules {
    let truth = |column| {
        cells
            .expression(column)
            .map(|text| match text.trim().to_ascii_lowercase().as_str() {
                "yes" | "true" => "true()".to_owned(),
                "no" | "false" => "false()".to_owned(),
                _ => text,
            })
    };
    Rules {
        relevant: truth(Plain::Relevant),
        required: truth(Plain::Required),
        constraint: truth(Plain::Constraint),
        calculation: cells.expression(Plain::Calculation),
        trigger: cells
            .plain(Plain::Trigger)
            .unwrap_or_default()
            .split(',')
            .map(str::trim)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
            .collect(),
        default: cells.plain(Plain::Default).map(str::to_owned),
        read_only: truth(Plain::ReadOnly),
        choice_filter: cells.expression(Plain::ChoiceFilter),
        repeat_count: cells.expression(Plain::RepeatCount),
    }
}
