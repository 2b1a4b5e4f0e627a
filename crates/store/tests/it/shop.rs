//! A shop for one test: a database of its own with a few products, a writer and readers.

pub use crate::databases::{fresh_location, own_postgres};

use crate::databases::{migrated_location, remove};
use domain::*;
use std::{
    future::Future,
    time::{Duration, Instant},
};
use store::{Answered, Error, Limits, Location, Readers, Rejection, Reply, Writer, tx::Connect};
use testbed::TempDir;
use uuid::Uuid;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

pub struct Shop {
    pub engine: Engine,
    pub location: Location,
    pub writer: Writer,
    pub readers: Readers,
}

/// Declares each story twice, once per engine.
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $story() {
                crate::shop::run(crate::shop::Engine::Sqlite, super::$story);
            })+
        }
        mod on_postgres {
            $(#[test] fn $story() {
                crate::shop::run(crate::shop::Engine::Postgres, super::$story);
            })+
        }
    };
}
pub(crate) use on_both_engines;

/// Declares stories that only one engine has.
macro_rules! only_on {
    ($engine:ident: $($story:ident),+ $(,)?) => {
        mod on_one_engine {
            $(#[test] fn $story() {
                crate::shop::run(crate::shop::Engine::$engine, super::$story);
            })+
        }
    };
}
pub(crate) use only_on;

pub fn run<F: Future<Output = ()>>(engine: Engine, story: fn(Shop) -> F) {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(async {
        if let Some((shop, _dir)) = Shop::open(engine).await {
            let location = shop.location.clone();
            story(shop).await;
            assert_sound(&location).await;
            remove(&location).await;
        }
    });
}

/// Waits for a condition, for half a minute at most.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

pub async fn assert_sound(location: &Location) {
    for finding in location.audit().await.unwrap() {
        assert!(finding.is_sound(), "{finding:?}");
    }
}

/// So that a slow machine changes no story; those about deadlines set their own.
pub fn patient() -> Limits {
    let minute = Duration::from_secs(60);
    Limits {
        queue_age: minute,
        command_deadline: minute,
        answer_deadline: minute,
        ..Limits::default()
    }
}

impl Shop {
    pub async fn open(engine: Engine) -> Option<(Shop, TempDir)> {
        let (location, dir) = migrated_location(engine).await?;
        let connect = location.writer();
        let shop = Shop::at(engine, location, connect, patient());
        for price_minor in [1000, 250, 99] {
            shop.send(create_product(price_minor, 100)).await.unwrap();
        }
        Some((shop, dir))
    }

    pub fn at(
        engine: Engine,
        location: Location,
        connect: Box<dyn Connect>,
        limits: Limits,
    ) -> Shop {
        let readers = location.readers(2, Duration::from_secs(30)).unwrap();
        let writer = Writer::start(connect, limits).unwrap();
        Shop { engine, location, writer, readers }
    }

    /// The same shop behind another way to its database, or with other limits.
    pub fn reopened(self, connect: Box<dyn Connect>, limits: Limits) -> Shop {
        let Shop { engine, location, writer, readers: _ } = self;
        writer.close();
        Shop::at(engine, location, connect, limits)
    }

    pub async fn send(&self, command: Command) -> Reply {
        self.writer.send_command(command).await
    }

    pub async fn available(&self, product: i64) -> i64 {
        let reference = ProductRef::Id(ProductId(product));
        self.readers.exact().product(&reference).await.unwrap().unwrap().1.available()
    }

    /// Runs SQL beside the store, as another program would.
    pub async fn sql(&self, sql: &str) -> Result<(), Error> {
        run_sql(&self.location, sql).await
    }

    /// The numbers in the first column of an answer.
    pub async fn numbers(&self, sql: &str) -> Vec<i64> {
        match &self.location {
            Location::Sqlite(path) => {
                let connection = rusqlite::Connection::open(path).unwrap();
                let mut statement = connection.prepare(sql).unwrap();
                statement.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
            }
            Location::Postgres(_) => {
                let answer = self.session().await.simple_query(sql).await.unwrap();
                let number = |message| match message {
                    tokio_postgres::SimpleQueryMessage::Row(row) => row.get(0)?.parse().ok(),
                    _ => None,
                };
                answer.into_iter().filter_map(number).collect()
            }
        }
    }

    /// Another program's session on Postgres.
    pub async fn session(&self) -> tokio_postgres::Client {
        session(&self.location).await
    }

    /// Another node on the same database.
    pub fn second_node(&self) -> Shop {
        let connect = self.location.writer();
        Shop::at(self.engine, self.location.clone(), connect, patient())
    }

    pub async fn orders(&self) -> i64 {
        self.readers.late().count_orders(&Default::default(), 1_000_000).await.unwrap()
    }
}

pub async fn run_sql(location: &Location, sql: &str) -> Result<(), Error> {
    match location {
        Location::Sqlite(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            connection.execute_batch(sql).map_err(|error| Error::Other(error.to_string()))
        }
        Location::Postgres(_) => {
            let run = session(location).await.batch_execute(sql).await;
            run.map_err(|error| Error::Other(format!("{error:?}")))
        }
    }
}

