//! Figures about requests, by route and method.
//!
//! The handles of a route are made at its first request and kept, so that a later one formats no
//! text. Labels come from the routes and a list of methods, never from what a client sends.

use super::codes::{CODES, Code};
use crate::telemetry::Meters;
use axum::http::{Method, StatusCode};
use metrics::{Counter, Histogram};
use std::{
    collections::HashMap,
    sync::{Arc, OnceLock, PoisonError, RwLock},
    time::Duration,
};

const METHODS: [&str; 8] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "other"];
const CLASSES: [&str; 5] = ["1xx", "2xx", "3xx", "4xx", "5xx"];
/// Where requests are counted that match no route.
const NO_ROUTE: &str = "none";

pub(super) struct Traffic {
    meters: Meters,
    routes: RwLock<HashMap<Box<str>, Arc<Route>>>,
    problems: Vec<Counter>,
    faults: Counter,
}

#[derive(Default)]
struct Route {
    methods: [OnceLock<Figures>; METHODS.len()],
}

struct Figures {
    classes: [Counter; CLASSES.len()],
    seconds: Histogram,
}

impl Traffic {
    pub fn new(meters: &Meters) -> Traffic {
        let problem = |code: &Code| {
            let help = "Requests that were answered with a problem, by its code.";
            meters.counter("http_problems_total", help, &[("code", code.name)])
        };
        let help = "Requests that found a fault in the shop: a panic, or a 500. Each is a bug.";
        Traffic {
            problems: CODES.iter().map(problem).collect(),
            faults: meters.counter("http_faults_total", help, &[]),
            meters: meters.clone(),
            routes: RwLock::default(),
        }
    }

    pub fn count(&self, route: Option<&str>, method: &Method, status: StatusCode, took: Duration) {
        let name = route.unwrap_or(NO_ROUTE);
        // A map of handles is whole whatever a panicking thread did to it.
        let known = self.routes.read().unwrap_or_else(PoisonError::into_inner);
        let route = match known.get(name) {
            Some(route) => Arc::clone(route),
            None => {
                drop(known);
                let mut routes = self.routes.write().unwrap_or_else(PoisonError::into_inner);
                Arc::clone(routes.entry(name.into()).or_default())
            }
        };
        let method =
            METHODS.iter().position(|known| *known == method.as_str()).unwrap_or(METHODS.len() - 1);
        let figures = route.methods[method].get_or_init(|| self.register(name, METHODS[method]));
        let class = usize::from(status.as_u16() / 100).clamp(1, CLASSES.len()) - 1;
        figures.classes[class].increment(1);
        figures.seconds.record(took.as_secs_f64());
    }

    pub fn count_problem(&self, code: Code) {
        let place = CODES.iter().position(|known| known.name == code.name);
        if let Some(counter) = place.and_then(|place| self.problems.get(place)) {
            counter.increment(1);
        }
    }

    pub fn count_fault(&self) {
        self.faults.increment(1);
    }

    fn register(&self, route: &str, method: &str) -> Figures {
        let counter = |class| {
            let labels = [("route", route), ("method", method), ("status", class)];
            let help = "Requests, by route, method and class of status.";
            self.meters.counter("http_requests_total", help, &labels)
        };
        let help = "From the head of a request to the head of its answer.";
        let labels = [("route", route), ("method", method)];
        Figures {
            classes: CLASSES.map(counter),
            seconds: self.meters.histogram("http_request_seconds", help, &labels),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::codes;

    #[test]
    fn requests_are_counted_by_route_method_and_class() {
        let meters = Meters::new().unwrap();
        let traffic = Traffic::new(&meters);
        let took = Duration::from_millis(3);
        let odd = Method::from_bytes(b"BREW").unwrap();
        for (route, method, status) in [
            (Some("/api/orders/{id}"), &Method::GET, StatusCode::OK),
            (Some("/api/orders/{id}"), &Method::GET, StatusCode::CREATED),
            (Some("/api/orders/{id}"), &Method::GET, StatusCode::NOT_FOUND),
            (None, &odd, StatusCode::NOT_FOUND),
        ] {
            traffic.count(route, method, status, took);
        }
        traffic.count_problem(codes::NOT_FOUND);
        traffic.count_fault();
        let text = meters.render();
        for line in [
            "http_requests_total{route=\"/api/orders/{id}\",method=\"GET\",status=\"2xx\"} 2",
            "http_requests_total{route=\"/api/orders/{id}\",method=\"GET\",status=\"4xx\"} 1",
            "http_requests_total{route=\"none\",method=\"other\",status=\"4xx\"} 1",
            "http_request_seconds_count{route=\"/api/orders/{id}\",method=\"GET\"} 3",
            "http_problems_total{code=\"not_found\"} 1",
            "http_faults_total 1",
        ] {
            assert!(text.contains(line), "{line} is not in\n{text}");
        }
    }
}
