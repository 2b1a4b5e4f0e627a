//! Accounts: rows by id and by folded names, and the readers behind logging in.

use crate::{
    bulk::Bulk,
    cell_types,
    cells::known,
    columns,
    readers::{Exact, ReadError},
    statements,
    stored::{Cells, Columns, Stored, find, is_deleted, is_edited, is_inserted, marked},
    tx::{Error, Read, Write},
    value::{Row, Rows, Value},
    view,
};
use domain::{
    Account, AccountId, Email, Role, Username,
    facts::{EmailOwner, FoldedEmail, FoldedName, Table, UsernameOwner},
};

cell_types! {
    AccountId: optional_uuid, raw => Ok(AccountId(raw)), id => Value::Uuid(id.0);
    FoldedName: optional_text, raw => Ok(FoldedName(raw)), name => Value::Text(&name.0);
    FoldedEmail: optional_text, raw => Ok(FoldedEmail(raw)), email => Value::Text(&email.0);
    Role: optional_int, raw => known(Role::coded(raw), "role"), role => Value::Int(role.code());
}

view! { UsernameOwner = "find_usernames" in "accounts" username_folded => id }
view! { EmailOwner = "find_emails" in "accounts" email_folded => id }

columns! {
    Account
    by { id }
    kept { created_at }
    edited {
        username(username, username_folded),
        email(email, email_folded),
        password_hash,
        first_name,
        last_name,
        role,
        is_active,
        updated_at,
    }
}

statements! {
    FIND = Bulk::find_locked("find_accounts", "accounts", Account::BY, Account::SELECT, Account::KEY);
    INSERT = Bulk::insert("insert_accounts", "accounts", Account::ALL);
    SET = Bulk::set("set_accounts", "accounts", Account::KEY, Account::EDITED);
    DELETE = Bulk::delete("delete_accounts", "accounts", Account::KEY);
}

impl Stored for Account {
    const BULKS: &'static [&'static Bulk] = STATEMENTS;

    fn reads<'f>(table: &'f mut Table<Self>, reads: &mut Vec<Read<'f>>) {
        reads.push(find(const { &[&FIND] }, table, account));
    }

    /// Two nodes that insert the same names do so in the same order: by the names, not by the ids.
    fn writes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>) {
        let slots = table.rows.values().filter(|slot| is_inserted(slot.mark));
        let mut made: Vec<_> = slots.map(|slot| (slot.row.username.folded(), &slot.row)).collect();
        made.sort_by(|one, other| one.0.cmp(&other.0));
        let mut cells = Cells::new();
        made.into_iter().for_each(|(_, account)| account.all(&mut cells));
        writes.push(Write { bulk: &INSERT, rows: Rows::flat(Account::ALL.len(), cells) });
        writes.push(marked(&SET, table, is_edited, Account::edits));
    }

    fn deletes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>) {
        writes.push(marked(&DELETE, table, is_deleted, Account::key));
    }
}

fn account(row: &Row) -> Result<Account, Error> {
    Columns::read(row, &mut 0)
}

impl Exact {
    /// By what was typed at the login: a user name or an e-mail address.
    pub async fn account_named(&self, login: &str) -> Result<Option<Account>, ReadError> {
        let (column, folded) = match Email::typed(login) {
            Ok(email) => ("email_folded", email.folded()),
            Err(_) => match Username::typed(login) {
                Ok(name) => ("username_folded", name.folded()),
                Err(_) => return Ok(None),
            },
        };
        let sql =
            format!("select {} from accounts where {column} = $1", Account::SELECT.join(", "));
        Ok(self.0.query(sql, vec![folded.into()], account).await?.pop())
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_accounts(&self, bound: i64) -> Result<i64, ReadError> {
        let sql = "select count(*) from (select 1 from accounts limit $1) counted".into();
        let count = self.0.query(sql, vec![(bound + 1).into()], |row| row.int(0)).await?;
        Ok(count.into_iter().next().unwrap_or(0))
    }

    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, ReadError> {
        let sql = format!("select {} from accounts where id = $1", Account::SELECT.join(", "));
        Ok(self.0.query(sql, vec![Value::Uuid(id.0)], account).await?.pop())
    }
}
