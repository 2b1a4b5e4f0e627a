//! Carts of few products and few callers, who are soon at their bounds and often too slow.

use super::{
    Drawn, Noun, keyed,
    orders::{
        ORDER, bounds,
        details::{details, most_details},
    },
    unkeyed,
};
use crate::{
    answers::{KeptAnswer, kept_id, kept_part},
    compared::same_rows,
    drafts::{
        NOBODY_YET, Step, act, currency, customer, eur, guest, prices, quantities, references,
        staff, text,
    },
    golden::{Golden, UUID, golden},
    script::Scribe,
    shop::Shop,
    store::{rows, view},
    weights::{Longest, PRODUCTS},
};
use domain::{
    Action, ArchiveProduct, Caller, CallerKind, Cart, CartId, CartLimits, ChangeCart, Checkout,
    ClaimCart, CrowdId, Details, EmptyCart, ExpireCarts, Facts, Hold, Listed, Micros, Money, Most,
    Offer, OrderId, ProductId, ProductRef, PublicId, Quantity, Sku,
    carts::{self, Change, Claimed, Filled, Left, LeftWhy},
};
use model::Model;
use proptest::{
    collection::vec, option::weighted, prelude::*, sample::select, test_runner::TestCaseResult,
};
use std::collections::{BTreeMap, BTreeSet};

pub struct Carts;

impl Noun for Carts {
    fn drafts(&self) -> Vec<Drawn> {
        vec![
            keyed(14, changes().prop_map(|change| act(change.action()))),
            keyed(1, Just(act(EmptyCart {}.action()))),
            keyed(3, claims().prop_map(|claim| act(claim.action()))),
            keyed(4, checkouts().prop_map(|checkout| act(checkout.action()))),
            keyed(2, orders_of_carts()),
            unkeyed(3, ends().prop_map(|expire| act(expire.action()))),
        ]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        if let Action::Carts(carts::Action::Checkout(checkout)) = action {
            checkout.id = OrderId(scribe.make_id());
            scribe.orders.push((checkout.id, scribe.actor));
        }
    }

    fn twist(&self, action: &mut Action) {
        match action {
            Action::Carts(carts::Action::ChangeCart(change)) => {
                change.change = match change.change {
                    Change::Remove => Change::Set(units(1)),
                    Change::Add(_) | Change::Set(_) => Change::Remove,
                };
            }
            Action::Carts(carts::Action::Checkout(checkout)) => {
                checkout.details.note = text("another wish");
            }
            Action::Carts(carts::Action::ClaimCart(claim)) => claim.guest = guest(3).caller,
            _ => {}
        }
    }

    fn least(&self) -> Vec<Golden> {
        let guest = Caller { kind: CallerKind::Guest, id: UUID };
        let limits = CartLimits::default();
        vec![
            golden(
                change(ProductRef::Id(ProductId(1)), Change::Remove),
                r#"{"product":{"id":1},"change":"remove"}"#,
                "bfa1d5f1-09a2-7791-90ae-2214d067066b",
            ),
            golden(
                checkout(None, Details::default()),
                "{}",
                "a9f6d995-2e67-33bd-a751-e1bd0fe9d4bf",
            ),
            golden(EmptyCart {}, "{}", "47f627e2-6374-aa7a-603a-e7001e06ee95"),
            golden(
                ClaimCart { guest, limits, most: Most::default() },
                r#"{"guest":{"kind":"Guest","id":"01920000-0000-7000-8000-000000000001"}}"#,
                "c3f25c55-5e24-99df-64d8-a1445d42a110",
            ),
        ]
    }

    fn most(&self) -> Vec<Golden> {
        let mut all = self.least();
        all[0] = golden(
            change(ProductRef::Sku(Sku::stored("S-2")), Change::Set(units(1_000_000))),
            r#"{"product":{"sku":"S-2"},"change":{"set":1000000}}"#,
            "10f80ecf-29c7-c73e-91d8-bc50c1b5aa89",
        );
        all[1] = golden(
            checkout(Some(eur(2_997)), most_details()),
            concat!(
                r#"{"total":{"minor":2997,"currency":"EUR"},"note":"ring twice","#,
                r#""reference":"PO-1","delivery_address":{"name":"Ann","line1":"1 Camp Street","#,
                r#""line2":"Second floor","post_code":"01234","city":"Camp","region":"Saxony","#,
                r#""country":"IE","phone":"+49 351 1"},"contact":{"name":"Ann","#,
                r#""email":"ann@example.com","phone":"+49 351 1"}}"#,
            ),
            "e2a88dd7-96af-54f9-66b0-5a2cddb90615",
        );
        all.push(golden(
            change(ProductRef::PublicId(PublicId(UUID)), Change::Add(units(2))),
            concat!(
                r#"{"product":{"public_id":"01920000-0000-7000-8000-000000000001"},"#,
                r#""change":{"add":2}}"#
            ),
            "5ce514d7-2293-5a59-4518-df904be0bc8f",
        ));
        all
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        let left = |product, units, why| Left { product: ProductId(product), units, why };
        let left = vec![
            left(1, 2, LeftWhy::CartFull),
            left(2, 1, LeftWhy::HoldsTooMany),
            left(3, 4, LeftWhy::TooManyUnits),
        ];
        let told = concat!(
            r#"1 [{"product":1,"units":2,"why":"cart_full"},"#,
            r#"{"product":2,"units":1,"why":"holds_too_many"},"#,
            r#"{"product":3,"units":4,"why":"too_many_units"}]"#,
        );
        let claimed = Claimed { cart: Filled::default(), left: left.clone() };
        vec![
            kept_id::<ChangeCart>("done", &()),
            kept_id::<EmptyCart>("done", &()),
            kept_id::<Checkout>(ORDER, &OrderId(UUID)),
            kept_part::<ClaimCart>(told, &left, &claimed),
        ]
    }

