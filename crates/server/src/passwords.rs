//! Passwords: what a good one is, and hashing them without getting in the way of orders.
//!
//! argon2id takes a processor and 19 MiB for a while, so it runs on a few threads of its own
//! behind a short queue. Beyond that the answer is `Busy`, at once.

mod foreseen;
mod hashes;
mod queue;
mod rules;
mod slowest;

use crate::limits::Guest;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use queue::{Closes, Job, Line, Place, Seat};
use slowest::{Slowest, told_after};
use std::{
    io,
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};
use tokio::sync::oneshot;
use unicode_normalization::UnicodeNormalization;

pub use hashes::{dearest, imported_hash, needs_rehash};
pub use rules::{LEAST, MOST, check_password};

const MEMORY_KIB: u32 = 19_456;
const PASSES: u32 = 2;
const LANES: u32 = 1;
/// The hash of no password. Comparing with it takes as long as with a real one, so that the time
/// an answer takes does not tell whether an account exists.
const NOBODYS: &str = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Too many passwords are waiting to be hashed, or the pool is gone: try again later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many passwords are waiting to be checked")]
pub struct Busy;

/// The pool. Cheap to clone; its threads end with the last clone.
#[derive(Clone)]
pub struct Passwords {
    closes: Arc<Closes>,
    pub slowest: Arc<Slowest>,
}

/// What came of a comparison, and how long it took from when it began: not from when it waited.
#[derive(Clone, Copy, Debug)]
pub struct Compared {
    pub is_right: bool,
    /// With a hash of another shop.
    pub is_foreign: bool,
    pub began: Instant,
    pub took: Duration,
}

impl Passwords {
    /// Starts `threads` threads, for which up to `queue` passwords may wait.
    pub fn new(threads: usize, queue: usize) -> io::Result<Passwords> {
        let line = Arc::new(Line::new(threads + queue));
        let (dear, dears) = mpsc::channel();
        for _ in 0..threads {
            let (line, dear) = (Arc::clone(&line), dear.clone());
            let thread = thread::Builder::new().name("passwords".to_owned());
            thread.spawn(move || work(&line, &dear))?;
        }
        let dear_line = Arc::clone(&line);
        let thread = thread::Builder::new().name("imported".to_owned());
        thread.spawn(move || work_dearly(&dear_line, &dears))?;
        Ok(Passwords { closes: Arc::new(Closes(line)), slowest: Arc::default() })
    }

    /// Takes a place in the queue, or refuses before anything is done for who asks.
    pub fn place(&self, guest: Guest) -> Result<Place, Busy> {
        Line::take(&self.closes.0, guest)
    }

    /// How many more may wait or be hashed.
    pub fn room(&self) -> usize {
        self.closes.0.room()
    }

    /// Hashes a password to a PHC string, which holds its own salt and parameters.
    pub async fn hash(&self, guest: Guest, password: String) -> Result<String, Busy> {
        self.place(guest)?.hash(password).await
    }

    /// Whether this is the password behind a hash. Without a hash, because there is no such
    /// account: no, after the same time.
    pub async fn verify(
        &self,
        guest: Guest,
        password: String,
        hash: Option<String>,
    ) -> Result<bool, Busy> {
        Ok(self.place(guest)?.compare(password, hash).await?.is_right)
    }

    /// Waits until it may be told that somebody was not let in after a comparison: as long as with any
    /// hash. It takes no thread, and the place is free again.
    pub async fn hold_back(&self, compared: Compared) {
        if compared.is_foreign {
            self.slowest.learn(compared.took);
        }
        if let Some(after) = told_after(compared.took, self.slowest.took()) {
            tokio::time::sleep_until((compared.began + after).into()).await;
        }
    }
}

impl Place {
    /// As `Passwords::hash`, in a place that was taken before.
    pub async fn hash(self, password: String) -> Result<String, Busy> {
        let password = composed(&password);
        self.ask(|reply| Job::Hash { password, reply }).await
    }

    /// As `Passwords::verify`, in a place that was taken before.
    pub async fn compare(self, password: String, hash: Option<String>) -> Result<Compared, Busy> {
        let password = composed(&password);
        self.ask(|reply| Job::Verify { password, hash, reply }).await
    }
}

/// One spelling of what looks the same: keyboards differ in whether `ü` is one character or two.
pub fn composed(password: &str) -> String {
    password.nfc().collect()
}

/// Hashing waits for everything else: a flood of logins must not slow orders.
const NICENESS: i32 = 15;
/// For as long as a thread has hashed it rests, so that a flood takes half a processor and not all
/// of one. No longer than a hash takes by itself: who was slowed by orders has made way already.
const LONGEST_REST: Duration = Duration::from_millis(25);

fn make_way() {
    // On Linux this is the calling thread's alone.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "passwords are hashed at the usual priority");
    }
}

