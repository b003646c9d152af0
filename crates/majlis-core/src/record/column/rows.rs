//! A column of answers in rows: like a batch inside the batch.

use std::collections::BTreeMap;

use super::{Kind, column, put_column};
use crate::codec::DecodeError;
use crate::consultation::Answer;
use crate::consultation::form::{MAX_REPEATS, Row};
use crate::id::QuestionId;
use crate::record::bytes::{Reader, put_len};

/// A table of what is answered inside, in order of first use; how many rows each answer has; for each
/// row how many answers, and which; then a column for each of the table, as outside. Each answer takes
/// a byte at least, so few bytes never become many answers.
pub(super) fn put_rows(out: &mut Vec<u8>, answers: &[&Answer]) {
    let mut table: Vec<(QuestionId, Kind)> = Vec::new();
    let mut at = BTreeMap::new();
    let mut columns: Vec<Vec<&Answer>> = Vec::new();
    let mut shape = Vec::new();
    for answer in answers {
        let rows = rows_of(answer);
        put_len(&mut shape, rows.len());
        for row in rows {
            put_len(&mut shape, row.len());
            for (question, answer) in row {
                let key = (*question, Kind::of(answer));
                let index = *at.entry(key).or_insert_with(|| {
                    table.push(key);
                    columns.push(Vec::new());
                    table.len().saturating_sub(1)
                });
                put_len(&mut shape, index);
                let column = columns.get_mut(index).into_iter();
                column.for_each(|column| column.push(answer));
            }
        }
    }
    put_len(out, table.len());
    for (question, kind) in &table {
        out.extend_from_slice(question.as_bytes());
        out.push(kind.to_byte());
    }
    out.extend(shape);
    for ((_, kind), answers) in table.iter().zip(&columns) {
        put_column(out, *kind, answers);
    }
}

pub(super) fn rows(
    from: &mut Reader<'_>,
    count: usize,
    (version, depth): (u8, usize),
) -> Result<Vec<Answer>, DecodeError> {
    if depth >= MAX_REPEATS {
        return Err(DecodeError::Malformed);
    }
    let table = from.len()?;
    let table = from.each(table, |from| {
        let id = QuestionId::from_bytes(from.array()?);
        Ok((id, Kind::from_byte(from.byte()?, version)?))
    })?;
    let mut lens = vec![0_usize; table.len()];
    let shape = from.each(count, |from| {
        let rows = from.len()?;
        from.each(rows, |from| {
            let answers = from.len()?;
            from.each(answers, |from| {
                let at = from.index(table.len())?;
                let len = lens.get_mut(at).into_iter();
                len.for_each(|len| *len = len.saturating_add(1));
                Ok(at)
            })
        })
    })?;
    let mut columns = Vec::new();
    for ((_, kind), len) in table.iter().zip(lens) {
        columns.push(column(from, *kind, len, (version, depth.saturating_add(1)))?.into_iter());
    }
    let mut answer = |at: usize| {
        let (question, _) = table.get(at)?;
        Some((*question, columns.get_mut(at)?.next()?))
    };
    let mut row = |row: Vec<usize>| row.into_iter().map(&mut answer).collect::<Option<Row>>();
    let answers = shape.into_iter().map(|rows| {
        let rows = rows.into_iter().map(&mut row).collect::<Option<Vec<Row>>>();
        rows.map(Answer::Rows).ok_or(DecodeError::Malformed)
    });
    answers.collect()
}

pub(super) fn rows_of(answer: &Answer) -> &[Row] {
    match answer {
        Answer::Rows(rows) => rows,
        Answer::Text(_)
        | Answer::Number(_)
        | Answer::Choices(_)
        | Answer::Scale(_)
        | Answer::Date(_)
        | Answer::Photo(_)
        | Answer::Sound(_)
        | Answer::Ranking(_)
        | Answer::Points(_)
        | Answer::Votes(_)
        | Answer::Time(_)
        | Answer::DateTime(_)
        | Answer::Place(_)
        | Answer::Acknowledged
        | Answer::Sealed(_) => &[],
    }
}
