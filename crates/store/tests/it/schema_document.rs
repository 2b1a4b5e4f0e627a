//! The document of the tables, docs/schema.md: drawn of a database as the migrations leave it, and the same on both
//! engines but for the types. What no database says stands in `words`, and is compared with one that has been traded in.

mod drawing;
mod reading;
mod words;

use crate::shop::*;
use domain::*;
use drawing::{draw, on_sqlite};
use reading::{Table, tables};
use std::{
    collections::BTreeSet,
    env::var_os,
    fs,
    path::{Path, PathBuf},
};
use store::Location;
use uuid::Uuid;
use words::{MODULES, NOWHERE, PLAIN, REFERENCES, Reference, codes};

on_both_engines!(
    the_document_shows_the_tables_that_there_are,
    all_that_there_is_has_a_sentence,
    every_column_that_leads_somewhere_is_told,
    every_number_that_stands_for_something_is_told,
    what_is_no_foreign_key_leads_where_it_is_told,
);

/// What writes the document anew.
const KEEP: &str = "KEEP_SCHEMA_DOCUMENT";
/// Whatever stands before it is written by hand.
const DRAWN: &str = "<!-- From here on it is drawn. -->\n\n";

fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schema.md")
}

async fn the_document_shows_the_tables_that_there_are(shop: Shop) {
    let drawn = draw(&tables(&shop).await);
    let text = fs::read_to_string(document()).unwrap_or_default();
    let (preface, mut kept) = text.split_once(DRAWN).unwrap_or_else(|| {
        panic!("docs/schema.md has lost the line {DRAWN:?} before what is drawn")
    });
    let on_sqlite = on_sqlite(kept);
    match (shop.engine, var_os(KEEP)) {
        // The types are those of Postgres.
        (Engine::Postgres, Some(_)) => {
            fs::write(document(), [preface, DRAWN, &drawn].concat()).unwrap();
            kept = &drawn;
        }
        (Engine::Sqlite, Some(_)) => return,
        (Engine::Postgres, None) => {}
        (Engine::Sqlite, None) => kept = &on_sqlite,
    }
    let differing = kept.lines().zip(drawn.lines()).find(|(kept, drawn)| kept != drawn);
    assert!(
        kept == drawn,
        "docs/schema.md shows other tables than there are on {:?}, first: {differing:?}. With {KEEP}=1 this test draws \
         them anew of Postgres; what no database says stands in {}/words.rs",
        shop.engine,
        file!().trim_end_matches(".rs"),
    );
}

async fn all_that_there_is_has_a_sentence(shop: Shop) {
    let tables = tables(&shop).await;
    let things = |table: &Table| [vec![table.name.clone()], table.triggers.clone()].concat();
    let there: BTreeSet<String> = tables.iter().flat_map(things).collect();
    let named = MODULES.iter().flat_map(|module| module.things).map(|(name, _)| (*name).to_owned());
    let told: Vec<String> = named.collect();
    let once: BTreeSet<String> = told.iter().cloned().collect();
    assert_eq!(once, there, "on the left what words.rs tells of, on the right what there is");
    assert_eq!(once.len(), told.len(), "each once: {told:?}");
    for Table { module, name, .. } in tables.iter().filter(|_| shop.engine == Engine::Postgres) {
        let told = MODULES.iter().find(|told| told.things.iter().any(|(told, _)| told == name));
        assert_eq!(told.unwrap().name, module, "the module of {name}");
    }
}

/// That of this name.
fn table<'t>(tables: &'t [Table], name: &str) -> &'t Table {
    let table = tables.iter().find(|table| table.name == name && !table.is_view);
    table.unwrap_or_else(|| panic!("there is no table {name}"))
}

async fn every_column_that_leads_somewhere_is_told(shop: Shop) {
    let tables = tables(&shop).await;
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    for Reference { from, columns, to, to_columns, .. } in REFERENCES {
        let (from, to) = (table(&tables, from), table(&tables, to));
        let missing = columns.iter().find(|column| from.column(column).is_none());
        assert_eq!(missing, None, "of {}", from.name);
        let is_kept = from.foreign_keys.iter().any(|key| key.columns == owned(columns));
        assert!(!is_kept, "{columns:?} of {} is a foreign key", from.name);
        assert!(to.is_unique(&owned(to_columns)), "{to_columns:?} find no one row of {}", to.name);
    }
    let mut nowhere = BTreeSet::new();
    for table in tables.iter().filter(|table| !table.is_view) {
        let named = table.columns.iter().map(|column| column.name.as_str());
        for column in named.filter(|name| name.ends_with("_id") || name.ends_with("_by")) {
            let keys = table.foreign_keys.iter().map(|key| key.columns.clone());
            let told = REFERENCES.iter().filter(|reference| reference.from == table.name);
            let leads: Vec<_> = keys.chain(told.map(|told| owned(told.columns))).collect();
            let leads_alone = leads.iter().any(|columns| *columns == [column]);
            let leads = leads.iter().any(|columns| columns.iter().any(|it| it == column));
            let is_nowhere = NOWHERE.contains(&column);
            assert!(!(is_nowhere && leads_alone), "{column} of {} leads somewhere", table.name);
            assert!(
                is_nowhere || leads,
                "where does {column} of {} lead? words.rs does not say",
                table.name
            );
            nowhere.extend(is_nowhere.then_some(column));
        }
    }
    assert_eq!(nowhere, BTreeSet::from_iter(NOWHERE.iter().copied()));
}

