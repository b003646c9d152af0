//! Which answers that officers entered are asked again by somebody else: drawn from a public seed,
//! so that nobody chooses them and everybody can draw them again.
//! Not here: asking again, which is an answer like any other.

use std::collections::{BTreeMap, BTreeSet};

use crate::id::{DeviceId, FormId, SlotId};

/// An answer to be asked again, and by whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BackCheck {
    /// Whose voice.
    pub slot: SlotId,
    /// Who entered it.
    pub officer: DeviceId,
    /// Who asks again: another officer. `None` when there is no other.
    pub checker: Option<DeviceId>,
}

/// Draws `percent` of each officer's answers, at least one, and gives each to another officer.
///
/// An answer is drawn when its number, a keyed hash of seed, form and slot, is among the smallest
/// of its officer's. So the draw depends on nothing but the seed and the answers that count, and
/// answers that come later move it only by entering it. Checkers are given out in turn, from the
/// officer after the one who entered, so that their loads differ by as little as that allows: of
/// those who entered something, whoever is still among `checkers`; where nobody else is, any of
/// `checkers`.
///
/// The seed is to be something nobody could choose once the answers were in: dice thrown in front
/// of people, a number from a paper of that day. It is the same in Arabic and in Latin digits.
#[must_use]
pub fn draw(
    seed: &str,
    form: FormId,
    percent: u8,
    entered: impl IntoIterator<Item = (SlotId, DeviceId)>,
    checkers: &BTreeSet<DeviceId>,
) -> Vec<BackCheck> {
    let seed: String = seed.trim().chars().map(ascii_digit).collect();
    let key = blake3::derive_key("majlis 2026 back-check v1", seed.as_bytes());
    let mut by: BTreeMap<DeviceId, BTreeSet<([u8; 32], SlotId)>> = BTreeMap::new();
    for (slot, officer) in entered {
        let mut number = blake3::Hasher::new_keyed(&key);
        number.update(form.as_bytes()).update(slot.as_bytes());
        let number = *number.finalize().as_bytes();
        by.entry(officer).or_default().insert((number, slot));
    }
    let officers: BTreeSet<DeviceId> = by.keys().copied().collect();
    let officers: BTreeSet<DeviceId> = officers.intersection(checkers).copied().collect();
    let mut loads: BTreeMap<DeviceId, usize> = checkers.iter().map(|id| (*id, 0)).collect();
    let mut drawn = Vec::new();
    for (officer, answers) in by {
        let busy = officers.iter().any(|other| *other != officer);
        let pool = if busy { &officers } else { checkers };
        let next = pool.range(officer..).chain(pool.range(..officer));
        let others: Vec<DeviceId> = next.filter(|id| **id != officer).copied().collect();
        let wanted = answers
            .len()
            .saturating_mul(usize::from(percent.min(100)))
            .div_ceil(100)
            .max(usize::from(percent > 0));
        for (_, slot) in answers.into_iter().take(wanted) {
            let checker = others
                .iter()
                .min_by_key(|other| loads.get(other).copied().unwrap_or(0))
                .copied();
            if let Some(load) = checker.and_then(|checker| loads.get_mut(&checker)) {
                *load = load.saturating_add(1);
            }
            drawn.push(BackCheck {
                slot,
                officer,
                checker,
            });
        }
    }
    drawn.sort_unstable();
    drawn
}

/// A digit of Arabic or Persian as ASCII; any other letter as it is.
fn ascii_digit(letter: char) -> char {
    let own = |zero| u32::from(letter).checked_sub(zero);
    let digits = [0x660, 0x6f0].map(own).into_iter().flatten();
    digits
        .filter_map(|digit| char::from_digit(digit, 10))
        .next()
        .unwrap_or(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(number: u8) -> SlotId {
        SlotId::from_bytes([number; 16])
    }

    fn device(number: u8) -> DeviceId {
        DeviceId::from_bytes([number; 32])
    }

    fn form() -> FormId {
        FormId::from_bytes([9; 32])
    }

    fn entered(officers: u8, each: u8) -> Vec<(SlotId, DeviceId)> {
        let answers = (0..officers).flat_map(|officer| (0..each).map(move |at| (officer, at)));
        answers
            .map(|(officer, at)| (slot(officer * each + at), device(officer)))
            .collect()
    }

    fn all(officers: u8) -> BTreeSet<DeviceId> {
        (0..officers).map(device).collect()
    }

    #[test]
    fn whoever_has_the_seed_draws_the_same_in_any_order() {
        let mut answers = entered(3, 40);
        let once = draw("3 5 1 6", form(), 10, answers.clone(), &all(3));
        answers.reverse();
        answers.extend(answers.clone());
        assert_eq!(
            draw(" 3 5 1 6 ", form(), 10, answers.clone(), &all(3)),
            once
        );
        for digits in ["٣ ٥ ١ ٦", "۳ ۵ ۱ ۶"] {
            assert_eq!(draw(digits, form(), 10, answers.clone(), &all(3)), once);
        }
        assert_ne!(draw("3 5 1 5", form(), 10, answers, &all(3)), once);
    }

    #[test]
    fn each_officer_is_checked_and_nobody_checks_their_own() {
        let drawn = draw("seed", form(), 10, entered(4, 25), &all(4));
        for officer in 0..4 {
            let of = |it: &&BackCheck| it.officer == device(officer);
            assert_eq!(
                drawn.iter().filter(of).count(),
                3,
                "a tenth of 25, rounded up"
            );
            let load = drawn
                .iter()
                .filter(|it| it.checker == Some(device(officer)));
            assert_eq!(load.count(), 3, "four officers share twelve");
        }
        assert!(drawn.iter().all(|it| it.checker != Some(it.officer)));
    }

    #[test]
    fn who_may_not_enter_any_more_checks_nobody_and_a_lone_officer_is_checked_by_who_may() {
        let without: BTreeSet<DeviceId> = all(4).into_iter().skip(1).collect();
        let drawn = draw("seed", form(), 10, entered(4, 25), &without);
        assert!(drawn.iter().all(|it| it.checker != Some(device(0))));
        assert!(drawn.iter().all(|it| it.checker.is_some()));
        let alone = draw("seed", form(), 100, entered(1, 6), &all(3));
        let load = |id| {
            let of = alone.iter().filter(|it| it.checker == Some(device(id)));
            of.count()
        };
        assert_eq!([0, 1, 2].map(load), [0, 3, 3]);
    }

    #[test]
    fn a_lone_officer_is_checked_by_nobody_here_and_a_percent_is_at_least_one() {
        let drawn = draw("seed", form(), 1, entered(1, 5), &all(1));
        assert_eq!(drawn.len(), 1);
        assert_eq!(drawn[0].checker, None);
        assert_eq!(draw("seed", form(), 0, entered(1, 5), &all(1)), []);
        assert_eq!(draw("seed", form(), 100, entered(1, 5), &all(1)).len(), 5);
    }
}
