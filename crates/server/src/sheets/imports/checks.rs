//! The first pass: every row, and what is there beside it. It finds all that is wrong, and all that would change.

use super::{Change, Compared, Counts, Fault, Reading, Sheet, TOLD};
use crate::{
    app::App,
    http::{
        codes,
        problems::{FieldError, Problem},
    },
    sheets::spools::no_room,
};
use aws_lc_rs::digest::{SHA256, digest};
use domain::{Product, Sku, Stock, Text};
use std::{
    collections::{BTreeSet, HashMap, hash_map::Entry},
    fs::File,
    io,
};

/// What is found while a file is looked at.
pub enum Finding<'f> {
    Bad {
        line: u64,
        fault: &'f Fault,
    },
    Change {
        line: u64,
        sku: &'f Sku,
        change: &'f Change,
    },
    /// So many rows have been looked at.
    Rows(u64),
}

/// What a file would come to.
#[derive(Debug, Default)]
pub struct Checked {
    pub counts: Counts,
    pub rows: u64,
    pub bad: u64,
}

/// Looks at every row of a file, and at what is there. Nothing is written.
pub async fn check<S: Sheet>(
    app: &App,
    file: &File,
    found: &mut (dyn FnMut(Finding<'_>) -> io::Result<()> + Send),
) -> Result<Checked, Problem> {
    let mut reading = Reading::<S>::begin(file, app.currency).await?;
    let (mut checked, mut seen) = (Checked::default(), HashMap::new());
    loop {
        let rows = reading.chunk().await?;
        if rows.is_empty() {
            return Ok(checked);
        }
        checked.rows += rows.len() as u64;
        let wanted = rows.iter().filter_map(|(_, row)| row.as_ref().ok());
        let skus: Vec<&Sku> = wanted.clone().map(S::sku).collect();
        let slugs: BTreeSet<&Text<100>> = wanted.filter_map(S::slug).collect();
        let exact = app.readers.exact();
        let there = exact.products_by_sku(&skus).await?;
        let there: HashMap<&Sku, &(Product, Stock)> =
            there.iter().map(|found| (&found.0.sku, found)).collect();
        let slugs = exact.known_slugs(&slugs).await?;
        for (line, row) in &rows {
            let compared = row.as_ref().map_err(|_| None).and_then(|row| {
                twice(&mut seen, S::sku(row), *line)
                    .and_then(|()| S::compare(row, there.get(S::sku(row)).copied(), &slugs))
                    .map(|compared| (row, compared))
                    .map_err(Some)
            });
            match compared {
                Ok((row, compared)) => tell::<S>(&mut checked.counts, *line, row, &compared, found),
                Err(faults) => {
                    checked.bad += 1;
                    let faults = faults.as_ref().or(row.as_ref().err());
                    let mut faults = faults.into_iter().flatten();
                    faults.try_for_each(|fault| found(Finding::Bad { line: *line, fault }))
                }
            }
            .map_err(|error| no_room(&error))?;
        }
        found(Finding::Rows(checked.rows)).map_err(|error| no_room(&error))?;
    }
}

/// Counts a row that can be done, and tells what it would change.
fn tell<S: Sheet>(
    counts: &mut Counts,
    line: u64,
    row: &S::Row,
    compared: &Compared,
    found: &mut (dyn FnMut(Finding<'_>) -> io::Result<()> + Send),
) -> io::Result<()> {
    match (compared.is_new, compared.changes.is_empty()) {
        (true, _) => counts.created += 1,
        (false, false) => counts.changed += 1,
        (false, true) => counts.unchanged += 1,
    }
    let sku = S::sku(row);
    compared.changes.iter().try_for_each(|change| found(Finding::Change { line, sku, change }))
}

/// Skus that were seen, by a hash: a million of them are 24 MB, however long they are.
fn twice(seen: &mut HashMap<[u8; 16], u64>, sku: &Sku, line: u64) -> Result<(), Vec<Fault>> {
    let mut half = [0; 16];
    half.copy_from_slice(&digest(&SHA256, sku.as_str().as_bytes()).as_ref()[..16]);
    match seen.entry(half) {
        Entry::Vacant(place) => {
            place.insert(line);
            Ok(())
        }
        Entry::Occupied(first) => {
            Err(vec![Fault::new("sku", format!("is on line {} too", first.get()))])
        }
    }
}

/// A file with bad rows, of which some are told.
pub fn bad_rows(checked: &Checked, errors: Vec<FieldError>) -> Problem {
    let Checked { bad, rows, .. } = checked;
    let detail = format!("{bad} of {rows} rows cannot be imported, and so none was");
    Problem::new(codes::INVALID, detail).errors(errors.into_iter().take(TOLD).collect())
}
