//! Room for others: links that stay open with nothing to say cost memory, so above a number those
//! that brought nothing for longest give way, and their devices come back with news. What others
//! bring goes out to all: in a full hall no link would ever have nothing to say. A link on which nobody
//! proves who they are ends. Not here: who is let in at all, which is the door's.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use majlis_core::effect::LinkId;
use majlis_core::sync::session::Exchange;

use crate::desk::{Proof, Standing};
use crate::links::Ending;
use crate::links::operator::Operator;

/// So long a link brings nothing before it may be asked to give way.
const QUIET: Duration = Duration::from_secs(10);
/// So long the other side may take to prove which device it is, once the desk came to the link: on a
/// telephone network with losses its opening is sent several times.
const PROOF: Duration = Duration::from_secs(30);
/// The same where this side dialled: the desk over there may be busy with reading a large space, and who
/// hangs up and comes again only waits for it anew.
const PROOF_THERE: Duration = Duration::from_secs(120);
/// Of the links that one address may have, so many quarters may stay open with nothing to say: the
/// others there are for who comes next.
const QUARTERS: usize = 3;

/// What the other side of a link brought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bringing {
    entries: u64,
    /// When that last grew, or the link began.
    since: Instant,
    /// Since when the desk waits to learn which device it is.
    unproven: Option<Instant>,
}

impl Bringing {
    pub(super) const fn new(now: Instant) -> Self {
        Self {
            entries: 0,
            since: now,
            unproven: None,
        }
    }

    fn look(&mut self, standing: Standing, now: Instant) {
        if standing.brought != self.entries {
            (self.entries, self.since) = (standing.brought, now);
        }
        match standing.proof {
            Proof::Due => {
                self.unproven.get_or_insert(now);
            }
            Proof::NotDue | Proof::Given => self.unproven = None,
        }
    }

    /// Whether the other side, which `dialled` says was dialled from here, took too long to prove which
    /// device it is.
    fn proves_nothing(&self, dialled: bool, now: Instant) -> bool {
        let within = if dialled { PROOF_THERE } else { PROOF };
        let since = self.unproven;
        since.is_some_and(|since| now.saturating_duration_since(since) >= within)
    }

    /// Since when nothing was brought, once that is long enough.
    fn quiet(&self, standing: Standing, now: Instant) -> Option<Instant> {
        let long = now.saturating_duration_since(self.since) >= QUIET;
        (standing.exchange != Exchange::First && long && !standing.media).then_some(self.since)
    }
}

/// A link that others opened.
#[derive(Clone, Copy, Debug)]
struct Opened {
    link: LinkId,
    at: Option<IpAddr>,
    /// Since when it brings nothing; `None` when it does, or it began just now.
    quiet: Option<Instant>,
}

impl Operator {
    /// Ends links on which nothing was proven, and lets others give way while more are open than stay
    /// open with nothing to say.
    pub(super) fn make_room(&mut self) {
        let now = Instant::now();
        for open in self.open.values_mut() {
            let standing = *open.standing.borrow();
            open.bringing.look(standing, now);
            let in_vain = open.bringing.proves_nothing(open.dialled, now);
            if in_vain && open.end.take().is_some() {
                tracing::info!("ending a link on which nobody proved who they are");
            }
        }
        let opened = self.open.iter().filter(|(_, open)| !open.dialled);
        let opened: Vec<Opened> = opened
            .map(|(link, open)| {
                let standing = *open.standing.borrow();
                Opened {
                    link: *link,
                    at: open.gauge.remote().map(|at| at.ip().to_canonical()),
                    quiet: open.bringing.quiet(standing, now),
                }
            })
            .collect();
        let of_one = self.limits.links_per_address.saturating_mul(QUARTERS) / 4;
        for link in give_way(&opened, self.limits.links_idle, of_one) {
            self.end(link, Ending::GivesWay);
        }
    }
}

