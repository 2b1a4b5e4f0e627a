//! The Postgres driver: the writer's one connection, driven by a runtime of its own on the writer's
//! thread. Every step is one pipeline, so a batch costs two or three round trips.

use crate::{
    bulk::{Bulk, COUNT},
    failpoints::flushed,
    statements,
    tx::{Connect, Counted, Error, Read, Tx, Write},
    value::{Row, Rows},
};
use domain::{BatchId, Micros};
use futures_util::future::join_all;
use rustls::{ClientConfig, RootCertStore};
use std::{cell::Cell, collections::HashMap, future::Future, sync::Arc, time::Duration};
use tokio::runtime::Runtime;
use tokio_postgres::{
    Client, Config, Statement,
    error::SqlState,
    types::{ToSql, Type},
};
use tokio_postgres_rustls::MakeRustlsConnect;

const SEARCH_PATH: &str = "set search_path = identity, catalog, orders, writer, public";
/// A server that does not answer for so long is taken for lost; the batch id tells what it did.
const PATIENCE: Duration = Duration::from_secs(10);
const CONNECT_PATIENCE: Duration = Duration::from_secs(3);
/// Claims the batch's id and tells the time: the database's, since the clocks of nodes differ.
const CLAIM: &str = "insert into batches (id, at)
    values ($1, (extract(epoch from clock_timestamp()) * 1000000)::bigint) returning at";

/// What keeps one node from freezing the others, and the planner from scanning what it believes to
/// be a small table for as long as the connection lives.
const WRITER_SESSION: &str = "set synchronous_commit = on;
    set lock_timeout = '3s'; set idle_in_transaction_session_timeout = '5s';
    set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off; set jit = off";

/// Opens writing connections to one server.
#[derive(Clone, Debug)]
pub struct PostgresServer(pub Config);

pub struct Postgres {
    runtime: Runtime,
    client: Client,
    claim: Statement,
    count: Statement,
    bulks: HashMap<&'static str, Statement>,
}

impl Connect for PostgresServer {
    fn connect(&self) -> Result<Box<dyn Tx>, Error> {
        Ok(Box::new(Postgres::open(&self.0)?))
    }
}

impl Postgres {
    pub fn open(config: &Config) -> Result<Postgres, Error> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Error::Other(error.to_string()))?;
        let opened = runtime.block_on(async {
            let opening = async {
                let client = connect(config).await?;
                client.batch_execute(WRITER_SESSION).await.map_err(classified)?;
                let claim = client.prepare(CLAIM).await.map_err(classified)?;
                let count = client.prepare(COUNT).await.map_err(classified)?;
                let mut bulks = HashMap::new();
                for bulk in statements::all() {
                    bulks.insert(bulk.name, prepare(&client, bulk).await?);
                }
                Ok((client, claim, count, bulks))
            };
            in_time(opening, PATIENCE).await
        });
        let (client, claim, count, bulks) = opened?;
        Ok(Postgres { runtime, client, claim, count, bulks })
    }

    fn run<T>(&self, step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.runtime.block_on(in_time(step, PATIENCE))
    }

    async fn find(&self, read: &Read<'_>) -> Result<Vec<tokio_postgres::Row>, Error> {
        let statement = &self.bulks[read.bulk.name];
        with_columns(&read.keys, async |columns| self.client.query(statement, columns).await).await
    }

    /// The pipeline is sent in the order in which the futures are made.
    async fn write(&self, write: &Write<'_>) -> Result<Option<(&'static str, i64)>, Error> {
        let statement = &self.bulks[write.bulk.name];
        let insert = with_columns(&write.rows, async |columns| {
            self.client.execute(statement, columns).await
        });
        let Some(counter) = write.bulk.counter() else {
            return insert.await.map(|_| None);
        };
        let rows = i64::try_from(write.rows.len()).unwrap_or(i64::MAX);
        let params: [&(dyn ToSql + Sync); 2] = [&rows, &counter];
        let count = async { self.client.query_one(&self.count, &params).await.map_err(classified) };
        // The first to fail tells why; the other one only that the transaction is aborted.
        let (counted, _) = futures_util::try_join!(count, insert)?;
        Ok(Some((counter, counted.get(0))))
    }
}

impl Tx for Postgres {
    fn begin(&mut self, batch: BatchId, reads: &mut [Read]) -> Result<Micros, Error> {
        let (now, answers) = self
            .run(async {
                let params: [&(dyn ToSql + Sync); 1] = [&batch.0];
                let (begun, claimed, answers) = futures_util::join!(
                    self.client.batch_execute("begin"),
                    self.client.query_one(&self.claim, &params),
                    join_all(reads.iter().map(|read| self.find(read))),
                );
                begun.map_err(classified)?;
                let now: i64 = claimed.map_err(landed_or)?.get(0);
                Ok((Micros(now), answers.into_iter().collect::<Result<Vec<_>, _>>()?))
            })
            .map_err(|error| self.abandon(error))?;
        hand_out(reads, answers).map_err(|error| self.abandon(error))?;
        Ok(now)
    }

