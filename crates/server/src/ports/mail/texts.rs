//! Letters as they go out: the templates, filled in with what each letter tells. A new language is a code in
//! `language.rs`, a template of each letter and the words here.

use super::{
    letters::{Letter, LowProduct, Mail, ToldOrder},
    templates::{self, ALWAYS, KINDS, Template},
};
use crate::{
    language::Language,
    settings::{Secret, Settings},
};
use anyhow::{anyhow, bail};
use domain::{Email, Money};
use std::{
    collections::BTreeMap,
    time::{Duration, SystemTime},
};
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
    /// By kind of letter and code of language.
    templates: BTreeMap<(&'static str, &'static str), Template>,
}

impl Stationery {
    /// With the templates of the settings in the place of those that there are.
    pub fn of(settings: &Settings) -> anyhow::Result<Stationery> {
        let mut templates = built_in()?;
        if let Some(directory) = &settings.mail_templates {
            let own = templates::read(directory).map_err(|faults| {
                let told: Vec<String> = faults.iter().map(ToString::to_string).collect();
                anyhow!("mail_templates: {}", told.join("; "))
            })?;
            templates.extend(own);
        }
        let (shop, pages) = (settings.shop_name.clone(), settings.mail_link_base.clone());
        Ok(Stationery { shop, pages, templates })
    }

    pub fn write(&self, mail: &Mail) -> Written {
        let link = self.link(&mail.letter);
        let opened = link.as_ref().map_or(self.pages.as_str(), Secret::expose);
        let mut values = values(&mail.letter, mail.language);
        values.insert(ALWAYS, self.shop.clone());
        values.insert("link", opened.to_owned());
        let template = self.templates.get(&(mail.letter.kind(), mail.language.code()));
        // There is one of each, as a test sees to.
        let (subject, body) = template.map(|template| template.fill(&values)).unwrap_or_default();
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
            | Letter::StockLow { .. }
            | Letter::Order(..)
            | Letter::OrderFailed { .. } => return None,
        };
        let token = encoded(token.expose());
        Some(Secret::new(format!("{}/{page}?token={token}", self.pages)))
    }
}

fn built_in() -> anyhow::Result<BTreeMap<(&'static str, &'static str), Template>> {
    let mut templates = BTreeMap::new();
    for kind in KINDS {
        for language in Language::ALL {
            match Template::read(kind, kind.text(language)) {
                Ok(template) => templates.insert((kind.name, language.code()), template),
                Err(wrong) => bail!("the shop's own {} cannot be read: {wrong:?}", kind.name),
            };
        }
    }
    Ok(templates)
}

/// What stands for the placeholders of a letter, but for those that all have.
fn values(letter: &Letter, language: Language) -> BTreeMap<&'static str, String> {
    let within = |time: &Duration| match language {
        Language::English => in_english(*time),
        Language::German => in_german(*time),
    };
    match letter {
        Letter::ConfirmAddress { valid_for, .. }
        | Letter::ConfirmNewAddress { valid_for, .. }
        | Letter::ResetPassword { valid_for, .. } => {
            BTreeMap::from([("valid_for", within(valid_for))])
        }
        Letter::AddressChanged { new } => BTreeMap::from([("address", masked(new))]),
        Letter::AccountExists
        | Letter::PasswordChanged
        | Letter::FactorAdded
        | Letter::FactorRemoved => BTreeMap::new(),
        Letter::StockLow { products } => {
            let more = match language {
                Language::English => "and more",
                Language::German => "und weitere",
            };
            let listed = listed(products, more);
            BTreeMap::from([("count", products.len().to_string()), ("products", listed)])
        }
        Letter::Order(_, order) | Letter::OrderFailed { order, .. } => told(order, language),
    }
}

fn told(order: &ToldOrder, language: Language) -> BTreeMap<&'static str, String> {
    let ToldOrder { number, lines, total, reason } = order;
    let lines = lines.iter().map(|line| {
        let (price, total) = (amount(line.price, language), amount(line.total, language));
        let line = format!("{} x {price} = {total}: {}", line.quantity, line.name);
        line.chars().take(LINE).collect::<String>()
    });
    BTreeMap::from([
        ("number", number.to_string()),
        ("lines", lines.collect::<Vec<_>>().join("\n")),
        ("total", amount(*total, language)),
        ("reason", reason.clone().unwrap_or_default()),
    ])
}

