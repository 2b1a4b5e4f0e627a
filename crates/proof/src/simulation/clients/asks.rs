//! What a client asks for, one function per command. Small worlds of names, skus and amounts make
//! the requests meet.

use super::Clients;
use domain::{
    AccountId, Action, CreateCategory, CreateProduct, Currency, EditProduct, Email, ExpectedLine,
    Kinds, Listed, Micros, Money, MoveCursor, MoveOrder, MoveStock, OpenSession, OrderId,
    OrderStatus, PlaceOrder, ProductId, ProductRef, PublicId, Quantity, RefreshSession, Register,
    Rule, SessionId, Sku, StockChange, StockLine, Sweep, TakeLease, Text, Username, rules::Never,
};
use std::any::TypeId;
use uuid::Uuid;

const SLUGS: [&str; 6] = ["camp", "food", "tents", "flags", "salt", "rope"];
/// So many per mille of the prices are in another currency.
const FOREIGN_PRICES: u32 = 25;
/// A place that is nobody's: the shop itself.
const SYSTEM: usize = usize::MAX;

/// How a command is drawn, and what may become of it.
pub struct Draw {
    pub name: &'static str,
    pub refusals: &'static [&'static str],
    pub weight: u32,
    /// What its key brings again.
    before: fn() -> TypeId,
    /// Who asks, by place, and what for. Ids are given to each request by itself.
    pub draw: fn(&mut Clients) -> (usize, Action),
}

impl Draw {
    /// Whether a key can stand for it.
    pub fn is_keyed(&self) -> bool {
        (self.before)() != TypeId::of::<Never>()
    }
}

/// `Rule, as often as this: how it is drawn`.
macro_rules! draws {
    ($($rule:ty, $weight:literal: $draw:expr;)+) => {
        pub const DRAWS: &[Draw] = &[$(Draw {
            name: <$rule as Listed>::NAME,
            refusals: <<$rule as Rule>::Refusal as Kinds>::KINDS,
            weight: $weight,
            before: || TypeId::of::<<$rule as Listed>::Before>(),
            draw: |clients| {
                let draw: fn(&mut Clients) -> (usize, $rule) = $draw;
                let (place, rule) = draw(clients);
                (place, rule.action())
            },
        }),+];
    };
}

draws! {
    Register, 7: |clients| {
        let place = clients.random.below(clients.people.len());
        (place, clients.registration(place))
    };
    OpenSession, 5: |clients| {
        let place = clients.random.below(clients.people.len());
        (place, clients.login(place))
    };
    RefreshSession, 8: |clients| (clients.customer(), clients.refresh());
    CreateCategory, 2: |clients| (clients.staff(), clients.category());
    CreateProduct, 2: |clients| (clients.staff(), clients.product());
    EditProduct, 8: |clients| (clients.staff(), clients.edit());
    MoveStock, 12: |clients| (clients.staff(), clients.movement());
    PlaceOrder, 42: |clients| (clients.customer(), clients.order());
    MoveOrder, 26: |clients| clients.order_move();
    TakeLease, 3: |clients| (SYSTEM, clients.followers.lease(&mut clients.random));
    MoveCursor, 4: |clients| (SYSTEM, clients.followers.step(&mut clients.random));
    Sweep, 1: |_| (SYSTEM, Sweep);
}

impl Clients {
    fn customer(&mut self) -> usize {
        self.staff + self.random.below(self.people.len() - self.staff)
    }

    fn staff(&mut self) -> usize {
        self.random.below(self.staff)
    }

    fn registration(&mut self, place: usize) -> Register {
        // Some want a name that looks like another's.
        let name = match self.random.chance(150) {
            true => self.random.below(self.people.len()),
            false => place,
        };
        let mail = if self.random.chance(150) { name } else { place };
        let (name, mail) = match self.random.chance(300) {
            true => (format!("PERSON{name}"), format!("Person{mail}@Example.com")),
            false => (format!("person{name}"), format!("person{mail}@example.com")),
        };
        Register {
            id: AccountId(Uuid::nil()),
            username: Username::stored(&name),
            email: Email::stored(&mail),
            password_hash: Text::stored("hash"),
            first_name: Text::stored("Ada"),
            last_name: Text::stored("Sutler"),
            role: self.people[place].actor.role,
        }
    }

