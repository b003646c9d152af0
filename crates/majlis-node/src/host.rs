//! The same API over HTTP and WebSocket on this device's own loopback address, for browsers and
//! the command line; and under other names only where a program was told them. Not here: who holds
//! the token, and encryption, which a front in the same program or a proxy before it sees to.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{DefaultBodyLimit, FromRequestParts, Request as HttpRequest, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::Listener;
use data_encoding::HEXLOWER;
use tokio::net::TcpListener;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::watch;

use crate::api::{ApiError, ErrorCode, Request};
use crate::node::Node;
use crate::{clock, disk};

mod pages;

use pages::Pages;

/// The file in the data folder that tells the command line where a running host is.
pub const TOKEN_FILE: &str = "http-token";
/// The largest request: a camera frame in base64.
const MAX_BODY: usize = 16 * 1024 * 1024;
/// A quiet event stream is pinged this often, so that both ends notice a dead one.
const PING: Duration = Duration::from_secs(20);
/// So long calls may take to finish once the host stops.
const FINISH_WITHIN: Duration = Duration::from_secs(5);
/// What pages say where there is no interface; for whoever runs the program.
const NOT_BUILT: &str = "\
This program was built without the interface, so there is no page to show. Either build the interface
(npm --prefix ui ci && npm --prefix ui run build) and then this program again, or start it with the
folder of an interface that was built: `majlis serve --ui DIR`, or for a gateway `ui` under [web] in
its settings. What is not a page works without.
";
/// The WebSocket subprotocol; the token travels beside it, where no log sees it.
const SUBPROTOCOL: &str = "majlis";

/// How the host is reached.
#[derive(Clone, Debug, Default)]
pub struct HostConfig {
    /// The port on 127.0.0.1; 0 takes any free one.
    pub port: u16,
    /// The folder of the built interface, instead of the one that the program carries.
    pub ui: Option<PathBuf>,
    /// The interface that the program carries. Without either, only the API is served, and pages
    /// say so.
    pub built: Option<Built>,
}

/// The file of the interface that a name such as `index.html` stands for, out of the program itself.
pub type Built = fn(&str) -> Option<&'static [u8]>;

/// A running host.
#[derive(Debug)]
pub struct Host {
    address: SocketAddr,
    token: String,
    file: PathBuf,
    stop: watch::Sender<bool>,
    routes: Router,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

struct Door {
    node: Node,
    pages: Pages,
    token: blake3::Hash,
    port: u16,
    /// Other names under which it may be reached, such as `https://majlis.example.org`.
    origins: Vec<String>,
    stop: watch::Receiver<bool>,
}

impl Host {
    /// Starts serving `node`.
    ///
    /// # Errors
    /// When the port is taken, there is no interface in the folder given, or the token file cannot be
    /// written.
    pub async fn start(node: Node, config: HostConfig) -> io::Result<Self> {
        Self::start_as(node, config, Vec::new()).await
    }

    /// Starts serving `node`, also to whoever reaches it under one of `origins`: scheme and host as
    /// browsers write them, such as `https://majlis.example.org`. For a proxy or a [`Host::front`].
    ///
    /// # Errors
    /// As [`Host::start`].
    pub async fn start_as(
        node: Node,
        config: HostConfig,
        origins: Vec<String>,
    ) -> io::Result<Self> {
        let pages = Pages::of(config.ui.as_deref(), config.built)?;
        let wanted = SocketAddr::from((Ipv4Addr::LOCALHOST, config.port));
        let listener = TcpListener::bind(wanted).await.map_err(|error| {
            io::Error::new(error.kind(), format!("listening on {wanted}: {error}"))
        })?;
        let address = listener.local_addr()?;
        let token = HEXLOWER.encode(&clock::fresh::<32>());
        let (stop, stopped) = watch::channel(false);
        let file = node.folder().join(TOKEN_FILE);
        // The command line calls at the first line; a person opens the one that reaches.
        let mut lines = vec![url(&format!("http://{address}"), &token)];
        lines.extend(origins.iter().map(|origin| url(origin, &token)));
        let door = Arc::new(Door {
            node,
            pages,
            token: blake3::hash(token.as_bytes()),
            port: address.port(),
            origins,
            stop: stopped,
        });
        disk::replace(&file, lines.join("\n").as_bytes())?;
        let routes = routes(door);
        let mut host = Self {
            address,
            token,
            file,
            stop,
            routes,
            tasks: Vec::new(),
        };
        host.front(listener);
        Ok(host)
    }

