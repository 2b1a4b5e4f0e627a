//! What is to be migrated, tried on a copy: how long each migration takes, and whom it keeps waiting.

use super::{LOCK, connect, failed, for_postgres, for_sqlite, of_postgres, of_sqlite};
use crate::{location::Location, migrations::Schema, postgres, sqlite, tx::Error};
use refinery::{Runner, Target};
use std::time::{Duration, Instant};
use tokio_postgres::Client;

/// A migration that was applied to a copy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    pub migration: String,
    pub took: Duration,
    /// Tables that were there before, and what others have to wait with meanwhile.
    pub locked: Vec<(String, Taken)>,
}

/// What waits for the end of a migration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Taken {
    /// Changes of the rows that it changes, until it has ended.
    Rows,
    Writes,
    ReadsAndWrites,
}

/// Those that are there, whatever a migration makes beside them.
const TABLES: &str = "select oid::bigint from pg_class where relkind in ('r', 'p')
    and relnamespace::regnamespace::text in ('identity', 'catalog', 'orders', 'writer', 'public')";
/// The locks that somebody who reads or writes waits for. An index is locked with its table.
const LOCKED: &str = "select c.oid::bigint, c.oid::regclass::text, max(case l.mode
            when 'AccessExclusiveLock' then 3 when 'RowExclusiveLock' then 1 else 2 end)
    from pg_locks l join pg_class c on c.oid = l.relation
    where l.pid = pg_backend_pid() and l.granted and c.relkind in ('r', 'p') and l.mode in
        ('RowExclusiveLock', 'ShareLock', 'ShareRowExclusiveLock', 'ExclusiveLock', 'AccessExclusiveLock')
    group by 1, 2 order by 2";

/// Applies what is missing to a copy, which is of this program's schema afterwards.
pub(crate) async fn rehearse(copy: &Location) -> Result<Vec<Rehearsed>, Error> {
    match copy {
        Location::Sqlite(path) => {
            let mut connection = sqlite::open(path)?;
            let runner = for_sqlite::migrations::runner();
            let mut done = Vec::new();
            for (version, migration, _) in missing(&runner, &of_sqlite(&connection)?) {
                let since = Instant::now();
                let runner = for_sqlite::migrations::runner();
                let runner = runner.set_target(Target::Version(version));
                runner.run(&mut connection).map_err(failed)?;
                // It is one file, and who changes it keeps all others from writing.
                let locked = vec![("the shop".to_owned(), Taken::Writes)];
                done.push(Rehearsed { migration, took: since.elapsed(), locked });
            }
            Ok(done)
        }
        Location::Postgres(config) => {
            let mut client = connect(config).await?;
            client.batch_execute(LOCK).await.map_err(postgres::classified)?;
            let runner = for_postgres::migrations::runner();
            let mut done = Vec::new();
            for (version, migration, sql) in missing(&runner, &of_postgres(&client).await?) {
                let (took, locked) = tried(&client, &sql).await.map_err(postgres::classified)?;
                let runner = for_postgres::migrations::runner();
                let runner = runner.set_target(Target::Version(version));
                runner.run_async(&mut client).await.map_err(failed)?;
                done.push(Rehearsed { migration, took, locked });
            }
            Ok(done)
        }
    }
}

/// Once for the clock and the locks, which nobody sees any more when it is committed.
async fn tried(
    client: &Client,
    sql: &str,
) -> Result<(Duration, Vec<(String, Taken)>), tokio_postgres::Error> {
    let tables = client.query(TABLES, &[]).await?;
    let tables: Vec<i64> = tables.iter().map(|row| row.get(0)).collect();
    client.batch_execute("begin").await?;
    let since = Instant::now();
    client.batch_execute(sql).await?;
    let took = since.elapsed();
    let rows = client.query(LOCKED, &[]).await?;
    client.batch_execute("rollback").await?;
    let locked = rows.iter().filter(|row| tables.contains(&row.get(0))).map(|row| {
        let taken = match row.get::<_, i32>(2) {
            3 => Taken::ReadsAndWrites,
            1 => Taken::Rows,
            _ => Taken::Writes,
        };
        (row.get(1), taken)
    });
    Ok((took, locked.collect()))
}

fn missing(runner: &Runner, schema: &Schema) -> Vec<(i32, String, String)> {
    let known = runner.get_migrations().iter();
    let missing = known.filter(|one| i64::from(one.version()) > i64::from(schema.version()));
    let mut missing: Vec<_> = missing
        .map(|one| {
            let sql = one.sql().unwrap_or_default().to_owned();
            (one.version(), one.to_string(), sql)
        })
        .collect();
    missing.sort();
    missing
}
