//! What the database holds, read beside the shop: each noun has statements of its own.

use crate::{
    nouns::NOUNS,
    stage::texts::{self, Texts},
};
use anyhow::{Context, ensure};
use std::collections::BTreeMap;
use store::Location;

#[derive(Debug, Default)]
pub struct Rows {
    tables: BTreeMap<&'static str, Texts>,
    /// What SQLite finds wrong with its file.
    pub damage: Option<String>,
}

impl Rows {
    pub async fn read(location: &Location) -> anyhow::Result<Rows> {
        let statements: Vec<&'static str> =
            NOUNS.iter().flat_map(|noun| noun.statements()).copied().collect();
        let tables = texts::read(location, &statements).await?;
        ensure!(tables.len() == statements.len(), "not every statement has rows");
        let mut damage = None;
        if matches!(location, Location::Sqlite(_)) {
            let found = texts::read(location, &["pragma integrity_check"]).await?.concat().concat();
            damage = Some(found.join("; ")).filter(|found| found != "ok");
        }
        Ok(Rows { tables: statements.into_iter().zip(tables).collect(), damage })
    }

    /// What one of the statements has found, column by column.
    pub fn of<const N: usize>(&self, statement: &str) -> anyhow::Result<Vec<[&str; N]>> {
        let table = self.tables.get(statement);
        let table = table.with_context(|| format!("no noun has the statement {statement}"))?;
        let rows = table.iter().map(|row| {
            let columns: Vec<&str> = row.iter().map(String::as_str).collect();
            let found = columns.try_into().ok();
            found.with_context(|| format!("a row is not as asked for: {row:?}"))
        });
        rows.collect()
    }
}
