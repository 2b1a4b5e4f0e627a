//! What handlers take from the head of a request, beside who asks and the query.

use super::{
    clients::Client,
    codes,
    correlation::CorrelationId,
    etags::IfMatch,
    problems::Problem,
    routes::{Header, Operation, Takes},
};
use crate::{app::App, language::Language};
use axum::{
    extract::{FromRequestParts, Path, State},
    http::{
        HeaderMap, HeaderValue,
        header::{IF_NONE_MATCH, USER_AGENT},
        request::Parts,
    },
};
use domain::{IdempotencyKey, Text};
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

pub const IDEMPOTENCY_KEY: &str = "idempotency-key";
/// Text as a header can have it: a key that was taken once is taken for ever. The blanks around a header are
/// not of it.
const KEY_PATTERN: &str = r"^[^\x00-\x20\x7f]([^\x00-\x08\x0a-\x1f\x7f]{0,253}[^\x00-\x20\x7f])?$";

/// The `Idempotency-Key` of a request, if it has one.
pub struct Key(pub Option<IdempotencyKey>);

impl<S: Sync> FromRequestParts<S> for Key {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Key, Problem> {
        let mut values = parts.headers.get_all(IDEMPOTENCY_KEY).iter();
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
            pattern: "^.*$",
            about: "As an answer has brought it: what is read is at least as new.",
        });
    }
}

/// Where a request comes from, and how its sender is written to.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    pub correlation: domain::CorrelationId,
    pub client: Client,
    pub language: Language,
    /// That it asked for, if for any that the shop knows.
    pub wished: Option<Language>,
}

impl FromRequestParts<Arc<App>> for Origin {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Origin, Problem> {
        let CorrelationId(correlation) =
            CorrelationId::from_request_parts(parts, app).await.map_err(|_| Problem::internal())?;
        let client =
            Client::from_request_parts(parts, app).await.map_err(|_| Problem::internal())?;
        let usual = app.settings.mail_language;
        let wished = Language::wished(&parts.headers, usual);
        let language = wished.unwrap_or(usual);
        Ok(Origin { correlation: domain::CorrelationId(correlation), client, language, wished })
    }
}

impl Takes for Origin {
    fn describe(operation: &mut Operation) {
        CorrelationId::describe(operation);
        Client::describe(operation);
        Language::describe(operation);
    }
}

/// What the client calls itself, for its owner to know it again.
pub struct Agent(pub Option<Text<200>>);

impl<S: Sync> FromRequestParts<S> for Agent {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Agent, Self::Rejection> {
        let agent = parts.headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok());
        let agent: Option<String> = agent.map(|agent| agent.chars().take(200).collect());
        Ok(Agent(agent.and_then(|agent| Text::new(&agent).ok())))
    }
}

impl Takes for Agent {
    fn describe(_: &mut Operation) {}
}

/// The language that the client wants to be written to in: `Accept-Language`.
impl FromRequestParts<Arc<App>> for Language {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        app: &Arc<App>,
    ) -> Result<Language, Self::Rejection> {
        Ok(Language::of(&parts.headers, app.settings.mail_language))
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
            pattern: KEY_PATTERN,
            about: "The same request under the same key is carried out once, and answered again.",
        });
        operation.refuses(&[codes::IDEMPOTENCY_KEY_REUSED, codes::INVALID, codes::CONFLICT]);
    }
}

impl Takes for Language {
    fn describe(operation: &mut Operation) {
        operation.headers.push(Header {
            name: "Accept-Language",
            pattern: "^.*$",
            about: "In which language mail is written, if it is one that the shop knows (en, de).",
        });
    }
}

/// `*`, or versions and tags that begin with one, which may be weak.
const IF_MATCH: &str = r#"^(\*|(W/)?([0-9]{1,18}|"[0-9]{1,18}(-[0-9a-zA-Z]+)?")(\s*,\s*(W/)?([0-9]{1,18}|"[0-9]{1,18}(-[0-9a-zA-Z]+)?"))*)$"#;

impl Takes for Unless {
    fn describe(operation: &mut Operation) {
        operation.headers.push(Header {
            name: "If-Match",
            pattern: IF_MATCH,
            about: "The version, or the ETag, that the change is meant for; several with commas. Of an ETag the version counts.",
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use axum::http::Request;
    use testbed::TempDir;

    #[tokio::test]
    async fn a_key_is_taken_if_the_document_says_so() {
        let schema = serde_json::json!({ "type": "string", "pattern": KEY_PATTERN });
        for (text, is_one) in [
            ("k".to_owned(), true),
            ("kk".to_owned(), true),
            ("a b \"c\" #%&".to_owned(), true),
            ("a\tb".to_owned(), true),
            ("\u{e9}t\u{e9}".to_owned(), true),
            ("k".repeat(255), true),
            ("\u{e9}".repeat(255), true),
            (String::new(), false),
            ("k".repeat(256), false),
            ("\u{e9}".repeat(256), false),
            ("a\u{1}b".to_owned(), false),
            ("a\nb".to_owned(), false),
            ("a\u{7f}b".to_owned(), false),
        ] {
            let mut request = Request::new(());
            let value = HeaderValue::from_bytes(text.as_bytes());
            let is_header = value.is_ok();
            value.into_iter().for_each(|value| {
                request.headers_mut().insert(IDEMPOTENCY_KEY, value);
            });
            let mut parts = request.into_parts().0;
            let read = Key::from_request_parts(&mut parts, &()).await;
            assert_eq!(is_header && read.is_ok(), is_one, "{text}");
            assert_eq!(jsonschema::is_valid(&schema, &text.clone().into()), is_one, "{text}");
        }
    }

    #[tokio::test]
    async fn a_request_that_asks_for_no_language_gets_the_shops() {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let flags = [("database_url", url.as_str()), ("mail_language", "de")];
        let flags = flags.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let app = App::open(Settings::resolve(None, &[], &flags).unwrap(), false).unwrap();
        for (asked, expected) in [(None, Language::German), (Some("en"), Language::English)] {
            let mut request = Request::new(());
            if let Some(asked) = asked {
                request.headers_mut().insert("accept-language", HeaderValue::from_static(asked));
            }
            let mut parts = request.into_parts().0;
            let language = Language::from_request_parts(&mut parts, &app).await.unwrap();
            assert_eq!(language, expected, "{asked:?}");
        }
    }
}
