//! Orders, as they should be: what they cost, what they take off the shelves, where they may go.

mod changes;
mod handing;

use super::trail::numbered;
use crate::{End, Expected, Kept, Model, Modelled, modelled::modelled, refused_if_any};
use domain::{
    Caller, CallerKind, Context, Done, EditOrder, Event, EventKind, ExpectedLine, ExpirePending,
    ForgetOrders, HandOver, Listed, Money, Most, MoveOrder, Order, OrderId, OrderLine, OrderStatus,
    Outcome, PlaceOrder, Product, ProductId, Quantity, Role, Subject, SubjectKind, Text, carts,
    claims, orders,
    orders::{BoundedLine, ChangedPrice, MoveRefusal, PlaceRefusal},
};
use std::sync::Arc;
use uuid::Uuid;

const MOST_PER_LINE: i64 = 1_000_000;

/// An event, and the statuses that an order came from and went to by it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub event: Event,
    pub from: Option<OrderStatus>,
    pub to: Option<OrderStatus>,
}

/// The design's table, not the code's.
pub fn is_a_move(from: Option<OrderStatus>, to: OrderStatus) -> bool {
    use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
    match from {
        None | Some(Failed) => to == Pending,
        Some(Pending) => to == Processing || to == Cancelled,
        Some(Processing) => to == Completed || to == Cancelled || to == Failed,
        Some(Completed | Cancelled) => false,
    }
}

