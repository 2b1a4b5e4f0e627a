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
    /// Since when others go: from then on it is not the server.
    others_go: Option<Instant>,
}

impl Late {
    /// So long one letter may hold up others, and so long it is tried when perhaps none can go: servers that are
    /// there, and take nothing, are mended within days.
    const HOLDING_UP: Duration = Duration::from_secs(60);
    const ALONE: Duration = Duration::from_secs(5 * 24 * 3600);

    fn begin(now: Instant) -> Late {
        Late { since: now, attempts: 0, others_go: None }
    }

    fn tried(&mut self, others_went: bool, now: Instant) {
        self.attempts += 1;
        self.others_go = self.others_go.or(others_went.then_some(now));
    }

    fn is_over(&self, now: Instant) -> bool {
        let holds_up = self.others_go.is_some_and(|since| now - since > Self::HOLDING_UP);
        holds_up || now - self.since > Self::ALONE
    }
}

impl Mails {
    pub fn new(app: Arc<App>) -> Mails {
        Mails { app, first: None, settled: BTreeSet::new(), late: BTreeMap::new() }
    }

    /// What came of the letters. Why the events have to come again, if they have.
    fn learn(&mut self, ended: Vec<(Due, Ended)>) -> Option<String> {
        let went = ended.iter().any(|(_, ended)| *ended == Ended::Sent);
        let (now, mut why) = (Instant::now(), None);
        for (due, ended) in ended {
            match ended {
                Ended::Sent | Ended::Refused => self.settle(&due),
                Ended::Held => why = why.or(Some("another letter has to go first".to_owned())),
                Ended::Away(reason) => why = Some(reason),
                Ended::Later(reason) => {
                    let late = self.late.entry(due.stamp.id);
                    let late = late.or_insert_with(|| Late::begin(now));
                    late.tried(went, now);
                    if !late.is_over(now) {
                        why = Some(reason);
                        continue;
                    }
                    let (attempts, others_go) = (late.attempts, late.others_go.is_some());
                    self.settle(&due);
                    // It is tried on where it holds up nobody, or was for long enough.
                    match others_go {
                        true => self.app.mail.send_beside(due.mail, due.stamp, attempts, &reason),
                        false => self.app.mail.give_up(&due.mail, attempts, &reason),
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
    use crate::{
        language::Language,
        ports::mail::{Letter, Mail, Stamp},
        workers::tests::shop,
    };
    use domain::Email;
    use std::time::SystemTime;
    use testbed::TempDir;

    fn due(number: u128) -> Due {
        let (id, at) = (Uuid::from_u128(number), SystemTime::UNIX_EPOCH);
        let (to, language) = (Email::stored("ada@example.com"), Language::English);
        let mail = Mail { to, language, letter: Letter::PasswordChanged };
        Due { position: 1, order: None, mail, stamp: Stamp { id, at }, settles: vec![id] }
    }

    #[tokio::test]
    async fn what_was_held_behind_a_letter_that_is_given_up_comes_again() {
        let dir = TempDir::new().unwrap();
        let mut mails = Mails::new(shop(&dir).await);
        let [first, second] = [1, 2].map(Uuid::from_u128);
        let since = Instant::now() - Late::HOLDING_UP - PAUSE;
        mails.late.insert(first, Late { since, attempts: 9, others_go: Some(since) });
        let later = Ended::Later("it answers 451".to_owned());
        let why = mails.learn(vec![(due(1), later), (due(2), Ended::Held)]);
        assert!(why.is_some());
        assert_eq!([first, second].map(|id| mails.settled.contains(&id)), [true, false]);
    }

    #[test]
    fn a_letter_that_holds_up_others_does_so_for_a_minute() {
        let began = Instant::now();
        let after = |minutes: u64| began + Duration::from_secs(60 * minutes);
        let late = |others_went| {
            let mut late = Late::begin(began);
            late.tried(others_went, began);
            late
        };
        assert_eq!([1, 2].map(|waited| late(true).is_over(after(waited))), [false, true]);
        let days = 5 * 24 * 60;
        assert_eq!(
            [days, days + 1].map(|waited| late(false).is_over(after(waited))),
            [false, true]
        );
    }

    /// When a server is back, what it did not take goes with what it takes.
    #[test]
    fn what_waited_for_the_server_is_not_given_up_when_the_first_letter_goes() {
        let began = Instant::now();
        let after = |minutes: u64| began + Duration::from_secs(60 * minutes);
        let mut late = Late::begin(began);
        late.tried(false, began);
        late.tried(true, after(600));
        late.tried(true, after(601));
        assert_eq!([600, 601, 602].map(|at| late.is_over(after(at))), [false, false, true]);
        assert_eq!(late.attempts, 3);
    }
}
