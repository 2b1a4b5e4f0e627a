//! Entity tags: `"7-9f86d081884c7d65"` for version 7 of something, `"9f86d081884c7d65"` for a list.
//!
//! A tag names exactly these bytes, the same on every node. A condition on writing looks only at
//! the version: stock that was sold since must not refuse an edit.

use super::{arguments::Known, problems::Problem};
use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT_ENCODING, ETAG, IF_MATCH, VARY},
    },
    response::{IntoResponse, Response},
};
use std::hash::{DefaultHasher, Hasher};

/// The tag of an answer's bytes, with the version of what it shows if that has one.
pub fn make(version: Option<i64>, bytes: &[u8]) -> HeaderValue {
    // Without random keys, so the same everywhere. Another release of Rust may hash differently,
    // which costs each client one answer in full.
    let mut hasher = DefaultHasher::new();
    hasher.write(bytes);
    let hash = hasher.finish();
    let tag = match version {
        Some(version) => format!("\"{version}-{hash:016x}\""),
        None => format!("\"{hash:016x}\""),
    };
    // Digits, hyphens and quotes are always a header's value.
    HeaderValue::try_from(tag).unwrap_or(HeaderValue::from_static("\"\""))
}

/// 304, if the client has these bytes already.
pub fn not_modified(Known(known): &Known, tag: &HeaderValue) -> Option<Response> {
    let ours = opaque(tag.to_str().ok()?);
    let is_known = items(known).any(|item| item == "*" || opaque(item) == ours);
    // It takes the place of an answer that may have been packed.
    let vary = HeaderValue::from(ACCEPT_ENCODING);
    let headers = [(ETAG, tag.clone()), (VARY, vary)];
    is_known.then(|| (StatusCode::NOT_MODIFIED, headers).into_response())
}

/// What a write asks of the present version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IfMatch {
    Any,
    Versions(Vec<i64>),
}

impl IfMatch {
    /// Reads `If-Match`: `*`, or versions as `7`, `"7"`, or a tag that begins with one. Weak tags
    /// count too: a proxy that compresses makes tags weak, the version stays true.
    pub fn read(headers: &HeaderMap) -> Result<Option<IfMatch>, Problem> {
        if !headers.contains_key(IF_MATCH) {
            return Ok(None);
        }
        if items(headers.get_all(IF_MATCH)).eq(["*"]) {
            return Ok(Some(IfMatch::Any));
        }
        let mut versions = Vec::new();
        for item in items(headers.get_all(IF_MATCH)) {
            versions.push(version_of(item).ok_or_else(malformed)?);
        }
        match versions.is_empty() {
            true => Err(malformed()),
            false => Ok(Some(IfMatch::Versions(versions))),
        }
    }

    /// `None`: any will do.
    pub fn versions(self) -> Option<Vec<i64>> {
        match self {
            IfMatch::Any => None,
            IfMatch::Versions(versions) => Some(versions),
        }
    }

    pub fn allows(&self, version: i64) -> bool {
        match self {
            IfMatch::Any => true,
            IfMatch::Versions(versions) => versions.contains(&version),
        }
    }
}

fn malformed() -> Problem {
    Problem::bad_request("If-Match must be *, or a version or an ETag as in \"7\"")
}

fn items<'a>(values: impl IntoIterator<Item = &'a HeaderValue>) -> impl Iterator<Item = &'a str> {
    // Our tags hold no commas, so a comma always separates. What is no text becomes an empty
    // item, which is no tag.
    let texts = values.into_iter().flat_map(|value| value.to_str().unwrap_or_default().split(','));
    texts.map(str::trim)
}

fn opaque(item: &str) -> &str {
    item.strip_prefix("W/").unwrap_or(item)
}

fn version_of(item: &str) -> Option<i64> {
    let tag = opaque(item);
    let tag = match tag.strip_prefix('"') {
        Some(rest) => rest.strip_suffix('"')?,
        None => tag,
    };
    let (version, hash) = tag.split_once('-').unwrap_or((tag, "0"));
    let plain = |text: &str, is: fn(&u8) -> bool| !text.is_empty() && text.bytes().all(|b| is(&b));
    if !plain(version, u8::is_ascii_digit) || !plain(hash, u8::is_ascii_alphanumeric) {
        return None;
    }
    version.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::{HeaderName, header::IF_NONE_MATCH};

    fn headers(name: HeaderName, values: &[&str]) -> HeaderMap {
        let values = values.iter().map(|value| (name.clone(), value.parse().unwrap()));
        values.collect()
    }

    #[test]
    fn a_tag_names_version_and_bytes() {
        assert_eq!(make(Some(7), b"x"), make(Some(7), b"x"));
        assert_ne!(make(Some(7), b"x"), make(Some(7), b"y"));
        assert_ne!(make(Some(7), b"x"), make(Some(8), b"x"));
        assert!(make(Some(7), b"x").to_str().unwrap().starts_with("\"7-"));
        assert_eq!(make(None, b"x").len(), 18);
    }

    #[test]
    fn known_bytes_are_not_sent_again() {
        let tag = HeaderValue::from_static("\"7-ab\"");
        for (values, known) in [
            (vec!["\"7-ab\""], true),
            (vec!["W/\"7-ab\""], true),
            (vec!["\"6-ab\", \"7-ab\""], true),
            (vec!["\"6-ab\"", "\"7-ab\""], true),
            (vec!["*"], true),
            (vec!["\"7-ac\""], false),
            (vec!["7-ab"], false),
            (vec![""], false),
            (vec![], false),
        ] {
            let answer = not_modified(&Known::of(&headers(IF_NONE_MATCH, &values)), &tag);
            assert_eq!(answer.is_some(), known, "{values:?}");
            if let Some(answer) = answer {
                assert_eq!(answer.status(), StatusCode::NOT_MODIFIED);
                assert_eq!(answer.headers()[ETAG], tag);
                assert_eq!(answer.headers()[VARY], "accept-encoding");
            }
        }
    }

    #[test]
    fn a_write_may_name_the_versions_it_expects() {
        let one = |version| Ok(Some(IfMatch::Versions(vec![version])));
        for (values, read) in [
            (vec![], Ok(None)),
            (vec!["*"], Ok(Some(IfMatch::Any))),
            (vec!["\"7-abc\""], one(7)),
            (vec!["\"7\""], one(7)),
            (vec!["W/\"7-x\""], one(7)),
            (vec!["7"], one(7)),
            (vec!["\"7\", 8", "9"], Ok(Some(IfMatch::Versions(vec![7, 8, 9])))),
            (vec![""], Err(())),
            (vec!["\"7"], Err(())),
            (vec!["\"abc\""], Err(())),
            (vec!["-7"], Err(())),
            (vec!["7-"], Err(())),
            (vec!["7;drop"], Err(())),
            (vec!["99999999999999999999"], Err(())),
        ] {
            let found = IfMatch::read(&headers(IF_MATCH, &values));
            assert_eq!(found.map_err(|_| ()), read, "{values:?}");
        }
        assert!(IfMatch::Any.allows(1));
        assert!(!IfMatch::Versions(vec![7]).allows(8));
    }
}
