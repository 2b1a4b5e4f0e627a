//! Values on their way to a database, and rows on their way back, for both engines.
//!
//! A value takes the type of its column: a wrong one is an error, never a silent conversion.

use crate::tx::Error;
use bytes::{BufMut, BytesMut};
use rusqlite::types::{ToSqlOutput, ValueRef};
use std::error::Error as StdError;
use tokio_postgres::types::{IsNull, Kind, ToSql, Type, to_sql_checked};
use uuid::Uuid;

#[derive(Clone, Debug, PartialEq)]
pub enum Value<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Text(&'a str),
    Owned(Box<str>),
    Uuid(Uuid),
}

impl From<bool> for Value<'_> {
    fn from(value: bool) -> Self {
        Value::Bool(value)
    }
}

impl From<i64> for Value<'_> {
    fn from(value: i64) -> Self {
        Value::Int(value)
    }
}

impl From<Uuid> for Value<'_> {
    fn from(value: Uuid) -> Self {
        Value::Uuid(value)
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(value: &'a str) -> Self {
        Value::Text(value)
    }
}

impl From<String> for Value<'_> {
    fn from(value: String) -> Self {
        Value::Owned(value.into())
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl rusqlite::ToSql for Value<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(ToSqlOutput::Borrowed(match self {
            Value::Null => ValueRef::Null,
            Value::Bool(yes) => ValueRef::Integer((*yes).into()),
            Value::Int(number) => ValueRef::Integer(*number),
            Value::Text(text) => ValueRef::Text(text.as_bytes()),
            Value::Owned(text) => ValueRef::Text(text.as_bytes()),
            Value::Uuid(id) => ValueRef::Blob(id.as_bytes()),
        }))
    }
}

impl ToSql for Value<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        match (self, ty) {
            (Value::Null, _) => Ok(IsNull::Yes),
            (Value::Bool(yes), &Type::BOOL) => yes.to_sql(ty, out),
            (Value::Int(number), &Type::INT8) => number.to_sql(ty, out),
            (Value::Int(number), &Type::INT4) => i32::try_from(*number)?.to_sql(ty, out),
            (Value::Int(number), &Type::INT2) => i16::try_from(*number)?.to_sql(ty, out),
            (Value::Text(text), &Type::TEXT) => text.to_sql(ty, out),
            (Value::Owned(text), &Type::TEXT) => text.to_sql(ty, out),
            (Value::Uuid(id), &Type::UUID) => id.to_sql(ty, out),
            (value, ty) => Err(format!("{value:?} for a column of type {ty}").into()),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// Cells in row order, all rows equally wide.
#[derive(Clone, Debug, PartialEq)]
pub struct Rows<'a> {
    pub(crate) width: usize,
    pub(crate) cells: Vec<Value<'a>>,
}

impl<'a> Rows<'a> {
    pub fn of<const N: usize>(rows: impl IntoIterator<Item = [Value<'a>; N]>) -> Rows<'a> {
        let rows = rows.into_iter();
        let mut cells = Vec::with_capacity(rows.size_hint().0 * N);
        rows.for_each(|row| cells.extend(row));
        Rows { width: N, cells }
    }

    /// Of cells in row order.
    pub fn flat(width: usize, cells: Vec<Value<'a>>) -> Rows<'a> {
        Rows { width, cells }
    }

    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub fn width(&self) -> usize {
        self.width
    }

    pub fn len(&self) -> usize {
        self.cells.len() / self.width
    }

    pub fn iter(&self) -> impl Iterator<Item = &[Value<'a>]> {
        self.cells.chunks(self.width)
    }

    /// One column each, for `unnest`.
    pub(crate) fn columns<'r>(&'r self) -> Vec<Column<'r, 'a>> {
        (0..self.width).map(|index| Column { rows: self, index }).collect()
    }
}

/// A column of rows that writes itself as a Postgres array, without a transposing copy.
#[derive(Debug)]
pub(crate) struct Column<'r, 'a> {
    rows: &'r Rows<'a>,
    index: usize,
}

impl ToSql for Column<'_, '_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn StdError + Sync + Send>> {
        let Kind::Array(element) = ty.kind() else {
            return Err(format!("a column of values for the type {ty}").into());
        };
        let (dimensions, may_have_nulls, lower_bound) = (1, 1, 1);
        out.put_i32(dimensions);
        out.put_i32(may_have_nulls);
        out.put_u32(element.oid());
        out.put_i32(i32::try_from(self.rows.len())?);
        out.put_i32(lower_bound);
        let cells = self.rows.cells.iter().skip(self.index).step_by(self.rows.width);
        for value in cells {
            let at = out.len();
            out.put_i32(-1);
            if let IsNull::No = value.to_sql(element, out)? {
                let length = i32::try_from(out.len() - at - 4)?;
                out[at..at + 4].copy_from_slice(&length.to_be_bytes());
            }
        }
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

/// One row of an answer.
pub enum Row<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

/// `Row::int` and its like: by position, in the type that the column has on each engine.
macro_rules! getters {
    ($($(#[$doc:meta])* $name:ident -> $out:ty { $sqlite:ty => $from_sqlite:expr, $from_postgres:expr })+) => {
        impl Row<'_> {$(
            $(#[$doc])*
            pub fn $name(&self, index: usize) -> Result<$out, Error> {
                match self {
                    Row::Sqlite(row) => row
                        .get::<_, $sqlite>(index)
                        .map($from_sqlite)
                        .map_err(|error| Error::Data(error.to_string())),
                    Row::Postgres(row) => $from_postgres(row, index)
                        .map_err(|error: tokio_postgres::Error| Error::Data(error.to_string())),
                }
            }
        )+}
    };
}

getters! {
    optional_bool -> Option<bool> { Option<bool> => |yes| yes, |row: &tokio_postgres::Row, i| row.try_get(i) }
    int -> i64 { i64 => |number| number, |row: &tokio_postgres::Row, i| Ok(optional_int(row, i)?.unwrap_or(0)) }
    optional_int -> Option<i64> { Option<i64> => |number| number, optional_int }
    text -> String { String => |text| text, |row: &tokio_postgres::Row, i| row.try_get(i) }
    optional_text -> Option<String> { Option<String> => |text| text, |row: &tokio_postgres::Row, i| row.try_get(i) }
    uuid -> Uuid { [u8; 16] => Uuid::from_bytes, |row: &tokio_postgres::Row, i| row.try_get(i) }
    optional_uuid -> Option<Uuid> {
        Option<[u8; 16]> => |bytes| bytes.map(Uuid::from_bytes),
        |row: &tokio_postgres::Row, i| row.try_get(i)
    }
}

/// Postgres has integers of three widths.
fn optional_int(
    row: &tokio_postgres::Row,
    index: usize,
) -> Result<Option<i64>, tokio_postgres::Error> {
    match *row.columns()[index].type_() {
        Type::INT2 => Ok(row.try_get::<_, Option<i16>>(index)?.map(i64::from)),
        Type::INT4 => Ok(row.try_get::<_, Option<i32>>(index)?.map(i64::from)),
        _ => row.try_get(index),
    }
}
