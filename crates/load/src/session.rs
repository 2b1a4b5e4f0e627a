//! Accounts and their tokens: logs in, and again before a token ends or when one is refused.
//! However many users share an account, it logs in once at a time.

use crate::{desk::Desk, http::Target};
use anyhow::Context;
use serde::Deserialize;
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    task::JoinSet,
    time::{Instant, sleep},
};

/// Checking a password is meant to be slow; more at once would only queue.
const PARALLEL_LOGINS: usize = 4;

/// Where a number stands in the names of customers.
pub const PLACE: &str = "{}";

/// An account that is logged in.
pub struct Session {
    /// Name and password, unless it is somebody who was logged in before.
    login: Option<(String, String)>,
    token: Mutex<Token>,
    turn: tokio::sync::Mutex<()>,
}

/// The proof of a login.
#[derive(Clone)]
pub struct Token {
    /// The whole header line that carries it.
    pub authorization: Arc<str>,
    /// Counts logins, so that of many users with the same stale token one logs in.
    pub generation: u64,
    renew_at: Instant,
}

#[derive(Deserialize)]
struct Grant {
    access: String,
    #[serde(default = "default_expiry_s")]
    expires_in: u64,
}

fn default_expiry_s() -> u64 {
    900
}

impl Session {
    pub async fn log_in(
        target: &Target,
        username: String,
        password: String,
    ) -> anyhow::Result<Self> {
        let token = request_token(target, &username, &password, 0).await?;
        Ok(Self::of(token, Some((username, password))))
    }

    /// Of somebody who was logged in before, for as long as that lasts.
    pub fn shown(access: String) -> Self {
        let expires_in = u64::MAX;
        Self::of(Grant { access, expires_in }.token(0, Instant::now()), None)
    }

    fn of(token: Token, login: Option<(String, String)>) -> Self {
        Self { login, token: Mutex::new(token), turn: tokio::sync::Mutex::new(()) }
    }

    pub fn token(&self) -> Token {
        self.token.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Logs in again, unless somebody did since `generation`.
    pub async fn renew(&self, target: &Target, generation: u64) -> anyhow::Result<()> {
        let _turn = self.turn.lock().await;
        if self.token().generation != generation {
            return Ok(());
        }
        let (username, password) =
            self.login.as_ref().context("the token that was given is good no longer")?;
        let token = request_token(target, username, password, generation + 1).await?;
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = token;
        Ok(())
    }
}

async fn request_token(
    target: &Target,
    username: &str,
    password: &str,
    generation: u64,
) -> anyhow::Result<Token> {
    let body = json!({ "username": username, "password": password });
    let reply = Desk::new(target).post("/api/identity/token", &body).await?;
    let grant: Grant = reply.read(&format!("logging in as {username}"))?;
    Ok(grant.token(generation, Instant::now()))
}

impl Grant {
    fn token(self, generation: u64, now: Instant) -> Token {
        let authorization = format!("Authorization: Bearer {}\r\n", self.access).into();
        let renew_at = now + Duration::from_secs(self.expires_in.min(86_400)).mul_f64(0.8);
        Token { authorization, generation, renew_at }
    }
}

/// Registers fresh customers and logs each of them in.
pub async fn register_customers(
    target: &Target,
    run_id: u64,
    count: u32,
) -> anyhow::Result<Vec<Arc<Session>>> {
    open((0..count).map(|number| register(target.clone(), run_id, number))).await
}

/// Logs in customers whose names differ in their number, and whose password is the same.
pub async fn log_in_customers(
    target: &Target,
    username: &str,
    password: &str,
    count: u32,
) -> anyhow::Result<Vec<Arc<Session>>> {
    let log_in = |number: u32| {
        let username = username.replace(PLACE, &number.to_string());
        let (target, password) = (target.clone(), password.to_owned());
        async move { Session::log_in(&target, username, password).await }
    };
    open((1..=count).map(log_in)).await
}

/// A few at a time.
async fn open(
    mut waiting: impl Iterator<Item = impl Future<Output = anyhow::Result<Session>> + Send + 'static>,
) -> anyhow::Result<Vec<Arc<Session>>> {
    let mut running: JoinSet<anyhow::Result<Session>> = JoinSet::new();
    let mut sessions = Vec::new();
    loop {
        while running.len() < PARALLEL_LOGINS
            && let Some(session) = waiting.next()
        {
            running.spawn(session);
        }
        match running.join_next().await {
            Some(session) => sessions.push(Arc::new(session.context("opening a session")??)),
            None => return Ok(sessions),
        }
    }
}

async fn register(target: Target, run_id: u64, number: u32) -> anyhow::Result<Session> {
    let username = format!("load-{run_id:016x}-{number}");
    // Unlike its name and e-mail, as shops demand.
    let password = format!("Tin-Kettle-{:x}", run_id.rotate_left(17) ^ u64::from(number));
    let body = json!({
        "username": username,
        "email": format!("{username}@example.com"),
        "password": password,
        "password2": password,
    });
    let reply = Desk::new(&target).post("/api/identity/register", &body).await?;
    let _: Value = reply.read("registering a customer")?;
    Session::log_in(&target, username, password).await
}

/// Keeps every token ahead of its end, for as long as it is polled.
pub async fn keep_fresh(target: Target, sessions: Vec<Arc<Session>>) {
    loop {
        sleep(Duration::from_secs(1)).await;
        for session in &sessions {
            let token = session.token();
            if token.renew_at <= Instant::now() {
                // A shop that is down now is asked again in a second; users see their own refusals.
                let _ = session.renew(&target, token.generation).await;
            }
        }
    }
}

#[cfg(test)]
mod tests;
