//! The end of an account: it becomes nobody's, and its orders keep their owner.

use super::{Account, AccountId, skeleton};
use crate::{
    Context, Email, Facts, Role, Text, TrailKind, Username, addresses,
    facts::Row,
    kinds,
    links::Purpose,
    rules::{Rule, Weight, Who},
    trail::{Faceless, of_customer},
};

/// Makes an account nobody's: what the shop knows of the person goes, and what was ordered stays.
#[derive(Clone, Debug, PartialEq)]
pub struct Anonymize {
    pub id: AccountId,
}

kinds! {
    pub enum AnonymizeRefusal {
        NotFound = "account_not_found",
        AdminsOnly = "admins_only",
        /// There would perhaps be no admin any more.
        OwnRights = "own_rights",
    }
}

impl Rule for Anonymize {
    type Outcome = Box<Account>;
    type Refusal = AnonymizeRefusal;

    fn name(&self) -> &'static str {
        "anonymize"
    }

    fn needs(&self, who: &Who, facts: &mut Facts) {
        facts.accounts.want(&self.id);
        who.actor.account().iter().for_each(|id| facts.accounts.want(id));
        facts.addresses.want(&self.id);
        facts.factors.want(&self.id);
        Purpose::ALL.iter().for_each(|purpose| facts.links.want(&(self.id, *purpose)));
    }

    fn decide(
        &self,
        context: Context,
        facts: &mut Facts,
    ) -> Result<Box<Account>, AnonymizeRefusal> {
        let present = facts.account(&self.id).ok_or(AnonymizeRefusal::NotFound)?;
        let (actor, is_own) = (context.who.actor, context.who.actor.is_account(self.id));
        if is_own && present.role == Role::Admin {
            return Err(AnonymizeRefusal::OwnRights);
        }
        if present.role.is_staff() && !is_own && !facts.is_admin(actor) {
            return Err(AnonymizeRefusal::AdminsOnly);
        }
        let nobody = Username::stored(&format!("gone-{}", self.id));
        let mut account = Account {
            skeleton: Some(skeleton(&nobody)),
            username: nobody,
            email: Email::stored(&format!("gone-{}@gone.invalid", self.id)),
            email_confirmed: false,
            password_hash: Text::default(),
            first_name: Text::default(),
            last_name: Text::default(),
            role: Role::Customer,
            is_active: false,
            gone_at: Some(context.now),
            ..present.clone()
        };
        account.begin_era(context.now);
        account.touch(context.now);
        facts.put_account(account.clone());
        let kept: Vec<_> = facts.addresses.of(&self.id).map(Row::key).collect();
        kept.iter().for_each(|key| facts.addresses.drop(key));
        facts.factors.drop(&self.id);
        Purpose::ALL.iter().for_each(|purpose| facts.links.drop(&(self.id, *purpose)));
        facts.erasures.add(Erasure { account: self.id });
        let kind = TrailKind::CustomerDeleted;
        context.note::<Faceless>(facts, kind, of_customer(self.id), (None, None));
        Ok(Box::new(account))
    }

    fn weight(&self) -> Weight {
        Weight { rows: 8 + addresses::MOST, ..Weight::ONE }
    }
}

/// What is written of a person in other tables than those that a rule reads goes too: where he was from,
/// and of the trail what is `PERSONAL`.
#[derive(Clone, Debug, PartialEq)]
pub struct Erasure {
    pub account: AccountId,
}
