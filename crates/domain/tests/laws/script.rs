//! Scripts: batches of finished commands, each some time after the one before.
//!
//! The scribe gives every attempt ids of its own, as the server does, and resolves "the order that
//! was begun three attempts ago". It knows nothing of what the shop will answer.

use crate::{
    drafts::{Draft, FIRST_CREATED, NOBODY_YET, Repeat, Step, drafts, staff, text},
    nouns::{
        NOUNS,
        orders::{move_from, move_to},
        sessions::log_in,
        stock::clearance,
    },
};
use domain::{
    AccountId, Action, Actor, AddressId, ApiKeyId, Caller, Command, CorrelationId, IdempotencyKey,
    Listed, Micros, Once, OpenSession, OrderId, RefreshSession, Role, Rule, SessionId, Who, carts,
    orders,
};
use proptest::{collection::vec, prelude::*, sample::select};
use uuid::Uuid;

pub const SESSION_LIFETIME_US: i64 = 2 * Micros::DAY;
pub const GRACE_US: i64 = 10 * Micros::SECOND;

#[derive(Clone, Debug)]
pub struct Batch {
    pub pause_us: i64,
    pub commands: Vec<Command>,
}

/// Whether an order's key may also be the key of another command of its caller.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Keys {
    Shared,
    Apart,
}

pub fn scripts(keys: Keys) -> impl Strategy<Value = Vec<Batch>> {
    let pauses = prop_oneof![
        6 => select(vec![0, 1, 3 * Micros::SECOND, 60 * Micros::SECOND]),
        1 => select(vec![Micros::HOUR, 25 * Micros::HOUR, 40 * Micros::DAY]),
    ];
    vec((pauses, vec(drafts(), 1..9)), 1..9).prop_map(move |batches| {
        let mut scribe = Scribe::new(keys);
        let finish = |(pause_us, drafts): (i64, Vec<Draft>)| {
            let commands = drafts.into_iter().flat_map(|draft| scribe.finish(draft)).collect();
            Batch { pause_us, commands }
        };
        batches.into_iter().map(finish).collect()
    })
}

pub struct Scribe {
    order_keys: Keys,
    made: u128,
    pub created: u128,
    /// Whose attempt it is.
    pub actor: Actor,
    pub orders: Vec<(OrderId, Actor)>,
    pub sessions: Vec<(SessionId, AccountId)>,
    pub accounts: Vec<AccountId>,
    pub keys: Vec<ApiKeyId>,
    pub addresses: Vec<(AccountId, AddressId)>,
    written: Vec<Command>,
}

impl Scribe {
    fn new(keys: Keys) -> Scribe {
        Scribe {
            order_keys: keys,
            made: 0,
            created: FIRST_CREATED,
            actor: Actor::SYSTEM,
            orders: vec![],
            sessions: vec![],
            accounts: vec![],
            keys: vec![],
            addresses: vec![],
            written: vec![],
        }
    }

    fn finish(&mut self, Draft { actor, key, step }: Draft) -> Vec<Command> {
        let id = self.make_id();
        let action = match step {
            Step::Act(action) => *action,
            // The last one has the key, and so has it again.
            Step::Acts(actions) => {
                let last = actions.last().cloned();
                let finish = |action: Action| {
                    let key = key.filter(|_| Some(&action) == last.as_ref());
                    let key = key.map(|number| self.key(number, &action));
                    self.command(actor, key, action)
                };
                return actions.into_iter().map(finish).collect();
            }
            Step::OpenSession { known, proof, tokens, ends } => {
                let account = AccountId(actor.caller.id);
                let open = OpenSession { known, ends, ..log_in(account, proof) };
                let opened = self.command(actor, None, open.action());
                let trades = tokens.into_iter().map(|token| self.refresh(actor, 0, token));
                return [opened].into_iter().chain(trades).collect();
            }
            Step::RefreshSession { back, generation } => {
                return vec![self.refresh(actor, back, generation)];
            }
            Step::Walk { placed, back, route, sold_out, seen, last, by_owner, twice } => {
                let back = if placed.is_some() { 0 } else { back };
                let placed = placed.map(|order| self.command(actor, None, *order));
                let (order, owner) = back_in(&self.orders, back).unwrap_or((OrderId(id), actor));
                let route = route.into_iter().map(|to| move_to(order, to));
                let moves = route.chain(sold_out.then(clearance));
                let moves = moves.map(|action| self.command(staff(), None, action));
                let mut walk: Vec<_> = placed.into_iter().chain(moves).collect();
                let actor = if by_owner { owner } else { actor };
                let action = move_from(order, seen, last);
                let key = key.map(|number| self.key(number, &action));
                for _ in 0..=u8::from(twice) {
                    walk.push(self.command(actor, key.clone(), action.clone()));
                }
                return walk;
            }
            Step::Repeat { back, how } => return self.repeat(back, how).into_iter().collect(),
        };
        let key = key.map(|number| self.key(number, &action));
        vec![self.command(actor, key, action)]
    }

