//! Secrets that the shop makes itself: random bytes, the hash that is kept of them, and comparisons
//! that tell nothing by their time.
//!
//! What is kept is SHA-256 without a salt: these secrets have 128 bits and more, so that nobody goes
//! through them all, and a slow hash would only slow the shop. Passwords are another matter.

use aws_lc_rs::{constant_time::verify_slices_are_equal, digest, rand};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    rand::fill(&mut bytes).expect("the generator ends the process rather than fail");
    bytes
}

/// SHA-256 of these parts one after the other, in 64 hexadecimal digits. No two lists of parts of the
/// same lengths have the same.
pub fn hash(parts: &[&[u8]]) -> String {
    let mut context = digest::Context::new(&digest::SHA256);
    parts.iter().for_each(|part| context.update(part));
    context.finish().as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether two texts are the same, in a time that depends on their lengths only.
pub fn is_same(one: &str, other: &str) -> bool {
    verify_slices_are_equal(one.as_bytes(), other.as_bytes()).is_ok()
}

/// Base64 for addresses and headers, without padding.
pub fn base64url(bytes: &[u8]) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Exactly `N` bytes, in the one way in which they are written.
pub fn read_base64url<const N: usize>(text: &str) -> Option<[u8; N]> {
    // Three bytes are four characters: what is longer need not be looked at.
    let is_long = text.len() > N.div_ceil(3) * 4;
    let bytes = (!is_long).then(|| BASE64_URL_SAFE_NO_PAD.decode(text).ok())??;
    bytes.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_sha_256_in_hexadecimal() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!((hash(&[]).as_str(), hash(&[b"a", b"bc"]).as_str()), (empty, abc));
    }

    #[test]
    fn only_the_same_is_the_same() {
        for (one, other, same) in
            [("", "", true), ("ab", "ab", true), ("ab", "aB", false), ("ab", "a", false)]
        {
            assert_eq!(is_same(one, other), same, "{one} {other}");
        }
    }

    #[test]
    fn bytes_have_one_form_as_text() {
        assert_ne!(random::<32>(), random::<32>());
        assert_eq!(read_base64url(&base64url(&[251, 255, 0, 7])), Some([251, 255, 0, 7]));
        assert_eq!(base64url(&[251, 255, 0, 7]), "-_8ABw");
        // Padded, of the other alphabet, not the one form, too short, too long.
        for text in ["-_8ABw==", "+/8ABw", "-_8ABx", "-_8A", "-_8ABwAA", "-_8 ABw", "", "ü"] {
            assert_eq!(read_base64url::<4>(text), None, "{text}");
        }
    }
}
