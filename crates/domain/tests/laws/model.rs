//! The model: what a shop should answer, told a second time and without the domain's rules.
//!
//! For a command that has to be refused it lists everything that is wrong with it: the shop may name
//! any one of these, and nothing else. For the others it knows the one right outcome.

mod catalog;
mod followers;
mod people;
mod sales;

use crate::{shop::Shop, store::rows};
use domain::{
    Action, Caller, Category, Command, Consumer, Event, IdempotencyKey, Listed, Micros, Order,
    OrderId, Outcome, Product, ProductId, ProductRef, PublicId, Refusal, Refused, Session,
    SessionId, Sku, Stock, StockEntry, StockResult, Text, accounts, categories, consumers, orders,
    products, rules::Never, sessions, stock, sweeps,
};
use proptest::{prelude::*, test_runner::TestCaseResult};
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Debug,
    sync::Arc,
};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    Now(Outcome),
    /// What its key was kept with.
    Before(Kept),
}

/// What is answered again.
#[derive(Clone, Debug, PartialEq)]
pub enum Kept {
    Order(OrderId),
    Category(Box<Category>),
    Product(products::Shown),
    Stock(Vec<StockResult>),
}

/// What one command may come to: its outcome, or all that is wrong with it.
type Expected<O, R> = Result<O, Vec<R>>;
/// Orders and all other commands keep their keys apart.
type Place = (bool, Caller, IdempotencyKey);

/// One command's own answer as the shop tells it.
macro_rules! told {
    ($noun:ident, $module:ident, $rule:ident, $answer:expr) => {
        match $answer {
            Ok(outcome) => Ok(Outcome::$noun($module::Outcome::$rule(outcome))),
            Err(wrong) => Err(wrong
                .into_iter()
                .map(|refusal| Refusal::$noun($module::Refusal::$rule(refusal)))
                .collect()),
        }
    };
}

#[derive(Default)]
pub struct Model {
    products: BTreeMap<ProductId, Product>,
    stock: BTreeMap<ProductId, Stock>,
    orders: BTreeMap<OrderId, Order>,
    categories: Vec<Category>,
    sessions: BTreeMap<SessionId, Session>,
    consumers: BTreeMap<Text<100>, Consumer>,
    usernames: BTreeSet<String>,
    emails: BTreeSet<String>,
    done: BTreeMap<Place, (Action, Kept)>,
    entries: Vec<StockEntry>,
    events: Vec<Event>,
}

impl Model {
    pub fn of(shop: &Shop) -> Model {
        let products = rows(&shop.facts.products).map(|product| (product.id, product.clone()));
        let stock = rows(&shop.facts.shelves).map(|shelf| (shelf.product, shelf.stock()));
        Model {
            products: products.collect(),
            stock: stock.collect(),
            entries: shop.books.entries.clone(),
            ..Model::default()
        }
    }

    pub fn expect(
        &mut self,
        command: &Command,
        now: Micros,
    ) -> Result<Answer, Vec<Refused<Refusal>>> {
        let request = plain(&command.action);
        let place = command.who.once.as_ref().map(|once| place(command, &once.key));
        if let Some((before, kept)) = place.as_ref().and_then(|place| self.done.get(place)) {
            return match *before == request {
                true => Ok(Answer::Before(kept.clone())),
                false => Err(vec![Refused::KeyReused]),
            };
        }
        let outcome = self.do_it(command, now);
        let refused = |wrong: Vec<_>| wrong.into_iter().map(Refused::ByRule).collect::<Vec<_>>();
        let outcome = outcome.map_err(refused)?;
        if let (Some(place), Some(kept)) = (place, kept(&outcome)) {
            self.done.insert(place, (request, kept));
        }
        Ok(Answer::Now(outcome))
    }

    fn do_it(&mut self, command: &Command, now: Micros) -> Expected<Outcome, Refusal> {
        match &command.action {
            Action::Accounts(accounts::Action::Register(action)) => {
                told!(Accounts, accounts, Register, self.register(action, now))
            }
            Action::Sessions(sessions::Action::OpenSession(action)) => {
                told!(Sessions, sessions, OpenSession, self.open_session(action, now))
            }
            Action::Sessions(sessions::Action::RefreshSession(action)) => {
                told!(Sessions, sessions, RefreshSession, self.refresh_session(action, now))
            }
            Action::Categories(categories::Action::CreateCategory(action)) => {
                told!(Categories, categories, CreateCategory, self.create_category(action))
            }
            Action::Products(products::Action::CreateProduct(action)) => {
                told!(Products, products, CreateProduct, self.create_product(action, command, now))
            }
            Action::Products(products::Action::EditProduct(action)) => {
                told!(Products, products, EditProduct, self.edit_product(action, now))
            }
            Action::Stock(stock::Action::MoveStock(action)) => {
                told!(Stock, stock, MoveStock, self.move_stock(action, command, now))
            }
            Action::Orders(orders::Action::PlaceOrder(action)) => {
                told!(Orders, orders, PlaceOrder, self.place_order(action, command, now))
            }
            Action::Orders(orders::Action::MoveOrder(action)) => {
                told!(Orders, orders, MoveOrder, self.move_order(action, command, now))
            }
            Action::Consumers(consumers::Action::TakeLease(action)) => {
                told!(Consumers, consumers, TakeLease, self.take_lease(action, now))
            }
            Action::Consumers(consumers::Action::MoveCursor(action)) => {
                told!(Consumers, consumers, MoveCursor, self.move_cursor(action, now))
            }
            Action::Sweeps(sweeps::Action::Sweep(_)) => {
                told!(Sweeps, sweeps, Sweep, Ok::<_, Vec<Never>>(()))
            }
        }
    }