/// A comparison that is out of the line, and still has its place.
type Dear = (Seat, Job);

/// One after the other, with imported hashes: whoever waits in the line does not learn from how long it takes
/// whose was compared before.
fn work_dearly(line: &Line, dears: &mpsc::Receiver<Dear>) {
    make_way();
    let argon2 = argon2();
    while let Ok((seat, job)) = dears.recv() {
        let started = Instant::now();
        match job {
            Job::Verify { password, hash, reply } if !reply.is_closed() => {
                reply_to(reply, &argon2, &password, hash.as_deref());
            }
            // Who asked has left.
            _ => {}
        }
        line.leave(seat);
        thread::sleep(started.elapsed().min(LONGEST_REST));
    }
}

fn reply_to(
    reply: oneshot::Sender<Compared>,
    argon2: &Argon2<'_>,
    password: &str,
    hash: Option<&str>,
) {
    let began = Instant::now();
    let is_right = verify(argon2, password, hash);
    let took = began.elapsed();
    let _ = reply.send(Compared { is_right, is_foreign: is_foreign(hash), began, took });
}

fn is_foreign(hash: Option<&str>) -> bool {
    hash.is_some_and(|hash| needs_rehash(hash) && imported_hash(hash).is_ok())
}

fn work(line: &Line, dear: &mpsc::Sender<Dear>) {
    make_way();
    let argon2 = argon2();
    while let Some((seat, job)) = line.next() {
        let started = Instant::now();
        match job {
            Job::Verify { ref hash, .. } if is_foreign(hash.as_deref()) => {
                // It keeps its place until it is done.
                if let Err(mpsc::SendError((seat, _))) = dear.send((seat, job)) {
                    line.leave(seat);
                }
                continue;
            }
            Job::Hash { password, reply } => match argon2.hash_password(password.as_bytes()) {
                Ok(hash) => {
                    let _ = reply.send(hash.to_string());
                }
                Err(error) => tracing::error!(%error, "a password could not be hashed"),
            },
            Job::Verify { password, hash, reply } => {
                reply_to(reply, &argon2, &password, hash.as_deref());
            }
        }
        line.leave(seat);
        thread::sleep(started.elapsed().min(LONGEST_REST));
    }
}

fn verify(argon2: &Argon2<'_>, password: &str, hash: Option<&str>) -> bool {
    let mut right = false;
    for compared in comparisons(hash) {
        let is_same = hashes::verify(argon2, password, compared).unwrap_or_else(|why| {
            tracing::error!(why, "a stored password hash is not one");
            false
        });
        right |= is_same && hash == Some(compared);
    }
    right
}

/// What a password is compared with, one after the other. Always one of the shop's own work is among them:
/// neither without an account, nor with a cheap hash from elsewhere, nor with a broken one does an answer
/// come sooner.
fn comparisons(hash: Option<&str>) -> Vec<&str> {
    match hash {
        None => vec![NOBODYS],
        Some(own) if !needs_rehash(own) => vec![own],
        Some(other) => vec![other, NOBODYS],
    }
}

