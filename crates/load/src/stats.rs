//! Counts what came of every request, in total, per kind and per second.
//! What began during the warm-up is in none of the figures; only orders that were acknowledged
//! are counted from the first, so that they can be compared with what the shop stored.

use crate::{
    report::{Figures, Latency, Row},
    scenario::Kind,
};
use hdrhistogram::{Histogram, errors::CreationError};
use std::{collections::BTreeMap, time::Duration};
use tokio::time::Instant;

const MAX_LATENCY_US: u64 = 600_000_000;

/// What came of one request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome<'a> {
    Succeeded,
    /// Answered, but not with what was asked for.
    Refused(&'a str),
    /// No answer, for this reason.
    Failed(&'static str),
}

/// Everything counted in one run.
#[derive(Debug)]
pub struct Stats {
    measured_from: Instant,
    deadline: Instant,
    kinds: Vec<Tally>,
    second: Row,
    second_latency: Histogram<u64>,
    rows: Vec<Row>,
    acknowledged_orders: u64,
}

#[derive(Clone, Debug)]
struct Tally {
    requests: u64,
    succeeded: u64,
    refusals: BTreeMap<String, u64>,
    errors: BTreeMap<String, u64>,
    latency: Histogram<u64>,
    /// Answers and successes that came between the warm-up and the deadline: rates are made of these.
    answers_in_window: u64,
    successes_in_window: u64,
}

impl Stats {
    pub fn new(measured_from: Instant, deadline: Instant) -> Result<Self, CreationError> {
        let tally = Tally::new()?;
        Ok(Self {
            measured_from,
            deadline,
            kinds: vec![tally; Kind::ALL.len()],
            second: Row::default(),
            second_latency: new_histogram()?,
            rows: Vec::new(),
            acknowledged_orders: 0,
        })
    }

    /// `started` is when the request was sent or, in an open loop, should have been.
    pub fn settle(&mut self, kind: Kind, started: Instant, ended: Instant, outcome: Outcome<'_>) {
        let ordered = u64::from(kind.places_an_order() && outcome == Outcome::Succeeded);
        self.acknowledged_orders += ordered;
        let answered = !matches!(outcome, Outcome::Failed(_));
        let latency_us = ended.saturating_duration_since(started).as_micros() as u64;
        let tally = &mut self.kinds[kind as usize];
        if (self.measured_from..=self.deadline).contains(&ended) {
            tally.answers_in_window += u64::from(answered);
            tally.successes_in_window += u64::from(outcome == Outcome::Succeeded);
        }
        if ended >= self.measured_from {
            self.second.requests += 1;
            self.second.orders += ordered;
            self.second.refusals += u64::from(matches!(outcome, Outcome::Refused(_)));
            self.second.errors += u64::from(!answered);
            if answered {
                self.second_latency.saturating_record(latency_us);
            }
        }
        if started < self.measured_from {
            return;
        }
        tally.requests += 1;
        if answered {
            tally.latency.saturating_record(latency_us);
        }
        match outcome {
            Outcome::Succeeded => tally.succeeded += 1,
            Outcome::Refused(code) => count(&mut tally.refusals, code),
            Outcome::Failed(reason) => count(&mut tally.errors, reason),
        }
    }

    /// Ends the present second.
    pub fn close_second(&mut self) -> Row {
        let latency = Latency::of(&self.second_latency);
        let row = Row {
            second: self.rows.len() as u64 + 1,
            p50_ms: latency.p50_ms,
            p99_ms: latency.p99_ms,
            ..std::mem::take(&mut self.second)
        };
        self.second_latency.reset();
        self.rows.push(row.clone());
        row
    }

    /// Ends the measurement before its time.
    pub fn stop(&mut self, now: Instant) {
        self.deadline = self.deadline.min(now);
    }

    pub fn measured(&self) -> Duration {
        self.deadline.saturating_duration_since(self.measured_from)
    }

    pub fn acknowledged_orders(&self) -> u64 {
        self.acknowledged_orders
    }

    /// The rows so far; what came after the last whole second makes one row more.
    pub fn take_rows(&mut self) -> Vec<Row> {
        if self.second.requests > 0 {
            self.close_second();
        }
        std::mem::take(&mut self.rows)
    }

    /// The kinds that occurred, and all of them together.
    pub fn figures(&self) -> Result<(BTreeMap<Kind, Figures>, Figures), CreationError> {
        let mut total = Tally::new()?;
        let mut kinds = BTreeMap::new();
        for (kind, tally) in Kind::ALL.into_iter().zip(&self.kinds) {
            if tally.requests > 0 {
                total.add(tally);
                kinds.insert(kind, tally.figures(self.measured(), kind.places_an_order()));
            }
        }
        let mut total = total.figures(self.measured(), false);
        total.orders = kinds.values().map(|figures| figures.orders).sum();
        total.orders_per_s = kinds.values().map(|figures| figures.orders_per_s).sum();
        Ok((kinds, total))
    }
}

impl Tally {
    fn new() -> Result<Self, CreationError> {
        Ok(Self {
            requests: 0,
            succeeded: 0,
            refusals: BTreeMap::new(),
            errors: BTreeMap::new(),
            latency: new_histogram()?,
            answers_in_window: 0,
            successes_in_window: 0,
        })
    }

    fn add(&mut self, other: &Self) {
        self.requests += other.requests;
        self.succeeded += other.succeeded;
        self.answers_in_window += other.answers_in_window;
        self.successes_in_window += other.successes_in_window;
        for (code, number) in &other.refusals {
            *self.refusals.entry(code.clone()).or_default() += number;
        }
        for (reason, number) in &other.errors {
            *self.errors.entry(reason.clone()).or_default() += number;
        }
        // Both have the same bounds, so that nothing can be out of range.
        let _ = self.latency.add(&other.latency);
    }

    fn figures(&self, measured: Duration, are_orders: bool) -> Figures {
        let rate = |number: u64| {
            if measured.is_zero() { 0.0 } else { number as f64 / measured.as_secs_f64() }
        };
        Figures {
            requests: self.requests,
            succeeded: self.succeeded,
            orders: if are_orders { self.succeeded } else { 0 },
            refusals: self.refusals.clone(),
            transport_errors: self.errors.clone(),
            requests_per_s: rate(self.answers_in_window),
            orders_per_s: if are_orders { rate(self.successes_in_window) } else { 0.0 },
            latency: Latency::of(&self.latency),
        }
    }
}

fn new_histogram() -> Result<Histogram<u64>, CreationError> {
    Histogram::new_with_bounds(1, MAX_LATENCY_US, 3)
}

/// Allocates for a name only when it is new.
fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
    match counts.get_mut(name) {
        Some(number) => *number += 1,
        None => {
            counts.insert(name.to_owned(), 1);
        }
    }
}

#[cfg(test)]
mod tests;
