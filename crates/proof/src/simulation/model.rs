//! What the shop should hold and answer, told a second time: it borrows the domain's plain values
//! and none of its rules. It learns of a batch when its commit lands, and of nothing else.
//!
//! A command that has to be refused has a list of everything that is wrong with it: the shop may
//! name any one of these, and nothing else. For the others there is one right outcome.

mod catalog;
mod people;
mod sales;

use domain::{
    Account, AccountId, Action, Caller, Category, Command, Event, IdempotencyKey, Micros, Order,
    OrderId, Outcome, Product, ProductId, ProductRef, PublicId, Refusal, Session, SessionId, Sku,
    Stock, StockEntry, Text, idempotency::Kept,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use uuid::Uuid;

pub type Expected = Result<Outcome, Vec<Refusal>>;
/// Orders and all other commands keep their keys apart.
pub type Place = (bool, Caller, IdempotencyKey);

/// The note of an order that the database itself refuses.
pub const POISON: &str = "poison";

#[derive(Default)]
pub struct Model {
    pub accounts: BTreeMap<AccountId, Account>,
    pub names: BTreeSet<String>,
    pub sessions: BTreeMap<SessionId, Session>,
    pub categories: Vec<Category>,
    pub products: Vec<Product>,
    pub on_hand: Vec<i64>,
    pub orders: BTreeMap<OrderId, Arc<Order>>,
    pub done: BTreeMap<Place, Deed>,
    pub entries: Vec<StockEntry>,
    pub events: Vec<Event>,
    pub placed: i64,
    skus: BTreeMap<Sku, usize>,
    public_ids: BTreeMap<PublicId, usize>,
    pub touched: Touched,
}

/// What was done under a key.
#[derive(Clone, Debug)]
pub struct Deed {
    request: Action,
    kept: Kept,
    pub at: Micros,
}

/// What one commit has to have written.
#[derive(Default)]
pub struct Touched {
    pub accounts: BTreeSet<AccountId>,
    pub sessions: BTreeSet<SessionId>,
    pub products: BTreeSet<ProductId>,
    pub orders: BTreeSet<OrderId>,
    pub categories: usize,
    pub deeds: Vec<Place>,
    pub swept_at: Option<Micros>,
    /// Placed although the database refuses such a row.
    pub poison: bool,
    sold: BTreeMap<ProductId, i64>,
    returned: BTreeMap<ProductId, i64>,
}

impl Touched {
    /// Whether there was anything to write.
    pub fn is_empty(&self) -> bool {
        self.accounts.is_empty()
            && self.sessions.is_empty()
            && self.products.is_empty()
            && self.orders.is_empty()
            && self.categories == 0
            && self.deeds.is_empty()
            && self.swept_at.is_none()
    }
}

impl Model {
    /// One batch that was committed at this time, command by command.
    pub fn commit<'c>(
        &mut self,
        commands: impl Iterator<Item = &'c Command>,
        now: Micros,
    ) -> Vec<Expected> {
        self.touched = Touched::default();
        let expected = commands.map(|command| self.take_in(command, now)).collect();
        self.enter_sales(now);
        expected
    }

    fn take_in(&mut self, command: &Command, now: Micros) -> Expected {
        let request = plain(&command.action);
        let place = command.once.as_ref().map(|once| place(command, &once.key));
        if let Some(deed) = place.as_ref().and_then(|place| self.done.get(place)) {
            return match deed.request == request {
                true => Ok(Outcome::Replayed(deed.kept.clone())),
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
            Action::Sweep(_) => {
                self.touched.swept_at = Some(now);
                Ok(Outcome::Swept)
            }
        }?;
        if let (Some(place), Some(kept)) = (place, kept(&outcome)) {
            // An order's key lies on its own row.
            if !place.0 {
                self.touched.deeds.push(place.clone());
            }
            self.done.insert(place, Deed { request, kept, at: now });
        }
        Ok(outcome)
    }

    fn index_of(&self, reference: &ProductRef) -> Option<usize> {
        match reference {
            ProductRef::Id(id) => usize::try_from(id.0 - 1).ok(),
            ProductRef::PublicId(id) => self.public_ids.get(id).copied(),
            ProductRef::Sku(sku) => self.skus.get(sku).copied(),
        }
        .filter(|index| *index < self.products.len())
    }

    fn on_sale(&self, reference: &ProductRef) -> Option<usize> {
        self.index_of(reference).filter(|index| !self.products[*index].is_archived)
    }

    pub fn stock(&self, index: usize) -> Stock {
        Stock { on_hand: self.on_hand[index], reserved: 0 }
    }

    fn category_id(&self, slug: Option<&Text<100>>) -> Result<Option<domain::CategoryId>, Refusal> {
        let Some(slug) = slug else { return Ok(None) };
        let found = self.categories.iter().find(|category| category.slug == *slug);
        found.map(|category| Some(category.id)).ok_or(Refusal::UnknownCategory)
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
        Outcome::Product(product, stock) => Some(Kept::Product(product.clone(), *stock)),
        Outcome::StockMoved(lines) => Some(Kept::Stock(lines.clone())),
        Outcome::Category(category) => Some(Kept::Category(category.clone())),
        Outcome::Registered(_) | Outcome::Session(_) => None,
        Outcome::Replayed(_) | Outcome::Swept => None,
    }
}
