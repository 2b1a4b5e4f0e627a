//! Stock: moved by staff, in batches.

use super::products::product_ref;
use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::Key,
        bodies::Body,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::{boolean, integer},
        problems::{FieldError, Problem},
        queries::NoQuery,
        refusals::refusals,
        rights::Staff,
        routes::Route,
        shapes::{Named, Shape, View, view},
        texts::line_of,
    },
};
use domain::{
    Done, MoveStock, Scope, StockChange, StockLine, StockResult,
    stock::{MAX_ON_HAND, MoveStockRefusal, StockProblem},
};
use serde::Serialize;
use serde_json::{Value, json};
use std::sync::Arc;

const LINES_MOST: usize = 10_000;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/catalog/inventory/batch", "move_stock", move_stock)
            .about(
                "Moves stock by differences or to counts: all lines or, if partial, what can be.",
            )
            .linked("inventory_batch")
            .example(json!({ "lines": [{ "product": 1, "delta": 5, "reason": "delivery" }] }))
            .scoped(Scope::CatalogWrite)
            .sends::<MoveStock>(),
    ]
}

view! {
    pub struct StockMovedView = "StockMoved" {
        applied: usize,
        refused: usize,
        lines: Vec<StockLineView>,
    }
}

view! {
    pub struct MovedView = "MovedLine" {
        product: Option<i64>,
        on_hand: i64,
        reserved: i64,
        available: i64,
    }
}

view! {
    pub struct NotMovedView = "RefusedLine" {
        product: Option<i64>,
        /// `unknown_product`, `below_reserved` or `too_much`.
        code: &'static str,
        error: String,
    }
}

/// How one line ended.
#[derive(Serialize)]
#[serde(untagged)]
pub enum StockLineView {
    Moved(MovedView),
    NotMoved(NotMovedView),
}

impl Shape for StockLineView {
    fn shape(named: &mut Named) -> Value {
        json!({ "oneOf": [MovedView::schema(named), NotMovedView::schema(named)] })
    }
}

impl View for StockLineView {
    const NAME: &'static str = "StockLine";
}

impl StockLineView {
    fn of(line: &StockResult) -> StockLineView {
        let product = line.product.map(|id| id.0);
        match line.result {
            Ok(stock) => StockLineView::Moved(MovedView {
                product,
                on_hand: stock.on_hand,
                reserved: stock.reserved,
                available: stock.available(),
            }),
            Err(problem) => {
                let (code, error) = (problem.name(), explain(problem));
                StockLineView::NotMoved(NotMovedView { product, code, error })
            }
        }
    }
}

impl Reads for MoveStock {
    const NAME: &'static str = "StockBatch";

    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<MoveStock> {
        let lines = fields.list("lines", 1..=LINES_MOST, line);
        let partial = fields.optional("partial", boolean());
        Some(MoveStock { lines: lines?, partial: partial?.unwrap_or(false) })
    }
}

fn line(fields: &mut Fields<'_>) -> Option<StockLine> {
    let product = fields.required("product", product_ref());
    let delta = fields.optional("delta", integer(-MAX_ON_HAND..=MAX_ON_HAND));
    let set = fields.optional("set", integer(0..=MAX_ON_HAND));
    let reason = fields.optional("reason", line_of::<500>());
    let one = fields.one_of(&["delta", "set"]);
    let change = match (delta?, set?) {
        (Some(delta), _) => StockChange::Delta(delta),
        (None, set) => StockChange::Set(set.unwrap_or_default()),
    };
    one?;
    Some(StockLine { product: product?, change, reason: reason? })
}

async fn move_stock(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    _: NoQuery,
    Body(action): Body<MoveStock>,
) -> Result<Answer<StockMovedView>, Problem> {
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(staff.actor(), correlation, key, action).await?;
    app.catalog.forget();
    let (results, is_replay) = match answered.done {
        Done::Now(results) => (results, false),
        Done::Before(results) => (results, true),
    };
    let applied = results.iter().filter(|line| line.result.is_ok()).count();
    let lines: Vec<StockLineView> = results.iter().map(StockLineView::of).collect();
    let view = StockMovedView { applied, refused: lines.len() - applied, lines };
    let answer = Answer::ok(&view).replayed(is_replay);
    Ok(answer.of_commit(&app, answered.commit).await)
}

refusals! {
    MoveStockRefusal {
        MoveStockRefusal::Lines(results) => [UNKNOWN_PRODUCT | CONFLICT] stock_lines(&results),
    }
}

/// Why a batch that is not partial was refused.
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
