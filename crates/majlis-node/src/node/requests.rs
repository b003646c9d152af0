//! Calls about what people ask to have deleted. What a request stands at is the core's
//! (`consultation::request`).

use core::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use majlis_core::consultation::request::{Asked, State, about_document, requests};
use majlis_core::id::{DeviceId, FormId, LaneClass, LaneId};
use majlis_core::membership::Capability;
use majlis_core::record::request::Says;
use majlis_core::record::{Record, RecordId, Request};
use majlis_core::space::Command;
use majlis_store::{Proceedings, ProcessRow, StatedMark};

use crate::api::me::SpaceName;
use crate::api::requests::{
    AskDocumentErasure, AskErasure, ReplyErasure, RequestReply, RequestState, RequestView,
    RequestsView,
};
use crate::api::space::SpaceRef;
use crate::api::{ApiError, Nothing};
use crate::clock;
use crate::desk::{Desk, store_error};
use crate::node::Node;
use crate::node::consultations::{lane, short};
use crate::node::documents;
use crate::node::outcomes::{read_record, record_text};
use crate::plain;

/// The longest reason or reply, in bytes.
const MAX_TEXT: usize = 8_000;
/// Where it is noted which replies this person read.
const READ: &str = "replies-read";

impl Node {
    pub(super) async fn ask_erasure(&self, ask: AskErasure) -> Result<Nothing, ApiError> {
        let lane = lane(&ask.consultation)?;
        self.at(&ask.space, move |desk| desk.ask_erasure(lane, &ask.text))
            .await
    }

    pub(super) async fn ask_document_erasure(
        &self,
        ask: AskDocumentErasure,
    ) -> Result<Nothing, ApiError> {
        let document = documents::lane(&ask.document)?;
        self.at(&ask.space, move |desk| {
            desk.ask_document_erasure(document, &ask.text)
        })
        .await
    }

    pub(super) async fn erasure_requests(&self, at: SpaceRef) -> Result<RequestsView, ApiError> {
        self.at(&at.space, Desk::erasure_requests).await
    }

    pub(super) async fn reply_erasure(&self, reply: ReplyErasure) -> Result<Nothing, ApiError> {
        let at: LaneId = plain::id(&reply.consultation, "consultation")?;
        let space = reply.space.clone();
        self.at(&space, move |desk| desk.reply_erasure(at, &reply))
            .await
    }
}

fn sized(text: &str) -> Result<String, ApiError> {
    let text = text.trim();
    if text.len() > MAX_TEXT {
        return Err(plain::bad("text"));
    }
    Ok(text.to_owned())
}

/// What a request is about.
struct About<'a> {
    lane: LaneId,
    document: Option<LaneId>,
    title: &'a str,
}

/// A request as news is made of it.
#[derive(Clone)]
pub(crate) struct FoundRequest {
    id: RecordId,
    device: DeviceId,
    state: State,
    /// How many replies there are to it.
    replies: usize,
}

/// The requests that were found on each lane, and of which form and statements.
pub(crate) type FoundRequests = BTreeMap<LaneId, (StatedMark, Vec<FoundRequest>)>;

impl Desk {
    /// The requests about one process, the first first.
    pub(super) fn requests_of(&mut self, row: &ProcessRow) -> Result<Vec<RequestView>, ApiError> {
        let Some(opening) = &row.opening else {
            return Ok(Vec::new());
        };
        let said = self.proceedings(row.lane)?;
        let all = requests(opening.form_id, &said.requests);
        let about = About {
            lane: row.lane,
            document: None,
            title: &opening.form.title,
        };
        Ok(all
            .into_iter()
            .map(|one| self.request_view(&said, &about, &one))
            .collect())
    }

    /// The requests about documents, by what each is about; those about one that is not here have no
    /// document.
    pub(super) fn requests_of_documents(&mut self) -> Result<Vec<(FormId, RequestView)>, ApiError> {
        let said = self.proceedings(LaneId::REQUESTS)?;
        let subjects: BTreeSet<FormId> = said.requests.iter().map(|one| one.said.form).collect();
        let documents = self.outlines(LaneClass::Document)?;
        let mut views = Vec::new();
        for subject in subjects {
            let of = documents.iter();
            let of = of.clone().find(|row| about_document(row.lane) == subject);
            let about = About {
                lane: LaneId::REQUESTS,
                document: of.map(|row| row.lane),
                title: of.map_or("", |row| row.title.as_str()),
            };
            for one in requests(subject, &said.requests) {
                views.push((subject, self.request_view(&said, &about, &one)));
            }
        }
        Ok(views)
    }

