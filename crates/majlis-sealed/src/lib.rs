//! What only named people can read.
//!
//! - A [`sealed_box`] is bytes that the holder of one key opens, and nobody else: HPKE (RFC 9180) in
//!   its base mode, with X25519, HKDF-SHA256 and ChaCha20-Poly1305. What it belongs to goes in twice,
//!   as `info` and as associated data, so it opens nowhere else.
//! - A key is drawn, split into [`parts`] of which some number is needed, and forgotten; whoever has
//!   that many parts has the key again, and a wrong part is known by its commitment.
//! - A device that has an ed25519 key to sign with opens boxes with the same one ([`device`]).
//! - What is sealed is [`padded`], so that its length says little.
//!
//! ```
//! use majlis_sealed::{Key, Part, combine, open, seal};
//! # struct Rng(u8);
//! # impl rand_core::TryRng for Rng {
//! #     type Error = core::convert::Infallible;
//! #     fn try_next_u32(&mut self) -> Result<u32, Self::Error> { self.0 += 1; Ok(self.0.into()) }
//! #     fn try_next_u64(&mut self) -> Result<u64, Self::Error> { self.0 += 1; Ok(self.0.into()) }
//! #     fn try_fill_bytes(&mut self, to: &mut [u8]) -> Result<(), Self::Error> {
//! #         for byte in to { self.0 = self.0.wrapping_mul(7).wrapping_add(11); *byte = self.0; }
//! #         Ok(())
//! #     }
//! # }
//! # impl rand_core::TryCryptoRng for Rng {}
//! # let mut rng = Rng(3);
//! let key = Key::draw(&mut rng);
//! let public = key.public();
//! let parts: Vec<Part> = key.split(2, 3, &mut rng)?;
//! drop(key);
//!
//! let sealed = seal(&public, b"what it is", b"whose", b"ill", &mut rng)?;
//! let again = combine(&public, 2, &parts[1..]).unwrap().key;
//! assert_eq!(open(&again, b"what it is", b"whose", &sealed).unwrap().as_slice(), b"ill");
//! assert!(open(&again, b"what it is", b"another's", &sealed).is_none());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Not here: who may read what, where parts are kept, randomness. There is no forward secrecy: who
//! comes to have the key reads all that was sealed to it.

pub mod device;
mod field;
pub mod padded;
pub mod parts;
pub mod sealed_box;

pub use device::{device_key, device_public};
pub use padded::{pad, unpad};
pub use parts::{Combined, Part, SplitError, combine};
pub use sealed_box::{Key, OVERHEAD, SealError, open, seal};
