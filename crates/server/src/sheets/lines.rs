//! The lines of a sheet, one by one, with the number that an editor shows. The first one names the columns,
//! in any order. However long a file is, a line of it is not.

use super::cells;
use csv::{ErrorKind, ReaderBuilder, StringRecord, StringRecordsIntoIter};
use std::{
    io::{self, Read},
    sync::Arc,
};

/// A line has no more bytes: behind a quote that is never closed, the rest of a file is one.
const LINE_MOST: usize = 256 << 10;
const BUFFER: usize = 64 << 10;

/// A file as it is with lines that end as they do on Unix: where they end by two characters, the reader
/// takes the second one for a part of the next record, and tells the line before. What is quoted stays.
struct Unix<R> {
    file: R,
    /// A carriage return was read, and not what comes after it.
    is_held: bool,
    place: Place,
    /// Bytes of this line so far.
    length: usize,
}

/// Where in a line the next byte is.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    /// Of a cell.
    Start,
    Plain,
    Quoted,
    /// Behind a quote that ends the cell, if no other one follows.
    Closing,
}

impl<R> Unix<R> {
    fn pass(&mut self, byte: u8) -> io::Result<()> {
        self.place = match (self.place, byte) {
            (Place::Quoted, b'"') => Place::Closing,
            (Place::Quoted, _) | (Place::Closing | Place::Start, b'"') => Place::Quoted,
            (_, b',' | b'\n' | b'\r') => Place::Start,
            _ => Place::Plain,
        };
        let is_over = self.place == Place::Start && byte != b',';
        self.length = if is_over { 0 } else { self.length + 1 };
        match self.length > LINE_MOST {
            true => Err(io::Error::other(format!(
                "a line is longer than {LINE_MOST} bytes; is there a quote that nothing closes?"
            ))),
            false => Ok(()),
        }
    }
}

impl<R: Read> Read for Unix<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            // One that was held comes before them.
            let start = usize::from(self.is_held);
            if out.len() <= start {
                return Err(io::Error::other("there is no room to read into"));
            }
            let count = self.file.read(&mut out[start..])?;
            if count == 0 && std::mem::take(&mut self.is_held) {
                out[0] = b'\r';
                return Ok(1);
            }
            let mut written = 0;
            for at in start..start + count {
                let byte = out[at];
                if std::mem::take(&mut self.is_held) && byte != b'\n' {
                    self.pass(b'\r')?;
                    out[written] = b'\r';
                    written += 1;
                }
                if byte == b'\r' && self.place != Place::Quoted {
                    self.is_held = true;
                    continue;
                }
                self.pass(byte)?;
                out[written] = byte;
                written += 1;
            }
            if written > 0 || count == 0 {
                return Ok(written);
            }
        }
    }
}

/// A line that cannot be read at all.
#[derive(Debug, PartialEq)]
pub struct Wrong {
    pub line: u64,
    pub why: String,
}

/// A file of which no line can be read.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Unreadable(String);

/// A line, by the names of its columns.
pub struct Line {
    pub number: u64,
    columns: Arc<[String]>,
    record: StringRecord,
}

impl Line {
    /// `None` if the file has no such column.
    pub fn cell(&self, name: &str) -> Option<&str> {
        let place = self.columns.iter().position(|column| column == name)?;
        self.record.get(place).map(cells::read)
    }
}

pub struct Lines<R: Read> {
    columns: Arc<[String]>,
    records: StringRecordsIntoIter<Unix<R>>,
    /// If the next one does not tell where it is.
    next: u64,
    is_broken: bool,
}

