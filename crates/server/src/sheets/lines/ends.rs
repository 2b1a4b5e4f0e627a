//! A file with lines that end as they do on Unix, and where its lines begin: the reader of the records
//! behind it knows one character only, and does not count what it passes over.

use super::heads::Head;
use std::{
    collections::VecDeque,
    io::{self, Read},
};

/// A line has no more bytes: behind a quote that is never closed, the rest of a file is one.
pub const LINE_MOST: usize = 256 << 10;

/// Each end becomes one line feed, also those that are one carriage return. What is quoted stays.
pub struct Unix<R> {
    file: R,
    separator: u8,
    /// A line has ended by a carriage return: a line feed behind it is a part of that.
    has_returned: bool,
    place: Place,
    /// Bytes of this line so far.
    length: usize,
    /// The number of this line as an editor shows it.
    line: u64,
    /// Where what is quoted began.
    quoted: u64,
    /// Where the records begin that nobody has asked for yet.
    starts: VecDeque<u64>,
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

/// A line without an end.
#[derive(Debug, thiserror::Error)]
#[error("{why}")]
pub struct Endless {
    pub line: u64,
    pub why: String,
}

impl<R> Unix<R> {
    pub fn new(file: R, head: &Head) -> Unix<R> {
        Unix {
            file,
            separator: head.separator,
            has_returned: head.has_returned,
            place: Place::Start,
            length: 0,
            line: head.line,
            quoted: 0,
            starts: VecDeque::new(),
        }
    }

    /// Where the next record begins.
    pub fn start(&mut self) -> Option<u64> {
        self.starts.pop_front()
    }

    fn pass(&mut self, byte: u8) -> io::Result<()> {
        let before = self.place;
        self.place = match (before, byte) {
            (Place::Quoted, b'"') => Place::Closing,
            (Place::Quoted, _) | (Place::Closing | Place::Start, b'"') => Place::Quoted,
            (_, b'\n') => Place::Start,
            (_, byte) if byte == self.separator => Place::Start,
            _ => Place::Plain,
        };
        if before == Place::Start && self.place == Place::Quoted {
            self.quoted = self.line;
        }
        let is_over = byte == b'\n' && self.place == Place::Start;
        if self.length == 0 && !is_over {
            self.starts.push_back(self.line);
        }
        self.line += u64::from(byte == b'\n');
        self.length = if is_over { 0 } else { self.length + 1 };
        match self.length > LINE_MOST {
            true => Err(self.endless(&format!("is longer than {LINE_MOST} bytes"))),
            false => Ok(()),
        }
    }

    fn endless(&self, why: &str) -> io::Error {
        // It is the last one that was begun.
        let line = self.starts.back().copied().unwrap_or(self.line);
        let quoted = format!("the quote that is opened in line {} is never closed", self.quoted);
        let why = match (self.place, why) {
            (Place::Quoted, "") => quoted,
            (Place::Quoted, why) => format!("{why}: perhaps {quoted}"),
            _ => why.to_owned(),
        };
        io::Error::other(Endless { line, why })
    }
}

impl<R: Read> Read for Unix<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        loop {
            let count = self.file.read(out)?;
            if count == 0 && self.place == Place::Quoted {
                return Err(self.endless(""));
            }
            let mut written = 0;
            for at in 0..count {
                let has_returned = std::mem::take(&mut self.has_returned);
                let byte = match out[at] {
                    b'\n' if has_returned => continue,
                    b'\r' if self.place != Place::Quoted => {
                        self.has_returned = true;
                        b'\n'
                    }
                    byte => byte,
                };
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
