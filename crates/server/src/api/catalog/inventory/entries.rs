//! The ledger: all that ever moved the stock of a product.

use super::find;
use crate::{
    api::identity::trail::ActorView,
    app::App,
    http::{
        State,
        answers::Answer,
        arguments::{Known, Segment},
        fields::Given,
        lists::{Place, Whole},
        pages::{List, OFFSET_MOST},
        problems::Problem,
        queries::LateQuery,
        rights::Staff,
        shapes::{Named, Nested, Shape, Time, one_of, time, view},
    },
};
use domain::{EntryKind, StockEntry};
use serde_json::Value;
use std::sync::Arc;
use store::Direction;
use uuid::Uuid;

impl Shape for EntryKind {
    fn shape(_: &mut Named) -> Value {
        one_of(EntryKind::ALL.map(EntryKind::name))
    }
}

view! {
    pub struct StockEntryView<'a> = "StockEntry" {
        id: i64,
        kind: &'static str as EntryKind,
        delta: i64,
        reason: Option<&'a str>,
        actor: Nested<ActorView>,
        /// Of a sum over orders there is none.
        correlation_id: Option<Uuid>,
        at: String as Time,
    }
}

impl StockEntryView<'_> {
    fn of((id, entry): &(i64, StockEntry)) -> StockEntryView<'_> {
        let correlation = entry.correlation.0;
        StockEntryView {
            id: *id,
            kind: entry.kind.name(),
            delta: entry.delta,
            reason: entry.reason.as_deref(),
            actor: Nested(ActorView::of(entry.actor)),
            correlation_id: (!correlation.is_nil()).then_some(correlation),
            at: time(entry.at),
        }
    }
}

pub async fn list(
    State(app): State<Arc<App>>,
    Staff(_): Staff,
    Segment(reference): Segment,
    query: LateQuery<Whole<i64>>,
    known: Known,
) -> Result<Answer<List<StockEntryView<'static>>>, Problem> {
    let Whole { page, after } = query.read(Given::of(app.currency))?;
    let product = find(&app, &reference).await?;
    let (late, asked) = (app.readers.late(), page.asked(after, Direction::Falling));
    let count = late.count_stock_entries(product, OFFSET_MOST);
    let found = page.find(late.stock_entries(product, asked), count).await?;
    let views = found.rows.iter().map(StockEntryView::of).collect();
    let links = query.links(&app.settings.public_url);
    Ok(found.written(&links, |(id, _)| id.cursor(), views)?.answer(&known))
}
