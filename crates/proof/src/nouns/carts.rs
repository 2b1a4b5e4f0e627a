//! Carts: few shoppers who fill them, guests among them; what they hold, and that it comes to one end.

mod judged;
mod tortured;

use super::{Checked, Comes, Draw, Noun, draws::draws, orders::POISON, rows, same};
use crate::{
    attack::torture::{Comparison, Past},
    simulation::{Clients, Request, SYSTEM},
};
use domain::{
    Action, Caller, CallerKind, Cart, CartId, CartLimits, ChangeCart, Checkout, ClaimCart, CrowdId,
    Details, EmptyCart, ExpireCarts, Hold, Listed, Micros, OrderId, Outcome, ProductId, Quantity,
    Text,
    carts::{self, Change},
};
use model::Model;
use rows::{Read, all, by, coded, failed, optional_uuid, same_rows, uuid};
use rusqlite::{Connection, Params, Row};
use std::collections::BTreeMap;
use uuid::Uuid;

pub use judged::held;
pub use tortured::{Ask, Guest};

pub struct Carts;

impl Noun for Carts {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            ChangeCart, 24, Grave: |clients| (clients.shopper(), clients.change());
            EmptyCart, 1, Grave: |clients| (clients.shopper(), EmptyCart {});
            ClaimCart, 4, Grave: |clients| (clients.shopper(), clients.claim());
            ExpireCarts, 4, Grave: |clients| (SYSTEM, clients.ended());
            Checkout, 10, Grave: |clients| (clients.shopper(), clients.checkout());
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[
            (ChangeCart::NAME, Comes::Asked),
            (EmptyCart::NAME, Comes::Asked),
            (ClaimCart::NAME, Comes::Asked),
            (ExpireCarts::NAME, Comes::Seen),
            (Checkout::NAME, Comes::Asked),
        ]
    }

    fn renew(&self, clients: &mut Clients, action: &mut Action, id: Uuid) -> bool {
        let Action::Carts(carts::Action::Checkout(checkout)) = action else { return false };
        checkout.id = OrderId(id);
        clients.guessed.push(checkout.id);
        checkout.details.note.as_str() == POISON
    }

    fn twist(&self, clients: &Clients, action: &mut Action) -> bool {
        let Action::Carts(action) = action else { return false };
        match action {
            carts::Action::ChangeCart(change) => {
                change.change = match change.change {
                    Change::Remove => Change::Add(Quantity::ONE),
                    Change::Add(_) | Change::Set(_) => Change::Remove,
                };
            }
            carts::Action::ClaimCart(claim) => claim.guest = carts::guest("somebody else"),
            carts::Action::Checkout(checkout) => {
                checkout.details.note = clients.note_of_one();
            }
            // There is nothing else to empty, and no key for what the shop does.
            carts::Action::EmptyCart(_) | carts::Action::ExpireCarts(_) => return false,
        }
        true
    }

    fn learn(&self, clients: &mut Clients, request: &Request, outcome: &Outcome) -> Checked {
        if let Outcome::Carts(carts::Outcome::Checkout(order)) = outcome {
            clients.orders.push((order.id, request.command.who.actor));
            clients.agree(request.wish, order.id)?;
        }
        Ok(())
    }

    fn statements(&self) -> &'static [&'static str] {
        &[judged::HOLDS, judged::OVER, judged::EXPIRED]
    }

    fn compare(
        &self,
        compared: &Comparison,
        _: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        judged::compare(compared, wrong)
    }

    fn seen(&self, compared: &Comparison) -> anyhow::Result<Option<(&'static str, usize)>> {
        Ok(Some((ExpireCarts::NAME, compared.rows.of::<2>(judged::EXPIRED)?.len())))
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for id in &model.touched.carts.touched {
            let bytes = [id.0.into_bytes()];
            let found = carts(rows, &format!("{CARTS} where id = ?1"), bytes).map_err(failed)?;
            same("a cart", found.first(), model.carts.get(id))?;
            let of_cart = format!("{HOLDS} where cart_id = ?1 order by product_id");
            let found = holds(rows, &of_cart, bytes).map_err(failed)?;
            let expected = model.holds.values().filter(|hold| hold.cart == *id);
            same("what a cart holds", found, expected.cloned().collect())?;
        }
        judge_crowds(rows, model)
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        same_rows("carts", &by(carts(rows, CARTS, []), |cart| cart.id)?, &model.carts)?;
        let found = by(holds(rows, HOLDS, []), |hold| (hold.cart, hold.product))?;
        same_rows("what carts hold", &found, &model.holds)?;
        judge_crowds(rows, model)
    }
}

