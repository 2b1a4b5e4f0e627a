//! How a sheet begins, and what is between its cells: told by a line before the names, or seen in them.

use std::io::{self, Read};

/// It is no longer.
const HEAD_MOST: usize = 8 << 10;
/// Spreadsheets put it before what is UTF-8.
const MARK: &[u8] = "\u{feff}".as_bytes();
/// Of a line that spreadsheets write for each other.
const TELLS: &[u8] = b"sep=";
/// Of those that fit equally well the first one is it.
const KNOWN: [u8; 3] = [b',', b';', b'\t'];

pub struct Head {
    pub separator: u8,
    /// The line of the names.
    pub line: u64,
    /// The line before has ended by a carriage return.
    pub has_returned: bool,
    /// What was read of the file, from the names on.
    pub bytes: Vec<u8>,
}

impl Head {
    pub fn read(file: &mut impl Read, columns: &[&str]) -> io::Result<Head> {
        let mut bytes = vec![0; HEAD_MOST];
        let mut length = 0;
        let is_end = |byte: &u8| matches!(byte, b'\r' | b'\n');
        while !bytes[..length].iter().any(is_end) {
            match file.read(&mut bytes[length..])? {
                0 => break,
                count => length += count,
            }
        }
        bytes.truncate(length);
        if bytes.starts_with(MARK) {
            bytes.drain(..MARK.len());
        }
        let end = bytes.iter().position(is_end).unwrap_or(bytes.len());
        match told(&bytes[..end]) {
            Some(separator) => {
                let has_returned = bytes.get(end) == Some(&b'\r');
                bytes.drain(..bytes.len().min(end + 1));
                Ok(Head { separator, line: 2, has_returned, bytes })
            }
            None => {
                let separator = seen(&bytes[..end], columns);
                Ok(Head { separator, line: 1, has_returned: false, bytes })
            }
        }
    }
}

fn told(line: &[u8]) -> Option<u8> {
    let [separator] = line.strip_prefix(TELLS)? else { return None };
    let can_be = separator.is_ascii() && !separator.is_ascii_alphanumeric() && *separator != b'"';
    can_be.then_some(*separator)
}

/// The one between which there are the most names.
fn seen(names: &[u8], columns: &[&str]) -> u8 {
    let names = String::from_utf8_lossy(names);
    let found = |separator: u8| {
        let cells = names.split(char::from(separator)).map(|cell| named(cell.trim_matches('"')));
        cells.filter(|name| columns.contains(&name.as_str())).count()
    };
    let best = KNOWN.iter().rev().max_by_key(|separator| found(**separator));
    best.copied().unwrap_or(KNOWN[0])
}

/// A column's name, however it is written.
pub fn named(cell: &str) -> String {
    cell.trim().to_lowercase()
}
