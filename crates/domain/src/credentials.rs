//! Credentials: the passwords of accounts, and the addresses by which they are got back.

use crate::{
    Account, AccountId, Context, Email, Facts, Fingerprint, SessionId, Text, TrailKind, commands,
    facts::FoldedEmail,
    kinds,
    links::Purpose,
    rules::{Keyed, Never, Rule, Who},
    trail::{Faceless, Noted},
};
use serde::Serialize;

/// Links by which somebody could get in: they are spent when the password, or the address, is another one.
const WAYS_IN: [Purpose; 2] = [Purpose::ResetPassword, Purpose::ChangeEmail];

/// Sets another password, which ends all sessions but the one that asks for it. A fingerprint is kept, and
/// nobody shall guess a password by it: whoever asks again with a key has to compare it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SetPassword {
    pub account: AccountId,
    #[serde(skip)]
    pub password_hash: Text<255>,
    /// The hash that the present password was compared with; the shop itself needs none.
    #[serde(skip)]
    pub known: Option<Text<255>>,
    #[serde(skip)]
    pub keeps: Option<SessionId>,
}

kinds! {
    pub enum SetPasswordRefusal {
        AccountClosed = "account_closed",
        /// Another one was set meanwhile.
        PasswordChanged = "password_changed",
    }
}

impl Rule for SetPassword {
    type Outcome = Box<Account>;
    type Refusal = SetPasswordRefusal;

    fn name(&self) -> &'static str {
        "set_password"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
        self.keeps.iter().for_each(|session| facts.sessions.want(session));
        want_links(self.account, facts);
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Box<Account>, SetPasswordRefusal> {
        let account = facts.account(&self.account).ok_or(SetPasswordRefusal::AccountClosed)?;
        if self.known.as_ref().is_some_and(|known| *known != account.password_hash) {
            return Err(SetPasswordRefusal::PasswordChanged);
        }
        facts.set_password(self.account, &self.password_hash, self.keeps, context);
        let account = facts.account(&self.account).cloned();
        account.map(Box::new).ok_or(SetPasswordRefusal::AccountClosed)
    }

    fn kept(account: &Box<Account>) -> Box<str> {
        account.id.to_string().into()
    }
}

pub(crate) fn want_links(account: AccountId, facts: &mut Facts) {
    WAYS_IN.iter().for_each(|purpose| facts.links.want(&(account, *purpose)));
}

impl Facts {
    pub(crate) fn spend_links(&mut self, id: AccountId) {
        WAYS_IN.iter().for_each(|purpose| self.links.drop(&(id, *purpose)));
    }

    fn set_password(
        &mut self,
        id: AccountId,
        hash: &Text<255>,
        keeps: Option<SessionId>,
        context: Context,
    ) {
        self.spend_links(id);
        if let Some(account) = self.accounts.edit(&id) {
            account.password_hash = hash.clone();
            account.held_until = None;
        }
        self.begin_era(id, keeps, context.now);
        context.note::<Faceless>(self, TrailKind::PasswordSet, Noted::Customer(id), (None, None));
    }
}

impl Facts {
    /// Its address is its owner's.
    fn confirm(&mut self, id: AccountId, context: Context) -> Option<Box<Account>> {
        let before = self.account(&id)?.clone();
        if before.email_confirmed {
            return Some(Box::new(before));
        }
        let account = self.accounts.edit(&id)?;
        account.email_confirmed = true;
        account.held_until = None;
        account.touch(context.now);
        let account = account.clone();
        context.changed(self, &before, &account);
        Some(Box::new(account))
    }
}

/// Sets another password by a link that was sent to the address of the account.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ResetPassword {
    pub account: AccountId,
    pub secret: Text<64>,
    #[serde(skip)]
    pub password_hash: Text<255>,
}

kinds! {
    pub enum LinkRefusal {
        /// It was used, or has expired, or a later one was sent.
        LinkSpent = "link_spent",
    }
}

impl Rule for ResetPassword {
    type Outcome = Box<Account>;
    type Refusal = LinkRefusal;

    fn name(&self) -> &'static str {
        "reset_password"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
        facts.factors.want(&self.account);
        want_links(self.account, facts);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Box<Account>, LinkRefusal> {
        let key = (self.account, Purpose::ResetPassword);
        let link = facts.link(key, &self.secret, context.now).ok_or(LinkRefusal::LinkSpent)?;
        let open = facts.account(&self.account).filter(|account| account.is_active);
        let open = open.filter(|account| account.email == link.email);
        let was_confirmed = open.ok_or(LinkRefusal::LinkSpent)?.email_confirmed;
        facts.set_password(self.account, &self.password_hash, None, context);
        // Whoever had the account before nobody knows: he may have registered with the address of
        // another, who reads its mail now.
        if !was_confirmed {
            facts.drop_factor(self.account, context);
        }
        facts.confirm(self.account, context).ok_or(LinkRefusal::LinkSpent)
    }

