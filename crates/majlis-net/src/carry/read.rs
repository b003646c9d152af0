//! Reading a carry file from front to back, past damage: after a run that is not whole, the next
//! mark of a run is looked for.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::Path;

use super::head::take;
use super::{
    CHECK, CarryError, CarryHead, END, END_SIZE, MAX_CARRY_RUN, RUN, RUN_HEAD, end, run_check,
};

/// Bytes asked for at once.
const STEP: usize = 64 * 1024;

/// Reads a carry file.
#[derive(Debug)]
pub struct CarryReader<R = BufReader<File>> {
    head: CarryHead,
    from: R,
    /// Read and not yet used; from `at`.
    held: Vec<u8>,
    at: usize,
    dry: bool,
    good: u32,
    /// Stretches that were skipped.
    holes: u32,
    in_hole: bool,
    /// The number the next run should have.
    due: u32,
    /// Runs missing between the numbers of whole ones.
    missing: u32,
    over: bool,
    passed: u64,
    vain: u64,
}

/// Bytes that may be checked in vain, for each byte passed and at the start: damage costs less, and
/// a file made of false marks does not keep a device busy for hours.
const VAIN_PER_BYTE: u64 = 16;
const VAIN: u64 = 64 * 1024 * 1024;

/// What stands at the current place.
enum Place {
    Run(u32, Vec<u8>),
    End(u32),
    Nothing,
    Dry,
}

impl CarryReader {
    /// Opens a file and reads its head.
    ///
    /// # Errors
    /// As [`CarryHead::read`].
    pub fn open(path: &Path) -> Result<Self, CarryError> {
        let file = File::open(path).map_err(CarryError::Disk)?;
        Self::new(BufReader::with_capacity(STEP, file))
    }
}

impl<R: Read> CarryReader<R> {
    /// Reads the head from any source of bytes, and goes on from there.
    ///
    /// # Errors
    /// As [`CarryHead::read`].
    pub fn new(mut from: R) -> Result<Self, CarryError> {
        let head = CarryHead::read(&mut from)?;
        Ok(Self {
            head,
            from,
            held: Vec::new(),
            at: 0,
            dry: false,
            good: 0,
            holes: 0,
            in_hole: false,
            due: 0,
            missing: 0,
            over: false,
            passed: 0,
            vain: 0,
        })
    }

    /// What the file says about itself.
    #[must_use]
    pub const fn head(&self) -> &CarryHead {
        &self.head
    }

    /// The next whole run; `None` at the end.
    ///
    /// # Errors
    /// [`CarryError::Damaged`] or [`CarryError::Truncated`] once, at the end and after all whole
    /// runs, when the file is not whole; [`CarryError::Disk`] when it cannot be read on.
    pub fn next_run(&mut self) -> Result<Option<Vec<u8>>, CarryError> {
        while !self.over {
            match self.look()? {
                Place::Run(number, bytes) => {
                    self.advance(RUN_HEAD.saturating_add(bytes.len()));
                    // A number that was passed already, as in a file glued together, changes no
                    // count of what is missing.
                    if let Some(skipped) = number.checked_sub(self.due) {
                        self.missing = self.missing.saturating_add(skipped);
                        self.due = number.saturating_add(1);
                    }
                    self.in_hole = false;
                    self.good = self.good.saturating_add(1);
                    return Ok(Some(bytes));
                }
                Place::End(runs) => {
                    self.over = true;
                    self.missing = self.missing.saturating_add(runs.saturating_sub(self.due));
                    return self.verdict();
                }
                Place::Nothing => {
                    if !self.in_hole {
                        self.in_hole = true;
                        self.holes = self.holes.saturating_add(1);
                    }
                    self.advance(1);
                    self.skip_to_mark();
                    if self.vain > VAIN.saturating_add(self.passed.saturating_mul(VAIN_PER_BYTE)) {
                        self.over = true;
                        let good = self.good;
                        let bad = self.head.runs.saturating_sub(good).max(self.holes);
                        return Err(CarryError::Damaged { good, bad });
                    }
                }
                Place::Dry => {
                    self.over = true;
                    let good = self.good;
                    // Whole runs and then nothing: cut off. With holes as well it is both, and
                    // the damage is what matters.
                    let before_cut = self.holes.saturating_sub(u32::from(self.in_hole));
                    return Err(if before_cut == 0 && self.missing == 0 {
                        CarryError::Truncated { good }
                    } else {
                        let bad = self.head.runs.saturating_sub(good).max(1);
                        CarryError::Damaged { good, bad }
                    });
                }
            }
        }
        Ok(None)
    }

