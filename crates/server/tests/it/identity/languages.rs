//! In which language the shop writes to somebody.

use super::people::{ME, PASSWORD, me};
use crate::app::{Shop, on_both_engines};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines!(
    who_registers_is_written_to_in_the_language_of_the_request,
    a_language_is_chosen_by_its_owner_and_by_staff,
);

const CUSTOMERS: &str = "/api/identity/customers";

async fn who_registers_is_written_to_in_the_language_of_the_request(shop: Arc<Shop>) {
    for (name, asks, language) in [
        ("ann", Some("de-AT, en;q=0.5"), json!("de")),
        ("ben", Some("en"), json!("en")),
        ("cem", Some("tr"), Value::Null),
        ("dan", None, Value::Null),
    ] {
        let body = json!({
            "username": name, "email": format!("{name}@example.com"),
            "password": PASSWORD, "password2": PASSWORD,
        });
        let mut ask = shop.post("/api/identity/register", &body);
        if let Some(asks) = asks {
            ask = ask.header("Accept-Language", asks);
        }
        assert_eq!(ask.send().await.expect(201)["language"], language, "{name}");
    }
}

async fn a_language_is_chosen_by_its_owner_and_by_staff(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let own = async |language: Value| {
        let edit = shop.ask("PATCH", ME).json(&json!({ "language": language })).token(&ann.token);
        edit.send().await
    };
    assert_eq!(me(&shop, &ann.token).await.expect(200)["language"], Value::Null);
    assert_eq!(own(json!("de")).await.expect(200)["language"], "de");
    for bad in [json!("fr"), json!("DE"), json!(""), json!(1)] {
        assert_eq!(own(bad).await.bad_fields(422, "invalid"), ["language"]);
    }
    let path = format!("{CUSTOMERS}/{}", ann.id);
    let read = shop.get(&path).token(&shop.staff).send().await.expect(200);
    assert_eq!(read["language"], "de");
    // As it was read it may be sent back.
    let same = shop.ask("PUT", &path).json(&read).token(&shop.staff).send().await.expect(200);
    assert_eq!((&same["language"], &same["version"]), (&json!("de"), &read["version"]));
    let edit = shop.patch(&path, &json!({"language": "en"})).send().await.expect(200);
    assert_eq!(edit["language"], "en");
    let trail = format!("/api/audit?subject=customer:{}&limit=1", ann.id);
    let trail = shop.get(&trail).token(&shop.admin).send().await.expect(200);
    let last = &trail["results"][0];
    assert_eq!([&last["before"]["language"], &last["after"]["language"]], ["de", "en"]);
    let export = shop.get(&format!("{ME}/export")).token(&ann.token).send().await.expect(200);
    assert_eq!(export["account"]["language"], "en");
    let without = json!({"username": "ann", "email": "ann@example.com"});
    let put = shop.ask("PUT", &path).json(&without).token(&shop.staff).send().await.expect(200);
    assert_eq!(put["language"], Value::Null);
    own(json!("de")).await.expect(200);
    assert_eq!(own(Value::Null).await.expect(200)["language"], Value::Null);
    own(json!("de")).await.expect(200);
    shop.ask("DELETE", ME).token(&ann.token).send().await.expect_empty(204);
    let gone = shop.get(&path).token(&shop.staff).send().await.expect(200);
    assert_eq!(gone["language"], Value::Null);
    let new = json!({"username": "eve", "email": "eve@example.com", "language": "de"});
    let new = shop.post(CUSTOMERS, &new).token(&shop.staff).send().await.expect(201);
    assert_eq!(new["language"], "de");
}
