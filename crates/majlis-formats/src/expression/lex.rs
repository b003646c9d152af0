//! The words of an expression.

use rust_decimal::Decimal;

use super::{MAX_EXPRESSION, MAX_WORDS, SyntaxError};

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Word {
    Number(Decimal),
    Text(String),
    Reference(String),
    Name(String),
    /// A sign such as `<=`, or an operator spelled out such as `and`.
    Sign(&'static str),
}

/// A word and where it begins, in letters.
pub(super) type Placed = (Word, usize);

const SIGNS: &[&str] = &[
    "!=", "<=", ">=", "..", "//", "::", "(", ")", "[", "]", "/", "@", ",", "|", "+", "-", "*", "=",
    "<", ">", ".",
];

pub(crate) fn is_name_letter(letter: char) -> bool {
    letter.is_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

pub(super) fn words(text: &str) -> Result<Vec<Placed>, SyntaxError> {
    if text.len() > MAX_EXPRESSION {
        return Err(SyntaxError::TooLong);
    }
    let mut rest = text;
    let mut words: Vec<Placed> = Vec::new();
    loop {
        rest = rest.trim_start();
        let at = text
            .get(..text.len() - rest.len())
            .unwrap_or_default()
            .chars()
            .count();
        let Some(first) = rest.chars().next() else {
            return Ok(words);
        };
        let (word, length) = match first {
            '\'' | '"' | '\u{2018}' | '\u{2019}' | '\u{201c}' | '\u{201d}' => {
                quoted(rest, first).ok_or_else(|| SyntaxError::NotClosed {
                    opened: first.to_string(),
                    at,
                })?
            }
            '$' => reference(rest, at)?,
            '0'..='9' => number(rest),
            '.' if rest
                .chars()
                .nth(1)
                .is_some_and(|next| next.is_ascii_digit()) =>
            {
                number(rest)
            }
            _ if first.is_alphabetic() || first == '_' => name(rest, words.last()),
            _ => sign(rest, at)?,
        };
        rest = rest.get(length..).unwrap_or_default();
        words.push((word, at));
        if words.len() > MAX_WORDS {
            return Err(SyntaxError::TooLong);
        }
    }
}

/// A text in quotation marks. Typewriter marks and the curly ones that word processors make of them.
fn quoted(rest: &str, open: char) -> Option<(Word, usize)> {
    let closes = |letter: char| match open {
        '\'' | '"' => letter == open,
        '\u{2018}' | '\u{2019}' => matches!(letter, '\u{2018}' | '\u{2019}'),
        _ => matches!(letter, '\u{201c}' | '\u{201d}'),
    };
    let body = rest.get(open.len_utf8()..)?;
    let (end, mark) = body.char_indices().find(|(_, letter)| closes(*letter))?;
    let text = body.get(..end)?.to_owned();
    Some((Word::Text(text), open.len_utf8() + end + mark.len_utf8()))
}

/// `${name}`.
fn reference(rest: &str, at: usize) -> Result<(Word, usize), SyntaxError> {
    let unexpected = |found: &str| SyntaxError::Unexpected {
        found: found.to_owned(),
        at,
    };
    let body = rest.strip_prefix("${").ok_or_else(|| unexpected("$"))?;
    let (name, _) = body.split_once('}').ok_or_else(|| SyntaxError::NotClosed {
        opened: "${".to_owned(),
        at,
    })?;
    // The answer of the last response on this device: there is none yet.
    if let Some(last) = name.trim().strip_prefix("last-saved#")
        && super::is_name(last)
    {
        return Ok((Word::Text(String::new()), name.len() + 3));
    }
    if !super::is_name(name.trim()) {
        return Err(unexpected(&format!("${{{name}}}")));
    }
    Ok((Word::Reference(name.trim().to_owned()), name.len() + 3))
}

fn number(rest: &str) -> (Word, usize) {
    let whole = rest.bytes().take_while(u8::is_ascii_digit).count();
    let mut length = whole;
    if let Some(fraction) = rest.get(whole..).and_then(|rest| rest.strip_prefix('.')) {
        length += 1 + fraction.bytes().take_while(u8::is_ascii_digit).count();
    }
    let written = rest.get(..length).unwrap_or_default();
    let value = written
        .trim_end_matches('.')
        .parse()
        .unwrap_or(Decimal::MAX);
    (Word::Number(value), length)
}

/// A name, or an operator spelled out where a name cannot stand.
fn name(rest: &str, before: Option<&Placed>) -> (Word, usize) {
    let mut length = 0;
    let mut colon = false;
    for (at, letter) in rest.char_indices() {
        let next = rest.get(at + 1..).and_then(|rest| rest.chars().next());
        let prefix =
            letter == ':' && !colon && next.is_some_and(|next| next.is_alphabetic() || next == '_');
        if !is_name_letter(letter) && !prefix {
            break;
        }
        colon |= prefix;
        length = at + letter.len_utf8();
    }
    let written = rest.get(..length).unwrap_or_default();
    let operator = ["and", "or", "div", "mod"]
        .into_iter()
        .find(|operator| *operator == written);
    match operator {
        // XPath 1.0, 3.7: an operator unless nothing, or a sign that wants more, comes before.
        Some(operator) if ends_operand(before) => (Word::Sign(operator), length),
        _ => (Word::Name(written.to_owned()), length),
    }
}

pub(super) fn ends_operand(word: Option<&Placed>) -> bool {
    match word {
        None => false,
        Some((Word::Sign(sign), _)) => matches!(*sign, ")" | "]" | "." | ".."),
        Some((_, _)) => true,
    }
}

fn sign(rest: &str, at: usize) -> Result<(Word, usize), SyntaxError> {
    // The signs a word processor or a web page makes of the right ones.
    let lookalike = [
        ("\u{2264}", "<="),
        ("\u{2265}", ">="),
        ("\u{2260}", "!="),
        ("\u{2212}", "-"),
    ];
    for (found, meant) in lookalike {
        if rest.starts_with(found) {
            return Ok((Word::Sign(meant), found.len()));
        }
    }
    SIGNS
        .iter()
        .find(|sign| rest.starts_with(**sign))
        .map(|sign| (Word::Sign(sign), sign.len()))
        .ok_or_else(|| SyntaxError::Unexpected {
            found: rest.chars().take(1).collect(),
            at,
        })
}
