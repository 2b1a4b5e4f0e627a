//! A shop to send requests to: two people, a category, three products and an order.

use domain::{
    AccountId, Actor, Caller, CorrelationId, CreateCategory, CreateProduct, Email, ExpectedLine,
    Listed, Money, OpenSession, OrderId, PlaceOrder, ProductId, ProductRef, PublicId, Quantity,
    Register, Role, SessionId, Sku, Text, Username,
};
use server::{
    api::routes,
    app::App,
    http::{doors::Doors, envelope::Envelope},
    settings::Settings,
    tokens::Holder,
};
use std::{fmt::Debug, sync::Arc, time::SystemTime};
use store::Location;
use testbed::TempDir;
use uuid::Uuid;

pub struct Shop {
    app: Arc<App>,
    pub envelope: Envelope,
    /// Access tokens.
    pub staff: String,
    pub buyer: String,
    /// How many inputs it has had.
    pub served: usize,
    location: Location,
    dir: TempDir,
}

/// An id that is the same each time. Products have the small ones.
fn known(number: u64) -> Uuid {
    Uuid::from_u64_pair(1, number)
}

impl Shop {
    pub async fn open() -> Shop {
        let dir = TempDir::new().expect("a directory for the shop");
        let url = format!("sqlite://{}/shop.db", dir.path().display());
        // A machine that is busy with other targets is no fault of the shop.
        let flags = [
            ("database_url", url.as_str()),
            ("database_connections", "2"),
            ("public_url", "https://shop.example"),
            ("secret_key", "7f3c9a51e0d84b26a1957ce2f8b03d64"),
            ("queue_max_age", "1m"),
            ("command_deadline", "5m"),
            ("answer_deadline", "5m"),
            ("rate_limit_address", "0"),
            ("rate_limit_caller", "0"),
            ("registrations_per_hour", "0"),
        ];
        let flags = flags.map(|(name, text)| (name.to_owned(), text.to_owned()));
        let settings = Settings::resolve(None, &[], &flags).expect("settings");
        let location: Location = url.parse().expect("a location");
        location.migrate().await.expect("a schema");
        let app = App::open(settings, false).expect("a shop");
        let envelope = Envelope::new(routes(app.clone()), Doors::of(&app.settings), &app.meters);
        let mut shop = Shop {
            envelope,
            staff: String::new(),
            buyer: String::new(),
            served: 0,
            location,
            dir,
            app,
        };
        shop.staff = shop.person("staff", 1, Role::Staff).await;
        shop.buyer = shop.person("buyer", 2, Role::Customer).await;
        shop.stock_up().await;
        shop
    }

    /// Audits it first: whatever came, the books are right.
    pub async fn close(self) {
        for finding in self.location.audit().await.expect("an audit") {
            assert!(finding.is_sound(), "{finding:?}");
        }
        let app = self.app.clone();
        drop(self.envelope);
        let closed = tokio::task::spawn_blocking(move || app.writer.close()).await;
        closed.expect("the writer closes");
        drop(self.dir);
    }

    async fn send<C: Listed<Refusal: Debug>>(&self, actor: Actor, rule: C) {
        let correlation = CorrelationId(Uuid::nil());
        let sent = self.app.send(actor, correlation, None, rule).await;
        sent.map(drop).expect("the shop is prepared");
    }

    async fn person(&self, name: &str, number: u64, role: Role) -> String {
        let (id, session) = (known(number), Uuid::now_v7());
        let email = format!("{name}@example.com");
        let register = Register {
            id: AccountId(id),
            username: Username::new(name).expect("a name"),
            email: Email::new(&email).expect("an address"),
            password_hash: Text::stored("none"),
            first_name: Text::default(),
            last_name: Text::default(),
            language: None,
            role,
            email_confirmed: true,
            is_active: true,
            held_us: None,
        };
        self.send(Actor::SYSTEM, register).await;
        let lifetime_us = 86_400_000_000;
        let open = OpenSession {
            id: SessionId(session),
            account: AccountId(id),
            known: Text::stored("none"),
            proof: None,
            agent: None,
            origin: None,
            lifetime_us,
            ends: vec![],
        };
        self.send(Actor::SYSTEM, open).await;
        let role = role.name().to_owned();
        let holder = Holder { id, username: name.to_owned(), role };
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        let now_s = since.map_or(0, |since| since.as_secs().cast_signed());
        self.app.tokens.issue_access(&holder, session, now_s).expect("a token")
    }

    async fn stock_up(&self) {
        let slug = Text::new("tins").expect("a slug");
        let category =
            CreateCategory { slug: slug.clone(), name: Text::stored("Tins"), parent: None };
        self.send(Actor::SYSTEM, category).await;
        for number in 1..=3 {
            let price = Money::new(1250, crate::euro());
            let id = PublicId(Uuid::from_u128(number));
            let create = CreateProduct {
                sku: Some(Sku::stored(&format!("TIN-{number}"))),
                category: Some(slug.clone()),
                quantity: 1_000_000,
                ..CreateProduct::of(id, Text::stored("Mess tin"), price)
            };
            self.send(Actor::SYSTEM, create).await;
        }
        let product = ProductRef::Id(ProductId(1));
        let quantity = Quantity::new(1).expect("one");
        let order = PlaceOrder {
            id: OrderId(known(7)),
            currency: crate::euro(),
            most: domain::Most::default(),
            lines: vec![ExpectedLine { product, quantity, price: None }],
            total: None,
            details: domain::Details::default(),
            customer: None,
        };
        let caller = Caller::account(AccountId(known(2)));
        let buyer = Actor::of(caller, Role::Customer);
        self.send(buyer, order).await;
    }
}
