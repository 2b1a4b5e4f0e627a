//! Answers of the usual kinds.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::{etag, problem::Problem};

const IDEMPOTENT_REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");
const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// An answer with a JSON body.
pub fn json<T: Serialize + ?Sized>(status: StatusCode, value: &T) -> Response {
    match serde_json::to_vec(value) {
        Ok(bytes) => json_bytes(status, bytes),
        Err(error) => {
            tracing::error!(%error, "an answer could not be written as JSON");
            Problem::internal().into_response()
        }
    }
}

/// An answer whose JSON is already written, such as a cached page.
pub fn json_bytes(status: StatusCode, bytes: impl Into<Body>) -> Response {
    let mut response = Response::new(bytes.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, JSON);
    response
}

/// 201 with what was made, and where it is now.
pub fn created<T: Serialize + ?Sized>(url: &str, value: &T) -> Response {
    let mut response = json(StatusCode::CREATED, value);
    if let Ok(url) = HeaderValue::from_str(url) {
        response.headers_mut().insert(LOCATION, url);
    }
    response
}

/// Marks the answer to a request that was carried out before.
pub fn replayed(mut answer: Response, is_replay: bool) -> Response {
    if is_replay {
        answer.headers_mut().insert(IDEMPOTENT_REPLAYED, HeaderValue::from_static("true"));
    }
    answer
}

/// 200 with an entity tag; 304 without a body if the client has these bytes already.
pub fn tagged<T: Serialize + ?Sized>(
    known: &HeaderMap,
    version: Option<i64>,
    value: &T,
) -> Result<Response, Problem> {
    let body = serde_json::to_vec(value).map_err(|_| Problem::internal())?;
    let tag = etag::make(version, &body);
    if let Some(answer) = etag::not_modified(known, &tag) {
        return Ok(answer);
    }
    let mut answer = json_bytes(StatusCode::OK, body);
    answer.headers_mut().insert(ETAG, tag);
    Ok(answer)
}
