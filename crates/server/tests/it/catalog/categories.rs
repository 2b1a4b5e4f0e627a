//! /api/catalog/categories: a tree that staff bend, and that products are found by.

use super::PRODUCTS;
use crate::{
    app::{PUBLIC_URL, Shop, on_both_engines},
    client::Answer,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    a_category_is_shown_with_the_way_to_it_and_what_is_below,
    a_slug_is_made_of_a_name,
    bad_fields_of_a_category_are_all_named,
    a_slug_belongs_to_one_category,
    a_category_with_a_key_is_made_once,
    products_are_found_by_where_their_category_is_now,
    a_category_is_overwritten_or_edited,
    a_category_cannot_be_below_itself,
    what_is_in_use_is_not_removed,
    categories_are_listed_by_their_parent_and_in_order,
    a_closed_catalog_shows_no_categories_to_strangers,
}

const CATEGORIES: &str = "/api/catalog/categories";

fn path(slug: &str) -> String {
    format!("{CATEGORIES}/{slug}")
}

async fn create(shop: &Shop, body: Value) -> Answer {
    shop.post(CATEGORIES, &body).token(&shop.staff).send().await
}

async fn edit(shop: &Shop, slug: &str, body: Value) -> Answer {
    shop.patch(&path(slug), &body).send().await
}

async fn put(shop: &Shop, slug: &str, body: &Value) -> Answer {
    shop.ask("PUT", &path(slug)).json(body).token(&shop.staff).send().await
}

async fn remove(shop: &Shop, slug: &str) -> Answer {
    shop.ask("DELETE", &path(slug)).token(&shop.staff).send().await
}

async fn slugs(shop: &Shop, query: &str) -> Vec<String> {
    let list = shop.get(&format!("{CATEGORIES}?{query}")).send().await.expect(200);
    let results = list["results"].as_array().unwrap().iter();
    results.map(|category| category["slug"].as_str().unwrap().to_owned()).collect()
}

fn shown(slug: &str, name: &str, parent: Option<&str>) -> Value {
    json!({ "slug": slug, "name": name, "parent": parent, "url": format!("{PUBLIC_URL}{}", path(slug)) })
}

async fn a_category_is_shown_with_the_way_to_it_and_what_is_below(shop: Arc<Shop>) {
    let made = create(&shop, json!({"slug": "camp", "name": "Camp"})).await;
    let camp = shown("camp", "Camp", None);
    assert_eq!(made.expect(201), camp);
    assert_eq!(made.header("location"), camp["url"].as_str());
    for (slug, name, parent) in
        [("tents", "Tents", "camp"), ("poles", "Poles", "tents"), ("flags", "Flags", "tents")]
    {
        let made = create(&shop, json!({"slug": slug, "name": name, "parent": parent})).await;
        assert_eq!(made.expect(201), shown(slug, name, Some(parent)));
    }
    let tents = shop.get(&path("tents")).send().await;
    let below = [("flags", "Flags"), ("poles", "Poles")];
    let below = below.map(|(slug, name)| shown(slug, name, Some("tents")));
    let mut expected = shown("tents", "Tents", Some("camp"));
    expected["path"] = json!([camp]);
    expected["children"] = json!(below);
    assert_eq!(tents.expect(200), expected);
    let poles = shop.get(&path("poles")).send().await.expect(200);
    assert_eq!(poles["path"], json!([camp, shown("tents", "Tents", Some("camp"))]));
    assert_eq!(poles["children"], json!([]));
    let tag = tents.header("etag").unwrap();
    let again = shop.get(&path("tents")).header("If-None-Match", tag).send().await;
    assert_eq!(again.status, 304);
    for nowhere in ["tent", "Tents", "%00", "%E2%82%AC", "a%2Fb"] {
        shop.get(&path(nowhere)).send().await.problem(404, "not_found");
    }
}

