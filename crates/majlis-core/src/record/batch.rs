//! The bytes of a batch: tables of the forms, questions and answer patterns it speaks of, then
//! the records field by field. What is the same in all records is written once, and what is alike
//! stands together, so that compression finds it. Not here: columns of answers (`column`).
//!
//! ```text
//! version · number of records · a head byte each (what it is, how it came in)
//! forms: number, ids · questions: number, (id, kind) each · patterns: number, questions of each
//! per record its form, per response its pattern
//! claims · slips · salts · slots · replaced versions · notes · a column of answers per question
//! forms of openings · what closings name · statements, steps and results that are stated
//! ```
//!
//! A batch is written in the first version, byte for byte as always, as long as that can say it; else in
//! the lowest that can, which earlier releases keep and forward whole. Tables list in order of first use.
//! [`crate::record::Records::decode`] accepts only what encoding what was read would give again.

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::codec::DecodeError;
use crate::consultation::slip::SlipProof;
use crate::consultation::{Answer, Form};
use crate::id::{Claim, EntryHash, FormId, QuestionId, SlotId};
use crate::record::bytes::{Reader, put, put_len, put_texts};
use crate::record::column::{Kind, column, lowest, put_column};
use crate::record::extended;
use crate::record::request::Says;
use crate::record::speaking::{Head, Speaking};
use crate::record::table::Table;
use crate::record::{
    Assisted, AssistedMode, Close, Counted, Known, MAX_BATCH, MinutesSaid, Record, RecordId,
    Response, Speaker, Withdraw,
};

/// What every release reads.
pub(super) const FIRST: u8 = 1;
/// With kinds of answers, forms and records that the first version does not know.
pub(super) const SECOND: u8 = 2;
/// With forms that have conditions, rows and further kinds, and answers to them.
pub(super) const THIRD: u8 = 3;
/// With sealed answers, forms that have them, what the keepers of their key state, claims by the
/// holders of receipts, and requests to the office.
pub(super) const FOURTH: u8 = 4;
/// With votes of slips, and their ballots.
pub(super) const FIFTH: u8 = 5;
/// With ballot boxes, and their minutes.
pub(super) const SIXTH: u8 = 6;
/// With photos of minutes.
pub(super) const SEVENTH: u8 = 7;
/// With votes whose ballots name so many options at least.
pub(super) const EIGHTH: u8 = crate::consultation::form::EIGHTH;
/// The most answers of one response in the first two versions.
const EARLIER_ANSWERS: usize = 300;
/// And in later ones; a form has no more questions.
const THIRD_ANSWERS: usize = crate::consultation::form::MAX_QUESTIONS;
/// The most answers of a batch, those in rows not among them: equal answers take no bits, so the
/// bytes alone do not bound them.
const MAX_ALL: usize = 150_000;

pub(super) const OPEN: u8 = 0;
pub(super) const CLOSE: u8 = 1;
pub(super) const NEW: u8 = 2;
pub(super) const OWN: u8 = 3;
/// By a slip: a person's own, and not by their device.
pub(super) const SLIP: u8 = OWN | 1 << MODE;
pub(super) const ASSISTED: u8 = 4;
pub(super) const OWN_WITHDRAWN: u8 = 5;
pub(super) const ASSISTED_WITHDRAWN: u8 = 6;
/// What it is, the body says.
pub(super) const EXTENDED: u8 = 7;
/// The rest of a head byte says how an assisted answer came in.
pub(super) const MODE: u8 = 3;
pub(super) const CONSENT: u8 = 5;

type Read<T> = Result<T, DecodeError>;

/// The lowest version that can say a record.
fn version(record: &Record) -> u8 {
    match record {
        Record::Open(form) => form.version(),
        Record::Close(_) | Record::Withdraw(_) => FIRST,
        Record::Statement(_) | Record::Step(_) | Record::Stated(_) => SECOND,
        Record::Claimed(_) | Record::Custody(_) => FOURTH,
        Record::Request(request) => match request.says {
            Says::Erase { .. } | Says::Reply { .. } => FOURTH,
            Says::Apart { .. } => SIXTH,
        },
        Record::Minutes(minutes) => match minutes.said {
            MinutesSaid::Sealed(_) | MinutesSaid::Signed(_) => SIXTH,
            MinutesSaid::Pictured { .. } => SEVENTH,
        },
        Record::Response(Response {
            speaker: Speaker::Slip(_),
            ..
        }) => FIFTH,
        Record::Response(response) => {
            let many = response.answers.len() > EARLIER_ANSWERS;
            let each = response.answers.iter().map(|(_, answer)| lowest(answer));
            each.fold(if many { THIRD } else { FIRST }, u8::max)
        }
    }
}

