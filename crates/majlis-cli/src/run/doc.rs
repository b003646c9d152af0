//! `majlis doc`.

use std::path::Path;

use anyhow::{Context as _, bail};
use majlis_node::api::document::{
    Applied, BlockKind, BlockView, CheckpointView, ComingView, DocumentAt, DocumentEdit,
    DocumentNew, DocumentOpened, DocumentRef, DocumentSummary, DocumentVersion, EditView,
    EditingSession, EditorRef, Marks, PastDocument, RenameDocument, WrittenRun,
};
use majlis_node::api::space::SpaceRef;
use majlis_node::api::{Nothing, Request};

use crate::args::{DocCommand, InSpace};
use crate::reach::Reach;
use crate::text::{self, short};
use crate::{Said, find};

/// What is said beside a text by somebody's word.
fn coming_note(coming: &ComingView) -> String {
    let missing = match coming.with_nobody_met {
        true => "are with nobody met so far",
        false => "are still to come",
    };
    format!(
        "({} signed this text; {} of {} entries {missing}: --signed shows all of it, --here what is here)",
        coming.name, coming.missing, coming.entries
    )
}

/// A document's text; `by` says by whose word, when it is not read out of the document itself.
fn shown(
    title: &str,
    blocks: &[BlockView],
    note: Option<&str>,
    by: Option<&ComingView>,
) -> anyhow::Result<Said> {
    let mut text = format!("{title}\n\n{}", text::blocks(blocks));
    if let Some(note) = note {
        text = format!("{}\n\n{note}", text.trim_end());
    }
    let whole = note.is_none();
    let json =
        serde_json::json!({ "title": title, "blocks": blocks, "whole": whole, "signed": by });
    Said::new(json, text)
}

async fn meant(reach: &Reach, space: &InSpace, wanted: &str) -> anyhow::Result<DocumentRef> {
    let space = find::space(reach, space.space.as_deref()).await?;
    let document = find::document(reach, &space, wanted).await?;
    Ok(DocumentRef { space, document })
}

pub(super) async fn run(reach: &Reach, command: DocCommand) -> anyhow::Result<Said> {
    match command {
        DocCommand::New { title, space, text } => {
            let space = find::space(reach, space.space.as_deref()).await?;
            let made: DocumentRef = reach
                .call(Request::NewDocument(DocumentNew { space, title, text }))
                .await?;
            let text = format!("document {}", made.document);
            Said::new(made, text)
        }
        DocCommand::List { space } => {
            let space = find::space(reach, space.space.as_deref()).await?;
            let list: Vec<DocumentSummary> =
                reach.call(Request::Documents(SpaceRef { space })).await?;
            let lines: Vec<String> = list
                .iter()
                .map(|d| {
                    let charter = if d.charter { " (charter)" } else { "" };
                    let coming = d.coming.as_ref().map_or_else(String::new, |it| {
                        let missing = match it.with_nobody_met {
                            true => "with nobody met so far",
                            false => "still to come",
                        };
                        format!("({} of {} entries {missing})", it.missing, it.entries)
                    });
                    format!(
                        "{} {}{charter}: {} {coming}",
                        short(&d.document),
                        d.title,
                        text::count(d.writers, "writer", "writers")
                    )
                    .trim_end()
                    .to_owned()
                })
                .collect();
            Said::new(list, lines.join("\n"))
        }
        DocCommand::Edit {
            document,
            space,
            append,
            insert,
            replace,
            title,
        } => {
            let at = meant(reach, &space, &document).await?;
            if let Some(title) = title {
                let rename = RenameDocument {
                    space: at.space.clone(),
                    document: at.document.clone(),
                    title,
                };
                let _: Nothing = reach.call(Request::RenameDocument(rename)).await?;
            }
            edit(reach, at, &append, insert.as_deref(), replace).await
        }
        DocCommand::Show {
            document,
            space,
            at,
            signed,
            here,
        } => {
            let place = meant(reach, &space, &document).await?;
            let coming: Option<CheckpointView> = if at.is_empty() {
                reach.call(Request::Checkpoint(place.clone())).await?
            } else {
                None
            };
            let note = coming.as_ref().map(|it| coming_note(&it.coming));
            let by_word = coming.filter(|it| signed || (it.coming.here == 0 && !here));
            if let Some(text) = by_word {
                return shown(
                    &text.title,
                    &text.blocks,
                    note.as_deref(),
                    Some(&text.coming),
                );
            }
            let asked = DocumentAt {
                space: place.space,
                document: place.document,
                heads: at,
            };
            let past: PastDocument = reach.call(Request::DocumentAt(asked)).await?;
            shown(&past.title, &past.blocks, note.as_deref(), None)
        }
        DocCommand::Checkpoint { document, space } => {
            let at = meant(reach, &space, &document).await?;
            let done: Nothing = reach.call(Request::SignCheckpoint(at)).await?;
            Said::new(done, "signed".to_owned())
        }
        DocCommand::Blame { document, space } => {
            let at = meant(reach, &space, &document).await?;
            let runs: Vec<WrittenRun> = reach.call(Request::Blame(at)).await?;
            let lines: Vec<String> = runs
                .iter()
                .map(|run| format!("{}: {}", run.name, run.text))
                .collect();
            Said::new(runs, lines.join("\n"))
        }
        DocCommand::History { document, space } => {
            let at = meant(reach, &space, &document).await?;
            let versions: Vec<DocumentVersion> = reach.call(Request::History(at)).await?;
            let lines: Vec<String> = versions
                .iter()
                .map(|v| {
                    format!(
                        "{} {}: +{} -{}",
                        v.heads.join(","),
                        v.name,
                        v.inserted,
                        v.deleted
                    )
                })
                .collect();
            Said::new(versions, lines.join("\n"))
        }
    }
}

