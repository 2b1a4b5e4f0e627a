//! /api/audit: who changed what; and what the log of a node tells of logins and rights.

use super::people::{ME, PASSWORD, log_in, me, newcomer, register};
use crate::{
    app::{PUBLIC_URL, Person, SECRET, Shop, in_runtime, on_both_engines, until},
    database::{Database, Engine, sql},
    process::{Node, run_with_input},
};
use domain::Role;
use serde_json::{Value, json};
use server::workers::{Turn, Worker, sweeps::Sweeps};
use std::sync::Arc;

on_both_engines! {
    an_edit_of_a_product_is_told_with_before_and_after,
    what_is_done_to_a_customer_is_told_with_who_did_it,
    what_is_done_to_keys_and_stock_is_told,
    the_trail_is_read_by_subject_actor_and_kind,
    the_trail_is_walked_by_cursor,
    what_is_refused_or_changes_nothing_is_not_told,
    of_who_is_gone_the_trail_tells_rights_and_no_name,
    the_trail_holds_no_secret,
    the_trail_is_for_staff,
    what_is_too_old_is_forgotten,
}

const AUDIT: &str = "/api/audit";

async fn entries(shop: &Shop, query: &str) -> Vec<Value> {
    let list = shop.get(&format!("{AUDIT}?{query}")).token(&shop.staff).send().await;
    list.expect(200)["results"].as_array().unwrap().clone()
}

fn kinds(entries: &[Value]) -> Vec<&str> {
    entries.iter().map(|entry| entry["kind"].as_str().unwrap()).collect()
}

fn by(person: &Person) -> Value {
    json!({"kind": "account", "id": person.id.to_string()})
}

async fn an_edit_of_a_product_is_told_with_before_and_after(shop: Arc<Shop>) {
    let sam = shop.person("sam", Role::Staff).await;
    let tin = shop.tin("12.50", 5).await;
    let path = format!("/api/catalog/products/{tin}");
    let edit = json!({"price": "13.75", "name": "Mess tin, large"});
    let asked = "6f1f9c0e-5c1b-4c7e-9d2a-0c5a6f1b2d3e";
    let ask = shop.ask("PATCH", &path).json(&edit).token(&sam.token);
    ask.header("Correlation-ID", asked).send().await.expect(200);
    let told = entries(&shop, &format!("subject=product:{tin}&kind=product.changed")).await;
    let [entry] = told.as_slice() else { panic!("{told:?}") };
    assert_eq!(entry["before"], json!({"name": "Mess tin", "price": "12.50"}));
    assert_eq!(entry["after"], json!({"name": "Mess tin, large", "price": "13.75"}));
    assert_eq!(entry["actor"], by(&sam));
    assert_eq!(entry["correlation_id"], asked);
    assert_eq!(entry["subject"], format!("product:{tin}"));
    let made = entries(&shop, &format!("subject=product:{tin}&kind=product.created")).await;
    assert_eq!(made.len(), 1);
    assert_eq!([&made[0]["before"], &made[0]["after"]["price"]], [&Value::Null, &json!("12.50")]);
}

async fn what_is_done_to_a_customer_is_told_with_who_did_it(shop: Arc<Shop>) {
    let admin = shop.person("ada", Role::Admin).await;
    let ann = newcomer(&shop, "ann").await;
    let id = me(&shop, &ann.access).await.expect(200)["id"].as_str().unwrap().to_owned();
    let own = json!({"first_name": "Ann"});
    shop.ask("PATCH", ME).json(&own).token(&ann.access).send().await.expect(200);
    let edit = json!({"role": "staff", "email": "ann@shop.example"});
    let edit = shop.ask("PATCH", &format!("/api/identity/customers/{id}")).json(&edit);
    edit.token(&admin.token).send().await.expect(200);
    let ann = log_in(&shop, "ann").await;
    let body = json!({"current_password": PASSWORD, "password": "see how they run",
        "password2": "see how they run"});
    let changed = shop.post(&format!("{ME}/password"), &body).token(&ann.access).send().await;
    assert_eq!(changed.status, 204);
    let all = json!({"all": true});
    let out = shop.post("/api/identity/logout", &all).token(&ann.access).send().await;
    assert_eq!(out.status, 204);
    let told = entries(&shop, &format!("subject=customer:{id}")).await;
    let expected = [
        "customer.sessions_ended",
        "customer.password_set",
        "customer.changed",
        "customer.changed",
        "customer.registered",
    ];
    assert_eq!(kinds(&told), expected);
    let herself = json!({"kind": "account", "id": id});
    let actors: Vec<&Value> = told.iter().map(|entry| &entry["actor"]).collect();
    assert_eq!(actors, [&herself, &herself, &by(&admin), &herself, &herself]);
    let rights = &told[2];
    assert_eq!(rights["before"]["role"], "customer");
    assert_eq!(rights["after"]["role"], "staff");
    assert_eq!(rights["after"]["email"], "ann@shop.example");
    assert_eq!(rights["before"]["first_name"], Value::Null, "it has not changed");
    assert_eq!(
        [&told[3]["before"], &told[3]["after"]],
        [&json!({"first_name": ""}), &json!({"first_name": "Ann"})]
    );
    assert_eq!([&told[1]["before"], &told[1]["after"]], [&Value::Null, &Value::Null]);
}

