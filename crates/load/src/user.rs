//! One user: takes a turn, sends a request, counts what came of it, and goes on.
//! One connection, one request at a time, and no failure that ends the user before the run.

use crate::{
    answer::Answer,
    cart::Cart,
    desk::Problem,
    engine::Run,
    http::{Connection, TransportError},
    random::Random,
    request::{RequestText, write_handed, write_item, write_order},
    scenario::{Kind, Scenario},
    session::{Session, Token},
    stats::Outcome,
};
use serde::Deserialize;
use serde_json::Value;
use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};
use tokio::time::{Instant, sleep};

const BACK_OFF: Duration = Duration::from_millis(50);
const MAX_RETRY_AFTER: Duration = Duration::from_secs(1);

const LIST_SIZE: usize = 10;

/// Shops want a cursor beyond this.
const MAX_OFFSET: usize = 10_000;

pub struct User {
    run: Arc<Run>,
    number: u32,
    session: Option<Arc<Session>>,
    random: Random,
    connection: Connection,
    request: RequestText,
    /// Keys handed out so far.
    keys: u64,
    placed: Vec<String>,
    cart: Cart,
    /// So many accounts have had theirs, where each has one.
    turns: u64,
}

#[derive(Deserialize)]
struct Placed {
    id: Value,
}

impl User {
    pub fn new(run: Arc<Run>, number: u32) -> Self {
        let session = run.session_of(number);
        Self {
            number,
            session,
            random: Random::stream(run.seed, number),
            connection: Connection::new(run.target.addr, run.args.timeout),
            request: RequestText::new(&run.target.host),
            keys: 0,
            placed: Vec::new(),
            cart: Cart::new(run.args.lines, run.args.adds),
            turns: 0,
            run,
        }
    }

    /// Works until the run is over.
    pub async fn work(mut self) {
        if let Some(spawn_rate) = self.run.args.spawn_rate {
            self.run
                .timeline
                .sleep(Duration::from_secs_f64(f64::from(self.number) / spawn_rate))
                .await;
        }
        match self.run.pace.clone() {
            Some(pace) => {
                while let Some(intended) = pace.take().await
                    && self.is_to_come()
                {
                    self.take_turn(Some(intended)).await;
                }
            }
            None => {
                while !self.run.timeline.is_over(Instant::now()) && self.is_to_come() {
                    self.take_turn(None).await;
                }
            }
        }
    }

    /// Whether there is anybody left to ask for.
    fn is_to_come(&mut self) -> bool {
        if !self.run.args.once {
            return true;
        }
        self.session = self.run.session_in_turn(self.number, self.turns);
        self.turns += 1;
        self.session.is_some()
    }

    async fn take_turn(&mut self, intended: Option<Instant>) {
        let kind = self.draw_kind();
        let token = self.session.as_ref().map(|session| session.token());
        self.run.in_flight.fetch_add(1, Relaxed);
        let opened = self.connection.open().await;
        let sent = Instant::now();
        let answer = match opened {
            Ok(()) => {
                let authorization = token.as_ref().map_or("", |token| &token.authorization);
                self.write_request(kind, authorization);
                self.connection.exchange(self.request.text(), sent).await
            }
            Err(error) => Err(error),
        };
        let refusal = answer.as_ref().ok().and_then(|answer| self.read_refusal(answer));
        let outcome = match (&answer, &refusal) {
            (Err(error), _) => Outcome::Failed(error.name()),
            (Ok(_), Some(code)) => Outcome::Refused(code),
            (Ok(_), None) => Outcome::Succeeded,
        };
        self.run.stats().settle(kind, intended.unwrap_or(sent), Instant::now(), outcome);
        self.run.in_flight.fetch_sub(1, Relaxed);
        self.follow_up(kind, answer, token, intended.is_none()).await;
    }

    fn draw_kind(&mut self) -> Kind {
        match self.run.args.scenario.draw(&mut self.random) {
            Kind::Cancel if self.placed.is_empty() => Kind::History,
            Kind::Add | Kind::Checkout if !self.run.args.once => self.cart.next(),
            kind => kind,
        }
    }

    fn write_request(&mut self, kind: Kind, authorization: &str) {
        let ids = &self.run.catalog.ids;
        match kind {
            Kind::List => match self.random.below(4) {
                0 => {
                    let pages = ids.len().min(MAX_OFFSET).div_ceil(LIST_SIZE).max(1);
                    let page = self.random.below(pages);
                    self.request.get(
                        format_args!("/api/catalog/products?offset={}", page * LIST_SIZE),
                        authorization,
                    );
                }
                // Most people see the first page.
                _ => self.request.get(format_args!("/api/catalog/products"), authorization),
            },
            Kind::Detail => {
                // A run that reads details has learnt at least one product.
                let id = ids.get(self.random.below(ids.len().max(1))).copied().unwrap_or_default();
                self.request.get(format_args!("/api/catalog/products/{id}"), authorization);
            }
            Kind::Order => self.write_order(authorization),
            Kind::History => self.request.get(format_args!("/api/orders/orders"), authorization),
            Kind::Cancel => self.write_cancel(authorization),
            Kind::Add => {
                let place = match self.run.args.once {
                    true => self.random.next() as usize,
                    false => self.cart.place(),
                };
                let id = ids.get(place % ids.len().max(1)).copied().unwrap_or_default();
                self.request.post(format_args!("/api/cart/items"), authorization, None, |body| {
                    write_item(body, id)
                });
            }
            Kind::Checkout => self.write_checkout(authorization),
            Kind::Guest => self.write_guest(),
            Kind::Intake => self.write_handed(),
            Kind::Clear => self.request.delete(format_args!("/api/cart"), authorization),
        }
    }

