//! Orders, often such as the shop can serve, and the ways that they go.

mod changes;
pub mod details;
mod handing;

use super::{Drawn, Noun, accounts::some_account, addresses, keyed, unkeyed};
use crate::{
    answers::{KeptAnswer, kept_id},
    compared::same_rows,
    drafts::{
        NOBODY_YET, Step, act, any_prices, currency, eur, prices, quantities, references, text,
    },
    golden::{Golden, UUID, golden},
    script::Scribe,
    shop::Shop,
    store::{rows, view},
    weights::{Longest, PRODUCTS},
};
pub use changes::order_of_late;
pub use details::everything;
use details::{details, longest_details, most_details};
use domain::{
    AccountId, Action, Details, EditOrder, Event, ExpectedLine, Facts, HandOver, Listed, Money,
    Most, MoveOrder, OrderId, OrderStatus, PlaceOrder, ProductId, ProductRef, PublicId, Quantity,
    Sku, idempotency::PlacedBefore, orders,
};
use model::Model;
use proptest::{
    bool::weighted as weighted_bool, collection::vec, option::weighted, prelude::*, sample::select,
    test_runner::TestCaseResult,
};
use std::collections::BTreeMap;
use uuid::Uuid;

pub const ORDER: &str = "01920000-0000-7000-8000-000000000001";

pub struct Orders;

impl Noun for Orders {
    fn drafts(&self) -> Vec<Drawn> {
        vec![
            keyed(8, placements().prop_map(act)),
            keyed(4, handing::handed().prop_map(act)),
            keyed(8, walks()),
            keyed(5, changes::edits().prop_map(act)),
            unkeyed(2, changes::expiries().prop_map(act)),
            unkeyed(2, changes::oblivion().prop_map(act)),
        ]
    }

    fn renew(&self, action: &mut Action, scribe: &mut Scribe) {
        if let Action::Orders(action) = action {
            changes::renew(action, scribe);
        }
        if let Action::Orders(orders::Action::PlaceOrder(order)) = action {
            order.id = OrderId(scribe.make_id());
            order.customer.iter_mut().for_each(|customer| scribe.name(customer));
            scribe.orders.push((order.id, scribe.actor));
        }
        if let Action::Orders(orders::Action::HandOver(order)) = action {
            order.id = OrderId(scribe.make_id());
            scribe.orders.push((order.id, scribe.actor));
        }
    }

    fn twist(&self, action: &mut Action) {
        match action {
            Action::Orders(orders::Action::PlaceOrder(order)) => {
                order.details.note = text("another wish")
            }
            Action::Orders(orders::Action::MoveOrder(change)) => {
                change.reason = Some(text("another reason"));
            }
            Action::Orders(orders::Action::HandOver(order)) => {
                order.said.user_id = text("another buyer");
            }
            Action::Orders(orders::Action::EditOrder(edit)) => {
                edit.note = Some(text("another wish"));
            }
            _ => {}
        }
    }

    fn least(&self) -> Vec<Golden> {
        vec![
            golden(
                order(vec![line(id(1), 1, None)], None, ""),
                r#"{"lines":[{"product":{"id":1},"quantity":1}]}"#,
                "bf715cd0-4b10-098b-3bde-a7c452083bbd",
            ),
            golden(
                MoveOrder::of(OrderId(UUID), OrderStatus::Cancelled),
                r#"{"order":"01920000-0000-7000-8000-000000000001","to":"cancelled"}"#,
                "558c1425-197b-6609-199a-aa0dfedccfe0",
            ),
            handing::least(),
            golden(
                EditOrder::of(OrderId(UUID)),
                r#"{"order":"01920000-0000-7000-8000-000000000001"}"#,
                "ac0ffa5e-f009-b718-893e-8fc4b40b15ea",
            ),
        ]
    }

