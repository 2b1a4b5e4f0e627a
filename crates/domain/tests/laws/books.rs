//! The books of a shop: every stock entry and event that was ever written, and an audit of the shop
//! against them, as `sutler audit` does it. Its table of moves is the design's, not the code's.

use crate::store::{at_rest, rows};
use domain::{
    CallerKind, Cart, Event, EventKind, Facts, LocationId, Micros, Order, OrderId, OrderStatus,
    ProductId, StockEntry, Subject, SubjectKind, TrailEntry,
    carts::REST_US,
    facts::{Log, Mark},
    trail::{PERSONAL, of_customer},
};
use model::is_a_move;
use proptest::{prelude::*, test_runner::TestCaseResult};
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet};

type Units = BTreeMap<ProductId, i64>;

#[derive(Default)]
pub struct Books {
    pub entries: Vec<StockEntry>,
    pub events: Vec<Event>,
    pub trail: Vec<TrailEntry>,
    sold: Units,
    returned: Units,
}

impl Books {
    pub fn record(&mut self, decided: &Facts, now: Micros) {
        self.entries.extend(decided.entries.0.iter().cloned());
        self.events.extend(decided.events.0.iter().cloned());
        self.record_trail(decided);
        for slot in decided.shelves.rows.values().filter(|slot| slot.mark != Mark::Kept) {
            let tally = &slot.row.tally;
            add(&mut self.sold, slot.row.product, tally.sold);
            add(&mut self.returned, slot.row.product, tally.returned);
            let is_entered = tally.sold != 0 || tally.returned != 0;
            assert!(!is_entered || tally.at == now, "entered with another time: {tally:?}");
        }
    }

    /// Of whoever has gone, what was done is told from then on, and not to whom.
    fn record_trail(&mut self, decided: &Facts) {
        let Facts { trail: Log(added), erasures, .. } = decided;
        self.trail.extend(added.iter().cloned());
        let gone: BTreeSet<_> =
            erasures.0.iter().map(|erasure| of_customer(erasure.account)).collect();
        for entry in self.trail.iter_mut().filter(|entry| gone.contains(&entry.subject)) {
            for side in [&mut entry.before, &mut entry.after] {
                let mut told = members(side);
                told.retain(|name, _| !PERSONAL.contains(&name.as_str()));
                *side = (!told.is_empty()).then(|| Value::Object(told).to_string().into());
            }
        }
    }

    /// From which status to which, event by event: an event tells only what came of it.
    pub fn moves(&self) -> Vec<(Option<OrderStatus>, OrderStatus)> {
        let mut statuses = BTreeMap::new();
        let moves = self.events.iter().filter_map(|event| {
            let to = entered(event.kind)?;
            Some((statuses.insert(event.subject, to), to))
        });
        moves.collect()
    }

    pub fn audit(&self, facts: &Facts) -> TestCaseResult {
        prop_assert_eq!(facts, &at_rest(facts));
        self.audit_stock(facts)?;
        audit_carts(facts)?;
        self.audit_orders(facts)?;
        audit_keys(facts)
    }

    fn audit_stock(&self, facts: &Facts) -> TestCaseResult {
        let (mut held, mut sold, mut returned) = Default::default();
        let mut promised = Units::new();
        rows(&facts.holds).for_each(|hold| add(&mut promised, hold.product, hold.units));
        for order in rows(&facts.orders) {
            let (takes, returns) = self.takes_and_returns(order);
            for line in &order.lines {
                let units = line.quantity.units();
                let has_stock =
                    !matches!(order.status, OrderStatus::Cancelled | OrderStatus::Failed);
                add(&mut held, line.product, if has_stock { units } else { 0 });
                add(&mut sold, line.product, units * takes);
                add(&mut returned, line.product, units * returns);
            }
        }
        prop_assert_eq!(facts.shelves.rows.len(), facts.products.rows.len());
        for (shelf, product) in rows(&facts.shelves).zip(rows(&facts.products)) {
            let (id, stock) = (&product.id, shelf.stock());
            prop_assert_eq!((shelf.product, shelf.location), (product.id, LocationId::MAIN));
            let by_hand: i64 =
                self.entries.iter().filter(|e| e.product == *id).map(|e| e.delta).sum();
            let (sales, returns) = (of(&self.sold, id), of(&self.returned, id));
            prop_assert_eq!(stock.on_hand, by_hand - sales + returns, "sum of entries of {}", id);
            prop_assert_eq!(stock.on_hand + of(&held, id), by_hand, "receipts of {}", id);
            prop_assert_eq!(stock.reserved, of(&promised, id), "holds on {}", id);
            prop_assert!(stock.reserved >= 0 && stock.reserved <= stock.on_hand, "{id}: {stock:?}");
            prop_assert_eq!(
                (sales, returns),
                (of(&sold, id), of(&returned, id)),
                "sales of {}",
                id
            );
        }
        Ok(())
    }

    /// How often an order took its stock, and how often it gave it back.
    fn takes_and_returns(&self, order: &Order) -> (i64, i64) {
        use OrderStatus::{Cancelled, Failed, Pending};
        let events = self.events_of(order.id);
        events.fold((0, 0), |(takes, returns), event| match entered(event.kind) {
            Some(Pending) => (takes + 1, returns),
            Some(Cancelled | Failed) => (takes, returns + 1),
            _ => (takes, returns),
        })
    }

