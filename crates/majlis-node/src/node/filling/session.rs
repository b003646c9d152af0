//! What is done in a filling: answering, adding rows, another language.
//! Not here: keeping it on the disk and handing it in (`filling`).

use majlis_core::consultation::form::MAX_ROWS;
use majlis_core::consultation::{Answer, Question};
use majlis_formats::filling::SetError;

use super::Session;
use crate::api::process::AnswerValue;
use crate::api::{ApiError, ErrorCode};
use crate::plain::answers::{Media, answer, text};
use crate::plain::{self, form, value};

impl Session {
    pub(super) fn speak(&mut self, wanted: Option<&str>) {
        let sheet = self.ready.logic.form();
        let name = wanted.map_or_else(
            || sheet.first_language(),
            |wanted| {
                let by_name = sheet.languages.iter().find(|one| one.name == wanted);
                by_name.map_or_else(|| sheet.language_of(wanted), |one| one.name.as_str())
            },
        );
        let name = name.to_owned();
        self.filling.speak(&name);
        self.saved.language = name;
    }

    pub(super) fn set(&mut self, path: &str, given: Option<&AnswerValue>) -> Result<(), ApiError> {
        let at = self.ready.names.at_filling(path);
        let question = at.and_then(|at| self.ready.form.questions.get(at));
        let question = question.ok_or_else(|| plain::missing("question").about(path))?;
        let given = match given {
            None => String::new(),
            // Read by the kind of question, digits of any script too.
            Some(
                AnswerValue::Text(text)
                | AnswerValue::Number(text)
                | AnswerValue::Date(text)
                | AnswerValue::Time(text)
                | AnswerValue::DateTime(text),
            ) => text.clone(),
            Some(value) => match value::answer(value).ok_or_else(|| unfit(question))? {
                Answer::Rows(_) => return Err(unfit(question)),
                answer => text(question, &answer, Media::Kept),
            },
        };
        let before = self.filling.answer(path).to_owned();
        let set = self.filling.set(path, &given);
        set.map_err(|error| self.refused(path, error))?;
        // What cannot be recorded, a file that is not kept here or too many decimals, is not taken.
        let taken = self.filling.answer(path);
        if !taken.is_empty() && answer(question, taken).is_none() {
            let unfit = unfit(question);
            drop(self.filling.set(path, &before));
            return Err(unfit);
        }
        self.touch(path);
        Ok(())
    }

    pub(super) fn add_row(&mut self, path: &str) -> Result<(), ApiError> {
        let rows = self.filling.repeats();
        let rows = rows.iter().find(|repeat| repeat.path == path);
        if rows.is_some_and(|repeat| repeat.instances >= MAX_ROWS) {
            return Err(self.refused(path, SetError::TooMany));
        }
        let added = self.filling.add_instance(path);
        added.map(|_| ()).map_err(|error| self.refused(path, error))
    }

    pub(super) fn refused(&self, path: &str, error: SetError) -> ApiError {
        let at = self.ready.names.at_filling(path);
        let question = at.and_then(|at| self.ready.form.questions.get(at));
        let about = question.map_or_else(
            || path.to_owned(),
            |question| form::question_id(question.id),
        );
        let code = match error {
            SetError::NoSuchPath => ErrorCode::NotFound,
            SetError::ReadOnly | SetError::Counted => ErrorCode::NotAllowed,
            SetError::Malformed(_) | SetError::TooMany => ErrorCode::AnswerUnfit,
            _ => ErrorCode::BadInput,
        };
        ApiError::new(code, error.to_string()).about(about)
    }
}

fn unfit(question: &Question) -> ApiError {
    let what = "giving an answer that does not fit its question";
    ApiError::new(ErrorCode::AnswerUnfit, what).about(form::question_id(question.id))
}
