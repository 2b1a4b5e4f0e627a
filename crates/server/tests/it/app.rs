//! A started shop for one story: a database of its own, the real routes behind the real listener.
//! Invariant: when a story ends, everything that the audit checks holds.

use crate::{
    client::{Answer, Ask},
    database::{Database, Engine, assert_sound},
};
use domain::{
    AccountId, Actor, CorrelationId, CreateCategory, Email, Listed, MoveOrder, OpenSession,
    OrderId, OrderStatus, ProductId, ProductRef, Register, Role, SessionId, Text, Username,
};
use serde_json::{Value, json};
use server::{
    api::routes,
    app::App,
    consumers::{
        figures::{Figures, PACE},
        follow,
    },
    http::{
        doors::Doors,
        envelope::Envelope,
        listener::{ConnectionLimits, bind, serve},
    },
    settings::Settings,
    tokens::Holder,
    workers::{self, Workers},
};
use std::{
    future::Future,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};
use store::{Location, Rejection};
use tokio::{
    sync::oneshot,
    task::{JoinHandle, JoinSet},
};
use uuid::Uuid;

/// Where clients reach the shop. Nothing listens there: links must come from this setting.
pub const PUBLIC_URL: &str = "https://shop.example";
pub const SECRET: &str = "7f3c9a51e0d84b26a1957ce2f8b03d64";

/// Declares each story twice, once per engine.
macro_rules! on_both_engines {
    ($($story:ident),+ $(,)?) => {
        mod on_sqlite {
            $(#[test] fn $story() {
                crate::app::run(crate::database::Engine::Sqlite, super::$story);
            })+
        }
        mod on_postgres {
            $(#[test] fn $story() {
                crate::app::run(crate::database::Engine::Postgres, super::$story);
            })+
        }
    };
}
pub(crate) use on_both_engines;

/// A node that serves a shop, in this process.
pub struct Shop {
    pub app: Arc<App>,
    pub address: SocketAddr,
    /// An access token of somebody who works here.
    pub staff: String,
    /// And of somebody who says who works here.
    pub admin: String,
    pub url: String,
    stop: Mutex<Option<oneshot::Sender<()>>>,
    serving: Mutex<Option<JoinHandle<usize>>>,
    workers: Mutex<Option<(Workers, JoinSet<()>)>>,
}

/// Somebody with an account and a session.
#[derive(Clone)]
pub struct Person {
    pub id: Uuid,
    pub session: Uuid,
    pub token: String,
}

pub fn run<F: Future<Output = ()>>(engine: Engine, story: fn(Arc<Shop>) -> F) {
    in_runtime(async {
        if let Some(database) = Database::migrated(engine).await {
            let shop = Shop::open(&database.url, &[]).await;
            story(shop.clone()).await;
            assert_sound(&database.url).await;
            crate::logs::assert_no_secret_was_logged();
            drop(shop);
            database.remove().await;
        }
    });
}

pub fn in_runtime(story: impl Future<Output = ()>) {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().unwrap().block_on(story);
}

/// Figures are kept in every story, so that the audit compares them at its end. Mail is for its own stories.
fn figures(app: &Arc<App>) -> JoinSet<()> {
    let mut consumers = JoinSet::new();
    consumers.spawn(follow(app.clone(), Figures::new(app), PACE));
    consumers
}

