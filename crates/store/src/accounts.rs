//! Accounts: rows by id and by folded names, and the readers behind logging in.

use crate::{
    bulk::Bulk,
    cell_types,
    cells::known,
    columns,
    query::{Direction, Filter, Page, contains},
    readers::{Exact, Late, ReadError},
    statements,
    stored::{
        Cells, Columns, Stored, count, find, flat, is_deleted, is_edited, is_inserted, marked,
    },
    tx::{Error, Read, Write},
    value::{Row, Rows, Value},
    view,
};
use domain::{
    Account, AccountId, Email, Micros, Role, Username,
    facts::{EmailOwner, FoldedEmail, FoldedName, LookalikeOwner, Skeleton, Table, UsernameOwner},
    fold,
};
use uuid::Uuid;

cell_types! {
    AccountId: optional_uuid, raw => Ok(AccountId(raw)), id => Value::Uuid(id.0);
    FoldedName: optional_text, raw => Ok(FoldedName(raw)), name => Value::Text(&name.0);
    Skeleton: optional_text, raw => Ok(Skeleton(raw)), skeleton => Value::Text(&skeleton.0);
    FoldedEmail: optional_text, raw => Ok(FoldedEmail(raw)), email => Value::Text(&email.0);
    Role: optional_int, raw => known(Role::coded(raw), "role"), role => Value::Int(role.code());
}

view! { UsernameOwner = "find_usernames" in "accounts" username_folded => id }
view! { LookalikeOwner = "find_lookalikes" in "accounts" username_skeleton => id }
view! { EmailOwner = "find_emails" in "accounts" email_folded => id }

columns! {
    Account
    by { id }
    kept { created_at }
    edited {
        username(username, username_folded),
        skeleton(username_skeleton),
        email(email, email_folded),
        email_confirmed,
        password_hash,
        first_name,
        last_name,
        language,
        role,
        is_active,
        version,
        era,
        era_began_at,
        gone_at,
        held_until,
        updated_at,
    }
}

const NAMES: &[&str] = &["names_folded"];
const ALL: &[&[&[&str]]] = &[&[Account::ALL, NAMES]];
const EDITED: &[&[&[&str]]] = &[&[Account::EDITED, NAMES]];

statements! {
    FIND = Bulk::find_locked("find_accounts", "accounts", Account::BY, Account::SELECT, Account::KEY);
    INSERT = Bulk::insert("insert_accounts", "accounts", &flat::<{ count(ALL) }>(ALL));
    SET = Bulk::set("set_accounts", "accounts", Account::KEY, &flat::<{ count(EDITED) }>(EDITED));
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
        for (_, account) in made {
            account.all(&mut cells);
            cells.push(names_folded(account));
        }
        writes.push(Write { bulk: &INSERT, rows: Rows::flat(count(ALL), cells) });
        writes.push(marked(&SET, table, is_edited, |account, cells| {
            account.edits(cells);
            cells.push(names_folded(account));
        }));
    }

    fn deletes<'f>(table: &'f Table<Self>, writes: &mut Vec<Write<'f>>) {
        writes.push(marked(&DELETE, table, is_deleted, Account::key));
    }
}

/// What a search for people looks at, beside the names that one logs in with.
fn names_folded(account: &Account) -> Value<'static> {
    fold(&[account.first_name.as_str(), account.last_name.as_str()].join("\n")).into()
}

fn account(row: &Row) -> Result<Account, Error> {
    Columns::read(row, &mut 0)
}

/// Where an account is looked for, and by what, of whom this was typed. None: there is no such name.
pub(crate) fn sought(login: &str) -> Option<(&'static str, String)> {
    match (Email::typed(login), Username::typed(login)) {
        (Ok(email), _) => Some(("email_folded", email.folded())),
        (_, Ok(name)) => Some(("username_folded", name.folded())),
        _ => None,
    }
}

impl Exact {
    /// By what was typed at the login: a user name or an e-mail address.
    pub async fn account_named(&self, login: &str) -> Result<Option<Account>, ReadError> {
        let Some((column, folded)) = sought(login) else { return Ok(None) };
        let sql =
            format!("select {} from accounts where {column} = $1", Account::SELECT.join(", "));
        Ok(self.0.query(sql, vec![folded.into()], account).await?.pop())
    }

