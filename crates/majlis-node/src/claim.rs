//! Claim codes: what a person without a device takes home, so that the answer is found again. The space
//! holds a hash of the code only.

use data_encoding::BASE32_NOPAD;
use majlis_store::claim_word;

use crate::clock;

/// Letters of a code.
const LETTERS: usize = 16;
/// Letters that are printed together.
const GROUP: usize = 4;

/// A new code, in groups for the receipt, and its hash.
pub(crate) fn fresh() -> (String, [u8; 16]) {
    let code = BASE32_NOPAD.encode(&clock::fresh::<10>());
    let letters: Vec<char> = code.chars().collect();
    let groups: Vec<String> = letters
        .chunks(GROUP)
        .map(|group| group.iter().collect())
        .collect();
    (groups.join("-"), hash(&code))
}

/// The word by which search finds the answer of a code; `None` when the text is not one.
pub(crate) fn word(text: &str) -> Option<String> {
    let letters = text
        .chars()
        .filter(|char| !char.is_whitespace() && *char != '-');
    let code: String = letters.take(LETTERS + 1).collect();
    let code = code.to_ascii_uppercase();
    let read = code.len() == LETTERS && BASE32_NOPAD.decode(code.as_bytes()).is_ok();
    read.then(|| claim_word(&hash(&code)))
}

fn hash(code: &str) -> [u8; 16] {
    let hash = blake3::derive_key("majlis 2026 claim code v1", code.as_bytes());
    let mut claim = [0; 16];
    claim.copy_from_slice(hash.split_at(16).0);
    claim
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_printed_in_groups_and_read_as_people_type_it() {
        let (code, claim) = fresh();
        assert_eq!(code.len(), 19);
        assert_ne!(fresh().0, code);
        let bare = code.replace('-', "");
        assert_eq!(hash(&bare), claim);
        for typed in [
            bare.to_lowercase(),
            format!(" {} ", code.replace('-', " ")),
            code,
        ] {
            assert_eq!(word(&typed), Some(claim_word(&claim)), "{typed}");
        }
        for other in [
            "",
            "well",
            "GXSY-LWPR-DSNG-F7W",
            "GXSY-LWPR-DSNG-F7W1",
            "بئر",
        ] {
            assert_eq!(word(other), None, "{other}");
        }
    }
}
