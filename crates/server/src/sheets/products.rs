//! The sheet of products: a row makes one, or changes the one that has its sku. A column that is not there
//! leaves what it is about as it is. The quantity is the first receipt of a new product, and of one that is
//! there it is passed over: stock moves through its own sheet, and what an older sheet says was sold since.

use super::{
    exports::record,
    imports::{Change, Compared, Counts, Fault, Sheet},
    lines::Line,
};
use crate::{
    api::catalog::products::{image_url, threshold},
    http::{
        json::Json,
        parsers::{Parser, integer, money, of},
        sheets::Columned,
        texts::{note_of, title_of},
    },
};
use domain::{
    Currency, ImportProducts, ImportRow, Imported, Product, PublicId, Sku, Stock, Text,
    products::{ImportProblem, ImportProductsRefusal},
    stock::MAX_ON_HAND,
};
use uuid::Uuid;

pub const COLUMNS: &[&str] = &[
    "sku",
    "name",
    "description",
    "price",
    "quantity",
    "category",
    "image_url",
    "low_stock_threshold",
];

pub fn written((product, stock): &(Product, Stock)) -> Vec<u8> {
    let threshold = product.low_stock_threshold.map(|units| units.to_string());
    record([
        product.sku.as_str(),
        &product.name,
        &product.description,
        &product.price.to_string(),
        &stock.available().to_string(),
        product.category_slug.as_deref().unwrap_or_default(),
        product.image_url.as_deref().unwrap_or_default(),
        threshold.as_deref().unwrap_or_default(),
    ])
}

pub struct ProductSheet;

impl Columned for ProductSheet {
    const REQUIRED: &'static [&'static str] = &[COLUMNS[0]];
    const OPTIONAL: &'static [&'static str] = COLUMNS.split_at(1).1;
    const EXAMPLE: &'static str = "sku,name,price,quantity\nTIN-1,Mess tin,12.50,7\n";
}

/// The cells of a line, and what is wrong with them.
pub(super) struct Cells<'l> {
    line: &'l Line,
    pub wrong: Vec<Fault>,
}

impl<'l> Cells<'l> {
    pub fn of(line: &'l Line) -> Cells<'l> {
        Cells { line, wrong: Vec::new() }
    }

    /// `None` if there is no such column.
    fn cell<P: Parser>(&mut self, name: &'static str, parser: P) -> Option<Option<P::Out>> {
        let cell = self.line.cell(name)?;
        if cell.is_empty() {
            return Some(None);
        }
        let read = parser.read(&Json::Word(cell));
        Some(read.map_err(|message| self.wrong.push(Fault::new(name, message))).ok())
    }

    /// What an empty cell says nothing of.
    pub fn given<P: Parser>(&mut self, name: &'static str, parser: P) -> Option<P::Out> {
        self.cell(name, parser).flatten()
    }

    /// What an empty cell clears.
    pub fn clearable<P: Parser>(
        &mut self,
        name: &'static str,
        parser: P,
    ) -> Option<Option<P::Out>> {
        self.cell(name, parser)
    }

    pub fn sku(&mut self) -> Sku {
        let sku = self.given("sku", of::<Sku>());
        if sku.is_none() && self.wrong.is_empty() {
            self.wrong.push(Fault::new("sku", "must not be empty"));
        }
        sku.unwrap_or_else(|| Sku::stored(""))
    }
}

impl Sheet for ProductSheet {
    type Row = ImportRow;
    type Outcome = Imported;
    type Refusal = ImportProductsRefusal;
    type Command = ImportProducts;

    fn read(line: &Line, currency: Currency) -> (ImportRow, Vec<Fault>) {
        let mut cells = Cells::of(line);
        let sku = cells.sku();
        let row = ImportRow {
            name: cells.given("name", title_of::<200>()),
            description: cells
                .clearable("description", note_of::<5000>())
                .map(Option::unwrap_or_default),
            price: cells.given("price", money(currency)),
            // What an export says may be more, and is passed over.
            quantity: cells
                .given("quantity", integer(0..=i64::MAX))
                .unwrap_or_default()
                .min(MAX_ON_HAND + 1),
            category: cells.clearable("category", of::<Text<100>>()),
            image_url: cells.clearable("image_url", image_url()),
            low_stock_threshold: cells.clearable("low_stock_threshold", threshold()),
            ..ImportRow::of(PublicId(Uuid::now_v7()), sku)
        };
        (row, cells.wrong)
    }

