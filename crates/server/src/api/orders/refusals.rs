//! Why the shop refuses to place an order, or to move one.

use super::orders::no_such_order;
use crate::{
    api::catalog::products::Sight,
    http::{
        codes,
        problems::{FieldError, Problem},
        refusals::refusals,
    },
};
use domain::{
    Money, OrderStatus, ProductId, Quantity, ShortLine,
    orders::{BoundedLine, ChangedPrice, MoveRefusal, PlaceRefusal},
};
use serde_json::{Value, json};

refusals! {
    PlaceRefusal {
        PlaceRefusal::NotYours => [FORBIDDEN] {
            Problem::forbidden("only the staff order for somebody else")
        },
        PlaceRefusal::UnknownCustomer => [UNKNOWN_CUSTOMER] unknown_customer(),
        PlaceRefusal::UnknownProducts(lines) => [UNKNOWN_PRODUCT] unknown_products(lines),
        PlaceRefusal::QuantityTooLarge { line } => [INVALID] quantity_too_large(line),
        PlaceRefusal::TotalTooLarge => [INVALID] total_too_large(),
        PlaceRefusal::LinesChanged(lines) => [PRICE_CHANGED] price_changed(&lines, None),
        PlaceRefusal::TotalChanged { expected, total } => [PRICE_CHANGED] {
            price_changed(&[], Some((expected, total)))
        },
        PlaceRefusal::TooMany(lines) => [TOO_MANY_UNITS] too_many(&lines),
        PlaceRefusal::OutOfStock(lines) => [OUT_OF_STOCK] out_of_stock(&lines, Sight::Staffs),
    }
}

refusals! {
    MoveRefusal {
        MoveRefusal::NotFound => [NOT_FOUND] no_such_order(),
        MoveRefusal::IllegalMove { from, to } => [NOT_CANCELLABLE | ILLEGAL_MOVE] illegal_move(from, to),
        MoveRefusal::OutOfStock(lines) => [OUT_OF_STOCK] out_of_stock(&lines, Sight::Staffs),
    }
}

fn unknown_customer() -> Problem {
    let message = "there is no such customer, or his account is closed";
    Problem::new(codes::UNKNOWN_CUSTOMER, "nobody can be found for whom this is ordered")
        .errors(vec![FieldError::new("customer", message)])
}

fn unknown_products(lines: Vec<usize>) -> Problem {
    let error = |line| {
        let message = "there is no such product, or it is sold no more";
        FieldError::new(format!("order_items[{line}].product"), message)
    };
    Problem::new(codes::UNKNOWN_PRODUCT, "some products are not in the catalog")
        .errors(lines.into_iter().map(error).collect())
}

fn quantity_too_large(line: usize) -> Problem {
    let message = format!("the lines of this product add up to more than {}", Quantity::MAX);
    Problem::invalid_field(format!("order_items[{line}].quantity"), message)
}

fn total_too_large() -> Problem {
    Problem::invalid_field("order_items", "the order's total is too large to be an amount")
}

fn illegal_move(from: OrderStatus, to: OrderStatus) -> Problem {
    let from = from.name();
    let (code, detail) = match to {
        OrderStatus::Cancelled => {
            let detail = format!("an order that is {from} can no longer be cancelled here");
            (codes::NOT_CANCELLABLE, detail)
        }
        to => {
            let detail = format!("an order that is {from} cannot become {}", to.name());
            (codes::ILLEGAL_MOVE, detail)
        }
    };
    Problem::new(code, detail).with("order_status", from)
}

/// How many there are is told as far as whoever asks may see it.
pub fn out_of_stock(lines: &[ShortLine], sight: Sight) -> Problem {
    let line = |line: &ShortLine| {
        json!({
            "product": line.product.0,
            "requested": line.requested,
            "available": sight.shown(line.available),
        })
    };
    let detail = match lines {
        [one] => match sight.exact(one.available) {
            Some(exact) => format!("of product {} only {exact} are available", one.product),
            None => format!("of product {} not so many are available", one.product),
        },
        many => format!("{} products are not available in this quantity", many.len()),
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    Problem::new(codes::OUT_OF_STOCK, detail).with("lines", lines)
}

/// More of a product than one order, or one caller, may have: of each as many as he may have now.
pub fn too_many(lines: &[BoundedLine]) -> Problem {
    let line = |line: &BoundedLine| json!({ "product": line.product.0, "requested": line.requested, "most": line.most });
    let detail = match lines {
        [one] => format!("of product {} you may have {} now", one.product, one.most),
        many => format!("of {} products you may have less now", many.len()),
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    Problem::new(codes::TOO_MANY_UNITS, detail).with("lines", lines)
}

pub fn price_changed(lines: &[ChangedPrice], total: Option<(Money, Money)>) -> Problem {
    let line = |line: &ChangedPrice| {
        let ProductId(product) = line.product;
        json!({
            "product": product,
            "expected": line.expected.to_string(),
            "price": line.price.to_string(),
        })
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    let detail = match total {
        Some((expected, total)) => format!(
            "it comes to {total} and not {expected} {}: look at the prices of now, and send the total that is right",
            total.currency
        ),
        None => "the order would cost something else than was expected".to_owned(),
    };
    let problem = Problem::new(codes::PRICE_CHANGED, detail).with("lines", lines);
    match total {
        Some((expected, total)) => {
            problem.with("expected_total", expected.to_string()).with("total", total.to_string())
        }
        None => problem,
    }
}
