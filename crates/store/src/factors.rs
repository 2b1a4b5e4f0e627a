//! Second factors: one of an account at most.

use crate::{
    readers::{Exact, ReadError},
    stored::Columns,
    table,
    value::Value,
};
use domain::{AccountId, Factor};

table! {
    Factor in "factors" locked
    by { account(account_id) }
    edited { secret, recovery, last_step, confirmed_at, created_at }
}

impl Exact {
    pub async fn factor(&self, account: AccountId) -> Result<Option<Factor>, ReadError> {
        let columns = Factor::SELECT.join(", ");
        let sql = format!("select {columns} from factors where account_id = $1");
        let params = vec![Value::Uuid(account.0)];
        Ok(self.0.query(sql, params, |row| Columns::read(row, &mut 0)).await?.pop())
    }
}
