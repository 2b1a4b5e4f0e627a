//! The audit: every invariant of the shop as a query for the rows that break it, all in one snapshot.

mod carts;
mod figures;

pub use carts::OVERDUE;

use crate::{figures::reached_sql, location::Location, postgres, sqlite, tx::Error};
use domain::{
    Caller, CallerKind, EventKind, IdempotencyKey, OrderStatus, SubjectKind, TrailKind,
    idempotency::once_id, orders::MOVES, trail::PERSONAL,
};
use futures_util::{StreamExt, pin_mut};
use rusqlite::types::ValueRef;
use serde_json::Value as Json;
use tokio_postgres::SimpleQueryMessage;
use uuid::Uuid;

/// So many offending rows are shown of each kind.
const SHOWN: usize = 20;

pub struct Check {
    /// What holds in a sound shop.
    pub holds: &'static str,
    /// Finds the rows for which it does not.
    sql: String,
    /// Which of them it is, where SQL cannot tell.
    breaks: Option<fn(&[String]) -> bool>,
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
    Check { holds, sql: sql.into(), breaks: None }
}

/// One list of all: the catalog, then stock, carts, orders, events, their figures, and people.
pub fn checks() -> Vec<Check> {
    [catalog(), stock(), carts::carts(), sold(), orders(), events(), figures::figures(), people()]
        .into_iter()
        .flatten()
        .collect()
}

fn catalog() -> Vec<Check> {
    vec![
        check(
            "every category is found from the top",
            "with recursive found (id) as (
                select id from categories where parent_id is null
                union all
                select c.id from categories c join found f on c.parent_id = f.id
             )
             select c.id, c.slug, c.parent_id from categories c
             left join found f on f.id = c.id where f.id is null",
        ),
        check(
            "what is archived has given up its sku and its category, and nothing else has",
            "select id, sku, former_sku, category_id from products
             where (is_archived and (sku <> 'sku:archived:' || id or former_sku is null
                                     or category_id is not null))
                or (not is_archived and (former_sku is not null or sku like 'sku:%'))",
        ),
        check(
            "every product is found by the price that it has",
            "select p.id, p.own_price_minor, p.own_currency, r.currency, r.amount_minor from products p
             join prices r on r.product_id = p.id and r.channel = 1
             where p.own_price_minor <> r.amount_minor or p.own_currency <> r.currency",
        ),
    ]
}

fn people() -> Vec<Check> {
    let kept = |table: &str| {
        format!(
            "select a.id, a.username from accounts a join {table} t on t.account_id = a.id
             where a.gone_at is not null"
        )
    };
    let agents = "select a.id, s.id as session from accounts a
         join sessions s on s.account_id = a.id
         where a.gone_at is not null and (s.agent is not null or s.origin is not null)";
    // By the entry that tells it: it is the last of its subject, and kept longer than those before it.
    let told = format!(
        "select t.id, t.subject, t.before, t.after from trail t
         join trail gone on gone.subject = t.subject and gone.kind = {}
         where t.before is not null or t.after is not null",
        TrailKind::CustomerDeleted.code()
    );
    vec![
        check("of whoever has gone no address is kept", kept("addresses")),
        check("of whoever has gone no link is good", kept("links")),
        check("of whoever has gone no second factor is kept", kept("factors")),
        check("of whoever has gone no device and no place is known", agents),
        Check {
            breaks: Some(tells_of_a_person),
            ..check("of whoever has gone the trail tells nothing personal", told)
        },
        check(
            "no account waits to be confirmed that has been, or has gone",
            "select id, username from accounts
             where held_until is not null and (gone_at is not null or email_confirmed)",
        ),
        check(
            "no session is of an era that has not begun",
            "select s.id, s.era, a.era as present from sessions s
             join accounts a on a.id = s.account_id where s.era > a.era",
        ),
    ]
}

/// What is no JSON could tell anything.
fn tells_of_a_person(row: &[String]) -> bool {
    let [_, _, sides @ ..] = row else { return true };
    let is_kept = |side: &String| match serde_json::from_str(side) {
        Ok(Json::Object(told)) => !PERSONAL.iter().any(|name| told.contains_key(*name)),
        _ => side.is_empty(),
    };
    !sides.iter().all(is_kept)
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
            "every stock entry names the one before it of its shelf, and the shelf the last",
            "select * from (
                select id, product_id, location_id, previous as named,
                    coalesce(lag(id) over (partition by product_id, location_id order by id), 0)
                        as before
                from stock_entries
                union all
                select cast(null as bigint), s.product_id, s.location_id, s.last_entry,
                    coalesce(e.last, 0)
                from stock s left join (
                    select product_id, location_id, max(id) as last from stock_entries
                    group by product_id, location_id
                ) e on e.product_id = s.product_id and e.location_id = s.location_id
             ) links where coalesce(named, -1) <> before",
        ),
        check(
            "0 <= reserved <= on hand",
            "select product_id, location_id, on_hand, reserved from stock
             where reserved < 0 or on_hand < reserved",
        ),
        check(
            "every product has a price and a shelf",
            "select p.id from products p left join prices r on r.product_id = p.id
             left join stock s on s.product_id = p.id
             where r.product_id is null or s.product_id is null",
        ),
    ]
}

