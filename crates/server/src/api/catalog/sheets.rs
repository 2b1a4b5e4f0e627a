//! Sheets over HTTP: products and stock, out and in; customers and orders out. What a sheet would change is
//! told as it will be done, row by row.

use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::Key,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        parsers::{boolean, integer},
        problems::Problem,
        queries::{NoQuery, Query},
        refusals::refusals,
        rights::Staff,
        routes::Route,
        shapes::{Named, Shape, View, view},
        sheets::{SheetBody, no_place},
        streams::{Later, Streamed, file},
    },
    sheets::{
        exports::{Customers, Export, Inventory, Orders, Products, written},
        imports::{self, BadRows, By, Counts, Fault, Finding, Sheet, field_error},
        products::{ProductSheet, fault},
        spools::{Spool, no_room},
        stock::StockSheet,
    },
};
use domain::{Scope, products::ImportProductsRefusal};
use futures_util::{StreamExt, TryStreamExt};
use serde_json::{Value, json};
use std::{io, sync::Arc};

const PRODUCTS: &str = "/api/catalog/products.csv";
const INVENTORY: &str = "/api/catalog/inventory.csv";

const OUT: &str = "It is read while it is sent: an answer that breaks off is not whole. A cell that a spreadsheet would run as a formula has an apostrophe before it, which an import takes away.";

/// What holds for both sheets that come in.
macro_rules! again {
    () => {
        "All rows are looked at before the first is written, and none is if one is bad. For two days the same file does nothing twice, whoever brings it: it goes on where it was broken off, and its rows that were imported before are counted as done_before. With another Idempotency-Key it is imported once more, and a key stands for one file. `from_line` passes over what stands before a line, for a file that was mended after a part of it had been imported."
    };
}

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::GET, PRODUCTS, "export_products", export::<Products>)
            .about("The products that are sold, as a sheet.")
            .linked("products_sheet")
            .scoped(Scope::CatalogRead),
        Route::new(Method::POST, PRODUCTS, "import_products", import::<ProductSheet>)
            .about(concat!("Makes products, and changes those that are there, by sku. The quantity is the first receipt of a new product; of others it is passed over. Where there is a product an empty cell of name or price leaves it as it is, and one of any other column clears it; what has no column stays. ", again!()))
            .scoped(Scope::CatalogWrite)
            .sends::<<ProductSheet as Sheet>::Command>(),
        Route::new(Method::GET, INVENTORY, "export_inventory", export::<Inventory>)
            .about("What lies there of each product, as a sheet.")
            .linked("inventory_sheet")
            .scoped(Scope::CatalogRead),
        Route::new(Method::POST, INVENTORY, "import_inventory", import::<StockSheet>)
            .about(concat!("Moves stock by differences (delta) or to counts (set), by sku; a row with neither moves nothing. What the sheet says lies there is passed over. ", again!()))
            .scoped(Scope::CatalogWrite)
            .sends::<<StockSheet as Sheet>::Command>(),
        Route::new(Method::GET, "/api/identity/customers.csv", "export_customers", export::<Customers>)
            .about("The customers, as a sheet that `sutler customers import` reads.")
            .linked("customers_sheet")
            .scoped(Scope::CustomersRead),
        Route::new(Method::GET, "/api/orders/orders.csv", "export_orders", export::<Orders>)
            .about("All orders, the first one first, as a sheet with a row for each line.")
            .linked("orders_sheet")
            .scoped(Scope::OrdersRead),
    ]
}

/// A sheet as it goes out.
pub struct SheetView;

impl Shape for SheetView {
    fn shape(_: &mut Named) -> Value {
        json!({ "type": "string", "description": OUT })
    }
}

impl View for SheetView {
    const NAME: &'static str = "Sheet";
    const KIND: &'static str = "text/csv; charset=utf-8";
}

async fn export<E: Export>(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    _: NoQuery,
) -> Result<Answer<SheetView>, Problem> {
    let place = app.exports.enter(staff.actor().caller);
    let place = place.map_err(|full| no_place(full, "go out"))?;
    // Held until the last piece was taken, or nobody takes any more.
    let bytes = written::<E>(app).map_ok(move |piece| {
        let _held = &place;
        piece.bytes
    });
    Ok(file(E::FILE, bytes.boxed()))
}

/// An import's query.
struct ImportQuery {
    dry_run: bool,
    from_line: u64,
}

impl Reads for ImportQuery {
    const NAME: &'static str = "ImportQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<ImportQuery> {
        let dry_run = query.optional("dry_run", boolean());
        let from_line = query.optional("from_line", integer(2..=i64::MAX));
        let from_line = from_line?.unwrap_or_default().unsigned_abs();
        Some(ImportQuery { dry_run: dry_run?.unwrap_or(false), from_line })
    }
}

