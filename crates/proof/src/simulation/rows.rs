//! The raw rows, read by statements of the simulation's own and not through the store's readers.

use crate::simulation::model::Told;
use domain::{
    Account, AccountId, Caller, CallerKind, Category, CategoryId, Consumer, CorrelationId, Email,
    EntryKind, Event, EventKind, Fingerprint, IdempotencyKey, LocationId, Micros, Money, Once,
    Order, OrderId, OrderLine, OrderStatus, Product, ProductId, PublicId, Quantity, Role, Session,
    SessionId, Sku, StockEntry, Subject, SubjectKind, Text, Username,
};
use rusqlite::{Connection, Params, Row, types::Type};
use uuid::Uuid;

type Read<T> = rusqlite::Result<T>;

const ORDERS: &str = "select id, number, owner_kind, owner_id, status, version, currency,
    total_minor, note, idempotency_key, fingerprint, created_at, updated_at, processing_started_at,
    processing_completed_at, failure_reason from orders";
const LINES: &str = "select product_id, sku, name, description, quantity, unit_price_minor, line
    from order_lines where order_id = ?1 order by line";
const PRODUCTS: &str = "select p.id, p.public_id, p.sku, p.name, p.description, p.image_url,
    p.category_id, p.version, p.is_archived, p.created_at, p.updated_at, r.currency,
    r.amount_minor, c.slug, s.on_hand, s.reserved, r.channel, s.location_id
    from products p join prices r on r.product_id = p.id join stock s on s.product_id = p.id
    left join categories c on c.id = p.category_id";
const SESSIONS: &str = "select id, account_id, generation, rotated_at, created_at, expires_at,
    ended_at from sessions";
const ACCOUNTS: &str = "select id, username, email, password_hash, first_name, last_name, role,
    is_active, created_at, updated_at from accounts";
const CONSUMERS: &str = "select name, position, holder, leased_until, seen_at from consumers";

/// All rows, or those whose key this is.
#[derive(Clone, Copy)]
pub enum Which<K> {
    All,
    One(K),
}

fn all<T, P: Params>(
    connection: &Connection,
    sql: &str,
    params: P,
    read: impl Fn(&Row) -> Read<T>,
) -> Read<Vec<T>> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut found = statement.query(params)?;
    let mut rows = Vec::new();
    while let Some(row) = found.next()? {
        rows.push(read(row)?);
    }
    Ok(rows)
}

fn some<T>(
    connection: &Connection,
    (select, key): (&str, &str),
    which: Which<[u8; 16]>,
    read: impl Fn(&Row) -> Read<T>,
) -> Read<Vec<T>> {
    match which {
        Which::All => all(connection, select, [], read),
        Which::One(id) => all(connection, &format!("{select} where {key} = ?1"), [id], read),
    }
}

pub fn orders(connection: &Connection, which: Which<OrderId>) -> Read<Vec<Order>> {
    let mut orders = some(connection, (ORDERS, "id"), bytes(which, |id| id.0), order)?;
    for order in &mut orders {
        order.lines = all(connection, LINES, [order.id.0.as_bytes()], line)?;
    }
    Ok(orders)
}

/// Products with what lies on their shelves: on hand, reserved.
pub fn products(
    connection: &Connection,
    which: Which<ProductId>,
) -> Read<Vec<(Product, i64, i64)>> {
    match which {
        Which::All => all(connection, PRODUCTS, [], product),
        Which::One(id) => all(connection, &format!("{PRODUCTS} where p.id = ?1"), [id.0], product),
    }
}

pub fn sessions(connection: &Connection, which: Which<SessionId>) -> Read<Vec<Session>> {
    some(connection, (SESSIONS, "id"), bytes(which, |id| id.0), |row| {
        Ok(Session {
            id: SessionId(uuid(row, 0)?),
            account: AccountId(uuid(row, 1)?),
            generation: row.get(2)?,
            rotated_at: Micros(row.get(3)?),
            created_at: Micros(row.get(4)?),
            expires_at: Micros(row.get(5)?),
            ended_at: micros(row, 6)?,
        })
    })
}

pub fn accounts(connection: &Connection, which: Which<AccountId>) -> Read<Vec<Account>> {
    some(connection, (ACCOUNTS, "id"), bytes(which, |id| id.0), |row| {
        Ok(Account {
            id: AccountId(uuid(row, 0)?),
            username: Username::stored(text(row, 1)?),
            email: Email::stored(text(row, 2)?),
            password_hash: Text::stored(text(row, 3)?),
            first_name: Text::stored(text(row, 4)?),
            last_name: Text::stored(text(row, 5)?),
            role: coded(row, 6, [(1, Role::Customer), (2, Role::Staff), (3, Role::Admin)])?,
            is_active: row.get(7)?,
            created_at: Micros(row.get(8)?),
            updated_at: Micros(row.get(9)?),
        })
    })
}

