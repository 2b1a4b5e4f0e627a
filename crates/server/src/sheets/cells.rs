//! Cells that a spreadsheet would run as formulas: made harmless on the way out, as they were on the way in.
//! Whatever goes out comes back the same.

use std::borrow::Cow;

const RUN: [char; 6] = ['=', '+', '-', '@', '\t', '\r'];

/// An apostrophe tells a spreadsheet that a cell is text. It is not added to what would not be run, and to what
/// begins with some of them already, so that one can be taken away.
pub fn shown(text: &str) -> Cow<'_, str> {
    match text.trim_start_matches('\'').starts_with(RUN) {
        true => format!("'{text}").into(),
        false => text.into(),
    }
}

pub fn read(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(text) if text.trim_start_matches('\'').starts_with(RUN) => text,
        _ => cell,
    }
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
            ("'=1", "''=1"),
            ("''-", "'''-"),
            ("'tin'", "'tin'"),
            ("'", "'"),
            ("a=b", "a=b"),
        ] {
            assert_eq!((shown(text).as_ref(), read(cell)), (cell, text));
        }
        assert_eq!(read("-5"), "-5", "who writes by hand need not know of it");
    }

    proptest! {
        /// Any text, out and in, through cells and lines: the same, in however many columns.
        #[test]
        fn whatever_goes_out_comes_back_as_it_was(
            rows in proptest::collection::vec(["['=+\\-@\t\r\n\",a é]{0,9}", "\\PC{0,9}"], 1..9),
        ) {
            let mut sheet = record(["a", "b"]);
            for [first, second] in &rows {
                sheet.extend(record([first.as_str(), second.as_str()]));
            }
            let lines = lines::read(sheet.as_slice(), &["a", "b"], &[]).unwrap();
            let back: Vec<[String; 2]> = lines
                .map(|line| line.unwrap())
                .map(|line| ["a", "b"].map(|column| line.cell(column).unwrap().to_owned()))
                .collect();
            prop_assert_eq!(back, rows);
        }
    }
}
