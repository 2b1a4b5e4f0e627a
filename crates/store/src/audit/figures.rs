//! The figures of orders, against a full count.

use super::{Check, check};
use crate::figures::counted_sql;
use domain::figures::CONSUMER;

/// As of where their consumer stands, so that it holds while the shop runs. Before he has counted for the first
/// time there are none, whatever is kept.
pub fn figures() -> Vec<Check> {
    let position = format!("(select c.position from consumers c where c.name = '{CONSUMER}')");
    vec![check(
        "the figures of orders are what a full count comes to, up to the event that they have come to",
        format!(
            "select coalesce(f.kind, n.kind) as kind, coalesce(f.bucket, n.bucket) as bucket,
                    coalesce(f.value, 0) as kept, coalesce(n.value, 0) as counted
             from figures f
             full join ({counted}) n on n.kind = f.kind and n.bucket = f.bucket
             where {position} > 0 and coalesce(f.value, 0) <> coalesce(n.value, 0)",
            counted = counted_sql(&position, "true")
        ),
    )]
}
