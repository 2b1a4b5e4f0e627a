//! Accounts: who may enter, as what, and by what name and address (`names`). Passwords are set in
//! `credentials`.

mod anonymize;
mod let_go;

pub use anonymize::{Anonymize, AnonymizeRefusal, Erasure};
pub use let_go::{LetGo, LetGoRefusal};

use crate::{
    Actor, Context, Email, Factor, Facts, Fingerprint, Micros, Role, Text, TrailKind, Username,
    commands,
    credentials::want_links,
    facts::{EmailOwner, FoldedEmail, FoldedName, LookalikeOwner, Row, Skeleton, UsernameOwner},
    idempotency::Before,
    kinds,
    rules::{Keyed, Never, Rule, Weight, Who},
    trail::Noted,
    uuid_ids,
};
use serde::Serialize;
use uuid::Uuid;

uuid_ids! { AccountId }

/// An account is written as it is, and told in the trail as it is and as it was.
const WRITTEN: Weight = Weight { rows: 5, bytes: 12 * 1024 };

#[derive(Clone, Debug, PartialEq)]
pub struct Account {
    pub id: AccountId,
    pub username: Username,
    /// What no other name may have in common with this one. Names of before this was looked at have
    /// none.
    pub skeleton: Option<Text<300>>,
    pub email: Email,
    /// Whoever has the account reads what is sent to this address.
    pub email_confirmed: bool,
    pub password_hash: Text<255>,
    pub first_name: Text<150>,
    pub last_name: Text<150>,
    /// In which the shop writes to him, by its code; none: in its own.
    pub language: Option<Text<8>>,
    pub role: Role,
    pub is_active: bool,
    /// Rises by what others see of it.
    pub version: i64,
    /// All sessions of an earlier one have ended: one edit ends them all.
    pub era: i64,
    pub era_began_at: Option<Micros>,
    /// Since then nobody knows whose it was.
    pub gone_at: Option<Micros>,
    /// Until then it waits for somebody to show that it is his: by a link to its address, or by being let
    /// in. Then it is let go.
    pub held_until: Option<Micros>,
    pub created_at: Micros,
    pub updated_at: Micros,
}

impl Account {
    /// Ends all sessions.
    pub fn begin_era(&mut self, now: Micros) {
        self.era += 1;
        self.era_began_at = Some(now);
    }

    pub(crate) fn touch(&mut self, now: Micros) {
        self.version += 1;
        self.updated_at = now;
    }

    fn folded(&self) -> (FoldedName, FoldedEmail) {
        (FoldedName(self.username.folded()), FoldedEmail(self.email.folded()))
    }

    fn looks_like(&self) -> Option<Skeleton> {
        self.skeleton.as_ref().map(|skeleton| Skeleton(skeleton.to_string()))
    }
}

impl Row for Account {
    type Key = AccountId;
    type Find = AccountId;
    fn key(&self) -> AccountId {
        self.id
    }
}

/// Opens an account under a user name and an e-mail address that nobody has.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Register {
    #[serde(skip)]
    pub id: AccountId,
    pub username: Username,
    pub email: Email,
    // A fingerprint is kept: nobody shall guess a password by it.
    #[serde(skip)]
    pub password_hash: Text<255>,
    #[serde(skip_serializing_if = "is_empty")]
    pub first_name: Text<150>,
    #[serde(skip_serializing_if = "is_empty")]
    pub last_name: Text<150>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub language: Option<Text<8>>,
    #[serde(skip_serializing_if = "is_customer")]
    pub role: Role,
    /// The shop itself says so, of those whom it brings along.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub email_confirmed: bool,
    /// Whether somebody comes in by it already.
    #[serde(skip_serializing_if = "is_so")]
    pub is_active: bool,
    /// How long it may stay if nobody shows that it is his; for ever if none.
    #[serde(skip)]
    pub held_us: Option<i64>,
}

impl Register {
    fn held_until(&self, now: Micros) -> Option<Micros> {
        self.held_us.filter(|_| !self.email_confirmed).map(|held_us| now.plus(held_us))
    }
}

fn is_so(is_active: &bool) -> bool {
    *is_active
}

fn is_empty(name: &Text<150>) -> bool {
    name.as_str().is_empty()
}

fn is_customer(role: &Role) -> bool {
    *role == Role::Customer
}

kinds! {
    pub enum RegisterRefusal {
        Taken { username: bool, email: bool } = "taken",
    }
}

impl Rule for Register {
    type Outcome = Box<Account>;
    type Refusal = RegisterRefusal;

