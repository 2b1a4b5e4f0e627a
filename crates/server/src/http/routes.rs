//! A route, declared once beside its handler: the router, the index, the access matrix, the fuzz
//! targets and the document are all drawn from the list of these.
//!
//! Who may, what is read and what is answered stand in the handler's signature, so a declaration
//! cannot say anything else than what is done.

use super::{
    answers::Answer,
    bare,
    codes::{self, Code},
    deprecations::Deprecated,
    descriptions::Described,
    doors::is_counted,
    fields::{Asked, Given},
    pages::Page,
    problems::Problem,
    refusals::{Refuses, WRITES},
    rights::{Needed, Who},
    shapes::{Named, View},
    sheets::SheetReader,
    unknown::Advising,
};
use crate::app::App;
use axum::{
    Extension, Router,
    handler::Handler,
    http::{Method, StatusCode},
    routing::{MethodFilter, MethodRouter, get, on},
};
use domain::{Currency, Rule, Scope};
use serde_json::Value;
use std::sync::Arc;
use tower_http::{CompressionLevel, compression::CompressionLayer};

/// What every route may be refused with.
const ALWAYS: &[Code] = &[
    codes::BAD_REQUEST,
    codes::HEAD_TOO_LARGE,
    codes::HOST_NOT_ALLOWED,
    codes::OVERLOADED,
    codes::UNAVAILABLE,
    codes::INTERNAL,
];

/// What a handler's arguments and answer say of it.
#[derive(Default)]
pub struct Operation {
    pub who: Who,
    /// Whether it looks at a token.
    pub takes_token: bool,
    pub takes_key: bool,
    pub takes_segment: bool,
    /// Whether it looks at what the client has already.
    pub takes_known: bool,
    /// Whether browsers are shown a page instead of the view.
    pub shows_page: bool,
    /// Whether who would rather follow it than read it may.
    pub shows_stream: bool,
    pub headers: Vec<Header>,
    pub query: Option<QueryReader>,
    /// Whether it refuses whatever is asked for.
    pub refuses_query: bool,
    pub body: Option<BodyReader>,
    /// Its body, if it is a sheet and no JSON.
    pub sheet: Option<SheetReader>,
    pub codes: Vec<Code>,
    pub answer: Option<AnswerShape>,
}

impl Operation {
    pub fn refuses(&mut self, codes: &[Code]) {
        for code in codes {
            if !self.codes.contains(code) {
                self.codes.push(*code);
            }
        }
    }
}

/// A header that a route looks at.
pub struct Header {
    pub name: &'static str,
    pub pattern: &'static str,
    pub about: &'static str,
}

/// What a reader gave, when it was tried: for laws and for hostile input.
#[derive(Debug)]
pub struct Tried {
    pub asked: Asked,
    /// The part of a list that was asked for.
    pub page: Option<Page>,
}

/// How a route reads its body.
#[derive(Clone, Copy)]
pub struct BodyReader {
    pub name: &'static str,
    pub is_needed: bool,
    pub describe: fn(Currency) -> Described,
    pub try_body: fn(&[u8], Given<'_>) -> Result<Tried, Problem>,
}

/// How a route reads its query.
#[derive(Clone, Copy)]
pub struct QueryReader {
    pub describe: fn(Currency) -> Described,
    pub try_query: fn(&str, Given<'_>) -> Result<Tried, Problem>,
}

/// What a route answers.
#[derive(Clone, Copy)]
pub struct AnswerShape {
    pub kind: &'static str,
    pub schema: fn(&mut Named) -> Value,
}

/// What may happen: its name, what it means, and how it is told.
pub struct Occurrence {
    pub name: &'static str,
    pub about: String,
    pub schema: Value,
}

pub struct Route {
    pub method: Method,
    /// Without its trailing slash: the envelope takes that off.
    pub path: &'static str,
    /// Its name in the document.
    pub name: &'static str,
    pub about: &'static str,
    /// Its name in the index.
    pub link: Option<&'static str>,
    /// A body that can be sent as it is.
    pub example: Option<Value>,
    /// What it answers with its view; the first is the usual one.
    pub statuses: Vec<StatusCode>,
    /// Whether it sends a command.
    pub writes: bool,
    /// What an API key needs for it; without, it is not for keys.
    pub scope: Option<Scope>,
    shows_tag: bool,
    /// Whether it is done once though it takes no Idempotency-Key: what it is about is its key.
    pub replays: bool,
    /// What it tells of that happens, where programs follow that.
    pub tells: Option<fn(&mut Named) -> Vec<Occurrence>>,
    /// Whether, and how, it will go.
    pub deprecated: Option<Deprecated>,
    pub operation: Operation,
    serve: MethodRouter<Arc<App>>,
}

impl Route {
    pub fn new<T, H>(method: Method, path: &'static str, name: &'static str, handler: H) -> Route
    where
        T: 'static,
        H: Handler<T, Arc<App>> + Says<T>,
    {
        let mut operation = Operation::default();
        operation.refuses(ALWAYS);
        if path.starts_with("/api") {
            operation.refuses(&[codes::NOT_ACCEPTABLE]);
        }
        if is_counted(path) {
            operation.refuses(&[codes::RATE_LIMITED]);
        }
        H::describe(&mut operation);
        let filter = MethodFilter::try_from(method.clone()).expect("a route has a usual method");
        Route {
            method,
            path,
            name,
            about: "",
            link: None,
            example: None,
            statuses: vec![StatusCode::OK],
            writes: false,
            scope: None,
            shows_tag: false,
            replays: false,
            tells: None,
            deprecated: None,
            operation,
            serve: on(filter, handler),
        }
    }

