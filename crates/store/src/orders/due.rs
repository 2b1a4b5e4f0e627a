//! What workers look for: orders that nobody began with, and orders that tell of people. Each is found by an
//! index of its own, which holds no others.

use crate::{
    query::Filter,
    readers::{Late, ReadError},
    stored::next,
    value::{Row, Value},
};
use domain::{AccountId, Caller, CallerKind, Micros, OrderId, OrderStatus};

/// An order that says something of a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Personal {
    pub id: OrderId,
    pub created_at: Micros,
    pub status: OrderStatus,
    /// Its owner, if that is an account which is nobody's any more.
    pub gone: Option<AccountId>,
}

impl Personal {
    /// Where a walk goes on behind it.
    pub fn place(&self) -> (Micros, OrderId) {
        (self.created_at, self.id)
    }
}

/// Those that are pending since before a time, as many as are asked for.
pub(super) const WAITING: &str =
    "select id from orders where pending_since is not null and pending_since < $1
     order by pending_since limit $2";

/// Those that are pending for so long, and behind them those that would be so only so much later: the clock was set
/// back. The time is a query of its own, or the index would not be looked into by it.
pub(super) fn waited(now: &str) -> String {
    format!(
        "select id from (select id from orders
                         where pending_since is not null and pending_since <= (select {now}) - $1
                         order by pending_since limit $3) late
         union all
         select id from (select id from orders
                         where pending_since is not null and pending_since > (select {now})
                           and pending_since >= (select {now}) + $2
                         order by pending_since limit $3) early
         limit $3"
    )
}

/// Those that say something of people, behind one of them, as many as are asked for.
pub(super) fn personal(
    after: Option<(Micros, OrderId)>,
    limit: u32,
) -> (String, Vec<Value<'static>>) {
    let mut filter = Filter::default();
    // As the index says it, or it would not be taken.
    filter.sql(
        "(delivery_address is not null or contact is not null or note <> ''
          or failure_reason is not null or handed_over is not null)",
    );
    if let Some((at, OrderId(id))) = after {
        let (at, id) = (filter.param(at.0.into()), filter.param(Value::Uuid(id)));
        filter.sql(&format!("(created_at, id) > ({at}, {id})"));
    }
    let limit = filter.param(i64::from(limit).into());
    let sql = format!(
        "select o.id, o.created_at, o.status, o.owner_kind, o.owner_id,
                (select a.gone_at from accounts a where a.id = o.owner_id) as gone_at
         from (select id, created_at, status, owner_kind, owner_id from orders {}
               order by created_at, id limit {limit}) o
         order by o.created_at, o.id",
        filter.where_clause()
    );
    (sql, filter.params)
}

impl Late {
    /// Those that are pending since before then, the longest waiting first.
    pub async fn pending_since_before(
        &self,
        before: Micros,
        limit: u32,
    ) -> Result<Vec<OrderId>, ReadError> {
        let params = vec![before.0.into(), i64::from(limit).into()];
        self.0.query(WAITING.into(), params, |row: &Row| next(row, &mut 0)).await
    }

    /// Those that are pending for so long by the shop's clock, the longest waiting first.
    pub async fn pending_for(&self, waited_us: i64, limit: u32) -> Result<Vec<OrderId>, ReadError> {
        let ahead_us = Micros::too_far_ahead(waited_us);
        let params = vec![waited_us.into(), ahead_us.into(), i64::from(limit).into()];
        self.0.query(waited(self.0.now()), params, |row: &Row| next(row, &mut 0)).await
    }

    /// Those that say something of people, the oldest first, behind one of them.
    pub async fn personal(
        &self,
        after: Option<(Micros, OrderId)>,
        limit: u32,
    ) -> Result<Vec<Personal>, ReadError> {
        let (sql, params) = personal(after, limit);
        let read = |row: &Row| {
            let at = &mut 0;
            let (id, created_at, status) = (next(row, at)?, next(row, at)?, next(row, at)?);
            let owner: Caller = next(row, at)?;
            let gone_at: Option<Micros> = next(row, at)?;
            let account = (owner.kind == CallerKind::Account).then_some(AccountId(owner.id));
            Ok(Personal { id, created_at, status, gone: account.filter(|_| gone_at.is_some()) })
        };
        self.0.query(sql, params, read).await
    }
}
