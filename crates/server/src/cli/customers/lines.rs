//! The lines of a file of customers, read one by one, with all that is wrong with each.

use crate::passwords::imported_hash;
use anyhow::{Context, bail};
use csv::{Reader, StringRecord};
use domain::{Email, Text, Username};
use std::io::{self, Read};

const REQUIRED: [&str; 2] = ["username", "email"];
const OPTIONAL: [&str; 5] = ["password", "first_name", "last_name", "is_active", "email_confirmed"];

pub struct Customer {
    pub line: u64,
    pub username: Username,
    pub email: Email,
    /// Empty: nobody logs in by a password, until one is chosen.
    pub password_hash: String,
    pub first_name: Text<150>,
    pub last_name: Text<150>,
    pub is_active: bool,
    pub email_confirmed: bool,
}

/// A file as it is with lines that end as they do on Unix: where they end by two characters, the reader
/// takes the second one for a part of the next record, and tells the line before.
struct Unix<R> {
    file: R,
    /// A carriage return was read, and not what comes after it.
    held: bool,
}

impl<R: Read> Read for Unix<R> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let Some(most) = out.len().checked_sub(1).filter(|most| *most > 0) else {
            return Err(io::Error::other("there is no room to read into"));
        };
        loop {
            let mut bytes = vec![0; most];
            let count = self.file.read(&mut bytes)?;
            let mut written = 0;
            for byte in &bytes[..count] {
                if std::mem::take(&mut self.held) && *byte != b'\n' {
                    out[written] = b'\r';
                    written += 1;
                }
                self.held = *byte == b'\r';
                if !self.held {
                    out[written] = *byte;
                    written += 1;
                }
            }
            if count == 0 && std::mem::take(&mut self.held) {
                out[0] = b'\r';
                return Ok(1);
            }
            if written > 0 || count == 0 {
                return Ok(written);
            }
        }
    }
}

/// A line that cannot be imported.
#[derive(Debug, PartialEq)]
pub struct Wrong {
    pub line: u64,
    pub why: String,
}

/// Reads a file whose first line names the columns.
pub fn read(file: impl Read) -> anyhow::Result<impl Iterator<Item = Result<Customer, Wrong>>> {
    let mut reader = Reader::from_reader(Unix { file, held: false });
    let names = reader.headers().context("the file has no first line of column names")?.clone();
    let names: Vec<String> =
        names.iter().map(|name| name.trim_matches('\u{feff}').to_owned()).collect();
    for name in &names {
        if !REQUIRED.contains(&name.as_str()) && !OPTIONAL.contains(&name.as_str()) {
            let known = REQUIRED.iter().chain(&OPTIONAL).copied().collect::<Vec<_>>();
            bail!("the column {name:?} is not known; those that are: {}", known.join(", "));
        }
    }
    if let Some(missing) = REQUIRED.iter().find(|name| !names.iter().any(|known| known == *name)) {
        bail!("the column {missing} is missing");
    }
    let records = reader.into_records();
    Ok(records.zip(2..).map(move |(record, line)| match record {
        Ok(record) => {
            let line = record.position().map_or(line, |position| position.line());
            customer(&names, &record, line).map_err(|why| Wrong { line, why: why.join("; ") })
        }
        Err(error) => {
            let line = error.position().map_or(line, csv::Position::line);
            Err(Wrong { line, why: error.to_string() })
        }
    }))
}

fn customer(names: &[String], record: &StringRecord, line: u64) -> Result<Customer, Vec<String>> {
    let cell = |name: &str| {
        let place = names.iter().position(|known| known == name);
        place.and_then(|place| record.get(place)).unwrap_or_default().trim()
    };
    let mut wrong = Vec::new();
    let mut note = |name: &str, why: String| wrong.push(format!("{name} {why}"));
    let username = Username::new(cell("username"));
    let username = username.map_err(|why| note("username", why.to_string())).ok();
    if username.as_ref().is_some_and(Username::is_reserved) {
        note("username", "passes for the shop itself".to_owned());
    }
    let email = Email::new(cell("email")).map_err(|why| note("email", why.to_string())).ok();
    let password_hash = match cell("password") {
        "" => Some(String::new()),
        // Django's mark of an account without a password.
        hash if hash.starts_with('!') => Some(String::new()),
        hash => imported_hash(hash).map_err(|why| note("password", why)).ok().map(|()| hash.into()),
    };
    let first_name = Text::line(cell("first_name"));
    let first_name = first_name.map_err(|why| note("first_name", why.to_string())).ok();
    let last_name = Text::line(cell("last_name"));
    let last_name = last_name.map_err(|why| note("last_name", why.to_string())).ok();
    let mut flag = |name: &str, without: bool| match cell(name).to_ascii_lowercase().as_str() {
        "" => Some(without),
        "true" | "t" | "1" | "yes" => Some(true),
        "false" | "f" | "0" | "no" => Some(false),
        other => {
            note(name, format!("must be true or false, not {other:?}"));
            None
        }
    };
    let (is_active, email_confirmed) = (flag("is_active", true), flag("email_confirmed", false));
    let read = (|| {
        Some(Customer {
            line,
            username: username?,
            email: email?,
            password_hash: password_hash?,
            first_name: first_name?,
            last_name: last_name?,
            is_active: is_active?,
            email_confirmed: email_confirmed?,
        })
    })();
    match wrong.is_empty() {
        true => read.ok_or(wrong),
        false => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<Result<String, Wrong>> {
        let lines = read(text.as_bytes()).unwrap();
        lines.map(|line| line.map(|customer| customer.username.as_str().to_owned())).collect()
    }

    #[test]
    fn each_line_is_a_customer_or_says_all_that_is_wrong_with_it() {
        let text = "\u{feff}username,email,password,is_active,first_name\n\
            ann,ann@example.com,,t,Ann\n\
            a b,ann,md5$x,maybe,\n\
            ben,ben@example.com,!unusable,,\n\
            \"eve\",eve@example.com,,False,\"O\"\"Neill\"\n\
            short,short@example.com\n";
        let lines = lines(text);
        assert_eq!(lines[0], Ok("ann".to_owned()));
        let Err(Wrong { line: 3, why }) = &lines[1] else { panic!("{:?}", lines[1]) };
        for column in ["username", "email", "password", "is_active"] {
            assert!(why.contains(column), "{column}: {why}");
        }
        assert_eq!(lines[2], Ok("ben".to_owned()), "who has no password chooses one");
        assert_eq!(lines[3], Ok("eve".to_owned()));
        assert!(lines[4].as_ref().is_err_and(|wrong| wrong.line == 6), "{:?}", lines[4]);
    }

    /// What is told of a line is where an editor shows it, however lines end.
    #[test]
    fn lines_are_counted_however_they_end() {
        for end in ["\n", "\r\n"] {
            let text =
                ["username,email", "ann,ann@example.com", "ben,nowhere", "\"c\rd\",x", "eve,y"];
            let wrong: Vec<u64> = lines(&(text.join(end) + end))
                .into_iter()
                .filter_map(|line| line.err().map(|wrong| wrong.line))
                .collect();
            assert_eq!(wrong, [3, 4, 5], "{end:?}");
        }
    }

    #[test]
    fn a_file_of_other_columns_is_refused_by_their_names() {
        for (text, part) in [
            ("", "username is missing"),
            ("username\nann\n", "email is missing"),
            ("username,email,shoe\n", "\"shoe\" is not known"),
        ] {
            let refused = read(text.as_bytes()).err().map(|error| error.to_string());
            assert!(refused.as_ref().is_some_and(|why| why.contains(part)), "{text}: {refused:?}");
        }
    }
}
