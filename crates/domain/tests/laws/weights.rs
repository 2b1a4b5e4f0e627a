//! A batch is bounded by what its commands weigh: none of the heavy ones weighs less than it writes, and
//! none much more.

use crate::{
    drafts::{customer, staff, text},
    keys::keyed,
    nouns::{NOUNS, addresses::longest_address, products::product},
    shop::{Shop, decide},
    store::rows,
    tables::{Place, Visit, each},
};
use domain::{
    AccountId, Action, Actor, Address, AddressId, CallerKind, Cart, CartId, Consumer, Crowd,
    CrowdId, Facts, Hold, LocationId, Micros, MoveOrder, OrderId, OrderStatus, Product, ProductId,
    Rule, SettleOrders, Sku, Stock, Text, addresses,
    claims::{End, Settlement},
    facts::{Mark, Row, Slot, Table},
    fold,
};
use std::fmt::Debug;
use uuid::Uuid;

pub const PRODUCTS: i64 = 100;

#[test]
fn a_heavy_command_weighs_what_it_writes_and_not_much_more() {
    for longest in [Longest('🛒'), Longest('ﷺ')] {
        NOUNS.iter().flat_map(|noun| noun.heavy(longest)).for_each(|action| weigh(longest, action));
    }
}

/// However it fails, all of its goods go back.
#[test]
fn what_a_worker_fails_weighs_as_much_as_what_the_staff_fail() {
    let (order, begun_at) = (OrderId(Uuid::max()), None);
    let end = End::Failed(text("no carrier"));
    let settlements = vec![Settlement { order, begun_at, end }; 2];
    let settle = SettleOrders { holder: Uuid::nil(), settlements };
    assert_eq!(settle.weight(), MoveOrder::of(order, OrderStatus::Failed).weight().times(2));
}

/// Texts of a letter that takes the most bytes, or the most when it is folded for searches.
#[derive(Clone, Copy)]
pub struct Longest(char);

impl Longest {
    pub fn text<const MAX: usize>(self) -> Text<MAX> {
        text(&String::from(self.0).repeat(MAX))
    }
}

fn weigh(longest: Longest, action: Action) {
    let (name, weight) = (action.name(), action.weight());
    let mut shop = Shop::open();
    for id in 1..=PRODUCTS {
        let product = product(id, 250, Micros(0));
        let (name, description) = (longest.text(), longest.text());
        let (stock, sku) = (Stock { on_hand: 9, reserved: 0 }, Sku::stored(&format!("{id:064}")));
        shop.shelve(
            Product { sku, name, description, image_url: Some(longest.text()), ..product },
            stock,
        );
    }
    for number in 1..=addresses::MOST as u128 {
        let (account, id) = (AccountId(customer(1).caller.id), AddressId(Uuid::from_u128(number)));
        let (postal, now) = (longest_address(longest), shop.now);
        let address = Address { account, id, postal, created_at: now, updated_at: now };
        shop.facts.addresses.load(address);
    }
    [staff(), customer(1)].into_iter().for_each(|whose| fill_cart(&mut shop, whose));
    let waits = shop.facts.accounts.rows.values_mut();
    waits.for_each(|slot| slot.row.held_until = Some(shop.now));
    let (consumer, holder, _) = worker();
    let (leased_until, seen_at) = (shop.now, shop.now);
    let consumer = Consumer { name: consumer, position: 0, holder, leased_until, seen_at };
    shop.facts.consumers.load(consumer);
    let commands = [keyed(staff(), "K", action)];
    let (decisions, mut decided) = decide(shop.facts.clone(), &commands, shop.now);
    assert!(decisions[0].is_ok(), "{name}: {decisions:?}");
    let mut marked = Marked(0);
    each(&mut decided, &shop.facts, &mut marked);
    let copied = rows(&decided.orders).flat_map(|order| &order.lines);
    let added = [decided.entries.0.len(), decided.events.0.len(), decided.trail.0.len()];
    let written = marked.0 + copied.count() + added.iter().sum::<usize>();
    assert!(written <= weight.rows, "{name} writes {written} rows, weighs {weight:?}");
    let bytes = texts(&decided);
    assert!(bytes <= weight.bytes, "{name} writes {bytes} bytes, weighs {weight:?}");
    // Or batches would be small.
    assert!(weight.rows <= 2 * written + 8, "{name} writes {written} rows, weighs {weight:?}");
    assert!(weight.bytes <= 8 * bytes + 8192, "{name} writes {bytes} bytes, weighs {weight:?}");
}

