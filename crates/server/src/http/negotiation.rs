//! Whether a request accepts what its path answers with, and in which form and encoding.

use super::{
    codes,
    files::FILES,
    live::STREAM,
    problems::Problem,
    routes::{Operation, Takes},
};
use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, Method, Uri, header::ACCEPT_ENCODING, request::Parts},
};

pub use axum::http::header::ACCEPT;

/// What an answer is, and the ranges that name it: the closest first.
type Kind = [&'static str; 3];

const JSON: Kind = ["application/json", "application/*", "*/*"];
const CSV: Kind = ["text/csv", "text/*", "*/*"];
/// What is followed and not only read.
const LIVE: Kind = [STREAM, "text/*", "*/*"];
/// The path of what can be followed.
pub const FEED: &str = "/api/events";
/// The index is shown to browsers as a page.
const HTML: Kind = ["text/html", "text/*", "*/*"];

/// Refuses a request that wants anything but what is answered here.
pub(super) fn check_accept(method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let path = uri.path().trim_end_matches('/');
    let kinds: &[Kind] =
        match path.ends_with(".csv") && [Method::GET, Method::HEAD].contains(method) {
            true => &[CSV],
            false if path == "/api" => &[JSON, HTML],
            false if path == FEED => &[JSON, LIVE],
            false => &[JSON],
        };
    let says_nothing = ranges(headers).next().is_none();
    if says_nothing || kinds.iter().any(|kind| liking(headers, *kind) > 0.0) {
        return Ok(());
    }
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind[0]).collect();
    let detail = format!(
        "answers here are {}, which the Accept header of this request excludes",
        kinds.join(" or ")
    );
    Err(Problem::new(codes::NOT_ACCEPTABLE, detail))
}

/// The kinds that a request accepts, each with what follows it.
fn ranges(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let values = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let ranges = values.flat_map(|value| value.split(',')).map(str::trim);
    ranges.filter(|range| !range.is_empty()).map(|range| {
        let (kind, parameters) = range.split_once(';').unwrap_or((range, ""));
        (kind.trim(), parameters)
    })
}

/// Whether to answer with a page and not with data: to those who would rather have one, as browsers say
/// they would. Programs that say nothing, or like both as much, get data.
pub struct AsPage(pub bool);

impl<S: Sync> FromRequestParts<S> for AsPage {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<AsPage, Self::Rejection> {
        let liked = |kind| liking(&parts.headers, kind);
        Ok(AsPage(liked(HTML) > liked(JSON)))
    }
}

impl Takes for AsPage {
    fn describe(operation: &mut Operation) {
        operation.shows_page = true;
    }
}

/// Whether to go on answering for as long as something happens: to those who would rather have that.
pub struct AsStream(pub bool);

impl<S: Sync> FromRequestParts<S> for AsStream {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<AsStream, Self::Rejection> {
        let liked = |kind| liking(&parts.headers, kind);
        Ok(AsStream(liked(LIVE) > liked(JSON)))
    }
}

impl Takes for AsStream {
    fn describe(operation: &mut Operation) {
        operation.shows_stream = true;
    }
}

/// How much a kind is liked, from 0 to 1, by the first of its ranges that is there: the closest one counts.
fn liking(headers: &HeaderMap, kind: Kind) -> f32 {
    let of = |name: &str| {
        let mut ranges = ranges(headers);
        let (_, parameters) = ranges.find(|(kind, _)| kind.eq_ignore_ascii_case(name))?;
        let mut parameters =
            parameters.split(';').filter_map(|parameter| parameter.split_once('='));
        let quality = parameters.find(|(name, _)| name.trim().eq_ignore_ascii_case("q"));
        Some(quality.map_or(1.0, |(_, quality)| quality.trim().parse().unwrap_or(1.0)))
    };
    kind.into_iter().find_map(of).unwrap_or(0.0)
}

