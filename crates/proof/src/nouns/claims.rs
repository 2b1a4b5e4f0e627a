//! What workers do with orders: a few processes take what was placed of late, and bring it to some end.

use super::{Broken, Checked, Comes, Draw, Noun, draws::draws, rows, same};
use crate::simulation::{Clients, SYSTEM};
use domain::{
    Claim, CompleteOrders, Listed, Micros, OrderId, SettleOrders, TakeOrders, Text,
    claims::{End, Settlement},
};
use model::Model;
use rows::{all, by, failed, same_rows, uuid};
use rusqlite::{Connection, Row};
use std::collections::BTreeMap;
use uuid::Uuid;

const WORKERS: u128 = 3;
const CLAIMS: &str = "select order_id, holder, since, due_at, attempts from claims";
/// So many of the latest orders are worked on.
const LATE: usize = 16;

pub struct Claims;

impl Noun for Claims {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            TakeOrders, 4, Grave: |clients| clients.take();
            SettleOrders, 4, Grave: |clients| clients.settle();
            CompleteOrders, 1, Grave: |clients| clients.complete();
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[(TakeOrders::NAME, WORKED), (SettleOrders::NAME, WORKED), (CompleteOrders::NAME, WORKED)]
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for id in &model.touched.claims.touched {
            let sql = format!("{CLAIMS} where order_id = ?1");
            let found = all(rows, &sql, [id.0.as_bytes()], claim).map_err(failed)?;
            same("a claim", found.first(), model.claims.get(id))?;
        }
        Ok(())
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        same_rows("claims", &by_order(rows)?, &model.claims)
    }
}

const WORKED: Comes =
    Comes::ByItself("a worker does it, in every other shop: what it has moved is judged");

fn by_order(rows: &Connection) -> Result<BTreeMap<OrderId, Claim>, Broken> {
    by(all(rows, CLAIMS, [], claim), |claim| claim.order)
}

fn claim(row: &Row) -> rows::Read<Claim> {
    Ok(Claim {
        order: OrderId(uuid(row, "order_id")?),
        holder: uuid(row, "holder")?,
        since: Micros(row.get("since")?),
        due_at: Micros(row.get("due_at")?),
        attempts: row.get("attempts")?,
    })
}

impl Clients {
    fn some_orders(&mut self) -> Vec<OrderId> {
        let late = self.orders.len().saturating_sub(LATE);
        let count = 1 + self.random.below(3);
        let mut picked = Vec::new();
        for _ in 0..count {
            let known = self.random.pick(&self.orders[late..]).map(|(id, _)| *id);
            picked.push(known.unwrap_or_else(|| OrderId(self.random.uuid())));
        }
        picked
    }

    fn worker(&mut self) -> Uuid {
        Uuid::from_u128(1 + self.random.below(WORKERS as usize) as u128)
    }

    /// Mostly no time at all.
    fn wait_us(&mut self) -> i64 {
        if self.random.chance(700) { 0 } else { self.random.between(0, 5) * Micros::SECOND }
    }

    fn take(&mut self) -> (usize, TakeOrders) {
        let (orders, holder) = (self.some_orders(), self.worker());
        let lease_us = self.random.between(0, 20) * Micros::SECOND;
        (SYSTEM, TakeOrders { orders, waited_us: self.wait_us(), holder, lease_us })
    }

    fn settle(&mut self) -> (usize, SettleOrders) {
        let holder = self.worker();
        let settlements = self.some_orders().into_iter().map(|order| {
            let end = match self.random.below(10) {
                0..5 => End::Completed,
                5..8 => End::Failed(Text::stored("no carrier")),
                _ => End::Again {
                    after_us: self.random.between(0, 20) * Micros::SECOND,
                    is_counted: self.random.chance(700),
                },
            };
            Settlement { order, begun_at: None, end }
        });
        (SYSTEM, SettleOrders { holder, settlements: settlements.collect() })
    }

    fn complete(&mut self) -> (usize, CompleteOrders) {
        (SYSTEM, CompleteOrders { orders: self.some_orders(), waited_us: self.wait_us() })
    }
}
