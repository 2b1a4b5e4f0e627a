//! Shops with a past: products that were moved and sold, customers, and what they have ordered. All of it is
//! written by statements of its own, and sound for the audit as if commands had done it.

use crate::stage::{
    bulk,
    catalogs::{AT, goods, price},
    engines::Engine,
    servers::USERNAME,
    sites::Site,
};
use domain::{EventKind, OrderStatus, Role, stock::EntryKind};
use uuid::Uuid;

/// Of each lot that comes in; more than any run sells.
const LOT: u64 = 100_000;
/// Every so-manieth order is the regular's.
pub const REGULARS_SHARE: u64 = 10;
/// One order in so many was cancelled, the others were completed: by the remainder of its number.
const CANCELLED_OF: u64 = 20;
const CANCELLED: u64 = 7;
/// From one order to the next, in microseconds: a million of them take a year.
const PACE: u64 = 31_000_000;
const YEAR: u64 = 365 * 24 * 60 * MINUTE;
const MINUTE: u64 = 60_000_000;

/// What customers are called, before their number.
pub const CUSTOMER: &str = "customer-";

const TABLES: &[&str] = &["products", "stock_entries", "orders", "order_lines", "events"];

/// What there is in a shop.
#[derive(Clone, Copy, Debug)]
pub struct Past {
    pub products: u64,
    /// How often the stock of each was moved by hand: it came in, was counted, came in again.
    pub movements: u64,
    pub orders: u64,
    /// Of each order.
    pub lines: u64,
    pub customers: u64,
    /// When the first order was placed, and how long it took to the next, in microseconds.
    pub begins_at: u64,
    pub pace: u64,
}

/// The n-th order.
const N: &str = "n";

fn is_cancelled(n: &str) -> String {
    format!("{n} % {CANCELLED_OF} = {CANCELLED}")
}

fn quantity(line: &str) -> String {
    format!("(1 + ({N} + {line}) % 3)")
}

/// Ids that do not rise with their numbers: customers came in no order.
pub fn customer(engine: Engine, number: &str) -> String {
    let drawn = engine.hex(&format!("{number} * 2654435761 % 4294967296"), 8);
    engine.id(&format!("{drawn} || '00007000' || {}", engine.hex(number, 16)))
}

/// The same, here.
pub fn customer_id(number: u64) -> Uuid {
    let drawn = number.wrapping_mul(2_654_435_761) % (1 << 32);
    Uuid::from_u64_pair(drawn << 32 | 0x7000, number)
}

fn regular() -> String {
    format!("(select id from accounts where username_folded = '{USERNAME}')")
}

impl Past {
    /// A shop with a year behind it, or a part of one.
    pub fn full(scale: f64) -> Past {
        let of = |number: f64| (number * scale).ceil() as u64;
        Past {
            products: of(1e6),
            movements: 8,
            orders: of(1e6),
            lines: 2,
            // Those who order in it must be there, however small it is.
            customers: of(6e4).max(1000),
            begins_at: AT,
            pace: PACE,
        }
    }

    /// A year with so many orders that ends at this time: of few products and of a line each, for it is the orders
    /// that count. Goods were never moved by hand, and there is no ledger: it is not for selling.
    pub fn counted(orders: u64, ends_at: u64) -> Past {
        let (begins_at, pace) = (ends_at - YEAR, YEAR / (orders + 1));
        Past { orders, movements: 0, lines: 1, begins_at, pace, ..Past::empty() }
    }

    /// One that has just opened.
    pub fn empty() -> Past {
        let (products, customers) = (1000, 1000);
        let (orders, lines) = (0, 1);
        Past { products, movements: 1, orders, lines, customers, begins_at: AT, pace: PACE }
    }

    /// Orders of the one who has a tenth of all.
    pub fn of_regular(&self) -> u64 {
        self.orders / REGULARS_SHARE
    }

    fn placed_at(&self, n: &str) -> String {
        format!("({} + {n} * {})", self.begins_at, self.pace)
    }

    /// The lines of an order are of other products than those of its neighbours.
    fn product(&self, line: &str) -> String {
        format!("(({} * {N} + {line}) * 7919 % {} + 1)", self.lines, self.products)
    }

