//! The inventory: what lies where, how it came there, and a repair where nobody can say.

use super::products::{no_such_product, parse, product_url};
use crate::{
    api::identity::trail::ActorView,
    app::App,
    http::{
        Method, State,
        answers::{Answer, Written},
        arguments::{Key, Known, Segment},
        bodies::Body,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        lists::{Place, Whole},
        pages::{Cursor, List, OFFSET_MOST, Page},
        parsers::{boolean, text},
        problems::Problem,
        queries::LateQuery,
        queries::NoQuery,
        refusals::refusals,
        rights::Staff,
        routes::Route,
        shapes::{Link, Named, Nested, Shape, Time, one_of, time, view},
        texts::title_of,
    },
};
use domain::{
    Done, EntryKind, OrderStatus, ProductId, RepairStock, Repaired, Scope, StockEntry,
    stock::repairs::RepairStockRefusal,
};
use serde_json::{Value, json};
use std::sync::Arc;
use store::{Direction, Explained, StockFilter, Stocked, Takers};
use uuid::Uuid;

const STOCK: &str = "/api/catalog/products/{reference}/stock";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/catalog/inventory", "list_inventory", list)
            .about("Lists the stock of what is sold, and with low=true what is at its threshold or below.")
            .linked("inventory")
            .scoped(Scope::CatalogRead),
        Route::new(Method::GET, "/api/catalog/products/{reference}/stock-entries", "list_stock_entries", entries)
            .about("Lists all that ever moved a product's stock, the newest first. What orders took and gave back is summed up by commit.")
            .scoped(Scope::CatalogRead),
        Route::new(Method::GET, STOCK, "show_stock", show)
            .about("Explains a product's stock in figures that add up; with detail=true by its orders, which takes long.")
            .scoped(Scope::CatalogRead),
        Route::new(Method::POST, "/api/catalog/products/{reference}/stock/repair", "repair_stock", repair)
            .about("Enters into the ledger what the shelf has more or less than it explains. No goods are moved.")
            .example(json!({ "reason": "a backup was restored" }))
            .scoped(Scope::CatalogWrite)
            .sends::<RepairStock>(),
    ]
}

view! {
    pub struct StockedView<'a> = "Stocked" {
        product: i64,
        sku: &'a str,
        name: &'a str,
        on_hand: i64,
        reserved: i64,
        available: i64,
        low_stock_threshold: Option<i64>,
        is_low: bool,
        url: String as Link,
    }
}

impl StockedView<'_> {
    fn of<'a>(app: &App, stocked: &'a Stocked) -> StockedView<'a> {
        StockedView {
            product: stocked.product.0,
            sku: stocked.sku.as_str(),
            name: &stocked.name,
            on_hand: stocked.stock.on_hand,
            reserved: stocked.stock.reserved,
            available: stocked.stock.available(),
            low_stock_threshold: stocked.low_stock_threshold,
            is_low: stocked.is_low(),
            url: product_url(app, stocked.product),
        }
    }
}

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

view! {
    /// on_hand is received + corrected - sold + returned, and reserved is what is held.
    pub struct MadeOfView = "StockMadeOf" {
        received: i64,
        corrected: i64,
        sold: i64,
        returned: i64,
        held: i64,
    }
}

view! {
    /// What the figures do not explain: somebody wrote beside the shop.
    pub struct UnexplainedView = "StockUnexplained" {
        on_hand: i64,
        reserved: i64,
    }
}

view! {
    pub struct TakerView = "StockTaker" {
        id: Uuid,
        number: i64,
        status: &'static str as OrderStatus,
        quantity: i64,
        url: String as Link,
    }
}

view! {
    pub struct TakersView = "StockDetail" {
        orders: Vec<TakerView>,
        /// To the orders of before, if there are more to look through.
        next: Option<String> as Option<Link>,
    }
}

view! {
    pub struct StockView<'a> = "StockExplained" {
        product: i64,
        sku: &'a str,
        on_hand: i64,
        reserved: i64,
        available: i64,
        low_stock_threshold: Option<i64>,
        is_low: bool,
        made_of: Nested<MadeOfView>,
        unexplained: Nested<UnexplainedView>,
        detail: Option<Nested<TakersView>>,
        url: String as Link,
    }
}

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

impl StockView<'_> {
    fn of<'a>(
        app: &App,
        explained: &'a Explained,
        detail: Option<Nested<TakersView>>,
    ) -> StockView<'a> {
        let Explained { of, received, corrected, sold, returned, held } = explained;
        let unexplained = explained.unexplained();
        StockView {
            product: of.product.0,
            sku: of.sku.as_str(),
            on_hand: of.stock.on_hand,
            reserved: of.stock.reserved,
            available: of.stock.available(),
            low_stock_threshold: of.low_stock_threshold,
            is_low: of.is_low(),
            made_of: Nested(MadeOfView {
                received: *received,
                corrected: *corrected,
                sold: *sold,
                returned: *returned,
                held: *held,
            }),
            unexplained: Nested(UnexplainedView {
                on_hand: unexplained.on_hand,
                reserved: unexplained.reserved,
            }),
            detail,
            url: product_url(app, of.product),
        }
    }
}

