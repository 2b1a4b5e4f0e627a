//! Orders that are chosen to be moved together: each attempt finds others, and a key brings the first again.

use super::{Checked, Comes, Draw, Noun, Texts, draws::draws};
use crate::simulation::Clients;
use domain::{
    Action, ChooseOrders, Listed, OrderId, OrderStatus, Text,
    choices::{self, Chosen},
};
use model::Model;
use rusqlite::Connection;
use uuid::Uuid;

const WITH_MOVES: Comes =
    Comes::ByItself("it comes before the moves of a batch, and each of those is asked for");

pub struct Choices;

impl Noun for Choices {
    fn draws(&self) -> &'static [Draw] {
        draws! {
            ChooseOrders, 2, Plain: |clients| (clients.staff(), clients.choice());
        }
    }

    fn ways(&self) -> &'static [(&'static str, Comes)] {
        &[(ChooseOrders::NAME, WITH_MOVES)]
    }

    fn renew(&self, _: &mut Clients, action: &mut Action, id: Uuid) -> bool {
        if let Action::Choices(choices::Action::ChooseOrders(choice)) = action {
            choice.chosen.orders.push(OrderId(id));
        }
        false
    }

    fn twist(&self, _: &Clients, action: &mut Action) -> bool {
        let Action::Choices(choices::Action::ChooseOrders(choice)) = action else { return false };
        choice.reason = Some(Text::stored("for another reason"));
        true
    }

    fn judge(&self, _: &Connection, _: &Model) -> Checked {
        Ok(())
    }

    fn judge_all(&self, _: &Connection, _: &Model) -> Checked {
        Ok(())
    }

    /// It has no rows but those of the keys.
    fn texts(&self) -> Option<Texts> {
        let sql = "select @caller_id, idempotency_key from traces order by 1, 2";
        let expected = |model: &Model| {
            let traces = model.done.keys().filter(|(is_order, ..)| !is_order);
            let mut rows: Vec<_> = traces
                .map(|(_, caller, key)| {
                    vec![caller.id.simple().to_string(), key.as_str().to_owned()]
                })
                .collect();
            rows.sort();
            rows
        };
        Some(Texts { sql, expected })
    }
}

impl Clients {
    fn choice(&mut self) -> ChooseOrders {
        let count = self.random.below(4);
        let to = OrderStatus::ALL[self.random.below(OrderStatus::ALL.len())];
        let orders = (0..count).map(|_| OrderId(self.random.uuid())).collect();
        let more_after = (count == 3).then_some(7);
        ChooseOrders { chosen: Chosen { orders, more_after }, ..ChooseOrders::to(to) }
    }
}
