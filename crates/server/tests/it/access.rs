//! Who may ask which route, in one table: each is asked by nobody, a customer, the staff, an admin, by a
//! key of each scope, and with what is good no more. What belongs to another customer is not there.

use crate::app::{Person, Shop, in_past, on_both_engines, unix_now};
use domain::{Role, Scope};
use serde_json::{Value, json};
use server::{
    api::all,
    http::{rights::Who, routes::Route},
    keys,
};
use std::{collections::BTreeSet, sync::Arc};
use uuid::Uuid;

on_both_engines! {
    each_route_is_for_whom_it_says,
    a_key_opens_what_its_scopes_name_and_nothing_else,
    what_is_good_no_more_opens_nothing,
    what_is_another_customers_is_not_there,
}

/// Who may.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Least {
    /// Whoever has signed it: nobody looks at who asks besides.
    Signed,
    /// Nobody looks at who asks.
    Anybody,
    /// Anybody; but a bad token is refused.
    Visitors,
    /// Anybody, or customers only, as the setting says; but a bad token is refused.
    Lookers,
    /// The same, but no key: whoever has a cart, or will have one.
    Shoppers,
    Customers,
    Staff,
    Admins,
    /// Keys of a channel, and no account.
    Channels,
}

use Least::{Admins, Anybody, Channels, Customers, Lookers, Shoppers, Signed, Staff, Visitors};

/// What a route that is not in here is for, nobody knows: it fails.
const TABLE: &[(&str, Least, Option<Scope>)] = &[
    ("index", Visitors, None),
    ("document", Visitors, None),
    ("live", Anybody, None),
    ("ready", Anybody, None),
    ("metrics", Staff, Some(Scope::MetricsRead)),
    ("order_metrics", Staff, Some(Scope::MetricsRead)),
    ("register", Anybody, None),
    ("log_in", Anybody, None),
    ("refresh", Anybody, None),
    ("verify_token", Anybody, None),
    ("ask_for_reset", Anybody, None),
    ("reset_password", Anybody, None),
    ("confirm_email", Anybody, None),
    ("log_out", Customers, None),
    ("me", Customers, None),
    ("edit_me", Customers, None),
    ("delete_me", Customers, None),
    ("change_password", Customers, None),
    ("change_email", Customers, None),
    ("list_sessions", Customers, None),
    ("end_session", Customers, None),
    ("export_me", Customers, None),
    ("list_addresses", Customers, None),
    ("show_address", Customers, None),
    ("keep_address", Customers, None),
    ("replace_address", Customers, None),
    ("drop_address", Customers, None),
    ("show_otp", Customers, None),
    ("begin_otp", Customers, None),
    ("confirm_otp", Customers, None),
    ("drop_otp", Customers, None),
    ("list_customers", Staff, Some(Scope::CustomersRead)),
    ("show_customer", Staff, Some(Scope::CustomersRead)),
    ("create_customer", Staff, Some(Scope::CustomersWrite)),
    ("replace_customer", Staff, Some(Scope::CustomersWrite)),
    ("edit_customer", Staff, Some(Scope::CustomersWrite)),
    ("delete_customer", Staff, Some(Scope::CustomersWrite)),
    ("drop_customers_otp", Admins, None),
    ("list_api_keys", Admins, None),
    ("create_api_key", Admins, None),
    ("show_api_key", Admins, None),
    ("revoke_api_key", Admins, None),
    ("list_audit", Staff, Some(Scope::EventsRead)),
    ("list_events", Staff, Some(Scope::EventsRead)),
    ("list_products", Lookers, Some(Scope::CatalogRead)),
    ("show_product", Lookers, Some(Scope::CatalogRead)),
    ("create_product", Staff, Some(Scope::CatalogWrite)),
    ("replace_product", Staff, Some(Scope::CatalogWrite)),
    ("archive_product", Staff, Some(Scope::CatalogWrite)),
    ("edit_product", Staff, Some(Scope::CatalogWrite)),
    ("replace_product", Staff, Some(Scope::CatalogWrite)),
    ("archive_product", Staff, Some(Scope::CatalogWrite)),
    ("list_categories", Lookers, Some(Scope::CatalogRead)),
    ("show_category", Lookers, Some(Scope::CatalogRead)),
    ("create_category", Staff, Some(Scope::CatalogWrite)),
    ("replace_category", Staff, Some(Scope::CatalogWrite)),
    ("edit_category", Staff, Some(Scope::CatalogWrite)),
    ("remove_category", Staff, Some(Scope::CatalogWrite)),
    ("move_stock", Staff, Some(Scope::CatalogWrite)),
    ("list_inventory", Staff, Some(Scope::CatalogRead)),
    ("list_stock_entries", Staff, Some(Scope::CatalogRead)),
    ("show_stock", Staff, Some(Scope::CatalogRead)),
    ("repair_stock", Staff, Some(Scope::CatalogWrite)),
    ("export_products", Staff, Some(Scope::CatalogRead)),
    ("import_products", Staff, Some(Scope::CatalogWrite)),
    ("export_inventory", Staff, Some(Scope::CatalogRead)),
    ("import_inventory", Staff, Some(Scope::CatalogWrite)),
    ("export_customers", Staff, Some(Scope::CustomersRead)),
    ("import_customers", Admins, None),
    ("export_orders", Staff, Some(Scope::OrdersRead)),
    ("show_cart", Shoppers, None),
    ("add_to_cart", Shoppers, None),
    ("set_in_cart", Shoppers, None),
    ("remove_from_cart", Shoppers, None),
    ("empty_cart", Shoppers, None),
    ("claim_cart", Customers, None),
    ("checkout", Customers, None),
    ("place_order", Customers, None),
    ("list_orders", Customers, Some(Scope::OrdersRead)),
    ("show_order", Customers, Some(Scope::OrdersRead)),
    ("cancel_order", Customers, Some(Scope::OrdersWrite)),
    ("show_timeline", Customers, Some(Scope::OrdersRead)),
    ("move_orders", Staff, Some(Scope::OrdersWrite)),
    ("answer_fulfilment", Signed, None),
    ("hand_over_order", Channels, Some(Scope::Intake)),
    ("hand_over_orders", Channels, Some(Scope::Intake)),
    ("list_handed_orders", Staff, Some(Scope::Intake)),
    ("show_handed_order", Staff, Some(Scope::Intake)),
    ("edit_order", Customers, Some(Scope::OrdersWrite)),
    ("start_order", Staff, Some(Scope::OrdersWrite)),
    ("complete_order", Staff, Some(Scope::OrdersWrite)),
    ("fail_order", Staff, Some(Scope::OrdersWrite)),
    ("retry_order", Staff, Some(Scope::OrdersWrite)),
];

