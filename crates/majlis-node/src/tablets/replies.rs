//! What a tablet is told about a submission: the status of HTTP, and a sentence for its officer.
//! In English, as the protocol names no language.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use majlis_formats::openrosa;

use super::Door;
use crate::node::submissions::{Taken, Untaken};
use crate::node::tablets::Tablet;

fn say(status: StatusCode, message: &str, received: bool) -> Response {
    let kind = [(header::CONTENT_TYPE, "text/xml; charset=utf-8")];
    (status, kind, openrosa::respond(message, received)).into_response()
}

/// Nobody is told what the disk of this device says.
pub(super) fn hidden() -> Response {
    let why = "the server cannot do this now; keep the answer and send it again";
    say(StatusCode::INTERNAL_SERVER_ERROR, why, false)
}

/// A token is missing, wrong or revoked.
pub(super) fn refuse_wrong(message: &str) -> Response {
    let mut response = say(StatusCode::UNAUTHORIZED, message, false);
    let asks = HeaderValue::from_static("Basic realm=\"Majlis\", charset=\"UTF-8\"");
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, asks);
    response
}

/// Later, and not now.
pub(super) fn busy(message: &str) -> Response {
    let message = format!("{message}; try again in a minute");
    let mut response = say(StatusCode::TOO_MANY_REQUESTS, &message, false);
    let later = HeaderValue::from_static("60");
    response.headers_mut().insert(header::RETRY_AFTER, later);
    response
}

/// It is recorded, or waits.
pub(super) fn reply(door: &Door, tablet: &Tablet, taken: &Taken) -> Response {
    match taken {
        Taken::Recorded { code, before } => {
            if *before {
                door.figures.repeated();
            } else {
                door.figures.recorded();
                tracing::info!(tablet = %tablet.id, "an answer from a tablet is recorded");
            }
            let first = match (before, code) {
                (true, _) => "Received before; it counts once.",
                (false, Some(_)) => "Received.",
                (false, None) => "Received; it replaces the earlier answer.",
            };
            let code = code.as_ref();
            let code = code.map(|code| format!(" The code for the person's receipt: {code}"));
            let message = format!("{first}{}", code.unwrap_or_default());
            say(StatusCode::CREATED, &message, true)
        }
        Taken::Waits(missing) => {
            door.figures.waiting();
            let message = format!("Received so far; missing: {}", missing.join(", "));
            say(StatusCode::ACCEPTED, &message, true)
        }
    }
}

/// It is not recorded.
pub(super) fn failed(door: &Door, untaken: Untaken) -> Response {
    door.figures.refused();
    let (status, message) = match untaken {
        Untaken::Malformed(why) => (
            StatusCode::BAD_REQUEST,
            format!("This cannot be read: {why}."),
        ),
        Untaken::UnknownForm => (
            StatusCode::NOT_FOUND,
            "There is no such form here, or not in this version. Get the forms anew; keep the answer."
                .to_owned(),
        ),
        Untaken::Closed => (
            StatusCode::CONFLICT,
            "The consultation is closed. Keep the answer and tell the office.".to_owned(),
        ),
        Untaken::Different => (
            StatusCode::CONFLICT,
            "Another answer was received under this name before, and stays. Keep this one and tell the office."
                .to_owned(),
        ),
        Untaken::NotAllowed(why) => (StatusCode::FORBIDDEN, format!("Not allowed: {why}.")),
        Untaken::TooLarge => (
            StatusCode::PAYLOAD_TOO_LARGE,
            "This is larger than is taken at once.".to_owned(),
        ),
        Untaken::BadFile(name) => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            format!("This file is no photo (JPEG, PNG, WebP) or sound (M4A, Ogg, WebM) that can be kept: {name}. The rest is kept."),
        ),
        Untaken::Broken => (
            StatusCode::BAD_REQUEST,
            "It broke off on the way. What arrived is kept; send it again.".to_owned(),
        ),
        Untaken::Missing(names) => (
            StatusCode::BAD_REQUEST,
            format!("Files are missing: {}. What arrived is kept; send it again.", names.join(", ")),
        ),
        Untaken::Full => (
            StatusCode::INSUFFICIENT_STORAGE,
            "Too much is waiting, or came from this tablet today. Keep the answer and send it later."
                .to_owned(),
        ),
        Untaken::Failed(error) => {
            tracing::error!(%error, "taking what a tablet sent");
            return hidden();
        }
    };
    tracing::info!(status = status.as_u16(), message, "not taken from a tablet");
    say(status, &message, false)
}
