//! How hard a secret is to guess: by what could not have been foreseen in it, not by its length.
//!
//! What makes it foreseeable is a word, a sequence, a row of the keyboard, or what it had before.

use super::{Problem, problem};
use crate::{
    sequences::continues,
    settings::{Secret, Settings},
};
use std::collections::BTreeMap;

const LEAST_CHARACTERS: usize = 32;
/// 32 random hexadecimal digits have 128, of which an estimate by their frequency sees about 110.
const LEAST_BITS: u32 = 80;
const REMEDY: &str = "Set SUTLER_SECRET_KEY, or SUTLER_SECRET_KEY_FILE to a file with it: `openssl rand -hex 32` makes one.";
const REMEDY_PREVIOUS: &str = "Unset SUTLER_SECRET_KEY_PREVIOUS: whoever guesses it signs tokens of his own. All sessions end.";
/// What is written where a secret should be, and what secrets are made of by people.
const WORDS: &[&str] = &[
    "access",
    "admin",
    "change",
    "correct",
    "default",
    "demo",
    "development",
    "django",
    "dummy",
    "enough",
    "example",
    "guess",
    "here",
    "horse",
    "insecure",
    "key",
    "letmein",
    "long",
    "master",
    "mysecret",
    "nobody",
    "pass",
    "phrase",
    "please",
    "private",
    "prod",
    "production",
    "random",
    "replace",
    "secret",
    "secure",
    "shop",
    "signing",
    "some",
    "staging",
    "string",
    "super",
    "sutler",
    "test",
    "that",
    "this",
    "token",
    "very",
    "with",
    "word",
    "your",
];

/// Tokens are as safe as the keys that sign them: what the one before has signed is still good.
pub fn secrets(settings: &Settings) -> Vec<Problem> {
    let current = match &settings.secret_key {
        Some(secret) => weakness("secret_key", secret).map(|what| problem(what, REMEDY)),
        None => Some(problem("secret_key is not set", REMEDY)),
    };
    let previous = settings.secret_key_previous.as_ref();
    let previous = previous.and_then(|secret| weakness("secret_key_previous", secret));
    current.into_iter().chain(previous.map(|what| problem(what, REMEDY_PREVIOUS))).collect()
}

pub(super) fn weakness(name: &str, secret: &Secret) -> Option<String> {
    let text = secret.expose();
    let characters = text.chars().count();
    if characters < LEAST_CHARACTERS {
        return Some(format!("{name} has {characters} characters, fewer than {LEAST_CHARACTERS}"));
    }
    let bits = bits(text);
    (bits < LEAST_BITS).then(|| {
        format!(
            "{name} can be guessed: it repeats itself, or is made of words and sequences \
             (about {bits} bits of it are random, fewer than {LEAST_BITS})"
        )
    })
}

/// Roughly how many bits of a text could not have been foreseen.
fn bits(text: &str) -> u32 {
    let lower: Vec<char> = text.to_lowercase().chars().collect();
    let mut is_foreseen = vec![false; lower.len()];
    mark_words(&lower, &mut is_foreseen);
    for at in 2..lower.len() {
        is_foreseen[at] |= continues(&lower[at - 2..=at]) || came_before(&lower, at);
    }
    let free = lower.iter().zip(&is_foreseen).filter(|(_, is_foreseen)| !**is_foreseen);
    let mut counts = BTreeMap::<char, f64>::new();
    free.for_each(|(c, _)| *counts.entry(*c).or_default() += 1.0);
    let all: f64 = counts.values().sum();
    let bits: f64 = counts.values().map(|count| count * (all / count).log2()).sum();
    // Never negative, and far below what would not fit.
    bits as u32
}

/// All of a word but its first letter: which word it is could not be foreseen.
fn mark_words(text: &[char], is_foreseen: &mut [bool]) {
    for word in WORDS {
        let word: Vec<char> = word.chars().collect();
        for (start, window) in text.windows(word.len()).enumerate() {
            if window == word {
                is_foreseen[start + 1..start + word.len()].fill(true);
            }
        }
    }
}

/// Whether the three characters that end here were there before.
fn came_before(text: &[char], end: usize) -> bool {
    let three = &text[end - 2..=end];
    text[..end].windows(3).any(|earlier| earlier == three)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secrets::hash;

    #[test]
    fn both_secrets_are_looked_at() {
        let strong = "7f3c9a51e0d84b26a1957ce2f8b03d64";
        for (current, previous, found) in [
            ("", "", vec!["secret_key is not set"]),
            (strong, "", vec![]),
            (strong, strong, vec![]),
            ("short", "", vec!["secret_key has 5 characters"]),
            (strong, "short", vec!["secret_key_previous has 5 characters"]),
            (strong, &"ab".repeat(32), vec!["secret_key_previous can be guessed"]),
            ("", "short", vec!["secret_key is not set", "secret_key_previous has 5 characters"]),
        ] {
            let flags = [("secret_key", current), ("secret_key_previous", previous)];
            let flags = flags.map(|(name, text)| (name.to_owned(), text.to_owned()));
            let problems = secrets(&Settings::resolve(None, &[], &flags).unwrap());
            assert_eq!(problems.len(), found.len(), "{current} {previous}");
            for (problem, part) in problems.iter().zip(found) {
                assert!(problem.what.starts_with(part), "{}", problem.what);
            }
        }
    }

    #[test]
    fn a_long_secret_that_could_be_guessed_is_weak() {
        for weak in [
            "a".repeat(64),
            "ab".repeat(32),
            "0123456789".repeat(4),
            "0123456789abcdef".repeat(4),
            "abcdefghijklmnopqrstuvwxyz0123456789".to_owned(),
            "qwertyuiopasdfghjklzxcvbnm1234567890".to_owned(),
            "changemechangemechangemechangeme123".to_owned(),
            "passwordpasswordpasswordpassword".to_owned(),
            "this-is-my-very-secret-signing-key-for-production".to_owned(),
            "please-replace-this-with-some-long-random-string".to_owned(),
            "MySuperSecretKey2024MySuperSecretKey2024".to_owned(),
            "tr0ub4dor".repeat(4),
        ] {
            assert!(bits(&weak) < LEAST_BITS, "{weak} has {}", bits(&weak));
        }
    }

    #[test]
    fn a_random_secret_is_strong() {
        for number in 0..2_000_u32 {
            // As random as any, and the same each time: one in a great many real ones has fewer bits.
            let hex = &hash(&[&number.to_be_bytes()])[..32];
            assert!(bits(hex) >= LEAST_BITS, "{hex} has {}", bits(hex));
        }
        for strong in [
            "7f3c9a51e0d84b26a1957ce2f8b03d64",
            "kX8vQ2mZr5TjWb7YpL0cNd4HsGfA9eUo",
            "Gv3+pQ9/xT1zR7kLwB5nYc2dHs8JfM0aUeI4oXqN6E0=",
            "81726354901827364554637281900918",
        ] {
            assert!(bits(strong) >= LEAST_BITS, "{strong} has {}", bits(strong));
        }
    }
}