    fn kept(account: &Box<Account>) -> Box<str> {
        account.id.to_string().into()
    }
}

/// Confirms the address of an account by a link that was sent there.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfirmEmail {
    pub account: AccountId,
    pub secret: Text<64>,
}

impl Rule for ConfirmEmail {
    type Outcome = Box<Account>;
    type Refusal = LinkRefusal;

    fn name(&self) -> &'static str {
        "confirm_email"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
        facts.links.want(&(self.account, Purpose::ConfirmEmail));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Box<Account>, LinkRefusal> {
        let key = (self.account, Purpose::ConfirmEmail);
        let link = facts.link(key, &self.secret, context.now).ok_or(LinkRefusal::LinkSpent)?;
        let account = facts.account(&self.account).filter(|account| account.is_active);
        account.filter(|account| account.email == link.email).ok_or(LinkRefusal::LinkSpent)?;
        facts.links.drop(&key);
        facts.confirm(self.account, context).ok_or(LinkRefusal::LinkSpent)
    }

    fn kept(account: &Box<Account>) -> Box<str> {
        account.id.to_string().into()
    }
}

/// Gives an account another address, by a link that was sent to that one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeEmail {
    pub account: AccountId,
    pub secret: Text<64>,
    /// As the link has it: whoever asks has looked, and finds none once it is spent.
    #[serde(skip)]
    pub email: Email,
}

kinds! {
    pub enum ChangeEmailRefusal {
        LinkSpent = "link_spent",
        /// Somebody has registered with it meanwhile.
        Taken = "email_taken",
    }
}

/// An account, and the address that it had.
pub type Moved = (Box<Account>, Email);

impl Rule for ChangeEmail {
    type Outcome = Moved;
    type Refusal = ChangeEmailRefusal;

    fn name(&self) -> &'static str {
        "change_email"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
        facts.emails.want(&FoldedEmail(self.email.folded()));
        facts.links.want(&(self.account, Purpose::ChangeEmail));
        facts.links.want(&(self.account, Purpose::ResetPassword));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Moved, ChangeEmailRefusal> {
        use ChangeEmailRefusal::{LinkSpent, Taken};
        let key = (self.account, Purpose::ChangeEmail);
        let link = facts.link(key, &self.secret, context.now);
        link.filter(|link| link.email == self.email).ok_or(LinkSpent)?;
        let present = facts.account(&self.account).filter(|account| account.is_active);
        let present = present.cloned().ok_or(LinkSpent)?;
        let mut account = Account {
            email: self.email.clone(),
            email_confirmed: true,
            held_until: None,
            ..present.clone()
        };
        if facts.taken(&account).is_some() {
            return Err(Taken);
        }
        facts.links.drop(&key);
        // It was sent to the address that is left.
        facts.links.drop(&(self.account, Purpose::ResetPassword));
        if account != present {
            account.touch(context.now);
            facts.put_account(account.clone());
            context.changed(facts, &present, &account);
        }
        Ok((Box::new(account), present.email))
    }

    fn kept((account, _): &Moved) -> Box<str> {
        account.id.to_string().into()
    }
}

/// Keeps the same password by another hash: what another shop has made is replaced at the next login.
#[derive(Clone, Debug, PartialEq)]
pub struct ReplaceHash {
    pub account: AccountId,
    pub before: Text<255>,
    pub after: Text<255>,
}

impl Rule for ReplaceHash {
    /// Whether it was still the one to be replaced.
    type Outcome = bool;
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "replace_hash"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
    }

    fn decide(&self, _: Context, facts: &mut Facts) -> Result<bool, Never> {
        let account = facts.account(&self.account);
        let is_same = account.is_some_and(|account| account.password_hash == self.before);
        if is_same && let Some(account) = facts.accounts.edit(&self.account) {
            account.password_hash = self.after.clone();
        }
        Ok(is_same)
    }
}

commands!(Credentials:
    SetPassword = "set_password" -> AccountId,
    ResetPassword = "reset_password" -> AccountId,
    ConfirmEmail = "confirm_email" -> AccountId,
    ChangeEmail = "change_email" -> AccountId,
    ReplaceHash = "replace_hash" -> Never,
);
