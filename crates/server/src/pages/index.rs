//! The list of links as a page, for browsers: what is at each path, as its routes say.

use super::{Page, base};
use crate::{
    app::App,
    http::{
        Method,
        answers::Answer,
        arguments::Known,
        document::{TAGS, tag, who},
        rights::Who,
        routes::Route,
    },
};
use maud::{Markup, html};
use std::collections::BTreeMap;

/// A path, with the name of its link, and its routes.
#[derive(Default)]
struct Place<'a> {
    name: &'static str,
    routes: Vec<&'a Route>,
}

/// The paths of a module, in order.
type Module<'a> = BTreeMap<&'static str, Place<'a>>;

/// A page with what the view of the index links to: written once.
pub fn show<V>(app: &App, routes: fn() -> Vec<Route>, known: &Known) -> Answer<V> {
    let written = app.index_page.get_or_init(|| written(app, &routes()));
    super::answer(known, written.clone())
}

fn written(app: &App, routes: &[Route]) -> String {
    let base = base(&app.settings.public_url);
    let mut modules = BTreeMap::<&str, Module<'_>>::new();
    for route in routes.iter().filter(|route| route.segments().next().is_none()) {
        let place = modules.entry(tag(route.path)).or_default().entry(route.path).or_default();
        place.name = route.link.unwrap_or(place.name);
        place.routes.push(route);
    }
    let body = html! {
        main.page {
            h1 { "API" }
            p.lead {
                "What can be asked for without naming an order, a product or another thing. A program that asks for JSON "
                "gets these paths as links, under the names on the right. "
                a href={ (base) "/docs" } { "/docs" } " has all others too, and the fields of each request."
            }
            @for (module, about) in TAGS {
                section {
                    h2 id=(module) { (module) }
                    p { (about) }
                    @for (path, place) in modules.get(module).into_iter().flatten() {
                        (shown(app, base, path, place))
                    }
                }
            }
        }
    };
    let title = format!("API of {}", app.settings.shop_name);
    Page { title: &title, path: "/api", head: html! {}, body }.written(app)
}

fn shown(app: &App, base: &str, path: &str, place: &Place<'_>) -> Markup {
    let is_open = place.routes.iter().any(|route| is_open(app, route));
    html! {
        article {
            h3 {
                @if is_open { a href={ (base) (path) } { (path) } } @else { (path) }
                " " span.name { (place.name) }
            }
            @for route in &place.routes {
                p {
                    span.method { (route.method.as_str()) }
                    span {
                        (first_sentence(route.about)) " "
                        span.who { (first_sentence(&who(route))) }
                    }
                }
            }
        }
    }
}

/// Whether a browser, which shows no token, gets anything there.
fn is_open(app: &App, route: &Route) -> bool {
    let is_for_all = match route.operation.who {
        Who::Anybody => true,
        Who::Lookers | Who::Shoppers => app.settings.catalog_public,
        Who::Operators | Who::Overseers => app.is_demo,
        Who::Customers | Who::Members | Who::Staff | Who::Admins | Who::Channels | Who::Service => {
            false
        }
    };
    route.method == Method::GET && is_for_all
}

fn first_sentence(words: &str) -> &str {
    words.find(". ").map_or(words, |end| &words[..=end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_told_in_a_sentence() {
        for (words, first) in [
            ("Lists. Of a million, too.", "Lists."),
            ("After OpenAPI 3.1.", "After OpenAPI 3.1."),
            ("", ""),
        ] {
            assert_eq!(first_sentence(words), first);
        }
    }
}
