//! OpenRosa over HTTP, for tablets that run ODK Collect or KoboCollect: the list of forms, forms,
//! their files, and submissions. Every request carries a tablet's token, in its path
//! (`/t/…/formList`) or as the password of HTTP Basic.
//!
//! Not here: what a form or a submission means (`node::submissions`), who may listen where, and
//! encryption, which whoever serves this sees to.
//!
//! Sources: the OpenRosa HTTP Request, Authentication, Form List, Form Manifest and Form Submission
//! APIs 1.0 (docs.getodk.org).

mod figures;
mod files;
mod front;
mod pace;
mod replies;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, head};
use axum::serve::Listener;
use data_encoding::BASE64;
use http_body_util::BodyExt as _;
use majlis_core::id::SpaceId;
use majlis_formats::openrosa;
use tokio::sync::{Semaphore, watch};

use crate::node::Node;
use crate::node::submissions::{MAX_XML, Offered, Sent, Untaken};
use crate::node::tablets::Tablet;
use crate::picture;
pub use figures::Figures;
pub use pace::Pace;
use pace::Paces;
use replies::{busy, hidden, refuse_wrong, reply};

/// What a tablet is told to keep a request below; it sends more in several.
const ACCEPTED: usize = 10 << 20;
/// The largest request: one photo as it comes from a camera, and the answers.
const MAX_BODY: usize = picture::MAX_FILE + MAX_XML + (64 << 10);
/// Submissions that are received at once, each in memory.
const UPLOADS: usize = 8;
/// So long a tablet waits for its turn to send.
const TURN_WITHIN: Duration = Duration::from_secs(20);
/// A request in which nothing arrives for so long has broken off.
const QUIET: Duration = Duration::from_secs(60);
/// So long requests may take to finish at the end.
const FINISH_WITHIN: Duration = Duration::from_secs(5);

/// How tablets are served.
#[derive(Clone, Debug, Default)]
pub struct TabletsConfig {
    /// Where tablets reach it, such as `https://tablets.example.org`; without it, as they say
    /// themselves.
    pub url: Option<String>,
    /// Whether a proxy stands before it, which names whom it asks for in `X-Forwarded-For`.
    pub behind_proxy: bool,
    /// How much a tablet, or an address, may do.
    pub pace: Pace,
}

/// The part of a running node that tablets reach.
#[derive(Debug)]
pub struct Tablets {
    routes: Router,
    door: Arc<Door>,
    stop: watch::Sender<bool>,
    tasks: Vec<tokio::task::JoinHandle<()>>,
}

#[derive(Debug)]
struct Door {
    node: Node,
    config: TabletsConfig,
    paces: Paces,
    turns: Semaphore,
    figures: Figures,
}

/// Where a request comes from.
#[derive(Clone, Copy, Debug)]
struct From(SocketAddr);

/// Whose request it is.
#[derive(Clone, Debug)]
struct Caller {
    space: SpaceId,
    tablet: Tablet,
    /// What paths begin with for it.
    base: String,
}

impl Tablets {
    /// The part of `node` that tablets reach, not listening yet.
    #[must_use]
    pub fn new(node: Node, config: TabletsConfig) -> Self {
        let door = Arc::new(Door {
            paces: Paces::new(config.pace),
            node,
            config,
            turns: Semaphore::new(UPLOADS),
            figures: Figures::default(),
        });
        Self {
            routes: routes(&door),
            door,
            stop: watch::channel(false).0,
            tasks: Vec::new(),
        }
    }

    /// What it came to.
    #[must_use]
    pub fn figures(&self) -> Figures {
        self.door.figures.clone()
    }

    /// Serves on a listener, until this is stopped.
    pub fn front<L: Listener<Addr = SocketAddr>>(&mut self, listener: L) {
        let serving = front::serve(
            listener,
            self.routes.clone(),
            self.stop.subscribe(),
            front::HEAD_WITHIN,
        );
        self.tasks.push(tokio::spawn(serving));
    }

