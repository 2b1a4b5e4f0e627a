//! Stock that explains itself: figures that add up, and the orders and carts behind them.

use super::{
    super::products::{no_such_product, product_url},
    find,
};
use crate::{
    app::App,
    http::{
        State,
        answers::{Answer, Written},
        arguments::{Known, Segment},
        fields::{Fields, Given, Reads},
        parsers::{boolean, of},
        problems::Problem,
        queries::LateQuery,
        rights::Staff,
        shapes::{Link, Named, Nested, Shape, Time, one_of, time, view},
    },
};
use domain::{CallerKind, OrderStatus};
use serde_json::Value;
use std::sync::Arc;
use store::{Explained, HOLDERS_MOST, Holder, Piece, Takers};
use uuid::Uuid;

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
    pub struct HolderView = "StockHolder" {
        kind: &'static str as CartKind,
        /// Whose cart it is; of a guest nobody knows.
        account: Option<Uuid>,
        quantity: i64,
        expires_at: String as Time,
    }
}

/// Who has a cart.
struct CartKind;

impl Shape for CartKind {
    fn shape(_: &mut Named) -> Value {
        one_of([CallerKind::Account.name(), CallerKind::Guest.name()])
    }
}

view! {
    pub struct TakersView = "StockDetail" {
        orders: Vec<TakerView>,
        /// The first thousand that hold units of it: they stand beside the first orders only.
        carts: Vec<HolderView>,
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
    fn of(app: &App, takers: Takers, carts: &[Holder], next: Option<String>) -> TakersView {
        let orders = takers.orders.into_iter().map(|taker| TakerView {
            id: taker.order.0,
            number: taker.number,
            status: taker.status.name(),
            quantity: taker.quantity,
            url: format!("{}/api/orders/orders/{}", app.settings.public_url, taker.order),
        });
        let carts = carts.iter().map(HolderView::of).collect();
        TakersView { orders: orders.collect(), carts, next }
    }
}

impl HolderView {
    fn of(holder: &Holder) -> HolderView {
        HolderView {
            kind: holder.kind.name(),
            account: holder.account().map(|account| account.0),
            quantity: holder.units,
            expires_at: time(holder.expires_at),
        }
    }
}

pub struct StockQuery {
    detail: bool,
    /// Below which order to go on.
    below: Option<Uuid>,
}

impl Reads for StockQuery {
    const NAME: &'static str = "StockQuery";

    fn read(query: &mut Fields<'_>, _: Given<'_>) -> Option<StockQuery> {
        let detail = query.optional("detail", boolean());
        let below = query.optional("below", of::<Uuid>());
        query.note(
            "With detail, below is the order to go on after, as the answer's own link has it.",
        );
        Some(StockQuery { detail: detail?.unwrap_or(false), below: below? })
    }
}

/// In one snapshot; its orders and its carts are read after it.
pub async fn show(
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
            let takers = app.readers.late().takers(product, below, Piece::default()).await?;
            let next = takers.next.map(|next| {
                let url = product_url(&app, product);
                format!("{url}/stock?detail=true&below={next}")
            });
            let carts = match below {
                Some(_) => vec![],
                None => app.readers.late().holders(product, HOLDERS_MOST).await?,
            };
            Some(Nested(TakersView::of(&app, takers, &carts, next)))
        }
        false => None,
    };
    Ok(Written::of(None, &StockView::of(&app, &explained, detail))?.answer(&known))
}
