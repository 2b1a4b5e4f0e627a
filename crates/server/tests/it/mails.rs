//! Mail about what happened, by a consumer of the feed: to whoever has ordered, and to the staff.

mod bad_days;
mod letters;
mod templates;

use crate::{
    app::{Person, Shop},
    identity::people::Mailbox,
};
use domain::{Actor, CorrelationId, TakeLease, Text};
use serde_json::{Value, json};
use server::consumers;
use tokio::task::JoinSet;
use uuid::Uuid;

const STAFF: &str = "stock@example.com";

/// A shop that writes to people from now on.
struct Writing {
    mailbox: Mailbox,
    consumers: JoinSet<()>,
}

impl Writing {
    /// `None` if no mail server is installed.
    async fn open(shop: &Shop, settings: &[(&str, &str)]) -> Option<Writing> {
        let usual = [("shop_name", "Camp"), ("notify_emails", STAFF)];
        let mailbox = Mailbox::open(shop, &[&usual[..], settings].concat()).await?;
        begin(shop).await;
        let consumers = consumers::start(&mailbox.shop.app);
        Some(Writing { mailbox, consumers })
    }
}

/// Has the consumer begin here, and leaves it to whoever comes.
async fn begin(shop: &Shop) {
    let begins_at = shop.app.readers.exact().feed().await.unwrap().position;
    let (consumer, holder) = (Text::stored("mails"), Uuid::now_v7());
    let lease = TakeLease { consumer, holder, lease_us: 1, begins_at };
    let correlation = CorrelationId(Uuid::now_v7());
    shop.app.send(Actor::SYSTEM, correlation, None, lease).await.unwrap();
}

/// One of these is ordered, and whoever has ordered is to be reached there.
async fn order(shop: &Shop, person: &Person, product: i64, contact: Option<&str>) -> Value {
    let mut body = json!({"order_items": [{"product": product, "quantity": 2}]});
    if let Some(email) = contact {
        body["contact"] = json!({ "email": email });
    }
    shop.post("/api/orders/orders", &body).token(&person.token).send().await.expect(201)
}

/// Moved by staff.
async fn go(shop: &Shop, order: &Value, how: &str, body: Value) -> Value {
    let path = format!("/api/orders/orders/{}/{how}", order["id"].as_str().unwrap());
    shop.post(&path, &body).token(&shop.staff).send().await.expect(200)
}