async fn edit(
    reach: &Reach,
    at: DocumentRef,
    append: &[String],
    insert: Option<&[String]>,
    replace: bool,
) -> anyhow::Result<Said> {
    let opened: DocumentOpened = reach.call(Request::OpenDocument(at)).await?;
    let mut edits = Vec::new();
    if replace {
        let text = super::read(Path::new("-"))?;
        edits.extend(difference(&opened.blocks, &text));
    }
    if let Some([place, text]) = insert {
        let at = place
            .parse()
            .with_context(|| format!("no position: {place}"))?;
        edits.push(EditView::Insert {
            at,
            text: text.clone(),
            marks: Marks::default(),
        });
    }
    let mut end = if replace {
        None
    } else {
        Some(length(&flat(&opened.blocks)))
    };
    if let (Some(end), Some([_, text])) = (end.as_mut(), insert) {
        *end += units(text);
    }
    if !append.is_empty() && replace {
        bail!("--append and --replace together say two things");
    }
    for text in append {
        let at = end.unwrap_or_default();
        edits.push(EditView::Split {
            at,
            kind: BlockKind::Paragraph,
        });
        edits.push(EditView::Insert {
            at: at + 1,
            text: text.clone(),
            marks: Marks::default(),
        });
        end = Some(at + 1 + units(text));
    }
    let editor = opened.editor;
    let result: anyhow::Result<Applied> = if edits.is_empty() {
        Ok(Applied {
            base: opened.heads.clone(),
            heads: opened.heads,
            edits: Vec::new(),
            checksum: Some(opened.checksum),
            blocks: None,
        })
    } else {
        let begun: EditingSession = reach
            .call(Request::BeginEditing(EditorRef { editor }))
            .await?;
        reach
            .call(Request::EditDocument(DocumentEdit {
                editor,
                session: begun.session,
                base: opened.heads,
                edits,
            }))
            .await
    };
    let _: Nothing = reach
        .call(Request::CloseDocument(EditorRef { editor }))
        .await?;
    Said::new(result?, "saved")
}

/// One UTF-16 unit of a document, or the beginning of a block.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Block,
    Text(u16),
}

fn flat(blocks: &[BlockView]) -> Vec<Unit> {
    let mut out = Vec::new();
    for block in blocks {
        out.push(Unit::Block);
        let text = block.runs.iter().flat_map(|run| run.text.encode_utf16());
        out.extend(text.map(Unit::Text));
    }
    out
}

fn length(units: &[Unit]) -> u32 {
    u32::try_from(units.len()).unwrap_or(u32::MAX)
}

fn units(text: &str) -> u32 {
    u32::try_from(text.encode_utf16().count()).unwrap_or(u32::MAX)
}

