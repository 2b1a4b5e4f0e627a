//! Claims: what workers do with orders. A worker takes orders that wait, and is to be heard of before his claim
//! runs out: then others take them over, so that whoever dies loses nothing and delays his orders only so long.
//!
//! An order has a claim for as long as a worker, and nobody else, brings it on: whatever moves it out of
//! processing ends the claim. One that the staff have begun with by hand has none, and is theirs.

use crate::{
    Context, Facts, Micros, Order, OrderId, OrderStatus, Text, commands,
    facts::Row,
    orders::LONGEST,
    rules::{Never, Numbers, Rule, Weight, Who},
};
use OrderStatus::{Completed, Failed, Pending, Processing};
use std::sync::Arc;
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub struct Claim {
    pub order: OrderId,
    /// The process that works on it.
    pub holder: Uuid,
    /// When it was taken, or put off.
    pub since: Micros,
    /// From then on it is anybody's.
    pub due_at: Micros,
    /// How often it was begun with.
    pub attempts: i64,
}

impl Claim {
    /// Whether it is anybody's.
    fn is_due(&self, now: Micros) -> bool {
        now.has_passed(self.since, self.due_at.0.saturating_sub(self.since.0))
    }
}

impl Row for Claim {
    type Key = OrderId;
    type Find = OrderId;
    fn key(&self) -> OrderId {
        self.order
    }
}

/// What an order weighs that is moved without its goods. Its lines are loaded and not written: a worker takes few
/// orders at once, so that they share a batch with what clients ask for.
const MOVED: Weight = Weight { rows: 4, bytes: 64 * 1024 };

/// Nobody: what is to be tried again is whoever's comes first then.
const NOBODY: Uuid = Uuid::nil();

/// Begins with these orders, or goes on with them: with what has been pending for so long, and with what was claimed
/// and is due. All others are passed over.
#[derive(Clone, Debug, PartialEq)]
pub struct TakeOrders {
    pub orders: Vec<OrderId>,
    pub waited_us: i64,
    pub holder: Uuid,
    pub lease_us: i64,
}

/// What a worker has to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Taken {
    pub order: Arc<Order>,
    pub attempts: i64,
}

/// How a worker has ended with an order.
#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Completed,
    /// Its goods are given back.
    Failed(Text<500>),
    /// It is to be tried again then, or is waited for until then.
    Again {
        after_us: i64,
        /// Whether it was an attempt: who was stopped has made none.
        is_counted: bool,
    },
}

#[derive(Clone, Debug, PartialEq)]
pub struct Settlement {
    pub order: OrderId,
    /// When what has ended was begun with, if it is known: an order that has been begun with anew since is left
    /// alone, also by whoever works on it again.
    pub begun_at: Option<Micros>,
    pub end: End,
}

/// Says how a worker has ended with orders. What others have taken over, or moved on, meanwhile stays as it is.
#[derive(Clone, Debug, PartialEq)]
pub struct SettleOrders {
    pub holder: Uuid,
    pub settlements: Vec<Settlement>,
}

/// Where there is nothing to be done with an order: of these, what has been pending for so long is completed.
#[derive(Clone, Debug, PartialEq)]
pub struct CompleteOrders {
    pub orders: Vec<OrderId>,
    pub waited_us: i64,
}

impl Rule for TakeOrders {
    /// What it has to work on.
    type Outcome = Vec<Taken>;
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "take_orders"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        for order in &self.orders {
            facts.orders.want(order);
            facts.claims.want(order);
        }
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Vec<Taken>, Never> {
        let taken = self.orders.iter().filter_map(|id| self.take(id, context, facts));
        Ok(taken.collect())
    }

    fn number(taken: &mut Vec<Taken>, numbers: &Numbers) {
        for Taken { order, .. } in taken {
            if let Some(number) = numbers.get(&order.id) {
                Arc::make_mut(order).number = Some(*number);
            }
        }
    }

    fn weight(&self) -> Weight {
        MOVED.times(self.orders.len())
    }
}

