//! What follows an extended head: statements, steps, stated outcomes, what keepers of a key state,
//! claims, requests and minutes of ballot boxes, each by itself.
//! Not here: the form they are about, which is in the table of the batch.

use crate::codec::DecodeError;
use crate::id::FormId;
use crate::record::batch::{append, value};
use crate::record::bytes::Reader;
use crate::record::claimed::Claimed;
use crate::record::{
    Custody, Minutes, Record, RecordId, Request, Stated, Statement, Step, StepKind, Subject,
};

const STATEMENT: u8 = 0;
const STEP: u8 = 1;
const STATED: u8 = 2;
const CUSTODY: u8 = 3;
const CLAIMED: u8 = 4;
const REQUEST: u8 = 5;
const MINUTES: u8 = 6;

/// Writes one; nothing for a record with a head of its own.
pub(super) fn put(out: Vec<u8>, record: &Record) -> Vec<u8> {
    match record {
        Record::Open(_) | Record::Close(_) | Record::Response(_) | Record::Withdraw(_) => out,
        Record::Statement(one) => {
            let Statement {
                form: _,
                text,
                assisted,
                salt,
            } = one;
            append(out, &(STATEMENT, text, assisted, salt))
        }
        Record::Step(one) => {
            let Step {
                form: _,
                kind,
                about,
                text,
                number,
                day,
                sources,
                replaces,
                salt,
            } = one;
            let step = (kind, about, text, number, day, sources, replaces, salt);
            append(out, &(STEP, step))
        }
        Record::Stated(one) => {
            let Stated {
                form: _,
                counted,
                hash,
                summary,
                salt,
            } = one;
            append(out, &(STATED, counted, hash, summary, salt))
        }
        Record::Request(one) => {
            let Request {
                form: _,
                says,
                salt,
            } = one;
            append(out, &(REQUEST, says, salt))
        }
        Record::Claimed(one) => {
            let Claimed {
                form: _,
                officer,
                key,
                proof,
            } = one;
            let mut out = append(out, &(CLAIMED, officer, key));
            out.extend_from_slice(proof);
            out
        }
        Record::Custody(one) => {
            let Custody {
                form: _,
                said,
                salt,
            } = one;
            append(out, &(CUSTODY, said, salt))
        }
        Record::Minutes(one) => {
            let Minutes {
                form: _,
                said,
                salt,
            } = one;
            append(out, &(MINUTES, said, salt))
        }
    }
}

/// Reads what follows an extended head.
pub(super) fn take(form: FormId, from: &mut Reader<'_>) -> Result<Record, DecodeError> {
    Ok(match from.byte()? {
        STATEMENT => {
            let (text, assisted, salt) = value(from)?;
            Record::Statement(Statement {
                form,
                text,
                assisted,
                salt,
            })
        }
        STEP => {
            type Body = (
                StepKind,
                Subject,
                String,
                Option<i64>,
                Option<i32>,
                Vec<Subject>,
                Vec<RecordId>,
                [u8; 8],
            );
            let (kind, about, text, number, day, sources, replaces, salt) = value::<Body>(from)?;
            Record::Step(Step {
                form,
                kind,
                about,
                text,
                number,
                day,
                sources,
                replaces,
                salt,
            })
        }
        STATED => {
            let (counted, hash, summary, salt) = value(from)?;
            Record::Stated(Stated {
                form,
                counted,
                hash,
                summary,
                salt,
            })
        }
        REQUEST => {
            let (says, salt) = value(from)?;
            Record::Request(Request { form, says, salt })
        }
        CLAIMED => {
            let (officer, key) = value(from)?;
            Record::Claimed(Claimed {
                form,
                officer,
                key,
                proof: from.array()?,
            })
        }
        CUSTODY => {
            let (said, salt) = value(from)?;
            Record::Custody(Custody { form, said, salt })
        }
        MINUTES => {
            let (said, salt) = value(from)?;
            Record::Minutes(Minutes { form, said, salt })
        }
        _ => return Err(DecodeError::Malformed),
    })
}
