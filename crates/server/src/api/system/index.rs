//! Where everything is: links to all paths that need no name of a thing.

use crate::{
    app::App,
    http::{
        Method, State,
        answers::{Answer, Page, Written},
        arguments::Known,
        negotiation::{ACCEPT, AsPage},
        problems::Problem,
        queries::NoQuery,
        rights::Visitor,
        routes::Route,
        shapes::{Link, Named, Shape, View},
    },
    pages,
};
use serde::Serialize;
use serde_json::{Value, json};
use std::{collections::BTreeMap, sync::Arc};

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api", "index", show)
            .about("Links to everything that is there. A browser is shown a page of them.")
            .linked("index"),
    ]
}

#[derive(Serialize)]
pub struct Index(BTreeMap<&'static str, String>);

impl Shape for Index {
    fn shape(named: &mut Named) -> Value {
        json!({ "type": "object", "additionalProperties": Link::shape(named) })
    }
}

impl View for Index {
    const NAME: &'static str = "Index";
}

async fn show(
    State(app): State<Arc<App>>,
    _: Visitor,
    _: NoQuery,
    AsPage(as_page): AsPage,
    known: Known,
) -> Result<Answer<Index>, Problem> {
    let answer = match as_page {
        true => pages::index::show(&app, crate::api::all, &known),
        false => Written::again(links(&app)?).answer(&known).public(),
    };
    Ok(answer.differing_by(ACCEPT))
}

/// They are the same for everybody, and written once.
fn links(app: &App) -> Result<Page, Problem> {
    if let Some(page) = app.index.get() {
        return Ok(page.clone());
    }
    let link = |route: Route| {
        route.link.map(|name| (name, format!("{}{}", app.settings.public_url, route.path)))
    };
    let links = crate::api::all().into_iter().filter_map(link).collect();
    let Written { page, .. } = Written::of(None, &Index(links))?;
    Ok(app.index.get_or_init(|| page).clone())
}