async fn what_is_done_to_keys_and_stock_is_told(shop: Arc<Shop>) {
    let admin = shop.person("ada", Role::Admin).await;
    let until = "2099-01-01T00:00:00Z";
    let body =
        json!({"name": "till", "scopes": ["intake"], "channel": "till", "expires_at": until});
    let keys = "/api/identity/api-keys";
    let key = shop.post(keys, &body).token(&admin.token).send().await.expect(201);
    let id = key["id"].as_str().unwrap();
    let path = format!("{keys}/{id}");
    assert_eq!(shop.ask("DELETE", &path).token(&admin.token).send().await.status, 204);
    let told = entries(&shop, &format!("subject=api_key:{id}")).await;
    assert_eq!(kinds(&told), ["key.revoked", "key.created"]);
    assert_eq!(told[1]["after"]["scopes"], json!(["intake"]));
    assert_eq!(told[1]["after"]["expires_at"], until);
    assert!(told.iter().all(|entry| entry["actor"] == by(&admin)));
    let tin = shop.tin("12.50", 5).await;
    let lines = json!({"lines": [{"product": tin, "delta": 7, "reason": "found"}]});
    let moved = shop.post("/api/catalog/inventory/batch", &lines).token(&shop.staff).send().await;
    assert_eq!(moved.status, 200, "{}", moved.text());
    let told = entries(&shop, &format!("subject=product:{tin}&kind=stock.changed")).await;
    assert_eq!([&told[0]["before"]["on_hand"], &told[0]["after"]["on_hand"]], [5, 12]);
    // What customers buy is told by their orders.
    let ann = shop.customer("ann").await;
    shop.place(&ann, tin, 2).await.expect(201);
    let again = entries(&shop, &format!("subject=product:{tin}&kind=stock.changed")).await;
    assert_eq!(again, told);
}

