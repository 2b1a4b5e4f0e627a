//! Names of accounts. User names and e-mail addresses are unique after NFKC and case folding, so that
//! no two customers look alike.

use crate::{Text, TextError, text::fold};
use serde::{Deserialize, Serialize};

/// A name to log in with: it has no `@`, so it is never taken for an e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Username(Text<150>);

impl Username {
    pub fn new(text: &str) -> Result<Username, TextError> {
        let allowed = |c: char| c.is_alphanumeric() || "._+-".contains(c);
        match text {
            "" => Err(TextError::Empty),
            _ if !text.chars().all(allowed) => {
                Err(TextError::Form("must consist of letters, digits and . _ + -"))
            }
            // Before it is folded, which may lengthen it eighteen times.
            _ if text.chars().count() > 150 => {
                Err(TextError::TooLong { max: 150, actual: text.chars().count() })
            }
            // Folding may lengthen a text, and the folded one is stored beside it.
            _ if fold(text).chars().count() > 150 => {
                Err(TextError::TooLong { max: 150, actual: fold(text).chars().count() })
            }
            _ => Text::new(text).map(Username),
        }
    }

    pub fn stored(text: &str) -> Username {
        Username(Text::stored(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes it unique.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Email(Text<254>);

impl Email {
    pub fn new(text: &str) -> Result<Email, TextError> {
        let form = TextError::Form("must be an e-mail address such as name@example.com");
        let (local, host) = text.rsplit_once('@').ok_or(form.clone())?;
        let strange = |c: char| c.is_whitespace() || c.is_control() || c == '@';
        let host_is_named = host.split('.').all(|label| !label.is_empty()) && host.contains('.');
        if local.is_empty() || !host_is_named || text.contains('\0') {
            return Err(form);
        }
        if local.contains(strange) || host.contains(strange) {
            return Err(form);
        }
        let actual = text.chars().count();
        if actual > 254 {
            return Err(TextError::TooLong { max: 254, actual });
        }
        let folded = fold(text).chars().count();
        match folded > 254 {
            true => Err(TextError::TooLong { max: 254, actual: folded }),
            false => Text::new(text).map(Email),
        }
    }

    pub fn stored(text: &str) -> Email {
        Email(Text::stored(text))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What makes it unique.
    pub fn folded(&self) -> String {
        fold(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_alike_fold_to_the_same() {
        for (one, other) in [("Ada", "ada"), ("STRASSE", "straße"), ("ﬁn", "FIN"), ("ＡＢ", "ab")]
        {
            let folded = |name: &str| Username::new(name).unwrap().folded();
            assert_eq!(folded(one), folded(other), "{one} {other}");
        }
    }

    #[test]
    fn a_username_is_never_an_email_address() {
        for name in ["", "a@b.c", "a b", "a\0", "tab\t", "semi;colon"] {
            assert!(Username::new(name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn names_and_addresses_are_bounded_as_typed_and_as_folded() {
        let is_name = |name: String| Username::new(&name).is_ok();
        assert!(is_name("a".repeat(150)) && !is_name("a".repeat(151)));
        assert!(is_name("ß".repeat(75)) && !is_name("ß".repeat(76)), "ß folds to two letters");
        let is_address = |local: String| Email::new(&format!("{local}@a.bc")).is_ok();
        assert!(is_address("a".repeat(249)) && !is_address("a".repeat(250)));
        let sharp = |count: usize| format!("a{}", "ß".repeat(count));
        assert!(is_address(sharp(124)) && !is_address(sharp(125)));
    }

    #[test]
    fn an_email_address_has_a_local_part_and_a_dotted_host() {
        for (text, allowed) in [
            ("ada@example.com", true),
            ("ada+shop@mail.example.com", true),
            ("ada@example", false),
            ("@example.com", false),
            ("ada@.com", false),
            ("a b@example.com", false),
            ("ada@exa\0mple.com", false),
            ("a@b@example.com", false),
        ] {
            assert_eq!(Email::new(text).is_ok(), allowed, "{text:?}");
        }
    }
}
