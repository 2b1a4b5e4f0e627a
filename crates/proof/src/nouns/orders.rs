//! Orders with their lines, and the events that tell of them.

mod changes;
mod handing;
mod judged;
mod mailed;
mod moved;
mod reading;
mod served;
mod tortured;

use super::{
    Checked, Comes, Draw, Noun,
    draws::draws,
    references::{currency, euros},
    rows, same,
};
use crate::{
    attack::torture::{Comparison, Past},
    simulation::{Clients, Request},
};
use domain::{
    Action, Currency, EditOrder, ExpectedLine, ExpirePending, ForgetOrders, HandOver, Listed,
    Money, Most, MoveOrder, Order, OrderId, OrderStatus, Outcome, PlaceOrder, Quantity, Text,
    carts, orders,
};
use model::Model;
use rows::{Which, by, failed, same_rows};
use rusqlite::Connection;
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;

pub use judged::placed;
pub use tortured::Ask;

/// The note of an order that the database itself refuses, as a bug in the schema would.
pub const POISON: &str = "poison";
pub const REFUSE_POISON: &str = "create trigger refuse_poison before insert on orders
    when new.note = 'poison' begin select raise(abort, 'poisoned'); end";

pub struct Orders;

impl Noun for Orders {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            PlaceOrder, 42, Grave: |clients| clients.placing();
            HandOver, 6, Grave: |clients| clients.handing();
            MoveOrder, 26, Grave: |clients| clients.order_move();
            EditOrder, 6, Grave: |clients| clients.order_edit();
            ExpirePending, 2, Grave: |clients| clients.expiry();
            ForgetOrders, 2, Grave: |clients| clients.oblivion();
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[
            (PlaceOrder::NAME, Comes::Asked),
            (HandOver::NAME, Comes::Asked),
            (MoveOrder::NAME, Comes::Asked),
            (EditOrder::NAME, Comes::Asked),
            (
                ExpirePending::NAME,
                Comes::ByItself(
                    "a worker asks for it, in every other shop: it is judged, and need not come",
                ),
            ),
            (ForgetOrders::NAME, Comes::ByItself("a worker asks for it, once through a day")),
        ]
    }

    fn renew(&self, clients: &mut Clients, action: &mut Action, id: Uuid) -> bool {
        let Action::Orders(action) = action else { return false };
        match action {
            orders::Action::PlaceOrder(order) => {
                order.id = OrderId(id);
                clients.guessed.push(order.id);
                order.details.note.as_str() == POISON
            }
            orders::Action::HandOver(order) => {
                order.id = OrderId(id);
                clients.guessed.push(order.id);
                false
            }
            _ => false,
        }
    }

    fn twist(&self, clients: &Clients, action: &mut Action) -> bool {
        let Action::Orders(action) = action else { return false };
        match action {
            orders::Action::PlaceOrder(order) => order.details.note = clients.note_of_one(),
            orders::Action::HandOver(order) => order.said.user_id = Text::stored("another"),
            orders::Action::MoveOrder(change) => {
                change.reason = Some(Text::stored("another reason"));
            }
            orders::Action::EditOrder(edit) => edit.note = Some(Text::stored("another wish")),
            orders::Action::ExpirePending(_) | orders::Action::ForgetOrders(_) => return false,
        }
        true
    }

    fn learn(&self, clients: &mut Clients, request: &Request, outcome: &Outcome) -> Checked {
        let Outcome::Orders(outcome) = outcome else { return Ok(()) };
        if let orders::Outcome::PlaceOrder(order) | orders::Outcome::HandOver(order) = outcome {
            let owner = clients.people.iter().find(|person| person.actor.caller == order.owner);
            let owner = owner.map_or(request.command.who.actor, |person| person.actor);
            clients.orders.push((order.id, owner));
            clients.agree(request.wish, order.id)?;
        }
        Ok(())
    }

    fn counted(&self, model: &Model) -> Option<(&'static str, i64)> {
        Some(("orders", model.last_number))
    }

    fn statements(&self) -> &'static [&'static str] {
        &[judged::ORDERS, judged::LINES, moved::MOVES]
    }

    fn compare(
        &self,
        compared: &Comparison,
        _: &mut Past,
        wrong: &mut Vec<String>,
    ) -> anyhow::Result<()> {
        judged::compare(compared, wrong)
    }

    fn judge(&self, rows: &Connection, model: &Model) -> Checked {
        for id in &model.touched.orders {
            let found = reading::orders(rows, Which::One(id.0)).map_err(failed)?;
            let expected = model.orders.get(id).map(|order| &**order);
            same("an order", found.first(), expected)?;
            if expected.is_some_and(|order| order.note.as_str() == POISON) {
                return Err(format!("the database took an order that it refuses: {expected:?}"));
            }
        }
        judge_bought(rows, model)?;
        judge_events(rows, model, model.events.len() - model.touched.events)
    }

    fn judge_all(&self, rows: &Connection, model: &Model) -> Checked {
        same_rows("orders", &all(rows)?, &model.orders)?;
        judge_bought(rows, model)?;
        judge_events(rows, model, 0)?;
        let doubled = reading::doubled_notes(rows).map_err(failed)?;
        same("orders that were placed twice", doubled, Vec::new())
    }
}

