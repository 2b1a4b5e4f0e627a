//! What handlers take from the head of a request, beside who asks and the query.

use super::{
    codes,
    correlation::CorrelationId,
    etags::IfMatch,
    problems::Problem,
    routes::{Header, Operation, Takes},
};
use crate::app::App;
use axum::{
    extract::{FromRequestParts, Path, State},
    http::{HeaderMap, HeaderValue, header::IF_NONE_MATCH, request::Parts},
};
use domain::IdempotencyKey;
use std::sync::Arc;

/// The part of a path that names something. What is no text names nothing: 404.
pub struct Segment(pub String);

impl<S: Send + Sync> FromRequestParts<S> for Segment {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Segment, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::not_found("there is nothing of this name"))?;
        Ok(Segment(text))
    }
}

/// The `Idempotency-Key` of a request, if it has one.
pub struct Key(pub Option<IdempotencyKey>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Key, Problem> {
        let mut values = parts.headers.get_all("idempotency-key").iter();
        let Some(value) = values.next() else { return Ok(Key(None)) };
        let refused = |why: &str| Problem::invalid_field("Idempotency-Key", why);
        if values.next().is_some() {
            return Err(refused("must come once"));
        }
        let text = std::str::from_utf8(value.as_bytes()).map_err(|_| refused("must be UTF-8"))?;
        let key = IdempotencyKey::new(text).map_err(|error| refused(&error.to_string()))?;
        Ok(Key(Some(key)))
    }
}

/// The versions that an edit expects: `If-Match`.
pub struct Unless(pub Option<IfMatch>);

impl<S: Sync> FromRequestParts<S> for Unless {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Unless, Problem> {
        IfMatch::read(&parts.headers).map(Unless)
    }
}

/// Whether the client has seen the shop at some position: a read that brings it back sees at least that,
/// and so no page that was made before.
pub struct Seen(pub bool);

impl<S: Sync> FromRequestParts<S> for Seen {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Seen, Self::Rejection> {
        Ok(Seen(parts.headers.contains_key("sutler-position")))
    }
}

impl Takes for Seen {
    fn describe(operation: &mut Operation) {
        operation.headers.push(Header {
            name: "Sutler-Position",
            pattern: "^[!-~]{1,255}$",
            about: "As an answer has brought it: what is read is at least as new.",
        });
    }
}

/// What the client has already: `If-None-Match`.
#[derive(Default)]
pub struct Known(pub Vec<HeaderValue>);

impl Known {
    pub fn of(headers: &HeaderMap) -> Known {
        Known(headers.get_all(IF_NONE_MATCH).iter().cloned().collect())
    }
}

impl<S: Sync> FromRequestParts<S> for Known {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Known, Self::Rejection> {
        Ok(Known::of(&parts.headers))
    }
}

impl Takes for State<Arc<App>> {
    fn describe(_: &mut Operation) {}
}

impl Takes for CorrelationId {
    fn describe(_: &mut Operation) {}
}

impl Takes for Segment {
    fn describe(operation: &mut Operation) {
        operation.takes_segment = true;
        operation.refuses(&[codes::NOT_FOUND]);
    }
}

impl Takes for Key {
    fn describe(operation: &mut Operation) {
        operation.takes_key = true;
        operation.headers.push(Header {
            name: "Idempotency-Key",
            pattern: "^[!-~]{1,255}$",
            about: "The same request under the same key is carried out once, and answered again.",
        });
        operation.refuses(&[codes::IDEMPOTENCY_KEY_REUSED, codes::INVALID, codes::CONFLICT]);
    }
}

impl Takes for Unless {
    fn describe(operation: &mut Operation) {
        operation.headers.push(Header {
            name: "If-Match",
            pattern: r#"^(\*|[0-9]{1,18}|"[0-9]{1,18}(-[0-9a-f]{16})?")$"#,
            about: "The version, or the ETag, that the change is meant for.",
        });
        operation.refuses(&[codes::VERSION_MISMATCH, codes::BAD_REQUEST]);
    }
}

impl Takes for Known {
    fn describe(operation: &mut Operation) {
        operation.takes_known = true;
        operation.headers.push(Header {
            name: "If-None-Match",
            pattern: "^.*$",
            about: "The ETag of what the client has: the same is not sent again, but answered 304.",
        });
    }
}
