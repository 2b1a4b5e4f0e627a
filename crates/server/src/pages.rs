//! What people see in a browser: the page at `/`, the docs, and the form of `/api` that browsers are shown. They
//! are no part of the API, and its document does not have them. No page has a script but that of the docs, and
//! nothing on one comes from another address.

mod docs;
mod front;
pub mod index;

use crate::{
    app::App,
    http::{
        Method,
        answers::Answer,
        arguments::Known,
        files,
        routes::Route,
        shapes::{Named, Shape, View},
    },
};
use maud::{DOCTYPE, Markup, html};
use serde_json::{Value, json};

/// What a page may do: look as its stylesheet says, and lead elsewhere.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'none'; \
                      base-uri 'none'; frame-ancestors 'none'";

pub fn routes() -> Vec<Route> {
    let show = docs::show;
    vec![
        Route::new(Method::GET, "/", "front_page", front::show),
        Route::new(Method::GET, "/docs", "docs_page", show),
        Route::new(Method::GET, "/docs/{file}", "docs_file", docs::file),
    ]
}

/// A page.
pub struct Html;

impl Shape for Html {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": "string" })
    }
}

impl View for Html {
    const NAME: &'static str = "Html";
    const KIND: &'static str = "text/html; charset=utf-8";
}

/// What all pages have in common, around what one says.
struct Page<'a> {
    title: &'a str,
    /// The path of the page itself.
    path: &'static str,
    /// What stands in its head beside the usual.
    head: Markup,
    body: Markup,
}

impl Page<'_> {
    fn written(self, app: &App) -> String {
        let Page { title, path, head, body } = self;
        let (base, shop) = (base(&app.settings.public_url), &app.settings.shop_name);
        let link = |to: &'static str, name: &str| {
            html! { a href={ (base) (to) } aria-current=[(to == path).then_some("page")] { (name) } }
        };
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light dark";
                    title { (title) }
                    link rel="icon" type="image/svg+xml" href={ (base) "/docs/icon.svg" };
                    (head)
                    link rel="stylesheet" href={ (base) "/docs/style.css" };
                }
                body.over[path == "/docs"] {
                    header.top {
                        (link("/", shop))
                        nav { (link("/docs", "Docs")) (link("/api", "API")) }
                    }
                    (body)
                }
            }
        };
        page.into_string()
    }

    fn answer<V>(self, app: &App, known: &Known) -> Answer<V> {
        answer(known, self.written(app))
    }
}

fn answer<V>(known: &Known, written: String) -> Answer<V> {
    files::page(known, POLICY, written)
}

/// The path below which the shop is reached. Links on pages begin with it, and are right under whatever name
/// the shop was called by.
fn base(public_url: &str) -> &str {
    let rest = public_url.split_once("://").map_or(public_url, |(_, rest)| rest);
    rest.find('/').map_or("", |at| &rest[at..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_begin_with_the_path_of_the_shop() {
        for (url, path) in [
            ("http://127.0.0.1:8000", ""),
            ("https://shop.example/x", "/x"),
            ("https://[::1]:8443/x/y", "/x/y"),
        ] {
            assert_eq!(base(url), path, "{url}");
        }
    }
}
