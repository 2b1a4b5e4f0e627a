//! Readers: plain queries, each in a short snapshot of its own, on connections that cannot write.
//! A caller says whether it must see what is, or may see what was: `exact()` or `late()`.
//!
//! No query outlives its deadline or its visitor, and what anybody may ask for never takes the last
//! connection.

mod postgres;
mod sqlite;

use crate::{
    query::Filter,
    tx::Error,
    value::{Row, Value},
};
use postgres::PostgresPool;
use sqlite::SqlitePool;
use std::{fmt, path::Path, sync::Arc, time::Duration};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, oneshot},
    task::{JoinError, JoinHandle},
    time::{Instant, timeout_at},
};

pub(crate) const NOW_ON_SQLITE: &str = "cast(unixepoch('subsec') * 1000000 as integer)";
pub(crate) const NOW_ON_POSTGRES: &str =
    "cast(extract(epoch from clock_timestamp()) * 1000000 as bigint)";

/// How long the word that a query was stopped may be on its way from the database.
const MARGIN: Duration = Duration::from_millis(250);

/// Why nothing was read.
#[derive(Clone, Debug, PartialEq)]
pub enum ReadError {
    /// The query took longer than this, and was stopped.
    Late(Duration),
    /// No connection was free for so long.
    Busy(Duration),
    Database(Error),
}

impl std::error::Error for ReadError {}

impl fmt::Display for ReadError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Late(deadline) => {
                write!(out, "a query took longer than {deadline:?} and was stopped")
            }
            ReadError::Busy(deadline) => {
                write!(out, "all connections that read were busy for {deadline:?}")
            }
            ReadError::Database(error) => error.fmt(out),
        }
    }
}

impl From<Error> for ReadError {
    fn from(error: Error) -> ReadError {
        ReadError::Database(error)
    }
}

#[derive(Clone)]
pub struct Readers {
    exact: Exact,
    late: Late,
    followers: Followers,
}

/// What must be as it is now: a replay, an order after its commit, an account at its login, whether
/// the database answers. Short queries by key; they always find a connection.
#[derive(Clone)]
pub struct Exact(pub(crate) Share);

/// What may be as it was a moment ago: lists, searches, pages of the catalog. Nothing is decided
/// from it. Anybody may ask, so it never has all connections.
#[derive(Clone)]
pub struct Late(pub(crate) Share);

/// What follows the events reads by this, one at a time: it may be as late as it likes, and strangers
/// who search without end do not hold it up.
#[derive(Clone)]
pub struct Followers(pub(crate) Share);

/// The right to so many of a pool's connections.
#[derive(Clone)]
pub(crate) struct Share {
    pool: Pool,
    /// One for each connection of the pool.
    places: Arc<Semaphore>,
    /// One for each connection that this share may have at once, if not all.
    own_places: Option<Arc<Semaphore>>,
    deadline: Duration,
}

#[derive(Clone)]
enum Pool {
    Sqlite(Arc<SqlitePool>),
    Postgres(PostgresPool),
}

struct Query {
    sql: String,
    params: Vec<Value<'static>>,
}

/// Held for as long as a connection is at work, also when its visitor has left meanwhile.
type Place = (Option<OwnedSemaphorePermit>, OwnedSemaphorePermit);

/// What is closed when nobody waits for the answer any more.
type Left = oneshot::Receiver<()>;

impl Readers {
    pub fn sqlite(path: &Path, connections: usize, deadline: Duration) -> Readers {
        Self::over(Pool::Sqlite(Arc::new(SqlitePool::new(path))), connections, deadline)
    }

    pub fn postgres(
        config: &tokio_postgres::Config,
        connections: usize,
        deadline: Duration,
    ) -> Result<Readers, Error> {
        let pool = PostgresPool::new(config, connections, deadline)?;
        Ok(Self::over(Pool::Postgres(pool), connections, deadline))
    }

    fn over(pool: Pool, connections: usize, deadline: Duration) -> Readers {
        let places = Arc::new(Semaphore::new(connections));
        let late = Arc::new(Semaphore::new(late_of(connections)));
        let one = Arc::new(Semaphore::new(1));
        let share =
            |own_places| Share { pool: pool.clone(), places: places.clone(), own_places, deadline };
        Readers {
            exact: Exact(share(None)),
            late: Late(share(Some(late))),
            followers: Followers(share(Some(one))),
        }
    }

