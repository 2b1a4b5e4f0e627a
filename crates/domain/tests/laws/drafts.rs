//! Drafts of commands. Their small worlds of products, names, keys and amounts make them meet.
//!
//! A draft names orders and sessions by how long ago they were begun: `script` fills in the ids.

use domain::{
    Action, Actor, Caller, CallerKind, CreateCategory, CreateProduct, Currency, EditProduct, Email,
    ExpectedLine, Listed, Micros, Money, MoveCursor, MoveStock, OrderId, OrderStatus, PlaceOrder,
    ProductId, ProductRef, PublicId, Quantity, Register, Role, Sku, StockChange, StockLine, Sweep,
    TakeLease, Text, Username, stock::MAX_ON_HAND,
};
use proptest::{
    bool::weighted as weighted_bool, collection::vec, option::weighted, prelude::*, sample::select,
};
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
        tokens: Vec<i64>,
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
    let keyed = prop_oneof![
        8 => orders().prop_map(act),
        5 => movements().prop_map(act),
        3 => edits().prop_map(act),
        2 => products().prop_map(act),
        2 => categories().prop_map(act),
        8 => walks(),
    ];
    let unkeyed = prop_oneof![
        2 => registrations().prop_map(act),
        1 => Just(act(Sweep.action())),
        2 => vec(generations(), 0..5).prop_map(|tokens| Step::OpenSession { tokens }),
        4 => (0..2_usize, generations())
            .prop_map(|(back, generation)| Step::RefreshSession { back, generation }),
        4 => follow_ups(),
        7 => (0..6_usize, repeats()).prop_map(|(back, how)| Step::Repeat { back, how }),
    ];
    let draft = |(actor, key, step)| Draft { actor, key, step };
    prop_oneof![
        28 => (actors(), weighted(0.5, 0..8_u8), keyed).prop_map(draft),
        20 => (actors(), Just(None), unkeyed).prop_map(draft),
    ]
}

/// Whatever may carry a key, but for moves of orders.
pub fn keyed_actions() -> impl Strategy<Value = Action> {
    prop_oneof![orders(), movements(), products(), edits(), categories()]
}

fn act(action: Action) -> Step {
    Step::Act(Box::new(action))
}

pub fn customer(number: u128) -> Actor {
    let caller = Caller { kind: CallerKind::Account, id: Uuid::from_u128(number) };
    Actor { caller, role: Role::Customer }
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
        1 => Just(admin),
        1 => Just(Actor::SYSTEM),
    ]
}

fn generations() -> impl Strategy<Value = i64> {
    select(vec![1, 1, 2, 3])
}

fn repeats() -> impl Strategy<Value = Repeat> {
    prop_oneof![
        2 => Just(Repeat::Same),
        1 => Just(Repeat::OtherRequest),
        1 => actors().prop_map(Repeat::OtherCaller),
    ]
}

/// Staff bring the order somewhere; then the owner or anybody else asks for one move more.
fn walks() -> impl Strategy<Value = Step> {
    use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
    let route = select(vec![
        vec![],
        vec![Cancelled],
        vec![Processing],
        vec![Processing, Completed],
        vec![Processing, Failed],
        vec![Processing, Failed, Pending],
        vec![Processing, Failed, Pending, Processing, Failed],
    ]);
    let last = select(OrderStatus::ALL.to_vec());
    let retry = (Just(vec![Processing, Failed]), Just(Pending), weighted_bool(0.7));
    let moves = prop_oneof![5 => (route, last, weighted_bool(0.1)), 1 => retry];
    let chances = (weighted_bool(0.4), weighted_bool(0.3));
    let which = (weighted(0.5, plain_orders().prop_map(Box::new)), 0..5_usize);
    (which, moves, chances).prop_map(|((placed, back), moves, (by_owner, twice))| {
        let (route, last, sold_out) = moves;
        Step::Walk { placed, back, route, sold_out, last, by_owner, twice }
    })
}

/// Nothing remains but what carts were promised.
pub fn clearance() -> Action {
    let line = |(id, left)| StockLine {
        product: ProductRef::Id(ProductId(id)),
        change: StockChange::Set(left),
        reason: None,
    };
    let lines = [(1, 0), (2, 3), (3, 3), (4, 0)].map(line).into();
    MoveStock { lines, partial: true }.action()
}

/// Of all kinds, and often one that the shop can serve.
fn orders() -> impl Strategy<Value = Action> {
    prop_oneof![2 => any_orders(), 1 => plain_orders()]
}

fn plain_orders() -> impl Strategy<Value = Action> {
    (1..=3_i64, 1..=2_i64).prop_map(|(id, units)| {
        let (product, quantity) = (ProductRef::Id(ProductId(id)), Quantity::new(units).unwrap());
        order(vec![ExpectedLine { product, quantity, price: None }], None, "")
    })
}

fn any_orders() -> impl Strategy<Value = Action> {
    let line = (references(), quantities(), weighted(0.4, any_prices()))
        .prop_map(|(product, quantity, price)| ExpectedLine { product, quantity, price });
    let note = select(vec!["", "ring twice"]);
    (vec(line, 1..=3), weighted(0.4, prices()), note).prop_map(|(lines, price, note)| {
        let units: i64 = lines.iter().map(|line| line.quantity.units()).sum();
        let total = price.map(|p| Money::new(p.minor.saturating_mul(units), p.currency));
        order(lines, total, note)
    })
}

fn order(lines: Vec<ExpectedLine>, total: Option<Money>, note: &str) -> Action {
    let (id, note) = (OrderId(NOBODY_YET), text(note));
    PlaceOrder { id, currency: currency("EUR"), lines, total, note }.action()
}