/// Who works for a consumer that stands at the beginning, and for how long.
pub fn worker() -> (Text<100>, Uuid, i64) {
    (text("search"), Uuid::from_u128(1), Micros::SECOND)
}

/// Whoever asks, or is to go, has a cart of all products, and its time is over.
fn fill_cart(shop: &mut Shop, whose: Actor) {
    let (id, now) = (CartId::of(whose.caller), shop.now);
    for product in (1..=PRODUCTS).map(ProductId) {
        shop.facts.holds.load(Hold { cart: id, product, units: 1, added_at: now });
        let shelf = shop.facts.shelves.rows.get_mut(&(product, LocationId::MAIN));
        shelf.expect("it was shelved").row.reserved += 1;
    }
    let (kind, crowd) = (CallerKind::Account, Some(CrowdId::of("home")));
    shop.facts.crowds.load(Crowd { id: CrowdId::of("home"), units: 2 * PRODUCTS });
    let (opened_at, updated_at, expires_at) = (now, now, now);
    shop.facts.carts.load(Cart { id, kind, opened_at, updated_at, expires_at, crowd });
}

struct Marked(usize);

impl Visit for Marked {
    fn table<R: Row + Clone + Debug + PartialEq>(
        &mut self,
        _: Place,
        decided: &mut Table<R>,
        _: &Table<R>,
        _: fn(&R::Key) -> R::Find,
    ) {
        self.0 += decided.rows.values().filter(|slot| slot.mark != Mark::Kept).count();
    }
}

/// How long the texts are that are written, and those that are kept under the key.
fn texts(decided: &Facts) -> usize {
    let lines = rows(&decided.orders).flat_map(|order| &order.lines);
    let lines =
        lines.map(|line| line.name.len() + line.sku.as_str().len() + line.description.len());
    let notes = rows(&decided.orders).map(|order| order.note.len());
    let handed = rows(&decided.orders).filter_map(|order| order.handed_over.as_ref());
    let handed = handed.map(|handed| serde_json::to_string(handed).unwrap().len());
    let products = decided.products.rows.values().filter(|slot| slot.mark != Mark::Kept);
    let products =
        products.map(|Slot { row: Product { name, sku, description, image_url, .. }, .. }| {
            let searched = fold(&[name.as_str(), sku.as_str(), description.as_str()].join("\n"));
            let image = image_url.as_ref().map_or(0, |url| url.len());
            name.len() + description.len() + image + searched.len()
        });
    let accounts = decided.accounts.rows.values().filter(|slot| slot.mark != Mark::Kept);
    let accounts = accounts.map(|Slot { row, .. }| {
        let names = row.first_name.len() + row.last_name.len() + row.password_hash.len();
        2 * (row.username.as_str().len() + row.email.as_str().len()) + names
    });
    let is_written = |mark| !matches!(mark, Mark::Kept | Mark::Dropped);
    let kept = decided.addresses.rows.values().filter(|slot| is_written(slot.mark));
    let addresses = kept.map(|slot| serde_json::to_string(&slot.row.postal).unwrap().len());
    let reasons = decided.entries.0.iter().flat_map(|entry| &entry.reason);
    let told = decided.trail.0.iter().flat_map(|entry| [&entry.before, &entry.after]);
    let told = told.flatten().map(|told| told.len());
    let told =
        told.chain(decided.events.0.iter().flat_map(|event| &event.data).map(|data| data.len()));
    let kept = rows(&decided.traces).map(|trace| trace.kept.len());
    let reasons = reasons.map(|reason| reason.len());
    lines
        .chain(notes)
        .chain(handed)
        .chain(products)
        .chain(accounts)
        .chain(addresses)
        .chain(reasons)
        .chain(told)
        .chain(kept)
        .sum()
}
