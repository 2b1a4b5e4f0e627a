//! Fingerprints of requests, by which later versions know an old request again. **Who changes one
//! refuses honest retries**: what is new in a request has to be absent from these.

use crate::{
    drafts::{currency, text},
    script::{Keys, scripts},
};
use domain::{
    CreateCategory, CreateProduct, EditProduct, ExpectedLine, Listed, Money, MoveOrder, MoveStock,
    OrderId, OrderStatus, PlaceOrder, ProductId, ProductRef, PublicId, Quantity, Rule, Sku,
    StockChange, StockLine, rules::Keyed,
};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::TestRunner,
};
use serde::Serialize;
use std::collections::BTreeSet;
use uuid::Uuid;

const UUID: Uuid = Uuid::from_u128(0x0192_0000_0000_7000_8000_0000_0000_0001);

/// A request as it counts, and what it comes to.
struct Golden {
    name: &'static str,
    json: (String, &'static str),
    fingerprint: (String, &'static str),
}

fn golden<C: Listed + Serialize>(
    request: C,
    json: &'static str,
    fingerprint: &'static str,
) -> Golden {
    let made = request.fingerprint().expect("a keyed command has a fingerprint").0.to_string();
    let written = serde_json::to_string(&request).unwrap();
    Golden { name: C::NAME, json: (written, json), fingerprint: (made, fingerprint) }
}

/// With nothing but what has to be given.
fn least() -> Vec<Golden> {
    let line = ExpectedLine { product: id(1), quantity: Quantity::new(1).unwrap(), price: None };
    let moved = StockLine { product: id(1), change: StockChange::Delta(1), reason: None };
    vec![
        golden(
            PlaceOrder { lines: vec![line], total: None, note: text(""), ..order() },
            r#"{"lines":[{"product":{"id":1},"quantity":1}]}"#,
            "bf715cd0-4b10-098b-3bde-a7c452083bbd",
        ),
        golden(
            MoveOrder { order: OrderId(UUID), to: OrderStatus::Cancelled, reason: None },
            r#"{"order":"01920000-0000-7000-8000-000000000001","to":"cancelled"}"#,
            "558c1425-197b-6609-199a-aa0dfedccfe0",
        ),
        golden(
            CreateProduct::of(PublicId(UUID), text("Tent"), eur(100)),
            r#"{"name":"Tent","price":{"minor":100,"currency":"EUR"}}"#,
            "b25c1903-ed90-43e9-cc53-3c4253abf2fd",
        ),
        golden(
            EditProduct::of(id(1)),
            r#"{"product":{"id":1}}"#,
            "feeb9a1f-c3c2-eee3-2396-c25f9fc08307",
        ),
        golden(
            CreateCategory { slug: text("camp"), name: text("Camp"), parent: None },
            r#"{"slug":"camp","name":"Camp"}"#,
            "c66e0450-accb-550b-28c3-0de88db1f978",
        ),
        golden(
            MoveStock { lines: vec![moved], partial: false },
            r#"{"lines":[{"product":{"id":1},"change":{"delta":1}}]}"#,
            "9c6191e5-841b-226f-9479-44ddbddf5033",
        ),
    ]
}

/// With all that can be given.
fn most() -> Vec<Golden> {
    [most_of_products(), most_of_the_rest()].into_iter().flatten().collect()
}

fn most_of_products() -> Vec<Golden> {
    vec![
        golden(
            CreateProduct {
                sku: Some(Sku::stored("TENT-1")),
                description: text("For two"),
                image_url: Some(text("https://img.example/1")),
                category: Some(text("camp")),
                quantity: 7,
                ..CreateProduct::of(PublicId(UUID), text("Tent"), eur(100))
            },
            concat!(
                r#"{"sku":"TENT-1","name":"Tent","description":"For two","#,
                r#""image_url":"https://img.example/1","#,
                r#""price":{"minor":100,"currency":"EUR"},"category":"camp","quantity":7}"#,
            ),
            "33db6abf-3329-e000-7867-c92fec778c84",
        ),
        golden(
            EditProduct {
                product: id(1),
                versions: Some(vec![1, 2]),
                sku: Some(Sku::stored("TENT-2")),
                name: Some(text("Tent")),
                description: Some(text("")),
                image_url: Some(Some(text("https://img.example/2"))),
                price: Some(eur(0)),
                category: Some(Some(text("camp"))),
                is_archived: Some(false),
            },
            concat!(
                r#"{"product":{"id":1},"versions":[1,2],"sku":"TENT-2","name":"Tent","#,
                r#""description":"","image_url":"https://img.example/2","#,
                r#""price":{"minor":0,"currency":"EUR"},"category":"camp","is_archived":false}"#,
            ),
            "e105b5a9-0b42-9424-d30f-7e3e9106d2a4",
        ),
        // To clear is another request than to leave.
        golden(
            EditProduct { image_url: Some(None), category: Some(None), ..EditProduct::of(id(1)) },
            r#"{"product":{"id":1},"image_url":null,"category":null}"#,
            "fbcf82db-ef14-0527-0b3a-2bad8b62832a",
        ),
    ]
}

fn most_of_the_rest() -> Vec<Golden> {
    let quantity = Quantity::new(1_000_000).unwrap();
    let line = |product| ExpectedLine { product, quantity, price: Some(eur(999)) };
    let lines = [id(1), ProductRef::Sku(Sku::stored("S-2")), ProductRef::PublicId(PublicId(UUID))];
    let moved = |product, change| StockLine { product, change, reason: Some(text("counted")) };
    vec![
        golden(
            PlaceOrder {
                lines: lines.map(line).into(),
                total: Some(eur(2_997_000_000)),
                note: text("ring twice"),
                ..order()
            },
            concat!(
                r#"{"lines":[{"product":{"id":1},"quantity":1000000,"#,
                r#""price":{"minor":999,"currency":"EUR"}},{"product":{"sku":"S-2"},"#,
                r#""quantity":1000000,"price":{"minor":999,"currency":"EUR"}},{"product":"#,
                r#"{"public_id":"01920000-0000-7000-8000-000000000001"},"quantity":1000000,"#,
                r#""price":{"minor":999,"currency":"EUR"}}],"#,
                r#""total":{"minor":2997000000,"currency":"EUR"},"note":"ring twice"}"#,
            ),
            "1a6a5d0e-7ab3-ef00-d268-55d68a69f97b",
        ),
        golden(
            MoveOrder {
                order: OrderId(UUID),
                to: OrderStatus::Failed,
                reason: Some(text("no carrier")),
            },
            concat!(
                r#"{"order":"01920000-0000-7000-8000-000000000001","to":"failed","#,
                r#""reason":"no carrier"}"#,
            ),
            "01c618bb-f088-a4df-b5b7-57c8641b05d9",
        ),
        golden(
            CreateCategory { slug: text("tents"), name: text("Tents"), parent: Some(text("camp")) },
            r#"{"slug":"tents","name":"Tents","parent":"camp"}"#,
            "092bc631-af8f-7e6b-dd6c-97cedb4fddc5",
        ),
        golden(
            MoveStock {
                lines: vec![
                    moved(id(1), StockChange::Delta(-1)),
                    moved(ProductRef::Sku(Sku::stored("S-2")), StockChange::Set(0)),
                ],
                partial: true,
            },
            concat!(
                r#"{"lines":[{"product":{"id":1},"change":{"delta":-1},"reason":"counted"},"#,
                r#"{"product":{"sku":"S-2"},"change":{"set":0},"reason":"counted"}],"partial":true}"#,
            ),
            "de12fd27-8184-d457-ab76-cfabbde6137d",
        ),
    ]
}

#[test]
fn requests_are_known_again_by_every_later_version() {
    let mut strangers = vec![];
    for Golden { name, json, fingerprint } in least().into_iter().chain(most()) {
        assert_eq!(json.0, json.1, "{name}");
        strangers.extend((fingerprint.0 != fingerprint.1).then_some((name, fingerprint)));
    }
    assert!(strangers.is_empty(), "made now, and kept: {strangers:#?}");
}

#[test]
fn what_is_absent_from_a_request_does_not_count() {
    for Golden { name, json, .. } in least() {
        let value: serde_json::Value = serde_json::from_str(&json.0).unwrap();
        assert!(!json.0.contains("null"), "{name} tells what was not given: {value}");
    }
}

#[test]
fn every_keyed_command_has_golden_requests() {
    let mut runner = TestRunner::deterministic();
    let strategy = scripts(Keys::Shared);
    let mut keyed = BTreeSet::new();
    for _ in 0..100 {
        let script = strategy.new_tree(&mut runner).expect("no script is rejected").current();
        let commands = script.iter().flat_map(|batch| &batch.commands);
        let actions = commands.map(|command| &command.action);
        keyed.extend(actions.filter(|a| a.keyed() != Keyed::No).map(Rule::name));
    }
    for requests in [least(), most()] {
        assert_eq!(requests.iter().map(|golden| golden.name).collect::<BTreeSet<_>>(), keyed);
    }
}

fn id(id: i64) -> ProductRef {
    ProductRef::Id(ProductId(id))
}

fn eur(minor: i64) -> Money {
    Money::new(minor, currency("EUR"))
}

fn order() -> PlaceOrder {
    PlaceOrder {
        id: OrderId(UUID),
        currency: currency("EUR"),
        lines: vec![],
        total: None,
        note: text(""),
    }
}
