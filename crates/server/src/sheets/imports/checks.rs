//! The first pass: every row, and what is there beside it. It finds all that is wrong, and all that would change.
//! Rows of chunks that are done already are passed over: they would be compared with what they have made.

use super::{By, Change, Compared, Counts, Fault, Import, Reading, Row, Sheet, TOLD, field_error};
use crate::{
    app::App,
    http::{codes, problems::Problem},
    sheets::{paces::patient, spools::no_room},
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

type Found<'f> = &'f mut (dyn FnMut(Finding<'_>) -> io::Result<()> + Send);

/// What a file would come to.
#[derive(Debug)]
pub struct Checked {
    pub counts: Counts,
    pub rows: u64,
    pub bad: u64,
    pub(super) import: Import,
    /// So many of its chunks were done before.
    pub(super) done: u64,
}

/// Looks at every row of a file, and at what is there. Nothing is written.
pub async fn check<S: Sheet>(
    app: &App,
    by: &By,
    file: &File,
    found: Found<'_>,
) -> Result<Checked, Problem> {
    let import = Import::of::<S>(by, file).await?;
    let done = import.done(app).await?;
    let mut reading = Reading::<S>::begin(file, by.from_line, app.currency).await?;
    let mut checked = Checked { counts: Counts::default(), rows: 0, bad: 0, import, done };
    let mut seen = HashMap::new();
    for number in 0.. {
        let rows = reading.chunk().await?;
        if rows.is_empty() {
            break;
        }
        checked.rows += rows.len() as u64;
        let compared = match number < done {
            true => None,
            false => Some(compared::<S>(app, &rows, &mut seen).await?),
        };
        // Whoever brings the file at the same time may have done this chunk since.
        let is_bad = compared.iter().flatten().any(Result::is_err);
        match compared {
            Some(compared) if !is_bad || !checked.import.is_done(app, number).await? => {
                tell::<S>(&mut checked, &rows, &compared, found)
                    .map_err(|error| no_room(&error))?;
            }
            _ => checked.counts.done_before += rows.len() as i64,
        }
        found(Finding::Rows(checked.rows)).map_err(|error| no_room(&error))?;
    }
    Ok(checked)
}

type Comparison = Result<Compared, Vec<Fault>>;

/// The rows of a chunk beside what is there, each with all that is wrong with it.
async fn compared<S: Sheet>(
    app: &App,
    rows: &[Row<S>],
    seen: &mut HashMap<[u8; 16], u64>,
) -> Result<Vec<Comparison>, Problem> {
    let wanted = || rows.iter().filter_map(|row| row.row.as_ref());
    let skus: Vec<&Sku> = wanted().map(S::sku).filter(|sku| !sku.as_str().is_empty()).collect();
    let slugs: BTreeSet<&Text<100>> = wanted().filter_map(S::slug).collect();
    let exact = app.readers.exact();
    let there = patient(|| exact.products_by_sku(&skus)).await?;
    let there: HashMap<&Sku, &(Product, Stock)> =
        there.iter().map(|found| (&found.0.sku, found)).collect();
    let slugs = patient(|| exact.known_slugs(&slugs)).await?;
    let each = rows.iter().map(|Row { line, row, wrong }| {
        let mut wrong = wrong.clone();
        let mut compared = Compared::default();
        if let Some(row) = row {
            let slug = S::slug(row).filter(|slug| !slugs.contains(slug.as_str()));
            wrong.extend(slug.map(|_| Fault::unknown_category()));
            let sku = Some(S::sku(row)).filter(|sku| !sku.as_str().is_empty());
            wrong.extend(sku.and_then(|sku| twice(seen, sku, *line)));
            match sku.map(|sku| S::compare(row, there.get(sku).copied())) {
                Some(Ok(found)) => compared = found,
                Some(Err(more)) => {
                    // A cell that cannot be read is not empty as well.
                    let is_told = |fault: &Fault| wrong.iter().any(|it| it.field == fault.field);
                    let more: Vec<Fault> = more.into_iter().filter(|it| !is_told(it)).collect();
                    wrong.extend(more);
                }
                None => {}
            }
        }
        if wrong.is_empty() { Ok(compared) } else { Err(wrong) }
    });
    Ok(each.collect())
}

/// Counts the rows of a chunk, and tells what is wrong with them or would be changed by them.
fn tell<S: Sheet>(
    checked: &mut Checked,
    rows: &[Row<S>],
    compared: &[Comparison],
    found: Found<'_>,
) -> io::Result<()> {
    for (Row { line, row, .. }, compared) in rows.iter().zip(compared) {
        let line = *line;
        match (compared, row) {
            (Err(faults), _) => {
                checked.bad += 1;
                faults.iter().try_for_each(|fault| found(Finding::Bad { line, fault }))?;
            }
            (Ok(Compared { is_new, changes }), Some(row)) => {
                match (is_new, changes.is_empty()) {
                    (true, _) => checked.counts.created += 1,
                    (false, false) => checked.counts.changed += 1,
                    (false, true) => checked.counts.unchanged += 1,
                }
                let sku = S::sku(row);
                let mut changes = changes.iter();
                changes.try_for_each(|change| found(Finding::Change { line, sku, change }))?;
            }
            (Ok(_), None) => {}
        }
    }
    Ok(())
}

/// Skus that were seen, by a hash: a million of them are 24 MB, however long they are.
fn twice(seen: &mut HashMap<[u8; 16], u64>, sku: &Sku, line: u64) -> Option<Fault> {
    let mut half = [0; 16];
    half.copy_from_slice(&digest(&SHA256, sku.as_str().as_bytes()).as_ref()[..16]);
    match seen.entry(half) {
        Entry::Vacant(place) => {
            place.insert(line);
            None
        }
        Entry::Occupied(first) => {
            Some(Fault::new("sku", format!("is on line {} too", first.get())))
        }
    }
}

/// How many rows are bad, and that nothing was written for them.
pub fn told_bad(Checked { counts, rows, bad, .. }: &Checked) -> String {
    let before = match counts.done_before {
        0 => String::new(),
        before => format!("; {before} rows of this file were imported before"),
    };
    format!("{bad} of {rows} rows cannot be imported, and so none was{before}")
}

/// A file with bad rows: what is wrong with the first of them.
#[derive(Default)]
pub struct BadRows {
    told: Vec<(u64, Fault)>,
    more: u64,
}

impl BadRows {
    pub fn add(&mut self, line: u64, fault: &Fault) {
        match self.told.len() < TOLD {
            true => self.told.push((line, fault.clone())),
            false => self.more += 1,
        }
    }

    pub fn problem(&self, checked: &Checked) -> Problem {
        let mut detail = told_bad(checked);
        if self.more > 0 {
            detail += &format!(
                "; the first {TOLD} errors are told here, {} more by a dry run (dry_run=true)",
                self.more
            );
        }
        let errors = self.told.iter().map(|(line, fault)| field_error(*line, fault));
        Problem::new(codes::INVALID, detail).errors(errors.collect())
    }
}
