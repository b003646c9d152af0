//! Checkpoints: what a document says at one version, signed, for readers to whom its history has
//! not come yet. It changes no document: whoever holds what it covers compares, and one that says
//! something else than the entries do is proof against who signed it.
//! Not here: who may sign one (`membership::rank`), and comparing (`space`).

use std::io::Read as _;

use automerge::ChangeHash;
use serde::{Deserialize, Serialize};
use serde_bytes::ByteBuf;

use crate::codec::{self, DecodeError};
use crate::document::text::{Block, BlockKind, is_link};
use crate::entry::MAX_PAYLOAD;
use crate::id::{DeviceId, EntryHash, LaneClass, LaneId};
use crate::receipt::Position;

/// How a document is read is part of the format: whoever reads otherwise sees a lie where none is.
const VERSION: u8 = 1;
/// The most chains that one covers.
const MAX_CHAINS: usize = 1_000;
/// The most entries that one covers: more than any document has.
const MAX_COVERED: u64 = 10_000_000;
/// The most heads that a document has at one version.
const MAX_HEADS: usize = 256;
/// The longest title, in bytes.
const MAX_TITLE: usize = 2_000;
/// The most blocks, and the most runs of all of them.
const MAX_BLOCKS: usize = 50_000;
const MAX_RUNS: usize = 200_000;
/// The most bytes of the blocks before compression.
const MAX_TEXT: usize = 2 * 1024 * 1024;
/// The largest window that unpacking may ask memory for, as a power of two: [`MAX_TEXT`].
const WINDOW_LOG: u32 = 21;
/// zstd's level. One is made seldom and read by many.
const LEVEL: i32 = 19;

/// How far one chain of a document is covered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Covered {
    /// The device that writes the chain.
    pub device: DeviceId,
    /// The last position.
    pub seq: u64,
    /// The entry there.
    pub hash: EntryHash,
}

/// What a document says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// Its title.
    pub title: String,
    /// Its blocks.
    pub blocks: Vec<Block>,
}

/// The payload of an entry of kind checkpoint.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    lane: LaneId,
    covered: Vec<Covered>,
    heads: Vec<[u8; 32]>,
    title: String,
    /// The blocks, compressed.
    blocks: ByteBuf,
}

/// Why a document cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "signing a document that has no history yet, too many writers, or too much text for an entry"
)]
pub struct Unfit;

impl core::fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (lane, text) = (self.lane, self.blocks.len());
        write!(f, "Checkpoint({lane:?}, {text} bytes of text)")
    }
}

impl Checkpoint {
    /// Of what a document says at `heads`, which the entries up to `covered` lead to.
    ///
    /// # Errors
    /// [`Unfit`]
    pub fn new(
        lane: LaneId,
        mut covered: Vec<Covered>,
        heads: &[ChangeHash],
        text: &Text,
    ) -> Result<Self, Unfit> {
        covered.sort_unstable();
        let mut heads: Vec<[u8; 32]> = heads.iter().map(|head| head.0).collect();
        heads.sort_unstable();
        let mut checkpoint = Self {
            lane,
            covered,
            heads,
            title: text.title.clone(),
            blocks: ByteBuf::new(),
        };
        let blocks = codec::encode(VERSION, &text.blocks);
        // Compressing much of what does not fit would take long.
        if !checkpoint.is_sound() || !is_readable(&text.blocks) || blocks.len() > MAX_TEXT {
            return Err(Unfit);
        }
        checkpoint.blocks = zstd::bulk::compress(&blocks, LEVEL)
            .map_err(|_| Unfit)?
            .into();
        let fits = checkpoint.encode().len() <= MAX_PAYLOAD;
        fits.then_some(checkpoint).ok_or(Unfit)
    }

    /// The payload bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    /// Reads a payload, its text unseen: see [`Checkpoint::text`].
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] also when it covers nothing, names what is no document, or says a thing twice or
    /// out of order.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let checkpoint: Self = codec::decode(VERSION, bytes)?;
        let sound = checkpoint.is_sound();
        sound.then_some(checkpoint).ok_or(DecodeError::Malformed)
    }

    /// How many entries it covers.
    #[must_use]
    pub fn entries(&self) -> u64 {
        let each = self.covered.iter();
        each.fold(0, |sum, at| sum.saturating_add(at.seq.saturating_add(1)))
    }

    fn is_sound(&self) -> bool {
        let rising = |one: &Covered, next: &Covered| one.device < next.device;
        self.lane.class() == LaneClass::Document
            && (1..=MAX_CHAINS).contains(&self.covered.len())
            && self.entries() <= MAX_COVERED
            && (1..=MAX_HEADS).contains(&self.heads.len())
            && self.title.len() <= MAX_TITLE
            && self.covered.is_sorted_by(rising)
            && self.heads.is_sorted_by(|one, next| one < next)
    }

    /// The document.
    #[must_use]
    pub const fn lane(&self) -> LaneId {
        self.lane
    }

    /// How far each chain is covered, by device.
    #[must_use]
    pub fn covered(&self) -> &[Covered] {
        &self.covered
    }

    /// The last covered position of each chain.
    pub fn positions(&self) -> impl Iterator<Item = Position> + '_ {
        self.covered.iter().map(|covered| Position {
            lane: self.lane,
            device: covered.device,
            seq: covered.seq,
            hash: covered.hash,
        })
    }

    /// The title.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The version.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().map(|head| ChangeHash(*head)).collect()
    }

    /// What the document says there.
    ///
    /// # Errors
    /// [`DecodeError`] when it does not unpack within bounds to what a document could say.
    pub fn text(&self) -> Result<Text, DecodeError> {
        let mut packed = Vec::new();
        let most = MAX_TEXT as u64;
        let unpacked = zstd::Decoder::new(&self.blocks[..]);
        let unpacked = unpacked.and_then(|mut unpacked| {
            unpacked.window_log_max(WINDOW_LOG)?;
            let mut bounded = unpacked.take(most.saturating_add(1));
            bounded.read_to_end(&mut packed)
        });
        if unpacked.is_err() || packed.len() > MAX_TEXT {
            return Err(DecodeError::Malformed);
        }
        let blocks: Vec<Block> = codec::decode(VERSION, &packed)?;
        let title = self.title.clone();
        let readable = is_readable(&blocks);
        let text = Text { title, blocks };
        readable.then_some(text).ok_or(DecodeError::Malformed)
    }
}

