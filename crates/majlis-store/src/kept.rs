//! Counts that are kept in memory and gone on with from the last version they saw, as long as versions
//! only came since. A lane's turn says whether they did: everything else gives it another one.
//! Not here: which versions count (`project`), adding up (`majlis_core::consultation::tally`).

use std::collections::BTreeSet;

use majlis_core::consultation::Form;
use majlis_core::consultation::count::Status;
use majlis_core::consultation::tally::{OutOfOrder, Results, Tally};
use majlis_core::id::{FormId, LaneId, SpaceId};
use rusqlite::{Connection, OptionalExtension as _};

use crate::consultations;
use crate::counted;
use crate::persist::Writing;
use crate::rows::damaged;
use crate::store::{ReadError, Store};
use crate::terms;

/// The most bytes that kept counts take up, all together; a count that needs more is not kept.
const MOST: usize = 48_000_000;

/// After so many it is seen whether all of them are too many.
const SAMPLE: usize = 1_000;

/// A count, and up to where it got.
pub(crate) struct Kept {
    of: (SpaceId, LaneId),
    lane: i64,
    turn: Option<i64>,
    form: FormId,
    /// The last version that was added. Numbers grow within a lane while nothing of it is taken out.
    upto: i64,
    tally: Tally,
}

/// All counts that are kept.
#[derive(Default)]
pub(crate) struct Counts {
    /// The one that was asked for last, last.
    held: Vec<Kept>,
    /// Counts that need more than there is: it is not tried again.
    large: BTreeSet<(SpaceId, LaneId)>,
}

impl Counts {
    fn keep(&mut self, kept: Kept) {
        self.held.retain(|one| one.of != kept.of);
        self.held.push(kept);
        let bytes = |held: &[Kept]| held.iter().map(|one| one.tally.bytes()).sum::<usize>();
        while bytes(&self.held) > MOST {
            self.held.remove(0);
        }
    }
}

impl Store {
    /// The count of the form in force; `None` while there is none. What was counted before is not
    /// counted again while answers only came since; it is what [`Store::counted_anew`] says.
    ///
    /// Work of this device that no entry carries yet is counted, as every list here shows it: the
    /// hash is the one that others get only while there is none.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn results(&self, space: SpaceId, lane: LaneId) -> Result<Option<Results>, ReadError> {
        let of = (space, lane);
        let mut counts = self.counts();
        if counts.large.contains(&of) {
            drop(counts);
            return self.counted_anew(space, lane);
        }
        let at = counts.held.iter().position(|kept| kept.of == of);
        let kept = at.map(|at| counts.held.remove(at));
        // Others may count meanwhile.
        drop(counts);
        let (results, kept) = self.on_lane(space, lane, |read, no| go_on(read, of, no, kept))?;
        match kept {
            Some(kept) => self.counts().keep(kept),
            None if results.is_some() => {
                self.counts().large.insert(of);
            }
            None => {}
        }
        Ok(results)
    }

    /// The same from nothing: nothing that was kept is believed.
    ///
    /// # Errors
    /// [`ReadError`]
    pub fn counted_anew(&self, space: SpaceId, lane: LaneId) -> Result<Option<Results>, ReadError> {
        self.on_lane(space, lane, consultations::results)
    }
}

fn go_on(
    read: &Connection,
    of: (SpaceId, LaneId),
    lane: i64,
    kept: Option<Kept>,
) -> rusqlite::Result<(Option<Results>, Option<Kept>)> {
    let Some((id, form)) = terms::form(read, lane)? else {
        return Ok((None, None));
    };
    let mut find = read.prepare_cached("SELECT turn FROM turns WHERE lane = ?1")?;
    let turn: Option<i64> = find.query_row([lane], |row| row.get(0)).optional()?;
    let fits = |kept: &Kept| kept.lane == lane && kept.turn == turn && kept.form == id;
    let mut kept = match kept.filter(fits) {
        Some(kept) => kept,
        None => Kept {
            of,
            lane,
            turn,
            form: id,
            upto: 0,
            tally: Tally::kept(id, &form),
        },
    };
    if !add(read, &mut kept)? {
        return Ok((Some(from_nothing(read, lane, id, &form)?), None));
    }
    Ok((Some(kept.tally.finish()), Some(kept)))
}

/// Adds what came since; `false` where it should not be kept: too large, as soon as that can be seen.
fn add(read: &Connection, kept: &mut Kept) -> rusqlite::Result<bool> {
    let mut all =
        read.prepare_cached("SELECT count(*) FROM versions WHERE lane = ?1 AND status = ?2")?;
    let counted = (kept.lane, Status::Counted.code());
    let all: u32 = all.query_row(counted, |row| row.get(0))?;
    let all = usize::try_from(all).unwrap_or(usize::MAX);
    let too_large = |tally: &Tally, seen: usize| {
        // What the first ones take, the others will take too.
        let each = tally.bytes().checked_div(seen).unwrap_or(0);
        tally.bytes() > MOST || (seen == SAMPLE && each.saturating_mul(all) > MOST)
    };
    let from_nothing = kept.upto == 0;
    let mut seen: usize = 0;
    let (lane, after) = (kept.lane, kept.upto);
    let (mut upto, mut fits) = (after, true);
    counted::each_as_stored(read, lane, after, |row| {
        let added = kept
            .tally
            .add(row.slot, row.assisted, &row.response.answers);
        seen = seen.saturating_add(usize::from(from_nothing));
        upto = upto.max(row.no);
        // Two of one slot mean a damaged projection: counting from nothing says so.
        fits = added.is_ok() && !too_large(&kept.tally, seen);
        Ok(fits)
    })?;
    if !fits {
        return Ok(false);
    }
    kept.upto = upto;
    Ok(true)
}

/// In order of slot, keeping nothing.
pub(crate) fn from_nothing(
    read: &Connection,
    lane: i64,
    id: FormId,
    form: &Form,
) -> rusqlite::Result<Results> {
    let mut tally = Tally::new(id, form);
    counted::each(read, lane, |row| {
        let added = tally.add(row.slot, row.assisted, &row.response.answers);
        added.map_err(|OutOfOrder| damaged(0))
    })?;
    Ok(tally.finish())
}

impl Writing<'_> {
    /// A version was taken out, or one that was there before counts no longer, or counts now.
    pub(crate) fn turn(&mut self, lane: i64) {
        self.turned.insert(lane);
    }

    /// Notes which lanes have to be counted from nothing.
    pub(crate) fn take_turns(&mut self) -> rusqlite::Result<()> {
        for lane in core::mem::take(&mut self.turned) {
            let sql = "INSERT INTO turns (lane, turn) VALUES (?1, random()) \
                 ON CONFLICT DO UPDATE SET turn = excluded.turn";
            self.connection.prepare_cached(sql)?.execute([lane])?;
        }
        Ok(())
    }
}
