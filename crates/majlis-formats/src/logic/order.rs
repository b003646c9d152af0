//! In which order expressions run, so that each finds what it reads already there.

use std::collections::{BTreeMap, BTreeSet};

use crate::form::Item;
use crate::message::{Listed, Message, Place, Problem};

/// Places of items in an order that goes from what is read to what reads it.
///
/// `reads` holds, for each item, the items it reads. Kahn's algorithm, the smallest first, so that
/// the order is the form's own where nothing forbids it. Otherwise a circle of items.
pub(super) fn order(reads: &[BTreeSet<usize>]) -> Result<Vec<usize>, Vec<usize>> {
    let mut waiting: Vec<usize> = vec![0; reads.len()];
    let mut readers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (item, read) in reads.iter().enumerate() {
        for other in read.iter().filter(|other| **other != item) {
            readers.entry(*other).or_default().push(item);
            if let Some(count) = waiting.get_mut(item) {
                *count += 1;
            }
        }
    }
    let mut ready: BTreeSet<usize> = (0..reads.len())
        .filter(|item| waiting.get(*item) == Some(&0))
        .collect();
    let mut ranks = vec![usize::MAX; reads.len()];
    let mut next = 0;
    while let Some(item) = ready.pop_first() {
        if let Some(rank) = ranks.get_mut(item) {
            *rank = next;
        }
        next += 1;
        for reader in readers.get(&item).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*reader) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(*reader);
                }
            }
        }
    }
    if next == reads.len() {
        Ok(ranks)
    } else {
        Err(circle(reads, &waiting))
    }
}

/// Walks from an item that never became ready to one it waits for, until one comes twice.
fn circle(reads: &[BTreeSet<usize>], waiting: &[usize]) -> Vec<usize> {
    let stuck = |item: &usize| waiting.get(*item).is_some_and(|count| *count > 0);
    let mut path: Vec<usize> = Vec::new();
    let mut next = (0..reads.len()).find(stuck);
    while let Some(item) = next {
        if let Some(from) = path.iter().position(|earlier| *earlier == item) {
            return path.split_off(from);
        }
        path.push(item);
        next = reads.get(item).and_then(|read| {
            read.iter()
                .copied()
                .find(|other| *other != item && stuck(other))
        });
    }
    path
}

/// What there is to say of items that go round in a circle: at the first that names another one.
pub(super) fn circular(items: &[&Item]) -> Message {
    let names: Vec<String> = items.iter().map(|item| item.name.clone()).collect();
    let place = items.iter().find_map(|item| {
        let named = |rule: &Option<String>| {
            let rule = rule.as_deref().unwrap_or_default();
            let mut names = names.iter();
            names.any(|name| rule.contains(&format!("${{{name}}}")))
        };
        let rules = [
            ("relevant", &item.rules.relevant),
            ("calculation", &item.rules.calculation),
            ("repeat_count", &item.rules.repeat_count),
        ];
        let (column, _) = rules.into_iter().find(|(_, rule)| named(rule))?;
        Some(Place::cell("survey", item.row.0, column))
    });
    let row = || items.iter().find_map(|item| item.row.0);
    Message::error(
        place.unwrap_or_else(|| Place::row("survey", row())),
        Problem::Circular {
            names: Listed(names),
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_read_comes_first() {
        let reads = [BTreeSet::from([2]), BTreeSet::new(), BTreeSet::from([1])];
        let ranks = order(&reads).unwrap();
        assert!(ranks[1] < ranks[2] && ranks[2] < ranks[0]);
    }

    #[test]
    fn a_circle_is_named() {
        let reads = [
            BTreeSet::from([1]),
            BTreeSet::from([2]),
            BTreeSet::from([1]),
            BTreeSet::from([3]),
        ];
        assert_eq!(order(&reads).unwrap_err(), vec![1, 2]);
    }
}