async fn the_trail_is_read_by_subject_actor_and_kind(shop: Arc<Shop>) {
    let (sam, sue) = (shop.person("sam", Role::Staff).await, shop.person("sue", Role::Staff).await);
    let mut ids = Vec::new();
    for person in [&sam, &sue] {
        let body = json!({"name": "Tin", "price": "1.00"});
        let make = shop.post("/api/catalog/products", &body).token(&person.token);
        let id = make.send().await.expect(201)["id"].as_i64().unwrap();
        let edit = json!({"price": "2.00"});
        let path = format!("/api/catalog/products/{id}");
        shop.ask("PATCH", &path).json(&edit).token(&sue.token).send().await.expect(200);
        ids.push(id);
    }
    let (one, two) = (ids[0], ids[1]);
    let sams = format!("actor=account:{}", sam.id);
    let sues = format!("actor=account:{}", sue.id);
    for (query, expected) in [
        (format!("subject=product:{one}"), vec!["product.changed", "product.created"]),
        (sams.clone(), vec!["product.created"]),
        (sues.clone(), vec!["product.changed", "product.created", "product.changed"]),
        (format!("{sues}&subject=product:{two}"), vec!["product.changed", "product.created"]),
        (format!("{sues}&kind=product.created"), vec!["product.created"]),
        (format!("{sams}&kind=product.changed"), vec![]),
        (
            format!("subject=product:{two}&kind=product.created&kind=product.changed"),
            vec!["product.changed", "product.created"],
        ),
        (format!("subject=product:{one}&since=2099-01-01T00:00:00Z"), vec![]),
        (
            format!("subject=product:{one}&since=2020-01-01T00:00:00Z"),
            vec!["product.changed", "product.created"],
        ),
        ("subject=product:0".to_owned(), vec![]),
    ] {
        assert_eq!(kinds(&entries(&shop, &query).await), expected, "{query}");
    }
    // Nobody had logged in when the first of the staff came.
    let system = entries(&shop, "actor=system&kind=customer.registered&limit=100").await;
    assert_eq!(system.len(), 4);
    for (query, bad) in [
        ("actor=sam", "actor"),
        ("actor=account:sam", "actor"),
        ("actor=system:01890000-0000-7000-8000-000000000000", "actor"),
        ("kind=product.sold", "kind"),
        ("since=yesterday", "since"),
        ("subject=", "subject"),
        ("person=ann", "person"),
        ("ordering=at", "ordering"),
        ("cursor=nonsense", "cursor"),
    ] {
        let answer = shop.get(&format!("{AUDIT}?{query}")).token(&shop.staff).send().await;
        assert_eq!(answer.bad_fields(422, "invalid"), [bad], "{query}");
    }
}

