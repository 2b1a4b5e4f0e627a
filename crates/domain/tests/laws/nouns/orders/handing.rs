//! Orders that other systems hand over: of what the catalog knows and of what it does not, under names that come
//! again.

use crate::{
    drafts::{NOBODY_YET, any_prices, currency, eur, quantities, references, text},
    golden::{Golden, golden},
    weights::{Longest, PRODUCTS},
};
use domain::{
    Action, ChannelPolicy, HandOver, HandedItem, HandedItems, HandedOver, ItemName, Listed,
    OrderId, ProductRef, Quantity, Reference,
};
use proptest::{
    bool::weighted as weighted_bool, collection::vec, option::weighted, prelude::*, sample::select,
};
use uuid::Uuid;

/// As a till says it, which does not know the shop's currency to be the one of its prices.
fn names() -> impl Strategy<Value = ItemName> {
    let known = references().prop_map(|reference| match reference {
        ProductRef::Id(id) => ItemName::Number(id.0),
        ProductRef::PublicId(id) => ItemName::Text(text(&id.0.to_string())),
        ProductRef::Sku(sku) => ItemName::Text(text(sku.as_str())),
    });
    let unknown = select(vec!["Widget (blue)", "S9", "sku:S1"]).prop_map(name_of);
    prop_oneof![5 => known, 1 => unknown]
}

fn name_of(name: &str) -> ItemName {
    ItemName::Text(text(name))
}

fn items() -> impl Strategy<Value = HandedItems> {
    let price = weighted(0.4, any_prices().prop_map(|price| eur(price.minor)));
    let item = (names(), quantities(), price, weighted(0.2, Just(text("Tin"))));
    let item = item.prop_map(|(product, quantity, price, name)| HandedItem {
        product,
        quantity,
        price,
        name,
    });
    prop_oneof![
        1 => vec(names(), 1..=4).prop_map(HandedItems::ItemIds),
        1 => vec(item, 1..=3).prop_map(HandedItems::Items),
    ]
}

pub fn handed() -> impl Strategy<Value = Action> {
    let channel = select(vec!["till", "market"]);
    let policy = (weighted_bool(0.5), weighted_bool(0.7));
    (channel, policy, items(), select(vec![0, 250, 999])).prop_map(
        |(channel, (accepts_unknown, takes_stock), items, total)| {
            HandOver {
                channel: text(channel),
                policy: ChannelPolicy { accepts_unknown, takes_stock },
                total: eur(total),
                ..handing(items)
            }
            .action()
        },
    )
}

fn handing(items: HandedItems) -> HandOver {
    HandOver {
        id: OrderId(NOBODY_YET),
        currency: currency("EUR"),
        channel: text("till"),
        policy: ChannelPolicy { accepts_unknown: false, takes_stock: true },
        order_id: Reference::new("ORD001").unwrap(),
        said: HandedOver { user_id: text("USER001"), items },
        total: eur(9_999),
    }
}

pub fn least() -> Golden {
    golden(
        handing(HandedItems::ItemIds([1, 2, 3].map(ItemName::Number).into())),
        concat!(
            r#"{"order_id":"ORD001","user_id":"USER001","item_ids":[1,2,3],"#,
            r#""total":{"minor":9999,"currency":"EUR"}}"#,
        ),
        "cc384448-76e8-37b9-d75e-db3d8cc6760a",
    )
}

pub fn most() -> Golden {
    let item = HandedItem {
        product: name_of("S-2"),
        quantity: Quantity::new(2).unwrap(),
        price: Some(eur(999)),
        name: Some(text("Tin")),
    };
    golden(
        handing(HandedItems::Items(vec![item])),
        concat!(
            r#"{"order_id":"ORD001","user_id":"USER001","items":[{"product":"S-2","quantity":2,"#,
            r#""price":{"minor":999,"currency":"EUR"},"name":"Tin"}],"#,
            r#""total":{"minor":9999,"currency":"EUR"}}"#,
        ),
        "14bbd2f7-0430-9515-d20d-56ec537b06ff",
    )
}

pub fn heavy(longest: Longest) -> Vec<Action> {
    let item = |product| HandedItem {
        product,
        quantity: Quantity::ONE,
        price: None,
        name: Some(longest.text()),
    };
    let sold = (1..=PRODUCTS).map(ItemName::Number).map(item).collect();
    let strange = (1..=PRODUCTS).map(|_| item(ItemName::Text(longest.text()))).collect();
    let handed = |items, policy| HandOver {
        id: OrderId(Uuid::max()),
        policy,
        said: HandedOver { user_id: longest.text(), items },
        ..handing(HandedItems::ItemIds(Vec::new()))
    };
    let [takes, accepts] = [(false, true), (true, false)]
        .map(|(accepts_unknown, takes_stock)| ChannelPolicy { accepts_unknown, takes_stock });
    vec![
        handed(HandedItems::Items(sold), takes).action(),
        handed(HandedItems::Items(strange), accepts).action(),
    ]
}
