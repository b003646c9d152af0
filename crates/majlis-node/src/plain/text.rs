//! Text, edits and versions of documents in the API's words.

use automerge::ChangeHash;
use majlis_core::document::{Block, BlockKind, Edit, Marks, Run};

use crate::api::document as api;
use crate::api::{ApiError, ErrorCode};

/// Heads as text.
pub(crate) fn heads(heads: &[ChangeHash]) -> Vec<String> {
    heads.iter().map(ToString::to_string).collect()
}

/// Reads heads; malformed ones are of no version held here.
pub(crate) fn read_heads(heads: &[String]) -> Result<Vec<ChangeHash>, ApiError> {
    let each = heads.iter().map(|head| {
        head.parse().map_err(|_| {
            ApiError::new(ErrorCode::EditUnfit, "naming a version that is not held").about(head)
        })
    });
    each.collect()
}

pub(crate) fn blocks(blocks: &[Block]) -> Vec<api::BlockView> {
    let run = |run: &Run| api::RunView {
        text: run.text.clone(),
        marks: marks(&run.marks),
    };
    let block = |block: &Block| api::BlockView {
        kind: block_kind(block.kind),
        runs: block.runs.iter().map(run).collect(),
    };
    blocks.iter().map(block).collect()
}

fn block_kind(kind: BlockKind) -> api::BlockKind {
    match kind {
        BlockKind::Paragraph => api::BlockKind::Paragraph,
        BlockKind::Heading(level) => api::BlockKind::Heading { level },
        BlockKind::Item { ordered, depth } => api::BlockKind::Item { ordered, depth },
        BlockKind::Quote => api::BlockKind::Quote,
    }
}

const fn read_block_kind(kind: &api::BlockKind) -> BlockKind {
    match kind {
        api::BlockKind::Paragraph => BlockKind::Paragraph,
        api::BlockKind::Heading { level } => BlockKind::Heading(*level),
        api::BlockKind::Item { ordered, depth } => BlockKind::Item {
            ordered: *ordered,
            depth: *depth,
        },
        api::BlockKind::Quote => BlockKind::Quote,
    }
}

fn marks(marks: &Marks) -> api::Marks {
    api::Marks {
        strong: marks.strong,
        em: marks.em,
        link: marks.link.clone(),
    }
}

fn read_marks(marks: &api::Marks) -> Marks {
    Marks {
        strong: marks.strong,
        em: marks.em,
        link: marks.link.clone(),
    }
}

/// A count as the API has it; no document comes near the limit.
fn short(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

fn long(number: u32) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

pub(crate) fn edits(edits: &[Edit]) -> Vec<api::EditView> {
    let edit = |edit: &Edit| match edit {
        Edit::Insert {
            at,
            text,
            marks: set,
        } => api::EditView::Insert {
            at: short(*at),
            text: text.clone(),
            marks: marks(set),
        },
        Edit::Delete { at, count } => api::EditView::Delete {
            at: short(*at),
            count: short(*count),
        },
        Edit::Mark {
            from,
            to,
            marks: set,
        } => api::EditView::Mark {
            from: short(*from),
            to: short(*to),
            marks: marks(set),
        },
        Edit::Split { at, kind } => api::EditView::Split {
            at: short(*at),
            kind: block_kind(*kind),
        },
        Edit::Block { at, kind } => api::EditView::Block {
            at: short(*at),
            kind: block_kind(*kind),
        },
    };
    edits.iter().map(edit).collect()
}

pub(crate) fn read_edits(edits: &[api::EditView]) -> Vec<Edit> {
    let edit = |edit: &api::EditView| match edit {
        api::EditView::Insert { at, text, marks } => Edit::Insert {
            at: long(*at),
            text: text.clone(),
            marks: read_marks(marks),
        },
        api::EditView::Delete { at, count } => Edit::Delete {
            at: long(*at),
            count: long(*count),
        },
        api::EditView::Mark { from, to, marks } => Edit::Mark {
            from: long(*from),
            to: long(*to),
            marks: read_marks(marks),
        },
        api::EditView::Split { at, kind } => Edit::Split {
            at: long(*at),
            kind: read_block_kind(kind),
        },
        api::EditView::Block { at, kind } => Edit::Block {
            at: long(*at),
            kind: read_block_kind(kind),
        },
    };
    edits.iter().map(edit).collect()
}
