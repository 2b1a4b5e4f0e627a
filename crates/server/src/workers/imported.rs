//! Measures what a comparison with a hash of another shop takes on this node: before somebody asks, and
//! anew where there are others or a while has gone by. The last one that is replaced is forgotten.

use super::{Turn, Worker};
use crate::{app::App, limits::Guest, passwords::dearest};
use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// So many different forms of hashes are looked at: a shop that brought its customers along has a few.
const FORMS_MOST: usize = 32;
/// A machine that was slow may be so no more.
const LASTS: Duration = Duration::from_secs(3600);

#[derive(Default)]
pub struct Imported {
    measured: Mutex<Option<Measured>>,
}

#[derive(Clone)]
struct Measured {
    forms: Vec<String>,
    at: Instant,
}

impl Worker for Imported {
    const NAME: &'static str = "imported hashes";
    const FIRST: Duration = Duration::ZERO;
    const PAUSE: Duration = Duration::from_secs(60);

    async fn turn(&self, shop: &App) -> Turn {
        match self.measure(shop).await {
            Ok(()) => Turn::Done,
            Err(why) => Turn::Failed(format!("imported hashes were not measured: {why}")),
        }
    }
}

impl Imported {
    async fn measure(&self, shop: &App) -> Result<(), String> {
        let hashes = dearest(known(shop).await.map_err(|error| error.to_string())?);
        let forms: Vec<_> = hashes.iter().map(|hash| form(hash).to_owned()).collect();
        if self.measured().is_some_and(|m| m.forms == forms && m.at.elapsed() < LASTS) {
            return Ok(());
        }
        let mut slowest = None;
        for hash in hashes {
            let place = shop.passwords.place(Guest::SHOP).map_err(|busy| busy.to_string())?;
            let compared = place.compare(String::new(), Some(hash)).await;
            slowest = slowest.max(Some(compared.map_err(|busy| busy.to_string())?.took));
        }
        shop.passwords.slowest.renew(slowest);
        *self.measured.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(Measured { forms, at: Instant::now() });
        Ok(())
    }

    fn measured(&self) -> Option<Measured> {
        self.measured.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// A hash of each form that the shop did not make itself.
async fn known(shop: &App) -> Result<Vec<String>, store::ReadError> {
    let (mut hashes, mut after) = (Vec::new(), String::new());
    while hashes.len() < FORMS_MOST
        && let Some(hash) = shop.readers.late().foreign_hash(&after).await?
    {
        // Behind all of this form: no hash has such a character.
        after = format!("{}\u{7f}", form(&hash));
        hashes.push(hash);
    }
    Ok(hashes)
}

/// What hashes have in common that take as much work: all that is before the salt.
fn form(hash: &str) -> &str {
    hash.rsplitn(3, '$').nth(2).unwrap_or(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hashes_of_one_form_take_as_much_work() {
        for (hash, expected) in [
            ("pbkdf2_sha256$870000$salt$hash=", "pbkdf2_sha256$870000"),
            ("argon2$argon2id$v=19$m=512,t=1,p=2$salt$hash", "argon2$argon2id$v=19$m=512,t=1,p=2"),
            ("$argon2id$v=19$m=512,t=1,p=2$salt$hash", "$argon2id$v=19$m=512,t=1,p=2"),
            ("none", "none"),
            ("", ""),
        ] {
            assert_eq!(form(hash), expected);
        }
    }
}