async fn a_slug_is_made_of_a_name(shop: Arc<Shop>) {
    let made = create(&shop, json!({"name": "Zelte & Öfen", "parent": null})).await;
    assert_eq!(made.expect(201), shown("zelte-ofen", "Zelte & Öfen", None));
    create(&shop, json!({"name": "zelte öfen"})).await.problem(409, "slug_taken");
    assert_eq!(create(&shop, json!({"name": "茶"})).await.bad_fields(422, "invalid"), ["slug"]);
    let given = create(&shop, json!({"slug": "tea", "name": "茶"})).await;
    assert_eq!(given.expect(201)["name"], "茶");
}

async fn bad_fields_of_a_category_are_all_named(shop: Arc<Shop>) {
    shop.category("camp", None).await;
    let long = "a".repeat(101);
    for (body, bad) in [
        (json!({}), vec!["name"]),
        (
            json!({"slug": "Camp", "name": " ", "parent": 5, "id": 7}),
            vec!["id", "name", "parent", "slug"],
        ),
        (json!({"slug": "", "name": "x"}), vec!["slug"]),
        (json!({"slug": "a b", "name": "x"}), vec!["slug"]),
        (json!({"slug": "öfen", "name": "x"}), vec!["slug"]),
        (json!({"slug": long, "name": "x"}), vec!["slug"]),
        (json!({"slug": null, "name": "x"}), vec!["slug"]),
        (json!({"slug": "x", "name": "x", "parent": "no-such"}), vec!["parent"]),
    ] {
        assert_eq!(create(&shop, body.clone()).await.bad_fields(422, "invalid"), bad, "{body}");
        if bad.contains(&"slug") || bad == ["parent"] {
            let mut body = body;
            body.as_object_mut().unwrap().remove("id");
            let bad: Vec<_> = bad.into_iter().filter(|name| *name != "id").collect();
            assert_eq!(edit(&shop, "camp", body.clone()).await.bad_fields(422, "invalid"), bad);
            assert_eq!(put(&shop, "camp", &body).await.bad_fields(422, "invalid"), bad);
        }
    }
    let most = "a-1".repeat(33) + "z";
    create(&shop, json!({"slug": most, "name": "x"})).await.expect(201);
    assert_eq!(slugs(&shop, "").await, [most.as_str(), "camp"]);
}

async fn a_slug_belongs_to_one_category(shop: Arc<Shop>) {
    shop.category("camp", None).await;
    shop.category("food", None).await;
    let taken = create(&shop, json!({"slug": "camp", "name": "Other"})).await;
    assert_eq!(taken.bad_fields(409, "slug_taken"), ["slug"]);
    edit(&shop, "food", json!({"slug": "camp"})).await.problem(409, "slug_taken");
    edit(&shop, "food", json!({"slug": "food"})).await.expect(200);
    // What one gives up another may have.
    edit(&shop, "camp", json!({"slug": "field"})).await.expect(200);
    edit(&shop, "food", json!({"slug": "camp"})).await.expect(200);
    assert_eq!(slugs(&shop, "").await, ["camp", "field"]);
}

async fn a_category_with_a_key_is_made_once(shop: Arc<Shop>) {
    shop.category("camp", None).await;
    let keyed = async |name: &str| {
        let body = json!({"slug": "tents", "name": name, "parent": "camp"});
        shop.post(CATEGORIES, &body).token(&shop.staff).key("once").send().await
    };
    let first = keyed("Tents").await;
    let again = keyed("Tents").await;
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(again.expect(201), first.expect(201));
    keyed("Other").await.problem(422, "idempotency_key_reused");
}

