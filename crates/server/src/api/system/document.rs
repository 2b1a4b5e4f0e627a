//! The OpenAPI document of this shop, drawn from the routes once.

use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Written},
        arguments::Known,
        document::draw,
        problems::Problem,
        queries::NoQuery,
        rights::Visitor,
        routes::Route,
        shapes::{Named, Shape, View},
    },
};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/openapi.json", "document", show)
            .about("Describes the whole API, after OpenAPI 3.1.")
            .linked("document"),
    ]
}

#[derive(Serialize)]
pub struct Document(Value);

impl Shape for Document {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": "object", "required": ["openapi", "info", "paths"] })
    }
}

impl View for Document {
    const NAME: &'static str = "Document";
}

async fn show(
    State(app): State<Arc<App>>,
    _: Visitor,
    _: NoQuery,
    known: Known,
) -> Result<Answer<Document>, Problem> {
    let page = match app.document.get() {
        Some(page) => page.clone(),
        None => {
            let drawn = draw(&crate::api::all(), app.currency, &app.settings.public_url);
            let Written { page, .. } = Written::of(None, &Document(drawn))?;
            app.document.get_or_init(|| page).clone()
        }
    };
    Ok(Written::again(page).answer(&known).public())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{env::var_os, fs, path::Path};

    /// Whoever reads the repository reads the same document. `KEEP_DOCUMENT=1` writes it anew.
    #[test]
    fn the_document_of_the_repository_is_the_one_that_is_served() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
        let drawn = draw(&crate::api::all(), "EUR".parse().unwrap(), "http://localhost:8000");
        let drawn = serde_json::to_string_pretty(&drawn).unwrap() + "\n";
        if var_os("KEEP_DOCUMENT").is_some() {
            fs::write(&path, &drawn).unwrap();
        }
        let kept = fs::read_to_string(&path).unwrap_or_default();
        let is_kept = kept == drawn;
        assert!(is_kept, "docs/openapi.json is of another version: run this with KEEP_DOCUMENT=1");
    }
}
