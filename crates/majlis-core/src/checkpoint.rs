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

const VERSION: u8 = 1;
/// The most chains that one covers.
const MAX_CHAINS: usize = 1_000;
/// The most entries that one covers: more than any document has.
const MAX_COVERED: u64 = 10_000_000;
/// The most heads that a document has at one version.
const MAX_HEADS: usize = 256;
/// The most bytes of a text before compression.
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
    bytes: u64,
    heads: Vec<[u8; 32]>,
    /// [`Text`], compressed.
    text: ByteBuf,
}

impl core::fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let (lane, text) = (self.lane, self.text.len());
        write!(f, "Checkpoint({lane:?}, {text} bytes of text)")
    }
}

impl Checkpoint {
    /// Of what a document says at `heads`, which the entries up to `covered`, `bytes` of payload in
    /// all, lead to. `None` when it has no history, or is too long for an entry.
    #[must_use]
    pub fn new(
        lane: LaneId,
        mut covered: Vec<Covered>,
        bytes: u64,
        heads: &[ChangeHash],
        text: &Text,
    ) -> Option<Self> {
        covered.sort_unstable();
        let mut heads: Vec<[u8; 32]> = heads.iter().map(|head| head.0).collect();
        heads.sort_unstable();
        let text = codec::encode(VERSION, text);
        let packed = zstd::bulk::compress(&text, LEVEL).ok()?;
        let checkpoint = Self {
            lane,
            covered,
            bytes,
            heads,
            text: packed.into(),
        };
        let fits = text.len() <= MAX_TEXT && checkpoint.encode().len() <= MAX_PAYLOAD;
        (fits && checkpoint.is_sound()).then_some(checkpoint)
    }

    /// The payload bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(VERSION, self)
    }

    /// Reads a payload.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] also when it covers nothing, names what is no document, says a thing twice or out
    /// of order, or its text does not unpack within bounds.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let checkpoint: Self = codec::decode(VERSION, bytes)?;
        if !checkpoint.is_sound() {
            return Err(DecodeError::Malformed);
        }
        checkpoint.unpack().map(|_| checkpoint)
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
            && self.covered.is_sorted_by(rising)
            && self.heads.is_sorted_by(|one, next| one < next)
    }

    fn unpack(&self) -> Result<Text, DecodeError> {
        let mut text = Vec::new();
        let most = MAX_TEXT as u64;
        let unpacked = zstd::Decoder::new(&self.text[..]);
        let unpacked = unpacked.and_then(|mut unpacked| {
            unpacked.window_log_max(WINDOW_LOG)?;
            let mut bounded = unpacked.take(most.saturating_add(1));
            bounded.read_to_end(&mut text)
        });
        if unpacked.is_err() || text.len() > MAX_TEXT {
            return Err(DecodeError::Malformed);
        }
        let text: Text = codec::decode(VERSION, &text)?;
        let readable = text.blocks.iter().all(is_readable);
        readable.then_some(text).ok_or(DecodeError::Malformed)
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

    /// Bytes of payload of the covered entries, by the word of who signed.
    #[must_use]
    pub const fn bytes(&self) -> u64 {
        self.bytes
    }

    /// The version.
    #[must_use]
    pub fn heads(&self) -> Vec<ChangeHash> {
        self.heads.iter().map(|head| ChangeHash(*head)).collect()
    }

    /// What the document says there. `None` only where it was not read by [`Checkpoint::decode`].
    #[must_use]
    pub fn text(&self) -> Option<Text> {
        self.unpack().ok()
    }
}

/// Whether a block is one that a document could give.
fn is_readable(block: &Block) -> bool {
    let kind = match block.kind {
        BlockKind::Paragraph | BlockKind::Quote => true,
        BlockKind::Heading(level) => (1..=3).contains(&level),
        BlockKind::Item { depth, .. } => depth <= 5,
    };
    let mut links = block
        .runs
        .iter()
        .filter_map(|run| run.marks.link.as_deref());
    kind && links.all(is_link)
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
        Checkpoint::new(lane(), chains, 700, &heads, &text("the well")).unwrap()
    }

    fn bent(bend: impl FnOnce(&mut Checkpoint)) -> Result<Checkpoint, DecodeError> {
        let mut one = one();
        bend(&mut one);
        Checkpoint::decode(&one.encode())
    }

    fn packed(text: &Text) -> ByteBuf {
        zstd::bulk::compress(&codec::encode(VERSION, text), 3)
            .unwrap()
            .into()
    }

    #[test]
    fn one_comes_back_in_order() {
        let one = one();
        assert_eq!(Checkpoint::decode(&one.encode()).as_ref(), Ok(&one));
        assert_eq!(one.text(), Some(text("the well")));
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
        assert_eq!(bent(|one| one.heads.clear()), refused);
        assert_eq!(bent(|one| one.heads.reverse()), refused);
        assert_eq!(bent(|one| one.text = vec![1, 2, 3].into()), refused);
        let mut script = text("the well");
        script.blocks[0].runs[0].marks.link = Some("javascript:alert(1)".to_owned());
        assert_eq!(bent(|one| one.text = packed(&script)), refused);
        let mut deep = text("the well");
        deep.blocks[0].kind = BlockKind::Heading(9);
        assert_eq!(bent(|one| one.text = packed(&deep)), refused);
        assert!(bent(|one| one.text = packed(&text("the well"))).is_ok());
    }

    #[test]
    fn a_text_that_unpacks_to_too_much_is_refused_and_a_long_one_not_made() {
        let long = text(&"a".repeat(MAX_TEXT));
        assert_eq!(
            bent(|one| one.text = packed(&long)),
            Err(DecodeError::Malformed)
        );
        let heads = [ChangeHash([1; 32])];
        let made = |text| Checkpoint::new(lane(), vec![covered(1, 1)], 1, &heads, text);
        assert_eq!(made(&long), None);
        assert!(made(&text(&"water ".repeat(100_000))).is_some());
        assert_eq!(
            Checkpoint::new(lane(), Vec::new(), 1, &heads, &text("a")),
            None
        );
    }
}
