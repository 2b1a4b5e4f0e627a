//! Rows written by statements of their own, millions of them, instead of a command for each. The statements
//! are the same on both engines, but for what the two say differently. Indexes are dropped meanwhile and
//! made anew, which takes a tenth of the time; a shop that is filled has what it had.

use crate::stage::{engines::Engine, texts::SEARCH_PATH};
use anyhow::Context;
use domain::{AccountId, Caller, IdempotencyKey, idempotency::once_id};
use rusqlite::{config::DbConfig, functions::FunctionFlags};
use std::{path::Path, time::Duration};
use store::Location;
use tokio_postgres::{Client, Config, NoTls};
use uuid::Uuid;

/// For whoever writes on SQLite, before it is one's own turn.
const WAITS_AT_MOST: Duration = Duration::from_secs(10);

/// How this engine says it.
impl Engine {
    /// The numbers from 1, as `n`, to select from.
    pub fn series(self, last: u64) -> String {
        match self {
            Engine::Sqlite => format!(
                "(with recursive g (n) as (select 1 union all select n + 1 from g where n < {last})
                 select n from g where n <= {last})"
            ),
            Engine::Postgres => format!("(select n from generate_series(1::bigint, {last}) n)"),
        }
    }

    /// A number as so many hexadecimal digits.
    pub fn hex(self, number: &str, digits: usize) -> String {
        match self {
            Engine::Sqlite => format!("printf('%0{digits}x', {number})"),
            Engine::Postgres => format!("lpad(to_hex({number}), {digits}, '0')"),
        }
    }

    /// The id that 32 hexadecimal digits are.
    pub fn id(self, digits: &str) -> String {
        match self {
            Engine::Sqlite => format!("unhex({digits})"),
            Engine::Postgres => format!("({digits})::uuid"),
        }
    }

    pub fn nobody(self) -> String {
        self.id("'00000000000000000000000000000000'")
    }

    /// What an order is found by that an account has placed with a key.
    pub fn once(self, account: &str, key: &str) -> String {
        match self {
            Engine::Sqlite => format!("once({account}, {key})"),
            Engine::Postgres => {
                let text =
                    format!("int8send(1) || uuid_send({account}) || convert_to({key}, 'UTF8')");
                self.id(&format!("encode(substr(sha256({text}), 1, 16), 'hex')"))
            }
        }
    }
}

/// Runs the statements in a shop that nobody serves, and sees to it that nothing of it is left to be written.
/// The indexes of these tables are made when all rows are there.
pub async fn write(
    location: &Location,
    tables: &'static [&'static str],
    statements: Vec<String>,
) -> anyhow::Result<()> {
    match location {
        Location::Sqlite(path) => {
            let path = path.clone();
            let written =
                tokio::task::spawn_blocking(move || on_sqlite(&path, tables, &statements));
            written.await?.context("filling a SQLite shop")
        }
        Location::Postgres(config) => {
            on_postgres(config, tables, &statements).await.context("filling a Postgres shop")
        }
    }
}

/// Links the entries of all ledgers, as the shop does that writes them one by one.
pub fn links(engine: Engine) -> Vec<String> {
    let empty = match engine {
        Engine::Sqlite => "delete from",
        Engine::Postgres => "truncate",
    };
    let columns = "id, product_id, location_id, kind, delta, reason, actor_kind, actor_id,
        correlation_id, at";
    vec![
        "create temporary table entered as select * from stock_entries".to_owned(),
        format!("{empty} stock_entries"),
        format!(
            "insert into stock_entries ({columns}, previous)
             select {columns}, coalesce(
                lag(id) over (partition by product_id, location_id order by id), 0
             ) from entered order by id"
        ),
        "update stock set last_entry = e.last from (
            select product_id, location_id, max(id) as last from entered
            group by product_id, location_id
         ) e where e.product_id = stock.product_id and e.location_id = stock.location_id"
            .to_owned(),
        "drop table entered".to_owned(),
    ]
}

