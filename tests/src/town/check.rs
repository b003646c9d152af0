//! What must hold: while the day goes on, and when everyone has met everyone.

use fastrand::Rng;
use majlis_core::admission::State;
use majlis_core::effect::LinkId;
use majlis_core::id::EntryHash;
use majlis_core::shelf::Shelf as _;
use majlis_core::sign::{DeviceKey, Signer as _};
use majlis_core::space::{Input, Space};
use majlis_core::sync::wire::{Carried, RunWriter};
use majlis_store::Store;

use super::resident::{Fate, Picture, Resident};
use super::{Report, Town};

/// Meetings of everyone with everyone that must be enough.
const ROUNDS: usize = 4;

impl Town {
    /// What a resident believes of its honest peers' disks is true.
    pub(super) fn check_claims(&self, who: usize) {
        let here = &self.residents[who];
        if !here.honest {
            return;
        }
        for (LinkId(id), view) in here.space.peers() {
            let Some(link) = self.links.iter().find(|link| link.id == id) else {
                continue;
            };
            let there = &self.residents[link.ends[usize::from(link.ends[0] == who)]];
            if !there.honest {
                continue;
            }
            let index = here.space.index();
            let held = index
                .items()
                .filter(|(_, item)| there.stores(item.hash))
                .count() as u64;
            assert!(
                view.has <= held,
                "{} believes that {} ({id}) has {} entries, it has {held} of {:?}",
                here.name,
                there.name,
                view.has,
                index
                    .items()
                    .map(|(place, item)| (
                        place.chain.device.short(),
                        place.branch,
                        place.seq,
                        there.stores(item.hash),
                        item.state
                    ))
                    .collect::<Vec<_>>()
            );
            assert_eq!(
                view.has + view.lacks,
                index.len() as u64,
                "{} miscounts",
                here.name
            );
            if view.complete {
                assert_eq!(held, index.len() as u64, "{}: not complete", here.name);
            }
        }
    }

    /// Residents who keep to the rules and, as the founder's device has it, are in.
    fn members(&self) -> Vec<usize> {
        let knows = self.residents.iter().filter(|resident| resident.honest);
        let knows =
            knows.filter(|resident| resident.space.roster().rank(resident.device()).is_some());
        let most = knows.max_by_key(|resident| resident.space.index().len());
        let Some(most) = most else { return Vec::new() };
        let roster = most.space.roster();
        let honest = self
            .residents
            .iter()
            .enumerate()
            .filter(|(_, resident)| resident.honest);
        let inside = honest.filter(|(_, resident)| roster.rank(resident.device()).is_some());
        inside.map(|(at, _)| at).collect()
    }

    /// Nobody accuses a carrier that keeps to the rules, whatever became of its links.
    fn check_carriers(&mut self, who: usize) {
        let honest = self.residents.iter().filter(|resident| resident.honest);
        let honest: Vec<_> = honest.map(Resident::device).collect();
        let here = &mut self.residents[who];
        let shelf = here.shelf();
        for view in here.space.carriers(&shelf).unwrap() {
            if honest.contains(&view.device) {
                assert_eq!(view.alarms, [], "{} accuses {view:?}", here.name);
                // Who is out gives nothing any more: what it alone had of a cheater's forks is gone.
                if here.space.roster().rank(view.device).is_some() {
                    assert_eq!(view.owed, 0, "{} lacks what was signed for", here.name);
                }
            }
        }
        let word = here.space.all_coming().into_iter();
        let word: Vec<_> = word.filter(|it| honest.contains(&it.device)).collect();
        assert_eq!(word, [], "{} lacks what a checkpoint covers", here.name);
    }

    /// What one member has whole, everyone has whole who knows of an answer that refers to it, and
    /// did not let go of it; and of what was let go, somebody still has it.
    fn check_blobs(&mut self, members: &[usize]) {
        for round in 0.. {
            let mut lacking = None;
            for at in members {
                let resident = &self.residents[*at];
                for missing in resident.shelf().missing_blobs().unwrap() {
                    let has = |other: &&usize| {
                        let here = self.residents[**other].shelf().blob(missing.blob).unwrap();
                        here.is_some_and(|here| here.held >= missing.blob.size)
                    };
                    if missing.let_go {
                        let everyone: Vec<usize> = (0..self.residents.len()).collect();
                        let kept = everyone.iter().any(|other| has(&other));
                        assert!(kept, "{} let go of the last one", resident.name);
                        continue;
                    }
                    if let Some(other) = members.iter().find(has) {
                        let names = [*at, *other].map(|at| self.residents[at].name.clone());
                        lacking = Some((names, missing));
                    }
                }
            }
            match lacking {
                None => return,
                Some(lacking) => {
                    assert!(round < ROUNDS, "a blob does not get through: {lacking:?}");
                }
            }
            self.meet_all();
        }
    }