pub(super) fn encode(records: &[Record]) -> Vec<u8> {
    let mut forms = Table::new();
    let mut questions = Table::new();
    let mut patterns = Table::new();
    let mut columns: Vec<Vec<&Answer>> = Vec::new();
    let (mut form_of, mut pattern_of) = (Vec::new(), Vec::new());
    for record in records {
        if let Some(form) = form(record) {
            form_of.push(forms.index(form));
        }
        if let Record::Response(response) = record {
            let mut pattern = Vec::new();
            for (question, answer) in &response.answers {
                let at = questions.index((*question, Kind::of(answer)));
                columns.resize_with(questions.rows.len(), Vec::new);
                columns
                    .get_mut(at)
                    .into_iter()
                    .for_each(|column| column.push(answer));
                pattern.push(at);
            }
            pattern_of.push(patterns.index(pattern));
        }
    }

    let version = records.iter().map(version).max().unwrap_or(FIRST);
    let mut out = vec![version];
    put_len(&mut out, records.len());
    out.extend(records.iter().map(head));
    put_len(&mut out, forms.rows.len());
    forms
        .rows
        .iter()
        .for_each(|form| out.extend_from_slice(form.as_bytes()));
    put_len(&mut out, questions.rows.len());
    for (question, kind) in &questions.rows {
        out.extend_from_slice(question.as_bytes());
        out.push(kind.to_byte());
    }
    put_len(&mut out, patterns.rows.len());
    for pattern in &patterns.rows {
        put_len(&mut out, pattern.len());
        pattern.iter().for_each(|at| put_len(&mut out, *at));
    }
    form_of.into_iter().for_each(|at| put_len(&mut out, at));
    pattern_of.into_iter().for_each(|at| put_len(&mut out, at));
    speakers(&mut out, records);
    for ((_, kind), answers) in questions.rows.iter().zip(&columns) {
        put_column(&mut out, *kind, answers);
    }
    for record in records {
        match record {
            Record::Open(form) => out = form.put(version, out),
            Record::Close(close) => out = append(out, &(&close.counted, &close.note)),
            Record::Response(_) | Record::Withdraw(_) => {}
            Record::Statement(_)
            | Record::Step(_)
            | Record::Stated(_)
            | Record::Claimed(_)
            | Record::Custody(_)
            | Record::Request(_)
            | Record::Minutes(_) => {
                out = extended::put(out, record);
            }
        }
    }
    out
}

/// Values of this crate always encode; a value that cannot (none exists) becomes nothing, which
/// does not read back.
pub(super) fn append<T: Serialize>(out: Vec<u8>, value: &T) -> Vec<u8> {
    postcard::to_extend(value, out).unwrap_or_default()
}

pub(super) const fn form(record: &Record) -> Option<FormId> {
    match record {
        Record::Open(_) => None,
        Record::Close(close) => Some(close.form),
        Record::Response(response) => Some(response.form),
        Record::Withdraw(withdraw) => Some(withdraw.form),
        Record::Statement(statement) => Some(statement.form),
        Record::Step(step) => Some(step.form),
        Record::Stated(stated) => Some(stated.form),
        Record::Claimed(claimed) => Some(claimed.form),
        Record::Custody(custody) => Some(custody.form),
        Record::Request(request) => Some(request.form),
        Record::Minutes(minutes) => Some(minutes.form),
    }
}

const fn new_claim(record: &Record) -> Option<&Claim> {
    match record {
        Record::Response(response) => match &response.speaker {
            Speaker::New { claim, .. } => Some(claim),
            Speaker::Known(_) | Speaker::Slip(_) => None,
        },
        Record::Open(_)
        | Record::Close(_)
        | Record::Withdraw(_)
        | Record::Statement(_)
        | Record::Step(_)
        | Record::Stated(_)
        | Record::Claimed(_)
        | Record::Custody(_)
        | Record::Request(_)
        | Record::Minutes(_) => None,
    }
}

const fn slip(record: &Record) -> Option<&SlipProof> {
    match record {
        Record::Response(Response {
            speaker: Speaker::Slip(slip),
            ..
        }) => Some(slip),
        _ => None,
    }
}

