//! A fault on an engine, cycle by cycle.

use super::{
    Outcome, TortureArgs,
    client::Client,
    comparison::{Comparison, Past},
    faults::{Blow, Fault},
    journal::{Fate, Journal},
    outside::Outside,
    requests::Asked,
    roles,
    rows::Rows,
    spans::Spans,
    stand::Stand,
};
use crate::stage::{
    engines::Engine,
    random::{Random, seed_of},
};
use anyhow::{Context, bail};
use domain::{Listed, PlaceOrder};
use futures_util::future::join_all;
use std::{
    collections::BTreeMap,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

/// A shop is tortured for so long, and then another opens: the whole of it is compared every time.
const CYCLES_PER_SHOP: u32 = 25;
/// What the shop does by itself: a lease that a dead node has left, and the attempts of one order.
const ENDS_WITHIN: Duration = Duration::from_secs(45);
const LOOKS_AGAIN: Duration = Duration::from_millis(500);
/// After the fault has healed, clients go on for a while.
const AFTERWARDS: Duration = Duration::from_millis(30);

pub async fn torture(
    fault: &'static Fault,
    engine: Engine,
    program: &Path,
    args: &TortureArgs,
) -> anyhow::Result<Outcome> {
    let mut outcome = Outcome::default();
    if let Some(why) = fault.missing(engine) {
        return Ok(Outcome { skipped: Some(why), ..outcome });
    }
    let seed = args.seed ^ seed_of(&format!("{engine} {}", fault.name));
    let mut random = Random::new(seed);
    while outcome.cycles < args.cycles && outcome.broken.is_none() {
        let shop = u64::from(outcome.cycles / CYCLES_PER_SHOP);
        let cycles = CYCLES_PER_SHOP.min(args.cycles - outcome.cycles);
        let own = Random::new(random.next());
        let mut shop = Shop::open(fault, engine, program, own, (shop, seed)).await?;
        for cycle in 1..=cycles {
            outcome.cycles += 1;
            let mut wrong = shop.cycle(&mut outcome).await;
            if wrong.is_empty() && cycle == cycles {
                wrong = shop.left_alone().await;
            }
            if let Some(first) = wrong.first() {
                let kept = shop.keep(&wrong, args)?;
                outcome.broken = Some(format!(
                    "in cycle {}: {first} (and {} more; all in {kept}; again: proof torture \
                     --faults {} --engines {} --seed {})",
                    outcome.cycles,
                    wrong.len() - 1,
                    fault.name,
                    engine.to_string().to_lowercase(),
                    args.seed
                ));
                break;
            }
        }
        shop.sum_up(&mut outcome);
    }
    Ok(outcome)
}

/// A shop under torture, and its clients.
struct Shop {
    fault: &'static Fault,
    name: String,
    stand: Stand,
    journal: Arc<Journal>,
    clients: Vec<Client>,
    random: Random,
    past: Past,
    /// What the shop has done by itself.
    seen: BTreeMap<&'static str, usize>,
    /// Where the present cycle begins.
    from: usize,
}

impl Shop {
    async fn open(
        fault: &'static Fault,
        engine: Engine,
        program: &Path,
        mut random: Random,
        (number, seed): (u64, u64),
    ) -> anyhow::Result<Shop> {
        let (spans, needs) = (Spans::of(seed.wrapping_add(number)), fault.needs(engine));
        let spans = if needs.service { spans.served(number) } else { spans };
        let stand = Stand::open(engine, program, needs, (spans, random.next())).await?;
        for node in 0..stand.nodes.len() {
            stand.start(node, None).await?;
        }
        let journal = Arc::new(Journal::at(&stand.disk.beside().join("journal.jsonl"))?);
        stand.wait_for_followers().await?;
        let clients = roles::clients(&stand, &journal, &mut random).await?;
        if fault.blow == Blow::CutPower {
            // What came before the first loss of power is not what is tried.
            tokio::task::block_in_place(|| stand.disk.sync())?;
        }
        let name = format!("{}-{engine}-{number}", fault.name);
        let (past, seen, from) = (Past::new(), BTreeMap::new(), 0);
        Ok(Shop { fault, name, stand, journal, clients, random, past, seen, from })
    }

    /// What went wrong, in words.
    async fn cycle(&mut self, outcome: &mut Outcome) -> Vec<String> {
        self.from = self.journal.len();
        let struck =
            cycle(self.fault, &self.stand, &self.journal, &mut self.clients, &mut self.random);
        let struck = struck.await;
        let mut wrong = self.take_wrong();
        match struck {
            Ok(struck) => outcome.struck += u32::from(struck),
            Err(error) => wrong.push(format!("{error:#}")),
        }
        let entries = self.journal.entries();
        outcome.unknown += entries[self.from..].iter().filter(|entry| entry.was_unknown).count();
        if !wrong.is_empty() {
            return wrong;
        }
        let mut past = self.past.clone();
        wrong = self.compared(&mut past, Outside::before(&self.stand)).await;
        if !wrong.is_empty() && self.fault.leaves_requests_behind() {
            // A request may have arrived after everything else: its sender learns of it by its key.
            join_all(self.clients.iter_mut().map(Client::ask_again_in_doubt)).await;
            past = self.past.clone();
            wrong = self.compared(&mut past, Outside::before(&self.stand)).await;
        }
        self.past = past;
        match self.stand.audit().await {
            Ok(found) => wrong.extend(found),
            Err(error) => wrong.push(format!("sutler audit: {error:#}")),
        }
        for node in &self.stand.nodes {
            if let Ok(Some(status)) = node.ended() {
                wrong.push(format!("a node has died by itself: {status}"));
            }
        }
        wrong.extend(self.take_wrong());
        wrong
    }

    /// What clients, or other systems, have seen that may not be.
    fn take_wrong(&self) -> Vec<String> {
        let mut wrong = self.journal.take_wrong();
        wrong.extend(self.stand.service.iter().flat_map(|service| service.book.take_wrong()));
        wrong
    }

    async fn compared(&mut self, past: &mut Past, mut outside: Outside) -> Vec<String> {
        let leaves_requests_behind = self.fault.leaves_requests_behind();
        let rows = match Rows::read(&self.stand.location).await {
            Ok(rows) => rows,
            Err(error) => return vec![format!("the database cannot be read: {error:#}")],
        };
        outside.heard_afterwards(self.stand.service.as_ref());
        let (entries, from, rows, outside) = (&self.journal.entries(), self.from, &rows, &outside);
        let comparison = Comparison { entries, from, leaves_requests_behind, rows, outside };
        let mut wrong = comparison.wrong(past);
        match comparison.seen() {
            Ok(seen) => self.seen = seen,
            Err(error) => wrong.push(format!("rows that do not read: {error:#}")),
        }
        wrong
    }

    /// Nobody comes any more: what carts hold is given back, and all agrees still.
    async fn left_alone(&mut self) -> Vec<String> {
        if let Some(clock) = &self.stand.clock
            && let Err(error) = clock.shows_the_latest()
        {
            return vec![format!("the clock cannot be set: {error:#}")];
        }
        let mut wrong = match self.stand.left_alone().await {
            Ok(held) => Vec::from_iter(held),
            Err(error) => vec![format!("the database cannot be read: {error:#}")],
        };
        let mut past = self.past.clone();
        wrong.extend(self.compared(&mut past, Outside::before(&self.stand)).await);
        if wrong.is_empty() {
            wrong = self.ended().await;
        }
        wrong.extend(self.take_wrong());
        wrong
    }

    /// What has not come to its end by itself, when all had the time for it.
    async fn ended(&mut self) -> Vec<String> {
        let (mut since, letters) = (Instant::now(), self.fault.expects_letters());
        let mut least = usize::MAX;
        loop {
            let mut past = self.past.clone();
            let outside = Outside::before(&self.stand).expecting(&self.stand, letters);
            let wrong = self.compared(&mut past, outside).await;
            // Many letters take their time on a busy machine: who gets on with them is waited for.
            if wrong.len() < least {
                (since, least) = (Instant::now(), wrong.len());
            }
            if wrong.is_empty() || since.elapsed() > ENDS_WITHIN {
                return wrong;
            }
            tokio::time::sleep(LOOKS_AGAIN).await;
        }
    }

    fn sum_up(&self, outcome: &mut Outcome) {
        let entries = self.journal.entries();
        outcome.requests += entries.len();
        for entry in entries.iter().filter(|entry| matches!(entry.fate, Fate::Done(_))) {
            *outcome.done.entry(entry.ask.command()).or_default() += 1;
        }
        for (command, times) in &self.seen {
            *outcome.done.entry(command).or_default() += times;
        }
        outcome.orders = outcome.done.get(PlaceOrder::NAME).copied().unwrap_or(0);
    }

    /// Keeps what is needed to see what happened; returns where.
    fn keep(&self, wrong: &[String], args: &TortureArgs) -> anyhow::Result<String> {
        self.journal.flush()?;
        let dir = args.keep.join(format!("{}-{}", self.name, args.seed));
        std::fs::create_dir_all(&dir)?;
        std::fs::write(dir.join("wrong.txt"), wrong.join("\n"))?;
        std::fs::copy(&self.journal.path, dir.join("journal.jsonl"))?;
        std::fs::copy(self.stand.log(), dir.join("sutler.log"))?;
        if let Some(postgres) = &self.stand.postgres {
            std::fs::write(dir.join("postgres.log"), postgres.log())?;
        }
        for file in ["sutler.db", "sutler.db-wal"] {
            let path = self.stand.disk.path.join(file);
            if path.exists() {
                std::fs::copy(path, dir.join(file))?;
            }
        }
        Ok(dir.display().to_string())
    }
}

/// Whether the fault struck.
async fn cycle(
    fault: &'static Fault,
    stand: &Stand,
    journal: &Journal,
    clients: &mut Vec<Client>,
    random: &mut Random,
) -> anyhow::Result<bool> {
    if let Some(failpoint) = fault.failpoint(random) {
        stand.nodes[0].stop().await?;
        stand.start(0, Some(&failpoint)).await?;
    }
    let stop = Arc::new(AtomicBool::new(false));
    let shopping: Vec<_> = clients
        .drain(..)
        .map(|mut client| {
            let stop = stop.clone();
            tokio::spawn(async move {
                client.shop(&stop).await;
                client
            })
        })
        .collect();
    let struck = fault.strike(stand, journal, random).await;
    tokio::time::sleep(AFTERWARDS).await;
    stop.store(true, Relaxed);
    for client in shopping {
        clients.push(client.await.context("a client died")?);
    }
    // Also by the last page that it took before the limit was lifted.
    let struck = struck? | stand.start_after_the_limit().await?;
    for node in &stand.nodes {
        if let Some(status) = node.ended()? {
            bail!("a node has died by itself: {status}");
        }
    }
    join_all(clients.iter_mut().map(Client::settle)).await;
    // What is contended for is known when all have settled.
    let entries = journal.entries();
    join_all(clients.iter_mut().map(|client| client.see_people(&entries))).await;
    Ok(struck)
}
