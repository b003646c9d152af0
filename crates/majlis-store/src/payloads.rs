//! What versions say, from the payloads and drafts that carry it. A payload of thirty answers is
//! read once for all of them, as far as it is remembered.

use std::collections::{BTreeMap, VecDeque};

use majlis_core::consultation::Answer;
use majlis_core::consultation::count::Said;
use majlis_core::id::QuestionId;
use majlis_core::record::{Record, Records};
use rusqlite::{Connection, OptionalExtension as _};

use crate::rows::{self, damaged};

/// The most records that are remembered, in whole payloads. Few where tests run, so that something
/// is forgotten there too.
const REMEMBERED: usize = if cfg!(debug_assertions) { 16 } else { 4_096 };

/// What carries a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Carrier {
    /// The record at a place of an entry.
    Entry(i64, u16),
    /// A draft record.
    Draft(i64),
}

/// Payloads of one connection, the last ones read remembered.
pub(crate) struct Payloads<'c> {
    pub(crate) connection: &'c Connection,
    held: BTreeMap<i64, Vec<Record>>,
    order: VecDeque<i64>,
    records: usize,
}

impl<'c> Payloads<'c> {
    pub(crate) const fn of(connection: &'c Connection) -> Self {
        Self {
            connection,
            held: BTreeMap::new(),
            order: VecDeque::new(),
            records: 0,
        }
    }

    /// What the version says that this carries.
    pub(crate) fn said(&mut self, carrier: Carrier) -> rusqlite::Result<Said> {
        let record = match carrier {
            Carrier::Entry(entry, place) => {
                let batch = self.batch(entry)?;
                batch.get(usize::from(place)).cloned()
            }
            Carrier::Draft(draft) => {
                let sql = "SELECT record FROM draft_records WHERE no = ?1";
                let mut find = self.connection.prepare_cached(sql)?;
                let body: Option<Vec<u8>> = find.query_row([draft], |row| row.get(0)).optional()?;
                body.and_then(|body| record(&body))
            }
        };
        match record {
            Some(Record::Response(response)) => Ok(Said::Response(response)),
            Some(Record::Withdraw(withdraw)) => Ok(Said::Withdraw(withdraw)),
            Some(
                Record::Open(_)
                | Record::Close(_)
                | Record::Statement(_)
                | Record::Step(_)
                | Record::Stated(_)
                | Record::Claimed(_)
                | Record::Custody(_)
                | Record::Request(_)
                | Record::Minutes(_),
            )
            | None => Err(damaged(0)),
        }
    }

    fn batch(&mut self, entry: i64) -> rusqlite::Result<&[Record]> {
        if !self.held.contains_key(&entry) {
            let payload = rows::payload(self.connection, entry)?.ok_or_else(|| damaged(0))?;
            let batch = Records::from_own_store(&payload).map_err(|_| damaged(0))?;
            self.records = self.records.saturating_add(batch.records.len());
            self.held.insert(entry, batch.records);
            self.order.push_back(entry);
            while self.records > REMEMBERED && self.order.len() > 1 {
                let oldest = self.order.pop_front();
                let gone = oldest.and_then(|oldest| self.held.remove(&oldest));
                self.records = self
                    .records
                    .saturating_sub(gone.map_or(0, |gone| gone.len()));
            }
        }
        Ok(self.held.get(&entry).map_or(&[], Vec::as_slice))
    }
}

/// The record of a stored batch of one.
pub(crate) fn record(body: &[u8]) -> Option<Record> {
    Records::from_own_store(body).ok()?.records.pop()
}

/// The answers to one question, those in rows too.
pub(crate) fn given_in(answers: Vec<(QuestionId, Answer)>, question: QuestionId) -> Vec<Answer> {
    let mut found = Vec::new();
    for (id, answer) in answers {
        if id == question {
            found.push(answer);
        } else if let Answer::Rows(rows) = answer {
            let each = rows.into_iter();
            found.extend(each.flat_map(|row| given_in(row, question)));
        }
    }
    found
}
