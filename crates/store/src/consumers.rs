//! Consumers: how far each has come, and who works for it.

use crate::table;
use domain::Consumer;

table! {
    Consumer in "consumers" locked
    by { name }
    edited { position, holder, leased_until, seen_at }
}
