//! The shop's clients: what they want, what they have heard, and what they try again. A client knows
//! only what it was told, so that its prices, versions and tokens grow stale by themselves.

mod answers;
mod asks;
mod followers;

use crate::{
    random::Random,
    simulation::{kinds::Fault, model::POISON},
};
pub use asks::{DRAWS, Draw};
use domain::{
    AccountId, Action, Actor, Caller, CallerKind, Command, CorrelationId, CreateProduct,
    IdempotencyKey, Listed, Once, OrderId, Product, ProductId, ProductRef, PublicId, Role, Rule,
    SessionId, Sku, Text, Who, accounts, orders, products, sessions,
};
use followers::Followers;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
pub struct Request {
    pub command: Command,
    /// Which wish of a client it is for.
    pub wish: usize,
    /// Whether the database refuses it for ever, if a rule does not before.
    pub is_poison: bool,
}

/// What a client wants, however often it has to ask.
struct Wish {
    actor: Actor,
    action: Action,
    key: Option<IdempotencyKey>,
    order: Option<OrderId>,
}

struct Person {
    actor: Actor,
    keys: u32,
    account: Option<AccountId>,
    sessions: Vec<(SessionId, i64)>,
}

/// A wish that is asked for again, when its step has come.
struct Again {
    step: u64,
    wish: usize,
    why: Fault,
}

pub struct Clients {
    random: Random,
    people: Vec<Person>,
    staff: usize,
    wishes: Vec<Wish>,
    again: Vec<Again>,
    /// Every version of every product that somebody was told of.
    seen: Vec<Product>,
    newest: BTreeMap<ProductId, usize>,
    orders: Vec<(OrderId, Actor)>,
    /// Ids that were given to orders which may never have been placed.
    guessed: Vec<OrderId>,
    followers: Followers,
    step: u64,
}

impl Clients {
    pub fn new(mut random: Random, customers: usize) -> Clients {
        let staff = 3;
        let person = |place: usize, random: &mut Random| {
            let role = match place {
                0 => Role::Admin,
                1 | 2 => Role::Staff,
                _ => Role::Customer,
            };
            let caller = Caller { kind: CallerKind::Account, id: random.uuid() };
            Person { actor: Actor { caller, role }, keys: 0, account: None, sessions: Vec::new() }
        };
        let people = (0..staff + customers).map(|place| person(place, &mut random)).collect();
        Clients {
            people,
            staff,
            wishes: Vec::new(),
            again: Vec::new(),
            seen: Vec::new(),
            newest: BTreeMap::new(),
            orders: Vec::new(),
            guessed: Vec::new(),
            followers: Followers::new(&mut random),
            random,
            step: 0,
        }
    }

    /// Requests of this step, with the feed at this position: what is due again comes first.
    pub fn ask(&mut self, step: u64, position: i64, count: usize) -> Vec<(Request, Option<Fault>)> {
        self.step = step;
        self.followers.feed = position;
        let mut asked = Vec::new();
        let due: Vec<Again>;
        (due, self.again) =
            std::mem::take(&mut self.again).into_iter().partition(|again| again.step <= step);
        for again in due {
            asked.push((self.request(again.wish), Some(again.why)));
        }
        while asked.len() < count {
            let wish = self.wish();
            asked.push((self.request(wish), None));
            if self.random.chance(20) && self.wishes[wish].key.is_some() {
                asked.push((self.request(wish), Some(Fault::Duplicated)));
            }
        }
        asked
    }

    /// Whether somebody still waits to ask again.
    pub fn is_waiting(&self) -> bool {
        self.again.iter().any(|again| again.why == Fault::Retried)
    }

    /// Brings what is to be asked again forward.
    pub fn hurry(&mut self) {
        self.again.retain(|again| again.why == Fault::Retried);
        self.again.iter_mut().for_each(|again| again.step = 0);
    }

    fn wish(&mut self) -> usize {
        let (place, mut action) = self.draw();
        let actor = self.people.get(place).map_or(Actor::SYSTEM, |person| person.actor);
        let is_keyed = action.fingerprint().is_some() && self.random.chance(650);
        let mut its_key = is_keyed.then(|| self.new_key(place));
        if let Action::Orders(orders::Action::PlaceOrder(order)) = &mut action {
            // Wanted once: with a key that nobody else of this caller uses, or sent only once.
            order.note = Text::stored(&format!("once {}", self.wishes.len()));
            if self.random.chance(4) {
                order.note = Text::stored(POISON);
            }
        }
        if let Some(other) = self.random.pick(&self.people).filter(|_| is_keyed)
            && self.random.chance(15)
        {
            its_key = Some(key(other.keys));
        }
        self.wishes.push(Wish { actor, action, key: its_key, order: None });
        self.wishes.len() - 1
    }

    /// Callers count for themselves, so that the same key has many owners.
    fn new_key(&mut self, place: usize) -> IdempotencyKey {
        // Some forget to count, so that one key is sent with two requests, of two kinds perhaps.
        let counts = self.random.chance(930);
        let number = self.people.get_mut(place).map_or(0, |person| {
            person.keys += u32::from(counts);
            person.keys
        });
        key(number)
    }

    /// One more request for a wish, with ids of its own, as a node would make them.
    fn request(&mut self, wish: usize) -> Request {
        let Wish { actor, action, key, .. } = &self.wishes[wish];
        let (actor, key, mut action) = (*actor, key.clone(), action.clone());
        let correlation = CorrelationId(self.random.uuid());
        let id = self.random.uuid();
        let mut is_poison = false;
        match &mut action {
            Action::Orders(orders::Action::PlaceOrder(order)) => {
                order.id = OrderId(id);
                is_poison = order.note.as_str() == POISON;
                self.guessed.push(order.id);
            }
            Action::Accounts(accounts::Action::Register(account)) => account.id = AccountId(id),
            Action::Sessions(sessions::Action::OpenSession(session)) => {
                session.id = SessionId(id);
                // Perhaps it is registered, and nobody has told.
                is_poison = !self.people.iter().any(|p| p.account == Some(session.account));
            }
            Action::Products(products::Action::CreateProduct(product)) => {
                product.public_id = PublicId(id);
                product.made_sku = Sku::stored(&format!("made-{}", id.simple()));
            }
            _ => {}
        }
        let fingerprint = action.fingerprint();
        let once = key.zip(fingerprint).map(|(key, fingerprint)| Once { key, fingerprint });
        let who = Who { actor, correlation, once };
        Request { command: Command { who, action }, wish, is_poison }
    }

    /// Who asks next, by place, and what for.
    fn draw(&mut self) -> (usize, Action) {
        let needs_products = self.newest.len() < 3 && self.random.chance(400);
        let weights = DRAWS.iter().map(|draw| match needs_products {
            true => (u32::from(draw.name == CreateProduct::NAME), draw),
            false => (draw.weight, draw),
        });
        let weights: Vec<_> = weights.collect();
        let draw = self.random.weighted(&weights).unwrap_or(&DRAWS[0]);
        (draw.draw)(self)
    }

    fn reference(&mut self) -> Option<(ProductRef, Product)> {
        let product = match self.random.chance(850) {
            true => {
                let places: Vec<usize> = self.newest.values().copied().collect();
                &self.seen[*self.random.pick(&places)?]
            }
            false => self.random.pick(&self.seen)?,
        };
        let product = product.clone();
        let reference = match self.random.below(3) {
            0 => ProductRef::Id(product.id),
            1 => ProductRef::PublicId(product.public_id),
            _ => ProductRef::Sku(product.sku.clone()),
        };
        Some((reference, product))
    }
}

fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::stored(&format!("k{number}"))
}
