//! Documents: one page is one editor; edits travel both ways against known heads.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

/// Which document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentRef {
    /// The space.
    pub space: String,
    /// The document.
    pub document: String,
}

/// A document in a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentSummary {
    /// The document.
    pub document: String,
    /// Its title.
    pub title: String,
    /// Whether it is the space's charter.
    pub charter: bool,
    /// When it last changed, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// How many devices wrote in it.
    pub writers: u32,
    /// What is known of it beyond what is here, when its history is still coming.
    pub coming: Option<ComingView>,
}

/// A document whose history is still coming, by the word of whoever signed what it says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct ComingView {
    /// Who signed.
    pub device: String,
    /// Their name.
    pub name: String,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// Of how many entries.
    pub entries: u64,
    /// Of them those that are not here.
    pub missing: u64,
    /// Entries of the document that are here.
    pub here: u64,
    /// Whether those that are not here are with nobody met so far: somebody sent everything they had,
    /// and nobody who is linked says that they are to come.
    pub with_nobody_met: bool,
}

/// What a document says, by the word of whoever signed it, while its history is still coming.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct CheckpointView {
    /// Who, when, and how much is still to come.
    pub coming: ComingView,
    /// Its title.
    pub title: String,
    /// Its content.
    pub blocks: Vec<BlockView>,
}

/// Starting a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentNew {
    /// The space.
    pub space: String,
    /// Its title.
    pub title: String,
    /// Its first text, a paragraph a line; may be empty.
    #[serde(default)]
    pub text: String,
}

/// Renaming a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RenameDocument {
    /// The space.
    pub space: String,
    /// The document.
    pub document: String,
    /// The new title.
    pub title: String,
}

/// Which open editor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EditorRef {
    /// Its number.
    pub editor: u32,
}

/// An editor was opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentOpened {
    /// Its number.
    pub editor: u32,
    /// The document's title.
    pub title: String,
    /// The version the blocks are of.
    pub heads: Vec<String>,
    /// Checksum of the blocks.
    pub checksum: String,
    /// The content.
    pub blocks: Vec<BlockView>,
    /// Whether this device may write here.
    pub may_write: bool,
}

/// A block of text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct BlockView {
    /// What it is.
    pub kind: BlockKind,
    /// Its text.
    pub runs: Vec<RunView>,
}

/// What a block is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum BlockKind {
    /// A paragraph.
    Paragraph,
    /// A heading of level 1 to 3.
    Heading {
        /// The level.
        level: u8,
    },
    /// A list item.
    Item {
        /// Whether it is numbered.
        ordered: bool,
        /// How deep, from 0.
        depth: u8,
    },
    /// A quotation.
    Quote,
}

/// A run of equally marked text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct RunView {
    /// The text.
    pub text: String,
    /// Its marks.
    #[serde(default)]
    pub marks: Marks,
}

/// The marks of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
pub struct Marks {
    /// Important.
    pub strong: bool,
    /// Stressed.
    pub em: bool,
    /// Where it leads.
    pub link: Option<String>,
}

/// One edit. Positions count UTF-16 units, a block's beginning counting as one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum EditView {
    /// Text goes in, with exactly these marks.
    Insert {
        /// Before this unit.
        at: u32,
        /// The text, without line breaks.
        text: String,
        /// Its marks.
        #[serde(default)]
        marks: Marks,
    },
    /// Units go out, block beginnings among them.
    Delete {
        /// From this unit.
        at: u32,
        /// So many.
        count: u32,
    },
    /// Text gets exactly these marks.
    Mark {
        /// From this unit.
        from: u32,
        /// Up to, not including, this one.
        to: u32,
        /// The marks.
        marks: Marks,
    },
    /// A new block begins.
    Split {
        /// Before this unit.
        at: u32,
        /// What it is.
        kind: BlockKind,
    },
    /// The block that begins at this unit becomes something else.
    Block {
        /// The unit of its beginning.
        at: u32,
        /// What it is.
        kind: BlockKind,
    },
}

/// What a page's edits are numbered by. It outlives the editor: when the node ended and the page is
/// in a new editor, what it had handed in before is still known by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct EditingSession {
    /// Its number.
    pub session: u32,
}

/// Edits from an editor. A session hands in once on each version: edits on a version that it has
/// already built on are answered and not applied again, so a page may ask until it is answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentEdit {
    /// The editor.
    pub editor: u32,
    /// The editing session.
    pub session: u32,
    /// The version they were made on.
    pub base: Vec<String>,
    /// The edits, each on the result of the one before.
    pub edits: Vec<EditView>,
}

/// What an editor has to do to be where the document is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct Applied {
    /// The version that the edits lead from.
    pub base: Vec<String>,
    /// The version that they lead to.
    pub heads: Vec<String>,
    /// Others' edits.
    pub edits: Vec<EditView>,
    /// Checksum of the blocks at `heads`; of a long text only now and then.
    pub checksum: Option<String>,
    /// The whole content instead of edits, when the difference is too large to walk.
    pub blocks: Option<Vec<BlockView>>,
}

/// A run of text by one hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct WrittenRun {
    /// Which block it is in, from 0.
    pub block: u32,
    /// The text.
    pub text: String,
    /// Who wrote it.
    pub device: String,
    /// Their name.
    pub name: String,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
}

/// An earlier version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentVersion {
    /// The version.
    pub heads: Vec<String>,
    /// Who made it.
    pub device: String,
    /// Their name.
    pub name: String,
    /// When, in milliseconds since 1970, as claimed.
    pub time: u64,
    /// Characters put in.
    pub inserted: u32,
    /// Characters taken out.
    pub deleted: u32,
}

/// A document at a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct DocumentAt {
    /// The space.
    pub space: String,
    /// The document.
    pub document: String,
    /// The version; empty means now.
    #[serde(default)]
    pub heads: Vec<String>,
}

/// A document as it was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
pub struct PastDocument {
    /// Its title then.
    pub title: String,
    /// Its content then.
    pub blocks: Vec<BlockView>,
}
