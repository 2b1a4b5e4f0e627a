//! Mail to people: letters of a few kinds, sent beside the requests that cause them.
//!
//! What waits is in memory, bounded, and lost with its process: every letter can be asked for again. What the
//! events ask for is not: it is awaited (`awaited`). No letter holds what its reader has typed (but for an
//! address), for anybody may have a letter sent to anybody. No address, token or link is ever logged.

mod awaited;
mod delivery;
mod letters;
mod samples;
mod smtp;
mod templates;
mod terminal;
mod texts;

use crate::{
    settings::Settings,
    telemetry::{Meters, correlated, correlation_id},
};
use anyhow::{Context, anyhow};
use delivery::{Carrier, Figures, Pace};
use smtp::Smtp;
use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};
use terminal::Terminal;
use texts::Stationery;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    task::JoinSet,
};

pub use awaited::{Stamp, Unsent};
pub use letters::{Letter, LowProduct, Mail, OrderNews, ToldLine, ToldOrder};
pub use samples::samples;
pub use templates::{KINDS, Kind, file_name};

/// Connections to the mail server at a time; and so many others for what is awaited, so that no login waits
/// behind letters about orders.
const LINES: usize = 4;
pub const AWAITED_LINES: usize = 4;

/// As many mails wait as may, so no other one is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("too many mails wait to be sent")]
pub struct Full;

/// Where mail is handed in. Cheap to clone.
#[derive(Clone)]
pub struct Post {
    office: Arc<Office>,
}

/// What a node has for its mail.
struct Office {
    /// `None` where no mail is set up.
    carrier: Option<Arc<dyn Carrier>>,
    stationery: Stationery,
    pace: Pace,
    /// A mail holds its place until its end is known.
    places: Arc<Semaphore>,
    capacity: u32,
    lines: Semaphore,
    awaited_lines: Semaphore,
    closing: watch::Sender<bool>,
    under_way: Mutex<JoinSet<()>>,
    figures: Figures,
    /// Whether the server could not be talked to the last time.
    is_away: AtomicBool,
    /// The kinds of letters of which it was said that they are not sent.
    unsent: Mutex<BTreeSet<&'static str>>,
}

/// A mail's place among those that wait, which nobody else can take any more.
pub struct Place {
    office: Arc<Office>,
    permit: OwnedSemaphorePermit,
}

impl Post {
    /// A demo without a mail server prints its mail.
    pub fn open(settings: &Settings, is_demo: bool, meters: &Meters) -> anyhow::Result<Post> {
        let pace = Pace::default();
        let carrier: Option<Arc<dyn Carrier>> = match Smtp::of(settings, pace.attempt)? {
            Some(smtp) => Some(Arc::new(smtp)),
            None if is_demo => Some(Arc::new(Terminal)),
            None => None,
        };
        Post::with(carrier, settings, pace, meters)
    }

    fn with(
        carrier: Option<Arc<dyn Carrier>>,
        settings: &Settings,
        pace: Pace,
        meters: &Meters,
    ) -> anyhow::Result<Post> {
        // The setting's bound is far below.
        let capacity = u32::try_from(settings.mail_queue).unwrap_or(u32::MAX);
        Ok(Post {
            office: Arc::new(Office {
                carrier,
                stationery: Stationery::of(settings)?,
                pace,
                places: Arc::new(Semaphore::new(settings.mail_queue)),
                capacity,
                lines: Semaphore::new(LINES),
                awaited_lines: Semaphore::new(AWAITED_LINES),
                closing: watch::Sender::new(false),
                under_way: Mutex::default(),
                figures: Figures::new(meters),
                is_away: AtomicBool::new(false),
                unsent: Mutex::default(),
            }),
        })
    }

    /// Whether mail reaches anybody. Where it does not, what only a mail can bring is to be refused.
    pub fn is_configured(&self) -> bool {
        self.office.carrier.is_some()
    }