const fn known(record: &Record) -> Option<&Known> {
    match record {
        Record::Response(response) => match &response.speaker {
            Speaker::New { .. } | Speaker::Slip(_) => None,
            Speaker::Known(known) => Some(known),
        },
        Record::Withdraw(withdraw) => Some(&withdraw.speaker),
        Record::Open(_)
        | Record::Close(_)
        | Record::Statement(_)
        | Record::Step(_)
        | Record::Stated(_)
        | Record::Claimed(_)
        | Record::Custody(_)
        | Record::Request(_)
        | Record::Minutes(_) => None,
    }
}

const fn assisted(record: &Record) -> Option<&Assisted> {
    match record {
        Record::Response(response) => response.speaker.assisted(),
        Record::Withdraw(withdraw) => withdraw.speaker.assisted(),
        Record::Open(_)
        | Record::Close(_)
        | Record::Statement(_)
        | Record::Step(_)
        | Record::Stated(_)
        | Record::Claimed(_)
        | Record::Custody(_)
        | Record::Request(_)
        | Record::Minutes(_) => None,
    }
}

fn head(record: &Record) -> u8 {
    let kind = match record {
        Record::Open(_) => OPEN,
        Record::Close(_) => CLOSE,
        Record::Response(response) => match response.speaker {
            Speaker::New { .. } => NEW,
            Speaker::Known(Known::Own { .. }) => OWN,
            Speaker::Known(Known::Assisted { .. }) => ASSISTED,
            Speaker::Slip(_) => SLIP,
        },
        Record::Withdraw(withdraw) => match withdraw.speaker {
            Known::Own { .. } => OWN_WITHDRAWN,
            Known::Assisted { .. } => ASSISTED_WITHDRAWN,
        },
        Record::Statement(_)
        | Record::Step(_)
        | Record::Stated(_)
        | Record::Claimed(_)
        | Record::Custody(_)
        | Record::Request(_)
        | Record::Minutes(_) => EXTENDED,
    };
    let Some(assisted) = assisted(record) else {
        return kind;
    };
    let mode: u8 = match assisted.mode {
        AssistedMode::Spoken => 0,
        AssistedMode::Paper => 1,
        AssistedMode::Phone => 2,
    };
    kind | mode << MODE | u8::from(assisted.consent) << CONSENT
}

fn speakers(out: &mut Vec<u8>, records: &[Record]) {
    for claim in records.iter().filter_map(new_claim) {
        out.extend_from_slice(claim.as_bytes());
    }
    for slip in records.iter().filter_map(slip) {
        out.extend_from_slice(&slip.key);
        out.extend_from_slice(&slip.proof);
    }
    for known in records.iter().filter_map(known) {
        let (Known::Own { salt, .. } | Known::Assisted { salt, .. }) = known;
        out.extend_from_slice(salt);
    }
    for known in records.iter().filter_map(known) {
        if let Known::Assisted { slot, .. } = known {
            out.extend_from_slice(slot.as_bytes());
        }
    }
    for known in records.iter().filter_map(known) {
        put_len(out, known.supersedes().len());
        for id in known.supersedes() {
            out.extend_from_slice(id.entry.as_bytes());
            put(out, id.index.into());
        }
    }
    let notes = records.iter().filter_map(assisted);
    put_texts(out, notes.map(|assisted| assisted.note.as_str()));
}

