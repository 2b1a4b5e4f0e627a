//! Sheets on their way out: read page by page as they are taken, so that a million rows cost a page of memory.
//! What changes meanwhile is in them or not; no row is there twice.

use super::{cells, products, stock};
use crate::{
    app::App,
    http::{problems::Problem, shapes::time},
};
use bytes::Bytes;
use csv::WriterBuilder;
use domain::{
    Account, AccountId, CallerKind, Contact, Email, Order, PostalAddress, Product, Reference, Role,
    Stock,
};
use futures_util::stream::{self, BoxStream, StreamExt};
use std::sync::Arc;
use store::{
    AccountFilter, AccountOrder, After, Direction, OrderFilter, Page, ProductFilter, ProductOrder,
    ReadError,
};

/// Rows of one read. Of orders, which have up to a hundred lines each, there are fewer.
const PAGE: usize = 500;
const ORDERS: usize = 100;
/// Fewer are read where they are long: of what was read, so many bytes wait for who takes them.
const FEWEST: usize = 8;
const WAITING: usize = 64 << 10;

/// A sheet that can be written.
pub trait Export: 'static {
    const COLUMNS: &'static [&'static str];
    /// What it is called where it is kept.
    const FILE: &'static str;
    /// Of one read at most.
    const MOST: usize = PAGE;
    type Row: Send + Sync;
    /// Where a row is.
    type Place: Send + 'static;

    /// So many rows behind this place, or all that are left.
    fn rows(
        app: &App,
        after: Option<Self::Place>,
        count: usize,
    ) -> impl Future<Output = Result<Vec<Self::Row>, ReadError>> + Send;

    fn place(row: &Self::Row) -> Option<Self::Place>;

    /// It in CSV; nothing if it is not to be told.
    fn written(row: &Self::Row) -> Vec<u8>;
}

/// Some of a sheet.
pub struct Piece {
    pub bytes: Bytes,
    pub rows: u64,
}

/// What is read next.
struct Next<P> {
    after: Option<P>,
    count: usize,
}

/// The sheet, with its first line.
pub fn written<E: Export>(app: Arc<App>) -> BoxStream<'static, Result<Piece, Problem>> {
    let names = Bytes::from(record(E::COLUMNS.iter().copied()));
    let begin = Next { after: None, count: E::MOST.min(4 * FEWEST) };
    let pieces = stream::try_unfold(Some(begin), move |next| {
        let app = Arc::clone(&app);
        async move {
            let Some(next) = next else { return Ok(None) };
            Ok(Some(piece::<E>(&app, next).await?))
        }
    });
    stream::iter([Ok(Piece { bytes: names, rows: 0 })]).chain(pieces).boxed()
}

/// As much of what is read as may wait; the rest is read again, in a read of as many rows as fitted.
async fn piece<E: Export>(
    app: &App,
    Next { after, count }: Next<E::Place>,
) -> Result<(Piece, Option<Next<E::Place>>), ReadError> {
    let found = E::rows(app, after, count).await?;
    let (mut bytes, mut rows) = (Vec::new(), 0);
    for row in &found {
        bytes.extend(E::written(row));
        rows += 1;
        if bytes.len() >= WAITING {
            break;
        }
    }
    let is_all = found.len() < count && rows == found.len();
    let last = rows.checked_sub(1).and_then(|last| E::place(&found[last]));
    let next = last.filter(|_| !is_all).map(|last| {
        let count = if rows < found.len() { rows } else { 2 * count };
        Next { after: Some(last), count: count.clamp(FEWEST, E::MOST) }
    });
    Ok((Piece { bytes: bytes.into(), rows: rows as u64 }, next))
}

/// A line. What a spreadsheet would run in it is harmless.
pub fn record<'c>(cells: impl IntoIterator<Item = &'c str>) -> Vec<u8> {
    let mut writer = WriterBuilder::new().buffer_capacity(512).from_writer(Vec::new());
    // Into memory, and of any length: nothing can go wrong.
    let _ = writer.write_record(cells.into_iter().map(|cell| cells::shown(cell).into_owned()));
    writer.into_inner().unwrap_or_default()
}

fn page<A>(limit: usize, after: Option<A>) -> Page<A> {
    Page { limit: limit as i64, offset: 0, after, direction: Direction::Rising }
}

