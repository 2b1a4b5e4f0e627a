//! Pages of a list: by offset, by number and by cursor, without loss or repetition.

use super::{PRODUCTS, ids};
use crate::app::{PUBLIC_URL, Shop, on_both_engines};
use serde_json::{Value, json};
use std::{collections::BTreeSet, sync::Arc};

on_both_engines! {
    a_cursor_walks_through_all_products_in_every_ordering,
    a_cursor_keeps_the_filter_it_began_with,
    products_that_come_and_go_do_not_disturb_a_cursor,
    pages_by_offset_and_by_number_link_to_their_neighbours,
    beyond_the_end_a_page_is_empty,
    a_cursor_belongs_to_its_list,
}

/// Products with few names and prices, so that many share their place in an ordering.
async fn stock(shop: &Shop, count: usize) -> Vec<i64> {
    let mut ids = Vec::new();
    for number in 0..count {
        let name = ["Tin", "can", "Cup, \u{e9}tam\u{e9} & 'co'"][number % 3];
        let price = ["1.00", "0.00", "20.00", "3.00"][number % 4];
        let body = json!({"name": name, "price": price, "quantity": 1});
        ids.push(shop.product(body).await["id"].as_i64().unwrap());
    }
    ids
}

/// The path of a link, which must be absolute.
fn path(link: &Value) -> Option<String> {
    let link = link.as_str()?;
    let path = link.strip_prefix(PUBLIC_URL);
    Some(path.unwrap_or_else(|| panic!("{link} is not absolute")).to_owned())
}

/// Follows a list to its end.
async fn walk(shop: &Shop, query: &str) -> Vec<i64> {
    let mut found = Vec::new();
    let mut next = Some(format!("{PRODUCTS}?{query}"));
    while let Some(path_) = next {
        let answer = shop.get(&path_).send().await;
        let page = answer.expect(200);
        assert!(found.len() < 100, "{query} does not end");
        assert_eq!([&page["count"], &page["count_is_exact"]], [&json!(null), &json!(false)]);
        found.extend(ids(&answer));
        next = path(&page["next"]);
    }
    found
}

async fn a_cursor_walks_through_all_products_in_every_ordering(shop: Arc<Shop>) {
    let all = stock(&shop, 23).await;
    for name in ["name", "price", "created_at"] {
        let rising = walk(&shop, &format!("limit=4&cursor=&ordering={name}")).await;
        let mut falling = walk(&shop, &format!("limit=7&cursor=&ordering=-{name}")).await;
        assert_eq!(rising.len(), all.len(), "{name}");
        assert_eq!(BTreeSet::from_iter(&rising), BTreeSet::from_iter(&all), "{name}");
        falling.reverse();
        assert_eq!(falling, rising, "{name}");
        assert_eq!(shop.ids(&format!("limit=100&ordering={name}")).await, rising, "{name}");
    }
    assert_eq!(walk(&shop, "limit=23&cursor=&ordering=created_at").await, all);
}

async fn a_cursor_keeps_the_filter_it_began_with(shop: Arc<Shop>) {
    stock(&shop, 12).await;
    let dear = walk(&shop, "min_price=3&limit=2&cursor=&ordering=-price").await;
    assert_eq!(dear, shop.ids("min_price=3&limit=100&ordering=-price").await);
    assert_eq!(dear.len(), 6);
    let named = walk(&shop, "search=%C3%A9tam%C3%A9+%26+%27co&limit=1&cursor=").await;
    assert_eq!(named.len(), 4);
}

async fn products_that_come_and_go_do_not_disturb_a_cursor(shop: Arc<Shop>) {
    let all = stock(&shop, 8).await;
    let first = shop.get(&format!("{PRODUCTS}?limit=3&cursor=&ordering=created_at")).send().await;
    let next = path(&first.expect(200)["next"]).unwrap();
    // The row where the cursor stands is sold out, and another one comes to the front.
    let set = json!({"lines": [{"product": all[2], "set": 0}]});
    let batch = shop.post("/api/catalog/inventory/batch", &set).token(&shop.staff);
    batch.send().await.expect(200);
    let late = shop.tin("0.00", 1).await;
    let rest = walk(&shop, next.split_once('?').unwrap().1).await;
    assert_eq!(rest, [&all[3..], &[late]].concat());
}

async fn pages_by_offset_and_by_number_link_to_their_neighbours(shop: Arc<Shop>) {
    let all = stock(&shop, 7).await;
    for (first, last) in [("offset=0", "offset=6"), ("page=1", "page=3")] {
        let mut link = Some(format!("{PRODUCTS}?ordering=created_at&limit=3&{first}"));
        let (mut found, mut pages) = (Vec::new(), Vec::new());
        while let Some(path_) = link {
            let answer = shop.get(&path_).send().await;
            let page = answer.expect(200);
            assert_eq!([&page["count"], &page["count_is_exact"]], [&json!(7), &json!(true)]);
            found.extend(ids(&answer));
            link = path(&page["next"]);
            pages.push((path_, page));
        }
        assert_eq!(found, all);
        assert!(pages.last().unwrap().0.contains(last));
        assert_eq!(pages[0].1["previous"], json!(null));
        for pair in pages.windows(2) {
            let back = path(&pair[1].1["previous"]).unwrap();
            let again = shop.get(&back).send().await.expect(200);
            assert_eq!(again["results"], pair[0].1["results"], "{back}");
        }
    }
    // Without a word the first ten, and no link with a slash or a host that the client made up.
    let plain = shop.get(&format!("{PRODUCTS}/")).header("Host", "127.0.0.1").send().await;
    assert_eq!(ids(&plain).len(), 7);
    let one = shop.get(&format!("{PRODUCTS}/?limit=1")).header("Host", "127.0.0.1").send().await;
    let next = path(&one.expect(200)["next"]).unwrap();
    shop.get(&next).send().await.expect(200);
}

async fn beyond_the_end_a_page_is_empty(shop: Arc<Shop>) {
    stock(&shop, 2).await;
    for query in ["offset=2", "offset=10000", "page=2", "page=100&limit=100"] {
        let page = shop.get(&format!("{PRODUCTS}?{query}")).send().await.expect(200);
        assert_eq!([&page["results"], &page["next"]], [&json!([]), &json!(null)], "{query}");
        assert_eq!(page["count"], 2, "{query}");
    }
    for query in ["offset=10001", "page=102&limit=100", "page=1002"] {
        let problem = shop.get(&format!("{PRODUCTS}?{query}")).send().await;
        assert!(problem.problem(422, "invalid").to_string().contains("cursor"), "{query}");
    }
}

async fn a_cursor_belongs_to_its_list(shop: Arc<Shop>) {
    stock(&shop, 4).await;
    let page = shop.get(&format!("{PRODUCTS}?limit=2&cursor=&ordering=name")).send().await;
    let next = path(&page.expect(200)["next"]).unwrap();
    let other = next.replace("ordering=name", "ordering=price");
    assert_ne!(next, other);
    let answer = shop.get(&other).send().await;
    assert_eq!(answer.bad_fields(422, "invalid"), ["cursor"]);
    for cursor in ["x", "%00", "%ff", "e30", &"a".repeat(5000), "=", "W10", "bnVsbA"] {
        let answer = shop.get(&format!("{PRODUCTS}?cursor={cursor}")).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), ["cursor"], "{cursor}");
    }
}
