//! An answer that says what went wrong, after RFC 9457.
//!
//! A handler returns a `Problem`; the envelope writes it down, so there is one place that knows
//! how a problem looks and that puts the correlation id in.

use super::codes::{self, Code};
use crate::limits::TooOften;
use axum::{
    body::Body,
    http::{
        HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value};

/// What is wrong with one field of a body, or one parameter of a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Of a sheet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    pub field: String,
    pub message: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> FieldError {
        FieldError { line: None, field: field.into(), message: message.into() }
    }
}

/// Boxed, because it is the rare half of every handler's result.
#[derive(Clone, Debug)]
pub struct Problem(Box<Content>);

#[derive(Clone, Debug)]
struct Content {
    code: Code,
    detail: String,
    errors: Vec<FieldError>,
    members: Map<String, Value>,
    retry_after_s: Option<u64>,
}

impl Problem {
    pub fn new(code: Code, detail: impl Into<String>) -> Problem {
        Problem(Box::new(Content {
            code,
            detail: detail.into(),
            errors: Vec::new(),
            members: Map::new(),
            retry_after_s: None,
        }))
    }

    /// Adds a member of its own, such as the `lines` that are out of stock.
    pub fn with(mut self, name: &str, value: impl Into<Value>) -> Problem {
        self.0.members.insert(name.to_owned(), value.into());
        self
    }

    /// Says when to try again.
    pub fn retry_after(mut self, seconds: u64) -> Problem {
        self.0.retry_after_s = Some(seconds);
        self
    }

    /// Names the fields that are wrong.
    pub fn errors(mut self, errors: Vec<FieldError>) -> Problem {
        self.0.errors = errors;
        self
    }

    pub fn code(&self) -> Code {
        self.0.code
    }

    pub fn status(&self) -> StatusCode {
        self.0.code.status
    }

    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    pub fn field_errors(&self) -> &[FieldError] {
        &self.0.errors
    }

    pub fn bad_request(detail: impl Into<String>) -> Problem {
        Problem::new(codes::BAD_REQUEST, detail)
    }

    pub fn malformed_json(detail: impl Into<String>) -> Problem {
        Problem::new(codes::MALFORMED_JSON, detail)
    }

    /// 401: no, or no valid, credentials.
    pub fn unauthenticated(detail: impl Into<String>) -> Problem {
        Problem::new(codes::UNAUTHENTICATED, detail)
    }

    pub fn forbidden(detail: impl Into<String>) -> Problem {
        Problem::new(codes::FORBIDDEN, detail)
    }

    /// 404: not there, or not yours to know of.
    pub fn not_found(detail: impl Into<String>) -> Problem {
        Problem::new(codes::NOT_FOUND, detail)
    }

    /// 412: `If-Match` named another version than the present one.
    pub fn version_mismatch(detail: impl Into<String>) -> Problem {
        Problem::new(codes::VERSION_MISMATCH, detail)
    }

    /// 422 with every field that is wrong.
    pub fn invalid(errors: Vec<FieldError>) -> Problem {
        let detail = match errors.as_slice() {
            [one] if one.field.is_empty() => one.message.clone(),
            [one] => format!("{}: {}", one.field, one.message),
            many => format!("{} fields are not valid, see errors", many.len()),
        };
        Problem::new(codes::INVALID, detail).errors(errors)
    }

    /// 422 for one field.
    pub fn invalid_field(field: impl Into<String>, message: impl Into<String>) -> Problem {
        Problem::invalid(vec![FieldError::new(field, message)])
    }

    /// 429: too many were wrong before.
    pub fn too_many_attempts(late: TooOften) -> Problem {
        let seconds = late.wait_s();
        let when = told(seconds);
        let detail =
            format!("there were too many attempts, so this one was not made; try again {when}");
        Problem::new(codes::TOO_MANY_ATTEMPTS, detail).retry_after(seconds)
    }

