//! What the model knows of orders: what each may take from the shelf, and how it may move.

use super::{Expected, Model, refused_if_any, shared};
use crate::books::is_a_move;
use domain::{
    Command, Event, ExpectedLine, Micros, Money, MoveOrder, Order, OrderLine, OrderStatus, Outcome,
    PlaceOrder, Quantity, Refusal, Role, ShortLine, Text, orders::ChangedPrice,
};

const MOST_PER_LINE: i64 = 1_000_000;

impl Model {
    pub fn place_order(&mut self, action: &PlaceOrder, by: &Command, now: Micros) -> Expected {
        let found = |line: &&ExpectedLine| self.find_for_sale(&line.product).is_some();
        let unknown = (0..).zip(&action.lines).filter(|(_, line)| !found(line));
        let unknown: Vec<usize> = unknown.map(|(index, _)| index).collect();
        let (lines, too_large) = self.merged(action);
        let mut wrong = vec![];
        wrong.extend(self.changed_prices(action));
        wrong.extend(too_large.map(|line| Refusal::QuantityTooLarge { line }));
        wrong.extend((!unknown.is_empty()).then_some(Refusal::UnknownProducts(unknown)));
        // What an order costs and takes is known when it is known what it orders.
        let is_clear =
            !wrong.iter().any(|refusal| !matches!(refusal, Refusal::PriceChanged { .. }));
        let total = lines.iter().map(line_total).sum::<i128>();
        if is_clear {
            wrong.extend(disputed_total(action, total));
            wrong.extend(self.short_lines(&lines));
        }
        refused_if_any(wrong)?;
        self.shift(&lines, -1);
        let order = Order {
            id: action.id,
            number: None,
            owner: by.actor.caller,
            status: OrderStatus::Pending,
            version: 1,
            currency: action.currency,
            total_minor: total as i64,
            note: action.note.clone(),
            once: by.once.clone(),
            lines,
            created_at: now,
            updated_at: now,
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
        };
        self.tell(&order, None, None, by);
        self.orders.insert(order.id, order.clone());
        Ok(Outcome::Placed(shared(&order)))
    }

    pub fn move_order(&mut self, action: &MoveOrder, by: &Command, now: Micros) -> Expected {
        use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
        let is_staff = by.actor.role == Role::Staff || by.actor.role == Role::Admin;
        let is_known = |order: &&Order| is_staff || order.owner == by.actor.caller;
        let Some(order) = self.orders.get(&action.order).filter(is_known) else {
            return Err(vec![Refusal::OrderNotFound]);
        };
        let (from, to, mut order) = (order.status, action.to, order.clone());
        if (from, to) == (Cancelled, Cancelled) {
            return Ok(Outcome::Moved(shared(&order)));
        }
        if !is_a_move(Some(from), to) || !(is_staff || (from, to) == (Pending, Cancelled)) {
            return Err(vec![Refusal::IllegalMove { from, to }]);
        }
        match to {
            Pending => refused_if_any(self.short_lines(&order.lines).into_iter().collect())?,
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
        self.tell(&order, Some(from), action.reason.clone(), by);
        self.orders.insert(order.id, order.clone());
        Ok(Outcome::Moved(shared(&order)))
    }

    fn tell(
        &mut self,
        order: &Order,
        from: Option<OrderStatus>,
        reason: Option<Text<500>>,
        by: &Command,
    ) {
        self.events.push(Event {
            order: order.id,
            version: order.version,
            from,
            to: order.status,
            reason,
            actor: by.actor.caller,
            correlation: by.correlation,
            at: order.updated_at,
        });
    }

    /// One line per product that is for sale, up to the line that makes it too many of one.
    fn merged(&self, action: &PlaceOrder) -> (Vec<OrderLine>, Option<usize>) {
        let mut lines = Vec::<OrderLine>::new();
        for (index, wanted) in action.lines.iter().enumerate() {
            let Some(product) = self.find_for_sale(&wanted.product) else { continue };
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

    fn changed_prices(&self, action: &PlaceOrder) -> Option<Refusal> {
        let changed = |line: &ExpectedLine| {
            let product = self.find_for_sale(&line.product)?;
            let (expected, price) = (line.price?, product.price);
            (expected != price).then_some(ChangedPrice { product: product.id, expected, price })
        };
        let lines: Vec<_> = action.lines.iter().filter_map(changed).collect();
        (!lines.is_empty()).then_some(Refusal::PriceChanged { lines, total: None })
    }

    /// Every line that asks for more than is there and promised to nobody.
    fn short_lines(&self, lines: &[OrderLine]) -> Option<Refusal> {
        let short = lines.iter().filter_map(|line| {
            let (product, requested) = (line.product, line.quantity.units());
            let available = self.stock[&product].on_hand - self.stock[&product].reserved;
            (requested > available).then_some(ShortLine { product, requested, available })
        });
        let short: Vec<_> = short.collect();
        (!short.is_empty()).then_some(Refusal::OutOfStock(short))
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

fn disputed_total(action: &PlaceOrder, total: i128) -> Option<Refusal> {
    let Ok(minor) = i64::try_from(total) else { return Some(Refusal::TotalTooLarge) };
    let (expected, total) = (action.total?, Money::new(minor, action.currency));
    let lines = vec![];
    (expected != total).then_some(Refusal::PriceChanged { lines, total: Some((expected, total)) })
}
