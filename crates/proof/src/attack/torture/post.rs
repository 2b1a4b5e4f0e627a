//! Where the mail of a tortured shop arrives: a mail server that takes everything, unless it is told to behave
//! otherwise for a while, and keeps the links and which letters there were.

mod letters;
mod tempers;

use super::snares::{Moment, Snares};
use crate::stage::random::Random;
use anyhow::Context;
use letters::{Said, note};
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    },
};
use tempers::Temper;
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

pub use letters::{Letters, News};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Page {
    ResetPassword,
    ConfirmEmail,
}

const PAGES: [(&str, Page); 2] = [
    ("/reset-password?token=", Page::ResetPassword),
    ("/confirm-email?token=", Page::ConfirmEmail),
];

/// What has come, by its reader.
#[derive(Default)]
pub struct Mailbox {
    links: Mutex<BTreeMap<(String, Page), String>>,
    /// Links to choose a password, for somebody who reads the mail of others.
    spare: Mutex<Vec<(String, String)>>,
    letters: Mutex<Letters>,
}

pub struct Post {
    pub address: SocketAddr,
    pub mailbox: Arc<Mailbox>,
    office: Arc<Office>,
    serving: JoinHandle<()>,
}

/// What each conversation needs.
struct Office {
    mailbox: Arc<Mailbox>,
    snares: Arc<Snares>,
    is_erratic: AtomicBool,
    struck: AtomicU64,
    /// Its change ends all conversations that do not go as they should.
    cleared: watch::Sender<()>,
}

impl Mailbox {
    /// The last link that was sent to an address.
    pub fn link(&self, to: &str, page: Page) -> Option<String> {
        let links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        links.get(&(to.to_owned(), page)).cloned()
    }

    /// A link to choose a password that was sent to somebody of whom this is true, and to whom: once.
    pub fn take(&self, is_wanted: impl Fn(&str) -> bool) -> Option<(String, String)> {
        let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let place = spare.iter().position(|(to, _)| is_wanted(to))?;
        Some(spare.swap_remove(place))
    }

    /// All that came, by now.
    pub fn letters(&self) -> Letters {
        self.letters.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn note(&self, text: &str, said: Said) {
        note(&mut self.letters.lock().unwrap_or_else(PoisonError::into_inner), text, said);
    }

    fn keep(&self, to: &str, text: &str) {
        // Long lines are folded, and `=` is written as a number.
        let text = text.replace("=\r\n", "").replace("=3D", "=");
        for (mark, page) in PAGES {
            let Some((_, rest)) = text.split_once(mark) else { continue };
            let ends = |c: char| !c.is_ascii_alphanumeric() && !"-_%".contains(c);
            let token = rest.split(ends).next().unwrap_or_default().to_owned();
            if page == Page::ResetPassword {
                let mut spare = self.spare.lock().unwrap_or_else(PoisonError::into_inner);
                spare.push((to.to_owned(), token.clone()));
            }
            let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
            links.insert((to.to_owned(), page), token);
        }
    }
}

impl Post {
    pub async fn open(snares: Arc<Snares>) -> anyhow::Result<Post> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("a mail server")?;
        let address = listener.local_addr()?;
        let mailbox = Arc::new(Mailbox::default());
        let (cleared, _) = watch::channel(());
        let office = Office {
            mailbox: mailbox.clone(),
            snares,
            is_erratic: AtomicBool::new(false),
            struck: AtomicU64::new(0),
            cleared,
        };
        let office = Arc::new(office);
        let kept = office.clone();
        let serving = tokio::spawn(async move {
            let mut random = Random::new(0);
            while let Ok((stream, _)) = listener.accept().await {
                let (office, mut cleared) = (kept.clone(), kept.cleared.subscribe());
                let temper = office.temper(&mut random);
                // Whoever hangs up hangs up.
                tokio::spawn(async move {
                    tokio::select! {
                        _ = office.receive(stream, temper) => {}
                        _ = cleared.changed(), if temper != Temper::Fair => {}
                    }
                });
            }
        });
        Ok(Post { address, mailbox, office, serving })
    }

    /// From now on it behaves so or so.
    pub fn becomes_erratic(&self) {
        self.office.is_erratic.store(true, Relaxed);
    }

