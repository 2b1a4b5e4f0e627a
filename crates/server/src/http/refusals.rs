//! The one place where a refusal of the shop becomes a problem on the wire.

use super::{
    codes,
    problem::{FieldError, Problem},
};
use domain::{
    Money, OrderStatus, ProductId, Refusal, ShortLine, StockResult, orders::ChangedPrice,
    stock::StockProblem,
};
use serde_json::{Value, json};
use store::Rejection;

impl From<Rejection> for Problem {
    fn from(rejection: Rejection) -> Problem {
        match rejection {
            Rejection::Refused(refusal) => refused(refusal),
            Rejection::Busy => {
                Problem::overloaded("too much is waiting to be written; nothing was begun")
            }
            Rejection::Late => {
                Problem::overloaded("it waited too long to be written; nothing was begun")
            }
            Rejection::Closing => Problem::unavailable("this node is closing; nothing was begun"),
            Rejection::Unavailable(_) => {
                Problem::unavailable("the database cannot write at the moment; nothing was changed")
            }
            Rejection::Poisonous(_) => Problem::new(
                codes::REJECTED,
                "the database refuses this request, and will again; nothing was changed",
            ),
            Rejection::Unknown => Problem::outcome_unknown(),
        }
    }
}

impl From<Refusal> for Problem {
    fn from(refusal: Refusal) -> Problem {
        refused(refusal)
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Problem {
        match &error {
            store::Error::Lost(_) | store::Error::Unavailable(_) => {
                tracing::warn!(%error, "the database cannot be read");
                Problem::unavailable("the database cannot be read at the moment")
            }
            _ => {
                tracing::error!(%error, "a query failed");
                Problem::internal()
            }
        }
    }
}

fn refused(refusal: Refusal) -> Problem {
    match refusal {
        Refusal::Taken { username, email } => taken(username, email),
        Refusal::SessionEnded => Problem::unauthenticated("the session has ended; log in again"),
        Refusal::TokenUsed => Problem::unauthenticated(
            "this token was used before; use the one that it was traded for",
        ),
        Refusal::SlugTaken => Problem::new(codes::CONFLICT, "another category has this slug"),
        Refusal::SkuTaken => Problem::new(codes::SKU_TAKEN, "another product has this sku")
            .errors(vec![FieldError::new("sku", "belongs to another product")]),
        Refusal::UnknownCategory => {
            Problem::invalid_field("category", "there is no category with this slug")
        }
        Refusal::ProductNotFound => Problem::not_found("there is no such product"),
        Refusal::UnknownProducts(lines) => unknown_products("order_items", lines),
        Refusal::VersionMismatch { current } => Problem::version_mismatch(format!(
            "the product is at version {current}; read it again and repeat the edit"
        ))
        .with("version", current),
        Refusal::StockLines(results) => stock_lines(&results),
        Refusal::QuantityTooLarge { line } => Problem::invalid_field(
            format!("order_items[{line}].quantity"),
            "the lines of this product add up to more than 1000000",
        ),
        Refusal::TotalTooLarge => {
            Problem::invalid_field("order_items", "the order's total is too large to be an amount")
        }
        Refusal::PriceChanged { lines, total } => price_changed(&lines, total),
        Refusal::OutOfStock(lines) => out_of_stock(&lines),
        Refusal::OrderNotFound => Problem::not_found("there is no such order"),
        Refusal::IllegalMove { from, to: OrderStatus::Cancelled } => Problem::new(
            codes::NOT_CANCELLABLE,
            format!("an order that is {} can no longer be cancelled here", from.name()),
        )
        .with("order_status", from.name()),
        Refusal::IllegalMove { from, to } => Problem::new(
            codes::CONFLICT,
            format!("an order that is {} cannot become {}", from.name(), to.name()),
        ),
        Refusal::KeyReused => Problem::new(
            codes::IDEMPOTENCY_KEY_REUSED,
            "this Idempotency-Key was used for another request; use a new key for a new request",
        ),
    }
}

fn taken(username: bool, email: bool) -> Problem {
    let code = if username { codes::USERNAME_TAKEN } else { codes::EMAIL_TAKEN };
    let mut errors = Vec::new();
    if username {
        errors.push(FieldError::new("username", "somebody else has it"));
    }
    if email {
        errors.push(FieldError::new("email", "somebody else has it"));
    }
    Problem::new(code, "an account has this name already").errors(errors)
}

fn unknown_products(list: &str, lines: Vec<usize>) -> Problem {
    let error = |line| {
        let message = "there is no such product, or it is sold no more";
        FieldError::new(format!("{list}[{line}].product"), message)
    };
    Problem::new(codes::UNKNOWN_PRODUCT, "some products are not in the catalog")
        .errors(lines.into_iter().map(error).collect())
}

fn stock_lines(results: &[StockResult]) -> Problem {
    let wrong = results.iter().enumerate();
    let wrong = wrong.filter_map(|(line, result)| Some((line, result.result.err()?)));
    let errors: Vec<FieldError> = wrong
        .map(|(line, problem)| {
            let field = match problem {
                StockProblem::UnknownProduct => "product",
                _ => "delta",
            };
            FieldError::new(format!("lines[{line}].{field}"), explain(problem))
        })
        .collect();
    let unknown = errors.iter().all(|error| error.field.ends_with("product"));
    let code = if unknown { codes::UNKNOWN_PRODUCT } else { codes::CONFLICT };
    Problem::new(code, "no line was carried out, for some cannot be").errors(errors)
}

pub fn explain(problem: StockProblem) -> String {
    match problem {
        StockProblem::UnknownProduct => "there is no such product, or it is sold no more".into(),
        StockProblem::BelowReserved { reserved: 0 } => "less than nothing would be on hand".into(),
        StockProblem::BelowReserved { reserved } => {
            format!("{reserved} are reserved and must stay on hand")
        }
        StockProblem::TooMuch => "more than a shelf can hold would be on hand".into(),
    }
}

fn out_of_stock(lines: &[ShortLine]) -> Problem {
    let line = |line: &ShortLine| {
        json!({
            "product": line.product.0,
            "requested": line.requested,
            "available": line.available,
        })
    };
    let detail = match lines {
        [one] => format!("of product {} only {} are available", one.product, one.available),
        many => format!("{} products are not available in this quantity", many.len()),
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    Problem::new(codes::OUT_OF_STOCK, detail).with("lines", lines)
}

fn price_changed(lines: &[ChangedPrice], total: Option<(Money, Money)>) -> Problem {
    let line = |line: &ChangedPrice| {
        let ProductId(product) = line.product;
        json!({
            "product": product,
            "expected": line.expected.to_string(),
            "price": line.price.to_string(),
        })
    };
    let lines: Vec<Value> = lines.iter().map(line).collect();
    let detail = "the order would cost something else than was expected";
    let problem = Problem::new(codes::PRICE_CHANGED, detail).with("lines", lines);
    match total {
        Some((expected, total)) => {
            problem.with("expected_total", expected.to_string()).with("total", total.to_string())
        }
        None => problem,
    }
}
