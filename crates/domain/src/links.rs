//! Links: what is sent to an e-mail address and proves, once and for a while, that somebody reads what is
//! sent there. The shop keeps a hash of its secret only.

use crate::{
    AccountId, Context, Email, Facts, Fingerprint, Micros, Text, commands,
    events::coded,
    facts::Row,
    kinds,
    rules::{Keyed, Rule, Who},
};
use serde::Serialize;

coded! {
    /// What a link is for. An account has one of each: a newer one takes the place of an older one.
    Purpose {
        ResetPassword = 1 "reset_password",
        ConfirmEmail = 2 "confirm_email",
        ChangeEmail = 3 "change_email",
    }
}

/// One of a kind is not sent again before so long: who asks without end fills nobody's mailbox.
pub const PAUSE_US: i64 = 60 * Micros::SECOND;

#[derive(Clone, Debug, PartialEq)]
pub struct Link {
    pub account: AccountId,
    pub purpose: Purpose,
    /// The hash of its secret.
    pub secret: Text<64>,
    /// Where it was sent.
    pub email: Email,
    pub made_at: Micros,
    pub expires_at: Micros,
}

impl Row for Link {
    type Key = (AccountId, Purpose);
    type Find = (AccountId, Purpose);
    fn key(&self) -> (AccountId, Purpose) {
        (self.account, self.purpose)
    }
}

impl Facts {
    /// A link that is still good, shown by whom it was sent to.
    pub(crate) fn link(
        &self,
        key: (AccountId, Purpose),
        secret: &Text<64>,
        now: Micros,
    ) -> Option<&Link> {
        self.links.get(&key).filter(|link| link.secret == *secret && link.expires_at > now)
    }

    pub(crate) fn put_link(&mut self, link: Link) {
        match self.links.get(&link.key()).is_some() {
            true => self.links.put(link),
            false => self.links.make(link),
        }
    }
}

/// Makes a link that is about to be sent. What was asked for is a letter to this address.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MakeLink {
    pub account: AccountId,
    /// Follows from the address, and from whether that is confirmed meanwhile.
    #[serde(skip)]
    pub purpose: Purpose,
    #[serde(skip)]
    pub secret: Text<64>,
    pub email: Email,
    #[serde(skip)]
    pub lifetime_us: i64,
    /// The account as it was when the secret was made of it: by its version and its era.
    #[serde(skip)]
    pub made_of: Option<(i64, i64)>,
}

kinds! {
    pub enum MakeLinkRefusal {
        AccountClosed = "account_closed",
        /// It has been given another address since somebody looked.
        NotItsAddress = "not_its_address",
        /// Its secret was made of the account as it was: a link that is spent would be good again.
        AccountChanged = "account_changed",
        /// One was sent a moment ago.
        TooSoon { until: Micros } = "too_soon",
    }
}

impl Rule for MakeLink {
    type Outcome = Link;
    type Refusal = MakeLinkRefusal;

    fn name(&self) -> &'static str {
        "make_link"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
        facts.links.want(&(self.account, self.purpose));
    }

    fn decide(
        &self,
        Context { now, .. }: Context,
        facts: &mut Facts,
    ) -> Result<Link, MakeLinkRefusal> {
        let account = facts.account(&self.account).filter(|account| account.is_active);
        let account = account.ok_or(MakeLinkRefusal::AccountClosed)?;
        if self.purpose != Purpose::ChangeEmail && account.email != self.email {
            return Err(MakeLinkRefusal::NotItsAddress);
        }
        if self.made_of.is_some_and(|made_of| made_of != (account.version, account.era)) {
            return Err(MakeLinkRefusal::AccountChanged);
        }
        let before = facts.links.get(&(self.account, self.purpose));
        // Who has mistyped an address need not wait, and the link to that one is good no more.
        let until = before.filter(|link| link.email == self.email);
        let until = until.map(|link| link.made_at.plus(PAUSE_US));
        if let Some(until) = until.filter(|until| *until > now) {
            return Err(MakeLinkRefusal::TooSoon { until });
        }
        let link = Link {
            account: self.account,
            purpose: self.purpose,
            secret: self.secret.clone(),
            email: self.email.clone(),
            made_at: now,
            expires_at: now.plus(self.lifetime_us),
        };
        facts.put_link(link.clone());
        Ok(link)
    }

    fn kept(link: &Link) -> Box<str> {
        link.account.to_string().into()
    }
}

commands!(Links: MakeLink = "make_link" -> AccountId);
