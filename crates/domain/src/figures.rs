//! Figures of orders: how many there are of each status, what an hour has brought, how long they took. A consumer
//! of the events keeps them: what it adds and its cursor are one commit, so that each event is counted once.
//!
//! A figure is what the orders come to that there are, each at its present stage: an event takes away what its
//! order came to before, and adds what it comes to now.

mod spans;

pub use spans::{LADDER, middle_of, span_of};

use crate::{
    Consumer, Context, Facts, Micros, Order, OrderStatus, Text, commands,
    events::coded,
    facts::Row,
    kinds,
    rules::{Never, Rule, Weight, Who},
};
use OrderStatus::{Cancelled, Completed, Failed};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Who counts them. The audit goes by where he stands.
pub const CONSUMER: &str = "figures";

coded! {
    FigureKind {
        /// How many orders there are, by the code of their status.
        Statuses = 1 "statuses",
        /// How many were placed in an hour, whatever has become of them.
        Orders = 2 "orders",
        /// What those of an hour come to that are neither cancelled nor failed.
        Revenue = 3 "revenue",
        /// How many milliseconds those took together that are completed or failed, under 0.
        Time = 4 "time",
        /// How many of those took so long, by their span.
        Spans = 5 "spans",
    }
}

/// Where a figure is kept: under its kind, and there by an hour, a status or a span.
pub type Place = (FigureKind, i64);

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Figure {
    pub kind: FigureKind,
    pub bucket: i64,
    pub value: i64,
}

impl Row for Figure {
    type Key = Place;
    type Find = Place;
    fn key(&self) -> Place {
        (self.kind, self.bucket)
    }
}

/// What moves of an order that is counted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Stage {
    pub status: OrderStatus,
    pub started_at: Option<Micros>,
    pub completed_at: Option<Micros>,
}

impl Stage {
    pub fn of(order: &Order) -> Stage {
        let (started_at, completed_at) =
            (order.processing_started_at, order.processing_completed_at);
        Stage { status: order.status, started_at, completed_at }
    }

    /// How long it took to come to an end. A clock that was set back makes nothing shorter than nothing.
    fn took_us(&self) -> Option<i64> {
        let is_processed = matches!(self.status, Completed | Failed);
        let (from, to) = self.started_at.zip(self.completed_at).filter(|_| is_processed)?;
        Some((to.0 - from.0).max(0))
    }

    fn sells(&self) -> bool {
        !matches!(self.status, Cancelled | Failed)
    }
}

/// Figures that are summed up.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sums(BTreeMap<Place, i64>);

impl Sums {
    /// An order has come from one stage to that in which it is given; from none when it was placed.
    pub fn moved(&mut self, order: &Order, was: Option<Stage>) {
        if let Some(was) = was {
            self.add_order(order, was, -1);
        }
        self.add_order(order, Stage::of(order), 1);
    }

    fn add_order(&mut self, order: &Order, stage: Stage, times: i64) {
        let hour = order.created_at.0.div_euclid(Micros::HOUR);
        self.add(FigureKind::Statuses, stage.status.code(), times);
        self.add(FigureKind::Orders, hour, times);
        if stage.sells() {
            self.add(FigureKind::Revenue, hour, times * order.total_minor);
        }
        if let Some(took_us) = stage.took_us() {
            self.add(FigureKind::Time, 0, times * rounded_ms(took_us));
            self.add(FigureKind::Spans, span_of(took_us), times);
        }
    }

    pub fn add(&mut self, kind: FigureKind, bucket: i64, value: i64) {
        *self.0.entry((kind, bucket)).or_default() += value;
    }

    /// Those that are anything.
    pub fn figures(&self) -> Vec<Figure> {
        let figure = |(&(kind, bucket), &value): (&Place, &i64)| Figure { kind, bucket, value };
        self.0.iter().map(figure).filter(|figure| figure.value != 0).collect()
    }
}

/// How many orders are completed or failed.
pub fn processed(figures: &[Figure]) -> i64 {
    let spans = figures.iter().filter(|figure| figure.kind == FigureKind::Spans);
    spans.map(|figure| figure.value).sum()
}

/// So many hundredths of the orders took no longer: that of the smallest share that is not less.
pub fn percentile_us(figures: &[Figure], percent: i64) -> Option<i64> {
    let rank = (processed(figures) * percent + 99) / 100;
    let mut spans: Vec<_> = figures.iter().filter(|f| f.kind == FigureKind::Spans).collect();
    spans.sort_by_key(|figure| figure.bucket);
    let mut counted = 0;
    let at = spans.into_iter().find(|figure| {
        counted += figure.value;
        figure.value > 0 && counted >= rank
    });
    at.map(|figure| middle_of(figure.bucket))
}

/// In milliseconds, so that no number of orders comes to more than can be kept.
fn rounded_ms(us: i64) -> i64 {
    (us + Micros::SECOND / 2_000) / (Micros::SECOND / 1_000)
}

/// Counts what has happened between two positions, for a consumer whose cursor stands at the first and moves to
/// the second.
#[derive(Clone, Debug, PartialEq)]
pub struct CountFigures {
    pub consumer: Text<100>,
    pub holder: Uuid,
    pub from: i64,
    pub to: i64,
    /// What is to be added.
    pub figures: Vec<Figure>,
    /// They are not added but stand from now on: all was counted anew.
    pub is_recount: bool,
    pub lease_us: i64,
}

kinds! {
    pub enum CountRefusal {
        /// Somebody else has taken over, or it was swept away meanwhile.
        LeaseLost = "lease_lost",
        /// This was counted before, or something before it was not.
        Elsewhere { position: i64 } = "cursor_elsewhere",
        GoesBack { position: i64 } = "cursor_goes_back",
    }
}

impl Rule for CountFigures {
    type Outcome = Consumer;
    type Refusal = CountRefusal;

    fn name(&self) -> &'static str {
        "count_figures"
    }

    fn needs(&self, _: &Who, facts: &mut Facts) {
        facts.consumers.want(&self.consumer);
        self.figures.iter().for_each(|figure| facts.figures.want(&figure.key()));
    }

    fn decide(&self, context: Context, facts: &mut Facts) -> Result<Consumer, CountRefusal> {
        let present = facts.consumers.get(&self.consumer).ok_or(CountRefusal::LeaseLost)?;
        let position = present.position;
        // A lease that has run out, and that nobody took since, is still its holder's.
        if present.holder != self.holder {
            return Err(CountRefusal::LeaseLost);
        }
        if position != self.from {
            return Err(CountRefusal::Elsewhere { position });
        }
        if self.to < position {
            return Err(CountRefusal::GoesBack { position });
        }
        let moved = Consumer {
            position: self.to,
            leased_until: context.now.plus(self.lease_us),
            seen_at: context.now,
            ..present.clone()
        };
        facts.consumers.put(moved.clone());
        for figure in &self.figures {
            match facts.figures.edit(&figure.key()) {
                Some(kept) if self.is_recount => kept.value = figure.value,
                Some(kept) => kept.value = kept.value.saturating_add(figure.value),
                None => facts.figures.make(*figure),
            }
        }
        Ok(moved)
    }

    fn weight(&self) -> Weight {
        Weight { rows: Weight::ONE.rows + self.figures.len(), ..Weight::ONE }
    }
}

commands!(Figures: CountFigures = "count_figures" -> Never);

#[cfg(test)]
mod tests;
