//! Drafts of commands. Their small worlds of products, names, keys and amounts make them meet.
//!
//! A draft names orders and sessions by how long ago they were begun: `script` fills in the ids.

use domain::{
    Action, Actor, Caller, CallerKind, CreateCategory, CreateProduct, Currency, EditProduct, Email,
    ExpectedLine, Money, MoveStock, OrderId, OrderStatus, PlaceOrder, ProductId, ProductRef,
    PublicId, Quantity, Register, Role, Sku, StockChange, StockLine, Text, Username,
    stock::MAX_ON_HAND,
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
    /// And trade its first token at once, or not.
    OpenSession {
        refreshed: bool,
    },
    RefreshSession {
        back: usize,
        generation: i64,
    },
    Walk {
        back: usize,
        route: Vec<OrderStatus>,
        last: OrderStatus,
        by_owner: bool,
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
        1 => Just(act(Action::Sweep(domain::Sweep))),
        2 => any::<bool>().prop_map(|refreshed| Step::OpenSession { refreshed }),
        4 => (0..2_usize, select(vec![1, 1, 2, 3]))
            .prop_map(|(back, generation)| Step::RefreshSession { back, generation }),
        7 => (0..6_usize, repeats()).prop_map(|(back, how)| Step::Repeat { back, how }),
    ];
    let draft = |(actor, key, step)| Draft { actor, key, step };
    prop_oneof![
        28 => (actors(), weighted(0.5, 0..8_u8), keyed).prop_map(draft),
        17 => (actors(), Just(None), unkeyed).prop_map(draft),
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
    (0..5_usize, route, last, weighted_bool(0.4))
        .prop_map(|(back, route, last, by_owner)| Step::Walk { back, route, last, by_owner })
}

fn orders() -> impl Strategy<Value = Action> {
    let price = prop_oneof![9 => prices(), 1 => Just(Money::new(250, currency("USD")))];
    let line = (references(), quantities(), weighted(0.4, price))
        .prop_map(|(product, quantity, price)| ExpectedLine { product, quantity, price });
    let note = select(vec!["", "ring twice"]);
    (vec(line, 1..=3), weighted(0.4, prices()), note).prop_map(|(lines, price, note)| {
        let units: i64 = lines.iter().map(|line| line.quantity.units()).sum();
        let total = price.map(|p| Money::new(p.minor.saturating_mul(units), p.currency));
        let (id, note) = (OrderId(NOBODY_YET), text(note));
        Action::PlaceOrder(PlaceOrder { id, currency: currency("EUR"), lines, total, note })
    })
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
        .prop_map(|(lines, partial)| Action::MoveStock(MoveStock { lines, partial }))
}

fn products() -> impl Strategy<Value = Action> {
    let sku = weighted(0.7, skus(3..8));
    (sku, prices(), weighted(0.3, slugs()), 0..12_i64).prop_map(
        |(sku, price, category, quantity)| {
            Action::CreateProduct(CreateProduct {
                public_id: PublicId(NOBODY_YET),
                made_sku: Sku::stored("made"),
                sku,
                name: text("a new thing"),
                description: text("fresh"),
                image_url: None,
                price,
                category,
                quantity,
            })
        },
    )
}

pub fn edits() -> impl Strategy<Value = Action> {
    let names = weighted(0.3, select(vec![text("tent"), text("flag")]));
    let images = weighted(0.2, weighted(0.5, Just(text("https://img.example/1"))));
    let words = (names, weighted(0.2, Just(text("rewritten"))), images);
    let numbers = (weighted(0.3, vec(1..=3_i64, 1..=2)), weighted(0.3, prices()));
    let places = (weighted(0.3, skus(1..8)), weighted(0.2, weighted(0.7, slugs())));
    (references(), words, numbers, places, weighted(0.3, any::<bool>())).prop_map(
        |(product, (name, description, image_url), (versions, price), places, is_archived)| {
            let (sku, category) = places;
            let edit = EditProduct::of(product);
            let edit = EditProduct { versions, sku, name, description, ..edit };
            Action::EditProduct(EditProduct { image_url, price, category, is_archived, ..edit })
        },
    )
}

fn categories() -> impl Strategy<Value = Action> {
    (slugs(), weighted(0.4, slugs())).prop_map(|(slug, parent)| {
        Action::CreateCategory(CreateCategory { slug, name: text("a shelf"), parent })
    })
}

fn registrations() -> impl Strategy<Value = Action> {
    let names = select(vec!["ada", "Ada", "bob", "eve", "mallory"]);
    let emails =
        select(vec!["ada@example.com", "ADA@Example.com", "bob@example.com", "eve@example.com"]);
    (names, emails).prop_map(|(name, email)| {
        Action::Register(Register {
            id: domain::AccountId(NOBODY_YET),
            username: Username::new(name).unwrap(),
            email: Email::new(email).unwrap(),
            password_hash: text("hash"),
            first_name: text("A"),
            last_name: text("B"),
            role: Role::Customer,
        })
    })
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
