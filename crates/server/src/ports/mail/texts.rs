//! Every letter in every language. A new language is a code in `language.rs`, and a function here.

use super::{Letter, LowProduct, Mail};
use crate::{
    language::Language,
    settings::{Secret, Settings},
};
use domain::Email;
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// So many products are named in a letter, with so many characters each.
const LISTED: usize = 500;
const LINE: usize = 100;

/// A letter as it goes out, every time that it is tried.
pub struct Written {
    pub id: Uuid,
    pub at: SystemTime,
    pub to: Email,
    pub subject: String,
    pub body: String,
    pub link: Option<Secret>,
}

/// What all letters have in common.
pub struct Stationery {
    shop: String,
    /// Where the shop's pages are.
    pages: String,
}

impl Stationery {
    pub fn of(settings: &Settings) -> Stationery {
        Stationery { shop: settings.shop_name.clone(), pages: settings.mail_link_base.clone() }
    }

    pub fn write(&self, mail: &Mail) -> Written {
        let link = self.link(&mail.letter);
        let opened = link.as_ref().map_or(self.pages.as_str(), Secret::expose);
        let (subject, body) = match mail.language {
            Language::English => english(&mail.letter, &self.shop, opened),
            Language::German => german(&mail.letter, &self.shop, opened),
        };
        let (id, at, to) = (Uuid::new_v4(), SystemTime::now(), mail.to.clone());
        Written { id, at, to, subject, body, link }
    }

    /// What the reader is to open, with the token that lets him do it.
    fn link(&self, letter: &Letter) -> Option<Secret> {
        let (page, token) = match letter {
            Letter::ConfirmAddress { token, .. } | Letter::ConfirmNewAddress { token, .. } => {
                ("confirm-email", token)
            }
            Letter::ResetPassword { token, .. } => ("reset-password", token),
            Letter::AddressChanged { .. }
            | Letter::AccountExists
            | Letter::PasswordChanged
            | Letter::FactorAdded
            | Letter::FactorRemoved
            | Letter::StockLow { .. } => return None,
        };
        let token = encoded(token.expose());
        Some(Secret::new(format!("{}/{page}?token={token}", self.pages)))
    }
}

fn english(letter: &Letter, shop: &str, link: &str) -> (String, String) {
    let (subject, text) = match letter {
        Letter::ConfirmAddress { valid_for, .. } => (
            format!("Confirm your address for {shop}"),
            format!(
                "there is an account at {shop} with this address. If it is yours, please confirm the\n\
                 address within {}:\n\n{link}\n\nIf it is not yours, you need do nothing.",
                in_english(*valid_for)
            ),
        ),
        Letter::ConfirmNewAddress { valid_for, .. } => (
            format!("Confirm your new address for {shop}"),
            format!(
                "this is to be the new address of an account at {shop}. If that is your wish, please confirm\n\
                 it within {}:\n\n{link}\n\nIf it is not, you need do nothing: the account keeps its old address.",
                in_english(*valid_for)
            ),
        ),
        Letter::AddressChanged { new } => (
            format!("Your address at {shop} was changed"),
            format!(
                "your account at {shop} has a new address now: {}. Mail goes there from now on.\n\n\
                 If it was not you who changed it, please write to us at once.",
                masked(new)
            ),
        ),
        Letter::AccountExists => (
            format!("You have an account at {shop}"),
            format!(
                "somebody has tried to open an account at {shop} with this address, for which there is one\n\
                 already. If it was you, please log in with it; if you do not know your password any more, ask\n\
                 for a new one:\n\n{link}\n\n\
                 If it was not you, you need do nothing: nobody was told that you have an account."
            ),
        ),
        Letter::ResetPassword { valid_for, .. } => (
            format!("Choose a new password for {shop}"),
            format!(
                "you can choose a new password for your account at {shop} within {}:\n\n{link}\n\n\
                 If you do not want that, you need do nothing: your account stays as it is.",
                in_english(*valid_for)
            ),
        ),
        Letter::PasswordChanged => (
            format!("Your password at {shop} was changed"),
            format!(
                "the password of your account at {shop} was changed just now.\n\n\
                 If it was not you, please ask for a new one at once:\n\n{link}"
            ),
        ),
        Letter::FactorAdded => (
            format!("A second factor was set up at {shop}"),
            format!(
                "your account at {shop} has a second factor now: whoever logs in has to show a code of it.\n\n\
                 If it was not you, choose a new password at once, and write to the shop:\n\n{link}"
            ),
        ),
        Letter::FactorRemoved => (
            format!("Your second factor at {shop} was taken away"),
            format!(
                "your account at {shop} has no second factor any more: the password alone opens it.\n\n\
                 If it was not you, choose a new password at once, and write to the shop:\n\n{link}"
            ),
        ),
        Letter::StockLow { products } => low_in_english(products, shop),
    };
    (subject, format!("Hello,\n\n{text}\n\n{shop}\n"))
}

