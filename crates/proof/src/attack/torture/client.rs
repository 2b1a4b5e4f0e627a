//! One client: asks, is told or not, asks again with the same key, and writes all of it down.

use super::{
    journal::{Journal, Told},
    people::Person,
    post::Mailbox,
    requests::{Ask, Asked, Asker, Wire},
};
use crate::{
    nouns::{carts, sessions},
    stage::random::Random,
};
use load::{Connection, TransportError};
use serde_json::Value;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

/// Longer than any answer of a healthy shop; a client with more patience would see less go wrong.
const PATIENCE: Duration = Duration::from_millis(900);
/// On a machine that is busy with something else, whoever was not answered in time waits twice as long.
const MOST_PATIENCE: Duration = Duration::from_secs(8);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    Customer,
    Staff,
    /// Registers, logs in, refreshes.
    Newcomer,
    /// Looks after the accounts of several people.
    People,
    /// Gives rights, and takes them away.
    Admin,
}

/// What a client may do with a category of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rack {
    Free,
    /// Something may be below it.
    Above,
    /// It has asked for its end.
    Gone,
}

pub struct Client {
    pub number: usize,
    pub(super) role: Role,
    pub(super) doors: Vec<SocketAddr>,
    pub(super) door: usize,
    pub(super) connection: Connection,
    patience: Duration,
    pub(super) access: String,
    /// As whom it logs in again, where tokens end while it shops.
    pub(super) tokens_end: Option<String>,
    pub random: Random,
    pub(super) journal: Arc<Journal>,
    /// Names things that nobody else names.
    pub(super) named: u64,
    /// Orders of this client's that nobody has cancelled yet.
    pub live: Vec<Uuid>,
    /// Who it is to the shop while it is not logged in, with something in his cart.
    pub guest: Option<carts::Guest>,
    /// Staff: the products that it has made, by their skus until they are archived; the skus that were
    /// given free by that; and its categories.
    pub made: BTreeMap<i64, Option<String>>,
    pub free_skus: Vec<String>,
    pub racks: BTreeMap<String, Rack>,
    /// Newcomers: who they are by now, and the last refresh token of each.
    pub known: Vec<String>,
    pub sessions: BTreeMap<String, String>,
    /// Whose accounts it looks after, and which of them is about to ask.
    pub people: Vec<Person>,
    pub(super) asking: Option<usize>,
    pub(super) mailbox: Arc<Mailbox>,
    /// Where this client's entries of the present cycle begin.
    pub(super) from: usize,
}

impl Client {
    pub fn new(
        number: usize,
        role: Role,
        doors: &[SocketAddr],
        (journal, mailbox): (Arc<Journal>, Arc<Mailbox>),
        random: Random,
    ) -> Client {
        let door = number % doors.len().max(1);
        Client {
            number,
            role,
            doors: doors.to_vec(),
            door,
            connection: Connection::new(doors[door], PATIENCE),
            patience: PATIENCE,
            access: String::new(),
            tokens_end: None,
            random,
            journal,
            named: 0,
            live: Vec::new(),
            guest: None,
            made: BTreeMap::new(),
            free_skus: Vec::new(),
            racks: BTreeMap::new(),
            known: Vec::new(),
            sessions: BTreeMap::new(),
            people: Vec::new(),
            asking: None,
            mailbox,
            from: 0,
        }
    }

    /// Before anything goes wrong.
    pub async fn log_in(&mut self, username: &str) -> anyhow::Result<()> {
        let ask = sessions::Ask::LogIn { username: username.to_owned() }.into();
        let mut told = Told::Unsent;
        // A busy machine may take longer than a client's patience.
        for _ in 0..10 {
            told = self.attempt(&ask, None).await;
            if let Told::Done { body, .. } = &told {
                self.access = body["access"].as_str().unwrap_or_default().to_owned();
                return Ok(());
            }
            self.has_waited(&told);
        }
        anyhow::bail!("{username} cannot log in: {told:?}")
    }

    /// Asks for one thing after another, until it is told to stop.
    pub async fn shop(&mut self, stop: &AtomicBool) {
        self.from = self.journal.len();
        if self.patience != PATIENCE {
            self.patience = PATIENCE;
            self.go_to(self.door);
        }
        while !stop.load(Relaxed) {
            let (entry, ask, key) = self.begin();
            loop {
                let told = self.attempt(&ask, key.as_deref()).await;
                self.note(entry, &ask, &told);
                let is_known = matches!(told, Told::Done { .. } | Told::Refused { .. });
                // Known is sent again now and then, as clients do whose user taps twice.
                let may_repeat = is_known && key.is_some() && ask.is_repeated();
                let again = may_repeat && self.random.chance(30);
                // And not everybody tries again at once.
                let later = !is_known && self.random.chance(200);
                if stop.load(Relaxed) || later || (is_known && !again) {
                    break;
                }
                if !is_known {
                    self.next_door();
                    let pause = 2 + self.random.below(20) as u64;
                    sleep(Duration::from_millis(pause)).await;
                }
            }
        }
    }

    /// Something that it wishes, written down.
    pub(super) fn begin(&mut self) -> (usize, Ask, Option<String>) {
        let ask = self.wish();
        let key = ask.is_keyed().then(|| self.key());
        let entry = self.journal.open(self.number, ask.clone(), key.clone());
        self.asks(entry);
        (entry, ask, key)
    }

