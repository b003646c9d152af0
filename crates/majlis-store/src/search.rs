//! Finding words in documents, consultations and free-text answers, whatever their spelling.
//! Texts and questions are folded by the core; FTS5 sees letters, digits and spaces only, so no
//! question is ever read as its query language.

use majlis_core::consultation::count::Status;
use majlis_core::consultation::form::Answer;
use majlis_core::fold_text::{self, Excerpt};
use majlis_core::id::{LaneId, SpaceId};
use majlis_core::record::{Channel, Record, Response};
use rusqlite::{Connection, OptionalExtension as _};

use crate::project;
use crate::store::{ReadError, Store};

/// Characters shown on each side of what was found.
const AROUND: usize = 60;

/// Something found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// The space.
    pub space: SpaceId,
    /// The document or process.
    pub lane: LaneId,
    /// In what.
    pub found: Found,
    /// The title of the document or process.
    pub title: String,
    /// The place, in its original spelling.
    pub excerpt: Excerpt,
}

/// In what something was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Found {
    /// In the title or text of the lane's document or form.
    Outline,
    /// In what can be read of an answer that counts.
    Answer,
}

impl Store {
    /// The best places where every word of `text` begins a word, at most `limit`.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn search(
        &self,
        text: &str,
        space: Option<SpaceId>,
        limit: u32,
    ) -> Result<Vec<Hit>, ReadError> {
        let terms = fold_text::terms(text);
        if terms.is_empty() {
            return Ok(Vec::new());
        }
        Ok(self.read(|read| {
            let mut list = read.prepare_cached(
                "SELECT s.id, l.id, p.version, coalesce(open.title, o.title, ''), \
                   coalesce(o.title, '') || char(10) || coalesce(o.body, ''), v.body \
                 FROM search f JOIN places p ON p.no = f.rowid JOIN lanes l ON l.no = p.lane \
                 JOIN spaces s ON s.no = l.space LEFT JOIN outlines o ON o.lane = l.no \
                 LEFT JOIN openings open ON open.lane = l.no AND open.in_force = 1 \
                 LEFT JOIN versions v ON v.no = p.version \
                 WHERE search MATCH ?1 AND (?2 IS NULL OR s.id = ?2) \
                   AND (p.version IS NULL OR v.status = ?3) \
                 ORDER BY f.rank, p.no LIMIT ?4",
            )?;
            let only = space.map(|space| *space.as_bytes());
            let counted = Status::Counted.code();
            let rows = list.query_map((query(&terms), only, counted, limit), |row| {
                let version: Option<i64> = row.get(2)?;
                let (found, text): (Found, String) = match version {
                    None => (Found::Outline, row.get(4)?),
                    Some(_) => (Found::Answer, texts(row.get_ref(5)?.as_blob()?)),
                };
                Ok(Hit {
                    space: SpaceId::from_bytes(row.get(0)?),
                    lane: LaneId::from_bytes(row.get(1)?),
                    found,
                    title: row.get(3)?,
                    excerpt: fold_text::excerpt(&text, &terms, AROUND).unwrap_or_default(),
                })
            })?;
            rows.collect()
        })?)
    }
}

/// An FTS5 query for folded terms: quoted, each a prefix, all of them, each in any of its forms.
pub(crate) fn query(terms: &[Vec<String>]) -> String {
    let any = |forms: &Vec<String>| {
        let forms: Vec<String> = forms.iter().map(|form| format!("\"{form}\"*")).collect();
        format!("({})", forms.join(" OR "))
    };
    let terms: Vec<String> = terms.iter().map(any).collect();
    terms.join(" AND ")
}

/// What can be read in a stored response, a line each: its free texts, and the note of whoever
/// entered it for somebody.
fn texts(body: &[u8]) -> String {
    match project::record(body) {
        Some(Record::Response(response)) => readable(&response),
        _ => String::new(),
    }
}

fn readable(response: &Response) -> String {
    let texts = response
        .answers
        .iter()
        .filter_map(|(_, answer)| match answer {
            Answer::Text(text) => Some(text.as_str()),
            _ => None,
        });
    let note = match &response.channel {
        Channel::Assisted(assisted) => Some(assisted.note.as_str()),
        Channel::Own => None,
    };
    let lines: Vec<&str> = texts.chain(note).collect();
    lines.join("\n")
}

/// The word that finds the answers of a claim code by its hash.
#[must_use]
pub fn claim_word(claim: &[u8; 16]) -> String {
    format!("claim{:032x}", u128::from_be_bytes(*claim))
}

/// Indexes title and text of a lane's outline.
pub(crate) fn index_outline(connection: &Connection, lane: i64) -> rusqlite::Result<()> {
    let mut find = connection.prepare_cached("SELECT title, body FROM outlines WHERE lane = ?1")?;
    let (title, body): (String, String) =
        find.query_row([lane], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let sql = "INSERT OR IGNORE INTO places (lane, version) VALUES (?1, NULL)";
    connection.prepare_cached(sql)?.execute([lane])?;
    let mut find =
        connection.prepare_cached("SELECT no FROM places WHERE lane = ?1 AND version IS NULL")?;
    let no = find.query_row([lane], |row| row.get(0))?;
    put(
        connection,
        no,
        &fold_text::indexed(&format!("{title}\n{body}")),
    )
}

/// Indexes what can be looked for in a version: what can be read in it, and its claim code.
pub(crate) fn index_version(
    connection: &Connection,
    lane: i64,
    version: i64,
    response: &Response,
) -> rusqlite::Result<()> {
    let mut texts = readable(response);
    if let Channel::Assisted(assisted) = &response.channel {
        texts.push('\n');
        texts.push_str(&claim_word(&assisted.claim));
    }
    if texts.is_empty() {
        return Ok(());
    }
    let sql = "INSERT INTO places (lane, version) VALUES (?1, ?2)";
    connection.prepare_cached(sql)?.execute((lane, version))?;
    put(
        connection,
        connection.last_insert_rowid(),
        &fold_text::indexed(&texts),
    )
}

fn put(connection: &Connection, place: i64, folded: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM search WHERE rowid = ?1")?
        .execute([place])?;
    let sql = "INSERT INTO search (rowid, folded) VALUES (?1, ?2)";
    connection.prepare_cached(sql)?.execute((place, folded))?;
    Ok(())
}

/// Takes a version out of the index.
pub(crate) fn forget_version(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    let mut find = connection.prepare_cached("SELECT no FROM places WHERE version = ?1")?;
    let place: Option<i64> = find.query_row([version], |row| row.get(0)).optional()?;
    if let Some(place) = place {
        connection
            .prepare_cached("DELETE FROM search WHERE rowid = ?1")?
            .execute([place])?;
        connection
            .prepare_cached("DELETE FROM places WHERE no = ?1")?
            .execute([place])?;
    }
    Ok(())
}

/// Takes everything of a space out of the index.
pub(crate) fn forget_space(connection: &Connection, space: i64) -> rusqlite::Result<()> {
    let sql = "DELETE FROM search WHERE rowid IN (SELECT p.no FROM places p \
         JOIN lanes l ON l.no = p.lane WHERE l.space = ?1)";
    connection.execute(sql, [space])?;
    let sql = "DELETE FROM places WHERE lane IN (SELECT no FROM lanes WHERE space = ?1)";
    connection.execute(sql, [space])?;
    Ok(())
}