    fn request_view(&self, said: &Proceedings, about: &About<'_>, one: &Asked<'_>) -> RequestView {
        let roster = self.space.roster();
        let name = |device| roster.name(device).unwrap_or_default().to_owned();
        let time = |id: RecordId| said.claimed.get(&id).map_or(0, |time| time.0);
        let asked = one.request;
        let replies = one
            .replies
            .iter()
            .filter_map(|reply| match &reply.said.says {
                Says::Reply { done, text, .. } => Some(RequestReply {
                    by: name(reply.device),
                    time: time(reply.id),
                    done: *done,
                    text: text.clone(),
                }),
                Says::Erase { .. } | Says::Apart { .. } => None,
            });
        RequestView {
            request: record_text(asked.id),
            consultation: about.lane.to_string(),
            document: about.document.map(|lane| lane.to_string()),
            title: about.title.to_owned(),
            by: name(asked.device),
            mine: self.is_mine(asked.device),
            time: time(asked.id),
            text: one.text.to_owned(),
            state: match one.state {
                State::Open => RequestState::Open,
                State::Refused => RequestState::Refused,
                State::Done => RequestState::Done,
            },
            replies: replies.collect(),
        }
    }

    fn erasure_requests(&mut self) -> Result<RequestsView, ApiError> {
        let rows = self.store.processes(self.id());
        let mut all = Vec::new();
        for row in rows.map_err(|error| store_error(&error))? {
            all.extend(self.requests_of(&row)?);
        }
        let of_documents = self.requests_of_documents()?;
        all.extend(of_documents.into_iter().map(|(_, one)| one));
        let open = |one: &RequestView| one.state == RequestState::Open;
        all.sort_by_key(|one| (!open(one), Reverse(one.time)));
        Ok(RequestsView {
            open: short(all.iter().filter(|one| open(one)).count() as u64),
            may_reply: self.space.may(Capability::Decide),
            requests: all,
        })
    }

    /// The space, where somebody waits for a reply that this device may give; and again, where this person
    /// got one and has not read it.
    pub(super) fn news_of_requests(
        &mut self,
    ) -> Result<(Option<SpaceName>, Option<SpaceName>), ApiError> {
        let all = self.found_requests()?;
        let waits = all.iter().any(|one| one.state == State::Open);
        let to_reply = waits && self.space.may(Capability::Decide);
        let unread = self.replies_unread(&all)?;
        if !to_reply && unread.is_none() {
            return Ok((None, None));
        }
        let genesis = self.space.roster().genesis();
        let name = SpaceName {
            space: self.id().to_string(),
            name: genesis.map_or_else(String::new, |genesis| genesis.name.clone()),
        };
        Ok((to_reply.then(|| name.clone()), unread.map(|_| name)))
    }

    /// Every request of the space, the same that its list shows. Home asks for them each time, so what was
    /// found on a lane is kept until something else is stated there.
    fn found_requests(&self) -> Result<Vec<FoundRequest>, ApiError> {
        let marks = self.store.stated_marks(self.id());
        let mut found = FoundRequests::new();
        for (lane, mark) in marks.map_err(|error| store_error(&error))? {
            if !matches!(lane.class(), LaneClass::Process | LaneClass::Requests) {
                continue;
            }
            let kept = self.requests.borrow_mut().remove(&lane);
            let of_lane = match kept {
                Some((then, of_lane)) if then == mark => of_lane,
                _ => self.read_requests(lane)?,
            };
            found.insert(lane, (mark, of_lane));
        }
        let all = found.values().flat_map(|(_, of_lane)| of_lane.clone());
        let all = all.collect();
        *self.requests.borrow_mut() = found;
        Ok(all)
    }

