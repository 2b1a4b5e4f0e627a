//! Links: by account and purpose. Whoever asks for one locks its account first.

use crate::{
    cell_types,
    cells::known,
    readers::{Exact, ReadError},
    stored::Columns,
    table,
    value::Value,
};
use domain::{AccountId, Link, Purpose};

cell_types! {
    Purpose: optional_int, raw => known(Purpose::coded(raw), "purpose of a link"), purpose => Value::Int(purpose.code());
}

table! {
    Link in "links" unlocked
    by { account(account_id), purpose }
    edited { secret, email(email, email_folded), made_at, expires_at }
}

impl Exact {
    /// All that were sent to an account's owner and are still kept.
    pub async fn links(&self, account: AccountId) -> Result<Vec<Link>, ReadError> {
        let columns = Link::SELECT.join(", ");
        let sql = format!("select {columns} from links where account_id = $1 order by purpose");
        self.0.query(sql, vec![Value::Uuid(account.0)], |row| Columns::read(row, &mut 0)).await
    }

    pub async fn link(
        &self,
        account: AccountId,
        purpose: Purpose,
    ) -> Result<Option<Link>, ReadError> {
        let columns = Link::SELECT.join(", ");
        let sql = format!("select {columns} from links where account_id = $1 and purpose = $2");
        let params = vec![Value::Uuid(account.0), purpose.code().into()];
        Ok(self.0.query(sql, params, |row| Columns::read(row, &mut 0)).await?.pop())
    }
}
