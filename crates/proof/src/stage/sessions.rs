//! Customers who are logged in, more of them than could log in one after the other: a password takes its time.
//! Their sessions are written beside the shop, and their tokens made as one that it has issued.

use crate::stage::{
    bulk,
    engines::Engine,
    holders::{later, now_us},
    shops::{customer, customer_id},
    sites::Shop,
};
use anyhow::Context;
use aws_lc_rs::hmac;
use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64URL};
use serde_json::{Map, Value, json};
use std::path::PathBuf;
use uuid::Uuid;

/// Of each session's id, before the number of its customer.
const SESSION: &str = "5e55105e55107000";
const FILE: &str = "tokens.txt";

/// So many of the first customers of a shop.
#[derive(Clone, Copy, Debug)]
pub struct Sessions {
    pub customers: u64,
}

/// What every token of a shop begins with, what one of them claims, and what it is signed with.
struct Form {
    head: String,
    claims: Map<String, Value>,
    key: hmac::Key,
}

impl Sessions {
    /// Opens a session for each.
    pub async fn open(&self, engine: Engine, shop: &Shop) -> anyhow::Result<()> {
        let now = now_us()?;
        let (id, numbers) = (customer(engine, "n"), engine.series(self.customers));
        let session = engine.id(&format!("'{SESSION}' || {}", engine.hex("n", 16)));
        let ends = later(now);
        let statements = vec![
            format!("delete from sessions where id in (select {session} from {numbers} g)"),
            format!(
                "insert into sessions (id, account_id, era, generation, rotated_at, created_at, expires_at)
                 select {session}, {id}, 1, 1, {now}, {now}, {ends} from {numbers} g"
            ),
        ];
        bulk::write_beside(&shop.location, statements).await.context("opening sessions")
    }

    /// A file with a token of each, made as one that the shop has issued.
    pub fn tokens(&self, issued: &str, secret: &str, shop: &Shop) -> anyhow::Result<PathBuf> {
        let form = Form::of(issued, secret).context("reading a token")?;
        let mut tokens = String::new();
        for number in 1..=self.customers {
            let session = u128::from_str_radix(SESSION, 16)? << 64 | u128::from(number);
            tokens += &form.token(customer_id(number), Uuid::from_u128(session));
            tokens.push('\n');
        }
        let path = shop.data_dir.join(FILE);
        std::fs::write(&path, tokens).context("writing tokens")?;
        Ok(path)
    }
}

impl Form {
    fn of(issued: &str, secret: &str) -> anyhow::Result<Form> {
        let mut parts = issued.split('.');
        let (head, claims) = parts.next().zip(parts.next()).context("it has no parts")?;
        let claims = serde_json::from_slice(&BASE64URL.decode(claims)?)?;
        let key = hmac::Key::new(hmac::HMAC_SHA256, secret.as_bytes());
        Ok(Form { head: head.to_owned(), claims, key })
    }

    fn token(&self, account: Uuid, session: Uuid) -> String {
        let mut claims = self.claims.clone();
        claims.extend(
            [("sub", account), ("sid", session)].map(|(name, id)| (name.to_owned(), json!(id))),
        );
        let signed =
            format!("{}.{}", self.head, BASE64URL.encode(Value::Object(claims).to_string()));
        let signature = hmac::sign(&self.key, signed.as_bytes());
        format!("{signed}.{}", BASE64URL.encode(signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_says_what_the_issued_one_said_of_somebody_else_and_is_signed() {
        let issued = format!(
            "{}.{}.signature",
            BASE64URL.encode(r#"{"alg":"HS256","kid":"7"}"#),
            BASE64URL.encode(r#"{"aud":"shop","sub":"a","sid":"b"}"#)
        );
        let form = Form::of(&issued, "secret").unwrap();
        let (account, session) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let token = form.token(account, session);
        let (signed, signature) = token.rsplit_once('.').unwrap();
        let (head, claims) = signed.split_once('.').unwrap();
        assert_eq!(Some(head), issued.split('.').next());
        let claims: Value = serde_json::from_slice(&BASE64URL.decode(claims).unwrap()).unwrap();
        assert_eq!(claims, json!({ "aud": "shop", "sub": account, "sid": session }));
        let key = hmac::Key::new(hmac::HMAC_SHA256, b"secret");
        hmac::verify(&key, signed.as_bytes(), &BASE64URL.decode(signature).unwrap()).unwrap();
    }
}
