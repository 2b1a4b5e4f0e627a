//! When all is settled: through each door people are who they were told to be. A password that was set is
//! good and the one before it is not; what has ended writes nothing at once, and reads nothing once a node
//! has heard of it; a link, a key and a right that are gone stay gone.

use super::{
    client::Client,
    journal::Entry,
    people::{Person, Tokens},
    post::Page,
    requests::Wire,
};
use crate::nouns::{
    api_keys::an_edit,
    credentials::{Contest, RESET, contest},
    sessions::an_order,
};
use serde_json::{Value, json};
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// Within a second a node hears of what another one has ended; a busy machine may take longer.
const HEARS_WITHIN: Duration = Duration::from_secs(10);
/// Of a thousand people of whom there is nothing new, so many are looked at again.
const SEEN_AGAIN: u32 = 20;
/// The latest of each kind are tried: fewer than make a node slow.
const TRIED: usize = 3;
const UNAUTHORIZED: u16 = 401;

impl Client {
    pub async fn see_people(&mut self, entries: &[Entry]) {
        self.give_up_on_mail();
        for place in 0..self.people.len() {
            let is_again = self.random.chance(SEEN_AGAIN);
            let is_seen = self.people[place].is_news || is_again;
            if !is_seen || self.is_in_doubt(&self.people[place]) {
                continue;
            }
            let contest = contest(entries, &self.people[place].name);
            self.people[place].hears_of(&contest);
            self.people[place].is_news = contest.is_open;
            let person = self.people[place].clone();
            for door in 0..self.doors.len() {
                self.go_to(door);
                self.see(&person, &contest).await;
            }
            self.people[place].has_rested();
        }
    }

    async fn see(&mut self, person: &Person, contest: &Contest<'_>) {
        if person.id.is_nil() || contest.is_open {
            return;
        }
        match contest.is_undecided() {
            true => self.see_that_one_is_good(person, contest).await,
            false => {
                self.see_passwords(person, contest).await;
                self.see_sessions(person).await;
            }
        }
        self.see_links(person, contest).await;
        self.see_machine(person).await;
    }

    async fn see_passwords(&mut self, person: &Person, contest: &Contest<'_>) {
        let name = &person.name;
        // The good one first: who was let in may be wrong more often.
        let good = log_in(person, &person.password);
        if person.is_gone {
            let what = format!("{name} has gone, and logs in");
            self.expect(&good, (UNAUTHORIZED, "invalid_credentials"), &what).await;
        } else if person.factor.as_ref().is_some_and(|paper| paper.is_on) {
            let what = format!("{name} logs in without a code");
            self.expect(&good, (UNAUTHORIZED, "otp_required"), &what).await;
        } else {
            let what = format!("{name} does not get in by the password that was set last");
            let entered = self.expect(&good, (200, ""), &what).await;
            if person.is_demoted {
                let access = entered["access"].as_str().unwrap_or_default();
                let me = Wire::new("GET", "/api/identity/me").by(&person.shows(access));
                let shown = self.answer(&me, None).await.unwrap_or_default().1;
                if shown["role"] != "customer" {
                    self.journal.wrong(format!("{name} has rights that were taken: {shown}"));
                }
            }
        }
        let former = person.former.iter().map(String::as_str).rev();
        let others = former.chain(contest.never.iter().chain(&contest.maybe).copied());
        for password in others.take(TRIED) {
            let what = format!("{name} gets in by {password:?}, which is not the last");
            let bad = log_in(person, password);
            self.expect(&bad, (UNAUTHORIZED, "invalid_credentials"), &what).await;
        }
    }

    /// Nobody was told that his password was set, and an attempt that had no answer may have set one.
    async fn see_that_one_is_good(&mut self, person: &Person, contest: &Contest<'_>) {
        let mut good = Vec::new();
        let own = person.password.as_str();
        let candidates: Vec<&str> = contest.maybe.iter().copied().chain([own]).collect();
        for password in &candidates {
            if let Some((200, _)) = self.answer(&log_in(person, password), None).await {
                good.push(*password);
            }
        }
        if good.len() != 1 {
            let name = &person.name;
            self.journal.wrong(format!("{name} gets in by {good:?}, of {candidates:?}"));
        }
    }

