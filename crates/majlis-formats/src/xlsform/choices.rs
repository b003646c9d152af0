//! The sheet `choices`: lists, a choice a row.

use std::collections::BTreeMap;

use super::columns::{Plain, Sheet, TextColumn};
use super::rows::Table;
use crate::expression::straight_quotes;
use crate::form::{Choice, ChoiceList, Origin, Settings};
use crate::message::{Earlier, Message, Problem, Severity};
use crate::workbook::Workbook;

pub(super) fn read(
    workbook: &Workbook,
    settings: &Settings,
    unnamed: &str,
    messages: &mut Vec<Message>,
) -> Vec<ChoiceList> {
    let mut lists: Vec<ChoiceList> = Vec::new();
    let mut by_name: BTreeMap<String, usize> = BTreeMap::new();
    let mut seen: BTreeMap<(String, String), u32> = BTreeMap::new();
    let Some(sheet) = workbook.sheet("choices") else {
        return lists;
    };
    let Some(table) = Table::read(sheet, Sheet::Choices, messages) else {
        return lists;
    };
    if !table.columns.has(Plain::ListName) && !table.rows.is_empty() {
        messages.push(Message::error(
            crate::message::Place::row(table.name, table.head),
            Problem::MissingColumn {
                heading: Plain::ListName.written().to_owned(),
            },
        ));
        return lists;
    }
    for cells in table.cells() {
        let choice = Choice {
            // Expressions write it in quotes that word processors would have bent as well.
            name: straight_quotes(cells.plain(Plain::Name).unwrap_or_default()),
            label: cells.texts(TextColumn::Label, unnamed),
            media: cells.media(unnamed),
            properties: cells.kept(),
            row: Origin(Some(cells.number())),
        };
        let list = cells.plain(Plain::ListName).unwrap_or_default();
        if list.is_empty() {
            // A remark beside the lists is no choice; a choice without a list is never offered.
            if !choice.name.is_empty() || !choice.label.is_empty() {
                messages.push(Message::warning(
                    cells.place(Plain::ListName),
                    Problem::MissingListName {},
                ));
            }
            continue;
        }
        if choice.name.is_empty() {
            messages.push(Message::error(
                cells.place(Plain::Name),
                Problem::MissingChoiceName {},
            ));
            continue;
        }
        let key = (list.to_owned(), choice.name.clone());
        if let Some(first) = seen.get(&key) {
            let severity = if settings.allow_choice_duplicates {
                None
            } else {
                Some(Severity::Error)
            };
            if let Some(severity) = severity {
                messages.push(Message {
                    severity,
                    place: cells.place(Plain::Name),
                    problem: Problem::RepeatedChoice {
                        list: list.to_owned(),
                        name: choice.name.clone(),
                        first: Earlier(Some(*first)),
                    },
                });
            }
        }
        seen.entry(key).or_insert(cells.number());
        if choice.label.is_empty() && choice.media.is_empty() {
            messages.push(Message::warning(
                cells.row_place(),
                Problem::MissingLabel {
                    name: choice.name.clone(),
                },
            ));
        }
        let index = *by_name.entry(list.to_owned()).or_insert_with(|| {
            lists.push(ChoiceList {
                name: list.to_owned(),
                choices: Vec::new(),
            });
            lists.len() - 1
        });
        if let Some(list) = lists.get_mut(index) {
            list.choices.push(choice);
        }
    }
    lists
}