    /// For what must be as it is now.
    pub fn exact(&self) -> &Exact {
        &self.exact
    }

    /// For what may be as it was a moment ago, and for what takes long.
    pub fn late(&self) -> &Late {
        &self.late
    }

    /// For what follows the events.
    pub fn followers(&self) -> &Followers {
        &self.followers
    }
}

/// A quarter of the connections is for exact reads alone, and at least one if there are two.
fn late_of(connections: usize) -> usize {
    connections.saturating_sub((connections / 4).max(1)).max(1)
}

impl Exact {
    /// Whether the database answers.
    pub async fn ping(&self) -> Result<(), ReadError> {
        self.0.query("select 1".into(), vec![], |_| Ok(())).await.map(drop)
    }
}

impl Share {
    /// SQL in the dialect that both engines share, with `$1` to `$n`.
    pub(crate) async fn query<T, F>(
        &self,
        sql: String,
        params: Vec<Value<'static>>,
        read: F,
    ) -> Result<Vec<T>, ReadError>
    where
        T: Send + 'static,
        F: Fn(&Row) -> Result<T, Error> + Send + 'static,
    {
        let query = Query { sql, params };
        let until = Instant::now() + self.deadline;
        let busy = |_| ReadError::Busy(self.deadline);
        let place = timeout_at(until, self.place()).await.map_err(busy)??;
        // Closed when this future ends, at its deadline too, and when it is dropped because its
        // visitor has left.
        let (_here, left) = oneshot::channel();
        let work = match &self.pool {
            Pool::Sqlite(pool) => pool.clone().start(query, read, left, place),
            Pool::Postgres(pool) => pool.clone().start(query, read, left, place),
        };
        match timeout_at(until + MARGIN, ended(work)).await {
            Ok(Err(Error::Locked(_))) | Err(_) => Err(ReadError::Late(self.deadline)),
            Ok(rows) => Ok(rows?),
        }
    }

    /// How many rows of there; exact up to the bound, and one more means "more".
    pub(crate) async fn count(
        &self,
        from: &str,
        narrowed: Filter,
        bound: i64,
    ) -> Result<i64, ReadError> {
        let (clause, most) = (narrowed.where_clause(), bound + 1);
        let sql = format!("select count(*) from (select 1 {from} {clause} limit {most}) counted");
        Ok(self.query(sql, narrowed.params, |row| row.int(0)).await?.pop().unwrap_or(0))
    }

    /// Joins the stock of a product `p`, as `s`: looked up for each that is met. A planner that could join the
    /// tables otherwise would, and read all stock up to the first product that it wants.
    pub(crate) fn stock_of_product(&self) -> &'static str {
        match &self.pool {
            Pool::Sqlite(_) => "cross join stock s on s.product_id = p.id and s.location_id = 1",
            Pool::Postgres(_) => {
                "cross join lateral (select k.on_hand, k.reserved from stock k \
                 where k.product_id = p.id and k.location_id = 1 limit 1) s"
            }
        }
    }

    /// The time by which the door decides, of the moment of the query: that of the database, which on SQLite is
    /// that of the machine.
    pub(crate) fn now(&self) -> &'static str {
        match &self.pool {
            Pool::Sqlite(_) => NOW_ON_SQLITE,
            Pool::Postgres(_) => NOW_ON_POSTGRES,
        }
    }

    async fn place(&self) -> Result<Place, Error> {
        let closed = |_| Error::Other("the readers are closed".into());
        // The own one first: who waits for it must not hold one that others could have.
        let own = match &self.own_places {
            Some(places) => Some(places.clone().acquire_owned().await.map_err(closed)?),
            None => None,
        };
        Ok((own, self.places.clone().acquire_owned().await.map_err(closed)?))
    }
}

async fn ended<T>(work: JoinHandle<Result<T, Error>>) -> Result<T, Error> {
    let panicked = |error: JoinError| Error::Other(error.to_string());
    work.await.map_err(panicked)?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn late_reads_never_have_all_connections_where_there_are_two() {
        for (connections, late) in [(1, 1), (2, 1), (3, 2), (4, 3), (7, 6), (8, 6), (100, 75)] {
            assert_eq!(late_of(connections), late, "{connections}");
        }
    }
}