    pub(super) fn note(&mut self, entry: usize, ask: &Ask, told: &Told) {
        let is_refused = matches!(told, Told::Refused { code, .. } if ask.is_done_if_refused(code));
        let was_done = is_refused && self.journal.was_unknown(entry);
        if is_refused && !was_done {
            self.journal.wrong(format!("entry {entry}: {ask:?} is taken, and nobody took it"));
        }
        let done = Told::Done { status: 201, body: Value::Null };
        let told = if was_done { &done } else { told };
        self.journal.told(entry, told);
        if let Told::Done { body, .. } = told {
            ask.learn(self, body);
        }
    }

    pub(super) async fn attempt(&mut self, ask: &Ask, key: Option<&str>) -> Told {
        let (status, body) = match self.exchange(&ask.wire(), key).await {
            Ok(answer) => answer,
            Err(told) => return told,
        };
        match status {
            200..=299 => Told::Done { status, body },
            503 if ask.is_done_in_parts() => Told::Unknown("503"),
            408 | 429 | 503 => Told::NotNow,
            504 => Told::Unknown("504"),
            400..=499 => {
                let code = body["code"].as_str().unwrap_or("").to_owned();
                if !ask.may_be_refused(&code) {
                    self.journal.wrong(format!("{ask:?} was refused with {status}: {body}"));
                }
                Told::Refused { status, code }
            }
            _ => {
                self.journal.wrong(format!("{ask:?} was answered with {status}: {body}"));
                Told::Unknown("5xx")
            }
        }
    }

    /// When all is over: it is to be answered, however long that takes.
    pub(super) fn has_waited(&mut self, told: &Told) {
        if *told == Told::Unknown(TransportError::Timeout.name()) {
            self.patience = (self.patience * 2).min(MOST_PATIENCE);
            self.go_to(self.door);
        }
    }

    /// The status and the body of an answer, or what there is instead. Who has a password logs in again when
    /// the token has ended, where tokens end soon.
    pub(super) async fn exchange(
        &mut self,
        wire: &Wire,
        key: Option<&str>,
    ) -> Result<(u16, Value), Told> {
        let told = self.exchange_once(wire, key).await;
        let is_own = wire.asker.is_none() && wire.cart_token.is_none() && !self.access.is_empty();
        let Some(name) = self.tokens_end.clone().filter(|_| is_own) else { return told };
        if !matches!(told, Ok((401, _))) {
            return told;
        }
        let log_in = Ask::from(sessions::Ask::LogIn { username: name }).wire();
        let nobody = Asker { address: "10.0.0.1".to_owned(), bearer: None };
        let (status, body) = self.exchange_once(&log_in.by(&nobody), None).await?;
        let Some(access) = body["access"].as_str().filter(|_| status == 200) else {
            return Err(Told::NotNow);
        };
        self.access = access.to_owned();
        match self.exchange_once(wire, key).await? {
            // The clock was set once more.
            (401, _) => Err(Told::NotNow),
            told => Ok(told),
        }
    }

    async fn exchange_once(
        &mut self,
        wire: &Wire,
        key: Option<&str>,
    ) -> Result<(u16, Value), Told> {
        if self.connection.open().await.is_err() {
            return Err(Told::Unsent);
        }
        let request = self.request(wire, key);
        let answer = match self.connection.exchange(&request, Instant::now()).await {
            Ok(answer) => answer,
            Err(TransportError::Connect(_)) => return Err(Told::Unsent),
            Err(error) => return Err(Told::Unknown(error.name())),
        };
        let body = serde_json::from_slice(&self.connection.body(&answer)).unwrap_or_default();
        Ok((answer.status, body))
    }

    fn request(&self, wire: &Wire, key: Option<&str>) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: localhost\r\n", wire.method, wire.path);
        let own = Some(&self.access).filter(|access| !access.is_empty());
        let bearer = wire.asker.as_ref().map_or(own, |asker| asker.bearer.as_ref());
        if let Some(bearer) = bearer {
            head += &format!("Authorization: Bearer {bearer}\r\n");
        }
        if let Some(asker) = &wire.asker {
            head += &format!("X-Forwarded-For: {}\r\n", asker.address);
        }
        if let Some(token) = &wire.cart_token {
            head += &format!("Cart-Token: {token}\r\n");
        }
        if let Some(key) = key {
            head += &format!("Idempotency-Key: {key}\r\n");
        }
        let (kind, body) = match &wire.body {
            // No request is a mere text: that is a sheet.
            Some(Value::String(sheet)) => ("text/csv", sheet.clone()),
            Some(body) => ("application/json", body.to_string()),
            None => ("", String::new()),
        };
        if !body.is_empty() {
            head += &format!("Content-Type: {kind}\r\n");
        }
        format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    }

    /// That something was done which nobody may do.
    pub fn has_seen(&self, wrong: String) {
        self.journal.wrong(wrong);
    }

    pub(super) fn next_door(&mut self) {
        if self.doors.len() > 1 {
            self.go_to((self.door + 1) % self.doors.len());
        }
    }

    pub(super) fn go_to(&mut self, door: usize) {
        self.door = door;
        self.connection = Connection::new(self.doors[door], self.patience);
    }
}