    fn name(&self) -> &'static str {
        "register"
    }

    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        want_name(&self.username, facts);
        facts.emails.want(&FoldedEmail(self.email.folded()));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Box<Account>, RegisterRefusal> {
        let account = Account {
            id: self.id,
            username: self.username.clone(),
            skeleton: Some(skeleton(&self.username)),
            email: self.email.clone(),
            email_confirmed: self.email_confirmed,
            password_hash: self.password_hash.clone(),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            language: self.language.clone(),
            role: self.role,
            is_active: self.is_active,
            version: 1,
            era: 1,
            era_began_at: None,
            gone_at: None,
            held_until: self.held_until(context.now),
            created_at: context.now,
            updated_at: context.now,
        };
        if let Some((username, email)) = facts.taken(&account) {
            return Err(RegisterRefusal::Taken { username, email });
        }
        facts.learn_names(&account);
        facts.accounts.make(account.clone());
        let kind = TrailKind::CustomerRegistered;
        context.note(facts, kind, Noted::Customer(account.id), (None, Some(&account)));
        Ok(Box::new(account))
    }

    /// By its id: an account is shown as it is now.
    fn kept(account: &Box<Account>) -> Box<str> {
        account.id.to_string().into()
    }

    fn weight(&self) -> Weight {
        WRITTEN
    }
}

impl Before for AccountId {
    fn read(kept: &str) -> Option<AccountId> {
        Uuid::try_parse(kept).ok().map(AccountId)
    }
}

fn skeleton(username: &Username) -> Text<300> {
    Text::stored(&username.skeleton())
}

fn want_name(username: &Username, facts: &mut Facts) {
    facts.usernames.want(&FoldedName(username.folded()));
    facts.lookalikes.want(&Skeleton(username.skeleton()));
}

impl Facts {
    /// Whether somebody else has the name, or one that looks like it, or the address.
    pub(crate) fn taken(&self, account: &Account) -> Option<(bool, bool)> {
        let (name, address) = account.folded();
        let alike = account.looks_like().and_then(|skeleton| self.lookalikes.get(&skeleton));
        let username = self.usernames.get(&name).is_some_and(|owner| owner.is != account.id)
            || alike.is_some_and(|owner| owner.is != account.id);
        let email = self.emails.get(&address).is_some_and(|owner| owner.is != account.id);
        (username || email).then_some((username, email))
    }

    fn learn_names(&mut self, account: &Account) {
        let (name, address) = account.folded();
        self.usernames.learn(UsernameOwner { name, is: account.id });
        if let Some(name) = account.looks_like() {
            self.lookalikes.learn(LookalikeOwner { name, is: account.id });
        }
        self.emails.learn(EmailOwner { name: address, is: account.id });
    }

    /// Overwrites an account that is there. What it was called before is free.
    pub(crate) fn put_account(&mut self, account: Account) {
        if let Some(present) = self.accounts.get(&account.id) {
            let (name, address) = present.folded();
            present.looks_like().iter().for_each(|skeleton| self.lookalikes.forget(skeleton));
            self.usernames.forget(&name);
            self.emails.forget(&address);
        }
        self.learn_names(&account);
        self.accounts.put(account);
    }

    /// Whose rights `is_admin` looks at.
    pub(crate) fn want_actor(&mut self, who: &Who) {
        who.actor.account().iter().for_each(|id| self.accounts.want(id));
    }

    /// As the row says now: a token tells what was so when it was made. Two admins may be taking each
    /// other's rights at once, and the one who comes second has none any more.
    pub(crate) fn is_admin(&self, actor: Actor) -> bool {
        let account = actor.account().and_then(|id| self.accounts.get(&id));
        let is_still = |account: &Account| account.is_active && account.role == Role::Admin;
        actor.role == Role::Admin && account.is_none_or(is_still)
    }

    /// An account that somebody has.
    pub(crate) fn account(&self, id: &AccountId) -> Option<&Account> {
        self.accounts.get(id).filter(|account| account.gone_at.is_none())
    }
}

impl Context<'_> {
    pub(crate) fn changed(&self, facts: &mut Facts, before: &Account, after: &Account) {
        let kind = TrailKind::CustomerChanged;
        self.note(facts, kind, Noted::Customer(after.id), (Some(before), Some(after)));
    }
}

/// Changes what the request names, if the account is still at a version that the editor has seen. What
/// one may change of one's own is for the API to say; rights are looked at here.
#[derive(Clone, Debug, PartialEq)]
pub struct EditAccount {
    pub id: AccountId,
    /// `None`: whatever version it is at.
    pub versions: Option<Vec<i64>>,
    pub username: Option<Username>,
    pub email: Option<Email>,
    pub first_name: Option<Text<150>>,
    pub last_name: Option<Text<150>>,
    /// `Some(None)`: in the shop's own.
    pub language: Option<Option<Text<8>>>,
    pub role: Option<Role>,
    pub is_active: Option<bool>,
}

