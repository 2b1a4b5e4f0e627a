//! The API: one file a noun, with its routes, its readers, its views, and the words of its
//! refusals. All routes are in one list, from which everything else is drawn.

use crate::{
    app::App,
    http::{
        Router,
        routes::{Route, router},
    },
    pages,
};
use std::sync::Arc;

pub mod catalog {
    //! What can be bought.
    pub mod cache;
    pub mod categories;
    pub mod inventory;
    pub mod products;
    pub mod sheets;
    pub mod stock;
}
pub mod events {
    //! What happened.
    pub mod events;
    pub mod feed;
    pub mod payloads;
    pub mod queries;
    pub mod streams;
    pub mod views;
}
pub mod identity {
    //! Who comes in.
    pub mod accounts;
    pub mod addresses;
    pub mod api_keys;
    pub mod customers;
    pub mod emails;
    pub mod export;
    pub mod letters;
    pub mod login;
    pub mod otp;
    pub mod passwords;
    pub mod registrations;
    pub mod sessions;
    pub mod sheets;
    pub mod tokens;
    pub mod trail;
}
pub mod orders {
    //! What is to be bought, and what was.
    pub mod batches;
    pub mod bulk;
    pub mod carts;
    pub mod choices;
    pub mod details;
    pub mod edits;
    pub mod fulfilments;
    pub mod handed;
    pub mod histories;
    pub mod intake;
    pub mod metrics;
    pub mod moves;
    pub mod orders;
    pub mod placements;
    pub mod refusals;
    pub mod timelines;
}
pub mod system {
    //! The node and the API themselves.
    pub mod demo;
    pub mod document;
    pub mod health;
    pub mod index;
}
#[cfg(test)]
mod tests;

/// Every route. It is a function, for a constant cannot hold a handler; it is called at the start.
pub fn all() -> Vec<Route> {
    let nouns = [
        system::index::routes(),
        identity::registrations::routes(),
        identity::accounts::routes(),
        identity::login::routes(),
        identity::tokens::routes(),
        identity::sessions::routes(),
        identity::passwords::routes(),
        identity::emails::routes(),
        identity::otp::routes(),
        identity::addresses::routes(),
        identity::export::routes(),
        identity::customers::routes(),
        identity::api_keys::routes(),
        identity::trail::routes(),
        catalog::products::routes(),
        catalog::categories::routes(),
        catalog::stock::routes(),
        catalog::inventory::routes(),
        catalog::sheets::routes(),
        identity::sheets::routes(),
        orders::placements::routes(),
        orders::histories::routes(),
        orders::orders::routes(),
        orders::carts::routes(),
        orders::edits::routes(),
        orders::moves::routes(),
        orders::timelines::routes(),
        orders::batches::routes(),
        orders::intake::routes(),
        orders::bulk::routes(),
        orders::fulfilments::routes(),
        events::events::routes(),
        orders::metrics::routes(),
        system::document::routes(),
        system::health::routes(),
    ];
    nouns.into_iter().flatten().collect()
}

pub fn routes(app: Arc<App>) -> Router {
    let mut routes = all();
    routes.extend(pages::routes());
    if app.is_demo {
        routes.extend(system::demo::routes());
    }
    router(routes, app)
}

/// For a listener of its own, which whoever can reach it may ask.
pub fn metrics_only(app: Arc<App>) -> Router {
    router(vec![system::health::open_metrics()], app)
}
