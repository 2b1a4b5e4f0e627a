//! The lines of a sheet, one by one, with the number that an editor shows. The first one names the columns,
//! in any order, and shows what is between the cells. However long a file is, a line of it is not.

mod ends;
mod heads;

use super::cells;
use csv::{ErrorKind, ReaderBuilder, StringRecord, StringRecordsIntoIter};
use ends::{Endless, Unix};
use heads::{Head, named};
use std::{
    borrow::Cow,
    io::{Chain, Cursor, Read},
    sync::Arc,
};

const BUFFER: usize = 64 << 10;

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
    pub fn cell(&self, name: &str) -> Option<Cow<'_, str>> {
        let place = self.columns.iter().position(|column| column == name)?;
        self.record.get(place).map(cells::read)
    }
}

type Whole<R> = Unix<Chain<Cursor<Vec<u8>>, R>>;

pub struct Lines<R: Read> {
    columns: Arc<[String]>,
    records: StringRecordsIntoIter<Whole<R>>,
    is_broken: bool,
}

/// Reads a file whose first line names the columns: all of the first kind, any of the second.
pub fn read<R: Read>(
    mut file: R,
    required: &[&str],
    optional: &[&str],
) -> Result<Lines<R>, Unreadable> {
    let known = [required, optional].concat();
    let mut head = Head::read(&mut file, &known)
        .map_err(|error| Unreadable(format!("the file cannot be read: {error}")))?;
    let begun = Cursor::new(std::mem::take(&mut head.bytes));
    let mut reader = ReaderBuilder::new()
        .buffer_capacity(BUFFER)
        .delimiter(head.separator)
        .flexible(true)
        .from_reader(Unix::new(begun.chain(file), &head));
    let names = reader.headers().map_err(|error| {
        let why = explain(&error);
        Unreadable(format!("the first line, which names the columns, cannot be read: {why}"))
    })?;
    let mut names: Vec<String> = names.iter().map(named).collect();
    // Of a spreadsheet that was once wider.
    names.truncate(names.iter().rposition(|name| !name.is_empty()).map_or(0, |last| last + 1));
    check(&names, required, &known)?;
    // That of the names.
    reader.get_mut().start();
    Ok(Lines { columns: names.into(), records: reader.into_records(), is_broken: false })
}

fn check(names: &[String], required: &[&str], known: &[&str]) -> Result<(), Unreadable> {
    let refused = |why: String| Err(Unreadable(why));
    for (place, name) in names.iter().enumerate() {
        if !known.contains(&name.as_str()) {
            let known = known.join(", ");
            return refused(format!(
                "the column {name:?} is not known; those that are: {known}, with a comma, a semicolon or a tab between them"
            ));
        }
        if names[..place].contains(name) {
            return refused(format!("the column {name} comes twice"));
        }
    }
    match required.iter().find(|required| names.iter().all(|name| name != *required)) {
        Some(missing) => refused(format!("the column {missing} is missing")),
        None => Ok(()),
    }
}

impl<R: Read> Iterator for Lines<R> {
    type Item = Result<Line, Wrong>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_broken {
            return None;
        }
        let record = self.records.next()?;
        let start = self.records.reader_mut().get_mut().start();
        let number = start.unwrap_or_default();
        Some(match record {
            Ok(record) => match misfit(&record, self.columns.len()) {
                None => Ok(Line { number, columns: Arc::clone(&self.columns), record }),
                Some(why) => Err(Wrong { line: number, why }),
            },
            Err(error) => {
                self.is_broken = error.is_io_error();
                let line = endless(&error).map_or(number, |endless| endless.line);
                Err(Wrong { line, why: explain(&error) })
            }
        })
    }
}

/// What is wrong with the number of a line's cells. Empty ones behind the last column are none.
fn misfit(record: &StringRecord, columns: usize) -> Option<String> {
    let last = (0..record.len()).rev().find(|place| !record[*place].is_empty());
    let cells = last.map_or(0, |last| last + 1).max(record.len().min(columns));
    (cells != columns).then(|| format!("has {cells} cells, and there are {columns} columns"))
}

fn endless(error: &csv::Error) -> Option<&Endless> {
    match error.kind() {
        ErrorKind::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        _ => None,
    }
}

