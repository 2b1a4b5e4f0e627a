//! What a client learns from an answer, and what it asks again: with its key if it does not know how
//! its request ended, and sometimes although it knows.

use super::{Again, Clients, Request, Wish};
use crate::simulation::{kept::Kept, kinds::Fault};
use domain::{
    Action, Done, OrderId, Outcome, Product, Text, accounts, consumers, orders, products, sessions,
    stock,
};
use store::{Rejection, Reply};

impl Clients {
    /// What a client hears of one request, and what it does about it.
    pub fn hear(&mut self, request: &Request, reply: Option<&Reply>) -> Result<(), String> {
        let wish = request.wish;
        match reply {
            Some(Ok(answered)) => {
                match &answered.done {
                    Done::Now(outcome) => self.learn(request, outcome)?,
                    Done::Before(text) => {
                        if let Kept::Order(id) = Kept::read(&request.command.action, text) {
                            self.agree(wish, id)?;
                        }
                    }
                }
                if self.wishes[wish].key.is_some() && self.random.chance(120) {
                    self.ask_again(wish, 60, Fault::StaleRetry);
                }
                if self.wishes[wish].key.is_some() && self.random.chance(30) {
                    self.misuse_key(wish);
                }
            }
            Some(Err(Rejection::Refused(_) | Rejection::KeyReused)) => {
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
            Action::Orders(orders::Action::PlaceOrder(order)) => {
                order.note = Text::stored(&format!("once {}", self.wishes.len()));
            }
            Action::Stock(stock::Action::MoveStock(movement)) => {
                movement.partial = !movement.partial;
            }
            Action::Products(products::Action::EditProduct(edit)) => match edit.image_url {
                // To clear is another request than to leave.
                Some(None) => edit.image_url = None,
                _ => edit.image_url = Some(None),
            },
            Action::Products(products::Action::CreateProduct(product)) => {
                product.name = Text::stored("another thing");
            }
            Action::Orders(orders::Action::MoveOrder(change)) => {
                change.reason = Some(Text::stored("another reason"));
            }
            _ => return,
        }
        self.wishes.push(Wish { actor, action, key, order: None });
        self.ask_again(self.wishes.len() - 1, 20, why);
    }

    fn learn(&mut self, request: &Request, outcome: &Outcome) -> Result<(), String> {
        match outcome {
            Outcome::Accounts(accounts::Outcome::Register(account)) => {
                let asker = request.command.who.actor;
                if let Some(person) = self.people.iter_mut().find(|p| p.actor == asker) {
                    person.account = Some(account.id);
                }
            }
            Outcome::Sessions(
                sessions::Outcome::OpenSession(session)
                | sessions::Outcome::RefreshSession(session),
            ) => {
                let person = self.people.iter_mut().find(|p| p.account == Some(session.account));
                if let Some(person) = person {
                    person.sessions.push((session.id, session.generation));
                }
            }
            Outcome::Products(
                products::Outcome::CreateProduct((product, _))
                | products::Outcome::EditProduct((product, _)),
            ) => {
                self.newest.insert(product.id, self.seen.len());
                self.seen.push(Product::clone(product));
            }
            Outcome::Orders(orders::Outcome::PlaceOrder(order)) => {
                self.orders.push((order.id, request.command.who.actor));
                self.agree(request.wish, order.id)?;
            }
            Outcome::Consumers(
                consumers::Outcome::TakeLease(consumer) | consumers::Outcome::MoveCursor(consumer),
            ) => self.followers.hear(consumer),
            Outcome::Orders(orders::Outcome::MoveOrder(_)) | Outcome::Stock(_) => {}
            Outcome::Categories(_) | Outcome::Sweeps(_) => {}
        }
        Ok(())
    }

    /// However often it is asked for, a wish with a key is one order.
    fn agree(&mut self, wish: usize, order: OrderId) -> Result<(), String> {
        let wish = &mut self.wishes[wish];
        let is_new = matches!(wish.action, Action::Orders(orders::Action::PlaceOrder(_)))
            && wish.key.is_some();
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