    /// Everyone meets; all members must then agree on everything.
    pub(super) fn compare(&mut self) -> Report {
        let mut rounds = 0;
        let members = loop {
            rounds += 1;
            self.meet_all();
            let members = self.members();
            let mut digests: Vec<[u8; 32]> = members
                .iter()
                .map(|at| self.residents[*at].space.entries_digest())
                .collect();
            digests.dedup();
            // Who became a member only now can seal only now what they made before.
            let unsealed = members
                .iter()
                .any(|at| self.residents[*at].space.unsealed() > 0);
            if unsealed {
                self.seal_all();
            }
            if (digests.len() <= 1 && !unsealed) || rounds == ROUNDS {
                break members;
            }
        };
        self.check_blobs(&members);
        let lanes = self.lanes();
        let mut report = Report {
            members: members.len(),
            rounds,
            partitions: self.partitions,
            ..Report::default()
        };
        let mut first: Option<(String, Picture, [u8; 32])> = None;
        for at in &members {
            self.check_carriers(*at);
            let resident = &mut self.residents[*at];
            let picture = resident.picture(&lanes);
            let projection = resident.projection();
            match &first {
                Some((name, expected, shown)) => {
                    let names = format!("{name} / {}", resident.name);
                    if let Some(difference) = expected.difference(&picture) {
                        self.tell(&[members[0], *at], expected, &picture);
                        panic!("{names}: {difference}");
                    }
                    assert_eq!(*shown, projection, "{names} show different things");
                }
                None => first = Some((resident.name.clone(), picture, projection)),
            }
            resident.restart_and_compare(&lanes);
        }
        let Some((_, picture, projection)) = first else {
            return report;
        };
        for state in picture.states.values() {
            match state {
                State::Quarantined(_) => report.aside += 1,
                State::Refused(_) => report.refused += 1,
                State::Admitted | State::Carried | State::Waiting(_) | State::Unknown => {}
            }
        }
        report.entries = picture.states.len();
        self.nothing_lost(&members);
        if let Some(at) = members.first().copied() {
            report.forks = self.residents[at].space.roster().forks().len();
            self.rebuild(at, &picture, &projection);
        }
        report
    }

    /// Says how two residents came to differ about an entry.
    fn tell(&mut self, who: &[usize], one: &Picture, other: &Picture) {
        let differs = one.states.iter().find(|(hash, state)| {
            let there = other.states.get(hash);
            there.is_some_and(|there| there != *state)
        });
        let Some((hash, _)) = differs else { return };
        for at in who {
            let story = self.residents[*at].story(*hash);
            self.say(story);
        }
    }

    /// Everything that a member's device ever put on its own disk is with every member.
    fn nothing_lost(&self, members: &[usize]) {
        for author in members {
            let author = &self.residents[*author];
            let own: Vec<EntryHash> = author.written_by(author.device());
            for other in members {
                let other = &self.residents[*other];
                let shelf = other.shelf();
                let lost = own
                    .iter()
                    .filter(|hash| shelf.signed(**hash).unwrap().is_none());
                let lost = lost.count();
                assert_eq!(
                    lost, 0,
                    "{} lacks {lost} entries of {}",
                    other.name, author.name
                );
            }
        }
    }

    /// A new replica that gets the same entries in any order, with repeats, agrees as well.
    fn rebuild(&mut self, at: usize, expected: &Picture, shown: &[u8; 32]) {
        let lanes = self.lanes();
        let mut entries = Vec::new();
        let shelf = self.residents[at].shelf();
        shelf
            .entries(&mut |signed, _| entries.push(signed))
            .unwrap();
        let mut carried: Vec<Carried> = entries
            .into_iter()
            .map(|signed| {
                let payload = shelf.payload(signed.unchecked().hash()).unwrap();
                Carried { signed, payload }
            })
            .collect();
        let secret = super::bytes(&mut self.rng);
        let me = DeviceKey::from_secret(&secret).device();
        let empty = Store::in_memory().unwrap().shelf(self.space);
        let space = Space::open(self.space, me, &empty).unwrap();
        let mut auditor = Resident::new("the auditor".to_owned(), secret, space, &[]);
        let most = carried.len();
        for _ in 0..=most {
            self.rng.shuffle(&mut carried);
            for part in carried.chunks(1 + self.rng.usize(0..40)) {
                let mut run = RunWriter::default();
                part.iter().for_each(|entry| run.push(entry));
                auditor.step(Input::Carried { run: run.take() }, self.now, Fate::Lives);
            }
            if auditor.space.index().len() >= most {
                break;
            }
        }
        // A stranger who finds a fork signs the proof as well; it changes nothing.
        let own: Vec<EntryHash> = own_entries(&auditor);
        let mut picture = auditor.picture(&lanes);
        picture.states.retain(|hash, _| !own.contains(hash));
        if own.is_empty() {
            assert_eq!(picture.entries, expected.entries);
        }
        picture.entries = expected.entries;
        if let Some(difference) = expected.difference(&picture) {
            self.residents.push(auditor);
            let last = self.residents.len() - 1;
            self.tell(&[at, last], expected, &picture);
            let name = &self.residents[at].name;
            panic!("{name} / the auditor: {difference}");
        }
        assert_eq!(
            auditor.projection(),
            *shown,
            "rebuilt from entries in another order"
        );
    }
}

fn own_entries(resident: &Resident) -> Vec<EntryHash> {
    let me = resident.device();
    let items = resident.space.index().items();
    items
        .filter(|(place, _)| place.chain.device == me)
        .map(|(_, item)| item.hash)
        .collect()
}

/// A random choice of a slice.
pub(super) fn choose<'a, T>(rng: &mut Rng, list: &'a [T]) -> Option<&'a T> {
    (!list.is_empty()).then(|| &list[rng.usize(0..list.len())])
}