fn argon2() -> Argon2<'static> {
    let params = Params::new(MEMORY_KIB, PASSES, LANES, None)
        .expect("these constants are within argon2's bounds");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use argon2::password_hash::phc::PasswordHash;

    const DJANGOS: &str = "argon2$argon2id$v=19$m=512,t=1,p=2$MDhUcWRIdEdXcThYeWFscWpCbWJoVA$XFH/6lDwYsSgES0bv8Agvta2HtMfc6wVie3cjbEtGno";

    #[tokio::test]
    async fn a_password_is_right_or_wrong() {
        let passwords = Passwords::new(2, 8).unwrap();
        let hash = passwords.hash(Guest::SHOP, "demo-password".to_owned()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_eq!(hash.len(), NOBODYS.len());
        for (password, hash, right) in [
            ("demo-password", Some(hash.clone()), true),
            ("Demo-password", Some(hash), false),
            ("demo-password", None, false),
            ("demo-password", Some("no hash".to_owned()), false),
            ("", Some(NOBODYS.to_owned()), false),
            ("three blind mice", Some(DJANGOS.to_owned()), true),
            ("four blind mice", Some(DJANGOS.to_owned()), false),
        ] {
            let verified = passwords.verify(Guest::SHOP, password.to_owned(), hash.clone()).await;
            assert_eq!(verified, Ok(right), "{password} {hash:?}");
        }
    }

    #[tokio::test]
    async fn a_password_is_the_same_however_its_accents_are_typed() {
        let passwords = Passwords::new(1, 8).unwrap();
        let (one, two) = ("gr\u{fc}n-und-bl\u{e5}", "gru\u{308}n-und-bla\u{30a}");
        for (set, typed) in [(one, two), (two, one)] {
            let hash = passwords.hash(Guest::SHOP, set.to_owned()).await.unwrap();
            assert_eq!(
                passwords.verify(Guest::SHOP, typed.to_owned(), Some(hash.clone())).await,
                Ok(true)
            );
            assert_eq!(
                passwords.verify(Guest::SHOP, "grun-und-bla".to_owned(), Some(hash)).await,
                Ok(false)
            );
        }
    }

    /// Who comes after an imported hash does not see from his own turn that there was one.
    #[tokio::test]
    async fn nobody_waits_for_an_imported_hash_but_its_owner() {
        let passwords = Passwords::new(1, 8).unwrap();
        let dear =
            "pbkdf2_sha256$5000000$seasalt2abcdef$N4TyUPksV8tPizOjO3ZvNaP7qMh8nK1CMKqUUsK8zxQ=";
        let place = passwords.place(Guest::SHOP).unwrap();
        let mut owner =
            Box::pin(place.compare("three blind mice".to_owned(), Some(dear.to_owned())));
        // It is in the line before the other one.
        assert!(futures_util::poll!(&mut owner).is_pending());
        let other = passwords.verify(Guest::SHOP, "three blind mice".to_owned(), None).await;
        assert_eq!(other, Ok(false));
        assert!(futures_util::poll!(&mut owner).is_pending(), "it takes a hundred times as long");
        assert!(!owner.await.unwrap().is_right);
    }

    #[test]
    fn nobodys_hash_is_as_much_work_as_a_real_one() {
        let argon2 = argon2();
        let own = argon2.hash_password(b"demo-password").unwrap().to_string();
        let parsed = PasswordHash::new(NOBODYS).unwrap();
        let real = PasswordHash::new(&own).unwrap();
        assert_eq!(parsed.params.as_str(), real.params.as_str());
        assert_eq!(parsed.hash.unwrap().len(), real.hash.unwrap().len());
    }

    #[test]
    fn every_comparison_is_as_much_work_as_with_a_hash_of_the_shop() {
        let own = argon2().hash_password(b"demo-password").unwrap().to_string();
        let cheap = "pbkdf2_sha256$1$seasalt2abcdef$N4TyUPksV8tPizOjO3ZvNaP7qMh8nK1CMKqUUsK8zxQ=";
        for (hash, all) in [
            (None, 1),
            (Some(own.as_str()), 1),
            (Some(DJANGOS), 2),
            (Some(cheap), 2),
            (Some("no hash"), 2),
            (Some(""), 2),
        ] {
            let compared = comparisons(hash);
            let as_own = compared.iter().filter(|hash| !needs_rehash(hash)).count();
            assert_eq!((as_own, compared.len()), (1, all), "{hash:?}");
            assert!(hash.is_none_or(|hash| compared.contains(&hash)), "{hash:?}");
        }
    }

    #[tokio::test]
    async fn only_a_hash_of_another_shop_makes_those_wait_who_are_not_let_in() {
        let passwords = Passwords::new(1, 8).unwrap();
        for (hash, is_learned) in
            [(None, false), (Some(NOBODYS), false), (Some("no hash"), false), (Some(DJANGOS), true)]
        {
            let place = passwords.place(Guest::SHOP).unwrap();
            let compared = place.compare("x".to_owned(), hash.map(str::to_owned)).await.unwrap();
            passwords.hold_back(compared).await;
            let learned = passwords.slowest.took();
            assert_eq!(learned, is_learned.then_some(compared.took), "{hash:?}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_not_let_in_hears_it_when_the_slowest_comparison_would_be_over() {
        let passwords = Passwords::new(0, 1).unwrap();
        let ms = Duration::from_millis;
        for (took, slowest, after) in [(25, None, 0), (25, Some(310), 350), (400, Some(310), 400)] {
            passwords.slowest.renew(slowest.map(ms));
            let began = tokio::time::Instant::now();
            let compared = Compared {
                is_right: false,
                is_foreign: false,
                began: began.into_std(),
                took: ms(took),
            };
            passwords.hold_back(compared).await;
            assert_eq!(began.elapsed(), ms(after), "{took} {slowest:?}");
        }
    }

    #[test]
    fn there_is_a_place_for_each_that_waits_and_each_that_is_hashed() {
        assert_eq!(Passwords::new(2, 3).unwrap().room(), 5);
    }

    #[tokio::test]
    async fn beyond_the_queue_the_answer_comes_at_once() {
        let passwords = Passwords::new(0, 1).unwrap();
        let place = passwords.place(Guest::SHOP).unwrap();
        let verified = passwords.verify(Guest::SHOP, "b".to_owned(), None).await;
        assert_eq!(verified, Err(Busy));
        drop(place);
        assert!(passwords.place(Guest::SHOP).is_ok(), "nobody waits any more");
    }
}