    fn events_of(&self, order: OrderId) -> impl Iterator<Item = &Event> {
        self.events.iter().filter(move |event| event.subject == Subject::order(order))
    }

    fn audit_orders(&self, facts: &Facts) -> TestCaseResult {
        for event in self.events.iter().filter(|event| event.subject.kind == SubjectKind::Order) {
            let order = facts.orders.get(&OrderId(event.subject.id));
            prop_assert!(order.is_some(), "an event of no order: {event:?}");
        }
        for order in rows(&facts.orders) {
            let id = order.id;
            let (mut status, mut version, mut at) = (None, 0, order.created_at);
            for event in self.events_of(id) {
                version += 1;
                prop_assert_eq!(event.version, Some(version), "a gap in the events of {}", id);
                if event.kind == EventKind::OrderChanged {
                    prop_assert!(status.is_some() && at <= event.at);
                    at = event.at;
                    continue;
                }
                let Some(to) = entered(event.kind) else { panic!("{event:?}") };
                prop_assert!(is_a_move(status, to), "no move from {status:?}: {event:?}");
                prop_assert_eq!(event.kind == EventKind::OrderPlaced, status.is_none());
                prop_assert!(at <= event.at);
                (status, at) = (Some(to), event.at);
            }
            prop_assert_eq!((order.version, Some(order.status)), (version, status));
            prop_assert_eq!(order.updated_at, at);
            let is_pending = order.status == OrderStatus::Pending;
            prop_assert_eq!(order.pending_since.is_some(), is_pending, "{:?}", order);
            let lines = order.lines.iter();
            let sum = |sum, line: &domain::OrderLine| {
                sum + i128::from(line.unit_price_minor) * i128::from(line.quantity.units())
            };
            // What was agreed elsewhere was agreed.
            if order.channel.is_none() {
                let total = i128::from(order.total_minor);
                prop_assert_eq!(total, lines.fold(0, sum), "total of {}", id);
            }
            let products: BTreeSet<_> = order.lines.iter().map(|line| line.product).collect();
            prop_assert_eq!(products.len(), order.lines.len(), "one line per product");
        }
        Ok(())
    }
}

/// No line without a cart; what holds nothing rests, and not for long; and a crowd has what its guests' carts hold.
fn audit_carts(facts: &Facts) -> TestCaseResult {
    let (mut filled, mut crowds) = (BTreeSet::new(), BTreeMap::new());
    for hold in rows(&facts.holds) {
        let cart = facts.carts.get(&hold.cart);
        prop_assert!(cart.is_some() && hold.units > 0, "held for nobody, or nothing: {hold:?}");
        filled.insert(hold.cart);
        let is_guests = |cart: &&Cart| cart.kind == CallerKind::Guest;
        if let Some(crowd) = cart.filter(is_guests).and_then(|cart| cart.crowd) {
            *crowds.entry(crowd).or_default() += hold.units;
        }
    }
    let kept = rows(&facts.crowds).map(|crowd| (crowd.id, crowd.units));
    prop_assert_eq!(kept.collect::<BTreeMap<_, i64>>(), crowds);
    for cart in rows(&facts.carts) {
        let times = (cart.opened_at, cart.updated_at);
        prop_assert!(times.0 <= times.1 && times.1 < cart.expires_at, "{cart:?}");
        let rests = cart.expires_at.0 - cart.updated_at.0 <= REST_US;
        prop_assert!(filled.contains(&cart.id) || rests, "{cart:?}");
    }
    Ok(())
}

/// Every key belongs to one order, and every order that has a key is found by it.
fn audit_keys(facts: &Facts) -> TestCaseResult {
    let mut found = BTreeMap::new();
    for order in rows(&facts.orders) {
        let Some(once) = &order.once else { continue };
        let before = found.insert((order.placer(), once.key.clone()), order.id);
        prop_assert_eq!(before, None, "two orders under {:?}", once.key);
    }
    let kept = rows(&facts.placed).map(|before| ((before.owner, before.key.clone()), before.order));
    prop_assert_eq!(found, kept.collect::<BTreeMap<_, _>>());
    Ok(())
}

/// What is told on a side of an entry.
pub fn members(side: &Option<Box<str>>) -> Map<String, Value> {
    let told = side.as_deref().map(|told| serde_json::from_str(told).expect("the trail is JSON"));
    told.unwrap_or_default()
}

/// The status of an order that an event tells of.
fn entered(kind: EventKind) -> Option<OrderStatus> {
    Some(match kind {
        EventKind::OrderPlaced | EventKind::OrderRetried => OrderStatus::Pending,
        EventKind::OrderStarted => OrderStatus::Processing,
        EventKind::OrderCompleted => OrderStatus::Completed,
        EventKind::OrderCancelled => OrderStatus::Cancelled,
        EventKind::OrderFailed => OrderStatus::Failed,
        _ => return None,
    })
}

fn add(book: &mut Units, product: ProductId, units: i64) {
    *book.entry(product).or_default() += units;
}

fn of(book: &Units, product: &ProductId) -> i64 {
    book.get(product).copied().unwrap_or(0)
}