/// Whether these are blocks that a document could give.
fn is_readable(blocks: &[Block]) -> bool {
    let runs: usize = blocks.iter().map(|block| block.runs.len()).sum();
    let kind = |block: &Block| match block.kind {
        BlockKind::Paragraph | BlockKind::Quote => true,
        BlockKind::Heading(level) => (1..=3).contains(&level),
        BlockKind::Item { depth, .. } => depth <= 5,
    };
    let mut links = blocks.iter().flat_map(|block| &block.runs);
    let links = links.all(|run| run.marks.link.as_deref().is_none_or(is_link));
    blocks.len() <= MAX_BLOCKS && runs <= MAX_RUNS && blocks.iter().all(kind) && links
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::text::{Marks, Run};

    fn lane() -> LaneId {
        LaneId::new(LaneClass::Document, [5; 16])
    }

    fn covered(device: u8, seq: u64) -> Covered {
        Covered {
            device: DeviceId::from_bytes([device; 32]),
            seq,
            hash: EntryHash::from_bytes([device; 32]),
        }
    }

    fn text(words: &str) -> Text {
        let marks = Marks {
            link: Some("https://example.org/water".to_owned()),
            ..Marks::default()
        };
        let text = words.to_owned();
        Text {
            title: "الماء".to_owned(),
            blocks: vec![Block {
                kind: BlockKind::Heading(2),
                runs: vec![Run { text, marks }],
            }],
        }
    }

    fn one() -> Checkpoint {
        let heads = [ChangeHash([2; 32]), ChangeHash([1; 32])];
        let chains = vec![covered(9, 3), covered(4, 0)];
        Checkpoint::new(lane(), chains, &heads, &text("the well")).unwrap()
    }

    fn bent(bend: impl FnOnce(&mut Checkpoint)) -> Result<Checkpoint, DecodeError> {
        let mut one = one();
        bend(&mut one);
        let one = Checkpoint::decode(&one.encode())?;
        one.text().map(|_| one)
    }

    fn packed(text: &Text) -> ByteBuf {
        zstd::bulk::compress(&codec::encode(VERSION, &text.blocks), 3)
            .unwrap()
            .into()
    }

    #[test]
    fn one_comes_back_in_order() {
        let one = one();
        assert_eq!(Checkpoint::decode(&one.encode()).as_ref(), Ok(&one));
        assert_eq!(one.text(), Ok(text("the well")));
        assert_eq!(one.covered(), [covered(4, 0), covered(9, 3)]);
        assert_eq!(one.heads(), [ChangeHash([1; 32]), ChangeHash([2; 32])]);
    }

    #[test]
    fn what_is_none_is_refused() {
        let refused = Err(DecodeError::Malformed);
        assert_eq!(bent(|one| one.lane = LaneId::MEMBERSHIP), refused);
        assert_eq!(bent(|one| one.covered.clear()), refused);
        assert_eq!(bent(|one| one.covered.reverse()), refused);
        assert_eq!(bent(|one| one.covered = vec![covered(4, 0); 2]), refused);
        assert_eq!(bent(|one| one.covered[1].seq = u64::MAX), refused);
        assert_eq!(bent(|one| one.title = "a".repeat(MAX_TITLE + 1)), refused);
        let mut many = text("the well");
        many.blocks = vec![Block::default(); MAX_BLOCKS + 1];
        assert_eq!(bent(|one| one.blocks = packed(&many)), refused);
        assert_eq!(bent(|one| one.heads.clear()), refused);
        assert_eq!(bent(|one| one.heads.reverse()), refused);
        assert_eq!(bent(|one| one.blocks = vec![1, 2, 3].into()), refused);
        let mut script = text("the well");
        script.blocks[0].runs[0].marks.link = Some("javascript:alert(1)".to_owned());
        assert_eq!(bent(|one| one.blocks = packed(&script)), refused);
        let mut deep = text("the well");
        deep.blocks[0].kind = BlockKind::Heading(9);
        assert_eq!(bent(|one| one.blocks = packed(&deep)), refused);
        assert!(bent(|one| one.blocks = packed(&text("the well"))).is_ok());
    }

    #[test]
    fn a_text_that_unpacks_to_too_much_is_refused_and_a_long_one_not_made() {
        let long = text(&"a".repeat(MAX_TEXT));
        assert_eq!(
            bent(|one| one.blocks = packed(&long)),
            Err(DecodeError::Malformed)
        );
        let heads = [ChangeHash([1; 32])];
        let made = |text| Checkpoint::new(lane(), vec![covered(1, 1)], &heads, text);
        assert_eq!(made(&long), Err(Unfit));
        assert!(made(&text(&"water ".repeat(100_000))).is_ok());
        assert_eq!(
            Checkpoint::new(lane(), Vec::new(), &heads, &text("a")),
            Err(Unfit)
        );
    }
}