/// Leaves of `Accept-Encoding` what we can answer in, or takes it off. Else whoever compresses
/// would answer 406 after the handler has run, and a placed order would look refused. Files are there in gzip
/// already: no stranger has them packed in another way, again and again.
pub(super) fn settle_encoding(path: &str, headers: &mut HeaderMap) {
    let given = headers.get_all(ACCEPT_ENCODING).iter();
    let items = given.flat_map(|value| value.to_str().unwrap_or_default().split(','));
    let wanted: Vec<String> = items
        .filter_map(|item| {
            let (name, quality) = item.split_once(';').unwrap_or((item, ""));
            let quality = quality.trim().strip_prefix(['q', 'Q']).unwrap_or("=1");
            let quality = quality.trim_start().strip_prefix('=').unwrap_or("1");
            let is_wanted = quality.trim().parse::<f32>().is_ok_and(|quality| quality > 0.0);
            is_wanted.then(|| name.trim().to_ascii_lowercase())
        })
        .collect();
    let ours: &[&str] = if path.starts_with(FILES) { &["gzip"] } else { &["zstd", "gzip"] };
    let ours = ours.iter().copied().find(|ours| wanted.iter().any(|name| name == ours));
    match ours {
        Some(ours) => {
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(ours));
        }
        None => {
            headers.remove(ACCEPT_ENCODING);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_excludes_the_answer_is_refused() {
        for (path, accept, ok) in [
            ("/api/x", vec![], true),
            ("/api/x", vec![""], true),
            ("/api/x", vec!["*/*"], true),
            ("/api/x", vec!["application/json; charset=utf-8"], true),
            ("/api/x", vec!["text/html, application/xhtml+xml, */*;q=0.8"], true),
            ("/api/x", vec!["text/html", "Application/JSON"], true),
            ("/api/x", vec!["text/html"], false),
            ("/api/x", vec!["application/json;q=0"], false),
            ("/api/x", vec!["application/json; q=0.000"], false),
            ("/api/x", vec!["text/csv"], false),
            ("/api/catalog/products.csv", vec!["text/csv"], true),
            ("/api/catalog/products.csv/", vec!["text/csv"], true),
            ("/api", vec!["text/html"], true),
            ("/api/", vec!["image/png, text/*"], true),
            ("/api", vec!["text/html;q=0"], false),
            ("/api", vec!["image/png"], false),
            ("/api/catalog/products.csv", vec!["text/html"], false),
            ("/api/catalog/products.csv", vec!["application/json"], false),
            // The closest range counts, and the name of a quality has no case.
            ("/api/x", vec!["application/json;q=0, */*"], false),
            ("/api/x", vec!["application/json;Q=0"], false),
            ("/api/x", vec!["*/*;q=0, application/json"], true),
            ("/api/x", vec!["application/problem+json"], false),
            ("/api", vec!["application/json;q=0, text/html;q=0, */*"], false),
            ("/api", vec!["application/json;q=0, text/html"], true),
        ] {
            let mut headers = HeaderMap::new();
            for value in &accept {
                headers.append(ACCEPT, value.parse().unwrap());
            }
            let checked = check_accept(&Method::GET, &path.parse().unwrap(), &headers);
            assert_eq!(checked.is_ok(), ok, "{path} {accept:?}");
        }
    }

    #[test]
    fn who_is_refused_hears_what_there_is() {
        let sheet = "/api/catalog/products.csv";
        for (method, path, kinds) in [
            (Method::GET, "/api/catalog/products", "are application/json, which"),
            (Method::GET, sheet, "are text/csv, which"),
            // What came of it.
            (Method::POST, sheet, "are application/json, which"),
            (Method::GET, "/api/", "are application/json or text/html, which"),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_static("image/png"));
            let refused = check_accept(&method, &path.parse().unwrap(), &headers).unwrap_err();
            let told = String::from_utf8(refused.written("")).unwrap();
            assert!(told.contains(kinds), "{path}: {told}");
        }
    }

    #[tokio::test]
    async fn a_page_is_for_those_who_would_rather_have_one() {
        let chromium = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";
        for (accept, is_page) in [
            (vec![], false),
            (vec![""], false),
            (vec!["*/*"], false),
            (vec!["application/json"], false),
            (vec!["application/json, text/plain, */*"], false),
            (vec!["text/html, application/json"], false),
            (vec!["text/html;q=0.5, application/*"], false),
            (vec!["text/html;q=0, */*"], false),
            (vec!["text/html;q=0.5, text/*, application/json;q=0.9"], false),
            (vec!["text/html;level=1;q=0.2, application/json;q=0.5"], false),
            (vec!["text/html;q=0"], false),
            (vec![chromium], true),
            (vec!["Text/HTML"], true),
            (vec!["text/*"], true),
            (vec!["*/*;q=0.1, text/html;level=1;q=0.2"], true),
            (vec!["application/json; q=0.5", "text/html"], true),
            (vec!["text/html;Q=0.1, application/json;q=0.9"], false),
        ] {
            let mut request = axum::http::Request::new(());
            for value in &accept {
                request.headers_mut().append(ACCEPT, value.parse().unwrap());
            }
            let mut parts = request.into_parts().0;
            let AsPage(read) = AsPage::from_request_parts(&mut parts, &()).await.unwrap();
            assert_eq!(read, is_page, "{accept:?}");
        }
    }

    #[test]
    fn of_encodings_only_one_of_ours_is_left() {
        for (path, given, left) in [
            ("/api", "gzip, deflate, br, zstd", Some("zstd")),
            ("/api", "GZIP;q=0.5, identity;q=0", Some("gzip")),
            ("/api", "identity;q=0", None),
            ("/api", "*;q=0", None),
            ("/api", "br, identity;q=0", None),
            ("/api", "gzip;q=0, zstd;q=0.0", None),
            ("/api", "gzip;Q=0, zstd ; q = 0", None),
            ("/docs/style.css", "gzip, deflate, br, zstd", Some("gzip")),
            ("/docs/style.css", "zstd", None),
            ("/docs", "gzip, zstd", Some("zstd")),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(given));
            settle_encoding(path, &mut headers);
            let kept = headers.get(ACCEPT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!(kept, left, "{path} {given}");
        }
    }
}