fn explain(error: &csv::Error) -> String {
    match error.kind() {
        ErrorKind::Io(error) => error.to_string(),
        ErrorKind::Utf8 { .. } => "is not text in UTF-8".to_owned(),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ends::LINE_MOST;

    fn lines(text: &[u8]) -> Lines<&[u8]> {
        read(text, &["a"], &["b"]).unwrap()
    }

    fn numbers(text: &str) -> Vec<Result<u64, Wrong>> {
        lines(text.as_bytes()).map(|line| line.map(|line| line.number)).collect()
    }

    fn wrong(line: u64, why: &str) -> Result<u64, Wrong> {
        Err(Wrong { line, why: why.to_owned() })
    }

    /// What is told of a line is where an editor shows it, however lines end and whatever is quoted.
    #[test]
    fn lines_are_counted_however_they_end() {
        for end in ["\n", "\r\n", "\r"] {
            let text = ["a,b", "1,2", "", "\"c,d\",x", "1", "1,\"2\"\"\"", "", "9,9"];
            let found = numbers(&text.join(end));
            let short = wrong(5, "has 1 cells, and there are 2 columns");
            assert_eq!(found, [Ok(2), Ok(4), short, Ok(6), Ok(8)], "{end:?}");
        }
        for end in ["\n", "\r\n"] {
            let text = ["a,b", "\"c\rd\",x", "\"x", "y\",2", "9,9"];
            assert_eq!(numbers(&text.join(end)), [Ok(2), Ok(3), Ok(5)], "{end:?}");
        }
    }

    #[test]
    fn a_quote_that_nothing_closes_is_told_by_its_line() {
        let never = "the quote that is opened in line 3 is never closed";
        for (text, line) in [
            ("a,b\n1,2\n3,\"x", 3),
            ("a,b\n1,2\n3,\"x\n4,5\n6,7\n", 3),
            ("a,b\r1,2\r3,\"x\r4,5\r", 3),
            ("a,b\n\"1\n\",\"x\n4,5\n", 2),
        ] {
            assert_eq!(numbers(text).pop(), Some(wrong(line, never)), "{text:?}");
        }
        assert_eq!(numbers("a,b\n1,2\n3,\"x\"\"\"\n"), [Ok(2), Ok(3)]);
        // And is not read into memory to the file's end.
        let endless = format!("a,b\n1,2\n\"{}", "x".repeat(2 * LINE_MOST));
        let why = format!("is longer than {LINE_MOST} bytes: perhaps {never}");
        assert_eq!(numbers(&endless), [Ok(2), wrong(3, &why)]);
    }

    #[test]
    fn a_file_of_other_columns_is_refused_by_their_names() {
        for (text, part) in [
            ("", "the column a is missing"),
            ("b\n1\n", "the column a is missing"),
            ("a,shoe\n", "\"shoe\" is not known; those that are: a, b"),
            ("a,,b\n", "\"\" is not known"),
            ("a|b\n", "with a comma, a semicolon or a tab between them"),
            ("a,b,A\n", "the column a comes twice"),
        ] {
            let refused = read(text.as_bytes(), &["a"], &["b"]).err().map(|e| e.to_string());
            assert!(refused.as_ref().is_some_and(|why| why.contains(part)), "{text}: {refused:?}");
        }
        let utf_16: Vec<u8> = "\u{feff}a,b\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        let refused = read(utf_16.as_slice(), &["a"], &["b"]).err().map(|e| e.to_string());
        assert!(refused.is_some_and(|why| why.ends_with("is not text in UTF-8")));
    }

    /// As spreadsheets of many languages save it, and as people write it.
    #[test]
    fn a_file_is_read_whatever_stands_between_its_cells() {
        for text in [
            "a,b\n1;,2\t",
            "a;b\n\"1;\";2\t",
            "\u{feff}b,a\r\n2\t,1;\r\n",
            "A , B\n1;,2\t\n",
            "a,b,,\n1;,2\t,,\n",
            "a,b,\n1;,2\t\n",
            "a,b\n1;,2\t,,,\n",
            "a\tb\n1;\t\"2\t\"\n",
            "\"a\";\"b\"\r\"1;\";2\t\r",
            "sep=;\r\na;b\r\n\"1;\";2\t\r\n",
            "\u{feff}sep=|\na|b\n1;|2\t\n",
        ] {
            let rows: Vec<_> = lines(text.as_bytes())
                .map(|line| line.unwrap())
                .map(|line| ["a", "b"].map(|name| line.cell(name).unwrap().into_owned()))
                .collect();
            assert_eq!(rows, [["1;", "2\t"]], "{text:?}");
        }
        assert_eq!(numbers("sep=;\ra;b\r1;2\r"), [Ok(3)]);
        assert_eq!(numbers("a\n1\n"), [Ok(2)], "one column has nothing beside it");
        let wide = wrong(2, "has 4 cells, and there are 2 columns");
        assert_eq!(numbers("a,b,\n1,2,,4\n"), [wide]);
    }
}
