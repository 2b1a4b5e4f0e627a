//! What the model knows of orders: what each may take from the shelf, and how it may move.

use super::{Expected, Model, refused_if_any, shared};
use crate::books::is_a_move;
use domain::{
    Command, Event, EventKind, ExpectedLine, Micros, Money, MoveOrder, Order, OrderLine,
    OrderStatus, PlaceOrder, Product, Quantity, Role, ShortLine, Subject, SubjectKind, Text,
    orders::{ChangedPrice, MoveRefusal, PlaceRefusal},
};
use std::sync::Arc;

const MOST_PER_LINE: i64 = 1_000_000;

impl Model {
    pub fn place_order(
        &mut self,
        action: &PlaceOrder,
        by: &Command,
        now: Micros,
    ) -> Expected<Arc<Order>, PlaceRefusal> {
        use PlaceRefusal::{LinesChanged, OutOfStock, QuantityTooLarge, UnknownProducts};
        let found = |line: &&ExpectedLine| self.find_priced(action, line).is_some();
        let unknown = (0..).zip(&action.lines).filter(|(_, line)| !found(line));
        let unknown: Vec<usize> = unknown.map(|(index, _)| index).collect();
        let (lines, too_large) = self.merged(action);
        let mut wrong = vec![];
        wrong.extend(self.changed_prices(action));
        wrong.extend(too_large.map(|line| QuantityTooLarge { line }));
        wrong.extend((!unknown.is_empty()).then_some(UnknownProducts(unknown)));
        // What an order costs and takes is known when it is known what it orders.
        let is_clear = wrong.iter().all(|refusal| matches!(refusal, LinesChanged(_)));
        let total = lines.iter().map(line_total).sum::<i128>();
        if is_clear {
            wrong.extend(disputed_total(action, total));
            wrong.extend(self.short_lines(&lines).map(OutOfStock));
        }
        refused_if_any(wrong)?;
        self.shift(&lines, -1);
        let order = Order {
            id: action.id,
            number: None,
            owner: by.who.actor.caller,
            status: OrderStatus::Pending,
            version: 1,
            currency: action.currency,
            total_minor: total as i64,
            note: action.note.clone(),
            once: by.who.once.clone(),
            lines,
            created_at: now,
            updated_at: now,
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
        };
        self.tell(&order, EventKind::OrderPlaced, None, by);
        self.orders.insert(order.id, order.clone());
        Ok(shared(&order))
    }

    pub fn move_order(
        &mut self,
        action: &MoveOrder,
        by: &Command,
        now: Micros,
    ) -> Expected<Arc<Order>, MoveRefusal> {
        use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
        let is_staff = by.who.actor.role == Role::Staff || by.who.actor.role == Role::Admin;
        let is_known = |order: &&Order| is_staff || order.owner == by.who.actor.caller;
        let Some(order) = self.orders.get(&action.order).filter(is_known) else {
            return Err(vec![MoveRefusal::NotFound]);
        };
        let (from, to, mut order) = (order.status, action.to, order.clone());
        if (from, to) == (Cancelled, Cancelled) {
            return Ok(shared(&order));
        }
        if !is_a_move(Some(from), to) || !(is_staff || (from, to) == (Pending, Cancelled)) {
            return Err(vec![MoveRefusal::IllegalMove { from, to }]);
        }
        match to {
            Pending => {
                let short = self.short_lines(&order.lines);
                refused_if_any(short.map(MoveRefusal::OutOfStock).into_iter().collect())?;
            }
            Processing => order.processing_started_at = Some(now),
            Completed | Failed => order.processing_completed_at = Some(now),
            Cancelled => {}
        }
        match to {
            Pending => self.shift(&order.lines, -1),
            Cancelled | Failed => self.shift(&order.lines, 1),
            Processing | Completed => {}
        }
        if to == Pending {
            (order.processing_started_at, order.processing_completed_at) = (None, None);
        }
        order.failure_reason = if to == Failed { action.reason.clone() } else { None };
        (order.status, order.version, order.updated_at) = (to, order.version + 1, now);
        let kind = match to {
            Pending => EventKind::OrderRetried,
            Processing => EventKind::OrderStarted,
            Completed => EventKind::OrderCompleted,
            Cancelled => EventKind::OrderCancelled,
            Failed => EventKind::OrderFailed,
        };
        self.tell(&order, kind, action.reason.as_ref(), by);
        self.orders.insert(order.id, order.clone());
        Ok(shared(&order))
    }

    fn tell(&mut self, order: &Order, kind: EventKind, reason: Option<&Text<500>>, by: &Command) {
        let quoted = reason.map(|reason| serde_json::Value::from(reason.as_str()));
        let data = quoted.map(|reason| format!(r#"{{"v":1,"reason":{reason}}}"#).into());
        self.events.push(Event {
            subject: Subject { kind: SubjectKind::Order, id: order.id.0 },
            version: Some(order.version),
            kind,
            data,
            actor: by.who.actor.caller,
            correlation: by.who.correlation,
            at: order.updated_at,
        });
    }

    /// What is priced in another currency is not for sale.
    fn find_priced(&self, action: &PlaceOrder, line: &ExpectedLine) -> Option<&Product> {
        let product = self.find_for_sale(&line.product);
        product.filter(|product| product.price.currency == action.currency)
    }

    /// One line per product that is for sale, up to the line that makes it too many of one.
    fn merged(&self, action: &PlaceOrder) -> (Vec<OrderLine>, Option<usize>) {
        let mut lines = Vec::<OrderLine>::new();
        for (index, wanted) in action.lines.iter().enumerate() {
            let Some(product) = self.find_priced(action, wanted) else { continue };
            let units = wanted.quantity.units();
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
                quantity: wanted.quantity,
                unit_price_minor: product.price.minor,
            });
        }
        (lines, None)
    }

    fn changed_prices(&self, action: &PlaceOrder) -> Option<PlaceRefusal> {
        let changed = |line: &ExpectedLine| {
            let product = self.find_priced(action, line)?;
            let (expected, price) = (line.price?, product.price);
            (expected != price).then_some(ChangedPrice { product: product.id, expected, price })
        };
        let lines: Vec<_> = action.lines.iter().filter_map(changed).collect();
        (!lines.is_empty()).then_some(PlaceRefusal::LinesChanged(lines))
    }

    /// Every line that asks for more than is there and promised to nobody.
    fn short_lines(&self, lines: &[OrderLine]) -> Option<Vec<ShortLine>> {
        let short = lines.iter().filter_map(|line| {
            let (product, requested) = (line.product, line.quantity.units());
            let available = self.stock[&product].on_hand - self.stock[&product].reserved;
            (requested > available).then_some(ShortLine { product, requested, available })
        });
        let short: Vec<_> = short.collect();
        (!short.is_empty()).then_some(short)
    }

    fn shift(&mut self, lines: &[OrderLine], sign: i64) {
        for line in lines {
            self.stock.entry(line.product).or_default().on_hand += sign * line.quantity.units();
        }
    }
}

fn line_total(line: &OrderLine) -> i128 {
    i128::from(line.unit_price_minor) * i128::from(line.quantity.units())
}

fn disputed_total(action: &PlaceOrder, total: i128) -> Option<PlaceRefusal> {
    let Ok(minor) = i64::try_from(total) else { return Some(PlaceRefusal::TotalTooLarge) };
    let (expected, total) = (action.total?, Money::new(minor, action.currency));
    (expected != total).then_some(PlaceRefusal::TotalChanged { expected, total })
}
