//! What an import is known by, and how much of it was done before: each chunk leaves a trace in its commit.

use super::{By, CHUNK, Sheet, off, rewound, unreadable};
use crate::{
    app::App,
    http::{codes, problems::Problem},
    sheets::paces::patient,
};
use aws_lc_rs::digest::{Context, SHA256};
use domain::{Caller, Fingerprint, IdempotencyKey, Listed, Once};
use std::{
    fmt::Write,
    fs::File,
    io::{self, Read},
};

/// So many chunks are asked about at once.
const ASKED: u64 = 256;

/// The bytes of a file, the line that it begins at, and who brings it under which key. Without a key it is
/// the shop's: whoever brings the same file goes on with it. With one it is the caller's, and the key stands for
/// this file and no other.
#[derive(Clone, Debug)]
pub struct Import {
    name: &'static str,
    bytes: String,
    from_line: u64,
    caller: Caller,
    key: Option<IdempotencyKey>,
}

impl Import {
    pub async fn of<S: Sheet>(by: &By, file: &File) -> Result<Import, Problem> {
        let file = file.try_clone().and_then(rewound).map_err(unreadable)?;
        Ok(Import {
            name: S::Command::NAME,
            bytes: off(move || hashed(file)).await?.map_err(unreadable)?,
            from_line: by.from_line,
            caller: by.actor.caller,
            key: by.key.clone(),
        })
    }

    /// What a chunk is done once under.
    pub fn once(&self, number: u64) -> Once {
        let Import { name, bytes, from_line, .. } = self;
        let fingerprint = Fingerprint::of(name, &(bytes, CHUNK, from_line, number));
        Once { key: self.key(number), fingerprint }
    }

    fn key(&self, number: u64) -> IdempotencyKey {
        let Import { name, bytes, from_line, .. } = self;
        match &self.key {
            None => {
                IdempotencyKey::of_shop(&format!("{name}-{bytes}-{CHUNK}-{from_line}-{number}"))
            }
            // The first chunk has the key itself, so that no other request has it.
            Some(key) if number == 0 => key.clone(),
            Some(key) => {
                let hash =
                    hex(aws_lc_rs::digest::digest(&SHA256, key.as_str().as_bytes()).as_ref());
                IdempotencyKey::stored(&format!("sheet-{hash}-{number}"))
            }
        }
    }

    /// How many of its chunks are done: they are written in order, and their traces go in it.
    pub async fn done(&self, app: &App) -> Result<u64, Problem> {
        let mut done = 0;
        loop {
            let found = self.found(app, done..done + ASKED).await?;
            match found {
                None => return Ok(done),
                Some(last) if last + 1 < done + ASKED => return Ok(last + 1),
                Some(last) => done = last + 1,
            }
        }
    }

    pub async fn is_done(&self, app: &App, number: u64) -> Result<bool, Problem> {
        Ok(self.found(app, number..number + 1).await?.is_some())
    }

    /// The last of these chunks that has a trace.
    async fn found(
        &self,
        app: &App,
        numbers: std::ops::Range<u64>,
    ) -> Result<Option<u64>, Problem> {
        let wanted: Vec<(u64, Once)> = numbers.map(|number| (number, self.once(number))).collect();
        let keys: Vec<IdempotencyKey> = wanted.iter().map(|(_, once)| once.key.clone()).collect();
        let owner = keys.first().map_or(self.caller, |key| key.owner(self.caller));
        let exact = app.readers.exact();
        let found = patient(|| exact.fingerprints(owner, &keys)).await?;
        let mut last = None;
        for (number, once) in wanted {
            match found.iter().find(|(key, _)| *key == once.key) {
                None => {}
                Some((_, fingerprint)) if *fingerprint == once.fingerprint => last = Some(number),
                Some(_) => return Err(reused()),
            }
        }
        Ok(last)
    }

    /// What else has to come with the file when it comes again.
    pub fn beside(&self) -> String {
        let mut beside = String::new();
        if self.key.is_some() {
            beside += " under the same key";
        }
        if self.from_line > 0 {
            let _ = write!(beside, " from the same line {} on", self.from_line);
        }
        beside
    }

    pub fn has_key(&self) -> bool {
        self.key.is_some()
    }
}

fn reused() -> Problem {
    let detail = "this Idempotency-Key was used for another sheet or request before, and nothing was written; send another key with this one";
    Problem::new(codes::IDEMPOTENCY_KEY_REUSED, detail)
}

/// All of the bytes count.
fn hashed(mut file: File) -> io::Result<String> {
    let mut context = Context::new(&SHA256);
    let mut bytes = vec![0; 64 << 10];
    loop {
        match file.read(&mut bytes)? {
            0 => return Ok(hex(context.finish().as_ref())),
            count => context.update(&bytes[..count]),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    /// Each of these is something of its own, and is found again by nothing else.
    #[test]
    fn what_a_chunk_is_known_by_depends_on_all_that_it_is() {
        let file = Import {
            name: "move_stock",
            bytes: "ab12".into(),
            from_line: 0,
            caller: Caller::SYSTEM,
            key: None,
        };
        let chunks = [
            (file.clone(), 0),
            (file.clone(), 1),
            (Import { name: "import_products", ..file.clone() }, 0),
            (Import { bytes: "ab13".into(), ..file.clone() }, 0),
            (Import { from_line: 7, ..file.clone() }, 0),
        ];
        let known: BTreeSet<String> =
            chunks.iter().map(|(of, number)| of.once(*number).key.as_str().to_owned()).collect();
        assert_eq!(known.len(), chunks.len(), "{known:?}");
        // Under a key all of them have the same, and are told apart by what it stands for.
        let key = IdempotencyKey::new("K").unwrap();
        let keyed =
            |of: &Import, number| Import { key: Some(key.clone()), ..of.clone() }.once(number);
        assert_eq!(keyed(&file, 0).key, key);
        for (of, number) in &chunks[1..] {
            assert_eq!(keyed(of, *number).key == key, *number == 0);
            assert_ne!(keyed(of, *number).fingerprint, keyed(&file, 0).fingerprint, "{of:?}");
        }
        assert_ne!(keyed(&file, 1).key, keyed(&file, 2).key);
    }
}
