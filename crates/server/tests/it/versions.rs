//! What the API has promised it keeps: its document is compared with that of the last release, by the rules of
//! docs/versions.md. A release is kept by KEEP_RELEASE=1.

mod rules;
mod schemas;

use jiff::{Timestamp, ToSpan, fmt::rfc2822, tz::TimeZone};
use schemas::{Comparison, Of, Way};
use serde_json::{Map, Value};
use server::http::document::followed;
use std::collections::BTreeMap;

/// What breaks clients that were written for the older one, on a day.
pub fn breaks(old: &Value, new: &Value, today: Timestamp) -> Vec<String> {
    let mut comparison = Comparison::default();
    let (olds, news) = (operations(old), operations(new));
    for (at, then) in &olds {
        match news.get(at) {
            None => match sunset(Of { document: old, schema: then }) {
                Some(until) if until <= today => {}
                Some(until) => comparison.breaks(at, format_args!("is gone before {until}")),
                None => comparison.breaks(at, "is gone"),
            },
            Some(now) => {
                let (old, new) =
                    (Of { document: old, schema: then }, Of { document: new, schema: now });
                comparison.operation(at, old, new);
            }
        }
    }
    comparison.breaks
}

/// What each answer of an operation says in a header, always.
fn said<'d>(operation: Of<'d>, name: &str) -> Option<&'d str> {
    let answers = operation.schema["responses"].as_object()?.values();
    let answers = answers.map(|answer| followed(operation.document, answer));
    let headers = answers.map(|answer| followed(operation.document, &answer["headers"][name]));
    headers.filter_map(|header| header["schema"]["const"].as_str()).next()
}

/// Until when an operation is there, if it will go one day.
fn sunset(operation: Of<'_>) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(said(operation, "Sunset")?).ok()
}

/// Since when it is not to be used any more.
fn deprecation(operation: Of<'_>) -> Option<Timestamp> {
    let since = said(operation, "Deprecation")?.strip_prefix('@')?;
    Timestamp::from_second(since.parse().ok()?).ok()
}

/// By method and path, whatever the parts of a path are called.
fn operations(document: &Value) -> BTreeMap<String, &Value> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let named = |path: &str, method: &str| {
        let parts = path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part });
        format!("{} {}", method.to_uppercase(), parts.collect::<Vec<_>>().join("/"))
    };
    paths
        .flat_map(|(path, operations)| {
            let operations = operations.as_object().into_iter().flatten();
            operations.map(move |(method, operation)| (named(path, method), operation))
        })
        .collect()
}

/// A member of both.
fn both<'d>(old: Of<'d>, new: Of<'d>, name: &str) -> (Of<'d>, Of<'d>) {
    let of = |of: Of<'d>| Of { schema: followed(of.document, &of.schema[name]), ..of };
    (of(old), of(new))
}

fn members(of: Of<'_>) -> impl Iterator<Item = (&String, &Value)> {
    of.schema.as_object().into_iter().flatten()
}

