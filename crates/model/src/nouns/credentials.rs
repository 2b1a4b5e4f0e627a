//! Passwords and addresses, as they should be: a new password ends what the old one has opened, and a
//! link does its work once.

use super::{
    accounts::end_sessions,
    trail::{NOTHING_TO_TELL, of_customer},
};
use crate::{Expected, Kept, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    Account, ChangeEmail, ConfirmEmail, Context, Email, Listed, Purpose, ReplaceHash,
    ResetPassword, SessionId, SetPassword, Text, TrailKind,
    credentials::{ChangeEmailRefusal, LinkRefusal, SetPasswordRefusal},
};

impl Modelled for SetPassword {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use SetPasswordRefusal::{AccountClosed, PasswordChanged};
        let Some(before) = model.somebody(self.account).cloned() else {
            return Err(vec![AccountClosed]);
        };
        if self.known.as_ref().is_some_and(|known| *known != before.password_hash) {
            return Err(vec![PasswordChanged]);
        }
        let after = model.change_password(before.clone(), &self.password_hash, context);
        model.keep_session(self.keeps, &before, after.era);
        Ok(after)
    }

    fn strip(&mut self) {
        (self.password_hash, self.known, self.keeps) = (Text::stored(""), None, None);
    }

    fn kept_of(account: &Box<Account>) -> Option<Kept> {
        Some(Kept::answer(account.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        SetPassword::before(kept).map(Kept::answer)
    }
}

impl Modelled for ResetPassword {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let sent_to =
            model.sent_to(self.account, Purpose::ResetPassword, &self.secret, context.now);
        let before = model.open_account(self.account).cloned();
        let before = before.filter(|before| sent_to.as_ref() == Some(&before.email));
        let before = before.ok_or(vec![LinkRefusal::LinkSpent])?;
        let is_anybodys = !before.email_confirmed;
        let after = model.change_password(before, &self.password_hash, context);
        if is_anybodys {
            model.lose_factor(self.account, context);
        }
        Ok(model.confirm(*after, context))
    }

    fn strip(&mut self) {
        self.password_hash = Text::stored("");
    }

    fn kept_of(account: &Box<Account>) -> Option<Kept> {
        Some(Kept::answer(account.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        ResetPassword::before(kept).map(Kept::answer)
    }
}

impl Modelled for ConfirmEmail {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let sent_to = model.sent_to(self.account, Purpose::ConfirmEmail, &self.secret, context.now);
        let account = model.open_account(self.account).cloned();
        let account = account.filter(|account| Some(&account.email) == sent_to.as_ref());
        let account = account.ok_or(vec![LinkRefusal::LinkSpent])?;
        model.spend(self.account, &[Purpose::ConfirmEmail]);
        Ok(model.confirm(account, context))
    }

    fn kept_of(account: &Box<Account>) -> Option<Kept> {
        Some(Kept::answer(account.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        ConfirmEmail::before(kept).map(Kept::answer)
    }
}

impl Modelled for ChangeEmail {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use ChangeEmailRefusal::{LinkSpent, Taken};
        let sent_to = model.sent_to(self.account, Purpose::ChangeEmail, &self.secret, context.now);
        let before = model.open_account(self.account).cloned();
        let mut wrong = vec![];
        let is_good = before.is_some() && sent_to.as_ref() == Some(&self.email);
        wrong.extend((!is_good).then_some(LinkSpent));
        let is_taken = before
            .as_ref()
            .is_some_and(|before| model.taken(self.account, &before.username, &self.email).1);
        wrong.extend(is_taken.then_some(Taken));
        refused_if_any(wrong)?;
        let before = before.ok_or(vec![LinkSpent])?;
        model.spend(self.account, &[Purpose::ChangeEmail, Purpose::ResetPassword]);
        if before.email_confirmed && before.email == self.email {
            return Ok((Box::new(before.clone()), before.email));
        }
        let after = Account {
            email: self.email.clone(),
            email_confirmed: true,
            held_until: None,
            version: before.version + 1,
            updated_at: context.now,
            ..before.clone()
        };
        model.note_change(&before, &after, context);
        Ok((model.keep_account(after), before.email))
    }

    fn strip(&mut self) {
        self.email = Email::stored("");
    }

    fn kept_of((account, _): &(Box<Account>, Email)) -> Option<Kept> {
        Some(Kept::answer(account.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        ChangeEmail::before(kept).map(Kept::answer)
    }
}

impl Modelled for ReplaceHash {
    fn expect(&self, model: &mut Model, _: Context) -> Expected<Self> {
        let account = model.somebody(self.account).cloned();
        let account = account.filter(|account| account.password_hash == self.before);
        let is_same = account.is_some();
        if let Some(mut account) = account {
            account.password_hash = self.after.clone();
            model.keep_account(account);
        }
        Ok(is_same)
    }
}

impl Model {
    /// The one session that lives on when the others end.
    pub(crate) fn keep_session(&mut self, id: Option<SessionId>, before: &Account, era: i64) {
        let asks = id.and_then(|id| self.sessions.get_mut(&id));
        if let Some(session) = asks
            && (session.account, session.era) == (before.id, before.era)
            && session.ended_at.is_none()
        {
            session.era = era;
            self.touched.sessions.insert(session.id);
        }
    }

    fn change_password(
        &mut self,
        mut account: Account,
        hash: &Text<255>,
        context: Context,
    ) -> Box<Account> {
        account.password_hash = hash.clone();
        account.held_until = None;
        end_sessions(&mut account, context.now);
        self.spend(account.id, &[Purpose::ResetPassword, Purpose::ChangeEmail]);
        self.note(TrailKind::PasswordSet, of_customer(account.id), NOTHING_TO_TELL, context);
        self.keep_account(account)
    }

    fn confirm(&mut self, before: Account, context: Context) -> Box<Account> {
        if before.email_confirmed {
            return Box::new(before);
        }
        let after = Account {
            email_confirmed: true,
            held_until: None,
            version: before.version + 1,
            updated_at: context.now,
            ..before.clone()
        };
        self.note_change(&before, &after, context);
        self.keep_account(after)
    }
}

modelled!(credentials:
    SetPassword(SetPassword),
    ResetPassword(ResetPassword),
    ConfirmEmail(ConfirmEmail),
    ChangeEmail(ChangeEmail),
    ReplaceHash(ReplaceHash),
);
