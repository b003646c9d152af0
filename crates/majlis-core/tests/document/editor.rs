//! An editor as the page has one: units of text and block beginnings, changed by edits alone.

use majlis_core::document::{Block, BlockKind, Edit, Marks, Run};

/// One unit of what the editor shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    Begin(BlockKind),
    Half(u16, Marks),
}

/// What an editor shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Editor(pub(crate) Vec<Unit>);

impl Editor {
    pub(crate) fn showing(blocks: &[Block]) -> Self {
        let mut units = Vec::new();
        for block in blocks {
            units.push(Unit::Begin(block.kind));
            for run in &block.runs {
                let halves = run.text.encode_utf16();
                units.extend(halves.map(|half| Unit::Half(half, run.marks.clone())));
            }
        }
        Self(units)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether text can be put there: not before the first block, not inside a character.
    pub(crate) fn is_place(&self, at: usize) -> bool {
        let inside = matches!(self.0.get(at), Some(Unit::Half(0xdc00..=0xdfff, _)));
        at >= 1 && at <= self.len() && !inside
    }

    pub(crate) fn apply(&mut self, edit: &Edit) {
        match edit {
            Edit::Insert { at, text, marks } => {
                assert!(*at >= 1, "before the first block");
                let halves = text
                    .encode_utf16()
                    .map(|half| Unit::Half(half, marks.clone()));
                self.0.splice(*at..*at, halves);
            }
            Edit::Delete { at, count } => {
                assert!(*at >= 1, "the first block goes");
                self.0.drain(*at..at + count);
            }
            Edit::Mark { from, to, marks } => {
                for unit in &mut self.0[*from..*to] {
                    if let Unit::Half(_, held) = unit {
                        held.clone_from(marks);
                    }
                }
            }
            Edit::Split { at, kind } => {
                assert!(*at >= 1, "before the first block");
                self.0.insert(*at, Unit::Begin(*kind));
            }
            Edit::Block { at, kind } => {
                assert!(
                    matches!(self.0[*at], Unit::Begin(_)),
                    "no block begins at {at}"
                );
                self.0[*at] = Unit::Begin(*kind);
            }
        }
    }

    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut halves: Vec<(u16, Marks)> = Vec::new();
        let flush = |blocks: &mut Vec<Block>, halves: &mut Vec<(u16, Marks)>| {
            let Some(block) = blocks.last_mut() else {
                return;
            };
            for run in halves.chunk_by(|a, b| a.1 == b.1) {
                let units: Vec<u16> = run.iter().map(|(unit, _)| *unit).collect();
                let text = String::from_utf16(&units).expect("whole characters");
                block.runs.push(Run {
                    text,
                    marks: run[0].1.clone(),
                });
            }
            halves.clear();
        };
        for unit in &self.0 {
            match unit {
                Unit::Begin(kind) => {
                    flush(&mut blocks, &mut halves);
                    blocks.push(Block {
                        kind: *kind,
                        runs: Vec::new(),
                    });
                }
                Unit::Half(half, marks) => halves.push((*half, marks.clone())),
            }
        }
        flush(&mut blocks, &mut halves);
        blocks
    }
}

const WORDS: [&str; 12] = [
    "a",
    "water ",
    "\u{645}\u{62c}\u{644}\u{633} ",
    "\u{627}\u{644}\u{642}\u{631}\u{64e}\u{64a}\u{64e}\u{629}",
    "e\u{301}",
    "\u{1f468}\u{200d}\u{1f469}\u{200d}\u{1f467}",
    "\u{1f30a}",
    "\u{200f}",
    " ",
    "x\u{1f3f3}y",
    "commune ",
    "z",
];

fn marks(random: &mut fastrand::Rng) -> Marks {
    let link = (random.u8(..6) == 0).then(|| format!("https://example.org/{}", random.u8(..3)));
    Marks {
        strong: random.u8(..3) == 0,
        em: random.u8(..4) == 0,
        link,
    }
}

fn kind(random: &mut fastrand::Rng) -> BlockKind {
    match random.u8(..6) {
        0 => BlockKind::Heading(random.u8(1..=3)),
        1 | 2 => BlockKind::Item {
            ordered: random.bool(),
            depth: random.u8(0..=5),
        },
        3 => BlockKind::Quote,
        _ => BlockKind::Paragraph,
    }
}

/// Something a person may do to what the editor shows.
pub(crate) fn any_edit(editor: &Editor, random: &mut fastrand::Rng) -> Edit {
    let places: Vec<usize> = (1..=editor.len())
        .filter(|at| editor.is_place(*at))
        .collect();
    let place = |random: &mut fastrand::Rng| places[random.usize(..places.len())];
    let (a, b) = (place(random), place(random));
    let (from, to) = (a.min(b), a.max(b));
    match random.u8(..20) {
        0..=9 => {
            let words = (0..random.usize(1..=4)).map(|_| WORDS[random.usize(..WORDS.len())]);
            Edit::Insert {
                at: a,
                text: words.collect(),
                marks: marks(random),
            }
        }
        10..=12 if from < to => {
            let near = places.iter().copied().filter(|at| *at > from && *at <= to);
            let to = near.take(random.usize(1..=12)).last().unwrap_or(to);
            Edit::Delete {
                at: from,
                count: to - from,
            }
        }
        13..=15 if from < to => Edit::Mark {
            from,
            to,
            marks: marks(random),
        },
        16 | 17 => Edit::Split {
            at: a,
            kind: kind(random),
        },
        18 => {
            let begins: Vec<usize> = (0..editor.len())
                .filter(|at| matches!(editor.0[*at], Unit::Begin(_)))
                .collect();
            Edit::Block {
                at: begins[random.usize(..begins.len())],
                kind: kind(random),
            }
        }
        _ => Edit::Insert {
            at: a,
            text: "o".to_owned(),
            marks: Marks::default(),
        },
    }
}