/// Runs the statements in one transaction, also in a shop that somebody serves.
pub async fn write_beside(location: &Location, statements: Vec<String>) -> anyhow::Result<()> {
    let all = statements.join("; ");
    match location {
        Location::Sqlite(path) => {
            let path = path.clone();
            let written = tokio::task::spawn_blocking(move || {
                let connection = rusqlite::Connection::open(path)?;
                connection.busy_timeout(WAITS_AT_MOST)?;
                connection.execute_batch(&format!("begin immediate; {all}; commit"))
            });
            written.await?.context("writing beside a SQLite shop")
        }
        Location::Postgres(config) => {
            let (client, connection) = config.connect(NoTls).await?;
            let connection = tokio::spawn(connection);
            let all = format!("{SEARCH_PATH}; begin; {all}; commit");
            client.batch_execute(&all).await.context("writing beside a Postgres shop")?;
            drop(client);
            connection.await??;
            Ok(())
        }
    }
}

fn on_sqlite(path: &Path, tables: &[&str], statements: &[String]) -> anyhow::Result<()> {
    let connection = rusqlite::Connection::open(path)?;
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC;
    connection.create_scalar_function("once", 2, flags, |given| {
        let account = AccountId(Uuid::from_bytes(given.get(0)?));
        let key = IdempotencyKey::stored(&given.get::<String>(1)?);
        Ok(once_id(Caller::account(account), &key).into_bytes())
    })?;
    // They would link each entry as it comes.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, false)?;
    // Nothing is kept of a shop whose filling has failed.
    connection.execute_batch(
        "pragma journal_mode = off; pragma synchronous = off; pragma foreign_keys = off;
         pragma cache_size = -1000000; begin",
    )?;
    let mut indexes = Vec::new();
    for table in tables {
        let made = "select name, sql from sqlite_master
            where type = 'index' and tbl_name = ?1 and sql is not null";
        let mut found = connection.prepare(made)?;
        let found = found.query_map([table], |row| Ok((row.get(0)?, row.get(1)?)))?;
        indexes.extend(found.collect::<Result<Vec<(String, String)>, _>>()?);
    }
    for (name, _) in &indexes {
        connection.execute_batch(&format!("drop index {name}"))?;
    }
    for statement in statements {
        connection.execute_batch(statement).with_context(|| statement.clone())?;
    }
    for (_, made) in &indexes {
        connection.execute_batch(made)?;
    }
    connection.execute_batch("commit; pragma journal_mode = wal")?;
    drop(connection);
    std::fs::File::open(path)?.sync_all()?;
    Ok(())
}

/// What is dropped, and how it is made again.
struct Dropped {
    drop: String,
    make: String,
}

async fn on_postgres(
    config: &Config,
    tables: &[&str],
    statements: &[String],
) -> anyhow::Result<()> {
    let (client, connection) = config.connect(NoTls).await?;
    let connection = tokio::spawn(connection);
    // As for a copy of another server: references are not looked up row by row.
    client
        .batch_execute(
            "set session_replication_role = replica; set work_mem = '512MB';
             set maintenance_work_mem = '512MB'; set synchronous_commit = off;
             set search_path = identity, catalog, orders, writer; begin",
        )
        .await?;
    let dropped = dropped(&client, tables).await?;
    for Dropped { drop, .. } in &dropped {
        client.batch_execute(drop).await?;
    }
    for statement in statements {
        client.batch_execute(statement).await.with_context(|| statement.clone())?;
    }
    for Dropped { make, .. } in &dropped {
        client.batch_execute(make).await?;
    }
    client.batch_execute("commit").await?;
    client.batch_execute("vacuum analyze").await?;
    client.batch_execute("checkpoint").await?;
    drop(client);
    connection.await??;
    Ok(())
}

/// The indexes of these tables, and those of their keys where no other table refers to them.
async fn dropped(client: &Client, tables: &[&str]) -> anyhow::Result<Vec<Dropped>> {
    let keys =
        "select format('alter table %s drop constraint %I', c.conrelid::regclass, c.conname),
               format('alter table %s add constraint %I %s', c.conrelid::regclass, c.conname,
                      pg_get_constraintdef(c.oid))
        from pg_constraint c join pg_class t on t.oid = c.conrelid
        where t.relname::text = any($1) and c.contype in ('p', 'u')
          and not exists (select 1 from pg_constraint f where f.confrelid = t.oid)
        order by c.conname";
    let others =
        "select format('drop index %I.%I', schemaname, indexname), indexdef from pg_indexes
        where tablename::text = any($1) and indexname not in (select conname from pg_constraint)
        order by indexname";
    let mut dropped = Vec::new();
    for found in [keys, others] {
        for row in client.query(found, &[&tables]).await? {
            dropped.push(Dropped { drop: row.try_get(0)?, make: row.try_get(1)? });
        }
    }
    Ok(dropped)
}
