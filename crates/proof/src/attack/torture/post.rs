//! Where the mail of a tortured shop arrives: of what a mail server takes, the links are kept.

use crate::stage::letters::MailServer;
use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
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
    _server: MailServer,
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
        let mailbox = Arc::new(Mailbox::default());
        let kept = mailbox.clone();
        let server = MailServer::open(move |to, text| kept.keep(to, text)).await?;
        Ok(Post { address: server.address, mailbox, _server: server })
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