    /// Most have an account, and if not the database refuses the session.
    fn login(&mut self, place: usize) -> OpenSession {
        let known: Vec<AccountId> =
            self.people.iter().filter_map(|person| person.account).collect();
        let stranger = AccountId(self.people[place].actor.caller.id);
        let account = match self.random.chance(985) {
            true => self.random.pick(&known).copied().unwrap_or(stranger),
            false => stranger,
        };
        let lifetime_us = match self.random.chance(500) {
            true => 2 * Micros::DAY,
            false => 40 * Micros::SECOND,
        };
        OpenSession { id: SessionId(Uuid::nil()), account, lifetime_us }
    }

    /// Mostly with the newest token, sometimes with an older one or one that never was.
    fn refresh(&mut self) -> RefreshSession {
        let owners: Vec<usize> = (0..self.people.len())
            .filter(|place| !self.people[*place].sessions.is_empty())
            .collect();
        let owner = self.random.pick(&owners).copied();
        let tokens = owner.map_or(&[][..], |owner| &self.people[owner].sessions);
        let token = match (tokens.last(), self.random.chance(700)) {
            (Some(newest), true) => Some(*newest),
            _ => self.random.pick(tokens).copied(),
        };
        let (id, generation) = token.unwrap_or((SessionId(self.random.uuid()), 1));
        let generation = generation + i64::from(self.random.chance(20));
        let (grace_us, lifetime_us) = (10 * Micros::SECOND, 2 * Micros::DAY);
        RefreshSession { id, generation, grace_us, lifetime_us }
    }

    fn category(&mut self) -> CreateCategory {
        let slug = self.slug();
        let parent = self.random.chance(400).then(|| self.slug());
        CreateCategory { name: Text::stored(&format!("All {}", slug.as_str())), slug, parent }
    }

    fn product(&mut self) -> CreateProduct {
        CreateProduct {
            public_id: PublicId(Uuid::nil()),
            made_sku: Sku::stored("made"),
            sku: self.random.chance(700).then(|| self.sku()),
            name: Text::stored("a thing"),
            description: Text::stored("good"),
            image_url: None,
            price: self.price(),
            category: self.random.chance(200).then(|| self.slug()),
            quantity: self.random.between(0, 40),
        }
    }

    fn edit(&mut self) -> EditProduct {
        let seen = self.reference();
        let version = seen.as_ref().map_or(1, |(_, product)| product.version);
        let mut edit = EditProduct::of(self.named(seen.map(|(reference, _)| reference)));
        edit.versions = self.random.chance(500).then(|| vec![version]);
        edit.sku = self.random.chance(200).then(|| self.sku());
        edit.name = self.random.chance(300).then(|| Text::stored(&format!("thing {}", self.step)));
        edit.description = self.random.chance(150).then(|| Text::stored("better"));
        edit.image_url = self
            .random
            .chance(100)
            .then(|| self.random.chance(500).then(|| Text::stored("https://img.example/1")));
        edit.price = self.random.chance(500).then(|| self.price());
        edit.category =
            self.random.chance(150).then(|| self.random.chance(700).then(|| self.slug()));
        edit.is_archived = match self.random.below(20) {
            0 | 1 => Some(true),
            2..6 => Some(false),
            _ => None,
        };
        edit
    }

    fn movement(&mut self) -> MoveStock {
        let count = self.random.between(1, 3);
        let lines = (0..count).map(|_| {
            let product = self.reference().map(|(reference, _)| reference);
            let change = match self.random.below(20) {
                0..12 => StockChange::Delta(self.random.between(1, 12)),
                12..15 => StockChange::Delta(self.random.between(-15, 0)),
                15..18 => StockChange::Set(self.random.between(0, 25)),
                18 => StockChange::Set(self.random.between(-1, 0)),
                _ => StockChange::Delta(if self.random.chance(500) { i64::MAX } else { i64::MIN }),
            };
            let reason = self.random.chance(300).then(|| Text::stored("counted"));
            StockLine { product: self.named(product), change, reason }
        });
        MoveStock { lines: lines.collect(), partial: self.random.chance(400) }
    }

