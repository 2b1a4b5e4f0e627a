//! What is kept under a key is read by every later version, as the texts that each has written. **Who
//! changes one leaves old keys without their answer**: a new form gets a number of its own.

use crate::{drafts::text, shop::product};
use domain::{
    Category, CategoryId, CreateCategory, CreateProduct, EditProduct, Listed, Micros, MoveOrder,
    MoveStock, OrderId, PlaceOrder, Product, ProductId, Rule, Stock, StockResult,
    stock::StockProblem,
};
use std::fmt::Debug;

const PRODUCT: &str = concat!(
    r#"1 [{"id":7,"public_id":"00000000-0000-0000-0000-000000000007","sku":"S7","#,
    r#""name":"thing 7","description":"as it was","image_url":"https://img.example/7","#,
    r#""price":{"minor":250,"currency":"EUR"},"category":3,"category_slug":"camp","version":1,"#,
    r#""is_archived":false,"created_at":12,"updated_at":12},{"on_hand":5,"reserved":2}]"#,
);
const BARE_PRODUCT: &str = concat!(
    r#"1 [{"id":7,"public_id":"00000000-0000-0000-0000-000000000007","sku":"S7","#,
    r#""name":"thing 7","description":"as it was","image_url":null,"#,
    r#""price":{"minor":250,"currency":"EUR"},"category":null,"category_slug":null,"version":1,"#,
    r#""is_archived":false,"created_at":12,"updated_at":12},{"on_hand":0,"reserved":0}]"#,
);
const CATEGORY: &str = r#"1 {"id":3,"slug":"camp","name":"Camp","parent":2}"#;
const STOCK: &str = concat!(
    r#"1 [{"product":1,"result":{"Ok":{"on_hand":5,"reserved":2}}},"#,
    r#"{"product":null,"result":{"Err":"unknown_product"}},"#,
    r#"{"product":2,"result":{"Err":{"below_reserved":{"reserved":3}}}},"#,
    r#"{"product":3,"result":{"Err":"too_much"}}]"#,
);
const ORDER: &str = "01920000-0000-7000-8000-000000000001";

#[test]
fn kept_answers_are_read_as_every_version_has_written_them() {
    let bare = product(7, 250, Micros(12));
    let full = Product {
        image_url: Some(text("https://img.example/7")),
        category: Some(CategoryId(3)),
        category_slug: Some(text("camp")),
        ..bare.clone()
    };
    let full = (Box::new(full), Stock { on_hand: 5, reserved: 2 });
    reads::<EditProduct>(PRODUCT, &full);
    reads::<CreateProduct>(PRODUCT, &full);
    reads::<CreateProduct>(BARE_PRODUCT, &(Box::new(bare), Stock::default()));
    let (slug, name) = (text("camp"), text("Camp"));
    let category = Category { id: CategoryId(3), slug, name, parent: Some(CategoryId(2)) };
    reads::<CreateCategory>(CATEGORY, &Box::new(category));
    let result =
        |product: Option<i64>, result| StockResult { product: product.map(ProductId), result };
    let results = vec![
        result(Some(1), Ok(Stock { on_hand: 5, reserved: 2 })),
        result(None, Err(StockProblem::UnknownProduct)),
        result(Some(2), Err(StockProblem::BelowReserved { reserved: 3 })),
        result(Some(3), Err(StockProblem::TooMuch)),
    ];
    reads::<MoveStock>(STOCK, &results);
    assert_eq!(PlaceOrder::before(ORDER), Some(OrderId(ORDER.parse().unwrap())));
    assert_eq!(MoveOrder::before(ORDER), Some(OrderId(ORDER.parse().unwrap())));
}

/// This version reads the text, and still writes it so.
fn reads<C>(text: &str, answer: &C::Outcome)
where
    C: Listed<Before = <C as Rule>::Outcome>,
    C::Outcome: PartialEq + Debug,
{
    assert_eq!(C::before(text).as_ref(), Some(answer), "{}", C::NAME);
    assert_eq!(&*C::kept(answer), text, "{}", C::NAME);
}

#[test]
fn a_kept_answer_that_cannot_be_read_is_no_answer_and_no_panic() {
    let cut = |text: &str| text[..text.len() - 1].to_owned();
    let other = |text: &str| text.replacen('1', "2", 1);
    for text in [PRODUCT, CATEGORY, STOCK] {
        for bad in [cut(text), other(text), text[2..].to_owned()] {
            unreadable(&bad);
        }
    }
    unreadable(&cut(ORDER));
    for text in ["", "1", "1 ", "1 {}", "1 null", "1 [{},{}]", "1 \"\"", "1 [{}]"] {
        unreadable(text);
    }
    assert!(CreateProduct::before(CATEGORY).is_none() && CreateCategory::before(STOCK).is_none());
    assert!(MoveStock::before(PRODUCT).is_none() && PlaceOrder::before(CATEGORY).is_none());
}

fn unreadable(text: &str) {
    let is_read = [
        CreateProduct::before(text).is_some(),
        EditProduct::before(text).is_some(),
        CreateCategory::before(text).is_some(),
        MoveStock::before(text).is_some(),
        PlaceOrder::before(text).is_some(),
        MoveOrder::before(text).is_some(),
    ];
    assert_eq!(is_read, [false; 6], "{text:?}");
}
