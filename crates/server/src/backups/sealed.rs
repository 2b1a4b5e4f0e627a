//! A stream that is sealed under a key: AES-256-GCM in pieces of 64 KiB, each under a number of its own and the last one
//! marked, so that none can be left out, moved or cut off. What goes with it unsealed is bound to it.

use crate::settings::Secret;
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, LessSafeKey, Nonce, UnboundKey},
    hkdf::{HKDF_SHA256, Salt},
};
use std::io::{self, BufRead, Read, Write};

pub const SALT_BYTES: usize = 16;
const PIECE: usize = 64 << 10;
const TAG: usize = 16;
const PURPOSE: &[&[u8]] = &[b"sutler backup 1"];

/// The key of one stream, and what is bound to it.
struct Seal {
    key: LessSafeKey,
    bound: Vec<u8>,
    /// Pieces so far.
    count: u64,
}

impl Seal {
    fn new(secret: &Secret, salt: &[u8], bound: &[u8]) -> Seal {
        let secret = Salt::new(HKDF_SHA256, salt).extract(secret.expose().as_bytes());
        // Fails only for a length that no key has.
        let key = secret.expand(PURPOSE, &AES_256_GCM).expect("a key of this length");
        let key = LessSafeKey::new(UnboundKey::from(key));
        Seal { key, bound: bound.to_vec(), count: 0 }
    }

    fn nonce(&mut self, is_last: bool) -> Nonce {
        let mut nonce = [0; 12];
        nonce[0] = u8::from(is_last);
        nonce[4..].copy_from_slice(&self.count.to_be_bytes());
        self.count += 1;
        Nonce::assume_unique_for_key(nonce)
    }
}

pub struct Sealer<W> {
    inner: W,
    seal: Seal,
    piece: Vec<u8>,
}

impl<W: Write> Sealer<W> {
    pub fn new(inner: W, secret: &Secret, salt: &[u8], bound: &[u8]) -> Sealer<W> {
        let piece = Vec::with_capacity(PIECE + TAG);
        Sealer { inner, seal: Seal::new(secret, salt, bound), piece }
    }

    /// Writes the last piece: without it the stream is broken.
    pub fn finish(mut self) -> io::Result<W> {
        self.put(true)?;
        Ok(self.inner)
    }

    fn put(&mut self, is_last: bool) -> io::Result<()> {
        let nonce = self.seal.nonce(is_last);
        let bound = Aad::from(&self.seal.bound);
        let sealed = self.seal.key.seal_in_place_append_tag(nonce, bound, &mut self.piece);
        sealed.map_err(|_| io::Error::other("a piece could not be sealed"))?;
        self.inner.write_all(&self.piece)?;
        self.piece.clear();
        Ok(())
    }
}

impl<W: Write> Write for Sealer<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A full piece waits until it is known that it is not the last.
        if self.piece.len() == PIECE && !bytes.is_empty() {
            self.put(false)?;
        }
        let taken = bytes.len().min(PIECE - self.piece.len());
        self.piece.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// Reads what a `Sealer` has written, and nothing that it has not.
pub struct Opener<R> {
    inner: R,
    seal: Seal,
    piece: Vec<u8>,
    read: usize,
    is_over: bool,
}

impl<R: BufRead> Opener<R> {
    pub fn new(inner: R, secret: &Secret, salt: &[u8], bound: &[u8]) -> Opener<R> {
        let piece = Vec::with_capacity(PIECE + TAG);
        Opener { inner, seal: Seal::new(secret, salt, bound), piece, read: 0, is_over: false }
    }

    fn next(&mut self) -> io::Result<()> {
        self.piece.clear();
        self.read = 0;
        (&mut self.inner).take((PIECE + TAG) as u64).read_to_end(&mut self.piece)?;
        self.is_over = self.inner.fill_buf()?.is_empty();
        let nonce = self.seal.nonce(self.is_over);
        let bound = Aad::from(&self.seal.bound);
        let opened = self.seal.key.open_in_place(nonce, bound, &mut self.piece);
        let opened = opened.map_err(|_| {
            io::Error::new(
                io::ErrorKind::InvalidData,
                "it was sealed with another backup_key, or has been changed or cut off since",
            )
        });
        let left = opened?.len();
        self.piece.truncate(left);
        Ok(())
    }
}

impl<R: BufRead> Read for Opener<R> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        while self.read == self.piece.len() {
            if self.is_over {
                return Ok(0);
            }
            self.next()?;
        }
        let taken = to.len().min(self.piece.len() - self.read);
        to[..taken].copy_from_slice(&self.piece[self.read..self.read + taken]);
        self.read += taken;
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALT: &[u8] = &[7; SALT_BYTES];

    fn key(text: &str) -> Secret {
        Secret::new(text)
    }

    fn sealed(bytes: &[u8]) -> Vec<u8> {
        let mut sealer = Sealer::new(Vec::new(), &key("a"), SALT, b"head");
        // In uneven parts.
        bytes.chunks(10_007).for_each(|part| sealer.write_all(part).unwrap());
        sealer.finish().unwrap()
    }

    fn opened(sealed: &[u8], secret: &str, salt: &[u8], bound: &[u8]) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        Opener::new(sealed, &key(secret), salt, bound).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    #[test]
    fn what_was_sealed_is_read_by_its_key_alone() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let sealed = sealed(&bytes);
            assert_eq!(opened(&sealed, "a", SALT, b"head").unwrap(), bytes, "{length}");
            assert!(opened(&sealed, "b", SALT, b"head").is_err(), "{length}");
            assert!(opened(&sealed, "a", &[8; SALT_BYTES], b"head").is_err(), "{length}");
            assert!(opened(&sealed, "a", SALT, b"Head").is_err(), "{length}");
        }
    }

    #[test]
    fn nothing_can_be_cut_off_changed_moved_or_added() {
        let bytes = vec![1; 3 * PIECE];
        let sealed = sealed(&bytes);
        let whole = PIECE + TAG;
        let mut moved = sealed.clone();
        moved[..2 * whole].rotate_left(whole);
        let (mut changed, mut longer) = (sealed.clone(), sealed.clone());
        changed[whole + 3] ^= 1;
        longer.push(0);
        let cut = [0, 1, whole, 2 * whole, 3 * whole - 1].map(|length| sealed[..length].to_vec());
        for broken in [moved, changed, longer].into_iter().chain(cut) {
            assert!(opened(&broken, "a", SALT, b"head").is_err(), "{}", broken.len());
        }
    }
}
