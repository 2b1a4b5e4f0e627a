//! How a mail gets to its carrier: again after a while if it was not taken, more and more rarely, until
//! it is of no use any more. A mail that waits holds up no other one.

use super::{Office, Stamp, letters::Mail, texts::Written};
use crate::telemetry::Meters;
use futures_util::future::BoxFuture;
use metrics::{Counter, Gauge};
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::{sync::OwnedSemaphorePermit, time::Instant};
use uuid::Uuid;

/// What brings a letter to its reader, or nearer to him.
pub trait Carrier: Send + Sync {
    fn carry<'a>(&'a self, letter: &'a Written) -> BoxFuture<'a, Result<(), Failure>>;

    /// Whether it brings what nobody has asked for as well.
    fn brings_news(&self) -> bool {
        true
    }
}

/// Why a letter was not carried, in words that may be logged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// It never will be.
    Refused(String),
    /// None is, as long as the server knows the shop as it does: not its login, or not its sender.
    Unwelcome(String),
    /// This one not now.
    Later(String),
    /// The server broke off in this one, or fell silent: that may be this letter's doing, and come each time.
    Broken(String),
    /// None can be now.
    Away(String),
}

impl Failure {
    pub fn why(&self) -> &str {
        match self {
            Failure::Refused(why)
            | Failure::Unwelcome(why)
            | Failure::Later(why)
            | Failure::Broken(why)
            | Failure::Away(why) => why,
        }
    }
}

/// How a letter is tried.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// How long one attempt may take.
    pub attempt: Duration,
    /// Before the second attempt; each further pause is twice as long.
    pub first_pause: Duration,
    pub longest_pause: Duration,
    /// After this long no other attempt is made; nor when the letter's link is good no more.
    pub patience: Duration,
}

impl Default for Pace {
    fn default() -> Pace {
        Pace {
            attempt: Duration::from_secs(60),
            first_pause: Duration::from_secs(2),
            longest_pause: Duration::from_secs(300),
            patience: Duration::from_secs(3600),
        }
    }
}

impl Pace {
    /// The pause after so many attempts. By `luck`, from 0 to 1, it is up to a half shorter or longer, so
    /// that what has failed together is not tried together again.
    fn pause(&self, attempts: u32, luck: f64) -> Duration {
        let doubled = 1 << attempts.saturating_sub(1).min(16);
        let pause = self.first_pause.saturating_mul(doubled).min(self.longest_pause);
        pause.mul_f64(0.5 + luck.clamp(0.0, 1.0))
    }
}

/// What has become of mail.
pub struct Figures {
    pub sent: Counter,
    pub failed: Counter,
    pub dropped: Counter,
    pub waiting: Gauge,
}

impl Figures {
    pub fn new(meters: &Meters) -> Figures {
        let about = "Mails by what has become of them: sent; failed (refused, or given up); dropped \
                     (no room, no mail server, or the shop stopped).";
        let outcome = |outcome| meters.counter("mails_total", about, &[("outcome", outcome)]);
        Figures {
            sent: outcome("sent"),
            failed: outcome("failed"),
            dropped: outcome("dropped"),
            waiting: meters.gauge("mails_waiting", "Mails that are not sent yet.", &[]),
        }
    }
}

/// Counts a mail as waiting until its delivery is over, also by an abort.
struct Waiting(Gauge);

impl Waiting {
    fn begin(gauge: &Gauge) -> Waiting {
        gauge.increment(1.0);
        Waiting(gauge.clone())
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.decrement(1.0);
    }
}

/// Tries to bring a mail to its end. Its place is free when this is over.
pub async fn deliver(
    office: Arc<Office>,
    carrier: Arc<dyn Carrier>,
    mail: Mail,
    stamp: Option<Stamp>,
    place: OwnedSemaphorePermit,
) {
    let _waiting = Waiting::begin(&office.figures.waiting);
    let written = office.write(&mail, stamp);
    let patience = mail
        .letter
        .valid_for()
        .map_or(office.pace.patience, |valid_for| valid_for.min(office.pace.patience));
    let began = Instant::now();
    let mut closing = office.closing.subscribe();
    for attempts in 1_u32.. {
        let line = office.lines.acquire().await;
        if began.elapsed() > patience {
            // Behind many that were not answered either.
            office.give_up(&mail, attempts - 1, "it has waited too long");
            break;
        }
        // What is tried after the end was announced is tried for the last time.
        let is_last = *closing.borrow();
        let carried = carrier.carry(&written).await;
        drop(line);
        office.tell_whether_away(&carried);
        let Err(failure) = carried else {
            office.figures.sent.increment(1);
            break;
        };
        let pause = office.pace.pause(attempts, luck());
        let is_final = matches!(failure, Failure::Refused(_) | Failure::Unwelcome(_));
        if is_final || is_last || began.elapsed() + pause > patience {
            office.give_up(&mail, attempts, failure.why());
            break;
        }
        tracing::debug!(letter = mail.letter.kind(), attempts, why = failure.why(), "a mail waits");
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            _ = closing.wait_for(|is_closing| *is_closing) => {}
        }
    }
    drop(place);
}

impl Office {
    pub(super) fn write(&self, mail: &Mail, stamp: Option<Stamp>) -> Written {
        let mut written = self.stationery.write(mail);
        if let Some(Stamp { id, at }) = stamp {
            (written.id, written.at) = (id, at);
        }
        written
    }

    pub(super) fn give_up(&self, mail: &Mail, attempts: u32, why: &str) {
        self.figures.failed.increment(1);
        let (letter, domain) = (mail.letter.kind(), mail.domain());
        tracing::error!(letter, domain, attempts, why, "a mail could not be sent");
    }

    /// Says when the server goes away and when it comes back, not for every mail.
    pub(super) fn tell_whether_away(&self, carried: &Result<(), Failure>) {
        match carried {
            Err(Failure::Away(why) | Failure::Broken(why)) => {
                if !self.is_away.swap(true, Relaxed) {
                    tracing::warn!(why, "the mail server cannot be reached: mail waits");
                }
            }
            _ => {
                if self.is_away.swap(false, Relaxed) {
                    tracing::info!("the mail server can be reached again");
                }
            }
        }
    }
}

/// From 0 to 1, by chance.
fn luck() -> f64 {
    let [first, second, ..] = *Uuid::new_v4().as_bytes();
    f64::from(u16::from_be_bytes([first, second])) / f64::from(u16::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound_and_are_scattered() {
        let pace = Pace::default();
        let seconds = |attempts, luck| pace.pause(attempts, luck).as_secs();
        let even = [1, 2, 3, 8, 9, 1000].map(|attempts| seconds(attempts, 0.5));
        assert_eq!(even, [2, 4, 8, 256, 300, 300]);
        assert_eq!([0.0, 1.0].map(|luck| seconds(2, luck)), [2, 6]);
        let lucks: Vec<f64> = (0..100).map(|_| luck()).collect();
        assert!(lucks.iter().all(|luck| (0.0..=1.0).contains(luck)));
        assert!(lucks.iter().any(|luck| *luck < 0.5) && lucks.iter().any(|luck| *luck > 0.5));
    }
}
