//! Commands: every change that the shop knows, what each may answer, and the one `decide`.
//!
//! Adding a capability is a variant here and a file of its own with its needs and its rule. A
//! refusal leaves the facts exactly as they were.

use crate::{
    Account, Actor, Category, CorrelationId, CreateCategory, CreateProduct, EditProduct,
    Fingerprint, Micros, Money, MoveOrder, MoveStock, Once, OpenSession, Order, OrderStatus,
    PlaceOrder, Product, RefreshSession, Register, Session, ShortLine, Stock, StockResult, Sweep,
    Trace,
    facts::{Facts, Needs},
    idempotency::Kept,
    orders::ChangedPrice,
};
use std::sync::Arc;

#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub actor: Actor,
    pub correlation: CorrelationId,
    pub once: Option<Once>,
    pub action: Action,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    Register(Register),
    OpenSession(OpenSession),
    RefreshSession(RefreshSession),
    CreateCategory(CreateCategory),
    CreateProduct(CreateProduct),
    EditProduct(EditProduct),
    MoveStock(MoveStock),
    PlaceOrder(PlaceOrder),
    MoveOrder(MoveOrder),
    Sweep(Sweep),
}

/// Who asks, in which request, and when: the time is the database's.
#[derive(Clone, Debug)]
pub struct Context {
    pub actor: Actor,
    pub correlation: CorrelationId,
    pub now: Micros,
}

pub type Decision = Result<Outcome, Refusal>;

#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    Registered(Box<Account>),
    Session(Session),
    Category(Box<Category>),
    Product(Box<Product>, Stock),
    StockMoved(Vec<StockResult>),
    Placed(Arc<Order>),
    Moved(Arc<Order>),
    /// It was done before, under the same key.
    Replayed(Kept),
    Swept,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Refusal {
    Taken {
        username: bool,
        email: bool,
    },
    SessionEnded,
    /// The session goes on, with a later token.
    TokenUsed,
    SlugTaken,
    SkuTaken,
    UnknownCategory,
    /// Named by the address of the request.
    ProductNotFound,
    /// Named in the body, at these lines.
    UnknownProducts(Vec<usize>),
    VersionMismatch {
        current: i64,
    },
    StockLines(Vec<StockResult>),
    QuantityTooLarge {
        line: usize,
    },
    TotalTooLarge,
    PriceChanged {
        lines: Vec<ChangedPrice>,
        total: Option<(Money, Money)>,
    },
    OutOfStock(Vec<ShortLine>),
    OrderNotFound,
    IllegalMove {
        from: OrderStatus,
        to: OrderStatus,
    },
    KeyReused,
}

impl Command {
    /// What has to be known to decide. Asked twice: the second time with what the first has found.
    pub fn needs(&self, facts: &Facts, needs: &mut Needs) {
        let once = self.once.as_ref();
        if !matches!(self.action, Action::PlaceOrder(_)) {
            needs.traces.extend(once.map(|once| (self.actor.caller, once.key.clone())));
        }
        match &self.action {
            Action::Register(action) => action.needs(needs),
            Action::OpenSession(action) => action.needs(needs),
            Action::RefreshSession(action) => action.needs(needs),
            Action::CreateCategory(action) => action.needs(needs),
            Action::CreateProduct(action) => action.needs(needs),
            Action::EditProduct(action) => action.needs(facts, needs),
            Action::MoveStock(action) => action.needs(facts, needs),
            Action::PlaceOrder(action) => action.needs(self.actor.caller, once, facts, needs),
            Action::MoveOrder(action) => action.needs(facts, needs),
            Action::Sweep(action) => action.needs(needs),
        }
    }

