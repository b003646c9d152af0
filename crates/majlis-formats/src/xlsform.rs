//! XLSForm: forms written in a spreadsheet, in and out.
//!
//! [`read`] accepts the core of the specification and keeps what lies beyond it; [`write()`] gives
//! back a workbook that reads as the same form.

use serde::Serialize;

use crate::form::Form;
use crate::message::{Message, Place, Problem, Severity};
use crate::workbook::Workbook;

mod choices;
mod columns;
mod doubts;
mod loops;
mod parameters;
mod references;
mod rest;
mod rows;
mod settings;
mod survey;
mod types;
mod write;

pub use write::{WriteError, write};

/// A form and what there is to say about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Reading {
    /// The form, unless a message is an error.
    pub form: Option<Form>,
    /// Errors first, then by place.
    pub messages: Vec<Message>,
}

impl Reading {
    /// Whether nothing must be mended.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.form.is_some()
    }

    /// Messages that are errors.
    pub fn errors(&self) -> impl Iterator<Item = &Message> {
        self.messages
            .iter()
            .filter(|message| message.severity == Severity::Error)
    }
}

/// Reads a form from an XLSX, XLS or ODS file.
///
/// `name` is the id and title of a form that says none: the name of its file without the ending.
/// A form is given only if its logic holds, so it can be filled right away.
#[must_use]
pub fn read(bytes: &[u8], name: &str) -> Reading {
    match Workbook::read(bytes) {
        Ok(workbook) => read_workbook(&workbook, name),
        Err(reason) => Reading {
            form: None,
            messages: vec![Message::error(
                Place::default(),
                Problem::Unreadable { reason },
            )],
        },
    }
}

/// Reads a form from a workbook. See [`read`].
#[must_use]
pub fn read_workbook(workbook: &Workbook, name: &str) -> Reading {
    let mut messages = Vec::new();
    rest::say_unworked(workbook, &mut messages);
    let form = survey::form(workbook, name, &mut messages);
    if let Some(form) = &form {
        let sound = messages
            .iter()
            .all(|message| message.severity != Severity::Error);
        match crate::Logic::new(form) {
            Ok(logic) if sound => {
                messages.extend_from_slice(logic.notes());
                references::check(form, &logic, &mut messages);
                doubts::say(&logic, &mut messages);
            }
            Ok(_) => {}
            Err(more) if sound => messages.extend(more),
            // What is wrong in an expression by itself is said at once with the rest. A name that leads
            // nowhere may follow from a row that was not read: it is said where no row has it.
            Err(more) => messages.extend(more.into_iter().filter(|message| {
                let by_itself = match &message.problem {
                    Problem::Syntax { .. } | Problem::BadPattern { .. } => true,
                    Problem::UnknownReference { name, .. } => !is_written(workbook, name),
                    _ => false,
                };
                by_itself && message.severity == Severity::Error
            })),
        }
    }
    messages.sort_by(|one, other| {
        (other.severity, &one.place.sheet, one.place.row).cmp(&(
            one.severity,
            &other.place.sheet,
            other.place.row,
        ))
    });
    let usable = !messages
        .iter()
        .any(|message| message.severity == Severity::Error);
    Reading {
        form: form.filter(|_| usable),
        messages,
    }
}

/// Whether a cell has a name, or the beginning that names are made from (`name_other`, `name_count`).
fn is_written(workbook: &Workbook, name: &str) -> bool {
    let rows = workbook.sheets.iter().flat_map(|sheet| &sheet.rows);
    rows.flat_map(|row| row.cells.values()).any(|cell| {
        let rest = name.strip_prefix(cell.trim());
        !cell.trim().is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
    })
}
