//! Reading the body of a request as JSON, within bounds of size and time.
//!
//! What is not JSON by its header is 415, too large 413, too slow 408, not JSON in fact 400.

use std::time::Duration;

use axum::body::Body;
use axum::extract::{FromRef, FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use serde_json::Value;

use super::codes;
use super::fields::Fields;
use super::problem::Problem;

/// A body beyond the limit is read on to so many times the limit, and thrown away: a client that
/// is still sending does not hear an answer.
const DRAINED: usize = 4;

/// How large a body may be, and how long it may take to arrive.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    pub size: usize,
    pub time: Duration,
}

/// A body that is JSON. As an argument of a handler it takes the limits from the router's state.
#[derive(Debug)]
pub struct JsonBody(pub Value);

impl JsonBody {
    /// Reads the fields of the object that the body must be.
    pub fn read<'a, T>(
        &'a self,
        read: impl FnOnce(&mut Fields<'a>) -> Option<T>,
    ) -> Result<T, Problem> {
        Fields::read(&self.0, read)
    }
}

impl<S> FromRequest<S> for JsonBody
where
    S: Send + Sync,
    BodyLimits: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<JsonBody, Problem> {
        let limits = BodyLimits::from_ref(state);
        let (head, body) = request.into_parts();
        read_json(&head.headers, body, limits).await.map(JsonBody)
    }
}

/// Reads a body as JSON.
pub async fn read_json(
    headers: &HeaderMap,
    body: Body,
    limits: BodyLimits,
) -> Result<Value, Problem> {
    if !headers.get(CONTENT_TYPE).is_some_and(|kind| is_json(kind.as_bytes())) {
        let detail = "the Content-Type of the body must be application/json";
        return Err(Problem::new(codes::UNSUPPORTED_MEDIA_TYPE, detail));
    }
    let bytes = read_bytes(headers, body, limits).await?;
    if bytes.is_empty() {
        return Err(Problem::malformed_json("the body is empty"));
    }
    serde_json::from_slice(&bytes).map_err(|error| Problem::malformed_json(error.to_string()))
}

/// Reads a body of any kind.
pub async fn read_bytes(
    headers: &HeaderMap,
    body: Body,
    limits: BodyLimits,
) -> Result<Bytes, Problem> {
    let announced = headers
        .get(CONTENT_LENGTH)
        .and_then(|length| length.to_str().ok()?.parse::<usize>().ok())
        .unwrap_or(0);
    // Who waits for a word before sending is told at once.
    let waits = headers.contains_key(EXPECT);
    if announced > limits.size.saturating_mul(DRAINED) || waits && announced > limits.size {
        return Err(too_large(limits));
    }
    // The timer is only started if the body is not there yet.
    match tokio::time::timeout(limits.time, collect(body, limits)).await {
        Ok(read) => read,
        Err(_) => {
            let detail = format!("the body did not arrive within {:?}", limits.time);
            Err(Problem::new(codes::REQUEST_TIMEOUT, detail))
        }
    }
}

async fn collect(mut body: Body, limits: BodyLimits) -> Result<Bytes, Problem> {
    let mut first = Bytes::new();
    let mut more = BytesMut::new();
    let mut size = 0_usize;
    while let Some(frame) = body.frame().await {
        let broken = |_| Problem::bad_request("the body broke off, or is not framed as HTTP asks");
        let Ok(data) = frame.map_err(broken)?.into_data() else {
            continue;
        };
        size = size.saturating_add(data.len());
        if size > limits.size {
            if size > limits.size.saturating_mul(DRAINED) {
                break;
            }
        } else if first.is_empty() {
            // Nearly every body is one frame, and is not copied.
            first = data;
        } else {
            if more.is_empty() {
                more.extend_from_slice(&first);
            }
            more.extend_from_slice(&data);
        }
    }
    match size {
        size if size > limits.size => Err(too_large(limits)),
        _ if more.is_empty() => Ok(first),
        _ => Ok(more.freeze()),
    }
}

fn too_large(limits: BodyLimits) -> Problem {
    let detail = format!("the body must have at most {} bytes", limits.size);
    Problem::new(codes::BODY_TOO_LARGE, detail)
}

