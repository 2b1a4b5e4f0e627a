//! Migrating while others work there: programs of this version, of the one before, of a later one.

use crate::{shop::*, upgrades::shop_of};
use std::time::Duration;
use store::{Error, Location, Schema, Taken, schema_version};
use tokio_postgres::{Client, NoTls};

fn run(story: impl AsyncFn(Engine)) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    for engine in [Engine::Sqlite, Engine::Postgres] {
        runtime.block_on(story(engine));
    }
}

/// A later version was there, and has said whose programs may still work.
async fn brought_further(location: &Location, oldest: u32) {
    let (public, writer) = match location {
        Location::Sqlite(_) => ("", ""),
        Location::Postgres(_) => ("public.", "writer."),
    };
    let history = format!("{public}refinery_schema_history");
    run_sql(
        location,
        &format!(
            "delete from {history} where version = 99;
            insert into {history} select 99, 'later', applied_on, checksum from {history} limit 1;
            update {writer}oldest set schema = {oldest}"
        ),
    )
    .await
    .unwrap();
}

#[test]
fn a_database_of_a_later_version_is_worked_on_where_that_permits_it() {
    run(async |engine| {
        let Some((location, _dir)) = fresh_location(engine).await else { return };
        assert_eq!(location.schema().await.unwrap(), Schema::Absent);
        location.migrate().await.unwrap();
        let known = schema_version();
        let ahead = |oldest| Schema::Ahead { at: 99, oldest };
        brought_further(&location, known).await;
        assert_eq!(location.schema().await.unwrap(), ahead(known));
        assert_eq!(location.migrate().await, Ok(Vec::new()));
        connected(&location).await.unwrap();
        brought_further(&location, known + 1).await;
        assert_eq!(location.schema().await.unwrap(), ahead(known + 1));
        let is_told = |error: Error| {
            let told = error.to_string();
            assert!(told.contains("to schema 99"), "{told}");
            assert!(told.contains(&format!("older than that of schema {}", known + 1)), "{told}");
        };
        is_told(location.migrate().await.unwrap_err());
        // One that was away meanwhile, and comes again.
        let refused = connected(&location).await.unwrap_err();
        assert!(matches!(refused, Error::Unavailable(_)), "{refused:?}");
        is_told(refused);
    });
}

/// As a writer does, on a thread of its own.
async fn connected(location: &Location) -> Result<(), Error> {
    let writer = location.writer();
    tokio::task::spawn_blocking(move || writer.connect().map(drop)).await.unwrap()
}

async fn named(location: &Location, application: &str) -> Client {
    let Location::Postgres(config) = location else { panic!("on Postgres") };
    let mut config = config.as_ref().clone();
    let (client, connection) = config.application_name(application).connect(NoTls).await.unwrap();
    tokio::spawn(connection);
    client
}

#[test]
fn programs_that_may_not_work_there_any_more_are_sent_away() {
    run(async |engine| {
        let Some((location, _dir)) = shop_of(engine, 9).await else { return };
        if engine == Engine::Sqlite {
            return;
        }
        // The one that is applied says that those of the tenth schema may stay, of which the first ones were.
        let names = ["sutler/9", "sutler/10", "sutler", "sutler/12", "another program"];
        let mut clients = Vec::new();
        for name in names {
            clients.push(named(&location, name).await);
        }
        location.migrate().await.unwrap();
        for (name, client) in names.into_iter().zip(clients) {
            let stays = client.batch_execute("select 1").await.is_ok();
            assert_eq!(stays, name != "sutler/9", "{name}");
        }
        // Whoever migrated before was killed before he had sent them away: nothing is left to be migrated.
        let known = schema_version();
        run_sql(&location, &format!("update writer.oldest set schema = {known}")).await.unwrap();
        let [older, ours] = [format!("sutler/{}", known - 1), format!("sutler/{known}")]
            .map(async |name| named(&location, &name).await);
        let (older, ours) = (older.await, ours.await);
        assert_eq!(location.migrate().await, Ok(Vec::new()));
        assert!(older.batch_execute("select 1").await.is_err());
        ours.batch_execute("select 1").await.unwrap();
    });
}

#[test]
fn who_migrates_lets_others_go_first_where_a_table_is_in_use() {
    run(async |engine| {
        let Some((location, _dir)) = shop_of(engine, 9).await else { return };
        if engine == Engine::Sqlite {
            return;
        }
        let [reader, other] = [named(&location, "reader").await, named(&location, "other").await];
        let read = "select count(*) from orders.claims";
        reader.batch_execute(&format!("begin; {read}")).await.unwrap();
        // It changes that table, and gives up: nobody is kept out by what waits for it.
        let told = location.migrate_within(Duration::ZERO).await.unwrap_err().to_string();
        assert!(told.contains("in use for 0 s") && told.contains("(reader)"), "{told}");
        assert_eq!(location.schema().await.unwrap().version(), 9);
        let migrating = {
            let location = location.clone();
            tokio::spawn(async move { location.migrate().await })
        };
        until("it waits", async || {
            let waits = "select 1 from pg_locks where not granted and locktype = 'relation'";
            !other.query(waits, &[]).await.unwrap().is_empty()
        })
        .await;
        // Behind whoever waits, and for no longer than he does: the first one has not ended.
        other.batch_execute(read).await.unwrap();
        reader.batch_execute("commit").await.unwrap();
        assert_eq!(migrating.await.unwrap().unwrap().len() as u32, schema_version() - 9);
        assert_eq!(location.schema().await.unwrap(), Schema::Current);
    });
}

#[test]
fn a_rehearsal_says_what_waits_for_each_migration() {
    run(async |engine| {
        let Some((location, _dir)) = shop_of(engine, 9).await else { return };
        let rehearsed = location.rehearse().await.unwrap();
        let migrations: Vec<&str> = rehearsed.iter().map(|one| one.migration.as_str()).collect();
        assert_eq!(migrations, ["V10__clocks", "V11__oldest"]);
        assert!(rehearsed.iter().all(|one| one.took > Duration::ZERO));
        let [first, second] = [0, 1].map(|at| rehearsed[at].locked.as_slice());
        let whole = [("the shop".to_owned(), Taken::Writes)];
        match engine {
            Engine::Sqlite => assert_eq!([first, second], [&whole, &whole]),
            Engine::Postgres => {
                assert_eq!(first, [("orders.claims".to_owned(), Taken::ReadsAndWrites)]);
                assert_eq!(second, []);
            }
        }
        assert_eq!(location.schema().await.unwrap(), Schema::Current);
        assert_sound(&location).await;
    });
}