    fn write_order(&mut self, authorization: &str) {
        self.keys += 1;
        let Run { args, run_id, catalog, .. } = &*self.run;
        let key = format_args!("load-{run_id:x}-{}-{}", self.number, self.keys);
        let key = (!args.no_keys).then_some(key);
        let first = self.random.below(catalog.ids.len().max(1));
        let lines = args.lines as usize;
        self.request.post(
            format_args!("/api/orders/orders"),
            authorization,
            key,
            |body| match args.scenario {
                Scenario::Hot => write_order(body, std::iter::repeat_n(&catalog.hot, lines)),
                // Neighbours, so that the lines of one order are of different products.
                _ => write_order(body, catalog.ids.iter().cycle().skip(first).take(lines)),
            },
        );
    }

    fn write_cancel(&mut self, authorization: &str) {
        self.keys += 1;
        let Run { args, run_id, .. } = &*self.run;
        let key = format_args!("load-{run_id:x}-{}-{}", self.number, self.keys);
        let key = (!args.no_keys).then_some(key);
        let id = self.placed.swap_remove(self.random.below(self.placed.len()));
        self.request.post(
            format_args!("/api/orders/orders/{id}/cancel"),
            authorization,
            key,
            |_| {},
        );
    }

    fn write_checkout(&mut self, authorization: &str) {
        self.keys += 1;
        let Run { args, run_id, .. } = &*self.run;
        let key = format_args!("load-{run_id:x}-{}-{}", self.number, self.keys);
        let key = (!args.no_keys).then_some(key);
        let path = format_args!("/api/cart/checkout");
        self.request.post(path, authorization, key, |body| body.extend_from_slice(b"{}"));
    }

    /// By a token that nobody has shown before.
    fn write_guest(&mut self) {
        self.keys += 1;
        let Run { run_id, catalog, .. } = &*self.run;
        let token = format!("Cart-Token: {run_id:016x}{:08x}{:08x}\r\n", self.number, self.keys);
        let place = self.random.below(catalog.ids.len().max(1));
        let id = catalog.ids.get(place).copied().unwrap_or_default();
        self.request
            .post(format_args!("/api/cart/items"), &token, None, |body| write_item(body, id));
    }

    /// Under a name that no other order has, of a few items, as the other system says it.
    fn write_handed(&mut self) {
        self.keys += 1;
        let Run { args, run_id, .. } = &*self.run;
        let authorization = args.channel_key.as_ref();
        let authorization =
            authorization.map_or(String::new(), |key| format!("Authorization: Bearer {key}\r\n"));
        let (number, keys) = (self.number, self.keys);
        let lines = args.lines as usize;
        self.request.post(format_args!("/api/orders"), &authorization, None, |body| {
            write_handed(body, format_args!("LOAD-{run_id:x}-{number}-{keys}"), number, lines);
        });
    }

    fn read_refusal(&self, answer: &Answer) -> Option<String> {
        if (200..300).contains(&answer.status) {
            return None;
        }
        let problem = serde_json::from_slice::<Problem>(&self.connection.body(answer));
        let code = problem.ok().and_then(|problem| problem.code);
        Some(code.unwrap_or_else(|| format!("http_{}", answer.status)))
    }

    /// What the outcome of a request means for the next.
    async fn follow_up(
        &mut self,
        kind: Kind,
        answer: Result<Answer, TransportError>,
        token: Option<Token>,
        closed_loop: bool,
    ) {
        let status = answer.as_ref().ok().map(|answer| answer.status);
        self.cart.heed(kind, status, &mut self.random);
        match answer {
            Ok(answer) if answer.status == 201 && kind == Kind::Order => self.remember(&answer),
            Ok(answer) if answer.status == 401 => self.log_in_again(token).await,
            Ok(Answer { retry_after: Some(wait), .. }) if closed_loop => {
                self.run.timeline.sleep(wait.min(MAX_RETRY_AFTER)).await;
            }
            Ok(_) => {}
            // In full even when the run is over: the queue of an open loop may be long yet.
            Err(_) => sleep(BACK_OFF).await,
        }
    }

    fn remember(&mut self, answer: &Answer) {
        if self.placed.len() >= self.run.args.scenario.orders_known() {
            return;
        }
        match serde_json::from_slice::<Placed>(&self.connection.body(answer))
            .map(|placed| placed.id)
        {
            Ok(Value::Number(id)) => self.placed.push(id.to_string()),
            Ok(Value::String(id)) => self.placed.push(id),
            _ => {}
        }
    }

    async fn log_in_again(&self, token: Option<Token>) {
        if let (Some(session), Some(token)) = (&self.session, token)
            && session.renew(&self.run.target, token.generation).await.is_err()
        {
            sleep(BACK_OFF).await;
        }
    }
}

#[cfg(test)]
mod tests;
