//! Expressions of forms: XPath 1.0 as OpenRosa uses it, with `${name}` of XLSForm.
//!
//! Read here, into a tree; evaluated by [`Logic`](crate::Logic).

use std::fmt;

use rust_decimal::Decimal;
use serde::Serialize;

mod lex;
mod parse;

/// The longest expression that is read, in bytes.
pub const MAX_EXPRESSION: usize = 32 << 10;
/// Words of an expression. A chain of operators lies as deep as it is long, so this bounds the stack.
pub const MAX_WORDS: usize = 3_000;
/// How deep expressions may lie in each other.
pub const MAX_NESTING: usize = 64;

/// Why an expression was not understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
#[non_exhaustive]
pub enum SyntaxError {
    /// It is longer than is read.
    TooLong,
    /// It lies too deep in itself.
    TooDeep,
    /// It ends where more must follow.
    EndsEarly,
    /// Something stands where it cannot.
    Unexpected {
        /// What.
        found: String,
        /// After how many letters.
        at: usize,
    },
    /// A quotation mark or bracket is not closed.
    NotClosed {
        /// Which.
        opened: String,
        /// After how many letters.
        at: usize,
    },
    /// A function is not known.
    UnknownFunction {
        /// Its name.
        name: String,
    },
    /// A function is known and not supported yet.
    UnsupportedFunction {
        /// Its name.
        name: String,
    },
    /// A function has too few or too many arguments.
    WrongArguments {
        /// Its name.
        name: String,
        /// How many there are.
        found: usize,
    },
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(
                f,
                "it is longer than {MAX_EXPRESSION} bytes or {MAX_WORDS} words"
            ),
            Self::TooDeep => write!(f, "more than {MAX_NESTING} brackets lie in each other"),
            Self::EndsEarly => f.write_str("it ends too early"),
            Self::Unexpected { found, at } => {
                write!(f, "{found:?} cannot stand at letter {}", at + 1)
            }
            Self::NotClosed { opened, at } => {
                write!(f, "{opened} at letter {} is not closed", at + 1)
            }
            Self::UnknownFunction { name } => write!(f, "there is no function {name}()"),
            Self::UnsupportedFunction { name } => {
                write!(f, "the function {name}() is not supported yet")
            }
            Self::WrongArguments { name, found } => {
                write!(f, "{name}() cannot take {found} arguments")
            }
        }
    }
}

/// An expression, understood.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expression {
    Number(Decimal),
    Text(String),
    Path(Path),
    Call(String, Vec<Self>),
    Negative(Box<Self>),
    Two(Operator, Box<Self>, Box<Self>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    Union,
}

/// A way to nodes.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Path {
    pub(crate) start: Start,
    pub(crate) steps: Vec<Step>,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Start {
    /// `/…`
    Root,
    /// `name`, `.`, `..`
    Context,
    /// `${name}`, with conditions on it.
    Reference(String, Vec<Expression>),
    /// `instance('list')/…`, `current()/…`, `(…)/…`
    Expression(Box<Expression>, Vec<Expression>),
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Step {
    pub(crate) to: To,
    pub(crate) conditions: Vec<Expression>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Here,
    Parent,
    Child(String),
    AnyChild,
    /// `//`: everything below, and here.
    Below,
    Attribute(String),
}

impl Expression {
    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// If it is not XPath, is too long or deep, or calls a function that is not known.
    pub(crate) fn read(text: &str) -> Result<Self, SyntaxError> {
        parse::read(text).or_else(|error| {
            // Word processors bend one quote of a pair and not the other; keyboards for Arabic write
            // their own digits.
            let straight = plain_numbers(&straight_quotes(text));
            if straight == text {
                return Err(error);
            }
            parse::read(&straight).map_err(|_| error)
        })
    }
}

/// An expression with ASCII digits in its numbers; texts in quotes and names keep theirs.
pub(crate) fn plain_numbers(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let (mut quote, mut in_name, mut in_number) = (None, false, false);
    for letter in text.chars() {
        if let Some(open) = quote {
            quote = quote.filter(|_| letter != open);
            plain.push(letter);
            continue;
        }
        if matches!(letter, '\'' | '"') {
            quote = Some(letter);
        }
        in_name =
            lex::is_name_letter(letter) && (in_name || letter.is_alphabetic() || letter == '_');
        let folded = match letter {
            '\u{66b}' if in_number => '.',
            letter if in_name => letter,
            letter => crate::answer::ascii_digit(letter),
        };
        in_number = !in_name && (folded.is_ascii_digit() || in_number && folded == '.');
        plain.push(folded);
    }
    plain
}

/// A text with typewriter quotes for the curly ones that word processors make of them.
pub(crate) fn straight_quotes(text: &str) -> String {
    let straight = |letter| match letter {
        '\u{2018}' | '\u{2019}' => '\'',
        '\u{201c}' | '\u{201d}' => '"',
        other => other,
    };
    text.chars().map(straight).collect()
}

/// Names of questions a text refers to as `${name}`, and what lies between.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Text(String),
    Reference(String),
}

