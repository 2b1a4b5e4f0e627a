//! What becomes of orders besides their moves, as it is drawn: edits by those who may and who may not, and
//! what the shop does by itself.

use crate::simulation::{Clients, SYSTEM};
use domain::{
    AccountId, Contact, Details, EditOrder, ExpirePending, ForgetOrders, Micros, OrderId,
    PlaceOrder, Reference, Text,
};
use uuid::Uuid;

/// So many of the latest orders are changed.
const LATE: usize = 12;

impl Clients {
    /// Mostly for oneself; the staff order for customers, and others try to.
    pub(super) fn placing(&mut self) -> (usize, PlaceOrder) {
        let is_staff = self.random.chance(80);
        let place = if is_staff { self.staff() } else { self.customer() };
        let mut order = self.order();
        if is_staff || self.random.chance(15) {
            let whose = self.customer();
            let nobody = AccountId(self.random.uuid());
            order.customer =
                Some(if self.random.chance(100) { nobody } else { self.people[whose].id() });
        }
        (place, order)
    }

    pub(super) fn details(&mut self, note: Text<1000>) -> Details {
        Details {
            note,
            reference: self.random.chance(100).then(|| Reference::stored("PO-1")),
            delivery_address: self.random.chance(150).then(|| self.postal()),
            contact: self.random.chance(150).then(|| self.contact()),
        }
    }

    fn contact(&mut self) -> Contact {
        let name = self.random.chance(500).then(|| Text::stored("Ada \"A.\" Sutler"));
        let phone = Text::stored(&format!("+49 {}", self.random.below(3)));
        Contact::new(name, None, Some(phone)).expect("it has a phone")
    }

    fn late_order(&mut self) -> OrderId {
        let late = &self.orders[self.orders.len().saturating_sub(LATE)..];
        let known = self.random.pick(late).map(|(id, _)| *id);
        known.unwrap_or_else(|| OrderId(self.random.uuid()))
    }

    pub(super) fn order_edit(&mut self) -> (usize, EditOrder) {
        let order = self.late_order();
        let owner = self.orders.iter().find(|(id, _)| *id == order).map(|(_, owner)| *owner);
        let owner = self.people.iter().position(|person| Some(person.actor) == owner);
        let place = match (self.random.below(10), owner) {
            (0..6, Some(owner)) => owner,
            (6..9, _) => self.staff(),
            _ => self.customer(),
        };
        let version = self.random.between(1, 3);
        let note = ["leave it there", "ring twice", ""][self.random.below(3)];
        let edit = EditOrder {
            order,
            versions: self.random.chance(250).then(|| vec![version, version + 1]),
            note: self.random.chance(300).then(|| Text::stored(note)),
            delivery_address: self.random.chance(400).then(|| self.perhaps(Clients::postal)),
            contact: self.random.chance(400).then(|| self.perhaps(Clients::contact)),
        };
        (place, edit)
    }

    fn perhaps<T>(&mut self, draw: impl FnOnce(&mut Clients) -> T) -> Option<T> {
        self.random.chance(750).then(|| draw(self))
    }

    /// Some late orders, and perhaps one twice.
    fn late_orders(&mut self) -> Vec<OrderId> {
        let count = self.random.between(1, 4);
        (0..count).map(|_| self.late_order()).collect()
    }

    /// So short that some late orders are as old as that, and some are not.
    fn span(&mut self) -> i64 {
        let second = Micros::SECOND;
        let spans = [(2, 0), (2, second), (3, 10 * second), (3, 60 * second), (1, Micros::HOUR)];
        self.random.weighted(&spans).unwrap_or(0)
    }

    pub(super) fn expiry(&mut self) -> (usize, ExpirePending) {
        let orders = self.late_orders();
        (SYSTEM, ExpirePending { orders, ttl_us: self.span() })
    }

    pub(super) fn oblivion(&mut self) -> (usize, ForgetOrders) {
        let orders = self.late_orders();
        let kept_us = self.random.chance(400).then(|| self.span());
        let mut owners: Vec<AccountId> = orders
            .iter()
            .filter_map(|order| self.orders.iter().find(|(id, _)| id == order))
            .filter_map(|(_, owner)| owner.account())
            .collect();
        if self.random.chance(100) {
            owners.push(AccountId(Uuid::nil()));
        }
        (SYSTEM, ForgetOrders { orders, kept_us, owners })
    }
}