pub fn categories_after(connection: &Connection, id: i64) -> Read<Vec<Category>> {
    let sql = "select id, slug, name, parent_id from categories where id > ?1 order by id";
    all(connection, sql, [id], |row| {
        Ok(Category {
            id: CategoryId(row.get(0)?),
            slug: Text::stored(text(row, 1)?),
            name: Text::stored(text(row, 2)?),
            parent: row.get::<_, Option<i64>>(3)?.map(CategoryId),
        })
    })
}

pub fn consumers(connection: &Connection, which: Which<&str>) -> Read<Vec<Consumer>> {
    let read = |row: &Row| {
        Ok(Consumer {
            name: Text::stored(text(row, 0)?),
            position: row.get(1)?,
            holder: uuid(row, 2)?,
            leased_until: Micros(row.get(3)?),
            seen_at: Micros(row.get(4)?),
        })
    };
    match which {
        Which::All => all(connection, CONSUMERS, [], read),
        Which::One(name) => all(connection, &format!("{CONSUMERS} where name = ?1"), [name], read),
    }
}

/// Where an order came from is what its event before tells.
pub fn events_after(connection: &Connection, position: i64) -> Read<Vec<(i64, Told)>> {
    let sql = "select e.position, e.subject_kind, e.subject_id, e.version, e.kind, e.data,
        e.actor_kind, e.actor_id, e.correlation_id, e.at, b.kind
        from events e left join events b on b.subject_id = e.subject_id
        and b.subject_kind = e.subject_kind and b.version = e.version - 1
        where e.position > ?1 order by e.position";
    all(connection, sql, [position], |row| {
        let (kind, to) = event_kind(row, 4)?;
        let from = match row.get_ref(10)?.data_type() {
            Type::Null => None,
            _ => Some(event_kind(row, 10)?.1),
        };
        let event = Event {
            subject: Subject { kind: coded(row, 1, [(1, SubjectKind::Order)])?, id: uuid(row, 2)? },
            version: row.get(3)?,
            kind,
            data: optional_text(row, 5)?.map(Box::from),
            actor: caller(row, 6)?,
            correlation: CorrelationId(uuid(row, 8)?),
            at: Micros(row.get(9)?),
        };
        Ok((row.get(0)?, Told { event, from, to }))
    })
}

/// A kind of event, and the status that it brings its order to.
fn event_kind(row: &Row, column: usize) -> Read<(EventKind, OrderStatus)> {
    use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
    let codes = [
        (1, (EventKind::OrderPlaced, Pending)),
        (2, (EventKind::OrderStarted, Processing)),
        (3, (EventKind::OrderCompleted, Completed)),
        (4, (EventKind::OrderCancelled, Cancelled)),
        (5, (EventKind::OrderFailed, Failed)),
        (6, (EventKind::OrderRetried, Pending)),
    ];
    coded(row, column, codes)
}

/// Entries after a row, with the last row's id. A sale names no request: its id is nil here.
pub fn entries_after(connection: &Connection, id: i64) -> Read<Vec<(i64, StockEntry)>> {
    use EntryKind::{Adjustment, Receipt, Return, Sale};
    let sql = "select id, product_id, location_id, kind, delta, reason, actor_kind, actor_id,
        correlation_id, at from stock_entries where id > ?1 order by id";
    all(connection, sql, [id], |row| {
        let correlation = row.get::<_, Option<[u8; 16]>>(8)?.map_or(Uuid::nil(), Uuid::from_bytes);
        let entry = StockEntry {
            product: ProductId(row.get(1)?),
            location: LocationId(row.get(2)?),
            kind: coded(row, 3, [(1, Receipt), (2, Adjustment), (3, Sale), (4, Return)])?,
            delta: row.get(4)?,
            reason: optional_text(row, 5)?.map(Text::stored),
            actor: caller(row, 6)?,
            correlation: CorrelationId(correlation),
            at: Micros(row.get(9)?),
        };
        Ok((row.get(0)?, entry))
    })
}

/// The keys of what was done, with its time.
pub fn traces(connection: &Connection) -> Read<Vec<(Caller, IdempotencyKey, Micros)>> {
    let sql = "select caller_kind, caller_id, idempotency_key, at from traces";
    all(connection, sql, [], |row| {
        Ok((caller(row, 0)?, IdempotencyKey::stored(text(row, 2)?), Micros(row.get(3)?)))
    })
}

pub fn has_trace(connection: &Connection, caller: Caller, key: &IdempotencyKey) -> Read<bool> {
    let sql = "select 1 from traces where caller_kind = ?1 and caller_id = ?2
        and idempotency_key = ?3";
    let kind = match caller.kind {
        CallerKind::System => 0,
        CallerKind::Account => 1,
    };
    let found = all(connection, sql, (kind, caller.id.as_bytes(), key.as_str()), |_| Ok(()))?;
    Ok(found.len() == 1)
}

/// Tells how many traces it has overwritten.
pub fn keep_unreadably(
    connection: &Connection,
    caller: Caller,
    key: &IdempotencyKey,
) -> Read<usize> {
    let sql = "update traces set kept = '9 in a form of another version'
        where caller_id = ?1 and idempotency_key = ?2";
    connection.execute(sql, (caller.id.as_bytes(), key.as_str()))
}

