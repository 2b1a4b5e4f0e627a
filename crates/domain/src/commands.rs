//! Commands: every change that the shop knows, by noun; and what holds for all of them, which is
//! that a key stands for one request, and that who brings it again is answered as before.

use crate::{
    Context, Facts, Fingerprint, Micros, Once, Trace, accounts, addresses, carts, categories,
    choice, choices, claims, consumers, credentials, factors,
    facts::Keyhole,
    figures, keys, links, orders, products,
    rules::{Done, Keyed, Refused, Rule, Weight, Who},
    sessions, stock, sweeps,
};

/// The one list of the nouns: their commands, and the names of these and of what refuses them.
macro_rules! nouns {
    ($($noun:ident($module:ident)),+ $(,)?) => {
        choice! { $($noun($module::Action)),+ }

        /// The names of all commands, noun by noun.
        pub const NAMES: &[&[&str]] = &[$($module::NAMES),+];

        /// What each of them may be refused for, in the same order.
        pub const REFUSALS: &[&[&[&str]]] = &[$($module::REFUSALS),+];
    };
}

nouns! {
    Accounts(accounts),
    Credentials(credentials),
    Links(links),
    Factors(factors),
    Addresses(addresses),
    Sessions(sessions),
    ApiKeys(keys),
    Categories(categories),
    Products(products),
    Stock(stock),
    Carts(carts),
    Orders(orders),
    Choices(choices),
    Claims(claims),
    Consumers(consumers),
    Figures(figures),
    Sweeps(sweeps),
}

#[derive(Clone, Debug, PartialEq)]
pub struct Command {
    pub who: Who,
    pub action: Action,
}

pub type Decision = Result<Done<Outcome>, Refused<Refusal>>;

impl Command {
    /// What has to be known to decide. Asked again after each load.
    pub fn needs(&self, facts: &mut Facts) {
        self.who.actor.session.iter().for_each(|session| facts.standings.want(session));
        self.who.actor.api_key().iter().for_each(|key| facts.key_standings.want(key));
        if let Some(keyhole) = self.keyhole() {
            match self.action.keyed() {
                Keyed::No => {}
                Keyed::Traced => facts.traces.want(&keyhole),
                Keyed::OnOrder => facts.placed.want(&keyhole),
            }
        }
        self.action.needs(&self.who, facts);
    }

    fn keyhole(&self) -> Option<Keyhole> {
        self.who.keyhole(self.action.keeper(&self.who))
    }

    pub fn decide(&self, facts: &mut Facts, now: Micros) -> Decision {
        if self.is_shut_out(facts) {
            return Err(Refused::ShutOut);
        }
        if let Some(kept) = self.done_before(facts)? {
            return Ok(Done::Before(kept));
        }
        let context = Context { who: &self.who, now };
        let outcome = self.action.decide(context, facts).map_err(Refused::ByRule)?;
        self.leave_trace(&outcome, facts, now);
        Ok(Done::Now(outcome))
    }

    pub fn weight(&self) -> Weight {
        self.action.weight()
    }

    /// Nobody writes with what was taken from him, however long his node takes to hear of it. What this
    /// batch has taken already stands in its rows.
    fn is_shut_out(&self, facts: &Facts) -> bool {
        let actor = self.who.actor;
        if let Some(key) = actor.api_key() {
            let revoked_at = match facts.api_keys.get(&key) {
                Some(key) => Some(key.revoked_at),
                None => facts.key_standings.get(&key).map(|standing| standing.is),
            };
            return revoked_at != Some(None);
        }
        let Some(id) = actor.session else { return false };
        let (session, standing) = (facts.sessions.get(&id), facts.standings.get(&id));
        let era = session.map(|session| session.era).or(standing.map(|standing| standing.is));
        let account = actor.account().and_then(|id| facts.accounts.get(&id));
        session.is_some_and(|session| session.ended_at.is_some())
            || match (account, era) {
                (Some(account), Some(era)) => account.era != era || !account.is_active,
                _ => standing.is_none(),
            }
    }

    fn done_before(&self, facts: &Facts) -> Result<Option<Box<str>>, Refused<Refusal>> {
        let (Some(once), Some(keyhole)) = (&self.who.once, self.keyhole()) else {
            return Ok(None);
        };
        let before: Option<(Fingerprint, Box<str>)> = match self.action.keyed() {
            Keyed::No => None,
            Keyed::Traced => {
                let trace = facts.traces.get(&keyhole);
                trace.map(|trace| (trace.fingerprint, trace.kept.clone()))
            }
            Keyed::OnOrder => {
                let placed = facts.placed.get(&keyhole);
                placed.map(|placed| (placed.fingerprint, placed.order.to_string().into()))
            }
        };
        match before {
            None => Ok(None),
            Some((fingerprint, kept)) if fingerprint.stands_for(once.fingerprint) => Ok(Some(kept)),
            Some(_) => Err(Refused::KeyReused),
        }
    }

    /// An order is its own trace.
    fn leave_trace(&self, outcome: &Outcome, facts: &mut Facts, now: Micros) {
        if self.action.keyed() != Keyed::Traced {
            return;
        }
        let Some((caller, key)) = self.keyhole() else { return };
        let Some(Once { fingerprint, .. }) = self.who.once else { return };
        let kept = Action::kept(outcome);
        facts.traces.make(Trace { caller, key, fingerprint, kept, at: now });
    }
}
