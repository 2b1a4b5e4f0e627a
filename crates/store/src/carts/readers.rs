//! What readers see of carts: what one holds and at which prices, which have outlived their time, and which
//! hold a product.

use crate::{
    readers::{Exact, Late, ReadError},
    stored::{Columns, next},
    value::{Row, Value},
};
use domain::{
    AccountId, CallerKind, Micros, ProductId,
    carts::{CartId, Filled, FilledLine, Offer},
};

/// A cart that is to be looked at, and how many lines it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    pub cart: CartId,
    pub lines: usize,
}

/// A cart that holds units of a product.
#[derive(Clone, Debug, PartialEq)]
pub struct Holder {
    pub cart: CartId,
    pub kind: CallerKind,
    pub units: i64,
    pub expires_at: Micros,
}

/// So many carts that hold a product are told.
pub const HOLDERS_MOST: usize = 1_000;

impl Holder {
    /// Whose it is, if that is known.
    pub fn account(&self) -> Option<AccountId> {
        (self.kind == CallerKind::Account).then_some(AccountId(self.cart.0))
    }
}

impl Exact {
    /// What is in the cart, at the prices of now: nothing, once it has expired by the time of the database. One
    /// statement, however many lines there are.
    pub async fn cart(&self, cart: CartId) -> Result<Filled, ReadError> {
        let (offer, now) = (Offer::SELECT.join(", "), self.0.now());
        let sql = format!(
            "select (select expires_at from carts where id = $1 and expires_at > {now}), units, {offer}
             from holds join products on id = product_id
             where cart_id = $1 order by added_at, product_id"
        );
        let read = |row: &Row| {
            let at = &mut 0;
            let expires_at: Option<Micros> = next(row, at)?;
            let units = next(row, at)?;
            Ok((expires_at, FilledLine { offer: Offer::read(row, at)?, units }))
        };
        let rows = self.0.query(sql, vec![Value::Uuid(cart.0)], read).await?;
        let expires_at = rows.first().and_then(|(expires_at, _)| *expires_at);
        Ok(match expires_at {
            Some(_) => {
                Filled { expires_at, lines: rows.into_iter().map(|(_, line)| line).collect() }
            }
            None => Filled::default(),
        })
    }
}

impl Late {
    /// Carts that have expired by now, the oldest first; then those that would live beyond the latest that any
    /// may, for the clock went back or the time of all was made shorter.
    pub async fn carts_due(
        &self,
        now: Micros,
        latest: Micros,
        limit: usize,
    ) -> Result<Vec<Due>, ReadError> {
        let mut due = self.carts("expires_at <= $1", "asc", now, limit).await?;
        let room = limit.saturating_sub(due.len());
        if room > 0 {
            due.extend(self.carts("expires_at > $1", "desc", latest, room).await?);
        }
        Ok(due)
    }

    async fn carts(
        &self,
        condition: &str,
        direction: &str,
        bound: Micros,
        limit: usize,
    ) -> Result<Vec<Due>, ReadError> {
        let sql = format!(
            "select id, (select count(*) from holds where cart_id = id) from carts
             where {condition} order by expires_at {direction} limit {limit}"
        );
        let read = |row: &Row| {
            let at = &mut 0;
            let (cart, lines): (CartId, i64) = (next(row, at)?, next(row, at)?);
            Ok(Due { cart, lines: usize::try_from(lines).unwrap_or(0) })
        };
        self.0.query(sql, vec![bound.0.into()], read).await
    }

    pub async fn lines_of(&self, cart: CartId) -> Result<usize, ReadError> {
        let sql = "select count(*) from holds where cart_id = $1";
        let read = |row: &Row| next::<i64>(row, &mut 0);
        let counted = self.0.query(sql.into(), vec![Value::Uuid(cart.0)], read).await?;
        Ok(counted.first().and_then(|lines| usize::try_from(*lines).ok()).unwrap_or(0))
    }

    /// The carts that hold units of a product, also those that are still to be given back.
    pub async fn holders(
        &self,
        product: ProductId,
        limit: usize,
    ) -> Result<Vec<Holder>, ReadError> {
        let sql = format!(
            "select h.cart_id, c.owner_kind, h.units, c.expires_at
             from holds h join carts c on c.id = h.cart_id
             where h.product_id = $1 order by h.cart_id limit {limit}"
        );
        let read = |row: &Row| {
            let at = &mut 0;
            Ok(Holder {
                cart: next(row, at)?,
                kind: next(row, at)?,
                units: next(row, at)?,
                expires_at: next(row, at)?,
            })
        };
        self.0.query(sql, vec![Value::Int(product.0)], read).await
    }
}