    /// It takes everything, and what hung has ended. How often it did not take a letter at once, by now.
    pub fn recovers(&self) -> u64 {
        self.office.is_erratic.store(false, Relaxed);
        self.office.cleared.send_replace(());
        self.office.struck.load(Relaxed)
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

impl Office {
    fn temper(&self, random: &mut Random) -> Temper {
        if !self.is_erratic.load(Relaxed) {
            return Temper::Fair;
        }
        let temper = Temper::drawn(random);
        self.struck.fetch_add(u64::from(temper != Temper::Fair), Relaxed);
        temper
    }

    /// One conversation, as far as a shop has it that writes to one reader at a time.
    async fn receive(&self, stream: TcpStream, temper: Temper) -> std::io::Result<()> {
        let mut stream = BufReader::new(stream);
        match temper {
            Temper::HangsUpAtOnce => return Ok(()),
            Temper::NeverGreets => return std::future::pending().await,
            Temper::IsBusy => return stream.write_all(b"421 come again\r\n").await,
            _ => stream.write_all(b"220 torture\r\n").await?,
        }
        let (mut line, mut to) = (String::new(), String::new());
        loop {
            line.clear();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(());
            }
            let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
            let answer = match (verb.as_str(), temper) {
                ("MAIL", Temper::KnowsNoSender) => "550 who are you\r\n",
                ("RCPT", Temper::ReaderHasToWait) => "450 later\r\n",
                ("RCPT", _) => {
                    let address = line.split(['<', '>']).nth(1);
                    to = address.unwrap_or_default().to_owned();
                    "250 OK\r\n"
                }
                ("DATA", _) => match self.take(&mut stream, &to, temper).await? {
                    Some(answer) => answer,
                    None => return Ok(()),
                },
                ("QUIT", _) => "221 bye\r\n",
                _ => "250 OK\r\n",
            };
            stream.write_all(answer.as_bytes()).await?;
            if verb == "DATA" && temper == Temper::Fair {
                self.snares.spring(Moment::LetterTaken);
            }
        }
    }

    /// Reads a letter. What is said of it, if the conversation goes on.
    async fn take(
        &self,
        stream: &mut BufReader<TcpStream>,
        to: &str,
        temper: Temper,
    ) -> std::io::Result<Option<&'static str>> {
        stream.write_all(b"354 go on\r\n").await?;
        let mut text = String::new();
        while !text.ends_with("\r\n.\r\n") {
            if stream.read_line(&mut text).await? == 0 || temper == Temper::HangsUpInTheLetter {
                return Ok(None);
            }
        }
        self.mailbox.note(&text, Said::Nothing);
        match temper {
            Temper::FallsSilent => return std::future::pending().await,
            Temper::HangsUpAfterTheLetter => return Ok(None),
            Temper::LetterHasToWait => return Ok(Some("451 later\r\n")),
            _ => {}
        }
        self.snares.hold(Moment::LetterRead).await;
        self.mailbox.note(&text, Said::ForGood);
        if temper == Temper::RefusesTheLetter {
            return Ok(Some("554 never\r\n"));
        }
        self.mailbox.keep(to, &text);
        Ok(Some("250 OK\r\n"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_found_in_a_letter_however_it_is_written() {
        let mailbox = Mailbox::default();
        for (to, text) in [
            ("ann@x", "Hello\r\n\r\nhttp://a/reset-password?token=Ab-_9\r\n\r\nBye\r\n.\r\n"),
            ("Ben@x", "http://a/confirm-email?token=3D12=\r\n34\r\n.\r\n"),
            ("cid@x", "Nothing to click on\r\n.\r\n"),
        ] {
            mailbox.keep(to, text);
        }
        let found = |to, page| mailbox.link(to, page);
        assert_eq!(found("ann@x", Page::ResetPassword).as_deref(), Some("Ab-_9"));
        assert_eq!(found("ann@x", Page::ConfirmEmail), None);
        assert_eq!(found("Ben@x", Page::ConfirmEmail).as_deref(), Some("1234"));
        assert_eq!(found("cid@x", Page::ConfirmEmail), None);
        assert_eq!(mailbox.take(|to| to == "Ben@x"), None);
        let taken = mailbox.take(|to| to == "ann@x");
        assert_eq!(taken, Some(("ann@x".to_owned(), "Ab-_9".to_owned())));
        assert_eq!(mailbox.take(|_| true), None);
    }
}