/// Which links give way, so that there are at most so many in all and from one address: of those
/// that are quiet, the ones that were longest.
fn give_way(opened: &[Opened], in_all: usize, of_one: usize) -> Vec<LinkId> {
    let mut from: BTreeMap<IpAddr, usize> = BTreeMap::new();
    for at in opened.iter().filter_map(|link| link.at) {
        let count = from.entry(at).or_default();
        *count = count.saturating_add(1);
    }
    let mut left = opened.len();
    let mut quiet: Vec<_> = opened
        .iter()
        .filter_map(|link| link.quiet.map(|since| (since, link)))
        .collect();
    quiet.sort_by_key(|(since, link)| (*since, link.link));
    let mut gone = Vec::new();
    for (_, link) in quiet {
        let here = link.at.and_then(|at| from.get_mut(&at));
        let crowded = here.as_ref().is_some_and(|here| **here > of_one);
        if left > in_all || crowded {
            left = left.saturating_sub(1);
            if let Some(here) = here {
                *here = here.saturating_sub(1);
            }
            gone.push(link.link);
        }
    }
    gone
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(number: u64, house: u8, quiet: Option<u64>) -> Opened {
        let now = Instant::now() + Duration::from_secs(1_000);
        Opened {
            link: LinkId(number),
            at: (house > 0).then(|| IpAddr::from([10, 0, 0, house])),
            quiet: quiet.map(|age| now - Duration::from_secs(age)),
        }
    }

    fn gone(opened: &[Opened], in_all: usize, of_one: usize) -> Vec<u64> {
        let gone = give_way(opened, in_all, of_one);
        gone.into_iter().map(|link| link.0).collect()
    }

    /// News of others that goes out over a link all the time does not keep it; what it brings does.
    #[test]
    fn who_only_listens_in_a_full_hall_makes_room() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let standing = |met, brought, media| Standing {
            exchange: if met { Exchange::More } else { Exchange::First },
            brought,
            media,
            ..Standing::default()
        };
        let mut bringing = Bringing::new(began);
        bringing.look(standing(false, 0, false), at(20));
        let first = standing(false, 0, false);
        assert_eq!(
            bringing.quiet(first, at(20)),
            None,
            "the first exchange goes on"
        );
        bringing.look(standing(true, 3, false), at(21));
        assert_eq!(bringing.quiet(standing(true, 3, false), at(22)), None);
        for second in 22..40 {
            bringing.look(standing(true, 3, false), at(second));
        }
        let busy = standing(true, 3, false);
        assert_eq!(bringing.quiet(busy, at(40)), Some(at(21)));
        let photo = standing(true, 3, true);
        assert_eq!(bringing.quiet(photo, at(40)), None, "a photo is on its way");
        bringing.look(standing(true, 4, false), at(41));
        assert_eq!(bringing.quiet(standing(true, 4, false), at(42)), None);
    }

    #[test]
    fn who_proves_nothing_has_half_a_minute_from_when_the_desk_came_to_the_link() {
        let began = Instant::now();
        let at = |seconds| began + Duration::from_secs(seconds);
        let standing = |proof| Standing {
            proof,
            ..Standing::default()
        };
        let mut bringing = Bringing::new(began);
        bringing.look(standing(Proof::NotDue), at(100));
        assert!(!bringing.proves_nothing(false, at(100)), "the desk is busy");
        bringing.look(standing(Proof::Due), at(101));
        bringing.look(standing(Proof::Due), at(130));
        assert!(!bringing.proves_nothing(false, at(130)));
        assert!(bringing.proves_nothing(false, at(131)));
        // Whom this side dialled may have a busy desk as well, and is waited for.
        assert!(!bringing.proves_nothing(true, at(220)));
        assert!(bringing.proves_nothing(true, at(221)));
        bringing.look(standing(Proof::Given), at(222));
        assert!(!bringing.proves_nothing(false, at(500)));
    }

    #[test]
    fn who_was_quiet_longest_gives_way() {
        let all = [
            link(1, 1, Some(20)),
            link(2, 2, Some(300)),
            link(3, 3, None),
            link(4, 0, Some(40)),
        ];
        assert_eq!(gone(&all, 4, 9), Vec::<u64>::new());
        assert_eq!(gone(&all, 3, 9), [2]);
        assert_eq!(gone(&all, 2, 9), [2, 4]);
        // Whoever has something to say stays, however many there are.
        assert_eq!(gone(&all, 0, 9), [2, 4, 1]);
    }

    #[test]
    fn one_crowded_address_makes_room_by_itself() {
        let all = [
            link(1, 1, Some(500)),
            link(2, 7, Some(20)),
            link(3, 7, Some(30)),
            link(4, 7, None),
            link(5, 0, Some(600)),
        ];
        assert_eq!(gone(&all, 9, 2), [3]);
        assert_eq!(gone(&all, 9, 1), [3, 2]);
        // Who gave way for all made room at the address too.
        assert_eq!(gone(&all, 2, 2), [5, 1, 3]);
    }
}