impl Comparison {
    fn operation(&mut self, at: &str, old: Of<'_>, new: Of<'_>) {
        if old.schema["operationId"] != new.schema["operationId"] {
            self.breaks(at, "its operationId is another one");
        }
        let alternatives = |of: Of<'_>| match of.schema["security"].as_array() {
            Some(some) if !some.is_empty() => some.clone(),
            _ => vec![Value::Object(Map::new())],
        };
        let now = alternatives(new);
        for gone in alternatives(old).iter().filter(|one| !now.contains(one)) {
            self.breaks(at, format_args!("can no longer be done with {gone}"));
        }
        self.end(at, old, new);
        self.parameters(at, old, new);
        let (then, now) = both(old, new, "requestBody");
        self.body(at, then, now);
        let (then, now) = both(old, new, "responses");
        self.responses(at, then, now);
    }

    /// Whoever was told of a day counts on it; whoever is told for the first time has a year.
    fn end(&mut self, at: &str, old: Of<'_>, new: Of<'_>) {
        let Some(until) = sunset(new) else { return };
        match (sunset(old), deprecation(new)) {
            (Some(told), _) if until < told => self.breaks(at, "its Sunset has come nearer"),
            (Some(_), _) => {}
            (None, Some(since)) => {
                let since = since.to_zoned(TimeZone::UTC);
                if since.checked_add(1.year()).is_ok_and(|least| until < least.timestamp()) {
                    self.breaks(at, "its Sunset is less than a year after its Deprecation");
                }
            }
            (None, None) => self.breaks(at, "it has a Sunset without a Deprecation"),
        }
    }

    fn parameters(&mut self, at: &str, old: Of<'_>, new: Of<'_>) {
        let (olds, news) = (parameters(old), parameters(new));
        for (name, then) in &olds {
            let at = format!("{at} {name}");
            match news.get(name) {
                None => self.breaks(&at, "is gone"),
                Some(now) => {
                    let then = Of { schema: &then["schema"], ..old };
                    self.schemas(Way::Asked, &at, then, Of { schema: &now["schema"], ..new });
                }
            }
        }
        for (name, now) in &news {
            let was = olds.get(name).is_some_and(|then| then["required"] == true);
            if now["required"] == true && !was {
                self.breaks(at, format_args!("{name} has to be there"));
            }
        }
    }

    fn body(&mut self, at: &str, old: Of<'_>, new: Of<'_>) {
        if new.schema["required"] == true && old.schema["required"] != true {
            self.breaks(at, "a body has to be there");
        }
        self.contents(Way::Asked, &format!("{at} body"), old, new);
    }

    fn contents(&mut self, way: Way, at: &str, old: Of<'_>, new: Of<'_>) {
        let (then, now) = both(old, new, "content");
        for (kind, content) in members(then) {
            let other = &now.schema[kind];
            if other.is_null() {
                self.breaks(at, format_args!("{kind} is gone"));
                continue;
            }
            let then = Of { schema: &content["schema"], ..old };
            self.schemas(way, at, then, Of { schema: &other["schema"], ..new });
        }
    }

    fn responses(&mut self, at: &str, old: Of<'_>, new: Of<'_>) {
        let is_success = |status: &str| status.starts_with(['2', '3']);
        for status in new.schema.as_object().into_iter().flatten().map(|(status, _)| status) {
            // Nobody gets a 304 who does not ask for it.
            let is_asked_for = status == "304";
            if is_success(status) && !is_asked_for && old.schema[status].is_null() {
                self.breaks(at, format_args!("{status} is new"));
            }
        }
        for status in members(old).map(|(status, _)| status) {
            let (then, now) = both(old, new, status);
            if now.schema.is_null() {
                if is_success(status) {
                    self.breaks(at, format_args!("{status} is gone"));
                }
                continue;
            }
            let at = format!("{at} {status}");
            self.contents(Way::Answered, &at, then, now);
            self.headers(&at, then, now);
        }
        let now = codes(new);
        for (code, status) in codes(old) {
            if now.get(&code).is_some_and(|now| *now != status) {
                self.breaks(at, format_args!("{code} comes with another status"));
            }
        }
    }

    fn headers(&mut self, at: &str, old: Of<'_>, new: Of<'_>) {
        let (then, now) = both(old, new, "headers");
        for name in members(then).map(|(name, _)| name) {
            // How they may change is looked at with the operation.
            if ["Deprecation", "Sunset"].contains(&name.as_str()) {
                continue;
            }
            let (then, now) = both(then, now, name);
            let at = format!("{at} {name}");
            if now.schema.is_null() {
                self.breaks(&at, "is gone");
                continue;
            }
            if then.schema["required"] == true && now.schema["required"] != true {
                self.breaks(&at, "is not always there");
            }
            let then = Of { schema: &then.schema["schema"], ..then };
            self.schemas(Way::Answered, &at, then, Of { schema: &now.schema["schema"], ..now });
        }
    }
}

/// By where they stand and their names; those of a path by their places.
fn parameters<'d>(operation: Of<'d>) -> BTreeMap<String, &'d Value> {
    let parameters = operation.schema["parameters"].as_array().into_iter().flatten();
    let parameters = parameters.map(|parameter| followed(operation.document, parameter));
    let named = parameters.enumerate().map(|(place, parameter)| {
        let name = match parameter["in"].as_str() {
            Some("path") => format!("path {place}"),
            kind => format!("{} {}", kind.unwrap_or_default(), parameter["name"]),
        };
        (name, parameter)
    });
    named.collect()
}

/// The codes of the refusals, and under which status each comes.
fn codes(responses: Of<'_>) -> BTreeMap<String, String> {
    let mut codes = BTreeMap::new();
    for (status, response) in members(responses) {
        let response = followed(responses.document, response);
        let schema = &response["content"]["application/problem+json"]["schema"];
        let named = schema["allOf"][1]["properties"]["code"]["enum"].as_array();
        for code in named.into_iter().flatten().filter_map(Value::as_str) {
            codes.insert(code.to_owned(), status.clone());
        }
    }
    codes
}
