//! The Postgres driver: the writer's one connection, driven by a runtime of its own on the writer's
//! thread. Every step is one pipeline, so a batch costs two or three round trips.

use crate::{
    bulk::{Bulk, COMMIT, COUNT, Counted},
    failpoints::flushed,
    migrations, tables,
    tx::{Committed, Connect, Error, Read, Tx, Write},
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
/// be a small table for as long as the connection lives. Nor may it gather a bitmap first: who reads by one does
/// not mark what he found dead, and the lines of a cart that is filled and emptied again were met each time.
const WRITER_SESSION: &str = "set synchronous_commit = on;
    set lock_timeout = '3s'; set idle_in_transaction_session_timeout = '5s';
    set enable_seqscan = off; set enable_bitmapscan = off; set enable_hashjoin = off;
    set enable_mergejoin = off; set jit = off";

/// Opens writing connections to one server.
#[derive(Clone, Debug)]
pub struct PostgresServer(pub Config);

pub struct Postgres {
    runtime: Runtime,
    client: Client,
    claim: Statement,
    count: Statement,
    commit: Statement,
    bulks: Bulks,
}

type Bulks = HashMap<&'static str, Statement>;

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
        let opened = runtime.block_on(in_time(prepared(config), PATIENCE));
        let Prepared { client, claim, count, commit, bulks } = opened?;
        Ok(Postgres { runtime, client, claim, count, commit, bulks })
    }

    fn run<T>(&self, step: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
        self.runtime.block_on(in_time(step, PATIENCE))
    }

    /// The answers of a read's statements, in their order.
    async fn find(&self, read: &Read<'_>) -> Result<Vec<Vec<tokio_postgres::Row>>, Error> {
        with_columns(&read.keys, async |columns| {
            let each = read.bulks.iter().map(|bulk| {
                let statement = &self.bulks[bulk.name];
                self.client.query(statement, columns)
            });
            join_all(each).await.into_iter().collect()
        })
        .await
    }

    /// The pipeline is sent in the order in which the futures are made.
    async fn write(&self, write: &Write<'_>) -> Result<Raised, Error> {
        let Write { bulk, rows } = write;
        let statement = &self.bulks[bulk.name];
        let run = with_columns(rows, async |columns| self.client.execute(statement, columns).await);
        let Some(counted) = bulk.counted() else {
            return match run.await {
                Err(Error::Data(why)) if bulk.is_exact() && why.contains(DIVIDED_BY_ZERO) => {
                    let name = bulk.name;
                    Err(Error::Fault(format!("{name} touched another number of rows than asked")))
                }
                ended => ended.map(|_| Raised::Nothing),
            };
        };
        let many = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let raise = async {
            match counted {
                Counted::By(counter) => {
                    let params: [&(dyn ToSql + Sync); 2] = [&many, &counter];
                    let row = self.client.query_one(&self.count, &params).await;
                    row.map(|row| Raised::Counter(counter, row.get(0)))
                }
                Counted::Feed => {
                    let params: [&(dyn ToSql + Sync); 1] = [&many];
                    let row = self.client.query_one(&self.commit, &params).await;
                    row.map(|row| Raised::Feed(row.get(1)))
                }
            }
        };
        let raise = async { raise.await.map_err(classified) };
        if rows.is_empty() {
            return raise.await;
        }
        // The first to fail tells why; the other one only that the transaction is aborted.
        Ok(futures_util::try_join!(raise, run)?.0)
    }
}

const DIVIDED_BY_ZERO: &str = "(22012)";

