//! The mail server and the sender, as settings name them.
//!
//! What passes here can be written into a header or a command as it is: no line ends inside it.

use super::{
    addresses::{is_host, is_name, read_port, split_port},
    kinds::Secret,
};
use std::{fmt, net::IpAddr};

/// How a connection to the mail server is kept from being read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
pub enum MailTls {
    /// From the first byte, as RFC 8314 wants it.
    AtOnce,
    /// By STARTTLS, without which nothing is sent.
    Required,
    None,
}

/// Where mail is handed over to be delivered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd)]
pub struct MailServer {
    pub host: String,
    pub port: u16,
    pub tls: MailTls,
    pub login: Option<(String, Secret)>,
}

impl MailServer {
    /// Whether it is this machine, so that nobody is on the way to it.
    pub fn is_here(&self) -> bool {
        is_here(&self.host)
    }
}

impl fmt::Display for MailServer {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.host, self.port)
    }
}

/// Whom mail is from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd)]
pub struct Sender {
    pub name: Option<String>,
    pub address: String,
}

impl Sender {
    pub fn domain(&self) -> &str {
        self.address.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

/// `smtps://USER:PASSWORD@HOST:PORT` or `smtp://…`, the latter also with `?tls=required` or `?tls=none`;
/// nothing if there is none.
pub fn read_server(text: &str) -> Option<Option<MailServer>> {
    if text.is_empty() {
        return Some(None);
    }
    let (scheme, rest) = text.split_once("://")?;
    // The last @ ends the password, also one that holds an @ and was not encoded.
    let (login, rest) = match rest.rsplit_once('@') {
        Some((login, rest)) => {
            let (user, password) = login.split_once(':')?;
            (Some((decoded(user)?, Secret::new(decoded(password)?))), rest)
        }
        None => (None, rest),
    };
    let (authority, query) = rest.split_once('?').map_or((rest, None), |(a, q)| (a, Some(q)));
    let (host, port) = split_port(authority.trim_end_matches('/'));
    let port = port.map_or(Some(None), |port| read_port(port).map(Some))?;
    if !is_host(host) {
        return None;
    }
    let host = host.trim_matches(['[', ']']);
    let (tls, usual) = match (scheme, query) {
        ("smtps", None) => (MailTls::AtOnce, 465),
        // What a relay on this machine shows for a certificate is rarely one.
        ("smtp", None) if is_here(host) => (MailTls::None, 587),
        ("smtp", None | Some("tls=required")) => (MailTls::Required, 587),
        ("smtp", Some("tls=none")) => (MailTls::None, 587),
        _ => return None,
    };
    let port = port.unwrap_or(usual);
    Some(Some(MailServer { host: host.to_owned(), port, tls, login }))
}

/// `shop@example.com` or `Shop <shop@example.com>`; nothing if there is none.
pub fn read_sender(text: &str) -> Option<Option<Sender>> {
    if text.is_empty() {
        return Some(None);
    }
    let (name, address) = match text.strip_suffix('>') {
        Some(rest) => {
            let (name, address) = rest.rsplit_once('<')?;
            let name = name.trim();
            let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
            (Some(read_name(quoted.unwrap_or(name))?), address)
        }
        None => (None, text),
    };
    is_address(address).then(|| Some(Sender { name, address: address.to_owned() }))
}

fn is_here(host: &str) -> bool {
    let address = host.parse::<IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

/// A name that fits a line of a letter.
pub fn read_name(text: &str) -> Option<String> {
    let fits = (1..=100).contains(&text.chars().count());
    let plain =
        text == text.trim() && !text.contains(|c: char| c.is_control() || "\"<>".contains(c));
    (fits && plain).then(|| text.to_owned())
}

/// Visible ASCII without what would have to be quoted; a foreign domain is written `xn--`.
fn is_address(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b);
    let is_word = |word: &str| !word.is_empty() && word.bytes().all(is_plain);
    local.len() <= 64 && local.split('.').all(is_word) && is_name(domain) && domain.contains('.')
}

/// What `%40` and the like stand for. Control characters never stand for anything.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        let digit = |byte: Option<u8>| char::from(byte?).to_digit(16);
        bytes.push(match byte {
            b'%' => u8::try_from(digit(rest.next())? * 16 + digit(rest.next())?).ok()?,
            _ => byte,
        });
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.is_empty() && !text.contains(char::is_control)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{super::Settings, *};

    #[test]
    fn a_mail_server_is_reached_by_tls_unless_it_is_here() {
        use MailTls::{AtOnce, None as Never, Required};
        for (text, host, port, tls) in [
            ("smtps://mail.example", "mail.example", 465, AtOnce),
            ("smtps://localhost:1465", "localhost", 1465, AtOnce),
            ("smtp://mail.example", "mail.example", 587, Required),
            ("smtp://mail.example:25/", "mail.example", 25, Required),
            ("smtp://mail.example?tls=none", "mail.example", 587, Never),
            ("smtp://10.0.0.1:25", "10.0.0.1", 25, Required),
            ("smtp://localhost:25", "localhost", 25, Never),
            ("smtp://localhost?tls=required", "localhost", 587, Required),
            ("smtp://127.0.0.2", "127.0.0.2", 587, Never),
            ("smtp://[::1]:1025", "::1", 1025, Never),
        ] {
            let host = host.to_owned();
            let expected = MailServer { host, port, tls, login: None };
            assert_eq!(read_server(text), Some(Some(expected)), "{text}");
        }
        assert_eq!(read_server(""), Some(None));
    }

    #[test]
    fn a_login_may_be_encoded_and_need_not_be() {
        for (text, user, password) in [
            ("smtps://me:pass@h.example", "me", "pass"),
            ("smtps://me%40example.com:p%C3%A4%2F%25@h.example", "me@example.com", "pä/%"),
            ("smtps://me@example.com:p@s/s?:@h.example:1", "me@example.com", "p@s/s?:"),
        ] {
            let server = read_server(text).flatten().unwrap_or_else(|| panic!("{text}"));
            let expected = Some((user.to_owned(), Secret::new(password)));
            assert_eq!((server.host.as_str(), server.login), ("h.example", expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_mail_server_is_refused() {
        for text in [
            "mail.example",
            "http://mail.example",
            "smtp://",
            "smtp://:25",
            "smtp://mail.example:port",
            "smtp://me@mail.example",
            "smtp://me:@mail.example",
            "smtp://:pass@mail.example",
            "smtp://me:%0d%0aDATA@mail.example",
            "smtp://me:%4@mail.example",
            "smtp://me:100%@mail.example",
            "smtp://mail.example/path",
            "smtp://mail.example?tls=maybe",
            "smtps://mail.example?tls=none",
            "smtp://mail example",
            "smtp://mail.example\r\nDATA",
        ] {
            assert_eq!(read_server(text), None, "{text}");
        }
    }

    #[test]
    fn a_sender_is_an_address_with_or_without_a_name() {
        for (text, name, address) in [
            ("shop@example.com", None, "shop@example.com"),
            ("Shop <shop@example.com>", Some("Shop"), "shop@example.com"),
            (
                "\"Müller & Co.\" <a.b+c@xn--mller-kva.example>",
                Some("Müller & Co."),
                "a.b+c@xn--mller-kva.example",
            ),
        ] {
            let name = name.map(str::to_owned);
            let expected = Sender { name, address: address.to_owned() };
            assert_eq!(read_sender(text), Some(Some(expected)), "{text}");
        }
        assert_eq!(read_sender(""), Some(None));
        for text in [
            "shop",
            "shop@example",
            "@example.com",
            "a@b@example.com",
            ".shop@example.com",
            "shop@exämple.com",
            "shöp@example.com",
            "<shop@example.com>",
            "Shop <shop@example.com",
            "Shop <shop@example.com>, Other <b@example.com>",
            "Sh\"op <shop@example.com>",
            "Shop\r\nBcc: all@example.com <shop@example.com>",
            "shop@example.com\r\nBcc: all@example.com",
        ] {
            assert_eq!(read_sender(text), None, "{text:?}");
        }
    }

    #[test]
    fn a_name_is_one_line() {
        for (text, ok) in [
            ("Sutler", true),
            ("Läden & Söhne, \u{1f36a}", true),
            (&"x".repeat(100), true),
            (&"x".repeat(101), false),
            ("", false),
            (" Sutler", false),
            ("Sut\nler", false),
            ("Sut\u{85}ler", false),
            ("<Sutler>", false),
        ] {
            assert_eq!(read_name(text).is_some(), ok, "{text:?}");
        }
    }

    #[test]
    fn a_mail_server_that_cannot_be_used_is_told_without_its_password() {
        for (url, from, part) in [
            (
                "smtp://me:gehe1m@",
                "",
                "smtp_url = *** (environment SUTLER_SMTP_URL): expected smtps://",
            ),
            ("smtp://me:gehe1m@mail.example", "", "smtp_url is set, and mail_from is not"),
        ] {
            let given = [("SUTLER_SMTP_URL", url), ("SUTLER_MAIL_FROM", from)];
            let given = given.map(|(name, text)| (name.to_owned(), text.to_owned()));
            let error = Settings::resolve(None, &given, &[]).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains("gehe1m"), "{error}");
        }
        let given = [
            ("SUTLER_SMTP_URL", "smtp://me:gehe1m@mail.example"),
            ("SUTLER_MAIL_FROM", "a@b.example"),
        ];
        let given = given.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let settings = Settings::resolve(None, &given, &[]).unwrap();
        let shown = format!("{settings:?} {}", settings.describe());
        assert!(!shown.contains("gehe1m"), "{shown}");
    }
}