async fn session(location: &Location) -> tokio_postgres::Client {
    let Location::Postgres(config) = location else { panic!("only on Postgres") };
    let mut config = config.as_ref().clone();
    config.application_name("another program");
    let (client, connection) = config.connect(tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let path = "set search_path = identity, catalog, orders, writer";
    client.batch_execute(path).await.unwrap();
    client
}

pub fn eur(minor: i64) -> Money {
    Money::new(minor, "EUR".parse().unwrap())
}

pub fn customer(number: u128) -> Actor {
    Actor::of(Caller::account(AccountId(Uuid::from_u128(number))), Role::Customer)
}

pub fn command(actor: Actor, key: Option<&str>, rule: impl Listed) -> Command {
    command_of(actor, key, rule.action())
}

pub fn command_of(actor: Actor, key: Option<&str>, action: Action) -> Command {
    let once = key.map(|key| Once {
        key: IdempotencyKey::new(key).unwrap(),
        fingerprint: action.fingerprint().unwrap(),
    });
    Command { who: Who { actor, correlation: CorrelationId(Uuid::now_v7()), once }, action }
}

/// What a command was answered, in its own types.
pub type Own<C> =
    Result<Done<<C as Rule>::Outcome, <C as Listed>::Before>, Rejection<<C as Rule>::Refusal>>;

/// A reply, read as that of a command.
pub fn own<C: Listed>(reply: Reply) -> Own<C> {
    match reply {
        Ok(Answered { done: Done::Now(outcome), .. }) => {
            Ok(Done::Now(C::outcome(outcome).expect("an outcome of this command")))
        }
        Ok(Answered { done: Done::Before(kept), .. }) => {
            Ok(Done::Before(C::before(&kept).expect("a kept answer of this command")))
        }
        Err(rejection) => Err(rejection.narrowed(C::refusal).expect("a refusal of this command")),
    }
}

/// What the command has newly done.
pub fn done<C: Listed>(reply: Reply) -> C::Outcome
where
    C::Outcome: std::fmt::Debug,
    C::Before: std::fmt::Debug,
    C::Refusal: std::fmt::Debug,
{
    match own::<C>(reply) {
        Ok(Done::Now(outcome)) => outcome,
        other => panic!("{} was not done: {other:?}", C::NAME),
    }
}

/// The order being placed, to change it.
pub fn placing(command: &mut Command) -> &mut PlaceOrder {
    match &mut command.action {
        Action::Orders(orders::Action::PlaceOrder(order)) => order,
        other => panic!("no order: {other:?}"),
    }
}

pub fn register(id: AccountId, name: &str) -> Register {
    Register {
        id,
        username: Username::new(name).unwrap(),
        email: Email::new(&format!("{name}@example.com")).unwrap(),
        password_hash: Text::new(HASH).unwrap(),
        first_name: Text::new("Ada").unwrap(),
        last_name: Text::default(),
        language: None,
        role: Role::Customer,
        email_confirmed: false,
        is_active: true,
        held_us: None,
    }
}

pub const HASH: &str = "$argon2id$";

/// By the password that it was registered with.
pub fn log_in(id: SessionId, account: AccountId, lifetime_us: i64) -> OpenSession {
    let (known, agent) = (Text::new(HASH).unwrap(), Some(Text::new("a browser").unwrap()));
    let origin = Some(Text::new("home").unwrap());
    OpenSession { id, account, known, proof: None, agent, origin, lifetime_us, ends: vec![] }
}

/// The trail is kept for a day.
pub const SWEEP: Sweep = Sweep { trail_us: Micros::DAY, consumers_us: 7 * Micros::DAY };

/// An account with a session, which begins at generation 1.
pub async fn logged_in(shop: &Shop, name: &str) -> (AccountId, SessionId) {
    let (account, id) = (AccountId(Uuid::now_v7()), SessionId(Uuid::now_v7()));
    shop.send(command(Actor::SYSTEM, None, register(account, name))).await.unwrap();
    shop.send(command(Actor::SYSTEM, None, log_in(id, account, Micros::HOUR))).await.unwrap();
    (account, id)
}

pub fn create_product(price_minor: i64, quantity: i64) -> Command {
    let (id, name) = (PublicId(Uuid::now_v7()), Text::new("Mess tin").unwrap());
    let action = CreateProduct {
        description: Text::new("Holds a pint.").unwrap(),
        quantity,
        ..CreateProduct::of(id, name, eur(price_minor))
    };
    command(Actor::SYSTEM, None, action)
}

pub fn place(actor: Actor, key: Option<&str>, lines: &[(i64, i64)]) -> Command {
    let line = |(product, quantity): &(i64, i64)| ExpectedLine {
        product: ProductRef::Id(ProductId(*product)),
        quantity: Quantity::new(*quantity).unwrap(),
        price: None,
    };
    let action = PlaceOrder {
        id: OrderId(Uuid::now_v7()),
        currency: "EUR".parse().unwrap(),
        most: Most::default(),
        lines: lines.iter().map(line).collect(),
        total: None,
        details: Details::default(),
        customer: None,
    };
    command(actor, key, action)
}

/// With the bounds of a shop that has set none.
pub fn change_cart(product: i64, change: fn(Quantity) -> carts::Change, units: i64) -> ChangeCart {
    ChangeCart {
        product: ProductRef::Id(ProductId(product)),
        change: change(Quantity::new(units).unwrap()),
        crowd: None,
        currency: "EUR".parse().unwrap(),
        limits: CartLimits::default(),
        most: Most::default(),
    }
}

pub fn guest(number: u128) -> Actor {
    Actor::of(carts::guest(&format!("token {number}")), Role::Customer)
}

pub fn move_order(actor: Actor, order: OrderId, to: OrderStatus) -> Command {
    command(actor, None, MoveOrder::of(order, to))
}

pub fn placed(reply: Reply) -> std::sync::Arc<Order> {
    done::<PlaceOrder>(reply)
}
