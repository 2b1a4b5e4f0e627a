//! Two nodes that want the same at one moment: only one of them gets it, whichever was quicker, and nothing is
//! lost or made between them.

mod carts;
mod orders;

use crate::{
    faulty::Control,
    nodes::{insistent, two},
    shop::*,
};
use domain::{Command, ProductId};
use std::{array, sync::Arc};
use store::{Rejection, Reply};

/// What they race for: enough of it for all rounds.
const PRODUCT: i64 = 4;
const UNITS: i64 = 1_000;

/// Two nodes of a shop with this product.
async fn nodes(shop: Shop) -> [(Arc<Shop>, Control); 2] {
    stocked(&shop).await;
    two(shop)
}

async fn stocked(shop: &Shop) {
    let created = done::<domain::CreateProduct>(shop.send(create_product(100, UNITS)).await);
    assert_eq!(created.0.id, ProductId(PRODUCT));
}

/// Both nodes stand before their transactions, and are let go together. Who is whose changes by the round.
async fn at_one_moment(
    nodes: &[(Arc<Shop>, Control); 2],
    round: u128,
    commands: [impl Fn() -> Command; 2],
) -> [Reply; 2] {
    let places = if round.is_multiple_of(2) { [0, 1] } else { [1, 0] };
    let [one, other] = array::from_fn(|at| (&nodes[places[at]].0, &commands[at]));
    nodes.iter().for_each(|(_, faults)| faults.beginning.close());
    let released = async {
        for (_, faults) in nodes {
            faults.beginning.holds().await;
        }
        nodes.iter().for_each(|(_, faults)| faults.beginning.open());
    };
    let (one, other, ()) =
        tokio::join!(insistent(one.0, one.1), insistent(other.0, other.1), released);
    [one, other]
}

/// By a rule, or done: a race that was lost is decided again, and nobody is told of it.
fn assert_decided(replies: &[Reply; 2], what: &str) {
    for reply in replies {
        assert!(matches!(reply, Ok(_) | Err(Rejection::Refused(_))), "{what}: {reply:?}");
    }
}

/// What each of these asks for, all at one time.
async fn figures<const N: usize>(shop: &Shop, each: [String; N]) -> [i64; N] {
    let each =
        (0..).zip(&each).map(|(place, sql)| format!("select {place} as place, ({sql}) as n"));
    let all = each.collect::<Vec<_>>().join(" union all ");
    let found = shop.numbers(&format!("select n from ({all}) each_one order by place")).await;
    found.try_into().unwrap()
}