type Stocked = (Product, Stock);
/// What accounts are sorted by, and an id.
type AfterAccount = (store::Value<'static>, uuid::Uuid);

async fn catalog(app: &App, page: Page<After>) -> Result<Vec<Stocked>, ReadError> {
    app.readers.late().products(&ProductFilter::default(), ProductOrder::Created, page).await
}

fn listed((product, _): &Stocked) -> Option<After> {
    Some((ProductOrder::Created.key(product), product.id.0))
}

pub struct Products;

impl Export for Products {
    const COLUMNS: &'static [&'static str] = products::COLUMNS;
    const FILE: &'static str = "products.csv";
    type Row = Stocked;
    type Place = After;

    async fn rows(
        app: &App,
        after: Option<After>,
        count: usize,
    ) -> Result<Vec<Stocked>, ReadError> {
        catalog(app, page(count, after)).await
    }

    fn place(row: &Stocked) -> Option<After> {
        listed(row)
    }

    fn written(row: &Stocked) -> Vec<u8> {
        products::written(row)
    }
}

pub struct Inventory;

impl Export for Inventory {
    const COLUMNS: &'static [&'static str] = stock::SHOWN;
    const FILE: &'static str = "inventory.csv";
    type Row = Stocked;
    type Place = After;

    async fn rows(
        app: &App,
        after: Option<After>,
        count: usize,
    ) -> Result<Vec<Stocked>, ReadError> {
        catalog(app, page(count, after)).await
    }

    fn place(row: &Stocked) -> Option<After> {
        listed(row)
    }

    fn written(row: &Stocked) -> Vec<u8> {
        stock::written(row)
    }
}

/// In the columns that `customers import` reads; no password leaves the shop.
pub struct Customers;

impl Export for Customers {
    const COLUMNS: &'static [&'static str] = &[
        "username",
        "email",
        "first_name",
        "last_name",
        "language",
        "is_active",
        "email_confirmed",
    ];
    const FILE: &'static str = "customers.csv";
    type Row = Account;
    type Place = AfterAccount;

    async fn rows(
        app: &App,
        after: Option<AfterAccount>,
        count: usize,
    ) -> Result<Vec<Account>, ReadError> {
        let filter = AccountFilter { role: Some(Role::Customer), ..AccountFilter::default() };
        app.readers.late().accounts(&filter, AccountOrder::Created, page(count, after)).await
    }

    fn place(row: &Account) -> Option<AfterAccount> {
        Some((row.created_at.0.into(), row.id.0))
    }

    /// Of who is gone there is nothing to tell.
    fn written(row: &Account) -> Vec<u8> {
        if row.gone_at.is_some() { Vec::new() } else { customer(row) }
    }
}

fn customer(account: &Account) -> Vec<u8> {
    let flag = |is_set: bool| if is_set { "true" } else { "false" };
    record([
        account.username.as_str(),
        account.email.as_str(),
        &account.first_name,
        &account.last_name,
        account.language.as_deref().unwrap_or_default(),
        flag(account.is_active),
        flag(account.email_confirmed),
    ])
}

/// A line for each line of an order, with the order's own cells before it.
pub struct Orders;

impl Export for Orders {
    const COLUMNS: &'static [&'static str] = &[
        "number",
        "id",
        "status",
        "customer",
        "created_at",
        "updated_at",
        "currency",
        "total",
        "note",
        "sku",
        "name",
        "quantity",
        "price",
        "line_total",
        "reference",
        "delivery_name",
        "delivery_line1",
        "delivery_line2",
        "delivery_post_code",
        "delivery_city",
        "delivery_region",
        "delivery_country",
        "delivery_phone",
        "contact_name",
        "contact_email",
        "contact_phone",
    ];
    const FILE: &'static str = "orders.csv";
    const MOST: usize = ORDERS;
    type Row = Order;
    type Place = i64;

    async fn rows(app: &App, after: Option<i64>, count: usize) -> Result<Vec<Order>, ReadError> {
        app.readers.late().orders(&OrderFilter::default(), page(count, after)).await
    }

    fn place(row: &Order) -> Option<i64> {
        row.number
    }

    fn written(row: &Order) -> Vec<u8> {
        order(row)
    }
}

