//! Finding words in documents, consultations and free-text answers, whatever their spelling.
//! Texts and questions are folded by the core; FTS5 sees letters, digits and spaces only, so no
//! question is ever read as its query language.

use majlis_core::consultation::count::{Said, Status};
use majlis_core::consultation::form::Answer;
use majlis_core::fold_text::{self, Excerpt};
use majlis_core::id::{LaneId, QuestionId, SpaceId};
use rusqlite::Connection;

use crate::payloads::Payloads;
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
                "SELECT s.id, l.id, v.no, coalesce(open.title, o.title, ''), \
                   coalesce(o.title, '') || char(10) || coalesce(o.body, ''), \
                   v.entry, v.draft, v.place \
                 FROM search f LEFT JOIN versions v ON v.no = f.rowid \
                 JOIN lanes l ON l.no = coalesce(v.lane, -f.rowid) \
                 JOIN spaces s ON s.no = l.space LEFT JOIN outlines o ON o.lane = l.no \
                 LEFT JOIN openings open ON open.lane = l.no AND open.in_force = 1 \
                 WHERE search MATCH ?1 AND (?2 IS NULL OR s.id = ?2) \
                   AND (v.no IS NULL OR v.status = ?3) \
                 ORDER BY f.rank, f.rowid LIMIT ?4",
            )?;
            let only = space.map(|space| *space.as_bytes());
            let counted = Status::Counted.code();
            let mut rows = list.query((query(&terms), only, counted, limit))?;
            let mut payloads = Payloads::of(read);
            let mut hits = Vec::new();
            while let Some(row) = rows.next()? {
                let version: Option<i64> = row.get(2)?;
                let (found, text) = match version {
                    None => (Found::Outline, row.get(4)?),
                    Some(_) => {
                        let carrier = project::carrier(row.get(5)?, row.get(6)?, row.get(7)?)?;
                        (Found::Answer, texts(&payloads.said(carrier)?))
                    }
                };
                hits.push(Hit {
                    space: SpaceId::from_bytes(row.get(0)?),
                    lane: LaneId::from_bytes(row.get(1)?),
                    found,
                    title: row.get(3)?,
                    excerpt: fold_text::excerpt(&text, &terms, AROUND).unwrap_or_default(),
                });
            }
            Ok(hits)
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

/// What can be read in what somebody says, a line each: its free texts, and the note of whoever
/// entered it for somebody.
pub(crate) fn texts(said: &Said) -> String {
    let Said::Response(response) = said else {
        return String::new();
    };
    let mut texts = Vec::new();
    words(&response.answers, &mut texts);
    let note = response.speaker.assisted().map(|it| it.note.as_str());
    let lines: Vec<&str> = texts
        .into_iter()
        .chain(note.filter(|note| !note.is_empty()))
        .collect();
    lines.join("\n")
}

fn words<'a>(answers: &'a [(QuestionId, Answer)], out: &mut Vec<&'a str>) {
    for (_, answer) in answers {
        match answer {
            Answer::Text(text) => out.push(text.as_str()),
            Answer::Rows(rows) => rows.iter().for_each(|row| words(row, out)),
            _ => {}
        }
    }
}

/// Indexes title and text of a lane's outline, under the lane's number below zero.
pub(crate) fn index_outline(connection: &Connection, lane: i64) -> rusqlite::Result<()> {
    let mut find = connection.prepare_cached("SELECT title, body FROM outlines WHERE lane = ?1")?;
    let (title, body): (String, String) =
        find.query_row([lane], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let place = lane.saturating_neg();
    forget(connection, place)?;
    put(connection, place, &format!("{title}\n{body}"))
}

/// Indexes what can be read in a version, under its number.
pub(crate) fn index_version(
    connection: &Connection,
    version: i64,
    texts: &str,
) -> rusqlite::Result<()> {
    if texts.is_empty() {
        return Ok(());
    }
    put(connection, version, texts)
}

fn put(connection: &Connection, place: i64, text: &str) -> rusqlite::Result<()> {
    let sql = "INSERT INTO search (rowid, folded) VALUES (?1, ?2)";
    let folded = fold_text::indexed(text);
    connection.prepare_cached(sql)?.execute((place, folded))?;
    Ok(())
}

/// Takes a version, or the outline of a lane, out of the index.
pub(crate) fn forget(connection: &Connection, place: i64) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM search WHERE rowid = ?1")?
        .execute([place])?;
    Ok(())
}

/// Takes everything of a space out of the index.
pub(crate) fn forget_space(connection: &Connection, space: i64) -> rusqlite::Result<()> {
    let sql = "DELETE FROM search WHERE rowid IN (SELECT v.no FROM versions v \
         JOIN lanes l ON l.no = v.lane WHERE l.space = ?1 \
         UNION ALL SELECT -no FROM lanes WHERE space = ?1)";
    connection.execute(sql, [space])?;
    Ok(())
}
