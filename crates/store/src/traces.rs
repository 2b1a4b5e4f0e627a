//! Traces: what is kept of keyed commands, found by caller and key.

use crate::{
    query::Filter,
    readers::{Exact, ReadError},
    stored::{Columns, next},
    table,
    value::{Row, Value},
};
use domain::{Caller, Fingerprint, IdempotencyKey, Trace};

table! {
    Trace in "traces" unlocked
    by { caller(caller_kind, caller_id), key(idempotency_key) }
    kept { fingerprint, kept, at }
}

impl Exact {
    /// What a key of a caller stands for already.
    pub async fn trace(
        &self,
        caller: Caller,
        key: &IdempotencyKey,
    ) -> Result<Option<Trace>, ReadError> {
        let columns = Trace::SELECT.join(", ");
        let sql = format!(
            "select {columns} from traces
             where caller_kind = $1 and caller_id = $2 and idempotency_key = $3"
        );
        let (kind, id) = (Value::Int(caller.kind.code()), Value::Uuid(caller.id));
        let params = vec![kind, id, Value::from(key.as_str().to_owned())];
        Ok(self.0.query(sql, params, |row| Columns::read(row, &mut 0)).await?.pop())
    }

    /// Which of these keys of a caller stand for something already, and for what.
    pub async fn fingerprints(
        &self,
        caller: Caller,
        keys: &[IdempotencyKey],
    ) -> Result<Vec<(IdempotencyKey, Fingerprint)>, ReadError> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let mut filter = Filter::default();
        filter.with(|n| format!("caller_kind = {n}"), caller.kind.code());
        filter.with(|n| format!("caller_id = {n}"), Value::Uuid(caller.id));
        let keys = keys.iter().map(|key| key.as_str().to_owned().into());
        filter.any_of_many("idempotency_key", keys);
        let sql =
            format!("select idempotency_key, fingerprint from traces {}", filter.where_clause());
        let read = |row: &Row<'_>| {
            let at = &mut 0;
            Ok((next(row, at)?, next(row, at)?))
        };
        self.0.query(sql, filter.params, read).await
    }
}
