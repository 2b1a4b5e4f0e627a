//! Server-sent events: an answer that goes on for as long as its client listens. What is to be said next is
//! asked for when the client has taken what was said before, so that a slow one holds little.

use super::{
    answers::Answer,
    codes,
    problems::Problem,
    routes::{Header, Operation, Takes},
};
use axum::{
    body::Body,
    extract::FromRequestParts,
    http::{HeaderName, HeaderValue, header::CONTENT_TYPE, request::Parts},
    response::Response,
};
use bytes::Bytes;
use futures_util::{TryStreamExt, stream::BoxStream};

/// The kind of such an answer.
pub const STREAM: &str = "text/event-stream";
const LAST_EVENT_ID: &str = "last-event-id";
/// Proxies that gather answers before they pass them on are asked not to.
const UNGATHERED: HeaderName = HeaderName::from_static("x-accel-buffering");

/// How long a client waits before it comes again.
pub fn retry(milliseconds: u32) -> Bytes {
    format!("retry: {milliseconds}\n\n").into()
}

/// Says nothing: that there is still somebody.
pub fn beat() -> Bytes {
    Bytes::from_static(b":\n\n")
}

/// Where to go on, and nothing else: clients keep it, and tell nobody.
pub fn place(id: &str) -> Bytes {
    format!("id: {id}\n\n").into()
}

/// Something that happened. The data is of one line, as JSON is.
pub fn message(id: &str, kind: &str, data: &str) -> Bytes {
    format!("id: {id}\nevent: {kind}\ndata: {data}\n\n").into()
}

/// 200 with what is said, as it is said.
pub fn live<V>(said: BoxStream<'static, Result<Bytes, Problem>>) -> Answer<V> {
    let mut response = Response::new(Body::from_stream(said.map_err(super::streams::broken)));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(STREAM));
    headers.insert(UNGATHERED, HeaderValue::from_static("no"));
    Answer::of(response)
}

/// What a client has heard last, when it comes again.
pub struct Heard(pub Option<String>);

impl<S: Sync> FromRequestParts<S> for Heard {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Heard, Problem> {
        let mut values = parts.headers.get_all(LAST_EVENT_ID).iter();
        let Some(value) = values.next() else { return Ok(Heard(None)) };
        let refused = |why: &str| Problem::invalid_field("Last-Event-ID", why);
        if values.next().is_some() {
            return Err(refused("must come once"));
        }
        let text = value.to_str().map_err(|_| refused("is not one that this list gave out"))?;
        // A client that has heard nothing yet says so.
        Ok(Heard((!text.is_empty()).then(|| text.to_owned())))
    }
}

impl Takes for Heard {
    fn describe(operation: &mut Operation) {
        operation.headers.push(Header {
            name: "Last-Event-ID",
            pattern: "^([0-9a-f]{2})*$",
            about: "What a stream has given as its last id: it goes on there, whatever cursor says.",
        });
        operation.refuses(&[codes::INVALID]);
    }
}
