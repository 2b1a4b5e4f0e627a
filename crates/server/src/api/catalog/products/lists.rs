//! Products as visitors see them: lists, and one by any of its names.

use super::{ProductView, Sight, no_such_product, parse};
use crate::{
    app::App,
    http::{
        State,
        answers::{Answer, Written},
        arguments::{Known, Seen, Segment},
        fields::{Fields, Given, Reads},
        pages::{Cursor, List, OFFSET_MOST, Page},
        parsers::{boolean, choice, integer, money, such_as, text},
        problems::Problem,
        queries::{LateQuery, NoQuery},
        rights::Looker,
    },
};
use Direction::{Falling, Rising};
use domain::Product;
use std::sync::Arc;
use store::{After, Direction, InStock, ProductFilter, ProductOrder};

/// Longer queries are answered, but not kept.
const KEY_LENGTH: usize = 512;
/// What lies there is looked at of so many products to count a list that was narrowed; of the whole list, whose
/// count is kept, of as many as are counted.
const LOOKED_AT: i64 = 1_000;

/// A list's query.
pub struct ProductQuery {
    filter: ProductFilter,
    order: ProductOrder,
    direction: Direction,
    page: Page,
    after: Option<After>,
}

const ORDERINGS: &[(&str, (ProductOrder, Direction))] = &[
    ("created_at", (ProductOrder::Created, Rising)),
    ("-created_at", (ProductOrder::Created, Falling)),
    ("name", (ProductOrder::Name, Rising)),
    ("-name", (ProductOrder::Name, Falling)),
    ("price", (ProductOrder::Price, Rising)),
    ("-price", (ProductOrder::Price, Falling)),
];

impl Reads for ProductQuery {
    const NAME: &'static str = "ProductQuery";

    fn read(query: &mut Fields<'_>, Given { currency, .. }: Given<'_>) -> Option<ProductQuery> {
        let category = query.optional("category", such_as(text(1..=100), "tents"));
        let min_price = query.optional("min_price", money(currency));
        let max_price = query.optional("max_price", money(currency));
        let in_stock = query.optional("in_stock", boolean());
        let ids = query.many("id", 100, integer(0..=i64::MAX));
        let search = query.optional("search", text(1..=200));
        let ordering = query.optional("ordering", choice(ORDERINGS));
        let page = Page::read(query);
        let filter = ProductFilter {
            category: category?,
            min_price_minor: min_price?.map(|price| price.minor),
            max_price_minor: max_price?.map(|price| price.minor),
            in_stock: in_stock?.map(InStock::from),
            ids: ids?,
            search: search?,
        };
        let ((order, direction), page) = (ordering?.unwrap_or_default(), page?);
        let after = page.after(query, |cursor| after(cursor, order))?;
        Some(ProductQuery { filter, order, direction, page, after })
    }

    fn page(&self) -> Option<&Page> {
        Some(&self.page)
    }
}

fn after(cursor: &Cursor, order: ProductOrder) -> Option<After> {
    let [name, key, id] = cursor.0.as_slice() else { return None };
    let key = match order {
        ProductOrder::Name => store::Value::from(key.clone()),
        ProductOrder::Created | ProductOrder::Price => store::Value::Int(key.parse().ok()?),
    };
    (*name == format!("{order:?}")).then_some((key, id.parse().ok()?))
}

fn cursor(order: ProductOrder, product: &Product) -> Cursor {
    let key = match order {
        ProductOrder::Created => product.id.to_string(),
        ProductOrder::Name => product.name.to_string(),
        ProductOrder::Price => product.price.minor.to_string(),
    };
    Cursor(vec![format!("{order:?}"), key, product.id.to_string()])
}

pub async fn list(
    State(app): State<Arc<App>>,
    Looker(looker): Looker,
    query: LateQuery<ProductQuery>,
    Seen(has_seen): Seen,
    known: Known,
) -> Result<Answer<List<ProductView<'static>>>, Problem> {
    let sight = Sight::of(&app, looker.as_ref());
    let make = make_list(&app, &query, sight);
    let page = match query.text().len() <= KEY_LENGTH && !has_seen {
        true => app.catalog.page(format!("{sight:?}?{}", query.text()), make).await?,
        false => make.await?,
    };
    Ok(shown_to_all(&app, sight, page.answer(&known)))
}

async fn make_list(
    app: &App,
    query: &LateQuery<ProductQuery>,
    sight: Sight,
) -> Result<Written<List<ProductView<'static>>>, Problem> {
    let ProductQuery { mut filter, order, direction, page, after } =
        query.read(Given::of(app.currency))?;
    let is_whole = filter == ProductFilter::default();
    let hides = app.settings.hide_out_of_stock && sight != Sight::Staffs;
    let left = if app.settings.hide_held { InStock::Available } else { InStock::OnHand };
    filter.in_stock = filter.in_stock.or(hides.then_some(left));
    let (late, asked) = (app.readers.late(), page.asked(after, direction));
    let looked_at = if is_whole { OFFSET_MOST } else { LOOKED_AT };
    let count = late.count_products(&filter, OFFSET_MOST, looked_at);
    let count = app.catalog.count(&filter, is_whole, count);
    let found = page.find(late.products(&filter, order, asked), count).await?;
    let rows = found.rows.iter();
    let views = rows.map(|(product, stock)| ProductView::of(app, sight, (product, *stock)));
    let views = views.collect();
    found.written(
        &query.links(&app.settings.public_url),
        |(product, _)| cursor(order, product),
        views,
    )
}

pub async fn show(
    State(app): State<Arc<App>>,
    Looker(looker): Looker,
    Segment(reference): Segment,
    _: NoQuery,
    Seen(has_seen): Seen,
    known: Known,
) -> Result<Answer<ProductView<'static>>, Problem> {
    let (reference, sight) = (parse(&reference)?, Sight::of(&app, looker.as_ref()));
    let make = async {
        let found = app.readers.late().product(&reference).await?;
        let found = found.filter(|(product, _)| !product.is_archived);
        let (product, stock) = found.ok_or_else(no_such_product)?;
        let view = ProductView::of(&app, sight, (&product, stock));
        Written::of(Some(product.version), &view)
    };
    let page: Written<ProductView<'static>> = match has_seen {
        true => make.await?,
        false => app.catalog.page(format!("{sight:?} {reference:?}"), make).await?,
    };
    Ok(shown_to_all(&app, sight, page.answer(&known)))
}

/// In a shop whose catalog is for customers only, a page of it is for nobody else to keep; nor is what staff see.
fn shown_to_all<V>(app: &App, sight: Sight, answer: Answer<V>) -> Answer<V> {
    match app.settings.catalog_public && sight != Sight::Staffs {
        true => answer.public(),
        false => answer,
    }
}
