//! How far a database is, and whether this program may work on it as it is.

use crate::{location::Location, postgres, sqlite, tx::Error};
use refinery::{Migration, Runner};
use tokio_postgres::Client;

/// The oldest schema that this program works on: it is put beside the one before it, and taken away again, while
/// the schema is still that one's. What it does is done without what a later migration has brought.
pub const SERVES_FROM: u32 = 10;

/// How far a database is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Schema {
    /// No shop was ever there.
    Absent,
    /// These migrations are still to be applied to what is at a version.
    Behind {
        at: u32,
        missing: Vec<String>,
    },
    Current,
    /// A later program has brought it there; those of that schema and later ones may work on it.
    Ahead {
        at: u32,
        oldest: u32,
    },
}

impl Schema {
    /// Whether this program may work there as it is.
    pub fn is_workable(&self) -> bool {
        match self {
            Schema::Absent => false,
            Schema::Behind { at, .. } => *at >= SERVES_FROM,
            Schema::Current => true,
            Schema::Ahead { oldest, .. } => *oldest <= schema_version(),
        }
    }

    /// 0 where nothing is.
    pub fn version(&self) -> u32 {
        match self {
            Schema::Absent => 0,
            Schema::Behind { at, .. } | Schema::Ahead { at, .. } => *at,
            Schema::Current => schema_version(),
        }
    }

    /// Why this program may not work there, if a later one has seen to that.
    pub fn outdates(&self) -> Option<String> {
        let Schema::Ahead { at, oldest } = self else { return None };
        (!self.is_workable()).then(|| {
            format!(
                "a later version of Sutler has brought it to schema {at}, on which nothing older than that of schema \
                 {oldest} may work; this one is of schema {}",
                schema_version()
            )
        })
    }
}

/// The last migration that this version knows.
pub fn schema_version() -> u32 {
    let runner = super::for_sqlite::migrations::runner();
    runner.get_migrations().iter().map(|one| one.version() as u32).max().unwrap_or(0)
}

/// How far it is, and the oldest schema whose programs may work there.
struct Reached {
    at: i64,
    oldest: i64,
}

const HAS_TABLE: &str = "select count(*) from sqlite_schema where name = ?1";
const HAS_TABLE_ON_POSTGRES: &str = "select to_regclass($1) is not null";
const LAST: &str = "select coalesce(max(version), 0) from refinery_schema_history";
const LAST_ON_POSTGRES: &str =
    "select coalesce(max(version), 0)::bigint from public.refinery_schema_history";
const OLDEST: &str = "select coalesce(max(schema), 0) from oldest";
const OLDEST_ON_POSTGRES: &str = "select coalesce(max(schema), 0)::bigint from writer.oldest";

pub(crate) async fn schema(location: &Location) -> Result<Schema, Error> {
    match location {
        Location::Sqlite(path) => {
            // Who may not look there has not found that it is absent.
            match path.try_exists() {
                Ok(true) => of_sqlite(&sqlite::open_reader(path)?),
                Ok(false) => Ok(Schema::Absent),
                Err(error) => Err(Error::Unavailable(error.to_string())),
            }
        }
        Location::Postgres(config) => of_postgres(&postgres::connect(config).await?).await,
    }
}

pub(crate) fn of_sqlite(connection: &rusqlite::Connection) -> Result<Schema, Error> {
    let number = |sql, table| -> rusqlite::Result<i64> {
        let has: i64 = connection.query_row(HAS_TABLE, [table], |row| row.get(0))?;
        if has == 0 { Ok(0) } else { connection.query_row(sql, [], |row| row.get(0)) }
    };
    let reached = || {
        Ok(Reached {
            at: number(LAST, "refinery_schema_history")?,
            oldest: number(OLDEST, "oldest")?,
        })
    };
    let runner = super::for_sqlite::migrations::runner();
    Ok(compared(&runner, reached().map_err(sqlite::classified)?))
}

pub(crate) async fn of_postgres(client: &Client) -> Result<Schema, Error> {
    let number = async |sql: &str, table: &str| -> Result<i64, tokio_postgres::Error> {
        let has: bool = client.query_one(HAS_TABLE_ON_POSTGRES, &[&table]).await?.get(0);
        if has { Ok(client.query_one(sql, &[]).await?.get(0)) } else { Ok(0) }
    };
    let reached = async {
        Ok(Reached {
            at: number(LAST_ON_POSTGRES, "public.refinery_schema_history").await?,
            oldest: number(OLDEST_ON_POSTGRES, "writer.oldest").await?,
        })
    };
    let runner = super::for_postgres::migrations::runner();
    Ok(compared(&runner, reached.await.map_err(postgres::classified)?))
}

/// What fails where a later program has seen to it that this one does not work; why, `schema` tells.
pub(crate) fn outdated_on_postgres() -> String {
    let known = schema_version();
    format!(
        "do $$ begin if to_regclass('writer.oldest') is not null then
            if exists (select 1 from writer.oldest where schema > {known}) then
                raise exception 'a later version of Sutler works here';
            end if;
        end if; end $$"
    )
}

/// What a writer asks whenever it connects: a later program may have come meanwhile.
pub(crate) fn refuse_outdated(schema: &Schema) -> Result<(), Error> {
    schema.outdates().map_or(Ok(()), |why| Err(Error::Unavailable(why)))
}

fn compared(runner: &Runner, Reached { at, oldest }: Reached) -> Schema {
    let known = runner.get_migrations();
    let newer = |migration: &&Migration| i64::from(migration.version()) > at;
    let missing: Vec<String> = known.iter().filter(newer).map(ToString::to_string).collect();
    let last = known.iter().map(|one| i64::from(one.version())).max().unwrap_or(0);
    let number = |number: i64| u32::try_from(number).unwrap_or(u32::MAX);
    match at {
        0 => Schema::Absent,
        _ if at > last => Schema::Ahead { at: number(at), oldest: number(oldest) },
        _ if missing.is_empty() => Schema::Current,
        _ => Schema::Behind { at: number(at), missing },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_absent_behind_current_or_ahead() {
        let two =
            ["V1__one", "V2__two"].map(|name| Migration::unapplied(name, "select 1").unwrap());
        let runner = Runner::new(&two);
        let reached = |at| compared(&runner, Reached { at, oldest: 2 });
        assert_eq!(compared(&runner, Reached { at: 0, oldest: 0 }), Schema::Absent);
        assert_eq!(reached(1), Schema::Behind { at: 1, missing: vec!["V2__two".to_owned()] });
        assert_eq!(reached(2), Schema::Current);
        assert_eq!(reached(3), Schema::Ahead { at: 3, oldest: 2 });
    }

    #[test]
    fn a_program_works_beside_the_one_before_it_and_where_a_later_one_lets_it() {
        let known = schema_version();
        let behind = |at| Schema::Behind { at, missing: Vec::new() };
        let ahead = |oldest| Schema::Ahead { at: known + 2, oldest };
        for (schema, is_workable) in [
            (Schema::Absent, false),
            (behind(SERVES_FROM - 1), false),
            (behind(SERVES_FROM), true),
            (Schema::Current, true),
            (ahead(known - 1), true),
            (ahead(known), true),
            (ahead(known + 1), false),
        ] {
            assert_eq!(schema.is_workable(), is_workable, "{schema:?}");
            let is_outdated = schema == ahead(known + 1);
            assert_eq!(schema.outdates().is_some(), is_outdated, "{schema:?}");
            assert_eq!(refuse_outdated(&schema).is_err(), is_outdated, "{schema:?}");
        }
    }
}
