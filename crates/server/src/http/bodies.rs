//! Reading the body of a request as JSON, within bounds of size and time; and the arguments of
//! handlers that are bodies.
//!
//! What is not plain JSON by its headers is 415, too large 413, too slow 408, not JSON in fact 400.

use super::{
    authentication::unix_now,
    codes,
    descriptions::Described,
    fields::{Fields, Given, Reads},
    json::Json,
    problems::Problem,
    rights::Who,
    routes::{BodyReader, Header, Operation, Takes, Tried},
};
use crate::{
    app::App,
    signatures::{self, Wrong},
};
use axum::{
    body::Body as Stream,
    extract::{FromRequest, Request},
    http::{
        HeaderMap,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT},
    },
};
use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Body as _;
use std::{marker::PhantomData, sync::Arc, time::Duration};

/// A body beyond the limit is read on to so many times the limit, and thrown away: a client that
/// is still sending does not hear an answer.
const DRAINED: usize = 4;

/// How large a body may be, and how long it may take to arrive.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimits {
    pub size: usize,
    pub time: Duration,
}

impl BodyLimits {
    fn of(app: &App) -> BodyLimits {
        BodyLimits { size: app.settings.body_limit, time: app.settings.body_timeout }
    }
}

/// A body, read.
pub struct Body<B>(pub B);

/// A body that need not be there.
pub struct OptionalBody<B>(pub Option<B>);

/// A body that is read once the handler knows what it is about.
pub struct LateBody<B>(Bytes, PhantomData<fn() -> B>);

impl<B: Reads> LateBody<B> {
    pub fn read(&self, given: Given<'_>) -> Result<B, Problem> {
        read_fields(&self.0, given)
    }
}

impl<B: Reads> FromRequest<Arc<App>> for Body<B> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Body<B>, Problem> {
        let (head, body) = request.into_parts();
        let bytes = json_bytes(&head.headers, body, BodyLimits::of(app)).await?;
        read_fields(&bytes, Given::of(app.currency)).map(Body)
    }
}

impl<B: Reads> FromRequest<Arc<App>> for OptionalBody<B> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<OptionalBody<B>, Problem> {
        match request.body().is_end_stream() {
            true => Ok(OptionalBody(None)),
            false => {
                let Body(body) = Body::from_request(request, app).await?;
                Ok(OptionalBody(Some(body)))
            }
        }
    }
}

impl<B: Reads> FromRequest<Arc<App>> for LateBody<B> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<LateBody<B>, Problem> {
        let (head, body) = request.into_parts();
        let bytes = json_bytes(&head.headers, body, BodyLimits::of(app)).await?;
        // What is not JSON is so whatever it is about.
        parse(&bytes)?;
        Ok(LateBody(bytes, PhantomData))
    }
}

/// A body that is signed by the secret that the shop shares with its fulfilment service.
pub struct Signed<B>(pub B);

impl<B: Reads> FromRequest<Arc<App>> for Signed<B> {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &Arc<App>) -> Result<Signed<B>, Problem> {
        let (head, body) = request.into_parts();
        let bytes = json_bytes(&head.headers, body, BodyLimits::of(app)).await?;
        check_signature(app, &head.headers, &bytes)?;
        read_fields(&bytes, Given::of(app.currency)).map(Signed)
    }
}

impl<B: Reads> Takes for Signed<B> {
    fn describe(operation: &mut Operation) {
        for (name, about) in [
            (signatures::ID, "The message's own id."),
            (signatures::TIMESTAMP, "When it was signed, in seconds since 1970."),
            (
                signatures::SIGNATURE,
                "v1, and HMAC-SHA256 of id.timestamp.body in base64; several with spaces between.",
            ),
        ] {
            operation.headers.push(Header { name, pattern: "^.+$", about });
        }
        operation.who = Who::Service;
        operation.refuses(&[codes::UNAUTHENTICATED]);
        describe::<B>(operation, true);
    }
}

