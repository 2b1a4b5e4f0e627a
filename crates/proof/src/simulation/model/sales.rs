//! Orders, as they should be: what they cost, what they take off the shelves, where they may go.

use super::{Model, POISON, Told};
use domain::{
    Actor, Caller, CallerKind, CorrelationId, EntryKind, Event, EventKind, LocationId, Micros,
    Money, MoveOrder, Order, OrderLine, OrderStatus, PlaceOrder, ProductId, Quantity, Role,
    ShortLine, StockEntry, Subject, SubjectKind, Text, Who,
    orders::{ChangedPrice, MoveRefusal, PlaceRefusal},
};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

/// From, to, who may: only the staff, or the customer too; and what the shelves gain per unit.
const WAYS: [(&str, &str, bool, i64); 6] = [
    ("pending", "processing", false, 0),
    ("processing", "completed", false, 0),
    ("pending", "cancelled", true, 1),
    ("processing", "cancelled", false, 1),
    ("processing", "failed", false, 1),
    ("failed", "pending", false, -1),
];

fn word(status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Pending => "pending",
        OrderStatus::Processing => "processing",
        OrderStatus::Completed => "completed",
        OrderStatus::Cancelled => "cancelled",
        OrderStatus::Failed => "failed",
    }
}

/// What everybody is told of a move.
fn told(from: Option<OrderStatus>, to: OrderStatus) -> EventKind {
    match (from, word(to)) {
        (None, _) => EventKind::OrderPlaced,
        (_, "processing") => EventKind::OrderStarted,
        (_, "completed") => EventKind::OrderCompleted,
        (_, "cancelled") => EventKind::OrderCancelled,
        (_, "failed") => EventKind::OrderFailed,
        _ => EventKind::OrderRetried,
    }
}

fn is_staff(actor: &Actor) -> bool {
    match actor.role {
        Role::Customer => false,
        Role::Staff | Role::Admin => true,
    }
}

impl Model {
    pub(super) fn place_order(
        &mut self,
        wanted: &PlaceOrder,
        who: &Who,
        now: Micros,
    ) -> Result<Arc<Order>, Vec<PlaceRefusal>> {
        let (lines, mut wrong) = self.basket(wanted);
        let is_unknown = |refusal: &_| matches!(refusal, PlaceRefusal::UnknownProducts(_));
        let names_all = !wrong.iter().any(is_unknown);
        let total = lines.iter().map(|line| cost(line, line.quantity.units())).sum::<i128>();
        match i64::try_from(total) {
            Err(_) => wrong.push(PlaceRefusal::TotalTooLarge),
            Ok(minor) if names_all => {
                let total = Money { minor, currency: wanted.currency };
                let changed = wanted.total.filter(|expected| *expected != total);
                wrong
                    .extend(changed.map(|expected| PlaceRefusal::TotalChanged { expected, total }));
            }
            Ok(_) => {}
        }
        wrong.extend(self.out_of_stock(&lines).map(PlaceRefusal::OutOfStock));
        if !wrong.is_empty() {
            return Err(wrong);
        }
        self.touched.poison |= wanted.note.as_str() == POISON;
        self.placed += 1;
        let order = Arc::new(Order {
            id: wanted.id,
            number: Some(self.placed),
            owner: who.actor.caller,
            status: OrderStatus::Pending,
            version: 1,
            currency: wanted.currency,
            total_minor: total as i64,
            note: wanted.note.clone(),
            once: who.once.clone(),
            lines,
            created_at: now,
            updated_at: now,
            processing_started_at: None,
            processing_completed_at: None,
            failure_reason: None,
        });
        self.shift(&order.lines, -1);
        self.write_down(order.clone(), None, who, None, now);
        Ok(order)
    }

    /// One line per product, at the catalog's price, and what is wrong with what was asked.
    fn basket(&self, wanted: &PlaceOrder) -> (Vec<OrderLine>, Vec<PlaceRefusal>) {
        let (mut lines, mut wrong) = (Vec::<OrderLine>::new(), Vec::new());
        let (mut unknown, mut changed) = (Vec::new(), Vec::new());
        for (place, asked) in wanted.lines.iter().enumerate() {
            let priced = |index: &usize| self.products[*index].price.currency == wanted.currency;
            let Some(index) = self.on_sale(&asked.product).filter(priced) else {
                unknown.push(place);
                continue;
            };
            let product = &self.products[index];
            if let Some(expected) = asked.price.filter(|price| *price != product.price) {
                let price = product.price;
                changed.push(ChangedPrice { product: product.id, expected, price });
            }
            if let Some(line) = lines.iter_mut().find(|line| line.product == product.id) {
                match Quantity::new(line.quantity.units() + asked.quantity.units()) {
                    Some(quantity) => line.quantity = quantity,
                    None => wrong.push(PlaceRefusal::QuantityTooLarge { line: place }),
                }
                continue;
            }
            lines.push(OrderLine {
                product: product.id,
                sku: product.sku.clone(),
                name: product.name.clone(),
                description: product.description.clone(),
                quantity: asked.quantity,
                unit_price_minor: product.price.minor,
            });
        }
        if !unknown.is_empty() {
            wrong.push(PlaceRefusal::UnknownProducts(unknown));
        }
        if !changed.is_empty() {
            wrong.push(PlaceRefusal::LinesChanged(changed));
        }
        (lines, wrong)
    }

