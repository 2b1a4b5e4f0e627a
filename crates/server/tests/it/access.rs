//! Who may ask which route: each is asked by a stranger, a customer and the staff.

use crate::app::{Shop, on_both_engines};
use serde_json::json;
use server::{
    api::all,
    http::{authentication::Who, routes::Route},
};
use std::sync::Arc;

on_both_engines! {
    each_route_is_for_whom_it_says,
}

/// A path that is there, or could be.
pub fn path(route: &Route) -> String {
    let path = route.path.replace("{reference}", "1");
    path.replace("{id}", "01890000-0000-7000-8000-000000000000")
}

/// The methods and paths of the routes that are for some.
pub fn asked(is_wanted: impl Fn(&Route) -> bool) -> Vec<(String, String)> {
    let wanted = all().into_iter().filter(is_wanted);
    wanted.map(|route| (route.method.to_string(), path(&route))).collect()
}

async fn each_route_is_for_whom_it_says(shop: Arc<Shop>) {
    let ann = shop.customer("ann").await;
    let closed = shop.second_node(&[("catalog_public", "false")]).await;
    for (shop, looker) in [(&shop, 0), (&closed, 1)] {
        for route in all() {
            let least = match route.operation.who {
                Who::Anybody => 0,
                Who::Lookers => looker,
                Who::Customers => 1,
                Who::Staff | Who::Operators => 2,
            };
            for (asker, token) in [None, Some(&ann.token), Some(&shop.staff)].iter().enumerate() {
                let ask = shop.ask(route.method.as_str(), &path(&route));
                let ask = match route.operation.body {
                    Some(_) => ask.json(&json!({})),
                    None => ask,
                };
                let ask = token.map_or(ask.clone(), |token| ask.token(token));
                let status = ask.send().await.status;
                let refused = if asker == 0 { 401 } else { 403 };
                assert_eq!(status == refused, asker < least, "{asker} {}: {status}", route.name);
            }
        }
    }
}
