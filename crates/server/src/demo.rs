//! What a demo tells whoever opens it, in its terminal and on its page: who can log in, and how the first order
//! is placed.

use crate::{
    app::App,
    keys::{ApiKey, DEMO_CHANNEL},
    settings::Processing,
};
use anyhow::bail;
use domain::{Actor, ChannelPolicy, CorrelationId, CreateApiKey, Role, Scope, Scopes, Text};
use uuid::Uuid;

pub struct DemoAccount {
    pub name: &'static str,
    pub password: &'static str,
    pub role: Role,
}

/// Their passwords are no secret: `sutler check --deploy` finds who of them belongs to the staff.
pub const ACCOUNTS: [DemoAccount; 2] = [
    DemoAccount { name: "demo", password: "demo-password", role: Role::Customer },
    DemoAccount { name: "admin", password: "admin-password", role: Role::Admin },
];

/// A command, and what it is for.
pub struct Step {
    pub what: &'static str,
    /// One after another, with a blank between them.
    parts: Vec<String>,
}

impl Step {
    pub fn in_one_line(&self) -> String {
        self.parts.join(" ")
    }

    /// The same, as a person would write it.
    pub fn in_lines(&self) -> String {
        self.parts.join(" \\\n  ")
    }
}

/// From a look at the shelf to an order and what becomes of it, in a terminal; and the first order of another
/// system.
pub fn first_order(url: &str, processing: Processing) -> [Step; 5] {
    let step = |what, parts: &[&str]| {
        let parts = parts.iter().map(|part| part.replace("SHOP", url)).collect();
        Step { what, parts }
    };
    [
        step("See what it sells:", &["curl 'SHOP/api/catalog/products?limit=3'"]),
        step(
            "Log in:",
            &[
                "TOKEN=$(curl -s SHOP/api/identity/token",
                "-H 'Content-Type: application/json'",
                r#"-d '{"username":"demo","password":"demo-password"}'"#,
                r#"| sed 's/.*"access":"\([^"]*\)".*/\1/')"#,
            ],
        ),
        step(
            "Order, as often as you like: the key makes it one order.",
            &[
                "curl -i SHOP/api/orders/orders",
                r#"-H "Authorization: Bearer $TOKEN""#,
                "-H 'Idempotency-Key: first-order'",
                "-H 'Content-Type: application/json'",
                r#"-d '{"order_items":[{"product":1,"quantity":2}]}'"#,
            ],
        ),
        step(
            match processing {
                Processing::Manual => "See it: it is pending until the staff move it.",
                _ => {
                    "See what becomes of it: if nothing else is set, it is completed within five seconds."
                }
            },
            &["curl -s 'SHOP/api/orders/orders?limit=1'", r#"-H "Authorization: Bearer $TOKEN""#],
        ),
        step(
            "Another system hands over its orders under its own names, here without a key:",
            &[
                "curl -X POST SHOP/api/orders/",
                "-H 'Content-Type: application/json'",
                r#"-d '{"order_id":"ORD001","user_id":"USER001","item_ids":[1,2,3],"total_amount":99.99}'"#,
            ],
        ),
    ]
}

/// Orders of other systems can be handed over without a key: they are taken as they are, and take no stock.
pub async fn open_channel(app: &App) -> anyhow::Result<()> {
    if app.readers.exact().api_key(DEMO_CHANNEL).await?.is_some() {
        return Ok(());
    }
    let secret = ApiKey::make(DEMO_CHANNEL.0).hash();
    let create = CreateApiKey {
        id: DEMO_CHANNEL,
        secret: Text::stored(&secret),
        name: Text::new("The demo's open channel")?,
        scopes: Scopes::of([Scope::Intake]),
        channel: Some(Text::new("demo")?),
        policy: ChannelPolicy { accepts_unknown: true, takes_stock: false },
        expires_at: None,
    };
    let correlation = CorrelationId(Uuid::now_v7());
    match app.send(Actor::SYSTEM, correlation, None, create).await {
        Ok(_) => Ok(()),
        Err(rejection) => bail!("the demo's channel was refused: {rejection:?}"),
    }
}
