//! Stock that is moved: by few units or by more than there can be.

use super::{Drawn, Noun, keyed};
use crate::{
    answers::{KeptAnswer, kept},
    drafts::{act, references, text},
    golden::{Golden, golden},
    shop::Shop,
    store::{rows, view},
    weights::{Longest, PRODUCTS},
};
use domain::{
    Action, Facts, Ledger, Listed, MoveStock, ProductId, ProductRef, RepairStock, Repaired, Sku,
    StockChange, StockLine, StockResult, stock,
    stock::{MAX_ON_HAND, StockProblem},
};
use model::Model;
use proptest::{
    collection::vec, option::weighted, prelude::*, sample::select, test_runner::TestCaseResult,
};
use std::collections::BTreeMap;

pub struct Stock;

impl Noun for Stock {
    fn drafts(&self) -> Vec<Drawn> {
        vec![keyed(5, movements().prop_map(act)), keyed(1, repairs().prop_map(act))]
    }

    fn twist(&self, action: &mut Action) {
        match action {
            Action::Stock(stock::Action::MoveStock(movement)) => {
                movement.partial = !movement.partial;
            }
            Action::Stock(stock::Action::RepairStock(repair)) => {
                repair.reason = text("for another reason");
            }
            _ => {}
        }
    }

    fn least(&self) -> Vec<Golden> {
        let moved = StockLine { product: id(1), change: StockChange::Delta(1), reason: None };
        vec![
            golden(
                MoveStock { lines: vec![moved], partial: false },
                r#"{"lines":[{"product":{"id":1},"change":{"delta":1}}]}"#,
                "9c6191e5-841b-226f-9479-44ddbddf5033",
            ),
            golden(
                RepairStock { product: ProductId(1), reason: text("a restored backup") },
                r#"{"product":1,"reason":"a restored backup"}"#,
                "0287b78d-3d8f-0385-3478-bad3c21ff4b3",
            ),
        ]
    }

    fn most(&self) -> Vec<Golden> {
        let moved = |product, change| StockLine { product, change, reason: Some(text("counted")) };
        let repair = golden(
            RepairStock { product: ProductId(1), reason: text("a restored backup") },
            r#"{"product":1,"reason":"a restored backup"}"#,
            "0287b78d-3d8f-0385-3478-bad3c21ff4b3",
        );
        let moves = golden(
            MoveStock {
                lines: vec![
                    moved(id(1), StockChange::Delta(-1)),
                    moved(ProductRef::Sku(Sku::stored("S-2")), StockChange::Set(0)),
                ],
                partial: true,
            },
            concat!(
                r#"{"lines":[{"product":{"id":1},"change":{"delta":-1},"reason":"counted"},"#,
                r#"{"product":{"sku":"S-2"},"change":{"set":0},"reason":"counted"}],"partial":true}"#,
            ),
            "de12fd27-8184-d457-ab76-cfabbde6137d",
        );
        vec![moves, repair]
    }

    fn kept(&self) -> Vec<KeptAnswer> {
        let text = concat!(
            r#"1 [{"product":1,"result":{"Ok":{"on_hand":5,"reserved":2}}},"#,
            r#"{"product":null,"result":{"Err":"unknown_product"}},"#,
            r#"{"product":2,"result":{"Err":{"below_reserved":{"reserved":3}}}},"#,
            r#"{"product":3,"result":{"Err":"too_much"}},"#,
            r#"{"product":4,"result":{"Ok":{"on_hand":0,"reserved":0}},"is_unchanged":true}]"#,
        );
        let result = |product: Option<i64>, result| {
            let (product, is_unchanged) = (product.map(ProductId), product == Some(4));
            StockResult { product, result, is_unchanged }
        };
        let results = vec![
            result(Some(1), Ok(domain::Stock { on_hand: 5, reserved: 2 })),
            result(None, Err(StockProblem::UnknownProduct)),
            result(Some(2), Err(StockProblem::BelowReserved { reserved: 3 })),
            result(Some(3), Err(StockProblem::TooMuch)),
            result(Some(4), Ok(domain::Stock { on_hand: 0, reserved: 0 })),
        ];
        let repaired = Repaired {
            product: ProductId(3),
            entered: -2,
            freed: 1,
            stock: domain::Stock { on_hand: 5, reserved: 2 },
        };
        let again = r#"1 {"product":3,"entered":-2,"freed":1,"stock":{"on_hand":5,"reserved":2}}"#;
        vec![kept::<MoveStock>(text, &results), kept::<RepairStock>(again, &repaired)]
    }

    fn heavy(&self, longest: Longest) -> Vec<Action> {
        let change = StockChange::Delta(1);
        let moved =
            |product| StockLine { product: id(product), change, reason: Some(longest.text()) };
        vec![MoveStock { lines: (1..=PRODUCTS).map(moved).collect(), partial: false }.action()]
    }

    fn name_again(&self, facts: &mut Facts) {
        sum_up_again(facts);
    }

    fn compare(&self, model: &Model, shop: &Shop) -> TestCaseResult {
        let stock = rows(&shop.facts.shelves).map(|shelf| (shelf.product, shelf.stock()));
        prop_assert_eq!(&stock.collect::<BTreeMap<_, _>>(), &model.stock);
        prop_assert_eq!(&shop.books.entries, &model.entries);
        Ok(())
    }
}

/// What the database sums up of the entries, and of what carts hold. The entries are in the books, which are
/// audited to be what lies on the shelves.
pub fn sum_up_again(facts: &mut Facts) {
    let ledgers = rows(&facts.shelves).map(|shelf| Ledger {
        product: shelf.product,
        entered: shelf.on_hand,
        held: rows(&facts.holds).filter(|h| h.product == shelf.product).map(|h| h.units).sum(),
    });
    facts.ledgers = view(ledgers);
}

pub fn repairs() -> impl Strategy<Value = Action> {
    let reason = select(vec!["a restored backup", "by hand"]).prop_map(text);
    ((1..=5_i64).prop_map(ProductId), reason)
        .prop_map(|(product, reason)| RepairStock { product, reason }.action())
}

pub fn movements() -> impl Strategy<Value = Action> {
    let change = prop_oneof![
        8 => (-4..=9_i64).prop_map(StockChange::Delta),
        4 => (-1..=9_i64).prop_map(StockChange::Set),
        1 => select(vec![i64::MAX, i64::MIN]).prop_map(StockChange::Delta),
        1 => select(vec![MAX_ON_HAND, MAX_ON_HAND + 1]).prop_map(StockChange::Set),
    ];
    let line = (references(), change, weighted(0.2, Just(text("counted"))))
        .prop_map(|(product, change, reason)| StockLine { product, change, reason });
    (vec(line, 1..=3), any::<bool>())
        .prop_map(|(lines, partial)| MoveStock { lines, partial }.action())
}

/// Nothing remains but what carts were promised.
pub fn clearance() -> Action {
    let line = |(product, left)| StockLine {
        product: id(product),
        change: StockChange::Set(left),
        reason: None,
    };
    let lines = [(1, 0), (2, 3), (3, 3), (4, 0)].map(line).into();
    MoveStock { lines, partial: true }.action()
}

fn id(id: i64) -> ProductRef {
    ProductRef::Id(ProductId(id))
}