    /// 429: somebody asks too often; nothing was begun.
    pub fn rate_limited(who: &str, late: TooOften) -> Problem {
        let seconds = late.wait_s();
        let when = told(seconds);
        let detail = format!("{who} has asked too often, so nothing was begun; try again {when}");
        Problem::new(codes::RATE_LIMITED, detail).retry_after(seconds)
    }

    /// 503 that says: nothing was begun, try again.
    pub fn overloaded(detail: impl Into<String>) -> Problem {
        Problem::new(codes::OVERLOADED, detail).retry_after(1)
    }

    /// 503 because something that the shop needs is away; nothing was done.
    pub fn unavailable(detail: impl Into<String>) -> Problem {
        Problem::new(codes::UNAVAILABLE, detail).retry_after(2)
    }

    /// 504: it was tried. How its end may become known, the route says (`unknown`).
    pub fn outcome_unknown() -> Problem {
        let detail = "it was tried and its end is not known yet";
        Problem::new(codes::OUTCOME_UNKNOWN, detail).retry_after(2)
    }

    /// Adds what to do.
    pub fn advise(&mut self, advice: &str) {
        self.0.detail = format!("{}; {advice}", self.0.detail);
    }

    /// 500. What happened goes to the log, not to the client.
    pub fn internal() -> Problem {
        let detail = "this is a fault of the shop; its log has more, under this correlation id";
        Problem::new(codes::INTERNAL, detail)
    }

    /// Its JSON.
    pub(super) fn written(&self, correlation_id: &str) -> Vec<u8> {
        let written = Written {
            kind: format!("urn:sutler:problem:{}", self.0.code.name),
            title: self.0.code.title,
            status: self.0.code.status.as_u16(),
            detail: &self.0.detail,
            code: self.0.code.name,
            correlation_id,
            errors: &self.0.errors,
            members: &self.0.members,
        };
        // Text and maps with text as keys always become JSON.
        serde_json::to_vec(&written).unwrap_or_default()
    }

    /// The answer as it goes out: the given head, for its headers, and this problem.
    pub(super) fn render(&self, mut head: Response, correlation_id: &str) -> Response {
        *head.status_mut() = self.0.code.status;
        let headers = head.headers_mut();
        // The router measured an empty body; hyper measures this one.
        headers.remove(CONTENT_LENGTH);
        headers.insert(CONTENT_TYPE, PROBLEM_JSON);
        if self.0.code.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if let Some(seconds) = self.0.retry_after_s {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        *head.body_mut() = Body::from(self.written(correlation_id));
        head
    }
}

const PROBLEM_JSON: HeaderValue = HeaderValue::from_static("application/problem+json");

#[derive(Serialize)]
struct Written<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    correlation_id: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(flatten)]
    members: &'a Map<String, Value>,
}

impl IntoResponse for Problem {
    /// An answer with a status and no body yet; the envelope finds the problem in it.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

fn told(seconds: u64) -> String {
    let unit = if seconds == 1 { "second" } else { "seconds" };
    format!("in {seconds} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_field_or_how_many() {
        let error = |field| FieldError::new(field, "is wrong");
        for (errors, detail) in [
            (vec![error("sku")], "sku: is wrong"),
            (vec![error("")], "is wrong"),
            (vec![error("a"), error("b")], "2 fields are not valid, see errors"),
        ] {
            assert_eq!(Problem::invalid(errors).detail(), detail);
        }
    }

    #[test]
    fn headers_follow_the_kind_of_problem() {
        for (problem, header, value) in [
            (Problem::unauthenticated("x"), WWW_AUTHENTICATE, "Bearer"),
            (Problem::overloaded("x"), RETRY_AFTER, "1"),
            (Problem::not_found("x").retry_after(7), RETRY_AFTER, "7"),
            (Problem::internal(), CONTENT_TYPE, "application/problem+json"),
        ] {
            let status = problem.status();
            let answer = problem.render(Response::default(), "id");
            assert_eq!(answer.headers()[header], value);
            assert_eq!(answer.status(), status);
        }
    }
}
