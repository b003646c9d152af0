//! What requests of people stand at, and what they are about where that is no process. Pure functions
//! of the records held.
//! Not here: who may ask and reply (`record::request`).

use std::collections::BTreeMap;

use crate::consultation::statement::Placed;
use crate::id::{FormId, LaneId};
use crate::record::RecordId;
use crate::record::request::{Request, Says};

/// What stands in the place of a form in requests about a document, which has none.
#[must_use]
pub fn about_document(document: LaneId) -> FormId {
    let hash = blake3::derive_key(
        "majlis 2026 request about a document v1",
        document.as_bytes(),
    );
    FormId::from_bytes(hash)
}

/// A request with what was replied to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked<'a> {
    /// The request.
    pub request: &'a Placed<Request>,
    /// Why, in the words of whoever asks.
    pub text: &'a str,
    /// What it stands at.
    pub state: State,
    /// The replies, in the order given.
    pub replies: Vec<&'a Placed<Request>>,
}

/// What a request stands at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Nobody replied.
    Open,
    /// It was refused, with the reason.
    Refused,
    /// It was done. Of replies made apart, this one holds: what is deleted is not there any more.
    Done,
}

/// The requests about `form`, in the order given. A reply to what is no request here is none.
#[must_use]
pub fn requests(form: FormId, said: &[Placed<Request>]) -> Vec<Asked<'_>> {
    let mut asked = Vec::new();
    let mut place: BTreeMap<RecordId, usize> = BTreeMap::new();
    let of_form = || said.iter().filter(|one| one.said.form == form);
    for one in of_form() {
        if let Says::Erase { text } = &one.said.says
            && !place.contains_key(&one.id)
        {
            place.insert(one.id, asked.len());
            asked.push(Asked {
                request: one,
                text,
                state: State::Open,
                replies: Vec::new(),
            });
        }
    }
    for one in of_form() {
        let Says::Reply { to, done, .. } = &one.said.says else {
            continue;
        };
        let held = place.get(to).and_then(|at| asked.get_mut(*at));
        let Some(held) = held.filter(|held| held.replies.iter().all(|other| other.id != one.id))
        else {
            continue;
        };
        let state = if *done { State::Done } else { State::Refused };
        held.state = held.state.max(state);
        held.replies.push(one);
    }
    asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{DeviceId, EntryHash};

    fn placed(entry: u8, says: Says) -> Placed<Request> {
        Placed {
            id: id(entry),
            device: DeviceId::from_bytes([entry; 32]),
            seq: 0,
            said: Request {
                form: FormId::from_bytes([1; 32]),
                says,
                salt: [0; 8],
            },
        }
    }

    fn id(entry: u8) -> RecordId {
        RecordId {
            entry: EntryHash::from_bytes([entry; 32]),
            index: 0,
        }
    }

    #[test]
    fn what_a_request_stands_at_is_the_same_in_every_order() {
        let reply = |to, done| Says::Reply {
            to: id(to),
            done,
            text: "so".into(),
        };
        let ask = || Says::Erase {
            text: "please".into(),
        };
        let mut all = vec![
            placed(1, ask()),
            placed(2, ask()),
            placed(3, ask()),
            placed(4, reply(1, false)),
            placed(5, reply(1, true)),
            placed(6, reply(2, false)),
            placed(7, reply(9, true)),
            placed(8, reply(4, true)),
        ];
        all.push(all[4].clone());
        for turn in 0..all.len() {
            all.rotate_left(1);
            let found = requests(FormId::from_bytes([1; 32]), &all);
            let states: BTreeMap<RecordId, (State, usize)> = found
                .iter()
                .map(|one| (one.request.id, (one.state, one.replies.len())))
                .collect();
            let expected = [
                (id(1), (State::Done, 2)),
                (id(2), (State::Refused, 1)),
                (id(3), (State::Open, 0)),
            ];
            assert_eq!(states, expected.into(), "{turn}");
        }
        assert!(requests(FormId::from_bytes([2; 32]), &all).is_empty());
    }
}
