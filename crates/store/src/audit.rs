//! The audit: every invariant of the shop as a query for the rows that break it, all in one snapshot.

use crate::{location::Location, postgres, sqlite, tx::Error};
use domain::{OrderStatus, orders::MOVES};
use rusqlite::types::ValueRef;
use tokio_postgres::SimpleQueryMessage;
use uuid::Uuid;

/// So many offending rows are shown of each kind.
const SHOWN: usize = 20;

pub struct Check {
    /// What holds in a sound shop.
    pub holds: &'static str,
    /// Finds the rows for which it does not.
    sql: String,
}

/// A check and the rows that break it.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    pub holds: &'static str,
    pub columns: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Finding {
    pub fn is_sound(&self) -> bool {
        self.rows.is_empty()
    }
}

fn check(holds: &'static str, sql: impl Into<String>) -> Check {
    Check { holds, sql: sql.into() }
}

/// One list of all: stock, then orders, then events.
pub fn checks() -> Vec<Check> {
    [stock(), sold(), orders(), events()].into_iter().flatten().collect()
}

fn stock() -> Vec<Check> {
    vec![
        check(
            "stock is what its entries sum up to",
            "select s.product_id, s.location_id, s.on_hand, coalesce(e.total, 0) as entries
             from stock s left join (
                select product_id, location_id, sum(delta) as total from stock_entries
                group by product_id, location_id
             ) e on e.product_id = s.product_id and e.location_id = s.location_id
             where s.on_hand <> coalesce(e.total, 0)",
        ),
        check(
            "every stock entry belongs to a shelf",
            "select e.id, e.product_id, e.location_id from stock_entries e
             left join stock s on s.product_id = e.product_id and s.location_id = e.location_id
             where s.product_id is null",
        ),
        check(
            "0 <= reserved <= on hand, and nothing is reserved that no cart holds",
            "select product_id, location_id, on_hand, reserved from stock
             where reserved <> 0 or on_hand < reserved",
        ),
        check(
            "every product has a price and a shelf",
            "select p.id from products p left join prices r on r.product_id = p.id
             left join stock s on s.product_id = p.id
             where r.product_id is null or s.product_id is null",
        ),
    ]
}

fn sold() -> Vec<Check> {
    let holding = OrderStatus::ALL.into_iter().filter(|status| status.holds_stock());
    let holding: Vec<String> = holding.map(|status| status.code().to_string()).collect();
    let holding = holding.join(", ");
    let units = |name: &str, of_events: &str| {
        format!(
            "(select l.product_id, sum(l.quantity) as units from order_lines l
              join events e on e.order_id = l.order_id where {of_events}
              group by l.product_id) {name}"
        )
    };
    let entries = |kind: i64| {
        format!(
            "(select product_id, sum(delta) as units from stock_entries where kind = {kind}
              group by product_id) n"
        )
    };
    vec![
        check(
            "receipts and adjustments are what is on hand and what orders hold",
            format!(
                "select s.product_id, coalesce(e.received, 0) as received, s.on_hand,
                        coalesce(l.held, 0) as held
                 from (select product_id, sum(on_hand) as on_hand from stock group by product_id) s
                 left join (select product_id, sum(delta) as received from stock_entries
                    where kind in (1, 2) group by product_id) e on e.product_id = s.product_id
                 left join (select l.product_id, sum(l.quantity) as held from order_lines l
                    join orders o on o.id = l.order_id where o.status in ({holding})
                    group by l.product_id) l on l.product_id = s.product_id
                 where coalesce(e.received, 0) <> s.on_hand + coalesce(l.held, 0)"
            ),
        ),
        check(
            "sale entries are the units ever sold",
            format!(
                "select s.product_id, coalesce(n.units, 0) as entries, coalesce(u.units, 0) as sold
                 from stock s left join {} on n.product_id = s.product_id
                 left join {} on u.product_id = s.product_id
                 where coalesce(n.units, 0) <> -coalesce(u.units, 0)",
                entries(3),
                units("u", "e.from_status is null or e.to_status = 1")
            ),
        ),
        check(
            "return entries are the units given back",
            format!(
                "select s.product_id, coalesce(n.units, 0) as entries, coalesce(u.units, 0) as given_back
                 from stock s left join {} on n.product_id = s.product_id
                 left join {} on u.product_id = s.product_id
                 where coalesce(n.units, 0) <> coalesce(u.units, 0)",
                entries(4),
                units("u", &format!("e.to_status not in ({holding})"))
            ),
        ),
    ]
}

