//! A shop, whose facts are held whole between batches, and the books that are kept of it.

use crate::{
    books::Books,
    nouns::{
        NOUNS,
        accounts::{account, stand_again},
        carts::promise,
        products::product,
    },
    script::Batch,
    store::flush,
};
use domain::{
    Caller, Command, CorrelationId, Counter, Decision, Done, EntryKind, Facts, Listed, LocationId,
    Micros, Money, Product, ProductId, Refused, Role, Shelf, Stock, StockEntry,
    facts::{PublicIdOwner, Row, SkuOwner, Table},
    products,
    sweeps::Prune,
};
use uuid::Uuid;

pub struct Shop {
    pub facts: Facts,
    pub books: Books,
    pub now: Micros,
    prune: Option<Prune>,
}

impl Shop {
    /// Four products; of the second and third some units are promised to carts. Whoever asks has an account.
    pub fn open() -> Shop {
        let now = Micros(1_700_000_000_000_000);
        let mut shop = Shop { facts: Facts::default(), books: Books::default(), now, prune: None };
        for name in NOUNS.iter().filter_map(|noun| noun.counter()) {
            shop.facts.counters.load(Counter { name, last: 0 });
        }
        for (id, minor, on_hand, reserved) in
            [(1, 250, 6, 0), (2, 999, 12, 3), (3, 250, 3, 3), (4, Money::MAX_MINOR, 1_000_000, 0)]
        {
            shop.shelve(product(id, minor, now), Stock { on_hand, reserved });
        }
        for (number, role) in
            [(1, Role::Customer), (2, Role::Customer), (3, Role::Staff), (4, Role::Admin)]
        {
            shop.facts.accounts.load(account(number, role, now));
        }
        NOUNS.iter().for_each(|noun| noun.name_again(&mut shop.facts));
        shop
    }

    pub fn shelve(&mut self, product: Product, Stock { on_hand, reserved }: Stock) {
        let (id, facts) = (product.id, &mut self.facts);
        facts.skus.load(SkuOwner { name: product.sku.clone(), is: id });
        facts.public_ids.load(PublicIdOwner { name: product.public_id, is: id });
        facts.shelves.load(Shelf { on_hand, reserved, ..Shelf::empty(id) });
        if reserved > 0 {
            promise(facts, id, reserved, self.now);
        }
        let name = products::COUNTER;
        let last = facts.counters.get(&name).map_or(0, |counter| counter.last);
        facts.counters.load(Counter { name, last: last.max(id.0) });
        facts.products.load(product);
        self.books.entries.push(first_receipt(id, on_hand, self.now));
    }

    /// Time passes; what the last sweep has found too old goes.
    pub fn wait(&mut self, pause_us: i64) {
        self.now = self.now.plus(pause_us);
        if let Some(prune) = self.prune.take() {
            let Facts { traces, sessions, consumers, links, .. } = &mut self.facts;
            retain(traces, |trace| trace.at >= prune.traces_before);
            retain(sessions, |session| session.expires_at >= prune.sessions_before);
            retain(consumers, |consumer| consumer.seen_at >= prune.consumers_before);
            retain(links, |link| link.expires_at >= prune.links_before);
            stand_again(&mut self.facts);
            self.books.trail.retain(|entry| entry.at >= prune.trail_before);
        }
    }

    /// Decides one batch as a store does, and keeps what it changed.
    pub fn run(&mut self, batch: &Batch) -> Vec<Decision> {
        self.wait(batch.pause_us);
        self.decide(&batch.commands)
    }

    pub fn decide(&mut self, commands: &[Command]) -> Vec<Decision> {
        let (decisions, decided) = decide(self.facts.clone(), commands, self.now);
        self.keep(decided);
        decisions
    }

    pub fn keep(&mut self, decided: Facts) {
        self.facts = flush(&self.facts, &decided);
        for erasure in &decided.erasures.0 {
            let sessions = self.facts.sessions.rows.values_mut().map(|slot| &mut slot.row);
            let theirs = sessions.filter(|session| session.account == erasure.account);
            theirs.for_each(|session| (session.agent, session.origin) = (None, None));
        }
        self.books.record(&decided, self.now);
        self.prune = decided.prunes.0.last().cloned().or(self.prune.take());
    }
}

fn retain<R: Row>(table: &mut Table<R>, is_kept: impl Fn(&R) -> bool) {
    table.rows.retain(|_, slot| is_kept(&slot.row));
}

pub fn decide(mut facts: Facts, commands: &[Command], now: Micros) -> (Vec<Decision>, Facts) {
    let decisions = commands.iter().map(|command| command.decide(&mut facts, now)).collect();
    (decisions, facts)
}

/// A decision as its own command tells it; what a key brings again is left as it is kept.
pub fn typed<C: Listed>(decision: Decision) -> Result<Done<C::Outcome>, Refused<C::Refusal>> {
    match decision {
        Ok(done) => Ok(done.map(|outcome| C::outcome(outcome).expect("its own outcome"))),
        Err(refused) => Err(refused.map(|refusal| C::refusal(refusal).expect("its own refusal"))),
    }
}

fn first_receipt(product: ProductId, delta: i64, at: Micros) -> StockEntry {
    let (location, kind, actor) = (LocationId::MAIN, EntryKind::Receipt, Caller::SYSTEM);
    let correlation = CorrelationId(Uuid::nil());
    StockEntry { product, location, kind, delta, reason: None, actor, correlation, at }
}