    /// Stops serving and lets running requests finish.
    pub async fn stop(self) {
        let _ = self.stop.send(true);
        for task in self.tasks {
            let abort = task.abort_handle();
            if tokio::time::timeout(FINISH_WITHIN, task).await.is_err() {
                abort.abort();
            }
        }
    }
}

fn routes(door: &Arc<Door>) -> Router {
    let asked = || {
        Router::new()
            .route("/formList", get(form_list))
            .route("/forms/{form}/{version}/form.xml", get(form))
            .route("/forms/{form}/{version}/manifest", get(manifest))
            .route("/forms/{form}/{version}/files/{name}", get(file))
            .route("/submission", head(may_submit).post(submit))
    };
    Router::new()
        .merge(asked())
        .nest("/t/{token}", asked())
        .fallback(async || StatusCode::NOT_FOUND)
        .layer(middleware::from_fn_with_state(Arc::clone(door), guard))
        .with_state(Arc::clone(door))
}

/// Lets in who shows a token that counts, and says on every answer which protocol this is.
async fn guard(State(door): State<Arc<Door>>, request: Request, next: Next) -> Response {
    let (mut head, body) = request.into_parts();
    let mut response = match admit(&door, &head).await {
        Ok(caller) => {
            head.extensions.insert(caller);
            next.run(Request::from_parts(head, body)).await
        }
        Err(refused) => refused,
    };
    let headers = response.headers_mut();
    headers.insert("x-openrosa-version", HeaderValue::from_static("1.0"));
    headers.insert(
        "x-openrosa-accept-content-length",
        HeaderValue::from(ACCEPTED),
    );
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    response
}

async fn admit(door: &Door, request: &Parts) -> Result<Caller, Response> {
    let address = address(door, request);
    if !door.paces.may_ask(address) {
        door.figures.slowed();
        return Err(busy(&replies::MANY_OF_ADDRESS, None));
    }
    let path = request.uri.path();
    let of_path = path
        .strip_prefix("/t/")
        .and_then(|rest| rest.split('/').next());
    let basic = basic(&request.headers);
    let token = match (of_path, &basic) {
        (Some(token), _) => Some(token),
        (None, Some((_, token))) => Some(token.as_str()),
        (None, None) => None,
    };
    // Asking without a token first is how tablets learn that one is wanted.
    let Some(token) = token.filter(|token| !token.is_empty()) else {
        return Err(refuse_wrong(&replies::TOKEN_NEEDED));
    };
    let found = door.node.tablet_of(token).map_err(|error| {
        tracing::error!(%error, "looking for a tablet");
        hidden(None)
    })?;
    let named = |tablet: &Tablet| match (of_path, &basic) {
        (None, Some((name, _))) => *name == tablet.officer,
        _ => true,
    };
    let Some((space, tablet)) = found.filter(|(_, tablet)| named(tablet)) else {
        door.figures.wrong();
        tracing::warn!(from = ?address, "a wrong or revoked token of a tablet");
        if !door.paces.may_be_wrong(address) {
            door.figures.slowed();
            return Err(busy(&replies::MANY_WRONG, None));
        }
        return Err(refuse_wrong(&replies::TOKEN_WRONG));
    };
    if !door.paces.may_go_on(&tablet.id) {
        door.figures.slowed();
        return Err(busy(&replies::MANY_OF_TABLET, Some(tablet.language)));
    }
    if let Err(error) = door.node.heard_of(space, &tablet).await {
        tracing::warn!(%error, "noting when a tablet was heard of");
    }
    let origin = door.config.url.clone().or_else(|| {
        let host = request.headers.get(header::HOST)?.to_str().ok()?;
        Some(format!("http://{host}"))
    });
    let origin = origin.unwrap_or_default();
    let base = match of_path {
        Some(token) => format!("{}/t/{token}", origin.trim_end_matches('/')),
        None => origin.trim_end_matches('/').to_owned(),
    };
    Ok(Caller {
        space,
        tablet,
        base,
    })
}

