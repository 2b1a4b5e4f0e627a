//! What all shops of the suite log, down to the last detail that a shop can be asked for: no line of it
//! holds a secret. What concerns security is kept, for stories to look at.

use crate::app::SECRET;
use server::telemetry::directives;
use std::{
    io::{self, Write},
    sync::{Mutex, Once, PoisonError},
};
use tracing_subscriber::{EnvFilter, util::SubscriberInitExt};
use uuid::Uuid;

/// Passwords that the stories use, and what tokens, keys and hashes begin with.
const SECRETS: &[&str] = &[
    SECRET,
    "three blind mice",
    "see how they run",
    "correct horse",
    "four blind mice",
    "hickory dickory",
    "run, run as you can",
    "eyJhbGci",
    "eyJ0eXAi",
    "sk_",
    "$m=19456,t=2",
    "$m=512,t=1",
    "otpauth://",
    "?token=",
    "Bearer ",
];

/// What the lines say which concern security.
static SECURITY: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Lines that tell that orders were looked for, to be moved.
static CHOICES: Mutex<Vec<String>> = Mutex::new(Vec::new());

static FOUND: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Reads all that is logged in this process from now on.
pub fn watch() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // All parts, those of others too.
        let filter = EnvFilter::new(directives("trace"));
        let log = tracing_subscriber::fmt().with_env_filter(filter).with_writer(|| Reader);
        log.with_ansi(false).finish().try_init().expect("nobody else reads the log");
    });
}

/// Fails who was at work when a secret was logged, and whoever comes after him.
#[track_caller]
pub fn assert_no_secret_was_logged() {
    let found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    assert!(found.is_empty(), "the log holds secrets: {found:#?}");
}

/// The lines that concern security and have this in them, the oldest first.
pub fn security(part: &str) -> Vec<String> {
    let lines = SECURITY.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().filter(|line| line.contains(part)).cloned().collect()
}

/// How often orders of this customer were looked for.
pub fn choices_of(customer: Uuid) -> usize {
    let lines = CHOICES.lock().unwrap_or_else(PoisonError::into_inner);
    lines.iter().filter(|line| line.contains(&customer.to_string())).count()
}

/// That a text tells nobody what only its owner may know.
pub fn secrets_in(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| SECRETS.iter().any(|secret| line.contains(secret)))
}

struct Reader;

impl Write for Reader {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if let Some((level, said)) = text.split_once(" security: ") {
            assert!(level.ends_with("INFO"), "{text}");
            let mut lines = SECURITY.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push(said.trim_end().to_owned());
        }
        if text.contains("looked for orders to move") {
            CHOICES.lock().unwrap_or_else(PoisonError::into_inner).push(text.to_string());
        }
        let mut found = FOUND.lock().unwrap_or_else(PoisonError::into_inner);
        found.extend(secrets_in(&text).map(str::to_owned));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_secret_in_a_line_is_found() {
    for line in [
        "login of ann with three blind mice",
        r#"{"token":"eyJhbGciOiJIUzI1NiJ9.e30.x"}"#,
        "key sk_AZIAAA",
        "hash=$argon2id$v=19$m=19456,t=2,p=1$x",
    ] {
        assert_eq!(secrets_in(line).count(), 1, "{line}");
    }
    assert_eq!(secrets_in("account=01a2 a login failed\nclient=127.0.0.1").count(), 0);
}
