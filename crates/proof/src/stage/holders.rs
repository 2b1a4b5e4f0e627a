//! Guests who have filled their carts and gone: each has a few lines, of products that his neighbours do not have.

use crate::stage::{bulk, engines::Engine, sites::Shop, texts};
use anyhow::Context;
use domain::{CallerKind, Micros};
use std::time::{SystemTime, UNIX_EPOCH};

const LINES: u64 = 3;
/// Long enough for any bench to begin, and less than any cart lives.
const LATER_US: i64 = 10 * 60 * Micros::SECOND;

/// By the clock of this machine, which is the shop's and its database's.
pub fn now_us() -> anyhow::Result<i64> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).context("the clock is before 1970")?;
    i64::try_from(since.as_micros()).context("the clock is too far ahead")
}

/// When such carts end.
pub fn later(now: i64) -> i64 {
    now + LATER_US
}

/// So many carts.
#[derive(Clone, Copy, Debug)]
pub struct Holders {
    pub carts: u64,
    /// What they choose from.
    pub products: u64,
}

impl Holders {
    /// Writes them, and what they have reserved. Nobody needs to serve the shop.
    pub async fn fill(&self, engine: Engine, shop: &Shop) -> anyhow::Result<()> {
        let statements = self.statements(engine, now_us()?);
        bulk::write_beside(&shop.location, statements).await.context("filling carts")
    }

    fn statements(&self, engine: Engine, now: i64) -> Vec<String> {
        let Holders { carts, products } = *self;
        // No address is told of them: they are in no crowd.
        let drawn = engine.hex("n * 2654435761 % 4294967296", 8);
        let id = engine.id(&format!("{drawn} || '0000f0008000' || {}", engine.hex("n", 12)));
        let (guest, later) = (CallerKind::Guest.code(), later(now));
        let numbers = engine.series(carts);
        let lines = engine.series(LINES * carts);
        let held = format!("((n - 1) * 7919 % {products} + 1)");
        vec![
            format!(
                "insert into carts (id, owner_kind, opened_at, updated_at, expires_at)
                 select {id}, {guest}, {now}, {now}, {later} from {numbers} g"
            ),
            format!(
                "insert into holds (cart_id, product_id, units, added_at)
                 select {id}, product_id, 1, {now} from
                    (select (n - 1) / {LINES} + 1 as n, {held} as product_id from {lines} g) l"
            ),
            format!(
                "update stock set reserved = reserved + (select count(*) from {lines} g
                    where {held} = stock.product_id)
                 where product_id in (select {held} from {lines} g)"
            ),
        ]
    }
}

/// Takes all carts away, as if nobody had ever held anything: the ledger knows nothing of what is only held. Nobody
/// serves the shop meanwhile.
pub async fn clear(shop: &Shop) -> anyhow::Result<()> {
    let statements = ["delete from holds", "delete from carts", "delete from crowds"];
    let mut statements: Vec<_> = statements.map(str::to_owned).into();
    statements.push("update stock set reserved = 0 where reserved <> 0".to_owned());
    bulk::write_beside(&shop.location, statements).await.context("clearing carts")
}

/// Carts whose time is over at one moment.
pub struct Ended {
    at: i64,
}

impl Ended {
    /// The time of all carts that are there is over now.
    pub async fn now(shop: &Shop) -> anyhow::Result<Ended> {
        let at = now_us()?;
        let end = format!("update carts set expires_at = {at} where expires_at > {at}");
        bulk::write_beside(&shop.location, vec![end]).await.context("ending carts")?;
        Ok(Ended { at })
    }

    /// How many of them still hold what they held.
    pub async fn left(&self, shop: &Shop) -> anyhow::Result<u64> {
        let count = format!("select count(*) from carts where expires_at = {}", self.at);
        let found = texts::read(&shop.location, &[&count]).await?.concat().concat();
        found.first().context("nothing was counted")?.parse().context("a count is no number")
    }
}
