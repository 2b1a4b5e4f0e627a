//! The lists of identity are like every list: in pages by offset, by number or by cursor, and counted.

use super::people::{ME, log_in, newcomer};
use crate::app::{PUBLIC_URL, Shop, on_both_engines};
use domain::Role;
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    every_list_is_gone_through_by_its_own_links,
}

/// A list, who may see it, and how many rows it has.
type Known = (String, String, usize);

async fn lists(shop: &Shop) -> Vec<Known> {
    let ann = newcomer(shop, "ann").await.access;
    let address = json!({"name": "Ann", "line1": "1 Camp Street", "city": "Camp", "country": "DE"});
    let key = json!({"name": "till", "scopes": ["intake"], "channel": "till"});
    for _ in 0..5 {
        let addresses = format!("{ME}/addresses");
        shop.post(&addresses, &address).token(&ann).send().await.expect(201);
        shop.post("/api/identity/api-keys", &key).token(&shop.admin).send().await.expect(201);
        log_in(shop, "ann").await;
        shop.somebody(Role::Customer).await;
    }
    let (staff, admin) = (&shop.staff, &shop.admin);
    [
        ("/api/identity/me/addresses?", &ann, 5),
        ("/api/identity/me/sessions?", &ann, 6),
        ("/api/identity/api-keys?", admin, 5),
        ("/api/identity/customers?role=customer&", staff, 6),
        ("/api/audit?kind=key.created&", staff, 5),
    ]
    .map(|(path, token, rows)| (path.to_owned(), token.clone(), rows))
    .into()
}

async fn every_list_is_gone_through_by_its_own_links(shop: Arc<Shop>) {
    for (path, token, rows) in lists(&shop).await {
        let page = async |link: &str| {
            let link = link.strip_prefix(PUBLIC_URL).unwrap_or(link);
            shop.get(link).token(&token).send().await
        };
        let whole = page(&path).await.expect(200);
        let (count, is_exact) = (&whole["count"], &whole["count_is_exact"]);
        assert_eq!([count, is_exact], [&json!(rows), &json!(true)], "{path}");
        assert_eq!([&whole["next"], &whole["previous"]], [&Value::Null, &Value::Null], "{path}");
        let whole = whole["results"].as_array().unwrap().clone();
        assert_eq!(whole.len(), rows, "{path}");
        for (start, counted) in
            [("offset=0", json!(rows)), ("page=1", json!(rows)), ("cursor=", Value::Null)]
        {
            let (mut link, mut found) = (format!("{path}limit=2&{start}"), vec![]);
            loop {
                let answer = page(&link).await.expect(200);
                assert_eq!(answer["count"], counted, "{link}");
                found.extend(answer["results"].as_array().unwrap().clone());
                match answer["next"].as_str() {
                    Some(next) => link = next.to_owned(),
                    None => break,
                }
            }
            assert_eq!(found, whole, "{path} {start}");
        }
        let beyond = page(&format!("{path}offset=100")).await.expect(200);
        assert_eq!(beyond["results"], json!([]), "{path}");
        for (wrong, field) in [
            ("cursor=6e6f626f6479", "cursor"),
            ("limit=101", "limit"),
            ("offset=1&page=1", "page"),
            ("kept=1", "kept"),
        ] {
            let answer = page(&format!("{path}{wrong}")).await;
            assert_eq!(answer.bad_fields(422, "invalid"), [field], "{path}{wrong}");
        }
    }
}