    fn heavy(&self, _: Longest) -> Vec<Action> {
        let (carts, lines) = (vec![CartId::of(staff().caller)], PRODUCTS as usize);
        let CartLimits { ttl_us, max_age_us, .. } = CartLimits::default();
        let expire = ExpireCarts { carts, lines, owner_waits: true, ttl_us, max_age_us };
        vec![EmptyCart {}.action(), expire.action()]
    }

    fn name_again(&self, facts: &mut Facts) {
        offer_again(facts);
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        same_rows(rows(&shop.facts.carts), model.carts.values())?;
        same_rows(rows(&shop.facts.holds), model.holds.values())?;
        let crowds = rows(&shop.facts.crowds).map(|crowd| (crowd.id, crowd.units));
        let named: BTreeSet<_> = model.carts.values().filter_map(|cart| cart.crowd).collect();
        let held = named.into_iter().map(|crowd| (crowd, model.crowd_units(crowd)));
        let expected = held.filter(|(_, units)| *units > 0);
        prop_assert_eq!(crowds.collect::<BTreeMap<_, _>>(), expected.collect());
        Ok(())
    }
}

/// What the database reads of the products.
pub fn offer_again(facts: &mut Facts) {
    facts.offers = view(rows(&facts.products).map(Offer::of));
}

/// Somebody's cart holds so many, and will for a long time.
pub fn promise(facts: &mut Facts, product: ProductId, units: i64, now: Micros) {
    let (cart, kind) = (CartId(guest(9).caller.id), CallerKind::Guest);
    let expires_at = now.plus(1_000 * Micros::DAY);
    facts.holds.load(Hold { cart, product, units, added_at: now });
    let (opened_at, updated_at) = (now, now);
    facts.carts.load(Cart { id: cart, kind, opened_at, updated_at, expires_at, crowd: None });
}

pub fn change(product: ProductRef, change: Change) -> ChangeCart {
    let (currency, limits, most) = (currency("EUR"), CartLimits::default(), Most::default());
    ChangeCart { product, change, crowd: None, currency, limits, most }
}

pub fn units(units: i64) -> Quantity {
    Quantity::new(units).unwrap()
}

pub fn checkout(total: Option<Money>, details: Details) -> Checkout {
    let (id, lines) = (OrderId(NOBODY_YET), 3);
    Checkout { id, currency: currency("EUR"), most: Most::default(), lines, total, details }
}

/// With a total that the cart may come to.
fn checkouts() -> impl Strategy<Value = Checkout> {
    let total = weighted(0.3, (prices(), 1..=3_i64));
    (total, details(), bounds()).prop_map(|(total, details, most)| {
        let total =
            total.map(|(price, many)| Money::new(price.minor.saturating_mul(many), price.currency));
        Checkout { most, ..checkout(total, details) }
    })
}

/// What is put into a cart, and ordered at once: perhaps when it is sold no more.
fn orders_of_carts() -> impl Strategy<Value = Step> {
    let many = select(vec![1, 2, 3, 400_000]);
    let wanted = (1..=4_i64, many, any::<bool>(), checkouts());
    wanted.prop_map(|(product, many, is_archived, checkout)| {
        let product = || ProductRef::Id(ProductId(product));
        let limits = CartLimits { units_most: Quantity::MAX, ..CartLimits::default() };
        let add = ChangeCart { limits, ..change(product(), Change::Add(units(many))) }.action();
        let archive = ArchiveProduct { product: product(), versions: None }.action();
        let archive = is_archived.then_some(archive);
        Step::Acts([add].into_iter().chain(archive).chain([checkout.action()]).collect())
    })
}

fn changes() -> impl Strategy<Value = ChangeCart> {
    let changes = prop_oneof![
        6 => quantities().prop_map(Change::Add),
        3 => quantities().prop_map(Change::Set),
        2 => Just(Change::Remove),
    ];
    let crowd = weighted(0.5, select(vec!["here", "there"]).prop_map(CrowdId::of));
    (references(), changes, crowd, limits(), bounds()).prop_map(
        |(product, wanted, crowd, limits, most)| ChangeCart {
            crowd,
            limits,
            most,
            ..change(product, wanted)
        },
    )
}

/// Narrow ones, so that somebody comes to each of them.
fn limits() -> impl Strategy<Value = CartLimits> {
    let ttl = select(vec![2 * Micros::SECOND, 60 * Micros::SECOND, 90 * Micros::SECOND]);
    (ttl, 1..=3_usize, 3..=9_i64, 3..=7_i64).prop_map(|(ttl_us, lines_most, units_most, crowd)| {
        let (max_age_us, crowd_units_most) = (100 * Micros::SECOND, crowd);
        CartLimits { ttl_us, max_age_us, lines_most, units_most, crowd_units_most }
    })
}

fn claims() -> impl Strategy<Value = ClaimCart> {
    (1..=2_u128, limits(), bounds()).prop_map(|(number, limits, most)| ClaimCart {
        guest: guest(number).caller,
        limits,
        most,
    })
}

fn ends() -> impl Strategy<Value = ExpireCarts> {
    let callers = [1, 2, 3, 4].map(customer).into_iter().chain([1, 2].map(guest));
    let carts: Vec<_> = callers.map(|actor| CartId::of(actor.caller)).collect();
    let ttl = select(vec![Micros::SECOND, 90 * Micros::SECOND]);
    (vec(select(carts), 1..6), any::<bool>(), ttl).prop_map(|(carts, owner_waits, ttl_us)| {
        ExpireCarts {
            lines: 2 * carts.len(),
            carts,
            owner_waits,
            ttl_us,
            max_age_us: 100 * Micros::SECOND,
        }
    })
}