    /// Compares what the shop has become with what it should be.
    pub fn check(&self, shop: &Shop) -> TestCaseResult {
        let facts = &shop.facts;
        prop_assert_eq!(&shop.books.entries, &self.entries);
        prop_assert_eq!(&shop.books.events, &self.events);
        compare(rows(&facts.products), self.products.values())?;
        let stock = rows(&facts.shelves).map(|shelf| (shelf.product, shelf.stock()));
        prop_assert_eq!(&stock.collect::<BTreeMap<_, _>>(), &self.stock);
        compare(rows(&facts.orders).map(|order| &**order), self.orders.values())?;
        compare(rows(&facts.consumers), self.consumers.values())?;
        compare(rows(&facts.categories), self.categories.iter())?;
        let skus = rows(&facts.skus).map(|owner| (owner.is, owner.name.clone()));
        let named = self.products.values().map(|product| (product.id, product.sku.clone()));
        prop_assert_eq!(skus.collect::<BTreeSet<_>>(), named.collect::<BTreeSet<_>>());
        prop_assert_eq!(facts.public_ids.rows.len(), self.products.len());
        let usernames = rows(&facts.usernames).map(|owner| owner.name.0.clone());
        prop_assert_eq!(&usernames.collect::<BTreeSet<_>>(), &self.usernames);
        let emails = rows(&facts.emails).map(|owner| owner.name.0.clone());
        prop_assert_eq!(&emails.collect::<BTreeSet<_>>(), &self.emails);
        for (id, session) in &self.sessions {
            match facts.sessions.get(id) {
                Some(found) => prop_assert_eq!(found, session),
                None => prop_assert!(session.expires_at <= shop.now, "pruned alive: {session:?}"),
            }
        }
        let keyed =
            |is_order| move |(caller, key): &_| (is_order, *caller, IdempotencyKey::clone(key));
        let orders = facts.placed.rows.keys().map(keyed(true));
        let traces = facts.traces.rows.keys().map(keyed(false));
        let kept: BTreeSet<_> = orders.chain(traces).collect();
        prop_assert_eq!(kept, self.done.keys().cloned().collect::<BTreeSet<_>>());
        Ok(())
    }

    /// How long a trace is kept is the store's business; an order's key is kept for ever. A consumer
    /// is forgotten when nobody has seen it for seven days.
    pub fn forget_pruned(&mut self, shop: &Shop) {
        let Shop { facts, now, .. } = shop;
        let is_kept = |(is_order, caller, key): &Place| {
            *is_order || facts.traces.get(&(*caller, key.clone())).is_some()
        };
        self.done.retain(|place, _| is_kept(place));
        self.consumers.retain(|name, consumer| {
            let is_kept = facts.consumers.get(name).is_some();
            let unseen_us = now.0 - consumer.seen_at.0;
            assert!(is_kept || unseen_us > 7 * Micros::DAY, "pruned too early: {consumer:?}");
            is_kept
        });
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

fn compare<'r, R: Debug + PartialEq + 'r>(
    found: impl Iterator<Item = &'r R>,
    expected: impl Iterator<Item = &'r R>,
) -> TestCaseResult {
    prop_assert_eq!(found.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    Ok(())
}

fn place(command: &Command, key: &IdempotencyKey) -> Place {
    let is_order = matches!(command.action, Action::Orders(orders::Action::PlaceOrder(_)));
    (is_order, command.who.actor.caller, key.clone())
}

/// What the client has sent, without what was made for this attempt.
fn plain(action: &Action) -> Action {
    let mut action = action.clone();
    match &mut action {
        Action::Orders(orders::Action::PlaceOrder(order)) => order.id = OrderId(Uuid::nil()),
        Action::Products(products::Action::CreateProduct(product)) => {
            (product.public_id, product.made_sku) = (PublicId(Uuid::nil()), Sku::stored("made"));
        }
        _ => {}
    }
    action
}

fn kept(outcome: &Outcome) -> Option<Kept> {
    use {categories::Outcome::CreateCategory, stock::Outcome::MoveStock};
    use {orders::Outcome::*, products::Outcome::*};
    Some(match outcome {
        Outcome::Orders(PlaceOrder(order) | MoveOrder(order)) => Kept::Order(order.id),
        Outcome::Categories(CreateCategory(category)) => Kept::Category(category.clone()),
        Outcome::Products(CreateProduct(shown) | EditProduct(shown)) => {
            Kept::Product(shown.clone())
        }
        Outcome::Stock(MoveStock(lines)) => Kept::Stock(lines.clone()),
        _ => return None,
    })
}

/// What the command itself reads of a trace.
pub fn read_again(action: &Action, kept: &str) -> Option<Kept> {
    match action {
        Action::Orders(orders::Action::PlaceOrder(_)) => {
            domain::PlaceOrder::before(kept).map(Kept::Order)
        }
        Action::Orders(orders::Action::MoveOrder(_)) => {
            domain::MoveOrder::before(kept).map(Kept::Order)
        }
        Action::Categories(categories::Action::CreateCategory(_)) => {
            domain::CreateCategory::before(kept).map(Kept::Category)
        }
        Action::Products(products::Action::CreateProduct(_)) => {
            domain::CreateProduct::before(kept).map(Kept::Product)
        }
        Action::Products(products::Action::EditProduct(_)) => {
            domain::EditProduct::before(kept).map(Kept::Product)
        }
        Action::Stock(stock::Action::MoveStock(_)) => {
            domain::MoveStock::before(kept).map(Kept::Stock)
        }
        _ => None,
    }
}

fn refused_if_any<R>(refusals: Vec<R>) -> Result<(), Vec<R>> {
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}

fn shared(order: &Order) -> Arc<Order> {
    Arc::new(order.clone())
}
