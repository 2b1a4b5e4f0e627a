//! What an order says besides its goods, edited by its owner or by the staff.

use super::{
    details::{contact, delivery_address},
    orders::{OrderView, no_such_order, shown, visible},
};
use crate::{
    app::App,
    http::{
        Method, State,
        answers::Answer,
        arguments::{Known, Segment, Unless},
        bodies::LateBody,
        codes,
        correlation::CorrelationId,
        fields::{Fields, Given, Reads},
        problems::Problem,
        queries::NoQuery,
        refusals::refusals,
        rights::Member,
        routes::Route,
        texts::note_of,
    },
};
use domain::{Done, EditOrder, OrderId, OrderStatus, Scope, orders::EditOrderRefusal};
use serde_json::json;
use std::sync::Arc;
use uuid::Uuid;

pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::PATCH, "/api/orders/orders/{id}", "edit_order", edit)
            .about("Changes what an order says besides its goods: its owner while it is pending, the staff until it has come to an end. What was read may be sent back.")
            .example(json!({ "note": "Ring twice." }))
            .scoped(Scope::OrdersWrite)
            .refuses(&[codes::READ_ONLY])
            .tagged()
            .sends::<EditOrder>(),
    ]
}

/// What no edit changes.
const SHOWN_ONLY: &[&str] = &[
    "id",
    "number",
    "url",
    "customer",
    "channel",
    "reference",
    "status",
    "version",
    "currency",
    "total",
    "order_items",
    "created_at",
    "updated_at",
    "processing_started_at",
    "processing_completed_at",
    "failure_reason",
];

/// What a PATCH names. The order and its versions are not in the body.
struct Edit(EditOrder);

impl Reads for Edit {
    const NAME: &'static str = "OrderEdit";

    fn read(fields: &mut Fields<'_>, given: Given<'_>) -> Option<Edit> {
        fields.read_only(SHOWN_ONLY, given.shown);
        let note = fields.nullable("note", note_of::<1000>());
        let delivery_address = delivery_address(fields);
        let contact = contact(fields);
        Some(Edit(EditOrder {
            note: note?.map(Option::unwrap_or_default),
            delivery_address: delivery_address?,
            contact: contact?,
            ..EditOrder::of(OrderId(Uuid::nil()))
        }))
    }
}

async fn edit(
    State(app): State<Arc<App>>,
    Member(asker): Member,
    CorrelationId(correlation): CorrelationId,
    Segment(name): Segment,
    Unless(unless): Unless,
    _: NoQuery,
    body: LateBody<Edit>,
) -> Result<Answer<OrderView<'static>>, Problem> {
    let order = visible(&app, &asker, &name).await?;
    let versions = unless.and_then(|unless| unless.versions());
    if versions.as_ref().is_some_and(|versions| !versions.contains(&order.version)) {
        return Err(version_mismatch(order.version));
    }
    let view = serde_json::to_value(OrderView::of(&order, &app.settings.public_url));
    let view = view.map_err(|_| Problem::internal())?;
    let Edit(edit) = body.read(Given { currency: app.currency, shown: &view })?;
    let edit = EditOrder { order: order.id, versions, ..edit };
    let correlation = domain::CorrelationId(correlation);
    let answered = app.send(asker.actor(), correlation, None, edit).await?;
    let answer = match answered.done {
        Done::Now(order) => shown(&Known::default(), &app, &order)?,
        Done::Before(_) => shown(&Known::default(), &app, &visible(&app, &asker, &name).await?)?,
    };
    Ok(answer.of_commit(&app, answered.commit).await)
}

refusals! {
    EditOrderRefusal {
        EditOrderRefusal::NotFound => [NOT_FOUND] no_such_order(),
        EditOrderRefusal::VersionMismatch { current } => [VERSION_MISMATCH] {
            version_mismatch(current)
        },
        EditOrderRefusal::NotEditable { status } => [NOT_EDITABLE] not_editable(status),
    }
}

fn version_mismatch(current: i64) -> Problem {
    let detail = format!("the order is at version {current}; read it again and repeat the edit");
    Problem::version_mismatch(detail).with("version", current)
}

fn not_editable(status: OrderStatus) -> Problem {
    let status = status.name();
    let detail = format!("what an order says that is {status} can no longer be changed here");
    Problem::new(codes::NOT_EDITABLE, detail).with("order_status", status)
}