/// What a write has raised.
enum Raised {
    Nothing,
    Counter(&'static str, i64),
    /// By one commit.
    Feed(i64),
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

    fn write_and_commit(&mut self, writes: &[Write]) -> Result<Committed, Error> {
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
            let raised = written.into_iter().collect::<Result<Vec<_>, _>>()?;
            committed.map_err(classified)?;
            let mut counted = Committed::default();
            for raised in raised {
                match raised {
                    Raised::Nothing => {}
                    Raised::Counter(counter, last) => counted.counters.push((counter, last)),
                    Raised::Feed(number) => counted.number = number,
                }
            }
            Ok(counted)
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

type Answers = Vec<Vec<Vec<tokio_postgres::Row>>>;

fn hand_out(reads: &mut [Read], answers: Answers) -> Result<(), Error> {
    for (read, statements) in reads.iter_mut().zip(answers) {
        for (place, rows) in statements.iter().enumerate() {
            for row in rows {
                (read.each)(place, &Row::Postgres(row))?;
            }
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

/// A connection with all that it may be asked.
struct Prepared {
    client: Client,
    claim: Statement,
    count: Statement,
    commit: Statement,
    bulks: Bulks,
}

/// A writer's connection with all its statements, in two round trips: one to see that this program may work there, to
/// set the session up and to learn the types of all cells, one for the statements over them.
async fn prepared(config: &Config) -> Result<Prepared, Error> {
    let client = dial(config).await?;
    let probe = async |bulk: &'static Bulk| -> Result<_, Error> {
        let probe = client.prepare(&bulk.probe()).await.map_err(classified)?;
        let types: Vec<Type> =
            probe.columns().iter().map(|column| column.type_().clone()).collect();
        Ok((bulk, types))
    };
    let is_let_in = migrations::outdated_on_postgres();
    let (let_in, path, session, claim, count, commit, probes) = futures_util::join!(
        client.batch_execute(&is_let_in),
        client.batch_execute(SEARCH_PATH),
        client.batch_execute(WRITER_SESSION),
        client.prepare(CLAIM),
        client.prepare(COUNT),
        client.prepare(COMMIT),
        join_all(tables::bulks().into_iter().map(probe)),
    );
    if let Err(error) = let_in {
        migrations::refuse_outdated(&migrations::of_postgres(&client).await?)?;
        return Err(classified(error));
    }
    path.and(session).map_err(classified)?;
    let (claim, count) = (claim.map_err(classified)?, count.map_err(classified)?);
    let commit = commit.map_err(classified)?;
    let probes = probes.into_iter().collect::<Result<Vec<_>, Error>>()?;
    let prepare = async |(bulk, types): (&'static Bulk, Vec<Type>)| -> Result<_, Error> {
        let statement = client.prepare(&bulk.postgres(&types)).await.map_err(classified)?;
        Ok((bulk.name, statement))
    };
    let bulks = join_all(probes.into_iter().map(prepare)).await;
    let bulks = bulks.into_iter().collect::<Result<Bulks, Error>>()?;
    Ok(Prepared { client, claim, count, commit, bulks })
}

pub(crate) async fn connect(config: &Config) -> Result<Client, Error> {
    let client = dial(config).await?;
    client.batch_execute(SEARCH_PATH).await.map_err(classified)?;
    Ok(client)
}

async fn dial(config: &Config) -> Result<Client, Error> {
    let tls = tls()?;
    let connecting = async { config.connect(tls).await.map_err(classified) };
    let (client, connection) = in_time(connecting, CONNECT_PATIENCE).await?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection to Postgres ended");
        }
    });
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
    of_state(state.code(), text)
}

/// By the five letters of SQLSTATE.
fn of_state(code: &str, text: String) -> Error {
    match code {
        "55P03" | "57014" => Error::Locked(text),
        // The server is going away, or has given up on an idle transaction.
        "57P01" | "57P02" | "25P03" | "57P05" => Error::Lost(text),
        "57P03" | "25006" => Error::Unavailable(text),
        code => match code.get(..2).unwrap_or_default() {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether it is tried again, and what clients may conclude, hangs on these.
    #[test]
    fn errors_of_postgres_are_told_apart() {
        let of = |code: &str| of_state(code, String::new());
        let text = String::new;
        for (codes, expected) in [
            (&["55P03", "57014"][..], Error::Locked(text())),
            (&["57P01", "57P02", "25P03", "57P05", "08006", "08000"], Error::Lost(text())),
            (&["57P03", "25006", "53100", "53200", "53300"], Error::Unavailable(text())),
            (&["40001", "40P01", "23505", "23503"], Error::Race(text())),
            (&["22012", "22021"], Error::Data(text())),
            (&["42P01", "XX000", "58030", "?"], Error::Other(text())),
        ] {
            for code in codes {
                assert_eq!(of(code), expected, "{code}");
            }
        }
    }
}