/// Where the counters of categories, orders and products stand.
pub fn counters(connection: &Connection) -> Read<Vec<i64>> {
    all(connection, "select last from counters order by name", [], |row| row.get(0))
}

/// The last event's position and the last commit's number.
pub fn feed(connection: &Connection) -> Read<Vec<(i64, i64)>> {
    let read = |row: &Row| Ok((row.get(0)?, row.get(1)?));
    all(connection, "select position, commits from feed", [], read)
}

/// Notes that more orders bear than one, although each was wanted once.
pub fn doubled_notes(connection: &Connection) -> Read<Vec<String>> {
    let sql = "select note from orders where note like 'once %' group by note having count(*) > 1";
    all(connection, sql, [], |row| row.get(0))
}

fn bytes<K>(which: Which<K>, uuid: impl Fn(K) -> Uuid) -> Which<[u8; 16]> {
    match which {
        Which::All => Which::All,
        Which::One(id) => Which::One(uuid(id).into_bytes()),
    }
}

fn order(row: &Row) -> Read<Order> {
    let key = optional_text(row, 9)?.map(IdempotencyKey::stored);
    let fingerprint = row.get::<_, Option<[u8; 16]>>(10)?.map(Uuid::from_bytes);
    let once = key.zip(fingerprint);
    Ok(Order {
        id: OrderId(uuid(row, 0)?),
        number: Some(row.get(1)?),
        owner: caller(row, 2)?,
        status: status(row, 4)?,
        version: row.get(5)?,
        currency: text(row, 6)?.parse().map_err(|_| wrong(6))?,
        total_minor: row.get(7)?,
        note: Text::stored(text(row, 8)?),
        once: once.map(|(key, print)| Once { key, fingerprint: Fingerprint(print) }),
        lines: Vec::new(),
        created_at: Micros(row.get(11)?),
        updated_at: Micros(row.get(12)?),
        processing_started_at: micros(row, 13)?,
        processing_completed_at: micros(row, 14)?,
        failure_reason: optional_text(row, 15)?.map(Text::stored),
    })
}

fn line(row: &Row) -> Read<OrderLine> {
    Ok(OrderLine {
        product: ProductId(row.get(0)?),
        sku: Sku::stored(text(row, 1)?),
        name: Text::stored(text(row, 2)?),
        description: Text::stored(text(row, 3)?),
        quantity: Quantity::new(row.get(4)?).ok_or_else(|| wrong(4))?,
        unit_price_minor: row.get(5)?,
    })
}

fn product(row: &Row) -> Read<(Product, i64, i64)> {
    // The shop's one channel and its one location.
    if (row.get::<_, i64>(16)?, row.get::<_, i64>(17)?) != (1, 1) {
        return Err(wrong(16));
    }
    let currency = text(row, 11)?.parse().map_err(|_| wrong(11))?;
    let product = Product {
        id: ProductId(row.get(0)?),
        public_id: PublicId(uuid(row, 1)?),
        sku: Sku::stored(text(row, 2)?),
        name: Text::stored(text(row, 3)?),
        description: Text::stored(text(row, 4)?),
        image_url: optional_text(row, 5)?.map(Text::stored),
        category: row.get::<_, Option<i64>>(6)?.map(CategoryId),
        version: row.get(7)?,
        is_archived: row.get(8)?,
        created_at: Micros(row.get(9)?),
        updated_at: Micros(row.get(10)?),
        price: Money { minor: row.get(12)?, currency },
        category_slug: optional_text(row, 13)?.map(Text::stored),
    };
    Ok((product, row.get(14)?, row.get(15)?))
}

fn wrong(column: usize) -> rusqlite::Error {
    rusqlite::Error::InvalidColumnType(column, "an unknown value".to_owned(), Type::Null)
}

fn uuid(row: &Row, column: usize) -> Read<Uuid> {
    row.get::<_, [u8; 16]>(column).map(Uuid::from_bytes)
}

fn text<'r>(row: &'r Row, column: usize) -> Read<&'r str> {
    row.get_ref(column)?.as_str().map_err(|_| wrong(column))
}

fn optional_text<'r>(row: &'r Row, column: usize) -> Read<Option<&'r str>> {
    row.get_ref(column)?.as_str_or_null().map_err(|_| wrong(column))
}

fn micros(row: &Row, column: usize) -> Read<Option<Micros>> {
    row.get::<_, Option<i64>>(column).map(|time| time.map(Micros))
}

fn coded<T: Copy, const N: usize>(row: &Row, column: usize, codes: [(i64, T); N]) -> Read<T> {
    let code = row.get::<_, i64>(column)?;
    let found = codes.iter().find(|(known, _)| *known == code);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| wrong(column))
}

fn caller(row: &Row, column: usize) -> Read<Caller> {
    let kind = coded(row, column, [(0, CallerKind::System), (1, CallerKind::Account)])?;
    Ok(Caller { kind, id: uuid(row, column + 1)? })
}

fn status(row: &Row, column: usize) -> Read<OrderStatus> {
    use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
    let codes = [(1, Pending), (2, Processing), (3, Completed), (4, Cancelled), (5, Failed)];
    coded(row, column, codes)
}
