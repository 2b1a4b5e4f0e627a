//! How the domain's values become cells: one line for each type that fills a column.

use crate::{
    stored::{Cell, Cells},
    tx::Error,
    value::{Row as Answer, Value},
};
use domain::{
    Caller, CallerKind, CorrelationId, Currency, Email, Fingerprint, IdempotencyKey, Micros, Money,
    Once, Quantity, Subject, SubjectKind, Text, Username,
};
use uuid::Uuid;

/// `Type: getter, raw => what it means, value => what is kept`. A noun has its own types in its file.
#[macro_export]
macro_rules! cell_types {
    ($($type:ty: $get:ident, $raw:ident => $read:expr, $value:ident => $write:expr;)+) => {$(
        impl $crate::stored::Cell for $type {
            fn read_optional(
                answer: &$crate::Row,
                at: usize,
            ) -> Result<Option<Self>, $crate::Error> {
                answer.$get(at)?.map(|$raw| $read).transpose()
            }
            fn write<'a>(&'a self, cells: &mut $crate::stored::Cells<'a>) {
                let $value = self;
                cells.push($write);
            }
        }
    )+};
}

/// `Type, "what it is"`: kept as JSON, for nothing is ever found by what is in it.
#[macro_export]
macro_rules! json_types {
    ($($type:ty, $what:literal;)+) => {
        $crate::cell_types! {$(
            $type: optional_text,
            raw => serde_json::from_str(&raw).map_err(|error| {
                $crate::Error::Data(format!("{}: {error}", $what))
            }),
            value => $crate::value::Value::from(
                serde_json::to_string(value).expect("what is kept as JSON is made of texts"),
            );
        )+}
    };
}

cell_types! {
    bool: optional_bool, raw => Ok(raw), yes => Value::Bool(*yes);
    i64: optional_int, raw => Ok(raw), number => Value::Int(*number);
    Uuid: optional_uuid, raw => Ok(raw), id => Value::Uuid(*id);
    Box<str>: optional_text, raw => Ok(raw.into()), text => Value::Text(text);
    Micros: optional_int, raw => Ok(Micros(raw)), at => Value::Int(at.0);
    CorrelationId: optional_uuid, raw => Ok(CorrelationId(raw)), id => Value::Uuid(id.0);
    Fingerprint: optional_uuid, raw => Ok(Fingerprint(raw)), print => Value::Uuid(print.0);
    IdempotencyKey: optional_text, raw => Ok(IdempotencyKey::stored(&raw)), key => Value::Text(key.as_str());
    Currency: optional_text, raw => raw.parse().map_err(Error::Data), currency => Value::Text(currency.code());
    Quantity: optional_int, raw => known(Quantity::new(raw), "quantity"), quantity => Value::Int(quantity.units());
    CallerKind: optional_int, raw => known(CallerKind::coded(raw), "kind of caller"), kind => Value::Int(kind.code());
}

/// What this version does not know was written by a later one.
pub(crate) fn known<T>(value: Option<T>, what: &str) -> Result<T, Error> {
    value.ok_or_else(|| Error::Fault(format!("the database holds an unknown {what}")))
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
