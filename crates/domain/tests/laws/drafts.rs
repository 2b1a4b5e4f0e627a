//! Drafts of commands. Their small worlds of products, names, keys and amounts make them meet.
//!
//! A draft names orders and sessions by how long ago they were begun: `script` fills in the ids.

use crate::nouns::{Drawn, NOUNS, unkeyed};
use domain::{
    Action, Actor, Caller, CallerKind, Currency, Money, OrderStatus, ProductId, ProductRef, Proof,
    PublicId, Quantity, Role, SessionId, Sku, Text,
};
use proptest::{option::weighted, prelude::*, sample::select, strategy::Union};
use uuid::Uuid;

pub const NOBODY_YET: Uuid = Uuid::nil();
pub const FIRST_CREATED: u128 = 1_000;

#[derive(Clone, Debug)]
pub struct Draft {
    pub actor: Actor,
    pub key: Option<u8>,
    pub step: Step,
}

#[derive(Clone, Debug)]
pub enum Step {
    Act(Box<Action>),
    /// What is worth more in a row.
    Acts(Vec<Action>),
    /// And trade tokens of these generations at once.
    OpenSession {
        known: Text<255>,
        proof: Option<Proof>,
        tokens: Vec<i64>,
        ends: Vec<SessionId>,
    },
    RefreshSession {
        back: usize,
        generation: i64,
    },
    Walk {
        /// A new order, or one that was begun before.
        placed: Option<Box<Action>>,
        back: usize,
        route: Vec<OrderStatus>,
        /// All that is for sale goes before the last move.
        sold_out: bool,
        /// Where who makes the last move believes the order.
        seen: Option<OrderStatus>,
        last: OrderStatus,
        by_owner: bool,
        /// The last move comes twice.
        twice: bool,
    },
    Repeat {
        back: usize,
        how: Repeat,
    },
}

/// How an earlier command comes again.
#[derive(Clone, Copy, Debug)]
pub enum Repeat {
    Same,
    OtherRequest,
    OtherCaller(Actor),
}

pub fn drafts() -> impl Strategy<Value = Draft> {
    let repeated = (0..6_usize, repeats()).prop_map(|(back, how)| Step::Repeat { back, how });
    let drawn = NOUNS.iter().flat_map(|noun| noun.drafts()).chain([unkeyed(7, repeated)]);
    Union::new_weighted(drawn.map(|drawn| (drawn.weight, draft(drawn))).collect())
}

fn draft(drawn: Drawn) -> BoxedStrategy<Draft> {
    let key = if drawn.is_keyed { weighted(0.5, 0..8_u8).boxed() } else { Just(None).boxed() };
    let draft = |(actor, key, step)| Draft { actor, key, step };
    (actors(), key, drawn.steps).prop_map(draft).boxed()
}

/// Whatever may carry a key, but for moves of orders.
pub fn keyed_actions() -> impl Strategy<Value = Action> {
    let drawn = NOUNS.iter().flat_map(|noun| noun.drafts()).filter(|drawn| drawn.is_keyed);
    let action = |step| match step {
        Step::Act(action) => Some(*action),
        _ => None,
    };
    let steps: Vec<_> = drawn.map(|drawn| (1, drawn.steps)).collect();
    Union::new_weighted(steps).prop_filter_map("a move", action)
}

pub fn act(action: Action) -> Step {
    Step::Act(Box::new(action))
}

pub fn customer(number: u128) -> Actor {
    let caller = Caller { kind: CallerKind::Account, id: Uuid::from_u128(number) };
    Actor::of(caller, Role::Customer)
}

pub fn staff() -> Actor {
    Actor { role: Role::Staff, ..customer(3) }
}

fn actors() -> impl Strategy<Value = Actor> {
    let admin = Actor { role: Role::Admin, ..customer(4) };
    prop_oneof![
        4 => Just(customer(1)),
        2 => Just(customer(2)),
        3 => Just(staff()),
        2 => Just(admin),
        1 => Just(Actor::SYSTEM),
        2 => Just(guest(1)),
        1 => Just(guest(2)),
    ]
}

pub fn guest(number: u128) -> Actor {
    Actor::of(domain::carts::guest(&format!("token {number}")), Role::Customer)
}

fn repeats() -> impl Strategy<Value = Repeat> {
    prop_oneof![
        2 => Just(Repeat::Same),
        1 => Just(Repeat::OtherRequest),
        1 => actors().prop_map(Repeat::OtherCaller),
    ]
}

pub fn references() -> impl Strategy<Value = ProductRef> {
    let numbers = select(vec![1, 2, 3, 4, FIRST_CREATED + 1, FIRST_CREATED + 2]);
    prop_oneof![
        4 => (1..=6_i64).prop_map(|id| ProductRef::Id(ProductId(id))),
        3 => numbers.prop_map(|n| ProductRef::PublicId(PublicId(Uuid::from_u128(n)))),
        4 => skus(1..7).prop_map(ProductRef::Sku),
    ]
}

pub fn quantities() -> impl Strategy<Value = Quantity> {
    let units = prop_oneof![12 => 1..=4_i64, 1 => select(vec![400_000, Quantity::MAX])];
    units.prop_map(|units| Quantity::new(units).unwrap())
}

pub fn prices() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![6 => Just(250), 4 => Just(999), 1 => Just(Money::MAX_MINOR)];
    minor.prop_map(|minor| Money::new(minor, currency("EUR")))
}

/// Mostly the shop's currency.
pub fn any_prices() -> impl Strategy<Value = Money> {
    prop_oneof![9 => prices(), 1 => Just(Money::new(250, currency("USD")))]
}

pub fn skus(numbers: std::ops::Range<u8>) -> impl Strategy<Value = Sku> {
    numbers.prop_map(|n| Sku::stored(&format!("S{n}")))
}

pub fn slugs() -> impl Strategy<Value = Text<100>> {
    select(vec![text("camp"), text("food"), text("tents")])
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, currency("EUR"))
}

pub fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

pub fn text<const MAX: usize>(words: &str) -> Text<MAX> {
    Text::new(words).unwrap()
}