impl TakeOrders {
    fn take(&self, id: &OrderId, context: Context, facts: &mut Facts) -> Option<Taken> {
        let (holder, since) = (self.holder, context.now);
        let due_at = since.plus(self.lease_us);
        let order = facts.orders.get(id)?;
        match order.status {
            Pending => {
                has_waited(order, self.waited_us, context.now).then_some(())?;
                let order = facts.move_order(id, Processing, None, context).ok()?;
                facts.claims.make(Claim { order: *id, holder, since, due_at, attempts: 1 });
                Some(Taken { order, attempts: 1 })
            }
            Processing => {
                let claim = facts.claims.get(id).filter(|claim| claim.is_due(context.now))?;
                let attempts = claim.attempts + 1;
                facts.claims.put(Claim { order: *id, holder, since, due_at, attempts });
                Some(Taken { order: facts.orders.get(id)?.clone(), attempts })
            }
            Completed | Failed | OrderStatus::Cancelled => None,
        }
    }
}

/// By the database's clock: until then its owner may cancel it.
fn has_waited(order: &Order, waited_us: i64, now: Micros) -> bool {
    order.pending_since.is_some_and(|since| now.has_passed(since, waited_us))
}

impl Rule for SettleOrders {
    /// So many were still his.
    type Outcome = i64;
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "settle_orders"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        let Facts { orders, claims, shelves, .. } = facts;
        for Settlement { order, end, .. } in &self.settlements {
            claims.want(order);
            let order = orders.follow(order).filter(|_| matches!(end, End::Failed(_)));
            let lines = order.iter().flat_map(|order| &order.lines);
            lines.for_each(|line| shelves.want(&line.product));
        }
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<i64, Never> {
        let settled = self.settlements.iter().filter(|one| self.settle(one, context, facts));
        Ok(i64::try_from(settled.count()).unwrap_or(i64::MAX))
    }

    fn weight(&self) -> Weight {
        let weight = self.settlements.iter().map(|one| match one.end {
            End::Failed(_) => LONGEST,
            End::Completed | End::Again { .. } => MOVED,
        });
        let none = Weight { rows: 0, bytes: 0 };
        weight.fold(none, |sum, one| Weight {
            rows: sum.rows + one.rows,
            bytes: sum.bytes + one.bytes,
        })
    }
}

impl SettleOrders {
    fn settle(&self, settlement: &Settlement, context: Context, facts: &mut Facts) -> bool {
        let Settlement { order: id, begun_at, end } = settlement;
        let order = facts.orders.get(id);
        if begun_at.is_some_and(|at| order.is_none_or(|o| o.processing_started_at != Some(at))) {
            return false;
        }
        // A claim that has run out, and that nobody took since, is still its holder's.
        let is_his = |claim: &&Claim| claim.holder == self.holder || claim.is_due(context.now);
        let Some(claim) = facts.claims.get(id).filter(is_his).cloned() else { return false };
        match end {
            End::Completed => facts.move_order(id, Completed, None, context).is_ok(),
            End::Failed(reason) => facts.move_order(id, Failed, Some(reason), context).is_ok(),
            End::Again { after_us, is_counted } => {
                let attempts = claim.attempts - i64::from(!is_counted);
                let (since, due_at) = (context.now, context.now.plus(*after_us));
                facts.claims.put(Claim { holder: NOBODY, since, due_at, attempts, ..claim });
                true
            }
        }
    }
}

impl Rule for CompleteOrders {
    /// So many were pending.
    type Outcome = i64;
    type Refusal = Never;

    fn name(&self) -> &'static str {
        "complete_orders"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        self.orders.iter().for_each(|order| facts.orders.want(order));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<i64, Never> {
        let mut completed = 0;
        for id in &self.orders {
            let has_waited = |order: &Arc<Order>| has_waited(order, self.waited_us, context.now);
            if facts.orders.get(id).is_some_and(has_waited) {
                let begun = facts.move_order(id, Processing, None, context);
                let ended = begun.and_then(|_| facts.move_order(id, Completed, None, context));
                completed += i64::from(ended.is_ok());
            }
        }
        Ok(completed)
    }

    fn weight(&self) -> Weight {
        MOVED.times(self.orders.len())
    }
}

commands!(Claims:
    TakeOrders = "take_orders" -> Never,
    SettleOrders = "settle_orders" -> Never,
    CompleteOrders = "complete_orders" -> Never,
);
