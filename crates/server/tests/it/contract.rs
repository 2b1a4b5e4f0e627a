//! Every answer that a story receives is one that the document promises for its route: its status,
//! its kind, its headers, and its body, which is checked against the schema.

use crate::{app::PUBLIC_URL, client::Answer};
use jsonschema::Validator;
use serde_json::{Map, Value, json};
use server::{
    api::all,
    http::{
        codes::CODES,
        document::{draw, followed},
    },
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{LazyLock, Mutex, OnceLock},
};

/// No answer has one of these unless the document says so.
const TOLD: [&str; 9] = [
    "deprecation",
    "sunset",
    "correlation-id",
    "location",
    "etag",
    "idempotent-replayed",
    "sutler-position",
    "www-authenticate",
    "retry-after",
];

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::new);

/// What a route may answer: by method, status and kind.
type Promised = BTreeMap<(String, u16, String), Promise>;

/// A schema, and its validator once an answer needs it.
struct Promise {
    schema: Option<Value>,
    /// What the head says, and whether it always does.
    headers: Vec<(String, bool, HeaderForm)>,
    validator: OnceLock<Validator>,
}

/// What a header may be, and its validator once one came.
struct HeaderForm {
    schema: Value,
    validator: OnceLock<Validator>,
}

struct Contract {
    named: Map<String, Value>,
    /// By the parts of their paths.
    routes: Vec<(Vec<&'static str>, Promised)>,
    problem: Promise,
    /// Of each kind of event.
    events: BTreeMap<String, Promise>,
}

impl Contract {
    fn new() -> Contract {
        let routes = all();
        let document = draw(&routes, "EUR".parse().unwrap(), PUBLIC_URL);
        let paths: BTreeSet<&'static str> = routes.iter().map(|route| route.path).collect();
        Contract {
            named: document["components"]["schemas"].as_object().unwrap().clone(),
            routes: paths
                .into_iter()
                .map(|path| (path.split('/').collect(), promised(&document, path)))
                .collect(),
            problem: Promise::of(Some(json!({"$ref": "#/components/schemas/Problem"}))),
            events: document["webhooks"]
                .as_object()
                .unwrap()
                .iter()
                .map(|(kind, told)| {
                    let body = &told["post"]["requestBody"]["content"]["application/json"];
                    (kind.clone(), Promise::of(Some(body["schema"].clone())))
                })
                .collect(),
        }
    }

    fn at(&self, path: &str) -> Option<&Promised> {
        let parts: Vec<&str> = path.split('/').collect();
        let fits = |route: &[&str]| {
            let mut pairs = route.iter().zip(&parts);
            let same = |(known, given): (&&str, &&str)| {
                known == given || known.starts_with('{') && !given.is_empty()
            };
            route.len() == parts.len() && pairs.all(same)
        };
        self.routes.iter().find(|(route, _)| fits(route)).map(|(_, promised)| promised)
    }
}

fn promised(document: &Value, path: &str) -> Promised {
    let mut promised = Promised::new();
    for (method, operation) in document["paths"][path].as_object().unwrap() {
        for (status, response) in operation["responses"].as_object().unwrap() {
            let response = followed(document, response);
            let (method, status) = (method.to_uppercase(), status.parse().unwrap());
            let contents = response["content"].as_object();
            for (kind, content) in contents.into_iter().flatten() {
                let promise = Promise::of(content.get("schema").cloned()).with(document, response);
                promised.insert((method.clone(), status, kind.clone()), promise);
            }
            if contents.is_none() {
                let promise = Promise::of(None).with(document, response);
                promised.insert((method, status, String::new()), promise);
            }
        }
    }
    promised
}

impl Promise {
    fn of(schema: Option<Value>) -> Promise {
        Promise { schema, headers: Vec::new(), validator: OnceLock::new() }
    }

    fn with(mut self, document: &Value, response: &Value) -> Promise {
        let headers = response["headers"].as_object().into_iter().flatten();
        self.headers = headers
            .map(|(name, header)| {
                let header = followed(document, header);
                let (schema, validator) = (header["schema"].clone(), OnceLock::new());
                let form = HeaderForm { schema, validator };
                (name.to_lowercase(), header["required"] == true, form)
            })
            .collect();
        self
    }

