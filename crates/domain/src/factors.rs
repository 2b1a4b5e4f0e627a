//! Second factors: a secret in somebody's telephone that makes another code every half a minute, and
//! codes on paper for the day when that is lost. A code is compared before it comes here, for that
//! takes the time; here it is spent, so that it is good once on all nodes.

use crate::{
    AccountId, Context, Facts, Fingerprint, Micros, SessionId, Text, TrailKind, commands,
    facts::Row,
    idempotency::DONE,
    kinds,
    rules::{Keyed, Never, Rule, Who},
    trail::{Faceless, Noted},
};
use serde::Serialize;

#[derive(Clone, Debug, PartialEq)]
pub struct Factor {
    pub account: AccountId,
    /// In base 32, as the telephone was told.
    pub secret: Text<64>,
    /// Hashes of the codes on paper that were not used yet, with blanks between them.
    pub recovery: Text<1000>,
    /// The half-minute of the last code that was taken: no code of it or before it is taken again.
    pub last_step: i64,
    /// It counts from then on.
    pub confirmed_at: Option<Micros>,
    pub created_at: Micros,
}

impl Row for Factor {
    type Key = AccountId;
    type Find = AccountId;
    fn key(&self) -> AccountId {
        self.account
    }
}

/// Somebody has shown a code.
#[derive(Clone, Debug, PartialEq)]
pub enum Proof {
    /// Of the telephone: right for this secret, in this half-minute.
    Step { secret: Text<64>, step: i64 },
    /// Of the paper, by its hash.
    Recovery(Text<64>),
    /// Something that is neither.
    Wrong,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Unproven;

impl Factor {
    pub fn is_confirmed(&self) -> bool {
        self.confirmed_at.is_some()
    }

    /// What is left of it once a proof is spent.
    pub fn proven(&self, proof: &Proof) -> Result<Factor, Unproven> {
        match proof {
            Proof::Step { secret, step } if *secret == self.secret && *step > self.last_step => {
                Ok(Factor { last_step: *step, ..self.clone() })
            }
            Proof::Recovery(hash) if self.hashes().any(|known| known == hash.as_str()) => {
                let left: Vec<&str> = self.hashes().filter(|left| *left != hash.as_str()).collect();
                Ok(Factor { recovery: Text::stored(&left.join(" ")), ..self.clone() })
            }
            _ => Err(Unproven),
        }
    }

    fn hashes(&self) -> impl Iterator<Item = &str> {
        self.recovery.split(' ').filter(|hash| !hash.is_empty())
    }

    pub fn recovery_left(&self) -> usize {
        self.hashes().count()
    }
}

/// Keeps a second factor that does not count until its owner has shown a code of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BeginFactor {
    pub account: AccountId,
    #[serde(skip)]
    pub secret: Text<64>,
    #[serde(skip)]
    pub recovery: Text<1000>,
}

kinds! {
    pub enum BeginFactorRefusal {
        AccountClosed = "account_closed",
        /// There is one: it has to go first.
        HasFactor = "has_factor",
    }
}

impl Rule for BeginFactor {
    type Outcome = AccountId;
    type Refusal = BeginFactorRefusal;

    fn name(&self) -> &'static str {
        "begin_factor"
    }

    /// A lost reply is a lost secret: it is shown once. What it has made stays as it is.
    fn keyed(&self) -> Keyed {
        Keyed::Traced
    }

    fn fingerprint(&self) -> Option<Fingerprint> {
        Some(Fingerprint::of(self.name(), self))
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.account);
        facts.factors.want(&self.account);
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<AccountId, BeginFactorRefusal> {
        let account = facts.account(&self.account).filter(|account| account.is_active);
        account.ok_or(BeginFactorRefusal::AccountClosed)?;
        let before = facts.factors.get(&self.account);
        let factor = Factor {
            account: self.account,
            secret: self.secret.clone(),
            recovery: self.recovery.clone(),
            last_step: 0,
            confirmed_at: None,
            created_at: context.now,
        };
        match before.map(Factor::is_confirmed) {
            Some(true) => return Err(BeginFactorRefusal::HasFactor),
            Some(false) => facts.factors.put(factor),
            None => facts.factors.make(factor),
        }
        Ok(self.account)
    }

    fn kept(account: &AccountId) -> Box<str> {
        account.to_string().into()
    }
}

/// From now on it counts: its owner has shown a code. Which one it was is nothing to a key: the same code
/// proves nothing a minute later.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ConfirmFactor {
    pub account: AccountId,
    #[serde(skip)]
    pub proof: Proof,
    /// The session that has shown the code. All others were opened without one, and end.
    #[serde(skip)]
    pub keeps: Option<SessionId>,
}

kinds! {
    pub enum ConfirmFactorRefusal {
        NoFactor = "no_factor",
        OtpWrong = "otp_wrong",
    }
}

impl Rule for ConfirmFactor {
    type Outcome = ();
    type Refusal = ConfirmFactorRefusal;

