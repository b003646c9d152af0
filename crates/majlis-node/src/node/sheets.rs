//! Calls that read a form from a spreadsheet, and write one.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use majlis_core::consultation::Form;
use majlis_core::id::QuestionId;
use majlis_formats::message::{Message, Problem, Severity};
use majlis_formats::{Logic, xlsform};

use crate::api::process::{ConsultationDraft, ConsultationRef};
use crate::api::sheet::{ReadSheet, SheetMessage, SheetRead, SheetSeverity, SheetWritten};
use crate::api::{ApiError, ErrorCode};
use crate::clock;
use crate::node::Node;
use crate::node::consultations::{form_of as drafted, lane};
use crate::node::parts::waiting;
use crate::plain::sheet::{form_of, sheet};
use crate::plain::{self, form};

/// The largest spreadsheet, in bytes.
const MAX_SHEET: usize = 8 << 20;

impl Node {
    pub(super) async fn read_sheet(&self, read: ReadSheet) -> Result<SheetRead, ApiError> {
        waiting(move || reading(&read)).await
    }

    pub(super) async fn write_sheet(&self, at: ConsultationRef) -> Result<SheetWritten, ApiError> {
        let lane = lane(&at.consultation)?;
        self.at(&at.space, move |desk| {
            let row = desk.process(lane)?;
            let form = desk.form(&row)?;
            written(&form, &lane.short())
        })
        .await
    }

    pub(super) async fn write_draft(
        &self,
        draft: ConsultationDraft,
    ) -> Result<SheetWritten, ApiError> {
        waiting(move || written(&drafted(&draft)?, "form")).await
    }
}

fn written(form: &Form, id: &str) -> Result<SheetWritten, ApiError> {
    let bytes = xlsform::write(&sheet(form, id));
    let bytes = bytes.map_err(|error| ApiError::new(ErrorCode::Internal, error.to_string()))?;
    Ok(SheetWritten {
        name: format!("{id}.xlsx"),
        base64: BASE64.encode(&bytes),
    })
}

/// What a message puts into its sentence, by the names of its fields; what is no text or number is left out.
fn values(problem: &Problem) -> BTreeMap<String, String> {
    let Ok(serde_json::Value::Object(fields)) = serde_json::to_value(problem) else {
        return BTreeMap::new();
    };
    // Why an expression is not understood has values of its own.
    let each = fields.into_iter().flat_map(|(name, value)| match value {
        serde_json::Value::Object(own) if name == "reason" => own.into_iter().collect(),
        other => vec![(name, other)],
    });
    let each = each.filter(|(name, _)| name != "code");
    let text = |value: serde_json::Value| match value {
        serde_json::Value::String(text) => Some(text),
        serde_json::Value::Number(number) => Some(number.to_string()),
        serde_json::Value::Array(list) => {
            let words = list.iter().filter_map(serde_json::Value::as_str);
            Some(words.collect::<Vec<&str>>().join(", "))
        }
        serde_json::Value::Null | serde_json::Value::Bool(_) | serde_json::Value::Object(_) => None,
    };
    each.filter_map(|(name, value)| Some((name, text(value)?)))
        .collect()
}

fn said(message: &Message) -> SheetMessage {
    SheetMessage {
        severity: match message.severity {
            Severity::Error => SheetSeverity::Error,
            Severity::Warning => SheetSeverity::Warning,
            Severity::Note => SheetSeverity::Note,
        },
        code: message.problem.code(),
        place: message.place.to_string(),
        sheet: message.place.sheet.clone(),
        row: message.place.row,
        column: message.place.column.clone(),
        values: values(&message.problem),
        message: message.problem.to_string(),
        advice: message.problem.advice(),
    }
}

fn reading(read: &ReadSheet) -> Result<SheetRead, ApiError> {
    let bytes = BASE64.decode(read.base64.as_bytes());
    let bytes = bytes.map_err(|_| plain::bad("spreadsheet"))?;
    if bytes.len() > MAX_SHEET {
        return Err(plain::bad("spreadsheet"));
    }
    let name = read
        .name
        .rsplit_once('.')
        .map_or(&*read.name, |(name, _)| name);
    let reading = xlsform::read(&bytes, name);
    let mut messages: Vec<SheetMessage> = reading.messages.iter().map(said).collect();
    let Some(written) = reading.form else {
        let draft = None;
        return Ok(SheetRead { draft, messages });
    };
    let logic = match Logic::new(&written) {
        Ok(logic) => logic,
        Err(errors) => {
            messages.extend(errors.iter().map(said));
            let draft = None;
            return Ok(SheetRead { draft, messages });
        }
    };
    messages.extend(logic.notes().iter().map(said));
    let mut written = logic.form().clone();
    if let Some(wanted) = &read.language {
        let by_name = written.languages.iter().find(|one| one.name == *wanted);
        let by_code = |one: &&majlis_formats::form::Language| one.code.as_ref() == Some(wanted);
        let found = by_name.or_else(|| written.languages.iter().find(by_code));
        let found = found.ok_or_else(|| {
            let names: Vec<&str> = written.languages.iter().map(|one| &*one.name).collect();
            let why = format!(
                "the form has no language {wanted:?}, but {}",
                names.join(", ")
            );
            ApiError::new(ErrorCode::BadInput, why).about("language")
        })?;
        written.settings.default_language = Some(found.name.clone());
    }
    let mut fresh = || QuestionId::from_bytes(clock::fresh());
    let draft = match form_of(&written, &mut fresh) {
        Ok(mut whole) => {
            whole.stage = plain::stage(read.stage);
            Some(form::draft_of(&whole))
        }
        Err(not) => {
            messages.push(SheetMessage {
                severity: SheetSeverity::Error,
                code: "not_taken".to_owned(),
                values: BTreeMap::from([("name".to_owned(), not.name.clone())]),
                place: not.name,
                sheet: None,
                row: None,
                column: None,
                message: not.why.to_owned(),
                advice: "make the list shorter, or give it choices".to_owned(),
            });
            None
        }
    };
    Ok(SheetRead { draft, messages })
}