fn all(rows: &Connection) -> Result<BTreeMap<OrderId, Arc<Order>>, String> {
    let orders = by(reading::orders(rows, Which::All), |order| order.id)?;
    Ok(orders.into_iter().map(|(id, order)| (id, Arc::new(order))).collect())
}

fn judge_bought(rows: &Connection, model: &Model) -> Checked {
    let found = by(reading::bought(rows), |(key, _)| *key)?;
    let expected = model.bought.iter().map(|(key, units)| (*key, (*key, *units)));
    same("what callers have bought", found, expected.collect::<BTreeMap<_, _>>())
}

/// Events from this place on, each at its position.
fn judge_events(rows: &Connection, model: &Model, place: usize) -> Checked {
    let found = reading::events_after(rows, place as i64).map_err(failed)?;
    let expected = (place as i64 + 1..).zip(model.events[place..].iter().cloned());
    same("events", found, expected.collect())
}

/// What clients were told of orders: as placed, and as moved.
#[derive(Default)]
pub struct Acknowledged(BTreeMap<OrderId, Arc<Order>>);

impl Acknowledged {
    pub fn hear(&mut self, outcome: &Outcome) {
        let order = match outcome {
            Outcome::Orders(outcome) => outcome.order(),
            Outcome::Carts(carts::Outcome::Checkout(order)) => Some(order),
            _ => None,
        };
        let Some(order) = order else { return };
        let known = self.0.get(&order.id);
        if known.is_none_or(|known| known.version < order.version) {
            self.0.insert(order.id, order.clone());
        }
    }

    /// By the rows and the answers alone: nothing that a client was told is missing or different.
    pub fn judge(&self, rows: &Connection) -> Checked {
        let orders = all(rows)?;
        for (id, told) in &self.0 {
            let Some(order) = orders.get(id) else {
                return Err(format!("an acknowledged order is missing: {told:?}"));
            };
            let is_same = order.owner == told.owner
                && order.lines == told.lines
                && order.total_minor == told.total_minor
                && (told.number.is_none() || told.number == order.number)
                && order.version >= told.version
                && (order.version > told.version || order.status == told.status);
            if !is_same {
                return Err(format!("an acknowledged order differs: {order:?}, told {told:?}"));
            }
        }
        Ok(())
    }
}

impl Clients {
    /// Each order is wanted once: with a key that nobody else of this caller uses, or sent only once.
    pub fn note_of_one(&self) -> Text<1000> {
        Text::stored(&format!("once {}", self.wishes.len()))
    }

