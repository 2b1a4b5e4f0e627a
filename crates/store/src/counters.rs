//! Counters: ids that the shop counts itself are given out under their counter's lock.

use crate::{cell_types, table, value::Value};
use domain::{Counter, CounterName};

cell_types! {
    CounterName: optional_text, raw => Ok(CounterName::stored(&raw)), counter => Value::Text(counter.as_str());
}

table! {
    Counter in "counters" locked
    by { name }
    edited { last }
}
