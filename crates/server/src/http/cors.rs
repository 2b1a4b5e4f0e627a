//! Pages of other sites that may use the API in a browser: the setting `cors_origins`.
//!
//! Every answer to such a page says so, also a refusal: a page that cannot read a 401 or a 429 cannot do
//! what it says. Who asks for nothing sees nothing of this.

use axum::{
    body::Body,
    http::{
        HeaderMap, HeaderValue, Method, Request, StatusCode,
        header::{
            ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS,
            ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
            ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_METHOD,
            ORIGIN, VARY,
        },
    },
    response::Response,
};

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
/// What requests bring that a browser asks for beforehand.
const REQUEST_HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Accept-Language, Idempotency-Key, If-Match, If-None-Match, \
     Correlation-ID, Sutler-Position, Cart-Token, Last-Event-ID",
);
/// What answers bring that a page may read.
const ANSWER_HEADERS: HeaderValue = HeaderValue::from_static(
    "ETag, Location, Correlation-ID, Sutler-Position, Retry-After, Idempotent-Replayed",
);
/// Two hours, the longest that all browsers keep.
const MAX_AGE_S: HeaderValue = HeaderValue::from_static("7200");

pub(super) struct Cors {
    is_for_any: bool,
    origins: Vec<String>,
}

impl Cors {
    /// None if there are no origins: then nothing is said of them.
    pub fn new(origins: &[String]) -> Option<Cors> {
        let is_for_any = origins.iter().any(|origin| origin == "*");
        (!origins.is_empty()).then(|| Cors { is_for_any, origins: origins.to_owned() })
    }

    /// Which origin an answer to this request is for, if it may be read there.
    pub fn reader(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        let origin = headers.get(ORIGIN)?;
        match self.is_for_any {
            true => Some(HeaderValue::from_static("*")),
            false => {
                let is_known = |known: &String| known.as_bytes() == origin.as_bytes();
                self.origins.iter().any(is_known).then(|| origin.clone())
            }
        }
    }

    /// Says who may read an answer.
    pub fn mark(&self, reader: Option<HeaderValue>, headers: &mut HeaderMap) {
        if !self.is_for_any {
            // For caches: to another origin the answer would be another one.
            headers.append(VARY, HeaderValue::from_static("Origin"));
        }
        let Some(reader) = reader else { return };
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, reader);
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, ANSWER_HEADERS);
        // To any site, a browser must not lend what it knows of its owner.
        if !self.is_for_any {
            headers.insert(ACCESS_CONTROL_ALLOW_CREDENTIALS, HeaderValue::from_static("true"));
        }
    }
}

/// Whether a browser asks what a page may ask.
pub(super) fn is_preflight<B>(request: &Request<B>) -> bool {
    request.method() == Method::OPTIONS
        && request.headers().contains_key(ACCESS_CONTROL_REQUEST_METHOD)
}

/// Everything that the API knows: what a route does not know, it says itself.
pub(super) fn preflight() -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    headers.insert(ACCESS_CONTROL_MAX_AGE, MAX_AGE_S);
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_for_who_may_read_it_and_for_nobody_else() {
        let two = ["https://a.example", "https://b.example"].as_slice();
        for (origins, asked, reader, lends, varies) in [
            (two, Some("https://a.example"), Some("https://a.example"), true, true),
            (two, Some("https://b.example"), Some("https://b.example"), true, true),
            (two, Some("https://a.example.evil"), None, false, true),
            (two, Some("https://a.example:8443"), None, false, true),
            (two, Some("null"), None, false, true),
            (two, None, None, false, true),
            (&["*"], Some("https://c.example"), Some("*"), false, false),
            (&["https://a.example", "*"], Some("https://a.example"), Some("*"), false, false),
            (&["*"], None, None, false, false),
        ] {
            let origins: Vec<String> = origins.iter().map(|origin| (*origin).to_owned()).collect();
            let cors = Cors::new(&origins).unwrap();
            let mut request = HeaderMap::new();
            if let Some(asked) = asked {
                request.insert(ORIGIN, asked.parse().unwrap());
            }
            let mut answer = HeaderMap::new();
            cors.mark(cors.reader(&request), &mut answer);
            let shown = answer.get(ACCESS_CONTROL_ALLOW_ORIGIN).map(|v| v.to_str().unwrap());
            assert_eq!(shown, reader, "{origins:?} {asked:?}");
            assert_eq!(answer.contains_key(ACCESS_CONTROL_ALLOW_CREDENTIALS), lends, "{asked:?}");
            assert_eq!(answer.contains_key(ACCESS_CONTROL_EXPOSE_HEADERS), reader.is_some());
            assert_eq!(answer.get(VARY).is_some_and(|vary| vary == "Origin"), varies);
        }
        assert!(Cors::new(&[]).is_none());
    }
}
