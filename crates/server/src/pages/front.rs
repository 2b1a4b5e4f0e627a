//! The page at `/`: what this is, where to go from here, and in a demo who can log in and how to order.

use super::{Html, Page, base};
use crate::{
    app::App,
    demo::{ACCOUNTS, DemoAccount, first_order},
    http::{State, answers::Answer, arguments::Known, problems::Problem},
    settings::Settings,
};
use maud::{Markup, html};
use std::sync::Arc;

const PROMISES: [(&str, &str); 3] = [
    ("Never oversell.", "Stock that is sold is gone for everybody else."),
    ("Never lose an acknowledged order.", "The answer is sent after the commit is on the disk."),
    ("Never place an order twice.", "With an Idempotency-Key, a retry gives the same order."),
];

const LINKS: [(&str, &str); 5] = [
    ("/docs", "Every request with its fields and answers, to try out here in the browser."),
    ("/api", "Where everything begins: to a browser a page, to a program links in JSON."),
    ("/api/openapi.json", "The API described after OpenAPI 3.1, for programs that make clients."),
    ("/health/ready", "Whether the shop can serve: its database answers, and its writer keeps up."),
    ("/health/live", "Whether the process runs."),
];

pub async fn show(State(app): State<Arc<App>>, known: Known) -> Result<Answer<Html>, Problem> {
    let base = base(&app.settings.public_url);
    let body = html! {
        main.page {
            h1 { (app.settings.shop_name) }
            p.lead {
                "This is the back end of a shop: accounts, a catalog, stock, carts and orders, behind a JSON API. "
                "Sutler runs it, and keeps three promises."
            }
            ul {
                @for (promise, why) in PROMISES { li { strong { (promise) } " " (why) } }
            }
            h2 { "What is here" }
            dl {
                @for (path, what) in LINKS {
                    dt { a href={ (base) (path) } { (path) } }
                    dd { (what) }
                }
            }
            @if app.is_demo { (demo(base, &app.settings)) }
        }
    };
    let page = Page { title: &app.settings.shop_name, path: "/", head: html! {}, body };
    Ok(page.answer(&app, &known))
}

/// What only a demo tells: its passwords are known to everybody.
fn demo(base: &str, settings: &Settings) -> Markup {
    html! {
        h2 { "Who can log in" }
        p { "This shop is a demo, on this machine only. Everybody knows these passwords." }
        table {
            thead { tr { th { "username" } th { "password" } th { "role" } } }
            tbody {
                @for DemoAccount { name, password, role } in ACCOUNTS {
                    tr { td { code { (name) } } td { code { (password) } } td { (role.name()) } }
                }
            }
        }
        h2 { "The first order, in the browser" }
        ol {
            li { "Open " a href={ (base) "/docs" } { "/docs" } "." }
            li {
                "Under " em { "identity" } ", open " code { "POST /api/identity/token" } ", and press "
                em { "Try it out" } " and " em { "Execute" } ". You are logged in as " code { "demo" } "."
            }
            li {
                "Under " em { "orders" } ", do the same with " code { "POST /api/orders/orders" }
                ". The answer is 201 and the order."
            }
        }
        h2 { "The first order, in a terminal" }
        @for step in first_order(&settings.public_url, settings.processing) {
            p { (step.what) }
            pre { code { (step.in_lines()) } }
        }
    }
}
