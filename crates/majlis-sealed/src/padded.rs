//! Lengths that say little: what is sealed is filled up to the next of a few sizes.

/// All sizes are multiples of this.
const STEP: usize = 256;

/// Fills `plain` up: one byte, then zeros up to a multiple of 256.
#[must_use]
pub fn pad(mut plain: Vec<u8>) -> Vec<u8> {
    plain.push(1);
    let size = plain.len().div_ceil(STEP).saturating_mul(STEP);
    plain.resize(size, 0);
    plain
}

/// What was filled up; `None` for what [`pad`] never makes.
#[must_use]
pub fn unpad(padded: &[u8]) -> Option<&[u8]> {
    let end = padded.iter().rposition(|byte| *byte != 0)?;
    let (plain, rest) = padded.split_at_checked(end)?;
    let whole = padded.len().checked_rem(STEP) == Some(0) && rest.len() <= STEP;
    (whole && rest.first() == Some(&1)).then_some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_padded_comes_back_and_is_of_one_of_few_sizes() {
        for len in [0, 1, 254, 255, 256, 511, 512] {
            for byte in [0, 1, 7] {
                let plain = vec![byte; len];
                let padded = pad(plain.clone());
                assert_eq!(padded.len() % 256, 0);
                assert!(padded.len() <= len + 256);
                assert_eq!(unpad(&padded), Some(plain.as_slice()));
            }
        }
    }

    #[test]
    fn what_was_not_padded_is_refused() {
        for wrong in [vec![], vec![0; 256], vec![2; 256], vec![1; 255], {
            let mut long = pad(Vec::new());
            long.resize(512, 0);
            long
        }] {
            assert_eq!(unpad(&wrong), None);
        }
    }
}