    fn verdict(&self) -> Result<Option<Vec<u8>>, CarryError> {
        if self.holes == 0 && self.missing == 0 {
            return Ok(None);
        }
        Err(CarryError::Damaged {
            good: self.good,
            bad: self.missing.max(self.holes),
        })
    }

    fn look(&mut self) -> Result<Place, CarryError> {
        if self.fill(RUN.len())? < RUN.len() {
            return Ok(Place::Dry);
        }
        if self.rest().starts_with(&END) {
            self.fill(END_SIZE)?;
            let mut fields = self.rest().get(END.len()..).unwrap_or_default();
            let counts = take(&mut fields).zip(take(&mut fields));
            let counts = counts.map(|(r, b)| (u32::from_le_bytes(r), u64::from_le_bytes(b)));
            return Ok(match counts {
                Some((runs, bytes)) if self.rest().starts_with(&end(runs, bytes)) => {
                    Place::End(runs)
                }
                Some(_) => Place::Nothing,
                None => Place::Dry,
            });
        }
        if !self.rest().starts_with(&RUN) {
            return Ok(Place::Nothing);
        }
        self.fill(RUN_HEAD)?;
        let mut fields = self.rest().get(RUN.len()..).unwrap_or_default();
        let head = take(&mut fields)
            .zip(take(&mut fields))
            .zip(take::<CHECK>(&mut fields));
        let Some(((number, length), sum)) = head else {
            return Ok(Place::Dry);
        };
        let (number, length) = (u32::from_le_bytes(number), u32::from_le_bytes(length));
        let size = usize::try_from(length).unwrap_or(usize::MAX);
        if size == 0 || size > MAX_CARRY_RUN {
            return Ok(Place::Nothing);
        }
        self.fill(RUN_HEAD.saturating_add(size))?;
        let Some(bytes) = self.rest().get(RUN_HEAD..RUN_HEAD.saturating_add(size)) else {
            // The length may itself be damaged: look for runs in what is left.
            return Ok(Place::Nothing);
        };
        if run_check(number, length, bytes) == sum {
            return Ok(Place::Run(number, bytes.to_vec()));
        }
        self.vain = self.vain.saturating_add(u64::from(length));
        Ok(Place::Nothing)
    }

    fn rest(&self) -> &[u8] {
        self.held.get(self.at..).unwrap_or_default()
    }

    fn advance(&mut self, by: usize) {
        let at = self.at.saturating_add(by).min(self.held.len());
        let passed = u64::try_from(at.saturating_sub(self.at)).unwrap_or(0);
        self.passed = self.passed.saturating_add(passed);
        self.at = at;
    }

    /// Goes to where a mark may begin in what is held.
    fn skip_to_mark(&mut self) {
        let rest = self.rest();
        let [mark, ..] = RUN;
        let skipped = rest
            .iter()
            .position(|byte| *byte == mark)
            .unwrap_or(rest.len());
        self.advance(skipped);
    }

    /// Reads until `want` bytes are held, or the file has no more; how many are held.
    fn fill(&mut self, want: usize) -> Result<usize, CarryError> {
        while self.rest().len() < want && !self.dry {
            self.held.drain(..self.at.min(self.held.len()));
            self.at = 0;
            let more = want.saturating_sub(self.held.len()).max(STEP);
            let most = u64::try_from(more).unwrap_or(u64::MAX);
            let read = self.from.by_ref().take(most).read_to_end(&mut self.held);
            self.dry = read.map_err(CarryError::Disk)? == 0;
        }
        Ok(self.rest().len())
    }
}
