//! After the fault: whatever has no known end is asked for until it has one, and the shop has to be
//! as it was before, through each of its doors.

use super::{
    client::{Client, Role},
    journal::{Entry, Fate, Told},
    requests::{Ask, Asked, Wire},
};
use crate::nouns::{orders, sessions};
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Longer than any timeout of the shop's own.
const SETTLES_WITHIN: Duration = Duration::from_secs(45);
/// Of a thousand acknowledged requests of this cycle, and of those before it, so many are sent again.
const REPLAYED: u32 = 100;
const REPLAYED_LATE: u32 = 5;
/// Steps of the people that a client looks after, through each door.
const WISHES_OF_PEOPLE: usize = 4;
/// So many acknowledged orders are looked at.
const SHOWN: usize = 2;

impl Client {
    pub async fn settle(&mut self) {
        let deadline = Instant::now() + SETTLES_WITHIN;
        for (number, entry) in self.journal.of_client(self.number, 0) {
            if entry.ask.is_asked_again() && self.asks_again(number, &entry) {
                self.ask_until_known(number, &entry.ask, entry.key.as_deref(), deadline).await;
            }
        }
        self.see_that_sessions_live(deadline).await;
        for door in 0..self.doors.len() {
            self.go_to(door);
            for _ in 0..self.wishes_of_the_settled() {
                let (entry, ask, key) = self.begin();
                self.ask_until_known(entry, &ask, key.as_deref(), deadline).await;
            }
            self.see_orders().await;
        }
    }

    /// Who was refused after an attempt without an answer may have been served by that attempt, which
    /// came late: he asks again.
    pub async fn ask_again_in_doubt(&mut self) {
        let deadline = Instant::now() + SETTLES_WITHIN;
        for (number, entry) in self.journal.of_client(self.number, self.from) {
            if entry.was_unknown && matches!(entry.fate, Fate::Refused(_)) {
                self.ask_until_known(number, &entry.ask, entry.key.as_deref(), deadline).await;
            }
        }
    }

    fn asks_again(&mut self, number: usize, entry: &Entry) -> bool {
        let is_late = number < self.from;
        match &entry.fate {
            Fate::Unknown => true,
            Fate::Refused(_) => entry.was_unknown && !is_late,
            Fate::NotDone => false,
            // The same answer, or what was kept of it is lost.
            Fate::Done(_) => {
                let chance = if is_late { REPLAYED_LATE } else { REPLAYED };
                entry.key.is_some() && entry.ask.is_repeated() && self.random.chance(chance)
            }
        }
    }

    async fn ask_until_known(
        &mut self,
        entry: usize,
        ask: &Ask,
        key: Option<&str>,
        deadline: Instant,
    ) {
        loop {
            let told = self.attempt(ask, key).await;
            self.note(entry, ask, &told);
            if matches!(told, Told::Done { .. } | Told::Refused { .. }) {
                return;
            }
            if Instant::now() > deadline {
                let wrong = format!("entry {entry}, {ask:?}: does not come to an end: {told:?}");
                return self.journal.wrong(wrong);
            }
            self.has_waited(&told);
            self.next_door();
            sleep(Duration::from_millis(10)).await;
        }
    }

    /// A session that was acknowledged goes on.
    async fn see_that_sessions_live(&mut self, deadline: Instant) {
        for (username, token) in self.sessions.clone() {
            let ask = sessions::Ask::Refresh { token }.into();
            let told = loop {
                let told = self.attempt(&ask, None).await;
                if matches!(told, Told::Done { .. } | Told::Refused { .. })
                    || Instant::now() > deadline
                {
                    break told;
                }
                self.next_door();
                sleep(Duration::from_millis(10)).await;
            };
            match &told {
                Told::Done { body, .. } => self.keep_session(&username, body),
                told => self.journal.wrong(format!("the session of {username} is lost: {told:?}")),
            }
        }
    }

    /// What was acknowledged is shown to whoever asks.
    async fn see_orders(&mut self) {
        if self.role != Role::Customer {
            return;
        }
        let entries = self.journal.of_client(self.number, 0);
        let placed =
            entries.iter().rev().filter_map(|(_, entry)| match (&entry.ask, &entry.fate) {
                (Ask::Orders(orders::Ask::Place { .. }), Fate::Done(told)) => told["id"].as_str(),
                _ => None,
            });
        for id in placed.take(SHOWN) {
            let found = self.shown(&format!("/api/orders/orders/{id}")).await;
            let is_shown = found
                .as_ref()
                .is_some_and(|(status, body)| *status == 200 && body["id"].as_str() == Some(id));
            if !is_shown {
                self.journal.wrong(format!("order {id} is acknowledged and not shown: {found:?}"));
            }
        }
    }

    /// A life has more steps than a cycle would come to.
    fn wishes_of_the_settled(&self) -> usize {
        if matches!(self.role, Role::People | Role::Admin) { WISHES_OF_PEOPLE } else { 1 }
    }

    async fn shown(&mut self, path: &str) -> Option<(u16, Value)> {
        self.answer(&Wire::new("GET", path), None).await
    }

    /// A machine that is busy with something else may take its time, which is nobody's fault.
    pub(super) async fn answer(&mut self, wire: &Wire, key: Option<&str>) -> Option<(u16, Value)> {
        let deadline = Instant::now() + SETTLES_WITHIN;
        loop {
            match self.exchange(wire, key).await {
                Ok((status, body)) if !matches!(status, 408 | 429 | 503 | 504) => {
                    return Some((status, body));
                }
                _ if Instant::now() > deadline => return None,
                Err(told) => self.has_waited(&told),
                Ok(_) => {}
            }
            sleep(Duration::from_millis(10)).await;
        }
    }
}
