//! What is done to every request and every answer, around the router, in one place.
//!
//! Every answer has a Correlation-ID; every problem leaves as problem+json; a handler that panics
//! is a 500 like any other and never closes a connection. Nothing else renders a `Problem`. What
//! does not say otherwise is kept by nobody.

use super::{
    codes,
    correlation::{CORRELATION_ID, CorrelationId, CorrelationIds},
    doors::Doors,
    negotiation::settle_encoding,
    problems::Problem,
    traffic::Traffic,
};
use crate::telemetry::{Meters, correlated};
use axum::{
    Router,
    body::Body,
    extract::MatchedPath,
    http::{Request, StatusCode, Uri, header::CONTENT_TYPE, uri::PathAndQuery},
    response::{IntoResponse, Response},
};
use std::{
    convert::Infallible,
    future::poll_fn,
    net::SocketAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, OnceLock},
    task::{Context, Poll},
    time::Instant,
};
use tower::{Layer, Service};
use uuid::Uuid;

/// The router of a shop, ready to answer. Cheap to clone.
#[derive(Clone)]
pub struct Envelope {
    router: Router,
    shared: Arc<Shared>,
}

struct Shared {
    doors: Doors,
    ids: CorrelationIds,
    traffic: Traffic,
}

/// The address that a request came from; an extension of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Peer(pub SocketAddr);

impl Envelope {
    pub fn new(router: Router, doors: Doors, meters: &Meters) -> Envelope {
        Envelope {
            router: router.layer(RouteNote),
            shared: Arc::new(Shared {
                doors,
                ids: CorrelationIds::new(),
                traffic: Traffic::new(meters),
            }),
        }
    }

    /// Answers one request. Always: what goes wrong is an answer too.
    pub async fn answer<B>(self, peer: SocketAddr, request: Request<B>) -> Response
    where
        B: hyper::body::Body<Data = bytes::Bytes> + Send + 'static,
        B::Error: Into<axum::BoxError>,
    {
        let started = Instant::now();
        let Envelope { mut router, shared } = self;
        let (id, header) = shared.ids.take(request.headers().get(&CORRELATION_ID));
        let method = request.method().clone();
        let uri = request.uri().clone();
        let route = RouteSlot::default();
        let client = shared.doors.client(peer.ip(), request.headers());
        let reader = shared.doors.reader(request.headers());

        let mut response = match shared.doors.enter(&request, client, reader.as_ref(), started) {
            Err(problem) => problem.into_response(),
            Ok(Some(response)) => response,
            Ok(None) => {
                let mut request = request.map(Body::new);
                strip_slash(request.uri_mut());
                settle_encoding(uri.path(), request.headers_mut());
                let extensions = request.extensions_mut();
                extensions.insert(CorrelationId(id));
                extensions.insert(Peer(peer));
                extensions.insert(client);
                extensions.insert(route.clone());
                let handled = unpanicked(correlated(id, router.call(request))).await;
                handled.unwrap_or_else(|panic| shared.panicked(id, &panic))
            }
        };
        if let Some(problem) = take_problem(&mut response) {
            shared.traffic.count_problem(problem.code());
            response = problem.render(response, header.to_str().unwrap_or_default());
        }
        let headers = response.headers_mut();
        headers.insert(CORRELATION_ID, header);
        shared.doors.dress(headers, reader);

        let (status, took) = (response.status(), started.elapsed());
        let route = route.0.get().map(MatchedPath::as_str);
        shared.traffic.count(route, &method, status, took);
        let path = uri.path();
        match status {
            StatusCode::INTERNAL_SERVER_ERROR => {
                shared.traffic.count_fault();
                tracing::error!(correlation_id = %id, %method, path, ?took, "answered 500");
            }
            // Too busy is not a fault, and a line for each would make the shop busier still.
            _ => tracing::debug!(
                correlation_id = %id, %method, path, status = status.as_u16(), ?took, client = %client.0, "answered"
            ),
        }
        response
    }
}

impl Shared {
    fn panicked(&self, id: Uuid, panic: &str) -> Response {
        tracing::error!(correlation_id = %id, panic, "a handler panicked");
        Problem::internal().into_response()
    }
}

