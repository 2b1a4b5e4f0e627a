//! The model: what a shop should answer, told a second time and without the domain's rules.
//!
//! For a command that has to be refused it lists everything that is wrong with it: the shop may name
//! any one of these, and nothing else. For the others it knows the one right outcome.

mod catalog;
mod people;
mod sales;

use crate::shop::Shop;
use domain::{
    Action, Caller, Category, Command, Event, IdempotencyKey, Micros, Order, OrderId, Outcome,
    Product, ProductId, ProductRef, PublicId, Refusal, Session, SessionId, Sku, Stock, StockEntry,
    idempotency::Kept,
};
use proptest::{prelude::*, test_runner::TestCaseResult};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use uuid::Uuid;

pub type Expected = Result<Outcome, Vec<Refusal>>;
/// Orders and all other commands keep their keys apart.
type Place = (bool, Caller, IdempotencyKey);

#[derive(Default)]
pub struct Model {
    products: BTreeMap<ProductId, Product>,
    stock: BTreeMap<ProductId, Stock>,
    orders: BTreeMap<OrderId, Order>,
    categories: Vec<Category>,
    sessions: BTreeMap<SessionId, Session>,
    usernames: BTreeSet<String>,
    emails: BTreeSet<String>,
    done: BTreeMap<Place, (Action, Kept)>,
    entries: Vec<StockEntry>,
    events: Vec<Event>,
}

impl Model {
    pub fn of(shop: &Shop) -> Model {
        let (products, stock) = (shop.facts.products.clone(), shop.facts.stock.clone());
        Model { products, stock, entries: shop.books.entries.clone(), ..Model::default() }
    }

    pub fn expect(&mut self, command: &Command, now: Micros) -> Expected {
        let request = plain(&command.action);
        let place = command.once.as_ref().map(|once| place(command, &once.key));
        if let Some((before, kept)) = place.as_ref().and_then(|place| self.done.get(place)) {
            return match *before == request {
                true => Ok(Outcome::Replayed(kept.clone())),
                false => Err(vec![Refusal::KeyReused]),
            };
        }
        let outcome = match &command.action {
            Action::Register(action) => self.register(action, now),
            Action::OpenSession(action) => Ok(self.open_session(action, now)),
            Action::RefreshSession(action) => self.refresh_session(action, now),
            Action::CreateCategory(action) => self.create_category(action),
            Action::CreateProduct(action) => self.create_product(action, command, now),
            Action::EditProduct(action) => self.edit_product(action, now),
            Action::MoveStock(action) => self.move_stock(action, command, now),
            Action::PlaceOrder(action) => self.place_order(action, command, now),
            Action::MoveOrder(action) => self.move_order(action, command, now),
            Action::Sweep(_) => Ok(Outcome::Swept),
        }?;
        if let (Some(place), Some(kept)) = (place, kept(&outcome)) {
            self.done.insert(place, (request, kept));
        }
        Ok(outcome)
    }

    /// Compares what the shop has become with what it should be.
    pub fn check(&self, shop: &Shop) -> TestCaseResult {
        let facts = &shop.facts;
        prop_assert_eq!(&shop.books.entries, &self.entries);
        prop_assert_eq!(&shop.books.events, &self.events);
        prop_assert_eq!(&facts.products, &self.products);
        prop_assert_eq!(&facts.stock, &self.stock);
        let orders = facts.orders.values().map(|order| Order::clone(order));
        prop_assert_eq!(
            orders.collect::<Vec<_>>(),
            self.orders.values().cloned().collect::<Vec<_>>()
        );
        let by_sku = |product: &Product| (product.sku.clone(), product.id);
        let skus: BTreeMap<_, _> = self.products.values().map(by_sku).collect();
        prop_assert_eq!(&facts.skus, &skus);
        prop_assert_eq!(facts.public_ids.len(), self.products.len());
        prop_assert!(facts.categories.values().all(|found| self.categories.contains(found)));
        prop_assert_eq!(facts.categories.len(), self.categories.len());
        prop_assert_eq!(
            facts.usernames.keys().cloned().collect::<BTreeSet<_>>(),
            self.usernames.clone()
        );
        prop_assert_eq!(facts.emails.keys().cloned().collect::<BTreeSet<_>>(), self.emails.clone());
        for (id, session) in &self.sessions {
            match facts.sessions.get(id) {
                Some(found) => prop_assert_eq!(found, session),
                None => prop_assert!(session.expires_at <= shop.now, "pruned alive: {session:?}"),
            }
        }
        let orders = facts.order_keys.keys().map(|(caller, key)| (true, *caller, key.clone()));
        let traces = facts.traces.keys().map(|(caller, key)| (false, *caller, key.clone()));
        let kept: BTreeSet<_> = orders.chain(traces).collect();
        prop_assert_eq!(kept, self.done.keys().cloned().collect::<BTreeSet<_>>());
        Ok(())
    }

    /// How long a trace is kept is the store's business; an order's key is kept for ever.
    pub fn forget_pruned(&mut self, shop: &Shop) {
        let traces = &shop.facts.traces;
        let is_kept = |(is_order, caller, key): &Place| {
            *is_order || traces.contains_key(&(*caller, key.clone()))
        };
        self.done.retain(|place, _| is_kept(place));
    }

    fn find(&self, reference: &ProductRef) -> Option<&Product> {
        self.products.values().find(|product| match reference {
            ProductRef::Id(id) => product.id == *id,
            ProductRef::PublicId(id) => product.public_id == *id,
            ProductRef::Sku(sku) => product.sku == *sku,
        })
    }

    fn find_for_sale(&self, reference: &ProductRef) -> Option<&Product> {
        self.find(reference).filter(|product| !product.is_archived)
    }
}

fn place(command: &Command, key: &IdempotencyKey) -> Place {
    let is_order = matches!(command.action, Action::PlaceOrder(_));
    (is_order, command.actor.caller, key.clone())
}

/// What the client has sent, without what was made for this attempt.
fn plain(action: &Action) -> Action {
    let mut action = action.clone();
    match &mut action {
        Action::PlaceOrder(order) => order.id = OrderId(Uuid::nil()),
        Action::CreateProduct(product) => {
            (product.public_id, product.made_sku) = (PublicId(Uuid::nil()), Sku::stored("made"));
        }
        _ => {}
    }
    action
}

fn kept(outcome: &Outcome) -> Option<Kept> {
    match outcome {
        Outcome::Placed(order) | Outcome::Moved(order) => Some(Kept::Order(order.id)),
        Outcome::Category(category) => Some(Kept::Category(category.clone())),
        Outcome::Product(product, stock) => Some(Kept::Product(product.clone(), *stock)),
        Outcome::StockMoved(lines) => Some(Kept::Stock(lines.clone())),
        _ => None,
    }
}

fn refused_if_any(refusals: Vec<Refusal>) -> Result<(), Vec<Refusal>> {
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

fn shared(order: &Order) -> Arc<Order> {
    Arc::new(order.clone())
}
