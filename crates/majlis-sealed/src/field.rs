//! The field of 256 elements in which parts of a key are worked out: bytes as polynomials over two
//! elements, modulo x⁸ + x⁴ + x³ + x + 1, as in AES (FIPS 197). No tables and no branches on what is
//! secret: nothing is to be learnt from how long it takes.

/// a times b.
pub(crate) fn times(mut a: u8, mut b: u8) -> u8 {
    let mut product = 0;
    for _ in 0..8 {
        product ^= a & (b & 1).wrapping_neg();
        let carry = (a >> 7).wrapping_neg();
        a = (a << 1) ^ (carry & 0x1b);
        b >>= 1;
    }
    product
}

/// What a has to be multiplied with to give one; zero for zero. The numbers of parts, which are no
/// secret, are all that is inverted.
pub(crate) fn inverse(a: u8) -> u8 {
    // a to the 254.
    let mut power = a;
    for _ in 0..6 {
        power = times(times(power, power), a);
    }
    times(power, power)
}

/// The value at `x` of the polynomial with these coefficients, the constant one first.
pub(crate) fn value(coefficients: impl DoubleEndedIterator<Item = u8>, x: u8) -> u8 {
    coefficients.rev().fold(0, |sum, one| times(sum, x) ^ one)
}

/// What each of the values at these places counts for in the value at zero. The places differ.
pub(crate) fn weights(places: &[u8]) -> Vec<u8> {
    let weight = |at: &u8| {
        let others = places.iter().filter(|other| *other != at);
        others.fold(1, |product, other| {
            times(product, times(*other, inverse(other ^ at)))
        })
    };
    places.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The examples of FIPS 197, 4.2 and 4.2.1.
    #[test]
    fn products_are_those_of_the_standard() {
        for (a, b, product) in [
            (0x57, 0x83, 0xc1),
            (0x57, 0x13, 0xfe),
            (0x57, 0x02, 0xae),
            (0x57, 0x04, 0x47),
            (0x57, 0x08, 0x8e),
            (0x57, 0x10, 0x07),
        ] {
            assert_eq!(times(a, b), product);
            assert_eq!(times(b, a), product);
        }
    }

    #[test]
    fn everything_but_zero_has_an_inverse() {
        assert_eq!(inverse(0), 0);
        for a in 1..=255 {
            assert_eq!(times(a, inverse(a)), 1, "{a}");
        }
    }
}