async fn products_are_found_by_where_their_category_is_now(shop: Arc<Shop>) {
    for (slug, parent) in [("camp", None), ("tents", Some("camp")), ("food", None)] {
        shop.category(slug, parent).await;
    }
    let body = json!({"name": "Tent", "price": 1, "quantity": 1, "category": "tents"});
    let tent = shop.product(body).await["id"].as_i64().unwrap();
    // All of these pages are in the node's cache when the tree changes.
    let found = async |slug: &str| shop.ids(&format!("category={slug}")).await.contains(&tent);
    let among = async || {
        let mut all = Vec::new();
        for slug in ["camp", "tents", "food", "yurts"] {
            if found(slug).await {
                all.push(slug);
            }
        }
        let detail = shop.get(&format!("{PRODUCTS}/{tent}")).send().await.expect(200);
        (all, detail["category"].as_str().unwrap().to_owned(), detail["version"].clone())
    };
    let is = |all: &[&'static str], category: &str| (all.to_vec(), category.to_owned(), json!(1));
    assert_eq!(among().await, is(&["camp", "tents"], "tents"));
    edit(&shop, "tents", json!({"parent": "food"})).await.expect(200);
    assert_eq!(among().await, is(&["tents", "food"], "tents"));
    edit(&shop, "tents", json!({"slug": "yurts"})).await.expect(200);
    assert_eq!(among().await, is(&["food", "yurts"], "yurts"));
    shop.get(&path("tents")).send().await.problem(404, "not_found");
    edit(&shop, "yurts", json!({"parent": null})).await.expect(200);
    assert_eq!(among().await, is(&["yurts"], "yurts"));
}

async fn a_category_is_overwritten_or_edited(shop: Arc<Shop>) {
    shop.category("camp", None).await;
    shop.category("tents", Some("camp")).await;
    shop.category("poles", Some("tents")).await;
    // What was read may be sent back, whole.
    for way in ["PATCH", "PUT"] {
        let read = shop.get(&path("tents")).send().await.expect(200);
        let sent = shop.ask(way, &path("tents")).json(&read).token(&shop.staff).send().await;
        assert_eq!(sent.expect(200), shown("tents", "tents", Some("camp")), "{way}");
        assert_eq!(shop.get(&path("tents")).send().await.expect(200), read, "{way}");
    }
    for (name, value) in
        [("url", json!("http://x.example")), ("path", json!([])), ("children", json!(1))]
    {
        let answer = edit(&shop, "tents", json!({ name: value, "name": "Changed" })).await;
        assert_eq!(answer.bad_fields(422, "read_only"), [name]);
    }
    let named = edit(&shop, "tents", json!({"name": "Tents"})).await;
    assert!(named.header("sutler-position").is_some());
    assert_eq!(named.expect(200), shown("tents", "Tents", Some("camp")));
    let nothing = edit(&shop, "tents", json!({})).await.expect(200);
    assert_eq!(nothing, shown("tents", "Tents", Some("camp")));
    // What a PUT leaves out becomes empty, but the slug stays.
    let put_back = put(&shop, "tents", &json!({"name": "All tents"})).await.expect(200);
    assert_eq!(put_back, shown("tents", "All tents", None));
    assert_eq!(put(&shop, "tents", &json!({})).await.bad_fields(422, "invalid"), ["name"]);
    let whole = json!({"slug": "yurts", "name": "Yurts", "parent": "camp"});
    assert_eq!(
        put(&shop, "tents", &whole).await.expect(200),
        shown("yurts", "Yurts", Some("camp"))
    );
    let poles = shop.get(&path("poles")).send().await.expect(200);
    assert_eq!([&poles["parent"], &poles["path"][1]["slug"]], [&json!("yurts"); 2]);
    for answer in [edit(&shop, "tents", json!({})).await, put(&shop, "tents", &whole).await] {
        answer.problem(404, "not_found");
    }
}

async fn a_category_cannot_be_below_itself(shop: Arc<Shop>) {
    for (slug, parent) in [("a", None), ("b", Some("a")), ("c", Some("b")), ("d", None)] {
        shop.category(slug, parent).await;
    }
    for below in ["a", "b", "c"] {
        let answer = edit(&shop, "a", json!({"parent": below, "name": "Changed"})).await;
        assert_eq!(answer.bad_fields(409, "category_circle"), ["parent"], "{below}");
    }
    let a = shop.get(&path("a")).send().await.expect(200);
    assert_eq!([&a["name"], &a["parent"]], [&json!("a"), &json!(null)]);
    edit(&shop, "b", json!({"parent": "d"})).await.expect(200);
    edit(&shop, "a", json!({"parent": "c"})).await.expect(200);
    let a = shop.get(&path("a")).send().await.expect(200);
    let above: Vec<_> = a["path"].as_array().unwrap().iter().map(|one| &one["slug"]).collect();
    assert_eq!(above, ["d", "b", "c"]);
}

async fn what_is_in_use_is_not_removed(shop: Arc<Shop>) {
    shop.category("camp", None).await;
    shop.category("tents", Some("camp")).await;
    let body = json!({"name": "Tent", "price": 1, "quantity": 1, "category": "tents"});
    let tent = shop.product(body).await["id"].as_i64().unwrap();
    for slug in ["camp", "tents"] {
        remove(&shop, slug).await.problem(409, "category_in_use");
    }
    // What is archived is in none.
    let archive = shop.ask("DELETE", &format!("{PRODUCTS}/{tent}")).token(&shop.staff);
    archive.send().await.expect_empty(204);
    for slug in ["tents", "camp"] {
        remove(&shop, slug).await.expect_empty(204);
        shop.get(&path(slug)).send().await.problem(404, "not_found");
        remove(&shop, slug).await.problem(404, "not_found");
    }
    assert!(slugs(&shop, "").await.is_empty());
    let body = json!({"name": "Tent", "price": 1, "category": "camp"});
    let create = shop.post(PRODUCTS, &body).token(&shop.staff).send().await;
    assert_eq!(create.bad_fields(422, "invalid"), ["category"]);
    // Its slug is free.
    shop.category("camp", None).await;
}

async fn categories_are_listed_by_their_parent_and_in_order(shop: Arc<Shop>) {
    for (slug, name, parent) in [
        ("camp", "Z camp", None),
        ("food", "B food", None),
        ("tents", "A tents", Some("camp")),
        ("poles", "C poles", Some("camp")),
    ] {
        let body = json!({"slug": slug, "name": name, "parent": parent});
        create(&shop, body).await.expect(201);
    }
    for (query, found) in [
        ("", &["camp", "food", "poles", "tents"][..]),
        ("ordering=-slug", &["tents", "poles", "food", "camp"]),
        ("ordering=name", &["tents", "food", "poles", "camp"]),
        ("ordering=-name", &["camp", "poles", "food", "tents"]),
        ("parent=", &["camp", "food"]),
        ("parent=camp", &["poles", "tents"]),
        ("parent=tents", &[]),
        ("parent=no-such", &[]),
        ("limit=1&offset=1", &["food"]),
        ("limit=2&page=2", &["poles", "tents"]),
    ] {
        assert_eq!(slugs(&shop, query).await, found, "{query}");
    }
    for ordering in ["slug", "-slug", "name", "-name"] {
        let whole = slugs(&shop, &format!("ordering={ordering}")).await;
        let mut next = format!("{CATEGORIES}?ordering={ordering}&limit=1&cursor=");
        let mut walked = Vec::new();
        loop {
            let page = shop.get(&next).send().await.expect(200);
            walked.push(page["results"][0]["slug"].as_str().unwrap().to_owned());
            let Some(link) = page["next"].as_str() else { break };
            next = link.replace(PUBLIC_URL, "");
        }
        assert_eq!(walked, whole, "{ordering}");
    }
    let page = shop.get(&format!("{CATEGORIES}?parent=camp&limit=1")).send().await.expect(200);
    assert_eq!([&page["count"], &page["count_is_exact"]], [&json!(2), &json!(true)]);
    assert_eq!(page["results"], json!([shown("poles", "C poles", Some("camp"))]));
    let bad = shop.get(&format!("{CATEGORIES}?ordering=id&depth=2")).send().await;
    assert_eq!(bad.bad_fields(422, "invalid"), ["depth", "ordering"]);
}

async fn a_closed_catalog_shows_no_categories_to_strangers(shop: Arc<Shop>) {
    shop.category("camp", None).await;
    let closed = shop.second_node(&[("catalog_public", "false")]).await;
    let ann = shop.customer("ann").await;
    for path in [CATEGORIES.to_owned(), path("camp")] {
        assert_eq!(shop.get(&path).send().await.header("cache-control"), Some("no-cache"));
        closed.get(&path).send().await.problem(401, "unauthenticated");
        let shown = closed.get(&path).token(&ann.token).send().await;
        assert_ne!(shown.header("cache-control"), Some("no-cache"));
        shown.expect(200);
    }
}