fn entry(route: &Route) -> (Least, Option<Scope>) {
    let found = TABLE.iter().find(|(name, ..)| *name == route.name);
    let (_, least, scope) = found.unwrap_or_else(|| panic!("{} is not in the table", route.name));
    (*least, *scope)
}

/// A path that is there, or could be.
pub fn path(route: &Route) -> String {
    let path = route.path.replace("{reference}", "1").replace("{slug}", "camp");
    let path = path.replace("{order_id}", "ORD001");
    path.replace("{id}", "01890000-0000-7000-8000-000000000000")
}

/// The methods and paths of the routes that are for some.
pub fn asked(is_wanted: impl Fn(&Route) -> bool) -> Vec<(String, String)> {
    let wanted = all().into_iter().filter(is_wanted);
    wanted.map(|route| (route.method.to_string(), path(&route))).collect()
}

/// Whether an admin's token opens it: others want a channel's key, or a signature.
pub fn is_for_admins(route: &Route) -> bool {
    !matches!(entry(route).0, Channels | Signed)
}

/// How a route answers whoever shows this.
async fn status(shop: &Shop, route: &Route, shown: Option<&str>) -> u16 {
    // From here and there: one address may not show so many that are made up.
    let from = route.name.bytes().fold(0_u8, u8::wrapping_add);
    let ask = shop.ask(route.method.as_str(), &path(route));
    let ask = ask.header("X-Forwarded-For", format!("192.0.2.{from}"));
    let ask = match route.operation.body {
        Some(_) => ask.json(&json!({})),
        None => ask,
    };
    let answered = shown.map_or(ask.clone(), |shown| ask.token(shown)).send().await;
    assert!(answered.status < 500, "{}: {}", route.name, answered.text());
    answered.status
}