    fn most(&self) -> Vec<Golden> {
        let products =
            [id(1), ProductRef::Sku(Sku::stored("S-2")), ProductRef::PublicId(PublicId(UUID))];
        let lines = products.map(|product| line(product, 1_000_000, Some(eur(999))));
        let said = vec![
            golden(
                order(lines.into(), Some(eur(2_997_000_000)), "ring twice"),
                concat!(
                    r#"{"lines":[{"product":{"id":1},"quantity":1000000,"#,
                    r#""price":{"minor":999,"currency":"EUR"}},{"product":{"sku":"S-2"},"#,
                    r#""quantity":1000000,"price":{"minor":999,"currency":"EUR"}},{"product":"#,
                    r#"{"public_id":"01920000-0000-7000-8000-000000000001"},"quantity":1000000,"#,
                    r#""price":{"minor":999,"currency":"EUR"}}],"#,
                    r#""total":{"minor":2997000000,"currency":"EUR"},"note":"ring twice"}"#,
                ),
                "1a6a5d0e-7ab3-ef00-d268-55d68a69f97b",
            ),
            golden(
                PlaceOrder {
                    details: most_details(),
                    customer: Some(AccountId(UUID)),
                    ..order(vec![line(id(1), 1, None)], None, "")
                },
                concat!(
                    r#"{"lines":[{"product":{"id":1},"quantity":1}],"note":"ring twice","#,
                    r#""reference":"PO-1","delivery_address":{"name":"Ann","line1":"1 Camp Street","#,
                    r#""line2":"Second floor","post_code":"01234","city":"Camp","region":"Saxony","#,
                    r#""country":"IE","phone":"+49 351 1"},"contact":{"name":"Ann","#,
                    r#""email":"ann@example.com","phone":"+49 351 1"},"#,
                    r#""customer":"01920000-0000-7000-8000-000000000001"}"#,
                ),
                "70efec19-7f5e-cc74-7037-412cd9fdb9b1",
            ),
            golden(
                EditOrder {
                    versions: Some(vec![1, 2]),
                    note: Some(text("ring twice")),
                    delivery_address: Some(Some(addresses::most())),
                    contact: Some(None),
                    ..EditOrder::of(OrderId(UUID))
                },
                concat!(
                    r#"{"order":"01920000-0000-7000-8000-000000000001","versions":[1,2],"#,
                    r#""note":"ring twice","delivery_address":{"name":"Ann","#,
                    r#""line1":"1 Camp Street","line2":"Second floor","post_code":"01234","#,
                    r#""city":"Camp","region":"Saxony","country":"IE","phone":"+49 351 1"},"#,
                    r#""contact":null}"#,
                ),
                "00f41a55-33b6-2196-be35-5f1954c3c638",
            ),
        ];
        said.into_iter().chain([handing::most()]).chain(moves()).collect()
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        let id = OrderId(ORDER.parse().unwrap());
        vec![
            kept_id::<PlaceOrder>(ORDER, &id),
            kept_id::<HandOver>(ORDER, &id),
            kept_id::<MoveOrder>(ORDER, &id),
            kept_id::<EditOrder>(ORDER, &id),
        ]
    }

    fn heavy(&self, longest: Longest) -> Vec<Action> {
        let lines = (1..=PRODUCTS).map(|product| line(id(product), 1, None)).collect();
        let order = PlaceOrder { id: OrderId(Uuid::max()), ..order(lines, None, "") };
        let placed = PlaceOrder { details: longest_details(longest), ..order }.action();
        std::iter::once(placed).chain(handing::heavy(longest)).collect()
    }

    fn name_again(&self, facts: &mut Facts) {
        facts.placed = view(rows(&facts.orders).filter_map(|order| {
            let once = order.once.clone()?;
            let (owner, order) = (order.placer(), order.id);
            Some(PlacedBefore { owner, key: once.key, order, fingerprint: once.fingerprint })
        }));
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        let events = model.events.iter().map(|told| -> &Event { &told.event });
        same_rows(shop.books.events.iter(), events)?;
        let bought =
            rows(&shop.facts.bought).map(|found| ((found.product, found.owner), found.units));
        prop_assert_eq!(bought.collect::<BTreeMap<_, _>>(), model.bought.clone());
        same_rows(rows(&shop.facts.orders), model.orders.values())
    }
}

/// Of all kinds, and often one that the shop can serve.
pub fn placements() -> impl Strategy<Value = Action> {
    prop_oneof![2 => any_orders(), 1 => plain_orders()]
}

pub fn plain_order(product: i64, units: i64) -> Action {
    order(vec![line(id(product), units, None)], None, "").action()
}

fn plain_orders() -> impl Strategy<Value = Action> {
    (1..=3_i64, 1..=2_i64).prop_map(|(product, units)| plain_order(product, units))
}

