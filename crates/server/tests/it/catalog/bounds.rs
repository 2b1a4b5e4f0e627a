//! GET /api/catalog/products at its bounds: equal, one less and one more.

use super::PRODUCTS;
use crate::{
    app::{Shop, on_both_engines},
    database::sql,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_price_that_is_a_bound_is_within,
    a_product_is_in_stock_from_one_on,
    a_page_holds_one_to_a_hundred,
    a_list_is_counted_and_walked_by_offset_up_to_ten_thousand,
    what_is_sold_out_is_counted_only_where_it_is_said_that_it_may_be,
}

async fn a_price_that_is_a_bound_is_within(shop: Arc<Shop>) {
    let mut all = Vec::new();
    for price in ["0.00", "9.99", "10.00", "10.01"] {
        all.push(shop.tin(price, 1).await);
    }
    for (query, found) in [
        ("min_price=10.00", &all[2..]),
        ("min_price=10.01", &all[3..]),
        ("min_price=10.02", &[]),
        ("min_price=0", &all[..]),
        ("max_price=10.00", &all[..3]),
        ("max_price=9.99", &all[..2]),
        ("max_price=0.00", &all[..1]),
        ("min_price=9.99&max_price=9.99", &all[1..2]),
        ("min_price=10.00&max_price=9.99", &[]),
    ] {
        assert_eq!(shop.ids(&format!("ordering=created_at&{query}")).await, found, "{query}");
    }
}

async fn a_product_is_in_stock_from_one_on(shop: Arc<Shop>) {
    let (none, one) = (shop.tin("1.00", 0).await, shop.tin("1.00", 1).await);
    assert_eq!(shop.ids("in_stock=true").await, [one]);
    assert_eq!(shop.ids("in_stock=false").await, [none]);
    let ann = shop.customer("ann").await;
    shop.place(&ann, one, 1).await.expect(201);
    let now = shop.second_node(&[("catalog_cache_ttl", "0s")]).await;
    assert_eq!(now.ids("in_stock=true").await, [0; 0]);
    assert_eq!(now.ids("in_stock=false&ordering=created_at").await, [none, one]);
}

async fn list(shop: &Shop, query: &str) -> Value {
    let ask = shop.get(&format!("{PRODUCTS}?ordering=created_at&{query}")).token(&shop.staff);
    ask.send().await.expect(200)
}

fn results(list: &Value) -> usize {
    list["results"].as_array().unwrap().len()
}

async fn a_page_holds_one_to_a_hundred(shop: Arc<Shop>) {
    shop.tin("1.00", 1).await;
    copy_the_first(&shop, 100).await;
    for (query, found, has_more) in [
        ("limit=1", 1, true),
        ("limit=100", 100, true),
        ("limit=100&offset=1", 100, false),
        ("limit=100&offset=2", 99, false),
        ("limit=1&cursor=", 1, true),
        ("limit=100&cursor=", 100, true),
        ("limit=100&page=2", 1, false),
    ] {
        let page = list(&shop, query).await;
        assert_eq!((results(&page), !page["next"].is_null()), (found, has_more), "{query}");
    }
    for limit in [0, 101] {
        let answer = shop.get(&format!("{PRODUCTS}?limit={limit}")).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), ["limit"]);
    }
}

async fn a_list_is_counted_and_walked_by_offset_up_to_ten_thousand(shop: Arc<Shop>) {
    let shop = shop.second_node(&[("catalog_cache_ttl", "0s")]).await;
    shop.tin("1.00", 1).await;
    for (more, count, is_exact) in [(9_998, 9_999, true), (1, 10_000, true), (1, 10_000, false)] {
        copy_the_first(&shop, more).await;
        // Narrowed, if by nothing: it is counted each time.
        let page = list(&shop, "limit=1&min_price=0").await;
        assert_eq!([&page["count"], &page["count_is_exact"]], [&json!(count), &json!(is_exact)]);
    }
    let last = list(&shop, "limit=1&offset=10000").await;
    assert_eq!((results(&last), &last["next"]), (1, &Value::Null));
    copy_the_first(&shop, 1).await;
    // There is one more, to which no offset leads.
    for (query, next) in
        [("limit=1&offset=9999", "&offset=10000"), ("limit=1&offset=10000", "&cursor=")]
    {
        let page = list(&shop, query).await;
        let link = page["next"].as_str().unwrap();
        assert!(link.contains(next), "{query}: {link}");
    }
    let answer = shop.get(&format!("{PRODUCTS}?offset=10001")).send().await;
    assert_eq!(answer.bad_fields(422, "invalid"), ["offset"]);
}

async fn what_is_sold_out_is_counted_only_where_it_is_said_that_it_may_be(shop: Arc<Shop>) {
    let shop = shop.second_node(&[("catalog_cache_ttl", "0s")]).await;
    shop.tin("1.00", 1).await;
    shop.tin("1.00", 1).await;
    copy_the_first(&shop, 1_100).await;
    // The whole list and what is narrowed to few, by what lies there; of many more it is not looked at.
    for (query, count, is_exact) in [
        ("limit=1", 2, true),
        ("limit=1&id=1&id=3&id=4", 1, true),
        ("limit=1&min_price=0", 1_102, false),
    ] {
        let page = shop.get(&format!("{PRODUCTS}?{query}")).send().await.expect(200);
        let counted = [&page["count"], &page["count_is_exact"]];
        assert_eq!(counted, [&json!(count), &json!(is_exact)], "{query}");
    }
}

/// So many more products like the first one, but for their stock: they have none. The database
/// learns of it at once, as it would soon by itself.
async fn copy_the_first(shop: &Shop, count: usize) {
    let uuid = match shop.url.starts_with("sqlite") {
        true => "randomblob(16)",
        false => "gen_random_uuid()",
    };
    let copies = format!(
        "insert into products (id, public_id, sku, name, description, version, is_archived,
             created_at, updated_at, search_folded, own_price_minor, own_currency)
         with recursive n (i) as (select 1 union all select i + 1 from n where i < {count}),
              last (id) as (select max(id) from products)
         select last.id + i, {uuid}, 'copy-' || (last.id + i), p.name, p.description, 1, false,
             p.created_at, p.updated_at, p.search_folded, p.own_price_minor, p.own_currency
         from n, last, products p where p.id = 1;
         insert into prices select p.id, r.channel, r.currency, r.amount_minor
         from products p, prices r
         where r.product_id = 1 and p.id > (select max(product_id) from prices);
         insert into stock select p.id, s.location_id, 0, 0, 0
         from products p, stock s
         where s.product_id = 1 and p.id > (select max(product_id) from stock);
         analyze products; analyze prices; analyze stock"
    );
    sql(&shop.url, &copies).await;
}