    pub fn about(mut self, words: &'static str) -> Route {
        self.about = words;
        self
    }

    /// Names its path in the index.
    pub fn linked(mut self, name: &'static str) -> Route {
        self.link = Some(name);
        self
    }

    pub fn example(mut self, body: Value) -> Route {
        self.example = Some(body);
        self
    }

    /// Answers 201.
    pub fn creates(mut self) -> Route {
        self.statuses = vec![StatusCode::CREATED];
        self
    }

    /// Answers its view under another status too.
    pub fn also(mut self, status: StatusCode) -> Route {
        self.statuses.push(status);
        self
    }

    /// Answers with an entity tag, though it does not look at what the client has.
    pub fn tagged(mut self) -> Route {
        self.shows_tag = true;
        self
    }

    /// Is answered as before when it comes again, by what it is about.
    pub fn replays(mut self) -> Route {
        self.replays = true;
        self
    }

    pub fn is_tagged(&self) -> bool {
        self.shows_tag || self.operation.takes_known
    }

    /// Tells of what happens.
    pub fn telling(mut self, tells: fn(&mut Named) -> Vec<Occurrence>) -> Route {
        self.tells = Some(tells);
        self
    }

    /// Says of itself that it will go.
    pub fn deprecated(mut self, how: Deprecated) -> Route {
        self.deprecated = Some(how);
        self
    }

    /// For API keys with this scope too.
    pub fn scoped(mut self, scope: Scope) -> Route {
        self.scope = Some(scope);
        self
    }

    /// Answers 202, without a body.
    pub fn accepts(mut self) -> Route {
        self.statuses = vec![StatusCode::ACCEPTED];
        self
    }

    /// Answers 204, without a body.
    pub fn shows_nothing(mut self) -> Route {
        self.statuses = vec![StatusCode::NO_CONTENT];
        self
    }

    /// Sends this command: what its rule may refuse, and what any write may be refused with.
    pub fn sends<C>(mut self) -> Route
    where
        C: Rule<Refusal: Refuses>,
    {
        self.writes = true;
        C::Refusal::CODES.iter().for_each(|codes| self.operation.refuses(codes));
        self.refuses(WRITES)
    }

    /// What the handler itself may refuse.
    pub fn refuses(mut self, codes: &[Code]) -> Route {
        self.operation.refuses(codes);
        self
    }

    /// The names of the segments in its path.
    pub fn segments(&self) -> impl Iterator<Item = &'static str> {
        let parts = self.path.split('/');
        parts.filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// The router of these routes, for a shop.
pub fn router(routes: Vec<Route>, app: Arc<App>) -> Router {
    let mut router = Router::new();
    for route in routes {
        let mut serve = route.serve;
        if let Some(scope) = route.scope {
            serve = serve.layer(Extension(Needed(scope)));
        }
        if route.writes {
            serve = serve.layer(Advising { takes_key: route.operation.takes_key });
        }
        if let Some(deprecated) = route.deprecated {
            serve = serve.layer(deprecated.layer());
        }
        router = router.route(route.path, serve);
    }
    if bare::is_wanted() {
        router = router.route("/bench/bare", get(bare::answer));
    }
    // Problems are written behind this, by the envelope: they are too short to gain.
    let compressed = CompressionLayer::new().quality(CompressionLevel::Fastest);
    router.layer(compressed).with_state(app)
}

/// What a handler takes and answers, and how it describes itself.
pub trait Says<T> {
    fn describe(operation: &mut Operation);
}

/// An argument of a handler.
pub trait Takes {
    fn describe(operation: &mut Operation);
}

macro_rules! says {
    ($($argument:ident)*) => {
        impl<F, A, M, V, $($argument),*> Says<(M, $($argument,)*)> for F
        where
            F: Fn($($argument),*) -> A,
            A: Future<Output = Result<Answer<V>, Problem>>,
            V: View,
            $($argument: Takes,)*
        {
            fn describe(operation: &mut Operation) {
                $( $argument::describe(operation); )*
                operation.answer = Some(AnswerShape { kind: V::KIND, schema: V::schema });
            }
        }
    };
}

says!();
says!(T1);
says!(T1 T2);
says!(T1 T2 T3);
says!(T1 T2 T3 T4);
says!(T1 T2 T3 T4 T5);
says!(T1 T2 T3 T4 T5 T6);
says!(T1 T2 T3 T4 T5 T6 T7);
says!(T1 T2 T3 T4 T5 T6 T7 T8);
