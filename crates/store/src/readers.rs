//! Readers: plain queries, each in a short snapshot of its own, on connections that cannot write.

use crate::{
    postgres, sqlite,
    tx::Error,
    value::{Row, Value},
};
use deadpool_postgres::{Manager, ManagerConfig, Pool, RecyclingMethod, Runtime};
use rusqlite::Connection;
use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::Semaphore;
use tokio_postgres::types::ToSql;

const PATIENCE: Duration = Duration::from_secs(10);
/// Prepared statements that one connection keeps.
const STATEMENTS_KEPT: usize = 128;

#[derive(Clone)]
pub struct Readers(Engine);

#[derive(Clone)]
enum Engine {
    Sqlite(Arc<SqlitePool>),
    Postgres(Pool),
}

struct SqlitePool {
    path: PathBuf,
    idle: Mutex<Vec<Connection>>,
    places: Arc<Semaphore>,
}

impl Readers {
    pub fn sqlite(path: &Path, connections: usize) -> Readers {
        Readers(Engine::Sqlite(Arc::new(SqlitePool {
            path: path.to_owned(),
            idle: Mutex::default(),
            places: Arc::new(Semaphore::new(connections)),
        })))
    }

    pub fn postgres(config: &tokio_postgres::Config, connections: usize) -> Result<Readers, Error> {
        let mut config = config.clone();
        config.options("-c search_path=identity,catalog,orders,writer,public -c default_transaction_read_only=on");
        let recycling_method = RecyclingMethod::Fast;
        let manager =
            Manager::from_config(config, postgres::tls()?, ManagerConfig { recycling_method });
        let pool = Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(PATIENCE))
            .create_timeout(Some(PATIENCE))
            .build()
            .map_err(|error| Error::Other(error.to_string()))?;
        Ok(Readers(Engine::Postgres(pool)))
    }

    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), Error> {
        self.query("select 1".into(), vec![], |_| Ok(())).await.map(drop)
    }

    /// SQL in the dialect that both engines share, with `$1` to `$n`.
    pub(crate) async fn query<T, F>(
        &self,
        sql: String,
        params: Vec<Value<'static>>,
        read: F,
    ) -> Result<Vec<T>, Error>
    where
        T: Send + 'static,
        F: Fn(&Row) -> Result<T, Error> + Send + 'static,
    {
        match &self.0 {
            Engine::Sqlite(pool) => pool.clone().query(sql, params, read).await,
            Engine::Postgres(pool) => {
                // In a task of its own: a visitor who leaves must not hand on a connection that is
                // still at work for nobody.
                let query = query_postgres(pool.clone(), sql, params, read);
                let panicked = |error: tokio::task::JoinError| Error::Other(error.to_string());
                tokio::spawn(query).await.map_err(panicked)?
            }
        }
    }
}

impl SqlitePool {
    async fn query<T, F>(
        self: Arc<Self>,
        sql: String,
        params: Vec<Value<'static>>,
        read: F,
    ) -> Result<Vec<T>, Error>
    where
        T: Send + 'static,
        F: Fn(&Row) -> Result<T, Error> + Send + 'static,
    {
        let pool = self.clone();
        let closed = |_| Error::Other("the readers are closed".into());
        let waiting = tokio::time::timeout(PATIENCE, self.places.clone().acquire_owned()).await;
        let late = |_| Error::Unavailable("all readers are busy".into());
        let place = waiting.map_err(late)?.map_err(closed)?;
        let run = move || {
            // Held until the query ends, also when its visitor has left meanwhile.
            let _place = place;
            let connection = match pool.idle().pop() {
                Some(connection) => connection,
                None => sqlite::open_reader(&pool.path)?,
            };
            let rows = query_sqlite(&connection, &sql, &params, read)?;
            pool.idle().push(connection);
            Ok(rows)
        };
        let panicked = |error: tokio::task::JoinError| Error::Other(error.to_string());
        tokio::task::spawn_blocking(run).await.map_err(panicked)?
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) fn query_sqlite<T>(
    connection: &Connection,
    sql: &str,
    params: &[Value],
    read: impl Fn(&Row) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let mut statement = connection.prepare_cached(sql).map_err(sqlite::classified)?;
    for (index, value) in params.iter().enumerate() {
        // To SQLite `$2` is a name, numbered by where it first appears.
        let name = format!("${}", index + 1);
        let place = statement.parameter_index(&name).map_err(sqlite::classified)?;
        if let Some(place) = place {
            statement.raw_bind_parameter(place, value).map_err(sqlite::classified)?;
        }
    }
    let mut rows = statement.raw_query();
    let mut found = Vec::new();
    while let Some(row) = rows.next().map_err(sqlite::classified)? {
        found.push(read(&Row::Sqlite(row))?);
    }
    Ok(found)
}

async fn query_postgres<T>(
    pool: Pool,
    sql: String,
    params: Vec<Value<'static>>,
    read: impl Fn(&Row) -> Result<T, Error>,
) -> Result<Vec<T>, Error> {
    let lost = |error: deadpool_postgres::PoolError| Error::Lost(error.to_string());
    let client = pool.get().await.map_err(lost)?;
    let query = async {
        // The texts vary with what visitors ask for, and each costs memory on both sides.
        if client.statement_cache.size() >= STATEMENTS_KEPT {
            client.statement_cache.clear();
        }
        let statement = client.prepare_cached(&sql).await.map_err(postgres::classified)?;
        let params: Vec<&(dyn ToSql + Sync)> =
            params.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
        client.query(&statement, &params).await.map_err(postgres::classified)
    };
    match tokio::time::timeout(PATIENCE, query).await {
        Ok(rows) => rows?.iter().map(|row| read(&Row::Postgres(row))).collect(),
        Err(_) => {
            // Whatever it is doing, nobody else shall wait for it.
            drop(deadpool_postgres::Object::take(client));
            Err(Error::Lost(format!("no answer from Postgres in {PATIENCE:?}")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_has_its_number_wherever_it_appears_first() {
        let connection = Connection::open_in_memory().unwrap();
        let params = [Value::Int(1), Value::Int(2)];
        let read = |row: &Row<'_>| Ok((row.int(0)?, row.int(1)?));
        let rows = query_sqlite(&connection, "select $2, $1", &params, read).unwrap();
        assert_eq!(rows, [(2, 1)]);
    }
}
