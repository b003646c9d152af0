//! The second verifier: from the bytes of a transcript to the bytes of its outcome, written from
//! `docs/secret-ballots.md` alone.
//!
//! It shares no code, no constant and no type with the rest of this crate, only the curve and the
//! hash function; a test reads its sources to see that this stays so. It is plain rather than fast:
//! sums are looked up by counting upwards, interpolation is Neville's. Where it and the first
//! verifier disagree, one of them is wrong, and the result must not be announced.
//!
//! Not here: making anything. It casts no ballot and makes no key or share.

mod algebra;
mod key;
mod take;
#[cfg(test)]
mod tests;
mod totals;
mod votes;

pub use key::Room;
pub use votes::Counted;

/// What the transcript as a whole is refused for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The bytes do not follow the format.
    #[error("verify again: the bytes do not follow the format")]
    Format,
    /// The trustees' messages make no key.
    #[error("verify again: the trustees' messages make no key")]
    Key,
    /// The roll is not the one the election names.
    #[error("verify again: the roll is not the election's")]
    Roll,
}

/// The most that a transcript lists.
const BALLOTS: u32 = 400_000;
const OPENINGS: u32 = 10_000;
const SHARES: u32 = 1_000;
/// The most bytes of one of them.
const PIECE: u32 = 262_144;

/// Checks a transcript and gives the bytes of its outcome.
///
/// # Errors
///
/// If the transcript as a whole is to be refused.
pub fn verify(transcript: &[u8]) -> Result<Vec<u8>, Refusal> {
    let mut rest = transcript;
    take::head(&mut rest, 12)?;
    let election_at = rest;
    let election = key::Terms::parse(&mut rest)?;
    let election_bytes = take::consumed(election_at, rest);
    let roll = votes::roll(&mut rest, election.voters)?;
    let ceremony = key::Messages::parse(&mut rest)?;
    let ballots = pieces(&mut rest, BALLOTS)?;
    let openings = pieces(&mut rest, OPENINGS)?;
    let shares = pieces(&mut rest, SHARES)?;
    take::nothing(rest)?;

    let id = algebra::hash("majlis-secret v1 election", &[election_bytes]);
    let name = |ballot: &&[u8]| algebra::hash("majlis-secret v1 ballot", &[&id, ballot]);
    let names: Vec<[u8; 32]> = ballots.iter().map(name).collect();
    if !rises(&names) || !rises(&openings) || !rises(&shares) {
        return Err(Refusal::Format);
    }
    let room = Room::from_parts(election, id, &ceremony)?;
    let counted = room.count_on(&roll, &ballots, &openings)?;
    Ok(totals::outcome(&room, &counted, &shares))
}

/// A list of byte strings.
fn pieces<'a>(rest: &mut &'a [u8], most: u32) -> Result<Vec<&'a [u8]>, Refusal> {
    let count = take::u32(rest)?;
    if count > most {
        return Err(Refusal::Format);
    }
    let mut all = Vec::new();
    for _ in 0..count {
        let length = take::u32(rest)?;
        if length > PIECE {
            return Err(Refusal::Format);
        }
        all.push(take::bytes(rest, length)?);
    }
    Ok(all)
}

/// Whether each item is greater than the one before.
fn rises<T: Ord>(items: &[T]) -> bool {
    items
        .iter()
        .zip(items.iter().skip(1))
        .all(|(one, next)| one < next)
}
