//! The inventory: what lies where, how it came there, and a repair where nobody can say.

mod entries;
mod explained;
mod repairs;

use super::products::{no_such_product, parse, product_url};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::Known,
        fields::{Fields, Given, Reads},
        lists::Place,
        pages::{Cursor, List, OFFSET_MOST, Page},
        parsers::{boolean, text},
        problems::Problem,
        queries::LateQuery,
        rights::Staff,
        routes::Route,
        shapes::{Link, view},
    },
};
use domain::{ProductId, RepairStock, Scope};
use serde_json::json;
use std::sync::Arc;
use store::{Direction, StockFilter, Stocked};

const STOCK: &str = "/api/catalog/products/{reference}/stock";

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, "/api/catalog/inventory", "list_inventory", list)
            .about("Lists the stock of what is sold, and with low=true what is at its threshold or below.")
            .linked("inventory")
            .scoped(Scope::CatalogRead),
        Route::new(Method::GET, "/api/catalog/products/{reference}/stock-entries", "list_stock_entries", entries::list)
            .about("Lists all that ever moved a product's stock, the newest first. What orders took and gave back is summed up by commit.")
            .scoped(Scope::CatalogRead),
        Route::new(Method::GET, STOCK, "show_stock", explained::show)
            .about("Explains a product's stock in figures that add up; with detail=true by its orders, which takes long.")
            .scoped(Scope::CatalogRead),
        Route::new(Method::POST, "/api/catalog/products/{reference}/stock/repair", "repair_stock", repairs::repair)
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

/// Archived products too: what became of them is asked as well.
async fn find(app: &App, reference: &str) -> Result<ProductId, Problem> {
    let found = app.readers.exact().product_id(&parse(reference)?).await?;
    found.ok_or_else(no_such_product)
}
