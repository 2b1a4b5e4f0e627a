//! What a backup looks like: two lines that anybody can read, then the shop's file as zstd packs it, sealed if there is
//! a key for it. An open one is unpacked without Sutler, too: `tail -n +3 FILE | zstd -d`.

use super::sealed::{Opener, SALT_BYTES, Sealer};
use crate::{
    secrets::{base64url, random, read_base64url},
    settings::Secret,
};
use anyhow::{Context, bail, ensure};
use serde::{Deserialize, Serialize};
use std::{
    fs::{File, OpenOptions},
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

const FIRST_LINE: &str = "sutler backup 1\n";
/// Both lines have no more.
const LINES_MOST: u64 = 4096;
const LEVEL: i32 = 3;

/// What a backup says of itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Heading {
    pub taken_at: String,
    /// Which history of the shop it is of, and how far that had come.
    pub epoch: String,
    pub commit: i64,
    /// The last migration of its schema.
    pub schema: u32,
    /// Which Sutler has written it.
    pub version: String,
    /// What its key is made with, if it is sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
}

/// Packs a file into one that is not there yet, and is on the disk when this is back.
pub fn pack(from: &Path, to: &Path, mut heading: Heading, key: Option<&Secret>) -> io::Result<()> {
    let salt: Option<[u8; SALT_BYTES]> = key.map(|_| random());
    heading.salt = salt.map(|salt| base64url(&salt));
    let lines = format!("{FIRST_LINE}{}\n", serde_json::to_string(&heading)?);
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
    let mut out = BufWriter::with_capacity(256 << 10, file);
    out.write_all(lines.as_bytes())?;
    let from = File::open(from)?;
    let out = match key.zip(salt) {
        None => squeeze(from, out)?,
        Some((key, salt)) => {
            squeeze(from, Sealer::new(out, key, &salt, lines.as_bytes()))?.finish()?
        }
    };
    out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
}

fn squeeze<W: Write>(mut from: File, to: W) -> io::Result<W> {
    let mut packer = zstd::Encoder::new(to, LEVEL)?;
    packer.include_checksum(true)?;
    io::copy(&mut from, &mut packer)?;
    packer.finish()
}

/// A backup that is about to be unpacked.
pub struct Packed<R> {
    pub heading: Heading,
    lines: Vec<u8>,
    rest: R,
}

impl<R: BufRead> Packed<R> {
    pub fn open(mut from: R) -> anyhow::Result<Packed<R>> {
        let mut lines = Vec::new();
        let mut head = (&mut from).take(LINES_MOST);
        head.read_until(b'\n', &mut lines)?;
        ensure!(lines == FIRST_LINE.as_bytes(), "it is no backup of Sutler");
        head.read_until(b'\n', &mut lines)?;
        let heading = serde_json::from_slice(&lines[FIRST_LINE.len()..]);
        let heading = heading.context("its heading cannot be read")?;
        Ok(Packed { heading, lines, rest: from })
    }

    /// Writes the shop's file, which is not there yet and is on the disk when this is back.
    pub fn unpack(self, to: &Path, key: Option<&Secret>) -> anyhow::Result<Heading> {
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(to)?;
        let mut out = BufWriter::with_capacity(256 << 10, file);
        let salt = self.heading.salt.as_deref();
        let salt = salt.map(read_base64url::<SALT_BYTES>);
        match (salt, key) {
            (None, None) => inflate(self.rest, &mut out)?,
            // Whoever can write into the folder could have made it.
            (None, Some(_)) => {
                bail!("it is not sealed, and backup_key is set: unset that to take it all the same")
            }
            (Some(None), _) => bail!("its heading cannot be read"),
            (Some(_), None) => bail!(
                "it is sealed: set backup_key (or backup_key_file) to the key that it was made with"
            ),
            (Some(Some(salt)), Some(key)) => {
                let opener = Opener::new(self.rest, key, &salt, &self.lines);
                inflate(BufReader::with_capacity(256 << 10, opener), &mut out)?;
            }
        }
        out.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        Ok(self.heading)
    }
}

/// To the end of what there is: a part of it is no shop.
fn inflate(from: impl BufRead, to: &mut impl Write) -> io::Result<()> {
    let mut unpacker = zstd::Decoder::with_buffer(from)?.single_frame();
    io::copy(&mut unpacker, to)?;
    let mut rest = unpacker.finish();
    match rest.fill_buf()? {
        [] => Ok(()),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "something follows its end")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use testbed::TempDir;

    fn heading() -> Heading {
        Heading {
            taken_at: "2026-11-28T09:20:05Z".into(),
            epoch: "1f0c33a2".into(),
            commit: 7,
            schema: 10,
            version: "0.1.0".into(),
            salt: None,
        }
    }

    /// Packs a shop in this directory, and gives the backup's bytes.
    fn packed(dir: &TempDir, name: &str, key: Option<&Secret>) -> Vec<u8> {
        let (shop, to) = (dir.path().join("shop.db"), dir.path().join(name));
        std::fs::write(&shop, "a shop ".repeat(50_000)).unwrap();
        pack(&shop, &to, heading(), key).unwrap();
        std::fs::read(to).unwrap()
    }

    fn unpacked(dir: &TempDir, bytes: &[u8], key: Option<&Secret>) -> anyhow::Result<Vec<u8>> {
        let to = dir.path().join("unpacked.db");
        let _ = std::fs::remove_file(&to);
        Packed::open(bytes)?.unpack(&to, key)?;
        Ok(std::fs::read(to)?)
    }

    #[test]
    fn a_backup_is_unpacked_whole_or_not_at_all() {
        let (dir, key) = (TempDir::new().unwrap(), Secret::new("a key"));
        for (name, key) in [("open", None), ("sealed", Some(&key))] {
            let whole = packed(&dir, name, key);
            assert_eq!(unpacked(&dir, &whole, key).unwrap(), "a shop ".repeat(50_000).as_bytes());
            let body = whole.len() - 40;
            for cut in [body, whole.len() - 5, whole.len() - 1] {
                assert!(unpacked(&dir, &whole[..cut], key).is_err(), "{name} {cut}");
            }
            let mut changed = whole.clone();
            changed[body] ^= 1;
            assert!(unpacked(&dir, &changed, key).is_err(), "{name}");
            assert!(unpacked(&dir, &[&whole[..], b"more"].concat(), key).is_err(), "{name}");
        }
    }

    #[test]
    fn no_two_backups_are_sealed_alike() {
        let (dir, key) = (TempDir::new().unwrap(), Secret::new("a key"));
        let [one, other] = ["one", "other"].map(|name| packed(&dir, name, Some(&key)));
        let body = |bytes: &[u8]| bytes.splitn(3, |byte| *byte == b'\n').nth(2).unwrap().to_vec();
        assert_ne!(body(&one), body(&other));
        let salt = |bytes: &[u8]| Packed::open(bytes).unwrap().heading.salt.unwrap();
        assert_ne!(salt(&one), salt(&other));
    }
}
