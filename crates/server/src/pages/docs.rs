//! `/docs`: the document of the API in Swagger UI, which is part of the program, and the files of all pages.

use super::{Html, Page, base};
use crate::{
    app::App,
    http::{
        State,
        answers::Answer,
        arguments::{Known, Segment},
        files::{self, File, TakesGzip},
        problems::Problem,
        shapes::{Named, Shape, View},
    },
};
use maud::html;
use serde_json::{Value, json};
use std::sync::Arc;

/// Its pictures are in its stylesheet. It asks this shop, and nobody else.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; \
                      connect-src 'self'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

const CSS: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

static FILES: [File; 6] = [
    File::plain("style.css", CSS, include_bytes!("style.css")),
    File::plain("icon.svg", "image/svg+xml", include_bytes!("icon.svg")),
    File::plain("docs.js", SCRIPT, include_bytes!("docs.js")),
    File::gzipped(
        "swagger-ui-bundle.js",
        SCRIPT,
        include_bytes!("swagger-ui/swagger-ui-bundle.js.gz"),
    ),
    File::gzipped("swagger-ui.css", CSS, include_bytes!("swagger-ui/swagger-ui.css.gz")),
    File::plain(
        "swagger-ui-bundle.js.LICENSE.txt",
        "text/plain; charset=utf-8",
        include_bytes!("swagger-ui/swagger-ui-bundle.js.LICENSE.txt"),
    ),
];

pub async fn show(State(app): State<Arc<App>>, known: Known) -> Result<Answer<Html>, Problem> {
    let base = base(&app.settings.public_url);
    let head = html! {
        link rel="stylesheet" href={ (base) "/docs/swagger-ui.css" };
        script src={ (base) "/docs/swagger-ui-bundle.js" } defer {}
        script src={ (base) "/docs/docs.js" } defer {}
    };
    let body = html! {
        // Swagger UI brings the main part of the page itself.
        div.page {
            h1 { "Docs" }
            p {
                "Open a request, press " em { "Try it out" } " and " em { "Execute" } ". After "
                code { "POST /api/identity/token" } " the requests that follow are made with its token; "
                em { "Authorize" } " takes another one, or an API key."
            }
            @if app.is_demo {
                p { "In this demo, that request logs in as " code { "demo" } " as it stands." }
            }
            noscript {
                p { "This page needs a script. The same is in " a href={ (base) "/api/openapi.json" } { "/api/openapi.json" } "." }
            }
        }
        div #api { p.waits { "…" } }
    };
    let title = format!("Docs of {}", app.settings.shop_name);
    let page = Page { title: &title, path: "/docs", head, body };
    Ok(files::page(&known, POLICY, page.written(&app)))
}

pub async fn file(
    Segment(name): Segment,
    known: Known,
    takes: TakesGzip,
) -> Result<Answer<Content>, Problem> {
    match FILES.iter().find(|file| file.name == name) {
        Some(file) => file.answer(&known, takes),
        None => Err(Problem::not_found("there is no file of this name")),
    }
}

/// Whatever a file holds.
pub struct Content;

impl Shape for Content {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": "string" })
    }
}

impl View for Content {
    const NAME: &'static str = "Content";
    const KIND: &'static str = "application/octet-stream";
}
