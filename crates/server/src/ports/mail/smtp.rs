//! The mail server, by SMTP.
//!
//! What it says in words is told to nobody: servers quote the addresses that they refuse.

use super::{
    delivery::{Carrier, Failure},
    texts::Written,
};
use crate::settings::{MailServer, MailTls, Sender, Settings};
use anyhow::Context;
use futures_util::future::BoxFuture;
use lettre::{
    Address, Message,
    address::Envelope,
    message::{
        Mailbox, SinglePart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::{
        Error,
        authentication::{Credentials, Mechanism},
        client::{AsyncSmtpConnection, TlsParameters},
        commands,
        extension::{ClientId, Extension, MailBodyParameter, MailParameter},
    },
};
use std::{error::Error as _, fmt, time::Duration};
use tokio::time::{Instant, timeout, timeout_at};

/// How long to wait for a farewell, when a letter has been taken: without one it is taken all the same.
const FAREWELL: Duration = Duration::from_secs(2);

pub struct Smtp {
    server: MailServer,
    tls: Option<TlsParameters>,
    login: Option<Credentials>,
    from: Mailbox,
    /// How long one attempt may take.
    limit: Duration,
}

impl Smtp {
    /// `None` if no mail server is set.
    pub fn of(settings: &Settings, limit: Duration) -> anyhow::Result<Option<Smtp>> {
        match (&settings.smtp_url, &settings.mail_from) {
            (Some(server), Some(sender)) => {
                Smtp::new(server.clone(), sender, &settings.shop_name, limit).map(Some)
            }
            _ => Ok(None),
        }
    }

    fn new(
        server: MailServer,
        sender: &Sender,
        shop: &str,
        limit: Duration,
    ) -> anyhow::Result<Smtp> {
        let name = sender.name.clone().unwrap_or_else(|| shop.to_owned());
        let address = sender.address.parse().context("mail_from")?;
        let tls = match server.tls {
            MailTls::None => None,
            MailTls::AtOnce | MailTls::Required => Some(TlsParameters::new(server.host.clone())?),
        };
        let login = server.login.clone();
        let login = login.map(|(user, password)| Credentials::new(user, password.expose().into()));
        Ok(Smtp { server, tls, login, from: Mailbox::new(Some(name), address), limit })
    }

    /// Connects as for a letter, and leaves again.
    pub async fn greet(&self) -> Result<(), String> {
        let greeting = async { self.connect().await?.quit().await };
        match timeout(self.limit, greeting).await {
            Ok(Ok(_)) => Ok(()),
            Ok(Err(error)) => Err(reason(&error)),
            Err(_) => Err(format!("it does not answer within {:?}", self.limit)),
        }
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Error> {
        let MailServer { host, port, tls, .. } = &self.server;
        let name = ClientId::Domain(self.from.email.domain().to_owned());
        let at_once = self.tls.clone().filter(|_| *tls == MailTls::AtOnce);
        let place = (host.as_str(), *port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(place, None, &name, at_once, None).await?;
        if let (MailTls::Required, Some(parameters)) = (tls, &self.tls) {
            connection.starttls(parameters.clone(), &name).await?;
        }
        if let Some(login) = &self.login {
            connection.auth(&[Mechanism::Plain, Mechanism::Login], login).await?;
        }
        Ok(connection)
    }

    async fn hand_over(&self, letter: &Written) -> Result<(), Failure> {
        let message = message(letter, &self.from)
            .map_err(|error| Failure::Refused(format!("it cannot be written: {error}")))?;
        let (envelope, message) = (message.envelope(), message.formatted());
        let until = Instant::now() + self.limit;
        let silent = || format!("it does not answer within {:?}", self.limit);
        let entering = async {
            let mut connection = self.connect().await.map_err(|error| unwelcome(&error))?;
            name_sender(&mut connection, envelope, &message).await?;
            Ok(connection)
        };
        let entered = timeout_at(until, entering).await;
        let mut connection = entered.unwrap_or_else(|_| Err(Failure::Away(silent())))?;
        let sent = timeout_at(until, send(&mut connection, envelope, &message)).await;
        sent.unwrap_or_else(|_| Err(Failure::Broken(silent())))?;
        let _ = timeout(FAREWELL, connection.quit()).await;
        Ok(())
    }
}

impl Carrier for Smtp {
    fn carry<'a>(&'a self, letter: &'a Written) -> BoxFuture<'a, Result<(), Failure>> {
        Box::pin(self.hand_over(letter))
    }
}

/// Step by step, for it makes a difference what the server refuses: the shop as its sender, or this letter.
async fn name_sender(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<(), Failure> {
    let knows = |extension| connection.server_info().supports_feature(extension);
    let mut parameters = Vec::new();
    let is_foreign = |address: &Address| !AsRef::<str>::as_ref(address).is_ascii();
    if envelope.from().is_some_and(is_foreign) || envelope.to().iter().any(is_foreign) {
        if !knows(Extension::SmtpUtfEight) {
            let why = "the address is not of ASCII, and the server does not support SMTPUTF8";
            return Err(Failure::Refused(why.to_owned()));
        }
        parameters.push(MailParameter::SmtpUtfEight);
    }
    if !message.is_ascii() {
        if !knows(Extension::EightBitMime) {
            let why = "the letter is not of ASCII, and the server does not support 8BITMIME";
            return Err(Failure::Refused(why.to_owned()));
        }
        parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
    }
    let sender = commands::Mail::new(envelope.from().cloned(), parameters);
    connection.command(sender).await.map_err(|error| unwelcome(&error))?;
    Ok(())
}

async fn send(
    connection: &mut AsyncSmtpConnection,
    envelope: &Envelope,
    message: &[u8],
) -> Result<(), Failure> {
    for reader in envelope.to() {
        let reader = commands::Rcpt::new(reader.clone(), Vec::new());
        connection.command(reader).await.map_err(|error| not_taken(&error))?;
    }
    connection.command(commands::Data).await.map_err(|error| not_taken(&error))?;
    let whole = Whole::of(message)
        .ok_or_else(|| Failure::Refused("it cannot be written: it is no text".to_owned()))?;
    connection.command(whole).await.map_err(|error| not_taken(&error))?;
    Ok(())
}

/// A letter and its end, sent in one piece: an end that is sent by itself waits until the server has acknowledged
/// the letter (Nagle), and a server that has nothing to say yet puts that off for 40 ms.
struct Whole(String);

impl Whole {
    fn of(message: &[u8]) -> Option<Whole> {
        let text = std::str::from_utf8(message).ok()?;
        // A line that is a dot would end it.
        let text = format!("\r\n{text}").replace("\r\n.", "\r\n..");
        Some(Whole(format!("{}\r\n.\r\n", &text[2..])))
    }
}

impl fmt::Display for Whole {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The same each time that a letter is tried, so that one that was taken twice can be known.
fn message(letter: &Written, from: &Mailbox) -> anyhow::Result<Message> {
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    let id = format!("<{}@{}>", letter.id, from.email.domain());
    let from = Mailbox::new(from.name.as_deref().map(one_line), from.email.clone());
    let message = Message::builder()
        .from(from)
        .to(address(letter.to.as_str())?.into())
        .subject(one_line(&letter.subject))
        .message_id(Some(id))
        .date(letter.at)
        // Nobody is to answer it by a machine.
        .raw_header(HeaderValue::new(automatic, "auto-generated".into()))
        .singlepart(SinglePart::plain(letter.body.clone()))?;
    Ok(message)
}

/// A header is one line; no setting and no text has another one, and nobody is to rely on that.
fn one_line(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// With the domain as the DNS knows it, for few servers take another one.
fn address(text: &str) -> anyhow::Result<Address> {
    let (local, domain) = text.rsplit_once('@').context("the address has no @")?;
    let domain = idna::domain_to_ascii(domain).context("the address has no domain that can be")?;
    Address::new(local, domain).context("the address is none that a mail server takes")
}

/// Before the server has heard of any letter: what it refuses then, it refuses to the shop.
fn unwelcome(error: &Error) -> Failure {
    match failure(error) {
        Failure::Refused(why) => Failure::Unwelcome(why),
        Failure::Later(why) => Failure::Away(why),
        other => other,
    }
}

/// After the shop was welcome: a server that breaks off then may do so at this letter alone, each time.
fn not_taken(error: &Error) -> Failure {
    match failure(error) {
        Failure::Away(why) => Failure::Broken(why),
        other => other,
    }
}

fn failure(error: &Error) -> Failure {
    let why = reason(error);
    if error.is_permanent() || error.is_client() {
        Failure::Refused(why)
    } else if error.is_transient() {
        Failure::Later(why)
    } else {
        Failure::Away(why)
    }
}

fn reason(error: &Error) -> String {
    if error.is_response() {
        return "it does not speak SMTP".to_owned();
    }
    let Some(code) = error.status() else { return error.to_string() };
    let said = error.source().map(ToString::to_string).unwrap_or_default();
    let enhanced = said.split_whitespace().next().filter(|word| is_enhanced_code(word));
    match enhanced {
        Some(enhanced) => format!("it answers {code} {enhanced}"),
        None => format!("it answers {code}"),
    }
}

/// `5.1.1`, of which RFC 3463 has a list.
fn is_enhanced_code(word: &str) -> bool {
    let is_number =
        |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
    word.split('.').count() == 3 && word.split('.').all(is_number)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Email;
    use std::time::SystemTime;
    use uuid::Uuid;

    fn letter(to: &str, subject: &str) -> Written {
        Written {
            id: Uuid::from_u128(7),
            at: SystemTime::UNIX_EPOCH,
            to: Email::stored(to),
            subject: subject.to_owned(),
            body: "Guten Tag,\n\n.\nöffnen Sie\n".to_owned(),
            link: None,
        }
    }

    fn from(name: &str) -> Mailbox {
        Mailbox::new(Some(name.to_owned()), "shop@example.com".parse().unwrap())
    }

    #[test]
    fn no_name_and_no_subject_begins_another_header() {
        for nasty in [
            "Shop\r\nBcc: all@example.com",
            "Shop\nBcc: all@example.com",
            "Shop\rBcc: all@example.com",
            "Shop\r\n\r\nBcc: all@example.com",
            "Läden\r\nBcc: all@example.com",
            "Läden\u{2028}\u{85}Bcc: all@example.com",
            "Shop\0\u{7f}\tBcc: all@example.com",
        ] {
            let message = message(&letter("ada@example.com", nasty), &from(nasty)).unwrap();
            let text = String::from_utf8(message.formatted()).unwrap();
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            for line in head.split(['\r', '\n']) {
                assert!(!line.starts_with("Bcc"), "{head}");
            }
            let names = head.split("\r\n").filter(|line| !line.starts_with(' '));
            let names: Vec<&str> = names.map(|line| line.split(':').next().unwrap()).collect();
            let expected = [
                "From",
                "To",
                "Subject",
                "Message-ID",
                "Date",
                "Auto-Submitted",
                "MIME-Version",
                "Content-Type",
                "Content-Transfer-Encoding",
            ];
            assert_eq!(names, expected, "{head}");
            let to: Vec<&str> = message.envelope().to().iter().map(AsRef::as_ref).collect();
            assert_eq!(to, ["ada@example.com"]);
        }
    }

    #[test]
    fn an_address_is_written_so_that_servers_take_it_or_not_at_all() {
        for (text, written) in [
            ("ada@example.com", Some("ada@example.com")),
            ("ada@bücher.example", Some("ada@xn--bcher-kva.example")),
            ("äda@bücher.example", Some("äda@xn--bcher-kva.example")),
            ("ada@example.com\r\nDATA", None),
            ("a\r\nda@example.com", None),
            ("ada>@example.com", None),
            ("<ada@example.com", None),
            ("ada", None),
        ] {
            let address = address(text).ok();
            assert_eq!(address.as_ref().map(AsRef::<str>::as_ref), written, "{text:?}");
        }
    }

    #[test]
    fn a_letter_is_the_same_every_time() {
        let letter = letter("ada@example.com", "Guten Tag");
        let [one, other] = [0, 1].map(|_| message(&letter, &from("Shop")).unwrap().formatted());
        assert_eq!(one, other);
        let text = String::from_utf8(one).unwrap();
        assert!(text.contains("Date: Thu, 01 Jan 1970 00:00:00 +0000\r\n"), "{text}");
        let id = "Message-ID: <00000000-0000-0000-0000-000000000007@example.com>\r\n";
        assert!(text.contains(id), "{text}");
    }

    #[test]
    fn a_letter_ends_where_it_ends_and_not_at_a_dot() {
        for (text, whole) in [
            ("", "\r\n.\r\n"),
            ("a\r\n", "a\r\n\r\n.\r\n"),
            (".\r\n.\r\na.\r\n..b", "..\r\n..\r\na.\r\n...b\r\n.\r\n"),
        ] {
            let written = Whole::of(text.as_bytes()).map(|whole| whole.to_string());
            assert_eq!(written.as_deref(), Some(whole), "{text:?}");
        }
        assert!(Whole::of(&[0xff]).is_none());
    }

    #[test]
    fn only_codes_are_told_of_what_a_server_says() {
        for (word, is_code) in
            [("5.1.1", true), ("4.7.25", true), ("5.1", false), ("5.1.ada@example.com", false)]
        {
            assert_eq!(is_enhanced_code(word), is_code, "{word}");
        }
    }
}