view! {
    pub struct ImportView<'a> = "SheetImport" {
        created: i64,
        changed: i64,
        unchanged: i64,
        /// Rows that this same file has brought before: they are passed over, and in no other sum.
        done_before: i64,
        /// So many errors and changes are left out of the lists: these are as long as a dry run's answer may be.
        not_told: i64,
        /// Of a dry run; otherwise there are none, for they would have been refused.
        #[serde(skip)]
        errors: Later<RowErrorView<'a>>,
        #[serde(skip)]
        changes: Later<RowChangeView<'a>>,
    }
}

view! {
    pub struct RowErrorView<'a> = "RowError" {
        line: usize,
        field: &'a str,
        message: &'a str,
    }
}

impl<'a> RowErrorView<'a> {
    pub fn of(line: u64, fault: &'a Fault) -> RowErrorView<'a> {
        RowErrorView { line: line as usize, field: fault.field, message: &fault.message }
    }
}

view! {
    pub struct RowChangeView<'a> = "RowChange" {
        line: usize,
        sku: &'a str,
        field: &'a str,
        from: &'a str,
        to: &'a str,
    }
}

/// What was found in a sheet, in files: it may be as long as the sheet.
struct Report {
    errors: Spool,
    changes: Spool,
    not_told: i64,
}

/// So many bytes of a list are told: a short row may change a long text, and ask for a column less.
pub const TOLD_MOST: u64 = 64 << 20;

impl Report {
    fn new() -> Result<Report, Problem> {
        let spool = || Spool::new(TOLD_MOST).map_err(|error| no_room(&error));
        Ok(Report { errors: spool()?, changes: spool()?, not_told: 0 })
    }

    fn add(&mut self, finding: Finding<'_>) -> io::Result<()> {
        let is_told = match finding {
            Finding::Bad { line, fault } => self.errors.push(&RowErrorView::of(line, fault)),
            Finding::Change { line, sku, change } => self.changes.push(&RowChangeView {
                line: line as usize,
                sku: sku.as_str(),
                field: change.field,
                from: &change.from,
                to: &change.to,
            }),
            Finding::Rows(_) => Ok(true),
        };
        self.not_told += i64::from(!is_told?);
        Ok(())
    }

    fn answer(self, counts: Counts) -> Result<Answer<ImportView<'static>>, Problem> {
        let Counts { created, changed, unchanged, done_before } = counts;
        let (not_told, errors, changes) = (self.not_told, Later::default(), Later::default());
        let view =
            ImportView { created, changed, unchanged, done_before, not_told, errors, changes };
        let finished = |spool: Spool| spool.finish().map_err(|error| no_room(&error));
        let (errors, changes) = (finished(self.errors)?, finished(self.changes)?);
        let answer = Streamed::of(&view)?
            .list("errors", view.errors, move |from| errors.clone().piece(from))
            .list("changes", view.changes, move |from| changes.clone().piece(from));
        Ok(answer.answer())
    }
}

async fn import<S: Sheet>(
    State(app): State<Arc<App>>,
    Staff(staff): Staff,
    CorrelationId(correlation): CorrelationId,
    Key(key): Key,
    Query(query): Query<ImportQuery>,
    sheet: SheetBody<S>,
) -> Result<Answer<ImportView<'static>>, Problem> {
    let sheet = sheet.taken(&app, staff.actor().caller).await?;
    let mut report = Report::new()?;
    let ImportQuery { dry_run, from_line } = query;
    let correlation = domain::CorrelationId(correlation);
    let by = By { actor: staff.actor(), correlation, key, from_line };
    if dry_run {
        let mut found = |finding: Finding<'_>| report.add(finding);
        let checked = imports::check::<S>(&app, &by, &sheet.file, &mut found).await?;
        return Ok(report.answer(checked.counts)?.of_commit(&app, None).await);
    }
    let mut bad = BadRows::default();
    let mut found = |finding: Finding<'_>| {
        if let Finding::Bad { line, fault } = finding {
            bad.add(line, fault);
        }
        Ok(())
    };
    let checked = imports::check::<S>(&app, &by, &sheet.file, &mut found).await?;
    if checked.bad > 0 {
        return Err(bad.problem(&checked));
    }
    let written = imports::write::<S>(&app, &by, &sheet.file, &checked, &mut |_| {}).await?;
    let is_replay = checked.rows > 0 && written.counts.done_before == checked.rows as i64;
    let answer = report.answer(written.counts)?.replayed(is_replay);
    Ok(answer.of_commit(&app, written.commit).await)
}

refusals! {
    ImportProductsRefusal {
        ImportProductsRefusal::Rows(rows) => [CONFLICT] {
            let errors = rows.into_iter().map(|(row, problem)| field_error(row as u64, &fault(problem)));
            Problem::new(codes::CONFLICT, "no row was done, for some cannot be").errors(errors.collect())
        },
    }
}
