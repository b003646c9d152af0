//! A text that a pattern accepts.

use regex_syntax::hir::{Class, Hir, HirKind};

use super::Chance;

/// The longest text that is made.
const LONGEST: usize = 400;

/// A text that the pattern matches as a whole; nothing where the pattern is not understood.
pub(super) fn matching(pattern: &str, chance: &mut Chance) -> Option<String> {
    let hir = crate::logic::pattern::parse(pattern)?;
    let mut text = String::new();
    write(&hir, chance, &mut text);
    (text.len() <= LONGEST).then_some(text)
}

fn write(hir: &Hir, chance: &mut Chance, text: &mut String) {
    if text.len() > LONGEST {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => text.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(Class::Unicode(class)) => {
            // The plainer letters of a class first: those of ASCII, where it has any.
            let plain: Vec<_> = class
                .ranges()
                .iter()
                .filter(|range| (' '..='~').contains(&range.start()))
                .collect();
            let picked = match chance.pick(&plain) {
                Some(range) => Some(**range),
                None => chance.pick(class.ranges()).copied(),
            };
            if let Some(range) = picked {
                let (low, high) = (i64::from(u32::from(range.start())), u32::from(range.end()));
                let high = if plain.is_empty() {
                    high
                } else {
                    high.min(0x7e)
                };
                let letter = chance.between(low, i64::from(high));
                let letter = u32::try_from(letter).ok().and_then(char::from_u32);
                text.push(letter.unwrap_or(range.start()));
            }
        }
        HirKind::Class(Class::Bytes(class)) => {
            if let Some(range) = chance.pick(class.ranges()) {
                text.push(char::from(range.start()));
            }
        }
        HirKind::Repetition(repetition) => {
            let least = repetition.min;
            let most = repetition.max.unwrap_or(least.saturating_add(6));
            let most = most.min(least.saturating_add(6));
            for _ in 0..chance.between(i64::from(least), i64::from(most)) {
                write(&repetition.sub, chance, text);
                if text.len() > LONGEST {
                    return;
                }
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, chance, text),
        HirKind::Concat(parts) => {
            for part in parts {
                write(part, chance, text);
            }
        }
        HirKind::Alternation(parts) => {
            if let Some(part) = chance.pick(parts) {
                write(part, chance, text);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_made_matches() {
        let mut chance = Chance::new(11);
        for pattern in [
            r"^\d{8}$",
            r"[A-Z]{2}-\d{3,5}",
            r"(yes|no)+ ?[^ ]*",
            r"[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,4}",
            r"[ء-ي]{3,}",
        ] {
            let compiled = crate::logic::pattern::compile(pattern).unwrap();
            for _ in 0..50 {
                let text = matching(pattern, &mut chance).unwrap();
                assert!(compiled.is_match(&text), "{pattern}: {text:?}");
            }
        }
    }
}
