//! Never oversell, and what was sold stays what it was. Two products, many buyers, one tiny ledger.

use crate::{
    drafts::{currency, customer, staff},
    nouns::{
        orders::move_to,
        products::{edits, product},
        stock::movements,
    },
    script::{Keys, scripts},
    shop::{Shop, decide},
};
use domain::{
    Action, Actor, Command, CorrelationId, Decision, Details, Done, ExpectedLine, Facts, Listed,
    Micros, Most, Order, OrderId, OrderLine, OrderStatus, Outcome, PlaceOrder, ProductId,
    ProductRef, Quantity, Refusal, Refused, Rule, ShortLine, Stock, Who,
    orders::{self, MoveRefusal, PlaceRefusal},
};
use proptest::{collection::vec, prelude::*};
use std::collections::BTreeMap;
use uuid::Uuid;

#[derive(Clone, Debug)]
enum Deal {
    /// So many of the first product, and so many of the second.
    Buy([i64; 2]),
    Move {
        order: usize,
        to: OrderStatus,
    },
}

fn deals() -> impl Strategy<Value = Deal> {
    let status = proptest::sample::select(OrderStatus::ALL.to_vec());
    prop_oneof![
        1 => [1..4_i64, 0..4_i64].prop_map(Deal::Buy),
        1 => [0..4_i64, 1..4_i64].prop_map(Deal::Buy),
        3 => (0..6_usize, status).prop_map(|(order, to)| Deal::Move { order, to }),
    ]
}

proptest! {
    #[test]
    fn units_sold_never_exceed_the_units_there_were(
        shelves in [(0..15_i64, 0..4_i64), (0..15_i64, 0..4_i64)],
        deals in vec(deals(), 1..40),
    ) {
        let shelves = shelves.map(|(free, reserved)| Stock { on_hand: free + reserved, reserved });
        let (mut facts, mut sold) = (two_products(shelves), Sold::new());
        for (number, deal) in deals.iter().enumerate() {
            let left = left(shelves, &sold);
            let decision = command(number, deal, &sold).decide(&mut facts, Micros(number as i64));
            match (deal, ended(&decision)) {
                (Deal::Buy(units), Some(Ended::Short(short))) => {
                    prop_assert!(!short.is_empty());
                    prop_assert_eq!(short, short_of(*units, left));
                }
                (Deal::Move { order, .. }, Some(Ended::Short(short))) => {
                    let (_, units) = sold.values().nth(*order).expect("it was found by the shop");
                    prop_assert!(!short.is_empty());
                    prop_assert_eq!(short, short_of(*units, left));
                }
                (_, Some(Ended::Done(order))) => {
                    let units = |id| order.lines.iter().filter(|line| line.product == ProductId(id))
                        .map(|line| line.quantity.units()).sum::<i64>();
                    sold.insert(order.id, (order.status, [units(1), units(2)]));
                }
                (_, Some(Ended::NotAMove)) => {}
                (_, None) => prop_assert!(false, "{deal:?} is answered {decision:?}"),
            }
            for (units, id) in self::left(shelves, &sold).into_iter().zip([1, 2]) {
                prop_assert!(units >= 0, "oversold by {} units of {}", -units, id);
                prop_assert_eq!(units, on_shelf(&facts, id).available());
            }
        }
    }

    #[test]
    fn a_sold_line_never_changes_and_makes_its_part_of_the_total(
        script in scripts(Keys::Shared),
        rewrites in vec(prop_oneof![5 => edits(), 1 => movements()], 1..12),
    ) {
        let mut shop = Shop::open();
        let mut sold = BTreeMap::<OrderId, Vec<OrderLine>>::new();
        for batch in &script {
            shop.wait(batch.pause_us);
            let edits = rewrites.iter().map(|action| by(staff(), action.clone()));
            let commands: Vec<_> = batch.commands.iter().cloned().chain(edits).collect();
            let (decisions, decided) = decide(shop.facts.clone(), &commands, shop.now);
            for outcome in decisions.into_iter().flatten() {
                if let Done::Now(Outcome::Orders(orders::Outcome::PlaceOrder(order))) = outcome {
                    let parts = order.lines.iter().map(OrderLine::total_minor);
                    prop_assert_eq!(parts.sum::<i64>(), order.total_minor);
                    sold.insert(order.id, order.lines.clone());
                }
            }
            for (id, lines) in &sold {
                prop_assert_eq!(&decided.orders.get(id).unwrap().lines, lines);
            }
            shop.keep(decided);
        }
    }

    #[test]
    fn one_product_sells_to_the_last_unit_and_no_further(
        units in 0..30_i64,
        buyers in 1..60_usize,
    ) {
        let facts = two_products([Stock { on_hand: units, reserved: 0 }, Stock::default()]);
        let buy = |number| command(number, &Deal::Buy([1, 0]), &BTreeMap::new());
        let commands: Vec<_> = (0..buyers).map(buy).collect();
        let (decisions, facts) = decide(facts, &commands, Micros(0));
        let placed = decisions.iter().filter(|decision| decision.is_ok()).count();
        prop_assert_eq!(placed, buyers.min(units as usize));
        prop_assert_eq!(on_shelf(&facts, 1).on_hand, units - placed as i64);
    }
}

