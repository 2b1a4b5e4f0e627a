//! Sessions: locked by id while they are refreshed, and what nodes poll to learn of ends.

use crate::{
    cell_types,
    readers::{Exact, ReadError},
    table,
    value::Value,
};
use domain::{Micros, Session, SessionId};
use uuid::Uuid;

cell_types! {
    SessionId: optional_uuid, raw => Ok(SessionId(raw)), id => Value::Uuid(id.0);
}

table! {
    Session in "sessions" locked
    by { id }
    kept { account(account_id), created_at }
    edited { generation, rotated_at, expires_at, ended_at }
}

impl Exact {
    /// Sessions that ended, and accounts that were disabled, since a time: their access tokens are
    /// valid no longer.
    pub async fn ended_since(&self, since: Micros) -> Result<Vec<Uuid>, ReadError> {
        let sql = "select id from sessions where ended_at >= $1
            union all select id from accounts where is_active = false and updated_at >= $1";
        self.0.query(sql.into(), vec![since.0.into()], |row| row.uuid(0)).await
    }
}
