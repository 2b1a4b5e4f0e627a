//! Traces: what is kept of keyed commands, found by caller and key.

use crate::{
    readers::{Exact, ReadError},
    stored::Columns,
    table,
    value::Value,
};
use domain::{Caller, IdempotencyKey, Trace};

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
}