/// What an answer is a problem with, if it is one: as a handler said, or by the status of an
/// answer that says nothing more (the router's own, a refusal of an extractor).
fn take_problem(response: &mut Response) -> Option<Problem> {
    if let Some(problem) = response.extensions_mut().remove::<Problem>() {
        return Some(problem);
    }
    let status = response.status();
    if !(status.is_client_error() || status.is_server_error()) {
        return None;
    }
    let bare = response
        .headers()
        .get(CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    let code = codes::of_status(status);
    bare.then(|| Problem::new(code, code.title))
}

/// Every path works with and without its last slash, for every method, without a redirect.
fn strip_slash(uri: &mut Uri) {
    let path = uri.path();
    if path.len() < 2 || !path.ends_with('/') {
        return;
    }
    let mut text = path[..path.len() - 1].to_owned();
    if let Some(query) = uri.query() {
        text.push('?');
        text.push_str(query);
    }
    let mut parts = uri.clone().into_parts();
    // A part of a valid path is a valid path; if not, it stays as it came.
    if let Ok(path) = PathAndQuery::try_from(text) {
        parts.path_and_query = Some(path);
        if let Ok(stripped) = Uri::from_parts(parts) {
            *uri = stripped;
        }
    }
}

/// Runs a handler to its end, or to its panic, which becomes its message.
async fn unpanicked(
    handler: impl Future<Output = Result<Response, Infallible>>,
) -> Result<Response, String> {
    let mut handler = pin!(handler);
    // A handler that panicked is dropped and never polled again, so nobody sees its broken state;
    // what it shares with others is channels and atomics.
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| handler.as_mut().poll(context))) {
        Ok(Poll::Pending) => Poll::Pending,
        Ok(Poll::Ready(Ok(response))) => Poll::Ready(Ok(response)),
        Ok(Poll::Ready(Err(never))) => match never {},
        Err(panic) => Poll::Ready(Err(message_of(&*panic))),
    })
    .await
}

fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").to_owned()
}

/// Where the router writes down which route a request took: outside it, that is not to be seen.
#[derive(Clone, Default)]
struct RouteSlot(Arc<OnceLock<MatchedPath>>);

#[derive(Clone)]
struct RouteNote;

#[derive(Clone)]
struct NotingRoute<S>(S);

impl<S> Layer<S> for RouteNote {
    type Service = NotingRoute<S>;

    fn layer(&self, inner: S) -> NotingRoute<S> {
        NotingRoute(inner)
    }
}

