//! What carts are promised: no more and no less than is reserved, and for no longer than they live.

use super::{Check, check};
use domain::{CallerKind, Micros, carts::REST_US};

/// What has expired is given back a little later: by somebody who looks for it every few seconds, while the shop
/// is not too busy for him.
const OVERDUE_US: i64 = 5 * 60 * Micros::SECOND;

/// The one that is of time: it holds where somebody looks for what has expired.
pub const OVERDUE: &str =
    "nothing is held by a cart whose time was over long before the last commit";

pub(super) fn carts() -> Vec<Check> {
    vec![
        check(
            "what is reserved of a product is what carts hold of it",
            "select coalesce(s.product_id, h.product_id) as product_id,
                    coalesce(s.reserved, 0) as reserved, coalesce(h.units, 0) as held
             from (select product_id, sum(reserved) as reserved from stock group by product_id) s
             full join (select product_id, sum(units) as units from holds group by product_id) h
                on h.product_id = s.product_id
             where coalesce(s.reserved, 0) <> coalesce(h.units, 0)",
        ),
        check(
            "nothing is held without a cart, and what holds nothing rests for a minute at most",
            format!(
                "select coalesce(c.id, h.cart_id) as cart, h.product_id, h.units from carts c
                 full join holds h on h.cart_id = c.id
                 where c.id is null or h.units < 1
                    or (h.cart_id is null and c.expires_at > c.updated_at + {REST_US})"
            ),
        ),
        check(
            "a crowd holds what the carts of its guests do, and no other is counted",
            format!(
                "select coalesce(r.id, h.crowd_id) as crowd, r.units, h.units as held
                 from crowds r
                 full join (select c.crowd_id, sum(h.units) as units from carts c
                    join holds h on h.cart_id = c.id
                    where c.crowd_id is not null and c.owner_kind = {guest}
                    group by c.crowd_id) h on h.crowd_id = r.id
                 where coalesce(r.units, 0) <> coalesce(h.units, 0) or coalesce(r.units, 0) < 1",
                guest = CallerKind::Guest.code()
            ),
        ),
        check(
            "a cart is an account's or a guest's, and has lived since before it ends",
            format!(
                "select id, owner_kind, opened_at, updated_at, expires_at from carts
                 where owner_kind not in ({}, {}) or opened_at > updated_at
                    or opened_at > expires_at",
                CallerKind::Account.code(),
                CallerKind::Guest.code()
            ),
        ),
        check(
            OVERDUE,
            format!(
                "select c.id, c.expires_at, b.at as last_commit from carts c
                 cross join (select max(at) as at from batches) b
                 where c.expires_at < b.at - {OVERDUE_US}
                    and exists (select 1 from holds h where h.cart_id = c.id)"
            ),
        ),
    ]
}
