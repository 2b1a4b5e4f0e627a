//! The model: what a shop should hold and answer, told a second time. It borrows the domain's plain
//! values and shares no code with its rules. The domain's laws ask it command by command, the
//! simulation tells it of each commit; both compare.

mod accounts;
mod categories;
mod consumers;
mod kept;
mod nouns;
mod orders;
mod products;
mod sessions;
mod stock;
mod sweeps;

pub use kept::Kept;
pub use nouns::{Expected, Modelled};
pub use orders::{Told, is_a_move};

use domain::{
    Account, AccountId, Action, Caller, Category, Command, Consumer, Context, Done, IdempotencyKey,
    Micros, Order, OrderId, Outcome, Product, ProductId, Refusal, Refused, Session, SessionId,
    Stock, StockEntry, Text,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

/// What a command should come to: its end, or everything that is wrong with it. The shop may name any
/// one of these, and nothing else.
pub type End = Result<Done<Outcome, Kept>, Vec<Refused<Refusal>>>;
/// Orders and all other commands keep their keys apart.
pub type Place = (bool, Caller, IdempotencyKey);

#[derive(Default)]
pub struct Model {
    pub accounts: BTreeMap<AccountId, Account>,
    /// Usernames and addresses, as they look alike.
    pub usernames: BTreeSet<String>,
    pub emails: BTreeSet<String>,
    pub sessions: BTreeMap<SessionId, Session>,
    pub categories: Vec<Category>,
    pub products: BTreeMap<ProductId, Product>,
    pub stock: BTreeMap<ProductId, Stock>,
    pub orders: BTreeMap<OrderId, Arc<Order>>,
    pub consumers: BTreeMap<Text<100>, Consumer>,
    pub done: BTreeMap<Place, Deed>,
    /// Those of sales and returns come with a commit.
    pub entries: Vec<StockEntry>,
    pub events: Vec<Told>,
    /// The last order's number, which comes with a commit.
    pub last_number: i64,
    pub touched: Touched,
}

/// What was done under a key.
#[derive(Clone, Debug)]
pub struct Deed {
    request: Action,
    pub kept: Kept,
    pub at: Micros,
}

/// What has to be written since the last commit.
#[derive(Default)]
pub struct Touched {
    pub accounts: BTreeSet<AccountId>,
    pub sessions: BTreeSet<SessionId>,
    pub products: BTreeSet<ProductId>,
    pub orders: BTreeSet<OrderId>,
    pub consumers: BTreeSet<Text<100>>,
    /// So many of the last ones are new.
    pub categories: usize,
    pub entries: usize,
    pub events: usize,
    pub deeds: Vec<Place>,
    pub swept_at: Option<Micros>,
    /// In their order.
    placed: Vec<OrderId>,
    sold: BTreeMap<ProductId, i64>,
    returned: BTreeMap<ProductId, i64>,
}

impl Touched {
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
    ) -> Vec<End> {
        self.touched = Touched::default();
        let (entries, events) = (self.entries.len(), self.events.len());
        let mut ends: Vec<End> = commands.map(|command| self.expect(command, now)).collect();
        self.enter_sales(now);
        self.number(&mut ends);
        self.touched.entries = self.entries.len() - entries;
        self.touched.events = self.events.len() - events;
        ends
    }

    /// One command, as it is decided and not yet committed.
    pub fn expect(&mut self, command: &Command, now: Micros) -> End {
        let mut request = command.action.clone();
        request.strip();
        let place = command.who.once.as_ref().map(|once| place(command, &once.key));
        if let Some(deed) = place.as_ref().and_then(|place| self.done.get(place)) {
            return match deed.request == request {
                true => Ok(Done::Before(deed.kept.clone())),
                false => Err(vec![Refused::KeyReused]),
            };
        }
        let context = Context { who: &command.who, now };
        let ended = command.action.expect(self, context);
        let refused = |wrong: Vec<_>| wrong.into_iter().map(Refused::ByRule).collect::<Vec<_>>();
        let outcome = ended.map_err(refused)?;
        if let (Some(place), Some(kept)) = (place, Action::kept_of(&outcome)) {
            // An order's key lies on its own row.
            if !place.0 {
                self.touched.deeds.push(place.clone());
            }
            self.done.insert(place, Deed { request, kept, at: now });
        }
        Ok(Done::Now(outcome))
    }

    /// Spoils what is kept under the key that is picked out of so many: nobody can read it any more.
    pub fn keep_unreadably(
        &mut self,
        pick: impl FnOnce(usize) -> usize,
    ) -> Option<(Caller, IdempotencyKey)> {
        let traces: Vec<_> = self.done.iter_mut().filter(|((is_order, ..), _)| !is_order).collect();
        let picked = pick(traces.len());
        let ((_, caller, key), deed) = traces.into_iter().nth(picked)?;
        deed.kept = Kept::Unreadable;
        Some((*caller, key.clone()))
    }
}

fn place(command: &Command, key: &IdempotencyKey) -> Place {
    let is_order = matches!(command.action, Action::Orders(domain::orders::Action::PlaceOrder(_)));
    (is_order, command.who.actor.caller, key.clone())
}

fn refused_if_any<R>(refusals: Vec<R>) -> Result<(), Vec<R>> {
    if refusals.is_empty() { Ok(()) } else { Err(refusals) }
}
