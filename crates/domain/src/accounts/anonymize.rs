//! The end of an account: it becomes nobody's, and its orders keep their owner.

use super::{Account, AccountId, skeleton};
use crate::{
    CartId, Context, Email, Facts, Role, Text, TrailKind, Username, addresses, carts,
    facts::Row,
    kinds,
    links::Purpose,
    orders,
    rules::{Rule, Weight, Who},
    trail::{Faceless, Noted},
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
        want_traces(self.id, facts);
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
        let present = present.clone();
        Ok(context.make_nobodys(facts, present))
    }

    fn weight(&self) -> Weight {
        GONE
    }
}

pub(super) const GONE: Weight =
    Weight { rows: 9 + addresses::MOST + carts::rows_of(orders::LINES_MOST), ..Weight::ONE };

/// All that is kept of somebody in rows that `make_nobodys` drops.
pub(super) fn want_traces(id: AccountId, facts: &mut Facts) {
    facts.addresses.want(&id);
    facts.factors.want(&id);
    facts.want_to_let_go(CartId::account(id));
    Purpose::ALL.iter().for_each(|purpose| facts.links.want(&(id, *purpose)));
}

impl Context<'_> {
    pub(super) fn make_nobodys(&self, facts: &mut Facts, present: Account) -> Box<Account> {
        let id = present.id;
        let nobody = Username::stored(&format!("gone-{id}"));
        let mut account = Account {
            skeleton: Some(skeleton(&nobody)),
            username: nobody,
            email: Email::stored(&format!("gone-{id}@gone.invalid")),
            email_confirmed: false,
            password_hash: Text::default(),
            first_name: Text::default(),
            last_name: Text::default(),
            language: None,
            role: Role::Customer,
            is_active: false,
            gone_at: Some(self.now),
            held_until: None,
            ..present
        };
        account.begin_era(self.now);
        account.touch(self.now);
        facts.put_account(account.clone());
        let kept: Vec<_> = facts.addresses.of(&id).map(Row::key).collect();
        kept.iter().for_each(|key| facts.addresses.drop(key));
        facts.factors.drop(&id);
        // Nobody is told that it has expired, and whose it was.
        if let Some(cart) = facts.carts.get(&CartId::account(id)).cloned() {
            facts.let_cart_go(&cart, self.now);
        }
        Purpose::ALL.iter().for_each(|purpose| facts.links.drop(&(id, *purpose)));
        facts.erasures.add(Erasure { account: id });
        let kind = TrailKind::CustomerDeleted;
        self.note::<Faceless>(facts, kind, Noted::Customer(id), (None, None));
        Box::new(account)
    }
}

/// What is written of a person in other tables than those that a rule reads goes too: where he was from,
/// and of the trail what is `PERSONAL`.
#[derive(Clone, Debug, PartialEq)]
pub struct Erasure {
    pub account: AccountId,
}