    fn read(&mut self, reads: &mut [Read]) -> Result<(), Error> {
        let answers = self
            .run(async {
                let answers = join_all(reads.iter().map(|read| self.find(read))).await;
                answers.into_iter().collect::<Result<Vec<_>, _>>()
            })
            .map_err(|error| self.abandon(error))?;
        hand_out(reads, answers).map_err(|error| self.abandon(error))
    }

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Counted, Error> {
        let is_sent = Cell::new(true);
        let write = async |write| {
            let written = self.write(write).await;
            is_sent.set(is_sent.get() && written.is_ok());
            written
        };
        // What cannot be encoded fails before it is sent; without it the rest must not be committed.
        let end = async {
            let end = if is_sent.get() { "commit" } else { "rollback" };
            self.client.simple_query(end).await
        };
        self.run(async {
            let (written, committed, ()) =
                futures_util::join!(join_all(writes.iter().map(write)), end, flushed());
            // A commit after a failed statement is answered without an error, by rolling back: so
            // every statement's answer counts.
            let counted = written.into_iter().collect::<Result<Vec<_>, _>>()?;
            committed.map_err(classified)?;
            Ok(counted.into_iter().flatten().collect())
        })
        .map_err(|error| self.abandon(error))
    }

    fn rollback(&mut self) -> Result<(), Error> {
        self.run(async { self.client.batch_execute("rollback").await.map_err(classified) })
    }
}

impl Postgres {
    fn abandon(&self, error: Error) -> Error {
        match &error {
            Error::Lost(_) => error,
            _ => match self
                .run(async { self.client.batch_execute("rollback").await.map_err(classified) })
            {
                Ok(()) => error,
                Err(rollback) => Error::Lost(format!("{error}; then rolling back: {rollback}")),
            },
        }
    }
}

fn hand_out(reads: &mut [Read], answers: Vec<Vec<tokio_postgres::Row>>) -> Result<(), Error> {
    for (read, rows) in reads.iter_mut().zip(answers) {
        for row in &rows {
            (read.each)(&Row::Postgres(row))?;
        }
    }
    Ok(())
}

async fn with_columns<T>(
    rows: &Rows<'_>,
    run: impl AsyncFnOnce(&[&(dyn ToSql + Sync)]) -> Result<T, tokio_postgres::Error>,
) -> Result<T, Error> {
    let columns = rows.columns();
    let columns: Vec<&(dyn ToSql + Sync)> =
        columns.iter().map(|column| column as &(dyn ToSql + Sync)).collect();
    run(&columns).await.map_err(classified)
}

pub(crate) async fn connect(config: &Config) -> Result<Client, Error> {
    let tls = tls()?;
    let connecting = async { config.connect(tls).await.map_err(classified) };
    let (client, connection) = in_time(connecting, CONNECT_PATIENCE).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to Postgres ended");
        }
    });
    client.batch_execute(SEARCH_PATH).await.map_err(classified)?;
    Ok(client)
}

/// Trusts what the machine trusts. Whether TLS is used at all is the URL's `sslmode`.
pub(crate) fn tls() -> Result<MakeRustlsConnect, Error> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Error::Other(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}

pub(crate) async fn prepare(client: &Client, bulk: &Bulk) -> Result<Statement, Error> {
    let probe = client.prepare(&bulk.probe()).await.map_err(classified)?;
    let types: Vec<Type> = probe.columns().iter().map(|column| column.type_().clone()).collect();
    client.prepare(&bulk.postgres(&types)).await.map_err(classified)
}

async fn in_time<T>(
    step: impl Future<Output = Result<T, Error>>,
    patience: Duration,
) -> Result<T, Error> {
    match tokio::time::timeout(patience, step).await {
        Ok(done) => done,
        Err(_) => Err(Error::Lost(format!("no answer from Postgres in {patience:?}"))),
    }
}

fn landed_or(error: tokio_postgres::Error) -> Error {
    match error.code() {
        Some(&SqlState::UNIQUE_VIOLATION) => Error::Landed,
        _ => classified(error),
    }
}

pub(crate) fn classified(error: tokio_postgres::Error) -> Error {
    let text = match error.as_db_error() {
        Some(refused) => format!("{} ({})", refused.message(), refused.code().code()),
        None => with_source(&error),
    };
    let Some(state) = error.code() else {
        // A value that cannot be encoded never reached the server.
        let unsent = text.contains("error serializing parameter");
        return if unsent { Error::Data(text) } else { Error::Lost(text) };
    };
    match state.code() {
        "55P03" | "57014" => Error::Locked(text),
        // The server is going away, or has given up on an idle transaction.
        "57P01" | "57P02" | "25P03" | "57P05" => Error::Lost(text),
        "57P03" | "25006" => Error::Unavailable(text),
        code => match &code[..2] {
            "40" | "23" => Error::Race(text),
            "22" => Error::Data(text),
            "08" => Error::Lost(text),
            "53" => Error::Unavailable(text),
            _ => Error::Other(text),
        },
    }
}

fn with_source(error: &tokio_postgres::Error) -> String {
    match std::error::Error::source(error) {
        Some(source) => format!("{error}: {source}"),
        None => error.to_string(),
    }
}