    fn out_of_stock(&self, lines: &[OrderLine]) -> Option<Vec<ShortLine>> {
        let short = lines.iter().filter_map(|line| {
            let available = self.on_hand[line.product.0 as usize - 1];
            let requested = line.quantity.units();
            let product = line.product;
            (available < requested).then_some(ShortLine { product, requested, available })
        });
        let short: Vec<_> = short.collect();
        (!short.is_empty()).then_some(short)
    }

    pub(super) fn move_order(
        &mut self,
        wanted: &MoveOrder,
        who: &Who,
        now: Micros,
    ) -> Result<Arc<Order>, Vec<MoveRefusal>> {
        let staff = is_staff(&who.actor);
        let order = self.orders.get(&wanted.order);
        let order = order.filter(|order| staff || order.owner == who.actor.caller);
        let Some(order) = order.cloned() else { return Err(vec![MoveRefusal::NotFound]) };
        let (from, to) = (word(order.status), word(wanted.to));
        if (from, to) == ("cancelled", "cancelled") {
            return Ok(order);
        }
        let way = WAYS.iter().find(|way| (way.0, way.1) == (from, to) && (staff || way.2));
        let Some((.., gain)) = way else {
            return Err(vec![MoveRefusal::IllegalMove { from: order.status, to: wanted.to }]);
        };
        if *gain < 0
            && let Some(short) = self.out_of_stock(&order.lines)
        {
            return Err(vec![MoveRefusal::OutOfStock(short)]);
        }
        self.shift(&order.lines, *gain);
        let before = order.status;
        let mut moved = Order::clone(&order);
        moved.status = wanted.to;
        moved.version = order.version + 1;
        moved.updated_at = now;
        moved.failure_reason = None;
        match to {
            "pending" => {
                moved.processing_started_at = None;
                moved.processing_completed_at = None;
            }
            "processing" => moved.processing_started_at = Some(now),
            "completed" => moved.processing_completed_at = Some(now),
            "failed" => {
                moved.processing_completed_at = Some(now);
                moved.failure_reason = wanted.reason.clone();
            }
            _ => {}
        }
        let moved = Arc::new(moved);
        self.write_down(moved.clone(), Some(before), who, wanted.reason.clone(), now);
        Ok(moved)
    }

    fn write_down(
        &mut self,
        order: Arc<Order>,
        from: Option<OrderStatus>,
        who: &Who,
        reason: Option<Text<500>>,
        now: Micros,
    ) {
        let quoted = |reason: Text<500>| serde_json::Value::from(reason.as_str()).to_string();
        let event = Event {
            subject: Subject { kind: SubjectKind::Order, id: order.id.0 },
            version: Some(order.version),
            kind: told(from, order.status),
            data: reason.map(|reason| format!(r#"{{"v":1,"reason":{}}}"#, quoted(reason)).into()),
            actor: who.actor.caller,
            correlation: who.correlation,
            at: now,
        };
        self.events.push(Told { event, from, to: order.status });
        self.touched.orders.insert(order.id);
        self.orders.insert(order.id, order);
    }

    fn shift(&mut self, lines: &[OrderLine], sign: i64) {
        for line in lines.iter().filter(|_| sign != 0) {
            let units = line.quantity.units();
            self.on_hand[line.product.0 as usize - 1] += sign * units;
            let touched = &mut self.touched;
            let ledger = if sign < 0 { &mut touched.sold } else { &mut touched.returned };
            *ledger.entry(line.product).or_default() += sign * units;
            touched.products.insert(line.product);
        }
    }

    /// One entry per product and commit for what was sold, and one for what came back.
    pub(super) fn enter_sales(&mut self, now: Micros) {
        let sold = std::mem::take(&mut self.touched.sold);
        let returned = std::mem::take(&mut self.touched.returned);
        let entries = |units: BTreeMap<ProductId, i64>, kind| {
            units.into_iter().map(move |(product, delta)| StockEntry {
                product,
                location: LocationId::MAIN,
                kind,
                delta,
                reason: None,
                actor: Caller { kind: CallerKind::System, id: Uuid::nil() },
                correlation: CorrelationId(Uuid::nil()),
                at: now,
            })
        };
        self.entries.extend(entries(sold, EntryKind::Sale));
        self.entries.extend(entries(returned, EntryKind::Return));
    }
}

fn cost(line: &OrderLine, units: i64) -> i128 {
    i128::from(line.unit_price_minor) * i128::from(units)
}
