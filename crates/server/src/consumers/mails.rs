//! Mail about what happened: to whoever has ordered, and to the staff.
//!
//! A letter is sent before the cursor moves on, so that each is sent at least once, whatever ends in between;
//! one that is sent twice has the same id. It begins with what happens from now on: nobody is written to about
//! orders of before the shop had this, or had mail.

mod chains;
mod due;

use super::{Begins, Consumer, Later};
use crate::app::App;
use chains::{Chain, Ended, send};
use domain::Text;
use due::{Due, Gathering};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::{Duration, Instant},
};
use store::Told;
use uuid::Uuid;

/// Before what could not be sent is tried again; each further pause is longer.
const PAUSE: Duration = Duration::from_secs(1);

pub struct Mails {
    app: Arc<App>,
    /// The first of the events at hand. What is kept below is of these: they come again until all is settled.
    first: Option<i64>,
    /// Letters whose end is known.
    settled: BTreeSet<Uuid>,
    /// Letters that the server did not take as yet, though it takes others.
    late: BTreeMap<Uuid, Late>,
}

/// Since when a letter is late.
struct Late {
    since: Instant,
    attempts: u32,
    /// Whether another one has gone since: so it is not the server.
    others_went: bool,
}

impl Late {
    /// So long one letter may hold up others, and so long it is tried when perhaps none can go.
    const HOLDING_UP: Duration = Duration::from_secs(15 * 60);
    const ALONE: Duration = Duration::from_secs(24 * 3600);

    fn is_over(&self, waited: Duration) -> bool {
        waited > if self.others_went { Self::HOLDING_UP } else { Self::ALONE }
    }
}

impl Mails {
    pub fn new(app: Arc<App>) -> Mails {
        Mails { app, first: None, settled: BTreeSet::new(), late: BTreeMap::new() }
    }

    /// What came of the letters. Why the events have to come again, if they have.
    fn learn(&mut self, ended: Vec<(Due, Ended)>) -> Option<String> {
        let went = ended.iter().any(|(_, ended)| *ended == Ended::Sent);
        let mut why = None;
        for (due, ended) in ended {
            match ended {
                Ended::Sent | Ended::Refused => self.settle(&due),
                Ended::Held => why = why.or(Some("another letter has to go first".to_owned())),
                Ended::Away(reason) => why = Some(reason),
                Ended::Later(reason) => {
                    let late = self.late.entry(due.stamp.id).or_insert_with(|| Late {
                        since: Instant::now(),
                        attempts: 0,
                        others_went: false,
                    });
                    late.attempts += 1;
                    late.others_went |= went;
                    if late.is_over(late.since.elapsed()) {
                        self.app.mail.give_up(&due.mail, late.attempts, &reason);
                        self.settle(&due);
                    } else {
                        why = Some(reason);
                    }
                }
            }
        }
        why
    }

    fn settle(&mut self, due: &Due) {
        self.late.remove(&due.stamp.id);
        self.settled.extend(due.settles.iter().copied());
    }
}

impl Consumer for Mails {
    fn name(&self) -> Text<100> {
        Text::stored("mails")
    }

    fn begins(&self) -> Begins {
        Begins::Now
    }

    fn skips(&self) -> bool {
        let settings = &self.app.settings;
        let tells_nobody = settings.order_mails.is_empty() && settings.notify_emails.is_empty();
        tells_nobody || !self.app.mail.brings_news()
    }

    async fn take(&mut self, events: &[Told]) -> Result<(), Later> {
        let first = events.first().map(|told| told.position);
        if self.first != first {
            self.first = first;
            self.settled.clear();
            self.late.clear();
        }
        let later = |why: String| Later { why, pause: PAUSE };
        let mut gathering = Gathering::begin(&self.app).await.map_err(|e| later(e.to_string()))?;
        for told in events {
            gathering.add(told).await.map_err(|error| later(error.to_string()))?;
        }
        let due = gathering.due(&self.settled);
        let ended = send(&self.app.mail, Chain::all(due)).await;
        self.learn(ended).map_or(Ok(()), |why| Err(later(why)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_that_holds_up_others_is_given_up_sooner() {
        let late = |others_went| Late { since: Instant::now(), attempts: 1, others_went };
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        assert_eq!([15, 16].map(|waited| late(true).is_over(minutes(waited))), [false, true]);
        let day = 24 * 60;
        assert_eq!(
            [day, day + 1].map(|waited| late(false).is_over(minutes(waited))),
            [false, true]
        );
    }
}