    fn name(&self) -> &'static str {
        "confirm_factor"
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
        self.keeps.iter().for_each(|session| facts.sessions.want(session));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<(), ConfirmFactorRefusal> {
        use ConfirmFactorRefusal::{NoFactor, OtpWrong};
        let factor = facts.factors.get(&self.account).ok_or(NoFactor)?;
        if factor.is_confirmed() {
            // Who shows a code of it again has lost the answer.
            let is_shown =
                matches!(&self.proof, Proof::Step { secret, .. } if *secret == factor.secret);
            return is_shown.then_some(()).ok_or(NoFactor);
        }
        // A code on paper shows nothing about the telephone.
        if !matches!(self.proof, Proof::Step { .. }) {
            return Err(OtpWrong);
        }
        let proven = factor.proven(&self.proof).map_err(|Unproven| OtpWrong)?;
        facts.factors.put(Factor { confirmed_at: Some(context.now), ..proven });
        facts.begin_era(self.account, self.keeps, context.now);
        let subject = Noted::Customer(self.account);
        context.note::<Faceless>(facts, TrailKind::FactorAdded, subject, (None, None));
        Ok(())
    }

    fn kept((): &()) -> Box<str> {
        DONE.into()
    }
}

/// Takes a second factor away, by a code of it; or by an admin, for somebody who has lost everything.
#[derive(Clone, Debug, PartialEq)]
pub struct DropFactor {
    pub account: AccountId,
    pub proof: Option<Proof>,
    /// The session of a customer who has shown the code. All others end, and of the staff all: their rights
    /// may be for those who have a factor, and a token tells rights until it ends.
    pub keeps: Option<SessionId>,
}

kinds! {
    pub enum DropFactorRefusal {
        NoFactor = "no_factor",
        OtpWrong = "otp_wrong",
        /// Nobody takes his own away without a code.
        OtpRequired = "otp_required",
        /// Who is an admin now takes away that of somebody else.
        AdminsOnly = "admins_only",
    }
}

impl Rule for DropFactor {
    type Outcome = ();
    type Refusal = DropFactorRefusal;

    fn name(&self) -> &'static str {
        "drop_factor"
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        facts.want_actor(who);
        facts.accounts.want(&self.account);
        facts.factors.want(&self.account);
        self.keeps.iter().for_each(|session| facts.sessions.want(session));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<(), DropFactorRefusal> {
        let factor = facts.factors.get(&self.account).ok_or(DropFactorRefusal::NoFactor)?;
        let actor = context.who.actor;
        match &self.proof {
            _ if !factor.is_confirmed() => {}
            Some(proof) => {
                factor.proven(proof).map_err(|Unproven| DropFactorRefusal::OtpWrong)?;
            }
            None if actor.is_account(self.account) => return Err(DropFactorRefusal::OtpRequired),
            None if facts.is_admin(actor) => {}
            None => return Err(DropFactorRefusal::AdminsOnly),
        }
        if factor.is_confirmed() {
            let account = facts.accounts.get(&self.account);
            let is_staff = account.is_some_and(|account| account.role.is_staff());
            let keeps = self.keeps.filter(|_| !is_staff);
            facts.begin_era(self.account, keeps, context.now);
        }
        facts.drop_factor(self.account, context);
        Ok(())
    }
}

impl Facts {
    /// That one which never counted goes is nobody's business.
    pub(crate) fn drop_factor(&mut self, account: AccountId, context: Context) {
        let counted = self.factors.get(&account).is_some_and(Factor::is_confirmed);
        self.factors.drop(&account);
        if counted {
            let subject = Noted::Customer(account);
            context.note::<Faceless>(self, TrailKind::FactorRemoved, subject, (None, None));
        }
    }
}

commands!(Factors:
    BeginFactor = "begin_factor" -> AccountId,
    ConfirmFactor = "confirm_factor" -> (),
    DropFactor = "drop_factor" -> Never,
);

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn factor() -> Factor {
        Factor {
            account: AccountId(Uuid::nil()),
            secret: Text::stored("S"),
            recovery: Text::stored("a b"),
            last_step: 7,
            confirmed_at: Some(Micros(1)),
            created_at: Micros(1),
        }
    }

    #[test]
    fn a_code_is_good_once() {
        let step = |secret, step| Proof::Step { secret: Text::stored(secret), step };
        let recovery = |hash| Proof::Recovery(Text::stored(hash));
        for (proof, left) in [
            (step("S", 8), Some((8, "a b"))),
            (step("S", 7), None),
            (step("T", 8), None),
            (recovery("b"), Some((7, "a"))),
            (recovery("c"), None),
            (recovery(""), None),
            (Proof::Wrong, None),
        ] {
            let proven = factor().proven(&proof).ok();
            let proven = proven.map(|after| (after.last_step, after.recovery.to_string()));
            assert_eq!(proven, left.map(|(step, left)| (step, left.to_owned())), "{proof:?}");
        }
        let spent = factor().proven(&recovery("a")).unwrap();
        assert_eq!((spent.proven(&recovery("a")), spent.recovery_left()), (Err(Unproven), 1));
    }
}