    fn read_requests(&self, lane: LaneId) -> Result<Vec<FoundRequest>, ApiError> {
        let said = self.proceedings(lane)?.requests;
        let subjects: BTreeSet<FormId> = said.iter().map(|one| one.said.form).collect();
        let all = subjects.iter().flat_map(|form| requests(*form, &said));
        let found = all.map(|one| FoundRequest {
            id: one.request.id,
            device: one.request.device,
            state: one.state,
            replies: one.replies.len(),
        });
        Ok(found.collect())
    }

    /// Whether a device is this person's.
    fn is_mine(&self, device: DeviceId) -> bool {
        let roster = self.space.roster();
        let me = roster.person(self.space.me());
        me.is_some() && roster.person(device) == me
    }

    /// What notes that this person read the replies to their requests; none where it is noted already, and
    /// where there is none to read.
    fn replies_unread(&self, all: &[FoundRequest]) -> Result<Option<String>, ApiError> {
        let replied = all.iter().filter(|one| one.replies > 0);
        let mine = replied.filter(|one| self.is_mine(one.device));
        let mut marks: Vec<String> = mine
            .map(|one| format!("{} {}", record_text(one.id), one.replies))
            .collect();
        if marks.is_empty() {
            return Ok(None);
        }
        marks.sort();
        let mark = marks.join("\n");
        let read = self.store.setting(Some(self.id()), READ);
        let read = read.map_err(|error| store_error(&error))?;
        let known = read.is_some_and(|read| read == mark.as_bytes());
        Ok((!known).then_some(mark))
    }

    /// This person was shown what became of their requests.
    pub(super) fn note_replies_read(&mut self) -> Result<(), ApiError> {
        let all = self.found_requests()?;
        let Some(mark) = self.replies_unread(&all)? else {
            return Ok(());
        };
        let put = self
            .store
            .put_setting(Some(self.id()), READ, mark.as_bytes());
        put.map_err(|error| store_error(&error))
    }

    fn ask_erasure(&mut self, lane: LaneId, text: &str) -> Result<Nothing, ApiError> {
        let (row, opening) = self.opened(lane)?;
        let text = sized(text)?;
        // Asked before and not replied to: once is enough.
        let mut before = self.requests_of(&row)?.into_iter();
        if before.any(|one| one.mine && one.state == RequestState::Open) {
            return Ok(Nothing {});
        }
        self.request(lane, opening.form_id, Says::Erase { text })
    }

    fn ask_document_erasure(&mut self, document: LaneId, text: &str) -> Result<Nothing, ApiError> {
        let known = self.outlines(LaneClass::Document)?;
        if !known.iter().any(|row| row.lane == document) {
            return Err(plain::missing("document").about(document.to_string()));
        }
        let (text, subject) = (sized(text)?, about_document(document));
        let before = self.requests_of_documents()?;
        let open = |one: &RequestView| one.mine && one.state == RequestState::Open;
        if before.iter().any(|(of, one)| *of == subject && open(one)) {
            return Ok(Nothing {});
        }
        self.request(LaneId::REQUESTS, subject, Says::Erase { text })
    }

    fn reply_erasure(&mut self, at: LaneId, reply: &ReplyErasure) -> Result<Nothing, ApiError> {
        let to = read_record(&reply.request)?;
        let text = sized(&reply.text)?;
        if text.is_empty() {
            return Err(plain::bad("text"));
        }
        let known = if at == LaneId::REQUESTS {
            self.requests_of_documents()?
        } else {
            let (row, opening) = self.opened(lane(&reply.consultation)?)?;
            let of_process = self.requests_of(&row)?.into_iter();
            of_process.map(|one| (opening.form_id, one)).collect()
        };
        let mut known = known.into_iter();
        let found = known.find(|(_, one)| one.request == reply.request);
        let (subject, _) = found.ok_or_else(|| plain::missing("request").about(&reply.request))?;
        let done = reply.done;
        self.request(at, subject, Says::Reply { to, done, text })
    }

    pub(super) fn request(
        &mut self,
        lane: LaneId,
        form: FormId,
        says: Says,
    ) -> Result<Nothing, ApiError> {
        let salt = clock::fresh();
        let record = Box::new(Record::Request(Request { form, says, salt }));
        let seal = true;
        self.command(Command::Record { lane, record, seal })?;
        Ok(Nothing {})
    }
}

#[cfg(test)]
mod tests;