    fn sku(row: &ImportRow) -> &Sku {
        &row.sku
    }

    fn slug(row: &ImportRow) -> Option<&Text<100>> {
        row.category.as_ref().and_then(Option::as_ref)
    }

    fn compare(row: &ImportRow, there: Option<&(Product, Stock)>) -> Result<Compared, Vec<Fault>> {
        let (mut wrong, mut changes) = (Vec::new(), Vec::new());
        match there {
            None => {
                wrong.extend(row.name.is_none().then(|| fault(ImportProblem::NoName)));
                wrong.extend(row.price.is_none().then(|| fault(ImportProblem::NoPrice)));
                let most = format!("must be at most {MAX_ON_HAND} for a new product");
                wrong.extend((row.quantity > MAX_ON_HAND).then(|| Fault::new("quantity", most)));
            }
            Some((product, _)) => {
                let currency = product.price.currency;
                let is_foreign = row.price.is_some_and(|price| price.currency != currency);
                wrong.extend(is_foreign.then(|| fault(ImportProblem::ForeignPrice { currency })));
            }
        }
        if !wrong.is_empty() {
            return Err(wrong);
        }
        let is =
            |read: fn(&Product) -> Option<String>| there.and_then(|(product, _)| read(product));
        let mut compare = |field, from: Option<String>, to: Option<Option<String>>| {
            let (from, to) = (from.unwrap_or_default(), to.map(Option::unwrap_or_default));
            if let Some(to) = to.filter(|to| *to != from) {
                changes.push(Change { field, from, to });
            }
        };
        let text = |text: &Option<Text<200>>| text.as_ref().map(|text| Some(text.to_string()));
        compare("name", is(|it| Some(it.name.to_string())), text(&row.name));
        let to = row.description.as_ref().map(|text| Some(text.to_string()));
        compare("description", is(|it| Some(it.description.to_string())), to);
        let to = row.price.map(|price| Some(price.to_string()));
        compare("price", is(|it| Some(it.price.to_string())), to);
        if there.is_none() && row.quantity > 0 {
            compare("quantity", None, Some(Some(row.quantity.to_string())));
        }
        let to = row.category.as_ref().map(|slug| slug.as_ref().map(ToString::to_string));
        compare("category", is(|it| it.category_slug.as_ref().map(ToString::to_string)), to);
        let to = row.image_url.as_ref().map(|url| url.as_ref().map(ToString::to_string));
        compare("image_url", is(|it| it.image_url.as_ref().map(ToString::to_string)), to);
        let to = row.low_stock_threshold.map(|units| units.map(|units| units.to_string()));
        compare("low_stock_threshold", is(|it| it.low_stock_threshold.map(|u| u.to_string())), to);
        Ok(Compared { is_new: there.is_none(), changes })
    }

    fn command(rows: Vec<ImportRow>) -> ImportProducts {
        ImportProducts { rows }
    }

    fn counts(imported: &Imported) -> Counts {
        let Imported { created, changed, unchanged } = *imported;
        Counts { created, changed, unchanged, done_before: 0 }
    }

    fn faults(refusal: ImportProductsRefusal) -> Vec<(usize, Fault)> {
        let ImportProductsRefusal::Rows(rows) = refusal;
        rows.into_iter().map(|(place, problem)| (place, fault(problem))).collect()
    }
}

pub fn fault(problem: ImportProblem) -> Fault {
    match problem {
        ImportProblem::Twice => Fault::new("sku", "is on an earlier line too"),
        ImportProblem::NoName => {
            Fault::new("name", "must not be empty: there is no product with this sku yet")
        }
        ImportProblem::NoPrice => {
            Fault::new("price", "must not be empty: there is no product with this sku yet")
        }
        ImportProblem::UnknownCategory => Fault::unknown_category(),
        ImportProblem::ForeignPrice { currency } => {
            Fault::new("price", format!("must be in {currency}"))
        }
        ImportProblem::Moved => Fault::new("sku", "was just given to another product"),
    }
}