    fn refresh(&mut self, actor: Actor, back: usize, generation: i64) -> Command {
        let nobody = (SessionId(NOBODY_YET), AccountId(NOBODY_YET));
        let (id, account) = back_in(&self.sessions, back).unwrap_or(nobody);
        let (grace_us, lifetime_us) = (GRACE_US, SESSION_LIFETIME_US);
        let origin = Some(text("home"));
        let refresh = RefreshSession { id, account, generation, grace_us, origin, lifetime_us };
        self.command(actor, None, refresh.action())
    }

    /// In a world of `Apart` an order's keys begin with another letter.
    fn key(&self, number: u8, action: &Action) -> IdempotencyKey {
        let is_order = matches!(
            action,
            Action::Orders(orders::Action::PlaceOrder(_))
                | Action::Carts(carts::Action::Checkout(_))
        );
        let letter = if is_order && self.order_keys == Keys::Apart { 'O' } else { 'K' };
        IdempotencyKey::new(&format!("{letter}{number}")).unwrap()
    }

    fn repeat(&mut self, back: usize, how: Repeat) -> Option<Command> {
        let earlier = back_in(&self.written, back)?;
        let Who { actor: before, once, .. } = earlier.who;
        let key = once.map(|once| once.key);
        Some(match how {
            Repeat::Same => self.command(before, key, earlier.action),
            Repeat::OtherRequest => self.command(before, key, twisted(earlier.action)),
            Repeat::OtherCaller(actor) => self.command(actor, key, earlier.action),
        })
    }

    fn command(
        &mut self,
        actor: Actor,
        key: Option<IdempotencyKey>,
        mut action: Action,
    ) -> Command {
        let correlation = CorrelationId(self.make_id());
        let actor = self.shown(actor);
        self.actor = actor;
        for noun in NOUNS {
            noun.renew(&mut action, self);
        }
        let once =
            key.zip(action.fingerprint()).map(|(key, fingerprint)| Once { key, fingerprint });
        let command = Command { who: Who { actor, correlation, once }, action };
        self.written.push(command.clone());
        command
    }

    /// Some show a session that may have ended, or a key that may have been revoked.
    fn shown(&self, actor: Actor) -> Actor {
        let is_his = |of: &&(SessionId, AccountId)| actor.is_account(of.1);
        match (self.made % 4, self.keys.last()) {
            (1, Some(key)) if actor.role == Role::Staff => {
                Actor::of(Caller::api_key(*key), Role::Staff)
            }
            (2, _) => {
                let session = self.sessions.iter().rev().find(is_his).map(|(id, _)| *id);
                Actor { session, ..actor }
            }
            _ => actor,
        }
    }

    pub fn make_id(&mut self) -> Uuid {
        self.made += 1;
        Uuid::from_u128(self.made << 32)
    }
}

pub fn back_in<T: Clone>(list: &[T], back: usize) -> Option<T> {
    list.iter().rev().nth(back).cloned()
}

/// Another request of the same kind.
pub fn twisted(mut action: Action) -> Action {
    NOUNS.iter().for_each(|noun| noun.twist(&mut action));
    action
}
