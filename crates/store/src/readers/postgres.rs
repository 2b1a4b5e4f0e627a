//! Reading connections to a Postgres server. The server itself stops a query at the deadline; one
//! that nobody waits for is cancelled, and its connection given up with it.

use super::{Left, MARGIN, Place, Query};
use crate::{
    postgres::{classified, tls},
    tx::Error,
    value::Row,
};
use deadpool_postgres::{
    Client, Manager, ManagerConfig, Object, PoolError, RecyclingMethod, Runtime,
};
use std::time::Duration;
use tokio::{task::JoinHandle, time::timeout};
use tokio_postgres::{Config, types::ToSql};
use tokio_postgres_rustls::MakeRustlsConnect;

const CONNECT_PATIENCE: Duration = Duration::from_secs(10);
const CANCEL_PATIENCE: Duration = Duration::from_secs(3);
/// Prepared statements that one connection keeps.
const STATEMENTS_KEPT: usize = 128;

#[derive(Clone)]
pub(super) struct PostgresPool {
    pool: deadpool_postgres::Pool,
    tls: MakeRustlsConnect,
}

impl PostgresPool {
    pub(super) fn new(
        config: &Config,
        connections: usize,
        deadline: Duration,
    ) -> Result<PostgresPool, Error> {
        let tls = tls()?;
        let mut config = config.clone();
        let deadline_ms = deadline.as_millis().max(1);
        // After what the address brings of its own: the last one counts. No list is so long that what is compiled
        // for it would be made up for.
        let own = config.get_options().map(|own| format!("{own} ")).unwrap_or_default();
        config.options(format!(
            "{own}-c search_path=identity,catalog,orders,writer,public \
             -c default_transaction_read_only=on -c statement_timeout={deadline_ms} \
             -c jit=off"
        ));
        let recycling_method = RecyclingMethod::Fast;
        let manager = Manager::from_config(config, tls.clone(), ManagerConfig { recycling_method });
        let pool = deadpool_postgres::Pool::builder(manager)
            .max_size(connections)
            .runtime(Runtime::Tokio1)
            .wait_timeout(Some(CONNECT_PATIENCE))
            .create_timeout(Some(CONNECT_PATIENCE))
            .build()
            .map_err(|error| Error::Other(error.to_string()))?;
        Ok(PostgresPool { pool, tls })
    }

    /// In a task of its own: a visitor who leaves must not hand on a connection that is still at
    /// work.
    pub(super) fn start<T, F>(
        self,
        query: Query,
        read: F,
        left: Left,
        place: Place,
    ) -> JoinHandle<Result<Vec<T>, Error>>
    where
        T: Send + 'static,
        F: Fn(&Row) -> Result<T, Error> + Send + 'static,
    {
        tokio::spawn(async move {
            let _place = place;
            let lost = |error: PoolError| Error::Lost(error.to_string());
            let client = self.pool.get().await.map_err(lost)?;
            let rows = tokio::select! {
                rows = run(&client, &query) => Some(rows),
                () = forsaken(left) => None,
            };
            match rows {
                Some(rows) => rows?.iter().map(|row| read(&Row::Postgres(row))).collect(),
                None => {
                    self.cancel(client).await;
                    Err(Error::Lost("cancelled: nobody waits for it".into()))
                }
            }
        })
    }

    /// The connection goes, too: the word to cancel could come late and strike its next query.
    async fn cancel(&self, client: Client) {
        let cancel = client.cancel_token();
        // Without the word, the server's own timeout ends the query.
        match timeout(CANCEL_PATIENCE, cancel.cancel_query(self.tls.clone())).await {
            Ok(Ok(())) => {}
            failed => tracing::debug!(?failed, "a query could not be cancelled"),
        }
        drop(Object::take(client));
    }
}

/// Ends a moment after the visitor has left: most queries are over by then, and need not be cancelled.
async fn forsaken(left: Left) {
    // Nothing is ever sent: the end of the channel is the word.
    let _closed = left.await;
    tokio::time::sleep(MARGIN).await;
}

async fn run(client: &Client, query: &Query) -> Result<Vec<tokio_postgres::Row>, Error> {
    // The texts vary with what visitors ask for, and each costs memory on both sides.
    if client.statement_cache.size() >= STATEMENTS_KEPT {
        client.statement_cache.clear();
    }
    let statement = client.prepare_cached(&query.sql).await.map_err(classified)?;
    let params: Vec<&(dyn ToSql + Sync)> =
        query.params.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
    client.query(&statement, &params).await.map_err(classified)
}