/// The edits that make `blocks` read as `text`, a paragraph a line: what stays the same at both
/// ends is left alone.
fn difference(blocks: &[BlockView], text: &str) -> Vec<EditView> {
    let old = flat(blocks);
    let mut new = Vec::new();
    for line in text.trim_end_matches('\n').split('\n') {
        new.push(Unit::Block);
        new.extend(line.trim_end_matches('\r').encode_utf16().map(Unit::Text));
    }
    let same = |a: &[Unit], b: &[Unit]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let mut start = same(&old, &new);
    // Not between the halves of one character.
    while start > 0 && matches!(new.get(start), Some(Unit::Text(0xDC00..=0xDFFF))) {
        start -= 1;
    }
    let rest_old: Vec<Unit> = old.iter().skip(start).rev().copied().collect();
    let rest_new: Vec<Unit> = new.iter().skip(start).rev().copied().collect();
    let mut end = same(&rest_old, &rest_new);
    while end > 0 && matches!(rest_new.get(end - 1), Some(Unit::Text(0xDC00..=0xDFFF))) {
        end -= 1;
    }
    let mut edits = Vec::new();
    let at = u32::try_from(start).unwrap_or(u32::MAX);
    let gone = rest_old.len() - end;
    if gone > 0 {
        edits.push(EditView::Delete {
            at,
            count: u32::try_from(gone).unwrap_or(u32::MAX),
        });
    }
    let mut at = at;
    let mut line: Vec<u16> = Vec::new();
    let mut flush = |line: &mut Vec<u16>, at: &mut u32| {
        if !line.is_empty() {
            let text = String::from_utf16_lossy(line);
            let count = u32::try_from(line.len()).unwrap_or(u32::MAX);
            edits.push(EditView::Insert {
                at: *at,
                text,
                marks: Marks::default(),
            });
            *at += count;
            line.clear();
        }
    };
    let mut splits = Vec::new();
    for unit in new.iter().skip(start).take(rest_new.len() - end) {
        match unit {
            Unit::Text(unit) => line.push(*unit),
            Unit::Block => {
                flush(&mut line, &mut at);
                splits.push(at);
                at += 1;
            }
        }
    }
    flush(&mut line, &mut at);
    // Splits and inserts in the order of their places: each place is where the one before ended.
    for split in splits {
        let place = edits
            .iter()
            .position(|edit| matches!(edit, EditView::Insert { at, .. } if *at > split))
            .unwrap_or(edits.len());
        edits.insert(
            place,
            EditView::Split {
                at: split,
                kind: BlockKind::Paragraph,
            },
        );
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;
    use majlis_node::api::document::RunView;

    fn blocks(lines: &[&str]) -> Vec<BlockView> {
        lines
            .iter()
            .map(|line| BlockView {
                kind: BlockKind::Paragraph,
                runs: vec![RunView {
                    text: (*line).to_owned(),
                    marks: Marks::default(),
                }],
            })
            .collect()
    }

    /// Applies edits to flat units, as the document would.
    fn apply(blocks: &[BlockView], edits: &[EditView]) -> Vec<Unit> {
        let mut units = flat(blocks);
        for edit in edits {
            match edit {
                EditView::Insert { at, text, .. } => {
                    let at = usize::try_from(*at).unwrap();
                    units.splice(at..at, text.encode_utf16().map(Unit::Text));
                }
                EditView::Delete { at, count } => {
                    let at = usize::try_from(*at).unwrap();
                    units.drain(at..at + usize::try_from(*count).unwrap());
                }
                EditView::Split { at, .. } => {
                    units.insert(usize::try_from(*at).unwrap(), Unit::Block);
                }
                EditView::Mark { .. } | EditView::Block { .. } => unreachable!(),
            }
        }
        units
    }

    #[test]
    fn a_replacement_gives_the_new_text() {
        for (old, new) in [
            (vec![""], "one"),
            (vec!["one"], "one\ntwo\nthree"),
            (vec!["one", "two", "three"], "one\nthree"),
            (vec!["الماء", "حق"], "الماء للجميع\nحق"),
            (vec!["smile 😀 here"], "smile 😁 here"),
            (vec!["a", "b"], "x\ny\n\nz"),
            (vec!["same"], "same"),
            (vec![], "first\nsecond"),
            (vec!["aaa"], "aaaa"),
        ] {
            let edits = difference(&blocks(&old), new);
            let lines: Vec<&str> = new.split('\n').collect();
            assert!(
                apply(&blocks(&old), &edits) == flat(&blocks(&lines)),
                "{old:?} to {new:?}: {edits:?}"
            );
            if old.join("\n") == new {
                assert!(edits.is_empty());
            }
            for edit in &edits {
                if let EditView::Insert { text, .. } = edit {
                    assert!(!text.contains('\u{fffd}'), "half a character in {edit:?}");
                }
            }
        }
    }
}