/// Events of these kinds.
fn kinds(are: impl Fn(EventKind) -> bool) -> String {
    let kinds = EventKind::ALL.iter().filter(|kind| are(**kind));
    let codes: Vec<String> = kinds.map(|kind| kind.code().to_string()).collect();
    format!("e.kind in ({})", codes.join(", "))
}

fn bought(holding: &str) -> Check {
    check(
        "who has a bound of a product has what his counted orders hold of it",
        format!(
            "select coalesce(b.product_id, l.product_id) as product_id,
                    coalesce(b.owner_id, l.owner_id) as owner_id,
                    coalesce(b.units, 0) as units, coalesce(l.held, 0) as held
             from bought b
             full join (select l.product_id, o.owner_kind, o.owner_id, sum(l.quantity) as held
                from order_lines l join orders o on o.id = l.order_id
                where l.is_counted and o.status in ({holding})
                group by l.product_id, o.owner_kind, o.owner_id) l
                on l.product_id = b.product_id and l.owner_kind = b.owner_kind
                and l.owner_id = b.owner_id
             where coalesce(b.units, 0) <> coalesce(l.held, 0)"
        ),
    )
}

fn sold() -> Vec<Check> {
    let holding = OrderStatus::ALL.into_iter().filter(|status| status.holds_stock());
    let holding: Vec<String> = holding.map(|status| status.code().to_string()).collect();
    let holding = holding.join(", ");
    let units = |name: &str, of_events: &str| {
        format!(
            "(select l.product_id, sum(l.quantity) as units from order_lines l
              join events e on e.subject_id = l.order_id where {of_events}
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
        bought(&holding),
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
                units("u", &kinds(|kind| kind.status() == Some(OrderStatus::Pending)))
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
                units("u", &kinds(|kind| kind.status().is_some_and(|status| !status.holds_stock())))
            ),
        ),
    ]
}

fn orders() -> Vec<Check> {
    vec![
        check(
            "one order per caller and idempotency key",
            "select coalesce(placed_by_id, owner_id) as caller_id, idempotency_key,
                    count(*) as orders
             from orders where idempotency_key is not null
             group by coalesce(placed_by_kind, owner_kind), coalesce(placed_by_id, owner_id),
                      idempotency_key
             having count(*) > 1",
        ),
        Check {
            breaks: Some(is_lost),
            ..check(
                "every key of an order is found again",
                "select id, coalesce(placed_by_kind, owner_kind) as caller_kind,
                        coalesce(placed_by_id, owner_id) as caller_id, idempotency_key, once_id
                 from orders where idempotency_key is not null or once_id is not null",
            )
        },
        check(
            "an order's total is the sum of its lines, but where it was agreed in another system",
            "select o.id, o.total_minor, l.total from orders o left join (
                select order_id, sum(quantity * unit_price_minor) as total from order_lines
                group by order_id
             ) l on l.order_id = o.id
             where o.channel is null and (l.total is null or l.total <> o.total_minor)",
        ),
        check(
            "every line belongs to an order and names a product",
            "select l.order_id, l.line, l.product_id from order_lines l
             left join orders o on o.id = l.order_id
             left join products p on p.id = l.product_id
             where o.id is null or p.id is null",
        ),
        check(
            "what is pending waits since some time, and nothing else does",
            format!(
                "select id, number, status, pending_since from orders
                 where (status = {}) <> (pending_since is not null)",
                OrderStatus::Pending.code()
            ),
        ),
        check(
            "what a worker has claimed is worked on",
            format!(
                "select c.order_id, c.holder, o.status from claims c
                 left join orders o on o.id = c.order_id
                 where o.id is null or o.status <> {}",
                OrderStatus::Processing.code()
            ),
        ),
        check(
            "who has placed an order for somebody else is told, and is somebody else",
            "select id, number, owner_id, placed_by_kind, placed_by_id from orders
             where (placed_by_kind is null) <> (placed_by_id is null)
                or (placed_by_kind = owner_kind and placed_by_id = owner_id)",
        ),
        check(
            "order numbers have no gaps",
            "select c.last, n.orders, n.highest from counters c
             cross join (select count(*) as orders, coalesce(max(number), 0) as highest from orders) n
             where c.name = 'orders' and (c.last <> n.orders or c.last <> n.highest)",
        ),
    ]
}

/// A key is looked for by a hash of it, which no SQL computes on both engines.
fn is_lost(row: &[String]) -> bool {
    let [_, kind, owner, key, found_by] = row else { return true };
    let kind = kind.parse().ok().and_then(CallerKind::coded);
    let (Some(kind), Ok(id)) = (kind, owner.parse()) else { return true };
    let hash = once_id(Caller { kind, id }, &IdempotencyKey::stored(key));
    key.is_empty() || found_by.parse() != Ok(hash)
}