fn any_orders() -> impl Strategy<Value = Action> {
    let line = (references(), quantities(), weighted(0.4, any_prices()))
        .prop_map(|(product, quantity, price)| ExpectedLine { product, quantity, price });
    let customer = weighted(0.15, some_account());
    let wanted = (vec(line, 1..=3), weighted(0.4, prices()), details(), bounds(), customer);
    wanted.prop_map(|(lines, price, details, most, customer)| {
        let units: i64 = lines.iter().map(|line| line.quantity.units()).sum();
        let total = price.map(|p| Money::new(p.minor.saturating_mul(units), p.currency));
        PlaceOrder { most, details, customer, ..order(lines, total, "") }.action()
    })
}

/// Staff bring the order somewhere; then the owner or anybody else asks for one move more.
fn walks() -> impl Strategy<Value = Step> {
    use OrderStatus::{Cancelled, Completed, Failed, Pending, Processing};
    let route = select(vec![
        vec![],
        vec![Cancelled],
        vec![Processing],
        vec![Processing, Completed],
        vec![Processing, Failed],
        vec![Processing, Failed, Pending],
        vec![Processing, Failed, Pending, Processing, Failed],
    ]);
    let last = select(OrderStatus::ALL.to_vec());
    let retry = (Just(vec![Processing, Failed]), Just(Pending), weighted_bool(0.7));
    let moves = prop_oneof![5 => (route, last, weighted_bool(0.1)), 1 => retry];
    let chances = (weighted_bool(0.4), weighted_bool(0.3));
    let seen = weighted(0.3, select(OrderStatus::ALL.to_vec()));
    let which = (weighted(0.5, plain_orders().prop_map(Box::new)), 0..5_usize);
    (which, moves, seen, chances).prop_map(|((placed, back), moves, seen, (by_owner, twice))| {
        let (route, last, sold_out) = moves;
        Step::Walk { placed, back, route, sold_out, seen, last, by_owner, twice }
    })
}

pub fn move_to(order: OrderId, to: OrderStatus) -> Action {
    let reason = (to == OrderStatus::Failed).then(|| text("no carrier"));
    MoveOrder { reason, ..MoveOrder::of(order, to) }.action()
}

/// The same, of an order that was seen somewhere.
pub fn move_from(order: OrderId, from: Option<OrderStatus>, to: OrderStatus) -> Action {
    let mut action = move_to(order, to);
    if let Action::Orders(orders::Action::MoveOrder(change)) = &mut action {
        change.from = from;
    }
    action
}

fn order(lines: Vec<ExpectedLine>, total: Option<Money>, note: &str) -> PlaceOrder {
    let (id, details) = (OrderId(NOBODY_YET), Details::noted(text(note)));
    let (currency, most) = (currency("EUR"), Most::default());
    PlaceOrder { id, currency, lines, total, most, details, customer: None }
}

/// Where the shop has bounds too.
pub fn bounds() -> impl Strategy<Value = Most> {
    let bound = || weighted(0.15, 1..8_i64);
    (bound(), bound()).prop_map(|(per_order, per_caller)| Most { per_order, per_caller })
}

fn line(product: ProductRef, units: i64, price: Option<Money>) -> ExpectedLine {
    ExpectedLine { product, quantity: Quantity::new(units).unwrap(), price }
}

fn id(id: i64) -> ProductRef {
    ProductRef::Id(ProductId(id))
}

/// With all that can be said of a move.
fn moves() -> Vec<Golden> {
    vec![
        golden(
            MoveOrder {
                reason: Some(text("no carrier")),
                ..MoveOrder::of(OrderId(UUID), OrderStatus::Failed)
            },
            concat!(
                r#"{"order":"01920000-0000-7000-8000-000000000001","to":"failed","#,
                r#""reason":"no carrier"}"#,
            ),
            "01c618bb-f088-a4df-b5b7-57c8641b05d9",
        ),
        golden(
            MoveOrder {
                from: Some(OrderStatus::Pending),
                ..MoveOrder::of(OrderId(UUID), OrderStatus::Cancelled)
            },
            concat!(
                r#"{"order":"01920000-0000-7000-8000-000000000001","to":"cancelled","#,
                r#""from":"pending"}"#,
            ),
            "b775591b-3386-041c-bf0f-5bac6316ab56",
        ),
    ]
}
