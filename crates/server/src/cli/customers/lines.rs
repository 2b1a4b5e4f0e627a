//! The lines of a file of customers, read one by one, with all that is wrong with each.

use crate::{
    passwords::imported_hash,
    sheets::lines::{self, Line},
};
use domain::{Email, Text, Username};
use std::io::Read;

pub use crate::sheets::lines::Wrong;

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

/// Reads a file whose first line names the columns.
pub fn read(file: impl Read) -> anyhow::Result<impl Iterator<Item = Result<Customer, Wrong>>> {
    let lines = lines::read(file, &REQUIRED, &OPTIONAL)?;
    Ok(lines.map(|line| {
        let line = line?;
        customer(&line).map_err(|why| Wrong { line: line.number, why: why.join("; ") })
    }))
}

fn customer(line: &Line) -> Result<Customer, Vec<String>> {
    let cell = |name: &str| line.cell(name).unwrap_or_default().trim();
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
            line: line.number,
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