fn events() -> Vec<Check> {
    let moves: Vec<String> = EventKind::ALL
        .iter()
        .flat_map(|kind| MOVES.iter().map(move |(from, to)| (*kind, *from, *to)))
        .filter(|(kind, _, to)| *kind != EventKind::OrderPlaced && kind.status() == Some(*to))
        .map(|(kind, from, _)| {
            format!("({} = {} and e.kind = {})", reached_sql("b.kind"), from.code(), kind.code())
        })
        .collect();
    let of_orders = SubjectKind::Order.code();
    vec![
        check(
            "every version of an order has exactly one event",
            format!(
                "select o.id, o.version, coalesce(e.events, 0) as events from orders o left join (
                    select subject_id, count(*) as events, min(version) as lowest,
                           max(version) as highest
                    from events where subject_kind = {of_orders} and version is not null
                    group by subject_id
                 ) e on e.subject_id = o.id
                 where e.events is null or e.events <> o.version or e.lowest <> 1
                    or e.highest <> o.version"
            ),
        ),
        check(
            "an order's status is where its events lead",
            // What has only changed an order has moved it nowhere: before a move stands the move before it.
            format!(
                "select e.subject_id, e.version, b.kind as before, e.kind
                 from (select subject_id, version, kind, max(case when kind <> {changed} then version end)
                          over (partition by subject_id order by version
                                rows between unbounded preceding and 1 preceding) as moved
                       from events where subject_kind = {of_orders} and version is not null) e
                 left join events b on b.subject_id = e.subject_id and b.version = e.moved
                 left join orders o on o.id = e.subject_id
                 where o.id is null
                    or (e.version = 1) <> (e.kind = {placed})
                    or (e.version > 1 and e.kind <> {changed} and (b.kind is null or not ({moves})))
                    or (e.version = o.version and o.status <>
                        case when e.kind = {changed} then {before} else {reached} end)",
                changed = EventKind::OrderChanged.code(),
                placed = EventKind::OrderPlaced.code(),
                moves = moves.join(" or "),
                before = reached_sql("b.kind"),
                reached = reached_sql("e.kind"),
            ),
        ),
        check(
            "positions in the feed have no gaps",
            "select f.position, n.events, n.highest from feed f
             cross join (select count(*) as events, coalesce(max(position), 0) as highest from events) n
             where f.position <> n.events or f.position <> n.highest",
        ),
        check(
            "no consumer is ahead of the feed",
            "select c.name, c.position, f.position as feed from consumers c cross join feed f
             where c.position > f.position",
        ),
    ]
}

/// Runs all checks on a connection that is there already: a simulation's database has no other.
pub fn audit_connection(connection: &rusqlite::Connection) -> Result<Vec<Finding>, Error> {
    checks().iter().map(|check| on_sqlite(connection, check)).collect()
}

/// Runs all checks in one snapshot. On a busy SQLite shop its WAL grows meanwhile.
pub(crate) async fn audit(location: &Location) -> Result<Vec<Finding>, Error> {
    match location {
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

/// A row takes part in the finding, until there are enough.
fn take_in(check: &Check, row: Vec<String>, rows: &mut Vec<Vec<String>>) {
    if rows.len() < SHOWN && check.breaks.is_none_or(|breaks| breaks(&row)) {
        rows.push(row);
    }
}

fn limited(check: &Check) -> String {
    match check.breaks {
        None => format!("{} limit {SHOWN}", check.sql),
        Some(_) => check.sql.clone(),
    }
}

fn on_sqlite(connection: &rusqlite::Connection, check: &Check) -> Result<Finding, Error> {
    let mut statement = connection.prepare(&limited(check)).map_err(sqlite::classified)?;
    let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
    let width = columns.len();
    let mut found = statement.query([]).map_err(sqlite::classified)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next().map_err(sqlite::classified)? {
        let cell = |index| row.get_ref(index).map(shown).map_err(sqlite::classified);
        take_in(check, (0..width).map(cell).collect::<Result<_, _>>()?, &mut rows);
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

/// The rows come one by one: those to look through may be as many as there are orders.
async fn on_postgres(client: &tokio_postgres::Client, check: &Check) -> Result<Finding, Error> {
    let messages = client.simple_query_raw(&limited(check)).await.map_err(postgres::classified)?;
    pin_mut!(messages);
    let (mut columns, mut rows) = (Vec::new(), Vec::new());
    while let Some(message) = messages.next().await {
        match message.map_err(postgres::classified)? {
            SimpleQueryMessage::RowDescription(described) => {
                columns = described.iter().map(|column| column.name().to_owned()).collect();
            }
            SimpleQueryMessage::Row(row) => {
                let cell = |index| row.get(index).unwrap_or_default().to_owned();
                take_in(check, (0..row.len()).map(cell).collect(), &mut rows);
            }
            _ => {}
        }
    }
    Ok(Finding { holds: check.holds, columns, rows })
}