/// Where a request comes from; of what a proxy names, the last, which it put there itself.
fn address(door: &Door, request: &Parts) -> Option<std::net::IpAddr> {
    let direct = request.extensions.get::<From>();
    let direct = direct.map(|from| from.0.ip());
    if !door.config.behind_proxy {
        return direct;
    }
    let named = request
        .headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back();
    let named = named.and_then(|value| value.to_str().ok());
    let last = named.and_then(|list| list.rsplit(',').next());
    last.and_then(|one| one.trim().parse().ok()).or(direct)
}

/// The name and the password of HTTP Basic.
fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, packed) = value.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return None;
    }
    let text = String::from_utf8(BASE64.decode(packed.trim().as_bytes()).ok()?).ok()?;
    let (name, password) = text.split_once(':')?;
    Some((name.to_owned(), password.to_owned()))
}

fn xml(text: String) -> Response {
    ([(header::CONTENT_TYPE, "text/xml; charset=utf-8")], text).into_response()
}

type Asked = axum::Extension<Caller>;

async fn form_list(State(door): State<Arc<Door>>, caller: Asked, at: Uri) -> Response {
    let forms = match door.node.offered_forms(caller.space).await {
        Ok(forms) => forms,
        Err(error) => return replies::failed(&door, &caller.tablet, Untaken::from(error)),
    };
    let mut asked = at.query().unwrap_or_default().split('&');
    let only = asked.find_map(|part| part.strip_prefix("formID="));
    let wanted = |form: &&Arc<Offered>| only.is_none_or(|id| form.lane.to_string() == id);
    let listed = forms.iter().filter(wanted).map(|form| {
        let at = format!("{}/forms/{}/{}", caller.base, form.lane, form.version);
        openrosa::Listed {
            id: form.lane.to_string(),
            title: form.title.clone(),
            version: Some(form.version.clone()),
            hash: openrosa::hash(form.xml.as_bytes()),
            download_url: format!("{at}/form.xml"),
            manifest_url: (!form.files.is_empty()).then(|| format!("{at}/manifest")),
        }
    });
    xml(openrosa::form_list(&listed.collect::<Vec<_>>()))
}

/// A form by what its address names; none that is not offered now.
async fn found(door: &Door, caller: &Caller, parts: &Names) -> Option<Arc<Offered>> {
    let forms = door.node.offered_forms(caller.space).await.ok()?;
    let wanted =
        |form: &&Arc<Offered>| form.lane.to_string() == parts.form && form.version == parts.version;
    forms.iter().find(wanted).cloned()
}

/// What the address of a form names; the token stands before it where it is in the path.
#[derive(Debug, serde::Deserialize)]
struct Names {
    form: String,
    version: String,
    #[serde(default)]
    name: String,
}

