//! Calls outside the measurement: logging in, registering, learning what the shop sells.
//! Patient where a shop asks for patience, and says in words what it was refused.

use crate::{
    http::{Connection, Target},
    request::RequestText,
};
use anyhow::{Context, anyhow};
use serde::Deserialize;
use serde_json::Value;
use std::time::Duration;
use tokio::time::{Instant, sleep};

const TIMEOUT: Duration = Duration::from_secs(30);
const MAX_ATTEMPTS: u32 = 10;
const MAX_WAIT: Duration = Duration::from_secs(5);

/// A connection for calls that nobody measures.
pub struct Desk {
    connection: Connection,
    request: RequestText,
}

/// What a call came back with, whatever its status.
pub struct Reply {
    pub status: u16,
    body: Vec<u8>,
}

/// The part of a problem+json that this client looks at.
#[derive(Deserialize)]
pub struct Problem {
    pub code: Option<String>,
    pub detail: Option<String>,
}

impl Desk {
    pub fn new(target: &Target) -> Self {
        Self {
            connection: Connection::new(target.addr, TIMEOUT),
            request: RequestText::new(&target.host),
        }
    }

    pub async fn get(&mut self, path: &str, authorization: &str) -> anyhow::Result<Reply> {
        self.call(path, authorization, None).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> anyhow::Result<Reply> {
        self.call(path, "", Some(body)).await
    }

    async fn call(
        &mut self,
        path: &str,
        authorization: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Reply> {
        let mut attempt = 1;
        loop {
            match body {
                Some(body) => {
                    self.request.post(format_args!("{path}"), authorization, None, |buffer| {
                        buffer.extend_from_slice(body.to_string().as_bytes());
                    })
                }
                None => self.request.get(format_args!("{path}"), authorization),
            }
            self.connection.open().await.with_context(|| format!("asking for {path}"))?;
            let answer = self.connection.exchange(self.request.text(), Instant::now()).await;
            let answer = answer.with_context(|| format!("asking for {path}"))?;
            if !matches!(answer.status, 429 | 503) || attempt == MAX_ATTEMPTS {
                return Ok(Reply {
                    status: answer.status,
                    body: self.connection.body(&answer).into_owned(),
                });
            }
            attempt += 1;
            sleep(answer.retry_after.unwrap_or(Duration::from_secs(1)).min(MAX_WAIT)).await;
        }
    }
}

impl Reply {
    /// Reads the body of a success; anything else becomes an error that says what went wrong.
    pub fn read<T: for<'a> Deserialize<'a>>(&self, what: &str) -> anyhow::Result<T> {
        if !(200..300).contains(&self.status) {
            return Err(anyhow!("{what}: refused with {}{}", self.status, self.reason()));
        }
        serde_json::from_slice(&self.body)
            .with_context(|| format!("{what}: the answer is not what it should be"))
    }

    fn reason(&self) -> String {
        let Ok(problem) = serde_json::from_slice::<Problem>(&self.body) else {
            return String::new();
        };
        let code = problem.code.map(|code| format!(" {code}")).unwrap_or_default();
        let detail = problem.detail.map(|detail| format!(": {detail}")).unwrap_or_default();
        code + &detail
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Result<u64, String> {
        let reply = Reply { status, body: body.as_bytes().to_vec() };
        reply.read("counting").map_err(|error| error.to_string())
    }

    #[test]
    fn only_what_succeeded_is_read_and_a_refusal_is_told_in_its_own_words() {
        assert_eq!(read(200, "7"), Ok(7));
        assert_eq!(read(299, "7"), Ok(7));
        let refusals = [
            (199, "7", "counting: refused with 199"),
            (300, "7", "counting: refused with 300"),
            (409, r#"{"code":"taken"}"#, "counting: refused with 409 taken"),
            (409, r#"{"detail":"Try another."}"#, "counting: refused with 409: Try another."),
            (
                409,
                r#"{"code":"taken","detail":"Try another."}"#,
                "counting: refused with 409 taken: Try another.",
            ),
            (200, "seven", "counting: the answer is not what it should be"),
        ];
        for (status, body, told) in refusals {
            assert_eq!(read(status, body), Err(told.to_owned()));
        }
    }
}
