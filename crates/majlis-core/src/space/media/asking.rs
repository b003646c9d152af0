//! What a peer is told to be wanted, of much that is missing here: a list at a time. A link may end before
//! all was said; the next one to the same peer begins with what was referred to since, and goes on where
//! that one ended. Remembered while the space is open, and no longer: after that a list is said again.

use core::cmp::Reverse;

use super::{FRESH, Media, Missing};
use crate::blob::{Blob, Part};
use crate::effect::LinkId;
use crate::space::step::Step;
use crate::sync::session::{Rights, Session, WANT_LIST};

/// The place of a blob in the lists: small pictures first, and of each kind what was referred to last.
type Turn = (Part, Reverse<u64>, Blob);

/// How far a peer was told what is wanted, on links that ended.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked {
    /// What was referred to from this number on goes first.
    since: u64,
    /// The rest goes from here to the end, and then from the beginning.
    from: Option<Turn>,
}

impl Asked {
    /// What is said before comes first.
    fn rank(&self, missing: &Missing) -> (bool, bool, Turn) {
        let (rest, turn) = (missing.number < self.since, missing.turn());
        let passed = self.from.is_some_and(|from| turn < from);
        (rest, rest && passed, turn)
    }
}

impl Missing {
    const fn turn(&self) -> Turn {
        (self.part, Reverse(self.number), self.blob)
    }
}

impl Media {
    /// The place of what is referred to next.
    pub(super) const fn following(&self) -> u64 {
        FRESH.saturating_add(self.fresh)
    }

    /// Says on a link what is wanted, when it is time for that.
    pub(in crate::space) fn ask(
        &mut self,
        link: LinkId,
        session: &mut Session,
        rights: Rights,
        step: &mut Step<'_>,
    ) {
        let Some(peer) = session.peer().filter(|_| session.shares_media(rights)) else {
            return;
        };
        if !session.is_to_want(self.wishes, rights) {
            return;
        }
        let begins = Asked {
            since: self.following(),
            from: None,
        };
        let asked = self.asked.get(&peer).copied().unwrap_or(begins);
        let fresh = self
            .wanted()
            .filter(|missing| !session.has_said(missing.blob));
        let mut list: Vec<_> = fresh.map(|missing| asked.rank(missing)).collect();
        let all = list.len() <= WANT_LIST;
        if !all {
            let _ = list.select_nth_unstable(WANT_LIST);
            list.truncate(WANT_LIST);
            self.asked.insert(peer, asked);
        }
        list.sort_unstable();
        let list = list.into_iter().map(|(_, _, (_, _, blob))| blob).collect();
        let all = all.then_some(self.wishes);
        for frame in session.want(list, all, step.with.now) {
            step.send(link, frame);
        }
    }

    /// A link ends: the next one to the same peer begins with the first of what it was told that it holds,
    /// or did not answer to, and else where the last list ended.
    pub(in crate::space) fn leave_off(&mut self, session: &Session) {
        let asked = session.peer().and_then(|peer| self.asked.get(&peer));
        let (Some(peer), Some(mut asked)) = (session.peer(), asked.copied()) else {
            return;
        };
        let (mut first, mut last, mut is_due) = (None, None, false);
        for (blob, in_vain) in session.said_in_order() {
            let Some(missing) = self.missing.get(&blob) else {
                continue;
            };
            if missing.number >= asked.since {
                is_due |= !in_vain;
                continue;
            }
            last = Some(missing.turn());
            first = first.or(last.filter(|_| !in_vain));
        }
        if session.is_all_said(self.wishes) && first.is_none() && !is_due {
            self.asked.remove(&peer);
            return;
        }
        is_due |= self
            .wanted()
            .any(|missing| missing.number >= asked.since && !session.has_said(missing.blob));
        asked.from = first.or(last).or(asked.from);
        if !is_due {
            asked.since = self.following();
        }
        self.asked.insert(peer, asked);
    }
}