impl<S: Service<Request<Body>>> Service<Request<Body>> for NotingRoute<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> S::Future {
        let extensions = request.extensions();
        if let Some(slot) = extensions.get::<RouteSlot>()
            && let Some(path) = extensions.get::<MatchedPath>()
        {
            // Of two, the first and outermost stays.
            let _ = slot.0.set(path.clone());
        }
        self.0.call(request)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::correlation_id;
    use axum::{
        http::{Method, Version},
        routing::{get, post},
    };
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    const PEER: SocketAddr =
        SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 9);

    async fn panicking() -> StatusCode {
        std::panic::panic_any("the test wants a panic")
    }

    /// Shows what a line would carry that is logged here.
    async fn logging() -> String {
        tokio::task::yield_now().await;
        format!("{:?}", correlation_id())
    }

    fn envelope(meters: &Meters) -> Envelope {
        let show = async |CorrelationId(id): CorrelationId| id.to_string();
        let refuse = async || Problem::overloaded("busy").with("waiting", 7);
        let router = Router::new()
            .route("/api/show", get(show).post(show))
            .route("/api/echo/{id}", get(async |uri: Uri| uri.to_string()))
            .route("/api/refuse", post(refuse))
            .route("/api/panic", get(panicking))
            .route("/api/log", get(logging))
            .route("/api/plain", get(async || (StatusCode::CONFLICT, "a plain refusal")));
        Envelope::new(router, Doors::to("shop.example"), meters)
    }

    struct Answer {
        status: u16,
        headers: axum::http::HeaderMap,
        body: String,
    }

    impl Answer {
        fn problem(&self) -> Value {
            assert_eq!(self.headers[CONTENT_TYPE], "application/problem+json");
            serde_json::from_str(&self.body).unwrap()
        }
    }

    async fn send(
        envelope: &Envelope,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path).version(Version::HTTP_11);
        if headers.iter().all(|(name, _)| *name != "host") {
            request = request.header("host", "shop.example");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let response = envelope.clone().answer(PEER, request).await;
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer {
            status: head.status.as_u16(),
            headers: head.headers,
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }

    #[tokio::test]
    async fn every_answer_has_the_correlation_id_that_its_handler_saw() {
        let envelope = envelope(&Meters::new().unwrap());
        let given = "018f0c3e-0000-7000-8000-000000000001";
        let answer = send(&envelope, Method::GET, "/api/show", &[("correlation-id", given)]).await;
        assert_eq!(answer.headers[CORRELATION_ID], given);
        assert_eq!(answer.body, given);
        for path in ["/api/show", "/api/panic", "/nowhere"] {
            let answer = send(&envelope, Method::GET, path, &[("correlation-id", "mine")]).await;
            let made = answer.headers[CORRELATION_ID].to_str().unwrap().to_owned();
            assert!(Uuid::try_parse(&made).is_ok());
            assert!(answer.body.contains(&made), "{path}: {}", answer.body);
        }
    }

    #[tokio::test]
    async fn what_a_handler_logs_carries_its_correlation_id() {
        let envelope = envelope(&Meters::new().unwrap());
        let given = "018f0c3e-0000-7000-8000-000000000001";
        let answer = send(&envelope, Method::GET, "/api/log", &[("correlation-id", given)]).await;
        assert_eq!(answer.body, format!("Some({given})"));
        assert_eq!(correlation_id(), None);
    }

    #[tokio::test]
    async fn every_failure_is_a_problem() {
        let envelope = envelope(&Meters::new().unwrap());
        for (method, path, headers, status, code) in [
            (Method::GET, "/nowhere", vec![], 404, "not_found"),
            (Method::DELETE, "/api/show", vec![], 405, "method_not_allowed"),
            (Method::GET, "/api/plain", vec![], 409, "conflict"),
            (Method::GET, "/api/panic", vec![], 500, "internal"),
            (Method::POST, "/api/refuse", vec![], 503, "overloaded"),
            (Method::GET, "/api/show", vec![("host", "evil")], 400, "host_not_allowed"),
            (Method::GET, "/api/show", vec![("accept", "text/html")], 406, "not_acceptable"),
        ] {
            let answer = send(&envelope, method, path, &headers).await;
            let problem = answer.problem();
            assert_eq!(answer.status, status, "{path}");
            assert_eq!(problem["status"], status);
            assert_eq!(problem["code"], code);
            assert_eq!(problem["type"], format!("urn:sutler:problem:{code}"));
            assert_eq!(problem["correlation_id"], answer.headers[CORRELATION_ID].to_str().unwrap());
            assert!(problem["title"].is_string() && problem["detail"].is_string());
            assert!(!answer.headers.contains_key("content-length"), "it was the empty body's");
        }
        let answer = send(&envelope, Method::POST, "/api/refuse", &[]).await;
        assert_eq!(answer.problem()["waiting"], json!(7));
        assert_eq!(answer.headers["retry-after"], "1");
        let answer = send(&envelope, Method::DELETE, "/api/show", &[]).await;
        assert_eq!(answer.headers["allow"], "GET,HEAD,POST");
    }

    #[tokio::test]
    async fn a_path_works_with_and_without_its_last_slash() {
        let envelope = envelope(&Meters::new().unwrap());
        for (method, path, status, body) in [
            (Method::GET, "/api/echo/1/", 200, "/api/echo/1"),
            (Method::GET, "/api/echo/1/?a=b/", 200, "/api/echo/1?a=b/"),
            (Method::GET, "/api/echo/1", 200, "/api/echo/1"),
            (Method::GET, "/api/echo/1//", 404, ""),
            (Method::POST, "/api/refuse/", 503, ""),
            (Method::GET, "/", 404, ""),
        ] {
            let answer = send(&envelope, method, path, &[]).await;
            assert_eq!(answer.status, status, "{path}");
            assert!(body.is_empty() || answer.body == body, "{path}: {}", answer.body);
        }
    }

    #[tokio::test]
    async fn requests_are_counted_under_their_route() {
        let meters = Meters::new().unwrap();
        let envelope = envelope(&meters);
        for path in ["/api/echo/1", "/api/echo/2/", "/api/panic", "/nowhere"] {
            send(&envelope, Method::GET, path, &[]).await;
        }
        let text = meters.render();
        for line in [
            "http_requests_total{route=\"/api/echo/{id}\",method=\"GET\",status=\"2xx\"} 2",
            "http_requests_total{route=\"/api/panic\",method=\"GET\",status=\"5xx\"} 1",
            "http_requests_total{route=\"none\",method=\"GET\",status=\"4xx\"} 1",
            "http_faults_total 1",
            "http_problems_total{code=\"not_found\"} 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
