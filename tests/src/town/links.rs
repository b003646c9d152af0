//! Links between residents: they come up, carry frames, and end.

use majlis_core::effect::{HangUp, LinkId};
use majlis_core::space::Input;
use majlis_core::sync::session::Ends;

use super::Town;
use super::resident::Fate;
use crate::weather::Pipe;

/// Where nothing is on its way, time passes until what is due within this, in milliseconds: photos that nobody
/// takes are looked at for good.
const SOON: u64 = 2_000;

/// A link between two residents.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) id: u64,
    pub(super) ends: [usize; 2],
    pub(super) pipes: [Pipe; 2],
}

impl Town {
    pub(super) fn hung_up(&mut self, who: usize, link: LinkId, why: HangUp) {
        let Some(held) = self.links.iter().find(|held| held.id == link.0) else {
            return;
        };
        let other = held.ends[usize::from(held.ends[0] == who)];
        let (here, there) = (&self.residents[who], &self.residents[other]);
        let fair = here.honest && there.honest && self.weather.cut == 0;
        assert!(
            !(fair && matches!(why, HangUp::Violation | HangUp::NotProven | HangUp::Version)),
            "{} hangs up on {} for {why:?} in fair weather",
            here.name,
            there.name
        );
        let line = format!("{} hangs up on {}: {why:?}", here.name, there.name);
        self.say(line);
        // What was sent before the end may still arrive.
        let at = self
            .links
            .iter()
            .position(|held| held.id == link.0)
            .unwrap();
        while self.links.get(at).is_some_and(|held| held.id == link.0) {
            let side = usize::from(self.links[at].ends[0] != who);
            let Some(frame) = self.links[at].pipes[side].receive(u64::MAX) else {
                break;
            };
            self.drive(other, Input::Frame { link, bytes: frame });
        }
        self.cut(link.0);
    }

    /// Brings a link up between two residents who can reach each other.
    pub(super) fn connect(&mut self, a: usize, b: usize) {
        let linked = |link: &Link| link.ends == [a, b] || link.ends == [b, a];
        if a == b || self.groups[a] != self.groups[b] || self.links.iter().any(linked) {
            return;
        }
        let id = self.next_link;
        self.next_link += 1;
        let line = format!(
            "{} meets {} ({id})",
            self.residents[a].name, self.residents[b].name
        );
        self.say(line);
        let binding = *majlis_core::id::PayloadHash::of(&id.to_be_bytes()).as_bytes();
        let pipes = [Pipe::default(), Pipe::default()];
        self.links.push(Link {
            id,
            ends: [a, b],
            pipes,
        });
        for (who, other, dialled) in [(a, b, true), (b, a, false)] {
            let ends = Ends {
                link: LinkId(id),
                binding,
                transport: self.residents[other].transport(),
                dialled,
            };
            self.drive(who, Input::LinkUp(ends));
        }
    }

    /// A link ends; both sides notice.
    pub(super) fn cut(&mut self, id: u64) {
        let Some(at) = self.links.iter().position(|link| link.id == id) else {
            return;
        };
        let link = self.links.swap_remove(at);
        for who in link.ends {
            self.drive_to(who, Input::LinkDown { link: LinkId(id) }, Fate::Lives);
        }
    }

    pub(super) fn lose_links_of(&mut self, who: usize) {
        let lost: Vec<u64> = self
            .links
            .iter()
            .filter(|link| link.ends.contains(&who))
            .map(|link| link.id)
            .collect();
        for id in lost {
            self.cut(id);
        }
    }

    pub(super) fn cut_between_groups(&mut self) {
        let lost: Vec<u64> = self
            .links
            .iter()
            .filter(|link| self.groups[link.ends[0]] != self.groups[link.ends[1]])
            .map(|link| link.id)
            .collect();
        for id in lost {
            self.cut(id);
        }
    }

    /// Lets time pass until somebody's is due. Gives whether anybody's was, soon.
    fn wait(&mut self) -> bool {
        let here = self.residents.iter().enumerate();
        let due = here.filter_map(|(at, resident)| {
            let now = resident.clock(self.now);
            let after = resident.space.time_due_in(now)?;
            (after <= SOON).then_some((after, at))
        });
        let Some((after, at)) = due.min() else {
            return false;
        };
        self.now += after;
        self.drive(at, Input::Time);
        let resident = &self.residents[at];
        let left = resident.space.time_due_in(resident.clock(self.now));
        assert_ne!(
            left,
            Some(0),
            "{} looks at the time without end",
            resident.name
        );
        true
    }

    /// Lets time pass until so many frames arrived or none is on its way. Gives how many did.
    pub(super) fn deliver(&mut self, most: usize) -> usize {
        let mut arrived = 0;
        while arrived < most {
            let due = self.links.iter().enumerate().flat_map(|(at, link)| {
                [0, 1].map(|side| link.pipes[side].due().map(|due| (due, at, side)))
            });
            let Some((due, at, side)) = due.flatten().min() else {
                if self.wait() {
                    continue;
                }
                break;
            };
            self.now = self.now.max(due);
            let Some(frame) = self.links[at].pipes[side].receive(self.now) else {
                break;
            };
            let (link, to) = (LinkId(self.links[at].id), self.links[at].ends[1 - side]);
            self.drive(to, Input::Frame { link, bytes: frame });
            arrived += 1;
            if self.rng.u32(0..16) == 0 {
                self.check_claims(to);
            }
        }
        arrived
    }
}