    /// Serves the same on another listener as well, until this host stops.
    pub fn front<L: Listener<Addr: core::fmt::Debug>>(&mut self, listener: L) {
        let (routes, mut stopped) = (self.routes.clone(), self.stop.subscribe());
        self.tasks.push(tokio::spawn(async move {
            let serving = axum::serve(listener, routes).with_graceful_shutdown(async move {
                let _ = stopped.wait_for(|stop| *stop).await;
            });
            if let Err(error) = serving.await {
                tracing::error!(%error, "a host ended");
            }
        }));
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// The secret that every call carries.
    #[must_use]
    pub fn token(&self) -> &str {
        &self.token
    }

    /// The address to open in a browser. The token is in the part that browsers never send.
    #[must_use]
    pub fn url(&self) -> String {
        url(&format!("http://{}", self.address), &self.token)
    }

    /// Stops serving, lets running calls finish and removes the token file.
    pub async fn stop(self) {
        let _ = std::fs::remove_file(&self.file);
        let _ = self.stop.send(true);
        for task in self.tasks {
            let abort = task.abort_handle();
            if tokio::time::timeout(FINISH_WITHIN, task).await.is_err() {
                abort.abort();
            }
        }
    }
}

fn url(origin: &str, token: &str) -> String {
    format!("{origin}/#token={token}")
}

fn routes(door: Arc<Door>) -> Router {
    Router::new()
        .route("/api", post(call))
        .route("/events", get(events))
        .fallback(page)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(middleware::from_fn_with_state(Arc::clone(&door), guard))
        .with_state(door)
}

/// Refuses whoever reached us by another name (DNS rebinding) or from another page, and puts the
/// protecting headers on every answer.
async fn guard(State(door): State<Arc<Door>>, request: HttpRequest, next: Next) -> Response {
    let headers = request.headers();
    let mut ours = vec![
        format!("http://127.0.0.1:{}", door.port),
        format!("http://localhost:{}", door.port),
    ];
    ours.extend(door.origins.iter().cloned());
    let host = one_value(headers, header::HOST);
    let named_us = host.is_some_and(|host| ours.iter().any(|origin| name_in(origin) == host));
    let from_us = match headers.get(header::ORIGIN) {
        None => true,
        Some(_) => one_value(headers, header::ORIGIN)
            .is_some_and(|origin| ours.iter().any(|o| o == origin)),
    };
    let mut response = if named_us && from_us {
        next.run(request).await
    } else {
        refuse("reaching this device under another name or from another page")
    };
    pages::protect(response.headers_mut(), door.port);
    response
}

/// The host of an origin, as a request names it.
fn name_in(origin: &str) -> &str {
    origin.split_once("://").map_or(origin, |(_, host)| host)
}

fn one_value(headers: &HeaderMap, name: header::HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?;
    values.next().is_none().then_some(value)?.to_str().ok()
}

fn refuse(message: &str) -> Response {
    failure(&ApiError::new(ErrorCode::Unauthorised, message))
}

fn failure(error: &ApiError) -> Response {
    let status = match error.code {
        ErrorCode::Unauthorised => StatusCode::UNAUTHORIZED,
        ErrorCode::BadCall => StatusCode::BAD_REQUEST,
        ErrorCode::NotFound => StatusCode::NOT_FOUND,
        ErrorCode::NotAllowed => StatusCode::FORBIDDEN,
        ErrorCode::Storage | ErrorCode::Internal | ErrorCode::DiskFull | ErrorCode::CardFull => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
        ErrorCode::BadInput
        | ErrorCode::AnswerMissing
        | ErrorCode::AnswerUnfit
        | ErrorCode::Withheld
        | ErrorCode::Claimed
        | ErrorCode::SlipNeeded
        | ErrorCode::SlipUnknown
        | ErrorCode::SlipUsed
        | ErrorCode::SealedAway
        | ErrorCode::StillOpen
        | ErrorCode::AnswersLacking
        | ErrorCode::FiguresDiffer
        | ErrorCode::CannotSeal
        | ErrorCode::UnsealedWork
        | ErrorCode::OnlyHere
        | ErrorCode::SealedTooLong
        | ErrorCode::TooLong
        | ErrorCode::SeveralAnswers
        | ErrorCode::SealingUnfit
        | ErrorCode::AnswerBreaksRule
        | ErrorCode::NotOpen
        | ErrorCode::PaperOnly
        | ErrorCode::NotSecret
        | ErrorCode::NoKey
        | ErrorCode::NotOnRoll
        | ErrorCode::PartGone
        | ErrorCode::BallotsUnnamed
        | ErrorCode::BadTest
        | ErrorCode::BadTranscript
        | ErrorCode::FormIncomplete
        | ErrorCode::BadTicket
        | ErrorCode::BadCard
        | ErrorCode::AlreadyJoined
        | ErrorCode::NoCode
        | ErrorCode::BadAddress
        | ErrorCode::Unreachable
        | ErrorCode::NoCommonSpace
        | ErrorCode::TurnedAway
        | ErrorCode::BadMedia
        | ErrorCode::MediaGone
        | ErrorCode::BadCarryFile
        | ErrorCode::NotCarryFile
        | ErrorCode::NewerCarryFile
        | ErrorCode::NotJoined
        | ErrorCode::UnreadableFile
        | ErrorCode::NameTaken
        | ErrorCode::PartTooSmall
        | ErrorCode::EditUnfit
        | ErrorCode::TextUnreadable
        | ErrorCode::AnswersUnreadable
        | ErrorCode::InUse => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, axum::Json(error)).into_response()
}

impl Door {
    /// Compares digests, so that the time it takes tells nothing about the token.
    fn knows(&self, token: &str) -> bool {
        blake3::hash(token.as_bytes()) == self.token
    }
}

/// That a call has the token of this start. It is asked for before the body is read, so that nobody else
/// fills memory.
struct LetIn;

impl FromRequestParts<Arc<Door>> for LetIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, door: &Arc<Door>) -> Result<Self, Response> {
        let token = one_value(&parts.headers, header::AUTHORIZATION);
        let token = token.and_then(|value| value.strip_prefix("Bearer "));
        if token.is_some_and(|token| door.knows(token)) {
            Ok(Self)
        } else {
            Err(refuse("calling without the token of this start"))
        }
    }
}

