//! Orders of a sku, looked for piece by piece: wherever one ends, the same are found.

use crate::shop::*;
use domain::{ProductId, ProductRef, Sku};
use std::time::Duration;
use store::{Direction, OrderFilter, Page, Reach};

on_both_engines!(
    orders_of_a_sku_are_the_same_wherever_a_piece_ends,
    a_page_looks_no_further_than_it_may,
    what_does_not_match_is_looked_at_as_well,
);

/// Every third order has the first product, and that one's sku.
async fn sold(shop: &Shop) -> Sku {
    for number in 1..=12 {
        let product = if number % 3 == 0 { 1 } else { 2 };
        placed(shop.send(place(customer(1), None, &[(product, 1)])).await);
    }
    let first = ProductRef::Id(ProductId(1));
    shop.readers.exact().product(&first).await.unwrap().unwrap().0.sku
}

fn page(limit: i64, after: Option<i64>, direction: Direction) -> Page<i64> {
    Page { limit, offset: 0, after, direction }
}

async fn found(shop: &Shop, sku: &Sku, page: Page<i64>, reach: Reach) -> (Vec<i64>, Option<i64>) {
    let filter = OrderFilter::default();
    let walked = shop.readers.late().orders_of_sku(&filter, sku, page, reach).await.unwrap();
    assert!(walked.orders.iter().all(|order| order.lines.iter().any(|line| line.sku == *sku)));
    (walked.orders.iter().filter_map(|order| order.number).collect(), walked.next)
}

async fn orders_of_a_sku_are_the_same_wherever_a_piece_ends(shop: Shop) {
    let sku = sold(&shop).await;
    for (direction, expected) in
        [(Direction::Rising, [3, 6, 9, 12]), (Direction::Falling, [12, 9, 6, 3])]
    {
        for (limit, piece, orders) in [
            (10, 500, 10_000),
            (1, 500, 10_000),
            (2, 1, 10_000),
            (3, 5, 4),
            (10, 12, 12),
            (1, 2, 1),
        ] {
            let reach = Reach { orders, piece, ..Reach::default() };
            let (mut all, mut after, mut pages) = (Vec::new(), None, 0);
            loop {
                let (numbers, next) =
                    found(&shop, &sku, page(limit, after, direction), reach).await;
                assert!(numbers.len() as i64 <= limit);
                all.extend(numbers);
                pages += 1;
                after = next;
                if after.is_none() {
                    break;
                }
            }
            assert_eq!(all, expected, "{limit} of pieces of {piece}, {orders} a page");
            assert!(pages <= 13, "{pages}");
        }
    }
}

async fn a_page_looks_no_further_than_it_may(shop: Shop) {
    let sku = sold(&shop).await;
    let reach = Reach { orders: 4, piece: 2, ..Reach::default() };
    let first = page(10, None, Direction::Rising);
    assert_eq!(found(&shop, &sku, first.clone(), reach).await, (vec![3], Some(4)));
    let second = page(10, Some(4), Direction::Rising);
    assert_eq!(found(&shop, &sku, second, reach).await, (vec![6], Some(8)));
    // When its time is over it has looked at one piece.
    let hasty = Reach { time: Duration::ZERO, piece: 5, ..Reach::default() };
    assert_eq!(found(&shop, &sku, first, hasty).await, (vec![3], Some(5)));
    let none = Sku::stored("NONE");
    let all = page(10, None, Direction::Falling);
    assert_eq!(found(&shop, &none, all, reach).await, (vec![], Some(9)));
}

/// However few of a piece match, it ends where it would end anyhow.
async fn what_does_not_match_is_looked_at_as_well(shop: Shop) {
    let sku = sold(&shop).await;
    for number in [3, 6, 9] {
        let sql = format!("update orders set total_minor = 1 where number = {number}");
        shop.sql(&sql).await.unwrap();
    }
    let dear = OrderFilter { min_total_minor: Some(2), ..OrderFilter::default() };
    let none = OrderFilter { max_total_minor: Some(0), ..OrderFilter::default() };
    let reach = Reach { orders: 4, piece: 2, ..Reach::default() };
    let walked = async |filter: &OrderFilter, after, direction| {
        let page = page(10, after, direction);
        let walked = shop.readers.late().orders_of_sku(filter, &sku, page, reach).await.unwrap();
        let numbers: Vec<_> = walked.orders.iter().filter_map(|order| order.number).collect();
        (numbers, walked.next)
    };
    let (rising, falling) = (Direction::Rising, Direction::Falling);
    assert_eq!(walked(&dear, None, rising).await, (vec![], Some(4)));
    assert_eq!(walked(&dear, Some(8), rising).await, (vec![12], Some(12)));
    assert_eq!(walked(&dear, Some(12), rising).await, (vec![], None));
    assert_eq!(walked(&dear, None, falling).await, (vec![12], Some(9)));
    assert_eq!(walked(&none, None, falling).await, (vec![], Some(9)));
    assert_eq!(walked(&none, Some(4), falling).await, (vec![], None));
    shop.sql("update orders set total_minor = 1000 where total_minor = 1").await.unwrap();
}