fn check_signature(app: &App, headers: &HeaderMap, body: &[u8]) -> Result<(), Problem> {
    let said = |name| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.ok_or_else(|| Problem::unauthenticated(format!("the header {name} is missing")))
    };
    let signer = app.fulfilment.as_ref().map(|service| &service.signer).ok_or_else(|| {
        Problem::unauthenticated("this shop has no fulfilment service: processing is not http")
    })?;
    let (id, at, signatures) =
        (said(signatures::ID)?, said(signatures::TIMESTAMP)?, said(signatures::SIGNATURE)?);
    let timestamp = at.parse().map_err(|_| {
        Problem::unauthenticated("webhook-timestamp must be a number of seconds since 1970")
    })?;
    let message = signatures::Message { id, timestamp, body };
    signer.check(message, signatures, unix_now()).map_err(|wrong| {
        Problem::unauthenticated(match wrong {
            Wrong::Time => {
                "the message was signed too long ago, or lies ahead: five minutes at most"
            }
            Wrong::Signature => "none of the signatures is right for this message and the secret",
        })
    })
}

impl<B: Reads> Takes for Body<B> {
    fn describe(operation: &mut Operation) {
        describe::<B>(operation, true);
    }
}

impl<B: Reads> Takes for OptionalBody<B> {
    fn describe(operation: &mut Operation) {
        describe::<B>(operation, false);
    }
}

impl<B: Reads> Takes for LateBody<B> {
    fn describe(operation: &mut Operation) {
        describe::<B>(operation, true);
    }
}

fn describe<B: Reads>(operation: &mut Operation, is_needed: bool) {
    operation.body = Some(BodyReader {
        name: B::NAME,
        is_needed,
        describe: Described::of::<B>,
        try_body: try_body::<B>,
    });
    operation.refuses(&[
        codes::MALFORMED_JSON,
        codes::REQUEST_TIMEOUT,
        codes::BODY_TOO_LARGE,
        codes::UNSUPPORTED_MEDIA_TYPE,
        codes::INVALID,
    ]);
}

/// All bodies go through here.
pub fn read_fields<B: Reads>(bytes: &[u8], given: Given<'_>) -> Result<B, Problem> {
    let json = parse(bytes)?;
    Fields::read(&json, |fields| B::read(fields, given))
}

/// As `read_fields`, and tells what was asked for.
fn try_body<B: Reads>(bytes: &[u8], given: Given<'_>) -> Result<Tried, Problem> {
    let json = parse(bytes)?;
    let (body, asked) = Fields::read_traced(&json, |fields| B::read(fields, given))?;
    Ok(Tried { asked, page: body.page().cloned() })
}

fn parse(bytes: &[u8]) -> Result<Json<'_>, Problem> {
    if bytes.is_empty() {
        return Err(Problem::malformed_json("the body is empty"));
    }
    Json::parse(bytes).map_err(|error| Problem::malformed_json(format!("the body {error}")))
}

/// The bytes of a body that says it is JSON.
async fn json_bytes(
    headers: &HeaderMap,
    body: Stream,
    limits: BodyLimits,
) -> Result<Bytes, Problem> {
    let refused = |detail| Err(Problem::new(codes::UNSUPPORTED_MEDIA_TYPE, detail));
    if !headers.get(CONTENT_TYPE).is_some_and(|kind| is_json(kind.as_bytes())) {
        return refused("the Content-Type of the body must be application/json, in UTF-8");
    }
    let is_coded = |coding: &[u8]| !coding.trim_ascii().eq_ignore_ascii_case(b"identity");
    if headers.get_all(CONTENT_ENCODING).iter().any(|coding| is_coded(coding.as_bytes())) {
        return refused("the body must come as it is, without a Content-Encoding such as gzip");
    }
    read_bytes(headers, body, limits).await
}

