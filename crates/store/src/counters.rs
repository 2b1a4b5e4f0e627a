//! Counters: ids that the shop counts itself are given out under their counter's lock.

use crate::table;
use domain::Counter;

table! {
    Counter in "counters" locked
    by { name }
    edited { last }
}
