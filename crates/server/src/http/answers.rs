//! Answers of the usual kinds. Each is written from the view that its type names, so that the
//! document cannot promise another one.

use super::{
    arguments::Known,
    etags,
    problems::Problem,
    shapes::{Named, Shape, View},
};
use crate::app::App;
use axum::{
    body::Body,
    http::{
        HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION, VARY},
    },
    response::{IntoResponse, Response},
};
use bytes::Bytes;
use serde::Serialize;
use serde_json::Value;
use std::marker::PhantomData;

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const SUTLER_POSITION: HeaderName = HeaderName::from_static("sutler-position");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer that shows a `V`. Contravariant in it, so that a view which borrows from what the
/// handler holds is an answer with a view of any life: `Answer<OrderView<'static>>`.
pub struct Answer<V>(Response, PhantomData<fn(V)>);

impl<V> IntoResponse for Answer<V> {
    fn into_response(self) -> Response {
        self.0
    }
}

impl<V> Answer<V> {
    pub(super) fn of(response: Response) -> Answer<V> {
        Answer(response, PhantomData)
    }

    /// Marks the answer to a request that was carried out before.
    pub fn replayed(mut self, is_replay: bool) -> Answer<V> {
        if is_replay {
            let flag = HeaderValue::from_static("true");
            self.0.headers_mut().insert(IDEMPOTENT_REPLAYED, flag);
        }
        self
    }

    /// Says of which commit the answer to a write is: opaque to clients. That it is not known takes
    /// nothing away from what was done.
    pub async fn of_commit(mut self, app: &App, commit: Option<i64>) -> Answer<V> {
        match app.position(commit).await {
            Ok(position) => {
                if let Ok(position) = HeaderValue::from_str(&position.to_string()) {
                    self.0.headers_mut().insert(SUTLER_POSITION, position);
                }
            }
            Err(error) => tracing::warn!(%error, "an answer is without its position"),
        }
        self
    }

    /// A page that says itself what it needs of its browser.
    pub fn with_policy(mut self, policy: &str) -> Answer<V> {
        if let Ok(policy) = HeaderValue::from_str(policy) {
            self.0.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
        }
        self
    }

    /// Says that it would be another answer to a request with another one of this header.
    pub fn differing_by(mut self, header: HeaderName) -> Answer<V> {
        let is_said = self.0.headers().get_all(VARY).iter().any(|said| *said == header.as_str());
        if !is_said {
            self.0.headers_mut().append(VARY, HeaderValue::from(header));
        }
        self
    }

    /// May be kept by anybody, and asked about each time.
    pub fn public(mut self) -> Answer<V> {
        self.0.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        self
    }
}

impl<V: View + Serialize> Answer<V> {
    /// 200 with this view.
    pub fn ok(view: &V) -> Answer<V> {
        Answer::with(StatusCode::OK, view)
    }

    pub fn with(status: StatusCode, view: &V) -> Answer<V> {
        match serde_json::to_vec(view) {
            Ok(bytes) => Answer::of(written(status, bytes)),
            Err(error) => {
                tracing::error!(%error, "an answer could not be written as JSON");
                Answer::of(Problem::internal().into_response())
            }
        }
    }

    /// 201 with what was made, and where it is now.
    pub fn created(url: &str, view: &V) -> Answer<V> {
        let mut answer = Answer::with(StatusCode::CREATED, view);
        if let Ok(url) = HeaderValue::from_str(url) {
            answer.0.headers_mut().insert(LOCATION, url);
        }
        answer
    }
}

/// Nothing is shown: that it was done is all there is to say.
pub struct Nothing;

impl Shape for Nothing {
    fn shape(_: &mut Named) -> Value {
        Value::Null
    }
}

impl View for Nothing {
    const NAME: &'static str = "Nothing";
    const KIND: &'static str = "";

    fn schema(_: &mut Named) -> Value {
        Value::Null
    }
}

impl Answer<Nothing> {
    /// 204.
    pub fn nothing() -> Answer<Nothing> {
        Answer::of(StatusCode::NO_CONTENT.into_response())
    }

    /// 202: what comes of it, a mail will tell.
    pub fn accepted() -> Answer<Nothing> {
        Answer::of(StatusCode::ACCEPTED.into_response())
    }
}

impl<V: View> Answer<V> {
    /// 200 with text of the view's own kind.
    pub fn text(text: String) -> Answer<V> {
        let mut response = Response::new(Body::from(text));
        response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(V::KIND));
        Answer::of(response)
    }
}

/// An answer as it was written, with its entity tag: what a cache can keep.
#[derive(Clone, Debug)]
pub struct Page {
    pub body: Bytes,
    pub etag: HeaderValue,
}

/// A page that shows a `V`.
pub struct Written<V> {
    pub page: Page,
    shows: PhantomData<fn(V)>,
}

impl<V> Written<V> {
    /// A page that was written from a `V` before.
    pub fn again(page: Page) -> Written<V> {
        Written { page, shows: PhantomData }
    }

    /// 200 with its entity tag; 304 without a body if the client has these bytes already.
    pub fn answer(self, known: &Known) -> Answer<V> {
        let Page { body, etag } = self.page;
        if let Some(answer) = etags::not_modified(known, &etag) {
            return Answer::of(answer);
        }
        let mut response = written(StatusCode::OK, body);
        response.headers_mut().insert(ETAG, etag);
        Answer::of(response)
    }
}

impl<V: View + Serialize> Written<V> {
    pub fn of(version: Option<i64>, view: &V) -> Result<Written<V>, Problem> {
        let body = serde_json::to_vec(view).map_err(|_| Problem::internal())?;
        let etag = etags::make(version, &body);
        Ok(Written::again(Page { body: body.into(), etag }))
    }
}

pub(super) fn written(status: StatusCode, bytes: impl Into<Body>) -> Response {
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}
