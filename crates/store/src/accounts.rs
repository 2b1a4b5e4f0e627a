//! Accounts: rows by folded names, and the readers behind logging in.

use crate::{
    Readers,
    bulk::{Bulk, Shape},
    tx::{Error, Read, Write},
    value::{Row, Rows, Value},
};
use domain::{Account, AccountId, Email, Micros, Role, Text, Username};
use std::collections::{BTreeMap, BTreeSet};

pub static FIND_USERNAMES: Bulk = Bulk {
    name: "find_usernames",
    table: "accounts",
    keys: &["username_folded"],
    columns: &[],
    shape: Shape::Find { select: &["username_folded", "id"], lock: false },
};

pub static FIND_EMAILS: Bulk = Bulk {
    name: "find_emails",
    table: "accounts",
    keys: &["email_folded"],
    columns: &[],
    shape: Shape::Find { select: &["email_folded", "id"], lock: false },
};

pub static INSERT_ACCOUNTS: Bulk = Bulk {
    name: "insert_accounts",
    table: "accounts",
    keys: &[],
    columns: &[
        "id",
        "username",
        "username_folded",
        "email",
        "email_folded",
        "password_hash",
        "first_name",
        "last_name",
        "role",
        "is_active",
        "created_at",
        "updated_at",
    ],
    shape: Shape::Insert,
};

pub static BULKS: [&Bulk; 3] = [&FIND_USERNAMES, &FIND_EMAILS, &INSERT_ACCOUNTS];

pub(crate) fn find<'f>(
    bulk: &'static Bulk,
    names: &'f BTreeSet<String>,
    into: &'f mut BTreeMap<String, AccountId>,
) -> Read<'f> {
    Read {
        bulk,
        keys: Rows::of(names.iter().map(|name| [name.as_str().into()])),
        each: Box::new(|row| {
            into.insert(row.text(0)?, AccountId(row.uuid(1)?));
            Ok(())
        }),
    }
}

pub(crate) fn insert(accounts: &[Account]) -> Write<'_> {
    // Two nodes that insert the same names do so in the same order.
    let mut sorted: Vec<_> = accounts.iter().map(|a| (a.username.folded(), a)).collect();
    sorted.sort_by(|one, other| one.0.cmp(&other.0));
    let rows = sorted.into_iter().map(|(folded, account)| {
        [
            account.id.0.into(),
            account.username.as_str().into(),
            folded.into(),
            account.email.as_str().into(),
            account.email.folded().into(),
            account.password_hash.as_str().into(),
            account.first_name.as_str().into(),
            account.last_name.as_str().into(),
            account.role.code().into(),
            account.is_active.into(),
            account.created_at.0.into(),
            account.updated_at.0.into(),
        ]
    });
    Write { bulk: &INSERT_ACCOUNTS, rows: Rows::of(rows) }
}

const ACCOUNT: &str = "id, username, email, password_hash, first_name, last_name, role, is_active, created_at, updated_at";

fn account(row: &Row) -> Result<Account, Error> {
    Ok(Account {
        id: AccountId(row.uuid(0)?),
        username: Username::stored(&row.text(1)?),
        email: Email::stored(&row.text(2)?),
        password_hash: Text::stored(&row.text(3)?),
        first_name: Text::stored(&row.text(4)?),
        last_name: Text::stored(&row.text(5)?),
        role: Role::coded(row.int(6)?).ok_or(Error::Other("unknown role".into()))?,
        is_active: row.bool(7)?,
        created_at: Micros(row.int(8)?),
        updated_at: Micros(row.int(9)?),
    })
}

impl Readers {
    /// By what was typed at the login: a user name or an e-mail address.
    pub async fn account_named(&self, login: &str) -> Result<Option<Account>, Error> {
        let (column, folded) = match Email::new(login) {
            Ok(email) => ("email_folded", email.folded()),
            Err(_) => match Username::new(login) {
                Ok(name) => ("username_folded", name.folded()),
                Err(_) => return Ok(None),
            },
        };
        let sql = format!("select {ACCOUNT} from accounts where {column} = $1");
        Ok(self.query(sql, vec![folded.into()], account).await?.pop())
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_accounts(&self, bound: i64) -> Result<i64, Error> {
        let sql = "select count(*) from (select 1 from accounts limit $1) counted".into();
        let count = self.query(sql, vec![(bound + 1).into()], |row| row.int(0)).await?;
        Ok(count.into_iter().next().unwrap_or(0))
    }

    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, Error> {
        let sql = format!("select {ACCOUNT} from accounts where id = $1");
        Ok(self.query(sql, vec![Value::Uuid(id.0)], account).await?.pop())
    }
}