async fn call(State(door): State<Arc<Door>>, _: LetIn, body: Bytes) -> Response {
    let request: Request = match serde_json::from_slice(&body) {
        Ok(request) => request,
        Err(error) => {
            let error =
                ApiError::new(ErrorCode::BadCall, "reading the call").about(error.to_string());
            return failure(&error);
        }
    };
    match door.node.call(request).await {
        Ok(answer) => axum::Json(answer).into_response(),
        Err(error) => failure(&error),
    }
}

async fn events(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
    upgrade: WebSocketUpgrade,
) -> Response {
    // Browsers cannot set headers on a WebSocket; they offer the token as a second subprotocol.
    let offered = one_value(&headers, header::SEC_WEBSOCKET_PROTOCOL).unwrap_or_default();
    let mut offered = offered.split(',').map(str::trim);
    let named = offered.next() == Some(SUBPROTOCOL);
    if !named || !offered.next().is_some_and(|token| door.knows(token)) {
        return refuse("listening without the token of this start");
    }
    upgrade
        .protocols([SUBPROTOCOL])
        .max_message_size(4 * 1024)
        .on_upgrade(move |socket| tell(door, socket))
}

/// Sends events until the page goes away. A page that fell behind is sent away: it asks for
/// everything again when it comes back.
async fn tell(door: Arc<Door>, mut socket: WebSocket) {
    let mut events = door.node.events();
    let mut stop = door.stop.clone();
    let mut ping = tokio::time::interval(PING);
    loop {
        let sent = tokio::select! {
            event = events.recv() => match event {
                Ok(event) => match serde_json::to_string(&event) {
                    Ok(text) => socket.send(Message::text(text)).await,
                    Err(_) => continue,
                },
                Err(RecvError::Lagged(_)) => {
                    let behind = CloseFrame { code: 1013, reason: "fell behind".into() };
                    let _ = socket.send(Message::Close(Some(behind))).await;
                    return;
                }
                Err(RecvError::Closed) => return,
            },
            _ = ping.tick() => socket.send(Message::Ping(Bytes::new())).await,
            () = async { drop(stop.wait_for(|stop| *stop).await) } => return,
            heard = socket.recv() => match heard {
                Some(Ok(Message::Close(_)) | Err(_)) | None => return,
                Some(Ok(_)) => continue,
            },
        };
        if sent.is_err() {
            return;
        }
    }
}

async fn page(State(door): State<Arc<Door>>, request: HttpRequest) -> Response {
    if request.method() != Method::GET && request.method() != Method::HEAD {
        return StatusCode::METHOD_NOT_ALLOWED.into_response();
    }
    if matches!(door.pages, Pages::None) {
        return (StatusCode::NOT_FOUND, NOT_BUILT).into_response();
    }
    let found = door.pages.find(request.uri().path()).await;
    found.map_or_else(
        || StatusCode::NOT_FOUND.into_response(),
        |page| {
            let kind = HeaderValue::from_static(page.kind);
            let lasting = HeaderValue::from_static(page.caching);
            let headers = [
                (header::CONTENT_TYPE, kind),
                (header::CACHE_CONTROL, lasting),
            ];
            (headers, page.bytes).into_response()
        },
    )
}
