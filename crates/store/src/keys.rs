//! API keys: by id, and all of them for who looks after them.

use crate::{
    cell_types,
    query::{Direction, Filter, Page},
    readers::{Exact, Late, ReadError},
    stored::{Cell, Cells, Columns},
    table,
    tx::Error,
    value::{Row, Value},
    view,
};
use domain::{AccountId, ApiKey, ApiKeyId, ChannelPolicy, Micros, Scopes, facts::KeyStanding};
use uuid::Uuid;

cell_types! {
    ApiKeyId: optional_uuid, raw => Ok(ApiKeyId(raw)), id => Value::Uuid(id.0);
    Scopes: optional_int, raw => Ok(Scopes(raw)), scopes => Value::Int(scopes.0);
}

impl Cell for ChannelPolicy {
    const WIDTH: usize = 2;

    fn read_optional(answer: &Row, at: usize) -> Result<Option<Self>, Error> {
        let both = <(bool, bool)>::read_optional(answer, at)?;
        Ok(both
            .map(|(accepts_unknown, takes_stock)| ChannelPolicy { accepts_unknown, takes_stock }))
    }

    fn write<'a>(&'a self, cells: &mut Cells<'a>) {
        self.accepts_unknown.write(cells);
        self.takes_stock.write(cells);
    }
}

view! { KeyStanding = "find_key_standings" in "api_keys" id => revoked_at }

table! {
    ApiKey in "api_keys" locked
    by { id }
    kept { name, scopes, channel, policy(accepts_unknown, takes_stock), secret, created_by, created_at, expires_at }
    edited { used_at, revoked_at }
}

/// So many keys of one person are named.
const NAMED_MOST: usize = 100;

impl Exact {
    pub async fn api_key(&self, id: ApiKeyId) -> Result<Option<ApiKey>, ReadError> {
        let columns = ApiKey::SELECT.join(", ");
        let sql = format!("select {columns} from api_keys where id = $1");
        Ok(self
            .0
            .query(sql, vec![Value::Uuid(id.0)], |row| Columns::read(row, &mut 0))
            .await?
            .pop())
    }

    /// Those that somebody has made and that open something still.
    pub async fn living_keys_of(
        &self,
        maker: AccountId,
        now: Micros,
    ) -> Result<Vec<ApiKey>, ReadError> {
        let columns = ApiKey::SELECT.join(", ");
        let sql = format!(
            "select {columns} from api_keys where created_by = $1 and revoked_at is null
             and (expires_at is null or expires_at > $2) order by id limit {NAMED_MOST}"
        );
        let params = vec![Value::Uuid(maker.0), now.0.into()];
        self.0.query(sql, params, |row| Columns::read(row, &mut 0)).await
    }
}

impl Late {
    /// By their ids, which rise with time; all of them, or those that somebody has made.
    pub async fn api_keys(
        &self,
        maker: Option<AccountId>,
        page: Page<Uuid>,
    ) -> Result<Vec<ApiKey>, ReadError> {
        let mut filter = made_by(maker);
        let (sign, order) = match page.direction {
            Direction::Rising => (">", "asc"),
            Direction::Falling => ("<", "desc"),
        };
        if let Some(after) = page.after {
            filter.with(|place| format!("id {sign} {place}"), Value::Uuid(after));
        }
        let columns = ApiKey::SELECT.join(", ");
        let narrowed = filter.where_clause();
        let (limit, offset) = (page.limit, page.offset);
        let sql = format!(
            "select {columns} from api_keys {narrowed} order by id {order} limit {limit} offset {offset}"
        );
        self.0.query(sql, filter.params, |row| Columns::read(row, &mut 0)).await
    }

    /// Exact up to the bound; one more means "more".
    pub async fn count_api_keys(
        &self,
        maker: Option<AccountId>,
        bound: i64,
    ) -> Result<i64, ReadError> {
        self.0.count("from api_keys", made_by(maker), bound).await
    }
}

fn made_by(maker: Option<AccountId>) -> Filter {
    let mut filter = Filter::default();
    if let Some(maker) = maker {
        filter.with(|place| format!("created_by = {place}"), Value::Uuid(maker.0));
    }
    filter
}
