//! Whether a request accepts what its path answers with, and in which encoding.

use super::{codes, problems::Problem};
use axum::http::{
    HeaderMap, HeaderValue, Uri,
    header::{ACCEPT, ACCEPT_ENCODING},
};

const JSON: &[&str] = &["application/json", "application/*", "*/*", "application/problem+json"];
const CSV: &[&str] = &["text/csv", "text/*"];

/// Refuses a request that wants anything but what this path answers with.
pub(super) fn check_accept(uri: &Uri, headers: &HeaderMap) -> Result<(), Problem> {
    let csv = uri.path().trim_end_matches('/').ends_with(".csv");
    let mut any = true;
    for range in headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(str::trim)
        .filter(|range| !range.is_empty())
    {
        let (kind, parameters) = range.split_once(';').unwrap_or((range, ""));
        let kind = kind.trim();
        let is_one_of = |known: &[&str]| known.iter().any(|known| known.eq_ignore_ascii_case(kind));
        let known = is_one_of(JSON) || csv && is_one_of(CSV);
        if known && !refused_by_quality(parameters) {
            return Ok(());
        }
        any = false;
    }
    if any {
        return Ok(());
    }
    let detail = "answers are application/json, which the Accept header of this request excludes";
    Err(Problem::new(codes::NOT_ACCEPTABLE, detail))
}

/// `q=0`, in any of its spellings, says: not this one.
fn refused_by_quality(parameters: &str) -> bool {
    parameters
        .split(';')
        .filter_map(|parameter| parameter.trim().strip_prefix("q="))
        .any(|quality| quality.bytes().all(|b| b == b'0' || b == b'.'))
}

/// Leaves of `Accept-Encoding` what we can answer in, or takes it off. Else whoever compresses
/// would answer 406 after the handler has run, and a placed order would look refused.
pub(super) fn settle_encoding(headers: &mut HeaderMap) {
    let given = headers.get_all(ACCEPT_ENCODING).iter();
    let items = given.flat_map(|value| value.to_str().unwrap_or_default().split(','));
    let wanted: Vec<String> = items
        .filter_map(|item| {
            let (name, quality) = item.split_once(';').unwrap_or((item, ""));
            let quality = quality.trim().strip_prefix("q=").unwrap_or("1");
            let is_wanted = quality.trim().parse::<f32>().is_ok_and(|quality| quality > 0.0);
            is_wanted.then(|| name.trim().to_ascii_lowercase())
        })
        .collect();
    let ours = ["zstd", "gzip"].into_iter().find(|ours| wanted.iter().any(|name| name == ours));
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
        ] {
            let mut headers = HeaderMap::new();
            for value in &accept {
                headers.append(ACCEPT, value.parse().unwrap());
            }
            let checked = check_accept(&path.parse().unwrap(), &headers);
            assert_eq!(checked.is_ok(), ok, "{path} {accept:?}");
        }
    }

    #[test]
    fn of_encodings_only_one_of_ours_is_left() {
        for (given, left) in [
            ("gzip, deflate, br, zstd", Some("zstd")),
            ("GZIP;q=0.5, identity;q=0", Some("gzip")),
            ("identity;q=0", None),
            ("*;q=0", None),
            ("br, identity;q=0", None),
            ("gzip;q=0, zstd;q=0.0", None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static(given));
            settle_encoding(&mut headers);
            let kept = headers.get(ACCEPT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!(kept, left, "{given}");
        }
    }
}
