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
