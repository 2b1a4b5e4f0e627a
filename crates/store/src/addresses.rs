//! Addresses: all that an account keeps, at once.

use crate::{
    cell_types,
    readers::{Exact, ReadError},
    stored::Columns,
    table,
    tx::Error,
    value::Value,
};
use domain::{AccountId, Address, AddressId, PostalAddress};

cell_types! {
    AddressId: optional_uuid, raw => Ok(AddressId(raw)), id => Value::Uuid(id.0);
    PostalAddress: optional_text, raw => postal(&raw), postal => Value::from(written(postal));
}

fn written(postal: &PostalAddress) -> String {
    serde_json::to_string(postal).expect("an address is made of texts")
}

fn postal(raw: &str) -> Result<PostalAddress, Error> {
    serde_json::from_str(raw).map_err(|error| Error::Data(format!("an address: {error}")))
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