/// Waits for a condition, for half a minute at most.
pub async fn until(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    let started = Instant::now();
    while !holds().await {
        assert!(started.elapsed() < Duration::from_secs(30), "waited in vain for {what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

impl Shop {
    /// Opens a node with these settings beside the usual ones.
    pub async fn open(url: &str, settings: &[(&str, &str)]) -> Arc<Shop> {
        Shop::open_as(url, settings, |app| app).await
    }

    /// Opens one that is not wired as usual.
    pub async fn open_as(
        url: &str,
        settings: &[(&str, &str)],
        rewire: impl FnOnce(App) -> App,
    ) -> Arc<Shop> {
        crate::logs::watch();
        url.parse::<Location>().unwrap().migrate().await.unwrap();
        let usual = [
            ("database_url", url),
            ("listen", "127.0.0.1:0"),
            ("public_url", PUBLIC_URL),
            ("secret_key", SECRET),
            // Stories are in more of a hurry than clients.
            ("rate_limit_address", "0"),
            ("rate_limit_caller", "0"),
            ("registrations_per_hour", "0"),
        ];
        let flags = usual.iter().chain(settings);
        let flags: Vec<_> =
            flags.map(|(name, text)| (name.to_string(), text.to_string())).collect();
        let app = App::open(Settings::resolve(None, &[], &flags).unwrap(), false).unwrap();
        let app = Arc::new(rewire(Arc::into_inner(app).unwrap()));
        let listener = bind(app.settings.listen.resolve().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let serving_app = app.clone();
        let serving = tokio::spawn(async move {
            let app = serving_app;
            let envelope =
                Envelope::new(routes(app.clone()), Doors::of(&app.settings), &app.meters);
            let answer = move |peer, request| envelope.clone().answer(peer, request);
            let stopped = async { stopped.await.unwrap_or_default() };
            let limits = ConnectionLimits::from(&app.settings);
            serve(listener, None, answer, limits, &app.meters, stopped).await
        });
        let mut shop = Shop {
            workers: Mutex::new(Some((workers::start(&app), figures(&app)))),
            app,
            address,
            staff: String::new(),
            admin: String::new(),
            url: url.to_owned(),
            stop: Mutex::new(Some(stop)),
            serving: Mutex::new(Some(serving)),
        };
        shop.staff = shop.somebody(Role::Staff).await.token;
        shop.admin = shop.somebody(Role::Admin).await.token;
        Arc::new(shop)
    }

    /// Another node on the same database, with other settings.
    pub async fn second_node(&self, settings: &[(&str, &str)]) -> Arc<Shop> {
        Shop::open(&self.url, settings).await
    }

    /// Asks the node to stop, as a signal does.
    pub fn stop(&self) {
        self.stop.lock().unwrap().take().unwrap().send(()).unwrap();
    }

    /// Ends what works for the node, as when it stops.
    pub async fn stop_workers(&self) {
        let (workers, mut figures) = self.workers.lock().unwrap().take().unwrap();
        figures.shutdown().await;
        workers.close(self.app.settings.shutdown_timeout).await;
    }

    /// The same, as when it dies.
    pub fn kill_workers(&self) {
        drop(self.workers.lock().unwrap().take());
    }

    /// Waits until a stopped node has ended; how many connections it cut off.
    pub async fn ended(&self) -> usize {
        let serving = self.serving.lock().unwrap().take().unwrap();
        serving.await.unwrap()
    }

    pub fn ask(&self, method: &str, path: &str) -> Ask {
        Ask::new(self.address, method, path)
    }

    pub fn get(&self, path: &str) -> Ask {
        self.ask("GET", path)
    }

    pub fn post(&self, path: &str, body: &Value) -> Ask {
        self.ask("POST", path).json(body)
    }

    pub fn patch(&self, path: &str, body: &Value) -> Ask {
        self.ask("PATCH", path).json(body).token(&self.staff)
    }

    /// The products of one page, as everybody sees it.
    pub async fn ids(&self, query: &str) -> Vec<i64> {
        let list = self.get(&format!("/api/catalog/products?{query}")).send().await.expect(200);
        let results = list["results"].as_array().unwrap();
        results.iter().map(|product| product["id"].as_i64().unwrap()).collect()
    }

    /// Puts a product into the catalog and gives what the shop says of it.
    pub async fn product(&self, body: Value) -> Value {
        let create = self.post("/api/catalog/products", &body).token(&self.staff);
        create.send().await.expect(201)
    }

    /// A product with this price and this much in stock.
    pub async fn tin(&self, price: &str, quantity: i64) -> i64 {
        let body = json!({"name": "Mess tin", "price": price, "quantity": quantity});
        self.product(body).await["id"].as_i64().unwrap()
    }

    pub async fn category(&self, slug: &str, parent: Option<&str>) {
        let create = CreateCategory {
            slug: Text::new(slug).unwrap(),
            name: Text::new(slug).unwrap(),
            parent: parent.map(|parent| Text::new(parent).unwrap()),
        };
        self.command(create).await;
    }

    /// Sends what has no route yet.
    pub async fn command<C: Listed + Clone>(&self, rule: C) {
        let correlation = CorrelationId(Uuid::now_v7());
        until("room for a command", async || {
            match self.app.send(Actor::SYSTEM, correlation, None, rule.clone()).await {
                // A node with short deadlines, on a busy machine: it has not begun.
                Err(Rejection::Busy | Rejection::Late) => false,
                sent => sent.is_ok() || panic!("{} was refused", C::NAME),
            }
        })
        .await;
    }

    pub async fn move_order(&self, order: &Value, to: OrderStatus) {
        self.move_for(order, to, None).await;
    }

    pub async fn move_for(&self, order: &Value, to: OrderStatus, reason: Option<&str>) {
        let order = OrderId(order["id"].as_str().unwrap().parse().unwrap());
        let reason = reason.map(|reason| Text::new(reason).unwrap());
        self.command(MoveOrder { reason, ..MoveOrder::of(order, to) }).await;
    }

    /// What is available just now, without the cache.
    pub async fn available(&self, product: i64) -> i64 {
        let reference = ProductRef::Id(ProductId(product));
        self.app.readers.exact().product(&reference).await.unwrap().unwrap().1.available()
    }

    pub async fn orders(&self) -> i64 {
        self.app.readers.late().count_orders(&Default::default(), 1_000_000).await.unwrap()
    }

    pub async fn place(&self, person: &Person, product: i64, quantity: i64) -> Answer {
        let body = json!({"order_items": [{"product": product, "quantity": quantity}]});
        self.post("/api/orders/orders", &body).token(&person.token).send().await
    }

    /// Somebody new, of whom nothing is known.
    pub async fn somebody(&self, role: Role) -> Person {
        let name = format!("{}-{}", role.name(), Uuid::new_v4().simple());
        self.person(&name, role).await
    }

    pub async fn sql(&self, text: &str) {
        crate::database::sql(&self.url, text).await;
    }

    /// The same, where it changes what figures are made of: they are counted anew.
    pub async fn sql_of_orders(&self, text: &str) {
        self.sql(&format!("{text}; delete from consumers where name = 'figures'")).await;
    }

    pub async fn customer(&self, name: &str) -> Person {
        self.person(name, Role::Customer).await
    }

    /// An account with a session, without the work of a password.
    pub async fn person(&self, name: &str, role: Role) -> Person {
        let email = format!("{name}@example.com");
        let (id, session) = (AccountId(Uuid::now_v7()), SessionId(Uuid::now_v7()));
        let register = Register {
            id,
            username: Username::new(name).unwrap(),
            email: Email::new(&email).unwrap(),
            password_hash: Text::stored("none"),
            first_name: Text::default(),
            last_name: Text::default(),
            language: None,
            role,
            email_confirmed: true,
            is_active: true,
            held_us: None,
        };
        self.command(register).await;
        let lifetime_us = 3_600_000_000;
        let known = Text::stored("none");
        let (proof, agent, origin) = (None, None, None);
        let ends = vec![];
        let open = OpenSession {
            id: session,
            account: id,
            known,
            proof,
            agent,
            origin,
            lifetime_us,
            ends,
        };
        self.command(open).await;
        let (id, session) = (id.0, session.0);
        let role = role.name().to_owned();
        let holder = Holder { id, username: name.to_owned(), role };
        let token = self.app.tokens.issue_access(&holder, session, unix_now()).unwrap();
        Person { id, session, token }
    }
}

/// A token that somebody was given at that time.
pub fn in_past(shop: &Shop, person: &Person, then_s: i64) -> String {
    let (username, role) = ("somebody".to_owned(), Role::Admin.name().to_owned());
    let holder = Holder { id: person.id, username, role };
    shop.app.tokens.issue_access(&holder, person.session, then_s).unwrap()
}

/// A node that can read nothing.
pub fn blind(app: App) -> App {
    let nowhere = "sqlite:///nowhere/shop.db".parse::<Location>().unwrap();
    App { readers: nowhere.readers(1, app.settings.read_deadline).unwrap(), ..app }
}

pub fn unix_now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs().try_into().unwrap()
}