    /// As the shop makes them: they rise with time.
    fn order(&self, engine: Engine) -> String {
        let ms = engine.hex(&format!("{} / 1000", self.placed_at(N)), 12);
        engine.id(&format!("{ms} || '70008000' || {}", engine.hex(N, 12)))
    }

    fn owner(&self, engine: Engine) -> String {
        // Of all the other orders, each customer has as many as any other.
        let other = format!("(({N} - {N} / {REGULARS_SHARE}) * 7919 % {} + 1)", self.customers);
        let other = customer(engine, &other);
        format!("case when {N} % {REGULARS_SHARE} = 0 then {} else {other} end", regular())
    }

    fn customers(&self, engine: Engine) -> String {
        let (id, name) = (customer(engine, N), format!("'{CUSTOMER}' || n"));
        let hash =
            format!("(select password_hash from accounts where username_folded = '{USERNAME}')");
        format!(
            "insert into accounts (id, username, username_folded, email, email_folded, password_hash,
                 first_name, last_name, role, is_active, created_at, updated_at)
             select {id}, {name}, {name}, {name} || '@example.com', {name} || '@example.com', {hash},
                 '', '', {}, true, {AT}, {AT} from {} g",
            Role::Customer.code(),
            engine.series(self.customers)
        )
    }

    fn movements(&self, engine: Engine) -> String {
        let (products, nobody) = (self.products, engine.nobody());
        let (receipt, adjustment) = (EntryKind::Receipt.code(), EntryKind::Adjustment.code());
        format!(
            "insert into stock_entries (product_id, location_id, kind, delta, actor_kind, actor_id, at)
             select (n - 1) % {products} + 1, 1,
                 case when (n - 1) / {products} % 2 = 0 then {receipt} else {adjustment} end,
                 case when (n - 1) / {products} % 2 = 0 then {LOT} else -1 end, 0, {nobody}, {AT} + n
             from {} g",
            engine.series(products * self.movements)
        )
    }

    /// The lines of all orders, one after the other: `n` is the order, `l` the line.
    fn all_lines(&self, engine: Engine) -> String {
        let (lines, series) = (self.lines, engine.series(self.lines * self.orders));
        format!("(select (n - 1) / {lines} + 1 as n, (n - 1) % {lines} + 1 as l from {series} g)")
    }

    fn lines(&self, engine: Engine) -> String {
        let (order, quantity, product) = (self.order(engine), quantity("l"), self.product("l"));
        // SQLite reads the tables of a cross join in their order here.
        format!(
            "insert into order_lines (order_id, line, product_id, sku, name, description, quantity,
                 unit_price_minor)
             select {order}, l, p.id, p.sku, p.name, p.description, {quantity}, p.own_price_minor
             from {} g cross join products p where p.id = {product}",
            self.all_lines(engine)
        )
    }

    /// What was sold, and what came back.
    fn sales(&self, engine: Engine) -> Vec<String> {
        let (product, quantity) = (self.product("l"), quantity("l"));
        let (nobody, at, lines) = (engine.nobody(), self.placed_at(N), self.all_lines(engine));
        let into = "insert into stock_entries
            (product_id, location_id, kind, delta, actor_kind, actor_id, at)";
        let (sale, back) = (EntryKind::Sale.code(), EntryKind::Return.code());
        vec![
            format!(
                "{into} select {product}, 1, {sale}, -{quantity}, 0, {nobody}, {at} from {lines} g"
            ),
            format!(
                "{into} select {product}, 1, {back}, {quantity}, 0, {nobody}, {at} + {MINUTE}
                 from {lines} g where {}",
                is_cancelled(N)
            ),
        ]
    }

    fn orders(&self, engine: Engine) -> String {
        let (id, at, is_cancelled) = (self.order(engine), self.placed_at(N), is_cancelled(N));
        let line = |line: String| format!("{} * {}", quantity(&line), price(&self.product(&line)));
        let lines: Vec<String> = (1..=self.lines).map(|number| line(number.to_string())).collect();
        let total = lines.join(" + ");
        let (cancelled, completed) = (OrderStatus::Cancelled.code(), OrderStatus::Completed.code());
        // As long as the keys of clients are.
        let key = "'past-0123456789abcdef-' || n";
        let (owner, series) = (self.owner(engine), engine.series(self.orders));
        let once = engine.once("g.owner", "g.idempotency_key");
        format!(
            "insert into orders (id, number, owner_kind, owner_id, status, version, currency, total_minor,
                 note, idempotency_key, fingerprint, once_id, created_at, updated_at,
                 processing_started_at, processing_completed_at)
             select {id}, n, 1, g.owner, case when {is_cancelled} then {cancelled} else {completed} end,
                 case when {is_cancelled} then 2 else 3 end, 'EUR', {total}, '',
                 g.idempotency_key, {id}, {once}, {at},
                 {at} + case when {is_cancelled} then 1 else 2 end * {MINUTE},
                 case when not {is_cancelled} then {at} + {MINUTE} end,
                 case when not {is_cancelled} then {at} + 2 * {MINUTE} end
             from (select n, {owner} as owner, {key} as idempotency_key from {series} s) g"
        )
    }

    /// Placed, started and completed; or placed and cancelled. Whoever has an account there has made it before.
    fn events(&self, engine: Engine) -> String {
        let (order, owner, at) = (self.order(engine), self.owner(engine), self.placed_at(N));
        let correlation = engine.id(&format!("{} || {}", engine.hex(N, 16), engine.hex("v", 16)));
        let (nobody, is_cancelled) = (engine.nobody(), is_cancelled(N));
        let placed = EventKind::OrderPlaced.code();
        let (started, completed) =
            (EventKind::OrderStarted.code(), EventKind::OrderCompleted.code());
        let cancelled = EventKind::OrderCancelled.code();
        // Each that was cancelled before has one less.
        let before = format!("({N} + {}) / {CANCELLED_OF}", CANCELLED_OF - CANCELLED - 1);
        format!(
            "insert into events (position, subject_kind, subject_id, version, kind, actor_kind, actor_id,
                 correlation_id, at)
             select (select position from feed) + 3 * (n - 1) - {before} + v, 1, {order}, v,
                 case when v = 1 then {placed} when {is_cancelled} then {cancelled}
                     when v = 2 then {started} else {completed} end,
                 case when v = 1 then 1 else 0 end, case when v = 1 then {owner} else {nobody} end,
                 {correlation}, {at} + (v - 1) * {MINUTE}
             from (select (n - 1) / 3 + 1 as n, (n - 1) % 3 + 1 as v from {} s) g
             where v < 3 or not {is_cancelled}",
            engine.series(3 * self.orders)
        )
    }

    /// What came in, less what was sold and kept.
    fn stock(&self) -> String {
        let adjustments = self.movements / 2;
        let received = (self.movements - adjustments) * LOT - adjustments;
        let kept = OrderStatus::Completed.code();
        format!(
            "insert into stock (product_id, location_id, on_hand, reserved)
             select p.id, 1, {received} - coalesce(s.units, 0), 0 from products p left join (
                select l.product_id, sum(l.quantity) as units from order_lines l
                join orders o on o.id = l.order_id where o.status = {kept} group by l.product_id
             ) s on s.product_id = p.id"
        )
    }

    fn statements(&self, engine: Engine) -> Vec<String> {
        let mut statements = goods(engine, self.products);
        statements.extend([self.customers(engine), self.lines(engine), self.orders(engine)]);
        statements.push(self.events(engine));
        if self.movements > 0 {
            statements.push(self.movements(engine));
            statements.extend(self.sales(engine));
            statements.push(self.stock());
            statements.extend(bulk::links(engine));
        }
        statements.extend([
            format!("update counters set last = {} where name = 'orders'", self.orders),
            format!(
                "update feed set position = (select coalesce(max(position), 0) from events),
                     commits = commits + {}",
                self.orders
            ),
        ]);
        statements
    }
}

impl Site {
    /// Gives a past to the shop that the others are copies of. The regular, who has an account there, has every
    /// tenth order; the customers have his password.
    pub async fn fill(&self, past: &Past) -> anyhow::Result<()> {
        bulk::write(&self.seed()?.location, TABLES, past.statements(self.engine)).await
    }
}

#[cfg(test)]
mod tests;
