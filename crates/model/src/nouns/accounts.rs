//! Accounts, as they should be: no two names or addresses look alike, rights are given by admins and
//! never to oneself, and who has gone is known no longer.

use super::trail::{NOTHING_TO_TELL, of_customer, shown_account};
use crate::{Expected, Kept, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    Account, AccountId, Actor, Anonymize, CallerKind, CartId, Context, EditAccount, Email,
    EventKind, LetGo, Listed, Micros, Purpose, Register, Role, SubjectKind, Text, TrailKind,
    Username,
    accounts::{AnonymizeRefusal, EditAccountRefusal, LetGoRefusal, RegisterRefusal},
};

impl Modelled for Register {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let (username, email) = model.taken(self.id, &self.username, &self.email);
        if username || email {
            return Err(vec![RegisterRefusal::Taken { username, email }]);
        }
        let wanted = self.clone();
        let account = Account {
            id: wanted.id,
            skeleton: Some(looks_like(&wanted.username)),
            username: wanted.username,
            email: wanted.email,
            email_confirmed: wanted.email_confirmed,
            password_hash: wanted.password_hash,
            first_name: wanted.first_name,
            last_name: wanted.last_name,
            language: wanted.language,
            role: wanted.role,
            is_active: wanted.is_active,
            version: 1,
            era: 1,
            era_began_at: None,
            gone_at: None,
            held_until: match (wanted.email_confirmed, wanted.held_us) {
                (false, Some(held_us)) => Some(Micros(context.now.0 + held_us)),
                _ => None,
            },
            created_at: context.now,
            updated_at: context.now,
        };
        let sides = [None, Some(shown_account(&account))];
        model.note(TrailKind::CustomerRegistered, of_customer(account.id), sides, context);
        let of = (SubjectKind::Customer, account.id.0);
        model.tell((EventKind::CustomerRegistered, Some(1)), of, None, context);
        Ok(model.keep_account(account))
    }

    fn strip(&mut self) {
        (self.id, self.password_hash) = (AccountId(uuid::Uuid::nil()), Text::stored(""));
        self.held_us = None;
    }

    fn kept_of(account: &Box<Account>) -> Option<Kept> {
        Some(Kept::answer(account.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        Register::before(kept).map(Kept::answer)
    }
}

impl Modelled for EditAccount {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use EditAccountRefusal::{
            AdminsOnly, HasFactor, NotFound, OwnEmail, OwnRights, Taken, VersionMismatch,
        };
        let Some(before) = model.somebody(self.id).cloned() else { return Err(vec![NotFound]) };
        // Every field by name, so that a new one cannot be passed over.
        let EditAccount {
            id: _,
            versions,
            username,
            email,
            first_name,
            last_name,
            language,
            role,
            is_active,
        } = self.clone();
        let email = email.unwrap_or(before.email.clone());
        let mut after = Account {
            username: username.unwrap_or(before.username.clone()),
            email_confirmed: before.email_confirmed && email == before.email,
            email,
            first_name: first_name.unwrap_or(before.first_name.clone()),
            last_name: last_name.unwrap_or(before.last_name.clone()),
            language: language.unwrap_or(before.language.clone()),
            role: role.unwrap_or(before.role),
            is_active: is_active.unwrap_or(before.is_active),
            ..before.clone()
        };
        after.skeleton = Some(looks_like(&after.username));
        let actor = context.who.actor;
        let (is_own, is_admin) = (is_own(actor, self.id), model.is_admin(actor));
        let is_of_staff = before.role != Role::Customer && !is_own;
        let (moves, closes) = (after.role != before.role, after.is_active != before.is_active);
        let mut wrong = vec![];
        wrong.extend(((is_of_staff || moves) && !is_admin).then_some(AdminsOnly));
        wrong.extend((is_own && (moves || closes)).then_some(OwnRights));
        wrong.extend((is_own && after.email != before.email).then_some(OwnEmail));
        let is_moved = after.email != before.email;
        let has_factor = model.factors.get(&self.id).is_some_and(|factor| factor.is_confirmed());
        wrong.extend((is_moved && has_factor).then_some(HasFactor));
        let is_stale = versions.is_some_and(|seen| !seen.contains(&before.version));
        wrong.extend(is_stale.then_some(VersionMismatch { current: before.version }));
        let (username, email) = model.taken(self.id, &after.username, &after.email);
        wrong.extend((username || email).then_some(Taken { username, email }));
        refused_if_any(wrong)?;
        if after == before {
            return Ok(Box::new(after));
        }
        if moves || !after.is_active {
            end_sessions(&mut after, context.now);
        }
        if after.email != before.email {
            model.spend(self.id, &[Purpose::ResetPassword, Purpose::ChangeEmail]);
        }
        (after.version, after.updated_at) = (before.version + 1, context.now);
        after.held_until = None;
        model.note_change(&before, &after, context);
        Ok(model.keep_account(after))
    }
}

