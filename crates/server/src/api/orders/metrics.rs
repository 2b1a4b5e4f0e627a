//! What orders come to: how many there are of each status, how long they take, what hours and days bring.

use crate::{
    app::{App, micros},
    http::{
        Method, State,
        answers::Answer,
        problems::Problem,
        queries::NoQuery,
        rights::Operator,
        routes::Route,
        shapes::{Amount, Named, Nested, Shape, Time, time, view},
    },
};
use domain::{
    Figure, FigureKind, Micros, Money, OrderStatus, Scope,
    figures::{percentile_us, processed},
};
use moka::future::Cache;
use serde::{Serialize, Serializer};
use serde_json::{Value, json};
use std::{
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use store::{KeptFigures, Period, ReadError};

/// How far back they are told.
const HOURS: i64 = 48;
const DAYS: i64 = 90;
/// To add up ninety days takes a database some milliseconds: who asks so soon after another one hears the same.
const LATELY: Duration = Duration::from_millis(200);

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/orders/metrics", "order_metrics", show)
            .about("Shows what orders come to: how many there are of each status, how long they took, and what the last 48 hours and 90 days have brought. They are kept up to date from the events, and lag behind by less than a second.")
            .linked("order_metrics")
            .scoped(Scope::MetricsRead),
    ]
}

view! {
    pub struct StatusCountsView = "StatusCounts" {
        pending: i64,
        processing: i64,
        completed: i64,
        cancelled: i64,
        failed: i64,
    }
}

view! {
    pub struct PeriodView = "OrderPeriod" {
        /// When it begins.
        at: String as Time,
        /// How many were placed in it.
        orders: i64,
        /// What those of them come to that are neither cancelled nor failed now.
        revenue: String as Amount,
    }
}

/// A number of seconds, with decimals.
pub struct Seconds(f64);

impl Seconds {
    fn of_us(us: i64) -> Seconds {
        Seconds(us as f64 / Micros::SECOND as f64)
    }
}

impl Serialize for Seconds {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_f64(self.0)
    }
}

impl Shape for Seconds {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": "number", "minimum": 0 })
    }
}

view! {
    pub struct MetricsView = "OrderMetrics" {
        /// What had happened by then is counted.
        as_of: String as Time,
        /// The last event that is counted, by its position in the feed.
        position: i64,
        /// Completed and failed.
        total_orders_processed: i64,
        status_counts: Nested<StatusCountsView>,
        /// From start to completion or failure. Null while nothing was processed.
        average_processing_time_seconds: Option<Seconds>,
        /// Half of them took no longer. Within two hundredths.
        p50_processing_time_seconds: Option<Seconds>,
        p95_processing_time_seconds: Option<Seconds>,
        p99_processing_time_seconds: Option<Seconds>,
        currency: &'static str,
        /// The newest last; one in which nothing was placed is left out.
        hours: Vec<PeriodView>,
        /// In UTC, as the hours are.
        days: Vec<PeriodView>,
    }
}

/// What was read last.
pub struct LatestFigures(Cache<(), Arc<Reading>>);

pub struct Reading {
    kept: KeptFigures,
    at: Micros,
}

impl Default for LatestFigures {
    fn default() -> LatestFigures {
        LatestFigures(Cache::builder().time_to_live(LATELY).max_capacity(1).build())
    }
}

impl LatestFigures {
    /// Read once for all who ask meanwhile.
    async fn get(&self, app: &App) -> Result<Arc<Reading>, ReadError> {
        let read = async {
            let at = now();
            let this = |span: i64| at.0.div_euclid(span);
            let first_day = this(Micros::DAY) - DAYS + 1;
            let first_hour = this(Micros::HOUR) - HOURS + 1;
            let kept = app.readers.late().figures(first_hour, first_day).await?;
            Ok(Arc::new(Reading { kept, at }))
        };
        let made = self.0.try_get_with((), read).await;
        made.map_err(|error: Arc<ReadError>| error.as_ref().clone())
    }
}

async fn show(
    State(app): State<Arc<App>>,
    _: Operator,
    _: NoQuery,
) -> Result<Answer<MetricsView>, Problem> {
    let reading = app.figures.get(&app).await?;
    if reading.kept.is_unknown {
        return Err(Problem::unavailable("the orders are being counted for the first time"));
    }
    Ok(Answer::ok(&shown(&app, &reading)))
}

fn now() -> Micros {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    Micros(micros(since))
}

fn shown(app: &App, Reading { kept, at }: &Reading) -> MetricsView {
    let of = |kind| move |figure: &&Figure| figure.kind == kind;
    let status = |status: OrderStatus| {
        let counts = kept.figures.iter().filter(of(FigureKind::Statuses));
        counts.filter(|figure| figure.bucket == status.code()).map(|figure| figure.value).sum()
    };
    let percentile = |percent| percentile_us(&kept.figures, percent).map(Seconds::of_us);
    let total = processed(&kept.figures);
    let time: i64 = kept.figures.iter().filter(of(FigureKind::Time)).map(|f| f.value).sum();
    let average = (total > 0).then(|| Seconds(time as f64 / total as f64 / 1_000.0));
    let periods = |periods: &[Period], span| {
        let mut periods = periods.to_vec();
        periods.sort_by_key(|period| period.number);
        periods.iter().filter(|period| period.orders > 0).map(|p| period(app, p, span)).collect()
    };
    MetricsView {
        as_of: self::time(kept.next_at.unwrap_or(*at)),
        position: kept.position,
        total_orders_processed: total,
        status_counts: Nested(StatusCountsView {
            pending: status(OrderStatus::Pending),
            processing: status(OrderStatus::Processing),
            completed: status(OrderStatus::Completed),
            cancelled: status(OrderStatus::Cancelled),
            failed: status(OrderStatus::Failed),
        }),
        average_processing_time_seconds: average,
        p50_processing_time_seconds: percentile(50),
        p95_processing_time_seconds: percentile(95),
        p99_processing_time_seconds: percentile(99),
        currency: app.currency.code(),
        hours: periods(&kept.hours, Micros::HOUR),
        days: periods(&kept.days, Micros::DAY),
    }
}

fn period(app: &App, period: &Period, span: i64) -> PeriodView {
    PeriodView {
        at: time(Micros(period.number * span)),
        orders: period.orders,
        revenue: Money::new(period.revenue_minor, app.currency).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workers::tests::shop;
    use futures_util::future::join_all;
    use testbed::TempDir;

    #[tokio::test]
    async fn who_asks_at_the_same_time_hears_the_same_and_who_comes_later_hears_anew() {
        let dir = TempDir::new().unwrap();
        let app = shop(&dir).await;
        let read = join_all((0..50).map(|_| app.figures.get(&app))).await;
        let first = read[0].clone().unwrap();
        assert!(read.iter().all(|read| Arc::ptr_eq(read.as_ref().unwrap(), &first)));
        tokio::time::sleep(LATELY).await;
        assert!(!Arc::ptr_eq(&app.figures.get(&app).await.unwrap(), &first));
    }
}
