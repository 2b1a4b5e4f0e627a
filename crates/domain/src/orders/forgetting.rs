//! Forgetting whom an order was for: after its time, or when its owner has gone. What it says of people goes;
//! its figures stay, and so does its owner: an id, of which only an account that is still there tells more.

use super::{LONGEST, Order, OrderId};
use crate::{
    Account, AccountId, Caller, Context, Facts, Fingerprint, Micros, Text,
    rules::{Never, Rule, Weight, Who},
};

/// Of these orders those that have come to an end, and either were placed so long before now or are of one
/// of these owners who has gone.
#[derive(Clone, Debug, PartialEq)]
pub struct ForgetOrders {
    pub orders: Vec<OrderId>,
    /// `None`: what has an owner tells of people for ever.
    pub kept_us: Option<i64>,
    /// Accounts are locked before orders: they are named, and not found by them.
    pub owners: Vec<AccountId>,
}

pub(crate) const FORGOTTEN: &str = "anonymized";

impl Rule for ForgetOrders {
    /// So many tell of nobody now that did before.
    type Outcome = i64;
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "forget_orders"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        self.owners.iter().for_each(|owner| facts.accounts.want(owner));
        self.orders.iter().for_each(|order| facts.orders.want(order));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<i64, Never> {
        let mut forgotten = 0;
        for id in &self.orders {
            let order = facts.orders.get(id);
            if order
                .is_some_and(|order| order.is_personal() && self.is_due(order, facts, context.now))
            {
                let changed = facts.change_order(id, Order::forget, Some(FORGOTTEN), context);
                forgotten += i64::from(changed.is_some());
            }
        }
        Ok(forgotten)
    }

    fn weight(&self) -> Weight {
        LONGEST.times(self.orders.len().max(1))
    }
}

impl ForgetOrders {
    fn is_due(&self, order: &Order, facts: &Facts, now: Micros) -> bool {
        let mut owners = self.owners.iter().filter(|id| order.owner == Caller::account(**id));
        let has_gone = |id| {
            let account: Option<&Account> = facts.accounts.get(id);
            account.is_some_and(|account| account.gone_at.is_some())
        };
        let is_old = self.kept_us.is_some_and(|kept| order.created_at <= now.minus(kept));
        order.status.is_at_rest() && (is_old || owners.any(has_gone))
    }
}

impl Order {
    /// Why it failed the staff have written, who may have named somebody.
    fn is_personal(&self) -> bool {
        self.says_something() || self.failure_reason.is_some()
    }

    pub(super) fn says_something(&self) -> bool {
        self.delivery_address.is_some()
            || self.contact.is_some()
            || !self.note.is_empty()
            || self.handed_over.is_some()
    }

    fn forget(&mut self) {
        (self.delivery_address, self.contact) = (None, None);
        self.note = Text::default();
        self.handed_over = None;
        self.failure_reason = None;
    }

    /// Who tries addresses until one has the fingerprint would know where it went. The key stays: it is
    /// this order for ever.
    pub(super) fn forget_request(&mut self) {
        let once = self.once.as_mut();
        once.into_iter().for_each(|once| once.fingerprint = Fingerprint::FORGOTTEN);
    }
}
