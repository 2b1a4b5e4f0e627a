//! Addresses: all that an account keeps, at once.

use crate::{
    cell_types, json_types,
    query::{Filter, Page},
    readers::{Exact, Late, ReadError},
    stored::Columns,
    table,
    value::Value,
};
use domain::{AccountId, Address, AddressId, Micros, PostalAddress};
use uuid::Uuid;

cell_types! {
    AddressId: optional_uuid, raw => Ok(AddressId(raw)), id => Value::Uuid(id.0);
}

json_types! {
    PostalAddress, "an address";
}

table! {
    Address in "addresses" locked
    by { account(account_id) }
    then { id }
    kept { created_at }
    edited { postal, updated_at }
}

impl Exact {
    /// The oldest first.
    pub async fn addresses(&self, account: AccountId) -> Result<Vec<Address>, ReadError> {
        let columns = Address::SELECT.join(", ");
        let sql = format!(
            "select {columns} from addresses where account_id = $1 order by created_at, id"
        );
        let params = vec![Value::Uuid(account.0)];
        self.0.query(sql, params, |row| Columns::read(row, &mut 0)).await
    }
}

impl Late {
    /// The oldest first.
    pub async fn addresses(
        &self,
        account: AccountId,
        page: Page<(Micros, Uuid)>,
    ) -> Result<Vec<Address>, ReadError> {
        let mut narrowed = Filter::default();
        narrowed.with(|account| format!("account_id = {account}"), Value::Uuid(account.0));
        let page = narrowed.after("created_at", "id", page);
        let (columns, clause) = (Address::SELECT.join(", "), narrowed.where_clause());
        let sql = format!("select {columns} from addresses {clause} {page}");
        self.0.query(sql, narrowed.params, |row| Columns::read(row, &mut 0)).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_addresses(&self, account: AccountId, bound: i64) -> Result<i64, ReadError> {
        let mut theirs = Filter::default();
        theirs.with(|place| format!("account_id = {place}"), Value::Uuid(account.0));
        self.0.count("from addresses", theirs, bound).await
    }
}