fn german(letter: &Letter, shop: &str, link: &str) -> (String, String) {
    let (subject, text) = match letter {
        Letter::ConfirmAddress { valid_for, .. } => (
            format!("Bestätigen Sie Ihre Adresse bei {shop}"),
            format!(
                "bei {shop} gibt es ein Konto mit dieser Adresse. Wenn es Ihres ist, bestätigen Sie die\n\
                 Adresse bitte innerhalb von {}:\n\n{link}\n\nWenn nicht, brauchen Sie nichts zu tun.",
                in_german(*valid_for)
            ),
        ),
        Letter::ConfirmNewAddress { valid_for, .. } => (
            format!("Bestätigen Sie Ihre neue Adresse bei {shop}"),
            format!(
                "dies soll die neue Adresse eines Kontos bei {shop} werden. Wenn Sie das möchten,\n\
                 bestätigen Sie sie bitte innerhalb von {}:\n\n{link}\n\n\
                 Wenn nicht, brauchen Sie nichts zu tun: Das Konto behält seine alte Adresse.",
                in_german(*valid_for)
            ),
        ),
        Letter::AddressChanged { new } => (
            format!("Ihre Adresse bei {shop} wurde geändert"),
            format!(
                "Ihr Konto bei {shop} hat jetzt eine neue Adresse: {}.\n\
                 Alles Weitere senden wir dorthin.\n\n\
                 Wenn Sie das nicht waren, schreiben Sie uns bitte sofort.",
                masked(new)
            ),
        ),
        Letter::AccountExists => (
            format!("Sie haben ein Konto bei {shop}"),
            format!(
                "jemand wollte bei {shop} ein Konto mit dieser Adresse eröffnen, zu der es schon eines gibt.\n\
                 Wenn Sie das waren, melden Sie sich bitte damit an; wenn Sie Ihr Passwort nicht mehr wissen,\n\
                 fordern Sie ein neues an:\n\n{link}\n\n\
                 Wenn nicht, brauchen Sie nichts zu tun: Niemand hat erfahren, dass Sie ein Konto haben."
            ),
        ),
        Letter::ResetPassword { valid_for, .. } => (
            format!("Wählen Sie ein neues Passwort für {shop}"),
            format!(
                "für Ihr Konto bei {shop} können Sie innerhalb von {} ein neues Passwort wählen:\n\n{link}\n\n\
                 Wenn Sie das nicht möchten, brauchen Sie nichts zu tun: Ihr Konto bleibt, wie es ist.",
                in_german(*valid_for)
            ),
        ),
        Letter::PasswordChanged => (
            format!("Ihr Passwort bei {shop} wurde geändert"),
            format!(
                "das Passwort Ihres Kontos bei {shop} wurde soeben geändert.\n\n\
                 Wenn Sie das nicht waren, fordern Sie bitte sofort ein neues an:\n\n{link}"
            ),
        ),
        Letter::FactorAdded => (
            format!("Ein zweiter Faktor wurde bei {shop} eingerichtet"),
            format!(
                "Ihr Konto bei {shop} hat jetzt einen zweiten Faktor: Zur Anmeldung gehört ein Code.\n\n\
                 Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort und schreiben Sie uns:\n\n{link}"
            ),
        ),
        Letter::FactorRemoved => (
            format!("Ihr zweiter Faktor bei {shop} wurde entfernt"),
            format!(
                "Ihr Konto bei {shop} hat keinen zweiten Faktor mehr: Das Passwort allein öffnet es.\n\n\
                 Wenn Sie das nicht waren, wählen Sie sofort ein neues Passwort und schreiben Sie uns:\n\n{link}"
            ),
        ),
        Letter::StockLow { products } => low_in_german(products, shop),
    };
    (subject, format!("Guten Tag,\n\n{text}\n\n{shop}\n"))
}

