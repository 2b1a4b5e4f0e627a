//! What the shop should hold and answer, told a second time: it borrows the domain's plain values
//! and none of its rules. It learns of a batch when its commit lands, and of nothing else.
//!
//! A command that has to be refused has a list of everything that is wrong with it: the shop may
//! name any one of these, and nothing else. For the others there is one right outcome.

mod catalog;
mod consumers;
mod people;
mod sales;

use crate::{random::Random, simulation::kept::Kept};
use domain::{
    Account, AccountId, Action, Caller, Category, CategoryId, Command, Consumer, Done, Event,
    IdempotencyKey, Micros, Order, OrderId, OrderStatus, Outcome, Product, ProductId, ProductRef,
    PublicId, Refusal, Refused, Session, SessionId, Sku, Stock, StockEntry, Text, accounts,
    categories, consumers as following, orders, products, sessions, stock, sweeps,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};
use uuid::Uuid;

pub type Expected = Result<Done<Outcome, Kept>, Vec<Refused<Refusal>>>;
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
    pub events: Vec<Told>,
    pub consumers: BTreeMap<Text<100>, Consumer>,
    pub placed: i64,
    /// Batches that had something to write.
    pub commits: i64,
    skus: BTreeMap<Sku, usize>,
    public_ids: BTreeMap<PublicId, usize>,
    pub touched: Touched,
}

/// An event, and the statuses that its order came from and went to.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    pub event: Event,
    pub from: Option<OrderStatus>,
    pub to: OrderStatus,
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
    pub consumers: BTreeSet<Text<100>>,
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
            && self.consumers.is_empty()
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
        let place = command.who.once.as_ref().map(|once| place(command, &once.key));
        if let Some(deed) = place.as_ref().and_then(|place| self.done.get(place)) {
            return match deed.request == request {
                true => Ok(Done::Before(deed.kept.clone())),
                false => Err(vec![Refused::KeyReused]),
            };
        }
        let outcome = match self.carry_out(command, now) {
            Ok(outcome) => outcome,
            Err(wrong) => return Err(wrong.into_iter().map(Refused::ByRule).collect()),
        };
        if let (Some(place), Some(kept)) = (place, kept(&outcome)) {
            // An order's key lies on its own row.
            if !place.0 {
                self.touched.deeds.push(place.clone());
            }
            self.done.insert(place, Deed { request, kept, at: now });
        }
        Ok(Done::Now(outcome))
    }

    fn carry_out(&mut self, command: &Command, now: Micros) -> Result<Outcome, Vec<Refusal>> {
        /// As one of the outcomes, or the refusals, of all commands.
        macro_rules! told {
            ($noun:ident, $module:ident, $rule:ident, $ended:expr) => {
                match $ended {
                    Ok(outcome) => Ok(Outcome::$noun($module::Outcome::$rule(outcome))),
                    Err(wrong) => Err(wrong
                        .into_iter()
                        .map(|refusal| Refusal::$noun($module::Refusal::$rule(refusal)))
                        .collect()),
                }
            };
        }
        match &command.action {
            Action::Accounts(accounts::Action::Register(wanted)) => {
                told!(Accounts, accounts, Register, self.register(wanted, now))
            }
            Action::Sessions(sessions::Action::OpenSession(wanted)) => {
                told!(Sessions, sessions, OpenSession, self.open_session(wanted, now))
            }
            Action::Sessions(sessions::Action::RefreshSession(wanted)) => {
                told!(Sessions, sessions, RefreshSession, self.refresh_session(wanted, now))
            }
            Action::Categories(categories::Action::CreateCategory(wanted)) => {
                told!(Categories, categories, CreateCategory, self.create_category(wanted))
            }
            Action::Products(products::Action::CreateProduct(wanted)) => {
                let ended = self.create_product(wanted, &command.who, now);
                told!(Products, products, CreateProduct, ended)
            }
            Action::Products(products::Action::EditProduct(wanted)) => {
                told!(Products, products, EditProduct, self.edit_product(wanted, now))
            }
            Action::Stock(stock::Action::MoveStock(wanted)) => {
                told!(Stock, stock, MoveStock, self.move_stock(wanted, &command.who, now))
            }
            Action::Orders(orders::Action::PlaceOrder(wanted)) => {
                told!(Orders, orders, PlaceOrder, self.place_order(wanted, &command.who, now))
            }
            Action::Orders(orders::Action::MoveOrder(wanted)) => {
                told!(Orders, orders, MoveOrder, self.move_order(wanted, &command.who, now))
            }
            Action::Consumers(following::Action::TakeLease(wanted)) => {
                told!(Consumers, following, TakeLease, self.take_lease(wanted, now))
            }
            Action::Consumers(following::Action::MoveCursor(wanted)) => {
                told!(Consumers, following, MoveCursor, self.move_cursor(wanted, now))
            }
            Action::Sweeps(sweeps::Action::Sweep(_)) => {
                self.touched.swept_at = Some(now);
                Ok(Outcome::Sweeps(sweeps::Outcome::Sweep(())))
            }
        }
    }

    /// Some trace, whose answer nobody can read any more.
    pub fn keep_unreadably(&mut self, random: &mut Random) -> Option<(Caller, IdempotencyKey)> {
        let traces: Vec<_> = self.done.iter_mut().filter(|((is_order, ..), _)| !is_order).collect();
        let place = random.below(traces.len());
        let ((_, caller, key), deed) = traces.into_iter().nth(place)?;
        deed.kept = Kept::Unreadable;
        Some((*caller, key.clone()))
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

    /// `None` when there is no such category.
    fn category_id(&self, slug: Option<&Text<100>>) -> Option<Option<CategoryId>> {
        let Some(slug) = slug else { return Some(None) };
        let found = self.categories.iter().find(|category| category.slug == *slug);
        found.map(|category| Some(category.id))
    }
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
    match outcome {
        Outcome::Orders(orders::Outcome::PlaceOrder(order) | orders::Outcome::MoveOrder(order)) => {
            Some(Kept::Order(order.id))
        }
        Outcome::Products(
            products::Outcome::CreateProduct(shown) | products::Outcome::EditProduct(shown),
        ) => Some(Kept::Product(shown.clone())),
        Outcome::Stock(stock::Outcome::MoveStock(lines)) => Some(Kept::Stock(lines.clone())),
        Outcome::Categories(categories::Outcome::CreateCategory(category)) => {
            Some(Kept::Category(category.clone()))
        }
        Outcome::Accounts(_) | Outcome::Sessions(_) => None,
        Outcome::Consumers(_) | Outcome::Sweeps(_) => None,
    }
}