fn order(order: &Order) -> Vec<u8> {
    let money = |minor| domain::Money::new(minor, order.currency).to_string();
    let own = [
        order.number.map(|number| number.to_string()).unwrap_or_default(),
        order.id.to_string(),
        order.status.name().to_owned(),
        match order.owner.kind {
            CallerKind::Account => AccountId(order.owner.id).to_string(),
            CallerKind::System | CallerKind::ApiKey | CallerKind::Guest | CallerKind::Channel => {
                String::new()
            }
        },
        time(order.created_at),
        time(order.updated_at),
        order.currency.code().to_owned(),
        money(order.total_minor),
        order.note.to_string(),
    ];
    if order.lines.is_empty() {
        // Handed over by a channel that takes no stock: it has a row all the same.
        return record(own.iter().map(String::as_str).chain([""; 5]).chain(said(order)));
    }
    let lines = order.lines.iter().flat_map(|line| {
        let of_line = [
            line.sku.as_str(),
            &line.name,
            &line.quantity.units().to_string(),
            &money(line.unit_price_minor),
            &money(line.unit_price_minor.saturating_mul(line.quantity.units())),
        ];
        record(own.iter().map(String::as_str).chain(of_line).chain(said(order)))
    });
    lines.collect()
}

/// What its buyer says of an order besides the goods.
fn said(order: &Order) -> [&str; 12] {
    let reference = order.reference.as_ref().map_or("", Reference::as_str);
    let to = order.delivery_address.as_ref();
    let of = |field: fn(&PostalAddress) -> Option<&str>| to.and_then(field).unwrap_or_default();
    let contact = order.contact.as_ref();
    let by = |field: fn(&Contact) -> Option<&str>| contact.and_then(field).unwrap_or_default();
    [
        reference,
        of(|to| Some(&to.name)),
        of(|to| Some(&to.line1)),
        of(|to| to.line2.as_deref()),
        of(|to| to.post_code.as_deref()),
        of(|to| Some(&to.city)),
        of(|to| to.region.as_deref()),
        of(|to| Some(to.country.code())),
        of(|to| to.phone.as_deref()),
        by(|contact| contact.name.as_deref()),
        by(|contact| contact.email.as_ref().map(Email::as_str)),
        by(|contact| contact.phone.as_deref()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Settings;
    use futures_util::TryStreamExt;
    use testbed::TempDir;

    /// Short rows, then long ones; every third is not told.
    struct Rows;

    const COUNT: usize = 2_000;
    const LONG: usize = 20_000;

    impl Export for Rows {
        const COLUMNS: &'static [&'static str] = &["row"];
        const FILE: &'static str = "rows.csv";
        type Row = usize;
        type Place = usize;

        async fn rows(
            _: &App,
            after: Option<usize>,
            count: usize,
        ) -> Result<Vec<usize>, ReadError> {
            let first = after.map_or(0, |after| after + 1);
            Ok((first..COUNT.min(first + count)).collect())
        }

        fn place(row: &usize) -> Option<usize> {
            Some(*row)
        }

        fn written(row: &usize) -> Vec<u8> {
            match row % 3 {
                0 => Vec::new(),
                _ if *row < 1_500 => format!("{row}\n").into(),
                _ => format!("{row:0LONG$}\n").into(),
            }
        }
    }

    #[tokio::test]
    async fn a_sheet_goes_out_in_small_pieces_whatever_its_rows_are_like() {
        let dir = TempDir::new().unwrap();
        let url = format!("sqlite://{}", dir.path().join("shop.db").display());
        let settings = Settings::resolve(None, &[], &[("database_url".to_owned(), url)]).unwrap();
        let app = App::open(settings, false).unwrap();
        let pieces: Vec<Piece> = written::<Rows>(app).try_collect().await.unwrap();
        let longest = pieces.iter().map(|piece| piece.bytes.len()).max().unwrap();
        assert!(longest <= WAITING + LONG, "{longest} bytes wait");
        assert_eq!(pieces.iter().map(|piece| piece.rows).sum::<u64>(), COUNT as u64);
        let text: Vec<u8> = pieces.iter().flat_map(|piece| piece.bytes.to_vec()).collect();
        let text = String::from_utf8(text).unwrap();
        let told = text.lines().skip(1).map(|line| line.parse::<usize>().unwrap());
        assert!(told.eq((0..COUNT).filter(|row| row % 3 > 0)), "a row is missing, or there twice");
    }
}
