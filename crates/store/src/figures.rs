//! Figures of orders: as they are kept, and counted anew as of a position of the feed.

mod counts;

pub(crate) use counts::{counted_sql, reached_sql};

use crate::{
    cell_types,
    cells::known,
    readers::{Followers, Late, ReadError},
    stored::{Columns, next},
    table,
    tx::Error,
    value::{Row, Value},
};
use domain::{Figure, FigureKind, Micros, figures::CONSUMER};

cell_types! {
    FigureKind: optional_int, raw => known(FigureKind::coded(raw), "kind of figure"), kind => Value::Int(kind.code());
}

// Without locks of their own: whoever changes them has that of their consumer.
table! {
    Figure in "figures" unlocked
    by { kind, bucket }
    edited { value }
}

/// What an hour or a day has brought: how many were placed, and what those come to that are neither cancelled nor
/// failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    /// By its number since 1970.
    pub number: i64,
    pub orders: i64,
    pub revenue_minor: i64,
}

/// The figures of one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Kept {
    /// All events up to this one are counted.
    pub position: i64,
    /// When the first happened that is not counted yet; none when all are.
    pub next_at: Option<Micros>,
    /// Whether something has happened, and nothing was counted as yet.
    pub is_unknown: bool,
    /// Statuses, the time, and its spans.
    pub figures: Vec<Figure>,
    pub hours: Vec<Period>,
    pub days: Vec<Period>,
}

/// What a row of the answer tells.
const PLAIN: i64 = 0;
const BY_HOUR: i64 = 1;
const BY_DAY: i64 = 2;
const STAND: i64 = 3;

impl Late {
    /// What is kept, of hours and days from these on: read by its key, and of one snapshot.
    pub async fn figures(&self, first_hour: i64, first_day: i64) -> Result<Kept, ReadError> {
        let (orders, revenue) = (FigureKind::Orders.code(), FigureKind::Revenue.code());
        let others = FigureKind::ALL.iter().map(|kind| kind.code());
        let others = others.filter(|kind| ![orders, revenue].contains(kind));
        let others = others.map(|kind| kind.to_string()).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "select {PLAIN}, kind, bucket, value from figures where kind in ({others})
             union all
             select {BY_HOUR}, kind, bucket, value from figures
             where kind in ({orders}, {revenue}) and bucket >= $1
             union all
             select {BY_DAY}, kind, bucket / 24, cast(sum(value) as bigint) from figures
             where kind in ({orders}, {revenue}) and bucket >= $2 group by kind, bucket / 24
             union all
             select {STAND}, f.position, coalesce(c.position, 0),
                    (select e.at from events e where e.position = coalesce(c.position, 0) + 1)
             from feed f left join consumers c on c.name = '{CONSUMER}'"
        );
        let params = vec![first_hour.into(), (first_day * 24).into()];
        let read = |row: &Row| {
            let at = &mut 0;
            let cells: (i64, i64, i64) = (next(row, at)?, next(row, at)?, next(row, at)?);
            Ok((cells, next::<Option<i64>>(row, at)?))
        };
        let mut kept = Kept::default();
        for ((what, one, other), value) in self.0.query(sql, params, read).await? {
            match what {
                STAND => {
                    kept.position = other;
                    kept.next_at = value.map(Micros);
                    kept.is_unknown = other == 0 && one > 0;
                }
                PLAIN => kept.figures.push(figure(one, other, value)?),
                BY_HOUR => add(&mut kept.hours, figure(one, other, value)?),
                _ => add(&mut kept.days, figure(one, other, value)?),
            }
        }
        Ok(kept)
    }
}

fn figure(kind: i64, bucket: i64, value: Option<i64>) -> Result<Figure, Error> {
    let kind = known(FigureKind::coded(kind), "kind of figure")?;
    Ok(Figure { kind, bucket, value: value.unwrap_or(0) })
}

fn add(periods: &mut Vec<Period>, figure: Figure) {
    let number = figure.bucket;
    let at = periods.iter().position(|period| period.number == number).unwrap_or_else(|| {
        periods.push(Period { number, ..Period::default() });
        periods.len() - 1
    });
    match figure.kind {
        FigureKind::Revenue => periods[at].revenue_minor = figure.value,
        _ => periods[at].orders = figure.value,
    }
}

impl Followers {
    /// What is kept, whatever it is.
    pub async fn figures_kept(&self) -> Result<Vec<Figure>, ReadError> {
        let sql = format!("select {} from figures", Figure::SELECT.join(", "));
        self.0.query(sql, vec![], |row| Figure::read(row, &mut 0)).await
    }

    /// What orders with numbers above the first, up to the second, came to at a position, whatever has happened
    /// since: all pieces together are the figures of that position, whenever each is counted.
    pub async fn count_orders_at(
        &self,
        position: i64,
        above: i64,
        up_to: i64,
    ) -> Result<Vec<Figure>, ReadError> {
        let sql = counted_sql("$1", "o.number > $2 and o.number <= $3");
        let params = vec![position.into(), above.into(), up_to.into()];
        self.0.query(sql, params, |row| Figure::read(row, &mut 0)).await
    }

    /// The number of the last order.
    pub async fn last_number(&self) -> Result<i64, ReadError> {
        let sql = "select last from counters where name = 'orders'".into();
        Ok(self.0.query(sql, vec![], |row| row.int(0)).await?.pop().unwrap_or(0))
    }
}