fn low_in_english(products: &[LowProduct], shop: &str) -> (String, String) {
    (
        format!("Stock is low at {shop}: {}", products.len()),
        format!(
            "these are at their threshold or below (on hand / threshold):\n\n{}",
            listed(products, "and more")
        ),
    )
}

fn low_in_german(products: &[LowProduct], shop: &str) -> (String, String) {
    (
        format!("Niedriger Bestand bei {shop}: {}", products.len()),
        format!(
            "diese Artikel haben ihre Schwelle erreicht (Bestand / Schwelle):\n\n{}",
            listed(products, "und weitere")
        ),
    )
}

/// A line each, of as many as anybody reads, and no longer than mail should be.
fn listed(products: &[LowProduct], more: &str) -> String {
    let line = |LowProduct { sku, name, on_hand, threshold }: &LowProduct| {
        let line = format!("{sku}: {on_hand} / {threshold}, {name}");
        line.chars().take(LINE).collect()
    };
    let mut lines: Vec<String> = products.iter().take(LISTED).map(line).collect();
    if products.len() > LISTED {
        lines.push(format!("{more}: {}", products.len() - LISTED));
    }
    lines.join("\n")
}

fn in_english(time: Duration) -> String {
    match in_units(time) {
        (1, unit) => format!("1 {}", ["minute", "hour", "day"][unit]),
        (many, unit) => format!("{many} {}", ["minutes", "hours", "days"][unit]),
    }
}

/// After "innerhalb von".
fn in_german(time: Duration) -> String {
    match in_units(time) {
        (1, unit) => ["einer Minute", "einer Stunde", "einem Tag"][unit].to_owned(),
        (many, unit) => format!("{many} {}", ["Minuten", "Stunden", "Tagen"][unit]),
    }
}

/// In minutes, hours or days (0 to 2), never longer than it is, unless it is less than a minute.
fn in_units(time: Duration) -> (u64, usize) {
    let minutes = (time.as_secs() / 60).max(1);
    match minutes {
        0..120 if minutes != 60 => (minutes, 0),
        0..2880 if minutes != 1440 => (minutes / 60, 1),
        _ => (minutes / 1440, 2),
    }
}

/// `ada@example.com` is `a***@example.com`: its owner knows it, and whoever reads an old mailbox cannot
/// write to it.
fn masked(address: &Email) -> String {
    let (local, domain) = address.as_str().rsplit_once('@').unwrap_or_default();
    let first = local.chars().next().map(String::from).unwrap_or_default();
    format!("{first}***@{domain}")
}