fn orders() -> Vec<Check> {
    vec![
        check(
            "one order per caller and idempotency key",
            "select owner_id, idempotency_key, count(*) as orders from orders
             where idempotency_key is not null
             group by owner_kind, owner_id, idempotency_key having count(*) > 1",
        ),
        check(
            "every key of an order is found again",
            "select id, idempotency_key, once_id from orders
             where (idempotency_key is null) <> (once_id is null)",
        ),
        check(
            "an order's total is the sum of its lines",
            "select o.id, o.total_minor, l.total from orders o left join (
                select order_id, sum(quantity * unit_price_minor) as total from order_lines
                group by order_id
             ) l on l.order_id = o.id
             where l.total is null or l.total <> o.total_minor",
        ),
        check(
            "every line belongs to an order and names a product",
            "select l.order_id, l.line, l.product_id from order_lines l
             left join orders o on o.id = l.order_id
             left join products p on p.id = l.product_id
             where o.id is null or p.id is null",
        ),
        check(
            "order numbers have no gaps",
            "select c.last, n.orders, n.highest from counters c
             cross join (select count(*) as orders, coalesce(max(number), 0) as highest from orders) n
             where c.name = 'orders' and (c.last <> n.orders or c.last <> n.highest)",
        ),
    ]
}

fn events() -> Vec<Check> {
    let moves: Vec<String> = MOVES
        .iter()
        .map(|(from, to)| {
            format!("(e.from_status = {} and e.to_status = {})", from.code(), to.code())
        })
        .collect();
    vec![
        check(
            "every version of an order has exactly one event",
            "select o.id, o.version, coalesce(e.events, 0) as events from orders o left join (
                select order_id, count(*) as events, min(version) as lowest, max(version) as highest
                from events group by order_id
             ) e on e.order_id = o.id
             where e.events is null or e.events <> o.version or e.lowest <> 1 or e.highest <> o.version",
        ),
        check(
            "an order's status is where its events lead",
            format!(
                "select e.order_id, e.version, e.from_status, e.to_status from events e
                 left join events b on b.order_id = e.order_id and b.version = e.version - 1
                 left join orders o on o.id = e.order_id
                 where o.id is null
                    or (e.version = o.version and e.to_status <> o.status)
                    or (e.version = 1 and (e.from_status is not null or e.to_status <> 1))
                    or (e.version > 1 and (b.to_status is null or b.to_status <> e.from_status
                        or not ({})))",
                moves.join(" or ")
            ),
        ),
        check(
            "positions in the feed have no gaps",
            "select c.last, n.events, n.highest from counters c
             cross join (select count(*) as events, coalesce(max(position), 0) as highest from events) n
             where c.name = 'events' and (c.last <> n.events or c.last <> n.highest)",
        ),
    ]
}

/// Runs all checks on a connection that is there already: a simulation's database has no other.
pub fn audit_connection(connection: &rusqlite::Connection) -> Result<Vec<Finding>, Error> {
    checks().iter().map(|check| on_sqlite(connection, check)).collect()
}

impl Location {
    /// Runs all checks in one snapshot. On a busy SQLite shop its WAL grows meanwhile.
    pub async fn audit(&self) -> Result<Vec<Finding>, Error> {
        match self {
            Location::Sqlite(path) => {
                let connection = sqlite::open_reader(path)?;
                connection.execute_batch("begin").map_err(sqlite::classified)?;
                audit_connection(&connection)
            }
            Location::Postgres(config) => {
                let client = postgres::connect(config).await?;
                let begin = "begin isolation level repeatable read read only";
                client.batch_execute(begin).await.map_err(postgres::classified)?;
                let mut findings = Vec::new();
                for check in checks() {
                    findings.push(on_postgres(&client, &check).await?);
                }
                Ok(findings)
            }
        }
    }
}

fn limited(check: &Check) -> String {
    format!("{} limit {SHOWN}", check.sql)
}

fn on_sqlite(connection: &rusqlite::Connection, check: &Check) -> Result<Finding, Error> {
    let mut statement = connection.prepare(&limited(check)).map_err(sqlite::classified)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let width = columns.len();
    let mut found = statement.query([]).map_err(sqlite::classified)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(sqlite::classified)? {
        let cell = |index| row.get_ref(index).map(shown).map_err(sqlite::classified);
        rows.push((0..width).map(cell).collect::<Result<_, _>>()?);
    }
    Ok(Finding { holds: check.holds, columns, rows })
}

fn shown(value: ValueRef) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => match Uuid::from_slice(bytes) {
            Ok(id) => id.to_string(),
            Err(_) => format!("{} bytes", bytes.len()),
        },
    }
}

async fn on_postgres(client: &tokio_postgres::Client, check: &Check) -> Result<Finding, Error> {
    let messages = client.simple_query(&limited(check)).await.map_err(postgres::classified)?;
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    for message in messages {
        match message {
            SimpleQueryMessage::RowDescription(described) => {
                columns = described.iter().map(|column| column.name().to_owned()).collect();
            }
            SimpleQueryMessage::Row(row) => {
                let cell = |index| row.get(index).unwrap_or_default().to_owned();
                rows.push((0..row.len()).map(cell).collect());
            }
            _ => {}
        }
    }
    Ok(Finding { holds: check.holds, columns, rows })
}
