//! A repair: what a shelf has more or less than its ledger explains is entered.

use super::{super::products::no_such_product, find};
use crate::{
    app::App,
    http::{
        State,
        answers::Answer,
        arguments::{Key, Segment},
        bodies::Body,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
        rights::Staff,
        shapes::view,
        texts::title_of,
    },
};
use domain::{Done, ProductId, RepairStock, Repaired, stock::repairs::RepairStockRefusal};
use std::sync::Arc;

view! {
    pub struct RepairedView = "StockRepaired" {
        product: i64,
        entered: i64,
        freed: i64,
        on_hand: i64,
        reserved: i64,
        available: i64,
    }
}

impl Reads for RepairStock {
    const NAME: &'static str = "StockRepair";

    /// Of which product the address says.
    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<RepairStock> {
        let reason = fields.required("reason", title_of::<500>())?;
        Some(RepairStock { product: ProductId(0), reason })
    }
}

pub async fn repair(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Segment(reference): Segment,
    Key(key): Key,
    _: NoQuery,
    Body(repair): Body<RepairStock>,
) -> Result<Answer<RepairedView>, Problem> {
    let repair = RepairStock { product: find(&app, &reference).await?, ..repair };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(staff.actor(), correlation, key, repair).await?;
    app.catalog.forget();
    let is_replay = matches!(answered.done, Done::Before(_));
    let (Done::Now(repaired) | Done::Before(repaired)) = answered.done;
    let Repaired { product, entered, freed, stock } = repaired;
    let view = RepairedView {
        product: product.0,
        entered,
        freed,
        on_hand: stock.on_hand,
        reserved: stock.reserved,
        available: stock.available(),
    };
    Ok(Answer::ok(&view).replayed(is_replay).of_commit(&app, answered.commit).await)
}

refusals! {
    RepairStockRefusal {
        RepairStockRefusal::UnknownProduct => [NOT_FOUND] no_such_product(),
    }
}
