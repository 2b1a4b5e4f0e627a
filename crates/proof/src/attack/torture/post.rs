//! Where the mail of a tortured shop arrives: a mail server that takes everything, and keeps the links
//! only.

use anyhow::Context;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

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
}

pub struct Post {
    pub address: SocketAddr,
    pub mailbox: Arc<Mailbox>,
    serving: JoinHandle<()>,
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
    pub async fn open() -> anyhow::Result<Post> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.context("a mail server")?;
        let address = listener.local_addr()?;
        let mailbox = Arc::new(Mailbox::default());
        let kept = mailbox.clone();
        let serving = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let mailbox = kept.clone();
                // Whoever hangs up hangs up.
                tokio::spawn(async move { receive(stream, &mailbox).await });
            }
        });
        Ok(Post { address, mailbox, serving })
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// One conversation, as far as a shop has it that writes to one reader at a time.
async fn receive(stream: TcpStream, mailbox: &Mailbox) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    stream.write_all(b"220 torture\r\n").await?;
    let (mut line, mut to) = (String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        let verb = line.get(..4).unwrap_or_default().to_ascii_uppercase();
        let answer = match verb.as_str() {
            "RCPT" => {
                let address = line.split(['<', '>']).nth(1);
                to = address.unwrap_or_default().to_owned();
                "250 OK\r\n"
            }
            "DATA" => {
                stream.write_all(b"354 go on\r\n").await?;
                let mut text = String::new();
                while !text.ends_with("\r\n.\r\n") {
                    if stream.read_line(&mut text).await? == 0 {
                        return Ok(());
                    }
                }
                mailbox.keep(&to, &text);
                "250 OK\r\n"
            }
            "QUIT" => "221 bye\r\n",
            _ => "250 OK\r\n",
        };
        stream.write_all(answer.as_bytes()).await?;
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