impl Modelled for Anonymize {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use AnonymizeRefusal::{AdminsOnly, NotFound, OwnRights};
        let Some(before) = model.somebody(self.id).cloned() else { return Err(vec![NotFound]) };
        let actor = context.who.actor;
        let is_own = is_own(actor, self.id);
        let mut wrong = vec![];
        wrong.extend((is_own && before.role == Role::Admin).then_some(OwnRights));
        let is_of_staff = before.role != Role::Customer && !is_own;
        wrong.extend((is_of_staff && !model.is_admin(actor)).then_some(AdminsOnly));
        refused_if_any(wrong)?;
        Ok(model.make_nobodys(before, context))
    }
}

impl Modelled for LetGo {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let held = model.somebody(self.id).filter(|account| match account.held_until {
            Some(until) => context.now >= until,
            None => false,
        });
        let held = held.cloned().ok_or(vec![LetGoRefusal::NotDue])?;
        Ok(model.make_nobodys(held, context))
    }
}

impl Model {
    fn make_nobodys(&mut self, before: Account, context: Context) -> Box<Account> {
        let id = before.id;
        self.end_cart(CartId(id.0));
        let nobody = format!("gone-{}", id.0);
        let mut after = Account {
            id,
            email: Email::stored(&format!("{nobody}@gone.invalid")),
            username: Username::stored(&nobody),
            skeleton: Some(looks_like(&Username::stored(&nobody))),
            email_confirmed: false,
            password_hash: Text::stored(""),
            first_name: Text::stored(""),
            last_name: Text::stored(""),
            language: None,
            role: Role::Customer,
            is_active: false,
            version: before.version + 1,
            era: before.era,
            era_began_at: None,
            gone_at: Some(context.now),
            held_until: None,
            created_at: before.created_at,
            updated_at: context.now,
        };
        end_sessions(&mut after, context.now);
        let kept: Vec<_> = self.addresses.keys().filter(|key| key.0 == id).copied().collect();
        for key in kept {
            self.addresses.remove(&key);
            self.touched.addresses.insert(key);
        }
        self.touched.factors.drop(&mut self.factors, id);
        self.spend(id, Purpose::ALL);
        self.note(TrailKind::CustomerDeleted, of_customer(id), NOTHING_TO_TELL, context);
        let of = (SubjectKind::Customer, id.0);
        self.tell((EventKind::CustomerDeleted, None), of, None, context);
        self.erase(id);
        self.keep_account(after)
    }
}

fn is_own(actor: Actor, id: AccountId) -> bool {
    actor.caller.kind == CallerKind::Account && actor.caller.id == id.0
}

pub(crate) fn end_sessions(account: &mut Account, now: Micros) {
    (account.era, account.era_began_at) = (account.era + 1, Some(now));
}

/// All that is alike in names of ASCII.
fn looks_like(name: &Username) -> Text<300> {
    let name = name.as_str().replace('I', "l").to_ascii_lowercase();
    Text::stored(&name.replace('m', "rn").replace('0', "o").replace('1', "l"))
}

impl Model {
    /// Whether another account has a name, or an address, that looks like these. They are of ASCII, whose
    /// case is all there is to fold.
    pub(crate) fn taken(&self, id: AccountId, name: &Username, email: &Email) -> (bool, bool) {
        let others = || self.accounts.values().filter(|other| other.id != id);
        let (name, email) = (Some(looks_like(name)), email.as_str());
        (
            others().any(|other| other.skeleton == name),
            others().any(|other| other.email.as_str().eq_ignore_ascii_case(email)),
        )
    }

    /// Whoever says so, and has not lost it since he logged in. The shop, its programs and guests have no account.
    pub(crate) fn is_admin(&self, actor: Actor) -> bool {
        let known = match actor.caller.kind {
            CallerKind::Account => self.accounts.get(&AccountId(actor.caller.id)),
            CallerKind::System | CallerKind::ApiKey | CallerKind::Guest | CallerKind::Channel => {
                None
            }
        };
        let has_lost_it = known.is_some_and(|known| known.role != Role::Admin || !known.is_active);
        actor.role == Role::Admin && !has_lost_it
    }

    /// Of those who have not gone.
    pub(crate) fn somebody(&self, id: AccountId) -> Option<&Account> {
        self.accounts.get(&id).filter(|account| account.gone_at.is_none())
    }

    /// Of those who may do something.
    pub(crate) fn open_account(&self, id: AccountId) -> Option<&Account> {
        self.somebody(id).filter(|account| account.is_active)
    }

    pub(crate) fn keep_account(&mut self, account: Account) -> Box<Account> {
        self.touched.accounts.insert(account.id);
        self.accounts.insert(account.id, account.clone());
        Box::new(account)
    }
}

modelled!(accounts:
    Register(Register),
    EditAccount(EditAccount),
    Anonymize(Anonymize),
    LetGo(LetGo),
);
