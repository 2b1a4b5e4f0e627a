//! What a client learns from an answer, and what it asks again: with its key if it does not know how
//! its request ended, and sometimes although it knows.

use super::{Again, Clients, Request, Wish};
use crate::{nouns::NOUNS, simulation::kinds::Fault};
use domain::Done;
use model::Kept;
use store::{Rejection, Reply};

impl Clients {
    /// What a client hears of one request, and what it does about it.
    pub fn hear(&mut self, request: &Request, reply: Option<&Reply>) -> Result<(), String> {
        let wish = request.wish;
        match reply {
            Some(Ok(answered)) => {
                match &answered.done {
                    Done::Now(outcome) => {
                        for noun in NOUNS {
                            noun.learn(self, request, outcome)?;
                        }
                    }
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
            Some(Err(Rejection::Refused(_) | Rejection::ShutOut | Rejection::KeyReused)) => {
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
        if !NOUNS.iter().any(|noun| noun.twist(self, &mut action)) {
            return;
        }
        self.wishes.push(Wish { actor, action, key, order: None });
        self.ask_again(self.wishes.len() - 1, 20, why);
    }
}
