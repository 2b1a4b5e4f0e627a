//! Categories: a tree by slug, under which products are found.

mod edits;
mod lists;

use crate::{
    app::App,
    http::{
        Method, codes,
        problems::Problem,
        routes::Route,
        shapes::{Link, view},
    },
};
use domain::{Category, CreateCategory, EditCategory, RemoveCategory, Scope, Text};
use edits::{Edit, Replacement};
use serde_json::json;
use store::Racked;

const CATEGORIES: &str = "/api/catalog/categories";
const CATEGORY: &str = "/api/catalog/categories/{slug}";

pub fn routes() -> Vec<Route> {
    let example = json!({ "slug": "mess-tins", "name": "Mess tins", "parent": null });
    vec![
        Route::new(Method::GET, CATEGORIES, "list_categories", lists::list)
            .about("Lists the categories, each with what it is below.")
            .linked("categories")
            .scoped(Scope::CatalogRead),
        Route::new(Method::POST, CATEGORIES, "create_category", edits::create)
            .about("Puts a category into the tree.")
            .creates()
            .example(example.clone())
            .scoped(Scope::CatalogWrite)
            .sends::<CreateCategory>(),
        Route::new(Method::GET, CATEGORY, "show_category", lists::show)
            .about("Shows a category with the way to it from the top, and what is right below it.")
            .scoped(Scope::CatalogRead),
        Route::new(Method::PUT, CATEGORY, "replace_category", edits::edit::<Replacement>)
            .about("Overwrites a category. Left out, the slug stays, and without a parent it goes to the top.")
            .example(example)
            .scoped(Scope::CatalogWrite)
            .refuses(&[codes::READ_ONLY])
            .sends::<EditCategory>(),
        Route::new(Method::PATCH, CATEGORY, "edit_category", edits::edit::<Edit>)
            .about("Changes what the body names. Moved, it takes all that is below it along; with another slug, it is found under that alone.")
            .example(json!({ "name": "Billy cans" }))
            .scoped(Scope::CatalogWrite)
            .refuses(&[codes::READ_ONLY])
            .sends::<EditCategory>(),
        Route::new(Method::DELETE, CATEGORY, "remove_category", edits::remove)
            .about("Takes a category that nothing is below, and no product in.")
            .shows_nothing()
            .scoped(Scope::CatalogWrite)
            .sends::<RemoveCategory>(),
    ]
}

view! {
    pub struct CategoryView<'a> = "Category" {
        slug: &'a str,
        name: &'a str,
        parent: Option<&'a str>,
        url: String as Link,
    }
}

view! {
    pub struct RackView<'a> = "CategoryWithPath" {
        slug: &'a str,
        name: &'a str,
        parent: Option<&'a str>,
        path: Vec<CategoryView<'a>>,
        children: Vec<CategoryView<'a>>,
        url: String as Link,
    }
}

/// What follows from the tree.
const SHOWN_ONLY: &[&str] = &["path", "children", "url"];

impl CategoryView<'_> {
    fn of<'a>(
        app: &App,
        Category { slug, name, .. }: &'a Category,
        parent: Option<&'a str>,
    ) -> CategoryView<'a> {
        CategoryView { slug, name, parent, url: url(app, slug) }
    }

    fn all<'a>(app: &App, found: &'a [Racked]) -> Vec<CategoryView<'a>> {
        found.iter().map(|(one, parent)| CategoryView::of(app, one, parent.as_deref())).collect()
    }
}

impl RackView<'_> {
    /// Of a way to it that is not empty, and what is below it.
    fn of<'a>(app: &App, path: &'a [Racked], children: &'a [Racked]) -> Option<RackView<'a>> {
        let ((category, parent), above) = path.split_last()?;
        let CategoryView { slug, name, parent, url } =
            CategoryView::of(app, category, parent.as_deref());
        let (path, children) = (CategoryView::all(app, above), CategoryView::all(app, children));
        Some(RackView { slug, name, parent, path, children, url })
    }
}

fn url(app: &App, slug: &str) -> String {
    format!("{}{CATEGORIES}/{slug}", app.settings.public_url)
}

/// So many letters a slug has at most.
const SLUG_MOST: usize = 100;

/// What cannot be a slug is the slug of none.
fn parse(slug: &str) -> Result<Text<SLUG_MOST>, Problem> {
    Text::new(slug).map_err(|_| no_such_category())
}

fn no_such_category() -> Problem {
    Problem::not_found("there is no such category")
}
