//! What other systems have heard of a tortured shop: a service that orders are posted to, and a mail server.

use super::{
    post::Letters,
    service::{Messages, Service},
    stand::Stand,
};
use std::collections::BTreeSet;

/// Put together around the moment at which the database was read.
#[derive(Debug, Default)]
pub struct Outside {
    /// Letters that there were before: each tells of what was committed.
    pub letters: Letters,
    /// Messages that there were before: each order had been begun with.
    pub posted: BTreeSet<String>,
    /// What became of messages, as it stood afterwards: nothing came of one before it was said.
    pub messages: Option<Messages>,
    /// What has to hold when everybody has left, and there was time for it.
    pub orders_have_ended: bool,
    pub letters_have_come: bool,
    pub followers_have_come: bool,
}

impl Outside {
    pub fn before(stand: &Stand) -> Outside {
        let posted = stand.service.as_ref().map(|service| service.book.messages());
        let posted = posted.unwrap_or_default().into_keys().collect();
        Outside { letters: stand.post.mailbox.letters(), posted, ..Outside::default() }
    }

    /// What has to be there when all is settled, besides: letters where mail is what is struck.
    pub fn expecting(self, stand: &Stand, letters_have_come: bool) -> Outside {
        let orders_have_ended = stand.spans.brings_orders_to_an_end();
        // Elsewhere a dead node's lease would be waited for.
        let followers_have_come = letters_have_come || stand.clock.is_some();
        Outside { orders_have_ended, letters_have_come, followers_have_come, ..self }
    }

    pub fn heard_afterwards(&mut self, service: Option<&Service>) {
        self.messages = service.map(|service| service.book.messages());
    }
}