async fn every_number_that_stands_for_something_is_told(shop: Shop) {
    let tables = tables(&shop).await;
    let columns = tables.iter().filter(|table| !table.is_view).flat_map(|table| {
        let named = |name: &str| [name.to_owned(), format!("{}.{name}", table.name)];
        table.columns.iter().map(move |column| (named(&column.name), column.kind.as_str()))
    });
    let columns: Vec<_> = columns.collect();
    let codes = codes();
    let told: Vec<&str> = codes.iter().flat_map(|(columns, _)| *columns).copied().collect();
    for told in &told {
        let is_there = columns.iter().any(|(names, _)| names.iter().any(|name| name == told));
        assert!(is_there, "there is no column {told}");
    }
    // SQLite has numbers of one size only.
    for (names, _) in columns.iter().filter(|(_, kind)| *kind == "smallint") {
        let is_told = names.iter().any(|name| told.contains(&name.as_str()));
        let is_plain = PLAIN.contains(&names[0].as_str());
        assert!(is_told != is_plain, "what does {} stand for? words.rs does not say", names[1]);
    }
}

/// A shop of the newest schema in which everything has been done that upgrades are tried with.
async fn traded(engine: Engine) -> Option<(Shop, testbed::TempDir)> {
    let folder = match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/it/schemas").join(folder);
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    let version = |file: &PathBuf| {
        let name = file.file_stem().unwrap().to_string_lossy().into_owned();
        name[1..].parse::<u32>().unwrap()
    };
    let sql = fs::read_to_string(files.max_by_key(version).unwrap()).unwrap();
    let (location, dir) = fresh_location(engine).await?;
    let before = match location {
        Location::Sqlite(_) => "pragma journal_mode = wal; pragma foreign_keys = off;",
        Location::Postgres(_) => "",
    };
    run_sql(&location, &format!("{before}\n{sql}")).await.unwrap();
    location.migrate().await.unwrap();
    Some((Shop::at(engine, location.clone(), location.writer(), patient()), dir))
}

/// What is not done in it: who acts there has no account, for one.
async fn go_on(shop: &Shop) {
    // Ids that are as small as those of products are of tests only: no two subjects have one id and version.
    shop.sql("update events set version = version + 1000 where subject_kind = 2").await.unwrap();
    for (number, name) in [(1, "ada"), (2, "ben"), (9, "eve")] {
        let account = AccountId(Uuid::from_u128(number));
        shop.send(command(Actor::SYSTEM, None, register(account, name))).await.unwrap();
    }
    let staff = Actor { role: Role::Staff, ..customer(9) };
    let create = command_of(staff, Some("own"), create_product(500, 7).action);
    shop.send(create).await.unwrap();
    let (consumer, holder) = (Text::new("search").unwrap(), Uuid::from_u128(3));
    let lease_us = Micros::HOUR;
    let lease = TakeLease { consumer: consumer.clone(), holder, lease_us, begins_at: 0 };
    shop.send(command(Actor::SYSTEM, None, lease)).await.unwrap();
    let cursor = MoveCursor { consumer, holder, position: 1, lease_us };
    shop.send(command(Actor::SYSTEM, None, cursor)).await.unwrap();
}

async fn what_is_no_foreign_key_leads_where_it_is_told(shop: Shop) {
    let Some((shop, _dir)) = traded(shop.engine).await else { return };
    go_on(&shop).await;
    for Reference { from, columns, to, to_columns, of } in REFERENCES {
        let of = if of.is_empty() { "true" } else { of };
        let said: Vec<_> = columns.iter().map(|column| format!("f.{column} is not null")).collect();
        let pairs = columns.iter().zip(*to_columns);
        let led: Vec<_> = pairs.map(|(column, to)| format!("t.{to} = f.{column}")).collect();
        let (said, led) = (said.join(" and "), led.join(" and "));
        let sql = |which: &str| {
            format!(
                "select count(*) from (select * from {from} where {of}) f
                 where {said} and {which} (select 1 from {to} t where {led})"
            )
        };
        let [lost, found] = [sql("not exists"), sql("exists")];
        assert_eq!(shop.numbers(&lost).await, [0], "{columns:?} of {from} do not lead to {to}");
        assert!(shop.numbers(&found).await[0] > 0, "no {columns:?} of {from} lead to {to}");
    }
    shop.writer.close();
    assert_sound(&shop.location).await;
}