/// `application/json`, or a kind that is written in JSON (`application/problem+json`).
fn is_json(kind: &[u8]) -> bool {
    let end = kind.iter().position(|b| *b == b';').unwrap_or(kind.len());
    let kind = kind[..end].trim_ascii().to_ascii_lowercase();
    kind == b"application/json" || kind.starts_with(b"application/") && kind.ends_with(b"+json")
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;
    use std::convert::Infallible;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Frame;

    use super::*;

    const LIMITS: BodyLimits = BodyLimits { size: 20, time: Duration::from_secs(5) };

    async fn read(kind: Option<&str>, body: impl Into<Body>) -> Result<Value, Problem> {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        }
        read_json(&headers, body.into(), LIMITS).await
    }

    #[tokio::test]
    async fn the_header_must_say_json() {
        for (kind, ok) in [
            (Some("application/json"), true),
            (Some("Application/JSON; charset=utf-8"), true),
            (Some("application/merge-patch+json"), true),
            (Some("text/json"), false),
            (Some("application/x-www-form-urlencoded"), false),
            (Some("application/jsonx"), false),
            (None, false),
        ] {
            let code = read(kind, "{}").await.err().map(|problem| problem.code());
            assert_eq!(code, (!ok).then_some(codes::UNSUPPORTED_MEDIA_TYPE), "{kind:?}");
        }
    }

    #[tokio::test]
    async fn what_is_not_json_says_where() {
        for (body, code, part) in [
            ("", codes::MALFORMED_JSON, "empty"),
            ("{\"a\":1,\n}", codes::MALFORMED_JSON, "line 2 column 1"),
            ("{} {}", codes::MALFORMED_JSON, "line 1 column 4"),
            ("{\"a\": NaN}", codes::MALFORMED_JSON, "line 1"),
            ("\"\\ud800\"", codes::MALFORMED_JSON, "line 1"),
            ("[[[[[[[[[[[[[[[[[[[[[", codes::BODY_TOO_LARGE, "20 bytes"),
        ] {
            let problem = read(Some("application/json"), body).await.unwrap_err();
            assert_eq!(problem.code(), code, "{body}");
            assert!(problem.detail().contains(part), "{body}: {}", problem.detail());
        }
        let not_text = read(Some("application/json"), vec![b'"', 0xff, b'"']).await;
        assert_eq!(not_text.unwrap_err().code(), codes::MALFORMED_JSON);
    }

    #[tokio::test]
    async fn numbers_keep_their_digits() {
        let value = read(Some("application/json"), "[0.10,1e400]").await.unwrap();
        assert_eq!(value.to_string(), "[0.10,1e+400]");
    }

    #[tokio::test]
    async fn a_body_may_come_in_pieces() {
        for (pieces, ok) in [
            (vec!["{\"a\"", ":", "1}"], true),
            (vec!["\"1234567890", "12345678\""], true),
            (vec!["\"1234567890", "123456789\""], false),
        ] {
            let pieces = pieces.into_iter().map(|piece| Bytes::from_static(piece.as_bytes()));
            let body = Body::new(Pieces(pieces.collect()));
            assert_eq!(read(Some("application/json"), body).await.is_ok(), ok);
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let limits = BodyLimits { time: Duration::from_millis(1), ..LIMITS };
        let headers = HeaderMap::new();
        let read = read_bytes(&headers, Body::new(Never), limits).await;
        let problem = read.unwrap_err();
        assert_eq!(problem.code(), codes::REQUEST_TIMEOUT);
    }

    #[tokio::test]
    async fn a_body_announced_too_large_is_not_waited_for() {
        for (length, expects) in [("100", false), ("21", true)] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_LENGTH, length.parse().unwrap());
            if expects {
                headers.insert(EXPECT, "100-continue".parse().unwrap());
            }
            let problem = read_bytes(&headers, Body::new(Never), LIMITS).await.unwrap_err();
            assert_eq!(problem.code(), codes::BODY_TOO_LARGE);
        }
    }

    struct Pieces(VecDeque<Bytes>);

    impl hyper::body::Body for Pieces {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Ready(self.0.pop_front().map(|piece| Ok(Frame::data(piece))))
        }
    }

    struct Never;

    impl hyper::body::Body for Never {
        type Data = Bytes;
        type Error = Infallible;

        fn poll_frame(
            self: Pin<&mut Self>,
            _: &mut Context<'_>,
        ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
            Poll::Pending
        }
    }
}
