//! What an answer shows through: the items whose being asked, value, first value or choices depend on
//! it, straight or by way of others. Whoever keeps an answer back has to keep these back too.

use std::collections::{BTreeMap, BTreeSet};

use super::reads::Reader;
use super::{Default, Logic};

impl Logic {
    /// The paths of all that depends on the items at these paths (`household/member`, without the
    /// form and without the numbers of rows), those themselves left out. What stands in a section
    /// depends on when the section is asked.
    #[must_use]
    pub fn depends_on(&self, paths: &BTreeSet<String>) -> BTreeSet<String> {
        // A first value is taken once, so what it reads is not among the readers.
        let mut firsts: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (index, part) in self.parts().iter().enumerate() {
            let Some(Default::Computed(expression)) = &part.default else {
                continue;
            };
            let (mut found, mut patterns) = (BTreeSet::new(), BTreeMap::new());
            Reader::new(self, index, &mut found, &mut patterns).read(expression);
            for read in found {
                firsts.entry(read).or_default().insert(index);
            }
        }
        let at = |path: &String| self.parts().iter().position(|part| part.path == *path);
        let mut waiting: Vec<usize> = paths.iter().filter_map(at).collect();
        let mut seen: BTreeSet<usize> = waiting.iter().copied().collect();
        let given = seen.clone();
        while let Some(next) = waiting.pop() {
            let first = firsts.get(&next).into_iter().flatten().copied();
            let triggered = self.parts().iter().enumerate();
            let triggered = triggered.filter(|(_, part)| part.triggers.contains(&next));
            let triggered = triggered.map(|(index, _)| index);
            for reader in self.readers(next).chain(first).chain(triggered) {
                if seen.insert(reader) {
                    waiting.push(reader);
                }
            }
        }
        let touched = seen
            .difference(&given)
            .filter_map(|index| self.part(*index));
        touched.map(|part| part.path.clone()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::{Form, Item, Kind};

    fn item(name: &str, kind: Kind, change: impl FnOnce(&mut Item)) -> Item {
        let mut item = Item::new(name, kind);
        change(&mut item);
        item
    }

    fn touched(form: &Form, by: &str) -> Vec<String> {
        let logic = Logic::new(form).unwrap();
        let touched = logic.depends_on(&[by.to_owned()].into());
        touched.into_iter().collect()
    }

    #[test]
    fn what_is_asked_computed_or_begun_by_an_answer_shows_it() {
        let rule = |text: &str| Some(text.to_owned());
        let form = Form {
            items: vec![
                item("ill", Kind::Text, |_| ()),
                item("seen", Kind::Text, |_| ()),
                item("care", Kind::Group, |one| {
                    one.rules.relevant = rule("${ill} = 'yes'");
                    one.items = vec![item("where", Kind::Text, |_| ())];
                }),
                item("score", Kind::Calculate, |one| {
                    one.rules.calculation = rule("string-length(${where})");
                }),
                item("again", Kind::Text, |one| {
                    one.rules.default = rule("${ill}");
                }),
                item("open", Kind::Text, |one| {
                    one.rules.relevant = rule("${seen} = 'yes'");
                }),
            ],
            ..Form::default()
        };
        let by_ill = ["again", "care", "care/where", "score"];
        assert_eq!(touched(&form, "ill"), by_ill);
        assert_eq!(touched(&form, "seen"), ["open"]);
        assert_eq!(touched(&form, "score"), [""; 0]);
        assert_eq!(touched(&form, "nothing"), [""; 0]);
    }
}