/// There are few places to come from.
fn judge_crowds(rows: &Connection, model: &Model) -> Checked {
    let read = |row: &Row| Ok((CrowdId(uuid(row, "id")?), row.get("units")?));
    let found = by(all(rows, "select id, units from crowds", [], read), |(id, _)| *id)?;
    let crowds = model.carts.values().filter_map(|cart| cart.crowd);
    let held = crowds.map(|crowd| (crowd, (crowd, model.crowd_units(crowd))));
    let expected = held.filter(|(_, (_, units))| *units > 0);
    same_rows("crowds", &found, &expected.collect::<BTreeMap<_, (_, i64)>>())
}

const CARTS: &str = "select id, owner_kind, opened_at, updated_at, expires_at, crowd_id from carts";
const HOLDS: &str = "select cart_id, product_id, units, added_at from holds";

fn carts(rows: &Connection, sql: &str, keys: impl Params) -> Read<Vec<Cart>> {
    all(rows, sql, keys, |row: &Row| {
        Ok(Cart {
            id: CartId(uuid(row, "id")?),
            kind: coded(row, "owner_kind", [(1, CallerKind::Account), (3, CallerKind::Guest)])?,
            opened_at: Micros(row.get("opened_at")?),
            updated_at: Micros(row.get("updated_at")?),
            expires_at: Micros(row.get("expires_at")?),
            crowd: optional_uuid(row, "crowd_id")?.map(CrowdId),
        })
    })
}

fn holds(rows: &Connection, sql: &str, keys: impl Params) -> Read<Vec<Hold>> {
    all(rows, sql, keys, |row: &Row| {
        Ok(Hold {
            cart: CartId(uuid(row, "cart_id")?),
            product: ProductId(row.get("product_id")?),
            units: row.get("units")?,
            added_at: Micros(row.get("added_at")?),
        })
    })
}

impl Clients {
    /// A minute or two, so that some are in time and some are not.
    fn limits(&mut self) -> CartLimits {
        let minutes = self.random.weighted(&[(1, 1), (3, 3), (2, 15)]).unwrap_or(1);
        let oldest = self.random.weighted(&[(5, 20), (1, 2)]).unwrap_or(20);
        CartLimits {
            ttl_us: minutes * 60 * Micros::SECOND,
            max_age_us: oldest * 60 * Micros::SECOND,
            lines_most: self.random.between(2, 4) as usize,
            units_most: self.random.between(6, 14),
            crowd_units_most: self.random.between(5, 12),
        }
    }

    fn change(&mut self) -> ChangeCart {
        let product = self.reference().map(|(reference, _)| reference);
        let product = self.named(product);
        let quantity = match self.random.below(60) {
            0 => Quantity::MAX,
            _ => self.random.between(1, 4),
        };
        let quantity = Quantity::new(quantity).expect("it is within bounds");
        let change = match self.random.below(10) {
            0..6 => Change::Add(quantity),
            6..8 => Change::Set(quantity),
            _ => Change::Remove,
        };
        let currency = self.shops_currency();
        let (limits, most) = (self.limits(), self.bounds());
        let place = self.random.between(1, 3);
        let crowd = self.random.chance(500).then(|| CrowdId::of(&format!("place {place}")));
        ChangeCart { product, change, crowd, currency, limits, most }
    }

    fn claim(&mut self) -> ClaimCart {
        let guest = self.some_guest();
        ClaimCart { guest, limits: self.limits(), most: self.bounds() }
    }

    fn some_guest(&mut self) -> Caller {
        let guests = self.people.iter().map(|person| person.actor.caller);
        let guests: Vec<_> = guests.filter(|caller| caller.kind == CallerKind::Guest).collect();
        self.random.pick(&guests).copied().unwrap_or(carts::guest("nobody"))
    }

    /// What the shop finds to be over, and what it finds a moment too early.
    fn ended(&mut self) -> ExpireCarts {
        let count = self.random.between(1, 6) as usize;
        let carts: Vec<_> = (0..count)
            .map(|_| {
                let place = self.shopper();
                CartId::of(self.people[place].actor.caller)
            })
            .collect();
        let CartLimits { ttl_us, max_age_us, .. } = self.limits();
        let owner_waits = self.random.chance(300);
        ExpireCarts { lines: 3 * carts.len(), carts, owner_waits, ttl_us, max_age_us }
    }

    fn checkout(&mut self) -> Checkout {
        let total = self.random.chance(100).then(|| self.price());
        let note = match self.random.chance(4) {
            true => Text::stored(POISON),
            false => self.note_of_one(),
        };
        let (id, lines, details) = (OrderId(Uuid::nil()), 3, Details::noted(note));
        let (currency, most) = (self.shops_currency(), self.bounds());
        Checkout { id, currency, most, lines, total, details }
    }
}
