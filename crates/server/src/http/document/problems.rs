//! How a problem looks: what all have in common, and the figures that some codes tell besides.

use super::{headers::CORRELATION_ID, reference};
use crate::http::{
    codes::CODES,
    shapes::{Amount, Named, Shape, Time, noted},
};
use domain::OrderStatus;
use serde_json::{Value, json};

/// As RFC 9457 has it, with what some codes tell besides.
pub fn problem() -> Value {
    let mut problem = json!({
        "type": "object",
        "required": ["type", "title", "status", "detail", "code", "correlation_id"],
        "properties": {
            "type": { "type": "string", "format": "uri", "pattern": "^urn:sutler:problem:[a-z_]+$" },
            "title": { "type": "string" },
            "status": { "type": "integer", "minimum": 400, "maximum": 599 },
            "detail": { "type": "string" },
            "code": { "enum": CODES.iter().map(|code| code.name).collect::<Vec<_>>() },
            "correlation_id": { "type": "string", "pattern": CORRELATION_ID },
            "errors": { "type": "array", "minItems": 1, "items": reference("FieldError") },
        },
    });
    for (name, schema, words) in figures() {
        problem["properties"][name] = noted(schema, words);
    }
    problem
}

/// What a code may tell besides, so that a program need not read the words. A story that is told anything else
/// fails (`tests/it/contract.rs`).
fn figures() -> [(&'static str, Value, &'static str); 9] {
    let number = || json!({ "type": "integer" });
    let amount = || Amount::shape(&mut Named::new());
    let status = OrderStatus::shape(&mut Named::new());
    let products = json!({ "type": "array", "minItems": 1, "items": number() });
    [
        (
            "lines",
            json!({ "type": "array", "items": reference("ProblemLine") }),
            "Of out_of_stock, too_many_units and price_changed: what they are about. Where only the total is another one there are none.",
        ),
        ("expected_total", amount(), "Of price_changed: the total of the request."),
        ("total", amount(), "Of price_changed: what it comes to now."),
        ("requested", number(), "Of holds_too_many: how many units the cart would hold in all."),
        (
            "most",
            number(),
            "Of holds_too_many: how many units a cart may hold. Of cart_full: how many lines.",
        ),
        ("until", Time::shape(&mut Named::new()), "Of cart_rests: when it can be filled again."),
        ("products", products, "Of no_longer_sold: the ids of what has to be taken out first."),
        (
            "order_status",
            status,
            "Of not_cancellable, not_editable and illegal_move: how the order stands.",
        ),
        (
            "version",
            number(),
            "Of version_mismatch: the present one. Of sku_taken at an edit: that of the product which was to have it.",
        ),
    ]
}

/// One line of `lines`: which of these are there follows from the code.
pub fn problem_line() -> Value {
    let number = |words: &str| json!({ "type": "integer", "description": words });
    let amount = |words: &str| noted(Amount::shape(&mut Named::new()), words);
    json!({
        "type": "object",
        "required": ["product"],
        "properties": {
            "product": number("Its id."),
            "requested": number("Of out_of_stock and too_many_units: how many units were asked for. Of too_many_units with those that the cart has already."),
            "available": {
                "type": ["integer", "null"],
                "description": "Of out_of_stock: how many may be had, as far as whoever asks may know it (stock_shown).",
            },
            "most": number("Of too_many_units: how many he may have now."),
            "expected": amount("Of price_changed: the price of the request."),
            "price": amount("Of price_changed: the price of now."),
        },
    })
}

pub fn field_error() -> Value {
    json!({
        "type": "object",
        "required": ["field", "message"],
        "properties": {
            "line": { "type": "integer", "minimum": 1, "description": "of a sheet" },
            "field": { "type": "string" },
            "message": { "type": "string" },
        },
    })
}
