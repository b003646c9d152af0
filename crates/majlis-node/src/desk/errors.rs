//! What the core and the store say, as errors of calls.

use majlis_core::document::EditError;
use majlis_core::shelf::ShelfError;
use majlis_core::space::CommandError;
use majlis_store::{PersistError, WriteError};

use crate::api::{ApiError, ErrorCode};
use crate::plain;

/// What the core would not do, as an error of a call.
pub(crate) fn command_error(error: &CommandError) -> ApiError {
    match error {
        CommandError::NotAllowed(_) | CommandError::NotMember => {
            ApiError::new(ErrorCode::NotAllowed, error.to_string())
        }
        CommandError::WrongCard => ApiError::new(ErrorCode::BadCard, error.to_string()),
        CommandError::NotFound => ApiError::new(ErrorCode::NotFound, error.to_string()),
        CommandError::BadInput => ApiError::new(ErrorCode::BadInput, error.to_string()),
        CommandError::TooLong => ApiError::new(ErrorCode::TooLong, error.to_string()),
        CommandError::Newer => ApiError::new(ErrorCode::NewerCarryFile, error.to_string()),
        CommandError::Unreadable => ApiError::new(ErrorCode::TextUnreadable, error.to_string()),
        CommandError::AnswersUnreadable => {
            ApiError::new(ErrorCode::AnswersUnreadable, error.to_string())
        }
        CommandError::Form(form) => plain::form::form_error(form),
        CommandError::Checkpoint(unfit) => ApiError::new(ErrorCode::BadInput, unfit.to_string()),
        CommandError::Edit(edit @ EditError::TooLong) => {
            ApiError::new(ErrorCode::FormIncomplete, edit.to_string()).about("length")
        }
        CommandError::Edit(edit) => ApiError::new(ErrorCode::EditUnfit, edit.to_string()),
    }
}

/// A document that cannot be read, as an error of a call.
pub(crate) fn text_error(error: &ShelfError) -> ApiError {
    let told = store_error(error);
    match error {
        ShelfError::Damaged(_) => ApiError::new(ErrorCode::TextUnreadable, told.message),
        ShelfError::Failed(_) => told,
    }
}

/// A failing store, as an error of a call: the whole chain of causes, for a report.
pub(crate) fn store_error(error: &(dyn std::error::Error + 'static)) -> ApiError {
    let full = |error: &&(dyn std::error::Error + 'static)| {
        matches!(error.downcast_ref(), Some(WriteError::DiskFull(_)))
            || matches!(error.downcast_ref(), Some(PersistError::DiskFull(_)))
    };
    let causes: Vec<_> = std::iter::successors(Some(error), |error| error.source()).collect();
    let code = if causes.iter().any(full) {
        ErrorCode::DiskFull
    } else {
        ErrorCode::Storage
    };
    let text: Vec<String> = causes.into_iter().map(ToString::to_string).collect();
    ApiError::new(code, text.join(": "))
}
