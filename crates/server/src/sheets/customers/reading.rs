//! A file of customers, chunk by chunk and on a thread where it may wait for the disk.

use super::{Customer, CustomerSheet, Names};
use crate::{
    http::{codes, problems::Problem, sheets::Columned},
    sheets::{
        imports::{Fault, field_error},
        lines::{self, Line, Lines, Wrong},
    },
};
use std::{
    fs::File,
    io::{self, Seek},
};

/// So many rows are looked at together.
const CHUNK: usize = 500;

pub struct Row {
    pub line: u64,
    pub names: Names,
    pub customer: Result<Customer, Vec<Fault>>,
}

pub struct Reading(Option<Lines<File>>);

impl Reading {
    pub async fn begin(file: &File) -> Result<Reading, Problem> {
        let mut file = file.try_clone().map_err(|error| unreadable(&error))?;
        let lines = off(move || {
            file.rewind().map_err(|error| unreadable(&error))?;
            let lines = lines::read(file, CustomerSheet::REQUIRED, CustomerSheet::OPTIONAL);
            lines.map_err(|why| {
                let errors = vec![field_error(1, &Fault::new("", why.to_string()))];
                Problem::new(codes::INVALID, format!("line 1: {why}")).errors(errors)
            })
        });
        lines.await?.map(|lines| Reading(Some(lines)))
    }

    /// No rows: that was all.
    pub async fn chunk(&mut self) -> Result<Vec<Row>, Problem> {
        let Some(mut lines) = self.0.take() else { return Ok(Vec::new()) };
        let read = move || {
            let rows: Vec<Row> = lines.by_ref().take(CHUNK).map(row).collect();
            (lines, rows)
        };
        let (lines, rows) = off(read).await?;
        self.0 = Some(lines).filter(|_| !rows.is_empty());
        Ok(rows)
    }
}

fn row(line: Result<Line, Wrong>) -> Row {
    match line {
        Ok(line) => {
            Row { line: line.number, names: Names::read(&line), customer: Customer::read(&line) }
        }
        Err(Wrong { line, why }) => {
            Row { line, names: Names::default(), customer: Err(vec![Fault::new("", why)]) }
        }
    }
}

fn unreadable(error: &io::Error) -> Problem {
    Problem::unavailable(format!("the sheet cannot be read: {error}"))
}

/// Off the threads that answer.
async fn off<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::internal())
}