async fn the_trail_is_walked_by_cursor(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 0).await;
    for price in 2..8 {
        let edit = json!({ "price": price });
        shop.patch(&format!("/api/catalog/products/{tin}"), &edit).send().await.expect(200);
    }
    let filter = format!("subject=product:{tin}&kind=product.changed");
    let mut query = format!("{filter}&cursor=&limit=2");
    let mut walked: Vec<String> = Vec::new();
    loop {
        let page = shop.get(&format!("{AUDIT}?{query}")).token(&shop.staff).send().await;
        let page = page.expect(200);
        assert_eq!(page["count"], Value::Null);
        let found = page["results"].as_array().unwrap().iter();
        walked.extend(found.map(|entry| entry["after"]["price"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        if walked.len() == 2 {
            // What comes meanwhile moves nothing.
            let edit = json!({"price": 9});
            shop.patch(&format!("/api/catalog/products/{tin}"), &edit).send().await.expect(200);
        }
        query = next.strip_prefix(&format!("{PUBLIC_URL}{AUDIT}?")).unwrap().to_owned();
    }
    assert_eq!(walked, ["7.00", "6.00", "5.00", "4.00", "3.00", "2.00"]);
    let page = shop.get(&format!("{AUDIT}?{filter}&limit=3&page=2")).token(&shop.staff);
    let page = page.send().await.expect(200);
    assert_eq!(
        [&page["count"], &page["results"][0]["after"]["price"]],
        [&json!(7), &json!("5.00")]
    );
}

async fn what_is_refused_or_changes_nothing_is_not_told(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let tin = shop.tin("1.00", 0).await;
    let before = entries(&shop, "limit=100").await;
    let path = format!("/api/identity/customers/{}", ann.id);
    shop.patch(&path, &json!({"role": "admin"})).send().await.problem(403, "forbidden");
    shop.patch(&path, &json!({})).send().await.expect(200);
    shop.patch(&path, &json!({"username": "ann"})).send().await.expect(200);
    let product = format!("/api/catalog/products/{tin}");
    shop.patch(&product, &json!({"price": "1.00"})).send().await.expect(200);
    shop.patch(&product, &json!({"price": "-1"})).send().await.problem(422, "invalid");
    let stale = shop.patch(&product, &json!({"price": "2.00"})).header("If-Match", "\"77\"");
    stale.send().await.problem(412, "version_mismatch");
    shop.ask("DELETE", &path).token(&ann.token).send().await.problem(403, "forbidden");
    assert_eq!(entries(&shop, "limit=100").await, before);
}

async fn of_who_is_gone_the_trail_tells_rights_and_no_name(shop: Arc<Shop>) {
    let ann = newcomer(&shop, "quimby").await;
    let id = me(&shop, &ann.access).await.expect(200)["id"].as_str().unwrap().to_owned();
    let path = format!("/api/identity/customers/{id}");
    shop.patch(&path, &json!({"first_name": "Zebedee"})).send().await.expect(200);
    let ada = shop.person("ada", Role::Admin).await;
    let edit = json!({"role": "staff", "last_name": "Zebedee"});
    shop.ask("PATCH", &path).json(&edit).token(&ada.token).send().await.expect(200);
    let text = json!(entries(&shop, "limit=100").await).to_string();
    assert!(text.contains("quimby") && text.contains("Zebedee"));
    let leave = shop.ask("DELETE", &path).token(&ada.token).send().await;
    assert_eq!(leave.status, 204);
    let told = entries(&shop, &format!("subject=customer:{id}")).await;
    let expected =
        ["customer.deleted", "customer.changed", "customer.changed", "customer.registered"];
    assert_eq!(kinds(&told), expected, "that something was done stays");
    assert_eq!(told[1]["before"], json!({"role": "customer"}));
    assert_eq!(told[1]["after"], json!({"role": "staff"}));
    assert_eq!(told[1]["actor"], by(&ada));
    assert_eq!([&told[2]["before"], &told[2]["after"]], [&Value::Null, &Value::Null]);
    let text = json!(entries(&shop, "limit=100").await).to_string();
    assert!(!text.contains("quimby") && !text.contains("Zebedee"), "{text}");
}

async fn the_trail_holds_no_secret(shop: Arc<Shop>) {
    let admin = shop.person("ada", Role::Admin).await;
    let ann = newcomer(&shop, "ann").await;
    let factor = shop
        .post(&format!("{ME}/otp"), &json!({ "password": PASSWORD }))
        .token(&ann.access)
        .send()
        .await
        .expect(201);
    let body = json!({"name": "till", "scopes": ["intake"], "channel": "till"});
    let key = shop.post("/api/identity/api-keys", &body).token(&admin.token).send().await;
    let key = key.expect(201)["key"].as_str().unwrap().to_owned();
    let text = json!(entries(&shop, "limit=100").await).to_string();
    let secret = factor["secret"].as_str().unwrap();
    for secret in [&key, secret, "argon2", PASSWORD, "hash"] {
        assert!(!text.contains(secret), "{secret}: {text}");
    }
}

async fn the_trail_is_for_staff(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    shop.get(AUDIT).token(&ann.token).send().await.problem(403, "forbidden");
    shop.get(AUDIT).send().await.problem(401, "unauthenticated");
    shop.ask("DELETE", AUDIT).token(&shop.staff).send().await.problem(405, "method_not_allowed");
}

async fn what_is_too_old_is_forgotten(shop: Arc<Shop>) {
    let tin = shop.tin("1.00", 0).await;
    register(&shop, "ann").await;
    let two_days = 2 * 86_400_000_000_i64;
    let old = format!("update trail set at = at - {two_days} where subject = 'product:{tin}'");
    sql(&shop.url, &old).await;
    let (patient, forgetful) = (shop.app.clone(), shop.second_node(&[("audit_kept", "1d")]).await);
    assert_eq!(Sweeps.turn(&patient).await, Turn::Done);
    assert_eq!(entries(&shop, &format!("subject=product:{tin}")).await.len(), 1);
    assert_eq!(Sweeps.turn(&forgetful.app).await, Turn::Done);
    assert_eq!(entries(&shop, &format!("subject=product:{tin}")).await.len(), 0);
    assert_eq!(entries(&shop, "kind=customer.registered&limit=100").await.len(), 5);
}

/// `PASSWORD`, as Django keeps it.
const FOREIGN: &str =
    "pbkdf2_sha256$1000$saltsaltsaltsalt$oRTj4q55KvF/F56qVEqAyClOIcPJzemlrhNZWtGSR7Y=";

/// It is told with the request that has caused it.
async fn tells_what_is_done_beside_an_answer(node: &Node, url: &str) {
    let reset = node.post("/api/identity/password-reset", &json!({"email": "ada@example.com"}));
    let reset = reset.send().await;
    // A hash of another shop: what is done beside the answer is told with the request that has caused it.
    let foreign = format!("update accounts set password_hash = '{FOREIGN}' where username = 'ann'");
    sql(url, &foreign).await;
    let login = json!({"username": "ann", "password": PASSWORD});
    let login = node.post("/api/identity/token", &login).send().await;
    assert_eq!(login.status, 200);
    for (part, caused_by) in
        [("the hash of a password was replaced", &login), ("\"letter\":\"reset_password\"", &reset)]
    {
        let id = caused_by.header("correlation-id").unwrap();
        until(part, async || node.said().contains(part)).await;
        let log = node.said();
        assert!(log.lines().any(|line| line.contains(part) && line.contains(id)), "{id}: {log}");
    }
}

/// Whoever reads the log learns that somebody tries to get in, and nothing that lets him in.
async fn the_log_tells_of_logins_and_rights_and_no_secret(engine: Engine) {
    let Some(database) = Database::create(engine).await else { return };
    let environment = [
        ("SUTLER_DATABASE_URL", database.url.as_str()),
        ("SUTLER_SECRET_KEY", SECRET),
        ("SUTLER_LOG_LEVEL", "info,server=debug"),
        // Nobody listens there.
        ("SUTLER_SMTP_URL", "smtp://127.0.0.1:1"),
        ("SUTLER_MAIL_FROM", "shop@example.com"),
    ];
    let create = ["user", "create", "--username", "ada", "--email", "ada@example.com"];
    let create = [&create[..], &["--role", "admin", "--password-stdin"]].concat();
    run_with_input(database.dir.path(), &create, &environment, "three blind mice\n").says(0, &[]);
    let mut node = Node::start(&["serve"], &environment).await;
    let admin = node.token("ada", PASSWORD).await;
    let ann = super::people::registration("ann");
    let account = node.post("/api/identity/register", &ann).send().await.expect(201);
    let wrong = json!({"username": "ann", "password": "hickory dickory dock", "otp": "771177"});
    let failed = node.post("/api/identity/token", &wrong).send().await;
    let failed = failed.problem(401, "invalid_credentials");
    let id = account["id"].as_str().unwrap();
    let edit = node.ask("PATCH", &format!("/api/identity/customers/{id}")).token(&admin);
    edit.json(&json!({"role": "staff"})).send().await.expect(200);
    let body = json!({"name": "till", "scopes": ["intake"], "channel": "till"});
    let key = node.post("/api/identity/api-keys", &body).token(&admin).send().await.expect(201);
    let token = node.token("ann", PASSWORD).await;
    let change = json!({"current_password": PASSWORD, "password": "see how they run",
        "password2": "see how they run"});
    let changed = node.post(&format!("{ME}/password"), &change).token(&token).send().await;
    assert_eq!(changed.status, 204);
    tells_what_is_done_beside_an_answer(&node, &database.url).await;
    assert_eq!(node.stop(), Some(0));
    let log = node.said();
    let line = |part: &str| {
        let found = log.lines().find(|line| line.contains(part));
        found.unwrap_or_else(|| panic!("no {part} in {log}")).to_owned()
    };
    let level = |line: &str| assert!(line.contains("INFO"), "{line}");
    let failed_line = line("a login failed");
    assert!(failed_line.contains(failed["correlation_id"].as_str().unwrap()), "{failed_line}");
    let rights = line("rights");
    assert!(rights.contains(id) && rights.contains("staff"), "{rights}");
    for (part, of) in [
        ("an account was opened", id),
        ("a password was changed", id),
        ("an API key was made", key["id"].as_str().unwrap()),
    ] {
        assert!(line(part).contains(of), "{log}");
        level(&line(part));
    }
    level(&failed_line);
    level(&rights);
    for secret in [
        PASSWORD,
        "hickory",
        "how they run",
        "771177",
        "argon2",
        SECRET,
        "sk_",
        token.as_str(),
        admin.as_str(),
        "ann@example.com",
    ] {
        assert!(!log.contains(secret), "{secret}");
    }
    database.remove().await;
}

#[test]
fn the_log_tells_of_logins_and_rights_and_no_secret_on_sqlite() {
    in_runtime(the_log_tells_of_logins_and_rights_and_no_secret(Engine::Sqlite));
}

#[test]
fn the_log_tells_of_logins_and_rights_and_no_secret_on_postgres() {
    in_runtime(the_log_tells_of_logins_and_rights_and_no_secret(Engine::Postgres));
}