impl EditAccount {
    /// An edit that changes nothing yet.
    pub fn of(id: AccountId) -> EditAccount {
        EditAccount {
            id,
            versions: None,
            username: None,
            email: None,
            first_name: None,
            last_name: None,
            language: None,
            role: None,
            is_active: None,
        }
    }

    fn applied_to(&self, present: &Account, now: Micros) -> Account {
        // Every field by name, so that a new one cannot be passed over.
        let EditAccount {
            id: _,
            versions: _,
            username,
            email,
            first_name,
            last_name,
            language,
            role,
            is_active,
        } = self;
        let mut edited = present.clone();
        if let Some(username) = username.as_ref().filter(|username| **username != present.username)
        {
            edited.skeleton = Some(skeleton(username));
            edited.username = username.clone();
        }
        if let Some(email) = email {
            edited.email_confirmed &= *email == present.email;
            edited.email = email.clone();
        }
        overwrite(&mut edited.first_name, first_name);
        overwrite(&mut edited.last_name, last_name);
        overwrite(&mut edited.language, language);
        overwrite(&mut edited.role, role);
        overwrite(&mut edited.is_active, is_active);
        if edited == *present {
            return edited;
        }
        // Whoever edits it takes it for somebody's.
        edited.held_until = None;
        // Tokens name the role that they were made for.
        if edited.role != present.role || !edited.is_active {
            edited.begin_era(now);
        }
        edited.touch(now);
        edited
    }
}

fn overwrite<T: Clone>(place: &mut T, with: &Option<T>) {
    if let Some(value) = with {
        *place = value.clone();
    }
}

kinds! {
    pub enum EditAccountRefusal {
        NotFound = "account_not_found",
        VersionMismatch { current: i64 } = "version_mismatch",
        Taken { username: bool, email: bool } = "taken",
        /// Roles, and accounts of the staff, are the admins' to change.
        AdminsOnly = "admins_only",
        /// Nobody takes his own rights: so there is always an admin.
        OwnRights = "own_rights",
        /// One's own address is another one when that has shown that it is read.
        OwnEmail = "own_email",
        /// Who reads the mail of another address chooses a password by it: the second factor would be none.
        HasFactor = "has_second_factor",
    }
}

impl Rule for EditAccount {
    type Outcome = Box<Account>;
    type Refusal = EditAccountRefusal;

    fn name(&self) -> &'static str {
        "edit_account"
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.id);
        facts.want_actor(who);
        if let Some(username) = &self.username {
            want_name(username, facts);
        }
        if let Some(email) = &self.email {
            facts.emails.want(&FoldedEmail(email.folded()));
            facts.factors.want(&self.id);
            want_links(self.id, facts);
        }
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Box<Account>, EditAccountRefusal> {
        let present = facts.account(&self.id).ok_or(EditAccountRefusal::NotFound)?;
        let (actor, is_own) = (context.who.actor, context.who.actor.is_account(self.id));
        let is_admin = facts.is_admin(actor);
        if present.role.is_staff() && !is_own && !is_admin {
            return Err(EditAccountRefusal::AdminsOnly);
        }
        if let Some(versions) = &self.versions
            && !versions.contains(&present.version)
        {
            return Err(EditAccountRefusal::VersionMismatch { current: present.version });
        }
        let edited = self.applied_to(present, context.now);
        let gives_rights = edited.role != present.role;
        if is_own && (gives_rights || edited.is_active != present.is_active) {
            return Err(EditAccountRefusal::OwnRights);
        }
        if is_own && edited.email != present.email {
            return Err(EditAccountRefusal::OwnEmail);
        }
        let factor = facts.factors.get(&self.id);
        if edited.email != present.email && factor.is_some_and(Factor::is_confirmed) {
            return Err(EditAccountRefusal::HasFactor);
        }
        if gives_rights && !is_admin {
            return Err(EditAccountRefusal::AdminsOnly);
        }
        if let Some((username, email)) = facts.taken(&edited) {
            return Err(EditAccountRefusal::Taken { username, email });
        }
        if edited != *present {
            let before = present.clone();
            if edited.email != before.email {
                facts.spend_links(self.id);
            }
            facts.put_account(edited.clone());
            context.changed(facts, &before, &edited);
        }
        Ok(Box::new(edited))
    }

    fn weight(&self) -> Weight {
        WRITTEN
    }
}

commands!(Accounts:
    Register = "register" -> AccountId,
    EditAccount = "edit_account" -> Never,
    Anonymize = "anonymize" -> Never,
    LetGo = "let_go" -> Never,
);