fn amount(money: Money, language: Language) -> String {
    let amount = match language {
        Language::English => money.to_string(),
        Language::German => money.to_string().replace('.', ","),
    };
    format!("{amount} {}", money.currency)
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
    use super::{
        super::{samples::samples, templates::Kind},
        *,
    };

    const MINUTE: u64 = 60;
    const HOUR: u64 = 60 * MINUTE;
    const DAY: u64 = 24 * HOUR;

    fn stationery() -> Stationery {
        let pages = "https://shop.example/account".into();
        Stationery { shop: "Läden & Söhne".into(), pages, templates: built_in().unwrap() }
    }

    fn low(on_hand: i64) -> LowProduct {
        LowProduct {
            sku: domain::Sku::stored(&"S".repeat(64)),
            name: "Gaskocher für überdurchschnittlich große Töpfe".into(),
            on_hand,
            threshold: 1_000_000_000_000,
        }
    }

    /// Those with much to tell in place of the samples.
    fn every_letter() -> Vec<Letter> {
        let mut letters = samples("EUR".parse().unwrap());
        for letter in &mut letters {
            match letter {
                Letter::ConfirmAddress { token, .. }
                | Letter::ConfirmNewAddress { token, .. }
                | Letter::ResetPassword { token, .. } => *token = Secret::new("tok/en+1"),
                Letter::AddressChanged { new } => *new = Email::new("ada.new@example.org").unwrap(),
                Letter::StockLow { products } => *products = (0..501).map(low).collect(),
                Letter::Order(_, order) => order.lines[0].name = "W".repeat(200),
                _ => {}
            }
        }
        letters
    }

    #[test]
    fn each_letter_has_templates_and_tells_what_may_stand_in_them() {
        let mut kinds: Vec<&str> = every_letter().iter().map(Letter::kind).collect();
        let known: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        assert_eq!(kinds, known);
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), known.len());
        for letter in every_letter() {
            let kind = Kind::named(letter.kind()).unwrap();
            let mut told: Vec<&str> = values(&letter, Language::German).into_keys().collect();
            // Not told of all orders, and known of all letters.
            told.retain(|name| *name != "reason" || kind.knows("reason"));
            let mut placeholders = kind.placeholders.to_vec();
            placeholders.retain(|name| *name != "link");
            placeholders.sort_unstable();
            assert_eq!(told, placeholders, "{}", kind.name);
        }
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
                let leads_nowhere =
                    kind == "address_changed" || kind.contains("order") || kind == "stock_low";
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
            let (letter, language) = (Letter::StockLow { products }, Language::English);
            let to = Email::new("ada@example.com").unwrap();
            let Written { subject, body, .. } = stationery().write(&Mail { to, language, letter });
            assert_eq!(subject, format!("Stock is low at Läden & Söhne: {many}"));
            assert_eq!(body.lines().rev().nth(2), Some(last));
        }
    }

    #[test]
    fn an_order_is_told_with_its_lines_and_why_if_that_is_for_its_reader() {
        let letters = samples("EUR".parse().unwrap());
        let order = |kind: &str, language| {
            let letter = letters.iter().find(|letter| letter.kind() == kind).unwrap().clone();
            let to = Email::new("ada@example.com").unwrap();
            stationery().write(&Mail { to, language, letter })
        };
        let received = order("order_received", Language::English);
        assert_eq!(received.subject, "Your order 1001 at Läden & Söhne");
        for line in ["2 x 12.50 EUR = 25.00 EUR: Enamel mug", "Total: 114.00 EUR"] {
            assert!(received.body.lines().any(|told| told == line), "{}", received.body);
        }
        assert!(!received.body.contains("Why"), "{}", received.body);
        let cancelled = order("order_cancelled", Language::German);
        for line in ["1 x 89,00 EUR = 89,00 EUR: Camping stove", "Summe: 114,00 EUR"] {
            assert!(cancelled.body.lines().any(|told| told == line), "{}", cancelled.body);
        }
        assert!(cancelled.body.contains("Grund: one of the parts"), "{}", cancelled.body);
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
