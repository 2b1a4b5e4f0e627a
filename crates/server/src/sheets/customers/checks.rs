//! The first pass: every row, and who is there. It finds all that is wrong, and who is new.

use super::{
    Customer, Names,
    reading::{Reading, Row},
};
use crate::{
    app::App,
    http::{
        codes,
        problems::{FieldError, Problem},
    },
    sheets::{
        imports::{Fault, TOLD},
        paces::patient,
        spools::no_room,
    },
};
use domain::{Account, Email, Username};
use std::{
    collections::{HashMap, hash_map::Entry},
    fs::File,
    io,
};

/// What is found while a file is looked at.
pub enum Finding<'f> {
    Bad {
        line: u64,
        fault: &'f Fault,
    },
    New {
        line: u64,
        customer: &'f Customer,
    },
    /// So many rows have been looked at.
    Rows(u64),
}

/// What a file would come to.
#[derive(Debug, Default)]
pub struct Checked {
    pub created: i64,
    pub unchanged: i64,
    pub rows: u64,
    pub bad: u64,
}

impl Checked {
    /// Of a file with bad rows: some of what is wrong with them.
    pub fn refused(&self, errors: Vec<FieldError>) -> Problem {
        let Checked { bad, rows, .. } = self;
        let detail = format!("{bad} of {rows} rows cannot be imported, and so none was");
        Problem::new(codes::INVALID, detail).errors(errors.into_iter().take(TOLD).collect())
    }
}

/// Looks at every row of a file, and at who is there. Nothing is written.
pub async fn check(
    app: &App,
    file: &File,
    found: &mut (dyn FnMut(Finding<'_>) -> io::Result<()> + Send),
) -> Result<Checked, Problem> {
    let mut reading = Reading::begin(file).await?;
    let (mut checked, mut seen) = (Checked::default(), HashMap::new());
    loop {
        let rows = reading.chunk().await?;
        if rows.is_empty() {
            return Ok(checked);
        }
        checked.rows += rows.len() as u64;
        let there = People::of(app, &rows).await?;
        for row in &rows {
            let line = row.line;
            match looked_at(row, &there, &mut seen) {
                Ok(Some(customer)) => {
                    checked.created += 1;
                    found(Finding::New { line, customer })
                }
                Ok(None) => {
                    checked.unchanged += 1;
                    Ok(())
                }
                Err(faults) => {
                    checked.bad += 1;
                    let mut faults = faults.iter();
                    faults.try_for_each(|fault| found(Finding::Bad { line, fault }))
                }
            }
            .map_err(|error| no_room(&error))?;
        }
        found(Finding::Rows(checked.rows)).map_err(|error| no_room(&error))?;
    }
}

/// Who is to be made, if he is not there; or all that is wrong with a row.
fn looked_at<'r>(
    Row { line, names, customer }: &'r Row,
    there: &People,
    seen: &mut Seen,
) -> Result<Option<&'r Customer>, Vec<Fault>> {
    let mut wrong = customer.as_ref().err().cloned().unwrap_or_default();
    wrong.extend(twice(seen, names, *line));
    let is_new = match names {
        Names { username: Some(username), email: Some(email) } => there.is_new(username, email),
        _ => Ok(false),
    };
    match (customer, is_new) {
        (Ok(customer), Ok(is_new)) if wrong.is_empty() => Ok(is_new.then_some(customer)),
        (_, Err(fault)) if !wrong.iter().any(|told| told.field == fault.field) => {
            wrong.push(fault);
            Err(wrong)
        }
        _ => Err(wrong),
    }
}

/// What names and addresses were seen, and where.
type Seen = HashMap<String, u64>;

/// No two rows have a name, two that look alike, or an address in common.
fn twice(seen: &mut Seen, names: &Names, line: u64) -> Vec<Fault> {
    let mut wrong = Vec::new();
    // A name has no `@` in it, and an address has one.
    let username = names.username.as_ref().map(|username| ("username", username.skeleton()));
    let email = names.email.as_ref().map(|email| ("email", email.folded()));
    for (field, name) in username.into_iter().chain(email) {
        match seen.entry(name) {
            Entry::Vacant(place) => {
                place.insert(line);
            }
            Entry::Occupied(first) => {
                let why = match field {
                    "username" => {
                        format!("is on line {} too, or one that looks like it", first.get())
                    }
                    _ => format!("is on line {} too", first.get()),
                };
                wrong.push(Fault::new(field, why));
            }
        }
    }
    wrong
}

/// Who has a name or an address that rows ask for.
pub struct People(HashMap<String, Account>);

impl People {
    async fn of(app: &App, rows: &[Row]) -> Result<People, Problem> {
        let wanted = rows.iter().map(|row| &row.names);
        let wanted = wanted.filter_map(|names| names.username.as_ref().zip(names.email.as_ref()));
        let wanted: Vec<_> = wanted.collect();
        let exact = app.readers.exact();
        Ok(People::from(patient(|| exact.namesakes(&wanted)).await?))
    }

    pub fn from(accounts: Vec<Account>) -> People {
        let mut people = HashMap::new();
        for account in accounts {
            let (username, email) = (&account.username, account.email.folded());
            for name in [username.folded(), username.skeleton(), email] {
                people.insert(name, account.clone());
            }
        }
        People(people)
    }

    /// Whether he is to be made, and not there already.
    pub fn is_new(&self, username: &Username, email: &Email) -> Result<bool, Fault> {
        let email = email.folded();
        let found = |name: &str| self.0.get(name);
        match found(&username.folded()).or_else(|| found(&username.skeleton())) {
            Some(there)
                if there.username.folded() == username.folded()
                    && there.email.folded() == email =>
            {
                is_kept(there).map(|()| false)
            }
            Some(_) => Err(Fault::new("username", "is somebody else's, or looks like it")),
            None if found(&email).is_some() => Err(Fault::new("email", "is somebody else's")),
            None => Ok(true),
        }
    }
}

/// Who has not confirmed his address may be somebody who only says that it is his.
fn is_kept(there: &Account) -> Result<(), Fault> {
    match there.held_until {
        None => Ok(()),
        Some(_) => Err(Fault::new(
            "username",
            "somebody has registered with this name and e-mail address and has not confirmed it: import the row when the account was let go",
        )),
    }
}