/// A label in pieces. What is no reference stays text.
pub(crate) fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, after)) = rest.split_once("${") {
        plain.push_str(before);
        match after.split_once('}') {
            Some((name, tail)) if is_name(name.trim()) => {
                if !plain.is_empty() {
                    pieces.push(Piece::Text(std::mem::take(&mut plain)));
                }
                pieces.push(Piece::Reference(name.trim().to_owned()));
                rest = tail;
            }
            _ => {
                plain.push_str("${");
                rest = after;
            }
        }
    }
    plain.push_str(rest);
    if !plain.is_empty() {
        pieces.push(Piece::Text(plain));
    }
    pieces
}

/// Whether a text can name a question: a letter or `_`, then letters, digits, `-`, `_`, `.`.
pub(crate) fn is_name(text: &str) -> bool {
    let mut letters = text.chars();
    letters
        .next()
        .is_some_and(|first| first.is_alphabetic() || first == '_')
        && letters.all(lex::is_name_letter)
}

/// How many arguments each known function takes; no upper bound where there is none.
pub(crate) const FUNCTIONS: &[(&str, usize, Option<usize>)] = &[
    ("abs", 1, Some(1)),
    ("acos", 1, Some(1)),
    ("area", 1, Some(1)),
    ("asin", 1, Some(1)),
    ("atan", 1, Some(1)),
    ("atan2", 2, Some(2)),
    ("boolean", 1, Some(1)),
    ("boolean-from-string", 1, Some(1)),
    ("ceiling", 1, Some(1)),
    ("checklist", 2, None),
    ("coalesce", 1, None),
    ("concat", 0, None),
    ("contains", 2, Some(2)),
    ("cos", 1, Some(1)),
    ("count", 1, Some(1)),
    ("count-non-empty", 1, Some(1)),
    ("count-selected", 1, Some(1)),
    ("current", 0, Some(0)),
    ("date", 1, Some(1)),
    ("date-time", 1, Some(1)),
    ("decimal-date-time", 1, Some(1)),
    ("decimal-time", 1, Some(1)),
    ("distance", 1, None),
    ("enclosed-area", 1, Some(1)),
    ("ends-with", 2, Some(2)),
    ("exp", 1, Some(1)),
    ("exp10", 1, Some(1)),
    ("false", 0, Some(0)),
    ("floor", 1, Some(1)),
    ("format-date", 2, Some(2)),
    ("format-date-time", 2, Some(2)),
    ("if", 3, Some(3)),
    ("indexed-repeat", 3, Some(7)),
    ("instance", 1, Some(1)),
    ("int", 1, Some(1)),
    ("join", 1, None),
    ("jr:choice-name", 2, Some(2)),
    ("last", 0, Some(0)),
    ("log", 1, Some(1)),
    ("log10", 1, Some(1)),
    ("lower-case", 1, Some(1)),
    ("max", 1, None),
    ("min", 1, None),
    ("normalize-space", 0, Some(1)),
    ("not", 1, Some(1)),
    ("now", 0, Some(0)),
    ("number", 0, Some(1)),
    ("once", 1, Some(1)),
    ("pi", 0, Some(0)),
    ("position", 0, Some(1)),
    ("pow", 2, Some(2)),
    ("random", 0, Some(0)),
    ("regex", 2, Some(2)),
    ("round", 1, Some(2)),
    ("selected", 2, Some(2)),
    ("selected-at", 2, Some(2)),
    ("sin", 1, Some(1)),
    ("sqrt", 1, Some(1)),
    ("starts-with", 2, Some(2)),
    ("string", 0, Some(1)),
    ("string-length", 0, Some(1)),
    ("substr", 2, Some(3)),
    ("substring", 2, Some(3)),
    ("substring-after", 2, Some(2)),
    ("substring-before", 2, Some(2)),
    ("sum", 1, Some(1)),
    ("tan", 1, Some(1)),
    ("today", 0, Some(0)),
    ("translate", 3, Some(3)),
    ("true", 0, Some(0)),
    ("upper-case", 1, Some(1)),
    ("uuid", 0, Some(1)),
    ("weighted-checklist", 2, None),
];

/// Functions of OpenRosa, and of programs that speak it in a dialect of their own (the Community Health
/// Toolkit, SurveyCTO), that are known by name only. So is every function with a prefix.
pub(crate) const UNSUPPORTED: &[&str] = &[
    "add-date",
    "base64-decode",
    "base64-encode",
    "choice-label",
    "collect-is-phone-app",
    "count-if",
    "count-items",
    "depend",
    "device-info",
    "difference-in-days",
    "difference-in-months",
    "difference-in-weeks",
    "difference-in-years",
    "digest",
    "duration",
    "extract-signed",
    "geofence",
    "id",
    "intersects",
    "item-at",
    "item-index",
    "item-present",
    "join-if",
    "jr:itext",
    "lang",
    "linebreak",
    "max-if",
    "min-if",
    "parse-timestamp-to-date",
    "phone-call-duration",
    "phone-call-log",
    "plug-in-metadata",
    "property",
    "pulldata",
    "randomize",
    "rank-index",
    "rank-index-if",
    "rank-value",
    "short-geopoint",
    "sum-if",
    "thousandsep",
    "to-bikram-sambat",
    "username",
    "version",
    "z-score",
];