    /// Who has one of these names, or one that looks like it, or one of these addresses.
    pub async fn namesakes(
        &self,
        wanted: &[(&Username, &Email)],
    ) -> Result<Vec<Account>, ReadError> {
        let names: [(&str, Named); 3] = [
            ("username_folded", |name, _| name.folded()),
            ("username_skeleton", |name, _| name.skeleton()),
            ("email_folded", |_, email| email.folded()),
        ];
        let mut found = Vec::new();
        // One after the other: each has an index of its own.
        for (column, of) in names.into_iter().filter(|_| !wanted.is_empty()) {
            let mut filter = Filter::default();
            filter.any_of_many(column, wanted.iter().map(|(name, email)| of(name, email).into()));
            let (columns, clause) = (Account::SELECT.join(", "), filter.where_clause());
            let sql = format!("select {columns} from accounts {clause}");
            found.extend(self.0.query(sql, filter.params, account).await?);
        }
        Ok(found)
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_accounts(&self, bound: i64) -> Result<i64, ReadError> {
        self.0.count("from accounts", Filter::default(), bound).await
    }

    /// How many may do everything, two at most.
    pub async fn count_admins(&self) -> Result<i64, ReadError> {
        let mut admins = Filter::default();
        admins.with(|place| format!("role = {place}"), Role::Admin.code());
        admins.with(|place| format!("is_active = {place}"), true);
        self.0.count("from accounts", admins, 1).await
    }

    pub async fn account(&self, id: AccountId) -> Result<Option<Account>, ReadError> {
        let sql = format!("select {} from accounts where id = $1", Account::SELECT.join(", "));
        Ok(self.0.query(sql, vec![Value::Uuid(id.0)], account).await?.pop())
    }
}

#[derive(Clone, Debug, Default)]
pub struct AccountFilter {
    pub search: Option<String>,
    pub is_active: Option<bool>,
    pub role: Option<Role>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AccountOrder {
    #[default]
    Created,
    Username,
}

/// The row to go on after: what it is sorted by, and its id.
pub type AfterAccount = (Value<'static>, Uuid);

/// What is looked for in a column, of whom has this name and this address.
type Named = fn(&Username, &Email) -> String;

/// How hashes begin that the shop makes itself. The index of all others names it too.
pub const OWN_HASHES: &str = "$argon2id$v=19$m=19456,t=2,p=1$";

impl Late {
    /// The first hash that another shop has made behind this one, by its bytes.
    pub async fn foreign_hash(&self, after: &str) -> Result<Option<String>, ReadError> {
        let length = OWN_HASHES.len();
        let sql = format!(
            "select password_hash from accounts
             where substr(password_hash, 1, {length}) <> '{OWN_HASHES}' and password_hash <> ''
             and password_hash > $1 order by password_hash limit 1"
        );
        let hash = |row: &Row| Ok(row.text(0)?.to_owned());
        Ok(self.0.query(sql, vec![after.to_owned().into()], hash).await?.pop())
    }

    /// Those whose time has come and who were not confirmed, the first of them first.
    pub async fn unconfirmed(
        &self,
        now: Micros,
        limit: usize,
    ) -> Result<Vec<AccountId>, ReadError> {
        let sql = "select id from accounts where held_until <= $1
            order by held_until, id limit $2";
        let params = vec![now.0.into(), (limit as i64).into()];
        self.0.query(sql.into(), params, |row| Ok(AccountId(row.uuid(0)?))).await
    }

    pub async fn accounts(
        &self,
        filter: &AccountFilter,
        order: AccountOrder,
        page: Page<AfterAccount>,
    ) -> Result<Vec<Account>, ReadError> {
        let mut narrowed = narrowed(filter);
        let key = match order {
            AccountOrder::Created => "created_at",
            AccountOrder::Username => "username_folded",
        };
        let (sign, order) = match page.direction {
            Direction::Rising => (">", "asc"),
            Direction::Falling => ("<", "desc"),
        };
        if let Some((value, id)) = page.after {
            let (value, id) = (narrowed.param(value), narrowed.param(Value::Uuid(id)));
            narrowed.sql(&format!("({key}, id) {sign} ({value}, {id})"));
        }
        let (columns, clause) = (Account::SELECT.join(", "), narrowed.where_clause());
        let (limit, offset) = (page.limit, page.offset);
        let sql = format!(
            "select {columns} from accounts {clause}
             order by {key} {order}, id {order} limit {limit} offset {offset}"
        );
        self.0.query(sql, narrowed.params, account).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_found(&self, filter: &AccountFilter, bound: i64) -> Result<i64, ReadError> {
        self.0.count("from accounts", narrowed(filter), bound).await
    }
}

fn narrowed(filter: &AccountFilter) -> Filter {
    let mut narrowed = Filter::default();
    if let Some(search) = &filter.search {
        let folded = narrowed.param(contains(&fold(search)).into());
        let like = |column: &str, pattern: &str| format!("{column} like {pattern} escape '\\'");
        // First and last name stand on two lines, and whoever looks for both writes them on one.
        let (line, space) = (narrowed.param("\n".into()), narrowed.param(" ".into()));
        let any = [
            like("username_folded", &folded),
            like("email_folded", &folded),
            like(&format!("replace(names_folded, {line}, {space})"), &folded),
        ];
        narrowed.sql(&format!("({})", any.join(" or ")));
    }
    // Who registered with the address of another where the shop does not tell so: nobody's, and in the way.
    if filter.search.is_none() {
        narrowed.sql("email_folded not like 'held-%@held.invalid'");
    }
    if let Some(is_active) = filter.is_active {
        narrowed.with(|place| format!("is_active = {place}"), is_active);
    }
    if let Some(role) = filter.role {
        narrowed.with(|place| format!("role = {place}"), role.code());
    }
    narrowed
}