#[test]
fn an_order_bears_the_number_that_its_commit_gave_to_it() {
    let facts = two_products([Stock { on_hand: 9, reserved: 0 }, Stock::default()]);
    let buy = |number| command(number, &Deal::Buy([1, 0]), &BTreeMap::new());
    let second = OrderId(Uuid::from_u128(2));
    let moved = by(staff(), move_to(second, OrderStatus::Processing));
    let (decisions, _) = decide(facts, &[buy(1), buy(2), moved], Micros(0));
    let numbers = [(second, 7)].into();
    let numbered = decisions.into_iter().map(|decision| {
        let Ok(Done::Now(mut outcome)) = decision else { panic!("{decision:?}") };
        <Action as Rule>::number(&mut outcome, &numbers);
        let Outcome::Orders(outcome) = outcome else { panic!("{outcome:?}") };
        outcome.order().unwrap().number
    });
    assert_eq!(numbered.collect::<Vec<_>>(), [None, Some(7), Some(7)]);
}

/// How a deal may end.
enum Ended<'d> {
    Done(&'d Order),
    Short(&'d [ShortLine]),
    NotAMove,
}

fn ended(decision: &Decision) -> Option<Ended<'_>> {
    use orders::{Outcome as Did, Refusal as Refuses};
    match decision {
        Ok(Done::Now(Outcome::Orders(Did::PlaceOrder(order) | Did::MoveOrder(order)))) => {
            Some(Ended::Done(order))
        }
        Err(Refused::ByRule(Refusal::Orders(
            Refuses::PlaceOrder(PlaceRefusal::OutOfStock(short))
            | Refuses::MoveOrder(MoveRefusal::OutOfStock(short)),
        ))) => Some(Ended::Short(short)),
        Err(Refused::ByRule(Refusal::Orders(Refuses::MoveOrder(_)))) => Some(Ended::NotAMove),
        _ => None,
    }
}

fn on_shelf(facts: &Facts, product: i64) -> Stock {
    facts.shelves.main(ProductId(product)).expect("every product has a shelf").stock()
}

type Sold = BTreeMap<OrderId, (OrderStatus, [i64; 2])>;

fn two_products(shelves: [Stock; 2]) -> Facts {
    let mut shop = Shop::open();
    for (id, stock) in [1, 2].into_iter().zip(shelves) {
        shop.shelve(product(id, 250, Micros(0)), stock);
    }
    shop.facts
}

/// What is left for sale: what lay there, without the promised and without what orders have.
fn left(shelves: [Stock; 2], sold: &Sold) -> [i64; 2] {
    let live = |status: &OrderStatus| !["cancelled", "failed"].contains(&status.name());
    [0, 1].map(|place| {
        let gone = sold.values().filter(|(status, _)| live(status)).map(|(_, units)| units[place]);
        shelves[place].on_hand - shelves[place].reserved - gone.sum::<i64>()
    })
}

fn short_of(units: [i64; 2], left: [i64; 2]) -> Vec<ShortLine> {
    let lines = [1, 2].map(ProductId).into_iter().zip(units).zip(left);
    let line = |((product, requested), available)| ShortLine { product, requested, available };
    lines.map(line).filter(|line| line.requested > line.available).collect()
}

fn command(number: usize, deal: &Deal, sold: &Sold) -> Command {
    match deal {
        Deal::Buy(units) => {
            let lines = [1, 2].into_iter().zip(units).filter(|(_, units)| **units > 0);
            let lines = lines.map(|(id, units)| ExpectedLine {
                product: ProductRef::Id(ProductId(id)),
                quantity: Quantity::new(*units).unwrap(),
                price: None,
            });
            let (id, currency) = (OrderId(Uuid::from_u128(number as u128)), currency("EUR"));
            let lines = lines.collect();
            let order = PlaceOrder {
                id,
                currency,
                lines,
                total: None,
                most: Most::default(),
                details: Details::default(),
                customer: None,
            };
            by(customer(number as u128 % 3), order.action())
        }
        Deal::Move { order, to } => {
            let id = sold.keys().nth(*order).copied();
            by(staff(), move_to(id.unwrap_or(OrderId(Uuid::max())), *to))
        }
    }
}

pub fn by(actor: Actor, action: Action) -> Command {
    let who = Who { actor, correlation: CorrelationId(Uuid::nil()), once: None };
    Command { who, action }
}