    fn check_headers(&self, what: &str, answer: &Answer) {
        for (name, is_always_there, HeaderForm { schema, validator }) in &self.headers {
            let Some(value) = answer.header(name) else {
                assert!(!is_always_there, "{what} is without {name}: {}", answer.text());
                continue;
            };
            let value = match schema["type"] == "integer" {
                true => value.parse::<i64>().map_or(json!(value), |number| json!(number)),
                false => json!(value),
            };
            assert!(
                validator
                    .get_or_init(|| jsonschema::draft202012::new(schema).unwrap())
                    .is_valid(&value),
                "{what}: {name} is {value}, not {schema}"
            );
        }
        for name in TOLD {
            let is_known = self.headers.iter().any(|(known, ..)| known == name);
            assert!(is_known || answer.header(name).is_none(), "{what}: nobody promised {name}");
        }
    }

    fn check(&self, named: &Map<String, Value>, what: &str, body: &Value) {
        let Some(schema) = &self.schema else { return };
        let validator = self.validator.get_or_init(|| {
            let mut used = Map::new();
            reach(schema, named, &mut used);
            let mut whole = json!({ "allOf": [schema], "components": { "schemas": used } });
            close(&mut whole);
            let options = jsonschema::draft202012::options().should_validate_formats(true);
            options.build(&whole).unwrap()
        });
        if let Some(error) = validator.iter_errors(body).next() {
            panic!("{what}: {error} at {} in {body}", error.instance_path());
        }
    }
}

/// What the document leaves to later versions, this one does not say.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(members) => {
            members.values_mut().for_each(close);
            let is_object = members.get("type").is_some_and(|kind| kind == "object");
            if is_object && members.contains_key("properties") {
                members.entry("additionalProperties").or_insert(false.into());
            }
        }
        Value::Array(items) => items.iter_mut().for_each(close),
        _ => {}
    }
}

/// The named schemas that a schema leads to.
fn reach(schema: &Value, named: &Map<String, Value>, used: &mut Map<String, Value>) {
    match schema {
        Value::Object(members) => {
            let at = members.get("$ref").and_then(Value::as_str);
            if let Some(name) = at.and_then(|at| at.strip_prefix("#/components/schemas/"))
                && !used.contains_key(name)
            {
                used.insert(name.to_owned(), named[name].clone());
                reach(&named[name], named, used);
            }
            members.values().for_each(|member| reach(member, named, used));
        }
        Value::Array(items) => items.iter().for_each(|item| reach(item, named, used)),
        _ => {}
    }
}

/// Panics if the document does not know this answer.
pub fn check(method: &str, target: &str, answer: &Answer) {
    check_problem(answer);
    let path = target.split('?').next().unwrap();
    let path = if path.len() > 1 { path.strip_suffix('/').unwrap_or(path) } else { path };
    let Some(promised) = CONTRACT.at(path) else { return };
    let asked = if method == "HEAD" { "GET" } else { method };
    let what = format!("{method} {target} {}", answer.status);
    if !promised.keys().any(|(known, ..)| known == asked) {
        // The envelope looks at a request first, and answers what a browser asks beforehand.
        if asked == "OPTIONS" && answer.header("access-control-allow-methods").is_some() {
            return;
        }
        assert!([400, 405, 406, 429].contains(&answer.status), "{what}: {}", answer.text());
        return;
    }
    let kind = match answer.status {
        304 => "",
        _ => answer.header("content-type").unwrap_or_default().split(';').next().unwrap(),
    };
    let Some(promise) = promised.get(&(asked.to_owned(), answer.status, kind.to_owned())) else {
        panic!("the document has no {what} {kind}: {}", answer.text());
    };
    promise.check_headers(&what, answer);
    let writes = !["GET", "HEAD"].contains(&method) && answer.status < 300;
    // Where the document promises one; asking for a link tells nobody whether there was a commit.
    let asks_in_vain = path == "/api/identity/password-reset";
    if writes && !asks_in_vain && promise.headers.iter().any(|(name, ..)| name == "sutler-position")
    {
        assert!(answer.header("sutler-position").is_some(), "{what} has no position");
    }
    let is_plain = answer.header("content-encoding").is_none() && method != "HEAD";
    if is_plain && kind == "application/x-ndjson" {
        for line in answer.text().lines() {
            promise.check(&CONTRACT.named, &what, &serde_json::from_str(line).unwrap());
        }
    } else if is_plain && kind.ends_with("json") {
        let body = answer.json();
        promise.check(&CONTRACT.named, &what, &body);
        if path == "/api/events" && answer.status == 200 {
            body["results"].as_array().unwrap().iter().for_each(check_event);
        }
    }
}