    fn order(&mut self) -> PlaceOrder {
        let count = self.random.weighted(&[(6, 1), (3, 2), (1, 4)]).unwrap_or(1);
        let (mut lines, mut total) = (Vec::new(), 0_i64);
        for _ in 0..count {
            let seen = self.reference();
            let quantity = match self.random.below(200) {
                0 => Quantity::MAX,
                1 => Quantity::MAX / 2 + 1,
                _ => self.random.between(1, 4),
            };
            let price = seen.as_ref().map_or(euros(100), |(_, product)| product.price);
            total = total.saturating_add(price.minor.saturating_mul(quantity));
            let expected = match self.random.below(20) {
                0..8 => Some(price),
                8 => Some(euros(1)),
                9 => Some(Money { currency: currency("USD"), ..price }),
                _ => None,
            };
            if let Some(quantity) = Quantity::new(quantity) {
                let product = self.named(seen.map(|(reference, _)| reference));
                lines.push(ExpectedLine { product, quantity, price: expected });
            }
        }
        let total = match self.random.below(20) {
            0..6 => Some(euros(total)),
            6 => Some(euros(total - 1)),
            _ => None,
        };
        let (id, note) = (OrderId(Uuid::nil()), Text::default());
        // A shop whose currency was changed knows no prices yet.
        let code = if self.random.chance(5) { "USD" } else { "EUR" };
        PlaceOrder { id, currency: currency(code), lines, total, note }
    }

    /// The staff work on recent orders; owners cancel theirs, and others try to.
    fn order_move(&mut self) -> (usize, MoveOrder) {
        use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
        let recent = self.orders.len().saturating_sub(12);
        let known = match self.random.chance(800) {
            true => self.random.pick(&self.orders[recent..]).copied(),
            false => self.random.pick(&self.orders).copied(),
        };
        let guess = self.random.pick(&self.guessed).copied().filter(|_| self.random.chance(60));
        let order = guess.or(known.map(|(id, _)| id)).unwrap_or(OrderId(self.random.uuid()));
        let owner = known.and_then(|(_, owner)| self.people.iter().position(|p| p.actor == owner));
        let is_staff = self.random.chance(600);
        let place = match (is_staff, owner) {
            (true, _) => self.staff(),
            (false, Some(owner)) if self.random.chance(700) => owner,
            _ => self.customer(),
        };
        let to = match is_staff {
            true => {
                let wanted =
                    [(8, Processing), (4, Completed), (4, Failed), (4, Pending), (2, Cancelled)];
                self.random.weighted(&wanted)
            }
            false => self.random.weighted(&[(12, Cancelled), (1, Completed), (1, Pending)]),
        };
        let reason = self.random.chance(300).then(|| Text::stored("no carrier"));
        (place, MoveOrder { order, to: to.unwrap_or(Cancelled), reason })
    }

    /// Sometimes a product that nobody has.
    fn named(&mut self, seen: Option<ProductRef>) -> ProductRef {
        let unknown = match self.random.below(3) {
            0 => ProductRef::Id(ProductId(self.random.between(-1, 99))),
            1 => ProductRef::PublicId(PublicId(self.random.uuid())),
            _ => ProductRef::Sku(self.sku()),
        };
        seen.filter(|_| self.random.chance(975)).unwrap_or(unknown)
    }

    fn price(&mut self) -> Money {
        let price = match self.random.below(60) {
            0 => euros(Money::MAX_MINOR),
            1 => euros(0),
            _ => euros(self.random.between(1, 6) * 250),
        };
        match self.random.chance(FOREIGN_PRICES) {
            true => Money { currency: currency("USD"), ..price },
            false => price,
        }
    }

    fn sku(&mut self) -> Sku {
        Sku::stored(&format!("S{}", self.random.between(1, 14)))
    }

    fn slug(&mut self) -> Text<100> {
        Text::stored(SLUGS[self.random.below(SLUGS.len())])
    }
}

fn currency(code: &str) -> Currency {
    code.parse().expect("a currency of ISO 4217")
}

fn euros(minor: i64) -> Money {
    Money::new(minor, currency("EUR"))
}
