//! `/docs` and its files.

use super::{BROWSER, browse, links, page};
use crate::app::{Shop, on_both_engines};
use flate2::read::GzDecoder;
use std::{io::Read, sync::Arc};

on_both_engines! {
    the_docs_are_there_whatever_is_accepted,
    the_docs_bring_all_that_they_need,
    files_go_out_as_they_are_stored_to_those_who_take_that,
    a_file_that_is_known_is_not_sent_again,
    what_is_no_file_is_not_there,
}

/// The name of each file, its kind, and how it begins.
const FILES: [(&str, &str, &str); 6] = [
    ("style.css", "text/css; charset=utf-8", "/* What all pages"),
    ("icon.svg", "image/svg+xml", "<svg "),
    ("docs.js", "text/javascript; charset=utf-8", "// Shows the document"),
    ("swagger-ui-bundle.js", "text/javascript; charset=utf-8", "/*! For license information"),
    ("swagger-ui.css", "text/css; charset=utf-8", ".swagger-ui"),
    ("swagger-ui-bundle.js.LICENSE.txt", "text/plain; charset=utf-8", "/*!"),
];
/// These are stored in gzip.
const STORED: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

async fn the_docs_are_there_whatever_is_accepted(shop: Arc<Shop>) {
    let first = page(&shop, "/docs").await;
    for accept in ["application/json", "image/png", "*/*;q=0", ""] {
        let answer = shop.get("/docs").header("Accept", accept).send().await;
        assert_eq!((answer.status, answer.text()), (200, first.clone()), "{accept}");
    }
}

async fn the_docs_bring_all_that_they_need(shop: Arc<Shop>) {
    let links = links(&page(&shop, "/docs").await);
    for (name, kind, begin) in FILES {
        let answer = browse(&shop, &format!("/docs/{name}")).send().await;
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)), "{name}");
        assert_eq!(answer.header("content-encoding"), None, "{name}");
        assert!(answer.text().starts_with(begin), "{name}: {:.60}", answer.text());
        let is_named_elsewhere = name.ends_with(".txt");
        assert!(links.contains(&format!("/docs/{name}")) || is_named_elsewhere, "{name}");
    }
    // The script of ours asks for what there is.
    let script = shop.get("/docs/docs.js").send().await.text();
    for path in ["/api/openapi.json", "/api/identity/token"] {
        assert!(script.contains(path), "{path}");
        let answer = shop.get(path).send().await;
        assert!([200, 405].contains(&answer.status), "{path}");
    }
}

async fn files_go_out_as_they_are_stored_to_those_who_take_that(shop: Arc<Shop>) {
    for (name, kind, _) in FILES {
        let path = format!("/docs/{name}");
        let plain = shop.get(&path).send().await;
        let packed = shop.get(&path).header("Accept-Encoding", "gzip, deflate, br, zstd");
        let packed = packed.send().await;
        assert_eq!(packed.header("content-type"), Some(kind), "{name}");
        assert_eq!(packed.header("content-encoding"), Some("gzip"), "{name}");
        let mut unpacked = Vec::new();
        GzDecoder::new(packed.body.as_slice()).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == plain.body, "{name} is another file in gzip");
        // What was packed before has a length, and is packed better than can be done meanwhile.
        let is_stored = STORED.contains(&name);
        assert_eq!(packed.header("content-length").is_some(), is_stored, "{name}");
        assert!(!is_stored || packed.body.len() * 7 < plain.body.len() * 2, "{name}");
        for answer in [&plain, &packed] {
            let varies = answer.header("vary").unwrap_or_default().to_lowercase();
            assert_eq!(varies, "accept-encoding", "{name}");
        }
        assert_eq!(plain.header("etag") != packed.header("etag"), is_stored, "{name}");
        // Nobody has it packed in another way.
        let other = shop.get(&path).header("Accept-Encoding", "zstd").send().await;
        assert_eq!(other.header("content-encoding"), None, "{name}");
        assert_eq!(other.body, plain.body, "{name}");
    }
}

async fn a_file_that_is_known_is_not_sent_again(shop: Arc<Shop>) {
    for (name, ..) in FILES {
        let path = format!("/docs/{name}");
        for accepted in ["gzip", "identity"] {
            let ask = || browse(&shop, &path).header("Accept-Encoding", accepted);
            let first = ask().send().await;
            let tag = first.header("etag").unwrap_or_else(|| panic!("{name} has no tag"));
            let again = ask().header("If-None-Match", tag).send().await;
            assert_eq!((again.status, again.header("etag")), (304, Some(tag)), "{name}");
            assert_eq!(again.header("content-encoding"), None, "{name}");
            for answer in [&first, &again] {
                assert_eq!(answer.header("cache-control"), Some("no-cache"), "{name}");
            }
            let head = shop.ask("HEAD", &path).header("Accept", BROWSER);
            let head = head.header("Accept-Encoding", accepted).send().await;
            for name in ["content-type", "content-length", "content-encoding", "etag"] {
                assert_eq!(head.header(name), first.header(name), "{name} of {path}");
            }
        }
    }
}

async fn what_is_no_file_is_not_there(shop: Arc<Shop>) {
    for name in [
        "nowhere.js",
        "STYLE.CSS",
        "style.css.gz",
        "swagger-ui/LICENSE",
        "..%2fCargo.toml",
        "%2e%2e%2fstyle.css",
        "style.css%00",
        "%ff",
    ] {
        browse(&shop, &format!("/docs/{name}")).send().await.problem(404, "not_found");
    }
}
