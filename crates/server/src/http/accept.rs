//! Whether a request accepts what its path answers with.

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, Uri};

use super::codes;
use super::problem::Problem;

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
}