    pub fn decide(&self, facts: &mut Facts, now: Micros) -> Decision {
        let context = Context { actor: self.actor, correlation: self.correlation, now };
        if let Some(kept) = self.done_before(facts)? {
            return Ok(Outcome::Replayed(kept));
        }
        let outcome = match &self.action {
            Action::Register(action) => action.decide(facts, &context),
            Action::OpenSession(action) => action.decide(facts, &context),
            Action::RefreshSession(action) => action.decide(facts, &context),
            Action::CreateCategory(action) => action.decide(facts, &context),
            Action::CreateProduct(action) => action.decide(facts, &context),
            Action::EditProduct(action) => action.decide(facts, &context),
            Action::MoveStock(action) => action.decide(facts, &context),
            Action::PlaceOrder(action) => action.decide(facts, &context, self.once.as_ref()),
            Action::MoveOrder(action) => action.decide(facts, &context),
            Action::Sweep(action) => action.decide(facts, &context),
        }?;
        self.keep(&outcome, facts, now);
        Ok(outcome)
    }

    /// Roughly how many rows it will write, which bounds a batch.
    pub fn weight(&self) -> usize {
        match &self.action {
            Action::PlaceOrder(action) => 4 + 2 * action.lines.len(),
            Action::MoveStock(action) => 1 + 2 * action.lines.len(),
            _ => 4,
        }
    }

    fn done_before(&self, facts: &Facts) -> Result<Option<Kept>, Refusal> {
        // An order is its own trace: its keys are apart from those of all other commands.
        if matches!(self.action, Action::PlaceOrder(_)) {
            return Ok(None);
        }
        let Some(once) = &self.once else { return Ok(None) };
        match facts.traces.get(&(self.actor.caller, once.key.clone())) {
            Some(trace) if trace.fingerprint == once.fingerprint => Ok(Some(trace.kept.clone())),
            Some(_) => Err(Refusal::KeyReused),
            None => Ok(None),
        }
    }

    /// Leaves a trace of what was done, unless the order itself is the trace.
    fn keep(&self, outcome: &Outcome, facts: &mut Facts, now: Micros) {
        let kept = match outcome {
            Outcome::Category(category) => Kept::Category(category.clone()),
            Outcome::Product(product, stock) => Kept::Product(product.clone(), *stock),
            Outcome::StockMoved(results) => Kept::Stock(results.clone()),
            Outcome::Moved(order) => Kept::Order(order.id),
            Outcome::Registered(_) | Outcome::Session(_) => return,
            Outcome::Placed(_) | Outcome::Replayed(_) | Outcome::Swept => return,
        };
        let Some(Once { key, fingerprint }) = self.once.clone() else { return };
        let trace = Trace { caller: self.actor.caller, key, fingerprint, kept, at: now };
        facts.traces.insert((trace.caller, trace.key.clone()), trace.clone());
        facts.changes.traces.push(trace);
    }
}

impl Action {
    pub fn name(&self) -> &'static str {
        match self {
            Action::Register(_) => "register",
            Action::OpenSession(_) => "open_session",
            Action::RefreshSession(_) => "refresh_session",
            Action::CreateCategory(_) => "create_category",
            Action::CreateProduct(_) => "create_product",
            Action::EditProduct(_) => "edit_product",
            Action::MoveStock(_) => "move_stock",
            Action::PlaceOrder(_) => "place_order",
            Action::MoveOrder(_) => "move_order",
            Action::Sweep(_) => "sweep",
        }
    }

    /// Equal for equal requests; ids that were made for this attempt are left out. `None` for what
    /// no key can name.
    pub fn fingerprint(&self) -> Option<Fingerprint> {
        let name = self.name();
        match self {
            Action::CreateCategory(action) => Some(Fingerprint::of(&(name, action))),
            Action::CreateProduct(action) => Some(Fingerprint::of(&(name, action))),
            Action::EditProduct(action) => Some(Fingerprint::of(&(name, action))),
            Action::MoveStock(action) => Some(Fingerprint::of(&(name, action))),
            Action::PlaceOrder(action) => Some(Fingerprint::of(&(name, action))),
            Action::MoveOrder(action) => Some(Fingerprint::of(&(name, action))),
            Action::Register(_) | Action::OpenSession(_) | Action::RefreshSession(_) => None,
            Action::Sweep(_) => None,
        }
    }
}
