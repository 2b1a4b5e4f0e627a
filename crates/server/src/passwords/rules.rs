//! What a password must not be: short, a number, foreseen, or the name of its owner.

use super::{composed, foreseen::foreseen};
use crate::spelling::distance;

pub const LEAST: usize = 8;
pub const MOST: usize = 128;
const MOST_BYTES: usize = 1024;

/// What is wrong with a password, nothing if it is good. Each message completes "the password".
pub fn check_password(password: &str, username: &str, email: &str, names: &[&str]) -> Vec<String> {
    let mut wrong = Vec::new();
    let password = composed(password);
    let characters = password.chars().count();
    if characters < LEAST {
        wrong.push(format!("must have at least {LEAST} characters"));
    }
    if characters > MOST || password.len() > MOST_BYTES {
        // The other rules need not look at a megabyte.
        return vec![format!("must have at most {MOST} characters")];
    }
    // What looks like it is as easily guessed: wide letters, and one spelling of two.
    let lower = domain::fold(&password);
    if !password.is_empty() && password.chars().all(char::is_numeric) {
        wrong.push("must not be a number".to_owned());
    } else if characters >= LEAST {
        wrong.extend(foreseen(&lower).map(str::to_owned));
    }
    let local = email.split('@').next().unwrap_or(email);
    let like = |name: &str| is_like(&lower, name);
    if like(username) || names.iter().any(|name| like(name)) {
        wrong.push("must not be like the name".to_owned());
    }
    if like(email) || like(local) {
        wrong.push("must not be like the e-mail address".to_owned());
    }
    wrong
}

/// Whether a password is little more than a name: the name with a few letters changed, or with so
/// little around it that the name is half of it.
fn is_like(password: &str, name: &str) -> bool {
    let plain = |text: &str| -> String { text.chars().filter(|c| c.is_alphanumeric()).collect() };
    let (password, name) = (plain(password), plain(&domain::fold(name)));
    let (length, name_length) = (password.chars().count(), name.chars().count());
    if length < 3 || !(3..=MOST * 2).contains(&name_length) {
        return false;
    }
    password.contains(&name) && name_length * 2 >= length
        || name.contains(&password)
        || distance(&password, &name) * 4 <= length
}

#[cfg(test)]
mod tests {
    use super::{super::foreseen::COMMON, *};

    #[test]
    fn bad_passwords_are_told_why() {
        let long = "x1".repeat(65);
        for (password, expected) in [
            ("correct horse battery", vec![]),
            ("demo-password", vec![]),
            ("maria-likes-long-walks", vec![]),
            ("pässwörter-grün", vec![]),
            ("short", vec!["at least 8"]),
            ("", vec!["at least 8"]),
            ("1234567", vec!["at least 8", "a number"]),
            ("314159265358", vec!["a number"]),
            ("٣٣٣٣٣٣٣٣", vec!["a number"]),
            ("Password1", vec!["many people"]),
            ("qwertyuiop", vec!["many people"]),
            ("ｐａｓｓｗｏｒｄ", vec!["many people"]),
            ("P@ssw0rd2024!", vec!["many people"]),
            ("Kettle1Kettle1", vec!["repeat"]),
            ("87654321X", vec!["a row"]),
            ("77777777", vec!["a number"]),
            ("aaaa", vec!["at least 8"]),
            (long.as_str(), vec!["at most 128"]),
            ("mariasmith", vec!["like the name"]),
            ("Maria.Smith1", vec!["like the name"]),
            ("m4riasmith", vec!["like the name"]),
            ("maria1990", vec!["like the name"]),
            ("buyer77@example.com", vec!["like the e-mail"]),
            ("buyer77!!!", vec!["like the e-mail"]),
        ] {
            let wrong =
                check_password(password, "maria_smith", "buyer77@example.com", &["Maria", "Smith"]);
            assert_eq!(wrong.len(), expected.len(), "{password}: {wrong:?}");
            for (message, part) in wrong.iter().zip(expected) {
                assert!(message.contains(part), "{password}: {message}");
            }
        }
    }

    #[test]
    fn empty_names_are_like_nothing() {
        assert!(check_password("correct horse", "", "", &["", "x"]).is_empty());
        assert!(check_password("demo-password", "demo", "demo@example.com", &[]).is_empty());
        assert!(
            !check_password("u\u{308}o\u{308}a\u{308}x", "", "", &[]).is_empty(),
            "four characters"
        );
        assert!(check_password("admin-password", "admin", "admin@example.com", &[]).is_empty());
    }

    #[test]
    fn the_list_holds_what_the_other_rules_let_through() {
        let common: Vec<&str> = COMMON.lines().collect();
        assert!(common.len() >= 200);
        for (place, password) in common.iter().enumerate() {
            assert!(password.chars().count() >= LEAST, "{password}");
            assert!(!password.chars().all(char::is_numeric), "{password}");
            assert_eq!(*password, password.to_lowercase());
            assert!(!common[..place].contains(password), "{password} comes twice");
        }
    }
}
