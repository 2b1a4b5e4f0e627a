//! Stock: moved by staff, in batches.

use super::{
    answer::{json, replayed},
    body::JsonBody,
    correlation::CorrelationId,
    fields::Fields,
    orders::product_ref,
    parsers::{boolean, from_text, integer},
    problem::Problem,
    refusals::explain,
    visitor::{Key, Staff},
};
use crate::app::App;
use axum::{extract::State, http::StatusCode, response::Response};
use domain::{
    Action, MoveStock, Outcome, StockChange, StockLine, StockResult, Text, idempotency::Kept,
    stock::MAX_ON_HAND,
};
use serde_json::{Value, json as value};
use std::sync::Arc;

const LINES_MOST: usize = 10_000;

fn line(fields: &mut Fields) -> Option<StockLine> {
    let product = fields.required("product", product_ref);
    let delta = fields.optional("delta", integer(-MAX_ON_HAND..=MAX_ON_HAND));
    let set = fields.optional("set", integer(0..=MAX_ON_HAND));
    let reason = fields.optional("reason", from_text(Text::new));
    let change = match (delta?, set?) {
        (Some(delta), None) => StockChange::Delta(delta),
        (None, Some(count)) => StockChange::Set(count),
        (None, None) => return fields.refuse("delta", "is required, unless set is given"),
        (Some(_), Some(_)) => return fields.refuse("set", "cannot be combined with delta"),
    };
    Some(StockLine { product: product?, change, reason: reason? })
}

pub(super) fn wanted(fields: &mut Fields) -> Option<MoveStock> {
    let lines = fields.list("lines", 1..=LINES_MOST, line);
    let partial = fields.optional("partial", boolean);
    Some(MoveStock { lines: lines?, partial: partial?.unwrap_or(false) })
}

pub async fn move_stock(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    body: JsonBody,
) -> Result<Response, Problem> {
    let action = body.read(wanted)?;
    let correlation = domain::CorrelationId(correlation);
    let outcome = app.send(staff.actor(), correlation, key, Action::MoveStock(action)).await?;
    app.catalog.forget();
    let (results, is_replay) = match outcome {
        Outcome::StockMoved(results) => (results, false),
        Outcome::Replayed(Kept::Stock(results)) => (results, true),
        _ => return Err(Problem::internal()),
    };
    let applied = results.iter().filter(|line| line.result.is_ok()).count();
    let lines: Vec<Value> = results.iter().map(shown).collect();
    let body = value!({ "applied": applied, "refused": lines.len() - applied, "lines": lines });
    Ok(replayed(json(StatusCode::OK, &body), is_replay))
}

fn shown(line: &StockResult) -> Value {
    let product = line.product.map(|id| id.0);
    match line.result {
        Ok(stock) => value!({
            "product": product,
            "on_hand": stock.on_hand,
            "reserved": stock.reserved,
            "available": stock.available(),
        }),
        Err(problem) => value!({ "product": product, "error": explain(problem) }),
    }
}