/// Reads what [`encode`] wrote, and more: the caller compares.
pub(super) fn decode(bytes: &[u8]) -> Read<Vec<Record>> {
    let mut from = Reader(bytes);
    let version = match from.byte()? {
        version @ (FIRST | SECOND | THIRD | FOURTH | FIFTH | SIXTH | SEVENTH | EIGHTH) => version,
        0 => return Err(DecodeError::Malformed),
        _ => return Err(DecodeError::Newer),
    };
    let count = from.len()?;
    if count == 0 || count > MAX_BATCH {
        return Err(DecodeError::Malformed);
    }
    let heads = from.each(count, |from| Head::read(from.byte()?))?;
    let of = |wanted: fn(&Head) -> bool| heads.iter().filter(|head| wanted(head)).count();

    let forms = from.len()?;
    let forms = from.each(forms, |from| from.array().map(FormId::from_bytes))?;
    let questions = from.len()?;
    let questions = from.each(questions, |from| {
        let id = QuestionId::from_bytes(from.array()?);
        Ok((id, Kind::from_byte(from.byte()?, version)?))
    })?;
    let patterns = from.len()?;
    let patterns = from.each(patterns, |from| {
        let len = from.len()?;
        let most = if version < THIRD {
            EARLIER_ANSWERS
        } else {
            THIRD_ANSWERS
        };
        if len > most {
            return Err(DecodeError::Malformed);
        }
        from.each(len, |from| from.index(questions.len()))
    })?;
    let form_of = from.each(of(|head| head.kind != OPEN), |from| from.index(forms.len()))?;
    let mut form_of = form_of.into_iter();
    let pattern_of = from.each(of(|head| head.is_response()), |from| {
        from.index(patterns.len())
    })?;

    let claims = from.each(of(|head| head.kind == NEW), |from| {
        from.array().map(Claim::from_bytes)
    })?;
    let slips = from.each(of(|head| head.kind == SLIP), |from| {
        let key = from.array()?;
        let proof = from.array()?;
        Ok(SlipProof { key, proof })
    })?;
    let salts = from.each(of(|head| head.is_known()), Reader::array)?;
    let slots = from.each(
        of(|head| head.is_known() && head.entered.is_some()),
        |from| from.array().map(SlotId::from_bytes),
    )?;
    let replaced = from.each(of(|head| head.is_known()), replaced)?;
    let notes = from.texts(of(|head| head.entered.is_some()))?;
    let mut slips = slips.into_iter();
    let mut speaking = Speaking {
        claims: claims.into_iter(),
        salts: salts.into_iter(),
        slots: slots.into_iter(),
        replaced: replaced.into_iter(),
        notes: notes.into_iter(),
    };

    let patterns_used = || pattern_of.iter().filter_map(|at| patterns.get(*at));
    if patterns_used().map(Vec::len).sum::<usize>() > MAX_ALL {
        return Err(DecodeError::Malformed);
    }
    let mut lens = vec![0_usize; questions.len()];
    for row in patterns_used().flatten() {
        for len in lens.get_mut(*row).into_iter() {
            *len = len.saturating_add(1);
        }
    }
    let mut columns = Vec::new();
    for ((_, kind), len) in questions.iter().zip(lens) {
        columns.push(column(&mut from, *kind, len, (version, 0))?.into_iter());
    }
    let mut answers = patterns_used().map(|pattern| {
        let each = pattern.iter().map(|row| {
            let (question, _) = questions.get(*row)?;
            Some((*question, columns.get_mut(*row)?.next()?))
        });
        each.collect::<Option<Vec<_>>>()
    });

    let mut records = Vec::with_capacity(count);
    for head in heads {
        let mut form = || {
            let form = form_of.next().and_then(|at| forms.get(at)).copied();
            form.ok_or(DecodeError::Malformed)
        };
        records.push(match head.kind {
            OPEN => {
                let (form, rest) = Form::take(version, from.0)?;
                from.0 = rest;
                Record::Open(form)
            }
            CLOSE => {
                let form = form()?;
                let (counted, note) = value::<(Vec<Counted>, String)>(&mut from)?;
                Record::Close(Close {
                    form,
                    counted,
                    note,
                })
            }
            EXTENDED => extended::take(form()?, &mut from)?,
            NEW => Record::Response(Response {
                form: form()?,
                speaker: speaking.somebody_new(head).ok_or(DecodeError::Malformed)?,
                answers: answers.next().flatten().ok_or(DecodeError::Malformed)?,
            }),
            SLIP => Record::Response(Response {
                form: form()?,
                speaker: Speaker::Slip(slips.next().ok_or(DecodeError::Malformed)?),
                answers: answers.next().flatten().ok_or(DecodeError::Malformed)?,
            }),
            OWN | ASSISTED => Record::Response(Response {
                form: form()?,
                speaker: Speaker::Known(speaking.known(head).ok_or(DecodeError::Malformed)?),
                answers: answers.next().flatten().ok_or(DecodeError::Malformed)?,
            }),
            _ => Record::Withdraw(Withdraw {
                form: form()?,
                speaker: speaking.known(head).ok_or(DecodeError::Malformed)?,
            }),
        });
    }
    Ok(records)
}

pub(super) fn value<T: DeserializeOwned>(from: &mut Reader<'_>) -> Read<T> {
    let (value, rest) = postcard::take_from_bytes(from.0).map_err(|_| DecodeError::Malformed)?;
    from.0 = rest;
    Ok(value)
}

fn replaced(from: &mut Reader<'_>) -> Read<Vec<RecordId>> {
    let count = from.len()?;
    from.each(count, |from| {
        Ok(RecordId {
            entry: EntryHash::from_bytes(from.array()?),
            index: u16::try_from(from.number()?).map_err(|_| DecodeError::Malformed)?,
        })
    })
}