    async fn see_sessions(&mut self, person: &Person) {
        let name = &person.name;
        // For which the node looks at the token, and not at the account.
        let list = |tokens: &Tokens| {
            Wire::new("GET", "/api/orders/orders?limit=1").by(&person.shows(&tokens.access))
        };
        for tokens in person.ended.iter().rev().take(TRIED) {
            let body = json!({ "refresh": tokens.refresh });
            let refresh = Wire::post("/api/identity/token/refresh", body).by(&person.unknown());
            let what = format!("{name} goes on with a session that has ended");
            self.expect(&refresh, (UNAUTHORIZED, ""), &what).await;
            let order = an_order().by(&person.shows(&tokens.access));
            self.expect(&order, (UNAUTHORIZED, "unauthenticated"), &format!("{what}, and orders"))
                .await;
            self.expect_to_hear(&list(tokens), &what).await;
        }
        for tokens in &person.sessions {
            let what = format!("{name} has lost a session");
            self.expect(&list(tokens), (200, ""), &what).await;
        }
    }

    async fn see_links(&mut self, person: &Person, contest: &Contest<'_>) {
        let mut used: Vec<(&str, Value)> =
            person.used.iter().map(|(path, link)| (*path, json!({ "token": link }))).collect();
        let contended = self.mailbox.link(&person.email, Page::ResetPassword);
        if let Some(link) = contended.filter(|_| contest.is_over()) {
            let (one, again) = ("lamp of a thief", "lamp of a thief");
            used.push((RESET, json!({ "token": link, "password": one, "password2": again })));
        }
        for (path, body) in used {
            let what = format!("a link of {} is good once more", person.name);
            self.expect(&Wire::post(path, body), (422, "invalid_link"), &what).await;
        }
    }

    async fn see_machine(&mut self, person: &Person) {
        let Some(machine) = &person.machine else { return };
        let Some(key) = &machine.key else { return };
        let list = Wire::new("GET", "/api/identity/customers?limit=1").by(&person.shows(key));
        let id = machine.id;
        match machine.is_revoked {
            true => {
                let (what, edit) = (format!("the revoked key {id}"), an_edit(person.id));
                let edit = edit.by(&person.shows(key));
                self.expect(&edit, (UNAUTHORIZED, "unauthenticated"), &format!("{what} writes"))
                    .await;
                self.expect_to_hear(&list, &format!("{what} is good")).await;
            }
            false => {
                let what = format!("the key {id} is not good");
                self.expect(&list, (200, ""), &what).await;
            }
        }
    }

    /// The body of the answer, which has to be of this status and, if it is named, of this code.
    async fn expect(&mut self, wire: &Wire, (status, code): (u16, &str), what: &str) -> Value {
        let found = self.answer(wire, None).await;
        let is_right = found.as_ref().is_some_and(|(found, body)| {
            *found == status && (code.is_empty() || body["code"] == code)
        });
        if !is_right {
            let door = self.door;
            self.journal.wrong(format!("{what}, through door {door}: {found:?}"));
        }
        found.unwrap_or_default().1
    }

    /// It is refused, as soon as this node has heard of it.
    async fn expect_to_hear(&mut self, wire: &Wire, what: &str) {
        let deadline = Instant::now() + HEARS_WITHIN;
        loop {
            match self.answer(wire, None).await {
                Some((UNAUTHORIZED, _)) => return,
                found if Instant::now() > deadline => {
                    let door = self.door;
                    return self.journal.wrong(format!("{what}, through door {door}: {found:?}"));
                }
                _ => sleep(Duration::from_millis(50)).await,
            }
        }
    }
}

fn log_in(person: &Person, password: &str) -> Wire {
    let body = json!({ "username": person.name, "password": password });
    Wire::post("/api/identity/token", body).by(&person.unknown())
}

impl Person {
    /// Somebody has set another password by his link.
    fn hears_of(&mut self, contest: &Contest<'_>) {
        if let Some(password) = contest.set.first()
            && self.password != *password
        {
            self.former.push(std::mem::replace(&mut self.password, (*password).to_owned()));
            self.loses_sessions(0);
        }
    }
}
