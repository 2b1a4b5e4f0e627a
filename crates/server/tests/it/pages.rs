//! What people see in a browser: `/`, `/docs` with its files, and `/api` as a page.

mod demo;
mod docs;

use crate::{
    app::{PUBLIC_URL, Shop, on_both_engines},
    client::{Answer, Ask},
};
use server::{api::all, app::App, demo::ACCOUNTS};
use std::{collections::BTreeSet, sync::Arc};

on_both_engines! {
    the_first_page_leads_to_what_is_there,
    a_shop_that_is_no_demo_tells_no_passwords,
    behind_a_path_links_begin_with_it,
    the_index_is_a_page_for_browsers_and_data_for_programs,
    a_page_that_is_known_is_not_sent_again,
    pages_are_guarded_as_everything_is,
    nothing_on_a_page_runs_or_comes_from_elsewhere,
}

/// As Chromium asks for a page.
const BROWSER: &str =
    "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
const PAGES: [&str; 3] = ["/", "/api", "/docs"];

fn browse(shop: &Shop, path: &str) -> Ask {
    shop.get(path).header("Accept", BROWSER)
}

async fn page(shop: &Shop, path: &str) -> String {
    let answer = browse(shop, path).send().await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{path}");
    assert_eq!(answer.header("cache-control"), Some("no-cache"), "{path}");
    answer.text()
}

