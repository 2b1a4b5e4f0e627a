//! Cells that a spreadsheet would run as formulas: made harmless on the way out, as they were on the way in.
//! Whatever goes out comes back the same.
//!
//! A spreadsheet that expects another separator than the comma begins a cell in the middle of one: behind
//! a semicolon, a tab or the end of a line, for it does not see the quotes around it either.

use std::borrow::Cow;

const FORMULA: [char; 8] = ['=', '+', '-', '@', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}'];
/// Passed over by a spreadsheet, which looks at what follows.
const PASSED: [char; 3] = ['\t', '\r', '\n'];
const BEGINS: [char; 4] = [';', '\t', '\r', '\n'];
const MARK: char = '\'';

/// An apostrophe tells a spreadsheet that a cell is text. It is not added to what would not be run, and to what
/// begins with some of them already, so that one can be taken away.
pub fn shown(text: &str) -> Cow<'_, str> {
    let mut cell = String::new();
    let mut done = 0;
    for at in beginnings(text).filter(|at| is_run(text, *at, *at)) {
        cell.push_str(&text[done..at]);
        cell.push(MARK);
        done = at;
    }
    whole(text, done, cell)
}

pub fn read(cell: &str) -> Cow<'_, str> {
    let mut text = String::new();
    let mut done = 0;
    let is_marked = |at: &usize| cell[*at..].starts_with(MARK) && is_run(cell, *at, *at + 1);
    for at in beginnings(cell).filter(is_marked) {
        text.push_str(&cell[done..at]);
        done = at + 1;
    }
    whole(cell, done, text)
}

/// What was written of it so far, and the rest; itself if it was not changed.
fn whole(from: &str, done: usize, mut written: String) -> Cow<'_, str> {
    match done == 0 && written.is_empty() {
        true => from.into(),
        false => {
            written.push_str(&from[done..]);
            written.into()
        }
    }
}

/// Where a spreadsheet may begin a cell.
fn beginnings(text: &str) -> impl Iterator<Item = usize> {
    [0].into_iter().chain(text.match_indices(BEGINS).map(|(at, _)| at + 1))
}

/// Whether it would be run that begins there, if it is read from here on. Quotes are taken away by who
/// reads it.
fn is_run(text: &str, there: usize, here: usize) -> bool {
    let rest = text[here..].trim_start_matches([MARK, '"']);
    rest.starts_with(FORMULA) || there == 0 && rest.starts_with(PASSED)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheets::{exports::record, lines};
    use proptest::prelude::*;

    #[test]
    fn what_would_be_run_is_not() {
        for (text, cell) in [
            ("", ""),
            ("tin", "tin"),
            ("=1+1", "'=1+1"),
            ("+49 30", "'+49 30"),
            ("-5", "'-5"),
            ("@sum", "'@sum"),
            ("\tx", "'\tx"),
            ("\rx", "'\rx"),
            ("\nx", "'\nx"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("\u{ff0b}1", "'\u{ff0b}1"),
            ("\u{ff0d}1", "'\u{ff0d}1"),
            ("\u{ff20}a", "'\u{ff20}a"),
            ("'=1", "''=1"),
            ("''-", "'''-"),
            ("\"=1\"", "'\"=1\""),
            ("'tin'", "'tin'"),
            ("'", "'"),
            ("a=b", "a=b"),
            ("a,=b", "a,=b"),
            ("a; -b", "a; -b"),
            ("a;=1+1", "a;'=1+1"),
            ("a;\"=1+1\"", "a;'\"=1+1\""),
            ("a\r\nb\n=c;'@d", "a\r\nb\n'=c;''@d"),
            ("\t=1", "'\t'=1"),
        ] {
            assert_eq!((shown(text).as_ref(), read(cell).as_ref()), (cell, text));
        }
        assert_eq!(read("-5"), "-5", "who writes by hand need not know of it");
    }

    proptest! {
        /// Any text, out and in, through cells and lines: the same, in however many columns.
        #[test]
        fn whatever_goes_out_comes_back_as_it_was(
            rows in proptest::collection::vec(["['=+\\-@;\t\r\n\",a \u{ff1d}é]{0,9}", "\\PC{0,9}"], 1..9),
        ) {
            let mut sheet = record(["a", "b"]);
            for [first, second] in &rows {
                sheet.extend(record([first.as_str(), second.as_str()]));
            }
            let lines = lines::read(sheet.as_slice(), &["a", "b"], &[]).unwrap();
            let back: Vec<[String; 2]> = lines
                .map(|line| line.unwrap())
                .map(|line| ["a", "b"].map(|column| line.cell(column).unwrap().into_owned()))
                .collect();
            prop_assert_eq!(back, rows);
        }
    }
}
