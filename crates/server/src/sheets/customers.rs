//! The sheet of customers: a row is an account, which comes along with the hash of its password. Who is there
//! already stays as he is. All of a file is looked at before the first is written.

mod checks;
mod reading;
mod writes;

use super::{imports::Fault, lines::Line};
use crate::{http::sheets::Columned, language::Language, passwords::imported_hash};
use domain::{AccountId, Email, Register, Role, Text, Username};
use uuid::Uuid;

pub use checks::{Checked, Finding, check};
pub use writes::{Written, write};

pub struct CustomerSheet;

impl Columned for CustomerSheet {
    const REQUIRED: &'static [&'static str] = &["username", "email"];
    const OPTIONAL: &'static [&'static str] =
        &["password", "first_name", "last_name", "language", "is_active", "email_confirmed"];
    const EXAMPLE: &'static str = "username,email,first_name\nann,ann@example.com,Ann\n";
}

#[derive(Clone, Debug)]
pub struct Customer {
    pub username: Username,
    pub email: Email,
    /// Empty: nobody logs in by a password, until one is chosen.
    pub password_hash: String,
    pub first_name: Text<150>,
    pub last_name: Text<150>,
    /// None: the shop's own.
    pub language: Option<Text<8>>,
    pub is_active: bool,
    pub email_confirmed: bool,
}

/// Who a row is about, as far as that can be read: also where the rest of it is wrong.
#[derive(Default)]
pub struct Names {
    pub username: Option<Username>,
    pub email: Option<Email>,
}

impl Names {
    fn read(line: &Line) -> Names {
        let cell = |name: &str| line.cell(name).unwrap_or_default().trim().to_owned();
        let username = Username::new(&cell("username")).ok();
        Names {
            username: username.filter(|username| !username.is_reserved()),
            email: Email::new(&cell("email")).ok(),
        }
    }
}

impl Customer {
    /// A row, or all that is wrong with it.
    pub fn read(line: &Line) -> Result<Customer, Vec<Fault>> {
        let cell = |name: &str| line.cell(name).unwrap_or_default().trim().to_owned();
        let mut wrong = Vec::new();
        let mut fault = |name: &'static str, why: String| wrong.push(Fault::new(name, why));
        let username = Username::new(&cell("username"));
        let username = username.map_err(|why| fault("username", why.to_string())).ok();
        if username.as_ref().is_some_and(Username::is_reserved) {
            fault("username", "passes for the shop itself".to_owned());
        }
        let email = Email::new(&cell("email")).map_err(|why| fault("email", why.to_string())).ok();
        let password_hash = match cell("password") {
            // Django's mark of an account without a password.
            hash if hash.starts_with('!') => Some(String::new()),
            hash if hash.is_empty() => Some(hash),
            hash => imported_hash(&hash).map_err(|why| fault("password", why)).ok().map(|()| hash),
        };
        let mut name = |column| {
            let read = Text::line(&cell(column));
            read.map_err(|why| fault(column, why.to_string())).ok()
        };
        let (first_name, last_name) = (name("first_name"), name("last_name"));
        let language = match cell("language") {
            code if code.is_empty() => Some(None),
            code => match Language::coded(&code) {
                Some(language) => Some(Some(Text::stored(language.code()))),
                None => {
                    fault("language", "must be en or de, or empty".to_owned());
                    None
                }
            },
        };
        let mut flag = |column, without| {
            let read = is_set(&cell(column), without);
            read.map_err(|why| fault(column, why)).ok()
        };
        let is_active = flag("is_active", true);
        let email_confirmed = flag("email_confirmed", false);
        let read = (|| {
            Some(Customer {
                username: username?,
                email: email?,
                password_hash: password_hash?,
                first_name: first_name?,
                last_name: last_name?,
                language: language?,
                is_active: is_active?,
                email_confirmed: email_confirmed?,
            })
        })();
        if wrong.is_empty() { read.ok_or(wrong) } else { Err(wrong) }
    }

    /// What is told of a new one, by column. Not of his password.
    pub fn told(&self) -> Vec<(&'static str, &str)> {
        let flag = |is_set: bool| if is_set { "true" } else { "false" };
        let cells = [
            ("email", self.email.as_str()),
            ("first_name", &self.first_name),
            ("last_name", &self.last_name),
            ("language", self.language.as_deref().unwrap_or_default()),
            ("is_active", flag(self.is_active)),
            ("email_confirmed", flag(self.email_confirmed)),
        ];
        cells.into_iter().filter(|(_, cell)| !cell.is_empty()).collect()
    }

    fn register(&self) -> Register {
        Register {
            id: AccountId(Uuid::now_v7()),
            username: self.username.clone(),
            email: self.email.clone(),
            password_hash: Text::stored(&self.password_hash),
            first_name: self.first_name.clone(),
            last_name: self.last_name.clone(),
            language: self.language.clone(),
            role: Role::Customer,
            email_confirmed: self.email_confirmed,
            is_active: self.is_active,
            held_us: None,
        }
    }
}

fn is_set(cell: &str, without: bool) -> Result<bool, String> {
    match cell.to_ascii_lowercase().as_str() {
        "" => Ok(without),
        "true" | "t" | "1" | "yes" => Ok(true),
        "false" | "f" | "0" | "no" => Ok(false),
        other => Err(format!("must be true or false, not {other:?}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheets::lines;

    #[test]
    fn each_line_is_a_customer_or_says_all_that_is_wrong_with_it() {
        let text = "\u{feff}username,email,password,is_active,first_name,language\n\
            ann,ann@example.com,,t,Ann,de\n\
            a b,ann,md5$x,maybe,,fr\n\
            admin,ben@example.com,,,,\n\
            ben,ben@example.com,!unusable,,,\n\
            \"eve\",eve@example.com,,False,\"O\"\"Neill\",\n";
        let lines = lines::read(text.as_bytes(), CustomerSheet::REQUIRED, CustomerSheet::OPTIONAL);
        let read: Vec<_> = lines.unwrap().map(|line| Customer::read(&line.unwrap())).collect();
        let name = |at: usize| read[at].as_ref().map(|customer| customer.username.as_str());
        let wrong = |at: usize| -> Vec<&str> {
            let faults: &Vec<Fault> = read[at].as_ref().err().unwrap();
            faults.iter().map(|fault| fault.field).collect()
        };
        assert_eq!(name(0), Ok("ann"));
        assert!(read[0].as_ref().unwrap().told().contains(&("language", "de")));
        assert_eq!(wrong(1), ["username", "email", "password", "language", "is_active"]);
        assert_eq!(wrong(2), ["username"], "it passes for the shop");
        assert_eq!(name(3), Ok("ben"), "who has no password chooses one");
        let Ok(eve) = &read[4] else { panic!("{:?}", read[4]) };
        let told = [("email", "eve@example.com"), ("first_name", "O\"Neill")];
        let flags = [("is_active", "false"), ("email_confirmed", "false")];
        assert_eq!(eve.told(), [told, flags].concat());
    }
}
