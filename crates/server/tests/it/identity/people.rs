//! People as the stories know them: who registers, logs in by a password, and reads the mail.

use crate::{
    app::{Shop, unix_now, until},
    client::Answer,
};
use aws_lc_rs::hmac;
use serde_json::{Value, json};
use server::app::App;
use std::{sync::Arc, time::Duration};
use testbed::{Received, SmtpOptions, SmtpServer};

pub const ME: &str = "/api/identity/me";
pub const TOKEN: &str = "/api/identity/token";
pub const PASSWORD: &str = "three blind mice";

/// What somebody has after a login.
#[derive(Clone, Debug)]
pub struct Tokens {
    pub access: String,
    pub refresh: String,
    pub otp_needed: bool,
}

impl Tokens {
    pub fn of(answer: &Answer) -> Tokens {
        let tokens = answer.expect(200);
        let text = |name: &str| tokens[name].as_str().unwrap().to_owned();
        let otp_needed = tokens["otp_needed"].as_bool().unwrap();
        Tokens { access: text("access"), refresh: text("refresh"), otp_needed }
    }
}

pub fn registration(username: &str) -> Value {
    let email = format!("{username}@example.com");
    json!({"username": username, "email": email, "password": PASSWORD, "password2": PASSWORD})
}

/// Registers somebody; what the shop says of the account.
pub async fn register(shop: &Shop, username: &str) -> Value {
    shop.post("/api/identity/register", &registration(username)).send().await.expect(201)
}

pub async fn try_login(shop: &Shop, login: Value) -> Answer {
    shop.post(TOKEN, &login).send().await
}

pub async fn login_with(shop: &Shop, username: &str, password: &str) -> Answer {
    try_login(shop, json!({"username": username, "password": password})).await
}

pub async fn log_in(shop: &Shop, username: &str) -> Tokens {
    Tokens::of(&login_with(shop, username, PASSWORD).await)
}

/// Somebody with a password who has just logged in.
pub async fn newcomer(shop: &Shop, username: &str) -> Tokens {
    register(shop, username).await;
    log_in(shop, username).await
}

pub async fn refresh(shop: &Shop, tokens: &Tokens) -> Answer {
    shop.post("/api/identity/token/refresh", &json!({"refresh": tokens.refresh})).send().await
}

pub async fn me(shop: &Shop, token: &str) -> Answer {
    shop.get(ME).token(token).send().await
}

/// What a token is good for on a route that does not ask what has become of the account.
pub async fn opens(node: &Shop, token: &str) -> bool {
    let answer = node.get("/api/orders/orders").token(token).send().await;
    if answer.status == 401 {
        answer.problem(401, "unauthenticated");
    }
    answer.status == 200
}

/// Waits until a token is good no longer on this node, which others have ended.
pub async fn until_refused(node: &Shop, token: &str) {
    until("the token to be refused", async || !opens(node, token).await).await;
}

/// The code that a telephone shows after RFC 6238, so many steps from now.
pub fn code(secret: &str, steps: i64) -> String {
    const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let digit = |letter| BASE32.iter().position(|known| *known == letter).unwrap();
    let bits: Vec<usize> =
        secret.bytes().flat_map(|l| (0..5).rev().map(move |bit| digit(l) >> bit & 1)).collect();
    let key: Vec<u8> = bits
        .chunks_exact(8)
        .map(|byte| byte.iter().fold(0, |n, bit| n << 1 | *bit as u8))
        .collect();
    let step = unix_now() / 30 + steps;
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &key);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let at = usize::from(tag.as_ref()[19] & 15);
    let word = u32::from_be_bytes(tag.as_ref()[at..at + 4].try_into().unwrap()) & 0x7fff_ffff;
    format!("{:06}", word % 1_000_000)
}

/// A mail server that people read, with a shop that writes to them.
pub struct Mailbox {
    pub server: SmtpServer,
    pub shop: Arc<Shop>,
}

impl Mailbox {
    /// A node of the shop with mail, or none where no mail server is installed.
    pub async fn open(shop: &Shop, settings: &[(&str, &str)]) -> Option<Mailbox> {
        let server = SmtpServer::for_test(SmtpOptions::default())?;
        let url = format!("smtp://localhost:{}", server.port());
        let mail = [("smtp_url", url.as_str()), ("mail_from", "shop@example.com")];
        let shop = shop.second_node(&[&mail[..], settings].concat()).await;
        Some(Mailbox { server, shop })
    }

    /// All that somebody has got.
    pub fn letters(&self, to: &str) -> Vec<Received> {
        let received = self.server.received().into_iter();
        received.filter(|letter| letter.to.iter().any(|reader| reader == to)).collect()
    }

    /// Waits for the one after so many others that somebody has got.
    pub async fn letter(&self, to: &str, others: usize) -> Received {
        until("a letter", async || self.letters(to).len() > others).await;
        self.letters(to).swap_remove(others)
    }

    /// Waits for a letter with a link, after so many others; the token in it. Letters that are sent at
    /// once come in any order: if that one has no link, it is the one before.
    pub async fn token(&self, to: &str, others: usize) -> String {
        until("a letter", async || self.letters(to).len() > others).await;
        let letters = self.letters(to);
        let links = letters[..=others].iter().rev();
        let (_, token) =
            links.filter_map(|letter| letter.body.split_once("?token=")).next().unwrap();
        token.split_whitespace().next().unwrap().to_owned()
    }

    /// All letters that were ever sent: the shop writes no more.
    pub async fn close(self) -> Vec<Received> {
        let app: &App = &self.shop.app;
        app.mail.close(Duration::from_secs(30)).await;
        self.server.received()
    }
}
