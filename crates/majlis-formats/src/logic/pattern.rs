//! Regular expressions of forms, which are written for the engines of Java and of browsers.

use regex::{Regex, RegexBuilder};
use regex_syntax::hir::Hir;

use super::PATTERN_SIZE;

/// Patterns match whole answers, as in Collect.
pub(crate) fn compile(pattern: &str) -> Option<Regex> {
    build(pattern).or_else(|| build(&plain_hyphens(pattern)))
}

fn build(pattern: &str) -> Option<Regex> {
    RegexBuilder::new(&format!("^(?:{pattern})$"))
        .size_limit(PATTERN_SIZE)
        .nest_limit(64)
        .build()
        .ok()
}

/// What a pattern is made of; nothing where it is not understood.
pub(crate) fn parse(pattern: &str) -> Option<Hir> {
    let read = |pattern: &str| regex_syntax::Parser::new().parse(pattern).ok();
    read(pattern).or_else(|| read(&plain_hyphens(pattern)))
}

/// Whether a pattern is sound elsewhere and beyond an engine whose work is bounded.
pub(super) fn is_beyond(pattern: &str) -> bool {
    [
        "(?=", "(?!", "(?<=", "(?<!", "(?>", r"\1", r"\2", r"\k<", r"\Q", r"\G", r"\h", r"\R",
        r"\p{",
    ]
    .iter()
    .any(|mark| pattern.contains(mark))
        || parse(pattern).is_some()
}

/// Writes a hyphen beside a class, as in `[\w-\.]`, as the plain hyphen that Java and browsers take it for.
fn plain_hyphens(pattern: &str) -> String {
    let mut written = String::with_capacity(pattern.len() + 4);
    let mut letters = pattern.chars().peekable();
    let (mut depth, mut after_class) = (0_u32, false);
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => {
                written.push(letter);
                let Some(escaped) = letters.next() else {
                    break;
                };
                written.push(escaped);
                after_class = is_class(escaped);
                if matches!(escaped, 'p' | 'P') && letters.peek() == Some(&'{') {
                    for inner in letters.by_ref() {
                        written.push(inner);
                        if inner == '}' {
                            break;
                        }
                    }
                }
                continue;
            }
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            '-' if depth > 0 => {
                let mut ahead = letters.clone();
                let before_class = ahead.next() == Some('\\') && ahead.next().is_some_and(is_class);
                if after_class || before_class {
                    written.push('\\');
                }
            }
            _ => {}
        }
        written.push(letter);
        after_class = false;
    }
    written
}

fn is_class(escaped: char) -> bool {
    matches!(escaped, 'w' | 'W' | 'd' | 'D' | 's' | 'S' | 'p' | 'P')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hyphens_beside_classes_are_plain() {
        let mail = compile(r"[\w-\.]+@([\w-]+\.)+[\w-]{2,}").unwrap();
        assert!(mail.is_match("sa-ra.b@mail-1.example.org"));
        assert!(!mail.is_match("sa ra@example.org"));
        for (pattern, answer) in [
            (r"[\d-/]+", "1-2/3"),
            (r"[.-\s]+", ". -"),
            (r"[\p{L}-.]+", "سا-ر."),
            (r"[^\w-\.]", "!"),
        ] {
            assert!(compile(pattern).unwrap().is_match(answer), "{pattern}");
        }
        // Elsewhere a hyphen stays what it is.
        assert!(!compile(r"[\w-\.a-c]+").unwrap().is_match("!"));
        assert!(compile("[").is_none());
    }

    #[test]
    fn quantifiers_that_give_nothing_back_do_not_hide_a_mistake() {
        assert!(compile("([a-z]{2}+)x").unwrap().is_match("abcdx"));
        assert!(!is_beyond("([a-z]{2}+"));
        assert!(is_beyond("([a-z]{2}+(?=x))"));
    }
}