/// What a page leads to, or needs.
fn links(page: &str) -> BTreeSet<String> {
    let after = ["href=\"", "src=\""].into_iter().flat_map(|name| page.split(name).skip(1));
    after.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

/// A node that takes itself for a demo's.
async fn as_demo(shop: &Shop) -> Arc<Shop> {
    let shop = Shop::open_as(&shop.url, &[], |app| App { is_demo: true, ..app }).await;
    server::demo::open_channel(&shop.app).await.unwrap();
    shop
}

/// With its stylesheet, no page is long.
async fn the_first_page_leads_to_what_is_there(shop: Arc<Shop>) {
    let style = shop.get("/docs/style.css").send().await.text();
    // Who is let in only after a login is led nowhere else by a link.
    let closed = shop.second_node(&[("catalog_public", "false")]).await;
    for shop in [&shop, &as_demo(&shop).await, &closed] {
        for path in PAGES {
            let page = page(shop, path).await;
            assert!(page.len() + style.len() < 60_000, "{path}: {} bytes", page.len());
            for link in links(&page) {
                let answer = browse(shop, &link).send().await;
                assert_eq!(answer.status, 200, "{link} on {path}: {}", answer.text());
            }
        }
    }
    let links = links(&page(&shop, "/").await);
    for link in ["/docs", "/api", "/api/openapi.json", "/health/live", "/health/ready"] {
        assert!(links.contains(link), "{link} is not in {links:?}");
    }
    // By the name that the shop gives itself.
    let named = shop.second_node(&[("shop_name", "Läden & Co")]).await;
    let first = page(&named, "/").await;
    let tag = async |shop: &Shop| browse(shop, "/").send().await.header("etag").map(str::to_owned);
    assert_ne!(tag(&named).await, tag(&shop).await, "another page is known by another tag");
    assert!(first.contains("<h1>Läden &amp; Co</h1>"), "{first}");
}

async fn a_shop_that_is_no_demo_tells_no_passwords(shop: Arc<Shop>) {
    let demo = as_demo(&shop).await;
    for path in PAGES {
        let page = page(&shop, path).await;
        for word in ["demo-password", "admin-password", "curl", "TOKEN", "this demo", "a demo,"] {
            assert!(!page.contains(word), "{path} tells {word}");
        }
    }
    let first = page(&demo, "/").await;
    for account in ACCOUNTS {
        for word in [account.name, account.password, account.role.name()] {
            assert!(first.contains(word), "{word} is not in {first}");
        }
    }
    let curl = format!("curl '{PUBLIC_URL}/api/catalog/products?limit=3'");
    assert!(first.contains(&curl), "{curl} is not in {first}");
    assert!(page(&demo, "/docs").await.contains("In this demo"));
    // Anybody sees the figures of a demo.
    assert!(links(&page(&demo, "/api").await).contains("/metrics"));
    assert!(!links(&page(&shop, "/api").await).contains("/metrics"));
}

async fn behind_a_path_links_begin_with_it(shop: Arc<Shop>) {
    let url = ("public_url", "https://shop.example/goods/shop");
    let behind = shop.second_node(&[url]).await;
    for path in PAGES {
        let here = links(&page(&shop, path).await);
        let there: BTreeSet<String> = links(&page(&behind, path).await);
        let expected = here.iter().map(|link| format!("/goods/shop{link}")).collect();
        assert_eq!(there, expected, "{path}");
    }
}

async fn the_index_is_a_page_for_browsers_and_data_for_programs(shop: Arc<Shop>) {
    let asked = async |accept: Option<&str>| {
        let ask = shop.get("/api");
        accept.map_or(ask.clone(), |accept| ask.header("Accept", accept)).send().await
    };
    let varies = |answer: &Answer| {
        let mut values = answer.headers.iter().filter(|(name, _)| name == "vary");
        values.any(|(_, value)| value == "accept")
    };
    for accept in [BROWSER, "text/html", "text/html, */*;q=0.1", "text/*"] {
        let answer = asked(Some(accept)).await;
        assert_eq!(answer.header("content-type"), Some("text/html; charset=utf-8"), "{accept}");
        assert!(answer.status == 200 && varies(&answer), "{accept}");
    }
    for accept in [None, Some("*/*"), Some("application/json"), Some("application/json, text/html")]
    {
        let answer = asked(accept).await;
        assert_eq!(answer.header("content-type"), Some("application/json"), "{accept:?}");
        assert!(answer.expect(200).is_object() && varies(&answer), "{accept:?}");
    }
    asked(Some("image/png")).await.problem(406, "not_acceptable");
    // A page is asked for as strictly.
    browse(&shop, "/api?x=1").send().await.problem(422, "invalid");
    browse(&shop, "/api").token("x").send().await.problem(401, "unauthenticated");

    // It has what the data has, and what the routes say of it.
    let page = page(&shop, "/api").await;
    for (name, link) in asked(None).await.expect(200).as_object().unwrap() {
        let path = link.as_str().unwrap().strip_prefix(PUBLIC_URL).unwrap();
        assert!(page.contains(&format!(">{path}</a>")) || page.contains(&format!("<h3>{path} ")));
        assert!(page.contains(&format!(">{name}</span>")), "{name}");
    }
    let routes = all();
    let routes = routes.iter().filter(|route| route.segments().next().is_none());
    let said = routes.map(|route| {
        let about = route.about.split_inclusive(". ").next().unwrap().trim_end();
        let about = about.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let said = format!(">{}</span><span>{about} ", route.method);
        assert!(page.contains(&said), "{said} is not in {page}");
    });
    assert_eq!(said.count(), page.matches("class=\"method\"").count());
}

async fn a_page_that_is_known_is_not_sent_again(shop: Arc<Shop>) {
    for path in PAGES {
        let first = browse(&shop, path).send().await;
        let tag = first.header("etag").unwrap_or_else(|| panic!("{path} has no tag"));
        let again = browse(&shop, path).header("If-None-Match", tag).send().await;
        assert_eq!((again.status, again.header("etag")), (304, Some(tag)), "{path}");
        // What a browser keeps has the head of the last answer.
        for name in ["content-security-policy", "cache-control"] {
            assert_eq!(again.header(name), first.header(name), "{name} of {path}");
        }
        let head = shop.ask("HEAD", path).header("Accept", BROWSER).send().await;
        assert_eq!(head.status, 200, "{path}");
        for name in ["content-type", "content-length", "etag"] {
            assert_eq!(head.header(name), first.header(name), "{name} of {path}");
        }
    }
    // The data of the index is another thing than its page, and is known by another tag.
    let data = shop.get("/api").send().await;
    let tag = data.header("etag").unwrap();
    assert_eq!(shop.get("/api").header("If-None-Match", tag).send().await.status, 304);
    assert_eq!(browse(&shop, "/api").header("If-None-Match", tag).send().await.status, 200);
}

async fn pages_are_guarded_as_everything_is(shop: Arc<Shop>) {
    let strict = shop.second_node(&[("rate_limit_address", "1")]).await;
    for path in ["/", "/docs", "/docs/style.css"] {
        for method in ["POST", "PUT", "PATCH", "DELETE"] {
            let answer = shop.ask(method, path).send().await;
            answer.problem(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), Some("GET,HEAD"), "{method} {path}");
        }
        shop.get(path).header("Host", "evil.example").send().await.problem(400, "host_not_allowed");
        let given = "01890000-0000-7000-8000-00000000abcd";
        let answer = browse(&shop, path).header("Correlation-ID", given).send().await;
        for (name, value) in [
            ("correlation-id", given),
            ("x-content-type-options", "nosniff"),
            ("x-frame-options", "DENY"),
            ("referrer-policy", "no-referrer"),
            ("strict-transport-security", "max-age=31536000"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
        let slash = browse(&shop, &format!("{path}/")).send().await;
        assert_eq!(slash.status, 200, "{path}/");
        if path != "/" {
            assert_eq!(slash.text(), answer.text(), "{path}/");
        }
        let mut last = browse(&strict, path).send().await;
        for _ in 0..1000 {
            if last.status == 429 {
                break;
            }
            last = browse(&strict, path).send().await;
        }
        last.problem(429, "rate_limited");
    }
}

async fn nothing_on_a_page_runs_or_comes_from_elsewhere(shop: Arc<Shop>) {
    for shop in [&shop, &as_demo(&shop).await] {
        for path in PAGES {
            let answer = browse(shop, path).send().await;
            let policy = answer.header("content-security-policy").unwrap();
            let mut rules: Vec<&str> = policy.split("; ").collect();
            for rule in [
                "default-src 'none'",
                "style-src 'self'",
                "form-action 'none'",
                "base-uri 'none'",
                "frame-ancestors 'none'",
            ] {
                assert!(rules.contains(&rule), "{rule} is not in {policy}");
                rules.retain(|other| *other != rule);
            }
            let rest: &[&str] = match path {
                "/docs" => &["script-src 'self'", "img-src 'self' data:", "connect-src 'self'"],
                _ => &["img-src 'self'"],
            };
            assert_eq!(rules, rest, "{path}");
            let page = answer.text();
            for inline in ["<style", " style=", " onclick=", " onload=", "javascript:", "<base"] {
                assert!(!page.contains(inline), "{inline} on {path}");
            }
            let scripts = page.matches("<script").count();
            assert_eq!(scripts, page.matches("<script src=\"/docs/").count(), "{path}");
            assert_eq!(scripts > 0, path == "/docs", "{path}");
            assert!(links(&page).iter().all(|link| link.starts_with('/')), "{path}");
        }
    }
}
