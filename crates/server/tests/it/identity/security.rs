//! The security log: a line for each failed login, each new account, each change of rights.

use super::people::{ME, PASSWORD, code, log_in, login_with, register};
use crate::{
    app::{Shop, on_both_engines},
    logs::security,
};
use serde_json::{Value, json};
use std::sync::Arc;

on_both_engines! {
    what_concerns_security_is_logged,
    who_has_to_wait_is_logged_once_a_minute,
}

const CUSTOMERS: &str = "/api/identity/customers";

async fn what_concerns_security_is_logged(shop: Arc<Shop>) {
    let id = register(&shop, "ann").await["id"].as_str().unwrap().to_owned();
    let admin = &shop.admin;
    // What was logged of the account so far, and has not been looked at.
    let mut seen = 0;
    let mut told = |parts: &[&str]| {
        let lines = security(&id);
        let new = lines[seen..].join("\n");
        seen = lines.len();
        assert!(!new.is_empty() && parts.iter().all(|part| new.contains(part)), "{parts:?}: {new}");
    };
    told(&["an account was opened"]);
    assert_eq!(login_with(&shop, "ann", "four blind mice").await.status, 401);
    told(&["a login failed", &format!("account={id}"), "client=127.0.0.1"]);
    assert_eq!(login_with(&shop, "nobody-at-all", "four blind mice").await.status, 401);
    assert!(!security("a login failed: there is no such account").is_empty());
    let ann = log_in(&shop, "ann").await;
    let otp = shop.ask("POST", &format!("{ME}/otp")).token(&ann.access).send().await.expect(201);
    let secret = otp["secret"].as_str().unwrap();
    let confirm = shop.post(&format!("{ME}/otp/confirm"), &json!({"otp": code(secret, 0)}));
    assert_eq!(confirm.token(&ann.access).send().await.status, 204);
    told(&["a second factor was set up"]);
    let login = json!({"username": "ann", "password": PASSWORD, "otp": "000000"});
    assert_eq!(super::people::try_login(&shop, login).await.status, 401);
    told(&["a second factor was wrong", "client=127.0.0.1"]);
    let path = format!("{CUSTOMERS}/{id}");
    let drop = shop.ask("DELETE", &format!("{path}/otp")).token(admin).send().await;
    assert_eq!(drop.status, 204);
    told(&["a second factor was taken away by an admin"]);
    let ann = log_in(&shop, "ann").await;
    let another = json!({"current_password": PASSWORD, "password": "see how they run", "password2": "see how they run"});
    let set = shop.post(&format!("{ME}/password"), &another).token(&ann.access).send().await;
    assert_eq!(set.status, 204);
    told(&["a password was changed"]);
    let edits: [(Value, &[&str]); 3] = [
        (json!({"role": "staff"}), &["rights of an account were changed", "role=\"staff\"", "by="]),
        (json!({"is_active": false}), &["rights of an account were changed", "is_active=false"]),
        (json!({"is_active": true, "role": "customer"}), &["role=\"customer\"", "is_active=true"]),
    ];
    for (edit, parts) in edits {
        shop.ask("PATCH", &path).json(&edit).token(admin).send().await.expect(200);
        told(parts);
    }
    // No right is changed by it.
    let edit = json!({"last_name": "Cook"});
    shop.ask("PATCH", &path).json(&edit).token(admin).send().await.expect(200);
    assert_eq!(shop.ask("DELETE", &path).token(admin).send().await.status, 204);
    told(&["an account was made nobody's by staff"]);

    let key = json!({"name": "till", "scopes": ["orders:read"]});
    let key = shop.post("/api/identity/api-keys", &key).token(admin).send().await.expect(201);
    let id = key["id"].as_str().unwrap();
    assert!(security(id)[0].contains("an API key was made"));
    let revoke = shop.ask("DELETE", &format!("/api/identity/api-keys/{id}")).token(admin);
    assert_eq!(revoke.send().await.status, 204);
    assert!(security(id)[1].contains("an API key was revoked"));
}

/// However often he comes back: a flood of logins must not become one of lines.
async fn who_has_to_wait_is_logged_once_a_minute(shop: Arc<Shop>) {
    let node = shop.second_node(&[("trusted_proxies", "127.0.0.1/32")]).await;
    // Nobody else comes from there, on either engine.
    let from = match shop.url.starts_with("postgres") {
        true => "192.0.2.201",
        false => "192.0.2.202",
    };
    let login = json!({"username": "ann", "password": "four blind mice"});
    let try_login =
        || node.post("/api/identity/token", &login).header("X-Forwarded-For", from).send();
    let mut late = 0;
    for _ in 0..20 {
        late += usize::from(try_login().await.status == 429);
    }
    assert!(late > 10, "{late}");
    let lines = security(&format!("client={from}"));
    let waits = lines.iter().filter(|line| line.contains("has to wait"));
    assert_eq!(waits.count(), 1, "{lines:?}");
    assert!(!lines.iter().any(|line| line.contains("ann")), "{lines:?}");
}
