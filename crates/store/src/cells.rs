//! How the domain's values become cells: one line for each type that fills a column.

use crate::{
    stored::{Cell, Cells},
    tx::Error,
    value::{Row as Answer, Value},
};
use domain::{
    AccountId, Caller, CallerKind, CategoryId, CorrelationId, CounterName, Currency, Email,
    EntryKind, EventKind, Fingerprint, IdempotencyKey, LocationId, Micros, Money, Once, OrderId,
    OrderStatus, ProductId, PublicId, Quantity, Role, SessionId, Sku, Subject, SubjectKind, Text,
    Username,
    facts::{FoldedEmail, FoldedName},
};
use uuid::Uuid;

/// `Type: getter, raw => what it means, value => what is kept`.
macro_rules! cells {
    ($($type:ty: $get:ident, $raw:ident => $read:expr, $value:ident => $write:expr;)+) => {$(
        impl Cell for $type {
            fn read_optional(answer: &Answer, at: usize) -> Result<Option<Self>, Error> {
                answer.$get(at)?.map(|$raw| $read).transpose()
            }
            fn write<'a>(&'a self, cells: &mut Cells<'a>) {
                let $value = self;
                cells.push($write);
            }
        }
    )+};
}

cells! {
    bool: optional_bool, raw => Ok(raw), yes => Value::Bool(*yes);
    i64: optional_int, raw => Ok(raw), number => Value::Int(*number);
    Uuid: optional_uuid, raw => Ok(raw), id => Value::Uuid(*id);
    Box<str>: optional_text, raw => Ok(raw.into()), text => Value::Text(text);
    Micros: optional_int, raw => Ok(Micros(raw)), at => Value::Int(at.0);
    ProductId: optional_int, raw => Ok(ProductId(raw)), id => Value::Int(id.0);
    CategoryId: optional_int, raw => Ok(CategoryId(raw)), id => Value::Int(id.0);
    LocationId: optional_int, raw => Ok(LocationId(raw)), id => Value::Int(id.0);
    AccountId: optional_uuid, raw => Ok(AccountId(raw)), id => Value::Uuid(id.0);
    SessionId: optional_uuid, raw => Ok(SessionId(raw)), id => Value::Uuid(id.0);
    OrderId: optional_uuid, raw => Ok(OrderId(raw)), id => Value::Uuid(id.0);
    PublicId: optional_uuid, raw => Ok(PublicId(raw)), id => Value::Uuid(id.0);
    CorrelationId: optional_uuid, raw => Ok(CorrelationId(raw)), id => Value::Uuid(id.0);
    Fingerprint: optional_uuid, raw => Ok(Fingerprint(raw)), print => Value::Uuid(print.0);
    Sku: optional_text, raw => Ok(Sku::stored(&raw)), sku => Value::Text(sku.as_str());
    IdempotencyKey: optional_text, raw => Ok(IdempotencyKey::stored(&raw)), key => Value::Text(key.as_str());
    FoldedName: optional_text, raw => Ok(FoldedName(raw)), name => Value::Text(&name.0);
    FoldedEmail: optional_text, raw => Ok(FoldedEmail(raw)), email => Value::Text(&email.0);
    Currency: optional_text, raw => raw.parse().map_err(Error::Data), currency => Value::Text(currency.code());
    Quantity: optional_int, raw => known(Quantity::new(raw), "quantity"), quantity => Value::Int(quantity.units());
    Role: optional_int, raw => known(Role::coded(raw), "role"), role => Value::Int(role.code());
    CallerKind: optional_int, raw => known(CallerKind::coded(raw), "kind of caller"), kind => Value::Int(kind.code());
    OrderStatus: optional_int, raw => known(OrderStatus::coded(raw), "order status"), status => Value::Int(status.code());
    EntryKind: optional_int, raw => known(EntryKind::coded(raw), "kind of stock entry"), kind => Value::Int(kind.code());
    EventKind: optional_int, raw => known(EventKind::coded(raw), "kind of event"), kind => Value::Int(kind.code());
    SubjectKind: optional_int, raw => known(SubjectKind::coded(raw), "kind of subject"), kind => Value::Int(kind.code());
    CounterName: optional_text, raw => known(CounterName::named(&raw), "counter"), counter => Value::Text(counter.name());
}

/// What this version does not know was written by a later one.
fn known<T>(value: Option<T>, what: &str) -> Result<T, Error> {
    value.ok_or_else(|| Error::Data(format!("the database holds an unknown {what}")))
}

impl<const MAX: usize> Cell for Text<MAX> {
    fn read_optional(answer: &Answer, at: usize) -> Result<Option<Self>, Error> {
        Ok(answer.optional_text(at)?.as_deref().map(Text::stored))
    }
    fn write<'a>(&'a self, cells: &mut Cells<'a>) {
        cells.push(Value::Text(self));
    }
}

/// A value that is put together from cells of two other types.
macro_rules! pairs {
    ($($type:ty: $one:ty, $other:ty, $made:expr, $value:ident => $parts:expr;)+) => {$(
        impl Cell for $type {
            const WIDTH: usize = <($one, $other)>::WIDTH;
            fn read_optional(answer: &Answer, at: usize) -> Result<Option<Self>, Error> {
                let pair = <($one, $other)>::read_optional(answer, at)?;
                Ok(pair.map($made))
            }
            fn write<'a>(&'a self, cells: &mut Cells<'a>) {
                let $value = self;
                let (one, other) = $parts;
                cells.extend([one, other]);
            }
        }
    )+};
}

pairs! {
    Caller: CallerKind, Uuid, |(kind, id)| Caller { kind, id },
        caller => (Value::Int(caller.kind.code()), Value::Uuid(caller.id));
    Subject: SubjectKind, Uuid, |(kind, id)| Subject { kind, id },
        subject => (Value::Int(subject.kind.code()), Value::Uuid(subject.id));
    Money: Currency, i64, |(currency, minor)| Money::new(minor, currency),
        money => (Value::Text(money.currency.code()), Value::Int(money.minor));
    Once: IdempotencyKey, Fingerprint, |(key, fingerprint)| Once { key, fingerprint },
        once => (Value::Text(once.key.as_str()), Value::Uuid(once.fingerprint.0));
    // Beside the name stands what makes it unique.
    Username: Text<150>, Text<150>, |(name, _)| Username::stored(&name),
        name => (Value::Text(name.as_str()), Value::from(name.folded()));
    Email: Text<254>, Text<254>, |(email, _)| Email::stored(&email),
        email => (Value::Text(email.as_str()), Value::from(email.folded()));
}
