//! The order in which entries came to be held here, so that a peer met before can say "I have what
//! you held up to your N-th" in a few bytes. This replica's own: no rule depends on it.

use crate::id::EntryHash;

/// A check of everything that arrived up to a place: equal only after the same arrivals in the
/// same order. A store restored from an old copy that went on differently is told by it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
pub struct ArrivalCheck(pub [u8; 8]);

/// All arrivals, the first first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrivals {
    entries: Vec<(EntryHash, ArrivalCheck)>,
}

impl Arrivals {
    pub(super) fn push(&mut self, entry: EntryHash) {
        let mut hasher = blake3::Hasher::new_derive_key("majlis 2026 arrival check v1");
        hasher.update(&self.last().0);
        hasher.update(entry.as_bytes());
        let mut check = [0; 8];
        hasher.finalize_xof().fill(&mut check);
        self.entries.push((entry, ArrivalCheck(check)));
    }

    fn last(&self) -> ArrivalCheck {
        self.entries.last().map(|held| held.1).unwrap_or_default()
    }

    /// How many arrived, and the check of all of them.
    #[must_use]
    pub fn now(&self) -> (u64, ArrivalCheck) {
        (self.entries.len() as u64, self.last())
    }

    /// The check after the first `count` arrivals; `None` when there were fewer.
    #[must_use]
    pub fn check(&self, count: u64) -> Option<ArrivalCheck> {
        let count = usize::try_from(count).ok()?;
        match count.checked_sub(1) {
            None => Some(ArrivalCheck::default()),
            Some(at) => self.entries.get(at).map(|held| held.1),
        }
    }

    /// What arrived after the first `count`.
    pub fn after(&self, count: u64) -> impl Iterator<Item = EntryHash> + '_ {
        let skip = usize::try_from(count).unwrap_or(usize::MAX);
        self.entries.iter().skip(skip).map(|held| held.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(names: &[u8]) -> Arrivals {
        let mut arrivals = Arrivals::default();
        for name in names {
            arrivals.push(EntryHash::from_bytes([*name; 32]));
        }
        arrivals
    }

    #[test]
    fn the_check_tells_other_arrivals_and_another_order() {
        let (one, two, more) = (after(&[1, 2]), after(&[2, 1]), after(&[1, 2, 3]));
        assert_ne!(one.now(), two.now());
        assert_eq!(more.check(2), Some(one.now().1));
        assert_eq!(one.check(0), Some(ArrivalCheck::default()));
        assert_eq!(one.check(3), None);
        assert_eq!(more.after(2).count(), 1);
        assert_eq!(more.after(9).count(), 0);
    }
}