async fn each_route_is_for_whom_it_says(shop: Arc<Shop>) {
    let closed = shop.second_node(&[("catalog_public", "false")]).await;
    for (shop, is_closed) in [(&shop, false), (&closed, true)] {
        for route in all() {
            let (least, scope) = entry(&route);
            assert_eq!(route.scope, scope, "{}", route.name);
            assert_eq!(route.operation.takes_token, least > Anybody, "{}", route.name);
            let askers = [None, Some(Role::Customer), Some(Role::Staff), Some(Role::Admin)];
            for asker in askers {
                let may = match (least, asker) {
                    (Signed, _) => false,
                    (Anybody | Visitors, _) => true,
                    (Lookers | Shoppers, None) => !is_closed,
                    (_, None) => false,
                    (Lookers | Shoppers | Customers, Some(_)) => true,
                    (Staff, Some(role)) => role >= Role::Staff,
                    (Admins, Some(role)) => role == Role::Admin,
                    (Channels, Some(_)) => false,
                };
                // Each is somebody new: what one asks may end the session.
                let token = match asker {
                    Some(role) => Some(shop.somebody(role).await.token),
                    None => None,
                };
                let answered = status(shop, &route, token.as_deref()).await;
                let refused = if asker.is_none() || least == Signed { 401 } else { 403 };
                // An admin may do it, but not to the last one, who may be himself.
                let is_own = route.name == "delete_me" && asker == Some(Role::Admin);
                assert_eq!(answered == refused, !may || is_own, "{asker:?} {}", route.name);
            }
        }
    }
    let routes = all();
    let there: BTreeSet<&str> = routes.iter().map(|route| route.name).collect();
    for (name, ..) in TABLE {
        assert!(there.contains(name), "there is no route {name}");
    }
    let is_open = |route: &&Route| matches!(route.operation.who, Who::Anybody | Who::Service);
    assert!(routes.iter().filter(is_open).all(|route| entry(route).0 <= Visitors));
}

async fn key(shop: &Shop, admin: &Person, scopes: &[Scope]) -> Value {
    let scopes: Vec<&str> = scopes.iter().map(|scope| scope.name()).collect();
    let body = json!({ "name": "till", "scopes": scopes, "channel": "till" });
    shop.post("/api/identity/api-keys", &body).token(&admin.token).send().await.expect(201)
}

async fn a_key_opens_what_its_scopes_name_and_nothing_else(shop: Arc<Shop>) {
    let admin = shop.somebody(Role::Admin).await;
    for scope in Scope::ALL {
        let all_others: Vec<Scope> =
            Scope::ALL.iter().copied().filter(|other| other != scope).collect();
        let with = key(&shop, &admin, &[*scope]).await;
        let without = key(&shop, &admin, &all_others).await;
        for route in all() {
            let (least, needed) = entry(&route);
            for (key, may) in
                [(&with, needed == Some(*scope)), (&without, needed.is_some_and(|n| n != *scope))]
            {
                let answered = status(&shop, &route, key["key"].as_str()).await;
                let is_refused = !may && least > Visitors;
                assert_eq!(answered == 403, is_refused, "{} {}", scope.name(), route.name);
                assert!(answered != 401 || least <= Anybody, "{} {}", scope.name(), route.name);
            }
        }
    }
}