/// Reads a body of any kind.
async fn read_bytes(
    headers: &HeaderMap,
    body: Stream,
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

async fn collect(mut body: Stream, limits: BodyLimits) -> Result<Bytes, Problem> {
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

/// `application/json`, or a kind that is written in JSON (`application/problem+json`); of another charset
/// than UTF-8 it is not JSON.
fn is_json(kind: &[u8]) -> bool {
    let kind = kind.to_ascii_lowercase();
    let mut parts = kind.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
    let kind = parts.next().unwrap_or_default();
    let is_json = kind == b"application/json"
        || kind.starts_with(b"application/") && kind.ends_with(b"+json");
    is_json && parts.filter_map(|part| part.strip_prefix(b"charset=")).all(is_utf8)
}

pub(super) fn is_utf8(charset: &[u8]) -> bool {
    matches!(charset, b"utf-8" | b"\"utf-8\"" | b"utf8")
}

#[cfg(test)]
mod tests {
    use super::*;
    use hyper::body::Frame;
    use std::{
        collections::VecDeque,
        convert::Infallible,
        pin::Pin,
        task::{Context, Poll},
    };

    const LIMITS: BodyLimits = BodyLimits { size: 20, time: Duration::from_secs(5) };

    async fn read(kind: Option<&str>, body: impl Into<Stream>) -> Result<String, Problem> {
        let mut headers = HeaderMap::new();
        if let Some(kind) = kind {
            headers.insert(CONTENT_TYPE, kind.parse().unwrap());
        }
        let bytes = json_bytes(&headers, body.into(), LIMITS).await?;
        parse(&bytes).map(|json| format!("{json:?}"))
    }

    #[tokio::test]
    async fn the_header_must_say_json() {
        for (kind, ok) in [
            (Some("application/json"), true),
            (Some("Application/JSON; charset=utf-8"), true),
            (Some("application/merge-patch+json"), true),
            (Some("application/json;charset=\"UTF-8\""), true),
            (Some("application/json; version=1 ;charset=utf8"), true),
            (Some("application/json; charset=utf-16"), false),
            (Some("application/json; charset=utf-8; charset=latin1"), false),
            (Some("application/problem+json;charset=iso-8859-1"), false),
            (Some("application/json; charset="), false),
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
    async fn a_body_that_is_compressed_is_refused_before_it_is_read() {
        for (coding, ok) in [("identity", true), ("gzip", false), ("zstd", false), ("", false)] {
            let mut headers = HeaderMap::new();
            headers.insert(CONTENT_TYPE, "application/json".parse().unwrap());
            headers.insert(CONTENT_ENCODING, coding.parse().unwrap());
            let body = if ok { Stream::from("{}") } else { Stream::new(Never) };
            let code = json_bytes(&headers, body, LIMITS).await.err().map(|problem| problem.code());
            assert_eq!(code, (!ok).then_some(codes::UNSUPPORTED_MEDIA_TYPE), "{coding}");
        }
    }

    #[tokio::test]
    async fn a_body_may_come_in_pieces() {
        for (pieces, ok) in [
            (vec!["{\"a\"", ":", "1}"], true),
            (vec!["\"1234567890", "12345678\""], true),
            (vec!["\"1234567890", "123456789\""], false),
        ] {
            let pieces = pieces.into_iter().map(|piece| Bytes::from_static(piece.as_bytes()));
            let body = Stream::new(Pieces(pieces.collect()));
            assert_eq!(read(Some("application/json"), body).await.is_ok(), ok);
        }
    }

    #[tokio::test]
    async fn a_body_that_does_not_come_is_given_up() {
        let limits = BodyLimits { time: Duration::from_millis(1), ..LIMITS };
        let headers = HeaderMap::new();
        let read = read_bytes(&headers, Stream::new(Never), limits).await;
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
            let problem = read_bytes(&headers, Stream::new(Never), LIMITS).await.unwrap_err();
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