pub fn movements() -> impl Strategy<Value = Action> {
    let change = prop_oneof![
        8 => (-4..=9_i64).prop_map(StockChange::Delta),
        4 => (-1..=9_i64).prop_map(StockChange::Set),
        1 => select(vec![i64::MAX, i64::MIN]).prop_map(StockChange::Delta),
        1 => select(vec![MAX_ON_HAND, MAX_ON_HAND + 1]).prop_map(StockChange::Set),
    ];
    let line = (references(), change, weighted(0.2, Just(text("counted"))))
        .prop_map(|(product, change, reason)| StockLine { product, change, reason });
    (vec(line, 1..=3), any::<bool>())
        .prop_map(|(lines, partial)| MoveStock { lines, partial }.action())
}

fn products() -> impl Strategy<Value = Action> {
    let sku = weighted(0.7, skus(3..8));
    (sku, any_prices(), weighted(0.3, slugs()), 0..12_i64).prop_map(
        |(sku, price, category, quantity)| {
            let create = CreateProduct::of(PublicId(NOBODY_YET), text("a new thing"), price);
            CreateProduct { sku, description: text("fresh"), category, quantity, ..create }.action()
        },
    )
}

pub fn edits() -> impl Strategy<Value = Action> {
    let names = weighted(0.3, select(vec![text("tent"), text("flag")]));
    let images = weighted(0.2, weighted(0.5, Just(text("https://img.example/1"))));
    let words = (names, weighted(0.2, Just(text("rewritten"))), images);
    let numbers = (weighted(0.3, vec(1..=3_i64, 1..=2)), weighted(0.3, any_prices()));
    let places = (weighted(0.3, skus(1..8)), weighted(0.2, weighted(0.7, slugs())));
    (references(), words, numbers, places, weighted(0.3, any::<bool>())).prop_map(
        |(product, (name, description, image_url), (versions, price), places, is_archived)| {
            let (sku, category) = places;
            let edit = EditProduct::of(product);
            let edit = EditProduct { versions, sku, name, description, ..edit };
            EditProduct { image_url, price, category, is_archived, ..edit }.action()
        },
    )
}

fn categories() -> impl Strategy<Value = Action> {
    (slugs(), weighted(0.4, slugs()))
        .prop_map(|(slug, parent)| CreateCategory { slug, name: text("a shelf"), parent }.action())
}

fn registrations() -> impl Strategy<Value = Action> {
    let names = select(vec!["ada", "Ada", "bob", "eve", "mallory"]);
    let emails =
        select(vec!["ada@example.com", "ADA@Example.com", "bob@example.com", "eve@example.com"]);
    (names, emails).prop_map(|(name, email)| {
        Register {
            id: domain::AccountId(NOBODY_YET),
            username: Username::new(name).unwrap(),
            email: Email::new(email).unwrap(),
            password_hash: text("hash"),
            first_name: text("A"),
            last_name: text("B"),
            role: Role::Customer,
        }
        .action()
    })
}

/// Somebody takes a lease, and he or another goes on with it.
fn follow_ups() -> impl Strategy<Value = Step> {
    (weighted(0.7, leases()), vec(prop_oneof![1 => leases(), 4 => cursors()], 1..4))
        .prop_map(|(first, then)| Step::Acts(first.into_iter().chain(then).collect()))
}

fn leases() -> impl Strategy<Value = Action> {
    workers()
        .prop_map(|(consumer, holder, lease_us)| TakeLease { consumer, holder, lease_us }.action())
}

fn cursors() -> impl Strategy<Value = Action> {
    (workers(), 0..6_i64).prop_map(|((consumer, holder, lease_us), position)| {
        MoveCursor { consumer, holder, position, lease_us }.action()
    })
}

/// Two consumers and two who work for them, with leases that end between batches or with one.
fn workers() -> impl Strategy<Value = (Text<100>, Uuid, i64)> {
    let consumer = select(vec![text("search"), text("search"), text("webhooks")]);
    let holder = select(vec![1, 1, 2]).prop_map(Uuid::from_u128);
    (consumer, holder, select(vec![3 * Micros::SECOND, 60 * Micros::SECOND]))
}

fn references() -> impl Strategy<Value = ProductRef> {
    let numbers = select(vec![1, 2, 3, 4, FIRST_CREATED + 1, FIRST_CREATED + 2]);
    prop_oneof![
        4 => (1..=6_i64).prop_map(|id| ProductRef::Id(ProductId(id))),
        3 => numbers.prop_map(|n| ProductRef::PublicId(PublicId(Uuid::from_u128(n)))),
        4 => skus(1..7).prop_map(ProductRef::Sku),
    ]
}

fn quantities() -> impl Strategy<Value = Quantity> {
    let units = prop_oneof![12 => 1..=4_i64, 1 => select(vec![400_000, Quantity::MAX])];
    units.prop_map(|units| Quantity::new(units).unwrap())
}

fn prices() -> impl Strategy<Value = Money> {
    let minor = prop_oneof![6 => Just(250), 4 => Just(999), 1 => Just(Money::MAX_MINOR)];
    minor.prop_map(|minor| Money::new(minor, currency("EUR")))
}

/// Mostly the shop's currency.
fn any_prices() -> impl Strategy<Value = Money> {
    prop_oneof![9 => prices(), 1 => Just(Money::new(250, currency("USD")))]
}

fn skus(numbers: std::ops::Range<u8>) -> impl Strategy<Value = Sku> {
    numbers.prop_map(|n| Sku::stored(&format!("S{n}")))
}

fn slugs() -> impl Strategy<Value = Text<100>> {
    select(vec![text("camp"), text("food"), text("tents")])
}

pub fn currency(code: &str) -> Currency {
    code.parse().unwrap()
}

pub fn text<const MAX: usize>(words: &str) -> Text<MAX> {
    Text::new(words).unwrap()
}
