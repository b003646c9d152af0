//! How often the generator is in a point, for small numbers: baby steps and giant steps (Shanks,
//! 1971). Not here: any secret; totals are public.

use std::collections::BTreeMap;

use curve25519_dalek::constants::RISTRETTO_BASEPOINT_POINT;
use curve25519_dalek::traits::Identity as _;
use curve25519_dalek::{RistrettoPoint, Scalar};

/// The multiples of the generator up to a bound, ready to be looked up.
#[derive(Debug)]
pub(crate) struct Logarithms {
    bound: u32,
    width: u32,
    baby: BTreeMap<[u8; 32], u32>,
    giant: RistrettoPoint,
}

impl Logarithms {
    /// For numbers up to `bound`. Takes about √`bound` steps, and each look-up as many.
    pub(crate) fn up_to(bound: u32) -> Self {
        let width = bound.isqrt().saturating_add(1);
        let mut baby = BTreeMap::new();
        let mut point = RistrettoPoint::identity();
        for number in 0..width {
            baby.insert(point.compress().to_bytes(), number);
            point += RISTRETTO_BASEPOINT_POINT;
        }
        Self {
            bound,
            width,
            baby,
            giant: RistrettoPoint::mul_base(&Scalar::from(width)),
        }
    }

    /// The number v up to the bound with `point` = v·G.
    pub(crate) fn find(&self, point: &RistrettoPoint) -> Option<u32> {
        let mut rest = *point;
        let mut taken = 0_u32;
        while taken <= self.bound {
            if let Some(number) = self.baby.get(rest.compress().as_bytes()) {
                let found = taken.checked_add(*number)?;
                return (found <= self.bound).then_some(found);
            }
            rest -= self.giant;
            taken = taken.checked_add(self.width)?;
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_up_to_the_bound_is_found_and_none_above() {
        for bound in [0, 1, 2, 3, 15, 16, 17, 120] {
            let logarithms = Logarithms::up_to(bound);
            for number in 0..=bound.saturating_add(40) {
                let point = RistrettoPoint::mul_base(&Scalar::from(number));
                let expected = (number <= bound).then_some(number);
                assert_eq!(logarithms.find(&point), expected, "{number} of {bound}");
            }
        }
    }
}