async fn form(State(door): State<Arc<Door>>, caller: Asked, Path(names): Path<Names>) -> Response {
    match found(&door, &caller, &names).await {
        Some(form) => xml(form.xml.clone()),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn manifest(
    State(door): State<Arc<Door>>,
    caller: Asked,
    Path(names): Path<Names>,
) -> Response {
    let Some(form) = found(&door, &caller, &names).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let mut listed = Vec::new();
    for name in &form.files {
        if let Some(bytes) = shown(&door, &caller, &form, name).await {
            let at = files::in_address(name);
            listed.push(openrosa::ListedFile {
                name: name.clone(),
                hash: openrosa::hash(&bytes),
                download_url: format!(
                    "{}/forms/{}/{}/files/{at}",
                    caller.base, form.lane, form.version
                ),
            });
        }
    }
    xml(openrosa::manifest(&listed))
}

/// A file that a form shows or plays: what the operator put there, else what the consultation carries.
async fn shown(door: &Door, caller: &Caller, form: &Offered, name: &str) -> Option<Vec<u8>> {
    if let Some(bytes) = files::read(door.node.folder(), form.lane, name).await {
        return Some(bytes);
    }
    let blob = form.blob_of(name)?;
    door.node.bytes_of(caller.space, blob).await
}

async fn file(State(door): State<Arc<Door>>, caller: Asked, Path(names): Path<Names>) -> Response {
    let form = found(&door, &caller, &names).await;
    let form = form.filter(|form| form.files.contains(&names.name));
    let bytes = match form {
        Some(form) => shown(&door, &caller, &form, &names.name).await,
        None => None,
    };
    match bytes {
        Some(bytes) => {
            let kind = "application/octet-stream";
            ([(header::CONTENT_TYPE, kind)], bytes).into_response()
        }
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// Before it sends anything, a tablet asks whether it may, and in which pieces.
async fn may_submit(caller: Asked) -> Response {
    let location = format!("{}/submission", caller.base);
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(location) = HeaderValue::from_str(&location) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    response
}

async fn submit(
    State(door): State<Arc<Door>>,
    caller: Asked,
    method: Method,
    headers: HeaderMap,
    body: Body,
) -> Response {
    debug_assert_eq!(method, Method::POST);
    let turn = tokio::time::timeout(TURN_WITHIN, door.turns.acquire()).await;
    let Ok(Ok(_turn)) = turn else {
        door.figures.slowed();
        return busy(&replies::MANY_AT_ONCE, Some(caller.tablet.language));
    };
    let sent = match receive(&door, &caller, &headers, body).await {
        Ok(sent) => sent,
        Err(untaken) => return replies::failed(&door, &caller.tablet, untaken),
    };
    let taken = door
        .node
        .take_submission(caller.space, caller.tablet.clone(), sent);
    match taken.await {
        Ok(taken) => reply(&door, &caller.tablet, &taken),
        Err(untaken) => replies::failed(&door, &caller.tablet, untaken),
    }
}

/// Receives a submission as far as it comes.
async fn receive(
    door: &Door,
    caller: &Caller,
    headers: &HeaderMap,
    mut body: Body,
) -> Result<Sent, Untaken> {
    let kind = headers.get(header::CONTENT_TYPE);
    let kind = kind.and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // What is no submission is not read at all.
    openrosa::parts(kind, b"").map_err(|error| Untaken::Malformed(error.to_string()))?;
    let said = headers.get(header::CONTENT_LENGTH);
    let said = said.and_then(|said| said.to_str().ok()?.parse::<usize>().ok());
    if said.is_some_and(|said| said > MAX_BODY) {
        return Err(Untaken::TooLarge);
    }
    let (mut bytes, mut arrived) = (Vec::new(), true);
    loop {
        match tokio::time::timeout(QUIET, body.frame()).await {
            Ok(None) => break,
            Ok(Some(Ok(frame))) => {
                let Ok(data) = frame.into_data() else {
                    continue;
                };
                if bytes.len().saturating_add(data.len()) > MAX_BODY {
                    return Err(Untaken::TooLarge);
                }
                if !door.paces.may_send(&caller.tablet.id, data.len() as u64) {
                    return Err(Untaken::Full);
                }
                bytes.extend_from_slice(&data);
            }
            Ok(Some(Err(_))) | Err(_) => {
                arrived = false;
                break;
            }
        }
    }
    door.figures.received(bytes.len() as u64);
    let parts = openrosa::parts(kind, &bytes);
    let parts = parts.map_err(|error| Untaken::Malformed(error.to_string()))?;
    let mut sent = Sent {
        whole: parts.whole && arrived,
        ..Sent::default()
    };
    for part in parts.parts {
        match part.name.as_str() {
            "xml_submission_file" => sent.xml = part.bytes.to_vec(),
            "*isIncomplete*" => sent.more = part.bytes == b"yes",
            _ => {
                let name = part.file.unwrap_or(part.name);
                let bytes = part.bytes.to_vec();
                match sent.files.get(&name) {
                    // Answers name files by nothing else: which of the two is meant nobody can tell.
                    Some(other) if *other != bytes => {
                        let why = format!("two different files are called {name}");
                        return Err(Untaken::Malformed(why));
                    }
                    _ => sent.files.insert(name, bytes),
                };
            }
        }
    }
    match (sent.xml.is_empty(), sent.whole) {
        (true, false) => Err(Untaken::Broken),
        (true, true) => Err(Untaken::Malformed(
            "there is no xml_submission_file in it".to_owned(),
        )),
        (false, _) => Ok(sent),
    }
}
