//! The text of a document as blocks of marked runs, and the one vocabulary of edits, used in
//! both directions between the core and an editor.
//!
//! Positions count UTF-16 units of the body; the beginning of a block is one unit. Unit 0 is the
//! beginning of the first block and stays where it is. Blocks are signed in checkpoints: their
//! fields are a format.

use automerge::hydrate::{Map, Value as Hydrated};
use automerge::iter::Span;
use automerge::marks::MarkSet;
use automerge::{Automerge, ChangeHash, ReadDoc as _, ScalarValue};
use serde::{Deserialize, Serialize};

use super::skeleton;

/// The longest address of a link, in bytes.
pub const MAX_LINK: usize = 2_000;

/// What a block is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum BlockKind {
    /// A paragraph.
    #[default]
    Paragraph,
    /// A heading of level 1 to 3.
    Heading(u8),
    /// A list item.
    Item {
        /// Whether it is numbered.
        ordered: bool,
        /// How deep, 0 to 5.
        depth: u8,
    },
    /// A quotation.
    Quote,
}

/// The marks of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Marks {
    /// Important.
    pub strong: bool,
    /// Stressed.
    pub em: bool,
    /// Where it leads.
    pub link: Option<String>,
}

/// A run of equally marked text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The text.
    pub text: String,
    /// Its marks.
    pub marks: Marks,
}

/// A block of text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Block {
    /// What it is.
    pub kind: BlockKind,
    /// Its text.
    pub runs: Vec<Run>,
}

/// One edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Edit {
    /// Text goes in before a unit, with exactly these marks.
    Insert {
        /// The unit.
        at: usize,
        /// The text.
        text: String,
        /// Its marks.
        marks: Marks,
    },
    /// Units go out, block beginnings among them.
    Delete {
        /// The first.
        at: usize,
        /// How many.
        count: usize,
    },
    /// Text gets exactly these marks.
    Mark {
        /// The first unit.
        from: usize,
        /// The unit after the last.
        to: usize,
        /// The marks.
        marks: Marks,
    },
    /// A new block begins before a unit.
    Split {
        /// The unit.
        at: usize,
        /// What it is.
        kind: BlockKind,
    },
    /// The block that begins at a unit becomes something else.
    Block {
        /// The unit.
        at: usize,
        /// What it is.
        kind: BlockKind,
    },
}

/// One unit of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Block(BlockKind),
    Text(u16, Marks),
}

/// A body as units.
pub(super) fn units(blocks: &[Block]) -> Vec<Unit> {
    let mut out = Vec::new();
    for block in blocks {
        out.push(Unit::Block(block.kind));
        for run in &block.runs {
            out.extend(
                run.text
                    .encode_utf16()
                    .map(|unit| Unit::Text(unit, run.marks.clone())),
            );
        }
    }
    out
}

/// Whether a link may lead there: absolute, of a harmless kind, not too long. Anything else, a
/// script for one, no editor is ever shown.
pub(crate) fn is_link(to: &str) -> bool {
    let rest = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .find_map(|scheme| {
            let (start, rest) = to.split_at_checked(scheme.len())?;
            start.eq_ignore_ascii_case(scheme).then_some(rest)
        });
    to.len() <= MAX_LINK
        && rest.is_some_and(|rest| !rest.is_empty() && !to.contains(char::is_whitespace))
}

/// The marks that are known here among named values.
pub(super) fn marks_of<'a>(all: impl Iterator<Item = (&'a str, &'a ScalarValue)>) -> Marks {
    let mut marks = Marks::default();
    for (name, value) in all {
        match (name, value) {
            ("strong", ScalarValue::Boolean(on)) => marks.strong = *on,
            ("em", ScalarValue::Boolean(on)) => marks.em = *on,
            ("link", ScalarValue::Str(to)) if is_link(to) => {
                marks.link = Some(to.to_string());
            }
            _ => {}
        }
    }
    marks
}

pub(super) fn marks_in(set: Option<&MarkSet>) -> Marks {
    marks_of(set.into_iter().flat_map(MarkSet::iter))
}

/// Text without the character that Automerge shows for a block.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|char| *char != '\u{fffc}').collect()
}

fn kind_of(map: &Map) -> BlockKind {
    let scalar = |key: &str| match map.get(key) {
        Some(Hydrated::Scalar(value)) => Some(value),
        _ => None,
    };
    let small = |key: &str| match scalar(key) {
        Some(ScalarValue::Int(value)) => u8::try_from(*value).unwrap_or(0),
        _ => 0,
    };
    let kind = match scalar("type") {
        Some(ScalarValue::Str(kind)) => kind.as_str(),
        _ => "",
    };
    match kind {
        "heading" => BlockKind::Heading(small("level").clamp(1, 3)),
        "item" => BlockKind::Item {
            ordered: matches!(scalar("ordered"), Some(ScalarValue::Boolean(true))),
            depth: small("depth").min(5),
        },
        "quote" => BlockKind::Quote,
        _ => BlockKind::Paragraph,
    }
}

/// The blocks of a document, now or at earlier heads. A kind that is not known is a paragraph.
pub(super) fn blocks(document: &Automerge, heads: Option<&[ChangeHash]>) -> Vec<Block> {
    let Some(body) = skeleton::body(document) else {
        return vec![Block::default()];
    };
    let spans = match heads {
        Some(heads) => document.spans_at(&body, heads),
        None => document.spans(&body),
    };
    let mut out: Vec<Block> = Vec::new();
    for span in spans.into_iter().flatten() {
        match span {
            Span::Block(map) => out.push(Block {
                kind: kind_of(&map),
                runs: Vec::new(),
            }),
            Span::Text { text, marks } => {
                let marks = marks_in(marks.as_deref());
                if out.is_empty() {
                    out.push(Block::default());
                }
                let Some(block) = out.last_mut() else {
                    continue;
                };
                match block.runs.last_mut() {
                    Some(run) if run.marks == marks => run.text.push_str(&text),
                    _ => block.runs.push(Run { text, marks }),
                }
            }
        }
    }
    if out.is_empty() {
        out.push(Block::default());
    }
    out
}

pub(super) fn title(document: &Automerge) -> String {
    let title = skeleton::meta_text(document, "title");
    title
        .and_then(|id| document.text(&id).ok())
        .map(|text| plain(&text))
        .unwrap_or_default()
}

/// A checksum of blocks, for an editor to see that it shows what the core holds: FNV-1a with 32
/// bits over the UTF-16 units of a canonical text, in hexadecimal. It guards against defects, not
/// against malice.
#[must_use]
pub fn checksum(blocks: &[Block]) -> String {
    let mut hash: u32 = 0x811c_9dc5;
    let mut feed = |text: &str| {
        for unit in text.encode_utf16() {
            for byte in unit.to_le_bytes() {
                hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
            }
        }
    };
    for block in blocks {
        let kind = match block.kind {
            BlockKind::Paragraph => "p".to_owned(),
            BlockKind::Heading(level) => format!("h{level}"),
            BlockKind::Item { ordered, depth } => {
                format!("{}{depth}", if ordered { "o" } else { "u" })
            }
            BlockKind::Quote => "q".to_owned(),
        };
        feed(&format!("\n{kind}\n"));
        for run in &block.runs {
            let marks = &run.marks;
            let link = marks.link.as_deref().unwrap_or("");
            feed(&format!(
                "\u{1}{}{}{link}\u{2}",
                u8::from(marks.strong),
                u8::from(marks.em)
            ));
            feed(&run.text);
        }
    }
    format!("{hash:08x}")
}