    fn order(&mut self) -> PlaceOrder {
        let count = self.random.weighted(&[(6, 1), (3, 2), (1, 4)]).unwrap_or(1);
        let (mut lines, mut total) = (Vec::new(), 0_i64);
        for _ in 0..count {
            let (line, price) = self.order_line();
            let cost = price.minor.saturating_mul(line.quantity.units());
            total = total.saturating_add(cost);
            lines.push(line);
        }
        let total = match self.random.below(20) {
            0..6 => Some(euros(total)),
            6 => Some(euros(total - 1)),
            _ => None,
        };
        let note = match self.random.chance(4) {
            true => Text::stored(POISON),
            false => self.note_of_one(),
        };
        let (id, currency, most) = (OrderId(Uuid::nil()), self.shops_currency(), self.bounds());
        let details = self.details(note);
        PlaceOrder { id, currency, most, lines, total, details, customer: None }
    }

    /// A shop whose currency was changed knows no prices yet.
    pub fn shops_currency(&mut self) -> Currency {
        currency(if self.random.chance(5) { "USD" } else { "EUR" })
    }

    /// Some shops have bounds.
    pub fn bounds(&mut self) -> Most {
        Most {
            per_order: self.random.chance(50).then(|| self.random.between(1, 4)),
            per_caller: self.random.chance(150).then(|| self.random.between(1, 9)),
        }
    }

    /// A line, and what its product cost when it was seen.
    fn order_line(&mut self) -> (ExpectedLine, Money) {
        let seen = self.reference();
        let quantity = match self.random.below(200) {
            0 => Quantity::MAX,
            1 => Quantity::MAX / 2 + 1,
            _ => self.random.between(1, 4),
        };
        let price = seen.as_ref().map_or(euros(100), |(_, product)| product.price);
        let expected = match self.random.below(20) {
            0..8 => Some(price),
            8 => Some(euros(1)),
            9 => Some(Money { currency: currency("USD"), ..price }),
            _ => None,
        };
        let product = self.named(seen.map(|(reference, _)| reference));
        let quantity = Quantity::new(quantity).expect("it is within bounds");
        (ExpectedLine { product, quantity, price: expected }, price)
    }

    /// The staff work on recent orders; owners cancel theirs, and others try to.
    fn order_move(&mut self) -> (usize, MoveOrder) {
        use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
        let recent = self.orders.len().saturating_sub(12);
        let known = match self.random.chance(800) {
            true => self.random.pick(&self.orders[recent..]).copied(),
            false => self.random.pick(&self.orders).copied(),
        };
        let guess = self.random.pick(&self.guessed).copied().filter(|_| self.random.chance(60));
        let order = guess.or(known.map(|(id, _)| id)).unwrap_or(OrderId(self.random.uuid()));
        let owner = known.and_then(|(_, owner)| self.people.iter().position(|p| p.actor == owner));
        let is_staff = self.random.chance(600);
        let place = match (is_staff, owner) {
            (true, _) => self.staff(),
            (false, Some(owner)) if self.random.chance(700) => owner,
            _ => self.customer(),
        };
        let to = match is_staff {
            true => {
                let wanted =
                    [(8, Processing), (4, Completed), (4, Failed), (4, Pending), (2, Cancelled)];
                self.random.weighted(&wanted)
            }
            false => self.random.weighted(&[(12, Cancelled), (1, Completed), (1, Pending)]),
        };
        let reason = self.random.chance(300).then(|| Text::stored("no carrier"));
        // As who has chosen it by its status, and has it right or wrong.
        let from = self.random.chance(40).then(|| self.random.pick(&OrderStatus::ALL).copied());
        let to = to.unwrap_or(Cancelled);
        (place, MoveOrder { from: from.flatten(), reason, ..MoveOrder::of(order, to) })
    }

    /// However often it is asked for, a wish with a key is one order.
    pub fn agree(&mut self, wish: usize, order: OrderId) -> Checked {
        let wish = &mut self.wishes[wish];
        let is_order = matches!(
            wish.action,
            Action::Orders(orders::Action::PlaceOrder(_) | orders::Action::HandOver(_))
                | Action::Carts(carts::Action::Checkout(_))
        );
        let is_new = is_order && wish.key.is_some();
        match wish.order {
            Some(before) if is_new && before != order => {
                Err(format!("one key, two orders: {before} and {order} for {:?}", wish.action))
            }
            _ => {
                wish.order = Some(order);
                Ok(())
            }
        }
    }
}
