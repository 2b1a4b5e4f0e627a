//! The rows of orders, lines and events.

use super::rows::{
    Read, Which, all, caller, coded, json, micros, optional_caller, optional_text, some, text,
    uuid, wrong,
};
use domain::{
    Caller, CorrelationId, Event, EventKind, Fingerprint, IdempotencyKey, Micros, Once, Order,
    OrderId, OrderLine, OrderStatus, ProductId, Quantity, Reference, Sku, Subject, SubjectKind,
    Text,
};
use model::Told;
use rusqlite::{Connection, Row, types::Type};
use uuid::Uuid;

const ORDERS: &str = "select id, number, owner_kind, owner_id, placed_by_kind, placed_by_id, status, version, currency,
    total_minor, reference, channel, handed_over, note, delivery_address, contact, idempotency_key, fingerprint, created_at, updated_at, pending_since, processing_started_at,
    processing_completed_at, failure_reason from orders";
const LINES: &str =
    "select product_id, sku, name, description, quantity, unit_price_minor, is_counted, line
    from order_lines where order_id = ?1 order by line";

pub fn orders(connection: &Connection, which: Which<Uuid>) -> Read<Vec<Order>> {
    let mut orders = some(connection, ORDERS, which, order)?;
    for order in &mut orders {
        order.lines = all(connection, LINES, [order.id.0.as_bytes()], line)?;
    }
    Ok(orders)
}

/// Notes that more orders bear than one, although each was wanted once.
pub fn doubled_notes(connection: &Connection) -> Read<Vec<String>> {
    let sql = "select note from orders where note like 'once %' group by note having count(*) > 1";
    all(connection, sql, [], |row| row.get(0))
}

fn order(row: &Row) -> Read<Order> {
    let key = optional_text(row, "idempotency_key")?.map(IdempotencyKey::stored);
    let fingerprint = row.get::<_, Option<[u8; 16]>>("fingerprint")?.map(Uuid::from_bytes);
    let once = key.zip(fingerprint);
    Ok(Order {
        id: OrderId(uuid(row, "id")?),
        number: Some(row.get("number")?),
        owner: caller(row, "owner")?,
        placed_by: optional_caller(row, "placed_by")?,
        status: status(row, "status")?,
        version: row.get("version")?,
        currency: text(row, "currency")?.parse().map_err(|_| wrong("currency"))?,
        total_minor: row.get("total_minor")?,
        reference: optional_text(row, "reference")?.map(Reference::stored),
        note: Text::stored(text(row, "note")?),
        delivery_address: json(row, "delivery_address")?,
        contact: json(row, "contact")?,
        channel: optional_text(row, "channel")?.map(Text::stored),
        handed_over: json(row, "handed_over")?,
        once: once.map(|(key, print)| Once { key, fingerprint: Fingerprint(print) }),
        lines: Vec::new(),
        created_at: Micros(row.get("created_at")?),
        updated_at: Micros(row.get("updated_at")?),
        pending_since: micros(row, "pending_since")?,
        processing_started_at: micros(row, "processing_started_at")?,
        processing_completed_at: micros(row, "processing_completed_at")?,
        failure_reason: optional_text(row, "failure_reason")?.map(Text::stored),
    })
}

fn line(row: &Row) -> Read<OrderLine> {
    Ok(OrderLine {
        product: ProductId(row.get("product_id")?),
        sku: Sku::stored(text(row, "sku")?),
        name: Text::stored(text(row, "name")?),
        description: Text::stored(text(row, "description")?),
        quantity: Quantity::new(row.get("quantity")?).ok_or_else(|| wrong("quantity"))?,
        unit_price_minor: row.get("unit_price_minor")?,
        is_counted: row.get("is_counted")?,
    })
}

fn status(row: &Row, column: &str) -> Read<OrderStatus> {
    use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
    let codes = [(1, Pending), (2, Processing), (3, Completed), (4, Cancelled), (5, Failed)];
    coded(row, column, codes)
}

/// Where an order came from is what the event before tells that has moved it.
pub fn events_after(connection: &Connection, position: i64) -> Read<Vec<(i64, Told)>> {
    let sql = "select e.position, e.subject_kind, e.subject_id, e.version, e.kind, e.data,
        e.actor_kind, e.actor_id, e.correlation_id, e.at, b.kind as kind_before
        from events e left join events b on b.subject_id = e.subject_id
        and b.subject_kind = e.subject_kind and e.kind <> 7 and b.version = (
            select max(m.version) from events m where m.subject_id = e.subject_id
            and m.version < e.version and m.kind <> 7)
        where e.position > ?1 order by e.position";
    all(connection, sql, [position], |row| {
        let (kind, to) = event_kind(row, "kind")?;
        let from = match row.get_ref("kind_before")?.data_type() {
            Type::Null => None,
            _ => event_kind(row, "kind_before")?.1,
        };
        let event = Event {
            subject: Subject {
                kind: coded(
                    row,
                    "subject_kind",
                    [
                        (1, SubjectKind::Order),
                        (2, SubjectKind::Product),
                        (3, SubjectKind::Cart),
                        (4, SubjectKind::Category),
                        (5, SubjectKind::Customer),
                        (6, SubjectKind::ApiKey),
                    ],
                )?,
                id: uuid(row, "subject_id")?,
            },
            version: row.get("version")?,
            kind,
            data: optional_text(row, "data")?.map(Box::from),
            actor: caller(row, "actor")?,
            correlation: CorrelationId(uuid(row, "correlation_id")?),
            at: Micros(row.get("at")?),
        };
        Ok((row.get("position")?, Told { event, from, to }))
    })
}

/// A kind of event, and the status that it brings an order to.
fn event_kind(row: &Row, column: &str) -> Read<(EventKind, Option<OrderStatus>)> {
    use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
    let codes = [
        (1, (EventKind::OrderPlaced, Some(Pending))),
        (2, (EventKind::OrderStarted, Some(Processing))),
        (3, (EventKind::OrderCompleted, Some(Completed))),
        (4, (EventKind::OrderCancelled, Some(Cancelled))),
        (5, (EventKind::OrderFailed, Some(Failed))),
        (6, (EventKind::OrderRetried, Some(Pending))),
        (7, (EventKind::OrderChanged, None)),
        (20, (EventKind::StockLow, None)),
        (21, (EventKind::StockChanged, None)),
        (30, (EventKind::CartExpired, None)),
        (40, (EventKind::ProductCreated, None)),
        (41, (EventKind::ProductChanged, None)),
        (42, (EventKind::ProductArchived, None)),
        (50, (EventKind::CategoryCreated, None)),
        (51, (EventKind::CategoryChanged, None)),
        (52, (EventKind::CategoryRemoved, None)),
        (60, (EventKind::CustomerRegistered, None)),
        (61, (EventKind::CustomerChanged, None)),
        (62, (EventKind::CustomerDeleted, None)),
        (70, (EventKind::KeyCreated, None)),
        (71, (EventKind::KeyRevoked, None)),
    ];
    coded(row, column, codes)
}

/// What callers have ordered of products that have a bound for each.
pub fn bought(connection: &Connection) -> Read<Vec<((ProductId, Caller), i64)>> {
    let sql = "select product_id, owner_kind, owner_id, units from bought order by 1, 2, 3";
    all(connection, sql, [], |row| {
        let key = (ProductId(row.get("product_id")?), caller(row, "owner")?);
        Ok((key, row.get("units")?))
    })
}