/// Fit for the query of an address, whatever a token is made of.
fn encoded(token: &str) -> String {
    let mut text = String::with_capacity(token.len());
    for byte in token.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                text.push(byte.into())
            }
            _ => text.push_str(&format!("%{byte:02X}")),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;

    fn stationery() -> Stationery {
        Stationery { shop: "Läden & Söhne".into(), pages: "https://shop.example/account".into() }
    }

    fn low(on_hand: i64) -> LowProduct {
        LowProduct {
            sku: domain::Sku::stored(&"S".repeat(64)),
            name: "Gaskocher für überdurchschnittlich große Töpfe".into(),
            on_hand,
            threshold: 1_000_000_000_000,
        }
    }

    pub fn every_letter() -> Vec<Letter> {
        let (token, valid_for) = (Secret::new("tok/en+1"), Duration::from_secs(HOUR));
        vec![
            Letter::ConfirmAddress { token: token.clone(), valid_for },
            Letter::ConfirmNewAddress { token: token.clone(), valid_for },
            Letter::AddressChanged { new: Email::new("ada.new@example.org").unwrap() },
            Letter::AccountExists,
            Letter::ResetPassword { token, valid_for },
            Letter::PasswordChanged,
            Letter::FactorAdded,
            Letter::FactorRemoved,
            Letter::StockLow { products: (0..501).map(low).collect() },
        ]
    }

    #[test]
    fn every_letter_is_whole_in_every_language() {
        for language in Language::ALL {
            let mut subjects = std::collections::BTreeSet::new();
            for letter in every_letter() {
                let needs_link = letter.valid_for().is_some();
                let (kind, to) = (letter.kind(), Email::new("ada@example.com").unwrap());
                let written = stationery().write(&Mail { to, language, letter });
                let Written { subject, body, link, .. } = &written;
                assert!(subject.contains("Läden & Söhne"), "{kind}: {subject}");
                assert!(body.ends_with("\n\nLäden & Söhne\n"), "{kind}: {body}");
                assert!(subjects.insert(subject.clone()), "{subject} is of two letters");
                assert!(body.lines().all(|line| line.chars().count() <= 100), "{kind}: {body}");
                assert!(!body.contains("ada.new"), "{kind}: {body}");
                assert_eq!(link.is_some(), needs_link, "{kind}");
                let opened = link.as_ref().map_or("https://shop.example/account", Secret::expose);
                let is_open = body.lines().any(|line| line == opened);
                let leads_nowhere = ["address_changed", "stock_low"].contains(&kind);
                assert_eq!(is_open, !leads_nowhere, "{kind}: {body}");
            }
        }
    }

    #[test]
    fn letters_link_to_the_page_of_their_purpose() {
        for letter in every_letter() {
            let page = match letter {
                Letter::ConfirmAddress { .. } | Letter::ConfirmNewAddress { .. } => "confirm-email",
                Letter::ResetPassword { .. } => "reset-password",
                _ => continue,
            };
            let link = stationery().link(&letter).unwrap();
            let expected = format!("https://shop.example/account/{page}?token=tok%2Fen%2B1");
            assert_eq!(link.expose(), expected);
        }
    }

    #[test]
    fn a_letter_names_as_many_products_as_anybody_reads() {
        for (many, last) in [(1, "S: 0 / 5, Tin"), (501, "and more: 1")] {
            let sku = domain::Sku::stored("S");
            let low = |on_hand| LowProduct {
                sku: sku.clone(),
                name: "Tin".into(),
                on_hand,
                threshold: 5,
            };
            let products: Vec<LowProduct> = (0..many).map(low).collect();
            let (subject, body) = english(&Letter::StockLow { products }, "Camp", "");
            assert_eq!(subject, format!("Stock is low at Camp: {many}"));
            assert_eq!(body.lines().rev().nth(2), Some(last));
        }
    }

    #[test]
    fn times_are_told_in_units_that_people_use() {
        for (seconds, english, german) in [
            (1, "1 minute", "einer Minute"),
            (15 * MINUTE, "15 minutes", "15 Minuten"),
            (HOUR, "1 hour", "einer Stunde"),
            (90 * MINUTE, "90 minutes", "90 Minuten"),
            (2 * HOUR, "2 hours", "2 Stunden"),
            (DAY, "1 day", "einem Tag"),
            (36 * HOUR, "36 hours", "36 Stunden"),
            (3 * DAY + 1, "3 days", "3 Tagen"),
        ] {
            let time = Duration::from_secs(seconds);
            assert_eq!((in_english(time).as_str(), in_german(time).as_str()), (english, german));
        }
    }

    #[test]
    fn of_an_address_only_the_beginning_and_the_domain_are_shown() {
        for (address, shown) in
            [("ada@example.com", "a***@example.com"), ("äda@bücher.example", "ä***@bücher.example")]
        {
            assert_eq!(masked(&Email::new(address).unwrap()), shown);
        }
    }
}
