//! Sessions: locked by id while they are refreshed, and what nodes poll to learn of ends.

use crate::{
    accounts::sought,
    cell_types,
    query::{Filter, Page},
    readers::{Exact, Late, ReadError},
    stored::{Columns, next},
    table,
    value::Value,
    view,
};
use domain::{AccountId, Micros, Session, SessionId, Text, facts::Standing};
use uuid::Uuid;

cell_types! {
    SessionId: optional_uuid, raw => Ok(SessionId(raw)), id => Value::Uuid(id.0);
}

view! { Standing = "find_standings" in "standings" id => era }

table! {
    Session in "sessions" locked
    by { id }
    kept { account(account_id), agent, created_at }
    edited { era, generation, origin, rotated_at, expires_at, ended_at }
}

/// Logins of an account that are looked through for where it is used from.
const RECENT: usize = 64;
/// So many are ended at once, of an account that has had more of them than may live now.
const ENDED_MOST: usize = 100;

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

    /// From where the account of this name was used since a time, by its last sessions, whether or not they
    /// have ended.
    pub async fn origins(
        &self,
        login: &str,
        since: Micros,
    ) -> Result<Vec<(AccountId, Text<64>)>, ReadError> {
        let Some((column, folded)) = sought(login) else { return Ok(Vec::new()) };
        let sql = format!(
            "select s.account_id, s.origin from (
                 select account_id, origin, rotated_at from sessions
                 where account_id = (select id from accounts where {column} = $1)
                 order by id desc limit {RECENT}
             ) s where s.origin is not null and s.rotated_at > $2"
        );
        let params = vec![folded.into(), since.0.into()];
        self.0.query(sql, params, |row| Ok((next(row, &mut 0)?, next(row, &mut 1)?))).await
    }
}

impl Late {
    /// Those of an account that are kept, ended or not, the newest first: those below an id, which
    /// rises with time.
    pub async fn kept_sessions(
        &self,
        account: AccountId,
        below: Option<SessionId>,
        limit: usize,
    ) -> Result<Vec<Session>, ReadError> {
        let mut filter = Filter::default();
        filter.with(|place| format!("account_id = {place}"), Value::Uuid(account.0));
        if let Some(below) = below {
            filter.with(|place| format!("id < {place}"), Value::Uuid(below.0));
        }
        let (columns, clause) = (Session::SELECT.join(", "), filter.where_clause());
        let sql = format!("select {columns} from sessions {clause} order by id desc limit {limit}");
        self.0.query(sql, filter.params, |row| Columns::read(row, &mut 0)).await
    }

    /// Those of an account that have not ended, the one that was used last first.
    pub async fn sessions(
        &self,
        account: AccountId,
        now: Micros,
        page: Page<(Micros, Uuid)>,
    ) -> Result<Vec<Session>, ReadError> {
        let mut narrowed = open_sessions(account, now);
        let page = narrowed.after("s.rotated_at", "s.id", page);
        let columns = selected();
        let clause = narrowed.where_clause();
        let sql = format!("select {columns} {FROM} {clause} {page}");
        self.0.query(sql, narrowed.params, |row| Columns::read(row, &mut 0)).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_sessions(
        &self,
        account: AccountId,
        now: Micros,
        bound: i64,
    ) -> Result<i64, ReadError> {
        self.0.count(FROM, open_sessions(account, now), bound).await
    }
}

fn selected() -> String {
    Session::SELECT.iter().map(|column| format!("s.{column}")).collect::<Vec<_>>().join(", ")
}

const FROM: &str = "from sessions s join accounts a on a.id = s.account_id";

fn open_sessions(account: AccountId, now: Micros) -> Filter {
    let mut narrowed = Filter::default();
    narrowed.with(|account| format!("s.account_id = {account}"), Value::Uuid(account.0));
    narrowed.with(|now| format!("s.expires_at > {now}"), now.0);
    narrowed.sql("s.era = a.era");
    narrowed.sql("s.ended_at is null");
    narrowed
}
