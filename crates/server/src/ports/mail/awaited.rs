//! Letters whose end is waited for: what the events ask for is sent before anybody notes that it was.
//!
//! Each has an id that is the same whenever it is sent, so that mail programs know one that comes twice, and
//! they go by lines of their own.

use super::{Full, Post, delivery::Failure, letters::Mail};
use std::time::SystemTime;
use uuid::Uuid;

/// Which letter it is, and of when: the same each time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    pub id: Uuid,
    pub at: SystemTime,
}

/// Why a letter was not taken by the mail server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unsent {
    /// It never will be. That was logged and counted.
    Refused,
    /// This one not now.
    Later(String),
    /// None is now.
    Away(String),
}

impl Post {
    /// Whether mail that nobody has asked for reaches anybody.
    pub fn brings_news(&self) -> bool {
        self.office.carrier.as_ref().is_some_and(|carrier| carrier.brings_news())
    }

    /// Has a letter taken by the mail server, once. Whoever wants it tried again does so.
    pub async fn send_awaited(&self, mail: &Mail, stamp: Stamp) -> Result<(), Unsent> {
        let office = &self.office;
        let Some(carrier) = &office.carrier else {
            return Err(Unsent::Away("there is no mail server".to_owned()));
        };
        let written = office.write(mail, Some(stamp));
        let line = office.awaited_lines.acquire().await;
        let carried = carrier.carry(&written).await;
        drop(line);
        office.tell_whether_away(&carried);
        match carried {
            Ok(()) => {
                office.figures.sent.increment(1);
                Ok(())
            }
            Err(Failure::Refused(why)) => {
                office.give_up(mail, 1, &why);
                Err(Unsent::Refused)
            }
            Err(Failure::Later(why) | Failure::Broken(why)) => Err(Unsent::Later(why)),
            Err(Failure::Unwelcome(why) | Failure::Away(why)) => Err(Unsent::Away(why)),
        }
    }

    /// Tries a letter on like those that somebody has asked for, in memory, so that no other waits for it; gives it
    /// up where there is no room.
    pub fn send_beside(&self, mail: Mail, stamp: Stamp, attempts: u32, why: &str) {
        match self.reserve() {
            Ok(place) => place.hand_in(mail, Some(stamp)),
            Err(Full) => self.give_up(&mail, attempts, why),
        }
    }

    /// Notes that a letter is not tried again.
    pub fn give_up(&self, mail: &Mail, attempts: u32, why: &str) {
        self.office.give_up(mail, attempts, why);
    }
}
