//! What a client learns from an answer, and what it asks again: with its key if it does not know how
//! its request ended, and sometimes although it knows.

use super::{Again, Clients, Request, Wish};
use crate::simulation::kinds::Fault;
use domain::{Action, OrderId, Outcome, Product, Text, idempotency::Kept};
use store::{Rejection, Reply};

impl Clients {
    /// What a client hears of one request, and what it does about it.
    pub fn hear(&mut self, request: &Request, reply: Option<&Reply>) -> Result<(), String> {
        let wish = request.wish;
        match reply {
            Some(Ok(outcome)) => {
                self.learn(request, outcome)?;
                if self.wishes[wish].key.is_some() && self.random.chance(120) {
                    self.ask_again(wish, 60, Fault::StaleRetry);
                }
                if self.wishes[wish].key.is_some() && self.random.chance(30) {
                    self.misuse_key(wish);
                }
            }
            Some(Err(Rejection::Refused(_))) => {
                if self.wishes[wish].key.is_some() && self.random.chance(100) {
                    self.ask_again(wish, 40, Fault::StaleRetry);
                }
            }
            Some(Err(Rejection::Poisonous(_))) if request.is_poison => {}
            Some(Err(_)) | None => {
                if self.wishes[wish].key.is_some() {
                    self.ask_again(wish, 30, Fault::Retried);
                }
            }
        }
        Ok(())
    }

    fn ask_again(&mut self, wish: usize, steps: i64, why: Fault) {
        let step = self.step + self.random.between(1, steps) as u64;
        self.again.push(Again { step, wish, why });
    }

    /// The same key for another request: as somebody does who counts wrong, or whose order a
    /// neighbour's key would get.
    fn misuse_key(&mut self, wish: usize) {
        let Wish { actor, action, key, .. } = &self.wishes[wish];
        let (mut actor, mut action, key) = (*actor, action.clone(), key.clone());
        let why = match self.random.chance(500) {
            true => Fault::OtherRequest,
            false => Fault::BorrowedKey,
        };
        if why == Fault::BorrowedKey {
            let Some(person) = self.random.pick(&self.people) else { return };
            actor = person.actor;
        }
        match &mut action {
            Action::PlaceOrder(order) => {
                order.note = Text::stored(&format!("once {}", self.wishes.len()));
            }
            Action::MoveStock(movement) => movement.partial = !movement.partial,
            Action::EditProduct(edit) => match edit.image_url {
                // To clear is another request than to leave.
                Some(None) => edit.image_url = None,
                _ => edit.image_url = Some(None),
            },
            Action::CreateProduct(product) => product.name = Text::stored("another thing"),
            Action::MoveOrder(change) => change.reason = Some(Text::stored("another reason")),
            _ => return,
        }
        self.wishes.push(Wish { actor, action, key, order: None });
        self.ask_again(self.wishes.len() - 1, 20, why);
    }

    fn learn(&mut self, request: &Request, outcome: &Outcome) -> Result<(), String> {
        match outcome {
            Outcome::Registered(account) => {
                let asker = request.command.actor;
                if let Some(person) = self.people.iter_mut().find(|p| p.actor == asker) {
                    person.account = Some(account.id);
                }
            }
            Outcome::Session(session) => {
                let person = self.people.iter_mut().find(|p| p.account == Some(session.account));
                if let Some(person) = person {
                    person.sessions.push((session.id, session.generation));
                }
            }
            Outcome::Product(product, _) => {
                self.newest.insert(product.id, self.seen.len());
                self.seen.push(Product::clone(product));
            }
            Outcome::Placed(order) => {
                self.orders.push((order.id, request.command.actor));
                self.agree(request.wish, order.id)?;
            }
            Outcome::Replayed(Kept::Order(id)) => self.agree(request.wish, *id)?,
            Outcome::Replayed(_) | Outcome::Moved(_) | Outcome::StockMoved(_) => {}
            Outcome::Category(_) | Outcome::Swept => {}
        }
        Ok(())
    }

    /// However often it is asked for, a wish with a key is one order.
    fn agree(&mut self, wish: usize, order: OrderId) -> Result<(), String> {
        let wish = &mut self.wishes[wish];
        let is_new = matches!(wish.action, Action::PlaceOrder(_)) && wish.key.is_some();
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
