//! An end that is not known. How it may become known depends on the route and on the request, of which
//! whoever found it so knows nothing: it is said here, around the handler.

use super::{arguments::IDEMPOTENCY_KEY, codes, problems::Problem};
use axum::{body::Body, http::Request, response::Response};
use futures_util::future::{FutureExt, Map};
use std::task::{Context, Poll};
use tower::{Layer, Service};

/// Around a route that writes.
#[derive(Clone, Copy)]
pub struct Advising {
    pub takes_key: bool,
}

#[derive(Clone)]
pub struct Advised<S> {
    inner: S,
    takes_key: bool,
}

impl<S> Layer<S> for Advising {
    type Service = Advised<S>;

    fn layer(&self, inner: S) -> Advised<S> {
        Advised { inner, takes_key: self.takes_key }
    }
}

type Advise<E> = fn(Result<Response, E>) -> Result<Response, E>;

impl<S> Service<Request<Body>> for Advised<S>
where
    S: Service<Request<Body>, Response = Response>,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Map<S::Future, Advise<S::Error>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let advise: Advise<S::Error> =
            match (self.takes_key, request.headers().contains_key(IDEMPOTENCY_KEY)) {
                (true, true) => |answer| answer.map(by_its_key),
                (true, false) => |answer| answer.map(by_looking),
                // Done again it is the same, or refused; a login opens one session more.
                (false, _) => |answer| answer.map(by_asking_again),
            };
        self.inner.call(request).map(advise)
    }
}

fn by_its_key(answer: Response) -> Response {
    advised(answer, "send it again with the same Idempotency-Key to learn it")
}

fn by_looking(answer: Response) -> Response {
    advised(
        answer,
        "it came without an Idempotency-Key: look whether it was done before you send it again",
    )
}

fn by_asking_again(answer: Response) -> Response {
    advised(answer, "look whether it was done, or send it again: that does no harm if it was")
}

fn advised(mut answer: Response, advice: &str) -> Response {
    if let Some(problem) = answer.extensions_mut().get_mut::<Problem>()
        && problem.code().name == codes::OUTCOME_UNKNOWN.name
    {
        problem.advise(advice);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, routing::post};
    use tower::ServiceExt;

    #[tokio::test]
    async fn what_to_do_of_an_unknown_end_is_true_for_the_route_and_the_request() {
        let cases: [(bool, &[&str], &str); 4] = [
            (true, &["k"], "; send it again with the same Idempotency-Key"),
            (true, &[], "; it came without an Idempotency-Key: look"),
            (false, &[], "; look whether it was done, or send it again: that does no harm"),
            // It was looked at by nobody.
            (false, &["k"], "; look whether it was done, or send it again: that does no harm"),
        ];
        for (takes_key, keys, advice) in cases {
            for (problem, is_advised) in
                [(Problem::outcome_unknown(), true), (Problem::internal(), false)]
            {
                let handler = move || async move { Err::<(), _>(problem) };
                let serve = post(handler).layer(Advising { takes_key });
                let router = Router::new().route("/", serve);
                let mut request = Request::post("/");
                for key in keys {
                    request = request.header(IDEMPOTENCY_KEY, *key);
                }
                let request = request.body(Body::empty()).unwrap();
                let answer = router.oneshot(request).await.unwrap();
                let told = answer.extensions().get::<Problem>().unwrap().detail().to_owned();
                assert_eq!(told.contains(advice), is_advised, "{takes_key} {keys:?}: {told}");
            }
        }
    }
}