    /// Takes a place for one mail. Whoever takes it before he knows whether there is anybody to write to
    /// answers alike in both cases, and has it when all the rest is done.
    pub fn reserve(&self) -> Result<Place, Full> {
        match self.office.places.clone().try_acquire_owned() {
            Ok(permit) => Ok(Place { office: self.office.clone(), permit }),
            Err(_) => {
                self.office.figures.dropped.increment(1);
                Err(Full)
            }
        }
    }

    /// Hands in a mail, and never waits. Without a mail server it only says so in the log.
    pub fn send(&self, mail: Mail) -> Result<(), Full> {
        self.reserve().map(|place| place.send(mail))
    }

    /// Sends what was handed in, for as long as this. What still waits then is lost, and counted.
    pub async fn close(&self, limit: Duration) {
        let office = &self.office;
        office.closing.send_replace(true);
        let all_sent = office.places.acquire_many(office.capacity);
        if tokio::time::timeout(limit, all_sent).await.is_err() {
            let sent = office.places.available_permits();
            let lost = u64::from(office.capacity).saturating_sub(sent as u64);
            office.figures.dropped.increment(lost);
            tracing::error!(
                mails = lost,
                "mails were not sent: the shop stopped before they could be"
            );
        }
        office.places.close();
        office.under_way().abort_all();
    }
}

impl Place {
    /// Hands in the mail that the place is for, within a tokio runtime.
    pub fn send(self, mail: Mail) {
        self.hand_in(mail, None);
    }

    fn hand_in(self, mail: Mail, stamp: Option<Stamp>) {
        let Place { office, permit } = self;
        let Some(carrier) = office.carrier.clone() else {
            return office.tell_unsent(&mail);
        };
        let delivery = delivery::deliver(office.clone(), carrier, mail, stamp, permit);
        let mut under_way = office.under_way();
        while under_way.try_join_next().is_some() {}
        match correlation_id() {
            Some(id) => under_way.spawn(correlated(id, delivery)),
            None => under_way.spawn(delivery),
        };
    }
}

impl Office {
    fn under_way(&self) -> std::sync::MutexGuard<'_, JoinSet<()>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Once per kind: a shop without mail may be meant to be one.
    fn tell_unsent(&self, mail: &Mail) {
        self.figures.dropped.increment(1);
        let kind = mail.letter.kind();
        if self.unsent.lock().unwrap_or_else(PoisonError::into_inner).insert(kind) {
            tracing::warn!(
                letter = kind,
                "a mail was not sent, for there is no mail server: set smtp_url and mail_from \
                 (said once for each kind of letter)"
            );
        }
    }
}

/// A letter as a reader gets it: its subject and its body.
pub fn preview(settings: &Settings, mail: &Mail) -> anyhow::Result<(String, String)> {
    let written = Stationery::of(settings)?.write(mail);
    Ok((written.subject, written.body))
}

/// What is wrong with the templates that the settings name.
pub fn check_templates(settings: &Settings) -> Vec<String> {
    let read = settings.mail_templates.as_deref().map(templates::read);
    let wrong = read.and_then(Result::err).unwrap_or_default();
    wrong.iter().map(ToString::to_string).collect()
}

/// Whether the mail server that the settings name can be used; what is wrong with it if not.
pub async fn try_server(settings: &Settings, limit: Duration) -> Result<(), String> {
    let smtp = Smtp::of(settings, limit).map_err(|error| error.to_string())?;
    match smtp {
        Some(smtp) => smtp.greet().await,
        None => Ok(()),
    }
}

/// Brings one mail to the mail server, once, and tells what came of it: for a command that ends with it.
pub async fn send_now(settings: &Settings, mail: &Mail, limit: Duration) -> anyhow::Result<()> {
    let smtp = Smtp::of(settings, limit)?;
    let smtp = smtp.context("there is no mail server: set smtp_url and mail_from")?;
    let carried = smtp.carry(&Stationery::of(settings)?.write(mail)).await;
    carried.map_err(|failure| anyhow!("the mail server did not take it: {}", failure.why()))
}

#[cfg(test)]
mod tests;
