//! Carts: a row each, locked before what they hold is read; and what is counted of guests by address.

mod readers;

pub use readers::{Due, HOLDERS_MOST, Holder};

use crate::{
    bulk::Bulk,
    cell_types, columns, statements,
    stored::{Columns, Stored, find},
    table,
    tx::{Read, Write},
    value::Value,
};
use domain::{Cart, CartId, Crowd, CrowdId, Hold, Offer, facts::Table};

cell_types! {
    CartId: optional_uuid, raw => Ok(CartId(raw)), id => Value::Uuid(id.0);
    CrowdId: optional_uuid, raw => Ok(CrowdId(raw)), id => Value::Uuid(id.0);
}

table! {
    Cart in "carts" locked
    by { id }
    kept { kind(owner_kind) }
    edited { opened_at, updated_at, expires_at, crowd(crowd_id) }
}

// Read after the lock of their cart, and written under it.
table! {
    Hold in "holds" unlocked
    by { cart(cart_id) }
    then { product(product_id) }
    kept { added_at }
    edited { units }
}

table! {
    Crowd in "crowds" locked
    by { id }
    edited { units }
}

columns! {
    Offer
    by { product(id) }
    kept { public_id, name, is_archived }
    also { sku = ["coalesce(former_sku, sku)"], price = ["own_currency", "own_price_minor"] }
}

statements! {
    OFFERS = Bulk::find("find_offers", "products", Offer::BY, Offer::SELECT);
}

/// A view of the products: it is never written.
impl Stored for Offer {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
        reads.push(find(const { &[&OFFERS] }, table, |row| Offer::read(row, &mut 0)));
    }

    fn writes<'f>(_: &'f Table<Self>, _: &mut Vec<Write<'f>>) {}
    fn deletes<'f>(_: &'f Table<Self>, _: &mut Vec<Write<'f>>) {}
}