/// Panics if an event is not one that the document promises for its kind.
pub fn check_event(event: &Value) {
    let kind = event["kind"].as_str().unwrap();
    match CONTRACT.events.get(kind) {
        Some(promise) => promise.check(&CONTRACT.named, kind, event),
        None => assert_eq!(kind, "unknown", "nobody promised {event}"),
    }
}

/// For `make test`, which fails if a code that there is comes in no test: what a shop has answered.
pub fn note(answer: &Answer) {
    if answer.header("content-type") != Some("application/problem+json") || answer.body.is_empty() {
        return;
    }
    let problem = answer.json();
    let code = problem["code"].as_str().unwrap_or_default();
    static NOTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let Some(folder) = std::env::var_os("CODES_FOLDER").map(PathBuf::from) else { return };
    let mut noted = NOTED.lock().unwrap();
    if noted.is_empty() {
        let all: String = CODES.iter().map(|code| format!("{}\n", code.name)).collect();
        std::fs::write(folder.join("all"), all).unwrap();
    }
    if noted.insert(code.to_owned()) {
        let told: String = noted.iter().map(|code| format!("{code}\n")).collect();
        std::fs::write(folder.join("told"), told).unwrap();
    }
}

/// Panics if what calls itself a problem has not the form of one.
pub fn check_problem(answer: &Answer) {
    let is_problem = answer.header("content-type") == Some("application/problem+json");
    if is_problem && !answer.body.is_empty() {
        let problem = answer.json();
        CONTRACT.problem.check(&CONTRACT.named, "a problem", &problem);
        let known = &CONTRACT.named["Problem"]["properties"];
        for name in problem.as_object().unwrap().keys() {
            assert!(known.get(name).is_some(), "nobody promised {name}: {problem}");
        }
    }
}

/// The contract can be broken: else no story proves anything.
#[test]
fn a_broken_promise_is_found() {
    const ID: &str = "01a21d67daff71238caf4cdde639d912";
    let good = json!({"status": "live"}).to_string();
    let bad = json!({"status": "live", "load": 7}).to_string();
    let problem = |figure: &str| {
        let mut problem = json!({"type": "urn:sutler:problem:cart_full", "title": "x",
            "status": 409, "detail": "x", "code": "cart_full", "correlation_id": "0".repeat(32)});
        problem[figure] = json!(7);
        problem.to_string()
    };
    let answer = |status: u16, kind: &str, body: &str| Answer {
        status,
        headers: [("content-type", kind), ("correlation-id", ID)]
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        body: body.as_bytes().to_vec(),
    };
    let with = |answer: Answer, name: &str| {
        let headers = [answer.headers, vec![(name.to_owned(), "x".to_owned())]].concat();
        Answer { headers, ..answer }
    };
    let without = |answer: Answer, name: &str| {
        let headers = answer.headers.into_iter().filter(|(known, _)| known != name).collect();
        Answer { headers, ..answer }
    };
    let live = || answer(200, "application/json", &good);
    for (method, path, answer, kept) in [
        ("GET", "/health/live", live(), true),
        ("GET", "/health/live", with(live(), "etag"), false),
        ("GET", "/health/live", without(live(), "correlation-id"), false),
        ("GET", "/health/live", with(without(live(), "correlation-id"), "correlation-id"), false),
        ("GET", "/health/live/?x", answer(200, "application/json", &good), true),
        ("GET", "/health/live", answer(200, "application/json", &bad), false),
        ("GET", "/health/live", answer(201, "application/json", &good), false),
        ("GET", "/health/live", answer(200, "text/plain", &good), false),
        ("POST", "/health/live", answer(200, "application/json", &good), false),
        ("GET", "/nowhere", answer(404, "application/problem+json", &bad), false),
        ("GET", "/health/live", answer(409, "application/problem+json", "{}"), false),
        ("PUT", "/nowhere", answer(409, "application/problem+json", &problem("most")), true),
        ("PUT", "/nowhere", answer(409, "application/problem+json", &problem("least")), false),
    ] {
        let checked = std::panic::catch_unwind(|| check(method, path, &answer));
        assert_eq!(checked.is_ok(), kept, "{method} {path} {answer:?}");
    }
}
