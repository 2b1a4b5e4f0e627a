//! Second factors, as they should be: no code is good twice.

use super::{
    accounts::end_sessions,
    trail::{NOTHING_TO_TELL, of_customer},
};
use crate::{Expected, Kept, Model, Modelled, modelled::modelled};
use domain::{
    AccountId, BeginFactor, ConfirmFactor, Context, DropFactor, Factor, Listed, Proof, Role, Text,
    TrailKind,
    factors::{BeginFactorRefusal, ConfirmFactorRefusal, DropFactorRefusal},
};

impl Modelled for BeginFactor {
    fn expect(&self, model: &mut Model, Context { now, .. }: Context) -> Expected<Self> {
        use BeginFactorRefusal::{AccountClosed, HasFactor};
        let has_one =
            model.factors.get(&self.account).is_some_and(|one| one.confirmed_at.is_some());
        let mut wrong = vec![];
        wrong.extend(model.open_account(self.account).is_none().then_some(AccountClosed));
        wrong.extend(has_one.then_some(HasFactor));
        crate::refused_if_any(wrong)?;
        let BeginFactor { account, secret, recovery } = self.clone();
        let (last_step, confirmed_at, created_at) = (0, None, now);
        model.keep_factor(Factor {
            account,
            secret,
            recovery,
            last_step,
            confirmed_at,
            created_at,
        });
        Ok(account)
    }

    fn strip(&mut self) {
        (self.secret, self.recovery) = (Text::stored(""), Text::stored(""));
    }

    fn kept_of(account: &AccountId) -> Option<Kept> {
        Some(Kept::answer(*account))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        BeginFactor::before(kept).map(Kept::answer)
    }
}

impl Modelled for ConfirmFactor {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use ConfirmFactorRefusal::{NoFactor, OtpWrong};
        let begun = model.factors.get(&self.account).cloned().ok_or(vec![NoFactor])?;
        if begun.confirmed_at.is_some() {
            return match &self.proof {
                Proof::Step { secret, .. } if *secret == begun.secret => Ok(()),
                _ => Err(vec![NoFactor]),
            };
        }
        let is_on_paper = matches!(self.proof, Proof::Recovery(_));
        let spent = spend(begun, &self.proof).filter(|_| !is_on_paper).ok_or(vec![OtpWrong])?;
        model.keep_factor(Factor { confirmed_at: Some(context.now), ..spent });
        if let Some(before) = model.accounts.get(&self.account).cloned() {
            let mut after = before.clone();
            end_sessions(&mut after, context.now);
            model.keep_session(self.keeps, &before, after.era);
            model.keep_account(after);
        }
        let subject = of_customer(self.account);
        model.note(TrailKind::FactorAdded, subject, NOTHING_TO_TELL, context);
        Ok(())
    }

    fn strip(&mut self) {
        (self.proof, self.keeps) = (Proof::Wrong, None);
    }

    fn kept_of(_: &()) -> Option<Kept> {
        Some(Kept::answer(()))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        ConfirmFactor::before(kept).map(Kept::answer)
    }
}

impl Modelled for DropFactor {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use DropFactorRefusal::{AdminsOnly, NoFactor, OtpRequired, OtpWrong};
        let present = model.factors.get(&self.account).cloned().ok_or(vec![NoFactor])?;
        let counts = present.confirmed_at.is_some();
        let actor = context.who.actor;
        let is_own = actor.caller.id == self.account.0;
        match &self.proof {
            Some(proof) if counts && spend(present, proof).is_none() => return Err(vec![OtpWrong]),
            None if counts && is_own => return Err(vec![OtpRequired]),
            None if counts && !model.is_admin(actor) => return Err(vec![AdminsOnly]),
            _ => {}
        }
        model.lose_factor(self.account, context);
        if let Some(before) = model.accounts.get(&self.account).filter(|_| counts).cloned() {
            let mut after = before.clone();
            end_sessions(&mut after, context.now);
            let keeps = if before.role == Role::Customer { self.keeps } else { None };
            model.keep_session(keeps, &before, after.era);
            model.keep_account(after);
        }
        Ok(())
    }
}

impl Model {
    /// It goes, if there is one; and if it counted, that is told.
    pub(crate) fn lose_factor(&mut self, account: AccountId, context: Context) {
        let Some(factor) = self.factors.get(&account) else { return };
        let counts = factor.confirmed_at.is_some();
        self.touched.factors.drop(&mut self.factors, account);
        if counts {
            let subject = of_customer(account);
            self.note(TrailKind::FactorRemoved, subject, NOTHING_TO_TELL, context);
        }
    }
}

/// What is left of it once a code was shown, if that was a good one.
pub(crate) fn spend(mut factor: Factor, proof: &Proof) -> Option<Factor> {
    match proof {
        Proof::Wrong => return None,
        Proof::Step { secret, .. } if *secret != factor.secret => return None,
        Proof::Step { step, .. } => {
            if factor.last_step >= *step {
                return None;
            }
            factor.last_step = *step;
        }
        Proof::Recovery(hash) => {
            let codes: Vec<&str> = factor.recovery.split_whitespace().collect();
            let left: Vec<&str> =
                codes.iter().filter(|code| **code != hash.as_str()).copied().collect();
            if left.len() == codes.len() {
                return None;
            }
            factor.recovery = Text::stored(&left.join(" "));
        }
    }
    Some(factor)
}

impl Model {
    pub(crate) fn keep_factor(&mut self, factor: Factor) {
        self.touched.factors.keep(&mut self.factors, factor.account, factor);
    }
}

modelled!(factors:
    BeginFactor(BeginFactor),
    ConfirmFactor(ConfirmFactor),
    DropFactor(DropFactor),
);
