//! The shop's clients: what they want, what they have heard, and what they try again. A client knows
//! only what it was told, so that its prices, versions and tokens grow stale by themselves.

mod answers;

use crate::{
    nouns::{self, Draw, NOUNS, consumers::Followers},
    simulation::kinds::Fault,
    stage::random::Random,
};
use domain::{
    Account, AccountId, Action, Actor, AddressId, ApiKeyId, BeginFactor, Caller, CallerKind,
    Command, CorrelationId, CreateProduct, IdempotencyKey, Link, Listed, Once, OrderId, Product,
    ProductId, Role, Rule, Session, Text, Who, carts,
};
use std::collections::BTreeMap;

/// Who have no account, and come last.
const GUESTS: usize = 3;

/// A place that is nobody's: the shop itself.
pub const SYSTEM: usize = usize::MAX;

#[derive(Clone, Debug)]
pub struct Request {
    pub command: Command,
    /// Which wish of a client it is for.
    pub wish: usize,
    /// Whether the database refuses it for ever, if a rule does not before.
    pub is_poison: bool,
}

/// What a client wants, however often it has to ask.
pub struct Wish {
    actor: Actor,
    pub action: Action,
    pub key: Option<IdempotencyKey>,
    pub order: Option<OrderId>,
}

pub struct Person {
    pub actor: Actor,
    keys: u32,
    /// As it was told last, while there is one.
    pub account: Option<Account>,
    pub password: Text<255>,
    pub addresses: Vec<AddressId>,
    pub sessions: Vec<Session>,
    /// What has come by mail.
    pub links: Vec<Link>,
    /// The secret in the telephone, and the codes on paper.
    pub factor: Option<BeginFactor>,
}

impl Person {
    fn new(role: Role, caller: Caller) -> Person {
        Person {
            actor: Actor::of(caller, role),
            keys: 0,
            account: None,
            password: Text::stored("hash"),
            addresses: Vec::new(),
            sessions: Vec::new(),
            links: Vec::new(),
            factor: None,
        }
    }

    /// Whoever has none is somebody whom the shop does not know.
    pub fn id(&self) -> AccountId {
        self.account.as_ref().map_or(AccountId(self.actor.caller.id), |account| account.id)
    }
}

/// A wish that is asked for again, when its step has come.
struct Again {
    step: u64,
    wish: usize,
    why: Fault,
}

pub struct Clients {
    pub random: Random,
    pub people: Vec<Person>,
    staff: usize,
    pub wishes: Vec<Wish>,
    again: Vec<Again>,
    /// Every version of every product that somebody was told of.
    pub seen: Vec<Product>,
    pub newest: BTreeMap<ProductId, usize>,
    pub orders: Vec<(OrderId, Actor)>,
    /// Ids that were given to orders which may never have been placed.
    pub guessed: Vec<OrderId>,
    pub api_keys: Vec<ApiKeyId>,
    pub followers: Followers,
    draws: Vec<(u32, &'static Draw)>,
    pub step: u64,
}

impl Clients {
    /// What is drawn, and how often.
    pub fn new(mut random: Random, customers: usize, draws: Vec<(u32, &'static Draw)>) -> Clients {
        let staff = 3;
        let person = |place: usize, random: &mut Random| {
            let role = match place {
                0 => Role::Admin,
                1 | 2 => Role::Staff,
                _ => Role::Customer,
            };
            let (kind, id) = (CallerKind::Account, random.uuid());
            Person::new(role, Caller { kind, id })
        };
        let mut people: Vec<_> =
            (0..staff + customers).map(|place| person(place, &mut random)).collect();
        people.extend(
            (0..GUESTS).map(|number| {
                Person::new(Role::Customer, carts::guest(&format!("token {number}")))
            }),
        );
        Clients {
            people,
            staff,
            wishes: Vec::new(),
            again: Vec::new(),
            seen: Vec::new(),
            newest: BTreeMap::new(),
            orders: Vec::new(),
            guessed: Vec::new(),
            api_keys: Vec::new(),
            followers: Followers::new(&mut random),
            draws,
            random,
            step: 0,
        }
    }

    /// Whose account it is, if anybody knows.
    pub fn owner(&mut self, id: AccountId) -> Option<&mut Person> {
        self.people.iter_mut().find(|person| person.account.as_ref().is_some_and(|a| a.id == id))
    }

    pub fn anybody(&mut self) -> usize {
        self.random.below(self.people.len() - GUESTS)
    }

    pub fn customer(&mut self) -> usize {
        self.staff + self.random.below(self.people.len() - GUESTS - self.staff)
    }

    /// Few have carts, so that they come to something: some of the customers, and all guests.
    pub fn shopper(&mut self) -> usize {
        let customers = self.people.len() - GUESTS - self.staff;
        let shopper = self.random.below(customers.min(6) + GUESTS);
        match shopper.checked_sub(GUESTS) {
            Some(customer) => self.staff + customer,
            None => self.people.len() - 1 - shopper,
        }
    }

    pub fn staff(&mut self) -> usize {
        self.random.below(self.staff)
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
        let (place, action) = self.draw();
        let actor = self.people.get(place).map_or(Actor::SYSTEM, |person| person.actor);
        // Most show the session that they were told of last, and some one that may have ended since.
        let told = self.people.get(place).map_or(&[][..], |person| &person.sessions);
        let session = match self.random.below(4) {
            0 => None,
            1 => self.random.pick(told),
            _ => told.last(),
        };
        // Of accounts that they had before they have lost the tokens.
        let session = session.filter(|session| actor.is_account(session.account));
        let actor = Actor { session: session.map(|session| session.id), ..actor };
        let is_keyed = action.fingerprint().is_some() && self.random.chance(650);
        let mut its_key = is_keyed.then(|| self.new_key(place));
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
        for noun in NOUNS {
            is_poison |= noun.renew(self, &mut action, id);
        }
        let fingerprint = action.fingerprint();
        let once = key.zip(fingerprint).map(|(key, fingerprint)| Once { key, fingerprint });
        let who = Who { actor, correlation, once };
        Request { command: Command { who, action }, wish, is_poison }
    }

    /// Who asks next, by place, and what for.
    fn draw(&mut self) -> (usize, Action) {
        let needs_products = self.newest.len() < 3 && self.random.chance(400);
        let first = self.draws.iter().find(|(_, draw)| draw.name == CreateProduct::NAME);
        let draw = match first.filter(|_| needs_products) {
            Some((_, draw)) => draw,
            None => self.random.weighted(&self.draws).unwrap_or_else(|| self.draws[0].1),
        };
        (draw.draw)(self)
    }
}

/// Every command as often as it is drawn by itself; those of one noun, in its turn, three times as
/// often: so that nouns which are many do not drown each other.
pub fn spread(turn: u64) -> Vec<(u32, &'static Draw)> {
    let favoured = (turn % nouns::NOUNS.len() as u64) as usize;
    let of_noun = |(place, noun): (usize, &&'static dyn nouns::Noun)| {
        let times = if place == favoured { 3 } else { 1 };
        noun.draws().iter().map(move |draw| (draw.weight * times, draw))
    };
    NOUNS.iter().enumerate().flat_map(of_noun).collect()
}

fn key(number: u32) -> IdempotencyKey {
    IdempotencyKey::stored(&format!("k{number}"))
}