/// Reads a file whose first line names the columns: all of the first kind, any of the second.
pub fn read<R: Read>(
    file: R,
    required: &[&str],
    optional: &[&str],
) -> Result<Lines<R>, Unreadable> {
    let file = Unix { file, is_held: false, place: Place::Start, length: 0 };
    let mut reader = ReaderBuilder::new().buffer_capacity(BUFFER).from_reader(file);
    let names = reader.headers().map_err(|error| {
        Unreadable(format!("the file has no first line of column names: {}", explain(&error)))
    })?;
    let names: Vec<&str> = names.iter().map(|name| name.trim_matches('\u{feff}')).collect();
    for (place, name) in names.iter().enumerate() {
        if !required.contains(name) && !optional.contains(name) {
            let known = [required, optional].concat().join(", ");
            return Err(Unreadable(format!(
                "the column {name:?} is not known; those that are: {known}"
            )));
        }
        if names[..place].contains(name) {
            return Err(Unreadable(format!("the column {name} comes twice")));
        }
    }
    if let Some(missing) = required.iter().find(|name| !names.contains(name)) {
        return Err(Unreadable(format!("the column {missing} is missing")));
    }
    let columns = names.into_iter().map(str::to_owned).collect();
    Ok(Lines { columns, records: reader.into_records(), next: 2, is_broken: false })
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Result<Line, Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_broken {
            return None;
        }
        let record = self.records.next()?;
        let line = self.next;
        self.next += 1;
        Some(match record {
            Ok(record) => {
                let number = record.position().map_or(line, csv::Position::line);
                Ok(Line { number, columns: Arc::clone(&self.columns), record })
            }
            Err(error) => {
                self.is_broken = error.is_io_error();
                let line = error.position().map_or(line, csv::Position::line);
                Err(Wrong { line, why: explain(&error) })
            }
        })
    }
}

fn explain(error: &csv::Error) -> String {
    match error.kind() {
        ErrorKind::Io(error) => error.to_string(),
        ErrorKind::Utf8 { .. } => "is not text in UTF-8".to_owned(),
        ErrorKind::UnequalLengths { expected_len, len, .. } => {
            format!("has {len} cells, and there are {expected_len} columns")
        }
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(text: &str) -> Vec<Result<u64, Wrong>> {
        let lines = read(text.as_bytes(), &["a"], &["b"]).unwrap();
        lines.map(|line| line.map(|line| line.number)).collect()
    }

    fn wrong(line: u64, why: &str) -> Result<u64, Wrong> {
        Err(Wrong { line, why: why.to_owned() })
    }

    /// What is told of a line is where an editor shows it, however lines end and whatever is quoted.
    #[test]
    fn lines_are_counted_however_they_end() {
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "1,2", "\"c\rd\",x", "\"x", "y\",2", "1", "1,\"2\"\"\"", "9,9"];
            let found = numbers(&text.join(end));
            let short = wrong(6, "has 1 cells, and there are 2 columns");
            assert_eq!(found, [Ok(2), Ok(3), Ok(4), short, Ok(7), Ok(8)], "{end:?}");
        }
    }

    #[test]
    fn a_quote_that_nothing_closes_ends_the_file_and_not_the_memory() {
        let endless = format!("a,b\n1,2\n\"{}", "x".repeat(2 * LINE_MOST));
        let mut found = numbers(&endless);
        let Some(Err(Wrong { why, .. })) = found.pop() else { panic!("it was read") };
        assert!(why.contains("a quote that nothing closes"), "{why}");
        assert_eq!(found, [Ok(2)]);
    }

    #[test]
    fn a_file_of_other_columns_is_refused_by_their_names() {
        for (text, part) in [
            ("", "the column a is missing"),
            ("b\n1\n", "the column a is missing"),
            ("a,shoe\n", "\"shoe\" is not known; those that are: a, b"),
            ("a,b,a\n", "the column a comes twice"),
        ] {
            let refused = read(text.as_bytes(), &["a"], &["b"]).err().map(|e| e.to_string());
            assert!(refused.as_ref().is_some_and(|why| why.contains(part)), "{text}: {refused:?}");
        }
        assert!(read("\u{feff}b,a\n".as_bytes(), &["a"], &["b"]).is_ok());
    }
}
