//! The one Tauri command, which carries the node's API, and the one event, which carries its
//! events.

use majlis_node::api::{ApiError, ErrorCode, Event, Request, Response};
use majlis_node::node::{Node, OpenError};
use tauri::{AppHandle, Emitter as _, State};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

/// The event's name in the interface.
const EVENT: &str = "majlis";

/// The node behind the window, or why there is none: the interface then shows that to the person,
/// call by call, instead of a window that never comes.
#[derive(Debug)]
pub(crate) struct Replica(Result<Node, ApiError>);

impl Replica {
    pub(crate) const fn open(node: Node) -> Self {
        Self(Ok(node))
    }

    pub(crate) fn shut(error: &OpenError) -> Self {
        let code = match error {
            OpenError::InUse(_) => ErrorCode::InUse,
            _ => ErrorCode::Storage,
        };
        Self(Err(ApiError::new(code, error.to_string())))
    }

    pub(crate) fn node(&self) -> Option<&Node> {
        self.0.as_ref().ok()
    }
}

/// Makes a call.
#[tauri::command]
pub(crate) async fn call(
    replica: State<'_, Replica>,
    request: serde_json::Value,
) -> Result<Response, ApiError> {
    let request: Request = serde_json::from_value(request)
        .map_err(|error| ApiError::new(ErrorCode::BadCall, error.to_string()))?;
    let node = replica.0.as_ref().map_err(Clone::clone)?;
    Box::pin(node.call(request)).await
}

/// Hands every event to the interface until the node is gone. A listener that fell behind asks
/// again for everything it shows.
pub(crate) async fn carry_events(app: AppHandle, mut events: Receiver<Event>) {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(_)) => Event::Me,
            Err(RecvError::Closed) => return,
        };
        // Without a page there is nobody to tell.
        let _ = app.emit(EVENT, event);
    }
}
