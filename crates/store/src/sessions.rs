//! Sessions: locked by id while they are refreshed, and what nodes poll to learn of ends.

use crate::{
    cell_types,
    readers::{Exact, ReadError},
    stored::Columns,
    table,
    value::Value,
};
use domain::{AccountId, Micros, Session, SessionId, sessions};
use uuid::Uuid;

cell_types! {
    SessionId: optional_uuid, raw => Ok(SessionId(raw)), id => Value::Uuid(id.0);
}

table! {
    Session in "sessions" locked
    by { id }
    kept { account(account_id), agent, created_at }
    edited { era, generation, rotated_at, expires_at, ended_at }
}

/// So many are ended at once, of an account that has had more of them than may live now.
const ENDED_MOST: usize = 100;
/// Those that logged in at the same moment may be more than may live.
const SHOWN_MOST: usize = sessions::MOST;

impl Exact {
    /// Sessions that ended, and accounts that were disabled, since a time: their access tokens are
    /// valid no longer. Of the sessions of an earlier era those that were used lately: none of the
    /// others has a token that is still valid.
    pub async fn ended_since(&self, since: Micros, used: Micros) -> Result<Vec<Uuid>, ReadError> {
        let sql = "select id from sessions where ended_at >= $1
            union all select s.id from accounts a join sessions s on s.account_id = a.id
                where a.era_began_at >= $1 and s.era < a.era and s.rotated_at >= $2
                    and s.ended_at is null
            union all select id from accounts where is_active = false and updated_at >= $1";
        let params = vec![since.0.into(), used.0.into()];
        self.0.query(sql.into(), params, |row| row.uuid(0)).await
    }

    /// Those of an account that have not ended, but for so many that were used last.
    pub async fn sessions_beyond(
        &self,
        account: AccountId,
        newest: usize,
        now: Micros,
    ) -> Result<Vec<SessionId>, ReadError> {
        let sql = format!(
            "select s.id from sessions s join accounts a on a.id = s.account_id
             where s.account_id = $1 and s.era = a.era and s.ended_at is null and s.expires_at > $2
             order by s.rotated_at desc, s.id limit {ENDED_MOST} offset {newest}"
        );
        let params = vec![Value::Uuid(account.0), now.0.into()];
        self.0.query(sql, params, |row| row.uuid(0).map(SessionId)).await
    }

    /// Those of an account that have not ended, the one that was used last first.
    pub async fn sessions(
        &self,
        account: AccountId,
        now: Micros,
    ) -> Result<Vec<Session>, ReadError> {
        let columns =
            Session::SELECT.iter().map(|c| format!("s.{c}")).collect::<Vec<_>>().join(", ");
        let sql = format!(
            "select {columns} from sessions s join accounts a on a.id = s.account_id
             where s.account_id = $1 and s.era = a.era and s.ended_at is null and s.expires_at > $2
             order by s.rotated_at desc, s.id limit {SHOWN_MOST}"
        );
        let params = vec![Value::Uuid(account.0), now.0.into()];
        self.0.query(sql, params, |row| Columns::read(row, &mut 0)).await
    }
}
