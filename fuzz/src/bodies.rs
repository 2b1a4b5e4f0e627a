//! Bodies: bytes to JSON to an order, a move of stock, a registration.

use crate::laws;
use domain::{ProductId, ProductRef, Quantity, StockChange, stock::MAX_ON_HAND};
use serde_json::Value;
use server::http::fuzzing;

const SIZE: usize = 64 * 1024;
/// With all digits of numbers kept, serde_json takes an object that begins with this key for one.
const NUMBER: &str = "$serde_json::private::Number";

pub fn run(data: &[u8]) {
    let value = match crate::wait(fuzzing::json(data.to_vec(), SIZE)) {
        Ok(value) => value,
        Err(problem) => return laws::refused(&problem),
    };
    let printed = value.to_string();
    if !printed.contains(NUMBER) {
        assert_eq!(serde_json::from_str::<Value>(&printed).ok(), Some(value.clone()), "{printed}");
    }
    order(&value);
    stock(&value);
    registration(&value);
}

fn order(value: &Value) {
    match fuzzing::order(value, crate::euro()) {
        Err(problem) => laws::refused(&problem),
        Ok(order) => {
            assert!((1..=100).contains(&order.lines.len()));
            for line in &order.lines {
                assert!((1..=Quantity::MAX).contains(&line.quantity.units()));
                product(&line.product);
                line.price.into_iter().for_each(laws::amount);
            }
            order.total.into_iter().for_each(laws::amount);
            laws::bounded(&order.note);
        }
    }
}

fn stock(value: &Value) {
    match fuzzing::stock(value) {
        Err(problem) => laws::refused(&problem),
        Ok(moved) => {
            assert!((1..=10_000).contains(&moved.lines.len()));
            for line in &moved.lines {
                product(&line.product);
                match line.change {
                    StockChange::Delta(delta) => assert!(delta.abs() <= MAX_ON_HAND),
                    StockChange::Set(count) => assert!((0..=MAX_ON_HAND).contains(&count)),
                }
                line.reason.iter().for_each(laws::bounded);
            }
        }
    }
}

fn registration(value: &Value) {
    match fuzzing::registration(value) {
        Err(problem) => laws::refused(&problem),
        Ok(new) => {
            let (username, email) = (new.username.as_str(), new.email.as_str());
            // Else one could log in as the other.
            assert!(!username.contains('@') && email.contains('@'), "{username:?} {email:?}");
            assert!(!username.contains(char::is_control) && !email.contains(char::is_control));
            assert!((8..=1024).contains(&new.password.chars().count()));
            new.names.iter().for_each(laws::bounded);
        }
    }
}

fn product(name: &ProductRef) {
    match name {
        ProductRef::Id(ProductId(id)) => assert!(*id >= 0),
        ProductRef::PublicId(_) => {}
        ProductRef::Sku(sku) => {
            let sku = sku.as_str();
            assert!((1..=64).contains(&sku.len()) && sku.chars().all(|c| c.is_ascii_graphic()));
        }
    }
}