async fn what_is_good_no_more_opens_nothing(shop: Arc<Shop>) {
    let shop = shop.second_node(&[("trusted_proxies", "127.0.0.1/32")]).await;
    let admin = shop.somebody(Role::Admin).await;
    let ended = shop.somebody(Role::Admin).await;
    shop.ask("POST", "/api/identity/logout").token(&ended.token).send().await.expect_empty(204);
    let expired = in_past(&shop, &admin, unix_now() - 100_000);
    let revoked = key(&shop, &admin, Scope::ALL).await;
    let path = format!("/api/identity/api-keys/{}", revoked["id"].as_str().unwrap());
    shop.ask("DELETE", &path).token(&admin.token).send().await.expect_empty(204);
    let late = key(&shop, &admin, Scope::ALL).await;
    let sql = "update api_keys set expires_at = 1 where revoked_at is null";
    shop.sql(sql).await;
    let made_up = keys::ApiKey::make(Uuid::now_v7()).text();
    let text = |value: &Value| value["key"].as_str().unwrap().to_owned();
    let forged = format!("{}x", admin.token);
    let bad = [
        ended.token,
        expired,
        text(&revoked),
        text(&late),
        made_up,
        forged,
        "sk_".to_owned(),
        "x".to_owned(),
    ];
    for shown in bad {
        for route in all() {
            let (least, _) = entry(&route);
            let answered = status(&shop, &route, Some(&shown)).await;
            let is_refused = answered == 401;
            // Where one logs in, a body without a password is refused, and never for its token.
            assert_eq!(is_refused, least != Anybody, "{shown} {}: {answered}", route.name);
        }
    }
}

/// Somebody, and the path of this route that names what is his.
async fn owned(shop: &Shop, route: &Route) -> (Person, String) {
    let ann = shop.somebody(Role::Customer).await;
    let id = |made: Value| made["id"].as_str().unwrap().to_owned();
    let kept = json!({ "name": "Ann", "line1": "1 Camp Street", "city": "Camp", "country": "DE" });
    let kept = shop.post("/api/identity/me/addresses", &kept).token(&ann.token);
    let (name, named) = match route.path.split_once('{').unwrap().0 {
        "/api/catalog/products/" | "/api/cart/items/" => {
            ("{reference}", shop.tin("1.00", 5).await.to_string())
        }
        "/api/catalog/categories/" => {
            let slug = format!("camp-{}", Uuid::new_v4().simple());
            shop.category(&slug, None).await;
            ("{slug}", slug)
        }
        "/api/orders/orders/" => {
            let tin = shop.tin("1.00", 5).await;
            ("{id}", id(shop.place(&ann, tin, 1).await.expect(201)))
        }
        "/api/orders/" => ("{order_id}", "ORD001".to_owned()),
        "/api/identity/me/addresses/" => ("{id}", id(kept.send().await.expect(201))),
        "/api/identity/me/sessions/" => ("{id}", ann.session.to_string()),
        "/api/identity/customers/" => ("{id}", ann.id.to_string()),
        "/api/identity/api-keys/" => {
            let admin = shop.somebody(Role::Admin).await;
            ("{id}", id(key(shop, &admin, &[Scope::Intake]).await))
        }
        other => panic!("whose is what {other} names?"),
    };
    (ann, route.path.replace(name, &named))
}

/// Every route that names something is walked, as somebody else than its owner.
async fn what_is_another_customers_is_not_there(shop: Arc<Shop>) {
    let ben = shop.customer("ben").await;
    for route in all().iter().filter(|route| route.segments().next().is_some()) {
        let (ann, path) = owned(&shop, route).await;
        let asked = async |token: &str| {
            let ask = shop.ask(route.method.as_str(), &path).token(token);
            let body = route.example.clone().unwrap_or_else(|| json!({}));
            let ask = if route.operation.body.is_some() { ask.json(&body) } else { ask };
            ask.send().await
        };
        let (least, _) = entry(route);
        match least {
            Customers => {
                asked(&ben.token).await.problem(404, "not_found");
                // It is there, and as it was.
                let own = asked(&ann.token).await;
                assert!((200..300).contains(&own.status), "{}: {}", route.name, own.text());
            }
            Staff | Admins | Channels => drop(asked(&ben.token).await.problem(403, "forbidden")),
            Signed => drop(asked(&ben.token).await.problem(401, "unauthenticated")),
            Anybody | Visitors | Lookers | Shoppers => {
                assert_eq!(asked(&ben.token).await.status, 200, "{}", route.name)
            }
        }
    }
}