impl Modelled for PlaceOrder {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        let Context { who, now } = context;
        let owner = model.buyer_of(self, context).map_err(|refusal| vec![refusal])?;
        let (lines, total) = model.agreed(self, owner)?;
        model.shift(&lines, -1);
        for line in &lines {
            if model.bound(line.product, self.most).per_caller.is_some() {
                *model.bought.entry((line.product, owner)).or_default() += line.quantity.units();
            }
        }
        let order = Arc::new(Order {
            id: self.id,
            number: None,
            owner,
            placed_by: if who.actor.caller == owner { None } else { Some(who.actor.caller) },
            status: OrderStatus::Pending,
            version: 1,
            currency: self.currency,
            total_minor: total,
            reference: self.details.reference.clone(),
            note: self.details.note.clone(),
            delivery_address: self.details.delivery_address.clone(),
            contact: self.details.contact.clone(),
            channel: None,
            handed_over: None,
            once: who.once.clone(),
            lines,
            created_at: now,
            updated_at: now,
            pending_since: Some(now),
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
        });
        model.touched.placed.push(order.id);
        let moved = Some((None, OrderStatus::Pending));
        model.write_down(order.clone(), moved, EventKind::OrderPlaced, None, context);
        order
            .lines
            .iter()
            .for_each(|line| model.tell_low(line.product, line.quantity.units(), context));
        Ok(order)
    }

    fn strip(&mut self) {
        self.id = OrderId(Uuid::nil());
    }

    fn kept_of(order: &Arc<Order>) -> Option<Kept> {
        Some(Kept::Order(order.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        PlaceOrder::before(kept).map(Kept::Order)
    }
}

impl Modelled for MoveOrder {
    fn expect(&self, model: &mut Model, context: Context) -> Expected<Self> {
        use OrderStatus::{Cancelled, Pending};
        let who = context.who;
        let is_staff = who.actor.role == Role::Staff || who.actor.role == Role::Admin;
        let is_known = |order: &&Arc<Order>| is_staff || order.owner == who.actor.caller;
        let Some(before) = model.orders.get(&self.order).filter(is_known).cloned() else {
            return Err(vec![MoveRefusal::NotFound]);
        };
        let (from, to) = (before.status, self.to);
        let begun_at = before.processing_started_at;
        if self.from.unwrap_or(from) != from || self.begun_at.or(begun_at) != begun_at {
            return Err(vec![MoveRefusal::IllegalMove { from, to }]);
        }
        if (from, to) == (Cancelled, Cancelled) {
            return Ok(before);
        }
        if !is_a_move(Some(from), to) || !(is_staff || (from, to) == (Pending, Cancelled)) {
            return Err(vec![MoveRefusal::IllegalMove { from, to }]);
        }
        model.move_on(&before, to, self.reason.as_ref(), context)
    }

    fn kept_of(order: &Arc<Order>) -> Option<Kept> {
        Some(Kept::Order(order.id))
    }

    fn read(&self, kept: &str) -> Option<Kept> {
        MoveOrder::before(kept).map(Kept::Order)
    }
}

impl Model {
    /// A move of the table, whoever asks for it.
    pub(super) fn move_on(
        &mut self,
        before: &Order,
        to: OrderStatus,
        reason: Option<&Text<500>>,
        context: Context,
    ) -> Expected<MoveOrder> {
        use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
        let (from, now) = (before.status, context.now);
        let mut order = before.clone();
        let kind = match to {
            Pending => {
                let short = self.short_lines(&order.lines).map(MoveRefusal::OutOfStock);
                refused_if_any(short.into_iter().collect())?;
                (order.processing_started_at, order.processing_completed_at) = (None, None);
                EventKind::OrderRetried
            }
            Processing => {
                order.processing_started_at = Some(now);
                EventKind::OrderStarted
            }
            Completed => EventKind::OrderCompleted,
            Failed => EventKind::OrderFailed,
            Cancelled => EventKind::OrderCancelled,
        };
        if matches!(to, Completed | Failed) {
            order.processing_completed_at = Some(now);
        }
        match to {
            Pending => self.shift(&order.lines, -1),
            Cancelled | Failed => self.shift(&order.lines, 1),
            Processing | Completed => {}
        }
        let sign = match to {
            Pending => 1,
            Cancelled | Failed => -1,
            Processing | Completed => 0,
        };
        for line in order.lines.iter().filter(|line| line.is_counted) {
            let bought = self.bought.get_mut(&(line.product, order.owner));
            bought.into_iter().for_each(|units| *units += sign * line.quantity.units());
        }
        if from == Processing {
            self.unclaim(order.id);
        }
        order.pending_since = if to == Pending { Some(now) } else { None };
        order.failure_reason = if to == Failed { reason.cloned() } else { None };
        (order.status, order.version, order.updated_at) = (to, order.version + 1, now);
        let order = Arc::new(order);
        self.write_down(order.clone(), Some((Some(from), to)), kind, reason, context);
        if to == Pending {
            for line in &order.lines {
                self.tell_low(line.product, line.quantity.units(), context);
            }
        }
        Ok(order)
    }

    fn buyer_of(
        &self,
        wanted: &PlaceOrder,
        Context { who, .. }: Context,
    ) -> Result<Caller, PlaceRefusal> {
        let caller = who.actor.caller;
        let Some(customer) = wanted.customer else { return Ok(caller) };
        let owner = Caller { kind: CallerKind::Account, id: customer.0 };
        if owner == caller {
            return Ok(owner);
        }
        if who.actor.role == Role::Customer {
            return Err(PlaceRefusal::NotYours);
        }
        match self.accounts.get(&customer) {
            Some(account) if account.is_active => Ok(owner),
            _ => Err(PlaceRefusal::UnknownCustomer),
        }
    }

    /// The lines of an order and its total, or all that stands against it.
    fn agreed(
        &self,
        wanted: &PlaceOrder,
        owner: Caller,
    ) -> Result<(Vec<OrderLine>, i64), Vec<PlaceRefusal>> {
        use PlaceRefusal::{LinesChanged, OutOfStock, QuantityTooLarge, TooMany, UnknownProducts};
        let is_found = |line: &ExpectedLine| self.priced(wanted, line).is_some();
        let unknown = (0..).zip(&wanted.lines).filter(|(_, line)| !is_found(line));
        let unknown: Vec<usize> = unknown.map(|(index, _)| index).collect();
        let (lines, too_large) = self.merged(wanted);
        let mut wrong = vec![];
        wrong.extend(self.changed_prices(wanted));
        wrong.extend(too_large.map(|line| QuantityTooLarge { line }));
        wrong.extend((!unknown.is_empty()).then_some(UnknownProducts(unknown)));
        // What an order costs and takes is known when it is known what it orders.
        let is_clear = wrong.iter().all(|refusal| matches!(refusal, LinesChanged(_)));
        let total = lines.iter().map(line_total).sum::<i128>();
        if is_clear {
            wrong.extend(disputed_total(wanted, total));
            wrong.extend(self.short_lines(&lines).map(OutOfStock));
            let beyond = self.beyond_bounds(wanted, &lines, owner);
            wrong.extend((!beyond.is_empty()).then_some(TooMany(beyond)));
        }
        refused_if_any(wrong)?;
        Ok((lines, total as i64))
    }

    pub(crate) fn bound(&self, product: ProductId, shops: Most) -> Most {
        let own = self.products[&product].most;
        let (per_order, per_caller) = (own.per_order, own.per_caller);
        Most {
            per_order: if per_order.is_some() { per_order } else { shops.per_order },
            per_caller: if per_caller.is_some() { per_caller } else { shops.per_caller },
        }
    }

    fn beyond_bounds(
        &self,
        wanted: &PlaceOrder,
        lines: &[OrderLine],
        owner: Caller,
    ) -> Vec<BoundedLine> {
        let mut beyond = vec![];
        for line in lines {
            let (product, requested) = (line.product, line.quantity.units());
            let has = self.bought.get(&(product, owner)).copied().unwrap_or(0);
            let bound = self.bound(product, wanted.most);
            let mut most = i64::MAX;
            if let Some(per_order) = bound.per_order {
                most = most.min(per_order);
            }
            if let Some(per_caller) = bound.per_caller {
                most = most.min(if per_caller > has { per_caller - has } else { 0 });
            }
            if requested > most {
                beyond.push(BoundedLine { product, requested, most });
            }
        }
        beyond
    }

    /// Whether what was taken has brought a product from above its threshold to it, or below.
    pub(crate) fn tell_low(&mut self, product: ProductId, taken: i64, context: Context) {
        let Some(threshold) = self.products[&product].low_stock_threshold else { return };
        let on_hand = self.stock[&product].on_hand;
        let was_low = on_hand + taken <= threshold;
        if was_low || on_hand > threshold {
            return;
        }
        let data = format!(r#"{{"v":1,"on_hand":{on_hand},"threshold":{threshold}}}"#);
        let of = numbered(SubjectKind::Product, product.0);
        self.tell((EventKind::StockLow, None), of, Some(data), context);
    }

    /// What is priced in another currency is not for sale.
    fn priced(&self, wanted: &PlaceOrder, line: &ExpectedLine) -> Option<&Product> {
        let product = self.find_for_sale(&line.product);
        product.filter(|product| product.price.currency == wanted.currency)
    }

    /// One line per product that is for sale, up to the line that makes it too many of one.
    fn merged(&self, wanted: &PlaceOrder) -> (Vec<OrderLine>, Option<usize>) {
        let mut lines = Vec::<OrderLine>::new();
        for (index, asked) in wanted.lines.iter().enumerate() {
            let Some(product) = self.priced(wanted, asked) else { continue };
            let units = asked.quantity.units();
            if let Some(line) = lines.iter_mut().find(|line| line.product == product.id) {
                let sum = line.quantity.units() + units;
                if sum > MOST_PER_LINE {
                    return (lines, Some(index));
                }
                line.quantity = Quantity::new(sum).expect("it is within bounds");
                continue;
            }
            lines.push(OrderLine {
                product: product.id,
                sku: product.sku.clone(),
                name: product.name.clone(),
                description: product.description.clone(),
                quantity: asked.quantity,
                unit_price_minor: product.price.minor,
                is_counted: self.bound(product.id, wanted.most).per_caller.is_some(),
            });
        }
        (lines, None)
    }

    fn changed_prices(&self, wanted: &PlaceOrder) -> Option<PlaceRefusal> {
        let changed = |line: &ExpectedLine| {
            let product = self.priced(wanted, line)?;
            let (expected, price) = (line.price?, product.price);
            (expected != price).then_some(ChangedPrice { product: product.id, expected, price })
        };
        let lines: Vec<_> = wanted.lines.iter().filter_map(changed).collect();
        (!lines.is_empty()).then_some(PlaceRefusal::LinesChanged(lines))
    }

    fn write_down(
        &mut self,
        order: Arc<Order>,
        moved: Option<(Option<OrderStatus>, OrderStatus)>,
        kind: EventKind,
        reason: Option<&Text<500>>,
        Context { who, .. }: Context,
    ) {
        let quoted = reason.map(|reason| serde_json::Value::from(reason.as_str()));
        let event = Event {
            subject: Subject { kind: SubjectKind::Order, id: order.id.0 },
            version: Some(order.version),
            kind,
            data: quoted.map(|reason| format!(r#"{{"v":1,"reason":{reason}}}"#).into()),
            actor: who.actor.caller,
            correlation: who.correlation,
            at: order.updated_at,
        };
        let (from, to) = moved.map_or((None, None), |(from, to)| (from, Some(to)));
        self.events.push(Told { event, from, to });
        self.touched.orders.insert(order.id);
        self.orders.insert(order.id, order);
    }

    /// Orders get their numbers at the commit, in the order in which they were placed; whoever is told
    /// of an order of this batch is told its number.
    pub(crate) fn number(&mut self, ends: &mut [End]) {
        for id in &self.touched.placed {
            self.last_number += 1;
            if let Some(order) = self.orders.get_mut(id) {
                Arc::make_mut(order).number = Some(self.last_number);
            }
        }
        for end in ends {
            if let Ok(Done::Now(Outcome::Claims(claims::Outcome::TakeOrders(taken)))) = end {
                taken.iter_mut().for_each(|taken| self.tell_number(&mut taken.order));
                continue;
            }
            let (Ok(Done::Now(Outcome::Orders(
                orders::Outcome::PlaceOrder(order)
                | orders::Outcome::HandOver(order)
                | orders::Outcome::MoveOrder(order)
                | orders::Outcome::EditOrder(order),
            )))
            | Ok(Done::Now(Outcome::Carts(carts::Outcome::Checkout(order))))) = end
            else {
                continue;
            };
            self.tell_number(order);
        }
    }

    fn tell_number(&self, order: &mut Arc<Order>) {
        if order.number.is_none() {
            let number = self.orders.get(&order.id).and_then(|order| order.number);
            Arc::make_mut(order).number = number;
        }
    }
}

fn line_total(line: &OrderLine) -> i128 {
    i128::from(line.unit_price_minor) * i128::from(line.quantity.units())
}

fn disputed_total(wanted: &PlaceOrder, total: i128) -> Option<PlaceRefusal> {
    let Ok(minor) = i64::try_from(total) else { return Some(PlaceRefusal::TotalTooLarge) };
    let (expected, total) = (wanted.total?, Money::new(minor, wanted.currency));
    (expected != total).then_some(PlaceRefusal::TotalChanged { expected, total })
}

modelled!(orders:
    PlaceOrder(PlaceOrder),
    HandOver(HandOver),
    MoveOrder(MoveOrder),
    EditOrder(EditOrder),
    ExpirePending(ExpirePending),
    ForgetOrders(ForgetOrders),
);