impl TakersView {
    fn of(app: &App, takers: Takers, next: Option<String>) -> TakersView {
        let orders = takers.orders.into_iter().map(|taker| TakerView {
            id: taker.order.0,
            number: taker.number,
            status: taker.status.name(),
            quantity: taker.quantity,
            url: format!("{}/api/orders/orders/{}", app.settings.public_url, taker.order),
        });
        TakersView { orders: orders.collect(), next }
    }
}

struct InventoryQuery {
    filter: StockFilter,
    page: Page,
    after: Option<i64>,
}

impl Reads for InventoryQuery {
    const NAME: &'static str = "InventoryQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<InventoryQuery> {
        let low = query.optional("low", boolean());
        let search = query.optional("search", text(1..=200));
        let page = Page::read(query);
        let (filter, page) = (StockFilter { low: low?, search: search? }, page?);
        let after = page.after(query, i64::read)?;
        Some(InventoryQuery { filter, page, after })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

impl Place for i64 {
    fn cursor(&self) -> Cursor {
        Cursor(vec![self.to_string()])
    }

    fn read(cursor: &Cursor) -> Option<i64> {
        let [id] = cursor.0.as_slice() else { return None };
        id.parse().ok()
    }
}

async fn list(
    State(app): State<Arc<App>>,
    Staff(_): Staff,
    query: LateQuery<InventoryQuery>,
    known: Known,
) -> Result<Answer<List<StockedView<'static>>>, Problem> {
    let InventoryQuery { filter, page, after } = query.read(Given::of(app.currency))?;
    let (late, asked) = (app.readers.late(), page.asked(after, Direction::Rising));
    let count = late.count_inventory(&filter, OFFSET_MOST);
    let found = page.find(late.inventory(&filter, asked), count).await?;
    let views = found.rows.iter().map(|stocked| StockedView::of(&app, stocked)).collect();
    let links = query.links(&app.settings.public_url);
    Ok(found.written(&links, |stocked| stocked.product.0.cursor(), views)?.answer(&known))
}

async fn entries(
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

struct StockQuery {
    detail: bool,
    /// Below which order to go on.
    below: Option<Uuid>,
}

impl Reads for StockQuery {
    const NAME: &'static str = "StockQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<StockQuery> {
        let detail = query.optional("detail", boolean());
        let below = query.optional("below", crate::http::parsers::of::<Uuid>());
        query.note(
            "With detail, below is the order to go on after, as the answer's own link has it.",
        );
        Some(StockQuery { detail: detail?.unwrap_or(false), below: below? })
    }
}

/// In one snapshot; its orders are read after it.
async fn show(
    State(app): State<Arc<App>>,
    Staff(_): Staff,
    Segment(reference): Segment,
    query: LateQuery<StockQuery>,
    known: Known,
) -> Result<Answer<StockView<'static>>, Problem> {
    let StockQuery { detail, below } = query.read(Given::of(app.currency))?;
    let product = find(&app, &reference).await?;
    let explained = app.readers.late().explained(product).await?.ok_or_else(no_such_product)?;
    let detail = match detail {
        true => {
            let takers = app.readers.late().takers(product, below).await?;
            let next = takers.next.map(|next| {
                let url = product_url(&app, product);
                format!("{url}/stock?detail=true&below={next}")
            });
            Some(Nested(TakersView::of(&app, takers, next)))
        }
        false => None,
    };
    Ok(Written::of(None, &StockView::of(&app, &explained, detail))?.answer(&known))
}

impl Reads for RepairStock {
    const NAME: &'static str = "StockRepair";

    /// Of which product the address says.
    fn read(fields: &mut Fields<'_>, _: Given<'_>) -> Option<RepairStock> {
        let reason = fields.required("reason", title_of::<500>())?;
        Some(RepairStock { product: ProductId(0), reason })
    }
}

async fn repair(
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

/// Archived products too: what became of them is asked as well.
async fn find(app: &App, reference: &str) -> Result<ProductId, Problem> {
    let found = app.readers.exact().product_id(&parse(reference)?).await?;
    found.ok_or_else(no_such_product)
}

refusals! {
    RepairStockRefusal {
        RepairStockRefusal::UnknownProduct => [NOT_FOUND] no_such_product(),
    }
}
